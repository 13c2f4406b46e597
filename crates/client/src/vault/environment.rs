//! An environment: the signed log folded, the server's rows compared with it, values opened when asked for.

use crate::api::Session;
use crate::error::ConflictSide;
use crate::gate::Gate;
use crate::rng::Draw;
use crate::vault::keyring::opening;
use crate::vault::log::{self, Rows, Spot, suspicious};
use crate::vault::project::right_of;
use crate::{Device, Error, Project, Right, SaveError, SealError, SlotId, Transport};
use coffer_core::bundle::EnvPin;
pub use coffer_core::classify::Class;
use coffer_core::classify::Classified;
use coffer_core::contents::{self, ChangeEntry, Changes, Contents};
use coffer_core::environment::{EnvContext, EpochKey, Wrap};
use coffer_core::id::{Digest, EnvUid};
use coffer_core::identity::Identity;
use coffer_core::keyring::{KeyringState, LogHead};
use coffer_core::log::{EpochKeys, EpochPublic, EpochReason, Header, Log, LogError, RecordKind, SealedBody};
use coffer_core::names::{self, NameError, SecretName, SecretPath};
use coffer_core::value::{self, Meta, SecretContent};
use coffer_core::{layout, log::MAX_BODY};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use zeroize::Zeroizing;

/// An opened snapshot of one environment. Cheap to clone.
pub struct Environment<T, D> {
    project: Project<T, D>,
    cell: Rc<EnvCell>,
    snap: Rc<Snapshot>,
}

/// What is known of an environment while the vault is unlocked.
pub(crate) struct EnvCell {
    env: EnvUid,
    slug: String,
    keys: RefCell<Option<Rc<EpochKeys>>>,
    latest: RefCell<Option<Rc<Snapshot>>>,
    gate: Gate,
}

impl EnvCell {
    pub(crate) fn new(env: EnvUid, slug: &str) -> Self {
        Self {
            env,
            slug: slug.to_owned(),
            keys: RefCell::default(),
            latest: RefCell::default(),
            gate: Gate::default(),
        }
    }

    pub(crate) fn wipe(&self) {
        self.keys.borrow_mut().take();
        self.latest.borrow_mut().take();
    }

    fn keys(&self) -> Result<Rc<EpochKeys>, Error> {
        self.keys.borrow().clone().ok_or(Error::Locked)
    }
}

/// A verified state: sealed values only.
struct Snapshot {
    log: Log,
    contents: Contents,
    rows: Rows,
    classified: Classified,
    entries: Vec<Entry>,
    /// Position among the entries, and the row that serves it.
    index: HashMap<SlotId, (usize, Option<usize>)>,
    strangers: Vec<Stranger>,
    right: Right,
}

impl<T, D> Clone for Environment<T, D> {
    fn clone(&self) -> Self {
        Self {
            project: self.project.clone(),
            cell: Rc::clone(&self.cell),
            snap: Rc::clone(&self.snap),
        }
    }
}

/// One secret of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its own identity.
    pub slot: SlotId,
    /// Its folder, absolute.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u64,
    /// What the comparison says.
    pub class: Class,
}

/// A row of the server that is not the environment's; never shown as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its folder, in the server's words.
    pub path: String,
    /// Its name, in the server's words.
    pub name: String,
    /// Unlisted, Unsealed or Resurrected.
    pub class: Class,
}

/// One change of a save.
#[derive(Clone)]
pub enum Change {
    /// A new or changed secret.
    Put {
        /// `None` makes a new one.
        slot: Option<SlotId>,
        /// Its folder, absolute.
        path: String,
        /// Its name.
        name: String,
        /// Its value.
        value: Zeroizing<String>,
        /// A remark, sealed like the value.
        comment: Zeroizing<String>,
    },
    /// Another name or folder, same content.
    Move {
        /// Which.
        slot: SlotId,
        /// Its new folder.
        path: String,
        /// Its new name.
        name: String,
    },
    /// Gone.
    Delete {
        /// Which.
        slot: SlotId,
    },
}

/// A value, opened; wiped when dropped.
pub struct OpenedSecret {
    /// The value.
    pub value: Zeroizing<String>,
    /// The remark.
    pub comment: Zeroizing<String>,
    /// Lines of the value.
    pub lines: usize,
}

impl std::fmt::Debug for OpenedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenedSecret(…)")
    }
}

