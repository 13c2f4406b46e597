//! All projects of this account: `/projects`.

use coffer_client::{NewEnvironment, ProjectId, ProjectSummary};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};

use super::dialogs::{DeleteDialog, RenameDialog, Unexpected, name_problem};
use crate::{
    failure::FailureBanner,
    routes::Path,
    state::{
        current::CurrentProject,
        projects::{NameProblem, checked_name, environments_of},
        session::OpenVault,
        toasts::Toasts,
    },
    text::{self, projects as words},
    ui::*,
};

/// All projects of this account: `/projects`.
#[component]
pub(crate) fn Projects() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let changed = RwSignal::new(0_u32);
    let list = LocalResource::new(move || {
        changed.track();
        let vault = vault.get();
        async move { vault.projects().await }
    });
    let creating = RwSignal::new(false);
    let renaming = RwSignal::new(None::<ProjectSummary>);
    let deleting = RwSignal::new(None::<ProjectSummary>);

    let note = Signal::derive(move || match &*list.read() {
        Some(Ok(projects)) if !projects.is_empty() => words::counted(projects.len()),
        _ => words::LEAD.to_owned(),
    });
    let some = Signal::derive(move || matches!(&*list.read(), Some(Ok(projects)) if !projects.is_empty()));
    view! {
        <PageHead title=|| words::TITLE note>
            <Show when=move || some.get()>
                <Button kind=ButtonKind::Primary glyph=Glyph::Plus on_press=move || creating.set(true)>
                    {words::NEW}
                </Button>
            </Show>
        </PageHead>
        {move || match list.get() {
            None => {
                view! {
                    <SkeletonTable
                        columns=vec![words::COLUMN_NAME.into(), words::COLUMN_STATE.into()]
                        label=words::LOADING
                    />
                }
                    .into_any()
            }
            Some(Err(error)) => {
                view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }.into_any()
            }
            Some(Ok(projects)) if projects.is_empty() => {
                view! {
                    <section class="card">
                        <Empty title=words::EMPTY_TITLE text=words::EMPTY_BODY>
                            <Button
                                kind=ButtonKind::Primary
                                glyph=Glyph::Plus
                                on_press=move || creating.set(true)
                            >
                                {words::NEW}
                            </Button>
                        </Empty>
                    </section>
                }
                    .into_any()
            }
            Some(Ok(projects)) => {
                view! {
                    <Table
                        caption=words::LIST_CAPTION
                        columns=vec![
                            ("col-name", words::COLUMN_NAME.into()),
                            ("", words::COLUMN_STATE.into()),
                            ("col-xs", format!("~{}", words::COLUMN_ACTIONS)),
                        ]
                    >
                        {projects
                            .into_iter()
                            .map(|project| view! { <ProjectRow project renaming deleting /> })
                            .collect_view()}
                    </Table>
                }
                    .into_any()
            }
        }}
        <Create open=creating />
        <Rename project=renaming changed />
        <Delete project=deleting changed />
    }
}

#[component]
fn ProjectRow(
    project: ProjectSummary,
    renaming: RwSignal<Option<ProjectSummary>>,
    deleting: RwSignal<Option<ProjectSummary>>,
) -> impl IntoView {
    let (for_rename, for_delete) = (project.clone(), project.clone());
    let more = words::more_for(&project.name);
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <div class="stack stack-1">
                    <A href=Path::project(project.id.as_str()) attr:class="folder">
                        <Icon glyph=Glyph::Layers />
                        <span class="anywhere">{project.name.clone()}</span>
                    </A>
                    {(!project.description.is_empty())
                        .then(|| view! { <span class="faint t-xs anywhere">{project.description.clone()}</span> })}
                </div>
            </th>
            <td role="cell" class="span">
                {if project.coffer {
                    view! {
                        <Badge tone=Tone::Accent glyph=Glyph::Lock>
                            {words::SEALED}
                        </Badge>
                    }
                        .into_any()
                } else {
                    view! {
                        <span class="row row--wrap">
                            <Badge tone=Tone::Danger glyph=Glyph::Unlock>
                                {words::NOT_COFFER}
                            </Badge>
                            <span class="faint t-xs">{words::NOT_COFFER_HINT}</span>
                        </span>
                    }
                        .into_any()
                }}
            </td>
            <td role="cell" class="acts">
                <div class="table__actions">
                    <Menu label=more>
                        <MenuItem glyph=Glyph::Pencil on_press=move || renaming.set(Some(for_rename.clone()))>
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
                </div>
            </td>
        </tr>
    }
}

