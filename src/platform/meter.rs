//! How soon a passphrase is guessed: asked of a Worker that ends with the passphrase's field, since what it was given
//! stays in its memory. `boot.js` owns the Worker; this is its Rust side.

use coffer_client::Passphrase;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type CofferMeter;
    #[wasm_bindgen(js_name = cofferMeter, catch)]
    fn coffer_meter() -> Result<CofferMeter, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn score(this: &CofferMeter, text: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn end(this: &CofferMeter);
}

/// One such Worker, or the wait for its program.
#[derive(Clone)]
pub(crate) struct Meter(CofferMeter);

impl Meter {
    /// Starts one; its program is loaded from now on. `None` where there is no `boot.js` (in tests).
    pub(crate) fn start() -> Option<Self> {
        coffer_meter().ok().map(Self)
    }

    /// From 0, guessed at once, to 4, very hard to guess. `None` when the program could not be loaded, or has ended.
    pub(crate) async fn score(&self, passphrase: &Passphrase) -> Option<u8> {
        // a fresh array: its buffer is handed over to the Worker and empty afterwards
        let text = Uint8Array::from(passphrase.expose().as_bytes());
        let score = self.0.score(text).await.ok()?.as_f64()?;
        // the Worker answers with whole numbers of this range only
        (0.0..=4.0).contains(&score).then_some(score as u8)
    }

    /// Ends the Worker, and what it was given with it.
    pub(crate) fn end(self) {
        self.0.end();
    }
}
