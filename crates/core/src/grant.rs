//! Grants: values as they are, sealed to the key of one request, for a while; and what may be proposed under one.
//!
//! A grant opens nothing else, no older version and nothing written later, so nothing has to be sealed anew when it ends.
//! The environment's log names it before it is handed over, with a note for the environment's readers that carries the
//! request itself and every approval: who counts for themselves sees what the receiver sees (docs/PROTOCOL.md §13).

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::{EpochKey, check_label},
    error::OpenError,
    hazmat,
    id::{Digest, EnvUid, Kid, RingUid, SlotId},
    identity::Identity,
    keyring::KeyringState,
    label::Label,
    log::{GrantKind, Header, LogError, RecordKind, SealedBody, open_body},
    names::{SecretName, SecretPath},
    pae,
    policy::{Asked, Vote},
    reader::{self, Piece},
    request::{Approval, Details, MAX_TEXT, Request, RequestKey, ThreadKey, Verbs, open_text, seal_text},
    secret::Secret,
    value,
};

/// Why a grant does not count.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum GrantError {
    /// Something in it is not what it claims to be, or it is another request's.
    #[error("a grant is not what it claims to be")]
    Forged,
    /// Fewer people have approved than the rules ask for, or the rules allow no such thing.
    #[error("a grant is not what the rules of this place allow")]
    NotApproved,
    /// The environment's log does not name it: it is hidden from those who would have to see it.
    #[error("a grant is not in the environment's history")]
    NotRecorded,
    /// Its time is over, or it was ended before.
    #[error("a grant has ended")]
    Over,
}

impl From<OpenError> for GrantError {
    fn from(_: OpenError) -> Self {
        Self::Forged
    }
}

/// A secret as it was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Granted {
    /// Its folder.
    pub path: SecretPath,
    /// Its name.
    pub name: SecretName,
    /// Its id.
    pub slot: SlotId,
    /// Its version.
    pub version: u64,
    /// The hash of its sealed value, which a proposal names.
    pub ct_hash: Digest,
    /// Its value.
    pub value: Zeroizing<Vec<u8>>,
    /// What is remarked about it.
    pub comment: Zeroizing<String>,
}

/// The conditions of a grant: what has to agree with the request, the approvals and the rules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// From when, in milliseconds.
    pub not_before: u64,
    /// Until when.
    pub not_after: u64,
    /// Who has approved.
    pub approvals: Vec<Approval>,
    /// Why it was opened by one person alone; empty where the rules were followed.
    pub emergency: Zeroizing<String>,
}

impl Terms {
    /// For how many seconds.
    pub fn ttl(&self) -> Option<u32> {
        let ms = self.not_after.checked_sub(self.not_before)?;
        u32::try_from(ms.div_ceil(1_000)).ok()
    }

    /// Whether a grant of these secrets by `author` is what was asked for and what the rules at keyring link `seq` allow.
    ///
    /// # Errors
    /// [`GrantError::Forged`] or [`GrantError::NotApproved`].
    pub fn check<'a>(
        &self,
        keyring: &KeyringState,
        seq: u64,
        request: &Request,
        details: &Details,
        author: &Kid,
        places: impl Iterator<Item = (&'a SecretPath, &'a SecretName)>,
    ) -> Result<(), GrantError> {
        let requester = request.verify(keyring)?;
        let entitled = keyring
            .rights_at(author, seq)
            .is_some_and(|rights| rights.approves(&request.env()));
        let author = keyring.user_of(author).ok_or(GrantError::Forged)?;
        let ttl = self.ttl().filter(|ttl| (1..=details.ttl).contains(ttl));
        let ttl = ttl.ok_or(GrantError::NotApproved)?;
        let early = details.starts != 0 && self.not_before < details.starts;
        // Rules of before the request was made are nobody's to choose.
        if early || !entitled || seq < request.keyring_seq() {
            return Err(GrantError::NotApproved);
        }
        let asked = Asked {
            user: requester,
            at: request.created(),
            reason: &details.reason,
            ticket: &details.ticket,
            ttl,
            begins: self.not_before,
        };
        let votes: Vec<Vote<'_>> = self
            .approvals
            .iter()
            .filter_map(|approval| approval.vote(request, ttl, keyring, seq))
            .collect();
        let env = request.env();
        let mut none = true;
        for (path, name) in places {
            none = false;
            if !details.covers(path, name) {
                return Err(GrantError::Forged);
            }
            self.check_rules(keyring, (&env, seq), path, &asked, author, &votes)?;
        }
        // An empty folder is of the rules of what was asked for.
        for wanted in details.wanted.iter().filter(|_| none) {
            self.check_rules(keyring, (&env, seq), wanted.path(), &asked, author, &votes)?;
        }
        Ok(())
    }

    fn check_rules(
        &self,
        keyring: &KeyringState,
        (env, seq): (&EnvUid, u64),
        path: &SecretPath,
        asked: &Asked<'_>,
        author: &str,
        votes: &[Vote<'_>],
    ) -> Result<(), GrantError> {
        let policy = keyring.policy_at(env, path, seq);
        let allowed = match self.emergency.is_empty() {
            true => policy
                .check_asked(asked)
                .and_then(|()| policy.check_votes(keyring, (env, seq), asked, votes)),
            false => policy.check_emergency(asked, author, &self.emergency),
        };
        allowed.map_err(|_| GrantError::NotApproved)
    }
}

/// The key under which values may be proposed under one grant.
pub struct ProposalKey(Secret<32>);

impl ProposalKey {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    fn bytes(key: Option<&Self>) -> &[u8] {
        key.map_or(&[], |key| key.0.bytes())
    }

    fn from_piece(piece: &[u8]) -> Result<Option<Self>, OpenError> {
        match piece {
            [] => Ok(None),
            key => Secret::from_slice(key)
                .map(|key| Some(Self(key)))
                .ok_or(OpenError::Forged),
        }
    }

    /// A second copy.
    pub fn duplicate(&self) -> Self {
        Self(Secret::copied(self.0.bytes()))
    }
}

impl fmt::Debug for ProposalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProposalKey(…)")
    }
}

