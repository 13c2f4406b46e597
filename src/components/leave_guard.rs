//! Nobody leaves something unsaved behind by mistake: links, back and forward ask first, and so does the browser.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::{platform::leave, ui::Confirm};

/// Asks before its page is left, and goes on to where somebody was going.
#[component]
pub fn LeaveGuard(
    /// The address of the page while something would be lost; none while nothing would.
    #[prop(into)]
    here: Signal<Option<String>>,
    /// The question.
    #[prop(into)]
    title: String,
    /// The verb that leaves.
    #[prop(into)]
    verb: String,
    /// The word on the button that stays.
    #[prop(into)]
    cancel_word: String,
    /// Told before the page is left.
    #[prop(optional, into)]
    on_leave: Option<Callback<()>>,
    /// What is lost.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let target = StoredValue::new(String::new());
    let navigate = use_navigate();
    leave::guard(
        move || here.get_untracked(),
        move |address| {
            target.set_value(address);
            open.set(true);
        },
    );
    let on_confirm = move || {
        open.set(false);
        if let Some(on_leave) = on_leave {
            on_leave.run(());
        }
        navigate(&target.get_value(), Default::default());
    };
    view! { <Confirm open title verb cancel_word on_confirm children /> }
}
