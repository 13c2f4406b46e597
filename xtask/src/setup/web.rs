//! The compiler for WebAssembly and its standard library.
//!
//! Usually rustup has it. A machine that reaches package registries but not Rust's release servers takes Debian's
//! compiler and builds the library from Debian's sources, once per compiler version, into the cache.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command;
use crate::place;
use crate::step::{Doing, Failure, Result, note, step};

/// The browser's target.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's compiler, its library's sources, and the linker.
pub const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-22"];

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// Set to use Debian's compiler even where rustup has the library: how the second way is tested.
const CHOICE: &str = "COFFER_WEB_COMPILER";

/// A compiler that can build for the browser.
pub enum WebCompiler {
    /// The usual one, with rustup's library.
    Usual,
    /// Debian's, through a wrapper that names our own sysroot.
    Debian {
        /// The wrapper.
        rustc: PathBuf,
        /// The linker.
        linker: PathBuf,
    },
}

impl WebCompiler {
    /// What this machine has already.
    pub fn find() -> Result<Option<Self>> {
        if !debian_wanted() {
            let usual = command::answer("rustc", &["--print", "target-libdir", "--target", TARGET]);
            if usual.is_some_and(|folder| has(Path::new(&folder), "libstd-")) {
                return Ok(Some(Self::Usual));
            }
        }
        let Some(version) = debian_version() else {
            return Ok(None);
        };
        let home = home(&version)?;
        let Some(linker) = linker() else { return Ok(None) };
        let ready = has(&library(&home), "libtest-") && home.join("bin/rustc").is_file();
        Ok(ready.then(|| Self::Debian {
            rustc: home.join("bin/rustc"),
            linker,
        }))
    }

    /// Makes a command use it.
    pub fn equip(&self, command: &mut Command) {
        if let Self::Debian { rustc, linker } = self {
            command
                .env("RUSTC", rustc)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }

    /// Whether clippy, which belongs to the usual compiler, can look at code for this target.
    pub fn has_clippy(&self) -> bool {
        matches!(self, Self::Usual)
    }

    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Self::Usual => "the usual one, with the standard library for wasm32".into(),
            Self::Debian { rustc, .. } => format!("Debian's, {}", rustc.display()),
        }
    }
}

/// Asks rustup for the library. A machine without Rust's release servers notices within seconds.
pub fn by_rustup() -> bool {
    if debian_wanted() || place::find("rustup").is_none() {
        return false;
    }
    step("Ask rustup for the standard library of wasm32", || {
        let mut rustup = Command::new("rustup");
        rustup
            .args(["target", "add", TARGET])
            .env("RUSTUP_MAX_RETRIES", "1");
        let added = command::within(Duration::from_secs(60), &mut rustup);
        note(if added {
            "rustup had it"
        } else {
            "rustup cannot get it here: taking Debian's compiler instead"
        });
        Ok(added)
    })
    .unwrap_or(false)
}

/// Builds the standard library for wasm32 from Debian's sources into the cache.
pub fn build_standard_library() -> Result<()> {
    let version = debian_version().ok_or_else(unavailable)?;
    let home = home(&version)?;
    step(
        &format!("Build the standard library of wasm32 for Rust {version} (2 to 5 minutes, once)"),
        || {
            let work = place::cache()?.join("build-std");
            let _ = fs::remove_dir_all(&work);
            fs::create_dir_all(work.join("src"))?;
            fs::write(work.join("Cargo.toml"), EMPTY_MANIFEST)?;
            fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
            let mut cargo = Command::new("cargo");
            cargo
                .current_dir(&work)
                .args(["build", "--release", "--target", TARGET]);
            cargo.args(["-Z", "build-std=std,panic_abort,proc_macro,test"]);
            cargo
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_DIR", work.join("target"));
            // Without the bitcode in it, link-time optimisation of the app fails later.
            cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes");
            command::quietly("build-std", &mut cargo)?;
            install_sysroot(&work, &home)?;
            fs::remove_dir_all(&work).doing(format!("remove {}", work.display()))
        },
    )
}

/// What to say where neither way works.
pub fn unavailable() -> Failure {
    Failure::new(format!(
        "the standard library for {TARGET} is missing. With Rust's release servers: rustup target add {TARGET}. On \
         Debian without them: apt-get install {}",
        DEBIAN_PACKAGES.join(" ")
    ))
}

fn install_sysroot(work: &Path, home: &Path) -> Result<()> {
    let parts = home.join("sysroot/lib/rustlib");
    let library = library(home);
    let _ = fs::remove_dir_all(home);
    fs::create_dir_all(&library)?;
    // Programs that run while compiling (macros, build scripts) use the system's own library.
    let host = command::answer(DEBIAN_RUSTC, &["--print", "target-libdir"]).ok_or_else(unavailable)?;
    if let Some(host) = Path::new(&host).parent()
        && let Some(name) = host.file_name()
    {
        symlink(host, parts.join(name)).doing("link the system's library")?;
    }
    let built = work.join("target").join(TARGET).join("release/deps");
    for file in fs::read_dir(&built).doing("find the library that was built")? {
        let file = file?.path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            fs::copy(&file, library.join(&name))?;
        }
    }
    let wrapper = home.join("bin/rustc");
    fs::create_dir_all(home.join("bin"))?;
    let sysroot = home.join("sysroot");
    fs::write(
        &wrapper,
        format!(
            "#!/bin/sh\nexec {DEBIAN_RUSTC} --sysroot '{}' \"$@\"\n",
            sysroot.display()
        ),
    )?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn home(version: &str) -> Result<PathBuf> {
    Ok(place::cache()?.join(format!("rust-web-{version}")))
}

fn library(home: &Path) -> PathBuf {
    home.join("sysroot/lib/rustlib").join(TARGET).join("lib")
}

fn debian_wanted() -> bool {
    env::var(CHOICE).is_ok_and(|choice| choice == "debian")
}

/// The version of Debian's compiler, if its library's sources are there too.
fn debian_version() -> Option<String> {
    let text = command::answer(DEBIAN_RUSTC, &["--version"])?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

fn linker() -> Option<PathBuf> {
    let newest_first = ["wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld"];
    newest_first.iter().find_map(|name| place::find(name))
}

fn has(folder: &Path, library: &str) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| {
        files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with(library)))
    })
}

const EMPTY_MANIFEST: &str = "[package]
name = \"empty\"
version = \"0.0.0\"
edition = \"2021\"

[profile.release]
panic = \"abort\"

[workspace]
";
