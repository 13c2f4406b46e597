//! Buttons act; links go somewhere.

use coffer_page::look::button_class;
pub use coffer_page::look::{ButtonKind, ButtonSize};
use leptos::{ev, prelude::*};
use leptos_router::components::{A, ToHref};

use super::{Glyph, Icon};

/// A button with words.
#[component]
pub fn Button(
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its box.
    #[prop(optional)]
    block: bool,
    /// An icon before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Something it started is still running: announced, and further presses do nothing.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It cannot be pressed now. Say why nearby.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// It sends the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// A name for screen readers when the words alone are not enough.
    #[prop(optional, into)]
    label: Option<String>,
    /// A toggle's state.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// What a press does.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let press = move |event: ev::MouseEvent| {
        if busy.get_untracked() || disabled.get_untracked() {
            event.prevent_default();
            return;
        }
        if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            class=button_class(kind, size, block)
            type=if submit { "submit" } else { "button" }
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            disabled=move || disabled.get()
            on:click=press
        >
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton<H>(
    /// Where it goes.
    href: H,
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its box.
    #[prop(optional)]
    block: bool,
    /// An icon before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// The words.
    children: Children,
) -> impl IntoView
where
    H: ToHref + Send + Sync + 'static,
{
    view! {
        <A href attr:class=button_class(kind, size, block)>
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            {children()}
        </A>
    }
}

/// A button that is only an icon; its label is read aloud and shown on hover.
#[component]
pub fn IconButton(
    /// Its name: the verb and the thing, as in "Copy DATABASE_URL".
    #[prop(into)]
    label: Signal<String>,
    /// The icon.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// As tall as other controls.
    #[prop(optional)]
    medium: bool,
    /// A toggle's state.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// It cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What a press does.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class="icon-btn"
            class=("icon-btn--md", medium)
            type="button"
            aria-label=move || label.get()
            title=move || label.get()
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            disabled=move || disabled.get()
            on:click=move |_| on_press.run(())
        >
            {move || view! { <Icon glyph=glyph.get() /> }}
        </button>
    }
}
