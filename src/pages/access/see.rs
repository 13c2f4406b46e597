//! Who had, has and will have access: `/p/:project/access?env=prod&who=u1&days=7&q=needle`. From the signed history of
//! each environment that this person can read, for ever.

use std::{collections::BTreeMap, sync::Arc};

use coffer_client::{Error, GrantEntry, Right, seen_secrets};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_query_map},
};

use super::{OpenProject, Opened, Wanted, decide::EmergencyBadge, picture::Picture};
use crate::{
    failure::FailureBanner,
    platform::{clock, dates, download},
    routes::{AccessView, Path},
    state::{
        access::{csv_line, end_of, says},
        toasts::Toasts,
    },
    text::{self, access as words},
    ui::*,
};

/// Who had, has and will have access: `/p/:project/access`.
#[component]
pub(crate) fn See() -> impl IntoView {
    view! {
        <PageHead title=|| words::SEE_TITLE note=words::SEE_LEAD />
        <OpenProject show=|opened: Opened| view! { <Loading opened /> }.into_any() />
    }
}

/// What was read: entries, and environments whose history did not open.
#[derive(Clone)]
struct Histories {
    entries: Arc<[GrantEntry]>,
    failed: Vec<(String, Error)>,
}

#[component]
fn Loading(opened: Opened) -> impl IntoView {
    let project = opened.project;
    let readable: Vec<String> = opened
        .environments
        .iter()
        .filter(|environment| environment.right != Right::None)
        .map(|environment| environment.slug.clone())
        .collect();
    let some = readable.len() < opened.environments.len();
    let changed = RwSignal::new(0_u32);
    let read = LocalResource::new(move || {
        changed.track();
        let (project, readable) = (project.get_value(), readable.clone());
        async move {
            let (mut entries, mut failed) = (Vec::new(), Vec::new());
            for slug in readable {
                match project.grant_history(&slug).await {
                    Ok(more) => entries.extend(more),
                    Err(error) => failed.push((slug, error)),
                }
            }
            entries.sort_by_key(|entry: &GrantEntry| std::cmp::Reverse(entry.recorded));
            Histories {
                entries: entries.into(),
                failed,
            }
        }
    });
    move || match read.get() {
        None => view! { <SkeletonLines lines=8 label=words::READING_HISTORY /> }.into_any(),
        Some(read) => view! {
            {read
                .failed
                .iter()
                .map(|(slug, error)| {
                    let title = words::history_failed(&opened.environment(slug));
                    view! {
                        <section class="stack stack-2 access-old" aria-label=title.clone()>
                            <p class="strong">{title.clone()}</p>
                            <FailureBanner error=error.clone() on_retry=move || changed.update(|n| *n += 1) />
                        </section>
                    }
                })
                .collect_view()}
            {some.then(|| view! { <p class="muted t-sm">{words::ONLY_READABLE}</p> })}
            <Everything opened=opened.clone() entries=read.entries />
        }
        .into_any(),
    }
}

