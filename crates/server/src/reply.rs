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
        written(&self.0, 512)
    }
}

/// What handlers give back.
pub type Reply<T> = Result<Json<T>, Error>;

/// A JSON answer of about this length that a client may keep: 304 without a body if the client has this state already.
pub fn tagged<T: Serialize>(headers: &HeaderMap, tag: &str, body: &T, length: usize) -> Response {
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
        written(body, length)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// A 200 with a body of about this length.
fn written<T: Serialize>(body: &T, length: usize) -> Response {
    let mut bytes = Vec::with_capacity(length);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => ([(CONTENT_TYPE, JSON)], bytes).into_response(),
        Err(error) => Error::Internal(error.to_string()).into_response(),
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
