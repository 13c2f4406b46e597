//! What an environment holds: the fold of its log's records, and how the next record is made.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

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
        ValueContext {
            path: self.path.clone(),
            name: self.name.clone(),
            slot: self.slot,
            version: self.version,
        }
    }
}

/// The verified contents of an environment at the head of its log. Copies share the entries.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    entries: BTreeMap<SlotId, Arc<Entry>>,
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
        Self::fold_to(log, keys, start..log.next_seq(), bodies)
    }

    /// Folds some records: what the environment held before the end of `seqs`, which begins at a checkpoint.
    ///
    /// # Errors
    /// [`LogError::Missing`] where a body is not there.
    pub fn fold_to<'a>(
        log: &Log,
        keys: &EpochKeys,
        seqs: Range<u64>,
        bodies: impl Fn(u64) -> Option<&'a [String]>,
    ) -> Result<Self, LogError> {
        let mut contents = Self::default();
        for seq in seqs {
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
        self.next = Some(header.seq().checked_add(1).ok_or(LogError::Refused)?);
        Ok(())
    }

    /// The secrets there are, by folder and name.
    pub fn active(&self) -> impl Iterator<Item = &Entry> {
        self.places.values().filter_map(|slot| self.entry(slot))
    }

    /// The secrets that were deleted, as far as they are remembered.
    pub fn deleted(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .values()
            .map(|entry| &**entry)
            .filter(|entry| entry.deleted)
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
        self.entries.get(slot).map(|entry| &**entry)
    }

    /// The secret at a place.
    pub fn at(&self, path: &SecretPath, name: &SecretName) -> Option<&Entry> {
        self.entry(self.places.get(&(path.clone(), name.clone()))?)
    }

    /// The content of a checkpoint: everything, with the deleted ones that `keep` says.
    pub fn checkpoint(&self, keep: impl Fn(&Entry) -> bool) -> CheckpointDraft {
        let mut entries: Vec<CheckpointEntry> = self
            .entries
            .values()
            .filter(|entry| !entry.deleted || keep(entry))
            .map(|entry| CheckpointEntry::from(&**entry))
            .collect();
        entries.sort_by(|one, two| one.order().cmp(&two.order()));
        CheckpointDraft(entries)
    }

    /// Takes back the sealed value of a secret whose record was read again, and the hash of the one before.
    ///
    /// # Errors
    /// [`LogError::Forged`] where it is not the one that is listed.
    pub fn recall(&mut self, change: &ChangeEntry) -> Result<(), LogError> {
        let listed = self.entries.get_mut(&change.slot).filter(|entry| {
            (entry.version, entry.ct_hash) == (change.version, change.ct_hash()) && !entry.deleted
        });
        let entry = Arc::make_mut(listed.ok_or(LogError::Forged)?);
        entry.value.clone_from(&change.value);
        entry.previous = Some(change.previous);
        Ok(())
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
                && (value.slot(), value.version(), value.epoch())
                    != (change.slot, change.version, change.epoch)
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
            self.entries.insert(entry.slot, Arc::new(entry));
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
            if self.entries.insert(entry.slot, Arc::new(entry)).is_some() {
                return Err(LogError::Refused);
            }
        }
        Ok(())
    }

    /// Every secret must be listed as it is known; deleted ones may have been left out, which forgets them here too.
    fn compare_checkpoint(&mut self, listed: &[CheckpointEntry]) -> Result<(), LogError> {
        let slots: BTreeSet<SlotId> = listed.iter().map(|entry| entry.slot).collect();
        let same = listed.iter().all(|entry| {
            self.entries
                .get(&entry.slot)
                .is_some_and(|known| CheckpointEntry::from(&**known) == *entry)
        });
        let complete = self
            .entries
            .values()
            .all(|entry| entry.deleted || slots.contains(&entry.slot));
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
    proposal: Option<Digest>,
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

    /// The version that it makes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The hash of the sealed value before; zero where there was none or it was deleted.
    pub fn previous(&self) -> Digest {
        self.previous
    }

    /// The hash of the sealed value; zero if the secret is deleted.
    pub fn ct_hash(&self) -> Digest {
        self.value.as_ref().map_or(Digest::ZERO, SealedValue::ct_hash)
    }

    /// Where its value belongs.
    pub fn context(&self) -> ValueContext {
        ValueContext {
            path: self.path.clone(),
            name: self.name.clone(),
            slot: self.slot,
            version: self.version,
        }
    }

    /// The new sealed value, or nothing if the secret is deleted.
    pub fn value(&self) -> Option<&SealedValue> {
        self.value.as_ref()
    }

    /// The hash of the proposal whose value its author says they took over. Whoever shows it compares the values.
    pub fn proposal(&self) -> Option<Digest> {
        self.proposal
    }

    fn order(&self) -> (&[u8], &[u8], &SlotId) {
        (
            self.path.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            &self.slot,
        )
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
            self.proposal.as_ref().map_or(b"", AsRef::as_ref),
        ])
    }

    fn list_from(bytes: &[u8]) -> Result<Vec<Self>, LogError> {
        let list = entries_from(bytes, |item| {
            let [
                path,
                name,
                slot,
                version,
                epoch,
                previous,
                deleted,
                value,
                proposal,
            ] = reader::fields(item)?;
            let value = match (u8::read(deleted)?, value) {
                (1, []) => None,
                (0, text) => Some(SealedValue::parse(&String::read(text)?)?),
                _ => return Err(LogError::Forged),
            };
            let proposal = match proposal {
                [] => None,
                hash if value.is_some() => Some(Piece::read(hash)?),
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
                proposal,
            })
        })?;
        check_order(&list, Self::order)?;
        let slots: BTreeSet<SlotId> = list.iter().map(|change| change.slot).collect();
        if slots.len() == list.len() {
            Ok(list)
        } else {
            Err(LogError::Refused)
        }
    }
}

