//! `/signin`: an account on a new device, by its kit; or keys for a login that the server has already.

use coffer_client::{EmergencyKit, Error, ExistingLogin};
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::components::A;
use zeroize::Zeroizing;

use super::{
    frame::{Attempt, Deriving, Onward, ServerPicker, Solo, use_onward},
    new_account::{Making, NewAccount, email_problem},
    new_passphrase::PassphraseEntry,
    unlock::host,
};
use crate::{
    backend,
    platform::{
        file, passphrase,
        photo::{self, PhotoError},
    },
    routes::{Path, use_path},
    state::session::Session,
    text::{self, account as words},
    ui::*,
};

/// `/signin`
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let session = Session::expect();
    let path = use_path();
    let login = Memo::new(move |_| matches!(*path.read(), Some(Path::SignInWithLogin { .. })));
    let page = move || {
        if login.get() {
            view! { <WithLogin /> }.into_any()
        } else {
            view! { <WithKit /> }.into_any()
        }
    };
    view! {
        <Show when=move || !session.is_unlocked() fallback=|| view! { <Onward /> }>
            <Solo wide=true>{page}</Solo>
        </Show>
    }
}

/// Kit and passphrase.
#[component]
fn WithKit() -> impl IntoView {
    let session = Session::expect();
    let attempt = Attempt::new();
    let kit_box = NodeRef::<html::Textarea>::new();
    let kit = StoredValue::new_local(None::<EmergencyKit>);
    // what may be shown of it: account, server, whether the server's password is needed
    let read = RwSignal::new(None::<(String, String, bool)>);
    let kit_error = RwSignal::new(None::<String>);
    let passphrase_box = NodeRef::<html::Input>::new();
    let passphrase_error = RwSignal::new(None::<String>);
    let password_box = NodeRef::<html::Input>::new();
    let onward = use_onward();

    let take = move |text: &str, complain: Option<&str>| match EmergencyKit::parse(text) {
        Ok(parsed) => {
            read.set(Some((
                parsed.email.clone(),
                parsed.server.to_string(),
                parsed.own_login,
            )));
            kit.set_value(Some(parsed));
            kit_error.set(None);
        }
        Err(_) => {
            kit.set_value(None);
            read.set(None);
            kit_error.set(complain.map(str::to_owned));
        }
    };
    let typed = move |complain: Option<&str>| {
        let Some(entry) = kit_box.get_untracked() else {
            return;
        };
        let text = Zeroizing::new(entry.value());
        if text.trim().is_empty() {
            kit.set_value(None);
            read.set(None);
            kit_error.set(None);
        } else {
            take(&text, complain);
        }
    };
    let on_file = UnsyncCallback::new(move |chosen: web_sys::File| {
        spawn_local(async move {
            let (complaint, found) = if file::is_picture(&chosen) {
                let found = photo::read_code(&chosen).await.map_err(|error| match error {
                    PhotoError::NoCode => words::KIT_NO_CODE,
                    PhotoError::NotLoaded => words::KIT_NOT_LOADED,
                });
                (words::KIT_NO_CODE, found)
            } else {
                let found = file::text(&chosen, 64 * 1024).await;
                (words::KIT_NO_TEXT, found.map_err(|_| words::KIT_NO_TEXT))
            };
            match found {
                Ok(text) => {
                    take(&text, Some(complaint));
                    if let Some(entry) = kit_box.get_untracked() {
                        entry.set_value(&text);
                    }
                }
                Err(complaint) => kit_error.set(Some(complaint.into())),
            }
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        typed(Some(words::KIT_BAD));
        let Some(kit) = kit.get_value() else {
            kit_error.set(Some(words::KIT_BAD.into()));
            return;
        };
        let Some(passphrase) = passphrase::take(passphrase_box) else {
            passphrase_error.set(Some(words::EMPTY_PASSPHRASE.into()));
            return;
        };
        passphrase_error.set(None);
        let password = passphrase::take(password_box);
        let server = kit.server.clone();
        attempt.run(
            async move {
                let client = backend::client(kit.server.clone());
                client.sign_in_with_kit(&kit, passphrase, password).await
            },
            move |vault| {
                if session.server_now() != server {
                    session.choose_server(server);
                }
                session.unlocked(vault);
                onward();
            },
        );
    };
    let wrong = Signal::derive(move || {
        passphrase_error.get().or_else(|| {
            matches!(attempt.error(), Some(Error::WrongPassphrase)).then(|| words::WRONG_HERE.to_owned())
        })
    });
    // the form stays mounted while keys are derived, so that a wrong passphrase does not cost the kit
    view! {
        <Show when=move || attempt.busy().get()>
            <Deriving
                title=words::UNLOCKING
                found=words::STEP_KIT
                then=words::STEP_OPEN
                on_cancel=move || attempt.cancel()
            />
        </Show>
        <div class="card" hidden=move || attempt.busy().get()>
            <form class="card__body card__body--lg stack stack-6" on:submit=submit novalidate>
                <div class="stack stack-2">
                    <h1 class="t-2xl">{words::SIGNIN_TITLE}</h1>
                    <p class="muted">{words::SIGNIN_TEXT}</p>
                    <ThenOn />
                </div>
                {attempt.banner(|error| matches!(error, Error::WrongPassphrase))}
                <div class="field">
                    <div class="field__label">
                        <label for="kit">{words::KIT_FIELD}</label>
                        <span>{words::KIT_ASIDE}</span>
                    </div>
                    <textarea
                        node_ref=kit_box
                        class="textarea textarea--mono"
                        id="kit"
                        rows="4"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-invalid=move || kit_error.read().is_some().then_some("true")
                        aria-describedby="kit-error"
                        on:input=move |_| typed(None)
                        on:change=move |_| typed(Some(words::KIT_BAD))
                    ></textarea>
                    <FieldError id="kit-error" error=kit_error />
                    <Drop
                        words=words::KIT_DROP
                        choose_word=text::CHOOSE_FILE
                        accept="image/*,text/plain,.txt"
                        on_file
                    />
                </div>
                {move || {
                    read.get()
                        .map(|(email, server, _)| {
                            let other = server != session.server().as_str();
                            view! {
                                <div role="status">
                                    <Outcome glyph=Glyph::Check>
                                        <p>
                                            <b>{words::KIT_READ}</b>
                                            ": "
                                            {words::kit_of(&email, host(&server))}
                                        </p>
                                        {other.then(|| view! { <p>{words::KIT_OTHER_SERVER}</p> })}
                                    </Outcome>
                                </div>
                            }
                        })
                }}
                <PassphraseField
                    label=words::PASSPHRASE
                    node_ref=passphrase_box
                    show_word=text::SHOW_PASSPHRASE
                    error=wrong
                />
                <Show when=move || read.read().as_ref().is_some_and(|(_, _, own_login)| *own_login)>
                    <PassphraseField
                        label=words::SERVER_PASSWORD
                        node_ref=password_box
                        show_word=text::SHOW_PASSPHRASE
                        hint=words::SERVER_PASSWORD_HINT
                    />
                </Show>
                <Button kind=ButtonKind::Primary size=ButtonSize::Large block=true submit=true>
                    {words::SIGNIN_ACT}
                </Button>
            </form>
        </div>
        <p class="t-sm faint center">{words::SIGNIN_NONE}</p>
        <Show when=move || !attempt.busy().get()>
            <OtherWay />
        </Show>
    }
}

/// Says that what was opened comes after this, if something was.
#[component]
pub(super) fn ThenOn() -> impl IntoView {
    let path = use_path();
    move || {
        let wanted = path.get().and_then(Path::wanted);
        wanted.map(|_| view! { <p class="muted">{words::THEN_ON}</p> })
    }
}

/// Back to what can be chosen, at the address that was opened.
#[component]
fn OtherWay() -> impl IntoView {
    let path = use_path();
    let back = move || {
        let wanted = path.get().and_then(Path::wanted);
        wanted.map_or(Path::Start, |wanted| *wanted).to_string()
    };
    view! {
        <p class="t-sm center">
            <A href=back attr:class="tap">
                {words::OTHER_WAY}
            </A>
        </p>
    }
}

/// The server's own login, to which keys are added.
#[component]
fn WithLogin() -> impl IntoView {
    let session = Session::expect();
    let making = Making::new();
    let picking = RwSignal::new(false);
    let email = RwSignal::new(String::new());
    let email_error = RwSignal::new(None::<String>);
    let password_box = NodeRef::<html::Input>::new();
    let password_error = RwSignal::new(None::<String>);
    let entry = PassphraseEntry::new();
    let submit = move || {
        email_error.set(email_problem(&email.read_untracked()));
        let password = passphrase::peek(password_box);
        password_error.set(password.is_none().then(|| words::PASSWORD_EMPTY.to_owned()));
        let (Some(password), None) = (password, email_error.get_untracked()) else {
            return;
        };
        entry.take(move |passphrase| {
            let login = ExistingLogin {
                email: email.read_untracked().trim().to_owned(),
                password,
                passphrase,
            };
            let client = session.client();
            making.run(async move { client.create_keys(login).await }, || {});
        });
    };
    view! {
        <NewAccount
            making
            entry
            title=words::LOGIN_TITLE
            lead=words::LOGIN_TEXT
            verb=words::LOGIN_ACT
            on_submit=submit
        >
            <TextField
                label=words::EMAIL
                value=email
                kind=InputKind::Email
                autocomplete="username"
                large=true
                required=true
                error=email_error
                aside=move || {
                    view! {
                        <span>
                            {move || host(session.server().as_str()).to_owned()}
                            " · "
                            <button
                                class="link-btn"
                                type="button"
                                on:click=move |_| picking.set(true)
                            >
                                {words::CHANGE}
                            </button>
                        </span>
                    }
                }
            />
            <PassphraseField
                label=words::SERVER_PASSWORD
                node_ref=password_box
                show_word=text::SHOW_PASSPHRASE
                hint=words::SERVER_PASSWORD_HINT
                error=password_error
            />
        </NewAccount>
        <Show when=move || making.is_idle()>
            <OtherWay />
        </Show>
        <ServerPicker open=picking />
    }
}
