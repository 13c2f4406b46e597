//! Changing what a member may open, and removing one.

use coffer_client::{Enforcement, EnvironmentInfo, Error, MemberInfo, Right};
use leptos::prelude::*;

use super::{
    Handle,
    rights::{Choice, RightsChoice},
};
use crate::{
    failure::Trouble,
    state::toasts::Toasts,
    text::{self, members as words},
    ui::*,
};

/// Which question about a member is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Remove this one.
    Remove(MemberInfo),
    /// Change what this one may open.
    Rights(MemberInfo),
}

impl Asked {
    fn member(&self) -> &MemberInfo {
        match self {
            Self::Remove(member) | Self::Rights(member) => member,
        }
    }
}

/// What an admin can do about one member.
#[component]
pub(super) fn MemberMenu(member: MemberInfo, asked: RwSignal<Option<Asked>>) -> impl IntoView {
    let for_rights = member.clone();
    let name = member.shown_name().to_owned();
    view! {
        <Menu label=words::more_for(&name)>
            <MenuItem glyph=Glyph::Key on_press=move || asked.set(Some(Asked::Rights(for_rights.clone())))>
                {words::CHANGE_RIGHTS}
            </MenuItem>
            <MenuRule />
            <MenuItem
                glyph=Glyph::Ban
                danger=true
                on_press=move || asked.set(Some(Asked::Remove(member.clone())))
            >
                {words::REMOVE}
            </MenuItem>
        </Menu>
    }
}

/// The dialogs.
#[component]
pub(super) fn ManageDialogs(
    asked: RwSignal<Option<Asked>>,
    environments: Signal<Vec<EnvironmentInfo>>,
    handle: Handle,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let changing = RwSignal::new(false);
    let removing = RwSignal::new(false);
    let choice = Choice::new();
    let act = Action::new_unsync(
        move |(asked, admin, rights): &(Asked, bool, Vec<(String, Right)>)| {
            let (project, asked, admin, rights) = (handle.get_value(), asked.clone(), *admin, rights.clone());
            async move {
                let project = project.ok_or(Error::Locked)?;
                let user = &asked.member().user_id;
                let enforced = match &asked {
                    Asked::Remove(_) => {
                        project.remove_member(user).await?;
                        None
                    }
                    Asked::Rights(_) => Some(project.set_rights(user, admin, &rights).await?),
                };
                Ok::<_, Error>((asked, enforced))
            }
        },
    );
    Effect::new(move |_| {
        let now = asked.get();
        if let Some(Asked::Rights(member)) = &now {
            choice.reset(&environments.read_untracked(), member.admin, &member.rights);
        }
        changing.set(matches!(now, Some(Asked::Rights(_))));
        removing.set(matches!(now, Some(Asked::Remove(_))));
    });
    Effect::new(move |_| {
        let Some(Ok((done, enforced))) = act.value().get() else {
            return;
        };
        act.clear();
        asked.set(None);
        let name = done.member().shown_name().to_owned();
        toasts.say(match done {
            Asked::Remove(_) => words::removed(&name),
            Asked::Rights(_) if enforced == Some(Enforcement::KeysAlone) => words::keys_alone(&name),
            Asked::Rights(_) => words::rights_changed(&name),
        });
        on_done.run(());
    });
    // Closed by Esc or the cross: the question is answered with no.
    Effect::new(move |was: Option<bool>| {
        let open = changing.get() || removing.get();
        if was == Some(true) && !open && asked.read_untracked().is_some() {
            act.clear();
            asked.set(None);
        }
        open
    });
    let name = Signal::derive(move || {
        let asked = asked.read();
        asked
            .as_ref()
            .map(|asked| asked.member().shown_name().to_owned())
            .unwrap_or_default()
    });
    let machine = Signal::derive(move || asked.read().as_ref().is_some_and(|asked| asked.member().machine));
    // What they can open now: slugs and names of environments.
    let opens = Signal::derive(move || {
        let Some(asked) = asked.get() else {
            return Vec::new();
        };
        let member = asked.member();
        let has = |slug: &str| {
            member.admin
                || member
                    .rights
                    .iter()
                    .any(|(known, right)| known == slug && *right != Right::None)
        };
        let all = environments.read();
        all.iter()
            .filter(|environment| has(&environment.slug))
            .map(|environment| (environment.slug.clone(), environment.name.clone()))
            .collect::<Vec<_>>()
    });
    let loses = Signal::derive(move || {
        if choice.is_admin() {
            return Vec::new();
        }
        let kept = choice.rights();
        let gone = |(slug, _): &(String, String)| !kept.iter().any(|(known, _)| known == slug);
        let lost = opens.get().into_iter().filter(gone);
        lost.map(|(_, name)| name).collect::<Vec<_>>()
    });
    let submit = move || {
        if let Some(asked) = asked.get_untracked() {
            act.dispatch((asked, untrack(|| choice.is_admin()), untrack(|| choice.rights())));
        }
    };
    view! {
        <Dialog
            open=changing
            title=Signal::derive(move || words::rights_of(&name.read()))
            note=words::RIGHTS_LEAD
            close_word=text::CLOSE
            busy=act.pending()
        >
            <DialogForm
                open=changing
                verb=words::CHANGE_RIGHTS
                cancel_word=text::CANCEL
                busy=act.pending()
                on_submit=submit
            >
                <RightsChoice choice environments machine />
                <Outcome glyph=Glyph::Key>
                    <p aria-live="polite">{move || words::rights_outcome(&name.read(), machine.get(), &loses.read())}</p>
                </Outcome>
                <Trouble act />
            </DialogForm>
        </Dialog>
        <Confirm
            open=removing
            title=Signal::derive(move || words::remove_title(&name.read()))
            verb=words::REMOVE
            cancel_word=text::CANCEL
            busy=act.pending()
            on_confirm=move || {
                if let Some(asked) = asked.get_untracked() {
                    act.dispatch((asked, false, Vec::new()));
                }
            }
        >
            <p>{move || if machine.get() { words::REMOVE_MACHINE_BODY } else { words::REMOVE_BODY }}</p>
            <p>{move || {
                let names: Vec<String> = opens.get().into_iter().map(|(_, name)| name).collect();
                words::remove_known(machine.get(), &names)
            }}</p>
            <Trouble act />
        </Confirm>
    }
}
