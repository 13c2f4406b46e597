//! Packages of a Debian system.

use std::process::Command;

use crate::command;
use crate::place;
use crate::step::{Failure, Result, step};

/// Installs packages as root or through sudo. The failure says which and how to get them by hand.
pub fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let by_hand = format!("install by hand: apt-get install {list}");
    if place::find("apt-get").is_none() {
        return Err(Failure::new(format!(
            "missing: {list}. This is no Debian system, {by_hand} (or its like here)"
        )));
    }
    step(&format!("Install {list} (Debian packages)"), || {
        if !is_root() && place::find("sudo").is_none() {
            return Err(Failure::new(format!(
                "missing: {list}. Neither root nor sudo, {by_hand}"
            )));
        }
        let install = || {
            command::quietly(
                "apt-install",
                apt(&["install", "--yes", "--no-install-recommends"]).args(packages),
            )
        };
        // The list of packages may be old or absent: then it is brought up to date, once.
        install()
            .or_else(|_| {
                command::quietly("apt-update", &mut apt(&["update"]))?;
                install()
            })
            .map_err(|failure| Failure::new(format!("{list} cannot be had, {by_hand}\n{failure}")))
    })
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        sudo
    };
    command
        .args(["--quiet", "-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    command::answer("id", &["-u"]).as_deref() == Some("0")
}
