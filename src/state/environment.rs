//! What is staged on an open environment: the draft, the rows it makes with the signed list, and how it meets the
//! changes of somebody else.
//!
//! Nothing of it leaves this browser before it is saved, and it dies with its page: locking unmounts the page.

use coffer_client::{Change, Class, Entry, SlotId};
use std::collections::{HashMap, HashSet};
use zeroize::Zeroizing;

/// What a person typed for one secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Its folder, absolute.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Zeroizing<String>,
    /// A remark, sealed like the value.
    pub(crate) comment: Zeroizing<String>,
    /// Who looks after it, sealed too; empty for nobody.
    pub(crate) owner: Zeroizing<String>,
}

/// Where a staged secret stood when it was first touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its identity.
    pub(crate) slot: SlotId,
    /// Its folder.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: u64,
}

impl From<&Entry> for Origin {
    fn from(entry: &Entry) -> Self {
        Self {
            slot: entry.slot,
            path: entry.path.clone(),
            name: entry.name.clone(),
            version: entry.version,
        }
    }
}

/// One staged change.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Staged {
    /// A secret that is not there yet.
    New(Fields),
    /// Another value, comment, name or folder.
    Changed {
        /// What it was.
        from: Origin,
        /// What it becomes.
        to: Fields,
        /// The value or the comment differs; otherwise it only moves.
        content: bool,
    },
    /// Goes.
    Deleted(Origin),
}

impl Staged {
    /// The secret it is about, if that exists already.
    pub(crate) fn slot(&self) -> Option<SlotId> {
        match self {
            Self::New(_) => None,
            Self::Changed { from, .. } | Self::Deleted(from) => Some(from.slot),
        }
    }

    /// Folder and name after the change.
    pub(crate) fn place(&self) -> (&str, &str) {
        match self {
            Self::New(to) | Self::Changed { to, .. } => (&to.path, &to.name),
            Self::Deleted(from) => (&from.path, &from.name),
        }
    }

    fn mark(&self) -> Mark {
        match self {
            Self::New(_) => Mark::New,
            Self::Changed { .. } => Mark::Changed,
            Self::Deleted(_) => Mark::Deleted,
        }
    }

    fn change(&self) -> Change {
        match self {
            Self::New(to) => put(None, to),
            Self::Changed {
                from,
                to,
                content: true,
            } => put(Some(from.slot), to),
            Self::Changed {
                from,
                to,
                content: false,
            } => Change::Move {
                slot: from.slot,
                path: to.path.clone(),
                name: to.name.clone(),
            },
            Self::Deleted(from) => Change::Delete { slot: from.slot },
        }
    }
}

fn put(slot: Option<SlotId>, to: &Fields) -> Change {
    Change::Put {
        slot,
        path: to.path.clone(),
        name: to.name.clone(),
        value: to.value.clone(),
        comment: to.comment.clone(),
        owner: Some(to.owner.clone()),
    }
}

/// Whether and how a row is staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// As saved.
    Saved,
    /// Not saved yet.
    New,
    /// Saved with other content.
    Changed,
    /// Goes with the next save.
    Deleted,
}

impl Mark {
    /// For `data-state`; nothing for a saved row.
    pub(crate) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Saved => None,
            Self::New => Some("new"),
            Self::Changed => Some("changed"),
            Self::Deleted => Some("deleted"),
        }
    }
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum RowKey {
    /// A secret of the signed list.
    Slot(SlotId),
    /// A staged one, by its number in the draft.
    Staged(u32),
}

/// One line of the table, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// What it stands for.
    pub(crate) key: RowKey,
    /// Its folder after the staged change.
    pub(crate) path: String,
    /// Its name after the staged change.
    pub(crate) name: String,
    /// What the comparison with the server says.
    pub(crate) class: Class,
    /// Whether it is staged.
    pub(crate) mark: Mark,
    /// Its saved version, 0 for a new one.
    pub(crate) version: u64,
    /// Which edit of this row it shows, so that an edited row is drawn again.
    pub(crate) edit: u32,
}

