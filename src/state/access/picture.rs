//! Where the bars of the picture lie.

/// A span of the picture, in percent from its left edge: where it begins and how wide it is.
pub(crate) type Span = (f64, f64);

/// A grant as the picture shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    /// What has passed of it.
    pub(crate) used: Option<Span>,
    /// What is left.
    pub(crate) left: Option<Span>,
    /// What has not begun.
    pub(crate) planned: Option<Span>,
}

impl Bar {
    /// Where a grant lies between two moments; nothing of it may.
    pub(crate) fn of((from, until): (u64, u64), now: u64, window: (u64, u64)) -> Self {
        let part = |start: u64, end: u64| {
            let (first, last) = window;
            let (start, end) = (start.max(first), end.min(last));
            let whole = last.saturating_sub(first).max(1) as f64;
            let percent = |ms: u64| ms as f64 * 100.0 / whole;
            (start < end).then(|| (percent(start - first), percent(end - start).max(LEAST)))
        };
        Self {
            used: part(from, until.min(now)),
            left: (from <= now).then(|| part(now.max(from), until)).flatten(),
            planned: (from > now).then(|| part(from, until)).flatten(),
        }
    }

    /// Nothing of it lies in the window.
    pub(crate) fn is_empty(&self) -> bool {
        self.used.is_none() && self.left.is_none() && self.planned.is_none()
    }
}

/// The narrowest bar, in percent: what was short is still seen.
const LEAST: f64 = 0.4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_used_up_to_now_and_left_after_it() {
        let check = |grant, now, expected| assert_eq!(Bar::of(grant, now, (0, 1_000)), expected);
        let nothing = Bar {
            used: None,
            left: None,
            planned: None,
        };
        check(
            (200, 600),
            400,
            Bar {
                used: Some((20.0, 20.0)),
                left: Some((40.0, 20.0)),
                ..nothing
            },
        );
        check(
            (200, 600),
            700,
            Bar {
                used: Some((20.0, 40.0)),
                ..nothing
            },
        );
        check(
            (200, 600),
            100,
            Bar {
                planned: Some((20.0, 40.0)),
                ..nothing
            },
        );
        check(
            (900, 5_000),
            950,
            Bar {
                used: Some((90.0, 5.0)),
                left: Some((95.0, 5.0)),
                ..nothing
            },
        );
        check((2_000, 3_000), 2_500, nothing);
        assert!(Bar::of((2_000, 3_000), 0, (0, 1_000)).is_empty());
    }
}
