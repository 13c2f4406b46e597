//! What a store gives back: rows as Rust sees them. Times are milliseconds since 1970.

use coffer_wire::access::PackedRule;
use coffer_wire::id::{
    AccessPolicyId, AccessRequestId, AccessReviewId, AnswerId, ClientId, ClientSecretId, EnvironmentId,
    FolderId, IdentityId, LinkHandle, MembershipId, OrganizationId, PrivilegeId, ProjectId, RuleId, SecretId,
    SecretVersionId, SessionId, ShareId, UserId, WebhookId,
};
use coffer_wire::privilege::Permission;
use coffer_wire::rule::Inputs;
use coffer_wire::secret::Metadata;
use coffer_wire::webhook::{WebhookEvent, WebhookKind};
use serde::{Deserialize, Serialize};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A machine.
    Machine(IdentityId),
    /// A person.
    Person(UserId),
}

impl Actor {
    /// `user` or `identity`, as the API spells it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Machine(_) => "identity",
            Self::Person(_) => "user",
        }
    }

    /// The id, of whichever kind.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Machine(id) => id.as_str(),
            Self::Person(id) => id.as_str(),
        }
    }

    /// The person's id, for people.
    #[must_use]
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Machine(_) => None,
        }
    }

    /// The machine's id, for machines.
    #[must_use]
    pub fn machine(&self) -> Option<&IdentityId> {
        match self {
            Self::Machine(id) => Some(id),
            Self::Person(_) => None,
        }
    }
}

/// What somebody may do in a project. The order is that of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nothing but knowing of the project.
    NoAccess,
    /// Reading.
    Viewer,
    /// Reading and writing secrets and folders.
    Member,
    /// Everything.
    Admin,
}

impl Role {
    /// The slug.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAccess => "no-access",
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// Reads a slug.
    #[must_use]
    pub fn parse(slug: &str) -> Option<Self> {
        [Self::NoAccess, Self::Viewer, Self::Member, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == slug)
    }
}

/// What a member of a project has been given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The strongest role that counts now.
    pub role: Role,
    /// The rules of all privileges that count now, oldest first.
    pub privileges: Vec<Permission>,
}

/// What somebody may do in an organisation. The order is that of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrgRole {
    /// Nothing but what projects grant.
    NoAccess,
    /// Creating projects and seeing members.
    Member,
    /// Everything.
    Admin,
}

impl OrgRole {
    /// The slug.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAccess => "no-access",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// Reads a slug.
    #[must_use]
    pub fn parse(slug: &str) -> Option<Self> {
        [Self::NoAccess, Self::Member, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == slug)
    }
}

/// The server itself.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// Whether the first account exists.
    pub initialized: bool,
    /// Since when.
    pub created_at: u64,
}

/// A person's account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account.
    pub id: UserId,
    /// The login name: the mail address in lower case.
    pub username: String,
    /// The mail address.
    pub email: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// How the login password is checked; absent until the sign-up is complete.
    pub password_hash: Option<String>,
    /// Whether the person runs the instance.
    pub is_admin: bool,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// An organisation.
#[derive(Clone, Debug)]
pub struct Organization {
    /// The organisation.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A person's place in an organisation.
#[derive(Clone, Debug)]
pub struct OrgMember {
    /// The membership.
    pub id: MembershipId,
    /// The role.
    pub role: OrgRole,
    /// Whether the sign-up is complete.
    pub accepted: bool,
    /// The person.
    pub account: Account,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A person's session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The organisation selected.
    pub organization: Option<OrganizationId>,
    /// The name of the refresh token that counts.
    pub current: String,
    /// When that token was made.
    pub issued_at: u64,
    /// When the session ends.
    pub expires_at: u64,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug)]
pub enum Rotation {
    /// It was the current one: a new one counts from now on.
    Rotated(Session),
    /// It was replaced a moment ago (a second tab, a lost answer): the current one counts on.
    Repeated(Session),
    /// It was replaced before: somebody else has a copy, so the session is over.
    Stolen,
    /// There is no such session.
    Ended,
}

