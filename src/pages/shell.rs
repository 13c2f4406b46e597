//! The frame of every page that needs open keys: sidebar, top bar, banners. While keys are closed it is not there:
//! the same address then shows what opens them.

use coffer_client::{Error, ProjectSummary};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    components::{A, Outlet},
    hooks::{use_location, use_navigate},
};

use super::{
    forget_lost::ForgetLost,
    frame::{Solo, ThemeButton},
    palette::{Palette, PaletteButton},
    start::Welcome,
    unlock::{Unlock, host, initials},
};
use crate::{
    failure::FailureBanner,
    platform::{clock, dates, idle::Idle, keys, leave, page},
    routes::Path,
    state::{
        access::Access,
        current::{CurrentProject, ProjectCrumb},
        links::Links,
        news::NewsFeed,
        session::{OpenVault, Session, SessionState, Trouble},
        shares::life_left,
        toasts::Toasts,
    },
    text::{self, access as access_words, failure as failure_words, shell as words},
    ui::*,
};

/// Shows its children while keys are open, with the vault in context; else what opens them, at the same address.
#[component]
pub(crate) fn Gate(
    /// What needs open keys.
    children: ChildrenFn,
) -> impl IntoView {
    let session = Session::expect();
    let failed = RwSignal::new(None::<Error>);
    let open = move || {
        failed.set(None);
        spawn_local(async move {
            if let Err(error) = session.open().await {
                let _gone = failed.try_set(Some(error));
            }
        });
    };
    Effect::new(move |_| {
        if session.with(|state| matches!(state, SessionState::Opening)) {
            open();
        }
    });
    let children = StoredValue::new(children);
    move || match session.with(Clone::clone) {
        SessionState::Opening => view! { <Opening error=failed on_retry=open /> }.into_any(),
        SessionState::SignedOut => view! { <Welcome /> }.into_any(),
        SessionState::Locked(accounts) => view! { <Unlock accounts /> }.into_any(),
        SessionState::Unlocked(vault) => {
            OpenVault::provide(vault);
            children.with_value(|children| children()).into_any()
        }
    }
}

#[component]
fn Opening(error: RwSignal<Option<Error>>, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    view! {
        <Solo>
            {move || match error.get() {
                Some(error) => view! {
                    <h1 class="sr-only">{text::BRAND}</h1>
                    <FailureBanner error=error.clone() on_retry />
                    <ForgetLost error />
                }
                    .into_any(),
                None => view! {
                    <div class="card">
                        <div class="card__body card__body--lg stack">
                            <h1 class="sr-only">{text::BRAND}</h1>
                            <SkeletonLines label=text::LOADING />
                        </div>
                    </div>
                }
                    .into_any(),
            }}
        </Solo>
    }
}

/// Sidebar, top bar, the page, and the phone's tab bar.
#[component]
pub(crate) fn Shell() -> impl IntoView {
    view! {
        <Gate>
            <Frame />
        </Gate>
    }
}

/// Where the address points, as the frame needs it.
#[derive(Clone, Copy)]
struct Place {
    path: Memo<Option<Path>>,
    project: Memo<Option<String>>,
}

impl Place {
    fn provide() -> Self {
        let location = use_location();
        let path = Memo::new(move |_| {
            let search = location.search.get();
            let query = if search.is_empty() {
                String::new()
            } else {
                format!("?{search}")
            };
            Path::parse(&format!("{}{query}", location.pathname.get()))
        });
        let project = Memo::new(move |_| match path.get() {
            Some(
                Path::Project { project }
                | Path::Members { project }
                | Path::Trust { project }
                | Path::Ask { project, .. }
                | Path::Requests { project, .. }
                | Path::Request { project, .. }
                | Path::Granted { project, .. }
                | Path::Rules { project, .. }
                | Path::Access { project, .. }
                | Path::Environment { project, .. },
            ) => Some(project),
            _ => None,
        });
        let place = Self { path, project };
        provide_context(place);
        place
    }
}

/// The projects of this account, for the switcher.
pub(super) type ProjectList = LocalResource<Result<Vec<ProjectSummary>, Error>>;

