//! What stood behind `#`: the key of a share link or an invitation. It is taken out of the address bar before
//! anything else happens, kept once in memory, and never given to the router or to history.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::{listen, window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = cofferFragment, catch)]
    fn coffer_fragment() -> Result<String, JsValue>;
}

thread_local! {
    static HELD: RefCell<Option<Zeroizing<String>>> = const { RefCell::new(None) };
    static TOLD: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Takes over what `boot.js` kept, and watches for another link opened in this tab. Called once, before the router
/// exists, so that the router's own listener finds a clean address.
pub fn take_at_start() {
    // without boot.js (in tests) there is no fragment
    hold(coffer_fragment().unwrap_or_default());
    for name in ["popstate", "hashchange"] {
        listen::always(&listen::window_target(), name, |_| take_from_address());
    }
}

/// Gives the fragment away, once.
pub fn take() -> Option<Zeroizing<String>> {
    HELD.with(|held| held.borrow_mut().take())
}

/// Calls, instead of what was called before, when another link was opened in this tab; [`take`] has it then.
pub fn on_arrival(call: impl Fn() + 'static) {
    TOLD.with(|told| told.replace(Some(Rc::new(call))));
}

/// Keeps a fragment that a person pasted instead of opening its link.
pub fn hold(text: String) {
    if text.is_empty() {
        return;
    }
    HELD.with(|held| *held.borrow_mut() = Some(Zeroizing::new(text)));
    let told = TOLD.with(|told| told.borrow().clone());
    if let Some(told) = told {
        told();
    }
}

fn take_from_address() {
    let location = window().location();
    let Ok(hash) = location.hash() else { return };
    let Some(text) = hash.strip_prefix('#').filter(|text| !text.is_empty()) else {
        return;
    };
    let clean = format!(
        "{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default()
    );
    let cleaned = window().history().is_ok_and(|history| {
        history
            .replace_state_with_url(&JsValue::NULL, "", Some(&clean))
            .is_ok()
    });
    if cleaned {
        hold(text.to_owned());
    }
}
