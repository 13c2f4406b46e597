//! Successful answers.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::Error;

/// A 200 with a JSON body.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, JSON)], body).into_response(),
            Err(error) => Error::Internal(error.to_string()).into_response(),
        }
    }
}

/// What handlers give back.
pub type Reply<T> = Result<Json<T>, Error>;

/// A JSON answer that a client may keep: 304 without a body if the client has this state already.
pub fn tagged<T: Serialize>(headers: &HeaderMap, tag: &str, body: T) -> Response {
    let tag = format!("\"{tag}\"");
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = if known {
        (StatusCode::NOT_MODIFIED, Body::empty()).into_response()
    } else {
        Json(body).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
