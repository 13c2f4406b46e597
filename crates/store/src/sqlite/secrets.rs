//! Secrets in SQLite.

use coffer_wire::id::{FolderId, ProjectId, SecretId, SecretVersionId, UserId};
use coffer_wire::secret::Metadata;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::accounts::session;
use super::folders::{below, folder_at};
use super::machines::token_columns;
use super::projects::{standing, standing_of};
use super::webhooks::Written;
use super::{Connection, SqliteStore, get, int, number, taken};
use crate::model::{Actor, Folder, Holder, OrgRole, Pass, Place, Secret, SecretPlace, SecretVersion};
use crate::secrets::{Absent, Change, Content, ListFor, Rows, Secrets, What, metadata};
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Secrets for SqliteStore {
    async fn secrets(
        &self,
        place: &Place,
        recursive: bool,
        person: Option<&UserId>,
    ) -> Result<Vec<Secret>, StoreError> {
        // One statement sees one state: no transaction needed.
        let (from, to) = range(place, recursive);
        let row = sqlx::query(if recursive { LIST_BELOW } else { LIST })
            .bind(place.project.as_str())
            .bind(0)
            .bind(&place.environment)
            .bind(&place.path)
            .bind(from)
            .bind(to)
            .bind(person.map_or("", UserId::as_str))
            .fetch_one(&self.readers)
            .await?;
        let rows = rows(&row)?.ok_or_else(|| {
            StoreError::Missing(Thing::Path {
                environment: place.environment.clone(),
                path: place.path.clone(),
            })
        })?;
        Ok(rows.read()?.into_iter().map(Secret::from).collect())
    }

    async fn list_for(
        &self,
        pass: &Pass,
        place: &Place,
        recursive: bool,
        personal: bool,
        now: u64,
    ) -> Result<Option<ListFor>, StoreError> {
        let (from, to) = range(place, recursive);
        let (statement, id, organization) = match (pass, recursive) {
            (
                Pass::Person {
                    session,
                    organization,
                },
                false,
            ) => (LIST_FOR_PERSON, session, organization.as_str()),
            (
                Pass::Person {
                    session,
                    organization,
                },
                true,
            ) => (LIST_BELOW_FOR_PERSON, session, organization.as_str()),
            (Pass::Machine { token }, false) => (LIST_FOR_MACHINE, token, ""),
            (Pass::Machine { token }, true) => (LIST_BELOW_FOR_MACHINE, token, ""),
        };
        let row = sqlx::query(statement)
            .bind(place.project.as_str())
            .bind(int(now))
            .bind(&place.environment)
            .bind(&place.path)
            .bind(from)
            .bind(to)
            .bind(personal)
            .bind(id.as_str())
            .bind(organization)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let holder = match pass {
            Pass::Machine { .. } => Holder::Machine(self.count_use(&row).await?),
            Pass::Person { .. } => {
                let role = get::<Option<&str>>(&row, "org_role")?.and_then(OrgRole::parse);
                Holder::Person(session(&row)?, role)
            }
        };
        Ok(Some(ListFor {
            holder,
            standing: standing_of(get(&row, "standing")?)?,
            rows: rows(&row)?,
        }))
    }

    async fn secret(
        &self,
        place: &Place,
        name: &str,
        owner: Option<&UserId>,
        version: Option<u64>,
    ) -> Result<Secret, StoreError> {
        let mut tx = self.snapshot().await?;
        let folder = folder_at(&mut tx, place).await?;
        let missing = || {
            StoreError::Missing(Thing::Secret {
                name: name.to_owned(),
                path: place.path.clone(),
            })
        };
        let mut found = by_name(&mut tx, &folder, name, owner)
            .await?
            .ok_or_else(missing)?;
        if let Some(wanted) = version.filter(|wanted| *wanted != found.version) {
            let row =
                sqlx::query("SELECT * FROM secret_versions WHERE secret_id = ? AND version = ? AND name = ?")
                    .bind(found.id.as_str())
                    .bind(int(wanted))
                    .bind(name)
                    .fetch_optional(&mut *tx)
                    .await?
                    .ok_or_else(missing)?;
            found.version = wanted;
            found.version_id = SecretVersionId::new(get::<String>(&row, "id")?);
            found.value = get(&row, "value")?;
            found.comment = get(&row, "comment")?;
            found.metadata = metadata(get(&row, "metadata")?);
            found.skip_multiline = get(&row, "skip_multiline")?;
            found.updated_at = number(&row, "created_at")?;
        }
        Ok(found)
    }

    async fn secret_by_id(&self, id: &SecretId) -> Result<Option<(Secret, SecretPlace)>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Ok((secret(&row)?, secret_place(&row)?)))
            .transpose()
    }

    async fn write_secrets(
        &self,
        place: &Place,
        changes: Vec<Change>,
        actor: &Actor,
        now: u64,
    ) -> Result<Vec<Secret>, StoreError> {
        let mut tx = self.begin().await?;
        let home = folder_at(&mut tx, place).await?;
        let limit = sqlx::query("SELECT version_limit FROM projects WHERE id = ?")
            .bind(place.project.as_str())
            .fetch_one(&mut *tx)
            .await?;
        let writer = Writer {
            store: self,
            actor,
            now,
            keep: number(&limit, "version_limit")?,
        };
        let mut rows = Vec::with_capacity(changes.len());
        let mut touched = Vec::new();
        let mut written = Written::default();
        for change in changes {
            let folder = match &change.path {
                Some(path) if *path != home.path => {
                    folder_at(&mut tx, &place.with_path(path.clone())).await?
                }
                _ => home.clone(),
            };
            // What is one person's own is nobody's news.
            let shared = change.owner.is_none();
            let makes = matches!(change.what, What::Create(_)).then(|| change.name.clone());
            let row = writer.apply(&mut tx, &folder, change).await?;
            if shared && row.is_some() {
                written.row(&folder.path);
                if let Some(name) = makes {
                    written.made(&folder.path, &name);
                }
            }
            rows.extend(row);
            if !touched.contains(&folder.id) {
                touched.push(folder.id);
            }
        }
        for folder in touched {
            sqlx::query(TOUCH)
                .bind(int(now))
                .bind(folder.as_str())
                .execute(&mut *tx)
                .await?;
        }
        self.tell_of_secrets(&mut tx, place, &written, actor, now).await?;
        tx.commit().await?;
        Ok(rows)
    }

    async fn move_secrets(
        &self,
        from: &Place,
        to: &Place,
        ids: &[SecretId],
        overwrite: bool,
        actor: &Actor,
        now: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let (source, target) = (folder_at(&mut tx, from).await?, folder_at(&mut tx, to).await?);
        let writer = Writer {
            store: self,
            actor,
            now,
            keep: 1,
        };
        let (mut left, mut came) = (Written::default(), Written::default());
        for id in ids {
            let row = sqlx::query(ONE_IN_FOLDER)
                .bind(source.id.as_str())
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await?
                .ok_or_else(|| {
                    StoreError::Missing(Thing::Secret {
                        name: id.to_string(),
                        path: source.path.clone(),
                    })
                })?;
            let moved = secret(&row)?;
            delete(&mut tx, &moved.id).await?;
            if overwrite
                && let Some(other) = by_name(&mut tx, &target, &moved.name, moved.owner.as_ref()).await?
            {
                delete(&mut tx, &other.id).await?;
            }
            let content = Content {
                value: Some(moved.value),
                comment: Some(moved.comment),
                metadata: Some(moved.metadata),
                reminder_note: Some(moved.reminder_note),
                reminder_days: Some(moved.reminder_days),
                skip_multiline: Some(moved.skip_multiline),
            };
            writer
                .create(&mut tx, &target, &moved.name, moved.owner.as_ref(), content)
                .await?;
            if moved.owner.is_none() {
                left.row(&source.path);
                came.row(&target.path);
            }
        }
        self.tell_of_secrets(&mut tx, from, &left, actor, now).await?;
        self.tell_of_secrets(&mut tx, to, &came, actor, now).await?;
        for folder in [source.id, target.id] {
            sqlx::query(TOUCH)
                .bind(int(now))
                .bind(folder.as_str())
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn secret_versions(
        &self,
        id: &SecretId,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<SecretVersion>, StoreError> {
        let rows = sqlx::query(VERSIONS)
            .bind(id.as_str())
            .bind(int(limit))
            .bind(int(offset))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(version).collect()
    }

    async fn place_of_version(&self, id: &SecretVersionId) -> Result<Option<SecretPlace>, StoreError> {
        let row = sqlx::query(PLACE_OF_VERSION)
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(secret_place).transpose()
    }

    async fn redact_version(&self, id: &SecretVersionId) -> Result<(SecretVersion, SecretId), StoreError> {
        let row = sqlx::query("UPDATE secret_versions SET value = '' WHERE id = ? RETURNING *")
            .bind(id.as_str())
            .fetch_optional(&self.writer)
            .await?
            .ok_or(StoreError::Missing(Thing::Version))?;
        Ok((version(&row)?, SecretId::new(get::<String>(&row, "secret_id")?)))
    }
}

/// What all changes of one transaction have in common.
struct Writer<'a> {
    store: &'a SqliteStore,
    actor: &'a Actor,
    now: u64,
    keep: u64,
}

impl Writer<'_> {
    async fn apply(
        &self,
        connection: &mut Connection,
        folder: &Folder,
        change: Change,
    ) -> Result<Option<Secret>, StoreError> {
        let Change {
            name, owner, what, ..
        } = change;
        let found = by_name(connection, folder, &name, owner.as_ref()).await?;
        let missing = || {
            StoreError::Missing(Thing::Secret {
                name: name.clone(),
                path: folder.path.clone(),
            })
        };
        match what {
            What::Create(content) => {
                if owner.is_some() && by_name(connection, folder, &name, None).await?.is_none() {
                    return Err(missing());
                }
                self.create(connection, folder, &name, owner.as_ref(), content)
                    .await
                    .map(Some)
            }
            What::Delete { expected } => {
                let found = found.ok_or_else(missing)?;
                check_version(&found, expected)?;
                delete(connection, &found.id).await?;
                if owner.is_none() {
                    sqlx::query("DELETE FROM secrets WHERE folder_id = ? AND name = ?")
                        .bind(folder.id.as_str())
                        .bind(&name)
                        .execute(connection)
                        .await?;
                }
                Ok(Some(found))
            }
            What::Update {
                content,
                rename,
                expected,
                absent,
            } => match (found, absent) {
                (Some(found), _) => {
                    check_version(&found, expected)?;
                    self.update(connection, folder, found, content, rename)
                        .await
                        .map(Some)
                }
                (None, Absent::Create) => {
                    let name = rename.unwrap_or(name);
                    self.create(connection, folder, &name, owner.as_ref(), content)
                        .await
                        .map(Some)
                }
                (None, Absent::Skip) => Ok(None),
                (None, Absent::Fail) => Err(missing()),
            },
        }
    }

    async fn create(
        &self,
        connection: &mut Connection,
        folder: &Folder,
        name: &str,
        owner: Option<&UserId>,
        content: Content,
    ) -> Result<Secret, StoreError> {
        let made = Secret {
            id: SecretId::new(self.store.id()),
            path: folder.path.clone(),
            name: name.to_owned(),
            owner: owner.cloned(),
            version: 1,
            version_id: SecretVersionId::new(self.store.id()),
            value: content.value.unwrap_or_default(),
            comment: content.comment.unwrap_or_default(),
            metadata: content.metadata.unwrap_or_default(),
            reminder_note: content.reminder_note.flatten(),
            reminder_days: content.reminder_days.flatten(),
            skip_multiline: content.skip_multiline.unwrap_or(false),
            created_at: self.now,
            updated_at: self.now,
        };
        sqlx::query(ADD)
            .bind(made.id.as_str())
            .bind(folder.id.as_str())
            .bind(name)
            .bind(owner.map_or("", UserId::as_str))
            .bind(made.version_id.as_str())
            .bind(&made.value)
            .bind(&made.comment)
            .bind(json(&made.metadata))
            .bind(&made.reminder_note)
            .bind(made.reminder_days)
            .bind(made.skip_multiline)
            .bind(self.actor.kind())
            .bind(self.actor.id())
            .bind(int(self.now))
            .execute(connection)
            .await
            .map_err(|error| {
                taken(error, || Thing::Secret {
                    name: name.to_owned(),
                    path: folder.path.clone(),
                })
            })?;
        Ok(made)
    }

    async fn update(
        &self,
        connection: &mut Connection,
        folder: &Folder,
        found: Secret,
        content: Content,
        rename: Option<String>,
    ) -> Result<Secret, StoreError> {
        sqlx::query(KEEP_VERSION)
            .bind(found.id.as_str())
            .execute(&mut *connection)
            .await?;
        let renamed = rename.as_ref().is_some_and(|name| *name != found.name);
        let before = found.name.clone();
        let changed = Secret {
            name: rename.unwrap_or(found.name),
            version: found.version + 1,
            version_id: SecretVersionId::new(self.store.id()),
            value: content.value.unwrap_or(found.value),
            comment: content.comment.unwrap_or(found.comment),
            metadata: content.metadata.unwrap_or(found.metadata),
            reminder_note: content.reminder_note.unwrap_or(found.reminder_note),
            reminder_days: content.reminder_days.unwrap_or(found.reminder_days),
            skip_multiline: content.skip_multiline.unwrap_or(found.skip_multiline),
            updated_at: self.now,
            ..found
        };
        sqlx::query(UPDATE)
            .bind(&changed.name)
            .bind(int(changed.version))
            .bind(changed.version_id.as_str())
            .bind(&changed.value)
            .bind(&changed.comment)
            .bind(json(&changed.metadata))
            .bind(&changed.reminder_note)
            .bind(changed.reminder_days)
            .bind(changed.skip_multiline)
            .bind(self.actor.kind())
            .bind(self.actor.id())
            .bind(int(self.now))
            .bind(changed.id.as_str())
            .execute(&mut *connection)
            .await
            .map_err(|error| {
                taken(error, || Thing::Secret {
                    name: changed.name.clone(),
                    path: folder.path.clone(),
                })
            })?;
        if renamed && changed.owner.is_none() {
            sqlx::query("UPDATE secrets SET name = ? WHERE folder_id = ? AND name = ?")
                .bind(&changed.name)
                .bind(folder.id.as_str())
                .bind(&before)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("DELETE FROM secret_versions WHERE secret_id = ? AND version <= ?")
            .bind(changed.id.as_str())
            .bind(int(changed.version.saturating_sub(self.keep.max(1))))
            .execute(connection)
            .await?;
        Ok(changed)
    }
}

fn check_version(found: &Secret, expected: Option<u64>) -> Result<(), StoreError> {
    match expected {
        Some(expected) if expected != found.version => Err(StoreError::Stale {
            current: found.version,
        }),
        _ => Ok(()),
    }
}

async fn by_name(
    connection: &mut Connection,
    folder: &Folder,
    name: &str,
    owner: Option<&UserId>,
) -> Result<Option<Secret>, StoreError> {
    let row = sqlx::query(BY_NAME)
        .bind(folder.id.as_str())
        .bind(name)
        .bind(owner.map_or("", UserId::as_str))
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(secret).transpose()
}

async fn delete(connection: &mut Connection, id: &SecretId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM secrets WHERE id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads by position, in the order of `columns!`.
fn secret(row: &SqliteRow) -> Result<Secret, StoreError> {
    let owner: &str = row.try_get(3)?;
    Ok(Secret {
        id: SecretId::new(row.try_get::<String, _>(0)?),
        path: row.try_get(1)?,
        name: row.try_get(2)?,
        owner: (!owner.is_empty()).then(|| UserId::new(owner)),
        version: u64::try_from(row.try_get::<i64, _>(4)?).unwrap_or(0),
        version_id: SecretVersionId::new(row.try_get::<String, _>(5)?),
        value: row.try_get(6)?,
        comment: row.try_get(7)?,
        metadata: metadata(row.try_get(8)?),
        reminder_note: row.try_get(9)?,
        reminder_days: row.try_get(10)?,
        skip_multiline: row.try_get(11)?,
        created_at: u64::try_from(row.try_get::<i64, _>(12)?).unwrap_or(0),
        updated_at: u64::try_from(row.try_get::<i64, _>(13)?).unwrap_or(0),
    })
}

/// The rows of a list, if its place is there.
fn rows(row: &SqliteRow) -> Result<Option<Rows>, StoreError> {
    let there: bool = get(row, "there")?;
    Ok(if there {
        Some(Rows(get(row, "listed")?))
    } else {
        None
    })
}

/// The range of paths below a place, for a list of everything there.
fn range(place: &Place, recursive: bool) -> (String, String) {
    if recursive {
        below(&place.path)
    } else {
        Default::default()
    }
}

fn version(row: &SqliteRow) -> Result<SecretVersion, StoreError> {
    Ok(SecretVersion {
        id: SecretVersionId::new(get::<String>(row, "id")?),
        version: number(row, "version")?,
        name: get(row, "name")?,
        value: get(row, "value")?,
        comment: get(row, "comment")?,
        actor_type: get(row, "actor_type")?,
        actor_id: get(row, "actor_id")?,
        created_at: number(row, "created_at")?,
    })
}

fn secret_place(row: &SqliteRow) -> Result<SecretPlace, StoreError> {
    Ok(SecretPlace {
        project: ProjectId::new(get::<String>(row, "project_id")?),
        environment: get(row, "slug")?,
        folder: FolderId::new(get::<String>(row, "folder_id")?),
    })
}

fn json(metadata: &[Metadata]) -> String {
    serde_json::to_string(metadata).unwrap_or_else(|_| "[]".to_owned())
}

/// The columns of a secret, in the order in which [`secret`] and `Row` read them.
macro_rules! columns {
    () => {
        "s.id, f.path, s.name, s.owner, s.version, s.version_id, s.value, s.comment, s.metadata,
            s.reminder_note, s.reminder_days, s.skip_multiline, s.created_at, s.updated_at"
    };
    ($after:literal) => {
        concat!("SELECT ", columns!(), $after)
    };
}

/// A list as one JSON text in one row, and whether its place is there: the busiest answer of the server pays for one
/// value instead of fourteen per secret. The place is `?1`, `?3` and `?4`, what lies below it from `?5` up to `?6`. The index
/// on folder, name and owner gives the rows of a folder in order: nothing is sorted.
macro_rules! listed {
    ($paths:literal, $owner:literal, $order:literal) => {
        concat!(
            "(SELECT '[' || coalesce(group_concat(one, ','), '') || ']' FROM (SELECT json_array(",
            columns!(),
            ") AS one FROM environments e JOIN folders f ON f.environment_id = e.id JOIN secrets s ON s.folder_id = f.id
                WHERE e.project_id = ?1 AND e.slug = ?3 AND (",
            $paths,
            ") AND s.owner IN ('', ",
            $owner,
            ") ORDER BY ",
            $order,
            ")) AS listed,
            EXISTS (SELECT 1 FROM environments e JOIN folders f ON f.environment_id = e.id
                WHERE e.project_id = ?1 AND e.slug = ?3 AND f.path = ?4) AS there"
        )
    };
    (here, $owner:literal) => {
        listed!("f.path = ?4", $owner, "s.name, s.owner")
    };
    (below, $owner:literal) => {
        listed!("f.path = ?4 OR (f.path >= ?5 AND f.path < ?6)", $owner, "f.path, s.name, s.owner")
    };
}

/// A list for a person's session `?8` in organisation `?9`; with `?7`, the person's own secrets too.
macro_rules! for_person {
    ($which:ident) => {
        concat!(
            "SELECT w.*, o.role AS org_role, ",
            standing!("pm.user_id = w.user_id"),
            " AS standing, ",
            listed!($which, "CASE WHEN ?7 THEN w.user_id ELSE '' END"),
            " FROM sessions w
                LEFT JOIN organization_members o ON o.user_id = w.user_id AND o.org_id = ?9 AND o.status = 'accepted'
                WHERE w.id = ?8 AND w.expires_at > ?2"
        )
    };
}

/// A list for a machine's token `?8`. Machines have no secrets of their own.
macro_rules! for_machine {
    ($which:ident) => {
        concat!(
            "SELECT ",
            token_columns!(),
            ", ",
            standing!("pm.identity_id = i.id"),
            " AS standing, ",
            listed!($which, "''"),
            " FROM machine_tokens t JOIN identities i ON i.id = t.identity_id
                WHERE t.id = ?8 AND t.expires_at > ?2"
        )
    };
}

const LIST: &str = concat!("SELECT ", listed!(here, "?7"));
const LIST_BELOW: &str = concat!("SELECT ", listed!(below, "?7"));
const LIST_FOR_PERSON: &str = for_person!(here);
const LIST_BELOW_FOR_PERSON: &str = for_person!(below);
const LIST_FOR_MACHINE: &str = for_machine!(here);
const LIST_BELOW_FOR_MACHINE: &str = for_machine!(below);
const BY_NAME: &str = columns!(
    " FROM secrets s JOIN folders f ON f.id = s.folder_id WHERE s.folder_id = ? AND s.name = ? AND s.owner = ?"
);
const ONE_IN_FOLDER: &str =
    columns!(" FROM secrets s JOIN folders f ON f.id = s.folder_id WHERE s.folder_id = ? AND s.id = ?");
const BY_ID: &str = columns!(
    ", e.project_id, e.slug, s.folder_id FROM secrets s JOIN folders f ON f.id = s.folder_id
    JOIN environments e ON e.id = f.environment_id WHERE s.id = ?"
);
const ADD: &str =
    "INSERT INTO secrets (id, folder_id, name, owner, version, version_id, value, comment, metadata,
        reminder_note, reminder_days, skip_multiline, actor_type, actor_id, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)";
const UPDATE: &str =
    "UPDATE secrets SET name = ?, version = ?, version_id = ?, value = ?, comment = ?, metadata = ?,
        reminder_note = ?, reminder_days = ?, skip_multiline = ?, actor_type = ?, actor_id = ?, updated_at = ?
    WHERE id = ?";
const KEEP_VERSION: &str = "INSERT INTO secret_versions (id, secret_id, version, name, value, comment, metadata, skip_multiline,
        actor_type, actor_id, created_at)
    SELECT version_id, id, version, name, value, comment, metadata, skip_multiline, actor_type, actor_id, updated_at
    FROM secrets WHERE id = ?";
const VERSIONS: &str = "SELECT id, version, name, value, comment, actor_type, actor_id, created_at
        FROM secret_versions WHERE secret_id = ?1
    UNION ALL SELECT version_id, version, name, value, comment, actor_type, actor_id, updated_at FROM secrets WHERE id = ?1
    ORDER BY version DESC LIMIT ?2 OFFSET ?3";
const PLACE_OF_VERSION: &str =
    "SELECT e.project_id, e.slug, s.folder_id FROM secret_versions v JOIN secrets s ON s.id = v.secret_id
    JOIN folders f ON f.id = s.folder_id JOIN environments e ON e.id = f.environment_id WHERE v.id = ?";
const TOUCH: &str = "UPDATE folders SET last_secret_modified = ? WHERE id = ?";
