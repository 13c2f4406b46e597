//! Requests for a secret in SQLite.

use coffer_wire::id::{AnswerId, OrganizationId, ShareId};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;

use super::{Connection, OfActor, SqliteStore, access, actor, get, int, number};
use crate::StoreError;
use crate::model::{Actor, News, Quota, SecretAnswer, SecretRequest};
use crate::requests::{Answered, SecretRequests};

#[async_trait::async_trait]
impl SecretRequests for SqliteStore {
    async fn create_secret_request(&self, request: SecretRequest, quota: Quota) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, &request.creator, request.created_at).await?;
        if held.answers + request.most > quota.live || held.bytes >= quota.bytes {
            return Err(StoreError::SharesFull);
        }
        sqlx::query(ADD)
            .bind(request.id.as_str())
            .bind(&request.name)
            .bind(request.access.as_str())
            .bind(request.organization.as_str())
            .bind_actor(&request.creator)
            .bind(int(request.expires_at))
            .bind(int(request.created_at))
            .bind(int(request.most))
            .bind(self.id())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn secret_request(&self, id: &ShareId) -> Result<Option<SecretRequest>, StoreError> {
        let row = sqlx::query(ONE)
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(request).transpose()
    }

    async fn answer_secret_request(
        &self,
        id: &ShareId,
        value: &str,
        quota: Quota,
        now: u64,
    ) -> Result<Answered, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(ONE)
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(Answered::Missing);
        };
        let before = request(&row)?;
        let known = sqlx::query(KNOWN)
            .bind(id.as_str())
            .bind(value)
            .bind(hash(value))
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_some() {
            return Ok(Answered::Kept(before));
        }
        if before.expires_at <= now || before.ended_by_admin {
            return Ok(Answered::Late);
        }
        if before.is_full() {
            return Ok(Answered::Full);
        }
        let size = value.len() as u64;
        if held(&mut tx, &before.creator, now).await?.bytes + size > quota.bytes {
            return Err(StoreError::SharesFull);
        }
        sqlx::query(ANSWER)
            .bind(self.id())
            .bind(id.as_str())
            .bind(value)
            .bind(int(now))
            .bind(int(size))
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE secret_requests SET updated_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(ONE).bind(id.as_str()).fetch_one(&mut *tx).await?;
        let answered = request(&row)?;
        let (creator, organization) = (&answered.creator, &answered.organization);
        let news = News::RequestAnswered {
            request: id.clone(),
            answers: answered.answers,
            at: now,
        };
        self.tell_of_link(&mut tx, Some(creator), Some(organization), news, now)
            .await?;
        tx.commit().await?;
        Ok(Answered::Kept(answered))
    }

    async fn secret_answers(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<(SecretRequest, Vec<SecretAnswer>)>, StoreError> {
        let mut tx = self.snapshot().await?;
        let found = sqlx::query(OWN)
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let rows = sqlx::query("SELECT * FROM secret_answers WHERE request_id = ? ORDER BY at, rowid")
            .bind(id.as_str())
            .fetch_all(&mut *tx)
            .await?;
        let answers = rows.iter().map(|row| {
            Ok(SecretAnswer {
                id: AnswerId::new(get::<String>(row, "id")?),
                value: get(row, "value")?,
                at: number(row, "at")?,
            })
        });
        Ok(Some((
            request(&found)?,
            answers.collect::<Result<_, StoreError>>()?,
        )))
    }

    async fn delete_secret_answer(
        &self,
        id: &ShareId,
        answer: &AnswerId,
        creator: &Actor,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query(DELETE_ANSWER)
            .bind(answer.as_str())
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(gone) = gone else { return Ok(false) };
        sqlx::query("INSERT INTO deleted_answers (request_id, hash) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(id.as_str())
            .bind(hash(get(&gone, "value")?))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn secret_requests_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<SecretRequest>, u64), StoreError> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(MINE)
            .bind(organization.as_str())
            .bind_actor(creator)
            .bind(int(limit))
            .bind(int(offset))
            .fetch_all(&mut *tx)
            .await?;
        let total = sqlx::query(COUNT_MINE)
            .bind(organization.as_str())
            .bind_actor(creator)
            .fetch_one(&mut *tx)
            .await?;
        Ok((
            rows.iter().map(request).collect::<Result<_, _>>()?,
            number(&total, "total")?,
        ))
    }

    async fn delete_secret_request(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<SecretRequest>, StoreError> {
        let row = sqlx::query(DELETE)
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&self.writer)
            .await?;
        row.as_ref().map(request).transpose()
    }
}

