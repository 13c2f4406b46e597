//! A button that opens a short list of acts: a native popover with the keys of a menu.

use leptos::{ev, html, prelude::*};
use web_sys::wasm_bindgen::JsCast;

use super::{Glyph, Icon, unique_id};

/// What closes the menu an item stands in.
#[derive(Clone, Copy)]
struct Host(NodeRef<html::Div>);

impl Host {
    fn close(self) {
        if let Some(list) = self.0.get_untracked() {
            // already closed: nothing to do
            drop(list.hide_popover());
        }
    }
}

/// A menu and its button.
#[component]
pub fn Menu(
    /// The button's name: "More for DATABASE_URL".
    #[prop(into)]
    label: Signal<String>,
    /// The button's icon when it shows no words.
    #[prop(default = Glyph::More)]
    glyph: Glyph,
    /// The button's class.
    #[prop(default = "icon-btn")]
    class: &'static str,
    /// What the button shows instead of its icon.
    #[prop(optional, into)]
    face: Option<ViewFn>,
    /// Opens towards the end of the line.
    #[prop(optional)]
    towards_end: bool,
    /// The items. They are made when the menu is opened first: a long table has one menu per row.
    children: Children,
) -> impl IntoView {
    let id = unique_id("menu");
    let list = NodeRef::<html::Div>::new();
    let open = RwSignal::new(false);
    let wanted = RwSignal::new(false);
    let items = StoredValue::new_local(Some(children));
    provide_context(Host(list));
    let toggled = move |_: ev::Event| {
        let Some(list) = list.get_untracked() else { return };
        let now = list.matches(":popover-open").unwrap_or(false);
        open.set(now);
        if now {
            focus_item(&list, Move::First);
        }
    };
    let pressed = move |event: ev::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        let step = match event.key().as_str() {
            "ArrowDown" => Move::Next,
            "ArrowUp" => Move::Previous,
            "Home" => Move::First,
            "End" => Move::Last,
            "Tab" => {
                drop(list.hide_popover());
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        focus_item(&list, step);
    };
    let shows_words = face.is_some();
    view! {
        <button
            class=class
            type="button"
            popovertarget=id.clone()
            aria-haspopup="menu"
            aria-expanded=move || open.get().to_string()
            aria-label=move || (!shows_words).then(|| label.get())
            title=move || label.get()
            on:click=move |_| {
                if !wanted.get_untracked() {
                    wanted.set(true);
                }
            }
        >
            {match face {
                Some(face) => face.run(),
                None => view! { <Icon glyph /> }.into_any(),
            }}
        </button>
        <div
            node_ref=list
            class="menu"
            id=id
            role="menu"
            popover="auto"
            aria-label=move || label.get()
            data-side=towards_end.then_some("end")
            on:toggle=toggled
            on:keydown=pressed
        >
            {move || {
                wanted
                    .get()
                    .then(|| items.try_update_value(Option::take).flatten().map(|items| items()))
            }}
        </div>
    }
}

/// One act of a menu.
#[component]
pub fn MenuItem(
    /// The icon.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// It loses something.
    #[prop(optional)]
    danger: bool,
    /// It cannot be chosen now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// It is the one in use: shown with a tick.
    #[prop(optional, into)]
    current: Signal<bool>,
    /// Does it.
    #[prop(into)]
    on_press: Callback<()>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let host = use_context::<Host>();
    view! {
        <button
            class="menu__item"
            type="button"
            role="menuitem"
            tabindex="-1"
            data-tone=danger.then_some("danger")
            aria-disabled=move || disabled.get().then_some("true")
            aria-current=move || current.get().then_some("true")
            on:click=move |_| {
                if disabled.get_untracked() {
                    return;
                }
                if let Some(host) = host {
                    host.close();
                }
                on_press.run(());
            }
        >
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            {children()}
            <svg class="i i-sm menu__tick" aria-hidden="true">
                <use_ href=Glyph::Check.href()></use_>
            </svg>
        </button>
    }
}

/// A line between groups.
#[component]
pub fn MenuRule() -> impl IntoView {
    view! { <div class="menu__rule" role="separator"></div> }
}

#[derive(Clone, Copy)]
enum Move {
    First,
    Last,
    Next,
    Previous,
}

fn focus_item(list: &web_sys::HtmlElement, step: Move) {
    let Ok(items) = list.query_selector_all("[role=menuitem]") else {
        return;
    };
    let count = items.length();
    if count == 0 {
        return;
    }
    let active = document().active_element();
    let at = (0..count).find(|index| {
        items.item(*index).as_ref()
            == active
                .as_ref()
                .map(|active| active.unchecked_ref::<web_sys::Node>())
    });
    let next = match (step, at) {
        (Move::First, _) | (Move::Next, None) => 0,
        (Move::Last, _) | (Move::Previous, None) => count - 1,
        (Move::Next, Some(at)) => (at + 1) % count,
        (Move::Previous, Some(at)) => (at + count - 1) % count,
    };
    if let Some(item) = items
        .item(next)
        .and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok())
    {
        // an item that vanished meanwhile cannot be focused, and need not be
        drop(item.focus());
    }
}