/// A grant as a server keeps it. Parsing checks its form, [`Grant::open`] everything else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    ring: RingUid,
    env: EnvUid,
    request: Digest,
    recipient: Kid,
    author: Kid,
    verbs: Verbs,
    not_before: u64,
    not_after: u64,
    keyring_seq: u64,
    keyring_hash: Digest,
    approvals: Vec<Approval>,
    encapsulated: [u8; 32],
    sealed: Vec<u8>,
    signature: [u8; hazmat::SIGNATURE],
}

/// What a grant opens.
#[derive(Debug)]
pub struct OpenedGrant {
    /// The values.
    pub values: Vec<Granted>,
    /// The conditions.
    pub terms: Terms,
    /// The key for proposals, where they may be made.
    pub proposals: Option<ProposalKey>,
}

impl Grant {
    /// Grants values to who made a request. What it may not say is refused by [`Terms::check`], which everybody asks.
    ///
    /// # Errors
    /// [`OpenError::TooLarge`] where it is more than a row holds, [`OpenError::Forged`] where the request's key is none.
    pub fn seal(
        request: &Request,
        details: &Details,
        author: &Identity,
        keyring: &KeyringState,
        terms: &Terms,
        (values, proposals): (&[Granted], Option<&ProposalKey>),
        rng: &mut impl CryptoRng,
    ) -> Result<Self, OpenError> {
        let mut grant = Self {
            ring: request.ring(),
            env: request.env(),
            request: request.hash(),
            recipient: request.recipient_kid(),
            author: author.public().sign_kid(),
            verbs: details.verbs,
            not_before: terms.not_before,
            not_after: terms.not_after,
            keyring_seq: keyring.seq(),
            keyring_hash: keyring.head(),
            approvals: terms.approvals.clone(),
            encapsulated: [0; 32],
            sealed: Vec::new(),
            signature: [0; hazmat::SIGNATURE],
        };
        let items: Vec<Zeroizing<Vec<u8>>> = values.iter().map(Granted::to_bytes).collect();
        let items: Vec<&[u8]> = items.iter().map(|item| item.as_slice()).collect();
        let content = Zeroizing::new(pae::encode(&[
            ProposalKey::bytes(proposals),
            terms.emergency.as_bytes(),
            Zeroizing::new(pae::encode(&items)).as_slice(),
        ]));
        if content.len() > MAX_CONTENT {
            return Err(OpenError::TooLarge);
        }
        let padded = Zeroizing::new(value::lay_out(&content, b""));
        let (enc, sealed) = hazmat::hpke_seal(&request.recipient(), None, &grant.info(), b"", &padded, rng)?;
        (grant.encapsulated, grant.sealed) = (enc, sealed);
        grant.signature = author.sign(&grant.message());
        Self::parse(&grant.to_text())
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Grant, text)?;
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [
            label,
            suite,
            ring,
            env,
            request,
            recipient,
            author,
            verbs,
            not_before,
            not_after,
            keyring_seq,
            keyring_hash,
            approvals,
            encapsulated,
            sealed,
        ] = reader::fields(message)?;
        check_label(label, Label::GRANT, suite)?;
        Ok(Self {
            ring: Piece::read(ring)?,
            env: Piece::read(env)?,
            request: Piece::read(request)?,
            recipient: Piece::read(recipient)?,
            author: Piece::read(author)?,
            verbs: Verbs::from_number(Piece::read(verbs)?)?,
            not_before: Piece::read(not_before)?,
            not_after: Piece::read(not_after)?,
            keyring_seq: Piece::read(keyring_seq)?,
            keyring_hash: Piece::read(keyring_hash)?,
            approvals: reader::list(approvals, MAX_APPROVALS, Approval::from_bytes)?,
            encapsulated: Piece::read(encapsulated)?,
            sealed: sealed.to_vec(),
            signature: *signature,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Grant, &self.bytes())
    }