/// What a caller shows to be let in: it counts only if the store knows it.
#[derive(Clone, Debug)]
pub enum Pass {
    /// A machine's access token.
    Machine {
        /// The token's row.
        token: SessionId,
    },
    /// A person's session in an organisation.
    Person {
        /// The session.
        session: SessionId,
        /// The organisation.
        organization: OrganizationId,
    },
}

/// Whose pass it is.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A machine.
    Machine(MachineToken),
    /// A person, and the role in the organisation; absent for those who are not in it.
    Person(Session, Option<OrgRole>),
}

/// A machine identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The machine.
    pub id: IdentityId,
    /// The organisation.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its role in the organisation.
    pub role: OrgRole,
    /// Whether it may be deleted only after this is taken back.
    pub has_delete_protection: bool,
    /// Whether it has universal auth.
    pub has_universal_auth: bool,
    /// When it last logged in.
    pub last_login_at: Option<u64>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// How a machine's universal auth behaves; durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniversalSettings {
    /// How long a token lives.
    pub token_ttl: u64,
    /// How long it may be renewed.
    pub token_max_ttl: u64,
    /// How often it may be used; 0 is without limit.
    pub token_uses_limit: u64,
    /// Renewal period; 0 is none.
    pub token_period: u64,
    /// Whether bad tries lock the login.
    pub lockout_enabled: bool,
    /// After how many.
    pub lockout_threshold: u64,
    /// For how long.
    pub lockout_duration: u64,
    /// When bad tries are forgotten.
    pub lockout_reset: u64,
}

impl Default for UniversalSettings {
    fn default() -> Self {
        Self {
            token_ttl: 2_592_000,
            token_max_ttl: 2_592_000,
            token_uses_limit: 0,
            token_period: 0,
            lockout_enabled: true,
            lockout_threshold: 3,
            lockout_duration: 300,
            lockout_reset: 30,
        }
    }
}

/// Universal auth of a machine.
#[derive(Clone, Debug)]
pub struct UniversalAuth {
    /// The row.
    pub id: String,
    /// Whose.
    pub identity: IdentityId,
    /// The public half of the login.
    pub client_id: ClientId,
    /// How it behaves.
    pub settings: UniversalSettings,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A client secret, without the secret.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    /// The row.
    pub id: ClientSecretId,
    /// The universal auth it belongs to.
    pub universal_auth_id: String,
    /// Its first four digits.
    pub prefix: String,
    /// What it is for.
    pub description: String,
    /// How often it was used.
    pub uses: u64,
    /// How often it may be; 0 is without limit.
    pub uses_limit: u64,
    /// How long it lives, in seconds; 0 is without end.
    pub ttl: u64,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// What became of a machine's login.
#[derive(Clone, Debug)]
pub enum UniversalLogin {
    /// It worked.
    Granted(MachineToken),
    /// Too many bad tries.
    Locked,
    /// Wrong id or secret.
    Refused,
}

/// A machine's access token.
#[derive(Clone, Debug)]
pub struct MachineToken {
    /// The token's row.
    pub id: SessionId,
    /// Whose.
    pub identity: Identity,
    /// The client secret that it came from.
    pub client_secret: Option<ClientSecretId>,
    /// How long it lives after each renewal, in seconds.
    pub ttl: u64,
    /// How long it may be renewed, in seconds; 0 is without end.
    pub max_ttl: u64,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether it may not be used any more often.
    pub used_up: bool,
    /// Since when.
    pub created_at: u64,
    /// Until when.
    pub expires_at: u64,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project.
    pub id: ProjectId,
    /// The organisation.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its slug.
    pub slug: String,
    /// Whether the UI turns names into capitals.
    pub auto_capitalization: bool,
    /// Whether it may be deleted only after this is taken back.
    pub has_delete_protection: bool,
    /// Whether its secrets may be shared from the server's own UI.
    pub secret_sharing: bool,
    /// How many versions of a secret are kept.
    pub version_limit: u64,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
    /// Its environments, in order.
    pub environments: Vec<Environment>,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The environment.
    pub id: EnvironmentId,
    /// The project.
    pub project: ProjectId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Where in the list, from 1.
    pub position: u64,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A role that somebody has in a project, perhaps for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRole {
    /// The row.
    pub id: String,
    /// The role.
    pub role: Role,
    /// For how long, from when and until when, if it ends by itself.
    pub temporary: Option<Temporary>,
    /// Since when.
    pub created_at: u64,
}

/// The time of a role that ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temporary {
    /// As the API writes it, such as `2h`.
    pub range: String,
    /// From when.
    pub starts_at: u64,
    /// Until when.
    pub ends_at: u64,
}

/// A role to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChoice {
    /// The role.
    pub role: Role,
    /// For how long, if it ends by itself.
    pub temporary: Option<Temporary>,
}

