//! Requests for a secret in SQLite.

use coffer_wire::id::{OrganizationId, ShareId};
use sqlx::sqlite::SqliteRow;

use super::{OfCreator, SqliteStore, access, creator, get, int, number};
use crate::StoreError;
use crate::model::{Actor, News, Quota, SecretRequest};
use crate::requests::SecretRequests;

#[async_trait::async_trait]
impl SecretRequests for SqliteStore {
    async fn create_secret_request(&self, request: SecretRequest, quota: Quota) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let held = sqlx::query(HELD)
            .bind_creator(Some(&request.creator))
            .bind(int(request.created_at))
            .fetch_one(&mut *tx)
            .await?;
        if number(&held, "live")? >= quota.live {
            return Err(StoreError::SharesFull);
        }
        sqlx::query(ADD)
            .bind(request.id.as_str())
            .bind(&request.name)
            .bind(request.access.as_str())
            .bind(request.organization.as_str())
            .bind_creator(Some(&request.creator))
            .bind(int(request.expires_at))
            .bind(int(request.created_at))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn secret_request(&self, id: &ShareId) -> Result<Option<SecretRequest>, StoreError> {
        let row = sqlx::query("SELECT * FROM secret_requests WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(request).transpose()
    }

    async fn answer_secret_request(&self, id: &ShareId, value: &str, now: u64) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(ANSWER)
            .bind(value)
            .bind(int(now))
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
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

    async fn secret_request_answer(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(READ)
            .bind(id.as_str())
            .bind_creator(Some(creator))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| get(&row, "value")).transpose()
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
            .bind_creator(Some(creator))
            .bind(int(limit))
            .bind(int(offset))
            .fetch_all(&mut *tx)
            .await?;
        let total = sqlx::query(COUNT_MINE)
            .bind(organization.as_str())
            .bind_creator(Some(creator))
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
            .bind_creator(Some(creator))
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
        creator: creator(row)?.ok_or_else(|| StoreError::Database("a request of nobody".to_owned()))?,
        answered: get::<Option<String>>(row, "value")?.is_some(),
        expires_at: number(row, "expires_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const HELD: &str = "SELECT count(*) AS live FROM secret_requests
    WHERE (user_id = ? OR identity_id = ?) AND expires_at > ?";
const ADD: &str = "INSERT INTO secret_requests (id, name, access, org_id, user_id, identity_id, expires_at,
        created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";
const ANSWER: &str = "UPDATE secret_requests SET value = ?1, updated_at = ?2
    WHERE id = ?3 AND value IS NULL AND expires_at > ?2 RETURNING *";
const READ: &str = "SELECT value FROM secret_requests
    WHERE id = ? AND value IS NOT NULL AND (user_id = ? OR identity_id = ?)";
const MINE: &str = "SELECT * FROM secret_requests WHERE org_id = ? AND (user_id = ? OR identity_id = ?)
    ORDER BY created_at DESC, id LIMIT ? OFFSET ?";
const COUNT_MINE: &str =
    "SELECT count(*) AS total FROM secret_requests WHERE org_id = ? AND (user_id = ? OR identity_id = ?)";
const DELETE: &str =
    "DELETE FROM secret_requests WHERE id = ? AND (user_id = ? OR identity_id = ?) RETURNING *";
