//! What a lying server can try, and what answers it: one variant of [`Lie`] per row of docs/THREATS.md.
//!
//! Four oracles apply to every lie: the exact answer, no plaintext handed out, nothing secret sent, pins unmoved by a
//! failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may"
)]

use coffer_client::{
    Change, Class, Client, Device, Environment, Error, Method, Passphrase, Request, Response, RevealError,
    SaveError, SealError, SetUp, ShareContent, ShareState, StretchError, StretchJob, Stretched, Transport,
    TransportError, share_from_link,
};
use coffer_testkit::{
    Canary, Evil, InProcess, Lie, Loopback, MemoryDevice, Office, TestServer, get, put, run,
};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use zeroize::Zeroizing;

/// One test per lie, so that each has its name in the report.
macro_rules! lies {
    ($($test:ident => $lie:ident,)*) => {
        $(
            #[test]
            fn $test() {
                run(assert_refused(Lie::$lie));
            }
        )*

        #[test]
        fn every_lie_has_its_test_and_its_row() {
            let tested = [$((Lie::$lie, stringify!($test))),*];
            assert_eq!(tested.map(|(lie, _)| lie), Lie::ALL);
            for (lie, name) in tested {
                assert_eq!(name, format!("{}_is_refused", lie.row()));
            }
        }
    };
}

lies! {
    a04_is_refused => A04Injection,
    b01_is_refused => B01Metadata,
    b02_is_refused => B02Swap,
    b03_is_refused => B03Icons,
    b04_is_refused => B04Kdf,
    b05_is_refused => B05BitFlips,
    b06_is_refused => B06Move,
    b07_is_refused => B07Replay,
    b08_is_refused => B08Injection,
    c02_is_refused => C02Overwrite,
    c04_is_refused => C04OwnKeys,
    d02_is_refused => D02Vanished,
    d03_is_refused => D03Envelopes,
    d04_is_refused => D04Oracle,
    d05_is_refused => D05RawKeys,
    x01_is_refused => X01Plaintext,
    x03_is_refused => X03Expansion,
    x04_is_refused => X04Aliases,
    x05_is_refused => X05EnvironmentSwap,
    x06_is_refused => X06LogRollback,
    x08_is_refused => X08KeyringRollback,
    x14_is_refused => X14ShareSwap,
    x15_is_refused => X15Clocks,
    x16_is_refused => X16Redirect,
    x17_is_refused => X17Exhaustion,
    x20_is_refused => X20Json,
    x23_is_refused => X23Projection,
    x27_is_refused => X27Policy,
}

async fn assert_refused(lie: Lie) {
    match lie {
        Lie::A04Injection => unlocking_among_injected_fields_writes_nothing().await,
        Lie::B06Move => a_moved_row_is_not_taken_there().await,
        Lie::B08Injection => a_project_that_nobody_introduced_stays_closed().await,
        Lie::X03Expansion => nothing_is_expanded_or_imported().await,
        Lie::X08KeyringRollback => an_old_keyring_is_noticed().await,
        Lie::X15Clocks => clocks_decide_nothing_about_history().await,
        Lie::B01Metadata => metadata_changes_nothing().await,
        Lie::B02Swap => swapped_values_are_not_shown().await,
        Lie::B03Icons => values_that_look_like_addresses_go_nowhere().await,
        Lie::B04Kdf => weaker_key_derivation_is_refused_before_it_runs().await,
        Lie::B05BitFlips => every_flipped_bit_is_refused_alike().await,
        Lie::B07Replay => dropped_old_doubled_and_restored_secrets_are_told().await,
        Lie::C02Overwrite => an_environment_replaced_after_creation_is_refused().await,
        Lie::C04OwnKeys => slots_and_bundles_of_another_making_are_refused().await,
        Lie::D02Vanished => empty_answers_never_start_anew().await,
        Lie::D03Envelopes => other_envelopes_are_unknown().await,
        Lie::D04Oracle => all_mutations_look_the_same_from_outside().await,
        Lie::D05RawKeys => passphrases_that_look_like_keys_are_stretched().await,
        Lie::X01Plaintext => plaintext_is_never_taken_for_a_value().await,
        Lie::X04Aliases => an_aliased_name_is_another_name().await,
        Lie::X05EnvironmentSwap => an_environment_served_for_another_is_refused().await,
        Lie::X06LogRollback => an_old_snapshot_is_noticed().await,
        Lie::X14ShareSwap => exchanged_shares_are_damaged().await,
        Lie::X16Redirect => redirects_are_not_followed().await,
        Lie::X17Exhaustion => answers_have_an_end().await,
        Lie::X20Json => json_that_means_two_things_is_refused().await,
        Lie::X23Projection => withheld_rows_are_read_from_their_records().await,
        Lie::X27Policy => a_policy_in_the_way_is_named_and_loses_nothing().await,
    }
}

type Env = Environment<Evil<InProcess>, MemoryDevice>;

/// Ada with two secrets, and a second device of hers whose network lies.
struct Stage {
    office: Office,
    liar: Office,
    pins: BTreeMap<String, Vec<u8>>,
}

const ALPHA: &str = "alpha value, ninety-one";
const BETA: &str = "beta value, eighty-two";

impl Stage {
    async fn set(seed: u64) -> Self {
        let office = Office::open(seed).await;
        let saved = office
            .open_environment("development")
            .await
            .save(vec![put("/", "ALPHA", ALPHA), put("/db", "BETA", BETA)])
            .await;
        saved.unwrap();
        Self::with(office, seed).await
    }

    /// A new device, which has opened nothing yet, so that it has to fetch everything.
    async fn with(office: Office, seed: u64) -> Self {
        let liar = office.again(seed + 5000).await;
        let pins = pins(&liar);
        Self { office, liar, pins }
    }

    async fn open(&self) -> Result<Env, Error> {
        self.liar.project.open_environment("development").await
    }

    /// Nothing secret left, and a failure has moved no pin.
    fn check(&self, pins_unmoved: bool) {
        let mut canary = Canary::new().watch("alpha", ALPHA).watch("beta", BETA);
        for (what, secret) in self.office.secrets().into_iter().chain(self.liar.secrets()) {
            canary.add(&what, &secret);
        }
        assert_eq!(canary.check(&self.office.transport.recorded()), []);
        assert_eq!(canary.check(&self.liar.transport.recorded()), []);
        if pins_unmoved {
            assert_eq!(pins(&self.liar), self.pins, "a pin moved");
        }
    }
}

/// The pins of a device. Sealing them anew changes the record, so the same record means the same pins.
fn pins(office: &Office) -> BTreeMap<String, Vec<u8>> {
    let mut records = office.device.records();
    records.retain(|name, _| name.starts_with("pins/"));
    records
}

fn class(environment: &Env, name: &str) -> Class {
    environment
        .entries()
        .iter()
        .find(|e| e.name == name)
        .unwrap()
        .class
}

fn reveal(environment: &Env, name: &str) -> Result<String, SealError> {
    let slot = environment
        .entries()
        .iter()
        .find(|e| e.name == name)
        .unwrap()
        .slot;
    environment
        .reveal(&slot)
        .map(|opened| opened.value.as_str().to_owned())
}

/// Changes every secret row that is listed or read.
fn tamper_rows(transport: &Evil<InProcess>, mut change: impl FnMut(&mut Value) + 'static) {
    transport.tamper_json("/api/v4/secrets", move |body| {
        if let Some(rows) = body["secrets"].as_array_mut() {
            rows.iter_mut().for_each(&mut change);
        }
        if body["secret"].is_object() {
            change(&mut body["secret"]);
        }
    });
}

/// Changes the whole list of secret rows.
fn tamper_list(transport: &Evil<InProcess>, mut change: impl FnMut(&mut Vec<Value>) + 'static) {
    transport.tamper_json("/api/v4/secrets?", move |body| {
        if let Some(rows) = body["secrets"].as_array_mut() {
            change(rows);
        }
    });
}

