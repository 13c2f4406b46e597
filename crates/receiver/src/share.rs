//! What the receiver of a share link sees: `/s#…`.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use coffer_client::{
    Error, Passphrase, ReceivedShare, RevealError, RevealedShare, ShareGlance, share_from_link,
};
use coffer_page::{
    clock, dates,
    look::{Glyph, Tone, unique_id},
    mark, passphrase,
    server::{client, this_server},
};
use gloo_timers::callback::Interval;
use zeroize::Zeroizing;

use crate::{
    dom::{El, FieldError, banner, button, el, icon, input, submit, tile, while_there},
    file::{Facts, FileCard},
    frame::{
        Frame, Lost, LostWords, Page, banned, begun, count, line, may_have_arrived, paste_key, told, when,
    },
    language, later,
    opened::{Around, Open, Shown, left_words},
    words,
};

/// Where the page stands. What it holds dies with it.
#[derive(Clone)]
enum Stage {
    /// The secret was shown and then wiped.
    Cleared,
    /// It does not open, and will not.
    Failed(Ending),
    /// Open: files, to be fetched.
    Files(Rc<FileCard>, ReceivedShare),
    /// There is no key, or no longer.
    Lost(Lost),
    /// The key is there; nothing was asked yet.
    Sealed(ReceivedShare),
    /// Open.
    Shown(Shown, ReceivedShare),
}

/// Why a link does not open, and what is known besides.
#[derive(Clone)]
struct Ending {
    error: RevealError,
    /// A moment that belongs to it, and how it is told.
    known: Option<Known>,
    /// A try of this page may have used the view.
    maybe_ours: bool,
    /// Only how many views are left was asked, which anybody may.
    was_asking: bool,
}

impl Ending {
    /// Whether a server may say so to a holder of the key only: to open it, the key was shown.
    fn is_for_holders(&self) -> bool {
        self.error == RevealError::Used && !self.was_asking
    }
}

/// A moment, and how it is told.
type Known = (fn(u64) -> El, u64);

/// The page of a share.
pub(crate) struct SharePage {
    frame: Rc<Frame>,
    stage: RefCell<Stage>,
    /// What was opened here, the server says, opens nowhere again.
    was_last_view: Cell<bool>,
    /// What the card that is shown now holds: its clock, and what is on its way.
    live: RefCell<Live>,
}

/// What lives as long as a stage: another language draws its card again, and nothing of it is lost.
#[derive(Default)]
struct Live {
    sealed: Option<Rc<Sealed>>,
    open: Option<Rc<Open>>,
    destroy: Option<Rc<Destroy>>,
    /// Where the focus goes when the card comes.
    heading: Option<El>,
}

impl SharePage {
    /// Judges what stood behind `#`, without asking anybody.
    pub(crate) fn new(frame: Rc<Frame>) -> Self {
        Self {
            frame,
            stage: RefCell::new(begun(received, Stage::Lost, HELD, (OPENED, Stage::Cleared))),
            was_last_view: Cell::default(),
            live: RefCell::default(),
        }
    }

    fn go(&self, stage: Stage) {
        self.live.take();
        self.stage.replace(stage);
        self.frame.redraw();
        if let Some(heading) = &self.live.borrow().heading {
            heading.focus();
        }
    }

    /// Goes on with a pasted key or whole link. False when it is none.
    fn takes_key(self: &Rc<Self>) -> impl Fn(&str) -> bool + use<> {
        let page = Rc::clone(self);
        move |text| {
            let stage = received(text);
            let is_key = matches!(stage, Stage::Sealed(_));
            if is_key {
                page.go(stage);
            }
            is_key
        }
    }

    /// What is done when something is to be forgotten.
    fn clears(self: &Rc<Self>) -> impl Fn() + use<> {
        let page = Rc::clone(self);
        move || page.go(Stage::Cleared)
    }

