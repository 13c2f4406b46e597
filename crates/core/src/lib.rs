//! Keys and protocol of Coffer: every byte that is sealed, signed or hashed is decided here.
//!
//! Pure: no I/O, no clock, no randomness of its own, no JSON. Time is a `u64` of milliseconds since 1970 and
//! randomness an `&mut impl CryptoRng`; both are arguments. The bytes are written down in `docs/PROTOCOL.md`,
//! section by section, and pinned by `vectors/`.
//!
//! Where to begin:
//! - unlock an account: [`passphrase`], [`kdf`], [`account`], [`bundle`], [`identity`];
//! - know who belongs to a project: [`keyring`], [`invite`], [`machine`];
//! - read and write an environment: [`environment`] (epoch keys and wraps), [`value`], [`log`], [`contents`];
//! - hand something to a stranger: [`share`], [`mod@file`];
//! - say where things lie on a server: [`layout`], [`names`].

pub mod account;
pub mod bundle;
pub mod classify;
pub mod contents;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod file;
pub mod grant;
#[cfg(feature = "known-answers")]
pub mod hazmat;
#[cfg(not(feature = "known-answers"))]
pub(crate) mod hazmat;
pub mod id;
pub mod identity;
pub mod invite;
pub mod kdf;
pub mod keyring;
pub mod label;
pub mod layout;
pub mod log;
pub mod machine;
pub mod names;
pub mod padme;
pub mod pae;
pub mod passphrase;
pub mod policy;
mod reader;
pub mod request;
pub mod reverse;
pub mod rotation;
pub mod secret;
pub mod share;
#[cfg(test)]
mod testing;
pub mod value;
pub mod words;

pub use error::OpenError;
pub use rand_core;

/// The only suite: XChaCha20-Poly1305, HPKE over X25519, Ed25519, HKDF-SHA256, Argon2id, SHA-256.
pub const SUITE: u8 = 0x01;
