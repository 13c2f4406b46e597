//! Versions of secrets: for people only, as on the real server.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use coffer_store::model::Role;
use coffer_wire::id::{SecretId, SecretVersionId};
use coffer_wire::secret::{Actor, SecretVersion, SecretVersionsAnswer};
use serde_json::{Value, json};

use super::time;
use crate::app::App;
use crate::auth::{Act, Person, Spot};
use crate::error::Error;
use crate::input::Params;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/secret/{id}/secret-versions", get(list))
        .route(
            "/api/v2/secret-versions/{id}/redact-value",
            axum::routing::delete(redact),
        )
}

/// `GET /api/v1/secret/:id/secret-versions`
async fn list(
    State(app): State<App>,
    person: Person,
    Path(id): Path<SecretId>,
    params: Params,
) -> Reply<SecretVersionsAnswer> {
    let (offset, limit) = params.read(|fields| {
        (
            fields.number("offset", 0..=1_000_000).unwrap_or(0),
            fields.number("limit", 1..=1000).unwrap_or(20),
        )
    })?;
    let missing = || Error::not_found(format!("Secret with ID '{id}' not found"));
    let (secret, lies) = app.store().secret_by_id(&id).await?.ok_or_else(missing)?;
    let rights = person.caller.rights(&app, &lies.project).await?;
    let at = Spot {
        environment: &lies.environment,
        path: &secret.path,
        name: Some(&secret.name),
    };
    rights.ask(Act::ReadValue, at)?;
    if secret.owner.as_ref().is_some_and(|owner| *owner != person.user) {
        return Err(missing());
    }
    let kind = if secret.owner.is_some() {
        "personal"
    } else {
        "shared"
    };
    let found = app.store().secret_versions(&id, offset, limit).await?;
    let secret_versions = found
        .into_iter()
        .map(|version| SecretVersion {
            id: version.id,
            version: version.version,
            secret_key: version.name,
            secret_value: version.value,
            secret_comment: version.comment,
            secret_id: id.clone(),
            environment: lies.environment.clone(),
            workspace: lies.project.to_string(),
            kind: kind.to_owned(),
            secret_value_hidden: false,
            is_redacted: false,
            created_at: time(version.created_at),
            updated_at: time(version.created_at),
            actor: Some(Actor {
                actor_id: Some(version.actor_id),
                actor_type: Some(version.actor_type),
                name: None,
                membership_id: None,
            }),
        })
        .collect();
    Ok(Json(SecretVersionsAnswer { secret_versions }))
}

/// `DELETE /api/v2/secret-versions/:id/redact-value`
async fn redact(State(app): State<App>, person: Person, Path(id): Path<SecretVersionId>) -> Reply<Value> {
    let missing = || Error::not_found(format!("Secret version with ID '{id}' not found"));
    let lies = app.store().place_of_version(&id).await?.ok_or_else(missing)?;
    person
        .caller
        .in_project(&app, &lies.project, Role::Admin, "secrets")
        .await?;
    let (version, secret) = app.store().redact_version(&id).await?;
    Ok(Json(json!({ "secretVersion": {
        "id": version.id, "version": version.version, "type": "shared", "key": version.name, "reminderNote": null,
        "reminderRepeatDays": null, "skipMultilineEncoding": false, "metadata": null, "envId": null,
        "secretId": secret, "folderId": lies.folder, "userId": null, "createdAt": time(version.created_at),
        "updatedAt": time(app.now()), "userActorId": (version.actor_type == "user").then_some(&version.actor_id),
        "identityActorId": (version.actor_type == "identity").then_some(&version.actor_id),
        "actorType": version.actor_type, "parentVersionId": null, "isRedacted": true, "redactedAt": time(app.now()),
        "redactedByUserId": person.user, "secretValueBlindIndex": null,
    }})))
}
