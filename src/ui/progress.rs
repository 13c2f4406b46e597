//! Progress of something slow: a bar, or named steps.

use leptos::prelude::*;

use super::{Glyph, Icon, IconSize, unique_id};

/// A bar with words. Without a value it only says that something runs.
#[component]
pub fn Progress(
    /// What runs.
    #[prop(into)]
    label: Signal<String>,
    /// How far, of 100.
    #[prop(optional, into)]
    value: Signal<Option<u32>>,
    /// How long it may still take.
    #[prop(optional, into)]
    note: Signal<String>,
) -> impl IntoView {
    let id = unique_id("progress");
    view! {
        <div class="stack stack-2" role="status">
            <div class="row row--between t-sm">
                <label for=id.clone() class="medium">
                    {move || label.get()}
                </label>
                <span class="faint">{move || note.get()}</span>
            </div>
            <progress
                class="meterline"
                id=id
                max="100"
                value=move || value.get()
            ></progress>
        </div>
    }
}

/// A strength from 0 to 4, with its word.
#[component]
pub fn Meter(
    /// What is measured.
    #[prop(into)]
    label: Signal<String>,
    /// From 0 to 4.
    #[prop(into)]
    value: Signal<u8>,
    /// The word for it.
    #[prop(into)]
    word: Signal<String>,
) -> impl IntoView {
    let id = unique_id("meter");
    view! {
        <div class="meter" data-level=move || value.get().to_string()>
            <label class="sr-only" for=id.clone()>
                {move || label.get()}
            </label>
            <progress
                class="meterline"
                id=id
                max="4"
                value=move || value.get().to_string()
            ></progress>
            <span class="t-sm" role="status">
                {move || word.get()}
            </span>
        </div>
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Finished.
    Done,
    /// Not yet begun.
    Later,
    /// Running.
    Now,
}

/// One step of something slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub words: String,
    /// A second line.
    pub note: String,
    /// Where it stands.
    pub state: StepState,
}

/// A list of steps.
#[component]
pub fn Steps(
    /// The steps in order.
    #[prop(into)]
    steps: Signal<Vec<Step>>,
) -> impl IntoView {
    view! {
        <ol class="steps">
            {move || {
                steps
                    .get()
                    .into_iter()
                    .map(|step| {
                        let state = match step.state {
                            StepState::Done => Some("done"),
                            StepState::Now => Some("now"),
                            StepState::Later => None,
                        };
                        view! {
                            <li data-state=state aria-current=(state == Some("now")).then_some("step")>
                                <span class="steps__mark">
                                    {(state == Some("done"))
                                        .then(|| view! { <Icon glyph=Glyph::Check size=IconSize::Small /> })}
                                </span>
                                <div>
                                    <div class="medium">{step.words}</div>
                                    {(!step.note.is_empty())
                                        .then(|| view! { <div class="faint t-sm">{step.note}</div> })}
                                </div>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ol>
    }
}
