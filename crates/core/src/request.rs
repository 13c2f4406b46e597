//! Requests for access, and what is said about them: signed by whoever says it, sealed to those who are asked.
//!
//! A request makes a key of its own (its *thread key*), sealed to the requester and to everybody who is asked. What is
//! wanted, why, and every answer is sealed under it (docs/PROTOCOL.md §13).

use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::check_label,
    error::OpenError,
    hazmat,
    id::{Digest, EnvUid, Kid, RequestId, RingUid},
    identity::{Identity, PublicIdentity},
    keyring::KeyringState,
    label::Label,
    names::{SecretName, SecretPath},
    pae,
    policy::{MAX_TTL, Vote},
    reader::{self, Piece, Reader},
    secret::Secret,
    value,
};

/// What a request is for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Wanted {
    /// All secrets in a folder and below it.
    Folder(SecretPath),
    /// One secret.
    Secret(SecretPath, SecretName),
}

impl Wanted {
    /// The folder whose rules count.
    pub fn path(&self) -> &SecretPath {
        match self {
            Self::Folder(path) | Self::Secret(path, _) => path,
        }
    }

    /// Whether a secret is among what is wanted.
    pub fn covers(&self, path: &SecretPath, name: &SecretName) -> bool {
        match self {
            Self::Folder(folder) => folder.holds(path),
            Self::Secret(wanted, which) => (wanted, which) == (path, name),
        }
    }
}

/// What may be done with what is granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verbs {
    /// See the values.
    Read,
    /// See them, and propose others.
    Propose,
}

impl Verbs {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Propose => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Result<Self, OpenError> {
        match number {
            1 => Ok(Self::Read),
            2 => Ok(Self::Propose),
            _ => Err(OpenError::UnknownKind),
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Details {
    /// What, sorted.
    pub wanted: Vec<Wanted>,
    /// What for.
    pub verbs: Verbs,
    /// For how many seconds from the beginning.
    pub ttl: u32,
    /// When it begins, in milliseconds; 0 for as soon as it is approved.
    pub starts: u64,
    /// Why.
    pub reason: Zeroizing<String>,
    /// The number of a ticket.
    pub ticket: Zeroizing<String>,
}

impl Details {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let wanted: Vec<Vec<u8>> = self
            .wanted
            .iter()
            .map(|wanted| match wanted {
                Wanted::Folder(path) => pae::encode(&[path.as_str().as_bytes(), b""]),
                Wanted::Secret(path, name) => {
                    pae::encode(&[path.as_str().as_bytes(), name.as_str().as_bytes()])
                }
            })
            .collect();
        Zeroizing::new(pae::encode(&[
            pae::encode(&wanted).as_slice(),
            &[self.verbs.number()],
            &self.ttl.to_be_bytes(),
            &self.starts.to_be_bytes(),
            self.reason.as_bytes(),
            self.ticket.as_bytes(),
        ]))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [wanted, verbs, ttl, starts, reason, ticket] = reader::fields(bytes)?;
        let wanted = reader::list(wanted, MAX_WANTED, |item| {
            let [path, name] = reader::fields(item)?;
            let path = SecretPath::parse(&String::read(path)?).map_err(|_| OpenError::Forged)?;
            Ok(match name {
                [] => Wanted::Folder(path),
                name => {
                    let name = SecretName::parse(&String::read(name)?);
                    Wanted::Secret(path, name.map_err(|_| OpenError::Forged)?)
                }
            })
        })?;
        let details = Self {
            wanted,
            verbs: Verbs::from_number(Piece::read(verbs)?)?,
            ttl: Piece::read(ttl)?,
            starts: Piece::read(starts)?,
            reason: String::read(reason).map(Zeroizing::new)?,
            ticket: String::read(ticket).map(Zeroizing::new)?,
        };
        if details.is_sound() {
            Ok(details)
        } else {
            Err(OpenError::Forged)
        }
    }

    /// Whether anything is wanted, each thing once and none of it ours, for a time there is, with texts of a sane length.
    pub fn is_sound(&self) -> bool {
        (1..=MAX_WANTED).contains(&self.wanted.len())
            && self.wanted.windows(2).all(|pair| pair[0] < pair[1])
            && self.wanted.iter().all(|wanted| !wanted.path().is_reserved())
            && (1..=MAX_TTL).contains(&self.ttl)
            && self.reason.len() <= MAX_TEXT
            && self.ticket.len() <= 400
    }

    /// Whether a secret is among what is wanted.
    pub fn covers(&self, path: &SecretPath, name: &SecretName) -> bool {
        self.wanted.iter().any(|wanted| wanted.covers(path, name))
    }
}

/// The key under which everything about one request is sealed.
pub struct ThreadKey(pub(crate) Secret<32>);

impl ThreadKey {
    fn seal(&self, aad: &[u8], text: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        seal_text(&self.0, aad, text, rng)
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        open_text(&self.0, aad, sealed)
    }

