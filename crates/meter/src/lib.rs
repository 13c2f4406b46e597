//! Says how soon a passphrase is guessed, in a Worker that ends with the passphrase's field.
//!
//! The word lists that it compares with are larger than the app, and most people take the six words that are offered.
//! So this is a program of its own, loaded when somebody types a passphrase of their own. Text in, a number out.
//! `assets/assistant-worker.js` receives and answers the messages, `boot.js` starts and ends the Worker.

use wasm_bindgen::prelude::wasm_bindgen;

/// From 0, guessed at once, to 4, very hard to guess: of a passphrase in UTF-8.
#[wasm_bindgen]
pub fn answer(passphrase: &[u8]) -> u8 {
    // What is not text did not come from the page; it counts for nothing.
    std::str::from_utf8(passphrase).map_or(0, |text| u8::from(zxcvbn::zxcvbn(text, &["coffer"]).score()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_take_first_is_weak_and_six_words_are_not() {
        for (passphrase, least, most) in [
            ("", 0, 0),
            ("passwordpassword", 0, 1),
            ("coffercoffercoffer", 0, 1),
            ("qwertyuiopasdf", 0, 2),
            ("twig marble oxford pelican seventh dune", 4, 4),
        ] {
            let score = answer(passphrase.as_bytes());
            assert!((least..=most).contains(&score), "{passphrase}: {score}");
        }
        assert_eq!(answer(&[0xff; 40]), 0);
    }
}
