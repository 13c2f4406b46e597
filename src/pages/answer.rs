//! What came back of a form: `/shares/asked/:form`.

use std::rc::Rc;

use coffer_client::{
    Change, EnvironmentInfo, EnvironmentState, Error, FilledField, FormFieldKind, FormState, ProjectId,
    Right, SaveError, ShareId,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::{use_navigate, use_params_map};
use zeroize::Zeroizing;

use super::{form_new::kind_words, forms::CloseForm};
use crate::{
    backend::{Environment, Project},
    components::secret_block::SecretBlock,
    failure::{FailureBanner, explain_save},
    platform::download,
    routes::Path,
    state::{
        clipboard::Clipboard,
        environment::find,
        forms::{NameTrouble, Offer, offers, trouble, unread_lines},
        session::OpenVault,
        toasts::Toasts,
    },
    text::forms as words,
    ui::*,
};

/// An answer, opened.
#[derive(Clone)]
struct Opened {
    title: String,
    fields: Rc<Vec<FilledField>>,
    note: Rc<Zeroizing<String>>,
}

/// What came back of a form: `/shares/asked/:form`.
#[component]
pub(crate) fn AnswerPage() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("form").unwrap_or_default());
    let tries = RwSignal::new(0_u32);
    let answer = LocalResource::new(move || {
        tries.track();
        let (vault, id) = (vault.get(), ShareId::new(id.get()));
        async move {
            let forms = vault.forms().await?;
            let form = forms.into_iter().find(|form| form.id == id);
            let Some(form) = form.filter(|form| form.state == FormState::Answered) else {
                return Err(Error::NotFound);
            };
            let filled = vault.read_form(&id).await?;
            Ok::<_, Error>(Opened {
                title: form.title,
                fields: Rc::new(filled.fields),
                note: Rc::new(filled.note),
            })
        }
    });
    let closing = RwSignal::new(None::<ShareId>);
    let navigate = use_navigate();
    let title = move || {
        let answer = answer.read();
        let opened = answer.as_ref().and_then(|answer| answer.as_ref().ok());
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
        {move || match answer.get() {
            None => view! { <SkeletonLines label=words::ANSWER_LOADING /> }.into_any(),
            Some(Err(Error::NotFound)) => {
                view! {
                    <div class="card">
                        <Empty title=words::ANSWER_NONE text=words::ANSWER_NONE_BODY art=EmptyArt::Key>
                            <LinkButton href=Path::Shares>{words::BACK}</LinkButton>
                        </Empty>
                    </div>
                }
                    .into_any()
            }
            Some(Err(error)) => {
                view! { <FailureBanner error on_retry=move || tries.update(|n| *n += 1) /> }.into_any()
            }
            Some(Ok(opened)) => {
                let fields = Rc::clone(&opened.fields);
                view! {
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
                        <PutInto fields />
                    </div>
                }
                    .into_any()
            }
        }}
        <CloseForm
            form=closing
            on_done=move || navigate(&Path::Shares.to_string(), leptos_router::NavigateOptions::default())
        />
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
    let file_name = safe_name(&filled.file_name);
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

/// Where an answer may go: projects, then sealed environments this person may change, then folders.
#[component]
fn PutInto(fields: Rc<Vec<FilledField>>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let intakes: Vec<Intake> = offers(&fields).into_iter().map(Intake::of).collect();
    let binary = fields
        .iter()
        .any(|filled| std::str::from_utf8(&filled.content).is_err());
    let unread = unread_lines(&fields);
    let project = RwSignal::new(String::new());
    let environment = RwSignal::new(String::new());
    let folder = RwSignal::new("/".to_owned());
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

/// A file's name as a stranger gave it, without folders and control characters.
fn safe_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() {
        words::FILE_NAME.to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_file_name_leads_nowhere() {
        let check = |given: &str, expected: &str| assert_eq!(safe_name(given), expected);
        check("cert.der", "cert.der");
        check("../../.ssh/authorized_keys", "authorized_keys");
        check("C:\\x\\y.pem", "y.pem");
        check("..", words::FILE_NAME);
        check("a\u{7}\n.txt", "a.txt");
    }
}
