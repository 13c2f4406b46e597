//! Rules as they are being changed: what the change goes on from, and what is filled in.

use std::collections::BTreeSet;

use coffer_client::{AccessRules, RuleEscalation, RuleStep, ticket_can_fit};
use leptos::prelude::*;

use crate::{
    state::{access::folder_of, shares::within},
    text::access as words,
};

/// A change of a folder's rules, as its form begins.
#[derive(Clone)]
pub(super) struct Editing {
    /// What the form holds at first.
    pub(super) filled: AccessRules,
    /// What was set when this person looked: the change goes on from that and from nothing else.
    pub(super) base: Option<AccessRules>,
    /// What this person had filled in before they took what somebody else has set.
    pub(super) aside: Option<AccessRules>,
}

impl Editing {
    /// Of rules as they are shown.
    pub(super) fn of(rules: AccessRules) -> Self {
        Self {
            base: rules.set.then(|| rules.clone()),
            filled: rules,
            aside: None,
        }
    }

    /// Of a folder that is still to be named.
    pub(super) fn of_another_folder() -> Self {
        Self::of(AccessRules {
            path: String::new(),
            ..AccessRules::default()
        })
    }
}

/// Rules being edited.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) path: RwSignal<String>,
    pub(super) steps: RwSignal<Vec<StepFields>>,
    pub(super) self_approval: RwSignal<bool>,
    pub(super) longest: RwSignal<String>,
    pub(super) reason_min: RwSignal<String>,
    pub(super) template: RwSignal<String>,
    pub(super) ticket: RwSignal<String>,
    pub(super) answer_within: RwSignal<String>,
    pub(super) escalates: RwSignal<bool>,
    pub(super) after: RwSignal<String>,
    pub(super) later: RwSignal<Vec<String>>,
    pub(super) emergency: RwSignal<Vec<String>>,
}

impl Fields {
    pub(super) fn of(rules: &AccessRules) -> Self {
        let steps = (0..)
            .zip(&rules.steps)
            .map(|(key, step)| StepFields::of(key, step));
        let escalation = rules.escalation.as_ref();
        Self {
            path: RwSignal::new(rules.path.clone()),
            steps: RwSignal::new(steps.collect()),
            self_approval: RwSignal::new(rules.self_approval),
            longest: RwSignal::new(rules.longest.to_string()),
            reason_min: RwSignal::new(rules.reason_min.to_string()),
            template: RwSignal::new(rules.template.clone()),
            ticket: RwSignal::new(rules.ticket.clone().unwrap_or_default()),
            answer_within: RwSignal::new(rules.answer_within.to_string()),
            escalates: RwSignal::new(escalation.is_some()),
            after: RwSignal::new(
                escalation
                    .map_or(3_600, |escalation| escalation.after)
                    .to_string(),
            ),
            later: RwSignal::new(
                escalation
                    .map(|escalation| escalation.people.clone())
                    .unwrap_or_default(),
            ),
            emergency: RwSignal::new(rules.emergency.clone()),
        }
    }

    /// Everybody who is named, tracked.
    pub(super) fn named(self) -> BTreeSet<String> {
        let steps = self.steps.read();
        let in_steps = steps.iter().filter(|step| !step.everybody.get());
        let mut named: BTreeSet<String> = in_steps.flat_map(|step| step.people.get()).collect();
        if self.escalates.get() {
            named.extend(self.later.get());
        }
        named.extend(self.emergency.get());
        named
    }

