//! Access for a while: asked for, approved, used and given back (docs/PROTOCOL.md §13).
//!
//! Everything lies in the project's inbox, where every member may leave something and a compatible server needs nothing
//! that it does not have; what is granted stands in the environment's log first.

mod ask;
mod decide;
mod emergency;
mod history;
mod inbox;
mod own_keys;
mod proposals;
mod rules;
mod use_grant;

pub use decide::ScopeItem;
pub(crate) use emergency::Emergencies;
pub use emergency::Emergency;
pub use history::{GivenSecret, GrantEntry, SeenSecret, seen_secrets};
pub use inbox::{AccessRequest, AccessState, ApprovalInfo, EndedBy, Spoken, SpokenKind};
pub use proposals::{Declined, OwnProposal, ProposalInfo, ProposalOutcome};
pub use rules::{AccessRules, RuleEscalation, RuleReach, RuleStep, RulesBy, RulesError, RulesNow};
pub use use_grant::{GrantFault, HeldGrant, HeldSecret};

use coffer_core::names::{SecretName, SecretPath};
use coffer_core::request::Wanted;
use zeroize::Zeroizing;

use crate::Error;

/// What somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantedItem {
    /// All secrets in a folder and below it: its path.
    Folder(String),
    /// One secret: its folder and name.
    Secret(String, String),
}

impl WantedItem {
    fn of(wanted: &Wanted) -> Self {
        match wanted {
            Wanted::Folder(path) => Self::Folder(path.to_string()),
            Wanted::Secret(path, name) => Self::Secret(path.to_string(), name.to_string()),
        }
    }

    fn parse(&self) -> Result<Wanted, Error> {
        let path = |text: &str| SecretPath::parse(text).map_err(|_| bad("path"));
        Ok(match self {
            Self::Folder(folder) => Wanted::Folder(path(folder)?),
            Self::Secret(folder, name) => {
                Wanted::Secret(path(folder)?, SecretName::parse(name).map_err(|_| bad("name"))?)
            }
        })
    }
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct AskDraft {
    /// The environment's slug.
    pub environment: String,
    /// What to see.
    pub wanted: Vec<WantedItem>,
    /// Whether to propose other values, too.
    pub propose: bool,
    /// For so many seconds.
    pub seconds: u32,
    /// From when on, in milliseconds since 1970; `None` for as soon as it is approved.
    pub starts: Option<u64>,
    /// Why.
    pub reason: Zeroizing<String>,
    /// The number of a ticket; empty where none is needed.
    pub ticket: String,
    /// The id of an earlier request that this one replaces or prolongs.
    pub follows: Option<String>,
}

/// What is said about a request, beside an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// An approver refuses.
    Reject(Zeroizing<String>),
    /// An approver wants to know more first.
    AskBack(Zeroizing<String>),
    /// The requester answers.
    Answer(Zeroizing<String>),
    /// The requester does not need it any more.
    Withdraw,
    /// The requester gives back what was granted.
    GiveBack,
    /// The requester wants the current values under the same grant.
    Refresh,
    /// The requester takes a value back that they had proposed: its hash.
    TakeBack(String),
}

/// What an approval did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approved {
    /// It counts, and somebody else was quicker to hand the values over.
    ByAnother,
    /// It counts, and more people have to approve.
    Counted,
    /// It was the last one: the values are sealed to who asked, and the history names it.
    HandedOver,
}

fn bad(field: &'static str) -> Error {
    Error::Invalid {
        field,
        why: "something that a secret can have",
    }
}
