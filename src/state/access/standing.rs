//! How a request stands: who is waited for, and whether what was granted is open.

use coffer_client::{AccessRequest, AccessState, EndedBy, Error, SpokenKind};

/// A request waits for this person: to approve, to hand over, or to hand over again.
pub(crate) fn needs_me(request: &AccessRequest) -> bool {
    request.may_approve
        || (request.state == AccessState::Approved && request.may_reject)
        || (request.may_end && (request.wants_refresh || request.undelivered))
}

/// An approver asks this person something about their own request.
pub(super) fn asks_me(request: &AccessRequest) -> bool {
    request.mine && is_waiting(request) && asked_back(request)
}

/// An approver asked something and nobody has answered.
pub(crate) fn asked_back(request: &AccessRequest) -> bool {
    let last = request
        .thread
        .iter()
        .rfind(|said| matches!(said.kind, SpokenKind::AskedBack | SpokenKind::Answered));
    last.is_some_and(|said| said.kind == SpokenKind::AskedBack)
}

pub(super) fn is_to_settle(request: &AccessRequest) -> bool {
    matches!(
        request.state,
        AccessState::Ended {
            by: EndedBy::GivenBack | EndedBy::Time,
            ..
        }
    )
}

/// A request that can still be granted.
pub(crate) fn is_waiting(request: &AccessRequest) -> bool {
    matches!(request.state, AccessState::Waiting { .. } | AccessState::Approved)
}

/// What was granted can be used now.
pub(crate) fn is_open(request: &AccessRequest, now: u64) -> bool {
    matches!(request.state, AccessState::Granted { from, until } if from <= now && now < until)
}

/// Until when something is granted; 0 where nothing is.
pub(super) fn until(request: &AccessRequest) -> u64 {
    match request.state {
        AccessState::Granted { until, .. } => until,
        _ => 0,
    }
}

/// Somebody else decided first, or what is known of whoever asks has changed: the page shows something that is not so any
/// more.
pub(crate) fn is_overtaken(error: &Error) -> bool {
    matches!(
        error,
        Error::Conflict
            | Error::GrantRefused(_)
            | Error::KeyChanged
            | Error::NotFound
            | Error::RequestDecided(_)
    )
}
