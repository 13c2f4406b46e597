//! The keyring: who belongs to a project and may do what, as an append-only chain of signed links.
//!
//! The hash of the genesis is the project's identity. Everyone folds the chain for themselves and believes nothing a
//! server says about members (docs/PROTOCOL.md §5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::check_label,
    error::OpenError,
    hazmat,
    id::{Digest, EnvUid, InviteId, Kid, RingUid},
    identity::{Identity, PublicIdentity},
    invite::is_server_id,
    label::Label,
    layout,
    names::{NameError, SecretPath},
    pae,
    policy::Policy,
    reader::{self, Piece},
    rotation::Rotation,
};

/// Why a link or a chain was refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeyringError {
    /// The link does not continue the chain: wrong project, number or predecessor.
    #[error("a membership record does not continue the one before it")]
    BrokenChain,
    /// The chain does not pass through what this device has pinned.
    #[error("the project's membership history was replaced")]
    Forked,
    /// The signature is not the author's.
    #[error("a membership record is not signed by its author")]
    Forged,
    /// The genesis is not the pinned one.
    #[error("this is another project than the one this device knows")]
    GenesisMismatch,
    /// It would leave the project without an admin.
    #[error("a project keeps at least one admin")]
    LastAdmin,
    /// The author was no active admin before this link.
    #[error("a membership record was written by somebody who is not an admin")]
    NotAdmin,
    /// What it says contradicts the state before it, or itself.
    #[error("a membership record contradicts the ones before it")]
    Refused,
    /// An invite, a key or an id was used a second time.
    #[error("an invite or a key was used twice")]
    Reused,
    /// The chain ends before what this device has pinned.
    #[error("the project's membership history is older than what this device has seen")]
    RolledBack,
    /// An operation that this version does not know.
    #[error("the project's membership was changed by a newer version of Coffer")]
    UnknownOp,
}

/// What somebody may do in one environment. Ordered: each includes the ones before it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Access {
    /// Nothing.
    #[default]
    None,
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Access {
    const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Read => 1,
            Self::Write => 2,
        }
    }

    fn from_number(number: u8) -> Result<Self, OpenError> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::Read),
            2 => Ok(Self::Write),
            _ => Err(OpenError::UnknownKind),
        }
    }
}

/// What somebody was granted in one environment.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct EnvRight {
    /// Reading and writing.
    pub access: Access,
    /// Whether they decide on requests. It implies reading.
    pub approve: bool,
}

/// What somebody may do in a project. Without anything, they are a guest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rights {
    /// Whether they are an admin: everything, everywhere, and links of the keyring.
    pub admin: bool,
    /// What they were granted by environment; an environment that is not listed is [`Access::None`].
    pub environments: BTreeMap<EnvUid, EnvRight>,
}

impl Rights {
    /// An admin's.
    pub fn admin() -> Self {
        Self {
            admin: true,
            environments: BTreeMap::new(),
        }
    }

    /// Gives `access` in `env`.
    #[must_use]
    pub fn with(mut self, env: EnvUid, access: Access) -> Self {
        self.environments.entry(env).or_default().access = access;
        self
    }

    /// What they may do in an environment, everything considered.
    pub fn access(&self, env: &EnvUid) -> Access {
        let granted = self.environments.get(env).copied().unwrap_or_default();
        if self.admin {
            Access::Write
        } else if granted.approve {
            granted.access.max(Access::Read)
        } else {
            granted.access
        }
    }

    /// Whether they decide on requests in an environment.
    pub fn approves(&self, env: &EnvUid) -> bool {
        self.admin || self.environments.get(env).is_some_and(|right| right.approve)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let items: Vec<Vec<u8>> = self
            .environments
            .iter()
            .map(|(env, right)| {
                pae::encode(&[env.as_ref(), &[right.access.number()], &[u8::from(right.approve)]])
            })
            .collect();
        pae::encode(&items)
    }

    fn from_pieces(admin: &[u8], environments: &[u8]) -> Result<Self, OpenError> {
        let list = reader::list(environments, MAX_ENVIRONMENTS, |item| {
            let [env, access, approve] = reader::fields(item)?;
            let right = EnvRight {
                access: Access::from_number(Piece::read(access)?)?,
                approve: flag(approve)?,
            };
            Ok((EnvUid::read(env)?, right))
        })?;
        Ok(Self {
            admin: flag(admin)?,
            environments: sorted_map(list)?,
        })
    }
}

/// A place in an environment's log: a header's number and hash.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LogHead {
    /// The header's number.
    pub seq: u64,
    /// The header's hash.
    pub hash: Digest,
}

/// The heads of environments' logs at some moment.
pub type Heads = BTreeMap<EnvUid, LogHead>;

/// How an admin came to believe that keys are a person's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// The join request carried the MAC of an invite that this admin had sent.
    Invite(InviteId),
    /// Two people compared the eight words.
    Words,
}

/// A change of membership.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// A machine joins; the admin's client made its keys.
    AddMachine {
        /// The server's id of the machine identity.
        user: String,
        /// Its keys.
        keys: PublicIdentity,
        /// What it may do.
        rights: Rights,
        /// The heads it starts from.
        heads: Heads,
    },
    /// A person joins.
    AddUser {
        /// The server's id of the person.
        user: String,
        /// The person's keys.
        keys: PublicIdentity,
        /// What the person may do.
        rights: Rights,
        /// Why these keys are believed.
        proof: Proof,
        /// The heads the person starts from: first pins.
        heads: Heads,
    },
    /// An environment exists.
    DeclareEnv {
        /// Its id.
        env: EnvUid,
        /// The server's id of it.
        server_ref: String,
    },
    /// The project begins. Only the first link, signed by the founder, who becomes admin.
    Genesis {
        /// The server's id of the founder.
        user: String,
        /// The founder's keys.
        keys: PublicIdentity,
        /// The slug of the environment that holds this keyring.
        home: String,
        /// The folder in it.
        folder: SecretPath,
    },
    /// History was honestly lost: clients that had seen more ask their person.
    Rebase {
        /// The environment.
        env: EnvUid,
        /// What was lost.
        lost: LogHead,
        /// Where it goes on.
        to: LogHead,
    },
    /// A person or machine leaves.
    Remove {
        /// The server's id.
        user: String,
        /// The heads up to which what they wrote counts.
        heads: Heads,
    },
    /// An environment is gone.
    RetireEnv {
        /// Its id.
        env: EnvUid,
    },
    /// A person's keys are replaced; both pairs signed it ([`rotate_message`]).
    RotateUserKeys {
        /// The server's id.
        user: String,
        /// The id of the old signing key.
        old: Kid,
        /// The new keys.
        keys: PublicIdentity,
        /// When the person signed.
        signed: u64,
        /// By the old key.
        old_signature: [u8; 64],
        /// By the new key.
        new_signature: [u8; 64],
    },
    /// The rules for requests below a folder of an environment change, as a whole.
    SetPolicy {
        /// The environment.
        env: EnvUid,
        /// The folder; the root for the whole environment.
        path: SecretPath,
        /// From now on; `None` for those of the folder above.
        policy: Option<Policy>,
    },
    /// What somebody may do changes, as a whole.
    SetRights {
        /// The server's id.
        user: String,
        /// From now on.
        rights: Rights,
        /// The heads up to which what they wrote under rights they lose counts.
        heads: Heads,
    },
    /// What somebody wrote while a right was being taken counts after all: later heads than the loss has named.
    Uphold {
        /// The server's id.
        user: String,
        /// The heads up to which it counts.
        heads: Heads,
    },
}

