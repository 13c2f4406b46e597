//! Additional privileges: what members may do beyond their role, of people (version 1) and machines (version 2).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use coffer_store::StoreError;
use coffer_store::model::{Actor, Privilege, Role, Temporary};
use coffer_store::privileges::{NewPrivilege, PrivilegePatch};
use coffer_wire::id::{IdentityId, MembershipId, PrivilegeId, ProjectId};
use coffer_wire::privilege::{Permission, Privilege as WirePrivilege, PrivilegeAnswer, PrivilegesAnswer};

use super::members::read_temporary;
use super::time;
use crate::app::App;
use crate::auth::{Caller, Person, rights};
use crate::error::Error;
use crate::input::{Body, Fields, Params, is_slug};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route(PEOPLE, get(of_person).post(give_person))
        .route(
            "/api/v1/user-project-additional-privilege/{id}",
            get(one_of_person).patch(change_person).delete(take_person),
        )
        .route(MACHINES, get(of_machine).post(give_machine))
        .route(
            "/api/v2/identity-project-additional-privilege/{id}",
            get(one_of_machine).patch(change_machine).delete(take_machine),
        )
        .route(
            "/api/v2/identity-project-additional-privilege/slug/{slug}",
            get(by_slug),
        )
}

/// Whose privileges a family of routes is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Machine,
    Person,
}

/// `GET /api/v1/user-project-additional-privilege`
async fn of_person(State(app): State<App>, person: Person, params: Params) -> Reply<PrivilegesAnswer> {
    let member = params.read(|fields| fields.text("projectMembershipId", 1..=100))?;
    list(&app, &person.caller, &MembershipId::new(member), Of::Person).await
}

/// `POST /api/v1/user-project-additional-privilege`
async fn give_person(State(app): State<App>, person: Person, body: Body) -> Reply<PrivilegeAnswer> {
    let (member, new) =
        body.read(|fields| (fields.text("projectMembershipId", 1..=100), read_new(fields)))?;
    give(&app, &person.caller, &MembershipId::new(member), Of::Person, new).await
}

/// `GET /api/v1/user-project-additional-privilege/:id`
async fn one_of_person(
    State(app): State<App>,
    person: Person,
    Path(id): Path<PrivilegeId>,
) -> Reply<PrivilegeAnswer> {
    answer(find(&app, &person.caller, &id, Of::Person, Role::Viewer).await?)
}

/// `PATCH /api/v1/user-project-additional-privilege/:id`
async fn change_person(
    State(app): State<App>,
    person: Person,
    Path(id): Path<PrivilegeId>,
    body: Body,
) -> Reply<PrivilegeAnswer> {
    change(&app, &person.caller, &id, Of::Person, &body).await
}

/// `DELETE /api/v1/user-project-additional-privilege/:id`
async fn take_person(
    State(app): State<App>,
    person: Person,
    Path(id): Path<PrivilegeId>,
) -> Reply<PrivilegeAnswer> {
    take(&app, &person.caller, &id, Of::Person).await
}

/// `GET /api/v2/identity-project-additional-privilege`
async fn of_machine(State(app): State<App>, caller: Caller, params: Params) -> Reply<PrivilegesAnswer> {
    let (project, identity) = params.read(|fields| {
        (
            fields.text("projectId", 1..=100),
            fields.text("identityId", 1..=100),
        )
    })?;
    let member = machine_member(&app, &caller, &ProjectId::new(project), identity, Role::Viewer).await?;
    list(&app, &caller, &member, Of::Machine).await
}

/// `POST /api/v2/identity-project-additional-privilege`
async fn give_machine(State(app): State<App>, caller: Caller, body: Body) -> Reply<PrivilegeAnswer> {
    let (project, identity, new) = body.read(|fields| {
        (
            fields.text("projectId", 1..=100),
            fields.text("identityId", 1..=100),
            read_new(fields),
        )
    })?;
    let member = machine_member(&app, &caller, &ProjectId::new(project), identity, Role::Admin).await?;
    give(&app, &caller, &member, Of::Machine, new).await
}

