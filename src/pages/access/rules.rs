//! Who may approve what, and under which conditions: `/p/:project/rules?env=prod`.

use std::collections::BTreeSet;

use coffer_client::{
    AccessRules, Enforcement, Error, RuleEscalation, RuleReach, RuleStep, WantedItem, ticket_fits,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::super::webhooks::WebhookCard;
use super::{Handle, OpenProject, Opened, ask::PRESETS};
use crate::{
    backend::{Project, this_server},
    failure::{FailureBanner, Trouble},
    routes::{AskForm, Path},
    state::{
        access::{MOST_WANTED, folder_of, item_of},
        clipboard::Clipboard,
        shares::within,
        toasts::Toasts,
    },
    text::{self, access as words, webhooks as webhook_words},
    ui::*,
};

/// Who may approve what: `/p/:project/rules?env=prod`.
#[component]
pub(crate) fn Rules() -> impl IntoView {
    view! {
        <PageHead title=|| words::RULES_TITLE note=words::RULES_LEAD />
        <OpenProject show=|opened: Opened| view! { <OfProject opened /> }.into_any() />
    }
}

#[component]
fn OfProject(opened: Opened) -> impl IntoView {
    let project = opened.project;
    let admin = project.with_value(Project::is_admin);
    let query = use_query_map();
    let first = opened
        .environments
        .first()
        .map(|environment| environment.slug.clone());
    let slug = Memo::new(move |_| {
        let asked = query.read().get("env").filter(|slug| !slug.is_empty());
        asked.or_else(|| first.clone()).unwrap_or_default()
    });
    let tabs = opened
        .environments
        .iter()
        .map(|environment| {
            let href = Path::Rules {
                project: opened.id.clone(),
                environment: environment.slug.clone(),
            };
            let own = environment.slug.clone();
            view! {
                <a href=href.to_string() aria-current=move || (*slug.read() == own).then_some("page")>
                    {environment.name.clone()}
                </a>
            }
        })
        .collect_view();
    view! {
        <nav class="seg environment-tabs" aria-label=words::ENVIRONMENT>
            {tabs}
        </nav>
        {move || view! { <OfEnvironment opened=opened.clone() slug=slug.get() /> }}
        {admin
            .then(|| {
                view! {
                    <div class="mt-6">
                        <WebhookCard
                            webhooks=project.with_value(Project::webhooks)
                            title=webhook_words::REQUESTS_TITLE
                            note=webhook_words::REQUESTS_NOTE
                        />
                    </div>
                }
            })}
    }
}

/// A change of an environment's rules.
#[derive(Clone)]
enum Change {
    Approver(String, bool),
    Rules(String, Option<AccessRules>),
}

#[component]
fn OfEnvironment(opened: Opened, slug: String) -> impl IntoView {
    let toasts = Toasts::expect();
    let project = opened.project;
    let admin = opened.project.with_value(Project::is_admin);
    let changed = RwSignal::new(0_u32);
    let kept = StoredValue::new(slug.clone());
    let editing = RwSignal::new(None::<AccessRules>);
    let removing = RwSignal::new(None::<String>);
    let removal = RwSignal::new(false);
    Effect::new(move |_| removal.set(removing.read().is_some()));
    let change = Action::new_unsync(move |change: &Change| {
        let (project, slug, change) = (project.get_value(), kept.get_value(), change.clone());
        async move {
            match change {
                Change::Approver(user, yes) => match project.set_approver(&user, &slug, yes).await? {
                    Enforcement::KeysAlone => Ok(words::KEYS_ALONE),
                    _ => Ok(words::RULES_SIGNED),
                },
                Change::Rules(path, rules) => {
                    project.change_access_rules(&slug, &path, rules).await?;
                    Ok::<_, Error>(words::RULES_SIGNED)
                }
            }
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(done)) = change.value().get() {
            change.clear();
            editing.set(None);
            removing.set(None);
            toasts.say_with(Glyph::ShieldCheck, done);
            changed.update(|n| *n += 1);
        }
    });
    let known = StoredValue::new_local(opened.clone());
    let all = Memo::new(move |_| {
        changed.track();
        let mut all = project
            .with_value(|project| project.set_rules(&kept.read_value()))
            .unwrap_or_default();
        if !all.iter().any(|rules| rules.path == "/") {
            all.insert(0, AccessRules::default());
        }
        all
    });
    let approvers = Memo::new(move |_| {
        changed.track();
        project
            .with_value(|project| project.approvers(&kept.read_value()))
            .unwrap_or_default()
    });
    let people = opened
        .people()
        .map(|member| {
            let (id, name) = (member.user_id.clone(), member.shown_name().to_owned());
            let own = id.clone();
            let approves = Memo::new(move |_| approvers.read().contains(&own));
            let control = if member.admin {
                view! {
                    <Badge tone=Tone::Accent glyph=Glyph::Check>
                        {words::ADMIN_APPROVES}
                    </Badge>
                }
                .into_any()
            } else if admin {
                view! {
                    <Switch
                        label=words::may_approve(&name)
                        value=approves
                        on_change=move |yes| {
                            change.dispatch(Change::Approver(id.clone(), yes));
                        }
                    />
                }
                .into_any()
            } else {
                view! {
                    <span class="faint t-sm">
                        {move || if approves.get() { words::APPROVES } else { words::APPROVES_NOT }}
                    </span>
                }
                .into_any()
            };
            view! {
                <li class="row row--between">
                    <span class="row grow">
                        <span class="avatar" aria-hidden="true">
                            {super::initials(&name)}
                        </span>
                        <span class="anywhere">{name.clone()}</span>
                    </span>
                    {control}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="cols-main">
            <div class="stack stack-6">
                {move || {
                    // Who may approve decides what the rules can reach.
                    approvers.track();
                    all.get()
                        .into_iter()
                        .map(|rules| {
                            let reach = reach_of(project, kept, &rules);
                            view! {
                                <Card
                                    opened=known.get_value()
                                    slug=kept.get_value()
                                    rules
                                    reach
                                    admin
                                    editing
                                    removing
                                />
                            }
                        })
                        .collect_view()
                }}
                {admin
                    .then(|| {
                        view! {
                            <div>
                                <Button
                                    glyph=Glyph::Plus
                                    on_press=move || {
                                        editing
                                            .set(
                                                Some(AccessRules {
                                                    path: String::new(),
                                                    ..AccessRules::default()
                                                }),
                                            );
                                    }
                                >
                                    {words::RULES_FOR_FOLDER}
                                </Button>
                            </div>
                        }
                    })}
            </div>
            <aside class="stack">
                <section class="card">
                    <div class="card__body stack stack-3">
                        <h2 class="t-sm">{words::WHO_MAY_APPROVE}</h2>
                        <p class="muted t-sm">{words::WHO_MAY_APPROVE_NOTE}</p>
                        <ul class="stack stack-3">{people}</ul>
                        {move || editing.read().is_none().then(|| view! { <Trouble act=change /> })}
                    </div>
                </section>
                <p class="t-sm faint">{words::RULES_HONEST}</p>
            </aside>
        </div>
        <Editor
            rules=editing
            approvers
            opened=known
            slug=kept
            environment=opened.environment(&slug)
            people=opened
                .people()
                .map(|member| (member.user_id.clone(), member.shown_name().to_owned()))
                .collect()
            busy=change.pending()
            trouble=Signal::derive(move || match change.value().get() {
                Some(Err(error)) => Some(error),
                _ => None,
            })
            on_save=move |(path, rules): (String, AccessRules)| {
                change.dispatch(Change::Rules(path, Some(rules)));
            }
        />
        <Confirm
            open=removal
            title=Signal::derive(move || words::remove_rules(removing.read().as_deref().unwrap_or("/")))
            verb=words::REMOVE_RULES
            cancel_word=text::CANCEL
            busy=change.pending()
            on_confirm=move || {
                if let Some(path) = removing.get_untracked() {
                    change.dispatch(Change::Rules(path, None));
                }
            }
        >
            <p>{words::REMOVE_RULES_BODY}</p>
            <Trouble act=change />
        </Confirm>
    }
}

/// The rules of one folder, in sentences.
#[component]
fn Card(
    opened: Opened,
    slug: String,
    rules: AccessRules,
    /// Whether the present members can keep them.
    reach: RuleReach,
    admin: bool,
    editing: RwSignal<Option<AccessRules>>,
    removing: RwSignal<Option<String>>,
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
    let (for_edit, path, set) = (rules.clone(), rules.path.clone(), rules.set);
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
                                    on_press=move || editing.set(Some(for_edit.clone()))
                                >
                                    {words::CHANGE}
                                </Button>
                                {set
                                    .then(|| {
                                        view! {
                                            <IconButton
                                                label=words::remove_rules_of(&path)
                                                glyph=Glyph::Trash
                                                on_press=move || removing.set(Some(path.clone()))
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

/// What the present members cannot keep of rules.
#[component]
fn Reach(opened: Opened, reach: RuleReach, without_steps: bool) -> impl IntoView {
    if !reach.others {
        // Rules without a step say that themselves.
        let short = view! {
            <Banner
                tone=Tone::Caution
                glyph=Glyph::Users
                title=words::STEPS_SHORT
                text=words::STEPS_SHORT_TEXT
            />
        };
        return (!without_steps).then_some(short).into_any();
    }
    let stuck: Vec<String> = reach.stuck.iter().map(|user| opened.who(user)).collect();
    (!stuck.is_empty())
        .then(|| view! { <p class="muted t-sm">{words::stuck(&stuck)}</p> })
        .into_any()
}

/// What the present members can keep of rules; all of it where that is not known.
fn reach_of(project: Handle, slug: StoredValue<String>, rules: &AccessRules) -> RuleReach {
    let reach = project.with_value(|project| project.rule_reach(&slug.read_value(), rules));
    reach.unwrap_or(RuleReach {
        others: true,
        stuck: Vec::new(),
        gone: Vec::new(),
    })
}

/// What the form of a link holds at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormScope {
    Chosen,
    Folder,
    Named,
}

/// A link to the form for a request, with what an admin fills in: it is made here and known to nobody else.
#[component]
fn FormLink(open: RwSignal<bool>, opened: Opened, slug: String, rules: AccessRules) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let handle = opened.project;
    let (project, slug) = (StoredValue::new(opened.id), StoredValue::new(slug));
    let folder = RwSignal::new(rules.path.clone());
    let scope = RwSignal::new(FormScope::Folder);
    let names = RwSignal::new(String::new());
    let propose = RwSignal::new(false);
    let seconds = RwSignal::new(rules.longest.min(3_600));
    let tried = RwSignal::new(false);
    let named = Memo::new(move |_| {
        let names = names.read();
        let lines = names.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<String>>()
    });
    let link = Memo::new(move |_| {
        let form = AskForm {
            environment: slug.get_value(),
            folder: match scope.get() {
                FormScope::Chosen => String::new(),
                FormScope::Folder | FormScope::Named => folder_of(&folder.read()),
            },
            names: match scope.get() {
                FormScope::Named => named.get(),
                FormScope::Chosen | FormScope::Folder => Vec::new(),
            },
            seconds: Some(seconds.get()),
            propose: propose.get(),
            ..AskForm::default()
        };
        let path = Path::Ask {
            project: project.get_value(),
            form,
        };
        format!("{}{path}", this_server())
    });
    let folder_error = Signal::derive(move || {
        let folder = folder_of(&folder.read());
        let is_none = handle.with_value(|project| project.access_rules(&slug.read_value(), &folder).is_err());
        (scope.get() != FormScope::Chosen && is_none).then(|| words::FOLDER_BAD.to_owned())
    });
    let names_error = Signal::derive(move || {
        let (named, folder) = (named.read(), folder_of(&folder.read()));
        if scope.get() != FormScope::Named {
            None
        } else if named.is_empty() {
            tried.get().then(|| words::NAMES_EMPTY.to_owned())
        } else if named.len() > MOST_WANTED {
            Some(words::too_many(MOST_WANTED))
        } else {
            let wanted: Vec<WantedItem> = named.iter().map(|line| item_of(&folder, line)).collect();
            let is_bad =
                handle.with_value(|project| project.who_is_asked(&slug.read_value(), &wanted).is_err());
            (is_bad && folder_error.read().is_none()).then(|| words::NAME_BAD.to_owned())
        }
    });
    let copy = move || {
        tried.set(true);
        let wrong = untrack(|| folder_error.read().is_some() || names_error.read().is_some());
        if !wrong {
            clipboard.copy_plain(link.get_untracked(), words::FORM_LINK_COPIED);
            open.set(false);
        }
    };
    let longest = rules.longest;
    let durations = move || {
        let mut offered: Vec<u32> = PRESETS
            .iter()
            .copied()
            .filter(|preset| *preset <= longest)
            .collect();
        if !offered.contains(&longest) {
            offered.push(longest);
        }
        offered
            .into_iter()
            .map(|seconds| (seconds, words::duration(seconds)))
            .collect::<Vec<_>>()
    };
    view! {
        <Dialog
            open
            title=words::form_link_for(&rules.path)
            note=words::FORM_LINK_NOTE
            close_word=text::CLOSE
            on_close=move || tried.set(false)
        >
            <DialogForm
                open
                verb=words::COPY_LINK
                cancel_word=text::CANCEL
                glyph=Glyph::Copy
                on_submit=copy
            >
                <Choices
                    label=words::FORM_SCOPE
                    value=scope
                    options=vec![
                        (FormScope::Folder, words::SCOPE_ALL.to_owned()),
                        (FormScope::Named, words::SCOPE_NAMED.to_owned()),
                        (FormScope::Chosen, words::FORM_SCOPE_NONE.to_owned()),
                    ]
                />
                <Show when=move || scope.get() != FormScope::Chosen>
                    <TextField label=words::FOLDER value=folder error=folder_error mono=true />
                </Show>
                <Show when=move || scope.get() == FormScope::Named>
                    <TextArea
                        label=words::FORM_NAMES
                        value=names
                        rows=4
                        hint=words::FORM_NAMES_HINT
                        error=names_error
                        mono=true
                    />
                </Show>
                <Choices
                    label=words::VERBS
                    value=propose
                    options=vec![
                        (false, words::READ.to_owned()),
                        (true, words::READ_PROPOSE.to_owned()),
                    ]
                />
                <Choices label=words::DURATION value=seconds options=durations() />
                <div class="field">
                    <span class="field__label">{words::FORM_ADDRESS}</span>
                    <p class="mono t-sm anywhere">{move || link.get()}</p>
                </div>
            </DialogForm>
        </Dialog>
    }
}

/// One step being edited.
#[derive(Clone, Copy)]
struct StepFields {
    key: u32,
    /// Everybody who may, instead of the named.
    everybody: RwSignal<bool>,
    people: RwSignal<Vec<String>>,
    needed: RwSignal<String>,
}

impl StepFields {
    fn of(key: u32, step: &RuleStep) -> Self {
        Self {
            key,
            everybody: RwSignal::new(step.people.is_none()),
            people: RwSignal::new(step.people.clone().unwrap_or_default()),
            needed: RwSignal::new(step.needed.to_string()),
        }
    }
}

/// Rules being edited.
#[derive(Clone, Copy)]
struct Fields {
    path: RwSignal<String>,
    steps: RwSignal<Vec<StepFields>>,
    self_approval: RwSignal<bool>,
    longest: RwSignal<String>,
    reason_min: RwSignal<String>,
    template: RwSignal<String>,
    ticket: RwSignal<String>,
    answer_within: RwSignal<String>,
    escalates: RwSignal<bool>,
    after: RwSignal<String>,
    later: RwSignal<Vec<String>>,
    emergency: RwSignal<Vec<String>>,
}

impl Fields {
    fn of(rules: &AccessRules) -> Self {
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
    fn named(self) -> BTreeSet<String> {
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
    fn rules(self) -> Result<AccessRules, &'static str> {
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
            Some(RuleEscalation {
                after: seconds(self.after)?,
                people: self.later.get(),
            })
        } else {
            None
        };
        let reason_min = within(&self.reason_min.read(), 0, 500).ok_or(words::REASON_MIN_BAD)?;
        let ticket = self.ticket.read().trim().to_owned();
        Ok(AccessRules {
            path: folder_of(&self.path.read()),
            set: true,
            steps,
            self_approval: self.self_approval.get(),
            longest: seconds(self.longest)?,
            reason_min: u16::try_from(reason_min).map_err(|_| words::REASON_MIN_BAD)?,
            template: self.template.read().trim().to_owned(),
            ticket: (!ticket.is_empty()).then_some(ticket),
            answer_within: seconds(self.answer_within)?,
            escalation,
            emergency: self.emergency.get(),
        })
    }
}

#[component]
fn Editor(
    rules: RwSignal<Option<AccessRules>>,
    /// Who may approve now.
    approvers: Memo<Vec<String>>,
    opened: StoredValue<Opened, LocalStorage>,
    slug: StoredValue<String>,
    /// The environment's name.
    environment: String,
    people: Vec<(String, String)>,
    #[prop(into)] busy: Signal<bool>,
    trouble: Signal<Option<Error>>,
    #[prop(into)] on_save: Callback<(String, AccessRules)>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(rules.read().is_some()));
    let title = Signal::derive(move || match rules.read().as_ref() {
        Some(rules) if !rules.path.is_empty() => words::rules_of(&rules.path),
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
            on_close=move || rules.set(None)
        >
            {move || {
                rules
                    .get()
                    .map(|rules| {
                        view! {
                            <EditorForm rules approvers opened slug environment people open busy trouble on_save />
                        }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn EditorForm(
    rules: AccessRules,
    approvers: Memo<Vec<String>>,
    opened: StoredValue<Opened, LocalStorage>,
    slug: StoredValue<String>,
    environment: StoredValue<String>,
    people: StoredValue<Vec<(String, String)>>,
    open: RwSignal<bool>,
    busy: Signal<bool>,
    trouble: Signal<Option<Error>>,
    on_save: Callback<(String, AccessRules)>,
) -> impl IntoView {
    let fresh = rules.path.is_empty();
    let project = opened.with_value(|opened| opened.project);
    // Whom nobody can tick off any more would stay for ever, and be refused when the rules are signed.
    let gone = reach_of(project, slug, &rules).gone;
    let fields = Fields::of(&without(rules.clone(), &gone));
    let gone: Vec<String> = opened.with_value(|opened| gone.iter().map(|user| opened.name(user)).collect());
    let wrong = RwSignal::new(None::<&'static str>);
    let next = StoredValue::new(fields.steps.read_untracked().len() as u32);
    let try_out = RwSignal::new(String::new());
    // Who is named and may not approve yet gets more than rules by them.
    let gets = Memo::new(move |_| {
        let (named, approvers) = (fields.named(), approvers.read());
        let fresh = |user: &String| named.contains(user) && !approvers.contains(user);
        let people = people.read_value();
        let fresh = people.iter().filter(|(user, _)| fresh(user));
        fresh.map(|(_, name)| name.clone()).collect::<Vec<String>>()
    });
    let reach = Memo::new(move |_| {
        approvers.track();
        let rules = fields.rules().ok()?;
        Some((reach_of(project, slug, &rules), rules.steps.is_empty()))
    });
    let submit = move || match untrack(|| fields.rules()) {
        Ok(rules) => {
            wrong.set(None);
            on_save.run((rules.path.clone(), rules));
        }
        Err(said) => wrong.set(Some(said)),
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
            on_submit=submit
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
                    <div>
                        <Button size=ButtonSize::Small glyph=Glyph::Plus on_press=add_step>
                            {words::ADD_STEP}
                        </Button>
                    </div>
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
                            options=times(&AFTER, 3_600)
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

/// The rules without people who are no members any more.
fn without(mut rules: AccessRules, gone: &[String]) -> AccessRules {
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
const MONTH: u32 = 2_592_000;

#[cfg(test)]
mod tests {
    use super::*;

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
