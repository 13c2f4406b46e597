//! Answers to whoever was sent a link, read value by value. Typed deserializers would bring tables of fractions and of every
//! script into a program that people wait for (docs/PERFORMANCE.md), to describe mistakes that nobody reads.

use serde::de::IgnoredAny;

/// A JSON object whose members are read by name; the rest of it is ignored.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a>(&'a str);

impl<'a> Object<'a> {
    /// Of a body that is JSON from its beginning to its end, and an object.
    pub(crate) fn of(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<IgnoredAny>(body).ok()?;
        Self::in_json(std::str::from_utf8(body).ok()?.trim_ascii())
    }

    fn in_json(written: &'a str) -> Option<Self> {
        let is_object = written.starts_with('{');
        is_object.then_some(Self(written))
    }

    /// A text; `None` if there is none.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        text(self.member(name)?)
    }

    /// A value that is written like its kind, such as a number or `true`. `None` inside if it is absent, outside if it is
    /// something else.
    pub(crate) fn plain<T: std::str::FromStr>(self, name: &str) -> Option<Option<T>> {
        match self.member(name) {
            None => Some(None),
            Some(written) => written.parse().ok().map(Some),
        }
    }

    /// What is said under a name: a text; of a list of issues, as validation failures are, the first one's message; of
    /// anything else nothing.
    pub(crate) fn said(self, name: &str) -> String {
        let mut at = self.member(name);
        for _ in 0..NESTED {
            at = match at {
                Some(list) if list.starts_with('[') => Parts::inside(list).next(),
                Some(object) if object.starts_with('{') => Self(object).member("message"),
                other => return other.and_then(text).unwrap_or_default(),
            };
        }
        String::new()
    }

    /// A value as it is written. `null` is absent.
    fn member(self, name: &str) -> Option<&'a str> {
        let mut parts = Parts::inside(self.0);
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            if unquoted(key) == Some(name) {
                return (value != "null").then_some(value);
            }
        }
        None
    }
}

/// The values of a list, or the keys and values of an object, as they are written in JSON that was checked.
struct Parts<'a>(&'a str);

impl<'a> Parts<'a> {
    fn inside(written: &'a str) -> Self {
        let end = written.len().saturating_sub(1);
        Self(written.get(1..end).unwrap_or_default())
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let separates = |c| matches!(c, ' ' | '\n' | '\r' | '\t' | ',' | ':');
        let rest = self.0.trim_start_matches(separates);
        let (part, rest) = rest.split_at_checked(length(rest))?;
        self.0 = rest;
        (!part.is_empty()).then(|| part.trim_ascii_end())
    }
}

/// How long the value is that JSON begins with.
fn length(json: &str) -> usize {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' if depth == 0 => return at,
            _ => {}
        }
    }
    json.len()
}

fn unquoted(written: &str) -> Option<&str> {
    written.strip_prefix('"')?.strip_suffix('"')
}

/// What a text means that was written with escapes.
fn text(written: &str) -> Option<String> {
    let mut rest = unquoted(written)?;
    let mut out = String::with_capacity(rest.len());
    while let Some((before, escaped)) = rest.split_once('\\') {
        out.push_str(before);
        let kind = escaped.chars().next()?;
        rest = escaped.get(kind.len_utf8()..)?;
        out.push(match kind {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = unit(&mut rest)?;
                match char::from_u32(u32::from(first)) {
                    Some(one) => one,
                    None => {
                        rest = rest.strip_prefix("\\u")?;
                        let pair = [first, unit(&mut rest)?];
                        char::decode_utf16(pair).next()?.ok()?
                    }
                }
            }
            itself => itself,
        });
    }
    out.push_str(rest);
    Some(out)
}

/// Four digits of an escape.
fn unit(rest: &mut &str) -> Option<u16> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u16::from_str_radix(digits, 16).ok()
}

/// How deep what is said may lie. No server goes deeper than two.
const NESTED: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Every way of writing that a JSON library knows gives what that library reads.
    #[test]
    fn members_are_read_as_a_library_reads_them() {
        let value = json!({
            "plain": "abc_-09", "empty": "", "": "no name",
            "escapes": "\" \\ / \u{8} \u{c} \n \r \t \u{1} é 潮 🐚 }{][,:",
            "list": [1, [2, {"message": "deep"}], "x"], "object": {"plain": "inner", "message": "of it"},
            "yes": true, "no": false, "nothing": null, "number": 17, "less": -1, "fraction": 1.5, "large": 4294967296_u64,
        });
        let escaped =
            r#"{"escapes": "\u0022 \\ \/ \b \f \n \r \t \u0001 \u00e9 \u6f6e \ud83d\udc1a }{][,:"}"#;
        for written in [
            value.to_string(),
            serde_json::to_string_pretty(&value).unwrap_or_default(),
            escaped.to_owned(),
        ] {
            let body = format!(" {written}\n");
            let object = Object::of(body.as_bytes()).expect("an object");
            let read: Value = serde_json::from_str(&written).expect("JSON");
            for name in [
                "plain", "empty", "", "escapes", "list", "yes", "nothing", "number", "absent",
            ] {
                assert_eq!(
                    object.text(name).as_deref(),
                    read[name].as_str(),
                    "{name} of {written}"
                );
            }
        }
        let written = value.to_string();
        let object = Object::of(written.as_bytes()).expect("an object");
        assert_eq!(object.plain::<u32>("number"), Some(Some(17)));
        assert_eq!(object.plain::<bool>("yes"), Some(Some(true)));
        assert_eq!(object.plain::<bool>("no"), Some(Some(false)));
        for absent in ["nothing", "absent", "inner"] {
            assert_eq!(object.plain::<u32>(absent), Some(None), "{absent}");
        }
        for other in ["less", "fraction", "large", "plain", "list", "object"] {
            assert_eq!(object.plain::<u32>(other), None, "{other}");
        }
        assert_eq!(object.said("list"), "");
        assert_eq!(object.said("object"), "of it");
    }

    #[test]
    fn what_is_no_object_all_through_is_not_read() {
        for body in [
            "",
            "null",
            "[]",
            "\"{}\"",
            "{",
            "{}}",
            "{\"a\":1,}",
            "{} {}",
            "<html>",
        ] {
            assert!(Object::of(body.as_bytes()).is_none(), "{body}");
        }
        assert!(Object::of(b"{\"a\":\"\xff\"}").is_none());
        assert!(Object::of(b" {} ").is_some());
        for half in [
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ud83dx"}"#,
            r#"{"a":"\udc1a\ud83d"}"#,
        ] {
            assert_eq!(
                Object::of(half.as_bytes()).and_then(|object| object.text("a")),
                None,
                "{half}"
            );
        }
    }

    #[test]
    fn nothing_is_followed_without_an_end() {
        let deep = format!("{{\"message\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
        let object = Object::of(deep.as_bytes()).map(|object| object.said("message"));
        assert!(object.is_none_or(|said| said.is_empty()));
    }
}
