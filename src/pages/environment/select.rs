//! Ticking rows, and the bar of what can be done with those that are ticked.

use std::sync::Arc;

use leptos::{ev, prelude::*};

use super::{Place, row::Acts};
use crate::{
    platform::page,
    state::{
        access::MOST_WANTED,
        desk::Desk,
        environment::{Row, path_is_fine},
        selection::Selection,
        shares::MOST_TOGETHER,
    },
    text::{self, access as access_words, environment as words},
    ui::*,
};

/// The rows that the folder or the search shows.
pub(super) type Shown = Memo<Arc<Vec<Row>>>;

/// Ticks rows by where they stand in the table.
#[derive(Clone, Copy)]
pub(super) struct Ticker {
    desk: Desk,
    rows: Shown,
}

impl Ticker {
    /// For one table.
    pub(super) fn new(desk: Desk, rows: Shown) -> Self {
        Self { desk, rows }
    }

    /// Ticks one or takes its tick away.
    pub(super) fn toggle(self, index: usize) {
        self.tick(|ticked, rows| {
            if let Some(row) = rows.get(index) {
                ticked.toggle(row.key);
            }
        });
    }

    /// The same of all from the one before.
    pub(super) fn reach(self, index: usize) {
        self.tick(|ticked, rows| ticked.reach(rows, index));
    }

    /// Takes the next one along.
    pub(super) fn step(self, from: usize, to: usize) {
        self.tick(|ticked, rows| ticked.step(rows, from, to));
    }

    fn tick(self, change: impl FnOnce(&mut Selection, &[Row])) {
        self.rows
            .with_untracked(|rows| self.desk.tick(|ticked| change(ticked, rows)));
    }
}

/// Takes all ticks away; false when there were none. Who stands on the bar, which goes, is brought back to the table.
pub(super) fn clear(desk: Desk) -> bool {
    if untrack(|| desk.ticked(Selection::is_empty)) {
        return false;
    }
    let on_bar = document()
        .active_element()
        .is_some_and(|focused| focused.closest(".selectbar").ok().flatten().is_some());
    desk.tick(Selection::clear);
    if on_bar {
        // What was done may have drawn rows anew.
        request_animation_frame(back_to_table);
    }
    true
}

/// The box above all others: everything that is shown.
#[component]
pub(super) fn TickAll(ticker: Ticker) -> impl IntoView {
    let ticks = Memo::new(move |_| {
        ticker.rows.with(|rows| {
            let among = ticker.desk.ticked(|ticked| ticked.among(rows));
            (among, among == rows.len())
        })
    });
    let all = move || matches!(ticks.get(), (1.., true));
    let some = move || matches!(ticks.get(), (1.., false));
    view! {
        <label class="secret-table__all">
            <input
                type="checkbox"
                prop:checked=all
                prop:indeterminate=some
                on:change=move |_| {
                    let all = untrack(all);
                    ticker.tick(|ticked, rows| ticked.put_all(rows, !all));
                }
            />
            <span>{words::SELECT_ALL}</span>
        </label>
    }
}

