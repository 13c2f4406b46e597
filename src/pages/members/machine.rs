//! Adding a machine: what it may open, and, once, what it is given.

use std::sync::Arc;

use coffer_client::{AddedMachine, Enforcement, EnvironmentInfo, Error, MachineDraft, ProjectId};
use leptos::prelude::*;
use zeroize::Zeroizing;

use super::{
    Handle,
    rights::{Choice, RightsChoice},
};
use crate::{
    backend::this_server,
    components::secret_block::{SecretBlock, SecretText},
    failure::FailureBanner,
    state::clipboard::Clipboard,
    text::{self, members as words},
    ui::*,
};

/// The dialog.
#[component]
pub(super) fn AddMachine(
    open: RwSignal<bool>,
    environments: Signal<Vec<EnvironmentInfo>>,
    handle: Handle,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let choice = Choice::new();
    let tried = RwSignal::new(false);
    let add = Action::new_unsync(move |draft: &MachineDraft| {
        let (project, draft) = (handle.get_value(), draft.clone());
        async move {
            let project = project.ok_or(Error::Locked)?;
            let added = project.add_machine(&draft).await?;
            Ok::<_, Error>((Arc::new(added), project.summary().id))
        }
    });
    // What was shown is gone with the dialog: nothing keeps it.
    Effect::new(move |_| {
        if open.get() {
            name.set(String::new());
            tried.set(false);
            choice.reset(&environments.read_untracked(), false, &[]);
        } else if add.value().read_untracked().is_some() {
            add.clear();
        }
    });
    let made = Signal::derive(move || match add.value().get() {
        Some(Ok(made)) => Some(made),
        _ => None,
    });
    Effect::new(move |_| {
        if made.read().is_some() {
            on_done.run(());
        }
    });
    let name_error = Signal::derive(move || {
        (tried.get() && name.read().trim().is_empty()).then(|| words::MACHINE_NAME_BAD.to_owned())
    });
    let outcome = move || words::machine_outcome(name.read().trim(), choice.rights().len());
    let submit = move || {
        tried.set(true);
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            add.dispatch(MachineDraft {
                name,
                rights: untrack(|| choice.rights()),
            });
        }
    };
    let title = Signal::derive(move || match made.read().is_some() {
        true => words::machine_ready(name.read().trim()),
        false => words::ADD_MACHINE.to_owned(),
    });
    let note = Signal::derive(move || match made.read().is_some() {
        true => words::MACHINE_ONCE.to_owned(),
        false => words::MACHINE_LEAD.to_owned(),
    });
    view! {
        <Dialog open title note close_word=text::CLOSE busy=add.pending()>
            {move || match made.get() {
                Some((added, project)) => view! { <Given added project open /> }.into_any(),
                None => {
                    view! {
                        <DialogForm
                            open
                            verb=words::ADD_MACHINE
                            cancel_word=text::CANCEL
                            busy=add.pending()
                            on_submit=submit
                        >
                            <TextField
                                label=words::MACHINE_NAME
                                hint=words::MACHINE_NAME_HINT
                                value=name
                                error=name_error
                                max_length=64
                                autofocus=true
                            />
                            <RightsChoice choice environments machine=true />
                            <Outcome glyph=Glyph::Server>
                                <p aria-live="polite">
                                    <b>{outcome}</b>
                                </p>
                            </Outcome>
                            {move || match add.value().get() {
                                Some(Err(Error::Forbidden)) => {
                                    Some(
                                        view! {
                                            <Banner
                                                title=words::MACHINE_FORBIDDEN
                                                tone=Tone::Caution
                                                glyph=Glyph::Server
                                                text=words::MACHINE_FORBIDDEN_BODY
                                            />
                                        }
                                            .into_any(),
                                    )
                                }
                                Some(Err(error)) => Some(view! { <FailureBanner error /> }.into_any()),
                                _ => None,
                            }}
                        </DialogForm>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
}

/// The texts that the machine needs, until the dialog closes.
#[component]
fn Given(added: Arc<AddedMachine>, project: ProjectId, open: RwSignal<bool>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let all = lines(&added, &project);
    let keys_alone = added.enforcement == Enforcement::KeysAlone;
    view! {
        <div class="dialog__body stack">
            <Banner
                title=words::MACHINE_WARNING
                tone=Tone::Caution
                glyph=Glyph::Alert
                text=words::MACHINE_WARNING_BODY
            />
            <Secret label=words::MACHINE_TOKEN note=words::MACHINE_TOKEN_NOTE text=added.token.clone() />
            <Plain label=words::MACHINE_CLIENT note=words::MACHINE_CLIENT_NOTE text=added.client_id.clone() />
            <Secret
                label=words::MACHINE_SECRET
                note=words::MACHINE_SECRET_NOTE
                text=added.client_secret.clone()
            />
            <Plain label=words::MACHINE_PROJECT note="" text=project.as_str().to_owned() />
            {keys_alone.then(|| view! { <p class="muted t-sm">{words::MACHINE_KEYS_ALONE}</p> })}
        </div>
        <DialogFoot>
            <Button
                glyph=Glyph::Copy
                on_press=move || clipboard.copy_secret(all.clone(), words::MACHINE_LINES)
            >
                {words::MACHINE_COPY_LINES}
            </Button>
            <span class="ms-auto"></span>
            <Button kind=ButtonKind::Primary on_press=move || open.set(false)>
                {words::MACHINE_STORED}
            </Button>
        </DialogFoot>
    }
}

/// Something secret of the machine's.
#[component]
fn Secret(label: &'static str, note: &'static str, text: Zeroizing<String>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let text: SecretText = StoredValue::new_local(text);
    view! {
        <div class="field">
            <p class="field__label">{label} <span>{note}</span></p>
            <SecretBlock text hidden=words::hidden(label) label words=(words::SHOW_WORDS, words::HIDE)>
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Ghost
                    glyph=Glyph::Copy
                    label=words::copy_of(label)
                    on_press=move || clipboard.copy_secret(text.get_value(), label)
                >
                    {words::COPY}
                </Button>
            </SecretBlock>
        </div>
    }
}

/// Something of the machine's that is no secret.
#[component]
fn Plain(label: &'static str, note: &'static str, text: String) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let id = unique_id("machine");
    let copied = text.clone();
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {label} <span>{note}</span>
            </label>
            <div class="input-group">
                <input class="input input--mono" id=id readonly prop:value=text />
                <Button
                    glyph=Glyph::Copy
                    label=words::copy_of(label)
                    on_press=move || clipboard.copy_plain(copied.clone(), words::copied(label))
                >
                    {words::COPY}
                </Button>
            </div>
        </div>
    }
}

/// Everything as lines of a `.env`, by the names that programs of ours read.
fn lines(added: &AddedMachine, project: &ProjectId) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "COFFER_SERVER={}\nCOFFER_PROJECT={}\nCOFFER_MACHINE_TOKEN={}\nCOFFER_CLIENT_ID={}\nCOFFER_CLIENT_SECRET={}\n",
        this_server(),
        project.as_str(),
        added.token.as_str(),
        added.client_id,
        added.client_secret.as_str(),
    ))
}
