//! The words of other languages, which `boot.js` fetches and checks.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = cofferFirstWords, catch)]
    fn coffer_first_words() -> Result<Option<js_sys::Array>, JsValue>;

    #[wasm_bindgen(js_name = cofferWords, catch)]
    async fn coffer_words(language: &str) -> Result<JsValue, JsValue>;
}

/// The language that this browser asks for, and its words. None is English.
pub fn first() -> Option<(String, String)> {
    // without boot.js (in tests) it is English
    let pair = coffer_first_words().ok()??;
    Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
}

/// The words of a language; none when they did not arrive as they were published.
pub async fn load(language: &str) -> Option<String> {
    coffer_words(language).await.ok()?.as_string()
}
