//! Share links: sealed here, opened by whoever holds the link.

pub use coffer_wire::id::ShareId;
pub use coffer_wire::share::ShareFeature;

use super::files::ReceivedFiles;
use super::forms::FormStatus;
use super::notes::Note;
use crate::api::Session;
use crate::api::shares::{Opened, Shared, SharedList};
use crate::rng::Draw;
use crate::{Device, Error, LinkError, Passphrase, RevealError, Transport, Vault};
use coffer_core::share::{self, ShareBody, ShareKeys, ShareLink, ShareLinkError, ShareSecret};
use coffer_wire::Timestamp;
use coffer_wire::share::ChangeShare;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

/// What is shared.
#[derive(Clone)]
pub enum ShareContent {
    /// Free text.
    Text(Zeroizing<String>),
    /// Named values.
    Secrets(Vec<SharedSecret>),
    /// One file or up to 100, whose content goes beside it: [`Vault::send_files`] and
    /// [`Client::fetch_files`](crate::Client::fetch_files).
    Files(Vec<SharedFile>),
}

impl std::fmt::Debug for ShareContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShareContent(…)")
    }
}

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// Its name, as its sender gave it: nothing that may become a path, and not different from others beside it.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
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

/// What Coffer's own server can be asked for beyond views and time. All of it is the server's promise; a link that
/// asks for any of it is not made on another server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareLimits {
    /// How many minutes it lives on once it was opened: 1 to 43,200.
    pub after_view: Option<u32>,
    /// From which networks it opens, such as `192.0.2.0/24` or one address; from everywhere if empty.
    pub networks: Vec<String>,
    /// Only the device that opened it first opens it again.
    pub one_device: bool,
    /// The server notes when and from where it was opened.
    pub receipts: bool,
    /// Who opens it may not destroy it.
    pub sender_ends: bool,
}

impl ShareLimits {
    fn needed(&self) -> impl Iterator<Item = (ShareFeature, &'static str)> {
        [
            (self.after_view.is_some())
                .then_some((ShareFeature::ExpiryAfterView, "an end after the first view")),
            (!self.networks.is_empty()).then_some((ShareFeature::Networks, "links for one network")),
            self.one_device
                .then_some((ShareFeature::OneDevice, "links for one device")),
            self.receipts.then_some((ShareFeature::Receipts, "receipts")),
            self.sender_ends
                .then_some((ShareFeature::SenderEnds, "links that only their sender ends")),
        ]
        .into_iter()
        .flatten()
    }

    fn wire(&self) -> coffer_wire::share::ShareLimits {
        coffer_wire::share::ShareLimits {
            expires_in_after_view: self.after_view.map(|minutes| format!("{minutes}m")),
            networks: self.networks.clone(),
            one_device: self.one_device,
            receipts: self.receipts,
            sender_ends: self.sender_ends,
        }
    }

    fn told(limits: &coffer_wire::share::ShareLimits) -> Self {
        let minutes = |after: &String| after.strip_suffix('m').and_then(|after| after.parse().ok());
        Self {
            after_view: limits.expires_in_after_view.as_ref().and_then(minutes),
            networks: limits.networks.clone(),
            one_device: limits.one_device,
            receipts: limits.receipts,
            sender_ends: limits.sender_ends,
        }
    }
}

/// What is to be different about a link that was made. What is absent stays, also where another device changes it at the
/// same time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareChange {
    /// From now, and earlier than it ends already: until when it is good is sealed inside, so it cannot be prolonged.
    pub expires_in: Option<ShareExpiry>,
    /// How many views are left from now; the inner absence is without limit.
    pub views: Option<Option<u32>>,
    /// As [`ShareLimits::after_view`]; of a link that nobody has opened only.
    pub after_view: Option<Option<u32>>,
    /// As [`ShareLimits::networks`].
    pub networks: Option<Vec<String>>,
    /// As [`ShareLimits::one_device`]; bound is a link that nobody has opened only: of others nobody knows the first device.
    pub one_device: Option<bool>,
    /// As [`ShareLimits::receipts`]. What was noted stays, and who has looked at the link before is not told.
    pub receipts: Option<bool>,
    /// As [`ShareLimits::sender_ends`].
    pub sender_ends: Option<bool>,
}

