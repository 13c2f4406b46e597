//! Just-in-time access: policies, requests and what approvers answer.

use std::collections::HashMap;

use coffer_wire::access::PackedRule;
use coffer_wire::id::{AccessPolicyId, AccessRequestId, ProjectId, UserId};

use crate::StoreError;
use crate::model::{AccessPolicy, AccessRequest, AccessReview, Account, Enforcement, Period, Privilege};

/// Just-in-time access.
#[async_trait::async_trait]
pub trait Access: Send + Sync {
    /// Makes a policy. `Missing` for an environment that is not there or somebody who is no member.
    async fn create_access_policy(
        &self,
        project: &ProjectId,
        new: PolicyContent,
        now: u64,
    ) -> Result<AccessPolicy, StoreError>;

    /// The policies of a project that count, oldest first.
    async fn access_policies(&self, project: &ProjectId) -> Result<Vec<AccessPolicy>, StoreError>;

    /// A policy that counts.
    async fn access_policy(&self, id: &AccessPolicyId) -> Result<Option<AccessPolicy>, StoreError>;

    /// Replaces what a policy says; whom it names only if told.
    async fn update_access_policy(
        &self,
        id: &AccessPolicyId,
        content: PolicyContent,
        now: u64,
    ) -> Result<AccessPolicy, StoreError>;

    /// Ends a policy: what waits under it is turned down, what it opened stays until its own end.
    async fn delete_access_policy(&self, id: &AccessPolicyId, now: u64) -> Result<AccessPolicy, StoreError>;

    /// Asks for access under the policy whose path is exactly this; `Missing(AccessPolicy)` if there is none.
    async fn ask_for_access(&self, new: NewAccessRequest, now: u64) -> Result<AccessRequest, StoreError>;

    /// A request.
    async fn access_request(&self, id: &AccessRequestId) -> Result<Option<AccessRequest>, StoreError>;

    /// The requests of a project, newest first: all of them, or those that somebody made or may answer.
    async fn access_requests(
        &self,
        project: &ProjectId,
        seen_by: Option<&UserId>,
    ) -> Result<AccessRequests, StoreError>;

    /// Answers a request. With the last approval that is needed the privilege is given, in the same transaction: of
    /// answers that arrive together exactly one gives it.
    async fn review_access(
        &self,
        id: &AccessRequestId,
        reviewer: &UserId,
        answer: Answer,
        now: u64,
    ) -> Result<AccessReview, StoreError>;

    /// Shortens what is asked for, which takes back every approval so far.
    async fn shorten_access(
        &self,
        id: &AccessRequestId,
        approver: &UserId,
        period: Period,
        note: String,
        now: u64,
    ) -> Result<AccessRequest, StoreError>;

    /// Takes access back: its privilege goes with it. Whoever asked or may approve can, and whoever is `Authority::Any`.
    async fn revoke_access(
        &self,
        id: &AccessRequestId,
        by: &UserId,
        authority: Authority,
        now: u64,
    ) -> Result<AccessRequest, StoreError>;
}

/// What a policy says.
#[derive(Clone, Debug)]
pub struct PolicyContent {
    /// Its name, for people.
    pub name: String,
    /// The slugs of its environments; the same as before if empty.
    pub environments: Vec<String>,
    /// The folder, or a pattern over folders.
    pub path: String,
    /// How many have to approve in a step that says nothing else.
    pub approvals: u64,
    /// Whether bypassers count.
    pub enforcement: Enforcement,
    /// Whether an approver may approve their own request.
    pub self_approvals: bool,
    /// The longest that access may last.
    pub longest: Option<Period>,
    /// How long a request waits for its answer.
    pub waits: Option<Period>,
    /// Who may approve; the same as before if absent.
    pub approvers: Option<Vec<NamedApprover>>,
    /// Who may take access at once; the same as before if absent.
    pub bypassers: Option<Vec<Named>>,
}