fn named(row: &Value, name: &str) -> bool {
    row["secretKey"] == name
}

async fn metadata_changes_nothing() {
    let stage = Stage::set(1).await;
    tamper_rows(&stage.liar.transport, |row| {
        row["secretComment"] = json!("<b>evil</b>");
        row["version"] = json!(77);
        row["id"] = json!("00000000-0000-0000-0000-000000000000");
        row["_id"] = json!("evil");
        row["environment"] = json!("production");
        row["workspace"] = json!("elsewhere");
        row["createdAt"] = json!("1990-01-01T00:00:00.000Z");
        row["updatedAt"] = json!("2100-01-01T00:00:00.000Z");
        row["tags"] = json!([{ "id": "x", "slug": "evil", "color": "red", "name": "evil" }]);
        row["secretMetadata"] = json!([{ "key": "evil", "value": "evil" }]);
        row["skipMultilineEncoding"] = json!(true);
        row["actor"] = json!({ "name": "mallory" });
        row["isRotatedSecret"] = json!(true);
    });
    let environment = stage.open().await.unwrap();
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));
    let opened = environment.reveal(&environment.entries()[0].slot).unwrap();
    assert_eq!(opened.comment.as_str(), "");
    let honest = stage.office.open_environment("development").await;
    assert_eq!(environment.entries(), honest.entries());
    assert!(environment.strangers().is_empty());
    stage.check(false);
}

async fn swapped_values_are_not_shown() {
    // In place.
    let stage = Stage::set(2).await;
    let values: Rc<RefCell<BTreeMap<String, Value>>> = Rc::default();
    let honest = stage
        .office
        .open_environment("development")
        .await
        .reload()
        .await
        .unwrap();
    assert_eq!(honest.entries().len(), 2);
    for exchange in stage.office.transport.recorded() {
        let Ok(body) = serde_json::from_slice::<Value>(&exchange.answered) else {
            continue;
        };
        for row in body["secrets"].as_array().unwrap_or(&Vec::new()) {
            for name in ["ALPHA", "BETA"] {
                if named(row, name) && row["secretValue"] != "" {
                    values
                        .borrow_mut()
                        .insert(name.to_owned(), row["secretValue"].clone());
                }
            }
        }
    }
    assert_eq!(values.borrow().len(), 2);
    let known = Rc::clone(&values);
    tamper_rows(&stage.liar.transport, move |row| {
        for (name, other) in [("ALPHA", "BETA"), ("BETA", "ALPHA")] {
            if named(row, name) {
                row["secretValue"] = known.borrow()[other].clone();
                return;
            }
        }
    });
    let environment = stage.open().await.unwrap();
    for name in ["ALPHA", "BETA"] {
        assert_eq!(class(&environment, name), Class::Swapped);
        assert_eq!(reveal(&environment, name), Err(SealError::Broken));
    }
    // Nothing by search either.
    assert!(environment.search("value, ninety", 0, 100).hits.is_empty());
    stage.check(false);

    // Under another name, folder and environment.
    let alpha = values.borrow()["ALPHA"].clone();
    let stage = Stage::with(stage.office, 21).await;
    let elsewhere = alpha.clone();
    tamper_list(&stage.liar.transport, move |rows| {
        if let Some(mut copy) = rows.iter().find(|row| named(row, "BETA")).cloned() {
            copy["secretKey"] = json!("COPY");
            copy["secretValue"] = elsewhere.clone();
            rows.push(copy);
        }
    });
    let environment = stage.open().await.unwrap();
    assert_eq!(environment.entries().len(), 2);
    assert_eq!(environment.strangers().len(), 1);
    assert_eq!(environment.strangers()[0].class, Class::Unlisted);
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));

    let prod = stage
        .office
        .open_environment("production")
        .await
        .save(vec![put("/", "ALPHA", "the other alpha")])
        .await
        .unwrap();
    assert_eq!(get(&prod, "ALPHA"), "the other alpha");
    let liar = stage.office.again(22).await;
    tamper_rows(&liar.transport, move |row| {
        if named(row, "ALPHA") {
            row["secretValue"] = alpha.clone();
        }
    });
    let environment = liar.open_environment("production").await;
    assert_eq!(class(&environment, "ALPHA"), Class::Swapped);
    assert_eq!(reveal(&environment, "ALPHA"), Err(SealError::Broken));
    stage.check(false);
}

async fn values_that_look_like_addresses_go_nowhere() {
    let office = Office::open(3).await;
    let values = [
        "https://evil.example/icon.png",
        "//evil.example/x",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "evil.example",
    ];
    let changes = values
        .iter()
        .enumerate()
        .map(|(n, v)| put("/", &format!("URL_{n}"), v))
        .collect();
    let environment = office
        .open_environment("development")
        .await
        .save(changes)
        .await
        .unwrap();
    for entry in environment.entries() {
        environment.reveal(&entry.slot).unwrap();
    }
    office.again(31).await.open_environment("development").await;
    for exchange in office.transport.recorded() {
        assert!(exchange.path.starts_with("/api/"), "{}", exchange.path);
        let path = exchange.path.to_lowercase();
        assert!(!path.contains("evil") && !path.contains("passwd"), "{path}");
        assert!(!String::from_utf8_lossy(&exchange.sent).contains("evil.example"));
    }
}

/// A slot's fields are `suite ‖ kind ‖ profile ‖ …`; base64url of the first four bytes decides them.
fn with_slot_bytes(text: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut bytes = unbase64(text.strip_prefix("cfs1.").unwrap());
    change(&mut bytes);
    format!("cfs1.{}", base64(&bytes))
}

type Mutation = Box<dyn Fn(&str) -> Value>;

async fn weaker_key_derivation_is_refused_before_it_runs() {
    let changes: Vec<(&str, Mutation, Error)> = vec![
        (
            "profile 0",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[2] = 0))),
            Error::UnknownKdfProfile,
        ),
        (
            "profile 3",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[2] = 3))),
            Error::UnknownKdfProfile,
        ),
        (
            "profile 255",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[2] = 255))),
            Error::UnknownKdfProfile,
        ),
        (
            "generation 1",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[6] = 1))),
            Error::UnknownKdfProfile,
        ),
        (
            "parameters in JSON",
            Box::new(|_| json!("{\"m\":8,\"t\":1,\"p\":1}")),
            Error::UnknownEnvelope,
        ),
        (
            "an older format",
            Box::new(|t| json!(t.replacen("cfs1.", "cfs0.", 1))),
            Error::UnknownEnvelope,
        ),
        (
            "suite 2",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[0] = 2))),
            Error::UnknownEnvelope,
        ),
        (
            "the stronger profile's number",
            Box::new(|t| json!(with_slot_bytes(t, |b| b[2] = 2))),
            Error::Forged {
                what: "this account's slot",
            },
        ),
    ];
    let office = Office::open(4).await;
    for (what, change, expected) in changes {
        let device = MemoryDevice::new(41);
        let transport = Evil::new(office.server.browser());
        let change = Rc::new(change);
        let tamper = Rc::clone(&change);
        tamper_list(&transport, move |rows| {
            for row in rows {
                let name = row["secretKey"].as_str().unwrap_or_default().to_owned();
                if name.starts_with('S') && name.len() == 9 {
                    row["secretValue"] = tamper(row["secretValue"].as_str().unwrap());
                }
            }
        });
        let client = Client::new(transport.clone(), device.clone(), office.server.origin());
        let refused = client
            .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
            .await;
        assert_eq!(refused.err(), Some(expected), "{what}");
        // The one stretch was for the login; nothing was stretched or asked after the slot was seen.
        assert_eq!(device.stretched(), 1, "{what}");
        assert!(
            transport
                .recorded()
                .last()
                .unwrap()
                .path
                .starts_with("/api/v4/secrets?"),
            "{what}"
        );
        assert!(device.records().is_empty(), "{what}");
    }
    // No slot at all.
    let transport = Evil::new(office.server.browser());
    tamper_list(&transport, |rows| {
        rows.retain(|row| !row["secretKey"].as_str().unwrap_or_default().starts_with('S'))
    });
    let client = Client::new(transport.clone(), MemoryDevice::new(42), office.server.origin());
    let refused = client
        .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
        .await;
    assert!(matches!(refused.err(), Some(Error::StateVanished { .. })));
    let writes = transport
        .recorded()
        .iter()
        .filter(|e| e.method != Method::Get && !e.path.contains("/auth/"))
        .count();
    assert_eq!(writes, 0, "an account was begun anew");

    // DL04: an older bundle, replayed to a device that has seen a newer one.
    let older = office.transport.recorded().iter().find_map(|exchange| {
        let body: Value = serde_json::from_slice(&exchange.sent).ok()?;
        let text = body["secretValue"].as_str()?;
        text.starts_with("cfb1.").then(|| text.to_owned())
    });
    let older = older.unwrap();
    let device = office.device.clone();
    let transport = Evil::new(office.server.browser());
    tamper_list(&transport, move |rows| {
        rows.retain(|row| !row["secretKey"].as_str().unwrap_or_default().starts_with("B00"));
        rows.push(json!({ "secretKey": "B0000000001", "secretValue": older, "secretPath": "/coffer/account", "type": "shared" }));
    });
    let client = Client::new(transport, device, office.server.origin());
    let known = client.known_accounts().await.unwrap();
    let refused = client.unlock(&known[0], office.passphrase.clone(), None).await;
    assert_eq!(
        refused.err(),
        Some(Error::RolledBack {
            what: "this account's bundle"
        })
    );
}

