//! The compatible API and the static files of the app.
//!
//! [`router`] is the whole server as one axum `Router`: the binary listens with it, tests call it in process. The
//! server cannot open a secret: it does not depend on the crate that could.

pub mod app;
mod auth;
pub mod config;
mod cors;
mod error;
mod events;
mod input;
mod limit;
mod outer;
mod reply;
mod routes;
mod web;
mod webhooks;

pub use app::{App, Clock, Rng};
pub use auth::Network;
pub use config::{Config, Limits, PasswordCost, Quota};
pub use outer::router;
pub use web::is_origin;
pub use webhooks::{Names, Reach, deliver, deliver_always};
