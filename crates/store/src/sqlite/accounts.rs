//! People, organisations and sessions in SQLite.

use coffer_wire::id::{MembershipId, OrganizationId, SessionId, UserId};
use sqlx::sqlite::SqliteRow;

use super::{Connection, SqliteStore, get, int, number};
use crate::accounts::{Accounts, Bootstrap, Bootstrapped, Completion, Invitation, Invited};
use crate::model::{
    Account, Actor, Instance, MachineToken, OrgMember, OrgRole, Organization, Rotation, Session,
};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Accounts for SqliteStore {
    async fn instance(&self, now: u64) -> Result<Instance, StoreError> {
        if let Some(row) = sqlx::query(INSTANCE).fetch_optional(&self.readers).await? {
            return instance(&row);
        }
        let mut tx = self.begin().await?;
        sqlx::query("INSERT OR IGNORE INTO instance (one, id, created_at) VALUES (1, ?, ?)")
            .bind(self.id())
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(INSTANCE).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        instance(&row)
    }

    async fn bootstrap(&self, first: Bootstrap, now: u64) -> Result<Bootstrapped, StoreError> {
        let mut tx = self.begin().await?;
        if sqlx::query("SELECT 1 FROM users LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?
            .is_some()
        {
            return Err(StoreError::Exists(Thing::Instance));
        }
        let (user, organization) = (UserId::new(self.id()), OrganizationId::new(self.id()));
        sqlx::query(ADD_USER)
            .bind(user.as_str())
            .bind(first.email.to_lowercase())
            .bind(&first.email)
            .bind(Some("Admin"))
            .bind(Some("User"))
            .bind(Some(&first.password_hash))
            .bind(true)
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        sqlx::query(ADD_ORGANIZATION)
            .bind(organization.as_str())
            .bind(&first.organization)
            .bind(&first.organization_slug)
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        sqlx::query(ADD_ORG_MEMBER)
            .bind(self.id())
            .bind(organization.as_str())
            .bind(user.as_str())
            .bind(OrgRole::Admin.as_str())
            .bind("accepted")
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let identity = self
            .add_identity(
                &mut tx,
                &organization,
                "Instance Admin Identity",
                OrgRole::Admin,
                false,
                now,
            )
            .await?;
        let token = MachineToken {
            id: SessionId::new(self.id()),
            identity,
            client_secret: None,
            ttl: first.token_ttl,
            max_ttl: first.token_ttl,
            revoked: false,
            used_up: false,
            created_at: now,
            expires_at: now + first.token_ttl * 1000,
        };
        super::machines::add_token(&mut tx, &token, 0).await?;
        let account = account_by_id(&mut tx, &user)
            .await?
            .ok_or(StoreError::Missing(Thing::Account))?;
        let organization = organization_by_id(&mut tx, &organization)
            .await?
            .ok_or(StoreError::Missing(Thing::Organization))?;
        tx.commit().await?;
        Ok(Bootstrapped {
            account,
            organization,
            token,
        })
    }

    async fn account_by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query("SELECT * FROM users WHERE username = ?")
            .bind(username.to_lowercase())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(account).transpose()
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        account_by_id(&mut connection, id).await
    }

    async fn organizations_of(&self, actor: &Actor) -> Result<Vec<(Organization, OrgRole)>, StoreError> {
        let sql = match actor {
            Actor::Person(_) => ORGANIZATIONS_OF_PERSON,
            Actor::Machine(_) => ORGANIZATIONS_OF_MACHINE,
        };
        let rows = sqlx::query(sql).bind(actor.id()).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| Ok((organization(row)?, org_role(row, "role")?)))
            .collect()
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        organization_by_id(&mut connection, id).await
    }

    async fn organization_members(&self, id: &OrganizationId) -> Result<Vec<OrgMember>, StoreError> {
        let rows = sqlx::query(ORG_MEMBERS)
            .bind(id.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(org_member).collect()
    }

    async fn set_organization_role(
        &self,
        organization: &OrganizationId,
        member: &MembershipId,
        role: OrgRole,
        now: u64,
    ) -> Result<OrgMember, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE organization_members SET role = ?, updated_at = ? WHERE org_id = ? AND id = ?")
            .bind(role.as_str())
            .bind(int(now))
            .bind(organization.as_str())
            .bind(member.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = one_org_member(&mut tx, organization, member).await?;
        keep_an_admin(&mut tx, organization).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn remove_organization_member(
        &self,
        organization: &OrganizationId,
        member: &MembershipId,
    ) -> Result<OrgMember, StoreError> {
        let mut tx = self.begin().await?;
        let gone = one_org_member(&mut tx, organization, member).await?;
        let user = gone.account.id.as_str();
        for sql in [
            REMOVE_ORG_MEMBER,
            REMOVE_FROM_PROJECTS,
            END_ORG_SESSIONS,
            REMOVE_INVITATION,
        ] {
            sqlx::query(sql)
                .bind(organization.as_str())
                .bind(user)
                .execute(&mut *tx)
                .await?;
        }
        keep_an_admin(&mut tx, organization).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn invite(&self, invitation: Invitation, now: u64) -> Result<Vec<Invited>, StoreError> {
        let mut tx = self.begin().await?;
        let mut invited = Vec::new();
        for (email, code_hash) in &invitation.people {
            let username = email.to_lowercase();
            let known = sqlx::query("SELECT * FROM users WHERE username = ?")
                .bind(&username)
                .fetch_optional(&mut *tx)
                .await?;
            let (user, needs_sign_up) = match known.as_ref().map(account).transpose()? {
                Some(account) => (account.id, account.password_hash.is_none()),
                None => {
                    let user = UserId::new(self.id());
                    sqlx::query(ADD_USER)
                        .bind(user.as_str())
                        .bind(&username)
                        .bind(email)
                        .bind(None::<&str>)
                        .bind(None::<&str>)
                        .bind(None::<&str>)
                        .bind(false)
                        .bind(int(now))
                        .execute(&mut *tx)
                        .await?;
                    (user, true)
                }
            };
            sqlx::query(INVITE_ORG_MEMBER)
                .bind(self.id())
                .bind(invitation.organization.as_str())
                .bind(user.as_str())
                .bind(invitation.role.as_str())
                .bind(if needs_sign_up { "invited" } else { "accepted" })
                .bind(int(now))
                .execute(&mut *tx)
                .await?;
            if needs_sign_up {
                sqlx::query("INSERT OR REPLACE INTO invitations (user_id, org_id, code_hash, expires_at) VALUES (?, ?, ?, ?)")
                    .bind(user.as_str())
                    .bind(invitation.organization.as_str())
                    .bind(code_hash.as_slice())
                    .bind(int(invitation.expires_at))
                    .execute(&mut *tx)
                    .await?;
            }
            for (project, roles) in &invitation.projects {
                self.add_person(&mut tx, project, &user, roles, now).await?;
            }
            invited.push(Invited {
                email: email.clone(),
                needs_sign_up,
            });
        }
        tx.commit().await?;
        Ok(invited)
    }

    async fn invited(
        &self,
        organization: &OrganizationId,
        username: &str,
        code_hash: &[u8; 32],
        now: u64,
    ) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(INVITED)
            .bind(username.to_lowercase())
            .bind(organization.as_str())
            .bind(code_hash.as_slice())
            .bind(int(now))
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(account).transpose()
    }

    async fn complete_account(&self, completion: Completion, now: u64) -> Result<Account, StoreError> {
        let mut tx = self.begin().await?;
        let spent =
            sqlx::query("DELETE FROM invitations WHERE user_id = ? AND org_id = ? AND expires_at > ?")
                .bind(completion.user.as_str())
                .bind(completion.organization.as_str())
                .bind(int(now))
                .execute(&mut *tx)
                .await?;
        if spent.rows_affected() == 0 {
            return Err(StoreError::Missing(Thing::Account));
        }
        let changed = sqlx::query(COMPLETE_USER)
            .bind(&completion.first_name)
            .bind(&completion.last_name)
            .bind(&completion.password_hash)
            .bind(int(now))
            .bind(completion.user.as_str())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::Exists(Thing::Account));
        }
        sqlx::query("UPDATE organization_members SET status = 'accepted', updated_at = ? WHERE user_id = ?")
            .bind(int(now))
            .bind(completion.user.as_str())
            .execute(&mut *tx)
            .await?;
        let account = account_by_id(&mut tx, &completion.user)
            .await?
            .ok_or(StoreError::Missing(Thing::Account))?;
        tx.commit().await?;
        Ok(account)
    }

    async fn rename(&self, user: &UserId, names: (&str, &str), now: u64) -> Result<Account, StoreError> {
        sqlx::query("UPDATE users SET first_name = ?, last_name = ?, updated_at = ? WHERE id = ?")
            .bind(names.0)
            .bind(names.1)
            .bind(int(now))
            .bind(user.as_str())
            .execute(&self.writer)
            .await?;
        self.account(user)
            .await?
            .ok_or(StoreError::Missing(Thing::Account))
    }

    async fn set_password(
        &self,
        user: &UserId,
        password_hash: &str,
        keep: Option<&SessionId>,
        now: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ?")
            .bind(password_hash)
            .bind(int(now))
            .bind(user.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM sessions WHERE user_id = ? AND id <> ?")
            .bind(user.as_str())
            .bind(keep.map_or("", SessionId::as_str))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn start_session(&self, session: Session, now: u64) -> Result<(), StoreError> {
        sqlx::query(START_SESSION)
            .bind(session.id.as_str())
            .bind(session.user.as_str())
            .bind(session.organization.as_ref().map(OrganizationId::as_str))
            .bind(&session.current)
            .bind(int(session.issued_at))
            .bind(int(now))
            .bind(int(session.expires_at))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn session(
        &self,
        id: &SessionId,
        organization: Option<&OrganizationId>,
        now: u64,
    ) -> Result<Option<(Session, Option<OrgRole>)>, StoreError> {
        let row = sqlx::query(SESSION)
            .bind(organization.map_or("", OrganizationId::as_str))
            .bind(id.as_str())
            .bind(int(now))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            let role = get::<Option<String>>(&row, "role")?
                .as_deref()
                .and_then(OrgRole::parse);
            Ok((session(&row)?, role))
        })
        .transpose()
    }

    async fn select_organization(
        &self,
        id: &SessionId,
        organization: &OrganizationId,
        next: &str,
        now: u64,
    ) -> Result<Session, StoreError> {
        let row = sqlx::query(SELECT_ORGANIZATION)
            .bind(organization.as_str())
            .bind(next)
            .bind(int(now))
            .bind(id.as_str())
            .fetch_optional(&self.writer)
            .await?;
        row.as_ref()
            .map(session)
            .transpose()?
            .ok_or(StoreError::Missing(Thing::Session))
    }

    async fn rotate_session(
        &self,
        id: &SessionId,
        presented: &str,
        next: &str,
        now: u64,
        grace: u64,
    ) -> Result<Rotation, StoreError> {
        let mut tx = self.begin().await?;
        let Some(row) = sqlx::query("SELECT * FROM sessions WHERE id = ? AND expires_at > ?")
            .bind(id.as_str())
            .bind(int(now))
            .fetch_optional(&mut *tx)
            .await?
        else {
            return Ok(Rotation::Ended);
        };
        let known = session(&row)?;
        let outcome = if known.current == presented {
            let row = sqlx::query(ROTATE)
                .bind(next)
                .bind(int(now))
                .bind(id.as_str())
                .fetch_one(&mut *tx)
                .await?;
            Rotation::Rotated(session(&row)?)
        } else if get::<Option<String>>(&row, "previous")?.as_deref() == Some(presented)
            && now < known.issued_at + grace
        {
            Rotation::Repeated(known)
        } else {
            sqlx::query(END_SESSION)
                .bind(id.as_str())
                .execute(&mut *tx)
                .await?;
            Rotation::Stolen
        };
        tx.commit().await?;
        Ok(outcome)
    }

    async fn end_session(&self, id: &SessionId) -> Result<(), StoreError> {
        sqlx::query(END_SESSION)
            .bind(id.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

impl SqliteStore {
    pub(super) async fn add_identity(
        &self,
        connection: &mut Connection,
        organization: &OrganizationId,
        name: &str,
        role: OrgRole,
        has_delete_protection: bool,
        now: u64,
    ) -> Result<crate::model::Identity, StoreError> {
        let id = self.id();
        sqlx::query(ADD_IDENTITY)
            .bind(&id)
            .bind(organization.as_str())
            .bind(name)
            .bind(role.as_str())
            .bind(has_delete_protection)
            .bind(int(now))
            .execute(&mut *connection)
            .await
            .map_err(|error| match &error {
                sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                    StoreError::Missing(Thing::Organization)
                }
                _ => error.into(),
            })?;
        super::machines::identity_by_id(connection, &id)
            .await?
            .ok_or(StoreError::Missing(Thing::Identity))
    }
}

pub(super) async fn account_by_id(
    connection: &mut Connection,
    id: &UserId,
) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM users WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(account).transpose()
}

async fn organization_by_id(
    connection: &mut Connection,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let row = sqlx::query("SELECT * FROM organizations WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(organization).transpose()
}

async fn one_org_member(
    connection: &mut Connection,
    organization: &OrganizationId,
    member: &MembershipId,
) -> Result<OrgMember, StoreError> {
    let row = sqlx::query(ONE_ORG_MEMBER)
        .bind(organization.as_str())
        .bind(member.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref()
        .map(org_member)
        .transpose()?
        .ok_or_else(|| StoreError::Missing(Thing::Member(member.to_string())))
}

async fn keep_an_admin(connection: &mut Connection, organization: &OrganizationId) -> Result<(), StoreError> {
    let admin = sqlx::query(
        "SELECT 1 FROM organization_members WHERE org_id = ? AND role = 'admin' AND status = 'accepted'",
    )
    .bind(organization.as_str())
    .fetch_optional(connection)
    .await?;
    admin.map(|_| ()).ok_or(StoreError::Protected)
}

fn instance(row: &SqliteRow) -> Result<Instance, StoreError> {
    Ok(Instance {
        id: get(row, "id")?,
        initialized: get(row, "initialized")?,
        created_at: number(row, "created_at")?,
    })
}

pub(super) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: UserId::new(get::<String>(row, "id")?),
        username: get(row, "username")?,
        email: get(row, "email")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        password_hash: get(row, "password_hash")?,
        is_admin: get(row, "is_admin")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn organization(row: &SqliteRow) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: OrganizationId::new(get::<String>(row, "id")?),
        name: get(row, "name")?,
        slug: get(row, "slug")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn org_member(row: &SqliteRow) -> Result<OrgMember, StoreError> {
    Ok(OrgMember {
        id: MembershipId::new(get::<String>(row, "member_id")?),
        role: org_role(row, "role")?,
        accepted: get::<String>(row, "status")? == "accepted",
        account: account(row)?,
        created_at: number(row, "member_created_at")?,
        updated_at: number(row, "member_updated_at")?,
    })
}

pub(super) fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::new(get::<String>(row, "id")?),
        user: UserId::new(get::<String>(row, "user_id")?),
        organization: get::<Option<String>>(row, "org_id")?.map(OrganizationId::new),
        current: get(row, "current")?,
        issued_at: number(row, "issued_at")?,
        expires_at: number(row, "expires_at")?,
    })
}

