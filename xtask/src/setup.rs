//! Installs what building and testing need and a machine lacks. The second time it only looks, in milliseconds.
//!
//! Nothing is written outside the user's cache folder, except Debian packages where the system has to have them.

mod debian;
mod packages;
mod web;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use clap::Args;

use crate::command;
use crate::place;
use crate::step::{Doing, Failure, Result, note, step};

pub use packages::{node_packages, python_packages};
pub use web::WebCompiler;

/// The Trunk that is installed when there is none; a later one of the same minor version does too.
const TRUNK: &str = "0.21.14";

/// Where tools are compiled, inside the cache.
const BUILD_TOOLS: &str = "build-tools";

/// What to set up.
#[derive(Args)]
pub struct Options {
    /// Also what the tests need: a browser with its driver, packages of Node and Python
    #[arg(long)]
    tests: bool,
}

/// What is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Building and serving the app.
    Building,
    /// Tests in a browser as well.
    Testing,
}

/// Everything that was found or installed.
pub struct Tools {
    /// The compiler for WebAssembly.
    pub web: WebCompiler,
    path: OsString,
}

/// `cargo xtask setup`.
pub fn run(options: &Options) -> Result<()> {
    let tools = prepare(if options.tests {
        For::Testing
    } else {
        For::Building
    })?;
    note(format!("compiler for the browser: {}", tools.web.describe()));
    if options.tests {
        node_packages()?;
        python_packages()?;
    }
    Ok(())
}

/// Finds every tool, and installs those that are missing.
pub fn prepare(purpose: For) -> Result<Tools> {
    step("Look for the tools", || {
        let path = path_with_tools()?;
        // Looked up by this process too, so that `find` and children agree.
        let bindgen = bindgen_version()?;
        let missing = Missing::look(purpose, &path, &bindgen)?;
        if missing.nothing() {
            return Ok(Tools {
                web: WebCompiler::find()?.ok_or_else(web::unavailable)?,
                path,
            });
        }
        missing.install(&path, &bindgen)
    })
}

impl Tools {
    /// A command that finds the installed tools and compiles WebAssembly with the right compiler.
    pub fn command(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(program);
        self.equip(&mut command)?;
        Ok(command)
    }

    /// `cargo` for the browser's target, building into its own folder.
    pub fn web_cargo(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = command::cargo(arguments)?;
        self.equip(&mut command)?;
        Ok(command)
    }

    fn equip(&self, command: &mut Command) -> Result<()> {
        command
            .current_dir(place::root())
            .env("PATH", &self.path)
            .env("CARGO_TARGET_DIR", place::web_target()?);
        // Trunk's hooks come back to this very program, whatever compiler is set for the browser.
        command.env("COFFER_XTASK", env::current_exe()?);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", web_flags());
        self.web.equip(command);
        Ok(())
    }
}

/// What this machine lacks.
struct Missing {
    web: bool,
    trunk: bool,
    bindgen: bool,
    browser: bool,
}

impl Missing {
    fn look(purpose: For, path: &OsString, bindgen: &str) -> Result<Self> {
        let version = |tool: &str| {
            let output = Command::new(tool)
                .arg("--version")
                .env("PATH", path)
                .output()
                .ok()?;
            String::from_utf8(output.stdout)
                .ok()?
                .split_whitespace()
                .nth(1)
                .map(str::to_owned)
        };
        let series = TRUNK.rsplit_once('.').map_or(TRUNK, |(series, _)| series);
        Ok(Self {
            web: WebCompiler::find()?.is_none(),
            trunk: !version("trunk").is_some_and(|found| found.starts_with(series)),
            bindgen: version("wasm-bindgen").as_deref() != Some(bindgen)
                || version("wasm-bindgen-test-runner").as_deref() != Some(bindgen),
            browser: purpose == For::Testing && (chromium().is_none() || chromedriver().is_none()),
        })
    }

    fn nothing(&self) -> bool {
        !(self.web || self.trunk || self.bindgen || self.browser)
    }

