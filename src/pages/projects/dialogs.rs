//! The questions that projects and environments share: another name, and a deletion that is typed out.

use coffer_client::Error;
use leptos::prelude::*;

use crate::{
    failure::{FailureBanner, explain},
    state::projects::{NameProblem, checked_name},
    text::{self, projects as words},
    ui::*,
};

/// Asks for another name of the thing that `current` names; closed while that is `None`.
#[component]
pub(super) fn RenameDialog(
    #[prop(into)] title: String,
    current: Signal<Option<String>>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] failed: Signal<Option<Result<String, Error>>>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_rename: Callback<String>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    Effect::new(move |_| {
        let current = current.get();
        open.set(current.is_some());
        if let Some(current) = current {
            name.set(current);
            tried.set(false);
        }
    });
    let error = Signal::derive(move || name_problem(&name.read(), tried.get(), failed.get()));
    let submit = move || {
        tried.set(true);
        if let Ok(name) = checked_name(&name.get_untracked()) {
            if Some(&name) == current.get_untracked().as_ref() {
                open.set(false);
            } else {
                on_rename.run(name);
            }
        }
    };
    view! {
        <Dialog open title close_word=text::CLOSE busy on_close=on_close>
            <DialogForm open verb=text::SAVE cancel_word=text::CANCEL busy on_submit=submit>
                <TextField label=words::NAME_LABEL value=name error max_length=64 autofocus=true />
                <Unexpected value=failed />
            </DialogForm>
        </Dialog>
    }
}

/// Asks for the name of the thing to be typed before it is deleted; closed while `name` is `None`.
#[component]
pub(super) fn DeleteDialog(
    #[prop(into)] title: String,
    #[prop(into)] verb: String,
    #[prop(into)] outcome: String,
    name: Signal<Option<String>>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] failed: Signal<Option<Result<String, Error>>>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_delete: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    // The name stays readable while the dialog closes.
    let shown = RwSignal::new(String::new());
    Effect::new(move |_| {
        let name = name.get();
        open.set(name.is_some());
        if let Some(name) = name {
            shown.set(name);
        }
    });
    view! {
        <Confirm
            open
            title=Signal::derive(move || format!("{title}: {}", shown.read()))
            verb
            cancel_word=text::CANCEL
            typed=shown
            typed_label=Signal::derive(move || words::type_to_confirm(&shown.read()))
            busy
            on_confirm=move || on_delete.run(())
            on_close
        >
            <p>{outcome.clone()}</p>
            <p class="muted t-sm">{words::DELETE_NOTE}</p>
            <Unexpected value=failed />
        </Confirm>
    }
}

/// What went wrong, unless the field says it already.
#[component]
pub(super) fn Unexpected<T: Clone + Send + Sync + 'static>(
    #[prop(into)] value: Signal<Option<Result<T, Error>>>,
) -> impl IntoView {
    move || match value.get() {
        Some(Err(error)) if error != Error::NameTaken => Some(view! { <FailureBanner error /> }),
        _ => None,
    }
}

/// What stands under a name's field.
pub(super) fn name_problem<T>(name: &str, tried: bool, failed: Option<Result<T, Error>>) -> Option<String> {
    match checked_name(name) {
        Err(NameProblem::TooLong) => Some(words::NAME_LONG.to_owned()),
        Err(_) => tried.then(|| words::NAME_EMPTY.to_owned()),
        Ok(_) => match failed {
            Some(Err(error @ Error::NameTaken)) => Some(explain(&error).title),
            _ => None,
        },
    }
}
