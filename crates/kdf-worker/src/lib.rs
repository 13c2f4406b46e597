//! Argon2id in a Worker that is thrown away after one use.
