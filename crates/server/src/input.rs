//! Reads bodies and queries field by field, and says what is wrong with all of them at once, in the words of the real
//! server's validator.

use std::cell::RefCell;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::Error;

/// A request's JSON body; an absent one is an empty object.
pub struct Body(Map<String, Value>);

/// A request's query; of repeated keys the last counts.
pub struct Params(Map<String, Value>);

impl Body {
    /// Reads fields and refuses the request if any was wrong.
    pub fn read<T>(&self, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, Error> {
        read_fields(&self.0, read)
    }
}

impl Params {
    /// Reads fields and refuses the request if any was wrong.
    pub fn read<T>(&self, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, Error> {
        read_fields(&self.0, read)
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                _ => Error::bad_request("The request body could not be read"),
            }
        })?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(_) => Err(Error::Invalid(vec![json!({
                "code": "invalid_type", "expected": "object", "received": "unknown", "path": [],
                "message": "Expected object",
            })])),
            Err(_) => Err(Error::bad_request("The request body is not valid JSON")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::bad_request("The query is not valid"))?;
        Ok(Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key, Value::String(value)))
                .collect(),
        ))
    }
}

/// The fields of an object.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: Vec<Value>,
    issues: &'a RefCell<Vec<Value>>,
}

impl<'a> Fields<'a> {
    /// A text that has to be there.
    pub fn text(&self, key: &str, length: std::ops::RangeInclusive<usize>) -> String {
        match self.map.get(key) {
            None => {
                self.wrong_type(key, "string", None);
                String::new()
            }
            Some(_) => self.maybe_text(key, length).unwrap_or_default(),
        }
    }

    /// A text that may be absent or null.
    pub fn maybe_text(&self, key: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
        let text = match self.map.get(key)? {
            Value::String(text) => text,
            Value::Null => return None,
            other => {
                self.wrong_type(key, "string", Some(other));
                return None;
            }
        };
        let characters = text.chars().count();
        if characters > *length.end() {
            let most = length.end();
            self.issue(json!({
                "code": "too_big", "maximum": most, "type": "string", "inclusive": true, "exact": false,
                "message": format!("String must contain at most {most} character(s)"), "path": self.path(key),
            }));
        } else if characters < *length.start() {
            let least = length.start();
            self.issue(json!({
                "code": "too_small", "minimum": least, "type": "string", "inclusive": true, "exact": false,
                "message": format!("String must contain at least {least} character(s)"), "path": self.path(key),
            }));
        }
        Some(text.clone())
    }

    /// A field that null empties: absent → `None`, null → `Some(None)`.
    pub fn nullable_text(
        &self,
        key: &str,
        length: std::ops::RangeInclusive<usize>,
    ) -> Option<Option<String>> {
        self.map.contains_key(key).then(|| self.maybe_text(key, length))
    }

    /// A number that null empties.
    pub fn nullable_number(&self, key: &str) -> Option<Option<f64>> {
        match self.map.get(key)? {
            Value::Null => Some(None),
            Value::Number(number) => Some(number.as_f64()),
            other => {
                self.wrong_type(key, "number", Some(other));
                None
            }
        }
    }

    /// A mail address in lower case.
    pub fn email(&self, key: &str) -> String {
        let email = self.text(key, 1..=320).trim().to_owned();
        if !email.is_empty() && !is_email(&email) {
            self.wrong(key, "invalid_string", "Invalid email");
        }
        email
    }

    /// A whole number within a range, from JSON or a query.
    pub fn number(&self, key: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.map.get(key)?;
        let number = match value {
            Value::Null => return None,
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if range.contains(&number) => Some(number),
            Some(number) => {
                let (code, message) = if number > *range.end() {
                    (
                        "too_big",
                        format!("Number must be less than or equal to {}", range.end()),
                    )
                } else {
                    (
                        "too_small",
                        format!("Number must be greater than or equal to {}", range.start()),
                    )
                };
                self.wrong(key, code, &message);
                None
            }
            None => {
                self.wrong_type(key, "number", Some(value));
                None
            }
        }
    }

