//! Real tables that become cards on a phone.

use leptos::prelude::*;

/// A table with its caption and headings; the rows are `<tr role="row">` with `<td role="cell">`, since on a phone
/// CSS changes their display and the roles would be lost.
#[component]
pub fn Table(
    /// What it lists, read aloud.
    #[prop(into)]
    caption: Signal<String>,
    /// Headings: the column's class and its words. A heading that starts with `~` is only read aloud.
    columns: Vec<(&'static str, String)>,
    /// Columns have fixed widths.
    #[prop(default = true)]
    fixed: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-wrap">
            <table class="table table--cards" class=("table--fixed", fixed) role="table">
                <caption class="sr-only">{move || caption.get()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {columns
                            .into_iter()
                            .map(|(class, words)| {
                                match words.strip_prefix('~') {
                                    Some(quiet) => {
                                        let quiet = quiet.to_owned();
                                        view! {
                                            <th scope="col" role="columnheader" class=class>
                                                <span class="sr-only">{quiet}</span>
                                            </th>
                                        }
                                            .into_any()
                                    }
                                    None => {
                                        view! {
                                            <th scope="col" role="columnheader" class=class>
                                                {words}
                                            </th>
                                        }
                                            .into_any()
                                    }
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}
