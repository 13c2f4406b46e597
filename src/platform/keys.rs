//! Keys pressed anywhere on the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{listen, preference};

/// Hears keys until the owner is gone; not those typed into a field, nor while a dialog is open. Single letters are
/// skipped when people turned them off (WCAG 2.1.4).
pub(crate) fn on_key(call: impl Fn(&KeyboardEvent) + 'static) {
    listen::on(&listen::document_target(), "keydown", move |event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else {
            return;
        };
        let control = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.is_composing() || (!control && typing(&event)) || dialog_open() {
            return;
        }
        if !control && event.key().chars().count() == 1 && !letters_on() {
            return;
        }
        call(&event);
    });
}

/// Whether single letters do something.
pub(crate) fn letters_on() -> bool {
    preference::read(preference::LETTER_KEYS).as_deref() != Some("off")
}

/// Turns single letters on or off.
pub(crate) fn set_letters(on: bool) {
    preference::write(preference::LETTER_KEYS, (!on).then_some("off"));
}

fn typing(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| {
            element
                .matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")
                .unwrap_or(false)
        })
}

fn dialog_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}
