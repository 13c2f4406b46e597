//! Secrets: version 4 of the API and version 3 `raw`, which every official SDK speaks.

use std::borrow::Cow;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use axum::routing::{get, post};
use base64ct::{Base64UrlUnpadded, Encoding};
use coffer_store::model::{Actor, Place, Secret};
use coffer_store::secrets::{Absent, Change, Content, Row, What};
use coffer_store::{StoreError, Thing};
use coffer_wire::Millis;
use coffer_wire::id::{ProjectId, SecretId, UserId};
use coffer_wire::secret::{HIDDEN, Metadata, MovedAnswer, Secret as WireSecret, SecretAnswer, SecretsAnswer};
use serde::Serialize;
use serde_json::{Number, json};
use sha2::{Digest, Sha256};

use super::references::Expander;
use super::rules::{self, Incoming};
use super::{Named, time};
use crate::app::App;
use crate::auth::{Act, Caller, Spot, Unchecked};
use crate::error::Error;
use crate::events::{self, Event};
use crate::input::{Body, Fields, Params};
use crate::reply::{Json, Reply, tagged};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v4/secrets", get(list_v4))
        .route(
            "/api/v4/secrets/batch",
            post(create_batch).patch(update_batch).delete(delete_batch),
        )
        .route("/api/v4/secrets/move", post(move_secrets))
        .route("/api/v4/secrets/id/{id}", get(by_id))
        .route(
            "/api/v4/secrets/{name}",
            get(read_v4).post(create).patch(update).delete(delete),
        )
        .route("/api/v3/secrets/raw", get(list_v3))
        .route(
            "/api/v3/secrets/batch/raw",
            post(create_batch).patch(update_batch).delete(delete_batch),
        )
        .route("/api/v3/secrets/move", post(move_secrets))
        .route("/api/v3/secrets/raw/id/{id}", get(by_id))
        .route(
            "/api/v3/secrets/raw/{name}",
            get(read_v3).post(create).patch(update).delete(delete),
        )
}

/// How a version of the API reads when the request does not say.
#[derive(Clone, Copy)]
struct Defaults {
    expand: bool,
    imports: bool,
    imports_key: &'static str,
}

const V3: Defaults = Defaults {
    expand: false,
    imports: false,
    imports_key: "include_imports",
};
const V4: Defaults = Defaults {
    expand: true,
    imports: true,
    imports_key: "includeImports",
};

