//! Folders, versions 1 and 2 of the API.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use coffer_store::model::{Folder, Place};
use coffer_wire::folder::{Folder as WireFolder, FolderAnswer, FoldersAnswer};
use coffer_wire::id::FolderId;
use serde_json::{Value, json};

use super::rules::{self, Incoming};
use super::{Named, count, time};
use crate::app::App;
use crate::auth::{Act, Caller, Rights, Spot, Url};
use crate::error::Error;
use crate::input::{Body, Fields, Params};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/folders", get(list).post(create))
        .route("/api/v2/folders", get(list).post(create))
        .route("/api/v1/folders/batch", patch(update_batch))
        .route("/api/v2/folders/batch", patch(update_batch))
        .route("/api/v1/folders/{id}", get(one).patch(update).delete(delete))
        .route("/api/v2/folders/{id}", get(one).patch(update).delete(delete))
}

/// `GET /api/v2/folders`, `GET /api/v1/folders`
async fn list(State(app): State<App>, caller: Caller, params: Params) -> Reply<FoldersAnswer> {
    let (named, recursive) = params.read(|fields| {
        (
            Named::read(fields, PATHS),
            fields.flag("recursive").unwrap_or(false),
        )
    })?;
    let place = named.place(&app, &caller).await?;
    let rights = caller.rights(&app, &place.project).await?;
    let here = rights.allows(Act::ReadFolder, Spot::of(&place, None));
    if !here && !recursive {
        rights.ask(Act::ReadFolder, Spot::of(&place, None))?;
    }
    let mut found = app.store().folders(&place, recursive).await?;
    found.retain(|folder| {
        let at = Spot {
            path: &folder.path,
            ..Spot::of(&place, None)
        };
        rights.allows(Act::ReadFolder, at)
    });
    if !here && found.is_empty() {
        rights.ask(Act::ReadFolder, Spot::of(&place, None))?;
    }
    let base = if place.path == "/" { 0 } else { place.path.len() };
    let folders = found
        .into_iter()
        .map(|folder| {
            let relative = recursive.then(|| folder.path[base..].to_owned());
            WireFolder {
                relative_path: relative,
                ..wire(folder)
            }
        })
        .collect();
    Ok(Json(FoldersAnswer { folders }))
}

/// `POST /api/v2/folders`, `POST /api/v1/folders`
async fn create(State(app): State<App>, caller: Caller, body: Body) -> Reply<FolderAnswer> {
    let (named, name, description) = body.read(|fields| {
        (
            Named::read(fields, PATHS),
            read_name(fields),
            fields.maybe_text("description", 0..=1024),
        )
    })?;
    let place = named.place(&app, &caller).await?;
    if place
        .path
        .split('/')
        .any(|part| !part.is_empty() && !is_name(part))
    {
        return Err(Error::issue(BAD_NAME, json!(["path"])));
    }
    caller.in_place(&app, &place, Act::CreateFolder).await?;
    let made = app
        .store()
        .create_folder(&place, &name, description.as_deref(), app.now())
        .await?;
    Ok(Json(FolderAnswer {
        folder: with_path(made),
    }))
}

/// `GET /api/v2/folders/:id`, `GET /api/v1/folders/:id`
async fn one(State(app): State<App>, caller: Caller, Path(id): Path<FolderId>) -> Reply<Value> {
    let missing = || Error::not_found(format!("Folder with ID '{id}' not found"));
    let (folder, environment) = app.store().folder(&id).await?.ok_or_else(missing)?;
    let at = Spot {
        environment: &environment.slug,
        path: &folder.path,
        name: None,
    };
    caller
        .rights(&app, &environment.project)
        .await?
        .ask(Act::ReadFolder, at)?;
    let mut answer =
        serde_json::to_value(with_path(folder)).map_err(|error| Error::Internal(error.to_string()))?;
    answer["environment"] =
        json!({ "envId": environment.id, "envName": environment.name, "envSlug": environment.slug });
    answer["projectId"] = json!(environment.project);
    Ok(Json(json!({ "folder": answer })))
}

/// `PATCH /api/v2/folders/:id`, `PATCH /api/v1/folders/:id`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Reply<FolderAnswer> {
    let (named, name, description) = body.read(|fields| {
        (
            Named::read(fields, PATHS),
            read_name(fields),
            fields.maybe_text("description", 0..=1024),
        )
    })?;
    let place = named.place(&app, &caller).await?;
    let rights = caller.in_place(&app, &place, Act::EditFolder).await?;
    with_everything_in_it(&app, &rights, &place, &id, Some(&name)).await?;
    fits_rules(&app, &place, &id, &name).await?;
    let changed = app
        .store()
        .update_folder(&place, &id, &name, description.as_deref(), app.now())
        .await?;
    Ok(Json(FolderAnswer {
        folder: with_path(changed),
    }))
}

