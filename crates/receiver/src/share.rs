//! What the receiver of a share link sees: `/s#…`.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use coffer_client::{
    Error, LinkError, Passphrase, ReceivedShare, RevealError, RevealedShare, ShareContent, ShareGlance,
    share_from_link,
};
use coffer_page::{
    clock, fragment,
    look::{Glyph, Tone, unique_id},
    mark, passphrase,
    server::{client, this_server},
};
use zeroize::Zeroizing;

use crate::{
    dom::{El, FieldError, button, el, icon, input, submit, tile, while_there},
    file::{Arrived, FileCard},
    frame::{Frame, Page, banned, count, line, paste_key, tips_and_key, told, when},
    later,
    opened::{Around, Open, Shown},
    words,
};

/// Where the page stands. What it holds dies with it.
#[derive(Clone)]
enum Stage {
    /// The secret was shown and then wiped.
    Cleared,
    /// It does not open, and will not.
    Failed(RevealError),
    /// Open: a file, to be fetched.
    File(Rc<FileCard>),
    /// The tab was loaded again; neither key nor secret is there any more.
    Gone,
    /// There is no usable key.
    Incomplete(LinkError),
    /// The key is there; nothing was asked yet.
    Sealed(ReceivedShare),
    /// Open.
    Shown(Shown, ReceivedShare),
}

/// The page of a share.
pub(crate) struct SharePage {
    frame: Rc<Frame>,
    stage: RefCell<Stage>,
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
        let stage = match fragment::take() {
            Some(fragment) => received(&fragment),
            None => match mark::read().as_deref() {
                Some(OPENED) => Stage::Cleared,
                Some(HELD) => Stage::Gone,
                _ => Stage::Incomplete(LinkError::NoKey),
            },
        };
        Self {
            frame,
            stage: RefCell::new(stage),
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
        let arrived = match &revealed.content {
            ShareContent::File(known) => Arrived::of(known, &revealed),
            _ => None,
        };
        self.go(match arrived {
            Some(arrived) => {
                let page = Rc::downgrade(self);
                let failed = move |error| {
                    if let Some(page) = page.upgrade() {
                        page.go(Stage::Failed(error));
                    }
                };
                Stage::File(FileCard::new(arrived, failed))
            }
            None => Stage::Shown(Shown::of(revealed.title.as_str(), revealed.content), link),
        });
    }

