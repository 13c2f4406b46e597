//! The table of secrets: search, the rows near the screen, and the keys that move through them.

use std::slice::from_ref;

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast;

use super::{
    Place,
    editor::Target,
    import::{EmptyEnvironment, Import},
    row::{Acts, SecretRow},
    save::Saver,
    select::{Shown, TickAll, Ticker, clear, free_until, screen_height},
};
use crate::{
    components::windowed::windowed,
    platform::{clock, keys, visibility},
    routes::{Path, use_path},
    state::{desk::Desk, environment::Row},
    text::environment as words,
    ui::*,
};

/// Search box, table, and the keys of the page.
#[component]
pub(super) fn SecretTable(
    rows: Shown,
    acts: Acts,
    editing: RwSignal<Option<Target>>,
    importing: RwSignal<Option<Import>, LocalStorage>,
    saver: Saver,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let count = Signal::derive(move || rows.read().len());
    let body = NodeRef::<html::Tbody>::new();
    let slice = windowed(body, count);
    let active = RwSignal::new(None::<usize>);
    let searching = Memo::new(move |_| desk.found().is_some());
    let ticker = Ticker::new(desk, rows);

    // Revealed values hide after their time, and at once when the tab is hidden.
    clock::every(std::time::Duration::from_secs(1), move || {
        desk.expire(clock::now())
    });
    let hidden = visibility::hidden();
    Effect::new(move |_| {
        if hidden.get() {
            desk.hide_all();
        }
    });

    let search = NodeRef::<html::Input>::new();
    let go = move |to: usize, part: Part| {
        active.set(Some(to));
        focus_row(body, slice.get_untracked().row, to, part);
    };
    let with_active = move |act: &dyn Fn(&Row)| {
        let rows = rows.read_untracked();
        if let Some(row) = active.get_untracked().and_then(|index| rows.get(index)) {
            act(row);
        }
    };
    // `g` and a letter goes somewhere (the shell hears both); such a letter does nothing here.
    let after_g = StoredValue::new(0_u64);
    keys::on_key(move |event| {
        let control = event.ctrl_key() || event.meta_key();
        let going = clock::monotonic().saturating_sub(after_g.get_value()) < GO_MS;
        after_g.set_value(if event.key() == "g" { clock::monotonic() } else { 0 });
        if going && !control {
            return;
        }
        let last = count.get_untracked().checked_sub(1);
        match (control, event.key().as_str()) {
            (false, "Escape") => {
                // What closes a menu takes no ticks away.
                if event.default_prevented() || menu_is_open() || !clear(desk) {
                    return;
                }
            }
            (true, "s") => saver.review(),
            (true, _) => return,
            (false, "j") => {
                let Some(last) = last else { return };
                let next = active.get_untracked().map_or(0, |at| (at + 1).min(last));
                go(next, Part::Row);
            }
            (false, "k") => {
                let Some(last) = last else { return };
                let previous = active
                    .get_untracked()
                    .map_or(0, |at| at.saturating_sub(1).min(last));
                go(previous, Part::Row);
            }
            (false, "r") => with_active(&|row| acts.toggle(desk, row)),
            (false, "c") => with_active(&|row| acts.copy(desk, row)),
            (false, "e") => with_active(&|row| acts.edit(row)),
            (false, "s") => with_active(&|row| acts.share(desk, from_ref(row))),
            (false, "h") => with_active(&|row| acts.history(row)),
            (false, "/") => {
                if let Some(search) = search.get_untracked() {
                    drop(search.focus());
                    search.select();
                }
            }
            _ => return,
        }
        event.prevent_default();
    });

    // These belong to what has the focus, and so work without single letters as well.
    let keyed = move |event: ev::KeyboardEvent| {
        let Some((index, part)) = event.target().and_then(part_of) else {
            return;
        };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match (event.shift_key(), event.key().as_str()) {
            (false, " ") if part == Part::Row => ticker.toggle(index),
            (true, " ") => ticker.reach(index),
            (true, step @ ("ArrowDown" | "ArrowUp")) => {
                let to = match step {
                    "ArrowUp" => index.checked_sub(1),
                    _ => Some(index + 1).filter(|to| *to < count.get_untracked()),
                };
                if let Some(to) = to {
                    ticker.step(index, to);
                    go(to, part);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    // A box would be pressed by the key that has been used for a range.
    let let_go = move |event: ev::KeyboardEvent| {
        if event.shift_key() && event.key() == " " && event.target().and_then(part_of).is_some() {
            event.prevent_default();
        }
    };

    let empty = move || count.get() == 0;
    view! {
        <SearchBox node=search />
        <Show
            when=move || !empty()
            fallback=move || {
                if searching.get() {
                    view! {
                        <section class="card">
                            <Empty title=words::SEARCH_NOTHING text=words::SEARCH_NOTHING_BODY art=EmptyArt::Done />
                        </section>
                    }
                        .into_any()
                } else {
                    view! { <EmptyEnvironment editing importing /> }.into_any()
                }
            }
        >
            <div class="table-wrap">
                <table
                    class="table table--cards table--fixed secret-table"
                    role="table"
                    aria-rowcount=move || count.get() + 1
                >
                    <caption class="sr-only">
                        {move || format!("{}: {}", words::CAPTION_NAME, words::counted(count.get()))}
                    </caption>
                    <thead role="rowgroup">
                        <tr role="row" aria-rowindex="1">
                            <th scope="col" role="columnheader" class="col-check">
                                <TickAll ticker />
                            </th>
                            <th scope="col" role="columnheader" class="col-name">
                                {words::COLUMN_NAME}
                            </th>
                            <th scope="col" role="columnheader">
                                {words::COLUMN_VALUE}
                            </th>
                            <th scope="col" role="columnheader" class="col-act2">
                                <span class="sr-only">{words::COLUMN_ACTIONS}</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody
                        node_ref=body
                        role="rowgroup"
                        on:focusin=move |event| {
                            if let Some(index) = event.target().and_then(index_of) {
                                active.set(Some(index));
                            }
                        }
                        on:keydown=keyed
                        on:keyup=let_go
                    >
                        <tr
                            class="secret-table__space"
                            aria-hidden="true"
                        >
                            <td colspan="4" style:height=move || format!("{}px", slice.get().before)></td>
                        </tr>
                        <For
                            each=move || {
                                let (rows, slice) = (rows.get(), slice.get());
                                let end = slice.end.min(rows.len());
                                (slice.start.min(end)..end)
                                    .filter_map(|index| rows.get(index).map(|row| (index, row.clone())))
                                    .collect::<Vec<_>>()
                            }
                            key=|(index, row)| (*index, row.clone())
                            let((index, row))
                        >
                            <SecretRow row index acts ticker wide=searching active />
                        </For>
                        <tr
                            class="secret-table__space"
                            aria-hidden="true"
                        >
                            <td colspan="4" style:height=move || format!("{}px", slice.get().after)></td>
                        </tr>
                    </tbody>
                </table>
            </div>
        </Show>
    }
}

/// The search over names and values. Its text goes into the address only if some name contains it: the server knows
/// the names, and a value must never get there.
#[component]
fn SearchBox(node: NodeRef<html::Input>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let path = use_path();
    let navigate = use_navigate();
    let wanted = Memo::new(move |_| match &*path.read() {
        Some(Path::Environment { search, .. }) => search.clone(),
        _ => String::new(),
    });
    let written = StoredValue::new(String::new());
    let seen = StoredValue::new(None::<String>);

    // What stands in the address is searched for, unless this box put it there.
    Effect::new(move |_| {
        let (wanted, folder) = (wanted.get(), place.folder.get());
        let came_from_here = written.get_value() == wanted;
        let moved =
            seen.try_update_value(|seen| seen.replace(folder.clone()) != Some(folder.clone())) == Some(true);
        if came_from_here && !moved {
            return;
        }
        written.set_value(wanted.clone());
        if let Some(input) = node.get() {
            input.set_value(&wanted);
        }
        desk.search(wanted);
    });
    Effect::new(move |_| {
        let found = desk.found();
        let fit = match &found {
            Some(found) if !found.is_complete() && !found.named => return,
            Some(found) if found.named => found.needle.clone(),
            _ => String::new(),
        };
        if written.get_value() != fit {
            written.set_value(fit.clone());
            let address = place.at(&place.folder.get_untracked(), &fit).to_string();
            navigate(
                &address,
                NavigateOptions {
                    replace: true,
                    scroll: false,
                    ..Default::default()
                },
            );
        }
    });
    let typed = move |text: String| desk.search(text);
    view! {
        <div class="toolbar" role="search">
            <div class="input-group search">
                <Icon glyph=Glyph::Search />
                <input
                    node_ref=node
                    class="input"
                    type="search"
                    aria-label=words::SEARCH_LABEL
                    placeholder=words::SEARCH_LABEL
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    on:input=move |event| typed(event_target_value(&event))
                    on:keydown=move |event| {
                        if event.key() == "Escape"
                            && let Some(input) = node.get_untracked()
                        {
                            event.prevent_default();
                            if input.value().is_empty() {
                                drop(input.blur());
                            } else {
                                input.set_value("");
                                desk.search(String::new());
                            }
                        }
                    }
                />
                <kbd>"/"</kbd>
            </div>
            <span class="faint t-sm" role="status">
                {move || {
                    desk.found()
                        .map(|found| {
                            if found.is_complete() {
                                format!("{} {}", words::found(found.slots.len()), words::SEARCH_LOCAL)
                            } else {
                                words::searching(found.done, found.all)
                            }
                        })
                }}
            </span>
        </div>
    }
}

/// What of a row has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The row itself.
    Row,
    /// Its box.
    Tick,
}

/// The row that has the focus itself, or by its box.
fn part_of(target: web_sys::EventTarget) -> Option<(usize, Part)> {
    let element: &web_sys::Element = target.dyn_ref()?;
    let is = |selector| element.matches(selector).unwrap_or(false);
    let part = if is("[data-row]") {
        Part::Row
    } else if is(".secret-row__tick > input") {
        Part::Tick
    } else {
        return None;
    };
    Some((index_of(target)?, part))
}

fn menu_is_open() -> bool {
    document()
        .query_selector(":popover-open")
        .ok()
        .flatten()
        .is_some()
}

fn index_of(target: web_sys::EventTarget) -> Option<usize> {
    let element: web_sys::Element = target.dyn_into().ok()?;
    element
        .closest("[data-row]")
        .ok()
        .flatten()?
        .get_attribute("data-row")?
        .parse()
        .ok()
}

/// Scrolls a row into view and focuses it, once it is drawn.
fn focus_row(body: NodeRef<html::Tbody>, height: f64, index: usize, part: Part) {
    let Some(table) = body.get_untracked() else { return };
    let rect = table.get_bounding_client_rect();
    let edge = free_until().min(screen_height() - EDGE_BOTTOM);
    let top = rect.top() + index as f64 * height;
    let wanted = if top < EDGE_TOP {
        Some(top - EDGE_TOP)
    } else if top + height > edge {
        Some(top + height - edge)
    } else {
        None
    };
    if let Some(by) = wanted {
        window().scroll_by_with_x_and_y(0.0, by);
    }
    // One frame for the scroll to be heard, one for the rows to be drawn.
    request_animation_frame(move || {
        request_animation_frame(move || {
            let Some(Some(table)) = body.try_get_untracked() else {
                return;
            };
            let part = match part {
                Part::Row => "",
                Part::Tick => " .secret-row__tick > input",
            };
            let row = table
                .query_selector(&format!("[data-row=\"{index}\"]{part}"))
                .ok()
                .flatten();
            if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
                drop(row.focus());
            }
        });
    });
}

/// How long a `g` waits for its letter, in milliseconds, as in the shell.
const GO_MS: u64 = 1_500;
/// What the shell's bars cover.
const EDGE_TOP: f64 = 64.0;
const EDGE_BOTTOM: f64 = 96.0;
