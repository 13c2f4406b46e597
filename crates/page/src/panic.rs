//! What is said when the program fails: where, never what it held.

/// Replaces the panic message, which may quote state, by its place in the source.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        web_sys::console::error_1(&format!("Coffer stopped at {place}").into());
    }));
}
