//! Introducing people without trusting the server.

use crate::{LinkError, Right, ServerOrigin};

/// Whom to invite, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteDraft {
    /// The person.
    pub email: String,
    /// May do everything.
    pub admin: bool,
    /// Right per environment slug.
    pub rights: Vec<(String, Right)>,
}

/// An invitation to hand over by any channel that is not the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteLink {
    /// What stands after `/i#`.
    pub link_fragment: String,
    /// Milliseconds since 1970.
    pub expires: u64,
}

/// An invitation as received, parsed from what stands after `/i#`.
#[derive(Clone)]
pub struct Invitation {
    /// The server that keeps the project.
    pub server: ServerOrigin,
    /// The invited person.
    pub email: String,
    /// The project's id on the server.
    pub project: String,
    /// The person has no account on the server yet.
    pub needs_account: bool,
}

impl Invitation {
    /// Parses what stands after `/i#`.
    pub fn parse(_fragment: &str) -> Result<Self, LinkError> {
        Err(LinkError::Malformed)
    }
}

/// Somebody who followed an invitation and waits for an admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingJoin {
    /// In the server's words.
    pub email: String,
    /// In the server's words.
    pub name: String,
    /// The user's id on the server.
    pub user_id: String,
    /// Eight words to compare where `mac_ok` is false.
    pub fingerprint: [String; 8],
    /// The keys are those of whoever held the link that this account made.
    pub mac_ok: bool,
    /// What the invitation promised, as this account sealed it.
    pub rights: Vec<(String, Right)>,
    /// Promised to be an admin.
    pub admin: bool,
}