/// An environment of many secrets, so that one answer carries many mutations at once.
async fn crowd(seed: u64) -> Stage {
    let office = Office::open(seed).await;
    let changes = (0..CROWD)
        .map(|n| put("/many", &format!("M{n}"), ALPHA))
        .chain([put("/", "BETA", BETA)])
        .collect();
    office
        .open_environment("development")
        .await
        .save(changes)
        .await
        .unwrap();
    Stage::with(office, seed).await
}

const CROWD: usize = 200;

/// Changes the text of every secret of a crowd by its number.
fn tamper_crowd(stage: &Stage, change: impl Fn(usize, &str) -> String + 'static) {
    tamper_rows(&stage.liar.transport, move |row| {
        let number = row["secretKey"]
            .as_str()
            .and_then(|name| name.strip_prefix('M')?.parse().ok());
        if let Some(number) = number {
            row["secretValue"] = json!(change(number, row["secretValue"].as_str().unwrap()));
        }
    });
}

async fn every_flipped_bit_is_refused_alike() {
    let stage = crowd(5).await;
    let mut environment = stage.open().await.unwrap();
    let round: Rc<RefCell<usize>> = Rc::default();
    let length: Rc<RefCell<usize>> = Rc::default();
    let (at, len) = (Rc::clone(&round), Rc::clone(&length));
    tamper_crowd(&stage, move |number, text| {
        // The text is ASCII: each of its bytes has seven bits that can be flipped.
        let mut text = text.as_bytes().to_vec();
        *len.borrow_mut() = text.len();
        let bit = (*at.borrow() * CROWD + number) % (text.len() * 7);
        text[bit / 7] ^= 1 << (bit % 7);
        String::from_utf8(text).unwrap()
    });
    let mut bits = 0;
    loop {
        environment = environment.reload().await.unwrap();
        for entry in environment
            .entries()
            .iter()
            .filter(|entry| entry.name.starts_with('M'))
        {
            assert_eq!(
                environment.reveal(&entry.slot).err(),
                Some(SealError::Broken),
                "{} in {bits}",
                entry.name
            );
            assert!(!matches!(entry.class, Class::Ok | Class::Lagging));
            bits += 1;
        }
        *round.borrow_mut() += 1;
        if bits >= *length.borrow() * 7 {
            break;
        }
    }
    assert!(bits > 1000);
    assert_eq!(reveal(&environment, "BETA").as_deref(), Ok(BETA));
    stage.check(false);
}

async fn dropped_old_doubled_and_restored_secrets_are_told() {
    // Over a checkpoint's boundary, so that no record is held whose body could stand in.
    let office = Office::open(7).await;
    let mut environment = office.open_environment("development").await;
    environment = environment
        .save(vec![put("/", "ALPHA", ALPHA), put("/", "GONE", "deleted later")])
        .await
        .unwrap();
    let first = rows_of(&office, "/", "ALPHA").await;
    let gone = rows_of(&office, "/", "GONE").await;
    let slot = |environment: &Env, name: &str| {
        environment
            .entries()
            .iter()
            .find(|e| e.name == name)
            .unwrap()
            .slot
    };
    let edit = |environment: &Env, value: &str| {
        vec![Change::Put {
            slot: Some(slot(environment, "ALPHA")),
            path: "/".into(),
            name: "ALPHA".into(),
            value: Zeroizing::new(value.into()),
            comment: Zeroizing::default(),
        }]
    };
    let delete = vec![Change::Delete {
        slot: slot(&environment, "GONE"),
    }];
    environment = environment.save(delete).await.unwrap();
    environment = environment
        .save(edit(&environment, "second alpha value"))
        .await
        .unwrap();
    environment = environment
        .save(edit(&environment, "third alpha value"))
        .await
        .unwrap();

    // While the record's body is held a dropped row lags, with the current value.
    let stage = Stage::with(office, 71).await;
    tamper_list(&stage.liar.transport, |rows| {
        rows.retain(|row| !named(row, "ALPHA"))
    });
    let seen = stage.open().await.unwrap();
    assert_eq!(class(&seen, "ALPHA"), Class::Lagging);
    assert_eq!(reveal(&seen, "ALPHA").as_deref(), Ok("third alpha value"));

    // An older version is an older version, whatever is held.
    stage.liar.transport.honest();
    tamper_rows(&stage.liar.transport, move |row| {
        if named(row, "ALPHA") {
            row["secretValue"] = first.clone();
        }
    });
    let seen = seen.reload().await.unwrap();
    assert_eq!(class(&seen, "ALPHA"), Class::RolledBack);
    assert_eq!(reveal(&seen, "ALPHA"), Err(SealError::Broken));

    // A deleted secret that comes back, and a copy under another name.
    stage.liar.transport.honest();
    tamper_list(&stage.liar.transport, move |rows| {
        let Some(mut extra) = rows.iter().find(|row| named(row, "ALPHA")).cloned() else {
            return;
        };
        let mut copy = extra.clone();
        extra["secretKey"] = json!("GONE");
        extra["secretValue"] = gone.clone();
        copy["secretKey"] = json!("COPY");
        rows.push(extra);
        rows.push(copy);
    });
    let seen = seen.reload().await.unwrap();
    let mut strangers: Vec<_> = seen
        .strangers()
        .iter()
        .map(|s| (s.name.as_str(), s.class))
        .collect();
    strangers.sort();
    // The deletion's record is held, so its remains are what a writer had no time to remove; a copy is no such thing.
    assert!(strangers.contains(&("COPY", Class::Unlisted)), "{strangers:?}");
    assert!(seen.entries().iter().all(|e| e.name == "ALPHA"));

    // Behind a checkpoint nothing stands in for a row.
    stage.liar.transport.honest();
    for n in 0..258 {
        environment = environment
            .save(vec![put("/many", &format!("N{n}"), "x")])
            .await
            .unwrap();
    }
    let stage = Stage::with(stage.office, 72).await;
    let gone = rows_of_deleted(&stage.office);
    tamper_list(&stage.liar.transport, move |rows| {
        rows.retain(|row| !named(row, "ALPHA"));
        if rows.iter().any(|row| named(row, "N0")) {
            return;
        }
        if let Some(path) = rows.first().map(|r| r["secretPath"].clone())
            && path != "/"
        {
            return;
        }
        rows.push(json!({ "secretKey": "GONE", "secretValue": gone, "secretPath": "/", "type": "shared" }));
    });
    let seen = stage.open().await.unwrap();
    assert_eq!(class(&seen, "ALPHA"), Class::Missing);
    assert_eq!(reveal(&seen, "ALPHA"), Err(SealError::Missing));
    assert!(
        seen.strangers()
            .iter()
            .any(|s| s.name == "GONE" && s.class == Class::Resurrected),
        "{:?}",
        seen.strangers()
    );
    stage.check(false);
}

