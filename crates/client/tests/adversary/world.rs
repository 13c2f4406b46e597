//! An honest world with a liar in it: people at work, one step after the other, and the oracles after each.

use crate::model::{Acknowledged, MARKER, Model, comment_of};
use crate::person::{Person, Role};
use coffer_client::{
    Accept, Change, Client, Error, Invitation, InviteDraft, Moment, NewEnvironment, Passphrase, ProjectId,
    ReceivedShare, Right, SaveError, SetUp, ShareContent, ShareDraft, ShareExpiry, ShareId, ShareLimits,
    SlotId, share_from_link,
};
use coffer_testkit::{
    Adversary, Canary, Dice, Line, MemoryDevice, Mood, TestServer, Trick, both, until_crash,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub type Vault = coffer_client::Vault<Line, MemoryDevice>;
pub type Project = coffer_client::Project<Line, MemoryDevice>;
pub type Env = coffer_client::Environment<Line, MemoryDevice>;

/// What went on.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub worlds: u64,
    pub steps: u64,
    pub requests: u64,
    pub done: BTreeMap<&'static str, (u64, u64)>,
    pub tricks: BTreeMap<Trick, u64>,
    /// Secrets that were shown as damaged after the liar had stopped.
    pub damaged: u64,
    /// Rows that are left over from work that was cut off, and are shown as nobody's.
    pub strangers: u64,
    /// Environments in which somebody had saved while losing the right to.
    pub upheld: u64,
    /// Why work failed.
    pub failed: BTreeMap<String, u64>,
    /// Environments, and accounts, that name their damage and do not open.
    pub closed: BTreeMap<String, u64>,
}

/// How bad the liar may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that was acknowledged may be lost.
    Plain,
    /// Requests may also arrive much later, over newer ones.
    Late,
    /// Some people are led to another continuation for a while.
    Forking,
    /// What was acknowledged may not have happened.
    Treacherous,
}

impl Kind {
    pub fn of(seed: u64) -> Self {
        match seed % 8 {
            0..4 => Self::Plain,
            4 | 5 => Self::Late,
            6 => Self::Forking,
            _ => Self::Treacherous,
        }
    }
}

pub struct World {
    pub seed: u64,
    pub kind: Kind,
    dice: Dice,
    pub server: TestServer,
    fork: Option<TestServer>,
    pub liar: Adversary,
    pub people: Vec<Person>,
    pub model: Model,
    pub project: ProjectId,
    shares: Vec<Shared>,
    pub canary: Canary,
    pub tally: Tally,
    aloud: bool,
}

struct Shared {
    by: usize,
    id: ShareId,
    link: ReceivedShare,
    text: String,
    passphrase: Option<&'static str>,
}

pub type Judged = Result<(), String>;

pub const ENVIRONMENTS: [&str; 2] = ["development", "production"];
const FOLDERS: [&str; 4] = ["/", "/db", "/db/replica", "/web"];
const NAMES: [&str; 5] = ["ALPHA", "BETA", "GAMMA", "DELTA", "LONG_NAME"];
/// So many may be in the project, ever.
const MOST_PEOPLE: usize = 7;
/// So many secrets an environment may hold.
const MOST_SECRETS: usize = 9;
const STEP_MS: u64 = 25_000;

impl World {
    /// People who met before the liar came: a founder, a second admin, a developer and a contractor who only reads.
    pub async fn begin(seed: u64) -> Self {
        let kind = Kind::of(seed);
        let server = TestServer::start();
        let liar = Adversary::new(seed, kind == Kind::Treacherous);
        liar.delay_requests(matches!(kind, Kind::Late | Kind::Treacherous));
        let line = liar.line(server.browser());
        let mut ada = Person::new(0, &server, line, Role::Member { admin: true });
        let set_up = SetUp {
            email: ada.email.clone(),
            organization: "Harbour".to_owned(),
            name: String::new(),
            passphrase: ada.passphrase.clone(),
        };
        let (vault, kit) = ada.client.set_up(set_up).await.unwrap();
        let environments = ENVIRONMENTS.map(|slug| NewEnvironment {
            name: slug.to_owned(),
            slug: slug.to_owned(),
        });
        let project = vault.create_project("Payments", &environments).await.unwrap().id;
        ada.project = Some(vault.open_project(&project).await.unwrap());
        ada.user = vault.account().user_id;
        ada.vault = Some(vault);
        ada.kit = Some(kit);
        let mut world = Self {
            seed,
            kind,
            dice: Dice::new(seed),
            fork: None,
            liar,
            people: vec![ada],
            model: Model::default(),
            project,
            shares: Vec::new(),
            canary: Canary::new().watch("a value", MARKER),
            tally: Tally::default(),
            aloud: std::env::var_os("COFFER_LIAR_ONLY").is_some(),
            server,
        };
        world.watch(0).await;
        for slug in ENVIRONMENTS {
            world.model.let_in(0, slug);
        }
        let rights = |of: &[(&str, Right)]| of.iter().map(|(s, r)| ((*s).to_owned(), *r)).collect::<Vec<_>>();
        let guests = [
            (true, Vec::new()),
            (
                false,
                rights(&[("development", Right::Write), ("production", Right::Read)]),
            ),
            (false, rights(&[("development", Right::Read)])),
        ];
        for (admin, rights) in guests {
            let who = world.invite(0, admin, rights).await.unwrap();
            assert!(world.accept(who).await.unwrap());
            world.admit(0).await.unwrap();
            assert!(world.people[who].is_member());
        }
        // Their keys are the same in every world, so that each passphrase is stretched once; nothing else is.
        for (who, person) in world.people.iter().enumerate() {
            person.device.reseed(seed * 64 + who as u64);
        }
        world
    }

