//! The language of the receivers' pages: the browser's, until somebody chooses another one.

use std::cell::Cell;

use coffer_page::{document, words};

use crate::words::{LANGUAGES, speak};

thread_local! {
    static NOW: Cell<&'static str> = const { Cell::new(ENGLISH) };
}

/// Its code; the app, which has no choice yet, speaks English.
pub(crate) fn now() -> &'static str {
    NOW.get()
}

/// Speaks what `boot.js` has fetched for this browser.
pub(crate) fn begin() {
    let first = words::first().and_then(|(language, text)| {
        let known = known(&language)?;
        speak(Some(&text)).then_some(known)
    });
    settle(first.unwrap_or(ENGLISH));
}

/// Speaks another one. When its words do not come, the language stays.
pub(crate) async fn choose(language: &str) {
    let Some(language) = known(language) else { return };
    let is_spoken = if language == ENGLISH {
        speak(None)
    } else {
        words::load(language).await.is_some_and(|text| speak(Some(&text)))
    };
    if is_spoken {
        settle(language);
    }
}

fn settle(language: &'static str) {
    document::set_language(language, if language == "ar" { "rtl" } else { "ltr" });
    NOW.set(language);
}

fn known(language: &str) -> Option<&'static str> {
    LANGUAGES
        .iter()
        .map(|(code, _)| *code)
        .find(|code| *code == language)
}

const ENGLISH: &str = "en";