    /// The rules as they stand; an error says what is wrong.
    pub(super) fn rules(self) -> Result<AccessRules, &'static str> {
        let seconds = |text: RwSignal<String>| within(&text.read(), 60, MONTH).ok_or(words::TIME_BAD);
        let mut steps = Vec::new();
        for step in self.steps.get() {
            let needed = within(&step.needed.read(), 1, 20).ok_or(words::NEEDED_BAD)?;
            let people = (!step.everybody.get()).then(|| step.people.get());
            if people
                .as_ref()
                .is_some_and(|people| people.len() < needed as usize)
            {
                return Err(words::STEP_SHORT);
            }
            steps.push(RuleStep {
                people,
                needed: u8::try_from(needed).map_err(|_| words::NEEDED_BAD)?,
            });
        }
        let escalation = if self.escalates.get() {
            if self.later.read().is_empty() {
                return Err(words::ESCALATION_EMPTY);
            }
            let after = seconds(self.after)?;
            if after >= seconds(self.answer_within)? {
                return Err(words::ESCALATION_LATE);
            }
            Some(RuleEscalation {
                after,
                people: self.later.get(),
            })
        } else {
            None
        };
        let reason_min = within(&self.reason_min.read(), 0, 500).ok_or(words::REASON_MIN_BAD)?;
        let ticket = self.ticket.read().trim().to_owned();
        if !ticket_can_fit(&ticket) {
            return Err(words::TICKET_BAD);
        }
        let template = self.template.read().trim().to_owned();
        if template.chars().count() > MOST_TEMPLATE {
            return Err(words::TEMPLATE_LONG);
        }
        Ok(AccessRules {
            path: folder_of(&self.path.read()),
            set: true,
            steps,
            self_approval: self.self_approval.get(),
            longest: seconds(self.longest)?,
            reason_min: u16::try_from(reason_min).map_err(|_| words::REASON_MIN_BAD)?,
            template,
            ticket: (!ticket.is_empty()).then_some(ticket),
            answer_within: seconds(self.answer_within)?,
            escalation,
            emergency: self.emergency.get(),
        })
    }
}

/// One step being edited.
#[derive(Clone, Copy)]
pub(super) struct StepFields {
    pub(super) key: u32,
    /// Everybody who may, instead of the named.
    pub(super) everybody: RwSignal<bool>,
    pub(super) people: RwSignal<Vec<String>>,
    pub(super) needed: RwSignal<String>,
}

impl StepFields {
    pub(super) fn of(key: u32, step: &RuleStep) -> Self {
        Self {
            key,
            everybody: RwSignal::new(step.people.is_none()),
            people: RwSignal::new(step.people.clone().unwrap_or_default()),
            needed: RwSignal::new(step.needed.to_string()),
        }
    }
}

/// The rules without people who are no members any more.
pub(super) fn without(mut rules: AccessRules, gone: &[String]) -> AccessRules {
    let named = rules.steps.iter_mut().filter_map(|step| step.people.as_mut());
    let later = rules
        .escalation
        .iter_mut()
        .map(|escalation| &mut escalation.people);
    for people in named.chain(later).chain([&mut rules.emergency]) {
        people.retain(|user| !gone.contains(user));
    }
    rules
}

/// The longest time in rules, in seconds.
pub(super) const MONTH: u32 = 2_592_000;
/// The most characters of a template.
const MOST_TEMPLATE: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_goes_on_from_what_is_set_and_from_nothing_where_nothing_is() {
        let set = AccessRules {
            set: true,
            longest: 60,
            ..AccessRules::default()
        };
        assert_eq!(Editing::of(set.clone()).base, Some(set));
        // What counts without any is shown, and set by nobody.
        assert_eq!(Editing::of(AccessRules::default()).base, None);
        assert_eq!(Editing::of_another_folder().base, None);
    }

    #[test]
    fn who_has_left_is_named_in_none_of_the_rules_that_are_signed_anew() {
        let people = || vec!["ada".to_owned(), "bo".to_owned()];
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(people()),
                needed: 1,
            }],
            escalation: Some(RuleEscalation {
                after: 60,
                people: people(),
            }),
            emergency: people(),
            ..AccessRules::default()
        };
        let left = without(rules, &["bo".to_owned()]);
        let ada = vec!["ada".to_owned()];
        assert_eq!(
            left.steps.first().and_then(|step| step.people.clone()),
            Some(ada.clone())
        );
        assert_eq!(
            left.escalation.map(|escalation| escalation.people),
            Some(ada.clone())
        );
        assert_eq!(left.emergency, ada);
    }
}
