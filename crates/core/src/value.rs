//! Sealed values: one secret with its comment and everything else about it, bound to its place and version.
//!
//! `cfr1.` and base64url of `01 ‖ epoch u32 ‖ slot_id16 ‖ version u64 ‖ nonce24 ‖ ct ‖ tag16` (docs/PROTOCOL.md §7).

use core::fmt;
use std::sync::Arc;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::EpochKey,
    error::OpenError,
    hazmat,
    id::{Digest, SlotId},
    label::Label,
    names::{SecretName, SecretPath},
    padme, pae,
    reader::{self, Piece, Reader},
};

/// Something is too long to be sealed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a value has at most 64 KiB")]
pub struct TooLong;

/// Where a value belongs, and which version of it: what a server may not change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueContext {
    /// The folder.
    pub path: SecretPath,
    /// The name.
    pub name: SecretName,
    /// The secret, through all renames.
    pub slot: SlotId,
    /// 1 at creation, one more with every write.
    pub version: u64,
}

/// What is sealed: a value and what is known about it. Wiped when dropped.
#[derive(Eq, PartialEq)]
pub struct SecretContent {
    /// The value: any bytes, text in nearly all cases.
    pub value: Zeroizing<Vec<u8>>,
    /// What is known about it.
    pub meta: Meta,
}

impl SecretContent {
    /// A text without anything known about it.
    pub fn text(value: &str) -> Self {
        Self {
            value: Zeroizing::new(value.as_bytes().to_vec()),
            meta: Meta::default(),
        }
    }

    /// A text with a comment.
    pub fn with_comment(value: &str, comment: &str) -> Self {
        let meta = Meta {
            comment: Zeroizing::new(comment.to_owned()),
            ..Meta::default()
        };
        Self {
            value: Zeroizing::new(value.as_bytes().to_vec()),
            meta,
        }
    }

    /// The value as text, or `None` where it is not UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        core::str::from_utf8(&self.value).ok()
    }
}

impl fmt::Debug for SecretContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretContent(…)")
    }
}

/// What is known about a value. All of it is sealed with it; the server's own comment and tag fields stay empty.
#[derive(Default, Eq, PartialEq)]
pub struct Meta {
    /// A comment.
    pub comment: Zeroizing<String>,
    /// What kind of secret it is, as people chose to call it.
    pub kind: Zeroizing<String>,
    /// Tags.
    pub tags: Vec<Zeroizing<String>>,
    /// Who looks after it.
    pub owner: Zeroizing<String>,
    /// When or how it should be replaced.
    pub rotation: Zeroizing<String>,
}

impl Meta {
    /// Nothing for nothing: a short secret without a comment stays below the floor of 64 bytes.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        if self.is_empty() {
            return Zeroizing::new(Vec::new());
        }
        let tags: Vec<&[u8]> = self.tags.iter().map(|tag| tag.as_bytes()).collect();
        let tags = Zeroizing::new(pae::encode(&tags));
        Zeroizing::new(pae::encode(&[
            self.comment.as_bytes(),
            self.kind.as_bytes(),
            &tags,
            self.owner.as_bytes(),
            self.rotation.as_bytes(),
        ]))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let text = |piece: &[u8]| String::read(piece).map(Zeroizing::new);
        let [comment, kind, tags, owner, rotation] = reader::fields(bytes)?;
        let meta = Self {
            comment: text(comment)?,
            kind: text(kind)?,
            tags: reader::list(tags, MAX_TAGS, text)?,
            owner: text(owner)?,
            rotation: text(rotation)?,
        };
        if meta.is_empty() {
            Err(OpenError::Forged)
        } else {
            Ok(meta)
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
            && [&self.comment, &self.kind, &self.owner, &self.rotation]
                .iter()
                .all(|text| text.is_empty())
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meta(…)")
    }
}

/// A sealed value as text, with its public fields understood. Nothing about it is believed before it is opened. Copies
/// share the text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedValue {
    text: Arc<str>,
    epoch: u32,
    slot: SlotId,
    version: u64,
}

