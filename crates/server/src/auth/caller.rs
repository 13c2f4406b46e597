//! Extractors: a handler that names one runs only for those who are allowed in.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use coffer_store::model::{Actor, Holder, OrgRole, Pass, Place, Role, Standing};
use coffer_wire::id::{OrganizationId, ProjectId, SessionId, ShareId, UserId};

use crate::app::App;
use crate::auth::jwt::{Claims, Problem};
use crate::auth::rights::{Act, Rights, Spot};
use crate::error::Error;

/// A person or a machine, in an organisation.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// In which organisation.
    pub organization: OrganizationId,
    /// As what.
    pub role: OrgRole,
}

/// A signed pass that the store has not been asked about yet, for handlers that ask about more in the same question.
pub struct Unchecked(pub Pass);

/// A person, in an organisation.
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The person as a caller.
    pub caller: Caller,
}

/// A person and the token they came with, for answers that last: it is asked again while they do.
pub struct Lasting {
    /// Who.
    pub person: Person,
    token: String,
}

/// A person who may not have selected an organisation yet.
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
}

/// The path and query of the request, as the real server repeats them in some errors.
pub struct Url(pub String);

/// The address that a request came from: of IPv6 only the network part.
pub struct Address(pub String);

/// The very address that a request came from.
pub struct Peer(pub IpAddr);

impl Caller {
    /// Asks for a right in the organisation.
    pub fn in_organization(
        &self,
        id: &OrganizationId,
        needed: OrgRole,
        subject: &'static str,
    ) -> Result<(), Error> {
        if *id != self.organization {
            return Err(Error::forbidden("You are not a member of this organization"));
        }
        if self.role < needed {
            return Err(Error::PermissionDenied {
                action: "edit",
                subject,
            });
        }
        Ok(())
    }

    /// Whoever holds a pass that the store knows, if it still counts.
    pub fn holding(pass: &Pass, holder: Option<Holder>) -> Result<Self, Error> {
        match (pass, holder) {
            (Pass::Person { organization, .. }, Some(Holder::Person(session, role))) => Ok(Self {
                actor: Actor::Person(session.user),
                organization: organization.clone(),
                role: role.ok_or_else(|| Error::forbidden("You are not a member of this organization"))?,
            }),
            (Pass::Machine { .. }, Some(Holder::Machine(token))) if token.revoked => {
                Err(Error::unauthorized(
                    "Failed to authorize revoked access token, access token has been revoked",
                ))
            }
            (Pass::Machine { .. }, Some(Holder::Machine(token))) if token.used_up => Err(
                Error::unauthorized("Unable to use access token: its number of uses is spent"),
            ),
            (Pass::Machine { .. }, Some(Holder::Machine(token))) => Ok(Self {
                actor: Actor::Machine(token.identity.id),
                organization: token.identity.organization,
                role: token.identity.role,
            }),
            (Pass::Person { .. }, _) => Err(session_over()),
            (Pass::Machine { .. }, _) => Err(Error::Token(EXPIRED)),
        }
    }

    /// Asks for a role in a project, or for seeing what a privilege lets the caller see.
    pub async fn in_project(
        &self,
        app: &App,
        project: &ProjectId,
        needed: Role,
        subject: &'static str,
    ) -> Result<(), Error> {
        if self.rights(app, project).await?.has_role(needed, subject) {
            return Ok(());
        }
        let action = if needed == Role::Viewer { "read" } else { "edit" };
        Err(Error::PermissionDenied { action, subject })
    }

    /// Asks for something in a place.
    pub async fn in_place(&self, app: &App, place: &Place, act: Act) -> Result<Rights, Error> {
        let rights = self.rights(app, &place.project).await?;
        rights.ask(act, Spot::of(place, None))?;
        Ok(rights)
    }

    /// What the caller may do in a project.
    pub async fn rights(&self, app: &App, project: &ProjectId) -> Result<Rights, Error> {
        let standing = app.store().standing(&self.actor, project, app.now()).await?;
        self.standing(app, project, standing).await
    }

    /// What the caller may do in a project, having been given this.
    pub async fn standing(
        &self,
        app: &App,
        project: &ProjectId,
        standing: Option<Standing>,
    ) -> Result<Rights, Error> {
        match standing {
            Some(standing) => Ok(Rights(standing)),
            None => Err(match app.store().project(project).await? {
                Some(found) if found.organization == self.organization => Error::Forbidden {
                    name: "ProjectMembershipNotFound".to_owned(),
                    message: format!(
                        "You are not a member of this project with ID {project}. Ask an administrator of the project to add you."
                    ),
                },
                _ => Error::not_found(format!("Project with ID '{project}' not found")),
            }),
        }
    }
}

impl Unchecked {
    /// Asks the store.
    pub async fn check(&self, app: &App) -> Result<Caller, Error> {
        let holder = match &self.0 {
            Pass::Machine { token } => {
                let token = app.store().use_machine_token(token, app.now()).await?;
                token.map(Holder::Machine)
            }
            Pass::Person {
                session,
                organization,
            } => {
                let found = app.store().session(session, Some(organization), app.now());
                found.await?.map(|(session, role)| Holder::Person(session, role))
            }
        };
        Caller::holding(&self.0, holder)
    }
}

