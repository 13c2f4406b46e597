//! Members of a project: people and machines.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch, post};
use coffer_store::model::{Account, GivenRole, Identity, Member, Role, RoleChoice, Temporary};
use coffer_wire::Timestamp;
use coffer_wire::id::{IdentityId, MembershipId, ProjectId};
use coffer_wire::member::{
    IdentityMember, IdentityMembersAnswer, Member as WireMember, MemberIdentity, MemberRole, MemberUser,
    MembersAnswer, Membership, MembershipsAnswer,
};
use serde_json::{Value, json};

use super::{count, time};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::input::{Body, Fields, duration};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/projects/{project}/memberships",
            get(list).post(add).delete(remove),
        )
        .route("/api/v1/workspace/{project}/memberships", get(list))
        .route("/api/v1/projects/{project}/memberships/details", post(details))
        .route("/api/v1/projects/{project}/memberships/identities", get(machines))
        .route(
            "/api/v1/projects/{project}/memberships/identities/{identity}",
            get(machine)
                .post(add_machine)
                .patch(update_machine)
                .delete(remove_machine),
        )
        .route(
            "/api/v1/projects/{project}/identity-memberships/{identity}",
            get(machine)
                .post(add_machine)
                .patch(update_machine)
                .delete(remove_machine),
        )
        .route(
            "/api/v2/workspace/{project}/identity-memberships/{identity}",
            get(machine)
                .post(add_machine)
                .patch(update_machine)
                .delete(remove_machine),
        )
        .route("/api/v1/projects/{project}/memberships/{member}", patch(update))
}

/// `GET /api/v1/projects/:project/memberships`
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Reply<MembersAnswer> {
    caller.in_project(&app, &project, Role::Viewer, "member").await?;
    let members = app.store().members(&project).await?;
    Ok(Json(MembersAnswer {
        memberships: members.into_iter().map(wire).collect(),
    }))
}

/// `POST /api/v1/projects/:project/memberships`
async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: Body,
) -> Reply<MembershipsAnswer> {
    caller.in_project(&app, &project, Role::Admin, "member").await?;
    let (names, roles) = body.read(|fields| {
        let roles = fields.has("roleSlugs").then(|| fields.texts("roleSlugs"));
        (names(fields), roles.unwrap_or_else(|| vec!["member".to_owned()]))
    })?;
    let roles = roles
        .iter()
        .map(|slug| role(slug))
        .collect::<Result<Vec<_>, _>>()?;
    let added = app
        .store()
        .add_members(&project, &names, &roles, app.now())
        .await?;
    Ok(Json(MembershipsAnswer {
        memberships: added.into_iter().map(membership).collect(),
    }))
}

/// `DELETE /api/v1/projects/:project/memberships`
async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: Body,
) -> Reply<MembershipsAnswer> {
    caller.in_project(&app, &project, Role::Admin, "member").await?;
    let names = body.read(names)?;
    let removed = app.store().remove_members(&project, &names).await?;
    Ok(Json(MembershipsAnswer {
        memberships: removed.into_iter().map(membership).collect(),
    }))
}

/// `POST /api/v1/projects/:project/memberships/details`
async fn details(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: Body,
) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Viewer, "member").await?;
    let name = body
        .read(|fields| fields.text("username", 1..=320))?
        .to_lowercase();
    let found = app
        .store()
        .members(&project)
        .await?
        .into_iter()
        .find(|member| member.who.username == name);
    let found =
        found.ok_or_else(|| Error::not_found(format!("Project membership not found for user '{name}'")))?;
    Ok(Json(json!({ "membership": wire(found) })))
}

