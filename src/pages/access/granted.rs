//! Using what was granted: `/p/:project/requests/:id/use`. The values are here while the grant is open, and nowhere else.

use std::{sync::Arc, time::Duration};

use coffer_client::{
    AccessState, Error, HeldGrant, HeldSecret, OwnProposal, ProposalOutcome, Saying, SpokenKind,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;
use zeroize::Zeroizing;

use super::{
    Handle, OpenProject, Opened,
    decide::{Act, Acts, EmergencyBadge, GiveBack},
};
use crate::{
    components::value_box::ValueBox,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates, visibility},
    routes::{AskForm, Path},
    state::{
        access::{Access, Held, NOTICE, is_overtaken},
        clipboard::Clipboard,
        desk::SHOWN_FOR,
        environment::full_name,
        shares::life_left,
        toasts::Toasts,
    },
    text::{self, access as words, environment as secret_words},
    ui::*,
};

/// Using what was granted: `/p/:project/requests/:id/use`.
#[component]
pub(crate) fn Granted() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("request").unwrap_or_default());
    view! {
        <OpenProject show=move |opened: Opened| {
            view! { <Using opened id=id.get() /> }.into_any()
        } />
    }
}

/// What this page holds. The values are in it while the grant is open, and go with it.
type Page = Held<Arc<HeldGrant>>;

