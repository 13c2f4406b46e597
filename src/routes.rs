//! Every URL of the app. `Display` writes the address, [`Path::parse`] reads it back.

use std::{collections::BTreeSet, fmt};

use leptos::prelude::*;
use leptos_router::{components::ToHref, hooks::use_location};

/// A place in the app. Links are made from it, never from strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// `/`: decides what to show first.
    Start,
    /// `/setup`: the first account of a server.
    Setup,
    /// `/signin?to=/projects`: an account on a new device.
    SignIn {
        /// Where it leads on to.
        wanted: Wanted,
    },
    /// `/signin?with=login&to=/projects`: keys for a login that the server has already.
    SignInWithLogin {
        /// Where it leads on to.
        wanted: Wanted,
    },
    /// `/unlock`: an account this device knows.
    Unlock,
    /// `/i#…`: an invitation.
    Invitation,
    /// `/s#…`: what the receiver of a share link sees.
    Recipient,
    /// `/r#…`: what whoever fills in a form sees.
    Form,
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
    /// `/p/:project/ask?env=prod&path=/x&name=A&offer=900&offer=3600&why=Incident`: a request for access, prefilled.
    Ask {
        /// The project's id.
        project: String,
        /// What the form holds at first.
        form: AskForm,
    },
    /// `/p/:project/requests?show=all`
    Requests {
        /// The project's id.
        project: String,
        /// Which ones.
        show: Show,
    },
    /// `/p/:project/requests/:id`
    Request {
        /// The project's id.
        project: String,
        /// The request's id.
        request: String,
    },
    /// `/p/:project/requests/:id/use`: what was granted.
    Granted {
        /// The project's id.
        project: String,
        /// The request's id.
        request: String,
    },
    /// `/p/:project/rules?env=prod`: who may approve what.
    Rules {
        /// The project's id.
        project: String,
        /// The environment's slug; empty for the first.
        environment: String,
    },
    /// `/p/:project/access?env=prod&who=u1&days=7&q=needle`: who had, has and will have access.
    Access {
        /// The project's id.
        project: String,
        /// What is looked at.
        view: AccessView,
    },
    /// `/shares`
    Shares,
    /// `/shares/new`
    NewShare,
    /// `/shares/ask`
    AskSecret,
    /// `/shares/asked/:form`
    Answer {
        /// The server's id of the form.
        form: String,
    },
    /// `/settings`
    Settings,
}

/// The place that somebody opened before their keys had to be; none for the usual one. It is one of those that need keys and
/// nothing else, so no address can lead out of the app by way of signing in.
pub(crate) type Wanted = Option<Box<Path>>;

/// What a request for access holds at first: where somebody was blocked, or what an admin published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AskForm {
    /// The environment's slug; empty when it is to be chosen.
    pub(crate) environment: String,
    /// The folder, `/` for the root; empty when it is to be chosen.
    pub(crate) folder: String,
    /// Names of secrets in it; none for all of them.
    pub(crate) names: Vec<String>,
    /// For so many seconds.
    pub(crate) seconds: Option<u32>,
    /// The durations that the form offers, in seconds, the shortest first; none for whatever the rules allow. It limits the
    /// form: what is enforced are the rules.
    pub(crate) offered: Vec<u32>,
    /// What the reason begins with; empty for what the rules say.
    pub(crate) reason: String,
    /// Other values may be proposed.
    pub(crate) propose: bool,
    /// The id of the request that this one follows.
    pub(crate) follows: String,
}

/// Which requests a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Show {
    /// Those that wait for this person, or their own where none does.
    #[default]
    Fitting,
    /// Those that wait for this person.
    Decide,
    /// One's own.
    Mine,
    /// All.
    All,
}