/// `GET /api/v4/secrets`
async fn list_v4(
    State(app): State<App>,
    pass: Unchecked,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Error> {
    list(&app, pass, &headers, &params, V4).await
}

/// `GET /api/v3/secrets/raw`
async fn list_v3(
    State(app): State<App>,
    pass: Unchecked,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Error> {
    list(&app, pass, &headers, &params, V3).await
}

/// `GET /api/v4/secrets/:name`
async fn read_v4(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    params: Params,
) -> Reply<SecretAnswer> {
    read(&app, &caller, &name, &params, V4).await
}

/// `GET /api/v3/secrets/raw/:name`
async fn read_v3(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    params: Params,
) -> Reply<SecretAnswer> {
    read(&app, &caller, &name, &params, V3).await
}

/// The pass is checked, the role looked up and the list read in one question to the store.
async fn list(
    app: &App,
    pass: Unchecked,
    headers: &HeaderMap,
    params: &Params,
    defaults: Defaults,
) -> Result<Response, Error> {
    let (named, recursive, expand, imports, view, personal) = params.read(|fields| {
        (
            Named::read(fields, PATHS),
            fields.flag("recursive").unwrap_or(false),
            fields.flag("expandSecretReferences").unwrap_or(defaults.expand),
            fields.flag(defaults.imports_key).unwrap_or(defaults.imports),
            fields.flag("viewSecretValue").unwrap_or(true),
            fields
                .flag("includePersonalOverrides")
                .unwrap_or(!defaults.expand),
        )
    })?;
    let place = named.place_for(app, &pass).await?;
    let found = app
        .store()
        .list_for(&pass.0, &place, recursive, personal, app.now())
        .await?;
    let (holder, standing, rows) = found.map_or((None, None, None), |found| {
        (Some(found.holder), found.standing, found.rows)
    });
    let caller = Caller::holding(&pass.0, holder)?;
    let rights = caller.standing(app, &place.project, standing).await?;
    let here = rights.allows(Act::DescribeSecret, Spot::of(&place, None));
    if !here && !recursive {
        rights.ask(Act::DescribeSecret, Spot::of(&place, None))?;
    }
    let Some(found) = rows else {
        // Who may see nothing there does not learn either whether the folder exists.
        rights.ask(Act::DescribeSecret, Spot::of(&place, None))?;
        return Err(StoreError::Missing(Thing::Path {
            environment: place.environment,
            path: place.path,
        })
        .into());
    };
    let mut rows = found.read()?;
    let allows = |act, row: &Row<'_>| {
        let at = Spot {
            path: &row.path,
            ..Spot::of(&place, Some(&row.name))
        };
        rights.allows(act, at)
    };
    rows.retain(|row| allows(Act::DescribeSecret, row));
    if !here && rows.is_empty() {
        rights.ask(Act::DescribeSecret, Spot::of(&place, None))?;
    }
    let view = |row: &Row<'_>| view && allows(Act::ReadValue, row);
    if expand {
        let mut expander = Expander::new(app, &rights, &place);
        for row in &mut rows {
            expander.expand(&row.path, &mut row.value).await?;
        }
    }
    let mut tag = Sha256::new();
    tag.update([u8::from(imports), u8::from(expand)]);
    for row in &rows {
        tag.update([u8::from(view(row))]);
        for part in [
            &*row.version_id,
            &row.path,
            &row.name,
            if expand { &row.value } else { "" },
        ] {
            tag.update((part.len() as u64).to_le_bytes());
            tag.update(part);
        }
    }
    let tag = Base64UrlUnpadded::encode_string(&tag.finalize()[..24]);
    let secrets: Vec<_> = rows
        .iter()
        .map(|row| Listed::of(&place, row, view(row)))
        .collect();
    let length = found.length() + secrets.len() * MORE_PER_ROW;
    let list = List {
        secrets,
        imports: imports.then_some([]),
    };
    Ok(tagged(headers, &tag, &list, length))
}

async fn read(
    app: &App,
    caller: &Caller,
    name: &str,
    params: &Params,
    defaults: Defaults,
) -> Reply<SecretAnswer> {
    let (named, expand, view, version, kind) = params.read(|fields| {
        (
            Named::read(fields, PATHS),
            fields.flag("expandSecretReferences").unwrap_or(defaults.expand),
            fields.flag("viewSecretValue").unwrap_or(true),
            fields.number("version", 1..=u64::from(u32::MAX)),
            fields.choice("type", &TYPES).unwrap_or("shared"),
        )
    })?;
    let place = named.place(app, caller).await?;
    let rights = caller.rights(app, &place.project).await?;
    let at = Spot::of(&place, Some(name));
    rights.ask(Act::DescribeSecret, at)?;
    let view = view && rights.allows(Act::ReadValue, at);
    let owner = owner(&caller.actor, kind)?;
    let mut row = app.store().secret(&place, name, owner.as_ref(), version).await?;
    if expand {
        let mut value = Cow::Owned(row.value);
        Expander::new(app, &rights, &place)
            .expand(&row.path, &mut value)
            .await?;
        row.value = value.into_owned();
    }
    Ok(Json(SecretAnswer {
        secret: shown(&place, row, view),
    }))
}

/// `GET /api/v4/secrets/id/:id`, `GET /api/v3/secrets/raw/id/:id`
async fn by_id(State(app): State<App>, caller: Caller, Path(id): Path<SecretId>) -> Reply<SecretAnswer> {
    let missing = || Error::not_found(format!("Secret with ID '{id}' not found"));
    let (row, lies) = app.store().secret_by_id(&id).await?.ok_or_else(missing)?;
    let rights = caller.rights(&app, &lies.project).await?;
    let at = Spot {
        environment: &lies.environment,
        path: &row.path,
        name: Some(&row.name),
    };
    rights.ask(Act::DescribeSecret, at)?;
    let view = rights.allows(Act::ReadValue, at);
    if row
        .owner
        .as_ref()
        .is_some_and(|owner| caller.actor.person() != Some(owner))
    {
        return Err(missing());
    }
    let place = Place {
        project: lies.project,
        environment: lies.environment,
        path: row.path.clone(),
    };
    Ok(Json(SecretAnswer {
        secret: shown(&place, row, view),
    }))
}

/// `POST /api/v4/secrets/:name`, `POST /api/v3/secrets/raw/:name`
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    body: Body,
) -> Reply<SecretAnswer> {
    let name = check_name(&name)?;
    let (named, content, kind) = body.read(|fields| {
        (
            Named::read(fields, PATHS),
            Content {
                value: Some(trim_value(&fields.text("secretValue", 0..=usize::MAX))),
                ..content(fields)
            },
            fields.choice("type", &TYPES).unwrap_or("shared"),
        )
    })?;
    let place = named.place(&app, &caller).await?;
    let owner = owner(&caller.actor, kind)?;
    let change = Change {
        name,
        owner,
        path: None,
        what: What::Create(content),
    };
    let made = one(write(&app, &caller, &place, vec![change]).await?)?;
    Ok(Json(SecretAnswer {
        secret: written(&place, made),
    }))
}