    fn open(self: &Rc<Self>, revealed: RevealedShare, link: ReceivedShare) {
        mark::set(OPENED);
        self.was_last_view.set(revealed.was_last_view);
        let (title, not_after) = (&revealed.title, Some(revealed.not_after));
        self.go(
            match (Shown::of(title, revealed.content, not_after), revealed.files) {
                (Ok(shown), _) => Stage::Shown(shown, link),
                (Err(known), Some(files)) => {
                    let (page, opened) = (Rc::downgrade(self), clock::now());
                    let failed = move |error| {
                        if let Some(page) = page.upgrade() {
                            page.go(Stage::Failed(Ending {
                                error,
                                known: Some((here_line, opened)),
                                maybe_ours: false,
                                was_asking: false,
                            }));
                        }
                    };
                    let facts = Facts::of(title, &known, not_after);
                    Stage::Files(FileCard::new(facts, files, failed), link)
                }
                // The client gives both or refuses.
                (Err(_), None) => Stage::Failed(Ending {
                    error: RevealError::Damaged,
                    known: None,
                    maybe_ours: false,
                    was_asking: false,
                }),
            },
        );
    }

    fn failed(self: &Rc<Self>, ending: &Ending) -> El {
        let error = &ending.error;
        let (glyph, tone, title, body) = said_of(error, ending.maybe_ours);
        let known = ending.known.map(|(tell, at)| el("ul", "stack").with(tell(at)));
        let mut way_on = Vec::from_iter(known);
        way_on.push(match error {
            RevealError::Missing => paste_key(self.takes_key()),
            RevealError::Damaged => self.message(
                "btn btn--block",
                Glyph::Copy,
                words::message(),
                words::message_new,
            ),
            RevealError::Used if !ending.maybe_ours => self.message(
                "btn btn--danger-fill btn--block",
                Glyph::Copy,
                words::message(),
                words::message_used,
            ),
            _ => self.asks_new(),
        });
        let for_holders = ending.is_for_holders();
        way_on.extend(for_holders.then(|| el("p", "faint t-xs").text(words::holder_only())));
        told(glyph, tone, title, &body, way_on)
    }

    /// Whoever reads it here has ended its link.
    fn is_destroyed(&self) -> bool {
        let live = self.live.borrow();
        let outcome = live.destroy.as_ref().and_then(|destroy| destroy.outcome.get());
        outcome.is_some_and(Destruction::is_over)
    }

    /// A button that copies what asks for a new link.
    fn asks_new(self: &Rc<Self>) -> El {
        self.message(
            "btn btn--block",
            Glyph::Send,
            words::ask_new(),
            words::message_new,
        )
    }

    /// A button that copies a message to the sender.
    fn message(self: &Rc<Self>, class: &str, glyph: Glyph, label: &str, message: fn() -> &'static str) -> El {
        let frame = Rc::clone(&self.frame);
        button(class, Some(glyph), label, move || {
            frame.copy_plain(message(), words::message_copied());
        })
    }
}

impl Page for SharePage {
    fn how(&self) -> [&'static str; 3] {
        [words::how_1(), words::how_2(), words::how_3()]
    }

