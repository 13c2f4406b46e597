//! Webhooks: a chat or program that the server tells of requests for access, or of what becomes of one's own links.
//!
//! The server tells that something happened and where to look at it. What it is told here is the server's word, and
//! nothing that anybody decides by.

use crate::{Device, Error, Project, ProjectId, Transport, Vault};
use coffer_core::layout;
use coffer_wire::Endpoint;
use coffer_wire::webhook::{self, EventName, NewWebhook, WebhookEvent};
pub use coffer_wire::{id::WebhookId, webhook::WebhookKind};
use zeroize::Zeroizing;

/// The webhooks of a project's requests, or of an account's links.
pub struct Webhooks<T, D> {
    vault: Vault<T, D>,
    /// The project; one's own links if absent.
    project: Option<ProjectId>,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Names it.
    pub id: WebhookId,
    /// Who reads what is told; `None` for a kind that this version does not know.
    pub kind: Option<WebhookKind>,
    /// The address, which for a chat is often all that it takes to write there. Not there while it has just been made or
    /// changed: only lists have it.
    pub url: Option<String>,
    /// It is told nothing for now.
    pub rests: bool,
    /// How the last try went.
    pub last: LastTry,
    /// How much waits to be told.
    pub waiting: u32,
}

/// How the last try to reach a webhook went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastTry {
    /// It did not answer as it should.
    Failed {
        /// When, in milliseconds, where the server says so.
        at: Option<u64>,
        /// What went wrong, in the server's words.
        why: String,
    },
    /// There was none.
    None,
    /// It was told.
    Reached {
        /// When, in milliseconds, where the server says so.
        at: Option<u64>,
    },
}

/// A webhook that is to be.
#[derive(Clone, Debug)]
pub struct WebhookDraft {
    /// Who reads what is told.
    pub kind: WebhookKind,
    /// The address.
    pub url: String,
    /// The server signs what it tells, so that a program can check that it is this server.
    pub signed: bool,
}

/// A webhook that was made.
#[derive(Clone, Debug)]
pub struct CreatedWebhook {
    /// The webhook.
    pub id: WebhookId,
    /// What the receiver checks signatures with. It is shown once: the server keeps it, and does not tell it again.
    pub secret: Option<Zeroizing<String>>,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// What is told of this project's requests for access.
    pub fn webhooks(&self) -> Webhooks<T, D> {
        Webhooks {
            vault: self.vault.clone(),
            project: Some(self.cell.id.clone()),
        }
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// What is told of this account's links.
    pub fn link_webhooks(&self) -> Webhooks<T, D> {
        Webhooks {
            vault: self.clone(),
            project: None,
        }
    }
}

impl<T, D> Clone for Webhooks<T, D> {
    fn clone(&self) -> Self {
        Self {
            vault: self.vault.clone(),
            project: self.project.clone(),
        }
    }
}

impl<T: Transport, D: Device> Webhooks<T, D> {
    /// All of them; `None` where the server has none of this kind.
    pub async fn list(&self) -> Result<Option<Vec<Webhook>>, Error> {
        self.vault.unlocked()?;
        let session = &self.vault.inner.session;
        let found = match &self.project {
            Some(project) => session.list_webhooks(project).await?,
            None if self.tells(WebhookEvent::ShareViewed).await? => Some(session.list_link_webhooks().await?),
            None => None,
        };
        Ok(found.map(|found| {
            found
                .into_iter()
                .filter(|webhook| self.project.is_none() || is_of_requests(webhook))
                .map(opened)
                .collect()
        }))
    }

