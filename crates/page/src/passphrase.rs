//! From the box a person types in to a [`Passphrase`].

use coffer_client::Passphrase;
use js_sys::JsString;
use web_sys::HtmlInputElement;
use zeroize::Zeroizing;

/// A copy of what was typed; the box keeps it. `None` when nothing was. The browser normalises it: its tables of
/// Unicode are here already.
pub fn typed(input: &HtmlInputElement) -> Option<Passphrase> {
    let typed = Zeroizing::new(input.value());
    let text = Zeroizing::new(String::from(JsString::from(typed.as_str()).normalize("NFKC")));
    (!text.is_empty()).then(|| Passphrase::normal(&text))
}
