//! What a server's rows are worth: each is compared with the log before anything is decrypted.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    contents::Contents,
    envelope,
    id::SlotId,
    value::SealedValue,
};

/// A row as a server gave it. Rows below [`crate::layout::ROOT`] are not given here.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its folder.
    pub path: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// What a secret or a row is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// The row is the one that the log names.
    Ok,
    /// The row is absent or the one before, and the record is held: the value comes from the record. Counts as Ok.
    Lagging,
    /// The row is absent.
    Missing,
    /// The row is an earlier version of this secret.
    RolledBack,
    /// The row is something else that is sealed: another secret's value, or a changed one.
    Swapped,
    /// A sealed row that the log does not list there.
    Unlisted,
    /// A row of a secret that was deleted.
    Resurrected,
    /// A row that is not sealed.
    Unsealed,
}

/// A comparison of rows and log.
#[derive(Clone, Debug, Default)]
pub struct Classified {
    /// The class of every secret that the log lists.
    pub entries: BTreeMap<SlotId, Class>,
    /// Rows that belong to no listed secret, by their index. [`Class::Lagging`] stands for the remains of a move or a
    /// deletion whose record is held: a writer removes them.
    pub strangers: Vec<(usize, Class)>,
}

/// Compares `rows` with what the log lists.
pub fn classify(contents: &Contents, rows: &[Row<'_>]) -> Classified {
    let mut by_place: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        by_place.entry((row.path, row.name)).or_insert(index);
    }
    let mut result = Classified::default();
    for entry in contents.active() {
        let row = by_place.get(&(entry.path.as_str(), entry.name.as_str()));
        let held = entry.value.is_some();
        let class = match row {
            None if held => Class::Lagging,
            None => Class::Missing,
            Some(&index) => {
                taken.insert(index);
                let value = rows[index].value;
                let hash = envelope::ct_hash(value);
                if hash == entry.ct_hash {
                    Class::Ok
                } else if held && entry.previous == Some(hash) {
                    Class::Lagging
                } else {
                    match SealedValue::parse(value) {
                        Err(_) => Class::Unsealed,
                        Ok(sealed) if sealed.slot() == entry.slot && sealed.version() < entry.version => {
                            Class::RolledBack
                        }
                        Ok(_) => Class::Swapped,
                    }
                }
            }
        };
        result.entries.insert(entry.slot, class);
    }
    let strangers = rows.iter().enumerate().filter(|(index, _)| !taken.contains(index));
    result.strangers = strangers.map(|(index, row)| (index, stranger(contents, row))).collect();
    result
}

fn stranger(contents: &Contents, row: &Row<'_>) -> Class {
    let Ok(sealed) = SealedValue::parse(row.value) else { return Class::Unsealed };
    let Some(entry) = contents.entry(&sealed.slot()) else { return Class::Unlisted };
    let before = match &entry.moved_from {
        Some((path, name)) => (path.as_str(), name.as_str()) == (row.path, row.name),
        None => entry.deleted && (entry.path.as_str(), entry.name.as_str()) == (row.path, row.name),
    };
    let remains = before && entry.previous == Some(envelope::ct_hash(row.value));
    match (remains, entry.deleted) {
        (true, _) => Class::Lagging,
        (false, true) => Class::Resurrected,
        (false, false) => Class::Unlisted,
    }
}
