//! What came back of a form: `/shares/asked/:form`.

use std::{collections::BTreeMap, rc::Rc};

use coffer_client::{
    AnswerMark, Change, EnvironmentInfo, EnvironmentState, Error, FilledField, FormAnswer, FormAnswerId,
    FormAnswers, FormFieldKind, ProjectId, Right, SaveError, ShareId,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::{use_navigate, use_params_map};
use zeroize::Zeroizing;

use super::{form_new::kind_words, forms::CloseForm};
use crate::{
    backend::{Environment, Project},
    components::secret_block::SecretBlock,
    failure::{FailureBanner, Trouble, explain_save},
    platform::{dates, download},
    routes::Path,
    state::{
        clipboard::Clipboard,
        environment::find,
        forms::{NameTrouble, Offer, offers, trouble, unread_lines},
        links::Links,
        session::OpenVault,
        toasts::Toasts,
    },
    text::{self, forms as words},
    ui::*,
};

/// The answers to a form, opened.
#[derive(Clone)]
struct Inbox {
    title: String,
    most: u32,
    answers: Vec<Opened>,
    forged: Vec<FormAnswerId>,
    withheld: u32,
    erased: u32,
    kept_until: Option<u64>,
}

/// An answer, opened.
#[derive(Clone)]
struct Opened {
    id: FormAnswerId,
    number: usize,
    at: Option<u64>,
    mark: AnswerMark,
    fields: Rc<Vec<FilledField>>,
    note: Rc<Zeroizing<String>>,
}

impl Inbox {
    fn of(all: FormAnswers) -> Self {
        let number = |(at, answer): (usize, FormAnswer)| Opened {
            id: answer.id,
            number: at + 1,
            at: answer.at,
            mark: answer.mark,
            fields: Rc::new(answer.filled.fields),
            note: Rc::new(answer.filled.note),
        };
        Self {
            title: all.title,
            most: all.most,
            answers: all.answers.into_iter().enumerate().map(number).collect(),
            forged: all.forged,
            withheld: all.withheld,
            erased: all.erased,
            kept_until: all.kept_until,
        }
    }

    fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.forged.is_empty() && self.withheld == 0 && self.erased == 0
    }
}

/// What came back of a form: `/shares/asked/:form`.
#[component]
pub(crate) fn AnswerPage() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("form").unwrap_or_default());
    let tries = RwSignal::new(0_u32);
    let again = move || tries.update(|n| *n += 1);
    let inbox = LocalResource::new(move || {
        tries.track();
        let (vault, id) = (vault.get(), ShareId::new(id.get()));
        async move { vault.form_answers(&id).await.map(Inbox::of) }
    });
    let closing = RwSignal::new(None::<ShareId>);
    let navigate = use_navigate();
    let title = move || {
        let inbox = inbox.read();
        let opened = inbox.as_ref().and_then(|inbox| inbox.as_ref().ok());
        match opened {
            Some(opened) if !opened.title.is_empty() => opened.title.clone(),
            _ => words::ANSWER_TITLE.to_owned(),
        }
    };
    view! {
        <PageHead title=move || view! { <span class="anywhere">{title}</span> } note=words::ANSWER_LEAD>
            <LinkButton href=Path::Shares glyph=Glyph::List>
                {words::BACK}
            </LinkButton>
            <Button
                kind=ButtonKind::Danger
                glyph=Glyph::Ban
                on_press=move || closing.set(Some(ShareId::new(id.get_untracked())))
            >
                {words::CLOSE}
            </Button>
        </PageHead>
        {move || match inbox.get() {
            None => view! { <SkeletonLines label=words::ANSWER_LOADING /> }.into_any(),
            Some(Err(Error::NotFound)) => view! { <NoAnswer /> }.into_any(),
            Some(Err(error)) => view! { <FailureBanner error on_retry=again /> }.into_any(),
            Some(Ok(inbox)) if inbox.is_empty() => view! { <NoAnswer /> }.into_any(),
            Some(Ok(inbox)) => {
                view! { <Answers inbox form=ShareId::new(id.get_untracked()) on_changed=again /> }.into_any()
            }
        }}
        <CloseForm
            form=closing
            on_done=move || navigate(&Path::Shares.to_string(), leptos_router::NavigateOptions::default())
        />
    }
}

