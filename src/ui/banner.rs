//! A message that stays: errors, warnings, states of the whole page.

use leptos::prelude::*;

use super::{Glyph, Icon, Tone};

/// A box that names what happened, says what is safe, and offers one way on.
#[component]
pub fn Banner(
    /// What happened, naming the thing.
    #[prop(into)]
    title: Signal<String>,
    /// What it says beside its words.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The icon.
    #[prop(default = Glyph::Info)]
    glyph: Glyph,
    /// What is safe and what to do.
    #[prop(optional, into)]
    text: Signal<String>,
    /// Technical detail that opens on demand.
    #[prop(optional, into)]
    details: Signal<Option<String>>,
    /// The word that opens the detail.
    #[prop(optional, into)]
    details_word: String,
    /// Buttons: one way on, at most two.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let role = move || {
        if tone.get() == Tone::Danger {
            "alert"
        } else {
            "status"
        }
    };
    view! {
        <div class="banner" data-tone=move || tone.get().as_str() role=role>
            <Icon glyph />
            <div class="banner__text">
                <b>{move || title.get()}</b>
                {move || (!text.read().is_empty()).then(|| view! { <p>{text.get()}</p> })}
                {move || {
                    let word = details_word.clone();
                    details
                        .get()
                        .map(|details| {
                            view! {
                                <details>
                                    <summary>{word}</summary>
                                    <span class="mono t-xs">{details}</span>
                                </details>
                            }
                        })
                }}
            </div>
            {children.map(|children| view! { <div class="banner__act">{children()}</div> })}
        </div>
    }
}
