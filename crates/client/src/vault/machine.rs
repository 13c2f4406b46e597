//! Machines: programs that are members of one project by a token (docs/PROTOCOL.md §14).
//!
//! An admin's client makes the keys, tells the server of an identity and signs both into the keyring. The program signs
//! in at the server with what the server gave, and believes nothing of what it then shows but what its token leads to.

use crate::api::Session;
use crate::api::machines::MachineLogin;
use crate::rng::Draw;
use crate::vault::account::PinsRecord;
use crate::vault::enforcement::{Enforcement, SLUG};
use crate::vault::keyring::{self, Passage, Ring};
use crate::vault::project::{AT_IT, check_name, ring_pin};
use crate::{AccountInfo, Client, Device, Error, Project, ProjectId, Right, Transport, Vault};
use coffer_core::bundle::RingPin;
use coffer_core::id::{AccountUid, RingUid};
use coffer_core::keyring::{Access, Op, Rights};
use coffer_core::machine::MachineToken;
use coffer_wire::id::{ClientId, IdentityId};
use zeroize::Zeroizing;

/// A machine to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineDraft {
    /// What people call it.
    pub name: String,
    /// Right per environment slug.
    pub rights: Vec<(String, Right)>,
}

/// What a new machine is given, shown once: nobody keeps it but the machine.
pub struct AddedMachine {
    /// The identity's id on the server.
    pub user_id: String,
    /// Coffer's half: the keys, and which project they are of. No server ever sees it.
    pub token: Zeroizing<String>,
    /// The server's half, public.
    pub client_id: String,
    /// The server's half, secret.
    pub client_secret: Zeroizing<String>,
    /// Who will keep the machine from what the keyring does not give.
    pub enforcement: Enforcement,
}

impl std::fmt::Debug for AddedMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddedMachine(…)")
    }
}

/// A machine that is signed in at the server, which says nothing about keys yet.
pub struct MachineSession<T, D> {
    session: Session<T, D>,
}

/// A machine in its project.
pub struct Machine<T, D> {
    project: Project<T, D>,
}

impl<T: Transport, D: Device> Client<T, D> {
    /// Signs a machine in with what the server gave for it (universal auth).
    pub async fn sign_in_machine(
        &self,
        client_id: &str,
        client_secret: Zeroizing<String>,
    ) -> Result<MachineSession<T, D>, Error> {
        let login = MachineLogin {
            client_id: ClientId::new(client_id.trim()),
            client_secret: Zeroizing::new(client_secret.trim().to_owned()),
        };
        let session = Session::of_machine(&self.inner, login.clone());
        session.machine_login(&login).await?;
        Ok(MachineSession { session })
    }
}

impl<T: Transport, D: Device> MachineSession<T, D> {
    /// Opens the project of a token: the keyring has to begin as the token says and to name the token's keys, and to go
    /// on where this device has seen it.
    ///
    /// What the device keeps is sealed under a key of the token. One that keeps nothing makes every start the first: the
    /// server can then show the project as it was at any time since the machine was added.
    pub async fn open_as_machine(
        self,
        token: &MachineToken,
        project: &ProjectId,
    ) -> Result<Machine<T, D>, Error> {
        let session = self.session;
        let (keys, local) = (token.identity(), token.local_key());
        let public = keys.public();
        let uid = AccountUid::from_bytes(*public.sign_kid().as_bytes());
        let pins = PinsRecord::load(&session.client.device, &local, &uid).await?;
        let known = pins.iter().find(|(_, pin)| pin.project == project.as_str());
        if known.is_none() {
            // Somebody may have added it a moment ago.
            session.expect_lag();
        }
        let ring = fetch_ring(&session, project, known, token).await?;
        let found = ring
            .state
            .active()
            .find(|(member, _)| member.machine && member.keys == public);
        let user = found
            .map(|(member, _)| member.user.clone())
            .ok_or(Error::NotAMember)?;
        let info = AccountInfo {
            email: String::new(),
            name: user.clone(),
            organization: String::new(),
            server: session.client.server.clone(),
            account_uid: uid.to_string(),
            user_id: user,
            own_login: false,
        };
        let vault = Vault::of_machine(session, uid, info, keys, local, pins)?;
        let ring_uid = ring.state.ring();
        vault.keep_links(&ring_uid, &ring.links).await;
        vault.pin_ring(ring_uid, ring_pin(project, &ring)).await?;
        let project = vault.open_project(project).await?;
        Ok(Machine { project })
    }

    /// Ends the session at the server.
    pub async fn sign_out(self) {
        self.session.machine_logout().await;
    }
}

impl<T: Transport, D: Device> Machine<T, D> {
    /// Its project: environments are opened, and access is asked for, as by a person.
    pub fn project(&self) -> &Project<T, D> {
        &self.project
    }

    /// Its id on the server, by the keyring.
    pub fn user_id(&self) -> String {
        self.project.vault.account().user_id
    }

    /// Wipes the keys and ends the session at the server. What the device keeps stays, for the next start.
    pub async fn sign_out(self) {
        let vault = &self.project.vault;
        vault.inner.session.machine_logout().await;
        vault.lock();
    }
}

