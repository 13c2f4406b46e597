//! Values that people propose under a grant, and what becomes of them.

use super::inbox::Thread;
use crate::rng::Draw;
use crate::{Change, Device, Environment, Error, Project, SaveError, SlotId, Transport};
use coffer_core::grant::{Proposal, Proposed};
use coffer_core::id::Digest;
use coffer_core::layout::AboutRequest;
use coffer_core::request::{MAX_TEXT, Say};
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
    /// Who declined it last, if somebody did. It can be taken over all the same.
    pub declined: Option<Declined>,
}

/// That a proposal was declined: signed by somebody who may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// The user's id on the server.
    pub by: String,
    /// When, by their clock, in milliseconds.
    pub at: u64,
    /// Why; empty where they did not say.
    pub comment: Zeroizing<String>,
}

/// A value that this person has proposed under a grant that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnProposal {
    /// Its hash.
    pub id: String,
    /// The secret's folder.
    pub path: String,
    /// Its name.
    pub name: String,
    /// When it was proposed, in milliseconds.
    pub at: u64,
    /// What became of it.
    pub outcome: ProposalOutcome,
}

/// What became of a proposal, as far as that is signed by who may say so. What a server holds back cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalOutcome {
    /// Somebody who may write declined it.
    Declined(Declined),
    /// Nothing has come that counts. It may be waiting.
    NoneSeen,
    /// The secret has another value since, and nobody says that it is this one.
    Superseded,
    /// This person took it back.
    TakenBack,
    /// Somebody who may write took it over. Whoever reads the environment knows it from the log; others have their word.
    TakenOver {
        /// The user's id on the server.
        by: String,
        /// When, by their clock, in milliseconds.
        at: u64,
    },
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
        if value.len() > coffer_core::value::MAX_VALUE || comment.len() > MAX_TEXT {
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

    /// What this person has proposed under a grant that is open, newest first, and what became of it.
    pub async fn own_proposals(&self, id: &str) -> Result<Vec<OwnProposal>, Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let grants = self.open_grants(&thread).await?;
        let ring = self.ring()?;
        let mut known = Vec::new();
        for proposal in &thread.proposals {
            let opened = grants.iter().find(|(hash, _)| *hash == proposal.grant());
            let key = opened.and_then(|(hash, opened)| Some((hash, opened.proposals.as_ref()?)));
            let Some((hash, key)) = key else { continue };
            if let Ok(proposed) = proposal.open_own(hash, key, &thread.request, &ring.state) {
                known.push((proposal, proposed));
            }
        }
        // Who may read here knows more than what was handed over.
        let environment = match known.is_empty() {
            true => None,
            false => self.open_environment(&thread.slug).await.ok(),
        };
        let mut own = Vec::with_capacity(known.len());
        for (proposal, proposed) in known {
            let hash = proposal.hash();
            let (changed, taken_over) = match &environment {
                // Nobody's word counts beside the log.
                Some(environment) if environment.ct_hash(&proposed.slot) == Some(proposed.previous) => {
                    (false, None)
                }
                Some(environment) => (true, environment.taken_over(&hash, &proposed).await?),
                None => {
                    let mut given = grants.iter().rev().flat_map(|(_, opened)| &opened.values);
                    let newest = given.find(|value| value.slot == proposed.slot);
                    let changed = newest.is_some_and(|newest| newest.ct_hash != proposed.previous);
                    (changed, thread.took_over(&hash))
                }
            };
            let outcome = if let Some((by, at)) = taken_over {
                ProposalOutcome::TakenOver { by, at }
            } else if let Some(declined) = thread.declined(&hash) {
                ProposalOutcome::Declined(declined)
            } else if thread.is_taken_back(&hash) {
                ProposalOutcome::TakenBack
            } else if changed {
                ProposalOutcome::Superseded
            } else {
                ProposalOutcome::NoneSeen
            };
            own.push(OwnProposal {
                id: hash.to_string(),
                path: proposed.path.to_string(),
                name: proposed.name.to_string(),
                at: proposal.created(),
                outcome,
            });
        }
        own.sort_by_key(|proposal| std::cmp::Reverse(proposal.at));
        Ok(own)
    }

    /// The values that people propose in an environment, newest first. Those whose grant was over when they were made are
    /// left out, and those that were taken back.
    pub async fn proposals(&self, slug: &str) -> Result<Vec<ProposalInfo>, Error> {
        self.refresh_ring().await?;
        let mut threads = self.threads(None).await?;
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
        for thread in threads.iter_mut().filter(|thread| thread.slug == slug) {
            if !thread.proposals.is_empty() {
                thread.overhear(&notes, &ring.state);
            }
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
                let hash = proposal.hash();
                let is_open = proposal.created() <= until && !thread.is_taken_back(&hash);
                if !is_open || note.check(header, &ring.state).is_err() {
                    continue;
                }
                proposals.push(ProposalInfo {
                    id: hash.to_string(),
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
                    declined: thread.declined(&hash),
                });
            }
        }
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.at));
        Ok(proposals)
    }

    /// Saves what somebody proposes, as this person's change, and tells them. [`Error::Conflict`] where the secret was changed
    /// since.
    pub async fn take_over(&self, proposal: &ProposalInfo) -> Result<(), SaveError> {
        let fresh = self.still_open(proposal).await?;
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
        // It is saved, and the log says what it was, whether they hear of it or not.
        drop(
            self.answer(&environment, &fresh.request, &Say::TookOver(hash))
                .await,
        );
        Ok(())
    }

    /// Says to who proposed something, and to everybody who reads there, that it is not taken over, and why. Whoever may write
    /// can take it over all the same.
    pub async fn decline(&self, proposal: &ProposalInfo, comment: Zeroizing<String>) -> Result<(), Error> {
        if comment.len() > MAX_TEXT {
            return Err(Error::Invalid {
                field: "comment",
                why: "at most 4,000 bytes",
            });
        }
        let fresh = self.still_open(proposal).await?;
        let environment = self.open_environment(&fresh.environment).await?;
        let hash = proposal.id.parse().map_err(|_| Error::NotFound)?;
        self.answer(&environment, &fresh.request, &Say::Decline(hash, comment))
            .await
    }

    /// A proposal that somebody is about to decide, read again: what was shown may have been overtaken.
    async fn still_open(&self, proposal: &ProposalInfo) -> Result<ProposalInfo, Error> {
        let known = self.proposals(&proposal.environment).await?;
        let fresh = known.into_iter().find(|known| known.id == proposal.id);
        let fresh = fresh.ok_or(Error::NotFound)?;
        match fresh.outdated {
            true => Err(Error::Conflict),
            false => Ok(fresh),
        }
    }

    /// Says something about a proposal, also where the request was sealed to others.
    async fn answer(&self, environment: &Environment<T, D>, request: &str, say: &Say) -> Result<(), Error> {
        let mut thread = self.thread(request).await?;
        thread.overhear(&environment.notes().await?, &self.ring()?.state);
        self.post(&thread, say).await
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

impl Thread {
    /// The last that was said against a proposal.
    fn declined(&self, proposal: &Digest) -> Option<Declined> {
        self.said.iter().rev().find_map(|(by, at, say)| match say {
            Say::Decline(hash, comment) if hash == proposal => Some(Declined {
                by: by.clone(),
                at: *at,
                comment: comment.clone(),
            }),
            _ => None,
        })
    }

    /// Who says that they took a proposal over, and when.
    fn took_over(&self, proposal: &Digest) -> Option<(String, u64)> {
        self.said.iter().find_map(|(by, at, say)| match say {
            Say::TookOver(hash) if hash == proposal => Some((by.clone(), *at)),
            _ => None,
        })
    }

    fn is_taken_back(&self, proposal: &Digest) -> bool {
        let mut said = self.said.iter();
        said.any(|(_, _, say)| matches!(say, Say::TakeBack(hash) if hash == proposal))
    }
}
