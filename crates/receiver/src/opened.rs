//! An opened share: the secret, and what can be done with it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use coffer_client::{ShareContent, SharedFile, SharedSecret};
use coffer_page::{
    clock, dates, download,
    look::{Glyph, Tone, unique_id},
};
use gloo_timers::callback::Interval;
use web_sys::Element;
use zeroize::Zeroizing;

use crate::{
    dom::{El, Ring, button, el, icon, outcome, tile, while_there},
    file::Facts,
    language, words,
};

/// What the card asks of the page around it.
pub trait Around {
    /// Copies a secret for a while; `name` says what it is.
    fn copy_secret(&self, secret: Zeroizing<String>, name: &str);

    /// Copies something that is no secret, and says so.
    fn copy_plain(&self, text: &str, done: &str);

    /// Says that something was done.
    fn say(&self, said: &str);
}

/// What was behind a link. Wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Shown {
    title: String,
    text: Zeroizing<String>,
    /// Several secrets by their names; the text is their `.env` then.
    secrets: Vec<SharedSecret>,
    opened: u64,
    /// When its link ends, as its sender has sealed in.
    not_after: Option<u64>,
}

impl Shown {
    /// What a share held; or its files, which have a card of their own.
    pub(crate) fn of(
        title: &str,
        content: ShareContent,
        not_after: Option<u64>,
    ) -> Result<Self, Vec<SharedFile>> {
        let given = title.trim().to_owned();
        let mut several = Vec::new();
        let (title, text) = match content {
            ShareContent::Text(text) => (given, text),
            ShareContent::Files(files) => return Err(files),
            ShareContent::Secrets(mut secrets) if secrets.len() == 1 => {
                let secret = secrets.remove(0);
                (if given.is_empty() { secret.name } else { given }, secret.value)
            }
            ShareContent::Secrets(secrets) => {
                let lines: Vec<(&str, &str)> = secrets
                    .iter()
                    .map(|secret| (secret.name.as_str(), secret.value.as_str()))
                    .collect();
                let text = coffer_client::write_dotenv(&lines);
                several = secrets;
                (given, text)
            }
        };
        let title = if title.is_empty() {
            words::default_title().to_owned()
        } else {
            title
        };
        Ok(Self {
            title,
            text,
            secrets: several,
            opened: clock::now(),
            not_after,
        })
    }
}

/// The card of an opened share. The secret is wiped, and the clock stops, when the last handle is dropped; what is
/// left in the page holds none.
pub(crate) struct Open {
    shown: Shown,
    visible: Cell<bool>,
    until: Cell<Option<u64>>,
    heading: El,
    value: El,
    note: El,
    left: (El, Ring, El),
    toggle: El,
    keep: El,
    clock: RefCell<Option<Interval>>,
}

impl Open {
    /// Makes the card; what is shown of it stays as it was in a card `before`. `more` stands at its end.
    pub(crate) fn new(
        shown: Shown,
        before: Option<&Self>,
        around: &Rc<dyn Around>,
        on_clear: impl Fn() + 'static,
        more: Option<El>,
    ) -> (Rc<Self>, Vec<El>) {
        let (ring, percent) = Ring::new("ring ring--sm");
        let left = el("span", "");
        let (visible, until) = match before {
            Some(before) => (before.visible.get(), before.until.get()),
            None => (true, Some(shown.opened + SHOWN_FOR)),
        };
        let open = Rc::new(Self {
            shown,
            visible: Cell::new(visible),
            until: Cell::new(until),
            heading: el("h1", "anywhere"),
            value: el("div", "slot"),
            note: el("span", ""),
            left: (
                el("span", "countdown").with(ring).with(left.clone()),
                percent,
                left,
            ),
            toggle: el("button", "btn btn--ghost btn--sm").attr("type", "button"),
            keep: el("div", "slot"),
            clock: RefCell::default(),
        });
        let clock = Interval::new(1_000, while_there(&open, Self::tick));
        open.clock.replace(Some(clock));
        let cards = open.cards(around, on_clear, more);
        open.draw();
        (open, cards)
    }

    /// Its heading, which is read when it has the focus.
    pub(crate) fn heading(&self) -> El {
        self.heading.clone()
    }