    /// The hash by which the environment's log names it.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_GRANT, &self.bytes())
    }

    /// The hash of the request that it answers.
    pub fn request(&self) -> Digest {
        self.request
    }

    /// The id of the key that it is sealed to.
    pub fn recipient(&self) -> Kid {
        self.recipient
    }

    /// The id of the signing key of whoever gave it.
    pub fn author(&self) -> Kid {
        self.author
    }

    /// From when it counts, in milliseconds.
    pub fn not_before(&self) -> u64 {
        self.not_before
    }

    /// Until when.
    pub fn not_after(&self) -> u64 {
        self.not_after
    }

    /// Whether somebody who may approve signed it for this request; whether it counts says [`Grant::open`].
    pub fn is_for(&self, request: &Request, keyring: &KeyringState) -> bool {
        let author = keyring.author(&self.author);
        let signed = author.is_some_and(|author| author.verify(&self.message(), &self.signature).is_ok());
        let rights = keyring.rights_at(&self.author, self.keyring_seq);
        let entitled = rights.is_some_and(|rights| rights.approves(&self.env));
        signed && entitled && self.request == request.hash()
    }

    /// Whether its approvals are enough by the rules of what was asked for, as they were when it was given: then nobody has
    /// opened it alone, whatever else is in it.
    pub fn is_approved(&self, request: &Request, details: &Details, keyring: &KeyringState) -> bool {
        let terms = Terms {
            not_before: self.not_before,
            not_after: self.not_after,
            approvals: self.approvals.clone(),
            emergency: Zeroizing::default(),
        };
        let places = std::iter::empty();
        let checked = terms.check(keyring, self.keyring_seq, request, details, &self.author, places);
        checked.is_ok() && self.is_for(request, keyring)
    }

    /// Opens it with every check: it answers this request, an approver of the verified keyring signed it, the environment's
    /// log names it (`recorded` is what the log says of its hash), and enough people approved just this.
    ///
    /// The time is the caller's to look at.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn open(
        &self,
        request: &Request,
        details: &Details,
        key: &RequestKey,
        keyring: &KeyringState,
        recorded: Option<&Header>,
    ) -> Result<OpenedGrant, GrantError> {
        let author = keyring.author(&self.author).ok_or(GrantError::Forged)?;
        author.verify(&self.message(), &self.signature)?;
        let named = keyring.hash_at(self.keyring_seq) == Some(self.keyring_hash);
        let answers = (self.ring, self.env, self.request, self.recipient)
            == (
                request.ring(),
                request.env(),
                request.hash(),
                request.recipient_kid(),
            );
        if !named || !answers || self.verbs != details.verbs || request.recipient() != key.public() {
            return Err(GrantError::Forged);
        }
        let recorded = recorded.ok_or(GrantError::NotRecorded)?;
        let said = recorded.grant_public().filter(|said| {
            said.kind == GrantKind::Values
                && said.hash == self.hash()
                && said.recipient == self.recipient
                && said.not_after == self.not_after
        });
        // Of one state, so that receiver and readers go by the same rules.
        let same = (recorded.author(), recorded.keyring_seq()) == (self.author, self.keyring_seq);
        if said.is_none() || !same {
            return Err(GrantError::NotRecorded);
        }
        let padded = hazmat::hpke_open(
            key.private(),
            None,
            &self.encapsulated,
            &self.info(),
            b"",
            &self.sealed,
        )?;
        let (content, []) = value::read_layout(&padded)? else {
            return Err(GrantError::Forged);
        };
        let [proposals, emergency, values] = reader::fields(content)?;
        let values = reader::list(values, MAX_VALUES, Granted::from_bytes)?;
        let terms = Terms {
            not_before: self.not_before,
            not_after: self.not_after,
            approvals: self.approvals.clone(),
            emergency: String::read(emergency).map(Zeroizing::new)?,
        };
        let places = values.iter().map(|granted| (&granted.path, &granted.name));
        terms.check(keyring, self.keyring_seq, request, details, &self.author, places)?;
        Ok(OpenedGrant {
            values,
            terms,
            proposals: ProposalKey::from_piece(proposals)?,
        })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    fn fields(&self, label: Label, more: &[&[u8]]) -> Vec<u8> {
        let approvals: Vec<Vec<u8>> = self
            .approvals
            .iter()
            .map(|approval| approval.to_bytes())
            .collect();
        let (not_before, not_after) = (self.not_before.to_be_bytes(), self.not_after.to_be_bytes());
        let (keyring_seq, approvals) = (self.keyring_seq.to_be_bytes(), pae::encode(&approvals));
        let verbs = [self.verbs.number()];
        let mut pieces: Vec<&[u8]> = vec![
            &[SUITE],
            self.ring.as_ref(),
            self.env.as_ref(),
            self.request.as_ref(),
            self.recipient.as_ref(),
            self.author.as_ref(),
            &verbs,
            &not_before,
            &not_after,
            &keyring_seq,
            self.keyring_hash.as_ref(),
            &approvals,
        ];
        pieces.extend_from_slice(more);
        pae::labelled(label, &pieces)
    }

    fn info(&self) -> Vec<u8> {
        self.fields(Label::GRANT_INFO, &[])
    }

    fn message(&self) -> Vec<u8> {
        self.fields(Label::GRANT, &[&self.encapsulated, &self.sealed])
    }
}

impl Granted {
    /// How many bytes it takes in a grant.
    pub fn size(&self) -> usize {
        self.to_bytes().len() + 8
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(pae::encode(&[
            self.path.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            self.slot.as_ref(),
            &self.version.to_be_bytes(),
            self.ct_hash.as_ref(),
            &self.value,
            self.comment.as_bytes(),
        ]))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [path, name, slot, version, ct_hash, value, comment] = reader::fields(bytes)?;
        let (path, name) = place_from(path, name)?;
        Ok(Self {
            path,
            name,
            slot: Piece::read(slot)?,
            version: Piece::read(version)?,
            ct_hash: Piece::read(ct_hash)?,
            value: Zeroizing::new(value.to_vec()),
            comment: String::read(comment).map(Zeroizing::new)?,
        })
    }
}

/// A secret that a note names, without its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// Its folder.
    pub path: SecretPath,
    /// Its name.
    pub name: SecretName,
    /// Its id.
    pub slot: SlotId,
    /// The version that was given away.
    pub version: u64,
}

/// What a grant's record says to everybody who may read the environment.
#[derive(Debug)]
pub struct Note {
    /// The request, as it was signed.
    pub request: Request,
    /// Its key.
    pub thread: ThreadKey,
    /// The conditions.
    pub terms: Terms,
    /// The secrets.
    pub named: Vec<Named>,
    /// The key of proposals under it.
    pub proposals: Option<ProposalKey>,
}

impl Note {
    /// Seals it as the body of record `seq`.
    ///
    /// # Errors
    /// [`LogError::TooLarge`].
    pub fn seal(&self, key: &EpochKey, seq: u64, rng: &mut impl CryptoRng) -> Result<SealedBody, LogError> {
        let named: Vec<Vec<u8>> = self
            .named
            .iter()
            .map(|named| {
                pae::encode(&[
                    named.path.as_str().as_bytes(),
                    named.name.as_str().as_bytes(),
                    named.slot.as_ref(),
                    &named.version.to_be_bytes(),
                ])
            })
            .collect();
        let approvals: Vec<Vec<u8>> = self
            .terms
            .approvals
            .iter()
            .map(|approval| approval.to_bytes())
            .collect();
        let content = Zeroizing::new(pae::labelled(
            Label::GRANT_NOTE,
            &[
                &self.request.bytes(),
                self.thread.0.bytes(),
                &self.terms.not_before.to_be_bytes(),
                &pae::encode(&approvals),
                self.terms.emergency.as_bytes(),
                &pae::encode(&named),
                ProposalKey::bytes(self.proposals.as_ref()),
            ],
        ));
        SealedBody::seal(key, seq, RecordKind::Grant, &content, rng)
    }