/// `PATCH /api/v4/secrets/:name`, `PATCH /api/v3/secrets/raw/:name`: with `If-Match`, only at that version.
async fn update(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: Body,
) -> Reply<SecretAnswer> {
    let expected = expected(&headers)?;
    let (named, content, rename, kind) = body.read(|fields| {
        (
            Named::read(fields, PATHS),
            content(fields),
            fields.maybe_text("newSecretName", 1..=MAX_NAME),
            fields.choice("type", &TYPES).unwrap_or("shared"),
        )
    })?;
    let rename = rename.map(|name| check_name(&name)).transpose()?;
    let place = named.place(&app, &caller).await?;
    let owner = owner(&caller.actor, kind)?;
    if owner.is_some() && rename.is_some() {
        return Err(Error::bad_request("Personal secrets cannot be renamed"));
    }
    let sent = Sent::of(&content);
    let what = What::Update {
        content,
        rename,
        expected,
        absent: Absent::Fail,
    };
    let change = Change {
        name,
        owner,
        path: None,
        what,
    };
    let changed = one(write(&app, &caller, &place, vec![change]).await?)?;
    Ok(Json(SecretAnswer {
        secret: sent.only(changed_secret(&place, changed)),
    }))
}

/// `DELETE /api/v4/secrets/:name`, `DELETE /api/v3/secrets/raw/:name`: with `If-Match`, only at that version.
async fn delete(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
    params: Params,
    body: Body,
) -> Reply<SecretAnswer> {
    let expected = expected(&headers)?;
    let read = |fields: &Fields<'_>| (Named::read(fields, PATHS), fields.choice("type", &TYPES));
    let (in_body, kind) = body.read(read)?;
    let (named, kind) = if in_body.environment.is_some() {
        (in_body, kind)
    } else {
        params.read(read)?
    };
    let place = named.place(&app, &caller).await?;
    let owner = owner(&caller.actor, kind.unwrap_or("shared"))?;
    let change = Change {
        name,
        owner,
        path: None,
        what: What::Delete { expected },
    };
    let gone = one(write(&app, &caller, &place, vec![change]).await?)?;
    Ok(Json(SecretAnswer {
        secret: changed_secret(&place, gone),
    }))
}

