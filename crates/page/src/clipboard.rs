//! The clipboard. A page can write to it after a click and may clear it while it has the focus; it cannot reach the
//! history that some systems keep.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{document, window};

/// Puts text there. False when the browser refused.
pub async fn write(text: &str) -> bool {
    match clipboard() {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

/// Empties it, unless it is known to hold something else by now. False when this tab may not do that now.
pub async fn clear(ours: &str) -> bool {
    if !document().has_focus().unwrap_or(false) {
        return false;
    }
    if let Some(held) = read_if_allowed().await
        && held != ours
    {
        return true;
    }
    write("").await
}

/// Reads only where that was allowed already: asking would put a question before people who only copied something.
async fn read_if_allowed() -> Option<String> {
    let permissions = js_sys::Reflect::get(&window().navigator(), &"permissions".into()).ok()?;
    let query: js_sys::Function = js_sys::Reflect::get(&permissions, &"query".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let wanted = js_sys::Object::new();
    js_sys::Reflect::set(&wanted, &"name".into(), &"clipboard-read".into()).ok()?;
    let answer: js_sys::Promise = query.call1(&permissions, &wanted).ok()?.dyn_into().ok()?;
    let status = JsFuture::from(answer).await.ok()?;
    let state = js_sys::Reflect::get(&status, &"state".into()).ok()?;
    if state != JsValue::from_str("granted") {
        return None;
    }
    JsFuture::from(clipboard()?.read_text()).await.ok()?.as_string()
}

fn clipboard() -> Option<web_sys::Clipboard> {
    // absent on plain http, whatever the types say
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into()).ok()?;
    clipboard.dyn_into().ok()
}
