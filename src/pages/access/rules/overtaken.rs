//! Two who change the same rules: what is set now beside what one of them wanted, field by field.

use coffer_client::{AccessRules, RulesNow};
use leptos::{html, prelude::*};

use super::super::Opened;
use crate::{platform::dates, text::access as words, ui::*};

/// What somebody else has set, or taken away, while this person filled in the form, and both ways on.
#[component]
pub(super) fn Overtaken(
    opened: Opened,
    now: RulesNow,
    /// What is filled in; nothing while it cannot be signed as it is.
    mine: Memo<Option<AccessRules>>,
    busy: Signal<bool>,
    /// What is set now goes into the form; nothing is changed where it was taken away.
    #[prop(into)]
    on_take: Callback<()>,
    /// What is filled in is signed over it.
    #[prop(into)]
    on_sign: Callback<()>,
) -> impl IntoView {
    let (take, sign) = match now.rules {
        Some(_) => (words::TAKE_THEIRS, words::SIGN_MINE),
        None => (words::LEAVE_REMOVED, words::SIGN_AGAIN),
    };
    let title = who_changed(&opened, &now);
    let theirs = now.rules;
    let place = NodeRef::<html::Div>::new();
    // The form is long, and whoever signs may look elsewhere.
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            place.scroll_into_view();
        }
    });
    view! {
        <div class="stack stack-3" node_ref=place>
            <Banner tone=Tone::Caution glyph=Glyph::Users title text=words::OVERTAKEN_TEXT>
                <Button size=ButtonSize::Small disabled=busy on_press=move || on_take.run(())>
                    {take}
                </Button>
                <Button size=ButtonSize::Small disabled=busy on_press=move || on_sign.run(())>
                    {sign}
                </Button>
            </Banner>
            {move || {
                let sides = theirs.clone().zip(mine.get());
                sides
                    .map(|(theirs, mine)| {
                        view! {
                            <Differences
                                opened=opened.clone()
                                one=(words::SET_NOW, theirs)
                                other=(words::FILLED_IN, mine)
                            />
                        }
                    })
            }}
        </div>
    }
}

/// What this person had filled in before they took what somebody else has set: to be compared, put back or discarded.
#[component]
pub(super) fn SetAside(
    opened: Opened,
    aside: AccessRules,
    /// What is in the form now.
    filled: Memo<Option<AccessRules>>,
    #[prop(into)] on_put_back: Callback<()>,
    #[prop(into)] on_discard: Callback<()>,
) -> impl IntoView {
    view! {
        <Banner
            tone=Tone::Info
            glyph=Glyph::Pencil
            title=words::ASIDE_TITLE
            text=words::ASIDE_TEXT
        >
            <Button size=ButtonSize::Small on_press=move || on_put_back.run(())>
                {words::PUT_MINE_BACK}
            </Button>
            <Button size=ButtonSize::Small on_press=move || on_discard.run(())>
                {words::DISCARD_MINE}
            </Button>
        </Banner>
        {move || {
            filled
                .get()
                .map(|filled| {
                    view! {
                        <Differences
                            opened=opened.clone()
                            one=(words::FILLED_IN, filled)
                            other=(words::SET_ASIDE, aside.clone())
                        />
                    }
                })
        }}
    }
}

