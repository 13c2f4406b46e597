//! Machine tokens: the one text by which a program is a member of a project (docs/PROTOCOL.md §14).
//!
//! Its seed gives the machine's keys, and it names the project by its genesis, so that no program ever believes the
//! first answer that it gets. It is none of the objects that a server keeps, and does not begin as they do.

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    account::LocalKey,
    envelope, hazmat,
    id::{DeviceId, Digest},
    identity::Identity,
    invite::is_version,
    kdf,
    label::Label,
    pae,
    secret::Secret,
};

/// Why a machine token was not understood.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MachineTokenError {
    /// A part of it is missing, or there is more than belongs to it.
    #[error("this machine token is not whole: copy all of it")]
    Incomplete,
    /// All of it is there, and something in it is another character.
    #[error("this machine token has a typing mistake in it")]
    Mistyped,
    /// It does not begin as one.
    #[error("this is no machine token: one begins with coffer-machine-v1.")]
    NotAToken,
    /// It was made by a newer version.
    #[error("this machine token was made by a newer version of Coffer")]
    Unsupported,
}

/// What makes a program a member of one project: 32 random bytes, and which project it is.
pub struct MachineToken {
    seed: Secret<32>,
    genesis: [u8; 16],
}

impl MachineToken {
    /// Makes one for the project of this genesis.
    pub fn generate(genesis: &Digest, rng: &mut impl CryptoRng) -> Self {
        Self {
            seed: Secret::random(rng),
            genesis: start_of(genesis),
        }
    }

    /// Reads one, with or without white space around it.
    ///
    /// # Errors
    /// [`MachineTokenError`], before anything is asked of a server.
    pub fn parse(text: &str) -> Result<Self, MachineTokenError> {
        let rest = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(MachineTokenError::NotAToken)?;
        let mut fields = rest.split('.');
        match fields.next() {
            Some("v1") => {}
            Some(version) if is_version(version) => return Err(MachineTokenError::Unsupported),
            _ => return Err(MachineTokenError::NotAToken),
        }
        let [Some(seed), Some(genesis), Some(check), None] = core::array::from_fn(|_| fields.next()) else {
            return Err(MachineTokenError::Incomplete);
        };
        if (seed.len(), genesis.len(), check.len()) != (43, 22, 6) {
            return Err(MachineTokenError::Incomplete);
        }
        let read = || {
            let genesis = envelope::from_base64::<16>(genesis)?;
            let token = Self {
                seed: envelope::from_base64(seed)?,
                genesis: *genesis.bytes(),
            };
            let check = envelope::from_base64::<4>(check)?;
            hazmat::equal(check.bytes(), &token.checksum()).then_some(token)
        };
        read().ok_or(MachineTokenError::Mistyped)
    }

    /// How it is written: `coffer-machine-v1.seed.genesis.check`, 91 characters.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(96));
        text.push_str(PREFIX);
        text.push_str("v1.");
        text.push_str(&envelope::base64(self.seed.bytes()));
        text.push('.');
        text.push_str(&envelope::base64(&self.genesis));
        text.push('.');
        text.push_str(&envelope::base64(&self.checksum()));
        text
    }

    /// Whether it is of the project of this genesis.
    pub fn is_of(&self, genesis: &Digest) -> bool {
        self.genesis == start_of(genesis)
    }

    /// The machine's keys.
    pub fn identity(&self) -> Identity {
        Identity::from_seeds(self.derive(Label::MACHINE_SIGN), self.derive(Label::MACHINE_KEM))
    }

    /// The key of what the machine keeps beside its token, such as how far it has seen the project's history.
    pub fn local_key(&self) -> LocalKey {
        let of = DeviceId::from_bytes(*self.identity().public().sign_kid().as_bytes());
        LocalKey::new(of, self.derive(Label::MACHINE_LOCAL))
    }

    fn derive(&self, label: Label) -> Secret<32> {
        kdf::derive(self.seed.bytes(), b"", label, &[])
    }

    fn checksum(&self) -> [u8; 4] {
        let pieces: [&[u8]; 2] = [self.seed.bytes(), &self.genesis];
        let hash = hazmat::sha256(&Zeroizing::new(pae::labelled(Label::MACHINE_CHECK, &pieces)));
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Debug for MachineToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MachineToken(…)")
    }
}

