//! Rules for requests: who may approve, how many, for how long, and what has to be said (docs/PROTOCOL.md §13).
//!
//! They are set by links of the keyring, so that a server can neither weaken them nor bring old ones back.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    error::OpenError,
    id::EnvUid,
    keyring::{KeyringState, id},
    pae,
    reader::{self, Piece},
};

/// The rules for requests at one place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Who has to approve, step by step. No step at all: nobody may.
    pub steps: Vec<Step>,
    /// Whether somebody's own approval counts for their own request.
    pub self_approval: bool,
    /// The longest grant, in seconds.
    pub longest: u32,
    /// The fewest characters of a reason; 0 where none is needed.
    pub reason_min: u16,
    /// What a reason starts with, to be filled in.
    pub template: String,
    /// What the number of a ticket looks like ([`ticket_fits`]); `None` where none is needed.
    pub ticket: Option<String>,
    /// After so many seconds without an answer a request has ended.
    pub answer_within: u32,
    /// Who is asked as well once nobody has answered for a while.
    pub escalation: Option<Escalation>,
    /// Who may open it alone in an emergency: holders of the environment's key, with a reason of
    /// [`EMERGENCY_REASON`] characters. Nobody where nobody is named.
    pub emergency: BTreeSet<String>,
}

/// One step of an approval.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// The server's ids of those who may approve in it, or everybody whose right it is to approve here.
    pub approvers: Approvers,
    /// How many of them have to.
    pub needed: u8,
}

/// Who may approve in a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Approvers {
    /// Everybody who holds the right to approve in the environment.
    All,
    /// These people, as far as they hold it.
    Named(BTreeSet<String>),
}

/// Who is asked as well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Escalation {
    /// After so many seconds.
    pub after: u32,
    /// Their approval counts in every step from then on.
    pub people: BTreeSet<String>,
}

impl Default for Policy {
    /// What counts where nobody has set rules: one approval by anybody who may, never one's own, a day at most, a reason,
    /// an answer within a day, and no emergency.
    fn default() -> Self {
        Self {
            steps: vec![Step {
                approvers: Approvers::All,
                needed: 1,
            }],
            self_approval: false,
            longest: 86_400,
            reason_min: 10,
            template: String::new(),
            ticket: None,
            answer_within: 86_400,
            escalation: None,
            emergency: BTreeSet::new(),
        }
    }
}

/// An approval, as far as the rules ask for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Vote<'a> {
    /// Whose.
    pub user: &'a str,
    /// When they say they gave it, in milliseconds.
    pub at: u64,
}

/// What a request says, as far as the rules ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub user: &'a str,
    /// When they say they asked, in milliseconds.
    pub at: u64,
    /// The reason.
    pub reason: &'a str,
    /// The number of a ticket.
    pub ticket: &'a str,
    /// For how long, in seconds.
    pub ttl: u32,
    /// When what is given begins, in milliseconds, or would if it were given now.
    pub begins: u64,
}

/// Why rules do not allow something.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Fewer approvals than the rules ask for.
    #[error("fewer approvals than the rules ask for")]
    NotApproved,
    /// The reason is too short.
    #[error("the rules ask for a longer reason")]
    Reason,
    /// The ticket does not look as it should.
    #[error("the rules ask for the number of a ticket")]
    Ticket,
    /// Longer than the rules allow.
    #[error("longer than the rules allow")]
    TooLong,
}

impl Policy {
    /// Whether what is asked for is within the rules.
    ///
    /// # Errors
    /// [`PolicyError`] names the rule.
    pub fn check_asked(&self, asked: &Asked<'_>) -> Result<(), PolicyError> {
        let own = own_words(&self.template, asked.reason);
        if own.chars().count() < usize::from(self.reason_min) {
            return Err(PolicyError::Reason);
        }
        if self
            .ticket
            .as_ref()
            .is_some_and(|pattern| !ticket_fits(pattern, asked.ticket))
        {
            return Err(PolicyError::Ticket);
        }
        if asked.ttl == 0 || asked.ttl > self.longest {
            return Err(PolicyError::TooLong);
        }
        Ok(())
    }

