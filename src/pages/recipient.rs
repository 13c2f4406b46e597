//! What the receiver of a share link sees: `/s#…`.
//!
//! A program of its own, without the app around it: `boot.js` chooses by the address.
//!
//! No account, no shell, and no call to the server before the button is pressed: a program that only opens the page
//! spends nothing. The key is checked first; the fragment left the address bar before this program started.

use coffer_client::{
    Error, LinkError, ReceivedShare, RevealError, RevealedShare, ShareContent, ShareGlance, SharedSecret,
    share_from_link,
};
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use super::received_file::{Arrived, FileCard};
use super::receiver::{Banned, PasteKey, Receiver, Told, count, left as left_words, when};
use crate::{
    backend::{client, this_server},
    platform::{clock, dates, download, fragment, mark, passphrase},
    state::{clipboard::Clipboard, language::Languages, toasts::Toasts},
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
    /// Open: a file, to be fetched.
    File(Arrived),
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
    /// Several secrets by their names; the text is their `.env` then.
    secrets: Vec<SharedSecret>,
    opened: u64,
    /// The link it came by; none in a preview.
    link: Option<ReceivedShare>,
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
    let languages = Languages::expect();
    move || {
        languages.track();
        view! {
            <Receiver how=vec![words::how_1(), words::how_2(), words::how_3()]>
                {move || {
                    stage
                        .with(|stage_now| match stage_now {
                            Stage::Cleared => view! { <Cleared /> }.into_any(),
                            Stage::Failed(error) => view! { <Failed error=error.clone() stage /> }.into_any(),
                            Stage::File(arrived) => {
                                view! {
                                    <FileCard
                                        arrived=arrived.clone()
                                        on_failure=UnsyncCallback::new(move |error| stage.set(Stage::Failed(error)))
                                        on_clear=UnsyncCallback::new(move |()| stage.set(Stage::Cleared))
                                    />
                                }
                                    .into_any()
                            }
                            Stage::Gone => view! { <Gone stage /> }.into_any(),
                            Stage::Incomplete(error) => view! { <Incomplete error=*error stage /> }.into_any(),
                            Stage::Sealed(share) => view! { <Sealed share=share.clone() stage /> }.into_any(),
                            Stage::Shown(shown) => view! { <Open shown=shown.clone() stage /> }.into_any(),
                        })
                }}
            </Receiver>
        }
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

fn takes_key(stage: StageSignal) -> UnsyncCallback<Zeroizing<String>, bool> {
    UnsyncCallback::new(move |text: Zeroizing<String>| pasted(&text, stage))
}

/// Goes on with a pasted key or whole link. False when it is none.
fn pasted(text: &str, stage: StageSignal) -> bool {
    match share_from_link(text) {
        Ok(share) => {
            mark::set(HELD);
            stage.set(Stage::Sealed(share));
            true
        }
        Err(_) => false,
    }
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
                .map(|revealed| Outcomes::of(revealed, share))
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
                stage.set(opened.0);
            }
            Err(RevealError::WrongPassphrase) => {
                wrong.set(true);
                error.set(Some(words::wrong_field().to_owned()));
                if let Some(input) = passphrase.get_untracked() {
                    drop(input.focus());
                }
            }
            Err(RevealError::Client(failure)) => trouble.set(Some(failure)),
            Err(RevealError::RateLimited { retry_after }) => {
                error.set(Some(rate_words(retry_after)));
                if !needs_passphrase {
                    stage.set(Stage::Failed(RevealError::RateLimited { retry_after }));
                }
            }
            Err(failure) => stage.set(Stage::Failed(failure)),
        }
    });
    let look = Action::new_unsync(move |(): &()| {
        let share = share.get_value();
        async move { client(this_server()).look_at_share(&share).await }
    });
    let seen = RwSignal::new_local(None::<ShareGlance>);
    Effect::new(move |_| match look.value().get() {
        Some(Ok(glance)) => seen.set(Some(glance)),
        Some(Err(RevealError::Client(failure))) => trouble.set(Some(failure)),
        Some(Err(failure)) => stage.set(Stage::Failed(failure)),
        None => {}
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if reveal.pending().get_untracked() {
            return;
        }
        trouble.set(None);
        let typed = passphrase::peek(passphrase);
        if needs_passphrase && typed.is_none() {
            error.set(Some(words::passphrase_empty().to_owned()));
            return;
        }
        error.set(None);
        reveal.dispatch(typed);
    };
    let title = move || {
        if wrong.get() {
            words::wrong_title()
        } else {
            words::title()
        }
    };
    let lead = move || {
        if wrong.get() {
            words::wrong_body()
        } else {
            words::sealed()
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
                        {words::key_ok()}
                    </li>
                    <li class="row">
                        <span class="c-accent">
                            <Icon glyph=Glyph::EyeOff />
                        </span>
                        {move || {
                            if wrong.get() || seen.read().is_some() {
                                words::no_view_used()
                            } else {
                                words::no_call()
                            }
                        }}
                    </li>
                    {move || seen.get().map(|glance| view! { <Seen glance /> })}
                    {needs_passphrase
                        .then(|| {
                            view! {
                                <li class="row">
                                    <span class="c-caution">
                                        <Icon glyph=Glyph::Key />
                                    </span>
                                    {words::passphrase_needed()}
                                </li>
                            }
                        })}
                </ul>
                {needs_passphrase
                    .then(|| {
                        view! {
                            <PassphraseField
                                label=words::passphrase_label()
                                node_ref=passphrase
                                show_word=words::show_passphrase()
                                aside=|| view! { <span>{words::passphrase_side()}</span> }
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
                        .map(|error| {
                            view! {
                                <Banned
                                    error=error.clone()
                                    offline=words::offline_body()
                                    other=words::other_body
                                />
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
                                words::showing()
                            } else if wrong.get() {
                                words::try_again()
                            } else {
                                words::show()
                            }
                        }}
                    </Button>
                    {move || {
                        seen.read()
                            .is_none()
                            .then(|| {
                                view! {
                                    <Button
                                        kind=ButtonKind::Ghost
                                        block=true
                                        busy=look.pending()
                                        on_press=move || {
                                            trouble.set(None);
                                            look.dispatch(());
                                        }
                                    >
                                        {move || {
                                            if look.pending().get() {
                                                words::asking_first()
                                            } else {
                                                words::ask_first()
                                            }
                                        }}
                                    </Button>
                                }
                            })
                    }}
                    <p class="t-sm faint center" role="status">
                        {move || {
                            if reveal.pending().get() && needs_passphrase {
                                words::stretching()
                            } else if needs_passphrase {
                                words::uses_view_pass()
                            } else {
                                words::uses_view()
                            }
                        }}
                    </p>
                </div>
            </form>
        </div>
    }
}

/// What the server says before a view is used: its word, and marked so.
#[component]
fn Seen(glance: ShareGlance) -> impl IntoView {
    let views = match glance.views_left {
        Some(left) => words::views_left(&count(left as usize)),
        None => words::views_free().to_owned(),
    };
    let opened = match glance.last_opened {
        Some(at) => words::last_opened(&when(at)),
        None => words::never_opened().to_owned(),
    };
    let line = |glyph: Glyph, said: String| {
        view! {
            <li class="row">
                <span class="faint">
                    <Icon glyph />
                </span>
                {said}
            </li>
        }
    };
    view! {
        {line(Glyph::Eye, views)}
        {line(Glyph::History, opened)}
        {glance.one_device.then(|| line(Glyph::Lock, words::first_device().to_owned()))}
        {glance.receipts.then(|| line(Glyph::Pencil, words::noted().to_owned()))}
    }
}

/// What an opened share gives to the page.
#[derive(Clone)]
struct Outcomes(Stage);

impl Outcomes {
    fn of(revealed: RevealedShare, link: ReceivedShare) -> Self {
        let arrived = match &revealed.content {
            ShareContent::File(known) => Arrived::of(known, &revealed),
            _ => None,
        };
        Self(match arrived {
            Some(arrived) => Stage::File(arrived),
            None => Stage::Shown(Shown {
                link: Some(link),
                ..Shown::of(revealed.title.as_str(), revealed.content)
            }),
        })
    }
}

impl Shown {
    fn of(title: &str, content: ShareContent) -> Self {
        let given = title.trim().to_owned();
        let mut several = Vec::new();
        let (title, text) = match content {
            ShareContent::Text(text) => (given, text),
            // Only in a preview: there is nothing to fetch.
            ShareContent::File(file) => {
                let size = words::size(file.size);
                (
                    given,
                    Zeroizing::new(format!("{} ({size})", download::safe_name(&file.name))),
                )
            }
            ShareContent::Secrets(mut secrets) if secrets.len() == 1 => {
                let secret = secrets.remove(0);
                (if given.is_empty() { secret.name } else { given }, secret.value)
            }
            ShareContent::Secrets(secrets) => {
                let lines: Vec<(&str, &str)> = secrets
                    .iter()
                    .map(|secret| (secret.name.as_str(), secret.value.as_str()))
                    .collect();
                let text = coffer_client::write_dotenv(&lines);
                several = secrets;
                (given, text)
            }
        };
        let title = if title.is_empty() {
            words::default_title().to_owned()
        } else {
            title
        };
        Self {
            title,
            text,
            secrets: several,
            opened: clock::now(),
            link: None,
        }
    }
}

#[component]
fn Open(shown: Shown, stage: StageSignal) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let toasts = Toasts::expect();
    let title = shown.title.clone();
    let opened = shown.opened;
    let names: Vec<String> = shown.secrets.iter().map(|secret| secret.name.clone()).collect();
    let destroy = shown.link.clone().map(|link| view! { <Destroy link /> });
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
                        {words::opened_here(&dates::local_time(opened, Languages::here()))}
                    </Badge>
                </div>
                <div class="secret--block">
                    {move || {
                        if visible.get() {
                            view! {
                                <div class="secret__value" dir="auto" tabindex="0" role="group" aria-label=words::value_label()>
                                    {secret.with_value(|secret| secret.text.as_str().to_owned())}
                                </div>
                            }
                                .into_any()
                        } else {
                            view! {
                                <div class="secret__value" role="group" aria-label=words::hidden()>
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
                                        <span>{words::hides_in(&left_words(left))}</span>
                                    </span>
                                }
                                    .into_any()
                            }
                            (true, None) => view! { <span>{words::kept()}</span> }.into_any(),
                            (false, _) => view! { <span>{words::hidden()}</span> }.into_any(),
                        }}
                        <Button
                            size=ButtonSize::Small
                            kind=ButtonKind::Ghost
                            on_press=move || if visible.get_untracked() { visible.set(false) } else { show() }
                        >
                            {move || if visible.get() { words::hide() } else { words::reveal() }}
                        </Button>
                        <Show when=move || visible.get() && until.get().is_some()>
                            <Button
                                size=ButtonSize::Small
                                kind=ButtonKind::Ghost
                                on_press=move || until.set(None)
                            >
                                {words::keep()}
                            </Button>
                        </Show>
                    </div>
                </div>
                {(!names.is_empty())
                    .then(|| {
                        view! {
                            <ul class="stack stack-2">
                                {names
                                    .into_iter()
                                    .enumerate()
                                    .map(|(at, name)| {
                                        let copied = name.clone();
                                        view! {
                                            <li class="row row--between">
                                                <span class="mono anywhere" dir="ltr">
                                                    {name.clone()}
                                                </span>
                                                <Button
                                                    size=ButtonSize::Small
                                                    glyph=Glyph::Copy
                                                    label=format!("{} {name}", words::copy())
                                                    on_press=move || {
                                                        let value = secret
                                                            .with_value(|secret| {
                                                                secret.secrets.get(at).map(|one| one.value.clone())
                                                            });
                                                        if let Some(value) = value {
                                                            clipboard.copy_secret(value, copied.clone());
                                                        }
                                                    }
                                                >
                                                    {words::copy()}
                                                </Button>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })}
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
                            {words::copy()}
                        </Button>
                    </span>
                    <span class="grow">
                        <Button
                            block=true
                            glyph=Glyph::Download
                            on_press=move || {
                                let saved = secret
                                    .with_value(|secret| {
                                        download::text(words::file_name(), "text/plain", &secret.text)
                                    });
                                if saved {
                                    toasts.say(words::saved_file());
                                }
                            }
                        >
                            {words::save_file()}
                        </Button>
                    </span>
                </div>
                <Outcome glyph=Glyph::Info plain=true>
                    <p>{words::after()}</p>
                    <p>{words::after_sub()}</p>
                </Outcome>
                <Button
                    kind=ButtonKind::Danger
                    block=true
                    glyph=Glyph::Flame
                    on_press=move || stage.set(Stage::Cleared)
                >
                    {words::clear()}
                </Button>
                {destroy}
            </div>
        </div>
        <p class="t-sm faint center">{words::expect()}</p>
    }
}

/// Has the link destroyed, once its reader has what they need.
#[component]
fn Destroy(link: ReceivedShare) -> impl IntoView {
    let link = StoredValue::new_local(link);
    let destroy = Action::new_unsync(move |(): &()| {
        let link = link.get_value();
        async move { client(this_server()).destroy_share(&link, None).await }
    });
    let outcome = move || {
        destroy
            .value()
            .get()
            .map(|outcome| Destruction::of(outcome.err()))
    };
    let is_over = Memo::new(move |_| outcome().is_some_and(|outcome| outcome.is_over()));
    view! {
        <div class="stack stack-2">
            <Button
                block=true
                glyph=Glyph::Ban
                busy=destroy.pending()
                disabled=is_over
                on_press=move || {
                    destroy.dispatch(());
                }
            >
                {move || if destroy.pending().get() { words::destroying() } else { words::destroy() }}
            </Button>
            <p class="t-sm faint center" role="status">
                {move || outcome().map_or(words::destroy_hint(), Destruction::words)}
            </p>
        </div>
    }
}

/// What became of the wish to destroy a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destruction {
    /// It had ended.
    Before,
    /// The server does not know it, or not how.
    Cannot,
    /// Just now.
    Done,
    /// Something else is wrong.
    Failed,
}

impl Destruction {
    fn of(error: Option<RevealError>) -> Self {
        match error {
            None => Self::Done,
            Some(
                RevealError::Destroyed | RevealError::Expired | RevealError::Revoked | RevealError::Used,
            ) => Self::Before,
            Some(RevealError::Missing) => Self::Cannot,
            Some(_) => Self::Failed,
        }
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Before | Self::Done)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Before => words::destroyed_before(),
            Self::Cannot => words::destroy_cannot(),
            Self::Done => words::destroyed_here(),
            Self::Failed => words::destroy_failed(),
        }
    }
}

/// What the recipient will see, from what its maker still has: no server is asked, so no view is used.
#[component]
pub(crate) fn Preview(
    /// The sealed title.
    title: String,
    /// What was sealed.
    content: ShareContent,
    /// A passphrase will be asked for.
    has_passphrase: bool,
) -> impl IntoView {
    let shown = Shown::of(&title, content);
    let opened = RwSignal::new(false);
    // Clearing the previewed page goes back to its beginning.
    let stage = RwSignal::new_local(Stage::Gone);
    Effect::new(move |_| {
        if stage.with(|stage| matches!(stage, Stage::Cleared)) {
            opened.set(false);
            stage.set(Stage::Gone);
        }
    });
    move || {
        if opened.get() {
            view! { <Open shown=shown.clone() stage /> }.into_any()
        } else {
            view! {
                <div class="card">
                    <div class="card__body stack">
                        <GlyphTile glyph=Glyph::Lock tone=Tone::Accent />
                        <div class="stack stack-2">
                            <h3 class="t-xl">{words::title()}</h3>
                            <p class="muted">{words::sealed()}</p>
                            {has_passphrase.then(|| view! { <p class="muted">{words::passphrase_needed()}</p> })}
                        </div>
                        <Button kind=ButtonKind::Primary block=true on_press=move || opened.set(true)>
                            {words::show()}
                        </Button>
                    </div>
                </div>
            }
                .into_any()
        }
    }
}

#[component]
fn Cleared() -> impl IntoView {
    view! {
        <Told glyph=Glyph::Check tone=Tone::Accent title=words::cleared_title() body=words::cleared_body()>
            ""
        </Told>
    }
}

#[component]
fn Gone(stage: StageSignal) -> impl IntoView {
    view! {
        <Told glyph=Glyph::Refresh tone=Tone::Caution title=words::gone_title() body=words::gone_body()>
            <PasteKey on_text=takes_key(stage) />
        </Told>
    }
}

#[component]
fn Incomplete(error: LinkError, stage: StageSignal) -> impl IntoView {
    let (title, body) = match error {
        LinkError::NoKey => (words::incomplete_title(), words::incomplete_body()),
        LinkError::Unsupported => (words::newer_title(), words::newer_body()),
        _ => (words::damaged_link_title(), words::damaged_link_body()),
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
fn Failed(error: RevealError, stage: StageSignal) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let message = move |message: &'static str| {
        clipboard.copy_plain(message.to_owned(), words::message_copied());
    };
    match error {
        RevealError::Expired => view! {
            <Told glyph=Glyph::Clock tone=Tone::Plain title=words::ended_title() body=words::ended_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::ExpiredHere { not_after } => view! {
            <Told
                glyph=Glyph::Clock
                tone=Tone::Caution
                title=words::ended_here_title()
                body=words::ended_here(&when(not_after), &when(clock::now()))
            >
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::Used => view! {
            <Told glyph=Glyph::Eye tone=Tone::Danger title=words::used_title() body=words::used_body()>
                <div class="stack stack-2">
                    <Button
                        kind=ButtonKind::DangerFill
                        block=true
                        glyph=Glyph::Copy
                        on_press=move || message(words::message_used())
                    >
                        {words::message()}
                    </Button>
                    <p class="faint t-xs">{words::holder_only()}</p>
                </div>
            </Told>
        }
        .into_any(),
        RevealError::Revoked => view! {
            <Told glyph=Glyph::Ban tone=Tone::Plain title=words::revoked_title() body=words::revoked_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::Destroyed => view! {
            <Told glyph=Glyph::Flame tone=Tone::Plain title=words::destroyed_title() body=words::destroyed_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::OtherDevice => view! {
            <Told glyph=Glyph::ShieldAlert tone=Tone::Caution title=words::device_title() body=words::device_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::OtherNetwork => view! {
            <Told glyph=Glyph::Ban tone=Tone::Plain title=words::network_title() body=words::network_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::FetchedTooLate => view! {
            <Told glyph=Glyph::Clock tone=Tone::Plain title=words::late_title() body=words::late_body()>
                <Button block=true glyph=Glyph::Send on_press=move || message(words::message_new())>
                    {words::ask_new()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::Unfinished => view! {
            <Told
                glyph=Glyph::Hourglass
                tone=Tone::Caution
                title=words::unfinished_title()
                body=words::unfinished_body()
            >
                ""
            </Told>
        }
        .into_any(),
        RevealError::Missing => view! {
            <Told glyph=Glyph::Search tone=Tone::Plain title=words::missing_title() body=words::missing_body()>
                <PasteKey on_text=takes_key(stage) />
            </Told>
        }
        .into_any(),
        RevealError::Damaged => view! {
            <Told glyph=Glyph::ShieldAlert tone=Tone::Danger title=words::damaged_title() body=words::damaged_body()>
                <Button block=true glyph=Glyph::Copy on_press=move || message(words::message_new())>
                    {words::message()}
                </Button>
            </Told>
        }
        .into_any(),
        RevealError::RateLimited { retry_after } => view! {
            <Told
                glyph=Glyph::Hourglass
                tone=Tone::Caution
                title=words::rate_title()
                body=rate_words(retry_after)
            >
                ""
            </Told>
        }
        .into_any(),
        _ => view! {
            <Told glyph=Glyph::Offline tone=Tone::Caution title=words::offline_title() body=words::offline_body()>
                ""
            </Told>
        }
        .into_any(),
    }
}

fn rate_words(seconds: Option<u32>) -> String {
    match seconds {
        Some(seconds) => words::rate_in(&seconds.to_string()),
        None => words::rate_soon().to_owned(),
    }
}

/// How long an opened secret stays visible without a word from its reader.
const SHOWN_FOR: u64 = 240_000;
/// The mark of a tab that held a key.
const HELD: &str = "coffer-share-held";
/// The mark of a tab that showed a secret.
const OPENED: &str = "coffer-share-opened";
