//! `/i#…`: an invitation. Its fragment is read once and goes nowhere but to the client.

use coffer_client::{Accept, Error, Invitation, LinkError};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::{
    frame::{Attempt, Solo},
    new_account::{Making, NewAccount, email_problem},
    new_passphrase::PassphraseEntry,
    shell::Gate,
    unlock::host,
};
use crate::{
    backend,
    platform::{clock, fragment},
    routes::Path,
    state::{
        session::{OpenVault, Session},
        toasts::Toasts,
    },
    text::account as words,
    ui::*,
};

/// `/i#…`
#[component]
pub(crate) fn AcceptInvitation() -> impl IntoView {
    let arrivals = fragment::arrivals();
    view! {
        {move || {
                arrivals.track();
                match fragment::take() {
                    None => view! { <Broken error=LinkError::NoKey /> }.into_any(),
                    Some(text) => {
                        match Invitation::parse(&text) {
                            Ok(invitation) if invitation.expires <= clock::now() => view! { <Over /> }.into_any(),
                            Ok(invitation) if invitation.needs_account => {
                                view! {
                                    <Solo wide=true>
                                        <Join invitation />
                                    </Solo>
                                }
                                    .into_any()
                            }
                            Ok(invitation) => {
                                let invitation = StoredValue::new_local(invitation);
                                view! {
                                    <Gate>
                                        <JoinWithAccount invitation=invitation.get_value() />
                                    </Gate>
                                }
                                    .into_any()
                            }
                            Err(error) => view! { <Broken error /> }.into_any(),
                        }
                    }
                }
            }}
    }
}

/// The invitation's time is over.
#[component]
fn Over() -> impl IntoView {
    view! { <Told title=words::INVITE_OVER text=words::INVITE_OVER_TEXT /> }
}

#[component]
fn Broken(error: LinkError) -> impl IntoView {
    let (title, text) = match error {
        LinkError::NoKey => (words::INVITE_NO_KEY, words::INVITE_NO_KEY_TEXT),
        LinkError::Unsupported => (words::INVITE_NEWER, words::INVITE_NEWER_TEXT),
        _ => (words::INVITE_BROKEN, words::INVITE_BROKEN_TEXT),
    };
    view! { <Told title text /> }
}

#[component]
fn Told(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <Solo>
            <div class="card">
                <div class="card__body card__body--lg stack stack-6">
                    <GlyphTile glyph=Glyph::Alert tone=Tone::Caution />
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{title}</h1>
                        <p class="muted">{text}</p>
                    </div>
                    <LinkButton href=Path::Start block=true>
                        {crate::text::shell::LOST_ACT}
                    </LinkButton>
                </div>
            </div>
        </Solo>
    }
}

/// Joins with the account that is unlocked here.
#[component]
fn JoinWithAccount(invitation: Invitation) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let attempt = Attempt::new();
    let go = StoredValue::new_local(use_navigate());
    let account = vault.get().account();
    let same_server = account.server == invitation.server;
    let server = host(invitation.server.as_str()).to_owned();
    let invitation = StoredValue::new_local(invitation);
    let join = move || {
        let (vault, invitation) = (vault.get(), invitation.get_value());
        attempt.run(async move { vault.join(&invitation).await }, move |()| {
            toasts.say(words::JOINED);
            go.with_value(|go| {
                go(
                    &Path::Projects.to_string(),
                    leptos_router::NavigateOptions::default(),
                )
            });
        });
    };
    view! {
        <Solo wide=true>
            <div class="card">
                <div class="card__body card__body--lg stack stack-6">
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{words::INVITED_TITLE}</h1>
                        <p class="muted">{words::INVITED_ACCOUNT_TEXT}</p>
                    </div>
                    {attempt.banner(|_: &Error| false)}
                    <Outcome glyph=Glyph::Users plain=true>
                        <p>
                            <b>{words::join_as(&account.email, &server)}</b>
                        </p>
                        <p>{words::INVITE_WAITS}</p>
                    </Outcome>
                    {if same_server {
                        view! {
                            <Button
                                kind=ButtonKind::Primary
                                size=ButtonSize::Large
                                block=true
                                busy=attempt.busy()
                                on_press=join
                            >
                                {words::JOIN_WITH_ACCOUNT}
                            </Button>
                        }
                            .into_any()
                    } else {
                        view! { <p class="c-caution">{words::INVITE_OTHER_SERVER}</p> }.into_any()
                    }}
                </div>
            </div>
        </Solo>
    }
}

#[component]
fn Join(invitation: Invitation) -> impl IntoView {
    let session = Session::expect();
    let named = invitation.email.clone();
    let server = host(invitation.server.as_str()).to_owned();
    let invited_to = StoredValue::new(words::invited_to(&server));
    let email = RwSignal::new(named.clone());
    let email_error = RwSignal::new(None::<String>);
    let first = RwSignal::new(String::new());
    let first_error = RwSignal::new(None::<String>);
    let last = RwSignal::new(String::new());
    let entry = PassphraseEntry::new();
    let making = Making::new();
    let fixed = !named.is_empty();
    let invitation = StoredValue::new_local(invitation);
    let submit = move || {
        email_error.set(email_problem(&email.read_untracked()));
        first_error.set(
            first
                .read_untracked()
                .trim()
                .is_empty()
                .then(|| words::NAME_BAD.to_owned()),
        );
        if email_error.read_untracked().is_some() || first_error.read_untracked().is_some() {
            return;
        }
        entry.take(move |passphrase| {
            let accept = Accept {
                email: (!fixed).then(|| email.read_untracked().trim().to_owned()),
                first_name: first.read_untracked().trim().to_owned(),
                last_name: last.read_untracked().trim().to_owned(),
                passphrase,
            };
            let invitation = invitation.get_value();
            let server = invitation.server.clone();
            let client = backend::client(server.clone());
            making.run(
                async move { client.accept_invitation(invitation, accept).await },
                move || {
                    if session.server_now() != server {
                        session.choose_server(server);
                    }
                },
            );
        });
    };
    view! {
        <NewAccount
            making
            entry
            title=words::INVITED_TITLE
            lead=words::INVITED_TEXT
            verb=words::JOIN_ACT
            on_submit=submit
        >
            <Outcome glyph=Glyph::Users plain=true>
                <p>
                    <b>{invited_to.get_value()}</b>
                </p>
                <p>{words::INVITE_WAITS}</p>
            </Outcome>
            <TextField
                label=words::EMAIL
                value=email
                kind=InputKind::Email
                autocomplete="username"
                large=true
                required=true
                read_only=fixed
                error=email_error
            />
            <TextField
                label=words::FIRST_NAME
                value=first
                autocomplete="given-name"
                large=true
                required=true
                error=first_error
            />
            <TextField label=words::LAST_NAME value=last autocomplete="family-name" large=true />
        </NewAccount>
    }
}
