//! Requests for access in the open project, as they stand: read again and again while somebody looks. And what the pages
//! count out of them: who is waited for, what is open, where a bar of the picture lies.

use std::{collections::HashSet, sync::Arc, time::Duration};

use coffer_client::{
    AccessRequest, AccessRules, AccessState, EndedBy, Error, GrantEntry, GrantFault, SpokenKind,
    Verification, WantedItem, own_words,
};
use leptos::{prelude::*, task::spawn_local};

use super::{current::CurrentProject, news::NewsFeed, toasts::Toasts};
use crate::{
    backend::Project,
    platform::{clock, visibility},
    text::access as words,
    ui::Glyph,
};

/// The requests of the open project.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    current: CurrentProject,
    known: RwSignal<Option<Known>, LocalStorage>,
    failed: RwSignal<Option<Error>, LocalStorage>,
    /// Grows with every reading, so that an older answer does not replace a newer one.
    turn: StoredValue<u64>,
    /// How many readings have ended.
    reads: RwSignal<u64>,
    toasts: Toasts,
    hidden: ReadSignal<bool>,
    /// Notices that were given while nobody saw the tab: they stay until somebody does.
    unseen: RwSignal<Vec<u64>>,
    /// Emergencies that were told of, by their requests: who goes from project to project is not told again.
    announced: StoredValue<HashSet<String>>,
}

#[derive(Clone)]
struct Known {
    project: String,
    requests: Arc<[AccessRequest]>,
}

