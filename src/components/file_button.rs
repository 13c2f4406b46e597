//! A button that opens the browser's file chooser.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use crate::ui::{Button, ButtonKind, ButtonSize, Glyph};

/// Chooses one file.
#[component]
pub fn FileButton(
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// Which files the chooser offers.
    #[prop(into)]
    accept: String,
    /// The words of the button.
    #[prop(into)]
    words: String,
    /// Gets the file.
    on_file: UnsyncCallback<web_sys::File>,
) -> impl IntoView {
    let chooser = NodeRef::<html::Input>::new();
    let on_file = StoredValue::new_local(on_file);
    let chosen = move |event: ev::Event| {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let Some(input) = input else { return };
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again after a mistake.
        input.set_value("");
        if let Some(file) = file {
            on_file.with_value(|on_file| on_file.run(file));
        }
    };
    let label = words.clone();
    view! {
        <Button
            kind
            size
            glyph=Glyph::Upload
            on_press=move || {
                if let Some(chooser) = chooser.get_untracked() {
                    chooser.click();
                }
            }
        >
            {words}
        </Button>
        <input node_ref=chooser type="file" hidden tabindex="-1" aria-label=label accept=accept on:change=chosen />
    }
}
