//! The last touch to the page that Trunk built: the receivers' programs, the workers, hashed names, integrity for everything.
//!
//! Trunk leaves `<script src="/boot.js" data-js data-wasm>` (`pattern_script` in Trunk.toml). Here boot.js gets its
//! hashed name, and an attribute that says what each part of the program is called and must hash to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::build::PROFILE;
use crate::command;
use crate::css;
use crate::hash;
use crate::imports;
use crate::place;
use crate::setup::{self, For, Tools};
use crate::step::{Doing, Failure, Result};

/// Trunk's second hook: finishes the page in its staging folder.
pub fn finish_for_trunk() -> Result<()> {
    let staging = env::var_os("TRUNK_STAGING_DIR")
        .ok_or_else(|| Failure::new("`cargo xtask page` is for Trunk, which says where the page is"))?;
    let builder = Builder::new(env::var(PROFILE).unwrap_or_else(|_| "web".into()))?;
    builder.cargo(&["kdf-worker", "meter", "scan"].map(|name| format!("--package=coffer-{name}")))?;
    builder.cargo(&["--package=coffer-receiver".to_owned(), "--bins".to_owned()])?;
    let programs = [
        builder.bind("recipient", "coffer-recipient")?,
        builder.bind("form", "coffer-form")?,
        builder.worker("kdf", "coffer_kdf_worker", "kdf-worker.js")?,
        builder.worker("meter", "coffer_meter", "assistant-worker.js")?,
        builder.worker("scan", "coffer_scan", "assistant-worker.js")?,
    ];
    finish(Path::new(&staging), &programs)
}

/// Compiles for the browser what Trunk does not know of.
struct Builder {
    profile: String,
    /// None when Trunk was started by this program, which has set the compiler and the path already.
    tools: Option<Tools>,
}

/// What wasm-bindgen made of a program, under the name that its files begin with.
struct Program {
    name: &'static str,
    script: String,
    wasm: Vec<u8>,
}

impl Builder {
    fn new(profile: String) -> Result<Self> {
        let tools = match env::var_os("COFFER_XTASK") {
            Some(_) => None,
            None => Some(setup::prepare(For::Building)?),
        };
        Ok(Self { profile, tools })
    }

    fn command(&self, program: &str) -> Result<Command> {
        match &self.tools {
            Some(tools) => tools.command(program),
            None => Ok(Command::new(program)),
        }
    }

    fn cargo(&self, what: &[String]) -> Result<()> {
        let mut cargo = self.command("cargo")?;
        cargo
            .current_dir(place::root())
            .args([
                "build",
                "--quiet",
                "--offline",
                "--locked",
                "--target",
                WASM,
                "--profile",
            ])
            .arg(&self.profile)
            .args(what);
        command::aloud(&mut cargo)
    }

    /// The bindings of a program that was compiled.
    fn bind(&self, name: &'static str, compiled: &str) -> Result<Program> {
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(place::web_target, |folder| Ok(PathBuf::from(folder)))?;
        let out = place::out().join("bound");
        let mut bindgen = self.command("wasm-bindgen")?;
        bindgen
            .args([
                "--target",
                "web",
                "--no-typescript",
                "--out-name",
                name,
                "--out-dir",
            ])
            .arg(&out)
            .arg(
                target
                    .join(WASM)
                    .join(&self.profile)
                    .join(format!("{compiled}.wasm")),
            );
        command::aloud(&mut bindgen)?;
        let script = fs::read_to_string(out.join(format!("{name}.js")))
            .doing(format!("read the bindings of {name}"))?;
        let wasm = fs::read(out.join(format!("{name}_bg.wasm"))).doing(format!("read the program {name}"))?;
        let (wasm, script) = imports::shorten(wasm, without_comments(&script));
        Ok(Program { name, script, wasm })
    }

