//! Asking somebody without an account for a secret: `/shares/ask`.

use coffer_client::{CreatedForm, Error, FormDraft, FormField, FormFieldKind, ShareExpiry, ShareFeature};
use leptos::{ev, prelude::*};

use super::{
    share_aside::{Aside, AsideWords},
    share_new::{ShareTabs, Tab},
};
use crate::{
    backend::this_server,
    components::{
        leave_guard::LeaveGuard,
        link_card::{LinkCard, LinkWords},
    },
    platform::{clock, dates, page},
    routes::Path,
    state::{
        clipboard::Clipboard,
        forms::{FieldDraft, LONGEST_HINT, LONGEST_LABEL, LONGEST_TITLE, MANY, MOST_FIELDS, key_of, shift},
        links::Links,
        session::OpenVault,
        shares::{LIVES, LifeDraft},
        toasts::Toasts,
    },
    text::{self, forms as words, shares as share_words},
    ui::*,
};

/// The whole link of what stands behind `#`.
pub(crate) fn form_link(fragment: &str) -> String {
    format!("{}{}#{fragment}", this_server(), Path::Form)
}

/// The words of a kind of field.
pub(crate) fn kind_words(kind: FormFieldKind) -> &'static str {
    match kind {
        FormFieldKind::Text => words::KIND_TEXT,
        FormFieldKind::Dotenv => words::KIND_DOTENV,
        FormFieldKind::File => words::KIND_FILE,
    }
}

/// Asking somebody without an account for a secret: `/shares/ask`.
#[component]
pub(crate) fn FormNew() -> impl IntoView {
    // What was made lives as long as this page; the link in it holds the key to answer.
    let made = RwSignal::new(None::<Made>);
    view! {
        {move || match made.get() {
            None => {
                view! {
                    <PageHead title=|| words::TITLE note=words::LEAD />
                    <ShareTabs open=Tab::Ask />
                    <Builder on_made=move |form| made.set(Some(form)) />
                }
                    .into_any()
            }
            Some(form) => view! { <Ready made=form on_another=move || made.set(None) /> }.into_any(),
        }}
    }
}

/// A form that was made on this page.
#[derive(Clone)]
struct Made {
    form: CreatedForm,
    title: String,
    fields: Vec<FormField>,
}