/// `GET /api/v2/identity-project-additional-privilege/:id`
async fn one_of_machine(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PrivilegeId>,
) -> Reply<PrivilegeAnswer> {
    answer(find(&app, &caller, &id, Of::Machine, Role::Viewer).await?)
}

/// `PATCH /api/v2/identity-project-additional-privilege/:id`
async fn change_machine(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PrivilegeId>,
    body: Body,
) -> Reply<PrivilegeAnswer> {
    change(&app, &caller, &id, Of::Machine, &body).await
}

/// `DELETE /api/v2/identity-project-additional-privilege/:id`
async fn take_machine(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PrivilegeId>,
) -> Reply<PrivilegeAnswer> {
    take(&app, &caller, &id, Of::Machine).await
}

/// `GET /api/v2/identity-project-additional-privilege/slug/:slug`
async fn by_slug(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    params: Params,
) -> Reply<PrivilegeAnswer> {
    let (project, identity) = params.read(|fields| {
        (
            fields.text("projectSlug", 1..=100),
            fields.text("identityId", 1..=100),
        )
    })?;
    let found = app
        .store()
        .project_by_slug(&caller.organization, &project)
        .await?;
    let project =
        found.ok_or_else(|| Error::not_found(format!("Project with slug '{project}' not found")))?;
    let member = machine_member(&app, &caller, &project.id, identity, Role::Viewer).await?;
    let found = app.store().privileges(&member).await?;
    let found = found.into_iter().find(|privilege| privilege.slug == slug);
    answer(found.ok_or_else(|| missing(&slug))?)
}

async fn list(app: &App, caller: &Caller, member: &MembershipId, of: Of) -> Reply<PrivilegesAnswer> {
    may(app, caller, member, of, Role::Viewer).await?;
    let found = app.store().privileges(member).await?;
    let privileges = found.into_iter().map(|found| WirePrivilege {
        permissions: None,
        ..wire(found)
    });
    Ok(Json(PrivilegesAnswer {
        privileges: privileges.collect(),
    }))
}

async fn give(app: &App, caller: &Caller, member: &MembershipId, of: Of, new: New) -> Reply<PrivilegeAnswer> {
    may(app, caller, member, of, Role::Admin).await?;
    let new = NewPrivilege {
        slug: new
            .slug
            .unwrap_or_else(|| app.id().replace('-', "")[..12].to_owned()),
        permissions: new.permissions,
        temporary: new.temporary,
    };
    answer(app.store().create_privilege(member, new, app.now()).await?)
}

async fn change(app: &App, caller: &Caller, id: &PrivilegeId, of: Of, body: &Body) -> Reply<PrivilegeAnswer> {
    find(app, caller, id, of, Role::Admin).await?;
    let patch = body.read(|fields| PrivilegePatch {
        slug: read_slug(fields),
        permissions: fields
            .has("permissions")
            .then(|| read_permissions(fields))
            .filter(|permissions| !permissions.is_empty()),
        temporary: fields.object("type", read_temporary),
    })?;
    answer(app.store().update_privilege(id, patch, app.now()).await?)
}

async fn take(app: &App, caller: &Caller, id: &PrivilegeId, of: Of) -> Reply<PrivilegeAnswer> {
    find(app, caller, id, of, Role::Admin).await?;
    answer(app.store().delete_privilege(id).await?)
}

/// A privilege that the caller may see or change.
async fn find(
    app: &App,
    caller: &Caller,
    id: &PrivilegeId,
    of: Of,
    needed: Role,
) -> Result<Privilege, Error> {
    let found = app.store().privilege(id).await?.filter(|found| of.is(&found.who));
    let found = found.ok_or_else(|| missing(id.as_str()))?;
    caller
        .in_project(app, &found.project, needed, of.subject())
        .await?;
    Ok(found)
}

