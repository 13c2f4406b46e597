//! Values that people with access for a while propose. Nothing is saved before somebody who may write takes it over.

use coffer_client::{Error, ProposalInfo, SaveError};
use leptos::{prelude::*, task::spawn_local};

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
    let taken = RwSignal::new(Vec::<String>::new());
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
            let named = list.into_iter().map(|proposal| {
                let name = names.get(&proposal.by).cloned();
                (
                    proposal.clone(),
                    name.unwrap_or_else(|| words::former(&proposal.by)),
                )
            });
            Ok(named.collect())
        }
    });
    move || match list.get() {
        None => ().into_any(),
        Some(Err(error)) => {
            view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }.into_any()
        }
        Some(Ok(list)) => {
            let list: Vec<_> = list
                .into_iter()
                .filter(|(proposal, _)| !proposal.outdated && !taken.read().contains(&proposal.id))
                .collect();
            if list.is_empty() {
                return ().into_any();
            }
            let count = list.len();
            view! {
                <section class="card environment-proposals" aria-labelledby="environment-proposals">
                    <div class="card__head">
                        <div>
                            <h2 id="environment-proposals">{words::PROPOSALS_TITLE}</h2>
                            <p class="muted t-sm">{words::PROPOSALS_NOTE}</p>
                        </div>
                        <Count value=count attention=true />
                    </div>
                    <ul class="card__body stack stack-6">
                        {list
                            .into_iter()
                            .map(|(proposal, by)| view! { <Item proposal by project changed taken /> })
                            .collect_view()}
                    </ul>
                </section>
            }
            .into_any()
        }
    }
}

#[component]
fn Item(
    proposal: ProposalInfo,
    by: String,
    project: StoredValue<Project, LocalStorage>,
    /// Grows when the list is to be read again.
    changed: RwSignal<u32>,
    /// Those that were taken over here.
    taken: RwSignal<Vec<String>>,
) -> impl IntoView {
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
                    taken.try_update(|taken| taken.push(proposal.id));
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
    let title = words::take_over_title(&name);
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
                    <Button
                        size=ButtonSize::Small
                        glyph=Glyph::Check
                        label=words::take_over_named(&name)
                        on_press=move || {
                            if desk.is_dirty() {
                                toasts.say_with(Glyph::Alert, secret_words::FOLDER_FIRST_SAVE);
                            } else {
                                asking.set(true);
                            }
                        }
                    >
                        {words::TAKE_OVER}
                    </Button>
                </div>
            </div>
            {(!comment.is_empty()).then(|| view! { <p class="access-said">{comment.as_str().to_owned()}</p> })}
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
        </li>
    }
}
