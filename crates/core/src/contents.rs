//! What an environment holds: the fold of its log's records, and how the next record is made.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use crate::{
    environment::EpochKey,
    id::{Digest, SlotId},
    log::{EpochKeys, Header, Log, LogError, MAX_BODY, RecordKind, SealedBody, open_body},
    names::{SecretName, SecretPath},
    pae,
    reader::{self, Piece},
    value::{SealedValue, SecretContent, ValueContext},
};

/// A secret as the log knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its id, through all renames.
    pub slot: SlotId,
    /// Its folder; the last one if it was deleted.
    pub path: SecretPath,
    /// Its name; the last one if it was deleted.
    pub name: SecretName,
    /// Its version.
    pub version: u64,
    /// The epoch that its value is sealed under.
    pub epoch: u32,
    /// The hash of its sealed value; zero if it was deleted.
    pub ct_hash: Digest,
    /// The hash of the sealed value before, where the record is held; zero if there was none.
    pub previous: Option<Digest>,
    /// Where it was before, if the record that moved it is held.
    pub moved_from: Option<(SecretPath, SecretName)>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Its sealed value, where the record that carries it is held.
    pub value: Option<SealedValue>,
    /// The record that changed it last; the checkpoint that listed it where that record is not held.
    pub record: u64,
    /// When the author of that record says it was written: for display.
    pub created: u64,
}

impl Entry {
    /// Where its value belongs.
    pub fn context(&self) -> ValueContext {
        ValueContext { path: self.path.clone(), name: self.name.clone(), slot: self.slot, version: self.version }
    }
}

/// The verified contents of an environment at the head of its log.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    entries: BTreeMap<SlotId, Entry>,
    places: BTreeMap<(SecretPath, SecretName), SlotId>,
    next: Option<u64>,
    body_bytes: usize,
}