    /// Does these steps of the world that the seed makes.
    pub async fn run(mut self, steps: &[u64]) -> Result<Tally, Fault> {
        for step in steps {
            self.step(*step).await.map_err(|what| Fault {
                step: Some(*step),
                what,
            })?;
        }
        self.recover().await.map_err(|what| Fault { step: None, what })?;
        self.tally.worlds = 1;
        self.tally.steps = steps.len() as u64;
        self.tally.requests = self.liar.exchanges();
        self.tally.tricks = self.liar.told();
        Ok(self.tally)
    }

    async fn step(&mut self, number: u64) -> Judged {
        // What a step does hangs on its number alone, so that others can be left out.
        self.dice = Dice::of(self.seed, number);
        self.liar.reseed(Dice::of(!self.seed, number));
        for person in &self.people {
            person.device.advance(STEP_MS);
        }
        self.server.pass(STEP_MS);
        self.change_moods();
        if self.kind == Kind::Forking && self.fork.is_none() && self.dice.below(60) == 0 {
            self.fork_off();
        }
        let who = self.somebody();
        if matches!(self.people[who].role, Role::Removed) {
            // The server is on the removed person's side: it refuses nothing that it would answer an admin.
            let admins = self
                .people
                .iter()
                .filter(|p| p.is_admin() && p.forked == self.people[who].forked);
            if let Some(bearer) = admins.map(|admin| admin.line.bearer()).next() {
                self.people[who].line.disguise(self.project.as_str(), bearer);
            }
        }
        if self.people[who].vault.is_none() && !matches!(self.people[who].role, Role::Invited(_)) {
            let line = self.people[who].line.clone();
            let unlocked = until_crash(&line, self.unlock(who)).await;
            self.crashed(who, unlocked.is_none());
            self.count("unlock", unlocked == Some(true));
            return self.judge(&[who]).await;
        }
        self.tell(|| format!("step {number} by {who}, {:?}", self.people[who].line.mood()));
        let line = self.people[who].line.clone();
        if self.dice.below(14) == 0 {
            line.crash_at(self.dice.below(9), self.dice.permille(500));
        }
        let other = self.somebody();
        if self.dice.below(16) == 0 && other != who && self.people[who].project.is_some() {
            return self.race(who, other).await;
        }
        let done = until_crash(&line, self.work(who)).await;
        self.crashed(who, done.is_none());
        done.unwrap_or(Ok(()))?;
        self.judge(&[who]).await
    }

    /// A dropped future leaves a vault that goes on, or a browser that was closed.
    fn crashed(&mut self, who: usize, crashed: bool) {
        self.people[who].line.mend();
        if crashed {
            self.count("crash", true);
            if self.dice.permille(500) {
                self.people[who].close();
            }
        }
    }

    fn change_moods(&mut self) {
        for who in 0..self.people.len() {
            // What keeps everybody from work does not last.
            let lasts = match self.people[who].line.mood() {
                Mood::Past(_) => 10,
                Mood::Silence => 4,
                Mood::Honest | Mood::Noise(_) => 15,
            };
            if self.dice.below(lasts) != 0 {
                continue;
            }
            let now = self.liar.exchanges();
            let back = [40, 400][self.dice.below(2)];
            let back = self.dice.below(back) as u64;
            let mood = match self.dice.below(21) {
                0..5 => Mood::Honest,
                5..11 => Mood::Noise(20),
                11..16 => Mood::Noise(80),
                16 | 17 => Mood::Noise(250),
                18 | 19 => Mood::Past(now.saturating_sub(back)),
                _ => Mood::Silence,
            };
            self.people[who].line.set_mood(mood);
            // A backup is told from the truth by what the device has kept, not by what the page still knows.
            if matches!(mood, Mood::Past(_)) && self.dice.permille(600) {
                self.people[who].close();
            }
        }
    }

    /// From now on some people see another continuation.
    fn fork_off(&mut self) {
        let fork = self.server.fork();
        for person in &mut self.people {
            if self.dice.permille(400) {
                let browser = person.line.browser().led_to(&fork);
                person.line.lead_to(browser);
                person.forked = true;
            }
        }
        self.fork = Some(fork);
    }

