//! Secret rows: opaque text under a name in a folder.

use super::{Session, text_or_empty};
use crate::{Device, Error, Transport};
use coffer_wire::id::ProjectId;
use coffer_wire::secret::{self, HIDDEN};
use coffer_wire::timestamp::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Where rows live on the server.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) environment: &'a str,
    pub(crate) path: &'a str,
}

/// A row, in the server's words.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) name: String,
    /// `None` where the server hides the value from this person.
    pub(crate) value: Option<String>,
    /// Since when the row is there, by the server's clock, in milliseconds; `None` where it says nothing that is a time.
    pub(crate) created: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRow {
    secret_key: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    secret_value: String,
    #[serde(default)]
    secret_value_hidden: bool,
    #[serde(default, deserialize_with = "text_or_empty")]
    secret_path: String,
    #[serde(default, rename = "type", deserialize_with = "text_or_empty")]
    kind: String,
    #[serde(default, deserialize_with = "time_or_none")]
    created_at: Option<u64>,
}

fn time_or_none<'de, De: Deserializer<'de>>(from: De) -> Result<Option<u64>, De::Error> {
    let time = serde_json::from_value::<Timestamp>(Value::deserialize(from)?);
    Ok(time.ok().and_then(|time| time.to_millis()))
}

impl WireRow {
    fn row(self, asked: &str) -> Row {
        let hidden = self.secret_value_hidden || self.secret_value == HIDDEN;
        Row {
            path: if self.secret_path.is_empty() {
                asked.to_owned()
            } else {
                self.secret_path
            },
            name: self.secret_key,
            value: if hidden { None } else { Some(self.secret_value) },
            created: self.created_at,
        }
    }
}

/// An answer to a write: a change policy may have turned it into a request.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    approval: Option<Value>,
}

impl Written {
    fn done(self) -> Result<(), Error> {
        if self.approval.is_some() {
            Err(Error::PolicyBlocksCoffer)
        } else {
            Ok(())
        }
    }
}

/// How many rows from the first on one request carries: at least one.
pub(crate) fn fitting<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
    let mut bytes = 0;
    let fits = rows.into_iter().take_while(|(name, value)| {
        bytes += name.len() * 2 + value.len() + 64;
        bytes <= BATCH_BYTES
    });
    fits.count().max(1)
}

impl<T: Transport, D: Device> Session<T, D> {
    /// Rows of one folder, or of all folders below it. An absent folder has none.
    pub(crate) async fn list_rows(&self, at: Place<'_>, recursive: bool) -> Result<Vec<Row>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            secrets: Vec<WireRow>,
        }
        // `secret::list` spells out every switch, so that no server expands or mixes in by a default of its own.
        let url = secret::list(at.project, at.environment, at.path, recursive);
        let answer: Answer = self.get(url).await?;
        Ok(answer
            .secrets
            .into_iter()
            .filter(|r| r.kind != "personal")
            .map(|r| r.row(at.path))
            .collect())
    }

    /// As [`Self::list_rows`], where the folder may not exist yet.
    pub(crate) async fn list_rows_if_any(&self, at: Place<'_>, recursive: bool) -> Result<Vec<Row>, Error> {
        match self.list_rows(at, recursive).await {
            Err(Error::NotFound) => Ok(Vec::new()),
            other => other,
        }
    }

    pub(crate) async fn read_row(&self, at: Place<'_>, name: &str) -> Result<Option<Row>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            secret: WireRow,
        }
        let url = secret::read(at.project, at.environment, at.path, name, None);
        match self.get::<Answer>(url).await {
            Ok(answer) => Ok(Some(answer.secret.row(at.path))),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Creates a row; an existing name is [`Error::NameTaken`]: the poor man's compare-and-swap.
    pub(crate) async fn create_row(&self, at: Place<'_>, name: &str, value: &str) -> Result<(), Error> {
        let body = json!({
            "projectId": at.project, "environment": at.environment, "secretPath": at.path,
            "secretValue": value, "secretComment": "", "type": "shared",
        });
        self.post::<Written>(secret::one(name), body).await?.done()
    }

    pub(crate) async fn delete_row(&self, at: Place<'_>, name: &str) -> Result<(), Error> {
        self.delete_rows(at, &[name]).await
    }

    /// Creates or replaces rows of one folder, as many as [`fitting`] lets through at most.
    pub(crate) async fn upsert_rows(&self, at: Place<'_>, rows: &[(&str, &str)]) -> Result<(), Error> {
        let secrets: Vec<Value> = rows
            .iter()
            .map(|(name, value)| json!({ "secretKey": name, "secretValue": value }))
            .collect();
        let body = json!({
            "projectId": at.project, "environment": at.environment, "secretPath": at.path,
            "mode": "upsert", "secrets": secrets,
        });
        self.patch::<Written>(secret::batch(), body).await?.done()
    }

    /// Deletes rows of one folder; absent ones are fine.
    pub(crate) async fn delete_rows(&self, at: Place<'_>, names: &[&str]) -> Result<(), Error> {
        if names.is_empty() {
            return Ok(());
        }
        let secrets: Vec<Value> = names
            .iter()
            .map(|n| json!({ "secretKey": n, "type": "shared" }))
            .collect();
        let body = json!({
            "projectId": at.project, "environment": at.environment, "secretPath": at.path, "secrets": secrets,
        });
        match self.delete::<Written>(secret::batch(), Some(body)).await {
            Ok(written) => written.done(),
            Err(Error::NotFound) if names.len() == 1 => Ok(()),
            // One of them is gone already, so the server refused all: one by one.
            Err(Error::NotFound) => {
                for name in names {
                    let body = json!({
                        "projectId": at.project, "environment": at.environment, "secretPath": at.path,
                        "type": "shared",
                    });
                    match self.delete::<Written>(secret::one(name), Some(body)).await {
                        Ok(written) => written.done()?,
                        Err(Error::NotFound) => {}
                        Err(other) => return Err(other),
                    }
                }
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
}

/// A request has at most 1 MiB.
const BATCH_BYTES: usize = 768 << 10;
