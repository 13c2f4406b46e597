//! The dialog that makes a link to the form for a request.

use coffer_client::{AccessRules, WantedItem};
use leptos::prelude::*;

use super::super::Opened;
use crate::{
    backend::this_server,
    routes::{AskForm, LONGEST_START, Path},
    state::{
        access::{MOST_WANTED, folder_of, item_of},
        clipboard::Clipboard,
        durations::PRESETS,
    },
    text::{self, access as words},
    ui::*,
};

/// What the form of a link holds at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormScope {
    Chosen,
    Folder,
    Named,
}

/// A link to the form for a request, with what an admin fills in: it is made here and known to nobody else.
#[component]
pub(super) fn FormLink(
    open: RwSignal<bool>,
    opened: Opened,
    slug: String,
    rules: AccessRules,
) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let handle = opened.project;
    let (project, slug) = (StoredValue::new(opened.id), StoredValue::new(slug));
    let folder = RwSignal::new(rules.path.clone());
    let scope = RwSignal::new(FormScope::Folder);
    let names = RwSignal::new(String::new());
    let propose = RwSignal::new(false);
    let offered = RwSignal::new(Vec::<u32>::new());
    let reason = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let named = Memo::new(move |_| {
        let names = names.read();
        let lines = names.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<String>>()
    });
    let link = Memo::new(move |_| {
        let form = AskForm {
            environment: slug.get_value(),
            folder: match scope.get() {
                FormScope::Chosen => String::new(),
                FormScope::Folder | FormScope::Named => folder_of(&folder.read()),
            },
            names: match scope.get() {
                FormScope::Named => named.get(),
                FormScope::Chosen | FormScope::Folder => Vec::new(),
            },
            offered: {
                let mut offered = offered.get();
                offered.sort_unstable();
                offered
            },
            reason: reason.read().trim().to_owned(),
            propose: propose.get(),
            ..AskForm::default()
        };
        let path = Path::Ask {
            project: project.get_value(),
            form,
        };
        format!("{}{path}", this_server())
    });
    let folder_error = Signal::derive(move || {
        let folder = folder_of(&folder.read());
        let is_none = handle.with_value(|project| project.access_rules(&slug.read_value(), &folder).is_err());
        (scope.get() != FormScope::Chosen && is_none).then(|| words::FOLDER_BAD.to_owned())
    });
    let names_error = Signal::derive(move || {
        let (named, folder) = (named.read(), folder_of(&folder.read()));
        if scope.get() != FormScope::Named {
            None
        } else if named.is_empty() {
            tried.get().then(|| words::NAMES_EMPTY.to_owned())
        } else if named.len() > MOST_WANTED {
            Some(words::too_many(MOST_WANTED))
        } else {
            let wanted: Vec<WantedItem> = named.iter().map(|line| item_of(&folder, line)).collect();
            let is_bad =
                handle.with_value(|project| project.who_is_asked(&slug.read_value(), &wanted).is_err());
            (is_bad && folder_error.read().is_none()).then(|| words::NAME_BAD.to_owned())
        }
    });
    let reason_error = Signal::derive(move || {
        let is_long = reason.read().trim().len() > LONGEST_START;
        is_long.then(|| words::reason_long(LONGEST_START))
    });
    let copy = move || {
        tried.set(true);
        let errors = [folder_error, names_error, reason_error];
        let wrong = untrack(|| errors.iter().any(|error| error.read().is_some()));
        if !wrong {
            clipboard.copy_plain(link.get_untracked(), words::FORM_LINK_COPIED);
            open.set(false);
        }
    };
    let longest = rules.longest;
    let durations = move || {
        let mut all: Vec<u32> = PRESETS
            .iter()
            .copied()
            .filter(|preset| *preset <= longest)
            .collect();
        if !all.contains(&longest) {
            all.push(longest);
        }
        all.into_iter()
            .map(|seconds| (seconds, words::duration(seconds)))
            .collect::<Vec<_>>()
    };
    view! {
        <Dialog
            open
            title=words::form_link_for(&rules.path)
            note=words::FORM_LINK_NOTE
            close_word=text::CLOSE
            on_close=move || tried.set(false)
        >
            <DialogForm
                open
                verb=words::COPY_LINK
                cancel_word=text::CANCEL
                glyph=Glyph::Copy
                on_submit=copy
            >
                <Choices
                    label=words::FORM_SCOPE
                    value=scope
                    options=vec![
                        (FormScope::Folder, words::SCOPE_ALL.to_owned()),
                        (FormScope::Named, words::SCOPE_NAMED.to_owned()),
                        (FormScope::Chosen, words::FORM_SCOPE_NONE.to_owned()),
                    ]
                />
                <Show when=move || scope.get() != FormScope::Chosen>
                    <TextField label=words::FOLDER value=folder error=folder_error mono=true />
                </Show>
                <Show when=move || scope.get() == FormScope::Named>
                    <TextArea
                        label=words::FORM_NAMES
                        value=names
                        rows=4
                        hint=words::FORM_NAMES_HINT
                        error=names_error
                        mono=true
                    />
                </Show>
                <Choices
                    label=words::VERBS
                    value=propose
                    options=vec![
                        (false, words::READ.to_owned()),
                        (true, words::READ_PROPOSE.to_owned()),
                    ]
                />
                <Picks
                    label=words::FORM_OFFERED
                    value=offered
                    options=durations()
                    hint=words::FORM_OFFERED_HINT
                />
                <TextArea
                    label=words::FORM_REASON
                    value=reason
                    rows=2
                    hint=words::FORM_REASON_HINT
                    error=reason_error
                />
                <div class="field">
                    <span class="field__label">{words::FORM_ADDRESS}</span>
                    <p class="mono t-sm anywhere">{move || link.get()}</p>
                </div>
            </DialogForm>
        </Dialog>
    }
}
