//! What the pages without a shell share: their frame, the progress of slow work, the server picker.

use coffer_client::{Error, ServerOrigin};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::{future::Future, time::Duration};

use super::solo::{SoloFoot, SoloTools};
use crate::{
    backend,
    failure::explain,
    platform::{
        clock,
        stretch::{self, Stage},
    },
    routes::{Path, use_path},
    state::{session::Session, theme::Themes},
    text::{self, account as words, shell as shell_words},
    ui::*,
};

/// The frame of a page with one task.
#[component]
pub(crate) fn Solo(
    /// A wider card.
    #[prop(optional)]
    wide: bool,
    /// The cards.
    children: Children,
) -> impl IntoView {
    view! {
        <SoloPage brand=text::BRAND wide tools=|| view! { <SoloTools /> } foot=|| view! { <SoloFoot /> }>
            {children()}
        </SoloPage>
    }
}

/// Goes on to what somebody opened before their keys had to be, or else to the projects; in place of the page that opened
/// them, so that nobody comes back to it.
pub(super) fn use_onward() -> impl Fn() + Copy {
    let path = use_path();
    let go = StoredValue::new_local(use_navigate());
    move || {
        let wanted = path.get_untracked().and_then(Path::wanted);
        let onward = wanted.map_or(Path::Projects, |wanted| *wanted);
        let options = NavigateOptions {
            replace: true,
            ..NavigateOptions::default()
        };
        go.with_value(|go| go(&onward.to_string(), options));
    }
}

/// Goes there at once: the keys are open.
#[component]
pub(super) fn Onward() -> impl IntoView {
    use_onward()();
}

/// One button that walks through the themes.
#[component]
pub(crate) fn ThemeButton() -> impl IntoView {
    let themes = Themes::expect();
    view! {
        <IconButton
            label=Signal::derive(move || shell_words::theme_now(shell_words::theme(themes.get())))
            glyph=Glyph::Moon
            medium=true
            on_press=move || themes.turn()
        />
    }
}

/// Something slow that a form started: whether it runs, and how it failed.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    /// Which run counts; an older one that was given up says nothing any more.
    turn: StoredValue<u32>,
}

impl Attempt {
    /// Nothing was tried yet.
    pub(crate) fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Runs it. On success it leaves `busy` as it is: the page goes away.
    pub(crate) fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.busy.set(true);
        self.error.set(None);
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let outcome = work.await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match outcome {
                Ok(value) => done(value),
                Err(error) => {
                    self.busy.set(false);
                    self.error.set(Some(error));
                }
            }
        });
    }

    /// Whether it runs.
    pub(crate) fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// How it failed, tracked.
    pub(crate) fn error(self) -> Option<Error> {
        self.error.get()
    }

    /// It is over and well, and the page stays.
    pub(crate) fn finish(self) {
        self.busy.set(false);
    }

    /// Gives it up: its Worker ends and its outcome counts no more.
    pub(crate) fn cancel(self) {
        self.turn.update_value(|turn| *turn += 1);
        stretch::stop();
        self.busy.set(false);
    }

    /// The banner for a failure, unless a field shows it.
    pub(crate) fn banner(self, beside_field: fn(&Error) -> bool) -> impl IntoView {
        move || {
            self.error.get().filter(|error| !beside_field(error)).map(|error| {
                let failure = explain(&error);
                view! { <Banner title=failure.title text=failure.advice tone=failure.tone glyph=failure.glyph /> }
            })
        }
    }
}

/// The card while keys are derived: words, a bar, the steps, and a way out.
#[component]
pub(crate) fn Deriving(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What was there before: the key on the device, or the kit. None for new keys.
    #[prop(optional, into)]
    found: Option<String>,
    /// The last step.
    #[prop(into)]
    then: String,
    /// Gives up.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let stage = stretch::stage();
    let (time, set_time) = signal(clock::monotonic());
    clock::every(Duration::from_millis(100), move || {
        let _gone = set_time.try_set(clock::monotonic());
    });
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // the form that had the focus is gone: a screen reader hears the new heading
            drop(heading.focus());
        }
    });
    let began = clock::monotonic();
    let running = {
        let stage = stage.clone();
        // a stage of an earlier job says nothing about this one
        move || match stage.get() {
            Stage::Running(since) if since + 50 >= began => Some(time.get().saturating_sub(since)),
            _ => None,
        }
    };
    let ran = {
        let running = running.clone();
        Memo::new(move |before: Option<&bool>| before == Some(&true) || running().is_some())
    };
    let derived = Memo::new(move |_| ran.get() && stage.get() == Stage::Done);
    let value = {
        let running = running.clone();
        Signal::derive(move || match (running(), derived.get()) {
            (_, true) => Some(100),
            (Some(passed), _) => Some((passed * 100 / stretch::expected()).min(97) as u32),
            (None, false) => None,
        })
    };
    let note = Signal::derive(move || match running() {
        Some(passed) => {
            let left = stretch::expected().saturating_sub(passed).div_ceil(1_000).max(1);
            words::about_left(left)
        }
        None => String::new(),
    });
    let steps = Signal::derive(move || {
        let derived = derived.get();
        let mut steps = Vec::new();
        if let Some(found) = found.clone() {
            steps.push(Step {
                words: found,
                note: String::new(),
                state: StepState::Done,
            });
        }
        steps.push(Step {
            words: words::STEP_DERIVE.into(),
            note: words::DERIVING_STEP.into(),
            state: if derived { StepState::Done } else { StepState::Now },
        });
        steps.push(Step {
            words: then.clone(),
            note: String::new(),
            state: if derived { StepState::Now } else { StepState::Later },
        });
        steps
    });
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack stack-6">
                <div class="stack stack-2">
                    <h1 class="t-2xl" tabindex="-1" node_ref=heading>
                        {title}
                    </h1>
                    <p class="muted">{words::DERIVING_NOTE}</p>
                </div>
                <Progress label=words::DERIVING value note />
                <Steps steps />
                <Button block=true on_press=on_cancel>
                    {text::CANCEL}
                </Button>
            </div>
        </div>
    }
}

