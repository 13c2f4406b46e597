//! An account's root: two secrets that open it, and the slots that hold its master key.
//!
//! A passphrase alone opens nothing and can be guessed by nobody without the 128 bits of the Account Key; the Account
//! Key alone opens nothing either (docs/PROTOCOL.md §3 and §4).

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    error::OpenError,
    hazmat,
    id::{AccountUid, DeviceId},
    kdf::{self, KdfProfile, StretchJob, Stretched},
    label::Label,
    pae,
    passphrase::Passphrase,
    reader::Reader,
    secret::{Secret, key_type},
};

/// A written Account Key that cannot be one: mistyped, cut off, or something else.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("this is not an Account Key: check it for a typing mistake")]
pub struct NotAnAccountKey;

key_type!(
    /// The Account Key: 128 random bits in the emergency kit and on the account's devices, the second secret.
    AccountKey, 16
);

impl AccountKey {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// How it is printed: `CFA1-` and eight groups of four characters, checksum included.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 20]);
        bytes[..16].copy_from_slice(self.0.bytes());
        bytes[16..].copy_from_slice(&self.checksum());
        let mut text = Zeroizing::new(String::with_capacity(KEY_PREFIX.len() + 40));
        text.push_str(KEY_PREFIX);
        for (index, group) in bytes.chunks_exact(5).enumerate() {
            let bits = group
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for position in 0..8 {
                if position % 4 == 0 && (index, position) != (0, 0) {
                    text.push('-');
                }
                text.push(char::from(ALPHABET[(bits >> (35 - 5 * position) & 31) as usize]));
            }
        }
        text
    }

    /// Reads what a person copied from paper: case, spaces, hyphens, and the usual O for 0, I and L for 1 are forgiven.
    ///
    /// # Errors
    /// [`NotAnAccountKey`].
    pub fn from_text(text: &str) -> Result<Self, NotAnAccountKey> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(text.len()));
        symbols.extend(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .map(|c| c.to_ascii_uppercase()),
        );
        let rest = symbols
            .strip_prefix(['C', 'F', 'A', '1'].as_slice())
            .ok_or(NotAnAccountKey)?;
        if rest.len() != 32 {
            return Err(NotAnAccountKey);
        }
        let mut bytes = Zeroizing::new([0; 20]);
        for (group, out) in rest.chunks_exact(8).zip(bytes.chunks_exact_mut(5)) {
            let mut bits = 0_u64;
            for symbol in group {
                let symbol = match symbol {
                    'O' => '0',
                    'I' | 'L' => '1',
                    other => *other,
                };
                let value = ALPHABET
                    .iter()
                    .position(|c| char::from(*c) == symbol)
                    .ok_or(NotAnAccountKey)?;
                bits = bits << 5 | value as u64;
            }
            out.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        let key = Self(Secret::from_slice(&bytes[..16]).ok_or(NotAnAccountKey)?);
        if hazmat::equal(&key.checksum(), &bytes[16..]) {
            Ok(key)
        } else {
            Err(NotAnAccountKey)
        }
    }

    /// The job that stretches this account's passphrase. Its salt comes from the Account Key, never from a server.
    pub fn stretch_job(
        &self,
        passphrase: &Passphrase,
        account: &AccountUid,
        profile: KdfProfile,
    ) -> StretchJob {
        let salt = kdf::derive::<16>(
            self.0.bytes(),
            b"",
            Label::SALT,
            &[account.as_ref(), &GENERATION.to_be_bytes()],
        );
        StretchJob::new(passphrase, *salt.bytes(), profile)
    }

    fn checksum(&self) -> [u8; 4] {
        let hash = hazmat::sha256(&pae::labelled(Label::ACCOUNT_KEY_CHECK, &[self.0.bytes()]));
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

key_type!(
    /// The recovery code: 256 random bits on a sheet of their own, with a slot of their own.
    RecoveryCode, 32
);

impl RecoveryCode {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// How it is written: 43 characters of base64url.
    pub fn to_text(&self) -> Zeroizing<String> {
        envelope::base64(self.0.bytes())
    }

    /// Reads one, or `None` where it cannot be one.
    pub fn from_text(text: &str) -> Option<Self> {
        envelope::from_base64(text).map(Self)
    }
}

/// The password under which our own server knows an account: 43 characters that tell nothing about the passphrase.
pub struct LoginPassword(Zeroizing<String>);

impl LoginPassword {
    /// Derives it for the server at `origin`, the canonical lower-case origin of the API as the kit records it.
    pub fn derive(stretched: &Stretched, key: &AccountKey, origin: &str, account: &AccountUid) -> Self {
        Self::from_secret(&kdf::derive(
            stretched.bytes(),
            key.0.bytes(),
            Label::LOGIN,
            &[origin.as_bytes(), account.as_ref()],
        ))
    }

    /// Derives the second one, for the recovery code.
    pub fn derive_recovery(code: &RecoveryCode, origin: &str, account: &AccountUid) -> Self {
        Self::from_secret(&kdf::derive(
            code.0.bytes(),
            b"",
            Label::LOGIN_RECOVERY,
            &[origin.as_bytes(), account.as_ref()],
        ))
    }

    fn from_secret(secret: &Secret<32>) -> Self {
        Self(envelope::base64(secret.bytes()))
    }

    /// The text, to send it to that server and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginPassword(…)")
    }
}

