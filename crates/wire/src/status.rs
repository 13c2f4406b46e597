//! The server's health and its public configuration.

use serde::{Deserialize, Serialize};

use crate::share::ShareFeature;
use crate::webhook::WebhookEvent;
use crate::{Endpoint, Timestamp};

/// `GET /api/status`
#[must_use]
pub fn status() -> Endpoint {
    Endpoint::new("/api/status")
}

/// `GET /api/v1/admin/config`
#[must_use]
pub fn admin_config() -> Endpoint {
    Endpoint::new("/api/v1/admin/config")
}

/// The answer of [`status`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
    /// The server's time.
    pub date: Timestamp,
    /// `Ok` when it works.
    pub message: String,
    /// Whether it can send mail.
    #[serde(default)]
    pub email_configured: bool,
    /// Whether only invited people may sign up.
    #[serde(default)]
    pub invite_only_signup: bool,
    /// Whether it has a cache of its own.
    #[serde(default)]
    pub redis_configured: bool,
    /// Whether it scans for secrets.
    #[serde(default)]
    pub secret_scanning_configured: bool,
    /// Whether SAML organisations have a default.
    #[serde(default)]
    pub saml_default_org_slug: Option<String>,
}

/// The answer of [`admin_config`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminConfigAnswer {
    /// The configuration.
    pub config: AdminConfig,
}

/// What a server tells everybody about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminConfig {
    /// The instance's id.
    #[serde(default)]
    pub id: String,
    /// Whether the first account exists.
    pub initialized: bool,
    /// Whether strangers may sign up.
    #[serde(default)]
    pub allow_sign_up: bool,
    /// The mail domains that may sign up, all if absent.
    #[serde(default)]
    pub allowed_sign_up_domain: Option<String>,
    /// The login methods offered, all if absent.
    #[serde(default)]
    pub enabled_login_methods: Option<Vec<String>>,
    /// The organisation that people log in to by default.
    #[serde(default)]
    pub default_auth_org_id: Option<String>,
    /// Whether mail addresses of SAML are trusted.
    #[serde(default)]
    pub trust_saml_emails: bool,
    /// Whether mail addresses of LDAP are trusted.
    #[serde(default)]
    pub trust_ldap_emails: bool,
    /// Whether mail addresses of OIDC are trusted.
    #[serde(default)]
    pub trust_oidc_emails: bool,
    /// Whether strangers may not share.
    #[serde(default)]
    pub is_public_secret_sharing_disabled: bool,
    /// Whether the first setup was migrated.
    #[serde(default)]
    pub is_migration_mode_on: bool,
    /// A text shown on the login page.
    #[serde(default)]
    pub auth_consent_content: Option<String>,
    /// A text shown on every page.
    #[serde(default)]
    pub page_frame_content: Option<String>,
    /// Since when.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Changed when.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// What only Coffer's server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coffer: Option<Extras>,
}

/// What Coffer's server does beyond the compatible API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extras {
    /// With shares.
    #[serde(default)]
    pub shares: Vec<ShareFeature>,
    /// Webhooks: the events that are told beyond `secrets.modified`.
    #[serde(default)]
    pub webhooks: Vec<WebhookEvent>,
    /// How many bytes the pieces of a shared file may have together; zero where it takes no files.
    #[serde(default)]
    pub file_bytes: u64,
}
