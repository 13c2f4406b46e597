//! Validation rules of projects: what they ask of secrets.

use coffer_wire::id::{ProjectId, RuleId};
use coffer_wire::rule::Inputs;

use crate::StoreError;
use crate::model::SecretRule;

/// Validation rules.
#[async_trait::async_trait]
pub trait Rules: Send + Sync {
    /// Makes a rule; `Missing(Environment)` if its environment is not there.
    async fn create_rule(
        &self,
        project: &ProjectId,
        new: RuleContent,
        now: u64,
    ) -> Result<SecretRule, StoreError>;

    /// The rules of a project, oldest first.
    async fn rules(&self, project: &ProjectId) -> Result<Vec<SecretRule>, StoreError>;

    /// Replaces what a rule says.
    async fn update_rule(
        &self,
        project: &ProjectId,
        id: &RuleId,
        content: RuleContent,
        now: u64,
    ) -> Result<SecretRule, StoreError>;

    /// Deletes a rule.
    async fn delete_rule(&self, project: &ProjectId, id: &RuleId) -> Result<SecretRule, StoreError>;
}

/// What a rule says.
#[derive(Clone, Debug)]
pub struct RuleContent {
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The environment's slug; all if absent.
    pub environment: Option<String>,
    /// The folder, or a pattern over folders.
    pub path: String,
    /// What it asks.
    pub inputs: Inputs,
    /// Whether it counts.
    pub is_active: bool,
}
