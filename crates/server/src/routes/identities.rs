//! Machine identities, universal auth and machine tokens.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use coffer_store::machines::NewClientSecret;
use coffer_store::model::{
    ClientSecret, Identity, MachineToken, OrgRole, UniversalAuth, UniversalLogin, UniversalSettings,
};
use coffer_wire::id::{ClientId, ClientSecretId, IdentityId, OrganizationId};
use coffer_wire::identity::{
    ClientSecret as WireClientSecret, ClientSecretAnswer, Identity as WireIdentity, IdentityAnswer,
    IdentityDetails, IdentityDetailsAnswer, MachineTokenAnswer, TrustedIp,
    UniversalAuth as WireUniversalAuth, UniversalAuthAnswer,
};
use coffer_wire::login::{BootstrapOrganization, MessageAnswer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{count, time};
use crate::app::App;
use crate::auth::caller::machine_token;
use crate::auth::jwt::Claims;
use crate::auth::{Address, Caller, Url};
use crate::error::Error;
use crate::input::{Body, Fields, Params};
use crate::limit::Rule;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    const UNIVERSAL: &str = "/api/v1/auth/universal-auth/identities/{id}";
    const SECRETS: &str = "/api/v1/auth/universal-auth/identities/{id}/client-secrets";
    Router::new()
        .route("/api/v1/identities", post(create).get(list))
        .route("/api/v1/identities/details", get(details))
        .route("/api/v1/identities/{id}", get(one).patch(update).delete(delete))
        .route(
            UNIVERSAL,
            post(attach).patch(change).get(universal_auth).delete(detach),
        )
        .route(SECRETS, post(create_secret).get(secrets))
        .route(
            "/api/v1/auth/universal-auth/identities/{id}/client-secrets/{secret}",
            get(secret),
        )
        .route(
            "/api/v1/auth/universal-auth/identities/{id}/client-secrets/{secret}/revoke",
            post(revoke_secret),
        )
        .route("/api/v1/auth/universal-auth/login", post(login))
        .route("/api/v1/auth/token/renew", post(renew))
        .route("/api/v1/auth/token/revoke", post(revoke))
}

/// `POST /api/v1/identities`
async fn create(State(app): State<App>, caller: Caller, body: Body) -> Reply<IdentityAnswer> {
    let (name, organization, role, protection) = body.read(|fields| {
        (
            fields.text("name", 1..=255),
            OrganizationId::new(fields.text("organizationId", 1..=100)),
            fields
                .maybe_text("role", 1..=64)
                .unwrap_or_else(|| "no-access".to_owned()),
            fields.flag("hasDeleteProtection").unwrap_or(false),
        )
    })?;
    caller.in_organization(&organization, OrgRole::Admin, "identity")?;
    let role = org_role(&role)?;
    let made = app
        .store()
        .create_identity(&organization, name.trim(), role, protection, app.now())
        .await?;
    Ok(Json(IdentityAnswer {
        identity: wire(&made),
    }))
}

/// `GET /api/v1/identities`
async fn list(State(app): State<App>, caller: Caller, params: Params) -> Reply<Value> {
    let organization = params.read(|fields| fields.maybe_text("orgId", 0..=100))?;
    let organization = organization.map_or_else(|| caller.organization.clone(), OrganizationId::new);
    caller.in_organization(&organization, OrgRole::Member, "identity")?;
    let found = app.store().identities(&organization).await?;
    let identities: Vec<_> = found.iter().map(membership).collect();
    Ok(Json(
        json!({ "totalCount": identities.len(), "identities": identities }),
    ))
}

/// `GET /api/v1/identities/details`
async fn details(State(app): State<App>, caller: Caller, Url(url): Url) -> Reply<IdentityDetailsAnswer> {
    if caller.actor.machine().is_none() {
        return Err(Error::wrong_mode(&url));
    }
    let found = app.store().organization(&caller.organization).await?;
    let found = found.ok_or_else(|| Error::not_found("Organization not found"))?;
    let organization = BootstrapOrganization {
        id: found.id,
        name: found.name,
        slug: found.slug,
    };
    Ok(Json(IdentityDetailsAnswer {
        identity_details: IdentityDetails { organization },
    }))
}

/// `GET /api/v1/identities/:id`
async fn one(State(app): State<App>, caller: Caller, Path(id): Path<IdentityId>) -> Reply<Value> {
    let found = allowed(&app, &caller, &id, OrgRole::Member).await?;
    Ok(Json(json!({ "identity": membership(&found) })))
}