/// The changes of a record whose header counts, as its author wrote them: whoever reads them without the state before
/// compares versions and hashes for themselves. A record of another kind has none.
///
/// # Errors
/// [`LogError`].
pub fn read_changes(
    header: &Header,
    chunks: &[String],
    keys: &EpochKeys,
) -> Result<Vec<ChangeEntry>, LogError> {
    if header.kind() != RecordKind::Change {
        return Ok(Vec::new());
    }
    let key = keys.of(header.context().epoch).ok_or(LogError::Missing)?;
    let changes = ChangeEntry::list_from(&open_body(header, chunks, key)?)?;
    let own = |change: &ChangeEntry| {
        change.epoch == header.context().epoch
            && change.value.as_ref().is_none_or(|value| {
                (value.slot(), value.version(), value.epoch()) == (change.slot, change.version, change.epoch)
            })
    };
    if changes.iter().all(own) {
        Ok(changes)
    } else {
        Err(LogError::Refused)
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
        Self {
            contents,
            key,
            entries: BTreeMap::new(),
        }
    }

    /// Adds a secret, under a new id.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] for what is too long, [`LogError::Refused`] for a reserved folder or after the last version.
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
    /// [`LogError::TooLarge`] for what is too long, [`LogError::Refused`] for a reserved folder or after the last version.
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
        let (version, previous) = self.next_of(&slot)?;
        let context = ValueContext {
            path: path.clone(),
            name: name.clone(),
            slot,
            version,
        };
        let value = SealedValue::seal(self.key, &context, content, rng).map_err(|_| LogError::TooLarge)?;
        self.add(ChangeEntry {
            slot,
            version,
            previous,
            ..self.change_at(path, name, Some(value))
        });
        Ok(())
    }

    /// Notes that the value which was put is the one of a proposal.
    pub fn credit(&mut self, slot: &SlotId, proposal: Digest) {
        if let Some(change) = self.entries.get_mut(slot) {
            change.proposal = change.value.is_some().then_some(proposal);
        }
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// [`LogError::Refused`] where there is none.
    pub fn delete(&mut self, slot: SlotId) -> Result<(), LogError> {
        let entry = self
            .contents
            .entry(&slot)
            .filter(|entry| !entry.deleted)
            .ok_or(LogError::Refused)?;
        let (version, previous) = self.next_of(&slot)?;
        self.add(ChangeEntry {
            slot,
            version,
            previous,
            ..self.change_at(&entry.path, &entry.name, None)
        });
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
    /// Changes that depend on each other stay together, in a longer record if they must: each record is a whole.
    pub fn into_batches(mut self) -> Vec<Vec<ChangeEntry>> {
        let wanted: BTreeMap<_, _> = self
            .entries
            .values()
            .filter(|change| change.value.is_some())
            .map(|change| ((change.path.clone(), change.name.clone()), change.slot))
            .collect();
        let mut batches: Vec<Vec<ChangeEntry>> = Vec::new();
        let mut size = 0;
        while let Some(slot) = self.entries.first_key_value().map(|(slot, _)| *slot) {
            let chain = self.take_chain(&wanted, slot);
            let length: usize = chain.iter().map(|change| change.to_bytes().len() + 8).sum();
            match batches.last_mut() {
                Some(batch) if size + length <= MAX_RECORD => {
                    batch.extend(chain);
                    size += length;
                }
                _ => {
                    batches.push(chain);
                    size = length;
                }
            }
        }
        batches
    }

    /// Takes out a change with those that leave the place that it takes, or take the place that it leaves, and so on.
    fn take_chain(
        &mut self,
        wanted: &BTreeMap<(SecretPath, SecretName), SlotId>,
        first: SlotId,
    ) -> Vec<ChangeEntry> {
        let mut open = vec![first];
        let mut chain = Vec::new();
        while let Some(slot) = open.pop() {
            let Some(change) = self.entries.remove(&slot) else {
                continue;
            };
            if change.value.is_some() {
                open.extend(
                    self.contents
                        .at(&change.path, &change.name)
                        .map(|there| there.slot),
                );
            }
            let left = self.contents.entry(&slot).filter(|entry| !entry.deleted);
            open.extend(left.and_then(|entry| wanted.get(&(entry.path.clone(), entry.name.clone()))));
            chain.push(change);
        }
        chain
    }

    fn next_of(&self, slot: &SlotId) -> Result<(u64, Digest), LogError> {
        match self.contents.entry(slot) {
            None => Ok((1, Digest::ZERO)),
            // A checkpoint may name any version: after the last one there is none.
            Some(entry) => {
                let version = entry.version.checked_add(1).ok_or(LogError::Refused)?;
                Ok((version, entry.ct_hash))
            }
        }
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
            proposal: None,
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
        (
            self.path.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            &self.slot,
        )
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
            if entry.deleted == entry.ct_hash.is_zero() {
                Ok(entry)
            } else {
                Err(LogError::Refused)
            }
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
    pae::decode(bytes, MAX_ENTRIES)
        .ok_or(LogError::Forged)?
        .into_iter()
        .map(read)
        .collect()
}

fn check_order<'a, T, K: Ord>(list: &'a [T], key: impl Fn(&'a T) -> K) -> Result<(), LogError> {
    if list.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])) {
        Ok(())
    } else {
        Err(LogError::Refused)
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, Opened, Project};
    use proptest::prelude::*;

    fn name(text: &str) -> SecretName {
        SecretName::parse(text).unwrap()
    }

    /// Signs a record of these entries without asking whether it makes sense, as a hostile writer would.
    fn write_raw(opened: &mut Opened, project: &Project, entries: Vec<ChangeEntry>) -> Result<(), LogError> {
        let mut rng = testing::rng(99);
        let body = seal_changes(
            opened.keys.newest().unwrap(),
            opened.log.next_seq(),
            entries,
            &mut rng,
        )?;
        let header = opened
            .log
            .sign_next(&project.writer, &project.keyring, RecordKind::Change, &body, 2)?;
        let mut contents = opened.contents.clone();
        contents.apply(&header, body.chunks(), &opened.keys)
    }

    fn start() -> (rand_chacha::ChaCha20Rng, Project, Opened) {
        let mut rng = testing::rng(1);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        opened
            .write(&project, &project.writer, &mut rng, |changes, rng| {
                for text in ["A", "B"] {
                    changes
                        .create(&SecretPath::root(), &name(text), &SecretContent::text(text), rng)
                        .unwrap();
                }
            })
            .unwrap();
        (rng, project, opened)
    }

    #[test]
    fn after_the_last_version_there_is_none() {
        let (mut rng, _, mut opened) = start();
        let slot = opened.slot("A");
        Arc::make_mut(opened.contents.entries.get_mut(&slot).unwrap()).version = u64::MAX;
        let mut changes = Changes::new(&opened.contents, opened.keys.newest().unwrap());
        let put = changes.put(
            slot,
            &SecretPath::root(),
            &name("A"),
            &SecretContent::text("x"),
            &mut rng,
        );
        assert_eq!(put, Err(LogError::Refused));
        assert_eq!(changes.delete(slot), Err(LogError::Refused));
    }

    fn read(opened: &Opened, text: &str) -> String {
        let entry = opened.contents.at(&SecretPath::root(), &name(text)).unwrap();
        let key = opened.keys.of(entry.epoch).unwrap();
        let content = entry.value.as_ref().unwrap().open(key, &entry.context()).unwrap();
        content.as_text().unwrap().to_owned()
    }

    #[test]
    fn secrets_are_created_changed_moved_deleted_and_brought_back() {
        let (mut rng, project, mut opened) = start();
        let (a, b) = (opened.slot("A"), opened.slot("B"));
        opened
            .write(&project, &project.writer, &mut rng, |changes, rng| {
                changes
                    .put(
                        a,
                        &SecretPath::root(),
                        &name("A"),
                        &SecretContent::text("new"),
                        rng,
                    )
                    .unwrap();
                changes.delete(b).unwrap();
            })
            .unwrap();
        assert_eq!((opened.contents.len(), read(&opened, "A")), (1, "new".to_owned()));
        assert!(opened.contents.entry(&b).unwrap().deleted);
        opened
            .write(&project, &project.admin, &mut rng, |changes, rng| {
                changes
                    .put(
                        b,
                        &SecretPath::root(),
                        &name("B"),
                        &SecretContent::text("back"),
                        rng,
                    )
                    .unwrap();
            })
            .unwrap();
        assert_eq!(
            (opened.slot("B"), opened.contents.entry(&b).unwrap().version),
            (b, 3)
        );
        // Two secrets trade names within one record.
        opened
            .write(&project, &project.admin, &mut rng, |changes, rng| {
                changes
                    .put(a, &SecretPath::root(), &name("B"), &SecretContent::text("a"), rng)
                    .unwrap();
                changes
                    .put(b, &SecretPath::root(), &name("A"), &SecretContent::text("b"), rng)
                    .unwrap();
            })
            .unwrap();
        assert_eq!((opened.slot("A"), opened.slot("B")), (b, a));
        assert_eq!(
            (read(&opened, "A"), read(&opened, "B")),
            ("b".to_owned(), "a".to_owned())
        );
    }

    #[test]
    fn folding_again_gives_the_same_from_every_checkpoint() {
        let (mut rng, project, mut opened) = start();
        opened.checkpoint(&project, &project.admin, &mut rng).unwrap();
        let a = opened.slot("A");
        opened
            .write(&project, &project.writer, &mut rng, |changes, _| {
                changes.delete(a).unwrap()
            })
            .unwrap();
        opened.rotate(&project, &project.writer, &mut rng).unwrap();
        let sight = |contents: &Contents| -> Vec<_> {
            contents
                .entries
                .values()
                .map(|entry| CheckpointEntry::from(&**entry))
                .map(|entry| entry.to_bytes())
                .collect()
        };
        assert_eq!(opened.log.last_checkpoint(), Some(4));
        for start in [0, 2, 4] {
            assert_eq!(
                sight(&opened.fold_from(start).unwrap()),
                sight(&opened.contents),
                "from {start}"
            );
        }
        assert_eq!(opened.fold_from(1).unwrap_err(), LogError::Missing);
        opened.bodies.remove(&3);
        assert_eq!(opened.fold_from(2).unwrap_err(), LogError::Missing);
        assert!(opened.fold_from(4).is_ok());
    }

    #[test]
    fn what_contradicts_the_contents_is_refused() {
        let (mut rng, project, mut opened) = start();
        let key = opened.keys.newest().unwrap().duplicate();
        let a = opened.slot("A");
        let current = opened.contents.entry(&a).unwrap().clone();
        let good = |slot: SlotId, path: &str, text: &str, version: u64, previous: Digest, rng: &mut _| {
            let context = ValueContext {
                path: SecretPath::parse(path).unwrap(),
                name: name(text),
                slot,
                version,
            };
            let value = SealedValue::seal(&key, &context, &SecretContent::text("x"), rng).unwrap();
            ChangeEntry {
                path: context.path,
                name: context.name,
                slot,
                version,
                epoch: 1,
                previous,
                value: Some(value),
                proposal: None,
            }
        };
        let new = SlotId::from_bytes([9; 16]);
        let update = good(a, "/", "A", 2, current.ct_hash, &mut rng);
        assert_eq!(write_raw(&mut opened, &project, vec![update.clone()]), Ok(()));
        let cases = [
            (
                "a version is left out",
                good(a, "/", "A", 3, current.ct_hash, &mut rng),
            ),
            (
                "a version is written twice",
                good(a, "/", "A", 1, current.ct_hash, &mut rng),
            ),
            (
                "it builds on another value",
                good(a, "/", "A", 2, Digest::ZERO, &mut rng),
            ),
            (
                "a new secret starts at 2",
                good(new, "/", "C", 2, Digest::ZERO, &mut rng),
            ),
            (
                "a second secret at one place",
                good(new, "/", "B", 1, Digest::ZERO, &mut rng),
            ),
            (
                "a reserved place",
                good(new, "/coffer/log", "C", 1, Digest::ZERO, &mut rng),
            ),
            (
                "another epoch",
                ChangeEntry {
                    epoch: 2,
                    ..update.clone()
                },
            ),
            (
                "the value of another secret",
                ChangeEntry {
                    value: current.value.clone(),
                    ..update.clone()
                },
            ),
            (
                "a deletion elsewhere",
                ChangeEntry {
                    value: None,
                    name: name("B"),
                    ..update.clone()
                },
            ),
            (
                "a deletion of nothing",
                ChangeEntry {
                    value: None,
                    ..good(new, "/", "C", 1, Digest::ZERO, &mut rng)
                },
            ),
        ];
        for (why, entry) in cases {
            assert_eq!(
                write_raw(&mut opened, &project, vec![entry]),
                Err(LogError::Refused),
                "{why}"
            );
        }
        let proposed_nothing = ChangeEntry {
            value: None,
            proposal: Some(Digest::from_bytes([1; 32])),
            ..update.clone()
        };
        assert_eq!(
            write_raw(&mut opened, &project, vec![proposed_nothing]),
            Err(LogError::Forged),
            "a deletion that was proposed"
        );
        let twice = vec![
            update.clone(),
            ChangeEntry {
                name: name("D"),
                ..update
            },
        ];
        assert_eq!(write_raw(&mut opened, &project, twice), Err(LogError::Refused));
    }

    #[test]
    fn a_checkpoint_that_contradicts_the_records_is_refused() {
        let (mut rng, project, mut opened) = start();
        let draft = opened.contents.checkpoint(|_| true);
        let mut less = draft.clone();
        less.0.pop();
        let mut other = draft.clone();
        other.0[0].ct_hash = Digest::from_bytes([7; 32]);
        let mut more = draft.clone();
        let slot = SlotId::from_bytes([255; 16]);
        more.0.push(CheckpointEntry {
            slot,
            name: name("Z"),
            ..draft.0[0].clone()
        });
        for (draft, expected) in [
            (less, Err(LogError::CheckpointMismatch)),
            (other, Err(LogError::CheckpointMismatch)),
            (more, Err(LogError::CheckpointMismatch)),
            (draft, Ok(())),
        ] {
            let body = draft
                .seal(opened.keys.newest().unwrap(), 2, RecordKind::Checkpoint, &mut rng)
                .unwrap();
            let header = opened
                .log
                .sign_next(
                    &project.writer,
                    &project.keyring,
                    RecordKind::Checkpoint,
                    &body,
                    2,
                )
                .unwrap();
            assert_eq!(
                opened
                    .contents
                    .clone()
                    .apply(&header, body.chunks(), &opened.keys),
                expected
            );
        }
        opened.checkpoint(&project, &project.writer, &mut rng).unwrap();
    }

    #[test]
    fn deleted_secrets_can_be_forgotten_at_a_checkpoint() {
        let (mut rng, project, mut opened) = start();
        let a = opened.slot("A");
        opened
            .write(&project, &project.writer, &mut rng, |changes, _| {
                changes.delete(a).unwrap()
            })
            .unwrap();
        let draft = opened.contents.checkpoint(|_| false);
        let body = draft
            .seal(opened.keys.newest().unwrap(), 3, RecordKind::Checkpoint, &mut rng)
            .unwrap();
        let header = opened
            .log
            .sign_next(
                &project.writer,
                &project.keyring,
                RecordKind::Checkpoint,
                &body,
                2,
            )
            .unwrap();
        opened.push(&project, header, &body).unwrap();
        assert!(opened.contents.entry(&a).is_none());
        assert_eq!(opened.fold_from(0).unwrap().entries, opened.contents.entries);
    }

    #[test]
    fn more_than_may_be_is_refused_before_it_is_read() {
        let (mut rng, project, opened) = start();
        let mut count = ((MAX_ENTRIES + 1) as u64).to_le_bytes().to_vec();
        count.resize(64, 0);
        let body = SealedBody::seal(
            opened.keys.newest().unwrap(),
            2,
            RecordKind::Change,
            &count,
            &mut rng,
        )
        .unwrap();
        let header = opened
            .log
            .sign_next(&project.writer, &project.keyring, RecordKind::Change, &body, 2)
            .unwrap();
        let mut contents = opened.contents.clone();
        assert_eq!(
            contents.apply(&header, body.chunks(), &opened.keys),
            Err(LogError::TooLarge)
        );
        let mut contents = opened.contents.clone();
        contents.body_bytes = MAX_BODY;
        assert_eq!(
            contents.apply(&header, body.chunks(), &opened.keys),
            Err(LogError::TooLarge)
        );
    }

    #[test]
    fn many_changes_become_complete_records() {
        let (mut rng, project, mut opened) = start();
        let key = opened.keys.newest().unwrap().duplicate();
        let contents = opened.contents.clone();
        let mut changes = Changes::new(&contents, &key);
        for index in 0..2_000 {
            let name = name(&format!("N{index}"));
            changes
                .create(
                    &SecretPath::root(),
                    &name,
                    &SecretContent::text("value"),
                    &mut rng,
                )
                .unwrap();
        }
        let batches = changes.into_batches();
        assert!(batches.len() > 1);
        for batch in batches {
            let body = seal_changes(&key, opened.log.next_seq(), batch, &mut rng).unwrap();
            assert_eq!(body.chunks().len(), 1);
            let header = opened
                .log
                .sign_next(&project.writer, &project.keyring, RecordKind::Change, &body, 2)
                .unwrap();
            opened.push(&project, header, &body).unwrap();
        }
        assert_eq!(opened.contents.len(), 2_002);
    }

    proptest! {
        #[test]
        fn reading_entries_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ChangeEntry::list_from(&bytes);
            let _ = CheckpointEntry::list_from(&bytes);
            let nested = pae::encode(&[&bytes]);
            let _ = ChangeEntry::list_from(&nested);
            let _ = CheckpointEntry::list_from(&nested);
        }
    }
}
