//! Webhooks: of projects as the compatible API has them, and of one's own links.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{patch, post};
use coffer_store::model::{Role, Webhook, WebhookScope};
use coffer_store::webhooks::{About, NewWebhook, WebhookChange};
use coffer_store::{StoreError, Thing};
use coffer_wire::id::{ProjectId, WebhookId};
use coffer_wire::webhook::{
    EventName, Webhook as WireWebhook, WebhookAnswer, WebhookEnvironment, WebhookEvent, WebhookKind,
    WebhookTally, WebhooksAnswer,
};

use super::{MAX_NAME, MAX_PATH, count, pattern, tidy_path, time};
use crate::app::App;
use crate::auth::Person;
use crate::error::Error;
use crate::input::{Body, Fields, Params};
use crate::limit::Rule;
use crate::reply::{Json, Reply};
use crate::webhooks::try_out;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/webhooks", post(create).get(list))
        .route("/api/v1/webhooks/{id}", patch(update).delete(delete))
        .route("/api/v1/webhooks/{id}/test", post(test))
        .route(
            "/api/v1/shared-secrets/webhooks",
            post(create_of_links).get(list_of_links),
        )
        .route(
            "/api/v1/shared-secrets/webhooks/{id}",
            patch(update_of_links).delete(delete_of_links),
        )
        .route("/api/v1/shared-secrets/webhooks/{id}/test", post(test_of_links))
}

/// `POST /api/v1/webhooks`
async fn create(State(app): State<App>, person: Person, body: Body) -> Reply<WebhookAnswer> {
    let (about, project, draft) = body.read(|fields| {
        let project = ProjectId::new(fields.text("projectId", 1..=MAX_NAME));
        let about = About::Environment {
            project: project.clone(),
            environment: fields.text("environment", 1..=MAX_NAME),
            path: read_path(fields).unwrap_or_else(|| "/".to_owned()),
        };
        (about, project, Draft::read(fields, &WebhookEvent::OF_PROJECTS))
    })?;
    administers(&app, &person, &project).await?;
    make(&app, &person, about, draft).await
}

/// `GET /api/v1/webhooks`
async fn list(State(app): State<App>, person: Person, params: Params) -> Reply<WebhooksAnswer> {
    let (project, environment, path) = params.read(|fields| {
        (
            ProjectId::new(fields.text("projectId", 1..=MAX_NAME)),
            fields.maybe_text("environment", 0..=MAX_NAME),
            fields.maybe_text("secretPath", 0..=MAX_PATH),
        )
    })?;
    administers(&app, &person, &project).await?;
    let path = path.map(|path| tidy_path(&path));
    let mut found = app.store().webhooks_of_project(&project).await?;
    found.retain(|webhook| match &webhook.scope {
        WebhookScope::Environment { slug, path: of, .. } => {
            environment.as_ref().is_none_or(|wanted| wanted == slug)
                && path.as_ref().is_none_or(|wanted| wanted == of)
        }
        WebhookScope::Account { .. } => false,
    });
    listed(found)
}

/// `PATCH /api/v1/webhooks/:id`
async fn update(
    State(app): State<App>,
    person: Person,
    Path(id): Path<WebhookId>,
    body: Body,
) -> Reply<WebhookAnswer> {
    find(&app, &person, &id).await?;
    change(&app, &id, &body, &WebhookEvent::OF_PROJECTS).await
}

/// `DELETE /api/v1/webhooks/:id`
async fn delete(State(app): State<App>, person: Person, Path(id): Path<WebhookId>) -> Reply<WebhookAnswer> {
    find(&app, &person, &id).await?;
    remove(&app, &id).await
}

/// `POST /api/v1/webhooks/:id/test`
async fn test(State(app): State<App>, person: Person, Path(id): Path<WebhookId>) -> Reply<WebhookAnswer> {
    let found = find(&app, &person, &id).await?;
    tried(&app, &person, &found).await
}

/// `POST /api/v1/shared-secrets/webhooks`
async fn create_of_links(State(app): State<App>, person: Person, body: Body) -> Reply<WebhookAnswer> {
    let draft = body.read(|fields| Draft::read(fields, &WebhookEvent::OF_LINKS))?;
    let about = About::Account {
        user: person.user.clone(),
        organization: person.caller.organization.clone(),
    };
    make(&app, &person, about, draft).await
}

