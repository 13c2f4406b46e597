//! Staying on a page that would lose something: links, back and forward, and the end of the tab.
//!
//! The router hears of back and forward too, and windows call their listeners in the order in which they came: the one
//! here has to come before the router exists.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, Event, HtmlAnchorElement};

use super::listen;

/// Whether a way that the program itself is about to go is stopped, and asked about.
type Stops = Rc<dyn Fn(&str) -> bool>;

thread_local! {
    static GUARD: RefCell<Option<Rc<dyn Fn() -> bool>>> = const { RefCell::new(None) };
    static STOPS: RefCell<Option<Stops>> = const { RefCell::new(None) };
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

/// Whether somebody has to be asked before the program itself goes to an address, by a key or a menu: then they are asked, and
/// it does not go.
pub(crate) fn stops(address: &str) -> bool {
    let stops = STOPS.with(|stops| stops.borrow().clone());
    stops.is_some_and(|stops| stops(address))
}

/// Until the owner is gone, stops whoever is about to leave the page, and `ask`s with the address they were going to.
/// `here` is the page's own address while something would be lost, and nothing else. When the tab ends, the browser asks.
pub(crate) fn guard(
    here: impl Fn() -> Option<String> + Copy + 'static,
    ask: impl Fn(String) + Copy + 'static,
) {
    // What stands behind `?` is a part of the page: only another path leaves it.
    let left_for = move |path: &str| here().filter(|here| here.split('?').next() != Some(path));
    listen::on_capture(&listen::window_target(), "click", move |event| {
        let Some(link) = link_of(&event) else { return };
        if left_for(&link.pathname()).is_some() {
            event.prevent_default();
            event.stop_immediate_propagation();
            ask(format!("{}{}", link.pathname(), link.search()));
        }
    });
    // The address has changed already: it is put back, and the question asked.
    let stays = move || {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let Some(here) = left_for(&path) else { return false };
        let search = location.search().unwrap_or_default();
        if let Ok(history) = window().history() {
            drop(history.push_state_with_url(&JsValue::NULL, "", Some(&here)));
        }
        ask(format!("{path}{search}"));
        true
    };
    GUARD.with(|guard| *guard.borrow_mut() = Some(Rc::new(stays)));
    let stops = move |address: &str| {
        let is_left = left_for(address.split('?').next().unwrap_or_default()).is_some();
        if is_left {
            ask(address.to_owned());
        }
        is_left
    };
    STOPS.with(|held| held.replace(Some(Rc::new(stops))));
    on_cleanup(|| {
        GUARD.with(|guard| *guard.borrow_mut() = None);
        STOPS.with(|stops| *stops.borrow_mut() = None);
    });
    listen::on(&listen::window_target(), "beforeunload", move |event| {
        if here().is_some() {
            event.prevent_default();
        }
    });
}

/// The link that a click follows within the app. Downloads and links that open beside this page leave nothing behind.
fn link_of(click: &Event) -> Option<HtmlAnchorElement> {
    let element = click.target()?.dyn_into::<Element>().ok()?;
    let link = element.closest("a[href]").ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let within = link.origin() == window().location().origin().unwrap_or_default();
    (within && !link.has_attribute("download") && link.target().is_empty()).then_some(link)
}
