//! This browser as a device: its randomness, clock, Worker and storage.

use coffer_client::{Device, StorageError, StretchError, StretchJob, Stretched};
use gloo_timers::future::TimeoutFuture;

use crate::{clock, records, rng, stretch};

/// This browser. Holds nothing itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser;

impl Device for Browser {
    fn fill(&self, out: &mut [u8]) {
        rng::fill(out);
    }

    fn now(&self) -> u64 {
        clock::now()
    }

    async fn stretch(&self, job: StretchJob) -> Result<Stretched, StretchError> {
        stretch::run(job).await
    }

    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        records::load(key).await
    }

    async fn save(&self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        records::save(key, value).await
    }

    async fn erase(&self, key: &str) -> Result<(), StorageError> {
        records::erase(key).await
    }

    async fn keys(&self) -> Result<Vec<String>, StorageError> {
        records::keys().await
    }

    async fn pause(&self, ms: u32) {
        TimeoutFuture::new(ms).await;
    }
}
