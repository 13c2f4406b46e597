//! Webhooks: of projects on every server, of one's own links on Coffer's.

use super::Session;
use crate::{Device, Error, Transport};
use coffer_wire::Endpoint;
use coffer_wire::id::ProjectId;
use coffer_wire::webhook::{self, NewWebhook, Webhook, WebhookAnswer, WebhookPatch, WebhooksAnswer};
use serde_json::json;

impl<T: Transport, D: Device> Session<T, D> {
    /// The webhooks of a project; `None` where the server knows no such thing.
    pub(crate) async fn list_webhooks(&self, project: &ProjectId) -> Result<Option<Vec<Webhook>>, Error> {
        match self.get::<WebhooksAnswer>(webhook::of_project(project)).await {
            Ok(answer) => Ok(Some(answer.webhooks)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The webhooks of this account's links, on a server that has them.
    pub(crate) async fn list_link_webhooks(&self) -> Result<Vec<Webhook>, Error> {
        let answer: WebhooksAnswer = self.get(webhook::of_links()).await?;
        Ok(answer.webhooks)
    }

    /// Makes a webhook of either kind.
    pub(crate) async fn create_webhook(&self, at: Endpoint, new: &NewWebhook) -> Result<Webhook, Error> {
        let answer: WebhookAnswer = self.post(at, json!(new)).await?;
        Ok(answer.webhook)
    }

    /// Lets a webhook rest, or not any more.
    pub(crate) async fn rest_webhook(&self, at: Endpoint, rests: bool) -> Result<Webhook, Error> {
        let patch = WebhookPatch {
            is_disabled: Some(rests),
            events_filter: None,
        };
        let answer: WebhookAnswer = self.patch(at, json!(patch)).await?;
        Ok(answer.webhook)
    }

    /// Has the server try a webhook out; how that went stands in the answer.
    pub(crate) async fn test_webhook(&self, at: Endpoint) -> Result<Webhook, Error> {
        let answer: WebhookAnswer = self.post(at, json!({})).await?;
        Ok(answer.webhook)
    }

    /// Deletes a webhook; an absent one is fine.
    pub(crate) async fn delete_webhook(&self, at: Endpoint) -> Result<(), Error> {
        match self.delete::<WebhookAnswer>(at, None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