    fn cards(self: Rc<Self>) -> Vec<El> {
        let stage = self.stage.borrow().clone();
        let mut live = self.live.take();
        let cards = match stage {
            Stage::Cleared => {
                let (title, body) = (words::cleared_title(), words::cleared_body());
                vec![told(Glyph::Check, Tone::Accent, title, body, Vec::new())]
            }
            Stage::Failed(ending) => vec![self.failed(&ending)],
            Stage::Files(card, link) => {
                let destroy = live
                    .destroy
                    .take()
                    .unwrap_or_else(|| Destroy::new(link, words::file_destroy_hint));
                let cards = card.cards(self.clears(), destroy.card());
                live.heading = Some(card.heading());
                live.destroy = Some(destroy);
                cards
            }
            Stage::Lost(lost) => {
                let words = LostWords {
                    gone: words::gone_body(),
                    cut: words::incomplete_body(),
                    damaged: words::damaged_link_body(),
                    newer: words::newer_body(),
                };
                vec![lost.card(&words, self.takes_key())]
            }
            Stage::Sealed(share) => {
                let sealed = live
                    .sealed
                    .take()
                    .unwrap_or_else(|| Sealed::new(Rc::downgrade(&self), share));
                let card = sealed.card();
                live.sealed = Some(sealed);
                vec![card]
            }
            Stage::Shown(shown, link) => {
                let around: Rc<dyn Around> = self.frame.clone();
                let destroy = live
                    .destroy
                    .take()
                    .unwrap_or_else(|| Destroy::new(link, words::destroy_hint));
                let (open, cards) = Open::new(
                    shown,
                    live.open.take().as_deref(),
                    &around,
                    self.clears(),
                    Some(destroy.card()),
                );
                live.heading = Some(open.heading());
                live.open = Some(open);
                live.destroy = Some(destroy);
                cards
            }
        };
        self.live.replace(live);
        cards
    }

    fn arrive(self: Rc<Self>, fragment: Zeroizing<String>) {
        self.go(received(&fragment));
    }

    fn would_lose(&self) -> bool {
        match &*self.stage.borrow() {
            Stage::Files(card, _) => {
                card.is_running() || (self.was_last_view.get() || self.is_destroyed()) && !card.is_saved()
            }
            Stage::Shown(..) => self.was_last_view.get() || self.is_destroyed(),
            _ => false,
        }
    }
}

/// What a fragment, or what was pasted in its place, leads to.
fn received(text: &str) -> Stage {
    match share_from_link(text) {
        Ok(share) => {
            mark::set(HELD);
            Stage::Sealed(share)
        }
        Err(error) => Stage::Lost(Lost::Incomplete(error)),
    }
}

/// What a link opens or why not, with a picture and a tone.
fn said_of(error: &RevealError, maybe_ours: bool) -> (Glyph, Tone, &'static str, String) {
    let (glyph, tone, title, body) = match error {
        RevealError::ExpiredHere { not_after } => {
            let body = words::ended_here(&when(*not_after), &when(clock::now()));
            return (Glyph::Clock, Tone::Caution, words::ended_here_title(), body);
        }
        RevealError::Expired => (
            Glyph::Clock,
            Tone::Plain,
            words::ended_title(),
            words::ended_body(),
        ),
        RevealError::Used if maybe_ours => {
            (Glyph::Eye, Tone::Caution, words::used_title(), words::used_lost())
        }
        RevealError::Used => (Glyph::Eye, Tone::Danger, words::used_title(), words::used_body()),
        RevealError::Revoked => (
            Glyph::Ban,
            Tone::Plain,
            words::revoked_title(),
            words::revoked_body(),
        ),
        RevealError::Destroyed => (
            Glyph::Flame,
            Tone::Plain,
            words::destroyed_title(),
            words::destroyed_body(),
        ),
        RevealError::OtherDevice => (
            Glyph::ShieldAlert,
            Tone::Caution,
            words::device_title(),
            words::device_body(),
        ),
        RevealError::OtherNetwork => (
            Glyph::Ban,
            Tone::Plain,
            words::network_title(),
            words::network_body(),
        ),
        RevealError::FetchedTooLate => (Glyph::Clock, Tone::Plain, words::late_title(), words::late_body()),
        RevealError::Unfinished => (
            Glyph::Hourglass,
            Tone::Caution,
            words::unfinished_title(),
            words::unfinished_body(),
        ),
        RevealError::Missing => (
            Glyph::Search,
            Tone::Plain,
            words::missing_title(),
            words::missing_body(),
        ),
        RevealError::RateLimited { .. } => (
            Glyph::Hourglass,
            Tone::Caution,
            words::rate_title(),
            words::rate_soon(),
        ),
        _ => (
            Glyph::ShieldAlert,
            Tone::Danger,
            words::damaged_title(),
            words::damaged_body(),
        ),
    };
    (glyph, tone, title, body.to_owned())
}