#[component]
fn Using(opened: Opened, id: String) -> impl IntoView {
    let access = Access::expect();
    let toasts = Toasts::expect();
    let now = clock::seconds();
    let held = RwSignal::new_local(Page::Loading);
    let project = opened.project;
    let kept = StoredValue::new(id.clone());
    // Says whether the values that are there now are others than before, where they are there.
    let ask = move || {
        let asked = project.try_get_value().zip(kept.try_get_value());
        async move {
            let (project, id) = asked?;
            let outcome = project.held_grant(&id).await.map(Arc::new);
            // A page that was left drops what arrives for it; the same values again disturb nobody who reads them.
            let next = held.try_with_untracked(|held| match (held, &outcome) {
                (Page::Open(known), Ok(new)) if is_same(known, new) => (Some(false), None),
                _ => {
                    let next = held.after(outcome);
                    (next.as_ref().is_some_and(is_open).then_some(true), next)
                }
            });
            let (changed, next) = next?;
            if let Some(next) = next {
                held.try_set(next);
            }
            changed
        }
    };
    let load = move || {
        let answer = ask();
        spawn_local(async move {
            let _shown = answer.await;
        });
    };
    load();
    let acts = Acts::new(project, Signal::derive(move || kept.get_value()));
    // Given back: the values go at once, whatever the list says later.
    let giving_back = RwSignal::new(false);
    Effect::new(move |_| {
        if acts.gave_back.get() {
            giving_back.set(false);
            held.set(Page::Over { wiped: true });
        }
    });
    let (asking, about) = (opened.id.clone(), id.clone());
    let request = Memo::new(move |_| access.find(&asking, &about));
    // Somebody was asked for the current values, and has handed them over. A list that is not known says nothing.
    let waits = Memo::new(move |before: Option<&bool>| match request.read().as_ref() {
        Some(request) => request.wants_refresh,
        None => before.copied().unwrap_or_default(),
    });
    Effect::new(move |before: Option<bool>| {
        let waits = waits.get();
        if before == Some(true) && !waits && held.with_untracked(is_open) {
            spawn_local(async move {
                let mut changed = ask().await;
                // What was handed over is written down first, and arrives a moment later.
                for pause in PAUSES {
                    if changed != Some(false) {
                        break;
                    }
                    TimeoutFuture::new(pause).await;
                    changed = ask().await;
                }
                match changed {
                    Some(true) => toasts.say_with(Glyph::Refresh, words::REFRESH_CAME),
                    Some(false) => toasts.say_with(Glyph::Refresh, words::REFRESH_SAME),
                    None => {}
                }
            });
        }
        waits
    });
    // Somebody has said something about what was proposed.
    let told = Memo::new(move |_| {
        let request = request.read();
        let said = request.iter().flat_map(|request| &request.thread);
        said.filter(|said| is_about_proposal(said.kind)).count()
    });
    let from = Memo::new(move |_| match request.read().as_ref()?.state {
        AccessState::Granted { from, .. } => Some(from),
        _ => None,
    });
    // It opens by itself at its start, and its key goes as soon as somebody can be asked.
    let begun = Memo::new(move |_| from.get().is_some_and(|from| from <= now.get()));
    Effect::new(move |_| {
        if begun.get() && held.with_untracked(|held| matches!(held, Page::Early)) {
            load();
        }
    });
    clock::every(AGAIN, move || {
        let begun = from
            .try_get_untracked()
            .flatten()
            .is_none_or(|from| from <= clock::now());
        let again = held.try_with_untracked(|held| match held {
            Page::Early => begun,
            Page::Over { wiped } => !wiped,
            _ => false,
        });
        if again == Some(true) {
            load();
        }
    });
    // At its end, by this clock or by what the history says, nothing of it stays here.
    Effect::new(move |_| {
        let over = held.with(|held| matches!(held, Page::Open(grant) if grant.until <= now.get()));
        let ended = request
            .read()
            .as_ref()
            .is_some_and(|request| matches!(request.state, AccessState::Ended { .. }));
        if (over || ended) && held.with_untracked(is_open) {
            held.set(Page::Over { wiped: false });
            // Wipes the key from this device, too.
            load();
        }
    });
    let more = Path::Ask {
        project: opened.id.clone(),
        form: AskForm {
            follows: id.clone(),
            ..AskForm::default()
        },
    };
    let request_link = Path::Request {
        project: opened.id.clone(),
        request: id.clone(),
    };
    move || match held.get() {
        Held::Loading => view! {
            <PageHead title=|| words::USE_TITLE />
            <SkeletonTable
                columns=vec![secret_words::COLUMN_NAME.into(), secret_words::COLUMN_VALUE.into()]
                label=words::OPENING
            />
        }
        .into_any(),
        Held::Failed(error) => view! {
            <PageHead title=|| words::USE_TITLE />
            <FailureBanner error on_retry=load />
            <p class="mt-4">
                <a href=request_link.to_string()>{words::TO_REQUEST}</a>
            </p>
        }
        .into_any(),
        Held::Early => view! {
            <PageHead title=|| words::EARLY_TITLE />
            <section class="card">
                <div class="card__body stack" role="status">
                    <p>
                        {move || match from.get() {
                            Some(from) => words::not_yet(&dates::short(from)),
                            None => words::OPENS_LATER.to_owned(),
                        }} " " {words::EARLY_NOTE}
                    </p>
                    <p class="muted t-sm">{words::OPENS_LATER_NOTE}</p>
                    <div class="row">
                        <LinkButton href=request_link.clone() kind=ButtonKind::Ghost>
                            {words::TO_REQUEST}
                        </LinkButton>
                    </div>
                </div>
            </section>
        }
        .into_any(),
        Held::Over { wiped } => view! {
            <PageHead title=|| words::OVER_TITLE />
            <section class="card">
                <div class="card__body stack" role="status">
                    <p>{if wiped { words::OVER_GONE } else { words::OVER_KEY_STAYS }}</p>
                    <ul class="bullets stack stack-1">
                        {words::OVER_MEANS.iter().map(|line| view! { <li>{*line}</li> }).collect_view()}
                    </ul>
                    <div class="row row--wrap">
                        <LinkButton href=more.clone() glyph=Glyph::Plus>
                            {words::ASK_AGAIN}
                        </LinkButton>
                        <LinkButton href=request_link.clone() kind=ButtonKind::Ghost>
                            {words::TO_REQUEST}
                        </LinkButton>
                    </div>
                </div>
            </section>
        }
        .into_any(),
        Held::Open(grant) => view! {
            <Opening
                opened=opened.clone()
                grant
                now
                acts
                giving_back
                waits
                told
                more=more.clone()
            />
        }
        .into_any(),
    }
}

