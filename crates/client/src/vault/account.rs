//! The account: its slots and bundles on the server, its pins on the device, and what is open while it is unlocked.

use crate::api::Session;
use crate::api::login::User;
use crate::api::secrets::{Place, Row};
use crate::client::ClientInner;
use crate::gate::Gate;
use crate::known::{Known, pins_name};
use crate::rng::Draw;
use crate::vault::kept;
use crate::vault::keyring::opening;
use crate::vault::notes;
use crate::vault::project::ProjectCell;
use crate::{Device, EmergencyKit, Error, Passphrase, ServerOrigin, StorageError, Transport};
use coffer_core::account::{LocalKey, LoginPassword, MasterKey, Slot, SlotKey, SlotKind};
use coffer_core::bundle::{Bundle, EnvPin, RingPin, SentInvite};
use coffer_core::id::{AccountUid, Digest, EnvUid, RingUid};
use coffer_core::identity::Identity;
use coffer_core::kdf::{StretchError, Stretched};
use coffer_core::keyring::LogHead;
use coffer_core::layout;
use coffer_wire::id::ProjectId;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Signed in and unlocked. Cheap to clone; all clones end with [`Vault::lock`].
pub struct Vault<T, D> {
    pub(crate) inner: Rc<VaultInner<T, D>>,
}

pub(crate) struct VaultInner<T, D> {
    pub(crate) session: Session<T, D>,
    /// What this device knows of the account; a machine has none.
    known: Option<Known>,
    /// By this the device names what it keeps.
    pub(crate) uid: AccountUid,
    pub(crate) info: AccountInfo,
    unlocked: RefCell<Option<Rc<Unlocked>>>,
    pub(crate) projects: RefCell<BTreeMap<ProjectId, Rc<ProjectCell>>>,
    bundle_gate: Gate,
    flushed: Cell<u64>,
}

/// What becomes of a bundle that the server shows no more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The one that this device kept is put back, because a person said so.
    PutBack,
    /// An older one is an error.
    Refused,
}

/// What exists only while the vault is unlocked.
pub(crate) struct Unlocked {
    identities: RefCell<Vec<Rc<Identity>>>,
    /// A machine has none: its bundle stays in memory.
    master: Option<MasterKey>,
    pub(super) local: LocalKey,
    bundle: RefCell<Bundle>,
    bundle_hash: Cell<Digest>,
}

impl<T, D> Clone for Vault<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

