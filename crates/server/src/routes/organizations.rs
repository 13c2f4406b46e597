//! Organisations and their members.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use coffer_store::model::{Actor, OrgMember, OrgRole, Organization};
use coffer_wire::id::{MembershipId, OrganizationId};
use coffer_wire::organization::{
    Organization as WireOrganization, OrganizationMember, OrganizationMembersAnswer, OrganizationsAnswer,
};
use serde_json::{Value, json};

use super::members::person_of;
use super::time;
use crate::app::App;
use crate::auth::{Caller, Person, SignedIn};
use crate::error::Error;
use crate::input::Body;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/organization", get(list))
        .route("/api/v1/organization/{id}", get(one))
        .route("/api/v2/organizations/{id}/memberships", get(members))
        .route(
            "/api/v2/organizations/{id}/memberships/{member}",
            patch(update_member).delete(remove_member),
        )
        .route("/api/v2/organizations/{id}/workspaces", get(projects))
}

/// `GET /api/v1/organization`
async fn list(State(app): State<App>, signed_in: SignedIn) -> Reply<OrganizationsAnswer> {
    let found = app
        .store()
        .organizations_of(&Actor::Person(signed_in.user))
        .await?;
    let organizations = found
        .into_iter()
        .map(|(organization, role)| wire(organization, Some(role)))
        .collect();
    Ok(Json(OrganizationsAnswer { organizations }))
}

/// `GET /api/v1/organization/:id`
async fn one(State(app): State<App>, caller: Caller, Path(id): Path<OrganizationId>) -> Reply<Value> {
    caller.in_organization(&id, OrgRole::NoAccess, "workspace")?;
    let found = app.store().organization(&id).await?;
    let found = found.ok_or_else(|| Error::not_found(format!("Organization with ID '{id}' not found")))?;
    Ok(Json(json!({ "organization": wire(found, None) })))
}

/// `GET /api/v2/organizations/:id/memberships`
async fn members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrganizationId>,
) -> Reply<OrganizationMembersAnswer> {
    caller.in_organization(&id, OrgRole::Member, "member")?;
    let members = app.store().organization_members(&id).await?;
    Ok(Json(OrganizationMembersAnswer {
        users: members.iter().map(|member| wire_member(&id, member)).collect(),
    }))
}

/// `PATCH /api/v2/organizations/:id/memberships/:member`
async fn update_member(
    State(app): State<App>,
    person: Person,
    Path((id, member)): Path<(OrganizationId, MembershipId)>,
    body: Body,
) -> Reply<Value> {
    person.caller.in_organization(&id, OrgRole::Admin, "member")?;
    let role = body.read(|fields| fields.text("role", 1..=64))?;
    let role =
        OrgRole::parse(&role).ok_or_else(|| Error::bad_request(format!("Role '{role}' does not exist")))?;
    let changed = app
        .store()
        .set_organization_role(&id, &member, role, app.now())
        .await?;
    Ok(Json(json!({ "membership": membership(&id, &changed) })))
}

/// `DELETE /api/v2/organizations/:id/memberships/:member`
async fn remove_member(
    State(app): State<App>,
    person: Person,
    Path((id, member)): Path<(OrganizationId, MembershipId)>,
) -> Reply<Value> {
    person.caller.in_organization(&id, OrgRole::Admin, "member")?;
    let gone = app.store().remove_organization_member(&id, &member).await?;
    Ok(Json(json!({ "membership": membership(&id, &gone) })))
}

/// `GET /api/v2/organizations/:id/workspaces`
async fn projects(State(app): State<App>, caller: Caller, Path(id): Path<OrganizationId>) -> Reply<Value> {
    caller.in_organization(&id, OrgRole::NoAccess, "workspace")?;
    let found = app.store().projects_of(&caller.actor, &id).await?;
    let workspaces: Vec<_> = found
        .iter()
        .map(|project| {
            let environments: Vec<_> = project
                .environments
                .iter()
                .map(|environment| json!({ "name": environment.name, "slug": environment.slug }))
                .collect();
            json!({
                "id": project.id, "name": project.name, "slug": project.slug,
                "organization": project.organization, "environments": environments,
            })
        })
        .collect();
    Ok(Json(json!({ "workspaces": workspaces })))
}

fn wire(organization: Organization, role: Option<OrgRole>) -> WireOrganization {
    WireOrganization {
        id: organization.id,
        name: organization.name,
        slug: organization.slug,
        customer_id: None,
        auth_enforced: Some(false),
        scim_enabled: Some(false),
        enforce_mfa: false,
        user_role: role.map(|role| role.as_str().to_owned()),
        created_at: Some(time(organization.created_at)),
        updated_at: Some(time(organization.updated_at)),
    }
}

fn wire_member(id: &OrganizationId, member: &OrgMember) -> OrganizationMember {
    OrganizationMember {
        id: member.id.clone(),
        role: member.role.as_str().to_owned(),
        status: status(member).to_owned(),
        invite_email: (!member.accepted).then(|| member.account.email.clone()),
        user_id: Some(member.account.id.clone()),
        org_id: id.clone(),
        role_id: None,
        project_favorites: None,
        is_active: true,
        user: person_of(&member.account),
    }
}

fn membership(id: &OrganizationId, member: &OrgMember) -> Value {
    json!({
        "id": member.id, "role": member.role.as_str(), "status": status(member), "inviteEmail": null,
        "createdAt": time(member.created_at), "updatedAt": time(member.updated_at), "userId": member.account.id,
        "orgId": id, "roleId": null, "projectFavorites": null, "isActive": true, "lastInvitedAt": null,
        "lastLoginAuthMethod": null, "lastLoginTime": null,
    })
}

fn status(member: &OrgMember) -> &'static str {
    if member.accepted { "accepted" } else { "invited" }
}
