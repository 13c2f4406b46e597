//! One project: its environments, `/p/:project`.

use coffer_client::{EnvironmentInfo, EnvironmentState, Error, ProjectId};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};

use super::super::closed::ClosedProject;
use super::dialogs::{DeleteDialog, RenameDialog, Unexpected, name_problem};
use crate::{
    backend::Project,
    failure::explain,
    routes::Path,
    state::{
        current::CurrentProject,
        projects::{checked_name, slug_is_fine, slug_of},
        session::OpenVault,
        toasts::Toasts,
    },
    text::{self, access as access_words, projects as words},
    ui::*,
};

/// An opened project beside what is listed of it; the handle stays on this thread.
#[derive(Clone)]
struct Opened {
    project: Project,
    environments: Vec<EnvironmentInfo>,
}

/// One project: its environments, `/p/:project`.
#[component]
pub(crate) fn ProjectHome() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let current = expect_context::<CurrentProject>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    let changed = RwSignal::new(0_u32);
    let opened = LocalResource::new(move || {
        changed.track();
        let (vault, id) = (vault.get(), ProjectId::new(id.get()));
        async move {
            let project = vault.open_project(&id).await?;
            let environments = project.environments();
            Ok::<_, Error>(Opened {
                project,
                environments,
            })
        }
    });
    let handle = StoredValue::new_local(None::<Project>);
    Effect::new(move |_| {
        if let Some(Ok(opened)) = &*opened.read() {
            handle.set_value(Some(opened.project.clone()));
            current.open(&opened.project);
        }
    });

    let creating = RwSignal::new(false);
    let renaming = RwSignal::new(None::<EnvironmentInfo>);
    let deleting = RwSignal::new(None::<EnvironmentInfo>);
    let admin =
        Signal::derive(move || matches!(&*opened.read(), Some(Ok(opened)) if opened.project.is_admin()));
    let name = move || match &*opened.read() {
        Some(Ok(opened)) => opened.project.summary().name,
        _ => String::from(words::OVERVIEW),
    };
    let title = move || view! { <span class="anywhere">{name}</span> };
    let note = Signal::derive(move || match &*opened.read() {
        Some(Ok(opened)) => words::environments_counted(opened.environments.len()),
        _ => String::new(),
    });
    let again = move || changed.update(|n| *n += 1);
    view! {
        <PageHead title note>
            <LinkButton href=move || Path::members(id.get()).to_string() glyph=Glyph::Users>
                {words::MEMBERS}
            </LinkButton>
            <Show when=move || admin.get()>
                <Button kind=ButtonKind::Primary glyph=Glyph::Plus on_press=move || creating.set(true)>
                    {words::NEW_ENVIRONMENT}
                </Button>
            </Show>
        </PageHead>
        {move || match opened.get() {
            None => view! { <SkeletonLines lines=6 label=words::LOADING_PROJECT /> }.into_any(),
            Some(Err(error)) => {
                view! {
                    <ClosedProject error project=id.get() on_retry=again />
                }
                    .into_any()
            }
            Some(Ok(opened)) if opened.environments.is_empty() => {
                view! {
                    <section class="card">
                        <Empty title=words::NO_ENVIRONMENTS_TITLE text=words::NO_ENVIRONMENTS_BODY>
                            <Button glyph=Glyph::Plus on_press=move || creating.set(true)>
                                {words::NEW_ENVIRONMENT}
                            </Button>
                        </Empty>
                    </section>
                }
                    .into_any()
            }
            Some(Ok(opened)) => {
                let admin = opened.project.is_admin();
                view! {
                    <ul class="cols-3">
                        {opened
                            .environments
                            .into_iter()
                            .map(|environment| {
                                view! { <EnvironmentCard project=id.get() environment admin renaming deleting /> }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }
        }}
        <Create open=creating handle on_done=again />
        <Rename environment=renaming handle on_done=again />
        <Delete environment=deleting handle on_done=again />
    }
}

#[component]
fn EnvironmentCard(
    project: String,
    environment: EnvironmentInfo,
    admin: bool,
    renaming: RwSignal<Option<EnvironmentInfo>>,
    deleting: RwSignal<Option<EnvironmentInfo>>,
) -> impl IntoView {
    let (for_rename, for_delete) = (environment.clone(), environment.clone());
    let (tone, glyph, state, hint) = state_words(environment.state);
    let opens = matches!(environment.state, EnvironmentState::Sealed);
    let name = environment.name.clone();
    let more = words::more_for(&name);
    let asks_for = access_words::to_environment(&name);
    let ask = environment
        .is_closed()
        .then(|| Path::ask(project.clone(), environment.slug.clone(), ""));
    view! {
        <li class="card">
            <div class="card__head">
                <h2 class="row">
                    {if opens {
                        view! {
                            <A href=Path::environment(project, environment.slug.clone()) attr:class="folder">
                                <Icon glyph=Glyph::Layers />
                                <span class="anywhere">{name.clone()}</span>
                            </A>
                        }
                            .into_any()
                    } else {
                        view! { <span class="anywhere">{name.clone()}</span> }.into_any()
                    }}
                </h2>
                {admin
                    .then(|| {
                        view! {
                            <Menu label=more>
                                <MenuItem
                                    glyph=Glyph::Pencil
                                    on_press=move || renaming.set(Some(for_rename.clone()))
                                >
                                    {text::RENAME}
                                </MenuItem>
                                <MenuItem
                                    glyph=Glyph::Trash
                                    danger=true
                                    on_press=move || deleting.set(Some(for_delete.clone()))
                                >
                                    {text::DELETE}
                                </MenuItem>
                            </Menu>
                        }
                    })}
            </div>
            <div class="card__body stack stack-2">
                <div class="row row--wrap">
                    <Badge tone glyph>
                        {state}
                    </Badge>
                    <Badge square=true>
                        <span class="mono">{environment.slug.clone()}</span>
                    </Badge>
                    <span class="faint t-sm">{words::right(environment.right)}</span>
                </div>
                <p class="faint t-sm">{hint}</p>
                {ask
                    .map(|path| {
                        view! {
                            <div>
                                <LinkButton href=path size=ButtonSize::Small glyph=Glyph::Hourglass>
                                    {access_words::REQUEST_ACCESS}
                                    <span class="sr-only">{asks_for}</span>
                                </LinkButton>
                            </div>
                        }
                    })}
            </div>
        </li>
    }
}

#[component]
fn Create(
    open: RwSignal<bool>,
    handle: StoredValue<Option<Project>, LocalStorage>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let name = RwSignal::new(String::new());
    // Nothing while the short name follows the name.
    let own_slug = RwSignal::new(None::<String>);
    let slug = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let create = Action::new_unsync(move |input: &(String, String)| {
        let (project, (name, slug)) = (handle.get_value(), input.clone());
        async move {
            let project = project.ok_or(Error::Locked)?;
            project
                .create_environment(&name, &slug)
                .await
                .map(|made| made.name)
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(made)) = create.value().get() {
            create.clear();
            open.set(false);
            toasts.say(words::created(&made));
            on_done.run(());
        }
    });
    // The box of the short name: what the name suggests, until somebody writes another.
    Effect::new(move |suggested: Option<String>| {
        let suggestion = slug_of(&name.read());
        if own_slug.read_untracked().is_none() {
            slug.set(suggestion.clone());
        }
        let _ = suggested;
        suggestion
    });
    Effect::new(move |_| {
        let typed = slug.get();
        let suggestion = slug_of(&name.get_untracked());
        own_slug.set((typed != suggestion).then_some(typed));
    });
    // A name that is in use is told under the short one.
    let name_error =
        Signal::derive(move || name_problem(&name.read(), tried.get(), None::<Result<(), Error>>));
    let slug_error = Signal::derive(move || match create.value().get() {
        Some(Err(error @ Error::NameTaken)) => Some(explain(&error).title),
        _ => (tried.get() && !slug_is_fine(slug.read().trim())).then(|| words::SLUG_BAD.to_owned()),
    });
    let submit = move || {
        tried.set(true);
        let slug = slug.get_untracked().trim().to_owned();
        if let Ok(name) = checked_name(&name.get_untracked())
            && slug_is_fine(&slug)
        {
            create.dispatch((name, slug));
        }
    };
    let closed = move || {
        tried.set(false);
        own_slug.set(None);
        name.set(String::new());
        create.clear();
    };
    view! {
        <Dialog
            open
            title=words::ENVIRONMENT_TITLE
            note=words::ENVIRONMENT_LEAD
            close_word=text::CLOSE
            busy=create.pending()
            on_close=closed
        >
            <DialogForm
                open
                verb=words::CREATE_ENVIRONMENT
                cancel_word=text::CANCEL
                busy=create.pending()
                on_submit=submit
            >
                <TextField
                    label=words::NAME_LABEL
                    value=name
                    hint=words::ENVIRONMENT_NAME_HINT
                    error=name_error
                    max_length=64
                    autofocus=true
                />
                <TextField
                    label=words::SLUG_LABEL
                    value=slug
                    hint=words::SLUG_HINT
                    error=slug_error
                    max_length=64
                    mono=true
                />
                <Unexpected value=create.value() />
            </DialogForm>
        </Dialog>
    }
}

#[component]
fn Rename(
    environment: RwSignal<Option<EnvironmentInfo>>,
    handle: StoredValue<Option<Project>, LocalStorage>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let rename = Action::new_unsync(move |input: &(String, String)| {
        let (project, (slug, name)) = (handle.get_value(), input.clone());
        async move {
            let project = project.ok_or(Error::Locked)?;
            project.rename_environment(&slug, &name).await.map(|()| name)
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(name)) = rename.value().get() {
            rename.clear();
            environment.set(None);
            toasts.say(words::renamed(&name));
            on_done.run(());
        }
    });
    let current = Signal::derive(move || {
        environment
            .read()
            .as_ref()
            .map(|environment| environment.name.clone())
    });
    view! {
        <RenameDialog
            title=words::RENAME_ENVIRONMENT_TITLE
            current
            busy=rename.pending()
            failed=rename.value()
            on_close=move || {
                rename.clear();
                environment.set(None);
            }
            on_rename=move |name| {
                if let Some(environment) = environment.get_untracked() {
                    rename.dispatch((environment.slug, name));
                }
            }
        />
    }
}

#[component]
fn Delete(
    environment: RwSignal<Option<EnvironmentInfo>>,
    handle: StoredValue<Option<Project>, LocalStorage>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let delete = Action::new_unsync(move |input: &EnvironmentInfo| {
        let (project, environment) = (handle.get_value(), input.clone());
        async move {
            let project = project.ok_or(Error::Locked)?;
            project
                .delete_environment(&environment.slug)
                .await
                .map(|()| environment.name)
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(name)) = delete.value().get() {
            delete.clear();
            environment.set(None);
            toasts.say(words::deleted(&name));
            on_done.run(());
        }
    });
    let name = Signal::derive(move || {
        environment
            .read()
            .as_ref()
            .map(|environment| environment.name.clone())
    });
    view! {
        <DeleteDialog
            title=words::DELETE_ENVIRONMENT_TITLE
            verb=words::DELETE_ENVIRONMENT_ACT
            outcome=words::DELETE_ENVIRONMENT_OUTCOME
            name
            busy=delete.pending()
            failed=delete.value()
            on_close=move || {
                delete.clear();
                environment.set(None);
            }
            on_delete=move |()| {
                if let Some(environment) = environment.get_untracked() {
                    delete.dispatch(environment);
                }
            }
        />
    }
}

fn state_words(state: EnvironmentState) -> (Tone, Glyph, &'static str, &'static str) {
    match state {
        EnvironmentState::Sealed => (Tone::Accent, Glyph::Lock, words::STATE_SEALED, words::HINT_SEALED),
        EnvironmentState::NotSealed => (
            Tone::Danger,
            Glyph::Unlock,
            words::STATE_NOT_SEALED,
            words::HINT_NOT_SEALED,
        ),
        EnvironmentState::NoKey => (Tone::Info, Glyph::Key, words::STATE_NO_KEY, words::HINT_NO_KEY),
        EnvironmentState::Unverified => (
            Tone::Danger,
            Glyph::ShieldAlert,
            words::STATE_UNVERIFIED,
            words::HINT_UNVERIFIED,
        ),
    }
}
