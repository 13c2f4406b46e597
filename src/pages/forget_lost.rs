//! Records that this browser can open no more: offered to be forgotten where reading them fails by it.

use coffer_client::Error;
use leptos::prelude::*;

use crate::{
    failure::Trouble,
    state::session::Session,
    text::{self, account as words},
    ui::*,
};

/// The way on for the one error that it mends; nothing for others.
#[component]
pub(crate) fn ForgetLost(
    /// Why this device's records were not read.
    error: Error,
) -> impl IntoView {
    let session = Session::expect();
    let open = RwSignal::new(false);
    let forget = Action::new_unsync(move |(): &()| session.forget_lost());
    (error == Error::RecordsLost).then(|| {
        view! {
            <section class="card">
                <div class="card__body stack">
                    <p>{words::RECORDS_LOST}</p>
                    <div>
                        <Button kind=ButtonKind::Danger on_press=move || open.set(true)>
                            {words::FORGET_RECORDS}
                        </Button>
                    </div>
                </div>
            </section>
            <Confirm
                open
                title=words::FORGET_RECORDS_TITLE
                verb=words::FORGET_RECORDS
                cancel_word=text::CANCEL
                busy=forget.pending()
                on_confirm=move || {
                    forget.dispatch(());
                }
            >
                <p>{words::FORGET_RECORDS_SAFE}</p>
                <p>{words::FORGET_RECORDS_GONE}</p>
                <Trouble act=forget />
            </Confirm>
        }
    })
}