/// What the picture of access shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccessView {
    /// The environment's slug; empty for all.
    pub(crate) environment: String,
    /// The user's id; empty for everybody.
    pub(crate) person: String,
    /// How many days; 0 for the usual.
    pub(crate) days: u32,
    /// What is searched for; empty for nothing.
    pub(crate) search: String,
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

    /// A form that asks for access to a folder.
    pub(crate) fn ask(
        project: impl Into<String>,
        environment: impl Into<String>,
        folder: impl Into<String>,
    ) -> Self {
        Self::Ask {
            project: project.into(),
            form: AskForm {
                environment: environment.into(),
                folder: folder.into(),
                ..AskForm::default()
            },
        }
    }

    /// Its requests: those to decide first.
    pub(crate) fn requests(project: impl Into<String>) -> Self {
        Self::Requests {
            project: project.into(),
            show: Show::default(),
        }
    }

    /// Who had, has and will have access to it.
    pub(crate) fn access(project: impl Into<String>) -> Self {
        Self::Access {
            project: project.into(),
            view: AccessView::default(),
        }
    }

    /// Reads an address of this app: path and, where it has a meaning, query. `None` for anything else.
    pub(crate) fn parse(address: &str) -> Option<Self> {
        let (parts, query) = parts_of(address)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let wanted = || query_value(query, "to").and_then(|to| Self::parse_within(&to)?.wanted());
        Some(match parts.as_slice() {
            [] => Self::Start,
            ["setup"] => Self::Setup,
            ["signin"] if query_value(query, "with").as_deref() == Some("login") => {
                Self::SignInWithLogin { wanted: wanted() }
            }
            ["signin"] => Self::SignIn { wanted: wanted() },
            ["unlock"] => Self::Unlock,
            ["i"] => Self::Invitation,
            ["s"] => Self::Recipient,
            ["r"] => Self::Form,
            _ => return Self::parse_within(address),
        })
    }

    /// As [`Self::parse`], of the places that need keys only.
    fn parse_within(address: &str) -> Option<Self> {
        let (parts, query) = parts_of(address)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(match parts.as_slice() {
            ["projects"] => Self::Projects,
            ["shares"] => Self::Shares,
            ["shares", "new"] => Self::NewShare,
            ["shares", "ask"] => Self::AskSecret,
            ["shares", "asked", form] => Self::Answer { form: (*form).into() },
            ["settings"] => Self::Settings,
            ["p", project] => Self::project(*project),
            ["p", project, "members"] => Self::members(*project),
            ["p", project, "trust"] => Self::trust(*project),
            ["p", project, "ask"] => Self::Ask {
                project: (*project).into(),
                form: AskForm::of(query),
            },
            ["p", project, "requests"] => Self::Requests {
                project: (*project).into(),
                show: match query_value(query, "show").as_deref() {
                    Some("mine") => Show::Mine,
                    Some("all") => Show::All,
                    Some("decide") => Show::Decide,
                    _ => Show::Fitting,
                },
            },
            ["p", project, "requests", request] => Self::Request {
                project: (*project).into(),
                request: (*request).into(),
            },
            ["p", project, "requests", request, "use"] => Self::Granted {
                project: (*project).into(),
                request: (*request).into(),
            },
            ["p", project, "rules"] => Self::Rules {
                project: (*project).into(),
                environment: query_value(query, "env").unwrap_or_default(),
            },
            ["p", project, "access"] => Self::Access {
                project: (*project).into(),
                view: AccessView {
                    environment: query_value(query, "env").unwrap_or_default(),
                    person: query_value(query, "who").unwrap_or_default(),
                    days: query_value(query, "days")
                        .and_then(|days| days.parse().ok())
                        .unwrap_or_default(),
                    search: query_value(query, "q").unwrap_or_default(),
                },
            },
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

    /// What whoever opens their keys here wants to see: this place if it needs them, or what it leads on to.
    pub(crate) fn wanted(self) -> Wanted {
        match self {
            Self::SignIn { wanted } | Self::SignInWithLogin { wanted } => wanted,
            Self::Start
            | Self::Setup
            | Self::Unlock
            | Self::Invitation
            | Self::Recipient
            | Self::Form
            | Self::Projects => None,
            within => Some(Box::new(within)),
        }
    }
}

/// Where the address points, tracked. The router's own map of a query undoes its escapes twice, so that `%41` in a name
/// would become an `A`.
pub(crate) fn use_path() -> Memo<Option<Path>> {
    let location = use_location();
    Memo::new(move |_| {
        let (path, query) = (location.pathname.read(), location.search.read());
        Path::parse(&format!("{}?{}", *path, *query))
    })
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => out.write_str("/"),
            Self::Setup => out.write_str("/setup"),
            Self::SignIn { wanted } => {
                out.write_str("/signin")?;
                Query::of(out).add("to", &address_of(wanted))
            }
            Self::SignInWithLogin { wanted } => {
                out.write_str("/signin")?;
                let mut query = Query::of(out);
                query.add("with", "login")?;
                query.add("to", &address_of(wanted))
            }
            Self::Unlock => out.write_str("/unlock"),
            Self::Invitation => out.write_str("/i"),
            Self::Recipient => out.write_str("/s"),
            Self::Form => out.write_str("/r"),
            Self::Projects => out.write_str("/projects"),
            Self::Project { project } => write!(out, "/p/{}", encode(project)),
            Self::Members { project } => write!(out, "/p/{}/members", encode(project)),
            Self::Trust { project } => write!(out, "/p/{}/trust", encode(project)),
            Self::Ask { project, form } => {
                write!(out, "/p/{}/ask", encode(project))?;
                form.write(&mut Query::of(out))
            }
            Self::Requests { project, show } => {
                write!(out, "/p/{}/requests", encode(project))?;
                match show {
                    Show::All => out.write_str("?show=all"),
                    Show::Decide => out.write_str("?show=decide"),
                    Show::Fitting => Ok(()),
                    Show::Mine => out.write_str("?show=mine"),
                }
            }
            Self::Request { project, request } => {
                write!(out, "/p/{}/requests/{}", encode(project), encode(request))
            }
            Self::Granted { project, request } => {
                write!(out, "/p/{}/requests/{}/use", encode(project), encode(request))
            }
            Self::Rules { project, environment } => {
                write!(out, "/p/{}/rules", encode(project))?;
                Query::of(out).add("env", environment)
            }
            Self::Access { project, view } => {
                write!(out, "/p/{}/access", encode(project))?;
                let mut query = Query::of(out);
                query.add("env", &view.environment)?;
                query.add("who", &view.person)?;
                if view.days > 0 {
                    query.add("days", &view.days.to_string())?;
                }
                query.add("q", &view.search)
            }
            Self::Shares => out.write_str("/shares"),
            Self::NewShare => out.write_str("/shares/new"),
            Self::AskSecret => out.write_str("/shares/ask"),
            Self::Answer { form } => write!(out, "/shares/asked/{}", encode(form)),
            Self::Settings => out.write_str("/settings"),
            Self::Environment {
                project,
                environment,
                folder,
                search,
            } => {
                write!(out, "/p/{}/e/{}", encode(project), encode(environment))?;
                let mut query = Query::of(out);
                if folder != "/" {
                    query.add("path", folder)?;
                }
                query.add("q", search)
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

impl AskForm {
    fn of(query: &str) -> Self {
        Self {
            environment: query_value(query, "env").unwrap_or_default(),
            folder: query_value(query, "path").unwrap_or_default(),
            names: query_values(query, "name")
                .filter(|name| !name.is_empty())
                .collect(),
            seconds: query_value(query, "for").and_then(|seconds| duration(&seconds)),
            // Whatever else stands there is left out: a garbled link opens the ordinary form.
            offered: query_values(query, "offer")
                .filter_map(|seconds| duration(&seconds))
                .collect::<BTreeSet<u32>>()
                .into_iter()
                .take(MOST_OFFERED)
                .collect(),
            reason: query_value(query, "why")
                .filter(|reason| reason.len() <= LONGEST_START)
                .unwrap_or_default(),
            propose: query_value(query, "propose").is_some(),
            follows: query_value(query, "follows").unwrap_or_default(),
        }
    }

    fn write(&self, query: &mut Query<'_, '_>) -> fmt::Result {
        query.add("env", &self.environment)?;
        query.add("path", &self.folder)?;
        for name in &self.names {
            query.add("name", name)?;
        }
        if let Some(seconds) = self.seconds {
            query.add("for", &seconds.to_string())?;
        }
        for seconds in &self.offered {
            query.add("offer", &seconds.to_string())?;
        }
        query.add("why", &self.reason)?;
        if self.propose {
            query.add("propose", "1")?;
        }
        query.add("follows", &self.follows)
    }
}

/// The decoded parts of an address's path, and its query.
fn parts_of(address: &str) -> Option<(Vec<String>, &str)> {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts = path.split('/').filter(|part| !part.is_empty());
    Some((parts.map(decode).collect::<Option<_>>()?, query))
}

fn address_of(wanted: &Wanted) -> String {
    wanted.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Whole minutes, in seconds, of which nobody asks for more than 30 days.
fn duration(seconds: &str) -> Option<u32> {
    let seconds: u32 = seconds.parse().ok()?;
    (seconds > 0 && seconds <= LONGEST_DURATION && seconds.is_multiple_of(60)).then_some(seconds)
}

/// A query being written; what is empty is left out.
struct Query<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    sign: char,
}

impl<'a, 'b> Query<'a, 'b> {
    fn of(out: &'a mut fmt::Formatter<'b>) -> Self {
        Self { out, sign: '?' }
    }

    fn add(&mut self, name: &str, value: &str) -> fmt::Result {
        if value.is_empty() {
            return Ok(());
        }
        let sign = std::mem::replace(&mut self.sign, '&');
        write!(self.out, "{sign}{name}={}", encode(value))
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

/// 30 days, in seconds.
const LONGEST_DURATION: u32 = 2_592_000;
/// Durations of a link.
const MOST_OFFERED: usize = 8;
/// Bytes of what a link lets a reason begin with. It stands in the address, which not every program takes at any length.
pub(crate) const LONGEST_START: usize = 500;

fn query_value(query: &str, name: &str) -> Option<String> {
    query_values(query, name).next()
}

fn query_values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    query.split('&').filter_map(move |pair| {
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
        check(Path::SignIn { wanted: None }, "/signin");
        check(Path::SignInWithLogin { wanted: None }, "/signin?with=login");
        check(Path::Unlock, "/unlock");
        check(Path::Invitation, "/i");
        check(Path::Recipient, "/s");
        check(Path::Projects, "/projects");
        check(Path::project("p1"), "/p/p1");
        check(Path::members("p1"), "/p/p1/members");
        check(Path::Shares, "/shares");
        check(Path::NewShare, "/shares/new");
        check(Path::Form, "/r");
        check(Path::AskSecret, "/shares/ask");
        check(Path::Answer { form: "f-1".into() }, "/shares/asked/f-1");
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
    fn the_pages_of_access_are_written_and_read_back() {
        check(Path::ask("p1", "", ""), "/p/p1/ask");
        check(
            Path::ask("p1", "prod", "/a b"),
            "/p/p1/ask?env=prod&path=%2Fa%20b",
        );
        let form = AskForm {
            environment: "prod".into(),
            folder: "/".into(),
            names: vec!["A".into(), "B&C".into()],
            seconds: Some(3_600),
            offered: vec![900, 3_600],
            reason: "Ticket: é".into(),
            propose: true,
            follows: "0a".into(),
        };
        let project = || "p1".to_owned();
        check(
            Path::Ask {
                project: project(),
                form,
            },
            "/p/p1/ask?env=prod&path=%2F&name=A&name=B%26C&for=3600\
             &offer=900&offer=3600&why=Ticket%3A%20%C3%A9&propose=1&follows=0a",
        );
        for (show, address) in [
            (Show::Fitting, "/p/p1/requests"),
            (Show::Decide, "/p/p1/requests?show=decide"),
            (Show::Mine, "/p/p1/requests?show=mine"),
            (Show::All, "/p/p1/requests?show=all"),
        ] {
            check(
                Path::Requests {
                    project: project(),
                    show,
                },
                address,
            );
        }
        let request = || "0a1b".to_owned();
        check(
            Path::Request {
                project: project(),
                request: request(),
            },
            "/p/p1/requests/0a1b",
        );
        check(
            Path::Granted {
                project: project(),
                request: request(),
            },
            "/p/p1/requests/0a1b/use",
        );
        let environment = "prod".to_owned();
        check(
            Path::Rules {
                project: project(),
                environment: environment.clone(),
            },
            "/p/p1/rules?env=prod",
        );
        check(Path::access("p1"), "/p/p1/access");
        let view = AccessView {
            environment,
            person: "u1".into(),
            days: 7,
            search: "x y".into(),
        };
        check(
            Path::Access {
                project: project(),
                view,
            },
            "/p/p1/access?env=prod&who=u1&days=7&q=x%20y",
        );
    }

    fn form_of(query: &str) -> AskForm {
        match Path::parse(&format!("/p/p1/ask?{query}")) {
            Some(Path::Ask { form, .. }) => form,
            other => panic!("no form: {other:?}"),
        }
    }

    #[test]
    fn a_form_link_of_before_opens_the_form_that_it_opened() {
        let form = form_of("env=prod&path=%2F&for=14400");
        assert_eq!((form.seconds, form.offered), (Some(14_400), Vec::new()));
    }

    #[test]
    fn what_is_garbled_in_a_form_link_is_left_out() {
        for query in [
            "offer=",
            "offer=0&offer=-900&offer=1e3&offer=x&offer=%ff",
            "offer=61&offer=2592060&offer=99999999999999999999",
            "offer=900,3600&offer",
            "for=0",
            "for=90000000000",
            "for=59&why=%zz",
            "%zz=%zz&&==&?#",
            &format!("why={}", "x".repeat(LONGEST_START + 1)),
        ] {
            assert_eq!(form_of(query), AskForm::default(), "{query}");
        }
        let form = form_of("offer=3600&offer=x&offer=900&offer=3600");
        assert_eq!(form.offered, [900, 3_600]);
        let many: String = (1..1_000).map(|n| format!("&offer={}", n * 60)).collect();
        assert_eq!(form_of(&many).offered.len(), MOST_OFFERED);
    }

    #[test]
    fn percent_signs_in_names_are_kept() {
        let form = form_of("name=A%2541&name=100%25");
        assert_eq!(form.names, ["A%41", "100%"]);
    }

    #[test]
    fn signing_in_leads_on_to_what_was_opened() {
        let form = AskForm {
            environment: "prod".into(),
            folder: "/a b".into(),
            names: vec!["B&C=D#E".into(), "ü%41".into()],
            offered: vec![900],
            ..AskForm::default()
        };
        let ask = Path::Ask {
            project: "p1".into(),
            form,
        };
        for wanted in [
            ask,
            Path::environment("p1", "prod"),
            Path::requests("p1"),
            Path::Settings,
        ] {
            let address = wanted.to_string();
            assert_eq!(Path::parse(&address), Some(wanted.clone()));
            let wanted = wanted.wanted();
            assert!(wanted.is_some(), "{address}");
            for way in [
                Path::SignIn {
                    wanted: wanted.clone(),
                },
                Path::SignInWithLogin {
                    wanted: wanted.clone(),
                },
            ] {
                let read = Path::parse(&way.to_string());
                assert_eq!(read.as_ref(), Some(&way), "{address}");
                assert_eq!(read.and_then(Path::wanted), wanted, "{address}");
            }
        }
        check(
            Path::SignInWithLogin {
                wanted: Path::members("p1").wanted(),
            },
            "/signin?with=login&to=%2Fp%2Fp1%2Fmembers",
        );
    }

    #[test]
    fn signing_in_leads_nowhere_but_to_places_that_need_keys() {
        let deep = "/signin?to=".repeat(100_000);
        for to in [
            "https%3A%2F%2Fevil.example%2Fprojects",
            "%2F%2Fevil.example%2Fp%2Fp1",
            "%2F%5Cevil.example",
            "javascript%3Aalert(1)",
            "%2Fsignin%3Fto%3D%2Fsettings",
            "%2Fi",
            "%2Fs%23k",
            "%2Funlock",
            "%2F",
            "%zz",
            "",
            &deep,
        ] {
            let read = Path::parse(&format!("/signin?to={to}"));
            assert_eq!(read, Some(Path::SignIn { wanted: None }), "{}", to.len());
        }
        // What is written is an address of the app's own, however it was spelled.
        for (to, address) in [
            ("%2F%2Fsettings", "/settings"),
            ("%2Fp%2F%252F%252Fevil.example", "/p/%2F%2Fevil.example"),
            ("settings%23x", "/settings"),
        ] {
            let read = Path::parse(&format!("/signin?to={to}"));
            let wanted = read.and_then(Path::wanted).unwrap();
            assert_eq!(wanted.to_string(), address);
        }
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
