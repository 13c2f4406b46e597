//! Between honest people and an honest server stands a liar who does at random whatever can be done to an answer.
//! Nobody may be shown as true what nobody wrote there, nothing secret may be sent, no pin may go back, who was removed
//! may learn nothing, and once the liar stops an honest client goes on where it was, or says what is damaged.
//!
//! **A step** is one piece of work of one person's client, from its first request to its last: opening or reloading an
//! environment, a save, a folder made, renamed or deleted, a look at the project, rights changed, somebody invited, let
//! in or removed, a share made, opened or taken back, unlocking, a second device. It may be cut off by a crash at any
//! request, or run at the same time as another's. After each, everything that it brought is revealed, searched and
//! compared with what honest people wrote, every request is searched for every key and plaintext, and the pins of the
//! device are opened and compared. Those are no steps.
//!
//! `COFFER_LIAR_STEPS` sets how many steps there are, `COFFER_LIAR_SEED` runs one world alone, `COFFER_LIAR_ONLY` some of
//! its steps, as a failure lists them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod model;
mod person;
mod recovery;
mod world;

use coffer_testkit::run;
use std::time::Instant;
use world::{Fault, Kind, Tally, World};

#[test]
fn nobody_is_fooled_by_a_random_liar_in_even_worlds() {
    worlds(0);
}

#[test]
fn nobody_is_fooled_by_a_random_liar_in_odd_worlds() {
    worlds(1);
}

/// Runs every other world until the steps are done.
fn worlds(first: u64) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let steps = number("COFFER_LIAR_STEPS").unwrap_or(STEPS);
    let (begun, mut total) = (Instant::now(), Tally::default());
    if let Some(seed) = number("COFFER_LIAR_SEED") {
        if seed % SHARES == first {
            match std::env::var("COFFER_LIAR_ONLY") {
                Ok(only) => add(&mut total, replay(seed, &only)),
                Err(_) => add(&mut total, world(seed, steps.min(PER_WORLD))),
            }
            report(&total, begun);
        }
        return;
    }
    for seed in (first..).step_by(SHARES as usize) {
        let left = (steps / SHARES).saturating_sub(total.steps);
        if left == 0 {
            break;
        }
        add(&mut total, world(seed, left.min(PER_WORLD)));
    }
    report(&total, begun);
}

/// One world; a fault is replayed with fewer steps before it is told.
fn world(seed: u64, steps: u64) -> Tally {
    let all: Vec<u64> = (0..steps).collect();
    let fault = match attempt(seed, &all) {
        Ok(tally) => return tally,
        Err(fault) => fault,
    };
    let mut needed: Vec<u64> = match fault.step {
        Some(step) => (0..=step).collect(),
        None => all,
    };
    let mut last = fault;
    let (mut size, mut attempts) = (needed.len() / 2, 0);
    while size > 0 && attempts < ATTEMPTS {
        let mut at = 0;
        while at < needed.len() && attempts < ATTEMPTS {
            let mut fewer = needed.clone();
            fewer.drain(at..(at + size).min(needed.len()));
            attempts += 1;
            match attempt(seed, &fewer) {
                Err(fault) => (needed, last) = (fewer, fault),
                Ok(_) => at += size,
            }
        }
        size /= 2;
    }
    panic!(
        "seed {seed} ({:?}), {} of {steps} steps {needed:?}: at {:?}: {}",
        Kind::of(seed),
        needed.len(),
        last.step,
        last.what
    );
}

/// Some steps of a world, once.
fn replay(seed: u64, only: &str) -> Tally {
    let steps = only.split(',').filter_map(|step| step.trim().parse().ok());
    match attempt(seed, &steps.collect::<Vec<_>>()) {
        Ok(tally) => tally,
        Err(fault) => panic!("{fault:?}"),
    }
}

/// On a thread of its own: unoptimised futures of everything that people do are deep.
fn attempt(seed: u64, steps: &[u64]) -> Result<Tally, Fault> {
    let steps = steps.to_vec();
    let world = move || run(async { Box::pin(World::begin(seed)).await.run(&steps).await });
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(world);
    match thread.expect("a thread").join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn add(total: &mut Tally, world: Tally) {
    total.worlds += world.worlds;
    total.steps += world.steps;
    total.requests += world.requests;
    total.damaged += world.damaged;
    total.strangers += world.strangers;
    total.upheld += world.upheld;
    for (what, (all, good)) in world.done {
        let sum = total.done.entry(what).or_default();
        *sum = (sum.0 + all, sum.1 + good);
    }
    for (trick, times) in world.tricks {
        *total.tricks.entry(trick).or_default() += times;
    }
    for (error, times) in world.failed {
        *total.failed.entry(error).or_default() += times;
    }
    for (error, times) in world.closed {
        *total.closed.entry(error).or_default() += times;
    }
}

/// What went on, and that it was worth something: work succeeds and lies are told.
fn report(total: &Tally, begun: Instant) {
    println!("{total:?}\n{:?}", begun.elapsed());
    if total.steps >= PER_WORLD * 8 {
        let good = |what| total.done.get(what).map_or(0, |(_, good): &(u64, u64)| *good);
        for what in [
            "look", "save", "folder", "rights", "admit", "remove", "share", "reveal", "unlock", "race",
        ] {
            assert!(good(what) > 0, "no {what} ever succeeded");
        }
        assert!(good("save") * 10 > total.steps, "too few saves succeed");
        assert!(total.tricks.len() >= 15, "{:?}", total.tricks);
    }
}

const STEPS: u64 = 50_000;
/// The tests that share the worlds.
const SHARES: u64 = 2;
const PER_WORLD: u64 = 500;
const STACK: usize = 64 << 20;
/// So many replays to find a shorter story.
const ATTEMPTS: usize = 60;