/// `POST /api/v4/secrets/batch`, `POST /api/v3/secrets/batch/raw`
async fn create_batch(State(app): State<App>, caller: Caller, body: Body) -> Reply<SecretsAnswer> {
    let (named, changes) = body.read(|fields| {
        let changes = fields.objects("secrets", |item| {
            let name = batch_name(item, "secretKey");
            let value = Some(trim_value(&item.text("secretValue", 0..=usize::MAX)));
            Change {
                name,
                owner: None,
                path: None,
                what: What::Create(Content {
                    value,
                    ..content(item)
                }),
            }
        });
        (Named::read(fields, PATHS), changes.unwrap_or_default())
    })?;
    let (place, made) = write_batch(&app, &caller, named, changes).await?;
    let secrets = made.into_iter().map(|row| written(&place, row)).collect();
    Ok(Json(SecretsAnswer {
        secrets,
        imports: None,
    }))
}

/// `PATCH /api/v4/secrets/batch`, `PATCH /api/v3/secrets/batch/raw`
async fn update_batch(State(app): State<App>, caller: Caller, body: Body) -> Reply<SecretsAnswer> {
    let (named, changes) = body.read(|fields| {
        let absent = match fields.choice("mode", &["failOnNotFound", "ignore", "upsert"]) {
            Some("ignore") => Absent::Skip,
            Some("upsert") => Absent::Create,
            _ => Absent::Fail,
        };
        let changes = fields.objects("secrets", |item| {
            let name = batch_name(item, "secretKey");
            let rename = item
                .has("newSecretName")
                .then(|| batch_name(item, "newSecretName"));
            let path = item
                .maybe_text("secretPath", 0..=4096)
                .map(|path| super::tidy_path(&path));
            Change {
                name,
                owner: None,
                path,
                what: What::Update {
                    content: content(item),
                    rename,
                    expected: None,
                    absent,
                },
            }
        });
        (Named::read(fields, PATHS), changes.unwrap_or_default())
    })?;
    let (place, changed) = write_batch(&app, &caller, named, changes).await?;
    let secrets = changed
        .into_iter()
        .map(|row| changed_secret(&place, row))
        .collect();
    Ok(Json(SecretsAnswer {
        secrets,
        imports: None,
    }))
}

/// `DELETE /api/v4/secrets/batch`, `DELETE /api/v3/secrets/batch/raw`
async fn delete_batch(State(app): State<App>, caller: Caller, body: Body) -> Reply<SecretsAnswer> {
    let actor = caller.actor.clone();
    let (named, changes) = body.read(|fields| {
        let changes = fields.objects("secrets", |item| {
            let kind = item.choice("type", &TYPES).unwrap_or("shared");
            let name = item.text("secretKey", 1..=MAX_NAME);
            let owner = owner(&actor, kind).ok().flatten();
            Change {
                name,
                owner,
                path: None,
                what: What::Delete { expected: None },
            }
        });
        (Named::read(fields, PATHS), changes.unwrap_or_default())
    })?;
    let (place, gone) = write_batch(&app, &caller, named, changes).await?;
    let secrets = gone.into_iter().map(|row| changed_secret(&place, row)).collect();
    Ok(Json(SecretsAnswer {
        secrets,
        imports: None,
    }))
}

