//! Share links: sealed here, opened by whoever holds the link.

pub use coffer_wire::id::ShareId;

use crate::api::Session;
use crate::rng::Draw;
use crate::{Device, Error, LinkError, Passphrase, RevealError, Transport, Vault};
use coffer_core::share::{self, ShareBody, ShareLink, ShareLinkError, ShareSecret};
use coffer_wire::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What is shared.
#[derive(Clone)]
pub enum ShareContent {
    /// Free text.
    Text(Zeroizing<String>),
    /// Named values.
    Secrets(Vec<SharedSecret>),
}

impl std::fmt::Debug for ShareContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShareContent(…)")
    }
}

/// One named value.
#[derive(Clone)]
pub struct SharedSecret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Zeroizing<String>,
}

/// From creation, in minutes: 5 to 43,200 (30 days).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareExpiry(pub u32);

/// A link to be made.
#[derive(Clone)]
pub struct ShareDraft {
    /// What is shared.
    pub content: ShareContent,
    /// A title for the sender and the recipient, sealed.
    pub title: String,
    /// How long.
    pub expires_in: ShareExpiry,
    /// After how many views the server is asked to delete it.
    pub views: Option<u32>,
    /// Asked from the recipient, if any.
    pub passphrase: Option<Passphrase>,
}

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedShare {
    /// What stands after `/s#`.
    pub link_fragment: String,
    /// The server's id.
    pub id: ShareId,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// As asked for.
    pub views: Option<u32>,
    /// As given.
    pub title: String,
}

/// What became of a link; the server says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareState {
    /// Nobody opened it.
    Unopened,
    /// Somebody did.
    Opened {
        /// Milliseconds since 1970, if the server tells.
        last: Option<u64>,
    },
    /// Its time is over.
    Expired,
    /// All views are used.
    UsedUp,
    /// Taken back.
    Revoked,
}

/// One of the sender's links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareStatus {
    /// The server's id.
    pub id: ShareId,
    /// As given.
    pub title: String,
    /// Milliseconds since 1970.
    pub created: u64,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// As asked for at creation.
    pub views: Option<u32>,
    /// In the server's words.
    pub views_left: Option<u32>,
    /// In the server's words.
    pub state: ShareState,
    /// It asks for a passphrase.
    pub has_passphrase: bool,
    /// What stands after `/s#`, while it is of use.
    pub link_fragment: Option<String>,
}

/// A link as received.
#[derive(Clone)]
pub struct ReceivedShare {
    /// The server's id.
    pub id: ShareId,
    /// The recipient is asked for a passphrase.
    pub needs_passphrase: bool,
    link: Arc<ShareLink>,
}

/// What a share held.
#[derive(Clone)]
pub struct RevealedShare {
    /// The sender's title; may be empty.
    pub title: Zeroizing<String>,
    /// The thing itself.
    pub content: ShareContent,
    /// Milliseconds since 1970.
    pub not_after: u64,
}

/// Parses what stands after `/s#`; asks no server.
pub fn share_from_link(fragment: &str) -> Result<ReceivedShare, LinkError> {
    let link = ShareLink::parse(fragment.trim()).map_err(|error| match error {
        ShareLinkError::NoKey => LinkError::NoKey,
        ShareLinkError::Unsupported => LinkError::Unsupported,
        _ => LinkError::Malformed,
    })?;
    Ok(ReceivedShare {
        id: ShareId::new(link.server_id.clone()),
        needs_passphrase: link.has_passphrase,
        link: Arc::new(link),
    })
}

