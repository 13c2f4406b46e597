//! The server's first account, people, organisations and sessions.

use coffer_wire::id::{MembershipId, OrganizationId, ProjectId, SessionId, UserId};

use crate::StoreError;
use crate::model::{
    Account, Actor, Instance, MachineToken, OrgMember, OrgRole, Organization, Role, Rotation, Session,
};

/// People, organisations and sessions.
#[async_trait::async_trait]
pub trait Accounts: Send + Sync {
    /// The server itself; made up on the first call.
    async fn instance(&self, now: u64) -> Result<Instance, StoreError>;

    /// Makes the first account, its organisation and the instance's machine, once.
    async fn bootstrap(&self, first: Bootstrap, now: u64) -> Result<Bootstrapped, StoreError>;

    /// The account of a login name.
    async fn account_by_username(&self, username: &str) -> Result<Option<Account>, StoreError>;

    /// An account.
    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError>;

    /// The organisations that somebody belongs to.
    async fn organizations_of(&self, actor: &Actor) -> Result<Vec<(Organization, OrgRole)>, StoreError>;

    /// An organisation.
    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// The members of an organisation and those who were invited.
    async fn organization_members(&self, id: &OrganizationId) -> Result<Vec<OrgMember>, StoreError>;

    /// Changes somebody's role. The last administrator stays one: `Protected`.
    async fn set_organization_role(
        &self,
        organization: &OrganizationId,
        member: &MembershipId,
        role: OrgRole,
        now: u64,
    ) -> Result<OrgMember, StoreError>;

    /// Takes somebody out of an organisation, its projects and every session in it. The last administrator stays:
    /// `Protected`.
    async fn remove_organization_member(
        &self,
        organization: &OrganizationId,
        member: &MembershipId,
    ) -> Result<OrgMember, StoreError>;

    /// Invites people; each gets an account without a password and an invitation, unless the account is complete.
    async fn invite(&self, invitation: Invitation, now: u64) -> Result<Vec<Invited>, StoreError>;

    /// The account that an invitation's code belongs to.
    async fn invited(
        &self,
        organization: &OrganizationId,
        username: &str,
        code_hash: &[u8; 32],
        now: u64,
    ) -> Result<Option<Account>, StoreError>;

    /// Completes a sign-up: name, password, membership. Spends the invitation; `Missing` if it is spent already.
    async fn complete_account(&self, completion: Completion, now: u64) -> Result<Account, StoreError>;

    /// Calls somebody otherwise.
    async fn rename(&self, user: &UserId, names: (&str, &str), now: u64) -> Result<Account, StoreError>;

    /// Changes a login password and ends every session of the person but one.
    async fn set_password(
        &self,
        user: &UserId,
        password_hash: &str,
        keep: Option<&SessionId>,
        now: u64,
    ) -> Result<(), StoreError>;

    /// Starts a session.
    async fn start_session(&self, session: Session, now: u64) -> Result<(), StoreError>;

    /// A session that has not ended, and the person's role in an organisation.
    async fn session(
        &self,
        id: &SessionId,
        organization: Option<&OrganizationId>,
        now: u64,
    ) -> Result<Option<(Session, Option<OrgRole>)>, StoreError>;

    /// Selects the organisation of a session and replaces its refresh token.
    async fn select_organization(
        &self,
        id: &SessionId,
        organization: &OrganizationId,
        next: &str,
        now: u64,
    ) -> Result<Session, StoreError>;

    /// Takes a refresh token and gives the next one; a token that was replaced more than `grace` ago ends the session.
    async fn rotate_session(
        &self,
        id: &SessionId,
        presented: &str,
        next: &str,
        now: u64,
        grace: u64,
    ) -> Result<Rotation, StoreError>;

    /// Ends a session.
    async fn end_session(&self, id: &SessionId) -> Result<(), StoreError>;
}

/// The first account.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The mail address.
    pub email: String,
    /// How the login password is checked.
    pub password_hash: String,
    /// The organisation's name.
    pub organization: String,
    /// The organisation's slug.
    pub organization_slug: String,
    /// How long the machine's token lives, in seconds.
    pub token_ttl: u64,
}

/// What [`Accounts::bootstrap`] made.
#[derive(Clone, Debug)]
pub struct Bootstrapped {
    /// The first person.
    pub account: Account,
    /// The organisation.
    pub organization: Organization,
    /// The instance's machine and its token.
    pub token: MachineToken,
}

/// People to invite.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Into which organisation.
    pub organization: OrganizationId,
    /// As what.
    pub role: OrgRole,
    /// Whom, and the hash of each one's code.
    pub people: Vec<(String, [u8; 32])>,
    /// Projects that they become members of at once, with their roles there.
    pub projects: Vec<(ProjectId, Vec<Role>)>,
    /// Until when the codes count.
    pub expires_at: u64,
}

/// Somebody who was invited.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The mail address.
    pub email: String,
    /// Whether the account still has to be completed.
    pub needs_sign_up: bool,
}

/// A sign-up to complete.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The account.
    pub user: UserId,
    /// The organisation that invited.
    pub organization: OrganizationId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: Option<String>,
    /// How the login password is checked.
    pub password_hash: String,
}
