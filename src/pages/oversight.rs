//! Links and forms of others, on the page of share links, for administrators of the organisation.

use coffer_client::{Error, LinkHandle, OverseenLink, OverseenWhat};
use leptos::prelude::*;

use crate::{
    components::link_row::LinkRow,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates},
    state::{session::OpenVault, shares::life_left, toasts::Toasts},
    text::{self, oversight as words, shares as share_words},
    ui::*,
};

/// What others made that is of use still. Whoever does not administer the organisation sees nothing of it, nor does anybody
/// where the server has no such list.
#[component]
pub(crate) fn OverseenList() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let changed = RwSignal::new(0_u32);
    let list = LocalResource::new(move || {
        changed.track();
        let vault = vault.get();
        async move { vault.overseen_links().await }
    });
    let ending = RwSignal::new(None::<LinkHandle>);
    let now = clock::seconds();
    let columns = || {
        vec![
            ("", words::COLUMN_OWNER.to_owned()),
            ("col-lg", share_words::COLUMN_STATE.to_owned()),
            ("col-lg", share_words::COLUMN_LEFT.to_owned()),
            ("col-lg2", format!("~{}", share_words::COLUMN_ACTIONS)),
        ]
    };
    let section = move |inside: AnyView| {
        view! {
            <section class="stack" aria-labelledby="oversight-title">
                <div class="stack stack-1 mt-6">
                    <h2 id="oversight-title">{words::TITLE}</h2>
                    <p class="muted t-sm">{words::LEAD}</p>
                </div>
                {inside}
            </section>
        }
        .into_any()
    };
    view! {
        {move || match list.get() {
            None | Some(Err(Error::Forbidden | Error::Unsupported { .. })) => ().into_any(),
            Some(Err(error)) => {
                section(
                    view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }.into_any(),
                )
            }
            Some(Ok(told)) if told.links.is_empty() => {
                section(view! { <p class="muted t-sm">{words::EMPTY}</p> }.into_any())
            }
            Some(Ok(told)) => {
                let shown = told.links.len();
                let more = (told.all as usize > shown).then(|| words::newest(shown, told.all));
                section(
                    view! {
                        <Table caption=words::CAPTION columns=columns() fixed=false>
                            {told
                                .links
                                .into_iter()
                                .map(|link| view! { <OverseenRow link now ending /> })
                                .collect_view()}
                        </Table>
                        {more.map(|more| view! { <p class="faint t-xs">{more}</p> })}
                    }
                        .into_any(),
                )
            }
        }}
        <End link=ending on_done=move || changed.update(|n| *n += 1) />
    }
}

#[component]
fn OverseenRow(
    link: OverseenLink,
    now: ReadSignal<u64>,
    ending: RwSignal<Option<LinkHandle>>,
) -> impl IntoView {
    let owner = match &link.owner {
        None => words::OWNER_GONE.to_owned(),
        Some(owner) if owner.name.is_empty() => words::OWNER_UNNAMED.to_owned(),
        Some(owner) => owner.name.clone(),
    };
    let (what, state) = match link.what {
        OverseenWhat::Form { answers, most } => (words::FORM, words::answers(answers, most)),
        OverseenWhat::Link {
            views_left,
            opened,
            file,
        } => {
            let what = if file.is_some() {
                words::LINK_WITH_FILE
            } else {
                words::LINK
            };
            (what, share_words::tally(opened, views_left))
        }
    };
    let mut detail = words::made(what, &link.created.map(dates::short).unwrap_or_default());
    if let Some(owner) = &link.owner {
        let notes = [(owner.machine, words::MACHINE), (!owner.is_member, words::LEFT)];
        for (_, note) in notes.into_iter().filter(|(is_so, _)| *is_so) {
            detail = words::made(&detail, note);
        }
    }
    let label = words::end_named(what, &owner);
    let (created, ends) = (link.created.unwrap_or_default(), link.ends.unwrap_or_default());
    let percent = Signal::derive(move || life_left(created, ends, now.get()));
    let left = Signal::derive(move || match ends.saturating_sub(now.get()) {
        0 => share_words::ended_on(&dates::short(ends)),
        left => share_words::time_left(left),
    });
    let handle = link.handle;
    let actions = move || {
        let (label, handle) = (label.clone(), handle.clone());
        view! {
            <div class="table__actions">
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Danger
                    label
                    on_press=move || ending.set(Some(handle.clone()))
                >
                    {words::END}
                </Button>
            </div>
        }
    };
    view! {
        <LinkRow
            title=owner
            detail
            badge=move || view! { <span class="muted t-sm">{state.clone()}</span> }
            ends=dates::iso(ends)
            percent
            left
            actions
        />
    }
}

/// Asks before something of somebody else is ended.
#[component]
fn End(link: RwSignal<Option<LinkHandle>>, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(link.read().is_some()));
    let end = Action::new_unsync(move |handle: &LinkHandle| {
        let (vault, handle) = (vault.get(), handle.clone());
        async move { vault.end_overseen_link(&handle).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = end.value().get() {
            end.clear();
            link.set(None);
            toasts.say(words::ENDED);
            on_done.run(());
        }
    });
    view! {
        <Confirm
            open
            title=words::END_TITLE
            verb=words::END
            cancel_word=text::CANCEL
            busy=end.pending()
            on_confirm=move || {
                if let Some(handle) = link.get_untracked() {
                    end.dispatch(handle);
                }
            }
            on_close=move || {
                link.set(None);
                end.clear();
            }
        >
            <p>{words::END_BODY}</p>
            <p>{words::CANNOT_UNSEE}</p>
            <Trouble act=end />
        </Confirm>
    }
}
