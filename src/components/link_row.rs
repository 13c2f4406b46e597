//! A row of a list of links: what it is, how it stands, how long it lives, and what can be done.

use leptos::prelude::*;

use crate::ui::Ring;

/// One link of a list; its table has four columns.
#[component]
pub fn LinkRow(
    /// What it is called.
    title: String,
    /// The line under it.
    detail: String,
    /// How it stands.
    #[prop(into)]
    badge: ViewFn,
    /// When it ends, in full.
    ends: String,
    /// How much of its life is left, of 100.
    percent: Signal<u32>,
    /// How long it lives, in words.
    #[prop(into)]
    left: Signal<String>,
    /// The buttons.
    #[prop(into)]
    actions: ViewFn,
) -> impl IntoView {
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <div class="stack stack-1">
                    <span class="medium anywhere">{title}</span>
                    <span class="faint t-xs anywhere">{detail}</span>
                </div>
            </th>
            <td role="cell" class="end-phone">
                {badge.run()}
            </td>
            <td role="cell" class="span">
                <span class="countdown muted" title=ends>
                    <Ring percent small=true />
                    <span>{move || left.get()}</span>
                </span>
            </td>
            <td role="cell" class="span">
                {actions.run()}
            </td>
        </tr>
    }
}