/// `PATCH /api/v1/identities/:id`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
    body: Body,
) -> Reply<IdentityAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let (name, role, protection) = body.read(|fields| {
        (
            fields.maybe_text("name", 1..=255),
            fields.maybe_text("role", 1..=64),
            fields.flag("hasDeleteProtection"),
        )
    })?;
    let role = role.as_deref().map(org_role).transpose()?;
    let changed = app
        .store()
        .update_identity(&id, name.as_deref(), role, protection, app.now())
        .await?;
    Ok(Json(IdentityAnswer {
        identity: WireIdentity {
            auth_methods: None,
            ..wire(&changed)
        },
    }))
}

/// `DELETE /api/v1/identities/:id`
async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<IdentityId>) -> Reply<IdentityAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let gone = app.store().delete_identity(&id, app.now()).await?;
    Ok(Json(IdentityAnswer {
        identity: WireIdentity {
            auth_methods: None,
            metadata: None,
            ..wire(&gone)
        },
    }))
}

/// `POST /api/v1/auth/universal-auth/identities/:id`
async fn attach(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
    body: Body,
) -> Reply<UniversalAuthAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let settings = body.read(|fields| read_settings(fields, UniversalSettings::default()))?;
    check_ttls(&settings)?;
    let made = app
        .store()
        .attach_universal_auth(&id, settings, app.now())
        .await?;
    Ok(Json(UniversalAuthAnswer {
        identity_universal_auth: wire_universal(made),
    }))
}

/// `PATCH /api/v1/auth/universal-auth/identities/:id`
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
    body: Body,
) -> Reply<UniversalAuthAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let known = app
        .store()
        .universal_auth(&id)
        .await?
        .ok_or_else(no_universal_auth)?;
    let settings = body.read(|fields| read_settings(fields, known.settings))?;
    check_ttls(&settings)?;
    let changed = app
        .store()
        .update_universal_auth(&id, settings, app.now())
        .await?;
    Ok(Json(UniversalAuthAnswer {
        identity_universal_auth: wire_universal(changed),
    }))
}

/// `GET /api/v1/auth/universal-auth/identities/:id`
async fn universal_auth(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
) -> Reply<UniversalAuthAnswer> {
    allowed(&app, &caller, &id, OrgRole::Member).await?;
    let found = app
        .store()
        .universal_auth(&id)
        .await?
        .ok_or_else(no_universal_auth)?;
    Ok(Json(UniversalAuthAnswer {
        identity_universal_auth: wire_universal(found),
    }))
}

/// `DELETE /api/v1/auth/universal-auth/identities/:id`
async fn detach(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
) -> Reply<UniversalAuthAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let gone = app.store().detach_universal_auth(&id).await?;
    Ok(Json(UniversalAuthAnswer {
        identity_universal_auth: wire_universal(gone),
    }))
}

/// `POST /api/v1/auth/universal-auth/identities/:id/client-secrets`
async fn create_secret(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IdentityId>,
    body: Body,
) -> Reply<ClientSecretAnswer> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let (description, uses_limit, ttl) = body.read(|fields| {
        (
            fields.maybe_text("description", 0..=1024).unwrap_or_default(),
            fields
                .number("numUsesLimit", 0..=u64::from(u32::MAX))
                .unwrap_or(0),
            fields.number("ttl", 0..=MAX_TTL).unwrap_or(0),
        )
    })?;
    let secret: String = app
        .random::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let new = NewClientSecret {
        hash: hash(&secret),
        prefix: secret[..4].to_owned(),
        description,
        uses_limit,
        ttl,
    };
    let made = app.store().create_client_secret(&id, new, app.now()).await?;
    Ok(Json(ClientSecretAnswer {
        client_secret: secret,
        client_secret_data: wire_secret(&made),
    }))
}

/// `GET /api/v1/auth/universal-auth/identities/:id/client-secrets`
async fn secrets(State(app): State<App>, caller: Caller, Path(id): Path<IdentityId>) -> Reply<Value> {
    allowed(&app, &caller, &id, OrgRole::Member).await?;
    let found = app.store().client_secrets(&id).await?;
    Ok(Json(
        json!({ "clientSecretData": found.iter().map(wire_secret).collect::<Vec<_>>() }),
    ))
}

