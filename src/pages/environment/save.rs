//! Saving what is staged: the bar, the review, progress, and what to do when somebody else saved first.

use std::collections::HashSet;

use coffer_client::{Error, SaveError};
use leptos::{ev, prelude::*, task::spawn_local};

use super::{Place, folders::SaveTrouble};
use crate::{
    backend::Environment,
    state::{
        desk::Desk,
        environment::{Collision, Draft, Mark, RowKey, Staged, full_name},
        toasts::Toasts,
    },
    text::{self, environment as words},
    ui::*,
};

/// Saving, as the bar, the dialogs and the keys share it.
#[derive(Clone, Copy)]
pub(super) struct Saver {
    desk: Desk,
    toasts: Toasts,
    reviewing: RwSignal<bool>,
    running: RwSignal<Option<(usize, usize)>>,
    failed: RwSignal<Option<SaveError>, LocalStorage>,
    conflict: RwSignal<Option<Clash>, LocalStorage>,
    conflicting: RwSignal<bool>,
}

/// A newer snapshot of somebody else, and what collides with it.
#[derive(Clone)]
struct Clash {
    base: Environment,
    theirs: Environment,
    collisions: Vec<Collision>,
}

impl Saver {
    /// For one open environment.
    pub(super) fn provide(desk: Desk) -> Self {
        Self {
            desk,
            toasts: Toasts::expect(),
            reviewing: RwSignal::new(false),
            running: RwSignal::new(None),
            failed: RwSignal::new_local(None),
            conflict: RwSignal::new_local(None),
            conflicting: RwSignal::new(false),
        }
    }

    /// Opens the review, if there is something to save.
    pub(super) fn review(self) {
        if self.desk.is_dirty() && self.running.read_untracked().is_none() {
            self.failed.set(None);
            self.reviewing.set(true);
        }
    }

    /// A save is going on, now.
    pub(super) fn is_running(self) -> bool {
        self.running.read_untracked().is_some()
    }

    /// Saves everything that is staged, in parts, so that a long import shows how far it is. What was saved is
    /// staged no more, whatever happens to the rest.
    fn save(self) {
        if self.is_running() {
            return;
        }
        let all = self.desk.peek_draft(|draft| draft.items().len());
        if all == 0 {
            return;
        }
        self.failed.set(None);
        self.running.set(Some((0, all)));
        spawn_local(async move {
            let done = self.run(all).await;
            // The page may be gone by now.
            if self.running.try_set(None).is_some() {
                return;
            }
            match done {
                Ok(seq) => {
                    self.reviewing.set(false);
                    self.conflicting.set(false);
                    self.toasts.say(words::saved(all, seq));
                }
                Err(SaveError::Conflict(_) | SaveError::Failed(Error::Conflict | Error::NameTaken)) => {
                    self.meet().await
                }
                Err(error) => {
                    self.failed.set(Some(error));
                    self.conflicting.set(false);
                    self.reviewing.set(true);
                }
            }
        });
    }

    async fn run(self, all: usize) -> Result<u64, SaveError> {
        let mut saved = 0;
        loop {
            let (keys, changes) = self.desk.peek_draft(|draft| draft.part(PART));
            if keys.is_empty() {
                return Ok(self.desk.peek(Environment::seq));
            }
            let next = self.desk.environment().save(changes).await?;
            saved += keys.len();
            self.desk.saved(&keys, next);
            self.running.try_set(Some((saved, all)));
        }
    }

    /// Somebody else saved first: fetches their state and asks only about what both changed.
    async fn meet(self) {
        let base = self.desk.environment();
        let theirs = match base.reload().await {
            Ok(theirs) => theirs,
            Err(error) => {
                self.failed.try_set(Some(SaveError::Failed(error)));
                self.reviewing.try_set(true);
                return;
            }
        };
        self.desk.change(|draft| draft.forget_gone(theirs.entries()));
        let collisions = self.desk.peek_draft(|draft| draft.collisions(theirs.entries()));
        self.reviewing.set(false);
        self.conflict.set(Some(Clash {
            base,
            theirs,
            collisions,
        }));
        self.conflicting.set(true);
    }

