//! A form that somebody was sent, to be filled in: `/r#…`.
//!
//! A program of its own, as the page of a share. No account, and no call to the server before the button is pressed. What is typed
//! stays in the page's own elements and in one place here, which is wiped with the page.

use coffer_client::{Error, FormField, FormFieldKind, LinkError, ReceivedForm, form_from_link};
use leptos::{ev, html, prelude::*, task::spawn_local};
use zeroize::Zeroizing;

use super::receiver::{Banned, PasteKey, Receiver, Told, count, when};
use crate::{
    backend::{client, this_server},
    platform::{clock, dates, file, fragment, listen, mark},
    state::language::Languages,
    text::recipient as words,
    ui::*,
};

/// Where the page stands. What it holds dies with it.
#[derive(Clone)]
enum Stage {
    /// Somebody has answered before.
    Answered,
    /// Its time is over.
    Ended(u64),
    /// It waits for its answer.
    Fill(ReceivedForm),
    /// The tab was loaded again, and the key is not kept.
    Gone,
    /// There is no usable form.
    Incomplete(LinkError),
    /// The server does not know it.
    Missing,
    /// Sealed and sent.
    Sent,
}

type StageSignal = RwSignal<Stage, LocalStorage>;

/// What was entered into one field.
#[derive(Clone, Default)]
struct Entry {
    content: Zeroizing<Vec<u8>>,
    file_name: String,
}

/// Everything that was entered: the fields in their order, and a remark.
#[derive(Clone, Default)]
struct Entered {
    fields: Vec<Entry>,
    note: Zeroizing<String>,
}

impl Entered {
    /// What it takes of the room of an answer (§12: a layout, the list, and a frame around every field).
    fn size(&self) -> usize {
        let fields = self.fields.iter();
        let taken = fields.map(|entry| FIELD_FRAME + entry.content.len() + entry.file_name.len());
        FRAME + taken.sum::<usize>() + self.note.len()
    }

    fn is_empty(&self) -> bool {
        self.fields.iter().all(|entry| entry.content.is_empty())
    }
}

type EnteredSignal = RwSignal<Entered, LocalStorage>;

/// A form that somebody was sent: `/r#…`.
#[component]
pub(crate) fn FormPage() -> impl IntoView {
    let entered = RwSignal::new_local(Entered::default());
    let stage = RwSignal::new_local(arrive(fragment::take()));
    let arrivals = fragment::arrivals();
    Effect::new(move |before: Option<u32>| {
        let now = arrivals.get();
        if before.is_some_and(|before| before != now)
            && let Some(text) = fragment::take()
        {
            entered.set(Entered::default());
            stage.set(arrive(Some(text)));
        }
        now
    });
    // Nobody loses by mistake what they have typed.
    listen::on(&listen::window_target(), "beforeunload", move |event| {
        let waits = stage.with_untracked(|stage| matches!(stage, Stage::Fill(_)));
        if waits && entered.with_untracked(|entered| !entered.is_empty() || !entered.note.is_empty()) {
            event.prevent_default();
        }
    });
    let languages = Languages::expect();
    move || {
        languages.track();
        view! {
            <Receiver how=vec![words::form_how_1(), words::form_how_2(), words::form_how_3()]>
                {move || {
                    stage
                        .with(|now| match now {
                            Stage::Answered => {
                                view! {
                                    <Told
                                        glyph=Glyph::Inbox
                                        tone=Tone::Caution
                                        title=words::form_answered_title()
                                        body=words::form_answered_body()
                                    >
                                        ""
                                    </Told>
                                }
                                    .into_any()
                            }
                            Stage::Ended(at) => {
                                view! {
                                    <Told
                                        glyph=Glyph::Clock
                                        tone=Tone::Plain
                                        title=words::form_ended_title()
                                        body=words::form_ended_body(&when(*at))
                                    >
                                        ""
                                    </Told>
                                }
                                    .into_any()
                            }
                            Stage::Fill(form) => view! { <Fill form=form.clone() entered stage /> }.into_any(),
                            Stage::Gone => {
                                view! {
                                    <Told
                                        glyph=Glyph::Refresh
                                        tone=Tone::Caution
                                        title=words::gone_title()
                                        body=words::form_gone_body()
                                    >
                                        <PasteKey on_text=takes_key(stage) />
                                    </Told>
                                }
                                    .into_any()
                            }
                            Stage::Incomplete(error) => view! { <Incomplete error=*error stage /> }.into_any(),
                            Stage::Missing => {
                                view! {
                                    <Told
                                        glyph=Glyph::Search
                                        tone=Tone::Plain
                                        title=words::form_missing_title()
                                        body=words::form_missing_body()
                                    >
                                        ""
                                    </Told>
                                }
                                    .into_any()
                            }
                            Stage::Sent => {
                                view! {
                                    <Told
                                        glyph=Glyph::Check
                                        tone=Tone::Accent
                                        title=words::form_done_title()
                                        body=words::form_done_body()
                                    >
                                        ""
                                    </Told>
                                }
                                    .into_any()
                            }
                        })
                }}
            </Receiver>
        }
    }
}