impl Access {
    /// Puts it in the context of the shell, and keeps it fresh while the tab is seen.
    pub(crate) fn provide(current: CurrentProject) -> Self {
        let hidden = visibility::hidden();
        let access = Self {
            current,
            known: RwSignal::new_local(None),
            failed: RwSignal::new_local(None),
            turn: StoredValue::new(0),
            reads: RwSignal::new(0),
            toasts: Toasts::expect(),
            hidden,
            unseen: RwSignal::new(Vec::new()),
            announced: StoredValue::new(HashSet::new()),
        };
        let feed = NewsFeed::expect();
        Effect::new(move |_| {
            current.project();
            feed.access();
            if !hidden.get() {
                access.refresh();
            }
        });
        let ticks = StoredValue::new(0_u32);
        clock::every(EVERY, move || {
            let Some(hidden) = hidden.try_get_untracked() else {
                return;
            };
            // What is told may get lost on its way, and nothing is told to a tab that nobody sees.
            let is_time = ticks.try_update_value(|ticks| {
                *ticks += 1;
                (!hidden && !feed.is_open()) || *ticks % SELDOM == 0
            });
            if is_time == Some(true) {
                access.refresh();
            }
        });
        access.warn();
        access.put_away_seen();
        provide_context(access);
        access
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The requests of a project, newest first, tracked. `None` while they are not known.
    pub(crate) fn all(self, project: &str) -> Option<Arc<[AccessRequest]>> {
        self.known.with(|known| {
            let known = known.as_ref().filter(|known| known.project == project)?;
            Some(Arc::clone(&known.requests))
        })
    }

    /// One of them, tracked.
    pub(crate) fn find(self, project: &str, id: &str) -> Option<AccessRequest> {
        self.all(project)?
            .iter()
            .find(|request| request.id == id)
            .cloned()
    }

    /// Why they were not read the last time, tracked.
    pub(crate) fn error(self) -> Option<Error> {
        self.failed.get()
    }

    /// How many readings have ended, tracked: what is not there after one more is not there.
    pub(crate) fn reads(self) -> u64 {
        self.reads.get()
    }

    /// How many wait for this person in a project, tracked: to decide about, or to answer a question.
    pub(crate) fn waiting(self, project: &str) -> usize {
        let all = self.all(project);
        all.iter()
            .flat_map(|all| all.iter())
            .filter(|request| needs_me(request) || asks_me(request))
            .count()
    }

    /// How much happened while nobody saw the tab, tracked: it stands in the tab's title.
    pub(crate) fn unseen(self) -> usize {
        self.unseen.with(Vec::len)
    }

    /// This person's grant that is open now and ends last, tracked: its project and itself.
    pub(crate) fn held(self, now: u64) -> Option<(String, AccessRequest)> {
        self.known.with(|known| {
            let known = known.as_ref()?;
            let open = known
                .requests
                .iter()
                .filter(|request| request.mine && request.device_has_key && is_open(request, now));
            let last = open.max_by_key(|request| until(request))?;
            Some((known.project.clone(), last.clone()))
        })
    }

    /// Reads them again, without waiting.
    pub(crate) fn refresh(self) {
        // The shell may be gone, and which project is open with it.
        if self.turn.try_get_value().is_none() {
            return;
        }
        let Some((id, project)) = untrack(|| self.current.project()) else {
            return;
        };
        spawn_local(async move {
            self.read(id, project).await;
        });
    }

    async fn read(self, id: String, project: Project) {
        let Some(turn) = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        let outcome = project.requests().await;
        if self.turn.try_get_value() != Some(turn) {
            return;
        }
        match outcome {
            Ok(requests) => {
                // What was given back is written down, and what is over taken away, by whoever may.
                let settles = requests
                    .iter()
                    .any(|request| request.readable && !request.mine && is_to_settle(request));
                let before = self.known.try_with_untracked(|known| {
                    let known = known.as_ref().filter(|known| known.project == id)?;
                    Some(Arc::clone(&known.requests))
                });
                let news = happened(before.flatten().as_deref(), &requests);
                let known = Known {
                    project: id,
                    requests: requests.into(),
                };
                // The shell may be gone meanwhile, and everything with it.
                let same = self.known.try_with_untracked(|now| {
                    now.as_ref()
                        .is_some_and(|now| now.project == known.project && now.requests == known.requests)
                });
                if same == Some(false) {
                    self.known.try_set(Some(known));
                }
                if self.failed.try_with_untracked(Option::is_some) == Some(true) {
                    self.failed.try_set(None);
                }
                self.reads.try_update(|reads| *reads += 1);
                if !news.is_empty() {
                    self.tell_all(&project, news).await;
                }
                if settles && same == Some(false) {
                    // If not now, another time.
                    drop(project.settle_grants().await);
                }
            }
            Err(error) => {
                self.failed.try_set(Some(error));
            }
        }
    }

    /// Says what happened, by the names of people and environments.
    async fn tell_all(self, project: &Project, news: Vec<(Happened, AccessRequest)>) {
        // Names are a convenience: without them it is said all the same.
        let members = project.members().await.unwrap_or_default();
        let name = |user: &str| {
            let known = members.iter().find(|member| member.user_id == user);
            known.map_or_else(|| words::former(user), |member| member.shown_name().to_owned())
        };
        let is_me = |user: &str| {
            let known = members.iter().find(|member| member.user_id == user);
            known.is_some_and(|member| member.verified == Verification::You)
        };
        let environments = project.environments();
        for (what, request) in news {
            let known = environments
                .iter()
                .find(|environment| environment.slug == request.environment);
            let environment = known.map_or(request.environment.as_str(), |known| &known.name);
            if what == Happened::OpenedAlone {
                let id = request.id.clone();
                let fresh = self.announced.try_update_value(|announced| announced.insert(id));
                if fresh != Some(true) {
                    continue;
                }
                let Some(emergency) = &request.emergency else {
                    continue;
                };
                if is_me(&emergency.by) {
                    continue;
                }
                let (by, why) = (name(&emergency.by), emergency.why.as_str());
                let said = words::told_alone(Some(&by), environment, Some(why));
                self.tell(Glyph::Flame, said, Stays::UntilPutAway);
            } else {
                let said = what.said(&name(&request.requester), environment);
                self.tell(what.glyph(), said, Stays::AWhile);
            }
        }
    }

    /// Gives a notice. What is said while nobody sees the tab is still there when somebody does.
    fn tell(self, glyph: Glyph, said: String, stays: Stays) {
        let Some(hidden) = self.hidden.try_get_untracked() else {
            return;
        };
        if !hidden && stays == Stays::AWhile {
            self.toasts.say_with(glyph, said);
            return;
        }
        let said = self.toasts.at_home(|| Signal::stored(said));
        let id = self.toasts.push(glyph, said, None, None);
        if hidden {
            self.unseen.update(|unseen| unseen.push(id));
        }
    }

    /// Puts away what was said while nobody saw the tab, once somebody had the time to read it.
    fn put_away_seen(self) {
        Effect::new(move |_| {
            if self.hidden.get() {
                return;
            }
            let seen = self
                .unseen
                .try_update_untracked(std::mem::take)
                .unwrap_or_default();
            if seen.is_empty() {
                return;
            }
            self.unseen.notify();
            let toasts = self.toasts;
            set_timeout(
                move || {
                    for id in seen {
                        toasts.dismiss(id);
                    }
                },
                READING,
            );
        });
    }

    /// Says once, ten minutes before the end, that a grant ends, and once that a planned one has begun.
    fn warn(self) {
        let toasts = self.toasts;
        let now = clock::seconds();
        let warned = StoredValue::new(HashSet::new());
        Effect::new(move |_| {
            let Some((_, request)) = self.held(now.get()) else {
                return;
            };
            let left = until(&request).saturating_sub(now.get());
            let long = u64::from(request.seconds) * 1_000 > NOTICE;
            let fresh = warned.try_update_value(|warned| {
                long && left <= NOTICE && warned.insert((request.id.clone(), until(&request)))
            });
            if fresh == Some(true) {
                toasts.say_with(Glyph::Hourglass, words::ends_soon(left.div_ceil(60_000)));
            }
        });
        let ahead = StoredValue::new(HashSet::new());
        Effect::new(move |_| {
            let now = now.get();
            let begun: Vec<AccessRequest> = self.known.with(|known| {
                let own = known
                    .iter()
                    .flat_map(|known| known.requests.iter())
                    .filter(|request| request.mine);
                let begun = own.filter(|request| {
                    ahead.try_update_value(|ahead| begins(ahead, request, now)) == Some(true)
                });
                begun.cloned().collect()
            });
            for request in begun {
                self.begun(request);
            }
        });
    }

    fn begun(self, request: AccessRequest) {
        if let Some((_, project)) = untrack(|| self.current.project()) {
            spawn_local(async move {
                self.tell_all(&project, vec![(Happened::Began, request)]).await;
            });
        }
    }
}

/// How long a notice stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    AWhile,
    UntilPutAway,
}