/// Which rows are wanted.
pub(crate) enum Filter<'a> {
    /// These, wherever they are.
    Chosen(&'a HashSet<RowKey>),
    /// Those of one folder.
    Folder(&'a str),
    /// Those that a search found, wherever they are.
    Found {
        /// Secrets of the signed list.
        slots: &'a HashSet<SlotId>,
        /// For staged ones, which the search does not know.
        needle: &'a str,
    },
}

/// How many of which kind are staged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// New ones.
    pub(crate) new: usize,
    /// Changed ones.
    pub(crate) changed: usize,
    /// Deleted ones.
    pub(crate) deleted: usize,
}

impl Counts {
    /// All of them.
    pub(crate) fn all(self) -> usize {
        self.new + self.changed + self.deleted
    }
}

/// What can be said of several rows without opening any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many there are.
    pub(crate) all: usize,
    /// How many have a value that does not open: altered, or not returned.
    pub(crate) closed: usize,
    /// How many go with the next save.
    pub(crate) going: usize,
    /// Two of them have the same name, in two folders.
    pub(crate) same_name: bool,
}

/// The staged changes of one environment, in the order they were made.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    items: Vec<(u32, Staged)>,
    by_slot: HashMap<SlotId, u32>,
    next: u32,
}

impl Draft {
    /// Nothing is staged.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many of which kind.
    pub(crate) fn counts(&self) -> Counts {
        self.items
            .iter()
            .fold(Counts::default(), |mut counts, (_, staged)| {
                match staged.mark() {
                    Mark::New => counts.new += 1,
                    Mark::Changed => counts.changed += 1,
                    Mark::Deleted => counts.deleted += 1,
                    Mark::Saved => {}
                }
                counts
            })
    }

    /// All of it, in order.
    pub(crate) fn items(&self) -> &[(u32, Staged)] {
        &self.items
    }

    /// The oldest staged changes, `most` of them, for a save, and the rows they are about.
    pub(crate) fn part(&self, most: usize) -> (Vec<RowKey>, Vec<Change>) {
        let part = self.items.iter().take(most);
        part.map(|(id, staged)| (key_of(*id, staged), staged.change()))
            .unzip()
    }

    /// What is staged for a row.
    pub(crate) fn staged(&self, key: RowKey) -> Option<&Staged> {
        let id = match key {
            RowKey::Staged(id) => id,
            RowKey::Slot(slot) => *self.by_slot.get(&slot)?,
        };
        self.items
            .binary_search_by_key(&id, |(id, _)| *id)
            .ok()
            .map(|index| &self.items[index].1)
    }

    /// Stages something for a row: an earlier staging of the same row is replaced, `None` makes a new row.
    pub(crate) fn stage(&mut self, key: Option<RowKey>, staged: Staged) -> RowKey {
        if let Some(key) = key {
            self.undo(key);
        }
        let id = self.next;
        self.next += 1;
        let slot = staged.slot();
        self.items.push((id, staged));
        match slot {
            Some(slot) => {
                self.by_slot.insert(slot, id);
                RowKey::Slot(slot)
            }
            None => RowKey::Staged(id),
        }
    }

