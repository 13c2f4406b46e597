//! Where in the environment one is: the way here, the folders below, and making, renaming, deleting them.

use coffer_client::SaveError;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::Place;
use crate::{
    failure::{FailureBanner, explain_save},
    state::{
        desk::Desk,
        environment::{ancestors, children, folder_name_is_fine, is_below, join, last_part, parent},
        toasts::Toasts,
    },
    text::{self, environment as words},
    ui::*,
};

/// Which question about a folder is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Make one in this folder.
    Create(String),
    /// Delete this one.
    Delete(String),
    /// Rename this one.
    Rename(String),
}

/// The way to the open folder and the folders below it.
#[component]
pub(super) fn FolderBar(asked: RwSignal<Option<Asked>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let below = Memo::new(move |_| {
        place.folder.with(|folder| {
            desk.with(|environment| {
                let folders = environment.folders();
                let used = environment.entries().iter().map(|entry| entry.path.as_str());
                children(folders.iter().map(String::as_str).chain(used), folder)
            })
        })
    });
    let way = move || {
        let here = place.folder.get();
        let all = ancestors(&here);
        let last = all.len() - 1;
        all.into_iter()
            .enumerate()
            .map(|(index, path)| {
                let name = if path == "/" {
                    place.name.get_value()
                } else {
                    last_part(&path).to_owned()
                };
                view! {
                    <li>
                        <a
                            href=place.at(&path, "").to_string()
                            aria-current=(index == last).then_some("location")
                        >
                            {name}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="environment-folders" hidden=move || {
            below.read().is_empty() && *place.folder.read() == "/"
        }>
            <nav class="crumbs" aria-label=words::FOLDER_PATH>
                <ol>{way}</ol>
            </nav>
            <ul class="chips" aria-label=words::FOLDERS>
                {move || {
                    below
                        .get()
                        .into_iter()
                        .map(|path| {
                            let (for_rename, for_delete) = (path.clone(), path.clone());
                            let name = last_part(&path).to_owned();
                            let (href, more) = (place.at(&path, "").to_string(), words::more_for_folder(&path));
                            view! {
                                <li class="environment-folder">
                                    <a class="chip" href=href>
                                        <Icon glyph=Glyph::Folder size=IconSize::Small />
                                        {name}
                                    </a>
                                    {place
                                        .writes
                                        .then(|| {
                                            view! {
                                                <Menu label=more>
                                                    <MenuItem
                                                        glyph=Glyph::Pencil
                                                        on_press=move || {
                                                            asked.set(Some(Asked::Rename(for_rename.clone())));
                                                        }
                                                    >
                                                        {words::RENAME_FOLDER}
                                                    </MenuItem>
                                                    <MenuItem
                                                        glyph=Glyph::Trash
                                                        danger=true
                                                        on_press=move || {
                                                            asked.set(Some(Asked::Delete(for_delete.clone())));
                                                        }
                                                    >
                                                        {words::DELETE_FOLDER}
                                                    </MenuItem>
                                                </Menu>
                                            }
                                        })}
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </div>
    }
}

/// The dialogs about folders.
#[component]
pub(super) fn FolderDialogs(asked: RwSignal<Option<Asked>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let toasts = Toasts::expect();
    let navigate = use_navigate();
    let naming = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let act = Action::new_unsync(move |asked: &(Asked, String)| {
        let (environment, (asked, name)) = (desk.environment(), asked.clone());
        async move {
            let done = match &asked {
                Asked::Create(folder) => environment.create_folder(&join(folder, &name)).await,
                Asked::Rename(folder) => {
                    environment
                        .rename_folder(folder, &join(parent(folder), &name))
                        .await
                }
                Asked::Delete(folder) => environment.delete_folder(folder).await,
            };
            done.map(|environment| {
                desk.advance(environment);
                (asked, name)
            })
        }
    });
    Effect::new(move |_| {
        let Some(Ok((done, name))) = act.value().get() else {
            return;
        };
        act.clear();
        asked.set(None);
        let here = place.folder.get_untracked();
        let (to, said) = match &done {
            Asked::Create(folder) => (Some(join(folder, &name)), words::folder_created(&name)),
            Asked::Rename(folder) => {
                let renamed = join(parent(folder), &name);
                let to = is_below(&here, folder).then(|| here.replacen(folder.as_str(), &renamed, 1));
                (to, words::folder_renamed(&name))
            }
            Asked::Delete(folder) => {
                let to = is_below(&here, folder).then(|| parent(folder).to_owned());
                (to, words::folder_deleted(folder))
            }
        };
        toasts.say(said);
        if let Some(to) = to {
            navigate(&place.at(&to, "").to_string(), Default::default());
        }
    });
    Effect::new(move |_| {
        let now = asked.get();
        naming.set(matches!(now, Some(Asked::Create(_) | Asked::Rename(_))));
        deleting.set(matches!(now, Some(Asked::Delete(_))));
        tried.set(false);
        name.set(match &now {
            Some(Asked::Rename(folder)) => last_part(folder).to_owned(),
            _ => String::new(),
        });
    });
    let close_all = move || {
        act.clear();
        if asked.read_untracked().is_some() {
            asked.set(None);
        }
    };
    Effect::new(move |was: Option<bool>| {
        let now = naming.get() || deleting.get();
        if was == Some(true) && !now {
            close_all();
        }
        now
    });
    let renaming = Signal::derive(move || matches!(&*asked.read(), Some(Asked::Rename(_))));
    // Renaming or deleting saves at once; what is staged would be based on the wrong places.
    let blocked = Signal::derive(move || {
        let staged = desk.counts().all() > 0;
        staged && !matches!(&*asked.read(), Some(Asked::Create(_)) | None)
    });
    let taken = move |name: &str| {
        let path = match &*asked.read() {
            Some(Asked::Create(folder)) => join(folder, name),
            Some(Asked::Rename(folder)) if last_part(folder) != name => join(parent(folder), name),
            _ => return false,
        };
        desk.with(|environment| {
            environment.folders().contains(&path)
                || environment.entries().iter().any(|entry| entry.path == path)
        })
    };
    let error = Signal::derive(move || {
        let name = name.read();
        let name = name.trim();
        if tried.get() && !folder_name_is_fine(name) {
            Some(words::FOLDER_NAME_BAD.to_owned())
        } else {
            taken(name).then(|| words::FOLDER_TAKEN.to_owned())
        }
    });
    let submit = move || {
        tried.set(true);
        let name = name.get_untracked().trim().to_owned();
        let Some(asked) = asked.get_untracked() else {
            return;
        };
        if folder_name_is_fine(&name) && !untrack(|| taken(&name)) && !blocked.get_untracked() {
            act.dispatch((asked, name));
        }
    };
    let title = Signal::derive(move || match &*asked.read() {
        Some(Asked::Rename(folder)) => format!("{}: {folder}", words::RENAME_FOLDER),
        _ => words::NEW_FOLDER_TITLE.to_owned(),
    });
    let doomed = Signal::derive(move || match &*asked.read() {
        Some(Asked::Delete(folder)) => folder.clone(),
        _ => String::new(),
    });
    let trouble = move || {
        let failed: Option<SaveError> = match act.value().get() {
            Some(Err(error)) => Some(error),
            _ => None::<SaveError>,
        };
        view! { <SaveTrouble error=failed /> }
    };
    view! {
        <Dialog open=naming title close_word=text::CLOSE busy=act.pending()>
            <DialogForm
                open=naming
                verb=Signal::derive(move || {
                    if renaming.get() { text::SAVE } else { words::CREATE_FOLDER }.to_owned()
                })
                cancel_word=text::CANCEL
                busy=act.pending()
                disabled=blocked
                on_submit=submit
            >
                <TextField
                    label=words::FOLDER_NAME
                    value=name
                    hint=words::FOLDER_NAME_HINT
                    error
                    mono=true
                    max_length=64
                    autofocus=true
                />
                {move || {
                    renaming.get().then(|| view! { <p class="muted t-sm">{words::RENAME_FOLDER_NOTE}</p> })
                }}
                {move || {
                    blocked
                        .get()
                        .then(|| view! { <p class="c-caution t-sm">{words::FOLDER_FIRST_SAVE}</p> })
                }}
                {trouble}
            </DialogForm>
        </Dialog>
        <Confirm
            open=deleting
            title=Signal::derive(move || words::delete_folder_title(&doomed.read()))
            verb=words::DELETE_FOLDER
            cancel_word=text::CANCEL
            typed=Signal::derive(move || last_part(&doomed.read()).to_owned())
            typed_label=Signal::derive(move || text::projects::type_to_confirm(last_part(&doomed.read())))
            busy=act.pending()
            on_confirm=move || {
                if let Some(asked) = asked.get_untracked()
                    && !blocked.get_untracked()
                {
                    act.dispatch((asked, String::new()));
                }
            }
        >
            <p>
                {move || {
                    let folder = doomed.get();
                    let count = desk
                        .with(|environment| {
                            environment.entries().iter().filter(|entry| is_below(&entry.path, &folder)).count()
                        });
                    words::delete_folder_body(count)
                }}
            </p>
            {move || {
                blocked.get().then(|| view! { <p class="c-caution t-sm">{words::FOLDER_FIRST_SAVE}</p> })
            }}
            {trouble}
        </Confirm>
    }
}

/// Why something was not saved, where a conflict needs no choice.
#[component]
pub(super) fn SaveTrouble(error: Option<SaveError>) -> impl IntoView {
    error.map(|error| match error {
        SaveError::Failed(error) => view! { <FailureBanner error /> }.into_any(),
        other => {
            let told = explain_save(&other);
            view! { <Banner title=told.title text=told.advice tone=told.tone glyph=told.glyph /> }.into_any()
        }
    })
}
