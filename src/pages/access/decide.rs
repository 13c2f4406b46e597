//! What can be done about a request: by who may approve, and by who asks.

use std::collections::BTreeSet;

use coffer_client::{AccessRequest, AccessState, Approved, EMERGENCY_REASON, Error, Saying, ScopeItem};
use leptos::prelude::*;
use zeroize::Zeroizing;

use super::{Handle, Opened, ask::PRESETS, item_words};
use crate::{
    backend::{Project, this_server},
    failure::{FailureBanner, Trouble},
    routes::{AskForm, Path},
    state::{
        access::{Access, asked_back, is_overtaken, is_waiting},
        clipboard::Clipboard,
        toasts::Toasts,
    },
    text::{self, access as words},
    ui::*,
};

/// It was opened by one person alone; that never goes away.
#[component]
pub(super) fn EmergencyBadge() -> impl IntoView {
    view! {
        <Badge tone=Tone::Danger glyph=Glyph::Flame>
            {words::EMERGENCY}
        </Badge>
    }
}

/// One act about a request; its words are wiped when it is done.
#[derive(Clone)]
pub(super) enum Act {
    Alone(u32, Zeroizing<String>),
    Approve(u32, Zeroizing<String>),
    End,
    HandOver,
    Say(Saying),
}

pub(super) type Doing = Action<Act, Result<&'static str, Error>>;

/// Acts about one request, and what is chosen and typed for them. They outlive what shows the request: that is drawn anew
/// when somebody else has done something, and what somebody is in the middle of stays.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    /// What runs.
    pub(super) act: Doing,
    /// What was granted is given back: nothing of it stays here, whatever a list says later.
    pub(super) gave_back: RwSignal<bool>,
    answer: RwSignal<String>,
    comment: RwSignal<String>,
    /// For how long it is to be approved, in seconds.
    seconds: RwSignal<u32>,
    /// Why it is opened without anybody else.
    why: RwSignal<String>,
    questions: Questions,
}

/// What is asked before it is done: whether each question is open. They live as long as the acts, so that none of them is
/// made anew with what shows the request.
#[derive(Clone, Copy)]
struct Questions {
    alone: RwSignal<bool>,
    end: RwSignal<bool>,
    give_back: RwSignal<bool>,
    reject: RwSignal<bool>,
    withdraw: RwSignal<bool>,
}

impl Questions {
    fn new() -> Self {
        Self {
            alone: RwSignal::new(false),
            end: RwSignal::new(false),
            give_back: RwSignal::new(false),
            reject: RwSignal::new(false),
            withdraw: RwSignal::new(false),
        }
    }

    fn all(self) -> [RwSignal<bool>; 5] {
        [self.alone, self.end, self.give_back, self.reject, self.withdraw]
    }

    fn close(self) {
        for open in self.all() {
            open.set(false);
        }
    }
}

impl Acts {
    /// Runs acts one after the other; afterwards the requests are read again and a notice says what was done.
    pub(super) fn new(project: Handle, id: Signal<String>) -> Self {
        let (access, toasts) = (Access::expect(), Toasts::expect());
        let act = Action::new_unsync(move |act: &Act| {
            let (project, id, act) = (project.get_value(), id.get_untracked(), act.clone());
            async move { run(project, &id, act).await }
        });
        let acts = Self {
            act,
            gave_back: RwSignal::new(false),
            answer: RwSignal::new(String::new()),
            comment: RwSignal::new(String::new()),
            seconds: RwSignal::new(0),
            why: RwSignal::new(String::new()),
            questions: Questions::new(),
        };
        Effect::new(move |_| match act.value().get() {
            Some(Ok(done)) => {
                act.clear();
                toasts.say(done);
                acts.forget();
                if done == words::said(&Saying::GiveBack) {
                    acts.gave_back.set(true);
                }
                access.refresh();
            }
            // What was asked is no question any more; why stands on the page, and what was typed stays.
            Some(Err(error)) if is_overtaken(&error) => {
                acts.questions.close();
                access.refresh();
            }
            _ => {}
        });
        // What was meant for one request is not meant for the next.
        Effect::new(move |before: Option<String>| {
            let now = id.get();
            if before.is_some_and(|before| before != now) {
                acts.forget();
                acts.gave_back.set(false);
                // Nor is why something failed there.
                if !act.pending().get_untracked() {
                    act.clear();
                }
            }
            now
        });
        acts
    }

