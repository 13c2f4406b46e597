//! Deciding: approvals, and handing over what was asked for once there are enough.

use super::Approved;
use super::ask::refused;
use super::inbox::Thread;
use crate::{Device, Error, Project, Transport};
use coffer_core::grant::Terms;
use coffer_core::layout::{self, AboutRequest};
use coffer_core::policy::Vote;
use coffer_core::request::{Approval, Details, Say, ThreadKey};
use zeroize::Zeroizing;

impl<T: Transport, D: Device> Project<T, D> {
    /// Approves a request, for at most so many seconds. The last approval that the rules ask for hands the values over.
    pub async fn approve(
        &self,
        id: &str,
        seconds: u32,
        comment: Zeroizing<String>,
    ) -> Result<Approved, Error> {
        self.refresh_ring().await?;
        let mut thread = self.thread(id).await?;
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let (own, device) = (self.own()?, self.vault.device());
        let (me, now) = (&self.vault.inner.info.user_id, device.now());
        let ttl = seconds.min(details.ttl);
        let before = thread.approvals().map(|approval| approval.ttl).min();
        let ttl_of_all = before.map_or(ttl, |before| before.min(ttl));
        let without = self.missing(&thread, ttl_of_all, None)?;
        let with = self.missing(&thread, ttl_of_all, Some(Vote { user: me, at: now }))?;
        if ttl == 0 || with >= without {
            return Err(Error::Forbidden);
        }
        let approval = Approval::sign(&thread.request, &own.identity, ttl, now);
        let say = Say::Approve(approval, comment);
        self.post(&thread, &say).await?;
        thread.said.push((me.clone(), now, say));
        if with != Some(0) {
            return Ok(Approved::Counted);
        }
        let terms = self.terms(&thread)?;
        self.give(&thread, terms).await?;
        Ok(Approved::HandedOver)
    }

    /// Hands over what enough people have approved, or the current values of what was granted already.
    pub async fn hand_over(&self, id: &str) -> Result<(), Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let log = self.current_log(&thread.request.env(), &thread.slug).await?;
        let given = log.as_ref().and_then(|log| {
            let (header, _) = thread.records(log).last()?;
            Some(header.seq())
        });
        let terms = match given {
            None => self.terms(&thread)?,
            Some(_) if self.granted(&thread).await?.is_empty() => return Err(Error::Forbidden),
            // Under the same grant: by the same approvals, or the same emergency, and to the same end.
            Some(seq) => {
                let notes = self.open_environment(&thread.slug).await?.notes().await?;
                let note = notes.into_iter().find(|(header, _)| header.seq() == seq);
                note.map(|(_, note)| note.terms).ok_or(Error::NotFound)?
            }
        };
        self.give(&thread, terms).await
    }

    /// Opens a request alone, in an emergency: announced to everybody who is asked, and marked for ever.
    pub async fn open_alone(&self, id: &str, seconds: u32, why: Zeroizing<String>) -> Result<(), Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let (me, now) = (&self.vault.inner.info.user_id, self.vault.device().now());
        let ttl = seconds.min(details.ttl);
        let asked = thread.asked(ttl).ok_or(Error::NoKey)?;
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
        self.give(&thread, terms).await
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

    /// The conditions that the approvals so far make.
    fn terms(&self, thread: &Thread) -> Result<Terms, Error> {
        let details = thread.details.as_ref().ok_or(Error::NoKey)?;
        let approvals: Vec<Approval> = thread.approvals().collect();
        let ttl = approvals.iter().map(|approval| approval.ttl).min();
        let ttl = ttl.ok_or(Error::Forbidden)?;
        let from = self.vault.device().now().max(details.starts);
        Ok(Terms {
            not_before: from,
            not_after: from + u64::from(ttl) * 1_000,
            approvals,
            emergency: Zeroizing::default(),
        })
    }

    /// Records a grant and hands it over.
    async fn give(&self, thread: &Thread, terms: Terms) -> Result<(), Error> {
        let (details, key): (&Details, &ThreadKey) = thread
            .details
            .as_ref()
            .zip(thread.key.as_ref())
            .ok_or(Error::NoKey)?;
        let environment = self.open_environment(&thread.slug).await?;
        let mut wanted = environment.asked_for(details)?;
        let mut is_given = false;
        while !wanted.is_empty() {
            let part = environment.hand_out(&thread.request, details, key, &terms, &mut wanted);
            // What is recorded is handed over before anything else can go wrong.
            if let Some(grant) = part.await? {
                self.leave(AboutRequest::Grant, &thread.request.id(), &grant.to_text())
                    .await?;
                is_given = true;
            }
        }
        if is_given { Ok(()) } else { Err(Error::Conflict) }
    }
}
