//! The editor of one secret. What is typed stays in the page's own boxes until it is staged.

use coffer_client::parse_dotenv;
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use crate::{
    components::value_box::ValueBox,
    state::{
        desk::Desk,
        environment::{Fields, Origin, Row, RowKey, Staged, name_is_fine, path_is_fine},
    },
    text::{self, environment as words},
    ui::*,
};

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A secret that is not there yet, in this folder.
    New(String),
    /// A row.
    Row(Row),
}

impl Target {
    fn key(&self) -> Option<RowKey> {
        match self {
            Self::New(_) => None,
            Self::Row(row) => Some(row.key),
        }
    }
}

/// The dialog; closed while `editing` is `None`.
#[component]
pub(super) fn Editor(editing: RwSignal<Option<Target>>) -> impl IntoView {
    let open = RwSignal::new(false);
    // The last target stays while the dialog closes.
    let target = RwSignal::new(None::<Target>);
    Effect::new(move |_| {
        let now = editing.get();
        if now.is_some() {
            target.set(now.clone());
        }
        open.set(now.is_some());
    });
    let title = Signal::derive(move || match &*target.read() {
        Some(Target::Row(row)) => format!("{}: {}", words::EDIT_TITLE, row.name),
        _ => words::ADD_TITLE.to_owned(),
    });
    view! {
        <Dialog
            open
            title
            note=words::EDIT_LEAD
            close_word=text::CLOSE
            wide=true
            on_close=move || {
                if editing.read_untracked().is_some() {
                    editing.set(None);
                }
            }
        >
            {move || target.get().map(|target| view! { <Form target open /> })}
        </Dialog>
    }
}