/// A role that is not known counts as none.
pub(super) fn org_role(row: &SqliteRow, column: &str) -> Result<OrgRole, StoreError> {
    Ok(OrgRole::parse(&get::<String>(row, column)?).unwrap_or(OrgRole::NoAccess))
}

const INSTANCE: &str = "SELECT id, created_at, EXISTS (SELECT 1 FROM users) AS initialized FROM instance";
const ADD_USER: &str = "INSERT INTO users (id, username, email, first_name, last_name, password_hash, is_admin, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";
const ADD_ORGANIZATION: &str =
    "INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)";
const ADD_ORG_MEMBER: &str =
    "INSERT INTO organization_members (id, org_id, user_id, role, status, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
const INVITE_ORG_MEMBER: &str =
    "INSERT INTO organization_members (id, org_id, user_id, role, status, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (org_id, user_id) DO NOTHING";
const ADD_IDENTITY: &str =
    "INSERT INTO identities (id, org_id, name, role, has_delete_protection, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
const ORGANIZATIONS_OF_PERSON: &str =
    "SELECT o.*, m.role FROM organization_members m JOIN organizations o ON o.id = m.org_id
    WHERE m.user_id = ? AND m.status = 'accepted' ORDER BY m.created_at";
const ORGANIZATIONS_OF_MACHINE: &str =
    "SELECT o.*, i.role FROM identities i JOIN organizations o ON o.id = i.org_id WHERE i.id = ?";
