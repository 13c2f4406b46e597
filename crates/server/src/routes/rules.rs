//! Secret validation rules: what a project asks of secrets before this server takes them.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use coffer_store::model::{Role, SecretRule};
use coffer_store::rules::RuleContent;
use coffer_store::{StoreError, Thing};
use coffer_wire::id::{ProjectId, RuleId};
use coffer_wire::rule::{Asks, Constraint, Inputs, Rule, RuleAnswer, RulesAnswer};
use regex::bytes::{Regex, RegexBuilder};

use super::{MAX_PATH, pattern, time};
use crate::app::App;
use crate::auth::{Caller, glob};
use crate::error::Error;
use crate::input::{Body, Fields};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/projects/{project}/secret-validation-rules",
            get(list).post(create),
        )
        .route(
            "/api/v1/projects/{project}/secret-validation-rules/{rule}",
            patch(update).delete(delete),
        )
}

/// `GET /api/v1/projects/:project/secret-validation-rules`
async fn list(State(app): State<App>, caller: Caller, Path(project): Path<ProjectId>) -> Reply<RulesAnswer> {
    caller.in_project(&app, &project, Role::Viewer, SETTINGS).await?;
    let found = app.store().rules(&project).await?;
    Ok(Json(RulesAnswer {
        rules: found.into_iter().map(wire).collect(),
    }))
}

/// `POST /api/v1/projects/:project/secret-validation-rules`
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: Body,
) -> Reply<RuleAnswer> {
    caller.in_project(&app, &project, Role::Admin, SETTINGS).await?;
    let new = body.read(|fields| {
        let asks: Option<Asks> = fields.parsed("rule");
        if !fields.has("rule") {
            fields.wrong("rule", "invalid_type", "Required");
        }
        let asks = asks.inspect(|asks| {
            if asks.kind != KIND {
                fields.wrong("rule", "custom", OTHER_KIND);
            }
        });
        let inputs = asks.map(|asks| asks.inputs).unwrap_or_default();
        check_inputs(fields, "rule", &inputs);
        RuleContent {
            name: fields.text("name", 1..=100),
            description: fields.maybe_text("description", 0..=500),
            environment: fields.maybe_text("environmentSlug", 1..=64),
            path: read_path(fields).unwrap_or_default(),
            inputs,
            is_active: true,
        }
    })?;
    let made = app.store().create_rule(&project, new, app.now()).await?;
    Ok(Json(RuleAnswer { rule: wire(made) }))
}

/// `PATCH /api/v1/projects/:project/secret-validation-rules/:rule`
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((project, id)): Path<(ProjectId, RuleId)>,
    body: Body,
) -> Reply<RuleAnswer> {
    caller.in_project(&app, &project, Role::Admin, SETTINGS).await?;
    let found = app.store().rules(&project).await?;
    let found = found
        .into_iter()
        .find(|rule| rule.id == id)
        .ok_or_else(|| StoreError::Missing(Thing::Rule(id.to_string())))?;
    let content = body.read(|fields| {
        if fields.has("type") {
            fields.choice("type", &[KIND]);
        }
        let inputs: Option<Inputs> = fields.parsed("inputs");
        if let Some(inputs) = &inputs {
            check_inputs(fields, "inputs", inputs);
        }
        let was = found.environment.map(|(_, slug)| slug);
        RuleContent {
            name: fields.maybe_text("name", 1..=100).unwrap_or(found.name),
            description: fields
                .nullable_text("description", 0..=500)
                .unwrap_or(found.description),
            environment: fields.nullable_text("environmentSlug", 1..=64).unwrap_or(was),
            path: if fields.has("secretPath") {
                read_path(fields).unwrap_or_default()
            } else {
                found.path
            },
            inputs: inputs.unwrap_or(found.inputs),
            is_active: fields.flag("isActive").unwrap_or(found.is_active),
        }
    })?;
    let changed = app.store().update_rule(&project, &id, content, app.now()).await?;
    Ok(Json(RuleAnswer { rule: wire(changed) }))
}

/// `DELETE /api/v1/projects/:project/secret-validation-rules/:rule`
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((project, id)): Path<(ProjectId, RuleId)>,
) -> Reply<RuleAnswer> {
    caller.in_project(&app, &project, Role::Admin, SETTINGS).await?;
    let gone = app.store().delete_rule(&project, &id).await?;
    Ok(Json(RuleAnswer { rule: wire(gone) }))
}

/// What is about to be written: where, and what of it is new.
pub struct Incoming<'a> {
    pub environment: &'a str,
    pub path: &'a str,
    pub name: &'a str,
    /// Whether the name is new there.
    pub named: bool,
    /// The value, if it is new there.
    pub value: Option<&'a str>,
}

