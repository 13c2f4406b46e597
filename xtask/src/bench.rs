//! `cargo xtask bench`: measures, and writes `docs/PERFORMANCE.md`.

use clap::Args;

use crate::step::{Failure, Result};

/// What to measure.
#[derive(Args)]
pub struct Options {}

/// Runs every measurement.
pub fn run(_options: &Options) -> Result<()> {
    Err(Failure::new("nothing is measured yet"))
}
