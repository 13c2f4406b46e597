//! Errors for people: a title, what is safe and what to do, and whether trying again can help.

use coffer_client::{AccessState, Error, GrantFault, SaveError, TransportError};
use leptos::prelude::*;

use crate::{
    state::session::Session,
    text::{self, access as access_words, failure as words},
    ui::{Banner, Button, ButtonSize, Glyph, Tone},
};

/// What people read about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What happened.
    pub(crate) title: String,
    /// What is safe, and what to do.
    pub(crate) advice: String,
    /// Trying again may help.
    pub(crate) retry: bool,
    /// How grave it is.
    pub(crate) tone: Tone,
    /// Its picture.
    pub(crate) glyph: Glyph,
}

impl Failure {
    fn new(words: impl IntoWords, tone: Tone, glyph: Glyph, retry: bool) -> Self {
        let (title, advice) = words.into_words();
        Self {
            title,
            advice,
            retry,
            tone,
            glyph,
        }
    }
}

/// Explains an error of the client.
pub(crate) fn explain(error: &Error) -> Failure {
    use Glyph::{Alert, Ban, Clock, Hourglass, Info, Key, Lock, Offline, Server, ShieldAlert};
    use Tone::{Caution, Danger, Info as Told, Plain};
    match error {
        Error::Conflict => Failure::new(words::CONFLICT, Caution, Info, true),
        Error::Forbidden => Failure::new(words::FORBIDDEN, Told, Ban, false),
        Error::Forged { what } => Failure::new(words::forged(what), Danger, ShieldAlert, false),
        Error::Forked { what } => Failure::new(words::forked(what), Danger, ShieldAlert, false),
        Error::GrantRefused(fault) => {
            let tone = match fault {
                GrantFault::Forged | GrantFault::Hidden | GrantFault::NotApproved => Danger,
                _ => Told,
            };
            let retry = *fault == GrantFault::Hidden;
            Failure::new(access_words::fault(*fault), tone, Hourglass, retry)
        }
        Error::Invalid { field, why } => Failure::new(words::invalid(field, why), Caution, Alert, false),
        Error::HistoryLost(_) => Failure::new(words::HISTORY_LOST, Danger, Glyph::History, true),
        Error::LateRecords(_) => Failure::new(words::LATE_RECORDS, Caution, Glyph::History, false),
        Error::NeedsConsent(_) => Failure::new(words::NEEDS_CONSENT, Caution, Glyph::History, false),
        Error::KeyChanged => Failure::new(words::KEY_CHANGED, Danger, ShieldAlert, false),
        Error::Locked => Failure::new(words::LOCKED, Told, Lock, false),
        Error::NameTaken => Failure::new(words::NAME_TAKEN, Caution, Alert, false),
        Error::NewKeyFirst => Failure::new(words::NEW_KEY_FIRST, Caution, Key, false),
        Error::NoKey => Failure::new(words::NO_KEY, Told, Key, false),
        Error::NoRoom { what, most } => Failure::new(words::no_room(what, *most), Caution, Info, false),
        Error::NotEnoughMemory => Failure::new(words::NOT_ENOUGH_MEMORY, Caution, Alert, true),
        Error::NotFound => Failure::new(words::NOT_FOUND, Told, Info, true),
        Error::NotSealed => Failure::new(words::NOT_SEALED, Caution, Lock, false),
        Error::Offline => Failure::new(words::OFFLINE, Plain, Offline, true),
        Error::OtherServer { server } => {
            Failure::new(words::other_server(server.as_str()), Caution, Server, false)
        }
        Error::PassphraseReused => Failure::new(words::PASSPHRASE_REUSED, Caution, Key, false),
        Error::PolicyBlocksCoffer => Failure::new(words::POLICY, Caution, Hourglass, true),
        Error::RateLimited { retry_after } => {
            Failure::new(words::rate_limited(*retry_after), Caution, Clock, true)
        }
        Error::RecordsLost => Failure::new(words::RECORDS_LOST, Caution, Key, true),
        Error::RequestDecided(AccessState::Granted { .. }) => {
            Failure::new(words::REQUEST_GRANTED, Told, Info, false)
        }
        Error::RequestDecided(_) => Failure::new(words::REQUEST_DECIDED, Told, Info, false),
        Error::RolledBack { what } => Failure::new(words::rolled_back(what), Danger, Glyph::History, true),
        Error::Server { status, message } => {
            Failure::new(words::server(*status, message), Caution, Server, *status >= 500)
        }
        Error::SessionExpired => Failure::new(words::SESSION_EXPIRED, Caution, Clock, false),
        Error::StateVanished { what } => Failure::new(words::vanished(what), Danger, ShieldAlert, true),
        Error::StretchFailed => Failure::new(words::STRETCH_FAILED, Caution, Alert, true),
        Error::Storage(said) => Failure::new(words::storage(said), Caution, Alert, true),
        Error::TooLarge => Failure::new(words::TOO_LARGE, Caution, Alert, false),
        Error::Transport(cause) => transport(cause),
        Error::Unverified => Failure::new(words::UNVERIFIED, Danger, ShieldAlert, false),
        Error::UnknownEnvelope => Failure::new(words::UNKNOWN_ENVELOPE, Danger, ShieldAlert, false),
        Error::UnknownKdfProfile => Failure::new(words::UNKNOWN_KDF, Caution, Alert, false),
        Error::WrongPassphrase => Failure::new(words::WRONG_PASSPHRASE, Caution, Key, false),
        other => Failure::new(
            (
                words::OTHER.to_owned(),
                format!("{} ({other})", words::OTHER_ADVICE),
            ),
            Caution,
            Alert,
            true,
        ),
    }
}

