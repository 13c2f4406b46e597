//! Requests for a secret in SQLite.

use coffer_wire::id::{AnswerId, OrganizationId, ShareId};
use sqlx::sqlite::SqliteRow;

use super::{OfActor, SqliteStore, access, actor, get, int, number};
use crate::StoreError;
use crate::model::{Actor, News, Quota, SecretAnswer, SecretRequest};
use crate::requests::SecretRequests;

#[async_trait::async_trait]
impl SecretRequests for SqliteStore {
    async fn create_secret_request(&self, request: SecretRequest, quota: Quota) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let held = sqlx::query(HELD)
            .bind_actor(&request.creator)
            .bind(int(request.created_at))
            .fetch_one(&mut *tx)
            .await?;
        if number(&held, "live")? + request.most > quota.live {
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

    async fn answer_secret_request(&self, id: &ShareId, value: &str, now: u64) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(ANSWER)
            .bind(self.id())
            .bind(value)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE secret_requests SET updated_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(ONE).bind(id.as_str()).fetch_one(&mut *tx).await?;
        let SecretRequest {
            creator,
            organization,
            ..
        } = request(&row)?;
        let news = News::RequestAnswered {
            request: id.clone(),
            at: now,
        };
        self.tell_of_link(&mut tx, Some(&creator), Some(&organization), news, now)
            .await?;
        tx.commit().await?;
        Ok(true)
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
        let done = sqlx::query(DELETE_ANSWER)
            .bind(answer.as_str())
            .bind(id.as_str())
            .bind_actor(creator)
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() == 1)
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

fn request(row: &SqliteRow) -> Result<SecretRequest, StoreError> {
    Ok(SecretRequest {
        id: ShareId::new(get::<String>(row, "id")?),
        name: get(row, "name")?,
        access: access(row)?,
        organization: OrganizationId::new(get::<String>(row, "org_id")?),
        creator: actor(row)?.ok_or_else(|| StoreError::Database("a request of nobody".to_owned()))?,
        most: number(row, "most")?,
        answers: number(row, "answers")?,
        expires_at: number(row, "expires_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const HELD: &str = "SELECT coalesce(sum(most), 0) AS live FROM secret_requests
    WHERE (user_id = ? OR identity_id = ?) AND expires_at > ?";
const ADD: &str = "INSERT INTO secret_requests (id, name, access, org_id, user_id, identity_id, expires_at,
        created_at, updated_at, most) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)";
const ONE: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE id = ?";
const OWN: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE id = ? AND (user_id = ? OR identity_id = ?)";
const ANSWER: &str = "INSERT INTO secret_answers (id, request_id, value, at)
    SELECT ?1, r.id, ?2, ?3 FROM secret_requests r WHERE r.id = ?4 AND r.expires_at > ?3
        AND (SELECT count(*) FROM secret_answers WHERE request_id = r.id) < r.most";
const DELETE_ANSWER: &str = "DELETE FROM secret_answers WHERE id = ? AND request_id IN
    (SELECT id FROM secret_requests WHERE id = ? AND (user_id = ? OR identity_id = ?))";
const MINE: &str = "SELECT *, (SELECT count(*) FROM secret_answers WHERE request_id = r.id) AS answers
    FROM secret_requests r WHERE org_id = ? AND (user_id = ? OR identity_id = ?)
    ORDER BY created_at DESC, id LIMIT ? OFFSET ?";
const COUNT_MINE: &str =
    "SELECT count(*) AS total FROM secret_requests WHERE org_id = ? AND (user_id = ? OR identity_id = ?)";
/// Its answers go with it.
const DELETE: &str = "DELETE FROM secret_requests WHERE id = ? AND (user_id = ? OR identity_id = ?)
    RETURNING *, 0 AS answers";
