//! The routes of the compatible API, one file per noun.

mod absent;
mod access;
mod accounts;
mod environments;
mod events;
mod files;
mod folders;
mod identities;
mod login;
mod members;
mod organizations;
mod oversight;
mod privileges;
mod projects;
mod references;
mod requests;
mod rules;
mod secrets;
mod shares;
mod status;
mod versions;
mod webhooks;

use axum::Router;
use coffer_store::model::Place;
use coffer_wire::Timestamp;
use coffer_wire::id::ProjectId;

use crate::app::App;
use crate::auth::{Caller, Unchecked, glob};
use crate::error::Error;
use crate::input::Fields;

/// Every route.
pub fn api() -> Router<App> {
    Router::new()
        .merge(absent::routes())
        .merge(access::routes())
        .merge(accounts::routes())
        .merge(environments::routes())
        .merge(events::routes())
        .merge(files::routes())
        .merge(folders::routes())
        .merge(identities::routes())
        .merge(login::routes())
        .merge(members::routes())
        .merge(organizations::routes())
        .merge(oversight::routes())
        .merge(privileges::routes())
        .merge(projects::routes())
        .merge(requests::routes())
        .merge(rules::routes())
        .merge(secrets::routes())
        .merge(shares::routes())
        .merge(status::routes())
        .merge(versions::routes())
        .merge(webhooks::routes())
}

/// A time as the API writes it.
fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A number of rows, for answers that count.
fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The place that a request names in its body or query.
struct Named {
    project: Option<String>,
    project_slug: Option<String>,
    environment: Option<String>,
    path: String,
}

impl Named {
    /// Reads the spellings of all versions of the API.
    fn read(fields: &Fields<'_>, path_keys: &[&str]) -> Self {
        let text = |keys: &[&str]| keys.iter().find_map(|key| fields.maybe_text(key, 0..=MAX_NAME));
        let path = path_keys
            .iter()
            .find_map(|key| fields.maybe_text(key, 0..=MAX_PATH).filter(|path| path != "/"));
        Self {
            project: text(&["projectId", "workspaceId"]).filter(|id| !id.is_empty()),
            project_slug: text(&["projectSlug", "workspaceSlug"]).filter(|slug| !slug.is_empty()),
            environment: text(&["environment"]).filter(|slug| !slug.is_empty()),
            path: tidy_path(path.as_deref().unwrap_or("/")),
        }
    }

    /// The place for somebody whose pass is not checked yet; it is where a slug has to be looked up.
    async fn place_for(self, app: &App, pass: &Unchecked) -> Result<Place, Error> {
        match (self.project, self.environment) {
            (Some(project), Some(environment)) => Ok(Place {
                project: ProjectId::new(project),
                environment,
                path: self.path,
            }),
            (project, environment) => {
                let named = Self {
                    project,
                    environment,
                    ..self
                };
                named.place(app, &pass.check(app).await?).await
            }
        }
    }

    /// The place, with the project looked up by its slug where only that is given.
    async fn place(self, app: &App, caller: &Caller) -> Result<Place, Error> {
        let incomplete = || Error::bad_request("Missing project id or environment");
        let environment = self.environment.ok_or_else(incomplete)?;
        let project = match (self.project, self.project_slug) {
            (Some(id), _) => ProjectId::new(id),
            (None, Some(slug)) => {
                let found = app.store().project_by_slug(&caller.organization, &slug).await?;
                found
                    .ok_or_else(|| Error::not_found(format!("Project with slug '{slug}' not found")))?
                    .id
            }
            (None, None) => return Err(incomplete()),
        };
        Ok(Place {
            project,
            environment,
            path: self.path,
        })
    }
}

/// An absolute path without empty parts and without a slash at the end.
fn tidy_path(path: &str) -> String {
    let mut tidy = String::with_capacity(path.len() + 1);
    for part in path.split('/').map(str::trim).filter(|part| !part.is_empty()) {
        tidy.push('/');
        tidy.push_str(part);
    }
    if tidy.is_empty() { "/".to_owned() } else { tidy }
}

/// The pattern over folders that `secretPath` is; one with more in it than these is told.
fn pattern(fields: &Fields<'_>, path: &str) -> String {
    if !glob::is_plain(path) {
        fields.wrong(
            "secretPath",
            "custom",
            "The pattern has more in it than *, ** and ?",
        );
    }
    tidy_path(path)
}

/// Long enough for every id, slug and name.
const MAX_NAME: usize = 500;
/// Long enough for every path.
const MAX_PATH: usize = 4096;