/// The text of a row as the server has it now.
async fn rows_of(office: &Office, path: &str, name: &str) -> Value {
    let project = office.project.summary().id;
    let url = format!(
        "/api/v4/secrets/{name}?projectId={project}&environment=development&secretPath={}",
        path.replace('/', "%2F")
    );
    let answer = office
        .server
        .browser()
        .call(Method::Get, &url, Some(&office.bearer()), None)
        .await;
    answer["secret"]["secretValue"].clone()
}

/// The sealed text of the secret that was deleted, as it was sent once.
fn rows_of_deleted(office: &Office) -> Value {
    for exchange in office.transport.recorded() {
        let Ok(body) = serde_json::from_slice::<Value>(&exchange.sent) else {
            continue;
        };
        for row in body["secrets"].as_array().unwrap_or(&Vec::new()) {
            if named(row, "GONE") && row["secretValue"].is_string() {
                return row["secretValue"].clone();
            }
        }
    }
    panic!("never sent")
}

async fn an_environment_replaced_after_creation_is_refused() {
    // Two offices with environments of one name: the second one's rows are served to the first.
    let server = TestServer::start();
    let office = Office::open_on(&server, 8).await;
    let other = office
        .vault
        .create_project(
            "Other",
            &[coffer_client::NewEnvironment {
                name: "Development".into(),
                slug: "development".into(),
            }],
        )
        .await
        .unwrap();
    let (mine, theirs) = (office.project.summary().id.to_string(), other.id.to_string());
    for part in ["%2Fcoffer%2Flog", "%2Fcoffer%2Fbody", "%2Fcoffer%2Fwraps"] {
        let stage = Stage::with(office.again(80).await, 81).await;
        let (mine, theirs) = (mine.clone(), theirs.clone());
        let browser = server.browser();
        let answers: Rc<RefCell<BTreeMap<String, Vec<u8>>>> = Rc::default();
        // The lie has to be known before the question: fetch what the other environment would answer.
        for path in ["%2Fcoffer%2Flog", "%2Fcoffer%2Fbody%2F0", "%2Fcoffer%2Fwraps%2F1"] {
            let url = format!(
                "/api/v4/secrets?projectId={theirs}&environment=development&secretPath={path}&recursive=true"
            );
            let answer = browser
                .call(Method::Get, &url, Some(&office.bearer()), None)
                .await;
            answers
                .borrow_mut()
                .insert(path.to_owned(), answer.to_string().into_bytes());
        }
        stage.liar.transport.tamper(move |request, response| {
            if !request.path.contains(&mine) || !request.path.contains(part) {
                return;
            }
            let all = answers.borrow();
            let Some((_, list)) = all.iter().find(|(path, _)| path.contains(part)) else {
                return;
            };
            if request.path.starts_with("/api/v4/secrets?") {
                response.body.clone_from(list);
            } else if let Ok(list) = serde_json::from_slice::<Value>(list) {
                response.status = 200;
                response.body = json!({ "secret": list["secrets"][0] }).to_string().into_bytes();
            }
        });
        let refused = stage.open().await.err();
        assert!(
            matches!(
                refused,
                Some(Error::Forged { .. } | Error::Forked { .. } | Error::StateVanished { .. })
            ),
            "{part}: {refused:?}"
        );
        stage.check(true);
        // What was opened before is not written to either.
        drop(refused);
    }
}

async fn slots_and_bundles_of_another_making_are_refused() {
    let office = Office::open(9).await;
    let stranger = Office::open(91).await;
    let theirs = |prefix: &'static str| {
        stranger.transport.recorded().iter().rev().find_map(|exchange| {
            let body: Value = serde_json::from_slice(&exchange.sent).ok()?;
            let text = body["secretValue"].as_str()?;
            text.starts_with(prefix).then(|| text.to_owned())
        })
    };
    for (letter, prefix, expected) in [
        (
            'S',
            "cfs1.",
            Error::Forged {
                what: "this account's slot",
            },
        ),
        (
            'B',
            "cfb1.",
            Error::Forged {
                what: "this account's bundle",
            },
        ),
    ] {
        let evil = theirs(prefix).unwrap();
        let transport = Evil::new(office.server.browser());
        tamper_list(&transport, move |rows| {
            for row in rows {
                if row["secretKey"].as_str().unwrap_or_default().starts_with(letter) {
                    row["secretValue"] = json!(evil);
                }
            }
        });
        let device = MemoryDevice::new(92);
        let client = Client::new(transport.clone(), device.clone(), office.server.origin());
        let refused = client
            .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
            .await;
        assert_eq!(refused.err(), Some(expected), "{prefix}");
        assert!(device.records().is_empty());
        assert!(
            transport
                .recorded()
                .iter()
                .all(|e| e.method == Method::Get || e.path.contains("/auth/"))
        );
    }
}

