//! `cargo xtask dist`: the folder that is released.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::build::{self, Profile};
use crate::command;
use crate::hash;
use crate::place;
use crate::setup::{self, For};
use crate::step::{Doing, Result, note, step};

/// Where to put it.
#[derive(Args)]
pub struct Options {
    /// The folder to make; what is in it goes away
    #[arg(long, default_value = "dist", value_name = "DIR")]
    out: PathBuf,
}

/// Makes `dist/web` (the app, with .br and .gz beside each file), `dist/coffer-server` and `dist/INTEGRITY`.
pub fn run(options: &Options) -> Result<()> {
    let tools = setup::prepare(For::Building)?;
    let app = build::app(&tools, Profile::Dist)?;
    let server = build::server()?;
    let out = place::root().join(&options.out);
    let web = out.join("web");
    step("Lay out the release folder", || {
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&web)?;
        for file in place::files_under(&app) {
            let name = file.strip_prefix(&app).unwrap_or(&file);
            let to = web.join(name);
            fs::create_dir_all(to.parent().unwrap_or(&web))?;
            fs::copy(&file, &to).doing(format!("copy {}", name.display()))?;
        }
        fs::copy(&server, out.join("coffer-server")).doing("copy the server")?;
        Ok(())
    })?;
    step("Compress every file of the app (brotli, gzip)", || {
        let arguments = [
            "run",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "coffer-squeeze",
            "--",
        ];
        command::aloud(command::cargo(&arguments)?.arg(&web))
    })?;
    step("Write down what every file hashes to", || {
        let mut sums = String::new();
        for file in place::files_under(&out) {
            let name = file.strip_prefix(&out).unwrap_or(&file).display().to_string();
            sums += &format!("{}  {name}\n", hash::integrity(&fs::read(&file)?));
        }
        fs::write(out.join("INTEGRITY"), sums)?;
        Ok(())
    })?;
    for file in place::files_under(&web) {
        let size = fs::metadata(&file)?.len();
        note(format!(
            "{size:>9}  {}",
            file.strip_prefix(&out).unwrap_or(&file).display()
        ));
    }
    println!(
        "Run it: {out}/coffer-server --listen 127.0.0.1:8420 --data /var/lib/coffer --web {out}/web",
        out = options.out.display()
    );
    Ok(())
}
