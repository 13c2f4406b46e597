//! One stylesheet out of many: `style/main.css` and what it imports.
//!
//! Trunk copies a stylesheet as it is. The sources stay CSS that a browser could load by itself; only the imports are
//! put in place: `@import "x.css" layer(y);` becomes `@layer y { … }`.

use std::fs;
use std::path::Path;

use crate::place;
use crate::step::{Doing, Failure, Result};

/// Flattens `style/main.css` into `target/style/coffer.css`. Leaves an unchanged file alone.
pub fn write() -> Result<()> {
    let flat = flatten(&place::root().join("style"), "main.css")?;
    let out = place::out().join("style").join("coffer.css");
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::read_to_string(&out).is_ok_and(|old| old == flat) {
        return Ok(());
    }
    fs::write(&out, flat).doing(format!("write {}", out.display()))
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
    fn every_stylesheet_is_in_the_manifest() {
        let style = place::root().join("style");
        let main = fs::read_to_string(style.join("main.css")).unwrap_or_default();
        for file in place::files_under(&style) {
            let name = file
                .strip_prefix(&style)
                .unwrap_or(&file)
                .to_string_lossy()
                .into_owned();
            assert!(
                name == "main.css" || !name.ends_with(".css") || main.contains(&format!("\"{name}\"")),
                "style/{name} is not imported by style/main.css"
            );
        }
    }

    #[test]
    fn the_styles_flatten_and_import_nothing_any_more() {
        let flat = flatten(&place::root().join("style"), "main.css");
        assert!(flat.is_ok_and(|flat| !flat.contains("@import") && flat.contains("@layer")));
    }
}
