//! Building the app and the server, and noticing that nothing changed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::command;
use crate::hash;
use crate::place;
use crate::setup::{self, Tools};
use crate::step::{Doing, Failure, Result, note, step};

/// How the app is compiled.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Quick to build.
    Web,
    /// Small and quick to load.
    Dist,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Web => "web",
            Self::Dist => "dist",
        })
    }
}

/// The environment variable in which Trunk's hooks learn the profile.
pub const PROFILE: &str = "COFFER_PROFILE";

/// Builds the app unless it is built already from the same sources; the folder that a server serves.
pub fn app(tools: &Tools, profile: Profile) -> Result<PathBuf> {
    let folder = place::out().join(format!("app-{profile}"));
    let stamp = Stamp::new(
        &format!("app-{profile}"),
        &APP_INPUTS,
        &[&tools.web.describe(), &setup::bindgen_version()?],
    )?;
    if stamp.fresh() && folder.join("index.html").is_file() {
        note("the app is built already");
        return Ok(folder);
    }
    step(
        &format!("Build the app for the browser (profile {profile})"),
        || {
            // Trunk works offline: what it may need is fetched before.
            command::aloud(&mut command::cargo(&["fetch", "--locked", "--quiet"])?)?;
            let mut trunk = tools.command("trunk")?;
            trunk
                .args([
                    "--quiet",
                    "build",
                    "--release",
                    "--cargo-profile",
                    &profile.to_string(),
                    "--dist",
                ])
                .arg(&folder);
            // Some shells set NO_COLOR=1, which Trunk takes for a wrong value of its own flag.
            trunk
                .env_remove("NO_COLOR")
                .env("CARGO_TERM_QUIET", "true")
                .env("RUST_BACKTRACE", "0")
                .env(PROFILE, profile.to_string());
            command::aloud(&mut trunk)?;
            stamp.set()
        },
    )?;
    Ok(folder)
}

/// Builds a release binary of a package; its path. Cargo notices by itself when nothing changed.
pub fn server() -> Result<PathBuf> {
    step("Build the server", || {
        command::aloud(&mut command::cargo(&[
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "coffer-server",
        ])?)?;
        binary("release", "coffer-server")
    })
}

/// Where cargo puts a binary.
pub fn binary(profile: &str, name: &str) -> Result<PathBuf> {
    let path = place::target()?.join(profile).join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(Failure::new(format!("{} was not built", path.display())))
    }
}

/// Remembers from what something was made.
pub struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// The stamp of something made of these files and folders of the repository.
    pub fn new(name: &str, inputs: &[&str], words: &[&str]) -> Result<Self> {
        let root = place::root();
        let mut files = Vec::new();
        for input in inputs {
            let path = root.join(input);
            if path.is_dir() {
                files.extend(place::files_under(&path))
            } else {
                files.push(path)
            }
        }
        files.retain(|file| file.is_file());
        let digest = hash::of_files(files.iter().map(PathBuf::as_path), words)?;
        Ok(Self {
            file: place::out().join("stamps").join(name),
            digest,
        })
    }

    /// Whether it was made from exactly these.
    pub fn fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|old| old == self.digest)
    }

    /// Says that it is made now.
    pub fn set(&self) -> Result<()> {
        fs::create_dir_all(self.file.parent().unwrap_or(Path::new(".")))?;
        fs::write(&self.file, &self.digest).doing(format!("write {}", self.file.display()))
    }
}

/// What the app, the receivers' pages and the workers are made of.
pub const APP_INPUTS: [&str; 20] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "assets",
    "boot.js",
    "crates/client",
    "crates/core",
    "crates/kdf-worker",
    "crates/meter",
    "crates/page",
    "crates/receiver",
    "crates/scan",
    "crates/wire",
    "index.html",
    "src",
    "style",
    "xtask/src/css.rs",
    "xtask/src/imports.rs",
    "xtask/src/page.rs",
];
