//! The rules of one folder, as they are read.

use coffer_client::{AccessRules, RuleReach};
use leptos::prelude::*;

use super::{super::Opened, draft::Editing, form_link::FormLink, reach::Reach};
use crate::{text::access as words, ui::*};

/// The rules of one folder, in sentences.
#[component]
pub(super) fn Card(
    opened: Opened,
    slug: String,
    rules: AccessRules,
    /// Whether the present members can keep them.
    reach: RuleReach,
    admin: bool,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<AccessRules>>,
) -> impl IntoView {
    let names = |people: &[String]| people.iter().map(|user| opened.name(user)).collect::<Vec<_>>();
    let steps = rules
        .steps
        .iter()
        .map(|step| words::step(step.needed, step.people.as_deref().map(names)))
        .collect::<Vec<_>>();
    let steps = if steps.is_empty() {
        vec![words::NOBODY_MAY.to_owned()]
    } else {
        steps
    };
    let emergency = if rules.emergency.is_empty() {
        words::EMERGENCY_NOBODY.to_owned()
    } else {
        words::list(&names(&rules.emergency))
    };
    let escalation = rules
        .escalation
        .as_ref()
        .map(|escalation| words::escalates(escalation.after, &names(&escalation.people)));
    let gone = names(&reach.gone);
    let linking = RwSignal::new(false);
    let link = admin.then(|| {
        view! { <FormLink open=linking opened=opened.clone() slug rules=rules.clone() /> }
    });
    let left = (!gone.is_empty()).then(|| {
        view! { <p class="t-sm">{words::named_gone(&gone)}</p> }
    });
    let (for_edit, for_removal, path, set) = (rules.clone(), rules.clone(), rules.path.clone(), rules.set);
    let named = words::rules_of(&rules.path);
    view! {
        <section class="card">
            <div class="card__head">
                <h2 class="row row--wrap">
                    <span class="mono anywhere">{rules.path.clone()}</span>
                    {(!set)
                        .then(|| {
                            view! { <Badge>{words::DEFAULT_RULES}</Badge> }
                        })}
                </h2>
                {admin
                    .then(|| {
                        let path = path.clone();
                        view! {
                            <div class="row">
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Share
                                    label=words::form_link_for(&rules.path)
                                    on_press=move || linking.set(true)
                                >
                                    {words::FORM_LINK}
                                </Button>
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Pencil
                                    label=words::edit_rules(&rules.path)
                                    on_press=move || editing.set(Some(Editing::of(for_edit.clone())))
                                >
                                    {words::CHANGE}
                                </Button>
                                {set
                                    .then(|| {
                                        view! {
                                            <IconButton
                                                label=words::remove_rules_of(&path)
                                                glyph=Glyph::Trash
                                                on_press=move || removing.set(Some(for_removal.clone()))
                                            />
                                        }
                                    })}
                            </div>
                        }
                    })}
            </div>
            <div class="card__body stack">
                {(!set).then(|| view! { <p class="muted">{words::DEFAULT_NOTE}</p> })}
                <Reach opened=opened.clone() reach without_steps=rules.steps.is_empty() />
                {left}
                <dl class="facts" aria-label=named>
                    <Fact name=words::FACT_APPROVED_BY>
                        <ol class="stack stack-1">
                            {steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
                        </ol>
                    </Fact>
                    <Fact name=words::FACT_OWN>
                        {if rules.self_approval { words::OWN_COUNTS } else { words::OWN_NEVER }}
                    </Fact>
                    <Fact name=words::FACT_LONGEST>{words::duration(rules.longest)}</Fact>
                    <Fact name=words::REASON>{words::reason_rule(rules.reason_min)}</Fact>
                    {rules
                        .ticket
                        .clone()
                        .map(|pattern| {
                            view! {
                                <Fact name=words::TICKET>
                                    <span class="mono">{pattern}</span>
                                </Fact>
                            }
                        })}
                    <Fact name=words::FACT_ANSWER>{words::duration(rules.answer_within)}</Fact>
                    {escalation.map(|words| view! { <Fact name=words::FACT_ESCALATION>{words}</Fact> })}
                    <Fact name=words::FACT_EMERGENCY>{emergency}</Fact>
                </dl>
            </div>
        </section>
        {link}
    }
}