    /// A second copy.
    pub fn duplicate(&self) -> Self {
        Self(Secret::copied(self.0.bytes()))
    }
}

impl fmt::Debug for ThreadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadKey(…)")
    }
}

/// Seals a text under a key of one request or grant: nonce24 ‖ ct of its padded layout.
pub(crate) fn seal_text(key: &Secret<32>, aad: &[u8], text: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
    let mut nonce = [0; hazmat::NONCE];
    rng.fill_bytes(&mut nonce);
    let mut sealed = nonce.to_vec();
    let plaintext = value::lay_out(text, b"");
    sealed.extend_from_slice(&hazmat::seal(key.bytes(), &nonce, aad, plaintext));
    sealed
}

/// Opens what [`seal_text`] made.
pub(crate) fn open_text(
    key: &Secret<32>,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut reader = Reader(sealed);
    let nonce = reader.array()?;
    let plaintext = hazmat::open(key.bytes(), &nonce, aad, reader.0)?;
    match value::read_layout(&plaintext)? {
        (text, []) => Ok(Zeroizing::new(text.to_vec())),
        _ => Err(OpenError::Forged),
    }
}

/// The key pair that a request makes and a grant is sealed to. It is kept on the device that asked until the grant ends.
pub struct RequestKey {
    seed: Secret<32>,
    private: Secret<32>,
    public: [u8; 32],
}

impl RequestKey {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::from_seed(Secret::random(rng))
    }

    fn from_seed(seed: Secret<32>) -> Self {
        let (private, public) = hazmat::hpke_derive(seed.bytes());
        Self {
            seed,
            private,
            public,
        }
    }

    /// Takes what a device has kept.
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        Secret::from_slice(bytes).map(Self::from_seed)
    }

    /// What a device keeps under a seal of its own.
    pub fn to_keep(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.seed.bytes().to_vec())
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    pub(crate) fn private(&self) -> &[u8; 32] {
        self.private.bytes()
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey(…)")
    }
}

/// A request as a server keeps it. Parsing checks its form; [`Request::verify`] whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    ring: RingUid,
    env: EnvUid,
    id: RequestId,
    requester: Kid,
    recipient: [u8; 32],
    follows: Digest,
    keyring_seq: u64,
    keyring_hash: Digest,
    created: u64,
    keys: Vec<(Kid, [u8; 32], [u8; 48])>,
    sealed: Vec<u8>,
    signature: [u8; hazmat::SIGNATURE],
}

