//! The parsers of coffer-core as functions of bytes, shared with `crates/core/tests/mutations.rs`.
#![allow(
    clippy::expect_used,
    reason = "a broken invariant is what the fuzzer looks for"
)]

#[path = "../../crates/core/tests/parsers/mod.rs"]
pub mod parsers;
