//! What stood behind `#`, and another link opened in this tab as a signal.

pub(crate) use coffer_page::fragment::{hold, take, take_at_start};
use leptos::prelude::*;

/// Changes when another link was opened in this tab; [`take`] has it then.
pub(crate) fn arrivals() -> ReadSignal<u32> {
    let (count, set_count) = signal(0_u32);
    coffer_page::fragment::on_arrival(move || {
        // the page that asked may be gone
        let _gone = set_count.try_update(|count| *count = count.wrapping_add(1));
    });
    count
}
