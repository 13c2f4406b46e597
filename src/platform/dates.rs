//! Dates for people, in their own time zone.

pub(crate) use coffer_page::dates::iso;

use crate::text;

/// `Mon 23 Nov, 10:24`; with the year when it is another one.
pub(crate) fn short(ms: u64) -> String {
    let date = date(ms);
    let this_year = date_now().get_full_year();
    let year = date.get_full_year();
    let day = date.get_date();
    let weekday = text::WEEKDAYS[(date.get_day() % 7) as usize];
    let month = text::MONTHS[(date.get_month() % 12) as usize];
    let (hour, minute) = (date.get_hours(), date.get_minutes());
    if year == this_year {
        format!("{weekday} {day} {month}, {hour:02}:{minute:02}")
    } else {
        format!("{weekday} {day} {month} {year}, {hour:02}:{minute:02}")
    }
}

/// `10:24`
pub(crate) fn time(ms: u64) -> String {
    let date = date(ms);
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// `22 Nov 2026`
pub(crate) fn day(ms: u64) -> String {
    let date = date(ms);
    format!(
        "{} {} {}",
        date.get_date(),
        text::MONTHS[(date.get_month() % 12) as usize],
        date.get_full_year()
    )
}

/// `22 Nov`
pub(crate) fn day_month(ms: u64) -> String {
    let date = date(ms);
    format!(
        "{} {}",
        date.get_date(),
        text::MONTHS[(date.get_month() % 12) as usize]
    )
}

/// The moment that a box for a date and a time names, in this time zone.
pub(crate) fn parse_local(text: &str) -> Option<u64> {
    let ms = js_sys::Date::parse(text);
    (ms.is_finite() && ms > 0.0).then_some(ms as u64)
}

/// A day and a time as a field of the browser gives them, in this time zone. `None` for what is none.
pub(crate) fn typed(text: &str) -> Option<u64> {
    let at = js_sys::Date::new(&text.into()).get_time();
    (!text.is_empty() && at.is_finite() && at > 0.0).then_some(at as u64)
}

/// A moment as a field of the browser takes it: what [`typed`] reads, to the minute.
pub(crate) fn for_field(ms: u64) -> String {
    let date = date(ms);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// How much time is left: `2 d`, `5 h`, `38 min`, `21 s`.
pub(crate) fn left(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    match seconds {
        0..=99 => text::seconds(seconds),
        100..=5_999 => text::minutes(seconds / 60),
        6_000..=172_799 => text::hours(seconds / 3_600),
        _ => text::days(seconds / 86_400),
    }
}

fn date(ms: u64) -> js_sys::Date {
    js_sys::Date::new(&(ms as f64).into())
}

fn date_now() -> js_sys::Date {
    js_sys::Date::new_0()
}
