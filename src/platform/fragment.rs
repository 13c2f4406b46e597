//! What stood behind `#`: the key of a share link or an invitation. It is taken out of the address bar before
//! anything else happens, kept once in memory, and never given to the router or to history.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure, prelude::*};
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = cofferFragment, catch)]
    fn coffer_fragment() -> Result<String, JsValue>;
}

thread_local! {
    static HELD: RefCell<Option<Zeroizing<String>>> = const { RefCell::new(None) };
    static ARRIVALS: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

/// Takes over what `boot.js` kept, and watches for another link opened in this tab. Called once, before the router
/// exists, so that the router's own listener finds a clean address.
pub(crate) fn take_at_start() {
    // without boot.js (in tests) there is no fragment
    hold(coffer_fragment().unwrap_or_default());
    let arrived = Closure::<dyn Fn()>::new(take_from_address);
    for name in ["popstate", "hashchange"] {
        drop(window().add_event_listener_with_callback(name, arrived.as_ref().unchecked_ref()));
    }
    arrived.forget();
}

/// Gives the fragment away, once.
pub(crate) fn take() -> Option<Zeroizing<String>> {
    HELD.with(|held| held.borrow_mut().take())
}

/// Changes when another link was opened in this tab; [`take`] has it then.
pub(crate) fn arrivals() -> ArcReadSignal<u32> {
    ARRIVALS.with(ArcRwSignal::read_only)
}

/// Keeps a fragment that a person pasted instead of opening its link.
pub(crate) fn hold(text: String) {
    if text.is_empty() {
        return;
    }
    HELD.with(|held| *held.borrow_mut() = Some(Zeroizing::new(text)));
    ARRIVALS.with(|arrivals| arrivals.update(|count| *count = count.wrapping_add(1)));
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
