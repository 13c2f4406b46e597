//! Projects and environments.

use super::{Ignored, Session, text_or_empty};
use crate::{Device, Error, Transport};
use coffer_wire::id::{EnvironmentId, ProjectId};
use coffer_wire::project;
use serde::Deserialize;
use serde_json::json;

/// A project, in the server's words.
#[derive(Clone, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) description: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) slug: String,
    #[serde(default)]
    pub(crate) environments: Vec<Environment>,
}

/// An environment, in the server's words.
#[derive(Clone, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slug: String,
}

#[derive(Deserialize)]
struct One {
    project: Project,
}

#[derive(Deserialize)]
struct OneEnvironment {
    environment: Environment,
}

impl<T: Transport, D: Device> Session<T, D> {
    pub(crate) async fn list_projects(&self) -> Result<Vec<Project>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            projects: Vec<Project>,
        }
        let answer: Answer = self.get(project::list().query("type", "secret-manager")).await?;
        Ok(answer.projects)
    }

    pub(crate) async fn project(&self, id: &ProjectId) -> Result<Project, Error> {
        let answer: One = self.get(project::one(id)).await?;
        Ok(answer.project)
    }

    pub(crate) async fn create_project(&self, name: &str, description: &str) -> Result<Project, Error> {
        let body = json!({
            "projectName": name, "projectDescription": description, "type": "secret-manager",
            "shouldCreateDefaultEnvs": false,
        });
        let answer: One = self.post(project::create(), body).await?;
        Ok(answer.project)
    }

    pub(crate) async fn rename_project(&self, id: &ProjectId, name: &str) -> Result<(), Error> {
        let _: Ignored = self.patch(project::one(id), json!({ "name": name })).await?;
        Ok(())
    }

    pub(crate) async fn delete_project(&self, id: &ProjectId) -> Result<(), Error> {
        let _: Ignored = self.delete(project::one(id), None).await?;
        Ok(())
    }

    pub(crate) async fn create_environment(
        &self,
        in_project: &ProjectId,
        name: &str,
        slug: &str,
    ) -> Result<Environment, Error> {
        let path = project::environments(in_project);
        let answer: OneEnvironment = self.post(path, json!({ "name": name, "slug": slug })).await?;
        Ok(answer.environment)
    }

    pub(crate) async fn rename_environment(
        &self,
        in_project: &ProjectId,
        id: &str,
        name: &str,
    ) -> Result<(), Error> {
        let path = project::environment(in_project, &EnvironmentId::new(id));
        let _: Ignored = self.patch(path, json!({ "name": name })).await?;
        Ok(())
    }

    pub(crate) async fn delete_environment(&self, in_project: &ProjectId, id: &str) -> Result<(), Error> {
        let path = project::environment(in_project, &EnvironmentId::new(id));
        let _: Ignored = self.delete(path, None).await?;
        Ok(())
    }
}
