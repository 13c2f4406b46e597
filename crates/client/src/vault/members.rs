//! Who belongs to a project, since when, by whose signature, and what each can open.

use crate::api::login::User;
use crate::vault::keyring::{KeyHistory, Ring, opening};
use crate::vault::log::{self, Spot};
use crate::vault::project::right_of;
use crate::{Device, Error, Project, Right, Transport};
use coffer_core::bundle::Mark;
use coffer_core::id::EnvUid;
use coffer_core::identity::PublicIdentity;
use coffer_core::keyring::{Member, Op, Proof};
use coffer_core::log::Log;
use std::collections::BTreeMap;

/// How a person's keys came to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verification {
    /// Signed in by an admin in the place of other keys of the same person: to be compared again.
    Changed,
    /// Signed into the keyring by an admin.
    SeenBefore,
    /// Admitted by an invitation of this account, a machine whose keys it made, or words were compared.
    Verified,
    /// This is you.
    You,
}

/// Why an admin believed somebody's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdmittedBy {
    /// They made the project.
    Founding,
    /// They answered an invitation that the admin had sent.
    Invitation,
    /// The admin's client made the keys: it is a machine.
    MachineKeys,
    /// They compared words with the admin.
    Words,
}

/// The signed record that let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The user's id on the server of whoever signed it.
    pub author: String,
    /// Why.
    pub by: AdmittedBy,
    /// Its number in the keyring.
    pub link: u64,
    /// When, by the author's clock: milliseconds since 1970, for display.
    pub created: u64,
}

/// A member, by the signed keyring; name and e-mail in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// The user's id on the server.
    pub user_id: String,
    /// In the server's words.
    pub email: String,
    /// In the server's words.
    pub name: String,
    /// May do everything.
    pub admin: bool,
    /// Not a person.
    pub machine: bool,
    /// Right per environment slug.
    pub rights: Vec<(String, Right)>,
    /// The slugs of the environments in which they approve requests; of an admin none: those approve everywhere.
    pub approves: Vec<String>,
    /// Eight words that both can read to each other.
    pub fingerprint: [String; 8],
    /// How the keys came to be trusted.
    pub verified: Verification,
    /// When this person compared words with them: milliseconds since 1970.
    pub compared: Option<u64>,
    /// Since when they belong to the project, and by whose signature.
    pub admission: Admission,
}

impl MemberInfo {
    /// The name to show: the person's, or the e-mail where there is none. Of a machine that the server does not name, its id.
    pub fn shown_name(&self) -> &str {
        let texts = [self.name.trim(), &self.email];
        let named = texts.into_iter().find(|text| !text.is_empty());
        named.unwrap_or(&self.user_id)
    }
}

/// Who can open what: people and machines against environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMatrix {
    /// The columns.
    pub environments: Vec<AccessColumn>,
    /// The rows: everybody in the keyring, and former members who still hold a key that is in use.
    pub people: Vec<AccessRow>,
}

/// An environment of an [`AccessMatrix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessColumn {
    /// Its slug.
    pub slug: String,
    /// Which key is in use, counted from 1; `None` where its history could not be read.
    pub epoch: Option<u32>,
    /// Somebody lost a right since that key was made: the next writer makes a new one first.
    pub new_key_due: bool,
}

/// A person or machine of an [`AccessMatrix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// The user's id on the server.
    pub user_id: String,
    /// No member any more.
    pub former: bool,
    /// As the columns.
    pub cells: Vec<AccessCell>,
}

/// What somebody can open of one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccessCell {
    /// The right, by the keyring.
    pub right: Right,
    /// Whether they were given the key in use.
    pub key: HeldKey,
}