async fn empty_answers_never_start_anew() {
    let vanished = |error: Option<Error>| {
        matches!(
            error,
            Some(
                Error::StateVanished { .. }
                    | Error::RolledBack { .. }
                    | Error::Forbidden
                    | Error::Server { .. }
            )
        )
    };
    let replies: Vec<(&str, u16, &str)> = vec![
        ("404", 404, r#"{"error":"NotFound","message":"no"}"#),
        (
            "an empty list",
            200,
            r#"{"secrets":[],"secret":null,"folders":[]}"#,
        ),
        ("nothing", 200, ""),
        ("null", 200, "null"),
        ("{}", 200, "{}"),
    ];
    for place in ["%2Fcoffer%2Faccount", "%2Fcoffer%2Fkeyring", "%2Fcoffer%2Flog"] {
        for (what, status, body) in &replies {
            let office = Office::open(10).await;
            let opened = office
                .open_environment("development")
                .await
                .save(vec![put("/", "ALPHA", ALPHA)])
                .await
                .unwrap();
            let before = pins(&office);
            let (status, body) = (*status, body.as_bytes().to_vec());
            let lie = move |request: &Request| {
                (request.path.starts_with("/api/v4/secrets")
                    && request.path.contains(place)
                    && request.method == Method::Get)
                    .then(|| {
                        Ok(Response {
                            status,
                            body: body.clone(),
                        })
                    })
            };
            let transport = Evil::new(office.server.browser());
            transport.intercept(lie);
            let client = Client::new(transport.clone(), office.device.clone(), office.server.origin());
            let known = client.known_accounts().await.unwrap();
            let outcome = match client.unlock(&known[0], office.passphrase.clone(), None).await {
                Err(error) => Some(error),
                Ok(vault) => match vault.open_project(&office.project.summary().id).await {
                    Err(error) => Some(error),
                    Ok(project) => project.open_environment("development").await.err(),
                },
            };
            assert!(vanished(outcome.clone()), "{place} {what}: {outcome:?}");
            let writes = transport
                .recorded()
                .iter()
                .filter(|e| e.method != Method::Get && !e.path.contains("/auth/"))
                .count();
            assert_eq!(writes, 0, "{place} {what}: something was begun anew");
            assert_eq!(pins(&office), before, "{place} {what}: a pin moved");
            drop(opened);
        }
    }
}

async fn other_envelopes_are_unknown() {
    let stage = Stage::set(11).await;
    let honest = rows_of(&stage.office, "/", "ALPHA")
        .await
        .as_str()
        .unwrap()
        .to_owned();
    let inner = honest.strip_prefix("cfr1.").unwrap().to_owned();
    let lies = vec![
        format!("cfr0.{inner}"),
        format!("cfr2.{inner}"),
        format!("2.{inner}"),
        inner.clone(),
        format!("CFR1.{inner}"),
        format!("cfs1.{inner}"),
        format!("cfr1.{inner}="),
        format!("cfr1.{}", &inner[..inner.len() - 4]),
        format!("cfr1.{inner}AAAA"),
        format!("cfr1.{}", &inner[..20]),
        "cfr1.".to_owned(),
        format!(" {honest}"),
        format!("{honest}\n"),
    ];
    let now: Rc<RefCell<String>> = Rc::default();
    let served = Rc::clone(&now);
    let mut environment = stage.open().await.unwrap();
    tamper_rows(&stage.liar.transport, move |row| {
        if named(row, "ALPHA") {
            row["secretValue"] = json!(*served.borrow());
        }
    });
    for lie in lies {
        *now.borrow_mut() = lie.clone();
        environment = environment.reload().await.unwrap();
        assert!(
            matches!(class(&environment, "ALPHA"), Class::Unsealed | Class::Swapped),
            "{lie}: {:?}",
            class(&environment, "ALPHA")
        );
        assert_eq!(reveal(&environment, "ALPHA"), Err(SealError::Broken), "{lie}");
    }
    stage.check(false);
}

async fn all_mutations_look_the_same_from_outside() {
    let stage = crowd(12).await;
    let mut environment = stage.open().await.unwrap();
    let round: Rc<RefCell<usize>> = Rc::default();
    let at = Rc::clone(&round);
    tamper_crowd(&stage, move |number, text| {
        let mut bytes = unbase64(text.strip_prefix("cfr1.").unwrap());
        let mut x = ((*at.borrow() * CROWD + number) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..3 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let place = (x as usize) % bytes.len();
            bytes[place] = bytes[place].wrapping_add((x >> 32) as u8 | 1);
        }
        format!("cfr1.{}", base64(&bytes))
    });
    let mut counts = std::collections::BTreeSet::new();
    for n in 0..50 {
        *round.borrow_mut() = n;
        let before = stage.liar.transport.recorder().count();
        environment = environment.reload().await.unwrap();
        for entry in environment
            .entries()
            .iter()
            .filter(|entry| entry.name.starts_with('M'))
        {
            assert_eq!(
                environment.reveal(&entry.slot).err(),
                Some(SealError::Broken),
                "{}",
                entry.name
            );
        }
        counts.insert(stage.liar.transport.recorder().count() - before);
        stage.liar.transport.recorder().clear();
    }
    assert_eq!(
        counts.len(),
        1,
        "the number of requests tells mutations apart: {counts:?}"
    );
}

/// A device that remembers which passphrases took the Argon2 path, without running it.
#[derive(Clone)]
struct Noting {
    inner: MemoryDevice,
    jobs: Rc<RefCell<Vec<usize>>>,
}

impl Device for Noting {
    fn fill(&self, out: &mut [u8]) {
        self.inner.fill(out);
    }
    fn now(&self) -> u64 {
        self.inner.now()
    }
    async fn stretch(&self, job: StretchJob) -> Result<Stretched, StretchError> {
        self.jobs.borrow_mut().push(job.to_bytes().len());
        self.inner.stretch(job).await
    }
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, coffer_client::StorageError> {
        self.inner.load(key).await
    }
    async fn save(&self, key: &str, value: &[u8]) -> Result<(), coffer_client::StorageError> {
        self.inner.save(key, value).await
    }
    async fn erase(&self, key: &str) -> Result<(), coffer_client::StorageError> {
        self.inner.erase(key).await
    }
    async fn keys(&self) -> Result<Vec<String>, coffer_client::StorageError> {
        self.inner.keys().await
    }
}

async fn passphrases_that_look_like_keys_are_stretched() {
    for text in ["k".repeat(32), "A".repeat(43), "0f".repeat(32), "f".repeat(64)] {
        let server = TestServer::start();
        let device = Noting {
            inner: MemoryDevice::new(13),
            jobs: Rc::default(),
        };
        let client = Client::new(server.browser(), device.clone(), server.origin());
        let set_up = SetUp {
            email: "ada@example.org".into(),
            organization: "x".into(),
            passphrase: Passphrase::typed(&text),
        };
        client.set_up(set_up).await.unwrap();
        // Profile, salt and the whole text went into Argon2.
        assert_eq!(*device.jobs.borrow(), [17 + text.len()]);
    }
}

async fn plaintext_is_never_taken_for_a_value() {
    let stage = Stage::set(14).await;
    for injected in [
        "evil",
        "",
        " ",
        "postgres://evil.example/db",
        "{\"a\":1}",
        "${ALPHA}",
        "<hidden-by-infisical>",
    ] {
        stage.liar.transport.honest();
        let environment = stage.open().await.unwrap();
        tamper_rows(&stage.liar.transport, move |row| {
            if named(row, "ALPHA") || named(row, "BETA") {
                row["secretValue"] = json!(injected);
            }
        });
        let environment = environment.reload().await.unwrap();
        for name in ["ALPHA", "BETA"] {
            if injected == "<hidden-by-infisical>" {
                // A value that the server hides is no value; the record that is held stands in.
                assert_eq!(class(&environment, name), Class::Lagging);
                continue;
            }
            assert_eq!(class(&environment, name), Class::Unsealed, "{injected:?}");
            assert_eq!(reveal(&environment, name), Err(SealError::Broken));
        }
    }
    stage.liar.transport.honest();
    tamper_list(&stage.liar.transport, |rows| {
        if rows.iter().any(|row| named(row, "ALPHA")) {
            rows.push(json!({ "secretKey": "LD_PRELOAD", "secretValue": "/tmp/evil.so", "secretPath": "/", "type": "shared" }));
        }
    });
    let environment = stage.open().await.unwrap();
    let strangers: Vec<_> = environment
        .strangers()
        .iter()
        .map(|s| (s.name.as_str(), s.class))
        .collect();
    assert_eq!(strangers, [("LD_PRELOAD", Class::Unsealed)]);
    assert!(environment.entries().iter().all(|e| e.name != "LD_PRELOAD"));
    stage.check(false);
}

async fn an_aliased_name_is_another_name() {
    let office = Office::open(15).await;
    let saved = office
        .open_environment("development")
        .await
        .save(vec![put("/", "Café", ALPHA)])
        .await;
    saved.unwrap();
    for alias in [
        "café",
        "CAFÉ",
        "Cafe\u{301}",
        "Café ",
        " Café",
        "Café\u{a0}",
        "Café\u{200b}",
    ] {
        let stage = Stage::with(office.again(150).await, 151).await;
        tamper_rows(&stage.liar.transport, move |row| {
            if named(row, "Café") {
                row["secretKey"] = json!(alias);
            }
        });
        let environment = stage.open().await.unwrap();
        let entry = &environment.entries()[0];
        assert_eq!(entry.name, "Café", "{alias:?}");
        // Its record is held, so the value is known; the alias is nobody's.
        assert_eq!(entry.class, Class::Lagging, "{alias:?}");
        assert_eq!(reveal(&environment, "Café").as_deref(), Ok(ALPHA));
        let strangers: Vec<_> = environment
            .strangers()
            .iter()
            .map(|s| (s.name.as_str(), s.class))
            .collect();
        assert_eq!(strangers, [(alias, Class::Unlisted)]);
    }
}

async fn an_environment_served_for_another_is_refused() {
    let office = Office::open(16).await;
    office
        .open_environment("development")
        .await
        .save(vec![put("/", "ALPHA", ALPHA)])
        .await
        .unwrap();
    office
        .open_environment("production")
        .await
        .save(vec![put("/", "BETA", BETA)])
        .await
        .unwrap();
    let stage = Stage::with(office, 161).await;
    // Production is asked for, development is served.
    let server = stage.office.server.clone();
    let swapped = SwapEnvironments {
        honest: server.browser(),
    };
    let client = Client::new(swapped, MemoryDevice::new(162), server.origin());
    let vault = client
        .sign_in_with_kit(&stage.office.kit, stage.office.passphrase.clone(), None)
        .await
        .unwrap();
    let project = vault
        .open_project(&stage.office.project.summary().id)
        .await
        .unwrap();
    let refused = project.open_environment("production").await.err();
    assert!(
        matches!(refused, Some(Error::Forged { .. } | Error::Forked { .. })),
        "{refused:?}"
    );
    stage.check(true);
}

/// Serves one environment for the other.
struct SwapEnvironments {
    honest: InProcess,
}

impl Transport for SwapEnvironments {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        request.path = request
            .path
            .replace("environment=production", "environment=development");
        self.honest.send(request).await
    }
}

