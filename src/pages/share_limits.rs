//! The limits of a link that only Coffer's own server keeps: of a new one on the page `/shares/new`, of one that was made in
//! its details.

use coffer_client::{ShareFeature, ShareLimits};
use leptos::prelude::*;

use crate::{
    failure::FailureBanner,
    state::{
        session::OpenVault,
        shares::{LIVES_AFTER_VIEW, LimitsDraft, NetworkTrouble},
    },
    text::shares as words,
    ui::*,
};

/// Controls for what this server offers; of what it does not, that it does not.
#[component]
pub(crate) fn LimitFields(
    /// What is chosen.
    limits: LimitsDraft,
    /// The link opens once: then some of it is of no use.
    once: Signal<bool>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let tries = RwSignal::new(0_u32);
    let offered = LocalResource::new(move || {
        tries.track();
        let vault = vault.get();
        async move { vault.share_features().await }
    });
    let heading = unique_id("share-limits");
    let labelled = heading.clone();
    view! {
        <section class="stack" aria-labelledby=labelled>
            <div class="stack stack-1">
                <h2 class="t-sm" id=heading>
                    {words::LIMITS}
                </h2>
                <p class="field__hint">{words::LIMITS_PROMISE}</p>
            </div>
            {move || match offered.get() {
                None => view! { <SkeletonLines label=words::LIMITS_LOADING /> }.into_any(),
                Some(Err(error)) => {
                    view! { <FailureBanner error on_retry=move || tries.update(|n| *n += 1) /> }.into_any()
                }
                Some(Ok(offered)) => {
                    let lacks = |feature| !offered.contains(&feature);
                    let kept = [
                        ShareFeature::OneDevice,
                        ShareFeature::Receipts,
                        ShareFeature::Networks,
                        ShareFeature::ExpiryAfterView,
                        ShareFeature::SenderEnds,
                    ];
                    if kept.iter().all(|feature| lacks(*feature)) {
                        return view! { <p class="muted t-sm">{words::LIMITS_NONE}</p> }.into_any();
                    }
                    let [no_device, no_receipts, no_networks, no_after, no_ends] = kept.map(lacks);
                    view! { <Controls limits once no_device no_receipts no_networks no_after no_ends /> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Controls(
    limits: LimitsDraft,
    once: Signal<bool>,
    no_device: bool,
    no_receipts: bool,
    no_networks: bool,
    no_after: bool,
    no_ends: bool,
) -> impl IntoView {
    let hint = move |absent: bool, of_no_use: &'static str, usual: &'static str| {
        Signal::derive(move || {
            match () {
                () if absent => words::LIMIT_ABSENT,
                () if once.get() => of_no_use,
                () => usual,
            }
            .to_owned()
        })
    };
    let lives = std::iter::once((None, words::AFTER_VIEW_NONE.to_owned()));
    let lives: Vec<(Option<u32>, String)> = lives
        .chain(LIVES_AFTER_VIEW.map(|minutes| (Some(minutes), words::preset(minutes))))
        .collect();
    let off = if no_after {
        LIVES_AFTER_VIEW.map(Some).to_vec()
    } else {
        Vec::new()
    };
    view! {
        <Check
            label=words::ONE_DEVICE
            value=limits.one_device
            hint=hint(no_device, words::ONE_DEVICE_ONCE, words::ONE_DEVICE_HINT)
            disabled=no_device
        />
        <Check
            label=words::RECEIPTS
            value=limits.receipts
            hint=hint(no_receipts, words::RECEIPTS_HINT, words::RECEIPTS_HINT)
            disabled=no_receipts
        />
        <TextField
            label=words::NETWORKS
            value=limits.networks
            aside=|| view! { <span>{words::NETWORKS_SIDE}</span> }
            placeholder="192.0.2.0/24"
            mono=true
            read_only=no_networks
            hint=hint(no_networks, words::NETWORKS_HINT, words::NETWORKS_HINT)
            error=network_error(limits)
        />
        <Choices
            label=words::AFTER_VIEW
            value=limits.after_view
            options=lives
            off=off
            hint=hint(no_after, words::AFTER_VIEW_ONCE, words::AFTER_VIEW_HINT)
        />
        <Check
            label=words::SENDER_ENDS
            value=limits.sender_ends
            hint=hint(no_ends, words::SENDER_ENDS_HINT, words::SENDER_ENDS_HINT)
            disabled=no_ends
        />
    }
}

/// The same for a link that was made. What its first view has decided stays as it is.
#[component]
pub(super) fn ChangeLimits(
    /// What is chosen.
    limits: LimitsDraft,
    /// What it has.
    known: ShareLimits,
    /// Somebody has opened it.
    opened: bool,
) -> impl IntoView {
    let device_hint = match (opened, known.one_device) {
        (false, _) => words::ONE_DEVICE_HINT,
        (true, true) => words::ONE_DEVICE_BOUND,
        (true, false) => words::ONE_DEVICE_LATE,
    };
    let mut lives = vec![None];
    lives.extend(LIVES_AFTER_VIEW.map(Some));
    if !lives.contains(&known.after_view) {
        lives.push(known.after_view);
    }
    let lives: Vec<(Option<u32>, String)> = lives
        .into_iter()
        .map(|life| {
            (
                life,
                life.map_or_else(|| words::AFTER_VIEW_NONE.to_owned(), words::preset),
            )
        })
        .collect();
    view! {
        <p class="field__hint">{words::LIMITS_PROMISE}</p>
        <Check
            label=words::ONE_DEVICE
            value=limits.one_device
            hint=device_hint
            disabled=opened && !known.one_device
        />
        <Check label=words::RECEIPTS value=limits.receipts hint=words::RECEIPTS_LATER />
        <TextField
            label=words::NETWORKS
            value=limits.networks
            aside=|| view! { <span>{words::NETWORKS_SIDE}</span> }
            placeholder="192.0.2.0/24"
            mono=true
            hint=words::NETWORKS_HINT
            error=network_error(limits)
        />
        <Check label=words::SENDER_ENDS value=limits.sender_ends hint=words::SENDER_ENDS_HINT />
        {if opened {
            view! { <p class="field__hint">{words::AFTER_VIEW_LATE}</p> }.into_any()
        } else {
            view! {
                <Choices
                    label=words::AFTER_VIEW
                    value=limits.after_view
                    options=lives
                    hint=words::AFTER_VIEW_HINT
                />
            }
                .into_any()
        }}
    }
}

fn network_error(limits: LimitsDraft) -> Signal<Option<String>> {
    Signal::derive(move || {
        limits.chosen().err().map(|trouble| match trouble {
            NetworkTrouble::Bad(text) => words::network_bad(&text),
            NetworkTrouble::TooMany => words::NETWORKS_MANY.to_owned(),
        })
    })
}