#[component]
fn NoAnswer() -> impl IntoView {
    view! {
        <div class="card">
            <Empty title=words::ANSWER_NONE text=words::ANSWER_NONE_BODY art=EmptyArt::Key>
                <LinkButton href=Path::Shares>{words::BACK}</LinkButton>
            </Empty>
        </div>
    }
}

/// All answers to a form, and the one that is open.
#[component]
fn Answers(inbox: Inbox, form: ShareId, #[prop(into)] on_changed: Callback<()>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let first = inbox.answers.iter().find(|answer| answer.mark == AnswerMark::New);
    let first = first.or(inbox.answers.first());
    let chosen = RwSignal::new(first.map(|answer| answer.id.clone()));
    let known = inbox
        .answers
        .iter()
        .map(|answer| (answer.id.clone(), answer.mark));
    let marks = RwSignal::new(known.collect::<BTreeMap<_, _>>());
    let target = Target::new();
    let form = StoredValue::new(form);
    let note = Action::new_unsync(move |(answer, mark): &(FormAnswerId, AnswerMark)| {
        let (vault, form, answer, mark) = (vault.get(), form.get_value(), answer.clone(), *mark);
        async move { vault.mark_answer(&form, &answer, mark).await }
    });
    let links = Links::expect();
    Effect::new(move |_| {
        if note.version().get() > 0 {
            links.refresh();
        }
    });
    let mark = move |answer: FormAnswerId, mark: AnswerMark| {
        let kept = marks.with_untracked(|marks| marks.get(&answer).copied());
        if kept.is_some_and(|kept| kept < mark) {
            marks.update(|marks| {
                marks.insert(answer.clone(), mark);
            });
            note.dispatch((answer, mark));
        }
    };
    Effect::new(move |_| {
        if let Some(answer) = chosen.get() {
            mark(answer, AnswerMark::Read);
        }
    });
    let deleting = RwSignal::new(None::<Vec<FormAnswerId>>);
    let asked = RwSignal::new(false);
    Effect::new(move |_| asked.set(deleting.read().is_some()));
    let delete = Action::new_unsync(move |answers: &Vec<FormAnswerId>| {
        let (vault, form, answers) = (vault.get(), form.get_value(), answers.clone());
        async move {
            for answer in &answers {
                vault.delete_answer(&form, answer).await?;
            }
            Ok::<_, Error>(())
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = delete.value().get() {
            delete.clear();
            deleting.set(None);
            toasts.say(words::ANSWER_DELETED);
            on_changed.run(());
        }
    });
    let (many, forged, withheld) = (inbox.most > 1, inbox.forged, inbox.withheld);
    let erased = inbox.erased;
    let kept_until = inbox.kept_until.filter(|_| !inbox.answers.is_empty());
    let answers = StoredValue::new_local(inbox.answers);
    let rows = move || {
        let row = |answer: Opened| view! { <AnswerRow answer marks chosen deleting /> };
        answers.get_value().into_iter().map(row).collect_view()
    };
    let columns = || {
        vec![
            ("", words::COLUMN_ANSWER.to_owned()),
            ("", words::COLUMN_CAME.to_owned()),
            ("", words::COLUMN_STATE.to_owned()),
            ("col-lg", format!("~{}", words::COLUMN_ACTIONS)),
        ]
    };
    view! {
        <div class="stack stack-6">
            {(withheld > 0)
                .then(|| {
                    view! {
                        <Banner
                            title=words::withheld(withheld)
                            text=words::WITHHELD_BODY
                            tone=Tone::Danger
                            glyph=Glyph::ShieldAlert
                        />
                    }
                })}
            {(erased > 0)
                .then(|| {
                    view! {
                        <Banner
                            title=words::erased(erased)
                            text=words::ERASED_BODY
                            tone=Tone::Info
                            glyph=Glyph::Clock
                        />
                    }
                })}
            {(!forged.is_empty())
                .then(|| {
                    let title = words::forged(forged.len());
                    view! {
                        <Banner title text=words::FORGED_BODY tone=Tone::Danger glyph=Glyph::ShieldAlert>
                            {many
                                .then(|| {
                                    view! {
                                        <Button
                                            size=ButtonSize::Small
                                            busy=delete.pending()
                                            on_press=move || {
                                                delete.dispatch(forged.clone());
                                            }
                                        >
                                            {words::FORGED_DELETE}
                                        </Button>
                                    }
                                })}
                        </Banner>
                    }
                })}
            <Trouble act=note />
            {many
                .then(|| {
                    view! {
                        <section class="stack stack-2" aria-labelledby="answers-title">
                            <h2 id="answers-title">{words::ANSWERS_TITLE}</h2>
                            <Table caption=words::ANSWERS_CAPTION columns=columns() fixed=false>
                                {rows()}
                            </Table>
                            <p class="faint t-xs">{words::ANSWERS_WORD}</p>
                        </section>
                    }
                })}
            {kept_until.map(|until| view! { <p class="faint t-xs">{words::kept_until(&dates::short(until))}</p> })}
            {move || {
                let chosen = chosen.get()?;
                let opened = answers
                    .with_value(|answers| answers.iter().find(|answer| answer.id == chosen).cloned())?;
                Some(view! { <OneAnswer opened many target on_put=move || mark(chosen.clone(), AnswerMark::Used) /> })
            }}
        </div>
        <Confirm
            open=asked
            title=words::DELETE_ANSWER_TITLE
            verb=words::DELETE_ANSWER_VERB
            cancel_word=text::CANCEL
            busy=delete.pending()
            on_confirm=move || {
                if let Some(answers) = deleting.get_untracked() {
                    delete.dispatch(answers);
                }
            }
        >
            <p>{words::DELETE_ANSWER_BODY}</p>
            <Trouble act=delete />
        </Confirm>
    }
}

/// One of several answers.
#[component]
fn AnswerRow(
    answer: Opened,
    marks: RwSignal<BTreeMap<FormAnswerId, AnswerMark>>,
    chosen: RwSignal<Option<FormAnswerId>>,
    deleting: RwSignal<Option<Vec<FormAnswerId>>>,
) -> impl IntoView {
    let (id, number) = (StoredValue::new(answer.id), answer.number);
    let came = answer.at.map_or_else(|| words::NO_TIME.to_owned(), dates::short);
    let is_open = Memo::new(move |_| id.with_value(|id| chosen.read().as_ref() == Some(id)));
    let badge = move || {
        let mark = id
            .with_value(|id| marks.read().get(id).copied())
            .unwrap_or_default();
        let (tone, glyph, words) = match mark {
            AnswerMark::New => (Tone::Info, Glyph::Inbox, words::MARK_NEW),
            AnswerMark::Read => (Tone::Plain, Glyph::Eye, words::MARK_READ),
            AnswerMark::Used => (Tone::Positive, Glyph::Check, words::MARK_USED),
        };
        view! {
            <Badge tone glyph>
                {words}
            </Badge>
        }
    };
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                {words::answer_number(number)}
            </th>
            <td role="cell">{came}</td>
            <td role="cell" class="end-phone">
                {badge}
            </td>
            <td role="cell" class="span">
                <div class="table__actions">
                    <Button
                        size=ButtonSize::Small
                        label=words::open_answer(number)
                        pressed=Signal::from(is_open)
                        on_press=move || chosen.set(Some(id.get_value()))
                    >
                        {words::OPEN_ANSWER}
                    </Button>
                    <Button
                        size=ButtonSize::Small
                        kind=ButtonKind::Danger
                        label=words::delete_answer(number)
                        on_press=move || deleting.set(Some(vec![id.get_value()]))
                    >
                        {words::DELETE_ANSWER}
                    </Button>
                </div>
            </td>
        </tr>
    }
}

