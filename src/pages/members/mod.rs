//! Members of a project and their keys: `/p/:project/members`.

mod invite;
mod manage;
mod rights;
mod waiting;

use coffer_client::{EnvironmentInfo, Error, MemberInfo, PendingJoin, ProjectId, Right, Verification};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::{
    invite::Invite,
    manage::{Asked, ManageDialogs},
    waiting::Waiting,
};
use crate::{
    backend::Project,
    components::fingerprint::{KeyGrid, KeyPicture, KeyWords},
    failure::FailureBanner,
    state::{current::CurrentProject, projects::crumb_of, session::OpenVault},
    text::{self, members as words, projects as project_words},
    ui::*,
};

type Handle = StoredValue<Option<Project>, LocalStorage>;

/// What one visit of the page knows.
#[derive(Clone)]
struct Known {
    project: Project,
    environments: Vec<EnvironmentInfo>,
    members: Vec<MemberInfo>,
    joins: Vec<PendingJoin>,
    admin: bool,
}

/// Members of a project and their keys: `/p/:project/members`.
#[component]
pub(crate) fn Members() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let current = expect_context::<CurrentProject>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    let changed = RwSignal::new(0_u32);
    let known = LocalResource::new(move || {
        changed.track();
        let (vault, id) = (vault.get(), ProjectId::new(id.get()));
        async move {
            let project = vault.open_project(&id).await?;
            let members = project.members().await?;
            let admin = project.is_admin();
            let joins = if admin { project.joins().await? } else { Vec::new() };
            let environments = project.environments();
            Ok::<_, Error>(Known {
                project,
                environments,
                members,
                joins,
                admin,
            })
        }
    });
    let handle: Handle = StoredValue::new_local(None);
    Effect::new(move |_| {
        if let Some(Ok(known)) = &*known.read() {
            handle.set_value(Some(known.project.clone()));
            current.set(Some(crumb_of(&known.project)));
        }
    });
    let inviting = RwSignal::new(false);
    let shown = RwSignal::new(None::<MemberInfo>);
    let asked = RwSignal::new(None::<Asked>);
    let admin = Signal::derive(move || matches!(&*known.read(), Some(Ok(known)) if known.admin));
    let environments = Signal::derive(move || match &*known.read() {
        Some(Ok(known)) => known.environments.clone(),
        _ => Vec::new(),
    });
    let again = move || changed.update(|n| *n += 1);
    view! {
        <PageHead title=|| words::TITLE note=words::LEAD>
            <Button glyph=Glyph::Refresh on_press=again>
                {words::CHECK_AGAIN}
            </Button>
            <Show when=move || admin.get()>
                <Button kind=ButtonKind::Primary glyph=Glyph::Plus on_press=move || inviting.set(true)>
                    {words::INVITE}
                </Button>
            </Show>
        </PageHead>
        {move || match known.get() {
            None => {
                view! {
                    <SkeletonTable
                        columns=vec![
                            words::COLUMN_MEMBER.into(),
                            words::COLUMN_KEY.into(),
                            words::COLUMN_WORDS.into(),
                        ]
                        label=words::LOADING
                    />
                }
                    .into_any()
            }
            Some(Err(error)) => view! { <FailureBanner error on_retry=again /> }.into_any(),
            Some(Ok(known)) => {
                let (environments, joins) = (known.environments.clone(), known.joins.clone());
                let holders = known.members.clone();
                view! {
                    <div class="stack stack-6">
                        {(!joins.is_empty()).then(|| view! { <Waiting joins handle on_done=again /> })}
                        <MemberTable members=known.members shown asked manages=known.admin />
                        <Matrix members=holders environments />
                    </div>
                }
                    .into_any()
            }
        }}
        <Words member=shown />
        <Invite open=inviting environments handle />
        <ManageDialogs asked environments handle on_done=again />
    }
}

