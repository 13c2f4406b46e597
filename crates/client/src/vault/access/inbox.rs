//! Requests as they stand: read from the inbox, every signature checked, compared with the rules and the log.

use super::rules::{approvers_in, policies_of};
use super::{AccessRules, Emergency, WantedItem};
use crate::api::secrets::Row;
use crate::vault::log::{self, Spot};
use crate::{Device, Error, Project, Transport};
use coffer_core::grant::{Grant, Note, Proposal};
use coffer_core::id::{Digest, EnvUid, RequestId};
use coffer_core::keyring::KeyringState;
use coffer_core::layout::{self, AboutRequest};
use coffer_core::log::{GrantKind, GrantPublic, Header, Log};
use coffer_core::policy::{Asked, Policy, Vote, people_needed};
use coffer_core::request::{Approval, Details, Message, Request, Say, ThreadKey, Verbs};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A request, as far as this person may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Its id.
    pub id: String,
    /// The environment's slug.
    pub environment: String,
    /// The user's id on the server of who asks.
    pub requester: String,
    /// This person asks.
    pub mine: bool,
    /// Whether it is sealed to this person; otherwise nothing is known of what is wanted and why.
    pub readable: bool,
    /// What is wanted.
    pub wanted: Vec<WantedItem>,
    /// Other values may be proposed.
    pub propose: bool,
    /// For so many seconds.
    pub seconds: u32,
    /// From when on, in milliseconds; `None` for as soon as it is approved.
    pub starts: Option<u64>,
    /// Why.
    pub reason: Zeroizing<String>,
    /// The number of a ticket.
    pub ticket: String,
    /// When the requester says it was made, in milliseconds.
    pub created: u64,
    /// Until when it waits for an answer.
    pub answer_until: u64,
    /// How it stands.
    pub state: AccessState,
    /// The approvals that count.
    pub approvals: Vec<ApprovalInfo>,
    /// What was said, oldest first.
    pub thread: Vec<Spoken>,
    /// To whom it is sealed, by the user's ids on the server.
    pub asked: Vec<String>,
    /// This person's approval would count now.
    pub may_approve: bool,
    /// This person may say no, or ask back.
    pub may_reject: bool,
    /// This person may open it alone in an emergency.
    pub may_open_alone: bool,
    /// This person may end what was granted.
    pub may_end: bool,
    /// The request that this one replaces or prolongs.
    pub follows: Option<String>,
    /// The rules that count for it, by the present keyring: of everything that is wanted together.
    pub rules: AccessRules,
    /// How many people have to approve, by these rules and the present members: one person counts in the rules of each
    /// folder, and only those to whom it is sealed. `None` where all of them could not let it through, and where it is sealed
    /// to others.
    pub needed: Option<usize>,
    /// Who opened it alone, and why, where somebody did and this person can know.
    pub emergency: Option<Emergency>,
    /// Whoever asks has other keys than those that signed it, or ones that this person has not compared since they were
    /// exchanged: nothing is approved or handed over ([`Error::KeyChanged`]).
    pub key_changed: bool,
    /// Other values were proposed under it. Everybody may know that; which ones, who reads the environment.
    pub has_proposals: bool,
    /// What was granted stands in the history and is open, but not all of it came to where the requester finds it: somebody
    /// who may approve hands it over again ([`Project::hand_over`]).
    pub undelivered: bool,
    /// Mine, and this device has its key.
    pub device_has_key: bool,
    /// The requester has asked for the current values, and nobody has handed them over since.
    pub wants_refresh: bool,
}

impl AccessRequest {
    /// Nobody can ever approve it by the present rules: too few of those to whom it is sealed are left who may.
    pub fn is_dead_end(&self) -> bool {
        self.readable && self.needed.is_none() && matches!(self.state, AccessState::Waiting { .. })
    }
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessState {
    /// Enough people have approved; nobody has handed the values over yet.
    Approved,
    /// What was granted has ended.
    Ended {
        /// When, in milliseconds.
        at: u64,
        /// By what.
        by: EndedBy,
    },
    /// It was granted.
    Granted {
        /// From when, in milliseconds. It may lie ahead.
        from: u64,
        /// Until when.
        until: u64,
    },
    /// Somebody who may approve said no.
    Rejected,
    /// Another request follows it.
    Replaced,
    /// Nobody answered in time.
    TimedOut,
    /// It waits.
    Waiting {
        /// For so many approvals.
        more: u8,
    },
    /// The requester does not need it any more.
    Withdrawn,
}

/// What ended a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The requester.
    GivenBack,
    /// Somebody who may approve.
    Revoked,
    /// Its time.
    Time,
}

