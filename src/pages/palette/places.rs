//! Where Ctrl K can go, and what it can do.

use coffer_client::EnvironmentInfo;

use crate::{
    backend::Project,
    routes::Path,
    state::{
        current::ProjectCrumb,
        finder::{Act, Group, Offer},
    },
    text::{access as access_words, palette as words, shell as shell_words},
    ui::*,
};

/// Where one can go and what one can do, each with other words for it.
pub(super) struct Places {
    pub(super) go: Vec<(Offer, &'static str)>,
    pub(super) access: Vec<(Offer, &'static str)>,
    pub(super) acts: Vec<(Offer, &'static str)>,
}

pub(super) fn places(project: Option<&ProjectCrumb>, to_decide: impl Fn(&str) -> usize) -> Places {
    use words::also;
    let visit =
        |group, glyph, name: &str, keys, path| offer(group, glyph, name.to_owned(), keys, Act::Visit(path));
    let (mut go, mut access) = (Vec::new(), Vec::new());
    if let Some(ProjectCrumb {
        id,
        name,
        environments,
    }) = project
    {
        for (slug, environment) in environments {
            let path = Path::environment(id.clone(), slug.clone());
            let it = visit(Group::Go, Glyph::Layers, environment, "", path);
            go.push((it.aside(words::ENVIRONMENT), ""));
        }
        let page = |glyph, words, keys, path| visit(Group::Go, glyph, words, keys, path).aside(name);
        let waiting = match to_decide(id) {
            0 => name.clone(),
            count => words::to_decide(count),
        };
        let requests = page(
            Glyph::Inbox,
            access_words::REQUESTS,
            "g r",
            Path::requests(id.clone()),
        );
        let rules = Path::Rules {
            project: id.clone(),
            environment: String::new(),
        };
        go.extend([
            (
                page(
                    Glyph::Grid,
                    shell_words::OVERVIEW,
                    "g o",
                    Path::project(id.clone()),
                ),
                "",
            ),
            (
                page(
                    Glyph::Users,
                    shell_words::MEMBERS,
                    "g m",
                    Path::members(id.clone()),
                ),
                also::MEMBERS,
            ),
            (
                page(
                    Glyph::ShieldCheck,
                    shell_words::TRUST,
                    "g t",
                    Path::trust(id.clone()),
                ),
                also::TRUST,
            ),
            (requests.aside(&waiting), also::REQUESTS),
            (
                page(
                    Glyph::History,
                    access_words::WHO_HAS,
                    "g w",
                    Path::access(id.clone()),
                ),
                also::WHO_HAS,
            ),
            (page(Glyph::Sliders, access_words::RULES, "", rules), also::RULES),
        ]);
        let ask = Path::ask(id.clone(), "", "");
        let ask = visit(
            Group::Access,
            Glyph::Hourglass,
            access_words::REQUEST_ACCESS,
            "g a",
            ask,
        );
        access.push((ask.aside(name), also::ASK));
    }
    let place = |glyph, words, keys, path| visit(Group::Go, glyph, words, keys, path);
    go.extend([
        (
            place(Glyph::Folder, shell_words::ALL_PROJECTS, "g p", Path::Projects),
            "",
        ),
        (
            place(Glyph::Share, shell_words::SHARES, "g l", Path::Shares),
            also::SHARES,
        ),
        (
            place(Glyph::Settings, shell_words::SETTINGS, "g s", Path::Settings),
            also::SETTINGS,
        ),
    ]);
    let act = |glyph, words: &str, keys, act| offer(Group::Do, glyph, words.to_owned(), keys, act);
    let acts = vec![
        (
            act(Glyph::Send, words::SEND, "", Act::Visit(Path::NewShare)),
            also::SEND,
        ),
        (
            act(
                Glyph::Inbox,
                shell_words::ASK_SECRET,
                "",
                Act::Visit(Path::AskSecret),
            ),
            also::ASK_SECRET,
        ),
        (act(Glyph::Moon, words::THEME, "", Act::Theme), also::THEME),
        (
            act(Glyph::Help, shell_words::SHORTCUTS, "?", Act::Keys),
            also::KEYS,
        ),
        (
            act(Glyph::Lock, shell_words::LOCK_NOW, "⇧L", Act::Lock),
            also::LOCK,
        ),
    ];
    Places { go, access, acts }
}

/// Asking for the environments that are closed to this person.
pub(super) fn closed_of(id: &str, project: &Project) -> Vec<(Offer, &'static str)> {
    let closed = project
        .environments()
        .into_iter()
        .filter(EnvironmentInfo::is_closed);
    closed
        .map(|info| {
            let path = Path::ask(id, info.slug, "/");
            let name = words::ask_for(&info.name);
            let it = offer(Group::Access, Glyph::Hourglass, name, "", Act::Visit(path));
            (it.aside(words::CLOSED), words::also::ASK)
        })
        .collect()
}

pub(super) fn offer(group: Group, glyph: Glyph, name: String, keys: &'static str, act: Act) -> Offer {
    Offer {
        group,
        glyph,
        name,
        aside: String::new(),
        keys,
        act,
    }
}

impl Offer {
    pub(super) fn aside(mut self, words: &str) -> Self {
        words.clone_into(&mut self.aside);
        self
    }
}
