//! Paper.

/// Opens the browser's print dialog. The style sheet decides what stands on the page.
pub(crate) fn page() {
    // a browser that cannot print says so itself
    drop(leptos::prelude::window().print());
}
