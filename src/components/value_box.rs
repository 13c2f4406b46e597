//! A box for a value that is being written. Its text stays in the page's own element and never enters a signal.

use leptos::{html, prelude::*};
use zeroize::Zeroizing;

use crate::ui::{FieldError, unique_id};

/// Several lines of something secret, with the size of what was typed.
#[component]
pub fn ValueBox(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its element, from which the text is read when it is wanted.
    node_ref: NodeRef<html::Textarea>,
    /// What it holds at first; wiped here once it stands in the box.
    #[prop(optional_no_strip)]
    first: Option<Zeroizing<String>>,
    /// Something at the end of the label's line.
    #[prop(optional, into)]
    side: Signal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// How many lines it shows.
    #[prop(default = 5)]
    rows: u32,
    /// With line numbers and a foot, as for a stored value.
    #[prop(optional)]
    numbered: bool,
    /// Told the number of lines and bytes, without the text.
    #[prop(optional, into)]
    on_size: Option<Callback<(usize, usize)>>,
    /// Stands in the foot of a numbered box.
    #[prop(optional, into)]
    foot: ViewFn,
) -> impl IntoView {
    let id = unique_id("value");
    let error_id = format!("{id}-error");
    let lines = RwSignal::new(1_usize);
    let measure = move || {
        let Some(Some(area)) = node_ref.try_get_untracked() else {
            return;
        };
        let text = Zeroizing::new(area.value());
        let count = text.split('\n').count();
        lines.set(count);
        if let Some(on_size) = on_size {
            on_size.run((count, text.len()));
        }
    };
    let first = StoredValue::new_local(first);
    Effect::new(move |_| {
        let Some(area) = node_ref.get() else { return };
        if let Some(first) = first.try_update_value(Option::take).flatten() {
            area.set_value(&first);
        }
        measure();
    });
    // Nothing typed stays in the tree once the form is gone.
    on_cleanup(move || {
        if let Some(Some(area)) = node_ref.try_get_untracked() {
            area.set_value("");
        }
    });
    let described = error_id.clone();
    let area = view! {
        <textarea
            node_ref=node_ref
            class=if numbered { "" } else { "textarea textarea--mono" }
            id=id.clone()
            rows=rows
            spellcheck="false"
            autocomplete="off"
            autocapitalize="none"
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=move || error.read().is_some().then(|| described.clone())
            on:input=move |_| measure()
        ></textarea>
    };
    let numbers = move || {
        let mut text = String::new();
        for line in 1..=lines.get().min(MOST_NUMBERS) {
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text
    };
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {move || label.get()}
                {move || (!side.read().is_empty()).then(|| view! { <span>{side.get()}</span> })}
            </label>
            {if numbered {
                view! {
                    <div class="editor">
                        <div class="editor__body">
                            <div class="editor__nums" aria-hidden="true">
                                {numbers}
                            </div>
                            {area}
                        </div>
                        <div class="editor__foot">{foot.run()}</div>
                    </div>
                }
                    .into_any()
            } else {
                area.into_any()
            }}
            <FieldError id=error_id error />
        </div>
    }
}

/// Numbers are drawn for so many lines; a longer value is not read line by line.
const MOST_NUMBERS: usize = 500;
