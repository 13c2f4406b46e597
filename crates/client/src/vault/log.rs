//! An environment's log and rows on a server: fetched, verified, folded, compared. Nothing is believed on the way.

use crate::api::Session;
use crate::api::secrets::{Place, Row};
use crate::gate::all;
use crate::vault::keyring::opening;
use crate::{Device, Error, Transport};
use coffer_core::classify;
use coffer_core::contents::Contents;
use coffer_core::environment::{EpochKey, Wrap};
use coffer_core::identity::Identity;
use coffer_core::keyring::{KeyringState, LogHead};
use coffer_core::log::{EpochKeys, Header, Log, LogError};
use coffer_core::{id::EnvUid, layout, names};
use coffer_wire::id::ProjectId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

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

/// Name and value of a folder's rows.
type Folder = BTreeMap<Arc<str>, Arc<str>>;

/// The server's rows of one environment as of one moment, without Coffer's own. Copies share the rows of a folder.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    /// Folder, name, value: what the server serves at a place.
    rows: BTreeMap<Arc<str>, Rc<Folder>>,
    /// Further rows of a place that has one.
    doubled: Rc<[Row]>,
    /// Places of rows whose value the server hides from this person: no value, so the row counts as absent.
    hidden: Rc<[(String, String)]>,
    /// Absolute; the root and Coffer's own are not among them.
    folders: Rc<BTreeSet<String>>,
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
        let folders: BTreeSet<String> = folders.into_iter().collect();
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
        Ok(Self::from_server(rows, folders))
    }

    fn from_server(rows: Vec<Row>, folders: BTreeSet<String>) -> Self {
        let mut served = Self {
            folders: Rc::new(folders),
            ..Self::default()
        };
        let (mut doubled, mut hidden) = (Vec::new(), Vec::new());
        for row in rows {
            match &row.value {
                None => hidden.push((row.path, row.name)),
                // The first row of a place counts.
                Some(_) if served.at(&row.path, &row.name).is_some() => doubled.push(row),
                Some(value) => served.put(&row.path, &row.name, value.as_str().into()),
            }
        }
        served.doubled = doubled.into();
        served.hidden = hidden.into();
        served
    }

    /// The value that stands at a place.
    pub(crate) fn at(&self, path: &str, name: &str) -> Option<&Arc<str>> {
        self.rows.get(path)?.get(name)
    }

    /// Every row, with a second one of a place at the end.
    pub(crate) fn all(&self) -> impl Iterator<Item = classify::Row<'_>> {
        let first = self.rows.iter().flat_map(|(path, rows)| {
            rows.iter()
                .map(move |(name, value)| classify::Row { path, name, value })
        });
        first.chain(self.doubled())
    }

    /// Second rows of a place.
    pub(crate) fn doubled(&self) -> impl Iterator<Item = classify::Row<'_>> {
        self.doubled.iter().map(|row| classify::Row {
            path: &row.path,
            name: &row.name,
            value: row.value.as_deref().unwrap_or_default(),
        })
    }

    /// The folders of all rows, hidden ones too.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let hidden = self.hidden.iter().map(|(path, _)| path.as_str());
        self.all().map(|row| row.path).chain(hidden)
    }

    pub(crate) fn folders(&self) -> &BTreeSet<String> {
        &self.folders
    }

    /// Takes over folders that this client made.
    pub(crate) fn add_folders(&mut self, folders: impl IntoIterator<Item = String>) {
        Rc::make_mut(&mut self.folders).extend(folders);
    }

    /// Takes over a row that this client wrote.
    pub(crate) fn put(&mut self, path: &str, name: &str, value: Arc<str>) {
        let folder = match self.rows.get_mut(path) {
            Some(folder) => folder,
            None => self.rows.entry(path.into()).or_default(),
        };
        Rc::make_mut(folder).insert(name.into(), value);
    }

    /// Takes over that this client deleted a row.
    pub(crate) fn remove(&mut self, path: &str, name: &str) {
        if let Some(folder) = self.rows.get_mut(path) {
            Rc::make_mut(folder).remove(name);
        }
    }

    /// Takes over that this client deleted folders with everything in them.
    pub(crate) fn remove_folders(&mut self, gone: impl Fn(&str) -> bool) {
        Rc::make_mut(&mut self.folders).retain(|folder| !gone(folder));
        self.rows.retain(|path, _| !gone(path));
        self.doubled = self
            .doubled
            .iter()
            .filter(|row| !gone(&row.path))
            .cloned()
            .collect();
        self.hidden = self
            .hidden
            .iter()
            .filter(|(path, _)| !gone(path))
            .cloned()
            .collect();
    }
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

/// Fetches the headers after the newest that is known, which must still be there: a server that goes back in time is
/// noticed.
pub(crate) async fn fetch_after<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    known: &LogHead,
) -> Result<Vec<Header>, Error> {
    let mut headers = fetch_headers(session, spot, known.seq).await?;
    match headers.first() {
        Some(first) if first.seq() == known.seq && first.hash() == known.hash => Ok(headers.split_off(1)),
        Some(first) if first.seq() == known.seq => Err(Error::Forked { what: WHAT }),
        _ => Err(Error::RolledBack { what: WHAT }),
    }
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

/// Fetches and opens the wrap of the newest epoch, and gives its text too; `None` where nobody gave this person one.
pub(crate) async fn fetch_key<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    identities: &[Rc<Identity>],
    keyring: &KeyringState,
) -> Result<Option<(EpochKey, String)>, Error> {
    let Some(epoch) = log.epoch() else { return Ok(None) };
    let Some(public) = log.epoch_header(epoch).and_then(Header::epoch_public) else {
        return Ok(None);
    };
    let given = identities
        .iter()
        .map(|identity| (identity, identity.public().kem_kid()))
        .find(|(_, kid)| !log.wrap_hashes(epoch, kid).is_empty());
    let Some((identity, kid)) = given else {
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
    let key = log.open_epoch(&wrap, identity, keyring).map_err(opening(what))?;
    Ok(Some((key, text)))
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

/// Folds from the newest checkpoint, with the bodies that are at hand and the others from the server, and gives the
/// bodies that it fetched.
pub(crate) async fn fold<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    log: &Log,
    keys: &EpochKeys,
    at_hand: &BTreeMap<u64, Vec<String>>,
) -> Result<(Contents, BTreeMap<u64, Vec<String>>), Error> {
    let start = log.last_checkpoint().ok_or(Error::Forged { what: WHAT })?;
    let headers: Vec<&Header> = (start..log.next_seq())
        .filter_map(|seq| log.header(seq))
        .filter(|header| !at_hand.contains_key(&header.seq()))
        .collect();
    let fetched = fetch_bodies(session, spot, &headers).await?;
    let contents = Contents::fold(log, keys, start, |seq| {
        fetched.get(&seq).or_else(|| at_hand.get(&seq)).map(Vec::as_slice)
    })?;
    Ok((contents, fetched))
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
            LogError::NotEntitled => FOREIGN_AUTHOR,
            LogError::Forked => Self::Forked { what: WHAT },
            _ => Self::Forged { what: WHAT },
        }
    }
}

pub(crate) const WHAT: &str = "this environment's history";
/// A record of somebody who may not write it.
pub(crate) const FOREIGN_AUTHOR: Error = Error::Forged {
    what: "a record's author",
};
/// More rows than entries may be: the rest are strangers, and there is an end to those too.
const MOST_ROWS: usize = 40_000;
/// Up to so many bodies are read one by one; more by listing their folder.
const SINGLE_READS: usize = 4;
