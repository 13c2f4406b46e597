//! What the receivers' two pages share: their frame with the choice of language, states that are told, pasted keys.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use coffer_client::{Error, LinkError};
use coffer_page::{
    copies::{Copies, CopyNotices, CopyWords},
    dates, document, fragment, listen,
    look::{Glyph, Tone, unique_id},
    mark,
    theme::Theme,
};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlSelectElement, MouseEvent};
use zeroize::Zeroizing;

use crate::{
    dom::{El, FieldError, banner, el, icon, icon_button, input, picture, small_icon, submit, tile},
    language, later,
    notices::Notices,
    opened::Around,
    words,
};

/// A page inside of the frame.
pub(crate) trait Page {
    /// How it works, in a few sentences.
    fn how(&self) -> [&'static str; 3];

    /// Its cards as they are now. What an earlier call made is gone from the page.
    fn cards(self: Rc<Self>) -> Vec<El>;

    /// Another link was opened in this tab.
    fn arrive(self: Rc<Self>, fragment: Zeroizing<String>);

    /// Whether leaving now loses what cannot be had again.
    fn would_lose(&self) -> bool;
}

/// The frame of a receiver's page.
pub(crate) struct Frame {
    root: El,
    cards: El,
    theme: Cell<Theme>,
    copies: Rc<Copies<Notices>>,
    notices: Notices,
    page: RefCell<Option<Rc<dyn Page>>>,
}

/// Shows a page in a frame.
pub(crate) fn show<P: Page + 'static>(make: impl FnOnce(Rc<Frame>) -> P) {
    language::begin();
    let Some(body) = document().body() else { return };
    let notices = Notices::new();
    let frame = Rc::new(Frame {
        root: el("div", "slot"),
        cards: el("div", "solo__card solo__card--wide stack stack-6"),
        theme: Cell::new(Theme::chosen()),
        copies: Copies::new(notices.clone(), COPY_WORDS),
        notices: notices.clone(),
        page: RefCell::default(),
    });
    El::of(body).with(frame.root.clone()).add(notices.place());
    let page = Rc::new(make(Rc::clone(&frame)));
    let (arriving, leaving) = (Rc::clone(&page), Rc::clone(&page));
    fragment::on_arrival(move || {
        if let Some(fragment) = fragment::take() {
            Rc::clone(&arriving).arrive(fragment);
        }
    });
    listen::always(&listen::window_target(), "beforeunload", move |event| {
        if leaving.would_lose() {
            event.prevent_default();
        }
    });
    frame.page.replace(Some(page));
    frame.draw();
}

/// Where a page begins: with what stood behind `#`, or with what this tab's entry remembers, which is `held` after a link
/// was there and `over` after it had served.
pub(crate) fn begun<S>(received: fn(&str) -> S, lost: fn(Lost) -> S, held: &str, over: (&str, S)) -> S {
    if let Some(fragment) = fragment::take() {
        return received(&fragment);
    }
    match mark::read() {
        Some(mark) if mark == over.0 => over.1,
        Some(mark) if mark == held => lost(Lost::Gone),
        _ => lost(Lost::Incomplete(LinkError::NoKey)),
    }
}

/// Why a page has no link to go on with.
#[derive(Clone, Copy)]
pub(crate) enum Lost {
    /// The tab was loaded again, and a key is not kept.
    Gone,
    /// There is no whole key.
    Incomplete(LinkError),
}

/// What is said of it, in the words of one page.
pub(crate) struct LostWords {
    pub(crate) gone: &'static str,
    pub(crate) cut: &'static str,
    pub(crate) damaged: &'static str,
    pub(crate) newer: &'static str,
}

impl Lost {
    /// Its card, with a box for the key alone. `on_text` takes what stands behind `#`; false when it is no key.
    pub(crate) fn card(self, words: &LostWords, on_text: impl Fn(&str) -> bool + 'static) -> El {
        let (glyph, title, body) = match self {
            Self::Gone => (Glyph::Refresh, words::gone_title(), words.gone),
            Self::Incomplete(LinkError::NoKey) => (Glyph::Key, words::incomplete_title(), words.cut),
            Self::Incomplete(LinkError::Unsupported) => (Glyph::Key, words::newer_title(), words.newer),
            Self::Incomplete(_) => (Glyph::Key, words::damaged_link_title(), words.damaged),
        };
        let tips = matches!(self, Self::Incomplete(_)).then(|| {
            let tips = [words::incomplete_tip_1(), words::incomplete_tip_2()];
            el("ul", "bullets t-sm muted").all(tips.map(|tip| el("li", "").text(tip)).into())
        });
        let way_on = tips.into_iter().chain([paste_key(on_text)]).collect();
        told(glyph, Tone::Caution, title, body, way_on)
    }
}

