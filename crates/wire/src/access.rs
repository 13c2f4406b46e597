//! Just-in-time access: policies that say who may let members into a place for a while, and members' requests.

use serde::{Deserialize, Serialize};

use crate::id::{
    AccessPolicyId, AccessRequestId, AccessReviewId, EnvironmentId, MembershipId, PrivilegeId, ProjectId,
    UserId,
};
use crate::privilege::{Actions, Conditions, Matcher, Permission};
use crate::{Endpoint, Timestamp};

/// `GET ?projectSlug` → [`PoliciesAnswer`] or `POST` ([`NewPolicy`]) → [`PolicyAnswer`]
/// `/api/v1/access-approvals/policies`
#[must_use]
pub fn policies() -> Endpoint {
    Endpoint::new("/api/v1/access-approvals/policies")
}

/// `GET ?projectSlug&envSlug` → [`PolicyCountAnswer`] `/api/v1/access-approvals/policies/count`
#[must_use]
pub fn policy_count() -> Endpoint {
    policies().then("/count")
}

/// `GET` → [`DetailedPolicyAnswer`], `PATCH` ([`PolicyPatch`]) or `DELETE` → [`PolicyAnswer`]
/// `/api/v1/access-approvals/policies/:policy`
#[must_use]
pub fn policy(policy: &AccessPolicyId) -> Endpoint {
    policies().part(policy)
}

/// `GET ?projectSlug&authorUserId&envSlug` → [`RequestsAnswer`] or `POST ?projectSlug` ([`NewRequest`]) →
/// [`RequestAnswer`] `/api/v1/access-approvals/requests`
#[must_use]
pub fn requests() -> Endpoint {
    Endpoint::new("/api/v1/access-approvals/requests")
}

/// `GET ?projectSlug&policyId` → [`RequestCountAnswer`] `/api/v1/access-approvals/requests/count`
#[must_use]
pub fn request_count() -> Endpoint {
    requests().then("/count")
}

/// `PATCH` ([`Shortening`]) → [`RequestAnswer`] `/api/v1/access-approvals/requests/:request`
#[must_use]
pub fn request(request: &AccessRequestId) -> Endpoint {
    requests().part(request)
}

/// `POST` ([`NewReview`]) → [`ReviewAnswer`] `/api/v1/access-approvals/requests/:request/review`
#[must_use]
pub fn review(request: &AccessRequestId) -> Endpoint {
    self::request(request).then("/review")
}

/// `POST {}` → [`RevokedAnswer`] `/api/v1/access-approvals/requests/:request/revoke`
#[must_use]
pub fn revoke(request: &AccessRequestId) -> Endpoint {
    self::request(request).then("/revoke")
}

/// Body of `POST` on [`policies`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPolicy {
    /// In which project.
    pub project_slug: String,
    /// Its name, for people; made up if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// In which environments.
    pub environments: Vec<String>,
    /// The folder, or a pattern over folders: requests have to name exactly the same text.
    pub secret_path: String,
    /// Who may approve.
    pub approvers: Vec<Named>,
    /// Who may take access at once, with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bypassers: Vec<Named>,
    /// How many have to approve in a step that says nothing else.
    pub approvals: u64,
    /// How many have to approve in each step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals_required: Vec<StepNeed>,
    /// `hard`, or `soft` where bypassers count.
    pub enforcement_level: String,
    /// Whether an approver may approve their own request.
    pub allowed_self_approvals: bool,
    /// The longest that access may last, such as `2h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_time_period: Option<String>,
    /// How long a request waits for its answer, such as `1d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_expiration_time: Option<String>,
}

/// Body of `PATCH` on [`policy`]: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyPatch {
    /// A new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other environments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<String>>,
    /// Another folder or pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
    /// Other approvers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<Named>>,
    /// Other bypassers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypassers: Option<Vec<Named>>,
    /// How many have to approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<u64>,
    /// How many have to approve in each step; only with approvers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals_required: Option<Vec<StepNeed>>,
    /// `hard` or `soft`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforcement_level: Option<String>,
    /// Whether an approver may approve their own request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_self_approvals: Option<bool>,
    /// The longest that access may last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_time_period: Option<String>,
    /// How long a request waits for its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_expiration_time: Option<String>,
}