/// The same secrets in the same versions, until the same moment.
fn is_same(known: &HeldGrant, new: &HeldGrant) -> bool {
    let versions = |grant: &HeldGrant| {
        let secrets = grant.secrets.iter();
        secrets
            .map(|secret| (secret.slot, secret.version))
            .collect::<Vec<_>>()
    };
    known.until == new.until && versions(known) == versions(new)
}

fn is_open(held: &Page) -> bool {
    matches!(held, Page::Open(_))
}

#[component]
fn Opening(
    opened: Opened,
    grant: Arc<HeldGrant>,
    now: ReadSignal<u64>,
    acts: Acts,
    giving_back: RwSignal<bool>,
    /// The current values were asked for and have not come.
    waits: Memo<bool>,
    /// How much was said about what was proposed.
    told: Memo<usize>,
    more: Path,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let act = acts.act;
    let (from, until) = (grant.from, grant.until);
    let left = Memo::new(move |_| until.saturating_sub(now.get()));
    let soon = Memo::new(move |_| left.get() <= NOTICE);
    let environment = opened.environment(&grant.environment);
    let title = words::use_title(&environment);
    let approved: Vec<String> = grant.approved_by.iter().map(|user| opened.who(user)).collect();
    let note = words::use_note(&approved);
    let proposes = grant.propose;
    let proposing = RwSignal::new(None::<usize>);
    let proposed = RwSignal::new(0_u32);
    let count = grant.secrets.len();
    let (id, project) = (StoredValue::new(grant.request.clone()), opened.project);
    let shown = StoredValue::new_local(Arc::clone(&grant));
    let more_link = StoredValue::new(more.clone());
    let rows = (0..count)
        .map(|index| view! { <Secret grant=Arc::clone(&grant) index proposes proposing /> })
        .collect_view();
    view! {
        <PageHead title=move || view! { <span class="anywhere">{title.clone()}</span> } note>
            {grant.emergency.as_ref().map(|_| view! { <EmergencyBadge /> })}
            <span class="countdown access-left" title=dates::iso(until)>
                <Ring
                    percent=Signal::derive(move || life_left(from, until, now.get()))
                    tone=Signal::derive(move || if soon.get() { Tone::Caution } else { Tone::Accent })
                />
                <b>{move || words::left(&dates::left(left.get()))}</b>
                <span class="faint">{words::until(&dates::short(until))}</span>
            </span>
        </PageHead>
        <div class="stack">
            <Show when=move || soon.get()>
                <Banner
                    tone=Tone::Caution
                    glyph=Glyph::Hourglass
                    title=Signal::derive(move || words::ends_soon(left.get().div_ceil(60_000)))
                    text=words::ENDS_SOON_TEXT
                >
                    <LinkButton href=more_link.get_value() size=ButtonSize::Small>
                        {words::ASK_MORE}
                    </LinkButton>
                </Banner>
            </Show>
            <Table
                caption=words::USE_CAPTION
                columns=vec![
                    ("col-name", secret_words::COLUMN_NAME.into()),
                    ("", secret_words::COLUMN_VALUE.into()),
                    ("access-col-act", format!("~{}", words::COLUMN_ACTIONS)),
                ]
            >
                {rows}
            </Table>
            {proposes.then(|| view! { <Proposals opened=opened.clone() id told proposed acts /> })}
            <div class="row row--wrap">
                <Button
                    glyph=Glyph::Undo
                    kind=ButtonKind::Primary
                    on_press=move || giving_back.set(true)
                >
                    {words::GIVE_BACK}
                </Button>
                <LinkButton href=more glyph=Glyph::Plus>
                    {words::ASK_MORE}
                </LinkButton>
                <Button
                    glyph=Glyph::Refresh
                    busy=act.pending()
                    disabled=waits
                    on_press=move || {
                        acts.start(Act::Say(Saying::Refresh));
                    }
                >
                    {words::REFRESH}
                </Button>
            </div>
            <p class="t-sm" role="status">
                {move || waits.get().then_some(words::REFRESH_ASKED)}
            </p>
            // While the question is open, it stands there.
            <Show when=move || !giving_back.get()>
                <Trouble act />
            </Show>
            <p class="t-sm faint measure">{words::USE_NOTE}</p>
        </div>
        <GiveBack open=giving_back acts />
        <Propose
            proposing
            grant=shown
            id
            project
            on_done=move || {
                proposed.update(|count| *count += 1);
                toasts.say_with(Glyph::Send, words::PROPOSED);
            }
        />
    }
}

