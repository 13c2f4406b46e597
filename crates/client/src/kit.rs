//! The emergency kit: what a new device needs besides the passphrase.

use crate::{Error, ServerOrigin};
use zeroize::Zeroizing;

/// One page of paper: server, account and Account Key, with a checksum.
#[derive(Clone)]
pub struct EmergencyKit {
    /// The server that keeps the account.
    pub server: ServerOrigin,
    /// The user name there.
    pub email: String,
    /// The account, 32 hex digits.
    pub account_uid: String,
    /// The project on the server that holds the account's slots and bundles.
    pub account_project: String,
    /// The server's login has a password of its own (a server that Coffer did not set up).
    pub own_login: bool,
    #[allow(dead_code, reason = "filled in the next step")]
    pub(crate) account_key: Zeroizing<[u8; 16]>,
}

impl EmergencyKit {
    /// A page for people: a line per field, the Account Key in groups, a checksum.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(String::new())
    }

    /// One line for the QR code.
    pub fn to_code(&self) -> Zeroizing<String> {
        Zeroizing::new(String::new())
    }

    /// The Account Key in groups, for the page.
    pub fn account_key_text(&self) -> Zeroizing<String> {
        Zeroizing::new(String::new())
    }

    /// Takes the page's text or the code's line.
    pub fn parse(_text: &str) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }
}

impl std::fmt::Debug for EmergencyKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmergencyKit(…)")
    }
}
