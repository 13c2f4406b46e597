//! The keys of this person's requests on this device: kept, sealed, until what they are for has ended, and then wiped.

use crate::rng::Draw;
use crate::{Device, Error, Transport, Vault};
use coffer_core::id::RequestId;
use coffer_core::request::RequestKey;
use zeroize::Zeroizing;

impl<T: Transport, D: Device> Vault<T, D> {
    /// Keeps a request's key on this device, where it is known with the moment in which what it opens has ended.
    pub(super) async fn keep_request_key(
        &self,
        id: &RequestId,
        key: &RequestKey,
        until: Option<u64>,
    ) -> Result<(), Error> {
        let (name, unlocked) = (self.request_key_name(id), self.unlocked()?);
        let seed = key.to_keep();
        let end = until.map(u64::to_be_bytes);
        let end = end.as_ref().map_or(&[][..], |end| end.as_slice());
        let kept = Zeroizing::new([seed.as_slice(), end].concat());
        let sealed = unlocked.local.seal(&name, &kept, &mut Draw(self.device()));
        Ok(self.device().save(&name, sealed.as_bytes()).await?)
    }

    /// The key of a request; `None` where another device has it, or it was wiped.
    pub(super) async fn request_key(&self, id: &RequestId) -> Result<Option<RequestKey>, Error> {
        let kept = self.kept_key(&self.request_key_name(id)).await?;
        Ok(kept.map(|(key, _)| key))
    }

    /// Notes when what a request's key opens has ended, so that it is wiped then whether or not a server answers.
    pub(super) async fn limit_request_key(&self, id: &RequestId, until: u64) -> Result<(), Error> {
        match self.kept_key(&self.request_key_name(id)).await? {
            Some((key, known)) if known != Some(until) => self.keep_request_key(id, &key, Some(until)).await,
            _ => Ok(()),
        }
    }

    /// Forgets a request's key: nothing opens what was granted any more.
    pub(super) async fn forget_request_key(&self, id: &RequestId) -> Result<(), Error> {
        Ok(self.device().erase(&self.request_key_name(id)).await?)
    }

    /// Forgets the keys of what is over by this device's clock. Needs no server.
    pub(super) async fn forget_ended_keys(&self) -> Result<(), Error> {
        let (own, now) = (self.request_keys_name(), self.device().now());
        let names = self.device().keys().await?;
        for name in names.iter().filter(|name| name.starts_with(&own)) {
            // One that opens no more is nobody's to judge.
            let ended = matches!(self.kept_key(name).await, Ok(Some((_, Some(until)))) if until <= now);
            if ended {
                self.device().erase(name).await?;
            }
        }
        Ok(())
    }

    async fn kept_key(&self, name: &str) -> Result<Option<(RequestKey, Option<u64>)>, Error> {
        let unlocked = self.unlocked()?;
        let Some(bytes) = self.device().load(name).await? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        let opened = unlocked.local.open(name, &text).ok();
        Ok(opened.and_then(|kept| {
            let (seed, end) = kept.split_first_chunk::<32>()?;
            let end = end.try_into().ok().map(u64::from_be_bytes);
            Some((RequestKey::restore(seed)?, end))
        }))
    }

    fn request_key_name(&self, id: &RequestId) -> String {
        format!("{}{id}", self.request_keys_name())
    }

    fn request_keys_name(&self) -> String {
        format!("asked/{}/", self.inner.info.account_uid)
    }
}
