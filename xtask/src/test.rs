//! `cargo xtask test`: everything that CI runs, in order, with what it took.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args;

use crate::build::{self, Profile};
use crate::command;
use crate::place;
use crate::setup::{self, For, Tools};
use crate::step::{Failure, Result, Took, note};
use crate::vectors;

/// Which steps to run.
#[derive(Args)]
pub struct Options {
    /// Run only these steps (comma-separated)
    #[arg(long, value_delimiter = ',', value_name = "STEP")]
    only: Vec<String>,
    /// Leave these steps out (comma-separated)
    #[arg(long, value_delimiter = ',', value_name = "STEP")]
    skip: Vec<String>,
    /// Print the names of all steps and stop
    #[arg(long)]
    list: bool,
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
    /// Let the random liar go on for a million steps (an hour or more)
    #[arg(long)]
    long: bool,
}

/// One step: its name, what it is, and what runs it.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Gear) -> Result<Outcome>,
}

/// How a step ended without failing.
enum Outcome {
    Passed,
    /// Not run, and why.
    Skipped(&'static str),
}

/// In this order: what is quick and fails often comes first.
const STEPS: [Step; 12] = [
    Step {
        name: "fmt",
        what: "Formatting",
        run: fmt,
    },
    Step {
        name: "tidy",
        what: "The shape of the source tree",
        run: tidy,
    },
    Step {
        name: "clippy",
        what: "Clippy, warnings denied",
        run: clippy,
    },
    Step {
        name: "unit",
        what: "Unit, server, store, client and lying-server tests, official SDKs, the independent reader",
        run: unit,
    },
    Step {
        name: "doctest",
        what: "Examples in the documentation",
        run: doctest,
    },
    Step {
        name: "vectors",
        what: "Known answers are what the code makes",
        run: known_answers,
    },
    Step {
        name: "app",
        what: "The app and its workers, for the browser",
        run: app,
    },
    Step {
        name: "wasm",
        what: "Known answers in WebAssembly, in a real browser",
        run: wasm,
    },
    Step {
        name: "widgets",
        what: "Widgets in a real browser",
        run: widgets,
    },
    Step {
        name: "journeys",
        what: "Journeys in a real browser, against a real server",
        run: journeys,
    },
    Step {
        name: "web-clippy",
        what: "Clippy for the browser's target",
        run: web_clippy,
    },
    Step {
        name: "docs",
        what: "Documentation, warnings denied",
        run: docs,
    },
];

/// What the steps share.
struct Gear {
    tools: Tools,
    nextest: bool,
    long: bool,
}

/// Runs the steps; the failures come at the end, together.
pub fn run(options: &Options) -> Result<()> {
    if options.list {
        for step in &STEPS {
            println!("{:12} {}", step.name, step.what);
        }
        return Ok(());
    }
    for name in options.only.iter().chain(&options.skip) {
        if !STEPS.iter().any(|step| step.name == name) {
            return Err(Failure::new(format!(
                "there is no step {name:?}: cargo xtask test --list"
            )));
        }
    }
    let start = Instant::now();
    let tools = setup::prepare(For::Testing)?;
    let gear = Gear {
        tools,
        nextest: command::answer("cargo", &["nextest", "--version"]).is_some(),
        long: options.long,
    };
    if !gear.nextest {
        note("cargo-nextest is not here: tests run by `cargo test`, one program after the other");
    }
    let mut results: Vec<(&Step, Duration, Result<Outcome>)> = Vec::new();
    for step in &STEPS {
        let left_out = !options.only.is_empty() && !options.only.iter().any(|name| name == step.name);
        let outcome = if left_out || options.skip.iter().any(|name| name == step.name) {
            results.push((
                step,
                Duration::ZERO,
                Ok(Outcome::Skipped("left out on the command line")),
            ));
            continue;
        } else {
            println!("\n━━ {}: {}", step.name, step.what);
            let begun = Instant::now();
            let outcome = (step.run)(&gear);
            let took = begun.elapsed();
            if let Err(failure) = &outcome {
                println!("✗ {}: {failure}", step.name);
            }
            results.push((step, took, outcome));
            results.last().is_some_and(|(_, _, outcome)| outcome.is_err())
        };
        if outcome && options.fail_fast {
            break;
        }
    }
    summary(&results, start.elapsed())
}

fn summary(results: &[(&Step, Duration, Result<Outcome>)], total: Duration) -> Result<()> {
    println!("\n━━ Summary");
    for (step, took, outcome) in results {
        match outcome {
            Ok(Outcome::Passed) => println!("✓ {:12} {}", step.name, Took(*took)),
            Ok(Outcome::Skipped(why)) => println!("– {:12} skipped: {why}", step.name),
            Err(_) => println!("✗ {:12} {}", step.name, Took(*took)),
        }
    }
    let skipped = results
        .iter()
        .filter(|(_, _, outcome)| matches!(outcome, Ok(Outcome::Skipped(_))))
        .count();
    let failed: Vec<_> = results
        .iter()
        .filter(|(_, _, outcome)| outcome.is_err())
        .map(|(step, ..)| step.name)
        .collect();
    println!(
        "  {:12} {}; skipped: {}",
        "total",
        Took(total),
        if skipped == 0 {
            "nothing".into()
        } else {
            skipped.to_string()
        }
    );
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("failed: {}", failed.join(", "))))
    }
}