impl SealedValue {
    /// Seals `content` for `context` under the keys of an epoch.
    ///
    /// # Errors
    /// [`TooLong`] above 64 KiB of value or 16 KiB of everything else.
    pub fn seal(
        key: &EpochKey,
        context: &ValueContext,
        content: &SecretContent,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, TooLong> {
        let meta = content.meta.to_bytes();
        if content.value.len() > MAX_VALUE || meta.len() > MAX_META || content.meta.tags.len() > MAX_TAGS {
            return Err(TooLong);
        }
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let epoch = key.context().epoch;
        let sealed = hazmat::seal(
            key.derive_value(&context.slot).bytes(),
            &nonce,
            &aad(key, context),
            lay_out(&content.value, &meta),
        );
        let mut bytes = Vec::with_capacity(HEADER + sealed.len());
        bytes.push(SUITE);
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(context.slot.as_ref());
        bytes.extend_from_slice(&context.version.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(Self {
            text: envelope::encode(Kind::Value, &bytes).into(),
            epoch,
            slot: context.slot,
            version: context.version,
        })
    }

    /// Reads the public fields.
    ///
    /// # Errors
    /// [`OpenError::UnknownEnvelope`] for anything that does not start like a sealed value; the others for one that
    /// does and cannot be one.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let (epoch, slot, version, _, _) = take_apart(&envelope::decode(Kind::Value, text)?)?;
        Ok(Self {
            text: text.into(),
            epoch,
            slot,
            version,
        })
    }

    /// Opens it at `context`.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn open(&self, key: &EpochKey, context: &ValueContext) -> Result<SecretContent, OpenError> {
        open_value(&self.text, key, context)
    }

    /// The text that a server stores.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same text, shared.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The hash by which the log names it.
    pub fn ct_hash(&self) -> Digest {
        envelope::ct_hash(&self.text)
    }

    /// The epoch under whose keys it claims to be sealed.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The secret that it claims to be.
    pub fn slot(&self) -> SlotId {
        self.slot
    }

    /// The version that it claims to be.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// Opens a sealed value as a server gave it, at `context`.
///
/// # Errors
/// [`OpenError::UnknownEnvelope`] and [`OpenError::UnknownSuite`] before a key is used, otherwise
/// [`OpenError::Forged`].
pub fn open_value(text: &str, key: &EpochKey, context: &ValueContext) -> Result<SecretContent, OpenError> {
    let bytes = envelope::decode(Kind::Value, text)?;
    let (epoch, slot, version, nonce, sealed) = take_apart(&bytes)?;
    if (epoch, slot, version) != (key.context().epoch, context.slot, context.version) {
        return Err(OpenError::Forged);
    }
    let plaintext = hazmat::open(
        key.derive_value(&slot).bytes(),
        &nonce,
        &aad(key, context),
        sealed,
    )?;
    let (value, meta) = read_layout(&plaintext)?;
    Ok(SecretContent {
        value: Zeroizing::new(value.to_vec()),
        meta: Meta::from_bytes(meta)?,
    })
}

type Parts<'a> = (u32, SlotId, u64, [u8; hazmat::NONCE], &'a [u8]);

fn take_apart(bytes: &[u8]) -> Result<Parts<'_>, OpenError> {
    let mut reader = Reader(bytes);
    reader.suite()?;
    let epoch = reader.u32()?;
    let slot = SlotId::from_bytes(reader.array()?);
    let version = reader.u64()?;
    let nonce = reader.array()?;
    if reader.0.len() < padme::FLOOR + hazmat::TAG {
        return Err(OpenError::Forged);
    }
    Ok((epoch, slot, version, nonce, reader.0))
}

fn aad(key: &EpochKey, context: &ValueContext) -> Vec<u8> {
    let environment = key.context();
    pae::labelled(
        Label::VALUE,
        &[
            &[SUITE],
            environment.ring.as_ref(),
            environment.env.as_ref(),
            &environment.epoch.to_be_bytes(),
            context.path.as_str().as_bytes(),
            context.name.as_str().as_bytes(),
            context.slot.as_ref(),
            &context.version.to_be_bytes(),
        ],
    )
}

