//! Members of a project: people and machines.

use serde::{Deserialize, Serialize};

use crate::id::{IdentityId, MembershipId, ProjectId, UserId};
use crate::{Endpoint, Timestamp};

/// `GET` → [`MembersAnswer`], `POST` ([`NewMembers`]) → [`MembershipsAnswer`] or `DELETE` ([`RemoveMembers`])
/// `/api/v1/projects/:id/memberships`
#[must_use]
pub fn list(project: &ProjectId) -> Endpoint {
    crate::project::one(project).then("/memberships")
}

/// `PATCH /api/v1/projects/:id/memberships/:membership`: [`RolesPatch`] → [`RolesAnswer`]
#[must_use]
pub fn one(project: &ProjectId, membership: &MembershipId) -> Endpoint {
    list(project).part(membership)
}

/// `GET` → [`IdentityMembersAnswer`] `/api/v1/projects/:id/memberships/identities`
#[must_use]
pub fn identities(project: &ProjectId) -> Endpoint {
    list(project).then("/identities")
}

/// `POST`, `PATCH` ([`RolesPatch`]) or `DELETE` `/api/v1/projects/:id/memberships/identities/:identity`
#[must_use]
pub fn identity(project: &ProjectId, identity: &IdentityId) -> Endpoint {
    identities(project).part(identity)
}

/// Body of `POST` on [`list`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMembers {
    /// By mail address.
    #[serde(default)]
    pub emails: Vec<String>,
    /// By login name, in lower case.
    #[serde(default)]
    pub usernames: Vec<String>,
    /// `admin`, `member`, `viewer` or `no-access`; `member` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_slugs: Option<Vec<String>>,
}

/// Body of `DELETE` on [`list`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RemoveMembers {
    /// By mail address.
    #[serde(default)]
    pub emails: Vec<String>,
    /// By login name.
    #[serde(default)]
    pub usernames: Vec<String>,
}

/// Body of `PATCH` on [`one`] and [`identity`], and of `POST` on [`identity`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RolesPatch {
    /// The roles that count from now on.
    pub roles: Vec<RoleChoice>,
}

/// One role to give.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoleChoice {
    /// `admin`, `member`, `viewer` or `no-access`.
    pub role: String,
}

/// Answer of `GET` on [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MembersAnswer {
    /// The people.
    pub memberships: Vec<Member>,
}

/// A person's place in a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The membership.
    pub id: MembershipId,
    /// Since when.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// The account.
    pub user_id: UserId,
    /// The project.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    /// The person.
    pub user: MemberUser,
    /// The roles.
    #[serde(default)]
    pub roles: Vec<MemberRole>,
}

/// A person as other members see them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberUser {
    /// The login name.
    #[serde(default)]
    pub username: String,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether it was verified.
    #[serde(default)]
    pub is_email_verified: Option<bool>,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// How the person logs in.
    #[serde(default)]
    pub auth_methods: Option<Vec<String>>,
    /// The account.
    pub id: UserId,
    /// A left-over of the server's own past encryption: always null.
    #[serde(default)]
    pub public_key: Option<String>,
}

/// A role that somebody has.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberRole {
    /// The row.
    #[serde(default)]
    pub id: String,
    /// `admin`, `member`, `viewer`, `no-access` or `custom`.
    pub role: String,
    /// Of a custom role.
    #[serde(default)]
    pub custom_role_id: Option<String>,
    /// Of a custom role.
    #[serde(default)]
    pub custom_role_name: Option<String>,
    /// Of a custom role.
    #[serde(default)]
    pub custom_role_slug: Option<String>,
    /// Whether it ends by itself.
    #[serde(default)]
    pub is_temporary: bool,
    /// `relative`.
    #[serde(default)]
    pub temporary_mode: Option<String>,
    /// How long.
    #[serde(default)]
    pub temporary_range: Option<String>,
    /// From when.
    #[serde(default)]
    pub temporary_access_start_time: Option<Timestamp>,
    /// Until when.
    #[serde(default)]
    pub temporary_access_end_time: Option<Timestamp>,
}

/// Answer of `POST` and `DELETE` on [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MembershipsAnswer {
    /// The rows made or removed.
    pub memberships: Vec<Membership>,
}

/// A person's membership without the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The membership.
    pub id: MembershipId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The account.
    pub user_id: UserId,
    /// The project.
    pub project_id: ProjectId,
}

/// Answer of `PATCH` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RolesAnswer {
    /// The roles that count now.
    pub roles: Vec<MemberRole>,
}

/// Answer of `GET` on [`identities`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityMembersAnswer {
    /// The machines.
    pub identity_memberships: Vec<IdentityMember>,
    /// How many there are.
    #[serde(default)]
    pub total_count: u32,
}

/// A machine's place in a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityMember {
    /// The membership.
    pub id: MembershipId,
    /// The machine.
    pub identity_id: IdentityId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The roles.
    #[serde(default)]
    pub roles: Vec<MemberRole>,
    /// The machine.
    pub identity: MemberIdentity,
}

/// A machine as members see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberIdentity {
    /// Its name.
    pub name: String,
    /// The machine.
    pub id: IdentityId,
    /// How it logs in.
    #[serde(default)]
    pub auth_methods: Vec<String>,
}
