//! Webhooks in SQLite.

use coffer_wire::id::{EnvironmentId, OrganizationId, ProjectId, UserId, WebhookId};
use coffer_wire::reserved;
use coffer_wire::webhook::{WebhookEvent, WebhookKind};
use sqlx::sqlite::SqliteRow;

use super::requests::request;
use super::shares::share;
use super::{Connection, SqliteStore, get, int, maybe_number, number};
use crate::model::{Actor, Delivery, News, Place, Webhook, WebhookScope};
use crate::webhooks::{
    About, GATHERED, MOST_TRIES, MOST_WAITING, MOST_WEBHOOKS, NewWebhook, Outcome, PAUSES, WebhookChange,
    Webhooks,
};
use crate::{StoreError, Thing, glob};

#[async_trait::async_trait]
impl Webhooks for SqliteStore {
    async fn create_webhook(&self, new: NewWebhook, now: u64) -> Result<Webhook, StoreError> {
        let mut tx = self.begin().await?;
        let id = WebhookId::new(self.id());
        let (environment, path, user, organization, count) = match &new.about {
            About::Account { user, organization } => {
                let count = sqlx::query("SELECT count(*) AS held FROM webhooks WHERE user_id = ?")
                    .bind(user.as_str())
                    .fetch_one(&mut *tx)
                    .await?;
                (None, "/", Some(user.as_str()), Some(organization.as_str()), count)
            }
            About::Environment {
                project,
                environment,
                path,
            } => {
                let found = sqlx::query("SELECT id FROM environments WHERE project_id = ? AND slug = ?")
                    .bind(project.as_str())
                    .bind(environment)
                    .fetch_optional(&mut *tx)
                    .await?
                    .ok_or_else(|| StoreError::Missing(Thing::Environment(environment.clone())))?;
                let count = sqlx::query(HELD_BY_PROJECT)
                    .bind(project.as_str())
                    .fetch_one(&mut *tx)
                    .await?;
                (
                    Some(get::<String>(&found, "id")?),
                    path.as_str(),
                    None,
                    None,
                    count,
                )
            }
        };
        if number(&count, "held")? >= MOST_WEBHOOKS {
            return Err(StoreError::WebhooksFull);
        }
        sqlx::query(ADD)
            .bind(id.as_str())
            .bind(environment)
            .bind(path)
            .bind(user)
            .bind(organization)
            .bind(new.kind.as_str())
            .bind(&new.url)
            .bind(new.secret.as_deref().unwrap_or_default())
            .bind(words(&new.events))
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let made = known(&mut tx, &id).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn webhooks_of_project(&self, project: &ProjectId) -> Result<Vec<Webhook>, StoreError> {
        let rows = sqlx::query(OF_PROJECT)
            .bind(project.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(webhook).collect()
    }

    async fn webhooks_of_account(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<Vec<Webhook>, StoreError> {
        let rows = sqlx::query(OF_ACCOUNT)
            .bind(user.as_str())
            .bind(organization.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(webhook).collect()
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        by_id(&mut connection, id).await
    }

    async fn change_webhook(
        &self,
        id: &WebhookId,
        change: WebhookChange,
        now: u64,
    ) -> Result<Webhook, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(CHANGE)
            .bind(change.is_disabled)
            .bind(change.events.as_deref().map(words))
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        if change.is_disabled == Some(true) {
            sqlx::query("DELETE FROM webhook_deliveries WHERE webhook_id = ?")
                .bind(id.as_str())
                .execute(&mut *tx)
                .await?;
        }
        let changed = known(&mut tx, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError> {
        let mut tx = self.begin().await?;
        let gone = known(&mut tx, id).await?;
        sqlx::query("DELETE FROM webhooks WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn take_deliveries(
        &self,
        busy: &[String],
        most: usize,
        now: u64,
    ) -> Result<Vec<Delivery>, StoreError> {
        // Mostly there is nothing, and then the writer is left alone.
        let due = sqlx::query("SELECT 1 FROM webhook_deliveries WHERE due_at <= ? LIMIT 1")
            .bind(int(now))
            .fetch_optional(&self.readers)
            .await?;
        if due.is_none() || most == 0 {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let busy = serde_json::to_string(busy).map_err(|error| StoreError::Database(error.to_string()))?;
        let rows = sqlx::query(DUE)
            .bind(int(now))
            .bind(busy)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *tx)
            .await?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, tries) = (get::<String>(row, "delivery")?, number(row, "tries")?);
            let Ok(news) = serde_json::from_str(get(row, "news")?) else {
                // A newer version may have queued it. What cannot be read does not hold up the rest.
                sqlx::query("DELETE FROM webhook_deliveries WHERE id = ?")
                    .bind(&id)
                    .execute(&mut *tx)
                    .await?;
                note(&mut tx, get(row, "id")?, Some(UNREADABLE), now).await?;
                continue;
            };
            let pause = usize::try_from(tries).ok().and_then(|tries| PAUSES.get(tries));
            sqlx::query("UPDATE webhook_deliveries SET tries = tries + 1, due_at = ? WHERE id = ?")
                .bind(int(now + pause.copied().unwrap_or(LAST_PAUSE)))
                .bind(&id)
                .execute(&mut *tx)
                .await?;
            let webhook = webhook(row)?;
            taken.push(Delivery { id, webhook, news });
        }
        tx.commit().await?;
        Ok(taken)
    }

    async fn told(&self, delivery: &str, outcome: Outcome<'_>, now: u64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT webhook_id, tries FROM webhook_deliveries WHERE id = ?")
            .bind(delivery)
            .fetch_optional(&mut *tx)
            .await?;
        // The webhook may be gone meanwhile, or rest.
        let Some(row) = row else { return Ok(()) };
        let tries = number(&row, "tries")?;
        if outcome.is_ok() || tries >= MOST_TRIES {
            sqlx::query("DELETE FROM webhook_deliveries WHERE id = ?")
                .bind(delivery)
                .execute(&mut *tx)
                .await?;
        }
        let error = outcome.err().map(|why| match tries >= MOST_TRIES {
            true => format!("{why}; given up after {tries} tries"),
            false => why.to_owned(),
        });
        note(&mut tx, get(&row, "webhook_id")?, error.as_deref(), now).await?;
        Ok(tx.commit().await?)
    }

    async fn tried(&self, id: &WebhookId, outcome: Outcome<'_>, now: u64) -> Result<Webhook, StoreError> {
        let mut tx = self.begin().await?;
        note(&mut tx, id.as_str(), outcome.err(), now).await?;
        let found = known(&mut tx, id).await?;
        tx.commit().await?;
        Ok(found)
    }
}

impl SqliteStore {
    /// Queues that secrets of folders were written, and that there are new requests for access among them.
    pub(super) async fn tell_of_secrets(
        &self,
        tx: &mut Connection,
        place: &Place,
        written: &Written,
        actor: &Actor,
        now: u64,
    ) -> Result<(), StoreError> {
        let hooks = hooks_of_environment(tx, &place.project, &place.environment).await?;
        for path in &written.paths {
            let news = News::SecretsModified {
                path: path.clone(),
                kind: actor.kind().to_owned(),
                by: actor.id().to_owned(),
            };
            let hooks = hooks.iter().filter(|hook| hook.covers(path));
            self.queue(tx, hooks, &news, now).await?;
        }
        if written.asks && place.environment == reserved::ENVIRONMENT {
            self.tell_of_request(tx, &place.project, &place.environment, now)
                .await?;
        }
        Ok(())
    }

    /// Queues that somebody asks for access to an environment.
    pub(super) async fn tell_of_request(
        &self,
        tx: &mut Connection,
        project: &ProjectId,
        environment: &str,
        now: u64,
    ) -> Result<(), StoreError> {
        let mut hooks = hooks_of_environment(tx, project, environment).await?;
        if environment != reserved::ENVIRONMENT {
            hooks.extend(hooks_of_environment(tx, project, reserved::ENVIRONMENT).await?);
        }
        let news = News::AccessRequested {
            environment: environment.to_owned(),
        };
        self.queue(tx, hooks.iter(), &news, now).await
    }

    /// Queues something that happened to a link.
    pub(super) async fn tell_of_link(
        &self,
        tx: &mut Connection,
        creator: Option<&Actor>,
        organization: Option<&OrganizationId>,
        news: News,
        now: u64,
    ) -> Result<(), StoreError> {
        let (Some(user), Some(organization)) = (creator.and_then(Actor::person), organization) else {
            return Ok(());
        };
        let rows = sqlx::query(HOOKS_OF_ACCOUNT)
            .bind(user.as_str())
            .bind(organization.as_str())
            .fetch_all(&mut *tx)
            .await?;
        let hooks = rows.iter().map(hook).collect::<Result<Vec<_>, _>>()?;
        self.queue(tx, hooks.iter(), &news, now).await
    }

    /// Queues that the time of shares and of requests for a secret is over; called before the shares' values are erased.
    pub(super) async fn tell_of_expired(&self, tx: &mut Connection, now: u64) -> Result<(), StoreError> {
        let shares = sqlx::query(EXPIRED_SHARES)
            .bind(int(now))
            .fetch_all(&mut *tx)
            .await?;
        for share in shares.iter().map(share) {
            let share = share?;
            let news = News::ShareExpired {
                share: share.id,
                opened: share.opened,
                at: share.expires_at,
            };
            self.tell_of_link(tx, share.creator.as_ref(), share.organization.as_ref(), news, now)
                .await?;
        }
        let requests = sqlx::query(EXPIRED_REQUESTS)
            .bind(int(now))
            .fetch_all(&mut *tx)
            .await?;
        for request in requests.iter().map(request) {
            let request = request?;
            let news = News::RequestExpired {
                request: request.id,
                answers: request.answers,
                at: request.expires_at,
            };
            self.tell_of_link(tx, Some(&request.creator), Some(&request.organization), news, now)
                .await?;
        }
        sqlx::query("UPDATE secret_requests SET end_told = 1 WHERE expires_at <= ? AND end_told = 0")
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        Ok(())
    }

    async fn queue<'a>(
        &self,
        tx: &mut Connection,
        hooks: impl Iterator<Item = &'a Hook>,
        news: &News,
        now: u64,
    ) -> Result<(), StoreError> {
        let event = news.event();
        let text = serde_json::to_string(news).map_err(|error| StoreError::Database(error.to_string()))?;
        // What happens to a link happens one at a time. The others come in swarms, of which one is told.
        let wait = match news {
            News::AccessRequested { .. } | News::SecretsModified { .. } => GATHERED,
            _ => 0,
        };
        for hook in hooks.filter(|hook| hook.events.is_empty() || hook.events.contains(&event)) {
            let row = sqlx::query("SELECT count(*) AS waiting FROM webhook_deliveries WHERE webhook_id = ?")
                .bind(&hook.id)
                .fetch_one(&mut *tx)
                .await?;
            if number(&row, "waiting")? >= MOST_WAITING {
                note(tx, &hook.id, Some(FULL), now).await?;
                continue;
            }
            sqlx::query(QUEUE)
                .bind(self.id())
                .bind(&hook.id)
                .bind(&text)
                .bind(int(now + wait))
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }
}

/// What a transaction wrote, as far as webhooks are told.
#[derive(Default)]
pub(super) struct Written {
    paths: Vec<String>,
    asks: bool,
}

impl Written {
    /// A row was made, changed or deleted.
    pub(super) fn row(&mut self, path: &str) {
        if !self.paths.iter().any(|known| known == path) {
            self.paths.push(path.to_owned());
        }
    }

    /// A row was made.
    pub(super) fn made(&mut self, path: &str, name: &str) {
        self.asks |= path == reserved::INBOX && reserved::is_request(name);
    }
}

/// A webhook, as far as it says what it wants to be told.
struct Hook {
    id: String,
    path: String,
    events: Vec<WebhookEvent>,
}

impl Hook {
    /// Whether it wants to be told of a folder. What Coffer keeps for itself is nobody's news unless asked for by name.
    fn covers(&self, path: &str) -> bool {
        glob::matches(&self.path, path) && (!reserved::is_reserved(path) || reserved::is_reserved(&self.path))
    }
}

async fn hooks_of_environment(
    tx: &mut Connection,
    project: &ProjectId,
    environment: &str,
) -> Result<Vec<Hook>, StoreError> {
    let rows = sqlx::query(HOOKS_OF_ENVIRONMENT)
        .bind(project.as_str())
        .bind(environment)
        .fetch_all(tx)
        .await?;
    rows.iter().map(hook).collect()
}

/// Notes how a try went.
async fn note(tx: &mut Connection, id: &str, error: Option<&str>, now: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE webhooks SET last_run_at = ?, last_error = ? WHERE id = ?")
        .bind(int(now))
        .bind(error)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

async fn by_id(connection: &mut Connection, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(webhook).transpose()
}

async fn known(connection: &mut Connection, id: &WebhookId) -> Result<Webhook, StoreError> {
    by_id(connection, id)
        .await?
        .ok_or_else(|| StoreError::Missing(Thing::Webhook(id.to_string())))
}

fn webhook(row: &SqliteRow) -> Result<Webhook, StoreError> {
    let scope = match (
        get::<Option<String>>(row, "user_id")?,
        get::<Option<String>>(row, "org_id")?,
    ) {
        (Some(user), Some(organization)) => WebhookScope::Account {
            user: UserId::new(user),
            organization: OrganizationId::new(organization),
        },
        _ => WebhookScope::Environment {
            project: ProjectId::new(get::<String>(row, "project_id")?),
            project_name: get(row, "project_name")?,
            environment: EnvironmentId::new(get::<String>(row, "environment_id")?),
            name: get(row, "environment_name")?,
            slug: get(row, "slug")?,
            path: get(row, "path")?,
        },
    };
    let secret: String = get(row, "secret")?;
    Ok(Webhook {
        id: WebhookId::new(get::<String>(row, "id")?),
        scope,
        kind: WebhookKind::parse(get(row, "kind")?).unwrap_or_default(),
        url: get(row, "url")?,
        secret: (!secret.is_empty()).then_some(secret),
        events: events(row)?,
        is_disabled: get(row, "is_disabled")?,
        last_run_at: maybe_number(row, "last_run_at")?,
        last_error: get(row, "last_error")?,
        waiting: number(row, "waiting")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn hook(row: &SqliteRow) -> Result<Hook, StoreError> {
    Ok(Hook {
        id: get(row, "id")?,
        path: get(row, "path")?,
        events: events(row)?,
    })
}

fn events(row: &SqliteRow) -> Result<Vec<WebhookEvent>, StoreError> {
    let words: &str = get(row, "events")?;
    Ok(words.split_whitespace().filter_map(WebhookEvent::parse).collect())
}

fn words(events: &[WebhookEvent]) -> String {
    let words: Vec<_> = events.iter().map(|event| event.as_str()).collect();
    words.join(" ")
}

const FULL: &str = "too much waits to be told: the newest is lost";
const UNREADABLE: &str = "what was to be told could not be read: it is lost";
/// After the last try nothing follows: this is for a server that stopped in the middle of it.
const LAST_PAUSE: u64 = 60_000;

const HELD_BY_PROJECT: &str =
    "SELECT count(*) AS held FROM webhooks w JOIN environments e ON e.id = w.environment_id
    WHERE e.project_id = ?";
const ADD: &str =
    "INSERT INTO webhooks (id, environment_id, path, user_id, org_id, kind, url, secret, events,
        created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)";
const CHANGE: &str =
    "UPDATE webhooks SET is_disabled = coalesce(?, is_disabled), events = coalesce(?, events),
        updated_at = ? WHERE id = ?";
const QUEUE: &str = "INSERT INTO webhook_deliveries (id, webhook_id, news, due_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING";

/// A webhook with the names around it and what waits for it.
macro_rules! whole {
    ($rest:literal) => {
        concat!(
            "SELECT w.*, e.project_id, e.name AS environment_name, e.slug, p.name AS project_name,
                (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id) AS waiting
            FROM webhooks w LEFT JOIN environments e ON e.id = w.environment_id
                LEFT JOIN projects p ON p.id = e.project_id ",
            $rest
        )
    };
}
const BY_ID: &str = whole!("WHERE w.id = ?");
const OF_PROJECT: &str = whole!("WHERE e.project_id = ? ORDER BY w.created_at, w.rowid");
const OF_ACCOUNT: &str = whole!("WHERE w.user_id = ? AND w.org_id = ? ORDER BY w.created_at, w.rowid");
/// Of each owner what is due longest: a slow receiver holds up nobody but its owner.
const DUE: &str =
    "SELECT w.*, e.project_id, e.name AS environment_name, e.slug, p.name AS project_name, 0 AS waiting,
        d.id AS delivery, d.news, d.tries, min(d.due_at) AS due
    FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
        LEFT JOIN environments e ON e.id = w.environment_id LEFT JOIN projects p ON p.id = e.project_id
    WHERE d.due_at <= ?1 AND coalesce(e.project_id, w.user_id) NOT IN (SELECT value FROM json_each(?2))
    GROUP BY coalesce(e.project_id, w.user_id) ORDER BY due LIMIT ?3";
const HOOKS_OF_ENVIRONMENT: &str =
    "SELECT w.id, w.path, w.events FROM webhooks w JOIN environments e ON e.id = w.environment_id
    WHERE e.project_id = ? AND e.slug = ? AND w.is_disabled = 0";
/// Whoever left the organisation is told nothing of it.
const HOOKS_OF_ACCOUNT: &str = "SELECT w.id, w.path, w.events FROM webhooks w
    WHERE w.user_id = ?1 AND w.org_id = ?2 AND w.is_disabled = 0 AND EXISTS
        (SELECT 1 FROM organization_members m WHERE m.org_id = ?2 AND m.user_id = ?1)";
/// Those that still opened until then: of what was used up, destroyed or taken back no value is left.
const EXPIRED_SHARES: &str =
    "SELECT * FROM shares WHERE expires_at <= ? AND size > 0 AND user_id IS NOT NULL AND org_id IS NOT NULL";
const EXPIRED_REQUESTS: &str =
    "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE expires_at <= ? AND end_told = 0";
