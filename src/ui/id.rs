//! Ids that join a label, a hint and an error to their control.

use std::cell::Cell;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// An id that no other element of this page has.
#[must_use]
pub fn unique_id(prefix: &str) -> String {
    NEXT.with(|next| {
        next.set(next.get() + 1);
        format!("{prefix}-{}", next.get())
    })
}
