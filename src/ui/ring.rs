//! A ring that empties with time. The words beside it carry the meaning.

use leptos::prelude::*;

use super::Tone;

/// A ring filled to a percentage.
#[component]
pub fn Ring(
    /// How full, of 100.
    #[prop(into)]
    percent: Signal<u32>,
    /// What it says.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The small one.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    view! {
        <svg
            class="ring"
            class=("ring--sm", small)
            data-tone=move || tone.get().as_str()
            viewBox="0 0 20 20"
            aria-hidden="true"
        >
            <circle class="ring__track" cx="10" cy="10" r="8"></circle>
            <circle
                class="ring__arc"
                cx="10"
                cy="10"
                r="8"
                pathLength="100"
                stroke-dasharray=move || format!("{} 100", percent.get().min(100))
            ></circle>
        </svg>
    }
}

/// A ring that turns while something runs.
#[component]
pub fn Spinner() -> impl IntoView {
    view! {
        <svg class="ring spinner" viewBox="0 0 20 20" aria-hidden="true">
            <circle class="ring__track" cx="10" cy="10" r="8"></circle>
            <circle class="ring__arc" cx="10" cy="10" r="8" pathLength="100" stroke-dasharray="30 100"></circle>
        </svg>
    }
}