impl ShareChange {
    /// Whether it asks for more than another end and number of views.
    fn is_of_limits(&self) -> bool {
        let (views, expires_in) = (self.views, self.expires_in);
        *self
            != Self {
                views,
                expires_in,
                ..Self::default()
            }
    }

    fn wire(&self) -> ChangeShare {
        let minutes = |minutes: u32| format!("{minutes}m");
        ChangeShare {
            expires_in: self.expires_in.map(|expiry| minutes(expiry.0)),
            max_views: self.views,
            expires_in_after_view: self.after_view.map(|after| after.map(minutes)),
            networks: self.networks.clone(),
            one_device: self.one_device,
            receipts: self.receipts,
            sender_ends: self.sender_ends,
        }
    }
}

/// One opening, in the server's words: it may leave some out and make others up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareReceipt {
    /// From which address; `None` if the server says something that is none.
    pub address: Option<IpAddr>,
    /// Milliseconds since 1970, by the server's clock.
    pub at: Option<u64>,
}

/// What the server says of a link before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareGlance {
    /// How many views are left; absent is without limit.
    pub views_left: Option<u32>,
    /// When it was last opened, in milliseconds since 1970 by the server's clock; `None` if nobody did.
    pub last_opened: Option<u64>,
    /// When it ends, likewise.
    pub ends: Option<u64>,
    /// Only the device that opens it first will open it again.
    pub one_device: bool,
    /// When and from where it is opened is noted for the sender.
    pub receipts: bool,
    /// Who opens it may not destroy it.
    pub sender_ends: bool,
}

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
    /// What only Coffer's own server offers.
    pub limits: ShareLimits,
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

/// What became of a link; the server says so. What happened to it before its end is told after its end, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareState {
    /// Somebody who could open it destroyed it.
    Destroyed,
    /// An administrator of the organisation ended it.
    EndedByAdmin,
    /// Its file was not sent completely.
    Unfinished,
    /// Nobody opened it.
    Unopened,
    /// Somebody did.
    Opened {
        /// Milliseconds since 1970, if the server tells.
        last: Option<u64>,
    },
    /// Its time is over, and not all views are used.
    Expired {
        /// Whether somebody has opened it; `None` where the server has forgotten it.
        was_opened: Option<bool>,
        /// When last, in milliseconds since 1970, if the server tells.
        last: Option<u64>,
    },
    /// All views are used.
    UsedUp,
    /// Taken back.
    Revoked,
    /// The server lists no more links than so many, and this one is not among them: it may be of use still.
    Unknown,
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
    /// Milliseconds since 1970; earlier than asked for if the server ends it earlier.
    pub not_after: u64,
    /// As asked for at creation, or by the last change.
    pub views: Option<u32>,
    /// In the server's words.
    pub views_left: Option<u32>,
    /// How often it was opened, in the words of a server that counts.
    pub opened: Option<u32>,
    /// In the server's words, or as asked for if it tells none.
    pub limits: ShareLimits,
    /// In the server's words.
    pub state: ShareState,
    /// It asks for a passphrase.
    pub has_passphrase: bool,
    /// The sender's own words, which nobody else sees; may be empty.
    pub note: String,
    /// The file, if it is one; of several the name of the first, and the size of all.
    pub file: Option<SharedFile>,
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
    /// What the server asks for, once it has opened: destroying it then asks for no passphrase again.
    token: Arc<OnceLock<Zeroizing<String>>>,
}

