//! Moments and numbers as a language writes them, in the time zone of this browser.

/// A moment to the minute, as a language writes it.
pub fn local(ms: u64, language: &str) -> String {
    let options = [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
    ];
    written(ms, language, &options)
}

/// The time of a day, likewise.
pub fn local_time(ms: u64, language: &str) -> String {
    written(ms, language, &[("hour", "2-digit"), ("minute", "2-digit")])
}

/// A whole number, likewise.
pub fn number(number: usize, language: &str) -> String {
    js_sys::Number::from(number as f64)
        .to_locale_string(language)
        .into()
}

fn written(ms: u64, language: &str, options: &[(&str, &str)]) -> String {
    let wanted = js_sys::Object::new();
    for (name, value) in options {
        // setting a property of a fresh object does not fail
        drop(js_sys::Reflect::set(&wanted, &(*name).into(), &(*value).into()));
    }
    date(ms).to_locale_string(language, &wanted).into()
}

/// The exact moment in UTC, for a title.
pub fn iso(ms: u64) -> String {
    date(ms).to_iso_string().into()
}

fn date(ms: u64) -> js_sys::Date {
    js_sys::Date::new(&(ms as f64).into())
}
