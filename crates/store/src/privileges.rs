//! Additional privileges of members of projects.

use coffer_wire::id::{MembershipId, PrivilegeId, ProjectId};
use coffer_wire::privilege::Permission;

use crate::StoreError;
use crate::model::{Actor, Privilege, Temporary};

/// Additional privileges.
#[async_trait::async_trait]
pub trait Privileges: Send + Sync {
    /// The project and the person or machine of a membership.
    async fn membership(&self, id: &MembershipId) -> Result<Option<(ProjectId, Actor)>, StoreError>;

    /// Gives a member a privilege; `Exists` if the member has one of that slug.
    async fn create_privilege(
        &self,
        member: &MembershipId,
        new: NewPrivilege,
        now: u64,
    ) -> Result<Privilege, StoreError>;

    /// A member's privileges, oldest first.
    async fn privileges(&self, member: &MembershipId) -> Result<Vec<Privilege>, StoreError>;

    /// A privilege.
    async fn privilege(&self, id: &PrivilegeId) -> Result<Option<Privilege>, StoreError>;

    /// Changes a privilege.
    async fn update_privilege(
        &self,
        id: &PrivilegeId,
        patch: PrivilegePatch,
        now: u64,
    ) -> Result<Privilege, StoreError>;

    /// Takes a privilege away.
    async fn delete_privilege(&self, id: &PrivilegeId) -> Result<Privilege, StoreError>;
}

/// A privilege to give.
#[derive(Clone, Debug)]
pub struct NewPrivilege {
    /// Its name among the member's.
    pub slug: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// For how long, if it ends by itself.
    pub temporary: Option<Temporary>,
}

/// What changes of a privilege.
#[derive(Clone, Debug, Default)]
pub struct PrivilegePatch {
    /// A new name.
    pub slug: Option<String>,
    /// What it allows from now on.
    pub permissions: Option<Vec<Permission>>,
    /// For how long from now on; `Some(None)` is without end.
    pub temporary: Option<Option<Temporary>>,
}