    fn install(mut self, path: &OsString, bindgen: &str) -> Result<Tools> {
        if self.web && web::by_rustup() {
            self.web = WebCompiler::find()?.is_none();
        }
        // The packages of the system come in one go; compiling the standard library waits for them, the tools do not.
        thread::scope(|scope| {
            let system = scope.spawn(|| {
                let mut wanted = Vec::new();
                if self.web {
                    wanted.extend(web::DEBIAN_PACKAGES);
                }
                if self.browser {
                    wanted.extend(["chromium", "chromium-driver"]);
                }
                debian::install(&wanted)?;
                if self.web {
                    web::build_standard_library()
                } else {
                    Ok(())
                }
            });
            let cargo = scope.spawn(|| {
                if self.bindgen {
                    install_tool("wasm-bindgen-cli", bindgen, path)?;
                }
                if self.trunk {
                    install_tool("trunk", TRUNK, path)?;
                }
                Ok(())
            });
            let outcomes = [system.join(), cargo.join()];
            for outcome in outcomes {
                outcome.map_err(|_| Failure::new("an installation stopped unexpectedly"))??;
            }
            Ok::<_, Failure>(())
        })?;
        // A gigabyte that nothing needs any more.
        let _ = std::fs::remove_dir_all(place::cache()?.join(BUILD_TOOLS));
        if self.browser && (chromium().is_none() || chromedriver().is_none()) {
            return Err(Failure::new(
                "Chromium or its driver is missing: apt-get install chromium chromium-driver (or set CHROME and \
                 CHROMEDRIVER to where they are)",
            ));
        }
        Ok(Tools {
            web: WebCompiler::find()?.ok_or_else(web::unavailable)?,
            path: path.clone(),
        })
    }
}

/// The browser that tests drive.
pub fn chromium() -> Option<PathBuf> {
    env::var_os("CHROME").map(PathBuf::from).or_else(|| {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| place::find(name))
    })
}

/// What drives it.
pub fn chromedriver() -> Option<PathBuf> {
    env::var_os("CHROMEDRIVER")
        .map(PathBuf::from)
        .or_else(|| place::find("chromedriver"))
}

/// The version of wasm-bindgen in Cargo.lock: its tool has to be exactly the same.
pub fn bindgen_version() -> Result<String> {
    let lock = std::fs::read_to_string(place::root().join("Cargo.lock")).doing("read Cargo.lock")?;
    lock.split_once("name = \"wasm-bindgen\"\nversion = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(version, _)| version.to_owned())
        .ok_or_else(|| Failure::new("Cargo.lock names no wasm-bindgen"))
}

/// Beside the flags of `.cargo/config.toml`: no path of this machine in the messages of crates, so that the same
/// sources give the same file everywhere.
fn web_flags() -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registries = home.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<_> = registries
        .into_iter()
        .flatten()
        .flatten()
        .map(|folder| folder.path())
        .collect();
    folders.sort();
    let flags: Vec<_> = folders
        .iter()
        .map(|folder| format!("--remap-path-prefix={}=crates", folder.display()))
        .collect();
    flags.join(" ")
}

fn path_with_tools() -> Result<OsString> {
    let mut folders = vec![place::tools()?.join("bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).doing("put the tools on the path")
}

/// Compiles a tool into the cache: unoptimised, which is four times as quick to build and as quick to use.
fn install_tool(tool: &str, version: &str, path: &OsString) -> Result<()> {
    let root = place::tools()?;
    step(&format!("Install {tool} {version} (some minutes, once)"), || {
        let attempt = |locked: bool| {
            let mut command = Command::new("cargo");
            command.args([
                "install",
                "--debug",
                "--config",
                "profile.dev.debug=0",
                "--force",
                "--version",
                version,
            ]);
            command.arg("--root").arg(&root).arg(tool).env("PATH", path);
            // Not the project's folder: its .cargo/config.toml and lints are not meant for others.
            command
                .current_dir(env::temp_dir())
                .env_remove("RUSTC")
                .env_remove("RUSTFLAGS");
            command.env("CARGO_TARGET_DIR", place::cache()?.join(BUILD_TOOLS));
            if locked {
                command.arg("--locked");
            }
            command::quietly(&format!("install-{tool}"), &mut command)
        };
        // A registry mirror may lack a crate of the tool's own lock file: then without it.
        attempt(true).or_else(|_| attempt(false)).map_err(|failure| {
            Failure::new(format!(
                "{tool} {version} cannot be had. Try: cargo install {tool} --version {version}\n{failure}"
            ))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_pinned_bindgen() {
        let manifest = std::fs::read_to_string(place::root().join("Cargo.toml")).unwrap();
        let version = bindgen_version().unwrap();
        assert!(
            manifest.contains(&format!("wasm-bindgen = \"={version}\"")),
            "{version} is not what is pinned"
        );
    }
}
