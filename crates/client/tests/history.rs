//! What an environment costs as it grows, what a device keeps of it, and its past: versions, points in time, a server
//! that was restored from a backup.
#![allow(clippy::unwrap_used, reason = "a test may")]

use coffer_client::{Change, Class, Entry, Environment};
use coffer_testkit::{Evil, InProcess, MemoryDevice, Office, get, put, run};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

type Env = Environment<Evil<InProcess>, MemoryDevice>;

fn entry<'a>(environment: &'a Env, name: &str) -> &'a Entry {
    environment.entries().iter().find(|e| e.name == name).unwrap()
}

fn edit(entry: &Entry, value: &str) -> Change {
    Change::Put {
        slot: Some(entry.slot),
        path: entry.path.clone(),
        name: entry.name.clone(),
        value: Zeroizing::new(value.to_owned()),
        comment: Zeroizing::default(),
    }
}

/// Requests, and bytes in both directions.
fn traffic(office: &Office) -> (usize, usize) {
    let all = office.transport.recorded();
    (
        all.len(),
        all.iter().map(|e| e.sent.len() + e.answered.len()).sum(),
    )
}

#[test]
fn a_save_moves_the_same_bytes_whatever_the_environment_holds() {
    run(async {
        let mut costs = Vec::new();
        for count in [10, 1_000] {
            let office = Office::open(1).await;
            let changes = (0..count).map(|n| put("/", &format!("KEY_{n:04}"), "value"));
            let environment = office.open_environment("development").await;
            let environment = environment.save(changes.collect()).await.unwrap();
            office.transport.recorder().clear();
            let environment = environment.save(vec![put("/", "NEW", "new")]).await.unwrap();
            let change = edit(entry(&environment, "KEY_0007"), "another");
            let environment = environment.save(vec![change]).await.unwrap();
            assert_eq!(get(&environment, "KEY_0007"), "another");
            costs.push(traffic(&office));
        }
        let [(few, small), (many, large)] = costs[..] else {
            panic!("two costs")
        };
        assert_eq!(few, many, "requests");
        assert!(large < small + 200, "{small} bytes among 10, {large} among 1,000");
    });
}

/// A small generator: the test's own, so that a failure is repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn what_a_save_says_of_itself_is_what_a_new_reader_finds() {
    run(async {
        let office = Office::open(2).await;
        let mut environment = office.open_environment("development").await;
        let mut dice = Dice(7);
        for round in 0..40 {
            let entries = environment.entries().to_vec();
            let mut changes = Vec::new();
            let mut places: BTreeSet<(String, String)> =
                entries.iter().map(|e| (e.path.clone(), e.name.clone())).collect();
            for entry in &entries {
                let path = ["/", "/a", "/a/b"][dice.roll(3)].to_owned();
                let name = format!("N{}", dice.roll(12));
                match dice.roll(6) {
                    0 => {
                        changes.push(Change::Delete { slot: entry.slot });
                        places.remove(&(entry.path.clone(), entry.name.clone()));
                    }
                    1 => changes.push(edit(entry, &format!("{round}"))),
                    // Also into a place that was left a moment ago.
                    2 if places.insert((path.clone(), name.clone())) => {
                        places.remove(&(entry.path.clone(), entry.name.clone()));
                        changes.push(Change::Move {
                            slot: entry.slot,
                            path,
                            name,
                        });
                    }
                    _ => {}
                }
            }
            for _ in 0..dice.roll(3) {
                let name = format!("N{}", dice.roll(12));
                if places.insert(("/a".to_owned(), name.clone())) {
                    changes.push(put("/a", &name, "new"));
                }
            }
            environment = environment.save(changes).await.unwrap();
            assert!(
                environment.entries().iter().all(|e| e.class == Class::Ok),
                "round {round}"
            );
            assert!(environment.strangers().is_empty(), "round {round}");
            let fresh = office.again(100 + round).await;
            let fresh = fresh.open_environment("development").await;
            assert_eq!(fresh.entries(), environment.entries(), "round {round}");
            assert!(fresh.strangers().is_empty(), "round {round}");
        }
        assert!(environment.seq() > 20);
    });
}

#[test]
fn two_secrets_trade_names_in_one_save_however_large_it_is() {
    run(async {
        let office = Office::open(3).await;
        let environment = office.open_environment("development").await;
        // More than one record holds, so that the save is several.
        let changes = (0..1_500).map(|n| put("/", &format!("KEY_{n:04}"), &format!("value {n}")));
        let environment = environment.save(changes.collect()).await.unwrap();
        let before = environment.seq();
        let changes = (0..1_500).map(|n| Change::Move {
            slot: entry(&environment, &format!("KEY_{n:04}")).slot,
            path: "/".to_owned(),
            name: format!("KEY_{:04}", n ^ 1),
        });
        let environment = environment.save(changes.collect()).await.unwrap();
        assert!(environment.seq() > before + 1, "one record");
        for n in [0, 1, 700, 1_499] {
            assert_eq!(
                get(&environment, &format!("KEY_{n:04}")),
                format!("value {}", n ^ 1)
            );
        }
        let fresh = office.again(31).await.open_environment("development").await;
        assert_eq!(fresh.entries(), environment.entries());
    });
}
