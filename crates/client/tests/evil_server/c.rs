//! C: sharing with people.

use crate::stage::{Stage, tamper_list};
use coffer_client::{Client, Error, Method};
use coffer_testkit::{Evil, MemoryDevice, Office, TestServer};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub async fn an_environment_replaced_after_creation_is_refused() {
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

pub async fn slots_and_bundles_of_another_making_are_refused() {
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
