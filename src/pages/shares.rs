//! My share links: `/shares`.

use coffer_client::{ShareState, ShareStatus};
use leptos::prelude::*;

use super::{
    forms::FormList,
    oversight::OverseenList,
    share_details::ShareDetails,
    share_new::{ShareTabs, Tab, link_of},
};
use crate::{
    components::link_row::LinkRow,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates},
    routes::Path,
    state::{
        clipboard::Clipboard,
        links::Links,
        session::OpenVault,
        shares::{Standing, life_left},
        toasts::Toasts,
    },
    text::{self, oversight as oversight_words, shares as words},
    ui::*,
};

/// My share links: `/shares`.
#[component]
pub(crate) fn Shares() -> impl IntoView {
    view! {
        <PageHead title=|| words::MINE_TITLE note=words::MINE_LEAD>
            <LinkButton href=Path::NewShare kind=ButtonKind::Primary glyph=Glyph::Plus>
                {words::NEW_LINK}
            </LinkButton>
        </PageHead>
        <ShareTabs open=Tab::Mine />
        <ShareList changed=RwSignal::new(0) />
        <FormList />
        <OverseenList />
    }
}

/// The links of this account, newest first.
#[component]
pub(crate) fn ShareList(
    /// Fetches again whenever it changes.
    changed: RwSignal<u32>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let links = Links::expect();
    Effect::new(move |_| {
        if changed.get() > 0 {
            links.refresh();
        }
    });
    let list = LocalResource::new(move || {
        changed.track();
        links.changes();
        let vault = vault.get();
        async move { vault.shares().await }
    });
    let revoking = RwSignal::new(None::<ShareStatus>);
    let detailed = RwSignal::new(None::<ShareStatus>);
    let now = clock::seconds();
    let columns = || {
        vec![
            ("", words::COLUMN_TITLE.to_owned()),
            ("col-lg", words::COLUMN_STATE.to_owned()),
            ("col-lg", words::COLUMN_LEFT.to_owned()),
            ("col-lg2", format!("~{}", words::COLUMN_ACTIONS)),
        ]
    };
    view! {
        {move || match list.get() {
            None => {
                view! {
                    <SkeletonTable
                        columns=vec![
                            words::COLUMN_TITLE.into(),
                            words::COLUMN_STATE.into(),
                            words::COLUMN_LEFT.into(),
                        ]
                        label=words::LOADING
                    />
                }
                    .into_any()
            }
            Some(Err(error)) => {
                view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }.into_any()
            }
            Some(Ok(shares)) if shares.is_empty() => {
                view! {
                    <section class="card">
                        <Empty title=words::EMPTY_TITLE text=words::EMPTY_BODY art=EmptyArt::Link>
                            <LinkButton href=Path::NewShare>{words::GIVE}</LinkButton>
                        </Empty>
                    </section>
                }
                    .into_any()
            }
            Some(Ok(mut shares)) => {
                shares.sort_by_key(|share| std::cmp::Reverse(share.created));
                view! {
                    <Table caption=words::MINE_CAPTION columns=columns() fixed=false>
                        {shares
                            .into_iter()
                            .map(|share| view! { <ShareRow share now revoking detailed /> })
                            .collect_view()}
                    </Table>
                }
                    .into_any()
            }
        }}
        <ShareDetails
            share=detailed
            on_changed=move || changed.update(|n| *n += 1)
            on_revoke=move |share| revoking.set(Some(share))
        />
        <Revoke share=revoking on_done=move || changed.update(|n| *n += 1) />
    }
}

#[component]
fn ShareRow(
    share: ShareStatus,
    now: ReadSignal<u64>,
    revoking: RwSignal<Option<ShareStatus>>,
    detailed: RwSignal<Option<ShareStatus>>,
) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let share = StoredValue::new(share);
    let standing = Memo::new(move |_| share.with_value(|share| Standing::of(share, now.get())));
    let title = share.with_value(|share| {
        if share.title.is_empty() {
            words::NO_TITLE.to_owned()
        } else {
            share.title.clone()
        }
    });
    let (created, not_after) = share.with_value(|share| (share.created, share.not_after));
    let percent = Signal::derive(move || {
        if standing.get().lives() {
            life_left(created, not_after, now.get())
        } else {
            0
        }
    });
    let left = move || {
        if standing.get().lives() {
            words::time_left(not_after.saturating_sub(now.get()))
        } else if now.get() >= not_after {
            words::ended_on(&dates::short(not_after))
        } else {
            words::ENDED.to_owned()
        }
    };
    let detail = share.with_value(|share| {
        let mut parts = vec![match (share.views, share.views_left) {
            (Some(_), Some(left)) => words::views_left(left),
            (Some(views), None) => words::views(views),
            (None, _) => words::VIEWS_UNLIMITED.to_owned(),
        }];
        if share.has_passphrase {
            parts.push(words::WITH_PASSPHRASE.to_owned());
        }
        parts.push(dates::short(share.created));
        if !share.note.is_empty() {
            parts.push(share.note.clone());
        }
        parts.join(" · ")
    });
    let labels = StoredValue::new((
        words::copy_link_of(&title),
        words::revoke_named(&title),
        words::details_of(&title),
    ));
    let acts = move || {
        let (copy_label, revoke_label, details_label) = labels.get_value();
        let lives = standing.get().lives();
        let link = share
            .with_value(|share| share.link_fragment.clone())
            .filter(|_| lives);
        view! {
            <div class="table__actions">
                {link
                    .map(|fragment| {
                        view! {
                            <Button
                                size=ButtonSize::Small
                                label=copy_label
                                on_press=move || clipboard.copy_plain(link_of(&fragment), words::LINK_COPIED)
                            >
                                {words::COPY_LINK}
                            </Button>
                        }
                    })}
                <Button
                    size=ButtonSize::Small
                    label=details_label
                    on_press=move || detailed.set(Some(share.get_value()))
                >
                    {words::DETAILS}
                </Button>
                {lives
                    .then(|| {
                        view! {
                            <Button
                                size=ButtonSize::Small
                                kind=ButtonKind::Danger
                                label=revoke_label
                                on_press=move || revoking.set(Some(share.get_value()))
                            >
                                {words::REVOKE}
                            </Button>
                        }
                    })}
            </div>
        }
    };
    view! {
        <LinkRow
            title
            detail
            badge=move || view! { <StateBadge share standing /> }
            ends=dates::iso(not_after)
            percent
            left=Signal::derive(left)
            actions=acts
        />
    }
}

