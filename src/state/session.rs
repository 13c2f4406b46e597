//! Who is here: nobody, somebody whose keys are locked, or somebody unlocked.
//!
//! Everything that shows plaintext is mounted under the shell, and the shell only while the state is unlocked: locking
//! unmounts it all and wipes the vault.

use coffer_client::{Error, KnownAccount, ServerOrigin, TransportError};
use leptos::prelude::*;

use super::{clipboard::Clipboard, toasts::Toasts};
use crate::{
    backend::{self, Client, Vault},
    platform::{clock, listen, preference, records, stretch},
};

/// Minutes of silence after which the app may lock itself.
pub(crate) const AUTO_LOCK: [u64; 4] = [1, 5, 15, 60];
const AUTO_LOCK_DEFAULT: u64 = 15;

/// Who is here.
#[derive(Clone)]
pub(crate) enum SessionState {
    /// This device's records have not been read yet.
    Opening,
    /// This device knows no account of the chosen server.
    SignedOut,
    /// It knows one, or several; the first was used last.
    Locked(Vec<KnownAccount>),
    /// Its keys are open.
    Unlocked(Vault),
}

/// Something is wrong between here and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server ended the session.
    Expired,
    /// The server cannot be reached, since this moment.
    Offline(u64),
}

/// The session: private signals, public verbs.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    state: RwSignal<SessionState, LocalStorage>,
    server: RwSignal<ServerOrigin>,
    trouble: RwSignal<Option<Trouble>>,
    auto_lock: RwSignal<u64>,
    toasts: Toasts,
    clipboard: Clipboard,
}

