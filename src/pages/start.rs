//! `/`: decides what to show first.

use coffer_client::Error;
use leptos::prelude::*;
use leptos_router::{
    components::{A, Redirect},
    hooks::use_navigate,
};

use super::{
    frame::{ServerPicker, Solo},
    shell::Gate,
    signin::ThenOn,
    unlock::host,
};
use crate::{
    failure::FailureBanner,
    platform::fragment,
    routes::{Path, use_path},
    state::session::Session,
    text::{self, account as words},
    ui::*,
};

/// `/`
#[component]
pub(crate) fn Start() -> impl IntoView {
    view! {
        <Gate>
            <Redirect path=Path::Projects />
        </Gate>
    }
}

/// What a browser shows that knows no account: asks the server whether it is new, then what the person has.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let session = Session::expect();
    let picking = RwSignal::new(false);
    let tries = RwSignal::new(0_u32);
    let status = LocalResource::new(move || {
        tries.track();
        session.server();
        let client = session.client();
        async move { client.server_status().await }
    });
    let card = move || match status.get() {
        None => view! {
            <div class="card">
                <div class="card__body card__body--lg stack">
                    <h1 class="t-2xl">{words::START_TITLE}</h1>
                    <SkeletonLines label=words::ASKING />
                </div>
            </div>
        }
        .into_any(),
        Some(Err(error)) => {
            view! { <Unreachable error on_retry=move || tries.update(|tries| *tries += 1) /> }.into_any()
        }
        Some(Ok(status)) if !status.initialized => view! { <Fresh /> }.into_any(),
        Some(Ok(_)) => view! { <Choices /> }.into_any(),
    };
    view! {
        <Solo>
            {card}
            <div class="row row--between row--wrap t-sm">
                <span class="row faint anywhere">
                    <Icon glyph=Glyph::Server size=IconSize::Small />
                    {move || host(session.server().as_str()).to_owned()}
                </span>
                <button class="link-btn" type="button" on:click=move |_| picking.set(true)>
                    {words::OTHER_SERVER}
                </button>
            </div>
        </Solo>
        <ServerPicker open=picking />
    }
}

#[component]
fn Unreachable(error: Error, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="stack">
            <h1 class="t-2xl">{words::START_TITLE}</h1>
            <FailureBanner error on_retry />
        </div>
    }
}

#[component]
fn Fresh() -> impl IntoView {
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack stack-6">
                <div class="stack stack-2">
                    <h1 class="t-2xl">{words::FRESH_TITLE}</h1>
                    <p class="muted">{words::FRESH_TEXT}</p>
                </div>
                <LinkButton href=Path::Setup kind=ButtonKind::Primary size=ButtonSize::Large block=true>
                    {words::FRESH_ACT}
                </LinkButton>
            </div>
        </div>
    }
}

#[component]
fn Choices() -> impl IntoView {
    let pasting = RwSignal::new(false);
    // What stands at this address is where signing in leads.
    let path = use_path();
    let wanted = move || path.get().and_then(Path::wanted);
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack stack-6">
                <div class="stack stack-2">
                    <h1 class="t-2xl">{words::START_TITLE}</h1>
                    <p class="muted">{words::START_TEXT}</p>
                    <ThenOn />
                </div>
                <ul class="stack stack-2">
                    <li>
                        <A
                            href=move || Path::SignIn { wanted: wanted() }.to_string()
                            attr:class="option option--link"
                        >
                            <Icon glyph=Glyph::Key />
                            <span>
                                <b>{words::START_KIT}</b>
                                <small>{words::START_KIT_NOTE}</small>
                            </span>
                            <Icon glyph=Glyph::ChevronRight />
                        </A>
                    </li>
                    <li>
                        <button
                            class="option option--link"
                            type="button"
                            aria-haspopup="dialog"
                            on:click=move |_| pasting.set(true)
                        >
                            <Icon glyph=Glyph::Inbox />
                            <span>
                                <b>{words::START_INVITATION}</b>
                                <small>{words::START_INVITATION_NOTE}</small>
                            </span>
                            <Icon glyph=Glyph::ChevronRight />
                        </button>
                    </li>
                    <li>
                        <A
                            href=move || Path::SignInWithLogin { wanted: wanted() }.to_string()
                            attr:class="option option--link"
                        >
                            <Icon glyph=Glyph::User />
                            <span>
                                <b>{words::START_LOGIN}</b>
                                <small>{words::START_LOGIN_NOTE}</small>
                            </span>
                            <Icon glyph=Glyph::ChevronRight />
                        </A>
                    </li>
                </ul>
            </div>
        </div>
        <PasteInvitation open=pasting />
    }
}

/// An invitation whose link was mailed to another program: its fragment is taken here and goes nowhere else.
#[component]
fn PasteInvitation(open: RwSignal<bool>) -> impl IntoView {
    let entry = NodeRef::<leptos::html::Textarea>::new();
    let bad = RwSignal::new(None::<String>);
    let go = StoredValue::new_local(use_navigate());
    let submit = move || {
        let Some(entry) = entry.get_untracked() else {
            return;
        };
        let typed = entry.value();
        entry.set_value("");
        match typed.trim().split_once('#') {
            Some((_, behind)) if !behind.is_empty() => {
                fragment::hold(behind.to_owned());
                open.set(false);
                go.with_value(|go| {
                    go(
                        &Path::Invitation.to_string(),
                        leptos_router::NavigateOptions::default(),
                    )
                });
            }
            _ => bad.set(Some(words::INVITE_NO_KEY_TEXT.into())),
        }
    };
    view! {
        <Dialog open title=words::START_INVITATION close_word=text::CLOSE on_close=move || bad.set(None)>
            <DialogForm open verb=words::START_GO cancel_word=text::CANCEL on_submit=submit>
                <div class="field">
                    <label class="field__label" for="pasted-invitation">
                        {words::PASTE_INVITATION}
                    </label>
                    <textarea
                        node_ref=entry
                        class="textarea textarea--mono"
                        id="pasted-invitation"
                        rows="4"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="pasted-invitation-hint"
                        aria-invalid=move || bad.read().is_some().then_some("true")
                    ></textarea>
                    <FieldError error=bad />
                    <p class="field__hint" id="pasted-invitation-hint">
                        {words::PASTE_INVITATION_HINT}
                    </p>
                </div>
            </DialogForm>
        </Dialog>
    }
}
