//! Machine identities in SQLite.

use coffer_wire::id::{ClientId, ClientSecretId, IdentityId, OrganizationId, SessionId};
use sqlx::sqlite::SqliteRow;

use super::accounts::org_role;
use super::{Connection, SqliteStore, get, int, maybe_number, number, taken};
use crate::machines::{Machines, NewClientSecret};
use crate::model::{
    ClientSecret, Identity, MachineToken, OrgRole, UniversalAuth, UniversalLogin, UniversalSettings,
};
use crate::{SharedFiles, StoreError, Thing};

#[async_trait::async_trait]
impl Machines for SqliteStore {
    async fn create_identity(
        &self,
        organization: &OrganizationId,
        name: &str,
        role: OrgRole,
        has_delete_protection: bool,
        now: u64,
    ) -> Result<Identity, StoreError> {
        let mut tx = self.begin().await?;
        let made = self
            .add_identity(&mut tx, organization, name, role, has_delete_protection, now)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn identity(&self, id: &IdentityId) -> Result<Option<Identity>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        identity_by_id(&mut connection, id.as_str()).await
    }

    async fn identities(&self, organization: &OrganizationId) -> Result<Vec<Identity>, StoreError> {
        let rows = sqlx::query(IDENTITIES)
            .bind(organization.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(identity).collect()
    }

    async fn update_identity(
        &self,
        id: &IdentityId,
        name: Option<&str>,
        role: Option<OrgRole>,
        has_delete_protection: Option<bool>,
        now: u64,
    ) -> Result<Identity, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(UPDATE_IDENTITY)
            .bind(name)
            .bind(role.map(OrgRole::as_str))
            .bind(has_delete_protection)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = identity_by_id(&mut tx, id.as_str())
            .await?
            .ok_or(StoreError::Missing(Thing::Identity))?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_identity(&self, id: &IdentityId, now: u64) -> Result<Identity, StoreError> {
        let mut tx = self.begin().await?;
        let gone = identity_by_id(&mut tx, id.as_str())
            .await?
            .ok_or(StoreError::Missing(Thing::Identity))?;
        if gone.has_delete_protection {
            return Err(StoreError::Protected);
        }
        sqlx::query(END_SHARES)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM identities WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.erase_pieces(now).await?;
        Ok(gone)
    }

    async fn attach_universal_auth(
        &self,
        identity: &IdentityId,
        settings: UniversalSettings,
        now: u64,
    ) -> Result<UniversalAuth, StoreError> {
        let mut tx = self.begin().await?;
        identity_by_id(&mut tx, identity.as_str())
            .await?
            .ok_or(StoreError::Missing(Thing::Identity))?;
        bind_settings(sqlx::query(ADD_UNIVERSAL_AUTH), &settings)
            .bind(int(now))
            .bind(identity.as_str())
            .bind(self.id())
            .bind(self.id())
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, || Thing::UniversalAuth))?;
        let made = universal_auth_of(&mut tx, identity)
            .await?
            .ok_or(StoreError::Missing(Thing::UniversalAuth))?;
        tx.commit().await?;
        Ok(made)
    }

    async fn update_universal_auth(
        &self,
        identity: &IdentityId,
        settings: UniversalSettings,
        now: u64,
    ) -> Result<UniversalAuth, StoreError> {
        let mut tx = self.begin().await?;
        bind_settings(sqlx::query(UPDATE_UNIVERSAL_AUTH), &settings)
            .bind(int(now))
            .bind(identity.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = universal_auth_of(&mut tx, identity)
            .await?
            .ok_or(StoreError::Missing(Thing::UniversalAuth))?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn universal_auth(&self, identity: &IdentityId) -> Result<Option<UniversalAuth>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        universal_auth_of(&mut connection, identity).await
    }

    async fn detach_universal_auth(&self, identity: &IdentityId) -> Result<UniversalAuth, StoreError> {
        let mut tx = self.begin().await?;
        let gone = universal_auth_of(&mut tx, identity)
            .await?
            .ok_or(StoreError::Missing(Thing::UniversalAuth))?;
        for sql in [
            DELETE_UNIVERSAL_TOKENS,
            "DELETE FROM universal_auths WHERE identity_id = ?",
        ] {
            sqlx::query(sql).bind(identity.as_str()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }

    async fn create_client_secret(
        &self,
        identity: &IdentityId,
        secret: NewClientSecret,
        now: u64,
    ) -> Result<ClientSecret, StoreError> {
        let mut tx = self.begin().await?;
        let auth = universal_auth_of(&mut tx, identity)
            .await?
            .ok_or(StoreError::Missing(Thing::UniversalAuth))?;
        let row = sqlx::query(ADD_CLIENT_SECRET)
            .bind(self.id())
            .bind(&auth.id)
            .bind(secret.hash.as_slice())
            .bind(&secret.prefix)
            .bind(&secret.description)
            .bind(int(secret.uses_limit))
            .bind(int(secret.ttl))
            .bind(int(now))
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        client_secret(&row)
    }

    async fn client_secrets(&self, identity: &IdentityId) -> Result<Vec<ClientSecret>, StoreError> {
        let rows = sqlx::query(CLIENT_SECRETS)
            .bind(identity.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(client_secret).collect()
    }

    async fn revoke_client_secret(
        &self,
        identity: &IdentityId,
        id: &ClientSecretId,
        now: u64,
    ) -> Result<ClientSecret, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(REVOKE_CLIENT_SECRET)
            .bind(int(now))
            .bind(id.as_str())
            .bind(identity.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::Missing(Thing::ClientSecret))?;
        sqlx::query("UPDATE machine_tokens SET revoked = 1 WHERE client_secret_id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        client_secret(&row)
    }

    async fn universal_login(
        &self,
        client_id: &ClientId,
        secret_hash: &[u8; 32],
        now: u64,
    ) -> Result<UniversalLogin, StoreError> {
        let mut tx = self.begin().await?;
        let Some(row) = sqlx::query("SELECT * FROM universal_auths WHERE client_id = ?")
            .bind(client_id.as_str())
            .fetch_optional(&mut *tx)
            .await?
        else {
            return Ok(UniversalLogin::Refused);
        };
        let auth = universal_auth(&row)?;
        let settings = &auth.settings;
        if settings.lockout_enabled && number(&row, "locked_until")? > now {
            return Ok(UniversalLogin::Locked);
        }
        let secret = sqlx::query(MATCHING_SECRET)
            .bind(&auth.id)
            .bind(secret_hash.as_slice())
            .bind(int(now))
            .fetch_optional(&mut *tx)
            .await?;
        let Some(secret) = secret.as_ref().map(client_secret).transpose()? else {
            let since = number(&row, "bad_tries_since")?;
            let counts_on = now < since + settings.lockout_reset * 1000;
            let tries = if counts_on {
                number(&row, "bad_tries")? + 1
            } else {
                1
            };
            let locked_until = if tries >= settings.lockout_threshold {
                now + settings.lockout_duration * 1000
            } else {
                0
            };
            sqlx::query(COUNT_BAD_TRY)
                .bind(int(if locked_until > 0 { 0 } else { tries }))
                .bind(int(now))
                .bind(int(locked_until))
                .bind(&auth.id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            return Ok(UniversalLogin::Refused);
        };
        sqlx::query("UPDATE client_secrets SET uses = uses + 1, updated_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(secret.id.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE universal_auths SET bad_tries = 0, locked_until = 0 WHERE id = ?")
            .bind(&auth.id)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE identities SET last_login_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(auth.identity.as_str())
            .execute(&mut *tx)
            .await?;
        let identity = identity_by_id(&mut tx, auth.identity.as_str())
            .await?
            .ok_or(StoreError::Missing(Thing::Identity))?;
        let token = MachineToken {
            id: SessionId::new(self.id()),
            identity,
            client_secret: Some(secret.id),
            ttl: settings.token_ttl,
            max_ttl: settings.token_max_ttl,
            revoked: false,
            used_up: false,
            created_at: now,
            expires_at: end_of_life(now, settings.token_ttl, now, settings.token_max_ttl),
        };
        add_token(&mut tx, &token, settings.token_uses_limit).await?;
        tx.commit().await?;
        Ok(UniversalLogin::Granted(token))
    }

    async fn use_machine_token(&self, id: &SessionId, now: u64) -> Result<Option<MachineToken>, StoreError> {
        let row = sqlx::query(TOKEN)
            .bind(id.as_str())
            .bind(int(now))
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        self.count_use(&row).await.map(Some)
    }

    async fn renew_machine_token(&self, id: &SessionId, now: u64) -> Result<MachineToken, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(TOKEN)
            .bind(id.as_str())
            .bind(int(now))
            .fetch_optional(&mut *tx)
            .await?;
        let mut token = row
            .as_ref()
            .map(token)
            .transpose()?
            .ok_or(StoreError::Missing(Thing::Session))?;
        if token.revoked {
            return Err(StoreError::Missing(Thing::Session));
        }
        token.expires_at = end_of_life(now, token.ttl, token.created_at, token.max_ttl);
        sqlx::query("UPDATE machine_tokens SET expires_at = ? WHERE id = ?")
            .bind(int(token.expires_at))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(token)
    }

    async fn revoke_machine_token(&self, id: &SessionId) -> Result<(), StoreError> {
        sqlx::query("UPDATE machine_tokens SET revoked = 1 WHERE id = ?")
            .bind(id.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

pub(super) async fn identity_by_id(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Identity>, StoreError> {
    let row = sqlx::query(IDENTITY).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(identity).transpose()
}

pub(super) async fn add_token(
    connection: &mut Connection,
    token: &MachineToken,
    uses_limit: u64,
) -> Result<(), StoreError> {
    sqlx::query(ADD_TOKEN)
        .bind(token.id.as_str())
        .bind(token.identity.id.as_str())
        .bind(token.client_secret.as_ref().map(ClientSecretId::as_str))
        .bind(int(token.ttl))
        .bind(int(token.max_ttl))
        .bind(int(uses_limit))
        .bind(int(token.created_at))
        .bind(int(token.expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

async fn universal_auth_of(
    connection: &mut Connection,
    identity: &IdentityId,
) -> Result<Option<UniversalAuth>, StoreError> {
    let row = sqlx::query("SELECT * FROM universal_auths WHERE identity_id = ?")
        .bind(identity.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(universal_auth).transpose()
}

/// When a token that lives `ttl` seconds from now on ends, if it may live `max_ttl` seconds in all (0: for ever).
fn end_of_life(now: u64, ttl: u64, created_at: u64, max_ttl: u64) -> u64 {
    let end = if ttl == 0 {
        u64::MAX >> 2
    } else {
        now.saturating_add(ttl * 1000)
    };
    if max_ttl == 0 {
        end
    } else {
        end.min(created_at.saturating_add(max_ttl * 1000))
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind_settings<'q>(query: Query<'q>, settings: &UniversalSettings) -> Query<'q> {
    query
        .bind(int(settings.token_ttl))
        .bind(int(settings.token_max_ttl))
        .bind(int(settings.token_uses_limit))
        .bind(int(settings.token_period))
        .bind(settings.lockout_enabled)
        .bind(int(settings.lockout_threshold))
        .bind(int(settings.lockout_duration))
        .bind(int(settings.lockout_reset))
}

pub(super) fn identity(row: &SqliteRow) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: IdentityId::new(get::<String>(row, "id")?),
        organization: OrganizationId::new(get::<String>(row, "org_id")?),
        name: get(row, "name")?,
        role: org_role(row, "role")?,
        has_delete_protection: get(row, "has_delete_protection")?,
        has_universal_auth: get(row, "has_universal_auth")?,
        last_login_at: maybe_number(row, "last_login_at")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn universal_auth(row: &SqliteRow) -> Result<UniversalAuth, StoreError> {
    Ok(UniversalAuth {
        id: get(row, "id")?,
        identity: IdentityId::new(get::<String>(row, "identity_id")?),
        client_id: ClientId::new(get::<String>(row, "client_id")?),
        settings: UniversalSettings {
            token_ttl: number(row, "token_ttl")?,
            token_max_ttl: number(row, "token_max_ttl")?,
            token_uses_limit: number(row, "token_uses_limit")?,
            token_period: number(row, "token_period")?,
            lockout_enabled: get(row, "lockout_enabled")?,
            lockout_threshold: number(row, "lockout_threshold")?,
            lockout_duration: number(row, "lockout_duration")?,
            lockout_reset: number(row, "lockout_reset")?,
        },
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn client_secret(row: &SqliteRow) -> Result<ClientSecret, StoreError> {
    Ok(ClientSecret {
        id: ClientSecretId::new(get::<String>(row, "id")?),
        universal_auth_id: get(row, "universal_auth_id")?,
        prefix: get(row, "prefix")?,
        description: get(row, "description")?,
        uses: number(row, "uses")?,
        uses_limit: number(row, "uses_limit")?,
        ttl: number(row, "ttl")?,
        revoked: get(row, "revoked")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

impl SqliteStore {
    /// The token of a row of [`TOKEN`]; where its uses are counted, this is one.
    pub(super) async fn count_use(&self, row: &SqliteRow) -> Result<MachineToken, StoreError> {
        let mut token = token(row)?;
        if number(row, "uses_limit")? > 0 && !token.revoked {
            let counted =
                sqlx::query("UPDATE machine_tokens SET uses = uses + 1 WHERE id = ? AND uses < uses_limit")
                    .bind(token.id.as_str())
                    .execute(&self.writer)
                    .await?;
            token.used_up = counted.rows_affected() == 0;
        }
        Ok(token)
    }
}

fn token(row: &SqliteRow) -> Result<MachineToken, StoreError> {
    Ok(MachineToken {
        id: SessionId::new(get::<String>(row, "token_id")?),
        identity: identity(row)?,
        client_secret: get::<Option<String>>(row, "client_secret_id")?.map(ClientSecretId::new),
        ttl: number(row, "ttl")?,
        max_ttl: number(row, "max_ttl")?,
        revoked: get(row, "revoked")?,
        used_up: false,
        created_at: number(row, "token_created_at")?,
        expires_at: number(row, "expires_at")?,
    })
}

const END_SHARES: &str = "UPDATE shares SET revoked = 1, value = '', size = 0, updated_at = ?1
    WHERE identity_id = ?2 AND revoked = 0";
const IDENTITY: &str =
    "SELECT i.*, EXISTS (SELECT 1 FROM universal_auths a WHERE a.identity_id = i.id) AS has_universal_auth
    FROM identities i WHERE i.id = ?";
const IDENTITIES: &str =
    "SELECT i.*, EXISTS (SELECT 1 FROM universal_auths a WHERE a.identity_id = i.id) AS has_universal_auth
    FROM identities i WHERE i.org_id = ? ORDER BY i.created_at, i.id";
const UPDATE_IDENTITY: &str = "UPDATE identities SET name = coalesce(?, name), role = coalesce(?, role),
    has_delete_protection = coalesce(?, has_delete_protection), updated_at = ? WHERE id = ?";
const ADD_UNIVERSAL_AUTH: &str = "INSERT INTO universal_auths (token_ttl, token_max_ttl, token_uses_limit, token_period,
        lockout_enabled, lockout_threshold, lockout_duration, lockout_reset, created_at, updated_at, identity_id, id, client_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12)";
const UPDATE_UNIVERSAL_AUTH: &str = "UPDATE universal_auths SET token_ttl = ?, token_max_ttl = ?, token_uses_limit = ?,
        token_period = ?, lockout_enabled = ?, lockout_threshold = ?, lockout_duration = ?, lockout_reset = ?, updated_at = ?
    WHERE identity_id = ?";
const DELETE_UNIVERSAL_TOKENS: &str =
    "DELETE FROM machine_tokens WHERE identity_id = ? AND client_secret_id IS NOT NULL";
const ADD_CLIENT_SECRET: &str =
    "INSERT INTO client_secrets (id, universal_auth_id, secret_hash, prefix, description, uses_limit,
        ttl, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) RETURNING *";
const CLIENT_SECRETS: &str =
    "SELECT c.* FROM client_secrets c JOIN universal_auths a ON a.id = c.universal_auth_id
    WHERE a.identity_id = ? ORDER BY c.created_at, c.id";
const REVOKE_CLIENT_SECRET: &str = "UPDATE client_secrets SET revoked = 1, updated_at = ?
    WHERE id = ? AND universal_auth_id = (SELECT id FROM universal_auths WHERE identity_id = ?) RETURNING *";
const MATCHING_SECRET: &str =
    "SELECT * FROM client_secrets WHERE universal_auth_id = ? AND secret_hash = ? AND revoked = 0
    AND (uses_limit = 0 OR uses < uses_limit) AND (ttl = 0 OR created_at + ttl * 1000 > ?)";
const COUNT_BAD_TRY: &str =
    "UPDATE universal_auths SET bad_tries = ?, bad_tries_since = ?, locked_until = ? WHERE id = ?";
const ADD_TOKEN: &str = "INSERT INTO machine_tokens (id, identity_id, client_secret_id, ttl, max_ttl, uses_limit, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
/// The columns that make a machine's token.
macro_rules! token_columns {
    () => {
        "i.*, t.id AS token_id, t.client_secret_id, t.ttl, t.max_ttl, t.uses_limit, t.revoked,
        t.created_at AS token_created_at, t.expires_at,
        EXISTS (SELECT 1 FROM universal_auths a WHERE a.identity_id = i.id) AS has_universal_auth"
    };
}
pub(super) use token_columns;

const TOKEN: &str = concat!(
    "SELECT ",
    token_columns!(),
    " FROM machine_tokens t JOIN identities i ON i.id = t.identity_id WHERE t.id = ? AND t.expires_at > ?"
);
