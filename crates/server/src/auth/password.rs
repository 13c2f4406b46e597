//! Login passwords: Argon2id, a few at a time.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::config::PasswordCost;
use crate::error::Error;

/// Hashes and checks passwords. Only so many at once, so that logins cannot eat the memory.
pub struct Passwords {
    argon2: Argon2<'static>,
    gate: Semaphore,
}

impl Passwords {
    /// Parameters that Argon2 does not take count as its default ones.
    pub fn new(cost: &PasswordCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self {
            argon2,
            gate: Semaphore::new(AT_ONCE),
        }
    }

    /// What to store in place of a password: a PHC string.
    pub async fn hash(&self, app: &App, password: String) -> Result<String, Error> {
        let (argon2, salt) = (self.argon2.clone(), app.random::<16>());
        self.work(move || {
            argon2
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|error| error.to_string())
        })
        .await?
        .map_err(Error::Internal)
    }

    /// What is kept of a password that is a key, with more in it than anybody can try: one hash is enough, and opening costs
    /// no stretching.
    pub fn hash_key(key: &str) -> String {
        format!("{KEY}{}", digest(key))
    }

    /// Whether a password is the one; takes as long when there is none to compare with.
    pub async fn verify(&self, app: &App, password: String, hash: Option<String>) -> Result<bool, Error> {
        let Some(hash) = hash else {
            self.hash(app, password).await?;
            return Ok(false);
        };
        if let Some(known) = hash.strip_prefix(KEY) {
            // Hashes are compared, so how soon they differ tells nothing of a key.
            return Ok(known == digest(&password));
        }
        let argon2 = self.argon2.clone();
        self.work(move || argon2.verify_password(password.as_bytes(), hash.as_str()).is_ok())
            .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _turn = self
            .gate
            .acquire()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(job)
            .await
            .map_err(|error| Error::Internal(error.to_string()))
    }
}

fn digest(key: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(key))
}

/// How many passwords are worked on at once.
const AT_ONCE: usize = 2;
/// Before the hash of a key; what Argon2 writes begins otherwise.
const KEY: &str = "sha256:";
