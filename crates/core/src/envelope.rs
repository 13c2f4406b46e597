//! The outermost form of everything that a server keeps for us: `cf?1.` and base64url without padding.
//!
//! An encoding that is not canonical is refused, so one object has one text and a hash of the text names the object.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::{error::OpenError, hazmat, id::Digest, label::Label, pae};

/// The kinds of object, by prefix. docs/PROTOCOL.md has the same table with the fields of each.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// `cfa1.` an answer to a reverse share.
    Answer,
    /// `cfb1.` an account's bundle.
    Bundle,
    /// `cfd1.` a chunk of a log record's body.
    Chunk,
    /// `cfe1.` a header of an environment's log.
    Header,
    /// `cfg1.` a grant.
    Grant,
    /// `cfj1.` a request to join.
    Join,
    /// `cfk1.` a link of the keyring.
    Link,
    /// `cfl1.` what an account keeps on a device.
    Local,
    /// `cfm1.` something said about a request for access.
    Message,
    /// `cfp1.` a value that somebody proposes.
    Proposal,
    /// `cfq1.` a request for access.
    Request,
    /// `cfo1.` a change of one's own keys.
    Rotation,
    /// `cfh1.` a share.
    Share,
    /// `cfs1.` a slot.
    Slot,
    /// `cfr1.` a sealed value.
    Value,
    /// `cfw1.` a wrap of an environment key.
    Wrap,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Answer,
        Self::Bundle,
        Self::Chunk,
        Self::Header,
        Self::Grant,
        Self::Join,
        Self::Link,
        Self::Local,
        Self::Message,
        Self::Proposal,
        Self::Request,
        Self::Rotation,
        Self::Share,
        Self::Slot,
        Self::Value,
        Self::Wrap,
    ];

    /// The first five characters of such an object.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Answer => "cfa1.",
            Self::Bundle => "cfb1.",
            Self::Chunk => "cfd1.",
            Self::Header => "cfe1.",
            Self::Grant => "cfg1.",
            Self::Join => "cfj1.",
            Self::Link => "cfk1.",
            Self::Local => "cfl1.",
            Self::Message => "cfm1.",
            Self::Proposal => "cfp1.",
            Self::Request => "cfq1.",
            Self::Rotation => "cfo1.",
            Self::Share => "cfh1.",
            Self::Slot => "cfs1.",
            Self::Value => "cfr1.",
            Self::Wrap => "cfw1.",
        }
    }

    /// The most bytes that such an object may hold.
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Bundle | Self::Local => 8 << 20,
            Self::Chunk | Self::Grant => 288 << 10,
            Self::Header => 512 << 10,
            Self::Join | Self::Rotation | Self::Slot | Self::Wrap => 4 << 10,
            Self::Link => 512 << 10,
            Self::Answer | Self::Share => 7_496,
            Self::Proposal | Self::Request | Self::Value => 128 << 10,
            Self::Message => 16 << 10,
        }
    }
}

/// Writes `bytes` as an object of this kind.
pub fn encode(kind: Kind, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(5 + Base64UrlUnpadded::encoded_len(bytes));
    text.push_str(kind.prefix());
    text.push_str(&Base64UrlUnpadded::encode_string(bytes));
    text
}

/// Reads the bytes of an object of this kind.
///
/// # Errors
/// [`OpenError::UnknownEnvelope`] without the prefix, [`OpenError::TooLarge`] before anything is allocated, and
/// [`OpenError::Forged`] for an encoding that is not canonical.
pub fn decode(kind: Kind, text: &str) -> Result<Vec<u8>, OpenError> {
    let encoded = text
        .strip_prefix(kind.prefix())
        .ok_or(OpenError::UnknownEnvelope)?;
    if encoded.len() / 4 * 3 > kind.most_bytes() {
        return Err(OpenError::TooLarge);
    }
    Base64UrlUnpadded::decode_vec(encoded).map_err(|_| OpenError::Forged)
}

/// Whether `text` has the outer form of an object of this kind: its prefix and a canonical encoding.
pub fn is(kind: Kind, text: &str) -> bool {
    decode(kind, text).is_ok()
}

/// The hash by which the log names a sealed text.
pub fn ct_hash(text: &str) -> Digest {
    Digest::from_bytes(hazmat::sha256(&pae::labelled(Label::CT, &[text.as_bytes()])))
}

/// The hash of a signed object with its signature, or of a sealed one.
pub(crate) fn hash(label: Label, bytes: &[u8]) -> Digest {
    Digest::from_bytes(hazmat::sha256(&pae::labelled(label, &[bytes])))
}

/// Base64url without padding, for fields of links.
pub(crate) fn base64(bytes: &[u8]) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(Base64UrlUnpadded::encode_string(bytes))
}

/// Reads base64url without padding of exactly `N` bytes.
pub(crate) fn from_base64<const N: usize>(text: &str) -> Option<crate::secret::Secret<N>> {
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(Base64UrlUnpadded::decode_vec(text).ok()?);
    crate::secret::Secret::from_slice(&bytes)
}

/// Reads base64url without padding of any length.
pub(crate) fn decode_base64(text: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    Base64UrlUnpadded::decode_vec(text)
        .ok()
        .map(zeroize::Zeroizing::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_has_its_own_prefix() {
        let prefixes: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.prefix()).collect();
        assert_eq!(prefixes.len(), Kind::ALL.len());
    }

    #[test]
    fn only_the_canonical_encoding_is_read() {
        assert_eq!(decode(Kind::Value, "cfr1.AQ").unwrap(), [1]);
        for (text, expected) in [
            ("cfr1.AR", OpenError::Forged),
            ("cfr1.AQ==", OpenError::Forged),
            ("cfr1.A", OpenError::Forged),
            ("cfr1.AQ\n", OpenError::Forged),
            ("cfr1.+/8", OpenError::Forged),
            ("cfr0.AQ", OpenError::UnknownEnvelope),
            ("CFR1.AQ", OpenError::UnknownEnvelope),
            ("cfs1.AQ", OpenError::UnknownEnvelope),
            ("2.AQ", OpenError::UnknownEnvelope),
            ("AQ", OpenError::UnknownEnvelope),
            ("", OpenError::UnknownEnvelope),
        ] {
            assert_eq!(decode(Kind::Value, text), Err(expected), "{text:?}");
        }
        let huge = format!("cfs1.{}", "A".repeat(1 << 20));
        assert_eq!(decode(Kind::Slot, &huge), Err(OpenError::TooLarge));
    }

    proptest! {
        #[test]
        fn one_object_has_one_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = encode(Kind::Value, &bytes);
            prop_assert_eq!(decode(Kind::Value, &text).unwrap(), bytes);
        }

        #[test]
        fn decoding_never_panics(text in ".{0,80}") {
            for kind in Kind::ALL {
                let _ = decode(kind, &text);
            }
        }

        #[test]
        fn what_is_read_is_what_would_be_written(text in "cfr1\\.[A-Za-z0-9_-]{0,40}") {
            if let Ok(bytes) = decode(Kind::Value, &text) {
                prop_assert_eq!(encode(Kind::Value, &bytes), text);
            }
        }
    }
}
