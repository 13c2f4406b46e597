//! Which rows of a long table are near the screen: only those are drawn.

use leptos::{ev, html, prelude::*};

/// The rows to draw, and how much room the others take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// The first row drawn.
    pub start: usize,
    /// One after the last row drawn.
    pub end: usize,
    /// Height of what is left out before it, in CSS pixels.
    pub before: f64,
    /// Height of what is left out after it, in CSS pixels.
    pub after: f64,
    /// Height of one row, in CSS pixels.
    pub row: f64,
}

/// Follows the page's scroll position for `body`, a table body whose rows are all of one height.
///
/// Rows carry `data-row`; their height is measured, so that the stylesheet decides it (density, phone, text size).
pub fn windowed(body: NodeRef<html::Tbody>, count: Signal<usize>) -> Memo<Slice> {
    let row = RwSignal::new(ROW_GUESS);
    let view = RwSignal::new((0.0_f64, SCREEN_GUESS));

    let measure = move || {
        let Some(Some(body)) = body.try_get_untracked() else {
            return;
        };
        if let Ok(Some(first)) = body.query_selector("[data-row]") {
            let height = first.get_bounding_client_rect().height();
            if height > 1.0 && (height - row.get_untracked()).abs() > 0.25 {
                row.set(height);
            }
        }
        let top = -body.get_bounding_client_rect().top();
        let screen = window()
            .inner_height()
            .ok()
            .and_then(|height| height.as_f64())
            .unwrap_or(SCREEN_GUESS);
        // Whole steps only: a signal that changes with every pixel would redraw with every pixel.
        let step = row.get_untracked() * STEP;
        let seen = ((top / step).floor() * step, screen);
        if view.get_untracked() != seen {
            view.set(seen);
        }
    };
    let scrolled = window_event_listener(ev::scroll, move |_| measure());
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || {
        scrolled.remove();
        resized.remove();
    });
    // The rows that a change of the list brought can be measured once they are on the page.
    Effect::new(move |_| {
        count.track();
        body.track();
        request_animation_frame(measure);
    });

    Memo::new(move |_| {
        let (top, screen) = view.get();
        slice(count.get(), top, screen, row.get())
    })
}

fn slice(count: usize, top: f64, screen: f64, row: f64) -> Slice {
    let start = ((top / row).floor() - MARGIN).clamp(0.0, count as f64) as usize;
    let end = (((top + screen) / row).ceil() + MARGIN + STEP).clamp(0.0, count as f64) as usize;
    // Scrolled past a list that has become short: its last rows, not none.
    let start = start.min(count.saturating_sub((screen / row) as usize));
    let end = end.max(start);
    Slice {
        start,
        end,
        before: start as f64 * row,
        after: (count - end) as f64 * row,
        row,
    }
}

const ROW_GUESS: f64 = 56.0;
const SCREEN_GUESS: f64 = 900.0;
/// Rows drawn beyond each edge of the screen.
const MARGIN: f64 = 8.0;
/// The window moves by this many rows at a time.
const STEP: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_are_drawn_of_many_and_the_rest_keeps_its_room() {
        for top in [-300.0, 0.0, 1234.0, 280_000.0, 559_900.0, 700_000.0] {
            let slice = slice(10_000, top, 900.0, 56.0);
            let drawn = slice.end - slice.start;
            assert!((1..=50).contains(&drawn), "{drawn} rows at {top}");
            assert_eq!(slice.before + slice.after + drawn as f64 * 56.0, 560_000.0);
        }
    }

    #[test]
    fn what_is_on_the_screen_is_drawn() {
        let slice = slice(10_000, 280_000.0, 900.0, 56.0);
        assert!(slice.start <= 5000 && slice.end >= 5018);
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        let slice = slice(3, 0.0, 900.0, 56.0);
        assert_eq!(
            (slice.start, slice.end, slice.before, slice.after),
            (0, 3, 0.0, 0.0)
        );
    }
}
