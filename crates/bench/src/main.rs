//! Measures Coffer beside its peers in one run: `cargo xtask bench` builds and starts it.
//!
//! Everything that is compared runs in turns in the same process or browser, so a slow or busy machine changes both
//! sides; what counts are the ratios. `docs/PERFORMANCE.md` keeps what came out.
#![allow(clippy::print_stdout, reason = "it reports on standard output")]

mod app;
mod browser;
mod files;
mod large;
mod load;
mod page;
mod report;
mod running;
mod sizes;
mod stats;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::report::Report;

/// Every failure here ends the program with its words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures Coffer beside its peers.
#[derive(Parser)]
struct Options {
    /// The folder of the pages that are measured
    #[arg(long)]
    pages: PathBuf,
    /// A folder with `node_modules`: the peers
    #[arg(long)]
    node: PathBuf,
    /// What wasm-bindgen made of coffer-bench-probe
    #[arg(long)]
    probe: PathBuf,
    /// The built app, with .br files
    #[arg(long)]
    app: PathBuf,
    /// coffer-server
    #[arg(long)]
    server: PathBuf,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Rounds per measurement
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// The document whose tables are replaced
    #[arg(long)]
    write: Option<PathBuf>,
}

/// A part of the measurement.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Ciphers and key stretching beside the peers.
    Crypto,
    /// What the app weighs.
    Size,
    /// The real app in a browser.
    App,
    /// 10,000 secrets in the real app.
    Large,
    /// The server under load.
    Server,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report::default();
    if wanted(Part::Size) {
        sizes::measure(&options.app, &mut report)?;
    }
    if wanted(Part::Crypto) {
        page::measure(options, &mut report)?;
    }
    if wanted(Part::App) {
        app::measure(options, &mut report)?;
    }
    if wanted(Part::Large) {
        large::measure(options, &mut report)?;
    }
    if wanted(Part::Server) {
        load::measure(options, &mut report)?;
    }
    report.finish(options.write.as_deref())
}
