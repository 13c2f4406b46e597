//! What the receivers' two pages share: their frame with the choice of language, states that are told, pasted keys.

use coffer_client::Error;
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use crate::{
    platform::dates,
    state::{
        language::Languages,
        theme::{Theme, Themes},
    },
    text::{self, recipient as words},
    ui::*,
};

/// The frame of a page that whoever was sent a link sees.
#[component]
pub(crate) fn Receiver(
    /// How it works, in a few sentences.
    how: Vec<&'static str>,
    /// The cards.
    children: Children,
) -> impl IntoView {
    view! {
        <SoloPage brand=text::BRAND wide=true tools=|| view! { <Tools /> } foot=|| view! { <Foot /> }>
            {children()}
            <details class="t-sm muted">
                <summary class="disclosure">{words::how()}</summary>
                <ol class="bullets stack stack-1 mt-2">
                    {how.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
                </ol>
            </details>
        </SoloPage>
    }
}

#[component]
fn Tools() -> impl IntoView {
    let (themes, languages) = (Themes::expect(), Languages::expect());
    let theme = Signal::derive(move || match themes.get() {
        Theme::System => words::theme_system().to_owned(),
        Theme::Light => words::theme_light().to_owned(),
        Theme::Dark => words::theme_dark().to_owned(),
    });
    let now = languages.now();
    view! {
        <select
            class="select select--plain"
            aria-label=words::language()
            on:change=move |event| languages.choose(&event_target_value(&event))
        >
            {words::LANGUAGES
                .into_iter()
                .map(|(code, name)| {
                    view! {
                        <option value=code selected=code == now lang=code>
                            {name}
                        </option>
                    }
                })
                .collect_view()}
        </select>
        <IconButton label=theme glyph=Glyph::Moon medium=true on_press=move || themes.turn() />
    }
}

#[component]
fn Foot() -> impl IntoView {
    let explained = RwSignal::new(false);
    view! {
        <span class="row">
            <Icon glyph=Glyph::ShieldCheck size=IconSize::Small />
            {words::foot()}
        </span>
        <button class="link-btn" type="button" aria-haspopup="dialog" on:click=move |_| explained.set(true)>
            {words::foot_what()}
        </button>
        <Dialog open=explained title=words::trust_title() close_word=words::close()>
            <div class="dialog__body stack">
                <p>{words::trust_1()}</p>
                <p>
                    <b>{words::trust_same()}</b>
                    " "
                    {words::trust_2()}
                </p>
                <p class="muted">{words::trust_3()}</p>
            </div>
        </Dialog>
    }
}

/// One state of a page: what happened, what is safe, one way on.
#[component]
pub(crate) fn Told(
    /// Its picture.
    glyph: Glyph,
    /// How grave it is.
    tone: Tone,
    /// What happened.
    #[prop(into)]
    title: String,
    /// What is safe.
    #[prop(into)]
    body: String,
    /// The way on.
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

/// A call that failed, in the receiver's language.
#[component]
pub(crate) fn Banned(
    /// How.
    error: Error,
    /// What is safe when the server was not reached.
    offline: &'static str,
    /// What is safe otherwise; it quotes the cause.
    other: fn(&str) -> String,
) -> impl IntoView {
    let (title, text) = match &error {
        Error::Offline | Error::Transport(_) => (words::offline_title(), offline.to_owned()),
        Error::RateLimited { .. } => (words::rate_title(), String::new()),
        // A server's words are quoted as the server's.
        Error::Server { status, message } => (
            words::other_title(),
            words::server_says(&format!("“{message}” ({status})")),
        ),
        error => (words::other_title(), other(&error.to_string())),
    };
    view! { <Banner title text tone=Tone::Caution glyph=Glyph::Offline /> }
}

/// A box for the key alone, for links that were sent in two parts.
#[component]
pub(crate) fn PasteKey(
    /// Takes what stands behind `#`; false when it is no key.
    on_text: UnsyncCallback<Zeroizing<String>, bool>,
) -> impl IntoView {
    let on_text = StoredValue::new_local(on_text);
    let node = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let id = unique_id("paste-key");
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = node.get_untracked() else { return };
        let text = Zeroizing::new(input.value().split_whitespace().collect::<String>());
        let key = Zeroizing::new(
            text.rsplit_once('#')
                .map_or(text.as_str(), |(_, key)| key)
                .to_owned(),
        );
        input.set_value("");
        if !on_text.with_value(|on_text| on_text.run(key)) {
            input.set_value(&text);
            error.set(Some(words::paste_bad().to_owned()));
        }
    };
    view! {
        <form class="field" on:submit=submit>
            <label class="field__label" for=id.clone()>
                {words::paste_key()}
                <span>{words::paste_side()}</span>
            </label>
            <div class="row">
                <input
                    node_ref=node
                    class="input input--mono"
                    id=id
                    dir="ltr"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=move || error.read().is_some().then_some("true")
                    aria-describedby=move || error.read().is_some().then(|| described.clone())
                    on:input=move |_| error.set(None)
                />
                <Button submit=true>{words::try_key()}</Button>
            </div>
            <FieldError id=error_id error />
        </form>
    }
}

/// A moment, as the receiver's language writes it.
pub(crate) fn when(ms: u64) -> String {
    dates::local(ms, Languages::here())
}

/// A number, likewise.
pub(crate) fn count(number: usize) -> String {
    dates::number(number, Languages::here())
}

/// How much time is left: `38 min`, `21 s`.
pub(crate) fn left(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    if seconds < 100 {
        words::seconds_left(&seconds.to_string())
    } else {
        words::minutes_left(&(seconds / 60).to_string())
    }
}
