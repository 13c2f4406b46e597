//! What the receiver of a share link sees: `/s#…`.
//!
//! A program of its own, without the app around it: `boot.js` chooses by the address.
//!
//! No account, no shell, and no call to the server before the button is pressed: a program that only opens the page
//! spends nothing. The key is checked first; the fragment left the address bar before this program started.

use coffer_client::{
    Error, LinkError, ReceivedShare, RevealError, RevealedShare, ShareContent, share_from_link,
};
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use crate::{
    backend::{client, this_server},
    failure::explain,
    pages::frame::Solo,
    platform::{clock, dates, download, fragment, mark, passphrase},
    state::{clipboard::Clipboard, toasts::Toasts},
    text::{self, recipient as words},
    ui::*,
};

/// Where the page stands. What it holds dies with it.
#[derive(Clone)]
enum Stage {
    /// The secret was shown and then wiped.
    Cleared,
    /// It does not open, and will not.
    Failed(RevealError),
    /// The tab was loaded again; neither key nor secret is there any more.
    Gone,
    /// There is no usable key.
    Incomplete(LinkError),
    /// The key is there; nothing was asked yet.
    Sealed(ReceivedShare),
    /// Open.
    Shown(Shown),
}

#[derive(Clone)]
struct Shown {
    title: String,
    text: Zeroizing<String>,
    opened: u64,
}

/// What the receiver of a share link sees: `/s#…`.
#[component]
pub(crate) fn Recipient() -> impl IntoView {
    let stage = RwSignal::new_local(arrive(fragment::take()));
    let arrivals = fragment::arrivals();
    Effect::new(move |before: Option<u32>| {
        let now = arrivals.get();
        if before.is_some_and(|before| before != now)
            && let Some(text) = fragment::take()
        {
            stage.set(arrive(Some(text)));
        }
        now
    });
    on_cleanup(move || {
        stage.try_set(Stage::Cleared);
    });
    view! {
        <Solo wide=true>
            {move || {
                stage
                    .with(|stage_now| match stage_now {
                        Stage::Cleared => view! { <Cleared /> }.into_any(),
                        Stage::Failed(error) => view! { <Failed error=error.clone() stage /> }.into_any(),
                        Stage::Gone => view! { <Gone stage /> }.into_any(),
                        Stage::Incomplete(error) => view! { <Incomplete error=*error stage /> }.into_any(),
                        Stage::Sealed(share) => view! { <Sealed share=share.clone() stage /> }.into_any(),
                        Stage::Shown(shown) => view! { <Open shown=shown.clone() stage /> }.into_any(),
                    })
            }}
            <details class="t-sm muted">
                <summary class="disclosure">{words::HOW}</summary>
                <ol class="bullets stack stack-1 mt-2">
                    <li>{words::HOW_1}</li>
                    <li>{words::HOW_2}</li>
                    <li>{words::HOW_3}</li>
                </ol>
            </details>
        </Solo>
    }
}

/// Judges what stood behind `#`, without asking anybody.
fn arrive(fragment: Option<Zeroizing<String>>) -> Stage {
    match fragment {
        Some(fragment) => match share_from_link(&fragment) {
            Ok(share) => {
                mark::set(HELD);
                Stage::Sealed(share)
            }
            Err(error) => Stage::Incomplete(error),
        },
        None => match mark::read().as_deref() {
            Some(OPENED) => Stage::Cleared,
            Some(HELD) => Stage::Gone,
            _ => Stage::Incomplete(LinkError::NoKey),
        },
    }
}

/// The key of a pasted key or whole link.
fn pasted(text: &str) -> Option<ReceivedShare> {
    let text = Zeroizing::new(text.split_whitespace().collect::<String>());
    let key = text.rsplit_once('#').map_or(text.as_str(), |(_, key)| key);
    share_from_link(key).ok()
}

type StageSignal = RwSignal<Stage, LocalStorage>;

