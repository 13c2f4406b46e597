//! One open environment as a person works on it: the snapshot, the draft over it, what is shown, what was found.
//!
//! It lives under the page of the environment and dies with it, so that locking wipes it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use coffer_client::{Entry, OpenedSecret, SealError, SlotId};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{
    environment::{Counts, Draft, Fields, Filter, Row, RowKey, Staged, Tally, find},
    selection::Selection,
};
use crate::{backend::Environment, platform::clock};

/// The signals of one open environment.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    snapshot: RwSignal<Environment, LocalStorage>,
    draft: RwSignal<Draft, LocalStorage>,
    shown: RwSignal<HashMap<RowKey, u64>>,
    all_shown: RwSignal<Option<u64>>,
    found: RwSignal<Option<Found>>,
    ticked: RwSignal<Selection>,
    turn: StoredValue<u64>,
}

/// What a search found so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// What was looked for.
    pub(crate) needle: String,
    /// Secrets of the signed list.
    pub(crate) slots: Arc<HashSet<SlotId>>,
    /// Some name or folder contains it, so the server knows nothing new when it stands in an address.
    pub(crate) named: bool,
    /// How many entries were looked at.
    pub(crate) done: usize,
    /// How many there are.
    pub(crate) all: usize,
}

impl Found {
    /// Everything was looked at.
    pub(crate) fn is_complete(&self) -> bool {
        self.done >= self.all
    }
}

impl Desk {
    /// Sits down at a snapshot.
    pub(crate) fn new(environment: Environment) -> Self {
        Self {
            snapshot: RwSignal::new_local(environment),
            draft: RwSignal::new_local(Draft::default()),
            shown: RwSignal::new(HashMap::new()),
            all_shown: RwSignal::new(None),
            found: RwSignal::new(None),
            ticked: RwSignal::new(Selection::default()),
            turn: StoredValue::new(0),
        }
    }

    /// Looks at the snapshot, tracked.
    pub(crate) fn with<T>(self, look: impl FnOnce(&Environment) -> T) -> T {
        self.snapshot.with(look)
    }

    /// Looks at the snapshot once.
    pub(crate) fn peek<T>(self, look: impl FnOnce(&Environment) -> T) -> T {
        self.snapshot.with_untracked(look)
    }

    /// The handle of the snapshot.
    pub(crate) fn environment(self) -> Environment {
        self.snapshot.get_untracked()
    }

    /// Goes on with a newer snapshot.
    pub(crate) fn advance(self, environment: Environment) {
        if self.snapshot.try_set(environment).is_some() {
            // The page was left meanwhile.
            return;
        }
        self.drop_vanished(true);
        self.hide_all();
        if let Some(found) = self.found.get_untracked() {
            self.search(found.needle);
        }
    }

    /// Goes on with what others saved, unless it meets what is staged here: that is settled by the next save.
    pub(crate) fn follow(self, newer: Environment) {
        let meets = self
            .draft
            .try_with_untracked(|draft| !draft.collisions(newer.entries()).is_empty());
        if meets == Some(false) {
            self.change(|draft| draft.forget_gone(newer.entries()));
            self.advance(newer);
        }
    }

    /// Looks at the draft, tracked.
    pub(crate) fn draft<T>(self, look: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with(look)
    }

    /// Looks at the draft once.
    pub(crate) fn peek_draft<T>(self, look: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with_untracked(look)
    }

    /// Changes the draft.
    pub(crate) fn change<T>(self, change: impl FnOnce(&mut Draft) -> T) -> Option<T> {
        let done = self.draft.try_update(change);
        self.drop_vanished(false);
        done
    }

