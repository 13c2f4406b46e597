//! Introducing people without trusting the server: links, join requests, admission.

use crate::api::secrets::Place;
use crate::email::need_email;
use crate::rng::Draw;
use crate::vault::enforcement::Enforcement;
use crate::vault::keyring::{self, Passage};
use crate::vault::notes::encode;
use crate::vault::project::ring_pin;
use crate::{Device, Environment, Error, LinkError, Project, Right, ServerOrigin, Transport, Vault};
use coffer_core::bundle::SentInvite;
use coffer_core::id::EnvUid;
use coffer_core::invite::{self as core, InviteLinkError, InviteSecret, JoinRequest, SignUp};
use coffer_core::keyring::{Access, Heads, Op, Proof, Rights};
use coffer_core::layout;
use coffer_wire::id::ProjectId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Whom to invite, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteDraft {
    /// The person.
    pub email: String,
    /// May do everything.
    pub admin: bool,
    /// Right per environment slug.
    pub rights: Vec<(String, Right)>,
}

/// An invitation to hand over by any channel that is not the server.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// What stands after `/i#`.
    pub link_fragment: String,
    /// Milliseconds since 1970.
    pub expires: u64,
    /// Who will keep the person from what the keyring does not give.
    pub enforcement: Enforcement,
}

impl std::fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InviteLink(…)")
    }
}

/// An invitation as received, parsed from what stands after `/i#`.
#[derive(Clone)]
pub struct Invitation {
    /// The server that keeps the project.
    pub server: ServerOrigin,
    /// The invited person.
    pub email: String,
    /// The project's id on the server.
    pub project: String,
    /// The person has no account on the server yet.
    pub needs_account: bool,
    /// Milliseconds since 1970.
    pub expires: u64,
    link: Arc<core::InviteLink>,
}

impl Invitation {
    /// Parses what stands after `/i#`: the protocol's link, the server and the person it is for.
    pub fn parse(fragment: &str) -> Result<Self, LinkError> {
        let fragment = fragment.trim().trim_start_matches('#');
        if fragment.is_empty() {
            return Err(LinkError::NoKey);
        }
        let mut parts = fragment.split('~');
        let link =
            core::InviteLink::parse(parts.next().unwrap_or_default()).map_err(|error| match error {
                InviteLinkError::Unsupported => LinkError::Unsupported,
                _ => LinkError::Malformed,
            })?;
        let server = parts
            .next()
            .and_then(|text| ServerOrigin::parse(text).ok())
            .ok_or(LinkError::Malformed)?;
        let email = parts.next().ok_or(LinkError::Malformed)?.to_owned();
        if parts.next().is_some() || email.len() > 320 || email.chars().any(char::is_control) {
            return Err(LinkError::Malformed);
        }
        Ok(Self {
            server,
            email,
            project: link.project.clone(),
            needs_account: link.sign_up.is_some(),
            expires: link.expires,
            link: Arc::new(link),
        })
    }

    pub(crate) fn sign_up(&self) -> Option<&SignUp> {
        self.link.sign_up.as_ref()
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invitation(…)")
    }
}

/// Somebody who followed an invitation and waits for an admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingJoin {
    /// In the server's words.
    pub email: String,
    /// In the server's words.
    pub name: String,
    /// The user's id on the server.
    pub user_id: String,
    /// Eight words to compare where `mac_ok` is false.
    pub fingerprint: [String; 8],
    /// The keys are those of whoever held the link that this account made.
    pub mac_ok: bool,
    /// What the invitation promised, as this account sealed it.
    pub rights: Vec<(String, Right)>,
    /// Promised to be an admin.
    pub admin: bool,
    request: JoinRequest,
}

