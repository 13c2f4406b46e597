//! Projects, in the spelling of today and in that of older clients.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use coffer_store::model::{OrgRole, Project, Role};
use coffer_store::projects::{NewProject, ProjectPatch};
use coffer_wire::id::ProjectId;
use coffer_wire::project::{
    Project as WireProject, ProjectAnswer, ProjectEnvironment, ProjectsAnswer, SECRET_MANAGER,
};
use serde_json::{Value, json};

use super::{count, time};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::input::{Body, Params, is_slug, slugify};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/projects", post(create).get(list))
        .route("/api/v1/projects/{id}", get(one).patch(update).delete(delete))
        .route("/api/v1/projects/slug/{slug}", get(by_slug))
        .route("/api/v1/workspace", get(workspaces))
        .route("/api/v2/workspace", post(create))
        .route(
            "/api/v1/workspace/{id}",
            get(workspace).patch(update_workspace).delete(delete_workspace),
        )
        .route("/api/v2/workspace/{id}/encrypted-key", get(encrypted_key))
}

/// `POST /api/v1/projects`, `POST /api/v2/workspace`
async fn create(State(app): State<App>, caller: Caller, body: Body) -> Reply<ProjectAnswer> {
    let (name, description, slug, environments, protection) = body.read(|fields| {
        let slug = fields.maybe_text("slug", 5..=36);
        if slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
            fields.wrong("slug", "custom", BAD_SLUG);
        }
        fields.choice("type", &TYPES);
        (
            fields.text("projectName", 1..=64).trim().to_owned(),
            fields.maybe_text("projectDescription", 0..=1024),
            slug,
            fields.flag("shouldCreateDefaultEnvs").unwrap_or(true),
            fields.flag("hasDeleteProtection").unwrap_or(false),
        )
    })?;
    if caller.role < OrgRole::Member {
        return Err(Error::PermissionDenied {
            action: "create",
            subject: "workspace",
        });
    }
    let slug = slug.unwrap_or_else(|| {
        let base: String = slugify(&name).chars().take(30).collect();
        let suffix: String = app
            .random::<2>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{base}-{suffix}")
            .trim_start_matches('-')
            .replace("--", "-")
    });
    let defaults = [
        ("Development", "dev"),
        ("Staging", "staging"),
        ("Production", "prod"),
    ];
    let new = NewProject {
        organization: caller.organization.clone(),
        name,
        description,
        slug,
        has_delete_protection: protection,
        environments: defaults
            .iter()
            .filter(|_| environments)
            .map(|(name, slug)| ((*name).to_owned(), (*slug).to_owned()))
            .collect(),
        creator: caller.actor,
    };
    let made = app.store().create_project(new, app.now()).await?;
    Ok(Json(ProjectAnswer { project: wire(made) }))
}

/// `GET /api/v1/projects`
async fn list(State(app): State<App>, caller: Caller, params: Params) -> Reply<ProjectsAnswer> {
    let kind = params.read(|fields| fields.choice("type", &TYPES))?;
    if kind.is_some_and(|kind| kind != SECRET_MANAGER) {
        return Ok(Json(ProjectsAnswer { projects: Vec::new() }));
    }
    let found = app
        .store()
        .projects_of(&caller.actor, &caller.organization)
        .await?;
    Ok(Json(ProjectsAnswer {
        projects: found.into_iter().map(wire).collect(),
    }))
}

/// `GET /api/v1/projects/:id`
async fn one(State(app): State<App>, caller: Caller, Path(id): Path<ProjectId>) -> Reply<ProjectAnswer> {
    Ok(Json(ProjectAnswer {
        project: wire(allowed(&app, &caller, &id, Role::NoAccess).await?),
    }))
}

/// `PATCH /api/v1/projects/:id`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProjectId>,
    body: Body,
) -> Reply<ProjectAnswer> {
    Ok(Json(ProjectAnswer {
        project: bare(change(&app, &caller, &id, &body).await?),
    }))
}

/// `DELETE /api/v1/projects/:id`
async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<ProjectId>) -> Reply<ProjectAnswer> {
    allowed(&app, &caller, &id, Role::Admin).await?;
    Ok(Json(ProjectAnswer {
        project: bare(app.store().delete_project(&id).await?),
    }))
}