    /// Settles the collisions and saves on top of their state.
    fn settle(self, theirs_wins: &HashSet<RowKey>) {
        let Some(clash) = self.conflict.get_untracked() else {
            return;
        };
        self.desk.change(|draft| {
            draft.settle(&clash.collisions, |key| !theirs_wins.contains(&key));
        });
        self.desk.advance(clash.theirs);
        self.conflict.set(None);
        if self.desk.is_dirty() {
            self.save();
        } else {
            self.conflicting.set(false);
            self.toasts.say(words::TOOK_THEIRS);
        }
    }
}

/// Says what is staged, and leads to the review.
#[component]
pub(super) fn SaveBar(saver: Saver) -> impl IntoView {
    let desk = saver.desk;
    let discarding = RwSignal::new(false);
    let counts = Memo::new(move |_| desk.counts());
    let [new, changed, deleted] = [0, 1, 2].map(|index| {
        Signal::derive(move || {
            let counts = counts.get();
            let number = [counts.new, counts.changed, counts.deleted][index];
            let words = words::counts(counts.new, counts.changed, counts.deleted);
            (number > 0).then(|| words[index].clone())
        })
    });
    view! {
        <p class="sr-only" role="status">
            {move || {
                let all = counts.get().all();
                if all > 0 { words::staged(all) } else { String::new() }
            }}
        </p>
        <Show when=move || { counts.get().all() > 0 }>
            <section class="savebar" aria-label=words::UNSAVED>
                <b class="nowrap">{move || words::changes(counts.get().all())}</b>
                <span class="savebar__counts wide-only">
                    {move || {
                        new.get()
                            .map(|words| {
                                view! {
                                    <Badge tone=Tone::Positive glyph=Glyph::Plus>
                                        {words}
                                    </Badge>
                                }
                            })
                    }}
                    {move || {
                        changed
                            .get()
                            .map(|words| {
                                view! {
                                    <Badge tone=Tone::Caution glyph=Glyph::Pencil>
                                        {words}
                                    </Badge>
                                }
                            })
                    }}
                    {move || {
                        deleted
                            .get()
                            .map(|words| {
                                view! {
                                    <Badge tone=Tone::Danger glyph=Glyph::Minus>
                                        {words}
                                    </Badge>
                                }
                            })
                    }}
                </span>
                <span class="savebar__acts">
                    <Button kind=ButtonKind::Ghost on_press=move || discarding.set(true)>
                        {words::DISCARD}
                    </Button>
                    <Button kind=ButtonKind::Primary on_press=move || saver.review()>
                        {words::REVIEW}
                    </Button>
                </span>
            </section>
        </Show>
        <Confirm
            open=discarding
            title=words::DISCARD_TITLE
            verb=words::DISCARD
            cancel_word=words::KEEP_EDITING
            on_confirm=move || {
                desk.change(Draft::clear);
                discarding.set(false);
                saver.toasts.say_with(Glyph::Undo, words::DISCARDED);
            }
        >
            <p>{words::DISCARD_BODY}</p>
        </Confirm>
    }
}

/// What will be saved, with the values hidden unless asked for.
#[component]
pub(super) fn Review(saver: Saver) -> impl IntoView {
    let desk = saver.desk;
    let place = Place::expect();
    let shown = RwSignal::new(false);
    let count = Signal::derive(move || desk.counts().all());
    let busy = Signal::derive(move || saver.running.read().is_some());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        saver.save();
    };
    view! {
        <Dialog
            open=saver.reviewing
            title=Signal::derive(move || words::review_title(count.get(), &place.name.get_value()))
            note=words::REVIEW_LEAD
            close_word=text::CLOSE
            wide=true
            busy
            on_close=move || shown.set(false)
        >
            <form class="dialog__form" on:submit=submit>
                <div class="dialog__body stack">
                    <ChangeTable saver shown />
                    {move || view! { <SaveTrouble error=saver.failed.get() /> }}
                    {move || {
                        saver
                            .running
                            .get()
                            .filter(|(_, all)| *all > PART)
                            .map(|(done, all)| {
                                view! {
                                    <Progress
                                        label=words::SAVING
                                        value=Signal::stored(Some((done * 100 / all.max(1)) as u32))
                                        note=words::saved_of(done, all)
                                    />
                                }
                            })
                    }}
                </div>
                <Foot
                    open=saver.reviewing
                    shown
                    busy
                    verb=Signal::derive(move || {
                        if busy.get() { words::SAVING.to_owned() } else { words::save_count(count.get()) }
                    })
                />
            </form>
        </Dialog>
    }
}