/// `GET /api/v1/auth/universal-auth/identities/:id/client-secrets/:secret`
async fn secret(
    State(app): State<App>,
    caller: Caller,
    Path((id, secret)): Path<(IdentityId, ClientSecretId)>,
) -> Reply<Value> {
    allowed(&app, &caller, &id, OrgRole::Member).await?;
    let found = app
        .store()
        .client_secrets(&id)
        .await?
        .into_iter()
        .find(|known| known.id == secret);
    let found = found.ok_or_else(|| Error::not_found("Client secret not found"))?;
    Ok(Json(json!({ "clientSecretData": wire_secret(&found) })))
}

/// `POST /api/v1/auth/universal-auth/identities/:id/client-secrets/:secret/revoke`
async fn revoke_secret(
    State(app): State<App>,
    caller: Caller,
    Path((id, secret)): Path<(IdentityId, ClientSecretId)>,
) -> Reply<Value> {
    allowed(&app, &caller, &id, OrgRole::Admin).await?;
    let gone = app.store().revoke_client_secret(&id, &secret, app.now()).await?;
    Ok(Json(json!({ "clientSecretData": wire_secret(&gone) })))
}

/// `POST /api/v1/auth/universal-auth/login`
async fn login(State(app): State<App>, Address(address): Address, body: Body) -> Reply<MachineTokenAnswer> {
    let now = app.now();
    app.limiter().check(
        Rule::LoginAddress,
        app.config().limits.login_per_address,
        &address,
        now,
    )?;
    let (client_id, secret) = body.read(|fields| {
        (
            ClientId::new(fields.text("clientId", 0..=200).trim()),
            fields.text("clientSecret", 0..=1024),
        )
    })?;
    match app
        .store()
        .universal_login(&client_id, &hash(secret.trim()), now)
        .await?
    {
        UniversalLogin::Granted(token) => Ok(Json(token_answer(&app, &token))),
        UniversalLogin::Locked => Err(Error::unauthorized(
            "This identity auth method is temporarily locked, please try again later",
        )),
        UniversalLogin::Refused => Err(Error::unauthorized("Invalid credentials")),
    }
}

/// `POST /api/v1/auth/token/renew`
async fn renew(State(app): State<App>, body: Body) -> Reply<MachineTokenAnswer> {
    let (id, _) = machine_token(
        &app,
        body.read(|fields| fields.text("accessToken", 1..=8192))?.trim(),
    )?;
    let token = app.store().renew_machine_token(&id, app.now()).await?;
    Ok(Json(token_answer(&app, &token)))
}

/// `POST /api/v1/auth/token/revoke`
async fn revoke(State(app): State<App>, body: Body) -> Reply<MessageAnswer> {
    let (id, _) = machine_token(
        &app,
        body.read(|fields| fields.text("accessToken", 1..=8192))?.trim(),
    )?;
    app.store().revoke_machine_token(&id).await?;
    Ok(Json(MessageAnswer {
        message: "Successfully revoked access token".to_owned(),
    }))
}

/// The text of a machine's token.
pub fn sign(app: &App, token: &MachineToken) -> String {
    let claims = Claims::Machine {
        identity_id: token.identity.id.to_string(),
        identity_name: token.identity.name.clone(),
        client_secret_id: token
            .client_secret
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        identity_access_token_id: token.id.to_string(),
        org_id: token.identity.organization.to_string(),
    };
    app.key().sign(&claims, app.now(), token.expires_at)
}

fn token_answer(app: &App, token: &MachineToken) -> MachineTokenAnswer {
    MachineTokenAnswer {
        access_token: sign(app, token),
        expires_in: token.ttl,
        access_token_max_ttl: token.max_ttl,
        token_type: "Bearer".to_owned(),
    }
}

/// A machine that the caller may see or change.
async fn allowed(app: &App, caller: &Caller, id: &IdentityId, needed: OrgRole) -> Result<Identity, Error> {
    let missing = || Error::not_found(format!("Identity with ID '{id}' not found"));
    let found = app.store().identity(id).await?.ok_or_else(missing)?;
    if found.organization != caller.organization {
        return Err(missing());
    }
    caller.in_organization(&found.organization, needed, "identity")?;
    Ok(found)
}