/// The answer that is open: its fields, and where they can go.
#[component]
fn OneAnswer(
    opened: Opened,
    many: bool,
    target: Target,
    #[prop(into)] on_put: Callback<()>,
) -> impl IntoView {
    let fields = Rc::clone(&opened.fields);
    view! {
        {many.then(|| view! { <h2>{words::answer_number(opened.number)}</h2> })}
        <div class="cols-2">
            <div class="stack stack-6">
                {(0..opened.fields.len())
                    .map(|at| view! { <Field fields=Rc::clone(&opened.fields) at /> })
                    .collect_view()}
                {(!opened.note.is_empty())
                    .then(|| {
                        let note = opened.note.as_str().to_owned();
                        view! {
                            <section class="card">
                                <div class="card__head">
                                    <h2>{words::NOTE}</h2>
                                </div>
                                <p class="card__body anywhere">{note}</p>
                            </section>
                        }
                    })}
            </div>
            <PutInto fields target on_put />
        </div>
    }
}

/// One field of the answer, masked.
#[component]
fn Field(fields: Rc<Vec<FilledField>>, at: usize) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let toasts = Toasts::expect();
    let filled = &fields[at];
    let label = filled.field.label.clone();
    let size = filled.content.len();
    let kind = kind_words(filled.field.kind);
    let file_name = file_name(&filled.file_name);
    let is_file = filled.field.kind == FormFieldKind::File;
    let shown_name = is_file.then(|| file_name.clone());
    let text = std::str::from_utf8(&filled.content).ok();
    let text = text.map(|text| StoredValue::new_local(Zeroizing::new(text.to_owned())));
    let fields = StoredValue::new_local(Rc::clone(&fields));
    let (copied, save_label) = (label.clone(), words::save_field(&label));
    let heading = label.clone();
    let body = match text {
        _ if size == 0 => view! { <p class="muted">{words::NOT_FILLED}</p> }.into_any(),
        Some(text) => view! {
            <SecretBlock
                text
                hidden=words::hidden(&label, size)
                label=label.clone()
                words=(words::SHOW, words::HIDE)
            >
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Ghost
                    glyph=Glyph::Copy
                    label=words::copy_field(&label)
                    on_press=move || clipboard.copy_secret(text.get_value(), copied.clone())
                >
                    {words::COPY}
                </Button>
            </SecretBlock>
        }
        .into_any(),
        None => ().into_any(),
    };
    let save = is_file && size > 0;
    view! {
        <section class="card">
            <div class="card__head">
                <h2 class="anywhere">{heading}</h2>
                <Badge>{kind}</Badge>
            </div>
            <div class="card__body stack stack-3">
                {shown_name
                    .filter(|_| size > 0)
                    .map(|name| {
                        view! {
                            <p class="row row--wrap">
                                <span class="mono anywhere">{name}</span>
                                <span class="faint t-sm">{words::size(size)}</span>
                            </p>
                        }
                    })}
                {body}
                {save
                    .then(|| {
                        view! {
                            <div class="row">
                                <Button
                                    size=ButtonSize::Small
                                    glyph=Glyph::Download
                                    label=save_label
                                    on_press=move || {
                                        let saved = fields
                                            .with_value(|fields| download::bytes(&file_name, &fields[at].content));
                                        if saved {
                                            toasts.say(words::SAVED_FILE);
                                        }
                                    }
                                >
                                    {words::SAVE_FILE}
                                </Button>
                            </div>
                        }
                    })}
            </div>
        </section>
    }
}

