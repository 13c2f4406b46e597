//! The past of a secret: every version that the log tells of, each opened when asked for, and brought back.

use super::save::{Content, Want, check_places};
use super::{Environment, OpenedSecret};
use crate::vault::log::{self, WHAT};
use crate::{Device, Error, SaveError, SlotId, Transport};
use coffer_core::contents::{self, ChangeEntry};
use coffer_core::grant::Proposed;
use coffer_core::id::Digest;
use coffer_core::layout;
use coffer_core::log::{EpochKeys, Header, RecordKind};
use coffer_core::value::SealedValue;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// The versions of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Newest first.
    pub versions: Vec<Version>,
    /// They go back to the first one. Otherwise a record of the past is no longer there.
    pub complete: bool,
}

/// One version of a secret, as the log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub version: u64,
    /// The record that made it.
    pub seq: u64,
    /// Its folder then.
    pub path: String,
    /// Its name then.
    pub name: String,
    /// It deleted the secret: there is no value.
    pub deleted: bool,
    /// Who wrote it, by the signed keyring: the server's id of the person or machine.
    pub author: String,
    /// The key that signed it, 32 hex digits.
    pub author_key: String,
    /// Who had proposed this very value under a grant, if the author took it over and the proposal is still there.
    pub proposed_by: Option<String>,
    /// When its author says it was written, in milliseconds since 1970: for display.
    pub created: u64,
}

/// A secret that was deleted and is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Its own identity: its history is still there.
    pub slot: SlotId,
    /// Its last folder.
    pub path: String,
    /// Its last name.
    pub name: String,
    /// The version that deleted it.
    pub version: u64,
    /// When its author says it was deleted, where the record is held; when it was listed last otherwise.
    pub created: u64,
}

/// The versions of a secret with their sealed values.
pub(super) struct Past {
    newest: u64,
    changes: Vec<(u64, ChangeEntry)>,
    complete: bool,
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// The secrets that were deleted, as far as they are remembered: 90 days at least.
    pub fn deleted(&self) -> Vec<Deleted> {
        let mut deleted: Vec<Deleted> = self
            .snap
            .contents
            .deleted()
            .map(|entry| Deleted {
                slot: entry.slot,
                path: entry.path.as_str().to_owned(),
                name: entry.name.as_str().to_owned(),
                version: entry.version,
                created: entry.created,
            })
            .collect();
        deleted.sort_by(|one, two| (&one.path, &one.name).cmp(&(&two.path, &two.name)));
        deleted
    }

    /// The versions of a secret, deleted or not: fetched, and each bound to the newest one by the hashes of the log.
    pub async fn history(&self, slot: &SlotId) -> Result<History, Error> {
        let past = self.past(slot).await?;
        let proposers = self.proposers(&past).await?;
        let ring = self.project.ring()?;
        let version = |(seq, change): &(u64, ChangeEntry)| {
            let header = self.snap.log.header(*seq)?;
            Some(Version {
                version: change.version(),
                seq: *seq,
                path: change.path().as_str().to_owned(),
                name: change.name().as_str().to_owned(),
                deleted: change.value().is_none(),
                author: ring.state.user_of(&header.author())?.to_owned(),
                author_key: header.author().to_string(),
                proposed_by: proposers.get(&change.version()).cloned(),
                created: header.created(),
            })
        };
        Ok(History {
            versions: past.changes.iter().filter_map(version).collect(),
            complete: past.complete,
        })
    }

    /// Who had proposed the values of versions: what the author says counts only if the proposal was of this secret as it was
    /// before, and of this very value.
    async fn proposers(&self, past: &Past) -> Result<BTreeMap<u64, String>, Error> {
        let hashes: Vec<Digest> = past
            .changes
            .iter()
            .filter_map(|(_, change)| change.proposal())
            .collect();
        if hashes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let proposed = self.project.proposed_in(self, &hashes).await?;
        let keys = self.cell.keys()?;
        let proposer = |(_, change): &(u64, ChangeEntry)| {
            let (user, proposed) = proposed.get(&change.proposal()?)?;
            is_of(change, proposed, &keys).then(|| (change.version(), user.clone()))
        };
        Ok(past.changes.iter().filter_map(proposer).collect())
    }

    /// Who took a proposal over, and when, as the secret's history says.
    pub(crate) async fn taken_over(
        &self,
        hash: &Digest,
        proposed: &Proposed,
    ) -> Result<Option<(String, u64)>, Error> {
        let past = match self.past(&proposed.slot).await {
            Err(Error::NotFound) => return Ok(None),
            past => past?,
        };
        let (keys, ring) = (self.cell.keys()?, self.project.ring()?);
        let named = past
            .changes
            .iter()
            .find(|(_, change)| change.proposal() == Some(*hash) && is_of(change, proposed, &keys));
        Ok(named.and_then(|(seq, _)| {
            let header = self.snap.log.header(*seq)?;
            let user = ring.state.user_of(&header.author())?;
            Some((user.to_owned(), header.created()))
        }))
    }

    /// Opens one version of a secret. A version that deleted it has no value: [`Error::NotFound`].
    pub async fn reveal_version(&self, slot: &SlotId, version: u64) -> Result<OpenedSecret, Error> {
        let past = self.past(slot).await?;
        let (change, value) = past.value_of(version)?;
        let keys = self.cell.keys()?;
        let broken = || Error::Forged {
            what: "an older version of a secret",
        };
        let key = keys.of(value.epoch()).ok_or_else(broken)?;
        let content = value.open(key, &change.context()).map_err(|_| broken())?;
        OpenedSecret::of(content).ok_or(Error::Invalid {
            field: "value",
            why: "a text",
        })
    }

