//! When a server has lost what this device has seen: putting it back, giving it up by a signed entry, or accepting that
//! an admin has given it up; and what somebody saved while losing the right to. Nothing of it happens by itself.

use coffer_client::{Consent, Error, LateRecords, LostHistory};
use leptos::prelude::*;

use crate::{
    backend::Project,
    failure::Trouble,
    platform::dates,
    state::toasts::Toasts,
    text::{self, environment as words},
    ui::*,
};

/// What a person can decide.
#[derive(Clone)]
enum Way {
    Accept(Box<Consent>),
    GiveUp,
    PutBack,
    Uphold,
}

/// What is offered after an error; nothing for errors that nobody can decide about.
#[component]
pub(super) fn Recovery(
    error: Error,
    project: Project,
    slug: String,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    match error {
        Error::HistoryLost(lost) => view! { <Lost lost=*lost project slug on_done /> }.into_any(),
        Error::LateRecords(late) => view! { <Late late=*late project slug on_done /> }.into_any(),
        Error::NeedsConsent(consent) => view! { <Asked consent=*consent project slug on_done /> }.into_any(),
        _ => ().into_any(),
    }
}

type Act = Action<Way, Result<(), Error>>;

fn act(project: Project, slug: String, on_done: Callback<()>) -> Act {
    let toasts = Toasts::expect();
    let (project, slug) = (StoredValue::new_local(project), StoredValue::new(slug));
    let act = Action::new_unsync(move |way: &Way| {
        let (project, slug, way) = (project.get_value(), slug.get_value(), way.clone());
        async move {
            match way {
                Way::Accept(consent) => project.accept_rebase(&slug, &consent).await?,
                Way::GiveUp => project.reanchor(&slug).await?,
                Way::PutBack => project.put_back(&slug).await?,
                Way::Uphold => project.uphold(&slug).await?,
            };
            Ok(())
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = act.value().get() {
            act.clear();
            toasts.say_with(Glyph::ShieldCheck, words::RECOVERED);
            on_done.run(());
        }
    });
    act
}

/// The server is behind what this device has seen.
#[component]
fn Lost(lost: LostHistory, project: Project, slug: String, on_done: Callback<()>) -> impl IntoView {
    let admin = project.is_admin();
    let act = act(project, slug, on_done);
    let giving_up = RwSignal::new(false);
    view! {
        <section class="card" aria-labelledby="recovery">
            <div class="card__head">
                <h2 id="recovery">{words::RECOVERY_TITLE}</h2>
            </div>
            <div class="card__body stack">
                <Facts>
                    <Fact name=words::RECOVERY_SEEN>{lost.seen.to_string()}</Fact>
                    <Fact name=words::RECOVERY_LEFT>{lost.left.to_string()}</Fact>
                </Facts>
                <p>{if lost.can_put_back { words::RECOVERY_CAN } else { words::RECOVERY_CANNOT }}</p>
                <div class="row row--wrap">
                    {lost
                        .can_put_back
                        .then(|| {
                            view! {
                                <Button
                                    kind=ButtonKind::Primary
                                    busy=act.pending()
                                    on_press=move || {
                                        act.dispatch(Way::PutBack);
                                    }
                                >
                                    {words::PUT_BACK}
                                </Button>
                            }
                        })}
                    {admin
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Danger on_press=move || giving_up.set(true)>
                                    {words::GIVE_UP}
                                </Button>
                            }
                        })}
                </div>
                <Trouble act />
            </div>
        </section>
        <Confirm
            open=giving_up
            title=words::GIVE_UP_TITLE
            verb=words::GIVE_UP
            cancel_word=text::CANCEL
            busy=act.pending()
            on_confirm=move || {
                act.dispatch(Way::GiveUp);
            }
        >
            <p>{words::GIVE_UP_BODY}</p>
            <Trouble act />
        </Confirm>
    }
}

/// Somebody saved here while losing the right to.
#[component]
fn Late(late: LateRecords, project: Project, slug: String, on_done: Callback<()>) -> impl IntoView {
    let admin = project.is_admin();
    let act = act(project, slug, on_done);
    view! {
        <section class="card" aria-labelledby="recovery">
            <div class="card__head">
                <h2 id="recovery">{words::LATE_TITLE}</h2>
            </div>
            <div class="card__body stack">
                <p>{words::late(late.records, late.by.len())}</p>
                <p class="muted t-sm">{if admin { words::LATE_ADVICE } else { words::LATE_WAIT }}</p>
                {admin
                    .then(|| {
                        view! {
                            <div>
                                <Button
                                    kind=ButtonKind::Primary
                                    busy=act.pending()
                                    on_press=move || {
                                        act.dispatch(Way::Uphold);
                                    }
                                >
                                    {words::LATE_ACT}
                                </Button>
                            </div>
                        }
                    })}
                <Trouble act />
            </div>
        </section>
    }
}

/// An admin has given up what this device has seen.
#[component]
fn Asked(consent: Consent, project: Project, slug: String, on_done: Callback<()>) -> impl IntoView {
    let act = act(project, slug, on_done);
    let when = dates::short(consent.created);
    let told = words::consent(consent.lost, consent.to, &when);
    let consent = StoredValue::new(consent);
    view! {
        <section class="card" aria-labelledby="recovery">
            <div class="card__head">
                <h2 id="recovery">{words::CONSENT_TITLE}</h2>
            </div>
            <div class="card__body stack">
                <p>{told}</p>
                <p class="muted t-sm">{words::CONSENT_ADVICE}</p>
                <div>
                    <Button
                        kind=ButtonKind::Danger
                        busy=act.pending()
                        on_press=move || {
                            act.dispatch(Way::Accept(Box::new(consent.get_value())));
                        }
                    >
                        {words::CONSENT_ACT}
                    </Button>
                </div>
                <Trouble act />
            </div>
        </section>
    }
}
