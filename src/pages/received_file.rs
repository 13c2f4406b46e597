//! A file behind a share link, once the link was opened: fetched in pieces, offered when the end was verified.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use coffer_client::{Error, FileDownload, ReceivedFile, RevealError, RevealedShare, SharedFile};
use gloo_timers::future::TimeoutFuture;
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::Blob;

use super::receiver::Banned;
use crate::{
    backend::{Fetch, client, this_server},
    platform::{
        Browser,
        download::{self, Parts},
    },
    text::recipient as words,
    ui::*,
};

/// A file whose link was opened, and its title.
#[derive(Clone)]
pub(super) struct Arrived {
    title: String,
    name: String,
    size: u64,
    file: ReceivedFile,
}

impl Arrived {
    /// What stands beside a file's name and size in a share that was opened.
    pub(super) fn of(known: &SharedFile, revealed: &RevealedShare) -> Option<Self> {
        let name = download::safe_name(&known.name);
        Some(Self {
            title: revealed.title.trim().to_owned(),
            name: if name.is_empty() {
                words::file_default().to_owned()
            } else {
                name
            },
            size: known.size,
            file: revealed.file.clone()?,
        })
    }
}

/// Where fetching stands.
#[derive(Clone)]
enum Way {
    /// It was begun or not, and waits for somebody to press the button.
    Waiting(Option<&'static str>),
    /// It did not go on for another reason than a lost connection.
    Refused(Error),
    /// On its way.
    Running,
    /// All of it is here and verified.
    Whole(Blob),
}

/// Name and size, a button, progress; the file once it is whole.
#[component]
pub(super) fn FileCard(
    /// What arrived.
    arrived: Arrived,
    /// The link does not give it any more, or gives another one.
    on_failure: UnsyncCallback<RevealError>,
    /// It is to be forgotten.
    on_clear: UnsyncCallback<()>,
) -> impl IntoView {
    let Arrived {
        title,
        name,
        size,
        file,
    } = arrived;
    let way = RwSignal::new_local(Way::Waiting(None));
    let fetched = RwSignal::new(0_u64);
    let saved = RwSignal::new(true);
    // Whoever stops does so between two pieces, and may change their mind before that.
    let wanted = StoredValue::new(false);
    let begun = Begun::default();
    let on_failure = StoredValue::new_local(on_failure);
    let name = StoredValue::new(name);
    let save = move |blob: &Blob| {
        let offered = name.try_with_value(|name| download::blob(name, blob));
        saved.try_set(offered.unwrap_or(false));
    };
    let go_on = move || {
        way.set(Way::Running);
        let is_running = wanted.get_value() || begun.is_out.get();
        wanted.set_value(true);
        if is_running {
            return;
        }
        let (begun, file) = (begun.clone(), file.clone());
        spawn_local(async move {
            begun.is_out.set(true);
            let taken = begun.kept.borrow_mut().take();
            let (mut download, parts) =
                taken.unwrap_or_else(|| (client(this_server()).fetch_file(&file), Parts::default()));
            let mut tries = 0;
            let (ended, is_kept) = loop {
                if wanted.try_get_value() != Some(true) {
                    break (None, true);
                }
                match download.next().await {
                    Ok(Some(piece)) if parts.push(&piece) => {
                        tries = 0;
                        fetched.try_set(download.fetched());
                    }
                    // A piece that the browser did not take is gone: begun again, it is fetched again.
                    Ok(Some(_)) => break (Some(Way::Waiting(Some(words::file_not_saved()))), false),
                    Ok(None) => match parts.whole() {
                        Some(blob) => {
                            save(&blob);
                            break (Some(Way::Whole(blob)), true);
                        }
                        None => break (Some(Way::Waiting(Some(words::file_not_saved()))), true),
                    },
                    Err(RevealError::Client(Error::Offline)) => match PAUSES.get(tries) {
                        Some(pause) => {
                            tries += 1;
                            TimeoutFuture::new(*pause).await;
                        }
                        None => break (Some(Way::Waiting(Some(words::file_broken()))), true),
                    },
                    Err(RevealError::Client(error)) => break (Some(Way::Refused(error)), true),
                    Err(error) => {
                        on_failure.try_with_value(|on_failure| on_failure.run(error));
                        break (None, false);
                    }
                }
            };
            begun.is_out.set(false);
            wanted.try_set_value(false);
            *begun.kept.borrow_mut() = is_kept.then_some((download, parts));
            if !is_kept {
                fetched.try_set(0);
            }
            if let Some(ended) = ended {
                way.try_set(ended);
            }
        });
    };
    on_cleanup(move || wanted.set_value(false));
    let go_on = StoredValue::new_local(go_on);
    let go_on = move || go_on.with_value(|go_on| go_on());
    let percent = Signal::derive(move || Some((fetched.get() * 100 / size.max(1)).min(100) as u32));
    let note = Signal::derive(move || words::file_progress(&words::size(fetched.get()), &words::size(size)));
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            drop(heading.focus());
        }
    });
    let shown = name.get_value();
    let has_title = !title.is_empty();
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack">
                <GlyphTile glyph=Glyph::Download tone=Tone::Accent />
                <div class="stack stack-2">
                    <h1 node_ref=heading tabindex="-1" class="t-xl anywhere" dir="auto">
                        {if has_title { title } else { shown.clone() }}
                    </h1>
                    <p class="row row--wrap muted">
                        {has_title
                            .then(|| {
                                view! {
                                    <bdi class="mono anywhere">{shown}</bdi>
                                }
                            })}
                        <span>{words::size(size)}</span>
                    </p>
                    <p class="muted">{words::file_ready()}</p>
                </div>
                {move || match way.get() {
                    Way::Running => {
                        view! {
                            <Progress label=words::file_fetching() value=percent note />
                            <Button
                                block=true
                                on_press=move || {
                                    wanted.set_value(false);
                                    way.set(Way::Waiting(Some(words::file_stopped())));
                                }
                            >
                                {words::file_stop()}
                            </Button>
                        }
                            .into_any()
                    }
                    Way::Whole(blob) => {
                        view! {
                            <Outcome glyph=Glyph::Check>
                                <p role="status">
                                    {move || if saved.get() { words::file_done() } else { words::file_not_saved() }}
                                </p>
                            </Outcome>
                            <Button block=true glyph=Glyph::Download on_press=move || save(&blob)>
                                {words::file_again()}
                            </Button>
                        }
                            .into_any()
                    }
                    stopped => {
                        let note = match &stopped {
                            Way::Waiting(note) => *note,
                            _ => None,
                        };
                        let error = match stopped {
                            Way::Refused(error) => Some(error),
                            _ => None,
                        };
                        let is_new = note.is_none() && error.is_none();
                        view! {
                            {note.map(|note| view! { <p role="status">{note}</p> })}
                            {error
                                .map(|error| {
                                    view! {
                                        <Banned error offline=words::file_broken() other=words::other_body />
                                    }
                                })}
                            <Button
                                kind=ButtonKind::Primary
                                size=ButtonSize::Large
                                block=true
                                glyph=Glyph::Download
                                on_press=go_on
                            >
                                {if is_new { words::file_fetch() } else { words::file_go_on() }}
                            </Button>
                        }
                            .into_any()
                    }
                }}
                <Button
                    kind=ButtonKind::Danger
                    block=true
                    glyph=Glyph::Flame
                    on_press=move || on_clear.run(())
                >
                    {words::clear()}
                </Button>
            </div>
        </div>
        <p class="t-sm faint center">{words::expect()}</p>
    }
}

/// A download that was begun, and what came of it, kept while it does not run.
#[derive(Clone, Default)]
struct Begun {
    kept: Rc<RefCell<Option<Kept>>>,
    is_out: Rc<Cell<bool>>,
}

type Kept = (FileDownload<Fetch, Browser>, Parts);

/// A connection that breaks for a moment is waited for, in milliseconds.
const PAUSES: [u32; 3] = [500, 2_000, 5_000];