    /// Writes the content of an older version as a new one, at the secret's place, or where it was deleted from.
    pub async fn restore_version(&self, slot: &SlotId, version: u64) -> Result<Self, SaveError> {
        self.check_writable()?;
        let past = self.past(slot).await?;
        let (change, value) = past.value_of(version)?;
        let entry = self.snap.contents.entry(slot).ok_or(Error::NotFound)?;
        let want = Want {
            slot: *slot,
            base: Some(entry.version),
            place: Some((entry.path.clone(), entry.name.clone())),
            content: Content::Past(value.clone(), change.context()),
            proposal: None,
        };
        check_places(&self.snap.contents, std::slice::from_ref(&want))?;
        self.carry_out(vec![want]).await
    }

    /// Reads the records of damaged secrets again, so that their rows can be written from them. What is not found is not
    /// looked for a second time in a session.
    pub(super) async fn recollect(&self) -> Result<(), Error> {
        let now = self.newest()?;
        let known = self.cell.unfound.borrow().clone();
        let mut wanted: BTreeMap<SlotId, Digest> = now
            .snap
            .damaged()
            .filter(|(slot, _)| !known.contains(slot))
            .collect();
        let records = wanted
            .keys()
            .filter_map(|slot| now.snap.contents.entry(slot).map(|entry| entry.record));
        let Some(newest) = records.max() else {
            return Ok(());
        };
        self.cell.unfound.borrow_mut().extend(wanted.keys().copied());
        let mut found = Vec::new();
        now.walk_back(newest, |_, changes| {
            for change in changes {
                if wanted.get(&change.slot()) == Some(&change.ct_hash()) {
                    wanted.remove(&change.slot());
                    found.push(change);
                }
            }
            Ok(match wanted.is_empty() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })
        .await?;
        drop(now);
        for change in found {
            self.cell.unfound.borrow_mut().remove(&change.slot());
            self.cell.update(|snap| snap.recall(&change))??;
        }
        Ok(())
    }

    /// The past of a secret, read once in a session.
    async fn past(&self, slot: &SlotId) -> Result<Rc<Past>, Error> {
        let entry = self.snap.contents.entry(slot).ok_or(Error::NotFound)?;
        let known = self.cell.past.borrow().get(slot).cloned();
        if let Some(known) = known.filter(|known| known.newest == entry.version) {
            return Ok(known);
        }
        let mut past = Past {
            newest: entry.version,
            changes: Vec::new(),
            complete: false,
        };
        let mut next = (entry.version, entry.ct_hash);
        self.walk_back(entry.record, |header, changes| {
            let Some(change) = changes.into_iter().find(|change| change.slot() == *slot) else {
                return Ok(ControlFlow::Continue(()));
            };
            if (change.version(), change.ct_hash()) != next {
                return Err(Error::Forged { what: WHAT });
            }
            next = (change.version() - 1, change.previous());
            past.complete = next.0 == 0;
            past.changes.push((header.seq(), change));
            Ok(match past.complete {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })
        .await?;
        let past = Rc::new(past);
        self.cell.past.borrow_mut().insert(*slot, Rc::clone(&past));
        Ok(past)
    }

    /// Reads the records of changes from `newest` backwards, until `visit` has seen enough or a body is not there.
    pub(super) async fn walk_back(
        &self,
        newest: u64,
        mut visit: impl FnMut(&Header, Vec<ChangeEntry>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let keys = self.cell.keys()?;
        let mut end = newest + 1;
        while end > 0 {
            // What one request answers.
            let start = (end - 1) / layout::SEGMENT * layout::SEGMENT;
            let headers: Vec<&Header> = (start..end)
                .filter_map(|seq| self.snap.log.header(seq))
                .filter(|header| header.kind() == RecordKind::Change)
                .collect();
            let bodies = self.bodies(&headers).await?;
            for header in headers.into_iter().rev() {
                let Some(chunks) = bodies.get(&header.seq()) else {
                    return Ok(());
                };
                let changes = contents::read_changes(header, chunks, &keys)?;
                if visit(header, changes)?.is_break() {
                    return Ok(());
                }
            }
            end = start;
        }
        Ok(())
    }

    /// Bodies of records, from the server or else from what this device kept.
    pub(super) async fn bodies(&self, headers: &[&Header]) -> Result<BTreeMap<u64, Vec<String>>, Error> {
        let mut bodies = log::fetch_bodies(self.session(), self.spot(), headers).await?;
        let missing =
            |header: &&&Header| !header.body_names().is_empty() && !bodies.contains_key(&header.seq());
        if headers.iter().any(|header| missing(&header)) {
            let vault = &self.project.vault;
            let kept = vault.kept_log(&self.cell.env, &self.cell.kept).await;
            for (seq, chunks) in kept.bodies {
                bodies.entry(seq).or_insert(chunks);
            }
        }
        Ok(bodies)
    }
}

/// Whether a change is of just what was proposed: of this secret as it was before, and this very value.
fn is_of(change: &ChangeEntry, proposed: &Proposed, keys: &EpochKeys) -> bool {
    let content = change
        .value()
        .and_then(|value| value.open(keys.of(value.epoch())?, &change.context()).ok());
    (proposed.slot, proposed.previous) == (change.slot(), change.previous())
        && content.is_some_and(|content| *content.value == *proposed.value)
}

impl Past {
    fn value_of(&self, version: u64) -> Result<(&ChangeEntry, &SealedValue), Error> {
        let mut changes = self.changes.iter().map(|(_, change)| change);
        let change = changes.find(|change| change.version() == version);
        let value = change.and_then(|change| Some((change, change.value()?)));
        value.ok_or(Error::NotFound)
    }
}
