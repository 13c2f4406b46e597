//! `cargo xtask bench`: measures Coffer beside its peers, and how long a newcomer waits.
//!
//! What is measured is built here as a release is; the measuring is done by `crates/bench`, so that this command stays
//! quick to compile.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args;

use crate::build::{self, Profile};
use crate::command;
use crate::place;
use crate::setup::{self, For};
use crate::step::{Doing, Failure, Result, Took, note, step};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Only these parts: crypto, size, app, large, file, privatebin, server, scale
    #[arg(long, value_name = "PARTS")]
    only: Option<String>,
    /// Rounds per measurement
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// A checkout of PrivateBin to measure beside (it runs in PHP 8; nothing here fetches either)
    #[arg(long, value_name = "DIR")]
    privatebin: Option<PathBuf>,
    /// Replace the tables of docs/PERFORMANCE.md
    #[arg(long)]
    write: bool,
    /// Instead: time every step from a fresh clone with an empty cache to the running app
    #[arg(long)]
    clone: bool,
}

/// Runs every measurement.
pub fn run(options: &Options) -> Result<()> {
    if options.clone {
        return from_a_clone();
    }
    if options.only.as_deref() == Some(PRIVATEBIN) && options.privatebin.is_none() {
        return Err(Failure::new(
            "`--privatebin DIR` has to say where a checkout of PrivateBin is",
        ));
    }
    let bench = step("Build the benchmark", || {
        command::aloud(&mut command::cargo(&[
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "coffer-bench",
        ])?)?;
        build::binary("release", "coffer-bench")
    })?;
    let mut measure = Command::new(bench);
    if options.only.as_deref() != Some(SCALE) {
        measure.args(build_all()?);
    }
    note(
        "everything that is compared runs in turns: what counts are the ratios. Nothing else should run meanwhile.",
    );
    measure.args(["--rounds", &options.rounds.to_string()]);
    if let Some(parts) = &options.only {
        measure.args(["--only", parts]);
    }
    if let Some(checkout) = &options.privatebin {
        measure.arg("--privatebin").arg(checkout);
    }
    if options.write {
        measure
            .arg("--write")
            .arg(place::root().join("docs/PERFORMANCE.md"));
    }
    if let (Some(chrome), Some(driver)) = (setup::chromium(), setup::chromedriver()) {
        measure.env("CHROME", chrome).env("CHROMEDRIVER", driver);
    }
    command::aloud(&mut measure)
}

/// Builds what is measured besides the benchmark itself, and names it.
fn build_all() -> Result<Vec<OsString>> {
    let tools = setup::prepare(For::Testing)?;
    let node = setup::node_packages()?;
    let app = build::app(&tools, Profile::Dist)?;
    let server = build::server()?;
    let out = place::out().join("bench");
    let (web, probe) = (out.join("web"), out.join("probe"));
    step("Compress the app as a release is", || {
        let _ = fs::remove_dir_all(&web);
        for file in place::files_under(&app) {
            let to = web.join(file.strip_prefix(&app).unwrap_or(&file));
            fs::create_dir_all(to.parent().unwrap_or(&web))?;
            fs::copy(&file, &to).doing(format!("copy {}", file.display()))?;
        }
        let squeeze = [
            "run",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "coffer-squeeze",
            "--",
        ];
        command::aloud(command::cargo(&squeeze)?.arg(&web))
    })?;
    step("Build what is measured of the core", || {
        let mut cargo = tools.web_cargo(&[
            "build",
            "--quiet",
            "--locked",
            "--package",
            "coffer-bench-probe",
            "--profile",
            "dist",
            "--target",
            WASM,
        ])?;
        command::aloud(&mut cargo)?;
        let program = place::web_target()?
            .join(WASM)
            .join("dist/coffer_bench_probe.wasm");
        let mut bindgen = tools.command("wasm-bindgen")?;
        bindgen
            .args([
                "--target",
                "web",
                "--no-typescript",
                "--out-name",
                "probe",
                "--out-dir",
            ])
            .arg(&probe);
        command::aloud(bindgen.arg(&program))
    })?;
    let named = [
        ("--pages", place::root().join("bench")),
        ("--node", node),
        ("--probe", probe),
        ("--app", web),
        ("--server", server),
    ];
    Ok(named
        .into_iter()
        .flat_map(|(name, path)| [name.into(), path.into_os_string()])
        .collect())
}

/// Clones the last commit, takes an empty cache, runs `cargo xtask serve` and keeps what each step took.
///
/// What cargo's own registry cache and the system hold already is used: a newcomer also waits for the downloads.
fn from_a_clone() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("coffer-clone-{}", std::process::id()));
    let outcome = time_a_clone(&folder);
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn time_a_clone(folder: &Path) -> Result<()> {
    let repository: PathBuf = folder.join("coffer");
    fs::create_dir_all(folder)?;
    let start = Instant::now();
    let mut clone = Command::new("git");
    clone
        .args(["clone", "--quiet"])
        .arg(place::root())
        .arg(&repository);
    command::aloud(&mut clone)?;
    note(format!("cloned after {}", Took(start.elapsed())));

    let mut serve = Command::new("cargo");
    serve
        .args(["xtask", "serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.join("data"))
        .current_dir(&repository)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_MANIFEST_DIR")
        .stdout(Stdio::piped());
    let mut child = serve.spawn().doing("start cargo xtask serve in the clone")?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| Failure::new("the command has no output"))?;
    let mut running = false;
    for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
        println!("{line}");
        if line.contains("http://127.0.0.1:") {
            running = true;
            break;
        }
    }
    let took = start.elapsed();
    // The command has become the server: this ends it.
    let _ = child.kill();
    let _ = child.wait();
    if !running {
        return Err(Failure::new("the clone did not get to a running server"));
    }
    println!(
        "From the clone to the running app: {} (goal: 15 minutes)",
        Took(took)
    );
    Ok(())
}

const WASM: &str = "wasm32-unknown-unknown";
/// The part that needs nothing built but the benchmark.
const SCALE: &str = "scale";
/// The part that needs something that only its user can give.
const PRIVATEBIN: &str = "privatebin";
