//! Using what was granted, and proposing other values under it.

use crate::rng::Draw;
use crate::{Change, Device, Environment, Error, Project, SaveError, SlotId, Transport};
use coffer_core::grant::{GrantError, OpenedGrant, Proposal, Proposed};
use coffer_core::id::Digest;
use coffer_core::layout::AboutRequest;
use coffer_core::request::{Details, Say};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

use super::inbox::{SKEW, Thread};

/// Why something that was granted is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// It is not what it claims to be, or answers another request.
    #[error("it is not what it claims to be")]
    Forged,
    /// The environment's history does not name it, so those who would have to see it do not.
    #[error("the environment's history does not name it")]
    Hidden,
    /// Fewer people have approved than the rules ask for, or not what it gives.
    #[error("it is not what was approved")]
    NotApproved,
    /// It was asked for on another device, which has the key, or this one has given it back.
    #[error("another device has its key")]
    OtherDevice,
    /// Its time is over, or it was ended.
    #[error("it has ended")]
    Over,
}

/// What was granted, opened.
#[derive(Debug)]
pub struct HeldGrant {
    /// The request's id.
    pub request: String,
    /// The environment's slug.
    pub environment: String,
    /// The secrets, as they were when it was handed over.
    pub secrets: Vec<HeldSecret>,
    /// From when, in milliseconds.
    pub from: u64,
    /// Until when.
    pub until: u64,
    /// Other values may be proposed.
    pub propose: bool,
    /// Why one person opened it alone, if one did.
    pub emergency: Option<Zeroizing<String>>,
    /// Who approved, by the user's ids on the server.
    pub approved_by: Vec<String>,
}

/// A secret that was granted.
#[derive(Debug)]
pub struct HeldSecret {
    /// Its identity.
    pub slot: SlotId,
    /// Its folder.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The version that was granted.
    pub version: u64,
    /// Its value.
    pub value: Zeroizing<String>,
    /// The remark on it.
    pub comment: Zeroizing<String>,
}

