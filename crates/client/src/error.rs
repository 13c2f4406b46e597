//! What can go wrong, for the app to explain: one small enum per operation.

use crate::{SlotId, TransportError};
use zeroize::Zeroizing;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else wrote at the same time, again and again, or since a plan was made.
    #[error("somebody else wrote at the same time")]
    Conflict,
    /// The server's role does not allow this, or the keyring gives no right.
    #[error("this account may not do that")]
    Forbidden,
    /// Something that should be signed or sealed is not what it claims to be.
    #[error("{what} does not match its seal")]
    Forged {
        /// Which object, in plain words.
        what: &'static str,
    },
    /// The history does not pass through what this device has seen.
    #[error("{what} was replaced")]
    Forked {
        /// Which object, in plain words.
        what: &'static str,
    },
    /// What was granted is not opened.
    #[error("what was granted is not opened: {0}")]
    GrantRefused(crate::vault::GrantFault),
    /// The server has lost the end of an environment's history that this device has seen: it was restored from a backup,
    /// or it lies. Told apart by people, not by accepting it.
    #[error("the server has lost what came after record {} of {}", .0.left, .0.environment)]
    HistoryLost(Box<LostHistory>),
    /// An input was refused before anything was sent.
    #[error("{field}: {why}")]
    Invalid {
        /// Which input.
        field: &'static str,
        /// What would be accepted.
        why: &'static str,
    },
    /// Whoever asks has other keys than those that signed the request, or ones that nobody here has compared since they were
    /// exchanged.
    #[error("whoever asks has other keys than before")]
    KeyChanged,
    /// Somebody's save was on its way while an admin took the right to it: an admin decides whether it counts.
    #[error("{} was written to while a right was being taken", .0.environment)]
    LateRecords(Box<LateRecords>),
    /// The vault was locked meanwhile.
    #[error("the vault is locked")]
    Locked,
    /// The server knows no machine with this client id and secret.
    #[error("the server knows no machine with this client id and secret")]
    MachineRefused,
    /// The name is in use.
    #[error("that name is in use")]
    NameTaken,
    /// An admin has declared lost what this device has seen of an environment: its person decides.
    #[error("an admin has declared a part of {}'s history lost", .0.environment)]
    NeedsConsent(Box<Consent>),
    /// Somebody has lost a right here: before anything is recorded, somebody who may write makes a new key by saving.
    #[error("a new key has to be made first, by somebody who may write")]
    NewKeyFirst,
    /// This person holds no key for that environment.
    #[error("no key for this environment")]
    NoKey,
    /// As many are remembered as an account can, and each is of use still: another one could not be.
    #[error("all of the {most} {what} that an account remembers are of use still")]
    NoRoom {
        /// Of what, in plain words.
        what: &'static str,
        /// How many are remembered.
        most: usize,
    },
    /// The device has not enough memory for the passphrase profile.
    #[error("not enough memory")]
    NotEnoughMemory,
    /// The project's keyring does not name the keys of this machine: it was removed, or the server hides that it was added.
    #[error("this machine is no member of the project")]
    NotAMember,
    /// The server knows no such thing.
    #[error("not found")]
    NotFound,
    /// The environment exists on the server, but nobody sealed it.
    #[error("this environment is not sealed")]
    NotSealed,
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Offline,
    /// It is not the project that a machine's token names: another one, or one that the server has put in its place.
    #[error("this is not the project of the machine token")]
    OtherProject,
    /// The kit belongs to another server than this client talks to.
    #[error("this kit belongs to {server}")]
    OtherServer {
        /// The kit's server.
        server: String,
    },
    /// The passphrase equals the server's password, which the server knows.
    #[error("the passphrase must differ from the server's password")]
    PassphraseReused,
    /// A change policy of the server holds back Coffer's own rows under `/coffer`.
    #[error("a change policy on the server covers /coffer")]
    PolicyBlocksCoffer,
    /// As much is shared as the server lets one account share at once.
    #[error("this account shares as much as it may")]
    QuotaReached,
    /// Too many attempts.
    #[error("too many attempts")]
    RateLimited {
        /// Seconds until the next attempt, where the server says so.
        retry_after: Option<u32>,
    },
    /// What this device has kept opens no more ([`Client::forget_lost`](crate::Client::forget_lost)).
    #[error("this device can open its records no more")]
    RecordsLost,
    /// A request for access was decided meanwhile, or is over: it stands like this.
    #[error("the request waits no more")]
    RequestDecided(crate::vault::AccessState),
    /// What the server shows is older than what this device has seen.
    #[error("{what} is older than this device has seen")]
    RolledBack {
        /// Which object, in plain words.
        what: &'static str,
    },
    /// The server refused, in its own words (shown as the server's, never as ours).
    #[error("the server answered {status}: {message}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// The server's text.
        message: String,
    },
    /// The session at the server has ended.
    #[error("the session has ended")]
    SessionExpired,
    /// The server answers as if the account or project were empty, and this device knows better.
    #[error("the server has lost {what}")]
    StateVanished {
        /// Which object, in plain words.
        what: &'static str,
    },
    /// This device could not stretch the passphrase.
    #[error("this device could not check the passphrase")]
    StretchFailed,
    /// This device's storage failed.
    #[error("this device's storage failed: {0}")]
    Storage(String),
    /// The answer or the content is larger than allowed.
    #[error("too large")]
    TooLarge,
    /// The network failed otherwise.
    #[error("{0}")]
    Transport(TransportError),
    /// This server does not offer that.
    #[error("this server does not offer {what}")]
    Unsupported {
        /// What, in plain words.
        what: &'static str,
    },
    /// Nobody whom this account knows has signed this.
    #[error("nobody known to this account has signed this")]
    Unverified,
    /// An object of a format this version does not know.
    #[error("unknown envelope")]
    UnknownEnvelope,
    /// A passphrase profile this version does not know.
    #[error("unknown passphrase profile")]
    UnknownKdfProfile,
    /// The passphrase (or the server's password) does not fit.
    #[error("wrong passphrase")]
    WrongPassphrase,
}

