//! Webhooks, and what is still to be told to them.

use coffer_wire::id::{OrganizationId, ProjectId, UserId, WebhookId};
use coffer_wire::webhook::{WebhookEvent, WebhookKind};

use crate::StoreError;
use crate::model::{Delivery, Webhook};

/// Webhooks. What they are told of is queued in the transaction in which it happens.
#[async_trait::async_trait]
pub trait Webhooks: Send + Sync {
    /// Makes a webhook; `WebhooksFull` if its project, or its account, has [`MOST_WEBHOOKS`] already.
    async fn create_webhook(&self, new: NewWebhook, now: u64) -> Result<Webhook, StoreError>;

    /// The webhooks of a project, oldest first.
    async fn webhooks_of_project(&self, project: &ProjectId) -> Result<Vec<Webhook>, StoreError>;

    /// The webhooks of an account in an organisation, oldest first.
    async fn webhooks_of_account(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<Vec<Webhook>, StoreError>;

    /// A webhook.
    async fn webhook(&self, id: &WebhookId) -> Result<Option<Webhook>, StoreError>;

    /// Changes a webhook. What waits for one that is to rest is forgotten.
    async fn change_webhook(
        &self,
        id: &WebhookId,
        change: WebhookChange,
        now: u64,
    ) -> Result<Webhook, StoreError>;

    /// Deletes a webhook with what waits for it.
    async fn delete_webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError>;

    /// Takes what is due, to be told now: at most one thing of each owner that is not busy. Each is due again after the
    /// pause of its try, unless [`Webhooks::told`] says before that it is done.
    async fn take_deliveries(
        &self,
        busy: &[String],
        most: usize,
        now: u64,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Notes how it went to tell a webhook something; after success or the last try it is forgotten.
    async fn told(&self, delivery: &str, outcome: Outcome<'_>, now: u64) -> Result<(), StoreError>;

    /// Notes how it went to try a webhook out.
    async fn tried(&self, id: &WebhookId, outcome: Outcome<'_>, now: u64) -> Result<Webhook, StoreError>;
}

/// How it went: the error is a sentence for whoever made the webhook.
pub type Outcome<'a> = Result<(), &'a str>;

/// A webhook that is to be.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// What it is about.
    pub about: About,
    /// Who reads it.
    pub kind: WebhookKind,
    /// The address.
    pub url: String,
    /// What signs.
    pub secret: Option<String>,
    /// What is told; everything if empty.
    pub events: Vec<WebhookEvent>,
}

/// What a webhook is about.
#[derive(Clone, Debug)]
pub enum About {
    /// The links of an account.
    Account {
        /// Whose.
        user: UserId,
        /// In which organisation.
        organization: OrganizationId,
    },
    /// An environment.
    Environment {
        /// The project.
        project: ProjectId,
        /// Its slug.
        environment: String,
        /// The folder, or a pattern over folders.
        path: String,
    },
}

/// What is to be different about a webhook.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Whether it rests.
    pub is_disabled: Option<bool>,
    /// What is told; everything if empty.
    pub events: Option<Vec<WebhookEvent>>,
}

/// How many webhooks one project, or one account, has at most.
pub const MOST_WEBHOOKS: u64 = 20;
/// How much waits for one webhook at most; what comes then is lost, and it says so.
pub const MOST_WAITING: u64 = 500;
/// How often it is tried to tell something.
pub const MOST_TRIES: u64 = 8;
/// How long after a try the next one comes, in milliseconds: the last about a day after the first.
pub const PAUSES: [u64; MOST_TRIES as usize - 1] = [
    15_000, 60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 54_000_000,
];
/// How long news that may come many times at once waits to be told together, in milliseconds.
pub const GATHERED: u64 = 3_000;
