//! One request with everything about it: `/p/:project/requests/:id`.

use coffer_client::{AccessRequest, AccessState, Emergency, Error, GrantEntry, SpokenKind};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};

use super::{
    Asked, KeyBadge, MaybeOld, OpenProject, Opened, Wanted,
    decide::{Acts, Decide, EmergencyBadge, Own},
    initials, state_words, summary,
};
use crate::{
    failure::FailureBanner,
    platform::{clock, dates},
    routes::{AskForm, Path},
    state::access::{Access, is_open, is_waiting},
    text::{self, access as words},
    ui::*,
};

/// One request with everything about it: `/p/:project/requests/:id`.
#[component]
pub(crate) fn Request() -> impl IntoView {
    view! { <OpenProject show=|opened: Opened| view! { <Found opened /> }.into_any() /> }
}

/// Waits until the request is known.
#[component]
fn Found(opened: Opened) -> impl IntoView {
    let access = Access::expect();
    let params = use_params_map();
    let project = StoredValue::new(opened.id.clone());
    let id = Memo::new(move |_| params.read().get("request").unwrap_or_default());
    access.refresh();
    // One that was made a moment ago is not in what was read before.
    let before = untrack(|| access.reads());
    let acts = Acts::new(opened.project, id.into());
    let known = Memo::new(move |_| access.reads() > before);
    let request = Memo::new(move |_| project.with_value(|project| access.find(project, &id.read())));
    // The list outlives this page, and may change in the moment in which the page goes.
    move || match request.try_get().flatten() {
        // Not drawn anew when it was read once more and is the same.
        Some(request) => view! {
            <MaybeOld />
            <Card opened=opened.clone() request acts />
        }
        .into_any(),
        None if known.try_get().unwrap_or_default() => view! {
            <PageHead title=|| words::REQUEST_TITLE />
            <FailureBanner error=Error::NotFound on_retry=move || access.refresh() />
        }
        .into_any(),
        None => view! {
            <PageHead title=|| words::REQUEST_TITLE />
            {match access.error() {
                Some(error) => view! { <FailureBanner error on_retry=move || access.refresh() /> }.into_any(),
                None => view! { <SkeletonLines lines=6 label=words::LOADING /> }.into_any(),
            }}
        }
        .into_any(),
    }
}