/// A value that somebody proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalInfo {
    /// Its hash.
    pub id: String,
    /// The environment's slug.
    pub environment: String,
    /// The request's id.
    pub request: String,
    /// The user's id on the server.
    pub by: String,
    /// When, by the proposer's clock, in milliseconds.
    pub at: u64,
    /// The secret.
    pub slot: SlotId,
    /// Its folder.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The value that is proposed.
    pub value: Zeroizing<String>,
    /// Why.
    pub comment: Zeroizing<String>,
    /// The secret was changed since: the proposal is of another value.
    pub outdated: bool,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Opens what was granted to this person, with every check. Once it is over its key is wiped from this device.
    pub async fn held_grant(&self, id: &str) -> Result<HeldGrant, Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let grants = self.open_grants(&thread).await?;
        let ring = self.ring()?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map(Zeroizing::new);
        // Of a secret that was given again the newer grant counts.
        let mut secrets: BTreeMap<SlotId, HeldSecret> = BTreeMap::new();
        for value in grants.iter().flat_map(|(_, opened)| &opened.values) {
            let held = HeldSecret {
                slot: value.slot,
                path: value.path.to_string(),
                name: value.name.to_string(),
                version: value.version,
                value: text(&value.value).map_err(|_| Error::GrantRefused(GrantFault::Forged))?,
                comment: value.comment.clone(),
            };
            secrets.insert(value.slot, held);
        }
        let mut secrets: Vec<HeldSecret> = secrets.into_values().collect();
        secrets.sort_by(|one, two| (&one.path, &one.name).cmp(&(&two.path, &two.name)));
        let (_, newest) = grants.last().ok_or(Error::NotFound)?;
        let last = grants.iter().map(|(_, opened)| opened.terms.not_after).max();
        self.limit_request_key(&thread.request.id(), last).await?;
        let approvals = newest.terms.approvals.iter();
        Ok(HeldGrant {
            request: id.to_owned(),
            environment: thread.slug.clone(),
            secrets,
            from: newest.terms.not_before,
            until: newest.terms.not_after,
            propose: newest.proposals.is_some(),
            emergency: Some(newest.terms.emergency.clone()).filter(|why| !why.is_empty()),
            approved_by: approvals
                .filter_map(|approval| ring.state.user_of(&approval.author).map(str::to_owned))
                .collect(),
        })
    }

    /// Proposes another value for a secret that was granted. Somebody who may write decides.
    pub async fn propose(
        &self,
        id: &str,
        slot: &SlotId,
        value: Zeroizing<String>,
        comment: Zeroizing<String>,
    ) -> Result<(), Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let grants = self.open_grants(&thread).await?;
        let newest = grants.iter().rev().find_map(|(grant, opened)| {
            let known = opened.values.iter().find(|value| value.slot == *slot)?;
            Some((grant, opened, known))
        });
        let (grant, opened, known) = newest.ok_or(Error::NotFound)?;
        let key = opened.proposals.as_ref().ok_or(Error::Forbidden)?;
        if value.len() > coffer_core::value::MAX_VALUE || comment.len() > coffer_core::request::MAX_TEXT {
            return Err(Error::Invalid {
                field: "value",
                why: "at most 64 KiB",
            });
        }
        let proposed = Proposed {
            path: known.path.clone(),
            name: known.name.clone(),
            slot: known.slot,
            previous: known.ct_hash,
            value: Zeroizing::new(value.as_bytes().to_vec()),
            comment,
        };
        let (own, device) = (self.own()?, self.vault.device());
        let now = device.now();
        let proposal = Proposal::make(grant, key, &own.identity, &proposed, now, &mut Draw(device));
        self.leave(AboutRequest::Proposal, &thread.request.id(), &proposal.to_text())
            .await
    }

    /// The values that people propose in an environment, newest first. Those whose grant was over when they were made are
    /// left out.
    pub async fn proposals(&self, slug: &str) -> Result<Vec<ProposalInfo>, Error> {
        self.refresh_ring().await?;
        let threads = self.threads(None).await?;
        let waiting = threads
            .iter()
            .any(|thread| thread.slug == slug && !thread.proposals.is_empty());
        if !waiting {
            return Ok(Vec::new());
        }
        let environment = self.open_environment(slug).await?;
        let notes = environment.notes().await?;
        let (ring, log) = (self.ring()?, environment.log());
        let mut proposals = Vec::new();
        for thread in threads.iter().filter(|thread| thread.slug == slug) {
            for proposal in &thread.proposals {
                let grant = notes
                    .iter()
                    .find(|(header, _)| header.grant_public().is_some_and(|g| g.hash == proposal.grant()));
                let Some((header, note)) = grant else { continue };
                let Ok(proposed) = proposal.open(header, note, &ring.state) else {
                    continue;
                };
                let until = thread
                    .ended(log, &proposal.grant())
                    .map_or(note.terms.not_after, |(at, _)| at.min(note.terms.not_after));
                let Ok(value) = String::from_utf8(proposed.value.to_vec()).map(Zeroizing::new) else {
                    continue;
                };
                if proposal.created() > until || note.check(header, &ring.state).is_err() {
                    continue;
                }
                proposals.push(ProposalInfo {
                    id: proposal.hash().to_string(),
                    environment: slug.to_owned(),
                    request: thread.request.id().to_string(),
                    by: thread.requester.clone(),
                    at: proposal.created(),
                    slot: proposed.slot,
                    path: proposed.path.to_string(),
                    name: proposed.name.to_string(),
                    value,
                    comment: proposed.comment,
                    outdated: environment.ct_hash(&proposed.slot) != Some(proposed.previous),
                });
            }
        }
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.at));
        Ok(proposals)
    }

    /// Saves what somebody proposes, as this person's change. [`Error::Conflict`] where the secret was changed since.
    pub async fn take_over(&self, proposal: &ProposalInfo) -> Result<(), SaveError> {
        // Read again: what was shown may have been overtaken.
        let known = self.proposals(&proposal.environment).await?;
        let fresh = known.into_iter().find(|known| known.id == proposal.id);
        let fresh = fresh.ok_or(Error::NotFound)?;
        if fresh.outdated {
            return Err(Error::Conflict.into());
        }
        let environment = self.open_environment(&fresh.environment).await?;
        let entry = environment
            .entries()
            .iter()
            .find(|entry| entry.slot == fresh.slot);
        let entry = entry.ok_or(Error::NotFound)?;
        let comment = environment.reveal(&fresh.slot).map(|opened| opened.comment);
        let hash = proposal.id.parse().map_err(|_| Error::NotFound)?;
        let change = Change::Put {
            slot: Some(fresh.slot),
            path: entry.path.clone(),
            name: entry.name.clone(),
            value: fresh.value.clone(),
            comment: comment.unwrap_or_default(),
            owner: None,
        };
        environment.save_proposed(change, hash).await?;
        Ok(())
    }

    /// The proposals that an environment's log names, as far as they are there and are what they claim to be: by their
    /// hashes, with the user's id of who made them.
    pub(crate) async fn proposed_in(
        &self,
        environment: &Environment<T, D>,
        hashes: &[Digest],
    ) -> Result<BTreeMap<Digest, (String, Proposed)>, Error> {
        let threads = self.threads(None).await?;
        let notes = environment.notes().await?;
        let ring = self.ring()?;
        let mut known = BTreeMap::new();
        for thread in &threads {
            for proposal in thread.proposals.iter().filter(|one| hashes.contains(&one.hash())) {
                let opened = notes.iter().find_map(|(header, note)| {
                    note.check(header, &ring.state).ok()?;
                    proposal.open(header, note, &ring.state).ok()
                });
                if let Some(proposed) = opened {
                    known.insert(proposal.hash(), (thread.requester.clone(), proposed));
                }
            }
        }
        Ok(known)
    }

    /// The grants under a request of this person that count, in the order in which they were recorded. At least one.
    async fn open_grants(&self, thread: &Thread) -> Result<Vec<(Digest, OpenedGrant)>, Error> {
        let details: &Details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let key = self.vault.request_key(&thread.request.id()).await?;
        let (ring, now) = (self.ring()?, self.vault.device().now());
        let log = self.current_log(&thread.request.env(), &thread.slug).await?;
        let is_over = log.as_ref().is_some_and(|log| {
            let mut records = thread.records(log).peekable();
            records.peek().is_some() && records.all(|(_, grant)| thread.is_over(log, grant, now))
        });
        let given_back = thread
            .said
            .iter()
            .any(|(_, _, say)| matches!(say, Say::GiveBack(_)));
        let key = match key {
            Some(key) => key,
            // Wiped at its end.
            None if is_over && !given_back => return Err(Error::GrantRefused(GrantFault::Over)),
            None => return Err(Error::GrantRefused(GrantFault::OtherDevice)),
        };
        let log = log.ok_or(Error::GrantRefused(GrantFault::Hidden))?;
        let mut fault = Error::NotFound;
        let mut open: Vec<(u64, Digest, OpenedGrant)> = Vec::new();
        for grant in &thread.grants {
            let recorded = log.grant(&grant.hash());
            match grant.open(&thread.request, details, &key, &ring.state, recorded) {
                Ok(_) if grant.not_after() <= now || thread.ended(&log, &grant.hash()).is_some() => {
                    fault = Error::GrantRefused(GrantFault::Over);
                }
                Ok(_) if grant.not_before() > now.saturating_add(SKEW) => {
                    fault = Error::Invalid {
                        field: "grant",
                        why: "one that has begun",
                    };
                }
                Ok(opened) => {
                    let seq = recorded.map_or(0, coffer_core::log::Header::seq);
                    open.push((seq, grant.hash(), opened));
                }
                Err(why) => fault = Error::GrantRefused(why.into()),
            }
        }
        if !open.is_empty() {
            open.sort_by_key(|(seq, ..)| *seq);
            return Ok(open.into_iter().map(|(_, hash, opened)| (hash, opened)).collect());
        }
        // Whatever else is there: what the log names is over for good.
        if is_over {
            self.vault.forget_request_key(&thread.request.id()).await?;
            return Err(Error::GrantRefused(GrantFault::Over));
        }
        Err(fault)
    }
}

impl From<GrantError> for GrantFault {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::NotApproved => Self::NotApproved,
            GrantError::NotRecorded => Self::Hidden,
            GrantError::Over => Self::Over,
            _ => Self::Forged,
        }
    }
}
