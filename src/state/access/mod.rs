//! Requests for access, as they stand: those of the open project, read again and again while somebody looks, and this
//! person's own in all others. And what the pages count out of them: who is waited for, what is open, where a bar of the
//! picture lies.

mod form;
mod happened;
mod held;
mod history;
mod own;
mod picture;
mod standing;
mod telling;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use coffer_client::{AccessRequest, Error};
use leptos::{prelude::*, task::spawn_local};

pub(crate) use self::{
    form::{LONGEST_REASON, MOST_WANTED, folder_of, item_of, lines_of, reason_so_far},
    held::Held,
    history::{csv_line, end_of, says},
    picture::{Bar, Span},
    standing::{asked_back, is_open, is_overtaken, is_waiting, needs_me},
    telling::NOTICE,
};
use self::{
    happened::happened,
    own::OwnRequests,
    standing::{asks_me, is_to_settle},
};
use super::{current::CurrentProject, news::NewsFeed, session::OpenVault, toasts::Toasts};
use crate::{
    backend::Project,
    platform::{clock, visibility},
};

/// The requests of the open project, and this person's own in all of them.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    vault: OpenVault,
    current: CurrentProject,
    /// The project of the address: what is told of another one is told by its name.
    here: Memo<Option<String>>,
    known: RwSignal<Option<Known>, LocalStorage>,
    failed: RwSignal<Option<Error>, LocalStorage>,
    /// Grows with every reading, so that an older answer does not replace a newer one.
    turn: StoredValue<u64>,
    /// How many readings have ended.
    reads: RwSignal<u64>,
    own: RwSignal<OwnRequests, LocalStorage>,
    /// When somebody looked at which project.
    looked: StoredValue<BTreeMap<String, u64>>,
    /// One look around at a time.
    looks: StoredValue<bool>,
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
    pub(crate) fn provide(current: CurrentProject, here: Memo<Option<String>>) -> Self {
        let hidden = visibility::hidden();
        let access = Self {
            vault: expect_context(),
            current,
            here,
            known: RwSignal::new_local(None),
            failed: RwSignal::new_local(None),
            turn: StoredValue::new(0),
            reads: RwSignal::new(0),
            own: RwSignal::new_local(BTreeMap::new()),
            looked: StoredValue::new(BTreeMap::new()),
            looks: StoredValue::new(false),
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
            let is_seldom = ticks.try_update_value(|ticks| {
                *ticks += 1;
                *ticks % SELDOM == 0
            });
            let Some(is_seldom) = is_seldom else { return };
            // What is told may get lost on its way, and nothing is told to a tab that nobody sees.
            if is_seldom || (!hidden && !feed.is_open()) {
                access.refresh();
            }
            // Of other projects nothing is told.
            if is_seldom || !hidden {
                access.look_around();
            }
        });
        // A moment later: the project of the address is opened by its page.
        set_timeout(move || access.look_around(), FIRST_LOOK);
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
                // What becomes of one's own is told once, wherever it was seen first.
                let mut news = self.learn(&project, &requests);
                let all = happened(before.flatten().as_deref(), &requests);
                news.extend(all.into_iter().filter(|(_, request)| !request.mine));
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
}

/// How often the requests are read.
const EVERY: Duration = Duration::from_secs(20);
/// And how much more seldom while the server tells of changes.
const SELDOM: u32 = 3;
/// After this time somebody looks at other projects for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(3);
