//! Asking: a request with a key of its own, which stays on this device.

use super::inbox::Thread;
use super::rules::policies_of;
use super::{AskDraft, Saying, WantedItem};
use crate::rng::Draw;
use crate::vault::keyring::opening;
use crate::{Device, Error, Project, Transport};
use coffer_core::grant::Proposal;
use coffer_core::id::{Digest, RequestId};
use coffer_core::identity::PublicIdentity;
use coffer_core::layout::{self, AboutRequest};
use coffer_core::policy::{Asked, PolicyError};
use coffer_core::request::{Details, Message, Request, RequestKey, Say, Verbs, Wanted};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

impl<T: Transport, D: Device> Project<T, D> {
    /// Asks for access. Says the request's id.
    pub async fn ask(&self, draft: &AskDraft) -> Result<String, Error> {
        self.refresh_ring().await?;
        let env = self.env_of(&draft.environment)?;
        let (own, ring) = (self.own()?, self.ring()?);
        let device = self.vault.device();
        let mut wanted: Vec<Wanted> = draft
            .wanted
            .iter()
            .map(WantedItem::parse)
            .collect::<Result<_, _>>()?;
        wanted.sort();
        wanted.dedup();
        let details = Details {
            wanted,
            verbs: if draft.propose {
                Verbs::Propose
            } else {
                Verbs::Read
            },
            ttl: draft.seconds,
            starts: draft.starts.unwrap_or_default(),
            reason: draft.reason.clone(),
            ticket: Zeroizing::new(draft.ticket.trim().to_owned()),
        };
        if !details.is_sound() {
            return Err(Error::Invalid {
                field: "request",
                why: "a secret or a folder that is not Coffer's own, and a reason of at most 4,000 bytes",
            });
        }
        let (me, now) = (&self.vault.inner.info.user_id, device.now());
        let said = Asked {
            user: me,
            at: now,
            reason: &details.reason,
            ticket: &details.ticket,
            ttl: details.ttl,
            begins: now.max(details.starts),
        };
        let mut asked: BTreeMap<String, PublicIdentity> = BTreeMap::new();
        for policy in policies_of(&ring.state, &env, &details.wanted) {
            policy.check_asked(&said).map_err(refused)?;
            let people = policy.asked(&ring.state, &env, me);
            if people.is_empty() {
                return Err(refused(PolicyError::NotApproved));
            }
            for user in people {
                if let Some(member) = ring.state.member(user) {
                    asked.insert(user.to_owned(), member.keys);
                }
            }
        }
        let follows = match &draft.follows {
            Some(id) => self.thread(id).await?.request.hash(),
            None => Digest::ZERO,
        };
        let asked: Vec<PublicIdentity> = asked.into_values().collect();
        let key = RequestKey::generate(&mut Draw(device));
        let (request, _) = Request::make(
            &ring.state,
            env,
            &own.identity,
            &key,
            &asked,
            &details,
            follows,
            now,
            &mut Draw(device),
        )
        .map_err(opening("a member's key"))?;
        // Before it is sent: a request without its key could never be used.
        self.keep_request_key(&request.id(), key).await?;
        let name = layout::request_row_name(AboutRequest::Request, &request.id(), [0; 4]);
        let session = &self.vault.inner.session;
        session
            .create_row(self.inbox(), &name, &request.to_text())
            .await?;
        Ok(request.id().to_string())
    }

    /// Says something about a request.
    pub async fn say(&self, id: &str, saying: Saying) -> Result<(), Error> {
        self.refresh_ring().await?;
        let thread = self.thread(id).await?;
        let all: Vec<Say> = match saying {
            Saying::Reject(text) => vec![Say::Reject(text)],
            Saying::AskBack(text) => vec![Say::AskBack(text)],
            Saying::Answer(text) => vec![Say::Answer(text)],
            Saying::Withdraw => vec![Say::Withdraw],
            Saying::GiveBack => {
                let grants = self.granted(&thread).await?;
                grants.into_iter().map(Say::GiveBack).collect()
            }
            Saying::Refresh => {
                let grants = self.granted(&thread).await?;
                grants.into_iter().rev().take(1).map(Say::Refresh).collect()
            }
            Saying::TakeBack(proposal) => {
                let proposals = thread.proposals.iter().map(Proposal::hash);
                let own = proposals.filter(|hash| hash.to_string() == proposal);
                own.take(1).map(Say::TakeBack).collect()
            }
        };
        if all.is_empty() {
            return Err(Error::NotFound);
        }
        for say in &all {
            self.post(&thread, say).await?;
        }
        let over = match all.first() {
            Some(Say::GiveBack(_)) => true,
            Some(Say::Withdraw) => self.granted(&thread).await?.is_empty(),
            _ => false,
        };
        if over {
            self.vault.forget_request_key(&thread.request.id()).await?;
        }
        Ok(())
    }

    /// Puts a message into the inbox.
    pub(super) async fn post(&self, thread: &Thread, say: &Say) -> Result<(), Error> {
        let (own, ring, device) = (self.own()?, self.ring()?, self.vault.device());
        let key = thread.key.as_ref().ok_or(Error::NoKey)?;
        let (request, now) = (&thread.request, device.now());
        let message = Message::make(request, key, &own.identity, say, now, &mut Draw(device));
        // What nobody would take for mine is not sent.
        message
            .open(request, key, &ring.state)
            .map_err(|_| Error::Forbidden)?;
        self.leave(AboutRequest::Message, &request.id(), &message.to_text())
            .await
    }

    /// Leaves a row about a request in the inbox.
    pub(super) async fn leave(&self, what: AboutRequest, id: &RequestId, text: &str) -> Result<(), Error> {
        let mut random = [0; 4];
        self.vault.device().fill(&mut random);
        let name = layout::request_row_name(what, id, random);
        let session = &self.vault.inner.session;
        session.create_row(self.inbox(), &name, text).await
    }
}

/// Why the rules do not allow what is asked for, in terms of the form.
pub(super) fn refused(why: PolicyError) -> Error {
    let (field, why) = match why {
        PolicyError::Reason => ("reason", "a longer one, as the rules of this place ask for"),
        PolicyError::Ticket => ("ticket", "one as the rules of this place ask for"),
        PolicyError::TooLong => ("duration", "at most as long as the rules of this place allow"),
        _ => (
            "approvers",
            "somebody who may approve: by the rules of this place nobody can",
        ),
    };
    Error::Invalid { field, why }
}
