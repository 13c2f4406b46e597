//! The words that client and server share: ids, request and response bodies, and paths of the compatible API.
//!
//! No cryptography and no I/O. Everything decoded here is *wire*: believed by nobody until the client verified it.
//! Decoding ignores unknown fields, because servers add some with every release, and is strict about the types of
//! those it knows.

pub mod access;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod folder;
pub mod id;
pub mod identity;
pub mod login;
pub mod member;
pub mod organization;
pub mod privilege;
pub mod project;
pub mod reserved;
pub mod rule;
pub mod secret;
pub mod share;
pub mod status;
pub mod timestamp;
pub mod webhook;

pub use endpoint::Endpoint;
pub use timestamp::{Millis, Timestamp};