    /// Opens the note of a verified header.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn open(header: &Header, chunks: &[String], key: &EpochKey) -> Result<Self, LogError> {
        let content = open_body(header, chunks, key)?;
        let not_after = header.grant_public().ok_or(LogError::Refused)?.not_after;
        let [
            label,
            request,
            thread,
            not_before,
            approvals,
            emergency,
            named,
            proposals,
        ] = reader::fields(&content)?;
        if label != Label::GRANT_NOTE.as_bytes() || emergency.len() > MAX_TEXT {
            return Err(LogError::Forged);
        }
        Ok(Self {
            request: Request::from_bytes(request)?,
            thread: ThreadKey(Secret::from_slice(thread).ok_or(LogError::Forged)?),
            terms: Terms {
                not_before: Piece::read(not_before)?,
                not_after,
                approvals: reader::list(approvals, MAX_APPROVALS, Approval::from_bytes)?,
                emergency: String::read(emergency).map(Zeroizing::new)?,
            },
            named: reader::list(named, MAX_VALUES, |item| {
                let [path, name, slot, version] = reader::fields(item)?;
                let (path, name) = place_from(path, name)?;
                Ok(Named {
                    path,
                    name,
                    slot: Piece::read(slot)?,
                    version: Piece::read(version)?,
                })
            })?,
            proposals: ProposalKey::from_piece(proposals)?,
        })
    }

    /// Whether what the record gives away is what was asked for and approved, by the rules at the record's keyring state.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn check(&self, header: &Header, keyring: &KeyringState) -> Result<Details, GrantError> {
        let said = header.grant_public().ok_or(GrantError::Forged)?;
        let context = header.context();
        if (context.ring, context.env) != (self.request.ring(), self.request.env())
            || said.recipient != self.request.recipient_kid()
        {
            return Err(GrantError::Forged);
        }
        let details = self.request.open(&self.thread)?;
        let places = self.named.iter().map(|named| (&named.path, &named.name));
        let (seq, author) = (header.keyring_seq(), header.author());
        self.terms
            .check(keyring, seq, &self.request, &details, &author, places)?;
        Ok(details)
    }
}

/// A value that somebody proposes under a grant. A person of the environment decides whether it is taken over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposal {
    grant: Digest,
    author: Kid,
    created: u64,
    sealed: Vec<u8>,
    signature: [u8; hazmat::SIGNATURE],
}

/// What is proposed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposed {
    /// The secret's folder.
    pub path: SecretPath,
    /// Its name.
    pub name: SecretName,
    /// Its id.
    pub slot: SlotId,
    /// The hash of the sealed value that it would replace.
    pub previous: Digest,
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
    /// Why.
    pub comment: Zeroizing<String>,
}

impl Proposal {
    /// Proposes something under a grant.
    pub fn make(
        grant: &Digest,
        key: &ProposalKey,
        author: &Identity,
        proposed: &Proposed,
        created: u64,
        rng: &mut impl CryptoRng,
    ) -> Self {
        let mut proposal = Self {
            grant: *grant,
            author: author.public().sign_kid(),
            created,
            sealed: Vec::new(),
            signature: [0; hazmat::SIGNATURE],
        };
        let content = Zeroizing::new(pae::encode(&[
            proposed.path.as_str().as_bytes(),
            proposed.name.as_str().as_bytes(),
            proposed.slot.as_ref(),
            proposed.previous.as_ref(),
            &proposed.value,
            proposed.comment.as_bytes(),
        ]));
        proposal.sealed = seal_text(&key.0, &proposal.place(), &content, rng);
        proposal.signature = author.sign(&proposal.message());
        proposal
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Proposal, text)?;
        let (message, signature) = bytes.split_last_chunk().ok_or(OpenError::Forged)?;
        let [label, suite, grant, author, created, sealed] = reader::fields(message)?;
        check_label(label, Label::PROPOSAL, suite)?;
        Ok(Self {
            grant: Piece::read(grant)?,
            author: Piece::read(author)?,
            created: Piece::read(created)?,
            sealed: sealed.to_vec(),
            signature: *signature,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Proposal, &self.bytes())
    }

    /// Its hash: each is taken over once.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_PROPOSAL, &self.bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    /// The hash of the grant that it is made under.
    pub fn grant(&self) -> Digest {
        self.grant
    }

    /// When its author says it was made.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// Opens it, if it is of who asked for the grant and of a secret that the grant has given away.
    ///
    /// # Errors
    /// [`GrantError::Forged`].
    pub fn open(&self, header: &Header, note: &Note, keyring: &KeyringState) -> Result<Proposed, GrantError> {
        let said = header.grant_public().ok_or(GrantError::Forged)?;
        let key = note.proposals.as_ref().ok_or(GrantError::Forged)?;
        let proposed = self.open_own(&said.hash, key, &note.request, keyring)?;
        if note.named.iter().any(|named| named.slot == proposed.slot) {
            Ok(proposed)
        } else {
            Err(GrantError::Forged)
        }
    }

    /// Opens one that this person made, with the key that came with the grant, if it is of who asked for it.
    ///
    /// # Errors
    /// [`GrantError::Forged`].
    pub fn open_own(
        &self,
        grant: &Digest,
        key: &ProposalKey,
        request: &Request,
        keyring: &KeyringState,
    ) -> Result<Proposed, GrantError> {
        let author = keyring.author(&self.author).ok_or(GrantError::Forged)?;
        author.verify(&self.message(), &self.signature)?;
        let theirs = keyring.user_of(&self.author) == keyring.user_of(&request.requester());
        if *grant != self.grant || !theirs {
            return Err(GrantError::Forged);
        }
        let content = open_text(&key.0, &self.place(), &self.sealed)?;
        let [path, name, slot, previous, value, comment] = reader::fields(&content)?;
        let (path, name) = place_from(path, name)?;
        Ok(Proposed {
            path,
            name,
            slot: Piece::read(slot)?,
            previous: Piece::read(previous)?,
            value: Zeroizing::new(value.to_vec()),
            comment: String::read(comment).map(Zeroizing::new)?,
        })
    }

    fn place(&self) -> Vec<u8> {
        pae::labelled(
            Label::PROPOSAL,
            &[
                &[SUITE],
                self.grant.as_ref(),
                self.author.as_ref(),
                &self.created.to_be_bytes(),
            ],
        )
    }

    fn message(&self) -> Vec<u8> {
        pae::labelled(
            Label::PROPOSAL,
            &[
                &[SUITE],
                self.grant.as_ref(),
                self.author.as_ref(),
                &self.created.to_be_bytes(),
                &self.sealed,
            ],
        )
    }
}