/// What a share held.
#[derive(Clone)]
pub struct RevealedShare {
    /// The sender's title; may be empty.
    pub title: Zeroizing<String>,
    /// The thing itself.
    pub content: ShareContent,
    /// What fetches its files, if it has any.
    pub files: Option<ReceivedFiles>,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// The server says that this was the last view.
    pub was_last_view: bool,
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
        token: Arc::default(),
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
        let keys = self.keys(device, passphrase).await?;
        let opened = self.access(session, keys.token()).await?;
        let (content, not_after) = keys
            .open(&opened.secret_value)
            .map_err(|_| RevealError::Damaged)?;
        self.token.get_or_init(|| Zeroizing::new(keys.token().to_owned()));
        if not_after < device.now() {
            return Err(RevealError::ExpiredHere { not_after });
        }
        let shown = ShareContent::from(&content.body);
        let files = match (&content.body, opened.file_token) {
            (ShareBody::Files(files), Some(token)) => Some(ReceivedFiles::new(
                self.id.clone(),
                Arc::clone(files),
                keys,
                token,
            )),
            // Whoever keeps a file's pieces gives the token to fetch them with.
            (ShareBody::Files(_), None) => return Err(RevealError::Damaged),
            _ => None,
        };
        Ok(RevealedShare {
            title: content.title,
            content: shown,
            files,
            not_after,
            was_last_view: matches!(opened.expires_after_views, Some(0 | 1)),
        })
    }

    /// Asks the server to delete the sealed text.
    pub(crate) async fn destroy<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
        passphrase: Option<Passphrase>,
    ) -> Result<(), RevealError> {
        let device = &session.client.device;
        let token = match self.token.get() {
            Some(token) => token.clone(),
            None => Zeroizing::new(self.keys(device, passphrase).await?.token().to_owned()),
        };
        match session.destroy_shared(&self.id, &token, None).await {
            Err(RevealError::OtherDevice) => match self.kept_proof(device).await? {
                Some(proof) => session.destroy_shared(&self.id, &token, Some(&proof)).await?,
                None => return Err(RevealError::OtherDevice),
            },
            done => done?,
        }
        // It opens nowhere any more; a device without a working storage keeps nothing of it.
        drop(device.erase(&self.proof_name()).await);
        Ok(())
    }

    /// What the server says of it; counts no view.
    pub(crate) async fn glance<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
    ) -> Result<ShareGlance, RevealError> {
        let look = session.look_at_shared(&self.id).await?;
        Ok(ShareGlance {
            views_left: look.expires_after_views,
            last_opened: look.last_viewed_at.as_ref().and_then(Timestamp::to_millis),
            ends: look.expires_at.as_ref().and_then(Timestamp::to_millis),
            one_device: look.one_device,
            receipts: look.receipts,
            sender_ends: look.sender_ends,
        })
    }

    async fn keys<D: Device>(
        &self,
        device: &D,
        passphrase: Option<Passphrase>,
    ) -> Result<ShareKeys, RevealError> {
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
        Ok(self.link.secret.derive(stretched.as_ref()))
    }

    /// The sealed text. Where one device only may open it, this one proves itself with what it drew for this link, and
    /// keeps that before it sends it: an answer that gets lost does not lock it out.
    async fn access<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
        token: &str,
    ) -> Result<Opened, RevealError> {
        let device = &session.client.device;
        let answer = match session.access_shared(&self.id, token, None).await {
            Err(RevealError::OtherDevice) => {
                let kept = self.kept_proof(device).await?;
                let is_new = kept.is_none();
                let proof = match kept {
                    Some(proof) => proof,
                    None => self.make_proof(device).await?,
                };
                let answer = session.access_shared(&self.id, token, Some(&proof)).await;
                if is_new && matches!(answer, Err(RevealError::OtherDevice)) {
                    drop(device.erase(&self.proof_name()).await);
                }
                answer
            }
            answer => answer,
        };
        match answer {
            // Without a passphrase the token follows from the link alone: then it is the server that holds another.
            Err(RevealError::WrongPassphrase) if !self.needs_passphrase => Err(RevealError::Damaged),
            answer => answer,
        }
    }

    async fn kept_proof<D: Device>(&self, device: &D) -> Result<Option<Zeroizing<String>>, RevealError> {
        let kept = device
            .load(&self.proof_name())
            .await
            .map_err(|error| RevealError::Client(error.into()))?;
        Ok(kept
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Zeroizing::new))
    }

    async fn make_proof<D: Device>(&self, device: &D) -> Result<Zeroizing<String>, RevealError> {
        let mut drawn = Zeroizing::new([0; 24]);
        device.fill(drawn.as_mut_slice());
        let proof = Zeroizing::new(drawn.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        device
            .save(&self.proof_name(), proof.as_bytes())
            .await
            .map_err(|error| RevealError::Client(error.into()))?;
        Ok(proof)
    }

    fn proof_name(&self) -> String {
        format!("share/{}", self.id)
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Seals something for whoever gets the link. Files are sent by [`Vault::send_files`].
    pub async fn create_share(&self, draft: ShareDraft) -> Result<CreatedShare, Error> {
        let body = match &draft.content {
            ShareContent::Text(text) => ShareBody::Text(text.clone()),
            ShareContent::Secrets(all) => {
                ShareBody::Secrets(all.iter().map(|s| (s.name.clone(), s.value.clone())).collect())
            }
            ShareContent::Files(_) => {
                return Err(Error::Invalid {
                    field: "content",
                    why: "a text or secrets",
                });
            }
        };
        let (created, _) = self.make_share(draft, body).await?;
        Ok(created)
    }

    /// Seals what a link opens, makes the link, and remembers it.
    pub(super) async fn make_share(
        &self,
        draft: ShareDraft,
        body: ShareBody,
    ) -> Result<(CreatedShare, ShareKeys), Error> {
        self.check_room::<ShareRecord>().await?;
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
        check_after_view(draft.limits.after_view)?;
        // A server that does not know a limit ignores it without a word.
        let mut needed = draft.limits.needed().peekable();
        if needed.peek().is_some() {
            let offered = self.share_features().await?;
            if let Some((_, what)) = needed.find(|(feature, _)| !offered.contains(feature)) {
                return Err(Error::Unsupported { what });
            }
        }
        drop(needed);
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
            body,
        };
        let file_bytes = match &content.body {
            ShareBody::Files(files) => Some(files.sealed_size()),
            _ => None,
        };
        let sealed = keys
            .seal(&content, not_after, &mut Draw(device))
            .map_err(|_| Error::Invalid {
                field: "content",
                why: "at most about 7,000 characters, or names of files that are as long together",
            })?;
        let session = &self.inner.session;
        let made = session
            .create_shared(
                &sealed,
                keys.token(),
                minutes,
                draft.views,
                file_bytes,
                &draft.limits.wire(),
            )
            .await?;
        let has_passphrase = draft.passphrase.is_some();
        let link = ShareLink {
            secret,
            server_id: made.id.as_str().to_owned(),
            has_passphrase,
            has_several: content.body.are_several_files(),
        };
        let fragment = link.to_fragment();
        let record = ShareRecord {
            title: draft.title.clone(),
            created,
            not_after,
            views: draft.views,
            has_passphrase,
            revoked: false,
            fragment: fragment.as_str().to_owned(),
            after_view: draft.limits.after_view,
            networks: draft.limits.networks,
            one_device: draft.limits.one_device,
            receipts: draft.limits.receipts,
            sender_ends: draft.limits.sender_ends,
            note: String::new(),
            file: match draft.content {
                ShareContent::Files(files) => together(files),
                _ => None,
            },
            is_sent: file_bytes.is_none(),
        };
        if let Err(error) = self.add_note(&made.id, &record).await {
            // A link that its sender could never take back is better not made.
            if session.delete_shared(&made.id).await.is_ok() {
                self.disown_note(&made.id, |record: &mut ShareRecord| record.revoked = true)
                    .await;
            }
            return Err(error);
        }
        let created = CreatedShare {
            link_fragment: fragment.as_str().to_owned(),
            id: made.id,
            not_after,
            views: draft.views,
            title: draft.title,
        };
        Ok((created, keys))
    }

    /// This person's links and what the server says became of them, the newest first.
    pub async fn shares(&self) -> Result<Vec<ShareStatus>, Error> {
        self.catch_up().await?;
        self.told_shares().await
    }

    /// Both the links and the forms of this person, as [`Vault::shares`] and [`Vault::forms`] tell of them: for whoever looks
    /// again and again, as the bundle is asked for once.
    pub async fn links(&self) -> Result<(Vec<ShareStatus>, Vec<FormStatus>), Error> {
        self.catch_up().await?;
        Ok((self.told_shares().await?, self.told_forms().await?))
    }

    /// The links of this bundle, and what the server says of them.
    async fn told_shares(&self) -> Result<Vec<ShareStatus>, Error> {
        // Before the list: of what is made meanwhile it would say nothing.
        let records = self.notes::<ShareRecord>()?;
        let listed = self.inner.session.list_shared().await?;
        let now = self.device().now();
        let mut shares: Vec<ShareStatus> = records
            .into_iter()
            .map(|(id, record)| record.status(id, &listed, now))
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.created));
        Ok(shares)
    }

    /// What this server does with links beyond the compatible API: what a form may offer.
    pub async fn share_features(&self) -> Result<BTreeSet<ShareFeature>, Error> {
        self.unlocked()?;
        Ok(self.inner.session.status().await?.share_features)
    }

    /// How many bytes a file behind a link may have on this server; `None` where it takes none.
    pub async fn share_file_limit(&self) -> Result<Option<u64>, Error> {
        self.unlocked()?;
        Ok(self.inner.session.status().await?.share_file)
    }

    /// Changes a link: all of it, or nothing where the server refuses a part.
    pub async fn change_share(&self, id: &ShareId, change: ShareChange) -> Result<(), Error> {
        let offered = self.share_features().await?;
        let needed = match change.is_of_limits() {
            true => ShareFeature::ChangeLimits,
            false => ShareFeature::Change,
        };
        if !offered.contains(&needed) {
            return Err(Error::Unsupported {
                what: "changing a link",
            });
        }
        check_after_view(change.after_view.flatten())?;
        let record: ShareRecord = self.note(id).await?;
        let minutes = change.expires_in.map(|expiry| expiry.0);
        let ends = minutes.map(|minutes| self.device().now() + u64::from(minutes) * 60_000);
        if minutes.is_some_and(|minutes| minutes < 5) || ends.is_some_and(|ends| ends > record.not_after) {
            return Err(Error::Invalid {
                field: "expires_in",
                why: "5 minutes or more, and earlier than the link ends already",
            });
        }
        if change.views == Some(Some(0)) {
            return Err(Error::Invalid {
                field: "views",
                why: "at least one",
            });
        }
        let changed = self.inner.session.change_shared(id, &change.wire()).await?;
        let opened = changed.opened.unwrap_or(0);
        self.change_note(id, |record: &mut ShareRecord| {
            record.not_after = ends.unwrap_or(record.not_after).min(record.not_after);
            if let Some(views) = change.views {
                record.views = views.map(|views| views.saturating_add(opened));
            }
            record.after_view = change.after_view.unwrap_or(record.after_view);
            if let Some(networks) = &change.networks {
                record.networks.clone_from(networks);
            }
            record.one_device = change.one_device.unwrap_or(record.one_device);
            record.receipts = change.receipts.unwrap_or(record.receipts);
            record.sender_ends = change.sender_ends.unwrap_or(record.sender_ends);
        })
        .await
    }

    /// Keeps the sender's own words on a link, in the bundle: at most 500 characters.
    pub async fn annotate_share(&self, id: &ShareId, note: &str) -> Result<(), Error> {
        self.unlocked()?;
        if note.chars().count() > LONGEST_NOTE {
            return Err(Error::Invalid {
                field: "note",
                why: "at most 500 characters",
            });
        }
        self.note::<ShareRecord>(id).await?;
        self.change_note(id, |record: &mut ShareRecord| note.clone_into(&mut record.note))
            .await
    }

    /// Who opened a link that asked for receipts, the newest first: the server's word.
    pub async fn share_receipts(&self, id: &ShareId) -> Result<Vec<ShareReceipt>, Error> {
        self.offers(ShareFeature::Receipts, "receipts").await?;
        let receipts = self.inner.session.share_receipts(id).await?;
        Ok(receipts
            .into_iter()
            .map(|receipt| ShareReceipt {
                at: receipt.at.to_millis(),
                address: receipt.address.parse().ok(),
            })
            .collect())
    }

    /// Asks the server to delete a link's content.
    pub async fn revoke_share(&self, id: &ShareId) -> Result<(), Error> {
        self.note::<ShareRecord>(id).await?;
        self.inner.session.delete_shared(id).await?;
        self.change_note(id, |record: &mut ShareRecord| record.revoked = true)
            .await
    }

    async fn offers(&self, feature: ShareFeature, what: &'static str) -> Result<(), Error> {
        match self.share_features().await?.contains(&feature) {
            true => Ok(()),
            false => Err(Error::Unsupported { what }),
        }
    }

    /// Remembers that a link's file is there completely.
    pub(super) async fn file_is_sent(&self, id: &ShareId) -> Result<(), Error> {
        self.change_note(id, |record: &mut ShareRecord| record.is_sent = true)
            .await
    }
}

