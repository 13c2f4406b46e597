//! Honest faults: a server that was restored from a backup has lost the end of a log.
//!
//! What a device kept is put back. Failing that an admin declares it lost, by a link of the keyring, and everybody who
//! had seen it is asked. Nothing is ever begun anew because something is missing.

use super::open::Opener;
use super::record::{create_header, create_in};
use super::{EnvCell, Environment};
use crate::vault::keyring::{self, Ring};
use crate::vault::log::{self, WHAT};
use crate::{Consent, Device, Error, LateRecords, LostHistory, Project, ProjectId, Right, Transport, Vault};
use coffer_core::bundle::EnvPin;
use coffer_core::contents::Contents;
use coffer_core::id::EnvUid;
use coffer_core::keyring::{Heads, KeyringState, LogHead, Op, Rebase};
use coffer_core::layout;
use coffer_core::log::{EpochReason, Header, Log, LogError, RecordKind};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl<T: Transport, D: Device> Project<T, D> {
    /// Puts back what the server has lost of an environment and this device kept: records as they were signed, and then
    /// the rows that they changed. [`Error::HistoryLost`] where this device did not keep all of it.
    pub async fn put_back(&self, slug: &str) -> Result<Environment<T, D>, Error> {
        let cell = self.environment_cell(slug)?;
        let _turn = cell.gate.enter().await;
        self.refresh_ring().await?;
        let opener = Opener {
            project: self,
            cell: &cell,
        };
        if opener.right()? < Right::Write {
            return Err(Error::Forbidden);
        }
        let served = log::fetch_headers(opener.session(), opener.spot(), 0).await?;
        let left = served.last().map_or(0, Header::seq);
        let Tail::Kept(lost) = opener.kept_tail(&served).await? else {
            return Err(opener.diagnosed(Error::RolledBack { what: WHAT }).await);
        };
        for (header, chunks) in &lost {
            opener.put_back_record(header, chunks).await?;
        }
        cell.wipe();
        let snap = opener.load().await?;
        let environment = Environment {
            project: self.clone(),
            cell: Rc::clone(&cell),
            snap,
        };
        environment.renew(left).await?;
        // Wraps went with the records that name them: everybody gets a new one.
        let wraps = |kind| matches!(kind, RecordKind::Epoch | RecordKind::Grant);
        if lost.iter().any(|(header, _)| wraps(header.kind())) {
            environment
                .rotate(&self.own()?.identity, EpochReason::ROUTINE)
                .await?;
        }
        environment.newest()
    }

    /// Declares lost what this device has seen of an environment and nobody can put back: history goes on where the
    /// server's ends. For admins. Everybody who had seen it is asked, and the next writer begins a new epoch.
    pub async fn reanchor(&self, slug: &str) -> Result<Environment<T, D>, Error> {
        let cell = self.environment_cell(slug)?;
        {
            let _turn = cell.gate.enter().await;
            self.refresh_ring().await?;
            let ring = self.writable_ring()?;
            let opener = Opener {
                project: self,
                cell: &cell,
            };
            let pinned = opener.pinned()?.ok_or(Error::NotFound)?;
            let served = log::fetch_headers(opener.session(), opener.spot(), 0).await?;
            let newest = served.iter().rfind(|header| header.seq() <= pinned.head.seq);
            let to = newest.map(|header| LogHead {
                seq: header.seq(),
                hash: header.hash(),
            });
            let to = to.ok_or(Error::StateVanished {
                what: "this environment",
            })?;
            if to != pinned.head {
                let op = Op::Rebase {
                    env: cell.env,
                    lost: pinned.head,
                    to,
                };
                // What everybody is to accept is verified first, under the keyring that will be.
                let own = self.own()?;
                let now = self.vault.device().now();
                let mut after = ring.state.clone();
                after.apply(&ring.state.sign_next(&own.identity, op.clone(), now)?)?;
                log::from_start(cell.env, Some(to), served, &after)?;
                self.append(&op).await?;
                let ring = self.ring()?;
                let rebase = ring.state.rebase_of(&cell.env, &pinned.head, pinned.settled);
                self.go_on_at(&cell, rebase.ok_or(Error::Conflict)?).await?;
            }
        }
        self.open_environment(slug).await
    }

    /// Accepts that what this device has seen is lost, as [`Error::NeedsConsent`] says.
    pub async fn accept_rebase(&self, slug: &str, consent: &Consent) -> Result<Environment<T, D>, Error> {
        let cell = self.environment_cell(slug)?;
        {
            let _turn = cell.gate.enter().await;
            let opener = Opener {
                project: self,
                cell: &cell,
            };
            let pinned = opener.pinned()?.ok_or(Error::NotFound)?;
            let ring = self.ring()?;
            let rebase = ring.state.rebase_of(&cell.env, &pinned.head, pinned.settled);
            // What the person has read, and nothing that came since.
            let rebase = rebase
                .filter(|rebase| rebase.seq == consent.link)
                .ok_or(Error::Conflict)?;
            self.go_on_at(&cell, rebase).await?;
        }
        self.open_environment(slug).await
    }

    /// Lets what somebody wrote while losing a right count after all, where [`Error::LateRecords`] says that it keeps
    /// everybody out. For admins.
    pub async fn uphold(&self, slug: &str) -> Result<Environment<T, D>, Error> {
        let cell = self.environment_cell(slug)?;
        {
            let _turn = cell.gate.enter().await;
            self.refresh_ring().await?;
            self.uphold_late(&cell).await?;
        }
        self.open_environment(slug).await
    }

    /// The same right after a right was taken: a save of theirs may have been on its way.
    pub(crate) async fn uphold_what_came_between(&self, env: &EnvUid, head: &LogHead) -> Result<(), Error> {
        let Some(slug) = self
            .ring()?
            .state
            .environment(env)
            .map(|env| env.server_ref.clone())
        else {
            return Ok(());
        };
        let cell = self.environment_cell(&slug)?;
        let _turn = cell.gate.enter().await;
        let opener = Opener {
            project: self,
            cell: &cell,
        };
        if log::fetch_after(opener.session(), opener.spot(), head)
            .await?
            .is_empty()
        {
            return Ok(());
        }
        self.uphold_late(&cell).await
    }

    async fn uphold_late(&self, cell: &Rc<EnvCell>) -> Result<(), Error> {
        let opener = Opener { project: self, cell };
        let late = opener.late().await?;
        for (user, head) in late.into_iter().flat_map(|late| late.upheld) {
            let heads: Heads = [(cell.env, head)].into();
            self.append(&Op::Uphold { user, heads }).await?;
        }
        Ok(())
    }

    async fn go_on_at(&self, cell: &EnvCell, rebase: &Rebase) -> Result<(), Error> {
        let ring = self.ring()?.state.ring();
        let known = self.vault.ring_pin(&self.cell.id)?;
        let known = known.and_then(|(_, pin)| pin.environments.get(&cell.env).map(|env| env.epoch));
        let pin = EnvPin {
            server_ref: cell.slug.clone(),
            epoch: known.unwrap_or(1),
            head: rebase.to,
            keyring_seq: rebase.seq,
        };
        self.vault.pin_environment(ring, cell.env, pin).await?;
        self.vault.forget_log(&cell.env, &cell.kept).await;
        cell.wipe();
        self.vault.flush(|_| {}).await
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Puts back the keyring's links that the server has lost and this device kept, where opening the project fails
    /// with [`Error::RolledBack`]; and opens it.
    pub async fn put_back_membership(&self, project: &ProjectId) -> Result<Project<T, D>, Error> {
        let what = "the project's membership";
        let (uid, pin) = self.ring_pin(project)?.ok_or(Error::NotFound)?;
        let links = self.kept_links(&uid).await;
        let pinned = Some((pin.keyring_seq, pin.keyring_hash));
        let state = KeyringState::fold(&links, Some(&pin.genesis), pinned)?;
        let kept = Ring { state, links };
        let session = &self.inner.session;
        let served: BTreeSet<u64> = match keyring::fetch(session, project, None).await? {
            Some(served) => {
                let same = |seq: &u64| kept.state.hash_at(*seq) == served.state.hash_at(*seq);
                if !(0..=served.state.seq()).all(|seq| same(&seq)) {
                    return Err(Error::Forked { what });
                }
                (0..=served.state.seq()).collect()
            }
            None => BTreeSet::new(),
        };
        for link in kept.links.iter().filter(|link| !served.contains(&link.seq())) {
            keyring::store(session, project, link).await?;
        }
        self.open_project(project).await
    }
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// Writes the rows of what records after `left` have changed, from the records.
    async fn renew(&self, left: u64) -> Result<(), Error> {
        let log = &self.snap.log;
        let start = log.checkpoint_at(left).ok_or(Error::Forged { what: WHAT })?;
        let headers: Vec<&Header> = (start..log.next_seq())
            .filter_map(|seq| log.header(seq))
            .collect();
        let bodies = self.bodies(&headers).await?;
        let keys = self.cell.keys()?;
        let contents = Contents::fold(log, &keys, start, |seq| bodies.get(&seq).map(Vec::as_slice))?;
        self.cell.update(|snap| snap.renew(contents, left))?;
        self.roll_forward(&BTreeSet::new()).await
    }
}

/// Records of people who had lost the right to write them, which are all that is wrong with a log.
#[derive(Default)]
struct Late {
    /// By whom, and the newest of each.
    upheld: BTreeMap<String, LogHead>,
    /// How many.
    records: u64,
}

/// What this device kept of records that a server does not show.
enum Tail {
    /// The server shows other records: nothing fits.
    Foreign,
    /// All of them, with their bodies.
    Kept(Vec<(Header, Vec<String>)>),
    /// Not all of them.
    NotKept,
}

impl<T: Transport, D: Device> Opener<'_, T, D> {
    /// What it means that the server's log is not the one that this device has seen.
    pub(super) async fn diagnosed(&self, error: Error) -> Error {
        if error == log::FOREIGN_AUTHOR {
            return self.diagnosed_author(error).await;
        }
        let about_the_log = matches!(
            error,
            Error::RolledBack { what: WHAT } | Error::Forked { what: WHAT } | Error::Forged { what: WHAT }
        );
        if !about_the_log {
            return error;
        }
        match self.loss(&error).await {
            Ok(Some(loss)) => loss,
            _ => error,
        }
    }

    /// What it means that a record is of somebody who has lost the right to write it.
    async fn diagnosed_author(&self, error: Error) -> Error {
        match self.late().await {
            Ok(Some(late)) => Error::LateRecords(Box::new(LateRecords {
                environment: self.cell.slug.clone(),
                by: late.upheld.into_keys().collect(),
                records: late.records,
            })),
            _ => error,
        }
    }

    /// The records beyond the head that the loss of their author's right names; `None` where there are none, or where
    /// they are not all that is wrong.
    async fn late(&self) -> Result<Option<Late>, Error> {
        self.project.refresh_ring().await?;
        let mut state = self.project.ring()?.state.clone();
        let served = log::fetch_headers(self.session(), self.spot(), 0).await?;
        let mut newest: BTreeMap<String, LogHead> = BTreeMap::new();
        for header in &served {
            if let Some(user) = state.user_of(&header.author()) {
                let head = LogHead {
                    seq: header.seq(),
                    hash: header.hash(),
                };
                newest.insert(user.to_owned(), head);
            }
        }
        let pin = self.pinned()?.map(|pin| pin.head);
        let mut log = Log::new(state.ring(), self.cell.env, pin);
        let mut late = Late::default();
        for header in &served {
            match log.push(header.clone(), &state) {
                Err(LogError::NotEntitled) => {
                    let author = state.user_of(&header.author()).map(str::to_owned);
                    let (Some(user), false) = (author, late.records > MOST_LATE) else {
                        return Ok(None);
                    };
                    let Some(head) = newest.get(&user) else {
                        return Ok(None);
                    };
                    let heads: Heads = [(self.cell.env, *head)].into();
                    state = state.upholding(&user, &heads)?;
                    log.push(header.clone(), &state)?;
                    let theirs = |late: &&Header| {
                        (header.seq()..=head.seq).contains(&late.seq())
                            && state.user_of(&late.author()) == Some(&user)
                    };
                    late.records += served.iter().filter(theirs).count() as u64;
                    late.upheld.insert(user, *head);
                }
                other => other?,
            }
        }
        log.check_complete()?;
        Ok(Some(late).filter(|late| !late.upheld.is_empty()))
    }

    async fn loss(&self, error: &Error) -> Result<Option<Error>, Error> {
        // An admin may have said something about it.
        self.project.refresh_ring().await?;
        let (Some(pinned), ring) = (self.pinned()?, self.project.ring()?) else {
            return Ok(None);
        };
        let environment = self.cell.slug.clone();
        if let Some(rebase) = ring.state.rebase_of(&self.cell.env, &pinned.head, pinned.settled) {
            return Ok(Some(Error::NeedsConsent(Box::new(Consent {
                environment,
                lost: pinned.head.seq,
                to: rebase.to.seq,
                by: ring.state.user_of(&rebase.author).unwrap_or_default().to_owned(),
                created: rebase.created,
                link: rebase.seq,
            }))));
        }
        let served = log::fetch_headers(self.session(), self.spot(), 0).await?;
        let left = served
            .last()
            .map(Header::seq)
            .filter(|left| *left < pinned.head.seq);
        let (Some(left), Error::RolledBack { .. }) = (left, error) else {
            return Ok(None);
        };
        let can_put_back = match self.kept_tail(&served).await? {
            Tail::Foreign => return Ok(None),
            Tail::Kept(_) => true,
            Tail::NotKept => false,
        };
        Ok(Some(Error::HistoryLost(Box::new(LostHistory {
            environment,
            left,
            seen: pinned.head.seq,
            can_put_back,
        }))))
    }

    /// The records that the server does not show and this device has seen, as far as it kept them.
    async fn kept_tail(&self, served: &[Header]) -> Result<Tail, Error> {
        let Some(pinned) = self.pinned()? else {
            return Ok(Tail::NotKept);
        };
        let ring = self.project.ring()?;
        let vault = &self.project.vault;
        let kept = vault.kept_log(&self.cell.env, &self.cell.kept).await;
        let (uid, env) = (ring.state.ring(), self.cell.env);
        let log = Log::recall(uid, env, pinned.head, kept.headers, &ring.state);
        let Some(log) = log.ok().filter(|log| log.check_complete().is_ok()) else {
            return Ok(Tail::NotKept);
        };
        let other = |header: &Header| log.hash_at(header.seq()) != Some(header.hash());
        if served.iter().any(other) {
            return Ok(Tail::Foreign);
        }
        let served: BTreeSet<u64> = served.iter().map(Header::seq).collect();
        let mut bodies = kept.bodies;
        let lost = log.headers().filter(|header| !served.contains(&header.seq()));
        let lost = lost.map(|header| {
            let body = bodies.remove(&header.seq()).unwrap_or_default();
            header.is_body(&body).then(|| (header.clone(), body))
        });
        Ok(lost.collect::<Option<_>>().map_or(Tail::NotKept, Tail::Kept))
    }

    async fn put_back_record(&self, header: &Header, chunks: &[String]) -> Result<(), Error> {
        let folder = layout::body_folder(header.seq());
        for (name, chunk) in header.body_names().iter().zip(chunks) {
            match create_in(self.session(), self.spot(), &folder, name, chunk).await {
                // The header's hash names the chunk: what is there under its name is this one, or a broken one.
                Err(Error::NameTaken) => {
                    self.session()
                        .upsert_rows(self.spot().at(&folder), &[(name, chunk)])
                        .await?;
                }
                other => other?,
            }
        }
        create_header(self.session(), self.spot(), header).await
    }
}

/// More than that was not on its way when a right was taken.
const MOST_LATE: u64 = 1_000;
