//! One of a few: segments, chips, tabs. Arrow keys move, as in a native radio group.

use leptos::{ev, prelude::*};
use web_sys::wasm_bindgen::JsCast;

use super::{Glyph, Icon, unique_id};

/// A segmented switch, for example between environments or themes.
#[component]
pub fn Seg<T>(
    /// Its name, read aloud.
    #[prop(into)]
    label: String,
    /// The chosen one.
    #[prop(into)]
    value: Signal<T>,
    /// What can be chosen, with its words.
    #[prop(into)]
    options: Signal<Vec<(T, String)>>,
    /// As wide as its box.
    #[prop(optional)]
    block: bool,
    /// Told the new choice.
    #[prop(into)]
    on_choose: Callback<T>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    view! {
        <div class="seg" class=("seg--block", block) role="radiogroup" aria-label=label on:keydown=arrows>
            {move || {
                options
                    .get()
                    .into_iter()
                    .map(|(key, words)| {
                        let own = key.clone();
                        let chosen = Memo::new(move |_| *value.read() == own);
                        view! {
                            <button
                                type="button"
                                role="radio"
                                aria-checked=move || chosen.get().to_string()
                                tabindex=move || if chosen.get() { "0" } else { "-1" }
                                on:click=move |_| on_choose.run(key.clone())
                            >
                                {words}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}

/// Chips of which one is chosen: presets of a form.
#[component]
pub fn Choices<T>(
    /// The question, shown as the legend.
    #[prop(into)]
    label: String,
    /// The chosen one.
    value: RwSignal<T>,
    /// What can be chosen, with its words.
    options: Vec<(T, String)>,
    /// Those that cannot be chosen now. Say why in the sentence.
    #[prop(optional, into)]
    off: Signal<Vec<T>>,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// The chips share the whole line.
    #[prop(optional)]
    fill: bool,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let name = unique_id("choice");
    view! {
        <fieldset class="field">
            <legend class="field__label">{label}</legend>
            <div class="choices" class=("choices--fill", fill)>
                {options
                    .into_iter()
                    .map(|(key, words)| {
                        let (own, here) = (key.clone(), key.clone());
                        view! {
                            <label class="choice">
                                <input
                                    type="radio"
                                    name=name.clone()
                                    disabled=move || off.read().contains(&here)
                                    prop:checked=move || *value.read() == own
                                    on:change=move |_| value.set(key.clone())
                                />
                                <span>{words}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            {move || (!hint.read().is_empty()).then(|| view! { <p class="field__hint">{hint.get()}</p> })}
        </fieldset>
    }
}

/// Chips of which any number is chosen.
#[component]
pub fn Picks<T>(
    /// The question, shown as the legend.
    #[prop(into)]
    label: String,
    /// The chosen ones, in the order in which they were.
    value: RwSignal<Vec<T>>,
    /// What can be chosen, with its words.
    options: Vec<(T, String)>,
    /// A sentence under it.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let chips = options
        .into_iter()
        .map(|(key, words)| {
            let own = key.clone();
            let pick = move |event| {
                let picked = event_target_checked(&event);
                value.update(|value| {
                    value.retain(|other| *other != key);
                    if picked {
                        value.push(key.clone());
                    }
                });
            };
            view! {
                <label class="choice">
                    <input
                        type="checkbox"
                        prop:checked=move || value.read().contains(&own)
                        on:change=pick
                    />
                    <span>{words}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend class="field__label">{label}</legend>
            <div class="choices">{chips}</div>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint">{hint}</p> })}
        </fieldset>
    }
}

/// Tabs over panels that the caller shows by `value`.
#[component]
pub fn Tabs<T>(
    /// Their name, read aloud.
    #[prop(into)]
    label: String,
    /// The open one.
    value: RwSignal<T>,
    /// The tabs: key, icon, words.
    options: Vec<(T, Option<Glyph>, String)>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=arrows>
            {options
                .into_iter()
                .map(|(key, glyph, words)| {
                    let own = key.clone();
                    let chosen = Memo::new(move |_| *value.read() == own);
                    view! {
                        <button
                            type="button"
                            role="tab"
                            aria-selected=move || chosen.get().to_string()
                            tabindex=move || if chosen.get() { "0" } else { "-1" }
                            on:click=move |_| value.set(key.clone())
                        >
                            {glyph.map(|glyph| view! { <Icon glyph /> })}
                            {words}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// Moves to the neighbour and chooses it.
fn arrows(event: ev::KeyboardEvent) {
    let forward = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => true,
        "ArrowLeft" | "ArrowUp" => false,
        _ => return,
    };
    let Some(now) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let Ok(Some(group)) = now.closest("[role=radiogroup], [role=tablist]") else {
        return;
    };
    let end = if forward {
        group.first_element_child()
    } else {
        group.last_element_child()
    };
    let next = if forward {
        now.next_element_sibling()
    } else {
        now.previous_element_sibling()
    }
    .or(end);
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        drop(next.focus());
        next.click();
    }
}
