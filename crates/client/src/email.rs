//! Addresses that people are told apart by.

use crate::Error;

/// The address in a text that somebody typed, trimmed and in lower case, if it can be one: what Coffer's server takes. Whether
/// mail arrives there is another question.
pub fn email_of(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (name, host) = email.split_once('@')?;
    let plain = |part: &str| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        !part.is_empty() && !part.contains(odd)
    };
    let host_fits = host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    (plain(name) && plain(host) && host_fits).then_some(email)
}

/// The same, where there has to be one.
pub(crate) fn need_email(text: &str) -> Result<String, Error> {
    email_of(text).ok_or(Error::Invalid {
        field: "email",
        why: "an address such as ada@example.org",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_host_and_nothing_odd() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(email_of(text).as_deref(), expected, "{text:?}");
        };
        check("ada@example.org", Some("ada@example.org"));
        check(" Ada.L+x@Mail.Example.ORG\n", Some("ada.l+x@mail.example.org"));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "@localhost",
            "ada@.example",
            "ada@example.",
            "ada b@example.org",
            "ada@exam\tple.org",
            "ada@home@example.org",
            "ada\u{7}@example.org",
        ] {
            check(text, None);
        }
    }
}
