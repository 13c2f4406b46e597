//! Secret validation rules: what a server asks of the secrets in a place before it takes them.

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, ProjectId, RuleId};
use crate::{Endpoint, Timestamp};

/// `GET` → [`RulesAnswer`] or `POST` ([`NewRule`]) → [`RuleAnswer`] `/api/v1/projects/:id/secret-validation-rules`
#[must_use]
pub fn list(project: &ProjectId) -> Endpoint {
    crate::project::one(project).then("/secret-validation-rules")
}

/// `PATCH` or `DELETE` → [`RuleAnswer`] `/api/v1/projects/:id/secret-validation-rules/:rule`
#[must_use]
pub fn one(project: &ProjectId, rule: &RuleId) -> Endpoint {
    list(project).part(rule)
}

/// Body of `POST` on [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewRule {
    /// Its name, for people.
    pub name: String,
    /// The environment; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_slug: Option<String>,
    /// The folder, or a pattern over folders.
    pub secret_path: String,
    /// What it asks.
    pub rule: Asks,
}

/// What a rule asks, and of which kind of secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// `static-secrets`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The constraints.
    pub inputs: Inputs,
}

/// The constraints of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// All have to hold.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

/// One thing that a rule asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraint {
    /// `min-length`, `max-length`, `regex-pattern`, `required-prefix`, `required-suffix` or `prevent-value-reuse`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `key` or `value`.
    pub applies_to: String,
    /// The length, pattern or text.
    pub value: String,
}

/// Answer of `GET` on [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RulesAnswer {
    /// All rules of the project.
    pub rules: Vec<Rule>,
}

/// Answer of all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleAnswer {
    /// The rule.
    pub rule: Rule,
}

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The rule.
    pub id: RuleId,
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The project.
    pub project_id: ProjectId,
    /// The environment; all if absent.
    #[serde(default)]
    pub env_id: Option<EnvironmentId>,
    /// The folder, or a pattern over folders.
    pub secret_path: String,
    /// Whether it counts.
    pub is_active: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// `static-secrets`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it asks.
    #[serde(default)]
    pub inputs: Inputs,
}