/// Who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The user name.
    pub email: String,
    /// The person's name as the server has it.
    pub name: String,
    /// The organisation's name as the server has it.
    pub organization: String,
    /// Where.
    pub server: ServerOrigin,
    /// The account, 32 hex digits.
    pub account_uid: String,
    /// The user's id on the server.
    pub user_id: String,
    /// The server's login has a password of its own.
    pub own_login: bool,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Who is signed in.
    pub fn account(&self) -> AccountInfo {
        self.inner.info.clone()
    }

    /// The kit of this account, to print again.
    pub fn emergency_kit(&self) -> Result<EmergencyKit, Error> {
        Ok(self.known()?.kit())
    }

    /// The device, for a clock.
    pub fn device(&self) -> &D {
        &self.inner.session.client.device
    }

    /// Wipes keys and everything opened with them, in all clones.
    pub fn lock(&self) {
        self.inner.unlocked.borrow_mut().take();
        for cell in self.inner.projects.borrow().values() {
            cell.wipe();
        }
        self.inner.projects.borrow_mut().clear();
        self.inner.session.drop_token();
    }

    /// Whether [`Vault::lock`] was called.
    pub fn is_locked(&self) -> bool {
        self.inner.unlocked.borrow().is_none()
    }

    /// Locks, erases what this device keeps of the account, and ends the session at the server.
    pub async fn sign_out(self) -> Result<(), Error> {
        let uid = self.inner.info.account_uid.clone();
        self.inner.session.logout().await;
        self.lock();
        Known::erase(self.device(), &uid).await
    }

    /// Changes the passphrase; the old one opens nothing afterwards.
    pub async fn change_passphrase(&self, old: Passphrase, new: Passphrase) -> Result<(), Error> {
        check_chosen(&new)?;
        let unlocked = self.unlocked()?;
        let (known, master) = (self.known()?.clone(), unlocked.master()?);
        let session = &self.inner.session;
        let place = account_place(&known.project);
        let old_stretched = stretch(self.device(), &known, &old).await?;
        let old_key = SlotKey::derive(&old_stretched, &known.key, &known.uid);
        let mut fitting = Vec::new();
        for (name, slot) in slots_of(&session.list_rows(place, false).await?)? {
            if slot.open(&old_key).is_ok() {
                fitting.push(name);
            }
        }
        if fitting.is_empty() {
            return Err(Error::WrongPassphrase);
        }
        let new_stretched = stretch(self.device(), &known, &new).await?;
        let new_name = self
            .inner
            .session
            .client
            .create_slot(session, &known, &new_stretched, master)
            .await?;
        if !known.own_login {
            let old_login =
                LoginPassword::derive(&old_stretched, &known.key, known.server.as_str(), &known.uid);
            let new_login =
                LoginPassword::derive(&new_stretched, &known.key, known.server.as_str(), &known.uid);
            if let Err(error) = session
                .change_password(old_login.expose(), new_login.expose())
                .await
            {
                // An answer that was lost may have been a yes: then both slots stay, and both passphrases are told apart
                // by the login.
                if !matches!(error, Error::Offline | Error::Transport(_)) {
                    session.delete_row(place, &new_name).await?;
                }
                return Err(error);
            }
            // The server ended every session with the old password.
            session.login(&known.email, new_login.expose()).await?;
            session.select_organization(&known.organization_id).await?;
        }
        let fitting: Vec<&str> = fitting.iter().map(String::as_str).collect();
        session.delete_rows(place, &fitting).await
    }

    /// A person's account.
    pub(crate) fn known(&self) -> Result<&Known, Error> {
        self.inner.known.as_ref().ok_or(Error::Forbidden)
    }

    pub(crate) fn unlocked(&self) -> Result<Rc<Unlocked>, Error> {
        self.inner.unlocked.borrow().clone().ok_or(Error::Locked)
    }

    /// This account's keys, the newest first: earlier ones are those of projects that do not know the newest yet.
    pub(crate) fn identities(&self) -> Result<Vec<Rc<Identity>>, Error> {
        Ok(self.unlocked()?.identities.borrow().clone())
    }

    /// Takes the keys from the bundle again.
    pub(crate) fn reread_identities(&self) -> Result<(), Error> {
        let unlocked = self.unlocked()?;
        let all = identities_of(&unlocked.bundle.borrow())?;
        unlocked.identities.replace(all);
        Ok(())
    }

    /// What this account has seen of a project: by its id on the server.
    pub(crate) fn ring_pin(&self, project: &ProjectId) -> Result<Option<(RingUid, RingPin)>, Error> {
        let unlocked = self.unlocked()?;
        let bundle = unlocked.bundle.borrow();
        Ok(bundle
            .pins
            .iter()
            .find(|(_, pin)| pin.project == project.as_str())
            .map(|(ring, pin)| (*ring, pin.clone())))
    }

    /// Raises a project's pin in memory and on this device.
    pub(crate) async fn pin_ring(&self, ring: RingUid, pin: RingPin) -> Result<(), Error> {
        let changed = {
            let unlocked = self.unlocked()?;
            let mut bundle = unlocked.bundle.borrow_mut();
            let before = bundle.pins.get(&ring).cloned();
            merge_pin(&mut bundle.pins, ring, pin);
            before.as_ref() != bundle.pins.get(&ring)
        };
        if changed { self.save_pins().await } else { Ok(()) }
    }

    /// Raises an environment's pin in memory and on this device.
    pub(crate) async fn pin_environment(&self, ring: RingUid, env: EnvUid, pin: EnvPin) -> Result<(), Error> {
        let changed = {
            let unlocked = self.unlocked()?;
            let mut bundle = unlocked.bundle.borrow_mut();
            let Some(known) = bundle.pins.get_mut(&ring) else {
                return Ok(());
            };
            match known.environments.get(&env) {
                Some(before) if !pin.is_after(before) => false,
                _ => {
                    known.environments.insert(env, pin);
                    true
                }
            }
        };
        if changed { self.save_pins().await } else { Ok(()) }
    }

    /// Forgets a project that this person deleted.
    pub(crate) async fn unpin_project(&self, project: &ProjectId) -> Result<(), Error> {
        self.flush(|bundle| bundle.pins.retain(|_, pin| pin.project != project.as_str()))
            .await
    }

    /// Reads something of the bundle.
    pub(crate) fn bundle<R>(&self, read: impl FnOnce(&Bundle) -> R) -> Result<R, Error> {
        let unlocked = self.unlocked()?;
        let bundle = unlocked.bundle.borrow();
        Ok(read(&bundle))
    }

    /// Flushes pins with an own write, at most every ten minutes.
    pub(crate) async fn flush_sometimes(&self) -> Result<(), Error> {
        if self.device().now().saturating_sub(self.inner.flushed.get()) < FLUSH_EVERY {
            return Ok(());
        }
        self.flush(|_| {}).await
    }

    /// Changes the bundle: creates the next one, reads it back, and tries again on top of whoever was quicker. `change`
    /// begins each time from what is kept; what could not be kept is not changed here either.
    pub(crate) async fn flush(&self, change: impl Fn(&mut Bundle)) -> Result<(), Error> {
        let _turn = self.inner.bundle_gate.enter().await;
        let unlocked = self.unlocked()?;
        let Some(known) = &self.inner.known else {
            change(&mut unlocked.bundle.borrow_mut());
            return self.save_pins().await;
        };
        let master = unlocked.master()?;
        let session = &self.inner.session;
        let place = account_place(&known.project);
        for attempt in 0..ATTEMPTS {
            let previous = unlocked.bundle_hash.get();
            let (counter, text) = {
                let mut next = unlocked.bundle.borrow().duplicate();
                change(&mut next);
                next.counter += 1;
                next.previous = previous;
                let sealed = next.seal(master, &known.uid, &mut Draw(self.device()));
                (next.counter, sealed.map_err(|_| Error::TooLarge)?)
            };
            match create_and_read_back(session, place, &layout::bundle_name(counter), &text).await {
                Ok(()) => {
                    {
                        // Pins may have risen meanwhile, nothing else.
                        let mut bundle = unlocked.bundle.borrow_mut();
                        change(&mut bundle);
                        (bundle.counter, bundle.previous) = (counter, previous);
                    }
                    unlocked.bundle_hash.set(Bundle::hash(&text));
                    self.inner.flushed.set(self.device().now());
                    self.save_pins().await?;
                    kept::keep_bundle(self.device(), &unlocked.local, &known.uid, &text).await;
                    // The last three are kept; a failure leaves one row of debris.
                    if counter > 3 {
                        drop(session.delete_row(place, &layout::bundle_name(counter - 3)).await);
                    }
                    return Ok(());
                }
                Err(Error::NameTaken) => {}
                Err(other) => return Err(other),
            }
            self.device().pause(50 << attempt).await;
            let rows = session.list_rows(place, false).await?;
            let (text, theirs) = newest_bundle(&rows, master, known)?;
            let mut bundle = unlocked.bundle.borrow_mut();
            if theirs.counter <= bundle.counter {
                return Err(Error::RolledBack { what: BUNDLE });
            }
            merge(&mut bundle, theirs);
            unlocked.bundle_hash.set(Bundle::hash(&text));
            unlocked.identities.replace(identities_of(&bundle)?);
        }
        Err(Error::Conflict)
    }

    /// Takes over what another device of this account has written since.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let _turn = self.inner.bundle_gate.enter().await;
        let unlocked = self.unlocked()?;
        let Some(known) = &self.inner.known else {
            return Ok(());
        };
        let master = unlocked.master()?;
        let rows = self.inner.session.list_rows(account_place(&known.project), false);
        let (text, theirs) = newest_bundle(&rows.await?, master, known)?;
        let mut bundle = unlocked.bundle.borrow_mut();
        if theirs.counter < bundle.counter {
            return Err(Error::RolledBack { what: BUNDLE });
        }
        if theirs.counter > bundle.counter {
            merge(&mut bundle, theirs);
            unlocked.bundle_hash.set(Bundle::hash(&text));
            unlocked.identities.replace(identities_of(&bundle)?);
        }
        Ok(())
    }

    /// Writes the pins to this device, sealed under the account's own key. What another tab has seen stays seen.
    ///
    /// A device that is full gives up what it keeps to spare fetching. One that takes no pins even then starts without
    /// them the next time, as a new device does: no reason to refuse now, but every own write takes them into the bundle.
    async fn save_pins(&self) -> Result<(), Error> {
        let unlocked = self.unlocked()?;
        let uid = self.inner.uid;
        let stored = self.device().load(&pins_name(&uid)).await.unwrap_or_default();
        let stored = stored.and_then(|bytes| PinsRecord::open(&unlocked.local, &bytes));
        let record = {
            let bundle = unlocked.bundle.borrow();
            let mut pins = bundle.pins.clone();
            let mut newest = (bundle.counter, unlocked.bundle_hash.get().to_string());
            if let Some(stored) = &stored {
                for (ring, pin) in stored.rings() {
                    if bundle.pins.contains_key(&ring) {
                        merge_pin(&mut pins, ring, pin);
                    }
                }
                if stored.counter > newest.0 {
                    newest = (stored.counter, stored.hash.clone());
                }
            }
            let rings = pins
                .iter()
                .map(|(ring, pin)| (ring.to_string(), RingRecord::from(pin)))
                .collect();
            PinsRecord {
                counter: newest.0,
                hash: newest.1,
                rings,
            }
        };
        if stored.as_ref() == Some(&record) {
            return Ok(());
        }
        let json = serde_json::to_vec(&record).map_err(|error| Error::Storage(error.to_string()))?;
        let sealed = unlocked.local.seal(PINS, &json, &mut Draw(self.device()));
        let (name, device) = (pins_name(&uid), self.device());
        if device.save(&name, sealed.as_bytes()).await.is_err() {
            self.forget_kept().await;
            if device.save(&name, sealed.as_bytes()).await.is_err() {
                self.inner.flushed.set(0);
            }
        }
        Ok(())
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// A machine's: keys and pins come from its token and its device, and nothing is kept for it on the server.
    pub(crate) fn of_machine(
        session: Session<T, D>,
        uid: AccountUid,
        info: AccountInfo,
        keys: Identity,
        local: LocalKey,
        pins: BTreeMap<RingUid, RingPin>,
    ) -> Result<Self, Error> {
        let mut bundle = Bundle::new(keys);
        bundle.pins = pins;
        let now = session.client.device.now();
        let unlocked = Unlocked {
            identities: RefCell::new(identities_of(&bundle)?),
            master: None,
            local,
            bundle: RefCell::new(bundle),
            bundle_hash: Cell::new(Digest::ZERO),
        };
        Ok(Self {
            inner: Rc::new(VaultInner {
                session,
                known: None,
                uid,
                info,
                unlocked: RefCell::new(Some(Rc::new(unlocked))),
                projects: RefCell::default(),
                bundle_gate: Gate::default(),
                flushed: Cell::new(now),
            }),
        })
    }
}

