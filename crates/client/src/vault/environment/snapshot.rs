//! A verified state of an environment: log, contents and rows, compared.

use super::{Class, Entry, Stranger};
use crate::vault::log::Rows;
use crate::{Error, Right, SealError, SlotId};
use coffer_core::classify::{self, Row, class_of, class_of_stranger};
use coffer_core::contents::{ChangeEntry, Contents};
use coffer_core::id::Digest;
use coffer_core::keyring::KeyringState;
use coffer_core::log::{EpochKeys, Header, Log};
use coffer_core::names::{SecretName, SecretPath};
use coffer_core::value::{self, SealedValue, SecretContent};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// A verified state: sealed values only. Copies share what does not change, so that a save costs what it touches.
pub(super) struct Snapshot {
    pub(super) log: Log,
    pub(super) contents: Contents,
    pub(super) rows: Rows,
    pub(super) right: Right,
    /// Every secret that is not Ok: few, or none.
    odd: BTreeMap<SlotId, Class>,
    /// Rows that belong to no listed secret, by place: few, or none. Second rows of a place are not among them.
    strangers: BTreeMap<(String, String), Class>,
    shown: OnceCell<Shown>,
}

/// The lists that people look at, made when they are asked for.
struct Shown {
    entries: Vec<Entry>,
    strangers: Vec<Stranger>,
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        Self {
            log: self.log.clone(),
            contents: self.contents.clone(),
            rows: self.rows.clone(),
            right: self.right,
            odd: self.odd.clone(),
            strangers: self.strangers.clone(),
            // Whoever copies is about to change something.
            shown: OnceCell::new(),
        }
    }
}

impl Snapshot {
    /// Compares log and rows, both complete.
    pub(super) fn new(log: Log, contents: Contents, rows: Rows, right: Right) -> Self {
        let all: Vec<Row<'_>> = rows.all().collect();
        let first = all.len() - rows.doubled().count();
        let classified = classify::classify(&contents, &all);
        let odd = classified
            .entries
            .into_iter()
            .filter(|(_, class)| *class != Class::Ok);
        let strangers = classified.strangers.iter().filter(|(index, _)| *index < first);
        let strangers = strangers.map(|(index, class)| {
            let Row { path, name, .. } = all[*index];
            ((path.to_owned(), name.to_owned()), *class)
        });
        Self {
            odd: odd.collect(),
            strangers: strangers.collect(),
            shown: OnceCell::new(),
            log,
            contents,
            rows,
            right,
        }
    }

