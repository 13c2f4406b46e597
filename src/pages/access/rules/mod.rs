//! Who may approve what, and under which conditions: `/p/:project/rules?env=prod`.
//!
//! The page with what it changes is here; `card` draws the rules of one folder, `editor` the form that changes them,
//! `draft` holds what is filled in, `overtaken` what somebody else has set meanwhile, `approvers` lists the people, and
//! `reach` says what nobody could keep.

mod approvers;
mod card;
mod draft;
mod editor;
mod form_link;
mod overtaken;
mod reach;

use coffer_client::{AccessRules, Enforcement, Error, RulesError, RulesNow};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::{
    approvers::Approvers,
    card::Card,
    draft::Editing,
    editor::Editor,
    overtaken::{Differences, who_changed},
    reach::reach_of,
};
use super::{super::webhooks::WebhookCard, OpenProject, Opened};
use crate::{
    backend::Project,
    failure::Trouble,
    routes::Path,
    state::{access::Access, toasts::Toasts},
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
    Rules(Box<RulesChange>),
}

/// A change of the rules of one folder.
#[derive(Clone)]
struct RulesChange {
    path: String,
    /// What was set when this person began.
    base: Option<AccessRules>,
    /// What shall be; nothing to leave it to the folder above.
    rules: Option<AccessRules>,
}

impl Change {
    fn of_rules(path: String, base: Option<AccessRules>, rules: Option<AccessRules>) -> Self {
        Self::Rules(Box::new(RulesChange { path, base, rules }))
    }
}

/// What a change came to.
#[derive(Clone)]
enum Outcome {
    Done(&'static str),
    /// Somebody else was quicker, at this folder: nothing was signed.
    Overtaken(String, Box<RulesNow>),
}

#[component]
fn OfEnvironment(opened: Opened, slug: String) -> impl IntoView {
    let toasts = Toasts::expect();
    let project = opened.project;
    let admin = opened.project.with_value(Project::is_admin);
    let changed = RwSignal::new(0_u32);
    let kept = StoredValue::new(slug.clone());
    let access = Access::expect();
    let editing = RwSignal::new(None::<Editing>);
    let removing = RwSignal::new(None::<AccessRules>);
    let overtaken = RwSignal::new(None::<(String, RulesNow)>);
    let removal = RwSignal::new(false);
    Effect::new(move |_| removal.set(removing.read().is_some()));
    let change = Action::new_unsync(move |change: &Change| {
        let (project, slug, change) = (project.get_value(), kept.get_value(), change.clone());
        async move {
            match change {
                Change::Approver(user, yes) => match project.set_approver(&user, &slug, yes).await? {
                    Enforcement::KeysAlone => Ok(Outcome::Done(words::KEYS_ALONE)),
                    _ => Ok(Outcome::Done(words::RULES_SIGNED)),
                },
                Change::Rules(change) => {
                    let RulesChange { path, base, rules } = *change;
                    let done = project.change_rules_of(&slug, &path, base.as_ref(), rules).await;
                    match done {
                        Ok(()) => Ok(Outcome::Done(words::RULES_SIGNED)),
                        Err(RulesError::Changed(now)) => Ok(Outcome::Overtaken(path, now)),
                        Err(RulesError::Failed(error)) => Err(error),
                        Err(_) => Err(Error::Conflict),
                    }
                }
            }
        }
    });
    Effect::new(move |_| {
        let Some(Ok(outcome)) = change.value().get() else {
            return;
        };
        change.clear();
        match outcome {
            Outcome::Done(said) => {
                editing.set(None);
                removing.set(None);
                overtaken.set(None);
                toasts.say_with(Glyph::ShieldCheck, said);
            }
            Outcome::Overtaken(path, now) => overtaken.set(Some((path, *now))),
        }
        changed.update(|n| *n += 1);
    });
    let known = StoredValue::new_local(opened.clone());
    let all = Memo::new(move |_| {
        changed.track();
        // Whatever others have signed is read with the requests.
        access.reads();
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
        access.reads();
        project
            .with_value(|project| project.approvers(&kept.read_value()))
            .unwrap_or_default()
    });
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
                                    on_press=move || editing.set(Some(Editing::of_another_folder()))
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
                        <Approvers
                            opened=opened.clone()
                            approvers
                            admin
                            on_change=move |(user, yes): (String, bool)| {
                                change.dispatch(Change::Approver(user, yes));
                            }
                        />
                        {move || editing.read().is_none().then(|| view! { <Trouble act=change /> })}
                    </div>
                </section>
                <p class="t-sm faint">{words::RULES_HONEST}</p>
            </aside>
        </div>
        <Editor
            editing
            overtaken
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
            on_save=move |(base, rules): (Option<AccessRules>, AccessRules)| {
                let path = rules.path.clone();
                change.dispatch(Change::of_rules(path, base, Some(rules)));
            }
        />
        <Confirm
            open=removal
            title=Signal::derive(move || {
                let removing = removing.read();
                words::remove_rules(removing.as_ref().map_or("/", |rules| rules.path.as_str()))
            })
            verb=Signal::derive(move || match overtaken.read().is_some() {
                true => words::REMOVE_RULES_ANYWAY.to_owned(),
                false => words::REMOVE_RULES.to_owned(),
            })
            cancel_word=text::CANCEL
            busy=change.pending()
            on_confirm=move || {
                let seen = overtaken.get_untracked().map(|(_, now)| now.rules);
                if let Some(rules) = removing.get_untracked() {
                    let path = rules.path.clone();
                    let base = seen.unwrap_or(Some(rules));
                    change.dispatch(Change::of_rules(path, base, None));
                }
            }
            on_close=move || {
                removing.set(None);
                overtaken.set(None);
            }
        >
            {move || {
                let (before, (_, now)) = removing.get().zip(overtaken.get())?;
                let opened = known.get_value();
                let title = who_changed(&opened, &now);
                let now = now.rules?;
                Some(
                    view! {
                        <Banner
                            tone=Tone::Caution
                            glyph=Glyph::Users
                            title
                            text=words::NOT_REMOVED
                        />
                        <Differences opened one=(words::BEFORE, before) other=(words::SET_NOW, now) />
                    },
                )
            }}
            <p>{words::REMOVE_RULES_BODY}</p>
            <Trouble act=change />
        </Confirm>
    }
}
