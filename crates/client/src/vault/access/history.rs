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
    /// Its folder and name now; `None` where it was deleted.
    pub now: Option<(String, String)>,
    /// The version that was seen.
    pub version: u64,
    /// What was seen is not in use here any more: it has another value, or was deleted. Another name or comment changes
    /// nothing. `None` where one of the two values cannot be opened.
    pub replaced: Option<bool>,
    /// Who looks after it, where somebody wrote that down.
    pub owner: Zeroizing<String>,
}

/// A secret that somebody has seen who was granted it: one line of what is to be replaced at its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenSecret {
    /// The environment's slug.
    pub environment: String,
    /// Its identity.
    pub slot: SlotId,
    /// Its folder: where it is now, or was when it was given last.
    pub path: String,
    /// Its name, likewise.
    pub name: String,
    /// Who has seen it, by the user's ids on the server: first whoever was given it last.
    pub by: Vec<String>,
    /// Who looks after it, where somebody wrote that down.
    pub owner: Zeroizing<String>,
    /// Nobody has seen the value that is in use now. `None` where that is not known.
    pub replaced: Option<bool>,
}

/// What somebody has seen by these grants, which are those of [`Project::grant_history`], newest first. What has not begun,
/// or was ended before it did, nobody has seen.
pub fn seen_secrets<'a>(grants: impl IntoIterator<Item = &'a GrantEntry>, now: u64) -> Vec<SeenSecret> {
    let mut seen: Vec<SeenSecret> = Vec::new();
    let begun = grants
        .into_iter()
        .filter(|grant| grant.from <= now && grant.ended.is_none_or(|ended| ended > grant.from));
    for grant in begun {
        for secret in &grant.secrets {
            let known = seen
                .iter_mut()
                .find(|known| known.slot == secret.slot && known.environment == grant.environment);
            if let Some(known) = known {
                known.replaced = match (known.replaced, secret.replaced) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                if !known.by.contains(&grant.requester) {
                    known.by.push(grant.requester.clone());
                }
                continue;
            }
            let place = secret.now.clone();
            let (path, name) = place.unwrap_or_else(|| (secret.path.clone(), secret.name.clone()));
            seen.push(SeenSecret {
                environment: grant.environment.clone(),
                slot: secret.slot,
                path,
                name,
                by: vec![grant.requester.clone()],
                owner: secret.owner.clone(),
                replaced: secret.replaced,
            });
        }
    }
    seen
}

impl<T: Transport, D: Device> Project<T, D> {
    /// What was granted in an environment, newest first.
    pub async fn grant_history(&self, slug: &str) -> Result<Vec<GrantEntry>, Error> {
        let environment = self.open_environment(slug).await?;
        let ring = self.ring()?;
        let mut entries = Vec::new();
        let notes = environment.notes().await?;
        let given = notes.iter().flat_map(|(_, note)| &note.named);
        let given = given.map(|named| (named.slot, named.version)).collect();
        let replaced = environment.replaced(given).await?;
        for (header, note) in notes {
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
                    now: now.map(|now| (now.path.clone(), now.name.clone())),
                    version: named.version,
                    replaced: replaced.get(&(named.slot, named.version)).copied(),
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
