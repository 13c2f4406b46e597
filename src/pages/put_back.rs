//! Membership that a server has lost and this device kept: offered where opening a project fails by it.

use coffer_client::{Error, ProjectId};
use leptos::prelude::*;

use crate::{
    failure::Trouble,
    state::{session::OpenVault, toasts::Toasts},
    text::projects as words,
    ui::*,
};

/// A button for the one error that it mends; nothing for others.
#[component]
pub(crate) fn PutBackMembership(
    /// Why the project did not open.
    error: Error,
    /// The project's id.
    project: String,
    /// It was put back.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let project = StoredValue::new(project);
    let act = Action::new_unsync(move |(): &()| {
        let (vault, id) = (vault.get(), ProjectId::new(project.get_value()));
        async move { vault.put_back_membership(&id).await.map(drop) }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = act.value().get() {
            act.clear();
            toasts.say_with(Glyph::ShieldCheck, words::MEMBERSHIP_BACK);
            on_done.run(());
        }
    });
    matches!(error, Error::RolledBack { .. }).then(|| {
        view! {
            <section class="card">
                <div class="card__body stack">
                    <p>{words::MEMBERSHIP_KEPT}</p>
                    <div>
                        <Button
                            kind=ButtonKind::Primary
                            busy=act.pending()
                            on_press=move || {
                                act.dispatch(());
                            }
                        >
                            {words::PUT_MEMBERSHIP_BACK}
                        </Button>
                    </div>
                    <Trouble act />
                </div>
            </section>
        }
    })
}