    /// Those who write are at it more often.
    fn somebody(&mut self) -> usize {
        if self.dice.permille(400) {
            return self.dice.below(3);
        }
        self.dice.below(self.people.len())
    }

    /// One piece of work.
    async fn work(&mut self, who: usize) -> Judged {
        if let Role::Invited(_) = self.people[who].role {
            let accepted = self.accept(who).await?;
            self.count("accept", accepted);
            return Ok(());
        }
        let admin = self.people[who].is_admin();
        match self.dice.below(100) {
            0..20 => self.look(who).await,
            20..55 => self.save(who).await,
            55..60 => self.past(who).await,
            60..66 => self.folders(who).await,
            66..71 => self.refresh(who).await,
            71..78 if admin => self.change_rights(who).await,
            78..82 if admin => self.let_somebody_in(who).await,
            82 if admin => self.remove_somebody(who).await,
            83..89 => self.share(who).await,
            89..94 => {
                self.people[who].close();
                let unlocked = self.unlock(who).await;
                self.count("unlock", unlocked);
                Ok(())
            }
            94 => self.second_device(who).await,
            95 => self.change_keys(who).await,
            96..98 if admin => self.read_inbox(who).await,
            _ => self.look(who).await,
        }
    }

    /// Two people at the same time: both save, and what an admin does may cross it.
    async fn race(&mut self, one: usize, other: usize) -> Judged {
        if self.people[one].is_admin() && self.people[other].is_admin() && self.dice.permille(500) {
            return self.two_admins(one, other).await;
        }
        let first = self.prepare(one).await?;
        let second = self.prepare(other).await?;
        let (Some(first), Some(second)) = (first, second) else {
            self.people[one].line.mend();
            return self.judge(&[one, other]).await;
        };
        let (a, b) = (self.people[one].line.clone(), self.people[other].line.clone());
        let (x, y) = both(
            until_crash(&a, first.open.save(first.changes.clone())),
            until_crash(&b, second.open.save(second.changes.clone())),
        )
        .await;
        self.crashed(one, x.is_none());
        self.crashed(other, y.is_none());
        self.count("race", matches!((&x, &y), (Some(Ok(_)), Some(Ok(_)))));
        for saved in [&x, &y].into_iter().flatten() {
            self.count_save("save at once", saved);
        }
        // What one of them deletes without an answer may happen after what the other is told.
        let deleted: Vec<_> = first
            .effects
            .iter()
            .chain(&second.effects)
            .filter_map(Effect::deleted)
            .collect();
        let slugs = (first.slug, second.slug);
        if let Some(saved) = x {
            self.saved(one, first, saved)?;
        }
        if let Some(saved) = y {
            self.saved(other, second, saved)?;
        }
        for slot in deleted {
            self.model.deleting(slugs.0, slot);
            self.model.deleting(slugs.1, slot);
        }
        self.judge(&[one, other]).await
    }

    /// Two admins give somebody the same rights at once.
    async fn two_admins(&mut self, one: usize, other: usize) -> Judged {
        let whom = self.somebody();
        let projects = (
            self.people[one].project.clone(),
            self.people[other].project.clone(),
        );
        let (Some(first), Some(second)) = projects else {
            return Ok(());
        };
        if whom < 2 || !self.people[whom].is_member() {
            return Ok(());
        }
        let user = self.people[whom].user.clone();
        let rights =
            ENVIRONMENTS.map(|slug| (slug.to_owned(), [Right::Read, Right::Write][self.dice.below(2)]));
        for slug in ENVIRONMENTS {
            self.model.let_in(whom, slug);
        }
        let (a, b) = (self.people[one].line.clone(), self.people[other].line.clone());
        let (x, y) = both(
            until_crash(&a, first.set_rights(&user, false, &rights)),
            until_crash(&b, second.set_rights(&user, false, &rights)),
        )
        .await;
        self.crashed(one, x.is_none());
        self.crashed(other, y.is_none());
        self.count("rights at once", matches!((x, y), (Some(Ok(_)), Some(Ok(_)))));
        self.judge(&[one, other]).await
    }

    async fn look(&mut self, who: usize) -> Judged {
        let Some(project) = self.people[who].project.clone() else {
            return self.refresh(who).await;
        };
        let slug = self.environment();
        let known = self.people[who].open.get(slug).cloned();
        let looked = match known {
            Some(open) if self.dice.permille(700) => open.reload().await,
            _ => project.open_environment(slug).await,
        };
        self.count("look", looked.is_ok());
        if let Ok(open) = looked {
            self.show(who, slug, open)?;
        }
        Ok(())
    }

    /// Somebody has a snapshot in front of them.
    pub fn show(&mut self, who: usize, slug: &str, open: Env) -> Judged {
        let person = &mut self.people[who];
        self.model.judge(who, slug, &open, &mut person.seen)?;
        person.open.insert(slug.to_owned(), open);
        Ok(())
    }