#[component]
fn Frame() -> impl IntoView {
    let session = Session::expect();
    let vault = expect_context::<OpenVault>();
    let current = CurrentProject::provide();
    let place = Place::provide();
    NewsFeed::provide(current);
    let access = Access::provide(current, place.project);
    Links::provide();
    let projects: ProjectList = LocalResource::new(move || {
        current.changes();
        let vault = vault.get();
        async move { vault.projects().await }
    });
    let idle = Idle::watch(session.auto_lock(), move || session.lock());
    provide_context(idle);
    let help = RwSignal::new(false);
    let finding = RwSignal::new(false);
    shortcuts(session, place, help, finding);

    // the page's name and the focus follow the address, as they do when a browser loads a page
    Effect::new(move |before: Option<Option<Path>>| {
        let path = place.path.get();
        let title = title_of(path.as_ref(), current.get().as_ref());
        // What happened while nobody saw the tab is counted there.
        let title = format!("{title} · {}", text::BRAND);
        page::set_title(&access_words::counted_title(access.unseen(), &title));
        if before
            .as_ref()
            .is_some_and(|before| !same_page(before.as_ref(), path.as_ref()))
        {
            page::focus("#main");
        }
        path
    });
    on_cleanup(|| page::set_title(text::BRAND));

    view! {
        <a
            class="skip"
            href="#main"
            on:click=move |event| {
                event.prevent_default();
                page::focus("#main");
            }
        >
            {words::SKIP}
        </a>
        <div class="app">
            <Sidebar projects />
            <div class="main">
                <TopBar projects help finding />
                <Banners idle />
                <main class="content content--wide" id="main" tabindex="-1">
                    <Outlet />
                </main>
            </div>
        </div>
        <TabBar />
        <Shortcuts open=help />
        <Palette open=finding projects help />
    }
}

/// What the compatible API calls its first account.
const UNNAMED: &str = "Admin User";

/// Whether two addresses show the same page, so that a filter or folder does not take the focus away.
fn same_page(one: Option<&Path>, other: Option<&Path>) -> bool {
    match (one, other) {
        (
            Some(Path::Environment {
                project, environment, ..
            }),
            Some(Path::Environment {
                project: other_project,
                environment: other_environment,
                ..
            }),
        ) => project == other_project && environment == other_environment,
        (Some(Path::Requests { project, .. }), Some(Path::Requests { project: other, .. }))
        | (Some(Path::Rules { project, .. }), Some(Path::Rules { project: other, .. }))
        | (Some(Path::Access { project, .. }), Some(Path::Access { project: other, .. })) => project == other,
        _ => one == other,
    }
}

fn title_of(path: Option<&Path>, crumb: Option<&ProjectCrumb>) -> String {
    let project = || crumb.map_or(words::PROJECTS, |crumb| crumb.name.as_str());
    match path {
        Some(Path::Project { .. }) => project().to_owned(),
        Some(Path::Environment { environment, .. }) => {
            format!("{} · {}", environment_name(crumb, environment), project())
        }
        Some(Path::Members { .. }) => format!("{} · {}", words::MEMBERS, project()),
        Some(Path::Trust { .. }) => format!("{} · {}", words::TRUST, project()),
        Some(Path::Ask { .. }) => format!("{} · {}", access_words::ASK_TITLE, project()),
        Some(Path::Requests { .. }) => format!("{} · {}", access_words::REQUESTS, project()),
        Some(Path::Request { .. }) => format!("{} · {}", access_words::REQUEST_TITLE, project()),
        Some(Path::Granted { .. }) => format!("{} · {}", access_words::USE_TITLE, project()),
        Some(Path::Rules { .. }) => format!("{} · {}", access_words::RULES, project()),
        Some(Path::Access { .. }) => format!("{} · {}", access_words::WHO_HAS, project()),
        Some(Path::Shares) => words::SHARES.into(),
        Some(Path::NewShare) => words::NEW_SHARE.into(),
        Some(Path::AskSecret) => words::ASK_SECRET.into(),
        Some(Path::Answer { .. }) => words::ANSWER.into(),
        Some(Path::Settings) => words::SETTINGS.into(),
        _ => words::PROJECTS.into(),
    }
}

