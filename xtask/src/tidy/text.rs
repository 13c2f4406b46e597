//! Checks over the text of files.
//!
//! Words that are looked for are put together here from parts, so that this file does not contain them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::place;

pub fn versions_in_one_place() -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in sources(|name| name.ends_with("/Cargo.toml")) {
        if text.lines().any(|line| line.trim() == "[workspace]") {
            // A workspace of its own, such as a client under test: it has no table to share.
            continue;
        }
        let mut dependencies = false;
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('[') {
                dependencies = line.contains("dependencies");
            } else if dependencies && line.contains('=') && !line.trim_start().starts_with(['#', '"']) {
                let inherited = line.contains("workspace = true") || line.contains("path = ");
                if !inherited
                    && !line.trim_start().starts_with("features")
                    && !line.trim_start().starts_with('"')
                {
                    problems.push(format!(
                        "{name}:{}: write the version in the workspace's table: {line}",
                        number + 1
                    ));
                }
            }
        }
    }
    problems
}

pub fn one_fetch() -> Vec<String> {
    let words = [
        "fetch_with_".to_owned(),
        "gloo_net".to_owned(),
        ["Xml", "HttpRequest"].concat(),
        ["Web", "Socket"].concat(),
    ];
    in_the_browser()
        .into_iter()
        .filter(|(name, _)| name != "crates/page/src/fetch.rs")
        .flat_map(|(name, text)| {
            let found: Vec<_> = lines_with(&text, &words).collect();
            found
                .into_iter()
                .map(move |line| format!("{name}:{line}: only crates/page/src/fetch.rs talks to a network"))
        })
        .collect()
}

pub fn layers() -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in rust("src/", |_| true) {
        let imports = imports(&text);
        if name.starts_with("src/state") && lines_with(&text, &["view! {".to_owned()]).next().is_some() {
            problems.push(format!("{name}: state has no views"));
        }
        let mut refuse =
            |import: &str, why: &str| problems.push(format!("{name}: imports crate::{import}: {why}"));
        for import in &imports {
            if name.starts_with("src/ui") && import != "ui" {
                refuse(import, "ui knows only ui");
            }
            if name.starts_with("src/components") && ["backend", "state", "pages"].contains(&import.as_str())
            {
                refuse(import, "components take props and give callbacks");
            }
            let names_pages =
                name.starts_with("src/pages") || ["src/app.rs", "src/lib.rs"].contains(&name.as_str());
            if import == "pages" && !names_pages {
                refuse(import, "pages are leaves");
            }
            if name.starts_with("src/state") && import == "components" {
                refuse(import, "state has no views");
            }
        }
    }
    problems
}

pub fn no_inline_markup() -> Vec<String> {
    let words = [
        ["inner", "_html"].concat(),
        [" style=", "\""].concat(),
        ["<sty", "le"].concat(),
        ["set_inner", "_html"].concat(),
    ];
    let mut files = in_the_browser();
    files.extend(sources(|name| name == "index.html"));
    files
        .into_iter()
        .flat_map(|(name, text)| {
            let found: Vec<_> = lines_with(&text, &words).collect();
            found
                .into_iter()
                .map(move |line| format!("{name}:{line}: the security policy forbids inline markup"))
        })
        .collect()
}

pub fn migrations_match() -> Vec<String> {
    let names = |engine: &str| -> Option<BTreeSet<String>> {
        let folder = place::root().join("crates/store/migrations").join(engine);
        folder.is_dir().then(|| {
            place::files_under(&folder)
                .iter()
                .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
                .collect()
        })
    };
    // One engine so far: nothing to compare. The day the second comes, this bites.
    let (Some(one), Some(other)) = (names("sqlite"), names("postgres")) else {
        return Vec::new();
    };
    one.symmetric_difference(&other)
        .map(|name| format!("migration {name} is there for one database only"))
        .collect()
}

