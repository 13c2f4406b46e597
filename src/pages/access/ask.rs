//! Asking for access: `/p/:project/ask`. Reached from where somebody was stopped, or by a link that an admin published.

use coffer_client::{AccessRequest, AccessRules, AskDraft, Error, Right, WantedItem, ticket_fits};
use leptos::{ev, prelude::*};
use leptos_router::hooks::{use_navigate, use_query_map};
use zeroize::Zeroizing;

use super::{Asked, OpenProject, Opened};
use crate::{
    failure::Trouble,
    platform::{clock, dates, page},
    routes::{AskForm, Path},
    state::{
        access::{Access, folder_of, item_of, lines_of, needed, together},
        shares::within,
    },
    text::access as words,
    ui::*,
};

/// Asking for access: `/p/:project/ask`.
#[component]
pub(crate) fn Ask() -> impl IntoView {
    let query = use_query_map();
    let show = move |opened: Opened| {
        let address = query.read().to_query_string();
        let form = match Path::parse(&format!("/p/x/ask{address}")) {
            Some(Path::Ask { form, .. }) => form,
            _ => AskForm::default(),
        };
        view! { <Prefilled opened form /> }.into_any()
    };
    view! {
        <PageHead title=|| words::ASK_TITLE note=words::ASK_LEAD />
        <OpenProject show />
    }
}

/// Waits for the request that this one follows, if it follows any.
#[component]
fn Prefilled(opened: Opened, form: AskForm) -> impl IntoView {
    let access = Access::expect();
    let project = opened.id.clone();
    let follows = form.follows.clone();
    // It is read once: a form that somebody fills in does not change under their hands.
    let before = Memo::new(move |known: Option<&Option<Option<AccessRequest>>>| {
        if let Some(Some(known)) = known {
            return Some(known.clone());
        }
        if follows.is_empty() {
            return Some(None);
        }
        access
            .all(&project)
            .map(|all| all.iter().find(|request| request.id == follows).cloned())
    });
    move || match before.get() {
        None => view! { <SkeletonLines lines=6 label=words::LOADING /> }.into_any(),
        Some(before) => view! { <Form opened=opened.clone() form=form.clone() before /> }.into_any(),
    }
}

/// One line of the list of secrets.
type Line = (u32, RwSignal<String>);

/// What was typed, as signals.
#[derive(Clone, Copy)]
struct Fields {
    environment: RwSignal<String>,
    folder: RwSignal<String>,
    whole: RwSignal<bool>,
    lines: RwSignal<Vec<Line>>,
    next: StoredValue<u32>,
    propose: RwSignal<bool>,
    /// [`CUSTOM`] when another number of minutes was typed.
    seconds: RwSignal<u32>,
    minutes: RwSignal<String>,
    later: RwSignal<bool>,
    starts: RwSignal<String>,
    reason: RwSignal<String>,
    ticket: RwSignal<String>,
}