fn environment_name(crumb: Option<&ProjectCrumb>, slug: &str) -> String {
    crumb.map_or(slug, |crumb| crumb.environment(slug)).to_owned()
}

/// Ctrl K finds and runs, `g` and a letter goes somewhere, `/` searches, `?` lists the keys, Shift+L locks.
fn shortcuts(session: Session, place: Place, help: RwSignal<bool>, finding: RwSignal<bool>) {
    let visit = use_visit();
    let pending = StoredValue::new(0_u64);
    keys::on_key(move |event| {
        let key = event.key();
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            if key.eq_ignore_ascii_case("k") && !event.alt_key() && !event.shift_key() {
                event.prevent_default();
                finding.set(true);
            }
            return;
        }
        let after_g =
            clock::monotonic().saturating_sub(pending.get_value()) < 1_500 && pending.get_value() > 0;
        pending.set_value(0);
        let target = match key.as_str() {
            "g" => {
                pending.set_value(clock::monotonic());
                return;
            }
            "p" if after_g => Some(Path::Projects),
            "l" if after_g => Some(Path::Shares),
            "s" if after_g => Some(Path::Settings),
            "m" if after_g => place.project.get_untracked().map(Path::members),
            "t" if after_g => place.project.get_untracked().map(Path::trust),
            "r" if after_g => place.project.get_untracked().map(Path::requests),
            "a" if after_g => place
                .project
                .get_untracked()
                .map(|project| Path::ask(project, "", "")),
            "w" if after_g => place.project.get_untracked().map(Path::access),
            "o" if after_g => place.project.get_untracked().map(Path::project),
            "/" => {
                if page::focus("input[type=search]") {
                    event.prevent_default();
                }
                return;
            }
            "?" => {
                event.prevent_default();
                help.set(true);
                return;
            }
            "L" => {
                event.prevent_default();
                session.lock();
                return;
            }
            _ => None,
        };
        if let Some(target) = target {
            event.prevent_default();
            visit(target);
        }
    });
}

/// Goes somewhere, unless the page that is open would lose something: that asks first.
fn use_visit() -> impl Fn(Path) + Copy {
    let try_visit = use_try_visit();
    move |path| {
        try_visit(path);
    }
}

/// As [`use_visit`]; gives whether it went.
pub(super) fn use_try_visit() -> impl Fn(Path) -> bool + Copy {
    let go = StoredValue::new_local(use_navigate());
    move |path| {
        let address = path.to_string();
        let goes = !leave::stops(&address);
        if goes {
            go.with_value(|go| go(&address, NavigateOptions::default()));
        }
        goes
    }
}

