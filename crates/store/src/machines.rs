//! Machine identities, their client secrets and tokens.

use coffer_wire::id::{ClientId, ClientSecretId, IdentityId, OrganizationId, SessionId};

use crate::StoreError;
use crate::model::{
    ClientSecret, Identity, MachineToken, OrgRole, UniversalAuth, UniversalLogin, UniversalSettings,
};

/// Machine identities.
#[async_trait::async_trait]
pub trait Machines: Send + Sync {
    /// Makes a machine identity.
    async fn create_identity(
        &self,
        organization: &OrganizationId,
        name: &str,
        role: OrgRole,
        has_delete_protection: bool,
        now: u64,
    ) -> Result<Identity, StoreError>;

    /// A machine identity.
    async fn identity(&self, id: &IdentityId) -> Result<Option<Identity>, StoreError>;

    /// The machine identities of an organisation.
    async fn identities(&self, organization: &OrganizationId) -> Result<Vec<Identity>, StoreError>;

    /// Changes a machine identity.
    async fn update_identity(
        &self,
        id: &IdentityId,
        name: Option<&str>,
        role: Option<OrgRole>,
        has_delete_protection: Option<bool>,
        now: u64,
    ) -> Result<Identity, StoreError>;

    /// Deletes a machine identity with its tokens and memberships; what it shared ends and is erased, since nobody else could
    /// take it back.
    async fn delete_identity(&self, id: &IdentityId, now: u64) -> Result<Identity, StoreError>;

    /// Gives a machine universal auth.
    async fn attach_universal_auth(
        &self,
        identity: &IdentityId,
        settings: UniversalSettings,
        now: u64,
    ) -> Result<UniversalAuth, StoreError>;

    /// Changes a machine's universal auth.
    async fn update_universal_auth(
        &self,
        identity: &IdentityId,
        settings: UniversalSettings,
        now: u64,
    ) -> Result<UniversalAuth, StoreError>;

    /// A machine's universal auth.
    async fn universal_auth(&self, identity: &IdentityId) -> Result<Option<UniversalAuth>, StoreError>;

    /// Takes a machine's universal auth away, with its secrets and tokens.
    async fn detach_universal_auth(&self, identity: &IdentityId) -> Result<UniversalAuth, StoreError>;

    /// Makes a client secret.
    async fn create_client_secret(
        &self,
        identity: &IdentityId,
        secret: NewClientSecret,
        now: u64,
    ) -> Result<ClientSecret, StoreError>;

    /// A machine's client secrets.
    async fn client_secrets(&self, identity: &IdentityId) -> Result<Vec<ClientSecret>, StoreError>;

    /// Revokes a client secret and the tokens that came from it.
    async fn revoke_client_secret(
        &self,
        identity: &IdentityId,
        id: &ClientSecretId,
        now: u64,
    ) -> Result<ClientSecret, StoreError>;

    /// Logs a machine in; bad tries are counted and lock the login as its settings say.
    async fn universal_login(
        &self,
        client_id: &ClientId,
        secret_hash: &[u8; 32],
        now: u64,
    ) -> Result<UniversalLogin, StoreError>;

    /// A machine's token; counts a use where uses are limited.
    async fn use_machine_token(&self, id: &SessionId, now: u64) -> Result<Option<MachineToken>, StoreError>;

    /// Lets a token live on, within its longest life; `Missing` if it is over, revoked or used up.
    async fn renew_machine_token(&self, id: &SessionId, now: u64) -> Result<MachineToken, StoreError>;

    /// Revokes a token.
    async fn revoke_machine_token(&self, id: &SessionId) -> Result<(), StoreError>;
}

/// A client secret to make.
#[derive(Clone, Debug)]
pub struct NewClientSecret {
    /// SHA-256 of the secret, which has 256 random bits.
    pub hash: [u8; 32],
    /// Its first four digits.
    pub prefix: String,
    /// What it is for.
    pub description: String,
    /// How often it may be used; 0 is without limit.
    pub uses_limit: u64,
    /// How long it lives, in seconds; 0 is without end.
    pub ttl: u64,
}
