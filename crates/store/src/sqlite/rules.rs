//! Validation rules in SQLite.

use coffer_wire::id::{EnvironmentId, ProjectId, RuleId};
use sqlx::sqlite::SqliteRow;

use super::{Connection, SqliteStore, get, int, number};
use crate::model::SecretRule;
use crate::rules::{RuleContent, Rules};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Rules for SqliteStore {
    async fn create_rule(
        &self,
        project: &ProjectId,
        new: RuleContent,
        now: u64,
    ) -> Result<SecretRule, StoreError> {
        let mut tx = self.begin().await?;
        let id = RuleId::new(self.id());
        let environment = environment(&mut tx, project, new.environment.as_deref()).await?;
        sqlx::query(ADD_RULE)
            .bind(id.as_str())
            .bind(project.as_str())
            .bind(environment)
            .bind(&new.name)
            .bind(&new.description)
            .bind(&new.path)
            .bind(json(&new)?)
            .bind(new.is_active)
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let made = by_id(&mut tx, project, &id).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn rules(&self, project: &ProjectId) -> Result<Vec<SecretRule>, StoreError> {
        let rows = sqlx::query(RULES_OF)
            .bind(project.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(rule).collect()
    }

    async fn update_rule(
        &self,
        project: &ProjectId,
        id: &RuleId,
        content: RuleContent,
        now: u64,
    ) -> Result<SecretRule, StoreError> {
        let mut tx = self.begin().await?;
        let environment = environment(&mut tx, project, content.environment.as_deref()).await?;
        sqlx::query(UPDATE_RULE)
            .bind(environment)
            .bind(&content.name)
            .bind(&content.description)
            .bind(&content.path)
            .bind(json(&content)?)
            .bind(content.is_active)
            .bind(int(now))
            .bind(id.as_str())
            .bind(project.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = by_id(&mut tx, project, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_rule(&self, project: &ProjectId, id: &RuleId) -> Result<SecretRule, StoreError> {
        let mut tx = self.begin().await?;
        let gone = by_id(&mut tx, project, id).await?;
        sqlx::query("DELETE FROM secret_rules WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// The id of an environment by its slug.
async fn environment(
    connection: &mut Connection,
    project: &ProjectId,
    slug: Option<&str>,
) -> Result<Option<String>, StoreError> {
    let Some(slug) = slug else { return Ok(None) };
    let row = sqlx::query("SELECT id FROM environments WHERE project_id = ? AND slug = ?")
        .bind(project.as_str())
        .bind(slug)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| StoreError::Missing(Thing::Environment(slug.to_owned())))?;
    get(&row, "id").map(Some)
}

async fn by_id(
    connection: &mut Connection,
    project: &ProjectId,
    id: &RuleId,
) -> Result<SecretRule, StoreError> {
    let row = sqlx::query(RULE)
        .bind(id.as_str())
        .bind(project.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| StoreError::Missing(Thing::Rule(id.to_string())))?;
    rule(&row)
}

fn rule(row: &SqliteRow) -> Result<SecretRule, StoreError> {
    let environment = match (
        get::<Option<String>>(row, "environment_id")?,
        get::<Option<String>>(row, "slug")?,
    ) {
        (Some(id), Some(slug)) => Some((EnvironmentId::new(id), slug)),
        _ => None,
    };
    Ok(SecretRule {
        id: RuleId::new(get::<String>(row, "id")?),
        project: ProjectId::new(get::<String>(row, "project_id")?),
        environment,
        name: get(row, "name")?,
        description: get(row, "description")?,
        path: get(row, "path")?,
        inputs: serde_json::from_str(get(row, "inputs")?)
            .map_err(|error| StoreError::Database(format!("a rule could not be read: {error}")))?,
        is_active: get(row, "is_active")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn json(content: &RuleContent) -> Result<String, StoreError> {
    serde_json::to_string(&content.inputs).map_err(|error| StoreError::Database(error.to_string()))
}

const ADD_RULE: &str =
    "INSERT INTO secret_rules (id, project_id, environment_id, name, description, path, inputs, is_active,
        created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)";
const UPDATE_RULE: &str =
    "UPDATE secret_rules SET environment_id = ?, name = ?, description = ?, path = ?, inputs = ?,
        is_active = ?, updated_at = ? WHERE id = ? AND project_id = ?";
const RULE: &str =
    "SELECT r.*, e.slug FROM secret_rules r LEFT JOIN environments e ON e.id = r.environment_id
    WHERE r.id = ? AND r.project_id = ?";
const RULES_OF: &str =
    "SELECT r.*, e.slug FROM secret_rules r LEFT JOIN environments e ON e.id = r.environment_id
    WHERE r.project_id = ? ORDER BY r.created_at, r.id";
