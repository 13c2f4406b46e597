//! Everything that is stored: one trait, one contract, SQLite.
//!
//! Each method of [`Store`] is one whole transaction. This crate is the only one that knows SQL, and it cannot open
//! a secret: it does not depend on the crate that could.

pub mod access;
pub mod accounts;
pub mod files;
pub mod folders;
pub mod glob;
pub mod machines;
pub mod model;
pub mod oversight;
pub mod privileges;
pub mod projects;
pub mod requests;
pub mod rules;
pub mod secrets;
pub mod shares;
mod sqlite;
pub mod webhooks;

pub use access::Access;
pub use accounts::Accounts;
pub use files::SharedFiles;
pub use folders::Folders;
pub use machines::Machines;
pub use oversight::Oversight;
pub use privileges::Privileges;
pub use projects::Projects;
pub use requests::SecretRequests;
pub use rules::Rules;
pub use secrets::Secrets;
pub use shares::Shares;
pub use sqlite::SqliteStore;
pub use webhooks::Webhooks;

use std::fmt;
use std::sync::Arc;

/// A place where a server keeps everything.
#[async_trait::async_trait]
pub trait Store:
    Access
    + Accounts
    + Folders
    + Machines
    + Oversight
    + Privileges
    + Projects
    + Rules
    + SecretRequests
    + Secrets
    + SharedFiles
    + Shares
    + Webhooks
{
    /// Forgets what is over for good: ended sessions and tokens, requests for a secret, the values and files of shares that
    /// have ended, and the rest of them 30 days later; whoever wants to be told that a share or a request has ended is.
    /// Afterwards nothing erased is left in any of the store's files.
    async fn sweep(&self, now: u64) -> Result<(), StoreError>;

    /// Writes what is pending and closes.
    async fn close(&self);
}

/// Where a store takes the names of new rows from.
pub type IdSource = Arc<dyn Fn() -> String + Send + Sync>;

/// Why a store refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(String),
    /// There is one already.
    #[error("{0} exists already")]
    Exists(Thing),
    /// There is none.
    #[error("{0} does not exist")]
    Missing(Thing),
    /// The folder holds something.
    #[error("the folder is not empty")]
    NotEmpty,
    /// Deleting it is forbidden until its protection is taken back.
    #[error("it is protected from deletion")]
    Protected,
    /// Access is not given, asked for or taken back like this.
    #[error("{0}")]
    Refused(access::Refusal),
    /// Somebody has opened the share: what its first view decides cannot be changed any more.
    #[error("the share was opened already")]
    ShareOpened,
    /// Somebody has shared as much as they may.
    #[error("too much is shared at once")]
    SharesFull,
    /// The version expected is not the current one.
    #[error("the current version is {current}")]
    Stale {
        /// The version that counts.
        current: u64,
    },
    /// There are as many webhooks as there may be.
    #[error("there are too many webhooks")]
    WebhooksFull,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// What exists already or does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A policy of access: its id, or where one was looked for.
    AccessPolicy(String),
    /// A request for access of this id.
    AccessRequest(String),
    /// A person's account.
    Account,
    /// A client secret.
    ClientSecret,
    /// An environment of this slug.
    Environment(String),
    /// A folder by name in a path.
    Folder {
        /// Its name or id.
        name: String,
        /// The folder it would lie in.
        path: String,
    },
    /// A machine identity.
    Identity,
    /// The first account.
    Instance,
    /// A membership.
    Member(String),
    /// An organisation.
    Organization,
    /// A piece of a file in a share, with another content.
    Piece,
    /// A path of an environment.
    Path {
        /// The environment's slug.
        environment: String,
        /// The path.
        path: String,
    },
    /// An additional privilege of this slug.
    Privilege(String),
    /// A project.
    Project,
    /// A validation rule of this id.
    Rule(String),
    /// A secret by name in a path.
    Secret {
        /// Its name.
        name: String,
        /// Its folder.
        path: String,
    },
    /// A session.
    Session,
    /// A slug.
    Slug(String),
    /// Universal auth of an identity.
    UniversalAuth,
    /// A version of a secret.
    Version,
    /// A webhook of this id.
    Webhook(String),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
