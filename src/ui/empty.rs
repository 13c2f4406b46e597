//! What stands where there is nothing yet: it carries the next act.

use leptos::prelude::*;

/// Which drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyArt {
    /// A box with a plus.
    #[default]
    Box,
    /// A tick in a circle: nothing to do.
    Done,
    /// A key: something is not yours.
    Key,
    /// Two joined shapes: links.
    Link,
}

/// A drawing, a sentence and the next act.
#[component]
pub fn Empty(
    /// What is not here.
    #[prop(into)]
    title: String,
    /// What to do about it.
    #[prop(into)]
    text: String,
    /// The drawing.
    #[prop(optional)]
    art: EmptyArt,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let drawing = match art {
        EmptyArt::Box => view! {
            <rect x="6" y="6" width="60" height="60" rx="14" />
            <rect x="18" y="18" width="36" height="36" rx="7" stroke-dasharray="5 4" />
            <path d="M36 30v12M30 36h12" stroke-linecap="round" />
        }
        .into_any(),
        EmptyArt::Done => view! {
            <circle cx="36" cy="36" r="30" />
            <path d="m24 37 8 8 16-18" stroke-linecap="round" />
        }
        .into_any(),
        EmptyArt::Key => view! {
            <circle cx="24" cy="36" r="14" />
            <path d="M38 36h28M58 36v9M50 36v6" stroke-linecap="round" />
        }
        .into_any(),
        EmptyArt::Link => view! {
            <rect x="6" y="18" width="34" height="36" rx="8" />
            <rect x="46" y="30" width="20" height="12" rx="6" stroke-dasharray="4 4" />
            <path d="M18 36h10M40 36h6" stroke-linecap="round" />
        }
        .into_any(),
    };
    view! {
        <div class="empty">
            <svg
                class="empty__art"
                viewBox="0 0 72 72"
                fill="none"
                stroke="currentColor"
                stroke-width="2"
                aria-hidden="true"
            >
                {drawing}
            </svg>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="row row--wrap">{children()}</div> })}
        </div>
    }
}
