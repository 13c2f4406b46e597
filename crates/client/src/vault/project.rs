//! A project with its verified keyring: who may do what where.

pub use coffer_wire::id::ProjectId;

use crate::api::{RIGHTS_LAG_MS, projects as api};
use crate::gate::Gate;
use crate::rng::Draw;
use crate::vault::MARKER;
use crate::vault::access::Emergencies;
use crate::vault::environment::{EnvCell, begin_epoch};
use crate::vault::keyring::{self, Passage, Ring};
use crate::vault::log::{self, Spot};
use crate::{Device, Environment, Error, Transport, Vault};
use coffer_core::bundle::{EnvPin, RingPin};
use coffer_core::contents::Contents;
use coffer_core::environment::{EnvContext, EpochKey};
use coffer_core::id::{Digest, EnvUid};
use coffer_core::keyring::{Access, LogHead, Op, Rights};
use coffer_core::layout;
use coffer_core::log::{EpochReason, Log};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A project in a list, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSummary {
    /// Its id on the server.
    pub id: ProjectId,
    /// Its name on the server.
    pub name: String,
    /// Its description on the server.
    pub description: String,
    /// Its short name on the server.
    pub slug: String,
    /// It has Coffer's own environment, so it is sealed.
    pub coffer: bool,
}

/// An environment to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEnvironment {
    /// For people.
    pub name: String,
    /// For addresses: lower case letters, digits, hyphens.
    pub slug: String,
}

/// What somebody may do in an environment, by the signed keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Nothing.
    None,
    /// Open values.
    Read,
    /// Open and change values.
    Write,
    /// Everything, everywhere in the project.
    Admin,
}

/// What is known of an environment before opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvironmentState {
    /// Declared in the keyring and this person has a right there.
    Sealed,
    /// The server has it, the keyring does not know it: nobody sealed it.
    NotSealed,
    /// Declared, but this person has no key.
    NoKey,
    /// The server shows it as sealed, but nobody in the keyring signed it.
    Unverified,
}

/// An environment in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentInfo {
    /// For addresses.
    pub slug: String,
    /// For people, in the server's words.
    pub name: String,
    /// This person's right.
    pub right: Right,
    /// What is known of it.
    pub state: EnvironmentState,
}

impl EnvironmentInfo {
    /// This person holds no key for it: there is nothing to open and something to ask for.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == EnvironmentState::NoKey
    }
}

/// The least that is accepted of a log.
pub(crate) struct Pinned {
    pub(crate) head: LogHead,
    /// What the keyring declared lost up to here is no news.
    pub(crate) settled: u64,
}

/// An opened project. Cheap to clone; clones share what later calls learn.
pub struct Project<T, D> {
    pub(crate) vault: Vault<T, D>,
    pub(crate) cell: Rc<ProjectCell>,
}

/// What is known of a project while the vault is unlocked.
pub(crate) struct ProjectCell {
    pub(crate) id: ProjectId,
    summary: RefCell<ProjectSummary>,
    server: RefCell<Vec<api::Environment>>,
    ring: RefCell<Option<Rc<Ring>>>,
    /// Its genesis is pinned: by creation, by an invitation or by this account's bundle.
    pinned: Cell<bool>,
    /// How many links of the keyring this device keeps.
    pub(super) kept: Cell<usize>,
    environments: RefCell<BTreeMap<EnvUid, Rc<EnvCell>>>,
    /// Logs that were read without opening their environment: every member may.
    pub(super) logs: RefCell<BTreeMap<EnvUid, Log>>,
    /// Who opened a request alone.
    pub(super) emergencies: RefCell<Emergencies>,
    gate: Gate,
}

impl ProjectCell {
    /// Forgets keys and everything opened with them.
    pub(crate) fn wipe(&self) {
        for cell in self.environments.borrow().values() {
            cell.wipe();
        }
        self.environments.borrow_mut().clear();
        self.logs.borrow_mut().clear();
        self.emergencies.borrow_mut().clear();
        self.ring.borrow_mut().take();
    }
}