async fn an_old_snapshot_is_noticed() {
    let stage = Stage::set(17).await;
    let environment = stage.open().await.unwrap();
    // The server remembers what it answers now …
    let memory: Rc<RefCell<BTreeMap<String, Response>>> = Rc::default();
    let learn = Rc::clone(&memory);
    stage.liar.transport.tamper(move |request, response| {
        if request.method == Method::Get {
            learn.borrow_mut().insert(request.path.clone(), response.clone());
        }
    });
    let again = stage.liar.project.open_environment("development").await.unwrap();
    assert_eq!(again.seq(), 1);
    stage.liar.transport.honest();
    // … three writes happen …
    let mut newest = environment;
    for n in 0..3 {
        newest = newest
            .save(vec![put("/", &format!("NEW_{n}"), "new")])
            .await
            .unwrap();
    }
    let before = pins(&stage.liar);
    // … and the old state is served again, to this session and to the next.
    let memory = memory.borrow().clone();
    let replay = move |request: &Request| {
        if request.method != Method::Get || !request.path.contains("%2Fcoffer%2Flog") {
            return None;
        }
        let old = memory.get(&request.path).cloned();
        Some(Ok(old.unwrap_or(Response {
            status: 404,
            body: br#"{"error":"NotFound","message":""}"#.to_vec(),
        })))
    };
    stage.liar.transport.intercept(replay.clone());
    let refused = newest.reload().await.err();
    assert_eq!(
        refused,
        Some(Error::RolledBack {
            what: "this environment's history"
        })
    );
    assert_eq!(pins(&stage.liar), before);
    let transport = Evil::new(stage.office.server.browser());
    let client = Client::new(
        transport.clone(),
        stage.liar.device.clone(),
        stage.office.server.origin(),
    );
    let known = client.known_accounts().await.unwrap();
    let vault = client
        .unlock(&known[0], stage.office.passphrase.clone(), None)
        .await
        .unwrap();
    let project = vault
        .open_project(&stage.office.project.summary().id)
        .await
        .unwrap();
    let headers: Rc<RefCell<usize>> = Rc::default();
    let seen = Rc::clone(&headers);
    tamper_list(&transport, move |rows| {
        // Only the first two headers are left, as in an old backup.
        rows.retain(|row| {
            match row["secretKey"]
                .as_str()
                .and_then(|n| n.strip_prefix('H'))
                .and_then(|n| n.parse::<u64>().ok())
            {
                Some(seq) => {
                    *seen.borrow_mut() += 1;
                    seq < 2
                }
                None => true,
            }
        });
    });
    let refused = project.open_environment("development").await.err();
    assert!(*headers.borrow() >= 5);
    assert_eq!(
        refused,
        Some(Error::RolledBack {
            what: "this environment's history"
        })
    );
}

async fn exchanged_shares_are_damaged() {
    let server = TestServer::start();
    let office = Office::open_on(&server, 18).await;
    let one = office.share("the first text to share", None, None).await;
    let two = office.share("the second text to share", None, None).await;
    let locked = office
        .share("the third text to share", Some(1), Some("tide"))
        .await;
    let transport = Evil::new(server.browser());
    let client = Client::new(transport.clone(), MemoryDevice::new(181), server.origin());
    let link = |created: &coffer_client::CreatedShare| share_from_link(&created.link_fragment).unwrap();
    let text = |content: ShareContent| match content {
        ShareContent::Text(text) => text.as_str().to_owned(),
        ShareContent::Secrets(_) => panic!("not a text"),
    };
    // Honest first, and the look before the click asks nobody.
    assert_eq!(transport.recorder().count(), 0);
    assert_eq!(
        text(client.reveal_share(&link(&one), None).await.unwrap()),
        "the first text to share"
    );
    // The ciphertext of the other share.
    let sealed = transport.recorded().iter().rev().find_map(|exchange| {
        serde_json::from_slice::<Value>(&exchange.answered).ok()?["secretValue"]
            .as_str()
            .map(str::to_owned)
    });
    let sealed = sealed.unwrap();
    transport.tamper_json("/access", move |body| body["secretValue"] = json!(sealed));
    assert_eq!(
        client.reveal_share(&link(&two), None).await.err(),
        Some(RevealError::Damaged)
    );
    transport.honest();
    // Flipped, cut off, plain.
    for change in ["cfh1.AAAA", "the second text to share", ""] {
        transport.tamper_json("/access", move |body| body["secretValue"] = json!(change));
        assert_eq!(
            client.reveal_share(&link(&two), None).await.err(),
            Some(RevealError::Damaged)
        );
        transport.honest();
    }
    // A wrong passphrase costs no view; the right one is the only one.
    let wrong = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("ebb")))
        .await;
    assert_eq!(wrong.err(), Some(RevealError::WrongPassphrase));
    let right = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("tide")))
        .await
        .unwrap();
    assert_eq!(text(right), "the third text to share");
    let again = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("tide")))
        .await;
    assert_eq!(again.err(), Some(RevealError::Used));
    // The link's key never reached the server, nor did any text; T_share is not the key.
    let mut canary = Canary::new();
    for (n, created) in [&one, &two, &locked].into_iter().enumerate() {
        let key = created.link_fragment.split('.').nth(1).unwrap();
        canary.add(&format!("link key {n}"), key.as_bytes());
        canary.add(&format!("raw link key {n}"), &unbase64(key));
    }
    let canary = canary.watch("text", "text to share");
    assert_eq!(canary.check(&transport.recorded()), []);
    assert_eq!(canary.check(&office.transport.recorded()), []);
    for (name, bytes) in server.files() {
        assert_eq!(canary.check_bytes(&name, &bytes), [], "{name}");
    }
    let states: Vec<_> = office
        .vault
        .shares()
        .await
        .unwrap()
        .into_iter()
        .map(|s| s.state)
        .collect();
    assert!(states.contains(&ShareState::UsedUp), "{states:?}");
}