/// A value on its way into an environment.
#[derive(Clone)]
struct Intake {
    source: String,
    name: RwSignal<String>,
    taken: RwSignal<bool>,
    value: Rc<Zeroizing<String>>,
}

impl Intake {
    fn of(offer: Offer) -> Self {
        Self {
            source: offer.source,
            name: RwSignal::new(offer.name),
            taken: RwSignal::new(true),
            value: Rc::new(offer.value),
        }
    }
}

/// Where answers go; the next one to the same place, unless another is chosen.
#[derive(Clone, Copy, Debug)]
struct Target {
    project: RwSignal<String>,
    environment: RwSignal<String>,
    folder: RwSignal<String>,
}

impl Target {
    fn new() -> Self {
        Self {
            project: RwSignal::new(String::new()),
            environment: RwSignal::new(String::new()),
            folder: RwSignal::new("/".to_owned()),
        }
    }
}

/// Where an answer may go: projects, then sealed environments this person may change, then folders.
#[component]
fn PutInto(fields: Rc<Vec<FilledField>>, target: Target, on_put: Callback<()>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let intakes: Vec<Intake> = offers(&fields).into_iter().map(Intake::of).collect();
    let binary = fields
        .iter()
        .any(|filled| std::str::from_utf8(&filled.content).is_err());
    let unread = unread_lines(&fields);
    let Target {
        project,
        environment,
        folder,
    } = target;
    let projects = LocalResource::new(move || {
        let vault = vault.get();
        async move { vault.projects().await }
    });
    let opened_project = LocalResource::new(move || {
        let (vault, id) = (vault.get(), project.get());
        async move {
            if id.is_empty() {
                return Ok::<_, Error>(None);
            }
            let opened = vault.open_project(&ProjectId::new(id)).await?;
            let environments: Vec<EnvironmentInfo> = opened
                .environments()
                .into_iter()
                .filter(|info| info.state == EnvironmentState::Sealed && info.right >= Right::Write)
                .collect();
            Ok(Some((opened, environments)))
        }
    });
    let project_now = move || -> Option<(Project, Vec<EnvironmentInfo>)> { opened_project.get()?.ok()? };
    let opened_environment = LocalResource::new(move || {
        let (found, slug) = (project_now(), environment.get());
        async move {
            let Some((project, environments)) = found else {
                return Ok::<_, Error>(None);
            };
            if !environments.iter().any(|info| info.slug == slug) {
                return Ok(None);
            }
            project.open_environment(&slug).await.map(Some)
        }
    });
    let environment_now = move || -> Option<Environment> { opened_environment.get()?.ok()? };
    let project_choices = Signal::derive(move || {
        let list = projects.get().and_then(Result::ok).unwrap_or_default();
        with_blank(list.into_iter().map(|one| (one.id.as_str().to_owned(), one.name)))
    });
    let environment_choices = Signal::derive(move || {
        let list = project_now().map(|(_, list)| list).unwrap_or_default();
        with_blank(list.into_iter().map(|one| (one.slug, one.name)))
    });
    let folder_choices = Signal::derive(move || {
        let folders = environment_now().map(|environment| environment.folders());
        let mut folders = folders.unwrap_or_default();
        if !folders.iter().any(|folder| folder == "/") {
            folders.insert(0, "/".to_owned());
        }
        let choices = folders.into_iter().map(|folder| (folder.clone(), folder));
        choices.collect::<Vec<_>>()
    });
    // Another project has other environments, and another environment other folders.
    Effect::new(move |before: Option<String>| {
        let now = project.get();
        if before.is_some_and(|before| before != now) {
            environment.set(String::new());
        }
        now
    });
    Effect::new(move |before: Option<String>| {
        let now = environment.get();
        if before.is_some_and(|before| before != now) {
            folder.set("/".to_owned());
        }
        now
    });

    let rows = StoredValue::new_local(intakes.clone());
    let names = move || -> Vec<Option<String>> {
        rows.with_value(|rows| {
            rows.iter()
                .map(|row| row.taken.get().then(|| row.name.read().trim().to_owned()))
                .collect()
        })
    };
    let tried = RwSignal::new(false);
    let save = Action::new_local(move |(): &()| {
        let target = environment_now();
        let names = rows
            .with_value(|rows| {
                rows.iter()
                    .map(|row| {
                        let taken = row.taken.get_untracked();
                        taken.then(|| (row.name.get_untracked().trim().to_owned(), Rc::clone(&row.value)))
                    })
                    .collect::<Vec<_>>()
            })
            .into_iter()
            .flatten();
        let folder = folder.get_untracked();
        let changes: Vec<Change> = names
            .map(|(name, value)| {
                let there = target.as_ref().and_then(|target| {
                    let entry = find(target.entries(), &folder, &name)?;
                    Some((entry.slot, target.reveal(&entry.slot).ok()?.comment))
                });
                let (slot, comment) = there.map_or((None, Zeroizing::default()), |(slot, comment)| {
                    (Some(slot), comment)
                });
                Change::Put {
                    slot,
                    path: folder.clone(),
                    name,
                    value: Zeroizing::new(value.as_str().to_owned()),
                    comment,
                    owner: None,
                }
            })
            .collect();
        async move {
            let Some(target) = target else {
                return Err(SaveError::Failed(Error::NotFound));
            };
            let count = changes.len();
            target.save(changes).await.map(|_| count)
        }
    });
    Effect::new(move |_| {
        if save.value().with(|outcome| matches!(outcome, Some(Ok(_)))) {
            on_put.run(());
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let names = untrack(names);
        let fine =
            names.iter().any(Option::is_some) && (0..names.len()).all(|at| trouble(&names, at).is_none());
        if fine && untrack(environment_now).is_some() && !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    let trouble_at = move |at: usize| -> Option<String> {
        trouble(&names(), at).map(|trouble| {
            match trouble {
                NameTrouble::Bad => words::PUT_BAD_NAME,
                NameTrouble::Twice => words::PUT_TWICE,
            }
            .to_owned()
        })
    };
    let standing = move |name: &str| {
        let there = environment_now()
            .map(|environment| find(environment.entries(), &folder.read(), name.trim()).is_some());
        match there {
            Some(true) => words::PUT_REPLACES.to_owned(),
            Some(false) => words::PUT_NEW.to_owned(),
            None => String::new(),
        }
    };
    let place_names = move || {
        let name_in = |list: Vec<(String, String)>, key: String| {
            list.into_iter()
                .find(|(own, _)| *own == key)
                .map_or(key, |(_, name)| name)
        };
        (
            name_in(project_choices.get(), project.get()),
            name_in(environment_choices.get(), environment.get()),
        )
    };
    let failed_to_open = move || {
        let from_projects = projects.get().and_then(Result::err);
        let from_project = opened_project.get().and_then(Result::err);
        from_projects
            .or(from_project)
            .or_else(|| opened_environment.get().and_then(Result::err))
    };
    let none_to_change = move || project_now().is_some_and(|(_, environments)| environments.is_empty());
    let is_open = Memo::new(move |_| environment_now().is_some());
    let busy = save.pending();
    view! {
        <form class="card" on:submit=submit>
            <div class="card__head">
                <h2>{words::PUT_TITLE}</h2>
            </div>
            <div class="card__body stack">
                <p class="muted">{words::PUT_LEAD}</p>
                {move || failed_to_open().map(|error| view! { <FailureBanner error /> })}
                <SelectField label=words::PROJECT value=project options=project_choices />
                <Show when=move || !project.read().is_empty()>
                    <SelectField label=words::ENVIRONMENT value=environment options=environment_choices />
                </Show>
                {move || none_to_change().then(|| view! { <p class="muted t-sm">{words::NO_ENVIRONMENTS}</p> })}
                <Show when=move || is_open.get()>
                    <SelectField label=words::FOLDER value=folder options=folder_choices />
                </Show>
                {intakes
                    .into_iter()
                    .enumerate()
                    .map(|(at, intake)| {
                        let (name, taken) = (intake.name, intake.taken);
                        view! {
                            <div class="answer-put-row">
                                <Check label=words::put_take(&intake.source) value=taken />
                                <TextField
                                    label=words::put_name_of(&intake.source)
                                    hide_label=true
                                    value=name
                                    mono=true
                                    placeholder=words::PUT_NAME
                                    hint=Signal::derive(move || {
                                        if taken.get() { standing(&name.read()) } else { String::new() }
                                    })
                                    error=Signal::derive(move || {
                                        (tried.get() || !name.read().is_empty()).then(|| trouble_at(at)).flatten()
                                    })
                                />
                            </div>
                        }
                    })
                    .collect_view()}
                {binary.then(|| view! { <p class="muted t-sm">{words::PUT_BINARY}</p> })}
                {(unread > 0).then(|| view! { <p class="muted t-sm">{words::unread_lines(unread)}</p> })}
                {move || {
                    (tried.get() && names().iter().all(Option::is_none))
                        .then(|| view! { <p class="c-danger t-sm">{words::PUT_NOTHING}</p> })
                }}
                <Button
                    kind=ButtonKind::Primary
                    glyph=Glyph::Lock
                    submit=true
                    busy
                    disabled=Signal::derive(move || !is_open.get())
                >
                    {move || if busy.get() { words::PUT_BUSY } else { words::PUT_ACT }}
                </Button>
                {move || {
                    save.value()
                        .with(|outcome| match outcome {
                            None => ().into_any(),
                            Some(Ok(count)) => {
                                let (project_name, environment_name) = place_names();
                                let title = words::put_done(*count, &project_name, &environment_name);
                                view! {
                                    <Banner title tone=Tone::Positive glyph=Glyph::Check>
                                        <LinkButton
                                            href=Path::environment(project.get(), environment.get())
                                            size=ButtonSize::Small
                                        >
                                            {words::PUT_GO}
                                        </LinkButton>
                                    </Banner>
                                }
                                    .into_any()
                            }
                            Some(Err(error)) => {
                                let failure = explain_save(error);
                                view! {
                                    <Banner
                                        title=failure.title
                                        text=failure.advice
                                        tone=failure.tone
                                        glyph=failure.glyph
                                    />
                                }
                                    .into_any()
                            }
                        })
                }}
            </div>
        </form>
    }
}

/// Choices with nothing chosen at first.
fn with_blank(choices: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), words::CHOOSE.to_owned())];
    all.extend(choices);
    all
}

/// The name under which a stranger's file is shown and saved.
fn file_name(given: &str) -> String {
    let name = download::safe_name(given);
    if name.is_empty() {
        words::FILE_NAME.to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_holds_nothing_that_is_safe_has_one_of_ours() {
        let check = |given: &str, expected: &str| assert_eq!(file_name(given), expected);
        check("cert.der", "cert.der");
        check("", words::FILE_NAME);
        check("..", words::FILE_NAME);
        check("\u{202e}\n", words::FILE_NAME);
    }
}
