//! Programs for rare moments, each loaded when it is needed and run in a Worker, whose memory ends with it. `boot.js`
//! owns the Workers; this is their Rust side.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type CofferAssistant;
    #[wasm_bindgen(js_name = cofferAssistant, catch)]
    fn coffer_assistant(name: &str) -> Result<CofferAssistant, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn ask(this: &CofferAssistant, question: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn end(this: &CofferAssistant);
}

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// How soon a passphrase is guessed: UTF-8 in, from 0 to 4 out.
    Meter,
    /// The QR code in a photo: width and grey pixels in, its text out.
    Scan,
}

/// One such Worker, or the wait for its program.
#[derive(Clone)]
pub(crate) struct Assistant(CofferAssistant);

impl Assistant {
    /// Starts one; its program is loaded from now on. `None` where there is no `boot.js` (in tests).
    pub(crate) fn start(task: Task) -> Option<Self> {
        let name = match task {
            Task::Meter => "meter",
            Task::Scan => "scan",
        };
        coffer_assistant(name).ok().map(Self)
    }

    /// Its answer. `None` when the program could not be loaded, or has ended.
    pub(crate) async fn ask(&self, question: &[u8]) -> Option<JsValue> {
        // a fresh array: its buffer is handed over to the Worker and empty afterwards
        self.0.ask(Uint8Array::from(question)).await.ok()
    }

    /// Ends the Worker, and what it was given with it.
    pub(crate) fn end(self) {
        self.0.end();
    }
}