/// What the inviter's bundle remembers of an invite.
#[derive(Serialize, Deserialize)]
struct Note {
    email: String,
    admin: bool,
    rights: Vec<(String, u8)>,
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Makes a server membership and a link that proves to both sides who they are.
    pub async fn invite(&self, draft: InviteDraft) -> Result<InviteLink, Error> {
        let email = need_email(&draft.email)?;
        // It ends a part of the link.
        if email.contains('~') {
            return Err(Error::Invalid {
                field: "email",
                why: "an address without ~",
            });
        }
        let ring = self.writable_ring()?;
        self.rights_of(draft.admin, &draft.rights)?;
        let vault = &self.vault;
        let session = &vault.inner.session;
        let organization = vault.known()?.organization_id.clone();
        // Who may not invite to the organisation may still invite who is in it.
        let code = session.invite_to_organization(&email, &organization).await;
        let only_insiders = code == Err(Error::Forbidden);
        let code = if only_insiders { None } else { code? };
        match session.add_member(&self.cell.id, &email, "no-access").await {
            Err(Error::Server { .. } | Error::NotFound) if only_insiders => return Err(Error::Forbidden),
            other => other?,
        }
        let enforcement = self.tell_server_of_guest(&email).await?;

        let secret = InviteSecret::generate(&mut Draw(vault.device()));
        let expires = (vault.device().now() + VALID_MS) / 1000 * 1000;
        let rights = draft
            .rights
            .iter()
            .map(|(slug, right)| (slug.clone(), number(*right)))
            .collect();
        let note = encode(&Note {
            email: email.clone(),
            admin: draft.admin,
            rights,
        })?;
        let uid = ring.state.ring();
        let now = vault.device().now();
        vault
            .flush(|bundle| {
                bundle
                    .invites
                    .retain(|invite| invite.expires > now && invite.secret.id() != secret.id());
                bundle.invites.push(SentInvite {
                    ring: uid,
                    secret: secret.duplicate(),
                    expires,
                    note: note.clone(),
                });
            })
            .await?;
        let link = core::InviteLink {
            genesis: ring.state.genesis(),
            keyring_seq: ring.state.seq(),
            keyring_hash: ring.state.head(),
            secret,
            expires,
            project: self.cell.id.as_str().to_owned(),
            sign_up: code.map(|code| SignUp {
                organization,
                email: email.clone(),
                code: Zeroizing::new(code),
            }),
        };
        let server = &vault.inner.info.server;
        Ok(InviteLink {
            link_fragment: format!("{}~{server}~{email}", link.to_fragment().as_str()),
            expires,
            enforcement,
        })
    }

    /// Lets somebody who is invited read the keyring and leave a request; who is a member already stays one.
    async fn tell_server_of_guest(&self, email: &str) -> Result<Enforcement, Error> {
        let session = &self.vault.inner.session;
        let listed = session.list_members(&self.cell.id).await?;
        let is = |text: &str| text.eq_ignore_ascii_case(email);
        let guest = listed
            .iter()
            .find(|member| is(&member.user.email) || is(&member.user.username));
        let guest = guest.ok_or(Error::NotFound)?;
        let ring = self.ring()?;
        let member = ring.state.member(&guest.user.id);
        let rights = member
            .and_then(|member| member.rights.clone())
            .unwrap_or_default();
        self.tell_server(&guest.user.id, &rights).await
    }

    /// People who followed an invitation and wait for an admin.
    pub async fn joins(&self) -> Result<Vec<PendingJoin>, Error> {
        self.refresh_ring().await?;
        let ring = self.writable_ring()?;
        let session = &self.vault.inner.session;
        let rows = session.list_rows_if_any(self.inbox(), false).await?;
        let members = session.list_members(&self.cell.id).await.unwrap_or_default();
        let now = self.vault.device().now();
        let mut joins = Vec::new();
        for row in rows {
            let Some(Ok(request)) = row.value.as_deref().map(JoinRequest::parse) else {
                continue;
            };
            if layout::join_name(&request.invite()) != row.name || request.genesis() != ring.state.genesis() {
                continue;
            }
            let keys = request.keys();
            let fingerprint = keys
                .fingerprint(&ring.state.ring(), request.user())
                .words()
                .map(str::to_owned);
            let note = self.vault.bundle(|bundle| {
                let invite = bundle
                    .invites
                    .iter()
                    .find(|invite| invite.secret.id() == request.invite())?;
                request
                    .verify(&invite.secret, &ring.state.genesis(), invite.expires, now)
                    .ok()?;
                serde_json::from_slice::<Note>(&invite.note).ok()
            })?;
            let active = ring
                .state
                .member(request.user())
                .is_some_and(|m| m.rights.is_some() && m.keys == keys);
            if active && note.is_none() {
                // Admitted to the end but for this row.
                drop(session.delete_row(self.inbox(), &row.name).await);
                continue;
            }
            let person = members
                .iter()
                .find(|m| m.user.id == request.user())
                .map(|m| &m.user);
            joins.push(PendingJoin {
                email: person.map(|p| p.email.clone()).unwrap_or_default(),
                name: person
                    .map(|p| format!("{} {}", p.first_name, p.last_name).trim().to_owned())
                    .unwrap_or_default(),
                user_id: request.user().to_owned(),
                fingerprint,
                mac_ok: note.is_some(),
                admin: note.as_ref().is_some_and(|note| note.admin),
                rights: note
                    .map(|n| n.rights.iter().map(|(s, r)| (s.clone(), right(*r))).collect())
                    .unwrap_or_default(),
                request,
            });
        }
        Ok(joins)
    }

