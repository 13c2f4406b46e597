//! SQLite: one file, one writer, several readers.
//!
//! WAL with `synchronous = FULL`: what was acknowledged survives a kill and a power cut. All writes go through one
//! connection, so no writer ever waits for a lock that a reader holds.

mod access;
mod accounts;
mod files;
mod folders;
mod machines;
mod oversight;
mod privileges;
mod projects;
mod requests;
mod rules;
mod secrets;
mod shares;
mod webhooks;

use std::path::Path;
use std::time::Duration;

use coffer_wire::id::{IdentityId, UserId};
use coffer_wire::share::ANSWERS_KEPT;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};

use crate::model::{Actor, ShareAccess};
use crate::{IdSource, SharedFiles, Store, StoreError};

/// A store in one SQLite file.
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    ids: IdSource,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings it to the newest form.
    pub async fn open(path: &Path, ids: IdSource) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("secure_delete", "on")
            .statement_cache_capacity(200);
        let writer = lasting(1).connect_with(options.clone()).await?;
        migrate(&writer, &MIGRATIONS).await?;
        let readers = lasting(READERS)
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self { writer, readers, ids })
    }

    /// Opens a store that lives as long as this value.
    pub async fn in_memory(ids: IdSource) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let writer = lasting(1).connect_with(options).await?;
        migrate(&writer, &MIGRATIONS).await?;
        Ok(Self {
            readers: writer.clone(),
            writer,
            ids,
        })
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    fn id(&self) -> String {
        (self.ids)()
    }
}

#[async_trait::async_trait]
impl Store for SqliteStore {
    async fn sweep(&self, now: u64) -> Result<(), StoreError> {
        self.erase_pieces(now).await?;
        let mut tx = self.begin().await?;
        self.tell_of_expired(&mut tx, now).await?;
        let now = int(now);
        for sql in [SWEEP_SESSIONS, SWEEP_TOKENS, SWEEP_INVITATIONS, ERASE_SHARES] {
            sqlx::query(sql).bind(now).execute(&mut *tx).await?;
        }
        sqlx::query(SWEEP_SHARES)
            .bind(now - SHARES_KEPT)
            .execute(&mut *tx)
            .await?;
        sqlx::query(FORGET_STRANGERS)
            .bind(STRANGERS_REMEMBERED)
            .execute(&mut *tx)
            .await?;
        sqlx::query(SWEEP_SECRET_REQUESTS)
            .bind(now - ANSWERS_KEPT.cast_signed())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        // What was erased still stands in the log of writes until that is folded into the file and cut. A reader that
        // is under way may keep it from being cut: then the next sweep does.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.writer)
            .await?;
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A pool whose connections stay open: reopening would lose the statements prepared.
fn lasting(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(size)
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(30))
}

async fn migrate(pool: &SqlitePool, all: &[(&str, &'static str)]) -> Result<(), StoreError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT")
        .execute(&mut *tx)
        .await?;
    for (name, sql) in all {
        let done = sqlx::query("SELECT 1 FROM migrations WHERE name = ?")
            .bind(*name)
            .fetch_optional(&mut *tx)
            .await?;
        if done.is_none() {
            sqlx::raw_sql(*sql).execute(&mut *tx).await?;
            sqlx::query("INSERT INTO migrations (name) VALUES (?)")
                .bind(*name)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A number as SQLite stores it.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column of a row.
fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    Ok(row.try_get(column)?)
}

/// A column that holds a number.
fn number(row: &SqliteRow, column: &str) -> Result<u64, StoreError> {
    Ok(u64::try_from(get::<i64>(row, column)?).unwrap_or(0))
}

/// A column that may hold a number.
fn maybe_number(row: &SqliteRow, column: &str) -> Result<Option<u64>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.map(|number| u64::try_from(number).unwrap_or(0)))
}

/// Whose a row is: a person's or a machine's, in a column each.
fn actor(row: &SqliteRow) -> Result<Option<Actor>, StoreError> {
    let person = get::<Option<String>>(row, "user_id")?.map(|id| Actor::Person(UserId::new(id)));
    let machine = get::<Option<String>>(row, "identity_id")?.map(|id| Actor::Machine(IdentityId::new(id)));
    Ok(person.or(machine))
}

/// For whom what a row tells of is.
fn access(row: &SqliteRow) -> Result<ShareAccess, StoreError> {
    let access: String = get(row, "access")?;
    Ok(if access == ShareAccess::Anyone.as_str() {
        ShareAccess::Anyone
    } else {
        ShareAccess::Organization
    })
}

/// A query about somebody.
trait OfActor {
    /// Fills two places, the person's and the machine's.
    fn bind_actor<'a>(self, actor: impl Into<Option<&'a Actor>>) -> Self;
}

impl OfActor for Query<'_, Sqlite, SqliteArguments> {
    fn bind_actor<'a>(self, actor: impl Into<Option<&'a Actor>>) -> Self {
        let actor = actor.into();
        self.bind(actor.and_then(Actor::person).map(UserId::as_str))
            .bind(actor.and_then(Actor::machine).map(IdentityId::as_str))
    }
}

