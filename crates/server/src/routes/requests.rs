//! Requests for a secret: made by somebody with an account, answered by anybody who has the id, once or as often as
//! the request says.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete as deleting, get, post};
use coffer_store::model::{Actor, SecretRequest, ShareAccess};
use coffer_store::requests::Answered;
use coffer_wire::id::{AnswerId, ShareId};
use coffer_wire::share::{AnswersAnswer, MAX_ANSWERS, MAX_VALUE, ReceivedAnswer, Unanswered};
use serde_json::{Value, json};

use super::shares::MOST_LISTED;
use super::{count, time};
use crate::app::App;
use crate::auth::{Address, Caller};
use crate::error::Error;
use crate::input::{Body, Params};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/shared-secrets/requests", post(create).get(list))
        .route("/api/v1/shared-secrets/requests/{id}", get(look).delete(delete))
        .route("/api/v1/shared-secrets/requests/{id}/set-value", post(answer))
        .route("/api/v1/shared-secrets/requests/{id}/reveal-value", post(reveal))
        .route("/api/v1/shared-secrets/requests/{id}/answers", get(answers))
        .route(
            "/api/v1/shared-secrets/requests/{id}/answers/{answer}",
            deleting(delete_answer),
        )
}

/// `POST /api/v1/shared-secrets/requests`
async fn create(State(app): State<App>, caller: Caller, body: Body) -> Reply<Value> {
    person(&caller)?;
    super::shares::limit_making(&app, &caller)?;
    let (name, lasts, access, most) = body.read(|fields| {
        let name = fields.maybe_text("name", 0..=50);
        (
            name,
            super::shares::lasts(&app, fields),
            super::shares::access(fields),
            fields
                .number("maxAnswers", 1..=u64::from(MAX_ANSWERS))
                .unwrap_or(1),
        )
    })?;
    let now = app.now();
    let request = SecretRequest {
        id: ShareId::new(app.id()),
        name,
        access,
        organization: caller.organization.clone(),
        creator: caller.actor,
        most,
        answers: 0,
        ended_by_admin: false,
        expires_at: now + lasts,
        created_at: now,
        updated_at: now,
    };
    app.store()
        .create_secret_request(request.clone(), app.config().share_quota)
        .await?;
    Ok(Json(json!({ "id": request.id })))
}

/// `GET /api/v1/shared-secrets/requests/:id`: whether it takes no more answers, and nothing of them. Whoever asked may look
/// as often as they like.
async fn look(
    State(app): State<App>,
    Address(address): Address,
    caller: Result<Caller, Error>,
    Path(id): Path<ShareId>,
) -> Reply<Value> {
    let asked = match &caller {
        Ok(caller) => {
            let request = app.store().secret_request(&id).await?;
            request.is_some_and(|request| request.creator == caller.actor)
        }
        Err(_) => false,
    };
    if !asked {
        super::shares::limit(&app, &address)?;
    }
    let request = find(&app, &id, caller).await?;
    let organization = app.store().organization(&request.organization).await?;
    let account = match request.creator.person() {
        Some(id) => app.store().account(id).await?,
        None => None,
    };
    let (first, last, username) = account.map_or_else(Default::default, |account| {
        (account.first_name, account.last_name, Some(account.username))
    });
    let mut wire = wire(&request);
    wire["requester"] = json!({
        "organizationName": organization.map(|organization| organization.name),
        "firstName": first, "lastName": last, "username": username,
    });
    Ok(Json(
        json!({ "request": wire, "isSecretValueSet": request.is_full() }),
    ))
}

/// `POST /api/v1/shared-secrets/requests/:id/set-value`: while it takes answers. The same answer may come again: who
/// heard nothing of the first time is told that it is there.
async fn answer(
    State(app): State<App>,
    Address(address): Address,
    caller: Result<Caller, Error>,
    Path(id): Path<ShareId>,
    body: Body,
) -> Reply<Value> {
    super::shares::limit(&app, &address)?;
    let value = body.read(|fields| fields.text("secretValue", 1..=MAX_VALUE))?;
    find(&app, &id, caller).await?;
    let quota = app.config().share_quota;
    match app
        .store()
        .answer_secret_request(&id, &value, quota, app.now())
        .await?
    {
        Answered::Kept(request) => Ok(Json(json!({ "secretRequest": wire(&request) }))),
        Answered::Full => Err(Error::bad_request(Unanswered::Full.message())),
        Answered::Late => Err(Error::forbidden(Unanswered::Late.message())),
        Answered::Missing => Err(missing()),
    }
}