#[component]
fn Sidebar(projects: ProjectList) -> impl IntoView {
    let session = Session::expect();
    let account = expect_context::<OpenVault>().get().account();
    let current = expect_context::<CurrentProject>();
    let place = expect_context::<Place>();
    let visit = use_visit();
    let organization = if account.organization.is_empty() {
        text::BRAND.to_owned()
    } else {
        account.organization
    };
    let server = host(account.server.as_str()).to_owned();
    // a server that was set up without asking for a name gives its first account this one
    let person = if account.name.trim().is_empty() || account.name == UNNAMED {
        account.email.clone()
    } else {
        account.name
    };
    let letters = initials(&person);
    let settings = move || visit(Path::Settings);
    let user_face = move || {
        let (letters, person) = (letters.clone(), person.clone());
        view! {
            <span class="avatar" aria-hidden="true">
                {letters}
            </span>
            <span class="truncate">
                <b class="truncate">{person}</b>
                <small class="truncate">{move || words::locks_after(session.auto_lock().get())}</small>
            </span>
            <Icon glyph=Glyph::More size=IconSize::Small />
        }
    };
    let crumb = move || {
        let id = place.project.get()?;
        current.get().filter(|crumb| crumb.id == id).or_else(|| {
            let name = projects
                .read()
                .as_ref()?
                .as_ref()
                .ok()?
                .iter()
                .find(|it| it.id.as_str() == id)?
                .name
                .clone();
            Some(ProjectCrumb {
                id,
                name,
                environments: Vec::new(),
            })
        })
    };
    let project_links = move || {
        crumb().map(|crumb| {
            let id = StoredValue::new(crumb.id.clone());
            view! {
                <div class="navlist">
                    <div class="navlist__title">
                        <span class="truncate">{crumb.name}</span>
                        <ProjectMenu projects />
                    </div>
                    <A href=Path::project(crumb.id.clone()) exact=true>
                        <Icon glyph=Glyph::Grid />
                        <span class="truncate">{words::OVERVIEW}</span>
                    </A>
                    {crumb
                        .environments
                        .into_iter()
                        .map(|(slug, name)| {
                            view! {
                                <A href=Path::environment(id.get_value(), slug)>
                                    <Icon glyph=Glyph::Layers />
                                    <span class="truncate">{name}</span>
                                </A>
                            }
                        })
                        .collect_view()}
                    <A href=Path::members(crumb.id.clone())>
                        <Icon glyph=Glyph::Users />
                        <span class="truncate">{words::MEMBERS}</span>
                    </A>
                    <A href=Path::trust(crumb.id.clone())>
                        <Icon glyph=Glyph::ShieldCheck />
                        <span class="truncate">{words::TRUST}</span>
                    </A>
                </div>
                <div class="navlist">
                    <div class="navlist__title">{access_words::GET_ACCESS}</div>
                    <A href=Path::ask(crumb.id.clone(), "", "")>
                        <Icon glyph=Glyph::Hourglass />
                        <span class="truncate">{access_words::REQUEST_ACCESS}</span>
                    </A>
                    <A href=Path::requests(crumb.id.clone())>
                        <Icon glyph=Glyph::Inbox />
                        <span class="truncate">{access_words::REQUESTS}</span>
                        <ToAnswer project=id.get_value() />
                    </A>
                    <A href=Path::access(crumb.id.clone())>
                        <Icon glyph=Glyph::History />
                        <span class="truncate">{access_words::WHO_HAS}</span>
                    </A>
                    <A href=Path::Rules {
                        project: crumb.id.clone(),
                        environment: String::new(),
                    }>
                        <Icon glyph=Glyph::Sliders />
                        <span class="truncate">{access_words::RULES}</span>
                    </A>
                </div>
            }
        })
    };
    view! {
        <nav class="sidebar" aria-label=words::MAIN_NAV>
            <A href=Path::Projects attr:class="switcher">
                <Mark />
                <span class="truncate">
                    <b class="truncate">{organization}</b>
                    <small class="truncate">{server}</small>
                </span>
                <span></span>
            </A>
            <div class="navlist">
                <A href=Path::Projects exact=true>
                    <Icon glyph=Glyph::Folder />
                    <span class="truncate">{words::ALL_PROJECTS}</span>
                </A>
            </div>
            {project_links}
            <div class="navlist">
                <div class="navlist__title">{words::GIVE}</div>
                <A href=Path::Shares>
                    <Icon glyph=Glyph::Share />
                    <span class="truncate">{words::SHARES}</span>
                    <ToRead />
                </A>
            </div>
            <div class="sidebar__foot">
                <div class="sealline">
                    <Icon glyph=Glyph::ShieldCheck />
                    <b>{words::SEALED_TITLE}</b>
                    <span>{words::SEALED_TEXT}</span>
                </div>
                <Menu label=words::ACCOUNT_MENU class="switcher" face=user_face towards_end=true>
                    <MenuItem glyph=Glyph::Settings on_press=settings>
                        {words::SETTINGS}
                    </MenuItem>
                    <MenuItem glyph=Glyph::Lock on_press=move || session.lock()>
                        {words::LOCK_NOW}
                    </MenuItem>
                </Menu>
            </div>
        </nav>
    }
}

/// How many requests wait for this person; nothing where none does.
#[component]
fn ToAnswer(project: String) -> impl IntoView {
    let access = Access::expect();
    let count = Memo::new(move |_| access.waiting(&project));
    view! { <Waiting count words=access_words::WAITS_FOR_YOU /> }
}