/// One slice of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchStep {
    /// Found in this slice.
    pub hits: Vec<SearchHit>,
    /// Where to go on; `None` at the end.
    pub next: Option<usize>,
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// Index into [`Environment::entries`].
    pub index: usize,
    /// The secret.
    pub slot: SlotId,
    /// Name or path matched.
    pub by_name: bool,
    /// The value matched.
    pub by_value: bool,
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// Its slug on the server.
    pub fn slug(&self) -> &str {
        &self.cell.slug
    }

    /// Its secrets, sorted by folder and name.
    pub fn entries(&self) -> &[Entry] {
        &self.snap.entries
    }

    /// Its folders, absolute, sorted; the root is not among them.
    pub fn folders(&self) -> Vec<String> {
        let mut all: BTreeSet<String> = self.snap.rows.folders.iter().cloned().collect();
        for entry in &self.snap.entries {
            all.extend(with_parents(&entry.path));
        }
        all.into_iter().collect()
    }

    /// Rows of the server that are not the environment's.
    pub fn strangers(&self) -> &[Stranger] {
        &self.snap.strangers
    }

    /// Opens one value; local and fast.
    pub fn reveal(&self, slot: &SlotId) -> Result<OpenedSecret, SealError> {
        let keys = self.cell.keys().map_err(|_| SealError::Locked)?;
        let content = self.snap.open(slot, &keys)?;
        let text = content.as_text().ok_or(SealError::NotText)?;
        Ok(OpenedSecret {
            value: Zeroizing::new(text.to_owned()),
            lines: text.lines().count().max(1),
            comment: content.meta.comment.clone(),
        })
    }

    /// Searches names and values in slices of `budget` entries, so that nobody waits. Letter case does not matter.
    pub fn search(&self, needle: &str, from: usize, budget: usize) -> SearchStep {
        let needle = Zeroizing::new(needle.to_lowercase());
        let until = from.saturating_add(budget.max(1)).min(self.snap.entries.len());
        let keys = self.cell.keys().ok();
        let mut hits = Vec::new();
        for index in from..until {
            let entry = &self.snap.entries[index];
            let by_name = entry.name.to_lowercase().contains(needle.as_str())
                || entry.path.to_lowercase().contains(needle.as_str());
            let by_value = keys
                .as_ref()
                .and_then(|keys| self.snap.open(&entry.slot, keys).ok())
                .is_some_and(|content| {
                    content
                        .as_text()
                        .is_some_and(|text| Zeroizing::new(text.to_lowercase()).contains(needle.as_str()))
                });
            if by_name || by_value {
                hits.push(SearchHit {
                    index,
                    slot: entry.slot,
                    by_name,
                    by_value,
                });
            }
        }
        SearchStep {
            hits,
            next: (until < self.snap.entries.len()).then_some(until),
        }
    }

    /// Eight words of the log's head, to compare with another member.
    pub fn head_words(&self) -> [String; 8] {
        self.snap
            .log
            .head()
            .map_or(Digest::ZERO, |head| head.hash)
            .words()
            .map(str::to_owned)
    }

    /// The log's newest record.
    pub fn seq(&self) -> u64 {
        self.snap.log.head().map_or(0, |head| head.seq)
    }

    /// The epoch that new values are sealed under.
    pub fn epoch(&self) -> u32 {
        self.snap.log.epoch().unwrap_or_default()
    }

    /// This person's right here.
    pub fn right(&self) -> Right {
        self.snap.right
    }

    /// Saves as one log record and gives the new snapshot; many changes become several records.
    ///
    /// Once the record's header is created the save has happened: rows that could not be written lag, are read from the
    /// record, and are written by the next writer.
    pub async fn save(&self, changes: Vec<Change>) -> Result<Self, SaveError> {
        let mut pending = self.plan(changes)?;
        let _turn = self.cell.gate.enter().await;
        let unlocked = self.project.vault.unlocked()?;
        let latest = self.cell.latest.borrow().clone();
        let mut latest = latest.unwrap_or_else(|| Rc::clone(&self.snap));
        for attempt in 0..ATTEMPTS {
            pending = self.rebase(&latest, pending)?;
            if pending.is_empty() {
                return Ok(self.at(latest));
            }
            match self.write(&unlocked.identity, &mut latest, &mut pending).await {
                Ok(()) => {
                    // Saved. What follows may fail and is made up for by the next writer.
                    if let Ok(written) = self.roll_forward(Rc::clone(&latest)).await {
                        latest = written;
                    }
                    if let Ok(Some(shorter)) = self.checkpoint(&unlocked.identity, &latest).await {
                        latest = shorter;
                    }
                    drop(self.project.vault.flush_sometimes().await);
                    self.cell.latest.replace(Some(Rc::clone(&latest)));
                    return Ok(self.at(latest));
                }
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other.into()),
            }
            self.project.vault.device().pause(50 << attempt).await;
            latest = self.advance(&latest).await?;
        }
        Err(Error::Conflict.into())
    }

    /// Makes a folder on the server, with its parents.
    pub async fn create_folder(&self, path: &str) -> Result<Self, SaveError> {
        let path = check_path(path)?;
        if path == SecretPath::root() {
            return Err(Error::NameTaken.into());
        }
        if self.folders().iter().any(|known| known == path.as_str()) {
            return Err(Error::NameTaken.into());
        }
        self.check_writable()?;
        let spot = self.spot();
        self.session()
            .ensure_folder(spot.project, spot.slug, path.as_str())
            .await?;
        let mut next = self.snap.copy();
        next.rows.folders.extend(with_parents(path.as_str()));
        next.rows.folders.sort();
        next.rows.folders.dedup();
        let next = Rc::new(next);
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(self.at(next))
    }

    /// Moves every secret below `from` to `to`.
    pub async fn rename_folder(&self, from: &str, to: &str) -> Result<Self, SaveError> {
        let (from, to) = (check_path(from)?, check_path(to)?);
        let inside = format!("{}/", from.as_str());
        if from == SecretPath::root()
            || to == SecretPath::root()
            || to == from
            || to.as_str().starts_with(&inside)
        {
            return Err(Error::Invalid {
                field: "path",
                why: "another folder, outside of the old one",
            }
            .into());
        }
        self.check_writable()?;
        let moved = |path: &str| match path.strip_prefix(from.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(format!("{}{rest}", to.as_str())),
            _ => None,
        };
        let changes = self.snap.entries.iter().filter_map(|entry| {
            Some(Change::Move {
                slot: entry.slot,
                path: moved(&entry.path)?,
                name: entry.name.clone(),
            })
        });
        let changes: Vec<Change> = changes.collect();
        let folders: Vec<String> = self.folders().iter().filter_map(|folder| moved(folder)).collect();
        let saved = if changes.is_empty() {
            self.clone()
        } else {
            self.save(changes).await?
        };
        let spot = self.spot();
        for folder in &folders {
            self.session()
                .ensure_folder(spot.project, spot.slug, folder)
                .await?;
        }
        let mut next = saved.snap.copy();
        next.rows.folders.extend(folders);
        // Rows that are not the environment's would go with the folder: then it stays.
        let left = next.rows.rows.iter().any(|row| moved(&row.path).is_some());
        if !left {
            self.session()
                .delete_folder(spot.project, spot.slug, from.as_str())
                .await?;
            next.rows.folders.retain(|folder| moved(folder).is_none());
        }
        next.rows.folders.sort();
        next.rows.folders.dedup();
        let next = Rc::new(next);
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(self.at(next))
    }

    /// Deletes a folder with every secret in it.
    pub async fn delete_folder(&self, path: &str) -> Result<Self, SaveError> {
        let path = check_path(path)?;
        if path == SecretPath::root() {
            return Err(Error::Invalid {
                field: "path",
                why: "a folder below the root",
            }
            .into());
        }
        self.check_writable()?;
        let below = format!("{}/", path.as_str());
        let inside = |folder: &str| folder == path.as_str() || folder.starts_with(&below);
        let doomed = self.snap.entries.iter().filter(|entry| inside(&entry.path));
        let changes: Vec<Change> = doomed.map(|entry| Change::Delete { slot: entry.slot }).collect();
        let saved = if changes.is_empty() {
            self.clone()
        } else {
            self.save(changes).await?
        };
        let spot = self.spot();
        self.session()
            .delete_folder(spot.project, spot.slug, path.as_str())
            .await?;
        let mut next = saved.snap.copy();
        next.rows.folders.retain(|folder| !inside(folder));
        next.rows.rows.retain(|row| !inside(&row.path));
        let next = Rc::new(next.compared());
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(self.at(next))
    }

    /// Fetches what came after this snapshot.
    pub async fn reload(&self) -> Result<Self, Error> {
        self.project.refresh_ring().await?;
        Self::open(self.project.clone(), Rc::clone(&self.cell)).await
    }

    /// Opens the newest state: what is known already is not fetched again.
    pub(crate) async fn open(project: Project<T, D>, cell: Rc<EnvCell>) -> Result<Self, Error> {
        let _turn = cell.gate.enter().await;
        let mut opener = Opener {
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

    /// The verified log and what it needs, for those who add to it without changing secrets.
    pub(crate) fn log(&self) -> &Log {
        &self.snap.log
    }

    /// Gives the newest epoch's key to a member who came after it began: a wrap, and the record that names it.
    pub(crate) async fn grant_member(
        &self,
        recipient: &coffer_core::identity::PublicIdentity,
    ) -> Result<Self, Error> {
        let _turn = self.cell.gate.enter().await;
        let unlocked = self.project.vault.unlocked()?;
        let session = self.session();
        let device = self.project.vault.device();
        let mut latest = self
            .cell
            .latest
            .borrow()
            .clone()
            .unwrap_or_else(|| Rc::clone(&self.snap));
        for attempt in 0..ATTEMPTS {
            let ring = self.project.ring()?;
            if latest.log.must_rotate(&ring.state) {
                // The new epoch is wrapped to everybody who may read, the newcomer among them.
                latest = self
                    .rotate(&unlocked.identity, &latest, EpochReason::REDUCTION)
                    .await?;
            }
            let keys = self.cell.keys()?;
            let key = keys.newest().ok_or(Error::NoKey)?;
            if !latest
                .log
                .wrap_hashes(key.context().epoch, &recipient.kem_kid())
                .is_empty()
            {
                return Ok(self.at(latest));
            }
            let wrap = Wrap::seal(key, recipient, &unlocked.identity, &ring.state, &mut Draw(device))
                .map_err(opening("a member's key"))?;
            store_wrap(session, self.spot(), &wrap).await?;
            let public = coffer_core::log::GrantPublic {
                kind: coffer_core::log::GrantKind::MemberWrap,
                hash: wrap.hash(),
                recipient: recipient.kem_kid(),
                not_after: 0,
            };
            let header = latest
                .log
                .sign_grant(&unlocked.identity, &ring.state, public, device.now())?;
            match store_record(session, self.spot(), &header, None).await {
                Ok(()) => {
                    let mut next = latest.copy();
                    next.push(header, &[], &keys, &ring.state)?;
                    let next = Rc::new(next);
                    self.pin(&next).await?;
                    self.cell.latest.replace(Some(Rc::clone(&next)));
                    return Ok(self.at(next));
                }
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other),
            }
            // The wrap of a record that lost is debris under the name that the next one needs.
            session
                .delete_row(
                    self.spot().at(&layout::wraps_folder(key.context().epoch)),
                    &wrap.name(),
                )
                .await?;
            device.pause(50 << attempt).await;
            latest = self.advance(&latest).await?;
        }
        Err(Error::Conflict)
    }

    fn at(&self, snap: Rc<Snapshot>) -> Self {
        Self {
            project: self.project.clone(),
            cell: Rc::clone(&self.cell),
            snap,
        }
    }

    fn session(&self) -> &Session<T, D> {
        &self.project.vault.inner.session
    }

    fn spot(&self) -> Spot<'_> {
        Spot {
            project: &self.project.cell.id,
            slug: &self.cell.slug,
        }
    }

    async fn advance(&self, latest: &Rc<Snapshot>) -> Result<Rc<Snapshot>, Error> {
        Opener {
            project: &self.project,
            cell: &self.cell,
        }
        .advance(latest)
        .await
    }

    async fn pin(&self, snap: &Snapshot) -> Result<(), Error> {
        Opener {
            project: &self.project,
            cell: &self.cell,
        }
        .pin(snap)
        .await
    }

    fn check_writable(&self) -> Result<(), Error> {
        self.project.vault.unlocked()?;
        if self.snap.right < Right::Write {
            Err(Error::Forbidden)
        } else {
            Ok(())
        }
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
                } => {
                    if value.len() > value::MAX_VALUE || comment.len() > MAX_COMMENT {
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
                        content: Some((value, comment)),
                    }
                }
                Change::Move { slot, path, name } => Want {
                    slot,
                    base: Some(self.base_of(&slot)?),
                    place: Some((check_path(&path)?, check_secret_name(&name)?)),
                    content: None,
                },
                Change::Delete { slot } => Want {
                    slot,
                    base: Some(self.base_of(&slot)?),
                    place: None,
                    content: None,
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
        if std::ptr::eq(latest, &*self.snap) {
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
            let same = |slot: &SlotId| match &want.content {
                Some((value, comment)) => latest.open(slot, &keys).is_ok_and(|content| {
                    content.as_text() == Some(value.as_str())
                        && content.meta.comment.as_str() == comment.as_str()
                }),
                None => true,
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
                (Some((value, _)), _) => Some(value.clone()),
                (None, Some(_)) => base.clone(),
                (None, None) => None,
            },
            theirs: text(latest),
            base,
        }
    }

    /// Writes what is pending as records on top of `latest`, which moves along. [`Error::NameTaken`]: somebody was
    /// quicker, what was written is no longer pending.
    async fn write(
        &self,
        identity: &Identity,
        latest: &mut Rc<Snapshot>,
        pending: &mut Vec<Want>,
    ) -> Result<(), Error> {
        *latest = self.roll_forward(Rc::clone(latest)).await?;
        let ring = self.project.ring()?;
        if latest.log.must_rotate(&ring.state) {
            *latest = self.rotate(identity, latest, EpochReason::REDUCTION).await?;
        }
        let keys = self.cell.keys()?;
        let key = keys.newest().ok_or(Error::NoKey)?;
        let device = self.project.vault.device();
        let base = Rc::clone(latest);
        let mut changes = Changes::new(&base.contents, key);
        for want in pending.iter() {
            let Some((path, name)) = &want.place else {
                changes.delete(want.slot)?;
                continue;
            };
            let content = match &want.content {
                Some((value, comment)) => {
                    let before = want.base.and_then(|_| base.open(&want.slot, &keys).ok());
                    let meta = before.map(|content| content.meta).unwrap_or_default();
                    SecretContent {
                        value: Zeroizing::new(value.as_bytes().to_vec()),
                        meta: Meta {
                            comment: comment.clone(),
                            ..meta
                        },
                    }
                }
                None => base.open(&want.slot, &keys).map_err(|_| Error::Forged {
                    what: "a value that was to be moved",
                })?,
            };
            changes.put(want.slot, path, name, &content, &mut Draw(device))?;
        }
        for batch in changes.into_batches() {
            let written: BTreeSet<SlotId> = batch.iter().map(ChangeEntry::slot).collect();
            let body = contents::seal_changes(key, latest.log.next_seq(), batch, &mut Draw(device))?;
            let header =
                latest
                    .log
                    .sign_next(identity, &ring.state, RecordKind::Change, &body, device.now())?;
            store_record(self.session(), self.spot(), &header, Some(&body)).await?;
            let mut next = latest.copy();
            next.push(header, body.chunks(), &keys, &ring.state)?;
            *latest = Rc::new(next);
            pending.retain(|want| !written.contains(&want.slot));
            self.pin(latest).await?;
            self.cell.latest.replace(Some(Rc::clone(latest)));
        }
        *latest = Rc::new(latest.copy().compared());
        self.cell.latest.replace(Some(Rc::clone(latest)));
        Ok(())
    }

    /// Writes the rows that lag behind the log, in batches cut by bytes, and removes the remains of moves and deletions.
    async fn roll_forward(&self, snap: Rc<Snapshot>) -> Result<Rc<Snapshot>, Error> {
        let mut upserts: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for entry in snap.contents.active() {
            if snap.classified.entries.get(&entry.slot) == Some(&Class::Lagging)
                && let Some(value) = &entry.value
            {
                let rows = upserts.entry(entry.path.as_str().to_owned()).or_default();
                rows.push((entry.name.as_str().to_owned(), value.as_str().to_owned()));
            }
        }
        let mut deletes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, class) in &snap.classified.strangers {
            if *class == Class::Lagging {
                let row = &snap.rows.rows[*index];
                deletes
                    .entry(row.path.clone())
                    .or_default()
                    .push(row.name.clone());
            }
        }
        if upserts.is_empty() && deletes.is_empty() {
            return Ok(snap);
        }
        let (session, spot) = (self.session(), self.spot());
        let mut next = snap.copy();
        for (path, rows) in &upserts {
            if path != "/" && !next.rows.folders.contains(path) {
                session.ensure_folder(spot.project, spot.slug, path).await?;
                next.rows.folders.extend(with_parents(path));
            }
            let mut rest = rows.as_slice();
            while !rest.is_empty() {
                let mut bytes = 0;
                let fits = rest.iter().take_while(|(name, value)| {
                    bytes += name.len() * 2 + value.len() + 64;
                    bytes <= BATCH_BYTES
                });
                let (batch, after) = rest.split_at(fits.count().max(1));
                let batch: Vec<(&str, &str)> = batch.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                session.upsert_rows(spot.at(path), &batch).await?;
                rest = after;
            }
        }
        for (path, names) in &deletes {
            for batch in names.chunks(DELETE_ROWS) {
                let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
                session.delete_rows(spot.at(path), &batch).await?;
            }
        }
        let wrote: Vec<_> = upserts
            .into_iter()
            .flat_map(|(path, rows)| {
                rows.into_iter()
                    .map(move |(name, value)| (path.clone(), name, value))
            })
            .collect();
        let gone: Vec<_> = deletes
            .into_iter()
            .flat_map(|(path, names)| names.into_iter().map(move |n| (path.clone(), n)))
            .collect();
        next.rows.wrote(&wrote, &gone);
        next.rows.folders.sort();
        next.rows.folders.dedup();
        let next = Rc::new(next.compared());
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(next)
    }

    /// Begins a new epoch: the wraps of all active readers first, its record last.
    async fn rotate(
        &self,
        identity: &Identity,
        latest: &Snapshot,
        reason: EpochReason,
    ) -> Result<Rc<Snapshot>, Error> {
        let ring = self.project.ring()?;
        let keys = self.cell.keys()?;
        let device = self.project.vault.device();
        let context = EnvContext {
            ring: ring.state.ring(),
            env: self.cell.env,
            epoch: latest.log.next_epoch(),
        };
        let key = EpochKey::generate(context, &mut Draw(device));
        let (header, chunks) = begin_epoch(
            self.session(),
            self.spot(),
            &latest.log,
            &latest.contents,
            identity,
            &ring.state,
            &key,
            keys.newest(),
            reason,
        )
        .await?;
        let mut next = latest.copy();
        let mut log = next.log.clone();
        log.push(header.clone(), &ring.state)?;
        let keys = Rc::new(log.keys(key)?);
        next.push(header, &chunks, &keys, &ring.state)?;
        self.cell.keys.replace(Some(keys));
        let next = Rc::new(next);
        self.pin(&next).await?;
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(next)
    }

    /// Writes a checkpoint when one is due and every row is where the log says.
    async fn checkpoint(
        &self,
        identity: &Identity,
        latest: &Snapshot,
    ) -> Result<Option<Rc<Snapshot>>, Error> {
        let since = latest
            .log
            .last_checkpoint()
            .map_or(0, |seq| latest.log.next_seq() - seq);
        if since < CHECKPOINT_EVERY && latest.contents.body_bytes() < CHECKPOINT_BYTES {
            return Ok(None);
        }
        if latest
            .classified
            .entries
            .values()
            .any(|class| *class != Class::Ok)
        {
            return Ok(None);
        }
        let ring = self.project.ring()?;
        let keys = self.cell.keys()?;
        let key = keys.newest().ok_or(Error::NoKey)?;
        let device = self.project.vault.device();
        let oldest = device.now().saturating_sub(KEEP_DELETED);
        let draft = latest.contents.checkpoint(|entry| entry.created >= oldest);
        let body = draft.seal(
            key,
            latest.log.next_seq(),
            RecordKind::Checkpoint,
            &mut Draw(device),
        )?;
        let header =
            latest
                .log
                .sign_next(identity, &ring.state, RecordKind::Checkpoint, &body, device.now())?;
        store_record(self.session(), self.spot(), &header, Some(&body)).await?;
        let mut next = latest.copy();
        next.push(header.clone(), body.chunks(), &keys, &ring.state)?;
        // Reading starts here from now on; the rows hold every value.
        let mut fresh = Contents::default();
        fresh.apply(&header, body.chunks(), &keys)?;
        next.contents = fresh;
        let next = Rc::new(next.compared());
        self.pin(&next).await?;
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(Some(next))
    }
}