/// `PATCH /api/v1/projects/:project/memberships/:member`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((project, member)): Path<(ProjectId, MembershipId)>,
    body: Body,
) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Admin, "member").await?;
    let roles = read_roles(&body)?.ok_or_else(no_roles)?;
    let given = app
        .store()
        .set_member_roles(&project, &member, &roles, app.now())
        .await?;
    let roles: Vec<_> = given
        .iter()
        .map(|role| {
            json!({
                "id": role.id, "role": role.role.as_str(), "projectMembershipId": member, "customRoleId": null,
                "isTemporary": role.temporary.is_some(),
                "temporaryMode": role.temporary.as_ref().map(|_| "relative"),
                "temporaryRange": role.temporary.as_ref().map(|temporary| &temporary.range),
                "temporaryAccessStartTime": role.temporary.as_ref().map(|temporary| time(temporary.starts_at)),
                "temporaryAccessEndTime": role.temporary.as_ref().map(|temporary| time(temporary.ends_at)),
                "createdAt": time(role.created_at), "updatedAt": time(role.created_at),
            })
        })
        .collect();
    Ok(Json(json!({ "roles": roles })))
}

/// `GET /api/v1/projects/:project/memberships/identities`
async fn machines(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Reply<IdentityMembersAnswer> {
    caller
        .in_project(&app, &project, Role::Viewer, "identity")
        .await?;
    let members: Vec<_> = app
        .store()
        .machine_members(&project)
        .await?
        .into_iter()
        .map(wire_machine)
        .collect();
    Ok(Json(IdentityMembersAnswer {
        total_count: count(members.len() as u64),
        identity_memberships: members,
    }))
}

/// `GET /api/v1/projects/:project/memberships/identities/:identity`
async fn machine(
    State(app): State<App>,
    caller: Caller,
    Path((project, identity)): Path<(ProjectId, IdentityId)>,
) -> Reply<Value> {
    caller
        .in_project(&app, &project, Role::Viewer, "identity")
        .await?;
    let found = app
        .store()
        .machine_members(&project)
        .await?
        .into_iter()
        .find(|member| member.who.id == identity);
    let found =
        found.ok_or_else(|| Error::not_found(format!("Identity with ID '{identity}' is not a member")))?;
    Ok(Json(json!({ "identityMembership": wire_machine(found) })))
}

/// `POST /api/v1/projects/:project/memberships/identities/:identity`
async fn add_machine(
    State(app): State<App>,
    caller: Caller,
    Path((project, identity)): Path<(ProjectId, IdentityId)>,
    body: Body,
) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Admin, "identity").await?;
    let roles = match read_roles(&body)? {
        Some(roles) => roles,
        None => {
            let slug = body.read(|fields| fields.maybe_text("role", 1..=64))?;
            vec![RoleChoice {
                role: role(slug.as_deref().unwrap_or("no-access"))?,
                temporary: None,
            }]
        }
    };
    let made = app
        .store()
        .add_machine_member(&project, &identity, &roles, app.now())
        .await?;
    Ok(Json(machine_membership(&made)))
}

/// `PATCH /api/v1/projects/:project/memberships/identities/:identity`
async fn update_machine(
    State(app): State<App>,
    caller: Caller,
    Path((project, identity)): Path<(ProjectId, IdentityId)>,
    body: Body,
) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Admin, "identity").await?;
    let roles = read_roles(&body)?.ok_or_else(no_roles)?;
    let changed = app
        .store()
        .set_machine_roles(&project, &identity, &roles, app.now())
        .await?;
    Ok(Json(machine_membership(&changed)))
}

/// `DELETE /api/v1/projects/:project/memberships/identities/:identity`
async fn remove_machine(
    State(app): State<App>,
    caller: Caller,
    Path((project, identity)): Path<(ProjectId, IdentityId)>,
) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Admin, "identity").await?;
    let gone = app.store().remove_machine_member(&project, &identity).await?;
    Ok(Json(machine_membership(&gone)))
}

/// A person as other members see them.
pub fn person_of(account: &Account) -> MemberUser {
    MemberUser {
        username: account.username.clone(),
        email: Some(account.email.clone()),
        is_email_verified: Some(account.password_hash.is_some()),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        auth_methods: Some(vec!["email".to_owned()]),
        id: account.id.clone(),
        public_key: None,
    }
}

