//! Members of a project and their keys: `/p/:project/members`.

mod invite;
mod machine;
mod manage;
mod rights;
mod waiting;

use coffer_client::{Enforcement, EnvironmentInfo, Error, MemberInfo, PendingJoin, ProjectId, Verification};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::{
    invite::Invite,
    machine::AddMachine,
    manage::{Asked, ManageDialogs},
    waiting::Waiting,
};
use crate::{
    backend::Project,
    components::{
        file_button::FileButton,
        fingerprint::{KeyGrid, KeyPicture, KeyWords},
    },
    failure::{FailureBanner, Trouble},
    platform::{
        dates,
        photo::{self, PhotoError},
    },
    routes::Path,
    state::{current::CurrentProject, session::OpenVault, toasts::Toasts},
    text::{self, members as words},
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
    /// How many members the server lets do more or less than the keyring says.
    gaps: usize,
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
            let admin = project.is_admin();
            if admin {
                // Members' own new keys wait for an admin's client. What cannot be relayed now is relayed another time.
                drop(project.process_inbox().await);
            }
            let members = project.members().await?;
            let joins = if admin { project.joins().await? } else { Vec::new() };
            let gaps = match admin {
                true => project.enforcement_gaps().await.map_or(0, |gaps| gaps.len()),
                false => 0,
            };
            let environments = project.environments();
            Ok::<_, Error>(Known {
                project,
                environments,
                members,
                joins,
                gaps,
                admin,
            })
        }
    });
    let handle: Handle = StoredValue::new_local(None);
    Effect::new(move |_| {
        if let Some(Ok(known)) = &*known.read() {
            handle.set_value(Some(known.project.clone()));
            current.open(&known.project);
        }
    });
    let inviting = RwSignal::new(false);
    let adding = RwSignal::new(false);
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
                <Button glyph=Glyph::Server on_press=move || adding.set(true)>
                    {words::ADD_MACHINE}
                </Button>
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
                let joins = known.joins.clone();
                view! {
                    <div class="stack stack-6">
                        {(!joins.is_empty()).then(|| view! { <Waiting joins handle on_done=again /> })}
                        {(known.gaps > 0).then(|| view! { <Gaps count=known.gaps handle on_done=again /> })}
                        <MemberTable members=known.members shown asked manages=known.admin />
                        <p>
                            <a href=move || Path::trust(id.get()).to_string()>{words::TO_TRUST}</a>
                        </p>
                    </div>
                }
                    .into_any()
            }
        }}
        <Words member=shown handle asked admin on_done=again />
        <Invite open=inviting environments handle />
        <AddMachine open=adding environments handle on_done=again />
        <ManageDialogs asked environments handle on_done=again />
    }
}

