//! What the server is told of the keyring's rights, so that it refuses what nobody holds a key for either.
//!
//! Keys decide who reads and signatures decide who writes, whatever a server does. That it refuses as well keeps rows
//! from those who need none, and nonsense from those who may not write. Where it cannot, nothing else changes.

use crate::api::machines::MachineMembership;
use crate::api::members::Membership;
use crate::{Device, Error, Project, Transport};
use coffer_core::keyring::{Access, Rights};
use coffer_core::layout;
use coffer_wire::id::{IdentityId, MembershipId};
use coffer_wire::privilege::{Actions, Conditions, Matcher, Permission};

/// Who keeps a member from what the keyring does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enforcement {
    /// Keys alone: the server knows no rights of single members, so it gives every member the same.
    KeysAlone,
    /// The server too, by privileges for each environment.
    ServerToo,
}

/// Somebody whose role on the server is not the one that goes with the keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnforcementGap {
    /// The user's id on the server.
    pub user_id: String,
    /// What the server lets them do besides.
    pub kind: GapKind,
}

/// On which side of the keyring a server's role is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapKind {
    /// It refuses an admin what the keyring gives.
    Less,
    /// It lets somebody do what the keyring does not give, though no key goes with it.
    More,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// The members, former ones too, of whose rights the server was told otherwise or not at all: by an earlier version,
    /// by somebody at the server, or by an attempt that broke off. It costs one request, two where machines are or were members, and looks at roles
    /// alone. Who was
    /// never in the keyring is not among them.
    pub async fn enforcement_gaps(&self) -> Result<Vec<EnforcementGap>, Error> {
        let ring = self.ring()?;
        let listed = self.listed().await?;
        let known = listed
            .iter()
            .filter_map(|listed| Some((listed, ring.state.member(listed.id())?)));
        let gaps = known.filter_map(|(listed, member)| {
            let admin = member.rights.as_ref().is_some_and(|rights| rights.admin);
            let kind = match admin {
                true if !listed.has_only("admin") => GapKind::Less,
                false if !listed.has_only("no-access") => GapKind::More,
                _ => return None,
            };
            Some(EnforcementGap {
                user_id: member.user.clone(),
                kind,
            })
        });
        Ok(gaps.collect())
    }

    /// Tells the server anew what everybody may do who is or was in the keyring, by the keyring. For admins; it may be
    /// repeated. [`Enforcement::KeysAlone`] where the server could not do it for somebody.
    pub async fn align_enforcement(&self) -> Result<Enforcement, Error> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        let ring = self.writable_ring()?;
        let me = &self.vault.inner.info.user_id;
        let mut enforcement = Enforcement::ServerToo;
        for listed in self.listed().await? {
            // Whoever is no admin at the server could not tell it anything, least of all that.
            let Some(member) = ring.state.member(listed.id()).filter(|m| m.user != *me) else {
                continue;
            };
            let rights = member.rights.clone().unwrap_or_default();
            if self.tell_of_listed(&listed, &rights).await? == Enforcement::KeysAlone {
                enforcement = Enforcement::KeysAlone;
            }
        }
        Ok(enforcement)
    }

    /// Tells the server what a member may do, by the keyring. Somebody whom the server does not list has nothing there.
    pub(crate) async fn tell_server(&self, user_id: &str, rights: &Rights) -> Result<Enforcement, Error> {
        let listed = self.listed().await?;
        match listed.iter().find(|listed| listed.id() == user_id) {
            Some(listed) => self.tell_of_listed(listed, rights).await,
            None => Ok(Enforcement::ServerToo),
        }
    }

    /// Whom the server lists: people, and machines where the keyring has or had any.
    async fn listed(&self) -> Result<Vec<Listed>, Error> {
        let session = &self.vault.inner.session;
        let people = session.list_members(&self.cell.id).await?;
        let mut all: Vec<Listed> = people.into_iter().map(Listed::Person).collect();
        if self.ring()?.has_machines() {
            let machines = session.list_machines(&self.cell.id).await?;
            all.extend(machines.into_iter().map(Listed::Machine));
        }
        Ok(all)
    }

    async fn tell_of_listed(&self, listed: &Listed, rights: &Rights) -> Result<Enforcement, Error> {
        let user_id = listed.id();
        let told = match listed {
            Listed::Person(member) => self.tell_of_member(&member.id, rights).await,
            Listed::Machine(machine) => self.tell_of_machine(&machine.identity_id, rights).await,
        };
        match told {
            // Removed by another admin meanwhile: then there is nothing to tell.
            Err(
                Error::NotFound
                | Error::Server {
                    status: 400..=499, ..
                },
            ) if !self.is_listed(user_id).await? => Ok(Enforcement::ServerToo),
            other => other,
        }
    }

    async fn is_listed(&self, user_id: &str) -> Result<bool, Error> {
        let listed = self.listed().await?;
        Ok(listed.iter().any(|listed| listed.id() == user_id))
    }

    async fn tell_of_member(&self, member: &MembershipId, rights: &Rights) -> Result<Enforcement, Error> {
        let session = &self.vault.inner.session;
        if rights.admin {
            session.set_role(&self.cell.id, member, "admin").await?;
            return Ok(Enforcement::ServerToo);
        }
        let permissions = self.permissions(rights)?;
        let told = session.set_privilege(member, SLUG, permissions).await;
        let (enforcement, role) = enforced(told)?;
        session.set_role(&self.cell.id, member, role).await?;
        Ok(enforcement)
    }

    /// Tells the server what a machine may do. It is never an admin.
    pub(crate) async fn tell_of_machine(
        &self,
        machine: &IdentityId,
        rights: &Rights,
    ) -> Result<Enforcement, Error> {
        let (session, project) = (&self.vault.inner.session, &self.cell.id);
        let permissions = self.permissions(rights)?;
        let told = session
            .set_machine_privilege(project, machine, SLUG, permissions)
            .await;
        let (enforcement, role) = enforced(told)?;
        session.set_machine_role(project, machine, role).await?;
        Ok(enforcement)
    }

    /// Rights in the server's words. Everybody reads the keyring and every environment's headers, and may leave something
    /// in the inbox.
    fn permissions(&self, rights: &Rights) -> Result<Vec<Permission>, Error> {
        let below = |folder: &str| Matcher::glob(format!("{folder}/**"));
        let home = || Some(Matcher::eq(layout::HOME_ENVIRONMENT));
        let mut all = vec![
            permission(MEMBERS, &["read"], None),
            permission(MACHINES, &["read"], None),
            permission(SETTINGS, &["read"], None),
            permission(
                SECRETS,
                READ,
                Some(Conditions {
                    environment: home(),
                    secret_path: Some(below(layout::ROOT)),
                    secret_name: None,
                }),
            ),
            permission(
                SECRETS,
                &["create"],
                Some(Conditions {
                    environment: home(),
                    secret_path: Some(Matcher::eq(layout::INBOX)),
                    secret_name: None,
                }),
            ),
            permission(
                SECRETS,
                READ,
                Some(Conditions {
                    secret_path: Some(below(layout::LOG)),
                    ..Conditions::default()
                }),
            ),
        ];
        for environment in self.ring()?.state.environments() {
            let there = || {
                Some(Conditions {
                    environment: Some(Matcher::eq(&*environment.server_ref)),
                    ..Conditions::default()
                })
            };
            let (secrets, folders): (&[&str], &[&str]) = match rights.access(&environment.env) {
                Access::None => continue,
                Access::Read => (READ, &["read"]),
                Access::Write => (
                    &["describeSecret", "readValue", "create", "edit", "delete"],
                    &["read", "create", "edit", "delete"],
                ),
            };
            all.push(permission(SECRETS, secrets, there()));
            all.push(permission(FOLDERS, folders, there()));
            // Who approves records what is granted.
            if rights.approves(&environment.env) && rights.access(&environment.env) < Access::Write {
                let ours = || {
                    let conditions = there().unwrap_or_default();
                    Some(Conditions {
                        secret_path: Some(below(layout::ROOT)),
                        ..conditions
                    })
                };
                all.push(permission(SECRETS, &["create"], ours()));
                all.push(permission(FOLDERS, &["create"], ours()));
            }
        }
        Ok(all)
    }
}

