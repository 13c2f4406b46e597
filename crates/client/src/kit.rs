//! The emergency kit: what a new device needs besides the passphrase.

use crate::{Error, ServerOrigin};
use coffer_core::account::AccountKey;
use coffer_core::id::AccountUid;
use coffer_wire::Endpoint;
use std::sync::Arc;
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
    pub(crate) account_key: Arc<AccountKey>,
}

impl EmergencyKit {
    /// A page for people: a line per field, the Account Key in groups, a checksum.
    pub fn to_text(&self) -> Zeroizing<String> {
        let key = self.account_key.to_text();
        let mut out = Zeroizing::new(String::with_capacity(600));
        out.push_str(TITLE);
        for (label, value) in self.fields() {
            out.push_str(&format!("{:<14}{value}\n", format!("{label}:")));
        }
        out.push_str("Account Key:  ");
        out.push_str(&key);
        out.push_str("\n\nPassphrase:   ______________________________\n");
        out.push_str("              (write it by hand, or keep it elsewhere)\n");
        out
    }

    /// One line for the QR code.
    pub fn to_code(&self) -> Zeroizing<String> {
        let key = self.account_key.to_text();
        let code = Endpoint::new(CODE)
            .query("s", self.server.as_str())
            .query("e", &self.email)
            .query("a", &self.account_uid)
            .query("p", &self.account_project)
            .query("l", if self.own_login { "own" } else { "coffer" })
            .query("c", self.check())
            .query("k", key.as_str());
        Zeroizing::new(code.into())
    }

    /// The Account Key in groups, for the page.
    pub fn account_key_text(&self) -> Zeroizing<String> {
        self.account_key.to_text()
    }

    /// Takes the page's text or the code's line; a typing mistake is told from something else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let fields = match text.strip_prefix(CODE).and_then(|rest| rest.strip_prefix('?')) {
            Some(query) => Fields::of_code(query),
            None => Fields::of_page(text),
        };
        fields.kit()
    }

    /// What stands on the page besides the Account Key.
    fn fields(&self) -> [(&'static str, String); 6] {
        [
            ("Server", self.server.to_string()),
            ("E-mail", self.email.clone()),
            ("Account", self.account_uid.clone()),
            ("Project", self.account_project.clone()),
            (
                "Sign-in",
                if self.own_login { "own" } else { "coffer" }.to_owned(),
            ),
            ("Check", self.check()),
        ]
    }

    fn check(&self) -> String {
        let login = if self.own_login { "own" } else { "coffer" };
        let all = [
            self.server.as_str(),
            &self.email,
            &self.account_uid,
            &self.account_project,
            login,
        ]
        .join("\n");
        format!("{:08x}", crc32(all.as_bytes()))
    }
}

impl std::fmt::Debug for EmergencyKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmergencyKit(…)")
    }
}

#[derive(Default)]
struct Fields {
    server: String,
    email: String,
    account: String,
    project: String,
    login: String,
    check: String,
    key: Zeroizing<String>,
}

impl Fields {
    fn of_code(query: &str) -> Self {
        let mut fields = Self::default();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let Some(value) = percent_decoded(value) else {
                continue;
            };
            fields.set(key, &value);
        }
        fields
    }

    fn of_page(text: &str) -> Self {
        let mut fields = Self::default();
        for (label, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let key = match label.trim().to_ascii_lowercase().as_str() {
                "server" => "s",
                "e-mail" | "email" => "e",
                "account" => "a",
                "project" => "p",
                "sign-in" => "l",
                "check" => "c",
                "account key" => "k",
                _ => continue,
            };
            fields.set(key, value.trim());
        }
        fields
    }

    fn set(&mut self, key: &str, value: &str) {
        let field = match key {
            "s" => &mut self.server,
            "e" => &mut self.email,
            "a" => &mut self.account,
            "p" => &mut self.project,
            "l" => &mut self.login,
            "c" => &mut self.check,
            "k" => {
                self.key = Zeroizing::new(value.to_owned());
                return;
            }
            _ => return,
        };
        value.clone_into(field);
    }

    fn kit(self) -> Result<EmergencyKit, Error> {
        const NOT_A_KIT: Error = Error::Invalid {
            field: "kit",
            why: "this is not an emergency kit",
        };
        if self.key.is_empty() || self.account.is_empty() {
            return Err(NOT_A_KIT);
        }
        let account: AccountUid = self.account.parse().map_err(|_| NOT_A_KIT)?;
        let key = AccountKey::from_text(&self.key).map_err(|_| Error::Invalid {
            field: "kit",
            why: "the Account Key has a typing mistake",
        })?;
        let kit = EmergencyKit {
            server: ServerOrigin::parse(&self.server)?,
            email: self.email,
            account_uid: account.to_string(),
            account_project: self.project,
            own_login: self.login == "own",
            account_key: Arc::new(key),
        };
        if kit.check() != self.check.to_ascii_lowercase() {
            return Err(Error::Invalid {
                field: "kit",
                why: "a line was changed or has a typing mistake",
            });
        }
        Ok(kit)
    }
}

fn percent_decoded(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned()))
}

/// For typing mistakes, not for attackers: a kit is paper in its owner's hand.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

const TITLE: &str =
    "COFFER EMERGENCY KIT\nWhoever has this page and the passphrase can open the account.\n\n";
const CODE: &str = "coffer-kit:1";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn kit() -> EmergencyKit {
        EmergencyKit {
            server: ServerOrigin::parse("https://coffer.example.org").unwrap(),
            email: "ada+x@example.org".to_owned(),
            account_uid: "0123456789abcdef0123456789abcdef".to_owned(),
            account_project: "b1c46e02-a5a6-4517-b533-7048f7c04cb4".to_owned(),
            own_login: true,
            account_key: Arc::new(AccountKey::generate(&mut crate::rng::tests::rng(7))),
        }
    }

    #[test]
    fn page_and_code_are_read_again() {
        let kit = kit();
        for text in [kit.to_text(), kit.to_code()] {
            let again = EmergencyKit::parse(&format!("\n  {}\n", text.as_str())).unwrap();
            assert_eq!(again.to_text(), kit.to_text());
        }
    }

    #[test]
    fn a_changed_line_is_noticed() {
        let page = kit().to_text();
        for (from, to) in [
            ("example.org", "example.com"),
            ("ada+x", "bob"),
            ("CFA1-", "CFA1-0"),
            ("Account Key", "x"),
        ] {
            assert!(EmergencyKit::parse(&page.replace(from, to)).is_err(), "{from}");
        }
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
