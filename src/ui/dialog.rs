//! Native `<dialog>`s: focus trap, Esc and inertness come with `showModal()`.

use leptos::{ev, html, prelude::*};
use web_sys::wasm_bindgen::JsCast;

use super::{Button, ButtonKind, Glyph, Icon, IconButton, TextField};

/// A modal `<dialog>` of any look: a focus trap that Esc and a click outside leave. Name it, by `attr:aria-label` or
/// `attr:aria-labelledby`.
#[component]
pub fn Modal(
    /// Whether it is open. Closing by Esc or outside sets it to false.
    open: RwSignal<bool>,
    /// The classes of its look.
    class: &'static str,
    /// It cannot be left while something runs.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Told after it closed.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// What it holds, also while it is closed: nothing secret outside a `<Show>`.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // a detached dialog cannot be shown; then it simply stays closed
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let closed = move |_: ev::Event| {
        // The browser tells of it a moment later: by then it may be open again, or its page gone.
        let is_open = node.try_get_untracked().flatten().map(|dialog| dialog.open());
        if is_open != Some(false) {
            return;
        }
        if open.try_get_untracked() == Some(true) {
            open.set(false);
        }
        if let Some(on_close) = on_close {
            on_close.try_run(());
        }
    };
    let cancel = move |event: ev::Event| {
        // A file field in it that was left without a choice tells so by the same name.
        if itself(&event).is_none() {
            return;
        }
        // Left to itself the browser closes it now and tells of it later. Opened again in between, by a key that came
        // quickly, it would still hold what was typed before.
        event.prevent_default();
        if !busy.get_untracked() {
            open.set(false);
        }
    };
    let outside = move |event: ev::MouseEvent| {
        if let Some(dialog) = itself(&event) {
            let area = dialog.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            let inside = x >= area.left() && x <= area.right() && y >= area.top() && y <= area.bottom();
            if !inside && !busy.get_untracked() {
                open.set(false);
            }
        }
    };
    view! {
        <dialog node_ref=node class=class on:close=closed on:cancel=cancel on:mousedown=outside>
            {children()}
        </dialog>
    }
}

/// The dialog, when an event is its own and not of something in it.
fn itself(event: &ev::Event) -> Option<web_sys::HtmlDialogElement> {
    event.target()?.dyn_into().ok()
}

/// A modal dialog with a heading. What it holds is mounted only while it is open, so nothing secret outlives it.
#[component]
pub fn Dialog(
    /// Whether it is open. Closing by Esc, by the cross or outside sets it to false.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// One sentence under the heading.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The word on the cross.
    #[prop(into)]
    close_word: String,
    /// A wider dialog.
    #[prop(optional)]
    wide: bool,
    /// It cannot be left while something runs.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Told after it closed.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// What it holds: a [`DialogForm`], or a `div.dialog__body` and a [`DialogFoot`].
    children: ChildrenFn,
) -> impl IntoView {
    let heading = super::unique_id("dialog");
    let labelled = heading.clone();
    let on_close = Callback::new(move |()| {
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    });
    let children = StoredValue::new(children);
    view! {
        <Modal
            open
            class=if wide { "dialog dialog--wide" } else { "dialog" }
            busy
            on_close
            attr:aria-labelledby=labelled
        >
            <div class="dialog__head">
                <div>
                    <h2 id=heading>{move || title.get()}</h2>
                    {move || (!note.read().is_empty()).then(|| view! { <p class="muted t-sm">{note.get()}</p> })}
                </div>
                <IconButton
                    label=close_word
                    glyph=Glyph::X
                    disabled=busy
                    on_press=move || open.set(false)
                />
            </div>
            <Show when=move || open.get()>{move || children.with_value(|children| children())}</Show>
        </Modal>
    }
}

/// The row of buttons at the foot of a dialog.
#[component]
pub fn DialogFoot(
    /// The buttons: the quiet one first, the act last.
    children: Children,
) -> impl IntoView {
    view! { <div class="dialog__foot">{children()}</div> }
}

/// A form in a dialog: what is asked, then the quiet button that closes the dialog and the one that does it. What is
/// wrong with a field stands beside it, so the browser validates nothing.
#[component]
pub fn DialogForm(
    /// Whether its dialog is open.
    open: RwSignal<bool>,
    /// The verb on the button.
    #[prop(into)]
    verb: Signal<String>,
    /// The word on the quiet button.
    #[prop(into)]
    cancel_word: String,
    /// How the button stands out.
    #[prop(default = ButtonKind::Primary)]
    kind: ButtonKind,
    /// An icon before the verb.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// The act is running: it is not started twice, and the dialog stays.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It cannot be done now. Say why above.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Does it.
    #[prop(into)]
    on_submit: Callback<()>,
    /// What is asked.
    children: Children,
) -> impl IntoView {
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && !disabled.get_untracked() {
            on_submit.run(());
        }
    };
    view! {
        <form class="dialog__form" on:submit=submit novalidate>
            <div class="dialog__body stack">{children()}</div>
            <DialogFoot>
                <Button kind=ButtonKind::Ghost disabled=busy on_press=move || open.set(false)>
                    {cancel_word}
                </Button>
                <Button kind submit=true busy disabled>
                    {glyph.map(|glyph| view! { <Icon glyph /> })}
                    {move || verb.get()}
                </Button>
            </DialogFoot>
        </form>
    }
}

/// A question before something is lost. It names the thing and the consequence; its button says the verb.
#[component]
pub fn Confirm(
    /// Whether it is open. It stays open until `on_confirm`'s owner closes it.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// The verb on the button.
    #[prop(into)]
    verb: Signal<String>,
    /// The word on the quiet button.
    #[prop(into)]
    cancel_word: String,
    /// What has to be typed first, such as the thing's name; nothing when empty.
    #[prop(optional, into)]
    typed: Signal<String>,
    /// The label over the box where it is typed.
    #[prop(optional, into)]
    typed_label: Signal<String>,
    /// Whether the act is irreversible.
    #[prop(default = true)]
    danger: bool,
    /// The act is running.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Does it.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// Told after it closed, answered with no or done.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// The consequence, and what stays safe.
    children: ChildrenFn,
) -> impl IntoView {
    let entry = RwSignal::new(String::new());
    let differs =
        Signal::derive(move || !typed.read().is_empty() && entry.read().trim() != typed.read().trim());
    let cancel = StoredValue::new(cancel_word.clone());
    let children = StoredValue::new(children);
    view! {
        <Dialog
            open
            title
            close_word=cancel_word
            busy
            on_close=move || {
                entry.set(String::new());
                if let Some(on_close) = on_close {
                    on_close.run(());
                }
            }
        >
            <DialogForm
                open
                verb
                cancel_word=cancel.get_value()
                kind=if danger { ButtonKind::DangerFill } else { ButtonKind::Primary }
                busy
                disabled=differs
                on_submit=on_confirm
            >
                {children.with_value(|children| children())}
                {move || {
                    (!typed.read().is_empty())
                        .then(|| view! { <TextField label=typed_label.get() value=entry mono=true autofocus=true /> })
                }}
            </DialogForm>
        </Dialog>
    }
}
