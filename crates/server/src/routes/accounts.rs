//! The first account, invitations, sign-up, and the person behind a token.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use base64ct::{Base64UrlUnpadded, Encoding};
use coffer_store::accounts::{Bootstrap, Completion, Invitation};
use coffer_store::model::{Account, OrgRole, Role};
use coffer_wire::id::{OrganizationId, ProjectId};
use coffer_wire::login::{
    BootstrapAnswer, BootstrapCredentials, BootstrapIdentity, BootstrapOrganization, BootstrapUser,
    CompleteInviteLink, InviteAnswer,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::time;
use crate::app::App;
use crate::auth::caller::sign_up;
use crate::auth::jwt::Claims;
use crate::auth::{Address, Person, SignedIn, session};
use crate::error::Error;
use crate::input::{Body, slugify};
use crate::limit::Rule;
use crate::outer::site_url;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/admin/bootstrap", post(bootstrap))
        .route("/api/v1/invite-org/signup", post(invite))
        .route("/api/v1/invite-org/verify", post(verify))
        .route("/api/v3/signup/complete-account", post(complete))
        .route("/api/v2/users/me", get(me))
        .route("/api/v2/users/me/name", patch(rename))
        .route("/api/v1/user", get(me))
        .route("/api/v2/password/user/password-reset", post(change_password))
}

/// `POST /api/v1/admin/bootstrap`
async fn bootstrap(State(app): State<App>, Address(address): Address, body: Body) -> Reply<BootstrapAnswer> {
    let now = app.now();
    app.limiter().check(
        Rule::LoginAddress,
        app.config().limits.login_per_address,
        &address,
        now,
    )?;
    let (email, password, organization) = body.read(|fields| {
        (
            fields.email("email"),
            fields.text("password", 1..=MAX_PASSWORD),
            fields.text("organization", 1..=64),
        )
    })?;
    if app.store().instance(now).await?.initialized {
        return Err(Error::bad_request("Instance has already been set up"));
    }
    let password_hash = app.passwords().hash(&app, password).await?;
    let suffix: String = app
        .random::<2>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let first = Bootstrap {
        email,
        password_hash,
        organization_slug: format!("{}-{suffix}", slugify(&organization))
            .trim_start_matches('-')
            .to_owned(),
        organization,
        token_ttl: app.config().bootstrap_token_ttl,
    };
    let made = app.store().bootstrap(first, now).await?;
    let identity = &made.token.identity;
    Ok(Json(BootstrapAnswer {
        message: "Successfully bootstrapped instance".to_owned(),
        user: BootstrapUser {
            username: made.account.username,
            first_name: made.account.first_name,
            last_name: made.account.last_name,
            email: Some(made.account.email),
            id: made.account.id,
            super_admin: Some(made.account.is_admin),
        },
        organization: BootstrapOrganization {
            id: made.organization.id,
            name: made.organization.name,
            slug: made.organization.slug,
        },
        identity: BootstrapIdentity {
            id: identity.id.clone(),
            name: identity.name.clone(),
            credentials: BootstrapCredentials {
                token: super::identities::sign(&app, &made.token),
            },
        },
    }))
}

/// `POST /api/v1/invite-org/signup`
async fn invite(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    body: Body,
) -> Reply<InviteAnswer> {
    let now = app.now();
    app.limiter().check(
        Rule::Invitations,
        app.config().limits.invitations,
        person.user.as_str(),
        now,
    )?;
    let (emails, organization, role, projects) = body.read(|fields| {
        let emails = fields.texts("inviteeEmails");
        if emails.iter().any(|email| *email != email.to_lowercase()) {
            fields.wrong("inviteeEmails", "custom", "Email must be lowercase");
        }
        if emails
            .iter()
            .any(|email| !email.contains('@') || email.len() > 320 || email.contains(char::is_whitespace))
        {
            fields.wrong("inviteeEmails", "invalid_string", "Invalid email");
        }
        let projects = fields.objects("projects", |project| {
            let roles = project.texts("projectRoleSlug");
            (
                project.text("id", 1..=100),
                if roles.is_empty() {
                    vec!["member".to_owned()]
                } else {
                    roles
                },
            )
        });
        (
            emails,
            OrganizationId::new(fields.text("organizationId", 1..=100)),
            fields
                .maybe_text("organizationRoleSlug", 0..=64)
                .unwrap_or_else(|| "member".to_owned()),
            projects.unwrap_or_default(),
        )
    })?;
    person
        .caller
        .in_organization(&organization, OrgRole::Admin, "member")?;
    let role =
        OrgRole::parse(&role).ok_or_else(|| Error::bad_request(format!("Role '{role}' does not exist")))?;
    let mut joining = Vec::new();
    for (id, roles) in projects {
        let id = ProjectId::new(id);
        person.caller.in_project(&app, &id, Role::Admin, "member").await?;
        let roles = roles.iter().map(|role| {
            Role::parse(role).ok_or_else(|| Error::bad_request(format!("Role '{role}' does not exist")))
        });
        joining.push((id, roles.collect::<Result<Vec<_>, _>>()?));
    }
    let codes: Vec<String> = emails
        .iter()
        .map(|_| Base64UrlUnpadded::encode_string(&app.random::<32>()))
        .collect();
    let invitation = Invitation {
        organization: organization.clone(),
        role,
        people: emails
            .iter()
            .cloned()
            .zip(codes.iter().map(|code| hash(code)))
            .collect(),
        projects: joining,
        expires_at: now + app.config().invitation_ttl * 1000,
    };
    let invited = app.store().invite(invitation, now).await?;
    let site = site_url(&app, &headers);
    let links = invited
        .into_iter()
        .zip(codes)
        .filter(|(invited, _)| invited.needs_sign_up)
        .map(|(invited, code)| CompleteInviteLink {
            link: format!(
                "{site}/signupinvite?token={code}&to={}&organization_id={organization}",
                invited.email.replace('+', "%2B")
            ),
            email: invited.email,
        })
        .collect();
    Ok(Json(InviteAnswer {
        message: format!("Send an invite link to {}", emails.join(", ")),
        complete_invite_links: Some(links),
    }))
}