/// `POST /api/v4/secrets/move`, `POST /api/v3/secrets/move`
async fn move_secrets(State(app): State<App>, caller: Caller, body: Body) -> Reply<MovedAnswer> {
    let (named, from, to, ids, overwrite) = body.read(|fields| {
        let end = |environment, path: &str| {
            let path = fields
                .maybe_text(path, 0..=4096)
                .unwrap_or_else(|| "/".to_owned());
            (fields.text(environment, 1..=64), super::tidy_path(&path))
        };
        (
            Named::read(fields, &[]),
            end("sourceEnvironment", "sourceSecretPath"),
            end("destinationEnvironment", "destinationSecretPath"),
            fields.texts("secretIds"),
            fields.flag("shouldOverwrite").unwrap_or(false),
        )
    })?;
    let named = Named {
        environment: Some(from.0),
        path: from.1,
        ..named
    };
    let from = named.place(&app, &caller).await?;
    let to = Place {
        project: from.project.clone(),
        environment: to.0,
        path: to.1,
    };
    let rights = caller.rights(&app, &from.project).await?;
    rights.ask(Act::DeleteSecret, Spot::of(&from, None))?;
    let ids: Vec<_> = ids.into_iter().map(SecretId::new).collect();
    let mut moved = Vec::with_capacity(ids.len());
    for id in &ids {
        // What is not where it should be is the store's to report.
        let Some((row, _)) = app.store().secret_by_id(id).await? else {
            continue;
        };
        let name = Some(row.name.as_str());
        rights.ask(Act::ReadValue, Spot::of(&from, name))?;
        rights.ask(Act::DeleteSecret, Spot::of(&from, name))?;
        rights.ask(Act::CreateSecret, Spot::of(&to, name))?;
        if overwrite {
            rights.ask(Act::DeleteSecret, Spot::of(&to, name))?;
        }
        moved.push(row);
    }
    let incoming = moved.iter().map(|row| Incoming {
        environment: &to.environment,
        path: &to.path,
        name: &row.name,
        named: true,
        value: Some(&row.value),
    });
    rules::check(&app, &to.project, &incoming.collect::<Vec<_>>()).await?;
    app.store()
        .move_secrets(&from, &to, &ids, overwrite, &caller.actor, app.now())
        .await?;
    let news = |event, place: &Place| Told {
        event,
        environment: place.environment.clone(),
        path: place.path.clone(),
    };
    tell(
        &app,
        &from,
        vec![news(Event::Delete, &from), news(Event::Create, &to)],
    );
    Ok(Json(MovedAnswer {
        is_source_updated: true,
        is_destination_updated: true,
    }))
}

/// Makes changes that the caller may make, and names what a batch did not find in the words of the real server.
async fn write_batch(
    app: &App,
    caller: &Caller,
    named: Named,
    changes: Vec<Change>,
) -> Result<(Place, Vec<Secret>), Error> {
    let place = named.place(app, caller).await?;
    if changes.is_empty() {
        caller.in_place(app, &place, Act::EditSecret).await?;
        return Err(Error::Invalid(vec![json!({
            "code": "too_small", "minimum": 1, "type": "array", "inclusive": true, "exact": false,
            "message": "Array must contain at least 1 element(s)", "path": ["secrets"],
        })]));
    }
    may(app, caller, &place, &changes).await?;
    fits_rules(app, &place, &changes).await?;
    let news = news(app, &place, &changes);
    let rows = app
        .store()
        .write_secrets(&place, changes, &caller.actor, app.now())
        .await
        .map_err(absent)?;
    tell(app, &place, news);
    Ok((place, rows))
}

/// Makes changes that the caller may make.
async fn write(
    app: &App,
    caller: &Caller,
    place: &Place,
    changes: Vec<Change>,
) -> Result<Vec<Secret>, Error> {
    may(app, caller, place, &changes).await?;
    fits_rules(app, place, &changes).await?;
    let news = news(app, place, &changes);
    let written = app
        .store()
        .write_secrets(place, changes, &caller.actor, app.now());
    let written = written.await?;
    tell(app, place, news);
    Ok(written)
}

