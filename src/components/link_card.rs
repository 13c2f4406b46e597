//! A link that was just made: to copy, to draw, and to send in two halves.

use leptos::prelude::*;

use crate::ui::{Button, ButtonKind, ButtonSize, Glyph, GlyphTile, QrCode, Tone, unique_id};

/// What is said of a link that was made.
#[derive(Clone, Copy, Debug)]
pub struct LinkWords {
    /// The heading.
    pub title: &'static str,
    /// The label of the link.
    pub label: &'static str,
    /// What stands beside the label.
    pub side: &'static str,
    /// The button that copies the link, and what is said after it.
    pub copy: (&'static str, &'static str),
    /// The button that shows the halves, and the sentence over them.
    pub split: (&'static str, &'static str),
    /// The button that copies the half without the key.
    pub copy_page: &'static str,
    /// The button that copies the key, and what is said after it.
    pub copy_key: (&'static str, &'static str),
    /// The button that shows the drawing where there is little room, and the sentence under it.
    pub qr: (&'static str, &'static str),
    /// What the drawing is, read aloud.
    pub qr_label: &'static str,
    /// Instead of a drawing of too long a link.
    pub qr_too_long: &'static str,
}

/// A link that was just made, for its maker's eyes.
#[component]
pub fn LinkCard(
    /// What is said of it.
    words: LinkWords,
    /// The icon beside the heading.
    glyph: Glyph,
    /// The whole link.
    link: String,
    /// Copies a text and says the sentence after it.
    #[prop(into)]
    on_copy: Callback<(String, &'static str)>,
    /// Beside the heading.
    #[prop(into)]
    badge: ViewFn,
    /// The first buttons.
    #[prop(into)]
    first: ViewFn,
    /// The last buttons.
    #[prop(into)]
    last: ViewFn,
    /// At the end.
    #[prop(optional, into)]
    foot: ViewFn,
    /// What the link does, under it.
    children: Children,
) -> impl IntoView {
    let split = RwSignal::new(false);
    let qr = RwSignal::new(false);
    let (shown, narrow, wide) = (link.clone(), link.clone(), link.clone());
    let link = StoredValue::new(link);
    let heading = unique_id("link");
    let labelled = heading.clone();
    let field = unique_id("link-field");
    view! {
        <section class="card" aria-labelledby=labelled>
            <div class="card__body share-result">
                <div class="stack">
                    <div class="row row-3 row--wrap">
                        <GlyphTile glyph tone=Tone::Accent small=true />
                        <h1 id=heading>{words.title}</h1>
                        {badge.run()}
                    </div>
                    <div class="field">
                        <label class="field__label" for=field.clone()>
                            {words.label}
                            <span>{words.side}</span>
                        </label>
                        <div class="input-group input-group--lg">
                            <input class="input input--mono" id=field readonly prop:value=shown />
                            <Button
                                kind=ButtonKind::Primary
                                glyph=Glyph::Copy
                                on_press=move || on_copy.run((link.get_value(), words.copy.1))
                            >
                                {words.copy.0}
                            </Button>
                        </div>
                    </div>
                    {children()}
                    <div class="row row--wrap">
                        {first.run()}
                        <Button
                            size=ButtonSize::Small
                            glyph=Glyph::Key
                            pressed=Signal::from(split)
                            on_press=move || split.update(|split| *split = !*split)
                        >
                            {words.split.0}
                        </Button>
                        <span class="narrow-only">
                            <Button
                                size=ButtonSize::Small
                                glyph=Glyph::Qr
                                pressed=Signal::from(qr)
                                on_press=move || qr.update(|qr| *qr = !*qr)
                            >
                                {words.qr.0}
                            </Button>
                        </span>
                        {last.run()}
                    </div>
                    <Show when=move || qr.get()>
                        <figure class="stack stack-2 narrow-only">
                            <QrCode text=narrow.clone() label=words.qr_label too_long=words.qr_too_long />
                            <figcaption class="faint t-xs">{words.qr.1}</figcaption>
                        </figure>
                    </Show>
                    <Show when=move || split.get()>
                        <LinkHalves words link=link.get_value() on_copy />
                    </Show>
                    {foot.run()}
                </div>
                <figure class="stack stack-2 wide-only">
                    <QrCode text=wide label=words.qr_label too_long=words.qr_too_long />
                    <figcaption class="faint t-xs center">{words.qr.1}</figcaption>
                </figure>
            </div>
        </section>
    }
}

/// The page and the key of a link apart, to be sent in two ways.
#[component]
pub fn LinkHalves(
    /// What is said of it.
    words: LinkWords,
    /// The whole link.
    link: String,
    /// Copies a text and says the sentence after it.
    #[prop(into)]
    on_copy: Callback<(String, &'static str)>,
) -> impl IntoView {
    let (page, key) = link.split_once('#').unwrap_or((&link, ""));
    let (page, key) = (page.to_owned(), key.to_owned());
    view! {
        <div class="stack stack-3">
            <p class="field__hint">{words.split.1}</p>
            <div class="row row--wrap">
                <Button
                    size=ButtonSize::Small
                    glyph=Glyph::Copy
                    on_press=move || on_copy.run((page.clone(), words.copy.1))
                >
                    {words.copy_page}
                </Button>
                <Button
                    size=ButtonSize::Small
                    glyph=Glyph::Key
                    on_press=move || on_copy.run((key.clone(), words.copy_key.1))
                >
                    {words.copy_key.0}
                </Button>
            </div>
        </div>
    }
}