/// What a member of a project may do beyond the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privilege {
    /// The privilege.
    pub id: PrivilegeId,
    /// The membership.
    pub member: MembershipId,
    /// The project.
    pub project: ProjectId,
    /// The person or machine.
    pub who: Actor,
    /// Its name among the member's.
    pub slug: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// For how long, if it ends by itself.
    pub temporary: Option<Temporary>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// As the API writes it, such as `2h`.
    pub text: String,
    /// In milliseconds.
    pub millis: u64,
}

/// Who may let members of a project into a place for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPolicy {
    /// The policy.
    pub id: AccessPolicyId,
    /// The project.
    pub project: ProjectId,
    /// Its name, for people.
    pub name: String,
    /// The folder, or a pattern over folders.
    pub path: String,
    /// Its environments, in their order.
    pub environments: Vec<Environment>,
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
    /// Who may approve.
    pub approvers: Vec<Approver>,
    /// Who may take access at once.
    pub bypassers: Vec<Bypasser>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
    /// When it was deleted.
    pub deleted_at: Option<u64>,
}

impl AccessPolicy {
    /// The steps in their order, each with how many of its approvers have to approve.
    #[must_use]
    pub fn steps(&self) -> Vec<(u64, u64)> {
        let mut steps: Vec<(u64, Option<u64>)> = Vec::new();
        for approver in &self.approvers {
            match steps.iter_mut().find(|(step, _)| *step == approver.step) {
                Some((_, needed)) => *needed = (*needed).max(approver.needed),
                None => steps.push((approver.step, approver.needed)),
            }
        }
        steps.sort_unstable();
        steps
            .into_iter()
            .map(|(step, needed)| (step, needed.unwrap_or(self.approvals)))
            .collect()
    }

    /// Whether somebody may approve.
    #[must_use]
    pub fn has_approver(&self, user: &UserId) -> bool {
        self.approvers
            .iter()
            .any(|approver| approver.is_member && approver.user == *user)
    }

    /// Whether somebody may take access at once.
    #[must_use]
    pub fn has_bypasser(&self, user: &UserId) -> bool {
        self.enforcement == Enforcement::Soft
            && self
                .bypassers
                .iter()
                .any(|bypasser| bypasser.is_member && bypasser.user == *user)
    }
}

/// Whether anybody may do without the approvers of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// Nobody.
    Hard,
    /// Those whom the policy names.
    Soft,
}

impl Enforcement {
    /// As the API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        }
    }
}

/// Somebody who may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Who.
    pub user: UserId,
    /// The login name.
    pub username: String,
    /// The mail address.
    pub email: String,
    /// In which step: the first is 1.
    pub step: u64,
    /// How many of the step have to approve.
    pub needed: Option<u64>,
    /// Whether they are in the project: whoever left it does not count, and the step does not need fewer for that.
    pub is_member: bool,
}

/// Somebody who may take access at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypasser {
    /// Who.
    pub user: UserId,
    /// The login name.
    pub username: String,
    /// Whether they are in the project: whoever left it does not count.
    pub is_member: bool,
}

