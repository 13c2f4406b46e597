//! What a webhook is told: that something happened, where, and where to look at it. Never a name of a secret, a value, a
//! reason or a title, and nothing that decides: a link leads to the page, and who follows it has to be signed in.

use coffer_store::StoreError;
use coffer_store::model::{Delivery, News, Webhook, WebhookScope};
use coffer_wire::id::{IdentityId, ShareId, UserId};
use coffer_wire::webhook::{WebhookEvent, WebhookKind};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::app::App;

/// A message that is not dressed yet for whoever reads it.
pub struct Message {
    id: String,
    event: WebhookEvent,
    /// In a sentence.
    sentence: &'static str,
    /// What a person is told beside the sentence.
    facts: Vec<(&'static str, String)>,
    /// What a program is told.
    fields: Map<String, Value>,
    link: Option<String>,
}

/// What is sent.
pub struct Letter {
    /// Names the delivery, the same each time it is tried.
    pub id: String,
    /// What the receiver can check, if there is a secret for it.
    pub signature: Option<String>,
    /// JSON.
    pub body: Vec<u8>,
}

impl Message {
    /// What there is to say.
    pub async fn of(app: &App, delivery: &Delivery) -> Result<Self, StoreError> {
        let Delivery { id, webhook, news } = delivery;
        let mut message = Self::about(id.clone(), news.event(), webhook);
        match news {
            News::AccessRequested { environment } => {
                message.look_at(app, &requests(webhook));
                if let WebhookScope::Environment { slug, .. } = &webhook.scope {
                    // Of its own requests a server does not know the environment: they are all in one place.
                    if environment != slug {
                        message.project_field("environment", json!(environment));
                    }
                }
            }
            News::RequestAnswered { request, answers, at } => message.request(app, request, *answers, *at),
            News::RequestExpired { request, answers, at } => {
                message.request(app, request, *answers, *at);
                match answers {
                    0 => message.sentence = "A request of yours for a secret ended before anybody answered.",
                    _ => message.facts.push(("Answers", answers.to_string())),
                }
            }
            News::SecretsModified { path, kind, by } => {
                let name = name(app, kind, by).await?;
                message.project_field("secretPath", json!(path));
                message.project_field("changedBy", json!(name));
                message.project_field("changedByActorType", json!(kind));
                message.facts.push(("Folder", path.clone()));
                message.facts.extend(name.map(|name| ("Changed by", name)));
            }
            News::ShareDestroyed { share, at } => message.share(app, share, json!({ "at": at })),
            News::ShareExpired { share, opened, at } => {
                message.share(app, share, json!({ "opened": opened, "at": at }));
                match opened {
                    0 => message.sentence = "A link of yours ended before anybody opened it.",
                    _ => message.facts.push(("Opened", opened.to_string())),
                }
            }
            News::ShareViewed {
                share,
                left,
                opened,
                at,
            } => {
                message.share(
                    app,
                    share,
                    json!({ "viewsLeft": left, "opened": opened, "at": at }),
                );
                let left = left.map(|left| ("Views left", left.to_string()));
                message.facts.extend(left);
            }
        }
        Ok(message)
    }

    /// That somebody tries whether it works.
    pub fn trial(app: &App, webhook: &Webhook) -> Self {
        Self::about(app.id(), WebhookEvent::Test, webhook)
    }

    /// What is to be sent to this webhook now. The time is new each time it is tried, and signed with the rest.
    pub fn letter(self, webhook: &Webhook, now: u64) -> Letter {
        let mut body = match webhook.kind {
            WebhookKind::General => self.for_programs(),
            WebhookKind::MicrosoftTeams => self.for_teams(),
            WebhookKind::Slack => self.for_slack(),
        };
        body["timestamp"] = json!(now);
        let body = body.to_string().into_bytes();
        let signature = webhook.secret.as_ref().map(|secret| sign(secret, now, &body));
        Letter {
            id: self.id,
            signature,
            body,
        }
    }

    fn about(id: String, event: WebhookEvent, webhook: &Webhook) -> Self {
        let mut fields = Map::new();
        let mut facts = Vec::new();
        if let WebhookScope::Environment {
            project,
            project_name,
            name,
            slug,
            path,
            ..
        } = &webhook.scope
        {
            facts.push(("Project", project_name.clone()));
            let mut about = json!({
                "workspaceId": project, "projectId": project, "projectName": project_name,
                "environment": slug, "environmentName": name,
            });
            match event {
                WebhookEvent::AccessRequested => {}
                WebhookEvent::Test => about["secretPath"] = json!(path),
                _ => facts.push(("Environment", name.clone())),
            }
            fields.insert("project".to_owned(), about);
        }
        Self {
            id,
            event,
            sentence: sentence(event),
            facts,
            fields,
            link: None,
        }
    }