/// A real socket that answers with redirects, and one that would be the goal.
async fn redirects_are_not_followed() {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let goal = TcpListener::bind("127.0.0.1:0").unwrap();
    let goal_port = goal.local_addr().unwrap().port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    std::thread::spawn(move || {
        for stream in goal.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    for status in [301, 302, 303, 307, 308] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                drop(stream.read(&mut buffer));
                let answer = format!(
                    "HTTP/1.1 {status} Moved\r\nlocation: http://127.0.0.1:{goal_port}/api/steal\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        let base = format!("http://127.0.0.1:{port}");
        let origin = coffer_client::ServerOrigin::parse(&base).unwrap();
        let client = Client::new(Loopback::new(&base), MemoryDevice::new(19), origin);
        let refused = client.server_status().await.err();
        assert_eq!(
            refused,
            Some(Error::Transport(TransportError::Redirected)),
            "{status}"
        );
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

async fn answers_have_an_end() {
    let stage = Stage::set(20).await;
    // A million rows.
    let environment = stage.open().await.unwrap();
    let before = pins(&stage.liar);
    tamper_list(&stage.liar.transport, |rows| {
        if rows.iter().any(|row| named(row, "ALPHA")) {
            rows.extend((0..60_000).map(|n| json!({ "secretKey": format!("N{n}"), "secretValue": "x", "secretPath": "/", "type": "shared" })));
        }
    });
    assert_eq!(environment.reload().await.err(), Some(Error::TooLarge));
    stage.liar.transport.honest();
    // A body without end: the transport stops reading it, and so does whoever is handed one all the same.
    let big = "A".repeat(9 << 20);
    stage
        .liar
        .transport
        .tamper_json("%2Fcoffer%2Fkeyring", move |body| {
            if let Some(rows) = body["secrets"].as_array_mut() {
                for row in rows {
                    row["secretValue"] = json!(format!("cfk1.{big}"));
                }
            }
        });
    assert_eq!(stage.liar.project.refresh().await.err(), Some(Error::TooLarge));
    stage.liar.transport.honest();
    stage.liar.transport.intercept(|request| {
        request
            .path
            .contains("/api/v1/projects")
            .then_some(Err(TransportError::TooLarge))
    });
    assert_eq!(stage.liar.vault.projects().await.err(), Some(Error::TooLarge));
    stage.liar.transport.honest();
    stage
        .liar
        .transport
        .intercept(|_| Some(Err(TransportError::TimedOut)));
    assert_eq!(stage.liar.vault.projects().await.err(), Some(Error::Offline));
    stage.liar.transport.honest();
    assert_eq!(pins(&stage.liar), before);
    // A value of 64 KiB is the largest.
    let long = "x".repeat((64 << 10) + 1);
    let refused = environment.save(vec![put("/", "LONG", &long)]).await.err();
    assert!(matches!(
        refused,
        Some(SaveError::Failed(Error::Invalid { field: "value", .. }))
    ));
    let environment = environment
        .save(vec![put("/", "LONG", &long[1..])])
        .await
        .unwrap();
    assert_eq!(get(&environment, "LONG").len(), 64 << 10);
    stage.check(false);
}

async fn json_that_means_two_things_is_refused() {
    let stage = Stage::set(23).await;
    let environment = stage.open().await.unwrap();
    let before = pins(&stage.liar);
    let strange: Vec<Vec<u8>> = vec![
        br#"{"secrets":[],"secrets":[{"secretKey":"A","secretValue":"x"}]}"#.to_vec(),
        br#"{"secrets":{"0":{}}}"#.to_vec(),
        br#"{"secrets":[{"secretKey":1,"secretValue":"x"}]}"#.to_vec(),
        br#"{"secrets":[{"secretKey":"A","secretValue":7}]}"#.to_vec(),
        br#"{"secrets":[{"secretKey":"A","secretValue":"x","secretValue":"y"}]}"#.to_vec(),
        br#"{"secrets":[{"secretKey":"A","secretValue":"x","secretValueHidden":"false"}]}"#.to_vec(),
        br#"{"secrets":1e999999}"#.to_vec(),
        br#"{"secrets":[null]}"#.to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe".to_vec(),
        "[".repeat(100_000).into_bytes(),
        br#"{"secrets":[]"#.to_vec(),
        b"<html>".to_vec(),
    ];
    for body in strange {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let served = body.clone();
        stage.liar.transport.tamper(move |request, response| {
            if request.path.starts_with("/api/v4/secrets?") && request.path.contains("secretPath=%2F&") {
                response.body.clone_from(&served);
            }
        });
        let refused = environment.reload().await.err();
        assert!(
            matches!(refused, Some(Error::Server { status: 200, .. })),
            "{shown}: {refused:?}"
        );
        stage.liar.transport.honest();
    }
    // Unknown keys and odd but honest numbers are nothing.
    tamper_rows(&stage.liar.transport, |row| {
        row["novelty"] = json!({ "deep": [1, 2, { "x": 1e300 }] });
        row["version"] = json!(1e3);
        row["secretReminderNote"] = Value::Null;
    });
    let environment = environment.reload().await.unwrap();
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));
    assert_eq!(pins(&stage.liar), before);
    stage.check(false);
}

async fn withheld_rows_are_read_from_their_records() {
    let stage = Stage::set(24).await;
    tamper_list(&stage.liar.transport, |rows| {
        rows.retain(|row| !named(row, "ALPHA") && !named(row, "BETA"))
    });
    let environment = stage.open().await.unwrap();
    for (name, value) in [("ALPHA", ALPHA), ("BETA", BETA)] {
        assert_eq!(class(&environment, name), Class::Lagging);
        assert_eq!(reveal(&environment, name).as_deref(), Ok(value));
    }
    // Doubled rows: the first counts, whatever the second says.
    stage.liar.transport.honest();
    tamper_list(&stage.liar.transport, |rows| {
        let doubled: Vec<_> = rows.clone();
        rows.extend(doubled);
    });
    let environment = environment.reload().await.unwrap();
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));
    stage.check(false);
}

async fn a_policy_in_the_way_is_named_and_loses_nothing() {
    let stage = Stage::set(25).await;
    let environment = stage.open().await.unwrap();
    let before = pins(&stage.liar);
    stage.liar.transport.intercept(|request| {
        (request.path.starts_with("/api/v4/secrets") && request.method != Method::Get).then(|| {
            Ok(Response {
                status: 200,
                body: br#"{"approval":{"id":"1","status":"open"}}"#.to_vec(),
            })
        })
    });
    let refused = environment.save(vec![put("/", "NEW", "new value")]).await.err();
    assert_eq!(refused, Some(SaveError::Failed(Error::PolicyBlocksCoffer)));
    assert_eq!(pins(&stage.liar), before);
    stage.liar.transport.honest();
    let environment = environment.reload().await.unwrap();
    assert_eq!(environment.entries().len(), 2);
    environment
        .save(vec![put("/", "NEW", "new value")])
        .await
        .unwrap();
    stage.check(false);
}

fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, at| {
            word << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        for at in 0..=group.len() {
            out.push(char::from(TABLE[word >> (18 - 6 * at) & 63]));
        }
    }
    out
}

fn unbase64(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for symbol in text.bytes() {
        bits = bits << 6 | TABLE.iter().position(|t| *t == symbol).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

const TABLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

async fn unlocking_among_injected_fields_writes_nothing() {
    let stage = Stage::set(26).await;
    let transport = Evil::new(stage.office.server.browser());
    transport.tamper(|_, response| {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(&response.body) else {
            return;
        };
        for key in [
            "recoveryPolicy",
            "adminPublicKey",
            "publicKey",
            "superAdmins",
            "keyConnectorUrl",
            "minVersion",
        ] {
            body.insert(
                key.to_owned(),
                json!({ "key": "AAAA", "enrol": true, "url": "https://evil.example" }),
            );
        }
        response.body = Value::Object(body).to_string().into_bytes();
    });
    let client = Client::new(
        transport.clone(),
        MemoryDevice::new(261),
        stage.office.server.origin(),
    );
    let vault = client
        .sign_in_with_kit(&stage.office.kit, stage.office.passphrase.clone(), None)
        .await
        .unwrap();
    let project = vault
        .open_project(&stage.office.project.summary().id)
        .await
        .unwrap();
    let environment = project.open_environment("development").await.unwrap();
    assert_eq!(environment.entries().len(), 2);
    let recorded = transport.recorded();
    assert!(recorded.len() > 5);
    for exchange in &recorded {
        assert!(
            exchange.method == Method::Get || exchange.path.contains("/auth/"),
            "{}",
            exchange.path
        );
        assert!(!String::from_utf8_lossy(&exchange.sent).contains("evil"));
    }
}

async fn a_moved_row_is_not_taken_there() {
    let stage = Stage::set(27).await;
    tamper_rows(&stage.liar.transport, |row| {
        if named(row, "ALPHA") {
            row["secretPath"] = json!("/db");
        }
    });
    let environment = stage.open().await.unwrap();
    // At its old place the value comes from the record; at the new one it is nobody's.
    assert_eq!(class(&environment, "ALPHA"), Class::Lagging);
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));
    let strangers: Vec<_> = environment
        .strangers()
        .iter()
        .map(|s| (s.path.as_str(), s.name.as_str(), s.class))
        .collect();
    assert_eq!(strangers, [("/db", "ALPHA", Class::Unlisted)]);
    stage.check(false);
}