    /// Signs a person into the keyring and gives the keys the invitation promised.
    ///
    /// Only keys that the invitation's MAC covers are signed. An attempt that broke off is gone on with.
    pub async fn admit(&self, join: &PendingJoin) -> Result<Enforcement, Error> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        let ring = self.writable_ring()?;
        let request = &join.request;
        let now = self.vault.device().now();
        let genuine = self.vault.bundle(|bundle| {
            bundle.invites.iter().any(|invite| {
                request
                    .verify(&invite.secret, &ring.state.genesis(), invite.expires, now)
                    .is_ok()
            })
        })?;
        if !genuine {
            return Err(Error::Unverified);
        }
        let rights = self.rights_of(join.admin, &join.rights)?;
        let (opened, heads) = self.all_heads().await?;
        let session = &self.vault.inner.session;
        let already = ring
            .state
            .member(request.user())
            .is_some_and(|m| m.rights.is_some() && m.keys == request.keys());
        if !already {
            let op = Op::AddUser {
                user: request.user().to_owned(),
                keys: request.keys(),
                rights: rights.clone(),
                proof: Proof::Invite(request.invite()),
                heads,
            };
            match self.append(&op).await {
                // Another device of this account was quicker.
                Err(Error::Conflict) if self.is_member(request.user()).await? => {}
                other => other?,
            }
        }
        let enforcement = self.tell_server(request.user(), &rights).await?;
        for (env, open) in opened {
            if rights.access(&env) >= Access::Read {
                open.grant_member(&request.keys()).await?;
            }
        }
        let invite = request.invite();
        self.vault
            .flush(|bundle| bundle.invites.retain(|known| known.secret.id() != invite))
            .await?;
        session
            .delete_row(self.inbox(), &layout::join_name(&invite))
            .await?;
        Ok(enforcement)
    }

    /// Changes what a member may do. Whoever loses a right reads nothing that is written afterwards: the next writer
    /// begins a new epoch first.
    pub async fn set_rights(
        &self,
        user_id: &str,
        admin: bool,
        rights: &[(String, Right)],
    ) -> Result<Enforcement, Error> {
        self.refresh_ring().await?;
        let mut rights = self.rights_of(admin, rights)?;
        // Who approves goes on approving where they go on reading.
        let before = self.writable_ring()?.state.member(user_id).cloned();
        if admin && before.as_ref().is_some_and(|member| member.machine) {
            return Err(MACHINE_DECIDES);
        }
        let before = before.and_then(|member| member.rights).unwrap_or_default();
        for (env, _) in before.environments.iter().filter(|(_, right)| right.approve) {
            if rights.access(env) >= Access::Read {
                rights.environments.entry(*env).or_default().approve = true;
            }
        }
        self.change_rights(user_id, rights).await
    }

    /// Changes what a member may do, as a whole.
    pub(crate) async fn change_rights(&self, user_id: &str, rights: Rights) -> Result<Enforcement, Error> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        let member = self.writable_ring()?.state.member(user_id).cloned();
        let keys = member
            .filter(|member| member.rights.is_some())
            .ok_or(Error::NotFound)?
            .keys;
        let op = |heads| Op::SetRights {
            user: user_id.to_owned(),
            rights: rights.clone(),
            heads,
        };
        self.check_allowed(op(Heads::new()))?;
        // First the server, then the heads: nothing of theirs may come between the head that is named and the link.
        let told = match self.server_first(user_id)? {
            true => Some(self.tell_server(user_id, &rights).await?),
            false => None,
        };
        let (opened, heads) = self.all_heads().await?;
        self.append(&op(heads.clone())).await?;
        let enforcement = match told {
            Some(enforcement) => enforcement,
            None => self.tell_server(user_id, &rights).await?,
        };
        self.uphold_what_was_on_its_way(&heads).await?;
        for (env, open) in opened {
            if rights.access(&env) >= Access::Read {
                open.grant_member(&keys).await?;
            }
        }
        self.vault.flush(|_| {}).await?;
        Ok(enforcement)
    }

    /// Removes a member from the keyring and from the server's project. What was read already stays known to them.
    pub async fn remove_member(&self, user_id: &str) -> Result<(), Error> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        self.remove(user_id).await
    }

    /// As [`Project::remove_member`], by whoever has the turn and the newest keyring.
    pub(crate) async fn remove(&self, user_id: &str) -> Result<(), Error> {
        let op = |heads| Op::Remove {
            user: user_id.to_owned(),
            heads,
        };
        self.check_allowed(op(Heads::new()))?;
        // First the server, then the heads: nothing of theirs should come between the head that is named and the link.
        let first = self.server_first(user_id)?;
        if first {
            self.remove_from_server(user_id).await?;
        }
        let (_, heads) = self.all_heads().await?;
        match self.append(&op(heads.clone())).await {
            // Another admin was quicker.
            Err(Error::Conflict) if !self.is_member(user_id).await? => {}
            other => other?,
        }
        if !first {
            self.remove_from_server(user_id).await?;
        }
        self.uphold_what_was_on_its_way(&heads).await?;
        self.vault.flush(|_| {}).await
    }

    /// What came between the heads that a loss names and the link that takes the right counts.
    async fn uphold_what_was_on_its_way(&self, heads: &Heads) -> Result<(), Error> {
        for (env, head) in heads {
            self.uphold_what_came_between(env, head).await?;
        }
        Ok(())
    }

    async fn remove_from_server(&self, user_id: &str) -> Result<(), Error> {
        let ring = self.ring()?;
        if ring.state.member(user_id).is_some_and(|member| member.machine) {
            return self.remove_machine_from_server(user_id).await;
        }
        let session = &self.vault.inner.session;
        let listed = session.list_members(&self.cell.id).await?;
        let Some(person) = listed.iter().find(|m| m.user.id == user_id) else {
            return Ok(());
        };
        let name = if person.user.username.is_empty() {
            &person.user.email
        } else {
            &person.user.username
        };
        match session.remove_member(&self.cell.id, name).await {
            // Another admin was quicker.
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }

    /// Whether the keyring takes a change, before anybody is told of it.
    fn check_allowed(&self, op: Op) -> Result<(), Error> {
        let (own, ring) = (self.own()?, self.writable_ring()?);
        ring.state
            .sign_next(&own.identity, op, self.vault.device().now())?;
        Ok(())
    }

    /// Whether the server may be told before the link is made. Not of admins: one's own right is needed for the link, and
    /// of two who take each other's the keyring decides who stays.
    fn server_first(&self, user_id: &str) -> Result<bool, Error> {
        let ring = self.writable_ring()?;
        let rights = ring
            .state
            .member(user_id)
            .and_then(|member| member.rights.as_ref());
        Ok(rights.is_some_and(|rights| !rights.admin))
    }

    /// Every environment, opened, and the heads of their logs.
    pub(crate) async fn all_heads(&self) -> Result<(Vec<(EnvUid, Environment<T, D>)>, Heads), Error> {
        let declared: Vec<_> = self.writable_ring()?.state.environments().cloned().collect();
        let mut opened = Vec::new();
        let mut heads = Heads::new();
        for environment in declared {
            let open = self.open_environment(&environment.server_ref).await?;
            if let Some(head) = open.log().head() {
                heads.insert(environment.env, head);
            }
            opened.push((environment.env, open));
        }
        Ok((opened, heads))
    }

    async fn is_member(&self, user: &str) -> Result<bool, Error> {
        self.refresh_ring().await?;
        let ring = self.ring()?;
        Ok(ring
            .state
            .member(user)
            .is_some_and(|member| member.rights.is_some()))
    }

    pub(crate) async fn append(&self, op: &Op) -> Result<(), Error> {
        let own = self.own()?;
        let ring = self.writable_ring()?;
        let session = &self.vault.inner.session;
        let next = keyring::append(session, &self.cell.id, (*ring).clone(), &own.identity, op).await?;
        self.adopt(next).await
    }

    pub(crate) fn inbox(&self) -> Place<'_> {
        Place {
            project: &self.cell.id,
            environment: layout::HOME_ENVIRONMENT,
            path: layout::INBOX,
        }
    }

    /// Rights by slug in the keyring's words.
    pub(crate) fn rights_of(&self, admin: bool, rights: &[(String, Right)]) -> Result<Rights, Error> {
        if admin {
            return Ok(Rights::admin());
        }
        let mut all = Rights::default();
        for (slug, right) in rights {
            let env = self.declared(slug).ok_or(Error::NotFound)?;
            let access = match right {
                Right::None => continue,
                Right::Read => Access::Read,
                Right::Write | Right::Admin => Access::Write,
            };
            all = all.with(env, access);
        }
        Ok(all)
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Follows an invitation with this account: pins the project by the link and asks an admin to be let in.
    pub async fn join(&self, invitation: &Invitation) -> Result<(), Error> {
        let session = &self.inner.session;
        let link = &invitation.link;
        if invitation.server != self.inner.info.server {
            return Err(Error::OtherServer {
                server: invitation.server.to_string(),
            });
        }
        if link.expires <= self.device().now() {
            return Err(Error::Invalid {
                field: "invitation",
                why: "one that has not expired",
            });
        }
        // Whoever sent the link has made this person a member, perhaps a moment ago.
        session.expect_lag();
        let project = ProjectId::new(link.project.clone());
        let passage = Passage {
            genesis: link.genesis,
            seq: link.keyring_seq,
            hash: link.keyring_hash,
        };
        let vanished = Error::StateVanished {
            what: "the project's membership",
        };
        let ring = keyring::fetch(session, &project, Some(&passage))
            .await?
            .ok_or(vanished)?;
        let user = &self.inner.info.user_id;
        let newest = || self.identities()?.into_iter().next().ok_or(Error::Locked);
        let mut identity = newest()?;
        // Keys that left a project never come back to it: who is invited again comes with new ones.
        let member = ring.state.member(user);
        let is_out = member.is_some_and(|member| member.rights.is_none());
        if is_out && ring.state.author(&identity.public().sign_kid()).is_some() {
            self.rotate_user_keys().await?;
            identity = newest()?;
        }
        let request = JoinRequest::make(link, user, &identity);
        let place = Place {
            project: &project,
            environment: layout::HOME_ENVIRONMENT,
            path: layout::INBOX,
        };
        let (name, text) = (layout::join_name(&request.invite()), request.to_text());
        match session.create_row(place, &name, &text).await {
            Ok(()) => {}
            // An earlier attempt of this person, or a copy of the link in other hands: the admin sees which by the MAC,
            // and by whose name is in it.
            Err(Error::NameTaken) => {
                let there = session.read_row(place, &name).await?.and_then(|row| row.value);
                if there.as_deref() != Some(text.as_str()) {
                    return Err(Error::NameTaken);
                }
            }
            Err(other) => return Err(other),
        }
        self.pin_ring(ring.state.ring(), ring_pin(&project, &ring))
            .await?;
        self.flush(|_| {}).await
    }
}

fn number(right: Right) -> u8 {
    match right {
        Right::None => 0,
        Right::Read => 1,
        Right::Write => 2,
        Right::Admin => 3,
    }
}

fn right(number: u8) -> Right {
    match number {
        1 => Right::Read,
        2 => Right::Write,
        3 => Right::Admin,
        _ => Right::None,
    }
}

/// People decide who belongs and who is let in.
pub(crate) const MACHINE_DECIDES: Error = Error::Invalid {
    field: "machine",
    why: "the right to read or to write",
};
/// Seven days.
const VALID_MS: u64 = 7 * 24 * 3600 * 1000;
