//! Files behind links: sealed pieces that come and go one by one.

use std::sync::Arc;

use axum::body::Body;
use coffer_server::{App, Config, Limits, Quota, router};
use http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{Answer, World};

const PIECE: usize = 1 << 20;

/// A link for a file, made by the admin.
async fn begin(world: &World, bytes: usize, fields: Value) -> String {
    let answer = try_begin(world, &world.admin, bytes, fields).await.ok();
    answer["id"].as_str().unwrap().to_owned()
}

async fn try_begin(world: &World, token: &str, bytes: usize, fields: Value) -> Answer {
    let mut body = json!({
        "secretValue": "cfh1.AAAA", "expiresIn": "1h", "accessType": "anyone", "fileBytes": bytes,
    });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    world.post("/api/v1/shared-secrets", token, body).await
}

async fn send(world: &World, token: &str, id: &str, number: &str, piece: Vec<u8>) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1/shared-secrets/{id}/pieces/{number}"))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_LENGTH, piece.len());
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(piece)).unwrap();
    world.send(request).await
}

async fn fetch(world: &World, token: &str, id: &str, number: u32) -> Answer {
    let path = format!("/api/v1/shared-secrets/{id}/pieces/{number}");
    world.get(&path, token).await
}

async fn open(world: &World, id: &str) -> Answer {
    let path = format!("/api/v1/shared-secrets/{id}/access");
    world.post(&path, "", json!({})).await
}

async fn opened(world: &World, id: &str) -> String {
    let answer = open(world, id).await.ok();
    answer["fileToken"].as_str().unwrap().to_owned()
}

async fn whole(world: &World, fields: Value) -> String {
    let id = begin(world, PIECE + 7, fields).await;
    send(world, &world.admin, &id, "0", vec![1; PIECE]).await.ok();
    send(world, &world.admin, &id, "1", vec![2; 7]).await.ok();
    id
}

#[tokio::test]
async fn a_file_is_fetched_by_whoever_opened_its_share_and_counts_one_view() {
    let world = World::new().await;
    let id = begin(&world, PIECE + 7, json!({ "maxViews": 1 })).await;
    let unfinished = "has not been sent completely";
    open(&world, &id).await.refused(403, unfinished);
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["missingPieces"], 2);
    send(&world, &world.admin, &id, "1", vec![2; 7]).await.ok();
    open(&world, &id).await.refused(403, unfinished);
    // A piece whose answer was lost comes again; nothing else comes in its place.
    send(&world, &world.admin, &id, "1", vec![2; 7]).await.ok();
    send(&world, &world.admin, &id, "1", vec![3; 7])
        .await
        .refused(400, "exists already");
    send(&world, &world.admin, &id, "0", vec![1; PIECE]).await.ok();
    let look = world.get(&format!("/api/v1/shared-secrets/{id}"), "").await.ok();
    assert_eq!(look["expiresAfterViews"], 1, "trying too early spent no view");
    let token = opened(&world, &id).await;
    open(&world, &id).await.refused(404, "view limit");
    for _ in 0..2 {
        let first = fetch(&world, &token, &id, 0).await;
        assert_eq!(first.header("content-type"), "application/octet-stream");
        assert_eq!(first.header("cache-control"), "no-store");
        assert_eq!((first.status, first.bytes), (200, vec![1; PIECE]));
        assert_eq!(fetch(&world, &token, &id, 1).await.bytes, [2; 7]);
    }
    fetch(&world, &token, &id, 2).await.refused(404, "not found");
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["opened"], 1);
    assert!(mine["secrets"][0].get("missingPieces").is_none());
}

#[tokio::test]
async fn a_file_takes_pieces_of_the_right_length_from_whoever_made_it() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let id = begin(&world, PIECE + 7, json!({})).await;
    for (number, length) in [
        ("0", PIECE - 1),
        ("0", 7),
        ("1", 8),
        ("1", 6),
        ("1", 0),
        ("2", 7),
        ("4294967295", 7),
    ] {
        send(&world, &world.admin, &id, number, vec![1; length])
            .await
            .refused(400, "no piece of this share");
    }
    send(&world, &world.admin, &id, "0", vec![1; PIECE + 1])
        .await
        .refused(413, "too large");
    for number in ["-1", "4294967296", "x"] {
        let answer = send(&world, &world.admin, &id, number, vec![1; 7]).await;
        assert_eq!(answer.status, 400, "{number}");
    }
    send(&world, &bob, &id, "1", vec![1; 7])
        .await
        .refused(404, "not found");
    for token in ["", "x"] {
        let answer = send(&world, token, &id, "1", vec![1; 7]).await;
        assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
    }
    let plain = json!({ "secretValue": "x", "expiresIn": "1h", "accessType": "anyone" });
    let plain = world
        .post("/api/v1/shared-secrets", &world.admin, plain)
        .await
        .ok();
    let plain = plain["id"].as_str().unwrap();
    send(&world, &world.admin, plain, "0", vec![1; 7])
        .await
        .refused(400, "no piece of this share");
    assert!(open(&world, plain).await.ok().get("fileToken").is_none());
    // A machine sends files as a person does.
    let (_, client, secret, _) = world.machine("ci", "member").await;
    let machine = world.machine_log_in(&client, &secret).await.ok();
    let machine = machine["accessToken"].as_str().unwrap();
    let made = try_begin(&world, machine, 7, json!({})).await.ok();
    let made = made["id"].as_str().unwrap();
    send(&world, &world.admin, made, "0", vec![1; 7])
        .await
        .refused(404, "not found");
    send(&world, machine, made, "0", vec![1; 7]).await.ok();
    open(&world, made).await.ok();
}

