//! Time: the clocks, and a tick each second.

use std::time::Duration;

pub(crate) use coffer_page::clock::{monotonic, now};
use leptos::prelude::*;

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
