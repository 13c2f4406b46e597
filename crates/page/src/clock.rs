//! Time: the wall clock and the monotonic clock.

/// Milliseconds since 1970.
pub fn now() -> u64 {
    // whole milliseconds of this millennium are exact in an f64
    js_sys::Date::now() as u64
}

/// Milliseconds since the page was opened, by a clock that nobody sets. It may stand still while the device sleeps.
pub fn monotonic() -> u64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0, |clock| clock.now() as u64)
}
