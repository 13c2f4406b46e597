//! Copying: what was copied last, and when it is cleared again.

use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use zeroize::Zeroizing;

use super::toasts::Toasts;
use crate::{
    platform::{clipboard, listen},
    text,
    ui::Glyph,
};

/// Seconds after which a copied secret is cleared.
const SECONDS: u64 = 30;

/// What is said about copying, in the language of the page.
#[derive(Clone, Copy)]
pub(crate) struct CopyWords {
    /// While a secret counts down: its name and the seconds left.
    pub(crate) copied: fn(&str, u64) -> String,
    /// The act that keeps it.
    pub(crate) keep: fn() -> &'static str,
    /// The browser refused.
    pub(crate) refused: fn() -> &'static str,
    /// It was cleared late.
    pub(crate) cleared: fn() -> &'static str,
    /// It is not cleared yet.
    pub(crate) later: fn() -> &'static str,
}

impl CopyWords {
    /// The app's.
    pub(crate) const APP: Self = Self {
        copied: text::copied,
        keep: || text::COPY_KEEP,
        refused: || text::COPY_REFUSED,
        cleared: || text::COPY_CLEARED,
        later: || text::COPY_LATER,
    };
    /// Those of the receivers' pages.
    pub(crate) const RECEIVER: Self = Self {
        copied: |name, seconds| text::recipient::copied(name, &seconds.to_string()),
        keep: text::recipient::copy_keep,
        refused: text::recipient::copy_refused,
        cleared: text::recipient::copy_cleared,
        later: text::recipient::copy_later,
    };
}

/// The clipboard as this page uses it.
#[derive(Clone, Copy)]
pub(crate) struct Clipboard {
    /// The secret that this page put there last and has not cleared.
    ours: StoredValue<Option<Zeroizing<String>>>,
    /// Grows with every copy, so that an older countdown does not end a newer one.
    turn: StoredValue<u64>,
    /// Its time is over, but the tab was not in front.
    overdue: StoredValue<bool>,
    toasts: Toasts,
    words: CopyWords,
}

impl Clipboard {
    /// Puts it in context, and clears what is overdue when the tab comes to the front.
    pub(crate) fn provide(words: CopyWords) {
        let clipboard = Self {
            ours: StoredValue::new(None),
            turn: StoredValue::new(0),
            overdue: StoredValue::new(false),
            toasts: Toasts::expect(),
            words,
        };
        listen::on(&listen::window_target(), "focus", move |_| {
            if clipboard.overdue.get_value() {
                clipboard.clear_now();
            }
        });
        provide_context(clipboard);
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Copies a secret: a notice counts down, then it is cleared. `name` says what was copied.
    pub(crate) fn copy_secret(self, secret: Zeroizing<String>, name: impl Into<String>) {
        let name = name.into();
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        spawn_local(async move {
            if !clipboard::write(&secret).await {
                self.toasts.say_with(Glyph::Alert, (self.words.refused)());
                return;
            }
            self.overdue.set_value(false);
            self.ours.set_value(Some(secret));
            self.count_down(turn, name);
        });
    }

    /// Copies something that is no secret.
    pub(crate) fn copy_plain(self, plain: String, done: impl Into<String>) {
        let done = done.into();
        // it replaces what was there: nothing of ours is left to clear
        self.forget();
        spawn_local(async move {
            if clipboard::write(&plain).await {
                self.toasts.say(done);
            } else {
                self.toasts.say_with(Glyph::Alert, (self.words.refused)());
            }
        });
    }

    /// Clears a secret of ours at once, as locking does.
    pub(crate) fn clear_now(self) {
        let Some(secret) = self.ours.try_update_value(Option::take).flatten() else {
            return;
        };
        self.turn.update_value(|turn| *turn += 1);
        spawn_local(async move {
            if clipboard::clear(&secret).await {
                let was_late = self.overdue.get_value();
                self.overdue.set_value(false);
                if was_late {
                    self.toasts.say((self.words.cleared)());
                }
            } else {
                // without the text: it is not kept for longer than it must
                self.ours.set_value(Some(Zeroizing::new(String::new())));
                self.overdue.set_value(true);
            }
        });
    }

    /// It stays in the clipboard.
    fn forget(self) {
        self.ours.set_value(None);
        self.overdue.set_value(false);
        self.turn.update_value(|turn| *turn += 1);
    }

    fn count_down(self, turn: u64, name: String) {
        let (left, words, percent, keep) = self.toasts.at_home(|| {
            let left = RwSignal::new(SECONDS);
            let words = Signal::derive(move || (self.words.copied)(&name, left.get()));
            let percent = Signal::derive(move || (left.get() * 100 / SECONDS) as u32);
            (left, words, percent, Callback::new(move |()| self.forget()))
        });
        let toast = self.toasts.push(
            Glyph::Copy,
            words,
            Some(percent),
            Some(((self.words.keep)().to_owned(), keep)),
        );
        self.tick(turn, left, toast);
    }

    fn tick(self, turn: u64, left: RwSignal<u64>, toast: u64) {
        set_timeout(
            move || {
                if self.turn.get_value() != turn {
                    self.toasts.dismiss(toast);
                    return;
                }
                left.update(|left| *left = left.saturating_sub(1));
                if left.get_untracked() > 0 {
                    self.tick(turn, left, toast);
                    return;
                }
                self.toasts.dismiss(toast);
                if document().has_focus().unwrap_or(false) {
                    self.overdue.set_value(true);
                    self.clear_now();
                } else {
                    self.overdue.set_value(true);
                    self.toasts.say_with(Glyph::Clock, (self.words.later)());
                }
            },
            Duration::from_secs(1),
        );
    }
}