/// A member's request to be let into a place for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessRequest {
    /// The request.
    pub id: AccessRequestId,
    /// Under which policy.
    pub policy: AccessPolicyId,
    /// The project.
    pub project: ProjectId,
    /// The environment.
    pub environment: EnvironmentId,
    /// Its slug.
    pub environment_slug: String,
    /// Who asks.
    pub requester: UserId,
    /// What it opened, while it is there.
    pub privilege: Option<PrivilegeId>,
    /// What is asked for.
    pub permissions: Vec<PackedRule>,
    /// Whether the person asked for a while, as the API says it beside the time itself.
    pub is_temporary: bool,
    /// For how long; without end if absent.
    pub period: Option<Period>,
    /// Why.
    pub note: Option<String>,
    /// What became of it.
    pub status: AccessStatus,
    /// Who shortened it.
    pub edited_by: Option<UserId>,
    /// Why.
    pub edit_note: Option<String>,
    /// Until when it can be answered.
    pub expires_at: Option<u64>,
    /// When it was approved.
    pub approved_at: Option<u64>,
    /// Who approved it last.
    pub approved_by: Option<UserId>,
    /// When it was taken back.
    pub revoked_at: Option<u64>,
    /// Who took it back.
    pub revoked_by: Option<UserId>,
    /// Why nobody else was asked.
    pub bypass_reason: Option<String>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// What became of a request for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessStatus {
    /// Access was given; it may have ended since.
    Approved,
    /// Nobody decided yet.
    Pending,
    /// It was turned down or withdrawn.
    Rejected,
    /// Access was taken back.
    Revoked,
}

impl AccessStatus {
    /// As the API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }

    /// Reads the API's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Approved, Self::Pending, Self::Rejected, Self::Revoked]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// Somebody's answer to a request for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessReview {
    /// The review.
    pub id: AccessReviewId,
    /// Of which request.
    pub request: AccessRequestId,
    /// Whose.
    pub reviewer: UserId,
    /// Whether it says yes.
    pub approves: bool,
    /// Since when.
    pub created_at: u64,
}

/// A membership of a project.
#[derive(Clone, Debug)]
pub struct Member<Who> {
    /// The membership.
    pub id: MembershipId,
    /// The project.
    pub project: ProjectId,
    /// The person or machine.
    pub who: Who,
    /// The roles.
    pub roles: Vec<GivenRole>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// Where secrets and folders lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The project.
    pub project: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder: absolute, without a slash at the end.
    pub path: String,
}

impl Place {
    /// The same environment, another folder.
    #[must_use]
    pub fn with_path(&self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..self.clone()
        }
    }
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub id: FolderId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The folder it lies in; absent for the root.
    pub parent: Option<FolderId>,
    /// Its name.
    pub name: String,
    /// Its absolute path.
    pub path: String,
    /// What it is for.
    pub description: Option<String>,
    /// Counts its changes.
    pub version: u64,
    /// When a secret in it changed.
    pub last_secret_modified: Option<u64>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// What a project asks of secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRule {
    /// The rule.
    pub id: RuleId,
    /// The project.
    pub project: ProjectId,
    /// The environment and its slug; all if absent.
    pub environment: Option<(EnvironmentId, String)>,
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The folder, or a pattern over folders.
    pub path: String,
    /// What it asks.
    pub inputs: Inputs,
    /// Whether it counts.
    pub is_active: bool,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A secret's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// The row.
    pub id: SecretId,
    /// Its folder.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The person whose own it is; absent for shared ones.
    pub owner: Option<UserId>,
    /// Counts its changes.
    pub version: u64,
    /// Names this version: no two states of any secret share it.
    pub version_id: SecretVersionId,
    /// The value.
    pub value: String,
    /// The comment.
    pub comment: String,
    /// Labels.
    pub metadata: Vec<Metadata>,
    /// A reminder's text.
    pub reminder_note: Option<String>,
    /// A reminder's period.
    pub reminder_days: Option<f64>,
    /// Whether expansion leaves line ends alone.
    pub skip_multiline: bool,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// A past or present state of a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretVersion {
    /// The version's row.
    pub id: SecretVersionId,
    /// Which version.
    pub version: u64,
    /// The name it had.
    pub name: String,
    /// The value it had.
    pub value: String,
    /// The comment it had.
    pub comment: String,
    /// `user` or `identity`.
    pub actor_type: String,
    /// Who made it.
    pub actor_id: String,
    /// Since when.
    pub created_at: u64,
}

/// Where a secret lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlace {
    /// The project.
    pub project: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub folder: FolderId,
}

