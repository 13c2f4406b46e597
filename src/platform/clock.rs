//! Time: the wall clock, the monotonic clock, and a tick each second.

use leptos::prelude::*;
use std::time::Duration;

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    // whole milliseconds of this millennium are exact in an f64
    js_sys::Date::now() as u64
}

/// Milliseconds since the page was opened, by a clock that nobody sets. It may stand still while the device sleeps.
pub(crate) fn monotonic() -> u64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0, |clock| clock.now() as u64)
}

/// The wall clock as a signal that ticks each second, until its owner is gone.
pub(crate) fn seconds() -> ReadSignal<u64> {
    let (time, set_time) = signal(now());
    every(Duration::from_secs(1), move || {
        let _gone = set_time.try_set(now());
    });
    time
}

/// Calls again and again, until its owner is gone.
pub(crate) fn every(period: Duration, call: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(call, period) {
        on_cleanup(move || handle.clear());
    }
}