fn names(fields: &Fields<'_>) -> Vec<String> {
    let mut names = fields.texts("emails");
    names.extend(fields.texts("usernames"));
    names
        .iter_mut()
        .for_each(|name| *name = name.trim().to_lowercase());
    names.sort();
    names.dedup();
    names
}

/// The `roles` of a body; `None` if it has none.
fn read_roles(body: &Body) -> Result<Option<Vec<RoleChoice>>, Error> {
    let roles = body.read(|fields| {
        fields.objects("roles", |item| {
            let slug = item.text("role", 1..=64);
            (slug, read_temporary(item))
        })
    })?;
    let Some(roles) = roles else { return Ok(None) };
    let roles = roles.into_iter().map(|(slug, temporary)| {
        Ok(RoleChoice {
            role: role(&slug)?,
            temporary,
        })
    });
    let roles = roles.collect::<Result<Vec<_>, Error>>()?;
    if roles.is_empty() {
        Err(no_roles())
    } else {
        Ok(Some(roles))
    }
}

/// The time of something that ends by itself; `None` for what does not.
pub fn read_temporary(item: &Fields<'_>) -> Option<Temporary> {
    if !item.flag("isTemporary").unwrap_or(false) {
        return None;
    }
    let range = item.text("temporaryRange", 1..=64);
    let starts_at = Timestamp::from(item.text("temporaryAccessStartTime", 1..=64)).to_millis();
    match (duration(&range), starts_at) {
        (Some(length), Some(starts_at)) if length > 0 => Some(Temporary {
            range,
            starts_at,
            ends_at: starts_at.saturating_add(length),
        }),
        _ => {
            item.wrong(
                "temporaryRange",
                "custom",
                "Temporary range must be a positive duration",
            );
            None
        }
    }
}

fn role(slug: &str) -> Result<Role, Error> {
    Role::parse(slug).ok_or_else(|| Error::bad_request(format!("Role '{slug}' does not exist")))
}

fn no_roles() -> Error {
    Error::issue("At least one role is needed", json!(["roles"]))
}

fn wire_role(role: GivenRole) -> MemberRole {
    MemberRole {
        id: role.id,
        role: role.role.as_str().to_owned(),
        custom_role_id: None,
        custom_role_name: None,
        custom_role_slug: None,
        is_temporary: role.temporary.is_some(),
        temporary_mode: role.temporary.as_ref().map(|_| "relative".to_owned()),
        temporary_range: role.temporary.as_ref().map(|temporary| temporary.range.clone()),
        temporary_access_start_time: role.temporary.as_ref().map(|temporary| time(temporary.starts_at)),
        temporary_access_end_time: role.temporary.as_ref().map(|temporary| time(temporary.ends_at)),
    }
}

fn wire(member: Member<Account>) -> WireMember {
    WireMember {
        id: member.id,
        created_at: Some(time(member.created_at)),
        user_id: member.who.id.clone(),
        project_id: Some(member.project),
        user: person_of(&member.who),
        roles: member.roles.into_iter().map(wire_role).collect(),
    }
}

fn membership(member: Member<Account>) -> Membership {
    Membership {
        id: member.id,
        created_at: time(member.created_at),
        updated_at: time(member.updated_at),
        user_id: member.who.id,
        project_id: member.project,
    }
}

fn wire_machine(member: Member<Identity>) -> IdentityMember {
    let methods = if member.who.has_universal_auth {
        vec!["universal-auth".to_owned()]
    } else {
        Vec::new()
    };
    IdentityMember {
        id: member.id,
        identity_id: member.who.id.clone(),
        created_at: time(member.created_at),
        updated_at: time(member.updated_at),
        roles: member.roles.into_iter().map(wire_role).collect(),
        identity: MemberIdentity {
            name: member.who.name,
            id: member.who.id,
            auth_methods: methods,
        },
    }
}

fn machine_membership(member: &Member<Identity>) -> Value {
    json!({ "identityMembership": {
        "id": member.id, "projectId": member.project, "identityId": member.who.id,
        "createdAt": time(member.created_at), "updatedAt": time(member.updated_at),
    }})
}