/// How many answers to forms were not read; nothing where all were.
#[component]
fn ToRead() -> impl IntoView {
    view! { <Waiting count=Links::expect().unread() words=words::TO_READ /> }
}

/// A number beside a link, and what it counts for who hears the page.
#[component]
fn Waiting(#[prop(into)] count: Signal<usize>, #[prop(into)] words: String) -> impl IntoView {
    view! {
        <Show when=move || count.get() != 0>
            <span class="count" data-tone="attention">
                {move || count.get()}
                <span class="sr-only">{format!(" {words}")}</span>
            </span>
        </Show>
    }
}

/// On every page while something is granted to this person, in whatever project: where, and for how long. Of several the
/// one that ends first.
#[component]
fn GrantChip() -> impl IntoView {
    let access = Access::expect();
    let now = clock::seconds();
    let open = Memo::new(move |_| access.open_grants(now.get()));
    // These outlive every drawing of the chip: its attributes are told of a change before they go.
    let place = Memo::new(move |_| {
        let open = open.read();
        open.first().map(|first| first.place.clone()).unwrap_or_default()
    });
    let left = Memo::new(move |_| {
        let open = open.read();
        open.first().map_or_else(String::new, |first| {
            let left = dates::left(first.until.saturating_sub(now.get()));
            access_words::chip_left(&left, open.len() - 1)
        })
    });
    let percent = Signal::derive(move || {
        let open = open.read();
        open.first()
            .map_or(0, |first| life_left(first.from, first.until, now.get()))
    });
    let goes_to = Memo::new(move |_| {
        let open = open.read();
        open.first()
            .map(|first| (first.project.clone(), first.request.clone()))
    });
    move || {
        goes_to.get().map(|(project, request)| {
            view! {
                <A
                    href=Path::Granted { project, request }
                    attr:class="grantchip"
                    attr:aria-label=move || format!("{} {}", place.get(), left.get())
                >
                    <Ring percent tone=Tone::Caution small=true />
                    <span class="truncate">{move || place.get()}</span>
                    <span>{move || left.get()}</span>
                </A>
            }
        })
    }
}

/// The list of projects behind the small arrows.
#[component]
fn ProjectMenu(projects: ProjectList) -> impl IntoView {
    let place = expect_context::<Place>();
    let visit = use_visit();
    let items = move || {
        let list = match &*projects.read() {
            Some(Ok(list)) => list.clone(),
            _ => Vec::new(),
        };
        list.into_iter()
            .map(|project| {
                let id = project.id.as_str().to_owned();
                let own = id.clone();
                view! {
                    <MenuItem
                        current=Signal::derive(move || place.project.get().as_ref() == Some(&own))
                        on_press=move || visit(Path::project(id.clone()))
                    >
                        <span class="truncate">{project.name}</span>
                    </MenuItem>
                }
            })
            .collect_view()
    };
    view! {
        <Menu label=words::SWITCH_PROJECT glyph=Glyph::Updown towards_end=true>
            {items}
            <MenuRule />
            <MenuItem glyph=Glyph::Folder on_press=move || visit(Path::Projects)>
                {words::ALL_PROJECTS}
            </MenuItem>
        </Menu>
    }
}