const ORG_MEMBERS: &str = "SELECT u.*, m.id AS member_id, m.role, m.status, m.created_at AS member_created_at,
        m.updated_at AS member_updated_at
    FROM organization_members m JOIN users u ON u.id = m.user_id WHERE m.org_id = ? ORDER BY m.created_at, m.id";
const ONE_ORG_MEMBER: &str =
    "SELECT u.*, m.id AS member_id, m.role, m.status, m.created_at AS member_created_at,
        m.updated_at AS member_updated_at
    FROM organization_members m JOIN users u ON u.id = m.user_id WHERE m.org_id = ? AND m.id = ?";
const REMOVE_ORG_MEMBER: &str = "DELETE FROM organization_members WHERE org_id = ? AND user_id = ?";
const REMOVE_FROM_PROJECTS: &str = "DELETE FROM project_members WHERE project_id IN (SELECT id FROM projects WHERE org_id = ?) AND user_id = ?";
const END_ORG_SESSIONS: &str = "DELETE FROM sessions WHERE org_id = ? AND user_id = ?";
const REMOVE_INVITATION: &str = "DELETE FROM invitations WHERE org_id = ? AND user_id = ?";
const INVITED: &str = "SELECT u.* FROM invitations i JOIN users u ON u.id = i.user_id
    WHERE u.username = ? AND i.org_id = ? AND i.code_hash = ? AND i.expires_at > ?";
const COMPLETE_USER: &str =
    "UPDATE users SET first_name = ?, last_name = ?, password_hash = ?, updated_at = ?
    WHERE id = ? AND password_hash IS NULL";
const START_SESSION: &str =
    "INSERT INTO sessions (id, user_id, org_id, current, issued_at, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const SESSION: &str = "SELECT s.*, m.role FROM sessions s
    LEFT JOIN organization_members m ON m.user_id = s.user_id AND m.org_id = ? AND m.status = 'accepted'
    WHERE s.id = ? AND s.expires_at > ?";
const SELECT_ORGANIZATION: &str =
    "UPDATE sessions SET org_id = ?, previous = current, current = ?, issued_at = ? WHERE id = ? RETURNING *";
const ROTATE: &str =
    "UPDATE sessions SET previous = current, current = ?, issued_at = ? WHERE id = ? RETURNING *";
const END_SESSION: &str = "DELETE FROM sessions WHERE id = ?";