/// What this person proposed, and what became of it as far as it is seen; nothing where there is nothing.
#[component]
fn Proposals(
    opened: Opened,
    id: StoredValue<String>,
    /// How much was said about it.
    told: Memo<usize>,
    /// How much was proposed here.
    proposed: RwSignal<u32>,
    acts: Acts,
) -> impl IntoView {
    let project = opened.project;
    let opened = StoredValue::new_local(opened);
    let list = LocalResource::new(move || {
        told.track();
        proposed.track();
        let (project, id) = (project.get_value(), id.get_value());
        async move { project.own_proposals(&id).await }
    });
    let own = move || list.get().and_then(Result::ok).unwrap_or_default();
    let is_empty = Memo::new(move |_| own().is_empty());
    // A grant that is over says so itself.
    let failed = move || {
        let error = list.get().and_then(Result::err);
        error.filter(|error| !is_overtaken(error))
    };
    view! {
        {move || {
            failed()
                .map(|error| {
                    view! { <FailureBanner error on_retry=move || proposed.update(|count| *count += 1) /> }
                })
        }}
        <Show when=move || !is_empty.get()>
            <section class="card card--flat" aria-labelledby="access-proposed">
                <div class="card__body stack stack-3">
                    <div>
                        <h2 class="t-sm" id="access-proposed">
                            {words::OWN_PROPOSALS_TITLE}
                        </h2>
                        <p class="muted t-sm">{words::OWN_PROPOSALS_NOTE}</p>
                    </div>
                    <ul class="stack stack-3">
                        <For
                            each=own
                            // What becomes of one draws that one anew, and leaves the others where they are.
                            key=|own| (own.id.clone(), std::mem::discriminant(&own.outcome))
                            let:own
                        >
                            <Outcome opened=opened.get_value() own acts />
                        </For>
                    </ul>
                </div>
            </section>
        </Show>
    }
}

#[component]
fn Outcome(opened: Opened, own: OwnProposal, acts: Acts) -> impl IntoView {
    let OwnProposal {
        id,
        path,
        name,
        at,
        outcome,
    } = own;
    let waits = outcome == ProposalOutcome::NoneSeen;
    let by = |by: &str, at: u64| words::proposed_by(&opened.name(by), &dates::short(at));
    let (tone, glyph, said, whose, comment) = match outcome {
        ProposalOutcome::TakenOver { by: user, at } => (
            Tone::Positive,
            Glyph::Check,
            words::OUTCOME_TAKEN_OVER,
            by(&user, at),
            None,
        ),
        ProposalOutcome::Declined(declined) => (
            Tone::Danger,
            Glyph::Ban,
            words::OUTCOME_DECLINED,
            by(&declined.by, declined.at),
            Some(declined.comment).filter(|comment| !comment.is_empty()),
        ),
        ProposalOutcome::Superseded => (
            Tone::Caution,
            Glyph::Refresh,
            words::OUTCOME_SUPERSEDED,
            String::new(),
            None,
        ),
        ProposalOutcome::TakenBack => (
            Tone::Plain,
            Glyph::Undo,
            words::OUTCOME_TAKEN_BACK,
            String::new(),
            None,
        ),
        ProposalOutcome::NoneSeen => (
            Tone::Plain,
            Glyph::Hourglass,
            words::OUTCOME_NONE,
            String::new(),
            None,
        ),
    };
    view! {
        <li class="stack stack-1">
            <div class="row row--between row--wrap">
                <div class="stack stack-1">
                    <span class="key anywhere">{full_name(&path, &name)}</span>
                    <span class="faint t-xs">{dates::short(at)}</span>
                </div>
                {waits
                    .then(|| {
                        view! {
                            <Button
                                size=ButtonSize::Small
                                glyph=Glyph::Undo
                                label=words::take_back_named(&name)
                                on_press=move || {
                                    acts.start(Act::Say(Saying::TakeBack(id.clone())));
                                }
                            >
                                {words::TAKE_BACK}
                            </Button>
                        }
                    })}
            </div>
            <p class="row row--wrap">
                <Badge tone glyph>
                    {said}
                </Badge>
                <span class="faint t-xs anywhere">{whose}</span>
            </p>
            {comment.map(|comment| view! { <p class="access-said">{comment.as_str().to_owned()}</p> })}
        </li>
    }
}

