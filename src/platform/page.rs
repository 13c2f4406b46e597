//! The page as a whole: its title, and where the focus goes when it changes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Names the page, for tabs and screen readers.
pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

/// Moves the focus to the first element that fits. False when there is none.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    match found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        Some(element) => element.focus().is_ok(),
        None => false,
    }
}
