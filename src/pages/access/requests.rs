//! The requests of a project: `/p/:project/requests?show=all`.

use coffer_client::AccessRequest;
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};

use super::{MaybeOld, OpenProject, Opened, initials, state_words, summary};
use crate::{
    failure::FailureBanner,
    platform::{clock, dates},
    routes::{Path, Show as Which},
    state::access::{Access, asked_back, is_waiting, needs_me},
    text::{self, access as words},
    ui::*,
};

/// The requests of a project: `/p/:project/requests?show=all`.
#[component]
pub(crate) fn Requests() -> impl IntoView {
    let params = leptos_router::hooks::use_params_map();
    let id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    view! {
        <PageHead title=|| words::REQUESTS_TITLE note=words::REQUESTS_LEAD>
            <LinkButton href=move || Path::access(id.get()).to_string() glyph=Glyph::History>
                {words::SEE_TITLE}
            </LinkButton>
            <LinkButton
                href=move || {
                    Path::Rules { project: id.get(), environment: String::new() }.to_string()
                }
                glyph=Glyph::Sliders
            >
                {words::RULES_TITLE}
            </LinkButton>
            <LinkButton
                href=move || Path::ask(id.get(), "", "").to_string()
                kind=ButtonKind::Primary
                glyph=Glyph::Plus
            >
                {words::ASK_TITLE}
            </LinkButton>
        </PageHead>
        <OpenProject show=|opened: Opened| view! { <List opened /> }.into_any() />
    }
}

#[component]
fn List(opened: Opened) -> impl IntoView {
    let access = Access::expect();
    let query = use_query_map();
    let id = StoredValue::new(opened.id.clone());
    // Chosen once: who decides about the last one is not led to another list.
    let fitting = Memo::new(move |chosen: Option<&Option<Which>>| {
        let choose = || id.with_value(|id| access.all(id)).map(|all| fitting(&all));
        chosen.copied().flatten().or_else(choose)
    });
    let show = Memo::new(move |_| match query.read().get("show").as_deref() {
        Some("mine") => Which::Mine,
        Some("all") => Which::All,
        Some("decide") => Which::Decide,
        _ => fitting.get().unwrap_or(Which::Decide),
    });
    access.refresh();
    let opened = StoredValue::new_local(opened);
    let known = Memo::new(move |_| id.with_value(|id| access.all(id).is_some()));
    let listed = Memo::new(move |_| {
        let (which, all) = (show.get(), id.with_value(|id| access.all(id)).unwrap_or_default());
        let some = all.iter().filter(|request| shows(which, request));
        some.cloned().collect::<Vec<AccessRequest>>()
    });
    let count = move |which: Which| {
        id.with_value(|id| access.all(id)).map_or(0, |all| {
            all.iter().filter(|request| shows(which, request)).count()
        })
    };
    let tab = move |which: Which, word: &'static str, attention: bool| {
        let href = Path::Requests {
            project: id.get_value(),
            show: which,
        };
        // The list outlives this page: what reads it here goes with the page, and not only with what it shows.
        let count = Memo::new(move |_| count(which));
        view! {
            <a href=href.to_string() aria-current=move || (show.get() == which).then_some("page")>
                {word}
                <Count value=count attention />
            </a>
        }
    };
    view! {
        <nav class="seg access-tabs" aria-label=words::WHICH_REQUESTS>
            {tab(Which::Decide, words::TO_DECIDE, true)} {tab(Which::Mine, words::MINE, false)}
            {tab(Which::All, words::ALL, false)}
        </nav>
        <Show when=move || known.get()>
            <MaybeOld />
        </Show>
        {move || {
            if !known.try_get().unwrap_or_default() {
                return match access.error() {
                    Some(error) => {
                        view! { <FailureBanner error on_retry=move || access.refresh() /> }.into_any()
                    }
                    None => {
                        view! {
                            <SkeletonTable
                                columns=vec![
                                    words::COLUMN_WHO.into(),
                                    words::COLUMN_WHAT.into(),
                                    words::COLUMN_STATE.into(),
                                ]
                                label=text::LOADING
                            />
                        }
                            .into_any()
                    }
                };
            }
            let which = show.get();
            let mut some = listed.get();
            // What waits stands before what has an end.
            some.sort_by_key(|request| !is_waiting(request));
            if some.is_empty() {
                let (title, body) = words::no_requests(which == Which::Decide, which == Which::Mine);
                return view! {
                    <section class="card">
                        <Empty
                            title
                            text=body
                            art=if which == Which::Decide { EmptyArt::Done } else { EmptyArt::Key }
                        >
                            <LinkButton href=Path::ask(id.get_value(), "", "")>{words::ASK_TITLE}</LinkButton>
                        </Empty>
                    </section>
                }
                    .into_any();
            }
            view! { <Rows opened some which /> }.into_any()
        }}
    }
}

#[component]
fn Rows(opened: StoredValue<Opened, LocalStorage>, some: Vec<AccessRequest>, which: Which) -> impl IntoView {
    let now = clock::seconds();
    let rows = some
        .into_iter()
        .map(|request| {
            let (name, what, project) = opened.with_value(|opened| {
                (
                    opened.who(&request.requester),
                    summary(opened, &request),
                    opened.id.clone(),
                )
            });
            let letters = initials(&opened.with_value(|opened| opened.name(&request.requester)));
            let href = Path::Request {
                project,
                request: request.id.clone(),
            };
            let asked = words::asked_at(&dates::short(request.created));
            let (question, mine) = (asked_back(&request) && is_waiting(&request), request.mine);
            let emergency = request.emergency.is_some();
            let state = move || {
                let (tone, glyph, words) = state_words(&request, now.get());
                view! {
                    <Badge tone glyph>
                        {words}
                    </Badge>
                }
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <div class="row row-3">
                            <span class="avatar" aria-hidden="true">
                                {letters}
                            </span>
                            <div class="stack stack-1">
                                <A href=href attr:class="medium anywhere tap">
                                    {what}
                                </A>
                                <span class="faint t-xs anywhere">{name} " · " {asked}</span>
                            </div>
                        </div>
                    </th>
                    <td role="cell" class="span">
                        <div class="row row--wrap">
                            {state}
                            {question
                                .then(|| {
                                    let word = if mine { words::ASKED_YOU } else { words::YOU_ASKED };
                                    view! {
                                        <Badge tone=Tone::Info glyph=Glyph::Comment>
                                            {word}
                                        </Badge>
                                    }
                                })}
                            {emergency.then(|| view! { <super::decide::EmergencyBadge /> })}
                        </div>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            caption=words::requests_caption(which == Which::Decide, which == Which::Mine)
            columns=vec![("", words::COLUMN_WHAT.into()), ("access-col-state", words::COLUMN_STATE.into())]
            fixed=false
        >
            {rows}
        </Table>
    }
}

/// What somebody comes for: what waits for them, or else what they have asked for.
fn fitting(all: &[AccessRequest]) -> Which {
    let there_is = |which| all.iter().any(|request| shows(which, request));
    if !there_is(Which::Decide) && there_is(Which::Mine) {
        Which::Mine
    } else {
        Which::Decide
    }
}

fn shows(which: Which, request: &AccessRequest) -> bool {
    match which {
        Which::All => true,
        Which::Decide | Which::Fitting => needs_me(request),
        Which::Mine => request.mine,
    }
}