#[component]
fn Sealed(share: ReceivedShare, stage: StageSignal) -> impl IntoView {
    let needs_passphrase = share.needs_passphrase;
    let passphrase = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(false);
    let trouble = RwSignal::new_local(None::<Error>);
    let share = StoredValue::new_local(share);
    let reveal = Action::new_unsync(move |passphrase: &Option<coffer_client::Passphrase>| {
        let (share, passphrase) = (share.get_value(), passphrase.clone());
        async move {
            client(this_server())
                .open_share(&share, passphrase)
                .await
                .map(Outcomes::of)
        }
    });
    Effect::new(move |_| {
        let Some(outcome) = reveal.value().get() else {
            return;
        };
        reveal.clear();
        match outcome {
            Ok(opened) => {
                mark::set(OPENED);
                stage.set(Stage::Shown(opened.0));
            }
            Err(RevealError::WrongPassphrase) => {
                wrong.set(true);
                error.set(Some(words::WRONG_FIELD.to_owned()));
                if let Some(input) = passphrase.get_untracked() {
                    drop(input.focus());
                }
            }
            Err(RevealError::Client(failure)) => trouble.set(Some(failure)),
            Err(RevealError::RateLimited { retry_after }) => {
                error.set(Some(words::rate_body(retry_after)));
                if !needs_passphrase {
                    stage.set(Stage::Failed(RevealError::RateLimited { retry_after }));
                }
            }
            Err(failure) => stage.set(Stage::Failed(failure)),
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if reveal.pending().get_untracked() {
            return;
        }
        trouble.set(None);
        let typed = passphrase::peek(passphrase);
        if needs_passphrase && typed.is_none() {
            error.set(Some(words::PASSPHRASE_EMPTY.to_owned()));
            return;
        }
        error.set(None);
        reveal.dispatch(typed);
    };
    let title = move || {
        if wrong.get() {
            words::WRONG_TITLE
        } else {
            words::TITLE
        }
    };
    let lead = move || {
        if wrong.get() {
            words::WRONG_BODY
        } else {
            words::SEALED
        }
    };
    let tone = move || if wrong.get() { Tone::Caution } else { Tone::Accent };
    view! {
        <div class="card">
            <form class="card__body card__body--lg stack stack-6" on:submit=submit>
                {move || {
                    let glyph = if wrong.get() { Glyph::Alert } else { Glyph::Lock };
                    view! { <GlyphTile glyph tone=tone() /> }
                }}
                <div class="stack stack-2" role="status">
                    <h1 class="t-2xl">{title}</h1>
                    <p class="muted">{lead}</p>
                </div>
                <ul class="stack stack-2">
                    <li class="row">
                        <span class="c-accent">
                            <Icon glyph=Glyph::Check />
                        </span>
                        {words::KEY_OK}
                    </li>
                    <li class="row">
                        <span class="c-accent">
                            <Icon glyph=Glyph::EyeOff />
                        </span>
                        {move || if wrong.get() { words::NO_VIEW_USED } else { words::NO_CALL }}
                    </li>
                    {needs_passphrase
                        .then(|| {
                            view! {
                                <li class="row">
                                    <span class="c-caution">
                                        <Icon glyph=Glyph::Key />
                                    </span>
                                    {words::PASSPHRASE_NEEDED}
                                </li>
                            }
                        })}
                </ul>
                {needs_passphrase
                    .then(|| {
                        view! {
                            <PassphraseField
                                label=words::PASSPHRASE_LABEL
                                node_ref=passphrase
                                show_word=text::SHOW_PASSPHRASE
                                aside=|| view! { <span>{words::PASSPHRASE_SIDE}</span> }
                                autocomplete="off"
                                error
                                on_input=move || error.set(None)
                            />
                        }
                    })}
                {move || {
                    trouble
                        .read()
                        .as_ref()
                        .map(|failure| {
                            let offline = matches!(failure, Error::Offline | Error::Transport(_));
                            let told = explain(failure);
                            let (title, body) = if offline {
                                (words::OFFLINE_TITLE.to_owned(), words::OFFLINE_BODY.to_owned())
                            } else {
                                (told.title, told.advice)
                            };
                            view! {
                                <Banner title text=body tone=Tone::Caution glyph=Glyph::Offline />
                            }
                        })
                }}
                <div class="stack stack-2">
                    <Button
                        kind=ButtonKind::Primary
                        size=ButtonSize::Large
                        block=true
                        submit=true
                        busy=reveal.pending()
                    >
                        {move || {
                            if reveal.pending().get() {
                                words::SHOWING
                            } else if wrong.get() {
                                words::TRY_AGAIN
                            } else {
                                words::SHOW
                            }
                        }}
                    </Button>
                    <p class="t-sm faint center" role="status">
                        {move || {
                            if reveal.pending().get() && needs_passphrase {
                                words::STRETCHING
                            } else if needs_passphrase {
                                words::USES_VIEW_PASS
                            } else {
                                words::USES_VIEW
                            }
                        }}
                    </p>
                </div>
            </form>
        </div>
    }
}

/// What an opened share gives to the page.
#[derive(Clone)]
struct Outcomes(Shown);

impl Outcomes {
    fn of(revealed: RevealedShare) -> Self {
        let given = revealed.title.as_str().trim().to_owned();
        let (title, text) = match revealed.content {
            ShareContent::Text(text) => (given, text),
            ShareContent::Secrets(mut secrets) if secrets.len() == 1 => {
                let secret = secrets.remove(0);
                (if given.is_empty() { secret.name } else { given }, secret.value)
            }
            ShareContent::Secrets(secrets) => {
                let lines: Vec<(&str, &str)> = secrets
                    .iter()
                    .map(|secret| (secret.name.as_str(), secret.value.as_str()))
                    .collect();
                (given, coffer_client::write_dotenv(&lines))
            }
        };
        let title = if title.is_empty() {
            words::DEFAULT_TITLE.to_owned()
        } else {
            title
        };
        Self(Shown {
            title,
            text,
            opened: clock::now(),
        })
    }
}

#[component]
fn Open(shown: Shown, stage: StageSignal) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let toasts = Toasts::expect();
    let title = shown.title.clone();
    let opened = shown.opened;
    let secret = StoredValue::new_local(shown);
    let visible = RwSignal::new(true);
    let until = RwSignal::new(Some(opened + SHOWN_FOR));
    let now = clock::seconds();
    Effect::new(move |_| {
        if until.get().is_some_and(|until| now.get() >= until) {
            visible.set(false);
            until.set(None);
        }
    });
    let left = Signal::derive(move || until.get().map(|until| until.saturating_sub(now.get())));
    let show = move || {
        visible.set(true);
        until.set(Some(clock::now() + SHOWN_FOR));
    };
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            drop(heading.focus());
        }
    });
    let name = title.clone();
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack">
                <div class="row row--between row--wrap">
                    <h1 node_ref=heading tabindex="-1" class="anywhere">
                        {title}
                    </h1>
                    <Badge tone=Tone::Accent glyph=Glyph::Unlock>
                        {words::opened_here(&dates::time(opened))}
                    </Badge>
                </div>
                <div class="secret--block">
                    {move || {
                        if visible.get() {
                            view! {
                                <div class="secret__value" tabindex="0" role="group" aria-label=words::VALUE_LABEL>
                                    {secret.with_value(|secret| secret.text.as_str().to_owned())}
                                </div>
                            }
                                .into_any()
                        } else {
                            view! {
                                <div class="secret__value" role="group" aria-label=words::HIDDEN>
                                    {text::environment::MASK}
                                </div>
                            }
                                .into_any()
                        }
                    }}
                    <div class="secret__bar">
                        {move || match (visible.get(), left.get()) {
                            (true, Some(left)) => {
                                let percent = (left * 100 / SHOWN_FOR) as u32;
                                view! {
                                    <span class="countdown">
                                        <Ring percent=Signal::stored(percent) small=true />
                                        <span>{words::hides_in(&dates::left(left))}</span>
                                    </span>
                                }
                                    .into_any()
                            }
                            (true, None) => view! { <span>{words::KEPT}</span> }.into_any(),
                            (false, _) => view! { <span>{words::HIDDEN}</span> }.into_any(),
                        }}
                        <Button
                            size=ButtonSize::Small
                            kind=ButtonKind::Ghost
                            on_press=move || if visible.get_untracked() { visible.set(false) } else { show() }
                        >
                            {move || if visible.get() { words::HIDE } else { words::REVEAL }}
                        </Button>
                        <Show when=move || visible.get() && until.get().is_some()>
                            <Button
                                size=ButtonSize::Small
                                kind=ButtonKind::Ghost
                                on_press=move || until.set(None)
                            >
                                {words::KEEP}
                            </Button>
                        </Show>
                    </div>
                </div>
                <div class="row row--wrap">
                    <span class="grow">
                        <Button
                            kind=ButtonKind::Primary
                            block=true
                            glyph=Glyph::Copy
                            on_press=move || {
                                let text = secret.with_value(|secret| secret.text.clone());
                                clipboard.copy_secret(text, &name);
                            }
                        >
                            {words::COPY}
                        </Button>
                    </span>
                    <span class="grow">
                        <Button
                            block=true
                            glyph=Glyph::Download
                            on_press=move || {
                                let saved = secret
                                    .with_value(|secret| {
                                        download::text(words::FILE_NAME, "text/plain", &secret.text)
                                    });
                                if saved {
                                    toasts.say(words::SAVED_FILE);
                                }
                            }
                        >
                            {words::SAVE_FILE}
                        </Button>
                    </span>
                </div>
                <Outcome glyph=Glyph::Info plain=true>
                    <p>{words::AFTER}</p>
                    <p>{words::AFTER_SUB}</p>
                </Outcome>
                <Button
                    kind=ButtonKind::Danger
                    block=true
                    glyph=Glyph::Flame
                    on_press=move || stage.set(Stage::Cleared)
                >
                    {words::CLEAR}
                </Button>
            </div>
        </div>
        <p class="t-sm faint center">{words::EXPECT}</p>
    }
}

