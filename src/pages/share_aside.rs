//! What stands beside the form of a new link, whether it gives a secret or asks for one.

use coffer_client::Error;
use leptos::prelude::*;

use crate::{failure::Trouble, ui::*};

/// What is said beside a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsideWords {
    /// The button that makes the link, and the same while it is made.
    pub(super) create: (&'static str, &'static str),
    /// The small print under it.
    pub(super) note: &'static str,
    /// The heading over what the receiver will see.
    pub(super) seen: &'static str,
}

/// What a new link will do, with the button that makes it, and what its receiver will see.
#[component]
pub(super) fn Aside<I: 'static, T: 'static>(
    /// What is said.
    words: AsideWords,
    /// The icon on the button.
    glyph: Glyph,
    /// Makes the link, when the form is sent.
    act: Action<I, Result<T, Error>>,
    /// What the link will do.
    #[prop(into)]
    outcome: Signal<String>,
    /// What the receiver will see.
    #[prop(into)]
    seen: ViewFn,
    /// What else the link does, in `<p>`s under the outcome.
    children: Children,
) -> impl IntoView {
    let busy = act.pending();
    let (create, creating) = words.create;
    view! {
        <aside class="stack">
            <div class="card">
                <div class="card__body stack">
                    <Outcome glyph=Glyph::Clock>
                        <p aria-live="polite">
                            <b>{move || outcome.get()}</b>
                        </p>
                        {children()}
                    </Outcome>
                    <Button kind=ButtonKind::Primary size=ButtonSize::Large block=true glyph submit=true busy>
                        {move || if busy.get() { creating } else { create }}
                    </Button>
                    <Trouble act />
                    <p class="t-sm faint">{words.note}</p>
                </div>
            </div>
            <div class="card card--flat">
                <div class="card__head">
                    <h2 class="t-sm">{words.seen}</h2>
                </div>
                <div class="card__body stack stack-2">{seen.run()}</div>
            </div>
        </aside>
    }
}