fn place_from(path: &[u8], name: &[u8]) -> Result<(SecretPath, SecretName), OpenError> {
    let path = SecretPath::parse(&String::read(path)?).map_err(|_| OpenError::Forged)?;
    let name = SecretName::parse(&String::read(name)?).map_err(|_| OpenError::Forged)?;
    if path.is_reserved() {
        return Err(OpenError::Forged);
    }
    Ok((path, name))
}

/// The most bytes of values that one grant carries: with its approvals it fits into a row.
pub const MAX_CONTENT: usize = 192 << 10;
/// The most secrets that one grant carries.
pub const MAX_VALUES: usize = 2_000;
const MAX_APPROVALS: usize = 200;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        keyring::{Heads, LogHead, Op, Proof, Rights},
        log::{GrantPublic, Log},
        policy::{Approvers, Escalation, Policy, Step},
        request::{Message, Say, Wanted},
        testing::{self, Opened, Project},
        value::SecretContent,
    };
    use rand_chacha::ChaCha20Rng;

    /// A guest asks an admin for one of two secrets.
    struct Scene {
        rng: ChaCha20Rng,
        project: Project,
        opened: Opened,
        guest: Identity,
        second: Identity,
        key: RequestKey,
        details: Details,
        request: Request,
        thread: ThreadKey,
    }

    fn place(name: &str) -> (SecretPath, SecretName) {
        (SecretPath::root(), SecretName::parse(name).unwrap())
    }

    fn people(people: &[&str]) -> std::collections::BTreeSet<String> {
        people.iter().map(|&user| user.to_owned()).collect()
    }

    impl Scene {
        fn set() -> Self {
            Self::under(None)
        }

        fn under(policy: Option<Policy>) -> Self {
            let mut rng = testing::rng(41);
            let mut project = Project::new(&mut rng);
            let (guest, second) = (Identity::generate(&mut rng), Identity::generate(&mut rng));
            for (user, keys, rights) in [
                ("gus", guest.public(), Rights::default()),
                ("bo", second.public(), Rights::admin()),
            ] {
                project.sign(Op::AddUser {
                    user: user.to_owned(),
                    keys,
                    rights,
                    proof: Proof::Words,
                    heads: Heads::new(),
                });
            }
            if policy.is_some() {
                project.sign(Op::SetPolicy {
                    env: project.env,
                    path: SecretPath::root(),
                    policy,
                });
            }
            let mut opened = Opened::begin(&project, &mut rng);
            opened
                .write(&project, &project.writer, &mut rng, |changes, rng| {
                    for name in ["ALPHA", "BETA"] {
                        let (path, name) = place(name);
                        let content = SecretContent::with_comment("value", "remark");
                        changes.create(&path, &name, &content, rng).unwrap();
                    }
                })
                .unwrap();
            let (path, name) = place("ALPHA");
            let details = Details {
                wanted: vec![Wanted::Secret(path, name)],
                verbs: Verbs::Propose,
                ttl: 3_600,
                starts: 0,
                reason: Zeroizing::new("the queue is stuck".to_owned()),
                ticket: Zeroizing::default(),
            };
            let key = RequestKey::generate(&mut rng);
            let asked = [project.admin.public(), second.public()];
            let (request, thread) = Request::make(
                &project.keyring,
                project.env,
                &guest,
                &key,
                &asked,
                &details,
                Digest::ZERO,
                1_000,
                &mut rng,
            )
            .unwrap();
            Self {
                rng,
                project,
                opened,
                guest,
                second,
                key,
                details,
                request,
                thread,
            }
        }

        fn granted(&self, name: &str) -> Granted {
            let slot = self.opened.slot(name);
            let entry = self.opened.contents.entry(&slot).unwrap();
            Granted {
                path: entry.path.clone(),
                name: entry.name.clone(),
                slot,
                version: entry.version,
                ct_hash: entry.ct_hash,
                value: Zeroizing::new(b"value".to_vec()),
                comment: Zeroizing::new("remark".to_owned()),
            }
        }

        /// The same once more, asked of one person.
        fn another_request(&mut self) -> (Request, ThreadKey) {
            Request::make(
                &self.project.keyring,
                self.project.env,
                &self.guest,
                &self.key,
                &[self.second.public()],
                &self.details,
                Digest::ZERO,
                1_000,
                &mut self.rng,
            )
            .unwrap()
        }

        fn terms(&self, approvers: &[&Identity]) -> Terms {
            Terms {
                not_before: 2_000,
                not_after: 2_000 + 3_600_000,
                approvals: approvers
                    .iter()
                    .map(|approver| Approval::sign(&self.request, approver, 3_600, 2_000))
                    .collect(),
                emergency: Zeroizing::default(),
            }
        }

        fn seal(&mut self, terms: &Terms, names: &[&str]) -> Grant {
            let values: Vec<Granted> = names.iter().map(|name| self.granted(name)).collect();
            let proposals = ProposalKey::generate(&mut testing::rng(5));
            Grant::seal(
                &self.request,
                &self.details,
                &self.project.admin,
                &self.project.keyring,
                terms,
                (&values, Some(&proposals)),
                &mut self.rng,
            )
            .unwrap()
        }

        fn note(&self, terms: &Terms, names: &[&str]) -> Note {
            Note {
                request: self.request.clone(),
                thread: self.thread.duplicate(),
                terms: terms.clone(),
                named: names
                    .iter()
                    .map(|name| self.granted(name))
                    .map(|granted| Named {
                        path: granted.path,
                        name: granted.name,
                        slot: granted.slot,
                        version: granted.version,
                    })
                    .collect(),
                proposals: Some(ProposalKey::generate(&mut testing::rng(5))),
            }
        }

        /// Writes the record that names a grant.
        fn record(&mut self, grant: &Grant, note: &Note) -> Header {
            let log = &self.opened.log;
            let key = self.opened.keys.newest().unwrap();
            let body = note.seal(key, log.next_seq(), &mut self.rng).unwrap();
            let public = GrantPublic {
                kind: GrantKind::Values,
                hash: grant.hash(),
                recipient: grant.recipient(),
                not_after: grant.not_after(),
            };
            let header = log
                .sign_grant(&self.project.admin, &self.project.keyring, public, Some(&body), 3)
                .unwrap();
            self.opened.push(&self.project, header.clone(), &body).unwrap();
            header
        }

        fn open(&self, grant: &Grant, recorded: Option<&Header>) -> Result<OpenedGrant, GrantError> {
            let grant = Grant::parse(&grant.to_text()).unwrap();
            grant.open(
                &self.request,
                &self.details,
                &self.key,
                &self.project.keyring,
                recorded,
            )
        }
    }

    #[test]
    fn what_was_asked_for_is_read_by_who_is_asked_and_by_nobody_else() {
        let scene = Scene::set();
        let request = Request::parse(&scene.request.to_text()).unwrap();
        assert_eq!(request.verify(&scene.project.keyring), Ok("gus"));
        for reader in [&scene.guest, &scene.second, &scene.project.admin] {
            let thread = request.open_key(reader).unwrap();
            assert_eq!(request.open(&thread), Ok(scene.details.clone()));
        }
        for other in [&scene.project.writer, &scene.project.reader] {
            assert!(request.open_key(other).is_err());
        }
        testing::assert_every_change_is_refused(Kind::Request, &scene.request.to_text(), 0, |text| {
            let request = Request::parse(text).map_err(|error| match error {
                OpenError::UnknownSuite => OpenError::UnknownSuite,
                _ => OpenError::Forged,
            })?;
            request.verify(&scene.project.keyring).map(|_| ())
        });
    }

    #[test]
    fn a_grant_that_is_recorded_and_approved_opens_what_was_asked_for() {
        let mut scene = Scene::set();
        let terms = scene.terms(&[&scene.project.admin]);
        let grant = scene.seal(&terms, &["ALPHA"]);
        let note = scene.note(&terms, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        let opened = scene.open(&grant, Some(&header)).unwrap();
        assert_eq!(opened.values, [scene.granted("ALPHA")]);
        assert_eq!(scene.opened.log.grant(&grant.hash()), Some(&header));
        // Every reader of the environment sees the same, and can count for themselves.
        let key = scene.opened.keys.newest().unwrap();
        let read = Note::open(&header, &scene.opened.bodies[&header.seq()], key).unwrap();
        assert_eq!(
            read.check(&header, &scene.project.keyring),
            Ok(scene.details.clone())
        );
        assert_eq!(read.named.len(), 1);
        // Another one's key opens nothing.
        let other = RequestKey::generate(&mut scene.rng);
        let keyring = &scene.project.keyring;
        let stolen = grant.open(&scene.request, &scene.details, &other, keyring, Some(&header));
        assert_eq!(stolen.err(), Some(GrantError::Forged));
    }

    #[test]
    fn a_grant_that_the_log_does_not_name_is_hidden_and_does_not_open() {
        let mut scene = Scene::set();
        let terms = scene.terms(&[&scene.project.admin]);
        let (grant, other) = (scene.seal(&terms, &["ALPHA"]), scene.seal(&terms, &["ALPHA"]));
        assert_eq!(scene.open(&grant, None).err(), Some(GrantError::NotRecorded));
        let note = scene.note(&terms, &["ALPHA"]);
        let header = scene.record(&other, &note);
        assert_eq!(
            scene.open(&grant, Some(&header)).err(),
            Some(GrantError::NotRecorded)
        );
    }

    #[test]
    fn nothing_that_was_not_asked_for_is_granted() {
        let mut scene = Scene::set();
        let terms = scene.terms(&[&scene.project.admin]);
        let grant = scene.seal(&terms, &["ALPHA", "BETA"]);
        let note = scene.note(&terms, &["ALPHA", "BETA"]);
        let header = scene.record(&grant, &note);
        assert_eq!(scene.open(&grant, Some(&header)).err(), Some(GrantError::Forged));
        assert_eq!(
            note.check(&header, &scene.project.keyring),
            Err(GrantError::Forged)
        );
        // Longer than asked for, or before it begins.
        let longer = Terms {
            not_after: terms.not_after + 1,
            ..terms
        };
        let grant = scene.seal(&longer, &["ALPHA"]);
        let note = scene.note(&longer, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        assert_eq!(
            scene.open(&grant, Some(&header)).err(),
            Some(GrantError::NotApproved)
        );
    }

    #[test]
    fn one_approver_with_the_server_is_not_two() {
        let two = Policy {
            steps: vec![Step {
                approvers: Approvers::Named(people(&["ada", "bo"])),
                needed: 2,
            }],
            ..Policy::default()
        };
        let mut scene = Scene::under(Some(two));
        let ada = scene.terms(&[&scene.project.admin]);
        let twice = scene.terms(&[&scene.project.admin, &scene.project.admin]);
        let with_writer = scene.terms(&[&scene.project.admin, &scene.project.writer]);
        // An approval of another request, and one for less time.
        let mut other = scene.terms(&[&scene.project.admin]);
        let (another, _) = scene.another_request();
        other
            .approvals
            .push(Approval::sign(&another, &scene.second, 3_600, 2_000));
        let mut shorter = scene.terms(&[&scene.project.admin]);
        shorter
            .approvals
            .push(Approval::sign(&scene.request, &scene.second, 3_599, 2_000));
        for terms in [ada, twice, with_writer, other, shorter] {
            let grant = scene.seal(&terms, &["ALPHA"]);
            let note = scene.note(&terms, &["ALPHA"]);
            let header = scene.record(&grant, &note);
            assert_eq!(
                scene.open(&grant, Some(&header)).err(),
                Some(GrantError::NotApproved)
            );
            assert_eq!(
                note.check(&header, &scene.project.keyring),
                Err(GrantError::NotApproved)
            );
        }
        let both = scene.terms(&[&scene.project.admin, &scene.second]);
        let grant = scene.seal(&both, &["ALPHA"]);
        let note = scene.note(&both, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        assert!(scene.open(&grant, Some(&header)).is_ok());
        // Rules that are weakened later do not make an earlier grant count: they are read at its own state.
        let alone = scene.terms(&[&scene.project.admin]);
        let grant = scene.seal(&alone, &["ALPHA"]);
        let note = scene.note(&alone, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        scene.project.sign(Op::SetPolicy {
            env: scene.project.env,
            path: SecretPath::root(),
            policy: None,
        });
        assert_eq!(
            scene.open(&grant, Some(&header)).err(),
            Some(GrantError::NotApproved)
        );
    }

    #[test]
    fn rules_of_before_the_request_are_nobodys_to_choose() {
        let mut scene = Scene::set();
        let before = scene.project.keyring.clone();
        let two = Policy {
            steps: vec![Step {
                approvers: Approvers::All,
                needed: 2,
            }],
            ..Policy::default()
        };
        scene.project.sign(Op::SetPolicy {
            env: scene.project.env,
            path: SecretPath::root(),
            policy: Some(two),
        });
        // Asked for under the new rules.
        let asked = [scene.project.admin.public(), scene.second.public()];
        let (request, thread) = Request::make(
            &scene.project.keyring,
            scene.project.env,
            &scene.guest,
            &scene.key,
            &asked,
            &scene.details,
            Digest::ZERO,
            1_500,
            &mut scene.rng,
        )
        .unwrap();
        (scene.request, scene.thread) = (request, thread);
        let terms = scene.terms(&[&scene.project.admin]);
        // One approver names the state of before, in the grant, or in grant and record.
        let values = [scene.granted("ALPHA")];
        let old = Grant::seal(
            &scene.request,
            &scene.details,
            &scene.project.admin,
            &before,
            &terms,
            (&values, None),
            &mut scene.rng,
        )
        .unwrap();
        let note = scene.note(&terms, &["ALPHA"]);
        let header = scene.record(&old, &note);
        assert_eq!(
            scene.open(&old, Some(&header)).err(),
            Some(GrantError::NotRecorded)
        );
        assert_eq!(
            note.check(&header, &scene.project.keyring),
            Err(GrantError::NotApproved)
        );
        let seq = before.seq();
        let author = scene.project.admin.public().sign_kid();
        let place = (&values[0].path, &values[0].name);
        let checked = terms.check(
            &scene.project.keyring,
            seq,
            &scene.request,
            &scene.details,
            &author,
            [place].into_iter(),
        );
        assert_eq!(checked, Err(GrantError::NotApproved));
    }

    #[test]
    fn a_key_that_was_replaced_approves_nothing_that_is_asked_for_later() {
        let mut scene = Scene::set();
        let new = Identity::generate(&mut scene.rng);
        let ring = scene.project.keyring.ring();
        let second = scene.second.duplicate();
        scene
            .project
            .sign(crate::keyring::rotate_keys(&ring, "bo", &second, &new, 5));
        let seq = scene.project.keyring.seq();
        let vote = |request: &Request, key: &Identity| {
            let approval = Approval::sign(request, key, 60, 9);
            let vote = approval.vote(request, 60, &scene.project.keyring, seq);
            vote.map(|vote| vote.user.to_owned())
        };
        // What was asked for before is approved by either.
        assert_eq!(vote(&scene.request, &scene.second).as_deref(), Some("bo"));
        assert_eq!(vote(&scene.request, &new).as_deref(), Some("bo"));
        let asked = [new.public()];
        let (later, thread) = Request::make(
            &scene.project.keyring,
            scene.project.env,
            &scene.guest,
            &scene.key,
            &asked,
            &scene.details,
            Digest::ZERO,
            1_500,
            &mut testing::rng(6),
        )
        .unwrap();
        assert_eq!(vote(&later, &scene.second), None);
        assert_eq!(vote(&later, &new).as_deref(), Some("bo"));
        let say = Say::Reject(Zeroizing::default());
        let message = Message::make(&later, &thread, &scene.second, &say, 5, &mut testing::rng(7));
        assert!(message.open(&later, &thread, &scene.project.keyring).is_err());
    }

    #[test]
    fn an_emergency_is_for_who_is_named_with_a_reason() {
        let policy = Policy {
            steps: vec![Step {
                approvers: Approvers::Named(people(&["bo"])),
                needed: 1,
            }],
            emergency: people(&["ada"]),
            ..Policy::default()
        };
        let mut scene = Scene::under(Some(policy));
        for (why, expected) in [
            ("", Some(GrantError::NotApproved)),
            ("short", Some(GrantError::NotApproved)),
            ("nobody else answers", None),
        ] {
            let terms = Terms {
                emergency: Zeroizing::new(why.to_owned()),
                ..scene.terms(&[&scene.project.admin])
            };
            let grant = scene.seal(&terms, &["ALPHA"]);
            let note = scene.note(&terms, &["ALPHA"]);
            let header = scene.record(&grant, &note);
            assert_eq!(scene.open(&grant, Some(&header)).err(), expected, "{why}");
        }
    }

    #[test]
    fn who_dates_an_approval_ahead_lets_nobody_in_before() {
        let after = 3_600;
        let later = Policy {
            steps: vec![Step {
                approvers: Approvers::Named(people(&["ada"])),
                needed: 1,
            }],
            escalation: Some(Escalation {
                after,
                people: people(&["bo"]),
            }),
            ..Policy::default()
        };
        let mut scene = Scene::under(Some(later));
        let from = scene.request.created() + u64::from(after) * 1_000;
        let honest = scene.terms(&[&scene.project.admin]);
        let approval = Approval::sign(&scene.request, &scene.second, 3_600, from);
        let at_once = Terms {
            approvals: vec![approval],
            ..honest
        };
        let then = Terms {
            not_before: from,
            not_after: from + 3_600_000,
            ..at_once.clone()
        };
        for (terms, expected) in [(at_once, Some(GrantError::NotApproved)), (then, None)] {
            let grant = scene.seal(&terms, &["ALPHA"]);
            let note = scene.note(&terms, &["ALPHA"]);
            let header = scene.record(&grant, &note);
            assert_eq!(scene.open(&grant, Some(&header)).err(), expected);
            assert_eq!(note.check(&header, &scene.project.keyring).err(), expected);
        }
    }

    #[test]
    fn words_about_a_request_are_of_who_may_say_them() {
        let mut scene = Scene::set();
        let say = |scene: &mut Scene, author: &Identity, say: &Say| {
            let message = Message::make(&scene.request, &scene.thread, author, say, 5, &mut scene.rng);
            let message = Message::parse(&message.to_text()).unwrap();
            let opened = message.open(&scene.request, &scene.thread, &scene.project.keyring);
            opened.map(|(user, say)| (user.to_owned(), say))
        };
        let text = || Zeroizing::new("because".to_owned());
        let (admin, reader) = (scene.project.admin.duplicate(), scene.project.reader.duplicate());
        let (guest, writer) = (scene.guest.duplicate(), scene.project.writer.duplicate());
        let proposal = Digest::from_bytes([7; 32]);
        let approval = Approval::sign(&scene.request, &admin, 60, 5);
        for (author, said, user) in [
            (&admin, Say::Approve(approval, text()), Some("ada")),
            (&admin, Say::Reject(text()), Some("ada")),
            (&admin, Say::AskBack(text()), Some("ada")),
            (&guest, Say::Answer(text()), Some("gus")),
            (&guest, Say::Withdraw, Some("gus")),
            (&guest, Say::GiveBack(Digest::ZERO), Some("gus")),
            (&guest, Say::Reject(text()), None),
            (&admin, Say::Withdraw, None),
            (&writer, Say::Reject(text()), None),
            (&guest, Say::Approve(approval, text()), None),
            (&writer, Say::Decline(proposal, text()), Some("will")),
            (&writer, Say::TookOver(proposal), Some("will")),
            (&admin, Say::Decline(proposal, text()), Some("ada")),
            (&guest, Say::TakeBack(proposal), Some("gus")),
            (&guest, Say::Decline(proposal, text()), None),
            (&guest, Say::TookOver(proposal), None),
            (&reader, Say::Decline(proposal, text()), None),
            (&reader, Say::TookOver(proposal), None),
            (&writer, Say::TakeBack(proposal), None),
        ] {
            let expected = user.map(|user| (user.to_owned(), said.clone()));
            assert_eq!(say(&mut scene, author, &said).ok(), expected);
        }
    }

    #[test]
    fn what_becomes_of_a_proposal_is_said_of_it_alone_and_under_its_request() {
        let mut scene = Scene::set();
        let proposal = Digest::from_bytes([7; 32]);
        let say = Say::Decline(proposal, Zeroizing::new("not now".to_owned()));
        let author = scene.project.writer.duplicate();
        let message = Message::make(&scene.request, &scene.thread, &author, &say, 5, &mut scene.rng);
        let (another, thread) = scene.another_request();
        let keyring = &scene.project.keyring;
        testing::assert_every_change_is_refused(Kind::Message, &message.to_text(), 0, |text| {
            let message = Message::parse(text).map_err(|error| match error {
                OpenError::UnknownSuite => OpenError::UnknownSuite,
                _ => OpenError::Forged,
            })?;
            let (_, opened) = message.open(&scene.request, &scene.thread, keyring)?;
            assert_eq!(opened, say);
            Ok(())
        });
        for key in [&scene.thread, &thread] {
            assert!(message.open(&another, key, keyring).is_err());
        }
    }

    #[test]
    fn a_proposal_is_of_the_grants_holder_and_about_what_was_granted() {
        let mut scene = Scene::set();
        let terms = scene.terms(&[&scene.project.admin]);
        let grant = scene.seal(&terms, &["ALPHA"]);
        let note = scene.note(&terms, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        let opened = scene.open(&grant, Some(&header)).unwrap();
        let key = opened.proposals.unwrap();
        let propose = |scene: &mut Scene, author: &Identity, name: &str| {
            let granted = scene.granted(name);
            let proposed = Proposed {
                path: granted.path,
                name: granted.name,
                slot: granted.slot,
                previous: granted.ct_hash,
                value: Zeroizing::new(b"new".to_vec()),
                comment: Zeroizing::default(),
            };
            let proposal = Proposal::make(&grant.hash(), &key, author, &proposed, 7, &mut scene.rng);
            let proposal = Proposal::parse(&proposal.to_text()).unwrap();
            proposal.open(&header, &note, &scene.project.keyring)
        };
        let (guest, writer) = (scene.guest.duplicate(), scene.project.writer.duplicate());
        assert_eq!(
            propose(&mut scene, &guest, "ALPHA").unwrap().value.as_slice(),
            b"new"
        );
        assert!(propose(&mut scene, &guest, "BETA").is_err());
        assert!(propose(&mut scene, &writer, "ALPHA").is_err());
    }

    #[test]
    fn a_grants_record_is_an_approvers_and_so_is_its_end() {
        let mut scene = Scene::set();
        let terms = scene.terms(&[&scene.project.admin]);
        let grant = scene.seal(&terms, &["ALPHA"]);
        let note = scene.note(&terms, &["ALPHA"]);
        let header = scene.record(&grant, &note);
        let end = GrantPublic {
            kind: GrantKind::Ended,
            not_after: 9_000,
            ..*header.grant_public().unwrap()
        };
        let (log, keyring) = (&scene.opened.log, &scene.project.keyring);
        let by_writer = log.sign_grant(&scene.project.writer, keyring, end, None, 4);
        assert_eq!(by_writer.err(), Some(LogError::NotEntitled));
        let ended = log
            .sign_grant(&scene.project.admin, keyring, end, None, 4)
            .unwrap();
        let mut again = Log::new(log.ring(), log.env(), None::<LogHead>);
        for header in log.headers().cloned().chain([ended]) {
            again
                .push(Header::parse(&header.to_text()).unwrap(), keyring)
                .unwrap();
        }
        assert_eq!(again.ended(&grant.hash()), Some(9_000));
        // A grant without its note is no record at all.
        let bare = GrantPublic {
            kind: GrantKind::Values,
            ..end
        };
        assert!(
            log.sign_grant(&scene.project.admin, keyring, bare, None, 4)
                .is_err()
        );
    }
}