    /// Takes back what is staged for a row.
    pub(crate) fn undo(&mut self, key: RowKey) -> Option<Staged> {
        let id = match key {
            RowKey::Staged(id) => id,
            RowKey::Slot(slot) => self.by_slot.remove(&slot)?,
        };
        let index = self.items.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.items.remove(index).1)
    }

    /// Forgets what was saved: in one go, since a file brings thousands of rows.
    pub(crate) fn forget(&mut self, saved: &[RowKey]) {
        let saved: HashSet<RowKey> = saved.iter().copied().collect();
        let by_slot = &mut self.by_slot;
        self.items.retain(|(id, staged)| {
            let stays = !saved.contains(&key_of(*id, staged));
            if let Some(slot) = staged.slot()
                && !stays
            {
                by_slot.remove(&slot);
            }
            stays
        });
    }

    /// Stages something else for rows, in one go: what was staged for them is forgotten. Gives the rows that are staged
    /// then.
    pub(crate) fn restage(&mut self, keys: &[RowKey], staged: Vec<Staged>) -> Vec<RowKey> {
        self.forget(keys);
        staged
            .into_iter()
            .map(|staged| self.stage(None, staged))
            .collect()
    }

    /// Takes everything back.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.by_slot.clear();
    }

    /// Whether a place would be taken twice after the save. `except` is the row that wants to go there.
    pub(crate) fn taken(&self, entries: &[Entry], path: &str, name: &str, except: Option<RowKey>) -> bool {
        let staged = self.items.iter().any(|(id, staged)| {
            let key = key_of(*id, staged);
            staged.mark() != Mark::Deleted && Some(key) != except && staged.place() == (path, name)
        });
        staged
            || find(entries, path, name).is_some_and(|entry| {
                let key = RowKey::Slot(entry.slot);
                Some(key) != except && !self.by_slot.contains_key(&entry.slot)
            })
    }

    /// The first name that would be there twice if these rows were in one folder.
    pub(crate) fn taken_by(&self, entries: &[Entry], folder: &str, moving: &[Row]) -> Option<String> {
        let keys: HashSet<RowKey> = moving.iter().map(|row| row.key).collect();
        let there = self.rows(entries, &Filter::Folder(folder));
        let stays = |row: &&Row| row.mark != Mark::Deleted && !keys.contains(&row.key);
        let mut names: HashSet<&str> = there.iter().filter(stays).map(|row| row.name.as_str()).collect();
        moving
            .iter()
            .find(|row| !names.insert(&row.name))
            .map(|row| row.name.clone())
    }

    /// What can be said of rows without opening any.
    pub(crate) fn tally(&self, entries: &[Entry], keys: &HashSet<RowKey>) -> Tally {
        let mut tally = Tally::default();
        let mut names = HashSet::new();
        if keys.is_empty() {
            return tally;
        }
        let mut count = |name, mark, opens: bool| {
            tally.all += 1;
            tally.going += usize::from(mark == Mark::Deleted);
            tally.closed += usize::from(mark != Mark::Deleted && !opens);
            tally.same_name |= !names.insert(name);
        };
        for entry in entries {
            let key = RowKey::Slot(entry.slot);
            if !keys.contains(&key) {
                continue;
            }
            let staged = self.staged(key);
            let typed = matches!(staged, Some(Staged::Changed { content: true, .. }));
            let (_, name) = staged.map_or((&*entry.path, &*entry.name), Staged::place);
            count(
                name,
                staged.map_or(Mark::Saved, Staged::mark),
                typed || matches!(entry.class, Class::Ok | Class::Lagging),
            );
        }
        for (id, staged) in &self.items {
            if staged.mark() == Mark::New && keys.contains(&RowKey::Staged(*id)) {
                count(staged.place().1, Mark::New, true);
            }
        }
        tally
    }

    /// The table's rows: the signed list with the draft laid over it, sorted by folder and name.
    pub(crate) fn rows(&self, entries: &[Entry], filter: &Filter<'_>) -> Vec<Row> {
        let saved = entries.iter().map(|entry| {
            let id = self.by_slot.get(&entry.slot);
            let staged = id.and_then(|_| self.staged(RowKey::Slot(entry.slot)));
            let (path, name) = staged.map_or((&*entry.path, &*entry.name), Staged::place);
            let key = RowKey::Slot(entry.slot);
            let mark = staged.map_or(Mark::Saved, Staged::mark);
            (
                key,
                path,
                name,
                entry.class,
                mark,
                entry.version,
                id.map_or(0, |id| id + 1),
            )
        });
        let new = self
            .items
            .iter()
            .filter(|(_, staged)| staged.mark() == Mark::New)
            .map(|(id, staged)| {
                let (path, name) = staged.place();
                (RowKey::Staged(*id), path, name, Class::Ok, Mark::New, 0, id + 1)
            });
        let mut rows: Vec<Row> = saved
            .chain(new)
            .filter(|(key, path, name, ..)| match filter {
                Filter::Chosen(keys) => keys.contains(key),
                Filter::Folder(folder) => path == folder,
                Filter::Found { slots, needle } => match key {
                    RowKey::Slot(slot) => {
                        slots.contains(slot)
                            || self
                                .staged(*key)
                                .is_some_and(|staged| matches(staged, path, name, needle))
                    }
                    RowKey::Staged(_) => self
                        .staged(*key)
                        .is_some_and(|staged| matches(staged, path, name, needle)),
                },
            })
            .map(|(key, path, name, class, mark, version, edit)| Row {
                key,
                path: path.to_owned(),
                name: name.to_owned(),
                class,
                mark,
                version,
                edit,
            })
            .collect();
        if !self.is_empty() {
            rows.sort_by(|a, b| (&a.path, &a.name, a.key).cmp(&(&b.path, &b.name, b.key)));
        }
        rows
    }

    /// Meets a newer signed list: what collides is listed, the rest of the draft now builds on `theirs`.
    pub(crate) fn collisions(&self, theirs: &[Entry]) -> Vec<Collision> {
        let by_slot: HashMap<SlotId, &Entry> = theirs.iter().map(|entry| (entry.slot, entry)).collect();
        self.items
            .iter()
            .filter_map(|(id, staged)| {
                let key = key_of(*id, staged);
                let (path, name) = staged.place();
                let collision = |theirs: Option<&Entry>| {
                    Some(Collision {
                        key,
                        path: path.to_owned(),
                        name: name.to_owned(),
                        theirs: theirs.map(Origin::from),
                    })
                };
                match staged {
                    Staged::New(to) => {
                        find(theirs, &to.path, &to.name).and_then(|entry| collision(Some(entry)))
                    }
                    Staged::Changed { from, .. } | Staged::Deleted(from) => match by_slot.get(&from.slot) {
                        None if matches!(staged, Staged::Deleted(_)) => None,
                        None => collision(None),
                        Some(entry) if entry.version != from.version => collision(Some(entry)),
                        Some(_) => None,
                    },
                }
            })
            .collect()
    }

    /// Settles collisions: `mine` says for each whether this side wins.
    pub(crate) fn settle(&mut self, collisions: &[Collision], mine: impl Fn(RowKey) -> bool) {
        for collision in collisions {
            let Some(staged) = self.undo(collision.key) else {
                continue;
            };
            if !mine(collision.key) {
                continue;
            }
            let settled = match (staged, collision.theirs.clone()) {
                (Staged::New(to), Some(from)) => Staged::Changed {
                    from,
                    to,
                    content: true,
                },
                (Staged::Changed { to, .. }, Some(from)) => Staged::Changed {
                    from,
                    to,
                    content: true,
                },
                (Staged::Changed { to, .. }, None) => Staged::New(to),
                (Staged::Deleted(_), Some(from)) => Staged::Deleted(from),
                (Staged::Deleted(_), None) => continue,
                (new @ Staged::New(_), None) => new,
            };
            self.stage(None, settled);
        }
    }

    /// Drops deletions of what is gone already.
    pub(crate) fn forget_gone(&mut self, theirs: &[Entry]) {
        let there: HashSet<SlotId> = theirs.iter().map(|entry| entry.slot).collect();
        let gone: Vec<SlotId> = self
            .items
            .iter()
            .filter_map(|(_, staged)| match staged {
                Staged::Deleted(from) if !there.contains(&from.slot) => Some(from.slot),
                _ => None,
            })
            .collect();
        for slot in gone {
            self.undo(RowKey::Slot(slot));
        }
    }
}