impl Request {
    /// Makes one, with its thread key sealed to the requester and to everybody in `asked`, whose keys the caller takes from
    /// a verified keyring. `follows` is the hash of a request that this one replaces, or of a grant that it prolongs.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where the details are not sound or a key is no X25519 key.
    #[expect(clippy::too_many_arguments, reason = "each is a field of the format")]
    pub fn make(
        keyring: &KeyringState,
        env: EnvUid,
        requester: &Identity,
        key: &RequestKey,
        asked: &[PublicIdentity],
        details: &Details,
        follows: Digest,
        created: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, ThreadKey), OpenError> {
        if !details.is_sound() || asked.len() > MAX_ASKED {
            return Err(OpenError::Forged);
        }
        let mut request = Self {
            ring: keyring.ring(),
            env,
            id: RequestId::generate(rng),
            requester: requester.public().sign_kid(),
            recipient: key.public,
            follows,
            keyring_seq: keyring.seq(),
            keyring_hash: keyring.head(),
            created,
            keys: Vec::new(),
            sealed: Vec::new(),
            signature: [0; hazmat::SIGNATURE],
        };
        let thread = ThreadKey(Secret::random(rng));
        let mut readers: Vec<PublicIdentity> = asked.to_vec();
        readers.push(requester.public());
        readers.sort_by_key(PublicIdentity::kem_kid);
        readers.dedup_by_key(|reader| reader.kem_kid());
        for reader in readers {
            let kid = reader.kem_kid();
            let (info, aad) = (request.key_info(&kid), request.place());
            let (enc, ct) = hazmat::hpke_seal(&reader.kem, None, &info, &aad, thread.0.bytes(), rng)?;
            let ct = ct.as_slice().try_into().map_err(|_| OpenError::Forged)?;
            request.keys.push((kid, enc, ct));
        }
        request.sealed = thread.seal(&request.place(), &details.to_bytes(), rng);
        request.signature = requester.sign(&request.message());
        Ok((Self::parse(&request.to_text())?, thread))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Request, text)?;
        Self::from_bytes(&bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [
            label,
            suite,
            ring,
            env,
            id,
            requester,
            recipient,
            follows,
            keyring_seq,
            keyring_hash,
            created,
            keys,
            sealed,
        ] = reader::fields(message)?;
        check_label(label, Label::JIT_REQUEST, suite)?;
        let keys = reader::list(keys, MAX_ASKED + 1, |item| {
            let [kid, enc, ct] = reader::fields(item)?;
            Ok((Piece::read(kid)?, Piece::read(enc)?, Piece::read(ct)?))
        })?;
        if !keys.windows(2).all(|pair: &[(Kid, _, _)]| pair[0].0 < pair[1].0) {
            return Err(OpenError::Forged);
        }
        Ok(Self {
            ring: Piece::read(ring)?,
            env: Piece::read(env)?,
            id: Piece::read(id)?,
            requester: Piece::read(requester)?,
            recipient: Piece::read(recipient)?,
            follows: Piece::read(follows)?,
            keyring_seq: Piece::read(keyring_seq)?,
            keyring_hash: Piece::read(keyring_hash)?,
            created: Piece::read(created)?,
            keys,
            sealed: sealed.to_vec(),
            signature: *signature,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Request, &self.bytes())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    /// Its hash, by which answers and grants name it: text, signature and all.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_REQUEST, &self.bytes())
    }

    /// Its id.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// The project.
    pub fn ring(&self) -> RingUid {
        self.ring
    }

    /// The environment.
    pub fn env(&self) -> EnvUid {
        self.env
    }

    /// The id of the signing key of whoever asks.
    pub fn requester(&self) -> Kid {
        self.requester
    }

    /// The key that a grant is sealed to.
    pub fn recipient(&self) -> [u8; 32] {
        self.recipient
    }

    /// The id of that key.
    pub fn recipient_kid(&self) -> Kid {
        recipient_kid(&self.recipient)
    }

    /// The hash of the request that this one replaces or of the grant that it prolongs; zero if there is none.
    pub fn follows(&self) -> Digest {
        self.follows
    }

    /// The keyring state at which it was made.
    pub fn keyring_seq(&self) -> u64 {
        self.keyring_seq
    }

    /// When the requester says it was made, in milliseconds.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// Whether somebody is among those whom it was sealed to.
    pub fn is_for(&self, reader: &Kid) -> bool {
        self.keys.iter().any(|(kid, ..)| kid == reader)
    }

    /// Checks that a member of the project signed it, at a state that the keyring has passed through. Says who.
    ///
    /// # Errors
    /// [`OpenError::Forged`].
    pub fn verify<'a>(&self, keyring: &'a KeyringState) -> Result<&'a str, OpenError> {
        let named = keyring.hash_at(self.keyring_seq) == Some(self.keyring_hash);
        let member = keyring.rights_at(&self.requester, self.keyring_seq).is_some();
        if self.ring != keyring.ring() || !named || !member {
            return Err(OpenError::Forged);
        }
        let author = keyring.author(&self.requester).ok_or(OpenError::Forged)?;
        author.verify(&self.message(), &self.signature)?;
        keyring.user_of(&self.requester).ok_or(OpenError::Forged)
    }

    /// Opens the thread key with one's own.
    ///
    /// # Errors
    /// [`OpenError::Forged`] where it is not sealed to this person.
    pub fn open_key(&self, reader: &Identity) -> Result<ThreadKey, OpenError> {
        let own = reader.public().kem_kid();
        let found = self.keys.iter().find(|(kid, ..)| *kid == own);
        let (kid, enc, ct) = found.ok_or(OpenError::Forged)?;
        let (info, aad) = (self.key_info(kid), self.place());
        let key = hazmat::hpke_open(reader.kem_private(), None, enc, &info, &aad, ct)?;
        Ok(ThreadKey(Secret::from_slice(&key).ok_or(OpenError::Forged)?))
    }

    /// Opens what is asked for.
    ///
    /// # Errors
    /// [`OpenError::Forged`].
    pub fn open(&self, thread: &ThreadKey) -> Result<Details, OpenError> {
        Details::from_bytes(&thread.open(&self.place(), &self.sealed)?)
    }

    /// What everything sealed about this request is bound to.
    fn place(&self) -> Vec<u8> {
        pae::labelled(
            Label::JIT_DETAILS,
            &[
                &[SUITE],
                self.ring.as_ref(),
                self.env.as_ref(),
                self.id.as_ref(),
                self.requester.as_ref(),
            ],
        )
    }

    fn key_info(&self, reader: &Kid) -> Vec<u8> {
        pae::labelled(
            Label::JIT_KEY_INFO,
            &[
                &[SUITE],
                self.ring.as_ref(),
                self.env.as_ref(),
                self.id.as_ref(),
                reader.as_ref(),
            ],
        )
    }

    fn message(&self) -> Vec<u8> {
        let keys: Vec<Vec<u8>> = self
            .keys
            .iter()
            .map(|(kid, enc, ct)| pae::encode(&[kid.as_ref(), enc.as_slice(), ct.as_slice()]))
            .collect();
        pae::labelled(
            Label::JIT_REQUEST,
            &[
                &[SUITE],
                self.ring.as_ref(),
                self.env.as_ref(),
                self.id.as_ref(),
                self.requester.as_ref(),
                &self.recipient,
                self.follows.as_ref(),
                &self.keyring_seq.to_be_bytes(),
                self.keyring_hash.as_ref(),
                &self.created.to_be_bytes(),
                &pae::encode(&keys),
                &self.sealed,
            ],
        )
    }
}

