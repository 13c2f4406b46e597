//! The project's own commands. Each sets up what it needs, says what it does and how long that took.
//!
//! `cargo xtask serve` runs Coffer, `cargo xtask test` checks everything that CI checks; both work on a fresh machine.
#![allow(clippy::print_stdout, reason = "these commands talk on standard output")]

mod bench;
mod build;
mod command;
mod css;
mod dist;
mod hash;
mod imports;
mod page;
mod place;
mod serve;
mod setup;
mod step;
mod test;
mod tidy;
mod vectors;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Coffer's own commands.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the app and the server, start the server on this machine, print the address
    Serve(serve::Options),
    /// Everything that CI runs: formatting, clippy, tests natively and in a browser, journeys, docs
    Test(test::Options),
    /// Make the release folder: the app with .br and .gz beside each file, and the server
    Dist(dist::Options),
    /// Measure, and write docs/PERFORMANCE.md
    Bench(bench::Options),
    /// Install what building needs and this machine lacks; does nothing the second time
    Setup(setup::Options),
    /// Flatten style/main.css into target/style/coffer.css (Trunk calls this before it builds)
    Css,
    /// Finish the page that Trunk built: hashed names, integrity, the worker (Trunk calls this after it built)
    Page,
    /// Check the shape of the source tree
    Tidy,
    /// Write the known answers under vectors/ again
    Vectors(vectors::Options),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().task {
        Task::Serve(options) => serve::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Dist(options) => dist::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Setup(options) => setup::run(&options),
        Task::Css => css::write(),
        Task::Page => page::finish_for_trunk(),
        Task::Tidy => tidy::run(),
        Task::Vectors(options) => vectors::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}
