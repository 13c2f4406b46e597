//! After the liar has stopped: an honest client goes on, and nothing that was acknowledged is lost without a word.

use crate::model::Acknowledged;
use crate::person::Role;
use crate::world::{ENVIRONMENTS, Env, Judged, Kind, Project, World, put};
use coffer_client::{Class, Client, Error, Right, SaveError};
use coffer_core::environment::Wrap;
use coffer_core::layout;
use coffer_testkit::{MemoryDevice, Mood, headers, keyring};

impl World {
    /// Everybody opens everything again on an honest server.
    pub async fn recover(&mut self) -> Judged {
        self.liar.deliver_all().await;
        for person in &mut self.people {
            person.line.mend();
            person.line.set_mood(Mood::Honest);
            person.line.lead_to(person.line.browser().led_to(&self.server));
            if !matches!(person.role, Role::Removed) {
                person.close();
            }
        }
        // Whoever set the project up, or the second admin where the first was led astray.
        let mut admin = None;
        for who in [0, 1] {
            match self.enter(who).await {
                Ok(project) => {
                    admin = Some((who, project));
                    break;
                }
                Err(error) => self.excuse(who, &error)?,
            }
        }
        let Some((admin, project)) = admin else {
            return Ok(());
        };
        // A right was taken while a save was on its way, or by somebody to whom newer records were not shown.
        for slug in ENVIRONMENTS {
            if let Err(Error::LateRecords(_)) = project.open_environment(slug).await {
                self.tally.upheld += 1;
                if let Err(error) = project.uphold(slug).await {
                    self.excuse(admin, &error)?;
                }
            }
        }
        self.finish_what_was_begun(admin, &project).await?;
        let mut heads = Vec::new();
        for slug in ENVIRONMENTS {
            match self.mend(admin, &project, slug).await? {
                Some(open) => heads.push((slug, open.head_words(), open.entries().to_vec())),
                None => self.tally.damaged += 1,
            }
        }
        let members = project
            .members()
            .await
            .map_err(|error| format!("members: {error:?}"))?;
        let theirs = project;
        for who in 0..self.people.len() {
            let user = self.people[who].user.clone();
            if who == admin || !members.iter().any(|m| m.user_id == user) {
                continue;
            }
            let project = match self.enter(who).await {
                Ok(project) => project,
                Err(error) => {
                    self.excuse(who, &error)?;
                    continue;
                }
            };
            for (slug, words, entries) in &mut heads {
                let info = project.environments().into_iter().find(|e| e.slug == *slug);
                if info.is_none_or(|info| info.right < Right::Read) {
                    continue;
                }
                match project.open_environment(slug).await {
                    Ok(open) => {
                        self.show(who, slug, open.clone())?;
                        if open.entries() != *entries {
                            return Err(format!("{who} and {admin} see {slug} differently"));
                        }
                        if open.head_words() != *words {
                            // Entering may write: an admin's client hands keys over. Then both see that, and so does everybody after.
                            match theirs.open_environment(slug).await {
                                Ok(again) if again.head_words() == open.head_words() => {
                                    *words = open.head_words()
                                }
                                Ok(_) => return Err(format!("{who} and {admin} see {slug} differently")),
                                Err(error) => self.excuse(admin, &error)?,
                            }
                        }
                        self.nothing_is_lost(who, slug, &open)?;
                    }
                    Err(error) => self.excuse(who, &error)?,
                }
            }
            self.judge(&[who]).await?;
        }
        self.a_new_device_sees_the_same(
            admin,
            &heads.iter().map(|h| (h.0, h.1.clone())).collect::<Vec<_>>(),
        )
        .await?;
        self.the_removed_have_no_key().await?;
        self.judge(&[admin]).await?;
        for (name, bytes) in self.server.files() {
            if let Some(escape) = self.canary.check_bytes(&name, &bytes).first() {
                return Err(format!("{escape:?} is on the server"));
            }
        }
        Ok(())
    }

    /// Unlocks on the device that was there all along.
    async fn enter(&mut self, who: usize) -> Result<Project, Error> {
        let person = &mut self.people[who];
        let known = person.client.known_accounts().await?;
        let known = known.first().ok_or(Error::NotFound)?;
        let vault = person
            .client
            .unlock(known, person.passphrase.clone(), None)
            .await?;
        let project = vault.open_project(&self.project).await?;
        person.vault = Some(vault);
        person.project = Some(project.clone());
        Ok(project)
    }

