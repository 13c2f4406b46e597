//! The form that changes the rules of a folder.

use coffer_client::{AccessRules, Error, MAX_STEPS, RuleStep, RulesNow, ticket_fits};
use leptos::prelude::*;

use super::{
    super::Opened,
    draft::{Editing, Fields, MONTH, StepFields, without},
    overtaken::{Overtaken, SetAside, who_changed},
    reach::{Reach, reach_of},
};
use crate::{
    failure::FailureBanner,
    state::access::{Access, folder_of},
    text::{self, access as words},
    ui::*,
};

/// The dialog in which they are changed.
#[component]
pub(super) fn Editor(
    editing: RwSignal<Option<Editing>>,
    /// What somebody else has set meanwhile, and in which folder.
    overtaken: RwSignal<Option<(String, RulesNow)>>,
    /// Who may approve now.
    approvers: Memo<Vec<String>>,
    opened: StoredValue<Opened, LocalStorage>,
    slug: StoredValue<String>,
    /// The environment's name.
    environment: String,
    people: Vec<(String, String)>,
    #[prop(into)] busy: Signal<bool>,
    trouble: Signal<Option<Error>>,
    /// The rules that were filled in, and what they go on from.
    #[prop(into)]
    on_save: Callback<(Option<AccessRules>, AccessRules)>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(editing.read().is_some()));
    let title = Signal::derive(move || match editing.read().as_ref() {
        Some(editing) if !editing.filled.path.is_empty() => words::rules_of(&editing.filled.path),
        _ => words::RULES_FOR_FOLDER.to_owned(),
    });
    let people = StoredValue::new(people);
    let environment = StoredValue::new(environment);
    view! {
        <Dialog
            open
            title
            note=words::EDITOR_NOTE
            close_word=text::CLOSE
            wide=true
            busy
            on_close=move || {
                editing.set(None);
                overtaken.set(None);
            }
        >
            {move || {
                editing
                    .get()
                    .map(|begun| {
                        view! {
                            <EditorForm
                                begun
                                editing
                                overtaken
                                approvers
                                opened
                                slug
                                environment
                                people
                                open
                                busy
                                trouble
                                on_save
                            />
                        }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn EditorForm(
    begun: Editing,
    /// Another beginning is another form.
    editing: RwSignal<Option<Editing>>,
    overtaken: RwSignal<Option<(String, RulesNow)>>,
    approvers: Memo<Vec<String>>,
    opened: StoredValue<Opened, LocalStorage>,
    slug: StoredValue<String>,
    environment: StoredValue<String>,
    people: StoredValue<Vec<(String, String)>>,
    open: RwSignal<bool>,
    busy: Signal<bool>,
    trouble: Signal<Option<Error>>,
    on_save: Callback<(Option<AccessRules>, AccessRules)>,
) -> impl IntoView {
    let Editing {
        filled: rules,
        base,
        aside,
    } = begun;
    let access = Access::expect();
    let fresh = rules.path.is_empty();
    let project = opened.with_value(|opened| opened.project);
    // Whom nobody can tick off any more would stay for ever, and be refused when the rules are signed.
    let gone = reach_of(project, slug, &rules).gone;
    let fields = Fields::of(&without(rules.clone(), &gone));
    let gone: Vec<String> = opened.with_value(|opened| gone.iter().map(|user| opened.name(user)).collect());
    let wrong = RwSignal::new(None::<&'static str>);
    let next = StoredValue::new(fields.steps.read_untracked().len() as u32);
    let try_out = RwSignal::new(String::new());
    let (base, aside) = (StoredValue::new(base), RwSignal::new(aside));
    let after = rules
        .escalation
        .as_ref()
        .map_or(3_600, |escalation| escalation.after);
    // Who is named and may not approve yet gets more than rules by them.
    let gets = Memo::new(move |_| {
        let (named, approvers) = (fields.named(), approvers.read());
        let fresh = |user: &String| named.contains(user) && !approvers.contains(user);
        let people = people.read_value();
        let fresh = people.iter().filter(|(user, _)| fresh(user));
        fresh.map(|(_, name)| name.clone()).collect::<Vec<String>>()
    });
    let mine = Memo::new(move |_| fields.rules().ok());
    let reach = Memo::new(move |_| {
        approvers.track();
        let rules = mine.get()?;
        Some((reach_of(project, slug, &rules), rules.steps.is_empty()))
    });
    // Of another folder, once another one is typed, nobody was told anything.
    let by_another = Memo::new(move |_| {
        let overtaken = overtaken
            .get()
            .filter(|(path, _)| *path == folder_of(&fields.path.read()));
        overtaken.map(|(_, now)| now)
    });
    let news = Memo::new(move |_| {
        access.reads();
        let path = fields.path.read_untracked();
        let now = project.with_value(|project| project.rules_now(&slug.read_value(), &path));
        let now = now.ok().filter(|now| now.rules != *base.read_value());
        // While this person signs, what changes is their own doing.
        now.filter(|_| !fresh && !busy.get() && by_another.read().is_none())
    });
    let sound = move || match untrack(|| fields.rules()) {
        Ok(rules) => {
            wrong.set(None);
            Some(rules)
        }
        Err(said) => {
            wrong.set(Some(said));
            None
        }
    };
    let save = move |base: Option<AccessRules>| {
        if let Some(rules) = sound() {
            on_save.run((base, rules));
        }
    };
    let take = move |theirs: Option<AccessRules>| match theirs {
        None => open.set(false),
        Some(theirs) => {
            if let Some(mine) = sound() {
                overtaken.set(None);
                editing.set(Some(Editing {
                    aside: Some(mine),
                    ..Editing::of(theirs)
                }));
            }
        }
    };
    // What was taken stays what the change goes on from.
    let put_back = move |filled: AccessRules| {
        let base = base.get_value();
        editing.set(Some(Editing {
            filled,
            base,
            aside: None,
        }));
    };
    let add_step = move || {
        let key = next.get_value();
        next.set_value(key + 1);
        let step = RuleStep {
            people: None,
            needed: 1,
        };
        fields
            .steps
            .update(|steps| steps.push(StepFields::of(key, &step)));
    };
    let tried = move || {
        let (pattern, ticket) = (fields.ticket.read(), try_out.read());
        if ticket.is_empty() {
            String::new()
        } else if ticket_fits(pattern.trim(), &ticket) {
            words::TICKET_FITS.to_owned()
        } else {
            words::TICKET_FITS_NOT.to_owned()
        }
    };
    view! {
        <DialogForm
            open
            verb=words::SIGN_RULES
            cancel_word=text::CANCEL
            glyph=Glyph::Pencil
            busy
            disabled=Signal::derive(move || by_another.read().is_some())
            on_submit=move || save(base.get_value())
        >
            <div class="stack stack-6">
                {(!gone.is_empty())
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Info
                                glyph=Glyph::Users
                                title=words::named_gone(&gone)
                                text=words::GONE_LEFT_OUT
                            />
                        }
                    })}
                {fresh
                    .then(|| {
                        view! {
                            <TextField
                                label=words::FOLDER
                                value=fields.path
                                hint=words::RULES_FOLDER_HINT
                                mono=true
                                autofocus=true
                            />
                        }
                    })}
                <fieldset class="stack stack-3">
                    <legend class="field__label">{words::STEPS}</legend>
                    <p class="field__hint">{words::STEPS_HINT}</p>
                    <For each=move || fields.steps.get() key=|step| step.key let:step>
                        <StepEditor step people fields />
                    </For>
                    <Show when=move || fields.steps.read().is_empty()>
                        <Banner
                            tone=Tone::Caution
                            glyph=Glyph::Users
                            title=words::NOBODY_MAY
                            text=words::NO_STEP_TEXT
                        />
                    </Show>
                    <Show when=move || fields.steps.read().len() < MAX_STEPS>
                        <div>
                            <Button size=ButtonSize::Small glyph=Glyph::Plus on_press=add_step>
                                {words::ADD_STEP}
                            </Button>
                        </div>
                    </Show>
                    <Check label=words::SELF_LABEL value=fields.self_approval hint=words::SELF_HINT />
                </fieldset>
                <div class="cols-2">
                    <SelectField
                        label=words::FACT_LONGEST
                        value=fields.longest
                        options=times(&LONGEST, rules.longest)
                    />
                    <SelectField
                        label=words::FACT_ANSWER
                        value=fields.answer_within
                        options=times(&ANSWER, rules.answer_within)
                    />
                </div>
                <div class="stack stack-3">
                    <TextField
                        label=words::REASON_MIN
                        value=fields.reason_min
                        kind=InputKind::Number
                        hint=words::REASON_MIN_HINT
                    />
                    <TextArea
                        label=words::TEMPLATE
                        value=fields.template
                        rows=2
                        hint=words::TEMPLATE_HINT
                    />
                </div>
                <div class="cols-2">
                    <TextField
                        label=words::TICKET_PATTERN
                        value=fields.ticket
                        hint=words::TICKET_PATTERN_HINT
                        max_length=100
                        mono=true
                    />
                    <div class="stack stack-1">
                        <TextField label=words::TRY_OUT value=try_out mono=true />
                        <p class="field__hint" role="status">
                            {tried}
                        </p>
                    </div>
                </div>
                <fieldset class="stack stack-3">
                    <legend class="sr-only">{words::FACT_ESCALATION}</legend>
                    <Check label=words::ESCALATE value=fields.escalates hint=words::ESCALATE_HINT />
                    <Show when=move || fields.escalates.get()>
                        <SelectField
                            label=words::AFTER
                            value=fields.after
                            options=times(&AFTER, after)
                        />
                        <People legend=words::ESCALATE_PEOPLE people chosen=fields.later />
                    </Show>
                </fieldset>
                <div class="stack stack-2">
                    <People legend=words::FACT_EMERGENCY people chosen=fields.emergency />
                    <p class="field__hint">{words::EMERGENCY_HINT}</p>
                </div>
                {move || {
                    reach
                        .get()
                        .map(|(reach, without_steps)| {
                            view! { <Reach opened=opened.get_value() reach without_steps /> }
                        })
                }}
                {move || {
                    let names = gets.get();
                    (!names.is_empty())
                        .then(|| {
                            let text = environment.with_value(|name| words::gives_rights(names.len(), name));
                            let names = names
                                .into_iter()
                                .map(|name| view! { <li class="anywhere">{name}</li> })
                                .collect_view();
                            view! {
                                <Banner
                                    tone=Tone::Info
                                    glyph=Glyph::Key
                                    title=words::GIVES_RIGHTS
                                    text
                                />
                                <ul class="bullets stack stack-1">{names}</ul>
                            }
                        })
                }}
                {move || {
                    by_another
                        .get()
                        .map(|now| {
                            let (theirs, over) = (now.rules.clone(), now.rules.clone());
                            view! {
                                <Overtaken
                                    opened=opened.get_value()
                                    now
                                    mine
                                    busy
                                    on_take=move || take(theirs.clone())
                                    on_sign=move || save(over.clone())
                                />
                            }
                        })
                }}
                {move || {
                    news.get()
                        .map(|now| {
                            let said = opened.with_value(|opened| who_changed(opened, &now));
                            let path = fields.path.get_untracked();
                            view! {
                                <div class="row row--between" role="status">
                                    <p class="muted t-sm">{said}</p>
                                    <Button
                                        size=ButtonSize::Small
                                        on_press=move || overtaken.set(Some((path.clone(), now.clone())))
                                    >
                                        {words::COMPARE}
                                    </Button>
                                </div>
                            }
                        })
                }}
                {move || {
                    aside
                        .get()
                        .map(|own| {
                            let back = own.clone();
                            view! {
                                <SetAside
                                    opened=opened.get_value()
                                    aside=own
                                    filled=mine
                                    on_put_back=move || put_back(back.clone())
                                    on_discard=move || aside.set(None)
                                />
                            }
                        })
                }}
                {move || {
                    wrong
                        .get()
                        .map(|said| {
                            view! {
                                <Banner tone=Tone::Danger glyph=Glyph::Alert title=said />
                            }
                        })
                }}
                {move || trouble.get().map(|error| view! { <FailureBanner error /> })}
            </div>
        </DialogForm>
    }
}

#[component]
fn StepEditor(step: StepFields, people: StoredValue<Vec<(String, String)>>, fields: Fields) -> impl IntoView {
    let number = move || {
        let steps = fields.steps.read();
        steps
            .iter()
            .position(|other| other.key == step.key)
            .unwrap_or_default()
            + 1
    };
    let remove = move || {
        fields
            .steps
            .update(|steps| steps.retain(|other| other.key != step.key));
    };
    view! {
        <div class="access-step stack stack-3">
            <div class="row row--between">
                <b class="t-sm">{move || words::step_number(number())}</b>
                <IconButton
                    label=Signal::derive(move || words::remove_step(number()))
                    glyph=Glyph::X
                    on_press=remove
                />
            </div>
            <div class="access-short">
                <TextField
                    label=Signal::derive(move || words::needed_in(number()))
                    value=step.needed
                    kind=InputKind::Number
                />
            </div>
            <Choices
                label=words::OF_WHOM
                value=step.everybody
                options=vec![
                    (true, words::OF_EVERYBODY.to_owned()),
                    (false, words::OF_NAMED.to_owned()),
                ]
            />
            <Show when=move || !step.everybody.get()>
                <People legend=words::NAMED_PEOPLE people chosen=step.people />
            </Show>
        </div>
    }
}

/// A box for each person.
#[component]
fn People(
    legend: &'static str,
    people: StoredValue<Vec<(String, String)>>,
    chosen: RwSignal<Vec<String>>,
) -> impl IntoView {
    let boxes = people
        .get_value()
        .into_iter()
        .map(|(user, name)| {
            let own = user.clone();
            let ticked = move || chosen.read().contains(&own);
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=ticked
                        on:change=move |event| {
                            let yes = event_target_checked(&event);
                            chosen
                                .update(|chosen| {
                                    chosen.retain(|other| *other != user);
                                    if yes {
                                        chosen.push(user.clone());
                                    }
                                });
                        }
                    />
                    <span class="anywhere">{name}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="stack stack-2">
            <legend class="field__label">{legend}</legend>
            {boxes}
        </fieldset>
    }
}

/// Times to choose from, with the one that counts now.
fn times(offered: &[u32], now: u32) -> Vec<(String, String)> {
    let mut all = offered.to_vec();
    if !all.contains(&now) {
        all.push(now);
        all.sort_unstable();
    }
    all.into_iter()
        .map(|seconds| (seconds.to_string(), words::duration(seconds)))
        .collect()
}

const LONGEST: [u32; 7] = [900, 3_600, 14_400, 28_800, 86_400, 604_800, MONTH];
const ANSWER: [u32; 5] = [3_600, 14_400, 86_400, 259_200, 604_800];
const AFTER: [u32; 5] = [300, 900, 1_800, 3_600, 14_400];
