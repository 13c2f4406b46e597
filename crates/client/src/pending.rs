//! Stand-ins for coffer-core's types until that crate has them; this module goes away then.

use zeroize::{Zeroize, Zeroizing};

/// What a person types to unlock: zeroizing, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes what a person typed to open something that exists. No rule applies.
    pub fn typed(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Takes what a person chose for something new: at least twelve characters.
    pub fn chosen(text: &str) -> Result<Self, TooShort> {
        if text.chars().count() < 12 { Err(TooShort) } else { Ok(Self::typed(text)) }
    }

    /// The text, to show to the person who is to keep it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether two passphrases are the same.
    pub fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A passphrase that a person chose is too short.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a passphrase needs at least 12 characters")]
pub struct TooShort;

/// One secret's own identity, which survives renames and updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub [u8; 16]);

/// One Argon2id run to be done elsewhere: passphrase, salt, profile.
pub struct StretchJob(Zeroizing<Vec<u8>>);

impl StretchJob {
    /// For a worker.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.clone()
    }

    /// In a worker.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StretchError> {
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Does the work; needs the profile's memory.
    pub fn run(self) -> Result<Stretched, StretchError> {
        Err(StretchError::NotAJob)
    }
}

/// The outcome of a [`StretchJob`].
pub struct Stretched(Zeroizing<[u8; 32]>);

impl Stretched {
    /// For the way back from a worker.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_vec())
    }

    /// Takes what a worker answered.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StretchError> {
        let mut out = Zeroizing::new([0; 32]);
        if bytes.len() != 32 {
            return Err(StretchError::NotAJob);
        }
        out.copy_from_slice(bytes);
        Ok(Self(out))
    }
}

impl Drop for Stretched {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Why stretching failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StretchError {
    /// The bytes that a worker was given are not a job.
    #[error("not a job")]
    NotAJob,
    /// The device has not enough memory for the profile.
    #[error("not enough memory")]
    NotEnoughMemory,
}
