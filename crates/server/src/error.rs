//! The only failure response.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use coffer_store::access::Refusal;
use coffer_store::{StoreError, Thing};
use coffer_wire::error::ErrorBody;
use coffer_wire::share::{OPENED_ALREADY, QUOTA};
use serde_json::{Value, json};

/// Why a request failed. Each variant names its status; causes are logged, never sent.
#[derive(Debug)]
pub enum Error {
    /// 400: the request makes no sense here.
    BadRequest(String),
    /// 403: known, but not for this.
    Forbidden {
        /// The class.
        name: String,
        /// The sentence.
        message: String,
    },
    /// 500: our fault.
    Internal(String),
    /// 422: fields that are missing or wrong.
    Invalid(Vec<Value>),
    /// 404: nothing by that name.
    NotFound {
        /// The class.
        name: &'static str,
        /// The sentence.
        message: String,
    },
    /// 403: the role does not allow it.
    PermissionDenied {
        /// What was tried.
        action: &'static str,
        /// On what.
        subject: &'static str,
    },
    /// 429: too often.
    RateLimited {
        /// When to try again.
        seconds: u64,
    },
    /// 400: as much is shared as one account may.
    SharesFull,
    /// 412: somebody else was faster.
    Stale {
        /// The version that counts.
        current: u64,
    },
    /// 403: the token is malformed or over.
    Token(&'static str),
    /// 413: the body is too long.
    TooLarge,
    /// 401: not known.
    Unauthorized {
        /// The class.
        name: String,
        /// The sentence.
        message: String,
    },
}

/// A failure on its way out: the outermost layer gives it the request's name and turns it into JSON.
#[derive(Clone, Debug)]
pub struct Failure(pub ErrorBody);

impl Error {
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest(message.into())
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound {
            name: "NotFound",
            message: message.into(),
        }
    }

    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::Unauthorized {
            name: "UnauthorizedError".to_owned(),
            message: message.into(),
        }
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden {
            name: "ForbiddenError".to_owned(),
            message: message.into(),
        }
    }

    /// The wrong kind of token for a route.
    pub fn wrong_mode(url: &str) -> Self {
        Self::Forbidden {
            name: format!("Forbidden access to {url}"),
            message: NOT_ALLOWED.to_owned(),
        }
    }

    /// A person's token without an organisation on a route that needs one.
    pub fn no_organization(url: &str) -> Self {
        Self::Unauthorized {
            name: format!("{url} Unauthorized Access, no organization found in request"),
            message: NOT_ALLOWED.to_owned(),
        }
    }

    /// One issue with one field, in the words of the real server's validator.
    pub fn issue(message: &str, path: Value) -> Self {
        Self::Invalid(vec![
            json!({ "code": "custom", "message": message, "path": path }),
        ])
    }

    fn parts(&self) -> (StatusCode, String, Value) {
        match self {
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "BadRequest".into(), json!(message)),
            Self::Forbidden { name, message } => (StatusCode::FORBIDDEN, name.clone(), json!(message)),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError".into(),
                json!("Something went wrong"),
            ),
            Self::Invalid(issues) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "ValidationFailure".into(),
                json!(issues),
            ),
            Self::NotFound { name, message } => (StatusCode::NOT_FOUND, (*name).into(), json!(message)),
            Self::PermissionDenied { action, subject } => (
                StatusCode::FORBIDDEN,
                "PermissionDenied".into(),
                json!(format!("You are not allowed to {action} on {subject}")),
            ),
            Self::RateLimited { seconds } => (
                StatusCode::TOO_MANY_REQUESTS,
                "RateLimitExceeded".into(),
                json!(format!(
                    "Rate limit exceeded. Please try again in {seconds} seconds"
                )),
            ),
            Self::SharesFull => (
                StatusCode::BAD_REQUEST,
                QUOTA.into(),
                json!("As much is shared as this server lets one account share at once"),
            ),
            Self::Stale { current } => (
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed".into(),
                json!(format!("The secret has changed since: its version is {current}")),
            ),
            Self::Token(message) => (StatusCode::FORBIDDEN, "TokenError".into(), json!(message)),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PayloadTooLarge".into(),
                json!("The request body is too large: at most 1 MiB fits"),
            ),
            Self::Unauthorized { name, message } => (StatusCode::UNAUTHORIZED, name.clone(), json!(message)),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(%cause, "a request failed");
        }
        let (status, error, message) = self.parts();
        let details = matches!(self, Self::PermissionDenied { .. }).then(|| json!([]));
        let body = ErrorBody {
            req_id: None,
            status_code: status.as_u16(),
            message,
            error,
            details,
        };
        let mut response = status.into_response();
        if let Self::RateLimited { seconds } = self {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Failure(body));
        response
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Exists(thing) => Self::BadRequest(exists(&thing)),
            StoreError::Missing(thing) => missing(&thing),
            StoreError::NotEmpty => {
                Self::bad_request("The folder is not empty: delete what is in it first, or set forceDelete")
            }
            StoreError::Protected => {
                Self::bad_request("It cannot be removed: it is protected, or the last administrator")
            }
            StoreError::Refused(refusal @ (Refusal::NotReviewer | Refusal::NotRevoker)) => {
                Self::forbidden(refusal.to_string())
            }
            StoreError::Refused(refusal) => Self::bad_request(refusal.to_string()),
            StoreError::ShareOpened => Self::bad_request(OPENED_ALREADY),
            StoreError::SharesFull => Self::SharesFull,
            StoreError::Stale { current } => Self::Stale { current },
            StoreError::WebhooksFull => Self::bad_request("There are 20 webhooks already, which is the most"),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn exists(thing: &Thing) -> String {
    match thing {
        Thing::Environment(_) => "Environment with slug already exist".to_owned(),
        Thing::Folder { name, path } => format!("Folder with name '{name}' already exists in path '{path}'"),
        Thing::Instance => "Instance has already been set up".to_owned(),
        Thing::Member(_) => "It is a member of the project already".to_owned(),
        Thing::Privilege(_) => "Additional privilege with provided slug already exists".to_owned(),
        Thing::Secret { .. } => "Secret already exists".to_owned(),
        Thing::Slug(slug) => format!("A project with the slug '{slug}' exists already"),
        Thing::UniversalAuth => "Failed to add universal auth to already configured identity".to_owned(),
        other => format!("{other:?} exists already"),
    }
}

