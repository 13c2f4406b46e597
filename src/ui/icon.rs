//! Icons: `<use>` of one sprite file, so that the page needs no inline picture.

pub use coffer_page::look::Glyph;
use leptos::prelude::*;

/// How large an icon is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconSize {
    /// 14 px, beside small text.
    Small,
    /// 16 px.
    #[default]
    Medium,
    /// 20 px.
    Large,
}

/// A picture that only repeats what the words beside it say: hidden from screen readers.
#[component]
pub fn Icon(
    /// Which picture.
    glyph: Glyph,
    /// How large.
    #[prop(optional)]
    size: IconSize,
) -> impl IntoView {
    let class = match size {
        IconSize::Small => "i i-sm",
        IconSize::Medium => "i",
        IconSize::Large => "i i-lg",
    };
    view! {
        <svg class=class aria-hidden="true">
            <use_ href=glyph.href()></use_>
        </svg>
    }
}

/// The sign of Coffer.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" aria-hidden="true">
            <use_ href=Glyph::Mark.href()></use_>
        </svg>
    }
}
