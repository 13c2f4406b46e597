//! Passphrases: what a person types, normalised once and wiped after use.

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{hazmat, words};

/// A passphrase that a person chose is too short.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a passphrase needs at least {MIN_CHARACTERS} characters")]
pub struct TooShort;

/// A passphrase in NFKC, so that keyboards which compose letters differently agree.
///
/// Every text takes the same path to a key: there is none by which 32 bytes, hexadecimal or base64 would be taken as
/// a key themselves.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes what a person typed to open something that exists. No rule applies.
    pub fn typed(text: &str) -> Self {
        // At most four bytes per character survive NFKC of one character times 18; growing would leave copies.
        let mut normal = Zeroizing::new(String::with_capacity(text.len() * 18));
        normal.extend(text.nfkc());
        Self(normal)
    }

    /// The same of a text that is in NFKC already. A browser normalises by itself: what runs there need not bring the
    /// tables of Unicode, which are larger than the rest of a small program.
    pub fn normal(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Takes what a person chose for something new.
    ///
    /// # Errors
    /// [`TooShort`] below twelve characters.
    pub fn chosen(text: &str) -> Result<Self, TooShort> {
        let passphrase = Self::typed(text);
        passphrase.check_length()?;
        Ok(passphrase)
    }

    /// Whether it is long enough for something new.
    ///
    /// # Errors
    /// [`TooShort`] below twelve characters.
    pub fn check_length(&self) -> Result<(), TooShort> {
        if self.0.chars().count() < MIN_CHARACTERS {
            return Err(TooShort);
        }
        Ok(())
    }

    /// Draws six words of the EFF long list: 77 bits.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(words::draw(6, rng))
    }

    /// The text, to show to the person who is to keep it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether two passphrases are the same, in a time that does not depend on where they differ.
    pub fn is(&self, other: &Self) -> bool {
        hazmat::equal(self.0.as_bytes(), other.0.as_bytes())
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Wipes the text where it lies.
impl Zeroize for Passphrase {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Passphrase {}

/// A copy of one's own, wiped like the first: an action of the app keeps its input while it runs.
impl Clone for Passphrase {
    fn clone(&self) -> Self {
        Self(Zeroizing::new(self.0.as_str().to_owned()))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// The fewest characters of a passphrase that a person chooses.
pub const MIN_CHARACTERS: usize = 12;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_are_one_passphrase() {
        assert_eq!(Passphrase::typed("cafe\u{301}").expose(), "café");
        assert_eq!(Passphrase::typed("ﬁ①").expose(), "fi1");
        assert!(Passphrase::typed("cafe\u{301}").is(&Passphrase::typed("café")));
        assert!(!Passphrase::typed("cafe").is(&Passphrase::typed("café")));
    }

    #[test]
    fn twelve_characters_are_enough_and_eleven_are_not() {
        assert!(Passphrase::chosen("éééééééééééé").is_ok());
        assert_eq!(Passphrase::chosen("abcdefghijk").unwrap_err(), TooShort);
    }

    #[test]
    fn a_generated_passphrase_has_six_words() {
        let mut rng = crate::testing::rng(1);
        let passphrase = Passphrase::generate(&mut rng);
        assert_eq!(passphrase.expose().split(' ').count(), 6);
        assert!(Passphrase::chosen(passphrase.expose()).is_ok());
    }

    #[test]
    fn it_says_nothing() {
        assert_eq!(format!("{:?}", Passphrase::typed("hunter2")), "Passphrase(…)");
    }
}