impl zeroize::ZeroizeOnDrop for LoginPassword {}

key_type!(
    /// The account's master key (AMK): random, and the root of everything the account keeps for itself.
    MasterKey, 32
);

impl MasterKey {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The key of what this account keeps on `device`.
    pub fn derive_local(&self, device: &DeviceId) -> LocalKey {
        let key = kdf::derive(self.0.bytes(), b"", Label::ACCOUNT_LOCAL, &[device.as_ref()]);
        LocalKey::new(*device, key)
    }
}

/// The key that seals an account's cache on one device (`K_local`), or what a machine keeps.
pub struct LocalKey {
    device: DeviceId,
    key: Secret<32>,
}

impl LocalKey {
    pub(crate) fn new(device: DeviceId, key: Secret<32>) -> Self {
        Self { device, key }
    }

    /// Seals `content` as the record `name` of this device.
    pub fn seal(&self, name: &str, content: &[u8], rng: &mut impl CryptoRng) -> String {
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let mut bytes = vec![SUITE];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&hazmat::seal(
            self.key.bytes(),
            &nonce,
            &self.aad(name),
            content.to_vec(),
        ));
        envelope::encode(Kind::Local, &bytes)
    }

    /// Opens the record `name` of this device.
    ///
    /// # Errors
    /// [`OpenError`]; treat it as a lost cache.
    pub fn open(&self, name: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let bytes = envelope::decode(Kind::Local, text)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        let nonce = reader.array()?;
        hazmat::open(self.key.bytes(), &nonce, &self.aad(name), reader.0)
    }

    fn aad(&self, name: &str) -> Vec<u8> {
        pae::labelled(Label::LOCAL, &[&[SUITE], self.device.as_ref(), name.as_bytes()])
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey(…)")
    }
}

impl zeroize::ZeroizeOnDrop for LocalKey {}

/// Who opens a slot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SlotKind {
    /// Passphrase and Account Key.
    Passphrase(KdfProfile),
    /// The recovery code.
    Recovery,
    /// A passkey's PRF output.
    Prf,
}

impl SlotKind {
    const fn bytes(self) -> [u8; 2] {
        match self {
            Self::Passphrase(profile) => [1, profile.number()],
            Self::Recovery => [2, 0],
            Self::Prf => [3, 0],
        }
    }

    fn from_bytes(kind: u8, profile: u8) -> Result<Self, OpenError> {
        match (kind, profile) {
            (1, profile) => KdfProfile::from_number(profile).map(Self::Passphrase),
            (2, 0) => Ok(Self::Recovery),
            (3, 0) => Ok(Self::Prf),
            (2 | 3, _) => Err(OpenError::UnknownKdfProfile),
            _ => Err(OpenError::UnknownKind),
        }
    }
}

/// What opens one slot: a key-encryption key and a public commitment to it, from one derivation.
///
/// Poly1305 does not commit to its key. The commitment does, so one slot can match one key only and a server that
/// learns success and failure cannot test many passphrases at once.
pub struct SlotKey {
    kind: SlotKind,
    account: AccountUid,
    key: Secret<32>,
    commitment: [u8; 32],
}

