//! B: integrity of the vault.

use crate::stage::{
    ALPHA, BETA, CROWD, Stage, base64, class, crowd, named, pins, reveal, rows_of, tamper_crowd, tamper_list,
    tamper_rows, unbase64,
};
use coffer_client::{
    Change, Class, Client, Error, Method, Request, Response, SealError, Transport, TransportError,
};
use coffer_testkit::{Evil, InProcess, MemoryDevice, Office, edit, entry, get, put};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub async fn metadata_changes_nothing() {
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

pub async fn swapped_values_are_not_shown() {
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

pub async fn values_that_look_like_addresses_go_nowhere() {
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

pub async fn weaker_key_derivation_is_refused_before_it_runs() {
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

pub async fn every_flipped_bit_is_refused_alike() {
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

pub async fn dropped_old_doubled_and_restored_secrets_are_told() {
    // Over a checkpoint's boundary, so that no record is held whose body could stand in.
    let office = Office::open(7).await;
    let mut environment = office.open_environment("development").await;
    environment = environment
        .save(vec![put("/", "ALPHA", ALPHA), put("/", "GONE", "deleted later")])
        .await
        .unwrap();
    let first = rows_of(&office, "/", "ALPHA").await;
    let gone = rows_of(&office, "/", "GONE").await;
    let delete = vec![Change::Delete {
        slot: entry(&environment, "GONE").slot,
    }];
    environment = environment.save(delete).await.unwrap();
    environment = environment
        .save(vec![edit(entry(&environment, "ALPHA"), "second alpha value")])
        .await
        .unwrap();
    environment = environment
        .save(vec![edit(entry(&environment, "ALPHA"), "third alpha value")])
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

pub async fn a_moved_row_is_not_taken_there() {
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

pub async fn a_project_that_nobody_introduced_stays_closed() {
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
