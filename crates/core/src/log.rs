//! The log of an environment: signed, hash-chained headers that say which records there are and who may write them.
//!
//! Headers are verified here without any key; what the records contain is [`crate::contents`]. The truth about an
//! environment is this log; the server's rows are a projection of it (docs/PROTOCOL.md §8).

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::{EnvContext, EpochKey, Wrap, check_label},
    error::OpenError,
    hazmat,
    id::{Digest, EnvUid, Kid, RingUid},
    identity::Identity,
    keyring::{Access, KeyringState, LogHead, Rights, Standing},
    label::Label,
    layout, padme, pae,
    reader::{self, Piece, Reader},
};

/// Why a record or a log was refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LogError {
    /// The record does not continue the chain: wrong environment, number, predecessor or epoch.
    #[error("a record does not continue the one before it")]
    BrokenChain,
    /// A checkpoint does not say what the records before it say.
    #[error("a checkpoint contradicts the records before it")]
    CheckpointMismatch,
    /// The log does not pass through what this device has pinned.
    #[error("this environment's history was replaced")]
    Forked,
    /// A signature, seal or body is not what it claims to be.
    #[error("a record is not what it claims to be")]
    Forged,
    /// A record names a keyring state that this device has not seen: fetch the keyring, and if that does not help,
    /// the server serves an old one.
    #[error("a record names a newer membership than the server shows")]
    KeyringBehind,
    /// A body that is needed is not there.
    #[error("a part of this environment's history is missing")]
    Missing,
    /// The author may not write this here, or no longer.
    #[error("a record was written by somebody who may not write here")]
    NotEntitled,
    /// What it says contradicts the state before it, or itself.
    #[error("a record contradicts the ones before it")]
    Refused,
    /// The log ends before what this device has pinned or a membership record names.
    #[error("this environment's history is older than what this device has seen")]
    RolledBack,
    /// It seals under a key that somebody who left still knows.
    #[error("a record was sealed under a key that should have been replaced")]
    StaleEpoch,
    /// More entries or bytes than there may be.
    #[error("this environment is larger than it may be")]
    TooLarge,
    /// A kind of record that this version does not know.
    #[error("this environment was changed by a newer version of Coffer")]
    UnknownKind,
}

impl From<OpenError> for LogError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::TooLarge => Self::TooLarge,
            OpenError::UnknownKind | OpenError::UnknownSuite => Self::UnknownKind,
            _ => Self::Forged,
        }
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RecordKind {
    /// Entries that changed, with their sealed values.
    Change,
    /// A new epoch; its body is a checkpoint.
    Epoch,
    /// Somebody was given something outside the epochs.
    Grant,
    /// All entries, without values.
    Checkpoint,
}

impl RecordKind {
    const fn number(self) -> u8 {
        match self {
            Self::Change => 1,
            Self::Epoch => 2,
            Self::Grant => 3,
            Self::Checkpoint => 4,
        }
    }

    fn from_number(number: u8) -> Result<Self, OpenError> {
        match number {
            1 => Ok(Self::Change),
            2 => Ok(Self::Epoch),
            3 => Ok(Self::Grant),
            4 => Ok(Self::Checkpoint),
            _ => Err(OpenError::UnknownKind),
        }
    }

    /// Whether its body lists all entries, so that reading can start there.
    pub const fn is_checkpoint(self) -> bool {
        matches!(self, Self::Epoch | Self::Checkpoint)
    }
}

/// Why an epoch was begun. For display.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EpochReason(pub u8);

impl EpochReason {
    /// The environment was created.
    pub const FIRST: Self = Self(1);
    /// Somebody left or lost a right.
    pub const REDUCTION: Self = Self(2);
    /// Whole-environment access ended.
    pub const GRANT_ENDED: Self = Self(3);
    /// History was lost.
    pub const REBASE: Self = Self(4);
    /// Somebody asked for it.
    pub const ROUTINE: Self = Self(5);
}

/// What an epoch's header says in public.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochPublic {
    /// The commitment to the epoch's key.
    pub commitment: Digest,
    /// The sealed key of the epoch before; empty for the first.
    pub previous: Vec<u8>,
    /// For whom there are wraps: receiving key and hash of the wrap.
    pub wraps: BTreeMap<Kid, Digest>,
    /// Why.
    pub reason: EpochReason,
}

/// What a grant's header says in public.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GrantPublic {
    /// What was given.
    pub kind: GrantKind,
    /// The hash of the grant or wrap.
    pub hash: Digest,
    /// The receiving key.
    pub recipient: Kid,
    /// When it ends, or 0.
    pub not_after: u64,
}

/// What a grant gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantKind {
    /// Values.
    Values,
    /// The epoch's key, for a while.
    WholeEnvironment,
    /// The epoch's key, to a member who came after the epoch began.
    MemberWrap,
    /// Nothing: a grant, named by its hash, ended at the time that is named.
    Ended,
}

impl GrantKind {
    const fn number(self) -> u8 {
        match self {
            Self::Values => 1,
            Self::WholeEnvironment => 2,
            Self::MemberWrap => 3,
            Self::Ended => 4,
        }
    }

    /// Whether its record has a body: what was given, to whom, and who approved, for the environment's readers.
    const fn has_note(self) -> bool {
        matches!(self, Self::Values | Self::WholeEnvironment)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Public {
    Nothing,
    Epoch(EpochPublic),
    Grant(GrantPublic),
}

impl Public {
    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Epoch(EpochPublic {
                commitment,
                previous,
                wraps,
                reason,
            }) => {
                let wraps: Vec<Vec<u8>> = wraps
                    .iter()
                    .map(|(kid, hash)| pae::encode(&[kid.as_ref(), hash.as_ref()]))
                    .collect();
                pae::encode(&[commitment.as_ref(), previous, &pae::encode(&wraps), &[reason.0]])
            }
            Self::Grant(GrantPublic {
                kind,
                hash,
                recipient,
                not_after,
            }) => pae::encode(&[
                &[kind.number()],
                hash.as_ref(),
                recipient.as_ref(),
                &not_after.to_be_bytes(),
            ]),
        }
    }

    fn from_bytes(kind: RecordKind, bytes: &[u8]) -> Result<Self, OpenError> {
        match kind {
            RecordKind::Change | RecordKind::Checkpoint if bytes.is_empty() => Ok(Self::Nothing),
            RecordKind::Change | RecordKind::Checkpoint => Err(OpenError::Forged),
            RecordKind::Epoch => {
                let [commitment, previous, wraps, reason] = reader::fields(bytes)?;
                let wraps = reader::list(wraps, crate::keyring::MAX_MEMBERS, |item| {
                    let [kid, hash] = reader::fields(item)?;
                    Ok((Kid::read(kid)?, Digest::read(hash)?))
                })?;
                if !wraps.windows(2).all(|pair| pair[0].0 < pair[1].0) {
                    return Err(OpenError::Forged);
                }
                Ok(Self::Epoch(EpochPublic {
                    commitment: Piece::read(commitment)?,
                    previous: previous.to_vec(),
                    wraps: wraps.into_iter().collect(),
                    reason: EpochReason(Piece::read(reason)?),
                }))
            }
            RecordKind::Grant => {
                let [kind, hash, recipient, not_after] = reader::fields(bytes)?;
                Ok(Self::Grant(GrantPublic {
                    kind: match u8::read(kind)? {
                        1 => GrantKind::Values,
                        2 => GrantKind::WholeEnvironment,
                        3 => GrantKind::MemberWrap,
                        4 => GrantKind::Ended,
                        _ => return Err(OpenError::UnknownKind),
                    },
                    hash: Piece::read(hash)?,
                    recipient: Piece::read(recipient)?,
                    not_after: Piece::read(not_after)?,
                }))
            }
        }
    }
}

/// The signed header of a record. Parsing checks its form; only [`Log`] checks whether it counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    context: EnvContext,
    seq: u64,
    previous: Digest,
    kind: RecordKind,
    epoch_seq: u64,
    checkpoint_seq: u64,
    checkpoint_hash: Digest,
    keyring_seq: u64,
    keyring_hash: Digest,
    body_hash: Digest,
    body_names: Vec<String>,
    public: Public,
    author: Kid,
    created: u64,
    signature: [u8; hazmat::SIGNATURE],
}

