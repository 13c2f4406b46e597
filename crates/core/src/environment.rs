//! Environment epochs: one random key per epoch, what is derived from it, and how it reaches each reader.
//!
//! A wrap is HPKE to the reader's key, signed by the author, with both named inside; the key is adopted only if it is
//! the one that the signed epoch record commits to (docs/PROTOCOL.md §6).

use core::fmt;

use rand_core::CryptoRng;

use crate::{
    SUITE,
    envelope::{self, Kind},
    error::OpenError,
    hazmat,
    id::{Digest, EnvUid, Kid, RingUid, SlotId},
    identity::{Identity, PublicIdentity},
    keyring::{Access, KeyringState},
    label::Label,
    pae,
    reader::{self, Piece, Reader},
    secret::Secret,
};

/// Which environment of which project, at which epoch. Bound into everything that an environment seals or signs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EnvContext {
    /// The project.
    pub ring: RingUid,
    /// The environment.
    pub env: EnvUid,
    /// The epoch, from 1.
    pub epoch: u32,
}

/// The root key of one environment epoch (`EK`), with its context.
pub struct EpochKey {
    context: EnvContext,
    key: Secret<32>,
    prk: Secret<32>,
}

impl EpochKey {
    /// Makes the key of a new epoch.
    pub fn generate(context: EnvContext, rng: &mut impl CryptoRng) -> Self {
        Self::new(context, Secret::random(rng))
    }

    pub(crate) fn new(context: EnvContext, key: Secret<32>) -> Self {
        let prk = hazmat::hkdf_extract(key.bytes(), b"");
        Self { context, key, prk }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.key.bytes()
    }

    /// A second copy, to keep one in the bundle until the epoch's record is pinned.
    pub fn duplicate(&self) -> Self {
        Self::new(self.context, Secret::copied(self.key.bytes()))
    }

    /// The environment and epoch it belongs to.
    pub fn context(&self) -> &EnvContext {
        &self.context
    }

    /// The public commitment to this key (`KC`), which the epoch record carries.
    pub fn commitment(&self) -> Digest {
        Digest::from_bytes(*self.derive(Label::ENV_COMMIT, &[]).bytes())
    }

    pub(crate) fn derive_value(&self, slot: &SlotId) -> Secret<32> {
        self.derive(Label::ENV_VALUE, &[slot.as_ref()])
    }

    pub(crate) fn derive_log(&self) -> Secret<32> {
        self.derive(Label::ENV_LOG, &[])
    }

    /// Seals the key of the epoch before this one, for this epoch's record. Nothing where this is the first.
    pub fn seal_previous(&self, previous: Option<&Self>, rng: &mut impl CryptoRng) -> Vec<u8> {
        let Some(previous) = previous else {
            return Vec::new();
        };
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let mut plaintext = Vec::with_capacity(48);
        plaintext.extend_from_slice(previous.key.bytes());
        let key = self.derive(Label::ENV_PREVIOUS, &[]);
        let mut sealed = nonce.to_vec();
        sealed.extend_from_slice(&hazmat::seal(
            key.bytes(),
            &nonce,
            &self.previous_aad(),
            plaintext,
        ));
        sealed
    }

    /// Opens the key of the epoch before this one, as this epoch's record carries it.
    ///
    /// # Errors
    /// [`OpenError::Forged`]. The caller compares its commitment with the earlier epoch's record.
    pub fn open_previous(&self, sealed: &[u8]) -> Result<Self, OpenError> {
        let mut reader = Reader(sealed);
        let nonce = reader.array()?;
        let epoch = self
            .context
            .epoch
            .checked_sub(1)
            .filter(|epoch| *epoch > 0)
            .ok_or(OpenError::Forged)?;
        let key = self.derive(Label::ENV_PREVIOUS, &[]);
        let opened = hazmat::open(key.bytes(), &nonce, &self.previous_aad(), reader.0)?;
        let key = Secret::from_slice(&opened).ok_or(OpenError::Forged)?;
        Ok(Self::new(
            EnvContext {
                epoch,
                ..self.context
            },
            key,
        ))
    }

