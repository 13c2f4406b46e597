//! `/settings`: choices of this browser, and the account's keys.

use coffer_client::Error;
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use super::{
    frame::Attempt,
    kit::KitSheet,
    new_passphrase::{NewPassphrase, PassphraseEntry},
    unlock::host,
    webhooks::WebhookCard,
};
use crate::{
    failure::{Trouble, explain},
    platform::{keys, passphrase},
    routes::Path,
    state::{
        session::{AUTO_LOCK, OpenVault, Session},
        theme::{Theme, Themes},
        toasts::Toasts,
    },
    text::{self, account as account_words, shell as words, webhooks as webhook_words},
    ui::*,
};

/// `/settings`
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let links = expect_context::<OpenVault>().get().link_webhooks();
    view! {
        <PageHead title=|| words::SETTINGS note=words::SETTINGS_NOTE />
        <div class="settings stack stack-6">
            <Account />
            <Appearance />
            <Passphrases />
            <Kit />
            <WebhookCard
                webhooks=links
                title=webhook_words::LINKS_TITLE
                note=webhook_words::LINKS_NOTE
            />
            <NewKeys />
            <Leave />
        </div>
    }
}

#[component]
fn Account() -> impl IntoView {
    let account = expect_context::<OpenVault>().get().account();
    view! {
        <Card title=words::ACCOUNT>
            <Facts>
                <Fact name=words::EMAIL>{account.email}</Fact>
                <Fact name=words::ORGANIZATION>{account.organization}</Fact>
                <Fact name=words::SERVER>{host(account.server.as_str()).to_owned()}</Fact>
                <Fact name=words::ACCOUNT_ID>
                    <span class="mono anywhere">{account.account_uid}</span>
                </Fact>
            </Facts>
        </Card>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let themes = Themes::expect();
    let session = Session::expect();
    let letters = RwSignal::new(keys::letters_on());
    let themes_list: Vec<(Theme, String)> = Theme::ALL
        .into_iter()
        .map(|theme| (theme, words::theme(theme).to_owned()))
        .collect();
    let minutes: Vec<(u64, String)> = AUTO_LOCK
        .into_iter()
        .map(|minutes| (minutes, text::minutes(minutes)))
        .collect();
    view! {
        <Card title=words::APPEARANCE>
            <div class="row row--between row--wrap">
                <span class="medium">{words::THEME}</span>
                <Seg
                    label=words::THEME
                    value=Signal::derive(move || themes.get())
                    options=themes_list
                    on_choose=move |theme| themes.choose(theme)
                />
            </div>
            <div class="stack stack-2">
                <div class="row row--between row--wrap">
                    <span class="medium">{words::AUTO_LOCK}</span>
                    <Seg
                        label=words::AUTO_LOCK
                        value=session.auto_lock()
                        options=minutes
                        on_choose=move |minutes| session.set_auto_lock(minutes)
                    />
                </div>
                <p class="field__hint">{words::AUTO_LOCK_HINT}</p>
            </div>
            <div class="stack stack-2">
                <div class="row row--between">
                    <span class="medium">{words::LETTER_KEYS}</span>
                    <Switch
                        label=words::LETTER_KEYS
                        value=letters
                        on_change=move |on| {
                            keys::set_letters(on);
                            letters.set(on);
                        }
                    />
                </div>
                <p class="field__hint">{words::LETTER_KEYS_HINT}</p>
            </div>
        </Card>
    }
}

#[component]
fn Passphrases() -> impl IntoView {
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    view! {
        <Card title=words::PASSPHRASE>
            <div class="row row--between row--wrap">
                <p class="muted measure">{words::PASSPHRASE_NOTE}</p>
                <Button glyph=Glyph::Key on_press=move || open.set(true)>
                    {words::CHANGE_PASSPHRASE}
                </Button>
            </div>
        </Card>
        <Dialog open title=words::CHANGE_PASSPHRASE close_word=text::CLOSE busy>
            <ChangePassphrase open busy />
        </Dialog>
    }
}

#[component]
fn ChangePassphrase(open: RwSignal<bool>, busy: RwSignal<bool>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let old_box = NodeRef::<html::Input>::new();
    let old_error = RwSignal::new(None::<String>);
    let entry = PassphraseEntry::new();
    let attempt = Attempt::new();
    Effect::new(move |_| busy.set(attempt.busy().get()));
    let submit = move || {
        let Some(old) = passphrase::peek(old_box) else {
            old_error.set(Some(account_words::EMPTY_PASSPHRASE.into()));
            return;
        };
        old_error.set(None);
        entry.take(move |new| {
            let vault = vault.get();
            attempt.run(
                async move { vault.change_passphrase(old, new).await },
                move |()| {
                    attempt.finish();
                    busy.set(false);
                    open.set(false);
                    toasts.say(words::CHANGED);
                },
            );
        });
    };
    let working = Signal::derive(move || attempt.busy().get() || entry.judging().get());
    let wrong = Signal::derive(move || {
        old_error.get().or_else(|| {
            matches!(attempt.error(), Some(Error::WrongPassphrase))
                .then(|| account_words::WRONG_HERE.to_owned())
        })
    });
    view! {
        <DialogForm
            open
            verb=words::CHANGE_PASSPHRASE
            cancel_word=text::CANCEL
            busy=working
            on_submit=submit
        >
            {attempt.banner(|error| matches!(error, Error::WrongPassphrase))}
            <PassphraseField
                label=words::OLD_PASSPHRASE
                node_ref=old_box
                show_word=text::SHOW_PASSPHRASE
                error=wrong
                autofocus=true
            />
            <NewPassphrase entry />
            <Show when=move || attempt.busy().get()>
                <Progress label=words::CHANGING />
            </Show>
        </DialogForm>
    }
}

#[component]
fn Kit() -> impl IntoView {
    let open = RwSignal::new(false);
    let vault = expect_context::<OpenVault>();
    view! {
        <Card title=words::KIT>
            <div class="row row--between row--wrap">
                <p class="muted measure">{words::KIT_NOTE}</p>
                <Button glyph=Glyph::Qr on_press=move || open.set(true)>
                    {words::SHOW_KIT}
                </Button>
            </div>
        </Card>
        <Dialog open title=words::KIT close_word=text::CLOSE wide=true>
            <div class="dialog__body stack">
                {vault.get().emergency_kit().ok().map(|kit| view! { <KitSheet kit /> })}
            </div>
        </Dialog>
    }
}

/// New keys for the same account: hygiene, not a remedy after a loss.
#[component]
fn NewKeys() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let open = RwSignal::new(false);
    let rotate = Action::new_unsync(move |(): &()| {
        let vault = vault.get();
        async move { vault.rotate_user_keys().await }
    });
    Effect::new(move |_| {
        if let Some(Ok(rotation)) = rotate.value().get() {
            rotate.clear();
            open.set(false);
            let waiting = rotation.waiting.len() + rotation.unreached.len();
            toasts.say_with(Glyph::Key, words::new_keys_made(rotation.done.len(), waiting));
        }
    });
    view! {
        <Card title=words::NEW_KEYS>
            <div class="row row--between row--wrap">
                <p class="muted measure">{words::NEW_KEYS_NOTE}</p>
                <Button glyph=Glyph::Refresh on_press=move || open.set(true)>
                    {words::NEW_KEYS_ACT}
                </Button>
            </div>
        </Card>
        <Confirm
            open
            title=words::NEW_KEYS_QUESTION
            verb=words::NEW_KEYS_ACT
            cancel_word=text::CANCEL
            danger=false
            busy=rotate.pending()
            on_confirm=move || {
                rotate.dispatch(());
            }
        >
            <p>{words::NEW_KEYS_BODY}</p>
            <Trouble act=rotate />
        </Confirm>
    }
}