/// What to tell whoever listens to a project: once per folder, and nothing of what is one person's own.
fn news(app: &App, place: &Place, changes: &[Change]) -> Vec<Told> {
    let mut news = Vec::new();
    if !app.events().is_heard(&place.project) {
        return news;
    }
    for change in changes.iter().filter(|change| change.owner.is_none()) {
        let told = Told {
            event: match change.what {
                What::Create(_) => Event::Create,
                What::Delete { .. } => Event::Delete,
                What::Update { .. } => Event::Update,
            },
            environment: place.environment.clone(),
            path: change.path.clone().unwrap_or_else(|| place.path.clone()),
        };
        if !news.contains(&told) {
            news.push(told);
        }
    }
    news
}

fn tell(app: &App, place: &Place, news: Vec<Told>) {
    for Told {
        event,
        environment,
        path,
    } in news
    {
        let change = events::Change::Secrets {
            event,
            environment,
            path,
        };
        app.events().tell(&place.project, change);
    }
}

/// What is told of a write.
#[derive(PartialEq)]
struct Told {
    event: Event,
    environment: String,
    path: String,
}

/// Asks the project's rules.
async fn fits_rules(app: &App, place: &Place, changes: &[Change]) -> Result<(), Error> {
    let incoming = changes.iter().filter_map(|change| {
        let (name, named, value) = match &change.what {
            What::Create(content) => (
                &change.name,
                true,
                Some(content.value.as_deref().unwrap_or_default()),
            ),
            What::Delete { .. } => return None,
            What::Update {
                content,
                rename,
                absent,
                ..
            } => {
                let makes = *absent == Absent::Create;
                let value = content.value.as_deref().or(makes.then_some(""));
                (
                    rename.as_ref().unwrap_or(&change.name),
                    makes || rename.is_some(),
                    value,
                )
            }
        };
        Some(Incoming {
            environment: &place.environment,
            path: change.path.as_deref().unwrap_or(&place.path),
            name,
            named,
            value,
        })
    });
    rules::check(app, &place.project, &incoming.collect::<Vec<_>>()).await
}

/// Asks for everything that changes need.
async fn may(app: &App, caller: &Caller, place: &Place, changes: &[Change]) -> Result<(), Error> {
    let rights = caller.rights(app, &place.project).await?;
    for change in changes {
        let ask = |act, name: &str| {
            let at = Spot {
                path: change.path.as_deref().unwrap_or(&place.path),
                ..Spot::of(place, Some(name))
            };
            rights.ask(act, at)
        };
        match &change.what {
            What::Create(_) => ask(Act::CreateSecret, &change.name)?,
            What::Delete { .. } => ask(Act::DeleteSecret, &change.name)?,
            What::Update { rename, absent, .. } => {
                ask(Act::EditSecret, &change.name)?;
                let name = rename.as_ref().unwrap_or(&change.name);
                if *absent == Absent::Create {
                    ask(Act::CreateSecret, name)?;
                } else if *name != change.name {
                    ask(Act::EditSecret, name)?;
                }
            }
        }
    }
    Ok(())
}

/// The fields of a secret that a body may have.
fn content(fields: &Fields<'_>) -> Content {
    if !fields.texts("tagIds").is_empty() {
        fields.wrong("tagIds", "custom", "This server has no tags");
    }
    let metadata = fields.objects("secretMetadata", |item| Metadata {
        key: item.text("key", 1..=255).trim().to_owned(),
        value: item
            .maybe_text("value", 0..=1020)
            .unwrap_or_default()
            .trim()
            .to_owned(),
        is_encrypted: item.flag("isEncrypted").unwrap_or(false),
    });
    Content {
        value: fields
            .maybe_text("secretValue", 0..=usize::MAX)
            .map(|value| trim_value(&value)),
        comment: fields
            .maybe_text("secretComment", 0..=usize::MAX)
            .map(|comment| comment.trim().to_owned()),
        metadata,
        reminder_note: fields.nullable_text("secretReminderNote", 0..=1024),
        reminder_days: fields.nullable_number("secretReminderRepeatDays"),
        skip_multiline: fields.flag("skipMultilineEncoding"),
    }
}