#[component]
fn TopBar(projects: ProjectList, help: RwSignal<bool>, finding: RwSignal<bool>) -> impl IntoView {
    let session = Session::expect();
    let current = expect_context::<CurrentProject>();
    let place = expect_context::<Place>();
    let project_name = move |id: &str| {
        current
            .get()
            .filter(|crumb| crumb.id == id)
            .map(|crumb| crumb.name)
            .or_else(|| {
                let read = projects.read();
                let list = read.as_ref()?.as_ref().ok()?;
                list.iter()
                    .find(|project| project.id.as_str() == id)
                    .map(|project| project.name.clone())
            })
            .unwrap_or_else(|| words::PROJECTS.into())
    };
    let crumbs = move || {
        let mut crumbs: Vec<(Option<Path>, String)> = Vec::new();
        match place.path.get() {
            Some(Path::Project { project }) => {
                crumbs.push((Some(Path::Projects), words::PROJECTS.into()));
                crumbs.push((None, project_name(&project)));
            }
            Some(Path::Members { project }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, words::MEMBERS.into()));
            }
            Some(Path::Trust { project }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, words::TRUST.into()));
            }
            Some(Path::Ask { project, .. }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, access_words::ASK_TITLE.into()));
            }
            Some(Path::Requests { project, .. }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, access_words::REQUESTS.into()));
            }
            Some(Path::Request { project, .. }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((Some(Path::requests(project)), access_words::REQUESTS.into()));
                crumbs.push((None, access_words::REQUEST_TITLE.into()));
            }
            Some(Path::Granted { project, request }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((
                    Some(Path::Request { project, request }),
                    access_words::REQUEST_TITLE.into(),
                ));
                crumbs.push((None, access_words::USE_TITLE.into()));
            }
            Some(Path::Rules { project, .. }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, access_words::RULES.into()));
            }
            Some(Path::Access { project, .. }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                crumbs.push((None, access_words::WHO_HAS.into()));
            }
            Some(Path::Environment {
                project,
                environment,
                folder,
                ..
            }) => {
                crumbs.push((Some(Path::project(project.clone())), project_name(&project)));
                let name = environment_name(current.get().as_ref(), &environment);
                let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
                let link = Path::environment(project.clone(), environment.clone());
                crumbs.push(((!parts.is_empty()).then_some(link), name));
                let mut walked = String::new();
                for (index, part) in parts.iter().enumerate() {
                    walked.push('/');
                    walked.push_str(part);
                    let link = Path::Environment {
                        project: project.clone(),
                        environment: environment.clone(),
                        folder: walked.clone(),
                        search: String::new(),
                    };
                    crumbs.push(((index + 1 < parts.len()).then_some(link), (*part).to_owned()));
                }
            }
            Some(Path::Shares) => crumbs.push((None, words::SHARES.into())),
            Some(Path::NewShare) => {
                crumbs.push((Some(Path::Shares), words::SHARES.into()));
                crumbs.push((None, words::NEW_SHARE.into()));
            }
            Some(Path::AskSecret) => {
                crumbs.push((Some(Path::Shares), words::SHARES.into()));
                crumbs.push((None, words::ASK_SECRET.into()));
            }
            Some(Path::Answer { .. }) => {
                crumbs.push((Some(Path::Shares), words::SHARES.into()));
                crumbs.push((None, words::ANSWER.into()));
            }
            Some(Path::Settings) => crumbs.push((None, words::SETTINGS.into())),
            _ => crumbs.push((None, words::PROJECTS.into())),
        }
        crumbs
            .into_iter()
            .map(|(link, words)| match link {
                Some(link) => view! {
                    <li>
                        <A href=link>{words}</A>
                    </li>
                }
                .into_any(),
                None => view! {
                    <li>
                        <span aria-current="page" class="truncate">
                            {words}
                        </span>
                    </li>
                }
                .into_any(),
            })
            .collect_view()
    };
    view! {
        <header class="topbar">
            <nav class="crumbs" aria-label=words::BREADCRUMB>
                <ol>{crumbs}</ol>
            </nav>
            <GrantChip />
            <PaletteButton open=finding />
            <ThemeButton />
            <IconButton label=words::HELP glyph=Glyph::Help medium=true on_press=move || help.set(true) />
            <IconButton
                label=words::LOCK_NOW
                glyph=Glyph::Lock
                medium=true
                on_press=move || session.lock()
            />
        </header>
    }
}

