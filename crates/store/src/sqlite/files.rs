//! The files of shared secrets in SQLite.

use coffer_wire::id::ShareId;
use coffer_wire::share::Gone;

use super::shares::share;
use super::{OfActor, SqliteStore, get, int};
use crate::files::{ABANDONED, SharedFiles};
use crate::model::Actor;
use crate::shares::{Closed, gone};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl SharedFiles for SqliteStore {
    async fn add_piece(
        &self,
        id: &ShareId,
        creator: &Actor,
        number: u32,
        sealed: &[u8],
        now: u64,
    ) -> Result<Result<(), Closed>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(OWN)
            .bind(id.as_str())
            .bind_actor(creator)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(Err(Closed::Gone(Gone::Missing)));
        };
        if let Some(why) = gone(&share(&row)?, now) {
            return Ok(Err(Closed::Gone(why)));
        }
        let there = sqlx::query(SAME)
            .bind(id.as_str())
            .bind(number)
            .bind(sealed)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(there) = there {
            return match get(&there, "same")? {
                true => Ok(Ok(())),
                false => Err(StoreError::Exists(Thing::Piece)),
            };
        }
        sqlx::query("INSERT INTO share_pieces (share_id, number, sealed) VALUES (?, ?, ?)")
            .bind(id.as_str())
            .bind(number)
            .bind(sealed)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE shares SET file_missing = file_missing - 1, updated_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    async fn piece(&self, id: &ShareId, number: u32, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query(PIECE)
            .bind(id.as_str())
            .bind(number)
            .bind(int(now))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| get(&row, "sealed")).transpose()
    }

    async fn erase_pieces(&self, now: u64) -> Result<(), StoreError> {
        let (now, abandoned) = (int(now), int(now.saturating_sub(ABANDONED)));
        // First, so that nothing is added to what is being erased.
        sqlx::query(ABANDON).bind(abandoned).execute(&self.writer).await?;
        loop {
            let erased = sqlx::query(ERASE_SOME).bind(now).execute(&self.writer).await?;
            if erased.rows_affected() == 0 {
                break;
            }
        }
        let mut tx = self.begin().await?;
        sqlx::query(FORGET_ABANDONED)
            .bind(abandoned)
            .execute(&mut *tx)
            .await?;
        sqlx::query(RELEASE).bind(now).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

const OWN: &str = "SELECT * FROM shares WHERE id = ? AND (user_id = ? OR identity_id = ?)";
const SAME: &str = "SELECT sealed = ?3 AS same FROM share_pieces WHERE share_id = ?1 AND number = ?2";
const PIECE: &str = "SELECT sealed FROM share_pieces JOIN shares ON shares.id = share_id
    WHERE share_id = ? AND number = ? AND revoked = 0 AND destroyed = 0 AND file_until > ?";
/// A file that is not complete has been opened by nobody.
const ABANDON: &str =
    "UPDATE shares SET revoked = 1 WHERE file_held > 0 AND file_missing > 0 AND updated_at <= ?";
/// 8 MiB at a time.
const ERASE_SOME: &str = "DELETE FROM share_pieces WHERE rowid IN (
    SELECT share_pieces.rowid FROM shares JOIN share_pieces ON share_id = shares.id
    WHERE file_held > 0 AND (revoked OR destroyed OR file_until <= ?1 AND (expires_at <= ?1 OR views_left = 0))
    LIMIT 8)";
const RELEASE: &str = "UPDATE shares SET file_held = 0
    WHERE file_held > 0 AND NOT EXISTS (SELECT 1 FROM share_pieces WHERE share_id = id)
        AND (revoked OR destroyed OR file_until <= ?1 AND (expires_at <= ?1 OR views_left = 0))";
const FORGET_ABANDONED: &str =
    "DELETE FROM shares WHERE file_held > 0 AND file_missing > 0 AND updated_at <= ?";
