//! Listeners on `window` and `document`.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventTarget};

use crate::{document, window};

/// Listens for as long as the program runs.
pub fn always(target: &EventTarget, name: &str, call: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(call).into_js_value();
    // adding a listener to a live target does not fail
    drop(target.add_event_listener_with_callback(name, closure.unchecked_ref()));
}

/// The window as a target of events.
pub fn window_target() -> EventTarget {
    window().into()
}

/// The document as a target of events.
pub fn document_target() -> EventTarget {
    document().into()
}