impl Unlocked {
    fn master(&self) -> Result<&MasterKey, Error> {
        self.master.as_ref().ok_or(Error::Forbidden)
    }
}

impl<T: Transport, D: Device> ClientInner<T, D> {
    /// Makes an account's own project, slot and first bundle, or finishes what was begun.
    pub(crate) async fn complete(
        self: &Rc<Self>,
        session: Session<T, D>,
        mut known: Known,
        user: User,
        stretched: &Stretched,
    ) -> Result<Vault<T, D>, Error> {
        let marker = format!("{MARKER}{}", known.uid);
        if known.project.as_str().is_empty() {
            let found = session
                .list_projects()
                .await?
                .into_iter()
                .find(|p| p.description == marker);
            let project = match found {
                Some(project) => project,
                None => session.create_project("Coffer account", &marker).await?,
            };
            known.project = project.id;
            known.save(&self.device).await?;
        }
        match session
            .create_environment(&known.project, "Coffer", layout::HOME_ENVIRONMENT)
            .await
        {
            Ok(_) | Err(Error::NameTaken) => {}
            Err(other) => return Err(other),
        }
        session
            .ensure_folder(&known.project, layout::HOME_ENVIRONMENT, layout::ACCOUNT)
            .await?;
        let place = account_place(&known.project);
        let rows = session.list_rows(place, false).await?;
        let master = match slots_of(&rows)?.is_empty() {
            true => {
                let master = MasterKey::generate(&mut Draw(&self.device));
                self.create_slot(&session, &known, stretched, &master).await?;
                master
            }
            false => open_slot(&rows, &known, stretched)?,
        };
        if !rows.iter().any(|row| layout::bundle_counter(&row.name).is_some()) {
            let bundle = Bundle::new(Identity::generate(&mut Draw(&self.device)));
            let text = bundle
                .seal(&master, &known.uid, &mut Draw(&self.device))
                .map_err(opening(BUNDLE))?;
            create_and_read_back(&session, place, &layout::bundle_name(1), &text).await?;
        }
        known.complete = true;
        self.open(session, known, user, stretched, Lost::Refused).await
    }