/// Somebody whom a policy names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// `user`, or `group` where a server has groups.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// Who, by the login name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The approver's step: the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// How many of the approver's step have to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals_required: Option<u64>,
}

impl Named {
    /// A person.
    #[must_use]
    pub fn user(id: UserId) -> Self {
        Self {
            kind: "user".to_owned(),
            id: Some(id),
            username: None,
            sequence: None,
            approvals_required: None,
        }
    }
}

/// How many have to approve in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepNeed {
    /// How many.
    pub number_of_approvals: u64,
    /// The step: the first is 1.
    pub step_number: u64,
}

/// Answer of `POST`, `PATCH` and `DELETE` of policies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// The policy.
    pub approval: Policy,
}

/// Answer of `GET` on [`policy`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DetailedPolicyAnswer {
    /// The policy.
    pub approval: DetailedPolicy,
}

/// Answer of `GET` on [`policies`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PoliciesAnswer {
    /// The policies of a project.
    pub approvals: Vec<DetailedPolicy>,
}

/// Answer of `GET` on [`policy_count`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyCountAnswer {
    /// How many.
    pub count: u64,
}

/// A policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// The policy.
    pub id: AccessPolicyId,
    /// Its name, for people.
    pub name: String,
    /// The folder, or a pattern over folders.
    pub secret_path: String,
    /// How many have to approve in a step that says nothing else.
    pub approvals: u64,
    /// The first of its environments.
    pub env_id: EnvironmentId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// `hard` or `soft`.
    pub enforcement_level: String,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// Whether an approver may approve their own request.
    pub allowed_self_approvals: bool,
    /// The first of its environments.
    pub environment: PolicyEnvironment,
    /// Its environments.
    #[serde(default)]
    pub environments: Vec<PolicyEnvironment>,
    /// In which project.
    pub project_id: ProjectId,
}

/// A policy and whom it names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailedPolicy {
    /// The policy.
    #[serde(flatten)]
    pub policy: Policy,
    /// Who may approve.
    #[serde(default)]
    pub approvers: Vec<Named>,
    /// Who may take access at once, with a reason.
    #[serde(default)]
    pub bypassers: Vec<Named>,
    /// The longest that access may last.
    #[serde(default)]
    pub max_time_period: Option<String>,
    /// How long a request waits for its answer.
    #[serde(default)]
    pub request_expiration_time: Option<String>,
}

/// An environment of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEnvironment {
    /// The environment.
    pub id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
}

/// A rule as the library CASL packs it: actions and subjects with commas between them, and where it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedRule(pub String, pub String, pub Conditions);

impl PackedRule {
    /// Asks for actions on a subject in a folder of an environment, in the only form that servers take.
    #[must_use]
    pub fn new(actions: &str, subject: &str, environment: &str, path: &str) -> Self {
        let conditions = Conditions {
            environment: Some(Matcher::Equals(environment.to_owned())),
            secret_path: Some(Matcher::glob(path)),
            secret_name: None,
        };
        Self(actions.to_owned(), subject.to_owned(), conditions)
    }

    /// The rules that it stands for.
    #[must_use]
    pub fn unpack(&self) -> Vec<Permission> {
        let words =
            |text: &str| -> Vec<String> { text.split(',').map(|word| word.trim().to_owned()).collect() };
        let rule = |subject: String| Permission {
            subject,
            action: Actions::Many(words(&self.0)),
            conditions: Some(self.2.clone()),
            inverted: false,
        };
        words(&self.1).into_iter().map(rule).collect()
    }

