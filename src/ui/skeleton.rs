//! The shape of what is still loading.

use leptos::prelude::*;

const CLASSES: [&str; 3] = [
    "skeleton skeleton--2",
    "skeleton skeleton--1",
    "skeleton skeleton--3",
];

/// Lines of text that are still loading.
#[component]
pub fn SkeletonLines(
    /// How many.
    #[prop(default = 3)]
    lines: usize,
    /// "Loading", read aloud.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div class="stack stack-3" aria-busy="true" role="status">
            <span class="sr-only">{label}</span>
            {(0..lines).map(|line| view! { <span class=CLASSES[line % 3]></span> }).collect_view()}
        </div>
    }
}

/// A table that is still loading.
#[component]
pub fn SkeletonTable(
    /// Its column headings.
    columns: Vec<String>,
    /// How many rows.
    #[prop(default = 4)]
    rows: usize,
    /// "Loading", read aloud.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let width = columns.len();
    view! {
        <div class="table-wrap" aria-busy="true">
            <span class="sr-only" role="status">
                {label}
            </span>
            <table class="table">
                <thead>
                    <tr>{columns.into_iter().map(|words| view! { <th scope="col">{words}</th> }).collect_view()}</tr>
                </thead>
                <tbody>
                    {(0..rows)
                        .map(|row| {
                            view! {
                                <tr>
                                    {(0..width)
                                        .map(|column| {
                                            view! {
                                                <td>
                                                    <span class=CLASSES[(row + column) % 3]></span>
                                                </td>
                                            }
                                        })
                                        .collect_view()}
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}