#[component]
fn Card(opened: Opened, request: AccessRequest, acts: Acts) -> impl IntoView {
    let now = clock::seconds();
    let title = summary(&opened, &request);
    let (state, mine) = (request.state, request.mine);
    let alone = request.emergency.clone();
    let is_emergency = alone.is_some();
    let changed = request.key_changed;
    acts.keep_open_for(&request);
    let requester = opened.member(&request.requester).cloned();
    let name = opened.who(&request.requester);
    let kept = StoredValue::new(request.clone());
    let badge = move || {
        let (tone, glyph, words) = kept.with_value(|request| state_words(request, now.get()));
        view! {
            <Badge tone glyph>
                {words}
            </Badge>
        }
    };
    let sent = if is_waiting(&request) {
        words::sent_ends(
            &dates::short(request.created),
            &dates::short(request.answer_until),
        )
    } else {
        words::asked_at(&dates::short(request.created))
    };
    let letters = initials(&opened.name(&request.requester));
    let asked = request
        .asked
        .iter()
        .map(|user| (opened.member(user).cloned(), opened.who(user)))
        .collect::<Vec<_>>();
    let use_link =
        (mine && request.device_has_key && matches!(state, AccessState::Granted { .. })).then(|| {
            Path::Granted {
                project: opened.id.clone(),
                request: request.id.clone(),
            }
        });
    // Its start and its end come while somebody looks.
    let use_now = Memo::new(move |_| match state {
        AccessState::Granted { until, .. } if until <= now.get() => None,
        _ => Some(kept.with_value(|request| is_open(request, now.get()))),
    });
    let nobody = request.is_dead_end() && request.rules.steps.is_empty();
    let never = request.is_dead_end() && !nobody;
    let anew = Path::Ask {
        project: opened.id.clone(),
        form: AskForm {
            follows: request.id.clone(),
            ..AskForm::default()
        },
    };
    let lost = mine && request.undelivered;
    let elsewhere = mine && !request.device_has_key && matches!(state, AccessState::Granted { .. });
    let follows = request.follows.clone().map(|id| Path::Request {
        project: opened.id.clone(),
        request: id,
    });
    view! {
        <PageHead title=move || view! { <span class="anywhere">{title.clone()}</span> } note=sent>
            {badge}
            {is_emergency.then(|| view! { <EmergencyBadge /> })}
        </PageHead>
        <div class="cols-main">
            <div class="stack stack-6">
                <article
                    class="card"
                    data-tone=if changed { "danger" } else { "plain" }
                    aria-labelledby="access-requester"
                >
                    <div class="card__head">
                        <div class="row row-3">
                            <span class="avatar avatar--lg" aria-hidden="true">
                                {letters}
                            </span>
                            <div>
                                <h2 id="access-requester" class="anywhere">
                                    {name}
                                </h2>
                                <p class="faint t-sm anywhere">
                                    {requester.as_ref().map(|member| member.email.clone())}
                                </p>
                            </div>
                        </div>
                        {requester.clone().map(|member| view! { <KeyBadge member /> })}
                    </div>
                    <div class="card__body stack">
                        {if request.readable {
                            view! { <Details opened=opened.clone() request=request.clone() /> }.into_any()
                        } else {
                            view! { <p class="muted">{words::SEALED_TO_OTHERS}</p> }.into_any()
                        }}
                        {follows
                            .map(|path| {
                                view! {
                                    <p class="t-sm">
                                        <A href=path>{words::FOLLOWS_LINK}</A>
                                    </p>
                                }
                            })}
                    </div>
                </article>
                {alone.map(|emergency| view! { <Alone opened=opened.clone() emergency /> })}
                {nobody
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Caution
                                glyph=Glyph::Users
                                title=words::NOBODY_NOW
                                text=words::NOBODY_NOW_TEXT
                            />
                        }
                    })}
                {never
                    .then(|| {
                        let text = if mine { words::NEVER_ENOUGH_OWN } else { words::NEVER_ENOUGH_TEXT };
                        view! {
                            <Banner
                                tone=Tone::Caution
                                glyph=Glyph::Users
                                title=words::NEVER_ENOUGH
                                text
                            >
                                {mine
                                    .then(|| {
                                        view! {
                                            <LinkButton href=anew size=ButtonSize::Small>
                                                {words::ASK_ANEW}
                                            </LinkButton>
                                        }
                                    })}
                            </Banner>
                        }
                    })}
                {use_link
                    .map(|path| {
                        move || {
                            let path = path.clone();
                            use_now.get().map(|open| view! { <Use path open /> })
                        }
                    })}
                {lost.then(|| view! { <Outcome glyph=Glyph::Refresh plain=true><p>{words::UNDELIVERED_OWN}</p></Outcome> })}
                {elsewhere.then(|| view! { <Outcome glyph=Glyph::Key plain=true><p>{words::ELSEWHERE}</p></Outcome> })}
                <Decide opened=opened.clone() request=request.clone() acts />
                {mine.then(|| view! { <Own opened=opened.clone() request=request.clone() acts /> })}
            </div>
            <aside class="stack">
                <Way request=request.clone() />
                <Talk opened=opened.clone() request=request.clone() />
                {(!asked.is_empty())
                    .then(|| {
                        view! {
                            <section class="card card--flat">
                                <div class="card__body stack stack-2">
                                    <h2 class="t-sm">{words::ASKED_PEOPLE}</h2>
                                    <ul class="stack stack-2">
                                        {asked
                                            .into_iter()
                                            .map(|(member, name)| view! { <Asked member name /> })
                                            .collect_view()}
                                    </ul>
                                </div>
                            </section>
                        }
                    })}
            </aside>
        </div>
    }
}

/// Who opened it alone, and why.
#[component]
fn Alone(opened: Opened, emergency: Emergency) -> impl IntoView {
    view! {
        <Banner
            tone=Tone::Danger
            glyph=Glyph::Flame
            title=words::opened_alone_by(&opened.who(&emergency.by))
            text=words::they_say(&emergency.why)
        />
    }
}