impl zeroize::ZeroizeOnDrop for MachineToken {}

/// Half of a genesis: 16 bytes, since 8 could be met by trying.
fn start_of(genesis: &Digest) -> [u8; 16] {
    let mut start = [0; 16];
    start.copy_from_slice(&genesis.as_bytes()[..16]);
    start
}

/// What no sealed object begins with, so that a token which lands in a secret's place does not pass for one.
const PREFIX: &str = "coffer-machine-";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing;
    use proptest::prelude::*;

    fn token() -> MachineToken {
        MachineToken::generate(&Digest::from_bytes([7; 32]), &mut testing::rng(1))
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_gives_the_same_keys() {
        let token = token();
        let text = token.to_text();
        assert_eq!(text.len(), 91);
        let read = MachineToken::parse(&format!(" {}\n", *text)).unwrap();
        assert_eq!(read.to_text(), text);
        assert_eq!(read.identity().public(), token.identity().public());
        let sealed = token.local_key().seal("pins", b"seen", &mut testing::rng(2));
        assert_eq!(
            read.local_key().open("pins", &sealed).unwrap().as_slice(),
            b"seen"
        );
        let other = MachineToken::generate(&Digest::from_bytes([7; 32]), &mut testing::rng(3));
        assert!(other.local_key().open("pins", &sealed).is_err());
        assert_ne!(other.identity().public(), token.identity().public());
    }

    #[test]
    fn a_token_names_its_project() {
        let mut near = [7; 32];
        near[15] = 8;
        assert!(token().is_of(&Digest::from_bytes([7; 32])));
        assert!(!token().is_of(&Digest::from_bytes(near)));
    }

    #[test]
    fn one_wrong_character_of_a_token_is_noticed() {
        let text = token().to_text();
        for position in 18..text.len() {
            for other in ["A", "b", "-", "\u{e9}"] {
                let mut typed = text.to_string();
                typed.replace_range(position..=position, other);
                let read = MachineToken::parse(&typed);
                assert!(typed == *text || read.is_err(), "{typed}");
            }
        }
    }

    #[test]
    fn a_token_says_what_is_wrong_with_it() {
        let text = token().to_text();
        let secret = text.split('.').nth(1).unwrap();
        let mut mistyped = text.to_string();
        let other = if secret.starts_with('A') { "B" } else { "A" };
        mistyped.replace_range(18..19, other);
        for (text, expected) in [
            ("", MachineTokenError::NotAToken),
            (secret, MachineTokenError::NotAToken),
            ("cfm1.AAAA", MachineTokenError::NotAToken),
            ("coffer-machine-", MachineTokenError::NotAToken),
            ("coffer-machine-v2.x", MachineTokenError::Unsupported),
            (&text[..text.len() - 1], MachineTokenError::Incomplete),
            (&text[..40], MachineTokenError::Incomplete),
            (&format!("{}.x", *text), MachineTokenError::Incomplete),
            (&mistyped, MachineTokenError::Mistyped),
        ] {
            assert_eq!(MachineToken::parse(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn a_token_is_no_object_and_says_nothing() {
        let token = token();
        for kind in envelope::Kind::ALL {
            assert!(!token.to_text().starts_with(kind.prefix()));
        }
        assert_eq!(format!("{token:?}"), "MachineToken(…)");
    }

    proptest! {
        #[test]
        fn reading_a_token_never_panics(text in "\\PC{0,100}") {
            let _ = MachineToken::parse(&text);
            let _ = MachineToken::parse(&format!("coffer-machine-v1.{text}"));
        }
    }
}