/// Which server: this page's, or another one. Says what a foreign one learns.
#[component]
pub(crate) fn ServerPicker(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let session = Session::expect();
    let other = RwSignal::new(session.is_foreign());
    let address = RwSignal::new(if session.is_foreign() {
        session.server().to_string()
    } else {
        String::new()
    });
    let bad = RwSignal::new(None::<String>);
    let answer = RwSignal::new(None::<Result<bool, Error>>);
    let checking = RwSignal::new(false);
    let parse = move || match ServerOrigin::parse(&address.read_untracked()) {
        Ok(server) => Some(server),
        Err(_) => {
            bad.set(Some(words::SERVER_BAD.into()));
            None
        }
    };
    let check = move || {
        bad.set(None);
        answer.set(None);
        let Some(server) = parse() else { return };
        checking.set(true);
        spawn_local(async move {
            let outcome = backend::client(server)
                .server_status()
                .await
                .map(|status| status.initialized);
            checking.set(false);
            answer.set(Some(outcome));
        });
    };
    let choose = move || {
        let server = if other.get_untracked() {
            parse()
        } else {
            Some(backend::this_server())
        };
        if let Some(server) = server {
            session.choose_server(server);
            open.set(false);
        }
    };
    let in_use = move |foreign: bool| {
        move || {
            (session.is_foreign() == foreign).then(|| {
                view! {
                    <Badge tone=Tone::Accent glyph=Glyph::Check>
                        {words::SERVER_IN_USE}
                    </Badge>
                }
            })
        }
    };
    view! {
        <Dialog open title=words::SERVER_TITLE note=words::SERVER_NOTE close_word=text::CLOSE>
            <DialogForm open verb=words::SERVER_USE cancel_word=text::CANCEL on_submit=choose>
                <fieldset class="stack stack-2">
                    <legend class="sr-only">{words::SERVER_LEGEND}</legend>
                    <label class="option">
                        <input
                            type="radio"
                            name="server"
                            prop:checked=move || !other.get()
                            on:change=move |_| other.set(false)
                        />
                        <span>
                            <b>{backend::this_server().to_string()}</b>
                            <small>{words::SERVER_HERE}</small>
                        </span>
                        {in_use(false)}
                    </label>
                    <label class="option">
                        <input
                            type="radio"
                            name="server"
                            prop:checked=move || other.get()
                            on:change=move |_| other.set(true)
                        />
                        <span>
                            <b>{words::SERVER_OTHER}</b>
                            <small>{words::SERVER_OTHER_NOTE}</small>
                        </span>
                        {in_use(true)}
                    </label>
                </fieldset>
                <Show when=move || other.get()>
                    <TextField
                        label=words::SERVER_ADDRESS
                        value=address
                        kind=InputKind::Url
                        mono=true
                        placeholder="https://"
                        error=bad
                    />
                    <div>
                        <Button busy=checking on_press=check>
                            {words::SERVER_CHECK}
                        </Button>
                    </div>
                    {move || {
                        answer
                            .get()
                            .map(|answer| {
                                let (glyph, words) = match answer {
                                    Ok(true) => (Glyph::Check, words::SERVER_ANSWERS),
                                    Ok(false) => (Glyph::Check, words::SERVER_FRESH),
                                    Err(_) => (Glyph::Alert, words::SERVER_SILENT),
                                };
                                view! {
                                    <div role="status">
                                        <Outcome glyph plain=true>
                                            <p>{words}</p>
                                        </Outcome>
                                    </div>
                                }
                            })
                    }}
                    <p class="t-sm muted">{words::SERVER_FOREIGN}</p>
                </Show>
            </DialogForm>
        </Dialog>
    }
}