/// What was granted to this person on this device: the way to it, once it has begun.
#[component]
fn Use(path: Path, open: bool) -> impl IntoView {
    let (title, note) = if open {
        (words::OPEN_NOW, words::OPEN_NOTE)
    } else {
        (words::OPENS_LATER, words::OPENS_LATER_NOTE)
    };
    view! {
        <Outcome glyph=Glyph::Unlock>
            <p>
                <b>{title}</b>
            </p>
            <p>{note}</p>
            {open
                .then(|| {
                    view! {
                        <div class="mt-2">
                            <LinkButton href=path kind=ButtonKind::Primary glyph=Glyph::Key>
                                {words::USE_IT}
                            </LinkButton>
                        </div>
                    }
                })}
        </Outcome>
    }
}

/// What is wanted and why, with what the same person had before.
#[component]
fn Details(opened: Opened, request: AccessRequest) -> impl IntoView {
    let past = (!request.mine).then(|| view! { <Past opened=opened.clone() request=request.clone() /> });
    let begins = match request.starts {
        Some(at) => words::from(&dates::short(at)),
        None => words::FROM_APPROVAL.to_owned(),
    };
    view! {
        <Facts>
            <Fact name=words::FACT_WHAT>
                <b>
                    {words::verb(request.propose)} " · "
                    <span>{opened.environment(&request.environment)}</span>
                </b>
                <Wanted items=request.wanted.clone() />
            </Fact>
            <Fact name=words::FACT_HOW_LONG>
                {words::duration(request.seconds)} ", " {begins}
            </Fact>
            <Fact name=words::FACT_WHY>
                <span class="access-said">{request.reason.as_str().to_owned()}</span>
            </Fact>
            {(!request.ticket.is_empty())
                .then(|| {
                    view! {
                        <Fact name=words::TICKET>
                            <span class="mono">{request.ticket.clone()}</span>
                        </Fact>
                    }
                })}
            {past}
        </Facts>
    }
}

/// Earlier grants of the same person, where this one may read the history.
#[component]
fn Past(opened: Opened, request: AccessRequest) -> impl IntoView {
    let project = opened.project;
    let (slug, id, user) = (
        request.environment.clone(),
        request.id.clone(),
        request.requester.clone(),
    );
    let tries = RwSignal::new(0_u32);
    let past = LocalResource::new(move || {
        tries.track();
        let (project, slug) = (project.get_value(), slug.clone());
        async move { project.grant_history(&slug).await }
    });
    view! {
        <Fact name=words::FACT_BEFORE>
            {move || match past.get() {
                None => view! { <span class="faint">{words::LOADING}</span> }.into_any(),
                Some(Err(Error::NoKey | Error::Forbidden)) => {
                    view! { <span class="muted">{words::BEFORE_UNREADABLE}</span> }.into_any()
                }
                Some(Err(_)) => {
                    view! {
                        <span class="row row--wrap">
                            <span>{words::BEFORE_FAILED}</span>
                            <Button
                                size=ButtonSize::Small
                                glyph=Glyph::Refresh
                                on_press=move || tries.update(|tries| *tries += 1)
                            >
                                {text::RETRY}
                            </Button>
                        </span>
                    }
                        .into_any()
                }
                Some(Ok(all)) => {
                    let mut earlier = all
                        .iter()
                        .filter(|entry| entry.requester == user && entry.request != id)
                        .peekable();
                    if earlier.peek().is_none() {
                        return view! { <span class="muted">{words::NEVER_BEFORE}</span> }.into_any();
                    }
                    let lines = earlier
                        .take(3)
                        .map(|entry| view! { <li class="muted">{past_words(entry)}</li> })
                        .collect_view();
                    view! { <ul class="stack stack-1">{lines}</ul> }.into_any()
                }
            }}
        </Fact>
    }
}

fn past_words(entry: &GrantEntry) -> String {
    let lasted = crate::state::access::end_of(entry).saturating_sub(entry.from);
    words::before(
        &dates::short(entry.from),
        &words::counted(&entry.wanted),
        &dates::left(lasted),
        entry.ended.is_some(),
    )
}

