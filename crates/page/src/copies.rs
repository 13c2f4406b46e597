//! Copying: what was copied last, and when it is cleared again.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use zeroize::Zeroizing;

use crate::{clipboard, document, listen, look::Glyph};

/// Seconds after which a copied secret is cleared.
const SECONDS: u64 = 30;

/// What is said about copying, in the language of the page.
#[derive(Clone, Copy)]
pub struct CopyWords {
    /// While a secret counts down: its name and the seconds left.
    pub copied: fn(&str, u64) -> String,
    /// The act that keeps it.
    pub keep: fn() -> &'static str,
    /// The browser refused.
    pub refused: fn() -> &'static str,
    /// It was cleared late.
    pub cleared: fn() -> &'static str,
    /// It is not cleared yet.
    pub later: fn() -> &'static str,
}

/// Where a page tells what became of a copy.
pub trait CopyNotices: 'static {
    /// Tells something, for a while.
    fn say(&self, glyph: Glyph, said: &str);

    /// Begins a notice that changes, with one act.
    fn open(&self, act: &str, on_act: Rc<dyn Fn()>) -> Box<dyn OpenNotice>;
}

/// A notice that changes.
pub trait OpenNotice {
    /// What it says now, and how much of its time is left, of 100.
    fn show(&self, said: String, percent: u32);

    /// Puts it away.
    fn close(&self);
}

/// What a page has put into the clipboard.
pub struct Copies<N> {
    /// The secret that was put there last and is not cleared.
    ours: RefCell<Option<Zeroizing<String>>>,
    /// Grows with every copy, so that an older countdown does not end a newer one.
    turn: Cell<u64>,
    /// Its time is over, but the tab was not in front.
    overdue: Cell<bool>,
    notices: N,
    words: CopyWords,
}

impl<N: CopyNotices> Copies<N> {
    /// None yet. What is overdue is cleared when the tab comes to the front.
    pub fn new(notices: N, words: CopyWords) -> Rc<Self> {
        let copies = Rc::new(Self {
            ours: RefCell::default(),
            turn: Cell::default(),
            overdue: Cell::default(),
            notices,
            words,
        });
        let ours = Rc::downgrade(&copies);
        listen::always(&listen::window_target(), "focus", move |_| {
            if let Some(copies) = ours.upgrade()
                && copies.overdue.get()
            {
                copies.clear_now();
            }
        });
        copies
    }

    /// Copies a secret: a notice counts down, then it is cleared. `name` says what was copied.
    pub fn secret(self: &Rc<Self>, secret: Zeroizing<String>, name: String) {
        let turn = self.next_turn();
        let copies = Rc::clone(self);
        spawn_local(async move {
            if !clipboard::write(&secret).await {
                copies.notices.say(Glyph::Alert, (copies.words.refused)());
                return;
            }
            copies.overdue.set(false);
            copies.ours.replace(Some(secret));
            copies.count_down(turn, name);
        });
    }

    /// Copies something that is no secret.
    pub fn plain(self: &Rc<Self>, plain: String, done: String) {
        // it replaces what was there: nothing of ours is left to clear
        self.forget();
        let copies = Rc::clone(self);
        spawn_local(async move {
            if clipboard::write(&plain).await {
                copies.notices.say(Glyph::Check, &done);
            } else {
                copies.notices.say(Glyph::Alert, (copies.words.refused)());
            }
        });
    }

    /// Clears a secret of ours at once, as locking does.
    pub fn clear_now(self: &Rc<Self>) {
        let Some(secret) = self.ours.take() else {
            return;
        };
        self.next_turn();
        let copies = Rc::clone(self);
        spawn_local(async move {
            if clipboard::clear(&secret).await {
                if copies.overdue.replace(false) {
                    copies.notices.say(Glyph::Check, (copies.words.cleared)());
                }
            } else {
                // without the text: it is not kept for longer than it must
                copies.ours.replace(Some(Zeroizing::default()));
                copies.overdue.set(true);
            }
        });
    }

    /// It stays in the clipboard.
    fn forget(&self) {
        self.ours.take();
        self.overdue.set(false);
        self.next_turn();
    }

    fn next_turn(&self) -> u64 {
        self.turn.set(self.turn.get() + 1);
        self.turn.get()
    }

    fn count_down(self: &Rc<Self>, turn: u64, name: String) {
        let copies = Rc::downgrade(self);
        let keep = Rc::new(move || {
            if let Some(copies) = copies.upgrade() {
                copies.forget();
            }
        });
        let notice = self.notices.open((self.words.keep)(), keep);
        self.tick(turn, name, SECONDS, notice);
    }

    fn tick(self: &Rc<Self>, turn: u64, name: String, left: u64, notice: Box<dyn OpenNotice>) {
        notice.show((self.words.copied)(&name, left), (left * 100 / SECONDS) as u32);
        let copies = Rc::clone(self);
        let next = move || {
            if copies.turn.get() != turn {
                notice.close();
            } else if left > 1 {
                copies.tick(turn, name, left - 1, notice);
            } else {
                notice.close();
                copies.overdue.set(true);
                if document().has_focus().unwrap_or(false) {
                    copies.clear_now();
                } else {
                    copies.notices.say(Glyph::Clock, (copies.words.later)());
                }
            }
        };
        Timeout::new(1_000, next).forget();
    }
}
