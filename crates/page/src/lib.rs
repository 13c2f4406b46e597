//! What every page of Coffer stands on, with or without views: this browser as a device, the way to a server, and the
//! names of the style sheet. One file per capability.
//!
//! Nothing here knows the library of views: the receivers' programs do without it.

pub mod clipboard;
pub mod clock;
pub mod copies;
pub mod dates;
mod device;
pub mod document;
pub mod download;
mod fetch;
pub mod file;
pub mod fragment;
pub mod listen;
pub mod look;
pub mod mark;
pub mod panic;
pub mod passphrase;
pub mod preference;
pub mod records;
mod rng;
pub mod server;
pub mod stretch;
pub mod theme;
pub mod words;

pub use device::Browser;
pub use fetch::Fetch;

thread_local! {
    static WINDOW: web_sys::Window = match web_sys::window() {
        Some(window) => window,
        None => wasm_bindgen::throw_str("there is no window"),
    };
    static DOCUMENT: web_sys::Document = match window().document() {
        Some(document) => document,
        None => wasm_bindgen::throw_str("there is no document"),
    };
}

/// The window of this page.
pub fn window() -> web_sys::Window {
    WINDOW.with(Clone::clone)
}

/// Its document.
pub fn document() -> web_sys::Document {
    DOCUMENT.with(Clone::clone)
}