/// `GET /api/v1/shared-secrets/webhooks`
async fn list_of_links(State(app): State<App>, person: Person) -> Reply<WebhooksAnswer> {
    let organization = &person.caller.organization;
    listed(
        app.store()
            .webhooks_of_account(&person.user, organization)
            .await?,
    )
}

/// `PATCH /api/v1/shared-secrets/webhooks/:id`
async fn update_of_links(
    State(app): State<App>,
    person: Person,
    Path(id): Path<WebhookId>,
    body: Body,
) -> Reply<WebhookAnswer> {
    find_own(&app, &person, &id).await?;
    change(&app, &id, &body, &WebhookEvent::OF_LINKS).await
}

/// `DELETE /api/v1/shared-secrets/webhooks/:id`
async fn delete_of_links(
    State(app): State<App>,
    person: Person,
    Path(id): Path<WebhookId>,
) -> Reply<WebhookAnswer> {
    find_own(&app, &person, &id).await?;
    remove(&app, &id).await
}

/// `POST /api/v1/shared-secrets/webhooks/:id/test`
async fn test_of_links(
    State(app): State<App>,
    person: Person,
    Path(id): Path<WebhookId>,
) -> Reply<WebhookAnswer> {
    let found = find_own(&app, &person, &id).await?;
    tried(&app, &person, &found).await
}

/// A webhook as somebody wants it.
struct Draft {
    kind: WebhookKind,
    url: String,
    secret: Option<String>,
    events: Vec<WebhookEvent>,
}

impl Draft {
    fn read(fields: &Fields<'_>, known: &[WebhookEvent]) -> Self {
        let url = fields.text("webhookUrl", 1..=MAX_URL).trim().to_owned();
        if !url.is_empty() && url.parse::<http::Uri>().map_or(true, |url| url.host().is_none()) {
            fields.wrong("webhookUrl", "invalid_string", "Invalid url");
        }
        let secret = fields.maybe_text("webhookSecretKey", 0..=MAX_NAME);
        Self {
            kind: fields
                .choice("type", &WebhookKind::ALL.map(WebhookKind::as_str))
                .and_then(WebhookKind::parse)
                .unwrap_or_default(),
            url,
            secret: secret
                .map(|secret| secret.trim().to_owned())
                .filter(|secret| !secret.is_empty()),
            events: read_events(fields, known).unwrap_or_default(),
        }
    }
}

fn read_events(fields: &Fields<'_>, known: &[WebhookEvent]) -> Option<Vec<WebhookEvent>> {
    let words: Vec<_> = known.iter().map(|event| event.as_str()).collect();
    let events = fields.objects("eventsFilter", |item| {
        let event = item.choice("eventName", &words);
        if event.is_none() && !item.has("eventName") {
            item.wrong("eventName", "invalid_type", "Required");
        }
        event.and_then(WebhookEvent::parse)
    })?;
    let mut events: Vec<_> = events.into_iter().flatten().collect();
    events.sort_unstable_by_key(|event| event.as_str());
    events.dedup();
    Some(events)
}

fn read_path(fields: &Fields<'_>) -> Option<String> {
    let path = fields.maybe_text("secretPath", 0..=MAX_PATH)?;
    Some(pattern(fields, &path))
}

async fn make(app: &App, person: &Person, about: About, draft: Draft) -> Reply<WebhookAnswer> {
    limit(app, person)?;
    let (poster, url) = (app.poster().clone(), draft.url.clone());
    let checked = tokio::task::spawn_blocking(move || poster.check(&url)).await;
    checked
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|why| Error::bad_request(format!("This webhook URL cannot be used: {why}")))?;
    let new = NewWebhook {
        about,
        kind: draft.kind,
        url: draft.url,
        secret: draft.secret,
        events: draft.events,
    };
    let made = app.store().create_webhook(new, app.now()).await?;
    answer("Successfully created webhook", made)
}

