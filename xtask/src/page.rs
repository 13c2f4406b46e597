//! The last touch to the page that Trunk built: the worker, hashed names, integrity for everything.
//!
//! Trunk leaves `<script src="/boot.js" data-js data-wasm>` (`pattern_script` in Trunk.toml). Here boot.js gets its
//! hashed name, and attributes that say what each part of the program must hash to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::build::PROFILE;
use crate::command;
use crate::hash;
use crate::place;
use crate::setup::{self, For};
use crate::step::{Doing, Failure, Result};

/// Trunk's second hook: finishes the page in its staging folder.
pub fn finish_for_trunk() -> Result<()> {
    let staging = env::var_os("TRUNK_STAGING_DIR")
        .ok_or_else(|| Failure::new("`cargo xtask page` is for Trunk, which says where the page is"))?;
    let profile = env::var(PROFILE).unwrap_or_else(|_| "web".into());
    let worker = build_worker(&profile)?;
    finish(Path::new(&staging), &worker)
}

/// What wasm-bindgen made of the worker.
struct Worker {
    script: String,
    wasm: Vec<u8>,
}

fn build_worker(profile: &str) -> Result<Worker> {
    let arguments = [
        "build",
        "--quiet",
        "--offline",
        "--locked",
        "--package",
        "coffer-kdf-worker",
        "--target",
        WASM,
    ];
    let (mut cargo, mut bindgen) = if env::var_os("COFFER_XTASK").is_some() {
        // The command that called Trunk set the compiler and the path.
        let mut cargo = std::process::Command::new("cargo");
        cargo.args(arguments).current_dir(place::root());
        (cargo, std::process::Command::new("wasm-bindgen"))
    } else {
        let tools = setup::prepare(For::Building)?;
        (tools.web_cargo(&arguments)?, tools.command("wasm-bindgen")?)
    };
    command::aloud(cargo.args(["--profile", profile]))?;

    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(place::web_target, |folder| Ok(PathBuf::from(folder)))?;
    let wasm = target.join(WASM).join(profile).join("coffer_kdf_worker.wasm");
    let out = place::out().join("worker");
    bindgen
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--out-name",
            "kdf",
            "--out-dir",
        ])
        .arg(&out)
        .arg(&wasm);
    command::aloud(&mut bindgen)?;

    let rest = place::root().join("assets/kdf-worker.js");
    let glue = fs::read_to_string(out.join("kdf.js")).doing("read the worker's bindings")?;
    let rest = fs::read_to_string(&rest).doing(format!("read {}", rest.display()))?;
    Ok(Worker {
        script: format!("{}\n{}", without_comments(&glue), without_comments(&rest)),
        wasm: fs::read(out.join("kdf_bg.wasm")).doing("read the worker's program")?,
    })
}

fn finish(folder: &Path, worker: &Worker) -> Result<()> {
    let boot_path = place::root().join("boot.js");
    let boot = fs::read_to_string(&boot_path).doing(format!("read {}", boot_path.display()))?;
    let boot = without_comments(&boot);

    let put = |stem: &str, extension: &str, bytes: &[u8]| -> Result<Part> {
        let name = format!("{stem}-{}.{extension}", hash::short(bytes));
        fs::write(folder.join(&name), bytes).doing(format!("write {name}"))?;
        Ok(Part {
            name,
            integrity: hash::integrity(bytes),
        })
    };
    let boot = put("boot", "js", boot.as_bytes())?;
    let script = put("kdf", "js", worker.script.as_bytes())?;
    let program = put("kdf", "wasm", &worker.wasm)?;

    let index = folder.join("index.html");
    let html = fs::read_to_string(&index).doing(format!("read {}", index.display()))?;
    let tag = Tag::find(&html)?;
    let app = fs::read(folder.join(tag.wasm.trim_start_matches('/'))).doing(format!("read {}", tag.wasm))?;
    let new = format!(
        r#"<script src="/{}" integrity="{}" crossorigin="anonymous" data-js="{}" data-wasm="{}" data-wasm-integrity="{}" data-worker="/{}" data-kdf="/{}" data-kdf-integrity="{}"></script>"#,
        boot.name,
        boot.integrity,
        tag.js,
        tag.wasm,
        hash::integrity(&app),
        script.name,
        program.name,
        program.integrity,
    );
    let html = quiet_preload(&without_remarks(&html.replace(tag.whole, &new)));
    refuse_inline(&html)?;
    fs::write(&index, html).doing(format!("write {}", index.display()))
}

