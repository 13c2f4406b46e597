//! People who made their keys with an invitation and wait to be let in.

use coffer_client::{Error, PendingJoin, Right};
use leptos::{prelude::*, task::spawn_local};

use super::Handle;
use crate::{
    components::fingerprint::{KeyPicture, KeyWords},
    failure::FailureBanner,
    state::toasts::Toasts,
    text::{members as words, projects as project_words},
    ui::*,
};

/// Everybody who waits.
#[component]
pub(super) fn Waiting(
    joins: Vec<PendingJoin>,
    handle: Handle,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="card" data-tone="caution" aria-labelledby="members-waiting">
            <div class="card__head">
                <div>
                    <h2 id="members-waiting">{words::WAITING_TITLE}</h2>
                    <p class="muted t-sm">{words::WAITING_LEAD}</p>
                </div>
                <Count value=joins.len() attention=true />
            </div>
            <ul class="card__body stack">
                {joins.into_iter().map(|join| view! { <Join join handle on_done /> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Join(join: PendingJoin, handle: Handle, on_done: Callback<()>) -> impl IntoView {
    let toasts = Toasts::expect();
    let name = if join.name.trim().is_empty() {
        join.email.clone()
    } else {
        join.name.clone()
    };
    let kept = StoredValue::new(join.clone());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new_local(None::<Error>);
    let admitted = words::admitted(&name);
    let admit = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let (project, join, admitted) = (handle.get_value(), kept.get_value(), admitted.clone());
        // The list may be read again meanwhile, and this row with it: what came of it is told all the same.
        spawn_local(async move {
            let outcome = match project {
                Some(project) => project.admit(&join).await,
                None => Err(Error::Locked),
            };
            busy.try_set(false);
            match outcome {
                Ok(_) => {
                    toasts.say(admitted);
                    on_done.try_run(());
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let promised = if join.admin {
        words::ROLE_ADMIN.to_owned()
    } else {
        let rights: Vec<String> = join
            .rights
            .iter()
            .filter(|(_, right)| *right != Right::None)
            .map(|(slug, right)| format!("{slug}: {}", project_words::right(*right)))
            .collect();
        if rights.is_empty() {
            words::NOTHING_CHOSEN.to_owned()
        } else {
            rights.join(", ")
        }
    };
    view! {
        <li class="stack stack-2">
            <div class="row row--between row--wrap">
                <div class="fp">
                    <KeyPicture words=join.fingerprint.clone() />
                    <div class="stack stack-1">
                        <b class="anywhere">{name.clone()}</b>
                        <span class="faint t-xs anywhere">{join.email.clone()} " · " {promised}</span>
                    </div>
                </div>
                {if join.mac_ok {
                    view! {
                        <Badge tone=Tone::Accent glyph=Glyph::ShieldCheck>
                            {words::LINK_OK}
                        </Badge>
                    }
                } else {
                    view! {
                        <Badge tone=Tone::Danger glyph=Glyph::ShieldAlert>
                            {words::LINK_BAD}
                        </Badge>
                    }
                }}
                {join
                    .mac_ok
                    .then(|| {
                        view! {
                            <Button
                                glyph=Glyph::Check
                                busy
                                label=words::admit_named(&name)
                                on_press=admit
                            >
                                {words::ADMIT}
                            </Button>
                        }
                    })}
            </div>
            <p>
                <KeyWords words=join.fingerprint.clone() label=words::fingerprint_of(&name) />
            </p>
            {(!join.mac_ok).then(|| view! { <p class="c-danger t-sm">{words::LINK_BAD_HINT}</p> })}
            {move || failed.get().map(|error| view! { <FailureBanner error /> })}
        </li>
    }
}
