//! Points in time as the API writes them.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// An ISO 8601 timestamp in UTC with milliseconds, such as `2026-11-22T08:48:50.616Z`.
///
/// Kept as text: a client that only shows or forwards it must not change it. `to_millis` reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The timestamp of so many milliseconds since 1970 (years 1970 to 9999).
    #[must_use]
    pub fn from_millis(millis: u64) -> Self {
        Self(Millis(millis).with_text(str::to_owned))
    }

    /// Milliseconds since 1970, or `None` if the text is no timestamp of RFC 3339 after 1970.
    #[must_use]
    pub fn to_millis(&self) -> Option<u64> {
        let text = self.0.as_bytes();
        let number = |from: usize, to: usize| -> Option<u64> {
            let digits = text.get(from..to)?;
            digits.iter().try_fold(0u64, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0'))
            })
        };
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if separators.iter().any(|(at, want)| text.get(*at) != Some(want))
            || !matches!(text.get(10), Some(b'T' | b't' | b' '))
        {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if year < 1970
            || !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let mut at = 19;
        let mut fraction = 0;
        if text.get(at) == Some(&b'.') {
            let digits = text[at + 1..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if digits == 0 {
                return None;
            }
            fraction =
                number(at + 1, at + 1 + digits.min(3))? * 10u64.pow(3 - u32::try_from(digits.min(3)).ok()?);
            at += 1 + digits;
        }
        let local = days_from_civil(year, month, day) * DAY
            + hour * 3_600_000
            + minute * 60_000
            + second * 1000
            + fraction;
        match text.get(at..)? {
            b"Z" | b"z" => Some(local),
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let offset = (number(at + 1, at + 3)? * 60 + number(at + 4, at + 6)?) * 60_000;
                if *sign == b'+' {
                    local.checked_sub(offset)
                } else {
                    local.checked_add(offset)
                }
            }
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Milliseconds since 1970 that are written as a [`Timestamp`], without making one: lists write thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub u64);

impl Millis {
    fn with_text<R>(self, use_it: impl FnOnce(&str) -> R) -> R {
        let millis = self.0.min(LAST);
        let (days, rest) = (millis / DAY, millis % DAY);
        let (year, month, day) = civil_from_days(days);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |at: usize, digits: usize, mut number: u64| {
            for place in (at..at + digits).rev() {
                text[place] = b'0' + u8::try_from(number % 10).unwrap_or(0);
                number /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, rest / 3_600_000);
        put(14, 2, rest / 60_000 % 60);
        put(17, 2, rest / 1000 % 60);
        put(20, 3, rest % 1000);
        use_it(str::from_utf8(&text).unwrap_or_default())
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| to.serialize_str(text))
    }
}

/// The civil date of a day since 1970 (the algorithm of Howard Hinnant's "chrono-compatible date algorithms").
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The day since 1970 of a civil date, the inverse of the above.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const DAY: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z.
const LAST: u64 = 253_402_300_799_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_milliseconds_agree() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_337_330_616, "2026-11-22T08:48:50.616Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).as_str(), text);
            assert_eq!(Timestamp::from(text.to_owned()).to_millis(), Some(millis));
        }
    }

    #[test]
    fn other_spellings_are_read() {
        for (text, millis) in [
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1970-01-01T00:00:01.5Z", Some(1500)),
            ("1970-01-01T00:00:01.123456Z", Some(1123)),
            ("1970-01-01", None),
            ("nonsense", None),
            ("1970-13-01T00:00:00Z", None),
            ("1970-01-01T00:00:00.Z", None),
        ] {
            assert_eq!(Timestamp::from(text.to_owned()).to_millis(), millis, "{text}");
        }
    }
}
