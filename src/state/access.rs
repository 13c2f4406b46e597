//! Requests for access in the open project, as they stand: read again and again while somebody looks. And what the pages
//! count out of them: who has to decide, what is open, where a bar of the picture lies.

use std::{collections::HashSet, sync::Arc, time::Duration};

use coffer_client::{
    AccessRequest, AccessRules, AccessState, EndedBy, Error, GrantEntry, SpokenKind, WantedItem,
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
}

#[derive(Clone)]
struct Known {
    project: String,
    requests: Arc<[AccessRequest]>,
}

impl Access {
    /// Puts it in the context of the shell, and keeps it fresh while the tab is seen.
    pub(crate) fn provide(current: CurrentProject) -> Self {
        let access = Self {
            current,
            known: RwSignal::new_local(None),
            failed: RwSignal::new_local(None),
            turn: StoredValue::new(0),
            reads: RwSignal::new(0),
        };
        let hidden = visibility::hidden();
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
            // What is told may get lost on its way.
            let is_time = ticks.try_update_value(|ticks| {
                *ticks += 1;
                !feed.is_open() || *ticks % SELDOM == 0
            });
            if is_time == Some(true) && hidden.try_get_untracked() == Some(false) {
                access.refresh();
            }
        });
        access.warn();
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

    /// How many wait for this person in a project, tracked.
    pub(crate) fn to_decide(self, project: &str) -> usize {
        let all = self.all(project);
        all.iter()
            .flat_map(|all| all.iter())
            .filter(|request| needs_me(request))
            .count()
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
        let Some(Some((id, project))) = untrack(|| Some(self.current.project())) else {
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

    /// Says once, ten minutes before the end, that a grant ends.
    fn warn(self) {
        let toasts = Toasts::expect();
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
    }
}

/// A request waits for this person: to approve, to hand over, or to hand over anew.
pub(crate) fn needs_me(request: &AccessRequest) -> bool {
    request.may_approve
        || (request.state == AccessState::Approved && request.may_reject)
        || (request.may_end && request.wants_refresh)
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

/// The rules for several folders at once: of each the strictest.
pub(crate) fn together(all: Vec<AccessRules>) -> AccessRules {
    let mut all = all.into_iter();
    let mut strictest = all.next().unwrap_or_default();
    for rules in all {
        strictest.longest = strictest.longest.min(rules.longest);
        strictest.reason_min = strictest.reason_min.max(rules.reason_min);
        strictest.answer_within = strictest.answer_within.min(rules.answer_within);
        strictest.ticket = strictest.ticket.or(rules.ticket);
        if strictest.template.is_empty() {
            strictest.template = rules.template;
        }
    }
    strictest
}

/// How many have to approve by these rules.
pub(crate) fn needed(rules: &AccessRules) -> usize {
    rules.steps.iter().map(|step| usize::from(step.needed)).sum()
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
/// So long before the end of a grant its holder is told, in milliseconds.
pub(crate) const NOTICE: u64 = 10 * 60_000;
/// The most secrets and folders of one request, as `coffer-core` reads it.
pub(crate) const MOST_WANTED: usize = 200;
/// The narrowest bar, in percent: what was short is still seen.
const LEAST: f64 = 0.4;

#[cfg(test)]
mod tests {
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

    #[test]
    fn of_several_rules_the_strictest_count() {
        let strict = AccessRules {
            longest: 60,
            reason_min: 99,
            ticket: Some("#".into()),
            ..AccessRules::default()
        };
        let both = together(vec![AccessRules::default(), strict]);
        assert_eq!(
            (both.longest, both.reason_min, both.ticket.as_deref()),
            (60, 99, Some("#"))
        );
    }
}