/// Somebody whom the server lists as a member of the project.
enum Listed {
    Machine(MachineMembership),
    Person(Membership),
}

impl Listed {
    fn id(&self) -> &str {
        match self {
            Self::Machine(machine) => machine.identity_id.as_str(),
            Self::Person(person) => &person.user.id,
        }
    }

    fn has_only(&self, role: &str) -> bool {
        match self {
            Self::Machine(machine) => matches!(machine.roles.as_slice(), [only] if only.role == role),
            Self::Person(person) => person.has_only(role),
        }
    }
}

/// Who enforces what a privilege was to say, and the role that goes with it.
fn enforced(told: Result<(), Error>) -> Result<(Enforcement, &'static str), Error> {
    match told {
        Ok(()) => Ok((Enforcement::ServerToo, "no-access")),
        Err(
            Error::Forbidden
            | Error::NotFound
            | Error::Server {
                status: 400..=499, ..
            },
        ) => Ok((Enforcement::KeysAlone, "member")),
        Err(other) => Err(other),
    }
}

fn permission(subject: &str, actions: &[&str], conditions: Option<Conditions>) -> Permission {
    Permission {
        subject: subject.to_owned(),
        action: Actions::Many(actions.iter().map(|action| (*action).to_owned()).collect()),
        conditions,
        inverted: false,
    }
}

/// The name of our privilege among a member's.
pub(crate) const SLUG: &str = "coffer";
const SECRETS: &str = "secrets";
const FOLDERS: &str = "secret-folders";
const MEMBERS: &str = "member";
const MACHINES: &str = "identity";
const SETTINGS: &str = "settings";
const READ: &[&str] = &["describeSecret", "readValue"];
