//! Who opened something alone, and why: from the note in the environment's log, or from the grant itself.

use super::AccessState;
use super::inbox::{Standing, Thread};
use crate::{Device, Error, Project, Transport};
use coffer_core::id::Digest;
use coffer_core::log::Log;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What was opened by one person alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Who did, by the user's id on the server.
    pub by: String,
    /// Why.
    pub why: Zeroizing<String>,
}

/// What is known of grants by their hashes: each is read once in a session.
pub(crate) type Emergencies = BTreeMap<Digest, Option<Emergency>>;

impl<T: Transport, D: Device> Project<T, D> {
    /// Who opened a request alone, as far as this person can know: those who read the environment, and who asked. For
    /// everybody else nothing is claimed.
    pub(super) async fn emergency(
        &self,
        thread: &Thread,
        log: &Log,
        standing: &Standing,
    ) -> Result<Option<Emergency>, Error> {
        if thread.records(log).next().is_none() {
            return Ok(None);
        }
        let unknown = |project: &Self| {
            let known = project.cell.emergencies.borrow();
            thread
                .records(log)
                .any(|(_, grant)| !known.contains_key(&grant.hash))
        };
        self.learn_from_approvals(thread, log, standing)?;
        if unknown(self) {
            self.learn_from_grants(thread, log).await?;
        }
        if unknown(self) {
            self.learn_from_notes(thread).await;
        }
        let known = self.cell.emergencies.borrow();
        let mut told = thread
            .records(log)
            .filter_map(|(_, grant)| known.get(&grant.hash)?.clone());
        Ok(told.next())
    }

    /// What was approved by the rules was opened by nobody alone. Of what has ended and was cleared away the rules of now
    /// are asked, so that nothing has to be opened for it; the history says it for ever.
    fn learn_from_approvals(&self, thread: &Thread, log: &Log, standing: &Standing) -> Result<(), Error> {
        let Some(details) = &thread.details else {
            return Ok(());
        };
        let ring = self.ring()?;
        let ended = matches!(standing.state, AccessState::Ended { .. });
        let mut known = self.cell.emergencies.borrow_mut();
        for (_, grant) in thread.records(log) {
            if known.contains_key(&grant.hash) {
                continue;
            }
            let row = thread.grants.iter().find(|row| row.hash() == grant.hash);
            let approved = match row {
                Some(row) => row.is_approved(&thread.request, details, &ring.state),
                None => ended && standing.more == Some(0),
            };
            if approved {
                known.insert(grant.hash, None);
            }
        }
        Ok(())
    }

    async fn learn_from_grants(&self, thread: &Thread, log: &Log) -> Result<(), Error> {
        let Some(details) = &thread.details else {
            return Ok(());
        };
        let Some(key) = self.vault.request_key(&thread.request.id()).await? else {
            return Ok(());
        };
        let ring = self.ring()?;
        for grant in &thread.grants {
            let recorded = log.grant(&grant.hash());
            let opened = grant.open(&thread.request, details, &key, &ring.state, recorded);
            if let (Ok(opened), Some(by)) = (opened, ring.state.user_of(&grant.author())) {
                self.learn(grant.hash(), by, &opened.terms.emergency);
            }
        }
        Ok(())
    }

    /// Only approvers open an environment for it; others look where it is open anyway. What cannot be read is not known.
    async fn learn_from_notes(&self, thread: &Thread) {
        let (Ok(ring), env) = (self.ring(), thread.request.env()) else {
            return;
        };
        let me = &self.vault.inner.info.user_id;
        let open = self.opened(&env).and_then(|cell| cell.verified_log()).is_some();
        if !open && !ring.state.approves_at(me, &env, ring.state.seq()) {
            return;
        }
        let Ok(environment) = self.open_environment(&thread.slug).await else {
            return;
        };
        let Ok(notes) = environment.notes().await else {
            return;
        };
        for (header, note) in notes {
            let by = ring.state.user_of(&header.author());
            if let (Some(grant), Some(by)) = (header.grant_public(), by) {
                self.learn(grant.hash, by, &note.terms.emergency);
            }
        }
        // What has no note that opens has none the next time.
        let mut known = self.cell.emergencies.borrow_mut();
        for (_, grant) in thread.records(environment.log()) {
            known.entry(grant.hash).or_default();
        }
    }

    fn learn(&self, grant: Digest, by: &str, why: &Zeroizing<String>) {
        let told = (!why.is_empty()).then(|| Emergency {
            by: by.to_owned(),
            why: why.clone(),
        });
        self.cell.emergencies.borrow_mut().insert(grant, told);
    }
}
