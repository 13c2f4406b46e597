//! Handing secrets out of an environment for a while, recorded in its log first.

use super::record::store_record;
use super::{ATTEMPTS, Environment};
use crate::rng::Draw;
use crate::vault::access::{AccessState, GrantFault};
use crate::vault::keyring::opening;
use crate::{Device, Error, Right, SlotId, Transport};
use coffer_core::grant::{Grant, Granted, MAX_CONTENT, MAX_VALUES, Named, Note, ProposalKey, Terms};
use coffer_core::id::Digest;
use coffer_core::log::{GrantKind, GrantPublic, Header};
use coffer_core::request::{Details, Request, ThreadKey, Verbs, Wanted};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use zeroize::Zeroizing;

impl<T: Transport, D: Device> Environment<T, D> {
    /// The secrets that a request asks for, as far as they are there.
    pub(crate) fn asked_for(&self, details: &Details) -> Result<Vec<SlotId>, Error> {
        let latest = self.cell.latest()?;
        let active = latest.contents.active();
        let covered = active.filter(|entry| details.covers(&entry.path, &entry.name));
        let wanted: Vec<SlotId> = covered.map(|entry| entry.slot).collect();
        if wanted.is_empty() {
            return Err(Error::Invalid {
                field: "request",
                why: "something that is there: nothing of what is asked for exists",
            });
        }
        Ok(wanted)
    }

    /// The secrets that one thing covers which is wanted: folder and name.
    pub(crate) fn covered_by(&self, wanted: &Wanted) -> Vec<(String, String)> {
        let active = self.snap.contents.active();
        active
            .filter(|entry| wanted.covers(&entry.path, &entry.name))
            .map(|entry| (entry.path.to_string(), entry.name.to_string()))
            .collect()
    }

    /// Whether this person could hand out now what a request asks for, on these conditions.
    pub(crate) fn check_hand_out(
        &self,
        request: &Request,
        details: &Details,
        terms: &Terms,
    ) -> Result<(), Error> {
        let (ring, latest) = (self.project.ring()?, self.cell.latest()?);
        if latest.log.must_rotate(&ring.state) && self.opener().right()? < Right::Write {
            return Err(Error::NewKeyFirst);
        }
        let wanted = self.asked_for(details)?;
        let entries = wanted.iter().filter_map(|slot| latest.contents.entry(slot));
        let author = self.project.own()?.identity.public().sign_kid();
        let places = entries.map(|entry| (&entry.path, &entry.name));
        terms
            .check(&ring.state, ring.state.seq(), request, details, &author, places)
            .map_err(|why| Error::GrantRefused(GrantFault::from(why)))
    }

