//! Measures Coffer beside its peers in one run: `cargo xtask bench` builds and starts it.
//!
//! Everything that is compared runs in turns in the same process or browser, so a slow or busy machine changes both
//! sides; what counts are the ratios. `docs/PERFORMANCE.md` keeps what came out.
#![allow(clippy::print_stdout, reason = "it reports on standard output")]

mod app;
mod browser;
mod counted;
mod file;
mod files;
mod front;
mod large;
mod load;
mod page;
mod php;
mod privatebin;
mod report;
mod running;
mod scale;
mod sizes;
mod stats;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, ValueEnum};

use crate::report::Report;

/// Every failure here ends the program with its words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures Coffer beside its peers.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    built: Option<Built>,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Rounds per measurement
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// A checkout of PrivateBin
    #[arg(long)]
    privatebin: Option<PathBuf>,
    /// The document whose tables are replaced
    #[arg(long)]
    write: Option<PathBuf>,
}

/// What is measured besides this program: every part but `scale` needs it.
#[derive(Args)]
struct Built {
    /// The folder of the pages that are measured
    #[arg(long, required = false)]
    pages: PathBuf,
    /// A folder with `node_modules`: the peers
    #[arg(long, required = false)]
    node: PathBuf,
    /// What wasm-bindgen made of coffer-bench-probe
    #[arg(long, required = false)]
    probe: PathBuf,
    /// The built app, with .br files
    #[arg(long, required = false)]
    app: PathBuf,
    /// coffer-server
    #[arg(long, required = false)]
    server: PathBuf,
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
    /// A file of 100 MiB behind a link.
    File,
    /// The page of a share link beside PrivateBin, where there is one.
    Privatebin,
    /// The server under load.
    Server,
    /// Large environments and keyrings, natively.
    Scale,
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
    let built = || {
        options
            .built
            .as_ref()
            .ok_or("only `--only scale` goes without what was built")
    };
    let rounds = options.rounds;
    let mut report = Report::default();
    if wanted(Part::Size) {
        sizes::measure(&built()?.app, &mut report)?;
    }
    if wanted(Part::Crypto) {
        page::measure(built()?, rounds, &mut report)?;
    }
    if wanted(Part::App) {
        app::measure(built()?, rounds, &mut report)?;
    }
    if wanted(Part::Large) {
        large::measure(built()?, rounds, &mut report)?;
    }
    if wanted(Part::File) {
        file::measure(built()?, rounds, &mut report)?;
    }
    if wanted(Part::Privatebin) {
        privatebin::measure(built()?, options.privatebin.as_deref(), rounds, &mut report)?;
    }
    if wanted(Part::Server) {
        load::measure(built()?, &mut report)?;
    }
    if wanted(Part::Scale) {
        scale::measure(rounds, &mut report)?;
    }
    report.finish(options.write.as_deref())
}
