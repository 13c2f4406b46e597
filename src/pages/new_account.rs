//! An account being made: a form asks, keys are derived, and the kit is kept before anything opens.

use std::future::Future;

use coffer_client::{EmergencyKit, Error, email_of};
use leptos::prelude::*;

use super::{
    frame::{Attempt, Deriving, use_onward},
    kit::KeepKit,
    new_passphrase::{NewPassphrase, PassphraseEntry},
};
use crate::{backend::Vault, state::session::Session, text::account as words, ui::*};

/// How far it is.
#[derive(Clone, Copy)]
pub(super) struct Making {
    attempt: Attempt,
    made: StoredValue<Option<(Vault, EmergencyKit)>, LocalStorage>,
    keeping: RwSignal<bool>,
}

impl Making {
    /// Nothing was tried yet.
    pub(super) fn new() -> Self {
        Self {
            attempt: Attempt::new(),
            made: StoredValue::new_local(None),
            keeping: RwSignal::new(false),
        }
    }

    /// Makes it. What was made is kept until its kit is; `then` hears of it first.
    pub(super) fn run(
        self,
        work: impl Future<Output = Result<(Vault, EmergencyKit), Error>> + 'static,
        then: impl FnOnce() + 'static,
    ) {
        self.attempt.run(work, move |made| {
            then();
            self.made.set_value(Some(made));
            self.keeping.set(true);
        });
    }

    /// Nothing would be lost by leaving, tracked.
    pub(super) fn is_idle(self) -> bool {
        !self.keeping.get() && !self.attempt.busy().get()
    }
}

/// What stands under the field of an address, if it is none.
pub(super) fn email_problem(typed: &str) -> Option<String> {
    email_of(typed).is_none().then(|| words::EMAIL_BAD.to_owned())
}

/// The form, while keys are derived what is done, and then the kit.
#[component]
pub(super) fn NewAccount(
    /// How far it is.
    making: Making,
    /// The passphrase that is chosen.
    entry: PassphraseEntry,
    /// The heading.
    title: &'static str,
    /// The sentence under it.
    lead: &'static str,
    /// The verb on the button.
    verb: &'static str,
    /// Reads the fields and makes the account.
    #[prop(into)]
    on_submit: Callback<()>,
    /// The fields before the passphrase.
    children: ChildrenFn,
) -> impl IntoView {
    let Making { attempt, keeping, .. } = making;
    let children = StoredValue::new(children);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    let form = move || {
        view! {
            <div class="card">
                <form class="card__body card__body--lg stack stack-6" on:submit=submit novalidate>
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{title}</h1>
                        <p class="muted">{lead}</p>
                    </div>
                    {attempt.banner(|_: &Error| false)}
                    {children.with_value(|children| children())}
                    <NewPassphrase entry />
                    <Button
                        kind=ButtonKind::Primary
                        size=ButtonSize::Large
                        block=true
                        submit=true
                        busy=entry.judging()
                    >
                        {verb}
                    </Button>
                </form>
            </div>
        }
    };
    view! {
        <Show
            when=move || keeping.get()
            fallback=move || {
                view! {
                    <Show when=move || attempt.busy().get() fallback=form>
                        <Deriving title=words::MAKING then=words::STEP_MAKE on_cancel=move || attempt.cancel() />
                    </Show>
                }
            }
        >
            <Keep making />
        </Show>
    }
}

/// The kit of a new account; then the keys are open.
#[component]
fn Keep(making: Making) -> impl IntoView {
    let session = Session::expect();
    let onward = use_onward();
    let made = making.made;
    let kept = move || {
        if let Some((vault, _)) = made.try_update_value(Option::take).flatten() {
            session.unlocked(vault);
            onward();
        }
    };
    let kit = made.with_value(|made| made.as_ref().map(|(_, kit)| kit.clone()));
    kit.map(|kit| view! { <KeepKit kit on_kept=kept /> })
}