    /// Seals secrets, as they are now, to a request's key, writes the record that names the grant, and takes them off the
    /// list: as many as a row holds. `None` where somebody moved away or deleted the last of them meanwhile. Where the log
    /// names a grant under this request beside those that are known, somebody was quicker: [`Error::RequestDecided`].
    pub(crate) async fn hand_out(
        &self,
        request: &Request,
        details: &Details,
        thread: &ThreadKey,
        terms: &Terms,
        (wanted, known): (&mut Vec<SlotId>, &BTreeSet<Digest>),
    ) -> Result<Option<Grant>, Error> {
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        let device = self.project.vault.device();
        for attempt in 0..ATTEMPTS {
            if !self.is_renewed(attempt).await? {
                continue;
            }
            let (latest, keys, ring) = (self.cell.latest()?, self.cell.keys()?, self.project.ring()?);
            if let Some(by_another) = latest.log.headers().find_map(|header| {
                let grant = header.grant_public()?;
                let same = grant.kind == GrantKind::Values && grant.recipient == request.recipient_kid();
                (same && !known.contains(&grant.hash)).then_some(AccessState::Granted {
                    from: header.created(),
                    until: grant.not_after,
                })
            }) {
                return Err(Error::RequestDecided(by_another));
            }
            let (mut values, mut bytes, mut taken) = (Vec::new(), 0, 0);
            for slot in wanted.iter() {
                // Who was quicker may have moved it away or deleted it.
                let entry = latest.contents.entry(slot).filter(|entry| !entry.deleted);
                let Some(entry) = entry.filter(|entry| details.covers(&entry.path, &entry.name)) else {
                    taken += 1;
                    continue;
                };
                let content = latest.open(slot, &keys).map_err(|_| Error::Forged {
                    what: "a value that was asked for",
                })?;
                let granted = Granted {
                    path: entry.path.clone(),
                    name: entry.name.clone(),
                    slot: entry.slot,
                    version: entry.version,
                    ct_hash: entry.ct_hash,
                    value: content.value.clone(),
                    comment: content.meta.comment.clone(),
                };
                bytes += granted.size();
                if values.len() == MAX_VALUES || !values.is_empty() && bytes > MAX_CONTENT - ROOM {
                    break;
                }
                values.push(granted);
                taken += 1;
            }
            if values.is_empty() {
                wanted.clear();
                return Ok(None);
            }
            let places = values.iter().map(|value| (&value.path, &value.name));
            let (author, seq) = (own.identity.public().sign_kid(), ring.state.seq());
            terms
                .check(&ring.state, seq, request, details, &author, places)
                .map_err(|why| Error::GrantRefused(GrantFault::from(why)))?;
            let proposals =
                (details.verbs == Verbs::Propose).then(|| ProposalKey::generate(&mut Draw(device)));
            let given = (values.as_slice(), proposals.as_ref());
            let rng = &mut Draw(device);
            let grant = Grant::seal(request, details, &own.identity, &ring.state, terms, given, rng);
            let grant = grant.map_err(opening("a request's key"))?;
            let note = Note {
                request: request.clone(),
                thread: thread.duplicate(),
                terms: terms.clone(),
                named: values
                    .iter()
                    .map(|value| Named {
                        path: value.path.clone(),
                        name: value.name.clone(),
                        slot: value.slot,
                        version: value.version,
                    })
                    .collect(),
                proposals,
            };
            let key = keys.newest().ok_or(Error::NoKey)?;
            let body = note.seal(key, latest.log.next_seq(), &mut Draw(device))?;
            let public = GrantPublic {
                kind: GrantKind::Values,
                hash: grant.hash(),
                recipient: grant.recipient(),
                not_after: grant.not_after(),
            };
            let now = device.now();
            let header = latest
                .log
                .sign_grant(&own.identity, &ring.state, public, Some(&body), now)?;
            match store_record(self.session(), self.spot(), &header, Some(&body)).await {
                Ok(()) => {
                    drop(latest);
                    self.adopt(header, body.chunks(), &[], &keys, &ring.state).await?;
                    wanted.drain(..taken);
                    return Ok(Some(grant));
                }
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other),
            }
            drop(latest);
            self.fall_behind(attempt).await?;
        }
        Err(Error::Conflict)
    }

    /// Records that grants under a request have ended before their time.
    pub(crate) async fn end_grants(&self, grants: &[Digest], request: &Request) -> Result<(), Error> {
        let _turn = self.cell.gate.enter().await;
        let own = self.project.own()?;
        let device = self.project.vault.device();
        'grants: for grant in grants {
            for attempt in 0..ATTEMPTS {
                if self.cell.latest()?.log.ended(grant).is_some() {
                    continue 'grants;
                }
                if !self.is_renewed(attempt).await? {
                    continue;
                }
                let (latest, keys, ring) = (self.cell.latest()?, self.cell.keys()?, self.project.ring()?);
                let public = GrantPublic {
                    kind: GrantKind::Ended,
                    hash: *grant,
                    recipient: request.recipient_kid(),
                    not_after: device.now(),
                };
                let header = latest
                    .log
                    .sign_grant(&own.identity, &ring.state, public, None, device.now())?;
                match store_record(self.session(), self.spot(), &header, None).await {
                    Ok(()) => {
                        drop(latest);
                        self.adopt(header, &[], &[], &keys, &ring.state).await?;
                        continue 'grants;
                    }
                    Err(Error::NameTaken) => {}
                    Err(other) => return Err(other),
                }
                drop(latest);
                self.fall_behind(attempt).await?;
            }
            return Err(Error::Conflict);
        }
        Ok(())
    }

    /// The notes of all grants, with their records, oldest first. What is no note of ours is left out.
    pub(crate) async fn notes(&self) -> Result<Vec<(Header, Note)>, Error> {
        let keys = self.cell.keys()?;
        let records: Vec<&Header> = self
            .snap
            .log
            .headers()
            .filter(|header| header.grant_public().is_some() && !header.body_names().is_empty())
            .collect();
        let bodies = self.bodies(&records).await?;
        let notes = records.into_iter().filter_map(|header| {
            let key = keys.of(header.context().epoch)?;
            let note = Note::open(header, bodies.get(&header.seq())?, key).ok()?;
            Some((header.clone(), note))
        });
        Ok(notes.collect())
    }

    /// The hash of a secret's sealed value.
    pub(crate) fn ct_hash(&self, slot: &SlotId) -> Option<Digest> {
        let entry = self.snap.contents.entry(slot)?;
        (!entry.deleted).then_some(entry.ct_hash)
    }

    /// Whether secrets have other values now than in these versions, or were deleted. What cannot be opened is left out.
    pub(crate) async fn replaced(
        &self,
        mut seen: BTreeSet<(SlotId, u64)>,
    ) -> Result<BTreeMap<(SlotId, u64), bool>, Error> {
        let keys = self.cell.keys()?;
        let (mut replaced, mut newest) = (BTreeMap::new(), None);
        seen.retain(|(slot, version)| {
            let entry = self.snap.contents.entry(slot).filter(|entry| !entry.deleted);
            match entry {
                None => _ = replaced.insert((*slot, *version), true),
                Some(entry) if entry.version == *version => _ = replaced.insert((*slot, *version), false),
                Some(entry) => {
                    newest = newest.max(Some(entry.record));
                    return true;
                }
            }
            false
        });
        let Some(newest) = newest else {
            return Ok(replaced);
        };
        self.walk_back(newest, |_, changes| {
            for change in changes {
                let version = (change.slot(), change.version());
                if !seen.remove(&version) {
                    continue;
                }
                let sealed = change.value();
                let then = sealed.and_then(|value| {
                    let key = keys.of(value.epoch())?;
                    value.open(key, &change.context()).ok()
                });
                let now = self.snap.open(&version.0, &keys).ok();
                if let (Some(then), Some(now)) = (then, now) {
                    replaced.insert(version, then.value != now.value);
                }
            }
            Ok(match seen.is_empty() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })
        .await?;
        Ok(replaced)
    }

    /// Who looks after a secret, where somebody wrote that down.
    pub(crate) fn owner(&self, slot: &SlotId) -> Zeroizing<String> {
        let keys = self.cell.keys().ok();
        let content = keys.and_then(|keys| self.snap.open(slot, &keys).ok());
        content
            .map(|content| content.meta.owner.clone())
            .unwrap_or_default()
    }

    /// Makes a new key where one is due: a record under a key that somebody who left still knows counts for nobody. False
    /// where somebody was faster, whose record is followed then.
    async fn is_renewed(&self, attempt: u32) -> Result<bool, Error> {
        let (own, ring) = (self.project.own()?, self.project.ring()?);
        if !self.cell.latest()?.log.must_rotate(&ring.state) {
            return Ok(true);
        }
        if self.opener().right()? < Right::Write {
            return Err(Error::NewKeyFirst);
        }
        let rotated = self.rotate_if_due(&own.identity).await;
        self.was_first(rotated, attempt).await
    }
}

/// For what is in a grant beside the secrets.
const ROOM: usize = 8 << 10;
