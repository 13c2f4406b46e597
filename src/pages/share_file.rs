//! Files in a share link: choosing them, and sending them piece by piece.

use std::{cell::RefCell, ops::Range, rc::Rc};

use coffer_client::{CreatedShare, Error, FileUpload, MAX_FILES, ShareContent, ShareDraft, SharedFile};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use web_sys::File;
use zeroize::Zeroizing;

use crate::{
    backend::{Fetch, Vault},
    components::leave_guard::LeaveGuard,
    failure::FailureBanner,
    platform::{Browser, file, idle::Idle},
    routes::Path,
    state::{session::OpenVault, shares::room_of_files},
    text::{recipient, shares as words},
    ui::*,
};

/// The files that were chosen.
pub(super) type Chosen = RwSignal<Vec<File>, LocalStorage>;

/// What a link for these files holds.
pub(super) fn content_of(files: &[File]) -> ShareContent {
    let listed = files.iter().map(|file| SharedFile {
        name: file.name(),
        size: size_of(file),
    });
    ShareContent::Files(listed.collect())
}

/// A browser counts bytes in a float, which holds any that fit a link.
fn size_of(file: &File) -> u64 {
    file.size() as u64
}

fn size_of_all(files: &[File]) -> u64 {
    files.iter().map(size_of).sum()
}

/// The most bytes of a file that this server takes; `None` while that is not known, and where it takes none.
pub(super) fn most_bytes(vault: OpenVault) -> Signal<Option<u64>, LocalStorage> {
    let most = LocalResource::new(move || {
        let vault = vault.get();
        async move { vault.share_file_limit().await }
    });
    Signal::derive_local(move || most.get().and_then(|most| most.ok().flatten()))
}

/// What is said of files that no link holds, with a title of so many bytes, or that the server does not take.
pub(super) fn unfit(files: &[File], most: u64, title: usize) -> Option<String> {
    let size = size_of_all(files);
    if size > most {
        return Some(words::files_too_large(&recipient::size(size), &limit_words(most)));
    }
    if files.len() > MAX_FILES {
        return Some(words::files_too_many(MAX_FILES));
    }
    let names = files.iter().map(|file| file.name().len());
    let over = room_of_files(names, title).err()?;
    (!files.is_empty()).then(|| words::file_names_over(over))
}

/// Chooses files to send instead of a text, by the button or by dropping them, where the server takes files.
#[component]
pub(super) fn FilePick(
    /// What was chosen.
    chosen: Chosen,
    /// The most bytes that the server takes.
    most: Signal<Option<u64>, LocalStorage>,
    /// What is wrong with what was chosen.
    error: Signal<Option<String>>,
    /// A text was typed that is not sent while files are chosen.
    typed: Signal<bool>,
) -> impl IntoView {
    let add = move |file: File| {
        chosen.update(|files| {
            if !files.iter().any(|other| is_same(other, &file)) {
                files.push(file);
            }
        });
    };
    let row = move |(place, file): (usize, &File)| {
        let name = file.name();
        view! {
            <li class="row row--between row--wrap">
                <span class="row">
                    <Icon glyph=Glyph::Lines />
                    <bdi class="mono anywhere">{name.clone()}</bdi>
                    <span class="faint">{recipient::size(size_of(file))}</span>
                </span>
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Ghost
                    label=words::file_remove(&name)
                    on_press=move || chosen.update(|files| drop(files.remove(place)))
                >
                    {words::FILE_REMOVE}
                </Button>
            </li>
        }
    };
    move || {
        let most = most.get()?;
        let list = move || {
            let files = chosen.read();
            (!files.is_empty()).then(|| {
                let all = recipient::size(size_of_all(&files));
                view! {
                    <ul class="stack stack-2">{files.iter().enumerate().map(row).collect_view()}</ul>
                    <p class="field__hint" role="status">
                        {words::files_chosen(files.len(), &all, &limit_words(most))}
                    </p>
                    {move || typed.get().then(|| view! { <p class="field__hint">{words::FILES_INSTEAD}</p> })}
                }
            })
        };
        Some(view! {
            <div class="stack stack-2">
                {list}
                <Drop
                    slim=true
                    many=true
                    words=words::files_most(&limit_words(most))
                    choose_word=words::FILES_CHOOSE
                    on_file=UnsyncCallback::new(add)
                />
                <FieldError error />
            </div>
        })
    }
}

