//! Nobody leaves staged changes behind by mistake: links, back and forward ask first, and so does the browser.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

use super::Place;
use crate::{
    platform::{leave, listen},
    state::{desk::Desk, environment::Draft},
    text::environment as words,
    ui::*,
};

/// Asks before the page is left with something staged.
#[component]
pub(super) fn LeaveGuard() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let open = RwSignal::new(false);
    let target = StoredValue::new(String::new());
    let navigate = use_navigate();
    let here = move || {
        let address = place.at("/", "").to_string();
        address.split('?').next().unwrap_or_default().to_owned()
    };
    let ask = move |address: String| {
        target.set_value(address);
        open.set(true);
    };

    listen::on_capture(&listen::window_target(), "click", move |event| {
        let Some(link) = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("a[href]").ok().flatten())
            .and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok())
        else {
            return;
        };
        let elsewhere = link.origin() != window().location().origin().unwrap_or_default();
        // Downloads and links that open beside this page leave nothing behind.
        if elsewhere || link.has_attribute("download") || !link.target().is_empty() {
            return;
        }
        if desk.is_dirty() && link.pathname() != here() {
            event.prevent_default();
            event.stop_immediate_propagation();
            ask(format!("{}{}", link.pathname(), link.search()));
        }
    });
    // The address has changed already: it is put back, and the question asked.
    leave::guard(move || {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        if !desk.is_dirty() || path == here() {
            return false;
        }
        let search = location.search().unwrap_or_default();
        let back_here = place.at(&place.folder.get_untracked(), "").to_string();
        if let Ok(history) = window().history() {
            drop(history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&back_here)));
        }
        ask(format!("{path}{search}"));
        true
    });
    listen::on(&listen::window_target(), "beforeunload", move |event| {
        if desk.is_dirty() {
            event.prevent_default();
        }
    });

    view! {
        <Confirm
            open
            title=words::LEAVE_TITLE
            verb=words::LEAVE_ACT
            cancel_word=words::STAY
            on_confirm=move || {
                open.set(false);
                desk.change(Draft::clear);
                navigate(&target.get_value(), Default::default());
            }
        >
            <p>{words::LEAVE_BODY}</p>
        </Confirm>
    }
}