/// How many are ticked, and what can be done with them.
#[component]
pub(super) fn SelectBar(rows: Shown, acts: Acts, moving: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let writes = Place::expect().writes;
    let tally = Memo::new(move |_| desk.tally());
    let any = Memo::new(move |_| tally.get().all > 0);
    let said = Memo::new(move |_| {
        let all = tally.get().all;
        let shown = rows.with(|rows| desk.ticked(|ticked| ticked.among(rows)));
        words::selected(all, all.saturating_sub(shown))
    });
    // Why not, for each act.
    let closed = move || {
        let closed = tally.get().closed;
        (closed > 0).then(|| words::selected_closed(closed))
    };
    let going = move || {
        let going = tally.get().going;
        (going > 0).then(|| words::selected_going(going))
    };
    let all_going = move || going().filter(|_| tally.get().going == tally.get().all);
    let sharing = Memo::new(move |_| {
        let unsaved = desk.counts().all() > 0;
        let many = tally.get().all > MOST_TOGETHER;
        unsaved
            .then(|| words::SAVE_BEFORE_SHARING.to_owned())
            .or_else(closed)
            .or_else(|| many.then(|| words::most_shared(MOST_TOGETHER)))
    });
    let asking = Memo::new(move |_| {
        let many = !writes && tally.get().all > MOST_WANTED;
        many.then(|| words::most_asked(MOST_WANTED))
    });
    let copying = Memo::new(move |_| {
        let doubled = tally.get().same_name;
        closed()
            .or_else(going)
            .or_else(|| doubled.then(|| words::SAME_NAME.to_owned()))
    });
    let placing = Memo::new(move |_| if writes { closed().or_else(all_going) } else { None });
    let deleting = Memo::new(move |_| if writes { all_going() } else { None });
    let why = Memo::new(move |_| {
        let mut reasons: Vec<String> = Vec::new();
        for reason in [sharing, asking, copying, placing, deleting] {
            if let Some(reason) = reason.get()
                && !reasons.contains(&reason)
            {
                reasons.push(reason);
            }
        }
        reasons.join(" ")
    });
    let spoken = Memo::new(move |before: Option<&String>| {
        if any.get() {
            format!("{}. {}", said.get(), why.get()).trim().to_owned()
        } else if before.is_some_and(|before| !before.is_empty()) {
            words::SELECTION_CLEARED.to_owned()
        } else {
            String::new()
        }
    });
    // The bar came, or became taller.
    Effect::new(move |_| {
        said.track();
        why.track();
        if any.get() {
            request_animation_frame(uncover);
        }
    });
    let off = |reason: Memo<Option<String>>| Signal::derive(move || reason.read().is_some());
    view! {
        <p class="sr-only" role="status">
            {move || spoken.get()}
        </p>
        <Show when=move || any.get()>
            <section class="selectbar" aria-label=words::SELECTION>
                <b class="nowrap">{move || said.get()}</b>
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Ghost
                    on_press=move || {
                        clear(desk);
                    }
                >
                    {words::CLEAR_SELECTION}
                </Button>
                <span class="selectbar__acts">
                    <Button
                        size=ButtonSize::Small
                        glyph=Glyph::Share
                        disabled=off(sharing)
                        on_press=move || acts.share(desk, &desk.ticked_rows())
                    >
                        {words::SHARE_SELECTED}
                    </Button>
                    {(!writes)
                        .then(|| {
                            view! {
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Hourglass
                                    disabled=off(asking)
                                    on_press=move || acts.ask(&desk.ticked_rows())
                                >
                                    {access_words::REQUEST_ACCESS}
                                </Button>
                            }
                        })}
                    <Button
                        size=ButtonSize::Small
                        glyph=Glyph::Copy
                        disabled=off(copying)
                        on_press=move || acts.copy_pairs(desk, &desk.ticked_rows())
                    >
                        {words::COPY_DOTENV}
                    </Button>
                    {writes
                        .then(|| {
                            view! {
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Folder
                                    disabled=off(placing)
                                    on_press=move || moving.set(true)
                                >
                                    {words::MOVE}
                                </Button>
                                <Button
                                    size=ButtonSize::Small
                                    kind=ButtonKind::Danger
                                    glyph=Glyph::Trash
                                    disabled=off(deleting)
                                    on_press=move || {
                                        acts.delete(desk, &desk.ticked_rows());
                                        clear(desk);
                                    }
                                >
                                    {text::DELETE}
                                </Button>
                            }
                        })}
                </span>
                {move || (!why.read().is_empty()).then(|| view! { <p class="selectbar__why">{why.get()}</p> })}
            </section>
        </Show>
    }
}

/// Asks for the folder that the ticked secrets go to.
#[component]
pub(super) fn MoveDialog(open: RwSignal<bool>, acts: Acts) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let title = Signal::derive(move || words::move_title(desk.ticked(Selection::len)));
    view! {
        <Dialog open title note=words::EDIT_LEAD close_word=text::CLOSE>
            <MoveForm open acts />
        </Dialog>
    }
}

#[component]
fn MoveForm(open: RwSignal<bool>, acts: Acts) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let folder = RwSignal::new(Place::expect().folder.get_untracked());
    let error = RwSignal::new(None::<String>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let folder = folder.get_untracked().trim().to_owned();
        if !path_is_fine(&folder) {
            error.set(Some(words::FOLDER_BAD.to_owned()));
            return;
        }
        match acts.move_to(desk, &desk.ticked_rows(), &folder) {
            Ok(()) => {
                open.set(false);
                desk.tick(Selection::clear);
                // The dialog gives the focus back to the bar, which is gone.
                request_animation_frame(back_to_table);
            }
            Err(why) => error.set(Some(why)),
        }
    };
    view! {
        <form class="dialog__form" on:submit=submit>
            <div class="dialog__body">
                <TextField label=words::FOLDER_LABEL value=folder error mono=true autofocus=true />
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::Ghost on_press=move || open.set(false)>
                    {text::CANCEL}
                </Button>
                <Button kind=ButtonKind::Primary submit=true>
                    {words::STAGE}
                </Button>
            </DialogFoot>
        </form>
    }
}

/// How far down nothing covers the page, in CSS pixels of the window.
pub(super) fn free_until() -> f64 {
    let bars = document().query_selector(".bars").ok().flatten();
    let top = bars.map_or(f64::INFINITY, |bars| bars.get_bounding_client_rect().top());
    top.min(screen_height())
}

/// The window's height in CSS pixels.
pub(super) fn screen_height() -> f64 {
    let height = window().inner_height().ok();
    height.and_then(|height| height.as_f64()).unwrap_or(800.0)
}

/// Scrolls so far that the bar covers nothing of the row that has the focus (WCAG 2.4.11).
fn uncover() {
    let row = document()
        .active_element()
        .and_then(|focused| focused.closest(".secret-row").ok().flatten());
    let Some(row) = row else { return };
    let place = row.get_bounding_client_rect();
    let over = place.bottom() - free_until();
    if over > 0.0 && place.top() < screen_height() {
        window().scroll_by_with_x_and_y(0.0, over + AIR);
    }
}

/// Focuses the row that was in use, or else the box above all.
fn back_to_table() {
    let _found = page::focus(".secret-table [data-selected]") || page::focus(".secret-table thead input");
}

/// CSS pixels between a row and what is over the page.
const AIR: f64 = 8.0;
