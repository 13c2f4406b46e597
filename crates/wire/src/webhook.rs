//! Webhooks: an address elsewhere that a server tells that something happened, never what.
//!
//! Those of a project are the compatible API's. Those of an account, about its links, and the events beyond
//! `secrets.modified` are only on Coffer's server, which says so in [`crate::status::Extras::webhooks`].

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, ProjectId, WebhookId};
use crate::{Endpoint, Timestamp};

/// `POST` ([`NewWebhook`]) → [`WebhookAnswer`] or `GET` → [`WebhooksAnswer`] `/api/v1/webhooks`
#[must_use]
pub fn all() -> Endpoint {
    Endpoint::new("/api/v1/webhooks")
}

/// `GET` → [`WebhooksAnswer`] `/api/v1/webhooks?projectId=…`
#[must_use]
pub fn of_project(project: &ProjectId) -> Endpoint {
    all().query("projectId", project.as_str())
}

/// `PATCH` ([`WebhookPatch`]) or `DELETE` → [`WebhookAnswer`] `/api/v1/webhooks/:id`
#[must_use]
pub fn one(id: &WebhookId) -> Endpoint {
    all().part(id)
}

/// `POST` → [`WebhookAnswer`] `/api/v1/webhooks/:id/test`
#[must_use]
pub fn test(id: &WebhookId) -> Endpoint {
    one(id).then("/test")
}

/// `POST` ([`NewWebhook`]) → [`WebhookAnswer`] or `GET` → [`WebhooksAnswer`] `/api/v1/shared-secrets/webhooks`: those of
/// one's own account, about the links that it made. Only on Coffer's server.
#[must_use]
pub fn of_links() -> Endpoint {
    Endpoint::new("/api/v1/shared-secrets/webhooks")
}

/// `PATCH` ([`WebhookPatch`]) or `DELETE` → [`WebhookAnswer`] `/api/v1/shared-secrets/webhooks/:id`
#[must_use]
pub fn one_of_links(id: &WebhookId) -> Endpoint {
    of_links().part(id)
}

/// `POST` → [`WebhookAnswer`] `/api/v1/shared-secrets/webhooks/:id/test`
#[must_use]
pub fn test_of_links(id: &WebhookId) -> Endpoint {
    one_of_links(id).then("/test")
}

/// Who reads what is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookKind {
    /// A program.
    #[default]
    General,
    /// A channel of Microsoft Teams.
    MicrosoftTeams,
    /// A channel of Slack, or of what takes the same, such as Mattermost.
    Slack,
}

impl WebhookKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::General, Self::MicrosoftTeams, Self::Slack];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::MicrosoftTeams => "microsoft-teams",
            Self::Slack => "slack",
        }
    }

    /// Reads the API's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum WebhookEvent {
    /// Somebody asks for access. Only on Coffer's server.
    #[serde(rename = "access.requested")]
    AccessRequested,
    /// A request for a secret was answered. Only on Coffer's server.
    #[serde(rename = "request.answered")]
    RequestAnswered,
    /// The time of a request for a secret is over, answered or not. Only on Coffer's server.
    #[serde(rename = "request.expired")]
    RequestExpired,
    /// A rotation failed: there are none on Coffer's server.
    #[serde(rename = "secrets.rotation-failed")]
    RotationFailed,
    /// Secrets of a folder were made, changed or deleted.
    #[serde(rename = "secrets.modified")]
    SecretsModified,
    /// A share was destroyed by who could open it. Only on Coffer's server.
    #[serde(rename = "share.destroyed")]
    ShareDestroyed,
    /// The time of a share is over, opened or not. Only on Coffer's server.
    #[serde(rename = "share.expired")]
    ShareExpired,
    /// A share was opened. Only on Coffer's server.
    #[serde(rename = "share.viewed")]
    ShareViewed,
    /// Somebody tries whether it works.
    #[serde(rename = "test")]
    Test,
}

impl WebhookEvent {
    /// What Coffer's server tells beyond the compatible API.
    pub const BEYOND: [Self; 6] = [
        Self::AccessRequested,
        Self::RequestAnswered,
        Self::RequestExpired,
        Self::ShareDestroyed,
        Self::ShareExpired,
        Self::ShareViewed,
    ];
    /// What a webhook of a project may be about.
    pub const OF_PROJECTS: [Self; 3] = [Self::SecretsModified, Self::RotationFailed, Self::AccessRequested];
    /// What a webhook of an account may be about.
    pub const OF_LINKS: [Self; 5] = [
        Self::ShareViewed,
        Self::ShareExpired,
        Self::ShareDestroyed,
        Self::RequestAnswered,
        Self::RequestExpired,
    ];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessRequested => "access.requested",
            Self::RequestAnswered => "request.answered",
            Self::RequestExpired => "request.expired",
            Self::RotationFailed => "secrets.rotation-failed",
            Self::SecretsModified => "secrets.modified",
            Self::ShareDestroyed => "share.destroyed",
            Self::ShareExpired => "share.expired",
            Self::ShareViewed => "share.viewed",
            Self::Test => "test",
        }
    }

    /// Reads the API's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::OF_PROJECTS
            .into_iter()
            .chain(Self::OF_LINKS)
            .find(|event| event.as_str() == word)
    }
}

/// Body of `POST` on [`all`]; on [`of_links`] without the first three fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The environment's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The folder, or a pattern over folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
    /// Who reads it.
    #[serde(rename = "type")]
    pub kind: WebhookKind,
    /// The address.
    pub webhook_url: String,
    /// What signs, if the receiver is to check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret_key: Option<String>,
    /// What is told; everything if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events_filter: Vec<EventName>,
}

/// Body of `PATCH` on [`one`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookPatch {
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_disabled: Option<bool>,
    /// What is told; everything if empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_filter: Option<Vec<EventName>>,
}

/// One event of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventName {
    /// A [`WebhookEvent`], or one that only another server knows.
    pub event_name: String,
}

/// Answer that is about one webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// The webhook.
    pub webhook: Webhook,
}

/// Answer of `GET` on [`all`] and [`of_links`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhooksAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// Oldest first.
    pub webhooks: Vec<Webhook>,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// The webhook.
    pub id: WebhookId,
    /// The folder, or a pattern over folders; absent for those of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
    /// `success` or `failed`.
    #[serde(default)]
    pub last_status: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub last_run_error_message: Option<String>,
    /// Whether it rests.
    pub is_disabled: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The environment; absent for those of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_id: Option<EnvironmentId>,
    /// Who reads it: [`WebhookKind`].
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// The project; absent for those of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The environment; absent for those of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<WebhookEnvironment>,
    /// What is told; everything if empty.
    #[serde(default)]
    pub events_filter: Vec<EventName>,
    /// The address; only in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What only Coffer's server says.
    #[serde(flatten)]
    pub tally: Option<WebhookTally>,
}

/// What only Coffer's server says of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookTally {
    /// When it was tried last.
    pub last_run_at: Option<Timestamp>,
    /// How much waits to be told.
    pub waiting: u32,
    /// Whether what is told is signed.
    pub is_signed: bool,
}

/// The environment of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEnvironment {
    /// The environment.
    pub id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in WebhookKind::ALL {
            assert_eq!(WebhookKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for event in WebhookEvent::OF_PROJECTS
            .into_iter()
            .chain(WebhookEvent::OF_LINKS)
        {
            assert_eq!(WebhookEvent::parse(event.as_str()), Some(event));
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        }
        assert_eq!(WebhookEvent::parse("test"), None, "nobody is told only of tries");
    }
}
