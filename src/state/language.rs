//! The language of the receivers' pages: the browser's, until somebody chooses another one.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    platform::{page, words},
    text::recipient::{LANGUAGES, speak},
};

/// The language in use.
#[derive(Clone, Copy)]
pub(crate) struct Languages(RwSignal<&'static str>);

impl Languages {
    /// Speaks what `boot.js` has fetched for this browser, and puts the choice in context.
    pub(crate) fn provide() {
        let first = words::first().and_then(|(language, text)| {
            let known = known(&language)?;
            speak(Some(&text)).then_some(known)
        });
        let languages = Self(RwSignal::new(ENGLISH));
        provide_context(languages);
        languages.settle(first.unwrap_or(ENGLISH));
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The code of the language in use; the app, which has no choice yet, speaks English.
    pub(crate) fn here() -> &'static str {
        use_context::<Self>().map_or(ENGLISH, Self::now)
    }

    /// Draws what asks again when another language is chosen.
    pub(crate) fn track(self) {
        self.0.track();
    }

    /// Its code.
    pub(crate) fn now(self) -> &'static str {
        self.0.get_untracked()
    }

    /// Chooses. When its words do not come, the language stays.
    pub(crate) fn choose(self, language: &str) {
        let Some(language) = known(language) else { return };
        spawn_local(async move {
            let is_spoken = if language == ENGLISH {
                speak(None)
            } else {
                words::load(language).await.is_some_and(|text| speak(Some(&text)))
            };
            self.settle(if is_spoken { language } else { self.now() });
        });
    }

    fn settle(self, language: &'static str) {
        page::set_language(language, if language == "ar" { "rtl" } else { "ltr" });
        self.0.set(language);
    }
}

fn known(language: &str) -> Option<&'static str> {
    LANGUAGES
        .iter()
        .map(|(code, _)| *code)
        .find(|code| *code == language)
}

const ENGLISH: &str = "en";