/// Takes white space off both ends; of line ends after the value one stays.
fn trim_value(value: &str) -> String {
    let trimmed = value.trim();
    if value.ends_with('\n') {
        format!("{trimmed}\n")
    } else {
        trimmed.to_owned()
    }
}

fn check_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::issue("Secret name is required", json!(["secretName"])));
    }
    if name.contains([':', '/']) {
        return Err(Error::issue(BAD_NAME, json!(["secretName"])));
    }
    Ok(name.to_owned())
}

fn batch_name(item: &Fields<'_>, key: &str) -> String {
    let name = item.text(key, 1..=MAX_NAME).trim().to_owned();
    if name.contains([':', '/']) {
        item.wrong(key, "custom", BAD_NAME);
    }
    name
}

/// Whose own a secret of a type is: only people have personal ones.
fn owner(actor: &Actor, kind: &str) -> Result<Option<UserId>, Error> {
    match (kind, actor.person()) {
        ("personal", Some(person)) => Ok(Some(person.clone())),
        ("personal", None) => Err(Error::bad_request("Must be user to create personal secret")),
        _ => Ok(None),
    }
}

/// The version in `If-Match`.
fn expected(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .unwrap_or_default()
        .trim()
        .trim_start_matches("W/")
        .trim_matches('"');
    if text == "*" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Error::bad_request("If-Match has to be the secret's version, such as \"3\""))
}

/// Names that a batch did not find, in the words of the real server.
fn absent(error: StoreError) -> Error {
    match error {
        StoreError::Missing(Thing::Secret { name, path }) => {
            Error::not_found(format!("Secret does not exist: {name} in path {path}"))
        }
        other => other.into(),
    }
}

fn one(mut rows: Vec<Secret>) -> Result<Secret, Error> {
    rows.pop()
        .ok_or_else(|| Error::Internal("a change gave no row".to_owned()))
}

/// Which fields a change had: the real server answers the others empty, so that no client relies on them.
struct Sent {
    value: bool,
    comment: bool,
}

impl Sent {
    fn of(content: &Content) -> Self {
        Self {
            value: content.value.is_some(),
            comment: content.comment.is_some(),
        }
    }

    fn only(&self, mut secret: WireSecret) -> WireSecret {
        if !self.value {
            secret.secret_value.clear();
        }
        if !self.comment {
            secret.secret_comment.clear();
        }
        secret
    }
}

/// A secret as reads and lists write it.
fn shown(place: &Place, row: Secret, view: bool) -> WireSecret {
    let (path, metadata) = (row.path.clone(), row.metadata.clone());
    let mut secret = written(place, row);
    if !view {
        HIDDEN.clone_into(&mut secret.secret_value);
    }
    secret.secret_value_hidden = Some(!view);
    secret.secret_path = Some(path);
    secret.tags = Some(Vec::new());
    secret.secret_metadata = Some(metadata);
    secret
}

/// The answer of a list, borrowed from the rows: it is the busiest answer of the server.
#[derive(Serialize)]
struct List<'a> {
    secrets: Vec<Listed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imports: Option<[(); 0]>,
}

/// A secret in a list: what [`shown`] writes, without copying it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: &'a str,
    #[serde(rename = "_id")]
    underscore_id: &'a str,
    workspace: &'a ProjectId,
    environment: &'a str,
    version: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    secret_key: &'a str,
    secret_value: &'a str,
    secret_comment: &'a str,
    secret_reminder_note: Option<&'a str>,
    secret_reminder_repeat_days: Option<Number>,
    skip_multiline_encoding: bool,
    created_at: Millis,
    updated_at: Millis,
    is_rotated_secret: bool,
    rotation_id: Option<()>,
    secret_value_hidden: bool,
    secret_path: &'a str,
    tags: [(); 0],
    secret_metadata: Vec<Metadata>,
}