impl Contents {
    /// Folds the records from `start`, a checkpoint, to the head. `bodies` gives the sealed chunks of a record.
    ///
    /// Starting at an earlier checkpoint than the last keeps more values at hand for rows that lag.
    ///
    /// # Errors
    /// [`LogError::Missing`] where a body is not there.
    pub fn fold<'a>(
        log: &Log,
        keys: &EpochKeys,
        start: u64,
        bodies: impl Fn(u64) -> Option<&'a [String]>,
    ) -> Result<Self, LogError> {
        let mut contents = Self::default();
        for seq in start..log.next_seq() {
            let header = log.header(seq).ok_or(LogError::Missing)?;
            let chunks = match header.kind() {
                RecordKind::Grant => &[],
                _ => bodies(seq).ok_or(LogError::Missing)?,
            };
            contents.apply(header, chunks, keys)?;
        }
        Ok(contents)
    }

    /// Applies the record of a verified header. The contents are unusable after an error.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn apply(&mut self, header: &Header, chunks: &[String], keys: &EpochKeys) -> Result<(), LogError> {
        if self.next.is_some_and(|next| next != header.seq()) {
            return Err(LogError::BrokenChain);
        }
        self.body_bytes += chunks.iter().map(String::len).sum::<usize>();
        if self.body_bytes > MAX_BODY {
            return Err(LogError::TooLarge);
        }
        let body = || {
            let key = keys.of(header.context().epoch).ok_or(LogError::Missing)?;
            open_body(header, chunks, key)
        };
        match header.kind() {
            RecordKind::Grant => {}
            RecordKind::Change => {
                if self.next.is_none() {
                    return Err(LogError::Missing);
                }
                self.apply_changes(header, ChangeEntry::list_from(&body()?)?)?;
            }
            RecordKind::Epoch | RecordKind::Checkpoint => {
                let listed = CheckpointEntry::list_from(&body()?)?;
                if header.seq() == 0 && !listed.is_empty() {
                    return Err(LogError::Refused);
                }
                self.apply_checkpoint(header, listed)?;
            }
        }
        self.next = Some(header.seq() + 1);
        Ok(())
    }

    /// The secrets there are, by folder and name.
    pub fn active(&self) -> impl Iterator<Item = &Entry> {
        self.places.values().filter_map(|slot| self.entries.get(slot))
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no secret.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A secret by its id, deleted or not.
    pub fn entry(&self, slot: &SlotId) -> Option<&Entry> {
        self.entries.get(slot)
    }

    /// The secret at a place.
    pub fn at(&self, path: &SecretPath, name: &SecretName) -> Option<&Entry> {
        self.entries.get(self.places.get(&(path.clone(), name.clone()))?)
    }

    /// The content of a checkpoint: everything, with the deleted ones that `keep` says.
    pub fn checkpoint(&self, keep: impl Fn(&Entry) -> bool) -> CheckpointDraft {
        let mut entries: Vec<CheckpointEntry> = self
            .entries
            .values()
            .filter(|entry| !entry.deleted || keep(entry))
            .map(CheckpointEntry::from)
            .collect();
        entries.sort_by(|one, two| one.order().cmp(&two.order()));
        CheckpointDraft(entries)
    }

    /// How many bytes of bodies were read since the checkpoint that reading started from.
    pub fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    fn apply_changes(&mut self, header: &Header, changes: Vec<ChangeEntry>) -> Result<(), LogError> {
        let mut vacated = Vec::new();
        let mut occupied = Vec::new();
        for change in changes {
            let known = self.entries.get(&change.slot);
            let (version, current) = known.map_or((0, Digest::ZERO), |entry| (entry.version, entry.ct_hash));
            let fits = change.version.checked_sub(1) == Some(version)
                && change.previous == current
                && change.epoch == header.context().epoch
                && !change.path.is_reserved();
            let deleted = change.value.is_none();
            if !fits || deleted && current.is_zero() {
                return Err(LogError::Refused);
            }
            if let Some(value) = &change.value
                && (value.slot(), value.version(), value.epoch()) != (change.slot, change.version, change.epoch)
            {
                return Err(LogError::Refused);
            }
            let mut moved_from = None;
            if let Some(entry) = known.filter(|entry| !entry.deleted) {
                if (&entry.path, &entry.name) != (&change.path, &change.name) {
                    moved_from = Some((entry.path.clone(), entry.name.clone()));
                }
                vacated.push((entry.path.clone(), entry.name.clone()));
                if deleted && moved_from.is_some() {
                    return Err(LogError::Refused);
                }
            }
            if !deleted {
                occupied.push(((change.path.clone(), change.name.clone()), change.slot));
            }
            let entry = Entry {
                slot: change.slot,
                path: change.path,
                name: change.name,
                version: change.version,
                epoch: change.epoch,
                ct_hash: change.value.as_ref().map_or(Digest::ZERO, SealedValue::ct_hash),
                previous: Some(change.previous),
                moved_from,
                deleted,
                value: change.value,
                record: header.seq(),
                created: header.created(),
            };
            self.entries.insert(entry.slot, entry);
        }
        if self.entries.len() > MAX_ENTRIES {
            return Err(LogError::TooLarge);
        }
        for place in vacated {
            self.places.remove(&place);
        }
        for (place, slot) in occupied {
            if self.places.insert(place, slot).is_some() {
                return Err(LogError::Refused);
            }
        }
        Ok(())
    }

    fn apply_checkpoint(&mut self, header: &Header, listed: Vec<CheckpointEntry>) -> Result<(), LogError> {
        if self.next.is_some() {
            return self.compare_checkpoint(&listed);
        }
        for entry in listed {
            let place = (entry.path.clone(), entry.name.clone());
            if entry.path.is_reserved() || entry.epoch > header.context().epoch {
                return Err(LogError::Refused);
            }
            if !entry.deleted && self.places.insert(place, entry.slot).is_some() {
                return Err(LogError::Refused);
            }
            let entry = Entry {
                slot: entry.slot,
                path: entry.path,
                name: entry.name,
                version: entry.version,
                epoch: entry.epoch,
                ct_hash: entry.ct_hash,
                previous: None,
                moved_from: None,
                deleted: entry.deleted,
                value: None,
                record: header.seq(),
                created: header.created(),
            };
            if self.entries.insert(entry.slot, entry).is_some() {
                return Err(LogError::Refused);
            }
        }
        Ok(())
    }

    /// Every secret must be listed as it is known; deleted ones may have been left out, which forgets them here too.
    fn compare_checkpoint(&mut self, listed: &[CheckpointEntry]) -> Result<(), LogError> {
        let slots: BTreeSet<SlotId> = listed.iter().map(|entry| entry.slot).collect();
        let same = listed
            .iter()
            .all(|entry| self.entries.get(&entry.slot).is_some_and(|known| CheckpointEntry::from(known) == *entry));
        let complete = self.entries.values().all(|entry| entry.deleted || slots.contains(&entry.slot));
        if !same || !complete || slots.len() != listed.len() {
            return Err(LogError::CheckpointMismatch);
        }
        self.entries.retain(|slot, _| slots.contains(slot));
        Ok(())
    }
}

