//! Argon2id in a Worker that is thrown away after one job. `boot.js` owns the Worker; this is its Rust side.

use std::cell::Cell;

use coffer_client::{StretchError, StretchJob, Stretched};
use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::clock;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = cofferStretch, catch)]
    async fn coffer_stretch(job: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = cofferStretchStop, catch)]
    fn coffer_stretch_stop() -> Result<(), JsValue>;
}

/// Where the newest job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// None was started, or it failed.
    Idle,
    /// A Worker is busy, since this moment of the steady clock.
    Running(u64),
    /// It has ended well.
    Done,
}

thread_local! {
    static STAGE: ArcRwSignal<Stage> = ArcRwSignal::new(Stage::Idle);
    /// How long the last job took here, in milliseconds: what the next is expected to take.
    static EXPECTED: Cell<u64> = const { Cell::new(2_000) };
}

/// Where the newest job stands.
pub(crate) fn stage() -> ArcReadSignal<Stage> {
    STAGE.with(ArcRwSignal::read_only)
}

/// What a job is expected to take, in milliseconds.
pub(crate) fn expected() -> u64 {
    EXPECTED.get()
}

/// Runs one job in a Worker of its own.
pub(crate) async fn run(job: StretchJob) -> Result<Stretched, StretchError> {
    let started = clock::monotonic();
    STAGE.with(|stage| stage.set(Stage::Running(started)));
    let outcome = work(job).await;
    match &outcome {
        Ok(_) => {
            EXPECTED.set(clock::monotonic().saturating_sub(started).max(100));
            STAGE.with(|stage| stage.set(Stage::Done));
        }
        Err(_) => STAGE.with(|stage| stage.set(Stage::Idle)),
    }
    outcome
}

async fn work(job: StretchJob) -> Result<Stretched, StretchError> {
    let bytes = job.to_bytes();
    // a fresh array: its buffer is handed over to the Worker and empty afterwards
    let answer = coffer_stretch(Uint8Array::from(bytes.as_slice()))
        .await
        .map_err(|error| cause(&error))?;
    let answer: Uint8Array = answer.dyn_into().map_err(|_| StretchError::NotAJob)?;
    let stretched = Zeroizing::new(answer.to_vec());
    answer.fill(0, 0, answer.length());
    Stretched::from_bytes(&stretched)
}

/// Ends every Worker that still runs: on locking and on leaving.
pub(crate) fn stop() {
    // without boot.js there is nothing to stop
    drop(coffer_stretch_stop());
}

fn cause(error: &JsValue) -> StretchError {
    let message = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()));
    match message.as_deref() {
        Some("memory") => StretchError::NotEnoughMemory,
        _ => StretchError::NotAJob,
    }
}