    /// Whether these approvals are enough.
    ///
    /// # Errors
    /// [`PolicyError::NotApproved`].
    pub fn check_votes(
        &self,
        keyring: &KeyringState,
        at: (&EnvUid, u64),
        asked: &Asked<'_>,
        votes: &[Vote<'_>],
    ) -> Result<(), PolicyError> {
        match self.missing(keyring, at, asked, votes) {
            Some(0) => Ok(()),
            _ => Err(PolicyError::NotApproved),
        }
    }

    /// How many approvals are missing beside these, by people whom the keyring lets approve right after link `seq`; `None`
    /// where nobody may. One person counts once, in whichever step that helps, by whichever of their approvals.
    pub fn missing(
        &self,
        keyring: &KeyringState,
        (env, seq): (&EnvUid, u64),
        asked: &Asked<'_>,
        votes: &[Vote<'_>],
    ) -> Option<usize> {
        let mut voters: Vec<(&str, Vec<Vote<'_>>)> = Vec::new();
        for vote in votes {
            match voters.iter().position(|(user, _)| *user == vote.user) {
                Some(known) => voters[known].1.push(*vote),
                None if voters.len() < MOST_VOTERS => voters.push((vote.user, vec![*vote])),
                None => {}
            }
        }
        self.empty_seats(&voters, |step, (_, theirs)| {
            let mut theirs = theirs.iter();
            theirs.any(|vote| self.may_vote(keyring, (env, seq), asked, step, vote))
        })
    }

    /// How many approvals are missing for a request of `user` once all of these people have approved; `None` where nobody may.
    /// With `late` those who are asked later count, too.
    fn missing_after(&self, people: &[&str], user: &str, late: bool) -> Option<usize> {
        self.empty_seats(people, |step, person| {
            (self.self_approval || *person != user)
                && (step.names(person)
                    || late && self.escalation.iter().any(|more| more.people.contains(*person)))
        })
    }

    /// How many seats stay empty when as many of these sit as can: one each, where they may.
    fn empty_seats<V>(&self, voters: &[V], may: impl Fn(&Step, &V) -> bool) -> Option<usize> {
        let seats: Vec<&Step> = self
            .steps
            .iter()
            .flat_map(|step| std::iter::repeat_n(step, usize::from(step.needed)))
            .collect();
        if seats.is_empty() {
            return None;
        }
        let fits: Vec<Vec<usize>> = seats
            .iter()
            .map(|seat| {
                (0..voters.len())
                    .filter(|voter| may(seat, &voters[*voter]))
                    .collect()
            })
            .collect();
        let mut seated = vec![None; voters.len()];
        let mut empty = 0;
        for seat in 0..seats.len() {
            if !take_seat(seat, &fits, &mut seated, &mut BTreeSet::new()) {
                empty += 1;
            }
        }
        Some(empty)
    }

    /// Whether one person may open it alone: named for emergencies, and with a reason.
    ///
    /// # Errors
    /// [`PolicyError`] names the rule.
    pub fn check_emergency(&self, asked: &Asked<'_>, user: &str, why: &str) -> Result<(), PolicyError> {
        if !self.emergency.contains(user) {
            return Err(PolicyError::NotApproved);
        }
        if why.trim().chars().count() < EMERGENCY_REASON {
            return Err(PolicyError::Reason);
        }
        if asked.ttl == 0 || asked.ttl > self.longest {
            return Err(PolicyError::TooLong);
        }
        Ok(())
    }

    /// Those whose approval can count for a request of `user`, whenever it comes.
    pub fn asked<'a>(&'a self, keyring: &'a KeyringState, env: &EnvUid, user: &str) -> BTreeSet<&'a str> {
        let holders = keyring
            .active()
            .filter(|(member, rights)| !member.machine && rights.approves(env))
            .map(|(member, _)| member.user.as_str())
            .filter(|holder| self.self_approval || *holder != user);
        holders
            .filter(|holder| {
                self.steps.iter().any(|step| step.names(holder))
                    || self.emergency.contains(*holder)
                    || self.escalation.iter().any(|more| more.people.contains(*holder))
            })
            .collect()
    }

    /// Everybody whom the rules name.
    pub fn people(&self) -> BTreeSet<&String> {
        let steps = self.steps.iter().filter_map(|step| match &step.approvers {
            Approvers::All => None,
            Approvers::Named(people) => Some(people),
        });
        steps
            .chain(self.escalation.iter().map(|escalation| &escalation.people))
            .chain([&self.emergency])
            .flatten()
            .collect()
    }

    fn may_vote(
        &self,
        keyring: &KeyringState,
        (env, seq): (&EnvUid, u64),
        asked: &Asked<'_>,
        step: &Step,
        vote: &Vote<'_>,
    ) -> bool {
        let late = self.escalation.iter().any(|escalation| {
            let from = asked.at.saturating_add(u64::from(escalation.after) * 1_000);
            // Who dates an approval ahead has it count no earlier than that: what rests on it has not begun before.
            let is_later = vote.at >= from && asked.begins.saturating_add(APART) >= from;
            is_later && escalation.people.contains(vote.user)
        });
        // An answer that comes too late is none.
        let until = asked.at.saturating_add(u64::from(self.answer_within) * 1_000);
        (self.self_approval || vote.user != asked.user)
            && vote.at < until
            && (late || step.names(vote.user))
            && keyring.approves_at(vote.user, env, seq)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let people =
            |people: &BTreeSet<String>| pae::encode(&people.iter().map(String::as_bytes).collect::<Vec<_>>());
        let steps: Vec<Vec<u8>> = self
            .steps
            .iter()
            .map(|step| match &step.approvers {
                Approvers::All => pae::encode(&[[step.needed].as_slice(), &[]]),
                Approvers::Named(named) => pae::encode(&[[step.needed].as_slice(), &people(named)]),
            })
            .collect();
        let escalation = self.escalation.as_ref().map(|escalation| {
            pae::encode(&[
                escalation.after.to_be_bytes().as_slice(),
                &people(&escalation.people),
            ])
        });
        pae::encode(&[
            pae::encode(&steps).as_slice(),
            &[u8::from(self.self_approval)],
            &self.longest.to_be_bytes(),
            &self.reason_min.to_be_bytes(),
            self.template.as_bytes(),
            self.ticket.as_deref().unwrap_or_default().as_bytes(),
            &self.answer_within.to_be_bytes(),
            escalation.as_deref().unwrap_or_default(),
            &people(&self.emergency),
        ])
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [
            steps,
            self_approval,
            longest,
            reason_min,
            template,
            ticket,
            answer_within,
            escalation,
            emergency,
        ] = reader::fields(bytes)?;
        let policy = Self {
            steps: reader::list(steps, MAX_STEPS, |step| {
                let [needed, approvers] = reader::fields(step)?;
                Ok(Step {
                    needed: Piece::read(needed)?,
                    approvers: match approvers {
                        [] => Approvers::All,
                        named => Approvers::Named(people_from(named)?),
                    },
                })
            })?,
            self_approval: match u8::read(self_approval)? {
                0 => false,
                1 => true,
                _ => return Err(OpenError::Forged),
            },
            longest: Piece::read(longest)?,
            reason_min: <[u8; 2]>::read(reason_min).map(u16::from_be_bytes)?,
            template: String::read(template)?,
            ticket: Some(String::read(ticket)?).filter(|pattern| !pattern.is_empty()),
            answer_within: Piece::read(answer_within)?,
            escalation: match escalation {
                [] => None,
                some => {
                    let [after, people] = reader::fields(some)?;
                    Some(Escalation {
                        after: Piece::read(after)?,
                        people: people_from(people)?,
                    })
                }
            },
            emergency: people_from(emergency)?,
        };
        if policy.is_sound() {
            Ok(policy)
        } else {
            Err(OpenError::Forged)
        }
    }

    /// Whether the rules can be kept by somebody: enough people in each step, texts and times within bounds.
    pub fn is_sound(&self) -> bool {
        let enough = |step: &Step| match &step.approvers {
            Approvers::All => true,
            Approvers::Named(people) => (usize::from(step.needed)..=MAX_PEOPLE).contains(&people.len()),
        };
        let later = self
            .escalation
            .as_ref()
            .map_or(0, |escalation| escalation.people.len());
        let times = (MIN_TTL..=MAX_TTL).contains(&self.longest)
            && (MIN_TTL..=MAX_TTL).contains(&self.answer_within)
            && self.escalation.as_ref().is_none_or(|more| {
                !more.people.is_empty() && more.after > 0 && more.after < self.answer_within
            });
        self.steps.len() <= MAX_STEPS
            && self.steps.iter().all(|step| step.needed > 0 && enough(step))
            && later.max(self.emergency.len()) <= MAX_PEOPLE
            && times
            && self.reason_min <= 500
            && self.template.chars().count() <= 1_000
            && self
                .ticket
                .as_ref()
                .is_none_or(|pattern| (1..=100).contains(&pattern.len()))
    }
}

impl Step {
    /// Whether this step names somebody, whatever their rights are.
    pub fn names(&self, user: &str) -> bool {
        match &self.approvers {
            Approvers::All => true,
            Approvers::Named(people) => people.contains(user),
        }
    }
}

/// How many people can let a request of `user` through that is under all of these rules, out of those who may approve: by
/// taking whoever helps most, one after the other. `None` where all of them together cannot. Those who are asked later are
/// looked at where it does not go without them.
pub fn people_needed(policies: &[&Policy], approvers: &BTreeSet<&str>, user: &str) -> Option<usize> {
    let missing = |people: &[&str], late: bool| -> Option<usize> {
        let each = policies
            .iter()
            .map(|policy| policy.missing_after(people, user, late));
        each.sum()
    };
    let all: Vec<&str> = approvers.iter().copied().collect();
    let late = [false, true]
        .into_iter()
        .find(|late| missing(&all, *late) == Some(0))?;
    let mut chosen: Vec<&str> = Vec::new();
    while missing(&chosen, late)? > 0 {
        let others = all.iter().filter(|person| !chosen.contains(person));
        let best = others.min_by_key(|person| {
            let mut with = chosen.clone();
            with.push(person);
            missing(&with, late)
        });
        chosen.push(best?);
    }
    Some(chosen.len())
}

/// Finds somebody for a seat, moving those who sit elsewhere on where that helps: a matching by augmenting paths.
fn take_seat(
    seat: usize,
    fits: &[Vec<usize>],
    seated: &mut [Option<usize>],
    asked: &mut BTreeSet<usize>,
) -> bool {
    fits[seat].iter().any(|voter| {
        if !asked.insert(*voter) {
            return false;
        }
        let free = seated[*voter].is_none_or(|other| take_seat(other, fits, seated, asked));
        if free {
            seated[*voter] = Some(seat);
        }
        free
    })
}

/// What a reason says beside its template, whose lines are taken out wherever a line of the reason begins with one of them:
/// what the template says is said by nobody. The characters of this are what [`Policy::reason_min`] counts.
pub fn own_words(template: &str, reason: &str) -> Zeroizing<String> {
    let given: Vec<&str> = template
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut own = Zeroizing::new(String::with_capacity(reason.len() + 1));
    for line in reason.lines() {
        let said = line.trim_start();
        let beside = given.iter().filter_map(|given| said.strip_prefix(given));
        let left = beside.min_by_key(|left| left.len()).map(str::trim);
        if left.is_none_or(|left| !left.is_empty()) {
            own.push_str(left.unwrap_or(line));
            own.push('\n');
        }
    }
    Zeroizing::new(own.trim().to_owned())
}

/// Whether the number of a ticket is as a pattern wants it: `#` stands for one or more digits, `*` for one or more
/// characters without a space, and everything else for itself, in either letter case.
pub fn ticket_fits(pattern: &str, ticket: &str) -> bool {
    fn fits(pattern: &[char], text: &[char]) -> bool {
        let Some((first, rest)) = pattern.split_first() else {
            return text.is_empty();
        };
        let many = |member: fn(&char) -> bool| {
            let most = text.iter().take_while(|letter| member(letter)).count();
            (1..=most).rev().any(|taken| fits(rest, &text[taken..]))
        };
        match first {
            '#' => many(char::is_ascii_digit),
            '*' => many(|letter| !letter.is_whitespace()),
            letter => text
                .split_first()
                .is_some_and(|(got, left)| got.to_lowercase().eq(letter.to_lowercase()) && fits(rest, left)),
        }
    }
    let ticket: Vec<char> = ticket.trim().chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    // Patterns are an admin's, and short; a text to go with them is not longer than a line.
    ticket.len() <= 100 && wild_of(&pattern) <= MOST_WILD && fits(&pattern, &ticket)
}

/// Whether there are tickets that go with a pattern: with more than four signs that stand for others none does.
pub fn ticket_can_fit(pattern: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    wild_of(&pattern) <= MOST_WILD
}

fn wild_of(pattern: &[char]) -> usize {
    let wild = pattern.iter().filter(|letter| ['#', '*'].contains(letter));
    wild.count()
}

fn people_from(bytes: &[u8]) -> Result<BTreeSet<String>, OpenError> {
    let people = reader::list(bytes, MAX_PEOPLE, id)?;
    let map: BTreeMap<String, ()> =
        crate::keyring::sorted_map(people.into_iter().map(|user| (user, ())).collect())?;
    Ok(map.into_keys().collect())
}

/// The fewest characters of a reason for opening something alone.
pub const EMERGENCY_REASON: usize = 10;
/// The most people whose approvals are counted.
const MOST_VOTERS: usize = 200;
/// The most signs of a pattern that stand for others.
const MOST_WILD: usize = 4;
/// So far the clocks of two approvers may be apart, in milliseconds.
const APART: u64 = 60_000;
/// The most steps.
pub const MAX_STEPS: usize = 5;
/// The most people of a step.
pub const MAX_PEOPLE: usize = 100;
/// The shortest time in rules, in seconds.
pub const MIN_TTL: u32 = 60;
/// The longest: 30 days, in seconds.
pub const MAX_TTL: u32 = 30 * 86_400;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        keyring::{Op, Proof, Rights},
        names::SecretPath,
        testing::{self, Project},
    };
    use proptest::prelude::*;

    fn people(people: &[&str]) -> BTreeSet<String> {
        people.iter().map(|&user| user.to_owned()).collect()
    }

    fn named(users: &[&str], needed: u8) -> Step {
        Step {
            approvers: Approvers::Named(people(users)),
            needed,
        }
    }

    fn asked(reason: &str) -> Asked<'_> {
        Asked {
            user: "rita",
            at: 1_000,
            reason,
            ticket: "",
            ttl: 3_600,
            begins: 1_000_000,
        }
    }