    async fn save(&mut self, who: usize) -> Judged {
        let Some(planned) = self.prepare(who).await? else {
            return Ok(());
        };
        let saved = planned.open.save(planned.changes.clone()).await;
        self.count_save("save", &saved);
        self.saved(who, planned, saved)
    }

    /// Draws what somebody is about to save, on the snapshot in front of them.
    async fn prepare(&mut self, who: usize) -> Result<Option<Planned>, String> {
        let slug = self.environment();
        if !self.people[who].open.contains_key(slug) {
            let Some(project) = self.people[who].project.clone() else {
                return Ok(None);
            };
            let line = self.people[who].line.clone();
            match until_crash(&line, project.open_environment(slug)).await {
                Some(Ok(open)) => self.show(who, slug, open)?,
                Some(Err(_)) => self.count("look", false),
                None => self.crashed(who, true),
            }
        }
        let Some(open) = self.people[who].open.get(slug).cloned() else {
            return Ok(None);
        };
        // Who may not write tries it now and then.
        if open.right() < Right::Write && self.dice.below(10) != 0 {
            return Ok(None);
        }
        let forked = self.people[who].forked;
        let entries = open.entries().to_vec();
        let mut changes = Vec::new();
        let mut effects = Vec::new();
        let mut touched = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let place = self.place();
            let taken = entries.iter().any(|e| (&e.path, &e.name) == (&place.0, &place.1))
                || effects
                    .iter()
                    .any(|effect: &Effect| effect.place() == Some(&place));
            let entry = self.dice.pick(&entries).cloned();
            let entry = entry.filter(|entry| !touched.contains(&entry.slot));
            if let Some(entry) = &entry {
                touched.push(entry.slot);
            }
            match (self.dice.below(10), entry) {
                (0..4, _) if !taken && entries.len() < MOST_SECRETS => {
                    let text = self.model.make(slug, place.clone(), None, forked);
                    changes.push(put(None, &place, &text));
                    effects.push(Effect::Put(None, place, text));
                }
                (0..7, Some(entry)) => {
                    let here = (entry.path.clone(), entry.name.clone());
                    let place = if taken || self.dice.permille(850) {
                        here
                    } else {
                        place
                    };
                    let text = self.model.make(slug, place.clone(), Some(entry.slot), forked);
                    self.model.moving(slug, entry.slot, place.clone());
                    changes.push(put(Some(entry.slot), &place, &text));
                    effects.push(Effect::Put(Some(entry.slot), place, text));
                }
                (7 | 8, Some(entry)) if !taken => {
                    self.model.moving(slug, entry.slot, place.clone());
                    changes.push(Change::Move {
                        slot: entry.slot,
                        path: place.0.clone(),
                        name: place.1.clone(),
                    });
                    effects.push(Effect::Move(entry.slot, place));
                }
                (9, Some(entry)) => {
                    self.model.deleting(slug, entry.slot);
                    changes.push(Change::Delete { slot: entry.slot });
                    effects.push(Effect::Delete(entry.slot));
                }
                _ => {}
            }
        }
        let planned = Planned {
            slug,
            open,
            changes,
            effects,
        };
        Ok((!planned.changes.is_empty()).then_some(planned))
    }

    /// What a save that was acknowledged must have done.
    fn saved(&mut self, who: usize, planned: Planned, saved: Result<Env, SaveError>) -> Judged {
        let (slug, forked) = (planned.slug, self.people[who].forked);
        let open = match saved {
            Ok(open) => open,
            Err(SaveError::Conflict(sides)) => {
                for side in [&sides.mine, &sides.theirs, &sides.base].into_iter().flatten() {
                    if !self.model.knows(slug, side) {
                        return Err(format!("a conflict shows what nobody wrote: {:?}", side.as_str()));
                    }
                }
                return Ok(());
            }
            Err(SaveError::Failed(_)) => return Ok(()),
            Err(_) => return Err("a failure without a name".to_owned()),
        };
        // A value of one's own is new: there was a record, under a key that whoever was shut out has not.
        if planned
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Put(..)))
        {
            self.model.saved_by(who, slug, open.epoch(), forked);
        }
        for effect in planned.effects {
            let found = |slot: Option<SlotId>, place: Option<&(String, String)>| {
                let entry = open.entries().iter().find(|entry| match (slot, place) {
                    (Some(slot), _) => entry.slot == slot,
                    (None, Some(place)) => (&entry.path, &entry.name) == (&place.0, &place.1),
                    _ => false,
                })?;
                let value = open.reveal(&entry.slot).ok()?;
                Some((entry.clone(), value.value.as_str().to_owned()))
            };
            match effect {
                Effect::Put(slot, place, text) => {
                    self.model.sealed_under(&text, open.epoch());
                    let entry = open
                        .entries()
                        .iter()
                        .find(|e| (&e.path, &e.name) == (&place.0, &place.1));
                    let Some(entry) = entry else {
                        return Err(format!("{place:?} was saved and is not there"));
                    };
                    if let Some((_, shown)) = found(slot, Some(&place))
                        && shown != text
                    {
                        return Err(format!("{place:?} was saved as {text:?} and shows {shown:?}"));
                    }
                    let now = Acknowledged::Value(entry.version, text);
                    self.model.acknowledge(forked, slug, entry.slot, now);
                }
                Effect::Move(slot, place) => {
                    if let Some((entry, text)) = found(Some(slot), None) {
                        if (&entry.path, &entry.name) != (&place.0, &place.1) {
                            return Err(format!("{place:?} was moved to and is empty"));
                        }
                        let now = Acknowledged::Value(entry.version, text);
                        self.model.acknowledge(forked, slug, slot, now);
                    }
                }
                Effect::Delete(slot) => {
                    if open.entries().iter().any(|entry| entry.slot == slot) {
                        return Err("a secret was deleted and is there".to_owned());
                    }
                    self.model.acknowledge(forked, slug, slot, Acknowledged::Deleted);
                }
            }
        }
        self.show(who, slug, open)
    }

    /// Older versions are looked at, and now and then brought back.
    async fn past(&mut self, who: usize) -> Judged {
        let slug = self.environment();
        let Some(open) = self.people[who].open.get(slug).cloned() else {
            return self.look(who).await;
        };
        let mut slots: Vec<SlotId> = open.entries().iter().map(|entry| entry.slot).collect();
        slots.extend(open.deleted().iter().map(|deleted| deleted.slot));
        let Some(slot) = self.dice.pick(&slots).copied() else {
            return Ok(());
        };
        if self.dice.below(4) == 0 {
            let back = self.dice.below(6) as u64;
            let moment = Moment::Record(open.seq().saturating_sub(back));
            let plan = open.plan_restore("/", moment).await;
            self.count("plan", plan.is_ok());
            let Ok(plan) = plan else { return Ok(()) };
            self.model.unsettle(slug);
            let restored = open.restore(&plan).await;
            self.count_save("restore", &restored);
            return match restored {
                Ok(open) => self.show(who, slug, open),
                Err(_) => Ok(()),
            };
        }
        let history = open.history(&slot).await;
        self.count("history", history.is_ok());
        let Ok(history) = history else { return Ok(()) };
        for version in history.versions.iter().filter(|version| !version.deleted).take(4) {
            if let Ok(opened) = open.reveal_version(&slot, version.version).await {
                let place = (version.path.clone(), version.name.clone());
                self.model.judge_version(slug, slot, &place, &opened.value)?;
            }
        }
        let older = self.dice.pick(&history.versions).map(|version| version.version);
        if let Some(version) = older.filter(|_| self.dice.below(3) == 0) {
            self.model.unsettle(slug);
            let restored = open.restore_version(&slot, version).await;
            self.count_save("bring back", &restored);
            if let Ok(open) = restored {
                self.show(who, slug, open)?;
            }
        }
        Ok(())
    }

    async fn folders(&mut self, who: usize) -> Judged {
        let slug = self.environment();
        let Some(open) = self.people[who].open.get(slug).cloned() else {
            return self.look(who).await;
        };
        let (from, to) = (FOLDERS[1 + self.dice.below(3)], FOLDERS[1 + self.dice.below(3)]);
        let below = |path: &str| path == from || path.starts_with(&format!("{from}/"));
        let inside: Vec<_> = open
            .entries()
            .iter()
            .filter(|entry| below(&entry.path))
            .cloned()
            .collect();
        let mut effects = Vec::new();
        let changed = match self.dice.below(4) {
            0 => open.create_folder(from).await,
            1 | 2 => {
                for entry in &inside {
                    let place = (entry.path.replacen(from, to, 1), entry.name.clone());
                    self.model.moving(slug, entry.slot, place.clone());
                    effects.push(Effect::Move(entry.slot, place));
                }
                open.rename_folder(from, to).await
            }
            _ => {
                for entry in &inside {
                    self.model.deleting(slug, entry.slot);
                }
                effects = inside.iter().map(|entry| Effect::Delete(entry.slot)).collect();
                open.delete_folder(from).await
            }
        };
        self.count("folder", changed.is_ok());
        let planned = Planned {
            slug,
            open,
            changes: Vec::new(),
            effects,
        };
        self.saved(who, planned, changed)
    }

    async fn refresh(&mut self, who: usize) -> Judged {
        let Some(vault) = self.people[who].vault.clone() else {
            return Ok(());
        };
        let Some(project) = self.people[who].project.clone() else {
            let opened = vault.open_project(&self.project).await;
            self.count("open", opened.is_ok());
            self.people[who].project = opened.ok();
            return Ok(());
        };
        let refreshed = project.refresh().await;
        self.count("refresh", refreshed.is_ok());
        if self.dice.permille(500) {
            let members = project.members().await;
            self.count("members", members.is_ok());
        }
        Ok(())
    }

    /// An admin gives or takes rights.
    async fn change_rights(&mut self, by: usize) -> Judged {
        let Some(project) = self.people[by].project.clone() else {
            return self.refresh(by).await;
        };
        let whom = self.somebody();
        // The founders stay admins: one of them is needed at the end.
        if whom < 2 || !self.people[whom].is_member() {
            return self.refresh(by).await;
        }
        let Some(user) = self.user_of(whom) else {
            return Ok(());
        };
        let mut rights = Vec::new();
        for slug in ENVIRONMENTS {
            rights.push((slug, [Right::None, Right::Read, Right::Write][self.dice.below(3)]));
        }
        for (slug, right) in &rights {
            if *right >= Right::Read {
                self.model.let_in(whom, slug);
            }
        }
        let named: Vec<_> = rights
            .iter()
            .map(|(slug, right)| ((*slug).to_owned(), *right))
            .collect();
        let changed = project.set_rights(&user, false, &named).await;
        self.count("rights", changed.is_ok());
        if changed.is_ok() {
            let forked = self.people[by].forked;
            for (slug, _) in rights.iter().filter(|(_, right)| *right == Right::None) {
                self.model.shut_out(whom, slug, by, forked);
            }
        }
        Ok(())
    }

    /// An admin admits whoever waits, or invites somebody new.
    async fn let_somebody_in(&mut self, by: usize) -> Judged {
        if self.people[by].project.is_none() {
            return self.refresh(by).await;
        }
        let waiting = self
            .people
            .iter()
            .any(|p| !p.is_member() && !matches!(p.role, Role::Removed));
        if waiting || self.people.len() >= MOST_PEOPLE {
            let admitted = self.admit(by).await;
            self.count("admit", admitted.is_ok());
            return Ok(());
        }
        let right = [Right::Read, Right::Write][self.dice.below(2)];
        let slug = self.environment();
        let invited = self.invite(by, false, vec![(slug.to_owned(), right)]).await;
        self.count("invite", invited.is_ok());
        Ok(())
    }

    async fn remove_somebody(&mut self, by: usize) -> Judged {
        let Some(project) = self.people[by].project.clone() else {
            return self.refresh(by).await;
        };
        let whom = self.somebody();
        if whom < 2 || !self.people[whom].is_member() || self.people[whom].forked != self.people[by].forked {
            return Ok(());
        }
        let Some(user) = self.user_of(whom) else {
            return Ok(());
        };
        self.people[whom].leaving = true;
        let removed = project.remove_member(&user).await;
        self.count("remove", removed.is_ok());
        if removed.is_ok() {
            let forked = self.people[by].forked;
            for slug in ENVIRONMENTS {
                self.model.shut_out(whom, slug, by, forked);
            }
            self.people[whom].role = Role::Removed;
        }
        Ok(())
    }

    /// Makes an invitation; the person is there, and has only the link.
    async fn invite(&mut self, by: usize, admin: bool, rights: Vec<(String, Right)>) -> Result<usize, Error> {
        let Some(project) = self.people[by].project.clone() else {
            return Err(Error::Locked);
        };
        let who = self.people.len();
        let draft = InviteDraft {
            email: format!("person{who}@example.org"),
            admin,
            rights: rights.clone(),
        };
        let link = project.invite(draft).await?;
        let invitation = Invitation::parse(&link.link_fragment).map_err(|_| Error::NotFound)?;
        for slug in ENVIRONMENTS {
            if admin
                || rights
                    .iter()
                    .any(|(named, right)| named == slug && *right >= Right::Read)
            {
                self.model.let_in(who, slug);
            }
        }
        let server = if self.people[by].forked {
            self.fork.as_ref()
        } else {
            None
        };
        let server = server.unwrap_or(&self.server).clone();
        let line = self.liar.line(server.browser());
        line.set_mood(self.people[by].line.mood());
        let mut person = Person::new(who, &server, line, Role::Invited(Box::new(invitation)));
        person.forked = self.people[by].forked;
        person.device.set_now(self.people[by].now());
        self.people.push(person);
        Ok(who)
    }

    /// The invited person follows the link, or goes on where an attempt broke off. Whether all is done.
    async fn accept(&mut self, who: usize) -> Result<bool, String> {
        let Role::Invited(invitation) = &self.people[who].role else {
            return Ok(true);
        };
        let invitation = (**invitation).clone();
        let person = &self.people[who];
        let accept = Accept {
            email: None,
            first_name: "Person".to_owned(),
            last_name: who.to_string(),
            passphrase: person.passphrase.clone(),
        };
        let client = person.client.clone();
        let passphrase = person.passphrase.clone();
        let known = client.known_accounts().await.map_err(|error| error.to_string())?;
        let made = match known.first() {
            Some(known) => match client.unlock(known, passphrase, None).await {
                Ok(vault) => vault.join(&invitation).await.map(|()| vault),
                Err(error) => Err(error),
            },
            None => client
                .accept_invitation(invitation, accept)
                .await
                .map(|(vault, _)| vault),
        };
        let Ok(vault) = made else { return Ok(false) };
        let person = &mut self.people[who];
        person.kit = vault.emergency_kit().ok();
        person.user = vault.account().user_id;
        person.vault = Some(vault);
        person.role = Role::Joined;
        person.device.reseed(self.seed * 64 + who as u64);
        self.watch(who).await;
        Ok(true)
    }

    /// An admin lets in whoever asks.
    pub async fn admit(&mut self, by: usize) -> Result<(), Error> {
        let Some(project) = self.people[by].project.clone() else {
            return Err(Error::Locked);
        };
        let joins = project.joins().await?;
        for join in joins.iter().filter(|join| join.mac_ok) {
            project.admit(join).await?;
            for person in &mut self.people {
                if person.user == join.user_id && matches!(person.role, Role::Joined) {
                    person.role = Role::Member { admin: join.admin };
                }
            }
        }
        // Opened by whoever was let in, as a page would after a look.
        for person in &mut self.people {
            if let (None, Some(vault)) = (&person.project, &person.vault)
                && person.is_member()
                && person.line.mood() == Mood::Honest
            {
                person.project = vault.open_project(&self.project).await.ok();
            }
        }
        Ok(())
    }

    /// Somebody makes new keys, and tells the projects.
    async fn change_keys(&mut self, who: usize) -> Judged {
        let Some(vault) = self.people[who].vault.clone() else {
            return Ok(());
        };
        let changed = vault.rotate_user_keys().await;
        self.count("new keys", changed.is_ok());
        Ok(())
    }

    /// An admin's client puts new keys of others into the keyring.
    async fn read_inbox(&mut self, by: usize) -> Judged {
        let Some(project) = self.people[by].project.clone() else {
            return self.refresh(by).await;
        };
        let read = project.process_inbox().await;
        self.count("inbox", read.is_ok());
        for _ in 0..read.map_or(0, |read| read.relayed) {
            self.count("new keys in the keyring", true);
        }
        Ok(())
    }

    async fn share(&mut self, who: usize) -> Judged {
        let Some(vault) = self.people[who].vault.clone() else {
            return Ok(());
        };
        match self.dice.below(4) {
            0 | 1 if self.shares.len() < 12 => {
                let text = self
                    .model
                    .make("shares", (String::new(), String::new()), None, false);
                let passphrase = self.dice.permille(200).then_some("low tide");
                let draft = ShareDraft {
                    content: ShareContent::Text(Zeroizing::new(text.clone())),
                    title: MARKER.to_owned(),
                    expires_in: ShareExpiry(60),
                    views: None,
                    passphrase: passphrase.map(Passphrase::typed),
                    limits: ShareLimits::default(),
                };
                let made = vault.create_share(draft).await;
                self.count("share", made.is_ok());
                if let Ok(made) = made {
                    let link = share_from_link(&made.link_fragment).map_err(|error| error.to_string())?;
                    self.shares.push(Shared {
                        by: who,
                        id: made.id,
                        link,
                        text,
                        passphrase,
                    });
                }
            }
            2 => {
                let mine = self.shares.iter().position(|share| share.by == who);
                if let Some(at) = mine {
                    let share = self.shares.remove(at);
                    let revoked = vault.revoke_share(&share.id).await;
                    self.count("revoke", revoked.is_ok());
                }
            }
            _ => {
                let at = self.dice.below(self.shares.len());
                if let Some(share) = self.shares.get(at) {
                    let (link, text) = (share.link.clone(), share.text.clone());
                    let passphrase = share.passphrase.map(Passphrase::typed);
                    let stranger = Client::new(
                        self.people[who].line.clone(),
                        self.people[who].device.clone(),
                        self.server.origin(),
                    );
                    let revealed = stranger.open_share(&link, passphrase).await;
                    self.count("reveal", revealed.is_ok());
                    match revealed.map(|revealed| revealed.content) {
                        Ok(ShareContent::Text(shown)) if *shown != text => {
                            return Err(format!("a share of {text:?} shows {:?}", shown.as_str()));
                        }
                        Ok(ShareContent::Secrets(_) | ShareContent::Files(_)) => {
                            return Err("a text became something else".to_owned());
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Unlocks on the device, and opens the project. Whether all went well.
    async fn unlock(&mut self, who: usize) -> bool {
        let client = self.people[who].client.clone();
        let passphrase = self.people[who].passphrase.clone();
        let Ok(known) = client.known_accounts().await else {
            return false;
        };
        let Some(known) = known.first() else { return false };
        let Ok(vault) = client.unlock(known, passphrase, None).await else {
            return false;
        };
        self.people[who].vault = Some(vault.clone());
        self.people[who].project = vault.open_project(&self.project).await.ok();
        self.people[who].project.is_some()
    }

    /// The same person on a device that has seen nothing, which is then thrown away.
    async fn second_device(&mut self, who: usize) -> Judged {
        let Some(kit) = self.people[who].kit.clone() else {
            return Ok(());
        };
        let device = MemoryDevice::new(self.dice.below(1 << 40) as u64);
        device.set_now(self.people[who].now());
        let line = self.people[who].line.clone();
        let client = Client::new(line, device, self.server.origin());
        let passphrase = self.people[who].passphrase.clone();
        let Ok(vault) = client.sign_in_with_kit(&kit, passphrase, None).await else {
            self.count("device", false);
            return Ok(());
        };
        let Ok(project) = vault.open_project(&self.project).await else {
            self.count("device", false);
            return Ok(());
        };
        let slug = self.environment();
        let opened = project.open_environment(slug).await;
        self.count("device", opened.is_ok());
        if let Ok(open) = opened {
            self.model.judge(who, slug, &open, &mut Default::default())?;
        }
        vault.lock();
        Ok(())
    }

    /// The oracles that do not hang on what was done.
    pub async fn judge(&mut self, whom: &[usize]) -> Judged {
        for who in whom {
            let person = &mut self.people[*who];
            let keys = person.device.keys_made_after(person.watched);
            for key in keys {
                self.canary.add("a key", &key);
                person.watched += 1;
            }
            person.judge_pins()?;
            person.line.browser().recorder().clear();
        }
        let escapes = self.canary.check(&self.liar.take_sent());
        match escapes.first() {
            Some(escape) => Err(format!("{escape:?} was sent")),
            None => Ok(()),
        }
    }

    /// The canary knows somebody's passphrase and Account Key, and the pins can be looked into.
    async fn watch(&mut self, who: usize) {
        let person = &mut self.people[who];
        self.canary
            .add("a passphrase", person.passphrase.expose().as_bytes());
        if let Some(kit) = &person.kit {
            self.canary
                .add("an Account Key", &kit.account_key_text().as_bytes()[5..]);
        }
        let bearer = person.line.bearer();
        let server = if person.forked { self.fork.as_ref() } else { None };
        let server = server.unwrap_or(&self.server).clone();
        person.look_inside(&server, &bearer).await;
    }

    fn user_of(&self, who: usize) -> Option<String> {
        Some(self.people[who].user.clone()).filter(|user| !user.is_empty())
    }

    fn environment(&mut self) -> &'static str {
        ENVIRONMENTS[usize::from(self.dice.below(3) == 0)]
    }

    fn place(&mut self) -> (String, String) {
        let path = FOLDERS[self.dice.below(FOLDERS.len())];
        let name = NAMES[self.dice.below(NAMES.len())];
        (path.to_owned(), name.to_owned())
    }

    /// A replay says what goes on.
    fn tell(&self, what: impl Fn() -> String) {
        if self.aloud {
            println!("{}", what());
        }
    }

    fn count_save(&mut self, what: &'static str, saved: &Result<Env, SaveError>) {
        self.count(what, saved.is_ok());
        let why = match saved {
            Err(SaveError::Failed(error)) => format!("{what}: {error:?}"),
            Err(other) => format!("{what}: {other}"),
            Ok(_) => return,
        };
        *self.tally.failed.entry(why).or_default() += 1;
    }

    fn count(&mut self, what: &'static str, well: bool) {
        self.tell(|| format!("    {what}: {}", if well { "done" } else { "failed" }));
        let (all, good) = self.tally.done.entry(what).or_default();
        *all += 1;
        *good += u64::from(well);
    }
}

/// What somebody is about to save, and what it must do.
struct Planned {
    slug: &'static str,
    open: Env,
    changes: Vec<Change>,
    effects: Vec<Effect>,
}

enum Effect {
    Put(Option<SlotId>, (String, String), String),
    Move(SlotId, (String, String)),
    Delete(SlotId),
}

impl Effect {
    fn deleted(&self) -> Option<SlotId> {
        match self {
            Self::Delete(slot) => Some(*slot),
            Self::Put(..) | Self::Move(..) => None,
        }
    }

    fn place(&self) -> Option<&(String, String)> {
        match self {
            Self::Put(_, place, _) | Self::Move(_, place) => Some(place),
            Self::Delete(_) => None,
        }
    }
}

/// What was found, and at which step; none is the recovery at the end.
#[derive(Debug)]
pub struct Fault {
    pub step: Option<u64>,
    pub what: String,
}

pub fn put(slot: Option<SlotId>, place: &(String, String), text: &str) -> Change {
    Change::Put {
        slot,
        path: place.0.clone(),
        name: place.1.clone(),
        value: Zeroizing::new(text.to_owned()),
        comment: Zeroizing::new(comment_of(text)),
        owner: None,
    }
}