impl Fields {
    fn of(opened: &Opened, form: &AskForm, before: Option<&AccessRequest>) -> Self {
        let (folder, names) = match before {
            Some(before) => lines_of(&before.wanted),
            None => (form.folder.clone(), form.names.clone()),
        };
        let first = || {
            opened
                .environments
                .first()
                .map(|environment| environment.slug.clone())
        };
        let environment = before.map(|before| before.environment.clone());
        let environment =
            environment.or_else(|| Some(form.environment.clone()).filter(|slug| !slug.is_empty()));
        let asked = before.map_or(form.seconds, |before| {
            Some(form.seconds.unwrap_or(before.seconds))
        });
        let asked = asked.filter(|seconds| *seconds >= 60).unwrap_or(USUAL);
        let preset = PRESETS.contains(&asked);
        let whole = names.is_empty();
        let mut lines: Vec<Line> = (0..).zip(names.into_iter().map(RwSignal::new)).collect();
        if lines.is_empty() {
            lines.push((0, RwSignal::new(String::new())));
        }
        Self {
            environment: RwSignal::new(environment.or_else(first).unwrap_or_default()),
            whole: RwSignal::new(whole && !folder.is_empty()),
            folder: RwSignal::new(if folder.is_empty() { "/".to_owned() } else { folder }),
            next: StoredValue::new(lines.len() as u32),
            lines: RwSignal::new(lines),
            propose: RwSignal::new(before.map_or(form.propose, |before| before.propose)),
            seconds: RwSignal::new(if preset { asked } else { CUSTOM }),
            minutes: RwSignal::new(if preset {
                String::new()
            } else {
                (asked / 60).to_string()
            }),
            later: RwSignal::new(false),
            starts: RwSignal::new(String::new()),
            reason: RwSignal::new(
                before
                    .map(|before| before.reason.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            ticket: RwSignal::new(before.map(|before| before.ticket.clone()).unwrap_or_default()),
        }
    }

    /// What is wanted; empty while nothing is named.
    fn wanted(self) -> Vec<WantedItem> {
        let folder = folder_of(&self.folder.read());
        if self.whole.get() {
            return vec![WantedItem::Folder(folder)];
        }
        let lines = self.lines.get();
        let named = lines
            .iter()
            .map(|(_, line)| line.get())
            .filter(|line| !line.trim().is_empty());
        named.map(|line| item_of(&folder, &line)).collect()
    }

    /// For how long, in seconds; `None` for what is no number of minutes.
    fn duration(self) -> Option<u32> {
        match self.seconds.get() {
            CUSTOM => within(&self.minutes.read(), 1, MOST_MINUTES).map(|minutes| minutes * 60),
            seconds => Some(seconds),
        }
    }

    /// From when on: nothing for at once, an error for no time.
    fn begins(self, now: u64) -> Result<Option<u64>, ()> {
        if !self.later.get() {
            return Ok(None);
        }
        let typed = dates::typed(&self.starts.read()).filter(|at| *at > now);
        typed.map(Some).ok_or(())
    }

    fn add(self) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.lines
            .update(|lines| lines.push((key, RwSignal::new(String::new()))));
    }
}

#[component]
fn Form(opened: Opened, form: AskForm, before: Option<AccessRequest>) -> impl IntoView {
    let access = Access::expect();
    let go = StoredValue::new_local(use_navigate());
    let fields = Fields::of(&opened, &form, before.as_ref());
    let follows = before.map(|before| before.id);
    let prolongs = follows.is_some();
    let handle = opened.project;
    let tried = RwSignal::new(false);
    let wanted = Memo::new(move |_| fields.wanted());
    let rules = Memo::new(move |_| {
        let (slug, items) = (fields.environment.get(), wanted.get());
        let folder = folder_of(&fields.folder.read());
        let folders = items.iter().map(|item| match item {
            WantedItem::Folder(path) | WantedItem::Secret(path, _) => path.clone(),
        });
        let folders = if items.is_empty() {
            vec![folder]
        } else {
            folders.collect()
        };
        handle.with_value(|project| {
            let all = folders.iter().map(|folder| project.access_rules(&slug, folder));
            all.collect::<Result<Vec<AccessRules>, Error>>()
                .map(together)
                .ok()
        })
    });
    let asked = Memo::new(move |_| {
        let (slug, mut items) = (fields.environment.get(), wanted.get());
        if items.is_empty() {
            items.push(WantedItem::Folder(folder_of(&fields.folder.read())));
        }
        handle.with_value(|project| project.who_is_asked(&slug, &items).ok())
    });
    let longest = Memo::new(move |_| rules.read().as_ref().map_or(DAY, |rules| rules.longest));
    let pattern = Memo::new(move |_| rules.read().as_ref().and_then(|rules| rules.ticket.clone()));
    let least = Memo::new(move |_| {
        rules
            .read()
            .as_ref()
            .map_or(0, |rules| usize::from(rules.reason_min))
    });
    let said = Memo::new(move |_| fields.reason.read().trim().chars().count());
    let now = clock::seconds();

    // What the rules want a reason to begin with, until somebody writes their own.
    Effect::new(move |last: Option<String>| {
        let template = rules
            .read()
            .as_ref()
            .map(|rules| rules.template.clone())
            .unwrap_or_default();
        let own = fields.reason.read_untracked().clone();
        if own.is_empty() || last.is_some_and(|last| last == own) {
            fields.reason.set(template.clone());
        }
        template
    });

    let (known, environments) = (
        StoredValue::new_local(opened.clone()),
        opened.environments.clone(),
    );
    let options = opened
        .environments
        .iter()
        .map(|environment| (environment.slug.clone(), environment.name.clone()))
        .collect::<Vec<_>>();
    let has = Signal::derive(move || {
        let slug = fields.environment.read();
        let right = environments.iter().find(|environment| environment.slug == *slug);
        match right.map(|environment| environment.right) {
            Some(Right::Read) => words::CAN_READ.to_owned(),
            Some(Right::Write | Right::Admin) => words::CAN_WRITE.to_owned(),
            _ => String::new(),
        }
    });
    let folder_error = Signal::derive(move || rules.read().is_none().then(|| words::FOLDER_BAD.to_owned()));
    let names_error = Signal::derive(move || {
        (tried.get() && wanted.read().is_empty()).then(|| words::NAMES_EMPTY.to_owned())
    });
    let time_error = Signal::derive(move || match fields.duration() {
        None => (tried.get() || !fields.minutes.read().is_empty()).then(|| words::MINUTES_BAD.to_owned()),
        Some(seconds) if seconds > longest.get() => Some(words::at_most(longest.get())),
        Some(_) => None,
    });
    let start_error = Signal::derive(move || {
        (tried.get() && fields.begins(now.get()).is_err()).then(|| words::START_BAD.to_owned())
    });
    let reason_error = Signal::derive(move || {
        (tried.get() && said.get() < least.get()).then(|| words::reason_short(least.get()))
    });
    let ticket_error = Signal::derive(move || {
        let (pattern, ticket) = (pattern.get()?, fields.ticket.read());
        let fits = ticket_fits(&pattern, &ticket);
        ((tried.get() || !ticket.is_empty()) && !fits).then(|| words::ticket_bad(&pattern))
    });

    let ask = Action::new_unsync(move |draft: &AskDraft| {
        let (project, draft) = (handle.get_value(), draft.clone());
        async move { project.ask(&draft).await }
    });
    let project = StoredValue::new(opened.id.clone());
    Effect::new(move |_| {
        if let Some(Ok(request)) = ask.value().get() {
            ask.clear();
            access.refresh();
            let project = project.get_value();
            go.with_value(|go| {
                go(
                    &Path::Request { project, request }.to_string(),
                    Default::default(),
                )
            });
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let draft = untrack(|| {
            let wrong = [
                folder_error,
                names_error,
                time_error,
                start_error,
                reason_error,
                ticket_error,
            ];
            let nobody = asked.read().as_ref().is_none_or(Vec::is_empty);
            if nobody || wrong.iter().any(|error| error.read().is_some()) {
                return None;
            }
            Some(AskDraft {
                environment: fields.environment.get(),
                wanted: wanted.get(),
                propose: fields.propose.get(),
                seconds: fields.duration()?,
                starts: fields.begins(clock::now()).ok()?,
                reason: Zeroizing::new(fields.reason.read().trim().to_owned()),
                ticket: pattern
                    .read()
                    .as_ref()
                    .map(|_| fields.ticket.get())
                    .unwrap_or_default(),
                follows: follows.clone(),
            })
        });
        match draft {
            Some(draft) if !ask.pending().get_untracked() => {
                ask.dispatch(draft);
            }
            Some(_) => {}
            None => {
                // The first field that is wrong, once its error stands there.
                request_animation_frame(|| {
                    page::focus("form [aria-invalid=true]");
                });
            }
        }
    };
    let outcome = move || {
        let items = wanted.get();
        let environment = known.with_value(|opened| opened.environment(&fields.environment.read()));
        match (items.is_empty(), fields.duration(), fields.begins(now.get())) {
            (false, Some(seconds), Ok(starts)) => words::ask_outcome(
                fields.propose.get(),
                &words::counted(&items),
                &environment,
                seconds,
                starts.map(dates::short).as_deref(),
            ),
            _ => words::OUTCOME_UNCLEAR.to_owned(),
        }
    };
    let approvals = move || {
        let people = asked.read().as_ref().map_or(0, Vec::len);
        rules
            .read()
            .as_ref()
            .map(|rules| words::people_asked(people, needed(rules)))
    };
    let nobody = Memo::new(move |_| asked.read().as_ref().is_some_and(Vec::is_empty));
    view! {
        <form class="cols-main" on:submit=submit novalidate>
            <div class="stack stack-8">
                {prolongs.then(|| view! { <p class="muted">{words::FOLLOWS}</p> })}
                <What fields options has folder_error names_error />
                <fieldset class="stack stack-3">
                    <legend class="t-lg strong">{words::HOW_LONG}</legend>
                    <Choices
                        label=words::DURATION
                        value=fields.seconds
                        options=PRESETS
                            .iter()
                            .map(|seconds| (*seconds, words::duration(*seconds)))
                            .chain([(CUSTOM, words::OTHER_TIME.to_owned())])
                            .collect()
                        off=Signal::derive(move || {
                            let longest = longest.get();
                            PRESETS.iter().copied().filter(|seconds| *seconds > longest).collect()
                        })
                        hint=Signal::derive(move || words::clock_starts(longest.get()))
                    />
                    <Show when=move || fields.seconds.get() == CUSTOM>
                        <div class="access-short">
                            <TextField
                                label=words::MINUTES
                                value=fields.minutes
                                kind=InputKind::Number
                                error=time_error
                            />
                        </div>
                    </Show>
                    <Show when=move || fields.seconds.get() != CUSTOM>
                        <FieldError error=time_error />
                    </Show>
                    <Choices
                        label=words::WHEN
                        value=fields.later
                        options=vec![(false, words::NOW.to_owned()), (true, words::LATER.to_owned())]
                    />
                    <Show when=move || fields.later.get()>
                        <div class="access-short">
                            <TextField
                                label=words::START
                                value=fields.starts
                                kind=InputKind::DateTime
                                hint=words::START_HINT
                                error=start_error
                            />
                        </div>
                    </Show>
                </fieldset>
                <fieldset class="stack stack-3">
                    <legend class="t-lg strong">{words::WHY}</legend>
                    <TextArea
                        label=words::REASON
                        value=fields.reason
                        rows=3
                        aside=move || view! { <span>{words::reason_count(said.get(), least.get())}</span> }
                        hint=words::REASON_HINT
                        error=reason_error
                    />
                    {move || {
                        pattern
                            .get()
                            .map(|pattern| {
                                view! {
                                    <TextField
                                        label=words::TICKET
                                        value=fields.ticket
                                        hint=words::ticket_hint(&pattern)
                                        error=ticket_error
                                        max_length=100
                                        mono=true
                                    />
                                }
                            })
                    }}
                </fieldset>
            </div>
            <aside class="stack">
                <div class="card">
                    <div class="card__body stack">
                        <Show
                            when=move || nobody.get()
                            fallback=move || {
                                view! {
                                    <Outcome glyph=Glyph::Hourglass>
                                        <p aria-live="polite">
                                            <b>{outcome}</b>
                                        </p>
                                        <p>{approvals}</p>
                                    </Outcome>
                                }
                            }
                        >
                            <Banner
                                tone=Tone::Caution
                                glyph=Glyph::Users
                                title=words::NOBODY_TITLE
                                text=words::NOBODY_ADVICE
                            />
                        </Show>
                        <Button
                            kind=ButtonKind::Primary
                            size=ButtonSize::Large
                            block=true
                            glyph=Glyph::Send
                            submit=true
                            busy=ask.pending()
                            disabled=nobody
                        >
                            {words::SEND}
                        </Button>
                        <Trouble act=ask />
                        <Show when=move || !nobody.get()>
                            <div class="stack stack-2">
                                <h2 class="t-sm">{words::WHO_IS_ASKED}</h2>
                                <ul class="stack stack-2">
                                    {move || {
                                        known
                                            .with_value(|opened| {
                                                asked
                                                    .get()
                                                    .unwrap_or_default()
                                                    .into_iter()
                                                    .map(|user| {
                                                        let member = opened.member(&user).cloned();
                                                        let name = opened.who(&user);
                                                        view! { <Asked member name /> }
                                                    })
                                                    .collect_view()
                                            })
                                    }}
                                </ul>
                                <p class="faint t-xs">
                                    {move || {
                                        rules.read().as_ref().map(|rules| words::ends_unanswered(rules.answer_within))
                                    }}
                                </p>
                            </div>
                        </Show>
                        <p class="t-sm faint">{words::CANNOT_UNSEE}</p>
                    </div>
                </div>
            </aside>
        </form>
    }
}

/// Environment, folder, names, and what may be done.
#[component]
fn What(
    fields: Fields,
    options: Vec<(String, String)>,
    has: Signal<String>,
    folder_error: Signal<Option<String>>,
    names_error: Signal<Option<String>>,
) -> impl IntoView {
    let removed = move |key: u32| {
        fields.lines.update(|lines| lines.retain(|(own, _)| *own != key));
    };
    view! {
        <fieldset class="stack stack-3">
            <legend class="t-lg strong">{words::WHAT}</legend>
            <div class="cols-2 access-what">
                <SelectField label=words::ENVIRONMENT value=fields.environment options hint=has />
                <TextField label=words::FOLDER value=fields.folder error=folder_error mono=true />
            </div>
            <Choices
                label=words::SCOPE
                value=fields.whole
                options=vec![
                    (false, words::SCOPE_NAMED.to_owned()),
                    (true, words::SCOPE_ALL.to_owned()),
                ]
            />
            <Show when=move || !fields.whole.get()>
                <div class="stack stack-2">
                    <ul class="stack stack-2">
                        <For each=move || fields.lines.get() key=|(key, _)| *key let:line>
                            <li class="access-name">
                                <TextField
                                    label=words::secret_number(line.0)
                                    value=line.1
                                    mono=true
                                    hide_label=true
                                    placeholder=words::SECRET_EXAMPLE
                                    error=Signal::derive(move || {
                                        names_error
                                            .get()
                                            .filter(|_| {
                                                fields.lines.read().first().is_some_and(|(key, _)| *key == line.0)
                                            })
                                    })
                                />
                                <IconButton
                                    label=words::remove_secret(line.0)
                                    glyph=Glyph::X
                                    medium=true
                                    disabled=Signal::derive(move || fields.lines.read().len() < 2)
                                    on_press=move || removed(line.0)
                                />
                            </li>
                        </For>
                    </ul>
                    <p class="field__hint">{words::NAMES_HINT}</p>
                    <div>
                        <Button size=ButtonSize::Small glyph=Glyph::Plus on_press=move || fields.add()>
                            {words::ADD_SECRET}
                        </Button>
                    </div>
                </div>
            </Show>
            <Choices
                label=words::VERBS
                value=fields.propose
                options=vec![(false, words::READ.to_owned()), (true, words::READ_PROPOSE.to_owned())]
                hint=words::VERBS_HINT
            />
        </fieldset>
    }
}

/// Durations that are offered, in seconds.
pub(super) const PRESETS: [u32; 4] = [900, 3_600, 14_400, DAY];
/// The one that is chosen at first.
const USUAL: u32 = 3_600;
/// Another one, which is typed.
const CUSTOM: u32 = 0;
const DAY: u32 = 86_400;
/// 30 days.
const MOST_MINUTES: u32 = 43_200;