impl Op {
    fn to_pieces(&self) -> Vec<Vec<u8>> {
        let text = |text: &str| text.as_bytes().to_vec();
        match self {
            Self::Genesis {
                user,
                keys,
                home,
                folder,
            } => {
                vec![
                    text("genesis"),
                    text(user),
                    keys.sign.to_vec(),
                    keys.kem.to_vec(),
                    text(home),
                    text(folder.as_str()),
                ]
            }
            Self::AddUser {
                user,
                keys,
                rights,
                proof,
                heads,
            } => {
                let (kind, invite) = match proof {
                    Proof::Invite(invite) => (1, invite.as_bytes().to_vec()),
                    Proof::Words => (2, Vec::new()),
                };
                vec![
                    text("add_user"),
                    text(user),
                    keys.sign.to_vec(),
                    keys.kem.to_vec(),
                    vec![u8::from(rights.admin)],
                    rights.to_bytes(),
                    vec![kind],
                    invite,
                    heads_to_bytes(heads),
                ]
            }
            Self::AddMachine {
                user,
                keys,
                rights,
                heads,
            } => vec![
                text("add_machine"),
                text(user),
                keys.sign.to_vec(),
                keys.kem.to_vec(),
                vec![u8::from(rights.admin)],
                rights.to_bytes(),
                heads_to_bytes(heads),
            ],
            Self::SetRights { user, rights, heads } => vec![
                text("set_rights"),
                text(user),
                vec![u8::from(rights.admin)],
                rights.to_bytes(),
                heads_to_bytes(heads),
            ],
            Self::RotateUserKeys {
                user,
                old,
                keys,
                signed,
                old_signature,
                new_signature,
            } => vec![
                text("rotate_user_keys"),
                text(user),
                old.as_bytes().to_vec(),
                keys.sign.to_vec(),
                keys.kem.to_vec(),
                signed.to_be_bytes().to_vec(),
                old_signature.to_vec(),
                new_signature.to_vec(),
            ],
            Self::Remove { user, heads } => vec![text("remove"), text(user), heads_to_bytes(heads)],
            Self::Uphold { user, heads } => vec![text("uphold"), text(user), heads_to_bytes(heads)],
            Self::SetPolicy { env, path, policy } => vec![
                text("set_policy"),
                env.as_bytes().to_vec(),
                text(path.as_str()),
                policy.as_ref().map(Policy::to_bytes).unwrap_or_default(),
            ],
            Self::DeclareEnv { env, server_ref } => {
                vec![
                    text("declare_env"),
                    env.as_bytes().to_vec(),
                    text(server_ref),
                    vec![PLAIN_NAMES],
                ]
            }
            Self::RetireEnv { env } => vec![text("retire_env"), env.as_bytes().to_vec()],
            Self::Rebase { env, lost, to } => vec![
                text("rebase"),
                env.as_bytes().to_vec(),
                lost.seq.to_be_bytes().to_vec(),
                lost.hash.as_bytes().to_vec(),
                to.seq.to_be_bytes().to_vec(),
                to.hash.as_bytes().to_vec(),
            ],
        }
    }

    fn from_pieces(pieces: &[&[u8]]) -> Result<Self, OpenError> {
        let (op, body) = pieces.split_first().ok_or(OpenError::Forged)?;
        Ok(match (*op, body) {
            (b"genesis", &[user, sign, kem, home, folder]) => Self::Genesis {
                user: id(user)?,
                keys: keys(sign, kem)?,
                home: id(home)?,
                folder: home_folder(folder)?,
            },
            (b"add_user", &[user, sign, kem, admin, rights, kind, invite, heads]) => Self::AddUser {
                user: id(user)?,
                keys: keys(sign, kem)?,
                rights: Rights::from_pieces(admin, rights)?,
                proof: match (u8::read(kind)?, invite) {
                    (1, invite) => Proof::Invite(Piece::read(invite)?),
                    (2, []) => Proof::Words,
                    (2, _) => return Err(OpenError::Forged),
                    _ => return Err(OpenError::UnknownKind),
                },
                heads: heads_from(heads)?,
            },
            (b"add_machine", &[user, sign, kem, admin, rights, heads]) => Self::AddMachine {
                user: id(user)?,
                keys: keys(sign, kem)?,
                rights: Rights::from_pieces(admin, rights)?,
                heads: heads_from(heads)?,
            },
            (b"set_rights", &[user, admin, rights, heads]) => Self::SetRights {
                user: id(user)?,
                rights: Rights::from_pieces(admin, rights)?,
                heads: heads_from(heads)?,
            },
            (b"rotate_user_keys", &[user, old, sign, kem, signed, old_signature, new_signature]) => {
                Self::RotateUserKeys {
                    user: id(user)?,
                    old: Piece::read(old)?,
                    keys: keys(sign, kem)?,
                    signed: Piece::read(signed)?,
                    old_signature: Piece::read(old_signature)?,
                    new_signature: Piece::read(new_signature)?,
                }
            }
            (b"remove", &[user, heads]) => Self::Remove {
                user: id(user)?,
                heads: heads_from(heads)?,
            },
            (b"uphold", &[user, heads]) => Self::Uphold {
                user: id(user)?,
                heads: heads_from(heads)?,
            },
            (b"set_policy", &[env, path, policy]) => Self::SetPolicy {
                env: Piece::read(env)?,
                path: SecretPath::parse(&String::read(path)?).map_err(|_| OpenError::Forged)?,
                policy: match policy {
                    [] => None,
                    policy => Some(Policy::from_bytes(policy)?),
                },
            },
            (b"declare_env", &[env, server_ref, mode]) => {
                if u8::read(mode)? != PLAIN_NAMES {
                    return Err(OpenError::UnknownKind);
                }
                Self::DeclareEnv {
                    env: Piece::read(env)?,
                    server_ref: id(server_ref)?,
                }
            }
            (b"retire_env", &[env]) => Self::RetireEnv {
                env: Piece::read(env)?,
            },
            (b"rebase", &[env, lost_seq, lost_hash, to_seq, to_hash]) => Self::Rebase {
                env: Piece::read(env)?,
                lost: LogHead {
                    seq: Piece::read(lost_seq)?,
                    hash: Piece::read(lost_hash)?,
                },
                to: LogHead {
                    seq: Piece::read(to_seq)?,
                    hash: Piece::read(to_hash)?,
                },
            },
            (known, _) if OPS.contains(&known) => return Err(OpenError::Forged),
            _ => return Err(OpenError::UnknownKind),
        })
    }
}

/// A signed link. Parsing checks its form; only [`KeyringState`] checks whether it counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    ring: RingUid,
    seq: u64,
    previous: Digest,
    op: Op,
    author: Kid,
    created: u64,
    bytes: Vec<u8>,
}

