//! What a person does, in a real browser against a real server.
//!
//! [`Browser`] speaks WebDriver to Chromium and finds things as people and screen readers do: by role, label and
//! text. [`Place`] is a running server with its own data folder, whose every request is recorded, and whose answers can
//! be made to [`Lie`]. [`Person`] sits at a
//! browser and has an account.

mod browser;
mod lies;
mod person;
mod place;

pub use browser::{Browser, Driver, Element};
pub use lies::{Answer, Asked, Halt, Lie, about_lists, about_rows};
pub use person::{Guest, JONAS, NOOR, Person, nothing_escaped, stays_at_home};
pub use place::{Place, built_app};