/// Explains why a save did not happen; a conflict has a view of its own and is only named here.
pub(crate) fn explain_save(error: &SaveError) -> Failure {
    match error {
        SaveError::Failed(error) => explain(error),
        _ => explain(&Error::Conflict),
    }
}

fn transport(cause: &TransportError) -> Failure {
    match cause {
        TransportError::TimedOut => Failure::new(words::TIMED_OUT, Tone::Plain, Glyph::Clock, true),
        TransportError::TooLarge => Failure::new(words::TOO_LARGE, Tone::Caution, Glyph::Alert, false),
        TransportError::Redirected => Failure {
            advice: words::REDIRECTED.into(),
            ..Failure::new(words::OFFLINE, Tone::Caution, Glyph::Server, true)
        },
        _ => Failure::new(words::OFFLINE, Tone::Plain, Glyph::Offline, true),
    }
}

/// An error in place of what could not be shown. Tells the session, which knows about ends and outages.
#[component]
pub(crate) fn FailureBanner(
    /// What failed.
    error: Error,
    /// Tries again, where that can help.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    if let Some(session) = use_context::<Session>() {
        session.notice(&error);
    }
    let failure = explain(&error);
    let retry = on_retry.filter(|_| failure.retry);
    view! {
        <Banner title=failure.title text=failure.advice tone=failure.tone glyph=failure.glyph>
            {retry
                .map(|on_retry| {
                    view! {
                        <Button size=ButtonSize::Small glyph=Glyph::Refresh on_press=on_retry>
                            {text::RETRY}
                        </Button>
                    }
                })}
        </Banner>
    }
}

/// Why an action failed, for as long as its outcome is kept.
#[component]
pub(crate) fn Trouble<I: 'static, T: 'static>(
    /// The action.
    act: Action<I, Result<T, Error>>,
) -> impl IntoView {
    let error = move || {
        act.value().with(|outcome| match outcome {
            Some(Err(error)) => Some(error.clone()),
            _ => None,
        })
    };
    move || error().map(|error| view! { <FailureBanner error /> })
}

/// Fixed and filled-in words alike.
trait IntoWords {
    fn into_words(self) -> (String, String);
}

impl IntoWords for words::Words {
    fn into_words(self) -> (String, String) {
        (self.0.to_owned(), self.1.to_owned())
    }
}

impl IntoWords for (String, String) {
    fn into_words(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_are_quoted_as_the_servers() {
        let failure = explain(&Error::Server {
            status: 400,
            message: "Name too long".into(),
        });
        assert!(failure.advice.contains("It says: “Name too long”"), "{failure:?}");
    }

    #[test]
    fn nothing_that_could_be_tampering_offers_a_plain_retry_as_the_way_on() {
        let failure = explain(&Error::Forged { what: "the keyring" });
        assert!(!failure.retry);
        assert_eq!(failure.tone, Tone::Danger);
        assert!(failure.title.starts_with("The keyring does not match"));
    }

    #[test]
    fn every_error_has_a_title_and_advice() {
        for error in [
            Error::Conflict,
            Error::Forbidden,
            Error::GrantRefused(GrantFault::Hidden),
            Error::NewKeyFirst,
            Error::KeyChanged,
            Error::Locked,
            Error::NameTaken,
            Error::NoKey,
            Error::NoRoom {
                what: "links",
                most: 200,
            },
            Error::NotEnoughMemory,
            Error::NotFound,
            Error::Offline,
            Error::PassphraseReused,
            Error::PolicyBlocksCoffer,
            Error::RateLimited { retry_after: None },
            Error::RecordsLost,
            Error::RequestDecided(AccessState::Withdrawn),
            Error::SessionExpired,
            Error::StateVanished { what: "the account" },
            Error::Storage("full".into()),
            Error::TooLarge,
            Error::Transport(TransportError::TimedOut),
            Error::Transport(TransportError::Redirected),
            Error::UnknownEnvelope,
            Error::UnknownKdfProfile,
            Error::WrongPassphrase,
        ] {
            let failure = explain(&error);
            assert!(
                !failure.title.is_empty() && !failure.advice.is_empty(),
                "{error:?}"
            );
        }
    }
}