/// The id of the key that a grant is sealed to.
pub(crate) fn recipient_kid(public: &[u8; 32]) -> Kid {
    let identity = PublicIdentity {
        sign: [0; 32],
        kem: *public,
    };
    identity.kem_kid()
}

/// An approval, as a grant carries it: signed by itself, so that everybody who sees the grant can count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Approval {
    /// The id of the approver's signing key.
    pub author: Kid,
    /// For at most so many seconds.
    pub ttl: u32,
    /// When the approver says it was given, in milliseconds.
    pub at: u64,
    signature: [u8; hazmat::SIGNATURE],
}

impl Approval {
    /// Approves a request.
    pub fn sign(request: &Request, author: &Identity, ttl: u32, at: u64) -> Self {
        let mut approval = Self {
            author: author.public().sign_kid(),
            ttl,
            at,
            signature: [0; hazmat::SIGNATURE],
        };
        approval.signature = author.sign(&approval.message(&request.hash()));
        approval
    }

    /// The vote that it is, if it is of this request, for at least `ttl` seconds, and by a key whose right it was to approve
    /// when the request was made or right after link `seq`: one that was replaced before signs nothing any more.
    pub fn vote<'a>(
        &self,
        request: &Request,
        ttl: u32,
        keyring: &'a KeyringState,
        seq: u64,
    ) -> Option<Vote<'a>> {
        let held = |seq| {
            let rights = keyring.rights_at(&self.author, seq);
            rights.is_some_and(|rights| rights.approves(&request.env))
        };
        if !held(request.keyring_seq) && !held(seq) {
            return None;
        }
        let author = keyring.author(&self.author)?;
        author
            .verify(&self.message(&request.hash()), &self.signature)
            .ok()?;
        let user = keyring.user_of(&self.author)?;
        (self.ttl >= ttl).then_some(Vote { user, at: self.at })
    }

    fn message(&self, request: &Digest) -> Vec<u8> {
        pae::labelled(
            Label::JIT_APPROVAL,
            &[
                &[SUITE],
                request.as_ref(),
                &self.ttl.to_be_bytes(),
                &self.at.to_be_bytes(),
                self.author.as_ref(),
            ],
        )
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        pae::encode(&[
            self.author.as_ref(),
            &self.ttl.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.signature.as_slice(),
        ])
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [author, ttl, at, signature] = reader::fields(bytes)?;
        Ok(Self {
            author: Piece::read(author)?,
            ttl: Piece::read(ttl)?,
            at: Piece::read(at)?,
            signature: Piece::read(signature)?,
        })
    }
}

