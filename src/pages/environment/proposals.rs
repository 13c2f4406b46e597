//! Values that people with access for a while propose. Nothing is saved before somebody who may write takes it over.

use coffer_client::{Error, ProposalInfo, SaveError};
use leptos::{prelude::*, task::spawn_local};
use zeroize::Zeroizing;

use super::{Place, history::named};
use crate::{
    backend::Project,
    failure::FailureBanner,
    platform::{dates, visibility},
    state::{access::Access, desk::Desk, environment::full_name, news::NewsFeed, toasts::Toasts},
    text::{self, access as words, environment as secret_words},
    ui::*,
};

/// The proposals of this environment; nothing where there are none.
#[component]
pub(super) fn Proposals(project: StoredValue<Project, LocalStorage>) -> impl IntoView {
    let access = Access::expect();
    let feed = NewsFeed::expect();
    let place = Place::expect();
    // Asked for only where some request here may have led to one.
    let may = Memo::new(move |_| {
        let all = place.project.with_value(|project| access.all(project));
        let slug = place.slug.get_value();
        all.iter()
            .flat_map(|all| all.iter())
            .any(|request| request.has_proposals && request.environment == slug)
    });
    let changed = RwSignal::new(0_u32);
    // They go at once: a list that becomes shorter later moves what somebody is about to press.
    let gone = Gone {
        declined: RwSignal::new(Vec::new()),
        taken: RwSignal::new(Vec::new()),
    };
    let list = LocalResource::new(move || {
        changed.track();
        feed.access();
        let (project, slug, may) = (project.get_value(), place.slug.get_value(), may.get());
        async move {
            if !may {
                return Ok::<_, Error>(Vec::new());
            }
            let list = project.proposals(&slug).await?;
            let members = project.members().await.unwrap_or_default();
            let names: std::collections::HashMap<String, String> = members.into_iter().map(named).collect();
            let name = |user: &str| names.get(user).cloned().unwrap_or_else(|| words::former(user));
            let named = list.into_iter().map(|proposal| {
                let declined = proposal.declined.as_ref();
                let declined = declined.map(|declined| {
                    let said = words::declined_by(&name(&declined.by), &dates::short(declined.at));
                    (said, declined.comment.clone())
                });
                let by = name(&proposal.by);
                Shown {
                    proposal,
                    by,
                    declined,
                }
            });
            Ok(named.collect())
        }
    });
    let listed = move |is_declined: bool| -> Vec<Shown> {
        let list = list.read();
        let known = list.iter().flat_map(|list| list.iter().flatten());
        let open = known.filter(|shown| {
            let id = &shown.proposal.id;
            !shown.proposal.outdated
                && !gone.taken.read().contains(id)
                && shown.declined.is_some() == is_declined
                && (is_declined || !gone.declined.read().contains(id))
        });
        open.cloned().collect()
    };
    let count = Memo::new(move |_| listed(false).len());
    let refused = Memo::new(move |_| listed(true).len());
    let failed = move || list.read().as_ref().and_then(|list| list.as_ref().err().cloned());
    // What somebody is in the middle of stays while the list is read again.
    let items = move |is_declined: bool| {
        view! {
            <ul class="stack stack-6">
                <For each=move || listed(is_declined) key=Shown::key let:shown>
                    <Item shown project changed gone />
                </For>
            </ul>
        }
    };
    view! {
        {move || {
            failed()
                .map(|error| {
                    view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }
                })
        }}
        <Show when=move || { count.get() > 0 || refused.get() > 0 }>
            <section class="card environment-proposals" aria-labelledby="environment-proposals">
                <div class="card__head">
                    <div>
                        <h2 id="environment-proposals">{words::PROPOSALS_TITLE}</h2>
                        <p class="muted t-sm">{words::PROPOSALS_NOTE}</p>
                    </div>
                    <Show when=move || { count.get() > 0 }>
                        <Count value=count attention=true />
                    </Show>
                </div>
                <div class="card__body stack stack-6">
                    <Show when=move || { count.get() > 0 }>{items(false)}</Show>
                    <Show when=move || { refused.get() > 0 }>
                        <details>
                            <summary class="disclosure medium">
                                {move || words::declined_count(refused.get())}
                            </summary>
                            <div class="mt-3">{items(true)}</div>
                        </details>
                    </Show>
                </div>
            </section>
        </Show>
    }
}

/// A proposal with the names of people.
#[derive(Clone)]
struct Shown {
    proposal: ProposalInfo,
    by: String,
    /// Who declined it and when, and why.
    declined: Option<(String, Zeroizing<String>)>,
}

impl Shown {
    /// What is drawn anew when it changes.
    fn key(&self) -> (String, Option<String>) {
        let declined = self.declined.as_ref().map(|(by, _)| by.clone());
        (self.proposal.id.clone(), declined)
    }
}

/// What was decided here and is not in the list that was read: by the hashes of proposals.
#[derive(Clone, Copy)]
struct Gone {
    declined: RwSignal<Vec<String>>,
    taken: RwSignal<Vec<String>>,
}