/// A shared secret.
#[derive(Clone, Debug)]
pub struct Share {
    /// The share.
    pub id: ShareId,
    /// A name.
    pub name: Option<String>,
    /// How its password is checked.
    pub password_hash: Option<String>,
    /// Who may open it.
    pub access: ShareAccess,
    /// In which organisation.
    pub organization: Option<OrganizationId>,
    /// Who made it.
    pub creator: Option<Actor>,
    /// How many views are left; absent is without limit.
    pub views_left: Option<u64>,
    /// How often it was opened.
    pub opened: u64,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Whether it was an administrator who did so.
    pub ended_by_admin: bool,
    /// Whether somebody who could open it destroyed it.
    pub destroyed: bool,
    /// How long it lives on once it was opened, in milliseconds.
    pub after_view: Option<u64>,
    /// From which networks it opens, as written; from everywhere if empty.
    pub networks: Vec<String>,
    /// Whether only the device that opened it first opens it again.
    pub one_device: bool,
    /// Whether its openings are noted.
    pub receipts: bool,
    /// Whether nobody who may open it may destroy it.
    pub sender_ends: bool,
    /// Its file, if it has one.
    pub file: Option<SharedFile>,
    /// When it ends.
    pub expires_at: u64,
    /// When it was last opened.
    pub last_viewed_at: Option<u64>,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

/// The file of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedFile {
    /// What its pieces have together.
    pub bytes: u64,
    /// How many of them have not come yet.
    pub missing: u64,
}

/// Somebody who opens a share.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// From where, for the receipt.
    pub address: &'a str,
    /// The hash of what their device proves itself with.
    pub device: Option<&'a str>,
    /// When.
    pub now: u64,
}

/// That a share was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// From where.
    pub address: String,
    /// When.
    pub at: u64,
}

/// How much somebody may have shared at once.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Bytes of what is shared, without files, and as many of answers to requests.
    pub bytes: u64,
    /// Bytes of the files that are shared.
    pub files: u64,
    /// Shares that have not ended, and as many answers to requests, counting those that may still come.
    pub live: u64,
}

/// A request for a secret.
#[derive(Clone, Debug)]
pub struct SecretRequest {
    /// The request.
    pub id: ShareId,
    /// A name.
    pub name: Option<String>,
    /// Who may answer.
    pub access: ShareAccess,
    /// In which organisation.
    pub organization: OrganizationId,
    /// Who asks.
    pub creator: Actor,
    /// How many answers it takes.
    pub most: u64,
    /// How many it has.
    pub answers: u64,
    /// Whether an administrator ended it before its time.
    pub ended_by_admin: bool,
    /// When it ends.
    pub expires_at: u64,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

impl SecretRequest {
    /// Whether it takes no more answers.
    pub fn is_full(&self) -> bool {
        self.answers >= self.most
    }
}

/// A share or request as administrators see it.
#[derive(Clone, Debug)]
pub struct OverseenLink {
    /// What it is ended by.
    pub handle: LinkHandle,
    /// What it is.
    pub what: OverseenWhat,
    /// Whose; absent if they are gone.
    pub owner: Option<LinkOwner>,
    /// When it ends.
    pub expires_at: u64,
    /// Since when.
    pub created_at: u64,
}

/// What administrators see of a share or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverseenWhat {
    /// A request for a secret.
    Request {
        /// How many answers it has.
        answers: u64,
        /// How many it takes.
        most: u64,
    },
    /// A share.
    Share {
        /// How many views are left; absent is without limit.
        views_left: Option<u64>,
        /// How often it was opened.
        opened: u64,
        /// What its file has.
        file_bytes: Option<u64>,
    },
}

/// Who made a share or request.
#[derive(Clone, Debug)]
pub struct LinkOwner {
    /// Who.
    pub actor: Actor,
    /// What they are called.
    pub name: String,
    /// Whether they belong to the organisation still.
    pub is_member: bool,
}

/// An answer to a request.
#[derive(Clone, Debug)]
pub struct SecretAnswer {
    /// The answer.
    pub id: AnswerId,
    /// An opaque text.
    pub value: String,
    /// When it came.
    pub at: u64,
}

