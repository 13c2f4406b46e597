//! Machine identities and universal auth.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, ClientSecretId, IdentityId, OrganizationId};
use crate::{Endpoint, Timestamp};

/// `POST /api/v1/identities`: [`NewIdentity`] → [`IdentityAnswer`]
#[must_use]
pub fn create() -> Endpoint {
    Endpoint::new("/api/v1/identities")
}

/// `GET`, `PATCH` or `DELETE` `/api/v1/identities/:id`
#[must_use]
pub fn one(id: &IdentityId) -> Endpoint {
    create().part(id)
}

/// `GET /api/v1/identities/details` → [`IdentityDetailsAnswer`]
#[must_use]
pub fn details() -> Endpoint {
    create().then("/details")
}

/// `POST` (`{}` for the defaults), `GET` or `DELETE` `/api/v1/auth/universal-auth/identities/:id` → [`UniversalAuthAnswer`]
#[must_use]
pub fn universal_auth(id: &IdentityId) -> Endpoint {
    Endpoint::new("/api/v1/auth/universal-auth/identities").part(id)
}

/// `POST` ([`NewClientSecret`]) → [`ClientSecretAnswer`] `…/client-secrets`
#[must_use]
pub fn client_secrets(id: &IdentityId) -> Endpoint {
    universal_auth(id).then("/client-secrets")
}

/// `POST …/client-secrets/:secret/revoke`: `{}`
#[must_use]
pub fn revoke_client_secret(id: &IdentityId, secret: &ClientSecretId) -> Endpoint {
    client_secrets(id).part(secret).then("/revoke")
}

/// `POST /api/v1/auth/universal-auth/login`: [`UniversalLogin`] → [`MachineTokenAnswer`]
#[must_use]
pub fn universal_login() -> Endpoint {
    Endpoint::new("/api/v1/auth/universal-auth/login")
}

/// `POST /api/v1/auth/token/renew`: [`MachineToken`] → [`MachineTokenAnswer`]
#[must_use]
pub fn renew() -> Endpoint {
    Endpoint::new("/api/v1/auth/token/renew")
}

/// `POST /api/v1/auth/token/revoke`: [`MachineToken`]
#[must_use]
pub fn revoke() -> Endpoint {
    Endpoint::new("/api/v1/auth/token/revoke")
}

/// Body of [`create`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewIdentity {
    /// Its name.
    pub name: String,
    /// The organisation it belongs to.
    pub organization_id: OrganizationId,
    /// Its role there: `admin`, `member` or `no-access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// Answer of [`create`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityAnswer {
    /// The machine.
    pub identity: Identity,
}

/// A machine identity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The machine.
    pub id: IdentityId,
    /// Its name.
    pub name: String,
    /// Legacy, always null.
    #[serde(default)]
    pub auth_method: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Whether it may be deleted only after this is taken back.
    #[serde(default)]
    pub has_delete_protection: bool,
    /// The organisation.
    pub org_id: OrganizationId,
    /// The project, for machines of one project.
    #[serde(default)]
    pub project_id: Option<String>,
    /// How it logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_methods: Option<Vec<String>>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<serde_json::Value>>,
}

/// Answer of [`details`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityDetailsAnswer {
    /// What a machine may know of itself.
    pub identity_details: IdentityDetails,
}

/// What a machine may know of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityDetails {
    /// The organisation it belongs to.
    pub organization: crate::login::BootstrapOrganization,
}

/// Answer of [`universal_auth`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UniversalAuthAnswer {
    /// The settings.
    pub identity_universal_auth: UniversalAuth,
}

/// How a machine logs in with a client id and secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UniversalAuth {
    /// The row.
    pub id: String,
    /// The public half of its login.
    pub client_id: ClientId,
    /// How long a token lives, in seconds.
    #[serde(default, rename = "accessTokenTTL")]
    pub access_token_ttl: u64,
    /// How long it may be renewed, in seconds.
    #[serde(default, rename = "accessTokenMaxTTL")]
    pub access_token_max_ttl: u64,
    /// How often it may be used; 0 is without limit.
    #[serde(default)]
    pub access_token_num_uses_limit: u64,
    /// From where the login may come.
    #[serde(default)]
    pub client_secret_trusted_ips: Vec<TrustedIp>,
    /// From where the token may be used.
    #[serde(default)]
    pub access_token_trusted_ips: Vec<TrustedIp>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The machine.
    pub identity_id: IdentityId,
    /// Renewal period, in seconds; 0 is none.
    #[serde(default)]
    pub access_token_period: u64,
    /// Whether bad tries lock the login.
    #[serde(default)]
    pub lockout_enabled: bool,
    /// After how many.
    #[serde(default)]
    pub lockout_threshold: u32,
    /// For how long, in seconds.
    #[serde(default)]
    pub lockout_duration_seconds: u32,
    /// When bad tries are forgotten, in seconds.
    #[serde(default)]
    pub lockout_counter_reset_seconds: u32,
}

/// A range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedIp {
    /// The first address.
    pub ip_address: String,
    /// `ipv4` or `ipv6`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How many bits count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u8>,
}

/// Body of [`client_secrets`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewClientSecret {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// How often it may be used; 0 is without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_uses_limit: Option<u64>,
    /// How long it lives, in seconds; 0 is without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
}

/// Answer of [`client_secrets`]: the only time that the secret is shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecretAnswer {
    /// 64 hexadecimal digits.
    pub client_secret: String,
    /// Its row.
    pub client_secret_data: ClientSecret,
}

/// A client secret without the secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecret {
    /// The row.
    pub id: ClientSecretId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its first four digits.
    #[serde(default)]
    pub client_secret_prefix: String,
    /// How often it was used.
    #[serde(default)]
    pub client_secret_num_uses: u64,
    /// How often it may be used; 0 is without limit.
    #[serde(default)]
    pub client_secret_num_uses_limit: u64,
    /// How long it lives, in seconds; 0 is without end.
    #[serde(default, rename = "clientSecretTTL")]
    pub client_secret_ttl: u64,
    /// The settings it belongs to.
    #[serde(default, rename = "identityUAId")]
    pub identity_ua_id: String,
    /// Whether it was revoked.
    #[serde(default)]
    pub is_client_secret_revoked: bool,
}

/// Body of [`universal_login`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UniversalLogin {
    /// The public half.
    pub client_id: ClientId,
    /// The secret half.
    pub client_secret: String,
}

/// Body of [`renew`] and [`revoke`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineToken {
    /// The token itself.
    pub access_token: String,
}

/// Answer of [`universal_login`] and [`renew`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineTokenAnswer {
    /// The token.
    pub access_token: String,
    /// How long it lives, in seconds.
    #[serde(default)]
    pub expires_in: u64,
    /// How long it may be renewed, in seconds.
    #[serde(default, rename = "accessTokenMaxTTL")]
    pub access_token_max_ttl: u64,
    /// `Bearer`.
    #[serde(default)]
    pub token_type: String,
}