#[component]
fn Everything(opened: Opened, entries: Arc<[GrantEntry]>) -> impl IntoView {
    let toasts = Toasts::expect();
    let go = StoredValue::new_local(use_navigate());
    let query = use_query_map();
    let project = StoredValue::new(opened.id.clone());
    let view_now = Memo::new(move |_| {
        let query = query.read();
        let text = |name: &str| query.get(name).unwrap_or_default();
        AccessView {
            environment: text("env"),
            person: text("who"),
            days: text("days").parse().unwrap_or_default(),
            search: text("q"),
        }
    });
    let look = move |change: &dyn Fn(&mut AccessView)| {
        let mut view = view_now.get_untracked();
        change(&mut view);
        let path = Path::Access {
            project: project.get_value(),
            view,
        };
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        go.with_value(|go| go(&path.to_string(), options));
    };
    let first = view_now.get_untracked();
    let environment = RwSignal::new(first.environment);
    let person = RwSignal::new(first.person);
    let search = RwSignal::new(first.search);
    Effect::new(move |was: Option<(String, String, String)>| {
        let now = (environment.get(), person.get(), search.get());
        if was.is_some_and(|was| was != now) {
            let (environment, person, search) = now.clone();
            look(&|view| {
                view.environment.clone_from(&environment);
                view.person.clone_from(&person);
                view.search.clone_from(&search);
            });
        }
        now
    });
    let days = Signal::derive(move || match view_now.read().days {
        0 => USUAL_DAYS,
        days => days,
    });
    // How far the picture was moved, in halves of what it shows; ahead of now above 0.
    let moved = RwSignal::new(0_i32);
    let choose = move |chosen: u32| {
        moved.set(0);
        look(&|view| view.days = chosen);
    };
    // The line for now moves on.
    let clock = clock::seconds();
    let minute = Memo::new(move |_| clock.get() / 60_000 * 60_000);
    let everybody = (String::new(), words::EVERYBODY.to_owned());
    let mut people: BTreeMap<String, String> = BTreeMap::new();
    for entry in entries.iter() {
        people.insert(entry.requester.clone(), opened.name(&entry.requester));
    }
    let people: Vec<(String, String)> = [everybody].into_iter().chain(people).collect();
    let environments: Vec<(String, String)> = [(String::new(), words::EVERY_ENVIRONMENT.to_owned())]
        .into_iter()
        .chain(
            opened
                .environments
                .iter()
                .map(|environment| (environment.slug.clone(), environment.name.clone())),
        )
        .collect();
    let shown = RwSignal::new(PAGE);
    let empty = entries.is_empty();
    let known = StoredValue::new_local((opened.clone(), entries));
    let some = Memo::new(move |_| {
        let view = view_now.get();
        known.with_value(|(opened, entries)| {
            entries
                .iter()
                .filter(|entry| fits(opened, entry, &view))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    // What is looked for anew begins with its first page.
    let look_for = Memo::new(move |_| {
        let view = view_now.get();
        (view.environment, view.person, view.search)
    });
    Effect::watch(move || look_for.track(), move |(), _, _| shown.set(PAGE), false);
    let save = move || {
        let rows = some.get_untracked();
        let file = known.with_value(|(opened, _)| csv(opened, &rows));
        if download::text("access.csv", "text/csv", &file) {
            toasts.say_with(Glyph::Download, words::CSV_SAVED);
        }
    };
    if empty {
        return view! {
            <section class="card">
                <Empty title=words::NEVER_TITLE text=words::NEVER_TEXT art=EmptyArt::Key>
                    <LinkButton href=Path::requests(opened.id.clone())>{words::REQUESTS_TITLE}</LinkButton>
                </Empty>
            </section>
        }
        .into_any();
    }
    view! {
        <div class="stack stack-6">
            <div class="access-filter">
                <SelectField label=words::PERSON value=person options=people />
                <SelectField label=words::ENVIRONMENT value=environment options=environments />
                <div class="field">
                    <span class="field__label">{words::ZOOM}</span>
                    <Seg
                        label=words::ZOOM
                        value=days
                        options=Signal::stored(
                            ZOOMS.iter().map(|days| (*days, words::days(*days))).collect::<Vec<_>>(),
                        )
                        on_choose=choose
                    />
                </div>
            </div>
            <section class="card" aria-labelledby="access-picture">
                <div class="card__head">
                    <h2 id="access-picture">{words::PICTURE_TITLE}</h2>
                    <div class="row row--wrap">
                        <Button
                            size=ButtonSize::Small
                            on_press=move || moved.update(|moved| *moved -= 1)
                        >
                            {words::EARLIER}
                        </Button>
                        <Button
                            size=ButtonSize::Small
                            disabled=Signal::derive(move || moved.get() == 0)
                            on_press=move || moved.set(0)
                        >
                            {words::BACK_TO_NOW}
                        </Button>
                        <Button
                            size=ButtonSize::Small
                            on_press=move || moved.update(|moved| *moved += 1)
                        >
                            {words::LATER_ON}
                        </Button>
                    </div>
                </div>
                <div class="card__body stack">
                    {move || {
                        let now = minute.get();
                        let window = window_of(now, days.get(), moved.get());
                        let (opened, entries) = (known.with_value(|(opened, _)| opened.clone()), some.get());
                        view! { <Picture opened entries window now /> }
                    }}
                </div>
            </section>
            {move || {
                let opened = known.with_value(|(opened, _)| opened.clone());
                view! { <Replace opened entries=some.get() /> }
            }}
            <section class="stack stack-3" aria-labelledby="access-history">
                <div class="row row--between row--wrap">
                    <h2 id="access-history">{words::HISTORY_TITLE}</h2>
                    <div class="row row--wrap">
                        <TextField
                            label=words::SEARCH
                            value=search
                            kind=InputKind::Search
                            placeholder=words::SEARCH_EXAMPLE
                            hide_label=true
                        />
                        <Button glyph=Glyph::Download on_press=save>
                            {words::SAVE_CSV}
                        </Button>
                    </div>
                </div>
                {move || {
                    let opened = known.with_value(|(opened, _)| opened.clone());
                    let (mut entries, shown) = (some.get(), shown.get());
                    let count = entries.len();
                    entries.truncate(shown);
                    view! { <History opened entries count /> }
                }}
                <Show when=move || shown.get() < some.read().len()>
                    <div class="row">
                        <Button on_press=move || shown.update(|shown| *shown += PAGE)>{words::SHOW_MORE}</Button>
                    </div>
                </Show>
            </section>
        </div>
    }
    .into_any()
}

/// The secrets that were seen, by their names of now: done when another value is in use.
#[component]
fn Replace(opened: Opened, entries: Vec<GrantEntry>) -> impl IntoView {
    let mut seen = seen_secrets(&entries, clock::now());
    if seen.is_empty() {
        return ().into_any();
    }
    let count = |replaced| seen.iter().filter(|secret| secret.replaced == replaced).count();
    let (open, unknown) = (count(Some(false)), count(None));
    // What is to be done first.
    seen.sort_by_key(|secret| match secret.replaced {
        Some(false) => 0,
        None => 1,
        Some(true) => 2,
    });
    let items = seen
        .into_iter()
        .map(|secret| {
            let (tone, glyph, word) = match secret.replaced {
                Some(true) => (Tone::Positive, Glyph::Check, words::REPLACED),
                Some(false) => (Tone::Caution, Glyph::Refresh, words::TO_REPLACE),
                None => (Tone::Info, Glyph::Help, words::REPLACED_UNKNOWN),
            };
            let by: Vec<String> = secret.by.iter().map(|user| opened.who(user)).collect();
            view! {
                <li class="row row--between row--wrap">
                    <span class="stack stack-1">
                        <span class="mono anywhere">{words::place(&secret.path, &secret.name)}</span>
                        <span class="faint t-xs anywhere">
                            {opened.environment(&secret.environment)} " · " {words::seen_by(&by)}
                            {(!secret.owner.is_empty()).then(|| words::owner(&secret.owner))}
                        </span>
                    </span>
                    <Badge tone glyph>
                        {word}
                    </Badge>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="access-replace">
            <div class="card__head">
                <div>
                    <h2 id="access-replace">{words::replace_title(open, unknown)}</h2>
                    <p class="muted t-sm">{words::REPLACE_NOTE}</p>
                    {(unknown > 0)
                        .then(|| view! { <p class="muted t-sm">{words::REPLACED_UNKNOWN_HINT}</p> })}
                </div>
            </div>
            <ul class="card__body stack stack-3 access-replace">{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn History(
    opened: Opened,
    /// The first of them.
    entries: Vec<GrantEntry>,
    /// How many there are.
    count: usize,
) -> impl IntoView {
    if entries.is_empty() {
        return view! { <p class="muted">{words::NO_MATCH}</p> }.into_any();
    }
    let shown = entries.len();
    let rows = entries
        .into_iter()
        .map(|entry| {
            let end = end_of(&entry);
            let now = clock::now();
            let state = if entry.ended.is_some() {
                (Tone::Plain, Glyph::Undo, words::ENDED_EARLY)
            } else if end <= now {
                (Tone::Plain, Glyph::Clock, words::ENDED)
            } else if entry.from > now {
                (Tone::Info, Glyph::Clock, words::PLANNED)
            } else {
                (Tone::Accent, Glyph::Unlock, words::OPEN)
            };
            let (tone, glyph, word) = state;
            let approved: Vec<String> = entry
                .approvals
                .iter()
                .map(|approval| opened.who(&approval.user_id))
                .collect();
            let by = match &entry.emergency {
                Some(_) => words::opened_alone_by(&opened.who(&entry.by)),
                None => words::approved_by(&approved),
            };
            let href = Path::Request {
                project: opened.id.clone(),
                request: entry.request.clone(),
            };
            view! {
                <tr role="row" data-kind=(!entry.allowed).then_some("broken")>
                    <th scope="row" role="rowheader">
                        <div class="stack stack-1">
                            <span class="medium anywhere">{opened.who(&entry.requester)}</span>
                            <span class="faint t-xs anywhere">
                                {words::verb(entry.propose)} " · " {opened.environment(&entry.environment)}
                            </span>
                            <Wanted items=entry.wanted.clone() />
                        </div>
                    </th>
                    <td role="cell" class="span">
                        <div class="stack stack-1">
                            <time datetime=dates::iso(entry.from) title=dates::iso(entry.from)>
                                {dates::short(entry.from)}
                            </time>
                            <time class="faint" datetime=dates::iso(end) title=dates::iso(end)>
                                {words::until(&dates::short(end))}
                            </time>
                        </div>
                    </td>
                    <td role="cell" class="span">
                        <div class="stack stack-1">
                            <span class="access-said">{entry.reason.as_str().to_owned()}</span>
                            {(!entry.ticket.is_empty())
                                .then(|| view! { <span class="mono t-xs">{entry.ticket.clone()}</span> })}
                            <span class="faint t-xs anywhere">{by}</span>
                            {entry
                                .emergency
                                .clone()
                                .map(|why| {
                                    view! { <span class="c-danger t-xs access-said">{why.as_str().to_owned()}</span> }
                                })}
                            <A href=href attr:class="t-xs tap">
                                {words::TO_REQUEST}
                            </A>
                        </div>
                    </td>
                    <td role="cell" class="span">
                        <div class="row row--wrap">
                            <Badge tone glyph>
                                {word}
                            </Badge>
                            {entry.emergency.is_some().then(|| view! { <EmergencyBadge /> })}
                            {(!entry.allowed)
                                .then(|| {
                                    view! {
                                        <Badge tone=Tone::Danger glyph=Glyph::ShieldAlert>
                                            {words::AGAINST_RULES}
                                        </Badge>
                                    }
                                })}
                        </div>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            caption=words::history_caption(shown, count)
            columns=vec![
                ("", words::COLUMN_WHO.into()),
                ("col-lg", words::COLUMN_WHEN.into()),
                ("", words::COLUMN_WHY.into()),
                ("access-col-state", words::COLUMN_STATE.into()),
            ]
            fixed=false
        >
            {rows}
        </Table>
    }
    .into_any()
}

fn fits(opened: &Opened, entry: &GrantEntry, view: &AccessView) -> bool {
    let is = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
    is(&view.environment, &entry.environment)
        && is(&view.person, &entry.requester)
        && says(
            entry,
            &view.search,
            &opened.environment(&entry.environment),
            |user| opened.name(user),
        )
}

/// What the picture shows: what has passed takes most of it, what comes the rest, moved by halves of it.
fn window_of(now: u64, days: u32, moved: i32) -> (u64, u64) {
    let whole = u64::from(days) * DAY;
    let by = u64::from(moved.unsigned_abs()).saturating_mul(whole / 2);
    let middle = match moved < 0 {
        true => now.saturating_sub(by).max(whole),
        false => now.saturating_add(by),
    };
    (middle.saturating_sub(whole * 3 / 4), middle + whole / 4)
}

/// The history as a table for other programs. It names secrets and holds no value.
fn csv(opened: &Opened, entries: &[GrantEntry]) -> String {
    let mut file = csv_line(&words::CSV_HEAD);
    for entry in entries {
        let secrets: Vec<String> = entry
            .secrets
            .iter()
            .map(|secret| words::place(&secret.path, &secret.name))
            .collect();
        let approved: Vec<String> = entry
            .approvals
            .iter()
            .map(|approval| opened.name(&approval.user_id))
            .collect();
        file.push_str(&csv_line(&[
            opened.name(&entry.requester),
            entry.environment.clone(),
            secrets.join(" "),
            words::verb(entry.propose).to_owned(),
            dates::iso(entry.from),
            dates::iso(entry.until),
            entry.ended.map(dates::iso).unwrap_or_default(),
            entry.reason.as_str().to_owned(),
            entry.ticket.clone(),
            approved.join(" "),
            opened.name(&entry.by),
            entry
                .emergency
                .as_ref()
                .map(|why| why.as_str().to_owned())
                .unwrap_or_default(),
            if entry.allowed {
                text::access::CSV_YES
            } else {
                text::access::CSV_NO
            }
            .to_owned(),
        ]));
    }
    file
}

const ZOOMS: [u32; 4] = [1, 7, 30, 90];
const USUAL_DAYS: u32 = 7;
/// So many lines of the history are shown at once.
const PAGE: usize = 50;
const DAY: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_moved_by_halves_of_what_it_shows() {
        let now = 1_000 * DAY;
        assert_eq!(window_of(now, 4, 0), (997 * DAY, 1_001 * DAY));
        assert_eq!(window_of(now, 4, -1), (995 * DAY, 999 * DAY));
        assert_eq!(window_of(now, 4, 2), (1_001 * DAY, 1_005 * DAY));
        let (first, last) = window_of(now, 90, i32::MIN);
        assert!(first < last);
    }
}
