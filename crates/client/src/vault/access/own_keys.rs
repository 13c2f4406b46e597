//! The keys of this person's requests on this device: kept, sealed, until what they are for has ended, and then wiped.
//!
//! Each is kept with its project, so that a device knows without a server where something is asked for, and with the end of
//! what it opens, once that is known.

use crate::rng::Draw;
use crate::{Device, Error, Project, ProjectId, Transport, Vault};
use coffer_core::id::RequestId;
use coffer_core::request::RequestKey;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// A request's key as it is kept. The first versions of Coffer kept no project.
struct Kept {
    key: RequestKey,
    until: Option<u64>,
    project: Option<ProjectId>,
}

impl Kept {
    /// The seed of the key, then the end (zero while nobody knows it), then the project's id.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (seed, until) = (self.key.to_keep(), self.until.unwrap_or_default());
        let project = self.project.as_ref().map_or("", ProjectId::as_str);
        Zeroizing::new([seed.as_slice(), &until.to_be_bytes(), project.as_bytes()].concat())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (seed, rest) = bytes.split_first_chunk::<32>()?;
        let (until, project) = match rest.split_first_chunk::<8>() {
            Some((until, project)) => (u64::from_be_bytes(*until), project),
            None => (0, &[][..]),
        };
        let project = std::str::from_utf8(project).ok();
        Some(Self {
            key: RequestKey::restore(seed)?,
            until: Some(until).filter(|until| *until > 0),
            project: project.filter(|id| !id.is_empty()).map(ProjectId::new),
        })
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// The projects in which this person has asked for something whose key this device keeps. The keys of what is over by
    /// this device's clock are wiped first. Needs no server.
    pub async fn asked_projects(&self) -> Result<BTreeSet<ProjectId>, Error> {
        let (own, now) = (self.request_keys_name(), self.device().now());
        let mut projects = BTreeSet::new();
        let names = self.device().keys().await?;
        for name in names.iter().filter(|name| name.starts_with(&own)) {
            match self.kept_key(name).await {
                Ok(Some(kept)) if kept.until.is_some_and(|until| until <= now) => {
                    self.device().erase(name).await?;
                }
                Ok(Some(kept)) => projects.extend(kept.project),
                // One that opens no more is nobody's to judge.
                Ok(None) | Err(_) => {}
            }
        }
        Ok(projects)
    }

    /// Forgets the keys of what is over by this device's clock. Needs no server.
    pub(super) async fn forget_ended_keys(&self) -> Result<(), Error> {
        self.asked_projects().await.map(drop)
    }

    /// The key of a request; `None` where another device has it, or it was wiped.
    pub(super) async fn request_key(&self, id: &RequestId) -> Result<Option<RequestKey>, Error> {
        let kept = self.kept_key(&self.request_key_name(id)).await?;
        Ok(kept.map(|kept| kept.key))
    }

    /// Forgets a request's key: nothing opens what was granted any more.
    pub(super) async fn forget_request_key(&self, id: &RequestId) -> Result<(), Error> {
        Ok(self.device().erase(&self.request_key_name(id)).await?)
    }

    async fn keep_key(&self, id: &RequestId, kept: &Kept) -> Result<(), Error> {
        let (name, unlocked) = (self.request_key_name(id), self.unlocked()?);
        let sealed = unlocked
            .local
            .seal(&name, &kept.to_bytes(), &mut Draw(self.device()));
        Ok(self.device().save(&name, sealed.as_bytes()).await?)
    }

    async fn kept_key(&self, name: &str) -> Result<Option<Kept>, Error> {
        let unlocked = self.unlocked()?;
        let Some(bytes) = self.device().load(name).await? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        let opened = unlocked.local.open(name, &text).ok();
        Ok(opened.and_then(|kept| Kept::parse(&kept)))
    }

    fn request_key_name(&self, id: &RequestId) -> String {
        format!("{}{id}", self.request_keys_name())
    }

    fn request_keys_name(&self) -> String {
        format!("asked/{}/", self.inner.info.account_uid)
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Keeps the key of a request in this project on this device.
    pub(super) async fn keep_request_key(&self, id: &RequestId, key: RequestKey) -> Result<(), Error> {
        let kept = Kept {
            key,
            until: None,
            project: Some(self.cell.id.clone()),
        };
        self.vault.keep_key(id, &kept).await
    }

    /// Whether this device has the key of a request in this project. When what it opens has ended is noted where it is
    /// known, so that it is wiped then whether or not a server answers.
    pub(super) async fn limit_request_key(&self, id: &RequestId, until: Option<u64>) -> Result<bool, Error> {
        let Some(kept) = self.vault.kept_key(&self.vault.request_key_name(id)).await? else {
            return Ok(false);
        };
        let now = Kept {
            until: until.or(kept.until),
            project: Some(self.cell.id.clone()),
            key: kept.key,
        };
        if (now.until, &now.project) != (kept.until, &kept.project) {
            self.vault.keep_key(id, &now).await?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_kept_without_its_project_or_end_is_read() {
        let seed = [7; 32];
        let check = |rest: &[u8], until: Option<u64>, project: Option<&str>| {
            let kept = Kept::parse(&[&seed, rest].concat()).unwrap();
            assert_eq!(kept.key.to_keep().as_slice(), seed);
            assert_eq!(kept.until, until);
            assert_eq!(kept.project.as_ref().map(ProjectId::as_str), project);
            let again = Kept::parse(&kept.to_bytes()).unwrap();
            assert_eq!((again.until, again.project), (kept.until, kept.project));
        };
        check(&[], None, None);
        check(&9_u64.to_be_bytes(), Some(9), None);
        check(&[&[0; 8], b"p-1".as_slice()].concat(), None, Some("p-1"));
        check(
            &[9_u64.to_be_bytes().as_slice(), b"p-1"].concat(),
            Some(9),
            Some("p-1"),
        );
        assert!(Kept::parse(&seed[1..]).is_none());
    }
}