    /// Its secrets, by folder and name.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.shown().entries
    }

    /// Rows that are not the environment's.
    pub(super) fn strangers(&self) -> &[Stranger] {
        &self.shown().strangers
    }

    /// Second rows of a place.
    pub(super) fn doubled(&self) -> impl Iterator<Item = (&str, &str, Class)> {
        let rows = self.rows.doubled();
        rows.map(|row| (row.path, row.name, class_of_stranger(&self.contents, &row)))
    }

    /// What a listed secret is.
    pub(super) fn class(&self, slot: &SlotId) -> Class {
        self.odd.get(slot).copied().unwrap_or(Class::Ok)
    }

    /// Whether every row is where the log says.
    pub(super) fn is_settled(&self) -> bool {
        self.odd.is_empty()
    }

    /// Whether the comparison shows anything that two honest people writing at once would not explain.
    pub(super) fn is_suspicious(&self) -> bool {
        let mut doubled = self
            .rows
            .doubled()
            .map(|row| class_of_stranger(&self.contents, &row));
        let mut all = self.odd.values().chain(self.strangers.values());
        all.any(|class| *class != Class::Lagging) || doubled.any(|class| class != Class::Lagging)
    }

    /// Secrets whose row is to be written from the record that is held: it is behind, or whatever else it is, `written`
    /// has the secret.
    pub(super) fn behind(
        &self,
        written: &BTreeSet<SlotId>,
    ) -> impl Iterator<Item = &coffer_core::contents::Entry> {
        let slots = self.odd.iter().filter(|(slot, class)| {
            matches!(class, Class::Lagging | Class::RolledBack | Class::Swapped) || written.contains(*slot)
        });
        slots.filter_map(|(slot, _)| self.contents.entry(slot).filter(|entry| entry.value.is_some()))
    }

    /// Secrets whose row is gone, an older one or another one, while no record of their value is held: with the hash that is
    /// listed.
    pub(super) fn damaged(&self) -> impl Iterator<Item = (SlotId, Digest)> {
        let slots = self
            .odd
            .iter()
            .filter(|(_, class)| matches!(class, Class::Missing | Class::RolledBack | Class::Swapped));
        let entries = slots.filter_map(|(slot, _)| self.contents.entry(slot));
        entries
            .filter(|entry| entry.value.is_none())
            .map(|entry| (entry.slot, entry.ct_hash))
    }

    /// Takes back what a record says of a secret that is damaged.
    pub(super) fn recall(&mut self, change: &ChangeEntry) -> Result<(), Error> {
        self.contents.recall(change)?;
        for (path, name) in self.places(&[change.slot()]) {
            self.compare(path.as_str(), name.as_str());
        }
        Ok(())
    }

    /// Places of rows that a move or a deletion has left behind.
    pub(super) fn remains(&self) -> impl Iterator<Item = (&str, &str)> {
        let places = self
            .strangers
            .iter()
            .filter(|(_, class)| **class == Class::Lagging);
        places.map(|((path, name), _)| (path.as_str(), name.as_str()))
    }

    /// Adds one verified record that changes the secrets `touched`, and compares those.
    pub(super) fn push(
        &mut self,
        header: Header,
        chunks: &[String],
        touched: &[SlotId],
        keys: &EpochKeys,
        keyring: &KeyringState,
    ) -> Result<(), Error> {
        let mut places = self.places(touched);
        self.log.push(header.clone(), keyring)?;
        self.contents.apply(&header, chunks, keys)?;
        for slot in touched {
            self.odd.remove(slot);
        }
        places.extend(self.places(touched));
        for (path, name) in places {
            self.compare(path.as_str(), name.as_str());
        }
        Ok(())
    }

    /// Takes over that this client wrote a row.
    pub(super) fn wrote(&mut self, path: &SecretPath, name: &SecretName, value: std::sync::Arc<str>) {
        self.rows.put(path.as_str(), name.as_str(), value);
        self.compare(path.as_str(), name.as_str());
    }

    /// Takes over that this client deleted a row.
    pub(super) fn deleted(&mut self, path: &str, name: &str) {
        self.rows.remove(path, name);
        self.compare(path, name);
    }

    /// Takes over folders that this client made.
    pub(super) fn add_folders(&mut self, folders: impl IntoIterator<Item = String>) {
        self.rows.add_folders(folders);
    }

    /// Takes over that this client deleted folders with everything in them.
    pub(super) fn remove_folders(&mut self, gone: impl Fn(&str) -> bool) {
        self.rows.remove_folders(&gone);
        let entries = self.contents.active().filter(|entry| gone(entry.path.as_str()));
        let places = entries.map(|entry| (entry.path.as_str().to_owned(), entry.name.as_str().to_owned()));
        let strangers = self.strangers.keys().filter(|(path, _)| gone(path)).cloned();
        let places: Vec<_> = places.chain(strangers).collect();
        for (path, name) in places {
            self.compare(&path, &name);
        }
    }

    /// Continues from the newest record, a checkpoint, alone: the rows hold every value.
    pub(super) fn restart(&mut self, contents: Contents) {
        self.contents = contents;
        let places: Vec<_> = self.strangers.keys().cloned().collect();
        for (path, name) in places {
            self.compare(&path, &name);
        }
    }

    /// Opens a value: from its row where the row is right, from its record where the row lags.
    pub(super) fn open(&self, slot: &SlotId, keys: &EpochKeys) -> Result<SecretContent, SealError> {
        let entry = self.contents.entry(slot).filter(|entry| !entry.deleted);
        let entry = entry.ok_or(SealError::Unknown)?;
        let text = match self.class(slot) {
            Class::Ok => self
                .rows
                .at(entry.path.as_str(), entry.name.as_str())
                .ok_or(SealError::Missing)?,
            Class::Lagging => entry.value.as_ref().ok_or(SealError::Missing)?.as_str(),
            Class::Missing => return Err(SealError::Missing),
            _ => return Err(SealError::Broken),
        };
        let key = keys.of(entry.epoch).ok_or(SealError::Broken)?;
        value::open_value(text, key, &entry.context()).map_err(|_| SealError::Broken)
    }

    /// Takes the rows of everything that records after `left` have changed for rows that lag, whatever they are: the
    /// server has lost those records once, and they are held.
    pub(super) fn renew(&mut self, contents: Contents, left: u64) {
        let rows = std::mem::take(&mut self.rows);
        let mut next = Self::new(self.log.clone(), contents, rows, self.right);
        let after = |slot: &SlotId| next.contents.entry(slot).is_some_and(|entry| entry.record > left);
        let held = |slot: &SlotId| {
            next.contents
                .entry(slot)
                .is_some_and(|entry| entry.value.is_some())
        };
        let behind: Vec<SlotId> = next
            .odd
            .keys()
            .filter(|slot| after(slot) && held(slot))
            .copied()
            .collect();
        let of_these = |(path, name): &&(String, String)| {
            let value = next
                .rows
                .at(path, name)
                .and_then(|value| SealedValue::parse(value).ok());
            value.is_some_and(|value| after(&value.slot()))
        };
        let remains: Vec<(String, String)> = next.strangers.keys().filter(of_these).cloned().collect();
        next.odd
            .extend(behind.into_iter().map(|slot| (slot, Class::Lagging)));
        next.strangers
            .extend(remains.into_iter().map(|place| (place, Class::Lagging)));
        *self = next;
    }

    fn places(&self, slots: &[SlotId]) -> Vec<(SecretPath, SecretName)> {
        let entries = slots.iter().filter_map(|slot| self.contents.entry(slot));
        entries
            .map(|entry| (entry.path.clone(), entry.name.clone()))
            .collect()
    }

    /// Compares one place anew.
    fn compare(&mut self, path: &str, name: &str) {
        let place = (path.to_owned(), name.to_owned());
        let value = self.rows.at(path, name);
        let listed = SecretPath::parse(path).ok().zip(SecretName::parse(name).ok());
        let listed = listed.and_then(|(path, name)| self.contents.at(&path, &name));
        match (listed, value) {
            (Some(entry), value) => {
                let (slot, class) = (
                    entry.slot,
                    class_of(&self.contents, entry, value.map(|value| &**value)),
                );
                self.strangers.remove(&place);
                if class == Class::Ok {
                    self.odd.remove(&slot);
                } else {
                    self.odd.insert(slot, class);
                }
            }
            (None, Some(value)) => {
                let class = class_of_stranger(&self.contents, &Row { path, name, value });
                self.strangers.insert(place, class);
            }
            (None, None) => {
                self.strangers.remove(&place);
            }
        }
    }

    fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| {
            let entries = self.contents.active().map(|entry| Entry {
                slot: entry.slot,
                path: entry.path.as_str().to_owned(),
                name: entry.name.as_str().to_owned(),
                version: entry.version,
                class: self.class(&entry.slot),
            });
            let stranger = |path: &str, name: &str, class| Stranger {
                path: path.to_owned(),
                name: name.to_owned(),
                class,
            };
            let strangers = self.strangers.iter();
            let strangers = strangers.map(|((path, name), class)| stranger(path, name, *class));
            let doubled = self.rows.doubled();
            let doubled =
                doubled.map(|row| stranger(row.path, row.name, class_of_stranger(&self.contents, &row)));
            Shown {
                entries: entries.collect(),
                strangers: strangers
                    .chain(doubled)
                    .filter(|stranger| stranger.class != Class::Lagging)
                    .collect(),
            }
        })
    }
}