/// Asks for a role in the project of a membership.
async fn may(app: &App, caller: &Caller, member: &MembershipId, of: Of, needed: Role) -> Result<(), Error> {
    let found = app.store().membership(member).await?;
    let (project, _) = found
        .filter(|(_, who)| of.is(who))
        .ok_or_else(|| Error::not_found(format!("Project membership with ID {member} not found")))?;
    caller.in_project(app, &project, needed, of.subject()).await?;
    Ok(())
}

/// The membership of a machine, by project and identity.
async fn machine_member(
    app: &App,
    caller: &Caller,
    project: &ProjectId,
    identity: String,
    needed: Role,
) -> Result<MembershipId, Error> {
    caller
        .in_project(app, project, needed, Of::Machine.subject())
        .await?;
    let identity = IdentityId::new(identity);
    let found = app.store().machine_members(project).await?;
    let found = found.into_iter().find(|member| member.who.id == identity);
    found
        .map(|member| member.id)
        .ok_or_else(|| Error::not_found(format!("Failed to find identity with id {identity}")))
}

impl Of {
    fn is(self, who: &Actor) -> bool {
        match self {
            Self::Machine => who.machine().is_some(),
            Self::Person => who.person().is_some(),
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Machine => "identity",
            Self::Person => "member",
        }
    }
}

/// A privilege to give, as a body has it.
struct New {
    slug: Option<String>,
    permissions: Vec<Permission>,
    temporary: Option<Temporary>,
}

fn read_new(fields: &Fields<'_>) -> New {
    if !fields.has("type") {
        fields.wrong("type", "invalid_type", "Required");
    }
    New {
        slug: read_slug(fields),
        permissions: read_permissions(fields),
        temporary: fields.object("type", read_temporary).flatten(),
    }
}

fn read_slug(fields: &Fields<'_>) -> Option<String> {
    let slug = fields.maybe_text("slug", 1..=60);
    if slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
        fields.wrong("slug", "custom", "Slug must be a valid slug");
    }
    slug
}

fn read_permissions(fields: &Fields<'_>) -> Vec<Permission> {
    let rules: Option<Vec<Permission>> = fields.parsed("permissions");
    match &rules {
        None if !fields.has("permissions") => fields.wrong("permissions", "invalid_type", "Required"),
        Some(rules) => {
            if let Some(Err(why)) = rules.iter().map(rights::check).find(Result::is_err) {
                fields.wrong("permissions", "custom", &why);
            }
        }
        None => {}
    }
    rules.unwrap_or_default()
}

fn answer(privilege: Privilege) -> Reply<PrivilegeAnswer> {
    Ok(Json(PrivilegeAnswer {
        privilege: wire(privilege),
    }))
}

fn wire(privilege: Privilege) -> WirePrivilege {
    let temporary = privilege.temporary.as_ref();
    WirePrivilege {
        id: privilege.id,
        slug: privilege.slug,
        is_temporary: temporary.is_some(),
        temporary_mode: temporary.map(|_| "relative".to_owned()),
        temporary_range: temporary.map(|temporary| temporary.range.clone()),
        temporary_access_start_time: temporary.map(|temporary| time(temporary.starts_at)),
        temporary_access_end_time: temporary.map(|temporary| time(temporary.ends_at)),
        permissions: Some(privilege.permissions),
        created_at: time(privilege.created_at),
        updated_at: time(privilege.updated_at),
        user_id: privilege.who.person().cloned(),
        identity_id: privilege.who.machine().cloned(),
        project_id: Some(privilege.project),
    }
}

fn missing(what: &str) -> Error {
    StoreError::Missing(coffer_store::Thing::Privilege(what.to_owned())).into()
}

const PEOPLE: &str = "/api/v1/user-project-additional-privilege";
const MACHINES: &str = "/api/v2/identity-project-additional-privilege";
