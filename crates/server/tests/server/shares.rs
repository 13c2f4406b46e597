//! Links that end.

use std::sync::Arc;

use coffer_server::{App, Config, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::World;

async fn share(world: &World, fields: Value) -> String {
    let mut body = json!({ "secretValue": "cfh1.AAAA", "expiresIn": "1h", "accessType": "anyone" });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    world
        .post("/api/v1/shared-secrets", &world.admin, body)
        .await
        .ok()["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn open(world: &World, id: &str) -> crate::world::Answer {
    world
        .post(&format!("/api/v1/shared-secrets/{id}/access"), "", json!({}))
        .await
}

/// On a real file and several threads: the only test here that needs both.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_parallel_reveals_of_one_view_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let rng: coffer_server::Rng = Arc::new(|out: &mut [u8]| getrandom::fill(out).unwrap());
    let path = folder.path().join("coffer.db");
    let app = App::in_file(
        &path,
        Config::for_tests(),
        Arc::new(|| 1_795_337_330_616),
        rng,
        [7; 32],
    )
    .await
    .unwrap();
    let router = router(app);
    let request = |path: String, body: Value| {
        http::Request::post(path)
            .body(axum::body::Body::from(body.to_string()))
            .unwrap()
    };
    for password in [None, Some("T-share")] {
        let body =
            json!({ "secretValue": "cfh1.AAAA", "expiresIn": "1h", "maxViews": 1, "password": password });
        let made = router
            .clone()
            .oneshot(request("/api/v1/shared-secrets/public".into(), body))
            .await
            .unwrap();
        let bytes = axum::body::to_bytes(made.into_body(), 1 << 20).await.unwrap();
        let id = serde_json::from_slice::<Value>(&bytes).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let request = request(
                    format!("/api/v1/shared-secrets/{id}/access"),
                    json!({ "password": password }),
                );
                tokio::spawn(router.clone().oneshot(request))
            })
            .collect();
        let mut statuses = Vec::new();
        for attempt in tries {
            statuses.push(attempt.await.unwrap().unwrap().status().as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert!(statuses[1..].iter().all(|status| *status == 404), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_share_tells_why_it_does_not_open() {
    let world = World::new().await;
    let used = share(&world, json!({ "maxViews": 1 })).await;
    open(&world, &used).await.ok();
    open(&world, &used).await.refused(404, "view limit");
    let revoked = share(&world, json!({})).await;
    let path = format!("/api/v1/shared-secrets/{revoked}");
    world.call("DELETE", &path, &world.admin, None).await.ok();
    open(&world, &revoked).await.refused(404, "revoked");
    world
        .call("DELETE", &path, &world.admin, None)
        .await
        .refused(404, "not found");
    let expired = share(&world, json!({ "expiresIn": "5m" })).await;
    world.advance(300_000 - 1);
    open(&world, &expired).await.ok();
    world.advance(1);
    open(&world, &expired).await.refused(404, "expired");
    open(&world, "no-such-share").await.refused(404, "not found");
}

#[tokio::test]
async fn a_wrong_password_spends_no_view() {
    let world = World::new().await;
    let id = share(&world, json!({ "maxViews": 1, "password": "right" })).await;
    let path = format!("/api/v1/shared-secrets/{id}/access");
    for body in [
        json!({}),
        json!({ "password": "wrong" }),
        json!({ "password": "" }),
    ] {
        world
            .post(&path, "", body)
            .await
            .refused(401, "Invalid credentials");
    }
    world.post(&path, "", json!({ "password": "right" })).await.ok();
    world
        .post(&path, "", json!({ "password": "right" }))
        .await
        .refused(404, "view limit");
}

#[tokio::test]
async fn looking_spends_no_view() {
    let world = World::new().await;
    let id = share(&world, json!({ "maxViews": 1 })).await;
    let path = format!("/api/v1/shared-secrets/{id}");
    for agent in [
        "Slackbot-LinkExpanding 1.0",
        "Twitterbot/1.0",
        "WhatsApp/2.23",
        "facebookexternalhit/1.1",
    ] {
        for method in ["GET", "HEAD"] {
            let answer = world
                .call_with(method, &path, "", None, &[("user-agent", agent)])
                .await;
            assert_eq!(answer.status, 200);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains("cfh1."));
        }
    }
    world
        .get(&format!("{path}/access"), "")
        .await
        .status
        .eq(&404)
        .then_some(())
        .unwrap();
    let look = world.get(&path, "").await.ok();
    assert_eq!(look["expiresAfterViews"], 1);
    assert_eq!(look["isPasswordProtected"], false);
    open(&world, &id).await.ok();
}

#[tokio::test]
async fn a_share_for_the_organization_is_not_for_strangers() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "no-access").await;
    let id = share(&world, json!({ "accessType": "organization" })).await;
    let path = format!("/api/v1/shared-secrets/{id}");
    world.get(&path, "").await.refused(401, "Token missing");
    open(&world, &id).await.refused(401, "Token missing");
    let opened = world.post(&format!("{path}/access"), &bob, json!({})).await.ok();
    assert_eq!(opened["orgName"], "Acme");
}

#[tokio::test]
async fn only_its_creator_sees_and_revokes_a_share() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let id = share(&world, json!({ "maxViews": 3 })).await;
    world
        .call("DELETE", &format!("/api/v1/shared-secrets/{id}"), &bob, None)
        .await
        .refused(404, "not found");
    assert_eq!(
        world.get("/api/v1/shared-secrets", &bob).await.ok()["totalCount"],
        0
    );
    open(&world, &id).await.ok();
    let mine = world
        .get("/api/v1/shared-secrets?offset=0&limit=100", &world.admin)
        .await
        .ok();
    assert_eq!(mine["totalCount"], 1);
    assert_eq!(mine["secrets"][0]["id"], id.as_str());
    assert_eq!(mine["secrets"][0]["expiresAfterViews"], 2);
    assert!(mine["secrets"][0]["lastViewedAt"].is_string());
    assert!(mine["secrets"][0].get("secretValue").is_none());
}

