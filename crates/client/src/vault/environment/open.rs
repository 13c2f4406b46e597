//! Opening: the log fetched, verified and folded, rows compared, and only then pins moved.

use super::snapshot::Snapshot;
use super::{EnvCell, Environment};
use crate::api::Session;
use crate::vault::log::{self, Rows, Spot};
use crate::vault::project::{Pinned, right_of};
use crate::{Device, Error, Project, Right, Transport};
use coffer_core::bundle::EnvPin;
use coffer_core::environment::{EpochKey, Wrap};
use coffer_core::keyring::{KeyringState, LogHead};
use coffer_core::log::{Header, Log, LogError, MAX_BODY};
use std::collections::BTreeMap;
use std::rc::Rc;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Opens the newest state: what is known already is not fetched again.
    pub(crate) async fn open(project: Project<T, D>, cell: Rc<EnvCell>) -> Result<Self, Error> {
        let _turn = cell.gate.enter().await;
        let opener = Opener {
            project: &project,
            cell: &cell,
        };
        if opener.right()? == Right::None {
            cell.wipe();
            return Err(Error::NoKey);
        }
        let snap = match opener.newest().await {
            // The keyring may have changed since this device looked: who wrote it may be let in, or upheld.
            Err(error) if error == log::FOREIGN_AUTHOR => {
                project.refresh_ring().await?;
                opener.newest().await
            }
            other => other,
        };
        let snap = match snap {
            Err(error) => return Err(opener.diagnosed(error).await),
            Ok(snap) => snap,
        };
        Ok(Self {
            snap,
            project: project.clone(),
            cell: Rc::clone(&cell),
        })
    }
}

/// Reads an environment's newest state.
pub(super) struct Opener<'a, T, D> {
    pub(super) project: &'a Project<T, D>,
    pub(super) cell: &'a Rc<EnvCell>,
}

