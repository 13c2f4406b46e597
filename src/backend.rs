//! The one way to a server: coffer-client over the browser's fetch.

pub(crate) use coffer_page::{
    Fetch,
    server::{Client, client, this_server},
};

use crate::platform::Browser;

/// Signed in and unlocked.
pub(crate) type Vault = coffer_client::Vault<Fetch, Browser>;
/// An opened project.
pub(crate) type Project = coffer_client::Project<Fetch, Browser>;
/// Who else is told.
pub(crate) type Webhooks = coffer_client::Webhooks<Fetch, Browser>;
/// An opened environment.
pub(crate) type Environment = coffer_client::Environment<Fetch, Browser>;
