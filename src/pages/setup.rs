//! `/setup`: the first account of a server.

use coffer_client::SetUp;
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::{
    frame::Solo,
    new_account::{Making, NewAccount, email_problem},
    new_passphrase::PassphraseEntry,
};
use crate::{failure::FailureBanner, routes::Path, state::session::Session, text::account as words, ui::*};

/// `/setup`
#[component]
pub(crate) fn Setup() -> impl IntoView {
    let session = Session::expect();
    let tries = RwSignal::new(0_u32);
    let status = LocalResource::new(move || {
        tries.track();
        let client = session.client();
        async move { client.server_status().await }
    });
    // asked once: while the account is made, the answer changes and the page must not
    let card = move || match status.get() {
        None => view! {
            <div class="card">
                <div class="card__body card__body--lg stack">
                    <h1 class="t-2xl">{words::SETUP_TITLE}</h1>
                    <SkeletonLines label=words::ASKING />
                </div>
            </div>
        }
        .into_any(),
        Some(Err(error)) => view! {
            <h1 class="t-2xl">{words::SETUP_TITLE}</h1>
            <FailureBanner error on_retry=move || tries.update(|tries| *tries += 1) />
        }
        .into_any(),
        Some(Ok(status)) if status.initialized => view! {
            <div class="card">
                <div class="card__body card__body--lg stack stack-6">
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{words::NOT_FRESH_TITLE}</h1>
                        <p class="muted">{words::NOT_FRESH_TEXT}</p>
                    </div>
                    <LinkButton href=Path::Start kind=ButtonKind::Primary size=ButtonSize::Large block=true>
                        {words::SIGN_IN}
                    </LinkButton>
                </div>
            </div>
        }
        .into_any(),
        Some(Ok(_)) => view! { <First /> }.into_any(),
    };
    view! {
        <Show when=move || !session.is_unlocked() fallback=|| view! { <Redirect path=Path::Projects /> }>
            <Solo wide=true>{card}</Solo>
        </Show>
    }
}

/// The form of the first account.
#[component]
fn First() -> impl IntoView {
    let session = Session::expect();
    let email = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let organization = RwSignal::new(String::new());
    let email_error = RwSignal::new(None::<String>);
    let organization_error = RwSignal::new(None::<String>);
    let entry = PassphraseEntry::new();
    let making = Making::new();
    let submit = move || {
        email_error.set(email_problem(&email.read_untracked()));
        organization_error.set(
            organization
                .read_untracked()
                .trim()
                .is_empty()
                .then(|| words::ORGANIZATION_BAD.to_owned()),
        );
        if email_error.read_untracked().is_some() || organization_error.read_untracked().is_some() {
            return;
        }
        entry.take(move |passphrase| {
            let request = SetUp {
                email: email.read_untracked().trim().to_owned(),
                organization: organization.read_untracked().trim().to_owned(),
                name: name.read_untracked().trim().to_owned(),
                passphrase,
            };
            let client = session.client();
            making.run(async move { client.set_up(request).await }, || {});
        });
    };
    view! {
        <NewAccount
            making
            entry
            title=words::SETUP_TITLE
            lead=words::SETUP_TEXT
            verb=words::SETUP_ACT
            on_submit=submit
        >
            <TextField
                label=words::EMAIL
                value=email
                kind=InputKind::Email
                autocomplete="username"
                large=true
                required=true
                autofocus=true
                error=email_error
            />
            <TextField
                label=words::YOUR_NAME
                value=name
                hint=words::YOUR_NAME_HINT
                autocomplete="name"
                large=true
                max_length=100
            />
            <TextField
                label=words::ORGANIZATION
                value=organization
                autocomplete="organization"
                large=true
                required=true
                max_length=64
                error=organization_error
            />
        </NewAccount>
    }
}