/// What the sender's bundle remembers of a link.
#[derive(Serialize, Deserialize)]
pub(super) struct ShareRecord {
    title: String,
    created: u64,
    not_after: u64,
    views: Option<u32>,
    has_passphrase: bool,
    revoked: bool,
    fragment: String,
    #[serde(default)]
    after_view: Option<u32>,
    #[serde(default)]
    networks: Vec<String>,
    #[serde(default)]
    one_device: bool,
    #[serde(default)]
    receipts: bool,
    #[serde(default)]
    sender_ends: bool,
    #[serde(default)]
    note: String,
    /// Of several files the name of the first, and the size of all: the bundle has no room for all names of all links.
    file: Option<SharedFile>,
    /// Its files are there completely, or it has none.
    #[serde(default = "yes")]
    is_sent: bool,
}

/// What the list of links says of files.
fn together(files: Vec<SharedFile>) -> Option<SharedFile> {
    let size = files.iter().map(|file| file.size).sum();
    let first = files.into_iter().next()?;
    Some(SharedFile { size, ..first })
}

fn yes() -> bool {
    true
}

fn check_after_view(minutes: Option<u32>) -> Result<(), Error> {
    match minutes {
        Some(minutes) if !(1..=43_200).contains(&minutes) => Err(Error::Invalid {
            field: "after_view",
            why: "1 minute to 30 days",
        }),
        _ => Ok(()),
    }
}

