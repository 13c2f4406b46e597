//! A short word with a tone.

use leptos::prelude::*;

use super::{Glyph, Icon, Tone};

/// A short state, such as "New" or "Sealed".
#[component]
pub fn Badge(
    /// What it says beside its words.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// An icon before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Square corners, for paths and codes.
    #[prop(optional)]
    square: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <span class="badge" class=("badge--square", square) data-tone=move || tone.get().as_str()>
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            {children()}
        </span>
    }
}

/// A number in a pill.
#[component]
pub fn Count(
    /// The number.
    #[prop(into)]
    value: Signal<usize>,
    /// Whether it asks for attention.
    #[prop(optional)]
    attention: bool,
) -> impl IntoView {
    view! { <span class="count" data-tone=attention.then_some("attention")>{move || value.get()}</span> }
}