/// Records that somebody wrote while losing the right to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRecords {
    /// The environment's slug.
    pub environment: String,
    /// The server's ids of those who wrote.
    pub by: Vec<String>,
    /// How many records.
    pub records: u64,
}

/// What a server lost of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostHistory {
    /// Its slug.
    pub environment: String,
    /// The newest record that the server still has.
    pub left: u64,
    /// The newest record that this device has seen.
    pub seen: u64,
    /// This device kept everything between: [`Project::put_back`](crate::Project::put_back) puts it back.
    pub can_put_back: bool,
}

/// What an admin declared lost, for somebody who had seen it to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The environment's slug.
    pub environment: String,
    /// The newest record that this device has seen. It is lost, with everything after `to`.
    pub lost: u64,
    /// The record after which history goes on.
    pub to: u64,
    /// The admin who says so, by the signed keyring: the server's id of the person.
    pub by: String,
    /// When the admin says it was written: for display.
    pub created: u64,
    /// The link of the keyring that says so.
    pub link: u64,
}

/// Why one secret is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It does not open: moved, swapped, rolled back and forged are one answer.
    #[error("the value does not match its seal")]
    Broken,
    /// The server does not serve it.
    #[error("the value is missing")]
    Missing,
    /// It opens, but holds bytes that are no text.
    #[error("the value is not text")]
    NotText,
    /// No such secret in this snapshot.
    #[error("no such secret")]
    Unknown,
    /// The vault was locked meanwhile.
    #[error("the vault is locked")]
    Locked,
}

/// Why a save did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The same secret was changed by somebody else: nothing of the batch was saved.
    #[error("somebody else changed the same secret")]
    Conflict(Box<ConflictSide>),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Both sides of a conflict, for the person to decide. `None` is a deletion.
#[derive(Clone, PartialEq, Eq)]
pub struct ConflictSide {
    /// The secret.
    pub slot: SlotId,
    /// Its folder now.
    pub path: String,
    /// Its name now.
    pub name: String,
    /// What this person wanted to save.
    pub mine: Option<Zeroizing<String>>,
    /// What the other person saved.
    pub theirs: Option<Zeroizing<String>>,
    /// What both began with.
    pub base: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for ConflictSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConflictSide({}/{})", self.path, self.name)
    }
}

/// Why a share link cannot even be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It is not a link of ours, or a part was lost.
    #[error("the link is damaged")]
    Malformed,
    /// Everything after `#` is gone.
    #[error("the link has no key")]
    NoKey,
    /// A link of a newer version.
    #[error("the link needs a newer version")]
    Unsupported,
}

/// Why a share was not revealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevealError {
    /// Network or server.
    #[error(transparent)]
    Client(Error),
    /// It came, but does not match the link's key.
    #[error("the content does not match its seal")]
    Damaged,
    /// Somebody who could open it destroyed it.
    #[error("the link was destroyed by its recipient")]
    Destroyed,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// The server gave it out, but by the clock of this device its time is over. A view was used.
    #[error("the link has expired by this device's clock")]
    ExpiredHere {
        /// When it ends, milliseconds since 1970, by the clock that its sender had.
        not_after: u64,
    },
    /// It was opened too long ago for its file to be fetched.
    #[error("the time to fetch the file is over")]
    FetchedTooLate,
    /// The server knows no such share.
    #[error("no such share")]
    Missing,
    /// It opens only on the device that opened it first.
    #[error("the link opens on another device only")]
    OtherDevice,
    /// It does not open from this network.
    #[error("the link does not open from this network")]
    OtherNetwork,
    /// Too many attempts.
    #[error("too many attempts")]
    RateLimited {
        /// Seconds until the next attempt, where the server says so.
        retry_after: Option<u32>,
    },
    /// The sender took it back.
    #[error("the link was revoked")]
    Revoked,
    /// Its sender lets nobody else destroy it.
    #[error("only its sender ends the link")]
    SenderEnds,
    /// Its file has not been sent completely yet.
    #[error("the file is still being sent")]
    Unfinished,
    /// All its views are used.
    #[error("the link was used")]
    Used,
    /// That passphrase does not fit; no view was used.
    #[error("wrong passphrase")]
    WrongPassphrase,
}