fn read_settings(fields: &Fields<'_>, known: UniversalSettings) -> UniversalSettings {
    let number = |key, range, known| fields.number(key, range).unwrap_or(known);
    UniversalSettings {
        token_ttl: number("accessTokenTTL", 0..=MAX_TTL, known.token_ttl),
        token_max_ttl: number("accessTokenMaxTTL", 0..=MAX_TTL, known.token_max_ttl),
        token_uses_limit: number(
            "accessTokenNumUsesLimit",
            0..=u64::from(u32::MAX),
            known.token_uses_limit,
        ),
        token_period: number("accessTokenPeriod", 0..=MAX_TTL, known.token_period),
        lockout_enabled: fields.flag("lockoutEnabled").unwrap_or(known.lockout_enabled),
        lockout_threshold: number("lockoutThreshold", 1..=30, known.lockout_threshold),
        lockout_duration: number("lockoutDurationSeconds", 30..=86_400, known.lockout_duration),
        lockout_reset: number("lockoutCounterResetSeconds", 5..=3600, known.lockout_reset),
    }
}

fn check_ttls(settings: &UniversalSettings) -> Result<(), Error> {
    if settings.token_max_ttl > 0 && settings.token_ttl > settings.token_max_ttl {
        return Err(Error::bad_request(
            "Access token TTL cannot be greater than max TTL",
        ));
    }
    Ok(())
}

fn org_role(slug: &str) -> Result<OrgRole, Error> {
    OrgRole::parse(slug).ok_or_else(|| Error::bad_request(format!("Role '{slug}' does not exist")))
}

fn no_universal_auth() -> Error {
    Error::bad_request("The identity does not have universal auth")
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn auth_methods(identity: &Identity) -> Vec<String> {
    if identity.has_universal_auth {
        vec!["universal-auth".to_owned()]
    } else {
        Vec::new()
    }
}

fn wire(identity: &Identity) -> WireIdentity {
    WireIdentity {
        id: identity.id.clone(),
        name: identity.name.clone(),
        auth_method: None,
        created_at: time(identity.created_at),
        updated_at: time(identity.updated_at),
        has_delete_protection: identity.has_delete_protection,
        org_id: identity.organization.clone(),
        project_id: None,
        auth_methods: Some(auth_methods(identity)),
        metadata: Some(Vec::new()),
    }
}

fn membership(identity: &Identity) -> Value {
    json!({
        "id": identity.id, "role": identity.role.as_str(), "roleId": null, "orgId": identity.organization,
        "createdAt": time(identity.created_at), "updatedAt": time(identity.updated_at), "identityId": identity.id,
        "lastLoginAuthMethod": identity.last_login_at.map(|_| "universal-auth"),
        "lastLoginTime": identity.last_login_at.map(time), "metadata": [],
        "identity": {
            "name": identity.name, "id": identity.id, "hasDeleteProtection": identity.has_delete_protection,
            "orgId": identity.organization, "authMethods": auth_methods(identity), "activeLockoutAuthMethods": [],
        },
    })
}

fn wire_universal(auth: UniversalAuth) -> WireUniversalAuth {
    let anywhere = || {
        vec![
            TrustedIp {
                ip_address: "0.0.0.0".to_owned(),
                kind: Some("ipv4".to_owned()),
                prefix: Some(0),
            },
            TrustedIp {
                ip_address: "::".to_owned(),
                kind: Some("ipv6".to_owned()),
                prefix: Some(0),
            },
        ]
    };
    WireUniversalAuth {
        id: auth.id,
        client_id: auth.client_id,
        access_token_ttl: auth.settings.token_ttl,
        access_token_max_ttl: auth.settings.token_max_ttl,
        access_token_num_uses_limit: auth.settings.token_uses_limit,
        client_secret_trusted_ips: anywhere(),
        access_token_trusted_ips: anywhere(),
        created_at: time(auth.created_at),
        updated_at: time(auth.updated_at),
        identity_id: auth.identity,
        access_token_period: auth.settings.token_period,
        lockout_enabled: auth.settings.lockout_enabled,
        lockout_threshold: count(auth.settings.lockout_threshold),
        lockout_duration_seconds: count(auth.settings.lockout_duration),
        lockout_counter_reset_seconds: count(auth.settings.lockout_reset),
    }
}

fn wire_secret(secret: &ClientSecret) -> WireClientSecret {
    WireClientSecret {
        id: secret.id.clone(),
        created_at: time(secret.created_at),
        updated_at: time(secret.updated_at),
        description: secret.description.clone(),
        client_secret_prefix: secret.prefix.clone(),
        client_secret_num_uses: secret.uses,
        client_secret_num_uses_limit: secret.uses_limit,
        client_secret_ttl: secret.ttl,
        identity_ua_id: secret.universal_auth_id.clone(),
        is_client_secret_revoked: secret.revoked,
    }
}

/// Ten years, in seconds.
const MAX_TTL: u64 = 315_360_000;