impl Header {
    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError::UnknownKind`] for a kind that this version does not know.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Header, text)?;
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [
            label,
            suite,
            ring,
            env,
            seq,
            previous,
            kind,
            epoch,
            epoch_seq,
            checkpoint_seq,
            checkpoint_hash,
            keyring_seq,
            keyring_hash,
            body_hash,
            body_names,
            public,
            author,
            created,
        ] = reader::fields(message)?;
        check_label(label, Label::LOG, suite)?;
        let kind = RecordKind::from_number(Piece::read(kind)?)?;
        let header = Self {
            context: EnvContext {
                ring: Piece::read(ring)?,
                env: Piece::read(env)?,
                epoch: Piece::read(epoch)?,
            },
            seq: Piece::read(seq)?,
            previous: Piece::read(previous)?,
            kind,
            epoch_seq: Piece::read(epoch_seq)?,
            checkpoint_seq: Piece::read(checkpoint_seq)?,
            checkpoint_hash: Piece::read(checkpoint_hash)?,
            keyring_seq: Piece::read(keyring_seq)?,
            keyring_hash: Piece::read(keyring_hash)?,
            body_hash: Piece::read(body_hash)?,
            body_names: reader::list(body_names, MAX_CHUNKS, String::read)?,
            public: Public::from_bytes(kind, public)?,
            author: Piece::read(author)?,
            created: Piece::read(created)?,
            signature: *signature,
        };
        let prefix = format!("D{}_", header.seq);
        let ours = |name: &String| {
            name.strip_prefix(&prefix).is_some_and(|rest| {
                rest.len() <= 20 && rest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
            })
        };
        let bare = header.body_names.is_empty() && header.body_hash == self::body_hash(&[]);
        let fits = match &header.public {
            Public::Grant(grant) if !grant.kind.has_note() => bare,
            _ => !header.body_names.is_empty(),
        };
        if header.body_names.iter().all(ours) && fits {
            Ok(header)
        } else {
            Err(OpenError::Forged)
        }
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Header, &self.bytes())
    }

    /// Its hash: of two headers for one place, the lower one wins for those who had seen neither.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_HEADER, &self.bytes())
    }

    /// Its number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the header before it.
    pub fn previous(&self) -> Digest {
        self.previous
    }

    /// What the record is.
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The environment and epoch it was written under.
    pub fn context(&self) -> &EnvContext {
        &self.context
    }

    /// The record that began its epoch.
    pub fn epoch_seq(&self) -> u64 {
        self.epoch_seq
    }

    /// The newest record before this one that lists all entries, and its header's hash.
    pub fn checkpoint(&self) -> LogHead {
        LogHead {
            seq: self.checkpoint_seq,
            hash: self.checkpoint_hash,
        }
    }

    /// The keyring state it was written under.
    pub fn keyring_seq(&self) -> u64 {
        self.keyring_seq
    }

    /// The names of the rows that hold its body.
    pub fn body_names(&self) -> &[String] {
        &self.body_names
    }

    /// The hash over the sealed chunks of its body.
    pub fn body_hash(&self) -> Digest {
        self.body_hash
    }

    /// Whether these are the sealed chunks of its body.
    pub fn is_body(&self, chunks: &[String]) -> bool {
        chunks.len() == self.body_names.len() && body_hash(chunks) == self.body_hash
    }

    /// What it says in public, if it begins an epoch.
    pub fn epoch_public(&self) -> Option<&EpochPublic> {
        match &self.public {
            Public::Epoch(epoch) => Some(epoch),
            _ => None,
        }
    }

    /// What it says in public, if it is a grant.
    pub fn grant_public(&self) -> Option<&GrantPublic> {
        match &self.public {
            Public::Grant(grant) => Some(grant),
            _ => None,
        }
    }

    /// The id of the signing key of whoever wrote it.
    pub fn author(&self) -> Kid {
        self.author
    }

    /// When its author says it was written: for display, never for a decision.
    pub fn created(&self) -> u64 {
        self.created
    }

    fn message(&self) -> Vec<u8> {
        let names: Vec<&[u8]> = self.body_names.iter().map(|name| name.as_bytes()).collect();
        pae::labelled(
            Label::LOG,
            &[
                &[SUITE],
                self.context.ring.as_ref(),
                self.context.env.as_ref(),
                &self.seq.to_be_bytes(),
                self.previous.as_ref(),
                &[self.kind.number()],
                &self.context.epoch.to_be_bytes(),
                &self.epoch_seq.to_be_bytes(),
                &self.checkpoint_seq.to_be_bytes(),
                self.checkpoint_hash.as_ref(),
                &self.keyring_seq.to_be_bytes(),
                self.keyring_hash.as_ref(),
                self.body_hash.as_ref(),
                &pae::encode(&names),
                &self.public.to_bytes(),
                self.author.as_ref(),
                &self.created.to_be_bytes(),
            ],
        )
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    fn entitles(&self, rights: &Rights) -> bool {
        let env = &self.context.env;
        match &self.public {
            Public::Grant(GrantPublic {
                kind: GrantKind::MemberWrap,
                ..
            }) => rights.admin,
            Public::Grant(_) => rights.approves(env),
            _ => rights.access(env) == Access::Write,
        }
    }
}

/// A body, sealed in chunks and not yet named by a header.
#[derive(Clone, Debug)]
pub struct SealedBody {
    names: Vec<String>,
    chunks: Vec<String>,
    hash: Digest,
}

impl SealedBody {
    /// Seals `content` as the body of record `seq`.
    pub(crate) fn seal(
        key: &EpochKey,
        seq: u64,
        kind: RecordKind,
        content: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, LogError> {
        let count = content.len().div_ceil(CHUNK).max(1);
        if count > MAX_CHUNKS {
            return Err(LogError::TooLarge);
        }
        let body_key = key.derive_log();
        let mut names = Vec::with_capacity(count);
        let mut chunks = Vec::with_capacity(count);
        for index in 0..count {
            let part = &content[index * CHUNK..content.len().min((index + 1) * CHUNK)];
            let padded = padme::padded(5 + part.len());
            let mut plaintext = Vec::with_capacity(padded + hazmat::TAG);
            plaintext.push(CHUNK_LAYOUT);
            plaintext.extend_from_slice(&(part.len() as u32).to_be_bytes());
            plaintext.extend_from_slice(part);
            plaintext.resize(padded, 0);
            let mut nonce = [0; hazmat::NONCE];
            rng.fill_bytes(&mut nonce);
            let aad = chunk_aad(key.context(), seq, kind, index, count);
            let mut bytes = vec![SUITE];
            bytes.extend_from_slice(&nonce);
            bytes.extend_from_slice(&hazmat::seal(body_key.bytes(), &nonce, &aad, plaintext));
            chunks.push(envelope::encode(Kind::Chunk, &bytes));
            let mut random = [0; 4];
            rng.fill_bytes(&mut random);
            names.push(layout::chunk_name(seq, index, random));
        }
        let hash = body_hash(&chunks);
        Ok(Self { names, chunks, hash })
    }

    /// Rows to create before the header: name and text.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names
            .iter()
            .zip(&self.chunks)
            .map(|(name, chunk)| (name.as_str(), chunk.as_str()))
    }

    /// The sealed chunks.
    pub fn chunks(&self) -> &[String] {
        &self.chunks
    }
}

/// The verified headers of an environment's log. It grows by [`Log::push`] only. Copies share the headers.
#[derive(Clone, Debug)]
pub struct Log {
    ring: RingUid,
    env: EnvUid,
    pin: Option<LogHead>,
    first: u64,
    headers: Vec<Arc<(Header, Digest)>>,
    /// Checkpoints before `first`, by which older epochs are authentic.
    spine: BTreeMap<u64, Arc<(Header, Digest)>>,
    /// The record that began each epoch.
    epochs: BTreeMap<u32, u64>,
    /// Heads that membership records name and this log must pass through.
    milestones: BTreeMap<u64, Digest>,
    /// What this device verified before it pinned it is being added again.
    recalling: bool,
}

impl Log {
    /// An empty log, to be filled from record 0. `pin` is what this device has seen.
    pub fn new(ring: RingUid, env: EnvUid, pin: Option<LogHead>) -> Self {
        Self {
            ring,
            env,
            pin,
            first: 0,
            headers: Vec::new(),
            spine: BTreeMap::new(),
            epochs: BTreeMap::new(),
            milestones: BTreeMap::new(),
            recalling: false,
        }
    }

    /// A log that this device has verified and kept under a seal of its own, from record 0 on. `pin` is what it has
    /// seen: the hashes up to there show that these are the very headers, so signatures are not verified a second time.
    /// Every other rule is checked, since membership may have changed.
    ///
    /// As with every log, it counts once [`Log::check_complete`] says that it has reached the pin.
    ///
    /// # Errors
    /// [`LogError`]; treat it as a lost cache.
    pub fn recall(
        ring: RingUid,
        env: EnvUid,
        pin: LogHead,
        headers: Vec<Header>,
        keyring: &KeyringState,
    ) -> Result<Self, LogError> {
        let mut log = Self::new(ring, env, Some(pin));
        log.recalling = true;
        for header in headers {
            log.push(header, keyring)?;
        }
        log.recalling = false;
        Ok(log)
    }

    /// A log to be filled from a checkpoint on. `spine` are headers of checkpoints, oldest first, each named by the
    /// next as the one before it: the first begins an epoch, and the last is where reading starts. All epochs whose keys
    /// are needed must be among them.
    ///
    /// What lies between them is not seen. Where that matters this refuses, and the caller reads from record 0:
    /// [`Log::check_complete`] says that a head which must be passed through is missing, and an epoch that was sealed to
    /// the holder of a whole-environment grant is refused here.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn resume(
        ring: RingUid,
        env: EnvUid,
        pin: Option<LogHead>,
        spine: Vec<Header>,
        keyring: &KeyringState,
    ) -> Result<Self, LogError> {
        let mut log = Self::new(ring, env, pin);
        log.first = spine.last().ok_or(LogError::Missing)?.seq;
        for header in spine {
            log.check_spine(&header, keyring)?;
            let hash = header.hash();
            log.adopt(&header, &hash, keyring)?;
            log.spine.insert(header.seq, Arc::new((header, hash)));
        }
        // Ascending, so that the newest is where reading starts.
        log.headers.extend(log.spine.remove(&log.first));
        Ok(log)
    }

    /// Adds the next header if it counts; the log is unchanged otherwise.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn push(&mut self, header: Header, keyring: &KeyringState) -> Result<(), LogError> {
        self.check_next(&header, keyring)?;
        let hash = header.hash();
        self.adopt(&header, &hash, keyring)?;
        self.headers.push(Arc::new((header, hash)));
        Ok(())
    }

    /// Checks that the log has reached everything that this device has pinned and that membership records name.
    /// Call it after the last header; only then may pins move.
    ///
    /// # Errors
    /// [`LogError::RolledBack`] or [`LogError::Forked`].
    pub fn check_complete(&self) -> Result<(), LogError> {
        let head = self.head().ok_or(LogError::Missing)?;
        let must = self.pin.iter().map(|pin| (pin.seq, pin.hash));
        for (seq, hash) in must.chain(self.milestones.iter().map(|(seq, hash)| (*seq, *hash))) {
            if seq > head.seq {
                return Err(LogError::RolledBack);
            }
            match self.hash_at(seq) {
                Some(got) if got == hash => {}
                Some(_) => return Err(LogError::Forked),
                // Before the checkpoint that reading started from: the caller descends to it, or reads from the start.
                None => return Err(LogError::Missing),
            }
        }
        Ok(())
    }

    /// The environment.
    pub fn env(&self) -> EnvUid {
        self.env
    }

    /// The project.
    pub fn ring(&self) -> RingUid {
        self.ring
    }

    /// The newest record: what to pin.
    pub fn head(&self) -> Option<LogHead> {
        self.newest().map(|(header, hash)| LogHead {
            seq: header.seq,
            hash: *hash,
        })
    }

    /// The number that the next record will have.
    pub fn next_seq(&self) -> u64 {
        // No header that counts has the last number: see `check_place`.
        self.newest()
            .map_or(0, |(header, _)| header.seq.saturating_add(1))
    }

    /// The hash of a header that was read.
    pub fn hash_at(&self, seq: u64) -> Option<Digest> {
        self.entry(seq).map(|(_, hash)| *hash)
    }

    /// A header that was read.
    pub fn header(&self, seq: u64) -> Option<&Header> {
        self.entry(seq).map(|(header, _)| header)
    }

    /// The headers in a row that were read, oldest first.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.headers.iter().map(|record| &record.0)
    }

    /// The newest record that lists all entries: where reading contents starts.
    pub fn last_checkpoint(&self) -> Option<u64> {
        self.headers
            .iter()
            .rev()
            .find(|record| record.0.kind.is_checkpoint())
            .map(|record| record.0.seq)
    }

    /// The newest record up to `seq` that lists all entries.
    pub fn checkpoint_at(&self, seq: u64) -> Option<u64> {
        let before = self.headers().take_while(|header| header.seq <= seq);
        let checkpoints = before.filter(|header| header.kind.is_checkpoint());
        checkpoints.map(|header| header.seq).last()
    }

    /// The newest epoch.
    pub fn epoch(&self) -> Option<u32> {
        self.epochs.last_key_value().map(|(epoch, _)| *epoch)
    }

    /// The header that began an epoch.
    pub fn epoch_header(&self, epoch: u32) -> Option<&Header> {
        self.header(*self.epochs.get(&epoch)?)
    }

    /// Whether a writer must begin a new epoch before writing: somebody has lost a right since the last one began.
    pub fn must_rotate(&self, keyring: &KeyringState) -> bool {
        let began = self
            .epoch()
            .and_then(|epoch| self.epoch_header(epoch))
            .map_or(0, |header| header.keyring_seq);
        keyring
            .last_reduction(&self.env, keyring.seq())
            .is_some_and(|reduction| reduction > began)
    }

    /// The hashes of the wraps that the log names for a reader at an epoch: in its header, and in later records for a
    /// member who came after it began. None at all means that somebody has yet to wrap the key to this reader.
    pub fn wrap_hashes(&self, epoch: u32, reader: &Kid) -> Vec<Digest> {
        let public = self.epoch_header(epoch).and_then(Header::epoch_public);
        let later = self
            .headers()
            .filter(|header| header.context.epoch == epoch)
            .filter_map(|header| {
                let grant = header.grant_public()?;
                (grant.kind == GrantKind::MemberWrap && grant.recipient == *reader).then_some(grant.hash)
            });
        public
            .and_then(|public| public.wraps.get(reader).copied())
            .into_iter()
            .chain(later)
            .collect()
    }

    /// The record that names a grant, by the grant's hash.
    pub fn grant(&self, hash: &Digest) -> Option<&Header> {
        self.headers().find(|header| {
            let grant = header.grant_public();
            grant.is_some_and(|grant| grant.kind.has_note() && grant.hash == *hash)
        })
    }

    /// When a grant ended before its time, as the first record says that ends it.
    pub fn ended(&self, hash: &Digest) -> Option<u64> {
        let ends = self.headers().filter_map(Header::grant_public);
        let mut ends = ends.filter(|end| end.kind == GrantKind::Ended && end.hash == *hash);
        ends.next().map(|end| end.not_after)
    }

    /// Opens a wrap of an epoch with every check: this log names it, an entitled author signed it, and the key inside
    /// is the one that the epoch's header commits to.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn open_epoch(
        &self,
        wrap: &Wrap,
        reader: &Identity,
        keyring: &KeyringState,
    ) -> Result<EpochKey, OpenError> {
        let epoch = wrap.context().epoch;
        let public = self
            .epoch_header(epoch)
            .and_then(Header::epoch_public)
            .ok_or(OpenError::Forged)?;
        if !self
            .wrap_hashes(epoch, &reader.public().kem_kid())
            .contains(&wrap.hash())
        {
            return Err(OpenError::Forged);
        }
        let context = EnvContext {
            ring: self.ring,
            env: self.env,
            epoch,
        };
        wrap.open(&context, &public.commitment, reader, keyring)
    }

    /// Derives the keys of all epochs up to that of `newest`, each compared with the header that began it.
    ///
    /// # Errors
    /// [`LogError::Forged`] where a key is not the one that its header commits to.
    pub fn keys(&self, newest: EpochKey) -> Result<EpochKeys, LogError> {
        let mut keys = EpochKeys(BTreeMap::new());
        let mut key = newest;
        loop {
            let EnvContext { ring, env, epoch } = *key.context();
            let Some(public) = self.epoch_header(epoch).and_then(Header::epoch_public) else {
                // Older than what was read: nothing that is needed.
                return if keys.0.is_empty() {
                    Err(LogError::Missing)
                } else {
                    Ok(keys)
                };
            };
            let same = hazmat::equal(key.commitment().as_ref(), public.commitment.as_ref());
            if !same || (ring, env) != (self.ring, self.env) {
                return Err(LogError::Forged);
            }
            let previous = (epoch > 1)
                .then(|| key.open_previous(&public.previous))
                .transpose()?;
            keys.0.insert(epoch, key);
            match previous {
                Some(previous) => key = previous,
                None => return Ok(keys),
            }
        }
    }

    /// Signs the header of a change or checkpoint whose body was sealed for [`Log::next_seq`].
    ///
    /// # Errors
    /// [`LogError`] where others would refuse it.
    pub fn sign_next(
        &self,
        author: &Identity,
        keyring: &KeyringState,
        kind: RecordKind,
        body: &SealedBody,
        created: u64,
    ) -> Result<Header, LogError> {
        if matches!(kind, RecordKind::Epoch | RecordKind::Grant) {
            return Err(LogError::Refused);
        }
        let epoch = self.epoch().ok_or(LogError::Refused)?;
        let epoch_seq = *self.epochs.get(&epoch).ok_or(LogError::Refused)?;
        self.sign(
            author,
            keyring,
            (kind, epoch, epoch_seq),
            Public::Nothing,
            Some(body),
            created,
        )
    }

    /// Signs the header that begins an epoch, whose body is a checkpoint sealed under the new key.
    ///
    /// # Errors
    /// [`LogError`] where others would refuse it.
    pub fn sign_epoch(
        &self,
        author: &Identity,
        keyring: &KeyringState,
        public: EpochPublic,
        body: &SealedBody,
        created: u64,
    ) -> Result<Header, LogError> {
        let epoch = self.next_epoch();
        self.sign(
            author,
            keyring,
            (RecordKind::Epoch, epoch, self.next_seq()),
            Public::Epoch(public),
            Some(body),
            created,
        )
    }

    /// Signs the header of a grant. Of values or of the whole environment it has a note as its body.
    ///
    /// # Errors
    /// [`LogError`] where others would refuse it.
    pub fn sign_grant(
        &self,
        author: &Identity,
        keyring: &KeyringState,
        public: GrantPublic,
        note: Option<&SealedBody>,
        created: u64,
    ) -> Result<Header, LogError> {
        let epoch = self.epoch().ok_or(LogError::Refused)?;
        let epoch_seq = *self.epochs.get(&epoch).ok_or(LogError::Refused)?;
        self.sign(
            author,
            keyring,
            (RecordKind::Grant, epoch, epoch_seq),
            Public::Grant(public),
            note,
            created,
        )
    }

    /// The number of the epoch after the newest.
    pub fn next_epoch(&self) -> u32 {
        self.epoch().map_or(1, |epoch| epoch.saturating_add(1))
    }

    fn sign(
        &self,
        author: &Identity,
        keyring: &KeyringState,
        (kind, epoch, epoch_seq): (RecordKind, u32, u64),
        public: Public,
        body: Option<&SealedBody>,
        created: u64,
    ) -> Result<Header, LogError> {
        let checkpoint = self.checkpoint_before_next();
        let mut header = Header {
            context: EnvContext {
                ring: self.ring,
                env: self.env,
                epoch,
            },
            seq: self.next_seq(),
            previous: self.head().map_or(Digest::ZERO, |head| head.hash),
            kind,
            epoch_seq,
            checkpoint_seq: checkpoint.seq,
            checkpoint_hash: checkpoint.hash,
            keyring_seq: keyring.seq(),
            keyring_hash: keyring.head(),
            body_hash: body.map_or_else(|| body_hash(&[]), |body| body.hash),
            body_names: body.map(|body| body.names.clone()).unwrap_or_default(),
            public,
            author: author.public().sign_kid(),
            created,
            signature: [0; hazmat::SIGNATURE],
        };
        header.signature = author.sign(&header.message());
        let header = Header::parse(&header.to_text())?;
        self.check_next(&header, keyring)?;
        Ok(header)
    }

    fn newest(&self) -> Option<&(Header, Digest)> {
        self.headers.last().map(|record| &**record)
    }

    fn entry(&self, seq: u64) -> Option<&(Header, Digest)> {
        let record = match seq.checked_sub(self.first) {
            Some(index) => self.headers.get(usize::try_from(index).ok()?),
            None => self.spine.get(&seq),
        };
        record.map(|record| &**record)
    }

    fn checkpoint_before_next(&self) -> LogHead {
        self.last_checkpoint()
            .and_then(|seq| {
                Some(LogHead {
                    seq,
                    hash: self.hash_at(seq)?,
                })
            })
            .unwrap_or(LogHead {
                seq: 0,
                hash: Digest::ZERO,
            })
    }

    fn check_place(&self, header: &Header) -> Result<(), LogError> {
        let context = &header.context;
        let epoch_at = header.kind == RecordKind::Epoch && header.epoch_seq != header.seq;
        // After the last number there is no next one.
        let last = header.seq == u64::MAX || context.epoch == u32::MAX;
        if (context.ring, context.env) != (self.ring, self.env) || epoch_at || context.epoch == 0 || last {
            return Err(LogError::BrokenChain);
        }
        Ok(())
    }

    /// The rules of [`Self::check_next`], as far as they can be told from checkpoints alone.
    fn check_spine(&self, header: &Header, keyring: &KeyringState) -> Result<(), LogError> {
        self.check_place(header)?;
        self.check_author(header, keyring)?;
        let Some((before, hash)) = self.spine.last_key_value().map(|(_, record)| &**record) else {
            // Where the chain cannot be seen, its very beginning at least has one form.
            let (epoch, start) = (header.context.epoch, header.seq == 0);
            let none = header.previous.is_zero() && header.checkpoint() == self.checkpoint_before_next();
            if (epoch == 1) != start || start && !none {
                return Err(LogError::BrokenChain);
            }
            return self.check_epoch(header, keyring, epoch);
        };
        let before_is = LogHead {
            seq: before.seq,
            hash: *hash,
        };
        if !header.kind.is_checkpoint()
            || header.checkpoint() != before_is
            || header.seq <= before.seq
            || header.keyring_seq < before.keyring_seq
        {
            return Err(LogError::BrokenChain);
        }
        self.check_epoch_of(header, keyring)
    }

    fn check_next(&self, header: &Header, keyring: &KeyringState) -> Result<(), LogError> {
        self.check_place(header)?;
        let previous = self.head().map_or(Digest::ZERO, |head| head.hash);
        if header.seq != self.next_seq()
            || header.previous != previous
            || header.checkpoint() != self.checkpoint_before_next()
        {
            return Err(LogError::BrokenChain);
        }
        self.check_author(header, keyring)?;
        let before = self.newest().map(|(header, _)| header);
        if before.is_some_and(|before| header.keyring_seq < before.keyring_seq) {
            return Err(LogError::BrokenChain);
        }
        self.check_epoch_of(header, keyring)
    }

    /// It begins the next epoch, for those who may have it, or is of the newest one.
    fn check_epoch_of(&self, header: &Header, keyring: &KeyringState) -> Result<(), LogError> {
        if header.kind == RecordKind::Epoch {
            return self.check_epoch(header, keyring, self.next_epoch());
        }
        let epoch = self.epoch().ok_or(LogError::BrokenChain)?;
        let epoch_seq = self.epochs.get(&epoch).copied();
        if header.context.epoch != epoch || Some(header.epoch_seq) != epoch_seq {
            return Err(LogError::BrokenChain);
        }
        // Who wrote this knew that somebody had lost a right, and yet used the key from before.
        let began = self.epoch_header(epoch).ok_or(LogError::BrokenChain)?.keyring_seq;
        match keyring.last_reduction(&self.env, header.keyring_seq) {
            Some(reduction) if reduction > began => Err(LogError::StaleEpoch),
            _ => Ok(()),
        }
    }

    fn check_epoch(&self, header: &Header, keyring: &KeyringState, expected: u32) -> Result<(), LogError> {
        let public = header.epoch_public().ok_or(LogError::BrokenChain)?;
        if header.context.epoch != expected || public.previous.is_empty() != (expected == 1) {
            return Err(LogError::BrokenChain);
        }
        let mut readers = keyring.reader_kids_at(&self.env, header.keyring_seq);
        readers.extend(
            self.headers()
                .filter_map(Header::grant_public)
                .filter(|grant| grant.kind == GrantKind::WholeEnvironment)
                .map(|grant| grant.recipient),
        );
        if public.wraps.keys().all(|kid| readers.contains(kid)) {
            Ok(())
        } else {
            Err(LogError::NotEntitled)
        }
    }

    /// The author signed it, held the right at the state it names, and holds it still or held it up to here.
    fn check_author(&self, header: &Header, keyring: &KeyringState) -> Result<(), LogError> {
        match keyring.hash_at(header.keyring_seq) {
            None => return Err(LogError::KeyringBehind),
            Some(hash) if hash != header.keyring_hash => return Err(LogError::Forged),
            Some(_) => {}
        }
        let author = keyring.author(&header.author).ok_or(LogError::NotEntitled)?;
        let pinned = self.pin.is_some_and(|pin| header.seq <= pin.seq);
        if !(self.recalling && pinned) {
            author
                .verify(&header.message(), &header.signature)
                .map_err(|_| LogError::Forged)?;
        }
        let rights = keyring
            .rights_at(&header.author, header.keyring_seq)
            .ok_or(LogError::NotEntitled)?;
        if !header.entitles(rights) {
            return Err(LogError::NotEntitled);
        }
        if pinned {
            return Ok(());
        }
        match self.standing(header, keyring) {
            Standing::Holds => Ok(()),
            Standing::Until(head) if header.seq <= head.seq => Ok(()),
            Standing::Until(_) | Standing::Lost => Err(LogError::NotEntitled),
        }
    }

    fn standing(&self, header: &Header, keyring: &KeyringState) -> Standing {
        keyring.standing(&header.author, &self.env, header.keyring_seq, |rights| {
            header.entitles(rights)
        })
    }

    /// Where the author has lost the right, the log must pass through the head that the loss names.
    fn milestone(&self, header: &Header, keyring: &KeyringState) -> Option<LogHead> {
        match self.standing(header, keyring) {
            Standing::Until(head) => Some(head),
            _ => None,
        }
    }

    /// Takes note of a header that was checked: what it begins, and what the log must pass through because of it.
    fn adopt(&mut self, header: &Header, hash: &Digest, keyring: &KeyringState) -> Result<(), LogError> {
        let milestone = self.milestone(header, keyring);
        if milestone.is_some_and(|named| named.seq == header.seq && named.hash != *hash) {
            return Err(LogError::Forked);
        }
        self.check_pinned(header, hash)?;
        if let Some(milestone) = milestone {
            self.milestones.insert(milestone.seq, milestone.hash);
        }
        if header.kind == RecordKind::Epoch {
            self.epochs.insert(header.context.epoch, header.seq);
        }
        Ok(())
    }

    fn check_pinned(&self, header: &Header, hash: &Digest) -> Result<(), LogError> {
        let pinned = self.pin.filter(|pin| pin.seq == header.seq).map(|pin| pin.hash);
        let named = self.milestones.get(&header.seq).copied();
        if pinned.into_iter().chain(named).all(|expected| expected == *hash) {
            Ok(())
        } else {
            Err(LogError::Forked)
        }
    }
}

/// The keys of an environment's epochs.
#[derive(Debug, Default)]
pub struct EpochKeys(BTreeMap<u32, EpochKey>);

impl EpochKeys {
    /// The key of an epoch.
    pub fn of(&self, epoch: u32) -> Option<&EpochKey> {
        self.0.get(&epoch)
    }

    /// The key of the newest epoch.
    pub fn newest(&self) -> Option<&EpochKey> {
        self.0.last_key_value().map(|(_, key)| key)
    }

    /// Adds the key of an epoch that was just begun.
    pub fn add(&mut self, key: EpochKey) {
        self.0.insert(key.context().epoch, key);
    }
}

/// Opens the body of a record: the sealed chunks must be those that its header names.
pub(crate) fn open_body(
    header: &Header,
    chunks: &[String],
    key: &EpochKey,
) -> Result<Zeroizing<Vec<u8>>, LogError> {
    if !header.is_body(chunks) {
        return Err(LogError::Forged);
    }
    if *key.context() != header.context {
        return Err(LogError::Forged);
    }
    let body_key = key.derive_log();
    let mut content = Zeroizing::new(Vec::with_capacity(chunks.iter().map(|chunk| chunk.len()).sum()));
    for (index, chunk) in chunks.iter().enumerate() {
        let bytes = envelope::decode(Kind::Chunk, chunk)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        let nonce = reader.array()?;
        let aad = chunk_aad(&header.context, header.seq, header.kind, index, chunks.len());
        let plaintext = hazmat::open(body_key.bytes(), &nonce, &aad, reader.0)?;
        let mut reader = Reader(&plaintext);
        if reader.u8()? != CHUNK_LAYOUT {
            return Err(LogError::Forged);
        }
        let length = reader.u32()? as usize;
        let part = reader.take(length)?;
        if plaintext.len() != padme::padded(5 + length) || reader.0.iter().any(|byte| *byte != 0) {
            return Err(LogError::Forged);
        }
        content.extend_from_slice(part);
    }
    Ok(content)
}

fn body_hash(chunks: &[String]) -> Digest {
    let pieces: Vec<&[u8]> = chunks.iter().map(|chunk| chunk.as_bytes()).collect();
    Digest::from_bytes(hazmat::sha256(&pae::labelled(Label::LOG_BODY_HASH, &pieces)))
}

fn chunk_aad(context: &EnvContext, seq: u64, kind: RecordKind, index: usize, count: usize) -> Vec<u8> {
    pae::labelled(
        Label::LOG_BODY,
        &[
            &[SUITE],
            context.ring.as_ref(),
            context.env.as_ref(),
            &seq.to_be_bytes(),
            &[kind.number()],
            &(index as u32).to_be_bytes(),
            &(count as u32).to_be_bytes(),
        ],
    )
}

/// The most bytes of body that one fold reads.
pub const MAX_BODY: usize = 16 << 20;
/// The most chunks of one body.
pub const MAX_CHUNKS: usize = 64;
/// The most content of one chunk: with its length it fills 256 KiB, and its row stays below 384 KiB.
const CHUNK: usize = (256 << 10) - 5;
const CHUNK_LAYOUT: u8 = 1;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        keyring::{Heads, Op},
        names::{SecretName, SecretPath},
        testing::{self, Opened, Project},
        value::SecretContent,
    };
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;

    fn put(
        opened: &mut Opened,
        project: &Project,
        author: &Identity,
        name: &str,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), LogError> {
        opened.write(project, author, rng, |changes, rng| {
            let (path, name) = (SecretPath::root(), SecretName::parse(name).unwrap());
            changes
                .create(&path, &name, &SecretContent::text("x"), rng)
                .unwrap();
        })
    }

    fn reread(log: &Log, pin: Option<LogHead>, keyring: &KeyringState) -> Result<Log, LogError> {
        let mut again = Log::new(log.ring(), log.env(), pin);
        for header in log.headers() {
            again.push(Header::parse(&header.to_text())?, keyring)?;
        }
        again.check_complete()?;
        Ok(again)
    }

    fn heads(opened: &Opened) -> Heads {
        [(opened.log.env(), opened.log.head().unwrap())].into()
    }

    #[test]
    fn what_is_recalled_is_what_was_pinned() {
        let mut rng = testing::rng(21);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        for name in ["A", "B", "C"] {
            put(&mut opened, &project, &project.writer, name, &mut rng).unwrap();
        }
        let pin = opened.log.head().unwrap();
        put(&mut opened, &project, &project.writer, "D", &mut rng).unwrap();
        let headers: Vec<Header> = opened.log.headers().cloned().collect();
        let recall = |pin, headers: Vec<Header>, project: &Project| {
            let (ring, env) = (project.keyring.ring(), project.env);
            let log = Log::recall(ring, env, pin, headers, &project.keyring)?;
            log.check_complete()?;
            Ok(log.head())
        };
        assert_eq!(recall(pin, headers.clone(), &project), Ok(opened.log.head()));
        assert_eq!(
            recall(pin, headers[..3].to_vec(), &project),
            Err(LogError::RolledBack)
        );
        for seq in 0..headers.len() {
            let mut changed = headers.clone();
            changed[seq].signature[0] ^= 1;
            // Below the pin another signature is another hash; above it, it is verified.
            assert!(recall(pin, changed, &project).is_err(), "signature of {seq}");
            let mut changed = headers.clone();
            changed[seq].created += 1;
            assert!(recall(pin, changed, &project).is_err(), "time of {seq}");
            let mut missing = headers.clone();
            missing.remove(seq);
            let is_newest = seq == headers.len() - 1;
            assert_eq!(recall(pin, missing, &project).is_ok(), is_newest, "without {seq}");
        }
        // Membership may have changed: what the writer wrote after the pin no longer counts.
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: [(project.env, pin)].into(),
        });
        assert_eq!(recall(pin, headers, &project), Err(LogError::NotEntitled));
    }

    #[test]
    fn what_a_removal_names_may_be_lost_by_a_rebase_only() {
        let mut rng = testing::rng(22);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.writer, "A", &mut rng).unwrap();
        let left: Vec<Header> = opened.log.headers().cloned().collect();
        let to = opened.log.head().unwrap();
        put(&mut opened, &project, &project.writer, "B", &mut rng).unwrap();
        let lost = opened.log.head().unwrap();
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: heads(&opened),
        });
        let read = |pin: Option<LogHead>, headers: &[Header], project: &Project| {
            let mut log = Log::new(project.keyring.ring(), project.env, pin);
            for header in headers {
                log.push(header.clone(), &project.keyring)?;
            }
            log.check_complete()?;
            Ok(log)
        };
        // The server lost the record that the removal names: to newcomers too.
        assert_eq!(read(None, &left, &project).err(), Some(LogError::RolledBack));
        let named = project.keyring.seq();
        project.sign(Op::Rebase {
            env: project.env,
            lost,
            to,
        });
        let log = read(None, &left, &project).unwrap();
        assert!(log.must_rotate(&project.keyring), "a new epoch is forced");
        // Whoever had seen more is asked first; what the removed writer wrote after that place counts for nobody.
        assert_eq!(
            read(Some(lost), &left, &project).err(),
            Some(LogError::RolledBack)
        );
        let rebase = project.keyring.rebase_of(&project.env, &lost, named).unwrap();
        assert_eq!(
            (rebase.to, rebase.author),
            (to, project.admin.public().sign_kid())
        );
        let all: Vec<Header> = opened.log.headers().cloned().collect();
        assert_eq!(read(Some(to), &all, &project).err(), Some(LogError::NotEntitled));
        assert!(read(Some(to), &left, &project).is_ok());
    }

    #[test]
    fn a_writer_writes_and_a_reader_does_not() {
        let mut rng = testing::rng(1);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        assert_eq!(put(&mut opened, &project, &project.writer, "A", &mut rng), Ok(()));
        assert_eq!(
            put(&mut opened, &project, &project.reader, "B", &mut rng),
            Err(LogError::NotEntitled)
        );
        let stranger = Identity::generate(&mut rng);
        assert_eq!(
            put(&mut opened, &project, &stranger, "C", &mut rng),
            Err(LogError::NotEntitled)
        );
        assert_eq!(opened.log.next_seq(), 2);
    }

    #[test]
    fn every_reader_opens_the_epoch_and_nobody_elses_wrap() {
        let mut rng = testing::rng(2);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        let wraps = opened.rotate(&project, &project.writer, &mut rng).unwrap();
        for member in [&project.admin, &project.writer, &project.reader] {
            let kid = member.public().kem_kid();
            for wrap in &wraps {
                let key = opened.log.open_epoch(wrap, member, &project.keyring);
                assert_eq!(key.is_ok(), wrap.recipient() == kid);
                if let Ok(key) = key {
                    let keys = opened.log.keys(key).unwrap();
                    assert!(
                        keys.of(1).is_some() && keys.of(2).is_some(),
                        "the first epoch's key comes with the second"
                    );
                }
            }
        }
        let wrong = EpochKey::generate(project.context(2), &mut rng);
        assert_eq!(opened.log.keys(wrong).unwrap_err(), LogError::Forged);
        // A genuine wrap of the same author for the same epoch, which the log does not name.
        let key = opened.keys.newest().unwrap();
        let other = Wrap::seal(
            key,
            &project.reader.public(),
            &project.writer,
            &project.keyring,
            &mut rng,
        )
        .unwrap();
        let result = opened.log.open_epoch(&other, &project.reader, &project.keyring);
        assert_eq!(result.unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn a_member_who_came_later_opens_a_wrap_that_an_admins_record_names() {
        let mut rng = testing::rng(13);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        let newcomer = Identity::generate(&mut rng);
        project.sign(Op::AddUser {
            user: "nora".to_owned(),
            keys: newcomer.public(),
            rights: Rights::default().with(project.env, Access::Read),
            proof: crate::keyring::Proof::Words,
            heads: heads(&opened),
        });
        let key = opened.keys.newest().unwrap();
        let wrap = |author: &Identity, rng: &mut ChaCha20Rng| {
            Wrap::seal(key, &newcomer.public(), author, &project.keyring, rng).unwrap()
        };
        let (by_admin, by_writer) = (wrap(&project.admin, &mut rng), wrap(&project.writer, &mut rng));
        let open = |log: &Log, wrap: &Wrap| log.open_epoch(wrap, &newcomer, &project.keyring).is_ok();
        assert!(!open(&opened.log, &by_admin), "nothing names it yet");
        let grant = |wrap: &Wrap| GrantPublic {
            kind: GrantKind::MemberWrap,
            hash: wrap.hash(),
            recipient: wrap.recipient(),
            not_after: 0,
        };
        let refused = opened
            .log
            .sign_grant(&project.writer, &project.keyring, grant(&by_writer), None, 1);
        assert_eq!(refused.unwrap_err(), LogError::NotEntitled);
        let header = opened
            .log
            .sign_grant(&project.admin, &project.keyring, grant(&by_admin), None, 1)
            .unwrap();
        let header = Header::parse(&header.to_text()).unwrap();
        opened.log.push(header.clone(), &project.keyring).unwrap();
        opened.contents.apply(&header, &[], &opened.keys).unwrap();
        assert!(open(&opened.log, &by_admin));
        assert!(!open(&opened.log, &by_writer));
        assert_eq!(
            project
                .keyring
                .member("nora")
                .unwrap()
                .first_heads
                .get(&project.env)
                .unwrap()
                .seq,
            0
        );
    }

    #[test]
    fn an_epoch_is_sealed_to_readers_of_the_keyring_only() {
        let mut rng = testing::rng(3);
        let project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let stranger = Identity::generate(&mut rng);
        let key = EpochKey::generate(project.context(2), &mut rng);
        let wrap = Wrap::seal(
            &key,
            &stranger.public(),
            &project.admin,
            &project.keyring,
            &mut rng,
        )
        .unwrap();
        let public = EpochPublic {
            commitment: key.commitment(),
            previous: key.seal_previous(opened.keys.newest(), &mut rng),
            wraps: [(wrap.recipient(), wrap.hash())].into(),
            reason: EpochReason::ROUTINE,
        };
        let body = opened
            .contents
            .checkpoint(|_| true)
            .seal(&key, 1, RecordKind::Epoch, &mut rng)
            .unwrap();
        let signed = opened
            .log
            .sign_epoch(&project.admin, &project.keyring, public, &body, 1);
        assert_eq!(signed.unwrap_err(), LogError::NotEntitled);
    }

    #[test]
    fn a_rolled_back_or_replaced_log_is_noticed() {
        let mut rng = testing::rng(4);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.admin, "A", &mut rng).unwrap();
        let mut fork = Opened {
            log: opened.log.clone(),
            ..Opened::begin(&project, &mut rng)
        };
        put(&mut opened, &project, &project.admin, "B", &mut rng).unwrap();
        let pin = opened.log.head();
        assert!(reread(&opened.log, pin, &project.keyring).is_ok());
        assert_eq!(
            reread(&fork.log, pin, &project.keyring).unwrap_err(),
            LogError::RolledBack
        );
        fork.keys = EpochKeys::default();
        let mut other = opened.log.clone();
        other.headers.pop();
        let body = SealedBody::seal(
            opened.keys.newest().unwrap(),
            2,
            RecordKind::Change,
            b"",
            &mut rng,
        )
        .unwrap();
        let header = other
            .sign_next(&project.admin, &project.keyring, RecordKind::Change, &body, 9)
            .unwrap();
        other.push(header, &project.keyring).unwrap();
        assert_eq!(
            reread(&other, pin, &project.keyring).unwrap_err(),
            LogError::Forked
        );
    }

    #[test]
    fn a_removed_writer_neither_goes_on_nor_backdates() {
        let mut rng = testing::rng(5);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.writer, "A", &mut rng).unwrap();
        let before = project.keyring.clone();
        let known = opened.log.head();
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: heads(&opened),
        });
        // What was written before the removal still counts, for somebody who has seen nothing of it.
        assert!(reread(&opened.log, None, &project.keyring).is_ok());
        // A record that names the state before the removal is genuine for who has not seen the removal…
        let body = SealedBody::seal(
            opened.keys.newest().unwrap(),
            2,
            RecordKind::Change,
            b"",
            &mut rng,
        )
        .unwrap();
        let late = opened
            .log
            .sign_next(&project.writer, &before, RecordKind::Change, &body, 1)
            .unwrap();
        assert_eq!(opened.log.clone().push(late.clone(), &before), Ok(()));
        // …and refused by everybody else.
        assert_eq!(
            opened.log.clone().push(late, &project.keyring),
            Err(LogError::NotEntitled)
        );
        let signed = opened
            .log
            .sign_next(&project.writer, &project.keyring, RecordKind::Change, &body, 1);
        assert_eq!(signed.unwrap_err(), LogError::NotEntitled);
        // A history in which the removed writer's last record is another one is a fork.
        let mut other = opened.log.clone();
        other.headers.pop();
        let body = SealedBody::seal(
            opened.keys.newest().unwrap(),
            1,
            RecordKind::Change,
            b"",
            &mut rng,
        )
        .unwrap();
        let header = other
            .sign_next(&project.writer, &before, RecordKind::Change, &body, 9)
            .unwrap();
        other.push(header, &before).unwrap();
        assert_eq!(
            reread(&other, None, &project.keyring).unwrap_err(),
            LogError::Forked
        );
        assert_eq!(
            reread(&other, known, &project.keyring).unwrap_err(),
            LogError::Forked
        );
    }

    #[test]
    fn what_came_between_a_loss_and_its_link_counts_once_it_is_upheld() {
        let mut rng = testing::rng(23);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.writer, "A", &mut rng).unwrap();
        let named = heads(&opened);
        put(&mut opened, &project, &project.writer, "B", &mut rng).unwrap();
        put(&mut opened, &project, &project.admin, "C", &mut rng).unwrap();
        let late = heads(&opened);
        let remove = Op::Remove {
            user: "will".to_owned(),
            heads: named.clone(),
        };
        project.sign(remove);
        let pin = opened.log.head();
        assert_eq!(
            reread(&opened.log, None, &project.keyring).err(),
            Some(LogError::NotEntitled)
        );
        let uphold = |user: &str, heads: Heads| Op::Uphold {
            user: user.to_owned(),
            heads,
        };
        // Of somebody who lost nothing, to a head that is not later, or to none.
        for op in [
            uphold("rita", late.clone()),
            uphold("will", named),
            uphold("will", Heads::new()),
        ] {
            let refused = project.keyring.sign_next(&project.admin, op, 9);
            assert_eq!(refused.err(), Some(crate::keyring::KeyringError::Refused));
        }
        let before = project.keyring.clone();
        assert!(reread(&opened.log, None, &before.upholding("will", &late).unwrap()).is_ok());
        project.sign(uphold("will", late));
        assert!(reread(&opened.log, None, &project.keyring).is_ok());
        assert!(reread(&opened.log, pin, &project.keyring).is_ok());
        // Later ones still do not count.
        let will = &project.writer;
        let mut theirs = before;
        theirs = theirs.upholding("will", &heads(&opened)).unwrap();
        assert!(theirs.rights(&will.public().sign_kid()).is_none());
    }

    #[test]
    fn after_a_removal_writers_rotate_first() {
        let mut rng = testing::rng(6);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        assert!(!opened.log.must_rotate(&project.keyring));
        project.sign(Op::Remove {
            user: "rita".to_owned(),
            heads: heads(&opened),
        });
        assert!(opened.log.must_rotate(&project.keyring));
        assert_eq!(
            put(&mut opened, &project, &project.writer, "A", &mut rng),
            Err(LogError::StaleEpoch)
        );
        let wraps = opened.rotate(&project, &project.writer, &mut rng).unwrap();
        assert_eq!(wraps.len(), 2, "the one who left gets no key");
        assert!(!opened.log.must_rotate(&project.keyring));
        assert_eq!(put(&mut opened, &project, &project.writer, "A", &mut rng), Ok(()));
        let result = opened
            .log
            .open_epoch(&wraps[0], &project.reader, &project.keyring);
        assert_eq!(result.unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn a_record_of_a_keyring_state_that_is_not_shown_reveals_an_old_keyring() {
        let mut rng = testing::rng(7);
        let mut project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let old = project.keyring.clone();
        project.sign(Op::Remove {
            user: "rita".to_owned(),
            heads: heads(&opened),
        });
        let mut log = Opened::begin(&project, &mut rng).log;
        assert_eq!(reread(&log, None, &old).unwrap_err(), LogError::KeyringBehind);
        log.headers.clear();
        assert_eq!(log.check_complete(), Err(LogError::Missing));
    }

    #[test]
    fn headers_follow_one_another_in_one_environment() {
        let mut rng = testing::rng(8);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.admin, "A", &mut rng).unwrap();
        put(&mut opened, &project, &project.admin, "B", &mut rng).unwrap();
        let headers: Vec<Header> = opened.log.headers().cloned().collect();
        let fold = |ring, env, order: &[usize]| {
            let mut log = Log::new(ring, env, None);
            order
                .iter()
                .try_for_each(|index| log.push(headers[*index].clone(), &project.keyring))
        };
        let (ring, env) = (project.keyring.ring(), project.env);
        assert_eq!(fold(ring, env, &[0, 1, 2]), Ok(()));
        for order in [[0, 2].as_slice(), &[1], &[0, 0], &[0, 1, 1]] {
            assert_eq!(fold(ring, env, order), Err(LogError::BrokenChain), "{order:?}");
        }
        assert_eq!(
            fold(ring, EnvUid::from_bytes([0; 16]), &[0]),
            Err(LogError::BrokenChain)
        );
        assert_eq!(
            fold(RingUid::from_bytes([0; 16]), env, &[0]),
            Err(LogError::BrokenChain)
        );
    }

    #[test]
    fn reading_may_start_at_a_checkpoint() {
        let mut rng = testing::rng(9);
        let project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        put(&mut opened, &project, &project.admin, "A", &mut rng).unwrap();
        opened.checkpoint(&project, &project.writer, &mut rng).unwrap();
        put(&mut opened, &project, &project.admin, "B", &mut rng).unwrap();
        let header = |seq| opened.log.header(seq).unwrap().clone();
        let (ring, env) = (project.keyring.ring(), project.env);
        let resume = |spine: Vec<Header>| Log::resume(ring, env, opened.log.head(), spine, &project.keyring);
        let mut log = resume(vec![header(0), header(2)]).unwrap();
        assert_eq!(log.check_complete(), Err(LogError::RolledBack));
        log.push(header(3), &project.keyring).unwrap();
        assert_eq!(log.check_complete(), Ok(()));
        assert_eq!(log.head(), opened.log.head());
        let bodies = |seq| opened.bodies.get(&seq).map(Vec::as_slice);
        let contents = crate::contents::Contents::fold(&log, &opened.keys, 2, bodies).unwrap();
        assert_eq!(contents.len(), 2);
        assert_eq!(
            resume(vec![header(1), header(2)]).unwrap_err(),
            LogError::BrokenChain
        );
        assert_eq!(resume(vec![]).unwrap_err(), LogError::Missing);
        // A checkpoint that begins no epoch cannot be the first: nothing says which keys it is of.
        assert_eq!(resume(vec![header(2)]).unwrap_err(), LogError::BrokenChain);
        assert_eq!(
            resume(vec![header(0), header(0)]).unwrap_err(),
            LogError::BrokenChain
        );
    }

    /// Signs a header that no honest client would: `change` is applied before the signature.
    fn sign_raw(header: &Header, author: &Identity, change: impl FnOnce(&mut Header)) -> Header {
        let mut header = header.clone();
        change(&mut header);
        header.author = author.public().sign_kid();
        header.signature = author.sign(&header.message());
        header
    }

    /// Whoever was removed knows the keyring of before, and may fork the log at a record that they could write then.
    #[test]
    fn who_was_removed_cannot_have_reading_start_at_a_backdated_checkpoint() {
        let mut rng = testing::rng(14);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        let mut fork = Opened {
            log: opened.log.clone(),
            keys: opened
                .log
                .keys(opened.keys.newest().unwrap().duplicate())
                .unwrap(),
            contents: opened.contents.clone(),
            bodies: opened.bodies.clone(),
        };
        fork.rotate(&project, &project.writer, &mut rng).unwrap();
        for _ in 0..3 {
            opened.checkpoint(&project, &project.admin, &mut rng).unwrap();
        }
        let genuine: Vec<Header> = opened.log.headers().cloned().collect();
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: heads(&opened),
        });
        let ring = &project.keyring;
        let resume = |spine: &[Header]| Log::resume(ring.ring(), project.env, None, spine.to_vec(), ring);
        let forged = fork.log.headers().nth(1).unwrap().clone();
        let resumed = resume(&[genuine[0].clone(), forged.clone()]).unwrap();
        assert_eq!(resumed.check_complete(), Err(LogError::RolledBack));
        // Nor where the fork reaches the head that the removal names.
        let at_head = sign_raw(&forged, &project.writer, |header| {
            (header.seq, header.epoch_seq) = (3, 3);
            header.body_names = vec![layout::chunk_name(3, 0, [0; 4])];
        });
        assert_eq!(
            resume(&[genuine[0].clone(), at_head]).unwrap_err(),
            LogError::Forked
        );
        // What they wrote before they left still counts, and reading may start there.
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        opened.checkpoint(&project, &project.writer, &mut rng).unwrap();
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: heads(&opened),
        });
        let spine: Vec<Header> = opened.log.headers().cloned().collect();
        let log = Log::resume(project.keyring.ring(), project.env, None, spine, &project.keyring);
        assert_eq!(log.unwrap().check_complete(), Ok(()));
    }

    #[test]
    fn checkpoints_that_reading_starts_from_obey_the_rules_of_epochs() {
        let mut rng = testing::rng(15);
        let mut project = Project::new(&mut rng);
        let mut opened = Opened::begin(&project, &mut rng);
        opened.rotate(&project, &project.writer, &mut rng).unwrap();
        opened.checkpoint(&project, &project.writer, &mut rng).unwrap();
        let headers: Vec<Header> = opened.log.headers().cloned().collect();
        let [first, second, third] = headers.as_slice() else {
            unreachable!("three records")
        };
        let env = project.env;
        let resume = |spine: &[&Header], keyring: &KeyringState| {
            let spine = spine.iter().map(|header| (*header).clone()).collect();
            Log::resume(keyring.ring(), env, None, spine, keyring).map(|_| ())
        };
        let ring = project.keyring.clone();
        assert_eq!(resume(&[first, second, third], &ring), Ok(()));
        assert_eq!(resume(&[second, third], &ring), Ok(()));
        let by = |header: &Header, change: fn(&mut Header)| sign_raw(header, &project.writer, change);
        let stranger = Identity::generate(&mut rng).public().kem_kid();
        let leaks = sign_raw(second, &project.writer, |header| {
            if let Public::Epoch(public) = &mut header.public {
                public.wraps.insert(stranger, Digest::ZERO);
            }
        });
        for spine in [[first, &leaks], [&leaks, third]] {
            assert_eq!(resume(&spine, &ring), Err(LogError::NotEntitled));
        }
        let rootless = by(second, |header| {
            if let Public::Epoch(public) = &mut header.public {
                public.previous.clear();
            }
        });
        let older = sign_raw(second, &project.writer, |header| {
            header.keyring_seq -= 1;
            header.keyring_hash = ring.hash_at(header.keyring_seq).unwrap();
        });
        for (why, spine) in [
            (
                "skips an epoch",
                [first, &by(second, |header| header.context.epoch = 3)],
            ),
            ("no key of the epoch before", [first, &rootless]),
            ("the same, as the first", [&rootless, third]),
            ("goes back in the keyring", [first, &older]),
            (
                "a first epoch that is not the first record",
                [&by(second, |header| header.context.epoch = 1), third],
            ),
            (
                "another epoch's record",
                [second, &by(third, |header| header.epoch_seq = 0)],
            ),
            (
                "another epoch",
                [second, &by(third, |header| header.context.epoch = 1)],
            ),
            (
                "no later than the one before",
                [
                    second,
                    &by(third, |header| {
                        header.seq = 1;
                        header.body_names = vec![layout::chunk_name(1, 0, [0; 4])];
                    }),
                ],
            ),
            (
                "the last number there is",
                [
                    second,
                    &by(third, |header| {
                        header.seq = u64::MAX;
                        header.body_names = vec![layout::chunk_name(u64::MAX, 0, [0; 4])];
                    }),
                ],
            ),
        ] {
            assert_eq!(resume(&spine, &ring), Err(LogError::BrokenChain), "{why}");
        }
        // A checkpoint that knows of a removal, under the key of before.
        project.sign(Op::Remove {
            user: "rita".to_owned(),
            heads: heads(&opened),
        });
        let (seq, hash) = (project.keyring.seq(), project.keyring.head());
        let stale = sign_raw(third, &project.writer, |header| {
            (header.keyring_seq, header.keyring_hash) = (seq, hash);
        });
        assert_eq!(
            resume(&[second, &stale], &project.keyring),
            Err(LogError::StaleEpoch)
        );
    }

    #[test]
    fn a_grant_has_no_body_and_says_so() {
        let mut rng = testing::rng(16);
        let project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let grant = GrantPublic {
            kind: GrantKind::MemberWrap,
            hash: Digest::ZERO,
            recipient: project.reader.public().kem_kid(),
            not_after: 0,
        };
        let header = opened
            .log
            .sign_grant(&project.admin, &project.keyring, grant, None, 1)
            .unwrap();
        assert!(Header::parse(&header.to_text()).is_ok());
        let other = sign_raw(&header, &project.admin, |header| {
            header.body_hash = Digest::from_bytes([1; 32]);
        });
        assert_eq!(Header::parse(&other.to_text()).unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn every_changed_bit_of_a_header_is_refused() {
        let mut rng = testing::rng(10);
        let project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let text = opened.log.header(0).unwrap().to_text();
        let open = |text: &str| {
            let mut log = Log::new(project.keyring.ring(), project.env, None);
            log.push(Header::parse(text)?, &project.keyring)
        };
        assert_eq!(open(&text), Ok(()));
        let bytes = envelope::decode(Kind::Header, &text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(
                open(&envelope::encode(Kind::Header, &changed)).is_err(),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn every_changed_bit_of_a_body_is_one_error() {
        let mut rng = testing::rng(11);
        let project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let (header, key) = (opened.log.header(0).unwrap(), opened.keys.newest().unwrap());
        let chunk = &opened.bodies[&0][0];
        assert!(open_body(header, &opened.bodies[&0], key).is_ok());
        let bytes = envelope::decode(Kind::Chunk, chunk).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let chunk = envelope::encode(Kind::Chunk, &changed);
            assert_eq!(
                open_body(header, &[chunk], key).unwrap_err(),
                LogError::Forged,
                "bit {bit}"
            );
        }
        // The header names the changed chunk too: now the seal itself must hold.
        for bit in 8..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let chunks = [envelope::encode(Kind::Chunk, &changed)];
            let header = Header {
                body_hash: body_hash(&chunks),
                ..header.clone()
            };
            assert_eq!(
                open_body(&header, &chunks, key).unwrap_err(),
                LogError::Forged,
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_large_body_is_cut_into_rows_that_a_server_takes() {
        let mut rng = testing::rng(12);
        let project = Project::new(&mut rng);
        let opened = Opened::begin(&project, &mut rng);
        let (header, key) = (opened.log.header(0).unwrap(), opened.keys.newest().unwrap());
        let content: Vec<u8> = (0..CHUNK * 2 + 1).map(|index| index as u8).collect();
        let body = SealedBody::seal(key, 0, RecordKind::Epoch, &content, &mut rng).unwrap();
        assert_eq!(body.chunks().len(), 3);
        assert!(body.rows().all(|(_, chunk)| chunk.len() <= 384 << 10));
        let header = Header {
            body_hash: body.hash,
            body_names: body.names.clone(),
            ..header.clone()
        };
        assert_eq!(
            open_body(&header, body.chunks(), key).unwrap().as_slice(),
            content
        );
        let swapped = [
            body.chunks[1].clone(),
            body.chunks[0].clone(),
            body.chunks[2].clone(),
        ];
        let header = Header {
            body_hash: body_hash(&swapped),
            ..header
        };
        assert_eq!(open_body(&header, &swapped, key).unwrap_err(), LogError::Forged);
        let huge = vec![0; CHUNK * MAX_CHUNKS + 1];
        let sealed = SealedBody::seal(key, 0, RecordKind::Epoch, &huge, &mut rng);
        assert_eq!(sealed.unwrap_err(), LogError::TooLarge);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Header::parse(&envelope::encode(Kind::Header, &bytes));
            let _ = Wrap::parse(&envelope::encode(Kind::Wrap, &bytes));
            for kind in [RecordKind::Change, RecordKind::Epoch, RecordKind::Grant, RecordKind::Checkpoint] {
                let _ = Public::from_bytes(kind, &bytes);
            }
        }
    }
}
