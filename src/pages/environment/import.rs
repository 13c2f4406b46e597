//! `.env` files: dropped, chosen or pasted, compared with what is here, staged by choice; and the way out again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use coffer_client::{DotenvProblem, Error, SharedSecret, parse_dotenv, write_dotenv};
use gloo_timers::future::TimeoutFuture;
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast;
use zeroize::Zeroizing;

use super::{Place, editor::Target, folders::Asked};
use crate::{
    components::{file_button::FileButton, value_box::ValueBox},
    failure::FailureBanner,
    platform::{clock, download, file, listen},
    routes::Path,
    state::{
        desk::Desk,
        environment::{Fields, Origin, Row, RowKey, Staged, Verdict, name_is_fine},
        shares::Prefill,
        toasts::Toasts,
    },
    text::{self, environment as words},
    ui::*,
};

/// An import that is under way.
#[derive(Clone)]
pub(super) enum Import {
    /// The text is asked for.
    Asking,
    /// A file's text came.
    Read {
        /// The file's name, for people.
        source: String,
        /// Its text.
        text: Rc<Zeroizing<String>>,
    },
    /// It cannot be read.
    Refused(&'static str),
}

pub(super) type Importing = RwSignal<Option<Import>, LocalStorage>;

/// Reads a file and opens the preview.
fn read(importing: Importing, chosen: web_sys::File) {
    spawn_local(async move {
        let next = match file::text(&chosen, MOST_BYTES).await {
            Ok(text) => Import::Read {
                source: chosen.name(),
                text: Rc::new(text),
            },
            Err(file::FileError::TooLarge) => Import::Refused(words::FILE_TOO_BIG),
            Err(_) => Import::Refused(words::FILE_UNREADABLE),
        };
        importing.try_set(Some(next));
    });
}

/// A slim line that takes a file, and the whole page as a place to drop one.
#[component]
pub(super) fn ImportBar(importing: Importing) -> impl IntoView {
    listen::on(&listen::window_target(), "dragover", |event| {
        event.prevent_default()
    });
    listen::on(&listen::window_target(), "drop", move |event| {
        event.prevent_default();
        let file = event
            .dyn_into::<web_sys::DragEvent>()
            .ok()
            .and_then(|event| event.data_transfer())
            .and_then(|data| data.files())
            .and_then(|files| files.get(0));
        if let Some(file) = file {
            read(importing, file);
        }
    });
    // Pasting several lines of KEY=value anywhere but into a box is an import too.
    listen::on(&listen::document_target(), "paste", move |event| {
        let in_a_box = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("input, textarea, dialog").ok().flatten())
            .is_some();
        let text = event
            .dyn_into::<web_sys::ClipboardEvent>()
            .ok()
            .and_then(|event| event.clipboard_data())
            .and_then(|data| data.get_data("text").ok())
            .map(Zeroizing::new);
        if let Some(text) = text
            && !in_a_box
            && text.contains('=')
        {
            importing.set(Some(Import::Read {
                source: words::PASTED.to_owned(),
                text: Rc::new(text),
            }));
        }
    });
    view! {
        <Drop
            slim=true
            words=words::DROP_HINT
            choose_word=words::CHOOSE_FILE
            accept=ACCEPT
            on_file=UnsyncCallback::new(move |file| read(importing, file))
        >
            <Button size=ButtonSize::Small on_press=move || importing.set(Some(Import::Asking))>
                {words::PASTE_TEXT}
            </Button>
        </Drop>
    }
}

/// What stands where there are no secrets yet.
#[component]
pub(super) fn EmptyEnvironment(editing: RwSignal<Option<Target>>, importing: Importing) -> impl IntoView {
    let place = Place::expect();
    let title = move || {
        if *place.folder.read() == "/" {
            words::empty_title(&place.name.get_value())
        } else {
            words::EMPTY_FOLDER.to_owned()
        }
    };
    view! {
        <section class="card">
            {move || {
                if place.writes {
                    view! {
                        <Empty title=title() text=words::EMPTY_BODY>
                            <FileButton
                                kind=ButtonKind::Primary
                                words=words::CHOOSE_ENV
                                accept=ACCEPT
                                on_file=UnsyncCallback::new(move |file| read(importing, file))
                            />
                            <Button on_press=move || importing.set(Some(Import::Asking))>
                                {words::PASTE_TEXT}
                            </Button>
                            <Button
                                glyph=Glyph::Plus
                                on_press=move || {
                                    editing.set(Some(Target::New(place.folder.get_untracked())));
                                }
                            >
                                {words::ADD}
                            </Button>
                        </Empty>
                    }
                        .into_any()
                } else {
                    view! { <Empty title=title() text=words::READ_ONLY /> }.into_any()
                }
            }}
        </section>
    }
}

