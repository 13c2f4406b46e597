//! Ids and digests: public values that clients make themselves. None of them is a key.

use core::{fmt, str::FromStr};

use rand_core::CryptoRng;
use thiserror::Error;

use crate::words;

/// A text that is not an id of this kind.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not an id of this kind")]
pub struct IdError;

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError)
            }
        }

        /// Lower-case hexadecimal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        /// Reads lower-case hexadecimal, and nothing else.
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; $length];
                decode_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

macro_rules! random_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        bytes_type!($(#[$doc])* $name, 16);

        impl $name {
            /// Makes a new one.
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    )*};
}

random_id! {
    /// An account, made by its client at creation.
    AccountUid;
    /// A device, made at its first use.
    DeviceId;
    /// An environment, made by the client that declares it.
    EnvUid;
    /// A request for access.
    RequestId;
    /// A project's keyring, made with its genesis.
    RingUid;
    /// A secret, made at its creation; survives updates, renames and moves.
    SlotId;
}

bytes_type!(
    /// A key's id: the first 16 bytes of a hash over its algorithm and public key.
    Kid, 16
);
bytes_type!(
    /// An invite's public id, derived from its secret.
    InviteId, 16
);
bytes_type!(
    /// A share's id inside its AAD, derived from its link.
    ShareUid, 16
);
bytes_type!(
    /// A SHA-256 digest: the hash of a link, header, wrap or sealed text.
    Digest, 32
);

impl Digest {
    /// Stands for "nothing before this".
    pub const ZERO: Self = Self([0; 32]);

    /// Whether it stands for nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Eight words by which two people compare it (103 bits).
    pub fn words(&self) -> [&'static str; 8] {
        words::of_digest(self)
    }
}

fn decode_hex(text: &str, out: &mut [u8]) -> Result<(), IdError> {
    fn nibble(character: u8) -> Result<u8, IdError> {
        match character {
            b'0'..=b'9' => Ok(character - b'0'),
            b'a'..=b'f' => Ok(character - b'a' + 10),
            _ => Err(IdError),
        }
    }
    let text = text.as_bytes();
    if text.len() != out.len() * 2 {
        return Err(IdError);
    }
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn an_id_is_written_and_read_in_lower_case_hexadecimal_only() {
        let id = SlotId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse::<SlotId>().unwrap(), id);
        assert!("AB".repeat(16).parse::<SlotId>().is_err());
        assert!("ab".repeat(15).parse::<SlotId>().is_err());
        assert!("é".repeat(16).parse::<SlotId>().is_err());
    }
}
