//! What a person does, in a real browser against a real server.
//!
//! [`Browser`] speaks WebDriver to Chromium and finds things as people and screen readers do: by role, label and
//! text. [`Place`] is a running server with its own data folder, whose every request is recorded.

mod browser;
mod place;

pub use browser::{Browser, Driver, Element};
pub use place::Place;
