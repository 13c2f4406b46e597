//! The way to a server: coffer-client over the browser's fetch.

use coffer_client::ServerOrigin;

use crate::{Browser, Fetch, window};

/// A server and this browser, nobody signed in.
pub type Client = coffer_client::Client<Fetch, Browser>;

/// A client of a server.
pub fn client(server: ServerOrigin) -> Client {
    Client::new(Fetch::new(&server), Browser, server)
}

/// The server this page came from.
pub fn this_server() -> ServerOrigin {
    let origin = window().location().origin().unwrap_or_default();
    match ServerOrigin::parse(&origin) {
        Ok(server) => server,
        // a page always has an http origin, or it could not have loaded this program
        Err(_) => wasm_bindgen::throw_str("this page has no origin"),
    }
}