async fn a_project_that_nobody_introduced_stays_closed() {
    let office = Office::open(28).await;
    let friend = office
        .invite(
            281,
            "friend@example.org",
            &[("development", coffer_client::Right::Write)],
        )
        .await;
    // The server makes the friend a member of a project whose keyring somebody else founded.
    let environments = [coffer_client::NewEnvironment {
        name: "Trap".into(),
        slug: "trap".into(),
    }];
    let trap = office.vault.create_project("Trap", &environments).await.unwrap();
    let url = format!("/api/v1/projects/{}/memberships", trap.id);
    let body = json!({ "emails": ["friend@example.org"], "usernames": [], "roleSlugs": ["admin"] });
    office
        .server
        .browser()
        .call(Method::Post, &url, Some(&office.bearer()), Some(body))
        .await;
    let before = pins(&friend);
    assert!(
        friend
            .vault
            .projects()
            .await
            .unwrap()
            .iter()
            .any(|p| p.id == trap.id)
    );
    friend.transport.recorder().clear();
    let project = friend.vault.open_project(&trap.id).await.unwrap();
    let shown = project.environments();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].state, coffer_client::EnvironmentState::Unverified);
    assert_eq!(shown[0].right, coffer_client::Right::None);
    assert_eq!(
        project.open_environment("trap").await.err(),
        Some(Error::Unverified)
    );
    assert_eq!(
        project.create_environment("More", "more").await.err(),
        Some(Error::Unverified)
    );
    assert_eq!(project.members().await.err(), Some(Error::Unverified));
    assert_eq!(pins(&friend), before, "nothing is accepted by looking at it");
    assert_eq!(friend.transport.recorder().writes(), 0);
    // A copy of a keyring that is known, in another place, is no introduction either.
    let known = office.project.summary().id.to_string();
    let trap_id = trap.id.to_string();
    let swapped = Redirecting {
        honest: friend.server.browser(),
        from: trap_id,
        to: known,
    };
    let client = Client::new(swapped, friend.device.clone(), friend.server.origin());
    let account = client.known_accounts().await.unwrap();
    let vault = client
        .unlock(&account[0], friend.passphrase.clone(), None)
        .await
        .unwrap();
    let refused = vault.open_project(&trap.id).await.err();
    assert_eq!(
        refused,
        Some(Error::Forged {
            what: "the project's membership"
        })
    );
}

/// Serves the secrets of one project for another's.
struct Redirecting {
    honest: InProcess,
    from: String,
    to: String,
}

impl Transport for Redirecting {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        if request.path.starts_with("/api/v4/") {
            request.path = request.path.replace(&self.from, &self.to);
        }
        self.honest.send(request).await
    }
}

async fn nothing_is_expanded_or_imported() {
    let stage = Stage::set(29).await;
    stage.liar.transport.tamper_json("/api/v4/secrets?", |body| {
        body["imports"] = json!([{
            "secretPath": "/", "environment": "production", "folderId": "x",
            "secrets": [{ "secretKey": "IMPORTED", "secretValue": "evil", "type": "shared" }],
        }]);
        if let Some(rows) = body["secrets"].as_array_mut() {
            rows.retain(|row| row["secretKey"] != "NEVER");
            // A personal override may not stand in for the shared secret.
            if let Some(mut row) = rows.iter().find(|row| named(row, "ALPHA")).cloned() {
                row["type"] = json!("personal");
                row["secretValue"] = json!("evil override");
                rows.insert(0, row);
            }
        }
    });
    let environment = stage.open().await.unwrap();
    assert_eq!(environment.entries().len(), 2);
    assert!(environment.strangers().is_empty());
    assert_eq!(reveal(&environment, "ALPHA").as_deref(), Ok(ALPHA));
    let mut reads = 0;
    for exchange in stage
        .office
        .transport
        .recorded()
        .iter()
        .chain(&stage.liar.transport.recorded())
    {
        if exchange.method == Method::Get && exchange.path.starts_with("/api/v4/secrets") {
            reads += 1;
            assert!(
                exchange.path.contains("expandSecretReferences=false"),
                "{}",
                exchange.path
            );
            assert!(
                exchange.path.contains("includeImports=false"),
                "{}",
                exchange.path
            );
        }
        // The alphabet of what is stored has nothing that a server would expand.
        if let Ok(body) = serde_json::from_slice::<Value>(&exchange.sent) {
            assert!(!body.to_string().contains('$'), "{}", exchange.path);
        }
    }
    assert!(reads > 10);
    stage.check(false);
}

async fn an_old_keyring_is_noticed() {
    let office = Office::open(36).await;
    let liar = office.again(361).await;
    office
        .invite(
            362,
            "friend@example.org",
            &[("development", coffer_client::Right::Write)],
        )
        .await;
    liar.project.refresh().await.unwrap();
    assert_eq!(liar.project.members().await.unwrap().len(), 2);
    let before = pins(&liar);
    // The link that added the friend is gone, in this session and for the next one of this device.
    tamper_list(&liar.transport, |rows| {
        rows.retain(|row| row["secretKey"] != "K3")
    });
    let old = Some(Error::RolledBack {
        what: "the project's membership",
    });
    assert_eq!(liar.project.refresh().await.err(), old);
    assert_eq!(pins(&liar), before);
    let transport = Evil::new(office.server.browser());
    tamper_list(&transport, |rows| rows.retain(|row| row["secretKey"] != "K3"));
    let client = Client::new(transport.clone(), liar.device.clone(), office.server.origin());
    let known = client.known_accounts().await.unwrap();
    let vault = client
        .unlock(&known[0], office.passphrase.clone(), None)
        .await
        .unwrap();
    // Unlocking reads the account's newest bundle; looking at the project moves nothing.
    let before = pins(&liar);
    assert_eq!(vault.open_project(&office.project.summary().id).await.err(), old);
    assert_eq!(pins(&liar), before);
}

async fn clocks_decide_nothing_about_history() {
    let office = Office::open(37).await;
    let friend = office
        .invite(
            371,
            "friend@example.org",
            &[("development", coffer_client::Right::Write)],
        )
        .await;
    const TEN_YEARS: u64 = 10 * 365 * 24 * 3600 * 1000;
    let now = office.device.now();
    for (n, clock) in [now - TEN_YEARS, now + TEN_YEARS, 0, now].into_iter().enumerate() {
        friend.device.set_now(clock);
        let theirs = friend.open_environment("development").await;
        theirs
            .save(vec![put("/", &format!("THEIRS_{n}"), "x")])
            .await
            .unwrap();
        let mine = office.open_environment("development").await;
        let mine = mine
            .save(vec![put("/", &format!("MINE_{n}"), "y")])
            .await
            .unwrap();
        assert!(mine.entries().iter().all(|entry| entry.class == Class::Ok));
    }
    // Times in the server's answers decide nothing either.
    let liar = office.again(372).await;
    for year in ["1990", "2100"] {
        tamper_rows(&liar.transport, move |row| {
            row["createdAt"] = json!(format!("{year}-01-01T00:00:00.000Z"));
            row["updatedAt"] = json!(format!("{year}-01-01T00:00:00.000Z"));
        });
        let seen = liar.project.open_environment("development").await.unwrap();
        assert_eq!(seen.entries().len(), 8);
        assert!(seen.entries().iter().all(|entry| entry.class == Class::Ok));
    }
}