/// Judges what stood behind `#`, without asking anybody.
fn arrive(fragment: Option<Zeroizing<String>>) -> Stage {
    match fragment {
        Some(fragment) => match form_from_link(&fragment) {
            Ok(form) => {
                mark::set(HELD);
                begin(form)
            }
            Err(error) => Stage::Incomplete(error),
        },
        None => match mark::read().as_deref() {
            Some(SENT) => Stage::Sent,
            Some(HELD) => Stage::Gone,
            _ => Stage::Incomplete(LinkError::NoKey),
        },
    }
}

fn begin(form: ReceivedForm) -> Stage {
    if form.not_after <= clock::now() {
        Stage::Ended(form.not_after)
    } else {
        Stage::Fill(form)
    }
}

fn takes_key(stage: StageSignal) -> UnsyncCallback<Zeroizing<String>, bool> {
    UnsyncCallback::new(move |text: Zeroizing<String>| pasted(&text, stage))
}

/// Goes on with a pasted key or whole link. False when it is none.
fn pasted(text: &str, stage: StageSignal) -> bool {
    let form = form_from_link(text);
    match form {
        Ok(form) => {
            mark::set(HELD);
            stage.set(begin(form));
            true
        }
        Err(_) => false,
    }
}

#[component]
fn Incomplete(error: LinkError, stage: StageSignal) -> impl IntoView {
    let (title, body) = match error {
        LinkError::NoKey => (words::incomplete_title(), words::form_incomplete_body()),
        LinkError::Unsupported => (words::newer_title(), words::form_newer_body()),
        _ => (words::damaged_link_title(), words::form_damaged_body()),
    };
    view! {
        <Told glyph=Glyph::Key tone=Tone::Caution title body>
            <ul class="bullets t-sm muted">
                <li>{words::incomplete_tip_1()}</li>
                <li>{words::incomplete_tip_2()}</li>
            </ul>
            <PasteKey on_text=takes_key(stage) />
        </Told>
    }
}

