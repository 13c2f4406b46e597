//! An account's bundle: what it must not lose, sealed under its master key and counted.
//!
//! Seeds, pins, the keys of epochs that it has just made, invites that it has sent, and notes of the client's own.
//! A bundle is created under the next counter and never overwritten (docs/PROTOCOL.md §4).

use core::fmt;
use std::collections::BTreeMap;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    account::MasterKey,
    envelope::{self, Kind},
    environment::{EnvContext, EpochKey},
    error::OpenError,
    hazmat,
    id::{AccountUid, Digest, EnvUid, RingUid},
    identity::Identity,
    invite::InviteSecret,
    kdf,
    keyring::{self, LogHead},
    label::Label,
    padme, pae,
    reader::{self, Piece, Reader},
    secret::Secret,
};

/// What this account has seen of a project: the least that it accepts from now on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RingPin {
    /// The server's id of the project.
    pub project: String,
    /// The identity of the project.
    pub genesis: Digest,
    /// The newest keyring link.
    pub keyring_seq: u64,
    /// Its hash.
    pub keyring_hash: Digest,
    /// What it has seen of each environment.
    pub environments: BTreeMap<EnvUid, EnvPin>,
}

/// What this account has seen of an environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnvPin {
    /// The server's id of the environment: which one it is there.
    pub server_ref: String,
    /// The newest epoch.
    pub epoch: u32,
    /// The newest record.
    pub head: LogHead,
    /// The newest keyring state that a record up to it names, or that its person accepted: what was declared lost by
    /// then is settled.
    pub keyring_seq: u64,
}

impl EnvPin {
    /// Whether it is newer than another one of its environment: on the other side of a loss, or further on.
    pub fn is_after(&self, other: &Self) -> bool {
        (self.keyring_seq, self.head.seq) > (other.keyring_seq, other.head.seq)
    }
}

/// An invite that this account has sent and may still honour.
#[derive(Debug)]
pub struct SentInvite {
    /// The project.
    pub ring: RingUid,
    /// The secret, by which the answer is authenticated.
    pub secret: InviteSecret,
    /// When it ends.
    pub expires: u64,
    /// What the client wants to remember of it: for whom, with which rights.
    pub note: Zeroizing<Vec<u8>>,
}

impl SentInvite {
    fn duplicate(&self) -> Self {
        Self {
            ring: self.ring,
            secret: self.secret.duplicate(),
            expires: self.expires,
            note: self.note.clone(),
        }
    }
}

/// That two people compared the words of one's keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mark {
    /// What was compared: keys, person and project ([`PublicIdentity::fingerprint`](crate::identity::PublicIdentity::fingerprint)).
    pub fingerprint: Digest,
    /// When, in milliseconds since 1970.
    pub at: u64,
}