/// The server lets members do something else than the keyring says, and an admin can tell it.
#[component]
fn Gaps(count: usize, handle: Handle, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let toasts = Toasts::expect();
    let align = Action::new_unsync(move |()| {
        let project = handle.get_value();
        async move { project.ok_or(Error::Locked)?.align_enforcement().await }
    });
    Effect::new(move |_| {
        if let Some(Ok(enforced)) = align.value().get() {
            match enforced {
                Enforcement::ServerToo => {
                    toasts.say_with(Glyph::ShieldCheck, words::ALIGNED);
                    on_done.run(());
                }
                // It stays so: on this server keys alone keep the difference.
                Enforcement::KeysAlone => toasts.say_with(Glyph::Key, words::ALIGNED_NOT),
            }
        }
    });
    view! {
        <Show when=move || !matches!(align.value().get(), Some(Ok(Enforcement::KeysAlone)))>
            <Banner title=words::gaps(count) tone=Tone::Caution glyph=Glyph::Server text=words::GAPS_BODY>
                <Button
                    busy=align.pending()
                    on_press=move || {
                        align.dispatch(());
                    }
                >
                    {words::ALIGN}
                </Button>
            </Banner>
        </Show>
        <Trouble act=align />
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
            let (tone, glyph, state, hint) = verification_words(&member);
            let name = member.shown_name().to_owned();
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
                                    {role_words(&member)}
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
                            // Words are compared with a person.
                            {(!own.machine).then(|| view! {
                                <Button size=ButtonSize::Small label on_press=move || shown.set(Some(own.clone()))>
                                    {words::SHOW_WORDS}
                                </Button>
                            })}
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
fn Words(
    member: RwSignal<Option<MemberInfo>>,
    handle: Handle,
    asked: RwSignal<Option<Asked>>,
    admin: Signal<bool>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let match_all = Action::new_unsync(move |member: &MemberInfo| {
        let (project, member) = (handle.get_value(), member.clone());
        async move {
            project
                .ok_or(Error::Locked)?
                .mark_verified(&member.user_id)
                .await?;
            Ok::<_, Error>(member.shown_name().to_owned())
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(name)) = match_all.value().get() {
            match_all.clear();
            member.set(None);
            toasts.say_with(Glyph::ShieldCheck, words::now_verified(&name));
            on_done.run(());
        }
    });
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(member.read().is_some()));
    let title = Signal::derive(move || {
        member
            .read()
            .as_ref()
            .map(|member| words::fingerprint_of(member.shown_name()))
            .unwrap_or_default()
    });
    view! {
        <Dialog open title close_word=text::CLOSE on_close=move || member.set(None)>
            <div class="dialog__body stack">
                {move || {
                    member
                        .get()
                        .map(|member| {
                            let label = words::fingerprint_of(member.shown_name());
                            let you = member.verified == Verification::You;
                            let own = member.clone();
                            view! {
                                <p class="muted">{if you { words::READ_YOURS } else { words::READ_THEIRS }}</p>
                                <div class="row row-4 row--top">
                                    <KeyPicture words=member.fingerprint.clone() large=true />
                                    <div class="grow">
                                        <KeyGrid words=member.fingerprint label />
                                    </div>
                                </div>
                                {if you {
                                    let code = Signal::stored(code_of(&own));
                                    view! {
                                        <p class="muted t-sm">{words::SHOW_CODE}</p>
                                        <QrCode text=code label=words::CODE_LABEL too_long="" />
                                    }
                                        .into_any()
                                } else {
                                    view! {
                                        <Compare member=own />
                                        <p class="faint t-sm">{words::IF_DIFFERENT}</p>
                                    }
                                        .into_any()
                                }}
                                <Trouble act=match_all />
                            }
                        })
                }}
            </div>
            {move || {
                member
                    .get()
                    .filter(|member| member.verified != Verification::You)
                    .map(|other| {
                        let (blocked, matching) = (other.clone(), other);
                        // Only an admin can act on it; everybody else has read what to do.
                        let block = admin.get_untracked().then(|| {
                            view! {
                                <Button
                                    kind=ButtonKind::Danger
                                    on_press=move || {
                                        member.set(None);
                                        asked.set(Some(Asked::Remove(blocked.clone())));
                                    }
                                >
                                    {words::THEY_DIFFER}
                                </Button>
                            }
                        });
                        view! {
                            <DialogFoot>
                                {block}
                                <span class="ms-auto"></span>
                                <Button
                                    kind=ButtonKind::Primary
                                    glyph=Glyph::Check
                                    busy=match_all.pending()
                                    on_press=move || {
                                        match_all.dispatch(matching.clone());
                                    }
                                >
                                    {words::ALL_MATCH}
                                </Button>
                            </DialogFoot>
                        }
                    })
            }}
        </Dialog>
    }
}

/// Compares a photo of somebody's code with the words that the keyring has for them.
#[component]
fn Compare(member: MemberInfo) -> impl IntoView {
    let expected = code_of(&member);
    let read = Action::new_unsync(move |photo: &web_sys::File| {
        let (photo, expected) = (photo.clone(), expected.clone());
        async move { photo::read_code(&photo).await.map(|found| *found == expected) }
    });
    view! {
        <div class="row row--wrap">
            <FileButton
                accept="image/*"
                words=words::COMPARE_PHOTO
                on_file=UnsyncCallback::new(move |photo: web_sys::File| {
                    read.dispatch_local(photo);
                })
            />
            <span class="faint t-sm">{words::COMPARE_HINT}</span>
        </div>
        <div role="status">
            {move || {
                read.value()
                    .get()
                    .map(|outcome| {
                        let (tone, glyph, told) = match outcome {
                            Ok(true) => (Tone::Accent, Glyph::ShieldCheck, words::CODE_MATCHES),
                            Ok(false) => (Tone::Danger, Glyph::ShieldAlert, words::CODE_DIFFERS),
                            Err(PhotoError::NoCode) => (Tone::Caution, Glyph::Alert, words::CODE_NOT_FOUND),
                            Err(PhotoError::NotLoaded) => (Tone::Caution, Glyph::Alert, words::CODE_NOT_READ),
                        };
                        view! {
                            <Badge tone glyph>
                                {told}
                            </Badge>
                        }
                    })
            }}
        </div>
    }
}

/// What a member's code says: the eight words, which are no secret.
fn code_of(member: &MemberInfo) -> String {
    format!("coffer-key:{}", member.fingerprint.join("-"))
}

/// What somebody is in the project, and where they can be reached.
fn role_words(member: &MemberInfo) -> String {
    let role = match (member.machine, member.admin) {
        (true, _) => return words::MACHINE.to_owned(),
        (_, true) => words::ROLE_ADMIN,
        _ => words::ROLE_MEMBER,
    };
    format!("{role} · {}", member.email)
}

pub(super) fn verification_words(member: &MemberInfo) -> (Tone, Glyph, &'static str, String) {
    if member.machine {
        let hint = words::MACHINE_HINT.to_owned();
        return (Tone::Plain, Glyph::Server, words::MACHINE, hint);
    }
    let (tone, glyph, state, hint) = match member.verified {
        Verification::You => (Tone::Plain, Glyph::User, words::YOU, words::YOU_HINT),
        Verification::Verified => (
            Tone::Accent,
            Glyph::ShieldCheck,
            words::VERIFIED,
            words::VERIFIED_HINT,
        ),
        Verification::Changed => (
            Tone::Danger,
            Glyph::ShieldAlert,
            words::CHANGED,
            words::CHANGED_HINT,
        ),
        Verification::SeenBefore => (Tone::Plain, Glyph::Eye, words::SEEN, words::SEEN_HINT),
    };
    let hint = match member.compared {
        Some(at) if member.verified == Verification::Verified => words::compared_on(&dates::day(at)),
        _ => hint.to_owned(),
    };
    (tone, glyph, state, hint)
}