    /// An error after the liar has stopped has to be somebody's who was led astray, and has to name the damage.
    fn excuse(&mut self, who: usize, error: &Error) -> Judged {
        let named = matches!(
            error,
            Error::Forked { .. }
                | Error::Forged { .. }
                | Error::HistoryLost(_)
                | Error::RolledBack { .. }
                | Error::StateVanished { .. }
                | Error::NoKey
        );
        let excused = match self.kind {
            Kind::Treacherous => true,
            Kind::Forking => self.people[who].forked || self.people[0].forked || self.people[1].forked,
            Kind::Plain | Kind::Late => false,
        };
        *self.tally.closed.entry(format!("{error:?}")).or_default() += 1;
        if named && excused {
            Ok(())
        } else {
            Err(format!("{who} gets {error:?} from an honest server"))
        }
    }

    /// What admins had begun and no answer had confirmed is done again: people are let in, get their keys, or leave.
    async fn finish_what_was_begun(&mut self, admin: usize, project: &Project) -> Judged {
        if let Err(error) = self.admit(admin).await {
            self.excuse(admin, &error)?;
        }
        if let Err(error) = project.process_inbox().await {
            self.excuse(admin, &error)?;
        }
        let members = match project.members().await {
            Ok(members) => members,
            Err(error) => return self.excuse(admin, &error),
        };
        for member in members {
            if member.user_id == self.people[admin].user {
                continue;
            }
            let leaving = self
                .people
                .iter()
                .position(|p| p.leaving && p.user == member.user_id);
            if let Some(who) = leaving {
                match project.remove_member(&member.user_id).await {
                    Ok(()) => {
                        self.people[who].role = Role::Removed;
                        for slug in ENVIRONMENTS {
                            self.model.shut_out(who, slug, admin, false);
                        }
                    }
                    Err(error) => self.excuse(admin, &error)?,
                }
                continue;
            }
            let again = project
                .set_rights(&member.user_id, member.admin, &member.rights)
                .await;
            if let Err(error) = again {
                self.excuse(admin, &error)?;
            }
        }
        Ok(())
    }

    /// A writer goes on, and puts new values where the old ones are damaged. `None` where the environment names its
    /// damage and does not open.
    async fn mend(
        &mut self,
        who: usize,
        project: &Project,
        slug: &'static str,
    ) -> Result<Option<Env>, String> {
        let open = match project.open_environment(slug).await {
            Ok(open) => open,
            Err(error) => {
                self.excuse(who, &error)?;
                return Ok(None);
            }
        };
        self.show(who, slug, open.clone())?;
        self.nothing_is_lost(who, slug, &open)?;
        let after = ("/".to_owned(), "AFTER".to_owned());
        let text = self.model.make(slug, after.clone(), None, false);
        let mut open = match open.save(vec![put(None, &after, &text)]).await {
            Ok(open) => open,
            Err(SaveError::Failed(error)) => {
                self.excuse(who, &error)?;
                return Ok(None);
            }
            Err(error) => return Err(format!("{slug} takes no save: {error:?}")),
        };
        self.model.saved_by(who, slug, open.epoch(), false);
        self.model.sealed_under(&text, open.epoch());
        self.show(who, slug, open.clone())?;
        let mut changes = Vec::new();
        for entry in open.entries().iter().filter(|entry| entry.class != Class::Ok) {
            self.tally.damaged += 1;
            let place = (entry.path.clone(), entry.name.clone());
            if self.kind == Kind::Plain {
                return Err(format!("{entry:?} after an honest save"));
            }
            let text = self.model.make(slug, place.clone(), Some(entry.slot), false);
            changes.push(put(Some(entry.slot), &place, &text));
        }
        if !changes.is_empty() {
            open = match open.save(changes).await {
                Ok(open) => open,
                Err(error) => return Err(format!("{slug} is not mended: {error:?}")),
            };
            self.show(who, slug, open.clone())?;
            if let Some(entry) = open.entries().iter().find(|entry| entry.class != Class::Ok) {
                return Err(format!("{entry:?} after it was written anew"));
            }
        }
        self.tally.strangers += open.strangers().len() as u64;
        Ok(Some(open))
    }