impl ReceivedShare {
    /// Asks for the sealed text with the token that proves link and passphrase, and opens it.
    pub(crate) async fn reveal<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
        passphrase: Option<Passphrase>,
    ) -> Result<RevealedShare, RevealError> {
        let device = &session.client.device;
        let stretched = match (&passphrase, self.needs_passphrase) {
            (Some(passphrase), true) => {
                let job = self.link.secret.stretch_job(passphrase);
                Some(
                    device
                        .stretch(job)
                        .await
                        .map_err(|error| RevealError::Client(error.into()))?,
                )
            }
            (None, true) => return Err(RevealError::WrongPassphrase),
            (_, false) => None,
        };
        let keys = self.link.secret.derive(stretched.as_ref());
        let sealed = match session.access_shared(&self.id, keys.token()).await {
            // Without a passphrase the token follows from the link alone: then it is the server that holds another.
            Err(RevealError::WrongPassphrase) if !self.needs_passphrase => return Err(RevealError::Damaged),
            other => other?,
        };
        let (content, not_after) = keys.open(&sealed).map_err(|_| RevealError::Damaged)?;
        if not_after < device.now() {
            return Err(RevealError::ExpiredHere { not_after });
        }
        Ok(RevealedShare {
            title: content.title.clone(),
            content: ShareContent::from(&content.body),
            not_after,
        })
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Seals something for whoever gets the link.
    pub async fn create_share(&self, draft: ShareDraft) -> Result<CreatedShare, Error> {
        self.unlocked()?;
        let minutes = draft.expires_in.0;
        if !(5..=43_200).contains(&minutes) {
            return Err(Error::Invalid {
                field: "expires_in",
                why: "5 minutes to 30 days",
            });
        }
        if draft.views == Some(0) {
            return Err(Error::Invalid {
                field: "views",
                why: "at least one",
            });
        }
        if draft.passphrase.as_ref().is_some_and(Passphrase::is_empty) {
            return Err(Error::Invalid {
                field: "passphrase",
                why: "at least one character",
            });
        }
        let device = self.device();
        let secret = ShareSecret::generate(&mut Draw(device));
        let stretched = match &draft.passphrase {
            Some(passphrase) => Some(device.stretch(secret.stretch_job(passphrase)).await?),
            None => None,
        };
        let keys = secret.derive(stretched.as_ref());
        let created = device.now();
        let not_after = created + u64::from(minutes) * 60_000;
        let content = share::ShareContent {
            title: Zeroizing::new(draft.title.clone()),
            body: ShareBody::from(&draft.content),
        };
        let sealed = keys
            .seal(&content, not_after, &mut Draw(device))
            .map_err(|_| Error::Invalid {
                field: "content",
                why: "at most about 7,000 characters",
            })?;
        let session = &self.inner.session;
        let made = session
            .create_shared(&sealed, keys.token(), minutes, draft.views)
            .await?;
        let has_passphrase = draft.passphrase.is_some();
        let link = ShareLink {
            secret,
            server_id: made.id.as_str().to_owned(),
            has_passphrase,
        };
        let fragment = link.to_fragment();
        let record = Record {
            title: draft.title.clone(),
            created,
            not_after,
            views: draft.views,
            has_passphrase,
            revoked: false,
            fragment: fragment.as_str().to_owned(),
        };
        let note = record.encode()?;
        let name = note_name(&made.id);
        let kept = self
            .flush(|bundle| {
                prune(&mut bundle.notes, created);
                bundle.notes.insert(name.clone(), note.clone());
            })
            .await;
        if let Err(error) = kept {
            // A link that its sender could never take back is better not made.
            drop(session.delete_shared(&made.id).await);
            return Err(error);
        }
        Ok(CreatedShare {
            link_fragment: fragment.as_str().to_owned(),
            id: made.id,
            not_after,
            views: draft.views,
            title: draft.title,
        })
    }

    /// This person's links and what the server says became of them, the newest first.
    pub async fn shares(&self) -> Result<Vec<ShareStatus>, Error> {
        self.unlocked()?;
        let listed = self.inner.session.list_shared().await?;
        let now = self.device().now();
        let records = self.bundle(|bundle| {
            let notes = bundle.notes.iter();
            let records = notes.filter_map(|(name, note)| {
                Some((ShareId::new(name.strip_prefix(NOTE)?), Record::decode(note)?))
            });
            records.collect::<Vec<_>>()
        })?;
        let mut shares: Vec<ShareStatus> = records
            .into_iter()
            .map(|(id, record)| {
                let there = listed.iter().find(|shared| shared.id == id);
                let last = there
                    .and_then(|shared| shared.last_viewed_at.as_ref())
                    .and_then(Timestamp::to_millis);
                let left = there.and_then(|shared| shared.expires_after_views);
                let viewed = last.is_some() || left.is_some() && left != record.views;
                let state = match there {
                    _ if record.revoked => ShareState::Revoked,
                    _ if record.not_after <= now => ShareState::Expired,
                    None => ShareState::UsedUp,
                    Some(_) if left == Some(0) => ShareState::UsedUp,
                    Some(_) if viewed => ShareState::Opened { last },
                    Some(_) => ShareState::Unopened,
                };
                let useful = matches!(state, ShareState::Unopened | ShareState::Opened { .. });
                ShareStatus {
                    id,
                    title: record.title,
                    created: record.created,
                    not_after: record.not_after,
                    views: record.views,
                    views_left: left,
                    state,
                    has_passphrase: record.has_passphrase,
                    link_fragment: useful.then_some(record.fragment),
                }
            })
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.created));
        Ok(shares)
    }

    /// Asks the server to delete a link's content.
    pub async fn revoke_share(&self, id: &ShareId) -> Result<(), Error> {
        self.unlocked()?;
        let name = note_name(id);
        let record = self.bundle(|bundle| bundle.notes.get(&name).and_then(|note| Record::decode(note)))?;
        let mut record = record.ok_or(Error::NotFound)?;
        self.inner.session.delete_shared(id).await?;
        record.revoked = true;
        let note = record.encode()?;
        self.flush(|bundle| {
            bundle.notes.insert(name.clone(), note.clone());
        })
        .await
    }
}