#[component]
fn Builder(#[prop(into)] on_made: Callback<Made>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let title = RwSignal::new(String::new());
    let fields = RwSignal::new(vec![FieldDraft::new(0)]);
    let next = StoredValue::new(1_u32);
    let life = LifeDraft::new();
    let tried = RwSignal::new(false);
    let answers = RwSignal::new(1_u32);
    let offered = LocalResource::new(move || {
        let vault = vault.get();
        async move { vault.share_features().await }
    });
    // While nothing is known of the server, it takes one.
    let takes_many = Memo::new(move |_| {
        let offered = offered.read();
        let offered = offered.as_ref().and_then(|offered| offered.as_ref().ok());
        offered.is_some_and(|offered| offered.contains(&ShareFeature::ManyAnswers))
    });
    let now = clock::seconds();
    let minutes = Signal::derive(move || life.chosen(now.get()));
    let until = Memo::new(move |_| {
        let minutes = minutes.get()?;
        Some(dates::short(now.get() + u64::from(minutes) * 60_000))
    });
    let date_error = Signal::derive(move || {
        let is_wrong = minutes.get().is_none();
        is_wrong.then(|| share_words::CUSTOM_DATE_BAD.to_owned())
    });
    let drawn = Signal::derive(move || -> Vec<FormField> {
        fields.read().iter().map(|field| field.field()).collect()
    });
    let create = Action::new_unsync(move |draft: &FormDraft| {
        let (vault, draft) = (vault.get(), draft.clone());
        async move {
            let form = vault.create_form(&draft).await?;
            Ok::<_, Error>(Made {
                form,
                title: draft.title,
                fields: draft.fields,
            })
        }
    });
    let links = Links::expect();
    Effect::new(move |_| {
        if let Some(Ok(made)) = create.value().get() {
            create.clear();
            links.refresh();
            toasts.say(words::READY_TITLE);
            on_made.run(made);
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let fields = drawn.get_untracked();
        let minutes = minutes.get_untracked();
        let Some(minutes) = minutes.filter(|_| fields.iter().all(|field| !field.label.is_empty())) else {
            page::focus("[aria-invalid=true]");
            return;
        };
        create.dispatch(FormDraft {
            title: title.get_untracked().trim().to_owned(),
            fields,
            expires_in: ShareExpiry(minutes),
            answers: answers.get_untracked(),
        });
    };
    let numbers = std::iter::once((1, words::ANSWERS_ONE.to_owned()))
        .chain(MANY.map(|most| (most, words::answers_up_to(most))))
        .collect();
    let add = move || {
        let id = next.get_value();
        next.set_value(id + 1);
        fields.update(|fields| fields.push(FieldDraft::new(id)));
        let mounted = format!("#{} input", anchor(id));
        request_animation_frame(move || {
            page::focus(&mounted);
        });
    };
    view! {
        <LeaveGuard
            here=Signal::derive(move || {
                let is_written = !title.read().is_empty() || drawn.read().iter().any(|field| !field.label.is_empty());
                is_written.then(|| Path::AskSecret.to_string())
            })
            title=words::LEAVE_TITLE
            verb=share_words::LEAVE_ACT
            cancel_word=share_words::LEAVE_STAY
        >
            <p>{share_words::LEAVE_BODY}</p>
        </LeaveGuard>
        <form class="cols-main" on:submit=submit>
            <div class="stack stack-6">
                <TextField
                    label=words::TITLE_LABEL
                    value=title
                    hint=words::TITLE_HINT
                    placeholder=words::TITLE_PLACEHOLDER
                    max_length=LONGEST_TITLE
                />
                <section class="stack" aria-labelledby="form-fields">
                    <h2 id="form-fields">{words::FIELDS}</h2>
                    <For each=move || fields.get() key=|field| field.id let:field>
                        <FieldRow field fields tried />
                    </For>
                    <div class="row">
                        <Button
                            glyph=Glyph::Plus
                            disabled=Signal::derive(move || fields.read().len() >= MOST_FIELDS)
                            on_press=add
                        >
                            {words::ADD_FIELD}
                        </Button>
                        <span class="faint t-sm">
                            {move || words::count_left(MOST_FIELDS - fields.read().len().min(MOST_FIELDS))}
                        </span>
                    </div>
                </section>
                <Choices
                    label=words::ENDS
                    value=life.chip
                    options=LIVES.iter().map(|minutes| (*minutes, share_words::preset(*minutes))).collect()
                />
                <TextField
                    label=share_words::CUSTOM_DATE
                    value=life.date
                    kind=InputKind::DateTime
                    aside=|| view! { <span>{words::DATE_SIDE}</span> }
                    error=date_error
                />
                <Choices
                    label=words::ANSWERS
                    value=answers
                    options=numbers
                    off=Signal::derive(move || if takes_many.get() { Vec::new() } else { MANY.to_vec() })
                    hint=Signal::derive(move || {
                        let known = offered.read().as_ref().is_some_and(Result::is_ok);
                        let absent = known && !takes_many.get();
                        if absent { words::ANSWERS_ABSENT } else { words::ANSWERS_HINT }.to_owned()
                    })
                />
            </div>
            <Aside
                words=ASIDE
                glyph=Glyph::Inbox
                act=create
                outcome=Signal::derive(move || match until.get() {
                    Some(until) => words::outcome(answers.get(), &until),
                    None => share_words::OUTCOME_UNCLEAR.to_owned(),
                })
                seen=move || view! { <Sketch title=Signal::derive(move || title.get()) fields=drawn /> }
            >
                <p>{move || words::asks_for(fields.read().len())}</p>
            </Aside>
        </form>
    }
}

/// One field being described, with the buttons that move and remove it.
#[component]
fn FieldRow(field: FieldDraft, fields: RwSignal<Vec<FieldDraft>>, tried: RwSignal<bool>) -> impl IntoView {
    let at = Memo::new(move |_| fields.read().iter().position(|other| other.id == field.id));
    let number = move || at.get().unwrap_or_default() + 1;
    let last = Memo::new(move |_| at.get().is_some_and(|at| at + 1 == fields.read().len()));
    let error = Signal::derive(move || {
        (tried.get() && field.label.read().trim().is_empty()).then(|| words::FIELD_EMPTY.to_owned())
    });
    let kinds = [
        (FormFieldKind::Text, words::KIND_TEXT),
        (FormFieldKind::Dotenv, words::KIND_DOTENV),
        (FormFieldKind::File, words::KIND_FILE),
    ];
    let kinds: Vec<(String, String)> = kinds
        .iter()
        .map(|(kind, words)| (key_of(*kind).to_owned(), (*words).to_owned()))
        .collect();
    let moved = move |down: bool| {
        if let Some(at) = at.get_untracked() {
            fields.update(|fields| shift(fields, at, down));
        }
    };
    view! {
        <fieldset class="card ask-field" id=anchor(field.id)>
            <legend class="sr-only">{move || words::field_number(number())}</legend>
            <div class="card__body stack stack-3">
                <div class="row row--between">
                    <b aria-hidden="true">{move || words::field_number(number())}</b>
                    <div class="row">
                        <IconButton
                            label=Signal::derive(move || words::move_up(number()))
                            glyph=Glyph::ArrowUp
                            disabled=Signal::derive(move || at.get() == Some(0))
                            on_press=move || moved(false)
                        />
                        <IconButton
                            label=Signal::derive(move || words::move_down(number()))
                            glyph=Glyph::ArrowDown
                            disabled=last
                            on_press=move || moved(true)
                        />
                        <IconButton
                            label=Signal::derive(move || words::remove(number()))
                            glyph=Glyph::Trash
                            disabled=Signal::derive(move || fields.read().len() == 1)
                            on_press=move || fields.update(|fields| fields.retain(|other| other.id != field.id))
                        />
                    </div>
                </div>
                <div class="ask-field-parts">
                    <TextField
                        label=words::FIELD_LABEL
                        value=field.label
                        placeholder=words::FIELD_LABEL_PLACEHOLDER
                        max_length=LONGEST_LABEL
                        error
                    />
                    <SelectField label=words::FIELD_KIND value=field.kind options=Signal::stored(kinds) />
                </div>
                <TextField
                    label=words::FIELD_HINT
                    value=field.hint
                    aside=|| view! { <span>{words::FIELD_HINT_SIDE}</span> }
                    max_length=LONGEST_HINT
                />
            </div>
        </fieldset>
    }
}

/// What the receiver will see, in short.
#[component]
fn Sketch(title: Signal<String>, fields: Signal<Vec<FormField>>) -> impl IntoView {
    view! {
        <p class="medium anywhere">
            {move || {
                let title = title.read();
                let title = title.trim();
                if title.is_empty() { words::NO_TITLE.to_owned() } else { title.to_owned() }
            }}
        </p>
        <ul class="stack stack-2">
            {move || {
                fields
                    .get()
                    .into_iter()
                    .map(|field| {
                        let says = match field.kind {
                            FormFieldKind::Text => words::KIND_TEXT_SAYS,
                            FormFieldKind::Dotenv => words::KIND_DOTENV_SAYS,
                            FormFieldKind::File => words::KIND_FILE_SAYS,
                        };
                        let label = if field.label.is_empty() { "…".to_owned() } else { field.label };
                        view! {
                            <li class="t-sm anywhere">
                                <b>{label}</b>
                                " "
                                <span class="faint">{says}</span>
                                {(!field.hint.is_empty()).then(|| view! { <div class="muted">{field.hint}</div> })}
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
        <p class="faint t-xs">{words::SEES_BODY}</p>
    }
}

#[component]
fn Ready(made: Made, #[prop(into)] on_another: Callback<()>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let outcome = words::outcome(made.form.answers, &dates::short(made.form.not_after));
    let preview = RwSignal::new(false);
    let (title, fields) = (Signal::stored(made.title), Signal::stored(made.fields));
    let last = move || {
        view! {
            <Button size=ButtonSize::Small glyph=Glyph::Plus on_press=on_another>
                {words::ANOTHER}
            </Button>
            <LinkButton href=Path::Shares size=ButtonSize::Small glyph=Glyph::List>
                {words::TO_LIST}
            </LinkButton>
        }
    };
    view! {
        <LinkCard
            words=LINK
            glyph=Glyph::Inbox
            link=form_link(&made.form.link_fragment)
            on_copy=move |(text, said): (String, &'static str)| clipboard.copy_plain(text, said)
            badge=|| view! { <Badge tone=Tone::Info>{words::READY_KIND}</Badge> }
            first=move || {
                view! {
                    <Button size=ButtonSize::Small glyph=Glyph::Eye on_press=move || preview.set(true)>
                        {words::PREVIEW}
                    </Button>
                }
            }
            last
        >
            <p>
                <b>{outcome}</b>
            </p>
        </LinkCard>
        <Dialog open=preview title=words::SEES_TITLE close_word=text::CLOSE>
            <div class="dialog__body stack">
                <Sketch title fields />
            </div>
        </Dialog>
    }
}

const ASIDE: AsideWords = AsideWords {
    create: (words::CREATE, words::CREATING),
    note: words::FITS,
    seen: words::SEES_TITLE,
};

const LINK: LinkWords = LinkWords {
    title: words::READY_TITLE,
    label: words::LINK_LABEL,
    side: words::LINK_SIDE,
    copy: (words::COPY_LINK, words::LINK_COPIED),
    split: (words::SPLIT, words::SPLIT_HINT),
    copy_page: words::COPY_SPLIT_LINK,
    copy_key: (words::COPY_SPLIT_KEY, words::KEY_COPIED),
    qr: (share_words::SHOW_QR, share_words::QR_CAPTION),
    qr_label: words::QR_LABEL,
    qr_too_long: words::QR_TOO_LONG,
};

/// The id of a field's box, for the focus.
fn anchor(id: u32) -> String {
    format!("form-field-{id}")
}
