//! From the box a person types in to a [`Passphrase`], past every signal.

use coffer_client::Passphrase;
use coffer_page::passphrase::typed;
use leptos::{html, prelude::*};

/// Takes what was typed and empties the box; `None` when nothing was typed.
pub(crate) fn take(node: NodeRef<html::Input>) -> Option<Passphrase> {
    let passphrase = peek(node)?;
    if let Some(input) = node.get_untracked() {
        input.set_value("");
    }
    Some(passphrase)
}

/// A copy of what was typed; the box keeps it.
pub(crate) fn peek(node: NodeRef<html::Input>) -> Option<Passphrase> {
    typed(&node.get_untracked()?)
}
