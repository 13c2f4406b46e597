//! The real binary on a real socket and a real file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a test fails"
)]

mod crash;
mod process;
#[path = "../receiver/mod.rs"]
mod receiver;
mod sdk;
mod start;
mod webhooks;
