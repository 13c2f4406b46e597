//! One row of the table.

use std::{
    collections::{HashMap, HashSet},
    slice::from_ref,
};

use coffer_client::{Class, SealError, SharedSecret, WantedItem, write_dotenv};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_navigate;
use web_sys::FocusOptions;
use zeroize::Zeroizing;

use super::{Place, editor::Target, history, select::Ticker, words::of_class};
use crate::{
    platform::clock,
    routes::{AskForm, Path},
    state::{
        access::lines_of,
        clipboard::Clipboard,
        desk::{Desk, SHOWN_FOR},
        environment::{Fields, Mark, Origin, Row, RowKey, Staged},
        shares::Prefill,
        toasts::Toasts,
    },
    text::{self, environment as words},
    ui::*,
};

/// What can be done with rows, by button, menu or key.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    editing: RwSignal<Option<Target>>,
    past: history::Asked,
    place: Place,
    clipboard: Clipboard,
    toasts: Toasts,
    go: Callback<String>,
    /// The page's own owner: rows come and go with every edit, and what undoes one must not go with them.
    home: StoredValue<Owner>,
}

impl Acts {
    /// The acts of this page.
    pub(super) fn new(editing: RwSignal<Option<Target>>, past: history::Asked, place: Place) -> Self {
        let navigate = StoredValue::new_local(use_navigate());
        Self {
            editing,
            past,
            place,
            clipboard: Clipboard::expect(),
            toasts: Toasts::expect(),
            home: StoredValue::new(Owner::current().unwrap_or_default()),
            go: Callback::new(move |to: String| {
                navigate.with_value(|navigate| navigate(&to, Default::default()));
            }),
        }
    }

    /// Reveals or hides a value.
    pub(super) fn toggle(self, desk: Desk, row: &Row) {
        if row.mark == Mark::Deleted || desk.open(row.key).is_err() {
            return;
        }
        if untrack(|| desk.shown_until(row.key)).is_some() {
            desk.hide(&[row.key]);
        } else {
            desk.show(row.key);
        }
    }

    /// Copies a value without showing it.
    pub(super) fn copy(self, desk: Desk, row: &Row) {
        if let Ok(opened) = desk.open(row.key) {
            self.clipboard.copy_secret(opened.value, row.name.clone());
        }
    }

    /// Copies `KEY=value` of each, quoted as a `.env` needs it.
    pub(super) fn copy_pairs(self, desk: Desk, rows: &[Row]) {
        let Some(opened) = self.open(desk, rows) else {
            return;
        };
        let pairs: Vec<(&str, &str)> = opened
            .iter()
            .map(|secret| (secret.name.as_str(), secret.value.as_str()))
            .collect();
        let pairs = write_dotenv(&pairs);
        let pairs = Zeroizing::new(pairs.trim_end_matches('\n').to_owned());
        self.clipboard.copy_secret(pairs, named(rows));
    }

    /// Copies the name.
    pub(super) fn copy_name(self, row: &Row) {
        self.clipboard.copy_plain(row.name.clone(), words::COPIED_NAME);
    }

    /// Opens the editor.
    pub(super) fn edit(self, row: &Row) {
        if self.place.writes && row.mark != Mark::Deleted {
            self.editing.set(Some(Target::Row(row.clone())));
        }
    }

    /// Tells the past of a saved secret.
    pub(super) fn history(self, row: &Row) {
        if let RowKey::Slot(slot) = row.key {
            self.past.set(Some((slot, row.name.clone())));
        }
    }

    /// Carries the values, in memory, to the page that makes a link of them.
    pub(super) fn share(self, desk: Desk, rows: &[Row]) {
        // The page is left without a question: nothing staged may be lost.
        if desk.is_dirty() {
            self.toasts.say_with(Glyph::Alert, words::SAVE_BEFORE_SHARING);
            return;
        }
        let Some(secrets) = self.open(desk, rows) else {
            return;
        };
        let name = self.place.name.get_value();
        let place = match rows {
            [first, rest @ ..] if rest.iter().all(|row| row.path == first.path) => {
                format!("{name} {}", first.path)
            }
            _ => name,
        };
        Prefill { secrets, place }.hand_over();
        self.go.run(Path::NewShare.to_string());
    }

    /// Goes to the form that asks for access to them. Who can read asks for what they propose.
    pub(super) fn ask(self, rows: &[Row]) {
        let wanted: Vec<WantedItem> = rows
            .iter()
            .map(|row| WantedItem::Secret(row.path.clone(), row.name.clone()))
            .collect();
        let (folder, names) = lines_of(&wanted);
        let form = AskForm {
            environment: self.place.slug.get_value(),
            folder,
            names,
            propose: true,
            ..AskForm::default()
        };
        let project = self.place.project.get_value();
        self.go.run(Path::Ask { project, form }.to_string());
    }

