//! The whole server as one router: routes, and around them what every request goes through.

use std::convert::Infallible;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tower::ServiceExt;

use crate::app::App;
use crate::cors;
use crate::error::{Error, Failure};
use crate::routes;
use crate::web;

/// The whole server: the API below `/api`, everything else from the app's folder.
pub fn router(app: App) -> Router {
    let api = routes::api()
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_route)
        .layer(DefaultBodyLimit::max(app.config().body_limit))
        .layer(from_fn_with_state(app.clone(), refuse_long_bodies))
        .layer(from_fn_with_state(app.clone(), finish))
        .layer(from_fn_with_state(app.clone(), cors::layer))
        .with_state(app.clone());
    let web = web::router(&app).layer(from_fn(record));
    Router::new().fallback_service(tower::service_fn(move |request: Request| {
        let (api, web) = (api.clone(), web.clone());
        async move {
            let path = request.uri().path();
            let response = if path == "/api" || path.starts_with("/api/") {
                api.oneshot(tidy(request)).await
            } else {
                web.oneshot(request).await
            };
            Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
        }
    }))
}

/// Takes slashes away from the end of the path, as the compatible server does.
fn tidy(mut request: Request) -> Request {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() != path.len() {
        let tidy = match request.uri().query() {
            Some(query) => format!("{trimmed}?{query}"),
            None => trimmed.to_owned(),
        };
        if let Ok(uri) = tidy.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Names the request, logs it, and finishes the answer: failures get their JSON, everything its headers.
///
/// The log has the method, the route as it is written in the code, the status and the time. Never a path or query
/// (they hold names and ids), a header or a body.
async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = format!("req-{}", &app.id()[..13]);
    let (method, started) = (request.method().clone(), Instant::now());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unknown", MatchedPath::as_str)
        .to_owned();
    let mut response = if path_is_too_long(request.uri().path()) {
        unknown_route(method.clone(), request.uri().clone()).await
    } else {
        next.run(request).await
    };
    if let Some(Failure(mut body)) = response.extensions_mut().remove::<Failure>() {
        body.req_id = Some(id.clone());
        let body = serde_json::to_vec(&body).unwrap_or_default();
        *response.body_mut() = Body::from(body);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    for (name, value) in API_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    log(&id, &method, &route, response.status(), started);
    response
}

/// Logs a request for a page or an asset.
async fn record(request: Request, next: Next) -> Response {
    let (method, started) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    log("-", &method, "web", response.status(), started);
    response
}

fn log(id: &str, method: &Method, route: &str, status: StatusCode, started: Instant) {
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(id, %method, route, status = status.as_u16(), millis, "answered");
}

/// A body that says it is too long is refused before it is read.
async fn refuse_long_bodies(State(app): State<App>, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if length.is_some_and(|length| length > app.config().body_limit) {
        return Error::TooLarge.into_response();
    }
    next.run(request).await
}

async fn unknown_route(method: Method, uri: Uri) -> Response {
    let body = json!({
        "message": format!("Route {method}:{} not found", uri.path_and_query().map_or(uri.path(), |path| path.as_str())),
        "error": "Not Found",
        "statusCode": 404,
    });
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

/// A part of the path with more than 100 characters matches no route, as on the real server.
fn path_is_too_long(path: &str) -> bool {
    path.split('/').any(|part| {
        let mut characters = 0;
        let mut bytes = part.bytes();
        while let Some(byte) = bytes.next() {
            let decoded = if byte == b'%' {
                let digits = [bytes.next(), bytes.next()];
                let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
                match (hex(digits[0]), hex(digits[1])) {
                    (Some(high), Some(low)) => high * 16 + low,
                    _ => u32::from(b'%'),
                }
            } else {
                u32::from(byte)
            };
            // A byte that continues a UTF-8 character does not count.
            characters += usize::from(decoded & 0xC0 != 0x80);
        }
        characters > 100
    })
}

/// The address that people type, for links in answers.
pub fn site_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config().site_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    format!("http://{host}")
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

const API_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_may_have_a_hundred_characters_after_decoding() {
        for (part, refused) in [
            ("a".repeat(100), false),
            ("a".repeat(101), true),
            ("%41".repeat(100), false),
            ("%C3%A9".repeat(100), false),
            ("%C3%A9".repeat(101), true),
        ] {
            assert_eq!(path_is_too_long(&format!("/api/{part}/x")), refused, "{part}");
        }
    }
}
