//! Ctrl K: one field that finds secrets, places and acts, and does what is chosen.

mod places;
mod shelves;

use std::sync::Arc;

use leptos::{ev, prelude::*};
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use self::{
    places::{Places, closed_of, offer, places},
    shelves::{Carry, Shelves},
};
use super::shell::{ProjectList, use_try_visit};
use crate::{
    routes::Path,
    state::{
        access::Access,
        clipboard::Clipboard,
        current::CurrentProject,
        finder::{Act, Group, Needle, Offer, fitting},
        session::Session,
        shares::Prefill,
        theme::Themes,
        toasts::Toasts,
    },
    text::palette as words,
    ui::*,
};

/// The button in the top bar that opens it.
#[component]
pub(super) fn PaletteButton(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            class="searchbtn"
            type="button"
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K Meta+K"
            on:click=move |_| open.set(true)
        >
            <Icon glyph=Glyph::Search />
            <span>{words::OPEN}</span>
            <kbd aria-hidden="true">{words::OPEN_KEYS}</kbd>
        </button>
    }
}

/// The field and what it finds. What it has read is forgotten when it closes.
#[component]
pub(super) fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The projects of this account.
    projects: ProjectList,
    /// The list of keys.
    help: RwSignal<bool>,
) -> impl IntoView {
    let session = Session::expect();
    let themes = Themes::expect();
    let shelves = Shelves::new();
    let visit = use_try_visit();
    let carry = Carry {
        shelves,
        clipboard: Clipboard::expect(),
        toasts: Toasts::expect(),
    };
    let go = move |path: Option<Path>| {
        if let Some(path) = path {
            visit(path);
        }
    };
    let on_choose = Callback::new(move |act: Act| {
        // It closes first: whatever asks a question now has the focus then.
        open.set(false);
        match act {
            Act::Visit(path) => go(Some(path)),
            Act::Show(spot) => go(shelves.place_of(spot)),
            Act::Ask(spot) => go(shelves.form_for(spot)),
            Act::Copy(spot) => carry.copy(spot),
            Act::Share(spot) => {
                if carry.hand_over(spot) && !visit(Path::NewShare) {
                    // Somebody is asked first whether they want to leave: nothing waits for a page that may never come.
                    drop(Prefill::take());
                }
            }
            Act::Lock => session.lock(),
            Act::Theme => themes.turn(),
            Act::Keys => help.set(true),
        }
    });
    view! {
        <Modal open class="dialog palette" on_close=move || shelves.clear() attr:aria-label=words::LABEL>
            <Show when=move || open.get()>
                <Finder shelves projects on_choose />
            </Show>
        </Modal>
    }
}