#[component]
fn Cleared() -> impl IntoView {
    view! {
        <Told glyph=Glyph::Check tone=Tone::Accent title=words::CLEARED_TITLE body=words::CLEARED_BODY>
            ""
        </Told>
    }
}

#[component]
fn Gone(stage: StageSignal) -> impl IntoView {
    view! {
        <Told glyph=Glyph::Refresh tone=Tone::Caution title=words::GONE_TITLE body=words::GONE_BODY>
            <PasteKey stage />
        </Told>
    }
}

#[component]
fn Incomplete(error: LinkError, stage: StageSignal) -> impl IntoView {
    let (title, body) = match error {
        LinkError::NoKey => (words::INCOMPLETE_TITLE, words::INCOMPLETE_BODY),
        LinkError::Unsupported => (words::NEWER_TITLE, words::NEWER_BODY),
        _ => (words::DAMAGED_LINK_TITLE, words::DAMAGED_LINK_BODY),
    };
    view! {
        <Told glyph=Glyph::Key tone=Tone::Caution title body>
            <ul class="bullets t-sm muted">
                <li>{words::INCOMPLETE_TIP_1}</li>
                <li>{words::INCOMPLETE_TIP_2}</li>
            </ul>
            <PasteKey stage />
        </Told>
    }
}

