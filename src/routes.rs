//! Every URL of the app. `Display` writes the address, [`Path::parse`] reads it back.

use std::fmt;

use leptos_router::components::ToHref;

/// A place in the app. Links are made from it, never from strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// `/`: decides what to show first.
    Start,
    /// `/setup`: the first account of a server.
    Setup,
    /// `/signin`: an account on a new device.
    SignIn,
    /// `/signin?with=login`: keys for a login that the server has already.
    SignInWithLogin,
    /// `/unlock`: an account this device knows.
    Unlock,
    /// `/i#…`: an invitation.
    Invitation,
    /// `/s#…`: what the receiver of a share link sees.
    Recipient,
    /// `/projects`
    Projects,
    /// `/p/:project`
    Project {
        /// The project's id.
        project: String,
    },
    /// `/p/:project/e/:env?path=/x&q=needle`
    Environment {
        /// The project's id.
        project: String,
        /// The environment's slug.
        environment: String,
        /// The folder, `/` for the root.
        folder: String,
        /// What is searched for; empty for nothing.
        search: String,
    },
    /// `/p/:project/members`
    Members {
        /// The project's id.
        project: String,
    },
    /// `/p/:project/trust`
    Trust {
        /// The project's id.
        project: String,
    },
    /// `/shares`
    Shares,
    /// `/shares/new`
    NewShare,
    /// `/settings`
    Settings,
}

impl Path {
    /// An environment's root folder, nothing searched.
    pub(crate) fn environment(project: impl Into<String>, environment: impl Into<String>) -> Self {
        Self::Environment {
            project: project.into(),
            environment: environment.into(),
            folder: "/".into(),
            search: String::new(),
        }
    }

    /// One project.
    pub(crate) fn project(project: impl Into<String>) -> Self {
        Self::Project {
            project: project.into(),
        }
    }

    /// Its members.
    pub(crate) fn members(project: impl Into<String>) -> Self {
        Self::Members {
            project: project.into(),
        }
    }

    /// What was checked of it.
    pub(crate) fn trust(project: impl Into<String>) -> Self {
        Self::Trust {
            project: project.into(),
        }
    }

    /// Reads an address of this app: path and, where it has a meaning, query. `None` for anything else.
    pub(crate) fn parse(address: &str) -> Option<Self> {
        let address = address.split('#').next().unwrap_or_default();
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(match parts.as_slice() {
            [] => Self::Start,
            ["setup"] => Self::Setup,
            ["signin"] if query_value(query, "with").as_deref() == Some("login") => Self::SignInWithLogin,
            ["signin"] => Self::SignIn,
            ["unlock"] => Self::Unlock,
            ["i"] => Self::Invitation,
            ["s"] => Self::Recipient,
            ["projects"] => Self::Projects,
            ["shares"] => Self::Shares,
            ["shares", "new"] => Self::NewShare,
            ["settings"] => Self::Settings,
            ["p", project] => Self::project(*project),
            ["p", project, "members"] => Self::members(*project),
            ["p", project, "trust"] => Self::trust(*project),
            ["p", project, "e", environment] => Self::Environment {
                project: (*project).into(),
                environment: (*environment).into(),
                folder: query_value(query, "path")
                    .filter(|folder| !folder.is_empty())
                    .unwrap_or("/".into()),
                search: query_value(query, "q").unwrap_or_default(),
            },
            _ => return None,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => out.write_str("/"),
            Self::Setup => out.write_str("/setup"),
            Self::SignIn => out.write_str("/signin"),
            Self::SignInWithLogin => out.write_str("/signin?with=login"),
            Self::Unlock => out.write_str("/unlock"),
            Self::Invitation => out.write_str("/i"),
            Self::Recipient => out.write_str("/s"),
            Self::Projects => out.write_str("/projects"),
            Self::Project { project } => write!(out, "/p/{}", encode(project)),
            Self::Members { project } => write!(out, "/p/{}/members", encode(project)),
            Self::Trust { project } => write!(out, "/p/{}/trust", encode(project)),
            Self::Shares => out.write_str("/shares"),
            Self::NewShare => out.write_str("/shares/new"),
            Self::Settings => out.write_str("/settings"),
            Self::Environment {
                project,
                environment,
                folder,
                search,
            } => {
                write!(out, "/p/{}/e/{}", encode(project), encode(environment))?;
                let mut sign = '?';
                if folder != "/" && !folder.is_empty() {
                    write!(out, "{sign}path={}", encode(folder))?;
                    sign = '&';
                }
                if !search.is_empty() {
                    write!(out, "{sign}q={}", encode(search))?;
                }
                Ok(())
            }
        }
    }
}

impl ToHref for Path {
    fn to_href(&self) -> Box<dyn Fn() -> String> {
        let address = self.to_string();
        Box::new(move || address.clone())
    }
}

/// Percent-encodes everything that is not unreserved in RFC 3986; `/` stays readable in a query and is encoded
/// in a segment's place only where a segment holds one, which ids and slugs never do.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out
}

/// Undoes [`encode`]; `None` when the escapes are broken or the bytes are not text.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| decode(&value.replace('+', " "))).flatten()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(path: Path, address: &str) {
        assert_eq!(path.to_string(), address);
        assert_eq!(Path::parse(address), Some(path));
    }

    #[test]
    fn every_path_is_written_and_read_back() {
        check(Path::Start, "/");
        check(Path::Setup, "/setup");
        check(Path::SignIn, "/signin");
        check(Path::SignInWithLogin, "/signin?with=login");
        check(Path::Unlock, "/unlock");
        check(Path::Invitation, "/i");
        check(Path::Recipient, "/s");
        check(Path::Projects, "/projects");
        check(Path::project("p1"), "/p/p1");
        check(Path::members("p1"), "/p/p1/members");
        check(Path::Shares, "/shares");
        check(Path::NewShare, "/shares/new");
        check(Path::Settings, "/settings");
        check(Path::environment("p1", "prod"), "/p/p1/e/prod");
        let found = |folder: &str, search: &str| Path::Environment {
            project: "p1".into(),
            environment: "prod".into(),
            folder: folder.into(),
            search: search.into(),
        };
        check(found("/api/v 1", ""), "/p/p1/e/prod?path=%2Fapi%2Fv%201");
        check(found("/", "a&b=c"), "/p/p1/e/prod?q=a%26b%3Dc");
        check(found("/ü", "#1"), "/p/p1/e/prod?path=%2F%C3%BC&q=%231");
    }

    #[test]
    fn a_fragment_never_becomes_part_of_a_path() {
        assert_eq!(Path::parse("/s#k=secret"), Some(Path::Recipient));
    }

    #[test]
    fn unknown_and_broken_addresses_are_refused() {
        for address in [
            "/nowhere",
            "/p",
            "/p/a/e",
            "/p/a/e/b/c",
            "/p/%zz",
            "/p/%f",
            "/p/%ff",
        ] {
            assert_eq!(Path::parse(address), None, "{address}");
        }
    }
}
