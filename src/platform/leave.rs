//! Staying on a page when people go back or forward. The router hears of it too, and windows call their listeners in
//! the order in which they came: this one has to come before the router exists.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Event;

thread_local! {
    static GUARD: RefCell<Option<Rc<dyn Fn() -> bool>>> = const { RefCell::new(None) };
}

/// Listens for as long as the program runs. Called once, before the router exists.
pub(crate) fn install() {
    let heard = Closure::<dyn Fn(Event)>::new(|event: Event| {
        let guard = GUARD.with(|guard| guard.borrow().clone());
        if guard.is_some_and(|stays| stays()) {
            event.stop_immediate_propagation();
        }
    });
    drop(window().add_event_listener_with_callback("popstate", heard.as_ref().unchecked_ref()));
    heard.forget();
}

/// Asks on every step back or forward whether to stay, until the owner is gone. Whoever stays puts the address back.
pub(crate) fn guard(stays: impl Fn() -> bool + 'static) {
    GUARD.with(|guard| *guard.borrow_mut() = Some(Rc::new(stays)));
    on_cleanup(|| GUARD.with(|guard| *guard.borrow_mut() = None));
}
