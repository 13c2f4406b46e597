//! Fields: a label, a control, a hint and an error that are joined for screen readers.

use leptos::{ev, html, prelude::*};
use web_sys::wasm_bindgen::JsCast;

use super::{Glyph, Icon, IconButton, IconSize, unique_id};

/// The keyboard and checks a text box gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputKind {
    /// Anything.
    #[default]
    Text,
    /// A day and a time, in the person's own time zone.
    DateTime,
    /// An e-mail address.
    Email,
    /// A whole number.
    Number,
    /// Something searched for.
    Search,
    /// An address on the web.
    Url,
}

impl InputKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::DateTime => "datetime-local",
            Self::Email => "email",
            Self::Number => "number",
            Self::Search => "search",
            Self::Url => "url",
        }
    }
}

/// The ids that join a control with its hint and error.
#[derive(Clone)]
struct Ids {
    control: String,
    hint: String,
    error: String,
}

impl Ids {
    fn new() -> Self {
        let control = unique_id("field");
        Self {
            hint: format!("{control}-hint"),
            error: format!("{control}-error"),
            control,
        }
    }

    /// What `aria-describedby` names now.
    fn described(
        &self,
        hint: Signal<String>,
        error: Signal<Option<String>>,
    ) -> impl Fn() -> Option<String> + Send + Clone + use<> {
        let (hint_id, error_id) = (self.hint.clone(), self.error.clone());
        move || {
            let mut ids = Vec::new();
            if error.read().is_some() {
                ids.push(error_id.as_str());
            }
            if !hint.read().is_empty() {
                ids.push(hint_id.as_str());
            }
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    }
}

/// The error under a control.
#[component]
pub fn FieldError(
    /// Its id, named by the control's `aria-describedby`.
    #[prop(optional, into)]
    id: String,
    /// The sentence; nothing when absent.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    move || {
        let id = id.clone();
        error.get().map(|error| {
            view! {
                <p class="field__error" id=id>
                    <Icon glyph=Glyph::Alert size=IconSize::Small />
                    <span>{error}</span>
                </p>
            }
        })
    }
}

/// Label above, hint and error below.
#[component]
fn Frame(
    ids: Ids,
    label: Signal<String>,
    hint: Signal<String>,
    error: Signal<Option<String>>,
    hide_label: bool,
    aside: ViewFn,
    children: Children,
) -> impl IntoView {
    let hint_id = ids.hint.clone();
    view! {
        <div class="field">
            // what stands beside the label is no part of the field's name
            <div class=if hide_label { "sr-only" } else { "field__label" }>
                <label for=ids.control.clone()>{move || label.get()}</label>
                {aside.run()}
            </div>
            {children()}
            <FieldError id=ids.error.clone() error />
            {move || {
                let id = hint_id.clone();
                (!hint.read().is_empty()).then(|| view! { <p class="field__hint" id=id>{hint.get()}</p> })
            }}
        </div>
    }
}

/// One line of text, bound to a signal. Never for a passphrase.
#[component]
pub fn TextField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its text.
    value: RwSignal<String>,
    /// The keyboard it gets.
    #[prop(optional)]
    kind: InputKind,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Something at the end of the label's line.
    #[prop(optional, into)]
    aside: ViewFn,
    /// What a password manager may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// An example inside it.
    #[prop(optional, into)]
    placeholder: String,
    /// Letters of one width.
    #[prop(optional)]
    mono: bool,
    /// The tall one, on single-task pages.
    #[prop(optional)]
    large: bool,
    /// The label is only read aloud.
    #[prop(optional)]
    hide_label: bool,
    /// It must not be empty.
    #[prop(optional)]
    required: bool,
    /// It cannot be changed.
    #[prop(optional, into)]
    read_only: Signal<bool>,
    /// The longest text.
    #[prop(optional)]
    max_length: Option<u32>,
    /// It has the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// Its element, for focus.
    #[prop(optional)]
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let ids = Ids::new();
    let described = ids.described(hint, error);
    if autofocus {
        focus_when_mounted(node_ref);
    }
    view! {
        <Frame ids=ids.clone() label hint error hide_label aside>
            <input
                node_ref=node_ref
                class="input"
                class=("input--mono", mono)
                class=("input--lg", large)
                id=ids.control.clone()
                type=kind.as_str()
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                placeholder=placeholder
                required=required
                readonly=move || read_only.get()
                maxlength=max_length
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </Frame>
    }
}

/// A passphrase. Its text never enters a signal: read it from `node_ref` when the form is sent.
#[component]
pub fn PassphraseField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its element, from which the text is read.
    node_ref: NodeRef<html::Input>,
    /// "Show passphrase".
    #[prop(into)]
    show_word: String,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Something at the end of the label's line.
    #[prop(optional, into)]
    aside: ViewFn,
    /// `current-password` or `new-password`.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    /// It has the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// Told when it gets the focus.
    #[prop(optional, into)]
    on_focus: Option<Callback<()>>,
    /// Told on each key press, without the text.
    #[prop(optional, into)]
    on_input: Option<Callback<()>>,
) -> impl IntoView {
    let ids = Ids::new();
    let described = ids.described(hint, error);
    let shown = RwSignal::new(false);
    if autofocus {
        focus_when_mounted(node_ref);
    }
    // Nothing typed stays in the tree once the form is gone.
    on_cleanup(move || {
        if let Some(Some(input)) = node_ref.try_get_untracked() {
            input.set_value("");
        }
    });
    let invalid = move || error.read().is_some();
    view! {
        <Frame ids=ids.clone() label hint error hide_label=false aside>
            <div class="input-group input-group--lg" data-invalid=move || invalid().then_some("")>
                <input
                    node_ref=node_ref
                    class="input input--lg"
                    id=ids.control.clone()
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=move || invalid().then_some("true")
                    aria-describedby=described
                    on:focus=move |_| {
                        if let Some(on_focus) = on_focus {
                            on_focus.run(());
                        }
                    }
                    on:input=move |_| {
                        if let Some(on_input) = on_input {
                            on_input.run(());
                        }
                    }
                />
                <IconButton
                    label=show_word
                    glyph=Signal::derive(move || if shown.get() { Glyph::EyeOff } else { Glyph::Eye })
                    pressed=shown
                    on_press=move || shown.update(|shown| *shown = !*shown)
                />
            </div>
        </Frame>
    }
}