    /// True or false, from JSON or as a word in a query.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.map.get(key)? {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            // One official client writes its language's own words, `True` and `False`.
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            other => {
                self.wrong_type(key, "boolean", Some(other));
                None
            }
        }
    }

    /// One of several words.
    pub fn choice(&self, key: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.maybe_text(key, 0..=usize::MAX)?;
        let found = words.iter().find(|word| **word == text);
        if found.is_none() {
            self.issue(json!({
                "code": "invalid_enum_value", "received": text, "options": words, "path": self.path(key),
                "message": format!("Invalid enum value. Expected {}, received '{text}'",
                    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" | ")),
            }));
        }
        found.copied()
    }

    /// An array of objects; `None` if absent.
    pub fn objects<T>(&self, key: &str, mut read: impl FnMut(&Fields<'_>) -> T) -> Option<Vec<T>> {
        let items = self.array(key)?;
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let mut at = self.at.clone();
            at.extend([json!(key), json!(index)]);
            match item {
                Value::Object(map) => objects.push(read(&Fields {
                    map,
                    at,
                    issues: self.issues,
                })),
                other => self.issue(json!({
                    "code": "invalid_type", "expected": "object", "received": type_of(other), "path": at,
                    "message": format!("Expected object, received {}", type_of(other)),
                })),
            }
        }
        Some(objects)
    }

    /// An object; `None` if absent.
    pub fn object<T>(&self, key: &str, read: impl FnOnce(&Fields<'_>) -> T) -> Option<T> {
        let mut at = self.at.clone();
        at.push(json!(key));
        match self.map.get(key)? {
            Value::Object(map) => Some(read(&Fields {
                map,
                at,
                issues: self.issues,
            })),
            Value::Null => None,
            other => {
                self.wrong_type(key, "object", Some(other));
                None
            }
        }
    }

    /// A value of a type that says itself what it takes; `None` if absent.
    pub fn parsed<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        T::deserialize(value)
            .map_err(|error| self.wrong(key, "custom", &error.to_string()))
            .ok()
    }

    /// An array of texts; empty if absent.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let Some(items) = self.array(key) else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| {
                if !item.is_string() {
                    self.wrong_type(key, "string", Some(item));
                }
                item.as_str().map(str::to_owned)
            })
            .collect()
    }

    /// Whether the field is there, `null` or not.
    pub fn is_given(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Whether the field is there.
    pub fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|value| !value.is_null())
    }

    /// Complains about a field in the validator's words.
    pub fn wrong(&self, key: &str, code: &str, message: &str) {
        self.issue(json!({ "code": code, "message": message, "path": self.path(key) }));
    }

    fn array(&self, key: &str) -> Option<&'a Vec<Value>> {
        match self.map.get(key)? {
            Value::Array(items) => Some(items),
            Value::Null => None,
            other => {
                self.wrong_type(key, "array", Some(other));
                None
            }
        }
    }

    fn wrong_type(&self, key: &str, expected: &str, received: Option<&Value>) {
        let received = received.map_or("undefined", type_of);
        let message = if received == "undefined" {
            "Required".to_owned()
        } else {
            format!("Expected {expected}, received {received}")
        };
        self.issue(json!({
            "code": "invalid_type", "expected": expected, "received": received, "path": self.path(key),
            "message": message,
        }));
    }

    fn issue(&self, issue: Value) {
        self.issues.borrow_mut().push(issue);
    }

    fn path(&self, key: &str) -> Vec<Value> {
        let mut path = self.at.clone();
        path.push(json!(key));
        path
    }
}

/// A slug: small letters and digits with inner hyphens.
pub fn is_slug(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    edge(text.as_bytes().first())
        && edge(text.as_bytes().last())
        && !text.contains("--")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Turns a name into a slug.
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for character in name.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A duration such as `30m`, `2h` or `7d`, in milliseconds.
pub fn duration(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim_start() {
        "" | "ms" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 604_800_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn read_fields<T>(map: &Map<String, Value>, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, Error> {
    let issues = RefCell::new(Vec::new());
    let found = read(&Fields {
        map,
        at: Vec::new(),
        issues: &issues,
    });
    let issues = issues.into_inner();
    if issues.is_empty() {
        Ok(found)
    } else {
        Err(Error::Invalid(issues))
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty()
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '@')
    };
    plain(name) && plain(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Number(_) => "number",
        Value::Object(_) => "object",
        Value::String(_) => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_told_from_other_texts() {
        for (text, slug) in [
            ("dev", true),
            ("q-a", true),
            ("Q A", false),
            ("-a", false),
            ("a--b", false),
            ("", false),
        ] {
            assert_eq!(is_slug(text), slug, "{text}");
        }
        assert_eq!(slugify("  Coffer Demo (2) "), "coffer-demo-2");
    }

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("30m", Some(1_800_000)),
            ("1h", Some(3_600_000)),
            ("7d", Some(604_800_000)),
            ("", None),
            ("1y", None),
        ] {
            assert_eq!(duration(text), millis, "{text}");
        }
    }
}