/// What the row of a staged change stands for.
fn key_of(id: u32, staged: &Staged) -> RowKey {
    staged.slot().map_or(RowKey::Staged(id), RowKey::Slot)
}

/// A secret that two people changed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collision {
    /// My row.
    pub(crate) key: RowKey,
    /// Its folder.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// Their side; `None` if they deleted it.
    pub(crate) theirs: Option<Origin>,
}

/// One line of a `.env` import, compared with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// Not there yet.
    New,
    /// There, with the same value.
    Same,
    /// There, with another value.
    Differs,
}

/// The secret of a folder and name; the list is sorted by them.
pub(crate) fn find<'a>(entries: &'a [Entry], path: &str, name: &str) -> Option<&'a Entry> {
    entries
        .binary_search_by(|entry| (entry.path.as_str(), entry.name.as_str()).cmp(&(path, name)))
        .ok()
        .map(|index| &entries[index])
}

fn matches(staged: &Staged, path: &str, name: &str, needle: &str) -> bool {
    let wanted = needle.to_lowercase();
    name.to_lowercase().contains(&wanted)
        || path.to_lowercase().contains(&wanted)
        || match staged {
            Staged::New(to) | Staged::Changed { to, .. } => to.value.to_lowercase().contains(&wanted),
            Staged::Deleted(_) => false,
        }
}

