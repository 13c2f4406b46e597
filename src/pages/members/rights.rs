//! What a member may open: asked when inviting, and changed later.

use coffer_client::{EnvironmentInfo, Right};
use leptos::prelude::*;

use crate::{
    text::{members as words, projects as project_words},
    ui::*,
};

/// The answers.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    admin: RwSignal<bool>,
    rights: RwSignal<Vec<(String, RwSignal<String>)>>,
}

impl Choice {
    /// Nothing is chosen.
    pub(super) fn new() -> Self {
        Self {
            admin: RwSignal::new(false),
            rights: RwSignal::new(Vec::new()),
        }
    }

    /// Starts from what somebody has.
    pub(super) fn reset(self, environments: &[EnvironmentInfo], admin: bool, rights: &[(String, Right)]) {
        self.admin.set(admin);
        let has = |slug: &str| {
            let known = rights.iter().find(|(known, _)| known == slug);
            known.map_or(Right::None, |(_, right)| *right)
        };
        let all = environments.iter();
        self.rights.set(
            all.map(|environment| {
                let key = key_of(has(&environment.slug));
                (environment.slug.clone(), RwSignal::new(key.to_owned()))
            })
            .collect(),
        );
    }

    /// Admin of the project, tracked.
    pub(super) fn is_admin(self) -> bool {
        self.admin.get()
    }

    /// The rights that are more than none, by slug, tracked.
    pub(super) fn rights(self) -> Vec<(String, Right)> {
        let all = self.rights.read();
        all.iter()
            .map(|(slug, right)| (slug.clone(), right_of(&right.read())))
            .filter(|(_, right)| *right != Right::None)
            .collect()
    }
}

/// The fields.
#[component]
pub(super) fn RightsChoice(
    choice: Choice,
    environments: Signal<Vec<EnvironmentInfo>>,
    /// It is a machine, which is never an admin.
    #[prop(optional, into)]
    machine: Signal<bool>,
) -> impl IntoView {
    let Choice { admin, rights } = choice;
    view! {
        <fieldset class="stack stack-3">
            <legend class="field__label">
                {move || if machine.get() { words::MACHINE_LEGEND } else { words::RIGHTS_LEGEND }}
            </legend>
            <Show when=move || !machine.get()>
                <Check label=words::ADMIN_LABEL value=admin hint=words::ADMIN_HINT />
            </Show>
            <Show when=move || !admin.get()>
                <div class="stack stack-2">
                    {move || {
                        let names = environments.get();
                        rights
                            .get()
                            .into_iter()
                            .map(|(slug, right)| {
                                let name = names
                                    .iter()
                                    .find(|environment| environment.slug == slug)
                                    .map_or(slug.clone(), |environment| environment.name.clone());
                                view! {
                                    <div class="row row--between">
                                        <span class="grow anywhere">{name.clone()}</span>
                                        <div class="members-right">
                                            <SelectField
                                                label=words::right_in(&name)
                                                hide_label=true
                                                value=right
                                                options=right_options()
                                            />
                                        </div>
                                    </div>
                                }
                            })
                            .collect_view()
                    }}
                </div>
            </Show>
        </fieldset>
    }
}

fn right_options() -> Vec<(String, String)> {
    [Right::None, Right::Read, Right::Write]
        .into_iter()
        .map(|right| (key_of(right).to_owned(), project_words::right(right).to_owned()))
        .collect()
}

fn key_of(right: Right) -> &'static str {
    match right {
        Right::None => NONE,
        Right::Read => READ,
        Right::Write | Right::Admin => WRITE,
    }
}

fn right_of(key: &str) -> Right {
    match key {
        READ => Right::Read,
        WRITE => Right::Write,
        _ => Right::None,
    }
}

const NONE: &str = "none";
const READ: &str = "read";
const WRITE: &str = "write";
