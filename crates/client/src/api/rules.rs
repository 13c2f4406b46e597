//! Secret validation rules of projects: what the server asks of values before it takes them.

use super::{Ignored, Session};
use crate::{Device, Error, Transport};
use coffer_wire::id::{ProjectId, RuleId};
use coffer_wire::rule::{self, Inputs, NewRule};
use serde::Deserialize;
use serde_json::json;

/// A rule, in the server's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    #[serde(default)]
    pub(crate) env_id: Option<String>,
    pub(crate) secret_path: String,
    pub(crate) is_active: bool,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) inputs: Inputs,
}

impl<T: Transport, D: Device> Session<T, D> {
    /// The rules of a project; `None` where the server knows no such thing.
    pub(crate) async fn list_rules(&self, project: &ProjectId) -> Result<Option<Vec<Rule>>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            rules: Vec<Rule>,
        }
        match self.get::<Answer>(rule::list(project)).await {
            Ok(answer) => Ok(Some(answer.rules)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Makes a rule; `false` where the server has no such rules or plan.
    pub(crate) async fn create_rule(&self, project: &ProjectId, new: &NewRule) -> Result<bool, Error> {
        match self.post::<Ignored>(rule::list(project), json!(new)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(Error::Server {
                status: 400..=499, ..
            }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Deletes a rule; an absent one is fine.
    pub(crate) async fn delete_rule(&self, project: &ProjectId, id: &RuleId) -> Result<(), Error> {
        match self.delete::<Ignored>(rule::one(project, id), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
