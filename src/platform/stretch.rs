//! Argon2id in a Worker; where it stands as a signal.

pub(crate) use coffer_page::stretch::{Stage, expected, stop};
use leptos::prelude::*;

thread_local! {
    static STAGE: ArcRwSignal<Stage> = {
        let signal = ArcRwSignal::new(coffer_page::stretch::stage());
        let told = signal.clone();
        coffer_page::stretch::on_stage(move |stage| told.set(stage));
        signal
    };
}

/// Where the newest job stands.
pub(crate) fn stage() -> ArcReadSignal<Stage> {
    STAGE.with(ArcRwSignal::read_only)
}
