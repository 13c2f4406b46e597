//! What this server does not have, answered as an unlicensed server of the real kind answers it: so clients that ask
//! before they use something find out.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use coffer_store::model::{OrgRole, Role};
use coffer_wire::id::{OrganizationId, ProjectId};
use serde_json::{Value, json};

use super::Named;
use crate::app::App;
use crate::auth::{Act, Caller, Person};
use crate::error::Error;
use crate::input::{Body, Params};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/organizations/{id}/plan", get(plan))
        .route("/api/v1/organization/audit-logs", get(audit_logs))
        .route("/api/v1/groups", post(groups))
        .route("/api/v2/secret-approvals", post(approvals))
        .route("/api/v1/projects/{project}/roles", get(roles).post(custom_role))
        .route("/api/v1/projects/{project}/tags", get(tags))
        .route("/api/v2/secret-imports", get(imports))
        .route("/api/v1/secret-imports", get(imports))
        .route("/api/v3/secrets", get(legacy_list))
        .route("/api/v3/secrets/{name}", post(legacy_create))
}

/// `GET /api/v1/organizations/:id/plan`
async fn plan(caller: Caller, Path(id): Path<OrganizationId>) -> Reply<Value> {
    caller.in_organization(&id, OrgRole::NoAccess, "billing")?;
    Ok(Json(json!({ "plan": {
        "_id": null, "slug": null, "tier": -1, "secretApproval": false, "rbac": false, "groups": false,
        "auditLogs": false, "auditLogsRetentionDays": 0, "pitRecovery": false, "secretVersioning": true,
        "customRateLimits": false, "samlSSO": false, "oidcSSO": false, "scim": false, "ldap": false,
        "dynamicSecret": false, "secretRotation": false, "eventSubscriptions": false,
    }})))
}

/// `GET /api/v1/organization/audit-logs`
async fn audit_logs(_: Caller) -> Reply<Value> {
    Ok(Json(json!({ "auditLogs": [] })))
}

/// `POST /api/v1/groups`
async fn groups(_: Caller) -> Result<(), Error> {
    Err(Error::bad_request(
        "Failed to create group due to plan restriction. Upgrade plan to create group.",
    ))
}

/// `POST /api/v2/secret-approvals`
async fn approvals(_: Person) -> Result<(), Error> {
    Err(Error::bad_request(
        "Failed to create secret approval policy due to plan restriction. Upgrade plan to create secret approval policy.",
    ))
}

/// `GET /api/v1/projects/:project/roles`
async fn roles(State(app): State<App>, caller: Caller, Path(project): Path<ProjectId>) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Viewer, "role").await?;
    let roles: Vec<_> = [
        ("Admin", "admin"),
        ("Developer", "member"),
        ("Viewer", "viewer"),
        ("No Access", "no-access"),
    ]
    .iter()
    .map(|(name, slug)| json!({ "id": slug, "name": name, "slug": slug, "projectId": project }))
    .collect();
    Ok(Json(json!({ "roles": roles })))
}

/// `POST /api/v1/projects/:project/roles`
async fn custom_role(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Result<(), Error> {
    caller.in_project(&app, &project, Role::Admin, "role").await?;
    Err(Error::bad_request(
        "Failed to create custom role due to plan RBAC restriction. Upgrade to Infisical Enterprise plan to create custom roles.",
    ))
}

/// `GET /api/v1/projects/:project/tags`: there are none, since nothing here makes one.
async fn tags(State(app): State<App>, caller: Caller, Path(project): Path<ProjectId>) -> Reply<Value> {
    caller.in_project(&app, &project, Role::Viewer, "tags").await?;
    Ok(Json(json!({ "tags": [] })))
}

/// `GET /api/v2/secret-imports`, `GET /api/v1/secret-imports`: there are none, since nothing here makes one.
async fn imports(State(app): State<App>, caller: Caller, params: Params) -> Reply<Value> {
    let place = params
        .read(|fields| Named::read(fields, &["path", "directory"]))?
        .place(&app, &caller)
        .await?;
    caller
        .in_project(&app, &place.project, Role::Viewer, "secret-imports")
        .await?;
    Ok(Json(
        json!({ "message": "Successfully fetched secret imports", "secretImports": [] }),
    ))
}

/// `GET /api/v3/secrets`: what is left of the encryption that clients once did.
async fn legacy_list(State(app): State<App>, caller: Caller, params: Params) -> Reply<Value> {
    let place = params
        .read(|fields| Named::read(fields, &["secretPath"]))?
        .place(&app, &caller)
        .await?;
    caller.in_place(&app, &place, Act::DescribeSecret).await?;
    Ok(Json(json!({ "secrets": [] })))
}

/// `POST /api/v3/secrets/:name`: what is left of the encryption that clients once did.
async fn legacy_create(State(app): State<App>, caller: Caller, body: Body) -> Result<(), Error> {
    let place = body
        .read(|fields| Named::read(fields, &["secretPath"]))?
        .place(&app, &caller)
        .await?;
    caller.in_place(&app, &place, Act::CreateSecret).await?;
    Err(Error::NotFound {
        name: "CreateSecret",
        message: format!("Blind index for project with ID '{}' not found", place.project),
    })
}
