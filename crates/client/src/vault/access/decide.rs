//! Deciding: approvals, and handing over what was asked for once there are enough.

use super::ask::refused;
use super::inbox::{Standing, Thread};
use super::{AccessState, Approved, GrantFault, WantedItem};
use crate::{Device, Error, Project, Transport};
use coffer_core::grant::Terms;
use coffer_core::id::Digest;
use coffer_core::layout::{self, AboutRequest};
use coffer_core::log::Log;
use coffer_core::request::{Approval, Details, Say, ThreadKey};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// What one thing that is wanted comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeItem {
    /// What is wanted.
    pub item: WantedItem,
    /// The secrets that are there, by folder and name; none where it does not exist, or a folder is empty.
    pub secrets: Vec<(String, String)>,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Approves a request, for at most so many seconds. The last approval that the rules ask for hands the values over; where
    /// that is not possible nothing is said. [`Error::RequestDecided`] where it waits no more.
    pub async fn approve(
        &self,
        id: &str,
        seconds: u32,
        comment: Zeroizing<String>,
    ) -> Result<Approved, Error> {
        self.refresh_ring().await?;
        let (thread, standing, _) = self.to_decide(id).await?;
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        if !matches!(standing.state, AccessState::Waiting { .. }) {
            return Err(Error::RequestDecided(standing.state));
        }
        let (own, device) = (self.own()?, self.vault.device());
        let (me, now) = (&self.vault.inner.info.user_id, device.now());
        let ttl = seconds.min(details.ttl);
        let before = thread.approvals().map(|approval| approval.ttl).min();
        let ttl_of_all = before.map_or(ttl, |before| before.min(ttl));
        let without = self.missing(&thread, ttl_of_all, &[])?;
        let with = self.missing(&thread, ttl_of_all, &[me])?;
        if with >= without {
            return Err(Error::Forbidden);
        }
        // By the rules as they are now, which may have changed since it was asked for.
        let asked = thread.asked(ttl_of_all, now).ok_or(Error::NoKey)?;
        for policy in self.policies(&thread)? {
            policy.check_asked(&asked).map_err(refused)?;
        }
        let approval = Approval::sign(&thread.request, &own.identity, ttl, now);
        if with == Some(0) {
            // What could not be handed over is not approved: nobody could take that back, or make it shorter.
            let approvals = thread.approvals().chain([approval]).collect();
            let terms = self.terms(&thread, approvals)?;
            let environment = self.open_environment(&thread.slug).await?;
            environment.check_hand_out(&thread.request, details, &terms)?;
        }
        self.post(&thread, &Say::Approve(approval, comment.clone()))
            .await?;
        if with != Some(0) {
            return Ok(Approved::Counted);
        }
        // Somebody else may have decided in the meantime.
        let (mut thread, _, log) = self.to_decide(id).await?;
        if thread.approvals().all(|known| known != approval) {
            thread
                .said
                .push((me.clone(), now, Say::Approve(approval, comment)));
        }
        let given = match self.standing(&thread, log.as_ref())?.state {
            AccessState::Approved => {
                let terms = self.terms(&thread, thread.approvals().collect())?;
                self.give(&thread, terms, BTreeSet::new()).await
            }
            AccessState::Waiting { .. } => return Ok(Approved::Counted),
            other => Err(Error::RequestDecided(other)),
        };
        match given {
            Ok(()) => Ok(Approved::HandedOver),
            Err(Error::RequestDecided(AccessState::Granted { .. })) => Ok(Approved::ByAnother),
            Err(other) => Err(other),
        }
    }

    /// Hands over what enough people have approved, or the current values of what was granted already: where the requester
    /// asks for them, and where what was recorded did not come to where the requester finds it.
    pub async fn hand_over(&self, id: &str) -> Result<(), Error> {
        self.refresh_ring().await?;
        let (thread, standing, log) = self.to_decide(id).await?;
        match (standing.state, log) {
            (AccessState::Approved, _) => {
                let terms = self.terms(&thread, thread.approvals().collect())?;
                self.give(&thread, terms, BTreeSet::new()).await
            }
            (AccessState::Granted { .. }, Some(log)) => self.hand_over_again(&thread, &log).await,
            (AccessState::Waiting { .. }, _) => Err(Error::GrantRefused(GrantFault::NotApproved)),
            (other, _) => Err(Error::RequestDecided(other)),
        }
    }

    /// Under the same grant: by the same approvals, or the same emergency, and to the same end.
    async fn hand_over_again(&self, thread: &Thread, log: &Log) -> Result<(), Error> {
        let now = self.vault.device().now();
        let open = thread
            .records(log)
            .filter(|(_, grant)| !thread.is_over(log, grant, now));
        let (header, _) = open.last().ok_or(Error::NotFound)?;
        let environment = self.open_environment(&thread.slug).await?;
        let mut notes = environment.notes().await?.into_iter();
        let note = notes.find(|(noted, _)| noted.seq() == header.seq());
        let (_, note) = note.ok_or(Error::NotFound)?;
        let known = thread.records(log).map(|(_, grant)| grant.hash).collect();
        let lost: Vec<Digest> = thread.undelivered(log, now).collect();
        self.give(thread, note.terms, known).await?;
        // In the place of what was lost stands what was given now.
        environment.end_grants(&lost, &thread.request).await
    }

    /// Opens a request alone, in an emergency: announced to everybody who is asked, and marked for ever.
    pub async fn open_alone(&self, id: &str, seconds: u32, why: Zeroizing<String>) -> Result<(), Error> {
        self.refresh_ring().await?;
        let (thread, standing, _) = self.to_decide(id).await?;
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        if !matches!(standing.state, AccessState::Waiting { .. }) {
            return Err(Error::RequestDecided(standing.state));
        }
        let (me, now) = (&self.vault.inner.info.user_id, self.vault.device().now());
        let ttl = seconds.min(details.ttl);
        let asked = thread.asked(ttl, now).ok_or(Error::NoKey)?;
        for policy in self.policies(&thread)? {
            policy.check_emergency(&asked, me, &why).map_err(refused)?;
        }
        let from = now.max(details.starts);
        let terms = Terms {
            not_before: from,
            not_after: from + u64::from(ttl) * 1_000,
            approvals: Vec::new(),
            emergency: why,
        };
        self.give(&thread, terms, BTreeSet::new()).await
    }

    /// What exactly would be handed over if this request were approved now, by the names of the secrets. Only who reads the
    /// environment can know.
    pub async fn scope(&self, id: &str) -> Result<Vec<ScopeItem>, Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let environment = self.open_environment(&thread.slug).await?;
        let items = details.wanted.iter().map(|wanted| {
            let mut secrets = environment.covered_by(wanted);
            secrets.sort();
            ScopeItem {
                item: WantedItem::of(wanted),
                secrets,
            }
        });
        Ok(items.collect())
    }

    /// Ends what was granted before its time: the record of it, and as far as the server lets this person, the row.
    pub async fn end_grant(&self, id: &str) -> Result<(), Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let open = self.granted(&thread).await?;
        if open.is_empty() {
            return Err(Error::NotFound);
        }
        let environment = self.open_environment(&thread.slug).await?;
        environment.end_grants(&open, &thread.request).await?;
        self.clear_away(&thread).await
    }

    /// Records the end of grants that were given back, and takes away the rows of those that are over.
    pub async fn settle_grants(&self) -> Result<(), Error> {
        self.refresh_ring().await?;
        let (me, now) = (&self.vault.inner.info.user_id, self.vault.device().now());
        for thread in self.threads(None).await? {
            let (env, ring) = (thread.request.env(), self.ring()?);
            if thread.grants.is_empty() || !ring.state.approves_at(me, &env, ring.state.seq()) {
                continue;
            }
            let Some(log) = self.current_log(&env, &thread.slug).await? else {
                continue;
            };
            let given_back: Vec<_> = thread
                .records(&log)
                .map(|(_, grant)| grant.hash)
                .filter(|hash| log.ended(hash).is_none() && thread.ended(&log, hash).is_some())
                .collect();
            if !given_back.is_empty() {
                let environment = self.open_environment(&thread.slug).await?;
                environment.end_grants(&given_back, &thread.request).await?;
            }
            let over = thread
                .records(&log)
                .all(|(_, grant)| thread.is_over(&log, grant, now));
            if over {
                self.clear_away(&thread).await?;
            }
        }
        Ok(())
    }

    /// Deletes the rows of a request's grants. Only admins may on most servers; without it nothing else is different.
    async fn clear_away(&self, thread: &Thread) -> Result<(), Error> {
        let id = thread.request.id();
        let rows = self.inbox_rows().await?;
        let names: Vec<&str> = rows
            .iter()
            .map(|row| row.name.as_str())
            .filter(|name| layout::about_request(name) == Some((AboutRequest::Grant, id)))
            .collect();
        let session = &self.vault.inner.session;
        match session.delete_rows(self.inbox(), &names).await {
            Err(Error::Forbidden) => Ok(()),
            other => other,
        }
    }

    /// A request that somebody is about to decide, as it stands now, if whoever asks still has the keys that signed it.
    async fn to_decide(&self, id: &str) -> Result<(Thread, Standing, Option<Log>), Error> {
        let thread = self.thread(id).await?;
        if self.key_changed(&thread)? {
            return Err(Error::KeyChanged);
        }
        let log = self.current_log(&thread.request.env(), &thread.slug).await?;
        let standing = self.standing(&thread, log.as_ref())?;
        Ok((thread, standing, log))
    }

    /// The conditions that approvals make: for the shortest time, and no longer than the rules allow by now.
    fn terms(&self, thread: &Thread, approvals: Vec<Approval>) -> Result<Terms, Error> {
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let policies = self.policies(thread)?;
        let longest = policies.iter().map(|policy| policy.longest);
        let ttl = approvals.iter().map(|approval| approval.ttl).chain(longest).min();
        let ttl = ttl.filter(|_| !approvals.is_empty()).ok_or(Error::Forbidden)?;
        let from = self.vault.device().now().max(details.starts);
        Ok(Terms {
            not_before: from,
            not_after: from + u64::from(ttl) * 1_000,
            approvals,
            emergency: Zeroizing::default(),
        })
    }

    /// Records a grant and hands it over. `known` are the grants under this request that the log names already: with any
    /// other in it somebody was quicker, and nothing is given ([`Error::RequestDecided`]).
    async fn give(&self, thread: &Thread, terms: Terms, mut known: BTreeSet<Digest>) -> Result<(), Error> {
        let (details, key): (&Details, &ThreadKey) = thread
            .details
            .as_ref()
            .zip(thread.key.as_ref())
            .ok_or(Error::NoKey)?;
        let environment = self.open_environment(&thread.slug).await?;
        let mut wanted = environment.asked_for(details)?;
        let mut is_given = false;
        while !wanted.is_empty() {
            let part = environment.hand_out(&thread.request, details, key, &terms, (&mut wanted, &known));
            // What is recorded is handed over before anything else can go wrong.
            if let Some(grant) = part.await? {
                known.insert(grant.hash());
                self.leave(AboutRequest::Grant, &thread.request.id(), &grant.to_text())
                    .await?;
                is_given = true;
            }
        }
        if is_given { Ok(()) } else { Err(Error::Conflict) }
    }
}
