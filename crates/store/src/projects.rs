//! Projects, their environments and their members.

use coffer_wire::id::{EnvironmentId, IdentityId, MembershipId, OrganizationId, ProjectId};

use crate::StoreError;
use crate::model::{
    Account, Actor, Environment, GivenRole, Identity, Member, Project, Role, RoleChoice, Standing,
};

/// Projects, environments and members.
#[async_trait::async_trait]
pub trait Projects: Send + Sync {
    /// Makes a project; its creator becomes its administrator.
    async fn create_project(&self, project: NewProject, now: u64) -> Result<Project, StoreError>;

    /// The projects of an organisation that somebody is a member of, oldest first.
    async fn projects_of(
        &self,
        actor: &Actor,
        organization: &OrganizationId,
    ) -> Result<Vec<Project>, StoreError>;

    /// A project.
    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError>;

    /// A project by its slug.
    async fn project_by_slug(
        &self,
        organization: &OrganizationId,
        slug: &str,
    ) -> Result<Option<Project>, StoreError>;

    /// Changes a project.
    async fn update_project(
        &self,
        id: &ProjectId,
        patch: ProjectPatch,
        now: u64,
    ) -> Result<Project, StoreError>;

    /// Deletes a project with everything in it.
    async fn delete_project(&self, id: &ProjectId) -> Result<Project, StoreError>;

    /// What somebody has been given in a project; `None` for strangers.
    async fn standing(
        &self,
        actor: &Actor,
        project: &ProjectId,
        now: u64,
    ) -> Result<Option<Standing>, StoreError>;

    /// Makes an environment, at a position or at the end.
    async fn create_environment(
        &self,
        project: &ProjectId,
        name: &str,
        slug: &str,
        position: Option<u64>,
        now: u64,
    ) -> Result<Environment, StoreError>;

    /// Changes an environment.
    async fn update_environment(
        &self,
        project: &ProjectId,
        id: &EnvironmentId,
        name: Option<&str>,
        slug: Option<&str>,
        position: Option<u64>,
        now: u64,
    ) -> Result<Environment, StoreError>;

    /// Deletes an environment with everything in it.
    async fn delete_environment(
        &self,
        project: &ProjectId,
        id: &EnvironmentId,
    ) -> Result<Environment, StoreError>;

    /// The people of a project.
    async fn members(&self, project: &ProjectId) -> Result<Vec<Member<Account>>, StoreError>;

    /// Makes people of the project's organisation members; those who are members already stay as they are.
    async fn add_members(
        &self,
        project: &ProjectId,
        usernames: &[String],
        roles: &[Role],
        now: u64,
    ) -> Result<Vec<Member<Account>>, StoreError>;

    /// Takes people out of a project. Somebody stays its administrator: `Protected`.
    async fn remove_members(
        &self,
        project: &ProjectId,
        usernames: &[String],
    ) -> Result<Vec<Member<Account>>, StoreError>;

    /// Replaces somebody's roles. Somebody stays an administrator for good: `Protected`.
    async fn set_member_roles(
        &self,
        project: &ProjectId,
        member: &MembershipId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Vec<GivenRole>, StoreError>;

    /// The machines of a project.
    async fn machine_members(&self, project: &ProjectId) -> Result<Vec<Member<Identity>>, StoreError>;

    /// Makes a machine of the project's organisation a member.
    async fn add_machine_member(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Member<Identity>, StoreError>;

    /// Replaces a machine's roles.
    async fn set_machine_roles(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
        roles: &[RoleChoice],
        now: u64,
    ) -> Result<Member<Identity>, StoreError>;

    /// Takes a machine out of a project.
    async fn remove_machine_member(
        &self,
        project: &ProjectId,
        identity: &IdentityId,
    ) -> Result<Member<Identity>, StoreError>;
}

/// A project to make.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// In which organisation.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its slug.
    pub slug: String,
    /// Whether it may be deleted only after this is taken back.
    pub has_delete_protection: bool,
    /// Names and slugs of its environments.
    pub environments: Vec<(String, String)>,
    /// Who makes it.
    pub creator: Actor,
}

/// What changes of a project.
#[derive(Clone, Debug, Default)]
pub struct ProjectPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// A new slug.
    pub slug: Option<String>,
    /// Whether the UI turns names into capitals.
    pub auto_capitalization: Option<bool>,
    /// Whether it may be deleted only after this is taken back.
    pub has_delete_protection: Option<bool>,
    /// Whether its secrets may be shared from the server's own UI.
    pub secret_sharing: Option<bool>,
    /// How many versions of a secret are kept.
    pub version_limit: Option<u64>,
}