/// Whether a file was chosen twice.
fn is_same(one: &File, other: &File) -> bool {
    let of = |file: &File| (file.name(), file.size(), file.last_modified());
    of(one) == of(other)
}

/// A limit, not rounded up.
fn limit_words(most: u64) -> String {
    recipient::size(if most < MEGABYTE {
        most
    } else {
        most / MEGABYTE * MEGABYTE
    })
}

/// Files that are to be sent, and all that is said about their link.
#[derive(Clone)]
pub(super) struct Job {
    /// The link.
    pub(super) draft: ShareDraft,
    /// Its files.
    pub(super) files: Vec<File>,
}

/// Where sending stands.
#[derive(Clone)]
enum Way {
    /// The connection broke and did not come back.
    Broken,
    /// Something else went wrong.
    Refused(Error),
    /// On its way.
    Running,
    /// Stopped by hand.
    Stopped,
}

/// Sends files: progress, stop, go on, cancel. Whoever leaves is asked, and what was sent is taken back.
#[component]
pub(super) fn Sending(
    /// What is sent.
    job: Job,
    /// The link, once everything is there.
    on_sent: UnsyncCallback<CreatedShare>,
    /// Back to the form.
    on_cancel: UnsyncCallback<()>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let idle = expect_context::<Idle>();
    let size = size_of_all(&job.files);
    let name = match job.files.as_slice() {
        [file] => file.name(),
        several => words::files_count(several.len()),
    };
    let way = RwSignal::new_local(Way::Running);
    let sent = RwSignal::new(0_u64);
    // Whoever stops does so between two pieces, and may change their mind before that.
    let wanted = StoredValue::new(false);
    let begun = Begun::default();
    let on_sent = StoredValue::new_local(on_sent);
    let runs = begun.clone();
    let go_on = move || {
        way.set(Way::Running);
        wanted.set_value(true);
        if runs.borrow().is_out {
            return;
        }
        runs.borrow_mut().is_out = true;
        let (vault, job, runs) = (vault.get(), job.clone(), runs.clone());
        spawn_local(async move {
            let upload = runs.borrow_mut().upload.take();
            // Every piece that arrives is somebody at work: nothing locks in the middle of a large file.
            let told = move |bytes| {
                sent.try_set(bytes);
                idle.extend();
            };
            let (upload, outcome) = send(&vault, &job, upload, told, wanted).await;
            let mut runs = runs.borrow_mut();
            runs.is_out = false;
            if runs.is_over {
                if let Some(upload) = upload {
                    spawn_local(async move { drop(upload.cancel().await) });
                }
                return;
            }
            runs.upload = upload;
            drop(runs);
            match outcome {
                Ok(created) => {
                    on_sent.try_with_value(|on_sent| on_sent.run(created));
                }
                Err(Ended::Stopped) => {}
                Err(Ended::Failed(Error::Offline)) => {
                    way.try_set(Way::Broken);
                }
                Err(Ended::Failed(error)) => {
                    way.try_set(Way::Refused(error));
                }
            }
        });
    };
    let go_on = StoredValue::new_local(go_on);
    let go_on = move || go_on.with_value(|go_on| go_on());
    go_on();
    let take_back = {
        let begun = SendBegun::new(begun.clone());
        move || {
            wanted.try_set_value(false);
            let mut begun = begun.borrow_mut();
            begun.is_over = true;
            // One that is on its way takes itself back when it hears of it.
            if let Some(upload) = begun.upload.take().filter(|upload| !upload.is_complete()) {
                spawn_local(async move { drop(upload.cancel().await) });
            }
        }
    };
    on_cleanup(take_back);
    let percent = Signal::derive(move || Some((sent.get() * 100 / size.max(1)).min(100) as u32));
    let note =
        Signal::derive(move || words::file_progress(&recipient::size(sent.get()), &recipient::size(size)));
    view! {
        <LeaveGuard
            here=Some(Path::NewShare.to_string())
            title=words::FILE_LEAVE_TITLE
            verb=words::FILE_LEAVE_ACT
            cancel_word=words::FILE_LEAVE_STAY
        >
            <p>{words::FILE_LEAVE_BODY}</p>
        </LeaveGuard>
        <section class="card">
            <div class="card__body stack">
                <h2 class="anywhere">
                    <bdi>{name}</bdi>
                </h2>
                <Progress label=words::FILE_SENDING value=percent note />
                {move || match way.get() {
                    Way::Running => {
                        view! {
                            <p class="muted">{words::FILE_STAY}</p>
                            <Button on_press=move || {
                                wanted.set_value(false);
                                way.set(Way::Stopped);
                            }>{words::FILE_STOP}</Button>
                        }
                            .into_any()
                    }
                    stopped => {
                        view! {
                            {match stopped {
                                Way::Refused(error) => view! { <FailureBanner error /> }.into_any(),
                                Way::Stopped => view! { <p role="status">{words::FILE_STOPPED}</p> }.into_any(),
                                _ => view! { <p role="status">{words::FILE_BROKEN}</p> }.into_any(),
                            }}
                            <Button kind=ButtonKind::Primary on_press=go_on>
                                {words::FILE_GO_ON}
                            </Button>
                        }
                            .into_any()
                    }
                }}
                <Button kind=ButtonKind::Ghost on_press=move || on_cancel.run(())>
                    {words::FILE_CANCEL}
                </Button>
            </div>
        </section>
    }
}

