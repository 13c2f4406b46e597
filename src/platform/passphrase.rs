//! From the box a person types in to a [`Passphrase`], past every signal.

use coffer_client::Passphrase;
use js_sys::JsString;
use leptos::{html, prelude::*};
use zeroize::Zeroizing;

/// Takes what was typed and empties the box; `None` when nothing was typed.
pub(crate) fn take(node: NodeRef<html::Input>) -> Option<Passphrase> {
    let passphrase = peek(node)?;
    if let Some(input) = node.get_untracked() {
        input.set_value("");
    }
    Some(passphrase)
}

/// A copy of what was typed; the box keeps it. The browser normalises it: its tables of Unicode are here already.
pub(crate) fn peek(node: NodeRef<html::Input>) -> Option<Passphrase> {
    let typed = Zeroizing::new(node.get_untracked()?.value());
    let text = Zeroizing::new(String::from(JsString::from(typed.as_str()).normalize("NFKC")));
    (!text.is_empty()).then(|| Passphrase::normal(&text))
}
