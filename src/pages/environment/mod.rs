//! The secrets of one environment: `/p/:project/e/:env?path=/x&q=…`.

mod editor;
mod findings;
mod folders;
mod history;
mod import;
mod leave;
mod newer;
mod proposals;
mod recovery;
mod rewind;
mod row;
mod save;
mod select;
mod table;
mod words;

use std::sync::Arc;

use coffer_client::{EnvironmentInfo, Error, ProjectId, Right};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::{
    editor::{Editor, Target},
    findings::Findings,
    folders::{Asked, FolderBar, FolderDialogs},
    import::{Import, ImportBar},
    leave::LeaveGuard,
    recovery::Recovery,
    row::Acts,
    save::{SaveBar, Saver},
    select::{MoveDialog, SelectBar, Shown},
    table::SecretTable,
};
use super::{closed::ClosedProject, put_back::PutBackMembership};
use crate::{
    backend::{Environment, Project},
    failure::FailureBanner,
    routes::{Path, use_path},
    state::{current::CurrentProject, desk::Desk, environment::is_below, session::OpenVault},
    text::{access as access_words, environment as words_of},
    ui::*,
};

/// What the page opened.
#[derive(Clone)]
struct Opened {
    project: String,
    info: EnvironmentInfo,
    siblings: Vec<EnvironmentInfo>,
    environment: Environment,
    handle: Project,
}

/// The secrets of one environment: `/p/:project/e/:env?path=/x&q=…`.
#[component]
pub(crate) fn EnvironmentPage() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let current = expect_context::<CurrentProject>();
    let params = use_params_map();
    let project_id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    let slug = Memo::new(move |_| params.read().get("env").unwrap_or_default());
    let changed = RwSignal::new(0_u32);
    // Kept while only the environment changes, so that the keyring is not verified for each of them.
    let kept = StoredValue::new_local(None::<(String, Project)>);
    let opened = LocalResource::new(move || {
        changed.track();
        let (vault, id, slug) = (vault.get(), project_id.get(), slug.get());
        async move {
            let project = match kept.try_get_value().flatten().filter(|(open, _)| *open == id) {
                Some((_, project)) => project,
                None => vault.open_project(&ProjectId::new(id.clone())).await?,
            };
            kept.try_set_value(Some((id.clone(), project.clone())));
            let siblings = project.environments();
            let info = siblings
                .iter()
                .find(|info| info.slug == slug)
                .cloned()
                .ok_or(Error::NotFound)?;
            if info.is_closed() {
                return Err(Error::NoKey);
            }
            let environment = project.open_environment(&slug).await?;
            Ok(Opened {
                project: id,
                info,
                siblings,
                environment,
                handle: project,
            })
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = &*opened.read()
            && let Some((_, project)) = kept.get_value()
        {
            current.open(&project);
        }
    });
    let again = move || {
        kept.set_value(None);
        changed.update(|n| *n += 1);
    };
    // An opened environment of another address is not this one: nothing of it is shown while the next one loads.
    let ready = move || {
        opened.get().filter(|opened| match opened {
            Ok(opened) => opened.info.slug == slug.get() && opened.project == project_id.get(),
            Err(_) => true,
        })
    };
    // The project was opened, so what failed is the environment.
    let is_in =
        move || kept.with_value(|kept| kept.as_ref().is_some_and(|(open, _)| *open == project_id.get()));
    // Where somebody was stopped is what they ask for.
    let path = use_path();
    let folder_asked = move || {
        let folder = folder_of(path.read().as_ref());
        folder.filter(|folder| folder != "/").unwrap_or_default()
    };
    move || {
        match ready() {
        None => view! {
            <PageHead title=move || view! { <span>{move || slug.get()}</span> } note=words_of::LOADING />
            <SkeletonTable
                columns=vec![words_of::COLUMN_NAME.into(), words_of::COLUMN_VALUE.into()]
                rows=8
                label=words_of::LOADING_LABEL
            />
        }
        .into_any(),
        Some(Err(error)) if !is_in() => view! {
            <PageHead title=move || view! { <span>{move || slug.get()}</span> } />
            <ClosedProject error project=project_id.get() on_retry=again />
        }
        .into_any(),
        Some(Err(error)) => view! {
            <PageHead title=move || view! { <span>{move || slug.get()}</span> }>
                <LinkButton href=move || Path::project(project_id.get()).to_string()>
                    {words_of::TO_PROJECT}
                </LinkButton>
            </PageHead>
            <FailureBanner error=error.clone() on_retry=again />
            {matches!(error, Error::NoKey | Error::Forbidden)
                .then(|| {
                    let path = Path::ask(project_id.get(), slug.get(), folder_asked());
                    view! {
                        <div class="row mt-4">
                            <LinkButton href=path kind=ButtonKind::Primary glyph=Glyph::Hourglass>
                                {access_words::REQUEST_ACCESS}
                            </LinkButton>
                        </div>
                    }
                })}
            {kept
                .get_value()
                .map(|(_, project)| view! { <Recovery error=error.clone() project slug=slug.get() on_done=again /> })}
            <PutBackMembership error project=project_id.get() on_done=again />
        }
        .into_any(),
        Some(Ok(opened)) => view! { <Workbench opened on_reopen=again /> }.into_any(),
    }
    }
}