impl<T: Transport, D: Device> Opener<'_, T, D> {
    pub(super) fn session(&self) -> &Session<T, D> {
        &self.project.vault.inner.session
    }

    pub(super) fn spot(&self) -> Spot<'_> {
        Spot {
            project: &self.project.cell.id,
            slug: &self.cell.slug,
        }
    }

    /// Reads what is new, or everything.
    async fn newest(&self) -> Result<Rc<Snapshot>, Error> {
        let latest = self.cell.latest.borrow().clone();
        match latest {
            Some(latest) => self.advance(&latest).await,
            None => self.load().await,
        }
    }

    /// Reads everything: what this device kept, and from the server what came after.
    pub(super) async fn load(&self) -> Result<Rc<Snapshot>, Error> {
        let vault = &self.project.vault;
        let vanished = Error::StateVanished {
            what: "this environment",
        };
        let rows = match Rows::fetch(self.session(), self.spot()).await {
            Err(Error::NotFound) => return Err(vanished),
            other => other?,
        };
        let kept = vault.kept_log(&self.cell.env, &self.cell.kept).await;
        let (log, fetched) = match self.recalled(kept.headers).await? {
            Some(both) => both,
            None => {
                let headers = log::fetch_headers(self.session(), self.spot(), 0).await?;
                if headers.is_empty() {
                    return Err(vanished);
                }
                let pin = self.pinned()?.map(|pin| pin.head);
                let build = |ring: &KeyringState| log::from_start(self.cell.env, pin, headers.clone(), ring);
                let log = self.verified(build).await?;
                vault.forget_log(&self.cell.env, &self.cell.kept).await;
                (log, headers)
            }
        };
        let (key, wrap) = self.newest_key(&log, kept.wrap.as_deref()).await?;
        let keys = Rc::new(log.keys(key)?);
        let fold = |at_hand| log::fold(self.session(), self.spot(), &log, &keys, at_hand);
        let (contents, bodies) = match fold(&kept.bodies).await {
            // What was at hand was wrong, or the server is: it tells.
            Err(_) if !kept.bodies.is_empty() => fold(&BTreeMap::new()).await?,
            other => other?,
        };
        self.cell.keys.replace(Some(keys));
        let snap = self
            .settle(Snapshot::new(log, contents, rows, self.right()?))
            .await?;
        self.keep(&fetched, &bodies).await;
        if let Some(wrap) = wrap {
            vault.keep_wrap(&self.cell.env, &wrap).await;
        }
        Ok(snap)
    }

    /// Reads what came after `latest`.
    pub(super) async fn advance(&self, latest: &Snapshot) -> Result<Rc<Snapshot>, Error> {
        let rows = match Rows::fetch(self.session(), self.spot()).await {
            Err(Error::NotFound) => {
                return Err(Error::StateVanished {
                    what: "this environment",
                });
            }
            other => other?,
        };
        let mut next = latest.clone();
        self.extend(&mut next).await?;
        let next = Snapshot::new(next.log, next.contents, rows, self.right()?);
        self.settle(next).await
    }

    /// The log as this device kept it with what the server added; `None` where the two do not fit, whatever the reason:
    /// then everything is read from the server, which also says what is wrong.
    async fn recalled(&self, headers: Vec<Header>) -> Result<Option<(Log, Vec<Header>)>, Error> {
        let (false, Some(pin)) = (headers.is_empty(), self.pinned()?) else {
            return Ok(None);
        };
        let pin = pin.head;
        let env = self.cell.env;
        let build = |ring: &KeyringState, added: Vec<Header>| -> Result<Log, LogError> {
            let mut log = Log::recall(ring.ring(), env, pin, headers.clone(), ring)?;
            log::push_all(&mut log, added, ring)?;
            Ok(log)
        };
        let newest = headers.last().map(|newest| LogHead {
            seq: newest.seq(),
            hash: newest.hash(),
        });
        let Some(newest) = newest else { return Ok(None) };
        let fetched = match log::fetch_after(self.session(), self.spot(), &newest).await {
            Err(Error::RolledBack { .. } | Error::Forked { .. }) => return Ok(None),
            other => other?,
        };
        let log = self.verified(|ring| build(ring, fetched.clone())).await;
        Ok(log.ok().map(|log| (log, fetched)))
    }

    /// A log that the keyring bears out. A record may name a newer keyring than is known: then that is fetched.
    async fn verified(&self, build: impl Fn(&KeyringState) -> Result<Log, LogError>) -> Result<Log, Error> {
        match build(&self.project.ring()?.state) {
            Err(LogError::KeyringBehind) => {
                self.project.refresh_ring().await?;
                Ok(build(&self.project.ring()?.state)?)
            }
            other => Ok(other?),
        }
    }

    /// The newest epoch's key, from a wrap that was kept or from the server, and the wrap if it came from there.
    async fn newest_key(&self, log: &Log, kept: Option<&str>) -> Result<(EpochKey, Option<String>), Error> {
        let own = self.project.own()?;
        let ring = self.project.ring()?;
        let newest = |wrap: &Wrap| Some(wrap.context().epoch) == log.epoch();
        let kept = kept.and_then(|text| Wrap::parse(text).ok()).filter(newest);
        let kept = kept.and_then(|wrap| own.open_epoch(log, &wrap, &ring.state));
        if let Some(key) = kept {
            return Ok((key, None));
        }
        let key = log::fetch_key(self.session(), self.spot(), log, &own.identities, &ring.state).await?;
        let (key, wrap) = key.ok_or(Error::NoKey)?;
        Ok((key, Some(wrap)))
    }

    /// Adds the records that came after; says whether there were any.
    async fn extend(&self, snap: &mut Snapshot) -> Result<bool, Error> {
        let head = snap.log.head().ok_or(LogError::Missing)?;
        let headers = log::fetch_after(self.session(), self.spot(), &head).await?;
        if headers.is_empty() {
            return Ok(false);
        }
        let build = |ring: &KeyringState| {
            let mut log = snap.log.clone();
            log::push_all(&mut log, headers.clone(), ring)?;
            Ok(log)
        };
        let log = self.verified(build).await?;
        if log.epoch() != snap.log.epoch() {
            let (key, wrap) = self.newest_key(&log, None).await?;
            self.cell.keys.replace(Some(Rc::new(log.keys(key)?)));
            if let Some(wrap) = wrap {
                self.project.vault.keep_wrap(&self.cell.env, &wrap).await;
            }
        }
        let keys = self.cell.keys()?;
        let wanted: Vec<&Header> = headers.iter().collect();
        let bodies = log::fetch_bodies(self.session(), self.spot(), &wanted).await?;
        let bytes: usize = bodies.values().flatten().map(String::len).sum();
        if snap.contents.body_bytes() + bytes > MAX_BODY / 2 {
            // Much was read in one session: start again from the newest checkpoint.
            let (contents, _) = log::fold(self.session(), self.spot(), &log, &keys, &bodies).await?;
            snap.contents = contents;
        } else {
            for header in &headers {
                let none = Vec::new();
                let chunks = match header.body_names().is_empty() {
                    true => &none,
                    // A grant's note is for people who look back.
                    false if header.grant_public().is_some() => &none,
                    false => bodies.get(&header.seq()).ok_or(LogError::Missing)?,
                };
                snap.contents.apply(header, chunks, &keys)?;
            }
        }
        snap.log = log;
        self.keep(&headers, &bodies).await;
        Ok(true)
    }

    /// Keeps records that were verified on this device.
    pub(super) async fn keep(&self, headers: &[Header], bodies: &BTreeMap<u64, Vec<String>>) {
        let vault = &self.project.vault;
        vault
            .keep_log(&self.cell.env, headers, bodies, &self.cell.kept)
            .await;
    }

    /// Looks twice before it says that a row is wrong: somebody may be writing meanwhile. Only then pins move.
    async fn settle(&self, mut snap: Snapshot) -> Result<Rc<Snapshot>, Error> {
        for _ in 0..3 {
            if !snap.is_suspicious() {
                break;
            }
            let rows = Rows::fetch(self.session(), self.spot()).await?;
            let moved = self.extend(&mut snap).await?;
            snap = Snapshot::new(snap.log, snap.contents, rows, snap.right);
            if !moved {
                break;
            }
        }
        self.pin(&snap).await?;
        let snap = Rc::new(snap);
        self.cell.latest.replace(Some(Rc::clone(&snap)));
        Ok(snap)
    }

    pub(super) async fn pin(&self, snap: &Snapshot) -> Result<(), Error> {
        let (Some(head), Some(epoch)) = (snap.log.head(), snap.log.epoch()) else {
            return Ok(());
        };
        // The log passes through what was pinned before: what was settled by then stays settled.
        let settled = self.pinned()?.map_or(0, |pin| pin.settled);
        let named = snap.log.header(head.seq).map_or(0, Header::keyring_seq);
        let pin = EnvPin {
            server_ref: self.cell.slug.clone(),
            epoch,
            head,
            keyring_seq: named.max(settled),
        };
        self.project
            .vault
            .pin_environment(snap.log.ring(), self.cell.env, pin)
            .await
    }

    pub(super) fn pinned(&self) -> Result<Option<Pinned>, Error> {
        self.project.pinned(&self.cell.env)
    }

    pub(super) fn right(&self) -> Result<Right, Error> {
        let own = self.project.own()?;
        let ring = self.project.ring()?;
        let rights = ring.state.rights(&own.identity.public().sign_kid());
        Ok(rights.map_or(Right::None, |rights| right_of(rights, &self.cell.env)))
    }
}
