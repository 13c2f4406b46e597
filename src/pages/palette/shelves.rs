//! The secrets that Ctrl K finds: the environments of the open project, read while it is open, and what goes out of them.

use coffer_client::{EnvironmentInfo, SharedSecret};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use zeroize::Zeroizing;

use super::places::offer;
use crate::{
    backend::{Environment, Project},
    platform::clock,
    routes::{AskForm, Path},
    state::{
        clipboard::Clipboard,
        desk::SEARCH_MS,
        finder::{Act, Best, Fit, Group, Needle, Offer, Spot},
        shares::Prefill,
        toasts::Toasts,
    },
    text::{environment as environment_words, palette as words},
    ui::Glyph,
};

/// The environments that were read for the search, and what was found in their values.
#[derive(Clone, Copy)]
pub(super) struct Shelves {
    read: RwSignal<Vec<Shelf>, LocalStorage>,
    /// Of which project they are; nothing before the first letter.
    project: StoredValue<Option<String>>,
    /// How many are still to be read.
    pub(super) left: RwSignal<usize>,
    /// What could not be opened, by name.
    pub(super) failed: RwSignal<Vec<String>>,
    hits: RwSignal<Vec<Spot>>,
    looking: RwSignal<bool>,
    /// Grows with every value that is looked for and when everything is forgotten: what runs for an older one ends.
    turn: StoredValue<u64>,
}

/// An environment that was read.
#[derive(Clone)]
struct Shelf {
    info: EnvironmentInfo,
    environment: Environment,
}

impl Shelves {
    pub(super) fn new() -> Self {
        Self {
            read: RwSignal::new_local(Vec::new()),
            project: StoredValue::new(None),
            left: RwSignal::new(0),
            failed: RwSignal::new(Vec::new()),
            hits: RwSignal::new(Vec::new()),
            looking: RwSignal::new(false),
            turn: StoredValue::new(0),
        }
    }

    /// Something is still read or looked for, tracked.
    pub(super) fn is_busy(self) -> bool {
        self.left.get() > 0 || self.looking.get()
    }

    /// Reads the environments of a project, once: one after another, so that the first is searched at once.
    pub(super) fn fill(self, id: String, project: Project) {
        if self.project.with_value(|now| now.as_ref() == Some(&id)) {
            return;
        }
        self.project.set_value(Some(id.clone()));
        let infos = project.environments().into_iter();
        let infos: Vec<EnvironmentInfo> = infos.filter(|info| !info.is_closed()).collect();
        self.left.set(infos.len());
        spawn_local(async move {
            for info in infos {
                let opened = project.open_environment(&info.slug).await;
                let is_wanted = self.project.try_with_value(|now| now.as_ref() == Some(&id));
                if is_wanted != Some(true) {
                    return;
                }
                match opened {
                    Ok(environment) => self.read.update(|read| read.push(Shelf { info, environment })),
                    Err(_) => self.failed.update(|failed| failed.push(info.name)),
                }
                self.left.update(|left| *left -= 1);
            }
        });
    }

    /// Forgets everything.
    pub(super) fn clear(self) {
        self.project.set_value(None);
        self.look_for("");
        self.read.set(Vec::new());
        self.failed.set(Vec::new());
        self.left.set(0);
    }

    /// The secrets that are called so, what can be done with the first of them, and how many are not shown.
    pub(super) fn named(self, needle: &Needle) -> (Vec<Offer>, usize) {
        self.read.with(|read| {
            let mut best = Best::of(MOST);
            for (index, shelf) in read.iter().enumerate() {
                for entry in shelf.environment.entries() {
                    let around = format!("{} {}", shelf.info.name, entry.path);
                    let fit = needle.fit(&entry.name, &around);
                    // All of an environment stands around its name.
                    if let Some(fit) = fit.filter(|fit| *fit != Fit::Around) {
                        best.take(fit, || Spot {
                            shelf: index,
                            slot: entry.slot,
                        });
                    }
                }
            }
            let all = best.all();
            let mut offers: Vec<Offer> = best
                .into_kept()
                .filter_map(|spot| found_secret(read, spot))
                .collect();
            let more = all - offers.len();
            if let Some((spot, name)) = offers.first().and_then(|first| match first.act {
                Act::Show(spot) => Some((spot, first.name.clone())),
                _ => None,
            }) {
                let on = |glyph, words: &str, act| {
                    offer(Group::OnSecret(name.clone()), glyph, words.to_owned(), "", act)
                };
                offers.extend([
                    on(Glyph::Copy, words::COPY_VALUE, Act::Copy(spot)),
                    on(Glyph::Share, words::SHARE, Act::Share(spot)),
                    on(Glyph::Hourglass, words::ASK_FOR, Act::Ask(spot)),
                ]);
            }
            (offers, more)
        })
    }

    /// The secrets whose values were found to contain what is looked for, and how many are not shown, tracked.
    pub(super) fn found(self) -> (Vec<Offer>, usize) {
        let hits = self.hits.get();
        let shown = hits.iter().take(MOST);
        let offers = self
            .read
            .with(|read| shown.filter_map(|spot| found_secret(read, *spot)).collect());
        (offers, hits.len().saturating_sub(MOST))
    }

