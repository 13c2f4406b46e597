//! Additional privileges in SQLite.

use coffer_wire::id::{MembershipId, PrivilegeId, ProjectId};
use coffer_wire::privilege::Permission;
use sqlx::sqlite::SqliteRow;

use super::{Connection, SqliteStore, actor, get, int, maybe_number, number, taken};
use crate::access::Refusal;
use crate::model::{Actor, Privilege, Temporary};
use crate::privileges::{NewPrivilege, PrivilegePatch, Privileges};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Privileges for SqliteStore {
    async fn membership(&self, id: &MembershipId) -> Result<Option<(ProjectId, Actor)>, StoreError> {
        let row = sqlx::query(MEMBERSHIP)
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Ok((ProjectId::new(get::<String>(&row, "project_id")?), member(&row)?)))
            .transpose()
    }

    async fn create_privilege(
        &self,
        member: &MembershipId,
        new: NewPrivilege,
        now: u64,
    ) -> Result<Privilege, StoreError> {
        let mut tx = self.begin().await?;
        let id = PrivilegeId::new(self.id());
        let there = sqlx::query(MEMBERSHIP)
            .bind(member.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if there.is_none() {
            return Err(StoreError::Missing(Thing::Member(member.to_string())));
        }
        add(&mut tx, &id, member, &new, now).await?;
        let made = by_id(&mut tx, &id).await?.ok_or_else(missing)?;
        tx.commit().await?;
        Ok(made)
    }

    async fn privileges(&self, member: &MembershipId) -> Result<Vec<Privilege>, StoreError> {
        let rows = sqlx::query(PRIVILEGES_OF)
            .bind(member.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(privilege).collect()
    }

    async fn privilege(&self, id: &PrivilegeId) -> Result<Option<Privilege>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        by_id(&mut connection, id).await
    }

    async fn update_privilege(
        &self,
        id: &PrivilegeId,
        patch: PrivilegePatch,
        now: u64,
    ) -> Result<Privilege, StoreError> {
        let mut tx = self.begin().await?;
        let found = by_id(&mut tx, id).await?.ok_or_else(missing)?;
        not_from_a_request(&mut tx, id).await?;
        let slug = patch.slug.unwrap_or(found.slug);
        let temporary = patch.temporary.unwrap_or(found.temporary);
        sqlx::query(UPDATE_PRIVILEGE)
            .bind(&slug)
            .bind(json(&patch.permissions.unwrap_or(found.permissions))?)
            .bind(temporary.as_ref().map(|temporary| temporary.range.as_str()))
            .bind(temporary.as_ref().map(|temporary| int(temporary.starts_at)))
            .bind(temporary.as_ref().map(|temporary| int(temporary.ends_at)))
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, || Thing::Privilege(slug.clone())))?;
        let changed = by_id(&mut tx, id).await?.ok_or_else(missing)?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_privilege(&self, id: &PrivilegeId) -> Result<Privilege, StoreError> {
        let mut tx = self.begin().await?;
        let gone = by_id(&mut tx, id).await?.ok_or_else(missing)?;
        not_from_a_request(&mut tx, id).await?;
        remove(&mut tx, id).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Adds a privilege to a membership that is there.
pub(super) async fn add(
    connection: &mut Connection,
    id: &PrivilegeId,
    member: &MembershipId,
    new: &NewPrivilege,
    now: u64,
) -> Result<(), StoreError> {
    sqlx::query(ADD_PRIVILEGE)
        .bind(id.as_str())
        .bind(member.as_str())
        .bind(&new.slug)
        .bind(json(&new.permissions)?)
        .bind(new.temporary.as_ref().map(|temporary| temporary.range.as_str()))
        .bind(new.temporary.as_ref().map(|temporary| int(temporary.starts_at)))
        .bind(new.temporary.as_ref().map(|temporary| int(temporary.ends_at)))
        .bind(int(now))
        .execute(connection)
        .await
        .map_err(|error| taken(error, || Thing::Privilege(new.slug.clone())))?;
    Ok(())
}

pub(super) async fn remove(connection: &mut Connection, id: &PrivilegeId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM privileges WHERE id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a request for access opened is changed by that request alone, or its history would not be true.
async fn not_from_a_request(connection: &mut Connection, id: &PrivilegeId) -> Result<(), StoreError> {
    let request = sqlx::query("SELECT 1 FROM access_requests WHERE privilege_id = ?")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    match request {
        Some(_) => Err(Refusal::FromRequest.into()),
        None => Ok(()),
    }
}

async fn by_id(connection: &mut Connection, id: &PrivilegeId) -> Result<Option<Privilege>, StoreError> {
    let row = sqlx::query(PRIVILEGE)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(privilege).transpose()
}

pub(super) fn privilege(row: &SqliteRow) -> Result<Privilege, StoreError> {
    let temporary = match (
        get::<Option<String>>(row, "range")?,
        maybe_number(row, "starts_at")?,
        maybe_number(row, "ends_at")?,
    ) {
        (Some(range), Some(starts_at), Some(ends_at)) => Some(Temporary {
            range,
            starts_at,
            ends_at,
        }),
        _ => None,
    };
    Ok(Privilege {
        id: PrivilegeId::new(get::<String>(row, "id")?),
        member: MembershipId::new(get::<String>(row, "member_id")?),
        project: ProjectId::new(get::<String>(row, "project_id")?),
        who: member(row)?,
        slug: get(row, "slug")?,
        permissions: serde_json::from_str(get(row, "permissions")?)
            .map_err(|error| StoreError::Database(format!("a privilege could not be read: {error}")))?,
        temporary,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

/// The person or machine of a membership's row.
fn member(row: &SqliteRow) -> Result<Actor, StoreError> {
    actor(row)?.ok_or_else(|| StoreError::Database("a membership is nobody's".to_owned()))
}

fn json(permissions: &[Permission]) -> Result<String, StoreError> {
    serde_json::to_string(permissions).map_err(|error| StoreError::Database(error.to_string()))
}

fn missing() -> StoreError {
    StoreError::Missing(Thing::Privilege(String::new()))
}

const MEMBERSHIP: &str = "SELECT project_id, user_id, identity_id FROM project_members WHERE id = ?";
const ADD_PRIVILEGE: &str =
    "INSERT INTO privileges (id, member_id, slug, permissions, range, starts_at, ends_at, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";
const UPDATE_PRIVILEGE: &str =
    "UPDATE privileges SET slug = ?, permissions = ?, range = ?, starts_at = ?, ends_at = ?,
        updated_at = ? WHERE id = ?";
const PRIVILEGE: &str = "SELECT v.*, m.project_id, m.user_id, m.identity_id
    FROM privileges v JOIN project_members m ON m.id = v.member_id WHERE v.id = ?";
const PRIVILEGES_OF: &str = "SELECT v.*, m.project_id, m.user_id, m.identity_id
    FROM privileges v JOIN project_members m ON m.id = v.member_id WHERE v.member_id = ? ORDER BY v.created_at, v.id";