/// Asks before a link is ended.
#[component]
pub(crate) fn Revoke(
    share: RwSignal<Option<ShareStatus>>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(share.read().is_some()));
    let revoke = Action::new_unsync(move |id: &coffer_client::ShareId| {
        let (vault, id) = (vault.get(), id.clone());
        async move { vault.revoke_share(&id).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            revoke.clear();
            share.set(None);
            toasts.say(words::REVOKED);
            on_done.run(());
        }
    });
    view! {
        <Confirm
            open
            title=words::REVOKE_TITLE
            verb=words::REVOKE
            cancel_word=text::CANCEL
            busy=revoke.pending()
            on_confirm=move || {
                if let Some(share) = share.get_untracked() {
                    revoke.dispatch(share.id);
                }
            }
            on_close=move || {
                share.set(None);
                revoke.clear();
            }
        >
            <p>{words::REVOKE_BODY}</p>
            <Trouble act=revoke />
        </Confirm>
    }
}

/// How a link stands.
#[component]
pub(crate) fn StateBadge(
    /// The link.
    share: StoredValue<ShareStatus>,
    /// How it stands now.
    standing: Memo<Standing>,
) -> impl IntoView {
    move || {
        let (tone, glyph, words) = share.with_value(|share| state_words(standing.get(), share));
        view! {
            <Badge tone glyph>
                {words}
            </Badge>
        }
    }
}

fn state_words(standing: Standing, share: &ShareStatus) -> (Tone, Glyph, String) {
    match standing {
        Standing::Unopened => (Tone::Plain, Glyph::EyeOff, words::STATE_UNOPENED.to_owned()),
        Standing::Opened => (Tone::Info, Glyph::Eye, opened_words(share)),
        Standing::ExpiredUnread => (
            Tone::Caution,
            Glyph::Clock,
            words::STATE_EXPIRED_UNREAD.to_owned(),
        ),
        Standing::ExpiredOpened => (Tone::Plain, Glyph::Clock, words::expired(&opened_words(share))),
        Standing::Expired => (Tone::Plain, Glyph::Clock, words::STATE_EXPIRED.to_owned()),
        Standing::UsedUp => (Tone::Plain, Glyph::Check, words::STATE_USED.to_owned()),
        Standing::Unfinished => (
            Tone::Caution,
            Glyph::Hourglass,
            words::STATE_UNFINISHED.to_owned(),
        ),
        Standing::Unknown => (Tone::Caution, Glyph::Hourglass, words::STATE_UNKNOWN.to_owned()),
        Standing::Revoked => (Tone::Plain, Glyph::Ban, words::STATE_REVOKED.to_owned()),
        Standing::EndedByAdmin => (Tone::Caution, Glyph::Ban, oversight_words::STATE_ENDED.to_owned()),
        Standing::Destroyed => (Tone::Info, Glyph::Flame, words::STATE_DESTROYED.to_owned()),
    }
}

/// How often, as far as the server says.
fn opened_words(share: &ShareStatus) -> String {
    let last = match share.state {
        ShareState::Opened { last } | ShareState::Expired { last, .. } => last,
        _ => None,
    };
    let counted = share.views.zip(share.views_left);
    match (share.opened, counted, last) {
        (Some(times), Some((all, _)), _) => words::opened_of(times, all),
        (Some(times), None, _) => words::opened_times(times),
        (None, Some((all, left)), _) => words::opened_of(all.saturating_sub(left), all),
        (None, None, Some(last)) => words::opened(&dates::short(last)),
        (None, None, None) => words::OPENED.to_owned(),
    }
}