/// `01 ‖ u32 len ‖ value ‖ u32 len ‖ meta ‖ zero padding`: the layout of values and shares. The caller seals it in place.
pub(crate) fn lay_out(value: &[u8], meta: &[u8]) -> Vec<u8> {
    let padded = padme::padded(9 + value.len() + meta.len());
    let mut plaintext = Vec::with_capacity(padded + hazmat::TAG);
    plaintext.push(LAYOUT);
    plaintext.extend_from_slice(&(value.len() as u32).to_be_bytes());
    plaintext.extend_from_slice(value);
    plaintext.extend_from_slice(&(meta.len() as u32).to_be_bytes());
    plaintext.extend_from_slice(meta);
    plaintext.resize(padded, 0);
    plaintext
}

/// Reads [`lay_out`] back. Called after the seal held, so every refusal is the same one.
pub(crate) fn read_layout(plaintext: &[u8]) -> Result<(&[u8], &[u8]), OpenError> {
    let mut reader = Reader(plaintext);
    if reader.u8()? != LAYOUT {
        return Err(OpenError::Forged);
    }
    let length = reader.u32()? as usize;
    let value = reader.take(length)?;
    let length = reader.u32()? as usize;
    let meta = reader.take(length)?;
    let canonical = plaintext.len() == padme::padded(9 + value.len() + meta.len());
    if canonical && reader.0.iter().all(|byte| *byte == 0) {
        Ok((value, meta))
    } else {
        Err(OpenError::Forged)
    }
}