async fn change(app: &App, id: &WebhookId, body: &Body, known: &[WebhookEvent]) -> Reply<WebhookAnswer> {
    let change = body.read(|fields| {
        if !fields.has("isDisabled") && !fields.has("eventsFilter") {
            fields.wrong("isDisabled", "custom", "At least one field is required");
        }
        WebhookChange {
            is_disabled: fields.flag("isDisabled"),
            events: read_events(fields, known),
        }
    })?;
    let changed = app.store().change_webhook(id, change, app.now()).await?;
    answer("Successfully updated webhook", changed)
}

async fn remove(app: &App, id: &WebhookId) -> Reply<WebhookAnswer> {
    let gone = app.store().delete_webhook(id).await?;
    answer("Successfully deleted webhook", gone)
}

async fn tried(app: &App, person: &Person, webhook: &Webhook) -> Reply<WebhookAnswer> {
    limit(app, person)?;
    let tried = try_out(app, webhook).await?;
    answer("Successfully tested webhook", tried)
}

/// A webhook of a project that somebody administers: its address is often all that it takes to write into a chat.
async fn find(app: &App, person: &Person, id: &WebhookId) -> Result<Webhook, Error> {
    let found = app.store().webhook(id).await?.ok_or_else(|| missing(id))?;
    match &found.scope {
        WebhookScope::Environment { project, .. } => administers(app, person, project).await?,
        WebhookScope::Account { .. } => return Err(missing(id)),
    }
    Ok(found)
}

/// A webhook of somebody's own links.
async fn find_own(app: &App, person: &Person, id: &WebhookId) -> Result<Webhook, Error> {
    let found = app.store().webhook(id).await?.ok_or_else(|| missing(id))?;
    match &found.scope {
        WebhookScope::Account { user, organization }
            if *user == person.user && *organization == person.caller.organization =>
        {
            Ok(found)
        }
        _ => Err(missing(id)),
    }
}

async fn administers(app: &App, person: &Person, project: &ProjectId) -> Result<(), Error> {
    person.caller.in_project(app, project, Role::Admin, SUBJECT).await
}

fn limit(app: &App, person: &Person) -> Result<(), Error> {
    app.limiter().check(
        Rule::Webhooks,
        app.config().limits.webhooks,
        person.user.as_str(),
        app.now(),
    )
}

fn answer(message: &str, webhook: Webhook) -> Reply<WebhookAnswer> {
    Ok(Json(WebhookAnswer {
        message: message.to_owned(),
        webhook: wire(webhook),
    }))
}

fn listed(found: Vec<Webhook>) -> Reply<WebhooksAnswer> {
    let webhooks = found.into_iter().map(|webhook| WireWebhook {
        url: Some(webhook.url.clone()),
        ..wire(webhook)
    });
    Ok(Json(WebhooksAnswer {
        message: "Successfully fetched webhook".to_owned(),
        webhooks: webhooks.collect(),
    }))
}

fn wire(webhook: Webhook) -> WireWebhook {
    let (project_id, environment, secret_path) = match webhook.scope {
        WebhookScope::Account { .. } => (None, None, None),
        WebhookScope::Environment {
            project,
            environment: id,
            name,
            slug,
            path,
            ..
        } => (
            Some(project),
            Some(WebhookEnvironment { id, name, slug }),
            Some(path),
        ),
    };
    let last_status = webhook.last_run_at.map(|_| match webhook.last_error {
        None => "success".to_owned(),
        Some(_) => "failed".to_owned(),
    });
    WireWebhook {
        id: webhook.id,
        secret_path,
        last_status,
        last_run_error_message: webhook.last_error,
        is_disabled: webhook.is_disabled,
        created_at: time(webhook.created_at),
        updated_at: time(webhook.updated_at),
        env_id: environment.as_ref().map(|environment| environment.id.clone()),
        kind: Some(webhook.kind.as_str().to_owned()),
        project_id,
        environment,
        events_filter: webhook
            .events
            .iter()
            .map(|event| EventName {
                event_name: event.as_str().to_owned(),
            })
            .collect(),
        url: None,
        tally: Some(WebhookTally {
            last_run_at: webhook.last_run_at.map(time),
            waiting: count(webhook.waiting),
            is_signed: webhook.secret.is_some(),
        }),
    }
}

fn missing(id: &WebhookId) -> Error {
    StoreError::Missing(Thing::Webhook(id.to_string())).into()
}

const SUBJECT: &str = "webhooks";
/// Long enough for every address of a chat.
const MAX_URL: usize = 2_000;
