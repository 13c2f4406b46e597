//! Epochs: begun with a wrap for every reader, and given to members who came later.

use super::record::{create_in, store_record};
use super::{ATTEMPTS, Environment};
use crate::api::Session;
use crate::api::secrets::fitting;
use crate::rng::Draw;
use crate::vault::keyring::opening;
use crate::vault::log::Spot;
use crate::{Device, Error, Right, Transport};
use coffer_core::contents::Contents;
use coffer_core::environment::{EnvContext, EpochKey, Wrap};
use coffer_core::identity::{Identity, PublicIdentity};
use coffer_core::keyring::KeyringState;
use coffer_core::layout;
use coffer_core::log::{EpochPublic, EpochReason, GrantKind, GrantPublic, Header, Log, RecordKind};
use std::collections::BTreeMap;
use std::rc::Rc;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Gives the newest epoch's key to a member who came after it began: a wrap, and the record that names it.
    pub(crate) async fn grant_member(&self, recipient: &PublicIdentity) -> Result<Self, Error> {
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        let session = self.session();
        let device = self.project.vault.device();
        let mut stored: Option<Wrap> = None;
        for attempt in 0..ATTEMPTS {
            let ring = self.project.ring()?;
            // The new epoch is wrapped to everybody who may read, the newcomer among them.
            let rotated = self.rotate_if_due(&own.identity).await;
            if !self.was_first(rotated, attempt).await? {
                continue;
            }
            let latest = self.cell.latest()?;
            let keys = self.cell.keys()?;
            let key = keys.newest().ok_or(Error::NoKey)?;
            if self.has_wrap(&latest.log, key, recipient).await? {
                return Ok(self.at(latest));
            }
            let epoch = key.context().epoch;
            let wrap = match stored.take() {
                Some(wrap) if wrap.context().epoch == epoch => wrap,
                _ => {
                    let wrap = Wrap::seal(key, recipient, &own.identity, &ring.state, &mut Draw(device))
                        .map_err(opening("a member's key"))?;
                    let (folder, name, text) = (layout::wraps_folder(epoch), wrap.name(), wrap.to_text());
                    match create_in(session, self.spot(), &folder, &name, &text).await {
                        Ok(()) => {}
                        // Somebody else is giving it, and the record that names that wrap follows in a moment.
                        Err(Error::NameTaken) if attempt < PATIENCE => {
                            drop(latest);
                            self.fall_behind(attempt).await?;
                            continue;
                        }
                        // Nobody is: an attempt broke off before its record.
                        Err(Error::NameTaken) => {
                            session
                                .upsert_rows(self.spot().at(&folder), &[(&name, &text)])
                                .await?;
                        }
                        Err(other) => return Err(other),
                    }
                    wrap
                }
            };
            let public = GrantPublic {
                kind: GrantKind::MemberWrap,
                hash: wrap.hash(),
                recipient: recipient.kem_kid(),
                not_after: 0,
            };
            let header = latest
                .log
                .sign_grant(&own.identity, &ring.state, public, None, device.now())?;
            match store_record(session, self.spot(), &header, None).await {
                Ok(()) => {
                    drop(latest);
                    self.adopt(header, &[], &[], &keys, &ring.state).await?;
                    return self.newest();
                }
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other),
            }
            // The wrap is there; the next record names it.
            stored = Some(wrap);
            drop(latest);
            self.fall_behind(attempt).await?;
        }
        Err(Error::Conflict)
    }

    /// Whether a member has the newest epoch's key: the log names a wrap, and the server has that very one.
    async fn has_wrap(&self, log: &Log, key: &EpochKey, recipient: &PublicIdentity) -> Result<bool, Error> {
        let (epoch, kid) = (key.context().epoch, recipient.kem_kid());
        let named = log.wrap_hashes(epoch, &kid);
        if named.is_empty() {
            return Ok(false);
        }
        let folder = layout::wraps_folder(epoch);
        let name = layout::wrap_name(epoch, &kid, &key.commitment());
        let row = self.session().read_row(self.spot().at(&folder), &name).await?;
        let wrap = row.and_then(|row| Wrap::parse(&row.value?).ok());
        Ok(wrap.is_some_and(|wrap| named.contains(&wrap.hash())))
    }

    /// Makes a new key for everybody who may read, by hand: what is written from now on is sealed under it.
    pub async fn renew_key(&self) -> Result<Self, Error> {
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        for attempt in 0..ATTEMPTS {
            if self.opener().right()? < Right::Write {
                return Err(Error::Forbidden);
            }
            let rotated = Box::pin(self.rotate(&own.identity, EpochReason::ROUTINE)).await;
            if self.was_first(rotated, attempt).await? {
                return self.newest();
            }
        }
        Err(Error::Conflict)
    }

    /// Whether `done` was done by nobody before; else reads what whoever was quicker wrote.
    pub(super) async fn was_first(&self, done: Result<(), Error>, attempt: u32) -> Result<bool, Error> {
        match done {
            Ok(()) => Ok(true),
            Err(Error::NameTaken) => {
                self.fall_behind(attempt).await?;
                Ok(false)
            }
            Err(other) => Err(other),
        }
    }

    /// Reads what whoever was quicker wrote.
    pub(super) async fn fall_behind(&self, attempt: u32) -> Result<(), Error> {
        self.project.vault.device().pause(50 << attempt).await;
        let latest = self.cell.latest()?;
        self.opener().advance(&latest).await?;
        Ok(())
    }

    /// Begins a new epoch where somebody has lost a right since the newest one began.
    pub(super) async fn rotate_if_due(&self, identity: &Identity) -> Result<(), Error> {
        let ring = self.project.ring()?;
        if self.cell.latest()?.log.must_rotate(&ring.state) {
            Box::pin(self.rotate(identity, EpochReason::REDUCTION)).await?;
        }
        Ok(())
    }

    /// Begins a new epoch: the wraps of all active readers first, its record last.
    pub(super) async fn rotate(&self, identity: &Identity, reason: EpochReason) -> Result<(), Error> {
        let ring = self.project.ring()?;
        let latest = self.cell.latest()?;
        let keys = self.cell.keys()?;
        let device = self.project.vault.device();
        let context = EnvContext {
            ring: ring.state.ring(),
            env: self.cell.env,
            epoch: latest.log.next_epoch(),
        };
        let key = EpochKey::generate(context, &mut Draw(device));
        let Begun {
            header,
            chunks,
            own_wrap,
        } = begin_epoch(
            self.session(),
            self.spot(),
            &latest.log,
            &latest.contents,
            identity,
            &ring.state,
            &key,
            keys.newest(),
            reason,
        )
        .await?;
        let mut log = latest.log.clone();
        drop(latest);
        log.push(header.clone(), &ring.state)?;
        let keys = Rc::new(log.keys(key)?);
        drop(log);
        self.cell.keys.replace(Some(Rc::clone(&keys)));
        self.adopt(header, &chunks, &[], &keys, &ring.state).await?;
        if let Some(wrap) = own_wrap {
            self.project.vault.keep_wrap(&self.cell.env, &wrap).await;
        }
        Ok(())
    }
}

