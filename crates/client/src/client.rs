//! A server and a device, nobody signed in yet.

use crate::{
    Device, EmergencyKit, Error, Invitation, Passphrase, ReceivedShare, RevealError, ServerOrigin,
    ServerStatus, ShareContent, Transport, Vault,
};
use std::rc::Rc;

/// A server and a device; gives a [`Vault`] to whoever holds the keys. Cheap to clone.
pub struct Client<T, D> {
    pub(crate) inner: Rc<ClientInner<T, D>>,
}

#[allow(dead_code, reason = "filled in the next step")]
pub(crate) struct ClientInner<T, D> {
    pub(crate) transport: T,
    pub(crate) device: D,
    pub(crate) server: ServerOrigin,
}

impl<T, D> Clone for Client<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

/// An account whose Account Key this device keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// The server that keeps it.
    pub server: ServerOrigin,
    /// The user name there.
    pub email: String,
    /// The account, 32 hex digits.
    pub account_uid: String,
    /// The organisation's name as last seen.
    pub organization: String,
    /// The server's login has a password of its own, to be asked for.
    pub own_login: bool,
    /// When it was last unlocked here, milliseconds since 1970.
    pub last_used: u64,
}

/// What the first account needs.
pub struct SetUp {
    /// The user name.
    pub email: String,
    /// The organisation's name.
    pub organization: String,
    /// Opens the account and, stretched, signs in.
    pub passphrase: Passphrase,
}

/// What an invited person fills in.
pub struct Accept {
    /// Where the invitation names none.
    pub email: Option<String>,
    /// For the server's member list.
    pub first_name: String,
    /// For the server's member list.
    pub last_name: String,
    /// Opens the account and, stretched, signs in.
    pub passphrase: Passphrase,
}

/// An account that exists already on some compatible server.
pub struct ExistingLogin {
    /// The user name there.
    pub email: String,
    /// The server's own password, which the server sees.
    pub password: Passphrase,
    /// Coffer's passphrase, which must differ.
    pub passphrase: Passphrase,
}

impl<T: Transport, D: Device> Client<T, D> {
    /// Joins the three; asks nothing yet.
    pub fn new(transport: T, device: D, server: ServerOrigin) -> Self {
        Self {
            inner: Rc::new(ClientInner {
                transport,
                device,
                server,
            }),
        }
    }

    /// The server this client talks to.
    pub fn server(&self) -> &ServerOrigin {
        &self.inner.server
    }

    /// The device, for a suggestion or a clock.
    pub fn device(&self) -> &D {
        &self.inner.device
    }

    /// What the server says of itself.
    pub async fn server_status(&self) -> Result<ServerStatus, Error> {
        Err(Error::NotBuilt)
    }

    /// The accounts of this server that this device can unlock.
    pub async fn known_accounts(&self) -> Result<Vec<KnownAccount>, Error> {
        Err(Error::NotBuilt)
    }

    /// Makes the server's first account and organisation.
    pub async fn set_up(&self, _request: SetUp) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        Err(Error::NotBuilt)
    }

    /// Makes an account from an invitation and asks to join its project.
    pub async fn accept_invitation(
        &self,
        _invitation: Invitation,
        _accept: Accept,
    ) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        Err(Error::NotBuilt)
    }

    /// Makes Coffer's keys for an account that exists already on the server.
    pub async fn create_keys(&self, _login: ExistingLogin) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        Err(Error::NotBuilt)
    }

    /// Unlocks an account that this device knows.
    pub async fn unlock(
        &self,
        _account: &KnownAccount,
        _passphrase: Passphrase,
        _server_password: Option<Passphrase>,
    ) -> Result<Vault<T, D>, Error> {
        Err(Error::NotBuilt)
    }

    /// Unlocks an account on a new device.
    pub async fn sign_in_with_kit(
        &self,
        _kit: &EmergencyKit,
        _passphrase: Passphrase,
        _server_password: Option<Passphrase>,
    ) -> Result<Vault<T, D>, Error> {
        Err(Error::NotBuilt)
    }

    /// Signs out: erases what this device keeps of the account and ends the session.
    pub async fn forget(&self, _account: &KnownAccount) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Fetches and opens a share; counts as a view only if the token fits.
    pub async fn reveal_share(
        &self,
        _share: &ReceivedShare,
        _passphrase: Option<Passphrase>,
    ) -> Result<ShareContent, RevealError> {
        Err(RevealError::Client(Error::NotBuilt))
    }
}