/// Whether a name can stand left of `=`.
pub(crate) fn name_is_fine(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '=' | '/' | ':' | '#'))
}

/// Whether a folder path is absolute and has no empty or dot parts.
pub(crate) fn path_is_fine(path: &str) -> bool {
    path == "/"
        || path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(folder_name_is_fine))
}

/// Whether one part of a folder path is fine for the compatible server.
pub(crate) fn folder_name_is_fine(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The folder around a path; the root's is the root.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// A folder below another.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "/" {
        format!("/{name}")
    } else {
        format!("{folder}/{name}")
    }
}

/// A secret's folder and name as people read them; the root's is not written.
pub(crate) fn full_name(path: &str, name: &str) -> String {
    if path == "/" {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

/// Whether `path` is `folder` or below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder == "/"
        || path == folder
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The folders directly below one, each once, from the list of all absolute folders and the paths of secrets.
pub(crate) fn children<'a>(all: impl Iterator<Item = &'a str>, folder: &str) -> Vec<String> {
    let prefix = if folder == "/" {
        "/".to_owned()
    } else {
        format!("{folder}/")
    };
    let mut found: Vec<String> = all
        .filter_map(|path| path.strip_prefix(&prefix))
        .filter_map(|rest| rest.split('/').next())
        .filter(|name| !name.is_empty())
        .map(|name| join(folder, name))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The folders around a path, from the root down, itself last.
pub(crate) fn ancestors(path: &str) -> Vec<String> {
    let mut found = vec!["/".to_owned()];
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        so_far.push('/');
        so_far.push_str(part);
        found.push(so_far.clone());
    }
    found
}

/// The last part of a path.
pub(crate) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(n: u8) -> SlotId {
        SlotId::from_bytes([n; 16])
    }

    fn entry(n: u8, path: &str, name: &str, version: u64) -> Entry {
        Entry {
            slot: slot(n),
            path: path.into(),
            name: name.into(),
            version,
            class: Class::Ok,
        }
    }

    fn fields(path: &str, name: &str, value: &str) -> Fields {
        Fields {
            path: path.into(),
            name: name.into(),
            value: Zeroizing::new(value.into()),
            comment: Zeroizing::new(String::new()),
            owner: Zeroizing::default(),
        }
    }

    fn names(rows: &[Row]) -> Vec<(&str, Mark)> {
        rows.iter().map(|row| (row.name.as_str(), row.mark)).collect()
    }

    #[test]
    fn a_draft_lies_over_the_signed_list() {
        let entries = [
            entry(1, "/", "A", 1),
            entry(2, "/", "B", 1),
            entry(3, "/x", "C", 1),
        ];
        let mut draft = Draft::default();
        draft.stage(None, Staged::New(fields("/", "AB", "1")));
        draft.stage(
            None,
            Staged::Changed {
                from: (&entries[1]).into(),
                to: fields("/", "Z", "2"),
                content: true,
            },
        );
        let a = draft.stage(None, Staged::Deleted((&entries[0]).into()));
        assert_eq!(
            names(&draft.rows(&entries, &Filter::Folder("/"))),
            [("A", Mark::Deleted), ("AB", Mark::New), ("Z", Mark::Changed)]
        );
        assert_eq!(
            draft.counts(),
            Counts {
                new: 1,
                changed: 1,
                deleted: 1
            }
        );
        draft.undo(a);
        assert_eq!(draft.counts().all(), 2);
        let (keys, changes) = draft.part(1);
        assert_eq!((keys.len(), changes.len()), (1, 1));
        draft.forget(&keys);
        assert_eq!((draft.counts().all(), draft.part(9).0.len()), (1, 1));
    }

    #[test]
    fn what_was_saved_is_staged_no_more_and_can_be_staged_again() {
        let entries = [entry(1, "/", "A", 1)];
        let mut draft = Draft::default();
        let key = draft.stage(None, Staged::Deleted((&entries[0]).into()));
        let new = draft.stage(None, Staged::New(fields("/", "B", "2")));
        draft.forget(&[key, new]);
        assert!(draft.is_empty() && draft.staged(key).is_none());
        assert_eq!(draft.stage(None, Staged::Deleted((&entries[0]).into())), key);
        assert_eq!(draft.counts().all(), 1);
    }

    #[test]
    fn staging_a_row_again_replaces_what_was_staged() {
        let entries = [entry(1, "/", "A", 1)];
        let mut draft = Draft::default();
        let key = draft.stage(
            None,
            Staged::Changed {
                from: (&entries[0]).into(),
                to: fields("/", "A", "1"),
                content: true,
            },
        );
        draft.stage(Some(key), Staged::Deleted((&entries[0]).into()));
        assert_eq!(
            draft.counts(),
            Counts {
                deleted: 1,
                ..Counts::default()
            }
        );
    }

    #[test]
    fn a_place_can_be_taken_once() {
        let entries = [entry(1, "/", "A", 1), entry(2, "/", "B", 1)];
        let mut draft = Draft::default();
        assert!(draft.taken(&entries, "/", "A", None));
        assert!(!draft.taken(&entries, "/", "A", Some(RowKey::Slot(slot(1)))));
        assert!(!draft.taken(&entries, "/x", "A", None));
        draft.stage(None, Staged::Deleted((&entries[0]).into()));
        assert!(!draft.taken(&entries, "/", "A", None));
        draft.stage(None, Staged::New(fields("/", "A", "1")));
        assert!(draft.taken(&entries, "/", "A", None));
    }

    #[test]
    fn only_what_both_changed_collides_and_mine_or_theirs_wins() {
        let base = [
            entry(1, "/", "A", 1),
            entry(2, "/", "B", 1),
            entry(3, "/", "C", 1),
        ];
        let theirs = [
            entry(1, "/", "A", 2),
            entry(2, "/", "B", 1),
            entry(4, "/", "N", 1),
        ];
        let mut draft = Draft::default();
        for (index, name) in ["A", "B", "C"].iter().enumerate() {
            draft.stage(
                None,
                Staged::Changed {
                    from: (&base[index]).into(),
                    to: fields("/", name, "mine"),
                    content: true,
                },
            );
        }
        draft.stage(None, Staged::New(fields("/", "N", "mine")));
        let collisions = draft.collisions(&theirs);
        let named: Vec<&str> = collisions.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(named, ["A", "C", "N"]);

        let mut theirs_wins = draft.clone();
        theirs_wins.settle(&collisions, |_| false);
        assert_eq!(
            theirs_wins.counts(),
            Counts {
                changed: 1,
                ..Counts::default()
            }
        );

        draft.settle(&collisions, |_| true);
        assert!(draft.collisions(&theirs).is_empty());
        assert_eq!(
            draft.counts(),
            Counts {
                new: 1,
                changed: 3,
                deleted: 0
            }
        );
    }

    #[test]
    fn a_deletion_of_what_is_gone_is_forgotten() {
        let base = [entry(1, "/", "A", 1)];
        let mut draft = Draft::default();
        draft.stage(None, Staged::Deleted((&base[0]).into()));
        assert!(draft.collisions(&[]).is_empty());
        draft.forget_gone(&[]);
        assert!(draft.is_empty());
    }

    #[test]
    fn staged_values_are_found_too() {
        let mut draft = Draft::default();
        draft.stage(None, Staged::New(fields("/x", "TOKEN", "Sk_Live")));
        let none = HashSet::new();
        let count = |needle| draft.rows(&[], &Filter::Found { slots: &none, needle }).len();
        assert_eq!(count("sk_live"), 1);
        assert_eq!(count("tok"), 1);
        assert_eq!(count("other"), 0);
    }

    #[test]
    fn rows_are_tallied_without_being_opened() {
        let mut entries = [
            entry(1, "/", "A", 1),
            entry(2, "/", "B", 1),
            entry(3, "/", "C", 1),
            entry(4, "/x", "A", 1),
        ];
        entries[1].class = Class::Swapped;
        entries[2].class = Class::Missing;
        let mut draft = Draft::default();
        let new = draft.stage(None, Staged::New(fields("/", "N", "1")));
        let keys = |numbers: &[u8]| -> HashSet<RowKey> {
            let slots = numbers.iter().map(|n| RowKey::Slot(slot(*n)));
            slots.chain([new]).collect()
        };
        let tally = |all, closed, going, same_name| Tally {
            all,
            closed,
            going,
            same_name,
        };
        assert_eq!(draft.tally(&entries, &HashSet::new()), Tally::default());
        assert_eq!(draft.tally(&entries, &keys(&[1, 2, 3])), tally(4, 2, 0, false));
        assert_eq!(draft.tally(&entries, &keys(&[1, 4])), tally(3, 0, 0, true));
        draft.stage(
            None,
            Staged::Changed {
                from: (&entries[1]).into(),
                to: fields("/", "B", "typed anew"),
                content: true,
            },
        );
        draft.stage(None, Staged::Deleted((&entries[2]).into()));
        assert_eq!(draft.tally(&entries, &keys(&[1, 2, 3])), tally(4, 0, 1, false));
        let chosen = keys(&[3, 4]);
        assert_eq!(
            names(&draft.rows(&entries, &Filter::Chosen(&chosen))),
            [("C", Mark::Deleted), ("N", Mark::New), ("A", Mark::Saved)]
        );
    }

    #[test]
    fn several_are_staged_in_one_go_and_as_they_were_again() {
        let entries = [entry(1, "/", "A", 1), entry(2, "/", "B", 1)];
        let mut draft = Draft::default();
        let new = draft.stage(None, Staged::New(fields("/", "N", "1")));
        let a = draft.stage(
            None,
            Staged::Changed {
                from: (&entries[0]).into(),
                to: fields("/", "A", "2"),
                content: true,
            },
        );
        let before = draft.items().to_vec();
        let deleted = entries.iter().map(|entry| Staged::Deleted(entry.into()));
        let keys = [new, a, RowKey::Slot(slot(2))];
        let now = draft.restage(&keys, deleted.collect());
        assert_eq!(draft.counts().deleted, 2);
        assert_eq!(draft.counts().all(), 2, "what was new is simply gone");
        draft.restage(&now, before.into_iter().map(|(_, staged)| staged).collect());
        assert_eq!(
            draft.counts(),
            Counts {
                new: 1,
                changed: 1,
                deleted: 0
            }
        );
        assert!(draft.staged(a).is_some() && draft.staged(RowKey::Slot(slot(2))).is_none());
    }

    #[test]
    fn a_folder_takes_no_name_twice() {
        let entries = [
            entry(1, "/", "A", 1),
            entry(2, "/", "B", 1),
            entry(3, "/x", "A", 1),
            entry(4, "/y", "B", 1),
        ];
        let mut draft = Draft::default();
        let rows = draft.rows(&entries, &Filter::Folder("/"));
        let taken = |draft: &Draft, folder, rows: &[Row]| draft.taken_by(&entries, folder, rows);
        assert_eq!(taken(&draft, "/x", &rows).as_deref(), Some("A"));
        assert_eq!(taken(&draft, "/x", &rows[1..]), None);
        assert_eq!(taken(&draft, "/", &rows), None, "they are there already");
        let both = HashSet::from([RowKey::Slot(slot(2)), RowKey::Slot(slot(4))]);
        let both = draft.rows(&entries, &Filter::Chosen(&both));
        assert_eq!(taken(&draft, "/z", &both).as_deref(), Some("B"));
        draft.stage(None, Staged::Deleted((&entries[2]).into()));
        assert_eq!(taken(&draft, "/x", &rows), None, "what was there goes");
    }

    #[test]
    fn folders_are_walked_by_their_paths() {
        assert_eq!(parent("/a/b"), "/a");
        assert_eq!(parent("/a"), "/");
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/a", "b"), "/a/b");
        assert_eq!(ancestors("/a/b"), ["/", "/a", "/a/b"]);
        assert_eq!(
            children(["/a", "/a/b", "/c/d", "/c"].into_iter(), "/"),
            ["/a", "/c"]
        );
        assert_eq!(children(["/a", "/a/b/c"].into_iter(), "/a"), ["/a/b"]);
        assert!(is_below("/a/b", "/a"));
        assert!(!is_below("/ab", "/a"));
        assert!(
            path_is_fine("/a-b/c_1") && !path_is_fine("/a//b") && !path_is_fine("a") && !path_is_fine("/..")
        );
        assert!(name_is_fine("A_B.C-1") && !name_is_fine("A B") && !name_is_fine(""));
    }
}
