//! Environments of a project.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use coffer_store::model::{Environment, Role};
use coffer_wire::id::{EnvironmentId, ProjectId};
use coffer_wire::project::{Environment as WireEnvironment, EnvironmentAnswer};

use super::projects::BAD_SLUG;
use super::{count, time};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::input::{Body, Fields, is_slug};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    let mut routes = Router::new();
    for (collection, by_slug, one) in [
        (
            "/api/v1/projects/{project}/environments",
            "/api/v1/projects/{project}/environments/slug/{slug}",
            "/api/v1/projects/{project}/environments/{id}",
        ),
        (
            "/api/v1/workspace/{project}/environments",
            "/api/v1/workspace/{project}/environments/slug/{slug}",
            "/api/v1/workspace/{project}/environments/{id}",
        ),
    ] {
        routes = routes
            .route(collection, post(create))
            .route(by_slug, get(by_its_slug))
            .route(one, get(by_id).patch(update).delete(delete));
    }
    routes
}

/// `POST /api/v1/projects/:project/environments`
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: Body,
) -> Reply<EnvironmentAnswer> {
    caller
        .in_project(&app, &project, Role::Admin, "environments")
        .await?;
    let (name, slug, position) = body.read(|fields| {
        let slug = slug(fields, Some(fields.text("slug", 1..=64)));
        (
            fields.text("name", 1..=255),
            slug.unwrap_or_default(),
            fields.number("position", 1..=1000),
        )
    })?;
    let made = app
        .store()
        .create_environment(&project, name.trim(), &slug, position, app.now())
        .await?;
    Ok(Json(answer("Successfully created new environment", made)))
}

/// `GET /api/v1/projects/:project/environments/slug/:slug`
async fn by_its_slug(
    State(app): State<App>,
    caller: Caller,
    Path((project, slug)): Path<(ProjectId, String)>,
) -> Reply<EnvironmentAnswer> {
    find(&app, &caller, &project, |environment| environment.slug == slug).await
}

/// `GET /api/v1/projects/:project/environments/:id`
async fn by_id(
    State(app): State<App>,
    caller: Caller,
    Path((project, id)): Path<(ProjectId, EnvironmentId)>,
) -> Reply<EnvironmentAnswer> {
    find(&app, &caller, &project, |environment| environment.id == id).await
}

/// `PATCH /api/v1/projects/:project/environments/:id`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((project, id)): Path<(ProjectId, EnvironmentId)>,
    body: Body,
) -> Reply<EnvironmentAnswer> {
    caller
        .in_project(&app, &project, Role::Admin, "environments")
        .await?;
    let (name, slug, position) = body.read(|fields| {
        (
            fields.maybe_text("name", 1..=255),
            slug(fields, fields.maybe_text("slug", 1..=64)),
            fields.number("position", 1..=1000),
        )
    })?;
    let name = name.as_deref().map(str::trim);
    let changed = app
        .store()
        .update_environment(&project, &id, name, slug.as_deref(), position, app.now())
        .await?;
    Ok(Json(answer("Successfully updated environment", changed)))
}

/// `DELETE /api/v1/projects/:project/environments/:id`: for good, with everything in it.
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((project, id)): Path<(ProjectId, EnvironmentId)>,
) -> Reply<EnvironmentAnswer> {
    caller
        .in_project(&app, &project, Role::Admin, "environments")
        .await?;
    let gone = app.store().delete_environment(&project, &id).await?;
    Ok(Json(answer("Successfully deleted environment", gone)))
}

async fn find(
    app: &App,
    caller: &Caller,
    project: &ProjectId,
    is_it: impl Fn(&Environment) -> bool,
) -> Reply<EnvironmentAnswer> {
    caller
        .in_project(app, project, Role::Viewer, "environments")
        .await?;
    let found = app.store().project(project).await?;
    let found = found.and_then(|project| project.environments.into_iter().find(is_it));
    let found = found.ok_or_else(|| Error::not_found("Environment not found"))?;
    Ok(Json(EnvironmentAnswer {
        message: None,
        project_id: None,
        environment: wire(found),
    }))
}

fn slug(fields: &Fields<'_>, slug: Option<String>) -> Option<String> {
    if slug
        .as_deref()
        .is_some_and(|slug| !slug.is_empty() && !is_slug(slug))
    {
        fields.wrong("slug", "custom", BAD_SLUG);
    }
    slug
}

fn answer(message: &str, environment: Environment) -> EnvironmentAnswer {
    EnvironmentAnswer {
        message: Some(message.to_owned()),
        project_id: Some(environment.project.clone()),
        environment: wire(environment),
    }
}

fn wire(environment: Environment) -> WireEnvironment {
    WireEnvironment {
        id: environment.id,
        name: environment.name,
        slug: environment.slug,
        position: count(environment.position),
        project_id: Some(environment.project),
        created_at: time(environment.created_at),
        updated_at: time(environment.updated_at),
        delete_after: None,
        soft_deleted_at: None,
        deleted_by_user_id: None,
        deleted_by_identity_id: None,
    }
}