#[component]
fn Fill(form: ReceivedForm, entered: EnteredSignal, stage: StageSignal) -> impl IntoView {
    // Another language draws the page again: what was entered stays.
    if entered.with_untracked(|entered| entered.fields.len() != form.fields.len()) {
        entered.set(Entered {
            fields: vec![Entry::default(); form.fields.len()],
            note: Zeroizing::default(),
        });
    }
    let over = Memo::new(move |_| {
        entered
            .with(Entered::size)
            .checked_sub(ROOM + 1)
            .map(|over| over + 1)
    });
    let tried = RwSignal::new(false);
    let trouble = RwSignal::new_local(None::<Error>);
    let (title, not_after) = (form.title.trim().to_owned(), form.not_after);
    let title = if title.is_empty() {
        words::form_no_title().to_owned()
    } else {
        title
    };
    let fields = form.fields.clone();
    let form = StoredValue::new_local(form);
    let send = Action::new_unsync(move |(): &()| {
        let form = form.get_value();
        let Entered { fields, note } = entered.get_untracked();
        let filled = fields
            .into_iter()
            .map(|entry| (entry.content, entry.file_name))
            .collect();
        async move { client(this_server()).fill_form(&form, filled, note).await }
    });
    Effect::new(move |_| {
        let Some(outcome) = send.value().get() else { return };
        send.clear();
        match outcome {
            Ok(()) => {
                mark::set(SENT);
                entered.set(Entered::default());
                stage.set(Stage::Sent);
            }
            Err(Error::NameTaken) => {
                entered.set(Entered::default());
                stage.set(Stage::Answered);
            }
            Err(Error::NotFound) => stage.set(Stage::Missing),
            Err(Error::Invalid { field: "form", .. }) => stage.set(Stage::Ended(not_after)),
            Err(failure) => trouble.set(Some(failure)),
        }
    });
    let empty = Signal::derive(move || tried.get() && entered.with(Entered::is_empty));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        trouble.set(None);
        let ready = entered.with_untracked(|entered| !entered.is_empty());
        if ready && over.get_untracked().is_none() && !send.pending().get_untracked() {
            send.dispatch(());
        }
    };
    let room = move || match over.get() {
        Some(over) => words::form_over(&count(over)),
        None => words::form_room(
            &count(ROOM.saturating_sub(entered.with(Entered::size))),
            &count(ROOM),
        ),
    };
    view! {
        <div class="card">
            <form class="card__body card__body--lg stack stack-6" on:submit=submit>
                <GlyphTile glyph=Glyph::Inbox tone=Tone::Accent />
                <div class="stack stack-2">
                    <h1 class="t-2xl">{words::form_title()}</h1>
                    <p class="faint t-sm">{words::form_stated()}</p>
                    <p class="t-lg medium anywhere" dir="auto">
                        {title}
                    </p>
                    <p class="muted">{words::form_sealed()}</p>
                </div>
                <p class="row t-sm" title=dates::iso(not_after)>
                    <span class="c-caution">
                        <Icon glyph=Glyph::Clock />
                    </span>
                    {words::form_ends(&when(not_after))}
                </p>
                {fields
                    .into_iter()
                    .enumerate()
                    .map(|(at, field)| view! { <FieldBox field at entered /> })
                    .collect_view()}
                <NoteBox entered />
                <p class="t-sm" class=("faint", move || over.get().is_none()) class=("c-danger", move || over.get().is_some()) role="status">
                    {room}
                </p>
                {move || empty.get().then(|| view! { <p class="c-danger t-sm" role="alert">{words::form_empty()}</p> })}
                {move || trouble.read().as_ref().map(|error| view! { <Banned error=error.clone() offline=words::form_offline_body() other=words::form_other_body /> })}
                <div class="stack stack-2">
                    <Button
                        kind=ButtonKind::Primary
                        size=ButtonSize::Large
                        block=true
                        glyph=Glyph::Lock
                        submit=true
                        busy=send.pending()
                    >
                        {move || if send.pending().get() { words::form_sending() } else { words::form_send() }}
                    </Button>
                    <p class="t-sm faint center">{words::form_expect()}</p>
                </div>
            </form>
        </div>
    }
}

/// One field, by its kind.
#[component]
fn FieldBox(field: FormField, at: usize, entered: EnteredSignal) -> impl IntoView {
    match field.kind {
        FormFieldKind::File => view! { <FileBox field at entered /> }.into_any(),
        kind => {
            let dotenv = kind == FormFieldKind::Dotenv;
            let says = if dotenv { words::form_dotenv() } else { "" };
            let first = entered.with_untracked(|entered| {
                let text = entered.fields.get(at).map(|entry| entry.content.to_vec());
                Zeroizing::new(String::from_utf8(text.unwrap_or_default()).unwrap_or_default())
            });
            let on_text = UnsyncCallback::new(move |text: Zeroizing<String>| {
                entered.update(|entered| {
                    if let Some(entry) = entered.fields.get_mut(at) {
                        entry.content = Zeroizing::new(text.as_bytes().to_vec());
                    }
                });
            });
            view! {
                <TextBox
                    label=field.label
                    aside=says
                    hint=field.hint
                    rows=if dotenv { 6 } else { 2 }
                    first
                    on_text
                />
            }
            .into_any()
        }
    }
}

#[component]
fn NoteBox(entered: EnteredSignal) -> impl IntoView {
    let first = entered.with_untracked(|entered| entered.note.clone());
    let on_text = UnsyncCallback::new(move |text| entered.update(|entered| entered.note = text));
    view! {
        <TextBox
            label=words::form_note().to_owned()
            aside=words::form_optional()
            hint=String::new()
            rows=2
            first
            on_text
        />
    }
}