#[component]
fn Finder(shelves: Shelves, projects: ProjectList, on_choose: Callback<Act>) -> impl IntoView {
    let current = expect_context::<CurrentProject>();
    let access = Access::expect();
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let list = unique_id("palette");
    let option_id = {
        let list = list.clone();
        move |index: usize| format!("{list}-{index}")
    };
    let option_id = StoredValue::new(option_id);
    let found = Memo::new(move |_| {
        let typed = typed.read();
        let places = places(current.get().as_ref(), |project| access.waiting(project));
        let projects = match &*projects.read() {
            Some(Ok(list)) => list
                .iter()
                .map(|it| (it.id.as_str().to_owned(), it.name.clone()))
                .collect(),
            _ => Vec::new(),
        };
        let closed = current
            .project()
            .map_or_else(Vec::new, |(id, project)| closed_of(&id, &project));
        Arc::new(match typed.strip_prefix('=') {
            Some(_) => Found::of_values(shelves),
            None => Found::of_names(&Needle::of(&typed), shelves, places, projects, closed),
        })
    });
    // What was typed is looked for from the first letter on; nothing is read for who only goes somewhere.
    Effect::new(move |_| {
        let typed = typed.read();
        active.set(0);
        if !typed.is_empty()
            && let Some((id, project)) = untrack(|| current.project())
        {
            shelves.fill(id, project);
        }
        shelves.look_for(typed.strip_prefix('=').unwrap_or_default());
    });
    Effect::new(move |_| {
        let id = option_id.with_value(|id| id(active.get()));
        if let Some(option) = document().get_element_by_id(&id) {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let choose = move |index: usize, copies: bool| {
        let act = found.with_untracked(|found| found.offers.get(index).map(|offer| offer.act.clone()));
        let act = match act {
            Some(Act::Show(spot) | Act::Share(spot) | Act::Ask(spot)) if copies => Some(Act::Copy(spot)),
            Some(Act::Copy(spot)) => Some(Act::Copy(spot)),
            // Whoever wants to copy does not want to go somewhere.
            _ if copies => None,
            other => other,
        };
        if let Some(act) = act {
            on_choose.run(act);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let count = found.with_untracked(|found| found.offers.len());
        let now = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => active.set((now + 1) % count),
            "ArrowUp" if count > 0 => active.set((now + count - 1) % count),
            "PageDown" if count > 0 => active.set((now + PAGE).min(count - 1)),
            "PageUp" => active.set(now.saturating_sub(PAGE)),
            "Enter" => choose(now, event.ctrl_key() || event.meta_key()),
            _ => return,
        }
        event.prevent_default();
    };
    let groups = move || {
        let found = found.get();
        let needle = typed.with_untracked(|typed| Needle::of(typed));
        let mut groups: Vec<(&Group, Vec<(usize, &Offer)>)> = Vec::new();
        for (index, offer) in found.offers.iter().enumerate() {
            match groups.last_mut() {
                Some((group, offers)) if **group == offer.group => offers.push((index, offer)),
                _ => groups.push((&offer.group, vec![(index, offer)])),
            }
        }
        groups
            .into_iter()
            .map(|(group, offers)| {
                let title = StoredValue::new(words::group(group));
                view! {
                    <div role="group" aria-label=title.get_value()>
                        <div class="palette__group" aria-hidden="true">
                            {title.get_value()}
                        </div>
                        {offers
                            .into_iter()
                            .map(|(index, offer)| {
                                let id = option_id.with_value(|id| id(index));
                                view! { <Choice offer=offer.clone() needle=needle.clone() index id active on_press=move || choose(index, false) /> }
                            })
                            .collect_view()}
                    </div>
                }
            })
            .collect_view()
    };
    let said = move || {
        found.with(|found| match found.offers.is_empty() {
            true if shelves.is_busy() => String::new(),
            true if typed.read().starts_with('=') => words::NO_VALUE.into(),
            true => words::NOTHING.into(),
            false => words::counted(found.offers.len(), found.offers.len() + found.more),
        })
    };
    let controls = list.clone();
    view! {
        <div class="palette__input">
            <Icon glyph=Glyph::Search />
            <input
                type="text"
                role="combobox"
                autofocus
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-label=words::FIELD
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=controls
                aria-activedescendant=move || {
                    let any = found.with(|found| !found.offers.is_empty());
                    any.then(|| option_id.with_value(|id| id(active.get())))
                }
                bind:value=typed
                on:keydown=on_key
            />
            <kbd>{words::CLOSE_KEY}</kbd>
        </div>
        <div class="palette__list" id=list role="listbox" aria-label=words::RESULTS>
            {groups}
        </div>
        <div class="palette__notes">
            <p role="status" class:sr-only=move || found.with(|found| !found.offers.is_empty() && found.more == 0)>
                {said}
            </p>
            {move || {
                let left = shelves.left.get();
                (left > 0).then(|| view! { <p>{words::reading(left)}</p> })
            }}
            {move || {
                let failed = shelves.failed.get();
                (!failed.is_empty()).then(|| view! { <p>{words::not_read(&failed.join(", "))}</p> })
            }}
        </div>
        <div class="palette__foot" aria-hidden="true">
            <span>
                <kbd>"↑"</kbd>
                <kbd>"↓"</kbd>
                {words::MOVE}
            </span>
            <span>
                <kbd>"↵"</kbd>
                {words::CHOOSE}
            </span>
            <span class="wide">
                <kbd>{words::COPY_KEYS}</kbd>
                {words::COPY}
            </span>
            <span class="ms-auto">
                {words::VALUES_BEFORE} <kbd>{words::VALUES_KEY}</kbd> {words::VALUES_AFTER}
            </span>
        </div>
    }
}

/// One line. The focus stays in the field: a pointer presses it, keys choose it there.
#[component]
fn Choice(
    offer: Offer,
    needle: Needle,
    index: usize,
    id: String,
    active: RwSignal<usize>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let selected = Memo::new(move |_| active.get() == index);
    let marked: Vec<AnyView> = needle
        .marked(&offer.name)
        .into_iter()
        .map(|(is_marked, part)| {
            let part = part.to_owned();
            match is_marked {
                true => view! { <mark>{part}</mark> }.into_any(),
                false => part.into_any(),
            }
        })
        .collect();
    let is_secret = offer.group == Group::Secrets;
    view! {
        <div
            class="palette__item"
            role="option"
            id=id
            aria-selected=move || selected.get().to_string()
            on:mousemove=move |_| active.set(index)
            on:click=move |_| on_press.run(())
        >
            <Icon glyph=offer.glyph />
            <span class="truncate">
                <span class=("mono", is_secret) class=("t-sm", is_secret)>
                    {marked}
                </span>
                " "
                <span class="palette__where">{offer.aside}</span>
            </span>
            <span class="keys" aria-hidden="true">
                {offer.keys.split_whitespace().map(|key| view! { <kbd>{key}</kbd> }).collect_view()}
            </span>
        </div>
    }
}

/// What stands in the list.
#[derive(PartialEq)]
struct Found {
    offers: Vec<Offer>,
    /// So many secrets fit that are not shown.
    more: usize,
}

impl Found {
    /// Everything that is called so.
    fn of_names(
        needle: &Needle,
        shelves: Shelves,
        mut places: Places,
        projects: Vec<(String, String)>,
        closed: Vec<(Offer, &'static str)>,
    ) -> Self {
        let (mut offers, more) = if needle.is_empty() {
            (Vec::new(), 0)
        } else {
            shelves.named(needle)
        };
        let projects = projects.into_iter().map(|(id, name)| {
            let offer = offer(Group::Go, Glyph::Folder, name, "", Act::Visit(Path::project(id)));
            (offer.aside(words::PROJECT), "")
        });
        places.go.extend(projects);
        places.access.extend(closed);
        for group in [places.go, places.access, places.acts] {
            offers.extend(fitting(needle, group));
        }
        Self { offers, more }
    }

    /// The secrets whose values were found to contain something.
    fn of_values(shelves: Shelves) -> Self {
        let (offers, more) = shelves.found();
        Self { offers, more }
    }
}

/// How far Page Up and Page Down go.
const PAGE: usize = 5;
