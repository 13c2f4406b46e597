//! References in values that are not sealed: `${NAME}` and `${environment.folder.NAME}`.
//!
//! Sealed values have no `$` in them and pass untouched; this is for other tools that keep plain values here.

use std::borrow::Cow;
use std::collections::HashMap;

use coffer_store::StoreError;
use coffer_store::model::Place;

use crate::app::App;
use crate::auth::{Act, Rights, Spot};
use crate::error::Error;

/// Replaces references by what they name; what does not exist or may not be read becomes nothing.
pub struct Expander<'a> {
    app: &'a App,
    rights: &'a Rights,
    place: &'a Place,
    known: HashMap<Place, HashMap<String, String>>,
}

impl<'a> Expander<'a> {
    /// References are read from where `place` stands.
    pub fn new(app: &'a App, rights: &'a Rights, place: &'a Place) -> Self {
        Self {
            app,
            rights,
            place,
            known: HashMap::new(),
        }
    }

    /// Expands the value of a secret in folder `path`, if it has references.
    pub async fn expand(&mut self, path: &str, value: &mut Cow<'_, str>) -> Result<(), Error> {
        if !value.contains("${") {
            return Ok(());
        }
        let home = self.place.with_path(path);
        for _ in 0..MOST_ROUNDS {
            let (expanded, found) = self.once(&home, value).await?;
            *value = Cow::Owned(expanded);
            if !found || value.len() > MOST_BYTES {
                break;
            }
        }
        Ok(())
    }

    /// Replaces the references that are there now; what they bring in may have some of its own.
    async fn once(&mut self, home: &Place, value: &str) -> Result<(String, bool), Error> {
        let (mut out, mut rest, mut found) = (String::with_capacity(value.len()), value, false);
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            let length = after
                .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.@".contains(c)))
                .unwrap_or(after.len());
            if length > 0 && after[length..].starts_with('}') {
                out.push_str(&self.look_up(home, &after[..length]).await?);
                rest = &after[length + 1..];
                found = true;
            } else {
                out.push_str("${");
                rest = after;
            }
        }
        out.push_str(rest);
        Ok((out, found))
    }

    async fn look_up(&mut self, home: &Place, reference: &str) -> Result<String, Error> {
        let parts: Vec<&str> = reference.split('.').collect();
        let (place, name) = match parts.as_slice() {
            [name] => (home.clone(), *name),
            [environment, folders @ .., name] => {
                let path = folders
                    .iter()
                    .map(|folder| format!("/{folder}"))
                    .collect::<String>();
                let path = if path.is_empty() { "/".to_owned() } else { path };
                let place = Place {
                    project: home.project.clone(),
                    environment: (*environment).to_owned(),
                    path,
                };
                (place, *name)
            }
            [] => return Ok(String::new()),
        };
        if !self.rights.allows(Act::ReadValue, Spot::of(&place, Some(name))) {
            return Ok(String::new());
        }
        if !self.known.contains_key(&place) {
            let rows = match self.app.store().secrets(&place, false, None).await {
                Ok(rows) => rows,
                Err(StoreError::Missing(_)) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            let values = rows.into_iter().map(|row| (row.name, row.value)).collect();
            self.known.insert(place.clone(), values);
        }
        Ok(self
            .known
            .get(&place)
            .and_then(|values| values.get(name))
            .cloned()
            .unwrap_or_default())
    }
}

/// References in references are followed so many times: a circle ends.
const MOST_ROUNDS: usize = 8;
/// A value that grows beyond this is left as it is then.
const MOST_BYTES: usize = 4 << 20;