/// What this page has done to the views of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Views {
    /// It has asked nobody.
    Unasked,
    /// It has asked, and used none.
    Untouched,
    /// It has asked to open, and no answer says whether that used one.
    Unknown,
}

impl Views {
    /// After a try that failed.
    fn after(self, error: &RevealError) -> Self {
        match error {
            // Nothing was sent.
            RevealError::Client(Error::NotEnoughMemory | Error::StretchFailed) => self,
            RevealError::Client(error) if may_have_arrived(error) => Self::Unknown,
            _ => self.asked(),
        }
    }

    /// After a question that uses none. What is unknown stays so.
    fn asked(self) -> Self {
        match self {
            Self::Unasked => Self::Untouched,
            other => other,
        }
    }
}

/// Something failed that can be tried again.
struct Trouble {
    error: RevealError,
    /// How many views are left was asked, and nothing was to be opened.
    was_asking: bool,
}

/// The card before anything was opened.
struct Sealed {
    page: Weak<SharePage>,
    share: ReceivedShare,
    parts: Parts,
    /// A passphrase was wrong.
    wrong: Cell<bool>,
    /// The secret is being opened.
    opening: Cell<bool>,
    /// The server is being asked how many views are left.
    asking: Cell<bool>,
    views: Cell<Views>,
    seen: RefCell<Option<ShareGlance>>,
    trouble: RefCell<Option<Trouble>>,
    /// Until when the server wants no other try.
    until: Cell<u64>,
    clock: RefCell<Option<Interval>>,
}

/// What changes in it.
struct Parts {
    tile: El,
    title: El,
    lead: El,
    list: El,
    trouble: El,
    show: El,
    ask: El,
    foot: El,
    passphrase: El,
    error: FieldError,
}

impl Sealed {
    fn new(page: Weak<SharePage>, share: ReceivedShare) -> Rc<Self> {
        let passphrase = el("input", "input input--lg")
            .attr("type", "password")
            .attr("autocomplete", "off")
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false");
        let sealed = Rc::new(Self {
            page,
            share,
            parts: Parts {
                tile: el("div", "slot"),
                title: el("h1", "t-2xl"),
                lead: el("p", "muted"),
                list: el("ul", "stack stack-2"),
                trouble: el("div", "slot"),
                show: submit("btn btn--primary btn--lg btn--block", None, words::show()),
                ask: el("div", "slot"),
                foot: el("p", "t-sm faint center").attr("role", "status"),
                error: FieldError::of(&passphrase),
                passphrase,
            },
            wrong: Cell::default(),
            opening: Cell::default(),
            asking: Cell::default(),
            views: Cell::new(Views::Unasked),
            seen: RefCell::default(),
            trouble: RefCell::default(),
            until: Cell::default(),
            clock: RefCell::default(),
        });
        let fine = while_there(&sealed, |sealed| sealed.parts.error.tell(None));
        let typed = sealed.parts.passphrase.clone();
        typed.on("input", move |_| fine());
        sealed
    }

    fn card(self: &Rc<Self>) -> El {
        self.draw();
        let parts = &self.parts;
        let said = el("div", "stack stack-2")
            .attr("role", "status")
            .with(parts.title.clone())
            .with(parts.lead.clone());
        let needs = self.share.needs_passphrase;
        let acts = el("div", "stack stack-2")
            .with(parts.show.clone())
            .with(parts.ask.clone())
            .with(parts.foot.clone());
        let form = el("form", "card__body card__body--lg stack stack-6")
            .with(parts.tile.clone())
            .with(said)
            .with(parts.list.clone())
            .maybe(needs.then(|| self.passphrase()))
            .with(parts.trouble.clone())
            .with(acts);
        let submit = while_there(self, Self::submit);
        let form = form.on("submit", move |event| {
            event.prevent_default();
            submit();
        });
        el("div", "card").with(form)
    }

