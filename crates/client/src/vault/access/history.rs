//! Who was given what, when, by whom, and for what reason: from the environment's signed log, for ever.

use super::{ApprovalInfo, WantedItem};
use crate::{Device, Error, Project, SlotId, Transport};
use coffer_core::request::Verbs;
use zeroize::Zeroizing;

/// A grant, as the environment's log names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantEntry {
    /// The request's id.
    pub request: String,
    /// The environment's slug.
    pub environment: String,
    /// To whom, by the user's id on the server.
    pub requester: String,
    /// Who handed it over.
    pub by: String,
    /// What was given.
    pub secrets: Vec<GivenSecret>,
    /// What was wanted.
    pub wanted: Vec<WantedItem>,
    /// Other values might be proposed.
    pub propose: bool,
    /// From when, in milliseconds.
    pub from: u64,
    /// Until when.
    pub until: u64,
    /// When it was ended before.
    pub ended: Option<u64>,
    /// Why it was asked for.
    pub reason: Zeroizing<String>,
    /// The number of a ticket.
    pub ticket: String,
    /// Who approved.
    pub approvals: Vec<ApprovalInfo>,
    /// Why one person opened it alone, if one did.
    pub emergency: Option<Zeroizing<String>>,
    /// When its author says it was recorded, in milliseconds.
    pub recorded: u64,
    /// Whether it is what was asked for, approved as the rules of its time want it.
    pub allowed: bool,
}

/// A secret that was given away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenSecret {
    /// Its identity.
    pub slot: SlotId,
    /// Its folder then.
    pub path: String,
    /// Its name then.
    pub name: String,
    /// The version that was seen.
    pub version: u64,
    /// Another value was saved since, or it was deleted: what was seen is not in use here any more.
    pub replaced: bool,
    /// Who looks after it, where somebody wrote that down.
    pub owner: Zeroizing<String>,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// What was granted in an environment, newest first.
    pub async fn grant_history(&self, slug: &str) -> Result<Vec<GrantEntry>, Error> {
        let environment = self.open_environment(slug).await?;
        let ring = self.ring()?;
        let mut entries = Vec::new();
        for (header, note) in environment.notes().await? {
            let Some(public) = header.grant_public() else {
                continue;
            };
            let details = note.check(&header, &ring.state);
            let allowed = details.is_ok();
            // What breaks the rules is shown all the more.
            let details = details.ok().or_else(|| note.request.open(&note.thread).ok());
            let user = |kid| ring.state.user_of(&kid).unwrap_or_default().to_owned();
            let secrets = note.named.iter().map(|named| {
                let now = environment
                    .entries()
                    .iter()
                    .find(|entry| entry.slot == named.slot);
                GivenSecret {
                    slot: named.slot,
                    path: named.path.to_string(),
                    name: named.name.to_string(),
                    version: named.version,
                    replaced: now.is_none_or(|now| now.version > named.version),
                    owner: environment.owner(&named.slot),
                }
            });
            let approvals = note.terms.approvals.iter().filter_map(|approval| {
                let vote = approval.vote(&note.request, 1, &ring.state, header.keyring_seq())?;
                Some(ApprovalInfo {
                    user_id: vote.user.to_owned(),
                    at: approval.at,
                    seconds: approval.ttl,
                })
            });
            let wanted = details.iter().flat_map(|details| &details.wanted);
            entries.push(GrantEntry {
                request: note.request.id().to_string(),
                environment: slug.to_owned(),
                requester: user(note.request.requester()),
                by: user(header.author()),
                secrets: secrets.collect(),
                wanted: wanted.map(WantedItem::of).collect(),
                propose: details
                    .as_ref()
                    .is_some_and(|details| details.verbs == Verbs::Propose),
                from: note.terms.not_before,
                until: public.not_after,
                ended: environment.log().ended(&public.hash),
                reason: details
                    .as_ref()
                    .map(|details| details.reason.clone())
                    .unwrap_or_default(),
                ticket: details
                    .map(|details| details.ticket.to_string())
                    .unwrap_or_default(),
                approvals: approvals.collect(),
                emergency: Some(note.terms.emergency.clone()).filter(|why| !why.is_empty()),
                recorded: header.created(),
                allowed,
            });
        }
        entries.reverse();
        Ok(entries)
    }
}
