//! What the unit tests of this crate share.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    contents::{Changes, Contents, seal_changes},
    envelope::{self, Kind},
    environment::{EnvContext, EpochKey, Wrap},
    error::OpenError,
    id::{EnvUid, RingUid, SlotId},
    identity::Identity,
    keyring::{Access, KeyringState, Link, Op, Proof, Rights},
    log::{EpochKeys, EpochPublic, EpochReason, Header, Log, LogError, RecordKind, SealedBody},
    names::{SecretName, SecretPath},
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
    let bytes = envelope::decode(kind, text).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = open(&envelope::encode(kind, &changed)).err();
        if bit / 8 < public {
            assert!(error.is_some(), "bit {bit}");
        } else if error != Some(OpenError::Forged) {
            // Inside a signed PAE the suite is one piece among others.
            assert_eq!(
                (error, bytes[bit / 8]),
                (Some(OpenError::UnknownSuite), crate::SUITE),
                "bit {bit}"
            );
        }
    }
    for length in 0..bytes.len() {
        assert_eq!(
            open(&envelope::encode(kind, &bytes[..length])).err(),
            Some(OpenError::Forged),
            "length {length}"
        );
    }
    for length in kind.prefix().len()..text.len() {
        assert_eq!(
            open(&text[..length]).err(),
            Some(OpenError::Forged),
            "text of {length}"
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(
        open(&envelope::encode(kind, &longer)).err(),
        Some(OpenError::Forged),
        "one byte more"
    );
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
        let (keyring, genesis) =
            KeyringState::found(RingUid::generate(rng), &admin, "ada", "coffer", 1).unwrap();
        let mut project = Self {
            admin,
            writer,
            reader,
            env,
            keyring,
            links: vec![genesis],
        };
        project.sign(Op::DeclareEnv {
            env,
            server_ref: "env-dev".to_owned(),
        });
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
        let link = self
            .keyring
            .sign_next(&self.admin, op, self.keyring.seq() + 1)
            .unwrap();
        let link = Link::parse(&link.to_text()).unwrap();
        self.keyring.apply(&link).unwrap();
        self.links.push(link);
    }

    pub(crate) fn context(&self, epoch: u32) -> EnvContext {
        EnvContext {
            ring: self.keyring.ring(),
            env: self.env,
            epoch,
        }
    }
}

/// One environment as a client keeps it: log, keys, contents and the sealed bodies.
pub(crate) struct Opened {
    pub log: Log,
    pub keys: EpochKeys,
    pub contents: Contents,
    pub bodies: BTreeMap<u64, Vec<String>>,
}

impl Opened {
    /// The admin begins the first epoch, to all readers.
    pub(crate) fn begin(project: &Project, rng: &mut ChaCha20Rng) -> Self {
        let mut opened = Self {
            log: Log::new(project.keyring.ring(), project.env, None),
            keys: EpochKeys::default(),
            contents: Contents::default(),
            bodies: BTreeMap::new(),
        };
        opened.rotate(project, &project.admin, rng).unwrap();
        opened
    }

    pub(crate) fn rotate(
        &mut self,
        project: &Project,
        author: &Identity,
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<Wrap>, LogError> {
        let key = EpochKey::generate(project.context(self.log.next_epoch()), rng);
        let readers = project.keyring.readers(&project.env);
        let wraps: Vec<Wrap> = readers
            .iter()
            .map(|reader| Wrap::seal(&key, &reader.keys, author, &project.keyring, rng).unwrap())
            .collect();
        let public = EpochPublic {
            commitment: key.commitment(),
            previous: key.seal_previous(self.keys.newest(), rng),
            wraps: wraps.iter().map(|wrap| (wrap.recipient(), wrap.hash())).collect(),
            reason: EpochReason::FIRST,
        };
        let draft = self.contents.checkpoint(|_| true);
        let body = draft
            .seal(&key, self.log.next_seq(), RecordKind::Epoch, rng)
            .unwrap();
        let header = self.log.sign_epoch(author, &project.keyring, public, &body, 1)?;
        self.keys.add(key);
        self.push(project, header, &body)?;
        Ok(wraps)
    }

    pub(crate) fn push(
        &mut self,
        project: &Project,
        header: Header,
        body: &SealedBody,
    ) -> Result<(), LogError> {
        let header = Header::parse(&header.to_text())?;
        self.log.push(header.clone(), &project.keyring)?;
        self.bodies.insert(header.seq(), body.chunks().to_vec());
        self.contents.apply(&header, body.chunks(), &self.keys)
    }

    /// Writes one record of what `change` does.
    pub(crate) fn write(
        &mut self,
        project: &Project,
        author: &Identity,
        rng: &mut ChaCha20Rng,
        change: impl FnOnce(&mut Changes<'_>, &mut ChaCha20Rng),
    ) -> Result<(), LogError> {
        let key = self.keys.newest().unwrap();
        let mut changes = Changes::new(&self.contents, key);
        change(&mut changes, rng);
        let changes = changes.into_batches().concat();
        let body = seal_changes(key, self.log.next_seq(), changes, rng)?;
        let header = self
            .log
            .sign_next(author, &project.keyring, RecordKind::Change, &body, 2)?;
        self.push(project, header, &body)
    }

    pub(crate) fn checkpoint(
        &mut self,
        project: &Project,
        author: &Identity,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), LogError> {
        let draft = self.contents.checkpoint(|_| true);
        let body = draft.seal(
            self.keys.newest().unwrap(),
            self.log.next_seq(),
            RecordKind::Checkpoint,
            rng,
        )?;
        let header = self
            .log
            .sign_next(author, &project.keyring, RecordKind::Checkpoint, &body, 3)?;
        self.push(project, header, &body)
    }

    pub(crate) fn fold_from(&self, start: u64) -> Result<Contents, LogError> {
        Contents::fold(&self.log, &self.keys, start, |seq| {
            self.bodies.get(&seq).map(Vec::as_slice)
        })
    }

    pub(crate) fn slot(&self, name: &str) -> SlotId {
        self.contents
            .at(&SecretPath::root(), &SecretName::parse(name).unwrap())
            .unwrap()
            .slot
    }
}
