//! An environment's log and rows on a server: fetched, verified, folded, compared. Nothing is believed on the way.

use crate::api::Session;
use crate::api::secrets::{Place, Row};
use crate::gate::all;
use crate::vault::keyring::opening;
use crate::{Device, Error, Transport};
use coffer_core::classify::{self, Class, Classified};
use coffer_core::contents::Contents;
use coffer_core::environment::{EpochKey, Wrap};
use coffer_core::identity::Identity;
use coffer_core::keyring::{KeyringState, LogHead};
use coffer_core::log::{EpochKeys, Header, Log, LogError};
use coffer_core::{id::EnvUid, layout, names};
use coffer_wire::id::ProjectId;
use std::collections::BTreeMap;

/// Where an environment lives.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) slug: &'a str,
}

impl<'a> Spot<'a> {
    pub(crate) fn at<'b>(&self, path: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            project: self.project,
            environment: self.slug,
            path,
        }
    }
}

/// The server's rows of one environment as of one moment, without Coffer's own.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    /// Absolute, sorted; the root and Coffer's own are not among them.
    pub(crate) folders: Vec<String>,
}

impl Rows {
    /// Fetches all rows and folders.
    ///
    /// Folder by folder below the root, so that Coffer's own rows, which a recursive list would hold too, are not
    /// carried along.
    pub(crate) async fn fetch<T: Transport, D: Device>(
        session: &Session<T, D>,
        spot: Spot<'_>,
    ) -> Result<Self, Error> {
        let mut folders = session.list_folders(spot.project, spot.slug, "/").await?;
        folders.retain(|folder| !names::is_reserved(folder));
        folders.sort();
        folders.dedup();
        let mut lists = vec![("/".to_owned(), false)];
        let tops = folders.iter().filter(|folder| !folder[1..].contains('/'));
        lists.extend(tops.map(|folder| (folder.clone(), true)));
        let fetched = all(lists
            .iter()
            .map(|(path, deep)| session.list_rows_if_any(spot.at(path), *deep))
            .collect());
        let mut rows = Vec::new();
        for list in fetched.await {
            rows.extend(list?.into_iter().filter(|row| !names::is_reserved(&row.path)));
        }
        if rows.len() > MOST_ROWS {
            return Err(Error::TooLarge);
        }
        Ok(Self { rows, folders })
    }

    /// Compares with what the log lists.
    pub(crate) fn classify(&self, contents: &Contents) -> Classified {
        // A value that the server hides from this person is no value; its row counts as absent.
        let visible: Vec<_> = self
            .rows
            .iter()
            .filter_map(|r| Some((r, r.value.as_deref()?)))
            .collect();
        let rows: Vec<_> = visible
            .iter()
            .map(|(row, value)| classify::Row {
                path: &row.path,
                name: &row.name,
                value,
            })
            .collect();
        let mut classified = classify::classify(contents, &rows);
        if visible.len() != self.rows.len() {
            let numbers: Vec<_> = self
                .rows
                .iter()
                .enumerate()
                .filter(|(_, r)| r.value.is_some())
                .map(|(at, _)| at)
                .collect();
            for (index, _) in &mut classified.strangers {
                *index = numbers[*index];
            }
        }
        classified
    }

    /// Takes over what this client wrote itself.
    pub(crate) fn wrote(&mut self, upserts: &[(String, String, String)], deletes: &[(String, String)]) {
        if upserts.is_empty() && deletes.is_empty() {
            return;
        }
        let mut index: BTreeMap<(String, String), usize> = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, r)| ((r.path.clone(), r.name.clone()), at))
            .collect();
        for (path, name, value) in upserts {
            match index.get(&(path.clone(), name.clone())) {
                Some(at) => self.rows[*at].value = Some(value.clone()),
                None => {
                    index.insert((path.clone(), name.clone()), self.rows.len());
                    self.rows.push(Row {
                        path: path.clone(),
                        name: name.clone(),
                        value: Some(value.clone()),
                    });
                }
            }
        }
        let gone: std::collections::BTreeSet<_> = deletes
            .iter()
            .filter_map(|place| index.get(place))
            .copied()
            .collect();
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }
}

/// Whether a comparison shows anything that two honest people writing at once would not explain.
pub(crate) fn suspicious(classified: &Classified) -> bool {
    classified
        .entries
        .values()
        .any(|class| !matches!(class, Class::Ok | Class::Lagging))
        || classified
            .strangers
            .iter()
            .any(|(_, class)| *class != Class::Lagging)
}

/// Fetches the headers from `from` on, in order.
pub(crate) async fn fetch_headers<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    from: u64,
) -> Result<Vec<Header>, Error> {
    let mut found: Vec<(u64, String)> = Vec::new();
    let mut take = |rows: Vec<Row>| -> Result<usize, Error> {
        let before = found.len();
        for row in rows {
            if let Some(seq) = layout::seq_of('H', &row.name)
                && seq >= from
                && row.path == layout::log_folder(seq)
            {
                found.push((seq, row.value.ok_or(Error::Forbidden)?));
            }
        }
        Ok(found.len() - before)
    };
    if from == 0 {
        take(session.list_rows_if_any(spot.at(layout::LOG), true).await?)?;
    } else {
        let mut seq = from;
        loop {
            let folder = layout::log_folder(seq);
            let count = take(session.list_rows_if_any(spot.at(&folder), false).await?)?;
            let next = (seq / layout::SEGMENT + 1) * layout::SEGMENT;
            // A segment that is not full ends the log.
            if (count as u64) < next - seq {
                break;
            }
            seq = next;
        }
    }
    found.sort();
    let mut headers: Vec<Header> = Vec::with_capacity(found.len());
    for (seq, text) in found {
        let header = Header::parse(&text).map_err(opening(WHAT))?;
        if header.seq() != seq {
            return Err(Error::Forged { what: WHAT });
        }
        match headers.last_mut() {
            // Two rows for one number: the lower hash counts for whoever had seen neither.
            Some(last) if last.seq() == seq => {
                if header.hash() < last.hash() {
                    *last = header;
                }
            }
            _ => headers.push(header),
        }
    }
    Ok(headers)
}