    fn forget(self) {
        for text in [self.answer, self.comment, self.why] {
            text.set(String::new());
        }
        self.seconds.set(0);
        self.questions.close();
    }

    /// Closes what cannot be asked any more of a request as it stands now: somebody else has done something meanwhile.
    pub(super) fn keep_open_for(self, request: &AccessRequest) {
        let (waits, granted) = (is_waiting(request), is_granted(request));
        for (open, applies) in [
            (self.questions.alone, request.may_open_alone),
            (self.questions.end, request.may_end),
            (self.questions.give_back, request.mine && granted),
            (self.questions.reject, request.may_reject && waits),
            (self.questions.withdraw, request.mine && waits),
        ] {
            if open.get_untracked() && !applies {
                open.set(false);
            }
        }
    }

    /// Starts an act, unless another one still runs.
    pub(super) fn start(self, act: Act) {
        if !self.act.pending().get_untracked() {
            self.act.dispatch(act);
        }
    }

    fn ask(self, question: RwSignal<bool>) {
        // Why another act failed is no answer to this question.
        if !self.act.pending().get_untracked() {
            self.act.clear();
        }
        question.set(true);
    }
}

/// Why an act failed, unless a question is open: then it stands there.
#[component]
fn Outside(acts: Acts) -> impl IntoView {
    let asked = move || acts.questions.all().iter().any(|open| open.get());
    view! {
        <Show when=move || !asked()>
            <Trouble act=acts.act />
        </Show>
    }
}

async fn run(project: Project, id: &str, act: Act) -> Result<&'static str, Error> {
    Ok(match act {
        Act::Alone(seconds, why) => {
            project.open_alone(id, seconds, why).await?;
            words::DONE_ALONE
        }
        Act::Approve(seconds, comment) => match project.approve(id, seconds, comment).await? {
            Approved::Counted => words::DONE_COUNTED,
            Approved::ByAnother => words::DONE_BY_ANOTHER,
            Approved::HandedOver => words::DONE_HANDED_OVER,
        },
        Act::End => {
            project.end_grant(id).await?;
            words::DONE_ENDED
        }
        Act::HandOver => {
            project.hand_over(id).await?;
            words::DONE_HANDED_OVER
        }
        Act::Say(saying) => {
            let done = words::said(&saying);
            project.say(id, saying).await?;
            done
        }
    })
}

/// Asks before something is done that needs no more words.
#[component]
fn Question(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    verb: &'static str,
    body: &'static str,
    acts: Acts,
    /// What is done.
    what: Act,
) -> impl IntoView {
    let act = acts.act;
    view! {
        <Confirm
            open
            title
            verb
            cancel_word=text::CANCEL
            busy=act.pending()
            on_confirm=move || {
                acts.start(what.clone());
            }
        >
            <p>{body}</p>
            <Trouble act />
        </Confirm>
    }
}

/// Asks before what was granted is given back.
#[component]
pub(super) fn GiveBack(open: RwSignal<bool>, acts: Acts) -> impl IntoView {
    view! {
        <Question
            open
            title=words::GIVE_BACK_TITLE
            verb=words::GIVE_BACK
            body=words::GIVE_BACK_BODY
            acts
            what=Act::Say(Saying::GiveBack)
        />
    }
}

