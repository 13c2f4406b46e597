//! What the unit tests of this crate share.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    envelope::{self, Kind},
    environment::EnvContext,
    error::OpenError,
    id::{EnvUid, RingUid},
    identity::Identity,
    keyring::{Access, KeyringState, Link, Op, Proof, Rights},
};

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Every flipped bit after the first `public` bytes, every truncation and every extension is `Forged`; in the public
/// bytes a change is refused too, as whatever they then claim to be.
pub(crate) fn assert_every_change_is_refused<T>(
    kind: Kind,
    text: &str,
    public: usize,
    open: impl Fn(&str) -> Result<T, OpenError>,
) {
    assert!(open(text).is_ok(), "the unchanged object opens");
    assert_every_change_is_refused_with(kind, text, public, open);
}

pub(crate) fn assert_every_change_is_refused_with<T>(
    kind: Kind,
    text: &str,
    public: usize,
    open: impl Fn(&str) -> Result<T, OpenError>,
) {
    let bytes = envelope::decode(kind, text).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = open(&envelope::encode(kind, &changed)).err();
        if bit / 8 < public {
            assert!(error.is_some(), "bit {bit}");
        } else if error != Some(OpenError::Forged) {
            // Inside a signed PAE the suite is one piece among others.
            assert_eq!((error, bytes[bit / 8]), (Some(OpenError::UnknownSuite), crate::SUITE), "bit {bit}");
        }
    }
    for length in 0..bytes.len() {
        assert_eq!(open(&envelope::encode(kind, &bytes[..length])).err(), Some(OpenError::Forged), "length {length}");
    }
    for length in kind.prefix().len()..text.len() {
        assert_eq!(open(&text[..length]).err(), Some(OpenError::Forged), "text of {length}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(open(&envelope::encode(kind, &longer)).err(), Some(OpenError::Forged), "one byte more");
}

/// A project with an admin, a writer, a reader and one environment.
pub(crate) struct Project {
    pub admin: Identity,
    pub writer: Identity,
    pub reader: Identity,
    pub env: EnvUid,
    pub keyring: KeyringState,
    pub links: Vec<Link>,
}

impl Project {
    pub(crate) fn new(rng: &mut ChaCha20Rng) -> Self {
        let admin = Identity::generate(rng);
        let (writer, reader) = (Identity::generate(rng), Identity::generate(rng));
        let env = EnvUid::generate(rng);
        let (keyring, genesis) = KeyringState::found(RingUid::generate(rng), &admin, "ada", "coffer", 1).unwrap();
        let mut project = Self { admin, writer, reader, env, keyring, links: vec![genesis] };
        project.sign(Op::DeclareEnv { env, server_ref: "env-dev".to_owned() });
        for (user, keys, access) in [
            ("will", project.writer.public(), Access::Write),
            ("rita", project.reader.public(), Access::Read),
        ] {
            project.sign(Op::AddUser {
                user: user.to_owned(),
                keys,
                rights: Rights::default().with(env, access),
                proof: Proof::Words,
                heads: BTreeMap::new(),
            });
        }
        project
    }

    /// The admin signs, everybody applies.
    pub(crate) fn sign(&mut self, op: Op) {
        let link = self.keyring.sign_next(&self.admin, op, self.keyring.seq() + 1).unwrap();
        let link = Link::parse(&link.to_text()).unwrap();
        self.keyring.apply(&link).unwrap();
        self.links.push(link);
    }

    pub(crate) fn context(&self, epoch: u32) -> EnvContext {
        EnvContext { ring: self.keyring.ring(), env: self.env, epoch }
    }
}
