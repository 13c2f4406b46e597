//! What this device keeps of what it has verified: keyring links, log headers, bodies, the wrap of the newest key.
//!
//! It spares fetching, and can put back what a server lost. It is sealed under the account's key for this device, and
//! read under the same rules as a server's answer; whatever is wrong with it, it is as if it were not there. Nothing
//! here is an error: a device that is full keeps less.

use crate::gate::all;
use crate::rng::Draw;
use crate::vault::keyring::{self, Passage, Ring};
use crate::{Device, Error, Project, Transport, Vault};
use coffer_core::account::LocalKey;
use coffer_core::id::{AccountUid, EnvUid, RingUid};
use coffer_core::keyring::{KeyringState, Link};
use coffer_core::layout::SEGMENT;
use coffer_core::log::Header;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// What this device keeps of an environment's log.
#[derive(Default)]
pub(crate) struct KeptLog {
    /// From record 0 on, without a gap.
    pub(crate) headers: Vec<Header>,
    pub(crate) bodies: BTreeMap<u64, Vec<String>>,
    /// The wrap of the newest epoch's key that this person has opened.
    pub(crate) wrap: Option<String>,
}

/// How much the pages of bodies hold: what there is room for is known without reading them.
pub(crate) type BodySizes = RefCell<BTreeMap<BodyPage, usize>>;

/// A page of bodies: a long body has one of its own, so that it is written once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BodyPage {
    first: u64,
    letter: char,
}

impl BodyPage {
    fn of(seq: u64, chunks: &[String]) -> Self {
        let length: usize = chunks.iter().map(String::len).sum();
        if length > LONG_BODY {
            Self {
                first: seq,
                letter: 'l',
            }
        } else {
            Self {
                first: seq / BODIES_PER_PAGE * BODIES_PER_PAGE,
                letter: 's',
            }
        }
    }

    fn name(self, folder: &str) -> String {
        format!("{folder}/{}{}", self.letter, self.first)
    }
}

type Headers = BTreeMap<u64, String>;
type Bodies = BTreeMap<u64, Vec<String>>;

impl<T: Transport, D: Device> Vault<T, D> {
    /// Reads what is kept of an environment's log.
    pub(crate) async fn kept_log(&self, env: &EnvUid, sizes: &BodySizes) -> KeptLog {
        let folder = self.folder(env);
        let pages = self.pages(&folder).await;
        let (headers, bodies): (Vec<_>, Vec<_>) = pages
            .into_iter()
            .filter(|(letter, _)| "hls".contains(*letter))
            .partition(|(letter, _)| *letter == 'h');
        let header_names: Vec<String> = headers
            .iter()
            .map(|(_, page)| format!("{folder}/h{page}"))
            .collect();
        let bodies: Vec<BodyPage> = bodies
            .into_iter()
            .map(|(letter, first)| BodyPage { first, letter })
            .collect();
        let body_names: Vec<String> = bodies.iter().map(|page| page.name(&folder)).collect();
        let header_pages = all(header_names
            .iter()
            .map(|name| self.recall::<Headers>(name))
            .collect())
        .await;
        let body_pages = all(body_names
            .iter()
            .map(|name| self.recall::<Bodies>(name))
            .collect())
        .await;
        let mut kept = KeptLog {
            headers: in_a_row(header_pages, |text| {
                Header::parse(text).ok().map(|h| (h.seq(), h))
            }),
            wrap: self.recall(&format!("{folder}/w")).await,
            ..KeptLog::default()
        };
        for (page, found) in bodies.into_iter().zip(body_pages) {
            if let Some(found) = found {
                let size = found.values().flatten().map(String::len).sum();
                sizes.borrow_mut().insert(page, size);
                kept.bodies.extend(found);
            }
        }
        kept
    }