    /// What was acknowledged is there, or something newer is, or the entry says that it is damaged.
    fn nothing_is_lost(&self, who: usize, slug: &str, open: &Env) -> Judged {
        for (slot, what) in self.model.acknowledged_in(false, slug) {
            let entry = open.entries().iter().find(|entry| entry.slot == slot);
            match (what, entry) {
                (Acknowledged::Deleted, None) => {}
                (Acknowledged::Deleted, Some(entry)) => return Err(format!("{entry:?} was deleted")),
                (Acknowledged::Value(..), None) if self.model.was_deleting(slug, slot) => {}
                (Acknowledged::Value(version, text), None) => {
                    return Err(format!(
                        "{text:?}, version {version} in {slug}, is gone for {who}"
                    ));
                }
                (Acknowledged::Value(version, text), Some(entry)) => {
                    let same = match open.reveal(&slot) {
                        Ok(shown) => shown.value.as_str() == text,
                        // Damage with a name.
                        Err(_) => true,
                    };
                    if entry.version < version || entry.version == version && !same {
                        return Err(format!(
                            "{text:?}, version {version} in {slug}, became {entry:?} for {who}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    async fn a_new_device_sees_the_same(
        &mut self,
        who: usize,
        heads: &[(&'static str, [String; 8])],
    ) -> Judged {
        let Some(kit) = self.people[who].kit.clone() else {
            return Ok(());
        };
        let device = MemoryDevice::new(!self.seed);
        device.set_now(self.people[who].now());
        let client = Client::new(self.people[who].line.clone(), device, self.server.origin());
        let passphrase = self.people[who].passphrase.clone();
        let opened = async {
            let vault = client.sign_in_with_kit(&kit, passphrase, None).await?;
            let project = vault.open_project(&self.project).await?;
            let mut all = Vec::new();
            for (slug, _) in heads {
                all.push(project.open_environment(slug).await?);
            }
            Ok::<_, Error>(all)
        };
        let opened = match opened.await {
            Ok(opened) => opened,
            Err(error) => return self.excuse(who, &error),
        };
        for (open, (slug, words)) in opened.iter().zip(heads) {
            if open.head_words() != *words {
                return Err(format!("a new device sees another {slug}"));
            }
            self.model.judge(who, slug, open, &mut Default::default())?;
            self.nothing_is_lost(who, slug, open)?;
        }
        Ok(())
    }

    /// No wrap of an epoch that began after a removal is sealed to whom was removed: with everything that the server
    /// has and their own keys, they have no key.
    async fn the_removed_have_no_key(&mut self) -> Judged {
        let Some(bearer) = self.people[0]
            .vault
            .as_ref()
            .map(|_| self.people[0].line.bearer())
        else {
            return Ok(());
        };
        for who in 0..self.people.len() {
            let person = &self.people[who];
            let (Role::Removed, Some(first)) = (&person.role, person.kid) else {
                continue;
            };
            // The keys that they came with, and those that the keyring knew last.
            let (state, _) = keyring(&self.server, &bearer, self.project.as_str()).await;
            let last = state.member(&person.user).map(|member| member.keys.kem_kid());
            let kids = [first, last.unwrap_or(first)];
            for slug in ENVIRONMENTS {
                let Some(from) = self.model.shut_out_from(who, slug) else {
                    continue;
                };
                let project = self.project.as_str();
                let named = headers(&self.server, &bearer, project, slug).await;
                let named = named.iter().filter_map(|header| {
                    let wraps = &header.epoch_public()?.wraps;
                    (header.context().epoch >= from && kids.iter().any(|kid| wraps.contains_key(kid)))
                        .then_some(header.context().epoch)
                });
                let rows = self.server.rows(&bearer, project, slug, "/coffer/wraps").await;
                let there = rows.iter().filter_map(|(_, _, text)| Wrap::parse(text).ok());
                let there = there
                    .filter(|wrap| kids.contains(&wrap.recipient()) && wrap.context().epoch >= from)
                    .map(|wrap| wrap.context().epoch);
                if let Some(epoch) = named.chain(there).next() {
                    return Err(format!(
                        "{who} was removed and has a key of epoch {epoch} of {slug}"
                    ));
                }
                let name = layout::wraps_folder(from);
                if !rows.iter().any(|(path, ..)| *path == name) {
                    return Err(format!("epoch {from} of {slug} has no wraps at all"));
                }
            }
        }
        Ok(())
    }
}