    /// Three admins beside a writer and a reader.
    fn project() -> Project {
        let mut rng = testing::rng(31);
        let mut project = Project::new(&mut rng);
        for user in ["bo", "cy"] {
            let keys = crate::identity::Identity::generate(&mut rng).public();
            project.sign(Op::AddUser {
                user: user.to_owned(),
                keys,
                rights: Rights::admin(),
                proof: Proof::Words,
                heads: BTreeMap::new(),
            });
        }
        project
    }

    fn enough(policy: &Policy, project: &Project, votes: &[(&str, u64)]) -> bool {
        let votes: Vec<Vote<'_>> = votes.iter().map(|&(user, at)| Vote { user, at }).collect();
        let at = (&project.env, project.keyring.seq());
        policy
            .check_votes(&project.keyring, at, &asked("a reason"), &votes)
            .is_ok()
    }

    #[test]
    fn without_rules_one_who_may_approves_and_nobody_for_themselves() {
        let (project, policy) = (project(), Policy::default());
        assert!(enough(&policy, &project, &[("ada", 2_000)]));
        for user in ["will", "rita", "nobody"] {
            assert!(!enough(&policy, &project, &[(user, 2_000)]), "{user}");
        }
        let own = Asked {
            user: "ada",
            ..asked("a reason")
        };
        let votes = [Vote {
            user: "ada",
            at: 2_000,
        }];
        let at = (&project.env, project.keyring.seq());
        assert!(policy.check_votes(&project.keyring, at, &own, &votes).is_err());
        let allowed = Policy {
            self_approval: true,
            ..policy
        };
        assert!(allowed.check_votes(&project.keyring, at, &own, &votes).is_ok());
    }

