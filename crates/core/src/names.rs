//! Names and paths of secrets: validated before they are sealed, so that exactly these bytes are authenticated.
//!
//! A server may trim a name or compose its letters, and a person may not see all of it: a name that all of that leaves
//! alone cannot be aliased. Case is kept as it was typed: `a` and `A` are two names, and where a server folds them into
//! one, its rows no longer are what the log lists.

use core::fmt;
use std::sync::Arc;

use thiserror::Error;
use unicode_normalization::is_nfc;

/// Why a name or path was refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum NameError {
    /// A `:`, or a `/` where it separates nothing.
    #[error("a name cannot contain : or /")]
    BadCharacter,
    /// A path that is not absolute, or has an empty, `.` or `..` segment or a slash at its end.
    #[error("a path starts with / and has no empty parts")]
    BadPath,
    /// Nothing.
    #[error("a name cannot be empty")]
    Empty,
    /// A control character, one that changes the writing direction, or one that cannot be seen.
    #[error("a name cannot contain invisible characters")]
    Invisible,
    /// Not in Unicode normalisation form C.
    #[error("a name must use composed letters")]
    NotNormal,
    /// A space at the beginning or the end.
    #[error("a name cannot start or end with a space")]
    OuterSpace,
    /// More than 100 characters of a name or 500 of a path.
    #[error("a name has at most {MAX_NAME} characters")]
    TooLong,
}

/// The name of a secret, such as `DATABASE_URL`. Copies share the text.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SecretName(Arc<str>);

impl SecretName {
    /// Takes a name that passes every rule, and changes nothing about it.
    ///
    /// # Errors
    /// [`NameError`] names the rule.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check_segment(text)?;
        if text.contains(':') {
            return Err(NameError::BadCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder of a secret: `/`, or `/a/b`. Copies share the text.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SecretPath(Arc<str>);

impl SecretPath {
    /// Takes a path that passes every rule, and changes nothing about it.
    ///
    /// # Errors
    /// [`NameError`] names the rule.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let inner = text.strip_prefix('/').ok_or(NameError::BadPath)?;
        if !inner.is_empty() {
            for segment in inner.split('/') {
                if ["", ".", ".."].contains(&segment) {
                    return Err(NameError::BadPath);
                }
                check_segment(segment)?;
            }
        }
        if text.chars().count() > MAX_PATH {
            return Err(NameError::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// The root folder.
    pub fn root() -> Self {
        Self("/".into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether another path is this folder or below it.
    pub fn holds(&self, other: &Self) -> bool {
        match other.0.strip_prefix(&*self.0) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || &*self.0 == "/",
            None => false,
        }
    }

    /// Whether it is the reserved folder of Coffer's own rows, or below it. No secret lives there.
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.0)
    }
}

impl fmt::Display for SecretPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a path as a server gave it is the reserved folder or below it.
pub fn is_reserved(path: &str) -> bool {
    path.strip_prefix("/coffer")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a text is a folder name that a compatible server takes: letters, digits, `_` and `-`.
pub fn is_folder_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn check_segment(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().count() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    if text.trim() != text {
        return Err(NameError::OuterSpace);
    }
    if text.contains('/') {
        return Err(NameError::BadCharacter);
    }
    if text.chars().any(is_invisible) {
        return Err(NameError::Invisible);
    }
    if !is_nfc(text) {
        return Err(NameError::NotNormal);
    }
    Ok(())
}

/// Control characters, line and paragraph separators, what reorders or hides text, and what shows as nothing: fillers of
/// Hangul, the empty Braille cell, inherent vowels of Khmer, and selectors of variations.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The most characters of a name: what fits a URL of a compatible server.
pub const MAX_NAME: usize = 100;
/// The most characters of a path.
pub const MAX_PATH: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_a_server_could_alias_are_refused() {
        for (text, expected) in [
            ("", NameError::Empty),
            (" A", NameError::OuterSpace),
            ("A\u{a0}", NameError::OuterSpace),
            ("A\n", NameError::OuterSpace),
            ("A\tB", NameError::Invisible),
            ("A\u{202e}B", NameError::Invisible),
            ("A\u{200b}B", NameError::Invisible),
            ("cafe\u{301}", NameError::NotNormal),
            ("A/B", NameError::BadCharacter),
            ("A:B", NameError::BadCharacter),
        ] {
            assert_eq!(SecretName::parse(text), Err(expected), "{text:?}");
        }
        for hidden in [
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{17b5}',
            '\u{180b}',
            '\u{180f}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{e0100}',
            '\u{e01ef}',
        ] {
            let text = format!("A{hidden}B");
            assert_eq!(SecretName::parse(&text), Err(NameError::Invisible), "{hidden:?}");
        }
        assert_eq!(SecretName::parse(&"é".repeat(101)), Err(NameError::TooLong));
        for text in [
            "DATABASE_URL",
            "café",
            "a b",
            "é".repeat(100).as_str(),
            "日本語",
            "a.b-c",
        ] {
            assert_eq!(
                SecretName::parse(text).map(|name| name.to_string()).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn a_path_is_absolute_and_has_no_empty_or_dot_segments() {
        for text in ["/", "/a", "/a/b-c/d_e"] {
            assert!(SecretPath::parse(text).is_ok(), "{text}");
        }
        for text in ["", "a", "/a/", "//", "/a//b", "/.", "/a/../b", "/ a"] {
            assert!(SecretPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_reserved_folder_is_reserved() {
        for (path, reserved) in [
            ("/coffer", true),
            ("/coffer/log/0", true),
            ("/coffers", false),
            ("/a/coffer", false),
            ("/", false),
        ] {
            assert_eq!(is_reserved(path), reserved, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_taken_as_it_is_or_not_at_all(text in "\\PC{0,20}") {
            if let Ok(name) = SecretName::parse(&text) {
                prop_assert_eq!(name.as_str(), text.as_str());
            }
            let _ = SecretPath::parse(&text);
        }
    }
}
