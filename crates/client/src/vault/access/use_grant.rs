//! Using what was granted.

use crate::{Device, Error, Project, SlotId, Transport};
use coffer_core::grant::{GrantError, OpenedGrant};
use coffer_core::id::Digest;
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

    /// The grants under a request of this person that count, in the order in which they were recorded. At least one.
    pub(super) async fn open_grants(&self, thread: &Thread) -> Result<Vec<(Digest, OpenedGrant)>, Error> {
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