/// Tells a row that is there already from other failures.
fn taken(error: sqlx::Error, thing: impl FnOnce() -> crate::Thing) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::Exists(thing()),
        _ => error.into(),
    }
}

type Connection = SqliteConnection;

const MIGRATIONS: [(&str, &str); 11] = [
    (
        "0001_start",
        include_str!("../../migrations/sqlite/0001_start.sql"),
    ),
    (
        "0002_privileges",
        include_str!("../../migrations/sqlite/0002_privileges.sql"),
    ),
    (
        "0003_secret_rules",
        include_str!("../../migrations/sqlite/0003_secret_rules.sql"),
    ),
    (
        "0004_access_requests",
        include_str!("../../migrations/sqlite/0004_access_requests.sql"),
    ),
    (
        "0005_secret_requests",
        include_str!("../../migrations/sqlite/0005_secret_requests.sql"),
    ),
    (
        "0006_share_limits",
        include_str!("../../migrations/sqlite/0006_share_limits.sql"),
    ),
    (
        "0007_share_files",
        include_str!("../../migrations/sqlite/0007_share_files.sql"),
    ),
    (
        "0008_webhooks",
        include_str!("../../migrations/sqlite/0008_webhooks.sql"),
    ),
    (
        "0009_secret_answers",
        include_str!("../../migrations/sqlite/0009_secret_answers.sql"),
    ),
    (
        "0010_answers_held",
        include_str!("../../migrations/sqlite/0010_answers_held.sql"),
    ),
    (
        "0011_links_later",
        include_str!("../../migrations/sqlite/0011_links_later.sql"),
    ),
];

/// Readers beside the one writer; each costs a thread and up to 2 MB of cache.
const READERS: u32 = 3;

/// How long the end of a share is remembered.
const SHARES_KEPT: i64 = 30 * 86_400_000;

/// Of how many shares without an account that have ended anything is known.
const STRANGERS_REMEMBERED: u32 = 100_000;

const SWEEP_SESSIONS: &str = "DELETE FROM sessions WHERE expires_at <= ?";
const SWEEP_TOKENS: &str = "DELETE FROM machine_tokens WHERE expires_at <= ?";
const SWEEP_INVITATIONS: &str = "DELETE FROM invitations WHERE expires_at <= ?";
const ERASE_SHARES: &str = "UPDATE shares SET value = '', size = 0 WHERE expires_at <= ? AND size > 0";
const FORGET_STRANGERS: &str = "DELETE FROM shares WHERE id IN (SELECT id FROM shares
    WHERE user_id IS NULL AND identity_id IS NULL AND size = 0 AND file_held = 0
    ORDER BY created_at DESC LIMIT -1 OFFSET ?)";
