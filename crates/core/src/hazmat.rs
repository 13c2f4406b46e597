//! The only file that names ciphers. Everything above it says *what* is sealed, here is *how* (docs/PROTOCOL.md §1).
//!
//! Nothing here decides formats, and nothing here is public outside the known-answer tests of this crate.
#![cfg_attr(feature = "known-answers", allow(missing_docs, clippy::missing_errors_doc))]

use aead_stream::{EncryptorBE32, NewStream as _, StreamBE32, StreamPrimitive as _};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{AeadInOut, Tag},
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{error::OpenError, secret::Secret};

// The states of the hashes, and with them those of HMAC, HKDF and Argon2, wipe themselves. That is a feature of each crate,
// and nothing else would notice its loss.
const _: () = {
    const fn wipes_itself<T: ZeroizeOnDrop>() {}
    wipes_itself::<Sha256>();
    wipes_itself::<blake2::Blake2bVarCore>();
};

/// The length of an XChaCha20-Poly1305 nonce.
pub const NONCE: usize = 24;
/// The length of a Poly1305 tag.
pub const TAG: usize = 16;
/// The length of an Ed25519 signature.
pub const SIGNATURE: usize = 64;
/// What a stream's nonces have in common: the other five bytes are the place and whether it is the last.
pub const STREAM_PREFIX: usize = NONCE - 5;

/// Seals `plaintext` in place and appends the tag.
pub fn seal(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], mut plaintext: Vec<u8>) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let result = cipher.encrypt_inout_detached(&XNonce::from(*nonce), aad, plaintext.as_mut_slice().into());
    match result {
        Ok(tag) => plaintext.extend_from_slice(&tag),
        // Only a plaintext of 256 GiB gets here. Nothing of it may leave.
        Err(_) => plaintext.zeroize(),
    }
    plaintext
}

/// Opens `sealed`, a ciphertext and its tag.
pub fn open(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (ciphertext, tag) = sealed.split_last_chunk::<TAG>().ok_or(OpenError::Forged)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            aad,
            plaintext.as_mut_slice().into(),
            &Tag::<XChaCha20Poly1305>::from(*tag),
        )
        .map_err(|_| OpenError::Forged)?;
    Ok(plaintext)
}

/// STREAM (Hoang, Reyhanitabar, Rogaway and Vizár 2015) with a 32-bit counter: seals piece after piece, each place once.
pub struct StreamSealer(EncryptorBE32<XChaCha20Poly1305>);

impl StreamSealer {
    /// Begins a stream. A key and a prefix begin one stream only.
    pub fn new(key: &[u8; 32], prefix: &[u8; STREAM_PREFIX]) -> Self {
        Self(EncryptorBE32::new(key.into(), prefix.into()))
    }

    /// Seals in place, and appends the tag.
    pub fn seal_next(&mut self, aad: &[u8], mut piece: Vec<u8>) -> Vec<u8> {
        if self.0.encrypt_next_in_place(aad, &mut piece).is_err() {
            // Only after 2³² pieces. Nothing of it may leave.
            piece.zeroize();
        }
        piece
    }

    /// Seals the end.
    pub fn seal_last(self, aad: &[u8], mut piece: Vec<u8>) -> Vec<u8> {
        if self.0.encrypt_last_in_place(aad, &mut piece).is_err() {
            piece.zeroize();
        }
        piece
    }
}

/// Opens the pieces of a stream, at the place that is asked for.
pub struct StreamOpener(StreamBE32<XChaCha20Poly1305>);

impl StreamOpener {
    /// Of the stream that was begun with the same key and prefix.
    pub fn new(key: &[u8; 32], prefix: &[u8; STREAM_PREFIX]) -> Self {
        Self(StreamBE32::new(key.into(), prefix.into()))
    }

    /// Opens a piece as the one at `place`, and as the last one or not.
    pub fn open(
        &self,
        place: u32,
        is_last: bool,
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut piece = Zeroizing::new(sealed.to_vec());
        self.0
            .decrypt_in_place(place, is_last, aad, &mut *piece)
            .map_err(|_| OpenError::Forged)?;
        Ok(piece)
    }
}

