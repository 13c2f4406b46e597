//! Fills an empty server with the demo and prints once what unlocks it.
#![allow(clippy::print_stdout, reason = "its output is for people")]

use coffer_client::ServerOrigin;
use coffer_testkit::{Loopback, MemoryDevice, demo};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some("--server"), Some(server), None) =
        (arguments.next().as_deref(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: coffer-demo --server http://127.0.0.1:PORT");
        return ExitCode::from(2);
    };
    let origin = match ServerOrigin::parse(&server) {
        Ok(origin) => origin,
        Err(error) => {
            eprintln!("coffer-demo: {error}");
            return ExitCode::from(2);
        }
    };
    // A device is never made twice from one seed, so the first failure is the only one.
    if let Err(error) = MemoryDevice::of_this_machine() {
        eprintln!("coffer-demo: no randomness on this machine: {error}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("coffer-demo: {error}");
            return ExitCode::FAILURE;
        }
    };
    let device = || MemoryDevice::of_this_machine().unwrap_or_else(|_| std::process::exit(1));
    match runtime.block_on(demo::build(&origin, || Loopback::new(&server), device)) {
        Ok(demo) => {
            println!("{}", demo::table(&demo));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("coffer-demo: the demo could not be made: {error}");
            ExitCode::FAILURE
        }
    }
}
