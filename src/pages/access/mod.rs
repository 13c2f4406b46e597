//! Access for a while: asking for it, deciding about it, using it, its rules, and who had it when.

mod ask;
mod decide;
mod granted;
mod picture;
mod request;
mod requests;
mod rules;
mod see;

use std::sync::Arc;

use coffer_client::{
    AccessRequest, AccessState, EndedBy, EnvironmentInfo, Error, MemberInfo, ProjectId, Verification,
    WantedItem,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

pub(crate) use self::{
    ask::Ask, granted::Granted, request::Request, requests::Requests, rules::Rules, see::See,
};
use super::{closed::ClosedProject, members::verification_words, unlock::initials};
use crate::{
    backend::Project,
    failure::FailureBanner,
    platform::dates,
    state::{access::Access, current::CurrentProject, session::OpenVault},
    text::{access as words, members::machine_named},
    ui::*,
};

/// An opened project, and the people whose names stand in requests.
#[derive(Clone)]
struct Opened {
    id: String,
    project: Handle,
    environments: Arc<[EnvironmentInfo]>,
    members: Arc<[MemberInfo]>,
    /// Why the members are not known, where they are not: then neither names nor what is known of keys can be shown.
    unknown: Option<Error>,
    /// Opens it again.
    again: Callback<()>,
}

impl Opened {
    fn member(&self, user: &str) -> Option<&MemberInfo> {
        self.members.iter().find(|member| member.user_id == user)
    }

    /// The name of somebody; of who is no member any more, their id.
    fn name(&self, user: &str) -> String {
        self.member(user).map_or_else(
            || words::former(user),
            |member| match member.machine {
                true => machine_named(member.shown_name()),
                false => member.shown_name().to_owned(),
            },
        )
    }

    /// As [`Self::name`], or "You".
    fn who(&self, user: &str) -> String {
        match self.member(user) {
            Some(member) if member.verified == Verification::You => words::YOU.to_owned(),
            _ => self.name(user),
        }
    }

    fn environment(&self, slug: &str) -> String {
        let known = self
            .environments
            .iter()
            .find(|environment| environment.slug == slug);
        known.map_or_else(|| slug.to_owned(), |environment| environment.name.clone())
    }

    /// Everybody who may approve there: people, no machines.
    fn people(&self) -> impl Iterator<Item = &MemberInfo> {
        self.members.iter().filter(|member| !member.machine)
    }
}

/// A project handle for actions; it goes with the page.
type Handle = StoredValue<Project, LocalStorage>;

/// Opens the project of the address, and shows what needs it.
#[component]
fn OpenProject(
    /// What needs it.
    #[prop(into)]
    show: Callback<Opened, AnyView>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let current = expect_context::<CurrentProject>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    let changed = RwSignal::new(0_u32);
    let opened = LocalResource::new(move || {
        changed.track();
        let (vault, id) = (vault.get(), id.get());
        async move {
            let project = vault.open_project(&ProjectId::new(id.clone())).await?;
            // The page is there without them.
            let members = project.members().await.map(Arc::<[MemberInfo]>::from);
            Ok::<_, Error>((id, project, members))
        }
    });
    Effect::new(move |_| {
        if let Some(Ok((_, project, _))) = &*opened.read() {
            current.open(project);
        }
    });
    let again = move || changed.update(|n| *n += 1);
    move || match opened.get() {
        None => view! { <SkeletonLines lines=6 label=words::LOADING /> }.into_any(),
        Some(Err(error)) => view! {
            <ClosedProject error project=id.get() on_retry=again />
        }
        .into_any(),
        Some(Ok((id, project, members))) => show.run(Opened {
            id,
            environments: project.environments().into(),
            project: StoredValue::new_local(project),
            unknown: members.as_ref().err().cloned(),
            members: members.unwrap_or_default(),
            again: Callback::new(move |()| again()),
        }),
    }
}

/// Over what is shown although it could not be read the last time: it may be old. What the frame says itself (no network,
/// no session) is not said twice.
#[component]
fn MaybeOld() -> impl IntoView {
    let access = Access::expect();
    move || {
        let error = access.error();
        let error =
            error.filter(|error| !matches!(error, Error::Offline | Error::Locked | Error::SessionExpired));
        error.map(|error| {
            view! {
                <div class="stack stack-2 access-old">
                    <p class="muted t-sm">{words::MAYBE_OLD}</p>
                    <FailureBanner error on_retry=move || access.refresh() />
                </div>
            }
        })
    }
}

/// Somebody with a letter picture and what is known of their key.
#[component]
fn Asked(
    /// The member; nothing is known of who is none.
    member: Option<MemberInfo>,
    /// What to call them.
    name: String,
) -> impl IntoView {
    view! {
        <li class="row">
            <span class="avatar" aria-hidden="true">
                {initials(member.as_ref().map_or(name.as_str(), MemberInfo::shown_name))}
            </span>
            <span class="grow anywhere">{name}</span>
            {member.map(|member| view! { <KeyBadge member /> })}
        </li>
    }
}

/// What is known of a member's key.
#[component]
fn KeyBadge(member: MemberInfo) -> impl IntoView {
    let (tone, glyph, state, hint) = verification_words(&member);
    view! {
        <span title=hint>
            <Badge tone glyph>
                {state}
            </Badge>
        </span>
    }
}

/// What is wanted, each by its name.
#[component]
fn Wanted(items: Vec<WantedItem>) -> impl IntoView {
    view! {
        <ul class="chips access-wanted">
            {items
                .into_iter()
                .map(|item| {
                    view! {
                        <li>
                            <Badge square=true>
                                <span class="mono anywhere">{item_words(&item)}</span>
                            </Badge>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

fn item_words(item: &WantedItem) -> String {
    match item {
        WantedItem::Folder(path) => words::all_below(path),
        WantedItem::Secret(path, name) => words::place(path, name),
    }
}

/// What a request wants, in one line: `Read 2 secrets in Production for 1 h`.
fn summary(opened: &Opened, request: &AccessRequest) -> String {
    if !request.readable {
        return words::sealed_summary(&opened.environment(&request.environment));
    }
    words::wants(
        request.propose,
        &words::counted(&request.wanted),
        &opened.environment(&request.environment),
        request.seconds,
    )
}

/// How a request stands.
fn state_words(request: &AccessRequest, now: u64) -> (Tone, Glyph, String) {
    match request.state {
        AccessState::Waiting { .. } if !request.readable => {
            (Tone::Plain, Glyph::Hourglass, words::STATE_WAITS.to_owned())
        }
        AccessState::Waiting { .. } if request.is_dead_end() => {
            let words = words::dead_end(request.rules.steps.is_empty());
            (Tone::Danger, Glyph::Hourglass, words.to_owned())
        }
        AccessState::Waiting { more } => (Tone::Caution, Glyph::Hourglass, words::waits_for(more)),
        AccessState::Approved => (Tone::Caution, Glyph::Key, words::STATE_APPROVED.to_owned()),
        AccessState::Granted { from, .. } if from > now => {
            (Tone::Info, Glyph::Clock, words::starts(&dates::short(from)))
        }
        AccessState::Granted { until, .. } if until > now => (
            Tone::Accent,
            Glyph::Unlock,
            words::left(&dates::left(until - now)),
        ),
        AccessState::Granted { until, .. } => (
            Tone::Plain,
            Glyph::Clock,
            words::ended(EndedBy::Time, &dates::short(until)),
        ),
        AccessState::Ended { at, by } => {
            let glyph = match by {
                EndedBy::GivenBack => Glyph::Undo,
                EndedBy::Revoked => Glyph::Ban,
                EndedBy::Time => Glyph::Clock,
            };
            (Tone::Plain, glyph, words::ended(by, &dates::short(at)))
        }
        AccessState::Rejected => (Tone::Danger, Glyph::Ban, words::STATE_REJECTED.to_owned()),
        AccessState::Replaced => (Tone::Plain, Glyph::Ref, words::STATE_REPLACED.to_owned()),
        AccessState::TimedOut => (Tone::Plain, Glyph::Clock, words::STATE_TIMED_OUT.to_owned()),
        AccessState::Withdrawn => (Tone::Plain, Glyph::Undo, words::STATE_WITHDRAWN.to_owned()),
    }
}