/// Fetches the bodies that these headers name.
pub(crate) async fn fetch_bodies<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    headers: &[&Header],
) -> Result<BTreeMap<u64, Vec<String>>, Error> {
    let mut folders: BTreeMap<String, Vec<&Header>> = BTreeMap::new();
    for header in headers.iter().filter(|h| !h.body_names().is_empty()) {
        folders
            .entry(layout::body_folder(header.seq()))
            .or_default()
            .push(header);
    }
    let fetched = all(folders
        .iter()
        .map(|(folder, wanted)| fetch_folder(session, spot, folder, wanted))
        .collect())
    .await;
    let mut bodies = BTreeMap::new();
    for folder in fetched {
        bodies.extend(folder?);
    }
    Ok(bodies)
}

async fn fetch_folder<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    folder: &str,
    wanted: &[&Header],
) -> Result<BTreeMap<u64, Vec<String>>, Error> {
    let names: Vec<&str> = wanted
        .iter()
        .flat_map(|h| h.body_names())
        .map(String::as_str)
        .collect();
    let mut chunks: BTreeMap<String, String> = BTreeMap::new();
    if names.len() <= SINGLE_READS {
        let rows = all(names
            .iter()
            .map(|name| session.read_row(spot.at(folder), name))
            .collect())
        .await;
        for row in rows {
            if let Some(row) = row? {
                chunks.insert(row.name, row.value.ok_or(Error::Forbidden)?);
            }
        }
    } else {
        for row in session.list_rows_if_any(spot.at(folder), false).await? {
            if let Some(value) = row.value {
                chunks.insert(row.name, value);
            }
        }
    }
    let mut bodies = BTreeMap::new();
    for header in wanted {
        let body: Option<Vec<String>> = header
            .body_names()
            .iter()
            .map(|name| chunks.remove(name))
            .collect();
        if let Some(body) = body {
            bodies.insert(header.seq(), body);
        }
    }
    Ok(bodies)
}

/// Fetches and opens the wrap of the newest epoch; `None` where nobody gave this person one.
pub(crate) async fn fetch_key<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    identity: &Identity,
    keyring: &KeyringState,
) -> Result<Option<EpochKey>, Error> {
    let Some(epoch) = log.epoch() else { return Ok(None) };
    let kid = identity.public().kem_kid();
    let public = log.epoch_header(epoch).and_then(Header::epoch_public);
    let Some(public) = public.filter(|_| !log.wrap_hashes(epoch, &kid).is_empty()) else {
        return Ok(None);
    };
    let name = layout::wrap_name(epoch, &kid, &public.commitment);
    let row = session
        .read_row(spot.at(&layout::wraps_folder(epoch)), &name)
        .await?;
    let Some(text) = row.and_then(|row| row.value) else {
        return Ok(None);
    };
    let what = "this environment's key";
    let wrap = Wrap::parse(&text).map_err(opening(what))?;
    log.open_epoch(&wrap, identity, keyring)
        .map(Some)
        .map_err(opening(what))
}

/// Verifies headers on top of `log`.
pub(crate) fn push_all(log: &mut Log, headers: Vec<Header>, keyring: &KeyringState) -> Result<(), LogError> {
    for header in headers {
        log.push(header, keyring)?;
    }
    log.check_complete()
}

/// A log from its first record.
pub(crate) fn from_start(
    env: EnvUid,
    pin: Option<LogHead>,
    headers: Vec<Header>,
    keyring: &KeyringState,
) -> Result<Log, LogError> {
    let mut log = Log::new(keyring.ring(), env, pin);
    push_all(&mut log, headers, keyring)?;
    Ok(log)
}

/// Folds from the newest checkpoint.
pub(crate) async fn fold<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    keys: &EpochKeys,
) -> Result<Contents, Error> {
    let start = log.last_checkpoint().ok_or(Error::Forged { what: WHAT })?;
    let headers: Vec<&Header> = (start..log.next_seq())
        .filter_map(|seq| log.header(seq))
        .collect();
    let bodies = fetch_bodies(session, spot, &headers).await?;
    Ok(Contents::fold(log, keys, start, |seq| {
        bodies.get(&seq).map(Vec::as_slice)
    })?)
}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        match error {
            LogError::RolledBack | LogError::KeyringBehind => Self::RolledBack { what: WHAT },
            LogError::Missing => Self::StateVanished {
                what: "a part of this environment's history",
            },
            LogError::TooLarge => Self::TooLarge,
            LogError::UnknownKind => Self::UnknownEnvelope,
            LogError::NotEntitled => Self::Forged {
                what: "a record's author",
            },
            LogError::Forked => Self::Forked { what: WHAT },
            _ => Self::Forged { what: WHAT },
        }
    }
}

const WHAT: &str = "this environment's history";
/// More rows than entries may be: the rest are strangers, and there is an end to those too.
const MOST_ROWS: usize = 40_000;
/// Up to so many bodies are read one by one; more by listing their folder.
const SINGLE_READS: usize = 4;