    /// The environment's slug and the folder or pattern, if the rule names both in the form that servers take.
    #[must_use]
    pub fn place(&self) -> Option<(&str, &str)> {
        let (Some(Matcher::Equals(environment)), Some(Matcher::Operators(path))) =
            (&self.2.environment, &self.2.secret_path)
        else {
            return None;
        };
        let alone = path.eq.is_none() && path.ne.is_none() && path.any.is_none();
        Some((environment.as_str(), path.glob.as_deref().filter(|_| alone)?))
    }
}

/// Body of `POST` on [`requests`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewRequest {
    /// What is asked for; all rules name the same place.
    pub permissions: Vec<PackedRule>,
    /// Whether it is for a while.
    pub is_temporary: bool,
    /// For how long, such as `1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temporary_range: Option<String>,
    /// Why: at most 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Body of `PATCH` on [`request`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortening {
    /// For how long instead.
    pub temporary_range: String,
    /// Why: at most 255 characters.
    pub edit_note: String,
}

/// Body of `POST` on [`review`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewReview {
    /// `approved` or `rejected`.
    pub status: String,
    /// Why a bypasser does not wait for approvers: 10 to 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass_reason: Option<String>,
}

/// Answer of `POST` on [`requests`] and `PATCH` on [`request`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestAnswer {
    /// The request.
    pub approval: Request,
}

/// Answer of [`revoke`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokedAnswer {
    /// The request.
    pub request: Request,
}

/// Answer of `GET` on [`requests`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestsAnswer {
    /// Those that the caller may see, newest first.
    pub requests: Vec<DetailedRequest>,
}

/// Answer of `GET` on [`request_count`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCountAnswer {
    /// How many wait.
    pub pending_count: u64,
    /// How many do not any more.
    pub finalized_count: u64,
}

/// Answer of [`review`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReviewAnswer {
    /// The review.
    pub review: Review,
}

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The request.
    pub id: AccessRequestId,
    /// Under which policy.
    pub policy_id: AccessPolicyId,
    /// What it opened, while it is there.
    #[serde(default)]
    pub privilege_id: Option<PrivilegeId>,
    /// Whether it is for a while.
    pub is_temporary: bool,
    /// For how long.
    #[serde(default)]
    pub temporary_range: Option<String>,
    /// What is asked for.
    pub permissions: Vec<PackedRule>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Who asks.
    pub requested_by_user_id: UserId,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
    /// When what it opened was deleted otherwise.
    #[serde(default)]
    pub privilege_deleted_at: Option<Timestamp>,
    /// `pending`, `approved`, `rejected` or `revoked`.
    pub status: String,
    /// Who shortened it.
    #[serde(default)]
    pub edited_by_user_id: Option<UserId>,
    /// Why.
    #[serde(default)]
    pub edit_note: Option<String>,
    /// Until when it can be answered.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When it was approved.
    #[serde(default)]
    pub approved_at: Option<Timestamp>,
    /// When what it opened was taken back.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
    /// Who approved it last.
    #[serde(default)]
    pub approved_by_user_id: Option<UserId>,
    /// Who took it back.
    #[serde(default)]
    pub revoked_by_user_id: Option<UserId>,
    /// Why nobody else was asked.
    #[serde(default)]
    pub bypass_reason: Option<String>,
}

/// A request in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailedRequest {
    /// The request.
    #[serde(flatten)]
    pub request: Request,
    /// The environment's slug.
    pub environment_name: String,
    /// Whether it was approved and not taken back.
    pub is_approved: bool,
    /// What it opened, while it is there.
    #[serde(default)]
    pub privilege: Option<Opened>,
    /// The policy as it is now.
    pub policy: RequestPolicy,
    /// Who answered what.
    pub reviewers: Vec<Reviewer>,
    /// Who asks.
    pub requested_by_user: Person,
    /// Who approved it last.
    #[serde(default)]
    pub approved_by_user: Option<Person>,
    /// Who took it back.
    #[serde(default)]
    pub revoked_by_user: Option<Person>,
}