    /// Opens an account whose slots and bundle exist. Writes nothing to the server but what is to be put back.
    pub(crate) async fn open(
        self: &Rc<Self>,
        session: Session<T, D>,
        mut known: Known,
        user: User,
        stretched: &Stretched,
        lost: Lost,
    ) -> Result<Vault<T, D>, Error> {
        let rows = match session.list_rows(account_place(&known.project), false).await {
            Ok(rows) if !rows.is_empty() => rows,
            Ok(_) | Err(Error::NotFound | Error::Forbidden) => {
                return Err(Error::StateVanished { what: "this account" });
            }
            Err(other) => return Err(other),
        };
        let master = open_slot(&rows, &known, stretched)?;
        let local = master.derive_local(&known.device);
        let (mut text, mut bundle) = newest_bundle(&rows, &master, &known)?;
        if let Some(pinned) = PinsRecord::kept(&self.device, &local, &known.uid).await? {
            let kept = match lost {
                Lost::PutBack => kept::bundle(&self.device, &local, &known.uid).await,
                Lost::Refused => None,
            };
            if bundle.counter < pinned.counter
                && let Some(kept) = kept
                && let Ok(newest) = Bundle::open(&kept, &master, &known.uid)
                && newest.counter == pinned.counter
            {
                let name = layout::bundle_name(newest.counter);
                create_and_read_back(&session, account_place(&known.project), &name, &kept).await?;
                (text, bundle) = (kept, newest);
            }
            if bundle.counter < pinned.counter {
                return Err(Error::RolledBack { what: BUNDLE });
            }
            if bundle.counter == pinned.counter && Bundle::hash(&text).to_string() != pinned.hash {
                return Err(Error::Forked { what: BUNDLE });
            }
            for (ring, pin) in pinned.rings() {
                merge_pin(&mut bundle.pins, ring, pin);
            }
        }
        // Keys are used across waits, the bundle is not.
        let identities = RefCell::new(identities_of(&bundle)?);
        known.last_used = self.device.now();
        if let Err(full) = known.save(&self.device).await
            && !Known::load(&self.device, &known.uid.to_string())
                .await
                .is_ok_and(|remembered| remembered.is_some())
        {
            return Err(full);
        }
        kept::keep_bundle(&self.device, &local, &known.uid, &text).await;
        let hash = Bundle::hash(&text);
        let name = format!("{} {}", user.first_name, user.last_name)
            .trim()
            .to_owned();
        let info = AccountInfo {
            email: known.email.clone(),
            name: if name.is_empty() {
                known.email.clone()
            } else {
                name
            },
            organization: known.organization.clone(),
            server: known.server.clone(),
            account_uid: known.uid.to_string(),
            user_id: user.id,
            own_login: known.own_login,
        };
        let unlocked = Unlocked {
            identities,
            master: Some(master),
            local,
            bundle: RefCell::new(bundle),
            bundle_hash: Cell::new(hash),
        };
        let vault = Vault {
            inner: Rc::new(VaultInner {
                session,
                uid: known.uid,
                known: Some(known),
                info,
                unlocked: RefCell::new(Some(Rc::new(unlocked))),
                projects: RefCell::default(),
                bundle_gate: Gate::default(),
                flushed: Cell::new(self.device.now()),
            }),
        };
        vault.save_pins().await?;
        Ok(vault)
    }