#[tokio::test]
async fn the_time_of_a_share_has_bounds() {
    let world = World::new().await;
    for (expires, fine) in [
        ("4m", false),
        ("5m", true),
        ("30d", true),
        ("31d", false),
        ("soon", false),
    ] {
        let body = json!({ "secretValue": "x", "expiresIn": expires, "accessType": "anyone" });
        let status = world
            .post("/api/v1/shared-secrets", &world.admin, body)
            .await
            .status;
        assert_eq!(status, if fine { 200 } else { 422 }, "{expires}");
    }
}

#[tokio::test]
async fn strangers_may_share_unless_it_is_turned_off() {
    let body = json!({ "secretValue": "x", "expiresIn": "1d", "maxViews": 1 });
    let world = World::new().await;
    let id = world
        .post("/api/v1/shared-secrets/public", "", body.clone())
        .await
        .ok();
    open(&world, id["id"].as_str().unwrap()).await.ok();
    let world = World::with(Config {
        public_sharing: false,
        ..Config::for_tests()
    })
    .await;
    world
        .post("/api/v1/shared-secrets/public", "", body)
        .await
        .refused(400, "disabled");
    let config = world.get("/api/v1/admin/config", "").await.ok();
    assert_eq!(config["config"]["isPublicSecretSharingDisabled"], true);
}

#[tokio::test]
async fn what_ended_is_forgotten_in_time() {
    let world = World::new().await;
    let id = share(&world, json!({ "expiresIn": "5m" })).await;
    world.advance(300_000);
    world.app.store().sweep(world.now()).await.unwrap();
    open(&world, &id).await.refused(404, "expired");
    world.advance(30 * 86_400_000);
    world.app.store().sweep(world.now()).await.unwrap();
    open(&world, &id).await.refused(404, "not found");
}
