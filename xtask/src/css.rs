//! One stylesheet out of many: `style/main.css` and what it imports, for every page; `style/app.css`, for the app.
//!
//! Trunk copies a stylesheet as it is. The sources stay CSS that a browser could load by itself; only the imports are
//! put in place: `@import "x.css" layer(y);` becomes `@layer y { … }`.

use std::fs;
use std::path::Path;

use crate::place;
use crate::step::{Doing, Failure, Result};

/// Flattens `style/main.css` into `target/style/coffer.css`. Leaves an unchanged file alone.
pub fn write() -> Result<()> {
    let flat = flat("main.css")?;
    let out = place::out().join("style").join("coffer.css");
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::read_to_string(&out).is_ok_and(|old| old == flat) {
        return Ok(());
    }
    fs::write(&out, flat).doing(format!("write {}", out.display()))
}

/// A stylesheet of `style` with what it imports in place.
pub fn flat(name: &str) -> Result<String> {
    flatten(&place::root().join("style"), name)
}

fn flatten(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).doing(format!("read {}", path.display()))?;
    let mut out = String::new();
    for line in without_comments(&text).lines() {
        match import(line.trim()) {
            None => {
                out.push_str(line.trim_end());
                out.push('\n');
            }
            Some(Ok((file, layer))) => {
                let inner = flatten(folder, file)?;
                out.push_str(&match layer {
                    Some(layer) => format!("@layer {layer} {{\n{}}}\n", inner),
                    None => inner,
                });
            }
            Some(Err(())) => {
                return Err(Failure::new(format!(
                    "{}: an import is `@import \"file.css\" layer(name);`, not: {}",
                    path.display(),
                    line.trim()
                )));
            }
        }
    }
    Ok(out
        .lines()
        .filter(|line| !line.trim().is_empty())
        .fold(String::new(), |text, line| text + line + "\n"))
}

/// The file and layer of an import; `None` for every other line.
fn import(line: &str) -> Option<std::result::Result<(&str, Option<&str>), ()>> {
    let rest = line.strip_prefix("@import")?;
    let parse = || {
        let rest = rest.trim().strip_suffix(';')?.trim().strip_prefix('"')?;
        let (file, rest) = rest.split_once('"')?;
        match rest.trim() {
            "" => Some((file, None)),
            layer => Some((file, Some(layer.strip_prefix("layer(")?.strip_suffix(')')?))),
        }
    };
    Some(parse().ok_or(()))
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_become_layers_and_everything_else_stays() {
        assert_eq!(
            import(r#"@import "ui/card.css" layer(ui);"#),
            Some(Ok(("ui/card.css", Some("ui"))))
        );
        assert_eq!(import(r#"@import "plain.css";"#), Some(Ok(("plain.css", None))));
        assert_eq!(import("@import url(x.css);"), Some(Err(())));
        assert_eq!(import(".card { color: red }"), None);
    }

    #[test]
    fn comments_go() {
        assert_eq!(without_comments("a /* b */ c /* d"), "a  c ");
    }

    #[test]
    fn every_stylesheet_is_imported_once() {
        let style = place::root().join("style");
        let manifests = ["main.css", "app.css"];
        let all = manifests.map(|name| fs::read_to_string(style.join(name)).unwrap_or_default());
        let all = all.concat();
        for file in place::files_under(&style) {
            let name = file
                .strip_prefix(&style)
                .unwrap_or(&file)
                .to_string_lossy()
                .into_owned();
            let times = all.matches(&format!("\"{name}\"")).count();
            assert!(
                manifests.contains(&name.as_str()) || !name.ends_with(".css") || times == 1,
                "style/{name} is imported {times} times by {manifests:?}"
            );
        }
    }

    #[test]
    fn the_styles_flatten_and_import_nothing_any_more() {
        for name in ["main.css", "app.css"] {
            let flat = flat(name);
            assert!(flat.is_ok_and(|flat| !flat.contains("@import") && flat.contains("@layer")));
        }
    }
}
