//! Share links: sealed here, opened by whoever holds the link.

pub use coffer_wire::id::ShareId;

use crate::LinkError;
use zeroize::Zeroizing;

/// What is shared.
#[derive(Clone)]
pub enum ShareContent {
    /// Free text.
    Text(Zeroizing<String>),
    /// Named values.
    Secrets(Vec<SharedSecret>),
}

/// One named value.
#[derive(Clone)]
pub struct SharedSecret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Zeroizing<String>,
}

/// From creation, in minutes: 5 to 43,200 (30 days).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareExpiry(pub u32);

/// A link to be made.
#[derive(Clone)]
pub struct ShareDraft {
    /// What is shared.
    pub content: ShareContent,
    /// A title for the sender and the recipient, sealed.
    pub title: String,
    /// How long.
    pub expires_in: ShareExpiry,
    /// After how many views the server is asked to delete it.
    pub views: Option<u32>,
    /// Asked from the recipient, if any.
    pub passphrase: Option<crate::Passphrase>,
}

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedShare {
    /// What stands after `/s#`.
    pub link_fragment: String,
    /// The server's id.
    pub id: ShareId,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// As asked for.
    pub views: Option<u32>,
    /// As given.
    pub title: String,
}

/// What became of a link; the server says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareState {
    /// Nobody opened it.
    Unopened,
    /// Somebody did.
    Opened {
        /// Milliseconds since 1970, if the server tells.
        last: Option<u64>,
    },
    /// Its time is over.
    Expired,
    /// All views are used.
    UsedUp,
    /// Taken back.
    Revoked,
}

/// One of the sender's links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareStatus {
    /// The server's id.
    pub id: ShareId,
    /// As given.
    pub title: String,
    /// Milliseconds since 1970.
    pub created: u64,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// As asked for at creation.
    pub views: Option<u32>,
    /// In the server's words.
    pub views_left: Option<u32>,
    /// In the server's words.
    pub state: ShareState,
    /// It asks for a passphrase.
    pub has_passphrase: bool,
    /// What stands after `/s#`, while it is of use.
    pub link_fragment: Option<String>,
}

/// A link as received.
#[derive(Clone)]
pub struct ReceivedShare {
    /// The server's id.
    pub id: ShareId,
    /// The recipient is asked for a passphrase.
    pub needs_passphrase: bool,
}

/// Parses what stands after `/s#`; asks no server.
pub fn share_from_link(_fragment: &str) -> Result<ReceivedShare, LinkError> {
    Err(LinkError::NoKey)
}
