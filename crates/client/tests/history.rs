//! What an environment costs as it grows, what a device keeps of it, and its past: versions, points in time, a server
//! that was restored from a backup.
#![allow(clippy::unwrap_used, reason = "a test may")]

use coffer_client::{
    Change, Class, Client, Consent, Device, Environment, Error, History, Moment, Restoration, RestorePlan,
    Right, SaveError,
};
use coffer_testkit::{Evil, InProcess, MemoryDevice, Office, edit, entry, get, put, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

type Env = Environment<Evil<InProcess>, MemoryDevice>;

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

/// The paths that were asked for since the last look, without their parameters' order in mind.
fn asked(office: &Office) -> Vec<String> {
    let paths = office.transport.recorded().into_iter().map(|e| e.path).collect();
    office.transport.recorder().clear();
    paths
}

fn kept(office: &Office) -> BTreeMap<String, Vec<u8>> {
    let mut records = office.device.records();
    records.retain(|name, _| name.starts_with("kept/"));
    records
}

#[test]
fn a_warm_open_fetches_only_what_came_after() {
    run(async {
        let office = Office::open(4).await;
        let mut environment = office.open_environment("development").await;
        for round in 0..70 {
            environment = environment
                .save(vec![put("/", &format!("KEY_{round}"), "value")])
                .await
                .unwrap();
        }
        let office = office.restart().await;
        asked(&office);
        let warm = office.open_environment("development").await;
        assert_eq!(warm.entries(), environment.entries());
        assert_eq!(get(&warm, "KEY_7"), "value");
        let paths = asked(&office);
        let of = |paths: &[String], part: &str| paths.iter().filter(|path| path.contains(part)).count();
        assert_eq!(of(&paths, "%2Fcoffer%2Fbody"), 0, "{paths:?}");
        assert_eq!(of(&paths, "%2Fcoffer%2Fwraps"), 0, "{paths:?}");
        // The newest segment, in which the newest header that is known must still be.
        assert_eq!(of(&paths, "%2Fcoffer%2Flog"), 1, "{paths:?}");

        // What somebody else adds meanwhile is fetched, and nothing else.
        let other = office.again(41).await.open_environment("development").await;
        let theirs = other.save(vec![put("/", "THEIRS", "t")]).await.unwrap();
        let office = office.restart().await;
        asked(&office);
        let warm = office.open_environment("development").await;
        assert_eq!(warm.entries(), theirs.entries());
        assert_eq!(warm.head_words(), theirs.head_words());
        let paths = asked(&office);
        assert_eq!(of(&paths, "%2Fcoffer%2Fbody"), 1, "{paths:?}");
        assert_eq!(of(&paths, "%2Fcoffer%2Flog"), 1, "{paths:?}");
        let office = office.restart().await;
        asked(&office);
        office.open_environment("development").await;
        assert_eq!(of(&asked(&office), "%2Fcoffer%2Fbody"), 0, "it was kept");
    });
}

#[test]
fn what_a_device_keeps_is_ignored_where_it_is_damaged_foreign_or_old() {
    run(async {
        let office = Office::open(5).await;
        let environment = office.open_environment("development").await;
        let environment = environment.save(vec![put("/", "A", "one")]).await.unwrap();
        let old = kept(&office);
        let change = edit(entry(&environment, "A"), "two");
        let environment = environment.save(vec![change, put("/", "B", "b")]).await.unwrap();
        // The same account on another device keeps the same under another key.
        let other = office.again(51).await;
        other.open_environment("development").await;
        let foreign = kept(&other);
        let honest = office.device.records();
        assert!(kept(&office).len() >= 3, "links, headers, bodies");
        assert_eq!(
            old.keys().collect::<Vec<_>>(),
            kept(&office).keys().collect::<Vec<_>>()
        );

        let mut worlds = vec![("old", old), ("foreign", foreign), ("gone", BTreeMap::new())];
        for name in kept(&office).keys() {
            let mut records = kept(&office);
            let record = records.get_mut(name).unwrap();
            let middle = record.len() / 2;
            record[middle] ^= 1;
            worlds.push(("one bit", records.clone()));
            records.get_mut(name).unwrap().truncate(middle);
            worlds.push(("half", records.clone()));
            records.remove(name);
            worlds.push(("one is gone", records.clone()));
            let another = kept(&office)
                .into_iter()
                .find(|(other, _)| other != name)
                .unwrap()
                .1;
            records.insert(name.clone(), another);
            worlds.push(("another's content", records));
        }
        let mut office = office;
        for (what, records) in worlds {
            let mut all = honest.clone();
            all.retain(|name, _| !name.starts_with("kept/"));
            all.extend(records);
            office.device.restore(all);
            office = office.restart().await;
            let warm = office.open_environment("development").await;
            assert_eq!(warm.entries(), environment.entries(), "{what}");
            assert_eq!(
                (get(&warm, "A").as_str(), get(&warm, "B").as_str()),
                ("two", "b"),
                "{what}"
            );
            assert_eq!(office.project.members().await.unwrap().len(), 1, "{what}");
        }
    });
}

#[test]
fn a_device_that_is_full_keeps_less_and_opens_all_the_same() {
    run(async {
        let office = Office::open(6).await;
        let environment = office.open_environment("development").await;
        environment.save(vec![put("/", "A", "one")]).await.unwrap();
        let without: usize = office
            .device
            .records()
            .iter()
            .filter(|(name, _)| !name.starts_with("kept/"))
            .map(|(name, value)| name.len() + value.len())
            .sum();
        // Room for everything but what spares fetching; then for nothing at all.
        let mut office = office;
        for room in [without + 500, 0] {
            office.device.set_room(room);
            office = office.restart().await;
            let environment = office.open_environment("development").await;
            assert_eq!(get(&environment, "A"), "one");
            let name = format!("B{room}");
            let saved = environment.save(vec![put("/", &name, "b")]).await.unwrap();
            assert_eq!(get(&saved, &name), "b");
        }
    });
}

#[test]
fn what_a_full_device_cannot_pin_the_account_remembers_with_the_next_save() {
    run(async {
        for full in [true, false] {
            let office = Office::open(9).await;
            let environment = office.open_environment("development").await;
            if full {
                office.device.set_room(0);
            }
            let saved = environment.save(vec![put("/", "A", "one")]).await.unwrap();
            // A device that keeps no pins starts anew the next time, as any other does, and is shown an older state.
            let later = office.again(90).await;
            let newest = format!("H{}", saved.seq());
            let one = format!("/{newest}?");
            later.transport.tamper_json("/api/v4/secrets", move |body| {
                if let Some(rows) = body["secrets"].as_array_mut() {
                    rows.retain(|row| row["secretKey"] != newest.as_str());
                }
            });
            later.transport.tamper(move |request, response| {
                if request.path.contains(&one) {
                    response.status = 404;
                }
            });
            match later.project.open_environment("development").await {
                Err(Error::HistoryLost(_)) => assert!(full),
                // Otherwise the device remembers it, and the account hears of it within ten minutes.
                Ok(older) => assert!(!full && older.entries().is_empty()),
                Err(other) => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn what_a_device_keeps_has_a_bound_and_goes_with_the_account() {
    run(async {
        let office = Office::open(7).await;
        let mut environment = office.open_environment("development").await;
        let long = "x".repeat(60 << 10);
        for round in 0..5 {
            let changes = (0..20).map(|n| put("/", &format!("LONG_{round}_{n}"), &long));
            environment = environment.save(changes.collect()).await.unwrap();
        }
        let size: usize = kept(&office).values().map(Vec::len).sum();
        assert!(
            size > 6 << 20,
            "{size} bytes: too little for the test to say anything"
        );
        assert!(size < 13 << 20, "{size} bytes");
        office.vault.sign_out().await.unwrap();
        assert_eq!(office.device.records(), BTreeMap::new());
    });
}

/// Versions, newest first: number, deleted, author.
fn told(history: &History) -> Vec<(u64, bool, &str)> {
    let versions = history.versions.iter();
    versions
        .map(|v| (v.version, v.deleted, v.author.as_str()))
        .collect()
}

#[test]
fn every_version_of_a_secret_is_told_opened_and_brought_back() {
    run(async {
        let office = Office::open(8).await;
        let friend = office
            .invite(81, "friend@example.org", &[("development", Right::Write)])
            .await;
        let (ada, noor) = (office.vault.account().user_id, friend.vault.account().user_id);
        let environment = office.open_environment("development").await;
        let first = put("/", "A", "one");
        let environment = environment.save(vec![first, put("/", "B", "b")]).await.unwrap();
        let slot = entry(&environment, "A").slot;
        office.device.advance(5_000);
        let two = Change::Put {
            slot: Some(slot),
            path: "/".to_owned(),
            name: "A".to_owned(),
            value: Zeroizing::new("two".to_owned()),
            comment: Zeroizing::new("why".to_owned()),
            owner: None,
        };
        environment.save(vec![two]).await.unwrap();
        // Somebody else moves it, and deletes it.
        let theirs = friend.open_environment("development").await;
        let moved = Change::Move {
            slot,
            path: "/db".to_owned(),
            name: "A2".to_owned(),
        };
        let theirs = theirs.save(vec![moved]).await.unwrap();
        theirs.save(vec![Change::Delete { slot }]).await.unwrap();

        let environment = environment.reload().await.unwrap();
        assert_eq!(environment.entries().len(), 1);
        let deleted = environment.deleted();
        assert_eq!(
            (deleted.len(), deleted[0].path.as_str(), deleted[0].name.as_str()),
            (1, "/db", "A2")
        );
        let history = environment.history(&slot).await.unwrap();
        assert!(history.complete);
        assert_eq!(
            told(&history),
            [
                (4, true, noor.as_str()),
                (3, false, noor.as_str()),
                (2, false, ada.as_str()),
                (1, false, ada.as_str())
            ]
        );
        let places: Vec<_> = history
            .versions
            .iter()
            .map(|v| (v.path.as_str(), v.name.as_str()))
            .collect();
        assert_eq!(places, [("/db", "A2"), ("/db", "A2"), ("/", "A"), ("/", "A")]);
        assert_eq!(history.versions[2].created, history.versions[3].created + 5_000);
        assert!(history.versions.windows(2).all(|pair| pair[0].seq > pair[1].seq));
        for (version, value, comment) in [(1, "one", ""), (2, "two", "why"), (3, "two", "why")] {
            let opened = environment.reveal_version(&slot, version).await.unwrap();
            assert_eq!((opened.value.as_str(), opened.comment.as_str()), (value, comment));
        }
        for absent in [0, 4, 5] {
            assert_eq!(
                environment.reveal_version(&slot, absent).await.err(),
                Some(Error::NotFound)
            );
        }

        // Brought back where it was deleted from, with what was known about it; then an older content at that place.
        let environment = environment.restore_version(&slot, 3).await.unwrap();
        assert_eq!(
            (
                get(&environment, "A2").as_str(),
                entry(&environment, "A2").version
            ),
            ("two", 5)
        );
        assert_eq!(environment.reveal(&slot).unwrap().comment.as_str(), "why");
        let environment = environment.restore_version(&slot, 1).await.unwrap();
        assert_eq!(
            (
                get(&environment, "A2").as_str(),
                entry(&environment, "A2").path.as_str()
            ),
            ("one", "/db")
        );
        let history = environment.history(&slot).await.unwrap();
        assert_eq!((history.versions.len(), history.complete), (6, true));
        let fresh = office.again(82).await.open_environment("development").await;
        assert_eq!(fresh.entries(), environment.entries());
        assert_eq!(fresh.history(&slot).await.unwrap(), history);
        // Where its place was taken meanwhile, nothing is overwritten.
        let environment = environment.save(vec![Change::Delete { slot }]).await.unwrap();
        let environment = environment.save(vec![put("/db", "A2", "another")]).await.unwrap();
        assert_eq!(
            environment.restore_version(&slot, 1).await.err(),
            Some(SaveError::Failed(Error::NameTaken))
        );
    });
}

#[test]
fn history_goes_back_behind_checkpoints_and_says_where_it_ends() {
    run(async {
        let office = Office::open(9).await;
        let environment = office.open_environment("development").await;
        let mut environment = environment.save(vec![put("/", "A", "first")]).await.unwrap();
        let slot = entry(&environment, "A").slot;
        for round in 0..260 {
            environment = environment
                .save(vec![put("/", &format!("KEY_{round}"), "value")])
                .await
                .unwrap();
        }
        let change = edit(entry(&environment, "A"), "second");
        environment.save(vec![change]).await.unwrap();
        let reader = office.again(91).await;
        let environment = reader.open_environment("development").await;
        let history = environment.history(&slot).await.unwrap();
        assert_eq!((history.versions.len(), history.complete), (2, true));
        let opened = environment.reveal_version(&slot, 1).await.unwrap();
        assert_eq!(opened.value.as_str(), "first");

        // A body that the server gives no more: what is newer is still told.
        let reader = office.again(92).await;
        reader.transport.tamper_json("/api/v4/secrets", |body| {
            let old = |row: &Value| {
                row["secretKey"]
                    .as_str()
                    .is_some_and(|name| name.starts_with("D1_"))
            };
            if let Some(rows) = body["secrets"].as_array_mut() {
                rows.retain(|row| !old(row));
            }
        });
        let environment = reader.open_environment("development").await;
        let history = environment.history(&slot).await.unwrap();
        assert_eq!((history.versions.len(), history.complete), (1, false));
        // One that the server exchanged is refused.
        let reader = office.again(93).await;
        let liar = reader.open_environment("development").await;
        reader.transport.tamper_json("/api/v4/secrets", |body| {
            if let Some(rows) = body["secrets"].as_array_mut() {
                let first = rows
                    .iter()
                    .position(|row| row["secretKey"].as_str().is_some_and(|n| n.starts_with("D1_")));
                let other = rows
                    .iter()
                    .position(|row| row["secretKey"].as_str().is_some_and(|n| n.starts_with("D2_")));
                if let (Some(first), Some(other)) = (first, other) {
                    rows[first]["secretValue"] = rows[other]["secretValue"].clone();
                }
            }
        });
        assert!(matches!(
            liar.history(&slot).await.err(),
            Some(Error::Forged { .. })
        ));
    });
}

/// What a plan says: name, whether it is there now and afterwards, whether its content changes.
fn planned(plan: &RestorePlan) -> Vec<(String, bool, bool, bool)> {
    let name = |change: &Restoration| {
        let place = change.then.as_ref().or(change.now.as_ref()).unwrap();
        format!("{}/{}", place.0.trim_end_matches('/'), place.1)
    };
    let changes = plan.changes.iter();
    changes
        .map(|change| {
            (
                name(change),
                change.now.is_some(),
                change.then.is_some(),
                change.changed,
            )
        })
        .collect()
}

/// Places and values, by folder and name.
fn holds(environment: &Env) -> Vec<(String, String)> {
    let entries = environment.entries().iter();
    entries
        .map(|e| {
            let value = environment.reveal(&e.slot).unwrap().value.as_str().to_owned();
            (format!("{}/{}", e.path.trim_end_matches('/'), e.name), value)
        })
        .collect()
}

#[test]
fn an_environment_goes_back_to_a_moment_as_one_record() {
    run(async {
        let office = Office::open(10).await;
        let environment = office.open_environment("development").await;
        let changes = ["KEPT", "CHANGED", "DELETED", "MOVED"].map(|name| put("/app", name, "old"));
        let environment = environment.save(changes.to_vec()).await.unwrap();
        let environment = environment
            .save(vec![put("/other", "OUTSIDE", "old")])
            .await
            .unwrap();
        let (then, time) = (environment.seq(), office.device.now());
        let before = holds(&environment);
        office.device.advance(60_000);
        let slot = |name| entry(&environment, name).slot;
        let changes = vec![
            edit(entry(&environment, "CHANGED"), "new"),
            Change::Delete {
                slot: slot("DELETED"),
            },
            Change::Move {
                slot: slot("MOVED"),
                path: "/app/deep".to_owned(),
                name: "ELSEWHERE".to_owned(),
            },
            // It takes the place of the deleted one, so that going back has to trade.
            put("/app", "DELETED", "an impostor"),
            edit(entry(&environment, "OUTSIDE"), "new"),
        ];
        let environment = environment.save(changes).await.unwrap();
        office.device.advance(60_000);
        let environment = environment.save(vec![put("/app", "ADDED", "new")]).await.unwrap();

        let state = environment.state_at(Moment::Record(then)).await.unwrap();
        assert_eq!(
            (state.record.seq, state.record.created, state.entries.len()),
            (then, time, 5)
        );
        assert_eq!(
            state,
            environment.state_at(Moment::Time(time + 59_000)).await.unwrap()
        );
        assert_eq!(
            environment.state_at(Moment::Time(0)).await.err(),
            Some(Error::NotFound)
        );
        assert_eq!(
            environment.state_at(Moment::Record(99)).await.err(),
            Some(Error::NotFound)
        );
        assert_eq!(environment.records().unwrap().len() as u64, environment.seq() + 1);

        let requests = office.transport.recorder().writes();
        let plan = environment
            .plan_restore("/app", Moment::Time(time))
            .await
            .unwrap();
        assert_eq!(
            office.transport.recorder().writes(),
            requests,
            "a plan writes nothing"
        );
        let expected = [
            ("/app/ADDED", true, false, false),
            ("/app/CHANGED", true, true, true),
            ("/app/DELETED", false, true, true),
            ("/app/DELETED", true, false, false),
            ("/app/MOVED", true, true, false),
        ];
        let mut found = planned(&plan);
        found.sort();
        assert_eq!(
            found,
            expected.map(|(name, now, then, changed)| (name.to_owned(), now, then, changed))
        );
        assert_eq!((plan.records, plan.lost.len()), (1, 0));
        assert!(!format!("{plan:?}").contains("impostor"));

        // Somebody writes meanwhile: the plan is refused, and a new one goes through.
        let other = office.again(101).await.open_environment("development").await;
        other.save(vec![put("/other", "MEANWHILE", "x")]).await.unwrap();
        assert_eq!(
            environment.restore(&plan).await.err(),
            Some(SaveError::Failed(Error::Conflict))
        );
        let environment = environment.reload().await.unwrap();
        assert_eq!(
            environment.restore(&plan).await.err(),
            Some(SaveError::Failed(Error::Conflict))
        );
        let plan = environment
            .plan_restore("/app", Moment::Record(then))
            .await
            .unwrap();
        let seq = environment.seq();
        let environment = environment.restore(&plan).await.unwrap();
        assert_eq!(environment.seq(), seq + 1);
        let mut expected = before.clone();
        expected.retain(|(place, _)| place.starts_with("/app"));
        expected.push(("/other/MEANWHILE".to_owned(), "x".to_owned()));
        expected.push(("/other/OUTSIDE".to_owned(), "new".to_owned()));
        assert_eq!(holds(&environment), expected);
        assert!(environment.entries().iter().all(|e| e.class == Class::Ok));
        assert_eq!(entry(&environment, "MOVED").slot, slot("MOVED"));
        let fresh = office.again(102).await.open_environment("development").await;
        assert_eq!(fresh.entries(), environment.entries());

        // All of it; and once more there is nothing to do.
        let plan = environment.plan_restore("/", Moment::Record(then)).await.unwrap();
        let environment = environment.restore(&plan).await.unwrap();
        assert_eq!(holds(&environment), before);
        let plan = environment.plan_restore("/", Moment::Record(then)).await.unwrap();
        assert_eq!((plan.changes.len(), plan.records), (0, 0));
        assert_eq!(environment.restore(&plan).await.unwrap().seq(), environment.seq());
    });
}

#[test]
fn going_back_far_and_much_is_several_records_and_says_so() {
    run(async {
        let office = Office::open(11).await;
        let environment = office.open_environment("development").await;
        let changes = (0..1_200).map(|n| put("/", &format!("KEY_{n:04}"), &format!("value {n}")));
        let mut environment = environment.save(changes.collect()).await.unwrap();
        let then = environment.seq();
        // So many records that a checkpoint lies between.
        for round in 0..256 {
            environment = environment
                .save(vec![put("/x", &format!("X{round}"), "x")])
                .await
                .unwrap();
        }
        let changes = environment
            .entries()
            .iter()
            .map(|e| Change::Delete { slot: e.slot });
        let environment = environment.save(changes.collect()).await.unwrap();
        assert_eq!(environment.entries().len(), 0);
        let fresh = office.again(111).await.open_environment("development").await;
        let plan = fresh.plan_restore("/", Moment::Record(then)).await.unwrap();
        assert_eq!((plan.changes.len(), plan.lost.len()), (1_200, 0));
        assert!(plan.records > 1);
        let seq = fresh.seq();
        let fresh = fresh.restore(&plan).await.unwrap();
        assert_eq!(fresh.seq(), seq + plan.records as u64);
        assert_eq!(fresh.entries().len(), 1_200);
        assert_eq!(get(&fresh, "KEY_0777"), "value 777");
        // A state between, whose values stand in records before its checkpoint.
        let plan = fresh.plan_restore("/x", Moment::Record(seq - 1)).await.unwrap();
        assert_eq!((plan.changes.len(), plan.lost.len()), (256, 0));
        assert!(fresh.restore(&plan).await.unwrap().entries().len() > 1_400);
    });
}

/// What was lost, as it is told.
fn lost(error: Option<Error>) -> (u64, u64, bool) {
    match error {
        Some(Error::HistoryLost(lost)) => (lost.left, lost.seen, lost.can_put_back),
        other => panic!("{other:?}"),
    }
}

fn pins(office: &Office) -> BTreeMap<String, Vec<u8>> {
    let mut records = office.device.records();
    records.retain(|name, _| name.starts_with("pins/"));
    records
}

#[test]
fn what_a_restored_server_has_lost_is_put_back() {
    run(async {
        let office = Office::open(12).await;
        let environment = office.open_environment("development").await;
        let changes = ["A", "B", "C", "D"].map(|name| put("/app", name, "old"));
        let environment = environment.save(changes.to_vec()).await.unwrap();
        let left = environment.seq();
        let backup = office.server.files();
        // A day's work: more than one version of a secret, a deletion, a move, and a new one in a vacated place.
        let slot = |name| entry(&environment, name).slot;
        let gone = vec![
            edit(entry(&environment, "A"), "newer"),
            Change::Delete { slot: slot("B") },
        ];
        let newest = environment.save(gone).await.unwrap();
        let moved = Change::Move {
            slot: slot("C"),
            path: "/elsewhere".to_owned(),
            name: "C".to_owned(),
        };
        let newest = newest
            .save(vec![edit(entry(&newest, "A"), "newest"), moved])
            .await
            .unwrap();
        let newest = newest.save(vec![put("/app", "C", "another")]).await.unwrap();
        let (seen, held) = (newest.seq(), holds(&newest));
        let before = pins(&office);

        office.server.restore(&backup);
        assert_eq!(lost(newest.reload().await.err()), (left, seen, true));
        let office = office.restart().await;
        let refused = office.project.open_environment("development").await.err();
        assert_eq!(lost(refused), (left, seen, true));
        assert_eq!(pins(&office), before, "a failure moved a pin");
        // A device that kept nothing says so, and begins nothing anew.
        let poor = office.again(121).await;
        let mut records = office.device.records();
        records.retain(|name, _| !name.starts_with("kept/"));
        poor.device.restore(records);
        let poor = poor.restart().await;
        let writes = poor.transport.recorder().writes();
        let refused = poor.project.open_environment("development").await.err();
        assert_eq!(lost(refused), (left, seen, false));
        assert_eq!(
            lost(poor.project.put_back("development").await.err()),
            (left, seen, false)
        );
        assert_eq!(poor.transport.recorder().writes(), writes);

        let back = office.project.put_back("development").await.unwrap();
        assert_eq!((back.seq(), holds(&back)), (seen, held.clone()));
        assert!(back.entries().iter().all(|e| e.class == Class::Ok));
        // To everybody, as if nothing had happened: also to a device that knows nothing.
        for reader in [poor, office.again(122).await] {
            let read = reader.open_environment("development").await;
            assert_eq!((read.seq(), holds(&read)), (seen, held.clone()));
            assert!(read.entries().iter().all(|e| e.class == Class::Ok));
            assert!(read.strangers().is_empty());
            assert_eq!(read.head_words(), back.head_words());
        }
        assert_eq!(back.history(&slot("A")).await.unwrap().versions.len(), 3);
        let back = back.save(vec![put("/", "AFTER", "x")]).await.unwrap();
        assert_eq!(back.seq(), seen + 1);
    });
}

#[test]
fn membership_account_and_keys_that_were_lost_are_put_back_too() {
    run(async {
        let office = Office::open(13).await;
        let dev = &[("development", Right::Write)];
        let stays = office.invite(131, "stays@example.org", dev).await;
        let leaves = office.invite(132, "leaves@example.org", dev).await;
        let environment = office.open_environment("development").await;
        environment.save(vec![put("/", "A", "one")]).await.unwrap();
        let theirs = stays.open_environment("development").await;
        let left = theirs.seq();
        let backup = office.server.files();
        // Somebody leaves, so that the next save begins an epoch; the bundle is written with it.
        let user = leaves.vault.account().user_id;
        office.project.remove_member(&user).await.unwrap();
        let environment = office.open_environment("development").await;
        let newest = environment.save(vec![put("/", "B", "two")]).await.unwrap();
        assert_eq!(newest.epoch(), 2);

        office.server.restore(&backup);
        // Everything of the account and the project is older than this device has seen, and nothing is believed.
        let rolled_back = |what| Some(Error::RolledBack { what });
        let client = Client::new(
            office.server.browser(),
            office.device.clone(),
            office.server.origin(),
        );
        let known = client.known_accounts().await.unwrap();
        let refused = client.unlock(&known[0], office.passphrase.clone(), None).await;
        assert_eq!(refused.err(), rolled_back("this account's bundle"));
        let vault = client
            .put_back_account(&known[0], office.passphrase.clone(), None)
            .await
            .unwrap();
        let id = office.project.summary().id;
        assert_eq!(
            vault.open_project(&id).await.err(),
            rolled_back("the project's membership")
        );
        let project = vault.put_back_membership(&id).await.unwrap();
        assert_eq!(project.members().await.unwrap().len(), 2);
        let refused = project.open_environment("development").await.err();
        assert_eq!(lost(refused), (left, newest.seq(), true));
        let back = project.put_back("development").await.unwrap();
        // The wraps of the lost epoch are gone: one more gives everybody a key, and nobody who left.
        assert_eq!((back.epoch(), back.seq()), (3, newest.seq() + 1));
        let theirs = theirs.reload().await.unwrap();
        assert_eq!(
            (get(&theirs, "A").as_str(), get(&theirs, "B").as_str()),
            ("one", "two")
        );
        theirs.save(vec![put("/", "C", "three")]).await.unwrap();
        assert!(matches!(
            leaves.project.open_environment("development").await.err(),
            Some(Error::NoKey)
        ));
        client
            .unlock(&known[0], office.passphrase.clone(), None)
            .await
            .unwrap();
    });
}

#[test]
fn what_nobody_can_put_back_is_given_up_by_an_admin_and_everybody_is_asked() {
    run(async {
        let office = Office::open(14).await;
        let friend = office
            .invite(141, "friend@example.org", &[("development", Right::Write)])
            .await;
        let environment = office.open_environment("development").await;
        let environment = environment.save(vec![put("/", "A", "old")]).await.unwrap();
        let left = environment.seq();
        let backup = office.server.files();
        let change = edit(entry(&environment, "A"), "lost");
        let environment = environment.save(vec![change]).await.unwrap();
        // The friend has seen a part of what will be lost, and no more.
        friend.open_environment("development").await;
        let newest = environment.save(vec![put("/", "B", "lost")]).await.unwrap();
        let seen = newest.seq();

        office.server.restore(&backup);
        for someone in [&office, &friend] {
            let mut records = someone.device.records();
            records.retain(|name, _| !name.starts_with("kept/"));
            someone.device.restore(records);
        }
        let (office, friend) = (office.restart().await, friend.restart().await);
        let open = |who: &Office| {
            let project = who.project.clone();
            async move { project.open_environment("development").await }
        };
        assert_eq!(lost(open(&office).await.err()), (left, seen, false));
        // Without the admin's link the error stays, and nobody else can sign one.
        for _ in 0..2 {
            assert_eq!(lost(open(&friend).await.err()), (left, seen - 1, false));
            assert_eq!(
                friend.project.reanchor("development").await.err(),
                Some(Error::Forbidden)
            );
        }
        let before = pins(&friend);

        let again = office.project.reanchor("development").await.unwrap();
        assert_eq!(
            (again.seq(), holds(&again)),
            (left, vec![("/A".to_owned(), "old".to_owned())])
        );
        let given_up = office.server.files();
        // The friend is asked, in every session, until the answer is yes.
        let friend = friend.restart().await;
        let Some(Error::NeedsConsent(consent)) = open(&friend).await.err() else {
            panic!("the friend was not asked");
        };
        assert_eq!((consent.lost, consent.to), (seen - 1, left));
        assert_eq!(consent.by, office.vault.account().user_id);
        assert_eq!(
            open(&friend).await.err(),
            Some(Error::NeedsConsent(consent.clone()))
        );
        let another = Consent {
            link: consent.link - 1,
            ..(*consent).clone()
        };
        assert_eq!(
            friend.project.accept_rebase("development", &another).await.err(),
            Some(Error::Conflict)
        );
        assert_eq!(
            pins(&friend).keys().collect::<Vec<_>>(),
            before.keys().collect::<Vec<_>>()
        );
        let theirs = friend
            .project
            .accept_rebase("development", &consent)
            .await
            .unwrap();
        assert_eq!(holds(&theirs), holds(&again));
        // A new epoch is forced, and life goes on for both, also after a restart.
        let epoch = theirs.epoch();
        let theirs = theirs.save(vec![put("/", "NEW", "n")]).await.unwrap();
        assert_eq!((theirs.epoch(), theirs.seq()), (epoch + 1, left + 2));
        let held = holds(&theirs);
        let (office, friend) = (office.restart().await, friend.restart().await);
        assert_eq!(holds(&open(&office).await.unwrap()), held);
        assert_eq!(holds(&open(&friend).await.unwrap()), held);
        // Other devices of theirs learn it with the bundle; who never saw the lost part is not asked at all.
        let fresh = friend.again(142).await;
        assert_eq!(holds(&open(&fresh).await.unwrap()), held);

        // The old state once more: the link that gave up what came after it then does not give up what came since.
        office.server.restore(&given_up);
        let office = office.restart().await;
        assert_eq!(lost(open(&office).await.err()), (left, left + 2, true));
        let back = office.project.put_back("development").await.unwrap();
        assert_eq!(holds(&back), held);
    });
}

#[test]
fn a_restored_server_that_others_went_on_with_needs_an_admin_as_well() {
    run(async {
        let office = Office::open(15).await;
        let environment = office.open_environment("development").await;
        let environment = environment.save(vec![put("/", "A", "old")]).await.unwrap();
        let left = environment.seq();
        let backup = office.server.files();
        let newest = environment.save(vec![put("/", "B", "lost")]).await.unwrap();
        office.server.restore(&backup);
        // A new device knows nothing of the loss, and writes.
        let other = office.again(151).await;
        let theirs = other.open_environment("development").await;
        let theirs = theirs.save(vec![put("/", "C", "theirs")]).await.unwrap();
        let theirs = theirs.save(vec![put("/", "D", "theirs")]).await.unwrap();

        let what = "this environment's history";
        let office = office.restart().await;
        let open = office.project.open_environment("development").await;
        assert_eq!(open.err(), Some(Error::Forked { what }));
        assert!(newest.reload().await.is_err());
        let writes = office.transport.recorder().writes();
        assert!(office.project.put_back("development").await.is_err());
        assert_eq!(office.transport.recorder().writes(), writes, "nothing is mixed");
        let again = office.project.reanchor("development").await.unwrap();
        assert_eq!(holds(&again), holds(&theirs));
        let again = again.save(vec![put("/", "E", "on")]).await.unwrap();
        assert_eq!((again.epoch(), again.seq()), (2, left + 4));
        let theirs = theirs.reload().await.unwrap();
        assert_eq!(holds(&theirs), holds(&again));
    });
}
