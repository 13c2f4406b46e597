//! People who made their keys with an invitation and wait to be let in.

use coffer_client::{Error, PendingJoin, Right};
use leptos::prelude::*;

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
    let admit = Action::new_unsync(move |(): &()| {
        let (project, join) = (handle.get_value(), kept.get_value());
        async move { project.ok_or(Error::Locked)?.admit(&join).await }
    });
    let admitted = words::admitted(&name);
    Effect::new(move |_| {
        if let Some(Ok(_)) = admit.value().get() {
            admit.clear();
            toasts.say(admitted.clone());
            on_done.run(());
        }
    });
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
                                busy=admit.pending()
                                label=words::admit_named(&name)
                                on_press=move || {
                                    admit.dispatch(());
                                }
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
            {move || match admit.value().get() {
                Some(Err(error)) => Some(view! { <FailureBanner error /> }),
                _ => None,
            }}
        </li>
    }
}
