//! The one way to a server: coffer-client over the browser's fetch.

mod fetch;

use coffer_client::ServerOrigin;
pub(crate) use fetch::Fetch;

use crate::platform::Browser;

/// A server and this browser, nobody signed in.
pub(crate) type Client = coffer_client::Client<Fetch, Browser>;
/// Signed in and unlocked.
pub(crate) type Vault = coffer_client::Vault<Fetch, Browser>;
/// An opened project.
pub(crate) type Project = coffer_client::Project<Fetch, Browser>;
/// Who else is told.
pub(crate) type Webhooks = coffer_client::Webhooks<Fetch, Browser>;
/// An opened environment.
pub(crate) type Environment = coffer_client::Environment<Fetch, Browser>;

/// A client of a server.
pub(crate) fn client(server: ServerOrigin) -> Client {
    Client::new(Fetch::new(&server), Browser, server)
}

/// The server this page came from.
pub(crate) fn this_server() -> ServerOrigin {
    let origin = leptos::prelude::window().location().origin().unwrap_or_default();
    match ServerOrigin::parse(&origin) {
        Ok(server) => server,
        // a page always has an http origin, or it could not have loaded this program
        Err(_) => wasm_bindgen::throw_str("this page has no origin"),
    }
}