#[component]
fn MemberTable(
    members: Vec<MemberInfo>,
    shown: RwSignal<Option<MemberInfo>>,
    asked: RwSignal<Option<Asked>>,
    manages: bool,
) -> impl IntoView {
    let rows = members
        .into_iter()
        .map(|member| {
            let (tone, glyph, state, hint) = verification_words(member.verified);
            let name = display_name(&member);
            let own = member.clone();
            let label = words::show_words_of(&name);
            // Nobody changes their own rights: a project could be left without an admin.
            let managed = (manages && member.verified != Verification::You).then(|| member.clone());
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <div class="fp">
                            <KeyPicture words=member.fingerprint.clone() />
                            <div class="stack stack-1">
                                <span class="medium anywhere">{name.clone()}</span>
                                <span class="faint t-xs anywhere">
                                    {if member.admin { words::ROLE_ADMIN } else { words::ROLE_MEMBER }} " · "
                                    {member.email.clone()}
                                </span>
                            </div>
                        </div>
                    </th>
                    <td role="cell" class="end-phone">
                        <Badge tone glyph>
                            {state}
                        </Badge>
                    </td>
                    <td role="cell" class="span">
                        <div class="stack stack-1">
                            <KeyWords words=member.fingerprint.clone() label=words::fingerprint_of(&name) />
                            <span class="faint t-xs">{hint}</span>
                        </div>
                    </td>
                    <td role="cell" class="span">
                        <div class="table__actions">
                            <Button size=ButtonSize::Small label on_press=move || shown.set(Some(own.clone()))>
                                {words::SHOW_WORDS}
                            </Button>
                            {managed.map(|member| view! { <manage::MemberMenu member asked /> })}
                        </div>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            caption=words::CAPTION
            columns=vec![
                ("col-lg", words::COLUMN_MEMBER.into()),
                ("col-state", words::COLUMN_KEY.into()),
                ("", words::COLUMN_WORDS.into()),
                ("col-act2", format!("~{}", words::COLUMN_ACTIONS)),
            ]
            fixed=false
        >
            {rows}
        </Table>
    }
}

/// One member's words, large enough to read aloud.
#[component]
fn Words(member: RwSignal<Option<MemberInfo>>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(member.read().is_some()));
    let title = Signal::derive(move || {
        member
            .read()
            .as_ref()
            .map(|member| words::fingerprint_of(&display_name(member)))
            .unwrap_or_default()
    });
    view! {
        <Dialog open title close_word=text::CLOSE on_close=move || member.set(None)>
            <div class="dialog__body stack">
                {move || {
                    member
                        .get()
                        .map(|member| {
                            let label = words::fingerprint_of(&display_name(&member));
                            let you = member.verified == Verification::You;
                            view! {
                                <p class="muted">{if you { words::READ_YOURS } else { words::READ_THEIRS }}</p>
                                <div class="row row-4 row--top">
                                    <KeyPicture words=member.fingerprint.clone() large=true />
                                    <div class="grow">
                                        <KeyGrid words=member.fingerprint label />
                                    </div>
                                </div>
                                {(!you).then(|| view! { <p class="faint t-sm">{words::IF_DIFFERENT}</p> })}
                            }
                        })
                }}
            </div>
        </Dialog>
    }
}

#[component]
fn Matrix(members: Vec<MemberInfo>, environments: Vec<EnvironmentInfo>) -> impl IntoView {
    let current = RwSignal::new(
        environments
            .first()
            .map(|environment| environment.slug.clone())
            .unwrap_or_default(),
    );
    let options: Vec<(String, String)> = environments
        .iter()
        .map(|environment| (environment.slug.clone(), environment.name.clone()))
        .collect();
    let heads = environments
        .iter()
        .map(|environment| {
            let slug = environment.slug.clone();
            view! {
                <th
                    scope="col"
                    class="col-env"
                    data-current=move || (*current.read() == slug).then_some("")
                >
                    <span class="env anywhere">{environment.name.clone()}</span>
                </th>
            }
        })
        .collect_view();
    let rows = members
        .into_iter()
        .map(|member| {
            let cells = environments
                .iter()
                .map(|environment| {
                    let slug = environment.slug.clone();
                    let right = if member.admin {
                        Right::Admin
                    } else {
                        member
                            .rights
                            .iter()
                            .find(|(slug, _)| *slug == environment.slug)
                            .map_or(Right::None, |(_, right)| *right)
                    };
                    let (mark, glyph) = match right {
                        Right::None => ("empty", Glyph::Minus),
                        _ => ("present", Glyph::Key),
                    };
                    view! {
                        <td class="cell" data-current=move || (*current.read() == slug).then_some("")>
                            <span class="cellmark" data-mark=mark data-still="">
                                <Icon glyph />
                                {if right == Right::None {
                                    words::NO_KEY
                                } else {
                                    project_words::right(right)
                                }}
                            </span>
                        </td>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row" class="anywhere">
                        {display_name(&member)}
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="stack stack-3" aria-labelledby="members-matrix">
            <h2 id="members-matrix">{words::MATRIX_TITLE}</h2>
            <div class="narrow-only">
                <Seg
                    label=words::MATRIX_ENVIRONMENT
                    value=current
                    options=options
                    on_choose=move |slug| current.set(slug)
                />
            </div>
            <div class="table-wrap table-wrap--scroll" tabindex="0" role="region" aria-label=words::MATRIX_CAPTION>
                <table class="table matrix">
                    <caption class="sr-only">{words::MATRIX_CAPTION}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="col-holder">
                                {words::COLUMN_HOLDER}
                            </th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn display_name(member: &MemberInfo) -> String {
    if member.name.trim().is_empty() {
        member.email.clone()
    } else {
        member.name.clone()
    }
}

fn verification_words(verified: Verification) -> (Tone, Glyph, &'static str, &'static str) {
    match verified {
        Verification::You => (Tone::Plain, Glyph::User, words::YOU, words::YOU_HINT),
        Verification::Verified => (
            Tone::Accent,
            Glyph::ShieldCheck,
            words::VERIFIED,
            words::VERIFIED_HINT,
        ),
        Verification::Changed => (
            Tone::Caution,
            Glyph::ShieldAlert,
            words::CHANGED,
            words::CHANGED_HINT,
        ),
        Verification::SeenBefore => (Tone::Plain, Glyph::Eye, words::SEEN, words::SEEN_HINT),
    }
}