/// What happened to a request since it was read before, as far as this person is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// Who asks has answered what this person asked.
    Answered,
    /// An approver asks this person something.
    AskedBack,
    /// What was granted to this person at a time that lay ahead has begun.
    Began,
    /// What was granted to this person has ended, not by themselves.
    Ended(EndedBy),
    /// What this person asked for is granted, now or at its time.
    Granted {
        /// It begins later.
        later: bool,
    },
    /// It waits for this person: to approve or to hand over.
    NeedsMe,
    /// Somebody opened it alone, in an emergency.
    OpenedAlone,
    /// What this person asked for is refused.
    Rejected,
    /// What was granted did not come to who asked: this person may hand it over again.
    Undelivered,
    /// The requester wants the current values from this person.
    WantsRefresh,
}

impl Happened {
    fn glyph(self) -> Glyph {
        match self {
            Self::Answered | Self::AskedBack => Glyph::Comment,
            Self::Began | Self::Granted { .. } => Glyph::Unlock,
            Self::Ended(_) => Glyph::Clock,
            Self::NeedsMe => Glyph::Inbox,
            Self::OpenedAlone => Glyph::Flame,
            Self::Rejected => Glyph::Ban,
            Self::Undelivered | Self::WantsRefresh => Glyph::Refresh,
        }
    }

    fn said(self, who: &str, environment: &str) -> String {
        match self {
            Self::Answered => words::told_answered(who, environment),
            Self::AskedBack => words::told_question(environment),
            Self::Began => words::told_began(environment),
            Self::Ended(by) => words::told_ended(by, environment),
            Self::Granted { later } => words::told_granted(later, environment),
            Self::NeedsMe => words::told_needs_me(who, environment),
            Self::OpenedAlone => words::told_alone(None, environment, None),
            Self::Rejected => words::told_rejected(environment),
            Self::Undelivered => words::told_undelivered(who, environment),
            Self::WantsRefresh => words::told_wants_refresh(who, environment),
        }
    }
}

/// Somebody else decided first, or what is known of whoever asks has changed: the page shows something that is not so any
/// more.
pub(crate) fn is_overtaken(error: &Error) -> bool {
    matches!(
        error,
        Error::Conflict
            | Error::GrantRefused(_)
            | Error::KeyChanged
            | Error::NotFound
            | Error::RequestDecided(_)
    )
}

/// What happened between two readings, oldest request first. Of the first reading only an emergency that is still open is
/// news: everything else stands in the list, and was there before somebody came.
pub(crate) fn happened(
    before: Option<&[AccessRequest]>,
    now: &[AccessRequest],
) -> Vec<(Happened, AccessRequest)> {
    let mut news = Vec::new();
    for request in now.iter().rev() {
        let what = match before {
            None => {
                let open = matches!(request.state, AccessState::Granted { .. });
                (open && is_announced(request)).then_some(Happened::OpenedAlone)
            }
            Some(before) => {
                let earlier = before.iter().find(|earlier| earlier.id == request.id);
                since(earlier, request)
            }
        };
        news.extend(what.map(|what| (what, request.clone())));
    }
    news
}