/// What the sender's bundle remembers of a link.
#[derive(Serialize, Deserialize)]
struct Record {
    title: String,
    created: u64,
    not_after: u64,
    views: Option<u32>,
    has_passphrase: bool,
    revoked: bool,
    fragment: String,
}

impl Record {
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        serde_json::to_vec(self)
            .map(Zeroizing::new)
            .map_err(|error| Error::Storage(error.to_string()))
    }

    fn decode(note: &[u8]) -> Option<Self> {
        serde_json::from_slice(note).ok()
    }
}

impl From<&ShareContent> for ShareBody {
    fn from(content: &ShareContent) -> Self {
        match content {
            ShareContent::Text(text) => Self::Text(text.clone()),
            ShareContent::Secrets(all) => {
                Self::Secrets(all.iter().map(|s| (s.name.clone(), s.value.clone())).collect())
            }
        }
    }
}

impl From<&ShareBody> for ShareContent {
    fn from(body: &ShareBody) -> Self {
        match body {
            ShareBody::Text(text) => Self::Text(text.clone()),
            ShareBody::Secrets(all) => Self::Secrets(
                all.iter()
                    .map(|(name, value)| SharedSecret {
                        name: name.clone(),
                        value: value.clone(),
                    })
                    .collect(),
            ),
        }
    }
}

/// Links are remembered for thirty days after their end, and never more than two hundred.
fn prune(notes: &mut BTreeMap<String, Zeroizing<Vec<u8>>>, now: u64) {
    let ends: BTreeMap<String, u64> = notes
        .iter()
        .filter(|(name, _)| name.starts_with(NOTE))
        .filter_map(|(name, note)| Some((name.clone(), Record::decode(note)?.not_after)))
        .collect();
    let mut kept: Vec<_> = ends.iter().filter(|(_, end)| **end + KEEP_MS > now).collect();
    kept.sort_by_key(|(_, end)| std::cmp::Reverse(**end));
    kept.truncate(KEEP_MOST);
    let kept: std::collections::BTreeSet<_> = kept.into_iter().map(|(name, _)| name.clone()).collect();
    notes.retain(|name, _| !name.starts_with(NOTE) || kept.contains(name));
}

fn note_name(id: &ShareId) -> String {
    format!("{NOTE}{id}")
}

const NOTE: &str = "share/";
const KEEP_MS: u64 = 30 * 24 * 3600 * 1000;
const KEEP_MOST: usize = 200;
