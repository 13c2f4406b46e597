//! `cargo xtask vectors`: the known answers under `vectors/`, made again from their fixed seeds.

use std::fs;

use clap::Args;

use crate::command;
use crate::place;
use crate::step::{Doing, Failure, Result, step};

/// Write or compare.
#[derive(Args)]
pub struct Options {
    /// Change nothing; fail when a file would change
    #[arg(long)]
    pub check: bool,
}

/// Runs the maker of vectors in `coffer-core` and writes or compares what it makes.
pub fn run(options: &Options) -> Result<()> {
    let into = if options.check {
        place::out().join("vectors")
    } else {
        place::root().join("vectors")
    };
    step("Make the known answers", || {
        if options.check {
            let _ = fs::remove_dir_all(&into);
        }
        fs::create_dir_all(&into).doing(format!("make {}", into.display()))?;
        let arguments = [
            "run",
            "--quiet",
            "--locked",
            "--package",
            "coffer-core",
            "--example",
            "make_vectors",
            "--",
        ];
        command::aloud(command::cargo(&arguments)?.arg(&into))
    })?;
    if !options.check {
        return Ok(());
    }
    step("Compare them with vectors/", || {
        let kept = place::root().join("vectors");
        for file in place::files_under(&into) {
            let name = file.strip_prefix(&into).unwrap_or(&file);
            if fs::read(kept.join(name)).ok() != fs::read(&file).ok() {
                let name = name.display();
                return Err(Failure::new(format!(
                    "vectors/{name} is not what the code makes. If the change is meant: cargo xtask vectors"
                )));
            }
        }
        Ok(())
    })
}