/// HKDF-SHA256 with `salt` (empty where the protocol names none).
pub fn hkdf(ikm: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) {
    let prk = hkdf_extract(ikm, salt);
    hkdf_expand(prk.bytes(), info, out);
}

/// The first half of HKDF: worth keeping where many keys come from one root.
pub(crate) fn hkdf_extract(ikm: &[u8], salt: &[u8]) -> Secret<32> {
    let (mut prk, _) = Hkdf::<Sha256>::extract(Some(salt), ikm);
    let secret = Secret::filled(|bytes| bytes.copy_from_slice(&prk));
    prk.as_mut_slice().zeroize();
    secret
}

/// The second half of HKDF. `out` is at most 64 bytes everywhere in this protocol.
pub fn hkdf_expand(prk: &[u8; 32], info: &[u8], out: &mut [u8]) {
    let expanded = Hkdf::<Sha256>::from_prk(prk).map(|hkdf| hkdf.expand(info, out));
    debug_assert!(
        matches!(expanded, Ok(Ok(()))),
        "a 32-byte key and at most 8,160 bytes of output"
    );
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// HMAC-SHA-256: the first half of HKDF is nothing else (RFC 5869 §2.2).
pub fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    *hkdf_extract(message, key).bytes()
}

/// Argon2id version 0x13 with 32 bytes of output, or `None` where the memory cannot be had.
pub fn argon2id(
    password: &[u8],
    salt: &[u8; 16],
    kibibytes: u32,
    passes: u32,
    lanes: u32,
    out: &mut [u8; 32],
) -> Option<()> {
    let params = Params::new(kibibytes, passes, lanes, Some(32)).ok()?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, out)
        .ok()
}

/// Whether two byte strings are equal, in a time that does not depend on where they differ.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// The Ed25519 public key of a seed.
pub fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs `message`.
pub fn ed25519_sign(seed: &[u8; 32], message: &[u8]) -> [u8; SIGNATURE] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Checks a signature strictly: no small-order keys, no malleable signatures.
pub fn ed25519_verify(
    public: &[u8; 32],
    message: &[u8],
    signature: &[u8; SIGNATURE],
) -> Result<(), OpenError> {
    VerifyingKey::from_bytes(public)
        .and_then(|key| key.verify_strict(message, &Signature::from_bytes(signature)))
        .map_err(|_| OpenError::Forged)
}

/// The X25519 key pair of a seed, by HPKE's `DeriveKeyPair`.
pub(crate) fn hpke_derive(seed: &[u8; 32]) -> (Secret<32>, [u8; 32]) {
    let (private, public) = X25519HkdfSha256::derive_keypair(seed);
    let mut bytes = private.to_bytes();
    let secret = Secret::filled(|own| own.copy_from_slice(&bytes));
    bytes.as_mut_slice().zeroize();
    (secret, public.to_bytes().into())
}

/// A pre-shared key and its id, for HPKE's `mode_psk`.
pub type Psk<'a> = Option<(&'a [u8], &'a [u8])>;

/// Seals to an X25519 public key: the encapsulated key and the ciphertext.
pub fn hpke_seal(
    public: &[u8; 32],
    psk: Psk<'_>,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; 32], Vec<u8>), OpenError> {
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public).map_err(|_| OpenError::Forged)?;
    let mode = match psk {
        None => OpModeS::Base,
        Some((key, id)) => OpModeS::Psk(PskBundle::new(key, id).map_err(|_| OpenError::Forged)?),
    };
    let (encapsulated, ciphertext) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &mode, &public, info, plaintext, aad, rng,
        )
        .map_err(|_| OpenError::Forged)?;
    Ok((encapsulated.to_bytes().into(), ciphertext))
}

/// Opens what [`hpke_seal`] made.
pub fn hpke_open(
    private: &[u8; 32],
    psk: Psk<'_>,
    encapsulated: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let private =
        <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private).map_err(|_| OpenError::Forged)?;
    let encapsulated =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| OpenError::Forged)?;
    let mode = match psk {
        None => OpModeR::Base,
        Some((key, id)) => OpModeR::Psk(PskBundle::new(key, id).map_err(|_| OpenError::Forged)?),
    };
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &mode,
        &private,
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| OpenError::Forged)
}
