//! Argon2id in a Worker that is thrown away after one job. `boot.js` owns the Worker; this is its Rust side.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use coffer_client::{StretchError, StretchJob, Stretched};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::clock;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = cofferStretch, catch)]
    async fn coffer_stretch(job: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = cofferStretchStop, catch)]
    fn coffer_stretch_stop() -> Result<(), JsValue>;
}

/// Where the newest job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// None was started, or it failed.
    Idle,
    /// A Worker is busy, since this moment of the steady clock.
    Running(u64),
    /// It has ended well.
    Done,
}

/// Who is told of a new stage.
type Told = Rc<dyn Fn(Stage)>;

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Idle) };
    static TOLD: RefCell<Option<Told>> = const { RefCell::new(None) };
    /// How long the last job took here, in milliseconds: what the next is expected to take.
    static EXPECTED: Cell<u64> = const { Cell::new(2_000) };
}

/// Where the newest job stands.
pub fn stage() -> Stage {
    STAGE.get()
}

/// Calls, instead of what was called before, when that changes.
pub fn on_stage(call: impl Fn(Stage) + 'static) {
    TOLD.with(|told| told.replace(Some(Rc::new(call))));
}

/// What a job is expected to take, in milliseconds.
pub fn expected() -> u64 {
    EXPECTED.get()
}

/// Runs one job in a Worker of its own.
pub async fn run(job: StretchJob) -> Result<Stretched, StretchError> {
    let started = clock::monotonic();
    enter(Stage::Running(started));
    let outcome = work(job).await;
    match &outcome {
        Ok(_) => {
            EXPECTED.set(clock::monotonic().saturating_sub(started).max(100));
            enter(Stage::Done);
        }
        Err(_) => enter(Stage::Idle),
    }
    outcome
}

fn enter(stage: Stage) {
    STAGE.set(stage);
    let told = TOLD.with(|told| told.borrow().clone());
    if let Some(told) = told {
        told(stage);
    }
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
pub fn stop() {
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