    /// Creates a passphrase slot and reads it back; gives its name.
    pub(crate) async fn create_slot(
        &self,
        session: &Session<T, D>,
        known: &Known,
        stretched: &Stretched,
        master: &MasterKey,
    ) -> Result<String, Error> {
        let mut random = [0; 4];
        self.device.fill(&mut random);
        let name = layout::slot_name(random);
        let key = SlotKey::derive(stretched, &known.key, &known.uid);
        let text = key.seal(master, &mut Draw(&self.device));
        create_and_read_back(session, account_place(&known.project), &name, &text).await?;
        Ok(name)
    }
}

/// A passphrase chosen for something new.
pub(crate) fn check_chosen(passphrase: &Passphrase) -> Result<(), Error> {
    passphrase.check_length().map_err(|_| Error::Invalid {
        field: "passphrase",
        why: "at least 12 characters",
    })
}

/// Stretches an account's passphrase on this device.
pub(crate) async fn stretch(
    device: &impl Device,
    known: &Known,
    passphrase: &Passphrase,
) -> Result<Stretched, Error> {
    let job = known.key.stretch_job(passphrase, &known.uid, known.profile);
    device.stretch(job).await.map_err(Error::from)
}

/// A row of the account's own that was created and is there as created.
async fn create_and_read_back<T: Transport, D: Device>(
    session: &Session<T, D>,
    place: Place<'_>,
    name: &str,
    text: &str,
) -> Result<(), Error> {
    match session.create_row(place, name, text).await {
        Ok(()) | Err(Error::NameTaken) => {}
        Err(other) => return Err(other),
    }
    match session.read_row(place, name).await? {
        Some(row) if row.value.as_deref() == Some(text) => Ok(()),
        Some(_) => Err(Error::NameTaken),
        None => Err(Error::StateVanished {
            what: "what was just written",
        }),
    }
}