/// An approval that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalInfo {
    /// The user's id on the server.
    pub user_id: String,
    /// When, by the approver's clock, in milliseconds.
    pub at: u64,
    /// For at most so many seconds.
    pub seconds: u32,
}

/// Something that was said about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The user's id on the server.
    pub user_id: String,
    /// When, by the speaker's clock, in milliseconds.
    pub at: u64,
    /// What it was.
    pub kind: SpokenKind,
    /// In words; empty where there are none.
    pub text: Zeroizing<String>,
}

/// What it was that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpokenKind {
    /// An answer to a question.
    Answered,
    /// An approval.
    Approved,
    /// A question.
    AskedBack,
    /// A value that was proposed is not taken over.
    Declined,
    /// What was granted is given back.
    GaveBack,
    /// A refusal.
    Rejected,
    /// A value that was proposed is taken back by who proposed it.
    TookBack,
    /// A value that was proposed was taken over.
    TookOver,
    /// The current values are wanted.
    WantsRefresh,
    /// It is not needed any more.
    Withdrew,
}

/// A request with everything that the inbox holds about it, opened as far as one's own keys go.
pub(super) struct Thread {
    pub(super) request: Request,
    pub(super) slug: String,
    pub(super) requester: String,
    pub(super) key: Option<ThreadKey>,
    pub(super) details: Option<Details>,
    /// By whom, when, what; oldest first.
    pub(super) said: Vec<(String, u64, Say)>,
    /// What was said and is sealed under a key that is not known.
    unheard: Vec<Message>,
    pub(super) grants: Vec<Grant>,
    pub(super) proposals: Vec<Proposal>,
    /// Another request of the same person follows it.
    pub(super) followed: bool,
    /// Since when its row is there, as the server says.
    listed: Option<u64>,
}

/// How a request stands, and what that was told by.
pub(super) struct Standing {
    pub(super) state: AccessState,
    /// How many people have to approve still; `None` where it does not go, and where it is sealed to others.
    pub(super) more: Option<usize>,
    /// For so many seconds, by the shortest approval.
    ttl: u32,
    /// Until when it waits for an answer.
    until: u64,
}

impl Thread {
    /// Takes the key of what was said, and what counts of it.
    fn hear(&mut self, key: ThreadKey, ring: &KeyringState) {
        let messages = std::mem::take(&mut self.unheard);
        let heard = messages.into_iter().filter_map(|message| {
            let (user, say) = message.open(&self.request, &key, ring).ok()?;
            Some((user.to_owned(), message.created(), say))
        });
        self.said.extend(heard);
        self.said.sort_by_key(|(_, at, _)| *at);
        self.key = Some(key);
    }

    /// Takes the key out of the notes of an environment's grants, where the request was sealed to others: whoever reads the
    /// environment may know what was said.
    pub(super) fn overhear(&mut self, notes: &[(Header, Note)], ring: &KeyringState) {
        if self.key.is_some() {
            return;
        }
        let own = notes
            .iter()
            .find(|(header, note)| note.request == self.request && note.check(header, ring).is_ok());
        if let Some((_, note)) = own {
            self.hear(note.thread.duplicate(), ring);
        }
    }

    pub(super) fn approvals(&self) -> impl Iterator<Item = Approval> {
        self.said.iter().filter_map(|(_, _, say)| match say {
            Say::Approve(approval, _) => Some(*approval),
            _ => None,
        })
    }