/// What happened to one request: the gravest of it.
fn since(before: Option<&AccessRequest>, now: &AccessRequest) -> Option<Happened> {
    let was = |what: fn(&AccessRequest) -> bool| before.is_some_and(what);
    let granted = |request: &AccessRequest| matches!(request.state, AccessState::Granted { .. });
    if is_announced(now) && !was(is_announced) {
        return Some(Happened::OpenedAlone);
    }
    if now.mine {
        // One's own that was not there before was made elsewhere a moment ago.
        let before = before?;
        return match now.state {
            AccessState::Granted { from, .. } if !granted(before) => Some(Happened::Granted {
                later: now.starts == Some(from),
            }),
            AccessState::Ended { by, .. } if granted(before) && by != EndedBy::GivenBack => {
                Some(Happened::Ended(by))
            }
            AccessState::Rejected if before.state != AccessState::Rejected => Some(Happened::Rejected),
            _ => (asks_me(now) && !asks_me(before)).then_some(Happened::AskedBack),
        };
    }
    if needs_me(now) && !was(needs_me) {
        return Some(match now.may_end {
            true if now.undelivered => Happened::Undelivered,
            true => Happened::WantsRefresh,
            false => Happened::NeedsMe,
        });
    }
    (needs_me(now) && was(asked_back) && !asked_back(now)).then_some(Happened::Answered)
}

/// An emergency of which those who may approve are told.
fn is_announced(request: &AccessRequest) -> bool {
    request.emergency.is_some() && !request.mine && request.readable
}

/// Whether something planned begins now, of what was seen to lie ahead.
fn begins(ahead: &mut HashSet<String>, request: &AccessRequest, now: u64) -> bool {
    match request.state {
        // By an approver's clock that is ahead of this one nothing was planned.
        AccessState::Granted { from, .. } if from > now && request.starts == Some(from) => {
            ahead.insert(request.id.clone());
            false
        }
        AccessState::Granted { .. } => ahead.remove(&request.id) && request.device_has_key,
        _ => {
            ahead.remove(&request.id);
            false
        }
    }
}

/// A request waits for this person: to approve, to hand over, or to hand over again.
pub(crate) fn needs_me(request: &AccessRequest) -> bool {
    request.may_approve
        || (request.state == AccessState::Approved && request.may_reject)
        || (request.may_end && (request.wants_refresh || request.undelivered))
}

/// An approver asks this person something about their own request.
pub(crate) fn asks_me(request: &AccessRequest) -> bool {
    request.mine && is_waiting(request) && asked_back(request)
}

/// An approver asked something and nobody has answered.
pub(crate) fn asked_back(request: &AccessRequest) -> bool {
    let last = request
        .thread
        .iter()
        .rfind(|said| matches!(said.kind, SpokenKind::AskedBack | SpokenKind::Answered));
    last.is_some_and(|said| said.kind == SpokenKind::AskedBack)
}

fn is_to_settle(request: &AccessRequest) -> bool {
    matches!(
        request.state,
        AccessState::Ended {
            by: EndedBy::GivenBack | EndedBy::Time,
            ..
        }
    )
}

/// A request that can still be granted.
pub(crate) fn is_waiting(request: &AccessRequest) -> bool {
    matches!(request.state, AccessState::Waiting { .. } | AccessState::Approved)
}

/// What was granted can be used now.
pub(crate) fn is_open(request: &AccessRequest, now: u64) -> bool {
    matches!(request.state, AccessState::Granted { from, until } if from <= now && now < until)
}

/// Until when something is granted; 0 where nothing is.
pub(crate) fn until(request: &AccessRequest) -> u64 {
    match request.state {
        AccessState::Granted { until, .. } => until,
        _ => 0,
    }
}

/// What a reason still lacks, by the rules of which it lacks most: how much is written, and how much is needed.
pub(crate) fn reason_so_far(all: &[AccessRules], reason: &str) -> (usize, usize) {
    let own = |template: &str| own_words(template, reason).chars().count();
    let counted = all
        .iter()
        .map(|rules| (own(&rules.template), usize::from(rules.reason_min)));
    let most = counted.max_by_key(|(written, least)| (least.saturating_sub(*written), *least));
    most.unwrap_or_else(|| (own(""), 0))
}

/// What the page of a grant holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held<G> {
    /// Nothing yet.
    Loading,
    /// Nothing before its time comes.
    Early,
    /// What was granted.
    Open(G),
    /// Nothing any more. For good: what cannot be asked now changes nothing about that.
    Over {
        /// Its key is gone from this device, too.
        wiped: bool,
    },
    /// It could not be opened.
    Failed(Error),
}