    #[test]
    fn nobody_named_is_nobody_and_one_person_is_one_approval() {
        let project = project();
        let none = Policy {
            steps: Vec::new(),
            ..Policy::default()
        };
        assert!(!enough(&none, &project, &[("ada", 1), ("bo", 1), ("cy", 1)]));
        assert!(none.asked(&project.keyring, &project.env, "rita").is_empty());
        let two = Policy {
            steps: vec![named(&["ada", "bo"], 2)],
            ..Policy::default()
        };
        assert!(!enough(&two, &project, &[("ada", 1), ("ada", 2)]));
        assert!(enough(&two, &project, &[("ada", 1), ("bo", 2)]));
        // Whoever fits in two steps sits where the other cannot.
        let steps = Policy {
            steps: vec![named(&["ada", "bo"], 1), named(&["ada"], 1)],
            ..Policy::default()
        };
        assert!(!enough(&steps, &project, &[("ada", 1)]));
        assert!(enough(&steps, &project, &[("ada", 1), ("bo", 1)]));
        assert!(enough(&steps, &project, &[("bo", 1), ("ada", 1)]));
        assert!(!enough(&steps, &project, &[("bo", 1), ("cy", 1)]));
    }

    #[test]
    fn an_approval_that_comes_too_late_is_none() {
        let (project, policy) = (
            project(),
            Policy {
                answer_within: 60,
                ..Policy::default()
            },
        );
        assert!(enough(&policy, &project, &[("ada", 60_999)]));
        assert!(!enough(&policy, &project, &[("ada", 61_000)]));
    }

