//! Who may approve what: rules per folder, signed into the keyring by an admin.

use super::WantedItem;
use crate::vault::invite::MACHINE_DECIDES;
use crate::vault::keyring::{self, Ring};
use crate::{Device, Enforcement, Error, Project, Transport};
use coffer_core::id::EnvUid;
use coffer_core::keyring::{KeyringState, Op};
use coffer_core::names::SecretPath;
use coffer_core::policy::{Approvers, Escalation, Policy, Step, people_needed, ticket_can_fit};
use coffer_core::request::Wanted;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rules for requests at a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRules {
    /// The folder where they were set; the root where nobody has set any.
    pub path: String,
    /// Whether an admin has set them. Otherwise they are those that count without any.
    pub set: bool,
    /// Who has to approve, step by step. Without a step nobody may.
    pub steps: Vec<RuleStep>,
    /// Whether one's own approval counts for one's own request.
    pub self_approval: bool,
    /// The longest grant, in seconds.
    pub longest: u32,
    /// The fewest characters of a reason; 0 where none is needed.
    pub reason_min: u16,
    /// What a reason starts with.
    pub template: String,
    /// What the number of a ticket looks like: `#` is one or more digits, `*` one or more characters.
    pub ticket: Option<String>,
    /// After so many seconds without an answer a request has ended.
    pub answer_within: u32,
    /// Who is asked as well once nobody has answered for a while.
    pub escalation: Option<RuleEscalation>,
    /// Who may open it alone in an emergency, by the user's ids on the server.
    pub emergency: Vec<String>,
}

/// One step of an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleStep {
    /// The user's ids on the server; `None` for everybody who may approve.
    pub people: Option<Vec<String>>,
    /// How many of them have to.
    pub needed: u8,
}

/// Who is asked later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEscalation {
    /// After so many seconds.
    pub after: u32,
    /// The user's ids on the server.
    pub people: Vec<String>,
}

/// Whether the present members can keep rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleReach {
    /// Enough people may approve what somebody asks for who approves nothing here. Otherwise nobody is ever let through.
    pub others: bool,
    /// Those who may approve and whose own requests nobody could let through, though those of others could be: by the user's
    /// ids on the server.
    pub stuck: Vec<String>,
    /// Whom the rules name though they are no members any more.
    pub gone: Vec<String>,
}

/// The rules of a folder as the keyring has them, and who has set them so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesNow {
    /// `None` where nobody has set any, or somebody has taken them away.
    pub rules: Option<AccessRules>,
    /// Who has set them or taken them away last; `None` where nobody ever has.
    pub by: Option<RulesBy>,
}

/// Who has changed rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesBy {
    /// The user's id on the server.
    pub user: String,
    /// When the admin says it was, in milliseconds: for display.
    pub at: u64,
}

/// Why rules were not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// They are not those that the change was made on any more: nothing was signed.
    #[error("the rules were changed meanwhile")]
    Changed(Box<RulesNow>),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Default for AccessRules {
    fn default() -> Self {
        Self::of("/", &Policy::default(), false)
    }
}

impl AccessRules {
    fn of(path: &str, policy: &Policy, set: bool) -> Self {
        let list = |people: &BTreeSet<String>| people.iter().cloned().collect();
        Self {
            path: path.to_owned(),
            set,
            steps: policy
                .steps
                .iter()
                .map(|step| RuleStep {
                    people: match &step.approvers {
                        Approvers::All => None,
                        Approvers::Named(people) => Some(list(people)),
                    },
                    needed: step.needed,
                })
                .collect(),
            self_approval: policy.self_approval,
            longest: policy.longest,
            reason_min: policy.reason_min,
            template: policy.template.clone(),
            ticket: policy.ticket.clone(),
            answer_within: policy.answer_within,
            escalation: policy.escalation.as_ref().map(|escalation| RuleEscalation {
                after: escalation.after,
                people: list(&escalation.people),
            }),
            emergency: list(&policy.emergency),
        }
    }