fn fmt(_: &Gear) -> Result<Outcome> {
    passed(command::cargo(&["fmt", "--all", "--check"])?)
}

fn tidy(gear: &Gear) -> Result<Outcome> {
    passed(gear.test(&["--package", "xtask", "--package", "coffer-squeeze"])?)
}

fn clippy(_: &Gear) -> Result<Outcome> {
    // The host's compiler looks at everything; the app compiles for the host too.
    passed(command::cargo(&[
        "clippy",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?)
}

fn unit(gear: &Gear) -> Result<Outcome> {
    let mut command = gear.test(&[
        "--workspace",
        "--exclude",
        "coffer-journeys",
        "--exclude",
        "xtask",
        "--exclude",
        "coffer-squeeze",
    ])?;
    equip_sdks(&mut command)?;
    if gear.long {
        command.env("COFFER_LIAR_STEPS", "1000000");
    }
    passed(command)
}

fn doctest(_: &Gear) -> Result<Outcome> {
    let packages = ["core", "client", "wire", "store", "server", "testkit"]
        .map(|name| format!("--package=coffer-{name}"));
    let mut command = command::cargo(&["test", "--quiet", "--locked", "--doc"])?;
    command.args(packages);
    passed(command)
}

fn known_answers(_: &Gear) -> Result<Outcome> {
    vectors::run(&vectors::Options { check: true })?;
    Ok(Outcome::Passed)
}

fn app(gear: &Gear) -> Result<Outcome> {
    build::app(&gear.tools, Profile::Web)?;
    Ok(Outcome::Passed)
}

fn wasm(gear: &Gear) -> Result<Outcome> {
    in_browser(
        gear,
        &[
            "--package",
            "coffer-core",
            "--test",
            "vectors",
            "--test",
            "third_party",
        ],
    )
}

fn widgets(gear: &Gear) -> Result<Outcome> {
    if !place::root().join("tests/components.rs").is_file() {
        return Ok(Outcome::Skipped("there are no widget tests yet"));
    }
    in_browser(gear, &["--package", "coffer-web", "--test", "components"])
}

fn journeys(gear: &Gear) -> Result<Outcome> {
    let app = build::app(&gear.tools, Profile::Web)?;
    command::aloud(&mut command::cargo(&[
        "build",
        "--quiet",
        "--locked",
        "--package",
        "coffer-server",
    ])?)?;
    let mut command = gear.test(&["--package", "coffer-journeys"])?;
    command
        .env("COFFER_DIST", app)
        .env("COFFER_SERVER_BIN", build::binary("debug", "coffer-server")?);
    command.env("COFFER_NODE", setup::node_packages()?);
    equip_browser(&mut command)?;
    passed(command)
}

fn web_clippy(gear: &Gear) -> Result<Outcome> {
    if !gear.tools.web.has_clippy() {
        // Debian's compiler has no clippy, and clippy reads only its own compiler's libraries. The host's clippy has
        // looked at the same files, except those parts that exist for the browser only: the compiler warns there.
        let mut check = gear
            .tools
            .web_cargo(&["check", "--quiet", "--locked", "--target", WASM])?;
        check.args(WEB_PACKAGES);
        check.env("CARGO_BUILD_WARNINGS", "deny");
        return passed(check);
    }
    let mut clippy = gear
        .tools
        .web_cargo(&["clippy", "--quiet", "--locked", "--target", WASM])?;
    clippy.args(WEB_PACKAGES).args(["--", "-D", "warnings"]);
    passed(clippy)
}

fn docs(_: &Gear) -> Result<Outcome> {
    let mut command = command::cargo(&[
        "doc",
        "--quiet",
        "--locked",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ])?;
    command.env("RUSTDOCFLAGS", "-D warnings");
    passed(command)
}

impl Gear {
    /// The command that runs native tests of these packages.
    fn test(&self, packages: &[&str]) -> Result<Command> {
        let mut command = command::cargo(if self.nextest {
            &["nextest", "run", "--no-tests=pass"]
        } else {
            &["test", "--quiet"]
        })?;
        command.arg("--locked").args(packages);
        if self.nextest {
            command.args([
                "--cargo-quiet",
                "--status-level",
                "fail",
                "--final-status-level",
                "slow",
                "--no-fail-fast",
            ]);
        } else {
            command.args(["--no-fail-fast", "--tests", "--lib", "--bins"]);
        }
        Ok(command)
    }
}

/// Runs a test program in a headless browser, over WebDriver on loopback.
fn in_browser(gear: &Gear, what: &[&str]) -> Result<Outcome> {
    // Not `--quiet`: cargo hands it on to the runner, which does not know it.
    let mut command = gear.tools.web_cargo(&["test", "--locked", "--target", WASM])?;
    command.args(what);
    equip_browser(&mut command)?;
    command.env(
        "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
        place::root().join("webdriver.json"),
    );
    command
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    passed(command)
}

fn equip_browser(command: &mut Command) -> Result<()> {
    let there = |path: Option<PathBuf>, name: &str| {
        path.ok_or_else(|| Failure::new(format!("{name} is missing: cargo xtask setup --tests")))
    };
    let browser = there(setup::chromium(), "Chromium")?;
    command.env("CHROMEDRIVER", there(setup::chromedriver(), "ChromeDriver")?);
    command.env("CHROME", &browser).env("CHROMIUM", &browser);
    Ok(())
}

fn equip_sdks(command: &mut Command) -> Result<()> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let or_prepared = |name: &str, prepare: fn() -> Result<PathBuf>| -> Result<OsString> {
        given(name).map_or_else(|| prepare().map(PathBuf::into_os_string), Ok)
    };
    command.env(
        "COFFER_SDK_NODE",
        or_prepared("COFFER_SDK_NODE", setup::node_packages)?,
    );
    command.env(
        "COFFER_SDK_PYTHON",
        or_prepared("COFFER_SDK_PYTHON", setup::python_packages)?,
    );
    let python = setup::python_packages()?.join("bin/python");
    command.env("COFFER_PYTHON", python);
    Ok(())
}

fn passed(mut command: Command) -> Result<Outcome> {
    command::aloud(&mut command)?;
    Ok(Outcome::Passed)
}

/// What runs in the browser.
const WEB_PACKAGES: [&str; 6] = [
    "--package=coffer-web",
    "--package=coffer-receiver",
    "--package=coffer-page",
    "--package=coffer-kdf-worker",
    "--package=coffer-meter",
    "--package=coffer-scan",
];
const WASM: &str = "wasm32-unknown-unknown";
