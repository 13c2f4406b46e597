//! X: Coffer's own.

use crate::stage::{ALPHA, BETA, Stage, class, named, pins, reveal, tamper_list, tamper_rows};
use coffer_client::{
    Class, Client, Device, Error, LostHistory, Method, Request, Response, SaveError, SealError, Transport,
    TransportError,
};
use coffer_testkit::{Evil, InProcess, Loopback, MemoryDevice, Office, get, put};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub async fn plaintext_is_never_taken_for_a_value() {
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

pub async fn added_variables_are_strangers() {
    let stage = Stage::set(87).await;
    let sealed = crate::stage::rows_of(&stage.office, "/", "ALPHA").await;
    // Names that a program would act on, in every folder: in the clear, and as copies of something sealed.
    let names = [
        "LD_PRELOAD",
        "BASH_ENV",
        "NODE_OPTIONS",
        "PATH",
        "GIT_SSH_COMMAND",
        "PYTHONSTARTUP",
    ];
    let copied = sealed.clone();
    tamper_list(&stage.liar.transport, move |rows| {
        let folders: std::collections::BTreeSet<String> = rows
            .iter()
            .filter(|row| named(row, "ALPHA") || named(row, "BETA"))
            .filter_map(|row| row["secretPath"].as_str().map(str::to_owned))
            .collect();
        for path in folders {
            for (n, name) in names.into_iter().enumerate() {
                let value = if n % 2 == 0 {
                    json!("/tmp/evil.so")
                } else {
                    copied.clone()
                };
                rows.push(
                    json!({ "secretKey": name, "secretValue": value, "secretPath": path, "type": "shared" }),
                );
            }
        }
    });
    let environment = stage.open().await.unwrap();
    let entries: Vec<_> = environment.entries().iter().map(|e| e.name.as_str()).collect();
    assert_eq!(entries, ["ALPHA", "BETA"]);
    assert_eq!(environment.strangers().len(), 2 * names.len());
    for stranger in environment.strangers() {
        let at = names.iter().position(|name| *name == stranger.name).unwrap();
        let expected = if at % 2 == 0 {
            Class::Unsealed
        } else {
            Class::Unlisted
        };
        assert_eq!(stranger.class, expected, "{stranger:?}");
    }
    for name in names {
        assert!(environment.search(name, 0, 100).hits.is_empty());
    }
    // They stay strangers whatever is written beside them, and nothing of them is taken over.
    let environment = environment
        .save(vec![put("/", "GAMMA", "beside them")])
        .await
        .unwrap();
    assert_eq!(environment.entries().len(), 3);
    assert_eq!(environment.strangers().len(), 2 * names.len());
    // A name of theirs that somebody does use is that person's.
    let environment = environment
        .save(vec![put("/", "PATH", "chosen by ada")])
        .await
        .unwrap();
    assert_eq!(get(&environment, "PATH"), "chosen by ada");
    stage.check(false);
}

pub async fn an_aliased_name_is_another_name() {
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

pub async fn an_environment_served_for_another_is_refused() {
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

pub async fn an_old_snapshot_is_noticed() {
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
    // This device kept what is withheld: it says that it could put it back, and believes nothing.
    let lost = LostHistory {
        environment: "development".to_owned(),
        left: 1,
        seen: newest.seq(),
        can_put_back: true,
    };
    assert_eq!(refused, Some(Error::HistoryLost(Box::new(lost))));
}

/// A real socket that answers with redirects, and one that would be the goal.
pub async fn redirects_are_not_followed() {
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

pub async fn answers_have_an_end() {
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

pub async fn json_that_means_two_things_is_refused() {
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

pub async fn withheld_rows_are_read_from_their_records() {
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

pub async fn a_policy_in_the_way_is_named_and_loses_nothing() {
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

pub async fn nothing_is_expanded_or_imported() {
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

pub async fn an_old_keyring_is_noticed() {
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

pub async fn clocks_decide_nothing_about_history() {
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
