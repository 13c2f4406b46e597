//! Head and foot of pages without a shell.

use leptos::prelude::*;

use super::frame::ThemeButton;
use crate::{
    text::{self, account as words},
    ui::*,
};

/// What stands at the end of the head.
#[component]
pub(crate) fn SoloTools() -> impl IntoView {
    view! { <ThemeButton /> }
}

/// The small print, which opens what this page can promise and what it cannot.
#[component]
pub(crate) fn SoloFoot() -> impl IntoView {
    let explained = RwSignal::new(false);
    view! {
        <span class="row">
            <Icon glyph=Glyph::ShieldCheck size=IconSize::Small />
            {words::FOOT}
        </span>
        <button class="link-btn" type="button" aria-haspopup="dialog" on:click=move |_| explained.set(true)>
            {words::FOOT_WHAT}
        </button>
        <Dialog open=explained title=words::TRUST_TITLE close_word=text::CLOSE>
            <div class="dialog__body stack">
                <p>{words::TRUST_1}</p>
                <p>
                    <b>{words::FOOT_SAME_ORIGIN}</b>
                    " "
                    {words::TRUST_2}
                </p>
                <p class="muted">{words::TRUST_3}</p>
            </div>
        </Dialog>
    }
}