    fn previous_aad(&self) -> Vec<u8> {
        let EnvContext { ring, env, epoch } = &self.context;
        pae::labelled(
            Label::ENV_PREVIOUS,
            &[&[SUITE], ring.as_ref(), env.as_ref(), &epoch.to_be_bytes()],
        )
    }

    fn derive(&self, label: Label, more: &[&[u8]]) -> Secret<32> {
        let EnvContext { ring, env, epoch } = &self.context;
        let epoch = epoch.to_be_bytes();
        let mut pieces: Vec<&[u8]> = vec![ring.as_ref(), env.as_ref(), &epoch];
        pieces.extend_from_slice(more);
        let info = pae::labelled(label, &pieces);
        Secret::filled(|out| hazmat::hkdf_expand(self.prk.bytes(), &info, out))
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EpochKey(…)")
    }
}

impl zeroize::ZeroizeOnDrop for EpochKey {}

/// A wrap: an epoch's key, sealed to one reader and signed by its author.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wrap {
    context: EnvContext,
    commitment: Digest,
    recipient: Kid,
    encapsulated: [u8; 32],
    sealed: [u8; 48],
    not_after: u64,
    request: Digest,
    keyring_seq: u64,
    keyring_hash: Digest,
    author: Kid,
    signature: [u8; hazmat::SIGNATURE],
}

impl Wrap {
    /// Wraps `key` to a reader. The caller takes `recipient` from a verified keyring and nowhere else.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where the recipient's key is no X25519 key.
    pub fn seal(
        key: &EpochKey,
        recipient: &PublicIdentity,
        author: &Identity,
        keyring: &KeyringState,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, OpenError> {
        let author_kid = author.public().sign_kid();
        let recipient_kid = recipient.kem_kid();
        let commitment = key.commitment();
        let info = info(&key.context, &author_kid, &recipient_kid);
        let (encapsulated, sealed) = hazmat::hpke_seal(
            &recipient.kem,
            None,
            &info,
            commitment.as_ref(),
            key.key.bytes(),
            rng,
        )?;
        let mut wrap = Self {
            context: key.context,
            commitment,
            recipient: recipient_kid,
            encapsulated,
            sealed: sealed.as_slice().try_into().map_err(|_| OpenError::Forged)?,
            not_after: 0,
            request: Digest::ZERO,
            keyring_seq: keyring.seq(),
            keyring_hash: keyring.head(),
            author: author_kid,
            signature: [0; hazmat::SIGNATURE],
        };
        wrap.signature = author.sign(&wrap.message());
        Ok(wrap)
    }

    /// Reads one. Its signature is not checked here: that needs the keyring.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Wrap, text)?;
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [
            label,
            suite,
            ring,
            env,
            epoch,
            commitment,
            recipient,
            encapsulated,
            sealed,
            not_after,
            request,
            keyring_seq,
            keyring_hash,
            author,
        ] = reader::fields(message)?;
        check_label(label, Label::WRAP, suite)?;
        Ok(Self {
            context: EnvContext {
                ring: Piece::read(ring)?,
                env: Piece::read(env)?,
                epoch: Piece::read(epoch)?,
            },
            commitment: Piece::read(commitment)?,
            recipient: Piece::read(recipient)?,
            encapsulated: Piece::read(encapsulated)?,
            sealed: Piece::read(sealed)?,
            not_after: Piece::read(not_after)?,
            request: Piece::read(request)?,
            keyring_seq: Piece::read(keyring_seq)?,
            keyring_hash: Piece::read(keyring_hash)?,
            author: Piece::read(author)?,
            signature: *signature,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Wrap, &self.bytes())
    }

    /// The hash by which the epoch's record names it.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_WRAP, &self.bytes())
    }

    /// The name of its row.
    pub fn name(&self) -> String {
        crate::layout::wrap_name(self.context.epoch, &self.recipient, &self.commitment)
    }

    /// The environment and epoch that it claims to be for.
    pub fn context(&self) -> &EnvContext {
        &self.context
    }

    /// The id of the receiving key that it claims to be sealed to.
    pub fn recipient(&self) -> Kid {
        self.recipient
    }