impl<T, D> Clone for Project<T, D> {
    fn clone(&self) -> Self {
        Self {
            vault: self.vault.clone(),
            cell: Rc::clone(&self.cell),
        }
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// The projects this person is a member of, without the account's own.
    pub async fn projects(&self) -> Result<Vec<ProjectSummary>, Error> {
        self.unlocked()?;
        let own = &self.known()?.project;
        let listed = self.inner.session.list_projects().await?;
        Ok(listed
            .iter()
            .filter(|p| p.id != *own && !p.description.starts_with(MARKER))
            .map(summary_of)
            .collect())
    }

    /// Makes a project with its keyring and environments.
    pub async fn create_project(
        &self,
        name: &str,
        environments: &[NewEnvironment],
    ) -> Result<ProjectSummary, Error> {
        let identities = self.identities()?;
        let newest = identities.first().ok_or(Error::Locked)?;
        let name = check_name("name", name, 64)?;
        for environment in environments {
            check_name("environment", &environment.name, 255)?;
            check_slug(&environment.slug)?;
        }
        let session = &self.inner.session;
        let made = session.create_project(&name, "").await?;
        session
            .create_environment(&made.id, "Coffer", layout::HOME_ENVIRONMENT)
            .await?;
        session
            .ensure_folder(&made.id, layout::HOME_ENVIRONMENT, layout::INBOX)
            .await?;
        let ring = keyring::found(session, &made.id, newest, &self.inner.info.user_id).await?;
        self.pin_ring(ring.state.ring(), ring_pin(&made.id, &ring))
            .await?;
        let project = self.open_project(&made.id).await?;
        for environment in environments {
            project
                .create_environment(&environment.name, &environment.slug)
                .await?;
        }
        self.flush(|_| {}).await?;
        Ok(project.summary())
    }

    /// Renames a project.
    pub async fn rename_project(&self, id: &ProjectId, name: &str) -> Result<(), Error> {
        self.unlocked()?;
        let name = check_name("name", name, 64)?;
        self.inner.session.rename_project(id, &name).await?;
        if let Some(cell) = self.inner.projects.borrow().get(id) {
            cell.summary.borrow_mut().name = name;
        }
        Ok(())
    }

    /// Deletes a project with everything in it.
    pub async fn delete_project(&self, id: &ProjectId) -> Result<(), Error> {
        self.unlocked()?;
        if *id == self.known()?.project {
            return Err(Error::Forbidden);
        }
        self.inner.session.delete_project(id).await?;
        if let Some(cell) = self.inner.projects.borrow_mut().remove(id) {
            cell.wipe();
        }
        self.unpin_project(id).await
    }

    /// Opens a project: its keyring is verified from this account's pin.
    pub async fn open_project(&self, id: &ProjectId) -> Result<Project<T, D>, Error> {
        self.unlocked()?;
        let known = self.inner.projects.borrow().get(id).cloned();
        let cell = match known {
            Some(cell) => cell,
            None => Rc::new(ProjectCell {
                id: id.clone(),
                summary: RefCell::new(ProjectSummary {
                    id: id.clone(),
                    name: String::new(),
                    description: String::new(),
                    slug: String::new(),
                    coffer: false,
                }),
                server: RefCell::default(),
                ring: RefCell::default(),
                pinned: Cell::new(false),
                kept: Cell::new(0),
                environments: RefCell::default(),
                logs: RefCell::default(),
                emergencies: RefCell::default(),
                gate: Gate::default(),
            }),
        };
        let project = Project {
            vault: self.clone(),
            cell,
        };
        project.refresh().await?;
        self.unlocked()?;
        // A project that does not know this account's newest keys is told. It opens with the earlier ones all the same.
        // It is rare and long, so it is not part of every opening's future.
        drop(Box::pin(project.announce_keys()).await);
        // Whoever opened it meanwhile shares what is known: there is one place that a lock has to wipe.
        let mut projects = self.inner.projects.borrow_mut();
        let cell = Rc::clone(
            projects
                .entry(id.clone())
                .or_insert_with(|| Rc::clone(&project.cell)),
        );
        drop(projects);
        Ok(Project {
            vault: self.clone(),
            cell,
        })
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Name and id.
    pub fn summary(&self) -> ProjectSummary {
        self.cell.summary.borrow().clone()
    }

    /// This person may change members and environments.
    pub fn is_admin(&self) -> bool {
        self.my_rights().is_some_and(|rights| rights.admin)
    }

    /// Its environments as of the last fetch, in the server's order; Coffer's own is not among them.
    pub fn environments(&self) -> Vec<EnvironmentInfo> {
        let ring = self.cell.ring.borrow().clone();
        let rights = self.my_rights();
        let declared = |slug: &str| {
            ring.as_ref()?
                .state
                .environments()
                .find(|e| e.server_ref == slug)
                .map(|e| e.env)
        };
        let right = |env: Option<EnvUid>| match (&rights, env) {
            (Some(rights), Some(env)) => right_of(rights, &env),
            _ => Right::None,
        };
        let state = |env: Option<EnvUid>| match env {
            _ if ring.is_some() && !self.cell.pinned.get() => EnvironmentState::Unverified,
            None => EnvironmentState::NotSealed,
            Some(_) if right(env) == Right::None => EnvironmentState::NoKey,
            Some(_) => EnvironmentState::Sealed,
        };
        let info = |slug: &str, name: &str| {
            let env = declared(slug);
            let pinned = self.cell.pinned.get();
            let right = if pinned { right(env) } else { Right::None };
            EnvironmentInfo {
                slug: slug.to_owned(),
                name: name.to_owned(),
                right,
                state: state(env),
            }
        };
        let server = self.cell.server.borrow();
        let mut all: Vec<_> = server
            .iter()
            .filter(|e| e.slug != layout::HOME_ENVIRONMENT)
            .map(|e| info(&e.slug, &e.name))
            .collect();
        // One that the keyring knows and the server hides is not gone without a word.
        if let Some(ring) = &ring {
            for declared in ring.state.environments() {
                if !server.iter().any(|e| e.slug == declared.server_ref) {
                    all.push(info(&declared.server_ref, &declared.server_ref));
                }
            }
        }
        all
    }

    /// Eight words of the keyring's head, to compare with another member.
    pub fn head_words(&self) -> [String; 8] {
        let ring = self.cell.ring.borrow();
        let head = ring.as_ref().map_or(Digest::ZERO, |ring| ring.state.head());
        head.words().map(str::to_owned)
    }

    /// Fetches keyring and environments again.
    pub async fn refresh(&self) -> Result<(), Error> {
        let session = &self.vault.inner.session;
        let found = match session.project(&self.cell.id).await {
            Err(Error::NotFound | Error::Forbidden) if self.vault.ring_pin(&self.cell.id)?.is_some() => {
                return Err(Error::StateVanished { what: "this project" });
            }
            other => other?,
        };
        *self.cell.summary.borrow_mut() = summary_of(&found);
        *self.cell.server.borrow_mut() = found.environments;
        self.refresh_ring().await
    }

    /// Makes an environment, with its first key for everybody who may read it (the admins).
    pub async fn create_environment(&self, name: &str, slug: &str) -> Result<EnvironmentInfo, Error> {
        let name = check_name("name", name, 255)?;
        check_slug(slug)?;
        let _turn = self.cell.gate.enter().await;
        self.refresh_ring().await?;
        let mut ring = self.writable_ring()?;
        if ring.state.environments().any(|e| e.server_ref == slug) {
            return Err(Error::NameTaken);
        }
        let session = &self.vault.inner.session;
        match session.create_environment(&self.cell.id, &name, slug).await {
            Ok(made) => self.cell.server.borrow_mut().push(made),
            Err(Error::NameTaken) => {
                // Another admin may have made it since this keyring was read.
                self.refresh_ring().await?;
                ring = self.writable_ring()?;
                if ring.state.environments().any(|e| e.server_ref == slug) {
                    return Err(Error::NameTaken);
                }
                self.clear_broken_off(&ring, slug).await?;
            }
            Err(other) => return Err(other),
        }
        let own = self.own()?;
        let device = self.vault.device();
        let context = EnvContext {
            ring: ring.state.ring(),
            env: EnvUid::generate(&mut Draw(device)),
            epoch: 1,
        };
        let key = EpochKey::generate(context, &mut Draw(device));
        let log = Log::new(context.ring, context.env, None);
        let spot = Spot {
            project: &self.cell.id,
            slug,
        };
        let begun = begin_epoch(
            session,
            spot,
            &log,
            &Contents::default(),
            &own.identity,
            &ring.state,
            &key,
            None,
            EpochReason::FIRST,
        )
        .await?;
        let op = Op::DeclareEnv {
            env: context.env,
            server_ref: slug.to_owned(),
        };
        let next = match keyring::append(session, &self.cell.id, (*ring).clone(), &own.identity, &op).await {
            Err(Error::Conflict) => return Err(Error::NameTaken),
            other => other?,
        };
        self.adopt(next).await?;
        let head = LogHead {
            seq: begun.header.seq(),
            hash: begun.header.hash(),
        };
        let pin = EnvPin {
            server_ref: slug.to_owned(),
            epoch: 1,
            head,
            keyring_seq: begun.header.keyring_seq(),
        };
        self.vault.pin_environment(context.ring, context.env, pin).await?;
        // Who came or went while this was made has no key, or one too many.
        let readers: BTreeSet<_> = {
            let ring = self.ring()?;
            let readers = ring.state.readers(&context.env);
            readers.iter().map(|reader| reader.keys.kem_kid()).collect()
        };
        let given = begun.header.epoch_public().map(|public| &public.wraps);
        if given.is_some_and(|wraps| !wraps.keys().eq(&readers)) {
            let made = Box::pin(self.open_environment(slug)).await?;
            Box::pin(made.renew_key()).await?;
        }
        let made = self.environments().into_iter().find(|e| e.slug == slug);
        made.ok_or(Error::NotFound)
    }

    /// The server has an environment that is in nobody's keyring: what an attempt that broke off left there is removed,
    /// unless another admin is at it.
    async fn clear_broken_off(&self, ring: &Ring, slug: &str) -> Result<(), Error> {
        let session = &self.vault.inner.session;
        let spot = Spot {
            project: &self.cell.id,
            slug,
        };
        let found = log::fetch_headers(session, spot, 0).await;
        if found.as_ref().is_ok_and(Vec::is_empty) {
            // Without a first record nothing there is in the way: the names of keys and bodies are not used twice.
            return Ok(());
        }
        let me = self.own()?.identity.public().sign_kid();
        let now = self.vault.device().now();
        let another_is_at_it = found.is_ok_and(|headers| {
            let by = headers.first().map(|first| (first.author(), first.created()));
            by.is_some_and(|(author, created)| {
                author != me && ring.state.rights(&author).is_some() && now.abs_diff(created) < AT_IT
            })
        });
        if another_is_at_it {
            return Err(Error::NameTaken);
        }
        session.delete_folder(&self.cell.id, slug, layout::ROOT).await
    }

    /// Renames an environment; its slug stays.
    pub async fn rename_environment(&self, slug: &str, name: &str) -> Result<(), Error> {
        let name = check_name("name", name, 255)?;
        let id = self.server_id(slug)?;
        self.vault
            .inner
            .session
            .rename_environment(&self.cell.id, &id, &name)
            .await?;
        if let Some(known) = self.cell.server.borrow_mut().iter_mut().find(|e| e.slug == slug) {
            known.name = name;
        }
        Ok(())
    }

    /// Retires an environment in the keyring and deletes it on the server.
    pub async fn delete_environment(&self, slug: &str) -> Result<(), Error> {
        let _turn = self.cell.gate.enter().await;
        if slug == layout::HOME_ENVIRONMENT {
            return Err(Error::Forbidden);
        }
        let session = &self.vault.inner.session;
        let declared = self.declared(slug);
        if let Some(env) = declared {
            let ring = self.writable_ring()?;
            let own = self.own()?;
            let op = Op::RetireEnv { env };
            let next = keyring::append(session, &self.cell.id, (*ring).clone(), &own.identity, &op).await?;
            let had_rights: Vec<_> = ring
                .state
                .active()
                .filter(|(_, rights)| !rights.admin && rights.access(&env) > Access::None)
                .map(|(member, rights)| (member.user.clone(), rights.clone()))
                .collect();
            self.adopt(next).await?;
            // Another environment of this slug would be open to them on the server.
            for (user, rights) in had_rights {
                self.tell_server(&user, &rights).await?;
            }
            if let Some(cell) = self.cell.environments.borrow_mut().remove(&env) {
                cell.wipe();
            }
        }
        if let Ok(id) = self.server_id(slug) {
            match session.delete_environment(&self.cell.id, &id).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        self.cell.server.borrow_mut().retain(|e| e.slug != slug);
        Ok(())
    }

    /// Opens an environment: verifies its log, folds it, compares with the server's rows.
    pub async fn open_environment(&self, slug: &str) -> Result<Environment<T, D>, Error> {
        // Many calls have this in the middle: none of their futures carries it.
        Box::pin(Environment::open(self.clone(), self.environment_cell(slug)?)).await
    }

    /// What is known of a declared environment.
    pub(super) fn environment_cell(&self, slug: &str) -> Result<Rc<EnvCell>, Error> {
        self.vault.unlocked()?;
        let Some(env) = self.declared(slug) else {
            let there = self.cell.server.borrow().iter().any(|e| e.slug == slug);
            return Err(if there { Error::NotSealed } else { Error::NotFound });
        };
        if !self.cell.pinned.get() {
            return Err(Error::Unverified);
        }
        let known = self.cell.environments.borrow().get(&env).cloned();
        let cell = known.unwrap_or_else(|| Rc::new(EnvCell::new(env, slug)));
        self.cell.environments.borrow_mut().insert(env, Rc::clone(&cell));
        Ok(cell)
    }

    /// The verified keyring.
    pub(crate) fn ring(&self) -> Result<Rc<Ring>, Error> {
        self.vault.unlocked()?;
        let ring = self.cell.ring.borrow().clone().ok_or(Error::NotSealed)?;
        if self.cell.pinned.get() {
            Ok(ring)
        } else {
            Err(Error::Unverified)
        }
    }

    /// The keyring as it was fetched last, whether or not its genesis is pinned.
    pub(crate) fn known_ring(&self) -> Option<Rc<Ring>> {
        self.cell.ring.borrow().clone()
    }

    /// The verified keyring, where this person may continue it.
    pub(crate) fn writable_ring(&self) -> Result<Rc<Ring>, Error> {
        let ring = self.ring()?;
        if self.is_admin() {
            Ok(ring)
        } else {
            Err(Error::Forbidden)
        }
    }

    /// Fetches the keyring again and verifies it from what is known.
    pub(crate) async fn refresh_ring(&self) -> Result<(), Error> {
        let pin = self.vault.ring_pin(&self.cell.id)?;
        if !self.cell.summary.borrow().coffer && pin.is_none() {
            return Ok(());
        }
        let passage = pin.as_ref().map(|(_, pin)| Passage {
            genesis: pin.genesis,
            seq: pin.keyring_seq,
            hash: pin.keyring_hash,
        });
        let known = self.cell.ring.borrow().clone().filter(|_| self.cell.pinned.get());
        let pinned = pin.as_ref().map(|(uid, _)| uid).zip(passage.as_ref());
        let Some(ring) = self.fetch_ring(known.as_deref(), pinned).await? else {
            return Ok(());
        };
        let uid = ring.state.ring();
        // One id under two places is a copy of somebody's keyring.
        let elsewhere = self.vault.bundle(|b| {
            b.pins
                .get(&uid)
                .is_some_and(|p| p.project != self.cell.id.as_str())
        })?;
        if elsewhere || pin.as_ref().is_some_and(|(pinned, _)| *pinned != uid) {
            return Err(Error::Forged {
                what: "the project's membership",
            });
        }
        self.cell.pinned.set(pin.is_some());
        if self.was_just_given_rights(known.as_deref(), &ring) {
            self.vault.inner.session.expect_lag();
        }
        if pin.is_some() {
            self.adopt(ring).await?;
            // Another device of this account made new keys, and has them in its bundle.
            return if self.lacks_own_keys()? {
                Box::pin(self.vault.catch_up()).await
            } else {
                Ok(())
            };
        }
        *self.cell.ring.borrow_mut() = Some(Rc::new(ring));
        Ok(())
    }

    /// Whether a link that gives this person rights is news, or was signed a moment ago.
    fn was_just_given_rights(&self, known: Option<&Ring>, ring: &Ring) -> bool {
        let me = self.vault.inner.info.user_id.as_str();
        let given = ring.links.iter().rev().find_map(|link| match link.op() {
            Op::AddUser { user, rights, .. }
            | Op::AddMachine { user, rights, .. }
            | Op::SetRights { user, rights, .. }
                if user == me =>
            {
                Some((link, *rights != Rights::default()))
            }
            _ => None,
        });
        given.is_some_and(|(link, something)| {
            let news = known.is_some_and(|known| link.seq() > known.state.seq());
            let recent = link.created().abs_diff(self.vault.device().now()) < RIGHTS_LAG_MS;
            something && (news || recent)
        })
    }

    /// Takes a verified keyring over and pins it.
    pub(crate) async fn adopt(&self, ring: Ring) -> Result<(), Error> {
        let pin = ring_pin(&self.cell.id, &ring);
        let (uid, ring) = (ring.state.ring(), Rc::new(ring));
        *self.cell.ring.borrow_mut() = Some(Rc::clone(&ring));
        self.vault.pin_ring(uid, pin).await?;
        self.keep_ring(&ring).await;
        Ok(())
    }

    /// The least of an environment's log that is accepted: what this account has seen, or what the admin who added it
    /// named.
    pub(crate) fn pinned(&self, env: &EnvUid) -> Result<Option<Pinned>, Error> {
        let ring = self.ring()?;
        let pins = self.vault.ring_pin(&self.cell.id)?;
        let seen = pins.and_then(|(_, pin)| {
            pin.environments.get(env).map(|env| Pinned {
                head: env.head,
                settled: env.keyring_seq,
            })
        });
        let named = || {
            let me = ring.state.member(&self.vault.inner.info.user_id)?;
            Some(Pinned {
                head: *me.first_heads.get(env)?,
                settled: me.since,
            })
        };
        Ok(seen.or_else(named))
    }

    /// What is known of an environment that was opened.
    pub(crate) fn opened(&self, env: &EnvUid) -> Option<Rc<EnvCell>> {
        self.cell.environments.borrow().get(env).cloned()
    }

    /// The project's genesis is pinned.
    pub(crate) fn is_pinned(&self) -> bool {
        self.cell.pinned.get()
    }

    pub(crate) fn declared(&self, slug: &str) -> Option<EnvUid> {
        let ring = self.cell.ring.borrow();
        ring.as_ref()?
            .state
            .environments()
            .find(|e| e.server_ref == slug)
            .map(|e| e.env)
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.cell.gate
    }

    fn my_rights(&self) -> Option<Rights> {
        let own = self.own().ok()?;
        let ring = self.cell.ring.borrow();
        ring.as_ref()?
            .state
            .rights(&own.identity.public().sign_kid())
            .cloned()
    }

    pub(crate) fn server_id(&self, slug: &str) -> Result<String, Error> {
        let server = self.cell.server.borrow();
        server
            .iter()
            .find(|e| e.slug == slug)
            .map(|e| e.id.clone())
            .ok_or(Error::NotFound)
    }
}

/// What somebody may do in an environment, in this crate's words.
pub(crate) fn right_of(rights: &Rights, env: &EnvUid) -> Right {
    match rights.access(env) {
        _ if rights.admin => Right::Admin,
        Access::Write => Right::Write,
        Access::Read => Right::Read,
        Access::None => Right::None,
    }
}

pub(crate) fn ring_pin(project: &ProjectId, ring: &Ring) -> RingPin {
    RingPin {
        project: project.as_str().to_owned(),
        genesis: ring.state.genesis(),
        keyring_seq: ring.state.seq(),
        keyring_hash: ring.state.head(),
        environments: BTreeMap::new(),
    }
}

fn summary_of(project: &api::Project) -> ProjectSummary {
    ProjectSummary {
        id: project.id.clone(),
        name: project.name.clone(),
        description: project.description.clone(),
        slug: project.slug.clone(),
        coffer: project
            .environments
            .iter()
            .any(|e| e.slug == layout::HOME_ENVIRONMENT),
    }
}

pub(crate) fn check_name(field: &'static str, text: &str, most: usize) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(Error::Invalid {
            field,
            why: "a name of at most 64 characters",
        });
    }
    Ok(text.to_owned())
}

fn check_slug(slug: &str) -> Result<(), Error> {
    let plain = slug
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let edges = slug.starts_with('-') || slug.ends_with('-') || slug.contains("--");
    if !plain || edges || slug.is_empty() || slug.len() > 64 || slug == layout::HOME_ENVIRONMENT {
        return Err(Error::Invalid {
            field: "slug",
            why: "lower-case letters, digits and single hyphens inside, and not \"coffer\"",
        });
    }
    Ok(())
}

/// For so long, in milliseconds, an environment that was begun and not declared is another admin's to finish.
pub(crate) const AT_IT: u64 = 10 * 60_000;