/// What somebody says about a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Say {
    /// An approver approves it.
    Approve(Approval, Zeroizing<String>),
    /// An approver says no, and why.
    Reject(Zeroizing<String>),
    /// An approver wants to know more before deciding.
    AskBack(Zeroizing<String>),
    /// The requester answers.
    Answer(Zeroizing<String>),
    /// The requester does not need it any more.
    Withdraw,
    /// The requester gives a grant back, by its hash.
    GiveBack(Digest),
    /// The requester asks for the current values under a grant, by its hash.
    Refresh(Digest),
    /// Somebody who may write does not take a proposal over, by its hash, and why.
    Decline(Digest, Zeroizing<String>),
    /// Somebody who may write has taken a proposal over, by its hash. Whoever reads the environment sees it in the log.
    TookOver(Digest),
    /// The requester takes a proposal back, by its hash.
    TakeBack(Digest),
}

/// Who can say something about a request.
enum Speaker {
    /// Whoever has the right to approve.
    Approver,
    /// Whoever asks.
    Requester,
    /// Whoever may write.
    Writer,
}

impl Say {
    const fn number(&self) -> u8 {
        match self {
            Self::Approve(..) => 1,
            Self::Reject(_) => 2,
            Self::AskBack(_) => 3,
            Self::Answer(_) => 4,
            Self::Withdraw => 5,
            Self::GiveBack(_) => 6,
            Self::Refresh(_) => 7,
            Self::Decline(..) => 8,
            Self::TookOver(_) => 9,
            Self::TakeBack(_) => 10,
        }
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Approve(approval, comment) => {
                pae::encode(&[approval.to_bytes().as_slice(), comment.as_bytes()])
            }
            Self::Reject(text) | Self::AskBack(text) | Self::Answer(text) => text.as_bytes().to_vec(),
            Self::Withdraw => Vec::new(),
            Self::Decline(proposal, comment) => pae::encode(&[proposal.as_ref(), comment.as_bytes()]),
            Self::GiveBack(hash) | Self::Refresh(hash) | Self::TookOver(hash) | Self::TakeBack(hash) => {
                hash.as_bytes().to_vec()
            }
        })
    }

    fn from_bytes(number: u8, bytes: &[u8]) -> Result<Self, OpenError> {
        let text = |bytes: &[u8]| match bytes.len() <= MAX_TEXT {
            true => String::read(bytes).map(Zeroizing::new),
            false => Err(OpenError::TooLarge),
        };
        Ok(match number {
            1 => {
                let [approval, comment] = reader::fields(bytes)?;
                Self::Approve(Approval::from_bytes(approval)?, text(comment)?)
            }
            2 => Self::Reject(text(bytes)?),
            3 => Self::AskBack(text(bytes)?),
            4 => Self::Answer(text(bytes)?),
            5 if bytes.is_empty() => Self::Withdraw,
            6 => Self::GiveBack(Piece::read(bytes)?),
            7 => Self::Refresh(Piece::read(bytes)?),
            8 => {
                let [proposal, comment] = reader::fields(bytes)?;
                Self::Decline(Piece::read(proposal)?, text(comment)?)
            }
            9 => Self::TookOver(Piece::read(bytes)?),
            10 => Self::TakeBack(Piece::read(bytes)?),
            5 => return Err(OpenError::Forged),
            _ => return Err(OpenError::UnknownKind),
        })
    }

    const fn speaker(&self) -> Speaker {
        match self {
            Self::Approve(..) | Self::Reject(_) | Self::AskBack(_) => Speaker::Approver,
            Self::Answer(_) | Self::Withdraw | Self::GiveBack(_) | Self::Refresh(_) | Self::TakeBack(_) => {
                Speaker::Requester
            }
            Self::Decline(..) | Self::TookOver(_) => Speaker::Writer,
        }
    }
}

