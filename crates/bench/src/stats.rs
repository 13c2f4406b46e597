//! Medians and spreads of a few numbers.

use std::fmt;

/// What a list of measurements comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The middle one.
    pub median: f64,
    /// The first quartile.
    pub low: f64,
    /// The third quartile.
    pub high: f64,
}

impl Summary {
    /// Of these numbers; `None` of none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            median: quantile(&sorted, 0.5)?,
            low: quantile(&sorted, 0.25)?,
            high: quantile(&sorted, 0.75)?,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.median {
            100.0.. => 0,
            10.0.. => 1,
            _ => 2,
        };
        write!(
            f,
            "{:.digits$} ({:.digits$}–{:.digits$})",
            self.median, self.low, self.high
        )
    }
}

/// A cell of a table: the median and the quartiles.
pub fn show(numbers: &[f64]) -> String {
    Summary::of(numbers.iter().copied()).map_or("–".into(), |summary| summary.to_string())
}

/// The median of what one took, divided round by round by what the other took: a slow moment slows both.
pub fn ratio(one: &[f64], other: &[f64]) -> String {
    Summary::of(one.iter().zip(other).map(|(one, other)| one / other))
        .map_or("–".into(), |summary| format!("{:.2}", summary.median))
}

/// The number below which this part of a sorted list lies, between neighbours in proportion.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let at = part * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (
        *sorted.get(at.floor() as usize)?,
        *sorted.get(at.ceil() as usize)?,
    );
    Some(below + (above - below) * at.fract())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn the_median_and_the_quartiles_stand_where_they_should() {
        let summary = Summary::of([5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!(
            summary,
            Summary {
                median: 3.0,
                low: 2.0,
                high: 4.0
            }
        );
        assert_eq!(Summary::of([1.0, 2.0]).unwrap().median, 1.5);
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        assert_eq!(
            Summary {
                median: 3.25,
                low: 3.0,
                high: 3.5
            }
            .to_string(),
            "3.25 (3.00–3.50)"
        );
        assert_eq!(
            Summary {
                median: 314.1,
                low: 300.0,
                high: 350.0
            }
            .to_string(),
            "314 (300–350)"
        );
    }
}