#[component]
fn Form(target: Target, open: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let key = target.key();
    let (path, name) = match &target {
        Target::New(folder) => (folder.clone(), String::new()),
        Target::Row(row) => (row.path.clone(), row.name.clone()),
    };
    let first = key.and_then(|key| desk.open(key).ok());
    let (value, remarks) = match first {
        Some(opened) => (Some(opened.value), Some((opened.comment, opened.owner))),
        None => (None, None),
    };
    let first_remarks = StoredValue::new_local(remarks);
    let value_box = NodeRef::<html::Textarea>::new();
    let name_box = NodeRef::<html::Input>::new();
    let comment_box = NodeRef::<html::Input>::new();
    let owner_box = NodeRef::<html::Input>::new();
    let folder = RwSignal::new(path);
    let size = RwSignal::new((1_usize, 0_usize));
    let name_error = RwSignal::new(None::<String>);
    let folder_error = RwSignal::new(None::<String>);
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let (Some(comment), Some(owner)) = (comment_box.get(), owner_box.get()) else {
            return false;
        };
        if let Some(Some((first_comment, first_owner))) = first_remarks.try_update_value(Option::take) {
            comment.set_value(&first_comment);
            owner.set_value(&first_owner);
        }
        true
    });
    let is_new = key.is_none();
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let (Some(name), Some(value)) = (name_box.get(), value_box.get()) else {
            return false;
        };
        request_animation_frame(move || {
            if is_new {
                drop(name.focus());
            } else {
                drop(value.focus());
            }
        });
        true
    });
    on_cleanup(move || {
        for remark in [comment_box, owner_box] {
            if let Some(Some(input)) = remark.try_get_untracked() {
                input.set_value("");
            }
        }
    });

    // `KEY=value` pasted or typed into the name is taken apart.
    let split = move |_: ev::Event| {
        name_error.set(None);
        let Some(input) = name_box.get_untracked() else {
            return;
        };
        let typed = Zeroizing::new(input.value());
        if !typed.contains('=') {
            return;
        }
        let parsed = parse_dotenv(&typed);
        if let (Some(entry), Some(area)) = (parsed.entries.first(), value_box.get_untracked()) {
            input.set_value(&entry.name);
            area.set_value(&entry.value);
            if let Ok(event) = web_sys::Event::new("input") {
                drop(area.dispatch_event(&event));
            }
            drop(area.focus());
        }
    };

    let stage = StoredValue::new_local({
        let target = target.clone();
        move || {
            let (Some(name), Some(value), Some(comment), Some(owner)) = (
                name_box.get_untracked(),
                value_box.get_untracked(),
                comment_box.get_untracked(),
                owner_box.get_untracked(),
            ) else {
                return;
            };
            let to = Fields {
                path: folder.get_untracked().trim().to_owned(),
                name: name.value().trim().to_owned(),
                value: Zeroizing::new(value.value()),
                comment: Zeroizing::new(comment.value()),
                owner: Zeroizing::new(owner.value().trim().to_owned()),
            };
            let fault = if to.name.is_empty() {
                Some(words::NAME_EMPTY)
            } else if !name_is_fine(&to.name) {
                Some(words::NAME_BAD)
            } else if desk.peek(|environment| {
                desk.peek_draft(|draft| draft.taken(environment.entries(), &to.path, &to.name, key))
            }) {
                Some(words::NAME_TAKEN)
            } else {
                None
            };
            name_error.set(fault.map(str::to_owned));
            let bad_folder = !path_is_fine(&to.path);
            folder_error.set(bad_folder.then(|| words::FOLDER_BAD.to_owned()));
            if fault.is_some() {
                drop(name.focus());
            }
            if fault.is_some() || bad_folder {
                return;
            }
            stage_fields(desk, &target, to);
            open.set(false);
        }
    });
    let run_stage = move || stage.with_value(|stage| stage());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        run_stage();
    };
    let keyed = move |event: ev::KeyboardEvent| {
        let enter = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        let save = event.key().eq_ignore_ascii_case("s") && (event.ctrl_key() || event.meta_key());
        if enter || save {
            event.prevent_default();
            run_stage();
        }
    };
    let name_id = unique_id("secret-name");
    let name_error_id = format!("{name_id}-error");
    let described = name_error_id.clone();
    let (comment_id, owner_id) = (unique_id("secret-comment"), unique_id("secret-owner"));
    let first_name = name.clone();
    view! {
        <form class="dialog__form" on:submit=submit on:keydown=keyed>
            <div class="dialog__body stack">
                <div class="cols-2 secret-editor__place">
                    <div class="field">
                        <label class="field__label" for=name_id.clone()>
                            {words::NAME_LABEL}
                            <span>{words::NAME_SIDE}</span>
                        </label>
                        <input
                            node_ref=name_box
                            class="input input--mono"
                            id=name_id
                            value=first_name
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            maxlength="255"
                            aria-invalid=move || name_error.read().is_some().then_some("true")
                            aria-describedby=move || name_error.read().is_some().then(|| described.clone())
                            on:input=split
                        />
                        <FieldError id=name_error_id error=name_error />
                    </div>
                    <TextField label=words::FOLDER_LABEL value=folder error=folder_error mono=true />
                </div>
                <ValueBox
                    label=words::VALUE_LABEL
                    node_ref=value_box
                    first=value
                    rows=7
                    numbered=true
                    on_size=move |now: (usize, usize)| size.set(now)
                    foot=move || {
                        view! {
                            <span>
                                {move || {
                                    let (lines, bytes) = size.get();
                                    words::size(lines, bytes)
                                }}
                            </span>
                        }
                    }
                />
                <div class="cols-2">
                    <div class="field">
                        <label class="field__label" for=comment_id.clone()>
                            {words::COMMENT_LABEL}
                            <span>{words::COMMENT_SIDE}</span>
                        </label>
                        <input
                            node_ref=comment_box
                            class="input"
                            id=comment_id
                            autocomplete="off"
                            maxlength="1000"
                        />
                    </div>
                    <div class="field">
                        <label class="field__label" for=owner_id.clone()>
                            {words::OWNER_LABEL}
                            <span>{words::COMMENT_SIDE}</span>
                        </label>
                        <input
                            node_ref=owner_box
                            class="input"
                            id=owner_id
                            autocomplete="off"
                            placeholder=words::OWNER_PLACEHOLDER
                            maxlength="200"
                        />
                    </div>
                </div>
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::Ghost on_press=move || open.set(false)>
                    {text::CANCEL}
                </Button>
                <Button kind=ButtonKind::Primary submit=true>
                    {words::STAGE}
                    <kbd class="wide-only">{words::STAGE_KEYS}</kbd>
                </Button>
            </DialogFoot>
        </form>
    }
}

/// Stages what was typed; nothing if it is what was there already. The bar says how much is staged.
fn stage_fields(desk: Desk, target: &Target, to: Fields) {
    let slot = match target {
        Target::New(_)
        | Target::Row(Row {
            key: RowKey::Staged(_),
            ..
        }) => {
            let key = target.key();
            desk.change(|draft| draft.stage(key, Staged::New(to)));
            return;
        }
        Target::Row(Row {
            key: RowKey::Slot(slot),
            ..
        }) => *slot,
    };
    let key = RowKey::Slot(slot);
    let saved = desk.peek(|environment| {
        let entry = environment.entries().iter().find(|entry| entry.slot == slot)?;
        Some((Origin::from(entry), environment.reveal(&slot).ok()))
    });
    let Some((from, saved)) = saved else {
        return;
    };
    let content = saved.is_none_or(|saved| {
        saved.value != to.value || saved.comment != to.comment || saved.owner != to.owner
    });
    if !content && from.path == to.path && from.name == to.name {
        desk.change(|draft| draft.undo(key));
        return;
    }
    desk.hide(&[key]);
    desk.change(|draft| draft.stage(Some(key), Staged::Changed { from, to, content }));
}