/// The folder of an environment's address.
fn folder_of(path: Option<&Path>) -> Option<String> {
    match path {
        Some(Path::Environment { folder, .. }) => Some(folder.clone()),
        _ => None,
    }
}

/// Everything about one opened environment.
#[component]
fn Workbench(opened: Opened, #[prop(into)] on_reopen: Callback<()>) -> impl IntoView {
    let desk = Desk::new(opened.environment.clone());
    let path = use_path();
    let folder = Memo::new(move |_| {
        folder_of(path.read().as_ref())
            .filter(|folder| folder.starts_with('/'))
            .unwrap_or_else(|| "/".to_owned())
    });
    let writes = matches!(opened.environment.right(), Right::Write | Right::Admin);
    let place = Place {
        project: StoredValue::new(opened.project.clone()),
        slug: StoredValue::new(opened.info.slug.clone()),
        name: StoredValue::new(opened.info.name.clone()),
        folder,
        writes,
    };
    provide_context(desk);
    provide_context(place);
    let editing = RwSignal::new(None::<Target>);
    let importing = RwSignal::new_local(None::<Import>);
    let asked = RwSignal::new(None::<Asked>);
    let moving = RwSignal::new(false);
    let past: history::Asked = RwSignal::new(None);
    let rows: Shown = Memo::new(move |_| Arc::new(desk.rows(&folder.read())));
    let acts = Acts::new(editing, past, place);
    let handle = StoredValue::new_local(opened.handle.clone());
    let rewinding = RwSignal::new(false);
    let saver = Saver::provide(desk);
    let name = opened.info.name.clone();
    let count = Signal::derive(move || {
        desk.with(|environment| {
            environment
                .entries()
                .iter()
                .filter(|entry| is_below(&entry.path, &folder.read()))
                .count()
        })
    });
    let note = Signal::derive(move || {
        let (seq, epoch) = desk.with(|environment| (environment.seq(), environment.epoch()));
        let head = words_of::head(seq, epoch.into());
        let mut note = format!("{}. {head}.", words_of::counted(count.get()));
        if !writes {
            note.push(' ');
            note.push_str(words_of::READ_ONLY);
        }
        note
    });
    view! {
        <PageHead
            title=move || {
                view! {
                    <span class="anywhere">{name.clone()}</span>
                    <Badge square=true>
                        <span class="mono">{move || folder.get()}</span>
                    </Badge>
                }
            }
            note
        >
            <Button
                size=ButtonSize::Small
                glyph=Glyph::Eye
                on_press=move || if desk.shows_all() { desk.hide_all() } else { desk.show_all() }
            >
                {move || if desk.shows_all() { words_of::HIDE_ALL } else { words_of::REVEAL_ALL }}
            </Button>
            {writes
                .then(|| {
                    view! {
                        <Button
                            size=ButtonSize::Small
                            glyph=Glyph::Plus
                            on_press=move || {
                                editing.set(Some(Target::New(folder.get_untracked())));
                            }
                        >
                            {words_of::ADD}
                        </Button>
                    }
                })}
            <import::MoreMenu asked rewinding on_reopen />
        </PageHead>
        <nav class="seg environment-tabs" aria-label=words_of::ENVIRONMENT>
            {opened
                .siblings
                .into_iter()
                .map(|sibling| {
                    let here = sibling.slug == opened.info.slug;
                    let closed = sibling.is_closed();
                    let href = Path::environment(opened.project.clone(), sibling.slug).to_string();
                    view! {
                        <a href=href aria-current=here.then_some("page")>
                            {closed.then(|| view! { <Icon glyph=Glyph::Lock size=IconSize::Small /> })}
                            {sibling.name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
        {writes.then(|| view! { <proposals::Proposals project=handle /> })}
        {writes.then(|| view! { <ImportBar importing /> })}
        <newer::Newer saver />
        <Findings />
        <FolderBar asked />
        <SecretTable rows acts editing importing saver />
        <Editor editing />
        <MoveDialog open=moving acts />
        <import::ImportDialog importing />
        <FolderDialogs asked />
        <history::History asked=past project=handle />
        <rewind::Rewind open=rewinding project=handle />
        <div class="bars">
            <SelectBar rows acts moving />
            <SaveBar saver />
        </div>
        <save::Review saver />
        <save::Conflict saver />
        <LeaveGuard />
    }
}

/// Where the page stands, for everything below it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The project's id.
    project: StoredValue<String>,
    /// The environment's slug.
    slug: StoredValue<String>,
    /// The environment's name.
    name: StoredValue<String>,
    /// The folder that is open.
    folder: Memo<String>,
    /// This person may change things here.
    writes: bool,
}

impl Place {
    fn expect() -> Self {
        expect_context()
    }

    /// The address of a folder here.
    fn at(self, folder: &str, search: &str) -> Path {
        Path::Environment {
            project: self.project.get_value(),
            environment: self.slug.get_value(),
            folder: folder.to_owned(),
            search: search.to_owned(),
        }
    }

    /// For people: `Staging /api`.
    fn words(self) -> String {
        format!("{} {}", self.name.get_value(), self.folder.get_untracked())
    }
}
