//! Files made in the browser.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Offers a file to keep. False when the browser refused.
pub(crate) fn text(name: &str, kind: &str, content: &str) -> bool {
    offer(name, kind, &content.into()).is_some()
}

/// The same of bytes. The browser is told nothing of their kind, so it shows them nowhere.
pub(crate) fn bytes(name: &str, content: &[u8]) -> bool {
    let content = js_sys::Uint8Array::from(content);
    offer(name, "application/octet-stream", &content).is_some()
}

fn offer(name: &str, kind: &str, content: &wasm_bindgen::JsValue) -> Option<()> {
    let parts = js_sys::Array::of1(content);
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // the browser holds the content until this, so it goes as soon as the download has begun
    set_timeout(
        move || {
            drop(Url::revoke_object_url(&address));
        },
        std::time::Duration::from_secs(10),
    );
    Some(())
}