    fn passphrase(self: &Rc<Self>) -> El {
        let id = unique_id("passphrase");
        let typed = self.parts.passphrase.clone().attr("id", &id);
        let label = el("label", "").attr("for", &id).text(words::passphrase_label());
        let aside = el("span", "").text(words::passphrase_side());
        let shown = Cell::new(false);
        let (shows, tile) = (typed.clone(), el("span", "slot").with(icon(Glyph::Eye)));
        let picture = tile.clone();
        let eye = el("button", "icon-btn")
            .attr("type", "button")
            .attr("aria-label", words::show_passphrase())
            .attr("title", words::show_passphrase())
            .attr("aria-pressed", "false")
            .with(tile);
        let pressed = eye.clone();
        let eye = eye.on("click", move |_| {
            let now = !shown.get();
            shown.set(now);
            pressed.set("aria-pressed", Some(if now { "true" } else { "false" }));
            shows.set("type", Some(if now { "text" } else { "password" }));
            picture.put_one(Some(icon(if now { Glyph::EyeOff } else { Glyph::Eye })));
        });
        // what stands beside the label is no part of the field's name
        el("div", "field")
            .with(el("div", "field__label").with(label).with(aside))
            .with(el("div", "input-group input-group--lg").with(typed).with(eye))
            .with(self.parts.error.place())
    }

    fn submit(self: &Rc<Self>) {
        if self.opening.get() || self.waits().is_some() {
            return;
        }
        self.trouble.take();
        self.clock.take();
        let typed = passphrase::typed(input(&self.parts.passphrase));
        if self.share.needs_passphrase && typed.is_none() {
            self.parts.error.tell(Some(words::passphrase_empty()));
        } else {
            self.parts.error.tell(None);
            self.reveal(typed);
        }
        self.draw();
    }

    fn reveal(self: &Rc<Self>, passphrase: Option<Passphrase>) {
        self.opening.set(true);
        let (sealed, share) = (Rc::downgrade(self), self.share.clone());
        later(async move {
            let outcome = client(this_server()).open_share(&share, passphrase).await;
            // Another link may stand there by now.
            let Some(sealed) = sealed.upgrade() else { return };
            let Some(page) = sealed.page.upgrade() else { return };
            sealed.opening.set(false);
            match outcome {
                Ok(revealed) => {
                    input(&sealed.parts.passphrase).set_value("");
                    page.open(revealed, share);
                }
                Err(error) => sealed.fails(error, false),
            }
        });
    }

    fn look(self: &Rc<Self>) {
        if self.asking.replace(true) {
            return;
        }
        self.trouble.take();
        self.draw();
        let (sealed, share) = (Rc::downgrade(self), self.share.clone());
        later(async move {
            let outcome = client(this_server()).look_at_share(&share).await;
            let Some(sealed) = sealed.upgrade() else { return };
            sealed.asking.set(false);
            sealed.views.set(sealed.views.get().asked());
            match outcome {
                Ok(glance) => {
                    sealed.seen.replace(Some(glance));
                    sealed.draw();
                }
                Err(error) => sealed.fails(error, true),
            }
        });
    }

    /// What may go away leaves the key where it is; what is over has a card of its own.
    fn fails(self: &Rc<Self>, error: RevealError, was_asking: bool) {
        let maybe_ours = self.views.get() == Views::Unknown;
        if !was_asking {
            self.views.set(self.views.get().after(&error));
            self.wrong.set(matches!(error, RevealError::WrongPassphrase));
        }
        match error {
            RevealError::WrongPassphrase => {
                self.parts.error.tell(Some(words::wrong_title()));
                self.parts.passphrase.focus();
            }
            RevealError::Client(_)
            | RevealError::OtherNetwork
            | RevealError::RateLimited { .. }
            | RevealError::Unfinished => {
                if let RevealError::RateLimited {
                    retry_after: Some(seconds),
                } = error
                    && !was_asking
                {
                    self.wait(seconds);
                }
                self.trouble.replace(Some(Trouble { error, was_asking }));
            }
            error => {
                // What the server said before makes its end a moment, where that is what ended it.
                let known = self.seen.take().and_then(|seen| -> Option<Known> {
                    match error {
                        RevealError::Expired => Some((ends_line, seen.ends?)),
                        RevealError::Used => Some((opened_line, seen.last_opened?)),
                        _ => None,
                    }
                });
                if let Some(page) = self.page.upgrade() {
                    page.go(Stage::Failed(Ending {
                        error,
                        known,
                        maybe_ours,
                        was_asking,
                    }));
                }
                return;
            }
        }
        self.draw();
    }

