//! The seal guard: a rule of the server's own by which it takes nothing but sealed values, from any client.
//!
//! It protects from mistakes of other tools, not from the server: what counts is the log, and a row that is not sealed is
//! never shown as a value.

use crate::api::rules::Rule;
use crate::{Device, Error, Project, Transport};
use coffer_wire::rule::{Asks, Constraint, Inputs, NewRule};

/// Whether a server takes nothing but sealed values in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealGuard {
    /// It takes anything, and could be told not to.
    Off,
    /// It refuses what is not sealed.
    On,
    /// It has no rules of this kind.
    Unsupported,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Whether the server refuses values that are not sealed in an environment.
    pub async fn seal_guard(&self, slug: &str) -> Result<SealGuard, Error> {
        let Some(rules) = self.vault.inner.session.list_rules(&self.cell.id).await? else {
            return Ok(SealGuard::Unsupported);
        };
        let environment = self.server_id(slug)?;
        Ok(if rules.iter().any(|rule| guards(rule, &environment)) {
            SealGuard::On
        } else {
            SealGuard::Off
        })
    }

    /// Makes the server refuse values that are not sealed in an environment. Those that are there already stay.
    pub async fn turn_seal_guard_on(&self, slug: &str) -> Result<SealGuard, Error> {
        match self.seal_guard(slug).await? {
            SealGuard::Off => {}
            other => return Ok(other),
        }
        let new = NewRule {
            name: NAME.to_owned(),
            environment_slug: Some(slug.to_owned()),
            secret_path: EVERYWHERE.to_owned(),
            rule: Asks {
                kind: KIND.to_owned(),
                inputs: Inputs {
                    constraints: vec![sealed()],
                },
            },
        };
        if self.vault.inner.session.create_rule(&self.cell.id, &new).await? {
            self.seal_guard(slug).await
        } else {
            Ok(SealGuard::Unsupported)
        }
    }

    /// Lets the server take anything again in an environment. A rule over all environments stays: it is not of this one.
    pub async fn turn_seal_guard_off(&self, slug: &str) -> Result<SealGuard, Error> {
        let session = &self.vault.inner.session;
        let environment = self.server_id(slug)?;
        for rule in session.list_rules(&self.cell.id).await?.unwrap_or_default() {
            if rule.env_id.is_some() && guards(&rule, &environment) {
                session.delete_rule(&self.cell.id, &rule.id).await?;
            }
        }
        self.seal_guard(slug).await
    }
}

/// Whether a rule keeps everything that is not sealed out of an environment.
fn guards(rule: &Rule, environment: &str) -> bool {
    rule.is_active
        && rule.kind == KIND
        && rule.secret_path == EVERYWHERE
        && rule.env_id.as_deref().is_none_or(|id| id == environment)
        && rule.inputs.constraints.contains(&sealed())
}

/// What every object of ours begins with, also those under `/coffer`: a narrower pattern would keep our own log out.
fn sealed() -> Constraint {
    Constraint {
        kind: "regex-pattern".to_owned(),
        applies_to: "value".to_owned(),
        value: r"^cf[a-z]1\.".to_owned(),
    }
}

const NAME: &str = "Coffer: sealed values only";
const KIND: &str = "static-secrets";
const EVERYWHERE: &str = "/**";
