//! Running other programs: aloud, quietly into a log, or for their answer.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::place;
use crate::step::{Doing, Failure, Result};

/// `cargo` in the repository, building into the shared folder for native code.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new("cargo");
    // What `cargo xtask` set for this program is not meant for the ones it starts.
    for inherited in [
        "CARGO_MANIFEST_DIR",
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
        "CARGO_BIN_NAME",
    ] {
        command.env_remove(inherited);
    }
    command
        .current_dir(place::root())
        .args(arguments)
        .env("CARGO_TARGET_DIR", place::target()?);
    Ok(command)
}

/// Runs a program whose output the person sees.
pub fn aloud(command: &mut Command) -> Result<()> {
    let name = name(command);
    let status = command.status().doing(format!("start {name}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} ended with {status}", line(command))))
    }
}

/// Runs a program whose output goes into a log in the cache; shows the end of it when the program fails.
pub fn quietly(log: &str, command: &mut Command) -> Result<()> {
    let folder = place::cache()?.join("log");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{log}.log"));
    let file = File::create(&path).doing(format!("write {}", path.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .doing(format!("start {}", name(command)))?;
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(30)..].join("\n");
    Err(Failure::new(format!(
        "{} ended with {status}. The end of {}:\n{end}",
        line(command),
        path.display()
    )))
}

/// A program's standard output, or nothing when it fails or is not there.
pub fn answer(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program for at most this long; `false` when it failed or had to be ended.
pub fn within(limit: Duration, command: &mut Command) -> bool {
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else { return false };
    // Drained so that a talkative program cannot block on a full pipe.
    if let Some(mut talk) = child.stderr.take() {
        std::thread::spawn(move || talk.read_to_end(&mut Vec::new()));
    }
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// How a person would type it.
pub fn line(command: &Command) -> String {
    let mut text = name(command);
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