fn missing(thing: &Thing) -> Error {
    match thing {
        Thing::Path { environment, path } => Error::NotFound {
            name: "SecretPathNotFound",
            message: format!(
                "Folder with path '{path}' in environment '{environment}' was not found. Please ensure the environment slug and secret path is correct."
            ),
        },
        Thing::Folder { name, path } => {
            Error::not_found(format!("Folder '{name}' in path '{path}' was not found"))
        }
        Thing::AccessPolicy(what) => Error::not_found(format!("No access policy for '{what}' found")),
        Thing::AccessRequest(id) => Error::not_found(format!("Access request with ID '{id}' not found")),
        Thing::Privilege(id) => Error::not_found(format!("Additional privilege '{id}' was not found")),
        Thing::Rule(id) => Error::not_found(format!("Secret validation rule with ID '{id}' not found")),
        Thing::Secret { name, .. } => Error::not_found(format!("Secret with name '{name}' not found")),
        Thing::Webhook(id) => Error::not_found(format!("Webhook with ID '{id}' not found")),
        Thing::Environment(slug) => Error::not_found(format!("Environment '{slug}' was not found")),
        Thing::Member(who) => {
            Error::bad_request(format!("'{who}' is not a member of the organization or project"))
        }
        Thing::Account => Error::unauthorized("Invalid or expired invitation"),
        Thing::Session => Error::unauthorized("Session not found"),
        other => Error::not_found(format!("{other:?} was not found")),
    }
}

/// The sentence of refusals that have no other.
const NOT_ALLOWED: &str = "You are not allowed to access this resource";
