//! Choosing a new passphrase: six words are offered, or one takes one's own, which is measured first.

use coffer_client::Passphrase;
use gloo_timers::future::TimeoutFuture;
use leptos::{html, prelude::*, task::spawn_local};
use zeroize::Zeroizing;

use crate::{
    platform::{
        Browser,
        assistant::{Assistant, Task},
        passphrase,
    },
    state::clipboard::Clipboard,
    text::{self, account as words},
    ui::*,
};

/// A new passphrase: six words offered, or one's own. Its text is in boxes and in one zeroizing value, in no signal.
#[derive(Clone, Copy)]
pub(crate) struct PassphraseEntry {
    own: RwSignal<bool>,
    offered: StoredValue<Passphrase, LocalStorage>,
    draws: RwSignal<u32>,
    typed: NodeRef<html::Input>,
    again: NodeRef<html::Input>,
    strength: RwSignal<Strength>,
    meter: StoredValue<Option<Assistant>, LocalStorage>,
    /// Which state of the text is measured: an older one's strength is not shown any more.
    turn: StoredValue<u32>,
    judging: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    again_error: RwSignal<Option<String>>,
}

/// What is known of the strength of one's own passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    /// From 0 to 4.
    Measured(u8),
    /// Nothing was typed.
    Nothing,
    /// The program that measures did not load.
    Unknown,
    /// It will be measured.
    Waiting,
}

impl PassphraseEntry {
    /// Draws six words.
    pub(crate) fn new() -> Self {
        Self {
            own: RwSignal::new(false),
            offered: StoredValue::new_local(coffer_client::suggest_passphrase(&Browser)),
            draws: RwSignal::new(0),
            typed: NodeRef::new(),
            again: NodeRef::new(),
            strength: RwSignal::new(Strength::Nothing),
            meter: StoredValue::new_local(None),
            turn: StoredValue::new(0),
            judging: RwSignal::new(false),
            error: RwSignal::new(None),
            again_error: RwSignal::new(None),
        }
    }

    /// Checks what was typed and hands it on; says beside the field what is wrong. One's own is measured before, and
    /// is not taken where it is weak. Where it cannot be measured, its length has to do, and the person knows of it.
    pub(crate) fn take(self, then: impl FnOnce(Passphrase) + 'static) {
        if self.judging.get_untracked() {
            return;
        }
        self.error.set(None);
        self.again_error.set(None);
        if !self.own.get_untracked() {
            let offered = self.offered.get_value();
            if self.is_repeated(&offered) {
                then(offered);
            }
            return;
        }
        let typed = passphrase::peek(self.typed);
        let Some(typed) = typed.filter(|typed| typed.check_length().is_ok()) else {
            self.error.set(Some(words::OWN_SHORT.into()));
            return;
        };
        if !self.is_repeated(&typed) {
            return;
        }
        let told = self.strength.get_untracked() == Strength::Unknown;
        self.judging.set(true);
        spawn_local(async move {
            let strength = self.measure(&typed).await;
            // the form may be gone, or the six words be taken after all
            if self.judging.try_set(false).is_some() || !self.own.get_untracked() {
                return;
            }
            self.strength.set(strength);
            match strength {
                Strength::Measured(score) if score < WEAKEST => self.error.set(Some(words::OWN_WEAK.into())),
                Strength::Unknown if !told => self.error.set(Some(words::OWN_UNKNOWN.into())),
                // what was changed meanwhile is not what was measured
                _ if passphrase::peek(self.typed).is_some_and(|now| now.is(&typed)) => then(typed),
                _ => {}
            }
        });
    }

    /// Whether a passphrase is being measured before it is taken, which lasts as long as loading what measures.
    pub(crate) fn judging(self) -> Signal<bool> {
        self.judging.into()
    }

    /// Whether the second box says the same; if not, it is told so.
    fn is_repeated(self, chosen: &Passphrase) -> bool {
        let same = passphrase::peek(self.again).is_some_and(|again| again.is(chosen));
        if !same {
            self.again_error.set(Some(words::REPEAT_BAD.into()));
            if let Some(input) = self.again.get_untracked() {
                drop(input.focus());
            }
        }
        same
    }

    fn draw_again(self) {
        self.offered
            .set_value(coffer_client::suggest_passphrase(&Browser));
        self.draws.update(|draws| *draws += 1);
    }

    /// Loads what measures.
    fn prepare(self) -> Option<Assistant> {
        let meter = self.meter.get_value().or_else(|| Assistant::start(Task::Meter));
        self.meter.set_value(meter.clone());
        meter
    }

