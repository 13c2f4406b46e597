//! Journeys: each is one thing that somebody comes for, from the first click to the last.

mod access;
mod device;
mod form;
mod grant;
mod liar;
mod life;
mod luck;
mod machine;
mod palette;
mod passphrase;
#[path = "../../../crates/server/tests/receiver/mod.rs"]
mod receiver;
mod select;
mod servers;
mod share;
mod team;
mod webhook;
mod work;
