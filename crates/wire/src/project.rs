//! Projects and their environments.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{EnvironmentId, OrganizationId, ProjectId};
use crate::{Endpoint, Timestamp};

/// `GET /api/v1/projects?type=secret-manager` → [`ProjectsAnswer`]
#[must_use]
pub fn list() -> Endpoint {
    Endpoint::new("/api/v1/projects").query("type", SECRET_MANAGER)
}

/// `POST /api/v1/projects`: [`NewProject`] → [`ProjectAnswer`]
#[must_use]
pub fn create() -> Endpoint {
    Endpoint::new("/api/v1/projects")
}

/// `GET`, `PATCH` ([`ProjectPatch`]) or `DELETE` `/api/v1/projects/:id` → [`ProjectAnswer`]
#[must_use]
pub fn one(id: &ProjectId) -> Endpoint {
    create().part(id)
}

/// `GET /api/v1/projects/slug/:slug` → [`Project`] itself, without a wrapper
#[must_use]
pub fn by_slug(slug: &str) -> Endpoint {
    create().part("slug").part(slug)
}

/// `POST /api/v1/projects/:id/environments`: [`NewEnvironment`] → [`EnvironmentAnswer`]
#[must_use]
pub fn environments(id: &ProjectId) -> Endpoint {
    one(id).then("/environments")
}

/// `GET`, `PATCH` ([`EnvironmentPatch`]) or `DELETE` `/api/v1/projects/:id/environments/:id` → [`EnvironmentAnswer`]
#[must_use]
pub fn environment(id: &ProjectId, environment: &EnvironmentId) -> Endpoint {
    environments(id).part(environment)
}

/// `GET /api/v1/projects/:id/environments/slug/:slug` → [`EnvironmentAnswer`]
#[must_use]
pub fn environment_by_slug(id: &ProjectId, slug: &str) -> Endpoint {
    environments(id).part("slug").part(slug)
}

/// The type of projects that hold secrets.
pub const SECRET_MANAGER: &str = "secret-manager";

/// Body of [`create`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProject {
    /// At most 64 characters.
    pub project_name: String,
    /// At most 1024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_description: Option<String>,
    /// 5 to 36 characters; the server makes one up if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// `secret-manager`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether dev, staging and prod are made; true if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_create_default_envs: Option<bool>,
    /// Whether it may be deleted only after this is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_delete_protection: Option<bool>,
}

/// Body of `PATCH` on [`one`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectPatch {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A new slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Whether the UI turns names into capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_capitalization: Option<bool>,
    /// Whether it may be deleted only after this is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_delete_protection: Option<bool>,
    /// Whether its secrets may be shared from the server's own UI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_sharing: Option<bool>,
    /// How many versions of a secret are kept, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pit_version_limit: Option<u32>,
}

/// Answer of [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProjectsAnswer {
    /// Those that the caller is a member of.
    pub projects: Vec<Project>,
}

/// Answer of [`create`] and [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProjectAnswer {
    /// The project.
    pub project: Project,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The project.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// `secret-manager` and others.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// A product, never here.
    #[serde(default)]
    pub default_product: Option<String>,
    /// Its slug.
    #[serde(default)]
    pub slug: String,
    /// Whether the UI turns names into capitals.
    #[serde(default)]
    pub auto_capitalization: Option<bool>,
    /// The organisation it belongs to.
    pub org_id: OrganizationId,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The generation of the server's own storage: 3 today.
    #[serde(default)]
    pub version: u32,
    /// A migration's state, never here.
    #[serde(default)]
    pub upgrade_status: Option<String>,
    /// How many versions of a secret are kept.
    #[serde(default)]
    pub pit_version_limit: u32,
    /// A key of the server's own, never here.
    #[serde(default)]
    pub kms_certificate_key_id: Option<String>,
    /// How long the server keeps its audit log.
    #[serde(default)]
    pub audit_logs_retention_days: Option<u32>,
    /// Whether it may be deleted only after this is taken back.
    #[serde(default)]
    pub has_delete_protection: Option<bool>,
    /// Whether its secrets may be shared from the server's own UI.
    #[serde(default)]
    pub secret_sharing: bool,
    /// Whether old snapshots are shown.
    #[serde(default)]
    pub show_snapshots_legacy: bool,
    /// Values that the server's scanner ignores.
    #[serde(default)]
    pub secret_detection_ignore_values: Option<Vec<String>>,
    /// Whether the server takes encrypted metadata only.
    #[serde(default)]
    pub enforce_encrypted_secret_manager_secret_metadata: Option<bool>,
    /// The project again, for old clients.
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    pub underscore_id: Option<ProjectId>,
    /// Its environments, in order; absent from answers to a change or deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<ProjectEnvironment>>,
    /// Those that are deleted but could come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_environments: Option<Vec<Value>>,
}

/// An environment as a project lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectEnvironment {
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// The environment.
    pub id: EnvironmentId,
}

/// Body of [`environments`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewEnvironment {
    /// 1 to 255 characters.
    pub name: String,
    /// At most 64 characters.
    pub slug: String,
    /// Where in the list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// Body of `PATCH` on [`environment`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EnvironmentPatch {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Where in the list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// Answer of [`environment`] and [`environments`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentAnswer {
    /// A sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The environment.
    pub environment: Environment,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// The environment.
    pub id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Where in the list, from 1.
    #[serde(default)]
    pub position: u32,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// When it goes for good.
    #[serde(default)]
    pub delete_after: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub soft_deleted_at: Option<Timestamp>,
    /// Who deleted it.
    #[serde(default)]
    pub deleted_by_user_id: Option<String>,
    /// Which machine deleted it.
    #[serde(default)]
    pub deleted_by_identity_id: Option<String>,
}
