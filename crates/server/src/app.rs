//! What every handler has at hand.

use std::path::Path;
use std::sync::Arc;

use coffer_store::{IdSource, SqliteStore, Store, StoreError};

use crate::auth::jwt::Key;
use crate::auth::password::Passwords;
use crate::config::Config;
use crate::events::Events;
use crate::limit::Limiter;
use crate::webhooks::Poster;

/// Tells the time, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Fills bytes with randomness that nobody can guess.
pub type Rng = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The server's state; a clone is another handle to the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    config: Config,
    clock: Clock,
    rng: Rng,
    key: Key,
    limiter: Limiter,
    events: Events,
    passwords: Passwords,
    poster: Poster,
}

impl App {
    /// Puts a server together. `signing_key` signs the tokens: it has to stay the same and stay secret.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: Config, clock: Clock, rng: Rng, signing_key: [u8; 32]) -> Self {
        let passwords = Passwords::new(&config.password_cost);
        let poster = Poster::new(config.webhooks.clone());
        Self(Arc::new(Inner {
            store,
            config,
            clock,
            rng,
            key: Key::new(signing_key),
            limiter: Limiter::default(),
            events: Events::default(),
            passwords,
            poster,
        }))
    }

    /// A server that forgets everything when it is dropped: for tests and trials.
    pub async fn in_memory(config: Config, clock: Clock, rng: Rng) -> Result<Self, StoreError> {
        let store = SqliteStore::in_memory(id_source(rng.clone())).await?;
        let mut signing_key = [0; 32];
        rng(&mut signing_key);
        Ok(Self::new(Arc::new(store), config, clock, rng, signing_key))
    }

    /// A server that keeps everything in one SQLite file.
    pub async fn in_file(
        path: &Path,
        config: Config,
        clock: Clock,
        rng: Rng,
        signing_key: [u8; 32],
    ) -> Result<Self, StoreError> {
        let store = SqliteStore::open(path, id_source(rng.clone())).await?;
        Ok(Self::new(Arc::new(store), config, clock, rng, signing_key))
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The time, in milliseconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        (self.0.clock)()
    }

    /// Random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.rng)(&mut bytes);
        bytes
    }

    /// Ends the answers that would last for ever, for a server that stops.
    pub fn stop(&self) {
        self.0.events.end();
    }

    pub(crate) fn events(&self) -> &Events {
        &self.0.events
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(crate) fn poster(&self) -> &Poster {
        &self.0.poster
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// A new name for a row or a request.
    pub(crate) fn id(&self) -> String {
        uuid(self.random())
    }
}

/// The names of new rows: random UUIDs (RFC 9562, version 4).
fn id_source(rng: Rng) -> IdSource {
    Arc::new(move || {
        let mut bytes = [0; 16];
        rng(&mut bytes);
        uuid(bytes)
    })
}

fn uuid(bytes: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