    /// Keeps headers that were verified, and of their bodies the newest that there is room for.
    pub(crate) async fn keep_log<'a>(
        &self,
        env: &EnvUid,
        headers: impl IntoIterator<Item = &'a Header>,
        bodies: &BTreeMap<u64, Vec<String>>,
        sizes: &BodySizes,
    ) {
        let folder = self.folder(env);
        let mut header_pages: BTreeMap<u64, Headers> = BTreeMap::new();
        for header in headers {
            let page = header_pages.entry(header.seq() / SEGMENT).or_default();
            page.insert(header.seq(), header.to_text());
        }
        header_pages.retain(|page, _| *page < MOST_HEADER_PAGES);
        for (page, headers) in header_pages {
            self.keep_more(&format!("{folder}/h{page}"), headers).await;
        }
        let mut body_pages: BTreeMap<BodyPage, Bodies> = BTreeMap::new();
        for (seq, chunks) in bodies {
            let page = body_pages.entry(BodyPage::of(*seq, chunks)).or_default();
            page.insert(*seq, chunks.clone());
        }
        for (page, bodies) in body_pages {
            let size = self.keep_more(&page.name(&folder), bodies).await;
            sizes.borrow_mut().insert(page, size);
        }
        self.make_room(&folder, sizes).await;
    }

    /// Keeps the wrap of the newest epoch's key.
    pub(crate) async fn keep_wrap(&self, env: &EnvUid, wrap: &str) {
        self.keep(&format!("{}/w", self.folder(env)), &wrap).await;
    }

    /// Forgets what is kept of an environment's log: it turned out to be another one's.
    pub(crate) async fn forget_log(&self, env: &EnvUid, sizes: &BodySizes) {
        sizes.borrow_mut().clear();
        let folder = self.folder(env);
        for (letter, page) in self.pages(&folder).await {
            drop(self.device().erase(&format!("{folder}/{letter}{page}")).await);
        }
    }

    /// Forgets everything that is kept of this account's projects: the device is full.
    pub(crate) async fn forget_kept(&self) {
        let prefix = format!("kept/{}/", self.inner.uid);
        for name in self.device().keys().await.unwrap_or_default() {
            if name.starts_with(&prefix) {
                drop(self.device().erase(&name).await);
            }
        }
    }

    /// The oldest bodies go first.
    async fn make_room(&self, folder: &str, sizes: &BodySizes) {
        loop {
            let oldest = {
                let mut sizes = sizes.borrow_mut();
                if sizes.values().sum::<usize>() <= MOST_BODIES {
                    return;
                }
                sizes.pop_first()
            };
            let Some((page, _)) = oldest else { return };
            drop(self.device().erase(&page.name(folder)).await);
        }
    }

    pub(crate) async fn kept_links(&self, ring: &RingUid) -> Vec<Link> {
        let folder = self.folder(ring);
        let mut names: Vec<(char, u64)> = self.pages(&folder).await.into_iter().collect();
        names.retain(|(letter, _)| *letter == 'k');
        let names: Vec<String> = names
            .iter()
            .map(|(_, page)| format!("{folder}/k{page}"))
            .collect();
        let pages = all(names.iter().map(|name| self.recall::<Headers>(name)).collect()).await;
        in_a_row(pages, |text| {
            Link::parse(text).ok().map(|link| (link.seq(), link))
        })
    }

    pub(crate) async fn keep_links(&self, ring: &RingUid, links: &[Link]) {
        let folder = self.folder(ring);
        let mut pages: BTreeMap<u64, Headers> = BTreeMap::new();
        for link in links {
            let page = pages.entry(link.seq() / SEGMENT).or_default();
            page.insert(link.seq(), link.to_text());
        }
        for (page, links) in pages {
            self.keep_more(&format!("{folder}/k{page}"), links).await;
        }
    }

    fn folder(&self, uid: &impl std::fmt::Display) -> String {
        format!("kept/{}/{uid}", self.inner.uid)
    }

    /// The pages in a folder: their letter and number.
    async fn pages(&self, folder: &str) -> BTreeSet<(char, u64)> {
        let names = self.device().keys().await.unwrap_or_default();
        let pages = names.iter().filter_map(|name| {
            let page = name.strip_prefix(folder)?.strip_prefix('/')?;
            let letter = page.chars().next()?;
            Some((letter, page[letter.len_utf8()..].parse().ok()?))
        });
        pages.collect()
    }

    /// Adds to a page, and says how large it is now.
    async fn keep_more<V>(&self, name: &str, more: BTreeMap<u64, V>) -> usize
    where
        V: Serialize + DeserializeOwned,
    {
        let mut page: BTreeMap<u64, V> = self.recall(name).await.unwrap_or_default();
        page.extend(more);
        self.keep(name, &page).await
    }

    async fn keep(&self, name: &str, content: &impl Serialize) -> usize {
        let (Ok(unlocked), Ok(json)) = (self.unlocked(), serde_json::to_vec(content).map(Zeroizing::new))
        else {
            return 0;
        };
        if json.len() <= MOST_OF_A_RECORD {
            let sealed = unlocked.local.seal(name, &json, &mut Draw(self.device()));
            drop(self.device().save(name, sealed.as_bytes()).await);
        }
        json.len()
    }

    async fn recall<V: DeserializeOwned>(&self, name: &str) -> Option<V> {
        let bytes = self.device().load(name).await.ok()??;
        let unlocked = self.unlocked().ok()?;
        let opened = unlocked
            .local
            .open(name, std::str::from_utf8(&bytes).ok()?)
            .ok()?;
        serde_json::from_slice(&opened).ok()
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Fetches what the server has added to the keyring that is known, or all of it; `None` where it shows none.
    ///
    /// Where the two do not fit, whatever the reason, everything is read from the server, which also says what is wrong.
    pub(crate) async fn fetch_ring(
        &self,
        known: Option<&Ring>,
        pinned: Option<(&RingUid, &Passage)>,
    ) -> Result<Option<Ring>, Error> {
        let session = &self.vault.inner.session;
        let passage = pinned.map(|(_, passage)| passage);
        if let Some((uid, passage)) = pinned {
            let base = match known {
                Some(known) => Some(known.clone()),
                None => {
                    let links = self.vault.kept_links(uid).await;
                    self.cell.kept.set(links.len());
                    recalled(links, passage)
                }
            };
            if let Some(base) = base
                && let Some(ring) = self.continued(base, passage).await?
            {
                return Ok(Some(ring));
            }
        }
        self.cell.kept.set(0);
        keyring::fetch(session, &self.cell.id, passage).await
    }

    /// Keeps the links that were not kept yet.
    pub(crate) async fn keep_ring(&self, ring: &Ring) {
        let new = ring.links.get(self.cell.kept.get()..).unwrap_or_default();
        self.vault.keep_links(&ring.state.ring(), new).await;
        self.cell.kept.set(ring.links.len());
    }

    async fn continued(&self, mut ring: Ring, passage: &Passage) -> Result<Option<Ring>, Error> {
        let session = &self.vault.inner.session;
        let Some(newest) = ring.links.last() else {
            return Ok(None);
        };
        let Some(links) = keyring::fetch_after(session, &self.cell.id, newest).await? else {
            return Ok(None);
        };
        if ring.state.extend(&links).is_err() {
            return Ok(None);
        }
        if ring.state.check_pin(Some((passage.seq, passage.hash))).is_err() {
            return Ok(None);
        }
        ring.links.extend(links);
        Ok(Some(ring))
    }
}

