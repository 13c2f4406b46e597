//! What changes in the open project while somebody looks at it, as its server tells: a reason to look, never more.

use std::{collections::HashMap, time::Duration};

use coffer_client::{Error, News};
use futures_util::future::{AbortHandle, abortable};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::current::CurrentProject;
use crate::{
    backend::Project,
    platform::{clock, visibility},
};

/// Counters that grow when something changed.
#[derive(Clone, Copy)]
pub(crate) struct NewsFeed {
    /// Requests, members, and everything that decides about access.
    access: RwSignal<u64>,
    /// Saves, by the slug of their environment.
    records: RwSignal<HashMap<String, u64>>,
    /// Changes are told now.
    open: RwSignal<bool>,
    /// What was heard and is not shown yet.
    heard: StoredValue<Vec<News>>,
}

impl NewsFeed {
    /// Puts it in the context of the shell, and listens while the tab is seen: browsers have few connections to a server,
    /// and all tabs share them.
    pub(crate) fn provide(current: CurrentProject) -> Self {
        let feed = Self {
            access: RwSignal::new(0),
            records: RwSignal::new(HashMap::new()),
            open: RwSignal::new(false),
            heard: StoredValue::new(Vec::new()),
        };
        provide_context(feed);
        let hidden = visibility::hidden();
        let listening = StoredValue::new(None::<AbortHandle>);
        let stop = move || {
            // The connection goes with its future, and so does the handle of the project.
            if let Some(Some(handle)) = listening.try_update_value(Option::take) {
                handle.abort();
            }
        };
        Effect::new(move |_| {
            let project = current.project();
            stop();
            feed.open.set(false);
            if hidden.get() {
                return;
            }
            if let Some((_, project)) = project {
                let (listen, handle) = abortable(feed.listen(project));
                listening.set_value(Some(handle));
                spawn_local(async move {
                    let _given_up = listen.await;
                });
            }
        });
        on_cleanup(stop);
        feed
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Whether changes are told now, at this moment.
    pub(crate) fn is_open(self) -> bool {
        self.open.try_get_untracked() == Some(true)
    }

    /// Grows with everything that requests for access depend on, tracked.
    pub(crate) fn access(self) -> u64 {
        self.access.get()
    }

    /// Grows with every save in an environment, tracked.
    pub(crate) fn records(self, environment: &str) -> u64 {
        self.records
            .with(|records| records.get(environment).copied().unwrap_or_default())
    }

    /// Listens, and again after a pause when the connection ends, unless this server tells nothing.
    async fn listen(self, project: Project) {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = clock::monotonic();
            let outcome = project.listen(|news| self.hear(news)).await;
            if self.open.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(()) | Err(Error::Offline | Error::RateLimited { .. }) => {}
                Err(_) => return,
            }
            if clock::monotonic().saturating_sub(began) > LONG {
                pause = FIRST_PAUSE;
            }
            TimeoutFuture::new(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Notes what was heard, and shows it a moment later: a save is many rows, and a server may shout.
    fn hear(self, news: News) {
        if news == News::Began {
            self.open.try_set(true);
        }
        let is_first = self.heard.try_update_value(|heard| {
            if !heard.contains(&news) && heard.len() < MOST {
                heard.push(news);
            }
            heard.len() == 1
        });
        if is_first == Some(true) {
            set_timeout(move || self.show(), SETTLE);
        }
    }

    fn show(self) {
        let Some(heard) = self.heard.try_update_value(std::mem::take) else {
            return;
        };
        self.access.try_update(|count| *count += 1);
        self.records.try_update(|records| {
            for news in &heard {
                match news {
                    // What changed before may be a save, too.
                    News::Began => records.values_mut().for_each(|count| *count += 1),
                    News::Record { environment } => *records.entry(environment.clone()).or_default() += 1,
                    News::Inbox | News::Keyring => {}
                }
            }
        });
    }
}

/// What comes within this time is shown at once.
const SETTLE: Duration = Duration::from_millis(500);
/// The pauses before listening again, in milliseconds.
const FIRST_PAUSE: u32 = 1_000;
const LAST_PAUSE: u32 = 60_000;
/// A connection that lasted so long worked, in milliseconds.
const LONG: u64 = 60_000;
/// How many different things are kept until they are shown.
const MOST: usize = 256;
