//! The server in process: no sockets, a clock that tests turn, seeded randomness.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a test fails"
)]

mod access;
mod cors;
mod events;
mod files;
mod limits;
mod logs;
mod oversight;
mod privileges;
#[path = "../receiver/mod.rs"]
mod receiver;
mod recorded;
mod requests;
mod roles;
mod rules;
mod secrets;
mod sessions;
mod shares;
mod web;
mod webhooks;
mod world;
