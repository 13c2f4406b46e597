//! Secrets and their versions.

use std::borrow::Cow;

use coffer_wire::id::{SecretId, SecretVersionId, UserId};
use coffer_wire::secret::Metadata;
use serde::Deserialize;

use crate::StoreError;
use crate::model::{Actor, Holder, Pass, Place, Secret, SecretPlace, SecretVersion, Standing};

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

    /// What [`Secrets::secrets`] gives, for whoever holds a pass, together with all that tells whether they may see it:
    /// one question instead of three, because it is the busiest answer of a server. `None` if the pass does not count.
    async fn list_for(
        &self,
        pass: &Pass,
        place: &Place,
        recursive: bool,
        personal: bool,
        now: u64,
    ) -> Result<Option<ListFor>, StoreError>;

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

/// A list and whom it is for. The rows are there whether or not the holder may see them: look first.
#[derive(Debug)]
pub struct ListFor {
    /// Whose pass it is.
    pub holder: Holder,
    /// What the holder has been given in the project; `None` for strangers.
    pub standing: Option<Standing>,
    /// The rows; `None` if the place is not there.
    pub rows: Option<Rows>,
}

/// Rows of a list, as one JSON text that they are read from without being copied.
#[derive(Debug)]
pub struct Rows(pub(crate) String);

impl Rows {
    /// Reads them.
    pub fn read(&self) -> Result<Vec<Row<'_>>, StoreError> {
        serde_json::from_str(&self.0)
            .map_err(|error| StoreError::Database(format!("a list could not be read: {error}")))
    }

    /// How long they are, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

/// A secret in a list: [`Secret`] without a copy of its texts.
#[derive(Debug, Deserialize)]
pub struct Row<'a> {
    /// The row.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Its folder.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The person whose own it is; empty for shared ones.
    #[serde(borrow)]
    pub owner: Cow<'a, str>,
    /// Counts its changes.
    pub version: u64,
    /// Names this version.
    #[serde(borrow)]
    pub version_id: Cow<'a, str>,
    /// The value.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
    /// The comment.
    #[serde(borrow)]
    pub comment: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Cow<'a, str>,
    /// A reminder's text.
    pub reminder_note: Option<String>,
    /// A reminder's period.
    pub reminder_days: Option<f64>,
    skip_multiline: u8,
    /// Since when.
    pub created_at: u64,
    /// Changed when.
    pub updated_at: u64,
}

impl Row<'_> {
    /// Labels.
    #[must_use]
    pub fn metadata(&self) -> Vec<Metadata> {
        metadata(&self.metadata)
    }

    /// Whether expansion leaves line ends alone.
    #[must_use]
    pub fn skip_multiline(&self) -> bool {
        self.skip_multiline != 0
    }
}

impl From<Row<'_>> for Secret {
    fn from(row: Row<'_>) -> Self {
        Self {
            metadata: row.metadata(),
            skip_multiline: row.skip_multiline(),
            id: SecretId::new(row.id),
            path: row.path.into_owned(),
            name: row.name.into_owned(),
            owner: (!row.owner.is_empty()).then(|| UserId::new(row.owner)),
            version: row.version,
            version_id: SecretVersionId::new(row.version_id),
            value: row.value.into_owned(),
            comment: row.comment.into_owned(),
            reminder_note: row.reminder_note,
            reminder_days: row.reminder_days,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Labels as a column holds them.
pub(crate) fn metadata(text: &str) -> Vec<Metadata> {
    if text == "[]" {
        Vec::new()
    } else {
        serde_json::from_str(text).unwrap_or_default()
    }
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
