//! Argon2id in a Worker that is thrown away after one use.
//!
//! The memory of a WebAssembly program only grows and cannot be wiped reliably. So the passphrase is stretched in a
//! Worker of its own, whose 64 MiB end with it. This crate knows one thing: a job's bytes in, the stretched bytes out.
//! `assets/kdf-worker.js` receives and answers the messages, `boot.js` starts and ends the Worker.

use coffer_core::kdf::{StretchError, StretchJob};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Runs a job.
///
/// # Errors
/// `"job"` when the bytes are not a job, `"memory"` when this device has not enough for it.
#[wasm_bindgen]
pub fn stretch(job: &[u8]) -> Result<Vec<u8>, JsValue> {
    let stretched = StretchJob::from_bytes(job)
        .and_then(StretchJob::run)
        .map_err(|error| {
            JsValue::from_str(match error {
                StretchError::NotAJob => "job",
                _ => "memory",
            })
        })?;
    Ok(stretched.to_bytes().to_vec())
}
