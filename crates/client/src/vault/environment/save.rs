//! Saving: changes understood, put on top of what came meanwhile, written as signed records, rows after them.

use super::record::store_record;
use super::snapshot::Snapshot;
use super::{ATTEMPTS, Change, Environment, check_path, check_secret_name, with_parents};
use crate::api::secrets::fitting;
use crate::error::ConflictSide;
use crate::rng::Draw;
use crate::{Device, Error, SaveError, SlotId, Transport};
use coffer_core::contents::{self, ChangeEntry, Changes, Contents};
use coffer_core::id::Digest;
use coffer_core::identity::Identity;
use coffer_core::log::{EpochKeys, LogError, RecordKind};
use coffer_core::names::{SecretName, SecretPath};
use coffer_core::value::{self, Meta, SealedValue, SecretContent, ValueContext};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zeroize::Zeroizing;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Saves as one log record and gives the new snapshot; many changes become several records.
    ///
    /// Once the record's header is created the save has happened: rows that could not be written lag, are read from the
    /// record, and are written by the next writer.
    pub async fn save(&self, changes: Vec<Change>) -> Result<Self, SaveError> {
        self.carry_out(self.plan(changes)?).await
    }

    /// Saves a value that somebody proposed, and who that was.
    pub(crate) async fn save_proposed(&self, change: Change, proposal: Digest) -> Result<Self, SaveError> {
        let mut wants = self.plan(vec![change])?;
        for want in &mut wants {
            want.proposal = Some(proposal);
        }
        self.carry_out(wants).await
    }

    /// Writes what is wanted, on top of what came meanwhile.
    pub(super) async fn carry_out(&self, mut pending: Vec<Want>) -> Result<Self, SaveError> {
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        for attempt in 0..ATTEMPTS {
            pending = self.rebase(&*self.cell.latest()?, pending)?;
            if pending.is_empty() {
                return Ok(self.newest()?);
            }
            let wanted = pending.iter().map(|want| want.slot).collect();
            match self.write(&own.identity, &mut pending).await {
                Ok(()) => return Ok(self.follow_up(&own.identity, &wanted).await?),
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other.into()),
            }
            self.project.vault.device().pause(50 << attempt).await;
            let latest = self.cell.latest()?;
            self.opener().advance(&latest).await?;
        }
        Err(Error::Conflict.into())
    }

    /// After a save: the rows, a checkpoint where one is due, pins for other devices. All of it may fail, and is made up
    /// for by the next writer.
    pub(super) async fn follow_up(
        &self,
        identity: &Identity,
        written: &BTreeSet<SlotId>,
    ) -> Result<Self, Error> {
        // Only now: that this record could be made shows that nobody knows a newer state, so nothing newer is written over.
        // What cannot be mended is named, and mended another time.
        drop(self.recollect().await);
        if self.roll_forward(written).await.is_ok() {
            drop(self.checkpoint(identity).await);
        }
        drop(self.project.vault.flush_sometimes().await);
        self.newest()
    }

    /// Understands and checks the changes against this snapshot, before anything is sent.
    fn plan(&self, changes: Vec<Change>) -> Result<Vec<Want>, Error> {
        self.check_writable()?;
        let mut wants: Vec<Want> = Vec::with_capacity(changes.len());
        let mut seen = BTreeSet::new();
        for change in changes {
            let want = match change {
                Change::Put {
                    slot,
                    path,
                    name,
                    value,
                    comment,
                    owner,
                } => {
                    let remarks = comment.len() + owner.as_ref().map_or(0, |owner| owner.len());
                    if value.len() > value::MAX_VALUE || remarks > MAX_COMMENT {
                        return Err(Error::Invalid {
                            field: "value",
                            why: "at most 64 KiB",
                        });
                    }
                    let place = (check_path(&path)?, check_secret_name(&name)?);
                    Want {
                        slot: slot
                            .unwrap_or_else(|| SlotId::generate(&mut Draw(self.project.vault.device()))),
                        base: slot.map(|slot| self.base_of(&slot)).transpose()?,
                        place: Some(place),
                        content: Content::Text(Typed {
                            value,
                            comment,
                            owner,
                        }),
                        proposal: None,
                    }
                }
                Change::Move { slot, path, name } => Want {
                    slot,
                    base: Some(self.base_of(&slot)?),
                    place: Some((check_path(&path)?, check_secret_name(&name)?)),
                    content: Content::Same,
                    proposal: None,
                },
                Change::Delete { slot } => Want {
                    slot,
                    base: Some(self.base_of(&slot)?),
                    place: None,
                    content: Content::Same,
                    proposal: None,
                },
            };
            if !seen.insert(want.slot) {
                return Err(Error::Invalid {
                    field: "changes",
                    why: "one change per secret",
                });
            }
            wants.push(want);
        }
        check_places(&self.snap.contents, &wants)?;
        Ok(wants)
    }

    fn base_of(&self, slot: &SlotId) -> Result<u64, Error> {
        let entry = self.snap.contents.entry(slot).filter(|entry| !entry.deleted);
        entry.map(|entry| entry.version).ok_or(Error::NotFound)
    }

    /// What of the changes is still to be done on top of `latest`; the same secret changed twice is for the person.
    fn rebase(&self, latest: &Snapshot, pending: Vec<Want>) -> Result<Vec<Want>, SaveError> {
        if latest.log.head() == self.snap.log.head() {
            return Ok(pending);
        }
        let keys = self.cell.keys()?;
        let mut open = Vec::with_capacity(pending.len());
        for want in pending {
            let entry = latest.contents.entry(&want.slot);
            let theirs = entry.filter(|e| !e.deleted);
            let placed = match &want.place {
                Some((path, name)) => theirs.is_some_and(|e| (&e.path, &e.name) == (path, name)),
                None => theirs.is_none(),
            };
            let same = |slot: &SlotId| {
                let there = |holds: &dyn Fn(&SecretContent) -> bool| {
                    latest.open(slot, &keys).is_ok_and(|content| holds(&content))
                };
                match &want.content {
                    Content::Same => true,
                    Content::Text(typed) => there(&|content| typed.is(content)),
                    Content::Past(value, context) => open_past(value, context, &keys).is_ok_and(|past| {
                        there(&|content| content.value == past.value && content.meta == past.meta)
                    }),
                }
            };
            match want.base {
                None => {
                    // A save whose answer was lost is found again as what it wanted.
                    let there = want
                        .place
                        .as_ref()
                        .and_then(|(path, name)| latest.contents.at(path, name));
                    match there {
                        Some(entry) if entry.slot != want.slot && same(&entry.slot) => {}
                        _ => open.push(want),
                    }
                }
                Some(base) if entry.is_some_and(|e| e.version == base) => open.push(want),
                Some(_) if placed && same(&want.slot) => {}
                Some(_) => return Err(SaveError::Conflict(Box::new(self.sides(latest, &want, &keys)))),
            }
        }
        check_places(&latest.contents, &open)?;
        Ok(open)
    }

    fn sides(&self, latest: &Snapshot, want: &Want, keys: &EpochKeys) -> ConflictSide {
        let text = |snap: &Snapshot| {
            let content = snap.open(&want.slot, keys).ok()?;
            content.as_text().map(|text| Zeroizing::new(text.to_owned()))
        };
        let base = text(&self.snap);
        let entry = latest
            .contents
            .entry(&want.slot)
            .or_else(|| self.snap.contents.entry(&want.slot));
        ConflictSide {
            slot: want.slot,
            path: entry.map(|e| e.path.as_str().to_owned()).unwrap_or_default(),
            name: entry.map(|e| e.name.as_str().to_owned()).unwrap_or_default(),
            mine: match (&want.content, &want.place) {
                (_, None) => None,
                (Content::Same, _) => base.clone(),
                (Content::Text(typed), _) => Some(typed.value.clone()),
                (Content::Past(value, context), _) => open_past(value, context, keys)
                    .ok()
                    .and_then(|content| Some(Zeroizing::new(content.as_text()?.to_owned()))),
            },
            theirs: text(latest),
            base,
        }
    }

    /// Writes what is pending as records on top of the newest state. [`Error::NameTaken`]: somebody was quicker, what
    /// was written is no longer pending.
    pub(super) async fn write(&self, identity: &Identity, pending: &mut Vec<Want>) -> Result<(), Error> {
        self.roll_forward(&BTreeSet::new()).await?;
        self.rotate_if_due(identity).await?;
        let batches = self.seal(&*self.cell.latest()?, pending)?;
        let mut written = BTreeSet::new();
        let outcome = self.write_records(identity, batches, &mut written).await;
        pending.retain(|want| !written.contains(&want.slot));
        outcome
    }

    /// Seals changes on top of a state, in batches of a record each.
    pub(super) fn seal(&self, base: &Snapshot, wants: &[Want]) -> Result<Vec<Vec<ChangeEntry>>, Error> {
        let keys = self.cell.keys()?;
        let key = keys.newest().ok_or(Error::NoKey)?;
        let device = self.project.vault.device();
        let mut changes = Changes::new(&base.contents, key);
        for want in wants {
            let Some((path, name)) = &want.place else {
                changes.delete(want.slot)?;
                continue;
            };
            let content = match &want.content {
                Content::Text(typed) => {
                    let before = want.base.and_then(|_| base.open(&want.slot, &keys).ok());
                    let meta = before.map(|content| content.meta).unwrap_or_default();
                    SecretContent {
                        value: Zeroizing::new(typed.value.as_bytes().to_vec()),
                        meta: Meta {
                            comment: typed.comment.clone(),
                            owner: typed.owner.clone().unwrap_or_else(|| meta.owner.clone()),
                            ..meta
                        },
                    }
                }
                Content::Same => base.open(&want.slot, &keys).map_err(|_| Error::Forged {
                    what: "a value that was to be moved",
                })?,
                Content::Past(value, context) => open_past(value, context, &keys)?,
            };
            changes.put(want.slot, path, name, &content, &mut Draw(device))?;
            if let Some(proposal) = want.proposal {
                changes.credit(&want.slot, proposal);
            }
        }
        Ok(changes.into_batches())
    }

    /// Writes one record per batch, and notes whose changes are written.
    async fn write_records(
        &self,
        identity: &Identity,
        batches: Vec<Vec<ChangeEntry>>,
        written: &mut BTreeSet<SlotId>,
    ) -> Result<(), Error> {
        let ring = self.project.ring()?;
        let keys = self.cell.keys()?;
        let key = keys.newest().ok_or(Error::NoKey)?;
        let device = self.project.vault.device();
        for batch in batches {
            let touched: Vec<SlotId> = batch.iter().map(ChangeEntry::slot).collect();
            let (body, header) = {
                let log = &self.cell.latest()?.log;
                let body = contents::seal_changes(key, log.next_seq(), batch, &mut Draw(device))?;
                let header = log.sign_next(identity, &ring.state, RecordKind::Change, &body, device.now())?;
                (body, header)
            };
            store_record(self.session(), self.spot(), &header, Some(&body)).await?;
            self.adopt(header, body.chunks(), &touched, &keys, &ring.state)
                .await?;
            written.extend(touched);
        }
        Ok(())
    }

    /// Writes the rows that are behind the log, in batches cut by bytes, and removes the remains of moves and deletions.
    /// A row of what was just written is replaced whatever is there: otherwise a damaged one could never be mended.
    pub(super) async fn roll_forward(&self, written: &BTreeSet<SlotId>) -> Result<(), Error> {
        type Behind = (SecretName, Arc<str>);
        fn text((name, value): &Behind) -> (&str, &str) {
            (name.as_str(), value)
        }
        let snap = self.cell.latest()?;
        let mut upserts: BTreeMap<SecretPath, Vec<Behind>> = BTreeMap::new();
        for entry in snap.behind(written) {
            let value = entry.value.as_ref().map(SealedValue::text);
            let rows = upserts.entry(entry.path.clone()).or_default();
            rows.extend(value.map(|value| (entry.name.clone(), value)));
        }
        let mut deletes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, name) in snap.remains() {
            deletes.entry(path.to_owned()).or_default().push(name.to_owned());
        }
        let (session, spot) = (self.session(), self.spot());
        let missing =
            |path: &SecretPath| *path != SecretPath::root() && !snap.rows.folders().contains(path.as_str());
        let folders: Vec<SecretPath> = upserts.keys().filter(|path| missing(path)).cloned().collect();
        drop(snap);
        for path in &folders {
            session
                .ensure_folder(spot.project, spot.slug, path.as_str())
                .await?;
            self.cell
                .update(|snap| snap.add_folders(with_parents(path.as_str())))?;
        }
        for (path, rows) in &upserts {
            let mut rest = rows.as_slice();
            while !rest.is_empty() {
                let (batch, after) = rest.split_at(fitting(rest.iter().map(text)));
                let texts: Vec<(&str, &str)> = batch.iter().map(text).collect();
                session.upsert_rows(spot.at(path.as_str()), &texts).await?;
                self.cell.update(|snap| {
                    for (name, value) in batch {
                        snap.wrote(path, name, Arc::clone(value));
                    }
                })?;
                rest = after;
            }
        }
        for (path, names) in &deletes {
            for batch in names.chunks(DELETE_ROWS) {
                let names: Vec<&str> = batch.iter().map(String::as_str).collect();
                session.delete_rows(spot.at(path), &names).await?;
                self.cell
                    .update(|snap| names.iter().for_each(|name| snap.deleted(path, name)))?;
            }
        }
        Ok(())
    }
}

