//! Opening: the log fetched, verified and folded, rows compared, and only then pins moved.

use super::snapshot::Snapshot;
use super::{EnvCell, Environment};
use crate::api::Session;
use crate::vault::keyring::opening;
use crate::vault::log::{self, Rows, Spot};
use crate::vault::project::right_of;
use crate::{Device, Error, Project, Right, Transport};
use coffer_core::bundle::EnvPin;
use coffer_core::keyring::LogHead;
use coffer_core::layout;
use coffer_core::log::{Header, LogError, MAX_BODY};
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
        let latest = cell.latest.borrow().clone();
        let snap = match latest {
            Some(latest) => opener.advance(&latest).await?,
            None => opener.load().await?,
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
    fn session(&self) -> &Session<T, D> {
        &self.project.vault.inner.session
    }

    fn spot(&self) -> Spot<'_> {
        Spot {
            project: &self.project.cell.id,
            slug: &self.cell.slug,
        }
    }

    /// Reads everything from the first header on.
    pub(super) async fn load(&self) -> Result<Rc<Snapshot>, Error> {
        let unlocked = self.project.vault.unlocked()?;
        let vanished = Error::StateVanished {
            what: "this environment",
        };
        let rows = match Rows::fetch(self.session(), self.spot()).await {
            Err(Error::NotFound) => return Err(vanished),
            other => other?,
        };
        let headers = log::fetch_headers(self.session(), self.spot(), 0).await?;
        if headers.is_empty() {
            return Err(vanished);
        }
        let pin = self.pinned()?;
        let ring = self.project.ring()?;
        let log = match log::from_start(self.cell.env, pin, headers.clone(), &ring.state) {
            Err(LogError::KeyringBehind) => {
                self.project.refresh_ring().await?;
                let ring = self.project.ring()?;
                log::from_start(self.cell.env, pin, headers, &ring.state)?
            }
            other => other?,
        };
        let ring = self.project.ring()?;
        let key = log::fetch_key(self.session(), self.spot(), &log, &unlocked.identity, &ring.state).await?;
        let keys = Rc::new(log.keys(key.ok_or(Error::NoKey)?)?);
        let contents = log::fold(self.session(), self.spot(), &log, &keys).await?;
        self.cell.keys.replace(Some(keys));
        let snap = Snapshot::new(log, contents, rows, self.right()?);
        self.settle(snap).await
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

    /// Adds the records that came after; says whether there were any.
    async fn extend(&self, snap: &mut Snapshot) -> Result<bool, Error> {
        let headers = log::fetch_headers(self.session(), self.spot(), snap.log.next_seq()).await?;
        if headers.is_empty() {
            self.check_last(snap).await?;
            return Ok(false);
        }
        let mut ring = self.project.ring()?;
        let mut log = snap.log.clone();
        match log::push_all(&mut log, headers.clone(), &ring.state) {
            Err(LogError::KeyringBehind) => {
                self.project.refresh_ring().await?;
                ring = self.project.ring()?;
                log = snap.log.clone();
                log::push_all(&mut log, headers.clone(), &ring.state)?;
            }
            other => other?,
        }
        if log.epoch() != snap.log.epoch() {
            let unlocked = self.project.vault.unlocked()?;
            let key =
                log::fetch_key(self.session(), self.spot(), &log, &unlocked.identity, &ring.state).await?;
            self.cell
                .keys
                .replace(Some(Rc::new(log.keys(key.ok_or(Error::NoKey)?)?)));
        }
        let keys = self.cell.keys()?;
        let wanted: Vec<&Header> = headers.iter().collect();
        let bodies = log::fetch_bodies(self.session(), self.spot(), &wanted).await?;
        let bytes: usize = bodies.values().flatten().map(String::len).sum();
        if snap.contents.body_bytes() + bytes > MAX_BODY / 2 {
            // Much was read in one session: start again from the newest checkpoint.
            snap.contents = log::fold(self.session(), self.spot(), &log, &keys).await?;
        } else {
            for header in &headers {
                let none = Vec::new();
                let chunks = match header.body_names().is_empty() {
                    true => &none,
                    false => bodies.get(&header.seq()).ok_or(LogError::Missing)?,
                };
                snap.contents.apply(header, chunks, &keys)?;
            }
        }
        snap.log = log;
        Ok(true)
    }

    /// The newest record that this session knows must still be there: a server that goes back in time is noticed.
    async fn check_last(&self, snap: &Snapshot) -> Result<(), Error> {
        let Some(head) = snap.log.head() else {
            return Ok(());
        };
        let what = "this environment's history";
        let row = self
            .session()
            .read_row(
                self.spot().at(&layout::log_folder(head.seq)),
                &layout::header_name(head.seq),
            )
            .await?;
        let Some(text) = row.and_then(|row| row.value) else {
            return Err(Error::RolledBack { what });
        };
        let header = Header::parse(&text).map_err(opening(what))?;
        if header.hash() == head.hash {
            Ok(())
        } else {
            Err(Error::Forked { what })
        }
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
        let pin = EnvPin {
            server_ref: self.cell.slug.clone(),
            epoch,
            head,
        };
        self.project
            .vault
            .pin_environment(snap.log.ring(), self.cell.env, pin)
            .await
    }

    /// The least that is accepted: what this account has seen, or what the admin who added it named.
    fn pinned(&self) -> Result<Option<LogHead>, Error> {
        let ring = self.project.ring()?;
        let pins = self.project.vault.ring_pin(&self.project.cell.id)?;
        let seen = pins.and_then(|(_, pin)| pin.environments.get(&self.cell.env).map(|env| env.head));
        let named = || {
            ring.first_heads(&self.project.vault.inner.info.user_id)?
                .get(&self.cell.env)
                .copied()
        };
        Ok(seen.or_else(named))
    }

    fn right(&self) -> Result<Right, Error> {
        let unlocked = self.project.vault.unlocked()?;
        let ring = self.project.ring()?;
        let rights = ring.state.rights(&unlocked.identity.public().sign_kid());
        Ok(rights.map_or(Right::None, |rights| right_of(rights, &self.cell.env)))
    }
}
