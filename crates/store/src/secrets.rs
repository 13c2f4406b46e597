//! Secrets and their versions.

use coffer_wire::id::{SecretId, SecretVersionId, UserId};
use coffer_wire::secret::Metadata;

use crate::StoreError;
use crate::model::{Actor, Place, Secret, SecretPlace, SecretVersion};

/// Secrets.
#[async_trait::async_trait]
pub trait Secrets: Send + Sync {
    /// The secrets in a place, or also everything below it; by path and name. Personal ones only of `person`.
    /// `Missing(Path)` if the place is not there.
    async fn secrets(
        &self,
        place: &Place,
        recursive: bool,
        person: Option<&UserId>,
    ) -> Result<Vec<Secret>, StoreError>;

    /// A secret by name, now or at a version at which it had that name.
    async fn secret(
        &self,
        place: &Place,
        name: &str,
        owner: Option<&UserId>,
        version: Option<u64>,
    ) -> Result<Secret, StoreError>;

    /// A secret by id and where it lies.
    async fn secret_by_id(&self, id: &SecretId) -> Result<Option<(Secret, SecretPlace)>, StoreError>;

    /// Makes several changes, or none of them.
    async fn write_secrets(
        &self,
        place: &Place,
        changes: Vec<Change>,
        actor: &Actor,
        now: u64,
    ) -> Result<Vec<Secret>, StoreError>;

    /// Moves secrets to another place; they get new ids there and start at version 1.
    async fn move_secrets(
        &self,
        from: &Place,
        to: &Place,
        ids: &[SecretId],
        overwrite: bool,
        actor: &Actor,
        now: u64,
    ) -> Result<(), StoreError>;

    /// The states of a secret, newest first.
    async fn secret_versions(
        &self,
        id: &SecretId,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<SecretVersion>, StoreError>;

    /// Where the secret of a version lies.
    async fn place_of_version(&self, id: &SecretVersionId) -> Result<Option<SecretPlace>, StoreError>;

    /// Blanks the value of a past version.
    async fn redact_version(&self, id: &SecretVersionId) -> Result<(SecretVersion, SecretId), StoreError>;
}

/// A change to one secret.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The person whose own it is; absent for shared ones.
    pub owner: Option<UserId>,
    /// Its folder, if not that of the place.
    pub path: Option<String>,
    /// What happens.
    pub what: What,
}

/// What happens to a secret.
#[derive(Clone, Debug)]
pub enum What {
    /// It is made; `Exists` if there is one.
    Create(Content),
    /// It goes; `Missing` if there is none, `Stale` if it is not at the version expected.
    Delete {
        /// The version that the caller has seen.
        expected: Option<u64>,
    },
    /// It changes.
    Update {
        /// What changes.
        content: Content,
        /// A new name.
        rename: Option<String>,
        /// The version that the caller has seen.
        expected: Option<u64>,
        /// What if there is none.
        absent: Absent,
    },
}

/// What an update does if there is no such secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Make it.
    Create,
    /// Refuse the whole batch.
    Fail,
    /// Leave it out.
    Skip,
}

/// The fields of a secret; in an update those that are absent stay.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The value.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// Labels.
    pub metadata: Option<Vec<Metadata>>,
    /// A reminder's text.
    pub reminder_note: Option<Option<String>>,
    /// A reminder's period.
    pub reminder_days: Option<Option<f64>>,
    /// Whether expansion leaves line ends alone.
    pub skip_multiline: Option<bool>,
}