/// A change that was understood.
#[derive(Clone)]
pub(super) struct Want {
    pub(super) slot: SlotId,
    /// The version it builds on; `None` makes a new secret.
    pub(super) base: Option<u64>,
    /// Where it is to be; `None` deletes it.
    pub(super) place: Option<(SecretPath, SecretName)>,
    pub(super) content: Content,
    /// The proposal whose value it is.
    pub(super) proposal: Option<Digest>,
}

/// What a secret is to hold.
#[derive(Clone)]
pub(super) enum Content {
    /// What an older record sealed, with where it belonged.
    Past(SealedValue, ValueContext),
    /// What it holds.
    Same,
    /// What somebody typed; what else is known about it stays.
    Text(Typed),
}

/// What somebody typed for a secret.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) value: Zeroizing<String>,
    pub(super) comment: Zeroizing<String>,
    /// `None` leaves what is known.
    pub(super) owner: Option<Zeroizing<String>>,
}

impl Typed {
    /// Whether a secret holds it already.
    fn is(&self, content: &SecretContent) -> bool {
        let is_owner = self
            .owner
            .as_ref()
            .is_none_or(|owner| *owner == content.meta.owner);
        is_owner && content.value.as_slice() == self.value.as_bytes() && content.meta.comment == self.comment
    }
}

pub(super) fn open_past(
    value: &SealedValue,
    context: &ValueContext,
    keys: &EpochKeys,
) -> Result<SecretContent, Error> {
    let what = "an older version of a secret";
    let key = keys.of(value.epoch()).ok_or(Error::Forged { what })?;
    value.open(key, context).map_err(|_| Error::Forged { what })
}

/// Two secrets of one place are refused before anything is sent.
pub(super) fn check_places(contents: &Contents, wants: &[Want]) -> Result<(), Error> {
    let touched: BTreeSet<SlotId> = wants.iter().map(|want| want.slot).collect();
    let mut places = BTreeSet::new();
    for want in wants {
        let Some((path, name)) = &want.place else { continue };
        let taken = contents
            .at(path, name)
            .is_some_and(|entry| !touched.contains(&entry.slot));
        if taken || !places.insert((path, name)) {
            return Err(Error::NameTaken);
        }
    }
    Ok(())
}

impl From<LogError> for SaveError {
    fn from(error: LogError) -> Self {
        Self::Failed(error.into())
    }
}

const DELETE_ROWS: usize = 500;
const MAX_COMMENT: usize = 12 << 10;
