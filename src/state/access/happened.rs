//! What happened to requests since they were read before.

use std::collections::HashSet;

use coffer_client::{AccessRequest, AccessState, EndedBy, SpokenKind};

use super::standing::{asked_back, asks_me, needs_me};
use crate::{text::access as words, ui::Glyph};

/// What happened to a request since it was read before, as far as this person is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// Who asks has answered what this person asked.
    Answered,
    /// An approver asks this person something.
    AskedBack,
    /// What was granted to this person at a time that lay ahead has begun.
    Began,
    /// What was granted to this person has ended, not by themselves.
    Ended(EndedBy),
    /// What this person asked for is granted, now or at its time.
    Granted {
        /// It begins later.
        later: bool,
    },
    /// It waits for this person: to approve or to hand over.
    NeedsMe,
    /// Somebody opened it alone, in an emergency.
    OpenedAlone,
    /// A value that this person proposed is not taken over.
    ProposalDeclined,
    /// A value that this person proposed was taken over.
    ProposalTakenOver,
    /// What this person asked for is refused.
    Rejected,
    /// What was granted did not come to who asked: this person may hand it over again.
    Undelivered,
    /// The requester wants the current values from this person.
    WantsRefresh,
}

impl Happened {
    pub(super) fn glyph(self) -> Glyph {
        match self {
            Self::Answered | Self::AskedBack => Glyph::Comment,
            Self::Began | Self::Granted { .. } => Glyph::Unlock,
            Self::Ended(_) => Glyph::Clock,
            Self::NeedsMe => Glyph::Inbox,
            Self::OpenedAlone => Glyph::Flame,
            Self::ProposalDeclined | Self::Rejected => Glyph::Ban,
            Self::ProposalTakenOver => Glyph::Check,
            Self::Undelivered | Self::WantsRefresh => Glyph::Refresh,
        }
    }

    pub(super) fn said(self, who: &str, environment: &str) -> String {
        match self {
            Self::Answered => words::told_answered(who, environment),
            Self::AskedBack => words::told_question(environment),
            Self::Began => words::told_began(environment),
            Self::Ended(by) => words::told_ended(by, environment),
            Self::Granted { later } => words::told_granted(later, environment),
            Self::NeedsMe => words::told_needs_me(who, environment),
            Self::OpenedAlone => words::told_alone(None, environment, None),
            Self::ProposalDeclined => words::told_declined(environment),
            Self::ProposalTakenOver => words::told_took_over(environment),
            Self::Rejected => words::told_rejected(environment),
            Self::Undelivered => words::told_undelivered(who, environment),
            Self::WantsRefresh => words::told_wants_refresh(who, environment),
        }
    }
}

/// What happened between two readings, oldest request first. Of the first reading only an emergency that is still open is
/// news: everything else stands in the list, and was there before somebody came.
pub(super) fn happened(
    before: Option<&[AccessRequest]>,
    now: &[AccessRequest],
) -> Vec<(Happened, AccessRequest)> {
    let mut news = Vec::new();
    for request in now.iter().rev() {
        let what = match before {
            None => {
                let open = matches!(request.state, AccessState::Granted { .. });
                (open && is_announced(request)).then_some(Happened::OpenedAlone)
            }
            Some(before) => {
                let earlier = before.iter().find(|earlier| earlier.id == request.id);
                since(earlier, request)
            }
        };
        news.extend(what.map(|what| (what, request.clone())));
    }
    news
}

/// What happened to one request: the gravest of it.
fn since(before: Option<&AccessRequest>, now: &AccessRequest) -> Option<Happened> {
    let was = |what: fn(&AccessRequest) -> bool| before.is_some_and(what);
    let granted = |request: &AccessRequest| matches!(request.state, AccessState::Granted { .. });
    if is_announced(now) && !was(is_announced) {
        return Some(Happened::OpenedAlone);
    }
    if now.mine {
        // One's own that was not there before was made elsewhere a moment ago.
        let before = before?;
        return match now.state {
            AccessState::Granted { from, .. } if !granted(before) => Some(Happened::Granted {
                later: now.starts == Some(from),
            }),
            AccessState::Ended { by, .. } if granted(before) && by != EndedBy::GivenBack => {
                Some(Happened::Ended(by))
            }
            AccessState::Rejected if before.state != AccessState::Rejected => Some(Happened::Rejected),
            _ if asks_me(now) && !asks_me(before) => Some(Happened::AskedBack),
            _ => of_proposals(before, now),
        };
    }
    if needs_me(now) && !was(needs_me) {
        return Some(match now.may_end {
            true if now.undelivered => Happened::Undelivered,
            true => Happened::WantsRefresh,
            false => Happened::NeedsMe,
        });
    }
    (needs_me(now) && was(asked_back) && !asked_back(now)).then_some(Happened::Answered)
}