/// What somebody who may approve can do; nothing for others.
#[component]
pub(super) fn Decide(opened: Opened, request: AccessRequest, acts: Acts) -> impl IntoView {
    let (act, comment, seconds) = (acts.act, acts.comment, acts.seconds);
    let wordless = RwSignal::new(false);
    let said = move || Zeroizing::new(comment.read_untracked().trim().to_owned());
    let asked = request.seconds;
    let name = opened.name(&request.requester);
    let shorter = PRESETS
        .iter()
        .copied()
        .filter(|preset| *preset < asked)
        .chain([asked]);
    let options: Vec<(u32, String)> = shorter
        .map(|seconds| (seconds, words::duration(seconds)))
        .collect();
    if options
        .iter()
        .all(|(offered, _)| *offered != seconds.get_untracked())
    {
        seconds.set(asked);
    }
    if !can_decide(&request) {
        // Why the last act failed stands here all the same: it may be the reason for that.
        return (!request.mine).then(|| view! { <Outside acts /> }).into_any();
    }
    let decides = (request.may_approve || request.may_reject) && is_waiting(&request);
    let failed = opened.unknown.clone();
    // The client seals nothing to other keys; nobody decides either about whom they see neither name nor key badge of.
    let member = opened.member(&request.requester).is_some();
    // Whoever came since the members were read is only unknown.
    let left = failed.is_none() && !member && request.key_changed;
    let unknown = !member && !left;
    let changed = request.key_changed && !left;
    let seals = !request.key_changed && member;
    let approves = request.may_approve && seals;
    let hands_over = request.may_reject && request.state == AccessState::Approved && seals;
    let (lost, stale) = (request.undelivered, request.may_end && request.wants_refresh);
    let gives_again = request.may_end && (lost || stale);
    let renews = gives_again && seals;
    let would_go = (request.readable && decides && !request.mine).then(|| WouldGo::of(&opened, &request));
    let nothing = Memo::new(move |_| would_go.is_some_and(WouldGo::is_nothing));
    let again = opened.again;
    let comment_error = Signal::derive(move || {
        (wordless.get() && comment.read().trim().is_empty()).then(|| words::QUESTION_EMPTY.to_owned())
    });
    let ask_back = move || {
        if said().is_empty() {
            wordless.set(true);
        } else {
            acts.start(Act::Say(Saying::AskBack(said())));
        }
    };
    let members = Path::members(opened.id.clone());
    let (may_reject, may_end, may_open_alone) = (request.may_reject, request.may_end, request.may_open_alone);
    let rejects = may_reject && decides;
    let gives_values = request.state == AccessState::Approved || is_last(&request);
    let whom = name.clone();
    view! {
        <section
            class="card"
            data-tone=if changed { "danger" } else { "plain" }
            aria-labelledby="access-decide"
        >
            <div class="card__head">
                <h2 id="access-decide">{words::DECIDE_TITLE}</h2>
            </div>
            <div class="card__body stack">
                {(changed && (decides || gives_again || may_open_alone))
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Danger
                                glyph=Glyph::ShieldAlert
                                title=words::KEY_CHANGED_TITLE
                                text=words::KEY_CHANGED_TEXT
                            />
                        }
                    })}
                {left
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Caution
                                glyph=Glyph::Info
                                title=words::LEFT_TITLE
                                text=words::LEFT_TEXT
                            />
                        }
                    })}
                {(unknown && (decides || gives_again || may_open_alone))
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Danger
                                glyph=Glyph::ShieldAlert
                                title=words::MEMBERS_UNKNOWN
                                text=words::MEMBERS_UNKNOWN_TEXT
                            >
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Refresh
                                    on_press=again
                                >
                                    {text::RETRY}
                                </Button>
                            </Banner>
                            {failed.map(|error| view! { <FailureBanner error /> })}
                        }
                    })}
                {would_go.map(|would_go| view! { <Going would_go /> })}
                {approves
                    .then(|| {
                        view! {
                            <Choices
                                label=words::GIVE_FOR
                                value=seconds
                                options
                                hint=words::GIVE_FOR_HINT
                            />
                        }
                    })}
                {decides
                    .then(|| {
                        view! {
                            <TextField
                                label=words::COMMENT
                                value=comment
                                aside=move || view! { <span>{words::sees_this(&whom)}</span> }
                                error=comment_error
                                max_length=1000
                            />
                        }
                    })}
                {gives_again
                    .then(|| view! { <p>{if lost { words::UNDELIVERED } else { words::WANTS_REFRESH }}</p> })}
                {(decides && gives_values)
                    .then(|| view! { <p class="faint t-sm">{words::APPROVE_NOTE}</p> })}
                <Outside acts />
            </div>
            <div class="card__foot">
                {approves
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Primary
                                glyph=Glyph::Key
                                busy=act.pending()
                                disabled=nothing
                                on_press=move || {
                                    acts.start(Act::Approve(seconds.get_untracked(), said()));
                                }
                            >
                                {move || words::approve_for(seconds.get())}
                            </Button>
                        }
                    })}
                {(hands_over || renews)
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Primary
                                glyph=Glyph::Key
                                busy=act.pending()
                                disabled=nothing
                                on_press=move || {
                                    acts.start(Act::HandOver);
                                }
                            >
                                {if hands_over {
                                    words::HAND_OVER
                                } else if lost {
                                    words::HAND_OVER_AGAIN
                                } else {
                                    words::HAND_OVER_CURRENT
                                }}
                            </Button>
                        }
                    })}
                {(changed && (decides || gives_again || may_open_alone))
                    .then(|| view! { <LinkButton href=members>{words::COMPARE_WORDS}</LinkButton> })}
                {(rejects && !changed && !left)
                    .then(|| {
                        view! {
                            <Button glyph=Glyph::Help busy=act.pending() on_press=ask_back>
                                {words::ASK_BACK}
                            </Button>
                        }
                    })}
                {rejects
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Danger on_press=move || acts.ask(acts.questions.reject)>
                                {words::REJECT}
                            </Button>
                        }
                    })}
                {may_end
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Danger
                                glyph=Glyph::Ban
                                on_press=move || acts.ask(acts.questions.end)
                            >
                                {words::END_GRANT}
                            </Button>
                        }
                    })}
                {(may_open_alone && seals)
                    .then(|| {
                        view! {
                            <span class="ms-auto"></span>
                            <Button
                                kind=ButtonKind::Danger
                                glyph=Glyph::Flame
                                on_press=move || acts.ask(acts.questions.alone)
                            >
                                {words::OPEN_ALONE}
                            </Button>
                        }
                    })}
            </div>
        </section>
        <Confirm
            open=acts.questions.reject
            title=words::reject_title(&name)
            verb=words::REJECT
            cancel_word=text::CANCEL
            busy=act.pending()
            on_confirm=move || {
                acts.start(Act::Say(Saying::Reject(said())));
            }
        >
            <p>{words::REJECT_BODY}</p>
            <TextField label=words::COMMENT value=comment max_length=1000 />
            <Trouble act />
        </Confirm>
        <Question
            open=acts.questions.end
            title=words::end_title(&name)
            verb=words::END_GRANT
            body=words::END_BODY
            acts
            what=Act::End
        />
        <Alone acts asked />
    }
    .into_any()
}