/// `POST /api/v1/shared-secrets/requests/:id/reveal-value`: by who asked; of several the first.
async fn reveal(State(app): State<App>, caller: Caller, Path(id): Path<ShareId>) -> Reply<Value> {
    let found = app.store().secret_answers(&id, &caller.actor).await?;
    let (request, answers) = found.ok_or_else(missing)?;
    let answer = answers.into_iter().next().ok_or_else(missing)?;
    let mut wire = wire(&request);
    wire["secretValue"] = json!(answer.value);
    Ok(Json(json!({ "secretRequest": wire })))
}

/// `GET /api/v1/shared-secrets/requests/:id/answers`: by who asked.
async fn answers(State(app): State<App>, caller: Caller, Path(id): Path<ShareId>) -> Reply<AnswersAnswer> {
    let found = app.store().secret_answers(&id, &caller.actor).await?;
    let (request, answers) = found.ok_or_else(missing)?;
    Ok(Json(AnswersAnswer {
        answers: answers
            .into_iter()
            .map(|answer| ReceivedAnswer {
                id: answer.id,
                at: time(answer.at),
                secret_value: answer.value,
            })
            .collect(),
        max_answers: count(request.most),
    }))
}

/// `DELETE /api/v1/shared-secrets/requests/:id/answers/:answer`: by who asked.
async fn delete_answer(
    State(app): State<App>,
    caller: Caller,
    Path((id, answer)): Path<(ShareId, AnswerId)>,
) -> Reply<Value> {
    match app
        .store()
        .delete_secret_answer(&id, &answer, &caller.actor)
        .await?
    {
        true => Ok(Json(json!({}))),
        false => Err(missing()),
    }
}

/// `GET /api/v1/shared-secrets/requests`: each with how many answers it has.
async fn list(State(app): State<App>, caller: Caller, params: Params) -> Reply<Value> {
    let (offset, limit) = params.read(|fields| {
        (
            fields.number("offset", 0..=MOST_LISTED).unwrap_or(0),
            fields.number("limit", 1..=100).unwrap_or(25),
        )
    })?;
    let (requests, total) = app
        .store()
        .secret_requests_of(&caller.actor, &caller.organization, offset, limit)
        .await?;
    let secrets: Vec<Value> = requests.iter().map(own).collect();
    Ok(Json(json!({ "secrets": secrets, "totalCount": count(total) })))
}

/// `DELETE /api/v1/shared-secrets/requests/:id`: with its answers.
async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<ShareId>) -> Reply<Value> {
    let gone = app.store().delete_secret_request(&id, &caller.actor).await?;
    Ok(Json(wire(&gone.ok_or_else(missing)?)))
}

/// A request that the caller may answer, whether or not it has ended.
async fn find(app: &App, id: &ShareId, caller: Result<Caller, Error>) -> Result<SecretRequest, Error> {
    let request = app.store().secret_request(id).await?.ok_or_else(missing)?;
    if request.access == ShareAccess::Organization && request.organization != caller?.organization {
        return Err(Error::forbidden("This secret request is of another organization"));
    }
    Ok(request)
}

/// Machines do not ask.
fn person(caller: &Caller) -> Result<(), Error> {
    match &caller.actor {
        Actor::Person(_) => Ok(()),
        Actor::Machine(_) => Err(Error::forbidden("You are not allowed to access this resource")),
    }
}

fn missing() -> Error {
    Error::not_found("Secret request not found")
}

/// A request as whoever asked sees it.
fn own(request: &SecretRequest) -> Value {
    let mut wire = wire(request);
    wire["isSecretValueSet"] = json!(request.is_full());
    wire["answers"] = json!(count(request.answers));
    wire["maxAnswers"] = json!(count(request.most));
    if request.ended_by_admin {
        wire["endedByAdmin"] = json!(true);
    }
    wire
}

fn wire(request: &SecretRequest) -> Value {
    json!({
        "id": request.id, "hashedHex": null, "expiresAt": time(request.expires_at),
        "userId": request.creator.person(), "orgId": request.organization, "createdAt": time(request.created_at),
        "updatedAt": time(request.updated_at), "expiresAfterViews": null, "accessType": request.access.as_str(),
        "name": request.name, "lastViewedAt": null, "password": null, "identifier": null, "type": "request",
        "authorizedEmails": null, "identityId": request.creator.machine(), "allowExternalEmails": false,
    })
}