struct Part {
    name: String,
    integrity: String,
}

/// The script element that Trunk wrote.
struct Tag<'a> {
    whole: &'a str,
    js: &'a str,
    wasm: &'a str,
}

impl<'a> Tag<'a> {
    fn find(html: &'a str) -> Result<Self> {
        let parse = || {
            let from = html.find("<script src=\"/boot.js\"")?;
            let whole = &html[from..from + html[from..].find("</script>")? + "</script>".len()];
            let attribute = |name: &str| {
                let (_, rest) = whole.split_once(&format!(" {name}=\""))?;
                rest.split_once('"').map(|(value, _)| value)
            };
            Some(Self {
                whole,
                js: attribute("data-js")?,
                wasm: attribute("data-wasm")?,
            })
        };
        parse()
            .ok_or_else(|| Failure::new("the page has no boot.js: is `pattern_script` still in Trunk.toml?"))
    }
}

/// A preloaded WebAssembly file without `integrity`: browsers ignore the attribute there and say so on the console.
/// boot.js gives it to `fetch`, where it counts.
fn quiet_preload(html: &str) -> String {
    let mut tags = html.split_inclusive('<').map(str::to_owned).collect::<Vec<_>>();
    for tag in tags
        .iter_mut()
        .filter(|tag| tag.starts_with("link ") && tag.contains(" as=\"fetch\""))
    {
        if let Some((before, rest)) = tag.split_once(" integrity=\"")
            && let Some((_, after)) = rest.split_once('"')
        {
            *tag = format!("{before}{after}");
        }
    }
    tags.concat()
}

/// The content security policy forbids what stands in the page itself; better to notice here.
fn refuse_inline(html: &str) -> Result<()> {
    let lower = html.to_lowercase();
    let scripts = lower.split("<script").skip(1);
    let inline = scripts
        .filter(|rest| !rest.split('>').next().is_some_and(|tag| tag.contains(" src=")))
        .count();
    if inline > 0 || lower.contains("<style") || lower.contains(" style=") || lower.contains(" onload=") {
        return Err(Failure::new(
            "the page has an inline script or style, which its security policy forbids",
        ));
    }
    Ok(())
}

/// JavaScript without lines that are only a comment, and without indentation.
fn without_comments(script: &str) -> String {
    let mut block = false;
    let lines = script.lines().map(str::trim).filter(|line| {
        if block {
            block = !line.ends_with("*/");
            return false;
        }
        if line.starts_with("/*") {
            block = !line.contains("*/");
            return !block && !line.ends_with("*/");
        }
        !line.is_empty() && !line.starts_with("//")
    });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// HTML without comments and empty lines.
fn without_remarks(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .fold(String::new(), |text, line| text + line + "\n")
}

const WASM: &str = "wasm32-unknown-unknown";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_that_trunk_wrote_is_found() {
        let html =
            r#"<head><script src="/boot.js" data-js="/a-1.js" data-wasm="/a-1_bg.wasm"></script></head>"#;
        let tag = Tag::find(html).unwrap();
        assert_eq!((tag.js, tag.wasm), ("/a-1.js", "/a-1_bg.wasm"));
        assert!(tag.whole.ends_with("</script>"));
    }

    #[test]
    fn inline_code_is_refused() {
        assert!(refuse_inline("<script src=\"/a.js\"></script><p>x</p>").is_ok());
        for bad in [
            "<script>1</script>",
            "<script type=\"module\">1</script>",
            "<style>a{}</style>",
            "<p style=\"\">",
        ] {
            assert!(refuse_inline(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn integrity_stays_where_browsers_heed_it() {
        let html =
            r#"<link rel="modulepreload" integrity="a"><link href="x" integrity="b" as="fetch"></head>"#;
        assert_eq!(
            quiet_preload(html),
            r#"<link rel="modulepreload" integrity="a"><link href="x" as="fetch"></head>"#
        );
    }

    #[test]
    fn comments_do_not_ship() {
        assert_eq!(
            without_comments("// a\nb(); // kept\n/* c\n d */\n/** e */\nf()"),
            "b(); // kept\nf()\n"
        );
        assert_eq!(without_remarks("<a>\n<!-- x\n y -->\n<b>"), "<a>\n<b>\n");
    }
}