    fn cards(
        self: &Rc<Self>,
        around: &Rc<dyn Around>,
        on_clear: impl Fn() + 'static,
        more: Option<El>,
    ) -> Vec<El> {
        let shown = &self.shown;
        let heading = self.heading.clone().attr("tabindex", "-1").text(&shown.title);
        let opened = dates::local_time(shown.opened, language::now());
        let badge = el("span", "badge")
            .attr("data-tone", Tone::Accent.as_str())
            .with(icon(Glyph::Unlock))
            .text(&words::opened_here(&opened));
        let turn = while_there(self, |open| open.turn(!open.visible.get()));
        let toggle = self.toggle.clone().on("click", move |_| turn());
        let bar = el("div", "secret__bar")
            .with(self.note.clone())
            .with(toggle)
            .with(self.keep.clone());
        let (copied, saved) = (Rc::clone(around), Rc::clone(around));
        let copy = while_there(self, move |open| {
            copied.copy_secret(open.shown.text.clone(), &open.shown.title)
        });
        let save = while_there(self, move |open| {
            if download::text(words::file_name(), "text/plain", &open.shown.text) {
                saved.say(words::saved_file());
            }
        });
        let body = el("div", "card__body card__body--lg stack")
            .with(el("div", "row row--between row--wrap").with(heading).with(badge))
            .with(el("div", "secret--block").with(self.value.clone()).with(bar))
            .maybe((!shown.secrets.is_empty()).then(|| self.names(around)))
            .with(
                el("div", "row row--wrap")
                    .with(el("span", "grow").with(button(
                        "btn btn--primary btn--block",
                        Some(Glyph::Copy),
                        words::copy(),
                        copy,
                    )))
                    .with(el("span", "grow").with(button(
                        "btn btn--block",
                        Some(Glyph::Download),
                        words::save_file(),
                        save,
                    ))),
            )
            .with(outcome(
                Some(Tone::Plain),
                Glyph::Info,
                [el("p", "").text(words::after())]
                    .into_iter()
                    .chain(shown.not_after.map(link_ends))
                    .chain([el("p", "").text(words::after_sub())])
                    .collect(),
            ))
            .with(clear_button(on_clear))
            .maybe(more);
        vec![
            el("div", "card").with(body),
            el("p", "t-sm faint center").text(words::expect()),
        ]
    }

    /// Several secrets, each to be copied by itself.
    fn names(self: &Rc<Self>, around: &Rc<dyn Around>) -> El {
        let names = self.shown.secrets.iter().enumerate().map(|(at, secret)| {
            let around = Rc::clone(around);
            let copy = while_there(self, move |open| {
                if let Some(one) = open.shown.secrets.get(at) {
                    around.copy_secret(one.value.clone(), &one.name);
                }
            });
            let press = button("btn btn--sm", Some(Glyph::Copy), words::copy(), copy);
            let name = el("span", "mono anywhere").attr("dir", "ltr").text(&secret.name);
            let press = press.attr("aria-label", &format!("{} {}", words::copy(), secret.name));
            el("li", "row row--between").with(name).with(press)
        });
        el("ul", "stack stack-2").all(names.collect())
    }

    fn turn(self: &Rc<Self>, visible: bool) {
        self.visible.set(visible);
        self.until.set(visible.then(|| clock::now() + SHOWN_FOR));
        self.draw();
    }

    fn tick(self: &Rc<Self>) {
        match self.until.get() {
            Some(until) if clock::now() >= until => self.turn(false),
            Some(_) => self.draw_left(),
            None => {}
        }
    }

    fn draw(self: &Rc<Self>) {
        let value = el("div", "secret__value").attr("role", "group");
        let (visible, counts) = (self.visible.get(), self.until.get().is_some());
        self.value.put_one(Some(if visible {
            value
                .attr("dir", "auto")
                .attr("tabindex", "0")
                .attr("aria-label", words::value_label())
                .text(&self.shown.text)
        } else {
            value.attr("aria-label", words::hidden()).text(MASK)
        }));
        self.toggle
            .say(if visible { words::hide() } else { words::reveal() });
        if visible && counts {
            self.note.put_one(Some(self.left.0.clone()));
            self.draw_left();
        } else {
            self.note
                .say(if visible { words::kept() } else { words::hidden() });
        }
        self.keep.put_one((visible && counts).then(|| {
            let keep = while_there(self, |open| {
                open.until.set(None);
                open.draw();
            });
            button("btn btn--ghost btn--sm", None, words::keep(), keep)
        }));
    }

