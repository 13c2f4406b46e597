//! The head of a page inside the shell.

use leptos::prelude::*;

/// Title, one sentence, and the page's buttons.
#[component]
pub fn PageHead(
    /// The `h1`, which may hold badges.
    #[prop(into)]
    title: ViewFn,
    /// One sentence under it.
    #[prop(optional, into)]
    note: Signal<String>,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1 class="row row-3 row--wrap">{title.run()}</h1>
                {move || (!note.read().is_empty()).then(|| view! { <p>{note.get()}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-head__actions">{children()}</div> })}
        </div>
    }
}