impl SlotKey {
    /// From passphrase and Account Key. The profile is the one that the passphrase was stretched with.
    pub fn derive(stretched: &Stretched, key: &AccountKey, account: &AccountUid) -> Self {
        let profile = stretched.profile();
        let context: [&[u8]; 3] = [account.as_ref(), &[profile.number()], &GENERATION.to_be_bytes()];
        let both = kdf::derive(stretched.bytes(), key.0.bytes(), Label::SLOT_PASSPHRASE, &context);
        Self::split(SlotKind::Passphrase(profile), account, &both)
    }

    /// From the recovery code.
    pub fn derive_recovery(code: &RecoveryCode, account: &AccountUid) -> Self {
        let both = kdf::derive(code.0.bytes(), b"", Label::SLOT_RECOVERY, &[account.as_ref()]);
        Self::split(SlotKind::Recovery, account, &both)
    }

    /// From a passkey's PRF output.
    pub fn derive_prf(output: &[u8; 32], credential: &[u8], account: &AccountUid) -> Self {
        let both = kdf::derive(output, b"", Label::SLOT_PRF, &[account.as_ref(), credential]);
        Self::split(SlotKind::Prf, account, &both)
    }

    fn split(kind: SlotKind, account: &AccountUid, both: &Secret<64>) -> Self {
        let mut commitment = [0; 32];
        commitment.copy_from_slice(&both.bytes()[32..]);
        let key = Secret::filled(|key| key.copy_from_slice(&both.bytes()[..32]));
        Self {
            kind,
            account: *account,
            key,
            commitment,
        }
    }

    /// Seals the master key into a slot: `cfs1.…`.
    pub fn seal(&self, master: &MasterKey, rng: &mut impl CryptoRng) -> String {
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let mut plaintext = Vec::with_capacity(48);
        plaintext.extend_from_slice(master.0.bytes());
        let sealed = hazmat::seal(
            self.key.bytes(),
            &nonce,
            &aad(self.kind, &self.account),
            plaintext,
        );
        let mut bytes = Vec::with_capacity(SLOT_LENGTH);
        bytes.push(SUITE);
        bytes.extend_from_slice(&self.kind.bytes());
        bytes.extend_from_slice(&GENERATION.to_be_bytes());
        bytes.extend_from_slice(&self.commitment);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        envelope::encode(Kind::Slot, &bytes)
    }
}

impl fmt::Debug for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlotKey(…)")
    }
}

impl zeroize::ZeroizeOnDrop for SlotKey {}

/// A slot as it came from a server: its public fields are understood, nothing about it is believed.
#[derive(Clone, Debug)]
pub struct Slot {
    kind: SlotKind,
    commitment: [u8; 32],
    nonce: [u8; hazmat::NONCE],
    sealed: [u8; 48],
}

impl Slot {
    /// Reads the public fields.
    ///
    /// # Errors
    /// [`OpenError`]; an unknown profile is refused here, before any key stretching.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Slot, text)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        let kind = SlotKind::from_bytes(reader.u8()?, reader.u8()?)?;
        if reader.u32()? != GENERATION {
            return Err(OpenError::UnknownKdfProfile);
        }
        let slot = Self {
            kind,
            commitment: reader.array()?,
            nonce: reader.array()?,
            sealed: reader.array()?,
        };
        if reader.0.is_empty() {
            Ok(slot)
        } else {
            Err(OpenError::Forged)
        }
    }

    /// Who opens it.
    pub fn kind(&self) -> SlotKind {
        self.kind
    }

    /// Opens it: first the commitment is compared, only then anything is decrypted.
    ///
    /// # Errors
    /// [`OpenError::Forged`]: the wrong passphrase and a forged slot are one answer.
    pub fn open(&self, key: &SlotKey) -> Result<MasterKey, OpenError> {
        if self.kind != key.kind || !hazmat::equal(&self.commitment, &key.commitment) {
            return Err(OpenError::Forged);
        }
        let master = hazmat::open(
            key.key.bytes(),
            &self.nonce,
            &aad(self.kind, &key.account),
            &self.sealed,
        )?;
        Secret::from_slice(&master)
            .map(MasterKey)
            .ok_or(OpenError::Forged)
    }
}

