//! Folders of an environment.

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, FolderId, ProjectId};
use crate::{Endpoint, Timestamp};

/// `GET /api/v2/folders` → [`FoldersAnswer`]; `recursive` adds `relativePath` to each.
#[must_use]
pub fn list(project: &ProjectId, environment: &str, path: &str, recursive: bool) -> Endpoint {
    create()
        .query("projectId", project)
        .query("environment", environment)
        .query("path", path)
        .query_flag("recursive", recursive)
}

/// `POST /api/v2/folders`: [`NewFolder`] → [`FolderAnswer`]; missing parents are made.
#[must_use]
pub fn create() -> Endpoint {
    Endpoint::new("/api/v2/folders")
}

/// `GET`, `PATCH` ([`FolderPatch`]) or `DELETE` ([`DeleteFolder`], by id or name) `/api/v2/folders/:id` → [`FolderAnswer`]
#[must_use]
pub fn one(id_or_name: &str) -> Endpoint {
    create().part(id_or_name)
}

/// Body of [`create`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewFolder {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// Letters, digits, `-` and `_`.
    pub name: String,
    /// The folder it lies in.
    pub path: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Body of `PATCH` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderPatch {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The new name.
    pub name: String,
    /// The folder it lies in.
    pub path: String,
}

/// Body of `DELETE` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteFolder {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder it lies in.
    pub path: String,
    /// Whether what is in it goes as well.
    pub force_delete: bool,
}

/// Answer of [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoldersAnswer {
    /// The folders.
    pub folders: Vec<Folder>,
}

/// Answer of [`create`] and [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FolderAnswer {
    /// The folder.
    pub folder: Folder,
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// The folder.
    pub id: FolderId,
    /// Its name.
    pub name: String,
    /// Counts its changes.
    #[serde(default)]
    pub version: Option<u32>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// The environment.
    pub env_id: EnvironmentId,
    /// The folder it lies in.
    #[serde(default)]
    pub parent_id: Option<FolderId>,
    /// Whether the server made it for itself.
    #[serde(default)]
    pub is_reserved: Option<bool>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// When a secret in it changed.
    #[serde(default)]
    pub last_secret_modified: Option<Timestamp>,
    /// Its absolute path, in answers about one folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its path from the folder listed, in recursive lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_path: Option<String>,
}