    fn draw_left(&self) {
        let Some(until) = self.until.get() else { return };
        let left = until.saturating_sub(clock::now());
        self.left.1.set(left * 100 / SHOWN_FOR);
        self.left.2.say(&words::hides_in(&left_words(left)));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Whatever the browser still keeps of the card, it holds no secret.
        self.value.put_one(None);
    }
}

/// When a link ends, as its sender has sealed in.
pub(crate) fn link_ends(at: u64) -> El {
    el("p", "").text(&words::link_ends(&dates::local(at, language::now())))
}

/// How much time is left: `38 min`, `21 s`.
pub(crate) fn left_words(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    if seconds < 100 {
        words::seconds_left(&seconds.to_string())
    } else {
        words::minutes_left(&(seconds / 60).to_string())
    }
}

/// What the recipient will see, from what its maker still has: no server is asked, so no view is used.
pub struct Preview {
    place: El,
    previewed: Previewed,
    has_passphrase: bool,
    around: Rc<dyn Around>,
    open: RefCell<Option<Rc<Open>>>,
}

/// What is behind the link.
enum Previewed {
    /// Files, and that they are not fetched, in the words of the page around.
    Files(Facts, &'static str),
    Shown(Shown),
}

impl Preview {
    /// Shows it inside of an element, until it is dropped. `unfetched` says below files that nothing of them is fetched.
    pub fn inside(
        place: Element,
        title: &str,
        content: ShareContent,
        has_passphrase: bool,
        unfetched: &'static str,
        around: Rc<dyn Around>,
    ) -> Rc<Self> {
        let previewed = match Shown::of(title, content, None) {
            Ok(shown) => Previewed::Shown(shown),
            Err(files) => Previewed::Files(Facts::of(title, &files, None), unfetched),
        };
        let preview = Rc::new(Self {
            place: El::of(place),
            previewed,
            has_passphrase,
            around,
            open: RefCell::default(),
        });
        preview.seal();
        preview
    }

    /// Shows the page before it is opened.
    fn seal(self: &Rc<Self>) {
        self.open.take();
        let said = el("div", "stack stack-2")
            .with(el("h3", "t-xl").text(words::title()))
            .with(el("p", "muted").text(words::sealed()))
            .maybe(
                self.has_passphrase
                    .then(|| el("p", "muted").text(words::passphrase_needed())),
            );
        let show = while_there(self, Self::show);
        let show = button("btn btn--primary btn--block", None, words::show(), show);
        let body = el("div", "card__body stack")
            .with(tile(Glyph::Lock, Tone::Accent))
            .with(said)
            .with(show);
        self.place.put_one(Some(el("div", "card").with(body)));
    }

    /// Opens it. Clearing the previewed page goes back to its beginning.
    fn show(self: &Rc<Self>) {
        let clear = while_there(self, Self::seal);
        match &self.previewed {
            Previewed::Files(facts, unfetched) => {
                let heading = facts.heading();
                let mut acts = vec![inert_fetch(unfetched)];
                acts.extend(facts.list(&[]));
                acts.push(clear_button(clear));
                self.place.put(facts.cards(heading.clone(), acts));
                heading.focus();
            }
            Previewed::Shown(shown) => {
                let (open, cards) = Open::new(shown.clone(), None, &self.around, clear, None);
                self.place.put(cards);
                open.heading.focus();
                self.open.replace(Some(open));
            }
        }
    }
}

/// The button that fetches files, where there are none: it can be reached, and says why it does nothing.
fn inert_fetch(why: &str) -> El {
    let id = unique_id("unfetched");
    let fetch = button(
        "btn btn--primary btn--lg btn--block",
        Some(Glyph::Download),
        words::file_fetch(),
        || {},
    )
    .attr("aria-disabled", "true")
    .attr("aria-describedby", &id);
    let why = el("p", "faint t-sm").attr("id", &id).text(why);
    el("div", "stack stack-2").with(fetch).with(why)
}

/// The button that forgets what was opened.
pub(crate) fn clear_button(press: impl Fn() + 'static) -> El {
    let glyph = Some(Glyph::Flame);
    button("btn btn--danger btn--block", glyph, words::clear(), press)
}

/// How long an opened secret stays visible without a word from its reader.
const SHOWN_FOR: u64 = 240_000;
/// Twelve dots, whatever the length.
const MASK: &str = "••••••••••••";
