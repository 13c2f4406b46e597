//! Seeded mutations of valid objects, and random bytes, at every parser: the short form of the targets in `fuzz/`.
//!
//! The valid objects are those of `vectors/`. What a parser must hold is said in `parsers/mod.rs`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "a test may")]

mod parsers;

use coffer_core::envelope::{self, Kind};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde_json::Value;

#[test]
fn mutations_of_valid_objects_are_refused_or_read_canonically() {
    let seeds = seeds();
    assert!(seeds.len() > 100, "the vectors have {} objects", seeds.len());
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    for (name, parse) in parsers::PARSERS {
        for seed in &seeds {
            run(name, parse, seed);
            for _ in 0..ROUNDS {
                let mut bytes = seed.clone();
                for _ in 0..=rng.next_u32() % 3 {
                    mutate(&mut bytes, &seeds, rng);
                }
                run(name, parse, &bytes);
            }
        }
    }
}

#[test]
fn random_bytes_are_refused_or_read_canonically() {
    let rng = &mut ChaCha20Rng::seed_from_u64(2);
    for (name, parse) in parsers::PARSERS {
        run(name, parse, &[]);
        for round in 0..500 {
            let mut bytes = vec![0; rng.next_u32() as usize % 300];
            rng.fill_bytes(&mut bytes);
            if round % 2 == 0 {
                bytes.iter_mut().for_each(|byte| *byte = 0x20 + *byte % 0x5f);
            }
            run(name, parse, &bytes);
        }
    }
}

/// Otherwise the checks of what was accepted would never have run.
#[test]
fn every_parser_accepts_some_seed() {
    let seeds = seeds();
    for (name, parse) in parsers::PARSERS {
        let before = parsers::accepted();
        seeds.iter().for_each(|seed| parse(seed));
        assert!(parsers::accepted() > before, "{name}");
    }
}

#[test]
fn every_kind_of_object_is_among_the_seeds() {
    let seeds = seeds();
    for kind in Kind::ALL {
        let prefix = kind.prefix().as_bytes();
        assert!(seeds.iter().any(|seed| seed.starts_with(prefix)), "{kind:?}");
    }
    assert!(seeds.iter().any(|seed| seed.starts_with(b"v1.")), "links");
    assert!(
        seeds.iter().any(|seed| seed.starts_with(b"CFA1-")),
        "Account Keys"
    );
    let machine = |seed: &Vec<u8>| seed.starts_with(b"coffer-machine-v1.");
    assert!(seeds.iter().any(machine), "machine tokens");
}

/// Runs a parser and says what it was given where it does not hold what it must.
fn run(name: &str, parse: parsers::Parser, bytes: &[u8]) {
    let bytes = std::panic::AssertUnwindSafe(bytes);
    if std::panic::catch_unwind(|| parse(&bytes)).is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{name} does not hold for {hex}");
    }
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut ChaCha20Rng) {
    let mut below = |bound: usize| rng.next_u32() as usize % bound.max(1);
    let at = below(bytes.len());
    match below(9) {
        _ if bytes.is_empty() => bytes.push(below(256) as u8),
        0 => bytes[at] ^= 1 << below(8),
        1 => bytes[at] = below(256) as u8,
        2 => bytes.truncate(at),
        3 => bytes.insert(at, below(256) as u8),
        4 => {
            bytes.remove(at);
        }
        // Lengths and counts are eight bytes, little-endian: bend one.
        5 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)],
        6 => {
            let end = at + below(bytes.len() - at + 1);
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        7 => {
            let other = &seeds[below(seeds.len())];
            let from = below(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let end = at + below((bytes.len() - at).min(16) + 1);
            bytes.drain(at..end);
        }
    }
}

/// The texts of all objects in the vectors and what is inside them, and the insides that `parsers` makes.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = parsers::inner_seeds();
    for file in VECTORS {
        collect(&serde_json::from_str(file).unwrap(), &mut seeds);
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

fn collect(value: &Value, seeds: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) if text.len() < 4000 => {
            let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()));
            if let Some(bytes) = kind.and_then(|kind| envelope::decode(kind, text).ok()) {
                seeds.push(bytes);
            }
            let texts = ["v1.", "CFA1-", "coffer-machine-"];
            if kind.is_some() || texts.iter().any(|start| text.starts_with(start)) {
                seeds.push(text.as_bytes().to_vec());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, seeds)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, seeds)),
        _ => {}
    }
}

/// How often each seed is changed for each parser.
const ROUNDS: usize = 8;

const VECTORS: [&str; 11] = [
    include_str!("../../../vectors/account.json"),
    include_str!("../../../vectors/bundle.json"),
    include_str!("../../../vectors/environment.json"),
    include_str!("../../../vectors/invite.json"),
    include_str!("../../../vectors/jit.json"),
    include_str!("../../../vectors/keyring.json"),
    include_str!("../../../vectors/log.json"),
    include_str!("../../../vectors/machine.json"),
    include_str!("../../../vectors/reverse.json"),
    include_str!("../../../vectors/share.json"),
    include_str!("../../../vectors/value.json"),
];