/// A box for the key alone, for links that were sent in two parts.
#[component]
fn PasteKey(stage: StageSignal) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let id = unique_id("paste-key");
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = node.get_untracked() else { return };
        let text = Zeroizing::new(input.value());
        match pasted(&text) {
            Some(share) => {
                input.set_value("");
                mark::set(HELD);
                stage.set(Stage::Sealed(share));
            }
            None => error.set(Some(words::PASTE_BAD.to_owned())),
        }
    };
    view! {
        <form class="field" on:submit=submit>
            <label class="field__label" for=id.clone()>
                {words::PASTE_KEY}
                <span>{words::PASTE_SIDE}</span>
            </label>
            <div class="row">
                <input
                    node_ref=node
                    class="input input--mono"
                    id=id
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=move || error.read().is_some().then_some("true")
                    aria-describedby=move || error.read().is_some().then(|| described.clone())
                    on:input=move |_| error.set(None)
                />
                <Button submit=true>{words::TRY}</Button>
            </div>
            <FieldError id=error_id error />
        </form>
    }
}

#[component]
fn Failed(error: RevealError, stage: StageSignal) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let message = move |message: &'static str| {
        clipboard.copy_plain(message.to_owned(), words::MESSAGE_COPIED);
    };
    match error {
        RevealError::Expired => view! {
            <Told glyph=Glyph::Clock tone=Tone::Plain title=words::ENDED_TITLE body=words::ENDED_BODY>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::MESSAGE_NEW)>
                    {words::ASK_NEW}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::ExpiredHere { not_after } => view! {
            <Told
                glyph=Glyph::Clock
                tone=Tone::Caution
                title=words::ENDED_HERE_TITLE
                body=words::ended_here(&dates::short(not_after), &dates::short(clock::now()))
            >
                <Button block=true glyph=Glyph::Send on_press=move || message(words::MESSAGE_NEW)>
                    {words::ASK_NEW}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::Used => view! {
            <Told glyph=Glyph::Eye tone=Tone::Danger title=words::USED_TITLE body=words::USED_BODY>
                <div class="stack stack-2">
                    <Button
                        kind=ButtonKind::DangerFill
                        block=true
                        glyph=Glyph::Copy
                        on_press=move || message(words::MESSAGE_USED)
                    >
                        {words::MESSAGE}
                    </Button>
                    <p class="faint t-xs">{words::HOLDER_ONLY}</p>
                </div>
            </Told>
        }
        .into_any(),
        RevealError::Revoked => view! {
            <Told glyph=Glyph::Ban tone=Tone::Plain title=words::REVOKED_TITLE body=words::REVOKED_BODY>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::MESSAGE_NEW)>
                    {words::ASK_NEW}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::Missing => view! {
            <Told glyph=Glyph::Search tone=Tone::Plain title=words::MISSING_TITLE body=words::MISSING_BODY>
                <PasteKey stage />
            </Told>
        }
        .into_any(),
        RevealError::Damaged => view! {
            <Told glyph=Glyph::ShieldAlert tone=Tone::Danger title=words::DAMAGED_TITLE body=words::DAMAGED_BODY>
                <Button block=true glyph=Glyph::Copy on_press=move || message(words::MESSAGE_NEW)>
                    {words::MESSAGE}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::RateLimited { retry_after } => view! {
            <Told
                glyph=Glyph::Hourglass
                tone=Tone::Caution
                title=words::RATE_TITLE
                body=words::rate_body(retry_after)
            >
                ""
            </Told>
        }
        .into_any(),
        _ => view! {
            <Told glyph=Glyph::Offline tone=Tone::Caution title=words::OFFLINE_TITLE body=words::OFFLINE_BODY>
                ""
            </Told>
        }
        .into_any(),
    }
}

/// One state of the page: what happened, what is safe, one way on.
#[component]
fn Told(
    glyph: Glyph,
    tone: Tone,
    #[prop(into)] title: String,
    #[prop(into)] body: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack">
                <GlyphTile glyph tone />
                <div class="stack stack-2" role="status">
                    <h1 class="t-xl">{title}</h1>
                    <p class="muted">{body}</p>
                </div>
                {children()}
            </div>
        </div>
    }
}

/// How long an opened secret stays visible without a word from its reader.
const SHOWN_FOR: u64 = 240_000;
/// The mark of a tab that held a key.
const HELD: &str = "coffer-share-held";
/// The mark of a tab that showed a secret.
const OPENED: &str = "coffer-share-opened";
