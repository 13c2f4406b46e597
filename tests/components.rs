//! Widgets as people meet them: found by role and name, pressed, and asked what they announce.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use coffer_page::records;
use coffer_web::ui::*;
use gloo_timers::future::TimeoutFuture;
use leptos::{mount::UnmountHandle, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

/// A place in the page for one test, removed at its end.
struct Stage<M: Mountable> {
    root: HtmlElement,
    _mounted: UnmountHandle<M>,
}

fn stage<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> Stage<<V as Render>::State> {
    let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&root).unwrap();
    let mounted = mount_to(root.clone(), view);
    Stage {
        root,
        _mounted: mounted,
    }
}

impl<M: Mountable> Drop for Stage<M> {
    fn drop(&mut self) {
        self.root.remove();
    }
}

impl<M: Mountable> Stage<M> {
    fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length())
            .map(|at| found.item(at).unwrap().unchecked_into())
            .collect()
    }

    /// The control with a role and an accessible name.
    fn named(&self, selector: &str, name: &str) -> HtmlElement {
        self.all(selector)
            .into_iter()
            .find(|element| accessible_name(element) == name)
            .unwrap_or_else(|| panic!("no {selector} is named {name}"))
    }

    fn text(&self) -> String {
        self.root.text_content().unwrap_or_default()
    }
}

/// Enough of the name computation for these widgets: `aria-label`, the `<label>` of a field, then the text.
fn accessible_name(element: &Element) -> String {
    if let Some(label) = element.get_attribute("aria-label") {
        return label;
    }
    if let Some(id) = element.get_attribute("id")
        && let Ok(Some(label)) = document().query_selector(&format!("label[for='{id}']"))
    {
        return label.text_content().unwrap_or_default().trim().to_owned();
    }
    element.text_content().unwrap_or_default().trim().to_owned()
}

/// What `aria-describedby` reads out.
fn description(element: &Element) -> String {
    element
        .get_attribute("aria-describedby")
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|id| document().get_element_by_id(id)?.text_content())
        .collect::<Vec<_>>()
        .join(" ")
}

async fn tick() {
    TimeoutFuture::new(0).await;
    TimeoutFuture::new(0).await;
}

fn type_into(input: &HtmlInputElement, text: &str) {
    input.set_value(text);
    input
        .dispatch_event(&web_sys::Event::new("input").unwrap())
        .unwrap();
}

/// `new KeyboardEvent("keydown", { key, bubbles: true })`
fn key_press(key: &str) -> web_sys::Event {
    event(
        "KeyboardEvent",
        "keydown",
        &[("key", key.into()), ("bubbles", true.into())],
    )
}

/// `new Class(name, init)`
fn event(class: &str, name: &str, init: &[(&str, JsValue)]) -> web_sys::Event {
    let fields = js_sys::Object::new();
    for (field, value) in init {
        js_sys::Reflect::set(&fields, &(*field).into(), value).unwrap();
    }
    let constructor: js_sys::Function = js_sys::Reflect::get(&js_sys::global(), &class.into())
        .unwrap()
        .unchecked_into();
    let arguments = js_sys::Array::of2(&name.into(), &fields);
    js_sys::Reflect::construct(&constructor, &arguments)
        .unwrap()
        .unchecked_into()
}