#[component]
fn Create(open: RwSignal<bool>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let current = expect_context::<CurrentProject>();
    let navigate = use_navigate();
    let name = RwSignal::new(String::new());
    let environments = RwSignal::new(words::ENVIRONMENTS_PRESET.to_owned());
    let tried = RwSignal::new(false);
    let create = Action::new_unsync(move |input: &(String, Vec<NewEnvironment>)| {
        let (vault, (name, environments)) = (vault.get(), input.clone());
        async move { vault.create_project(&name, &environments).await }
    });
    Effect::new(move |_| {
        let Some(Ok(project)) = create.value().get() else {
            return;
        };
        create.clear();
        open.set(false);
        name.set(String::new());
        toasts.say(words::created(&project.name));
        current.projects_changed();
        navigate(
            &Path::project(project.id.as_str()).to_string(),
            Default::default(),
        );
    });
    let name_error = Signal::derive(move || name_problem(&name.read(), tried.get(), create.value().get()));
    let environments_error = Signal::derive(move || {
        if !tried.get() {
            return None;
        }
        match environments_of(&environments.read()) {
            Ok(_) => None,
            Err(NameProblem::Empty) => Some(words::ENVIRONMENTS_EMPTY.to_owned()),
            Err(NameProblem::TooLong) => Some(words::NAME_LONG.to_owned()),
            Err(NameProblem::Twice) => Some(words::ENVIRONMENTS_TWICE.to_owned()),
        }
    });
    let submit = move || {
        tried.set(true);
        let (Ok(name), Ok(environments)) = (
            checked_name(&name.get_untracked()),
            environments_of(&environments.get_untracked()),
        ) else {
            return;
        };
        create.dispatch((name, environments));
    };
    view! {
        <Dialog
            open
            title=words::CREATE_TITLE
            note=words::CREATE_LEAD
            close_word=text::CLOSE
            busy=create.pending()
            on_close=move || {
                tried.set(false);
                create.clear();
            }
        >
            <DialogForm
                open
                verb=words::CREATE
                cancel_word=text::CANCEL
                busy=create.pending()
                on_submit=submit
            >
                <TextField
                    label=words::NAME_LABEL
                    value=name
                    hint=words::NAME_HINT
                    error=name_error
                    max_length=64
                    autofocus=true
                />
                <TextArea
                    label=words::ENVIRONMENTS_LABEL
                    value=environments
                    rows=4
                    hint=words::ENVIRONMENTS_HINT
                    error=environments_error
                />
                <Unexpected value=create.value() />
            </DialogForm>
        </Dialog>
    }
}

#[component]
fn Rename(project: RwSignal<Option<ProjectSummary>>, changed: RwSignal<u32>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let current = expect_context::<CurrentProject>();
    let rename = Action::new_unsync(move |input: &(ProjectId, String)| {
        let (vault, (id, name)) = (vault.get(), input.clone());
        async move { vault.rename_project(&id, &name).await.map(|()| name) }
    });
    Effect::new(move |_| {
        if let Some(Ok(name)) = rename.value().get() {
            rename.clear();
            project.set(None);
            changed.update(|n| *n += 1);
            current.projects_changed();
            toasts.say(words::renamed(&name));
        }
    });
    let current = Signal::derive(move || project.read().as_ref().map(|project| project.name.clone()));
    view! {
        <RenameDialog
            title=words::RENAME_TITLE
            current
            busy=rename.pending()
            failed=rename.value()
            on_close=move || {
                rename.clear();
                project.set(None);
            }
            on_rename=move |name| {
                if let Some(project) = project.get_untracked() {
                    rename.dispatch((project.id, name));
                }
            }
        />
    }
}

#[component]
fn Delete(project: RwSignal<Option<ProjectSummary>>, changed: RwSignal<u32>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let current = expect_context::<CurrentProject>();
    let delete = Action::new_unsync(move |input: &ProjectSummary| {
        let (vault, project) = (vault.get(), input.clone());
        async move { vault.delete_project(&project.id).await.map(|()| project.name) }
    });
    Effect::new(move |_| {
        if let Some(Ok(name)) = delete.value().get() {
            delete.clear();
            project.set(None);
            changed.update(|n| *n += 1);
            current.projects_changed();
            toasts.say(words::deleted(&name));
        }
    });
    let name = Signal::derive(move || project.read().as_ref().map(|project| project.name.clone()));
    view! {
        <DeleteDialog
            title=words::DELETE_TITLE
            verb=words::DELETE_ACT
            outcome=words::DELETE_OUTCOME
            name
            busy=delete.pending()
            failed=delete.value()
            on_close=move || {
                delete.clear();
                project.set(None);
            }
            on_delete=move |()| {
                if let Some(project) = project.get_untracked() {
                    delete.dispatch(project);
                }
            }
        />
    }
}