/// Refuses what the rules of a project do not take, in the real server's words.
pub async fn check(app: &App, project: &ProjectId, incoming: &[Incoming<'_>]) -> Result<(), Error> {
    let mut rules = app.store().rules(project).await?;
    rules.retain(|rule| rule.is_active);
    let mut broken = Vec::new();
    for rule in &rules {
        for constraint in &rule.inputs.constraints {
            // Rules are read again before each write: patterns that no longer compile ask for nothing that can be given.
            let pattern = (constraint.kind == REGEX).then(|| compiled(&constraint.value).ok());
            for item in incoming.iter().filter(|item| covers(rule, item)) {
                let text = match constraint.applies_to.as_str() {
                    "key" => item.named.then_some(item.name),
                    _ => item.value,
                };
                let holds = text.is_none_or(|text| holds(constraint, pattern.as_ref(), text));
                if !holds {
                    broken.push(sentence(rule, constraint, item));
                }
            }
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::bad_request(format!(
        "Secret validation failed:\n{}",
        broken.join("\n")
    )))
}

fn covers(rule: &SecretRule, item: &Incoming<'_>) -> bool {
    let there = rule
        .environment
        .as_ref()
        .is_none_or(|(_, slug)| slug == item.environment);
    there && glob::matches(&rule.path, item.path)
}

fn holds(constraint: &Constraint, pattern: Option<&Option<Regex>>, text: &str) -> bool {
    let wanted = constraint.value.as_str();
    let length = || wanted.parse::<usize>().ok();
    match constraint.kind.as_str() {
        MIN => length().is_some_and(|least| text.chars().count() >= least),
        MAX => length().is_some_and(|most| text.chars().count() <= most),
        PREFIX => text.starts_with(wanted),
        SUFFIX => text.ends_with(wanted),
        _ => pattern
            .and_then(Option::as_ref)
            .is_some_and(|pattern| pattern.is_match(text.as_bytes())),
    }
}

fn sentence(rule: &SecretRule, constraint: &Constraint, item: &Incoming<'_>) -> String {
    let wanted = &constraint.value;
    let (asked, kind) = match constraint.kind.as_str() {
        MIN => (format!("must be at least {wanted} characters long"), "Min length"),
        MAX => (format!("must be at most {wanted} characters long"), "Max length"),
        PREFIX => (format!("must start with \"{wanted}\""), "Required prefix"),
        SUFFIX => (format!("must end with \"{wanted}\""), "Required suffix"),
        _ => (format!("must match \"{wanted}\""), "Regex pattern"),
    };
    format!(
        "Secret \"{}\": {} {asked} (rule: \"{}\", constraint: {kind})",
        item.name, constraint.applies_to, rule.name
    )
}

fn check_inputs(fields: &Fields<'_>, key: &str, inputs: &Inputs) {
    if inputs.constraints.is_empty() {
        fields.wrong(key, "too_small", "Array must contain at least 1 element(s)");
    }
    for Constraint {
        kind,
        applies_to,
        value,
    } in &inputs.constraints
    {
        let fine = match kind.as_str() {
            MIN | MAX => value.parse::<usize>().is_ok(),
            REGEX => compiled(value).is_ok(),
            PREFIX | SUFFIX => !value.is_empty(),
            _ => false,
        };
        if !fine || !["key", "value"].contains(&applies_to.as_str()) {
            fields.wrong(
                key,
                "custom",
                &format!("'{kind}' of '{applies_to}' as '{value}' is no constraint that this server keeps"),
            );
        }
    }
}

fn read_path(fields: &Fields<'_>) -> Option<String> {
    let path = fields.text("secretPath", 1..=MAX_PATH);
    Some(pattern(fields, &path))
}

/// A pattern that takes no more than linear time, over bytes.
fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(LARGEST_PATTERN)
        .build()
}

fn wire(rule: SecretRule) -> Rule {
    Rule {
        id: rule.id,
        name: rule.name,
        description: rule.description,
        project_id: rule.project,
        env_id: rule.environment.map(|(id, _)| id),
        secret_path: rule.path,
        is_active: rule.is_active,
        created_at: time(rule.created_at),
        updated_at: time(rule.updated_at),
        kind: KIND.to_owned(),
        inputs: rule.inputs,
    }
}

const SETTINGS: &str = "settings";
const KIND: &str = "static-secrets";
const OTHER_KIND: &str = "This server has rules for static secrets only";
const MIN: &str = "min-length";
const MAX: &str = "max-length";
const REGEX: &str = "regex-pattern";
const PREFIX: &str = "required-prefix";
const SUFFIX: &str = "required-suffix";
/// Far more than a pattern that a person writes, in bytes once it is compiled.
const LARGEST_PATTERN: usize = 256 << 10;
