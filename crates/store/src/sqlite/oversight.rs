//! What others have shared or asked for in SQLite.

use coffer_wire::id::{LinkHandle, OrganizationId, UserId};
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, actor, get, int, maybe_number, number};
use crate::model::{LinkOwner, OverseenLink, OverseenWhat};
use crate::oversight::Oversight;
use crate::{SharedFiles, StoreError};

#[async_trait::async_trait]
impl Oversight for SqliteStore {
    async fn overseen_links(
        &self,
        organization: &OrganizationId,
        except: &UserId,
        offset: u64,
        limit: u64,
        now: u64,
    ) -> Result<(Vec<OverseenLink>, u64), StoreError> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(OVERSEEN)
            .bind(organization.as_str())
            .bind(except.as_str())
            .bind(int(now))
            .bind(int(limit))
            .bind(int(offset))
            .fetch_all(&mut *tx)
            .await?;
        let total = sqlx::query(COUNT_OVERSEEN)
            .bind(organization.as_str())
            .bind(except.as_str())
            .bind(int(now))
            .fetch_one(&mut *tx)
            .await?;
        Ok((
            rows.iter().map(overseen).collect::<Result<_, _>>()?,
            number(&total, "total")?,
        ))
    }

    async fn end_overseen_link(
        &self,
        organization: &OrganizationId,
        handle: &LinkHandle,
        now: u64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let share = sqlx::query(END_SHARE)
            .bind(int(now))
            .bind(organization.as_str())
            .bind(handle.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(share) = share {
            let has_file = maybe_number(&share, "file_bytes")?.is_some();
            tx.commit().await?;
            if has_file {
                self.erase_pieces(now).await?;
            }
            return Ok(true);
        }
        let request = sqlx::query(END_REQUEST)
            .bind(int(now))
            .bind(organization.as_str())
            .bind(handle.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(request) = request else {
            return Ok(false);
        };
        sqlx::query("DELETE FROM secret_answers WHERE request_id = ?")
            .bind(get::<String>(&request, "id")?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn overseen(row: &SqliteRow) -> Result<OverseenLink, StoreError> {
    let owner = match actor(row)? {
        Some(actor) => Some(LinkOwner {
            actor,
            name: get(row, "owner_name")?,
            is_member: get(row, "is_member")?,
        }),
        None => None,
    };
    let what = match get::<bool>(row, "is_share")? {
        true => OverseenWhat::Share {
            views_left: maybe_number(row, "views_left")?,
            opened: number(row, "opened")?,
            file_bytes: maybe_number(row, "file_bytes")?,
        },
        false => OverseenWhat::Request {
            answers: number(row, "answers")?,
            most: number(row, "most")?,
        },
    };
    Ok(OverseenLink {
        handle: LinkHandle::new(get::<String>(row, "handle")?),
        what,
        owner,
        expires_at: number(row, "expires_at")?,
        created_at: number(row, "created_at")?,
    })
}

const OVERSEEN: &str = "SELECT l.*, coalesce(nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), ''),
            u.username, i.name, '') AS owner_name,
        i.id IS NOT NULL OR EXISTS (SELECT 1 FROM organization_members m
            WHERE m.org_id = ?1 AND m.user_id = l.user_id) AS is_member
    FROM (
        SELECT handle, 1 AS is_share, user_id, identity_id, created_at, expires_at, views_left, opened, file_bytes,
            0 AS answers, 0 AS most
        FROM shares WHERE org_id = ?1 AND size > 0 AND user_id IS NOT ?2 AND revoked = 0 AND destroyed = 0
            AND expires_at > ?3 AND coalesce(views_left, 1) > 0
        UNION ALL
        SELECT handle, 0, user_id, identity_id, created_at, expires_at, NULL, 0, NULL,
            (SELECT count(*) FROM secret_answers WHERE request_id = r.id), most
        FROM secret_requests r WHERE org_id = ?1 AND user_id IS NOT ?2 AND ended_by_admin = 0
    ) l LEFT JOIN users u ON u.id = l.user_id LEFT JOIN identities i ON i.id = l.identity_id
    ORDER BY l.created_at DESC, l.handle LIMIT ?4 OFFSET ?5";
const COUNT_OVERSEEN: &str = "SELECT
        (SELECT count(*) FROM shares WHERE org_id = ?1 AND size > 0 AND user_id IS NOT ?2 AND revoked = 0
            AND destroyed = 0 AND expires_at > ?3 AND coalesce(views_left, 1) > 0)
        + (SELECT count(*) FROM secret_requests WHERE org_id = ?1 AND user_id IS NOT ?2 AND ended_by_admin = 0) AS total";
const END_SHARE: &str =
    "UPDATE shares SET revoked = 1, ended_by_admin = 1, value = '', size = 0, updated_at = ?1
    WHERE org_id = ?2 AND handle = ?3 AND revoked = 0 AND destroyed = 0 RETURNING file_bytes";
/// Nobody has to be told that its time is over later.
const END_REQUEST: &str = "UPDATE secret_requests SET ended_by_admin = 1, end_told = 1, updated_at = ?1
    WHERE org_id = ?2 AND handle = ?3 AND ended_by_admin = 0 RETURNING id";