/// The import's dialog: the text, then the preview.
#[component]
pub(super) fn ImportDialog(importing: Importing) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(importing.read().is_some()));
    let place = Place::expect();
    let note = Signal::derive(move || match &*importing.read() {
        Some(Import::Read { source, .. }) => words::import_from(source, &place.words()),
        _ => String::new(),
    });
    view! {
        <Dialog
            open
            title=words::IMPORT_TITLE
            note
            close_word=text::CLOSE
            wide=true
            on_close=move || {
                if importing.read_untracked().is_some() {
                    importing.set(None);
                }
            }
        >
            {move || match importing.get() {
                Some(Import::Asking) => view! { <AskText importing open /> }.into_any(),
                Some(Import::Read { text, .. }) => view! { <Preview text open /> }.into_any(),
                Some(Import::Refused(why)) => {
                    view! {
                        <div class="dialog__body">
                            <Banner title=why tone=Tone::Caution glyph=Glyph::Alert />
                        </div>
                    }
                        .into_any()
                }
                None => ().into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn AskText(importing: Importing, open: RwSignal<bool>) -> impl IntoView {
    let node = NodeRef::<html::Textarea>::new();
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(area) = node.get() {
            request_animation_frame(move || drop(area.focus()));
        }
    });
    let submit = move || {
        let Some(area) = node.get_untracked() else { return };
        let text = Zeroizing::new(area.value());
        if parse_dotenv(&text).entries.is_empty() {
            error.set(Some(words::IMPORT_NOTHING.to_owned()));
            return;
        }
        importing.set(Some(Import::Read {
            source: words::PASTED.to_owned(),
            text: Rc::new(text),
        }));
    };
    view! {
        <DialogForm open verb=words::IMPORT_PREVIEW cancel_word=text::CANCEL on_submit=submit>
            <div class="stack stack-2">
                <ValueBox label=words::IMPORT_TEXT_LABEL node_ref=node rows=10 error />
                <p class="field__hint">{words::IMPORT_TEXT_HINT}</p>
            </div>
        </DialogForm>
    }
}

/// One assignment of the file, compared.
struct Line {
    name: String,
    value: Zeroizing<String>,
    verdict: Verdict,
    key: Option<RowKey>,
}

#[derive(Default)]
struct Compared {
    lines: Vec<Line>,
    problems: Vec<DotenvProblem>,
}

#[component]
fn Preview(text: Rc<Zeroizing<String>>, open: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let progress = RwSignal::new(Some((0_usize, 0_usize)));
    let compared = StoredValue::new_local(Compared::default());
    let left_out = RwSignal::new(HashSet::<usize>::new());
    let folder = place.folder.get_untracked();
    spawn_local({
        let folder = folder.clone();
        async move {
            let Some(done) = compare(desk, &folder, &text, progress).await else {
                return;
            };
            // What differs is kept as it is here until somebody says otherwise; what is new is added.
            left_out.try_set(
                done.lines
                    .iter()
                    .enumerate()
                    .filter(|(_, line)| line.verdict == Verdict::Differs)
                    .map(|(index, _)| index)
                    .collect(),
            );
            compared.try_set_value(done);
            progress.try_set(None);
        }
    });
    let counts = move || {
        compared.with_value(|compared| {
            let of = |verdict| {
                compared
                    .lines
                    .iter()
                    .filter(|line| line.verdict == verdict)
                    .count()
            };
            (of(Verdict::New), of(Verdict::Same), of(Verdict::Differs))
        })
    };
    let chosen = Signal::derive(move || {
        let left_out = left_out.read();
        if progress.read().is_some() {
            return 0;
        }
        compared.with_value(|compared| {
            compared
                .lines
                .iter()
                .enumerate()
                .filter(|(index, line)| line.verdict != Verdict::Same && !left_out.contains(index))
                .count()
        })
    });
    let set_all = move |verdict: Verdict, take: bool| {
        compared.with_value(|compared| {
            left_out.update(|left_out| {
                for (index, line) in compared.lines.iter().enumerate() {
                    if line.verdict == verdict {
                        if take {
                            left_out.remove(&index);
                        } else {
                            left_out.insert(index);
                        }
                    }
                }
            });
        });
    };
    let submit = move || {
        let count = chosen.get_untracked();
        if count == 0 {
            open.set(false);
            return;
        }
        let lines = compared
            .try_update_value(|compared| std::mem::take(&mut compared.lines))
            .unwrap_or_default();
        let left_out = left_out.get_untracked();
        stage(desk, &folder, lines, &left_out);
        open.set(false);
    };
    view! {
        <DialogForm
            open
            verb=Signal::derive(move || words::import_stage(chosen.get()))
            cancel_word=text::CANCEL
            disabled=Signal::derive(move || progress.read().is_some())
            on_submit=submit
        >
            {move || match progress.get() {
                Some((done, all)) => {
                    view! {
                        <Progress
                            label=words::reading(done, all)
                            value=Signal::stored(Some((done * 100 / all.max(1)) as u32))
                        />
                    }
                        .into_any()
                }
                None => {
                    let (new, same, differs) = counts();
                    view! {
                        <p role="status">{words::import_summary(new, same, differs)}</p>
                        {(differs > 0)
                            .then(|| {
                                view! {
                                    <div class="row row--wrap">
                                        <Button
                                            size=ButtonSize::Small
                                            on_press=move || set_all(Verdict::Differs, true)
                                        >
                                            {words::IMPORT_ALL_FILE}
                                        </Button>
                                        <Button
                                            size=ButtonSize::Small
                                            on_press=move || set_all(Verdict::Differs, false)
                                        >
                                            {words::IMPORT_ALL_HERE}
                                        </Button>
                                    </div>
                                }
                            })}
                        <Lines compared left_out />
                        <Problems compared />
                    }
                        .into_any()
                }
            }}
        </DialogForm>
    }
}

#[component]
fn Lines(compared: StoredValue<Compared, LocalStorage>, left_out: RwSignal<HashSet<usize>>) -> impl IntoView {
    // What needs a choice comes first.
    let order = compared.with_value(|compared| {
        let mut order: Vec<(usize, String, Verdict)> = compared
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| (index, line.name.clone(), line.verdict))
            .collect();
        order.sort_by_key(|(index, _, verdict)| {
            (
                match verdict {
                    Verdict::Differs => 0,
                    Verdict::New => 1,
                    Verdict::Same => 2,
                },
                *index,
            )
        });
        order
    });
    let more = order.len().saturating_sub(MOST);
    let rows = order
        .into_iter()
        .take(MOST)
        .map(|(index, name, verdict)| {
            let (tone, glyph, word) = match verdict {
                Verdict::New => (Tone::Positive, Glyph::Plus, words::IMPORT_NEW),
                Verdict::Same => (Tone::Plain, Glyph::Equal, words::IMPORT_SAME),
                Verdict::Differs => (Tone::Info, Glyph::Differs, words::IMPORT_CONFLICT),
            };
            let options = match verdict {
                Verdict::New => Some((words::IMPORT_ADD, words::IMPORT_SKIP)),
                Verdict::Differs => Some((words::IMPORT_TAKE, words::IMPORT_KEEP)),
                Verdict::Same => None,
            };
            let label = words::import_choice(&name);
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <span class="key">{name}</span>
                    </th>
                    <td role="cell" class="end-phone">
                        <Badge tone glyph>
                            {word}
                        </Badge>
                    </td>
                    <td role="cell" class="span">
                        {match options {
                            Some((take, leave)) => {
                                view! {
                                    <select
                                        class="select"
                                        aria-label=label
                                        prop:value=move || {
                                            if left_out.read().contains(&index) { LEAVE } else { TAKE }
                                        }
                                        on:change=move |event| {
                                            let leave = event_target_value(&event) == LEAVE;
                                            left_out
                                                .update(|left_out| {
                                                    if leave {
                                                        left_out.insert(index);
                                                    } else {
                                                        left_out.remove(&index);
                                                    }
                                                });
                                        }
                                    >
                                        <option
                                            value=TAKE
                                            selected=move || !left_out.read().contains(&index)
                                        >
                                            {take}
                                        </option>
                                        <option
                                            value=LEAVE
                                            selected=move || left_out.read().contains(&index)
                                        >
                                            {leave}
                                        </option>
                                    </select>
                                }
                                    .into_any()
                            }
                            None => view! { <span class="faint t-sm">{words::IMPORT_UNCHANGED}</span> }.into_any(),
                        }}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            caption=words::IMPORT_CAPTION
            columns=vec![
                ("", words::COLUMN_NAME.into()),
                ("col-state", words::COLUMN_CHANGE.into()),
                ("col-lg", words::IMPORT_CHOICE.into()),
            ]
            fixed=false
        >
            {rows}
        </Table>
        {(more > 0).then(|| view! { <p class="faint t-sm">{words::and_more(more)}</p> })}
    }
}

#[component]
fn Problems(compared: StoredValue<Compared, LocalStorage>) -> impl IntoView {
    let problems = compared.with_value(|compared| compared.problems.clone());
    (!problems.is_empty()).then(|| {
        view! {
            <details>
                <summary class="disclosure medium">{words::IMPORT_PROBLEMS}</summary>
                <ul class="bullets t-sm muted mt-2">
                    {problems
                        .into_iter()
                        .take(MOST)
                        .map(|problem| view! { <li>{words::import_line(problem.line, &problem.why)}</li> })
                        .collect_view()}
                </ul>
            </details>
        }
    })
}

/// Compares a file with a folder, in slices. `None` if the page was left meanwhile.
async fn compare(
    desk: Desk,
    folder: &str,
    text: &str,
    progress: RwSignal<Option<(usize, usize)>>,
) -> Option<Compared> {
    let parsed = parse_dotenv(text);
    let mut problems = parsed.problems;
    // Of two lines with one name the last counts, as for every reader of such files.
    let mut wanted = BTreeMap::<String, (usize, Zeroizing<String>)>::new();
    for entry in parsed.entries {
        if !name_is_fine(&entry.name) {
            problems.push(DotenvProblem {
                line: entry.line,
                why: words::NAME_BAD.to_owned(),
            });
            continue;
        }
        if let Some((line, _)) = wanted.insert(entry.name, (entry.line, entry.value)) {
            problems.push(DotenvProblem {
                line,
                why: words::IMPORT_TWICE.to_owned(),
            });
        }
    }
    problems.sort_by_key(|problem| problem.line);
    let all = wanted.len();
    let here: HashMap<String, RowKey> = desk
        .folder_rows(folder)?
        .into_iter()
        .map(|row: Row| (row.name, row.key))
        .collect();
    let mut lines = Vec::with_capacity(all);
    let mut started = clock::monotonic();
    for (done, (name, (_, value))) in wanted.into_iter().enumerate() {
        let key = here.get(&name).copied();
        let verdict = match key.map(|key| desk.open(key)) {
            None => Verdict::New,
            Some(Ok(opened)) if *opened.value == *value => Verdict::Same,
            Some(_) => Verdict::Differs,
        };
        lines.push(Line {
            name,
            value,
            verdict,
            key,
        });
        if clock::monotonic().saturating_sub(started) >= SLICE_MS {
            if progress.try_set(Some((done, all))).is_some() {
                return None;
            }
            TimeoutFuture::new(0).await;
            started = clock::monotonic();
        }
    }
    Some(Compared { lines, problems })
}

fn stage(desk: Desk, folder: &str, lines: Vec<Line>, left_out: &HashSet<usize>) {
    let origins: HashMap<RowKey, Origin> = desk.peek(|environment| {
        environment
            .entries()
            .iter()
            .map(|entry| (RowKey::Slot(entry.slot), Origin::from(entry)))
            .collect()
    });
    // What else is known stays as it is: a file says nothing of it.
    let known: Vec<(Zeroizing<String>, Zeroizing<String>)> = lines
        .iter()
        .map(|line| {
            let opened = line.key.and_then(|key| desk.open(key).ok());
            opened
                .map(|opened| (opened.comment, opened.owner))
                .unwrap_or_default()
        })
        .collect();
    desk.change(|draft| {
        for ((index, line), (comment, owner)) in lines.into_iter().enumerate().zip(known) {
            if line.verdict == Verdict::Same || left_out.contains(&index) {
                continue;
            }
            let to = Fields {
                path: folder.to_owned(),
                name: line.name,
                value: line.value,
                comment,
                owner,
            };
            let staged = match line.key.and_then(|key| origins.get(&key).cloned()) {
                Some(from) => Staged::Changed {
                    from,
                    to,
                    content: true,
                },
                None => Staged::New(to),
            };
            draft.stage(line.key, staged);
        }
    });
}

/// What else can be done with the folder that is open.
#[component]
pub(super) fn MoreMenu(
    asked: RwSignal<Option<Asked>>,
    rewinding: RwSignal<bool>,
    on_reopen: Callback<()>,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let toasts = Toasts::expect();
    let downloading = RwSignal::new(false);
    let failed = RwSignal::new_local(None::<Error>);
    let reload = Action::new_unsync(move |(): &()| {
        let environment = desk.environment();
        async move {
            let environment = environment.reload().await?;
            let seq = environment.seq();
            desk.advance(environment);
            Ok::<_, Error>(seq)
        }
    });
    Effect::new(move |_| match reload.value().get() {
        Some(Ok(seq)) => {
            reload.clear();
            failed.set(None);
            toasts.say(words::checked(seq));
        }
        Some(Err(error)) => {
            reload.clear();
            failed.set(Some(error));
        }
        None => {}
    });
    let count = Signal::derive(move || {
        place.folder.with(|folder| {
            desk.with(|environment| {
                environment
                    .entries()
                    .iter()
                    .filter(|entry| entry.path == *folder)
                    .count()
            })
        })
    });
    let navigate = StoredValue::new_local(use_navigate());
    let share = move || {
        // The page is left without a question: nothing staged may be lost.
        if desk.is_dirty() {
            toasts.say_with(Glyph::Alert, words::SAVE_BEFORE_SHARING);
            return;
        }
        let folder = place.folder.get_untracked();
        let secrets = desk.peek(|environment| {
            environment
                .entries()
                .iter()
                .filter(|entry| entry.path == folder)
                .filter_map(|entry| {
                    let value = environment.reveal(&entry.slot).ok()?.value;
                    Some(SharedSecret {
                        name: entry.name.clone(),
                        value,
                    })
                })
                .collect()
        });
        Prefill {
            secrets,
            place: place.words(),
        }
        .hand_over();
        navigate.with_value(|navigate| navigate(&Path::NewShare.to_string(), NavigateOptions::default()));
    };
    let save = move || {
        let folder = place.folder.get_untracked();
        let opened: Vec<(String, Zeroizing<String>)> = desk.peek(|environment| {
            environment
                .entries()
                .iter()
                .filter(|entry| entry.path == folder)
                .filter_map(|entry| Some((entry.name.clone(), environment.reveal(&entry.slot).ok()?.value)))
                .collect()
        });
        let pairs: Vec<(&str, &str)> = opened
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let text = write_dotenv(&pairs);
        if download::text(&format!("{}.env", place.slug.get_value()), "text/plain", &text) {
            toasts.say_with(Glyph::Download, words::DOWNLOADED);
        }
        downloading.set(false);
    };
    view! {
        <Menu label=words::MORE class="icon-btn icon-btn--md">
            <MenuItem
                glyph=Glyph::Refresh
                on_press=move || {
                    reload.dispatch(());
                }
            >
                {words::CHECK_AGAIN}
            </MenuItem>
            <MenuItem glyph=Glyph::Download on_press=move || downloading.set(true)>
                {words::DOWNLOAD}
            </MenuItem>
            <MenuItem
                glyph=Glyph::Share
                disabled=Signal::derive(move || count.get() == 0)
                on_press=share
            >
                {words::SHARE_SEVERAL}
            </MenuItem>
            {place
                .writes
                .then(|| {
                    view! {
                        <MenuItem
                            glyph=Glyph::Folder
                            on_press=move || asked.set(Some(Asked::Create(place.folder.get_untracked())))
                        >
                            {words::NEW_FOLDER}
                        </MenuItem>
                        <MenuItem glyph=Glyph::History on_press=move || rewinding.set(true)>
                            {words::REWIND}
                        </MenuItem>
                    }
                })}
        </Menu>
        {move || {
            failed
                .get()
                .map(|error| {
                    view! {
                        <FailureBanner
                            error
                            on_retry=move || {
                                failed.set(None);
                                on_reopen.run(());
                            }
                        />
                    }
                })
        }}
        <Confirm
            open=downloading
            title=words::DOWNLOAD_TITLE
            verb=words::DOWNLOAD_ACT
            cancel_word=text::CANCEL
            danger=false
            on_confirm=save
        >
            <p>{move || words::download_count(count.get(), &place.words())}</p>
            <p>{words::DOWNLOAD_BODY}</p>
        </Confirm>
    }
}

/// Files that the chooser offers.
const ACCEPT: &str = ".env,.txt,text/plain";
/// The largest file that is read.
const MOST_BYTES: u32 = 8 * 1024 * 1024;
/// Lines that the preview lists; the rest follows the buttons above.
const MOST: usize = 200;
/// Milliseconds of comparing before the page gets its turn.
const SLICE_MS: u64 = 12;
const LEAVE: &str = "leave";
const TAKE: &str = "take";