    /// Makes one.
    pub async fn add(&self, draft: WebhookDraft) -> Result<CreatedWebhook, Error> {
        self.vault.unlocked()?;
        let secret = draft.signed.then(|| {
            let mut bytes = Zeroizing::new([0; 32]);
            self.vault.device().fill(&mut *bytes);
            let mut text = Zeroizing::new(String::with_capacity(64));
            for byte in *bytes {
                text.extend([byte >> 4, byte & 15].map(|half| char::from(HEX[usize::from(half)])));
            }
            text
        });
        let mut new = NewWebhook {
            kind: draft.kind,
            webhook_url: draft.url.trim().to_owned(),
            webhook_secret_key: secret.as_ref().map(|secret| secret.to_string()),
            ..NewWebhook::default()
        };
        if let Some(project) = &self.project {
            // Another server tells of every row in the inbox: more often, and of no less.
            let event = match self.tells(WebhookEvent::AccessRequested).await? {
                true => WebhookEvent::AccessRequested,
                false => WebhookEvent::SecretsModified,
            };
            new.project_id = Some(project.clone());
            new.environment = Some(layout::HOME_ENVIRONMENT.to_owned());
            new.secret_path = Some(layout::INBOX.to_owned());
            new.events_filter = vec![EventName {
                event_name: event.as_str().to_owned(),
            }];
        } else if !self.tells(WebhookEvent::ShareViewed).await? {
            return Err(Error::Unsupported {
                what: "telling others of links",
            });
        }
        let at = match self.project {
            Some(_) => webhook::all(),
            None => webhook::of_links(),
        };
        let made = self.vault.inner.session.create_webhook(at, &new).await?;
        Ok(CreatedWebhook { id: made.id, secret })
    }

    /// Tells it nothing for now, or something again.
    pub async fn rest(&self, id: &WebhookId, rests: bool) -> Result<(), Error> {
        self.vault.unlocked()?;
        self.vault.inner.session.rest_webhook(self.one(id), rests).await?;
        Ok(())
    }

    /// Has the server try it out, and says how that went.
    pub async fn test(&self, id: &WebhookId) -> Result<LastTry, Error> {
        self.vault.unlocked()?;
        let at = match self.project {
            Some(_) => webhook::test(id),
            None => webhook::test_of_links(id),
        };
        let tried = self.vault.inner.session.test_webhook(at).await?;
        Ok(opened(tried).last)
    }

    /// Deletes it.
    pub async fn delete(&self, id: &WebhookId) -> Result<(), Error> {
        self.vault.unlocked()?;
        self.vault.inner.session.delete_webhook(self.one(id)).await
    }

    fn one(&self, id: &WebhookId) -> Endpoint {
        match self.project {
            Some(_) => webhook::one(id),
            None => webhook::one_of_links(id),
        }
    }

    async fn tells(&self, event: WebhookEvent) -> Result<bool, Error> {
        let status = self.vault.inner.session.status().await?;
        Ok(status.webhook_events.contains(&event))
    }
}

/// Whether it is about the place where requests lie: a project may have others, of which nothing is known here.
fn is_of_requests(webhook: &webhook::Webhook) -> bool {
    let environment = webhook.environment.as_ref();
    environment.is_some_and(|environment| environment.slug == layout::HOME_ENVIRONMENT)
}

fn opened(webhook: webhook::Webhook) -> Webhook {
    let at = webhook
        .tally
        .as_ref()
        .and_then(|tally| tally.last_run_at.as_ref()?.to_millis());
    let last = match webhook.last_status.as_deref() {
        None => LastTry::None,
        Some("success") => LastTry::Reached { at },
        Some(_) => LastTry::Failed {
            at,
            why: webhook.last_run_error_message.unwrap_or_default(),
        },
    };
    Webhook {
        id: webhook.id,
        kind: webhook.kind.as_deref().and_then(WebhookKind::parse),
        url: webhook.url,
        rests: webhook.is_disabled,
        last,
        waiting: webhook.tally.map_or(0, |tally| tally.waiting),
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;
    use coffer_core::layout::{AboutRequest, request_row_name};
    use coffer_wire::reserved;

    #[test]
    fn a_server_knows_a_request_in_the_inbox_by_its_place_and_name() {
        assert_eq!(reserved::ROOT, layout::ROOT);
        assert_eq!(reserved::ENVIRONMENT, layout::HOME_ENVIRONMENT);
        assert_eq!(reserved::INBOX, layout::INBOX);
        let id = "0123456789abcdef0123456789abcdef"
            .parse()
            .unwrap_or_else(|_| panic!());
        for (what, asks) in [
            (AboutRequest::Request, true),
            (AboutRequest::Message, false),
            (AboutRequest::Grant, false),
            (AboutRequest::Proposal, false),
        ] {
            let name = request_row_name(what, &id, [1; 4]);
            assert_eq!(reserved::is_request(&name), asks, "{name}");
        }
    }
}
