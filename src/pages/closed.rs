//! A project that did not open: what that means for who followed a link into it.

use coffer_client::Error;
use leptos::prelude::*;

use super::{put_back::PutBackMembership, unlock::host};
use crate::{
    failure::FailureBanner,
    routes::Path,
    state::session::{OpenVault, Session},
    text::{self, account as account_words, projects as words},
    ui::*,
};

/// Why a project did not open, and what can be done. Who is no member is told whom to ask; it is no failure.
#[component]
pub(crate) fn ClosedProject(
    /// Why it did not open.
    error: Error,
    /// The project's id.
    project: String,
    /// Tries again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    let session = Session::expect();
    let account = expect_context::<OpenVault>().get().account();
    if !is_to_strangers(&error) {
        return view! {
            <FailureBanner error=error.clone() on_retry />
            <PutBackMembership error project on_done=on_retry />
        }
        .into_any();
    }
    view! {
        <section class="card">
            <Empty
                title=words::NOT_A_MEMBER
                text=words::not_a_member(&account.email, host(account.server.as_str()))
                art=EmptyArt::Key
            >
                <Button glyph=Glyph::Refresh on_press=on_retry>
                    {text::RETRY}
                </Button>
                <Button on_press=move || session.lock()>{account_words::OTHER_ACCOUNT}</Button>
                <LinkButton href=Path::Projects>{words::TO_PROJECTS}</LinkButton>
            </Empty>
        </section>
    }
    .into_any()
}

/// What a server says of a project to who is no member: that it is not theirs, or that it knows none.
fn is_to_strangers(error: &Error) -> bool {
    matches!(error, Error::Forbidden | Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_an_attack_is_never_told_as_not_being_a_member() {
        assert!(is_to_strangers(&Error::Forbidden));
        assert!(is_to_strangers(&Error::NotFound));
        for error in [
            Error::Forged { what: "the keyring" },
            Error::StateVanished { what: "this project" },
            Error::Unverified,
            Error::Offline,
        ] {
            assert!(!is_to_strangers(&error), "{error:?}");
        }
    }
}
