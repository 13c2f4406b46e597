//! Shared secrets in SQLite.

use coffer_wire::id::{IdentityId, OrganizationId, ShareId, UserId};
use coffer_wire::share::Gone;
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, get, int, maybe_number, number};
use crate::StoreError;
use crate::model::{Actor, Share, ShareAccess};
use crate::shares::{Shares, gone};

#[async_trait::async_trait]
impl Shares for SqliteStore {
    async fn create_share(&self, share: Share, value: &str) -> Result<(), StoreError> {
        let creator = share.creator.as_ref();
        sqlx::query(ADD)
            .bind(share.id.as_str())
            .bind(value)
            .bind(&share.name)
            .bind(&share.password_hash)
            .bind(share.access.as_str())
            .bind(share.organization.as_ref().map(OrganizationId::as_str))
            .bind(creator.and_then(Actor::person).map(UserId::as_str))
            .bind(creator.and_then(Actor::machine).map(IdentityId::as_str))
            .bind(share.views_left.map(int))
            .bind(int(share.expires_at))
            .bind(int(share.created_at))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn share(&self, id: &ShareId) -> Result<Option<Share>, StoreError> {
        let row = sqlx::query("SELECT * FROM shares WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(share).transpose()
    }

    async fn open_share(&self, id: &ShareId, now: u64) -> Result<Result<(Share, String), Gone>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT * FROM shares WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(Err(Gone::Missing));
        };
        let found = share(&row)?;
        if let Some(why) = gone(&found, now) {
            return Ok(Err(why));
        }
        let value: String = get(&row, "value")?;
        sqlx::query(COUNT_VIEW)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Ok((found, value)))
    }

    async fn shares_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Share>, u64), StoreError> {
        let mut tx = self.snapshot().await?;
        let (person, machine) = (
            creator.person().map(UserId::as_str),
            creator.machine().map(IdentityId::as_str),
        );
        let rows = sqlx::query(MINE)
            .bind(organization.as_str())
            .bind(person)
            .bind(machine)
            .bind(int(limit))
            .bind(int(offset))
            .fetch_all(&mut *tx)
            .await?;
        let total = sqlx::query(COUNT_MINE)
            .bind(organization.as_str())
            .bind(person)
            .bind(machine)
            .fetch_one(&mut *tx)
            .await?;
        Ok((
            rows.iter().map(share).collect::<Result<_, _>>()?,
            number(&total, "total")?,
        ))
    }

    async fn revoke_share(
        &self,
        id: &ShareId,
        creator: &Actor,
        now: u64,
    ) -> Result<Option<Share>, StoreError> {
        let row = sqlx::query(REVOKE)
            .bind(int(now))
            .bind(id.as_str())
            .bind(creator.person().map(UserId::as_str))
            .bind(creator.machine().map(IdentityId::as_str))
            .fetch_optional(&self.writer)
            .await?;
        row.as_ref().map(share).transpose()
    }
}

fn share(row: &SqliteRow) -> Result<Share, StoreError> {
    let person = get::<Option<String>>(row, "user_id")?.map(|id| Actor::Person(UserId::new(id)));
    let machine = get::<Option<String>>(row, "identity_id")?.map(|id| Actor::Machine(IdentityId::new(id)));
    let access: String = get(row, "access")?;
    Ok(Share {
        id: ShareId::new(get::<String>(row, "id")?),
        name: get(row, "name")?,
        password_hash: get(row, "password_hash")?,
        access: if access == ShareAccess::Anyone.as_str() {
            ShareAccess::Anyone
        } else {
            ShareAccess::Organization
        },
        organization: get::<Option<String>>(row, "org_id")?.map(OrganizationId::new),
        creator: person.or(machine),
        views_left: maybe_number(row, "views_left")?,
        revoked: get(row, "revoked")?,
        expires_at: number(row, "expires_at")?,
        last_viewed_at: maybe_number(row, "last_viewed_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const ADD: &str =
    "INSERT INTO shares (id, value, name, password_hash, access, org_id, user_id, identity_id, views_left,
        expires_at, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)";
const COUNT_VIEW: &str = "UPDATE shares SET views_left = views_left - 1, last_viewed_at = ?1,
        value = CASE WHEN views_left = 1 THEN '' ELSE value END
    WHERE id = ?2";
const MINE: &str =
    "SELECT * FROM shares WHERE org_id = ?1 AND (user_id = ?2 OR identity_id = ?3) AND revoked = 0
    ORDER BY created_at DESC, rowid DESC LIMIT ?4 OFFSET ?5";
const COUNT_MINE: &str = "SELECT count(*) AS total FROM shares WHERE org_id = ?1 AND (user_id = ?2 OR identity_id = ?3) AND revoked = 0";
const REVOKE: &str = "UPDATE shares SET revoked = 1, value = '', updated_at = ?1
    WHERE id = ?2 AND (user_id = ?3 OR identity_id = ?4) AND revoked = 0 RETURNING *";