/// Who may open a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareAccess {
    /// Everybody who has the link.
    Anyone,
    /// Members of its organisation.
    Organization,
}

impl ShareAccess {
    /// As the API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Organization => "organization",
        }
    }
}

/// An address elsewhere that is told that something happened.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The webhook.
    pub id: WebhookId,
    /// What it is about.
    pub scope: WebhookScope,
    /// Who reads it.
    pub kind: WebhookKind,
    /// The address.
    pub url: String,
    /// What signs, if anything does.
    pub secret: Option<String>,
    /// What is told; everything if empty.
    pub events: Vec<WebhookEvent>,
    /// Whether it rests.
    pub is_disabled: bool,
    /// When it was tried last.
    pub last_run_at: Option<u64>,
    /// Why that failed, if it did.
    pub last_error: Option<String>,
    /// How much waits to be told.
    pub waiting: u64,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

impl Webhook {
    /// Whose it is: a project's or an account's.
    #[must_use]
    pub fn owner(&self) -> &str {
        match &self.scope {
            WebhookScope::Account { user, .. } => user.as_str(),
            WebhookScope::Environment { project, .. } => project.as_str(),
        }
    }
}

/// What a webhook is about.
#[derive(Clone, Debug)]
pub enum WebhookScope {
    /// The links of an account.
    Account {
        /// Whose.
        user: UserId,
        /// In which organisation.
        organization: OrganizationId,
    },
    /// An environment.
    Environment {
        /// The project.
        project: ProjectId,
        /// Its name.
        project_name: String,
        /// The environment.
        environment: EnvironmentId,
        /// Its name.
        name: String,
        /// Its slug.
        slug: String,
        /// The folder, or a pattern over folders.
        path: String,
    },
}

/// Something that is to be told to a webhook now.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names it: a receiver that gets it twice can tell.
    pub id: String,
    /// To whom.
    pub webhook: Webhook,
    /// What.
    pub news: News,
}

/// What a webhook is told of. There is nothing in it that somebody keeps secret from a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum News {
    /// Somebody asks for access.
    AccessRequested {
        /// The environment's slug.
        environment: String,
    },
    /// A request for a secret was answered.
    RequestAnswered {
        /// The request.
        request: ShareId,
        /// How many answers there are now, which tells apart those of one moment.
        #[serde(default)]
        answers: u64,
        /// When.
        at: u64,
    },
    /// The time of a request for a secret is over.
    RequestExpired {
        /// The request.
        request: ShareId,
        /// How many answers there are.
        answers: u64,
        /// When.
        at: u64,
    },
    /// Secrets of a folder were made, changed or deleted.
    SecretsModified {
        /// The folder.
        path: String,
        /// By whom: `user` or `identity`.
        kind: String,
        /// The id of who it was.
        by: String,
    },
    /// A share was destroyed by who could open it.
    ShareDestroyed {
        /// The share.
        share: ShareId,
        /// When.
        at: u64,
    },
    /// The time of a share is over.
    ShareExpired {
        /// The share.
        share: ShareId,
        /// How often it was opened.
        #[serde(default)]
        opened: u64,
        /// When.
        at: u64,
    },
    /// A share was opened.
    ShareViewed {
        /// The share.
        share: ShareId,
        /// How often it still opens; without limit if absent.
        left: Option<u64>,
        /// How often it was opened with this one, which tells apart those of one moment.
        #[serde(default)]
        opened: u64,
        /// When.
        at: u64,
    },
}

impl News {
    /// What it is called.
    #[must_use]
    pub fn event(&self) -> WebhookEvent {
        match self {
            Self::AccessRequested { .. } => WebhookEvent::AccessRequested,
            Self::RequestAnswered { .. } => WebhookEvent::RequestAnswered,
            Self::RequestExpired { .. } => WebhookEvent::RequestExpired,
            Self::SecretsModified { .. } => WebhookEvent::SecretsModified,
            Self::ShareDestroyed { .. } => WebhookEvent::ShareDestroyed,
            Self::ShareExpired { .. } => WebhookEvent::ShareExpired,
            Self::ShareViewed { .. } => WebhookEvent::ShareViewed,
        }
    }
}
