//! Packages that only tests use: official SDKs, axe-core, the independent reader's cryptography.
//!
//! What is wanted is pinned in `tests/node/package.json` and `tests/python/requirements.txt`; a change there makes a
//! new folder in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::hash;
use crate::place;
use crate::step::{Doing, Failure, Result, step};

/// A folder with `node_modules` in it.
pub fn node_packages() -> Result<PathBuf> {
    let wanted = place::root().join("tests/node/package.json");
    prepare("node", &wanted, |folder| {
        if place::find("npm").is_none() {
            return Err(Failure::new("npm is missing: apt-get install npm"));
        }
        fs::copy(&wanted, folder.join("package.json"))?;
        let mut npm = Command::new("npm");
        npm.current_dir(folder).args([
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
        ]);
        command::quietly("npm-install", &mut npm)
    })
}

/// A virtual environment: `bin/python` has the packages.
pub fn python_packages() -> Result<PathBuf> {
    let wanted = place::root().join("tests/python/requirements.txt");
    prepare("python", &wanted, |folder| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(folder);
        command::quietly("python-venv", &mut venv).map_err(|failure| {
            Failure::new(format!(
                "no virtual environment: apt-get install python3 python3-venv\n{failure}"
            ))
        })?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(&wanted);
        command::quietly("pip-install", &mut pip)
    })
}

fn prepare(kind: &str, wanted: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let bytes = fs::read(wanted).doing(format!("read {}", wanted.display()))?;
    let folder = place::cache()?.join(format!("{kind}-{}", hash::short(&bytes)));
    let ready = folder.join(".ready");
    if !ready.is_file() {
        step(&format!("Install the test packages of {kind}"), || {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder)?;
            fill(&folder)?;
            fs::write(&ready, "")?;
            Ok(())
        })?;
    }
    Ok(folder)
}