#[component]
fn Leave() -> impl IntoView {
    let session = Session::expect();
    let toasts = Toasts::expect();
    let email = expect_context::<OpenVault>().get().account().email;
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let go = StoredValue::new_local(use_navigate());
    let leave = move || {
        busy.set(true);
        spawn_local(async move {
            // the shell is gone by now, whatever the server said: only what concerns the person is told
            if let Err(error) = session.sign_out().await {
                toasts.say_with(Glyph::Alert, explain(&error).title);
            }
            go.try_with_value(|go| {
                go(
                    &Path::Start.to_string(),
                    leptos_router::NavigateOptions::default(),
                )
            });
        });
    };
    view! {
        <Card title=words::LEAVE tone=Tone::Danger>
            <div class="row row--between row--wrap">
                <p class="muted measure">{words::LEAVE_NOTE}</p>
                <Button kind=ButtonKind::Danger on_press=move || open.set(true)>
                    {words::SIGN_OUT}
                </Button>
            </div>
        </Card>
        <Confirm
            open
            title=words::LEAVE_QUESTION
            verb=words::SIGN_OUT
            cancel_word=text::CANCEL
            typed=email
            typed_label=words::LEAVE_TYPED
            busy
            on_confirm=leave
        >
            <p>{words::LEAVE_SAFE}</p>
        </Confirm>
    }
}