/// Whether somebody was given a key, by the signed history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeldKey {
    /// Yes, also where the right was taken away since.
    Held,
    /// No: somebody who may write gives it with the next change of members or keys.
    NotHeld,
    /// The history could not be read.
    Unknown,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// The members of the signed keyring; names and addresses are the server's words.
    pub async fn members(&self) -> Result<Vec<MemberInfo>, Error> {
        let ring = self.ring()?;
        let listed = match self.vault.inner.session.list_members(&self.cell.id).await {
            Err(Error::Forbidden) => Vec::new(),
            other => other?,
        };
        let marks = self.marks(&ring)?;
        let environments: Vec<_> = ring.state.environments().cloned().collect();
        let histories = ring.key_histories();
        let machines = match ring.has_machines() {
            true => self.vault.inner.session.list_machines(&self.cell.id).await?,
            false => Vec::new(),
        };
        let people: BTreeMap<&str, &User> = listed.iter().map(|m| (m.user.id.as_str(), &m.user)).collect();
        let own = self.own()?.identity.public();
        let mut members = Vec::new();
        for (member, rights) in ring.state.active() {
            let history = histories.get(member.user.as_str()).ok_or(Error::NotFound)?;
            let person = people.get(member.user.as_str());
            let machine = machines
                .iter()
                .find(|machine| machine.identity_id.as_str() == member.user);
            let name = person
                .map(|p| format!("{} {}", p.first_name, p.last_name).trim().to_owned())
                .or_else(|| machine.map(|machine| machine.identity.name.clone()))
                .unwrap_or_default();
            let email = person.map(|p| {
                if p.email.is_empty() {
                    p.username.clone()
                } else {
                    p.email.clone()
                }
            });
            let fingerprint = member.keys.fingerprint(&ring.state.ring(), &member.user);
            members.push(MemberInfo {
                user_id: member.user.clone(),
                email: email.unwrap_or_default(),
                name,
                admin: rights.admin,
                machine: member.machine,
                rights: environments
                    .iter()
                    .map(|e| (e.server_ref.clone(), right_of(rights, &e.env)))
                    .collect(),
                approves: environments
                    .iter()
                    .filter(|env| !rights.admin && rights.approves(&env.env))
                    .map(|env| env.server_ref.clone())
                    .collect(),
                fingerprint: fingerprint.words().map(str::to_owned),
                verified: self.verification(&ring, member, history, &own, &marks),
                compared: compared(&ring, member, history, &marks),
                admission: admission(&ring, history).ok_or(Error::NotFound)?,
            });
        }
        Ok(members)
    }

    /// Remembers, in this account's sealed bundle, that this person has compared a member's eight words with them.
    pub async fn mark_verified(&self, user_id: &str) -> Result<(), Error> {
        let ring = self.ring()?;
        let member = ring
            .state
            .member(user_id)
            .filter(|member| member.rights.is_some());
        let member = member.ok_or(Error::NotFound)?;
        if user_id == self.vault.inner.info.user_id {
            return Err(Error::Invalid {
                field: "member",
                why: "somebody else",
            });
        }
        self.marks(&ring)?;
        let uid = ring.state.ring();
        let mark = Mark {
            fingerprint: member.keys.fingerprint(&uid, user_id),
            at: self.vault.device().now(),
        };
        self.vault
            // The note was readable a moment ago: nothing is lost where another device has broken it since.
            .flush(|bundle| _ = bundle.set_mark(&uid, user_id, mark))
            .await
    }

    /// Who can open what, by the verified keyring and the histories of the environments, as far as they can be read.
    pub async fn access_matrix(&self) -> Result<AccessMatrix, Error> {
        self.refresh_ring().await?;
        let ring = self.ring()?;
        let declared: Vec<_> = ring.state.environments().cloned().collect();
        let mut logs = Vec::new();
        for environment in &declared {
            logs.push(
                self.verified_log(&ring, &environment.env, &environment.server_ref)
                    .await?,
            );
        }
        let environments = declared.iter().zip(&logs).map(|(environment, log)| AccessColumn {
            slug: environment.server_ref.clone(),
            epoch: log.as_ref().and_then(Log::epoch),
            new_key_due: log.as_ref().is_some_and(|log| log.must_rotate(&ring.state)),
        });
        let row = |member: &Member| {
            let kid = member.keys.kem_kid();
            let cells = declared.iter().zip(&logs).map(|(environment, log)| AccessCell {
                right: member
                    .rights
                    .as_ref()
                    .map_or(Right::None, |rights| right_of(rights, &environment.env)),
                key: match log.as_ref().map(|log| (log, log.epoch())) {
                    Some((log, Some(epoch))) if !log.wrap_hashes(epoch, &kid).is_empty() => HeldKey::Held,
                    Some((_, Some(_))) => HeldKey::NotHeld,
                    _ => HeldKey::Unknown,
                },
            });
            AccessRow {
                user_id: member.user.clone(),
                former: member.rights.is_none(),
                cells: cells.collect(),
            }
        };
        let people = ring.state.members().map(row);
        let still_opens = |row: &AccessRow| !row.former || row.cells.iter().any(|c| c.key == HeldKey::Held);
        Ok(AccessMatrix {
            environments: environments.collect(),
            people: people.filter(still_opens).collect(),
        })
    }

    /// An environment's verified log: the one that was opened, or its headers, which every member may read. `None` where
    /// there is none that holds.
    async fn verified_log(&self, ring: &Ring, env: &EnvUid, slug: &str) -> Result<Option<Log>, Error> {
        if let Some(log) = self.opened(env).and_then(|cell| cell.verified_log()) {
            return Ok(Some(log));
        }
        let spot = Spot {
            project: &self.cell.id,
            slug,
        };
        let pin = self.pinned(env)?.map(|pin| pin.head);
        match log::fetch_headers(&self.vault.inner.session, spot, 0).await {
            Ok(headers) => Ok(log::from_start(*env, pin, headers, &ring.state).ok()),
            Err(Error::Forbidden | Error::NotFound | Error::Forged { .. } | Error::UnknownEnvelope) => {
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Whether a member's keys took the place of others, and this person has not compared them since.
    pub(crate) fn is_unconfirmed(&self, member: &Member) -> Result<bool, Error> {
        let ring = self.ring()?;
        let (histories, marks) = (ring.key_histories(), self.marks(&ring)?);
        let history = histories.get(member.user.as_str()).ok_or(Error::NotFound)?;
        let verified = self.verification(&ring, member, history, &self.own()?.identity.public(), &marks);
        Ok(verified == Verification::Changed)
    }

    fn marks(&self, ring: &Ring) -> Result<BTreeMap<String, Mark>, Error> {
        self.vault
            .bundle(|bundle| bundle.marks(&ring.state.ring()))?
            .map_err(opening("this account's bundle"))
    }

    fn verification(
        &self,
        ring: &Ring,
        member: &Member,
        history: &KeyHistory<'_>,
        own: &PublicIdentity,
        marks: &BTreeMap<String, Mark>,
    ) -> Verification {
        let me = &self.vault.inner.info.user_id;
        let admitted = admission(ring, history);
        let ours = [AdmittedBy::Invitation, AdmittedBy::MachineKeys];
        let let_in_here = admitted
            .as_ref()
            .is_some_and(|admitted| admitted.author == *me && ours.contains(&admitted.by));
        // The founder's keys are part of the project's identity, which an invitation or this account has pinned.
        let founder = member.since == 0 && self.is_pinned();
        if member.user == *me && member.keys == *own {
            Verification::You
        } else if compared(ring, member, history, marks).is_some() || let_in_here || founder {
            Verification::Verified
        } else if marks.contains_key(&member.user) || history.admissions().count() > 1 {
            Verification::Changed
        } else {
            Verification::SeenBefore
        }
    }
}

/// When a member's words were compared: the present ones, or earlier ones that signed the present ones in.
fn compared(
    ring: &Ring,
    member: &Member,
    history: &KeyHistory<'_>,
    marks: &BTreeMap<String, Mark>,
) -> Option<u64> {
    let mark = marks.get(&member.user)?;
    let uid = ring.state.ring();
    history
        .lineage()
        .any(|keys| keys.fingerprint(&uid, &member.user) == mark.fingerprint)
        .then_some(mark.at)
}

/// The link that let a member in the last time.
fn admission(ring: &Ring, history: &KeyHistory<'_>) -> Option<Admission> {
    let link = history.admissions().last()?;
    Some(Admission {
        author: ring.state.user_of(&link.author())?.to_owned(),
        by: match link.op() {
            Op::AddUser {
                proof: Proof::Invite(_),
                ..
            } => AdmittedBy::Invitation,
            Op::AddUser {
                proof: Proof::Words, ..
            } => AdmittedBy::Words,
            Op::AddMachine { .. } => AdmittedBy::MachineKeys,
            _ => AdmittedBy::Founding,
        },
        link: link.seq(),
        created: link.created(),
    })
}