/// All slots, each understood: one of an unknown kind is an error, before anything is tried.
fn slots_of(rows: &[Row]) -> Result<Vec<(String, Slot)>, Error> {
    let mut slots = Vec::new();
    for row in rows.iter().filter(|row| layout::is_slot_name(&row.name)) {
        let text = row.value.as_deref().ok_or(Error::Forbidden)?;
        slots.push((
            row.name.clone(),
            Slot::parse(text).map_err(opening("this account's slot"))?,
        ));
    }
    Ok(slots)
}

fn open_slot(rows: &[Row], known: &Known, stretched: &Stretched) -> Result<MasterKey, Error> {
    let slots = slots_of(rows)?;
    if slots.is_empty() {
        return Err(Error::StateVanished {
            what: "this account's slots",
        });
    }
    let key = SlotKey::derive(stretched, &known.key, &known.uid);
    slots
        .iter()
        .filter(|(_, slot)| matches!(slot.kind(), SlotKind::Passphrase(_)))
        .find_map(|(_, slot)| slot.open(&key).ok())
        // Where the passphrase was good enough for the login it is the slot that is wrong.
        .ok_or(if known.own_login {
            Error::WrongPassphrase
        } else {
            Error::Forged {
                what: "this account's slot",
            }
        })
}

/// The newest bundle: the highest counter, which must open and be what its name says.
fn newest_bundle(rows: &[Row], master: &MasterKey, known: &Known) -> Result<(String, Bundle), Error> {
    let newest = rows
        .iter()
        .filter_map(|row| Some((layout::bundle_counter(&row.name)?, row)))
        .max_by_key(|(counter, _)| *counter);
    let Some((counter, row)) = newest else {
        return Err(Error::StateVanished { what: BUNDLE });
    };
    let text = row.value.clone().ok_or(Error::Forbidden)?;
    let bundle = Bundle::open(&text, master, &known.uid).map_err(opening(BUNDLE))?;
    if bundle.counter != counter {
        return Err(Error::Forged { what: BUNDLE });
    }
    Ok((text, bundle))
}

fn identities_of(bundle: &Bundle) -> Result<Vec<Rc<Identity>>, Error> {
    let all = bundle.identities().map_err(opening(BUNDLE))?;
    Ok(all.into_iter().map(Rc::new).collect())
}

/// Takes over a newer bundle of another device: pins rise, notes are merged, everything else is the union.
fn merge(mine: &mut Bundle, theirs: Bundle) {
    mine.counter = theirs.counter;
    mine.previous = theirs.previous;
    for (ring, pin) in theirs.pins {
        merge_pin(&mut mine.pins, ring, pin);
    }
    mine.follow_identity(theirs.identity);
    for invite in theirs.invites {
        if !mine
            .invites
            .iter()
            .any(|known: &SentInvite| known.secret.id() == invite.secret.id())
        {
            mine.invites.push(invite);
        }
    }
    for (name, note) in theirs.notes {
        match mine
            .notes
            .get(&name)
            .and_then(|ours| notes::merge(&name, ours, &note))
        {
            Some(merged) => _ = mine.notes.insert(name, merged),
            None => mine.merge_note(name, note),
        }
    }
}