impl<'a> Listed<'a> {
    fn of(place: &'a Place, row: &'a Row<'_>, view: bool) -> Self {
        Self {
            id: &row.id,
            underscore_id: &row.id,
            workspace: &place.project,
            environment: &place.environment,
            version: row.version,
            kind: TYPES[usize::from(!row.owner.is_empty())],
            secret_key: &row.name,
            secret_value: if view { &row.value } else { HIDDEN },
            secret_comment: &row.comment,
            secret_reminder_note: row.reminder_note.as_deref(),
            secret_reminder_repeat_days: row.reminder_days.and_then(days),
            skip_multiline_encoding: row.skip_multiline(),
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
            is_rotated_secret: false,
            rotation_id: None,
            secret_value_hidden: !view,
            secret_path: &row.path,
            tags: [],
            secret_metadata: row.metadata(),
        }
    }
}

/// A secret as updates and deletions write it.
fn changed_secret(place: &Place, row: Secret) -> WireSecret {
    WireSecret {
        secret_value_hidden: Some(false),
        ..written(place, row)
    }
}

/// A secret as creations write it.
fn written(place: &Place, row: Secret) -> WireSecret {
    WireSecret {
        underscore_id: Some(row.id.clone()),
        id: row.id,
        workspace: place.project.as_str().to_owned(),
        environment: place.environment.clone(),
        version: row.version,
        kind: TYPES[usize::from(row.owner.is_some())].to_owned(),
        secret_key: row.name,
        secret_value: row.value,
        secret_comment: row.comment,
        secret_reminder_note: row.reminder_note,
        secret_reminder_repeat_days: row.reminder_days.and_then(days),
        skip_multiline_encoding: Some(row.skip_multiline),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        is_rotated_secret: false,
        rotation_id: None,
        secret_value_hidden: None,
        secret_path: None,
        tags: None,
        secret_metadata: None,
    }
}

/// Whole days are written without a fraction: typed clients expect an integer.
fn days(days: f64) -> Option<Number> {
    let whole = format!("{days:.0}");
    match whole.parse::<i64>() {
        Ok(number) if whole.parse() == Ok(days) => Some(number.into()),
        _ => Number::from_f64(days),
    }
}

const PATHS: &[&str] = &["secretPath"];
const TYPES: [&str; 2] = ["shared", "personal"];
const BAD_NAME: &str = "Secret name cannot contain colon or forward slash.";
/// What an answer has for each secret beyond what the store gives: field names, and some things twice.
const MORE_PER_ROW: usize = 480;
/// What the real server's column holds.
const MAX_NAME: usize = 500;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_list_writes_what_a_read_writes() {
        let listed =
            r#"["i","/p","n","o",3,"v","val\"ue","c","[{\"key\":\"k\",\"value\":\"v\"}]","r",2.0,1,1,2]"#;
        let place = Place {
            project: "p".into(),
            environment: "dev".into(),
            path: "/".into(),
        };
        for view in [true, false] {
            let row: Row<'_> = serde_json::from_str(listed).unwrap();
            let in_list = serde_json::to_value(Listed::of(&place, &row, view)).unwrap();
            let read = serde_json::to_value(shown(&place, row.into(), view)).unwrap();
            assert_eq!(in_list, read);
            assert_eq!(read["secretMetadata"][0]["key"], "k");
        }
    }

    #[test]
    fn values_lose_their_outer_white_space_as_on_the_real_server() {
        for (value, stored) in [
            ("  a b \n\n", "a b\n"),
            ("x", "x"),
            (" x ", "x"),
            ("", ""),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(trim_value(value), stored);
        }
    }

    #[test]
    fn whole_days_have_no_fraction() {
        assert_eq!(days(30.0).map(|number| number.to_string()).as_deref(), Some("30"));
        assert_eq!(days(0.5).map(|number| number.to_string()).as_deref(), Some("0.5"));
    }
}
