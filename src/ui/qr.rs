//! QR codes as SVG rectangles: no canvas, no inner HTML.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode as Code};

/// A QR code. Shows `too_long` instead when the text does not fit into one.
#[component]
pub fn QrCode(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, read aloud.
    #[prop(into)]
    label: String,
    /// Shown when the text is too long.
    #[prop(into)]
    too_long: String,
    /// For paper and for far-away cameras.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    move || match text.with(|text| draw(text)) {
        Some((size, path)) => view! {
            <svg
                class="qr"
                class=("qr--lg", large)
                viewBox=format!("0 0 {size} {size}")
                role="img"
                aria-label=label.clone()
                shape-rendering="crispEdges"
            >
                <path d=path fill="currentColor"></path>
            </svg>
        }
        .into_any(),
        None => view! { <p class="field__hint">{too_long.clone()}</p> }.into_any(),
    }
}

/// One path of horizontal runs; `None` when the text does not fit.
fn draw(text: &str) -> Option<(usize, String)> {
    let code = Code::with_error_correction_level(text.as_bytes(), EcLevel::M)
        .or_else(|_| Code::with_error_correction_level(text.as_bytes(), EcLevel::L))
        .ok()?;
    let size = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(size).enumerate() {
        let mut x = 0;
        while x < size {
            let run = row
                .iter()
                .skip(x)
                .take_while(|color| **color == Color::Dark)
                .count();
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    Some((size, path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_drawing_starts_with_a_finder_pattern() {
        let (size, path) = draw("https://coffer.example/s#k=abc").unwrap();
        assert_eq!((size - 17) % 4, 0, "a QR code has 17 + 4·version modules a side");
        assert!(path.starts_with("M0 0h7v1h-7z"), "{path}");
    }

    #[test]
    fn a_text_that_does_not_fit_has_no_drawing() {
        assert!(draw(&"x".repeat(4_000)).is_none());
    }
}