    fn project_field(&mut self, key: &str, value: Value) {
        if let Some(project) = self.fields.get_mut("project") {
            project[key] = value;
        }
    }

    /// A share. Not by its id, with which anybody could open or destroy it: by the id's SHA-256.
    fn share(&mut self, app: &App, share: &ShareId, mut about: Value) {
        self.look_at(app, "/shares");
        about["idHash"] = json!(hex(&Sha256::digest(share.as_str())));
        self.fields.insert("share".to_owned(), about);
    }

    /// A request for a secret, by its id: who has that can answer, and read nothing.
    fn request(&mut self, app: &App, request: &ShareId, answers: u64, at: u64) {
        self.look_at(app, &format!("/shares/asked/{request}"));
        let about = json!({ "id": request, "answers": answers, "at": at });
        self.fields.insert("request".to_owned(), about);
    }

    /// Links to a page: only if whoever runs the server has said where it is, since what a request says could be a lie.
    fn look_at(&mut self, app: &App, page: &str) {
        let site = app.config().site_url.as_deref();
        self.link = site.map(|site| format!("{}{page}", site.trim_end_matches('/')));
    }

    fn for_programs(&self) -> Value {
        let mut body = json!({ "event": self.event.as_str(), "id": self.id });
        for (key, value) in &self.fields {
            body[key] = value.clone();
        }
        if let Some(link) = &self.link {
            body["link"] = json!(link);
        }
        body
    }

    fn for_slack(&self) -> Value {
        let text = match &self.link {
            Some(link) => format!("{} {link}", self.sentence),
            None => self.sentence.to_owned(),
        };
        let fields: Vec<_> = self
            .facts
            .iter()
            .map(|(title, value)| json!({ "title": title, "value": for_slack(value), "short": true }))
            .collect();
        json!({ "text": text, "attachments": [{ "fields": fields }] })
    }

    fn for_teams(&self) -> Value {
        let facts: Vec<_> = self
            .facts
            .iter()
            .map(|(title, value)| json!({ "title": title, "value": for_markdown(value) }))
            .collect();
        let actions: Vec<_> = self
            .link
            .iter()
            .map(|link| json!({ "type": "Action.OpenUrl", "title": "Look at it in Coffer", "url": link }))
            .collect();
        json!({ "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null,
            "content": {
                "type": "AdaptiveCard", "version": "1.2", "actions": actions,
                "body": [
                    { "type": "TextBlock", "text": self.sentence, "weight": "Bolder", "wrap": true },
                    { "type": "FactSet", "facts": facts },
                ],
            },
        }]})
    }
}

fn sentence(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::AccessRequested => "Somebody asks for access.",
        WebhookEvent::RequestAnswered => "A secret that you asked for has come.",
        WebhookEvent::RequestExpired => "A request of yours for a secret has ended.",
        WebhookEvent::SecretsModified => "Secrets were changed.",
        WebhookEvent::ShareDestroyed => "A link of yours was destroyed by its recipient.",
        WebhookEvent::ShareExpired => "A link of yours has ended.",
        WebhookEvent::ShareViewed => "A link of yours was opened.",
        _ => "Coffer can reach this channel.",
    }
}

/// The page of a project's requests, as the app knows it.
fn requests(webhook: &Webhook) -> String {
    match &webhook.scope {
        WebhookScope::Environment { project, .. } => format!("/p/{project}/requests"),
        WebhookScope::Account { .. } => "/".to_owned(),
    }
}

/// What somebody is called.
async fn name(app: &App, kind: &str, id: &str) -> Result<Option<String>, StoreError> {
    Ok(if kind == "user" {
        let found = app.store().account(&UserId::new(id)).await?;
        found.map(|account| account.email)
    } else {
        let found = app.store().identity(&IdentityId::new(id)).await?;
        found.map(|identity| identity.name)
    })
}

/// `t=<time>;<hex>`: HMAC-SHA256 over the body, which has the same time in it.
fn sign(secret: &str, now: u64, body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length fits");
    mac.update(body);
    format!("t={now};{}", hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What somebody called a project is no markup, mention or link in a chat.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The same for Markdown.
fn for_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '/' | '-' | '.' | '@') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_a_receiver_computes() {
        // Of RFC 4231, the second case.
        assert_eq!(
            sign("Jefe", 7, b"what do ya want for nothing?"),
            "t=7;5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_name_is_no_markup_in_a_chat() {
        assert_eq!(
            for_slack("<!channel> & <https://evil.example|x>"),
            "&lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;"
        );
        assert_eq!(for_markdown("[x](y) a-b/c"), "\\[x\\]\\(y\\) a-b/c");
    }
}
