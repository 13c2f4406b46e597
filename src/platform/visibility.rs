//! Whether people can see this tab.

use leptos::prelude::*;

use super::listen;

/// True while the tab is hidden, until the owner is gone.
pub(crate) fn hidden() -> ReadSignal<bool> {
    let (hidden, set_hidden) = signal(document().hidden());
    listen::on(&listen::document_target(), "visibilitychange", move |_| {
        let _gone = set_hidden.try_set(document().hidden());
    });
    hidden
}