/// The keyring that a token leads to.
async fn fetch_ring<T: Transport, D: Device>(
    session: &Session<T, D>,
    project: &ProjectId,
    known: Option<(&RingUid, &RingPin)>,
    token: &MachineToken,
) -> Result<Ring, Error> {
    let passage = known.map(|(_, pin)| Passage {
        genesis: pin.genesis,
        seq: pin.keyring_seq,
        hash: pin.keyring_hash,
    });
    let ring = keyring::fetch(session, project, passage.as_ref()).await?;
    let ring = ring.ok_or(Error::StateVanished {
        what: "the project's membership",
    })?;
    if token.is_of(&ring.state.genesis()) {
        Ok(ring)
    } else {
        Err(Error::OtherProject)
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Adds a machine: an identity on the server, its keys in the keyring, and the keys of what it may read.
    ///
    /// An attempt that breaks off leaves nobody with anything: the token was not shown, and what was made is taken back,
    /// now or before the next machine is added.
    pub async fn add_machine(&self, draft: &MachineDraft) -> Result<AddedMachine, Error> {
        let name = check_name("name", &draft.name, 64)?;
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        let ring = self.writable_ring()?;
        let rights = self.rights_of(false, &draft.rights)?;
        let organization = self.vault.known()?.organization_id.clone();
        // What is left of an earlier attempt costs nothing but its row: a failure here is no reason not to go on.
        drop(self.clear_unsigned(&ring).await);
        let session = &self.vault.inner.session;
        let token = MachineToken::generate(&ring.state.genesis(), &mut Draw(self.vault.device()));
        let machine = session.create_machine(&name, &organization).await?;
        match Box::pin(self.introduce(&machine, &token, &rights)).await {
            Ok(added) => Ok(added),
            Err(error) => {
                drop(Box::pin(self.take_back(&machine)).await);
                Err(error)
            }
        }
    }

    /// Everything after the identity is made. The link is the moment from which anybody believes its keys.
    async fn introduce(
        &self,
        machine: &IdentityId,
        token: &MachineToken,
        rights: &Rights,
    ) -> Result<AddedMachine, Error> {
        let session = &self.vault.inner.session;
        let client_id = session.attach_login(machine).await?;
        session.add_machine(&self.cell.id, machine).await?;
        let enforcement = self.tell_of_machine(machine, rights).await?;
        let client_secret = session.create_client_secret(machine).await?;
        let keys = token.identity().public();
        let (opened, heads) = self.all_heads().await?;
        self.append(&Op::AddMachine {
            user: machine.as_str().to_owned(),
            keys,
            rights: rights.clone(),
            heads,
        })
        .await?;
        for (env, open) in opened {
            if rights.access(&env) >= Access::Read {
                open.grant_member(&keys).await?;
            }
        }
        self.vault.flush(|_| {}).await?;
        Ok(AddedMachine {
            user_id: machine.as_str().to_owned(),
            token: token.to_text(),
            client_id: client_id.into_string(),
            client_secret,
            enforcement,
        })
    }

    /// Undoes what [`Project::introduce`] has begun: its token is in nobody's hands.
    async fn take_back(&self, machine: &IdentityId) -> Result<(), Error> {
        self.refresh_ring().await?;
        let member = self.ring()?.state.member(machine.as_str()).cloned();
        if member.is_some_and(|member| member.rights.is_some()) {
            self.remove(machine.as_str()).await
        } else {
            self.vault.inner.session.delete_machine(machine).await
        }
    }

    /// Deletes identities that an attempt which broke off has left: ours by the name of their privilege, without a right
    /// beside it, in nobody's keyring, and too old to be another admin's who is about to sign.
    async fn clear_unsigned(&self, ring: &Ring) -> Result<(), Error> {
        let session = &self.vault.inner.session;
        let now = self.vault.device().now();
        for listed in session.list_machines(&self.cell.id).await? {
            let id = &listed.identity_id;
            let since = listed
                .created_at
                .as_ref()
                .and_then(coffer_wire::Timestamp::to_millis);
            let old = since.is_some_and(|since| now.saturating_sub(since) > AT_IT);
            let alone = matches!(listed.roles.as_slice(), [only] if only.role == "no-access");
            if !old || !alone || ring.state.member(id.as_str()).is_some() {
                continue;
            }
            if session
                .machine_privilege(&self.cell.id, id, SLUG)
                .await?
                .is_some()
            {
                session.delete_machine(id).await?;
            }
        }
        Ok(())
    }

    /// Takes a machine off the server: out of the project, and with it what it signs in with.
    pub(crate) async fn remove_machine_from_server(&self, user_id: &str) -> Result<(), Error> {
        let (session, machine) = (&self.vault.inner.session, IdentityId::new(user_id));
        session.remove_machine(&self.cell.id, &machine).await?;
        match session.delete_machine(&machine).await {
            // Who is an admin of the project alone leaves the identity to the organisation's: it may do nothing there.
            Err(Error::Forbidden) => Ok(()),
            other => other,
        }
    }
}