    /// Looks for something in values, in slices so that nobody waits; nothing ends the search.
    pub(super) fn look_for(self, needle: &str) {
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        if !self.hits.read_untracked().is_empty() {
            self.hits.set(Vec::new());
        }
        self.looking.set(!needle.is_empty());
        if needle.is_empty() {
            return;
        }
        let needle = Zeroizing::new(needle.to_owned());
        spawn_local(async move {
            let (mut shelf, mut at) = (0, 0);
            while self.turn.try_get_value() == Some(turn) {
                let opened = self.read.with_untracked(|read| read.get(shelf).cloned());
                let Some(Shelf { environment, .. }) = opened else {
                    if self.left.get_untracked() == 0 {
                        self.looking.set(false);
                        return;
                    }
                    TimeoutFuture::new(WAIT_MS).await;
                    continue;
                };
                let started = clock::monotonic();
                let mut hits = Vec::new();
                let mut next = Some(at);
                while let Some(from) = next
                    && clock::monotonic().saturating_sub(started) < SEARCH_MS
                {
                    let step = environment.search(&needle, from, SLICE);
                    let by_value = step.hits.into_iter().filter(|hit| hit.by_value);
                    hits.extend(by_value.map(|hit| Spot {
                        shelf,
                        slot: hit.slot,
                    }));
                    next = step.next;
                }
                (shelf, at) = next.map_or((shelf + 1, 0), |next| (shelf, next));
                if !hits.is_empty() {
                    self.hits.update(|all| all.extend(hits));
                }
                TimeoutFuture::new(0).await;
            }
        });
    }

    /// The folder of a secret, showing what is called so.
    pub(super) fn place_of(self, spot: Spot) -> Option<Path> {
        let project = self.project.get_value()?;
        self.with_entry(spot, |shelf, path, name| Path::Environment {
            project,
            environment: shelf.info.slug.clone(),
            folder: path.to_owned(),
            search: name.to_owned(),
        })
    }

    /// The form that asks for access to a secret. Who can read it asks for what they propose.
    pub(super) fn form_for(self, spot: Spot) -> Option<Path> {
        let project = self.project.get_value()?;
        self.with_entry(spot, |shelf, path, name| {
            let form = AskForm {
                environment: shelf.info.slug.clone(),
                folder: path.to_owned(),
                names: vec![name.to_owned()],
                propose: true,
                ..AskForm::default()
            };
            Path::Ask { project, form }
        })
    }

    fn with_entry<T>(self, spot: Spot, look: impl FnOnce(&Shelf, &str, &str) -> T) -> Option<T> {
        self.read.with_untracked(|read| {
            let shelf = read.get(spot.shelf)?;
            let entry = shelf
                .environment
                .entries()
                .iter()
                .find(|entry| entry.slot == spot.slot)?;
            Some(look(shelf, &entry.path, &entry.name))
        })
    }
}

fn found_secret(read: &[Shelf], spot: Spot) -> Option<Offer> {
    let shelf = read.get(spot.shelf)?;
    let entry = shelf
        .environment
        .entries()
        .iter()
        .find(|entry| entry.slot == spot.slot)?;
    let it = offer(
        Group::Secrets,
        Glyph::Key,
        entry.name.to_string(),
        "",
        Act::Show(spot),
    );
    Some(it.aside(&format!("{} {}", shelf.info.name, entry.path)))
}

/// What takes a value out of the search: to the clipboard or to a link.
#[derive(Clone, Copy)]
pub(super) struct Carry {
    pub(super) shelves: Shelves,
    pub(super) clipboard: Clipboard,
    pub(super) toasts: Toasts,
}

impl Carry {
    pub(super) fn copy(self, spot: Spot) {
        if let Some((secret, _)) = self.open(spot) {
            self.clipboard.copy_secret(secret.value, secret.name);
        }
    }

    /// Puts it down for the page that makes a link; whether it opens.
    pub(super) fn hand_over(self, spot: Spot) -> bool {
        let opened = self.open(spot);
        let is_open = opened.is_some();
        if let Some((secret, place)) = opened {
            let secrets = vec![secret];
            Prefill { secrets, place }.hand_over();
        }
        is_open
    }

    /// Opens a value, or says that it does not.
    fn open(self, spot: Spot) -> Option<(SharedSecret, String)> {
        let opened = self.shelves.with_entry(spot, |shelf, path, name| {
            let place = format!("{} {path}", shelf.info.name);
            (shelf.environment.reveal(&spot.slot), name.to_owned(), place)
        });
        let (opened, name, place) = opened?;
        match opened {
            Ok(opened) => Some((
                SharedSecret {
                    name,
                    value: opened.value,
                },
                place,
            )),
            Err(_) => {
                self.toasts
                    .say_with(Glyph::Alert, environment_words::does_not_open(&name));
                None
            }
        }
    }
}
/// So many secrets are shown: more is a reason to type on.
const MOST: usize = 8;
/// Entries per step of a search in values.
const SLICE: usize = 64;
/// How long the search waits for the next environment, in milliseconds.
const WAIT_MS: u32 = 50;