#[wasm_bindgen_test]
async fn a_busy_button_says_so_and_ignores_presses() {
    let (presses, set_presses) = signal(0);
    let busy = RwSignal::new(false);
    let stage = stage(move || {
        view! { <Button busy on_press=move || set_presses.update(|presses| *presses += 1)>"Save"</Button> }
    });
    let button = stage.named("button", "Save");
    button.click();
    tick().await;
    assert_eq!(presses.get_untracked(), 1);
    busy.set(true);
    tick().await;
    button.click();
    tick().await;
    assert_eq!(presses.get_untracked(), 1, "a busy button acted");
    assert_eq!(button.get_attribute("aria-busy").as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn a_field_reads_its_error_and_hint_aloud() {
    let value = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let stage = stage(move || view! { <TextField label="E-mail" value hint="For signing in." error /> });
    let input = stage.named("input", "E-mail");
    assert_eq!(description(&input), "For signing in.");
    assert_eq!(input.get_attribute("aria-invalid"), None);
    error.set(Some("An e-mail address, such as mara@example.org.".into()));
    tick().await;
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert!(
        description(&input).starts_with("An e-mail address"),
        "{}",
        description(&input)
    );
    type_into(input.unchecked_ref(), "mara@halden.example");
    assert_eq!(value.get_untracked(), "mara@halden.example");
}

#[wasm_bindgen_test]
async fn a_passphrase_box_forgets_its_text_when_it_goes() {
    let shown = RwSignal::new(true);
    let node = NodeRef::<leptos::html::Input>::new();
    let stage = stage(move || {
        view! {
            <Show when=move || shown.get()>
                <PassphraseField label="Passphrase" node_ref=node show_word="Show passphrase" />
            </Show>
        }
    });
    tick().await;
    let input: HtmlInputElement = stage.named("input", "Passphrase").unchecked_into();
    assert_eq!(input.type_(), "password");
    input.set_value("correct horse battery");
    stage.named("button", "Show passphrase").click();
    tick().await;
    assert_eq!(input.type_(), "text");
    shown.set(false);
    tick().await;
    assert_eq!(input.value(), "", "a removed box kept what was typed");
}

#[wasm_bindgen_test]
async fn a_dialog_mounts_what_it_holds_only_while_it_is_open() {
    let open = RwSignal::new(false);
    let stage = stage(move || {
        view! {
            <Dialog open title="Details" close_word="Close">
                <div class="dialog__body">"sk_live_51Nx"</div>
            </Dialog>
        }
    });
    tick().await;
    assert!(
        !stage.text().contains("sk_live"),
        "a closed dialog holds its content"
    );
    open.set(true);
    tick().await;
    let dialog: web_sys::HtmlDialogElement = stage.all("dialog")[0].clone().unchecked_into();
    assert!(dialog.open());
    assert!(stage.text().contains("sk_live"));
    stage.named("button", "Close").click();
    tick().await;
    assert!(!dialog.open());
    assert!(
        !stage.text().contains("sk_live"),
        "a closed dialog kept its content"
    );
}

#[wasm_bindgen_test]
async fn a_confirmation_waits_for_the_typed_name() {
    let open = RwSignal::new(true);
    let (done, set_done) = signal(false);
    let stage = stage(move || {
        view! {
            <Confirm
                open
                title="Delete payments-api?"
                verb="Delete project"
                cancel_word="Cancel"
                typed="payments-api"
                typed_label="Type payments-api to go on"
                on_confirm=move || set_done.set(true)
            >
                <p>"Its secrets are deleted on the server."</p>
            </Confirm>
        }
    });
    tick().await;
    let delete: web_sys::HtmlButtonElement = stage.named("button", "Delete project").unchecked_into();
    assert!(delete.disabled());
    let input: HtmlInputElement = stage
        .named("input", "Type payments-api to go on")
        .unchecked_into();
    type_into(&input, "payments");
    tick().await;
    assert!(delete.disabled());
    type_into(&input, "payments-api");
    tick().await;
    assert!(!delete.disabled());
    delete.click();
    tick().await;
    assert!(done.get_untracked());
}

#[wasm_bindgen_test]
async fn a_dialog_whose_act_runs_is_neither_left_nor_started_again() {
    let open = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let (done, set_done) = signal(0);
    let (closed, set_closed) = signal(false);
    let stage = stage(move || {
        view! {
            <Confirm
                open
                title="End the link?"
                verb="End it"
                cancel_word="Keep it"
                busy
                on_confirm=move || {
                    set_done.update(|done| *done += 1);
                    busy.set(true);
                }
                on_close=move || set_closed.set(true)
            >
                <p>"Nobody opens it any more."</p>
            </Confirm>
        }
    });
    // The cross and the quiet button have the same name.
    let leave = || {
        for button in stage.all("dialog button") {
            if accessible_name(&button) == "Keep it" {
                button.click();
            }
        }
    };
    tick().await;
    let dialog: web_sys::HtmlDialogElement = stage.all("dialog")[0].clone().unchecked_into();
    for _ in 0..2 {
        stage.named("button", "End it").click();
        tick().await;
    }
    assert_eq!(done.get_untracked(), 1);
    leave();
    tick().await;
    assert!(dialog.open() && !closed.get_untracked());
    busy.set(false);
    tick().await;
    leave();
    tick().await;
    // Its event comes a task later.
    tick().await;
    assert!(!dialog.open() && closed.get_untracked());
}

#[wasm_bindgen_test]
async fn a_dialog_left_by_escape_is_closed_before_the_next_key_comes() {
    let open = RwSignal::new(true);
    let stage = stage(move || {
        view! {
            <Modal open class="dialog">
                <input type="file" />
            </Modal>
        }
    });
    tick().await;
    let cancel = || {
        let init = [("bubbles", true.into()), ("cancelable", true.into())];
        event("Event", "cancel", &init)
    };
    stage.all("input")[0].dispatch_event(&cancel()).unwrap();
    assert!(open.get_untracked(), "no file chosen closed the dialog");
    let left_to_the_browser = stage.all("dialog")[0].dispatch_event(&cancel()).unwrap();
    assert!(!left_to_the_browser && !open.get_untracked());
    tick().await;
    let dialog: web_sys::HtmlDialogElement = stage.all("dialog")[0].clone().unchecked_into();
    assert!(!dialog.open());
}

#[wasm_bindgen_test]
async fn nothing_that_was_being_kept_outlives_that_everything_is_forgotten() {
    records::save("before", b"sealed").await.unwrap();
    let under_way = records::save("under-way", b"sealed");
    let (saved, wiped) = futures_util::future::join(under_way, records::wipe()).await;
    assert!(saved.is_err());
    wiped.unwrap();
    assert_eq!(records::keys().await.unwrap(), Vec::<String>::new());
    records::save("afterwards", b"sealed").await.unwrap();
    let kept = records::load("afterwards").await.unwrap();
    assert_eq!(kept.as_deref(), Some(b"sealed".as_slice()));
    records::wipe().await.unwrap();
}

#[wasm_bindgen_test]
async fn segments_are_one_stop_and_arrow_keys_choose() {
    let value = RwSignal::new(1_u64);
    let stage = stage(move || {
        view! {
            <Seg
                label="Lock after"
                value
                options=vec![(1, "1 min".to_owned()), (5, "5 min".to_owned()), (15, "15 min".to_owned())]
                on_choose=move |minutes| value.set(minutes)
            />
        }
    });
    tick().await;
    let stops = || stage.all("[role=radio][tabindex='0']").len();
    assert_eq!(stops(), 1);
    let press = |name: &str, key: &str| {
        stage
            .named("[role=radio]", name)
            .dispatch_event(&key_press(key))
            .unwrap();
    };
    press("1 min", "ArrowRight");
    tick().await;
    assert_eq!(value.get_untracked(), 5);
    assert_eq!(
        stage
            .named("[role=radio]", "5 min")
            .get_attribute("aria-checked")
            .as_deref(),
        Some("true")
    );
    assert_eq!(stops(), 1);
    press("5 min", "ArrowLeft");
    press("1 min", "ArrowLeft");
    tick().await;
    assert_eq!(
        value.get_untracked(),
        15,
        "the first has the last as its neighbour"
    );
}

#[wasm_bindgen_test]
async fn a_menu_opens_by_its_button_and_closes_by_its_item() {
    let (done, set_done) = signal(false);
    let stage = stage(move || {
        view! {
            <Menu label="More for DATABASE_URL">
                <MenuItem on_press=move || set_done.set(true)>"Rename"</MenuItem>
                <MenuItem danger=true on_press=|| ()>"Delete"</MenuItem>
            </Menu>
        }
    });
    let menu = stage.all("[role=menu]")[0].clone();
    let button = stage.named("button", "More for DATABASE_URL");
    button.click();
    TimeoutFuture::new(50).await;
    assert!(menu.matches(":popover-open").unwrap());
    assert_eq!(button.get_attribute("aria-expanded").as_deref(), Some("true"));
    assert_eq!(
        document()
            .active_element()
            .map(|it| accessible_name(&it))
            .as_deref(),
        Some("Rename")
    );
    stage.named("[role=menuitem]", "Rename").click();
    TimeoutFuture::new(50).await;
    assert!(done.get_untracked());
    assert!(!menu.matches(":popover-open").unwrap());
}

#[wasm_bindgen_test]
async fn a_notice_is_announced_and_its_act_undoes() {
    let (undone, set_undone) = signal(false);
    let items = RwSignal::new(vec![ToastItem {
        id: 7,
        glyph: Glyph::Trash,
        words: Signal::stored("LEGACY_WEBHOOK_URL deleted".to_owned()),
        left: None,
        act: Some(("Undo".to_owned(), Callback::new(move |()| set_undone.set(true)))),
    }]);
    let stage = stage(move || {
        view! {
            <ToastHost
                items
                dismiss_word="Dismiss"
                on_dismiss=move |id| items.update(|items| items.retain(|item| item.id != id))
            />
        }
    });
    tick().await;
    let region = stage.all("[role=status]")[0].clone();
    assert!(
        region
            .text_content()
            .unwrap()
            .contains("LEGACY_WEBHOOK_URL deleted")
    );
    stage.named("button", "Undo").click();
    tick().await;
    assert!(undone.get_untracked());
    assert!(!stage.text().contains("LEGACY_WEBHOOK_URL"));
}

#[wasm_bindgen_test]
async fn a_qr_code_has_a_name_and_a_too_long_text_says_so() {
    let stage = stage(|| {
        view! {
            <QrCode text="https://coffer.example/s#k" label="QR code of the link" too_long="Too long." />
            <QrCode text="x".repeat(4_000) label="QR code of too much" too_long="Too long." />
        }
    });
    tick().await;
    let codes = stage.all("svg[role=img]");
    assert_eq!(codes.len(), 1);
    assert_eq!(accessible_name(&codes[0]), "QR code of the link");
    assert!(stage.text().contains("Too long."));
}