#[component]
fn ChangeTable(saver: Saver, shown: RwSignal<bool>) -> impl IntoView {
    let desk = saver.desk;
    let rows = move || {
        let shown = shown.get();
        desk.draft(|draft| {
            draft
                .items()
                .iter()
                .take(MOST)
                .map(|(_, staged)| {
                    let before = staged
                        .slot()
                        .and_then(|slot| desk.peek(|environment| environment.reveal(&slot).ok()))
                        .map(|opened| hidden_unless(shown, &opened.value));
                    let (path, name) = staged.place();
                    let place = full_name(path, name);
                    let (mark, tone, word, after) = match staged {
                        Staged::New(to) => (
                            Mark::New,
                            Tone::Positive,
                            words::NEW,
                            hidden_unless(shown, &to.value),
                        ),
                        Staged::Changed {
                            to, content: true, ..
                        } => (
                            Mark::Changed,
                            Tone::Caution,
                            words::CHANGED,
                            hidden_unless(shown, &to.value),
                        ),
                        Staged::Changed { .. } => (
                            Mark::Changed,
                            Tone::Caution,
                            words::CHANGED,
                            words::MOVED.to_owned(),
                        ),
                        Staged::Deleted(_) => (
                            Mark::Deleted,
                            Tone::Danger,
                            words::DELETED,
                            words::GONE.to_owned(),
                        ),
                    };
                    view! {
                        <tr role="row" data-state=mark.as_str()>
                            <td role="cell">
                                <Badge tone>{word}</Badge>
                            </td>
                            <th scope="row" role="rowheader">
                                <span class="key">{place}</span>
                            </th>
                            <td role="cell" class="span mono t-sm anywhere">
                                {before.unwrap_or_else(|| words::NONE.to_owned())}
                            </td>
                            <td role="cell" class="span mono t-sm anywhere">
                                {after}
                            </td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    let more = move || desk.counts().all().saturating_sub(MOST);
    view! {
        <Table
            caption=words::UNSAVED
            columns=vec![
                ("col-sm", words::COLUMN_CHANGE.into()),
                ("", words::COLUMN_NAME.into()),
                ("", words::COLUMN_BEFORE.into()),
                ("", words::COLUMN_AFTER.into()),
            ]
            fixed=false
        >
            {rows}
        </Table>
        {move || (more() > 0).then(|| view! { <p class="faint t-sm">{words::and_more(more())}</p> })}
    }
}

/// Two people changed the same secrets: a choice for each.
#[component]
pub(super) fn Conflict(saver: Saver) -> impl IntoView {
    let theirs_wins = RwSignal::new(HashSet::<RowKey>::new());
    let shown = RwSignal::new(false);
    let busy = Signal::derive(move || saver.running.read().is_some());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        saver.settle(&theirs_wins.get_untracked());
    };
    let none = Signal::derive(move || {
        saver
            .conflict
            .read()
            .as_ref()
            .is_none_or(|clash| clash.collisions.is_empty())
    });
    view! {
        <Dialog
            open=saver.conflicting
            title=words::CONFLICT_TITLE
            note=words::CONFLICT_LEAD
            close_word=text::CLOSE
            wide=true
            busy
            on_close=move || {
                shown.set(false);
                theirs_wins.update(HashSet::clear);
            }
        >
            <form class="dialog__form" on:submit=submit>
                <div class="dialog__body stack">
                    {move || {
                        if none.get() {
                            return view! { <p>{words::CONFLICT_NONE}</p> }.into_any();
                        }
                        let shown = shown.get();
                        saver
                            .conflict
                            .get()
                            .map(|clash| view! { <Sides clash saver shown theirs_wins /> })
                            .into_any()
                    }}
                </div>
                <Foot
                    open=saver.conflicting
                    shown
                    busy
                    verb=Signal::derive(move || {
                        if none.get() { words::CONFLICT_SAVE_MINE } else { words::CONFLICT_SAVE }.to_owned()
                    })
                />
            </form>
        </Dialog>
    }
}

/// The foot of a dialog that saves: the values or none, back to the table, and saving.
#[component]
fn Foot(
    open: RwSignal<bool>,
    shown: RwSignal<bool>,
    busy: Signal<bool>,
    verb: Signal<String>,
) -> impl IntoView {
    view! {
        <DialogFoot>
            <Button kind=ButtonKind::Ghost on_press=move || shown.update(|shown| *shown = !*shown)>
                {move || if shown.get() { words::HIDE_VALUES } else { words::SHOW_VALUES }}
            </Button>
            <span class="ms-auto"></span>
            <Button disabled=busy on_press=move || open.set(false)>
                {words::KEEP_EDITING}
            </Button>
            <Button kind=ButtonKind::Primary submit=true busy>
                {move || verb.get()}
            </Button>
        </DialogFoot>
    }
}

#[component]
fn Sides(clash: Clash, saver: Saver, shown: bool, theirs_wins: RwSignal<HashSet<RowKey>>) -> impl IntoView {
    clash
        .collisions
        .iter()
        .map(|collision| {
            let key = collision.key;
            let slot = match key {
                RowKey::Slot(slot) => Some(slot),
                RowKey::Staged(_) => None,
            };
            let base = slot.and_then(|slot| clash.base.reveal(&slot).ok()).map_or_else(
                || words::NONE.to_owned(),
                |opened| hidden_unless(shown, &opened.value),
            );
            let mine = saver.desk.peek_draft(|draft| match draft.staged(key) {
                Some(Staged::New(to) | Staged::Changed { to, .. }) => hidden_unless(shown, &to.value),
                _ => words::GONE.to_owned(),
            });
            let theirs = collision
                .theirs
                .as_ref()
                .and_then(|theirs| clash.theirs.reveal(&theirs.slot).ok())
                .map_or_else(
                    || words::GONE.to_owned(),
                    |opened| hidden_unless(shown, &opened.value),
                );
            let group = unique_id("conflict");
            let choose = move |theirs: bool| {
                theirs_wins.update(|wins| {
                    if theirs {
                        wins.insert(key);
                    } else {
                        wins.remove(&key);
                    }
                });
            };
            view! {
                <fieldset class="stack stack-2 environment-conflict">
                    <legend class="key mono">{collision.name.clone()}</legend>
                    <p class="faint t-sm">
                        {words::CONFLICT_BASE} ": " <span class="mono anywhere">{base}</span>
                    </p>
                    <div class="cols-2">
                        <label class="option">
                            <input
                                type="radio"
                                name=group.clone()
                                prop:checked=move || !theirs_wins.read().contains(&key)
                                on:change=move |_| choose(false)
                            />
                            <span>
                                {words::CONFLICT_MINE}
                                <small class="mono anywhere">{mine}</small>
                            </span>
                        </label>
                        <label class="option">
                            <input
                                type="radio"
                                name=group
                                prop:checked=move || theirs_wins.read().contains(&key)
                                on:change=move |_| choose(true)
                            />
                            <span>
                                {words::CONFLICT_THEIRS}
                                <small class="mono anywhere">{theirs}</small>
                            </span>
                        </label>
                    </div>
                </fieldset>
            }
        })
        .collect_view()
}

fn hidden_unless(shown: bool, value: &str) -> String {
    if shown {
        value.to_owned()
    } else {
        words::MASK.to_owned()
    }
}

/// Changes that one call to the server saves.
const PART: usize = 500;
/// Changes that the review lists; the rest is counted.
const MOST: usize = 200;