pub fn styles_match_modules() -> Vec<String> {
    let root = place::root();
    let mut problems = Vec::new();
    for layer in ["components", "pages"] {
        for file in place::files_under(&root.join("style").join(layer)) {
            let stem = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let module = root.join("src").join(layer).join(&stem);
            if !module.is_dir() && !module.with_extension("rs").is_file() {
                problems.push(format!("style/{layer}/{stem}.css has no src/{layer}/{stem}.rs"));
            }
        }
    }
    problems
}

pub fn colours_are_tokens() -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in sources(|name| name.starts_with("style/") && name.ends_with(".css")) {
        let text = without_css_comments(&text);
        for (number, line) in text.lines().enumerate() {
            // Print is black on white whatever the theme: its colours are no roles.
            let colour = name != "style/tokens.css" && hex_colour(line);
            if colour
                || line.contains("!important") && !name.ends_with("/reset.css") && !name.ends_with("base.css")
            {
                problems.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    problems
}

pub fn no_places() -> Vec<String> {
    let homes = ["/ro", "/ho", "/wo", "/Use"]
        .iter()
        .zip(["ot/", "me/", "rk/", "rs/"])
        .map(|(a, b)| [*a, b].concat());
    let hosts = [
        ["index.crates", ".io"],
        ["static.crates", ".io"],
        ["registry.npm", "js.org"],
        ["py", "pi.org"],
        ["pythonhosted", ".org"],
        ["static.rust-", "lang.org"],
        ["proxy.go", "lang.org"],
        ["deb.deb", "ian.org"],
    ];
    let words: Vec<String> = homes.chain(hosts.iter().map(|parts| parts.concat())).collect();
    sources(|name| !name.ends_with("Cargo.lock"))
        .into_iter()
        .flat_map(|(name, text)| {
            let found: Vec<_> = text
                .lines()
                .enumerate()
                .filter_map(|(number, line)| {
                    // A path begins a word: `a/home/b` and `https://x/home/` are not places of a machine.
                    let word = words.iter().find(|word| {
                        line.match_indices(word.as_str()).any(|(at, _)| {
                            let before = line[..at].chars().next_back();
                            !word.starts_with('/')
                                || before.is_none_or(|c| !c.is_alphanumeric() && !"}._-~*)".contains(c))
                        })
                    })?;
                    Some(format!("{}: names {word}", number + 1))
                })
                .collect();
            found.into_iter().map(move |problem| format!("{name}:{problem}"))
        })
        .collect()
}

pub fn nothing_ignored() -> Vec<String> {
    let words = [["#[ign", "ore"].concat(), ["test.sk", "ip("].concat()];
    rust("", |_| true)
        .into_iter()
        .flat_map(|(name, text)| {
            let found: Vec<_> = lines_with(&text, &words).collect();
            found
                .into_iter()
                .map(move |line| format!("{name}:{line}: a test that does not run proves nothing"))
        })
        .collect()
}

/// Every `Lie` of the testkit has a row in THREATS.md, and every row that names a lie names one that exists.
pub fn lies_are_listed() -> Vec<String> {
    let threats = fs::read_to_string(place::root().join("docs/THREATS.md")).ok();
    let kit = rust("crates/testkit/src/", |_| true);
    let lies: BTreeSet<String> = kit
        .iter()
        .flat_map(|(_, text)| variants(text, "enum Lie"))
        .collect();
    let Some(threats) = threats.filter(|_| !lies.is_empty()) else {
        return Vec::new();
    };
    let named: BTreeSet<String> = threats
        .split("Lie::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect())
        .filter(|name: &String| name != "ALL" && !name.is_empty())
        .collect();
    let unlisted = lies
        .difference(&named)
        .map(|lie| format!("docs/THREATS.md has no row for Lie::{lie}"));
    let unknown = named
        .difference(&lies)
        .map(|lie| format!("docs/THREATS.md names Lie::{lie}, which is not tested"));
    unlisted.chain(unknown).collect()
}

pub fn no_secrets() -> Vec<String> {
    let words = [
        ["-----BEGIN ", "PRIVATE"].concat(),
        ["-----BEGIN ", "RSA"].concat(),
        ["-----BEGIN ", "OPENSSH"].concat(),
    ];
    let mut problems: Vec<_> = tracked()
        .into_iter()
        .filter(|name| {
            [".pem", ".key", ".sqlite", ".sqlite3", ".db"]
                .iter()
                .any(|ending| name.ends_with(ending))
        })
        .map(|name| format!("{name}: this kind of file stays out of the repository"))
        .collect();
    for (name, text) in sources(|name| !name.starts_with("vectors/")) {
        problems.extend(lines_with(&text, &words).map(|line| format!("{name}:{line}: a private key")));
    }
    problems
}

/// The modules that a file imports or names by `crate::…`, tests of it included.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => {
                found.insert(word(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut first = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => first = true,
                        c if first && (c.is_alphanumeric() || c == '_') => {
                            found.insert(word(&group[at..]));
                            first = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.remove("");
    found
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The variants of an enum, by its text.
fn variants(text: &str, head: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once(&format!("{head} {{")) else {
        return Vec::new();
    };
    let body = rest.split_once("\n}").map_or(rest, |(body, _)| body);
    let names = body
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.map(word).collect()
}

fn hex_colour(line: &str) -> bool {
    line.match_indices('#').any(|(at, _)| {
        let digits = line[at + 1..].chars().take_while(char::is_ascii_hexdigit).count();
        let after = line[at + 1 + digits..].chars().next();
        let in_value = line[..at].rfind(':') > line[..at].rfind(['{', ';']);
        in_value && [3, 4, 6, 8].contains(&digits) && after.is_none_or(|c| !c.is_alphanumeric() && c != '-')
    })
}

fn without_css_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        // The lines keep their numbers.
        out.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    out + rest
}

/// Numbers of the lines that contain one of the words, comments left out.
fn lines_with<'a>(text: &'a str, words: &'a [String]) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter_map(move |(number, line)| {
        let code = !line.trim_start().starts_with("//");
        (code && words.iter().any(|word| line.contains(word.as_str()))).then_some(number + 1)
    })
}

fn rust(under: &str, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    sources(|name| name.starts_with(under) && name.ends_with(".rs") && wanted(name))
}

/// Rust that draws pages and talks to servers there.
fn in_the_browser() -> Vec<(String, String)> {
    let folders = ["src/", "crates/page/", "crates/receiver/"];
    folders
        .into_iter()
        .flat_map(|folder| rust(folder, |_| true))
        .collect()
}

/// Name and text of the files of the repository that are text and wanted.
fn sources(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let root = place::root();
    let names = tracked().into_iter().filter(|name| wanted(name));
    names
        .filter_map(|name| Some((name.clone(), fs::read_to_string(root.join(&name)).ok()?)))
        .collect()
}

/// What git tracks or would track; every file where there is no git.
fn tracked() -> Vec<String> {
    let root = place::root();
    let mut git = Command::new("git");
    git.current_dir(&root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    match git.output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect(),
        _ => place::files_under(&root)
            .iter()
            .filter_map(|file| relative(&root, file))
            .collect(),
    }
}

fn relative(root: &Path, file: &Path) -> Option<String> {
    Some(file.strip_prefix(root).ok()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_in_groups_too() {
        let text = "use crate::ui::Button;\nuse crate::{state::{a, b}, text};\n// crate::pages\n";
        assert_eq!(imports(text), ["state", "text", "ui"].map(str::to_owned).into());
    }

    #[test]
    fn colours_are_told_from_fragments() {
        for (line, is_one) in [
            ("color: #fff;", true),
            ("a { color: #a1b2c3 }", true),
            ("#main { x: y }", false),
        ] {
            assert_eq!(hex_colour(line), is_one, "{line}");
        }
    }

    #[test]
    fn variants_are_read_from_an_enum() {
        let text = "pub enum Lie {\n    /// b01\n    FlipMetadata,\n    Swap { a: u8 },\n}\n";
        assert_eq!(variants(text, "enum Lie"), ["FlipMetadata", "Swap"]);
    }
}
