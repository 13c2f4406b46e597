//! Who listens to a project's changes, and what they are told: that something changed, never what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use coffer_wire::event;
use coffer_wire::id::{ProjectId, UserId};
use tokio::sync::broadcast;

use crate::error::Error;

/// Something that changed in a project.
#[derive(Clone, Debug)]
pub enum Change {
    /// A request for access, or what decides about requests.
    Access {
        /// Whose it is to know beside administrators; every member's if absent.
        seen_by: Option<Vec<UserId>>,
    },
    /// Secrets in a folder.
    Secrets {
        /// What was done to them.
        event: Event,
        /// The environment's slug.
        environment: String,
        /// The folder.
        path: String,
    },
}

/// What somebody can listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Requests for access: the real server has no event for them.
    Access,
    /// A secret was made.
    Create,
    /// A secret was deleted.
    Delete,
    /// A secret that is imported changed: there are no imports here, so this never comes.
    Import,
    /// A secret was changed.
    Update,
}

impl Event {
    /// The API's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => event::ACCESS_REQUEST,
            Self::Create => event::SECRET_CREATE,
            Self::Delete => event::SECRET_DELETE,
            Self::Import => event::SECRET_IMPORT,
            Self::Update => event::SECRET_UPDATE,
        }
    }

    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Access,
            Self::Create,
            Self::Delete,
            Self::Import,
            Self::Update,
        ]
        .into_iter()
        .find(|event| event.as_str() == word)
    }
}

/// The listeners of all projects.
#[derive(Clone, Default)]
pub struct Events(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    projects: HashMap<ProjectId, Channel>,
    listeners: usize,
    is_over: bool,
}

struct Channel {
    sender: broadcast::Sender<Change>,
    by: HashMap<UserId, usize>,
}

/// Somebody's place among the listeners, given back when it is dropped.
pub struct Listener {
    events: Events,
    project: ProjectId,
    user: UserId,
    receiver: broadcast::Receiver<Change>,
}

impl Events {
    /// Starts to listen; of each person and project five at once, as on the real server.
    pub fn listen(&self, project: &ProjectId, user: &UserId) -> Result<Listener, Error> {
        let mut guard = self.lock();
        let heard = &mut *guard;
        let full = Error::RateLimited { seconds: 60 };
        if heard.is_over || heard.listeners >= MOST_LISTENERS {
            return Err(full);
        }
        let channel = heard.projects.entry(project.clone()).or_insert_with(|| Channel {
            sender: broadcast::channel(KEPT).0,
            by: HashMap::new(),
        });
        let count = channel.by.entry(user.clone()).or_insert(0);
        if *count >= MOST_PER_PERSON {
            return Err(full);
        }
        *count += 1;
        heard.listeners += 1;
        Ok(Listener {
            events: self.clone(),
            project: project.clone(),
            user: user.clone(),
            receiver: channel.sender.subscribe(),
        })
    }

    /// Whether anybody listens to a project: what nobody hears need not be put together.
    pub fn is_heard(&self, project: &ProjectId) -> bool {
        self.lock().projects.contains_key(project)
    }

    /// Tells whoever listens to a project.
    pub fn tell(&self, project: &ProjectId, change: Change) {
        if let Some(channel) = self.lock().projects.get(project) {
            // An error says that nobody listens any more.
            let _ = channel.sender.send(change);
        }
    }

    /// Ends all listening, for a server that stops.
    pub fn end(&self) {
        let mut heard = self.lock();
        heard.is_over = true;
        heard.projects.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// The next change; none when the server stops, or when this listener did not keep up: it has to look for itself.
    pub async fn next(&mut self) -> Option<Change> {
        self.receiver.recv().await.ok()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut heard = self.events.lock();
        heard.listeners = heard.listeners.saturating_sub(1);
        let Some(channel) = heard.projects.get_mut(&self.project) else {
            return;
        };
        if let Some(count) = channel.by.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                channel.by.remove(&self.user);
            }
        }
        if channel.by.is_empty() {
            heard.projects.remove(&self.project);
        }
    }
}

/// How many listen at once at most: each is a task and a connection.
const MOST_LISTENERS: usize = 1000;
/// How many of one person listen to one project.
const MOST_PER_PERSON: usize = 5;
/// How many changes wait for a slow listener.
const KEPT: usize = 64;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn places_are_given_back() {
        let events = Events::default();
        let (project, user) = (ProjectId::new("p"), UserId::new("u"));
        let mut held: Vec<_> = (0..MOST_PER_PERSON)
            .map(|_| events.listen(&project, &user).ok().unwrap())
            .collect();
        assert!(events.listen(&project, &user).is_err());
        assert!(events.listen(&project, &UserId::new("v")).is_ok());
        held.pop();
        assert!(events.listen(&project, &user).is_ok());
        held.clear();
        assert!(!events.is_heard(&project));
        assert_eq!(events.lock().listeners, 0);
    }

    #[test]
    fn no_more_listen_than_there_is_room_for() {
        let events = Events::default();
        let listen = |at: usize| events.listen(&ProjectId::new("p"), &UserId::new(format!("u{at}")));
        let held: Vec<_> = (0..MOST_LISTENERS).map(|at| listen(at).ok().unwrap()).collect();
        assert!(listen(MOST_LISTENERS).is_err());
        drop(held);
        assert!(listen(0).is_ok());
        events.end();
        assert!(listen(0).is_err());
    }

    #[tokio::test]
    async fn who_does_not_keep_up_is_cut_off_instead_of_being_told_half() {
        let events = Events::default();
        let project = ProjectId::new("p");
        let mut listener = events.listen(&project, &UserId::new("u")).ok().unwrap();
        events.tell(&project, Change::Access { seen_by: None });
        assert!(listener.next().await.is_some());
        for _ in 0..=KEPT {
            events.tell(&project, Change::Access { seen_by: None });
        }
        assert!(listener.next().await.is_none());
    }
}
