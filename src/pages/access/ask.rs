//! Asking for access: `/p/:project/ask`. Reached from where somebody was stopped, or by a link that an admin published.

use std::collections::BTreeMap;

use coffer_client::{AccessRequest, AccessRules, AskDraft, Right, WantedItem, ticket_fits};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;
use zeroize::Zeroizing;

use super::{Asked, OpenProject, Opened};
pub(super) use crate::state::durations::PRESETS;
use crate::{
    backend::Project,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates, page},
    routes::{AskForm, Path, use_path},
    state::{
        access::{Access, LONGEST_REASON, MOST_WANTED, folder_of, item_of, lines_of, reason_so_far},
        durations::Offer,
        session::OpenVault,
        shares::within,
    },
    text::access as words,
    ui::*,
};

/// Asking for access: `/p/:project/ask`.
#[component]
pub(crate) fn Ask() -> impl IntoView {
    let me = expect_context::<OpenVault>().get().account().user_id;
    let path = use_path();
    // The way out of here is no other form.
    let form = Memo::new(move |last: Option<&AskForm>| match path.get() {
        Some(Path::Ask { form, .. }) => form,
        _ => last.cloned().unwrap_or_default(),
    });
    let show = move |opened: Opened| {
        if opened.environments.is_empty() {
            return view! {
                <section class="card">
                    <Empty
                        title=words::NO_ENVIRONMENT_TITLE
                        text=words::NO_ENVIRONMENT_TEXT
                        art=EmptyArt::Key
                    >
                        <LinkButton href=Path::project(opened.id.clone())>
                            {words::TO_PROJECT}
                        </LinkButton>
                    </Empty>
                </section>
            }
            .into_any();
        }
        if opened.unknown.is_none() && opened.member(&me).is_none() {
            return view! {
                <section class="card">
                    <Empty title=words::NOT_IN_TITLE text=words::NOT_IN_TEXT art=EmptyArt::Key>
                        <LinkButton href=Path::project(opened.id.clone())>
                            {words::TO_PROJECT}
                        </LinkButton>
                    </Empty>
                </section>
            }
            .into_any();
        }
        view! { <Prefilled opened form=form.get() /> }.into_any()
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
        None => match access.error() {
            Some(error) => view! { <FailureBanner error on_retry=move || access.refresh() /> }.into_any(),
            None => view! { <SkeletonLines lines=6 label=words::LOADING /> }.into_any(),
        },
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
    /// What a form holds at first. With it, whether the environment that it names is not there.
    fn of(opened: &Opened, form: &AskForm, before: Option<&AccessRequest>) -> (Self, bool) {
        let (folder, mut names) = match before {
            Some(before) => lines_of(&before.wanted),
            None => (form.folder.clone(), form.names.clone()),
        };
        let first = || {
            opened
                .environments
                .first()
                .map(|environment| environment.slug.clone())
        };
        let named = before.map_or(&form.environment, |before| &before.environment);
        let known = opened
            .environments
            .iter()
            .find(|environment| environment.slug == *named);
        let gone = known.is_none() && !named.is_empty();
        let environment = known.map(|known| known.slug.clone()).or_else(first);
        // A start that has passed is none.
        let starts = before
            .and_then(|before| before.starts)
            .filter(|starts| *starts > clock::now());
        // One too many says so as well as a thousand.
        names.truncate(MOST_WANTED + 1);
        let whole = names.is_empty();
        let mut lines: Vec<Line> = (0..).zip(names.into_iter().map(RwSignal::new)).collect();
        if lines.is_empty() {
            lines.push((0, RwSignal::new(String::new())));
        }
        let fields = Self {
            environment: RwSignal::new(environment.unwrap_or_default()),
            whole: RwSignal::new(whole && !folder.is_empty()),
            folder: RwSignal::new(if folder.is_empty() { "/".to_owned() } else { folder }),
            next: StoredValue::new(lines.len() as u32),
            lines: RwSignal::new(lines),
            propose: RwSignal::new(before.map_or(form.propose, |before| before.propose)),
            // Chosen when it is known what the rules allow.
            seconds: RwSignal::new(CUSTOM),
            minutes: RwSignal::new(String::new()),
            later: RwSignal::new(starts.is_some()),
            starts: RwSignal::new(starts.map(dates::for_field).unwrap_or_default()),
            reason: RwSignal::new(
                before
                    .map(|before| before.reason.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            ticket: RwSignal::new(before.map(|before| before.ticket.clone()).unwrap_or_default()),
        };
        (fields, gone)
    }

    /// What is wanted, with the key of the line that says it; empty while nothing is named.
    fn wanted(self) -> Vec<(Option<u32>, WantedItem)> {
        let folder = folder_of(&self.folder.read());
        if self.whole.get() {
            return vec![(None, WantedItem::Folder(folder))];
        }
        let lines = self.lines.get();
        let named = lines
            .iter()
            .map(|(key, line)| (*key, line.get()))
            .filter(|(_, line)| !line.trim().is_empty());
        named
            .map(|(key, line)| (Some(key), item_of(&folder, &line)))
            .collect()
    }

    /// Chooses how long.
    fn choose(self, seconds: u32, offer: &Offer) {
        if offer.choices().contains(&seconds) {
            self.seconds.set(seconds);
        } else {
            self.seconds.set(CUSTOM);
            self.minutes.set((seconds / 60).to_string());
        }
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

/// What the rules say of what is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
struct Judged {
    /// Those of each thing that is wanted.
    rules: Vec<AccessRules>,
    /// Who is asked.
    asked: Vec<String>,
    /// How many have to approve; nothing where all of them could not let it through.
    needed: Option<usize>,
    /// Somewhere there is nobody who could be asked.
    nobody: bool,
    /// The folder of the form is none.
    folder_bad: bool,
    /// What is wrong with single lines, by their keys.
    bad: BTreeMap<u32, &'static str>,
}

impl Judged {
    fn of(project: &Project, slug: &str, folder: &str, wanted: &[(Option<u32>, WantedItem)]) -> Self {
        let mut judged = Self {
            folder_bad: project.access_rules(slug, folder).is_err(),
            ..Self::default()
        };
        let place = |item: &WantedItem| match item {
            WantedItem::Folder(path) | WantedItem::Secret(path, _) => path.clone(),
        };
        // What is wrong stands at its own line, and the others are judged all the same.
        let mut sound: Vec<WantedItem> = Vec::new();
        for (key, item) in wanted {
            let is_path = project.access_rules(slug, &place(item)).is_ok();
            let is_item = project.who_is_asked(slug, std::slice::from_ref(item)).is_ok();
            if is_path && is_item {
                sound.push(item.clone());
            } else if let Some(key) = key.filter(|_| !judged.folder_bad) {
                let wrong = if is_path { words::NAME_BAD } else { words::PATH_BAD };
                judged.bad.insert(key, wrong);
            }
        }
        if sound.is_empty() && !judged.folder_bad {
            // Until something is named, as for the example that stands in the field.
            sound.push(WantedItem::Secret(
                folder.to_owned(),
                words::SECRET_EXAMPLE.to_owned(),
            ));
        }
        for item in &sound {
            let item = std::slice::from_ref(item);
            let people = project.who_is_asked(slug, item).unwrap_or_default();
            judged.nobody |= people.is_empty();
            let rules = project.rules_together(slug, item).ok();
            judged
                .rules
                .extend(rules.filter(|rules| !judged.rules.contains(rules)));
        }
        judged.asked = project.who_is_asked(slug, &sound).unwrap_or_default();
        judged.needed = project.approvals_needed(slug, &sound).ok().flatten();
        judged
    }
}

#[component]
fn Form(opened: Opened, form: AskForm, before: Option<AccessRequest>) -> impl IntoView {
    let access = Access::expect();
    let go = StoredValue::new_local(use_navigate());
    let (fields, gone) = Fields::of(&opened, &form, before.as_ref());
    let wished = form.seconds.or(before.as_ref().map(|before| before.seconds));
    let follows = before.map(|before| before.id);
    let prolongs = follows.is_some();
    // What the link says of a reason; a request that follows another has that one's.
    let start = StoredValue::new(if prolongs { String::new() } else { form.reason });
    let handle = opened.project;
    let tried = RwSignal::new(false);
    let wanted = Memo::new(move |_| fields.wanted());
    let judged = Memo::new(move |_| {
        let (slug, folder) = (fields.environment.get(), folder_of(&fields.folder.read()));
        handle.with_value(|project| Judged::of(project, &slug, &folder, &wanted.read()))
    });
    let rules = Memo::new(move |_| AccessRules::together(judged.read().rules.clone()));
    let asked = Memo::new(move |_| judged.read().asked.clone());
    let longest = Memo::new(move |_| rules.read().longest);
    let offered = form.offered;
    let offer = Memo::new(move |_| Offer::of(&offered, longest.get()));
    untrack(|| {
        let offer = offer.read();
        fields.choose(offer.first(wished, longest.get()), &offer);
    });
    // Every place may want a ticket of its own; the first that does not fit is said.
    let pattern = Memo::new(move |_| {
        let judged = judged.read();
        let patterns: Vec<&String> = judged.rules.iter().flat_map(|rules| &rules.ticket).collect();
        let ticket = fields.ticket.read();
        let unfit = patterns.iter().find(|pattern| !ticket_fits(pattern, &ticket));
        unfit.or(patterns.first()).map(|pattern| (*pattern).clone())
    });
    let said = Memo::new(move |_| {
        let mut all = judged.read().rules.clone();
        let start = start.read_value();
        if !start.is_empty() {
            // It is nobody's own words either.
            let with_start = |rules: &AccessRules| AccessRules {
                template: start.clone(),
                ..rules.clone()
            };
            let more: Vec<AccessRules> = all.iter().map(with_start).collect();
            all.extend(more);
        }
        reason_so_far(&all, &fields.reason.read())
    });
    let now = clock::seconds();

    // What the link or else the rules want a reason to begin with, until somebody writes their own.
    Effect::new(move |last: Option<String>| {
        let start = start.get_value();
        let template = if start.is_empty() {
            rules.read().template.clone()
        } else {
            start
        };
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
    let folder_error = Signal::derive(move || judged.read().folder_bad.then(|| words::FOLDER_BAD.to_owned()));
    let names_error = Signal::derive(move || {
        let wanted = wanted.read();
        if wanted.len() > MOST_WANTED {
            Some(words::too_many(MOST_WANTED))
        } else {
            (tried.get() && wanted.is_empty()).then(|| words::NAMES_EMPTY.to_owned())
        }
    });
    let bad = Memo::new(move |_| judged.read().bad.clone());
    let custom = Memo::new(move |_| fields.seconds.get() == CUSTOM && offer.read().takes_others());
    let time_error = Signal::derive(move || {
        let offer = offer.read();
        // Chosen in another folder, where it was offered.
        if !offer.takes_others() && !offer.choices().contains(&fields.seconds.get()) {
            return Some(words::NOT_OFFERED.to_owned());
        }
        match fields.duration() {
            None => (tried.get() || !fields.minutes.read().is_empty()).then(|| words::MINUTES_BAD.to_owned()),
            Some(seconds) if seconds > longest.get() => Some(words::at_most(longest.get())),
            Some(_) => None,
        }
    });
    let start_error = Signal::derive(move || {
        (tried.get() && fields.begins(now.get()).is_err()).then(|| words::START_BAD.to_owned())
    });
    let reason_error = Signal::derive(move || {
        let (written, least) = said.get();
        if fields.reason.read().trim().len() > LONGEST_REASON {
            return Some(words::reason_long(LONGEST_REASON));
        }
        (tried.get() && written < least).then(|| words::reason_short(least))
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
            let wrong = wrong.iter().any(|error| error.read().is_some());
            if judged.read().nobody || wrong || !bad.read().is_empty() {
                return None;
            }
            Some(AskDraft {
                environment: fields.environment.get(),
                wanted: wanted.get().into_iter().map(|(_, item)| item).collect(),
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
        let items: Vec<WantedItem> = wanted.get().into_iter().map(|(_, item)| item).collect();
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
        let judged = judged.read();
        words::people_asked(judged.asked.len(), judged.needed)
    };
    let nobody = Memo::new(move |_| judged.read().nobody);
    // It can be sent, and what it would need is not there.
    let warning = move || {
        let judged = judged.read();
        if judged.nobody || judged.needed.is_some() {
            None
        } else if rules.read().steps.is_empty() {
            Some((words::ALONE_ONLY_TITLE, words::ALONE_ONLY_TEXT))
        } else {
            Some((words::TOO_FEW_TITLE, words::TOO_FEW_TEXT))
        }
    };
    view! {
        <form class="cols-main" on:submit=submit novalidate>
            <div class="stack stack-8">
                {prolongs.then(|| view! { <p class="muted">{words::FOLLOWS}</p> })}
                {gone
                    .then(|| {
                        view! {
                            <Banner
                                tone=Tone::Caution
                                glyph=Glyph::Info
                                title=words::ENVIRONMENT_GONE
                                text=words::ENVIRONMENT_GONE_TEXT
                            />
                        }
                    })}
                <What fields options has folder_error names_error bad />
                <fieldset class="stack stack-3">
                    <legend class="t-lg strong">{words::HOW_LONG}</legend>
                    {move || view! { <Durations offer=offer.get() value=fields.seconds longest /> }}
                    <Show when=move || custom.get()>
                        <div class="access-short">
                            <TextField
                                label=words::MINUTES
                                value=fields.minutes
                                kind=InputKind::Number
                                error=time_error
                            />
                        </div>
                    </Show>
                    <Show when=move || !custom.get()>
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
                        aside=move || view! { <span>{move || words::reason_count(said.get().0, said.get().1)}</span> }
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
                        {move || {
                            warning()
                                .map(|(title, text)| {
                                    view! {
                                        <Banner tone=Tone::Caution glyph=Glyph::Users title text />
                                    }
                                })
                        }}
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
                                    {move || words::ends_unanswered(rules.read().answer_within)}
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
    /// What is wrong with single lines, by their keys.
    bad: Memo<BTreeMap<u32, &'static str>>,
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
                                        if let Some(wrong) = bad.read().get(&line.0) {
                                            return Some((*wrong).to_owned());
                                        }
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

/// What can be chosen, and why not something else.
#[component]
fn Durations(
    offer: Offer,
    value: RwSignal<u32>,
    /// What the rules allow.
    longest: Memo<u32>,
) -> impl IntoView {
    let other = offer
        .takes_others()
        .then(|| (CUSTOM, words::OTHER_TIME.to_owned()));
    let choices = offer.choices().to_vec();
    let options = choices
        .iter()
        .map(|seconds| (*seconds, words::duration(*seconds)))
        .chain(other)
        .collect();
    let off = Signal::derive(move || {
        let longest = longest.get();
        choices
            .iter()
            .copied()
            .filter(|seconds| *seconds > longest)
            .collect::<Vec<_>>()
    });
    let is_of_link = !offer.takes_others();
    let hint = Signal::derive(move || match is_of_link {
        true => words::link_offers(longest.get()),
        false => words::clock_starts(longest.get()),
    });
    let unfit = match offer {
        Offer::Unfit(link) => Some(link),
        Offer::Any | Offer::Link(_) => None,
    };
    view! {
        {unfit
            .map(|link| {
                view! {
                    <Banner
                        tone=Tone::Caution
                        glyph=Glyph::Clock
                        title=words::NONE_FITS
                        text=Signal::derive(move || words::none_fits(&link, longest.get()))
                    />
                }
            })}
        <Choices label=words::DURATION value options off hint />
    }
}

/// Another one, which is typed.
const CUSTOM: u32 = 0;
/// 30 days.
const MOST_MINUTES: u32 = 43_200;
