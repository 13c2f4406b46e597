//! Who may approve what: rules per folder, signed into the keyring by an admin.

use super::WantedItem;
use crate::vault::invite::MACHINE_DECIDES;
use crate::{Device, Enforcement, Error, Project, Transport};
use coffer_core::id::EnvUid;
use coffer_core::keyring::Op;
use coffer_core::names::SecretPath;
use coffer_core::policy::{Approvers, Escalation, Policy, Step};
use std::collections::BTreeSet;

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

    fn policy(&self) -> Result<Policy, Error> {
        let set = |people: &[String]| people.iter().cloned().collect::<BTreeSet<_>>();
        let policy = Policy {
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
        };
        if policy.is_sound() {
            Ok(policy)
        } else {
            Err(Error::Invalid {
                field: "rules",
                why: "as many people in each step as it needs, and times between a minute and 30 days",
            })
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

    /// Sets the rules of a folder, or with `None` leaves it to those of the folder above. Whoever is named and may not
    /// approve yet gets the right to, and with it the key to read.
    pub async fn change_access_rules(
        &self,
        slug: &str,
        path: &str,
        rules: Option<AccessRules>,
    ) -> Result<(), Error> {
        let (env, path) = (self.env_of(slug)?, folder(path)?);
        let policy = rules.as_ref().map(AccessRules::policy).transpose()?;
        let ring = self.writable_ring()?;
        let named: Vec<String> = policy.iter().flat_map(Policy::people).cloned().collect();
        let is_machine = |user: &String| ring.state.member(user).is_some_and(|member| member.machine);
        if named.iter().any(is_machine) {
            return Err(MACHINE_DECIDES);
        }
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
        let _turn = self.gate().enter().await;
        self.refresh_ring().await?;
        self.append(&Op::SetPolicy { env, path, policy }).await?;
        self.vault.flush(|_| {}).await
    }

    /// Who may approve requests in an environment, by the user's ids on the server.
    pub fn approvers(&self, slug: &str) -> Result<Vec<String>, Error> {
        let env = self.env_of(slug)?;
        let ring = self.ring()?;
        let approvers = ring
            .state
            .active()
            .filter(|(member, rights)| !member.machine && rights.approves(&env))
            .map(|(member, _)| member.user.clone());
        Ok(approvers.collect())
    }

    /// Lets a member approve in an environment, which includes reading it, or takes that away.
    pub async fn set_approver(&self, user_id: &str, slug: &str, yes: bool) -> Result<Enforcement, Error> {
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
        for item in wanted {
            let policy = ring.state.policy_at(&env, item.parse()?.path(), ring.state.seq());
            asked.extend(policy.asked(&ring.state, &env, me).into_iter().map(str::to_owned));
        }
        Ok(asked.into_iter().collect())
    }

    pub(super) fn env_of(&self, slug: &str) -> Result<EnvUid, Error> {
        self.declared(slug).ok_or(Error::NotFound)
    }

    /// The first of these rules, or the shorter ones where several count.
    pub(super) fn rules_for(&self, slug: &str, wanted: &[WantedItem]) -> Result<AccessRules, Error> {
        let mut shortest: Option<AccessRules> = None;
        for item in wanted {
            let rules = self.access_rules(slug, item.parse()?.path().as_str())?;
            if shortest
                .as_ref()
                .is_none_or(|known| rules.longest < known.longest)
            {
                shortest = Some(rules);
            }
        }
        Ok(shortest.unwrap_or_default())
    }
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
