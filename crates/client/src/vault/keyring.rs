//! The keyring on a server: fetched, folded from its pin, and continued by creating the next link.

use crate::api::Session;
use crate::api::secrets::{Place, Row};
use crate::rng::Draw;
use crate::{Device, Error, Transport};
use coffer_core::OpenError;
use coffer_core::id::{Digest, RingUid};
use coffer_core::identity::{Identity, PublicIdentity};
use coffer_core::keyring::{KeyringError, KeyringState, Link, Op};
use coffer_core::layout;
use coffer_wire::id::ProjectId;
use std::collections::BTreeMap;

/// What must be found again: a genesis, and a link that the chain passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) genesis: Digest,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

/// A verified keyring with the links it was folded from.
#[derive(Clone)]
pub(crate) struct Ring {
    pub(crate) state: KeyringState,
    pub(crate) links: Vec<Link>,
}

impl Ring {
    pub(crate) fn passage(&self) -> Passage {
        Passage {
            genesis: self.state.genesis(),
            seq: self.state.seq(),
            hash: self.state.head(),
        }
    }

    /// Whether a machine is or was a member.
    pub(crate) fn has_machines(&self) -> bool {
        self.state.members().any(|member| member.machine)
    }

    /// Everybody's links that gave them keys.
    pub(crate) fn key_histories(&self) -> BTreeMap<&str, KeyHistory<'_>> {
        let mut all: BTreeMap<&str, KeyHistory<'_>> = BTreeMap::new();
        for link in &self.links {
            match link.op() {
                Op::Genesis { user, keys, .. }
                | Op::AddUser { user, keys, .. }
                | Op::AddMachine { user, keys, .. }
                | Op::RotateUserKeys { user, keys, .. } => {
                    all.entry(user).or_default().0.push((link, *keys));
                }
                _ => {}
            }
        }
        all
    }
}

/// The links that gave a person or machine keys, in order: one for each time they were let in, and their own changes.
#[derive(Default)]
pub(crate) struct KeyHistory<'a>(Vec<(&'a Link, PublicIdentity)>);

impl<'a> KeyHistory<'a> {
    /// The links that let them in: the founder's, and one for each time they were added.
    pub(crate) fn admissions(&self) -> impl Iterator<Item = &'a Link> {
        self.0
            .iter()
            .map(|(link, _)| *link)
            .filter(|link| !matches!(link.op(), Op::RotateUserKeys { .. }))
    }

    /// The keys that they have had since the last admission: each pair was signed in by the one before.
    pub(crate) fn lineage(&self) -> impl Iterator<Item = &PublicIdentity> {
        let since = self.admissions().last().map_or(0, Link::seq);
        let keys = self.0.iter().filter(move |(link, _)| link.seq() >= since);
        keys.map(|(_, keys)| keys)
    }
}

/// Fetches and folds a whole keyring; `None` where the server shows none.
///
/// An answer that contradicts the pin is an error, and nothing of it is used.
pub(crate) async fn fetch<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    pin: Option<&Passage>,
) -> Result<Option<Ring>, Error> {
    let place = Place {
        project,
        environment: layout::HOME_ENVIRONMENT,
        path: layout::KEYRING,
    };
    let mut rows = Vec::new();
    take_links(&mut rows, session.list_rows_if_any(place, true).await?)?;
    if rows.is_empty() {
        return match pin {
            Some(_) => Err(Error::StateVanished {
                what: "the project's membership",
            }),
            None => Ok(None),
        };
    }
    let links = parse_links(rows)?;
    let state = KeyringState::fold(&links, pin.map(|p| &p.genesis), pin.map(|p| (p.seq, p.hash)))?;
    Ok(Some(Ring { state, links }))
}

/// Fetches the links after `known`; `None` where the server does not show that one any more.
pub(crate) async fn fetch_after<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    known: &Link,
) -> Result<Option<Vec<Link>>, Error> {
    let mut rows = Vec::new();
    let mut seq = known.seq();
    loop {
        let folder = layout::keyring_folder(seq);
        let place = Place {
            project,
            environment: layout::HOME_ENVIRONMENT,
            path: &folder,
        };
        let segment = session.list_rows_if_any(place, false).await?;
        let full = segment.len() as u64 >= layout::SEGMENT;
        take_links(&mut rows, segment)?;
        if rows.len() > MOST_LINKS {
            return Err(Error::TooLarge);
        }
        // A segment that is not full ends the chain.
        if !full {
            break;
        }
        seq = (seq / layout::SEGMENT + 1) * layout::SEGMENT;
    }
    rows.retain(|(seq, _)| *seq >= known.seq());
    let mut links = parse_links(rows)?;
    let there = links.first().is_some_and(|first| first.hash() == known.hash());
    Ok(there.then(|| links.split_off(1)))
}

/// Takes the links among rows: their numbers and texts.
fn take_links(links: &mut Vec<(u64, String)>, rows: Vec<Row>) -> Result<(), Error> {
    for row in rows {
        if let Some(seq) = layout::seq_of('K', &row.name)
            && row.path == layout::keyring_folder(seq)
        {
            links.push((seq, row.value.ok_or(Error::Forbidden)?));
        }
    }
    Ok(())
}

/// Parses links in order. Two rows for one number can only come from a server that checks and then inserts: the lower
/// hash counts.
fn parse_links(mut rows: Vec<(u64, String)>) -> Result<Vec<Link>, Error> {
    rows.sort();
    let mut links: Vec<Link> = Vec::with_capacity(rows.len());
    for (seq, text) in rows {
        let link = Link::parse(&text).map_err(opening(WHAT))?;
        if link.seq() != seq {
            return Err(Error::Forged { what: WHAT });
        }
        match links.last_mut() {
            Some(last) if last.seq() == seq => {
                if link.hash() < last.hash() {
                    *last = link;
                }
            }
            _ => links.push(link),
        }
    }
    Ok(links)
}

