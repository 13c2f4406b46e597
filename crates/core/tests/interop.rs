//! Coffer and the independent implementation in `tests/interop/` read each other.
//!
//! `cargo xtask test` gives the Python that has its packages in `COFFER_PYTHON`; without it there is nothing to talk to.
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "a test may")]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[test]
fn an_independent_implementation_reads_us_and_we_read_it() {
    let Some(python) = std::env::var_os("COFFER_PYTHON") else {
        eprintln!("skipped: COFFER_PYTHON does not name a Python with tests/interop/requirements.txt");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/run.py");
    let status = Command::new(python)
        .arg(script)
        .arg("--coffer")
        .arg(build_tool())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

/// Builds the example that the other side runs; Cargo does not build examples for a single test.
fn build_tool() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package",
            "coffer-core",
            "--example",
            "interop",
            "--message-format",
            "json",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the example did not build");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| {
            let interop = message["target"]["name"] == "interop" && message["reason"] == "compiler-artifact";
            message["executable"]
                .as_str()
                .filter(|_| interop)
                .map(PathBuf::from)
        })
        .expect("Cargo names what it built")
}