/// `POST /api/v1/invite-org/verify`
async fn verify(State(app): State<App>, Address(address): Address, body: Body) -> Reply<Value> {
    let now = app.now();
    app.limiter().check(
        Rule::LoginAddress,
        app.config().limits.login_per_address,
        &address,
        now,
    )?;
    let (email, organization, code) = body.read(|fields| {
        (
            fields.email("email"),
            OrganizationId::new(fields.text("organizationId", 1..=100)),
            fields.text("code", 1..=200),
        )
    })?;
    let account = app
        .store()
        .invited(&organization, &email, &hash(code.trim()), now)
        .await?;
    let account = account.ok_or_else(|| Error::bad_request("Invalid or expired invitation"))?;
    let claims = Claims::SignUp {
        user_id: account.id.to_string(),
        organization_id: organization.to_string(),
    };
    let token = app.key().sign(&claims, now, now + SIGN_UP_TTL);
    Ok(Json(
        json!({ "message": "Successfully verified email", "user": user_json(&account), "token": token }),
    ))
}

/// `POST /api/v3/signup/complete-account`
async fn complete(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let now = app.now();
    app.limiter().check(
        Rule::LoginAddress,
        app.config().limits.login_per_address,
        &address,
        now,
    )?;
    let (user, organization) = sign_up(&app, &headers)?;
    let (email, first_name, last_name, password) = body.read(|fields| {
        fields.choice("type", &["email"]);
        (
            fields.text("email", 1..=320),
            fields.text("firstName", 1..=255),
            fields.maybe_text("lastName", 0..=255),
            fields.text("password", 1..=MAX_PASSWORD),
        )
    })?;
    let account = app.store().account(&user).await?;
    if account.is_none_or(|account| account.username != email.trim().to_lowercase()) {
        return Err(Error::bad_request("The email does not belong to this invitation"));
    }
    let password_hash = app.passwords().hash(&app, password).await?;
    let completion = Completion {
        user,
        organization: organization.clone(),
        first_name,
        last_name,
        password_hash,
    };
    let account = app.store().complete_account(completion, now).await?;
    let session = session::start(&app, &account.id, Some(organization.clone())).await?;
    let answer = json!({
        "message": "Successfully set up account",
        "user": user_json(&account),
        "token": session::access_token(&app, &session),
        "organizationId": organization,
    });
    Ok((
        session::cookie(&app, &session::refresh_token(&app, &session)),
        Json(answer),
    )
        .into_response())
}

/// `GET /api/v2/users/me`, `GET /api/v1/user`
async fn me(State(app): State<App>, signed_in: SignedIn) -> Reply<Value> {
    let account = app.store().account(&signed_in.user).await?;
    let account = account.ok_or_else(|| Error::not_found("User not found"))?;
    Ok(Json(json!({ "user": user_json(&account) })))
}

/// `PATCH /api/v2/users/me/name`
async fn rename(State(app): State<App>, signed_in: SignedIn, body: Body) -> Reply<Value> {
    let (first, last) = body.read(|fields| {
        (
            fields.text("firstName", 0..=255),
            fields.text("lastName", 0..=255),
        )
    })?;
    let names = (first.trim(), last.trim());
    let account = app.store().rename(&signed_in.user, names, app.now()).await?;
    Ok(Json(json!({ "user": user_json(&account) })))
}

/// `POST /api/v2/password/user/password-reset`: ends every other session and clears the refresh cookie.
async fn change_password(State(app): State<App>, signed_in: SignedIn, body: Body) -> Result<Response, Error> {
    let now = app.now();
    app.limiter().check(
        Rule::LoginAccount,
        app.config().limits.login_per_account,
        signed_in.user.as_str(),
        now,
    )?;
    let (old, new) = body.read(|fields| {
        (
            fields.text("oldPassword", 1..=MAX_PASSWORD),
            fields.text("newPassword", 1..=MAX_PASSWORD),
        )
    })?;
    let account = app.store().account(&signed_in.user).await?;
    let known = account.and_then(|account| account.password_hash);
    if !app.passwords().verify(&app, old, known).await? {
        return Err(Error::bad_request("Current password is incorrect."));
    }
    let hash = app.passwords().hash(&app, new).await?;
    app.store()
        .set_password(&signed_in.user, &hash, Some(&signed_in.session), now)
        .await?;
    Ok((session::cookie(&app, ""), ()).into_response())
}

/// A person's own account as the API writes it.
pub fn user_json(account: &Account) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "authMethods": ["email"],
        "superAdmin": account.is_admin,
        "isAccepted": account.password_hash.is_some(),
        "isMfaEnabled": false,
        "mfaMethods": null,
        "selectedMfaMethod": null,
        "devices": null,
        "isGhost": false,
        "isEmailVerified": account.password_hash.is_some(),
        "createdAt": time(account.created_at),
        "updatedAt": time(account.updated_at),
    })
}

/// A code of an invitation as it is stored.
fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// Longer passwords would only cost time.
pub const MAX_PASSWORD: usize = 1024;

/// How long somebody may take to fill in the sign-up form, in milliseconds.
const SIGN_UP_TTL: u64 = 3_600_000;