    #[test]
    fn rules_of_several_places_need_whoever_fits_in_all_of_them() {
        let rules = |steps: Vec<Step>| Policy {
            steps,
            ..Policy::default()
        };
        let check = |policies: &[&Policy], user, expected| {
            let approvers = ["ada", "bo", "cy"].into();
            assert_eq!(
                people_needed(policies, &approvers, user),
                expected,
                "{policies:?}"
            );
        };
        let anybody = Policy::default();
        let (two, ada) = (
            rules(vec![named(&["bo", "cy"], 2)]),
            rules(vec![named(&["ada"], 1)]),
        );
        check(&[&anybody], "gus", Some(1));
        check(&[&two], "gus", Some(2));
        // One person counts once in each place, and two who are not of another place make three.
        check(&[&anybody, &two], "gus", Some(2));
        check(&[&ada, &two], "gus", Some(3));
        // Who asks, whoever left, and nobody let nothing through.
        check(&[&ada], "ada", None);
        check(&[&two], "cy", None);
        check(&[&rules(vec![named(&["ada", "dan"], 2)])], "gus", None);
        check(&[&rules(Vec::new())], "gus", None);
        check(
            &[&rules(vec![Step {
                approvers: Approvers::All,
                needed: 4,
            }])],
            "gus",
            None,
        );
        // Those who are asked later help where it does not go without them.
        let later = Policy {
            escalation: Some(Escalation {
                after: 60,
                people: people(&["cy"]),
            }),
            ..ada
        };
        check(&[&later], "gus", Some(1));
        check(&[&later], "ada", Some(1));
    }

