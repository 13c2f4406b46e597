//! Inviting somebody: what they will be able to open, and the link.

use coffer_client::{EnvironmentInfo, Error, InviteDraft, InviteLink, email_of};
use leptos::prelude::*;

use super::{
    Handle,
    rights::{Choice, RightsChoice},
};
use crate::{
    backend::this_server,
    failure::Trouble,
    platform::dates,
    routes::Path,
    state::clipboard::Clipboard,
    text::{self, members as words},
    ui::*,
};

/// The dialog.
#[component]
pub(super) fn Invite(
    open: RwSignal<bool>,
    environments: Signal<Vec<EnvironmentInfo>>,
    handle: Handle,
) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let choice = Choice::new();
    let tried = RwSignal::new(false);
    let invite = Action::new_unsync(move |draft: &InviteDraft| {
        let (project, draft) = (handle.get_value(), draft.clone());
        async move { project.ok_or(Error::Locked)?.invite(draft).await }
    });
    // A fresh set of choices each time it opens.
    Effect::new(move |_| {
        if open.get() {
            email.set(String::new());
            tried.set(false);
            invite.clear();
            choice.reset(&environments.read_untracked(), false, &[]);
        }
    });
    let email_error = Signal::derive(move || {
        (tried.get() && email_of(&email.read()).is_none()).then(|| words::EMAIL_BAD.to_owned())
    });
    let outcome = move || {
        let admin = choice.is_admin();
        let count = if admin {
            environments.read().len()
        } else {
            choice.rights().len()
        };
        words::outcome(email.read().trim(), count, admin)
    };
    let submit = move || {
        tried.set(true);
        if let Some(email) = email_of(&email.read_untracked()) {
            invite.dispatch(InviteDraft {
                email,
                admin: untrack(|| choice.is_admin()),
                rights: untrack(|| choice.rights()),
            });
        }
    };
    let made = Signal::derive(move || match invite.value().get() {
        Some(Ok(link)) => Some(link),
        _ => None::<InviteLink>,
    });
    let title = Signal::derive(move || {
        if made.read().is_some() {
            words::READY_TITLE.to_owned()
        } else {
            words::INVITE_TITLE.to_owned()
        }
    });
    let note = Signal::derive(move || {
        if made.read().is_some() {
            String::new()
        } else {
            words::INVITE_LEAD.to_owned()
        }
    });
    view! {
        <Dialog
            open
            title
            note
            close_word=text::CLOSE
            busy=invite.pending()
            on_close=move || invite.clear()
        >
            {move || match made.get() {
                Some(link) => view! { <Invited link open /> }.into_any(),
                None => {
                    view! {
                        <DialogForm
                            open
                            verb=words::CREATE
                            cancel_word=text::CANCEL
                            busy=invite.pending()
                            on_submit=submit
                        >
                            <TextField
                                label=words::EMAIL_LABEL
                                value=email
                                kind=InputKind::Email
                                error=email_error
                                autofocus=true
                            />
                            <RightsChoice choice environments />
                            <Outcome glyph=Glyph::Users>
                                <p aria-live="polite">
                                    <b>{outcome}</b>
                                </p>
                            </Outcome>
                            <Trouble act=invite />
                        </DialogForm>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
}

#[component]
fn Invited(link: InviteLink, open: RwSignal<bool>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let until = words::works_until(&dates::short(link.expires));
    let url = format!("{}{}#{}", this_server(), Path::Invitation, link.link_fragment);
    let (field, code, copied) = (url.clone(), url.clone(), url);
    let id = unique_id("invite-link");
    view! {
        <div class="dialog__body stack">
            <div class="field">
                <label class="field__label" for=id.clone()>
                    {words::LINK_LABEL}
                    <span>{words::LINK_SIDE}</span>
                </label>
                <div class="input-group input-group--lg">
                    <input class="input input--mono" id=id readonly prop:value=field />
                    <Button
                        kind=ButtonKind::Primary
                        glyph=Glyph::Copy
                        on_press=move || clipboard.copy_plain(copied.clone(), words::COPIED)
                    >
                        {words::COPY_LINK}
                    </Button>
                </div>
            </div>
            <p role="status">
                <b>{until}</b>
            </p>
            <figure class="stack stack-2">
                <QrCode text=code label=words::QR_LABEL too_long=text::QR_TOO_LONG />
                <figcaption class="faint t-xs">{words::QR_CAPTION}</figcaption>
            </figure>
        </div>
        <DialogFoot>
            <Button on_press=move || open.set(false)>{words::DONE}</Button>
        </DialogFoot>
    }
}
