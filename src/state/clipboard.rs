//! Copying: what was copied last, and when it is cleared again.

use std::rc::Rc;

use coffer_page::copies::{Copies, CopyNotices, CopyWords, OpenNotice};
use leptos::prelude::*;
use zeroize::Zeroizing;

use super::toasts::Toasts;
use crate::{text, ui::Glyph};

const WORDS: CopyWords = CopyWords {
    copied: text::copied,
    keep: || text::COPY_KEEP,
    refused: || text::COPY_REFUSED,
    cleared: || text::COPY_CLEARED,
    later: || text::COPY_LATER,
};

/// The clipboard as the app uses it.
#[derive(Clone, Copy)]
pub(crate) struct Clipboard(StoredValue<Rc<Copies<Toasts>>, LocalStorage>);

impl Clipboard {
    /// Puts it in context.
    pub(crate) fn provide() {
        let copies = Copies::new(Toasts::expect(), WORDS);
        provide_context(Self(StoredValue::new_local(copies)));
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Copies a secret: a notice counts down, then it is cleared. `name` says what was copied.
    pub(crate) fn copy_secret(self, secret: Zeroizing<String>, name: impl Into<String>) {
        self.0.with_value(|copies| copies.secret(secret, name.into()));
    }

    /// Copies something that is no secret.
    pub(crate) fn copy_plain(self, plain: String, done: impl Into<String>) {
        self.0.with_value(|copies| copies.plain(plain, done.into()));
    }

    /// Clears a secret of ours at once, as locking does.
    pub(crate) fn clear_now(self) {
        self.0.with_value(Copies::clear_now);
    }
}

impl CopyNotices for Toasts {
    fn say(&self, glyph: Glyph, said: &str) {
        self.say_with(glyph, said);
    }

    fn open(&self, act: &str, on_act: Rc<dyn Fn()>) -> Box<dyn OpenNotice> {
        let (said, left, on_act) = self.at_home(|| {
            let on_act = StoredValue::new_local(on_act);
            (
                RwSignal::new(String::new()),
                RwSignal::new(100_u32),
                Callback::new(move |()| on_act.with_value(|on_act| on_act())),
            )
        });
        let id = self.push(
            Glyph::Copy,
            said.into(),
            Some(left.into()),
            Some((act.to_owned(), on_act)),
        );
        Box::new(Counting {
            toasts: *self,
            id,
            said,
            left,
        })
    }
}

/// A notice of the app's that counts down.
struct Counting {
    toasts: Toasts,
    id: u64,
    said: RwSignal<String>,
    left: RwSignal<u32>,
}

impl OpenNotice for Counting {
    fn show(&self, said: String, percent: u32) {
        self.said.set(said);
        self.left.set(percent);
    }

    fn close(&self) {
        self.toasts.dismiss(self.id);
    }
}