fn merge_pin(pins: &mut BTreeMap<RingUid, RingPin>, ring: RingUid, pin: RingPin) {
    let Some(known) = pins.get_mut(&ring) else {
        pins.insert(ring, pin);
        return;
    };
    if pin.keyring_seq > known.keyring_seq {
        known.keyring_seq = pin.keyring_seq;
        known.keyring_hash = pin.keyring_hash;
    }
    for (env, theirs) in pin.environments {
        match known.environments.get(&env) {
            Some(mine) if !theirs.is_after(mine) => {}
            _ => {
                known.environments.insert(env, theirs);
            }
        }
    }
}

impl From<StretchError> for Error {
    fn from(error: StretchError) -> Self {
        match error {
            StretchError::NotEnoughMemory => Self::NotEnoughMemory,
            _ => Self::StretchFailed,
        }
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PinsRecord {
    counter: u64,
    hash: String,
    rings: BTreeMap<String, RingRecord>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct RingRecord {
    project: String,
    genesis: String,
    seq: u64,
    hash: String,
    environments: BTreeMap<String, EnvRecord>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct EnvRecord {
    place: String,
    epoch: u32,
    seq: u64,
    hash: String,
    keyring: u64,
}

impl PinsRecord {
    fn open(local: &LocalKey, bytes: &[u8]) -> Option<Self> {
        let opened = local.open(PINS, std::str::from_utf8(bytes).ok()?).ok()?;
        serde_json::from_slice(&opened).ok()
    }

    /// The record that a device has kept. One that does not open is lost: this is a new device then.
    async fn kept(device: &impl Device, local: &LocalKey, uid: &AccountUid) -> Result<Option<Self>, Error> {
        let kept = match device.load(&pins_name(uid)).await {
            Err(StorageError::Lost) => None,
            kept => kept?,
        };
        Ok(kept.and_then(|bytes| Self::open(local, &bytes)))
    }

    /// The pins in it; none where there is none.
    pub(crate) async fn load(
        device: &impl Device,
        local: &LocalKey,
        uid: &AccountUid,
    ) -> Result<BTreeMap<RingUid, RingPin>, Error> {
        let kept = Self::kept(device, local, uid).await?;
        Ok(kept
            .map(|kept| kept.rings().into_iter().collect())
            .unwrap_or_default())
    }

    fn rings(&self) -> Vec<(RingUid, RingPin)> {
        self.rings
            .iter()
            .filter_map(|(ring, record)| Some((ring.parse().ok()?, record.pin()?)))
            .collect()
    }
}

impl RingRecord {
    fn pin(&self) -> Option<RingPin> {
        let environments = self.environments.iter().map(|(env, record)| {
            let head = LogHead {
                seq: record.seq,
                hash: record.hash.parse().ok()?,
            };
            Some((
                env.parse().ok()?,
                EnvPin {
                    server_ref: record.place.clone(),
                    epoch: record.epoch,
                    head,
                    keyring_seq: record.keyring,
                },
            ))
        });
        Some(RingPin {
            project: self.project.clone(),
            genesis: self.genesis.parse().ok()?,
            keyring_seq: self.seq,
            keyring_hash: self.hash.parse().ok()?,
            environments: environments.collect::<Option<_>>()?,
        })
    }
}

impl From<&RingPin> for RingRecord {
    fn from(pin: &RingPin) -> Self {
        let environments = pin.environments.iter().map(|(env, pin)| {
            let record = EnvRecord {
                place: pin.server_ref.clone(),
                epoch: pin.epoch,
                seq: pin.head.seq,
                hash: pin.head.hash.to_string(),
                keyring: pin.keyring_seq,
            };
            (env.to_string(), record)
        });
        Self {
            project: pin.project.clone(),
            genesis: pin.genesis.to_string(),
            seq: pin.keyring_seq,
            hash: pin.keyring_hash.to_string(),
            environments: environments.collect(),
        }
    }
}

fn account_place(project: &ProjectId) -> Place<'_> {
    Place {
        project,
        environment: layout::HOME_ENVIRONMENT,
        path: layout::ACCOUNT,
    }
}

/// Marks an account's own project in its description: a hint, believed by nobody.
pub(crate) const MARKER: &str = "coffer-account/v1/";
const BUNDLE: &str = "this account's bundle";
const PINS: &str = "pins";
const ATTEMPTS: u32 = 6;
const FLUSH_EVERY: u64 = 10 * 60 * 1000;