    /// Goes on after a save: what was saved is staged no more. What was new and ticked stays so, by the identity it got.
    pub(crate) fn saved(self, keys: &[RowKey], next: Environment) {
        let new = keys.iter().filter(|key| matches!(key, RowKey::Staged(_)));
        let ticked: Vec<RowKey> = self
            .ticked
            .try_with_untracked(|ticked| new.filter(|key| ticked.contains(**key)).copied().collect())
            .unwrap_or_default();
        let named = self.draft.try_with_untracked(|draft| {
            let staged = ticked.iter().filter_map(|key| draft.staged(*key));
            let found = staged.filter_map(|staged| {
                let (path, name) = staged.place();
                find(next.entries(), path, name)
            });
            found.map(|entry| RowKey::Slot(entry.slot)).collect::<Vec<_>>()
        });
        self.change(|draft| draft.forget(keys));
        self.advance(next);
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            self.ticked.try_update(|ticked| {
                for key in named {
                    ticked.put(key, true);
                }
            });
        }
    }

    /// How much is staged, tracked.
    pub(crate) fn counts(self) -> Counts {
        self.draft.with(Draft::counts)
    }

    /// Something is staged, now.
    pub(crate) fn is_dirty(self) -> bool {
        self.draft
            .try_with_untracked(|draft| !draft.is_empty())
            .unwrap_or(false)
    }

    /// The rows of a folder, or of a search wherever they are.
    pub(crate) fn rows(self, folder: &str) -> Vec<Row> {
        let found = self.found.read();
        self.snapshot.with(|environment| {
            self.draft.with(|draft| match &*found {
                Some(found) => draft.rows(
                    environment.entries(),
                    &Filter::Found {
                        slots: &found.slots,
                        needle: &found.needle,
                    },
                ),
                None => draft.rows(environment.entries(), &Filter::Folder(folder)),
            })
        })
    }

    /// Looks at what is ticked, tracked.
    pub(crate) fn ticked<T>(self, look: impl FnOnce(&Selection) -> T) -> T {
        self.ticked.with(look)
    }

    /// Ticks, or takes ticks away.
    pub(crate) fn tick(self, change: impl FnOnce(&mut Selection)) {
        self.ticked.update(change);
    }

    /// The ticked rows as they are now, in the order of the table.
    pub(crate) fn ticked_rows(self) -> Vec<Row> {
        self.snapshot.with_untracked(|environment| {
            self.draft.with_untracked(|draft| {
                self.ticked.with_untracked(|ticked| {
                    draft.rows(environment.entries(), &Filter::Chosen(ticked.keys()))
                })
            })
        })
    }

    /// What can be said of the ticked rows, tracked.
    pub(crate) fn tally(self) -> Tally {
        self.snapshot.with(|environment| {
            self.draft.with(|draft| {
                self.ticked
                    .with(|ticked| draft.tally(environment.entries(), ticked.keys()))
            })
        })
    }

    /// The rows of a folder, searched or not. `None` when the page is gone.
    pub(crate) fn folder_rows(self, folder: &str) -> Option<Vec<Row>> {
        self.snapshot.try_with_untracked(|environment| {
            self.draft
                .with_untracked(|draft| draft.rows(environment.entries(), &Filter::Folder(folder)))
        })
    }

    /// Opens what a row stands for: what is staged, or else what is sealed.
    pub(crate) fn open(self, key: RowKey) -> Result<OpenedSecret, SealError> {
        let staged = self.draft.with_untracked(|draft| match draft.staged(key) {
            Some(
                Staged::New(to)
                | Staged::Changed {
                    to, content: true, ..
                },
            ) => Some(opened(to)),
            _ => None,
        });
        match (staged, key) {
            (Some(staged), _) => Ok(staged),
            (None, RowKey::Slot(slot)) => self
                .snapshot
                .with_untracked(|environment| environment.reveal(&slot)),
            (None, RowKey::Staged(_)) => Err(SealError::Unknown),
        }
    }

    /// Shows a row's value for a while.
    pub(crate) fn show(self, key: RowKey) {
        self.shown.update(|shown| {
            shown.insert(key, clock::now() + SHOWN_FOR);
        });
    }

    /// Hides rows, and everything else if everything is shown.
    pub(crate) fn hide(self, keys: &[RowKey]) {
        self.shown.update(|shown| {
            for key in keys {
                shown.remove(key);
            }
        });
        if self.all_shown.get_untracked().is_some() {
            self.all_shown.set(None);
        }
    }

    /// Shows every value that is on the screen, for a while.
    pub(crate) fn show_all(self) {
        self.all_shown.set(Some(clock::now() + SHOWN_FOR));
    }

    /// Hides everything.
    pub(crate) fn hide_all(self) {
        if !self.shown.read_untracked().is_empty() {
            self.shown.update(HashMap::clear);
        }
        if self.all_shown.get_untracked().is_some() {
            self.all_shown.set(None);
        }
    }

    /// Everything is shown, tracked.
    pub(crate) fn shows_all(self) -> bool {
        self.all_shown.read().is_some()
    }

    /// Until when a row is shown, tracked.
    pub(crate) fn shown_until(self, key: RowKey) -> Option<u64> {
        let own = self.shown.with(|shown| shown.get(&key).copied());
        own.max(self.all_shown.get())
    }

    /// Hides what has been shown long enough. Called once a second.
    pub(crate) fn expire(self, now: u64) {
        if self.shown.read_untracked().values().any(|until| *until <= now) {
            self.shown.update(|shown| shown.retain(|_, until| *until > now));
        }
        if self.all_shown.get_untracked().is_some_and(|until| until <= now) {
            self.all_shown.set(None);
        }
    }

    /// What was found, tracked. `None` while nothing is searched for.
    pub(crate) fn found(self) -> Option<Found> {
        self.found.get()
    }

    /// Looks for something: in names and folders at once, in values in slices so that nobody waits. Empty ends the
    /// search.
    pub(crate) fn search(self, needle: String) {
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        if needle.is_empty() {
            if self.found.read_untracked().is_some() {
                self.found.set(None);
            }
            return;
        }
        let (mut slots, all) = self.peek(|environment| {
            let entries = environment.entries();
            (called(entries, &needle), entries.len())
        });
        let named = !slots.is_empty();
        let wanted = needle.clone();
        let tell = move |slots: &HashSet<SlotId>, done| {
            let found = Found {
                needle: needle.clone(),
                slots: Arc::new(slots.clone()),
                named,
                done,
                all,
            };
            self.found.try_set(Some(found)).is_none()
        };
        tell(&slots, 0);
        spawn_local(async move {
            let (mut next, mut told, mut news) = (Some(0), clock::monotonic(), false);
            while let Some(mut at) = next {
                // What was typed is drawn before its values are opened, and again between slices.
                TimeoutFuture::new(0).await;
                let started = clock::monotonic();
                // As many slices as fit into a part of a frame.
                loop {
                    let Some(step) = self.slice(turn, &wanted, at) else {
                        return;
                    };
                    for hit in step.hits {
                        news |= slots.insert(hit.slot);
                    }
                    next = step.next;
                    match next {
                        Some(more) if clock::monotonic().saturating_sub(started) < SEARCH_MS => at = more,
                        _ => break,
                    }
                }
                // Every telling draws the table again: not more often than somebody can read.
                let now = clock::monotonic();
                if next.is_none() || news && now.saturating_sub(told) >= TELL_MS {
                    if !tell(&slots, next.unwrap_or(all)) {
                        return;
                    }
                    (told, news) = (now, false);
                }
            }
        });
    }

    /// Takes the ticks of rows that are not there any more; `saved` ones go with a snapshot only.
    fn drop_vanished(self, saved: bool) {
        if self.ticked.try_with_untracked(Selection::is_empty) != Some(false) {
            return;
        }
        let slots: Option<HashSet<SlotId>> = saved.then(|| {
            let slots =
                |environment: &Environment| environment.entries().iter().map(|entry| entry.slot).collect();
            self.snapshot.try_with_untracked(slots).unwrap_or_default()
        });
        let is_there = |key| match key {
            RowKey::Slot(slot) => slots.as_ref().is_none_or(|slots| slots.contains(&slot)),
            RowKey::Staged(_) => self
                .draft
                .try_with_untracked(|draft| draft.staged(key).is_some())
                .unwrap_or(false),
        };
        let all_there = self
            .ticked
            .try_with_untracked(|ticked| ticked.keys().iter().all(|key| is_there(*key)));
        if all_there == Some(false) {
            self.ticked.try_update(|ticked| ticked.keep(is_there));
        }
    }

    fn slice(self, turn: u64, needle: &str, at: usize) -> Option<coffer_client::SearchStep> {
        if self.turn.try_get_value()? != turn {
            return None;
        }
        self.snapshot
            .try_with_untracked(|environment| environment.search(needle, at, SEARCH_SLICE))
    }
}

/// The secrets whose name or folder contains something. Letter case does not matter.
fn called(entries: &[Entry], needle: &str) -> HashSet<SlotId> {
    let needle = needle.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&needle);
    let hits = entries
        .iter()
        .filter(|entry| has(&entry.name) || has(&entry.path));
    hits.map(|entry| entry.slot).collect()
}

fn opened(fields: &Fields) -> OpenedSecret {
    OpenedSecret {
        value: fields.value.clone(),
        comment: fields.comment.clone(),
        owner: fields.owner.clone(),
        lines: fields.value.split('\n').count(),
    }
}

/// How long a revealed value stays visible.
pub(crate) const SHOWN_FOR: u64 = 30_000;
/// Entries per step of a search.
const SEARCH_SLICE: usize = 64;
/// Milliseconds of searching before the page gets its turn.
pub(crate) const SEARCH_MS: u64 = 8;
/// Milliseconds between two intermediate results.
const TELL_MS: u64 = 150;
