//! First account, sign-up by invitation, login, refresh and logout; the person behind a token.

use serde::{Deserialize, Serialize};

use crate::Endpoint;
use crate::id::{IdentityId, OrganizationId, ProjectId, UserId};

/// `POST /api/v1/admin/bootstrap`: [`Bootstrap`] → [`BootstrapAnswer`]
#[must_use]
pub fn bootstrap() -> Endpoint {
    Endpoint::new("/api/v1/admin/bootstrap")
}

/// `POST /api/v3/auth/login`: [`Login`] → [`LoginAnswer`]
#[must_use]
pub fn login() -> Endpoint {
    Endpoint::new("/api/v3/auth/login")
}

/// `POST /api/v3/auth/select-organization`: [`SelectOrganization`] → [`SelectOrganizationAnswer`]
#[must_use]
pub fn select_organization() -> Endpoint {
    Endpoint::new("/api/v3/auth/select-organization")
}

/// `POST /api/v1/auth/token`: `{}` and the refresh cookie → [`RefreshAnswer`]
#[must_use]
pub fn refresh() -> Endpoint {
    Endpoint::new("/api/v1/auth/token")
}

/// `POST /api/v1/auth/checkAuth`: `{}` → [`MessageAnswer`]
#[must_use]
pub fn check() -> Endpoint {
    Endpoint::new("/api/v1/auth/checkAuth")
}

/// `POST /api/v1/auth/logout`: `{}` → [`MessageAnswer`]
#[must_use]
pub fn logout() -> Endpoint {
    Endpoint::new("/api/v1/auth/logout")
}

/// `GET /api/v2/users/me` → [`UserAnswer`]
#[must_use]
pub fn me() -> Endpoint {
    Endpoint::new("/api/v2/users/me")
}

/// `PATCH /api/v2/users/me/name` with `firstName` and `lastName` → [`UserAnswer`]
#[must_use]
pub fn my_name() -> Endpoint {
    Endpoint::new("/api/v2/users/me/name")
}

/// `POST /api/v2/password/user/password-reset`: [`ChangePassword`] → an empty body.
///
/// Ends every other session of the person and clears the refresh cookie: log in again afterwards.
#[must_use]
pub fn change_password() -> Endpoint {
    Endpoint::new("/api/v2/password/user/password-reset")
}

/// `POST /api/v1/invite-org/signup`: [`Invite`] → [`InviteAnswer`]
#[must_use]
pub fn invite() -> Endpoint {
    Endpoint::new("/api/v1/invite-org/signup")
}

/// `POST /api/v1/invite-org/verify`: [`VerifyInvite`] → [`VerifyInviteAnswer`]
#[must_use]
pub fn verify_invite() -> Endpoint {
    Endpoint::new("/api/v1/invite-org/verify")
}

/// `POST /api/v3/signup/complete-account`: [`CompleteAccount`] → [`CompleteAccountAnswer`]
#[must_use]
pub fn complete_account() -> Endpoint {
    Endpoint::new("/api/v3/signup/complete-account")
}

/// Body of [`bootstrap`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Bootstrap {
    /// The first person's mail address.
    pub email: String,
    /// The login password (on Coffer's server: `LP` of PROTOCOL §3).
    pub password: String,
    /// The organisation's name.
    pub organization: String,
}

/// Answer of [`bootstrap`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BootstrapAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// The first person.
    pub user: BootstrapUser,
    /// The organisation.
    pub organization: BootstrapOrganization,
    /// The instance's administrator machine.
    pub identity: BootstrapIdentity,
}

/// The first person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootstrapUser {
    /// The login name.
    pub username: String,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The account.
    pub id: UserId,
    /// Whether the person runs the instance.
    #[serde(default)]
    pub super_admin: Option<bool>,
}

/// The organisation of the first person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BootstrapOrganization {
    /// The organisation.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
}