    /// Stages deletions, with a way back.
    pub(super) fn delete(self, desk: Desk, rows: &[Row]) {
        if !self.place.writes {
            return;
        }
        let rows: Vec<Row> = rows
            .iter()
            .filter(|row| row.mark != Mark::Deleted)
            .cloned()
            .collect();
        let keys: HashSet<RowKey> = rows.iter().map(|row| row.key).collect();
        // What is new simply goes.
        let staged = desk.peek(|environment| {
            let entries = environment.entries().iter();
            let wanted = entries.filter(|entry| keys.contains(&RowKey::Slot(entry.slot)));
            wanted.map(|entry| Staged::Deleted(Origin::from(entry))).collect()
        });
        self.restage(
            desk,
            &rows,
            staged,
            Glyph::Trash,
            words::deleted_toast(&named(&rows), rows.len()),
        );
    }

    /// Stages that they go to another folder, with a way back; or says why they cannot.
    pub(super) fn move_to(self, desk: Desk, rows: &[Row], folder: &str) -> Result<(), String> {
        let rows: Vec<Row> = rows
            .iter()
            .filter(|row| row.mark != Mark::Deleted && row.path != folder)
            .cloned()
            .collect();
        let taken = desk.peek(|environment| {
            desk.peek_draft(|draft| draft.taken_by(environment.entries(), folder, &rows))
        });
        if let Some(taken) = taken {
            return Err(words::move_taken(&taken));
        }
        let origins: HashMap<RowKey, Origin> = desk.peek(|environment| {
            let entries = environment.entries().iter();
            entries
                .map(|entry| (RowKey::Slot(entry.slot), Origin::from(entry)))
                .collect()
        });
        let mut staged = Vec::with_capacity(rows.len());
        for row in &rows {
            let Ok(opened) = desk.open(row.key) else {
                return Err(words::does_not_open(&row.name));
            };
            let to = Fields {
                path: folder.to_owned(),
                name: row.name.clone(),
                value: opened.value,
                comment: opened.comment,
                owner: opened.owner,
            };
            let content = desk.peek_draft(|draft| {
                matches!(draft.staged(row.key), Some(Staged::Changed { content: true, .. }))
            });
            match origins.get(&row.key) {
                None => staged.push(Staged::New(to)),
                // Back where it was, unchanged: nothing is left to stage.
                Some(from) if !content && from.path == to.path && from.name == to.name => {}
                Some(from) => staged.push(Staged::Changed {
                    from: from.clone(),
                    to,
                    content,
                }),
            }
        }
        self.restage(
            desk,
            &rows,
            staged,
            Glyph::Folder,
            words::moved_toast(&named(&rows), rows.len(), folder),
        );
        Ok(())
    }

    /// Stages something else for rows, with a way back.
    fn restage(self, desk: Desk, rows: &[Row], staged: Vec<Staged>, glyph: Glyph, said: String) {
        if rows.is_empty() {
            return;
        }
        let keys: Vec<RowKey> = rows.iter().map(|row| row.key).collect();
        let before: Vec<Staged> = desk.peek_draft(|draft| {
            let staged = keys.iter().filter_map(|key| draft.staged(*key));
            staged.cloned().collect()
        });
        desk.hide(&keys);
        let Some(now) = desk.change(|draft| draft.restage(&keys, staged)) else {
            return;
        };
        // Coming back takes the place of whatever is staged for them by then.
        let keys: Vec<RowKey> = keys.into_iter().chain(now).collect();
        let (on_undo, on_end) = self.home.get_value().with(|| {
            let before = StoredValue::new_local(Some(before));
            let on_undo = Callback::new(move |()| {
                let before = before.try_update_value(Option::take).flatten();
                desk.change(|draft| draft.restage(&keys, before.unwrap_or_default()));
            });
            let on_end = Callback::new(move |()| {
                before.try_set_value(None);
            });
            (on_undo, on_end)
        });
        self.toasts
            .undo(glyph, said, text::UNDO, UNDO_SECONDS, on_undo, on_end);
    }

    /// Opens all of them, or says which one does not.
    fn open(self, desk: Desk, rows: &[Row]) -> Option<Vec<SharedSecret>> {
        let opened = rows.iter().map(|row| match desk.open(row.key) {
            Ok(opened) => Ok(SharedSecret {
                name: row.name.clone(),
                value: opened.value,
            }),
            Err(_) => Err(row.name.as_str()),
        });
        match opened.collect() {
            Ok(opened) => Some(opened),
            Err(name) => {
                self.toasts.say_with(Glyph::Alert, words::does_not_open(name));
                None
            }
        }
    }