/// What differs between rules of one folder, each side by its name.
#[component]
pub(super) fn Differences(
    opened: Opened,
    one: (&'static str, AccessRules),
    other: (&'static str, AccessRules),
) -> impl IntoView {
    let ((one_side, one), (other_side, other)) = (one, other);
    let rows = differences(&one, &other, |user| opened.name(user))
        .into_iter()
        .map(|(name, here, there)| {
            view! {
                <Fact name>
                    <ul class="stack stack-1">
                        <li class="anywhere">{words::on_side(one_side, &here)}</li>
                        <li class="anywhere">{words::on_side(other_side, &there)}</li>
                    </ul>
                </Fact>
            }
        })
        .collect::<Vec<_>>();
    if rows.is_empty() {
        return view! { <p class="muted t-sm">{words::NO_DIFFERENCE}</p> }.into_any();
    }
    view! {
        <dl class="facts" aria-label=words::DIFFERENCES>
            {rows}
        </dl>
    }
    .into_any()
}

/// Who has changed rules last, and when.
pub(super) fn who_changed(opened: &Opened, now: &RulesNow) -> String {
    let by = now.by.as_ref();
    let who = by.map_or_else(String::new, |by| opened.who(&by.user));
    let when = by.map_or_else(String::new, |by| dates::short(by.at));
    words::rules_changed(&who, &when, now.rules.is_none())
}

/// The fields in which rules differ, in words: what it is, here, and there.
fn differences(
    one: &AccessRules,
    other: &AccessRules,
    name: impl Fn(&str) -> String,
) -> Vec<(&'static str, String, String)> {
    let both = facts(one, &name).into_iter().zip(facts(other, &name));
    both.filter(|((_, one), (_, other))| one != other)
        .map(|((field, one), (_, other))| (field, one, other))
        .collect()
}

/// Everything that rules say, in words.
fn facts(rules: &AccessRules, name: impl Fn(&str) -> String) -> [(&'static str, String); 9] {
    let names = |people: &[String]| {
        let mut names: Vec<String> = people.iter().map(|user| name(user)).collect();
        names.sort();
        names
    };
    let steps = rules.steps.iter().map(|step| {
        let people = step.people.as_deref();
        words::step(step.needed, people.map(names))
    });
    let steps: Vec<String> = steps.collect();
    let or = |text: String, none: &str| match text.is_empty() {
        true => none.to_owned(),
        false => text,
    };
    let own = match rules.self_approval {
        true => words::OWN_COUNTS,
        false => words::OWN_NEVER,
    };
    let later = rules.escalation.as_ref().map_or_else(String::new, |escalation| {
        words::escalates(escalation.after, &names(&escalation.people))
    });
    let emergency = words::list(&names(&rules.emergency));
    [
        (words::FACT_APPROVED_BY, or(steps.join("; "), words::NOBODY_MAY)),
        (words::FACT_OWN, own.to_owned()),
        (words::FACT_LONGEST, words::duration(rules.longest)),
        (words::REASON, words::reason_rule(rules.reason_min)),
        (words::TEMPLATE, or(rules.template.clone(), words::NOTHING)),
        (
            words::TICKET,
            or(rules.ticket.clone().unwrap_or_default(), words::NOTHING),
        ),
        (words::FACT_ANSWER, words::duration(rules.answer_within)),
        (words::FACT_ESCALATION, or(later, words::EMERGENCY_NOBODY)),
        (words::FACT_EMERGENCY, or(emergency, words::EMERGENCY_NOBODY)),
    ]
}

#[cfg(test)]
mod tests {
    use coffer_client::{RuleEscalation, RuleStep};

    use super::*;

    fn people(people: &[&str]) -> Vec<String> {
        people.iter().map(|&user| user.to_owned()).collect()
    }

    #[test]
    fn what_differs_is_said_and_nothing_else() {
        let of = |users: &[&str]| AccessRules {
            steps: vec![RuleStep {
                people: Some(people(users)),
                needed: 1,
            }],
            emergency: people(users),
            ..AccessRules::default()
        };
        let name = |user: &str| user.to_uppercase();
        // The order in which people were ticked is no difference.
        assert_eq!(differences(&of(&["ada", "bo"]), &of(&["bo", "ada"]), name), []);
        let other = AccessRules {
            longest: 3_600,
            ticket: Some("OPS-#".to_owned()),
            ..of(&["ada", "bo"])
        };
        let said = |field, one: &str, other: &str| (field, one.to_owned(), other.to_owned());
        assert_eq!(
            differences(&of(&["bo", "ada"]), &other, name),
            [
                said(words::FACT_LONGEST, "1 day", "1 h"),
                said(words::TICKET, words::NOTHING, "OPS-#"),
            ]
        );
    }

    #[test]
    fn every_field_of_rules_can_differ() {
        let other = AccessRules {
            path: "/".to_owned(),
            set: true,
            steps: Vec::new(),
            self_approval: true,
            longest: 60,
            reason_min: 0,
            template: "Why".to_owned(),
            ticket: Some("#".to_owned()),
            answer_within: 3_600,
            escalation: Some(RuleEscalation {
                after: 60,
                people: people(&["bo"]),
            }),
            emergency: people(&["ada"]),
        };
        let all = differences(&AccessRules::default(), &other, str::to_owned);
        assert_eq!(all.len(), 9);
    }
}