#[tokio::test]
async fn the_token_of_a_file_opens_nothing_else_and_ends() {
    let world = World::new().await;
    let (one, other) = (
        whole(&world, json!({ "maxViews": 1 })).await,
        whole(&world, json!({})).await,
    );
    let token = opened(&world, &one).await;
    assert_eq!(fetch(&world, &token, &one, 0).await.status, 200);
    fetch(&world, &token, &other, 0)
        .await
        .refused(401, "not the token");
    fetch(&world, "", &one, 0).await.refused(401, "Token missing");
    fetch(&world, &world.admin, &one, 0)
        .await
        .refused(401, "not the token");
    let mut forged = token.clone();
    forged.pop();
    assert!(matches!(fetch(&world, &forged, &one, 0).await.status, 401 | 403));
    for path in ["/api/v1/shared-secrets", "/api/v1/organization"] {
        let answer = world.get(path, &token).await;
        assert!(matches!(answer.status, 401 | 403), "{path}: {}", answer.status);
    }
    send(&world, &token, &one, "0", vec![1; PIECE])
        .await
        .refused(403, "not allowed");
    // An hour after it was opened it is over, also for whoever has not fetched everything.
    world.advance(3_600_000 - 1_000);
    assert_eq!(fetch(&world, &token, &one, 1).await.status, 200);
    world.advance(1_000);
    let late = fetch(&world, &token, &one, 1).await;
    assert!(matches!(late.status, 401 | 403), "{}", late.status);
}

#[tokio::test]
async fn what_is_taken_back_or_destroyed_is_fetched_by_nobody() {
    let world = World::new().await;
    let (revoked, destroyed, expired) = (
        whole(&world, json!({})).await,
        whole(&world, json!({})).await,
        whole(&world, json!({ "expiresIn": "5m" })).await,
    );
    let tokens = [
        opened(&world, &revoked).await,
        opened(&world, &destroyed).await,
        opened(&world, &expired).await,
    ];
    let path = format!("/api/v1/shared-secrets/{revoked}");
    world.call("DELETE", &path, &world.admin, None).await.ok();
    let path = format!("/api/v1/shared-secrets/{destroyed}/destroy");
    world.post(&path, "", json!({})).await.ok();
    fetch(&world, &tokens[0], &revoked, 0)
        .await
        .refused(404, "revoked");
    fetch(&world, &tokens[1], &destroyed, 0)
        .await
        .refused(404, "destroyed");
    world.advance(300_000);
    world.app.store().sweep(world.now()).await.unwrap();
    open(&world, &expired).await.refused(404, "expired");
    assert_eq!(
        fetch(&world, &tokens[2], &expired, 1).await.bytes,
        [2; 7],
        "who opened it in time may go on"
    );
    send(&world, &world.admin, &expired, "1", vec![2; 7])
        .await
        .refused(404, "expired");
}

#[tokio::test]
async fn files_have_a_limit_and_a_quota_and_can_be_turned_off() {
    let world = World::with(Config {
        share_file_bytes: 2 * PIECE as u64,
        share_quota: Quota {
            bytes: 1 << 20,
            files: 3 * PIECE as u64,
            live: 100,
        },
        ..Config::for_tests()
    })
    .await;
    let bob = world.person("bob@coffer.test", "member").await;
    let told = world.get("/api/v1/admin/config", "").await.ok();
    assert_eq!(told["config"]["coffer"]["fileBytes"], 2 * PIECE);
    assert!(
        told["config"]["coffer"]["shares"]
            .as_array()
            .unwrap()
            .contains(&json!("files"))
    );
    for wrong in [0, 2 * PIECE + 1] {
        try_begin(&world, &world.admin, wrong, json!({}))
            .await
            .refused(422, "fileBytes");
    }
    let first = begin(&world, 2 * PIECE, json!({})).await;
    try_begin(&world, &world.admin, PIECE + 1, json!({}))
        .await
        .refused(400, "ShareQuotaReached");
    try_begin(&world, &bob, 2 * PIECE, json!({})).await.ok();
    begin(&world, PIECE, json!({})).await;
    let path = format!("/api/v1/shared-secrets/{first}");
    world.call("DELETE", &path, &world.admin, None).await.ok();
    begin(&world, 2 * PIECE, json!({})).await;

    let world = World::with(Config {
        share_file_bytes: 0,
        ..Config::for_tests()
    })
    .await;
    let told = world.get("/api/v1/admin/config", "").await.ok();
    assert!(!told.to_string().contains("\"files\""), "{told}");
    try_begin(&world, &world.admin, 1, json!({}))
        .await
        .refused(422, "takes no files");
}

