//! A file behind a share link, once the link was opened: fetched in pieces, offered when the end was verified.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use coffer_client::{Error, FileDownload, ReceivedFile, RevealError, SharedFile};
use coffer_page::{
    Browser, Fetch,
    download::{self, Parts},
    look::{Glyph, Tone, unique_id},
    server::{client, this_server},
};
use gloo_timers::future::TimeoutFuture;
use web_sys::Blob;

use crate::{
    dom::{El, button, el, outcome, tile, while_there},
    frame::banned,
    later,
    opened::{clear_button, left_words, link_ends},
    words,
};

/// What a card says of a file.
pub(crate) struct Facts {
    title: String,
    name: String,
    size: u64,
    /// When its link ends, as its sender has sealed in.
    not_after: Option<u64>,
}

impl Facts {
    pub(crate) fn of(title: &str, known: &SharedFile, not_after: Option<u64>) -> Self {
        let name = download::safe_name(&known.name);
        Self {
            title: title.trim().to_owned(),
            name: if name.is_empty() {
                words::file_default().to_owned()
            } else {
                name
            },
            size: known.size,
            not_after,
        }
    }

    /// Its heading, which is read when it has the focus.
    pub(crate) fn heading(&self) -> El {
        let title = if self.title.is_empty() {
            &self.name
        } else {
            &self.title
        };
        el("h1", "t-xl anywhere")
            .attr("tabindex", "-1")
            .attr("dir", "auto")
            .text(title)
    }

    /// The card with its heading, and what can be done below.
    pub(crate) fn cards(&self, heading: El, acts: Vec<El>) -> Vec<El> {
        let has_title = !self.title.is_empty();
        let facts = el("p", "row row--wrap muted")
            .maybe(has_title.then(|| el("bdi", "mono anywhere").text(&self.name)))
            .with(el("span", "").text(&words::size(self.size)));
        let said = el("div", "stack stack-2")
            .with(heading)
            .with(facts)
            .with(el("p", "muted").text(words::file_ready()))
            .maybe(self.not_after.map(|at| link_ends(at).attr("class", "muted")));
        let body = el("div", "card__body card__body--lg stack")
            .with(tile(Glyph::Download, Tone::Accent))
            .with(said)
            .all(acts);
        vec![
            el("div", "card").with(body),
            el("p", "t-sm faint center").text(words::expect()),
        ]
    }
}

/// Where fetching stands.
enum Way {
    /// It was begun or not, and waits for somebody to press the button.
    Waiting(Option<Note>),
    /// It did not go on for another reason than a lost connection.
    Refused(Error),
    /// On its way.
    Running,
    /// All of it is here and verified.
    Whole(Blob),
}

/// Why it waits, in the language of the page.
type Note = fn() -> &'static str;

/// A download that was begun, and what came of it.
type Kept = (FileDownload<Fetch, Browser>, Parts);

/// Name and size, a button, progress; the file once it is whole.
pub(crate) struct FileCard {
    facts: Facts,
    file: ReceivedFile,
    on_failure: Box<dyn Fn(RevealError)>,
    way: RefCell<Way>,
    fetched: Cell<u64>,
    /// The browser took the whole file.
    saved: Cell<bool>,
    /// Whoever stops does so between two pieces, and may change their mind before that.
    wanted: Cell<bool>,
    is_out: Cell<bool>,
    /// Kept while it does not run.
    kept: RefCell<Option<Kept>>,
    heading: RefCell<El>,
    /// Clearing loses the file: it was asked whether that is meant.
    asked: Cell<bool>,
    sure: El,
    place: El,
    bar: El,
    note: El,
}

