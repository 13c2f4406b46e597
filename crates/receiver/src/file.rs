//! Files behind a share link, once the link was opened: fetched in pieces, offered when the end was verified. One is saved at
//! once; of several, whoever opened the link says which, or takes all as one archive.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use coffer_client::{Error, FileDownload, FilePiece, ReceivedFiles, RevealError, SharedFile};
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
    frame::{banned, count},
    later,
    opened::{clear_button, left_words, link_ends},
    words,
    zip::{self, Sum},
};

/// What a card says of files.
pub(crate) struct Facts {
    title: String,
    /// Names that can be shown and saved, no two alike, and sizes.
    files: Vec<(String, u64)>,
    /// Of all of them.
    size: u64,
    /// When its link ends, as its sender has sealed in.
    not_after: Option<u64>,
}

impl Facts {
    pub(crate) fn of(title: &str, known: &[SharedFile], not_after: Option<u64>) -> Self {
        let names = known.iter().map(|file| file.name.as_str());
        let names = download::safe_names(names, words::file_default());
        let sizes = known.iter().map(|file| file.size);
        Self {
            title: title.trim().to_owned(),
            size: sizes.clone().sum(),
            files: names.into_iter().zip(sizes).collect(),
            not_after,
        }
    }

    /// The name of the only file.
    fn name(&self) -> Option<&str> {
        match self.files.as_slice() {
            [(name, _)] => Some(name),
            _ => None,
        }
    }

    /// What is said of several files as of one.
    fn number(&self) -> String {
        words::files_count(&count(self.files.len()))
    }

    /// Its heading, which is read when it has the focus.
    pub(crate) fn heading(&self) -> El {
        let heading = el("h1", "t-xl anywhere")
            .attr("tabindex", "-1")
            .attr("dir", "auto");
        match self.name() {
            _ if !self.title.is_empty() => heading.text(&self.title),
            Some(name) => heading.text(name),
            None => heading.text(&self.number()),
        }
    }

    /// Each of several files, with what can be done with it.
    pub(crate) fn list(&self, acts: &[El]) -> Option<El> {
        let rows = self.files.iter().enumerate().map(|(place, (name, size))| {
            let more = el("span", "row")
                .with(el("span", "faint").text(&words::size(*size)))
                .maybe(acts.get(place).cloned());
            el("li", "row row--between")
                .with(el("bdi", "mono anywhere").text(name))
                .with(more)
        });
        let are_several = self.name().is_none();
        are_several.then(|| el("ul", "stack stack-2").all(rows.collect()))
    }