impl<G> Held<G> {
    /// What it holds after the client was asked to open it once more; `None` where it stays as it is.
    pub(crate) fn after(&self, outcome: Result<G, Error>) -> Option<Self> {
        let gone = |error: &Error| {
            matches!(
                error,
                Error::GrantRefused(GrantFault::Over | GrantFault::OtherDevice)
            )
        };
        match (self, outcome) {
            (Self::Over { wiped: false }, Err(error)) if gone(&error) => Some(Self::Over { wiped: true }),
            (Self::Over { .. }, _) => None,
            (_, Ok(grant)) => Some(Self::Open(grant)),
            (_, Err(Error::GrantRefused(GrantFault::Over))) => Some(Self::Over { wiped: true }),
            // What is open stays open while nobody can be asked: its end comes by the clock.
            (Self::Open(_), Err(Error::Offline | Error::Transport(_) | Error::RateLimited { .. })) => None,
            (_, Err(error)) if is_early(&error) => Some(Self::Early),
            (_, Err(error)) => Some(Self::Failed(error)),
        }
    }
}

/// What was granted has not begun, as the client says it.
fn is_early(error: &Error) -> bool {
    matches!(error, Error::Invalid { field: "grant", .. })
}

/// What a line of the form means: a name in the folder, a whole path, or with a slash at its end all below it.
pub(crate) fn item_of(folder: &str, line: &str) -> WantedItem {
    let line = line.trim();
    let base = if line.starts_with('/') { "/" } else { folder };
    match line.rsplit_once('/') {
        None => WantedItem::Secret(folder.to_owned(), line.to_owned()),
        Some((path, "")) => WantedItem::Folder(within(base, path)),
        Some((path, name)) => WantedItem::Secret(within(base, path), name.to_owned()),
    }
}

/// A folder as it was typed: with a slash before and none behind.
pub(crate) fn folder_of(text: &str) -> String {
    within("/", text.trim())
}

/// A path below a folder, without empty parts.
fn within(folder: &str, path: &str) -> String {
    let parts = folder
        .split('/')
        .chain(path.split('/'))
        .filter(|part| !part.is_empty());
    let whole = parts.fold(String::new(), |whole, part| whole + "/" + part);
    if whole.is_empty() { "/".to_owned() } else { whole }
}

/// The folder and the lines of the form for what was wanted once.
pub(crate) fn lines_of(wanted: &[WantedItem]) -> (String, Vec<String>) {
    if let [WantedItem::Folder(folder)] = wanted {
        return (folder.clone(), Vec::new());
    }
    let folder = wanted.iter().find_map(|item| match item {
        WantedItem::Secret(folder, _) => Some(folder.clone()),
        WantedItem::Folder(_) => None,
    });
    let folder = folder.unwrap_or_else(|| "/".to_owned());
    let lines = wanted.iter().map(|item| match item {
        WantedItem::Folder(path) => format!("{}/", path.trim_end_matches('/')),
        WantedItem::Secret(path, name) if *path == folder => name.clone(),
        WantedItem::Secret(path, name) => format!("{}/{name}", path.trim_end_matches('/')),
    });
    (folder.clone(), lines.collect())
}

/// A span of the picture, in percent from its left edge: where it begins and how wide it is.
pub(crate) type Span = (f64, f64);

/// A grant as the picture shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    /// What has passed of it.
    pub(crate) used: Option<Span>,
    /// What is left.
    pub(crate) left: Option<Span>,
    /// What has not begun.
    pub(crate) planned: Option<Span>,
}

impl Bar {
    /// Where a grant lies between two moments; nothing of it may.
    pub(crate) fn of((from, until): (u64, u64), now: u64, window: (u64, u64)) -> Self {
        let part = |start: u64, end: u64| {
            let (first, last) = window;
            let (start, end) = (start.max(first), end.min(last));
            let whole = last.saturating_sub(first).max(1) as f64;
            let percent = |ms: u64| ms as f64 * 100.0 / whole;
            (start < end).then(|| (percent(start - first), percent(end - start).max(LEAST)))
        };
        Self {
            used: part(from, until.min(now)),
            left: (from <= now).then(|| part(now.max(from), until)).flatten(),
            planned: (from > now).then(|| part(from, until)).flatten(),
        }
    }

    /// Nothing of it lies in the window.
    pub(crate) fn is_empty(&self) -> bool {
        self.used.is_none() && self.left.is_none() && self.planned.is_none()
    }
}

