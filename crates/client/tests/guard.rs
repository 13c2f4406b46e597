//! The seal guard: a server that refuses plain values, and Coffer's own rows that pass.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{Change, Content, Error, Method, Request, Response, Right, SealGuard, Token, Transport};
use coffer_testkit::{Office, entry, get, put, run};
use serde_json::json;

/// What the server answers to a plain value that another tool writes.
async fn plain_write(asker: &Office, environment: &str, path: &str) -> (u16, String) {
    let body = json!({ "projectId": asker.project.summary().id, "environment": environment, "secretPath": path,
        "secretValue": "plain text" });
    let request = Request {
        method: Method::Post,
        path: format!("/api/v4/secrets/PLAIN{}", asker.transport.recorded().len()),
        bearer: Some(Token::new(asker.bearer())),
        body: Some(body.to_string().into_bytes()),
        content: Content::Json,
    };
    let answer = asker.server.browser().send(request).await.unwrap();
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn a_guarded_environment_takes_sealed_values_alone_and_all_of_coffers_own() {
    run(async {
        let office = Office::open(1401).await;
        let project = &office.project;
        let friend = office
            .invite(1402, "friend@example.org", &[("development", Right::Write)])
            .await;
        let environment = office.open_environment("development").await;
        let environment = environment
            .save(vec![put("/", "A", "one"), put("/db", "B", "two")])
            .await
            .unwrap();
        assert_eq!(project.seal_guard("development").await.unwrap(), SealGuard::Off);
        assert_eq!(plain_write(&office, "development", "/").await.0, 200);
        assert_eq!(
            project.turn_seal_guard_on("development").await.unwrap(),
            SealGuard::On
        );
        assert_eq!(
            project.turn_seal_guard_on("development").await.unwrap(),
            SealGuard::On,
            "once"
        );
        assert_eq!(
            friend.project.seal_guard("development").await.unwrap(),
            SealGuard::On,
            "members see it"
        );
        assert_eq!(project.seal_guard("production").await.unwrap(), SealGuard::Off);
        for path in ["/", "/db", "/coffer/log/0"] {
            let (status, said) = plain_write(&office, "development", path).await;
            assert_eq!(status, 400, "{path}: {said}");
            assert!(said.contains("Coffer: sealed values only"), "{said}");
        }
        assert_eq!(plain_write(&office, "production", "/").await.0, 200);

        // Everything that Coffer writes is sealed: saves, moves, deletions, keys, checkpoints.
        let slot = |name| entry(&environment, name).slot;
        let changes = vec![
            put("/", "C", "three"),
            Change::Move {
                slot: slot("A"),
                path: "/db".into(),
                name: "A2".into(),
            },
            Change::Delete { slot: slot("B") },
        ];
        let environment = environment.save(changes).await.unwrap();
        assert_eq!(get(&environment, "A2"), "one");
        let theirs = friend.open_environment("development").await;
        theirs.save(vec![put("/deep/er", "D", "four")]).await.unwrap();
        project
            .remove_member(&friend.vault.account().user_id)
            .await
            .unwrap();
        let mut environment = environment.reload().await.unwrap();
        for round in 0..40 {
            environment = environment
                .save(vec![put("/", &format!("N{round}"), "n")])
                .await
                .unwrap();
        }
        assert_eq!(environment.epoch(), 2);
        assert_eq!(
            get(
                &office.again(1403).await.open_environment("development").await,
                "D"
            ),
            "four"
        );

        assert_eq!(
            project.turn_seal_guard_off("development").await.unwrap(),
            SealGuard::Off
        );
        assert_eq!(plain_write(&office, "development", "/").await.0, 200);
    });
}

#[test]
fn only_admins_set_the_guard() {
    run(async {
        let office = Office::open(1411).await;
        let friend = office
            .invite(1412, "friend@example.org", &[("development", Right::Write)])
            .await;
        assert_eq!(
            friend.project.turn_seal_guard_on("development").await.err(),
            Some(Error::Forbidden)
        );
        office.project.turn_seal_guard_on("development").await.unwrap();
        assert_eq!(
            friend.project.turn_seal_guard_off("development").await.err(),
            Some(Error::Forbidden)
        );
        assert_eq!(
            office.project.seal_guard("nowhere").await.err(),
            Some(Error::NotFound)
        );
    });
}

#[test]
fn a_server_without_rules_is_told_apart() {
    for (seed, status) in [(1421, 404), (1422, 400)] {
        run(async {
            let office = Office::open(seed).await;
            office.transport.intercept(move |request| {
                let post = request.method == Method::Post || status == 404;
                (post && request.path.contains("validation-rules")).then(|| {
                    Ok(Response {
                        status,
                        body: br#"{"message":"plan restriction","error":"BadRequest"}"#.to_vec(),
                    })
                })
            });
            let guard = office.project.turn_seal_guard_on("development").await.unwrap();
            assert_eq!(guard, SealGuard::Unsupported);
        });
    }
}