fn aad(kind: SlotKind, account: &AccountUid) -> Vec<u8> {
    let [kind, profile] = kind.bytes();
    pae::labelled(
        Label::SLOT,
        &[
            &[SUITE],
            &[kind],
            &[profile],
            &GENERATION.to_be_bytes(),
            account.as_ref(),
        ],
    )
}

/// The only generation of salts in version 1; anything else is refused.
const GENERATION: u32 = 0;
const SLOT_LENGTH: usize = 1 + 2 + 4 + 32 + hazmat::NONCE + 48;
const KEY_PREFIX: &str = "CFA1-";
/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, assert_every_change_is_refused};
    use proptest::prelude::*;

    fn stretched(byte: u8, profile: KdfProfile) -> Stretched {
        let mut bytes = vec![profile.number()];
        bytes.extend([byte; 32]);
        Stretched::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn an_account_key_survives_paper() {
        let key = AccountKey::generate(&mut testing::rng(3));
        let text = key.to_text();
        assert_eq!(text.len(), 44);
        let sloppy = text
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace("cfa1 ", "CFA1");
        for text in [text.as_str(), &sloppy] {
            assert_eq!(
                AccountKey::from_text(text).unwrap().0.bytes(),
                key.0.bytes(),
                "{text}"
            );
        }
    }

    #[test]
    fn one_wrong_character_of_an_account_key_is_noticed() {
        let text = AccountKey::generate(&mut testing::rng(3)).to_text();
        for position in (5..text.len()).filter(|position| text.as_bytes()[*position] != b'-') {
            let wrong = if text.as_bytes()[position] == b'7' {
                "8"
            } else {
                "7"
            };
            let mut typed = text.to_string();
            typed.replace_range(position..=position, wrong);
            assert!(AccountKey::from_text(&typed).is_err(), "{typed}");
        }
        for text in ["", "CFA1", "CFA1-0000", "password password password"] {
            assert!(AccountKey::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_slot_opens_for_its_two_secrets_and_no_others() {
        let mut rng = testing::rng(4);
        let (key, other_key) = (AccountKey::generate(&mut rng), AccountKey::generate(&mut rng));
        let (account, other) = (AccountUid::generate(&mut rng), AccountUid::generate(&mut rng));
        let master = MasterKey::generate(&mut rng);
        let right = SlotKey::derive(&stretched(1, KdfProfile::Default), &key, &account);
        let slot = Slot::parse(&right.seal(&master, &mut rng)).unwrap();
        assert_eq!(slot.kind(), SlotKind::Passphrase(KdfProfile::Default));
        assert_eq!(slot.open(&right).unwrap().0.bytes(), master.0.bytes());
        for wrong in [
            SlotKey::derive(&stretched(2, KdfProfile::Default), &key, &account),
            SlotKey::derive(&stretched(1, KdfProfile::Strong), &key, &account),
            SlotKey::derive(&stretched(1, KdfProfile::Default), &other_key, &account),
            SlotKey::derive(&stretched(1, KdfProfile::Default), &key, &other),
            SlotKey::derive_recovery(&RecoveryCode::generate(&mut rng), &account),
        ] {
            assert_eq!(slot.open(&wrong).unwrap_err(), OpenError::Forged);
        }
    }

    #[test]
    fn every_changed_bit_of_a_slot_is_refused() {
        let mut rng = testing::rng(5);
        let account = AccountUid::generate(&mut rng);
        let key = SlotKey::derive_recovery(&RecoveryCode::generate(&mut rng), &account);
        let text = key.seal(&MasterKey::generate(&mut rng), &mut rng);
        // Suite, kind, profile and generation are refused as what they are, before any key is used.
        assert_every_change_is_refused(Kind::Slot, &text, 7, |text| Slot::parse(text)?.open(&key));
    }

    #[test]
    fn unknown_public_fields_are_refused_before_any_key_is_used() {
        let mut rng = testing::rng(6);
        let account = AccountUid::generate(&mut rng);
        let key = SlotKey::derive(
            &stretched(1, KdfProfile::Default),
            &AccountKey::generate(&mut rng),
            &account,
        );
        let bytes =
            envelope::decode(Kind::Slot, &key.seal(&MasterKey::generate(&mut rng), &mut rng)).unwrap();
        for (position, value, expected) in [
            (0, 0, OpenError::UnknownSuite),
            (0, 2, OpenError::UnknownSuite),
            (1, 0, OpenError::UnknownKind),
            (1, 4, OpenError::UnknownKind),
            (1, 2, OpenError::UnknownKdfProfile),
            (2, 0, OpenError::UnknownKdfProfile),
            (2, 3, OpenError::UnknownKdfProfile),
            (2, 255, OpenError::UnknownKdfProfile),
            (6, 1, OpenError::UnknownKdfProfile),
        ] {
            let mut changed = bytes.clone();
            changed[position] = value;
            let text = envelope::encode(Kind::Slot, &changed);
            assert_eq!(
                Slot::parse(&text).unwrap_err(),
                expected,
                "byte {position} = {value}"
            );
        }
    }

    #[test]
    fn login_passwords_differ_by_server_account_and_secret() {
        let mut rng = testing::rng(7);
        let key = AccountKey::generate(&mut rng);
        let (one, two) = (AccountUid::generate(&mut rng), AccountUid::generate(&mut rng));
        let code = RecoveryCode::from_text(&RecoveryCode::generate(&mut rng).to_text()).unwrap();
        let passwords = [
            LoginPassword::derive(
                &stretched(1, KdfProfile::Default),
                &key,
                "https://a.example",
                &one,
            ),
            LoginPassword::derive(
                &stretched(1, KdfProfile::Default),
                &key,
                "https://b.example",
                &one,
            ),
            LoginPassword::derive(
                &stretched(1, KdfProfile::Default),
                &key,
                "https://a.example",
                &two,
            ),
            LoginPassword::derive(
                &stretched(2, KdfProfile::Default),
                &key,
                "https://a.example",
                &one,
            ),
            LoginPassword::derive_recovery(&code, "https://a.example", &one),
        ];
        let texts: std::collections::BTreeSet<_> = passwords.iter().map(LoginPassword::expose).collect();
        assert_eq!(texts.len(), passwords.len());
        assert!(texts.iter().all(|text| text.len() == 43));
    }

    #[test]
    fn a_device_record_opens_under_its_name_and_device_only() {
        let mut rng = testing::rng(8);
        let master = MasterKey::generate(&mut rng);
        let (here, there) = (DeviceId::generate(&mut rng), DeviceId::generate(&mut rng));
        let local = master.derive_local(&here);
        let text = local.seal("pins", b"content", &mut rng);
        assert_eq!(local.open("pins", &text).unwrap().as_slice(), b"content");
        assert_eq!(local.open("cache", &text).unwrap_err(), OpenError::Forged);
        assert_eq!(
            master.derive_local(&there).open("pins", &text).unwrap_err(),
            OpenError::Forged
        );
        assert_every_change_is_refused(Kind::Local, &text, 1, |text| local.open("pins", text));
    }

    #[test]
    fn keys_say_nothing() {
        let mut rng = testing::rng(9);
        let account = AccountUid::generate(&mut rng);
        let code = RecoveryCode::generate(&mut rng);
        let master = MasterKey::generate(&mut rng);
        assert_eq!(format!("{:?}", AccountKey::generate(&mut rng)), "AccountKey(…)");
        assert_eq!(format!("{master:?}"), "MasterKey(…)");
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        assert_eq!(
            format!("{:?}", SlotKey::derive_recovery(&code, &account)),
            "SlotKey(…)"
        );
        assert_eq!(
            format!("{:?}", LoginPassword::derive_recovery(&code, "o", &account)),
            "LoginPassword(…)"
        );
        assert_eq!(
            format!("{:?}", master.derive_local(&DeviceId::generate(&mut rng))),
            "LocalKey(…)"
        );
    }

    proptest! {
        #[test]
        fn reading_a_key_or_slot_never_panics(text in "\\PC{0,80}") {
            let _ = AccountKey::from_text(&text);
            let _ = RecoveryCode::from_text(&text);
            let _ = Slot::parse(&text);
        }
    }
}