    /// Measures once the typing has paused.
    fn measure_soon(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let turn = self.turn.get_value();
        if passphrase::peek(self.typed).is_none() {
            self.strength.set(Strength::Nothing);
            return;
        }
        // until something newer is known, what was said last stays: nothing flickers
        if self.strength.get_untracked() == Strength::Nothing {
            self.strength.set(Strength::Waiting);
        }
        spawn_local(async move {
            TimeoutFuture::new(PAUSE).await;
            let is_newest = || self.turn.try_get_value() == Some(turn);
            if !is_newest() {
                return;
            }
            let Some(typed) = passphrase::peek(self.typed) else {
                return;
            };
            let strength = self.measure(&typed).await;
            if is_newest() {
                self.strength.set(strength);
            }
        });
    }

    async fn measure(self, typed: &Passphrase) -> Strength {
        let score = match self.prepare() {
            Some(meter) => meter.ask(typed.expose().as_bytes()).await,
            None => None,
        };
        match score.and_then(|score| score.as_f64()) {
            // the program answers with whole numbers from 0 to 4
            Some(score) => Strength::Measured(score as u8),
            None => {
                self.forget();
                Strength::Unknown
            }
        }
    }

    /// The field goes away.
    fn leave(self) {
        self.forget();
        self.turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
        self.strength.try_set(Strength::Nothing);
    }

    /// Ends the Worker that measures, and with it what was typed there. The next time is a new try.
    fn forget(self) {
        if let Some(meter) = self.meter.try_update_value(Option::take).flatten() {
            meter.end();
        }
    }
}

/// Chooses a new passphrase.
#[component]
pub(crate) fn NewPassphrase(
    /// Its state, which the form takes the passphrase from.
    entry: PassphraseEntry,
) -> impl IntoView {
    view! {
        <fieldset class="stack">
            <legend class="medium">{words::NEW_PASSPHRASE}</legend>
            <Seg
                label=words::NEW_PASSPHRASE_KIND
                value=entry.own
                options=vec![(false, words::OFFERED.to_owned()), (true, words::OWN.to_owned())]
                block=true
                on_choose=move |own| entry.own.set(own)
            />
            <Show when=move || entry.own.get() fallback=move || view! { <Offered entry /> }>
                <Own entry />
            </Show>
            <PassphraseField
                label=Signal::derive(move || {
                    String::from(if entry.own.get() { words::REPEAT } else { words::TYPE_IT })
                })
                node_ref=entry.again
                show_word=text::SHOW_PASSPHRASE
                autocomplete="new-password"
                hint=words::PASSPHRASE_FORGET
                error=entry.again_error
            />
        </fieldset>
    }
}

#[component]
fn Offered(entry: PassphraseEntry) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let shown = NodeRef::<html::P>::new();
    // the words go to the page as text of one node and into no signal
    Effect::new(move |_| {
        entry.draws.track();
        if let Some(shown) = shown.get() {
            entry
                .offered
                .with_value(|offered| shown.set_text_content(Some(offered.expose())));
        }
    });
    let copy = move || {
        let offered = entry
            .offered
            .with_value(|offered| Zeroizing::new(offered.expose().to_owned()));
        clipboard.copy_secret(offered, words::PASSPHRASE_NAME);
    };
    view! {
        <div class="stack stack-2">
            <div class="offered" role="group" aria-label=words::OFFERED_LABEL>
                <p class="offered__words" node_ref=shown></p>
                <span class="row">
                    <IconButton label=words::COPY_PASSPHRASE glyph=Glyph::Copy on_press=copy />
                    <IconButton
                        label=words::ANOTHER
                        glyph=Glyph::Refresh
                        on_press=move || entry.draw_again()
                    />
                </span>
            </div>
            <p class="field__hint">{words::OFFERED_HINT}</p>
        </div>
    }
}

#[component]
fn Own(entry: PassphraseEntry) -> impl IntoView {
    on_cleanup(move || entry.leave());
    let score = Signal::derive(move || match entry.strength.get() {
        Strength::Measured(score) => score.min(4),
        _ => 0,
    });
    let known = move || match entry.strength.get() {
        Strength::Measured(_) => view! {
            <Meter
                label=words::STRENGTH
                value=score
                word=Signal::derive(move || words::STRENGTHS[usize::from(score.get())].to_owned())
            />
        }
        .into_any(),
        Strength::Nothing => ().into_any(),
        Strength::Unknown => {
            view! { <p class="field__hint" role="status">{words::STRENGTH_UNKNOWN}</p> }.into_any()
        }
        Strength::Waiting => {
            view! { <p class="field__hint" role="status">{words::STRENGTH_WAITING}</p> }.into_any()
        }
    };
    view! {
        <PassphraseField
            label=words::OWN_LABEL
            node_ref=entry.typed
            show_word=text::SHOW_PASSPHRASE
            autocomplete="new-password"
            hint=words::OWN_HINT
            error=entry.error
            on_focus=move || drop(entry.prepare())
            on_input=move || entry.measure_soon()
        />
        {known}
    }
}

/// The lowest strength that is taken.
const WEAKEST: u8 = 3;
/// How long typing has to pause, in milliseconds, before what was typed is measured.
const PAUSE: u32 = 300;
