//! Ctrl K: one field that finds secrets, places and acts, and does what is chosen.

use std::sync::Arc;

use coffer_client::{EnvironmentInfo, EnvironmentState, SharedSecret};
use gloo_timers::future::TimeoutFuture;
use leptos::{ev, prelude::*, task::spawn_local};
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};
use zeroize::Zeroizing;

use super::shell::{ProjectList, use_try_visit};
use crate::{
    backend::{Environment, Project},
    platform::clock,
    routes::{AskForm, Path},
    state::{
        access::Access,
        clipboard::Clipboard,
        current::{CurrentProject, ProjectCrumb},
        desk::SEARCH_MS,
        finder::{Act, Best, Fit, Group, Needle, Offer, Spot, fitting},
        session::Session,
        shares::Prefill,
        theme::Themes,
        toasts::Toasts,
    },
    text::{
        access as access_words, environment as environment_words, palette as words, shell as shell_words,
    },
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
        let hits = shelves.hits.get();
        shelves.read.with(|read| {
            let offers = hits
                .iter()
                .take(MOST)
                .filter_map(|spot| found_secret(read, *spot));
            Self {
                offers: offers.collect(),
                more: hits.len().saturating_sub(MOST),
            }
        })
    }
}

/// Where one can go and what one can do, each with other words for it.
struct Places {
    go: Vec<(Offer, &'static str)>,
    access: Vec<(Offer, &'static str)>,
    acts: Vec<(Offer, &'static str)>,
}

fn places(project: Option<&ProjectCrumb>, to_decide: impl Fn(&str) -> usize) -> Places {
    use words::also;
    let visit =
        |group, glyph, name: &str, keys, path| offer(group, glyph, name.to_owned(), keys, Act::Visit(path));
    let (mut go, mut access) = (Vec::new(), Vec::new());
    if let Some(ProjectCrumb {
        id,
        name,
        environments,
    }) = project
    {
        for (slug, environment) in environments {
            let path = Path::environment(id.clone(), slug.clone());
            let it = visit(Group::Go, Glyph::Layers, environment, "", path);
            go.push((it.aside(words::ENVIRONMENT), ""));
        }
        let page = |glyph, words, keys, path| visit(Group::Go, glyph, words, keys, path).aside(name);
        let waiting = match to_decide(id) {
            0 => name.clone(),
            count => words::to_decide(count),
        };
        let requests = page(
            Glyph::Inbox,
            access_words::REQUESTS,
            "g r",
            Path::requests(id.clone()),
        );
        let rules = Path::Rules {
            project: id.clone(),
            environment: String::new(),
        };
        go.extend([
            (
                page(
                    Glyph::Grid,
                    shell_words::OVERVIEW,
                    "g o",
                    Path::project(id.clone()),
                ),
                "",
            ),
            (
                page(
                    Glyph::Users,
                    shell_words::MEMBERS,
                    "g m",
                    Path::members(id.clone()),
                ),
                also::MEMBERS,
            ),
            (
                page(
                    Glyph::ShieldCheck,
                    shell_words::TRUST,
                    "g t",
                    Path::trust(id.clone()),
                ),
                also::TRUST,
            ),
            (requests.aside(&waiting), also::REQUESTS),
            (
                page(
                    Glyph::History,
                    access_words::WHO_HAS,
                    "g w",
                    Path::access(id.clone()),
                ),
                also::WHO_HAS,
            ),
            (page(Glyph::Sliders, access_words::RULES, "", rules), also::RULES),
        ]);
        let ask = Path::ask(id.clone(), "", "");
        let ask = visit(
            Group::Access,
            Glyph::Hourglass,
            access_words::REQUEST_ACCESS,
            "g a",
            ask,
        );
        access.push((ask.aside(name), also::ASK));
    }
    let place = |glyph, words, keys, path| visit(Group::Go, glyph, words, keys, path);
    go.extend([
        (
            place(Glyph::Folder, shell_words::ALL_PROJECTS, "g p", Path::Projects),
            "",
        ),
        (
            place(Glyph::Share, shell_words::SHARES, "g l", Path::Shares),
            also::SHARES,
        ),
        (
            place(Glyph::Settings, shell_words::SETTINGS, "g s", Path::Settings),
            also::SETTINGS,
        ),
    ]);
    let act = |glyph, words: &str, keys, act| offer(Group::Do, glyph, words.to_owned(), keys, act);
    let acts = vec![
        (
            act(Glyph::Send, words::SEND, "", Act::Visit(Path::NewShare)),
            also::SEND,
        ),
        (
            act(
                Glyph::Inbox,
                shell_words::ASK_SECRET,
                "",
                Act::Visit(Path::AskSecret),
            ),
            also::ASK_SECRET,
        ),
        (act(Glyph::Moon, words::THEME, "", Act::Theme), also::THEME),
        (
            act(Glyph::Help, shell_words::SHORTCUTS, "?", Act::Keys),
            also::KEYS,
        ),
        (
            act(Glyph::Lock, shell_words::LOCK_NOW, "⇧L", Act::Lock),
            also::LOCK,
        ),
    ];
    Places { go, access, acts }
}

/// Asking for the environments that are closed to this person.
fn closed_of(id: &str, project: &Project) -> Vec<(Offer, &'static str)> {
    let closed = project.environments().into_iter().filter(|info| !opens(info));
    closed
        .map(|info| {
            let path = Path::ask(id, info.slug, "/");
            let name = words::ask_for(&info.name);
            let it = offer(Group::Access, Glyph::Hourglass, name, "", Act::Visit(path));
            (it.aside(words::CLOSED), words::also::ASK)
        })
        .collect()
}

fn opens(info: &EnvironmentInfo) -> bool {
    !matches!(info.state, EnvironmentState::NoKey)
}

fn offer(group: Group, glyph: Glyph, name: String, keys: &'static str, act: Act) -> Offer {
    Offer {
        group,
        glyph,
        name,
        aside: String::new(),
        keys,
        act,
    }
}

impl Offer {
    fn aside(mut self, words: &str) -> Self {
        words.clone_into(&mut self.aside);
        self
    }
}

/// The environments that were read for the search, and what was found in their values.
#[derive(Clone, Copy)]
struct Shelves {
    read: RwSignal<Vec<Shelf>, LocalStorage>,
    /// Of which project they are; nothing before the first letter.
    project: StoredValue<Option<String>>,
    /// How many are still to be read.
    left: RwSignal<usize>,
    /// What could not be opened, by name.
    failed: RwSignal<Vec<String>>,
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
    fn new() -> Self {
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
    fn is_busy(self) -> bool {
        self.left.get() > 0 || self.looking.get()
    }

    /// Reads the environments of a project, once: one after another, so that the first is searched at once.
    fn fill(self, id: String, project: Project) {
        if self.project.with_value(|now| now.as_ref() == Some(&id)) {
            return;
        }
        self.project.set_value(Some(id.clone()));
        let infos: Vec<EnvironmentInfo> = project.environments().into_iter().filter(opens).collect();
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
    fn clear(self) {
        self.project.set_value(None);
        self.look_for("");
        self.read.set(Vec::new());
        self.failed.set(Vec::new());
        self.left.set(0);
    }

    /// The secrets that are called so, what can be done with the first of them, and how many are not shown.
    fn named(self, needle: &Needle) -> (Vec<Offer>, usize) {
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

    /// Looks for something in values, in slices so that nobody waits; nothing ends the search.
    fn look_for(self, needle: &str) {
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
    fn place_of(self, spot: Spot) -> Option<Path> {
        let project = self.project.get_value()?;
        self.with_entry(spot, |shelf, path, name| Path::Environment {
            project,
            environment: shelf.info.slug.clone(),
            folder: path.to_owned(),
            search: name.to_owned(),
        })
    }

    /// The form that asks for access to a secret. Who can read it asks for what they propose.
    fn form_for(self, spot: Spot) -> Option<Path> {
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
struct Carry {
    shelves: Shelves,
    clipboard: Clipboard,
    toasts: Toasts,
}

impl Carry {
    fn copy(self, spot: Spot) {
        if let Some((secret, _)) = self.open(spot) {
            self.clipboard.copy_secret(secret.value, secret.name);
        }
    }

    /// Puts it down for the page that makes a link; whether it opens.
    fn hand_over(self, spot: Spot) -> bool {
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
/// How far Page Up and Page Down go.
const PAGE: usize = 5;
/// Entries per step of a search in values.
const SLICE: usize = 64;
/// How long the search waits for the next environment, in milliseconds.
const WAIT_MS: u32 = 50;
