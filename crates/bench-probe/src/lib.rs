//! What `cargo xtask bench` measures of the core inside a browser. Never shipped.
//!
//! Built with the flags and the profile of the app, so that what is measured is what people run. The loops are in here
//! and not in JavaScript because the app's own loops are in Rust too; [`Bare::seal_one`] is the same work paid call by
//! call across the boundary.

use std::convert::Infallible;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{AeadInOut, Tag},
};
use coffer_core::{
    environment::{EnvContext, EpochKey},
    id::{EnvUid, RingUid, SlotId},
    kdf::StretchJob,
    names::{SecretName, SecretPath},
    rand_core::{TryCryptoRng, TryRng},
    value::{SealedValue, SecretContent, ValueContext, open_value},
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Complete sealed values, as the server stores them: key derivation, padding, AAD, base64url and all.
#[wasm_bindgen]
pub struct Values {
    key: EpochKey,
    contents: Vec<(ValueContext, SecretContent)>,
    sealed: Vec<SealedValue>,
}

#[wasm_bindgen]
impl Values {
    /// `count` different secrets of `length` characters.
    ///
    /// # Errors
    /// Where a name is none.
    #[wasm_bindgen(constructor)]
    pub fn new(count: u32, length: usize) -> Result<Self, JsError> {
        let environment = EnvContext {
            ring: RingUid::from_bytes([1; 16]),
            env: EnvUid::from_bytes([2; 16]),
            epoch: 1,
        };
        let mut contents = Vec::with_capacity(count as usize);
        for number in 0..count {
            let mut slot = [0; 16];
            slot[..4].copy_from_slice(&number.to_be_bytes());
            let context = ValueContext {
                path: SecretPath::parse("/app/backend")?,
                name: SecretName::parse(&format!("SECRET_NUMBER_{number}"))?,
                slot: SlotId::from_bytes(slot),
                version: 1,
            };
            let letter = char::from(b'a' + (number % 26) as u8);
            contents.push((context, SecretContent::text(&letter.to_string().repeat(length))));
        }
        Ok(Self {
            key: EpochKey::generate(environment, &mut Browser),
            contents,
            sealed: Vec::new(),
        })
    }

    /// Seals every one of them; the characters that a server would store.
    ///
    /// # Errors
    /// Where one is too long.
    pub fn seal(&mut self) -> Result<usize, JsError> {
        self.sealed.clear();
        for (context, content) in &self.contents {
            self.sealed
                .push(SealedValue::seal(&self.key, context, content, &mut Browser)?);
        }
        Ok(self.sealed.iter().map(|sealed| sealed.as_str().len()).sum())
    }

    /// Opens every one of them; the bytes that were inside.
    ///
    /// # Errors
    /// Where one does not open.
    pub fn open(&self) -> Result<usize, JsError> {
        let mut total = 0;
        for ((context, _), sealed) in self.contents.iter().zip(&self.sealed) {
            total += open_value(sealed.as_str(), &self.key, context)?.value.len();
        }
        Ok(total)
    }
}

/// The cipher alone, called as the core calls it.
#[wasm_bindgen]
pub struct Bare {
    key: [u8; 32],
    plaintext: Vec<u8>,
    count: u32,
    sealed: Vec<Vec<u8>>,
}

#[wasm_bindgen]
impl Bare {
    /// `count` messages of `length` bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(count: u32, length: usize) -> Self {
        let mut key = [0; 32];
        Browser.fill(&mut key);
        Self {
            key,
            plaintext: vec![b'a'; length],
            count,
            sealed: Vec::new(),
        }
    }

    /// Seals all, each under a nonce that was chosen before and with 16 bytes of AAD; the bytes that came out.
    ///
    /// # Errors
    /// Where one is too long.
    pub fn seal(&mut self) -> Result<usize, JsError> {
        self.sealed.clear();
        for number in 0..self.count {
            let mut sealed = Vec::with_capacity(self.plaintext.len() + 16);
            sealed.extend_from_slice(&self.plaintext);
            let tag = XChaCha20Poly1305::new(&self.key.into()).encrypt_inout_detached(
                &nonce(number),
                AAD,
                sealed.as_mut_slice().into(),
            )?;
            sealed.extend_from_slice(&tag);
            self.sealed.push(sealed);
        }
        Ok(self.sealed.iter().map(Vec::len).sum())
    }

    /// Opens all; the bytes that were inside.
    ///
    /// # Errors
    /// Where one does not open.
    pub fn open(&self) -> Result<usize, JsError> {
        let mut total = 0;
        for (number, sealed) in (0..).zip(&self.sealed) {
            let Some((ciphertext, tag)) = sealed.split_last_chunk::<16>() else {
                continue;
            };
            let mut plaintext = ciphertext.to_vec();
            XChaCha20Poly1305::new(&self.key.into()).decrypt_inout_detached(
                &nonce(number),
                AAD,
                plaintext.as_mut_slice().into(),
                &Tag::<XChaCha20Poly1305>::from(*tag),
            )?;
            total += plaintext.len();
        }
        Ok(total)
    }

    /// Seals one message that JavaScript holds, and gives it back to JavaScript.
    ///
    /// # Errors
    /// Where it is too long.
    pub fn seal_one(&self, plaintext: &[u8], number: u32) -> Result<Vec<u8>, JsError> {
        let mut sealed = Vec::with_capacity(plaintext.len() + 16);
        sealed.extend_from_slice(plaintext);
        let tag = XChaCha20Poly1305::new(&self.key.into()).encrypt_inout_detached(
            &nonce(number),
            AAD,
            sealed.as_mut_slice().into(),
        )?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }
}

/// What the stretching worker computes, on this thread: for the time of the computation alone.
///
/// # Errors
/// Where the bytes are not a job, or there is no memory.
#[wasm_bindgen]
pub fn stretch(job: &[u8]) -> Result<Vec<u8>, JsError> {
    Ok(StretchJob::from_bytes(job)?.run()?.to_bytes().to_vec())
}

fn nonce(number: u32) -> XNonce {
    let mut nonce = [7; 24];
    nonce[..4].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}

/// The browser's randomness, asked for as the app asks for it.
struct Browser;

impl Browser {
    fn fill(&self, out: &mut [u8]) {
        // A browser without randomness cannot run the app; here it would only falsify a measurement.
        if getrandom::fill(out).is_err() {
            std::process::abort();
        }
    }
}

impl TryRng for Browser {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Browser {}

const AAD: &[u8] = b"sixteen bytes ok";
