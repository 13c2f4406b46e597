//! Listeners on `window` and `document` that go away with their owner.

pub(crate) use coffer_page::listen::{document_target, window_target};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventTarget};

/// Listens until the reactive owner is gone.
pub(crate) fn on(target: &EventTarget, name: &'static str, call: impl FnMut(Event) + 'static) {
    listen(target, name, false, call);
}

/// The same, before anything inside the page hears of it.
pub(crate) fn on_capture(target: &EventTarget, name: &'static str, call: impl FnMut(Event) + 'static) {
    listen(target, name, true, call);
}

fn listen(target: &EventTarget, name: &'static str, capture: bool, call: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(call);
    let function = closure.as_ref().unchecked_ref::<js_sys::Function>().clone();
    // adding a listener to a live target does not fail
    drop(target.add_event_listener_with_callback_and_bool(name, &function, capture));
    let kept = SendWrapper::new((target.clone(), function, closure));
    on_cleanup(move || {
        let (target, function, closure) = kept.take();
        drop(target.remove_event_listener_with_callback_and_bool(name, &function, capture));
        drop(closure);
    });
}
