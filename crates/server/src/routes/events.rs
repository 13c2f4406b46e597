//! Events of a project, pushed as they happen: server-sent events, as the HTML standard writes them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body as Stream, Bytes};
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use coffer_store::model::Role;
use coffer_wire::event::{Happened, Message, Spot as WireSpot};
use coffer_wire::id::ProjectId;
use tokio::sync::mpsc;

use super::{MAX_NAME, MAX_PATH, pattern};
use crate::app::App;
use crate::auth::{Act, Lasting, Rights, Spot, glob};
use crate::error::Error;
use crate::events::{Change, Event, Listener};
use crate::input::{Body, Fields};

pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/events/subscribe/project-events", post(subscribe))
}

/// `POST /api/v1/events/subscribe/project-events`
async fn subscribe(State(app): State<App>, caller: Lasting, body: Body) -> Result<Response, Error> {
    let (project, wanted) = body.read(|fields| {
        let wanted = fields.objects("register", read_wanted).unwrap_or_default();
        if !(1..=MOST_WANTED).contains(&wanted.len()) {
            fields.wrong("register", "custom", "Between 1 and 50 events are needed");
        }
        (ProjectId::new(fields.text("projectId", 1..=MAX_NAME)), wanted)
    })?;
    caller
        .person
        .caller
        .in_project(&app, &project, Role::NoAccess, "secret-events")
        .await?;
    let listener = app.events().listen(&project, &caller.person.user)?;
    let (sender, receiver) = mpsc::channel(1);
    let subscription = Subscription {
        app,
        caller,
        project,
        wanted,
        sender,
    };
    tokio::spawn(subscription.run(listener));
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (NO_BUFFER, "no"),
    ];
    Ok((headers, Stream::from_stream(Frames(receiver))).into_response())
}

/// Something that somebody wants to hear of.
struct Wanted {
    event: Option<Event>,
    environment: Option<String>,
    path: String,
}

impl Wanted {
    fn covers(&self, event: Event, environment: &str, path: &str) -> bool {
        self.event == Some(event)
            && self.environment.as_deref().is_none_or(|slug| slug == environment)
            && glob::matches(&self.path, path)
    }
}

struct Subscription {
    app: App,
    caller: Lasting,
    project: ProjectId,
    wanted: Vec<Wanted>,
    sender: mpsc::Sender<Bytes>,
}

impl Subscription {
    /// Tells what may be told until the connection, the token, the membership or the server ends. All of these are asked
    /// again before anything is said.
    async fn run(self, mut listener: Listener) {
        let pause = Duration::from_millis(self.app.config().heartbeat);
        let mut frame = Some(BEAT);
        loop {
            if let Some(frame) = frame.take()
                && self.sender.send(frame).await.is_err()
            {
                return;
            }
            let change = tokio::select! {
                change = listener.next() => match change {
                    Some(change) => Some(change),
                    None => return,
                },
                () = tokio::time::sleep(pause) => None,
                () = self.sender.closed() => return,
            };
            let Ok(rights) = self.rights().await else {
                return;
            };
            frame = match change {
                Some(change) => self.told(&rights, &change),
                None => Some(BEAT),
            };
        }
    }

    async fn rights(&self) -> Result<Rights, Error> {
        let caller = self.caller.again(&self.app).await?;
        caller.rights(&self.app, &self.project).await
    }

    /// What a change is to whoever listens; nothing if it is not theirs to know or they did not ask.
    fn told(&self, rights: &Rights, change: &Change) -> Option<Bytes> {
        let (event, payload) = match change {
            Change::Access { seen_by } => {
                let is_theirs = seen_by
                    .as_ref()
                    .is_none_or(|users| users.contains(&self.caller.person.user));
                if !is_theirs && !rights.has_role(Role::Admin, "secret-approval") {
                    return None;
                }
                if !self
                    .wanted
                    .iter()
                    .any(|wanted| wanted.event == Some(Event::Access))
                {
                    return None;
                }
                (Event::Access, vec![])
            }
            Change::Secrets {
                event,
                environment,
                path,
            } => {
                let spot = Spot {
                    environment,
                    path,
                    name: None,
                };
                let covers = |wanted: &Wanted| wanted.covers(*event, environment, path);
                if !self.wanted.iter().any(covers) || !rights.allows(Act::DescribeSecret, spot) {
                    return None;
                }
                let spot = WireSpot {
                    environment: environment.clone(),
                    secret_path: path.clone(),
                };
                (*event, vec![spot])
            }
        };
        let name = event.as_str();
        let message = Message {
            project_type: "secret-manager".to_owned(),
            data: Happened {
                event_type: name.to_owned(),
                payload,
            },
        };
        let data = serde_json::to_string(&message).ok()?;
        Some(Bytes::from(format!("event: {name}\ndata: {data}\n\n")))
    }
}

/// The frames of an answer, one after the other.
struct Frames(mpsc::Receiver<Bytes>);

impl futures_core::Stream for Frames {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|frame| frame.map(Ok))
    }
}

fn read_wanted(item: &Fields<'_>) -> Wanted {
    let word = item.text("event", 1..=MAX_NAME);
    let event = Event::parse(&word);
    if event.is_none() {
        item.wrong("event", "invalid_enum_value", "No event of this name is known");
    }
    let place = item.object("conditions", |conditions| {
        let path = conditions.maybe_text("secretPath", 1..=MAX_PATH);
        let path = path.map(|path| pattern(conditions, &path));
        (conditions.maybe_text("environmentSlug", 1..=MAX_NAME), path)
    });
    let (environment, path) = place.unwrap_or_default();
    Wanted {
        event,
        environment,
        path: path.unwrap_or_else(|| "/**".to_owned()),
    }
}

/// A comment of the format: says that the connection is alive, and finds out whether it is.
const BEAT: Bytes = Bytes::from_static(b": alive\n\n");
/// Tells proxies of the kind of nginx to hand frames on at once.
const NO_BUFFER: HeaderName = HeaderName::from_static("x-accel-buffering");
const MOST_WANTED: usize = 50;