    /// Counts so many seconds down before the next try.
    fn wait(self: &Rc<Self>, seconds: u32) {
        self.until.set(clock::now() + u64::from(seconds) * 1_000);
        let tick = while_there(self, |sealed| sealed.draw_show());
        self.clock.replace(Some(Interval::new(1_000, tick)));
    }

    /// How long no other try is wanted, in milliseconds.
    fn waits(&self) -> Option<u64> {
        self.until
            .get()
            .checked_sub(clock::now())
            .filter(|left| *left > 0)
    }

    /// What is known before anything is opened.
    fn facts(&self, seen: Option<&ShareGlance>) -> Vec<El> {
        let views = match self.views.get() {
            Views::Unknown => Some(line("c-caution", Glyph::Eye, words::view_unknown())),
            // What is on its way may change it.
            _ if self.opening.get() => None,
            Views::Untouched => Some(line("c-accent", Glyph::EyeOff, words::no_view_used())),
            Views::Unasked if self.asking.get() => None,
            Views::Unasked => Some(line("c-accent", Glyph::EyeOff, words::no_call())),
        };
        let mut lines = vec![line("c-accent", Glyph::Check, words::key_ok())];
        lines.extend(views);
        lines.extend(seen.map(said_before).unwrap_or_default());
        if self.share.needs_passphrase {
            lines.push(line("c-caution", Glyph::Key, words::passphrase_needed()));
        }
        lines
    }

    /// The button that opens it.
    fn draw_show(&self) {
        let show = &self.parts.show;
        let failed = self
            .trouble
            .borrow()
            .as_ref()
            .is_some_and(|trouble| !trouble.was_asking);
        let waits = self.waits();
        show.set("aria-busy", self.opening.get().then_some("true"));
        show.set("aria-disabled", waits.map(|_| "true"));
        match waits {
            Some(left) => show.say(&format!("{} ({})", words::try_again(), left_words(left))),
            None if self.opening.get() => show.say(words::showing()),
            None if self.wrong.get() || failed => show.say(words::try_again()),
            None => show.say(words::show()),
        }
    }

    fn draw(self: &Rc<Self>) {
        let parts = &self.parts;
        let (wrong, opening, asking) = (self.wrong.get(), self.opening.get(), self.asking.get());
        self.draw_show();
        let needs = self.share.needs_passphrase;
        parts.tile.put_one(Some(if wrong {
            tile(Glyph::Alert, Tone::Caution)
        } else {
            tile(Glyph::Lock, Tone::Accent)
        }));
        parts.title.say(if wrong {
            words::wrong_title()
        } else {
            words::title()
        });
        parts.lead.say(if wrong {
            words::wrong_body()
        } else {
            words::sealed()
        });
        let seen = self.seen.borrow();
        parts.list.put(self.facts(seen.as_ref()));
        let trouble = self.trouble.borrow();
        let ban = trouble.as_ref().map(|trouble| match &trouble.error {
            RevealError::Client(error) => {
                let safe = if trouble.was_asking {
                    words::ask_failed()
                } else {
                    words::offline_body()
                };
                banned(error, safe, words::other_body)
            }
            error => {
                let (glyph, _, title, body) = said_of(error, false);
                banner(glyph, Tone::Caution, title, &body)
            }
        });
        // From where it opens is for the sender to say.
        let is_elsewhere = trouble
            .as_ref()
            .is_some_and(|trouble| trouble.error == RevealError::OtherNetwork);
        let page = self.page.upgrade().filter(|_| is_elsewhere);
        let asks = page.map(|page| page.asks_new());
        parts.trouble.put(ban.into_iter().chain(asks).collect());
        parts.ask.put_one(seen.is_none().then(|| {
            let look = while_there(self, Self::look);
            let said = if asking {
                words::asking_first()
            } else {
                words::ask_first()
            };
            let ask = button("btn btn--ghost btn--block", None, said, look);
            ask.set("aria-busy", asking.then_some("true"));
            ask
        }));
        parts.foot.say(match (opening && needs, needs) {
            (true, _) => words::stretching(),
            (false, true) => words::uses_view_pass(),
            (false, false) => words::uses_view(),
        });
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        // Nothing typed stays in the tree once the card is gone.
        input(&self.parts.passphrase).set_value("");
    }
}