fn is_about_proposal(kind: SpokenKind) -> bool {
    matches!(
        kind,
        SpokenKind::Declined | SpokenKind::TookBack | SpokenKind::TookOver
    )
}

/// One secret of the grant, masked until somebody asks.
#[component]
fn Secret(
    grant: Arc<HeldGrant>,
    index: usize,
    proposes: bool,
    proposing: RwSignal<Option<usize>>,
) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let Some(secret) = grant.secrets.get(index) else {
        return ().into_any();
    };
    let (name, path, comment) = (secret.name.clone(), secret.path.clone(), secret.comment.clone());
    let lines = secret.value.split('\n').count();
    let grant = StoredValue::new_local(grant);
    let value = move || {
        grant.with_value(|grant| {
            grant
                .secrets
                .get(index)
                .map(|secret: &HeldSecret| secret.value.clone())
        })
    };
    let now = clock::seconds();
    let until = RwSignal::new(0_u64);
    let hidden = visibility::hidden();
    let shown = Memo::new(move |_| until.get() > now.get() && !hidden.get());
    Effect::new(move |_| {
        if hidden.get() {
            until.set(0);
        }
    });
    let label = StoredValue::new(name.clone());
    let left = move || {
        until
            .get()
            .saturating_sub(now.get())
            .min(SHOWN_FOR)
            .div_ceil(1_000)
    };
    // It outlives every drawing of the ring: that is told of a change before it goes.
    let percent = Signal::derive(move || (left() * 100_000 / SHOWN_FOR) as u32);
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <div class="secret-row__name">
                    <span class="key truncate" title=name.clone()>
                        {name.clone()}
                    </span>
                    <span class="row t-xs faint truncate">
                        <span class="tag">{path}</span>
                        <span class="truncate">{comment.as_str().to_owned()}</span>
                    </span>
                </div>
            </th>
            <td role="cell" class="span">
                <div class="secret" data-state=move || if shown.get() { "shown" } else { "masked" }>
                    {move || {
                        if shown.get() {
                            let text = value().map(|value| value.as_str().to_owned()).unwrap_or_default();
                            view! {
                                <span
                                    class="secret__value"
                                    tabindex="0"
                                    role="group"
                                    aria-label=label.with_value(|name| secret_words::value_of(name))
                                >
                                    {text}
                                </span>
                                <span class="countdown faint t-xs">
                                    <Ring
                                        percent
                                        small=true
                                    />
                                    <span>{move || secret_words::seconds(left())}</span>
                                </span>
                            }
                                .into_any()
                        } else {
                            view! {
                                <span
                                    class="secret__value"
                                    role="img"
                                    aria-label=secret_words::hidden_value(lines)
                                >
                                    {secret_words::MASK}
                                </span>
                                {(lines > 1)
                                    .then(|| view! { <span class="secret__meta">{secret_words::lines(lines)}</span> })}
                            }
                                .into_any()
                        }
                    }}
                    <span class="secret__acts">
                        <IconButton
                            label=Signal::derive(move || {
                                label
                                    .with_value(|name| {
                                        if shown.get() {
                                            secret_words::hide(name)
                                        } else {
                                            secret_words::reveal(name)
                                        }
                                    })
                            })
                            glyph=Signal::derive(move || if shown.get() { Glyph::EyeOff } else { Glyph::Eye })
                            on_press=move || {
                                let next = if shown.get_untracked() { 0 } else { clock::now() + SHOWN_FOR };
                                until.set(next);
                            }
                        />
                        <IconButton
                            label=secret_words::copy(&name)
                            glyph=Glyph::Copy
                            on_press=move || {
                                if let Some(value) = value() {
                                    clipboard.copy_secret(value, label.get_value());
                                }
                            }
                        />
                    </span>
                </div>
            </td>
            <td role="cell" class="acts">
                <div class="table__actions">
                    {proposes
                        .then(|| {
                            view! {
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Pencil
                                    label=words::propose_for(&name)
                                    on_press=move || proposing.set(Some(index))
                                >
                                    {words::PROPOSE}
                                </Button>
                            }
                        })}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// Another value for one of them, for somebody who may write.