const SWEEP_SHARES: &str = "DELETE FROM shares WHERE expires_at <= ?";
const SWEEP_SECRET_REQUESTS: &str = "DELETE FROM secret_requests WHERE expires_at <= ?";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::model::{News, Quota, Share};
    use crate::requests::{Answered, SecretRequests};
    use crate::{Oversight, Shares, Webhooks};
    use coffer_wire::id::{OrganizationId, ShareId};
    use std::sync::Arc;

    #[tokio::test]
    async fn an_answer_outlives_the_change_to_many() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let writer = lasting(1).connect_with(options).await.unwrap();
        let (before, _) = MIGRATIONS.split_at(6);
        migrate(&writer, before).await.unwrap();
        sqlx::raw_sql(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO secret_requests (id, access, org_id, user_id, value, expires_at, created_at, updated_at)
             VALUES ('answered', 'anyone', 'o', 'u', 'cfa1.AA', 9, 1, 2), ('waiting', 'anyone', 'o', 'u', NULL, 9, 1, 1)",
        )
        .execute(&writer)
        .await
        .unwrap();
        migrate(&writer, &MIGRATIONS).await.unwrap();
        let store = SqliteStore {
            readers: writer.clone(),
            writer,
            ids: Arc::new(|| "new".to_owned()),
        };
        let who = Actor::Person(UserId::new("u"));
        let (request, answers) = store
            .secret_answers(&ShareId::new("answered"), &who)
            .await
            .unwrap()
            .unwrap();
        assert!(request.is_full());
        assert_eq!((answers[0].value.as_str(), answers[0].at), ("cfa1.AA", 2));
        // What a version before made is ended by administrators, too.
        let (o, nobody) = (OrganizationId::new("o"), UserId::new("nobody"));
        let (overseen, _) = store.overseen_links(&o, &nobody, 0, 9, 1).await.unwrap();
        let [one, other] = overseen.as_slice() else {
            panic!("{overseen:?}");
        };
        assert!(one.handle != other.handle && one.handle.as_str().len() == 32);
        let waiting = ShareId::new("waiting");
        assert!(!store.secret_request(&waiting).await.unwrap().unwrap().is_full());
        let quota = Quota {
            bytes: 14,
            files: 0,
            live: 2,
        };
        let answer = async |value| store.answer_secret_request(&waiting, value, quota, 3).await;
        let more = answer("cfa1.BBB").await;
        assert!(
            matches!(more, Err(StoreError::SharesFull)),
            "what came before counts"
        );
        assert!(matches!(answer("cfa1.BB").await, Ok(Answered::Kept(_))));
        assert!(matches!(answer("cfa1.CC").await, Ok(Answered::Full)));
    }

    async fn office() -> SqliteStore {
        let store = SqliteStore::in_memory(Arc::new(|| "new".to_owned()))
            .await
            .unwrap();
        sqlx::raw_sql(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO organization_members (id, org_id, user_id, role, status, created_at, updated_at)
             VALUES ('m', 'o', 'u', 'member', 'accepted', 1, 1)",
        )
        .execute(&store.writer)
        .await
        .unwrap();
        store
    }

    #[tokio::test]
    async fn what_cannot_be_read_holds_up_nothing_that_is_to_be_told() {
        let store = office().await;
        sqlx::raw_sql(
            r#"INSERT INTO webhooks (id, path, user_id, org_id, kind, url, secret, events, created_at, updated_at)
             VALUES ('w', '/', 'u', 'o', 'general', 'https://a.example', '', '', 1, 1);
             INSERT INTO webhook_deliveries (id, webhook_id, news, due_at)
             VALUES ('odd', 'w', '{"event":"ofTomorrow"}', 1),
                ('known', 'w', '{"event":"shareExpired","share":"s","at":1}', 2)"#,
        )
        .execute(&store.writer)
        .await
        .unwrap();
        assert!(store.take_deliveries(&[], 8, 3).await.unwrap().is_empty());
        let next = store.take_deliveries(&[], 8, 3).await.unwrap();
        assert_eq!(next.len(), 1);
        assert_eq!(next[0].id, "known");
        assert!(matches!(&next[0].news, News::ShareExpired { opened: 0, .. }));
        let webhook = next[0].webhook.last_error.as_deref();
        assert!(webhook.unwrap().contains("could not be read"));
    }

    #[tokio::test]
    async fn of_an_account_only_so_many_ended_shares_are_remembered() {
        let store = office().await;
        sqlx::raw_sql(
            "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 10020)
             INSERT INTO shares (id, value, access, org_id, user_id, revoked, expires_at, created_at, updated_at, size)
             SELECT 's' || n, '', 'anyone', 'o', CASE WHEN n % 1000 = 1 THEN 'other' ELSE 'u' END, 1, 9, n, n, 0 FROM n;
             INSERT INTO shares (id, value, access, org_id, user_id, expires_at, created_at, updated_at, size)
             VALUES ('live', 'v', 'anyone', 'o', 'u', 9, 0, 0, 1)",
        )
        .execute(&store.writer)
        .await
        .unwrap();
        let share = store.share(&ShareId::new("live")).await.unwrap().unwrap();
        let quota = Quota {
            bytes: 100,
            files: 0,
            live: 100,
        };
        for id in ["a", "b"] {
            let share = Share {
                id: ShareId::new(id),
                ..share.clone()
            };
            store.create_share(share, "v", quota).await.unwrap();
        }
        let known = async |id: &str| store.share(&ShareId::new(id)).await.unwrap().is_some();
        // Of 10,009 of their own the nine oldest are gone, and nothing of others or of what still opens.
        assert!(!known("s2").await && !known("s10").await && known("s11").await);
        assert!(known("s1").await && known("live").await && known("a").await && known("b").await);
    }

    #[tokio::test]
    async fn of_strangers_only_so_many_ended_shares_are_remembered() {
        let store = office().await;
        sqlx::raw_sql(
            "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 100002)
             INSERT INTO shares (id, value, access, expires_at, created_at, updated_at, size)
             SELECT 's' || n, '', 'anyone', 9, n, n, 0 FROM n;
             INSERT INTO shares (id, value, access, expires_at, created_at, updated_at, size)
             VALUES ('live', 'v', 'anyone', 9, 0, 0, 1)",
        )
        .execute(&store.writer)
        .await
        .unwrap();
        store.sweep(8).await.unwrap();
        let known = async |id: &str| store.share(&ShareId::new(id)).await.unwrap().is_some();
        assert!(!known("s1").await && !known("s2").await && known("s3").await && known("live").await);
    }
}
