//! The page as a whole: its title, and where the focus goes when it changes.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::document;

/// Names the page, for tabs and screen readers.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Moves the focus to the first element that fits. False when there is none.
pub fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    match found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        Some(element) => element.focus().is_ok(),
        None => false,
    }
}

/// Says in which language the page speaks, and which way that is written.
pub fn set_language(language: &str, direction: &str) {
    if let Some(root) = document().document_element() {
        // setting an attribute of the root element does not fail
        drop(root.set_attribute("lang", language));
        drop(root.set_attribute("dir", direction));
    }
}
