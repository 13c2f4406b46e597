//! An environment as it was: shown, compared with what it is, and brought back as one record.

use super::save::{Content, Want, check_places, open_past};
use super::{Environment, check_path};
use crate::{Device, Error, SaveError, SlotId, Transport};
use coffer_core::contents::{Contents, Entry};
use coffer_core::keyring::LogHead;
use coffer_core::log::Header;
use coffer_core::names::SecretPath;
use coffer_core::value::SealedValue;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// A state of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After this record of the log.
    Record(u64),
    /// After the newest record whose author says that it was written by then, in milliseconds since 1970.
    Time(u64),
}

/// A record of the log, for choosing a [`Moment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// Who wrote it, by the signed keyring: the server's id of the person or machine.
    pub author: String,
    /// When its author says it was written: for display.
    pub created: u64,
}

/// What an environment held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastState {
    /// The record that made it so.
    pub record: Record,
    /// Its secrets, by folder and name.
    pub entries: Vec<PastEntry>,
}

/// A secret of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEntry {
    /// Its own identity.
    pub slot: SlotId,
    /// Its folder then.
    pub path: String,
    /// Its name then.
    pub name: String,
    /// Its version then.
    pub version: u64,
}

/// What going back will change, and nothing of what the secrets hold.
pub struct RestorePlan {
    /// The folder that is brought back with everything below it.
    pub path: String,
    /// The record after which it was so.
    pub record: Record,
    /// What will change, by folder and name. Nothing: it is as it was.
    pub changes: Vec<Restoration>,
    /// Secrets whose value of then is no longer there: they stay as they are.
    pub lost: Vec<PastEntry>,
    /// One where it fits, which is all or nothing; several otherwise.
    pub records: usize,
    head: Option<LogHead>,
    wants: Vec<Want>,
}

