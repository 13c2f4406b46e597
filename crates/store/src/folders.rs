//! Folders of an environment.

use coffer_wire::id::FolderId;

use crate::StoreError;
use crate::model::{Environment, Folder, Place};

/// Folders.
#[async_trait::async_trait]
pub trait Folders: Send + Sync {
    /// The folders in a place, or everything below it; by path. `Missing(Path)` if the place is not there.
    async fn folders(&self, place: &Place, recursive: bool) -> Result<Vec<Folder>, StoreError>;

    /// Makes a folder in a place, and the place itself where parts of it are missing.
    async fn create_folder(
        &self,
        place: &Place,
        name: &str,
        description: Option<&str>,
        now: u64,
    ) -> Result<Folder, StoreError>;

    /// A folder by id, with its environment.
    async fn folder(&self, id: &FolderId) -> Result<Option<(Folder, Environment)>, StoreError>;

    /// Renames a folder of a place, by id or name; everything below moves along.
    async fn update_folder(
        &self,
        place: &Place,
        id_or_name: &str,
        name: &str,
        description: Option<&str>,
        now: u64,
    ) -> Result<Folder, StoreError>;

    /// Deletes a folder of a place, by id or name. Without `force` it has to be empty.
    async fn delete_folder(&self, place: &Place, id_or_name: &str, force: bool)
    -> Result<Folder, StoreError>;
}