/// The most bytes of a value.
pub const MAX_VALUE: usize = 64 << 10;
/// The most bytes of everything else about a secret, encoded.
pub const MAX_META: usize = 16 << 10;
/// The most tags.
pub const MAX_TAGS: usize = 100;
const LAYOUT: u8 = 1;
const HEADER: usize = 1 + 4 + 16 + 8 + hazmat::NONCE;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        environment::EnvContext,
        id::{EnvUid, RingUid},
        testing::{self, assert_every_change_is_refused},
    };
    use proptest::prelude::*;

    fn key(seed: u64, context: EnvContext) -> EpochKey {
        EpochKey::generate(context, &mut testing::rng(seed))
    }

    fn environment() -> EnvContext {
        EnvContext {
            ring: RingUid::from_bytes([1; 16]),
            env: EnvUid::from_bytes([2; 16]),
            epoch: 3,
        }
    }

    fn context() -> ValueContext {
        ValueContext {
            path: SecretPath::parse("/app").unwrap(),
            name: SecretName::parse("TOKEN").unwrap(),
            slot: SlotId::from_bytes([4; 16]),
            version: 5,
        }
    }

    #[test]
    fn a_short_secret_takes_178_characters_after_its_prefix() {
        let sealed = SealedValue::seal(
            &key(1, environment()),
            &context(),
            &SecretContent::text("x"),
            &mut testing::rng(2),
        )
        .unwrap();
        assert_eq!(sealed.as_str().len(), 5 + 178);
    }

    #[test]
    fn a_value_opens_at_its_place_and_version_only() {
        let key_one = key(1, environment());
        let sealed = SealedValue::seal(
            &key_one,
            &context(),
            &SecretContent::with_comment("s3cret", "for the demo"),
            &mut testing::rng(2),
        )
        .unwrap();
        let opened = sealed.open(&key_one, &context()).unwrap();
        assert_eq!(opened.as_text(), Some("s3cret"));
        assert_eq!(opened.meta.comment.as_str(), "for the demo");
        let elsewhere = [
            ValueContext {
                path: SecretPath::root(),
                ..context()
            },
            ValueContext {
                name: SecretName::parse("TOKEN2").unwrap(),
                ..context()
            },
            ValueContext {
                slot: SlotId::from_bytes([5; 16]),
                ..context()
            },
            ValueContext {
                version: 4,
                ..context()
            },
        ];
        for wrong in elsewhere {
            assert_eq!(
                sealed.open(&key_one, &wrong).unwrap_err(),
                OpenError::Forged,
                "{wrong:?}"
            );
        }
        let environments = [
            EnvContext {
                ring: RingUid::from_bytes([9; 16]),
                ..environment()
            },
            EnvContext {
                env: EnvUid::from_bytes([9; 16]),
                ..environment()
            },
            EnvContext {
                epoch: 4,
                ..environment()
            },
        ];
        for wrong in environments {
            assert_eq!(
                sealed.open(&key(1, wrong), &context()).unwrap_err(),
                OpenError::Forged,
                "{wrong:?}"
            );
        }
        assert_eq!(
            sealed.open(&key(7, environment()), &context()).unwrap_err(),
            OpenError::Forged
        );
    }

    #[test]
    fn every_changed_bit_and_every_truncation_is_one_error() {
        let key = key(1, environment());
        let sealed =
            SealedValue::seal(&key, &context(), &SecretContent::text("x"), &mut testing::rng(2)).unwrap();
        assert_every_change_is_refused(Kind::Value, sealed.as_str(), 1, |text| {
            open_value(text, &key, &context())
        });
    }

    #[test]
    fn what_is_not_ours_is_refused_before_a_key_is_used() {
        let key = key(1, environment());
        for text in [
            "hunter2",
            "",
            "cfr0.AQAA",
            "2.AAAA|BBBB",
            "<hidden-by-infisical>",
            "AQAA",
        ] {
            assert_eq!(
                open_value(text, &key, &context()).unwrap_err(),
                OpenError::UnknownEnvelope,
                "{text}"
            );
        }
        assert_eq!(
            open_value("cfr1.Ag", &key, &context()).unwrap_err(),
            OpenError::UnknownSuite
        );
    }

    #[test]
    fn what_is_too_long_is_neither_sealed_nor_read() {
        let key = key(1, environment());
        let content = |length| SecretContent::text(&"a".repeat(length));
        let sealed = SealedValue::seal(&key, &context(), &content(MAX_VALUE), &mut testing::rng(2)).unwrap();
        assert_eq!(sealed.open(&key, &context()).unwrap().value.len(), MAX_VALUE);
        assert!(SealedValue::seal(&key, &context(), &content(MAX_VALUE + 1), &mut testing::rng(2)).is_err());
        let huge = format!("cfr1.{}", "A".repeat(1 << 20));
        assert_eq!(SealedValue::parse(&huge), Err(OpenError::TooLarge));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_sealed_is_opened(
            value in proptest::collection::vec(any::<u8>(), 0..3000),
            comment in "\\PC{0,50}",
            tags in proptest::collection::vec("\\PC{0,10}", 0..4),
            seed in any::<u64>(),
        ) {
            let key = key(seed, environment());
            let meta = Meta {
                comment: Zeroizing::new(comment.clone()),
                tags: tags.iter().cloned().map(Zeroizing::new).collect(),
                ..Meta::default()
            };
            let content = SecretContent { value: Zeroizing::new(value.clone()), meta };
            let sealed = SealedValue::seal(&key, &context(), &content, &mut testing::rng(seed)).unwrap();
            prop_assert_eq!(&SealedValue::parse(sealed.as_str()).unwrap(), &sealed);
            let opened = sealed.open(&key, &context()).unwrap();
            prop_assert_eq!(opened.value.as_slice(), value.as_slice());
            prop_assert_eq!(opened.meta.comment.as_str(), comment);
            prop_assert_eq!(opened.meta.tags.len(), tags.len());
        }

        #[test]
        fn parsing_never_panics(text in "(cfr1\\.)?[A-Za-z0-9_-]{0,300}") {
            let _ = SealedValue::parse(&text);
            let _ = open_value(&text, &key(1, environment()), &context());
        }

        #[test]
        fn reading_a_layout_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = read_layout(&bytes);
            let _ = Meta::from_bytes(&bytes);
        }
    }
}
