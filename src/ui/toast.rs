//! Short notices at the foot of the page, with at most one act. Errors are banners, not toasts.

use leptos::prelude::*;

use super::{Glyph, Icon, IconButton, Ring};

/// One notice.
#[derive(Clone, Debug)]
pub struct ToastItem {
    /// Its key in the list.
    pub id: u64,
    /// Its icon; a ring instead when `left` is given.
    pub glyph: Glyph,
    /// What happened.
    pub words: Signal<String>,
    /// How much of its time is left, of 100.
    pub left: Option<Signal<u32>>,
    /// The word of its act, such as "Undo", and what the act does.
    pub act: Option<(String, Callback<()>)>,
}

/// The place where notices appear. One region announces them.
#[component]
pub fn ToastHost(
    /// The notices, oldest first.
    #[prop(into)]
    items: Signal<Vec<ToastItem>>,
    /// "Dismiss".
    #[prop(into)]
    dismiss_word: String,
    /// Told the id of a notice that was dismissed or acted on.
    #[prop(into)]
    on_dismiss: Callback<u64>,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || items.get() key=|item| item.id let:item>
                <div class="toast">
                    {match item.left {
                        Some(left) => view! { <Ring percent=left /> }.into_any(),
                        None => view! { <Icon glyph=item.glyph /> }.into_any(),
                    }}
                    <span>{move || item.words.get()}</span>
                    {match item.act {
                        Some((word, act)) => {
                            view! {
                                <button
                                    class="btn btn--sm"
                                    type="button"
                                    on:click=move |_| {
                                        // the page that offered the act may be gone
                                        let _gone = act.try_run(());
                                        on_dismiss.run(item.id);
                                    }
                                >
                                    {word}
                                </button>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <IconButton
                                    label=dismiss_word.clone()
                                    glyph=Glyph::X
                                    on_press=move || on_dismiss.run(item.id)
                                />
                            }
                                .into_any()
                        }
                    }}
                </div>
            </For>
        </div>
    }
}