/// Something said about a request, as a server keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    request: Digest,
    author: Kid,
    created: u64,
    kind: u8,
    sealed: Vec<u8>,
    signature: [u8; hazmat::SIGNATURE],
}

impl Message {
    /// Says something.
    pub fn make(
        request: &Request,
        thread: &ThreadKey,
        author: &Identity,
        say: &Say,
        created: u64,
        rng: &mut impl CryptoRng,
    ) -> Self {
        let mut message = Self {
            request: request.hash(),
            author: author.public().sign_kid(),
            created,
            kind: say.number(),
            sealed: Vec::new(),
            signature: [0; hazmat::SIGNATURE],
        };
        message.sealed = thread.seal(&message.place(), &say.to_bytes(), rng);
        message.signature = author.sign(&message.message());
        message
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Message, text)?;
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [label, suite, request, author, created, kind, sealed] = reader::fields(message)?;
        check_label(label, Label::JIT_MESSAGE, suite)?;
        Ok(Self {
            request: Piece::read(request)?,
            author: Piece::read(author)?,
            created: Piece::read(created)?,
            kind: Piece::read(kind)?,
            sealed: sealed.to_vec(),
            signature: *signature,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        envelope::encode(Kind::Message, &bytes)
    }

    /// The hash of the request that it is about.
    pub fn request(&self) -> Digest {
        self.request
    }

    /// The id of the signing key of whoever says it.
    pub fn author(&self) -> Kid {
        self.author
    }

    /// When its author says it was said.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// Opens it, if its author may say such a thing about this request: the requester, or somebody who has the right to
    /// approve or to write there. Says who and what.
    ///
    /// # Errors
    /// [`OpenError::Forged`].
    pub fn open<'a>(
        &self,
        request: &Request,
        thread: &ThreadKey,
        keyring: &'a KeyringState,
    ) -> Result<(&'a str, Say), OpenError> {
        // A key that was replaced before the request was made says nothing about it.
        if self.request != request.hash() || !keyring.held_since(&self.author, request.keyring_seq) {
            return Err(OpenError::Forged);
        }
        let author = keyring.author(&self.author).ok_or(OpenError::Forged)?;
        author.verify(&self.message(), &self.signature)?;
        let user = keyring.user_of(&self.author).ok_or(OpenError::Forged)?;
        let say = Say::from_bytes(self.kind, &thread.open(&self.place(), &self.sealed)?)?;
        let asked = keyring.user_of(&request.requester) == Some(user);
        let fits = match &say {
            Say::Approve(approval, _) => approval.author == self.author,
            _ => true,
        };
        let entitled = match say.speaker() {
            Speaker::Approver => keyring.approves_at(user, &request.env, keyring.seq()),
            Speaker::Requester => asked,
            Speaker::Writer => keyring.writes_at(user, &request.env, keyring.seq()),
        };
        if fits && entitled {
            Ok((user, say))
        } else {
            Err(OpenError::Forged)
        }
    }

    fn place(&self) -> Vec<u8> {
        pae::labelled(
            Label::JIT_MESSAGE,
            &[
                &[SUITE],
                self.request.as_ref(),
                self.author.as_ref(),
                &[self.kind],
            ],
        )
    }

    fn message(&self) -> Vec<u8> {
        pae::labelled(
            Label::JIT_MESSAGE,
            &[
                &[SUITE],
                self.request.as_ref(),
                self.author.as_ref(),
                &self.created.to_be_bytes(),
                &[self.kind],
                &self.sealed,
            ],
        )
    }
}

/// The most things that one request names.
pub const MAX_WANTED: usize = 200;
/// The most people who are asked.
pub const MAX_ASKED: usize = 500;
/// The longest reason or comment, in bytes.
pub const MAX_TEXT: usize = 4_000;