/// What the server says before a view is used: its word, and marked so.
fn said_before(glance: &ShareGlance) -> Vec<El> {
    let views = match glance.views_left {
        Some(left) => words::views_left(&count(left as usize)),
        None => words::views_free().to_owned(),
    };
    let one = |glyph, said: &str| line("faint", glyph, said);
    let opened = glance.last_opened.map(opened_line);
    let mut lines = vec![
        one(Glyph::Eye, &views),
        opened.unwrap_or_else(|| one(Glyph::History, words::never_opened())),
    ];
    lines.extend(glance.ends.map(ends_line));
    lines.extend(glance.one_device.then(|| one(Glyph::Lock, words::first_device())));
    lines.extend(glance.receipts.then(|| one(Glyph::Pencil, words::noted())));
    lines
}

fn opened_line(at: u64) -> El {
    line("faint", Glyph::History, &words::last_opened(&when(at)))
}

fn here_line(at: u64) -> El {
    let time = dates::local_time(at, language::now());
    line("faint", Glyph::History, &words::opened_here(&time))
}

fn ends_line(at: u64) -> El {
    line("faint", Glyph::Clock, &words::ends_said(&when(at)))
}

/// Has the link destroyed, once its reader has what they need.
struct Destroy {
    link: ReceivedShare,
    busy: Cell<bool>,
    outcome: Cell<Option<Destruction>>,
    /// What it does, in the language of the page.
    does: fn() -> &'static str,
    press: El,
    hint: El,
}

impl Destroy {
    fn new(link: ReceivedShare, does: fn() -> &'static str) -> Rc<Self> {
        let press = el("button", "btn btn--block").attr("type", "button");
        let hint = el("p", "t-sm faint center").attr("role", "status");
        let destroy = Rc::new(Self {
            link,
            busy: Cell::default(),
            outcome: Cell::default(),
            does,
            press: press.clone(),
            hint,
        });
        let begin = while_there(&destroy, Self::begin);
        press.on("click", move |_| begin());
        destroy
    }

    fn card(&self) -> El {
        self.draw();
        el("div", "stack stack-2")
            .with(self.press.clone())
            .with(self.hint.clone())
    }

    fn begin(self: &Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        self.draw();
        // It is done even when its reader has moved on.
        let destroy = Rc::clone(self);
        later(async move {
            let outcome = client(this_server()).destroy_share(&destroy.link, None).await;
            destroy.outcome.set(Some(Destruction::of(outcome.err())));
            destroy.busy.set(false);
            destroy.draw();
        });
    }

    fn draw(&self) {
        let (busy, outcome) = (self.busy.get(), self.outcome.get());
        let is_over = outcome.is_some_and(Destruction::is_over);
        let said = if busy {
            words::destroying()
        } else {
            words::destroy()
        };
        self.press.put(vec![icon(Glyph::Ban), el("span", "").text(said)]);
        self.press.set("aria-busy", busy.then_some("true"));
        self.press.set("disabled", is_over.then_some(""));
        self.hint.say(outcome.map_or_else(self.does, Destruction::words));
    }
}

