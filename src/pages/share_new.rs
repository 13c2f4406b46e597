//! A new share link: `/shares/new`.

use coffer_client::{
    CreatedShare, Error, Passphrase, ShareContent, ShareDraft, ShareExpiry, ShareLimits, SharedSecret,
    suggest_passphrase, write_dotenv,
};
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use std::{collections::HashSet, rc::Rc};

use send_wrapper::SendWrapper;
use web_sys::{HtmlDetailsElement, wasm_bindgen::JsCast};

use super::{
    share_aside::{Aside, AsideWords},
    share_file::{Chosen, FilePick, Job, Sending, content_of, most_bytes, unfit},
    share_limits::LimitFields,
    share_preview::Preview,
    shares::ShareList,
};
use crate::{
    backend::this_server,
    components::{
        leave_guard::LeaveGuard,
        link_card::{LinkCard, LinkWords},
        value_box::ValueBox,
    },
    failure::Trouble,
    platform::{Browser, clock, dates, file::of_text, page},
    routes::Path,
    state::{
        clipboard::Clipboard,
        session::OpenVault,
        shares::{
            LIVES, LifeDraft, LimitsDraft, MOST_VIEWS, Prefill, ROOM, room, room_of_files, room_of_list,
            within,
        },
        toasts::Toasts,
    },
    text::{self, forms as form_words, shares as words},
    ui::*,
};

/// The whole link of what stands behind `#`.
pub(crate) fn link_of(fragment: &str) -> String {
    format!("{}{}#{fragment}", this_server(), Path::Recipient)
}

/// A new share link: `/shares/new`.
#[component]
pub(crate) fn ShareNew() -> impl IntoView {
    let prefill = Prefill::take();
    // What was made lives as long as this page; the link in it holds the key.
    let made = RwSignal::new(None::<Made>);
    let changed = RwSignal::new(0_u32);
    let prefill = StoredValue::new_local(prefill);
    view! {
        {move || match made.get() {
            None => {
                view! {
                    <PageHead title=|| words::TITLE note=words::LEAD />
                    <ShareTabs open=Tab::Send />
                    <Draft
                        prefill=prefill.try_update_value(Option::take).flatten()
                        on_made=move |created| {
                            made.set(Some(created));
                            changed.update(|n| *n += 1);
                        }
                    />
                }
                    .into_any()
            }
            Some(created) => {
                view! {
                    <Ready created made changed />
                    <div class="page-head mt-6">
                        <h2>{words::MINE_TITLE}</h2>
                        <div class="page-head__actions">
                            <Button
                                size=ButtonSize::Small
                                glyph=Glyph::Plus
                                on_press=move || made.set(None)
                            >
                                {words::NEW_LINK}
                            </Button>
                        </div>
                    </div>
                    <ShareList changed />
                }
                    .into_any()
            }
        }}
    }
}

/// The pages of share links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Giving a secret away.
    Send,
    /// Asking for one.
    Ask,
    /// What there is.
    Mine,
}