    #[test]
    fn who_is_asked_later_counts_later() {
        let project = project();
        let policy = Policy {
            steps: vec![named(&["ada"], 1)],
            escalation: Some(Escalation {
                after: 60,
                people: people(&["cy"]),
            }),
            ..Policy::default()
        };
        assert!(!enough(&policy, &project, &[("cy", 60_999)]));
        assert!(enough(&policy, &project, &[("cy", 61_000)]));
        // What somebody said too early takes nothing from what they say later, as what others said of them.
        assert!(enough(&policy, &project, &[("cy", 1_000), ("cy", 61_000)]));
        let both = Policy {
            steps: vec![named(&["ada"], 1), named(&["bo"], 1)],
            ..policy.clone()
        };
        assert!(!enough(&both, &project, &[("cy", 61_000), ("cy", 62_000)]));
        assert!(enough(&both, &project, &[("cy", 61_000), ("bo", 1_000)]));
        assert_eq!(
            policy.asked(&project.keyring, &project.env, "rita"),
            ["ada", "cy"].into()
        );
    }

    #[test]
    fn an_approval_that_is_dated_ahead_counts_for_what_begins_then() {
        let project = project();
        let policy = Policy {
            steps: vec![named(&["ada"], 1)],
            escalation: Some(Escalation {
                after: 600,
                people: people(&["cy"]),
            }),
            ..Policy::default()
        };
        let enough = |user: &str, at: u64, begins: u64| {
            let asked = Asked {
                begins,
                ..asked("a reason")
            };
            let votes = [Vote { user, at }];
            let place = (&project.env, project.keyring.seq());
            policy
                .check_votes(&project.keyring, place, &asked, &votes)
                .is_ok()
        };
        for ahead in [601_000, 700_000] {
            assert!(!enough("cy", ahead, 2_000), "given at once");
            assert!(!enough("cy", ahead, 540_999));
            // The clocks of two people may be apart.
            assert!(enough("cy", ahead, 541_000));
        }
        // Who is asked anyway says what they like about the time.
        assert!(enough("ada", 601_000, 2_000));
    }