impl ShareRecord {
    fn status(self, id: ShareId, listed: &SharedList, now: u64) -> ShareStatus {
        let there = listed.shares.iter().find(|shared| shared.id == id);
        let last = there
            .and_then(|shared| shared.last_viewed_at.as_ref())
            .and_then(Timestamp::to_millis);
        let left = there.and_then(|shared| shared.expires_after_views);
        let opened = there.and_then(|shared| shared.opened);
        let was_opened =
            last.is_some() || opened.map_or(left.is_some() && left != self.views, |opened| opened > 0);
        let limits = match there.and_then(|shared| shared.limits.as_ref()) {
            Some(told) => ShareLimits::told(told),
            None => ShareLimits {
                after_view: self.after_view,
                networks: self.networks,
                one_device: self.one_device,
                receipts: self.receipts,
                sender_ends: self.sender_ends,
            },
        };
        // Reckoned from here: the server's clock may be another.
        let lasts = there.and_then(Shared::lasts);
        let ends = lasts.map_or(self.not_after, |lasts| {
            self.not_after.min(self.created.saturating_add(lasts))
        });
        let state = match there {
            _ if self.revoked => ShareState::Revoked,
            Some(shared) if shared.ended_by_admin => ShareState::EndedByAdmin,
            Some(shared) if shared.destroyed => ShareState::Destroyed,
            Some(shared) if shared.missing_pieces > 0 => ShareState::Unfinished,
            None if !self.is_sent => ShareState::Unfinished,
            Some(_) if left == Some(0) => ShareState::UsedUp,
            _ if ends <= now => ShareState::Expired {
                was_opened: there.map(|_| was_opened),
                last,
            },
            None if listed.is_whole => ShareState::UsedUp,
            None => ShareState::Unknown,
            Some(_) if was_opened => ShareState::Opened { last },
            Some(_) => ShareState::Unopened,
        };
        let useful = matches!(
            state,
            ShareState::Unopened | ShareState::Opened { .. } | ShareState::Unknown
        );
        ShareStatus {
            id,
            title: self.title,
            created: self.created,
            not_after: ends,
            views: self.views,
            views_left: left,
            opened,
            limits,
            state,
            has_passphrase: self.has_passphrase,
            note: self.note,
            file: self.file,
            link_fragment: useful.then_some(self.fragment),
        }
    }
}

impl Note for ShareRecord {
    const PREFIX: &'static str = "share/";
    const MOST: usize = 200;
    const PLURAL: &'static str = "links";

    fn merge(&mut self, other: &Self) {
        self.revoked |= other.revoked;
        self.is_sent |= other.is_sent;
        self.not_after = self.not_after.min(other.not_after);
    }

    fn ends(&self) -> u64 {
        self.not_after
    }

    fn is_over(&self, now: u64) -> bool {
        self.revoked || self.not_after <= now
    }
}

impl From<&ShareBody> for ShareContent {
    fn from(body: &ShareBody) -> Self {
        match body {
            ShareBody::Text(text) => Self::Text(text.clone()),
            ShareBody::Files(files) => Self::Files(
                files
                    .list()
                    .map(|(name, size)| SharedFile {
                        name: name.to_owned(),
                        size,
                    })
                    .collect(),
            ),
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

const LONGEST_NOTE: usize = 500;