/// The steps of a request, and where it stands.
#[component]
fn Way(request: AccessRequest) -> impl IntoView {
    let step = |words: String, note: String, state| Step { words, note, state };
    let (done, later, now) = (StepState::Done, StepState::Later, StepState::Now);
    let given = matches!(
        request.state,
        AccessState::Granted { .. } | AccessState::Ended { .. }
    );
    let waits = is_waiting(&request);
    let mut steps = vec![step(
        words::WAY_SIGNED.into(),
        words::WAY_SIGNED_NOTE.into(),
        done,
    )];
    let approved = request.approvals.len();
    if request.emergency.is_some() {
        steps.push(step(words::WAY_ALONE.into(), words::WAY_ALONE_NOTE.into(), done));
    } else {
        steps.push(step(
            if request.is_dead_end() {
                words::dead_end(request.rules.steps.is_empty()).to_owned()
            } else {
                // What was enough once is, whatever the rules have become.
                words::way_approved(approved, request.needed.filter(|_| waits))
            },
            if given || request.state == AccessState::Approved {
                String::new()
            } else {
                words::WAY_APPROVED_NOTE.into()
            },
            match request.state {
                _ if given || request.state == AccessState::Approved => done,
                AccessState::Waiting { .. } => now,
                _ => later,
            },
        ));
    }
    match request.state {
        AccessState::Granted { from, until } => {
            steps.push(step(
                words::WAY_GIVEN.into(),
                words::from_until(&dates::short(from), &dates::short(until)),
                now,
            ));
            steps.push(step(words::WAY_ENDS.into(), words::WAY_ENDS_NOTE.into(), later));
        }
        AccessState::Ended { at, by } => {
            steps.push(step(words::WAY_GIVEN.into(), String::new(), done));
            steps.push(step(
                words::ended(by, &dates::short(at)),
                words::WAY_ENDS_NOTE.into(),
                done,
            ));
        }
        _ if waits => {
            let state = if request.state == AccessState::Approved {
                now
            } else {
                later
            };
            steps.push(step(
                words::WAY_HAND_OVER.into(),
                words::WAY_HAND_OVER_NOTE.into(),
                state,
            ));
            steps.push(step(words::WAY_ENDS.into(), words::WAY_ENDS_NOTE.into(), later));
        }
        _ => {
            let (_, _, words) = state_words(&request, clock::now());
            steps.push(step(words, words::WAY_CLOSED_NOTE.into(), now));
        }
    }
    view! {
        <section class="card card--flat">
            <div class="card__body stack stack-3">
                <h2 class="t-sm">{words::WAY_TITLE}</h2>
                <Steps steps=Signal::stored(steps) />
            </div>
        </section>
    }
}

/// What was said, oldest first.
#[component]
fn Talk(opened: Opened, request: AccessRequest) -> impl IntoView {
    if request.thread.is_empty() {
        return ().into_any();
    }
    let items = request
        .thread
        .into_iter()
        .map(|said| {
            let glyph = match said.kind {
                SpokenKind::Approved | SpokenKind::TookOver => Glyph::Check,
                SpokenKind::Declined | SpokenKind::Rejected => Glyph::Ban,
                SpokenKind::AskedBack => Glyph::Help,
                SpokenKind::Answered => Glyph::Comment,
                SpokenKind::GaveBack | SpokenKind::TookBack | SpokenKind::Withdrew => Glyph::Undo,
                SpokenKind::WantsRefresh => Glyph::Refresh,
            };
            view! {
                <li class="access-talk">
                    <Icon glyph size=IconSize::Small />
                    <div class="stack stack-1">
                        <span class="t-sm">
                            <b class="anywhere">{opened.who(&said.user_id)}</b>
                            " "
                            {words::spoken(said.kind)}
                            <span class="faint">" · " {dates::short(said.at)}</span>
                        </span>
                        {(!said.text.is_empty())
                            .then(|| view! { <p class="access-said">{said.text.as_str().to_owned()}</p> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card card--flat">
            <div class="card__body stack stack-3">
                <h2 class="t-sm">{words::TALK_TITLE}</h2>
                <ol class="stack stack-3">{items}</ol>
            </div>
        </section>
    }
    .into_any()
}
