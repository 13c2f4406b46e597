//! Paths and queries, percent-encoded as they are built.

use std::fmt;

/// A path below the server's origin with its query, already encoded.
///
/// Parts and values can hold anything a person typed: `part` and `query` encode every byte that RFC 3986 does not
/// call unreserved, so a name can neither add a path segment nor a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    has_query: bool,
}

impl Endpoint {
    /// Starts from a literal path such as `/api/v4/secrets`.
    #[must_use]
    pub fn new(path: &'static str) -> Self {
        Self {
            text: path.to_owned(),
            has_query: false,
        }
    }

    /// Appends a literal that needs no encoding, such as `/memberships`.
    #[must_use]
    pub fn then(mut self, literal: &'static str) -> Self {
        self.text.push_str(literal);
        self
    }

    /// Appends `/` and one encoded path segment.
    #[must_use]
    pub fn part(mut self, part: impl AsRef<str>) -> Self {
        self.text.push('/');
        encode(part.as_ref(), &mut self.text);
        self
    }

    /// Appends one query parameter.
    #[must_use]
    pub fn query(mut self, key: &'static str, value: impl AsRef<str>) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(key);
        self.text.push('=');
        encode(value.as_ref(), &mut self.text);
        self
    }

    /// Appends one query parameter if there is a value.
    #[must_use]
    pub fn query_some(self, key: &'static str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Appends a parameter spelled `true` or `false`, as the API wants its booleans.
    #[must_use]
    pub fn query_flag(self, key: &'static str, value: bool) -> Self {
        self.query(key, if value { "true" } else { "false" })
    }

    /// The encoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.text
    }
}

/// Encodes every byte but the unreserved ones of RFC 3986 section 2.3.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

const HEX: [u8; 16] = *b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place() {
        let built = Endpoint::new("/api/v4/secrets")
            .part("a/b?c#d é")
            .query("projectId", "1&2=3")
            .query_flag("recursive", true)
            .query_some("tagSlugs", None::<&str>);
        assert_eq!(
            built.as_str(),
            "/api/v4/secrets/a%2Fb%3Fc%23d%20%C3%A9?projectId=1%262%3D3&recursive=true"
        );
    }
}