impl Frame {
    /// Draws the cards again.
    pub(crate) fn redraw(&self) {
        let page = self.page.borrow().clone();
        if let Some(page) = page {
            let how = el("ol", "bullets stack stack-1 mt-2")
                .all(page.how().map(|sentence| el("li", "").text(sentence)).into());
            let explained = el("details", "t-sm muted")
                .with(el("summary", "disclosure").text(words::how()))
                .with(how);
            self.cards.put(page.cards());
            self.cards.add(explained);
        }
    }

    /// Draws everything, in the language of now.
    fn draw(self: &Rc<Self>) {
        let brand = el("a", "brand").attr("href", "/");
        let head = el("header", "solo__head")
            .with(brand.with(picture(Glyph::Mark, "mark")).text("Coffer"))
            .with(el("div", "row").with(self.languages()).with(self.theme_button()));
        let main = el("main", "solo__body")
            .attr("id", "main")
            .attr("tabindex", "-1")
            .with(self.cards.clone());
        let what = el("button", "link-btn")
            .attr("type", "button")
            .attr("aria-haspopup", "dialog")
            .text(words::foot_what())
            .on("click", |_| explain());
        let foot = el("footer", "solo__foot")
            .with(
                el("span", "row")
                    .with(small_icon(Glyph::ShieldCheck))
                    .text(words::foot()),
            )
            .with(what);
        self.root
            .put_one(Some(el("div", "solo").with(head).with(main).with(foot)));
        self.redraw();
    }

    fn languages(self: &Rc<Self>) -> El {
        let now = language::now();
        let choices = words::LANGUAGES.map(|(code, name)| {
            let choice = el("option", "").attr("value", code).attr("lang", code).text(name);
            choice.set("selected", (code == now).then_some(""));
            choice
        });
        let frame = Rc::clone(self);
        let list = el("select", "select select--plain")
            .attr("aria-label", words::language())
            .all(choices.into());
        let chooses = list.clone();
        list.on("change", move |_| {
            let (frame, code) = (Rc::clone(&frame), chooses.as_::<HtmlSelectElement>().value());
            later(async move {
                language::choose(&code).await;
                frame.draw();
                // the list that had the focus is another one now
                document::focus("select");
            });
        })
    }

    fn theme_button(self: &Rc<Self>) -> El {
        let label = |theme| match theme {
            Theme::System => words::theme_system(),
            Theme::Light => words::theme_light(),
            Theme::Dark => words::theme_dark(),
        };
        let (frame, turned) = (Rc::clone(self), Rc::new(RefCell::new(None::<El>)));
        let itself = Rc::clone(&turned);
        let made = icon_button(Glyph::Moon, label(self.theme.get()), move || {
            let next = frame.theme.get().next();
            next.choose();
            frame.theme.set(next);
            if let Some(button) = &*itself.borrow() {
                button.set("aria-label", Some(label(next)));
                button.set("title", Some(label(next)));
            }
        });
        made.set("class", Some("icon-btn icon-btn--md"));
        turned.replace(Some(made.clone()));
        made
    }
}

impl Around for Frame {
    fn copy_secret(&self, secret: Zeroizing<String>, name: &str) {
        self.copies.secret(secret, name.to_owned());
    }

    fn copy_plain(&self, text: &str, done: &str) {
        self.copies.plain(text.to_owned(), done.to_owned());
    }

    fn say(&self, said: &str) {
        self.notices.say(Glyph::Check, said);
    }
}

/// Shows what such a page can promise and what it cannot.
fn explain() {
    let heading = unique_id("dialog");
    let dialog = el("dialog", "dialog").attr("aria-labelledby", &heading);
    let close = |dialog: &El| dialog.as_::<HtmlDialogElement>().close();
    let crossed = dialog.clone();
    let head = el("div", "dialog__head")
        .with(el("div", "").with(el("h2", "").attr("id", &heading).text(words::trust_title())))
        .with(icon_button(Glyph::X, words::close(), move || close(&crossed)));
    let same = el("p", "")
        .with(el("b", "").text(words::trust_same()))
        .text(" ")
        .text(words::trust_2());
    let body = el("div", "dialog__body stack")
        .with(el("p", "").text(words::trust_1()))
        .with(same)
        .with(el("p", "muted").text(words::trust_3()));
    let (pressed, closed) = (dialog.clone(), dialog.clone());
    let dialog = dialog
        .with(head)
        .with(body)
        // a press on the dialog itself and not on something in it is one beside it
        .on("mousedown", move |event| {
            let area = pressed.as_::<HtmlDialogElement>().get_bounding_client_rect();
            let at: &MouseEvent = event.unchecked_ref();
            let (x, y) = (f64::from(at.client_x()), f64::from(at.client_y()));
            if x < area.left() || x > area.right() || y < area.top() || y > area.bottom() {
                close(&pressed);
            }
        })
        .on("close", move |_| closed.remove());
    if let Some(body) = document().body() {
        El::of(body).add(dialog.clone());
        // a dialog that is in the page and closed can be shown
        drop(dialog.as_::<HtmlDialogElement>().show_modal());
    }
}

