//! New keys for oneself, and the inbox through which those without an admin's pen speak.

use crate::api::secrets::Row;
use crate::rng::Draw;
use crate::vault::keyring;
use crate::{Device, Error, Project, ProjectId, Transport, Vault};
use coffer_core::environment::{EpochKey, Wrap};
use coffer_core::identity::{Identity, PublicIdentity};
use coffer_core::invite::JoinRequest;
use coffer_core::keyring::{Access, KeyringError, KeyringState};
use coffer_core::layout;
use coffer_core::log::Log;
use coffer_core::rotation::Rotation;
use std::rc::Rc;

/// The keys that a project knows this person by, and all that may open what was sealed to them.
pub(crate) struct Own {
    pub(crate) identity: Rc<Identity>,
    pub(crate) identities: Vec<Rc<Identity>>,
}

impl Own {
    /// Opens a wrap with whichever pair it was sealed to.
    pub(crate) fn open_epoch(&self, log: &Log, wrap: &Wrap, keyring: &KeyringState) -> Option<EpochKey> {
        let mut pairs = self.identities.iter();
        let pair = pairs.find(|pair| pair.public().kem_kid() == wrap.recipient())?;
        log.open_epoch(wrap, pair, keyring).ok()
    }
}

/// Where new keys count already, and where an admin's client has to put them into the keyring first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRotation {
    /// In these projects.
    pub done: Vec<ProjectId>,
    /// In these nothing was said yet, because they could not be reached: they are told when they are opened.
    pub unreached: Vec<ProjectId>,
    /// In these an admin's client is needed.
    pub waiting: Vec<ProjectId>,
}

/// Somebody's new keys, signed by the old ones, that wait in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingKeys {
    /// The user's id on the server.
    pub user_id: String,
    /// Eight words of the new keys.
    pub fingerprint: [String; 8],
}