/// What going back does to one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Which.
    pub slot: SlotId,
    /// Its folder and name now; `None` where it is added back.
    pub now: Option<(String, String)>,
    /// Its folder and name afterwards; `None` where it is deleted.
    pub then: Option<(String, String)>,
    /// It holds something else afterwards.
    pub changed: bool,
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// The records of the log, newest first.
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        for header in self.snap.log.headers() {
            records.push(self.record(header)?);
        }
        records.reverse();
        Ok(records)
    }

    /// What the environment held at a moment.
    pub async fn state_at(&self, moment: Moment) -> Result<PastState, Error> {
        let header = self.header_at(moment)?;
        let (then, _) = self.contents_at(header.seq()).await?;
        Ok(PastState {
            record: self.record(header)?,
            entries: then.active().map(PastEntry::from).collect(),
        })
    }

    /// What would change if a folder, or with `/` everything, became what it was at a moment. Writes nothing.
    pub async fn plan_restore(&self, path: &str, moment: Moment) -> Result<RestorePlan, Error> {
        let path = check_path(path)?;
        let header = self.header_at(moment)?;
        let (then, start) = self.contents_at(header.seq()).await?;
        let now = &self.snap.contents;
        let mut concerned: BTreeSet<SlotId> = BTreeSet::new();
        for contents in [&then, now] {
            let inside = contents.active().filter(|entry| is_inside(&path, &entry.path));
            concerned.extend(inside.map(|entry| entry.slot));
        }
        // What is the same version is the same.
        let version = |contents: &Contents, slot: &SlotId| {
            let entry = contents.entry(slot).filter(|entry| !entry.deleted);
            entry.map(|entry| entry.version)
        };
        concerned.retain(|slot| version(&then, slot) != version(now, slot));
        let values = self.values_of(&then, start, &concerned).await?;
        let mut wants = Vec::new();
        let mut plan = RestorePlan {
            path: path.as_str().to_owned(),
            record: self.record(header)?,
            changes: Vec::new(),
            lost: Vec::new(),
            records: 0,
            head: self.snap.log.head(),
            wants: Vec::new(),
        };
        for slot in concerned {
            let old = then.entry(&slot).filter(|entry| !entry.deleted);
            let base = now.entry(&slot).map(|entry| entry.version);
            let Some(old) = old else {
                wants.push(Want {
                    slot,
                    base,
                    place: None,
                    content: Content::Same,
                    proposal: None,
                });
                continue;
            };
            let Some(value) = values.get(&slot) else {
                plan.lost.push(old.into());
                continue;
            };
            wants.push(Want {
                slot,
                base,
                place: Some((old.path.clone(), old.name.clone())),
                content: self.content_of(&slot, value, old)?,
                proposal: None,
            });
        }
        // A secret that came into the folder from outside goes back there, unless its place was taken meanwhile.
        let moving: BTreeSet<SlotId> = wants.iter().map(|want| want.slot).collect();
        wants.retain(|want| {
            let Some((old, name)) = &want.place else {
                return true;
            };
            let taken = now
                .at(old, name)
                .is_some_and(|there| !moving.contains(&there.slot));
            is_inside(&path, old) || !taken
        });
        for want in wants {
            let place = |path: &SecretPath, name: &coffer_core::names::SecretName| {
                (path.as_str().to_owned(), name.as_str().to_owned())
            };
            let entry = now.entry(&want.slot).filter(|entry| !entry.deleted);
            let change = Restoration {
                slot: want.slot,
                now: entry.map(|entry| place(&entry.path, &entry.name)),
                then: want.place.as_ref().map(|(path, name)| place(path, name)),
                changed: matches!(want.content, Content::Past(..)),
            };
            if change.now != change.then || change.changed {
                plan.changes.push(change);
                plan.wants.push(want);
            }
        }
        check_places(now, &plan.wants)?;
        let place = |change: &Restoration| change.then.clone().or(change.now.clone());
        plan.changes.sort_by_key(place);
        plan.records = self.seal(&self.snap, &plan.wants)?.len();
        Ok(plan)
    }

    /// Does what a plan says; [`Error::Conflict`] where the environment is no longer the one that it was made for.
    pub async fn restore(&self, plan: &RestorePlan) -> Result<Self, SaveError> {
        self.check_writable()?;
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        if self.cell.latest()?.log.head() != plan.head {
            return Err(Error::Conflict.into());
        }
        if plan.wants.is_empty() {
            return Ok(self.newest()?);
        }
        let written = plan.wants.iter().map(|want| want.slot).collect();
        match self.write(&own.identity, &mut plan.wants.clone()).await {
            Ok(()) => Ok(self.follow_up(&own.identity, &written).await?),
            Err(Error::NameTaken) => Err(Error::Conflict.into()),
            Err(other) => Err(other.into()),
        }
    }

    fn record(&self, header: &Header) -> Result<Record, Error> {
        let ring = self.project.ring()?;
        let author = ring.state.user_of(&header.author());
        Ok(Record {
            seq: header.seq(),
            author: author.unwrap_or_default().to_owned(),
            created: header.created(),
        })
    }

    fn header_at(&self, moment: Moment) -> Result<&Header, Error> {
        let log = &self.snap.log;
        let header = match moment {
            Moment::Record(seq) => log.header(seq),
            Moment::Time(time) => log.headers().filter(|header| header.created() <= time).last(),
        };
        header.ok_or(Error::NotFound)
    }

    /// What the log says the environment held after record `seq`, and the checkpoint from which that was read.
    async fn contents_at(&self, seq: u64) -> Result<(Contents, u64), Error> {
        let log = &self.snap.log;
        let start = log.checkpoint_at(seq).ok_or(Error::NotFound)?;
        let headers: Vec<&Header> = (start..=seq).filter_map(|seq| log.header(seq)).collect();
        let bodies = self.bodies(&headers).await?;
        let keys = self.cell.keys()?;
        let contents = Contents::fold_to(log, &keys, start..seq + 1, |seq| {
            bodies.get(&seq).map(Vec::as_slice)
        })?;
        Ok((contents, start))
    }

    /// The sealed values that secrets had then: from the records that made that state, and from older ones.
    async fn values_of(
        &self,
        then: &Contents,
        start: u64,
        slots: &BTreeSet<SlotId>,
    ) -> Result<BTreeMap<SlotId, SealedValue>, Error> {
        let mut values = BTreeMap::new();
        let mut sought = BTreeMap::new();
        for entry in slots
            .iter()
            .filter_map(|slot| then.entry(slot))
            .filter(|entry| !entry.deleted)
        {
            match &entry.value {
                Some(value) => drop(values.insert(entry.slot, value.clone())),
                None => drop(sought.insert(entry.slot, entry.ct_hash)),
            }
        }
        if sought.is_empty() {
            return Ok(values);
        }
        self.walk_back(start, |_, changes| {
            for change in changes {
                // The hash names version and place too.
                if sought.get(&change.slot()) == Some(&change.ct_hash())
                    && let Some(value) = change.value()
                {
                    sought.remove(&change.slot());
                    values.insert(change.slot(), value.clone());
                }
            }
            Ok(match sought.is_empty() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })
        .await?;
        Ok(values)
    }

    /// The content of then, or the same where it still is: a move and back is no change of content.
    fn content_of(&self, slot: &SlotId, value: &SealedValue, old: &Entry) -> Result<Content, Error> {
        let keys = self.cell.keys()?;
        let before = open_past(value, &old.context(), &keys)?;
        let same = self.snap.open(slot, &keys).is_ok_and(|content| content == before);
        Ok(match same {
            true => Content::Same,
            false => Content::Past(value.clone(), old.context()),
        })
    }
}

impl std::fmt::Debug for RestorePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RestorePlan({} to record {}: {:?})",
            self.path, self.record.seq, self.changes
        )
    }
}

impl From<&Entry> for PastEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            slot: entry.slot,
            path: entry.path.as_str().to_owned(),
            name: entry.name.as_str().to_owned(),
            version: entry.version,
        }
    }
}

fn is_inside(folder: &SecretPath, path: &SecretPath) -> bool {
    *folder == SecretPath::root()
        || path
            .as_str()
            .strip_prefix(folder.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