/// The content of a bundle.
#[derive(Debug)]
pub struct Bundle {
    /// Counts up with every bundle, from 1.
    pub counter: u64,
    /// The hash of the bundle before; zero for the first.
    pub previous: Digest,
    /// The account's keys.
    pub identity: Identity,
    /// Pins, by project.
    pub pins: BTreeMap<RingUid, RingPin>,
    /// Keys of epochs that this account began and whose record it has not pinned yet.
    pub epochs: Vec<EpochKey>,
    /// Invites that are open.
    pub invites: Vec<SentInvite>,
    /// What the client keeps beside that: settings, its shares.
    pub notes: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl Bundle {
    /// The first bundle of a new account.
    pub fn new(identity: Identity) -> Self {
        Self {
            counter: 1,
            previous: Digest::ZERO,
            identity,
            pins: BTreeMap::new(),
            epochs: Vec::new(),
            invites: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Seals it: `cfb1.…`.
    ///
    /// # Errors
    /// [`OpenError::TooLarge`] above 6 MiB of content.
    pub fn seal(
        &self,
        master: &MasterKey,
        account: &AccountUid,
        rng: &mut impl CryptoRng,
    ) -> Result<String, OpenError> {
        let content = self.to_bytes();
        if content.len() > MAX_CONTENT {
            return Err(OpenError::TooLarge);
        }
        let padded = padme::padded(5 + content.len());
        let mut plaintext = Vec::with_capacity(padded + hazmat::TAG);
        plaintext.push(LAYOUT);
        plaintext.extend_from_slice(&(content.len() as u32).to_be_bytes());
        plaintext.extend_from_slice(&content);
        plaintext.resize(padded, 0);
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let key = derive_key(master, account);
        let mut bytes = vec![SUITE];
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&hazmat::seal(
            key.bytes(),
            &nonce,
            &aad(account, self.counter),
            plaintext,
        ));
        Ok(envelope::encode(Kind::Bundle, &bytes))
    }

    /// Opens one. The caller compares its counter with what this device has seen.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn open(text: &str, master: &MasterKey, account: &AccountUid) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Bundle, text)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        let counter = reader.u64()?;
        let nonce = reader.array()?;
        let plaintext = hazmat::open(
            derive_key(master, account).bytes(),
            &nonce,
            &aad(account, counter),
            reader.0,
        )?;
        let mut reader = Reader(&plaintext);
        if reader.u8()? != LAYOUT {
            return Err(OpenError::Forged);
        }
        let length = reader.u32()? as usize;
        let content = reader.take(length)?;
        if plaintext.len() != padme::padded(5 + length) || reader.0.iter().any(|byte| *byte != 0) {
            return Err(OpenError::Forged);
        }
        Self::from_bytes(counter, content)
    }

    /// Begins to use other keys: the present ones are kept beside them, for projects whose keyring does not have the new
    /// ones yet and for what was sealed to the present ones.
    pub fn replace_identity(&mut self, new: Identity) {
        self.notes.remove(&identity_name(&new));
        let old = std::mem::replace(&mut self.identity, new);
        let (sign, kem) = old.seeds();
        self.notes.insert(identity_name(&old), encode(&[sign, kem]));
    }

    /// The account's keys, the newest first.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where a note is not one of keys.
    pub fn identities(&self) -> Result<Vec<Identity>, OpenError> {
        let mut all = vec![self.identity.duplicate()];
        for (name, note) in &self.notes {
            let Some(kid) = name.strip_prefix(IDENTITIES) else {
                continue;
            };
            let [sign, kem] = reader::fields(note)?;
            let secret = |piece: &[u8]| Secret::from_slice(piece).ok_or(OpenError::Forged);
            let identity = Identity::from_seeds(secret(sign)?, secret(kem)?);
            if identity.public().sign_kid().to_string() != kid {
                return Err(OpenError::Forged);
            }
            all.push(identity);
        }
        Ok(all)
    }

    /// Takes over the keys of a newer bundle of another device, where it has begun to use others.
    pub fn follow_identity(&mut self, newer: Identity) {
        if newer.public() != self.identity.public() {
            self.replace_identity(newer);
        }
    }

    /// Whose keys in a project the person has compared, by the server's id.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where the note is not one of marks.
    pub fn marks(&self, ring: &RingUid) -> Result<BTreeMap<String, Mark>, OpenError> {
        match self.notes.get(&marks_name(ring)) {
            Some(note) => marks_from_bytes(note),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Remembers that the person has compared somebody's keys.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where the note is not one of marks.
    pub fn set_mark(&mut self, ring: &RingUid, user: &str, mark: Mark) -> Result<(), OpenError> {
        let mut marks = self.marks(ring)?;
        marks.insert(user.to_owned(), mark);
        self.notes.insert(marks_name(ring), marks_to_bytes(&marks));
        Ok(())
    }

    /// A second copy: to be changed and sealed while nobody knows yet whether it is kept.
    pub fn duplicate(&self) -> Self {
        Self {
            counter: self.counter,
            previous: self.previous,
            identity: self.identity.duplicate(),
            pins: self.pins.clone(),
            epochs: self.epochs.iter().map(EpochKey::duplicate).collect(),
            invites: self.invites.iter().map(SentInvite::duplicate).collect(),
            notes: self.notes.clone(),
        }
    }

    /// Takes over a note of a later bundle: marks are united, the later one of each counting; others are as they are
    /// there.
    pub fn merge_note(&mut self, name: String, theirs: Zeroizing<Vec<u8>>) {
        let both = self
            .notes
            .get(&name)
            .filter(|_| name.starts_with(MARKS))
            .and_then(|ours| Some((marks_from_bytes(ours).ok()?, marks_from_bytes(&theirs).ok()?)));
        let Some((mut marks, theirs)) = both else {
            self.notes.insert(name, theirs);
            return;
        };
        for (user, mark) in theirs {
            match marks.get(&user) {
                Some(ours) if ours.at >= mark.at => {}
                _ => {
                    marks.insert(user, mark);
                }
            }
        }
        self.notes.insert(name, marks_to_bytes(&marks));
    }

    /// The hash by which the next bundle names this one.
    pub fn hash(text: &str) -> Digest {
        envelope::hash(Label::HASH_BUNDLE, text.as_bytes())
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (sign_seed, kem_seed) = self.identity.seeds();
        let pins = self.pins.iter().map(|(ring, pin)| {
            let environments = pin.environments.iter().map(|(env, pin)| {
                encode(&[
                    env.as_ref(),
                    pin.server_ref.as_bytes(),
                    &pin.epoch.to_be_bytes(),
                    &pin.head.seq.to_be_bytes(),
                    pin.head.hash.as_ref(),
                    &pin.keyring_seq.to_be_bytes(),
                ])
            });
            encode(&[
                ring.as_ref(),
                pin.project.as_bytes(),
                pin.genesis.as_ref(),
                &pin.keyring_seq.to_be_bytes(),
                pin.keyring_hash.as_ref(),
                &encode_list(environments),
            ])
        });
        let epochs = self.epochs.iter().map(|key| {
            let EnvContext { ring, env, epoch } = key.context();
            encode(&[ring.as_ref(), env.as_ref(), &epoch.to_be_bytes(), key.bytes()])
        });
        let invites = self.invites.iter().map(|invite| {
            encode(&[
                invite.ring.as_ref(),
                invite.secret.0.bytes(),
                &invite.expires.to_be_bytes(),
                &invite.note,
            ])
        });
        let notes = self
            .notes
            .iter()
            .map(|(name, note)| encode(&[name.as_bytes(), note]));
        encode(&[
            Label::BUNDLE_CONTENT.as_bytes(),
            self.previous.as_ref(),
            sign_seed,
            kem_seed,
            &encode_list(pins),
            &encode_list(epochs),
            &encode_list(invites),
            &encode_list(notes),
        ])
    }

    fn from_bytes(counter: u64, bytes: &[u8]) -> Result<Self, OpenError> {
        let [label, previous, sign_seed, kem_seed, pins, epochs, invites, notes] = reader::fields(bytes)?;
        if label != Label::BUNDLE_CONTENT.as_bytes() {
            return Err(OpenError::Forged);
        }
        let secret = |piece: &[u8]| Secret::from_slice(piece).ok_or(OpenError::Forged);
        let pins = keyring::sorted_map(reader::list(pins, MAX_ITEMS, |item| {
            let [ring, project, genesis, keyring_seq, keyring_hash, environments] = reader::fields(item)?;
            let environments = keyring::sorted_map(reader::list(environments, MAX_ITEMS, |item| {
                let [env, server_ref, epoch, seq, hash, settled] = reader::fields(item)?;
                let head = LogHead {
                    seq: Piece::read(seq)?,
                    hash: Piece::read(hash)?,
                };
                let pin = EnvPin {
                    server_ref: String::read(server_ref)?,
                    epoch: Piece::read(epoch)?,
                    head,
                    keyring_seq: Piece::read(settled)?,
                };
                Ok((EnvUid::read(env)?, pin))
            })?)?;
            let pin = RingPin {
                project: String::read(project)?,
                genesis: Piece::read(genesis)?,
                keyring_seq: Piece::read(keyring_seq)?,
                keyring_hash: Piece::read(keyring_hash)?,
                environments,
            };
            Ok((RingUid::read(ring)?, pin))
        })?)?;
        let epochs = reader::list(epochs, MAX_ITEMS, |item| {
            let [ring, env, epoch, key] = reader::fields(item)?;
            let context = EnvContext {
                ring: Piece::read(ring)?,
                env: Piece::read(env)?,
                epoch: Piece::read(epoch)?,
            };
            Ok(EpochKey::new(context, secret(key)?))
        })?;
        let invites = reader::list(invites, MAX_ITEMS, |item| {
            let [ring, key, expires, note] = reader::fields(item)?;
            Ok(SentInvite {
                ring: Piece::read(ring)?,
                secret: InviteSecret(secret(key)?),
                expires: Piece::read(expires)?,
                note: Zeroizing::new(note.to_vec()),
            })
        })?;
        let notes = keyring::sorted_map(reader::list(notes, MAX_ITEMS, |item| {
            let [name, note] = reader::fields(item)?;
            Ok((String::read(name)?, Zeroizing::new(note.to_vec())))
        })?)?;
        Ok(Self {
            counter,
            previous: Piece::read(previous)?,
            identity: Identity::from_seeds(secret(sign_seed)?, secret(kem_seed)?),
            pins,
            epochs,
            invites,
            notes,
        })
    }
}

/// Reads the counter of a sealed bundle, unverified: to choose which one to open.
///
/// # Errors
/// [`OpenError`].
pub fn peek_counter(text: &str) -> Result<u64, OpenError> {
    let bytes = envelope::decode(Kind::Bundle, text)?;
    let mut reader = Reader(&bytes);
    reader.suite()?;
    reader.u64()
}

fn identity_name(identity: &Identity) -> String {
    format!("{IDENTITIES}{}", identity.public().sign_kid())
}

fn marks_name(ring: &RingUid) -> String {
    format!("{MARKS}{ring}")
}

fn marks_to_bytes(marks: &BTreeMap<String, Mark>) -> Zeroizing<Vec<u8>> {
    encode_list(
        marks.iter().map(|(user, mark)| {
            encode(&[user.as_bytes(), mark.fingerprint.as_ref(), &mark.at.to_be_bytes()])
        }),
    )
}

fn marks_from_bytes(bytes: &[u8]) -> Result<BTreeMap<String, Mark>, OpenError> {
    keyring::sorted_map(reader::list(bytes, MAX_ITEMS, |item| {
        let [user, fingerprint, at] = reader::fields(item)?;
        let mark = Mark {
            fingerprint: Piece::read(fingerprint)?,
            at: Piece::read(at)?,
        };
        Ok((String::read(user)?, mark))
    })?)
}

/// PAE whose result is wiped, and which never grows: `pae::encode` allocates once.
fn encode(pieces: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(pae::encode(pieces))
}

fn encode_list(items: impl Iterator<Item = Zeroizing<Vec<u8>>>) -> Zeroizing<Vec<u8>> {
    let items: Vec<Zeroizing<Vec<u8>>> = items.collect();
    let items: Vec<&[u8]> = items.iter().map(|item| item.as_slice()).collect();
    encode(&items)
}

fn derive_key(master: &MasterKey, account: &AccountUid) -> Secret<32> {
    kdf::derive(master.0.bytes(), b"", Label::ACCOUNT_BUNDLE, &[account.as_ref()])
}

fn aad(account: &AccountUid, counter: u64) -> Vec<u8> {
    pae::labelled(
        Label::BUNDLE,
        &[&[SUITE], account.as_ref(), &counter.to_be_bytes()],
    )
}

impl fmt::Display for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seq, self.hash)
    }
}