/// The instance's administrator machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BootstrapIdentity {
    /// The machine.
    pub id: IdentityId,
    /// Its name.
    pub name: String,
    /// How it logs in.
    pub credentials: BootstrapCredentials,
}

/// The access token of the instance's administrator machine.
#[derive(Clone, Serialize, Deserialize)]
pub struct BootstrapCredentials {
    /// The token.
    pub token: String,
}

impl std::fmt::Debug for BootstrapCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BootstrapCredentials")
    }
}

/// Body of [`login`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    /// The mail address.
    pub email: String,
    /// The login password.
    pub password: String,
}

/// Answer of [`login`]: a token without an organisation, and the refresh cookie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer {
    /// Good for [`select_organization`] and the list of organisations only.
    pub access_token: String,
}

/// Body of [`select_organization`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectOrganization {
    /// Which one.
    pub organization_id: OrganizationId,
}

/// Answer of [`select_organization`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectOrganizationAnswer {
    /// The access token; with `is_mfa_enabled` a token for the second factor only.
    pub token: String,
    /// Whether a second factor is asked.
    #[serde(default)]
    pub is_mfa_enabled: bool,
    /// Which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_method: Option<String>,
}

/// Answer of [`refresh`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshAnswer {
    /// The new access token.
    pub token: String,
    /// The new refresh token, which also comes as a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The organisation of the session, if one was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
}

/// Answer of [`check`], [`logout`] and others that have nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageAnswer {
    /// A sentence.
    pub message: String,
}

/// Answer of [`me`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserAnswer {
    /// The person.
    pub user: User,
}

/// A person's own account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The account.
    pub id: UserId,
    /// The login name.
    pub username: String,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Whether the person runs the instance.
    #[serde(default)]
    pub super_admin: Option<bool>,
}

/// Body of [`change_password`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The one that counts now.
    pub old_password: String,
    /// The one that counts from now on.
    pub new_password: String,
}

/// Body of [`invite`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Whom.
    pub invitee_emails: Vec<String>,
    /// Into which organisation.
    pub organization_id: OrganizationId,
    /// As what: `admin`, `member` or `no-access`.
    pub organization_role_slug: String,
    /// Projects that they become members of at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<InviteProject>,
}

/// A project that an invited person becomes a member of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteProject {
    /// Which one.
    pub id: ProjectId,
    /// As what: `admin`, `member`, `viewer` or `no-access`.
    pub project_role_slug: Vec<String>,
}

/// Answer of [`invite`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// One link per person who has no account yet, on servers that send no mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_invite_links: Option<Vec<CompleteInviteLink>>,
}

/// A link that completes a sign-up; the code in it is a credential.
#[derive(Clone, Serialize, Deserialize)]
pub struct CompleteInviteLink {
    /// For whom.
    pub email: String,
    /// `…/signupinvite?token=<code>&to=<email>&organization_id=<id>`
    pub link: String,
}

impl CompleteInviteLink {
    /// The sign-up code in the link (`token=` in its query), still percent-encoded; codes need no encoding.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        let query = self.link.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix("token="))
    }
}

impl std::fmt::Debug for CompleteInviteLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompleteInviteLink")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Body of [`verify_invite`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyInvite {
    /// Who.
    pub email: String,
    /// Into which organisation.
    pub organization_id: OrganizationId,
    /// The sign-up code of the invitation.
    pub code: String,
}

/// Answer of [`verify_invite`].
#[derive(Clone, Serialize, Deserialize)]
pub struct VerifyInviteAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// The sign-up token; absent if the account is already complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// Body of [`complete_account`], sent with the sign-up token as bearer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteAccount {
    /// Always `email`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The login password.
    pub password: String,
    /// A new organisation's name, for those who sign up without an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
}

/// Answer of [`complete_account`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteAccountAnswer {
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// The person.
    pub user: User,
    /// An access token.
    #[serde(default)]
    pub token: String,
    /// The organisation joined.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
}
