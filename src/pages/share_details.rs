//! One of my share links in full: what became of it, who opened it, and what can still be done about it.

use coffer_client::{Error, ShareChange, ShareExpiry, ShareFeature, ShareReceipt, ShareStatus};
use leptos::{ev, prelude::*};

use super::{
    share_limits::ChangeLimits,
    share_new::{LINK, link_of},
    shares::StateBadge,
};
use crate::{
    components::link_card::LinkHalves,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates},
    state::{
        clipboard::Clipboard,
        session::OpenVault,
        shares::{
            LIVES, LONGEST, LONGEST_NOTE, LimitsDraft, MOST_VIEWS, SHORTEST, Standing, limits_change, within,
        },
        toasts::Toasts,
    },
    text::{self, shares as words},
    ui::*,
};

/// One of my share links in full.
#[component]
pub(crate) fn ShareDetails(
    /// Which; none while it is closed.
    share: RwSignal<Option<ShareStatus>>,
    /// Told after something about it changed.
    #[prop(into)]
    on_changed: Callback<()>,
    /// Asked to take it back.
    #[prop(into)]
    on_revoke: Callback<ShareStatus>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(share.read().is_some()));
    let title = Signal::derive(move || match share.read().as_ref() {
        Some(share) if !share.title.is_empty() => share.title.clone(),
        _ => words::NO_TITLE.to_owned(),
    });
    view! {
        <Dialog
            open
            title
            note=words::DETAILS_NOTE
            close_word=text::CLOSE
            on_close=move || share.set(None)
        >
            {move || {
                share
                    .get()
                    .map(|shown| {
                        view! { <Details shown on_changed on_revoke close=Callback::new(move |()| share.set(None)) /> }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn Details(
    shown: ShareStatus,
    on_changed: Callback<()>,
    on_revoke: Callback<ShareStatus>,
    close: Callback<()>,
) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let now = clock::seconds();
    let share = StoredValue::new(shown.clone());
    let standing = Memo::new(move |_| share.with_value(|share| Standing::of(share, now.get())));
    let ends = move || {
        if now.get() >= shown.not_after {
            dates::short(shown.not_after)
        } else {
            let left = words::time_left(shown.not_after.saturating_sub(now.get()));
            format!("{}, {left}", dates::short(shown.not_after))
        }
    };
    let views = match (shown.opened, shown.views, shown.views_left) {
        (Some(opened), _, left) => words::tally(opened, left),
        (None, Some(_), Some(left)) => words::views_left(left),
        (None, Some(views), None) => words::views(views),
        (None, None, _) => words::VIEWS_UNLIMITED.to_owned(),
    };
    let limited = words::outcome_limits(&shown.limits);
    let fragment = shown.link_fragment.clone();
    let again = fragment.clone().filter(|_| standing.get_untracked().lives());
    // What was noted before nothing more was to be stays.
    let none_noted = match shown.limits.receipts {
        true => words::RECEIPTS_NONE,
        false => words::RECEIPTS_NOT_ASKED,
    };
    let may_be_noted = shown.limits.receipts || shown.opened.is_some_and(|opened| opened > 0);
    let (id, note_id) = (shown.id.clone(), shown.id.clone());
    let note = shown.note.clone();
    let changing = shown;
    view! {
        <div class="dialog__body stack stack-6">
            <Facts>
                <Fact name=words::FACT_STATE>
                    <StateBadge share standing />
                </Fact>
                <Fact name=words::FACT_VIEWS>{views}</Fact>
                <Fact name=words::FACT_MADE>{dates::short(changing.created)}</Fact>
                <Fact name=words::FACT_ENDS>{ends}</Fact>
                {(!limited.is_empty()).then(|| view! { <Fact name=words::FACT_LIMITS>{limited}</Fact> })}
                {changing
                    .has_passphrase
                    .then(|| view! { <Fact name=words::PASSPHRASE_LABEL>{words::PASSPHRASE_KEPT}</Fact> })}
            </Facts>
            <Note id=note_id note on_changed />
            {again
                .map(|fragment| {
                    view! {
                        <details>
                            <summary class="disclosure medium">{words::SEND_AGAIN}</summary>
                            <div class="stack mt-3">
                                <LinkHalves
                                    words=LINK
                                    link=link_of(&fragment)
                                    on_copy=move |(text, said): (String, &'static str)| {
                                        clipboard.copy_plain(text, said);
                                    }
                                />
                                <figure class="stack stack-2">
                                    <QrCode
                                        text=link_of(&fragment)
                                        label=words::QR_LABEL
                                        too_long=words::QR_TOO_LONG
                                    />
                                    <figcaption class="faint t-xs">{words::QR_CAPTION}</figcaption>
                                </figure>
                            </div>
                        </details>
                    }
                })}
            <section class="stack stack-2">
                <h3>{words::RECEIPTS_TITLE}</h3>
                {if may_be_noted {
                    view! { <Receipts id none=none_noted /> }.into_any()
                } else {
                    view! { <p class="muted t-sm">{none_noted}</p> }.into_any()
                }}
            </section>
            {move || standing.get().lives().then(|| view! { <Limits share=share.get_value() on_changed close /> })}
        </div>
        {move || {
            let fragment = fragment.clone();
            standing
                .get()
                .lives()
                .then(|| {
                    view! {
                        <DialogFoot>
                            <Button
                                kind=ButtonKind::Danger
                                glyph=Glyph::Ban
                                on_press=move || {
                                    close.run(());
                                    on_revoke.run(share.get_value());
                                }
                            >
                                {words::REVOKE}
                            </Button>
                            {fragment
                                .map(|fragment| {
                                    view! {
                                        <Button
                                            glyph=Glyph::Copy
                                            on_press=move || {
                                                clipboard.copy_plain(link_of(&fragment), words::LINK_COPIED);
                                            }
                                        >
                                            {words::COPY_LINK}
                                        </Button>
                                    }
                                })}
                        </DialogFoot>
                    }
                })
        }}
    }
}

/// The sender's own words on a link.
#[component]
fn Note(id: coffer_client::ShareId, note: String, on_changed: Callback<()>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let kept = RwSignal::new(note.clone());
    let typed = RwSignal::new(note);
    let save = Action::new_unsync(move |note: &String| {
        let (vault, id, note) = (vault.get(), id.clone(), note.clone());
        async move { vault.annotate_share(&id, &note).await.map(|()| note) }
    });
    Effect::new(move |_| {
        if let Some(Ok(note)) = save.value().get() {
            save.clear();
            kept.set(note);
            toasts.say(words::NOTE_SAVED);
            on_changed.run(());
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        save.dispatch(typed.get_untracked().trim().to_owned());
    };
    view! {
        <form class="stack stack-2" on:submit=submit>
            <TextField
                label=words::NOTE
                value=typed
                aside=|| view! { <span>{words::NOTE_SIDE}</span> }
                max_length=LONGEST_NOTE
            />
            <Show when=move || *typed.read() != *kept.read()>
                <div class="row">
                    <Button size=ButtonSize::Small submit=true busy=save.pending()>
                        {words::NOTE_SAVE}
                    </Button>
                </div>
            </Show>
            <Trouble act=save />
        </form>
    }
}

/// When and from where a link was opened, in the server's words.
#[component]
fn Receipts(id: coffer_client::ShareId, none: &'static str) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let tries = RwSignal::new(0_u32);
    let receipts = LocalResource::new(move || {
        tries.track();
        let (vault, id) = (vault.get(), id.clone());
        async move { vault.share_receipts(&id).await }
    });
    let row = |receipt: ShareReceipt| {
        let at = receipt.at.map(dates::short);
        let address = receipt.address.map(|address| address.to_string());
        view! {
            <tr role="row">
                <td role="cell">{at.unwrap_or_else(|| words::RECEIPT_NO_TIME.to_owned())}</td>
                <td role="cell" class="mono anywhere">
                    {address.unwrap_or_else(|| words::RECEIPT_NO_ADDRESS.to_owned())}
                </td>
            </tr>
        }
    };
    let columns = || {
        vec![
            ("", words::RECEIPT_TIME.to_owned()),
            ("", words::RECEIPT_ADDRESS.to_owned()),
        ]
    };
    view! {
        {move || match receipts.get() {
            None => view! { <SkeletonLines label=words::RECEIPTS_LOADING /> }.into_any(),
            Some(Err(Error::Unsupported { .. })) => {
                view! { <p class="muted t-sm">{words::LIMIT_ABSENT}</p> }.into_any()
            }
            Some(Err(error)) => {
                view! { <FailureBanner error on_retry=move || tries.update(|n| *n += 1) /> }.into_any()
            }
            Some(Ok(receipts)) if receipts.is_empty() => {
                view! { <p class="muted t-sm">{none}</p> }.into_any()
            }
            Some(Ok(receipts)) => {
                view! {
                    <Table caption=words::RECEIPTS_TITLE columns=columns() fixed=false>
                        {receipts.into_iter().map(row).collect_view()}
                    </Table>
                    <p class="faint t-xs">{words::RECEIPTS_WORD}</p>
                }
                    .into_any()
            }
        }}
    }
}

/// Changes a link, where the server can.
#[component]
fn Limits(share: ShareStatus, on_changed: Callback<()>, close: Callback<()>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let offered = LocalResource::new(move || {
        let vault = vault.get();
        async move { vault.share_features().await }
    });
    let life = RwSignal::new(None::<u32>);
    let views = RwSignal::new(None::<Option<u32>>);
    let id = share.id.clone();
    let change = Action::new_unsync(move |change: &ShareChange| {
        let (vault, id, change) = (vault.get(), id.clone(), change.clone());
        async move { vault.change_share(&id, change).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = change.value().get() {
            change.clear();
            toasts.say(words::CHANGED);
            on_changed.run(());
            close.run(());
        }
    });
    let now = clock::now();
    let left = share.not_after.saturating_sub(now);
    // A number that was typed counts before a chip.
    let (typed_life, typed_views) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let longest = u32::try_from(left / 60_000).unwrap_or(LONGEST);
    let wanted_life = Signal::derive(move || match typed_life.read().trim() {
        "" => Ok(life.get()),
        typed => within(typed, SHORTEST, longest).map(Some).ok_or(()),
    });
    let wanted_views = Signal::derive(move || match typed_views.read().trim() {
        "" => Ok(views.get()),
        typed => within(typed, 1, MOST_VIEWS)
            .map(|views| Some(Some(views)))
            .ok_or(()),
    });
    let kept = LimitsDraft::of(&share.limits);
    let opened = share.opened.is_some_and(|opened| opened > 0);
    let known = StoredValue::new(share.limits);
    let wanted = Memo::new(move |_| {
        let (life, views) = (wanted_life.get().ok()?, wanted_views.get().ok()?);
        let chosen = kept.chosen().ok()?;
        Some(ShareChange {
            expires_in: life.map(ShareExpiry),
            views,
            ..known.with_value(|known| limits_change(known, chosen))
        })
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(wanted) = wanted.get_untracked() {
            change.dispatch(wanted);
        }
    };
    let lives = LIVES
        .into_iter()
        .filter(|minutes| u64::from(*minutes) * 60_000 < left);
    let lives: Vec<(Option<u32>, String)> = std::iter::once((None, words::CHANGE_KEEP.to_owned()))
        .chain(lives.map(|minutes| (Some(minutes), words::preset(minutes))))
        .collect();
    let times = vec![
        (None, words::CHANGE_KEEP.to_owned()),
        (Some(Some(1)), words::VIEWS_ONCE.to_owned()),
        (Some(Some(3)), words::VIEWS_THREE.to_owned()),
        (Some(None), words::VIEWS_ANY.to_owned()),
    ];
    let nothing = Signal::derive(move || {
        let wanted = wanted.read();
        wanted
            .as_ref()
            .is_none_or(|change| *change == ShareChange::default())
    });
    let life_error =
        Signal::derive(move || wanted_life.get().err().map(|()| words::change_life_bad(longest)));
    let views_error = Signal::derive(move || {
        wanted_views
            .get()
            .err()
            .map(|()| words::CUSTOM_VIEWS_BAD.to_owned())
    });
    view! {
        <section class="stack stack-3">
            <h3>{words::CHANGE_TITLE}</h3>
            {move || match offered.get() {
                None => view! { <SkeletonLines label=words::LIMITS_LOADING /> }.into_any(),
                Some(Err(error)) => view! { <FailureBanner error /> }.into_any(),
                Some(Ok(offered)) if !offered.contains(&ShareFeature::Change) => {
                    view! { <p class="muted t-sm">{words::CHANGE_ABSENT}</p> }.into_any()
                }
                Some(Ok(offered)) => {
                    let limits = offered.contains(&ShareFeature::ChangeLimits);
                    view! {
                        <form class="stack" on:submit=submit>
                            <p class="muted t-sm">{words::CHANGE_LEAD}</p>
                            <Choices label=words::CHANGE_ENDS value=life options=lives.clone() />
                            <Choices label=words::CHANGE_VIEWS value=views options=times.clone() />
                            <div class="cols-2">
                                <TextField
                                    label=words::CUSTOM_MINUTES
                                    value=typed_life
                                    aside=|| view! { <span>{words::CHANGE_TYPED_SIDE}</span> }
                                    error=life_error
                                />
                                <TextField
                                    label=words::CUSTOM_VIEWS
                                    value=typed_views
                                    aside=|| view! { <span>{words::CUSTOM_VIEWS_SIDE}</span> }
                                    error=views_error
                                />
                            </div>
                            {if limits {
                                view! { <ChangeLimits limits=kept known=known.get_value() opened /> }.into_any()
                            } else {
                                view! { <p class="muted t-sm">{words::CHANGE_LIMITS_ABSENT}</p> }.into_any()
                            }}
                            <div class="row">
                                <Button submit=true busy=change.pending() disabled=nothing>
                                    {move || {
                                        if change.pending().get() { words::CHANGE_BUSY } else { words::CHANGE_ACT }
                                    }}
                                </Button>
                            </div>
                            <Trouble act=change />
                        </form>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