    #[test]
    fn rules_name_no_more_people_than_they_hold_and_no_ticket_that_nobody_has() {
        let crowd = |count: usize| {
            (0..count)
                .map(|n| format!("user-{n}"))
                .collect::<BTreeSet<String>>()
        };
        let with = |count: usize| {
            let step = Step {
                approvers: Approvers::Named(crowd(count)),
                needed: 1,
            };
            let later = Escalation {
                after: 60,
                people: crowd(count),
            };
            [
                Policy {
                    steps: vec![step],
                    ..Policy::default()
                },
                Policy {
                    escalation: Some(later),
                    ..Policy::default()
                },
                Policy {
                    emergency: crowd(count),
                    ..Policy::default()
                },
            ]
        };
        for policy in with(MAX_PEOPLE) {
            assert_eq!(Policy::from_bytes(&policy.to_bytes()), Ok(policy));
        }
        assert!(with(MAX_PEOPLE + 1).iter().all(|policy| !policy.is_sound()));
        for (pattern, can) in [("OPS-#", true), ("#-#-*-#", true), ("OPS-#####", false)] {
            assert_eq!(ticket_can_fit(pattern), can, "{pattern}");
        }
    }

    #[test]
    fn a_template_is_no_reason_and_a_ticket_has_a_form() {
        let policy = Policy {
            template: "Why now? ".to_owned(),
            ticket: Some("OPS-#".to_owned()),
            ..Policy::default()
        };
        let check = |reason, ticket, ttl| {
            policy.check_asked(&Asked {
                ticket,
                ttl,
                ..asked(reason)
            })
        };
        assert_eq!(check("Why now? ", "OPS-1", 60), Err(PolicyError::Reason));
        assert_eq!(
            check("Why now? the queue is stuck", "OPS-", 60),
            Err(PolicyError::Ticket)
        );
        assert_eq!(check("the queue is stuck", "ops-12", 60), Ok(()));
        for ttl in [0, 86_401] {
            assert_eq!(
                check("the queue is stuck", "OPS-1", ttl),
                Err(PolicyError::TooLong)
            );
        }
        assert!(ticket_fits("INC*-#", "INC2026-7"));
        for (pattern, ticket) in [("OPS-#", "OPS-1a"), ("#", ""), ("*", "a b"), ("#####", "12345")] {
            assert!(!ticket_fits(pattern, ticket), "{pattern} {ticket}");
        }
    }

