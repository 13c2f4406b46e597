//! Secrets: rows with a name, a value and a version.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ProjectId, SecretId, SecretVersionId};
use crate::{Endpoint, Timestamp};

/// What stands in the place of a value that the caller may not read: never take it for a value.
pub const HIDDEN: &str = "<hidden-by-infisical>";

/// `GET /api/v4/secrets` → [`SecretsAnswer`], without imports and without expansion of references.
#[must_use]
pub fn list(project: &ProjectId, environment: &str, path: &str, recursive: bool) -> Endpoint {
    place(Endpoint::new("/api/v4/secrets"), project, environment, path)
        .query_flag("recursive", recursive)
        .query_flag("includeImports", false)
        .query_flag("include_imports", false)
}

/// `GET /api/v4/secrets/:name` → [`SecretAnswer`], without imports and without expansion of references.
#[must_use]
pub fn read(
    project: &ProjectId,
    environment: &str,
    path: &str,
    name: &str,
    version: Option<u64>,
) -> Endpoint {
    place(one(name), project, environment, path)
        .query_flag("includeImports", false)
        .query_some("version", version.map(|version| version.to_string()))
}

/// `POST` ([`NewSecret`]), `PATCH` ([`SecretPatch`]) or `DELETE` ([`DeleteSecret`]) `/api/v4/secrets/:name` → [`SecretWritten`].
///
/// A name of more than 100 characters does not fit a real server's router: use [`batch`] for it.
#[must_use]
pub fn one(name: &str) -> Endpoint {
    Endpoint::new("/api/v4/secrets").part(name)
}

/// `POST` ([`NewSecrets`]), `PATCH` ([`SecretPatches`]) or `DELETE` ([`DeleteSecrets`]) `/api/v4/secrets/batch` → [`SecretsWritten`]
#[must_use]
pub fn batch() -> Endpoint {
    Endpoint::new("/api/v4/secrets/batch")
}

/// `GET /api/v1/secret/:id/secret-versions?offset&limit` → [`SecretVersionsAnswer`]; people only.
#[must_use]
pub fn versions(id: &SecretId, offset: u32, limit: u32) -> Endpoint {
    Endpoint::new("/api/v1/secret")
        .part(id)
        .then("/secret-versions")
        .query("offset", offset.to_string())
        .query("limit", limit.to_string())
}

/// `POST /api/v4/secrets/move`: [`MoveSecrets`] → [`MovedAnswer`]; gives new ids and version 1.
#[must_use]
pub fn move_secrets() -> Endpoint {
    Endpoint::new("/api/v4/secrets/move")
}

fn place(endpoint: Endpoint, project: &ProjectId, environment: &str, path: &str) -> Endpoint {
    endpoint
        .query("projectId", project)
        .query("environment", environment)
        .query("secretPath", path)
        .query_flag("expandSecretReferences", false)
        .query_flag("viewSecretValue", true)
}

/// Answer of [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecretsAnswer {
    /// All secrets: there are no pages.
    pub secrets: Vec<Secret>,
    /// Those of imported folders, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imports: Option<Vec<Value>>,
}

/// Answer of [`read`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecretAnswer {
    /// The secret.
    pub secret: Secret,
}

/// Answer of a change to one secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SecretWritten {
    /// The change is made.
    Done {
        /// The row; after `PATCH` fields that were not sent may be empty in it.
        secret: Box<Secret>,
    },
    /// A policy made a change request of it: nothing is changed, though the status is 200.
    Approval {
        /// The change request.
        approval: Value,
    },
}

/// Answer of a change to several secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SecretsWritten {
    /// The change is made.
    Done {
        /// The rows.
        secrets: Vec<Secret>,
    },
    /// A policy made a change request of it: nothing is changed, though the status is 200.
    Approval {
        /// The change request.
        approval: Value,
    },
}

/// A secret's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// The row.
    pub id: SecretId,
    /// The row again, for old clients.
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    pub underscore_id: Option<SecretId>,
    /// The project.
    #[serde(default)]
    pub workspace: String,
    /// The environment's slug.
    #[serde(default)]
    pub environment: String,
    /// Counts the changes of this row.
    pub version: u64,
    /// `shared` or `personal`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Its name.
    pub secret_key: String,
    /// Its value, sealed if Coffer wrote it.
    #[serde(default)]
    pub secret_value: String,
    /// Its comment.
    #[serde(default)]
    pub secret_comment: String,
    /// A reminder's text.
    #[serde(default)]
    pub secret_reminder_note: Option<String>,
    /// A reminder's period.
    #[serde(default)]
    pub secret_reminder_repeat_days: Option<serde_json::Number>,
    /// Whether expansion leaves line ends alone.
    #[serde(default)]
    pub skip_multiline_encoding: Option<bool>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Whether the server rotates it.
    #[serde(default)]
    pub is_rotated_secret: bool,
    /// By which rule.
    #[serde(default)]
    pub rotation_id: Option<String>,
    /// True if `secret_value` is [`HIDDEN`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_value_hidden: Option<bool>,
    /// The folder, in lists and reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
    /// Its tags, in lists and reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Value>>,
    /// Its labels, in lists and reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_metadata: Option<Vec<Metadata>>,
}