    /// The same of a worker, whose script goes on with what stands in `assets`.
    fn worker(&self, name: &'static str, compiled: &str, rest: &str) -> Result<Program> {
        let mut worker = self.bind(name, compiled)?;
        let rest = place::root().join("assets").join(rest);
        let rest = fs::read_to_string(&rest).doing(format!("read {}", rest.display()))?;
        worker.script = format!("{}\n{}", worker.script, without_comments(&rest));
        Ok(worker)
    }
}

fn finish(folder: &Path, programs: &[Program]) -> Result<()> {
    let boot_path = place::root().join("boot.js");
    let boot = fs::read_to_string(&boot_path).doing(format!("read {}", boot_path.display()))?;
    let boot = without_comments(&boot);

    let put = |stem: &str, extension: &str, bytes: &[u8]| -> Result<File> {
        let name = format!("{stem}-{}.{extension}", hash::short(bytes));
        fs::write(folder.join(&name), bytes).doing(format!("write {name}"))?;
        Ok(File::new(format!("/{name}"), bytes))
    };
    let boot = put("boot", "js", boot.as_bytes())?;

    let index = folder.join("index.html");
    let html = fs::read_to_string(&index).doing(format!("read {}", index.display()))?;
    let tag = Tag::find(&html)?;
    let there = |name: &str| -> Result<File> {
        let bytes = fs::read(folder.join(name.trim_start_matches('/'))).doing(format!("read {name}"))?;
        Ok(File::new(name.to_owned(), &bytes))
    };
    let mut parts = json!({ "app": part(&there(tag.js)?, &there(tag.wasm)?) });
    let style = put("app", "css", css::flat("app.css")?.as_bytes())?;
    parts["app"]["style"] = named(&style);
    for program in programs {
        let script = put(program.name, "js", program.script.as_bytes())?;
        let wasm = put(program.name, "wasm", &program.wasm)?;
        parts[program.name] = part(&script, &wasm);
    }
    parts["words"] = json!({});
    for (language, words) in languages()? {
        let file = put(&format!("words-{language}"), "txt", &words)?;
        parts["words"][language] = named(&file);
    }
    // Names and digests hold no quotation marks of either kind.
    let new = format!(
        r#"<script src="{}" integrity="{}" crossorigin="anonymous" data-parts='{parts}'></script>"#,
        boot.name, boot.integrity,
    );
    let html = without_remarks(&html.replace(tag.whole, &new));
    refuse_inline(&html)?;
    fs::write(&index, html).doing(format!("write {}", index.display()))
}

/// The words of the receivers' pages in other languages, by the language's code.
fn languages() -> Result<Vec<(String, Vec<u8>)>> {
    let folder = place::root().join("assets/words");
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).doing(format!("look into {}", folder.display()))? {
        let path = entry.doing("list the languages")?.path();
        if let Some(language) = path.file_stem().and_then(|stem| stem.to_str()) {
            let words = fs::read(&path).doing(format!("read {}", path.display()))?;
            all.push((language.to_owned(), words));
        }
    }
    all.sort();
    Ok(all)
}

/// A file of the page, by its address.
struct File {
    name: String,
    integrity: String,
}

impl File {
    fn new(name: String, bytes: &[u8]) -> Self {
        let integrity = hash::integrity(bytes);
        Self { name, integrity }
    }
}

/// What boot.js reads about a part: where its two files are, and what they must hash to.
fn part(script: &File, program: &File) -> Value {
    json!({ "script": named(script), "program": named(program) })
}

fn named(file: &File) -> Value {
    json!({ "name": file.name, "integrity": file.integrity })
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
    fn comments_do_not_ship() {
        assert_eq!(
            without_comments("// a\nb(); // kept\n/* c\n d */\n/** e */\nf()"),
            "b(); // kept\nf()\n"
        );
        assert_eq!(without_remarks("<a>\n<!-- x\n y -->\n<b>"), "<a>\n<b>\n");
    }
}