/// A box whose text is told as it changes; wiped with the page.
#[component]
fn TextBox(
    label: String,
    aside: &'static str,
    hint: String,
    rows: u32,
    first: Zeroizing<String>,
    on_text: UnsyncCallback<Zeroizing<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Textarea>::new();
    let first = StoredValue::new_local(Some(first));
    Effect::new(move |_| {
        if let Some(area) = node.get()
            && let Some(text) = first.try_update_value(Option::take).flatten()
        {
            area.set_value(&text);
        }
    });
    on_cleanup(move || {
        if let Some(Some(area)) = node.try_get_untracked() {
            area.set_value("");
        }
    });
    let on_text = StoredValue::new_local(on_text);
    let id = unique_id("answer");
    let hint_id = format!("{id}-hint");
    let described = (!hint.is_empty()).then(|| hint_id.clone());
    view! {
        <div class="field">
            // what stands beside the label is no part of the field's name
            <div class="field__label">
                <label class="anywhere" dir="auto" for=id.clone()>
                    {label}
                </label>
                {(!aside.is_empty()).then(|| view! { <span>{aside}</span> })}
            </div>
            <textarea
                node_ref=node
                class="textarea textarea--mono"
                id=id
                rows=rows
                dir="auto"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                on:input=move |event| {
                    let text = Zeroizing::new(event_target_value(&event));
                    on_text.with_value(|on_text| on_text.run(text));
                }
            ></textarea>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p class="field__hint anywhere" dir="auto" id=hint_id>
                            {hint}
                        </p>
                    }
                })}
        </div>
    }
}

/// A field for a file.
#[component]
fn FileBox(field: FormField, at: usize, entered: EnteredSignal) -> impl IntoView {
    let error = RwSignal::new(None::<String>);
    let chosen = Memo::new(move |_| {
        entered.with(|entered| {
            let entry = entered.fields.get(at)?;
            (!entry.content.is_empty()).then(|| (entry.file_name.clone(), entry.content.len()))
        })
    });
    let put = move |entry: Entry| {
        // The page may be another one by now.
        let _gone = entered.try_update(|entered| {
            if let Some(place) = entered.fields.get_mut(at) {
                *place = entry;
            }
        });
    };
    let on_file = move |given: web_sys::File| {
        error.set(None);
        spawn_local(async move {
            match file::bytes(&given, ROOM as u32).await {
                Ok(content) => put(Entry {
                    content,
                    file_name: given.name(),
                }),
                Err(file::FileError::TooLarge) => {
                    drop(error.try_set(Some(words::form_file_large().to_owned())))
                }
                Err(_) => drop(error.try_set(Some(words::form_file_unreadable().to_owned()))),
            }
        });
    };
    view! {
        <fieldset class="field">
            <legend class="field__label anywhere" dir="auto">
                {field.label}
            </legend>
            <Drop
                words=words::form_file_drop()
                choose_word=words::form_file_choose()
                slim=true
                on_file=UnsyncCallback::new(on_file)
            />
            {move || {
                chosen
                    .get()
                    .map(|(name, bytes)| {
                        view! {
                            <p class="row row--between">
                                <span class="anywhere t-sm">{words::form_file_has(&name, &count(bytes))}</span>
                                <IconButton
                                    label=words::form_file_remove(&name)
                                    glyph=Glyph::X
                                    on_press=move || put(Entry::default())
                                />
                            </p>
                        }
                    })
            }}
            <FieldError error />
            {(!field.hint.is_empty())
                .then(|| {
                    view! {
                        <p class="field__hint anywhere" dir="auto">
                            {field.hint}
                        </p>
                    }
                })}
        </fieldset>
    }
}

/// The plaintext that fits an answer (§12).
const ROOM: usize = 7_424;
/// What the layout, the list and the remark take of it.
const FRAME: usize = 41;
/// What every field takes.
const FIELD_FRAME: usize = 32;
/// The mark of a tab that held a form.
const HELD: &str = "coffer-form-held";
/// The mark of a tab that sent an answer.
const SENT: &str = "coffer-form-sent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_counts_contents_names_remark_and_frames() {
        let entered = Entered {
            fields: vec![
                Entry {
                    content: Zeroizing::new(vec![0; 100]),
                    file_name: "a.txt".into(),
                },
                Entry::default(),
            ],
            note: Zeroizing::new("ab".into()),
        };
        assert_eq!(entered.size(), 41 + 2 * 32 + 100 + 5 + 2);
        assert!(Entered::default().is_empty());
    }
}