    /// The card with its heading, and what can be done below.
    pub(crate) fn cards(&self, heading: El, acts: Vec<El>) -> Vec<El> {
        let has_title = !self.title.is_empty();
        let (called, ready) = match self.name() {
            Some(name) => (el("bdi", "mono anywhere").text(name), words::file_ready()),
            None => (el("span", "").text(&self.number()), words::files_ready()),
        };
        let facts = el("p", "row row--wrap muted")
            .maybe(has_title.then_some(called))
            .with(el("span", "").text(&words::size(self.size)));
        let said = el("div", "stack stack-2")
            .with(heading)
            .with(facts)
            .with(el("p", "muted").text(ready))
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
    Whole(Vec<Fetched>),
}

/// A file that is here.
struct Fetched {
    blob: Blob,
    /// What an archive says of it, if it is one of several.
    sum: u32,
}

/// Why it waits, in the language of the page.
type Note = fn() -> &'static str;

/// A download that was begun, and what came of each file.
type Kept = (FileDownload<Fetch, Browser>, Vec<(Parts, Sum)>);

/// Names and sizes, a button, progress; the files once they are whole.
pub(crate) struct FileCard {
    facts: Facts,
    files: ReceivedFiles,
    on_failure: Box<dyn Fn(RevealError)>,
    way: RefCell<Way>,
    fetched: Cell<u64>,
    /// Which files the browser took, and whether it refused the last one.
    saved: RefCell<Vec<bool>>,
    refused: Cell<bool>,
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
    /// A place for the button beside each of several files.
    saves: Vec<El>,
    /// What is said of files that are whole.
    done: El,
    bar: El,
    note: El,
}

impl FileCard {
    /// `on_failure` hears when the link does not give it any more, or gives another one.
    pub(crate) fn new(
        facts: Facts,
        files: ReceivedFiles,
        on_failure: impl Fn(RevealError) + 'static,
    ) -> Rc<Self> {
        let count = facts.files.len();
        Rc::new(Self {
            saves: (0..count).map(|_| el("span", "slot")).collect(),
            saved: RefCell::new(vec![false; count]),
            facts,
            files,
            on_failure: Box::new(on_failure),
            way: RefCell::new(Way::Waiting(None)),
            fetched: Cell::default(),
            refused: Cell::default(),
            wanted: Cell::default(),
            is_out: Cell::default(),
            kept: RefCell::default(),
            heading: RefCell::new(el("h1", "")),
            asked: Cell::default(),
            sure: el("div", "slot"),
            place: el("div", "slot"),
            done: el("p", "").attr("role", "status"),
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
        !self.saved.borrow().contains(&false)
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
        let mut acts = vec![self.place.clone()];
        acts.extend(self.facts.list(&self.saves));
        acts.extend([self.sure.clone(), clear_button(clear), more]);
        self.facts.cards(heading, acts)
    }

    fn draw(self: &Rc<Self>) {
        let is_whole = matches!(*self.way.borrow(), Way::Whole(_));
        for (place, (slot, (name, _))) in self.saves.iter().zip(&self.facts.files).enumerate() {
            slot.put_one(is_whole.then(|| {
                let save = while_there(self, move |card| card.save(place));
                let said = words::files_save();
                let save = button("btn btn--sm", Some(Glyph::Download), said, save);
                save.attr("aria-label", &format!("{said} {name}"))
            }));
        }
        let cards = match &*self.way.borrow() {
            Way::Running => self.running(),
            Way::Whole(_) => self.whole(),
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

    fn whole(self: &Rc<Self>) -> Vec<El> {
        self.draw_done();
        let glyph = Some(Glyph::Download);
        let save = if self.facts.name().is_some() {
            let again = while_there(self, |card| card.save(0));
            button("btn btn--block", glyph, words::file_again(), again)
        } else {
            let all = while_there(self, |card| card.save_all());
            button(
                "btn btn--primary btn--lg btn--block",
                glyph,
                words::files_save_all(),
                all,
            )
        };
        vec![outcome(None, Glyph::Check, vec![self.done.clone()]), save]
    }

    fn draw_done(&self) {
        self.done.say(if self.refused.get() {
            words::file_not_saved()
        } else {
            words::file_done()
        });
    }

    fn go(self: &Rc<Self>, way: Way) {
        self.way.replace(way);
        self.draw();
    }

    fn save(&self, place: usize) {
        if let (Way::Whole(files), Some((name, _))) = (&*self.way.borrow(), self.facts.files.get(place))
            && let Some(file) = files.get(place)
        {
            let is_saved = download::blob(name, &file.blob);
            if let Some(saved) = self.saved.borrow_mut().get_mut(place) {
                *saved |= is_saved;
            }
            self.refused.set(!is_saved);
            self.draw_done();
        }
    }

    fn save_all(&self) {
        if let Way::Whole(files) = &*self.way.borrow() {
            let title = Some(self.facts.title.as_str()).filter(|title| !title.is_empty());
            let name = format!("{}.zip", title.unwrap_or(words::file_default()));
            let archive = self.archive(files);
            let is_saved = archive.is_some_and(|all| download::blob(&download::safe_name(&name), &all));
            if is_saved {
                self.saved.borrow_mut().fill(true);
            }
            self.refused.set(!is_saved);
            self.draw_done();
        }
    }

    /// All files in one. `None` when the browser refused.
    fn archive(&self, files: &[Fetched]) -> Option<Blob> {
        let named = self.facts.files.iter().zip(files);
        let entries: Vec<zip::Entry<'_>> = named
            .map(|((name, size), file)| zip::Entry {
                name,
                // A share holds at most 1 GiB.
                size: *size as u32,
                sum: file.sum,
            })
            .collect();
        let (heads, end) = zip::frames(&entries);
        let archive = Parts::default();
        for (head, file) in heads.iter().zip(files) {
            archive.push(head).then_some(())?;
            archive.add(&file.blob);
        }
        archive.push(&end).then(|| archive.whole())?
    }

    fn go_on(self: &Rc<Self>) {
        self.go(Way::Running);
        let is_running = self.wanted.replace(true) || self.is_out.get();
        if is_running {
            return;
        }
        self.is_out.set(true);
        let kept = self.kept.take();
        let kept = kept.unwrap_or_else(|| {
            let files = self.facts.files.iter().map(|_| Default::default());
            (client(this_server()).fetch_files(&self.files), files.collect())
        });
        later(Self::run(Rc::downgrade(self), kept));
    }

    async fn run(here: Weak<Self>, (mut download, mut files): Kept) {
        let mut tries = 0;
        let (ended, is_kept) = loop {
            if !here.upgrade().is_some_and(|card| card.wanted.get()) {
                break (None, true);
            }
            let next = download.next().await;
            // Once it was cleared, nobody is told.
            let Some(card) = here.upgrade() else { return };
            match next {
                Ok(Some(piece)) if take(&mut files, &piece) => {
                    tries = 0;
                    card.fetched.set(download.fetched());
                    card.draw_progress();
                }
                // A piece that the browser did not take is gone: begun again, it is fetched again.
                Ok(Some(_)) => break (Some(Way::Waiting(Some(words::file_not_saved))), false),
                Ok(None) => match whole(&files) {
                    Some(files) => break (Some(Way::Whole(files)), true),
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
        card.kept.replace(is_kept.then_some((download, files)));
        if !is_kept {
            card.fetched.set(0);
        }
        if let Some(ended) = ended {
            card.go(ended);
            // Of several, whoever opened the link says which.
            if card.facts.name().is_some() {
                card.save(0);
            }
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

/// Hands a piece over to the files that it is of. False when the browser refused.
fn take(files: &mut [(Parts, Sum)], piece: &FilePiece) -> bool {
    let are_several = files.len() > 1;
    piece.parts().all(|(place, bytes)| {
        let Some((parts, sum)) = files.get_mut(place) else {
            return false;
        };
        if are_several {
            sum.add(bytes);
        }
        parts.push(bytes)
    })
}

/// The files, when everything of them is there. `None` when the browser refused.
fn whole(files: &[(Parts, Sum)]) -> Option<Vec<Fetched>> {
    let fetched = files.iter().map(|(parts, sum)| {
        let (blob, sum) = (parts.whole()?, sum.value());
        Some(Fetched { blob, sum })
    });
    fetched.collect()
}

/// A connection that breaks for a moment is waited for, in milliseconds.
const PAUSES: [u32; 3] = [500, 2_000, 5_000];
/// The wait before a server is asked again that wants a pause and does not say how long, in seconds.
const PAUSE: u32 = 10;
/// The longest wait that a server is believed.
const LONGEST: u32 = 600;
