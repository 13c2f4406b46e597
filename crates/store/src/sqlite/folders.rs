//! Folders in SQLite.

use coffer_wire::id::{EnvironmentId, FolderId};
use sqlx::sqlite::SqliteRow;

use super::{Connection, SqliteStore, get, int, maybe_number, number, taken};
use crate::folders::Folders;
use crate::model::{Environment, Folder, Place};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Folders for SqliteStore {
    async fn folders(&self, place: &Place, recursive: bool) -> Result<Vec<Folder>, StoreError> {
        let mut tx = self.snapshot().await?;
        let parent = folder_at(&mut tx, place).await?;
        let rows = if recursive {
            let (from, to) = below(&parent.path);
            sqlx::query(FOLDERS_BELOW)
                .bind(parent.environment.as_str())
                .bind(from)
                .bind(to)
                .fetch_all(&mut *tx)
                .await?
        } else {
            sqlx::query("SELECT * FROM folders WHERE parent_id = ? ORDER BY path")
                .bind(parent.id.as_str())
                .fetch_all(&mut *tx)
                .await?
        };
        rows.iter().map(folder).collect()
    }

    async fn create_folder(
        &self,
        place: &Place,
        name: &str,
        description: Option<&str>,
        now: u64,
    ) -> Result<Folder, StoreError> {
        let mut tx = self.begin().await?;
        let mut parent = folder_at(&mut tx, &place.with_path("/")).await?;
        for part in place.path.split('/').filter(|part| !part.is_empty()) {
            let path = join(&parent.path, part);
            parent = match folder_at(&mut tx, &place.with_path(path)).await {
                Ok(found) => found,
                Err(StoreError::Missing(_)) => self.add_folder(&mut tx, &parent, part, None, now).await?,
                Err(error) => return Err(error),
            };
        }
        let made = self.add_folder(&mut tx, &parent, name, description, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn folder(&self, id: &FolderId) -> Result<Option<(Folder, Environment)>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query("SELECT * FROM folders WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(found) = row.as_ref().map(folder).transpose()? else {
            return Ok(None);
        };
        let row = sqlx::query("SELECT * FROM environments WHERE id = ?")
            .bind(found.environment.as_str())
            .fetch_one(&mut *tx)
            .await?;
        Ok(Some((found, super::projects::environment(&row)?)))
    }

    async fn update_folder(
        &self,
        place: &Place,
        id_or_name: &str,
        name: &str,
        description: Option<&str>,
        now: u64,
    ) -> Result<Folder, StoreError> {
        let mut tx = self.begin().await?;
        let parent = folder_at(&mut tx, place).await?;
        let before = child(&mut tx, &parent, id_or_name).await?;
        let path = join(&parent.path, name);
        if path != before.path {
            let exists = || Thing::Folder {
                name: name.to_owned(),
                path: parent.path.clone(),
            };
            let (from, to) = below(&before.path);
            sqlx::query(MOVE_BELOW)
                .bind(&path)
                .bind(int(before.path.chars().count() as u64 + 1))
                .bind(before.environment.as_str())
                .bind(from)
                .bind(to)
                .execute(&mut *tx)
                .await
                .map_err(|error| taken(error, exists))?;
            sqlx::query("UPDATE folders SET path = ?, name = ? WHERE id = ?")
                .bind(&path)
                .bind(name)
                .bind(before.id.as_str())
                .execute(&mut *tx)
                .await
                .map_err(|error| taken(error, exists))?;
        }
        sqlx::query(TOUCH_FOLDER)
            .bind(description)
            .bind(int(now))
            .bind(before.id.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = folder_at(&mut tx, &place.with_path(path)).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_folder(
        &self,
        place: &Place,
        id_or_name: &str,
        force: bool,
    ) -> Result<Folder, StoreError> {
        let mut tx = self.begin().await?;
        let parent = folder_at(&mut tx, place).await?;
        let gone = child(&mut tx, &parent, id_or_name).await?;
        if !force {
            let content = sqlx::query(CONTENT)
                .bind(gone.id.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            if content.is_some() {
                return Err(StoreError::NotEmpty);
            }
        }
        sqlx::query("DELETE FROM folders WHERE id = ?")
            .bind(gone.id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }
}

impl SqliteStore {
    async fn add_folder(
        &self,
        connection: &mut Connection,
        parent: &Folder,
        name: &str,
        description: Option<&str>,
        now: u64,
    ) -> Result<Folder, StoreError> {
        let row = sqlx::query(ADD_FOLDER)
            .bind(self.id())
            .bind(parent.environment.as_str())
            .bind(parent.id.as_str())
            .bind(name)
            .bind(join(&parent.path, name))
            .bind(description)
            .bind(int(now))
            .fetch_one(connection)
            .await
            .map_err(|error| {
                taken(error, || Thing::Folder {
                    name: name.to_owned(),
                    path: parent.path.clone(),
                })
            })?;
        folder(&row)
    }
}

pub(super) async fn folder_at(connection: &mut Connection, place: &Place) -> Result<Folder, StoreError> {
    let row = sqlx::query(FOLDER_AT)
        .bind(place.project.as_str())
        .bind(&place.environment)
        .bind(&place.path)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(folder).transpose()?.ok_or_else(|| {
        StoreError::Missing(Thing::Path {
            environment: place.environment.clone(),
            path: place.path.clone(),
        })
    })
}

async fn child(connection: &mut Connection, parent: &Folder, id_or_name: &str) -> Result<Folder, StoreError> {
    let row = sqlx::query("SELECT * FROM folders WHERE parent_id = ?1 AND (id = ?2 OR name = ?2)")
        .bind(parent.id.as_str())
        .bind(id_or_name)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(folder).transpose()?.ok_or_else(|| {
        StoreError::Missing(Thing::Folder {
            name: id_or_name.to_owned(),
            path: parent.path.clone(),
        })
    })
}

/// The path of a folder by this name.
fn join(parent: &str, name: &str) -> String {
    if parent == "/" {
        format!("/{name}")
    } else {
        format!("{parent}/{name}")
    }
}

/// The range of paths below a path: from `/a/` up to and without `/a0`, because `0` follows `/`.
pub(super) fn below(path: &str) -> (String, String) {
    let base = if path == "/" { "" } else { path };
    (format!("{base}/"), format!("{base}0"))
}

fn folder(row: &SqliteRow) -> Result<Folder, StoreError> {
    Ok(Folder {
        id: FolderId::new(get::<String>(row, "id")?),
        environment: EnvironmentId::new(get::<String>(row, "environment_id")?),
        parent: get::<Option<String>>(row, "parent_id")?.map(FolderId::new),
        name: get(row, "name")?,
        path: get(row, "path")?,
        description: get(row, "description")?,
        version: number(row, "version")?,
        last_secret_modified: maybe_number(row, "last_secret_modified")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const FOLDER_AT: &str = "SELECT f.* FROM environments e JOIN folders f ON f.environment_id = e.id
    WHERE e.project_id = ? AND e.slug = ? AND f.path = ?";
const FOLDERS_BELOW: &str =
    "SELECT * FROM folders WHERE environment_id = ? AND path > ? AND path < ? ORDER BY path";
const ADD_FOLDER: &str =
    "INSERT INTO folders (id, environment_id, parent_id, name, path, description, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING *";
const MOVE_BELOW: &str =
    "UPDATE folders SET path = ?1 || substr(path, ?2) WHERE environment_id = ?3 AND path > ?4 AND path < ?5";
const TOUCH_FOLDER: &str = "UPDATE folders SET description = coalesce(?, description), version = version + 1, updated_at = ? WHERE id = ?";
const CONTENT: &str =
    "SELECT 1 FROM secrets WHERE folder_id = ?1 UNION ALL SELECT 1 FROM folders WHERE parent_id = ?1 LIMIT 1";
