//! Stand-ins for coffer-core's types until that crate has them; this module goes away then.

use zeroize::{Zeroize, Zeroizing};

/// What a person types to unlock: zeroizing, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for showing a suggestion to its owner.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Does the work; needs the profile's memory.
    pub fn run(&self) -> Result<Stretched, StretchError> {
        Err(StretchError::Failed)
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
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut out = Zeroizing::new([0; 32]);
        if bytes.len() != 32 {
            return None;
        }
        out.copy_from_slice(bytes);
        Some(Self(out))
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
    /// The worker died or answered nonsense.
    #[error("stretching failed")]
    Failed,
    /// The device has not enough memory for the profile.
    #[error("not enough memory")]
    NotEnoughMemory,
}