/// The privilege that a request opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Whose.
    pub membership_id: MembershipId,
    /// Whether it ends by itself.
    pub is_temporary: bool,
    /// `relative` if it ends by itself.
    #[serde(default)]
    pub temporary_mode: Option<String>,
    /// For how long.
    #[serde(default)]
    pub temporary_range: Option<String>,
    /// From when.
    #[serde(default)]
    pub temporary_access_start_time: Option<Timestamp>,
    /// Until when.
    #[serde(default)]
    pub temporary_access_end_time: Option<Timestamp>,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// The policy of a request in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPolicy {
    /// The policy.
    pub id: AccessPolicyId,
    /// Its name.
    pub name: String,
    /// How many have to approve.
    pub approvals: u64,
    /// Who may approve.
    pub approvers: Vec<Approver>,
    /// Who may take access at once.
    pub bypassers: Vec<UserId>,
    /// The folder, or a pattern over folders.
    #[serde(default)]
    pub secret_path: Option<String>,
    /// The request's environment.
    pub env_id: EnvironmentId,
    /// `hard` or `soft`.
    pub enforcement_level: String,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// Whether an approver may approve their own request.
    pub allowed_self_approvals: bool,
    /// The longest that access may last.
    #[serde(default)]
    pub max_time_period: Option<String>,
    /// How long a request waits for its answer.
    #[serde(default)]
    pub request_expiration_time: Option<String>,
}

/// Somebody who may approve, in a list of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approver {
    /// Who.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The step: the first is 1.
    #[serde(default)]
    pub sequence: Option<u64>,
    /// How many of the step have to approve.
    #[serde(default)]
    pub approvals_required: Option<u64>,
    /// The mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The login name.
    #[serde(default)]
    pub username: Option<String>,
}

/// Somebody who answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reviewer {
    /// Who.
    pub user_id: UserId,
    /// `approved` or `rejected`.
    pub status: String,
}

/// Somebody in a list of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Who.
    pub user_id: UserId,
    /// The mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// The login name.
    pub username: String,
}

/// Somebody's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// The review.
    pub id: AccessReviewId,
    /// `approved` or `rejected`.
    pub status: String,
    /// Of which request.
    pub request_id: AccessRequestId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Whose.
    pub reviewer_user_id: UserId,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_packed_rule_is_written_as_it_was_read_and_names_its_place() {
        let text = r#"["read,edit","secrets,secret-folders",{"environment":"dev","secretPath":{"$glob":"/coffer"}}]"#;
        let rule: PackedRule = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        assert_eq!(rule.place(), Some(("dev", "/coffer")));
        let rules = rule.unpack();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[1].subject, "secret-folders");
        assert_eq!(rules[1].action.iter().collect::<Vec<_>>(), ["read", "edit"]);
        assert_eq!(
            PackedRule::new("read,edit", "secrets,secret-folders", "dev", "/coffer"),
            rule
        );
    }

    #[test]
    fn a_packed_rule_that_forbids_or_leaves_its_place_open_is_none() {
        for text in [
            r#"["read","secrets"]"#,
            r#"["read","secrets",{"environment":"dev","secretPath":{"$glob":"/"}},1]"#,
            r#"["read","secrets",{"environment":"dev","secretTags":{"$in":["a"]}}]"#,
        ] {
            assert!(serde_json::from_str::<PackedRule>(text).is_err(), "{text}");
        }
        for text in [
            r#"["read","secrets",{}]"#,
            r#"["read","secrets",{"environment":"dev"}]"#,
            r#"["read","secrets",{"environment":"dev","secretPath":"/"}]"#,
            r#"["read","secrets",{"environment":{"$ne":"dev"},"secretPath":{"$glob":"/"}}]"#,
            r#"["read","secrets",{"environment":"dev","secretPath":{"$glob":"/","$ne":"/a"}}]"#,
        ] {
            let rule: PackedRule = serde_json::from_str(text).unwrap();
            assert_eq!(rule.place(), None, "{text}");
        }
    }
}
