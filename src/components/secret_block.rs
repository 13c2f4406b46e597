//! Something secret, hidden until it is asked for and hidden again after a while.

use std::time::Duration;

use leptos::prelude::*;
use zeroize::Zeroizing;

use crate::ui::{Button, ButtonKind, ButtonSize, Glyph};

/// A text that dies with its view.
pub type SecretText = StoredValue<Zeroizing<String>, LocalStorage>;

/// A masked value with a button that shows it.
#[component]
pub fn SecretBlock(
    /// The value.
    text: SecretText,
    /// What is read aloud while it is hidden.
    #[prop(into)]
    hidden: String,
    /// What is read aloud of it while it is shown.
    #[prop(into)]
    label: String,
    /// "Show" and "Hide".
    words: (&'static str, &'static str),
    /// Further buttons of its bar.
    children: Children,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let turn = StoredValue::new(0_u32);
    let toggle = move || {
        let now = !shown.get_untracked();
        shown.set(now);
        turn.update_value(|turn| *turn += 1);
        if now {
            let own = turn.get_value();
            set_timeout(
                move || {
                    if turn.try_get_value() == Some(own) {
                        shown.set(false);
                    }
                },
                SHOWN_FOR,
            );
        }
    };
    let (show, hide) = words;
    let name = label.clone();
    view! {
        <div class="secret--block">
            {move || {
                if shown.get() {
                    view! {
                        <div class="secret__value" tabindex="0" role="group" aria-label=label.clone()>
                            {text.with_value(|text| text.as_str().to_owned())}
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <div class="secret__value" role="group" aria-label=hidden.clone()>
                            {MASK}
                        </div>
                    }
                        .into_any()
                }
            }}
            <div class="secret__bar">
                <span></span>
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Ghost
                    glyph=Glyph::Eye
                    on_press=toggle
                >
                    {move || if shown.get() { hide } else { show }}
                    <span class="sr-only">" " {name}</span>
                </Button>
                {children()}
            </div>
        </div>
    }
}

/// How long a value stays visible.
const SHOWN_FOR: Duration = Duration::from_secs(30);
/// Twelve dots, whatever the length.
const MASK: &str = "••••••••••••";
