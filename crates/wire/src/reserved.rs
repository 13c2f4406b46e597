//! What Coffer keeps for itself on a server: places that a server may know of, though not what lies in them.

/// The slug of the environment that holds a project's keyring and inbox.
pub const ENVIRONMENT: &str = "coffer";
/// The folder that holds everything of Coffer's in an environment.
pub const ROOT: &str = "/coffer";
/// What members send to those who decide, in [`ENVIRONMENT`].
pub const INBOX: &str = "/coffer/inbox";

/// Whether a folder is Coffer's own.
#[must_use]
pub fn is_reserved(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a row of [`INBOX`] with this name is a request for access: `Q` and 32 hexadecimal digits.
#[must_use]
pub fn is_request(name: &str) -> bool {
    name.strip_prefix('Q')
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_from_what_is_said_about_it() {
        let id = "0123456789abcdef0123456789abcdef";
        for (name, starts) in [
            (format!("Q{id}"), true),
            (format!("M{id}_00000000"), false),
            (format!("Q{id}_00000000"), false),
            ("Q".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_request(&name), starts, "{name}");
        }
        assert!(is_reserved("/coffer") && is_reserved("/coffer/log/0"));
        assert!(!is_reserved("/") && !is_reserved("/coffers") && !is_reserved("/a/coffer"));
    }
}
