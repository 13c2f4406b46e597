//! Randomness of the operating system, by `crypto.getRandomValues`.

/// Fills with random bytes. A browser without randomness cannot run Coffer: it stops.
pub fn fill(out: &mut [u8]) {
    if getrandom::fill(out).is_err() {
        // Going on with predictable bytes would be worse than stopping.
        wasm_bindgen::throw_str("this browser has no secure randomness");
    }
}