/// A change of one secret, as a record carries it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeEntry {
    path: SecretPath,
    name: SecretName,
    slot: SlotId,
    version: u64,
    epoch: u32,
    previous: Digest,
    value: Option<SealedValue>,
}

impl ChangeEntry {
    /// The folder of the row that the projection needs, or loses.
    pub fn path(&self) -> &SecretPath {
        &self.path
    }

    /// The name of that row.
    pub fn name(&self) -> &SecretName {
        &self.name
    }

    /// The secret.
    pub fn slot(&self) -> SlotId {
        self.slot
    }

    /// The new sealed value, or nothing if the secret is deleted.
    pub fn value(&self) -> Option<&SealedValue> {
        self.value.as_ref()
    }

    fn order(&self) -> (&[u8], &[u8], &SlotId) {
        (self.path.as_str().as_bytes(), self.name.as_str().as_bytes(), &self.slot)
    }

    fn to_bytes(&self) -> Vec<u8> {
        pae::encode(&[
            self.path.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            self.slot.as_ref(),
            &self.version.to_be_bytes(),
            &self.epoch.to_be_bytes(),
            self.previous.as_ref(),
            &[u8::from(self.value.is_none())],
            self.value.as_ref().map_or(b"", |value| value.as_str().as_bytes()),
        ])
    }

    fn list_from(bytes: &[u8]) -> Result<Vec<Self>, LogError> {
        let list = entries_from(bytes, |item| {
            let [path, name, slot, version, epoch, previous, deleted, value] = reader::fields(item)?;
            let value = match (u8::read(deleted)?, value) {
                (1, []) => None,
                (0, text) => Some(SealedValue::parse(&String::read(text)?)?),
                _ => return Err(LogError::Forged),
            };
            Ok(Self {
                path: read_path(path)?,
                name: read_name(name)?,
                slot: Piece::read(slot)?,
                version: Piece::read(version)?,
                epoch: Piece::read(epoch)?,
                previous: Piece::read(previous)?,
                value,
            })
        })?;
        check_order(&list, Self::order)?;
        let slots: BTreeSet<SlotId> = list.iter().map(|change| change.slot).collect();
        if slots.len() == list.len() { Ok(list) } else { Err(LogError::Refused) }
    }
}

/// Changes that will be one record, or several complete ones where they are many. Each seals its value at once.
#[derive(Debug)]
pub struct Changes<'a> {
    contents: &'a Contents,
    key: &'a EpochKey,
    entries: BTreeMap<SlotId, ChangeEntry>,
}

impl<'a> Changes<'a> {
    /// Nothing yet, on top of `contents`, to be sealed under the newest epoch's key.
    pub fn new(contents: &'a Contents, key: &'a EpochKey) -> Self {
        Self { contents, key, entries: BTreeMap::new() }
    }

