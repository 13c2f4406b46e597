//! Values that people propose under a grant, and taking them over.

use crate::rng::Draw;
use crate::{Change, Device, Environment, Error, Project, SaveError, SlotId, Transport};
use coffer_core::grant::{Proposal, Proposed};
use coffer_core::id::Digest;
use coffer_core::layout::AboutRequest;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

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
}
