//! Events of a project, pushed while a connection lasts: that something changed, and where.

use serde::{Deserialize, Serialize};

use crate::Endpoint;
use crate::id::ProjectId;

/// `POST` ([`Subscription`]) → server-sent events, each with a [`Message`] as its data
/// `/api/v1/events/subscribe/project-events`
#[must_use]
pub fn subscribe() -> Endpoint {
    Endpoint::new("/api/v1/events/subscribe/project-events")
}

/// A secret was made.
pub const SECRET_CREATE: &str = "secret:create";
/// A secret was changed.
pub const SECRET_UPDATE: &str = "secret:update";
/// A secret was deleted.
pub const SECRET_DELETE: &str = "secret:delete";
/// A secret that is imported changed.
pub const SECRET_IMPORT: &str = "secret:import-mutation";
/// A request for access changed, or what decides about requests. Only this project's own server has it: others refuse
/// to be asked for it, and then it is looked for now and again.
pub const ACCESS_REQUEST: &str = "access-request:change";

/// Body of `POST` on [`subscribe`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Of which project.
    pub project_id: ProjectId,
    /// What is to be heard.
    pub register: Vec<Wanted>,
}

/// Something to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The event's name.
    pub event: String,
    /// Where; everywhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Place>,
}

/// Where an event has to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The environment's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_slug: Option<String>,
    /// The folder, or a pattern over folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
}

/// The data of a server-sent event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// `secret-manager`.
    pub project_type: String,
    /// What happened.
    pub data: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// The event's name.
    pub event_type: String,
    /// Where.
    pub payload: Vec<Spot>,
}

/// Where something happened; the real server also says to which secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spot {
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
}