    /// Takes back what is staged for a row.
    pub(super) fn undo(self, desk: Desk, row: &Row) {
        desk.change(|draft| draft.undo(row.key));
    }
}

/// One secret, masked until somebody asks.
#[component]
pub(super) fn SecretRow(
    row: Row,
    index: usize,
    acts: Acts,
    ticker: Ticker,
    wide: Memo<bool>,
    active: RwSignal<Option<usize>>,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let key = row.key;
    let deleted = row.mark == Mark::Deleted;
    // Opened once for what may stand on the page: the comment, the number of lines, whether the seal holds.
    let opened = if deleted { None } else { Some(desk.open(key)) };
    let (lines, comment, fault) = match &opened {
        Some(Ok(opened)) => (opened.lines, opened.comment.as_str().to_owned(), None),
        Some(Err(error)) => (0, String::new(), Some(*error)),
        None => (0, String::new(), None),
    };
    let broken = fault.is_some();
    drop(opened);
    let until = Memo::new(move |_| desk.shown_until(key));
    let shown = Memo::new(move |_| until.get().is_some());
    let name = row.name.clone();
    let path = row.path.clone();
    let class = row.class;
    let (tone, glyph, class_words, advice) = of_class(class);
    let finding = class != Class::Ok;
    let mark = match row.mark {
        Mark::Saved => None,
        Mark::New => Some((Tone::Positive, words::NEW)),
        Mark::Changed => Some((Tone::Caution, words::CHANGED)),
        Mark::Deleted => Some((Tone::Danger, words::DELETED)),
    };
    let kept = StoredValue::new(row.clone());
    let label = StoredValue::new(name.clone());
    let value = move || {
        if deleted {
            return view! { <span class="faint">{words::DELETED_ROW}</span> }.into_any();
        }
        if let Some(fault) = fault {
            let said = match fault {
                SealError::Missing => words::SEAL_MISSING,
                SealError::NotText => words::SEAL_NOT_TEXT,
                _ => words::SEAL_BAD,
            };
            return view! {
                <span class="row">
                    <Badge tone=Tone::Danger glyph=Glyph::ShieldAlert>
                        {said}
                    </Badge>
                    <span class="faint t-xs wide-only">{words::SEAL_DETAIL}</span>
                </span>
            }
            .into_any();
        }
        view! {
            <div class="secret" data-state=move || if shown.get() { "shown" } else { "masked" }>
                {move || {
                    if shown.get() {
                        let text = desk.open(key).map(|opened| opened.value.as_str().to_owned()).unwrap_or_default();
                        view! {
                            <span
                                class="secret__value"
                                tabindex="0"
                                role="group"
                                aria-label=label.with_value(|name| words::value_of(name))
                            >
                                {text}
                            </span>
                            <Countdown until />
                        }
                            .into_any()
                    } else {
                        view! {
                            <span class="secret__value" role="img" aria-label=words::hidden_value(lines)>
                                {words::MASK}
                            </span>
                            {(lines > 1).then(|| view! { <span class="secret__meta">{words::lines(lines)}</span> })}
                        }
                            .into_any()
                    }
                }}
                <span class="secret__acts">
                    <IconButton
                        label=Signal::derive(move || {
                            label.with_value(|name| if shown.get() { words::hide(name) } else { words::reveal(name) })
                        })
                        glyph=Signal::derive(move || if shown.get() { Glyph::EyeOff } else { Glyph::Eye })
                        pressed=shown
                        on_press=move || kept.with_value(|row| acts.toggle(desk, row))
                    />
                    <IconButton
                        label=label.with_value(|name| words::copy(name))
                        glyph=Glyph::Copy
                        on_press=move || kept.with_value(|row| acts.copy(desk, row))
                    />
                </span>
            </div>
        }
        .into_any()
    };
    let writes = place.writes;
    let ticked = Memo::new(move |_| desk.ticked(|ticked| ticked.contains(key)));
    let tick = NodeRef::<html::Input>::new();
    view! {
        <tr
            class="secret-row"
            role="row"
            data-row=index.to_string()
            data-state=row.mark.as_str()
            data-ticked=move || ticked.get().then_some("")
            data-selected=move || (active.get() == Some(index)).then_some("")
            aria-rowindex=(index + 2).to_string()
            tabindex="-1"
        >
            // All of the cell is the box. Held, Shift would select the text between two clicks.
            <td
                role="cell"
                class="secret-row__tick"
                on:mousedown=move |event| {
                    if event.shift_key() {
                        event.prevent_default();
                    }
                }
                on:click=move |event| {
                    if event.shift_key() {
                        ticker.reach(index);
                    } else {
                        ticker.toggle(index);
                    }
                    // Under the mouse nothing moves.
                    let options = FocusOptions::new();
                    options.set_prevent_scroll(true);
                    if let Some(tick) = tick.get_untracked() {
                        drop(tick.focus_with_options(&options));
                    }
                }
            >
                <input
                    node_ref=tick
                    type="checkbox"
                    aria-label=words::select(&name)
                    prop:checked=move || ticked.get()
                />
            </td>
            <th scope="row" role="rowheader">
                <div class="secret-row__name">
                    <span class="row">
                        <span class="key truncate" title=name.clone()>
                            {name.clone()}
                        </span>
                        {mark
                            .map(|(tone, word)| {
                                view! {
                                    <Badge tone>{word}</Badge>
                                }
                            })}
                        {finding
                            .then(|| {
                                view! {
                                    <span title=advice>
                                        <Badge tone glyph>
                                            {class_words}
                                        </Badge>
                                    </span>
                                }
                            })}
                    </span>
                    {move || {
                        let (path, comment) = (path.clone(), comment.clone());
                        (wide.get() || !comment.is_empty())
                            .then(|| {
                                view! {
                                    <span class="row t-xs faint truncate">
                                        {wide.get().then(|| view! { <span class="tag">{path}</span> })}
                                        <span class="truncate" title=comment.clone()>
                                            {comment.clone()}
                                        </span>
                                    </span>
                                }
                            })
                    }}
                </div>
            </th>
            <td role="cell" class="span">
                {value}
            </td>
            <td role="cell" class="acts">
                <div class="table__actions">
                    {(row.mark != Mark::Saved)
                        .then(|| {
                            view! {
                                <IconButton
                                    label=words::undo_of(&name)
                                    glyph=Glyph::Undo
                                    on_press=move || kept.with_value(|row| acts.undo(desk, row))
                                />
                            }
                        })}
                    {(!deleted)
                        .then(|| {
                            view! {
                                <Menu label=words::more_for(&name)>
                                    {writes
                                        .then(|| {
                                            view! {
                                                <MenuItem
                                                    glyph=Glyph::Pencil
                                                    on_press=move || kept.with_value(|row| acts.edit(row))
                                                >
                                                    {words::EDIT}
                                                </MenuItem>
                                            }
                                        })}
                                    {(!broken)
                                        .then(|| {
                                            view! {
                                                <MenuItem
                                                    glyph=Glyph::Lines
                                                    on_press=move || {
                                                        kept.with_value(|row| acts.copy_pairs(desk, from_ref(row)));
                                                    }
                                                >
                                                    {words::COPY_NAME_VALUE}
                                                </MenuItem>
                                            }
                                        })}
                                    <MenuItem
                                        glyph=Glyph::Copy
                                        on_press=move || kept.with_value(|row| acts.copy_name(row))
                                    >
                                        {words::COPY_NAME}
                                    </MenuItem>
                                    {(!broken)
                                        .then(|| {
                                            view! {
                                                <MenuItem
                                                    glyph=Glyph::Share
                                                    on_press=move || {
                                                        kept.with_value(|row| acts.share(desk, from_ref(row)));
                                                    }
                                                >
                                                    {words::SHARE}
                                                </MenuItem>
                                            }
                                        })}
                                    {matches!(key, RowKey::Slot(_))
                                        .then(|| {
                                            view! {
                                                <MenuItem
                                                    glyph=Glyph::History
                                                    on_press=move || kept.with_value(|row| acts.history(row))
                                                >
                                                    {words::HISTORY}
                                                </MenuItem>
                                            }
                                        })}
                                    {writes
                                        .then(|| {
                                            view! {
                                                <MenuRule />
                                                <MenuItem
                                                    glyph=Glyph::Trash
                                                    danger=true
                                                    on_press=move || {
                                                        kept.with_value(|row| acts.delete(desk, from_ref(row)));
                                                    }
                                                >
                                                    {text::DELETE}
                                                </MenuItem>
                                            }
                                        })}
                                </Menu>
                            }
                        })}
                </div>
            </td>
        </tr>
    }
}

/// One by its name, several by their number.
fn named(rows: &[Row]) -> String {
    match rows {
        [row] => row.name.clone(),
        rows => words::counted(rows.len()),
    }
}

/// How long a value still stays visible.
#[component]
fn Countdown(until: Memo<Option<u64>>) -> impl IntoView {
    let now = clock::seconds();
    let left = Memo::new(move |_| {
        until
            .get()
            .unwrap_or_default()
            .saturating_sub(now.get())
            .div_ceil(1_000)
    });
    view! {
        <span class="countdown faint t-xs">
            <Ring percent=Signal::derive(move || (left.get() * 100_000 / SHOWN_FOR) as u32) small=true />
            <span>{move || words::seconds(left.get())}</span>
        </span>
    }
}

/// WCAG wants ten seconds at least.
const UNDO_SECONDS: u64 = 12;
