//! What is not a network: randomness, clock, key stretching, storage on this device.

use crate::rng::Draw;
use crate::{Passphrase, StretchError, StretchJob, Stretched};

/// This device. Randomness and time are arguments of everything below, so tests seed and set them.
#[allow(async_fn_in_trait, reason = "futures of a browser cannot be Send")]
pub trait Device {
    /// Fills with random bytes of the operating system.
    fn fill(&self, out: &mut [u8]);

    /// Milliseconds since 1970.
    fn now(&self) -> u64;

    /// Argon2id, away from the thread that people look at: a disposable worker in the browser, a thread natively.
    async fn stretch(&self, job: StretchJob) -> Result<Stretched, StretchError>;

    /// A record of this device, `None` if there is none, [`StorageError::Lost`] if there is one that opens no more.
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// Writes a record; the browser seals it under a key that never leaves it.
    async fn save(&self, key: &str, value: &[u8]) -> Result<(), StorageError>;

    /// Forgets a record; an absent one is no error.
    async fn erase(&self, key: &str) -> Result<(), StorageError>;

    /// The names of all records.
    async fn keys(&self) -> Result<Vec<String>, StorageError>;

    /// Waits before another attempt; a device without a timer does not.
    async fn pause(&self, _ms: u32) {}
}

/// Why a record of this device could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The storage failed, in the platform's words.
    #[error("this device's storage failed: {0}")]
    Failed(String),
    /// A record is there and opens no more: it is damaged, or the key that sealed it is gone.
    #[error("this device can open its records no more")]
    Lost,
}

/// Six words of the EFF long list (77 bits), joined by spaces.
pub fn suggest_passphrase(device: &impl Device) -> Passphrase {
    Passphrase::generate(&mut Draw(device))
}
