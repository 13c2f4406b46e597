//! The files of shared secrets, in sealed pieces: one request each, so that no more than a piece is ever held.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use coffer_wire::id::ShareId;
use coffer_wire::share::{FILE_PIECE, Gone};
use serde_json::{Value, json};

use super::shares::{closed, ended};
use crate::app::App;
use crate::auth::{Caller, may_fetch};
use crate::error::Error;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new().route(
        "/api/v1/shared-secrets/{id}/pieces/{number}",
        get(fetch).post(add),
    )
}

/// `POST /api/v1/shared-secrets/:id/pieces/:number`: by whoever made the share, in any order, and again if need be.
async fn add(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(ShareId, u32)>,
    sealed: Result<Bytes, BytesRejection>,
) -> Reply<Value> {
    let sealed = sealed.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::bad_request("The request body could not be read"),
    })?;
    let share = app.store().share(&id).await?;
    let share = share.filter(|share| share.creator.as_ref() == Some(&caller.actor));
    let share = share.ok_or_else(|| ended(Gone::Missing))?;
    let expected = share.file.and_then(|file| length(file.bytes, number));
    if expected != Some(sealed.len() as u64) {
        return Err(Error::bad_request("This is no piece of this share's file"));
    }
    let added = app
        .store()
        .add_piece(&id, &caller.actor, number, &sealed, app.now())
        .await?;
    added.map_err(closed)?;
    Ok(Json(json!({})))
}

/// `GET /api/v1/shared-secrets/:id/pieces/:number`: by whoever opened the share, with the token that this gave. Counts no view.
async fn fetch(
    State(app): State<App>,
    Path((id, number)): Path<(ShareId, u32)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    may_fetch(&app, &headers, &id)?;
    match app.store().piece(&id, number, app.now()).await? {
        Some(sealed) => Ok(([(CONTENT_TYPE, BYTES)], sealed).into_response()),
        None => {
            let share = app.store().share(&id).await?;
            Err(ended(match share {
                Some(share) if share.revoked => Gone::Revoked,
                Some(share) if share.destroyed => Gone::Destroyed,
                _ => Gone::Missing,
            }))
        }
    }
}

/// How long a piece has to be: all but the last are as long as they may be.
fn length(file: u64, number: u32) -> Option<u64> {
    let before = u64::from(number).checked_mul(FILE_PIECE)?;
    file.checked_sub(before)
        .filter(|left| *left > 0)
        .map(|left| left.min(FILE_PIECE))
}

const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