/// Several lines of text, bound to a signal.
#[component]
pub fn TextArea(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its text.
    value: RwSignal<String>,
    /// How many lines it shows.
    #[prop(default = 4)]
    rows: u32,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Something at the end of the label's line.
    #[prop(optional, into)]
    aside: ViewFn,
    /// Letters of one width.
    #[prop(optional)]
    mono: bool,
    /// An example inside it.
    #[prop(optional, into)]
    placeholder: String,
    /// The label is only read aloud.
    #[prop(optional)]
    hide_label: bool,
    /// Its element, for focus.
    #[prop(optional)]
    node_ref: NodeRef<html::Textarea>,
) -> impl IntoView {
    let ids = Ids::new();
    let described = ids.described(hint, error);
    view! {
        <Frame ids=ids.clone() label hint error hide_label aside>
            <textarea
                node_ref=node_ref
                class="textarea"
                class=("textarea--mono", mono)
                id=ids.control.clone()
                rows=rows
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=placeholder
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </Frame>
    }
}

/// One of a few choices, as the browser's own list.
#[component]
pub fn SelectField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// The chosen key.
    value: RwSignal<String>,
    /// Keys and words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// The label is only read aloud.
    #[prop(optional)]
    hide_label: bool,
) -> impl IntoView {
    let ids = Ids::new();
    let error = Signal::stored(None);
    let described = ids.described(hint, error);
    view! {
        <Frame ids=ids.clone() label hint error hide_label aside=ViewFn::default()>
            <select
                class="select"
                id=ids.control.clone()
                aria-describedby=described
                on:change=move |event| value.set(event_target_value(&event))
            >
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(key, words)| {
                            let own = key.clone();
                            view! {
                                <option value=key selected=move || *value.read() == own>
                                    {words}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Frame>
    }
}

/// A box to tick.
#[component]
pub fn Check(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// It cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || value.get()
                disabled=move || disabled.get()
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <span>{move || label.get()}</span>
            {move || (!hint.read().is_empty()).then(|| view! { <small>{hint.get()}</small> })}
        </label>
    }
}

/// On or off, at once.
#[component]
pub fn Switch(
    /// Its name, read aloud.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is on.
    #[prop(into)]
    value: Signal<bool>,
    /// Told the new state.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <input
            class="switch"
            type="checkbox"
            role="switch"
            aria-label=move || label.get()
            prop:checked=move || value.get()
            on:change=move |event| on_change.run(event_target_checked(&event))
        />
    }
}

/// A place for a file or several: drop them here, or choose them with the button (a drop always has a button beside it).
#[component]
pub fn Drop(
    /// What may be dropped.
    #[prop(into)]
    words: String,
    /// "Choose file".
    #[prop(into)]
    choose_word: String,
    /// The `accept` of the file box, such as `image/*,.txt`.
    #[prop(optional, into)]
    accept: String,
    /// One slim line.
    #[prop(optional)]
    slim: bool,
    /// Several at a time.
    #[prop(optional)]
    many: bool,
    /// Gets the file, or each of them.
    on_file: UnsyncCallback<web_sys::File>,
    /// Further buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let chooser = NodeRef::<html::Input>::new();
    let on_file = StoredValue::new_local(on_file);
    let take = move |files: Option<web_sys::FileList>| {
        let Some(files) = files else { return };
        let most = if many { files.length() } else { 1 };
        for file in (0..most).filter_map(|place| files.get(place)) {
            on_file.with_value(|on_file| on_file.run(file));
        }
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        event.stop_propagation();
        over.set(false);
        take(event.data_transfer().and_then(|data| data.files()));
    };
    let chosen = move |event: ev::Event| {
        let Some(input) = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        take(input.files());
        // the same file may be chosen again after a mistake
        input.set_value("");
    };
    view! {
        <div
            class="drop"
            class=("drop--slim", slim)
            data-over=move || over.get().then_some("")
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <span class="row">
                <Icon glyph=Glyph::Upload />
                <span>{words}</span>
            </span>
            <span class="row">
                <button
                    class="btn btn--sm"
                    type="button"
                    on:click=move |_| {
                        if let Some(chooser) = chooser.get_untracked() {
                            chooser.click();
                        }
                    }
                >
                    {choose_word.clone()}
                </button>
                <input
                    node_ref=chooser
                    type="file"
                    hidden
                    tabindex="-1"
                    aria-label=choose_word.clone()
                    accept=accept
                    multiple=many
                    on:change=chosen
                />
                {children.map(|children| children())}
            </span>
        </div>
    }
}

/// Focuses an input once it stands in the page.
fn focus_when_mounted(node: NodeRef<html::Input>) {
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let Some(input) = node.get() else { return false };
        request_animation_frame(move || drop(input.focus()));
        true
    });
}
