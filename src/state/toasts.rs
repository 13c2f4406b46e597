//! The notices at the foot of the page.

use leptos::prelude::*;
use std::time::Duration;

use crate::ui::{Glyph, ToastItem};

/// All notices now shown.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    items: RwSignal<Vec<ToastItem>>,
    next: StoredValue<u64>,
    ends: StoredValue<Vec<(u64, Callback<()>)>>,
    /// What a notice is made of lives as long as the app: the page that gave the notice may be gone before it.
    home: StoredValue<Owner>,
}

impl Toasts {
    /// Puts an empty list in context.
    pub(crate) fn provide() {
        provide_context(Self {
            items: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            ends: StoredValue::new(Vec::new()),
            home: StoredValue::new(Owner::current().unwrap_or_default()),
        });
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The notices, oldest first.
    pub(crate) fn items(self) -> Signal<Vec<ToastItem>> {
        self.items.into()
    }

    /// Something was done.
    pub(crate) fn say(self, words: impl Into<String>) {
        self.say_with(Glyph::Check, words);
    }

    /// The same with another icon.
    pub(crate) fn say_with(self, glyph: Glyph, words: impl Into<String>) {
        let words = words.into();
        // long enough to read twice, never shorter than five seconds
        let time = Duration::from_millis(5_000 + 60 * words.len() as u64);
        let words = self.at_home(|| Signal::stored(words));
        let id = self.push(glyph, words, None, None);
        set_timeout(move || self.dismiss(id), time);
    }

    /// Something was done that can be undone for a while. `on_end` runs when the time is over or the notice is put
    /// away otherwise, and not when it was undone.
    pub(crate) fn undo(
        self,
        glyph: Glyph,
        words: impl Into<String>,
        act: impl Into<String>,
        seconds: u64,
        on_undo: Callback<()>,
        on_end: Callback<()>,
    ) {
        let id = self.reserve();
        let (passed, left, words, undo) = self.at_home(|| {
            let passed = RwSignal::new(0_u64);
            let left = Signal::derive(move || 100 - (passed.get() * 100 / seconds.max(1)).min(100) as u32);
            let undo = Callback::new(move |()| {
                self.forget_end(id);
                let _gone = on_undo.try_run(());
            });
            (passed, left, Signal::stored(words.into()), undo)
        });
        self.ends.update_value(|ends| ends.push((id, on_end)));
        self.put(id, glyph, words, Some(left), Some((act.into(), undo)));
        self.tick(id, passed, seconds);
    }

    /// A notice whose words and ring change; gives its id for [`Self::dismiss`].
    pub(crate) fn push(
        self,
        glyph: Glyph,
        words: Signal<String>,
        left: Option<Signal<u32>>,
        act: Option<(String, Callback<()>)>,
    ) -> u64 {
        let id = self.reserve();
        self.put(id, glyph, words, left, act);
        id
    }

    /// Puts a notice away. Its act, if there is one, can no longer be done.
    pub(crate) fn dismiss(self, id: u64) {
        self.items.try_update(|items| items.retain(|item| item.id != id));
        let end = self.ends.try_update_value(|ends| {
            ends.iter()
                .position(|(other, _)| *other == id)
                .map(|at| ends.swap_remove(at).1)
        });
        if let Some(Some(end)) = end {
            // the page that waited for it may be gone
            let _gone = end.try_run(());
        }
    }

    /// Puts everything away and does what was waiting.
    pub(crate) fn clear(self) {
        let ids: Vec<u64> = self
            .items
            .with_untracked(|items| items.iter().map(|item| item.id).collect());
        for id in ids {
            self.dismiss(id);
        }
    }

    /// Makes signals that outlive the page that asks for a notice.
    pub(crate) fn at_home<T>(self, make: impl FnOnce() -> T) -> T {
        self.home.get_value().with(make)
    }

    fn reserve(self) -> u64 {
        self.next.update_value(|next| *next += 1);
        self.next.get_value()
    }

    fn put(
        self,
        id: u64,
        glyph: Glyph,
        words: Signal<String>,
        left: Option<Signal<u32>>,
        act: Option<(String, Callback<()>)>,
    ) {
        self.items.update(|items| {
            items.push(ToastItem {
                id,
                glyph,
                words,
                left,
                act,
            })
        });
    }

    fn forget_end(self, id: u64) {
        self.ends
            .try_update_value(|ends| ends.retain(|(other, _)| *other != id));
    }

    fn tick(self, id: u64, passed: RwSignal<u64>, seconds: u64) {
        set_timeout(
            move || {
                let here = self
                    .items
                    .try_with_untracked(|items| items.iter().any(|item| item.id == id));
                if here != Some(true) {
                    return;
                }
                passed.update(|passed| *passed += 1);
                if passed.get_untracked() >= seconds {
                    self.dismiss(id);
                } else {
                    self.tick(id, passed, seconds);
                }
            },
            Duration::from_secs(1),
        );
    }
}