#[tokio::test]
async fn strangers_send_no_files() {
    let world = World::new().await;
    let body = json!({ "secretValue": "x", "expiresIn": "1h", "fileBytes": 7 });
    let made = world.post("/api/v1/shared-secrets/public", "", body).await.ok();
    let id = made["id"].as_str().unwrap();
    send(&world, "", id, "0", vec![1; 7])
        .await
        .refused(401, "Token missing");
    send(&world, &world.admin, id, "0", vec![1; 7])
        .await
        .refused(404, "not found");
    assert!(open(&world, id).await.ok().get("fileToken").is_none());
}

/// Wrong passwords spend neither views nor give tokens, and are slowed down as everywhere.
#[tokio::test]
async fn a_file_with_a_password_is_as_hard_to_open_as_a_text() {
    let limits = Limits {
        open_per_share: 2,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let id = whole(&world, json!({ "password": "p", "maxViews": 1 })).await;
    let path = format!("/api/v1/shared-secrets/{id}/access");
    for expected in [401, 401, 429] {
        let answer = world.post(&path, "", json!({ "password": "guess" })).await;
        assert_eq!(answer.status, expected);
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("fileToken"));
    }
    world.advance(60_000);
    let answer = world.post(&path, "", json!({ "password": "p" })).await.ok();
    let token = answer["fileToken"].as_str().unwrap();
    assert_eq!(fetch(&world, token, &id, 1).await.bytes, [2; 7]);
}

/// On a real file and several threads: senders of pieces in any order, twice, while others fetch and the sweep runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pieces_sent_and_fetched_at_once_are_neither_lost_nor_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let rng: coffer_server::Rng = Arc::new(|out: &mut [u8]| getrandom::fill(out).unwrap());
    let clock = Arc::new(|| 1_795_337_330_616);
    let path = folder.path().join("coffer.db");
    let app = App::in_file(&path, Config::for_tests(), clock, rng, [7; 32])
        .await
        .unwrap();
    let router = router(app.clone());
    let call = move |method: &'static str, path: String, token: String, body: Vec<u8>| {
        let router = router.clone();
        async move {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::from(body))
                .unwrap();
            let answer = router.oneshot(request).await.unwrap();
            assert_eq!(answer.status(), 200);
            axum::body::to_bytes(answer.into_body(), 1 << 21).await.unwrap()
        }
    };
    let json_of = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let account =
        json!({ "email": "admin@coffer.test", "password": crate::world::PASSWORD, "organization": "Acme" });
    let made = call(
        "POST",
        "/api/v1/admin/bootstrap".into(),
        String::new(),
        account.to_string().into(),
    )
    .await;
    let token = json_of(&made)["identity"]["credentials"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let files: Vec<_> = (0..6_u8)
        .map(|file| {
            let (call, token, app) = (call.clone(), token.clone(), app.clone());
            tokio::spawn(async move {
                let body = json!({
                    "secretValue": "x", "expiresIn": "1h", "accessType": "anyone", "maxViews": 1,
                    "fileBytes": 3 * PIECE + 5,
                });
                let made = call(
                    "POST",
                    "/api/v1/shared-secrets".into(),
                    token.clone(),
                    body.to_string().into(),
                )
                .await;
                let id = serde_json::from_slice::<Value>(&made).unwrap()["id"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                let path = |number: u8| format!("/api/v1/shared-secrets/{id}/pieces/{number}");
                let piece = |number: u8| vec![file * 4 + number; if number == 3 { 5 } else { PIECE }];
                let sending: Vec<_> = [3, 1, 0, 1, 2, 3]
                    .into_iter()
                    .map(|number| tokio::spawn(call("POST", path(number), token.clone(), piece(number))))
                    .collect();
                for sent in sending {
                    sent.await.unwrap();
                }
                let access = format!("/api/v1/shared-secrets/{id}/access");
                let opened = call("POST", access, String::new(), b"{}".to_vec()).await;
                let key = serde_json::from_slice::<Value>(&opened).unwrap()["fileToken"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                app.store().sweep(app.now()).await.unwrap();
                let fetching: Vec<_> = (0..4)
                    .map(|number| tokio::spawn(call("GET", path(number), key.clone(), Vec::new())))
                    .collect();
                for (number, fetched) in (0..).zip(fetching) {
                    assert!(fetched.await.unwrap() == piece(number), "{file} {number}");
                }
            })
        })
        .collect();
    for file in files {
        file.await.unwrap();
    }
    app.store().close().await;
}