    /// Adds a secret, under a new id.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] for what is too long, [`LogError::Refused`] for a reserved folder.
    pub fn create(
        &mut self,
        path: &SecretPath,
        name: &SecretName,
        content: &SecretContent,
        rng: &mut impl CryptoRng,
    ) -> Result<SlotId, LogError> {
        let slot = SlotId::generate(rng);
        self.put(slot, path, name, content, rng)?;
        Ok(slot)
    }

    /// Gives a secret new content, a new place, or both. Also brings a deleted one back.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] for what is too long, [`LogError::Refused`] for a reserved folder.
    pub fn put(
        &mut self,
        slot: SlotId,
        path: &SecretPath,
        name: &SecretName,
        content: &SecretContent,
        rng: &mut impl CryptoRng,
    ) -> Result<(), LogError> {
        if path.is_reserved() {
            return Err(LogError::Refused);
        }
        let (version, previous) = self.next_of(&slot);
        let context = ValueContext { path: path.clone(), name: name.clone(), slot, version };
        let value = SealedValue::seal(self.key, &context, content, rng).map_err(|_| LogError::TooLarge)?;
        self.add(ChangeEntry { slot, version, previous, ..self.change_at(path, name, Some(value)) });
        Ok(())
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// [`LogError::Refused`] where there is none.
    pub fn delete(&mut self, slot: SlotId) -> Result<(), LogError> {
        let entry = self.contents.entry(&slot).filter(|entry| !entry.deleted).ok_or(LogError::Refused)?;
        let (version, previous) = self.next_of(&slot);
        self.add(ChangeEntry { slot, version, previous, ..self.change_at(&entry.path, &entry.name, None) });
        Ok(())
    }

    /// What will be written.
    pub fn entries(&self) -> impl Iterator<Item = &ChangeEntry> {
        self.entries.values()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The changes as batches that each make one record of at most [`MAX_RECORD`] bytes. Few changes are one batch.
    ///
    /// Only changes that do not depend on each other may be split: a swap of two names must fit one record.
    pub fn into_batches(self) -> Vec<Vec<ChangeEntry>> {
        let mut batches: Vec<Vec<ChangeEntry>> = Vec::new();
        let mut size = usize::MAX;
        for change in self.entries.into_values() {
            let length = change.to_bytes().len() + 8;
            match batches.last_mut() {
                Some(batch) if size + length <= MAX_RECORD => {
                    batch.push(change);
                    size += length;
                }
                _ => {
                    batches.push(vec![change]);
                    size = length;
                }
            }
        }
        batches
    }

    fn next_of(&self, slot: &SlotId) -> (u64, Digest) {
        self.contents.entry(slot).map_or((1, Digest::ZERO), |entry| (entry.version + 1, entry.ct_hash))
    }

    fn change_at(&self, path: &SecretPath, name: &SecretName, value: Option<SealedValue>) -> ChangeEntry {
        ChangeEntry {
            path: path.clone(),
            name: name.clone(),
            slot: SlotId::from_bytes([0; 16]),
            version: 0,
            epoch: self.key.context().epoch,
            previous: Digest::ZERO,
            value,
        }
    }

    fn add(&mut self, change: ChangeEntry) {
        self.entries.insert(change.slot, change);
    }
}

/// Seals changes as the body of record `seq`.
///
/// # Errors
/// [`LogError::TooLarge`].
pub fn seal_changes(
    key: &EpochKey,
    seq: u64,
    mut changes: Vec<ChangeEntry>,
    rng: &mut impl CryptoRng,
) -> Result<SealedBody, LogError> {
    changes.sort_by(|one, two| one.order().cmp(&two.order()));
    let items: Vec<Vec<u8>> = changes.iter().map(ChangeEntry::to_bytes).collect();
    SealedBody::seal(key, seq, RecordKind::Change, &pae::encode(&items), rng)
}

/// The content of a checkpoint, in order.
#[derive(Clone, Debug, Default)]
pub struct CheckpointDraft(Vec<CheckpointEntry>);

impl CheckpointDraft {
    /// Seals it as the body of record `seq`, which is of `kind` epoch or checkpoint.
    ///
    /// # Errors
    /// [`LogError::TooLarge`], or [`LogError::Refused`] for another kind.
    pub fn seal(
        &self,
        key: &EpochKey,
        seq: u64,
        kind: RecordKind,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedBody, LogError> {
        if !kind.is_checkpoint() {
            return Err(LogError::Refused);
        }
        let items: Vec<Vec<u8>> = self.0.iter().map(CheckpointEntry::to_bytes).collect();
        SealedBody::seal(key, seq, kind, &pae::encode(&items), rng)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct CheckpointEntry {
    path: SecretPath,
    name: SecretName,
    slot: SlotId,
    version: u64,
    epoch: u32,
    ct_hash: Digest,
    deleted: bool,
}

impl CheckpointEntry {
    fn order(&self) -> (&[u8], &[u8], &SlotId) {
        (self.path.as_str().as_bytes(), self.name.as_str().as_bytes(), &self.slot)
    }

    fn to_bytes(&self) -> Vec<u8> {
        pae::encode(&[
            self.path.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            self.slot.as_ref(),
            &self.version.to_be_bytes(),
            &self.epoch.to_be_bytes(),
            self.ct_hash.as_ref(),
            &[u8::from(self.deleted)],
        ])
    }

    fn list_from(bytes: &[u8]) -> Result<Vec<Self>, LogError> {
        let list = entries_from(bytes, |item| {
            let [path, name, slot, version, epoch, ct_hash, deleted] = reader::fields(item)?;
            let entry = Self {
                path: read_path(path)?,
                name: read_name(name)?,
                slot: Piece::read(slot)?,
                version: Piece::read(version)?,
                epoch: Piece::read(epoch)?,
                ct_hash: Piece::read(ct_hash)?,
                deleted: match u8::read(deleted)? {
                    0 => false,
                    1 => true,
                    _ => return Err(LogError::Forged),
                },
            };
            if entry.deleted == entry.ct_hash.is_zero() { Ok(entry) } else { Err(LogError::Refused) }
        })?;
        check_order(&list, Self::order)?;
        Ok(list)
    }
}

impl From<&Entry> for CheckpointEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            path: entry.path.clone(),
            name: entry.name.clone(),
            slot: entry.slot,
            version: entry.version,
            epoch: entry.epoch,
            ct_hash: entry.ct_hash,
            deleted: entry.deleted,
        }
    }
}

fn entries_from<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, LogError>) -> Result<Vec<T>, LogError> {
    let count = bytes.first_chunk().map_or(0, |count| u64::from_le_bytes(*count));
    if count > MAX_ENTRIES as u64 {
        return Err(LogError::TooLarge);
    }
    pae::decode(bytes, MAX_ENTRIES).ok_or(LogError::Forged)?.into_iter().map(read).collect()
}

fn check_order<'a, T, K: Ord>(list: &'a [T], key: impl Fn(&'a T) -> K) -> Result<(), LogError> {
    if list.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])) { Ok(()) } else { Err(LogError::Refused) }
}

fn read_path(piece: &[u8]) -> Result<SecretPath, LogError> {
    SecretPath::parse(&String::read(piece)?).map_err(|_| LogError::Refused)
}

fn read_name(piece: &[u8]) -> Result<SecretName, LogError> {
    SecretName::parse(&String::read(piece)?).map_err(|_| LogError::Refused)
}

/// The most secrets of an environment, remembered deleted ones included.
pub const MAX_ENTRIES: usize = 20_000;
/// The most bytes of changes in one record: one chunk, whose row stays below 384 KiB.
pub const MAX_RECORD: usize = (256 << 10) - 64;
