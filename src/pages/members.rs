//! Members of a project and their keys: `/p/:project/members`.

use coffer_client::{
    EnvironmentInfo, Error, InviteDraft, InviteLink, MemberInfo, PendingJoin, ProjectId, Right, Verification,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_params_map;

use crate::{
    backend::{Project, this_server},
    components::fingerprint::{KeyGrid, KeyPicture, KeyWords},
    failure::FailureBanner,
    platform::dates,
    routes::Path,
    state::{
        clipboard::Clipboard, current::CurrentProject, projects::crumb_of, session::OpenVault, toasts::Toasts,
    },
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
                        <MemberTable members=known.members shown />
                        <Matrix members=holders environments />
                    </div>
                }
                    .into_any()
            }
        }}
        <Words member=shown />
        <Invite open=inviting environments handle />
    }
}

#[component]
fn MemberTable(members: Vec<MemberInfo>, shown: RwSignal<Option<MemberInfo>>) -> impl IntoView {
    let rows = members
        .into_iter()
        .map(|member| {
            let (tone, glyph, state, hint) = verification_words(member.verified);
            let name = display_name(&member);
            let own = member.clone();
            let label = words::show_words_of(&name);
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

#[component]
fn Waiting(joins: Vec<PendingJoin>, handle: Handle, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    view! {
        <section class="card" data-tone="caution" aria-labelledby="members-waiting">
            <div class="card__head">
                <div>
                    <h2 id="members-waiting">{words::WAITING_TITLE}</h2>
                    <p class="muted t-sm">{words::WAITING_LEAD}</p>
                </div>
                <Count value=joins.len() attention=true />
            </div>
            <ul class="card__body stack">
                {joins.into_iter().map(|join| view! { <Join join handle on_done /> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Join(join: PendingJoin, handle: Handle, on_done: Callback<()>) -> impl IntoView {
    let toasts = Toasts::expect();
    let name = if join.name.trim().is_empty() {
        join.email.clone()
    } else {
        join.name.clone()
    };
    let kept = StoredValue::new(join.clone());
    let admit = Action::new_unsync(move |(): &()| {
        let (project, join) = (handle.get_value(), kept.get_value());
        async move { project.ok_or(Error::Locked)?.admit(&join).await }
    });
    let admitted = words::admitted(&name);
    Effect::new(move |_| {
        if let Some(Ok(())) = admit.value().get() {
            admit.clear();
            toasts.say(admitted.clone());
            on_done.run(());
        }
    });
    let promised = if join.admin {
        words::ROLE_ADMIN.to_owned()
    } else {
        let rights: Vec<String> = join
            .rights
            .iter()
            .filter(|(_, right)| *right != Right::None)
            .map(|(slug, right)| format!("{slug}: {}", project_words::right(*right)))
            .collect();
        if rights.is_empty() {
            words::NOTHING_CHOSEN.to_owned()
        } else {
            rights.join(", ")
        }
    };
    view! {
        <li class="stack stack-2">
            <div class="row row--between row--wrap">
                <div class="fp">
                    <KeyPicture words=join.fingerprint.clone() />
                    <div class="stack stack-1">
                        <b class="anywhere">{name.clone()}</b>
                        <span class="faint t-xs anywhere">{join.email.clone()} " · " {promised}</span>
                    </div>
                </div>
                {if join.mac_ok {
                    view! {
                        <Badge tone=Tone::Accent glyph=Glyph::ShieldCheck>
                            {words::LINK_OK}
                        </Badge>
                    }
                } else {
                    view! {
                        <Badge tone=Tone::Danger glyph=Glyph::ShieldAlert>
                            {words::LINK_BAD}
                        </Badge>
                    }
                }}
                {join
                    .mac_ok
                    .then(|| {
                        view! {
                            <Button
                                glyph=Glyph::Check
                                busy=admit.pending()
                                label=words::admit_named(&name)
                                on_press=move || {
                                    admit.dispatch(());
                                }
                            >
                                {words::ADMIT}
                            </Button>
                        }
                    })}
            </div>
            <p>
                <KeyWords words=join.fingerprint.clone() label=words::fingerprint_of(&name) />
            </p>
            {(!join.mac_ok).then(|| view! { <p class="c-danger t-sm">{words::LINK_BAD_HINT}</p> })}
            {move || match admit.value().get() {
                Some(Err(error)) => Some(view! { <FailureBanner error /> }),
                _ => None,
            }}
        </li>
    }
}

#[component]
fn Invite(open: RwSignal<bool>, environments: Signal<Vec<EnvironmentInfo>>, handle: Handle) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let admin = RwSignal::new(false);
    let rights = RwSignal::new(Vec::<(String, RwSignal<String>)>::new());
    let tried = RwSignal::new(false);
    let invite = Action::new_unsync(move |draft: &InviteDraft| {
        let (project, draft) = (handle.get_value(), draft.clone());
        async move { project.ok_or(Error::Locked)?.invite(draft).await }
    });
    // A fresh set of choices each time it opens.
    Effect::new(move |_| {
        if open.get() {
            email.set(String::new());
            admin.set(false);
            tried.set(false);
            invite.clear();
            rights.set(
                environments
                    .read_untracked()
                    .iter()
                    .map(|environment| (environment.slug.clone(), RwSignal::new(NONE.to_owned())))
                    .collect(),
            );
        }
    });
    let chosen = move || -> Vec<(String, Right)> {
        rights
            .read()
            .iter()
            .map(|(slug, right)| (slug.clone(), right_of(&right.read())))
            .filter(|(_, right)| *right != Right::None)
            .collect()
    };
    let email_error = Signal::derive(move || {
        (tried.get() && !is_email(email.read().trim())).then(|| words::EMAIL_BAD.to_owned())
    });
    let outcome = move || {
        let count = if admin.get() {
            environments.read().len()
        } else {
            chosen().len()
        };
        words::outcome(email.read().trim(), count, admin.get())
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let email = email.get_untracked().trim().to_owned();
        if is_email(&email) {
            invite.dispatch(InviteDraft {
                email,
                admin: admin.get_untracked(),
                rights: untrack(chosen),
            });
        }
    };
    let made = Signal::derive(move || match invite.value().get() {
        Some(Ok(link)) => Some(link),
        _ => None::<InviteLink>,
    });
    let title = Signal::derive(move || {
        if made.read().is_some() {
            words::READY_TITLE.to_owned()
        } else {
            words::INVITE_TITLE.to_owned()
        }
    });
    let note = Signal::derive(move || {
        if made.read().is_some() {
            String::new()
        } else {
            words::INVITE_LEAD.to_owned()
        }
    });
    view! {
        <Dialog
            open
            title
            note
            close_word=text::CLOSE
            busy=invite.pending()
            on_close=move || invite.clear()
        >
            {move || match made.get() {
                Some(link) => view! { <Invited link open /> }.into_any(),
                None => {
                    view! {
                        <form class="dialog__form" on:submit=submit>
                            <div class="dialog__body stack">
                                <TextField
                                    label=words::EMAIL_LABEL
                                    value=email
                                    kind=InputKind::Email
                                    error=email_error
                                    autofocus=true
                                />
                                <fieldset class="stack stack-3">
                                    <legend class="field__label">{words::RIGHTS_LEGEND}</legend>
                                    <Check label=words::ADMIN_LABEL value=admin hint=words::ADMIN_HINT />
                                    <Show when=move || !admin.get()>
                                        <div class="stack stack-2">
                                            {move || {
                                                let names = environments.get();
                                                rights
                                                    .get()
                                                    .into_iter()
                                                    .map(|(slug, right)| {
                                                        let name = names
                                                            .iter()
                                                            .find(|environment| environment.slug == slug)
                                                            .map_or(slug.clone(), |environment| {
                                                                environment.name.clone()
                                                            });
                                                        view! {
                                                            <div class="row row--between">
                                                                <span class="grow anywhere">{name.clone()}</span>
                                                                <div class="members-right">
                                                                    <SelectField
                                                                        label=words::right_in(&name)
                                                                        hide_label=true
                                                                        value=right
                                                                        options=right_options()
                                                                    />
                                                                </div>
                                                            </div>
                                                        }
                                                    })
                                                    .collect_view()
                                            }}
                                        </div>
                                    </Show>
                                </fieldset>
                                <Outcome glyph=Glyph::Users>
                                    <p aria-live="polite">
                                        <b>{outcome}</b>
                                    </p>
                                </Outcome>
                                {move || match invite.value().get() {
                                    Some(Err(error)) => Some(view! { <FailureBanner error /> }),
                                    _ => None,
                                }}
                            </div>
                            <DialogFoot>
                                <Button kind=ButtonKind::Ghost on_press=move || open.set(false)>
                                    {text::CANCEL}
                                </Button>
                                <Button kind=ButtonKind::Primary submit=true busy=invite.pending()>
                                    {words::CREATE}
                                </Button>
                            </DialogFoot>
                        </form>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
}

#[component]
fn Invited(link: InviteLink, open: RwSignal<bool>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let until = words::works_until(&dates::short(link.expires));
    let url = format!("{}{}#{}", this_server(), Path::Invitation, link.link_fragment);
    let (field, code, copied) = (url.clone(), url.clone(), url);
    let id = unique_id("invite-link");
    view! {
        <div class="dialog__body stack">
            <div class="field">
                <label class="field__label" for=id.clone()>
                    {words::LINK_LABEL}
                    <span>{words::LINK_SIDE}</span>
                </label>
                <div class="input-group input-group--lg">
                    <input class="input input--mono" id=id readonly prop:value=field />
                    <Button
                        kind=ButtonKind::Primary
                        glyph=Glyph::Copy
                        on_press=move || clipboard.copy_plain(copied.clone(), words::COPIED)
                    >
                        {words::COPY_LINK}
                    </Button>
                </div>
            </div>
            <p role="status">
                <b>{until}</b>
            </p>
            <figure class="stack stack-2">
                <QrCode text=code label=words::QR_LABEL too_long=text::QR_TOO_LONG />
                <figcaption class="faint t-xs">{words::QR_CAPTION}</figcaption>
            </figure>
        </div>
        <DialogFoot>
            <Button on_press=move || open.set(false)>{words::DONE}</Button>
        </DialogFoot>
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
        Verification::SeenBefore => (Tone::Plain, Glyph::Eye, words::SEEN, words::SEEN_HINT),
    }
}

fn right_options() -> Vec<(String, String)> {
    [(NONE, Right::None), (READ, Right::Read), (WRITE, Right::Write)]
        .into_iter()
        .map(|(key, right)| (key.to_owned(), project_words::right(right).to_owned()))
        .collect()
}

fn right_of(key: &str) -> Right {
    match key {
        READ => Right::Read,
        WRITE => Right::Write,
        _ => Right::None,
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.') | (host == "localhost")
            && !host.starts_with('.')
            && !host.ends_with('.')
    }) && !text.contains(char::is_whitespace)
}

const NONE: &str = "none";
const READ: &str = "read";
const WRITE: &str = "write";