#[component]
fn Propose(
    proposing: RwSignal<Option<usize>>,
    grant: StoredValue<Arc<HeldGrant>, LocalStorage>,
    id: StoredValue<String>,
    project: Handle,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(proposing.read().is_some()));
    let value = NodeRef::<html::Textarea>::new();
    let comment = RwSignal::new(String::new());
    let empty = RwSignal::new(false);
    let propose = Action::new_unsync(
        move |(index, value, comment): &(usize, Zeroizing<String>, Zeroizing<String>)| {
            let (project, id) = (project.get_value(), id.get_value());
            let slot = grant.with_value(|grant| grant.secrets.get(*index).map(|secret| secret.slot));
            let (value, comment) = (value.clone(), comment.clone());
            async move {
                let slot = slot.ok_or(Error::NotFound)?;
                project.propose(&id, &slot, value, comment).await
            }
        },
    );
    Effect::new(move |_| {
        if let Some(Ok(())) = propose.value().get() {
            propose.clear();
            proposing.set(None);
            on_done.run(());
        }
    });
    let title = Signal::derive(move || {
        let index = proposing.get().unwrap_or_default();
        grant.with_value(|grant| {
            let name = grant
                .secrets
                .get(index)
                .map(|secret| secret.name.clone())
                .unwrap_or_default();
            words::propose_for(&name)
        })
    });
    let submit = move || {
        let text = value
            .get_untracked()
            .map(|area| Zeroizing::new(area.value()))
            .unwrap_or_default();
        empty.set(text.is_empty());
        if let Some(index) = proposing.get_untracked().filter(|_| !text.is_empty()) {
            let why = Zeroizing::new(comment.read_untracked().trim().to_owned());
            propose.dispatch((index, text, why));
        }
    };
    view! {
        <Dialog
            open
            title
            note=words::PROPOSE_NOTE
            close_word=text::CLOSE
            busy=propose.pending()
            on_close=move || {
                propose.clear();
                comment.set(String::new());
                empty.set(false);
                proposing.set(None);
            }
        >
            <DialogForm
                open
                verb=words::PROPOSE
                cancel_word=text::CANCEL
                glyph=Glyph::Send
                busy=propose.pending()
                on_submit=submit
            >
                <ValueBox
                    label=words::NEW_VALUE
                    node_ref=value
                    first=None
                    error=Signal::derive(move || empty.get().then(|| words::VALUE_EMPTY.to_owned()))
                />
                <TextField label=words::PROPOSE_WHY value=comment max_length=1000 />
                <Trouble act=propose />
            </DialogForm>
        </Dialog>
    }
}

/// How often the page looks whether it has begun, and whether its key is gone.
const AGAIN: Duration = Duration::from_secs(20);
/// How long it waits for what is on its way, in milliseconds: once and once more.
const PAUSES: [u32; 2] = [1_500, 4_000];
