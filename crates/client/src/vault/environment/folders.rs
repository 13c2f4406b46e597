//! Folders: made, renamed and deleted with what is in them.

use super::{Change, Environment, check_path};
use crate::{Device, Error, SaveError, Transport};
use coffer_core::names::SecretPath;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Makes a folder on the server, with its parents.
    pub async fn create_folder(&self, path: &str) -> Result<Self, SaveError> {
        let path = check_path(path)?;
        if path == SecretPath::root() {
            return Err(Error::NameTaken.into());
        }
        if self.folders().iter().any(|known| known == path.as_str()) {
            return Err(Error::NameTaken.into());
        }
        self.check_writable()?;
        let spot = self.spot();
        self.session()
            .ensure_folder(spot.project, spot.slug, path.as_str())
            .await?;
        self.cell
            .update(|snap| snap.add_folders(with_parents(path.as_str())))?;
        Ok(self.newest()?)
    }

    /// Moves every secret below `from` to `to`.
    pub async fn rename_folder(&self, from: &str, to: &str) -> Result<Self, SaveError> {
        let (from, to) = (check_path(from)?, check_path(to)?);
        let inside = format!("{}/", from.as_str());
        if from == SecretPath::root()
            || to == SecretPath::root()
            || to == from
            || to.as_str().starts_with(&inside)
        {
            return Err(Error::Invalid {
                field: "path",
                why: "another folder, outside of the old one",
            }
            .into());
        }
        self.check_writable()?;
        let moved = |path: &str| match path.strip_prefix(from.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(format!("{}{rest}", to.as_str())),
            _ => None,
        };
        let changes = self.snap.entries().iter().filter_map(|entry| {
            Some(Change::Move {
                slot: entry.slot,
                path: moved(&entry.path)?,
                name: entry.name.clone(),
            })
        });
        let changes: Vec<Change> = changes.collect();
        let folders: Vec<String> = self.folders().iter().filter_map(|folder| moved(folder)).collect();
        let saved = if changes.is_empty() {
            self.clone()
        } else {
            self.save(changes).await?
        };
        let spot = self.spot();
        for folder in &folders {
            self.session()
                .ensure_folder(spot.project, spot.slug, folder)
                .await?;
        }
        self.cell.update(|snap| snap.add_folders(folders))?;
        // Rows that are not the environment's would go with the folder: then it stays.
        let left = saved.snap.rows.paths().any(|path| moved(path).is_some());
        if !left {
            self.session()
                .delete_folder(spot.project, spot.slug, from.as_str())
                .await?;
            self.cell
                .update(|snap| snap.remove_folders(|folder| moved(folder).is_some()))?;
        }
        Ok(self.newest()?)
    }

    /// Deletes a folder with every secret in it.
    pub async fn delete_folder(&self, path: &str) -> Result<Self, SaveError> {
        let path = check_path(path)?;
        if path == SecretPath::root() {
            return Err(Error::Invalid {
                field: "path",
                why: "a folder below the root",
            }
            .into());
        }
        self.check_writable()?;
        let below = format!("{}/", path.as_str());
        let inside = |folder: &str| folder == path.as_str() || folder.starts_with(&below);
        let doomed = self.snap.entries().iter().filter(|entry| inside(&entry.path));
        let changes: Vec<Change> = doomed.map(|entry| Change::Delete { slot: entry.slot }).collect();
        if !changes.is_empty() {
            self.save(changes).await?;
        }
        let spot = self.spot();
        self.session()
            .delete_folder(spot.project, spot.slug, path.as_str())
            .await?;
        self.cell.update(|snap| snap.remove_folders(inside))?;
        Ok(self.newest()?)
    }
}

/// A folder and those that it lies in, without the root.
pub(super) fn with_parents(path: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, _) in path.match_indices('/').skip(1) {
        all.push(path[..at].to_owned());
    }
    if path.len() > 1 {
        all.push(path.to_owned());
    }
    all
}