/// What somebody's requests take of a quota.
struct Held {
    /// Those that are kept, and those that may still come. A request that has ended takes one until it is forgotten.
    answers: u64,
    bytes: u64,
}

async fn held(tx: &mut Connection, creator: &Actor, now: u64) -> Result<Held, StoreError> {
    let row = sqlx::query(HELD)
        .bind_actor(creator)
        .bind(int(now))
        .fetch_one(tx)
        .await?;
    Ok(Held {
        answers: number(&row, "answers")?,
        bytes: number(&row, "bytes")?,
    })
}

/// Knows an answer again that is not kept any more.
fn hash(value: &str) -> Vec<u8> {
    Sha256::digest(value).to_vec()
}

pub(super) fn request(row: &SqliteRow) -> Result<SecretRequest, StoreError> {
    Ok(SecretRequest {
        id: ShareId::new(get::<String>(row, "id")?),
        name: get(row, "name")?,
        access: access(row)?,
        organization: OrganizationId::new(get::<String>(row, "org_id")?),
        creator: actor(row)?.ok_or_else(|| StoreError::Database("a request of nobody".to_owned()))?,
        most: number(row, "most")?,
        answers: number(row, "answers")?,
        ended_by_admin: get(row, "ended_by_admin")?,
        expires_at: number(row, "expires_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const HELD: &str =
    "SELECT coalesce(sum(max(here, CASE WHEN expires_at > ?3 AND NOT ended_by_admin THEN most ELSE 1 END)), 0) AS answers,
        coalesce(sum(size), 0) AS bytes
    FROM (SELECT r.expires_at, r.ended_by_admin, r.most,
            (SELECT count(*) FROM secret_answers a WHERE a.request_id = r.id) AS here,
            (SELECT coalesce(sum(a.size), 0) FROM secret_answers a WHERE a.request_id = r.id) AS size
        FROM secret_requests r WHERE r.user_id IS ?1 AND r.identity_id IS ?2)";
const ADD: &str = "INSERT INTO secret_requests (id, name, access, org_id, user_id, identity_id, expires_at,
        created_at, updated_at, most, handle) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)";
const ONE: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE id = ?";
const OWN: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE id = ? AND (user_id = ? OR identity_id = ?)";
const KNOWN: &str = "SELECT 1 FROM secret_answers WHERE request_id = ?1 AND value = ?2
    UNION ALL SELECT 1 FROM deleted_answers WHERE request_id = ?1 AND hash = ?3 LIMIT 1";
const ANSWER: &str = "INSERT INTO secret_answers (id, request_id, value, at, size) VALUES (?, ?, ?, ?, ?)";
const DELETE_ANSWER: &str = "DELETE FROM secret_answers WHERE id = ? AND request_id IN
    (SELECT id FROM secret_requests WHERE id = ? AND (user_id = ? OR identity_id = ?)) RETURNING value";
const MINE: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE org_id = ? AND (user_id = ? OR identity_id = ?)
    ORDER BY created_at DESC, id LIMIT ? OFFSET ?";
const COUNT_MINE: &str =
    "SELECT count(*) AS total FROM secret_requests WHERE org_id = ? AND (user_id = ? OR identity_id = ?)";
/// Its answers go with it.
const DELETE: &str = "DELETE FROM secret_requests WHERE id = ? AND (user_id = ? OR identity_id = ?)
    RETURNING *, 0 AS answers";