/// There is something that this person may do about it as one who may approve.
fn can_decide(request: &AccessRequest) -> bool {
    let decides = (request.may_approve || request.may_reject) && is_waiting(request);
    decides || request.may_end || request.may_open_alone
}

fn is_granted(request: &AccessRequest) -> bool {
    matches!(request.state, AccessState::Granted { .. })
}

/// Which secrets would go if the values were handed over now. Who may approve can read their names.
#[derive(Clone, Copy)]
struct WouldGo {
    scope: LocalResource<Result<Vec<ScopeItem>, Error>>,
    tries: RwSignal<u32>,
    /// What was asked for, in words: it takes the room of the names until they are there, so that no button moves away from
    /// under a pointer.
    wanted: StoredValue<Vec<String>>,
}

impl WouldGo {
    fn of(opened: &Opened, request: &AccessRequest) -> Self {
        let (project, tries) = (opened.project, RwSignal::new(0_u32));
        let id = request.id.clone();
        let scope = LocalResource::new(move || {
            tries.track();
            let (project, id) = (project.get_value(), id.clone());
            async move { project.scope(&id).await }
        });
        let wanted = request.wanted.iter().take(MOST_NAMED).map(item_words);
        Self {
            scope,
            tries,
            wanted: StoredValue::new(wanted.collect()),
        }
    }