/// The pages of share links, and which of them is open.
#[component]
pub(crate) fn ShareTabs(
    /// The open one.
    open: Tab,
) -> impl IntoView {
    let tabs = [
        (Tab::Send, Path::NewShare, Glyph::Send, words::TAB_SEND),
        (Tab::Ask, Path::AskSecret, Glyph::Inbox, form_words::TAB),
        (Tab::Mine, Path::Shares, Glyph::List, words::TAB_MINE),
    ];
    view! {
        <nav class="tabs" aria-label=words::TABS>
            {tabs
                .into_iter()
                .map(|(tab, path, glyph, words)| {
                    view! {
                        <a href=path.to_string() aria-current=(tab == open).then_some("page")>
                            <Icon glyph />
                            {words}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// A link that was made on this page, with the passphrase that goes with it, for its maker's eyes.
#[derive(Clone)]
struct Made {
    share: CreatedShare,
    limits: ShareLimits,
    /// What was sealed, for the preview.
    sealed: SendWrapper<Rc<(String, ShareContent)>>,
    passphrase: Option<Passphrase>,
}

/// Everything of a draft; wiped when dropped, since an action keeps its input while it runs.
#[derive(Clone)]
struct Input {
    content: ShareContent,
    title: String,
    minutes: u32,
    views: Option<u32>,
    passphrase: Option<Passphrase>,
    limits: ShareLimits,
}

#[component]
fn Draft(prefill: Option<Prefill>, #[prop(into)] on_made: Callback<Made>) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let value = NodeRef::<html::Textarea>::new();
    let passphrase = NodeRef::<html::Input>::new();
    let place = prefill.as_ref().map(|prefill| prefill.place.clone());
    let mut given = prefill.map(|prefill| prefill.secrets).unwrap_or_default();
    let only = (given.len() == 1).then(|| given.remove(0));
    let title = RwSignal::new(
        only.as_ref()
            .map(|secret| secret.name.clone())
            .unwrap_or_default(),
    );
    let first = only.map(|secret| secret.value);
    // Several are not typed over: they are chosen.
    let picks: Vec<Pick> = given.into_iter().map(Pick::of).collect();
    let several = !picks.is_empty();
    let picks = StoredValue::new_local(picks);
    let as_dotenv = RwSignal::new(false);
    // Files instead of the text, and those that are being sent.
    let files: Chosen = RwSignal::new_local(Vec::new());
    let sending = RwSignal::new_local(None::<Job>);
    // What came from an environment is not lost with this page.
    let given_bytes = first.as_ref().map_or(0, |value| value.len());
    let bytes = RwSignal::new(given_bytes);
    let life = LifeDraft::new();
    let views = RwSignal::new(Some(1_u32));
    let custom_views = RwSignal::new(String::new());
    let has_passphrase = RwSignal::new(false);
    let tried = RwSignal::new(false);
    let limits = LimitsDraft::new();

    let now = clock::seconds();
    let minutes = Signal::derive(move || life.chosen(now.get()));
    let times = Signal::derive(move || {
        if custom_views.read().trim().is_empty() {
            Some(views.get())
        } else {
            within(&custom_views.read(), 1, MOST_VIEWS).map(Some)
        }
    });
    let most = most_bytes(vault);
    let file_error = Signal::derive(move || unfit(&files.read(), most.get()?, title.read().len()));
    let dotenv_bytes = move || {
        picks.with_value(|picks| {
            let taken = picks.iter().filter(|pick| pick.taken.get());
            taken.map(Pick::dotenv_bytes).sum()
        })
    };
    // Of what is written or picked, without regard to files.
    let room_for_text = Signal::derive(move || {
        let title = title.read().len();
        if !several {
            return room(bytes.get(), title);
        }
        if as_dotenv.get() {
            return room(dotenv_bytes(), title);
        }
        picks.with_value(|picks| {
            let taken = picks.iter().filter(|pick| pick.taken.get());
            room_of_list(
                taken.map(|pick| pick.secret.name.len() + pick.secret.value.len()),
                title,
            )
        })
    });
    // What does not fit a link goes as a file, where the server takes files: what that is called.
    let as_file = Memo::new(move |_| {
        room_for_text.get().err()?;
        let (name, size) = match several {
            true => (words::FILE_OF_SECRETS, dotenv_bytes()),
            false => (words::FILE_OF_TEXT, bytes.get()),
        };
        let takes = most.get().is_some_and(|most| size as u64 <= most);
        takes.then_some(name)
    });
    let room_left = Signal::derive(move || {
        let title = title.read().len();
        let files = files.read();
        match as_file.get() {
            _ if !files.is_empty() => room_of_files(files.iter().map(|file| file.name().len()), title),
            Some(name) => room_of_files([name.len()], title),
            None => room_for_text.get(),
        }
    });
    // A .env holds each name once.
    let same_name = Signal::derive(move || {
        let is_dotenv = several && (as_dotenv.get() || as_file.get().is_some());
        picks.with_value(|picks| {
            let mut names = HashSet::new();
            let mut taken = picks.iter().filter(|pick| pick.taken.get());
            let twice = taken.find(|pick| !names.insert(pick.secret.name.as_str()));
            twice
                .filter(|_| is_dotenv)
                .map(|pick| words::same_name(&pick.secret.name))
        })
    });
    let chosen = Signal::derive(move || {
        picks.with_value(|picks| picks.iter().filter(|pick| pick.taken.get()).count())
    });
    let until = Memo::new(move |_| {
        minutes
            .get()
            .map(|minutes| dates::short(now.get() + u64::from(minutes) * 60_000))
    });

    let create = Action::new_unsync(move |input: &Input| {
        let (vault, input) = (vault.get(), input.clone());
        async move {
            let passphrase = input.passphrase.clone();
            let sealed = SendWrapper::new(Rc::new((input.title.clone(), input.content.clone())));
            let limits = input.limits.clone();
            let share = vault
                .create_share(ShareDraft {
                    content: input.content,
                    title: input.title,
                    expires_in: ShareExpiry(input.minutes),
                    views: input.views,
                    passphrase: input.passphrase,
                    limits: input.limits,
                })
                .await?;
            Ok::<_, Error>(Made {
                share,
                limits,
                sealed,
                passphrase,
            })
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(made)) = create.value().get() {
            create.clear();
            toasts.say(words::READY_TITLE);
            on_made.run(made);
        }
    });

    let value_error = Signal::derive(move || match room_left.get() {
        Err(over) => Some(words::bytes_over(over)),
        Ok(_) => (tried.get() && bytes.get() == 0).then(|| words::SECRET_EMPTY.to_owned()),
    });
    let life_error = Signal::derive(move || {
        let is_wrong = minutes.get().is_none() && !life.is_by_date();
        is_wrong.then(|| words::CUSTOM_MINUTES_BAD.to_owned())
    });
    let date_error = Signal::derive(move || {
        let is_wrong = minutes.get().is_none() && life.is_by_date();
        is_wrong.then(|| words::CUSTOM_DATE_BAD.to_owned())
    });
    let views_error =
        Signal::derive(move || times.get().is_none().then(|| words::CUSTOM_VIEWS_BAD.to_owned()));
    let side = Signal::derive(move || match (room_left.get(), as_file.get()) {
        (Ok(_), Some(name)) => words::sent_as_file(name),
        (Ok(left), None) => words::bytes_left(left, ROOM),
        (Err(over), _) => words::bytes_over(over),
    });
    let more = RwSignal::new(false);
    let to_what_is_wrong = || {
        request_animation_frame(|| {
            page::focus("form [aria-invalid=true]");
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let wrong = untrack(|| {
            let limits_wrong = minutes.get().is_none() || times.get().is_none() || limits.chosen().is_err();
            let content_wrong = file_error.get().is_some() && !several || same_name.get().is_some();
            (limits_wrong, content_wrong || room_left.get().is_err())
        });
        if wrong != (false, false) {
            // It may stand where nobody sees it.
            more.update(|more| *more |= wrong.0);
            return to_what_is_wrong();
        }
        let content = if several {
            let taken = picks.with_value(|picks| -> Vec<SharedSecret> {
                let taken = picks.iter().filter(|pick| pick.taken.get_untracked());
                taken.map(|pick| pick.secret.clone()).collect()
            });
            if taken.is_empty() {
                return;
            }
            if as_dotenv.get_untracked() || as_file.get_untracked().is_some() {
                let lines: Vec<(&str, &str)> = taken
                    .iter()
                    .map(|secret| (secret.name.as_str(), secret.value.as_str()))
                    .collect();
                ShareContent::Text(write_dotenv(&lines))
            } else {
                ShareContent::Secrets(taken)
            }
        } else if !files.read_untracked().is_empty() {
            content_of(&files.read_untracked())
        } else {
            let typed = value.get_untracked().map(|area| Zeroizing::new(area.value()));
            let Some(typed) = typed.filter(|typed| !typed.is_empty()) else {
                return to_what_is_wrong();
            };
            ShareContent::Text(typed)
        };
        let (Some(minutes), Some(views), Ok(limits)) = (
            minutes.get_untracked(),
            times.get_untracked(),
            untrack(|| limits.chosen()),
        ) else {
            return;
        };
        let passphrase = crate::platform::passphrase::peek(passphrase);
        let made_of_text = match (&content, as_file.get_untracked()) {
            (ShareContent::Text(text), Some(name)) => of_text(name, text),
            _ => None,
        };
        let chosen = files.get_untracked().into_iter().filter(|_| !several);
        let files: Vec<_> = chosen.chain(made_of_text).collect();
        if !files.is_empty() {
            let draft = ShareDraft {
                content: content_of(&files),
                title: title.get_untracked().trim().to_owned(),
                expires_in: ShareExpiry(minutes),
                views,
                passphrase,
                limits,
            };
            sending.set(Some(Job { draft, files }));
            return;
        }
        create.dispatch(Input {
            content,
            title: title.get_untracked().trim().to_owned(),
            minutes,
            views,
            passphrase,
            limits,
        });
    };
    let suggest = move || {
        if let Some(input) = passphrase.get_untracked() {
            input.set_value(suggest_passphrase(&Browser).expose());
            has_passphrase.set(true);
        }
    };
    on_cleanup(move || {
        if let Some(Some(input)) = passphrase.try_get_untracked() {
            input.set_value("");
        }
    });
    let passphrase_id = unique_id("share-passphrase");
    let hint_id = unique_id("share-passphrase-hint");
    let sent = move |share: CreatedShare| {
        let Some(Job { draft, .. }) = sending.get_untracked() else {
            return;
        };
        toasts.say(words::READY_TITLE);
        on_made.run(Made {
            share,
            limits: draft.limits,
            sealed: SendWrapper::new(Rc::new((draft.title, draft.content))),
            passphrase: draft.passphrase,
        });
    };
    view! {
        {move || match sending.get() {
            Some(job) => {
                view! {
                    <Sending
                        job
                        on_sent=UnsyncCallback::new(sent)
                        on_cancel=UnsyncCallback::new(move |()| sending.set(None))
                    />
                }
                    .into_any()
            }
            None => {
                view! {
                    <LeaveGuard
                        here=Signal::derive(move || {
                            let is_written = bytes.get() != given_bytes || !files.read().is_empty();
                            is_written.then(|| Path::NewShare.to_string())
                        })
                        title=words::LEAVE_TITLE
                        verb=words::LEAVE_ACT
                        cancel_word=words::LEAVE_STAY
                    >
                        <p>{words::LEAVE_BODY}</p>
                    </LeaveGuard>
                }
                    .into_any()
            }
        }}
        <form class="cols-main" hidden=move || sending.read().is_some() on:submit=submit>
            <div class="stack stack-6">
                <div class="stack stack-2">
                    {if several {
                        view! { <PickList picks as_dotenv side chosen tried same_name /> }.into_any()
                    } else {
                        view! {
                            <div hidden=move || !files.read().is_empty()>
                                <ValueBox
                                    label=words::SECRET_LABEL
                                    node_ref=value
                                    first
                                    side
                                    error=value_error
                                    rows=5
                                    on_size=move |size: (usize, usize)| bytes.set(size.1)
                                />
                            </div>
                            <FilePick chosen=files most error=file_error typed=Signal::derive(move || bytes.get() > 0) />
                        }
                            .into_any()
                    }}
                    {place.map(|place| view! { <p class="field__hint">{words::from_place(&place)}</p> })}
                </div>
                <TextField
                    label=words::TITLE_LABEL
                    value=title
                    aside=|| view! { <span>{words::TITLE_SIDE}</span> }
                    max_length=100
                />
                <div class="cols-2">
                    <Choices
                        label=words::ENDS_LEGEND
                        value=life.chip
                        options=LIVES.iter().map(|minutes| (*minutes, words::preset(*minutes))).collect()
                    />
                    <Choices
                        label=words::VIEWS_LEGEND
                        value=views
                        options=vec![
                            (Some(1), words::VIEWS_ONCE.to_owned()),
                            (Some(3), words::VIEWS_THREE.to_owned()),
                            (None, words::VIEWS_ANY.to_owned()),
                        ]
                    />
                </div>
                <div class="field">
                    <label class="field__label" for=passphrase_id.clone()>
                        {words::PASSPHRASE_LABEL}
                        <span>{words::PASSPHRASE_SIDE}</span>
                    </label>
                    <div class="row">
                        <input
                            node_ref=passphrase
                            class="input input--mono"
                            id=passphrase_id
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-describedby=hint_id.clone()
                            on:input=move |event| has_passphrase.set(!event_target_value(&event).is_empty())
                        />
                        <Button glyph=Glyph::Refresh label=words::PASSPHRASE_NEW_LABEL on_press=suggest>
                            {words::PASSPHRASE_NEW}
                        </Button>
                    </div>
                    <p class="field__hint" id=hint_id>
                        {words::PASSPHRASE_HINT}
                    </p>
                </div>
                <details prop:open=more on:toggle=move |event| more.set(is_open(&event))>
                    <summary class="disclosure medium">{words::MORE}</summary>
                    <div class="stack stack-6 mt-3">
                    <div class="cols-2">
                        <TextField
                            label=words::CUSTOM_MINUTES
                            value=life.minutes
                            aside=|| view! { <span>{words::CUSTOM_MINUTES_SIDE}</span> }
                            error=life_error
                        />
                        <TextField
                            label=words::CUSTOM_DATE
                            value=life.date
                            kind=InputKind::DateTime
                            aside=|| view! { <span>{words::CUSTOM_DATE_SIDE}</span> }
                            error=date_error
                        />
                        <TextField
                            label=words::CUSTOM_VIEWS
                            value=custom_views
                            aside=|| view! { <span>{words::CUSTOM_VIEWS_SIDE}</span> }
                            error=views_error
                        />
                    </div>
                    <LimitFields limits once=Signal::derive(move || times.get() == Some(Some(1))) />
                    </div>
                </details>
            </div>
            <Aside
                words=ASIDE
                glyph=Glyph::Lock
                act=create
                outcome=Signal::derive(move || match (times.get(), until.get()) {
                    (Some(times), Some(until)) => words::outcome(times, &until),
                    _ => words::OUTCOME_UNCLEAR.to_owned(),
                })
                seen=move || {
                    view! {
                        <p class="muted t-sm">{move || words::recipient_first(has_passphrase.get())}</p>
                        <p class="faint t-xs">{words::RECIPIENT_BODY}</p>
                    }
                }
            >
                <p>{move || words::outcome_needs(has_passphrase.get())}</p>
                {move || {
                    let says = limits.chosen().map(|limits| words::outcome_limits(&limits));
                    let says = says.unwrap_or_else(|_| words::OUTCOME_UNCLEAR.to_owned());
                    (!says.is_empty()).then(|| view! { <p>{says}</p> })
                }}
            </Aside>
        </form>
    }
}

/// Whether a `<details>` that tells of a change is open now.
fn is_open(toggled: &ev::Event) -> bool {
    let details = toggled
        .target()
        .and_then(|it| it.dyn_into::<HtmlDetailsElement>().ok());
    details.is_some_and(|details| details.open())
}

/// One of several secrets that were handed over.
struct Pick {
    secret: SharedSecret,
    taken: RwSignal<bool>,
}

impl Pick {
    fn of(secret: SharedSecret) -> Self {
        Self {
            secret,
            taken: RwSignal::new(true),
        }
    }

    /// What it takes of a `.env` text.
    fn dotenv_bytes(&self) -> usize {
        write_dotenv(&[(&self.secret.name, &self.secret.value)]).len()
    }
}

/// Which of the secrets that were handed over are sent, and how.
#[component]
fn PickList(
    picks: StoredValue<Vec<Pick>, LocalStorage>,
    as_dotenv: RwSignal<bool>,
    side: Signal<String>,
    chosen: Signal<usize>,
    tried: RwSignal<bool>,
    same_name: Signal<Option<String>>,
) -> impl IntoView {
    let rows = picks.with_value(|picks| {
        picks
            .iter()
            .map(|pick| {
                (
                    words::pick(&pick.secret.name, pick.secret.value.len()),
                    pick.taken,
                )
            })
            .collect::<Vec<_>>()
    });
    view! {
        <fieldset class="field">
            <legend class="field__label">{words::PICK}</legend>
            <p class="field__hint" role="status">
                {move || side.get()}
            </p>
            <div class="stack stack-2">
                {rows
                    .into_iter()
                    .map(|(label, taken)| view! { <Check label value=taken /> })
                    .collect_view()}
            </div>
            <FieldError error=Signal::derive(move || {
                let none = (tried.get() && chosen.get() == 0).then(|| words::PICK_NONE.to_owned());
                none.or_else(|| same_name.get())
            }) />
        </fieldset>
        <Choices
            label=words::SEND_AS
            value=as_dotenv
            options=vec![(false, words::AS_TABLE.to_owned()), (true, words::AS_DOTENV.to_owned())]
        />
    }
}

#[component]
fn Ready(created: Made, made: RwSignal<Option<Made>>, changed: RwSignal<u32>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let passphrase = StoredValue::new(created.passphrase.clone());
    let has_passphrase = created.passphrase.is_some();
    let until = dates::short(created.share.not_after);
    let outcome = words::outcome(created.share.views, &until);
    let limited = words::outcome_limits(&created.limits);
    let id = created.share.id.clone();
    let sealed = created.sealed.clone();
    let preview = RwSignal::new(false);
    let revoking = RwSignal::new(false);
    // The passphrase stands here and nowhere else.
    let is_kept = RwSignal::new(!has_passphrase);
    let revoke = Action::new_unsync(move |(): &()| {
        let (vault, id) = (vault.get(), id.clone());
        async move { vault.revoke_share(&id).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            revoking.set(false);
            toasts.say(words::REVOKED);
            changed.update(|n| *n += 1);
            made.set(None);
        }
    });
    let last = move || {
        view! {
            {has_passphrase
                .then(|| {
                    view! {
                        <Button
                            size=ButtonSize::Small
                            glyph=Glyph::Copy
                            on_press=move || {
                                if let Some(passphrase) = passphrase.get_value() {
                                    is_kept.set(true);
                                    clipboard
                                        .copy_plain(passphrase.expose().to_owned(), words::PASSPHRASE_COPIED);
                                }
                            }
                        >
                            {words::COPY_PASSPHRASE}
                        </Button>
                    }
                })}
            <Button
                size=ButtonSize::Small
                kind=ButtonKind::Danger
                glyph=Glyph::Ban
                on_press=move || revoking.set(true)
            >
                {words::REVOKE}
            </Button>
        }
    };
    let spoken = passphrase.with_value(|passphrase| {
        passphrase.as_ref().map(|passphrase| {
            let shown = passphrase.expose().to_owned();
            view! {
                <span class="muted">
                    {words::SEND_PASSPHRASE_BEFORE} " " <span class="mono anywhere">{shown}</span> " "
                    {words::SEND_PASSPHRASE_AFTER}
                </span>
            }
        })
    });
    view! {
        <LinkCard
            words=LINK
            glyph=Glyph::Check
            link=link_of(&created.share.link_fragment)
            on_copy=move |(text, said): (String, &'static str)| clipboard.copy_plain(text, said)
            badge=|| {
                view! {
                    <Badge tone=Tone::Info glyph=Glyph::User>
                        {words::OWNER}
                    </Badge>
                }
            }
            first=move || {
                view! {
                    <Button size=ButtonSize::Small glyph=Glyph::Eye on_press=move || preview.set(true)>
                        {words::PREVIEW}
                    </Button>
                }
            }
            last
            foot=|| view! { <p class="t-sm faint">{words::CANNOT_UNSEE}</p> }
        >
            <p>
                <b>{outcome}</b>
                " "
                {spoken}
            </p>
            {(!limited.is_empty()).then(|| view! { <p class="muted">{limited}</p> })}
        </LinkCard>
        <LeaveGuard
            here=Signal::derive(move || (!is_kept.get()).then(|| Path::NewShare.to_string()))
            title=words::PASSPHRASE_LEAVE_TITLE
            verb=words::PASSPHRASE_LEAVE_ACT
            cancel_word=words::LEAVE_STAY
        >
            <p>{words::PASSPHRASE_LEAVE_BODY}</p>
        </LeaveGuard>
        <Dialog open=preview title=words::PREVIEW_TITLE close_word=text::CLOSE>
            <div class="dialog__body stack">
                <Preview title=sealed.0.clone() content=sealed.1.clone() has_passphrase />
                <p class="faint t-sm">{words::RECIPIENT_BODY}</p>
            </div>
        </Dialog>
        <Confirm
            open=revoking
            title=words::REVOKE_TITLE
            verb=words::REVOKE
            cancel_word=text::CANCEL
            busy=revoke.pending()
            on_confirm=move || {
                revoke.dispatch(());
            }
        >
            <p>{words::REVOKE_BODY}</p>
            <Trouble act=revoke />
        </Confirm>
    }
}

const ASIDE: AsideWords = AsideWords {
    create: (words::CREATE, words::CREATING),
    note: words::CANNOT_UNSEE,
    seen: words::RECIPIENT_TITLE,
};

/// What is said of a share link.
pub(super) const LINK: LinkWords = LinkWords {
    title: words::READY_TITLE,
    label: words::LINK_LABEL,
    side: words::LINK_SIDE,
    copy: (words::COPY_LINK, words::LINK_COPIED),
    split: (words::SPLIT, words::SPLIT_HINT),
    copy_page: words::COPY_SPLIT_LINK,
    copy_key: (words::COPY_SPLIT_KEY, words::KEY_COPIED),
    qr: (words::SHOW_QR, words::QR_CAPTION),
    qr_label: words::QR_LABEL,
    qr_too_long: words::QR_TOO_LONG,
};
