//! Key stretching: Argon2id in two profiles, as a job that a disposable worker can take.
//!
//! The client has two rows and no parameter of a server's: nothing weaker exists to be downgraded to and nothing larger
//! to exhaust memory (docs/PROTOCOL.md §4).

use core::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{error::OpenError, hazmat, passphrase::Passphrase, secret::Secret, secret::key_type};

/// Why stretching gave nothing.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum StretchError {
    /// The bytes that a worker was given are not a job.
    #[error("not a job")]
    NotAJob,
    /// The memory that the profile needs cannot be had. A weaker profile is never tried instead.
    #[error("not enough memory to check a passphrase")]
    NotEnoughMemory,
}

/// How hard a passphrase is stretched.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KdfProfile {
    /// 64 MiB, 3 passes, 4 lanes: the second recommended option of RFC 9106, verbatim.
    #[default]
    Default,
    /// 256 MiB, 3 passes, 4 lanes: chosen by people with large machines.
    Strong,
}

impl KdfProfile {
    /// In the order in which a device without a pinned profile tries them.
    pub const ALL: [Self; 2] = [Self::Default, Self::Strong];

    /// The byte that stands for it.
    pub const fn number(self) -> u8 {
        match self {
            Self::Default => 1,
            Self::Strong => 2,
        }
    }

    /// The profile of a byte.
    ///
    /// # Errors
    /// [`OpenError::UnknownKdfProfile`] for any other byte, before Argon2 runs.
    pub const fn from_number(number: u8) -> Result<Self, OpenError> {
        match number {
            1 => Ok(Self::Default),
            2 => Ok(Self::Strong),
            _ => Err(OpenError::UnknownKdfProfile),
        }
    }

    const fn kibibytes(self) -> u32 {
        match self {
            Self::Default => 65_536,
            Self::Strong => 262_144,
        }
    }
}

/// A passphrase that waits to be stretched, with its salt and profile.
pub struct StretchJob {
    profile: KdfProfile,
    salt: [u8; 16],
    passphrase: Passphrase,
}

impl StretchJob {
    pub(crate) fn new(passphrase: &Passphrase, salt: [u8; 16], profile: KdfProfile) -> Self {
        Self {
            profile,
            salt,
            passphrase: passphrase.clone(),
        }
    }

    /// The profile that it runs with.
    pub fn profile(&self) -> KdfProfile {
        self.profile
    }

    /// The job as bytes, to send it into a worker: profile, salt, passphrase.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let text = self.passphrase.expose().as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(17 + text.len()));
        bytes.push(self.profile.number());
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(text);
        bytes
    }

    /// Reads a job. Its passphrase was normalised before it became one.
    ///
    /// # Errors
    /// [`StretchError::NotAJob`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StretchError> {
        let (&profile, rest) = bytes.split_first().ok_or(StretchError::NotAJob)?;
        let (salt, text) = rest.split_first_chunk::<16>().ok_or(StretchError::NotAJob)?;
        let text = core::str::from_utf8(text).map_err(|_| StretchError::NotAJob)?;
        Ok(Self {
            profile: KdfProfile::from_number(profile).map_err(|_| StretchError::NotAJob)?,
            salt: *salt,
            passphrase: Passphrase::normal(text),
        })
    }

    /// Runs Argon2id: a second or so, and as much memory as the profile says.
    ///
    /// # Errors
    /// [`StretchError::NotEnoughMemory`].
    pub fn run(self) -> Result<Stretched, StretchError> {
        let mut result = None;
        let secret = Secret::filled(|out| {
            result = hazmat::argon2id(
                self.passphrase.expose().as_bytes(),
                &self.salt,
                self.profile.kibibytes(),
                PASSES,
                LANES,
                out,
            );
        });
        result.ok_or(StretchError::NotEnoughMemory)?;
        Ok(Stretched {
            profile: self.profile,
            secret: StretchedKey(secret),
        })
    }
}

impl fmt::Debug for StretchJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StretchJob(…)")
    }
}

impl zeroize::ZeroizeOnDrop for StretchJob {}

key_type!(
    /// What Argon2id makes of a passphrase.
    StretchedKey, 32
);

/// A stretched passphrase and the profile it was stretched with: an input of derivations, never a key itself.
pub struct Stretched {
    profile: KdfProfile,
    secret: StretchedKey,
}

impl Stretched {
    /// The profile it was stretched with.
    pub fn profile(&self) -> KdfProfile {
        self.profile
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.secret.0.bytes()
    }

    /// The result as bytes, to send it out of a worker: profile, secret.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        bytes.push(self.profile.number());
        bytes.extend_from_slice(self.bytes());
        bytes
    }

    /// Reads a result.
    ///
    /// # Errors
    /// [`StretchError::NotAJob`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StretchError> {
        let (&profile, secret) = bytes.split_first().ok_or(StretchError::NotAJob)?;
        Ok(Self {
            profile: KdfProfile::from_number(profile).map_err(|_| StretchError::NotAJob)?,
            secret: StretchedKey(Secret::from_slice(secret).ok_or(StretchError::NotAJob)?),
        })
    }
}

impl fmt::Debug for Stretched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stretched(…)")
    }
}

impl zeroize::ZeroizeOnDrop for Stretched {}

const PASSES: u32 = 3;
const LANES: u32 = 4;

/// `HKDF(ikm, salt, PAE([label, ctx…]))`, filling a new secret.
pub(crate) fn derive<const N: usize>(
    ikm: &[u8],
    salt: &[u8],
    label: crate::label::Label,
    context: &[&[u8]],
) -> Secret<N> {
    Secret::filled(|out| hazmat::hkdf(ikm, salt, &crate::pae::labelled(label, context), out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn a_job_crosses_a_worker_boundary_unchanged() {
        let job = StretchJob::new(
            &Passphrase::typed("correct horse battery"),
            [9; 16],
            KdfProfile::Strong,
        );
        let again = StretchJob::from_bytes(&job.to_bytes()).unwrap();
        assert_eq!(again.to_bytes(), job.to_bytes());
        assert_eq!(again.profile(), KdfProfile::Strong);
    }

    #[test]
    fn no_profile_but_ours_runs() {
        for number in (0..=255).filter(|number| ![1, 2].contains(number)) {
            assert_eq!(KdfProfile::from_number(number), Err(OpenError::UnknownKdfProfile));
            let mut bytes = vec![number];
            bytes.extend([0; 30]);
            assert_eq!(StretchJob::from_bytes(&bytes).unwrap_err(), StretchError::NotAJob);
        }
    }

    #[test]
    fn texts_that_look_like_keys_are_stretched_like_any_other() {
        for text in ["a".repeat(32), "A".repeat(43), "00".repeat(32), "f".repeat(64)] {
            let job = StretchJob::new(&Passphrase::typed(&text), [1; 16], KdfProfile::Default);
            let stretched = job.run().unwrap();
            assert_ne!(stretched.bytes().as_slice(), &text.as_bytes()[..32]);
        }
    }

    #[test]
    fn jobs_and_results_say_nothing() {
        let job = StretchJob::new(&Passphrase::typed("hunter2"), [1; 16], KdfProfile::Default);
        assert_eq!(format!("{job:?}"), "StretchJob(…)");
        assert_eq!(
            format!("{:?}", Stretched::from_bytes(&[1; 33]).unwrap()),
            "Stretched(…)"
        );
    }
}