/// A label of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// 1 to 255 characters.
    pub key: String,
    /// At most 1020 characters.
    #[serde(default)]
    pub value: String,
    /// Whether the server seals it at rest.
    #[serde(default)]
    pub is_encrypted: bool,
}

/// Body of `POST` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSecret {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
    /// The value; outer white space is lost.
    pub secret_value: String,
}

/// Body of `PATCH` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretPatch {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
    /// A new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_value: Option<String>,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_secret_name: Option<String>,
}

/// Body of `DELETE` on [`one`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteSecret {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
}

/// Body of `POST` on [`batch`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSecrets {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
    /// At least one.
    pub secrets: Vec<NewBatchSecret>,
}

/// One of [`NewSecrets`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewBatchSecret {
    /// At most 500 characters.
    pub secret_key: String,
    /// The value.
    pub secret_value: String,
}

/// Body of `PATCH` on [`batch`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretPatches {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
    /// What to do with names that do not exist.
    #[serde(default)]
    pub mode: BatchMode,
    /// At least one.
    pub secrets: Vec<BatchSecretPatch>,
}

/// What to do with names that do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchMode {
    /// Refuse the whole batch.
    #[default]
    FailOnNotFound,
    /// Leave them out.
    Ignore,
    /// Make them.
    Upsert,
}

/// One of [`SecretPatches`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchSecretPatch {
    /// Its name.
    pub secret_key: String,
    /// A new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_value: Option<String>,
    /// Its folder, if not that of the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<String>,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_secret_name: Option<String>,
}

/// Body of `DELETE` on [`batch`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteSecrets {
    /// The project.
    pub project_id: ProjectId,
    /// The environment's slug.
    pub environment: String,
    /// The folder.
    pub secret_path: String,
    /// At least one.
    pub secrets: Vec<DeleteBatchSecret>,
}

/// One of [`DeleteSecrets`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteBatchSecret {
    /// Its name.
    pub secret_key: String,
}

/// Body of [`move_secrets`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveSecrets {
    /// The project.
    pub project_id: ProjectId,
    /// From here.
    pub source_environment: String,
    /// From here.
    pub source_secret_path: String,
    /// To there.
    pub destination_environment: String,
    /// To there.
    pub destination_secret_path: String,
    /// Which.
    pub secret_ids: Vec<SecretId>,
    /// Whether those of the same name are replaced.
    #[serde(default)]
    pub should_overwrite: bool,
}

/// Answer of [`move_secrets`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedAnswer {
    /// Whether they left.
    pub is_source_updated: bool,
    /// Whether they arrived.
    pub is_destination_updated: bool,
}

/// Answer of [`versions`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVersionsAnswer {
    /// Newest first.
    pub secret_versions: Vec<SecretVersion>,
}

/// A past or present state of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVersion {
    /// The version's row.
    pub id: SecretVersionId,
    /// Which version.
    pub version: u64,
    /// The name it had.
    pub secret_key: String,
    /// The value it had.
    #[serde(default)]
    pub secret_value: String,
    /// The comment it had.
    #[serde(default)]
    pub secret_comment: String,
    /// The row that it is a version of.
    pub secret_id: SecretId,
    /// The environment's slug.
    #[serde(default)]
    pub environment: String,
    /// The project.
    #[serde(default)]
    pub workspace: String,
    /// `shared` or `personal`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// True if the value is [`HIDDEN`].
    #[serde(default)]
    pub secret_value_hidden: bool,
    /// Whether its value was blanked.
    #[serde(default)]
    pub is_redacted: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Who made it.
    #[serde(default)]
    pub actor: Option<Actor>,
}

/// Who changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The person or machine.
    #[serde(default)]
    pub actor_id: Option<String>,
    /// `user` or `identity`.
    #[serde(default)]
    pub actor_type: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its membership of the project.
    #[serde(default)]
    pub membership_id: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn an_approval_is_not_a_success() {
        let answer: SecretWritten = serde_json::from_str(r#"{"approval":{"id":"1"}}"#).unwrap();
        assert!(matches!(answer, SecretWritten::Approval { .. }));
    }

    #[test]
    fn unknown_fields_are_ignored_and_wrong_types_are_not() {
        let row = r#"{"id":"a","version":1,"secretKey":"K","secretValue":"v","createdAt":"2026-11-22T08:48:52.295Z",
            "updatedAt":"2026-11-22T08:48:52.295Z","brandNew":{"x":1}}"#;
        assert_eq!(serde_json::from_str::<Secret>(row).unwrap().secret_key, "K");
        assert!(serde_json::from_str::<Secret>(&row.replace("\"version\":1", "\"version\":\"1\"")).is_err());
    }
}
