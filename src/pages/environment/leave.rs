//! Nobody leaves staged changes behind by mistake.

use leptos::prelude::*;

use super::Place;
use crate::{
    components::leave_guard,
    state::{desk::Desk, environment::Draft},
    text::environment as words,
};

/// Asks before the page is left with something staged.
#[component]
pub(super) fn LeaveGuard() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let here = Signal::derive(move || {
        let here = || place.at(&place.folder.get_untracked(), "").to_string();
        desk.is_dirty().then(here)
    });
    view! {
        <leave_guard::LeaveGuard
            here
            title=words::LEAVE_TITLE
            verb=words::LEAVE_ACT
            cancel_word=words::STAY
            on_leave=move || {
                desk.change(Draft::clear);
            }
        >
            <p>{words::LEAVE_BODY}</p>
        </leave_guard::LeaveGuard>
    }
}