/// What concerns every page: it locks soon, the server is away, the session has ended.
#[component]
fn Banners(idle: Idle) -> impl IntoView {
    let session = Session::expect();
    let left = idle.left();
    let locking = Memo::new(move |_| left.get().is_some());
    view! {
        <div class="notices">
            <Show when=move || locking.get()>
                <Banner
                    tone=Tone::Caution
                    glyph=Glyph::Clock
                    title=Signal::derive(move || words::locks_in(left.get().unwrap_or_default()))
                    text=words::LOCKS_IN_TEXT
                >
                    <Button kind=ButtonKind::Primary size=ButtonSize::Small on_press=move || idle.extend()>
                        {words::STAY}
                    </Button>
                </Banner>
            </Show>
            {move || {
                session
                    .trouble()
                    .map(|trouble| match trouble {
                        Trouble::Offline(since) => {
                            view! {
                                <Banner
                                    glyph=Glyph::Offline
                                    title=words::offline_since(&dates::time(since))
                                    text=failure_words::OFFLINE_HERE.1
                                >
                                    <Button size=ButtonSize::Small on_press=move || try_again(session)>
                                        {text::RETRY}
                                    </Button>
                                </Banner>
                            }
                                .into_any()
                        }
                        Trouble::Expired => {
                            view! {
                                <Banner
                                    tone=Tone::Caution
                                    glyph=Glyph::Clock
                                    title=failure_words::SESSION_EXPIRED.0
                                    text=failure_words::SESSION_EXPIRED.1
                                >
                                    <Button size=ButtonSize::Small on_press=move || session.lock()>
                                        {words::EXPIRED_ACT}
                                    </Button>
                                </Banner>
                            }
                                .into_any()
                        }
                    })
            }}
        </div>
    }
}

/// Asks the server whether it is there.
fn try_again(session: Session) {
    spawn_local(async move {
        match session.client().server_status().await {
            Ok(_) => session.well(),
            Err(error) => session.notice(&error),
        }
    });
}

#[component]
fn TabBar() -> impl IntoView {
    let session = Session::expect();
    let place = expect_context::<Place>();
    view! {
        <nav class="tabbar" aria-label=words::PHONE_NAV>
            <A href=Path::Projects>
                <Icon glyph=Glyph::Grid />
                {words::SECRETS}
            </A>
            <A href=Path::Shares>
                <Icon glyph=Glyph::Share />
                {words::SHARES_SHORT}
                <ToRead />
            </A>
            {move || {
                place
                    .project
                    .get()
                    .map(|project| {
                        let own = project.clone();
                        view! {
                            <A href=Path::requests(project.clone())>
                                <Icon glyph=Glyph::Inbox />
                                {access_words::REQUESTS}
                                <ToAnswer project=own />
                            </A>
                            <A href=Path::members(project)>
                                <Icon glyph=Glyph::Users />
                                {words::MEMBERS_SHORT}
                            </A>
                        }
                    })
            }}
            <A href=Path::Settings>
                <Icon glyph=Glyph::Settings />
                {words::SETTINGS}
            </A>
            <button type="button" on:click=move |_| session.lock()>
                <Icon glyph=Glyph::Lock />
                {words::LOCK_SHORT}
            </button>
        </nav>
    }
}

#[component]
fn Shortcuts(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=words::SHORTCUTS close_word=text::CLOSE>
            <div class="dialog__body">
                <dl class="facts">
                    {words::SHORTCUT_LIST
                        .iter()
                        .map(|(keys, does)| {
                            view! {
                                <div class="facts__row">
                                    <dt>
                                        {keys
                                            .split(' ')
                                            .map(|key| {
                                                view! {
                                                    <kbd>{key}</kbd>
                                                    " "
                                                }
                                            })
                                            .collect_view()}
                                    </dt>
                                    <dd>{*does}</dd>
                                </div>
                            }
                        })
                        .collect_view()}
                </dl>
            </div>
        </Dialog>
    }
}

/// What stands at an address that is none.
#[component]
pub(crate) fn Lost() -> impl IntoView {
    view! {
        <Solo>
            <div class="card">
                <div class="card__body card__body--lg stack stack-6">
                    <div class="stack stack-2">
                        <h1 class="t-2xl">{words::LOST_TITLE}</h1>
                        <p class="muted">{words::LOST_TEXT}</p>
                    </div>
                    <LinkButton href=Path::Start kind=ButtonKind::Primary size=ButtonSize::Large block=true>
                        {words::LOST_ACT}
                    </LinkButton>
                </div>
            </div>
        </Solo>
    }
}

/// The notices at the foot of every page.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let toasts = Toasts::expect();
    view! {
        <ToastHost items=toasts.items() dismiss_word=text::DISMISS on_dismiss=move |id| toasts.dismiss(id) />
    }
}
