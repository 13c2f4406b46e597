//! Folders of an environment.

use super::{Ignored, Session, text_or_empty};
use crate::{Device, Error, Transport};
use coffer_wire::folder;
use coffer_wire::id::ProjectId;
use serde::Deserialize;
use serde_json::json;

/// A folder's path, in the server's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    name: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    relative_path: String,
}

impl<T: Transport, D: Device> Session<T, D> {
    /// All folders below `path`, absolute.
    pub(crate) async fn list_folders(
        &self,
        project: &ProjectId,
        environment: &str,
        path: &str,
    ) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            folders: Vec<Folder>,
        }
        let answer: Answer = self.get(folder::list(project, environment, path, true)).await?;
        let base = path.trim_end_matches('/');
        Ok(answer
            .folders
            .into_iter()
            .map(|folder| {
                let relative = if folder.relative_path.is_empty() {
                    folder.name
                } else {
                    folder.relative_path
                };
                format!("{base}/{}", relative.trim_start_matches('/'))
            })
            .collect())
    }

    /// Makes a folder and its missing parents; an existing one is fine.
    pub(crate) async fn ensure_folder(
        &self,
        project: &ProjectId,
        environment: &str,
        path: &str,
    ) -> Result<(), Error> {
        match self.create_folder(project, environment, path).await {
            Ok(()) | Err(Error::NameTaken) => Ok(()),
            Err(other) => Err(other),
        }
    }

    pub(crate) async fn create_folder(
        &self,
        project: &ProjectId,
        environment: &str,
        path: &str,
    ) -> Result<(), Error> {
        let (parent, name) = split(path);
        let body = json!({ "projectId": project, "environment": environment, "name": name, "path": parent });
        let _: Ignored = self.post(folder::create(), body).await?;
        Ok(())
    }

    /// Deletes a folder with everything in it; an absent one is fine.
    pub(crate) async fn delete_folder(
        &self,
        project: &ProjectId,
        environment: &str,
        path: &str,
    ) -> Result<(), Error> {
        let (parent, name) = split(path);
        let body =
            json!({ "projectId": project, "environment": environment, "path": parent, "forceDelete": true });
        match self.delete::<Ignored>(folder::one(name), Some(body)).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

/// Parent and last segment of an absolute path.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(pair) => pair,
        None => ("/", path),
    }
}