    /// The rules for several folders at once, where all of them count: of each limit the strictest, every step once, and for
    /// emergencies whom all name. How many people that takes together says [`Project::approvals_needed`].
    pub fn together(all: impl IntoIterator<Item = Self>) -> Self {
        let mut all = all.into_iter();
        let mut both = all.next().unwrap_or_default();
        for rules in all {
            // Where one lets nobody approve, nobody may.
            if both.steps.is_empty() || rules.steps.is_empty() {
                both.steps.clear();
            } else {
                let more = rules.steps.into_iter().filter(|step| !both.steps.contains(step));
                let more: Vec<RuleStep> = more.collect();
                both.steps.extend(more);
            }
            both.set |= rules.set;
            both.self_approval &= rules.self_approval;
            both.longest = both.longest.min(rules.longest);
            both.reason_min = both.reason_min.max(rules.reason_min);
            both.answer_within = both.answer_within.min(rules.answer_within);
            both.ticket = both.ticket.or(rules.ticket);
            both.escalation = both.escalation.or(rules.escalation);
            both.emergency.retain(|user| rules.emergency.contains(user));
            if both.template.is_empty() {
                both.template = rules.template;
            }
        }
        both
    }

    fn policy(&self) -> Result<Policy, Error> {
        let policy = self.unchecked();
        if !policy.ticket.as_deref().is_none_or(ticket_can_fit) {
            return Err(Error::Invalid {
                field: "ticket",
                why: "a pattern with at most four signs # and *",
            });
        }
        if policy.is_sound() {
            Ok(policy)
        } else {
            Err(Error::Invalid {
                field: "rules",
                why: "as many people in each step as it needs, and times between a minute and 30 days",
            })
        }
    }