/// When a grant ends or ended.
pub(crate) fn end_of(entry: &GrantEntry) -> u64 {
    entry.ended.map_or(entry.until, |ended| ended.min(entry.until))
}

/// Whether an entry of the history says what somebody looks for, with the names that the page shows for people and the
/// environment.
pub(crate) fn says(
    entry: &GrantEntry,
    needle: &str,
    environment: &str,
    name: impl Fn(&str) -> String,
) -> bool {
    let needle = needle.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&needle);
    let approvers = entry.approvals.iter().map(|approval| approval.user_id.as_str());
    let mut people = approvers.chain([entry.requester.as_str(), entry.by.as_str()]);
    let mut wanted = entry.wanted.iter();
    let mut secrets = entry.secrets.iter();
    needle.is_empty()
        || has(environment)
        || people.any(|user| has(&name(user)))
        || has(&entry.reason)
        || has(&entry.ticket)
        || entry.emergency.as_ref().is_some_and(|why| has(why))
        || wanted.any(|item| match item {
            WantedItem::Folder(path) => has(path),
            WantedItem::Secret(path, name) => has(&words::place(path, name)),
        })
        || secrets.any(|secret| has(&words::place(&secret.path, &secret.name)))
}

/// One line of a CSV file: every field quoted, and none that a spreadsheet takes for a formula.
pub(crate) fn csv_line<T: AsRef<str>>(fields: &[T]) -> String {
    let mut line = String::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        let field = field.as_ref();
        line.push('"');
        if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            line.push('\'');
        }
        line.push_str(&field.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

/// How often the requests are read.
const EVERY: Duration = Duration::from_secs(20);
/// And how much more seldom while the server tells of changes.
const SELDOM: u32 = 3;
/// So long a notice that nobody saw stays once somebody is there.
const READING: Duration = Duration::from_secs(15);
/// The longest reason, in bytes, as `coffer-core` reads it.
pub(crate) const LONGEST_REASON: usize = 4_000;
/// So long before the end of a grant its holder is told, in milliseconds.
pub(crate) const NOTICE: u64 = 10 * 60_000;
/// The most secrets and folders of one request, as `coffer-core` reads it.
pub(crate) const MOST_WANTED: usize = 200;
/// The narrowest bar, in percent: what was short is still seen.
const LEAST: f64 = 0.4;

#[cfg(test)]
mod tests {
    use coffer_client::{Emergency, Spoken};

    use super::*;

    #[test]
    fn a_line_of_the_form_is_a_name_a_path_or_a_folder() {
        let secret = |path: &str, name: &str| WantedItem::Secret(path.into(), name.into());
        let check = |line, expected| assert_eq!(item_of("/api", line), expected, "{line}");
        check(" KEY ", secret("/api", "KEY"));
        check("/KEY", secret("/", "KEY"));
        check("/db//live/KEY", secret("/db/live", "KEY"));
        check("v1/KEY", secret("/api/v1", "KEY"));
        check("/db/", WantedItem::Folder("/db".into()));
        check("/", WantedItem::Folder("/".into()));
        for (typed, folder) in [("", "/"), ("api", "/api"), ("/api/", "/api"), (" / ", "/")] {
            assert_eq!(folder_of(typed), folder);
        }
    }

    #[test]
    fn what_was_wanted_once_fills_the_form_again() {
        for wanted in [
            vec![WantedItem::Folder("/api".into())],
            vec![
                WantedItem::Secret("/api".into(), "A".into()),
                WantedItem::Secret("/api".into(), "B".into()),
            ],
            vec![
                WantedItem::Secret("/".into(), "A".into()),
                WantedItem::Secret("/db".into(), "B".into()),
                WantedItem::Folder("/x/y".into()),
            ],
        ] {
            let (folder, lines) = lines_of(&wanted);
            let again: Vec<WantedItem> = if lines.is_empty() {
                vec![WantedItem::Folder(folder)]
            } else {
                lines.iter().map(|line| item_of(&folder, line)).collect()
            };
            assert_eq!(again, wanted);
        }
    }

    #[test]
    fn a_bar_is_used_up_to_now_and_left_after_it() {
        let check = |grant, now, expected| assert_eq!(Bar::of(grant, now, (0, 1_000)), expected);
        let nothing = Bar {
            used: None,
            left: None,
            planned: None,
        };
        check(
            (200, 600),
            400,
            Bar {
                used: Some((20.0, 20.0)),
                left: Some((40.0, 20.0)),
                ..nothing
            },
        );
        check(
            (200, 600),
            700,
            Bar {
                used: Some((20.0, 40.0)),
                ..nothing
            },
        );
        check(
            (200, 600),
            100,
            Bar {
                planned: Some((20.0, 40.0)),
                ..nothing
            },
        );
        check(
            (900, 5_000),
            950,
            Bar {
                used: Some((90.0, 5.0)),
                left: Some((95.0, 5.0)),
                ..nothing
            },
        );
        check((2_000, 3_000), 2_500, nothing);
        assert!(Bar::of((2_000, 3_000), 0, (0, 1_000)).is_empty());
    }

    #[test]
    fn a_csv_line_is_quoted_and_holds_no_formula() {
        assert_eq!(
            csv_line(&["a", "b,\"c\"", "=1+1"]),
            "\"a\",\"b,\"\"c\"\"\",\"'=1+1\"\r\n"
        );
    }

    fn request(mine: bool, state: AccessState) -> AccessRequest {
        AccessRequest {
            id: "r1".into(),
            environment: "production".into(),
            requester: "jonas".into(),
            mine,
            readable: true,
            wanted: vec![WantedItem::Folder("/".into())],
            propose: false,
            seconds: 900,
            starts: None,
            reason: Default::default(),
            ticket: String::new(),
            created: 1,
            answer_until: 1_000_000,
            state,
            approvals: Vec::new(),
            thread: Vec::new(),
            asked: Vec::new(),
            may_approve: false,
            may_reject: false,
            may_open_alone: false,
            may_end: false,
            follows: None,
            rules: AccessRules::default(),
            emergency: None,
            has_proposals: false,
            key_changed: false,
            undelivered: false,
            needed: Some(1),
            device_has_key: mine,
            wants_refresh: false,
        }
    }

    fn alone_by_noor() -> Option<Emergency> {
        Some(Emergency {
            by: "noor".into(),
            why: "the pager went off".to_owned().into(),
        })
    }

    const WAITING: AccessState = AccessState::Waiting { more: 1 };
    const GRANTED: AccessState = AccessState::Granted { from: 10, until: 20 };

    #[test]
    fn what_happened_is_told_once_and_to_whom_it_concerns() {
        let to_me = |state| AccessRequest {
            may_approve: state == WAITING,
            ..request(false, state)
        };
        let spoken = |kind| Spoken {
            user_id: "noor".into(),
            at: 2,
            kind,
            text: Default::default(),
        };
        let asked = |mut request: AccessRequest| {
            request.thread.push(spoken(SpokenKind::AskedBack));
            request
        };
        let answered = |mut request: AccessRequest| {
            request.thread.push(spoken(SpokenKind::Answered));
            request
        };
        let alone = |mut request: AccessRequest| {
            request.emergency = alone_by_noor();
            request
        };
        let ended = |by| request(true, AccessState::Ended { at: 15, by });
        let planned = AccessRequest {
            starts: Some(10),
            ..request(true, GRANTED)
        };
        let lost = AccessRequest {
            may_end: true,
            undelivered: true,
            ..request(false, GRANTED)
        };
        let renewed = AccessRequest {
            may_end: true,
            wants_refresh: true,
            ..request(false, GRANTED)
        };
        for (before, now, told) in [
            (None, to_me(WAITING), Some(Happened::NeedsMe)),
            (Some(to_me(WAITING)), to_me(WAITING), None),
            (Some(request(false, WAITING)), request(false, GRANTED), None),
            (
                Some(request(false, GRANTED)),
                renewed,
                Some(Happened::WantsRefresh),
            ),
            (Some(request(false, GRANTED)), lost, Some(Happened::Undelivered)),
            (
                Some(asked(to_me(WAITING))),
                answered(asked(to_me(WAITING))),
                Some(Happened::Answered),
            ),
            (
                Some(to_me(WAITING)),
                alone(request(false, GRANTED)),
                Some(Happened::OpenedAlone),
            ),
            (
                Some(request(true, WAITING)),
                request(true, GRANTED),
                Some(Happened::Granted { later: false }),
            ),
            (
                Some(request(true, WAITING)),
                planned,
                Some(Happened::Granted { later: true }),
            ),
            (
                Some(request(true, WAITING)),
                request(true, AccessState::Rejected),
                Some(Happened::Rejected),
            ),
            (
                Some(request(true, WAITING)),
                asked(request(true, WAITING)),
                Some(Happened::AskedBack),
            ),
            (
                Some(request(true, GRANTED)),
                ended(EndedBy::Revoked),
                Some(Happened::Ended(EndedBy::Revoked)),
            ),
            (Some(request(true, GRANTED)), ended(EndedBy::GivenBack), None),
            (None, request(true, WAITING), None),
        ] {
            let before: Vec<AccessRequest> = before.into_iter().collect();
            let news = happened(Some(&before), std::slice::from_ref(&now));
            assert_eq!(news.first().map(|(what, _)| *what), told, "{before:?} to {now:?}");
        }
    }

    #[test]
    fn who_comes_later_is_told_of_an_emergency_that_is_still_open_and_of_nothing_else() {
        let alone = |state| AccessRequest {
            emergency: alone_by_noor(),
            ..request(false, state)
        };
        let over = AccessState::Ended {
            at: 15,
            by: EndedBy::Time,
        };
        let all = [
            alone(GRANTED),
            alone(over),
            request(false, WAITING),
            request(true, GRANTED),
        ];
        let news = happened(None, &all);
        assert_eq!(news, [(Happened::OpenedAlone, alone(GRANTED))]);
    }

    #[test]
    fn what_was_planned_begins_once() {
        let planned = AccessRequest {
            starts: Some(10),
            ..request(true, GRANTED)
        };
        let mut ahead = HashSet::new();
        assert!(!begins(&mut ahead, &planned, 5));
        assert!(begins(&mut ahead, &planned, 10));
        assert!(!begins(&mut ahead, &planned, 11));
        // What was open when somebody came has not begun under their eyes.
        assert!(!begins(&mut HashSet::new(), &planned, 11));
        // Nor has what an approver gave whose clock is ahead.
        assert!(!begins(&mut ahead, &request(true, GRANTED), 5));
        assert!(!begins(&mut ahead, &request(true, GRANTED), 10));
    }

    #[test]
    fn what_has_ended_stays_ended_and_its_key_is_asked_for_until_it_is_gone() {
        let over: Held<u8> = Held::Over { wiped: false };
        assert_eq!(over.after(Err(Error::Offline)), None);
        assert_eq!(over.after(Ok(1)), None);
        for gone in [GrantFault::Over, GrantFault::OtherDevice] {
            assert_eq!(
                over.after(Err(Error::GrantRefused(gone))),
                Some(Held::Over { wiped: true })
            );
        }
        let open = Held::Open(1);
        assert_eq!(open.after(Err(Error::Offline)), None);
        assert_eq!(
            open.after(Err(Error::GrantRefused(GrantFault::Over))),
            Some(Held::Over { wiped: true })
        );
        assert_eq!(
            Held::<u8>::Loading.after(Err(Error::Offline)),
            Some(Held::Failed(Error::Offline))
        );
    }

    #[test]
    fn before_its_time_a_grant_has_not_failed() {
        let early = Error::Invalid {
            field: "grant",
            why: "one that has begun",
        };
        assert_eq!(Held::<u8>::Loading.after(Err(early)), Some(Held::Early));
        assert_eq!(Held::Early.after(Ok(1)), Some(Held::Open(1)));
    }

    #[test]
    fn of_all_rules_those_count_of_which_a_reason_lacks_most() {
        let rules = |template: &str, reason_min| AccessRules {
            template: template.into(),
            reason_min,
            ..AccessRules::default()
        };
        let both = [rules("", 4), rules("Ticket:", 10)];
        assert_eq!(reason_so_far(&both, "Ticket: now"), (3, 10));
        assert_eq!(reason_so_far(&[], "abc"), (3, 0));
    }

    #[test]
    fn the_history_is_searched_in_all_that_it_shows() {
        let entry = GrantEntry {
            request: "r1".into(),
            environment: "production".into(),
            requester: "u1".into(),
            by: "u3".into(),
            secrets: Vec::new(),
            wanted: vec![WantedItem::Folder("/database".into())],
            propose: false,
            from: 10,
            until: 20,
            ended: None,
            reason: String::from("Signatures fail").into(),
            ticket: "INC-7".into(),
            approvals: vec![coffer_client::ApprovalInfo {
                user_id: "u2".into(),
                at: 5,
                seconds: 900,
            }],
            emergency: None,
            recorded: 9,
            allowed: true,
        };
        let name = |user: &str| {
            match user {
                "u1" => "Jonas Reuter",
                "u2" => "Noor Haddad",
                _ => "Mara Lind",
            }
            .to_owned()
        };
        for (needle, found) in [
            ("", true),
            ("noor", true),
            ("mara", true),
            ("prod", true),
            ("/data", true),
            ("inc-7", true),
            ("staging", false),
        ] {
            assert_eq!(says(&entry, needle, "Production", name), found, "{needle}");
        }
    }
}