/// One state of a page: what happened, what is safe, and the way on.
pub(crate) fn told(glyph: Glyph, tone: Tone, title: &str, body: &str, way_on: Vec<El>) -> El {
    let said = el("div", "stack stack-2")
        .attr("role", "status")
        .with(el("h1", "t-xl").text(title))
        .with(el("p", "muted").text(body));
    let inside = el("div", "card__body card__body--lg stack")
        .with(tile(glyph, tone))
        .with(said)
        .all(way_on);
    el("div", "card").with(inside)
}

/// A call that failed, in the receiver's language. What is safe when the server was not reached, and what is otherwise.
pub(crate) fn banned(error: &Error, offline: &str, other: fn(&str) -> String) -> El {
    let (title, text) = match error {
        Error::Offline | Error::Transport(_) => (words::offline_title(), offline.to_owned()),
        Error::RateLimited { .. } => (words::rate_title(), String::new()),
        // A server's words are quoted as the server's.
        Error::Server { status, message } => (
            words::other_title(),
            words::server_says(&format!("“{message}” ({status})")),
        ),
        error => (words::other_title(), other(cause(error))),
    };
    banner(Glyph::Offline, Tone::Caution, title, &text)
}

/// Whether what was asked of a server may be done though the call failed.
pub(crate) fn may_have_arrived(error: &Error) -> bool {
    match error {
        Error::Offline | Error::TooLarge | Error::Transport(_) => true,
        Error::Server { status, .. } => !(400..500).contains(status),
        _ => false,
    }
}

/// What the program says of what can fail on these pages. Words for all that can fail in the app would be loaded for nothing.
fn cause(error: &Error) -> &str {
    match error {
        Error::Invalid { why, .. } => why,
        Error::NotEnoughMemory => "not enough memory",
        Error::QuotaReached => "whoever asked has no room for it",
        Error::Storage(why) => why,
        Error::StretchFailed => "this device could not check the passphrase",
        Error::TooLarge => "too large",
        _ => "the server refused",
    }
}

/// A box for the key alone, for links that were sent in two parts.
pub(crate) fn paste_key(on_text: impl Fn(&str) -> bool + 'static) -> El {
    let id = unique_id("paste-key");
    let typed = el("input", "input input--mono")
        .attr("id", &id)
        .attr("dir", "ltr")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false");
    let error = Rc::new(FieldError::of(&typed));
    let again = Rc::clone(&error);
    let typed = typed.on("input", move |_| again.tell(None));
    let label = el("label", "field__label")
        .attr("for", &id)
        .text(words::paste_key())
        .with(el("span", "").text(words::paste_side()));
    let place = error.place();
    let given = typed.clone();
    let tries = submit("btn", None, words::try_key());
    el("form", "field")
        .with(label)
        .with(el("div", "row").with(typed).with(tries))
        .with(place)
        .on("submit", move |event| {
            event.prevent_default();
            let given = input(&given);
            let text = Zeroizing::new(given.value().split_whitespace().collect::<String>());
            let key = text.rsplit_once('#').map_or(text.as_str(), |(_, key)| key);
            given.set_value("");
            if !on_text(key) {
                given.set_value(&text);
                error.tell(Some(words::paste_bad()));
            }
        })
}

/// One line of a list, after a picture.
pub(crate) fn line(class: &str, glyph: Glyph, said: &str) -> El {
    el("li", "row")
        .with(el("span", class).with(icon(glyph)))
        .with(el("span", "").text(said))
}

/// A moment, as the receiver's language writes it.
pub(crate) fn when(ms: u64) -> String {
    dates::local(ms, language::now())
}

/// A number, likewise.
pub(crate) fn count(number: usize) -> String {
    dates::number(number, language::now())
}

const COPY_WORDS: CopyWords = CopyWords {
    copied: |name, seconds| words::copied(name, &seconds.to_string()),
    keep: words::copy_keep,
    refused: words::copy_refused,
    cleared: words::copy_cleared,
    later: words::copy_later,
};