/// What an admin's client did with the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxReport {
    /// Changes of keys that are in the keyring now.
    pub relayed: usize,
    /// Rows that were none of ours, or that the keyring refuses, and are gone.
    pub removed: usize,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Makes new keys for this account and tells every project. The old ones are kept, sealed, for what was sealed to
    /// them; nothing is sealed to them once a project knows the new ones.
    pub async fn rotate_user_keys(&self) -> Result<KeyRotation, Error> {
        self.unlocked()?;
        let new = Identity::generate(&mut Draw(self.device()));
        self.flush(|bundle| bundle.follow_identity(new.duplicate()))
            .await?;
        self.reread_identities()?;
        let pinned = self.bundle(|bundle| {
            let pins = bundle.pins.values();
            pins.map(|pin| ProjectId::new(pin.project.clone()))
                .collect::<Vec<_>>()
        })?;
        let mut outcome = KeyRotation::default();
        for id in pinned {
            // Opening a project tells it.
            match self.open_project(&id).await {
                Ok(project) if project.knows_newest_keys()? => outcome.done.push(id),
                Ok(project) if project.my_keys()?.is_none() => {}
                Ok(project) if project.announced().await? => outcome.waiting.push(id),
                Ok(_) | Err(_) => outcome.unreached.push(id),
            }
        }
        Ok(outcome)
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Changes of keys that wait for an admin's client.
    pub async fn pending(&self) -> Result<Vec<PendingKeys>, Error> {
        self.refresh_ring().await?;
        let ring = self.ring()?;
        let uid = ring.state.ring();
        let rows = self.inbox_rows().await?;
        let waiting = rows.iter().filter_map(rotation_of).filter(|rotation| {
            let author = ring.state.rights(&rotation.old()).is_some();
            rotation.ring() == uid && author && ring.state.user_of(&rotation.old()) == Some(rotation.user())
        });
        Ok(waiting
            .map(|rotation| PendingKeys {
                fingerprint: rotation
                    .keys()
                    .fingerprint(&uid, rotation.user())
                    .words()
                    .map(str::to_owned),
                user_id: rotation.user().to_owned(),
            })
            .collect())
    }

    /// Puts changes of keys into the keyring, gives the new keys what the old ones could open, and removes debris.
    /// Requests to join stay: those a person decides.
    pub async fn process_inbox(&self) -> Result<InboxReport, Error> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        self.writable_ring()?;
        let mut report = InboxReport::default();
        for row in self.inbox_rows().await? {
            match rotation_of(&row) {
                Some(rotation) => {
                    if Box::pin(self.relay(&rotation)).await? {
                        report.relayed += 1;
                    } else {
                        report.removed += 1;
                    }
                }
                None if is_join(&row) || layout::about_request(&row.name).is_some() => continue,
                // One bad answer must not cost somebody their request.
                None if !self.is_still_so(&row).await? => continue,
                None => report.removed += 1,
            }
            self.vault
                .inner
                .session
                .delete_row(self.inbox(), &row.name)
                .await?;
        }
        Ok(report)
    }

    /// Whether a row of the inbox, read once more by itself, says what the list said.
    async fn is_still_so(&self, row: &Row) -> Result<bool, Error> {
        let session = &self.vault.inner.session;
        let again = session.read_row(self.inbox(), &row.name).await?;
        Ok(again.is_some_and(|again| again.value == row.value))
    }

    /// Makes the link of a change of keys; `false` if the keyring refuses it, because somebody was removed meanwhile or it
    /// is not theirs.
    async fn relay(&self, rotation: &Rotation) -> Result<bool, Error> {
        let ring = self.writable_ring()?;
        if rotation.ring() != ring.state.ring() {
            return Ok(false);
        }
        let there = |keys: &PublicIdentity| *keys == rotation.keys();
        let known = ring.state.member(rotation.user()).map(|member| member.keys);
        if !known.as_ref().is_some_and(there) {
            match self.append_if_it_counts(rotation).await? {
                Ok(()) => {}
                Err(KeyringError::UnknownOp) => return Err(Error::UnknownEnvelope),
                Err(_) => return Ok(false),
            }
        }
        self.give_keys(rotation).await?;
        Ok(true)
    }

    async fn append_if_it_counts(&self, rotation: &Rotation) -> Result<Result<(), KeyringError>, Error> {
        let own = self.own()?;
        let ring = self.writable_ring()?;
        let session = &self.vault.inner.session;
        let op = rotation.op();
        match keyring::append_counting(session, &self.cell.id, (*ring).clone(), &own.identity, &op).await {
            Ok(next) => self.adopt(next).await.map(Ok),
            Err(keyring::AppendError::Overtaken(why) | keyring::AppendError::Refused(why)) => Ok(Err(why)),
            Err(keyring::AppendError::Failed(error)) => Err(error),
        }
    }

    /// Gives new keys the newest key of every environment that their owner may read.
    async fn give_keys(&self, rotation: &Rotation) -> Result<(), Error> {
        let ring = self.writable_ring()?;
        let member = ring.state.member(rotation.user());
        let Some(rights) = member.and_then(|member| member.rights.clone()) else {
            return Ok(());
        };
        for environment in ring.state.environments() {
            if rights.access(&environment.env) >= Access::Read {
                let open = self.open_environment(&environment.server_ref).await?;
                open.grant_member(&rotation.keys()).await?;
            }
        }
        Ok(())
    }

    /// Says in the project that this account has other keys than its keyring knows; an admin makes the link alone.
    pub(crate) async fn announce_keys(&self) -> Result<(), Error> {
        let own = self.own()?;
        let newest = own.identities.first().ok_or(Error::Locked)?;
        if self.knows_newest_keys()? || self.my_keys()?.is_none() {
            return Ok(());
        }
        let ring = self.ring()?;
        let vault = &self.vault;
        let (user, now) = (&vault.inner.info.user_id, vault.device().now());
        let rotation = Rotation::make(ring.state.ring(), user, &own.identity, newest, now);
        if self.is_admin() {
            let _turn = self.gate().enter().await;
            self.relay(&rotation).await?;
            return Ok(());
        }
        let name = layout::rotation_name(&rotation.old());
        let session = &vault.inner.session;
        match session.create_row(self.inbox(), &name, &rotation.to_text()).await {
            // One that waits is made of the same old key; once it is through, the next one follows.
            Ok(()) | Err(Error::NameTaken) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// The keys that this project knows this person by.
    pub(crate) fn own(&self) -> Result<Own, Error> {
        let identities = self.vault.identities()?;
        let known = self.my_keys()?;
        let newest = identities.first().ok_or(Error::Locked)?;
        let identity = identities.iter().find(|own| Some(own.public()) == known);
        Ok(Own {
            identity: Rc::clone(identity.unwrap_or(newest)),
            identities,
        })
    }

    fn my_keys(&self) -> Result<Option<PublicIdentity>, Error> {
        let user = &self.vault.inner.info.user_id;
        Ok(self.known_ring().and_then(|ring| {
            let member = ring.state.member(user)?;
            member.rights.as_ref().map(|_| member.keys)
        }))
    }

    /// The keyring has keys of this person that this device does not have.
    pub(crate) fn lacks_own_keys(&self) -> Result<bool, Error> {
        let known = self.my_keys()?;
        let identities = self.vault.identities()?;
        Ok(known.is_some_and(|keys| identities.iter().all(|own| own.public() != keys)))
    }

    fn knows_newest_keys(&self) -> Result<bool, Error> {
        let newest = self.vault.identities()?.first().map(|newest| newest.public());
        Ok(self.my_keys()? == newest)
    }

    /// Whether this person's change of keys lies in the inbox.
    async fn announced(&self) -> Result<bool, Error> {
        let name = layout::rotation_name(&self.own()?.identity.public().sign_kid());
        let session = &self.vault.inner.session;
        Ok(session.read_row(self.inbox(), &name).await?.is_some())
    }

    pub(crate) async fn inbox_rows(&self) -> Result<Vec<Row>, Error> {
        self.vault
            .inner
            .session
            .list_rows_if_any(self.inbox(), false)
            .await
    }
}

/// The change of keys that a row of the inbox is, under the name that it has to have.
fn rotation_of(row: &Row) -> Option<Rotation> {
    let rotation = Rotation::parse(row.value.as_deref()?).ok()?;
    (layout::rotation_name(&rotation.old()) == row.name).then_some(rotation)
}

/// Whether a row of the inbox is a request to join, whoever made it.
fn is_join(row: &Row) -> bool {
    let request = row.value.as_deref().map(JoinRequest::parse);
    matches!(request, Some(Ok(request)) if layout::join_name(&request.invite()) == row.name)
}