impl<S> FromRequestParts<S> for Unchecked
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let app = App::from_ref(state);
        match claims(&app, parts)? {
            Claims::Access {
                token_version_id,
                organization_id,
                ..
            } => Ok(Self(Pass::Person {
                session: SessionId::new(token_version_id),
                organization: organization_id
                    .map(OrganizationId::new)
                    .ok_or_else(|| Error::no_organization(&url(parts)))?,
            })),
            Claims::Machine {
                identity_access_token_id,
                ..
            } => Ok(Self(Pass::Machine {
                token: SessionId::new(identity_access_token_id),
            })),
            Claims::File { .. } | Claims::Refresh { .. } | Claims::SignUp { .. } => {
                Err(Error::wrong_mode(&url(parts)))
            }
        }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let app = App::from_ref(state);
        Unchecked::from_request_parts(parts, state)
            .await?
            .check(&app)
            .await
    }
}

impl<S> FromRequestParts<S> for Person
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match &caller.actor {
            Actor::Person(user) => Ok(Self {
                user: user.clone(),
                caller,
            }),
            Actor::Machine(_) => Err(Error::wrong_mode(&url(parts))),
        }
    }
}

impl Lasting {
    /// The caller, if the token still counts.
    pub async fn again(&self, app: &App) -> Result<Caller, Error> {
        let Claims::Access {
            token_version_id,
            organization_id: Some(organization),
            ..
        } = open(app, &self.token)?
        else {
            return Err(session_over());
        };
        let pass = Pass::Person {
            session: SessionId::new(token_version_id),
            organization: OrganizationId::new(organization),
        };
        Unchecked(pass).check(app).await
    }
}

impl<S> FromRequestParts<S> for Lasting
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let person = Person::from_request_parts(parts, state).await?;
        let token = bearer(&parts.headers).unwrap_or_default().to_owned();
        Ok(Self { person, token })
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let app = App::from_ref(state);
        let Claims::Access { token_version_id, .. } = claims(&app, parts)? else {
            return Err(Error::wrong_mode(&url(parts)));
        };
        let id = SessionId::new(token_version_id);
        let (session, _) = app
            .store()
            .session(&id, None, app.now())
            .await?
            .ok_or_else(session_over)?;
        Ok(Self {
            user: session.user,
            session: session.id,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Url {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(url(parts)))
    }
}

impl<S> FromRequestParts<S> for Address
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Peer(address) = Peer::from_request_parts(parts, state).await?;
        Ok(Self(match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
        }))
    }
}

impl<S> FromRequestParts<S> for Peer
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let app = App::from_ref(state);
        let forwarded = app.config().behind_proxy.then(|| forwarded(parts)).flatten();
        let direct = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip());
        let address = forwarded.or(direct).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(address.to_canonical()))
    }
}

/// Reads a sign-up token, which is good for one route only.
pub fn sign_up(app: &App, parts: &HeaderMap) -> Result<(UserId, OrganizationId), Error> {
    let token = bearer(parts).ok_or_else(|| Error::unauthorized("Token missing"))?;
    match open(app, token)? {
        Claims::SignUp {
            user_id,
            organization_id,
        } => Ok((UserId::new(user_id), OrganizationId::new(organization_id))),
        _ => Err(Error::unauthorized("This is not a sign-up token")),
    }
}

/// Whether a request carries the token of a share's file.
pub fn may_fetch(app: &App, headers: &HeaderMap, share: &ShareId) -> Result<(), Error> {
    let token = bearer(headers).ok_or_else(|| Error::unauthorized("Token missing"))?;
    match open(app, token)? {
        Claims::File { share_id } if share_id == share.as_str() => Ok(()),
        _ => Err(Error::unauthorized("This is not the token of this share's file")),
    }
}

/// Reads a machine's token from a body.
pub fn machine_token(app: &App, token: &str) -> Result<(SessionId, Claims), Error> {
    match open(app, token)? {
        claims @ Claims::Machine { .. } => {
            let Claims::Machine {
                identity_access_token_id,
                ..
            } = &claims
            else {
                return Err(Error::Token(MALFORMED));
            };
            Ok((SessionId::new(identity_access_token_id.clone()), claims))
        }
        _ => Err(Error::bad_request(
            "Only identity access tokens can be renewed or revoked",
        )),
    }
}

fn claims(app: &App, parts: &Parts) -> Result<Claims, Error> {
    let token = bearer(&parts.headers).ok_or_else(|| Error::unauthorized("Token missing"))?;
    open(app, token)
}

fn open(app: &App, token: &str) -> Result<Claims, Error> {
    app.key().open(token, app.now()).map_err(|problem| match problem {
        Problem::Expired => Error::Token(EXPIRED),
        Problem::Malformed => Error::Token(MALFORMED),
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn forwarded(parts: &Parts) -> Option<IpAddr> {
    let value = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()?
        .to_str()
        .ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

fn session_over() -> Error {
    Error::unauthorized("Your session has ended. Please log in again.")
}

fn url(parts: &Parts) -> String {
    parts
        .uri
        .path_and_query()
        .map_or_else(|| parts.uri.path().to_owned(), ToString::to_string)
}

const EXPIRED: &str = "Your token has expired. Please re-authenticate.";
const MALFORMED: &str =
    "The provided access token is malformed. Please use a valid token or generate a new one and try again.";