impl Link {
    fn sign(ring: RingUid, seq: u64, previous: Digest, op: Op, author: &Identity, created: u64) -> Self {
        let author_kid = author.public().sign_kid();
        let op_pieces = op.to_pieces();
        let (seq_bytes, created_bytes) = (seq.to_be_bytes(), created.to_be_bytes());
        let mut pieces: Vec<&[u8]> = vec![&[SUITE], ring.as_ref(), &seq_bytes, previous.as_ref()];
        pieces.extend(op_pieces.iter().map(Vec::as_slice));
        pieces.push(author_kid.as_ref());
        pieces.push(&created_bytes);
        let mut bytes = pae::labelled(Label::KEYRING, &pieces);
        let signature = author.sign(&bytes);
        bytes.extend_from_slice(&signature);
        Self {
            ring,
            seq,
            previous,
            op,
            author: author_kid,
            created,
            bytes,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OpenError::UnknownKind`] for an operation that this version does not know.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Link, text)?;
        let (message, _) = bytes
            .split_last_chunk::<{ hazmat::SIGNATURE }>()
            .ok_or(OpenError::Forged)?;
        let pieces = pae::decode(message, 20).ok_or(OpenError::Forged)?;
        let [label, suite, ring, seq, previous, op @ .., author, created] = pieces.as_slice() else {
            return Err(OpenError::Forged);
        };
        check_label(label, Label::KEYRING, suite)?;
        Ok(Self {
            ring: Piece::read(ring)?,
            seq: Piece::read(seq)?,
            previous: Piece::read(previous)?,
            op: Op::from_pieces(op)?,
            author: Piece::read(author)?,
            created: Piece::read(created)?,
            bytes,
        })
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        envelope::encode(Kind::Link, &self.bytes)
    }

    /// Its hash. That of the genesis is the project's identity.
    pub fn hash(&self) -> Digest {
        envelope::hash(Label::HASH_LINK, &self.bytes)
    }

    /// Its number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// What it changes.
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// The id of the signing key of whoever wrote it.
    pub fn author(&self) -> Kid {
        self.author
    }

    /// When its author says it was written: for display, never for a decision.
    pub fn created(&self) -> u64 {
        self.created
    }

    fn verify(&self, author: &PublicIdentity) -> Result<(), KeyringError> {
        let (message, signature) = self.bytes.split_last_chunk().ok_or(KeyringError::Forged)?;
        author
            .verify(message, signature)
            .map_err(|_| KeyringError::Forged)
    }
}

/// Somebody who is or was a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// The server's id of the person or machine.
    pub user: String,
    /// The keys that count now.
    pub keys: PublicIdentity,
    /// What they may do now; `None` after removal.
    pub rights: Option<Rights>,
    /// Whether it is a machine.
    pub machine: bool,
    /// The link that added them.
    pub since: u64,
    /// The heads named by that link: a newcomer's first pins.
    pub first_heads: Heads,
}

/// An environment as the keyring knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeclaredEnv {
    /// Its id.
    pub env: EnvUid,
    /// The server's id of it.
    pub server_ref: String,
    /// The link that declared it.
    pub since: u64,
    /// Whether it was retired.
    pub retired: bool,
}

/// A rebase, as clients ask their person about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rebase {
    /// The link that says so.
    pub seq: u64,
    /// The environment.
    pub env: EnvUid,
    /// What was lost.
    pub lost: LogHead,
    /// Where it goes on.
    pub to: LogHead,
    /// The id of the signing key of the admin who says so.
    pub author: Kid,
    /// When the admin says it was written: for display.
    pub created: u64,
}

/// A verified keyring: the fold over all links from the genesis. It grows by [`KeyringState::apply`] only.
#[derive(Clone, Debug)]
pub struct KeyringState {
    ring: RingUid,
    home: String,
    folder: SecretPath,
    hashes: Vec<Digest>,
    members: BTreeMap<String, Member>,
    environments: BTreeMap<EnvUid, DeclaredEnv>,
    keys: BTreeMap<Kid, KeyHistory>,
    kem_kids: BTreeSet<Kid>,
    invites: BTreeSet<InviteId>,
    reductions: Vec<Reduction>,
    rebases: Vec<Rebase>,
    policies: Vec<PolicyChange>,
}

/// Rules that a link has set.
#[derive(Clone, Debug)]
struct PolicyChange {
    seq: u64,
    env: EnvUid,
    path: SecretPath,
    policy: Option<Arc<Policy>>,
}

/// What the holder of one signing key could do, from which link on.
#[derive(Clone, Debug)]
struct KeyHistory {
    user: String,
    keys: PublicIdentity,
    /// From link `.0` on; `None` while removed or replaced.
    rights: Vec<(u64, Option<Rights>)>,
    /// The signing key that replaced this one.
    successor: Option<Kid>,
}

/// Whether records of somebody still count, at the newest state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// They hold the right.
    Holds,
    /// None that this device has not pinned counts.
    Lost,
    /// They lost the right; records up to this head count.
    Until(LogHead),
}

/// A link that took something away in an environment.
#[derive(Clone, Debug)]
struct Reduction {
    seq: u64,
    env: EnvUid,
    /// Whose, or `None` where all must move on (rebase).
    author: Option<Kid>,
    /// The head up to which what they wrote counts.
    head: Option<LogHead>,
    /// The link that names it.
    named: u64,
}

impl KeyringState {
    /// Begins a project: makes its genesis, signed by the founder.
    ///
    /// # Errors
    /// [`KeyringError::Refused`] where a text is no server's id.
    pub fn found(
        ring: RingUid,
        founder: &Identity,
        user: &str,
        home: &str,
        created: u64,
    ) -> Result<(Self, Link), KeyringError> {
        let folder = SecretPath::parse(layout::ROOT).map_err(|_| KeyringError::Refused)?;
        let op = Op::Genesis {
            user: user.to_owned(),
            keys: founder.public(),
            home: home.to_owned(),
            folder,
        };
        let link = Link::sign(ring, 0, Digest::ZERO, op, founder, created);
        let parsed = Link::parse(&link.to_text()).map_err(|_| KeyringError::Refused)?;
        let state = Self::begin(&parsed, Some(&link.hash()))?;
        Ok((state, link))
    }

    /// Begins a fold at a genesis, which must be the pinned one. Without a pin the caller shows it as unverified.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn begin(genesis: &Link, pinned: Option<&Digest>) -> Result<Self, KeyringError> {
        if pinned.is_some_and(|pinned| *pinned != genesis.hash()) {
            return Err(KeyringError::GenesisMismatch);
        }
        let Op::Genesis {
            user,
            keys,
            home,
            folder,
        } = &genesis.op
        else {
            return Err(KeyringError::BrokenChain);
        };
        if genesis.seq != 0 || !genesis.previous.is_zero() || genesis.author != keys.sign_kid() {
            return Err(KeyringError::BrokenChain);
        }
        genesis.verify(keys)?;
        let mut state = Self {
            ring: genesis.ring,
            home: home.clone(),
            folder: folder.clone(),
            hashes: vec![genesis.hash()],
            members: BTreeMap::new(),
            environments: BTreeMap::new(),
            keys: BTreeMap::new(),
            kem_kids: BTreeSet::new(),
            invites: BTreeSet::new(),
            reductions: Vec::new(),
            rebases: Vec::new(),
            policies: Vec::new(),
        };
        state.admit(0, user, keys, &Rights::admin(), &Heads::new(), false)?;
        Ok(state)
    }

    /// Folds a whole chain and checks that it starts at `genesis` and passes through `pin`, both as this device knows
    /// them.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn fold(
        links: &[Link],
        genesis: Option<&Digest>,
        pin: Option<(u64, Digest)>,
    ) -> Result<Self, KeyringError> {
        let (first, rest) = links.split_first().ok_or(KeyringError::RolledBack)?;
        let mut state = Self::begin(first, genesis)?;
        for link in rest {
            // What is thrown away on an error needs no copy.
            state.apply_in_place(link)?;
        }
        state.check_pin(pin)?;
        Ok(state)
    }

    /// Checks that the chain passes through what a device has pinned.
    ///
    /// # Errors
    /// [`KeyringError::RolledBack`] or [`KeyringError::Forked`].
    pub fn check_pin(&self, pin: Option<(u64, Digest)>) -> Result<(), KeyringError> {
        match pin {
            None => Ok(()),
            Some((seq, hash)) => match self.hash_at(seq) {
                None => Err(KeyringError::RolledBack),
                Some(got) if got == hash => Ok(()),
                Some(_) => Err(KeyringError::Forked),
            },
        }
    }

    /// Adds the next link if it counts; the state is unchanged otherwise.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn apply(&mut self, link: &Link) -> Result<(), KeyringError> {
        self.extend(std::slice::from_ref(link))
    }

    /// Adds the next links if all of them count; the state is unchanged otherwise.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn extend(&mut self, links: &[Link]) -> Result<(), KeyringError> {
        if links.is_empty() {
            return Ok(());
        }
        let mut next = self.clone();
        for link in links {
            next.apply_in_place(link)?;
        }
        *self = next;
        Ok(())
    }

    /// Signs the next link, having checked that everybody will accept it. The state itself does not change: it does
    /// once the link has been read back and applied.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn sign_next(&self, author: &Identity, op: Op, created: u64) -> Result<Link, KeyringError> {
        let link = Link::sign(self.ring, self.seq() + 1, self.head(), op, author, created);
        let parsed = Link::parse(&link.to_text()).map_err(|_| KeyringError::Refused)?;
        self.clone().apply_in_place(&parsed)?;
        Ok(link)
    }

    /// The project's id.
    pub fn ring(&self) -> RingUid {
        self.ring
    }

    /// The hash of the genesis: the project's identity.
    pub fn genesis(&self) -> Digest {
        self.hashes[0]
    }

    /// The number of the newest link.
    pub fn seq(&self) -> u64 {
        self.hashes.len() as u64 - 1
    }

    /// The hash of the newest link.
    pub fn head(&self) -> Digest {
        self.hashes[self.hashes.len() - 1]
    }

    /// The hash of link `seq`.
    pub fn hash_at(&self, seq: u64) -> Option<Digest> {
        self.hashes.get(usize::try_from(seq).ok()?).copied()
    }

    /// The slug of the environment that holds this keyring, and the folder in it.
    pub fn home(&self) -> (&str, &SecretPath) {
        (&self.home, &self.folder)
    }

    /// Everybody who is or was a member, by the server's id.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Everybody who is a member.
    pub fn active(&self) -> impl Iterator<Item = (&Member, &Rights)> {
        self.members
            .values()
            .filter_map(|member| Some((member, member.rights.as_ref()?)))
    }

    /// A member by the server's id.
    pub fn member(&self, user: &str) -> Option<&Member> {
        self.members.get(user)
    }

    /// What the holder of a signing key may do now.
    pub fn rights(&self, signer: &Kid) -> Option<&Rights> {
        self.rights_at(signer, self.seq())
    }

    /// What the holder of a signing key could do right after link `seq`.
    pub fn rights_at(&self, signer: &Kid, seq: u64) -> Option<&Rights> {
        let history = &self.keys.get(signer)?.rights;
        let index = history.partition_point(|(from, _)| *from <= seq).checked_sub(1)?;
        history[index].1.as_ref()
    }

    /// Whether somebody held the right to approve in an environment right after link `seq`, under whatever keys.
    pub fn approves_at(&self, user: &str, env: &EnvUid, seq: u64) -> bool {
        self.held_at(user, seq).any(|rights| rights.approves(env))
    }

    /// Whether somebody could write in an environment right after link `seq`, under whatever keys.
    pub fn writes_at(&self, user: &str, env: &EnvUid, seq: u64) -> bool {
        self.held_at(user, seq)
            .any(|rights| rights.access(env) >= Access::Write)
    }

    fn held_at<'a>(&'a self, user: &'a str, seq: u64) -> impl Iterator<Item = &'a Rights> {
        let theirs = self.keys.iter().filter(move |(_, history)| history.user == user);
        theirs.filter_map(move |(kid, _)| self.rights_at(kid, seq))
    }

    /// Whether a signing key was somebody's right after link `seq` or at any time later.
    pub fn held_since(&self, signer: &Kid, seq: u64) -> bool {
        let later = self
            .keys
            .get(signer)
            .into_iter()
            .flat_map(|history| &history.rights);
        self.rights_at(signer, seq).is_some()
            || later
                .into_iter()
                .any(|(from, rights)| *from > seq && rights.is_some())
    }

    /// The public keys behind a signing key's id, whoever holds it now or held it once.
    pub fn author(&self, signer: &Kid) -> Option<&PublicIdentity> {
        self.keys.get(signer).map(|history| &history.keys)
    }

    /// All keys that somebody has or had: what was sealed to earlier ones they still open.
    pub fn keys_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a PublicIdentity> {
        let theirs = self.keys.values().filter(move |history| history.user == user);
        theirs.map(|history| &history.keys)
    }

    /// The server's id of the holder of a signing key.
    pub fn user_of(&self, signer: &Kid) -> Option<&str> {
        self.keys.get(signer).map(|history| history.user.as_str())
    }

    /// The environments that were declared and not retired.
    pub fn environments(&self) -> impl Iterator<Item = &DeclaredEnv> {
        self.environments.values().filter(|env| !env.retired)
    }

    /// An environment by its id, retired or not.
    pub fn environment(&self, env: &EnvUid) -> Option<&DeclaredEnv> {
        self.environments.get(env)
    }

    /// Those who may read an environment: the recipients of its wraps.
    pub fn readers(&self, env: &EnvUid) -> Vec<&Member> {
        self.active()
            .filter(|(_, rights)| rights.access(env) >= Access::Read)
            .map(|(member, _)| member)
            .collect()
    }

    /// The ids of the receiving keys of those who could read an environment right after link `seq`.
    pub fn reader_kids_at(&self, env: &EnvUid, seq: u64) -> BTreeSet<Kid> {
        self.keys
            .iter()
            .filter(|(kid, _)| {
                self.rights_at(kid, seq)
                    .is_some_and(|rights| rights.access(env) >= Access::Read)
            })
            .map(|(_, history)| history.keys.kem_kid())
            .collect()
    }

    /// The last link up to `seq` that took something away in an environment. A writer seals only under an epoch whose
    /// record names this link or a later one, and rotates first otherwise.
    pub fn last_reduction(&self, env: &EnvUid, seq: u64) -> Option<u64> {
        self.reductions
            .iter()
            .filter(|reduction| reduction.env == *env && reduction.seq <= seq)
            .map(|reduction| reduction.seq)
            .max()
    }

    /// Whether records of `signer` that name the state after link `named` still count, for a right that `holds` checks.
    ///
    /// A replaced key stands as its successor does: rights follow the person.
    pub(crate) fn standing(
        &self,
        signer: &Kid,
        env: &EnvUid,
        named: u64,
        holds: impl Fn(&Rights) -> bool,
    ) -> Standing {
        let mut signer = *signer;
        loop {
            if self.rights(&signer).is_some_and(&holds) {
                return Standing::Holds;
            }
            let lost = self.reductions.iter().find(|reduction| {
                reduction.seq > named
                    && reduction.env == *env
                    && reduction.author == Some(signer)
                    && !self.rights_at(&signer, reduction.seq).is_some_and(&holds)
            });
            if let Some(lost) = lost {
                let head = lost.head.map(|head| self.after_losses(env, lost.named, head));
                return head.map_or(Standing::Lost, Standing::Until);
            }
            match self.keys.get(&signer).and_then(|history| history.successor) {
                Some(successor) => signer = successor,
                None => return Standing::Lost,
            }
        }
    }

    /// The state as it would be if these heads of somebody who has lost a right were upheld: to look at what is there
    /// before an admin signs [`Op::Uphold`].
    ///
    /// # Errors
    /// [`KeyringError::Refused`] where no loss of theirs names an earlier head.
    pub fn upholding(&self, user: &str, heads: &Heads) -> Result<Self, KeyringError> {
        let mut state = self.clone();
        state.uphold(self.seq(), user, heads)?;
        Ok(state)
    }

    /// The rules for requests that counted at a place of an environment right after link `seq`: of the folder itself or
    /// the nearest one above. [`Policy::default`] where nobody has set any.
    pub fn policy_at(&self, env: &EnvUid, path: &SecretPath, seq: u64) -> Arc<Policy> {
        let mut set: BTreeMap<&str, Option<&Arc<Policy>>> = BTreeMap::new();
        for change in self
            .policies
            .iter()
            .filter(|change| change.env == *env && change.seq <= seq)
        {
            if change.path.holds(path) {
                set.insert(change.path.as_str(), change.policy.as_ref());
            }
        }
        // Of folders that lie in each other the deepest has the longest name.
        let nearest = set
            .into_iter()
            .filter_map(|(path, policy)| Some((path.len(), policy?)))
            .max_by_key(|(length, _)| *length);
        nearest.map(|(_, policy)| Arc::clone(policy)).unwrap_or_default()
    }

    /// The rules that count now, by folder.
    pub fn policies(&self, env: &EnvUid) -> BTreeMap<SecretPath, Arc<Policy>> {
        let mut set = BTreeMap::new();
        for change in self.policies.iter().filter(|change| change.env == *env) {
            match &change.policy {
                Some(policy) => set.insert(change.path.clone(), Arc::clone(policy)),
                None => set.remove(&change.path),
            };
        }
        set
    }

    /// The newest rebase by which what a client has pinned in an environment is lost. What was declared up to link
    /// `settled` is no news to that client, and never sends it back again.
    pub fn rebase_of(&self, env: &EnvUid, pinned: &LogHead, settled: u64) -> Option<&Rebase> {
        self.rebases.iter().rev().find(|rebase| {
            let beyond = pinned.seq > rebase.to.seq || pinned.seq == rebase.to.seq && *pinned != rebase.to;
            rebase.env == *env && rebase.seq > settled && beyond
        })
    }

    /// A head that link `named` names, or where the environment went on if that was lost later.
    fn after_losses(&self, env: &EnvUid, named: u64, head: LogHead) -> LogHead {
        let later = self
            .rebases
            .iter()
            .filter(|rebase| rebase.env == *env && rebase.seq > named);
        later.fold(
            head,
            |head, rebase| {
                if rebase.to.seq < head.seq { rebase.to } else { head }
            },
        )
    }

    fn apply_in_place(&mut self, link: &Link) -> Result<(), KeyringError> {
        if link.ring != self.ring || link.seq != self.seq() + 1 || link.previous != self.head() {
            return Err(KeyringError::BrokenChain);
        }
        let author = self.author(&link.author).ok_or(KeyringError::NotAdmin)?;
        link.verify(author)?;
        if !self.rights(&link.author).is_some_and(|rights| rights.admin) {
            return Err(KeyringError::NotAdmin);
        }
        self.hashes.push(link.hash());
        let seq = link.seq;
        match &link.op {
            Op::Genesis { .. } => Err(KeyringError::Refused),
            Op::AddUser {
                user,
                keys,
                rights,
                proof,
                heads,
            } => {
                if let Proof::Invite(invite) = proof
                    && !self.invites.insert(*invite)
                {
                    return Err(KeyringError::Reused);
                }
                self.check_environments(rights, heads)?;
                self.admit(seq, user, keys, rights, heads, false)
            }
            Op::AddMachine {
                user,
                keys,
                rights,
                heads,
            } => {
                self.check_environments(rights, heads)?;
                if decides(rights) {
                    return Err(KeyringError::Refused);
                }
                self.admit(seq, user, keys, rights, heads, true)
            }
            Op::SetRights { user, rights, heads } => {
                self.check_environments(rights, heads)?;
                self.change_rights(seq, user, Some(rights.clone()), heads)
            }
            Op::Remove { user, heads } => {
                self.check_environments(&Rights::default(), heads)?;
                self.change_rights(seq, user, None, heads)
            }
            Op::RotateUserKeys {
                user,
                old,
                keys,
                signed,
                old_signature,
                new_signature,
            } => {
                let member = self.members.get(user).ok_or(KeyringError::Refused)?;
                if member.machine || member.keys.sign_kid() != *old {
                    return Err(KeyringError::Refused);
                }
                let rights = member.rights.clone().ok_or(KeyringError::Refused)?;
                let message = rotate_message(&self.ring, user, old, keys, *signed);
                member
                    .keys
                    .verify(&message, old_signature)
                    .map_err(|_| KeyringError::Forged)?;
                keys.verify(&message, new_signature)
                    .map_err(|_| KeyringError::Forged)?;
                self.claim_keys(seq, user, keys, &rights)?;
                if let Some(history) = self.keys.get_mut(old) {
                    history.rights.push((seq, None));
                    history.successor = Some(keys.sign_kid());
                }
                if let Some(member) = self.members.get_mut(user) {
                    member.keys = *keys;
                }
                Ok(())
            }
            Op::Uphold { user, heads } => self.uphold(seq, user, heads),
            Op::SetPolicy { env, path, policy } => {
                let known = self.environments.get(env).is_some_and(|env| !env.retired);
                let known_people = |user: &String| self.members.get(user).is_some_and(|m| m.rights.is_some());
                let people = policy.iter().flat_map(Policy::people);
                if !known || path.is_reserved() || !people.into_iter().all(known_people) {
                    return Err(KeyringError::Refused);
                }
                self.policies.push(PolicyChange {
                    seq,
                    env: *env,
                    path: path.clone(),
                    policy: policy.clone().map(Arc::new),
                });
                Ok(())
            }
            Op::DeclareEnv { env, server_ref } => {
                let taken = self.environments().any(|known| known.server_ref == *server_ref);
                if taken || self.environments.contains_key(env) || self.environments.len() >= MAX_ENVIRONMENTS
                {
                    return Err(KeyringError::Reused);
                }
                let declared = DeclaredEnv {
                    env: *env,
                    server_ref: server_ref.clone(),
                    since: seq,
                    retired: false,
                };
                self.environments.insert(*env, declared);
                Ok(())
            }
            Op::RetireEnv { env } => match self.environments.get_mut(env) {
                Some(declared) if !declared.retired => {
                    declared.retired = true;
                    Ok(())
                }
                _ => Err(KeyringError::Refused),
            },
            Op::Rebase { env, lost, to } => {
                if !self.environments.contains_key(env) || to.seq > lost.seq || to == lost {
                    return Err(KeyringError::Refused);
                }
                self.rebases.push(Rebase {
                    seq,
                    env: *env,
                    lost: *lost,
                    to: *to,
                    author: link.author,
                    created: link.created,
                });
                self.reductions.push(Reduction {
                    seq,
                    env: *env,
                    author: None,
                    head: None,
                    named: seq,
                });
                Ok(())
            }
        }
    }

    /// Moves the heads on that this person's losses name.
    fn uphold(&mut self, seq: u64, user: &str, heads: &Heads) -> Result<(), KeyringError> {
        let keys = &self.keys;
        let of_user = |kid: &Kid| keys.get(kid).is_some_and(|history| history.user == user);
        for (env, head) in heads {
            let earlier = self.reductions.iter_mut().filter(|reduction| {
                reduction.env == *env
                    && reduction.author.as_ref().is_some_and(of_user)
                    && reduction.head.is_none_or(|named| named.seq < head.seq)
            });
            let mut moved = false;
            for reduction in earlier {
                (reduction.head, reduction.named, moved) = (Some(*head), seq, true);
            }
            if !moved {
                return Err(KeyringError::Refused);
            }
        }
        if heads.is_empty() {
            return Err(KeyringError::Refused);
        }
        Ok(())
    }

    fn check_environments(&self, rights: &Rights, heads: &Heads) -> Result<(), KeyringError> {
        let known = |env: &EnvUid| self.environments.contains_key(env);
        if rights.environments.keys().all(known) && heads.keys().all(known) {
            Ok(())
        } else {
            Err(KeyringError::Refused)
        }
    }

    fn admit(
        &mut self,
        seq: u64,
        user: &str,
        keys: &PublicIdentity,
        rights: &Rights,
        heads: &Heads,
        machine: bool,
    ) -> Result<(), KeyringError> {
        if self
            .members
            .get(user)
            .is_some_and(|member| member.rights.is_some())
        {
            return Err(KeyringError::Reused);
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(KeyringError::Refused);
        }
        self.claim_keys(seq, user, keys, rights)?;
        let member = Member {
            user: user.to_owned(),
            keys: *keys,
            rights: Some(rights.clone()),
            machine,
            since: seq,
            first_heads: heads.clone(),
        };
        self.members.insert(user.to_owned(), member);
        Ok(())
    }

    /// A key is one person's, once: neither half of it may have occurred before.
    fn claim_keys(
        &mut self,
        seq: u64,
        user: &str,
        keys: &PublicIdentity,
        rights: &Rights,
    ) -> Result<(), KeyringError> {
        if self.keys.contains_key(&keys.sign_kid()) || !self.kem_kids.insert(keys.kem_kid()) {
            return Err(KeyringError::Reused);
        }
        let history = KeyHistory {
            user: user.to_owned(),
            keys: *keys,
            rights: vec![(seq, Some(rights.clone()))],
            successor: None,
        };
        self.keys.insert(keys.sign_kid(), history);
        Ok(())
    }

    fn change_rights(
        &mut self,
        seq: u64,
        user: &str,
        rights: Option<Rights>,
        heads: &Heads,
    ) -> Result<(), KeyringError> {
        let member = self.members.get_mut(user).ok_or(KeyringError::Refused)?;
        let before = member.rights.take().ok_or(KeyringError::Refused)?;
        if member.machine && rights.as_ref().is_some_and(decides) {
            return Err(KeyringError::Refused);
        }
        member.rights.clone_from(&rights);
        let kid = member.keys.sign_kid();
        let after = rights.clone().unwrap_or_default();
        if let Some(history) = self.keys.get_mut(&kid) {
            history.rights.push((seq, rights));
        }
        if !self
            .active()
            .any(|(member, rights)| rights.admin && !member.machine)
        {
            return Err(KeyringError::LastAdmin);
        }
        for env in self.environments.keys() {
            let fewer = after.access(env) < before.access(env)
                || before.approves(env) && !after.approves(env)
                || before.admin && !after.admin;
            if fewer {
                let head = heads.get(env).copied();
                self.reductions.push(Reduction {
                    seq,
                    env: *env,
                    author: Some(kid),
                    head,
                    named: seq,
                });
            }
        }
        Ok(())
    }
}

/// What a person signs with the old and the new key to replace one's keys.
pub fn rotate_message(ring: &RingUid, user: &str, old: &Kid, keys: &PublicIdentity, signed: u64) -> Vec<u8> {
    pae::labelled(
        Label::ROTATE,
        &[
            ring.as_ref(),
            user.as_bytes(),
            old.as_ref(),
            &keys.sign,
            &keys.kem,
            &signed.to_be_bytes(),
        ],
    )
}

/// Makes the operation by which a person's keys are replaced; an admin's client signs the link.
pub fn rotate_keys(ring: &RingUid, user: &str, old: &Identity, new: &Identity, signed: u64) -> Op {
    Rotation::make(*ring, user, old, new, signed).op()
}

/// Whether rights are more than a machine can have: people decide who belongs and who is let in.
fn decides(rights: &Rights) -> bool {
    rights.admin || rights.environments.values().any(|right| right.approve)
}

fn keys(sign: &[u8], kem: &[u8]) -> Result<PublicIdentity, OpenError> {
    Ok(PublicIdentity {
        sign: Piece::read(sign)?,
        kem: Piece::read(kem)?,
    })
}

/// A server's id or slug: opaque, but what a client may put in the path of a URL as it is.
pub(crate) fn id(piece: &[u8]) -> Result<String, OpenError> {
    let text = String::read(piece)?;
    if is_server_id(&text) {
        Ok(text)
    } else {
        Err(OpenError::Forged)
    }
}

/// The folder of a genesis: this version knows one place.
fn home_folder(piece: &[u8]) -> Result<SecretPath, OpenError> {
    if piece != layout::ROOT.as_bytes() {
        return Err(OpenError::Forged);
    }
    SecretPath::parse(layout::ROOT).map_err(|_: NameError| OpenError::Forged)
}

fn flag(piece: &[u8]) -> Result<bool, OpenError> {
    match u8::read(piece)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(OpenError::Forged),
    }
}

fn heads_to_bytes(heads: &Heads) -> Vec<u8> {
    let items: Vec<Vec<u8>> = heads
        .iter()
        .map(|(env, head)| pae::encode(&[env.as_ref(), &head.seq.to_be_bytes(), head.hash.as_ref()]))
        .collect();
    pae::encode(&items)
}

fn heads_from(bytes: &[u8]) -> Result<Heads, OpenError> {
    sorted_map(reader::list(bytes, MAX_ENVIRONMENTS, |item| {
        let [env, seq, hash] = reader::fields(item)?;
        Ok((
            EnvUid::read(env)?,
            LogHead {
                seq: Piece::read(seq)?,
                hash: Piece::read(hash)?,
            },
        ))
    })?)
}

/// A list that is strictly ascending has one encoding.
pub(crate) fn sorted_map<K: Ord, V>(list: Vec<(K, V)>) -> Result<BTreeMap<K, V>, OpenError> {
    if list.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        Ok(list.into_iter().collect())
    } else {
        Err(OpenError::Forged)
    }
}

/// The most environments of a project.
pub const MAX_ENVIRONMENTS: usize = 1_000;
/// The most members of a project, former ones included.
pub const MAX_MEMBERS: usize = 10_000;
const PLAIN_NAMES: u8 = 1;
const OPS: [&[u8]; 11] = [
    b"genesis",
    b"add_user",
    b"add_machine",
    b"set_rights",
    b"rotate_user_keys",
    b"remove",
    b"declare_env",
    b"retire_env",
    b"rebase",
    b"set_policy",
    b"uphold",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, Project};
    use proptest::prelude::*;

    fn add(user: &str, keys: PublicIdentity, rights: Rights, proof: Proof) -> Op {
        Op::AddUser {
            user: user.to_owned(),
            keys,
            rights,
            proof,
            heads: Heads::new(),
        }
    }

    fn refusal(project: &Project, author: &Identity, op: Op) -> KeyringError {
        let state = &project.keyring;
        let error = state.sign_next(author, op.clone(), 9).unwrap_err();
        // What is not signed is not accepted either, from somebody who signs without asking.
        let link = Link::sign(state.ring, state.seq() + 1, state.head(), op, author, 9);
        let mut folded = state.clone();
        if let Ok(link) = Link::parse(&link.to_text()) {
            assert_eq!(folded.apply(&link), Err(error));
            assert_eq!(
                (folded.seq(), folded.head()),
                (state.seq(), state.head()),
                "a refused link changes nothing"
            );
        }
        error
    }

    #[test]
    fn a_chain_is_folded_from_its_genesis_through_its_pin() {
        let project = Project::new(&mut testing::rng(1));
        let genesis = project.keyring.genesis();
        let pin = |seq| Some((seq, project.keyring.hash_at(seq).unwrap()));
        let fold = |links: &[Link], genesis: Option<&Digest>, pin| {
            KeyringState::fold(links, genesis, pin).map(|state| (state.seq(), state.head()))
        };
        let whole = Ok((3, project.keyring.head()));
        assert_eq!(fold(&project.links, Some(&genesis), pin(3)), whole);
        assert_eq!(fold(&project.links, Some(&genesis), pin(1)), whole);
        assert_eq!(fold(&project.links, None, None), whole);
        assert_eq!(
            fold(&project.links, Some(&Digest::ZERO), None),
            Err(KeyringError::GenesisMismatch)
        );
        assert_eq!(
            fold(&project.links[..3], Some(&genesis), pin(3)),
            Err(KeyringError::RolledBack)
        );
        assert_eq!(
            fold(&project.links, None, Some((2, Digest::ZERO))),
            Err(KeyringError::Forked)
        );
        assert_eq!(
            fold(&project.links[1..], None, None),
            Err(KeyringError::BrokenChain)
        );
        assert_eq!(fold(&[], None, None), Err(KeyringError::RolledBack));
        let mut swapped = project.links.clone();
        swapped.swap(2, 3);
        assert_eq!(fold(&swapped, None, None), Err(KeyringError::BrokenChain));
    }

    #[test]
    fn only_active_admins_write_links() {
        let mut rng = testing::rng(2);
        let mut project = Project::new(&mut rng);
        let newcomer = Identity::generate(&mut rng);
        let op = add("eve", newcomer.public(), Rights::admin(), Proof::Words);
        for author in [&project.writer, &project.reader, &newcomer] {
            assert_eq!(refusal(&project, author, op.clone()), KeyringError::NotAdmin);
        }
        project.sign(op);
        project.sign(Op::Remove {
            user: "eve".to_owned(),
            heads: Heads::new(),
        });
        let again = Op::Remove {
            user: "rita".to_owned(),
            heads: Heads::new(),
        };
        assert_eq!(refusal(&project, &newcomer, again), KeyringError::NotAdmin);
    }

    #[test]
    fn a_signature_of_somebody_else_is_refused() {
        let mut rng = testing::rng(3);
        let project = Project::new(&mut rng);
        let op = Op::RetireEnv { env: project.env };
        let state = &project.keyring;
        let mut link = Link::sign(state.ring, 4, state.head(), op, &project.admin, 9);
        let length = link.bytes.len();
        let other = project.writer.sign(&link.bytes[..length - 64]);
        link.bytes[length - 64..].copy_from_slice(&other);
        let link = Link::parse(&link.to_text()).unwrap();
        assert_eq!(state.clone().apply(&link), Err(KeyringError::Forged));
    }

    #[test]
    fn invites_keys_and_ids_are_used_once() {
        let mut rng = testing::rng(4);
        let mut project = Project::new(&mut rng);
        let (one, two) = (
            Identity::generate(&mut rng).public(),
            Identity::generate(&mut rng).public(),
        );
        let invite = Proof::Invite(InviteId::from_bytes([7; 16]));
        project.sign(add("bob", one, Rights::default(), invite));
        let admin = Identity::from_seeds(
            crate::secret::Secret::copied(project.admin.seeds().0),
            crate::secret::Secret::copied(project.admin.seeds().1),
        );
        for op in [
            add("eve", two, Rights::default(), invite),
            add("bob", two, Rights::default(), Proof::Words),
            add("eve", one, Rights::default(), Proof::Words),
            add(
                "eve",
                PublicIdentity {
                    sign: two.sign,
                    kem: one.kem,
                },
                Rights::default(),
                Proof::Words,
            ),
            add(
                "eve",
                PublicIdentity {
                    sign: one.sign,
                    kem: two.kem,
                },
                Rights::default(),
                Proof::Words,
            ),
            Op::DeclareEnv {
                env: project.env,
                server_ref: "env-other".to_owned(),
            },
            Op::DeclareEnv {
                env: EnvUid::from_bytes([5; 16]),
                server_ref: "env-dev".to_owned(),
            },
        ] {
            assert_eq!(refusal(&project, &admin, op), KeyringError::Reused);
        }
        project.sign(Op::Remove {
            user: "bob".to_owned(),
            heads: Heads::new(),
        });
        assert_eq!(
            refusal(&project, &admin, add("bob", one, Rights::default(), Proof::Words)),
            KeyringError::Reused
        );
        project.sign(add("bob", two, Rights::default(), Proof::Words));
    }

    #[test]
    fn what_contradicts_the_state_is_refused() {
        let mut rng = testing::rng(5);
        let project = Project::new(&mut rng);
        let keys = Identity::generate(&mut rng).public();
        let unknown = EnvUid::from_bytes([9; 16]);
        let head = LogHead {
            seq: 1,
            hash: Digest::ZERO,
        };
        let nobody = || "nobody".to_owned();
        for op in [
            add(
                "eve",
                keys,
                Rights::default().with(unknown, Access::Read),
                Proof::Words,
            ),
            Op::Remove {
                user: nobody(),
                heads: Heads::new(),
            },
            Op::SetRights {
                user: nobody(),
                rights: Rights::default(),
                heads: Heads::new(),
            },
            Op::SetRights {
                user: "rita".to_owned(),
                rights: Rights::default(),
                heads: [(unknown, head)].into(),
            },
            Op::RetireEnv { env: unknown },
            Op::Rebase {
                env: unknown,
                lost: head,
                to: LogHead {
                    seq: 0,
                    hash: Digest::ZERO,
                },
            },
            Op::Rebase {
                env: project.env,
                lost: head,
                to: head,
            },
            Op::Rebase {
                env: project.env,
                lost: head,
                to: LogHead {
                    seq: head.seq + 1,
                    hash: Digest::ZERO,
                },
            },
            Op::AddMachine {
                user: "m".to_owned(),
                keys,
                rights: Rights::admin(),
                heads: Heads::new(),
            },
            Op::Genesis {
                user: nobody(),
                keys,
                home: "coffer".to_owned(),
                folder: SecretPath::parse("/coffer").unwrap(),
            },
        ] {
            assert_eq!(refusal(&project, &project.admin, op), KeyringError::Refused);
        }
        for op in [
            Op::Remove {
                user: "ada".to_owned(),
                heads: Heads::new(),
            },
            Op::SetRights {
                user: "ada".to_owned(),
                rights: Rights::default(),
                heads: Heads::new(),
            },
        ] {
            assert_eq!(refusal(&project, &project.admin, op), KeyringError::LastAdmin);
        }
    }

    #[test]
    fn an_operation_of_a_newer_version_is_an_error_and_never_skipped() {
        let mut rng = testing::rng(6);
        let project = Project::new(&mut rng);
        let state = &project.keyring;
        let kid = project.admin.public().sign_kid();
        let parse = |op: &[u8], body: &[u8]| {
            let (seq, created) = (4_u64.to_be_bytes(), 0_u64.to_be_bytes());
            let head = state.head();
            let pieces = [
                &[SUITE],
                state.ring.as_ref(),
                &seq,
                head.as_bytes(),
                op,
                body,
                kid.as_ref(),
                &created,
            ];
            let mut bytes = pae::labelled(Label::KEYRING, &pieces);
            let signature = project.admin.sign(&bytes);
            bytes.extend_from_slice(&signature);
            Link::parse(&envelope::encode(Kind::Link, &bytes)).map(|_| ())
        };
        assert_eq!(parse(b"set_weather", b""), Err(OpenError::UnknownKind));
        assert_eq!(parse(b"retire_env", b"short"), Err(OpenError::Forged));
        assert_eq!(parse(b"retire_env", &[1; 16]), Ok(()));
    }

    #[test]
    fn a_machine_is_no_admin_and_approves_nothing() {
        let mut rng = testing::rng(8);
        let mut project = Project::new(&mut rng);
        let env = project.env;
        let mut approver = Rights::default().with(env, Access::Read);
        approver.environments.get_mut(&env).unwrap().approve = true;
        let add = |rights: &Rights, keys: &Identity| Op::AddMachine {
            user: "ci".to_owned(),
            keys: keys.public(),
            rights: rights.clone(),
            heads: Heads::new(),
        };
        let machine = Identity::generate(&mut rng);
        for rights in [&Rights::admin(), &approver] {
            let link = project
                .keyring
                .sign_next(&project.admin, add(rights, &machine), 5);
            assert_eq!(link.unwrap_err(), KeyringError::Refused);
        }
        project.sign(add(&Rights::default().with(env, Access::Write), &machine));
        for rights in [Rights::admin(), approver] {
            let op = Op::SetRights {
                user: "ci".to_owned(),
                rights,
                heads: Heads::new(),
            };
            let link = project.keyring.sign_next(&project.admin, op, 6);
            assert_eq!(link.unwrap_err(), KeyringError::Refused);
        }
    }

    #[test]
    fn every_operation_is_read_as_it_was_written() {
        let mut rng = testing::rng(7);
        let mut project = Project::new(&mut rng);
        let (machine, new) = (Identity::generate(&mut rng), Identity::generate(&mut rng));
        let env = project.env;
        let head = |seq| LogHead {
            seq,
            hash: Digest::from_bytes([seq as u8; 32]),
        };
        let mut rights = Rights::default().with(env, Access::None);
        rights.environments.get_mut(&env).unwrap().approve = true;
        let ops = [
            Op::AddMachine {
                user: "ci".to_owned(),
                keys: machine.public(),
                rights: Rights::default().with(env, Access::Read),
                heads: [(env, head(1))].into(),
            },
            Op::SetRights {
                user: "rita".to_owned(),
                rights,
                heads: [(env, head(2))].into(),
            },
            rotate_keys(&project.keyring.ring(), "will", &project.writer, &new, 5),
            Op::Rebase {
                env,
                lost: head(9),
                to: head(3),
            },
            Op::Remove {
                user: "ci".to_owned(),
                heads: [(env, head(4))].into(),
            },
            Op::RetireEnv { env },
        ];
        for op in ops {
            project.sign(op.clone());
            assert_eq!(project.links.last().unwrap().op(), &op);
        }
        let state = &project.keyring;
        assert_eq!(state.member("will").unwrap().keys, new.public());
        assert_eq!(
            state
                .member("rita")
                .unwrap()
                .rights
                .as_ref()
                .unwrap()
                .access(&env),
            Access::Read
        );
        assert!(state.member("ci").unwrap().rights.is_none());
        assert_eq!(state.environments().count(), 0);
        let rebase = |pinned, settled| state.rebase_of(&env, &pinned, settled).map(|rebase| rebase.to);
        let other = |seq| LogHead {
            seq,
            hash: Digest::from_bytes([9; 32]),
        };
        for (pinned, to) in [
            (head(9), Some(head(3))),
            (head(4), Some(head(3))),
            (other(3), Some(head(3))),
            (head(3), None),
            (head(2), None),
            (head(10), Some(head(3))),
        ] {
            assert_eq!(rebase(pinned, 6), to, "{pinned}");
            assert_eq!(
                rebase(pinned, 7),
                None,
                "a client that knows of link 7 is not sent back"
            );
        }
        assert_eq!(state.last_reduction(&env, state.seq()), Some(8));
        assert_eq!(
            state.last_reduction(&env, 6),
            None,
            "approving instead of reading takes nothing away"
        );
    }

    #[test]
    fn rights_are_known_at_every_link() {
        let mut rng = testing::rng(8);
        let mut project = Project::new(&mut rng);
        let (env, will) = (project.env, project.writer.public().sign_kid());
        let head = LogHead {
            seq: 3,
            hash: Digest::from_bytes([3; 32]),
        };
        project.sign(Op::SetRights {
            user: "will".to_owned(),
            rights: Rights::default().with(env, Access::Read),
            heads: [(env, head)].into(),
        });
        let access = |seq| {
            project
                .keyring
                .rights_at(&will, seq)
                .map(|rights| rights.access(&env))
        };
        assert_eq!(
            [access(1), access(2), access(3), access(4)],
            [None, Some(Access::Write), Some(Access::Write), Some(Access::Read)]
        );
        let writes = |rights: &Rights| rights.access(&env) == Access::Write;
        assert_eq!(
            project.keyring.standing(&will, &env, 3, writes),
            Standing::Until(head)
        );
        assert_eq!(project.keyring.readers(&env).len(), 3);
        assert_eq!(project.keyring.reader_kids_at(&env, 0).len(), 1);
    }

    #[test]
    fn a_replaced_key_writes_no_more_but_what_it_wrote_counts() {
        let mut rng = testing::rng(9);
        let mut project = Project::new(&mut rng);
        let (old, new) = (project.writer.public().sign_kid(), Identity::generate(&mut rng));
        let forged = Op::RotateUserKeys {
            user: "will".to_owned(),
            old,
            keys: new.public(),
            signed: 1,
            old_signature: [0; 64],
            new_signature: [0; 64],
        };
        assert_eq!(refusal(&project, &project.admin, forged), KeyringError::Forged);
        project.sign(rotate_keys(
            &project.keyring.ring(),
            "will",
            &project.writer,
            &new,
            5,
        ));
        let env = project.env;
        let writes = |rights: &Rights| rights.access(&env) == Access::Write;
        assert!(project.keyring.rights(&old).is_none());
        assert_eq!(project.keyring.standing(&old, &env, 3, writes), Standing::Holds);
        project.sign(Op::Remove {
            user: "will".to_owned(),
            heads: Heads::new(),
        });
        assert_eq!(project.keyring.standing(&old, &env, 3, writes), Standing::Lost);
    }

    #[test]
    fn ids_are_what_a_url_may_hold_and_the_home_folder_is_ours() {
        let mut rng = testing::rng(12);
        let founder = Identity::generate(&mut rng);
        let found = |user: &str, home: &str| {
            KeyringState::found(RingUid::from_bytes([1; 16]), &founder, user, home, 1).map(|_| ())
        };
        let declare = |server_ref: &str| {
            let project = Project::new(&mut testing::rng(12));
            let op = Op::DeclareEnv {
                env: EnvUid::from_bytes([7; 16]),
                server_ref: server_ref.to_owned(),
            };
            project.keyring.sign_next(&project.admin, op, 1).map(|_| ())
        };
        assert_eq!(found("6f1c-9A_52", "coffer"), Ok(()));
        assert_eq!(declare("env-2"), Ok(()));
        for text in [
            "",
            "a/b",
            "a?b",
            "a#b",
            "..",
            "a b",
            "a%2fb",
            "é",
            &"a".repeat(201),
        ] {
            assert_eq!(found(text, "coffer"), Err(KeyringError::Refused), "{text:?}");
            assert_eq!(found("ada", text), Err(KeyringError::Refused), "{text:?}");
            assert_eq!(declare(text), Err(KeyringError::Refused), "{text:?}");
        }
        for folder in ["/", "/coffer/", "/other", "coffer"] {
            assert_eq!(home_folder(folder.as_bytes()), Err(OpenError::Forged), "{folder}");
        }
    }

    #[test]
    fn every_changed_bit_of_a_link_is_refused() {
        let project = Project::new(&mut testing::rng(10));
        let before = KeyringState::fold(&project.links[..3], None, None).unwrap();
        let text = project.links[3].to_text();
        let open = |text: &str| {
            let link = Link::parse(text)?;
            before.clone().apply(&link).map_err(|_| OpenError::Forged)
        };
        assert!(open(&text).is_ok());
        let bytes = envelope::decode(Kind::Link, &text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(
                open(&envelope::encode(Kind::Link, &changed)).is_err(),
                "bit {bit}"
            );
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Link::parse(&envelope::encode(Kind::Link, &bytes));
        }
    }
}
