//! Coffer in the browser: a single page that seals secrets before anything reaches a server.
//!
//! `ui` knows nothing of Coffer, `components` nothing of the server, `state` has no views, `pages` wire them and
//! nobody imports pages. `platform` is the browser, `backend` the one way to the server.
//! This is a library so that tests can mount parts of it. Three programs are made of it: [`start`] is the app,
//! [`start_recipient`] and [`start_form`] the one page each that receivers of links see.

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

/// Runs the page `/s` alone. Whoever receives a link has no account and waits for the download: what the linker does
/// not find from here stays out of it.
pub fn start_recipient() {
    start_alone(app::RecipientApp);
}

/// Runs the page `/r` alone, likewise: sealing for a form would be a fifth of the other page's program.
pub fn start_form() {
    start_alone(app::FormApp);
}

fn start_alone<V: leptos::prelude::IntoView + 'static>(page: fn() -> V) {
    platform::panic::install();
    platform::fragment::take_at_start();
    leptos::mount::mount_to_body(page);
}