    fn failed(self: &Rc<Self>, error: &RevealError) -> El {
        let new = |page: &Rc<Self>| {
            page.message(
                "btn btn--block",
                Glyph::Send,
                words::ask_new(),
                words::message_new,
            )
        };
        let (glyph, tone, title, body) = match error {
            RevealError::Expired => (
                Glyph::Clock,
                Tone::Plain,
                words::ended_title(),
                words::ended_body(),
            ),
            RevealError::ExpiredHere { not_after } => {
                let body = words::ended_here(&when(*not_after), &when(clock::now()));
                let title = words::ended_here_title();
                return told(Glyph::Clock, Tone::Caution, title, &body, vec![new(self)]);
            }
            RevealError::Used => {
                let copy = self.message(
                    "btn btn--danger-fill btn--block",
                    Glyph::Copy,
                    words::message(),
                    words::message_used,
                );
                let way_on = el("div", "stack stack-2")
                    .with(copy)
                    .with(el("p", "faint t-xs").text(words::holder_only()));
                let (title, body) = (words::used_title(), words::used_body());
                return told(Glyph::Eye, Tone::Danger, title, body, vec![way_on]);
            }
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
            RevealError::FetchedTooLate => {
                (Glyph::Clock, Tone::Plain, words::late_title(), words::late_body())
            }
            RevealError::Unfinished => {
                let (title, body) = (words::unfinished_title(), words::unfinished_body());
                return told(Glyph::Hourglass, Tone::Caution, title, body, Vec::new());
            }
            RevealError::Missing => {
                let (title, body) = (words::missing_title(), words::missing_body());
                let key = paste_key(self.takes_key());
                return told(Glyph::Search, Tone::Plain, title, body, vec![key]);
            }
            RevealError::Damaged => {
                let copy = self.message(
                    "btn btn--block",
                    Glyph::Copy,
                    words::message(),
                    words::message_new,
                );
                let (title, body) = (words::damaged_title(), words::damaged_body());
                return told(Glyph::ShieldAlert, Tone::Danger, title, body, vec![copy]);
            }
            RevealError::RateLimited { retry_after } => {
                let (title, body) = (words::rate_title(), rate_words(*retry_after));
                return told(Glyph::Hourglass, Tone::Caution, title, &body, Vec::new());
            }
            _ => {
                let (title, body) = (words::offline_title(), words::offline_body());
                return told(Glyph::Offline, Tone::Caution, title, body, Vec::new());
            }
        };
        told(glyph, tone, title, body, vec![new(self)])
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
            Stage::Failed(error) => vec![self.failed(&error)],
            Stage::File(card) => {
                let cards = card.cards(self.clears());
                live.heading = Some(card.heading());
                cards
            }
            Stage::Gone => {
                let (title, body) = (words::gone_title(), words::gone_body());
                let key = paste_key(self.takes_key());
                vec![told(Glyph::Refresh, Tone::Caution, title, body, vec![key])]
            }
            Stage::Incomplete(error) => {
                let (title, body) = match error {
                    LinkError::NoKey => (words::incomplete_title(), words::incomplete_body()),
                    LinkError::Unsupported => (words::newer_title(), words::newer_body()),
                    _ => (words::damaged_link_title(), words::damaged_link_body()),
                };
                let way_on = tips_and_key(self.takes_key());
                vec![told(Glyph::Key, Tone::Caution, title, body, way_on)]
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
                let destroy = live.destroy.take().unwrap_or_else(|| Destroy::new(link));
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
}

/// What a fragment, or what was pasted in its place, leads to.
fn received(text: &str) -> Stage {
    match share_from_link(text) {
        Ok(share) => {
            mark::set(HELD);
            Stage::Sealed(share)
        }
        Err(error) => Stage::Incomplete(error),
    }
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
    seen: RefCell<Option<ShareGlance>>,
    trouble: RefCell<Option<Error>>,
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
            seen: RefCell::default(),
            trouble: RefCell::default(),
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
        if self.opening.get() {
            return;
        }
        self.trouble.take();
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
                    return;
                }
                Err(RevealError::WrongPassphrase) => {
                    sealed.wrong.set(true);
                    sealed.parts.error.tell(Some(words::wrong_field()));
                    sealed.parts.passphrase.focus();
                }
                Err(RevealError::Client(failure)) => drop(sealed.trouble.replace(Some(failure))),
                Err(RevealError::RateLimited { retry_after }) if sealed.share.needs_passphrase => {
                    sealed.parts.error.tell(Some(&rate_words(retry_after)));
                }
                Err(failure) => {
                    page.go(Stage::Failed(failure));
                    return;
                }
            }
            sealed.draw();
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
            match outcome {
                Ok(glance) => drop(sealed.seen.replace(Some(glance))),
                Err(RevealError::Client(failure)) => drop(sealed.trouble.replace(Some(failure))),
                Err(failure) => {
                    if let Some(page) = sealed.page.upgrade() {
                        page.go(Stage::Failed(failure));
                    }
                    return;
                }
            }
            sealed.draw();
        });
    }

    /// What is known before anything is opened.
    fn facts(&self, seen: Option<&ShareGlance>) -> Vec<El> {
        let views = if self.wrong.get() || seen.is_some() {
            words::no_view_used()
        } else {
            words::no_call()
        };
        let mut lines = vec![
            line("c-accent", Glyph::Check, words::key_ok()),
            line("c-accent", Glyph::EyeOff, views),
        ];
        lines.extend(seen.map(said_before).unwrap_or_default());
        if self.share.needs_passphrase {
            lines.push(line("c-caution", Glyph::Key, words::passphrase_needed()));
        }
        lines
    }

    fn draw(self: &Rc<Self>) {
        let parts = &self.parts;
        let (wrong, opening, asking) = (self.wrong.get(), self.opening.get(), self.asking.get());
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
        parts.trouble.put_one(
            trouble
                .as_ref()
                .map(|error| banned(error, words::offline_body(), words::other_body)),
        );
        parts.show.set("aria-busy", opening.then_some("true"));
        parts.show.say(match (opening, wrong) {
            (true, _) => words::showing(),
            (false, true) => words::try_again(),
            (false, false) => words::show(),
        });
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
    let opened = match glance.last_opened {
        Some(at) => words::last_opened(&when(at)),
        None => words::never_opened().to_owned(),
    };
    let one = |glyph, said: &str| line("faint", glyph, said);
    let mut lines = vec![one(Glyph::Eye, &views), one(Glyph::History, &opened)];
    lines.extend(glance.one_device.then(|| one(Glyph::Lock, words::first_device())));
    lines.extend(glance.receipts.then(|| one(Glyph::Pencil, words::noted())));
    lines
}

/// Has the link destroyed, once its reader has what they need.
struct Destroy {
    link: ReceivedShare,
    busy: Cell<bool>,
    outcome: Cell<Option<Destruction>>,
    press: El,
    hint: El,
}

impl Destroy {
    fn new(link: ReceivedShare) -> Rc<Self> {
        let press = el("button", "btn btn--block").attr("type", "button");
        let hint = el("p", "t-sm faint center").attr("role", "status");
        let destroy = Rc::new(Self {
            link,
            busy: Cell::default(),
            outcome: Cell::default(),
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
        self.hint
            .say(outcome.map_or(words::destroy_hint(), Destruction::words));
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
            Self::Failed => words::destroy_failed(),
        }
    }
}

fn rate_words(seconds: Option<u32>) -> String {
    match seconds {
        Some(seconds) => words::rate_in(&seconds.to_string()),
        None => words::rate_soon().to_owned(),
    }
}

/// The mark of a tab that held a key.
const HELD: &str = "coffer-share-held";
/// The mark of a tab that showed a secret.
const OPENED: &str = "coffer-share-opened";