type Upload = FileUpload<Fetch, Browser>;

/// An upload that was begun, kept while it does not run.
#[derive(Default)]
struct Kept {
    upload: Option<Upload>,
    is_out: bool,
    is_over: bool,
}

type Begun = Rc<RefCell<Kept>>;
/// The same for a clean-up, which the framework wants to be able to send; there is one thread.
type SendBegun = send_wrapper::SendWrapper<Begun>;

enum Ended {
    Failed(Error),
    Stopped,
}

/// Begins or goes on, through connections that break for a moment, and gives back what to go on with.
async fn send(
    vault: &Vault,
    job: &Job,
    upload: Option<Upload>,
    told: impl Fn(u64) + Copy,
    wanted: StoredValue<bool>,
) -> (Option<Upload>, Result<CreatedShare, Ended>) {
    let mut upload = match upload {
        Some(upload) => upload,
        None => match vault.send_files(job.draft.clone()).await {
            Ok(upload) => upload,
            Err(error) => return (None, Err(Ended::Failed(error))),
        },
    };
    let mut tries = 0;
    let outcome = loop {
        let before = upload.sent();
        let stopped = std::cell::Cell::new(false);
        let read = async |place: usize, range: Range<u64>| {
            if wanted.try_get_value() != Some(true) {
                stopped.set(true);
                return Err(Error::Locked);
            }
            // The list was made of these files.
            let file = job.files.get(place).ok_or(Error::NotFound)?;
            read(file, range).await
        };
        match upload.send(read, told).await {
            Ok(created) => break Ok(created),
            Err(_) if stopped.get() => break Err(Ended::Stopped),
            Err(Error::Offline) => {
                tries = if upload.sent() > before { 0 } else { tries };
                let Some(pause) = PAUSES.get(tries) else {
                    break Err(Ended::Failed(Error::Offline));
                };
                tries += 1;
                TimeoutFuture::new(*pause).await;
            }
            Err(error) => break Err(Ended::Failed(error)),
        }
    };
    (Some(upload), outcome)
}

async fn read(from: &File, range: Range<u64>) -> Result<Zeroizing<Vec<u8>>, Error> {
    file::part(from, range).await.map_err(|_| Error::Invalid {
        field: "file",
        why: "one that the browser can still read",
    })
}

/// A connection that breaks for a moment is waited for, in milliseconds.
const PAUSES: [u32; 3] = [500, 2_000, 5_000];
const MEGABYTE: u64 = 1_000_000;