/// Reads an environment's newest state.
struct Opener<'a, T, D> {
    project: &'a Project<T, D>,
    cell: &'a Rc<EnvCell>,
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
    async fn load(&mut self) -> Result<Rc<Snapshot>, Error> {
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
    async fn advance(&mut self, latest: &Snapshot) -> Result<Rc<Snapshot>, Error> {
        let rows = match Rows::fetch(self.session(), self.spot()).await {
            Err(Error::NotFound) => {
                return Err(Error::StateVanished {
                    what: "this environment",
                });
            }
            other => other?,
        };
        let mut next = latest.copy();
        self.extend(&mut next).await?;
        next.rows = rows;
        next.right = self.right()?;
        self.settle(next.compared()).await
    }

    /// Adds the records that came after; says whether there were any.
    async fn extend(&mut self, snap: &mut Snapshot) -> Result<bool, Error> {
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
    async fn settle(&mut self, mut snap: Snapshot) -> Result<Rc<Snapshot>, Error> {
        for _ in 0..3 {
            if !suspicious(&snap.classified) {
                break;
            }
            let rows = Rows::fetch(self.session(), self.spot()).await?;
            let moved = self.extend(&mut snap).await?;
            snap.rows = rows;
            snap = snap.compared();
            if !moved {
                break;
            }
        }
        self.pin(&snap).await?;
        let snap = Rc::new(snap);
        self.cell.latest.replace(Some(Rc::clone(&snap)));
        Ok(snap)
    }

    async fn pin(&self, snap: &Snapshot) -> Result<(), Error> {
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

impl Snapshot {
    fn new(log: Log, contents: Contents, rows: Rows, right: Right) -> Self {
        let empty = Self {
            log,
            contents,
            rows,
            classified: Classified::default(),
            entries: Vec::new(),
            index: HashMap::new(),
            strangers: Vec::new(),
            right,
        };
        empty.compared()
    }

    fn copy(&self) -> Self {
        Self {
            log: self.log.clone(),
            contents: self.contents.clone(),
            rows: self.rows.clone(),
            classified: self.classified.clone(),
            entries: self.entries.clone(),
            index: self.index.clone(),
            strangers: self.strangers.clone(),
            right: self.right,
        }
    }

    /// Compares log and rows anew.
    fn compared(mut self) -> Self {
        self.classified = self.rows.classify(&self.contents);
        let places: HashMap<(&str, &str), usize> = self
            .rows
            .rows
            .iter()
            .enumerate()
            .rev()
            .map(|(at, row)| ((row.path.as_str(), row.name.as_str()), at))
            .collect();
        self.entries = Vec::with_capacity(self.contents.len());
        self.index = HashMap::with_capacity(self.contents.len());
        for (position, entry) in self.contents.active().enumerate() {
            let class = self
                .classified
                .entries
                .get(&entry.slot)
                .copied()
                .unwrap_or(Class::Missing);
            let row = places.get(&(entry.path.as_str(), entry.name.as_str())).copied();
            self.index.insert(entry.slot, (position, row));
            self.entries.push(Entry {
                slot: entry.slot,
                path: entry.path.as_str().to_owned(),
                name: entry.name.as_str().to_owned(),
                version: entry.version,
                class,
            });
        }
        let strangers = self
            .classified
            .strangers
            .iter()
            .filter(|(_, class)| *class != Class::Lagging);
        self.strangers = strangers
            .map(|(index, class)| {
                let row = &self.rows.rows[*index];
                Stranger {
                    path: row.path.clone(),
                    name: row.name.clone(),
                    class: *class,
                }
            })
            .collect();
        self
    }

    /// Adds one verified record without comparing rows.
    fn push(
        &mut self,
        header: Header,
        chunks: &[String],
        keys: &EpochKeys,
        keyring: &KeyringState,
    ) -> Result<(), Error> {
        self.log.push(header.clone(), keyring)?;
        Ok(self.contents.apply(&header, chunks, keys)?)
    }

    /// Opens a value: from its row where the row is right, from its record where the row lags.
    fn open(&self, slot: &SlotId, keys: &EpochKeys) -> Result<SecretContent, SealError> {
        let (position, row) = self.index.get(slot).ok_or(SealError::Unknown)?;
        let entry = self.contents.entry(slot).ok_or(SealError::Unknown)?;
        let text = match self.entries[*position].class {
            Class::Ok => row
                .and_then(|at| self.rows.rows[at].value.as_deref())
                .ok_or(SealError::Missing)?,
            Class::Lagging => entry.value.as_ref().ok_or(SealError::Missing)?.as_str(),
            Class::Missing => return Err(SealError::Missing),
            _ => return Err(SealError::Broken),
        };
        let key = keys.of(entry.epoch).ok_or(SealError::Broken)?;
        value::open_value(text, key, &entry.context()).map_err(|_| SealError::Broken)
    }
}

/// A change that was understood.
struct Want {
    slot: SlotId,
    /// The version it builds on; `None` makes a new secret.
    base: Option<u64>,
    /// Where it is to be; `None` deletes it.
    place: Option<(SecretPath, SecretName)>,
    /// Value and comment; `None` keeps them.
    content: Option<(Zeroizing<String>, Zeroizing<String>)>,
}

/// Two secrets of one place are refused before anything is sent.
fn check_places(contents: &Contents, wants: &[Want]) -> Result<(), Error> {
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

fn check_path(text: &str) -> Result<SecretPath, Error> {
    let path = SecretPath::parse(text).map_err(|error| invalid("path", error))?;
    if path.is_reserved() {
        return Err(Error::Invalid {
            field: "path",
            why: "/coffer is where Coffer keeps its own records",
        });
    }
    if text != "/" && !text[1..].split('/').all(names::is_folder_name) {
        return Err(Error::Invalid {
            field: "path",
            why: "folders of letters, digits, _ and -",
        });
    }
    Ok(path)
}

fn check_secret_name(text: &str) -> Result<SecretName, Error> {
    SecretName::parse(text).map_err(|error| invalid("name", error))
}

fn invalid(field: &'static str, error: NameError) -> Error {
    let why = match error {
        NameError::BadCharacter => "no : and no /",
        NameError::BadPath => "a path such as /database",
        NameError::Empty => "at least one character",
        NameError::Invisible => "no invisible characters",
        NameError::NotNormal => "composed letters",
        NameError::OuterSpace => "no space at the beginning or end",
        _ => "at most 100 characters",
    };
    Error::Invalid { field, why }
}

/// A folder and those that it lies in, without the root.
fn with_parents(path: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, _) in path.match_indices('/').skip(1) {
        all.push(path[..at].to_owned());
    }
    if path.len() > 1 {
        all.push(path.to_owned());
    }
    all
}

/// Begins an epoch: wraps for all readers of the verified keyring, then the record, which is the commit.
#[expect(clippy::too_many_arguments, reason = "an epoch is made of all of these")]
pub(crate) async fn begin_epoch<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    contents: &Contents,
    identity: &Identity,
    keyring: &KeyringState,
    key: &EpochKey,
    previous: Option<&EpochKey>,
    reason: EpochReason,
) -> Result<(Header, Vec<String>), Error> {
    let device = &session.client.device;
    let mut wraps = BTreeMap::new();
    for reader in keyring.readers(&key.context().env) {
        let wrap = Wrap::seal(key, &reader.keys, identity, keyring, &mut Draw(device))
            .map_err(opening("a member's key"))?;
        store_wrap(session, spot, &wrap).await?;
        wraps.insert(reader.keys.kem_kid(), wrap.hash());
    }
    let public = EpochPublic {
        commitment: key.commitment(),
        previous: key.seal_previous(previous, &mut Draw(device)),
        wraps,
        reason,
    };
    let draft = contents.checkpoint(|_| true);
    let body = draft.seal(key, log.next_seq(), RecordKind::Epoch, &mut Draw(device))?;
    let header = log.sign_epoch(identity, keyring, public, &body, device.now())?;
    store_record(session, spot, &header, Some(&body)).await?;
    Ok((header, body.chunks().to_vec()))
}

async fn store_wrap<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    wrap: &Wrap,
) -> Result<(), Error> {
    let folder = layout::wraps_folder(wrap.context().epoch);
    let (name, text) = (wrap.name(), wrap.to_text());
    match create_in(session, spot, &folder, &name, &text).await {
        // The name is of one recipient and one key: what is there is an earlier attempt's.
        Err(Error::NameTaken) => session.upsert_rows(spot.at(&folder), &[(&name, &text)]).await,
        other => other,
    }
}

/// Stores a record: its body first, its header last. The header's creation is the commit; it is read back.
async fn store_record<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    header: &Header,
    body: Option<&SealedBody>,
) -> Result<(), Error> {
    if let Some(body) = body {
        let folder = layout::body_folder(header.seq());
        for (name, text) in body.rows() {
            create_in(session, spot, &folder, name, text).await?;
        }
    }
    let folder = layout::log_folder(header.seq());
    let name = layout::header_name(header.seq());
    let text = header.to_text();
    match create_in(session, spot, &folder, &name, &text).await {
        Ok(()) | Err(Error::NameTaken) => {}
        Err(other) => return Err(other),
    }
    match session.read_row(spot.at(&folder), &name).await? {
        Some(row) if row.value.as_deref() == Some(text.as_str()) => Ok(()),
        Some(_) => Err(Error::NameTaken),
        None => Err(Error::StateVanished {
            what: "what was just written",
        }),
    }
}

/// Creates a row; the first one of a folder makes the folder.
async fn create_in<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    folder: &str,
    name: &str,
    text: &str,
) -> Result<(), Error> {
    match session.create_row(spot.at(folder), name, text).await {
        Err(Error::NotFound) => {
            session.ensure_folder(spot.project, spot.slug, folder).await?;
            session.create_row(spot.at(folder), name, text).await
        }
        other => other,
    }
}

impl From<LogError> for SaveError {
    fn from(error: LogError) -> Self {
        Self::Failed(error.into())
    }
}

const ATTEMPTS: u32 = 6;
const CHECKPOINT_EVERY: u64 = 256;
/// A fold reads at most 16 MiB; a checkpoint is written long before.
const CHECKPOINT_BYTES: usize = 4 << 20;
/// A request has at most 1 MiB.
const BATCH_BYTES: usize = 768 << 10;
const DELETE_ROWS: usize = 500;
const MAX_COMMENT: usize = 12 << 10;
/// Deletions are remembered for 90 days.
const KEEP_DELETED: u64 = 90 * 24 * 3600 * 1000;