impl FileCard {
    /// `on_failure` hears when the link does not give it any more, or gives another one.
    pub(crate) fn new(
        facts: Facts,
        file: ReceivedFile,
        on_failure: impl Fn(RevealError) + 'static,
    ) -> Rc<Self> {
        Rc::new(Self {
            facts,
            file,
            on_failure: Box::new(on_failure),
            way: RefCell::new(Way::Waiting(None)),
            fetched: Cell::default(),
            saved: Cell::new(true),
            wanted: Cell::default(),
            is_out: Cell::default(),
            kept: RefCell::default(),
            heading: RefCell::new(el("h1", "")),
            asked: Cell::default(),
            sure: el("div", "slot"),
            place: el("div", "slot"),
            bar: el("progress", "meterline").attr("max", "100"),
            note: el("span", "faint"),
        })
    }

    /// Its heading, which is read when it has the focus.
    pub(crate) fn heading(&self) -> El {
        self.heading.borrow().clone()
    }

    /// The browser has all of it.
    pub(crate) fn is_saved(&self) -> bool {
        self.saved.get() && matches!(*self.way.borrow(), Way::Whole(_))
    }

    /// Pieces are on their way.
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.way.borrow(), Way::Running)
    }

    /// The card, with `more` at its end. It is to be forgotten when `on_clear` is called.
    pub(crate) fn cards(self: &Rc<Self>, on_clear: impl Fn() + 'static, more: El) -> Vec<El> {
        let heading = self.facts.heading();
        self.heading.replace(heading.clone());
        self.draw();
        self.asked.set(false);
        self.sure.put_one(None);
        let clear = while_there(self, move |card| {
            if card.is_saved() || card.asked.replace(true) {
                on_clear();
            } else {
                let ask = el("p", "c-danger t-sm").attr("role", "alert");
                card.sure.put_one(Some(ask.text(words::file_clear_sure())));
            }
        });
        let acts = vec![self.place.clone(), self.sure.clone(), clear_button(clear), more];
        self.facts.cards(heading, acts)
    }

    fn draw(self: &Rc<Self>) {
        let cards = match &*self.way.borrow() {
            Way::Running => self.running(),
            Way::Whole(blob) => self.whole(blob),
            Way::Waiting(note) => {
                let said = note.map(|note| el("p", "").attr("role", "status").text(note()));
                let begun = said.is_some();
                said.into_iter().chain([self.fetch(begun)]).collect()
            }
            Way::Refused(error) => {
                let said = banned(error, words::file_broken(), words::other_body);
                vec![said, self.fetch(true)]
            }
        };
        self.place.put(cards);
    }

    fn fetch(self: &Rc<Self>, begun: bool) -> El {
        let said = if begun {
            words::file_go_on()
        } else {
            words::file_fetch()
        };
        let glyph = Some(Glyph::Download);
        let act = while_there(self, Self::go_on);
        button("btn btn--primary btn--lg btn--block", glyph, said, act)
    }

    fn running(self: &Rc<Self>) -> Vec<El> {
        let id = unique_id("progress");
        self.bar.set("id", Some(&id));
        let label = el("label", "medium")
            .attr("for", &id)
            .text(words::file_fetching());
        let head = el("div", "row row--between t-sm")
            .with(label)
            .with(self.note.clone());
        let progress = el("div", "stack stack-2")
            .attr("role", "status")
            .with(head)
            .with(self.bar.clone());
        self.draw_progress();
        let stop = while_there(self, |card| {
            card.wanted.set(false);
            card.go(Way::Waiting(Some(words::file_stopped)));
        });
        vec![progress, button("btn btn--block", None, words::file_stop(), stop)]
    }

    fn draw_progress(&self) {
        let (fetched, size) = (self.fetched.get(), self.facts.size);
        let percent = (fetched * 100 / size.max(1)).min(100);
        self.bar.set("value", Some(&percent.to_string()));
        self.note
            .say(&words::file_progress(&words::size(fetched), &words::size(size)));
    }

    fn whole(self: &Rc<Self>, blob: &Blob) -> Vec<El> {
        let said = if self.saved.get() {
            words::file_done()
        } else {
            words::file_not_saved()
        };
        let said = el("p", "").attr("role", "status").text(said);
        let blob = blob.clone();
        let again = while_there(self, move |card| {
            card.save(&blob);
            card.draw();
        });
        vec![
            outcome(None, Glyph::Check, vec![said]),
            button(
                "btn btn--block",
                Some(Glyph::Download),
                words::file_again(),
                again,
            ),
        ]
    }

    fn go(self: &Rc<Self>, way: Way) {
        self.way.replace(way);
        self.draw();
    }

    fn save(&self, blob: &Blob) {
        self.saved.set(download::blob(&self.facts.name, blob));
    }

    fn go_on(self: &Rc<Self>) {
        self.go(Way::Running);
        let is_running = self.wanted.replace(true) || self.is_out.get();
        if is_running {
            return;
        }
        self.is_out.set(true);
        let kept = self.kept.take();
        let kept = kept.unwrap_or_else(|| (client(this_server()).fetch_file(&self.file), Parts::default()));
        later(Self::run(Rc::downgrade(self), kept));
    }

    async fn run(here: Weak<Self>, (mut download, parts): Kept) {
        let mut tries = 0;
        let (ended, is_kept) = loop {
            if !here.upgrade().is_some_and(|card| card.wanted.get()) {
                break (None, true);
            }
            let next = download.next().await;
            // Once it was cleared, nobody is told.
            let Some(card) = here.upgrade() else { return };
            match next {
                Ok(Some(piece)) if parts.push(&piece) => {
                    tries = 0;
                    card.fetched.set(download.fetched());
                    card.draw_progress();
                }
                // A piece that the browser did not take is gone: begun again, it is fetched again.
                Ok(Some(_)) => break (Some(Way::Waiting(Some(words::file_not_saved))), false),
                Ok(None) => match parts.whole() {
                    Some(blob) => {
                        card.save(&blob);
                        break (Some(Way::Whole(blob)), true);
                    }
                    None => break (Some(Way::Waiting(Some(words::file_not_saved))), true),
                },
                Err(RevealError::Client(Error::Offline)) => match PAUSES.get(tries) {
                    Some(pause) => {
                        tries += 1;
                        TimeoutFuture::new(*pause).await;
                    }
                    None => break (Some(Way::Waiting(Some(words::file_broken))), true),
                },
                Err(RevealError::Client(error)) => break (Some(Way::Refused(error)), true),
                // The view is used: what was asked for too fast is asked for later.
                Err(RevealError::RateLimited { retry_after }) => {
                    drop(card);
                    Self::pause(&here, retry_after.unwrap_or(PAUSE).clamp(1, LONGEST)).await;
                }
                Err(error) => {
                    (card.on_failure)(error);
                    return;
                }
            }
        };
        let Some(card) = here.upgrade() else { return };
        card.is_out.set(false);
        card.wanted.set(false);
        card.kept.replace(is_kept.then_some((download, parts)));
        if !is_kept {
            card.fetched.set(0);
        }
        if let Some(ended) = ended {
            card.go(ended);
        }
    }

    /// Waits so many seconds and says so, as long as somebody wants to go on.
    async fn pause(here: &Weak<Self>, seconds: u32) {
        for left in (1..=seconds).rev() {
            let Some(card) = here.upgrade().filter(|card| card.wanted.get()) else {
                return;
            };
            let left = left_words(u64::from(left) * 1_000);
            card.note.say(&words::file_waits(&left));
            drop(card);
            TimeoutFuture::new(1_000).await;
        }
    }
}

/// A connection that breaks for a moment is waited for, in milliseconds.
const PAUSES: [u32; 3] = [500, 2_000, 5_000];
/// The wait before a server is asked again that wants a pause and does not say how long, in seconds.
const PAUSE: u32 = 10;
/// The longest wait that a server is believed.
const LONGEST: u32 = 600;