/// Somebody who may approve.
#[derive(Clone, Debug)]
pub struct NamedApprover {
    /// Who.
    pub who: Named,
    /// In which step: the first is 1.
    pub step: u64,
    /// How many of the step have to approve.
    pub needed: Option<u64>,
}

/// Somebody whom a policy names.
#[derive(Clone, Debug)]
pub enum Named {
    /// By the account.
    Id(UserId),
    /// By the login name.
    Username(String),
}

/// A request to make.
#[derive(Clone, Debug)]
pub struct NewAccessRequest {
    /// In which project.
    pub project: ProjectId,
    /// In which environment, by its slug.
    pub environment: String,
    /// The path of the policy.
    pub path: String,
    /// Who asks.
    pub requester: UserId,
    /// What is asked for.
    pub permissions: Vec<PackedRule>,
    /// Whether the person asked for a while.
    pub is_temporary: bool,
    /// For how long; without end if absent.
    pub period: Option<Period>,
    /// Why.
    pub note: Option<String>,
}

/// What somebody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, as one of the approvers.
    Approve,
    /// Yes, without the approvers, for this reason.
    Bypass(String),
    /// No; of whoever asked: never mind.
    Reject,
}

/// With what right access is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// That of the project's administrators.
    Any,
    /// That of whoever asked or may approve.
    Own,
}

/// Requests, and everything that a list says about them.
#[derive(Clone, Debug, Default)]
pub struct AccessRequests {
    /// The requests, newest first.
    pub requests: Vec<AccessRequest>,
    /// Their policies, deleted ones too.
    pub policies: HashMap<String, AccessPolicy>,
    /// The privileges that are still there, by id.
    pub privileges: HashMap<String, Privilege>,
    /// The answers, by request, oldest first.
    pub reviews: HashMap<String, Vec<AccessReview>>,
    /// Everybody who asked, approved or took back, by id.
    pub people: HashMap<String, Account>,
}

/// Why access is not given, asked for or taken back like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The same is waiting for its answer.
    #[error("You are waiting for an answer to the same request already")]
    AlreadyAsked,
    /// Whoever answers did so before.
    #[error("You have answered this request already")]
    AlreadyReviewed,
    /// The request names a place that the policy does not cover any more.
    #[error("What the request names has changed since: it has to be asked for anew")]
    Changed,
    /// The request is not waiting.
    #[error("The request has been closed")]
    Closed,
    /// Nobody answered in time.
    #[error("The request has expired")]
    Expired,
    /// A privilege that came from a request is only taken back with it.
    #[error("This privilege was given by an access request: revoke that instead")]
    FromRequest,
    /// One person is one approver: who approves twice is not two.
    #[error("'{0}' is named as an approver more than once")]
    NamedTwice(String),
    /// Only what was approved can be taken back.
    #[error("Only approved requests can be revoked")]
    NotApproved,
    /// Nobody who may answer.
    #[error("You are not authorized to review this request")]
    NotReviewer,
    /// The new time is not less.
    #[error("An access request can only be shortened")]
    NotShorter,
    /// Nobody who may take it back.
    #[error("You are not authorized to revoke this request")]
    NotRevoker,
    /// An earlier step waits for its approvals.
    #[error("You are not a reviewer in the step that the request is in")]
    NotYourTurn,
    /// There is a policy for the same place.
    #[error("A policy for secret path '{path}' already exists in environment '{environment}'")]
    PolicyTaken {
        /// The environment's slug.
        environment: String,
        /// The path.
        path: String,
    },
    /// A step asks for more approvals than there are approvers in it.
    #[error("Step {0} needs more approvals than it has approvers")]
    TooFewApprovers(u64),
    /// The policy gives less.
    #[error("Requested access time range is limited to {0} by policy")]
    TooLong(String),
    /// Too many wait already.
    #[error("At most {0} of your requests can wait for an answer in a project")]
    TooMany(u64),
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