    /// Opens it with every check: it is for this environment, epoch and reader, without an end or a request; a writer of
    /// the verified keyring signed it; the key inside is the one that the epoch's record commits to (`expected`).
    ///
    /// That the epoch's record also names this wrap's hash is for [`crate::log::Log::open_epoch`], which calls this.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn open(
        &self,
        expected: &EnvContext,
        commitment: &Digest,
        reader: &Identity,
        keyring: &KeyringState,
    ) -> Result<EpochKey, OpenError> {
        let author = keyring.author(&self.author).ok_or(OpenError::Forged)?;
        author.verify(&self.message(), &self.signature)?;
        let named = keyring.hash_at(self.keyring_seq) == Some(self.keyring_hash);
        let entitled = keyring
            .rights_at(&self.author, self.keyring_seq)
            .is_some_and(|rights| rights.access(&expected.env) == Access::Write);
        let mine = self.recipient == reader.public().kem_kid();
        // A wrap that ends is of a newer version: taking it for one that does not would outlive its author's intent.
        let plain = self.not_after == 0 && self.request.is_zero();
        let placed = self.context == *expected && self.commitment == *commitment;
        if !named || !entitled || !mine || !plain || !placed {
            return Err(OpenError::Forged);
        }
        let key = hazmat::hpke_open(
            reader.kem_private(),
            None,
            &self.encapsulated,
            &info(&self.context, &self.author, &self.recipient),
            self.commitment.as_ref(),
            &self.sealed,
        )?;
        let key = EpochKey::new(self.context, Secret::from_slice(&key).ok_or(OpenError::Forged)?);
        if hazmat::equal(key.commitment().as_ref(), commitment.as_ref()) {
            Ok(key)
        } else {
            Err(OpenError::Forged)
        }
    }

    fn message(&self) -> Vec<u8> {
        pae::labelled(
            Label::WRAP,
            &[
                &[SUITE],
                self.context.ring.as_ref(),
                self.context.env.as_ref(),
                &self.context.epoch.to_be_bytes(),
                self.commitment.as_ref(),
                self.recipient.as_ref(),
                &self.encapsulated,
                &self.sealed,
                &self.not_after.to_be_bytes(),
                self.request.as_ref(),
                &self.keyring_seq.to_be_bytes(),
                self.keyring_hash.as_ref(),
                self.author.as_ref(),
            ],
        )
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        bytes
    }
}

/// Checks the first two pieces of every signed message: its label and its suite.
pub(crate) fn check_label(label: &[u8], expected: Label, suite: &[u8]) -> Result<(), OpenError> {
    if label != expected.as_bytes() {
        return Err(OpenError::Forged);
    }
    if suite == [SUITE] {
        Ok(())
    } else {
        Err(OpenError::UnknownSuite)
    }
}

