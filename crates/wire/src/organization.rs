//! Organisations and their members.

use serde::{Deserialize, Serialize};

use crate::id::{MembershipId, OrganizationId, UserId};
use crate::{Endpoint, Timestamp};

/// `GET /api/v1/organization` → [`OrganizationsAnswer`]
#[must_use]
pub fn list() -> Endpoint {
    Endpoint::new("/api/v1/organization")
}

/// `GET /api/v2/organizations/:id/memberships` → [`OrganizationMembersAnswer`]
#[must_use]
pub fn members(id: &OrganizationId) -> Endpoint {
    Endpoint::new("/api/v2/organizations")
        .part(id)
        .then("/memberships")
}

/// `DELETE /api/v2/organizations/:id/memberships/:membership`
#[must_use]
pub fn member(id: &OrganizationId, membership: &MembershipId) -> Endpoint {
    members(id).part(membership)
}

/// Answer of [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationsAnswer {
    /// Those that the person belongs to.
    pub organizations: Vec<Organization>,
}

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// The organisation.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its slug.
    #[serde(default)]
    pub slug: String,
    /// The billing customer, never here.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// Whether everybody must use single sign-on.
    #[serde(default)]
    pub auth_enforced: Option<bool>,
    /// Whether directory sync is on.
    #[serde(default)]
    pub scim_enabled: Option<bool>,
    /// Whether a second factor is required.
    #[serde(default)]
    pub enforce_mfa: bool,
    /// The caller's role in it.
    #[serde(default)]
    pub user_role: Option<String>,
    /// Since when.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Changed when.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// Answer of [`members`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationMembersAnswer {
    /// The members and those who were invited.
    pub users: Vec<OrganizationMember>,
}

/// Somebody's place in an organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationMember {
    /// The membership.
    pub id: MembershipId,
    /// `admin`, `member` or `no-access`.
    pub role: String,
    /// `accepted` or `invited`.
    #[serde(default)]
    pub status: String,
    /// The address that the invitation went to.
    #[serde(default)]
    pub invite_email: Option<String>,
    /// The account.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The organisation.
    pub org_id: OrganizationId,
    /// A custom role, never here.
    #[serde(default)]
    pub role_id: Option<String>,
    /// Favourite projects, never here.
    #[serde(default)]
    pub project_favorites: Option<Vec<String>>,
    /// Whether the membership counts.
    #[serde(default = "yes")]
    pub is_active: bool,
    /// The person.
    pub user: crate::member::MemberUser,
}

fn yes() -> bool {
    true
}