/// `GET /api/v1/projects/slug/:slug`: the project itself, without a wrapper.
async fn by_slug(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Reply<WireProject> {
    let found = app.store().project_by_slug(&caller.organization, &slug).await?;
    let found = found.ok_or_else(|| Error::not_found(format!("Project with slug '{slug}' not found")))?;
    caller
        .in_project(&app, &found.id, Role::NoAccess, "workspace")
        .await?;
    Ok(Json(wire(found)))
}

/// `GET /api/v1/workspace`
async fn workspaces(State(app): State<App>, caller: Caller) -> Reply<Value> {
    let found = app
        .store()
        .projects_of(&caller.actor, &caller.organization)
        .await?;
    Ok(Json(
        json!({ "workspaces": found.into_iter().map(wire).collect::<Vec<_>>() }),
    ))
}

/// `GET /api/v1/workspace/:id`
async fn workspace(State(app): State<App>, caller: Caller, Path(id): Path<ProjectId>) -> Reply<Value> {
    Ok(Json(
        json!({ "workspace": wire(allowed(&app, &caller, &id, Role::NoAccess).await?) }),
    ))
}

/// `PATCH /api/v1/workspace/:id`
async fn update_workspace(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProjectId>,
    body: Body,
) -> Reply<Value> {
    Ok(Json(
        json!({ "workspace": bare(change(&app, &caller, &id, &body).await?) }),
    ))
}

/// `DELETE /api/v1/workspace/:id`
async fn delete_workspace(State(app): State<App>, caller: Caller, Path(id): Path<ProjectId>) -> Reply<Value> {
    allowed(&app, &caller, &id, Role::Admin).await?;
    Ok(Json(
        json!({ "workspace": bare(app.store().delete_project(&id).await?) }),
    ))
}

/// `GET /api/v2/workspace/:id/encrypted-key`: a left-over; 200 without a body.
async fn encrypted_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProjectId>,
) -> Result<(), Error> {
    caller.in_project(&app, &id, Role::NoAccess, "workspace").await
}

async fn allowed(app: &App, caller: &Caller, id: &ProjectId, needed: Role) -> Result<Project, Error> {
    caller.in_project(app, id, needed, "workspace").await?;
    let found = app.store().project(id).await?;
    found.ok_or_else(|| Error::not_found(format!("Project with ID '{id}' not found")))
}

async fn change(app: &App, caller: &Caller, id: &ProjectId, body: &Body) -> Result<Project, Error> {
    caller.in_project(app, id, Role::Admin, "workspace").await?;
    let patch = body.read(|fields| {
        let slug = fields.maybe_text("slug", 1..=64);
        if slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
            fields.wrong("slug", "custom", BAD_SLUG);
        }
        ProjectPatch {
            name: fields
                .maybe_text("name", 1..=64)
                .map(|name| name.trim().to_owned()),
            description: fields.maybe_text("description", 0..=1024),
            slug,
            auto_capitalization: fields.flag("autoCapitalization"),
            has_delete_protection: fields.flag("hasDeleteProtection"),
            secret_sharing: fields.flag("secretSharing"),
            version_limit: fields.number("pitVersionLimit", 1..=100),
        }
    })?;
    Ok(app.store().update_project(id, patch, app.now()).await?)
}

/// The project as answers to a change write it: without its environments.
fn bare(project: Project) -> WireProject {
    WireProject {
        underscore_id: None,
        environments: None,
        deleted_environments: None,
        ..wire(project)
    }
}

fn wire(project: Project) -> WireProject {
    WireProject {
        underscore_id: Some(project.id.clone()),
        id: project.id,
        name: project.name,
        description: project.description,
        kind: SECRET_MANAGER.to_owned(),
        default_product: None,
        slug: project.slug,
        auto_capitalization: Some(project.auto_capitalization),
        org_id: project.organization,
        created_at: time(project.created_at),
        updated_at: time(project.updated_at),
        version: 3,
        upgrade_status: None,
        pit_version_limit: count(project.version_limit),
        kms_certificate_key_id: None,
        audit_logs_retention_days: None,
        has_delete_protection: Some(project.has_delete_protection),
        secret_sharing: project.secret_sharing,
        show_snapshots_legacy: false,
        secret_detection_ignore_values: None,
        enforce_encrypted_secret_manager_secret_metadata: None,
        environments: Some(
            project
                .environments
                .into_iter()
                .map(|environment| ProjectEnvironment {
                    name: environment.name,
                    slug: environment.slug,
                    id: environment.id,
                })
                .collect(),
        ),
        deleted_environments: Some(Vec::new()),
    }
}

/// What is wrong with a slug, in the words of the real server.
pub const BAD_SLUG: &str = "Slug field can only contain lowercase letters, numbers, and hyphens";

const TYPES: [&str; 7] = [
    SECRET_MANAGER,
    "cert-manager",
    "kms",
    "ssh",
    "secret-scanning",
    "pam",
    "ai",
];