fn info(context: &EnvContext, author: &Kid, recipient: &Kid) -> Vec<u8> {
    let EnvContext { ring, env, epoch } = context;
    pae::labelled(
        Label::WRAP_INFO,
        &[
            &[SUITE],
            ring.as_ref(),
            env.as_ref(),
            &epoch.to_be_bytes(),
            author.as_ref(),
            recipient.as_ref(),
        ],
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, Project, assert_every_change_is_refused};

    #[test]
    fn a_wrap_opens_for_its_reader_in_its_place_only() {
        let mut rng = testing::rng(1);
        let project = Project::new(&mut rng);
        let (context, other) = (project.context(1), project.context(2));
        let key = EpochKey::generate(context, &mut rng);
        let commitment = key.commitment();
        let wrap = Wrap::seal(
            &key,
            &project.reader.public(),
            &project.admin,
            &project.keyring,
            &mut rng,
        )
        .unwrap();
        let open = |context: &EnvContext, commitment: &Digest, reader: &Identity| {
            wrap.open(context, commitment, reader, &project.keyring)
        };
        assert_eq!(
            open(&context, &commitment, &project.reader).unwrap().bytes(),
            key.bytes()
        );
        assert_eq!(
            open(&other, &commitment, &project.reader).unwrap_err(),
            OpenError::Forged
        );
        assert_eq!(
            open(&context, &Digest::ZERO, &project.reader).unwrap_err(),
            OpenError::Forged
        );
        assert_eq!(
            open(&context, &commitment, &project.admin).unwrap_err(),
            OpenError::Forged
        );
    }

    #[test]
    fn a_reader_or_a_stranger_cannot_author_a_wrap() {
        let mut rng = testing::rng(2);
        let project = Project::new(&mut rng);
        let context = project.context(1);
        let key = EpochKey::generate(context, &mut rng);
        let stranger = Identity::generate(&mut rng);
        for author in [&project.reader, &stranger] {
            let wrap = Wrap::seal(&key, &project.admin.public(), author, &project.keyring, &mut rng).unwrap();
            let opened = wrap.open(&context, &key.commitment(), &project.admin, &project.keyring);
            assert_eq!(opened.unwrap_err(), OpenError::Forged);
        }
    }

    #[test]
    fn a_wrap_that_ends_or_answers_a_request_is_of_a_newer_version() {
        let mut rng = testing::rng(7);
        let project = Project::new(&mut rng);
        let context = project.context(1);
        let key = EpochKey::generate(context, &mut rng);
        let (reader, author) = (&project.reader, &project.admin);
        let plain = Wrap::seal(&key, &reader.public(), author, &project.keyring, &mut rng).unwrap();
        let open = |not_after, request| {
            let mut wrap = Wrap {
                not_after,
                request,
                ..plain.clone()
            };
            wrap.signature = author.sign(&wrap.message());
            let wrap = Wrap::parse(&wrap.to_text()).unwrap();
            wrap.open(&context, &key.commitment(), reader, &project.keyring)
        };
        assert!(open(0, Digest::ZERO).is_ok());
        assert_eq!(open(1, Digest::ZERO).unwrap_err(), OpenError::Forged);
        assert_eq!(
            open(0, Digest::from_bytes([1; 32])).unwrap_err(),
            OpenError::Forged
        );
    }

    #[test]
    fn every_changed_bit_of_a_wrap_is_refused() {
        let mut rng = testing::rng(3);
        let project = Project::new(&mut rng);
        let context = project.context(1);
        let key = EpochKey::generate(context, &mut rng);
        let wrap = Wrap::seal(
            &key,
            &project.reader.public(),
            &project.admin,
            &project.keyring,
            &mut rng,
        )
        .unwrap();
        // The suite is one piece of the signed message: where it changes, the wrap is refused as of another suite.
        assert_every_change_is_refused(Kind::Wrap, &wrap.to_text(), 0, |text| {
            let opened =
                Wrap::parse(text)?.open(&context, &key.commitment(), &project.reader, &project.keyring);
            opened.map(|_| ())
        });
    }

    #[test]
    fn the_previous_key_comes_back_and_the_first_epoch_has_none() {
        let mut rng = testing::rng(4);
        let project = Project::new(&mut rng);
        let one = EpochKey::generate(project.context(1), &mut rng);
        let two = EpochKey::generate(project.context(2), &mut rng);
        let sealed = two.seal_previous(Some(&one), &mut rng);
        let opened = two.open_previous(&sealed).unwrap();
        assert_eq!((opened.bytes(), opened.context()), (one.bytes(), one.context()));
        assert!(one.seal_previous(None, &mut rng).is_empty());
        assert_eq!(one.open_previous(&sealed).unwrap_err(), OpenError::Forged);
        assert_eq!(two.open_previous(&sealed[1..]).unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn every_derivation_binds_project_environment_and_epoch() {
        let mut rng = testing::rng(5);
        let base = Project::new(&mut rng).context(1);
        let commitment = |context| EpochKey::new(context, Secret::copied(&[7; 32])).commitment();
        let all = [
            commitment(base),
            commitment(EnvContext { epoch: 2, ..base }),
            commitment(EnvContext {
                env: EnvUid::from_bytes([9; 16]),
                ..base
            }),
            commitment(EnvContext {
                ring: RingUid::from_bytes([9; 16]),
                ..base
            }),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn an_epoch_key_says_nothing() {
        let mut rng = testing::rng(6);
        let key = EpochKey::generate(Project::new(&mut rng).context(1), &mut rng);
        assert_eq!(format!("{key:?}"), "EpochKey(…)");
    }
}