    fn unchecked(&self) -> Policy {
        let set = |people: &[String]| people.iter().cloned().collect::<BTreeSet<_>>();
        Policy {
            steps: self
                .steps
                .iter()
                .map(|step| Step {
                    approvers: match &step.people {
                        None => Approvers::All,
                        Some(people) => Approvers::Named(set(people)),
                    },
                    needed: step.needed,
                })
                .collect(),
            self_approval: self.self_approval,
            longest: self.longest,
            reason_min: self.reason_min,
            template: self.template.clone(),
            ticket: self.ticket.clone().filter(|pattern| !pattern.is_empty()),
            answer_within: self.answer_within,
            escalation: self.escalation.as_ref().map(|escalation| Escalation {
                after: escalation.after,
                people: set(&escalation.people),
            }),
            emergency: set(&self.emergency),
        }
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// The rules that count at a folder.
    pub fn access_rules(&self, slug: &str, path: &str) -> Result<AccessRules, Error> {
        let (env, path) = (self.env_of(slug)?, folder(path)?);
        let set = self.ring()?.state.policies(&env);
        let nearest = set
            .into_iter()
            .filter(|(folder, _)| folder.holds(&path))
            .max_by_key(|(folder, _)| folder.as_str().len());
        Ok(nearest.map_or_else(AccessRules::default, |(folder, policy)| {
            AccessRules::of(folder.as_str(), &policy, true)
        }))
    }

    /// The rules that were set in an environment, by folder.
    pub fn set_rules(&self, slug: &str) -> Result<Vec<AccessRules>, Error> {
        let set = self.ring()?.state.policies(&self.env_of(slug)?);
        let rules = set
            .iter()
            .map(|(folder, policy)| AccessRules::of(folder.as_str(), policy, true));
        Ok(rules.collect())
    }

    /// The rules that were set for just this folder, by the newest keyring that is known here.
    pub fn rules_now(&self, slug: &str, path: &str) -> Result<RulesNow, Error> {
        let (env, path) = (self.env_of(slug)?, folder(path)?);
        Ok(now_of(&*self.ring()?, &env, &path))
    }

    /// As [`Project::change_rules_of`], on whatever is set at this moment.
    pub async fn change_access_rules(
        &self,
        slug: &str,
        path: &str,
        rules: Option<AccessRules>,
    ) -> Result<(), Error> {
        self.refresh_ring().await?;
        let base = self.rules_now(slug, path)?.rules;
        match self.change_rules_of(slug, path, base.as_ref(), rules).await {
            Ok(()) => Ok(()),
            Err(RulesError::Changed(_)) => Err(Error::Conflict),
            Err(RulesError::Failed(error)) => Err(error),
        }
    }

    /// Sets the rules of a folder, or with `None` leaves it to those of the folder above, if they are still those that the
    /// change was made on: `base`, `None` where none were set. Whoever is named and may not approve yet gets the right to,
    /// and with it the key to read.
    pub async fn change_rules_of(
        &self,
        slug: &str,
        path: &str,
        base: Option<&AccessRules>,
        rules: Option<AccessRules>,
    ) -> Result<(), RulesError> {
        let (env, path) = (self.env_of(slug)?, folder(path)?);
        let policy = rules.as_ref().map(AccessRules::policy).transpose()?;
        let base = base.map(AccessRules::unchecked);
        let ring = self.writable_ring()?;
        let named: Vec<String> = policy.iter().flat_map(Policy::people).cloned().collect();
        let is_machine = |user: &String| ring.state.member(user).is_some_and(|member| member.machine);
        if named.iter().any(is_machine) {
            return Err(MACHINE_DECIDES.into());
        }
        self.sign_rules(env, path, base.as_ref(), policy).await?;
        // Only behind the link: whoever was quicker may have named others.
        for user in named {
            let may = self
                .ring()?
                .state
                .member(&user)
                .is_some_and(|member| member.rights.as_ref().is_some_and(|rights| rights.approves(&env)));
            if !may {
                self.set_approver(&user, slug, true).await?;
            }
        }
        Ok(())
    }

    /// Signs rules if `base` is what is set, in the state that the link goes on from as well. What is set already is not
    /// signed a second time.
    async fn sign_rules(
        &self,
        env: EnvUid,
        path: SecretPath,
        base: Option<&Policy>,
        policy: Option<Policy>,
    ) -> Result<(), RulesError> {
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        let set = |ring: &Ring| ring.state.policies(&env).remove(&path);
        let signed = async {
            let (own, ring) = (self.own()?, self.writable_ring()?);
            if set(&ring).as_deref() == policy.as_ref() {
                return Ok(());
            }
            let is_base = |ring: &Ring| match set(ring).as_deref() == base {
                true => Ok(()),
                false => Err(Error::Conflict),
            };
            let (session, project) = (&self.vault.inner.session, &self.cell.id);
            let (env, path, policy) = (env, path.clone(), policy.clone());
            let op = Op::SetPolicy { env, path, policy };
            let next =
                keyring::append_if(session, project, (*ring).clone(), &own.identity, &op, is_base).await?;
            self.adopt(next).await?;
            self.vault.flush(|_| {}).await
        };
        match signed.await {
            Err(Error::Conflict) => {}
            other => return Ok(other?),
        }
        // Behind whoever was quicker.
        self.refresh_ring().await?;
        let ring = self.ring()?;
        match set(&ring).as_deref() {
            now if now == policy.as_ref() => Ok(()),
            now if now == base => Err(Error::Conflict.into()),
            _ => Err(RulesError::Changed(Box::new(now_of(&ring, &env, &path)))),
        }
    }

    /// Who may approve requests in an environment, by the user's ids on the server.
    pub fn approvers(&self, slug: &str) -> Result<Vec<String>, Error> {
        let (env, ring) = (self.env_of(slug)?, self.ring()?);
        let approvers = approvers_in(&ring.state, &env).into_iter();
        Ok(approvers.map(str::to_owned).collect())
    }

    /// Lets a member approve in an environment, which includes reading it, or takes that away.
    pub async fn set_approver(&self, user_id: &str, slug: &str, yes: bool) -> Result<Enforcement, Error> {
        // Rights are signed as a whole: on those that another admin may just have changed.
        self.refresh_ring().await?;
        let env = self.env_of(slug)?;
        let ring = self.writable_ring()?;
        let member = ring.state.member(user_id).ok_or(Error::NotFound)?;
        if yes && member.machine {
            return Err(MACHINE_DECIDES);
        }
        let mut rights = member.rights.clone().ok_or(Error::NotFound)?;
        rights.environments.entry(env).or_default().approve = yes;
        self.change_rights(user_id, rights).await
    }

    /// Whose approval can count for what this person wants, by the user's ids on the server.
    pub fn who_is_asked(&self, slug: &str, wanted: &[WantedItem]) -> Result<Vec<String>, Error> {
        let (env, ring) = (self.env_of(slug)?, self.ring()?);
        let me = &self.vault.inner.info.user_id;
        let mut asked = BTreeSet::new();
        for policy in policies_of(&ring.state, &env, &parsed(wanted)?) {
            asked.extend(policy.asked(&ring.state, &env, me).into_iter().map(str::to_owned));
        }
        Ok(asked.into_iter().collect())
    }

    /// The rules that count for everything of this at once ([`AccessRules::together`]).
    pub fn rules_together(&self, slug: &str, wanted: &[WantedItem]) -> Result<AccessRules, Error> {
        let set = self.set_rules(slug)?;
        let mut all: Vec<AccessRules> = Vec::new();
        for item in parsed(wanted)? {
            let nearest = self.access_rules(slug, item.path().as_str())?;
            let below = set.iter().filter(|rules| is_below(&item, &rules.path));
            for rules in std::iter::once(&nearest).chain(below) {
                if !all.contains(rules) {
                    all.push(rules.clone());
                }
            }
        }
        Ok(AccessRules::together(all))
    }

    /// How many people have to approve what this person wants, by all rules together: one person counts in each of them.
    /// `None` where all who may approve could not let it through.
    pub fn approvals_needed(&self, slug: &str, wanted: &[WantedItem]) -> Result<Option<usize>, Error> {
        let (env, me) = (self.env_of(slug)?, &self.vault.inner.info.user_id);
        let policies = policies_of(&self.ring()?.state, &env, &parsed(wanted)?);
        let policies: Vec<&Policy> = policies.iter().map(Arc::as_ref).collect();
        let ring = self.ring()?;
        Ok(people_needed(&policies, &approvers_in(&ring.state, &env), me))
    }

    /// Whether the present members can keep these rules, once those whom they name may approve: for the editor, before they
    /// are set, and for rules whose people have left.
    pub fn rule_reach(&self, slug: &str, rules: &AccessRules) -> Result<RuleReach, Error> {
        let (env, ring, policy) = (self.env_of(slug)?, self.ring()?, rules.unchecked());
        let mut approvers = approvers_in(&ring.state, &env);
        let mut gone = Vec::new();
        for user in policy.people() {
            match ring.state.member(user) {
                Some(member) if member.rights.is_some() && !member.machine => _ = approvers.insert(user),
                _ => gone.push(user.clone()),
            }
        }
        let reaches = |user: &str| people_needed(&[&policy], &approvers, user).is_some();
        let others = reaches("");
        let stuck = approvers.iter().filter(|user| others && !reaches(user));
        Ok(RuleReach {
            others,
            stuck: stuck.map(|user| (*user).to_owned()).collect(),
            gone,
        })
    }

    pub(super) fn env_of(&self, slug: &str) -> Result<EnvUid, Error> {
        self.declared(slug).ok_or(Error::NotFound)
    }
}

/// The rules of one folder, and the last link that says so.
fn now_of(ring: &Ring, env: &EnvUid, path: &SecretPath) -> RulesNow {
    let set = ring.state.policies(env).remove(path);
    let is_of_it = |op: &Op| matches!(op, Op::SetPolicy { env: of, path: at, .. } if of == env && at == path);
    let last = ring.links.iter().rev().find(|link| is_of_it(link.op()));
    RulesNow {
        rules: set.map(|policy| AccessRules::of(path.as_str(), &policy, true)),
        by: last.map(|link| RulesBy {
            user: ring.state.user_of(&link.author()).unwrap_or_default().to_owned(),
            at: link.created(),
        }),
    }
}

/// The rules that count for what is wanted, each once, by the present keyring: of the nearest folder, and of all folders
/// below one that is wanted as a whole.
pub(super) fn policies_of(ring: &KeyringState, env: &EnvUid, wanted: &[Wanted]) -> Vec<Arc<Policy>> {
    let set = ring.policies(env);
    let mut policies: Vec<Arc<Policy>> = Vec::new();
    for item in wanted {
        let nearest = ring.policy_at(env, item.path(), ring.seq());
        let below = set.iter().filter(|(folder, _)| is_below(item, folder.as_str()));
        for policy in std::iter::once(&nearest).chain(below.map(|(_, policy)| policy)) {
            if !policies.contains(policy) {
                policies.push(Arc::clone(policy));
            }
        }
    }
    policies
}

/// The people whose right it is to approve in an environment now.
pub(super) fn approvers_in<'a>(ring: &'a KeyringState, env: &EnvUid) -> BTreeSet<&'a str> {
    ring.active()
        .filter(|(member, rights)| !member.machine && rights.approves(env))
        .map(|(member, _)| member.user.as_str())
        .collect()
}

/// Whether a folder lies in one that is wanted as a whole.
fn is_below(wanted: &Wanted, folder: &str) -> bool {
    let Wanted::Folder(whole) = wanted else {
        return false;
    };
    whole.as_str() != folder && SecretPath::parse(folder).is_ok_and(|folder| whole.holds(&folder))
}

fn parsed(wanted: &[WantedItem]) -> Result<Vec<Wanted>, Error> {
    wanted.iter().map(WantedItem::parse).collect()
}

fn folder(path: &str) -> Result<SecretPath, Error> {
    SecretPath::parse(path)
        .ok()
        .filter(|path| !path.is_reserved())
        .ok_or(Error::Invalid {
            field: "path",
            why: "a folder such as /database",
        })
}
