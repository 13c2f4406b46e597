//! Coffer in the browser: a single page that seals secrets before anything reaches a server.
//!
//! `ui` knows nothing of Coffer, `components` nothing of the server, `state` has no views, `pages` wire them and
//! nobody imports pages. `platform` is the browser, `backend` the one way to the server.
//! This is a library so that tests can mount parts of it. What receivers of links see are programs of `coffer-receiver`.

pub mod app;
mod backend;
pub mod components;
mod failure;
mod pages;
mod platform;
mod routes;
mod state;
mod text;
pub mod ui;

/// Runs the app: takes the fragment, then mounts the views into the page's body.
pub fn start() {
    platform::panic::install();
    platform::fragment::take_at_start();
    platform::leave::install();
    leptos::mount::mount_to_body(app::App);
}
