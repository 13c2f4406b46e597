//! Cards, the outcome sentence, facts, and the frame of pages with a single task.

use leptos::prelude::*;

use super::{Glyph, Icon, Mark, Tone};

/// A raised box.
#[component]
pub fn Card(
    /// Its heading (an `h2`); none without.
    #[prop(optional, into)]
    title: Option<String>,
    /// What its border says.
    #[prop(optional)]
    tone: Tone,
    /// What it holds, already padded.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" data-tone=tone.as_str()>
            {title.map(|title| view! { <div class="card__head"><h2>{title}</h2></div> })}
            <div class="card__body stack">{children()}</div>
        </section>
    }
}

/// The sentence that says what a form will do, built from its fields.
#[component]
pub fn Outcome(
    /// The icon.
    #[prop(default = Glyph::Info)]
    glyph: Glyph,
    /// Grey instead of verdigris.
    #[prop(optional)]
    plain: bool,
    /// The sentence, in one or two `<p>`.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="outcome" data-tone=plain.then_some("plain")>
            <Icon glyph />
            <div>{children()}</div>
        </div>
    }
}

/// A list of names and values; holds [`Fact`]s.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One name with its value.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: String,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="facts__row">
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

/// An icon in a tile, for the head of a card.
#[component]
pub fn GlyphTile(
    /// The icon.
    glyph: Glyph,
    /// What it says.
    #[prop(optional)]
    tone: Tone,
    /// The small one.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    view! {
        <span class="glyph" class=("glyph--sm", small) data-tone=tone.as_str()>
            <Icon glyph />
        </span>
    }
}

/// The frame of a page with one task: sign of the house above, card in the middle, small print below.
#[component]
pub fn SoloPage(
    /// The name of the program, beside its sign.
    #[prop(into)]
    brand: String,
    /// A wider card.
    #[prop(optional)]
    wide: bool,
    /// What stands at the end of the head, such as the theme switch.
    #[prop(optional, into)]
    tools: ViewFn,
    /// The small print.
    #[prop(optional, into)]
    foot: ViewFn,
    /// The cards.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="solo">
            <header class="solo__head">
                <a class="brand" href="/">
                    <Mark />
                    {brand}
                </a>
                <div class="row">{tools.run()}</div>
            </header>
            <main class="solo__body" id="main" tabindex="-1">
                <div class="solo__card stack stack-6" class=("solo__card--wide", wide)>
                    {children()}
                </div>
            </main>
            <footer class="solo__foot">{foot.run()}</footer>
        </div>
    }
}