/// The notes that hold earlier keys begin so, and end in the id of the signing one.
const IDENTITIES: &str = "identity/";
/// The notes that hold marks begin so, and end in the project's id.
const MARKS: &str = "verified/";
/// The most bytes of a bundle's content.
pub const MAX_CONTENT: usize = 6 << 20;
const MAX_ITEMS: usize = 100_000;
const LAYOUT: u8 = 1;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, assert_every_change_is_refused};

    fn bundle() -> Bundle {
        let mut rng = testing::rng(1);
        let mut bundle = Bundle::new(Identity::generate(&mut rng));
        let (ring, env) = (RingUid::generate(&mut rng), EnvUid::generate(&mut rng));
        let head = LogHead {
            seq: 9,
            hash: Digest::from_bytes([3; 32]),
        };
        let pin = EnvPin {
            server_ref: "env-1".to_owned(),
            epoch: 2,
            head,
            keyring_seq: 3,
        };
        bundle.pins.insert(
            ring,
            RingPin {
                project: "p-1".to_owned(),
                genesis: Digest::from_bytes([1; 32]),
                keyring_seq: 4,
                keyring_hash: Digest::from_bytes([2; 32]),
                environments: [(env, pin)].into(),
            },
        );
        bundle
            .epochs
            .push(EpochKey::generate(EnvContext { ring, env, epoch: 2 }, &mut rng));
        bundle.invites.push(SentInvite {
            ring,
            secret: InviteSecret::generate(&mut rng),
            expires: 7,
            note: Zeroizing::new(b"for Bob".to_vec()),
        });
        bundle
            .notes
            .insert("theme".to_owned(), Zeroizing::new(b"dark".to_vec()));
        bundle
    }

    #[test]
    fn a_bundle_comes_back_as_it_was() {
        let mut rng = testing::rng(2);
        let (master, account) = (MasterKey::generate(&mut rng), AccountUid::generate(&mut rng));
        let bundle = bundle();
        let text = bundle.seal(&master, &account, &mut rng).unwrap();
        let opened = Bundle::open(&text, &master, &account).unwrap();
        assert_eq!(opened.to_bytes(), bundle.to_bytes());
        assert_eq!((opened.counter, peek_counter(&text).unwrap()), (1, 1));
        assert_eq!(opened.pins, bundle.pins);
    }

    #[test]
    fn a_bundle_opens_for_its_account_and_counter_only() {
        let mut rng = testing::rng(3);
        let (master, account) = (MasterKey::generate(&mut rng), AccountUid::generate(&mut rng));
        let text = Bundle::new(Identity::generate(&mut rng))
            .seal(&master, &account, &mut rng)
            .unwrap();
        let (other, stranger) = (MasterKey::generate(&mut rng), AccountUid::generate(&mut rng));
        assert_eq!(
            Bundle::open(&text, &other, &account).unwrap_err(),
            OpenError::Forged
        );
        assert_eq!(
            Bundle::open(&text, &master, &stranger).unwrap_err(),
            OpenError::Forged
        );
        assert_every_change_is_refused(Kind::Bundle, &text, 1, |text| {
            Bundle::open(text, &master, &account)
        });
    }

    #[test]
    fn pins_and_notes_are_sorted_and_there_once() {
        let mut bundle = bundle();
        for (name, note) in [("aaa", b"1"), ("zzz", b"2")] {
            bundle
                .notes
                .insert(name.to_owned(), Zeroizing::new(note.to_vec()));
        }
        let (ring, pin) = bundle.pins.first_key_value().unwrap();
        let (ring, pin) = (*ring, pin.clone());
        bundle.pins.insert(RingUid::from_bytes([0xff; 16]), pin);
        bundle
            .pins
            .insert(RingUid::from_bytes([0; 16]), bundle.pins[&ring].clone());
        let good = bundle.to_bytes();
        assert!(Bundle::from_bytes(1, &good).is_ok());
        let pieces: [&[u8]; 8] = reader::fields(&good).unwrap();
        for list in [4, 7] {
            let items = pae::decode(pieces[list], MAX_ITEMS).unwrap();
            for order in [[1, 0, 2], [0, 2, 1], [0, 0, 2]] {
                let items: Vec<&[u8]> = order.iter().map(|index| items[*index]).collect();
                let list_bytes = pae::encode(&items);
                let mut changed = pieces;
                changed[list] = &list_bytes;
                let refused = Bundle::from_bytes(1, &pae::encode(&changed));
                assert_eq!(refused.unwrap_err(), OpenError::Forged, "list {list}: {order:?}");
            }
        }
    }

    #[test]
    fn earlier_keys_are_kept_beside_the_new_ones() {
        let mut rng = testing::rng(4);
        let (master, account) = (MasterKey::generate(&mut rng), AccountUid::generate(&mut rng));
        let (mut ahead, mut behind) = (bundle(), bundle());
        let first = ahead.identity.public();
        let second = Identity::generate(&mut rng);
        let public = second.public();
        ahead.replace_identity(second);
        let text = ahead.seal(&master, &account, &mut rng).unwrap();
        let opened = Bundle::open(&text, &master, &account).unwrap();
        let all: Vec<_> = opened
            .identities()
            .unwrap()
            .iter()
            .map(Identity::public)
            .collect();
        assert_eq!(all, [public, first]);
        // Another device that has the older bundle follows, and loses neither.
        behind.follow_identity(opened.identity);
        let all: Vec<_> = behind
            .identities()
            .unwrap()
            .iter()
            .map(Identity::public)
            .collect();
        assert_eq!(all, [public, first]);
        let name = format!("identity/{}", first.sign_kid());
        behind.notes.insert(name, encode(&[&[1; 32], &[2; 32]]));
        assert!(behind.identities().is_err(), "keys under another's name");
    }

    #[test]
    fn marks_of_two_devices_are_united_and_the_later_counts() {
        let ring = RingUid::from_bytes([7; 16]);
        let mark = |byte, at| Mark {
            fingerprint: Digest::from_bytes([byte; 32]),
            at,
        };
        let (mut ours, mut theirs) = (bundle(), bundle());
        for (user, mark) in [("ada", mark(1, 5)), ("bob", mark(3, 5))] {
            ours.set_mark(&ring, user, mark).unwrap();
        }
        for (user, mark) in [("ada", mark(2, 9)), ("bob", mark(4, 4)), ("eve", mark(5, 1))] {
            theirs.set_mark(&ring, user, mark).unwrap();
        }
        for (name, note) in theirs.notes {
            ours.merge_note(name, note);
        }
        let marks = ours.marks(&ring).unwrap();
        assert_eq!(
            marks.into_iter().collect::<Vec<_>>(),
            [
                ("ada".to_owned(), mark(2, 9)),
                ("bob".to_owned(), mark(3, 5)),
                ("eve".to_owned(), mark(5, 1))
            ]
        );
        assert!(ours.marks(&RingUid::from_bytes([8; 16])).unwrap().is_empty());
    }

    #[test]
    fn another_note_is_as_the_later_bundle_has_it() {
        let (mut ours, note) = (bundle(), |text: &str| Zeroizing::new(text.as_bytes().to_vec()));
        ours.notes.insert("size".to_owned(), note("large"));
        ours.merge_note("theme".to_owned(), note("light"));
        ours.merge_note("language".to_owned(), note("en"));
        let notes: Vec<_> = ours
            .notes
            .iter()
            .map(|(name, note)| (name.as_str(), note.as_slice()))
            .collect();
        assert_eq!(
            notes,
            [("language", &b"en"[..]), ("size", b"large"), ("theme", b"light")]
        );
    }

    #[test]
    fn a_copy_is_changed_alone() {
        let bundle = bundle();
        let mut copy = bundle.duplicate();
        assert_eq!(copy.to_bytes(), bundle.to_bytes());
        copy.notes.clear();
        copy.invites.clear();
        copy.replace_identity(Identity::generate(&mut testing::rng(5)));
        assert_ne!(copy.identity.public(), bundle.identity.public());
        assert_eq!((bundle.notes.len(), bundle.invites.len()), (1, 1));
    }

    #[test]
    fn marks_that_are_none_are_refused() {
        let ring = RingUid::from_bytes([7; 16]);
        let mut bundle = bundle();
        let item = |user: &[u8]| pae::encode(&[user, &[1; 32], &[0; 8]]);
        for note in [
            b"marks".to_vec(),
            pae::encode(&[item(b"bob"), item(b"ada")]),
            pae::encode(&[item(b"ada"), item(b"ada")]),
            pae::encode(&[pae::encode(&[&b"ada"[..], &[1; 31], &[0; 8]])]),
        ] {
            bundle.notes.insert(marks_name(&ring), Zeroizing::new(note));
            assert_eq!(bundle.marks(&ring).unwrap_err(), OpenError::Forged);
        }
    }

    #[test]
    fn a_bundle_shows_no_key() {
        let shown = format!("{:?}", bundle());
        assert!(
            shown.contains("identity: Identity(…)") && shown.contains("InviteSecret(…)"),
            "{shown}"
        );
        assert!(shown.contains("EpochKey(…)"), "{shown}");
    }
}
