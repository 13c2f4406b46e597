//! Sessions of people: access tokens, refresh cookies and their rotation.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use base64ct::{Base64UrlUnpadded, Encoding};
use coffer_store::model::{Rotation, Session};
use coffer_wire::id::{OrganizationId, SessionId, UserId};

use crate::app::App;
use crate::auth::jwt::Claims;
use crate::error::Error;

/// Starts a session.
pub async fn start(app: &App, user: &UserId, organization: Option<OrganizationId>) -> Result<Session, Error> {
    let now = app.now();
    let session = Session {
        id: SessionId::new(app.id()),
        user: user.clone(),
        organization,
        current: token_name(app),
        issued_at: now,
        expires_at: now + app.config().session_ttl * 1000,
    };
    app.store().start_session(session.clone(), now).await?;
    Ok(session)
}

/// Selects the organisation of a session.
pub async fn select(app: &App, id: &SessionId, organization: &OrganizationId) -> Result<Session, Error> {
    Ok(app
        .store()
        .select_organization(id, organization, &token_name(app), app.now())
        .await?)
}

/// Gives a new refresh token for the one in the request's cookie.
pub async fn refresh(app: &App, headers: &HeaderMap) -> Result<Session, Error> {
    let over = || Error::unauthorized("Your session has ended. Please log in again.");
    let now = app.now();
    let Some(Claims::Refresh {
        token_version_id,
        jti,
        ..
    }) = presented(app, headers)
    else {
        return Err(over());
    };
    let id = SessionId::new(token_version_id);
    let grace = app.config().refresh_grace * 1000;
    match app
        .store()
        .rotate_session(&id, &jti, &token_name(app), now, grace)
        .await?
    {
        Rotation::Rotated(session) | Rotation::Repeated(session) => Ok(session),
        Rotation::Stolen => {
            tracing::warn!("an old refresh token was used: its session is over");
            Err(over())
        }
        Rotation::Ended => Err(over()),
    }
}

/// Ends the session of the request's cookie, if it has one.
pub async fn end(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    if let Some(Claims::Refresh { token_version_id, .. }) = presented(app, headers) {
        app.store().end_session(&SessionId::new(token_version_id)).await?;
    }
    Ok(())
}

/// The access token of a session.
pub fn access_token(app: &App, session: &Session) -> String {
    let now = app.now();
    let claims = Claims::Access {
        auth_method: "email".to_owned(),
        user_id: session.user.to_string(),
        token_version_id: session.id.to_string(),
        organization_id: session.organization.as_ref().map(ToString::to_string),
    };
    app.key().sign(&claims, now, now + app.config().access_ttl * 1000)
}

/// The refresh token of a session: the same text for as long as it is the current one.
pub fn refresh_token(app: &App, session: &Session) -> String {
    let claims = Claims::Refresh {
        user_id: session.user.to_string(),
        token_version_id: session.id.to_string(),
        organization_id: session.organization.as_ref().map(ToString::to_string),
        jti: session.current.clone(),
    };
    app.key().sign(&claims, session.issued_at, session.expires_at)
}

/// The header that gives the browser its refresh token: not for scripts, not for other sites.
pub fn cookie(app: &App, token: &str) -> HeaderMap {
    let secure = if app.config().secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let age = if token.is_empty() { "; Max-Age=0" } else { "" };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!(
        "jid={token}{age}; Path=/api; HttpOnly{secure}; SameSite=Strict"
    )) {
        headers.insert(SET_COOKIE, value);
    }
    headers
}

fn presented(app: &App, headers: &HeaderMap) -> Option<Claims> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("jid="))?;
    app.key().open(token, app.now()).ok()
}

fn token_name(app: &App) -> String {
    Base64UrlUnpadded::encode_string(&app.random::<18>())
}
