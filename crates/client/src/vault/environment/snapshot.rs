//! A verified state of an environment: log, contents and rows, compared.

use super::{Class, Entry, Stranger};
use crate::vault::log::Rows;
use crate::{Error, Right, SealError, SlotId};
use coffer_core::classify::Classified;
use coffer_core::contents::Contents;
use coffer_core::keyring::KeyringState;
use coffer_core::log::{EpochKeys, Header, Log};
use coffer_core::value::{self, SecretContent};
use std::collections::HashMap;

/// A verified state: sealed values only.
pub(super) struct Snapshot {
    pub(super) log: Log,
    pub(super) contents: Contents,
    pub(super) rows: Rows,
    pub(super) classified: Classified,
    pub(super) entries: Vec<Entry>,
    /// Position among the entries, and the row that serves it.
    pub(super) index: HashMap<SlotId, (usize, Option<usize>)>,
    pub(super) strangers: Vec<Stranger>,
    pub(super) right: Right,
}

impl Snapshot {
    pub(super) fn new(log: Log, contents: Contents, rows: Rows, right: Right) -> Self {
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

    pub(super) fn copy(&self) -> Self {
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
    pub(super) fn compared(mut self) -> Self {
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
    pub(super) fn push(
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
    pub(super) fn open(&self, slot: &SlotId, keys: &EpochKeys) -> Result<SecretContent, SealError> {
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