/// An epoch that was begun.
pub(crate) struct Begun {
    pub(crate) header: Header,
    chunks: Vec<String>,
    /// The author's own.
    own_wrap: Option<String>,
}

/// Begins an epoch: wraps for all readers of the verified keyring, then the record, which is the commit.
#[expect(clippy::too_many_arguments, reason = "an epoch is made of all of these")]
pub(crate) async fn begin_epoch<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    contents: &Contents,
    identity: &Identity,
    keyring: &KeyringState,
    key: &EpochKey,
    previous: Option<&EpochKey>,
    reason: EpochReason,
) -> Result<Begun, Error> {
    let device = &session.client.device;
    let mut wraps = BTreeMap::new();
    let mut rows = Vec::new();
    let mut own_wrap = None;
    for reader in keyring.readers(&key.context().env) {
        let wrap = Wrap::seal(key, &reader.keys, identity, keyring, &mut Draw(device))
            .map_err(opening("a member's key"))?;
        let text = wrap.to_text();
        if reader.keys == identity.public() {
            own_wrap = Some(text.clone());
        }
        rows.push((wrap.name(), text));
        wraps.insert(reader.keys.kem_kid(), wrap.hash());
    }
    store_wraps(session, spot, key.context().epoch, &rows).await?;
    let public = EpochPublic {
        commitment: key.commitment(),
        previous: key.seal_previous(previous, &mut Draw(device)),
        wraps,
        reason,
    };
    let draft = contents.checkpoint(|_| true);
    let body = draft.seal(key, log.next_seq(), RecordKind::Epoch, &mut Draw(device))?;
    let header = log.sign_epoch(identity, keyring, public, &body, device.now())?;
    store_record(session, spot, &header, Some(&body)).await?;
    Ok(Begun {
        header,
        chunks: body.chunks().to_vec(),
        own_wrap,
    })
}

/// Stores wraps, many with one request. A name is of one recipient and one key: what is there is an earlier attempt's.
async fn store_wraps<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    epoch: u32,
    rows: &[(String, String)],
) -> Result<(), Error> {
    let folder = layout::wraps_folder(epoch);
    session.ensure_folder(spot.project, spot.slug, &folder).await?;
    let rows: Vec<(&str, &str)> = rows
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(fitting(rest.iter().copied()));
        session.upsert_rows(spot.at(&folder), batch).await?;
        rest = after;
    }
    Ok(())
}

/// How often a wrap that somebody else has stored is waited for before it counts as broken off.
const PATIENCE: u32 = 3;
