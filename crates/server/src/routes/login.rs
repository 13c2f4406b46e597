//! Login, choice of the organisation, refresh and logout.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use coffer_store::model::Actor;
use coffer_wire::id::OrganizationId;
use coffer_wire::login::{LoginAnswer, MessageAnswer, RefreshAnswer, SelectOrganizationAnswer};

use super::accounts::MAX_PASSWORD;
use crate::app::App;
use crate::auth::{Address, SignedIn, session};
use crate::error::Error;
use crate::input::Body;
use crate::limit::Rule;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v3/auth/login", post(login))
        .route("/api/v3/auth/select-organization", post(select_organization))
        .route("/api/v1/auth/token", post(refresh))
        .route("/api/v1/auth/checkAuth", post(check))
        .route("/api/v1/auth/logout", post(logout))
}

/// `POST /api/v3/auth/login`
async fn login(State(app): State<App>, Address(address): Address, body: Body) -> Result<Response, Error> {
    let now = app.now();
    let limits = &app.config().limits;
    app.limiter()
        .check(Rule::LoginAddress, limits.login_per_address, &address, now)?;
    let (email, password) = body.read(|fields| {
        (
            fields.text("email", 1..=320).trim().to_lowercase(),
            fields.text("password", 1..=MAX_PASSWORD),
        )
    })?;
    app.limiter()
        .check(Rule::LoginAccount, limits.login_per_account, &email, now)?;
    let account = app.store().account_by_username(&email).await?;
    let known = account.as_ref().and_then(|account| account.password_hash.clone());
    let matches = app.passwords().verify(&app, password, known).await?;
    let Some(account) = account.filter(|_| matches) else {
        return Err(Error::bad_request("Invalid credentials"));
    };
    let session = session::start(&app, &account.id, None).await?;
    let answer = LoginAnswer {
        access_token: session::access_token(&app, &session),
    };
    Ok((
        session::cookie(&app, &session::refresh_token(&app, &session)),
        Json(answer),
    )
        .into_response())
}

/// `POST /api/v3/auth/select-organization`
async fn select_organization(
    State(app): State<App>,
    signed_in: SignedIn,
    body: Body,
) -> Result<Response, Error> {
    let id = body.read(|fields| OrganizationId::new(fields.text("organizationId", 1..=100)))?;
    let organizations = app
        .store()
        .organizations_of(&Actor::Person(signed_in.user.clone()))
        .await?;
    if !organizations
        .iter()
        .any(|(organization, _)| organization.id == id)
    {
        return Err(Error::forbidden("You are not a member of this organization"));
    }
    let session = session::select(&app, &signed_in.session, &id).await?;
    let answer = SelectOrganizationAnswer {
        token: session::access_token(&app, &session),
        is_mfa_enabled: false,
        mfa_method: None,
    };
    Ok((
        session::cookie(&app, &session::refresh_token(&app, &session)),
        Json(answer),
    )
        .into_response())
}

/// `POST /api/v1/auth/token`
async fn refresh(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
) -> Result<Response, Error> {
    app.limiter().check(
        Rule::LoginAddress,
        app.config().limits.login_per_address,
        &address,
        app.now(),
    )?;
    let session = session::refresh(&app, &headers).await?;
    let refresh_token = session::refresh_token(&app, &session);
    let cookie = session::cookie(&app, &refresh_token);
    let answer = RefreshAnswer {
        token: session::access_token(&app, &session),
        refresh_token: Some(refresh_token),
        organization_id: session.organization,
    };
    Ok((cookie, Json(answer)).into_response())
}

/// `POST /api/v1/auth/checkAuth`
async fn check(_: SignedIn) -> Reply<MessageAnswer> {
    Ok(Json(MessageAnswer {
        message: "Authenticated".to_owned(),
    }))
}

/// `POST /api/v1/auth/logout`: ends the session of the cookie, and that of the bearer token if there is one.
async fn logout(
    State(app): State<App>,
    signed_in: Result<SignedIn, Error>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    session::end(&app, &headers).await?;
    if let Ok(signed_in) = signed_in {
        app.store().end_session(&signed_in.session).await?;
    }
    let answer = MessageAnswer {
        message: "Successfully logged out".to_owned(),
    };
    Ok((session::cookie(&app, ""), Json(answer)).into_response())
}
