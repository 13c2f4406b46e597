//! Shared secrets in SQLite.

use coffer_wire::id::{OrganizationId, ShareId};
use coffer_wire::share::{Barred, Gone, MAX_RECEIPTS};
use sqlx::sqlite::SqliteRow;

use super::{Connection, OfActor, SqliteStore, access, actor, get, int, maybe_number, number};
use crate::files::FETCHING;
use crate::model::{Actor, News, Quota, Receipt, Share, SharedFile, Visitor};
use crate::shares::{Closed, ShareChange, Shares, gone};
use crate::{SharedFiles, StoreError};

#[async_trait::async_trait]
impl Shares for SqliteStore {
    async fn create_share(&self, share: Share, value: &str, quota: Quota) -> Result<(), StoreError> {
        let creator = share.creator.as_ref();
        let mut tx = self.begin().await?;
        // What has been erased has none: an empty value has one.
        let size = (value.len() as u64).max(1);
        let held = sqlx::query(HELD).bind_actor(creator).fetch_one(&mut *tx).await?;
        if number(&held, "live")? >= quota.live || number(&held, "bytes")? + size > quota.bytes {
            return Err(StoreError::SharesFull);
        }
        let file = share.file.map_or(0, |file| file.bytes);
        if file > 0 && number(&held, "files")? + file > quota.files {
            return Err(StoreError::SharesFull);
        }
        if creator.is_some() {
            sqlx::query(FORGET_OLDEST)
                .bind_actor(creator)
                .bind(SHARES_REMEMBERED)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(ADD)
            .bind(share.id.as_str())
            .bind(value)
            .bind(&share.name)
            .bind(&share.password_hash)
            .bind(share.access.as_str())
            .bind(share.organization.as_ref().map(OrganizationId::as_str))
            .bind_actor(creator)
            .bind(share.views_left.map(int))
            .bind(int(share.expires_at))
            .bind(int(share.created_at))
            .bind(int(size))
            .bind(share.after_view.map(int))
            .bind(share.networks.join(" "))
            .bind(share.one_device)
            .bind(share.receipts)
            .bind(share.file.map(|file| int(file.bytes)))
            .bind(share.file.map_or(0, |file| int(file.missing)))
            .bind(share.sender_ends)
            .bind(self.id())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn share(&self, id: &ShareId) -> Result<Option<Share>, StoreError> {
        let row = sqlx::query("SELECT * FROM shares WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(share).transpose()
    }

    async fn open_share(
        &self,
        id: &ShareId,
        visitor: Visitor<'_>,
    ) -> Result<Result<(Share, String), Closed>, StoreError> {
        let mut tx = self.begin().await?;
        let (found, row) = match live(&mut tx, id, visitor).await? {
            Ok(found) => found,
            Err(closed) => return Ok(Err(closed)),
        };
        if found.file.is_some_and(|file| file.missing > 0) {
            return Ok(Err(Closed::Barred(Barred::Unfinished)));
        }
        if found.one_device && visitor.device.is_none() {
            return Ok(Err(Closed::Barred(Barred::Device)));
        }
        let value: String = get(&row, "value")?;
        sqlx::query(COUNT_VIEW)
            .bind(int(visitor.now))
            .bind(id.as_str())
            .bind(visitor.device.filter(|_| found.one_device))
            .bind(found.file.map_or(0, |_| int(visitor.now + FETCHING)))
            .execute(&mut *tx)
            .await?;
        if found.receipts {
            sqlx::query("INSERT INTO share_receipts (share_id, address, at) VALUES (?, ?, ?)")
                .bind(id.as_str())
                .bind(visitor.address)
                .bind(int(visitor.now))
                .execute(&mut *tx)
                .await?;
            sqlx::query(FORGET_RECEIPTS)
                .bind(id.as_str())
                .bind(MAX_RECEIPTS)
                .execute(&mut *tx)
                .await?;
        }
        let news = News::ShareViewed {
            share: found.id.clone(),
            left: found.views_left.map(|left| left.saturating_sub(1)),
            opened: found.opened + 1,
            at: visitor.now,
        };
        self.tell_of(&mut tx, &found, news, visitor.now).await?;
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
            rows.iter().map(share).collect::<Result<_, _>>()?,
            number(&total, "total")?,
        ))
    }

    async fn change_share(
        &self,
        id: &ShareId,
        creator: &Actor,
        change: ShareChange,
        now: u64,
    ) -> Result<Option<Share>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(OWN)
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&mut *tx)
            .await?;
        let found = row.as_ref().map(share).transpose()?;
        let Some(found) = found.filter(|found| gone(found, now).is_none()) else {
            return Ok(None);
        };
        if change.is_too_late(&found) {
            return Err(StoreError::ShareOpened);
        }
        let row = sqlx::query(CHANGE)
            .bind(int(now))
            .bind(id.as_str())
            .bind(change.expires_at.map(int))
            .bind(change.views_left.is_some())
            .bind(change.views_left.flatten().map(int))
            .bind(change.after_view.is_some())
            .bind(change.after_view.flatten().map(int))
            .bind(change.networks.map(|networks| networks.join(" ")))
            .bind(change.one_device)
            .bind(change.receipts)
            .bind(change.sender_ends)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        share(&row).map(Some)
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
            .bind_actor(creator)
            .fetch_optional(&self.writer)
            .await?;
        let revoked = row.as_ref().map(share).transpose()?;
        if revoked.as_ref().is_some_and(|share| share.file.is_some()) {
            self.erase_pieces(now).await?;
        }
        Ok(revoked)
    }

    async fn destroy_share(
        &self,
        id: &ShareId,
        visitor: Visitor<'_>,
    ) -> Result<Result<(), Closed>, StoreError> {
        let mut tx = self.begin().await?;
        let found = match live(&mut tx, id, visitor).await? {
            Ok((found, _)) => found,
            Err(closed) => return Ok(Err(closed)),
        };
        if found.sender_ends {
            return Ok(Err(Closed::Barred(Barred::Sender)));
        }
        sqlx::query(DESTROY)
            .bind(int(visitor.now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let news = News::ShareDestroyed {
            share: found.id.clone(),
            at: visitor.now,
        };
        self.tell_of(&mut tx, &found, news, visitor.now).await?;
        tx.commit().await?;
        if found.file.is_some() {
            self.erase_pieces(visitor.now).await?;
        }
        Ok(Ok(()))
    }

    async fn share_receipts(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<Vec<Receipt>>, StoreError> {
        let mut tx = self.snapshot().await?;
        let owned = sqlx::query("SELECT 1 FROM shares WHERE id = ? AND (user_id = ? OR identity_id = ?)")
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&mut *tx)
            .await?;
        if owned.is_none() {
            return Ok(None);
        }
        let rows = sqlx::query("SELECT address, at FROM share_receipts WHERE share_id = ? ORDER BY id DESC")
            .bind(id.as_str())
            .fetch_all(&mut *tx)
            .await?;
        let receipts = rows.iter().map(|row| {
            Ok(Receipt {
                address: get(row, "address")?,
                at: number(row, "at")?,
            })
        });
        receipts.collect::<Result<_, StoreError>>().map(Some)
    }
}

impl SqliteStore {
    async fn tell_of(
        &self,
        tx: &mut Connection,
        share: &Share,
        news: News,
        now: u64,
    ) -> Result<(), StoreError> {
        self.tell_of_link(tx, share.creator.as_ref(), share.organization.as_ref(), news, now)
            .await
    }
}

/// A share that opens for this device, or the first one that comes.
async fn live(
    tx: &mut Connection,
    id: &ShareId,
    visitor: Visitor<'_>,
) -> Result<Result<(Share, SqliteRow), Closed>, StoreError> {
    let row = sqlx::query("SELECT * FROM shares WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else {
        return Ok(Err(Closed::Gone(Gone::Missing)));
    };
    let found = share(&row)?;
    if let Some(why) = gone(&found, visitor.now) {
        return Ok(Err(Closed::Gone(why)));
    }
    let first = get::<Option<String>>(&row, "device")?;
    if first.is_some() && first.as_deref() != visitor.device {
        return Ok(Err(Closed::Barred(Barred::Device)));
    }
    Ok(Ok((found, row)))
}

pub(super) fn share(row: &SqliteRow) -> Result<Share, StoreError> {
    Ok(Share {
        id: ShareId::new(get::<String>(row, "id")?),
        name: get(row, "name")?,
        password_hash: get(row, "password_hash")?,
        access: access(row)?,
        organization: get::<Option<String>>(row, "org_id")?.map(OrganizationId::new),
        creator: actor(row)?,
        views_left: maybe_number(row, "views_left")?,
        opened: number(row, "opened")?,
        revoked: get(row, "revoked")?,
        ended_by_admin: get(row, "ended_by_admin")?,
        destroyed: get(row, "destroyed")?,
        after_view: maybe_number(row, "after_view")?,
        networks: get::<String>(row, "networks")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        one_device: get(row, "one_device")?,
        receipts: get(row, "receipts")?,
        sender_ends: get(row, "sender_ends")?,
        file: match maybe_number(row, "file_bytes")? {
            Some(bytes) => Some(SharedFile {
                bytes,
                missing: number(row, "file_missing")?,
            }),
            None => None,
        },
        expires_at: number(row, "expires_at")?,
        last_viewed_at: maybe_number(row, "last_viewed_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

/// Of how many shares of one account that have ended anything is known.
const SHARES_REMEMBERED: u32 = 10_000;

/// A share in an organisation is no stranger's, though whoever made it is gone.
const HELD: &str = "SELECT count(*) AS live, coalesce(sum(size), 0) AS bytes,
        (SELECT coalesce(sum(file_held), 0) FROM shares WHERE user_id IS ?1 AND identity_id IS ?2 AND file_held > 0
            AND (org_id IS NULL OR ?1 IS NOT NULL OR ?2 IS NOT NULL)) AS files
    FROM shares WHERE user_id IS ?1 AND identity_id IS ?2 AND size > 0
        AND (org_id IS NULL OR ?1 IS NOT NULL OR ?2 IS NOT NULL)";
/// More than one, so that there are fewer again.
const FORGET_OLDEST: &str = "DELETE FROM shares WHERE id IN (SELECT id FROM shares
    WHERE user_id IS ?1 AND identity_id IS ?2 AND size = 0 AND file_held = 0
    ORDER BY created_at DESC LIMIT 10 OFFSET ?3)";
const ADD: &str =
    "INSERT INTO shares (id, value, name, password_hash, access, org_id, user_id, identity_id, views_left,
        expires_at, created_at, updated_at, size, after_view, networks, one_device, receipts,
        file_bytes, file_held, file_missing, sender_ends, handle)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, ?16, ?17, coalesce(?17, 0), ?18, ?19, ?20)";
/// The right sides see the row as it was.
const COUNT_VIEW: &str = "UPDATE shares SET views_left = views_left - 1, opened = opened + 1, last_viewed_at = ?1,
        device = coalesce(device, ?3), file_until = ?4,
        expires_at = CASE WHEN opened = 0 AND after_view IS NOT NULL THEN min(expires_at, ?1 + after_view) ELSE expires_at END,
        value = CASE WHEN views_left = 1 THEN '' ELSE value END,
        size = CASE WHEN views_left = 1 THEN 0 ELSE size END
    WHERE id = ?2";
const FORGET_RECEIPTS: &str = "DELETE FROM share_receipts WHERE share_id = ?1 AND id NOT IN
    (SELECT id FROM share_receipts WHERE share_id = ?1 ORDER BY id DESC LIMIT ?2)";
const MINE: &str = "SELECT * FROM shares WHERE org_id = ?1 AND (user_id = ?2 OR identity_id = ?3)
        AND (revoked = 0 OR ended_by_admin)
    ORDER BY created_at DESC, rowid DESC LIMIT ?4 OFFSET ?5";
const COUNT_MINE: &str = "SELECT count(*) AS total FROM shares WHERE org_id = ?1
    AND (user_id = ?2 OR identity_id = ?3) AND (revoked = 0 OR ended_by_admin)";
const OWN: &str = "SELECT * FROM shares WHERE id = ? AND (user_id = ? OR identity_id = ?)";
/// Whoever opens it on any device again is on none that was its first.
const CHANGE: &str =
    "UPDATE shares SET updated_at = ?1, expires_at = min(expires_at, coalesce(?3, expires_at)),
        views_left = CASE WHEN ?4 THEN ?5 ELSE views_left END,
        after_view = CASE WHEN ?6 THEN ?7 ELSE after_view END,
        networks = coalesce(?8, networks), one_device = coalesce(?9, one_device),
        device = CASE WHEN coalesce(?9, one_device) THEN device END,
        receipts = coalesce(?10, receipts), sender_ends = coalesce(?11, sender_ends)
    WHERE id = ?2 RETURNING *";
const REVOKE: &str = "UPDATE shares SET revoked = 1, value = '', size = 0, updated_at = ?1
    WHERE id = ?2 AND (user_id = ?3 OR identity_id = ?4) AND revoked = 0 RETURNING *";
const DESTROY: &str = "UPDATE shares SET destroyed = 1, value = '', size = 0, updated_at = ? WHERE id = ?";
