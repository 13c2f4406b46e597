//! Unlocking on a device that knows the account: `/unlock`, and in place of any page while the keys are locked.

use coffer_client::{Error, KnownAccount};
use leptos::{ev, html, prelude::*};
use leptos_router::components::{A, Redirect};

use super::{
    frame::{Attempt, Deriving, ServerPicker, Solo},
    shell::Gate,
};
use crate::{
    platform::{dates, passphrase},
    routes::{Path, use_path},
    state::session::Session,
    text::{self, account as words},
    ui::*,
};

/// `/unlock`
#[component]
pub(crate) fn UnlockPage() -> impl IntoView {
    view! {
        <Gate>
            <Redirect path=Path::Projects />
        </Gate>
    }
}

/// Asks for the passphrase of an account that this device knows.
#[component]
pub(crate) fn Unlock(
    /// The accounts, the one used last first.
    accounts: Vec<KnownAccount>,
) -> impl IntoView {
    let session = Session::expect();
    let accounts = StoredValue::new(accounts);
    let chosen = RwSignal::new(0_usize);
    let account = move || accounts.with_value(|accounts| accounts.get(chosen.get()).cloned());
    let path = use_path();
    let other_account = move || {
        let wanted = path.get().and_then(Path::wanted);
        Path::SignIn { wanted }.to_string()
    };
    let attempt = Attempt::new();
    let picking = RwSignal::new(false);
    let forgot = RwSignal::new(false);
    let passphrase_box = NodeRef::<html::Input>::new();
    let password_box = NodeRef::<html::Input>::new();
    let empty = RwSignal::new(None::<String>);
    // The server showed an older state than this device kept, as after a restored backup: it can be put back.
    let behind = move || matches!(attempt.error(), Some(Error::RolledBack { .. }));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let account = accounts.with_value(|accounts| accounts.get(chosen.get_untracked()).cloned());
        let Some(account) = account else { return };
        let Some(passphrase) = passphrase::take(passphrase_box) else {
            empty.set(Some(words::EMPTY_PASSPHRASE.into()));
            return;
        };
        empty.set(None);
        let password = passphrase::take(password_box);
        let client = session.client();
        let put_back = untrack(behind);
        attempt.run(
            async move {
                if put_back {
                    client.put_back_account(&account, passphrase, password).await
                } else {
                    client.unlock(&account, passphrase, password).await
                }
            },
            move |vault| session.unlocked(vault),
        );
    };
    let wrong = Signal::derive(move || {
        empty.get().or_else(|| {
            matches!(attempt.error(), Some(Error::WrongPassphrase)).then(|| words::WRONG_HERE.to_owned())
        })
    });
    let form = move || {
        let account = account()?;
        let many = accounts.with_value(Vec::len) > 1;
        let hint = if account.last_used == 0 {
            words::DEVICE_HINT.to_owned()
        } else {
            words::last_used(&dates::day(account.last_used))
        };
        Some(view! {
            <div class="card">
                <form class="card__body card__body--lg stack stack-6" on:submit=submit>
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{words::UNLOCK_TITLE}</h1>
                        <p class="muted">{words::UNLOCK_TEXT}</p>
                    </div>
                    {attempt.banner(|error| matches!(error, Error::WrongPassphrase))}
                    <div class="row row-3">
                        <span class="avatar avatar--lg" aria-hidden="true">
                            {initials(&account.email)}
                        </span>
                        <div class="grow">
                            <div class="strong anywhere">{account.email.clone()}</div>
                            <div class="faint t-sm">
                                <button
                                    class="row tap host"
                                    type="button"
                                    aria-haspopup="dialog"
                                    on:click=move |_| picking.set(true)
                                >
                                    <Icon glyph=Glyph::Server size=IconSize::Small />
                                    {host(account.server.as_str()).to_owned()}
                                    <Icon glyph=Glyph::ChevronDown size=IconSize::Small />
                                </button>
                            </div>
                        </div>
                        {many
                            .then(|| {
                                let items = move || {
                                    accounts
                                        .get_value()
                                        .into_iter()
                                        .enumerate()
                                        .map(|(index, account)| {
                                            view! {
                                                <MenuItem
                                                    current=Signal::derive(move || chosen.get() == index)
                                                    on_press=move || chosen.set(index)
                                                >
                                                    {account.email}
                                                </MenuItem>
                                            }
                                        })
                                        .collect_view()
                                };
                                view! {
                                    <Menu label=words::ACCOUNTS_HERE glyph=Glyph::Updown>
                                        {items()}
                                    </Menu>
                                }
                            })}
                    </div>
                    // a password manager ties the passphrase to this name
                    <input
                        class="sr-only"
                        type="text"
                        autocomplete="username"
                        tabindex="-1"
                        aria-hidden="true"
                        readonly
                        prop:value=account.email.clone()
                    />
                    <PassphraseField
                        label=words::PASSPHRASE
                        node_ref=passphrase_box
                        show_word=text::SHOW_PASSPHRASE
                        hint=hint
                        error=wrong
                        autofocus=true
                        aside=move || {
                            view! {
                                <button class="link-btn t-xs" type="button" on:click=move |_| forgot.set(true)>
                                    {words::FORGOT}
                                </button>
                            }
                        }
                    />
                    {account
                        .own_login
                        .then(|| {
                            view! {
                                <PassphraseField
                                    label=words::SERVER_PASSWORD
                                    node_ref=password_box
                                    show_word=text::SHOW_PASSPHRASE
                                    hint=words::SERVER_PASSWORD_HINT
                                />
                            }
                        })}
                    {move || behind().then(|| view! { <p class="muted t-sm">{words::PUT_BACK_ACCOUNT}</p> })}
                    <Button kind=ButtonKind::Primary size=ButtonSize::Large block=true submit=true>
                        {move || if behind() { words::UNLOCK_PUT_BACK } else { words::UNLOCK }}
                    </Button>
                </form>
            </div>
            <div class="row row--between row--wrap t-sm">
                <A href=other_account attr:class="tap">
                    {words::OTHER_ACCOUNT}
                </A>
                <button class="link-btn" type="button" on:click=move |_| picking.set(true)>
                    {words::CONNECT_OTHER}
                </button>
            </div>
        })
    };
    view! {
        <Solo>
            <Show when=move || attempt.busy().get() fallback=form>
                <Deriving
                    title=words::UNLOCKING
                    found=words::STEP_KEY
                    then=words::STEP_OPEN
                    on_cancel=move || attempt.cancel()
                />
            </Show>
        </Solo>
        <ServerPicker open=picking />
        <Dialog open=forgot title=words::FORGOT_TITLE close_word=text::CLOSE>
            <div class="dialog__body stack">
                <p>{words::FORGOT_1}</p>
                <p>{words::FORGOT_2}</p>
                <p>{words::FORGOT_3}</p>
            </div>
        </Dialog>
    }
}

/// Two letters for a picture.
pub(crate) fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let mut parts = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let first = parts.next().and_then(|part| part.chars().next());
    let second = parts.next().and_then(|part| part.chars().next());
    first
        .into_iter()
        .chain(second)
        .flat_map(char::to_uppercase)
        .collect()
}

/// The part of an address that people compare.
pub(crate) fn host(server: &str) -> &str {
    server.split_once("://").map_or(server, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_the_name_before_the_at_sign() {
        let check = |name: &str, expected: &str| assert_eq!(initials(name), expected);
        check("mara.lindqvist@halden.example", "ML");
        check("mara@halden.example", "M");
        check("Mara Lindqvist", "ML");
        check("", "");
    }
}