#[component]
fn Item(
    shown: Shown,
    project: StoredValue<Project, LocalStorage>,
    /// Grows when the list is to be read again.
    changed: RwSignal<u32>,
    gone: Gone,
) -> impl IntoView {
    let Shown {
        proposal,
        by,
        declined,
    } = shown;
    let is_declined = declined.is_some();
    let desk = expect_context::<Desk>();
    let toasts = Toasts::expect();
    let asking = RwSignal::new(false);
    let shown = RwSignal::new(false);
    let hidden = visibility::hidden();
    Effect::new(move |_| {
        if hidden.get() {
            shown.set(false);
        }
    });
    let (name, path) = (proposal.name.clone(), proposal.path.clone());
    let (comment, when) = (proposal.comment.clone(), dates::short(proposal.at));
    let slot = proposal.slot;
    let kept = StoredValue::new(proposal);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new_local(None::<Error>);
    let take = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let (project, proposal, open) = (project.get_value(), kept.get_value(), desk.environment());
        // The list may be read again meanwhile, and this item with it: what came of it is told all the same.
        spawn_local(async move {
            match project.take_over(&proposal).await {
                Ok(()) => {
                    // What was saved stands on the page before that is said. What cannot be read now is met by the next
                    // save.
                    if let Ok(newer) = open.reload().await {
                        desk.follow(newer);
                    }
                    asking.try_set(false);
                    gone.taken.try_update(|taken| taken.push(proposal.id));
                    toasts.say_with(Glyph::Check, words::TAKEN_OVER);
                    changed.try_update(|n| *n += 1);
                }
                Err(SaveError::Failed(error)) => {
                    failed.try_set(Some(error));
                }
                Err(_) => {
                    failed.try_set(Some(Error::Conflict));
                }
            }
            busy.try_set(false);
        });
    };
    let declining = RwSignal::new(false);
    let why = RwSignal::new(String::new());
    let decline = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let (project, proposal) = (project.get_value(), kept.get_value());
        let why = Zeroizing::new(why.read_untracked().trim().to_owned());
        spawn_local(async move {
            match project.decline(&proposal, why).await {
                Ok(()) => {
                    declining.try_set(false);
                    gone.declined.try_update(|declined| declined.push(proposal.id));
                    toasts.say_with(Glyph::Check, words::DECLINE_DONE);
                    changed.try_update(|n| *n += 1);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let values = move || {
        let row = |label: &'static str, value: String| {
            view! {
                <div class="facts__row">
                    <dt>{label}</dt>
                    <dd class="mono environment-proposed">{value}</dd>
                </div>
            }
        };
        let (now, then) = if shown.get() {
            let now = desk.peek(|environment| environment.reveal(&slot).ok());
            (
                now.map(|opened| opened.value.as_str().to_owned())
                    .unwrap_or_default(),
                kept.with_value(|proposal| proposal.value.as_str().to_owned()),
            )
        } else {
            (secret_words::MASK.to_owned(), secret_words::MASK.to_owned())
        };
        view! { <dl class="facts">{row(words::NOW_HERE, now)} {row(words::PROPOSED_VALUE, then)}</dl> }
    };
    let (title, declines) = (words::take_over_title(&name), words::decline_title(&name));
    view! {
        <li class="stack stack-2">
            <div class="row row--between row--wrap">
                <div class="stack stack-1">
                    <span class="key anywhere">{full_name(&path, &name)}</span>
                    <span class="faint t-xs anywhere">{words::proposed_by(&by, &when)}</span>
                </div>
                <div class="row row--wrap">
                    <Button
                        size=ButtonSize::Small
                        glyph=Glyph::Eye
                        pressed=shown
                        on_press=move || shown.update(|shown| *shown = !*shown)
                    >
                        {move || if shown.get() { words::HIDE_BOTH } else { words::SHOW_BOTH }}
                    </Button>
                    {(!is_declined)
                        .then(|| {
                            view! {
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Ban
                                    label=words::decline_named(&name)
                                    on_press=move || {
                                        failed.set(None);
                                        declining.set(true);
                                    }
                                >
                                    {words::DECLINE}
                                </Button>
                            }
                        })}
                    <Button
                        size=ButtonSize::Small
                        glyph=Glyph::Check
                        label=if is_declined {
                            words::take_over_anyway_named(&name)
                        } else {
                            words::take_over_named(&name)
                        }
                        on_press=move || {
                            if desk.is_dirty() {
                                toasts.say_with(Glyph::Alert, secret_words::FOLDER_FIRST_SAVE);
                            } else {
                                failed.set(None);
                                asking.set(true);
                            }
                        }
                    >
                        {if is_declined { words::TAKE_OVER_ANYWAY } else { words::TAKE_OVER }}
                    </Button>
                </div>
            </div>
            {(!comment.is_empty()).then(|| view! { <p class="access-said">{comment.as_str().to_owned()}</p> })}
            {declined
                .map(|(by, why)| {
                    view! {
                        <p class="row t-sm">
                            <Icon glyph=Glyph::Ban size=IconSize::Small />
                            <span class="anywhere">{by}</span>
                        </p>
                        {(!why.is_empty())
                            .then(|| view! { <p class="access-said">{why.as_str().to_owned()}</p> })}
                    }
                })}
            {values}
            <Confirm
                open=asking
                title
                verb=words::TAKE_OVER
                cancel_word=text::CANCEL
                danger=false
                busy
                on_confirm=take
            >
                <p>{words::TAKE_OVER_BODY}</p>
                {move || failed.get().map(|error| view! { <FailureBanner error /> })}
            </Confirm>
            <Confirm
                open=declining
                title=declines
                verb=words::DECLINE
                cancel_word=text::CANCEL
                danger=false
                busy
                on_confirm=decline
                on_close=move || {
                    failed.set(None);
                    why.set(String::new());
                }
            >
                <p>{words::DECLINE_BODY}</p>
                <TextField label=words::COMMENT value=why max_length=1000 />
                {move || failed.get().map(|error| view! { <FailureBanner error /> })}
            </Confirm>
        </li>
    }
}