/// Founds a project's keyring in its home environment, which is empty.
pub(crate) async fn found<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    identity: &Identity,
    user: &str,
) -> Result<Ring, Error> {
    let device = &session.client.device;
    let ring = RingUid::generate(&mut Draw(device));
    let (state, link) = KeyringState::found(ring, identity, user, layout::HOME_ENVIRONMENT, device.now())?;
    store(session, project, &link).await?;
    Ok(Ring {
        state,
        links: vec![link],
    })
}

/// Appends one link: signs it on the newest state, creates its row, reads it back, and tries again behind whoever was
/// quicker.
pub(crate) async fn append<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    ring: Ring,
    identity: &Identity,
    op: &Op,
) -> Result<Ring, Error> {
    let appended = append_counting(session, project, ring, identity, op).await;
    appended.map_err(Error::from)
}

/// As [`append`], telling a link that the keyring refuses, now or behind whoever was quicker, from other failures.
pub(crate) async fn append_counting<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    ring: Ring,
    identity: &Identity,
    op: &Op,
) -> Result<Ring, AppendError> {
    append_onto(session, project, ring, identity, (op, |_: &Ring| Ok(()))).await
}

/// As [`append`], for what goes on from something that the keyring says: `check` looks at each state right before a link
/// is signed on it, also behind whoever was quicker, and its refusal is the end.
pub(crate) async fn append_if<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    ring: Ring,
    identity: &Identity,
    op: &Op,
    check: impl Fn(&Ring) -> Result<(), Error>,
) -> Result<Ring, Error> {
    let appended = append_onto(session, project, ring, identity, (op, check)).await;
    appended.map_err(Error::from)
}

async fn append_onto<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    mut ring: Ring,
    identity: &Identity,
    (op, check): (&Op, impl Fn(&Ring) -> Result<(), Error>),
) -> Result<Ring, AppendError> {
    let device = &session.client.device;
    for attempt in 0..ATTEMPTS {
        check(&ring)?;
        let link = ring.state.sign_next(identity, op.clone(), device.now());
        let link = link.map_err(|why| match why {
            // It counted before somebody else was quicker.
            KeyringError::NotAdmin if attempt > 0 => Error::Forbidden.into(),
            KeyringError::Refused | KeyringError::Reused if attempt > 0 => AppendError::Overtaken(why),
            why => AppendError::Refused(why),
        })?;
        match store(session, project, &link).await {
            Ok(()) => {
                ring.state.apply(&link).map_err(AppendError::Refused)?;
                ring.links.push(link);
                return Ok(ring);
            }
            Err(Error::NameTaken) => {}
            Err(other) => return Err(other.into()),
        }
        device.pause(50 << attempt).await;
        let vanished = Error::StateVanished { what: WHAT };
        ring = fetch(session, project, Some(&ring.passage()))
            .await?
            .ok_or(vanished)?;
    }
    Err(Error::Conflict.into())
}

/// Why a link was not appended.
pub(crate) enum AppendError {
    /// Something else went wrong.
    Failed(Error),
    /// The keyring refuses it since somebody else was quicker.
    Overtaken(KeyringError),
    /// The keyring refuses it.
    Refused(KeyringError),
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Failed(error) => error,
            AppendError::Overtaken(_) => Self::Conflict,
            AppendError::Refused(why) => why.into(),
        }
    }
}

impl From<Error> for AppendError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Creates a link's row and reads it back. A name that somebody else took is [`Error::NameTaken`].
pub(crate) async fn store<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    link: &Link,
) -> Result<(), Error> {
    let folder = layout::keyring_folder(link.seq());
    let place = Place {
        project,
        environment: layout::HOME_ENVIRONMENT,
        path: &folder,
    };
    let name = layout::link_name(link.seq());
    let text = link.to_text();
    if link.seq().is_multiple_of(layout::SEGMENT) {
        session
            .ensure_folder(project, layout::HOME_ENVIRONMENT, &folder)
            .await?;
    }
    let created = session.create_row(place, &name, &text).await;
    match created {
        Ok(()) | Err(Error::NameTaken) => {}
        Err(other) => return Err(other),
    }
    // An answer may be lost and the row be ours all the same.
    match session.read_row(place, &name).await? {
        Some(row) if row.value.as_deref() == Some(text.as_str()) => Ok(()),
        Some(_) => Err(Error::NameTaken),
        None => Err(Error::Forged { what: WHAT }),
    }
}

impl From<KeyringError> for Error {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::RolledBack => Self::RolledBack { what: WHAT },
            KeyringError::UnknownOp => Self::UnknownEnvelope,
            KeyringError::LastAdmin => Self::Invalid {
                field: "member",
                why: "a project keeps at least one admin",
            },
            KeyringError::NotAdmin | KeyringError::Forged | KeyringError::Forked => {
                Self::Forged { what: WHAT }
            }
            _ => Self::Forged { what: WHAT },
        }
    }
}

/// Turns a refusal to open into the error for `what`.
pub(crate) fn opening(what: &'static str) -> impl Fn(OpenError) -> Error {
    move |error| match error {
        OpenError::UnknownEnvelope | OpenError::UnknownSuite | OpenError::UnknownKind => {
            Error::UnknownEnvelope
        }
        OpenError::UnknownKdfProfile => Error::UnknownKdfProfile,
        OpenError::TooLarge => Error::TooLarge,
        _ => Error::Forged { what },
    }
}

const WHAT: &str = "the project's membership";
const ATTEMPTS: u32 = 6;
/// What one refresh reads at most.
const MOST_LINKS: usize = 100_000;
