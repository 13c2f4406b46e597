//! An environment: the signed log folded, the server's rows compared with it, values opened when asked for.

mod epoch;
mod folders;
mod grant;
mod history;
mod open;
mod record;
mod recover;
mod restore;
mod save;
mod snapshot;
mod strict;

pub use coffer_core::classify::Class;
pub(crate) use epoch::begin_epoch;
pub use history::{Deleted, History, Version};
pub use restore::{Moment, PastEntry, PastState, Record, Restoration, RestorePlan};
pub use strict::{ReadSecret, StrictError};

use crate::api::Session;
use crate::gate::Gate;
use crate::vault::kept::BodySizes;
use crate::vault::log::Spot;
use crate::{Device, Error, Project, Right, SealError, SlotId, Transport};
use coffer_core::id::{Digest, EnvUid};
use coffer_core::log::{EpochKeys, Log};
use coffer_core::names::{self, NameError, SecretName, SecretPath};
use coffer_core::value::SecretContent;
use folders::with_parents;
use history::Past;
use open::Opener;
use snapshot::Snapshot;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
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
    kept: BodySizes,
    past: RefCell<BTreeMap<SlotId, Rc<Past>>>,
    /// Damaged secrets whose record was looked for in vain.
    unfound: RefCell<BTreeSet<SlotId>>,
}

impl EnvCell {
    pub(crate) fn new(env: EnvUid, slug: &str) -> Self {
        Self {
            env,
            slug: slug.to_owned(),
            keys: RefCell::default(),
            latest: RefCell::default(),
            gate: Gate::default(),
            kept: BodySizes::default(),
            past: RefCell::default(),
            unfound: RefCell::default(),
        }
    }

    pub(crate) fn wipe(&self) {
        self.keys.borrow_mut().take();
        self.latest.borrow_mut().take();
        self.past.borrow_mut().clear();
        self.unfound.borrow_mut().clear();
    }

    /// The newest log that was verified.
    pub(crate) fn verified_log(&self) -> Option<Log> {
        self.latest.borrow().as_ref().map(|snap| snap.log.clone())
    }

    fn keys(&self) -> Result<Rc<EpochKeys>, Error> {
        self.keys.borrow().clone().ok_or(Error::Locked)
    }

    /// The newest state that is known. Whoever keeps it makes the next [`EnvCell::update`] copy it.
    fn latest(&self) -> Result<Rc<Snapshot>, Error> {
        self.latest.borrow().clone().ok_or(Error::Locked)
    }

    /// Changes the newest state in its place, or a copy of it where somebody still looks at it.
    fn update<R>(&self, change: impl FnOnce(&mut Snapshot) -> R) -> Result<R, Error> {
        let mut latest = self.latest.borrow_mut();
        let snap = latest.as_mut().ok_or(Error::Locked)?;
        Ok(change(Rc::make_mut(snap)))
    }
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
        /// Who looks after it, sealed too; `None` leaves what is known.
        owner: Option<Zeroizing<String>>,
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
    /// Who looks after it; empty where nobody was named.
    pub owner: Zeroizing<String>,
    /// Lines of the value.
    pub lines: usize,
}

impl OpenedSecret {
    fn of(content: SecretContent) -> Option<Self> {
        let text = content.as_text()?;
        Some(Self {
            value: Zeroizing::new(text.to_owned()),
            lines: text.lines().count().max(1),
            comment: content.meta.comment,
            owner: content.meta.owner,
        })
    }
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
        self.snap.entries()
    }

    /// Its folders, absolute, sorted; the root is not among them.
    pub fn folders(&self) -> Vec<String> {
        let mut all = self.snap.rows.folders().clone();
        for entry in self.snap.entries() {
            all.extend(with_parents(&entry.path));
        }
        all.into_iter().collect()
    }

    /// Rows of the server that are not the environment's.
    pub fn strangers(&self) -> &[Stranger] {
        self.snap.strangers()
    }

    /// Opens one value; local and fast.
    pub fn reveal(&self, slot: &SlotId) -> Result<OpenedSecret, SealError> {
        let keys = self.cell.keys().map_err(|_| SealError::Locked)?;
        let content = self.snap.open(slot, &keys)?;
        OpenedSecret::of(content).ok_or(SealError::NotText)
    }

    /// Searches names and values in slices of `budget` entries, so that nobody waits. Letter case does not matter.
    pub fn search(&self, needle: &str, from: usize, budget: usize) -> SearchStep {
        let needle = Zeroizing::new(needle.to_lowercase());
        let entries = self.snap.entries();
        let until = from.saturating_add(budget.max(1)).min(entries.len());
        let keys = self.cell.keys().ok();
        let mut hits = Vec::new();
        for (index, entry) in entries.iter().enumerate().take(until).skip(from) {
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
            next: (until < entries.len()).then_some(until),
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

    /// Fetches what came after this snapshot.
    pub async fn reload(&self) -> Result<Self, Error> {
        self.project.refresh_ring().await?;
        Self::open(self.project.clone(), Rc::clone(&self.cell)).await
    }

    /// The verified log and what it needs, for those who add to it without changing secrets.
    pub(crate) fn log(&self) -> &Log {
        &self.snap.log
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

    /// The newest state that this session knows.
    fn newest(&self) -> Result<Self, Error> {
        Ok(self.at(self.cell.latest()?))
    }

    fn opener(&self) -> Opener<'_, T, D> {
        Opener {
            project: &self.project,
            cell: &self.cell,
        }
    }

    fn check_writable(&self) -> Result<(), Error> {
        self.project.vault.unlocked()?;
        if self.snap.right < Right::Write {
            Err(Error::Forbidden)
        } else {
            Ok(())
        }
    }
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

const ATTEMPTS: u32 = 6;