/// What others have said since about what this person proposed: the last of it.
fn of_proposals(before: &AccessRequest, now: &AccessRequest) -> Option<Happened> {
    let said = now.thread.iter().rev();
    let mut by_others = said.filter(|said| said.user_id != now.requester && !before.thread.contains(said));
    by_others.find_map(|said| match said.kind {
        SpokenKind::Declined => Some(Happened::ProposalDeclined),
        SpokenKind::TookOver => Some(Happened::ProposalTakenOver),
        _ => None,
    })
}

/// An emergency of which those who may approve are told.
fn is_announced(request: &AccessRequest) -> bool {
    request.emergency.is_some() && !request.mine && request.readable
}

/// Whether something planned begins now, of what was seen to lie ahead.
pub(super) fn begins(ahead: &mut HashSet<String>, request: &AccessRequest, now: u64) -> bool {
    match request.state {
        // By an approver's clock that is ahead of this one nothing was planned.
        AccessState::Granted { from, .. } if from > now && request.starts == Some(from) => {
            ahead.insert(request.id.clone());
            false
        }
        AccessState::Granted { .. } => ahead.remove(&request.id) && request.device_has_key,
        _ => {
            ahead.remove(&request.id);
            false
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use coffer_client::{AccessRules, Emergency, Spoken, SpokenKind, WantedItem};

    use super::*;

    /// A request that another person or this one has made for an hour of production.
    pub(in super::super) fn request(mine: bool, state: AccessState) -> AccessRequest {
        AccessRequest {
            id: "r1".into(),
            environment: "production".into(),
            requester: "jonas".into(),
            mine,
            readable: true,
            wanted: vec![WantedItem::Folder("/".into())],
            propose: false,
            seconds: 900,
            starts: None,
            reason: Default::default(),
            ticket: String::new(),
            created: 1,
            answer_until: 1_000_000,
            state,
            approvals: Vec::new(),
            thread: Vec::new(),
            asked: Vec::new(),
            may_approve: false,
            may_reject: false,
            may_open_alone: false,
            may_end: false,
            follows: None,
            rules: AccessRules::default(),
            emergency: None,
            has_proposals: false,
            key_changed: false,
            undelivered: false,
            needed: Some(1),
            device_has_key: mine,
            wants_refresh: false,
        }
    }

    fn alone_by_noor() -> Option<Emergency> {
        Some(Emergency {
            by: "noor".into(),
            why: "the pager went off".to_owned().into(),
        })
    }

    const WAITING: AccessState = AccessState::Waiting { more: 1 };
    const GRANTED: AccessState = AccessState::Granted { from: 10, until: 20 };

    #[test]
    fn what_happened_is_told_once_and_to_whom_it_concerns() {
        let to_me = |state| AccessRequest {
            may_approve: state == WAITING,
            ..request(false, state)
        };
        let spoken = |kind| Spoken {
            user_id: "noor".into(),
            at: 2,
            kind,
            text: Default::default(),
        };
        let asked = |mut request: AccessRequest| {
            request.thread.push(spoken(SpokenKind::AskedBack));
            request
        };
        let answered = |mut request: AccessRequest| {
            request.thread.push(spoken(SpokenKind::Answered));
            request
        };
        let alone = |mut request: AccessRequest| {
            request.emergency = alone_by_noor();
            request
        };
        let heard = |user: &str, kinds: &[SpokenKind]| {
            let mut granted = request(true, GRANTED);
            granted.thread = kinds.iter().copied().map(spoken).collect();
            for said in &mut granted.thread {
                said.user_id = user.into();
            }
            granted
        };
        let ended = |by| request(true, AccessState::Ended { at: 15, by });
        let planned = AccessRequest {
            starts: Some(10),
            ..request(true, GRANTED)
        };
        let lost = AccessRequest {
            may_end: true,
            undelivered: true,
            ..request(false, GRANTED)
        };
        let renewed = AccessRequest {
            may_end: true,
            wants_refresh: true,
            ..request(false, GRANTED)
        };
        for (before, now, told) in [
            (None, to_me(WAITING), Some(Happened::NeedsMe)),
            (Some(to_me(WAITING)), to_me(WAITING), None),
            (Some(request(false, WAITING)), request(false, GRANTED), None),
            (
                Some(request(false, GRANTED)),
                renewed,
                Some(Happened::WantsRefresh),
            ),
            (Some(request(false, GRANTED)), lost, Some(Happened::Undelivered)),
            (
                Some(asked(to_me(WAITING))),
                answered(asked(to_me(WAITING))),
                Some(Happened::Answered),
            ),
            (
                Some(to_me(WAITING)),
                alone(request(false, GRANTED)),
                Some(Happened::OpenedAlone),
            ),
            (
                Some(request(true, WAITING)),
                request(true, GRANTED),
                Some(Happened::Granted { later: false }),
            ),
            (
                Some(request(true, WAITING)),
                planned,
                Some(Happened::Granted { later: true }),
            ),
            (
                Some(request(true, WAITING)),
                request(true, AccessState::Rejected),
                Some(Happened::Rejected),
            ),
            (
                Some(request(true, WAITING)),
                asked(request(true, WAITING)),
                Some(Happened::AskedBack),
            ),
            (
                Some(request(true, GRANTED)),
                ended(EndedBy::Revoked),
                Some(Happened::Ended(EndedBy::Revoked)),
            ),
            (Some(request(true, GRANTED)), ended(EndedBy::GivenBack), None),
            (
                Some(request(true, GRANTED)),
                heard("noor", &[SpokenKind::Declined]),
                Some(Happened::ProposalDeclined),
            ),
            (
                Some(heard("noor", &[SpokenKind::Declined])),
                heard("noor", &[SpokenKind::Declined, SpokenKind::TookOver]),
                Some(Happened::ProposalTakenOver),
            ),
            (
                Some(heard("noor", &[SpokenKind::Declined])),
                heard("noor", &[SpokenKind::Declined]),
                None,
            ),
            // One's own word is no news.
            (
                Some(request(true, GRANTED)),
                heard("jonas", &[SpokenKind::TookBack]),
                None,
            ),
            (
                Some(request(true, GRANTED)),
                heard("jonas", &[SpokenKind::TookOver]),
                None,
            ),
            (None, request(true, WAITING), None),
        ] {
            let before: Vec<AccessRequest> = before.into_iter().collect();
            let news = happened(Some(&before), std::slice::from_ref(&now));
            assert_eq!(news.first().map(|(what, _)| *what), told, "{before:?} to {now:?}");
        }
    }

    #[test]
    fn who_comes_later_is_told_of_an_emergency_that_is_still_open_and_of_nothing_else() {
        let alone = |state| AccessRequest {
            emergency: alone_by_noor(),
            ..request(false, state)
        };
        let over = AccessState::Ended {
            at: 15,
            by: EndedBy::Time,
        };
        let all = [
            alone(GRANTED),
            alone(over),
            request(false, WAITING),
            request(true, GRANTED),
        ];
        let news = happened(None, &all);
        assert_eq!(news, [(Happened::OpenedAlone, alone(GRANTED))]);
    }

    #[test]
    fn what_was_planned_begins_once() {
        let planned = AccessRequest {
            starts: Some(10),
            ..request(true, GRANTED)
        };
        let mut ahead = HashSet::new();
        assert!(!begins(&mut ahead, &planned, 5));
        assert!(begins(&mut ahead, &planned, 10));
        assert!(!begins(&mut ahead, &planned, 11));
        // What was open when somebody came has not begun under their eyes.
        assert!(!begins(&mut HashSet::new(), &planned, 11));
        // Nor has what an approver gave whose clock is ahead.
        assert!(!begins(&mut ahead, &request(true, GRANTED), 5));
        assert!(!begins(&mut ahead, &request(true, GRANTED), 10));
    }
}