    /// There is nothing to hand over, tracked.
    fn is_nothing(self) -> bool {
        matches!(&*self.scope.read(), Some(Ok(scope)) if scope.iter().all(|item| item.secrets.is_empty()))
    }
}

#[component]
fn Going(would_go: WouldGo) -> impl IntoView {
    let heading = unique_id("scope");
    let labelled = heading.clone();
    view! {
        <section class="stack stack-2" aria-labelledby=labelled>
            <h3 class="t-sm" id=heading>
                {words::SCOPE_TITLE}
            </h3>
            {move || match would_go.scope.get() {
                None => view! {
                    <p class="faint">{words::SCOPE_READING}</p>
                    <ul class="bullets stack stack-1 faint">
                        {would_go
                            .wanted
                            .get_value()
                            .into_iter()
                            .map(|wanted| view! { <li class="mono t-sm anywhere">{wanted}</li> })
                            .collect_view()}
                    </ul>
                }
                .into_any(),
                Some(Err(error)) => view! {
                    <p class="t-sm">{words::SCOPE_FAILED}</p>
                    <FailureBanner error on_retry=move || would_go.tries.update(|tries| *tries += 1) />
                }
                .into_any(),
                Some(Ok(scope)) => view! { <Named scope /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Named(scope: Vec<ScopeItem>) -> impl IntoView {
    let (there, missing): (Vec<ScopeItem>, Vec<ScopeItem>) =
        scope.into_iter().partition(|item| !item.secrets.is_empty());
    // What lies in two folders that are wanted goes once.
    let goes: BTreeSet<(String, String)> = there.into_iter().flat_map(|item| item.secrets).collect();
    if goes.is_empty() {
        return view! {
            <Banner
                tone=Tone::Caution
                glyph=Glyph::Info
                title=words::SCOPE_NOTHING
                text=words::SCOPE_NOTHING_TEXT
            />
        }
        .into_any();
    }
    let count = goes.len();
    let more = count.saturating_sub(MOST_NAMED);
    let name = |place: String| view! { <li class="mono t-sm anywhere">{place}</li> };
    let shown = goes.iter().take(MOST_NAMED);
    let named = shown
        .map(|(path, own)| name(words::place(path, own)))
        .collect_view();
    let rest = goes.iter().skip(MOST_NAMED);
    let rest = rest
        .map(|(path, own)| name(words::place(path, own)))
        .collect_view();
    let lacks = !missing.is_empty();
    let missing = missing
        .iter()
        .map(|missing| name(item_words(&missing.item)))
        .collect_view();
    view! {
        <p>
            <b>{words::scope_count(count)}</b>
        </p>
        <ul class="bullets stack stack-1">{named}</ul>
        {(more > 0)
            .then(|| {
                view! {
                    <details>
                        <summary>{words::and_more(more)}</summary>
                        <ul class="bullets stack stack-1">{rest}</ul>
                    </details>
                }
            })}
        {lacks
            .then(|| {
                view! {
                    <p class="row c-caution">
                        <Icon glyph=Glyph::Alert size=IconSize::Small />
                        <span>{words::SCOPE_MISSING}</span>
                    </p>
                    <ul class="bullets stack stack-1">{missing}</ul>
                }
            })}
    }
    .into_any()
}

/// So many secrets are named at once; the others when somebody wants to see them.
const MOST_NAMED: usize = 12;

/// This person's approval is the last that is needed.
fn is_last(request: &AccessRequest) -> bool {
    request.may_approve && matches!(request.state, AccessState::Waiting { more: 1 })
}

/// Opens it without anybody else, which everybody is told.
#[component]
fn Alone(acts: Acts, asked: u32) -> impl IntoView {
    let (act, why) = (acts.act, acts.why);
    let tried = RwSignal::new(false);
    let short = move || why.read().trim().chars().count() < EMERGENCY_REASON;
    let error =
        Signal::derive(move || (tried.get() && short()).then(|| words::reason_short(EMERGENCY_REASON)));
    view! {
        <Confirm
            open=acts.questions.alone
            title=words::ALONE_TITLE
            verb=words::OPEN_ALONE
            cancel_word=text::CANCEL
            busy=act.pending()
            on_confirm=move || {
                tried.set(true);
                if !untrack(short) {
                    let why = Zeroizing::new(why.read_untracked().trim().to_owned());
                    acts.start(Act::Alone(asked, why));
                }
            }
        >
            <Banner
                tone=Tone::Danger
                glyph=Glyph::Flame
                title=words::ALONE_LOUD
                text=words::ALONE_LOUD_TEXT
            />
            <TextArea label=words::ALONE_WHY value=why rows=3 error hint=words::ALONE_WHY_HINT />
            <Trouble act />
        </Confirm>
    }
}

/// What who asks can do.
#[component]
pub(super) fn Own(opened: Opened, request: AccessRequest, acts: Acts) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let (act, answer) = (acts.act, acts.answer);
    let tried = RwSignal::new(false);
    let waiting = is_waiting(&request);
    let questioned = waiting && asked_back(&request);
    // There it is said why an act failed.
    let decided = can_decide(&request);
    let granted = is_granted(&request);
    let address = Path::Request {
        project: opened.id.clone(),
        request: request.id.clone(),
    };
    let link = format!("{}{address}", this_server());
    let again = Path::Ask {
        project: opened.id.clone(),
        form: AskForm {
            follows: request.id.clone(),
            ..AskForm::default()
        },
    };
    let again_words = if granted {
        words::ASK_MORE
    } else if waiting {
        words::EDIT
    } else {
        words::ASK_AGAIN
    };
    let send_answer = move || {
        tried.set(true);
        let text = Zeroizing::new(answer.read_untracked().trim().to_owned());
        if !text.is_empty() {
            acts.start(Act::Say(Saying::Answer(text)));
        }
    };
    view! {
        {questioned
            .then(|| {
                view! {
                    <section class="card" data-tone="caution" aria-labelledby="access-answer">
                        <div class="card__head">
                            <h2 id="access-answer">{words::ANSWER_TITLE}</h2>
                        </div>
                        <div class="card__body stack">
                            <TextArea
                                label=words::ANSWER
                                value=answer
                                rows=3
                                error=Signal::derive(move || {
                                    (tried.get() && answer.read().trim().is_empty())
                                        .then(|| words::ANSWER_EMPTY.to_owned())
                                })
                            />
                            <div>
                                <Button
                                    kind=ButtonKind::Primary
                                    glyph=Glyph::Send
                                    busy=act.pending()
                                    on_press=send_answer
                                >
                                    {words::SEND_ANSWER}
                                </Button>
                            </div>
                        </div>
                    </section>
                }
            })}
        {(!decided).then(|| view! { <Outside acts /> })}
        <div class="row row--wrap">
            {waiting
                .then(|| {
                    view! {
                        <Button
                            glyph=Glyph::Copy
                            on_press=move || clipboard.copy_plain(link.clone(), words::LINK_COPIED)
                        >
                            {words::COPY_FOR_APPROVER}
                        </Button>
                    }
                })}
            <LinkButton href=again glyph=if waiting { Glyph::Pencil } else { Glyph::Plus }>
                {again_words}
            </LinkButton>
            {waiting
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Danger on_press=move || acts.ask(acts.questions.withdraw)>
                            {words::WITHDRAW}
                        </Button>
                    }
                })}
            {granted
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Danger
                            glyph=Glyph::Undo
                            on_press=move || acts.ask(acts.questions.give_back)
                        >
                            {words::GIVE_BACK}
                        </Button>
                    }
                })}
        </div>
        {waiting.then(|| view! { <p class="t-sm faint">{words::CAN_CLOSE}</p> })}
        <Question
            open=acts.questions.withdraw
            title=words::WITHDRAW_TITLE
            verb=words::WITHDRAW
            body=words::WITHDRAW_BODY
            acts
            what=Act::Say(Saying::Withdraw)
        />
        <GiveBack open=acts.questions.give_back acts />
    }
}
