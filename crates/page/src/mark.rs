//! A word kept with this entry of the tab's history: it survives a reload, nothing else sees it. Never anything secret.

use wasm_bindgen::JsValue;

use crate::window;

/// Keeps a word with the entry that is open now.
pub fn set(word: &str) {
    if let Ok(history) = window().history() {
        // without it a reload only says less
        drop(history.replace_state(&JsValue::from_str(word), ""));
    }
}

/// The word kept with the entry that is open now.
pub fn read() -> Option<String> {
    window().history().ok()?.state().ok()?.as_string()
}
