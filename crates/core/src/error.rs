//! The one error of everything that is opened or parsed.

use thiserror::Error;

/// Why a sealed or signed object was not opened.
///
/// All variants but [`OpenError::Forged`] are decided from public bytes, before any key is used. Once a key is
/// used there is one answer: moved, swapped, rolled back, truncated and forged all say *no*, not *why*.
#[derive(Clone, Copy, Debug, Error, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not what it claims to be, or not here.
    #[error("this is not what it claims to be")]
    Forged,
    /// It is larger than anything of its kind may be; nothing was allocated for it.
    #[error("this is larger than it may be")]
    TooLarge,
    /// It does not start as an object of this kind does.
    #[error("this is not an object that Coffer knows")]
    UnknownEnvelope,
    /// Its passphrase profile is none of ours. Argon2 did not run.
    #[error("the passphrase settings of this object are unknown")]
    UnknownKdfProfile,
    /// A signed record names an operation or kind that this version does not know: the app must be updated.
    #[error("this was written by a newer version of Coffer")]
    UnknownKind,
    /// Its cipher suite is not the one we speak.
    #[error("the cipher suite of this object is unknown")]
    UnknownSuite,
}