/// What became of the wish to destroy a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destruction {
    /// It had ended.
    Before,
    /// The server does not know it, or not how.
    Cannot,
    /// Just now.
    Done,
    /// Only its sender may.
    Senders,
    /// Something else is wrong.
    Failed,
}

impl Destruction {
    fn of(error: Option<RevealError>) -> Self {
        match error {
            None => Self::Done,
            Some(
                RevealError::Destroyed | RevealError::Expired | RevealError::Revoked | RevealError::Used,
            ) => Self::Before,
            Some(RevealError::Missing) => Self::Cannot,
            Some(RevealError::SenderEnds) => Self::Senders,
            Some(_) => Self::Failed,
        }
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Before | Self::Done)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Before => words::destroyed_before(),
            Self::Cannot => words::destroy_cannot(),
            Self::Done => words::destroyed_here(),
            Self::Senders => words::destroy_sender(),
            Self::Failed => words::destroy_failed(),
        }
    }
}

/// The mark of a tab that held a key.
const HELD: &str = "coffer-share-held";
/// The mark of a tab that showed a secret.
const OPENED: &str = "coffer-share-opened";

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> RevealError {
        let message = String::new();
        RevealError::Client(Error::Server { status, message })
    }

    #[test]
    fn the_key_is_said_to_matter_only_after_it_was_shown() {
        let is_for_holders = |error, was_asking| {
            let ending = Ending {
                error,
                known: None,
                maybe_ours: false,
                was_asking,
            };
            ending.is_for_holders()
        };
        assert!(is_for_holders(RevealError::Used, false));
        assert!(
            !is_for_holders(RevealError::Used, true),
            "a look needs no key on servers that tell everybody"
        );
        assert!(!is_for_holders(RevealError::Missing, false));
    }

    #[test]
    fn a_link_that_was_not_destroyed_is_said_to_be_over_only_if_it_is() {
        for (refusal, expected) in [
            (None, Destruction::Done),
            (Some(RevealError::Revoked), Destruction::Before),
            (Some(RevealError::Missing), Destruction::Cannot),
            (Some(RevealError::SenderEnds), Destruction::Senders),
            (Some(RevealError::OtherDevice), Destruction::Failed),
            (Some(RevealError::Client(Error::Offline)), Destruction::Failed),
        ] {
            let became = Destruction::of(refusal);
            assert_eq!(became, expected);
            assert_eq!(
                became.is_over(),
                matches!(became, Destruction::Done | Destruction::Before)
            );
        }
    }

    #[test]
    fn of_views_only_what_is_known_is_said() {
        // The answer may have got lost, or was no answer of the server's program.
        for error in [
            RevealError::Client(Error::Offline),
            RevealError::Client(Error::TooLarge),
            refused(200),
            refused(502),
        ] {
            for before in [Views::Unasked, Views::Untouched, Views::Unknown] {
                assert!(before.after(&error) == Views::Unknown, "{error:?}");
            }
        }
        let wait = RevealError::RateLimited { retry_after: None };
        for error in [
            RevealError::WrongPassphrase,
            RevealError::OtherNetwork,
            wait,
            refused(400),
        ] {
            assert!(Views::Unasked.after(&error) == Views::Untouched, "{error:?}");
            assert!(
                Views::Unknown.after(&error) == Views::Unknown,
                "once unknown, always"
            );
        }
        // Nothing was sent.
        let here = RevealError::Client(Error::NotEnoughMemory);
        assert!(Views::Unasked.after(&here) == Views::Unasked);
        assert!(Views::Unasked.asked() == Views::Untouched && Views::Unknown.asked() == Views::Unknown);
    }

    #[test]
    fn a_view_that_may_be_ones_own_accuses_nobody() {
        let (_, tone, _, body) = said_of(&RevealError::Used, true);
        assert!(tone != Tone::Danger && !body.contains("If that was not you"));
        assert_eq!(said_of(&RevealError::Used, false).1, Tone::Danger);
    }
}