impl Session {
    /// Puts a session in context. It asks nobody anything yet.
    pub(crate) fn provide() {
        let here = backend::this_server();
        let server = preference::read(preference::SERVER)
            .and_then(|text| ServerOrigin::parse(&text).ok())
            .unwrap_or(here);
        let minutes = preference::read(preference::AUTO_LOCK)
            .and_then(|text| text.parse().ok())
            .filter(|minutes| AUTO_LOCK.contains(minutes))
            .unwrap_or(AUTO_LOCK_DEFAULT);
        let session = Self {
            state: RwSignal::new_local(SessionState::Opening),
            server: RwSignal::new(server),
            trouble: RwSignal::new(None),
            auto_lock: RwSignal::new(minutes),
            toasts: Toasts::expect(),
            clipboard: Clipboard::expect(),
        };
        listen::on(&listen::window_target(), "offline", move |_| session.offline());
        listen::on(&listen::window_target(), "online", move |_| session.well());
        // a page that comes back from the cache of back and forward was locked when it went there; this is for
        // browsers that froze it before the handler ran
        listen::on(&listen::window_target(), "pageshow", move |event| {
            let persisted = js_sys::Reflect::get(&event, &"persisted".into()).is_ok_and(|it| it.is_truthy());
            if persisted {
                session.lock();
            }
        });
        provide_context(session);
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Who is here, tracked.
    pub(crate) fn with<T>(self, look: impl FnOnce(&SessionState) -> T) -> T {
        self.state.with(look)
    }

    /// Whether keys are open, tracked.
    pub(crate) fn is_unlocked(self) -> bool {
        self.state
            .with(|state| matches!(state, SessionState::Unlocked(_)))
    }

    /// The open vault, untracked.
    pub(crate) fn vault(self) -> Option<Vault> {
        self.state.with_untracked(|state| match state {
            SessionState::Unlocked(vault) => Some(vault.clone()),
            _ => None,
        })
    }

    /// The chosen server, tracked.
    pub(crate) fn server(self) -> ServerOrigin {
        self.server.get()
    }

    /// The chosen server, untracked.
    pub(crate) fn server_now(self) -> ServerOrigin {
        self.server.get_untracked()
    }

    /// Whether the chosen server is another than this page's, tracked.
    pub(crate) fn is_foreign(self) -> bool {
        self.server.with(|server| *server != backend::this_server())
    }

    /// A client of the chosen server.
    pub(crate) fn client(self) -> Client {
        backend::client(self.server.get_untracked())
    }

    /// Reads this device's records: which accounts of the chosen server does it know?
    pub(crate) async fn open(self) -> Result<(), Error> {
        let mut accounts = self.client().known_accounts().await?;
        accounts.sort_by_key(|account| std::cmp::Reverse(account.last_used));
        // an unlock that finished meanwhile counts more than what was read
        let unlocked = self
            .state
            .with_untracked(|state| matches!(state, SessionState::Unlocked(_)));
        if !unlocked {
            self.state.set(if accounts.is_empty() {
                SessionState::SignedOut
            } else {
                SessionState::Locked(accounts)
            });
        }
        Ok(())
    }

    /// Another server. Whoever is here is locked first.
    pub(crate) fn choose_server(self, server: ServerOrigin) {
        self.lock();
        let foreign = server != backend::this_server();
        preference::write(preference::SERVER, foreign.then_some(server.as_str()));
        self.server.set(server);
        self.trouble.set(None);
        self.state.set(SessionState::Opening);
    }

    /// Keys were opened.
    pub(crate) fn unlocked(self, vault: Vault) {
        self.trouble.set(None);
        self.state.set(SessionState::Unlocked(vault));
    }

    /// Closes the keys: wipes the vault, unmounts what shows plaintext, clears what was copied, ends Workers.
    pub(crate) fn lock(self) {
        let Some(vault) = self.vault() else { return };
        let account = vault.account();
        let known = KnownAccount {
            server: account.server,
            email: account.email,
            account_uid: account.account_uid,
            organization: account.organization,
            own_login: account.own_login,
            last_used: clock::now(),
        };
        // what waits for its undo to pass is done first: it still needs the keys
        self.toasts.clear();
        self.state.set(SessionState::Locked(vec![known]));
        self.trouble.set(None);
        vault.lock();
        stretch::stop();
        self.clipboard.clear_now();
    }

    /// Forgets the account on this device and ends the session. What this page keeps is cleared when nobody is left here,
    /// of no server.
    pub(crate) async fn sign_out(self) -> Result<(), Error> {
        let Some(vault) = self.vault() else { return Ok(()) };
        self.toasts.clear();
        let outcome = vault.clone().sign_out().await;
        self.state.set(SessionState::SignedOut);
        vault.lock();
        self.clipboard.clear_now();
        self.trouble.set(None);
        if self.client().knows_anybody().await? {
            self.open().await?;
        } else {
            records::wipe().await?;
            preference::forget_all();
        }
        outcome
    }

    /// Forgets what this device has kept and can open no more, and reads again whom it knows.
    pub(crate) async fn forget_lost(self) -> Result<(), Error> {
        self.client().forget_lost().await?;
        self.open().await
    }

    /// What is wrong between here and the server, tracked.
    pub(crate) fn trouble(self) -> Option<Trouble> {
        self.trouble.get()
    }

    /// Hears of an error: ends and outages get their banner.
    pub(crate) fn notice(self, error: &Error) {
        match error {
            Error::SessionExpired => self.trouble.set(Some(Trouble::Expired)),
            Error::Offline | Error::Transport(TransportError::Offline | TransportError::TimedOut) => {
                self.offline()
            }
            _ => {}
        }
    }

    /// The server answered again.
    pub(crate) fn well(self) {
        if matches!(self.trouble.get_untracked(), Some(Trouble::Offline(_))) {
            self.trouble.set(None);
        }
    }

    fn offline(self) {
        if self.trouble.get_untracked().is_none() {
            self.trouble.set(Some(Trouble::Offline(clock::now())));
        }
    }

    /// Minutes of silence until locking, tracked.
    pub(crate) fn auto_lock(self) -> Signal<u64> {
        self.auto_lock.into()
    }

    /// Chooses them.
    pub(crate) fn set_auto_lock(self, minutes: u64) {
        preference::write(preference::AUTO_LOCK, Some(&minutes.to_string()));
        self.auto_lock.set(minutes);
    }
}

/// The vault that is open while the shell is mounted.
#[derive(Clone, Copy)]
pub(crate) struct OpenVault(StoredValue<Vault, LocalStorage>);

impl OpenVault {
    /// Puts it in the context of the shell; it goes with the shell.
    pub(crate) fn provide(vault: Vault) -> Self {
        let open = Self(StoredValue::new_local(vault));
        provide_context(open);
        open
    }

    /// A handle for a future.
    pub(crate) fn get(self) -> Vault {
        self.0.get_value()
    }
}