/// Keeps the account's newest bundle, which is sealed already.
pub(crate) async fn keep_bundle(device: &impl Device, local: &LocalKey, uid: &AccountUid, text: &str) {
    if bundle(device, local, uid).await.as_deref() != Some(text) {
        let name = bundle_name(uid);
        let sealed = local.seal(&name, text.as_bytes(), &mut Draw(device));
        drop(device.save(&name, sealed.as_bytes()).await);
    }
}

/// The bundle that was kept.
pub(crate) async fn bundle(device: &impl Device, local: &LocalKey, uid: &AccountUid) -> Option<String> {
    let name = bundle_name(uid);
    let bytes = device.load(&name).await.ok()??;
    let opened = local.open(&name, std::str::from_utf8(&bytes).ok()?).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn bundle_name(uid: &AccountUid) -> String {
    format!("kept/{uid}/bundle")
}

/// A keyring of kept links. They are not believed more than a server's: every signature is verified.
fn recalled(links: Vec<Link>, passage: &Passage) -> Option<Ring> {
    let state = KeyringState::fold(&links, Some(&passage.genesis), None).ok()?;
    Some(Ring { state, links })
}

/// What was read of pages, as far as it is there without a gap.
fn in_a_row<V>(pages: Vec<Option<Headers>>, parse: impl Fn(&str) -> Option<(u64, V)>) -> Vec<V> {
    let mut row = Vec::new();
    for (seq, text) in pages.into_iter().map_while(|page| page).flatten() {
        match parse(&text) {
            Some((own, value)) if own == seq && seq == row.len() as u64 => row.push(value),
            _ => break,
        }
    }
    row
}

/// A record holds 6 MiB.
const MOST_OF_A_RECORD: usize = 6 << 20;
/// Of an environment: 8,192 headers, about 6 MB.
const MOST_HEADER_PAGES: u64 = 128;
/// Of an environment.
const MOST_BODIES: usize = 8 << 20;
/// A page is written again with each of its bodies: that is little as long as they are short.
const BODIES_PER_PAGE: u64 = 16;
const LONG_BODY: usize = 16 << 10;