    #[test]
    fn what_a_template_says_is_said_by_nobody() {
        let template = "What is broken:\nWhat was tried:\n";
        let check = |reason: &str, own: &str| assert_eq!(*own_words(template, reason), own, "{reason:?}");
        check(template, "");
        check("What is broken:\r\n  What was tried: ", "");
        check("What is broken: mail\nWhat was tried:", "mail");
        check(
            "What is broken: mail\nWhat was tried: a restart\n\n- twice",
            "mail\na restart\n\n- twice",
        );
        check("What was tried: \nWhat is broken: mail", "mail");
        check("  mail is late  ", "mail is late");
        assert_eq!(*own_words("", " a\n\nb "), "a\n\nb");
        // The longer of two lines that fit is the one that was filled in.
        assert_eq!(*own_words("Why\nWhy now?", "Why now? mail"), "mail");
        let policy = Policy {
            template: template.to_owned(),
            ..Policy::default()
        };
        let long = "What is broken: mail\nWhat was tried: -";
        assert_eq!(policy.check_asked(&asked(long)), Err(PolicyError::Reason));
        let long = "What is broken: mail\nWhat was tried: a restart";
        assert_eq!(policy.check_asked(&asked(long)), Ok(()));
    }

    #[test]
    fn an_emergency_needs_a_name_and_a_reason() {
        let policy = Policy {
            emergency: people(&["bo"]),
            ..Policy::default()
        };
        let asked = asked("");
        assert_eq!(
            policy.check_emergency(&asked, "ada", "everything burns"),
            Err(PolicyError::NotApproved)
        );
        assert_eq!(
            policy.check_emergency(&asked, "bo", "burns    "),
            Err(PolicyError::Reason)
        );
        assert_eq!(policy.check_emergency(&asked, "bo", "everything burns"), Ok(()));
    }

    #[test]
    fn the_nearest_folder_counts_as_it_stood() {
        let mut project = project();
        let (root, billing) = (SecretPath::root(), SecretPath::parse("/billing").unwrap());
        let strict = Policy {
            steps: vec![named(&["ada"], 1)],
            ..Policy::default()
        };
        let mut set = |path: &SecretPath, policy: Option<Policy>| {
            let (env, path) = (project.env, path.clone());
            project.sign(Op::SetPolicy { env, path, policy });
            project.keyring.seq()
        };
        let first = set(&billing, Some(strict.clone()));
        let second = set(
            &root,
            Some(Policy {
                longest: 600,
                ..strict.clone()
            }),
        );
        let third = set(&billing, None);
        let at = |path: &str, seq| {
            let path = SecretPath::parse(path).unwrap();
            (*project.keyring.policy_at(&project.env, &path, seq)).clone()
        };
        assert_eq!(at("/billing/eu", first - 1), Policy::default());
        assert_eq!(at("/billing/eu", second), strict);
        assert_eq!(at("/billings", second).longest, 600);
        assert_eq!(at("/billing", third).longest, 600);
        assert_eq!(project.keyring.policies(&project.env).len(), 1);
    }

    #[test]
    fn rules_name_members_and_places_that_are_there() {
        let project = project();
        let op = |path: &str, policy: Policy| Op::SetPolicy {
            env: project.env,
            path: SecretPath::parse(path).unwrap(),
            policy: Some(policy),
        };
        let stranger = Policy {
            emergency: people(&["eve"]),
            ..Policy::default()
        };
        let too_few = Policy {
            steps: vec![named(&["ada"], 2)],
            ..Policy::default()
        };
        let endless = Policy {
            longest: u32::MAX,
            ..Policy::default()
        };
        for op in [
            op("/", stranger),
            op("/", too_few),
            op("/", endless),
            op("/coffer/x", Policy::default()),
        ] {
            assert!(project.keyring.sign_next(&project.admin, op, 1).is_err());
        }
        assert!(
            project
                .keyring
                .sign_next(&project.admin, op("/", Policy::default()), 1)
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn rules_have_one_encoding(
            needed in 1..4_u8, longest in MIN_TTL..=MAX_TTL, reason in 0..=500_u16, own: bool, text in ".{0,20}",
        ) {
            let policy = Policy {
                steps: vec![named(&["ada", "bo", "cy", "will"], needed), Step { approvers: Approvers::All, needed }],
                self_approval: own,
                longest,
                reason_min: reason,
                template: text,
                ..Policy::default()
            };
            let bytes = policy.to_bytes();
            prop_assert_eq!(Policy::from_bytes(&bytes), Ok(policy));
            for length in 0..bytes.len() {
                prop_assert!(Policy::from_bytes(&bytes[..length]).is_err());
            }
        }
    }
}