/// `PATCH /api/v2/folders/batch`, `PATCH /api/v1/folders/batch`
async fn update_batch(State(app): State<App>, caller: Caller, body: Body) -> Reply<FoldersAnswer> {
    let (project, slug, items) = body.read(|fields| {
        let items = fields.objects("folders", |item| {
            let named = Named::read(item, PATHS);
            (
                named,
                item.text("id", 1..=100),
                read_name(item),
                item.maybe_text("description", 0..=1024),
            )
        });
        (
            fields.maybe_text("projectId", 0..=100),
            fields.maybe_text("projectSlug", 0..=100),
            items.unwrap_or_default(),
        )
    })?;
    let mut folders = Vec::with_capacity(items.len());
    for (named, id, name, description) in items {
        let named = Named {
            project: project.clone(),
            project_slug: slug.clone(),
            ..named
        };
        let place = named.place(&app, &caller).await?;
        let rights = caller.in_place(&app, &place, Act::EditFolder).await?;
        with_everything_in_it(&app, &rights, &place, &id, Some(&name)).await?;
        fits_rules(&app, &place, &id, &name).await?;
        folders.push(wire(
            app.store()
                .update_folder(&place, &id, &name, description.as_deref(), app.now())
                .await?,
        ));
    }
    Ok(Json(FoldersAnswer { folders }))
}

/// `DELETE /api/v2/folders/:id`, `DELETE /api/v1/folders/:id`: by id or name. Version 1 knows no `forceDelete`.
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Url(url): Url,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Reply<FolderAnswer> {
    let read = |fields: &Fields<'_>| (Named::read(fields, PATHS), fields.flag("forceDelete"));
    let (in_body, force) = body.read(read)?;
    let (in_query, force_query) = params.read(read)?;
    let named = if in_body.environment.is_some() {
        in_body
    } else {
        in_query
    };
    let force = force.or(force_query).unwrap_or(url.starts_with("/api/v1/"));
    let place = named.place(&app, &caller).await?;
    let rights = caller.in_place(&app, &place, Act::DeleteFolder).await?;
    with_everything_in_it(&app, &rights, &place, &id, None).await?;
    let gone = app.store().delete_folder(&place, &id, force).await?;
    Ok(Json(FolderAnswer { folder: wire(gone) }))
}

/// A folder goes or moves with its secrets: who has privileges has to be allowed to take them from there and, where the
/// folder gets a new name, to put them there.
async fn with_everything_in_it(
    app: &App,
    rights: &Rights,
    place: &Place,
    id_or_name: &str,
    name: Option<&str>,
) -> Result<(), Error> {
    if rights.is_role_alone() {
        return Ok(());
    }
    let below = app.store().folders(place, true).await?;
    let base = if place.path == "/" { "" } else { &place.path };
    let by_name = format!("{base}/{id_or_name}");
    let Some(folder) = below
        .iter()
        .find(|folder| folder.id.as_str() == id_or_name || folder.path == by_name)
    else {
        return Ok(());
    };
    let inside = below.iter().filter_map(|other| {
        let rest = other.path.strip_prefix(&folder.path)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((other, rest))
    });
    for (other, rest) in inside {
        let at = |path| Spot {
            path,
            ..Spot::of(place, None)
        };
        rights.ask(Act::DeleteSecret, at(&other.path))?;
        if let Some(name) = name {
            rights.ask(Act::CreateSecret, at(&format!("{base}/{name}{rest}")))?;
        }
    }
    Ok(())
}

/// A folder that gets another name brings its secrets to another place: the project's rules are asked as for a move.
async fn fits_rules(app: &App, place: &Place, id_or_name: &str, name: &str) -> Result<(), Error> {
    if app.store().rules(&place.project).await?.is_empty() {
        return Ok(());
    }
    let base = if place.path == "/" { "" } else { &place.path };
    let by_name = format!("{base}/{id_or_name}");
    let below = app.store().folders(place, false).await?;
    let folder = below
        .into_iter()
        .find(|folder| folder.id.as_str() == id_or_name || folder.path == by_name);
    let Some(folder) = folder else { return Ok(()) };
    let rows = app
        .store()
        .secrets(&place.with_path(&*folder.path), true, None)
        .await?;
    let paths: Vec<_> = rows
        .iter()
        .map(|row| format!("{base}/{name}{}", &row.path[folder.path.len()..]))
        .collect();
    let incoming = rows.iter().zip(&paths).map(|(row, path)| Incoming {
        environment: &place.environment,
        path,
        name: &row.name,
        named: true,
        value: Some(&row.value),
    });
    rules::check(app, &place.project, &incoming.collect::<Vec<_>>()).await
}

fn read_name(fields: &Fields<'_>) -> String {
    let name = fields.text("name", 1..=255).trim().to_owned();
    if !name.is_empty() && !is_name(&name) {
        fields.wrong("name", "custom", BAD_NAME);
    }
    name
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn with_path(folder: Folder) -> WireFolder {
    WireFolder {
        path: Some(folder.path.clone()),
        ..wire(folder)
    }
}

fn wire(folder: Folder) -> WireFolder {
    WireFolder {
        id: folder.id,
        name: folder.name,
        version: Some(count(folder.version)),
        created_at: time(folder.created_at),
        updated_at: time(folder.updated_at),
        env_id: folder.environment,
        parent_id: folder.parent,
        is_reserved: Some(false),
        description: folder.description,
        last_secret_modified: folder.last_secret_modified.map(time),
        path: None,
        relative_path: None,
    }
}

/// The spellings of a folder's place in both versions.
const PATHS: &[&str] = &["path", "directory"];

const BAD_NAME: &str = "Folder name can only contain alphanumeric characters, dashes, and underscores";