    /// The records that grant something under this request: whatever was handed over stands in the log.
    pub(super) fn records<'a>(&'a self, log: &'a Log) -> impl Iterator<Item = (&'a Header, &'a GrantPublic)> {
        let recipient = self.request.recipient_kid();
        log.headers().filter_map(move |header| {
            let grant = header.grant_public()?;
            (grant.kind == GrantKind::Values && grant.recipient == recipient).then_some((header, grant))
        })
    }

    /// When a grant ended before its time, and by what.
    pub(super) fn ended(&self, log: &Log, grant: &Digest) -> Option<(u64, EndedBy)> {
        let given_back = self.said.iter().find_map(|(_, at, say)| match say {
            Say::GiveBack(hash) if hash == grant => Some((*at, EndedBy::GivenBack)),
            _ => None,
        });
        given_back.or_else(|| log.ended(grant).map(|at| (at, EndedBy::Revoked)))
    }

    /// Whether a grant that a record names has ended, by its time or before.
    pub(super) fn is_over(&self, log: &Log, grant: &GrantPublic, now: u64) -> bool {
        grant.not_after <= now || self.ended(log, &grant.hash).is_some()
    }

    /// The grants that are recorded and open, and whose rows are not there: whoever recorded them did not come to leave them.
    pub(super) fn undelivered<'a>(&'a self, log: &'a Log, now: u64) -> impl Iterator<Item = Digest> {
        let open = self
            .records(log)
            .filter(move |(_, grant)| !self.is_over(log, grant, now));
        open.map(|(_, grant)| grant.hash)
            .filter(|hash| self.grants.iter().all(|row| row.hash() != *hash))
    }

    /// The time of an approval that is given now, for who is asked later: by how long the request has lain there, by this
    /// device's clock, and not by how long ago its maker says it was made. The server says since when it lies there; it can
    /// make that time shorter, and longer only to what the maker says.
    fn waited_until(&self, now: u64) -> u64 {
        let created = self.request.created();
        let listed = self.listed.unwrap_or(created).min(now);
        created.saturating_add(now.saturating_sub(listed.max(created)))
    }

    pub(super) fn asked(&self, ttl: u32, now: u64) -> Option<Asked<'_>> {
        let details = self.details.as_ref()?;
        Some(Asked {
            user: &self.requester,
            at: self.request.created(),
            reason: &details.reason,
            ticket: &details.ticket,
            ttl,
            begins: now.max(details.starts),
        })
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// The requests of this project, newest first, with everything that was said about them. The keys of this person's own
    /// that are over are wiped.
    pub async fn requests(&self) -> Result<Vec<AccessRequest>, Error> {
        // Before a server is asked: what is over by this device's clock is over without one.
        self.vault.forget_ended_keys().await?;
        self.refresh_ring().await?;
        let now = self.vault.device().now();
        let mut threads = self.threads(None).await?;
        let mut logs: BTreeMap<EnvUid, Option<Log>> = BTreeMap::new();
        for thread in &threads {
            let env = thread.request.env();
            if let Entry::Vacant(unread) = logs.entry(env) {
                unread.insert(self.current_log(&env, &thread.slug).await?);
            }
        }
        let log_of = |thread: &Thread| logs.get(&thread.request.env()).and_then(Option::as_ref);
        let is_undelivered =
            |thread: &Thread| log_of(thread).is_some_and(|log| thread.undelivered(log, now).next().is_some());
        if threads.iter().any(is_undelivered) {
            // The rows were read before the log: what was recorded between has come by now.
            threads = self.threads(None).await?;
        }
        let hashes: BTreeMap<Digest, RequestId> = threads
            .iter()
            .map(|thread| (thread.request.hash(), thread.request.id()))
            .collect();
        let mut requests = Vec::with_capacity(threads.len());
        for thread in &threads {
            let log = log_of(thread);
            let standing = self.standing(thread, log)?;
            let mut shown = self.shown(thread, log, &standing)?;
            if let Some(log) = log {
                shown.emergency = self.emergency(thread, log, &standing).await?;
            }
            let before = hashes.get(&thread.request.follows());
            shown.follows = before.map(RequestId::to_string);
            if shown.mine {
                shown.device_has_key = self.keeps_key(thread, &standing).await?;
            }
            requests.push(shown);
        }
        requests.sort_by_key(|request| std::cmp::Reverse(request.created));
        Ok(requests)
    }

    /// Whether this device has the key of an own request; where nothing can be opened with it any more it is wiped.
    async fn keeps_key(&self, thread: &Thread, standing: &Standing) -> Result<bool, Error> {
        let (id, now) = (thread.request.id(), self.vault.device().now());
        let over = match standing.state {
            AccessState::Ended { .. }
            | AccessState::Rejected
            | AccessState::Replaced
            | AccessState::Withdrawn => true,
            // What was approved in the last moment, by another clock, may be on its way.
            AccessState::TimedOut => standing.until.saturating_add(SKEW) <= now,
            AccessState::Approved | AccessState::Granted { .. } | AccessState::Waiting { .. } => false,
        };
        if over {
            self.vault.forget_request_key(&id).await?;
            return Ok(false);
        }
        let until = match standing.state {
            AccessState::Granted { until, .. } => Some(until),
            _ => None,
        };
        self.limit_request_key(&id, until).await
    }

    /// One request with everything about it.
    pub(super) async fn thread(&self, id: &str) -> Result<Thread, Error> {
        let id: RequestId = id.parse().map_err(|_| Error::NotFound)?;
        let mut threads = self.threads(Some(id)).await?;
        threads.pop().ok_or(Error::NotFound)
    }

    /// What the inbox holds of one request or of all. What is not what it claims to be is left out.
    pub(super) async fn threads(&self, only: Option<RequestId>) -> Result<Vec<Thread>, Error> {
        let (own, ring) = (self.own()?, self.ring()?);
        let rows = self.inbox_rows().await?;
        let about: Vec<(AboutRequest, RequestId, &Row, &str)> = rows
            .iter()
            .filter_map(|row| {
                let (what, id) = layout::about_request(&row.name)?;
                let wanted = only.is_none_or(|only| only == id) || what == AboutRequest::Request;
                wanted.then_some((what, id, row, row.value.as_deref()?))
            })
            .collect();
        let mut threads: BTreeMap<RequestId, Thread> = BTreeMap::new();
        let mut followers: Vec<Request> = Vec::new();
        for (what, id, row, text) in &about {
            let AboutRequest::Request = what else { continue };
            let Ok(request) = Request::parse(text) else {
                continue;
            };
            if request.follows() != Digest::ZERO && request.id() == *id {
                followers.push(request.clone());
            }
            if only.is_some_and(|only| only != *id) {
                continue;
            }
            let Ok(requester) = request.verify(&ring.state) else {
                continue;
            };
            let declared = ring.state.environment(&request.env());
            let Some(declared) = declared.filter(|env| request.id() == *id && !env.retired) else {
                continue;
            };
            let mut keys = own.identities.iter();
            let key = keys.find_map(|own| request.open_key(own).ok());
            let details = key.as_ref().and_then(|key| request.open(key).ok());
            let thread = Thread {
                slug: declared.server_ref.clone(),
                requester: requester.to_owned(),
                request,
                key,
                details,
                said: Vec::new(),
                grants: Vec::new(),
                proposals: Vec::new(),
                followed: false,
                listed: row.created,
                unheard: Vec::new(),
            };
            threads.insert(*id, thread);
        }
        if !followers.is_empty() {
            let mut by_hash: BTreeMap<Digest, &mut Thread> = threads
                .values_mut()
                .map(|thread| (thread.request.hash(), thread))
                .collect();
            for follower in followers {
                if let Some(before) = by_hash.get_mut(&follower.follows()) {
                    let same = follower
                        .verify(&ring.state)
                        .is_ok_and(|user| user == before.requester);
                    before.followed |= same;
                }
            }
        }
        for (what, id, _, text) in about {
            let Some(thread) = threads.get_mut(&id) else {
                continue;
            };
            match what {
                AboutRequest::Request => {}
                AboutRequest::Message => thread.unheard.extend(Message::parse(text).ok()),
                AboutRequest::Grant => {
                    let grant = Grant::parse(text).ok();
                    let theirs = grant.filter(|grant| grant.is_for(&thread.request, &ring.state));
                    thread.grants.extend(theirs);
                }
                AboutRequest::Proposal => thread.proposals.extend(Proposal::parse(text).ok()),
            }
        }
        for thread in threads.values_mut() {
            if let Some(key) = thread.key.take() {
                thread.hear(key, &ring.state);
            }
        }
        Ok(threads.into_values().collect())
    }

    /// The hashes of what was granted under a request and is not over, oldest first.
    pub(super) async fn granted(&self, thread: &Thread) -> Result<Vec<Digest>, Error> {
        let log = self.current_log(&thread.request.env(), &thread.slug).await?;
        let Some(log) = log else { return Ok(Vec::new()) };
        let now = self.vault.device().now();
        let open = thread
            .records(&log)
            .filter(|(_, grant)| !thread.is_over(&log, grant, now));
        Ok(open.map(|(_, grant)| grant.hash).collect())
    }

    /// The newest verified log of an environment, which every member may read; `None` where there is none that holds.
    pub(super) async fn current_log(&self, env: &EnvUid, slug: &str) -> Result<Option<Log>, Error> {
        let ring = self.ring()?;
        let opened = self.opened(env).and_then(|cell| cell.verified_log());
        let read = self.cell.logs.borrow().get(env).cloned();
        let known = [opened, read].into_iter().flatten().max_by_key(Log::next_seq);
        let (session, spot) = (
            &self.vault.inner.session,
            Spot {
                project: &self.cell.id,
                slug,
            },
        );
        let fetched = async {
            if let Some(mut log) = known
                && let Some(head) = log.head()
            {
                let headers = log::fetch_after(session, spot, &head).await?;
                if log::push_all(&mut log, headers, &ring.state).is_ok() {
                    return Ok(log);
                }
            }
            let pin = self.pinned(env)?.map(|pin| pin.head);
            let headers = log::fetch_headers(session, spot, 0).await?;
            Ok(log::from_start(*env, pin, headers, &ring.state)?)
        };
        match fetched.await {
            Ok(log) => {
                self.cell.logs.borrow_mut().insert(*env, log.clone());
                Ok(Some(log))
            }
            Err(error @ (Error::Offline | Error::Locked | Error::SessionExpired)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The rules for everything that a request wants, at the present keyring.
    pub(super) fn policies(&self, thread: &Thread) -> Result<Vec<Arc<Policy>>, Error> {
        let ring = self.ring()?;
        let wanted = thread.details.as_ref().map(|details| details.wanted.as_slice());
        Ok(policies_of(
            &ring.state,
            &thread.request.env(),
            wanted.unwrap_or_default(),
        ))
    }

    /// How many seats are empty in the rules for `ttl` seconds, of all folders together, if these people approve now as well:
    /// with none nothing is missing, and an approval that counts makes it fewer. `None` where nobody may approve.
    pub(super) fn missing(&self, thread: &Thread, ttl: u32, with: &[&str]) -> Result<Option<usize>, Error> {
        let (ring, now) = (self.ring()?, self.vault.device().now());
        let Some(asked) = thread.asked(ttl, now) else {
            return Ok(None);
        };
        let at = thread.waited_until(now);
        let votes: Vec<Vote<'_>> = thread
            .approvals()
            .filter_map(|approval| approval.vote(&thread.request, ttl, &ring.state, ring.state.seq()))
            .chain(with.iter().map(|&user| Vote { user, at }))
            .collect();
        let (env, seq) = (thread.request.env(), ring.state.seq());
        let policies = self.policies(thread)?;
        let each = policies
            .iter()
            .map(|policy| policy.missing(&ring.state, (&env, seq), &asked, &votes));
        Ok(each.sum())
    }

    /// How many people have to approve still: in the rules of several folders one person counts in each. `None` where those
    /// who may now cannot let it through.
    fn people_missing(&self, thread: &Thread, ttl: u32) -> Result<Option<usize>, Error> {
        let empty = self.missing(thread, ttl, &[])?;
        if self.policies(thread)?.len() < 2 {
            return Ok(empty);
        }
        let (ring, env) = (self.ring()?, thread.request.env());
        let approvers = approvers_in(&ring.state, &env);
        let (mut chosen, mut empty): (Vec<&str>, _) = (Vec::new(), empty);
        while empty.is_some_and(|empty| empty > 0) {
            let mut best = (empty, None);
            for &user in &approvers {
                let with = [chosen.as_slice(), &[user]].concat();
                let left = self.missing(thread, ttl, &with)?;
                if left < best.0 {
                    best = (left, Some(user));
                }
            }
            let (left, Some(user)) = best else { return Ok(None) };
            chosen.push(user);
            empty = left;
        }
        Ok(empty.map(|_| chosen.len()))
    }

    /// How a request stands now.
    pub(super) fn standing(&self, thread: &Thread, log: Option<&Log>) -> Result<Standing, Error> {
        let now = self.vault.device().now();
        let ttl = thread.approvals().map(|approval| approval.ttl).min();
        let ttl = ttl
            .or(thread.details.as_ref().map(|details| details.ttl))
            .unwrap_or(1);
        let more = self.people_missing(thread, ttl)?;
        let within = self
            .policies(thread)?
            .iter()
            .map(|policy| policy.answer_within)
            .min();
        let within = within.unwrap_or_else(|| Policy::default().answer_within);
        let until = thread.request.created().saturating_add(u64::from(within) * 1_000);
        Ok(Standing {
            state: state_of(thread, log, more, now, until),
            more,
            ttl,
            until,
        })
    }

    /// Whether whoever asks has other keys than those that signed the request, or ones that nobody here has compared since
    /// they were exchanged.
    pub(super) fn key_changed(&self, thread: &Thread) -> Result<bool, Error> {
        let ring = self.ring()?;
        let member = ring.state.member(&thread.requester);
        let member = member
            .filter(|member| member.rights.is_some() && member.keys.sign_kid() == thread.request.requester());
        member.map_or(Ok(true), |member| self.is_unconfirmed(member))
    }

    fn shown(&self, thread: &Thread, log: Option<&Log>, standing: &Standing) -> Result<AccessRequest, Error> {
        let ring = self.ring()?;
        let (me, now) = (&self.vault.inner.info.user_id, self.vault.device().now());
        let (request, env) = (&thread.request, thread.request.env());
        let mine = thread.requester == *me;
        let approver = ring.state.approves_at(me, &env, ring.state.seq());
        let Standing {
            state, ttl, until, ..
        } = *standing;
        let without_me = self.missing(thread, ttl, &[])?;
        let with_me = self.missing(thread, ttl, &[me])?;
        let policies = self.policies(thread)?;
        let open = matches!(state, AccessState::Waiting { .. });
        let wanted: Vec<WantedItem> = thread
            .details
            .iter()
            .flat_map(|details| details.wanted.iter().map(WantedItem::of))
            .collect();
        let votes = thread.approvals().filter_map(|approval| {
            let vote = approval.vote(request, ttl, &ring.state, ring.state.seq())?;
            Some(ApprovalInfo {
                user_id: vote.user.to_owned(),
                at: approval.at,
                seconds: approval.ttl,
            })
        });
        let is_sealed_to = |user: &str| {
            let mut keys = ring.state.keys_of(user);
            keys.any(|keys| request.is_for(&keys.kem_kid()))
        };
        let asked = ring
            .state
            .active()
            .filter(|(member, _)| member.user != thread.requester && is_sealed_to(&member.user));
        let details = thread.details.as_ref();
        let readable = details.is_some();
        let alone = |policy: &Arc<Policy>| policy.emergency.contains(me);
        // Whoever was let in later cannot open it.
        let is_able = |user: &&str| *user == thread.requester || is_sealed_to(user);
        let able = approvers_in(&ring.state, &env)
            .into_iter()
            .filter(is_able)
            .collect();
        let rules: Vec<&Policy> = policies.iter().map(Arc::as_ref).collect();
        Ok(AccessRequest {
            id: request.id().to_string(),
            environment: thread.slug.clone(),
            requester: thread.requester.clone(),
            mine,
            readable,
            propose: details.is_some_and(|details| details.verbs == Verbs::Propose),
            seconds: details.map_or(0, |details| details.ttl),
            starts: details.map(|details| details.starts).filter(|starts| *starts > 0),
            reason: details.map(|details| details.reason.clone()).unwrap_or_default(),
            ticket: details
                .map(|details| details.ticket.to_string())
                .unwrap_or_default(),
            created: request.created(),
            answer_until: until,
            state,
            approvals: votes.collect(),
            thread: thread.said.iter().map(spoken).collect(),
            asked: asked.map(|(member, _)| member.user.clone()).collect(),
            may_approve: readable && open && with_me < without_me,
            may_reject: readable && !mine && approver && (open || state == AccessState::Approved),
            may_open_alone: readable
                && approver
                && open
                && !policies.is_empty()
                && policies.iter().all(alone),
            may_end: approver && matches!(state, AccessState::Granted { .. }),
            follows: None,
            rules: self.rules_together(&thread.slug, &wanted)?,
            needed: readable
                .then(|| people_needed(&rules, &able, &thread.requester))
                .flatten(),
            emergency: None,
            key_changed: self.key_changed(thread)?,
            has_proposals: !thread.proposals.is_empty(),
            undelivered: log.is_some_and(|log| thread.undelivered(log, now).next().is_some()),
            device_has_key: false,
            wants_refresh: log.is_some_and(|log| {
                let newest = thread.records(log).last().map(|(_, grant)| grant.hash);
                let wanted = thread.said.iter().rev().find_map(|(_, _, say)| match say {
                    Say::Refresh(hash) => Some(*hash),
                    _ => None,
                });
                wanted.is_some() && wanted == newest && matches!(state, AccessState::Granted { .. })
            }),
            wanted,
        })
    }
}

fn state_of(thread: &Thread, log: Option<&Log>, more: Option<usize>, now: u64, until: u64) -> AccessState {
    if let Some(log) = log {
        let mut newest: Option<AccessState> = None;
        for (header, grant) in thread.records(log) {
            let row = thread.grants.iter().find(|row| row.hash() == grant.hash);
            let state = match thread.ended(log, &grant.hash) {
                Some((at, by)) => AccessState::Ended { at, by },
                None if grant.not_after <= now => AccessState::Ended {
                    at: grant.not_after,
                    by: EndedBy::Time,
                },
                None => AccessState::Granted {
                    from: row.map_or(header.created(), Grant::not_before),
                    until: grant.not_after,
                },
            };
            // One that is open counts more than one that has ended, and of those the one that ends last.
            let counts = match (newest, state) {
                (Some(AccessState::Granted { until: known, .. }), AccessState::Granted { until, .. }) => {
                    until >= known
                }
                (Some(AccessState::Granted { .. }), _) => false,
                _ => true,
            };
            if counts {
                newest = Some(state);
            }
        }
        if let Some(state) = newest {
            return state;
        }
    }
    let said = |which: fn(&Say) -> bool| thread.said.iter().any(|(_, _, say)| which(say));
    if said(|say| matches!(say, Say::Withdraw)) {
        AccessState::Withdrawn
    } else if said(|say| matches!(say, Say::Reject(_))) {
        AccessState::Rejected
    } else if more != Some(0) && now >= until {
        AccessState::TimedOut
    } else if thread.followed {
        AccessState::Replaced
    } else if more == Some(0) {
        AccessState::Approved
    } else {
        AccessState::Waiting {
            more: more.and_then(|more| u8::try_from(more).ok()).unwrap_or(u8::MAX),
        }
    }
}

fn spoken((user, at, say): &(String, u64, Say)) -> Spoken {
    let none = Zeroizing::default;
    let (kind, text) = match say {
        Say::Approve(_, text) => (SpokenKind::Approved, text.clone()),
        Say::Reject(text) => (SpokenKind::Rejected, text.clone()),
        Say::AskBack(text) => (SpokenKind::AskedBack, text.clone()),
        Say::Answer(text) => (SpokenKind::Answered, text.clone()),
        Say::Withdraw => (SpokenKind::Withdrew, none()),
        Say::GiveBack(_) => (SpokenKind::GaveBack, none()),
        Say::Refresh(_) => (SpokenKind::WantsRefresh, none()),
        Say::Decline(_, text) => (SpokenKind::Declined, text.clone()),
        Say::TookOver(_) => (SpokenKind::TookOver, none()),
        Say::TakeBack(_) => (SpokenKind::TookBack, none()),
    };
    Spoken {
        user_id: user.clone(),
        at: *at,
        kind,
        text,
    }
}

/// So far the clocks of two people may be apart, in milliseconds.
pub(super) const SKEW: u64 = 5 * 60_000;
