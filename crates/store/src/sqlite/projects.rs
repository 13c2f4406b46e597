//! Projects, environments and members in SQLite.

use coffer_wire::id::{EnvironmentId, IdentityId, MembershipId, OrganizationId, ProjectId, UserId};
use coffer_wire::privilege::Permission;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, OfActor, SqliteStore, get, int, maybe_number, number, taken};
use crate::model::{
    Account, Actor, Environment, GivenRole, Identity, Member, Project, Role, RoleChoice, Standing, Temporary,
};
use crate::projects::{NewProject, ProjectPatch, Projects};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Projects for SqliteStore {
    async fn create_project(&self, project: NewProject, now: u64) -> Result<Project, StoreError> {
        let mut tx = self.begin().await?;
        let id = ProjectId::new(self.id());
        sqlx::query(ADD_PROJECT)
            .bind(id.as_str())
            .bind(project.organization.as_str())
            .bind(&project.name)
            .bind(&project.description)
            .bind(&project.slug)
            .bind(project.has_delete_protection)
            .bind(int(now))
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, || Thing::Slug(project.slug.clone())))?;
        for (position, (name, slug)) in (1..).zip(&project.environments) {
            self.add_environment(&mut tx, &id, name, slug, position, now)
                .await?;
        }
        let member = self.add_member_row(&mut tx, &id, &project.creator, now).await?;
        let admin = RoleChoice {
            role: Role::Admin,
            temporary: None,
        };
        self.replace_roles(&mut tx, &member, &[admin], now).await?;
        let made = project_by_id(&mut tx, &id)
            .await?
            .ok_or(StoreError::Missing(Thing::Project))?;
        tx.commit().await?;
        Ok(made)
    }

    async fn projects_of(
        &self,
        actor: &Actor,
        organization: &OrganizationId,
    ) -> Result<Vec<Project>, StoreError> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(PROJECTS_OF)
            .bind(organization.as_str())
            .bind_actor(actor)
            .fetch_all(&mut *tx)
            .await?;
        let mut projects: Vec<Project> = rows.iter().map(project).collect::<Result<_, _>>()?;
        for project in &mut projects {
            project.environments = environments(&mut tx, &project.id).await?;
        }
        Ok(projects)
    }

    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError> {
        let mut tx = self.snapshot().await?;
        project_by_id(&mut tx, id).await
    }

    async fn project_by_slug(
        &self,
        organization: &OrganizationId,
        slug: &str,
    ) -> Result<Option<Project>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query("SELECT * FROM projects WHERE org_id = ? AND slug = ?")
            .bind(organization.as_str())
            .bind(slug)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(mut found) = row.as_ref().map(project).transpose()? else {
            return Ok(None);
        };
        found.environments = environments(&mut tx, &found.id).await?;
        Ok(Some(found))
    }

    async fn update_project(
        &self,
        id: &ProjectId,
        patch: ProjectPatch,
        now: u64,
    ) -> Result<Project, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(UPDATE_PROJECT)
            .bind(&patch.name)
            .bind(&patch.description)
            .bind(&patch.slug)
            .bind(patch.auto_capitalization)
            .bind(patch.has_delete_protection)
            .bind(patch.secret_sharing)
            .bind(patch.version_limit.map(int))
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, || Thing::Slug(patch.slug.clone().unwrap_or_default())))?;
        let changed = project_by_id(&mut tx, id)
            .await?
            .ok_or(StoreError::Missing(Thing::Project))?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_project(&self, id: &ProjectId) -> Result<Project, StoreError> {
        let mut tx = self.begin().await?;
        let gone = project_by_id(&mut tx, id)
            .await?
            .ok_or(StoreError::Missing(Thing::Project))?;
        if gone.has_delete_protection {
            return Err(StoreError::Protected);
        }
        sqlx::query("DELETE FROM projects WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn standing(
        &self,
        actor: &Actor,
        project: &ProjectId,
        now: u64,
    ) -> Result<Option<Standing>, StoreError> {
        let row = sqlx::query(STANDING)
            .bind(project.as_str())
            .bind(int(now))
            .bind_actor(actor)
            .fetch_one(&self.readers)
            .await?;
        standing_of(row.try_get(0)?)
    }

    async fn create_environment(
        &self,
        project: &ProjectId,
        name: &str,
        slug: &str,
        position: Option<u64>,
        now: u64,
    ) -> Result<Environment, StoreError> {
        let mut tx = self.begin().await?;
        let count = environments(&mut tx, project).await?.len() as u64;
        let position = position.unwrap_or(count + 1).clamp(1, count + 1);
        sqlx::query("UPDATE environments SET position = position + 1 WHERE project_id = ? AND position >= ?")
            .bind(project.as_str())
            .bind(int(position))
            .execute(&mut *tx)
            .await?;
        let id = self
            .add_environment(&mut tx, project, name, slug, position, now)
            .await?;
        let made = environment_by_id(&mut tx, project, &id).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn update_environment(
        &self,
        project: &ProjectId,
        id: &EnvironmentId,
        name: Option<&str>,
        slug: Option<&str>,
        position: Option<u64>,
        now: u64,
    ) -> Result<Environment, StoreError> {
        let mut tx = self.begin().await?;
        let before = environment_by_id(&mut tx, project, id).await?;
        sqlx::query("UPDATE environments SET name = coalesce(?, name), slug = coalesce(?, slug), updated_at = ? WHERE id = ?")
            .bind(name)
            .bind(slug)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, || Thing::Environment(slug.unwrap_or_default().to_owned())))?;
        if let Some(position) = position {
            let count = environments(&mut tx, project).await?.len() as u64;
            for (sql, position) in [(CLOSE_GAP, before.position), (OPEN_GAP, position.clamp(1, count))] {
                sqlx::query(sql)
                    .bind(project.as_str())
                    .bind(int(position))
                    .bind(id.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let changed = environment_by_id(&mut tx, project, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_environment(
        &self,
        project: &ProjectId,
        id: &EnvironmentId,
    ) -> Result<Environment, StoreError> {
        let mut tx = self.begin().await?;
        let gone = environment_by_id(&mut tx, project, id).await?;
        sqlx::query("DELETE FROM environments WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE environments SET position = position - 1 WHERE project_id = ? AND position > ?")
            .bind(project.as_str())
            .bind(int(gone.position))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn members(&self, project: &ProjectId) -> Result<Vec<Member<Account>>, StoreError> {
        let mut tx = self.snapshot().await?;
        people(&mut tx, project).await
    }

    async fn add_members(
        &self,
        project: &ProjectId,
        usernames: &[String],
        roles: &[Role],
        now: u64,
    ) -> Result<Vec<Member<Account>>, StoreError> {
        let mut tx = self.begin().await?;
        let mut added = Vec::new();
        for username in usernames {
            let user = sqlx::query(ORG_PERSON)
                .bind(project.as_str())
                .bind(username.to_lowercase())
                .fetch_optional(&mut *tx)
                .await?
                .ok_or_else(|| StoreError::Missing(Thing::Member(username.clone())))?;
            let user = UserId::new(get::<String>(&user, "id")?);
            if self.add_person(&mut tx, project, &user, roles, now).await? {
                added.push(user);
            }
        }
        let members = people(&mut tx, project).await?;
        tx.commit().await?;
        Ok(members
            .into_iter()
            .filter(|member| added.contains(&member.who.id))
            .collect())
    }

    async fn remove_members(
        &self,
        project: &ProjectId,
        usernames: &[String],
    ) -> Result<Vec<Member<Account>>, StoreError> {
        let mut tx = self.begin().await?;
        let mut removed = Vec::new();
        for member in people(&mut tx, project).await? {
            if usernames
                .iter()
                .any(|name| name.to_lowercase() == member.who.username)
            {
                sqlx::query(REMOVE_MEMBER)
                    .bind(member.id.as_str())
                    .execute(&mut *tx)
                    .await?;
                removed.push(member);
            }
        }
        if !removed.is_empty() {
            keep_an_admin(&mut tx, project).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    async fn set_member_roles(
        &self,
        project: &ProjectId,
        member: &MembershipId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Vec<GivenRole>, StoreError> {
        let mut tx = self.begin().await?;
        let known = people(&mut tx, project)
            .await?
            .into_iter()
            .any(|known| known.id == *member);
        if !known {
            return Err(StoreError::Missing(Thing::Member(member.to_string())));
        }
        self.replace_roles(&mut tx, member, roles, now).await?;
        keep_an_admin(&mut tx, project).await?;
        let given = roles_of(&mut tx, member).await?;
        tx.commit().await?;
        Ok(given)
    }

    async fn machine_members(&self, project: &ProjectId) -> Result<Vec<Member<Identity>>, StoreError> {
        let mut tx = self.snapshot().await?;
        machines(&mut tx, project).await
    }

    async fn add_machine_member(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Member<Identity>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "SELECT 1 FROM identities i JOIN projects p ON p.org_id = i.org_id WHERE p.id = ? AND i.id = ?",
        )
        .bind(project.as_str())
        .bind(identity.as_str())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::Missing(Thing::Identity))?;
        let member = self
            .add_member_row(&mut tx, project, &Actor::Machine(identity.clone()), now)
            .await?;
        self.replace_roles(&mut tx, &member, roles, now).await?;
        let made = one_machine(&mut tx, project, identity).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn set_machine_roles(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Member<Identity>, StoreError> {
        let mut tx = self.begin().await?;
        let member = one_machine(&mut tx, project, identity).await?;
        self.replace_roles(&mut tx, &member.id, roles, now).await?;
        keep_an_admin(&mut tx, project).await?;
        let changed = one_machine(&mut tx, project, identity).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn remove_machine_member(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
    ) -> Result<Member<Identity>, StoreError> {
        let mut tx = self.begin().await?;
        let gone = one_machine(&mut tx, project, identity).await?;
        sqlx::query(REMOVE_MEMBER)
            .bind(gone.id.as_str())
            .execute(&mut *tx)
            .await?;
        keep_an_admin(&mut tx, project).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

impl SqliteStore {
    /// Makes a person a member; false if they are one already.
    pub(super) async fn add_person(
        &self,
        connection: &mut Connection,
        project: &ProjectId,
        user: &UserId,
        roles: &[Role],
        now: u64,
    ) -> Result<bool, StoreError> {
        let member = match self
            .add_member_row(connection, project, &Actor::Person(user.clone()), now)
            .await
        {
            Ok(member) => member,
            Err(StoreError::Exists(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let roles: Vec<_> = roles
            .iter()
            .map(|role| RoleChoice {
                role: *role,
                temporary: None,
            })
            .collect();
        self.replace_roles(connection, &member, &roles, now).await?;
        Ok(true)
    }

    async fn add_member_row(
        &self,
        connection: &mut Connection,
        project: &ProjectId,
        actor: &Actor,
        now: u64,
    ) -> Result<MembershipId, StoreError> {
        let id = MembershipId::new(self.id());
        sqlx::query(ADD_MEMBER)
            .bind(id.as_str())
            .bind(project.as_str())
            .bind_actor(actor)
            .bind(int(now))
            .execute(connection)
            .await
            .map_err(|error| match &error {
                sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                    StoreError::Missing(Thing::Project)
                }
                _ => taken(error, || Thing::Member(actor.id().to_owned())),
            })?;
        Ok(id)
    }

    async fn replace_roles(
        &self,
        connection: &mut Connection,
        member: &MembershipId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM project_roles WHERE member_id = ?")
            .bind(member.as_str())
            .execute(&mut *connection)
            .await?;
        for choice in roles {
            let temporary = choice.temporary.as_ref();
            sqlx::query(ADD_ROLE)
                .bind(self.id())
                .bind(member.as_str())
                .bind(choice.role.as_str())
                .bind(temporary.map(|temporary| temporary.range.as_str()))
                .bind(temporary.map(|temporary| int(temporary.starts_at)))
                .bind(temporary.map(|temporary| int(temporary.ends_at)))
                .bind(int(now))
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("UPDATE project_members SET updated_at = ? WHERE id = ?")
            .bind(int(now))
            .bind(member.as_str())
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn add_environment(
        &self,
        connection: &mut Connection,
        project: &ProjectId,
        name: &str,
        slug: &str,
        position: u64,
        now: u64,
    ) -> Result<EnvironmentId, StoreError> {
        let id = EnvironmentId::new(self.id());
        sqlx::query(ADD_ENVIRONMENT)
            .bind(id.as_str())
            .bind(project.as_str())
            .bind(name)
            .bind(slug)
            .bind(int(position))
            .bind(int(now))
            .execute(&mut *connection)
            .await
            .map_err(|error| taken(error, || Thing::Environment(slug.to_owned())))?;
        sqlx::query(ADD_ROOT)
            .bind(self.id())
            .bind(id.as_str())
            .bind(int(now))
            .execute(connection)
            .await?;
        Ok(id)
    }
}

async fn project_by_id(connection: &mut Connection, id: &ProjectId) -> Result<Option<Project>, StoreError> {
    let row = sqlx::query("SELECT * FROM projects WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(mut found) = row.as_ref().map(project).transpose()? else {
        return Ok(None);
    };
    found.environments = environments(connection, id).await?;
    Ok(Some(found))
}

async fn environments(
    connection: &mut Connection,
    project: &ProjectId,
) -> Result<Vec<Environment>, StoreError> {
    let rows = sqlx::query("SELECT * FROM environments WHERE project_id = ? ORDER BY position, created_at")
        .bind(project.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(environment).collect()
}

async fn environment_by_id(
    connection: &mut Connection,
    project: &ProjectId,
    id: &EnvironmentId,
) -> Result<Environment, StoreError> {
    let row = sqlx::query("SELECT * FROM environments WHERE project_id = ? AND id = ?")
        .bind(project.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref()
        .map(environment)
        .transpose()?
        .ok_or_else(|| StoreError::Missing(Thing::Environment(id.to_string())))
}

async fn people(
    connection: &mut Connection,
    project: &ProjectId,
) -> Result<Vec<Member<Account>>, StoreError> {
    let rows = sqlx::query(PEOPLE)
        .bind(project.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        let account = super::accounts::account(row)?;
        members.push(member(connection, project, row, account).await?);
    }
    Ok(members)
}

async fn machines(
    connection: &mut Connection,
    project: &ProjectId,
) -> Result<Vec<Member<Identity>>, StoreError> {
    let rows = sqlx::query(MACHINES)
        .bind(project.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        let identity = super::machines::identity(row)?;
        members.push(member(connection, project, row, identity).await?);
    }
    Ok(members)
}

async fn one_machine(
    connection: &mut Connection,
    project: &ProjectId,
    identity: &IdentityId,
) -> Result<Member<Identity>, StoreError> {
    machines(connection, project)
        .await?
        .into_iter()
        .find(|member| member.who.id == *identity)
        .ok_or_else(|| StoreError::Missing(Thing::Member(identity.to_string())))
}

async fn member<Who>(
    connection: &mut Connection,
    project: &ProjectId,
    row: &SqliteRow,
    who: Who,
) -> Result<Member<Who>, StoreError> {
    let id = MembershipId::new(get::<String>(row, "member_id")?);
    let roles = roles_of(connection, &id).await?;
    Ok(Member {
        id,
        project: project.clone(),
        who,
        roles,
        created_at: number(row, "member_created_at")?,
        updated_at: number(row, "member_updated_at")?,
    })
}

async fn roles_of(connection: &mut Connection, member: &MembershipId) -> Result<Vec<GivenRole>, StoreError> {
    let rows = sqlx::query("SELECT * FROM project_roles WHERE member_id = ? ORDER BY rowid")
        .bind(member.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(given_role).collect()
}

/// Refuses to leave a project without anybody who administrates it for good.
async fn keep_an_admin(connection: &mut Connection, project: &ProjectId) -> Result<(), StoreError> {
    let admin = sqlx::query(LASTING_ADMIN)
        .bind(project.as_str())
        .fetch_optional(connection)
        .await?;
    admin.map(|_| ()).ok_or(StoreError::Protected)
}

fn project(row: &SqliteRow) -> Result<Project, StoreError> {
    Ok(Project {
        id: ProjectId::new(get::<String>(row, "id")?),
        organization: OrganizationId::new(get::<String>(row, "org_id")?),
        name: get(row, "name")?,
        description: get(row, "description")?,
        slug: get(row, "slug")?,
        auto_capitalization: get(row, "auto_capitalization")?,
        has_delete_protection: get(row, "has_delete_protection")?,
        secret_sharing: get(row, "secret_sharing")?,
        version_limit: number(row, "version_limit")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
        environments: Vec::new(),
    })
}

pub(super) fn environment(row: &SqliteRow) -> Result<Environment, StoreError> {
    Ok(Environment {
        id: EnvironmentId::new(get::<String>(row, "id")?),
        project: ProjectId::new(get::<String>(row, "project_id")?),
        name: get(row, "name")?,
        slug: get(row, "slug")?,
        position: number(row, "position")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn given_role(row: &SqliteRow) -> Result<GivenRole, StoreError> {
    let range = get::<Option<String>>(row, "range")?;
    let (starts_at, ends_at) = (maybe_number(row, "starts_at")?, maybe_number(row, "ends_at")?);
    let temporary = match (range, starts_at, ends_at) {
        (Some(range), Some(starts_at), Some(ends_at)) => Some(Temporary {
            range,
            starts_at,
            ends_at,
        }),
        _ => None,
    };
    Ok(GivenRole {
        id: get(row, "id")?,
        role: Role::parse(&get::<String>(row, "role")?).unwrap_or(Role::NoAccess),
        temporary,
        created_at: number(row, "created_at")?,
    })
}

/// What [`standing`] writes.
pub(super) fn standing_of(text: &str) -> Result<Option<Standing>, StoreError> {
    let mut found: Vec<(Vec<String>, Vec<Vec<Permission>>)> = serde_json::from_str(text)
        .map_err(|error| StoreError::Database(format!("rights could not be read: {error}")))?;
    Ok(found.pop().map(|(roles, privileges)| Standing {
        role: roles
            .iter()
            .filter_map(|role| Role::parse(role))
            .max()
            .unwrap_or(Role::NoAccess),
        privileges: privileges.into_iter().flatten().collect(),
    }))
}

const ADD_PROJECT: &str = "INSERT INTO projects (id, org_id, name, description, slug, has_delete_protection, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
const PROJECTS_OF: &str = "SELECT p.* FROM project_members m JOIN projects p ON p.id = m.project_id
    WHERE p.org_id = ? AND (m.user_id = ? OR m.identity_id = ?) ORDER BY p.created_at, p.id";
const UPDATE_PROJECT: &str =
    "UPDATE projects SET name = coalesce(?, name), description = coalesce(?, description),
    slug = coalesce(?, slug), auto_capitalization = coalesce(?, auto_capitalization),
    has_delete_protection = coalesce(?, has_delete_protection), secret_sharing = coalesce(?, secret_sharing),
    version_limit = coalesce(?, version_limit), updated_at = ? WHERE id = ?";
/// What somebody has been given in project `?1` at the time `?2`, as JSON: roles and the rules of privileges, or nothing
/// for strangers.
macro_rules! standing {
    ($who:literal) => {
        concat!(
            "(SELECT json_group_array(json_array(
                json((SELECT json_group_array(r.role) FROM project_roles r WHERE r.member_id = pm.id
                    AND (r.ends_at IS NULL OR (?2 >= r.starts_at AND ?2 < r.ends_at)))),
                json((SELECT json_group_array(json(v.permissions) ORDER BY v.created_at, v.id) FROM privileges v
                    WHERE v.member_id = pm.id AND (v.ends_at IS NULL OR (?2 >= v.starts_at AND ?2 < v.ends_at))))))
                FROM project_members pm WHERE pm.project_id = ?1 AND (",
            $who,
            "))"
        )
    };
}
pub(super) use standing;

const STANDING: &str = concat!("SELECT ", standing!("pm.user_id = ?3 OR pm.identity_id = ?4"));
const ADD_ENVIRONMENT: &str =
    "INSERT INTO environments (id, project_id, name, slug, position, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
const ADD_ROOT: &str = "INSERT INTO folders (id, environment_id, name, path, created_at, updated_at)
    VALUES (?1, ?2, 'root', '/', ?3, ?3)";
const CLOSE_GAP: &str =
    "UPDATE environments SET position = position - 1 WHERE project_id = ?1 AND position > ?2 AND id <> ?3";
const OPEN_GAP: &str = "UPDATE environments SET position = CASE WHEN id = ?3 THEN ?2 ELSE position + 1 END
    WHERE project_id = ?1 AND (id = ?3 OR position >= ?2)";
const PEOPLE: &str = "SELECT u.*, m.id AS member_id, m.created_at AS member_created_at, m.updated_at AS member_updated_at
    FROM project_members m JOIN users u ON u.id = m.user_id WHERE m.project_id = ? ORDER BY m.created_at, m.rowid";
const MACHINES: &str = "SELECT i.*, m.id AS member_id, m.created_at AS member_created_at, m.updated_at AS member_updated_at,
        EXISTS (SELECT 1 FROM universal_auths a WHERE a.identity_id = i.id) AS has_universal_auth
    FROM project_members m JOIN identities i ON i.id = m.identity_id WHERE m.project_id = ? ORDER BY m.created_at, m.rowid";
const ORG_PERSON: &str = "SELECT u.id FROM users u JOIN organization_members o ON o.user_id = u.id
    JOIN projects p ON p.org_id = o.org_id WHERE p.id = ? AND u.username = ?";
const ADD_MEMBER: &str =
    "INSERT INTO project_members (id, project_id, user_id, identity_id, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
const ADD_ROLE: &str =
    "INSERT INTO project_roles (id, member_id, role, range, starts_at, ends_at, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const REMOVE_MEMBER: &str = "DELETE FROM project_members WHERE id = ?";
const LASTING_ADMIN: &str = "SELECT 1 FROM project_members m JOIN project_roles r ON r.member_id = m.id
    WHERE m.project_id = ? AND r.role = 'admin' AND r.ends_at IS NULL LIMIT 1";
