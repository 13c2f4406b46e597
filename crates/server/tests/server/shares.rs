//! Links that end.

use std::sync::Arc;

use coffer_server::{App, Config, Limits, Quota, router};
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
async fn a_password_that_is_a_key_opens_and_is_kept_as_a_hash_of_it() {
    let world = World::new().await;
    let key = "k3y-".repeat(11);
    let fields = json!({ "password": key, "passwordIsKey": true, "maxViews": 2 });
    let id = share(&world, fields).await;
    let path = format!("/api/v1/shared-secrets/{id}/access");
    for wrong in ["", "k3y-", &key[1..]] {
        world
            .post(&path, "", json!({ "password": wrong }))
            .await
            .refused(401, "UnauthorizedError");
    }
    world
        .post(&path, "", json!({}))
        .await
        .refused(401, "UnauthorizedError");
    let opened = world.post(&path, "", json!({ "password": key })).await.ok();
    assert_eq!(opened["secretValue"], "cfh1.AAAA");
    // What is short enough to be tried is not taken for one.
    let short =
        json!({ "secretValue": "cfh1.AAAA", "expiresIn": "1h", "password": "short", "passwordIsKey": true });
    world
        .post("/api/v1/shared-secrets", &world.admin, short)
        .await
        .refused(422, "ValidationFailure");
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
        "Discordbot/2.0",
        "LinkedInBot/1.0",
        "TelegramBot (like TwitterBot)",
        "SkypeUriPreview Preview/0.5",
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
    assert!(look["lastViewedAt"].is_null());
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["opened"], 0);
    open(&world, &id).await.ok();
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["opened"], 1);
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

async fn behind_a_proxy() -> World {
    World::with(Config {
        behind_proxy: true,
        ..Config::for_tests()
    })
    .await
}

async fn visit(world: &World, id: &str, what: &str, from: &str, body: Value) -> crate::world::Answer {
    let path = format!("/api/v1/shared-secrets/{id}/{what}");
    world
        .call_with("POST", &path, "", Some(body), &[("x-forwarded-for", from)])
        .await
}

#[tokio::test]
async fn a_share_opens_from_its_networks_only() {
    let world = behind_a_proxy().await;
    let id = share(
        &world,
        json!({ "networks": ["192.0.2.0/24", "2001:db8::/32"], "maxViews": 2, "password": "p" }),
    )
    .await;
    let right = || json!({ "password": "p" });
    for from in [
        "198.51.100.7",
        "192.0.3.1",
        "2001:db9::1",
        "192.0.2.1, 198.51.100.7",
    ] {
        visit(&world, &id, "access", from, right())
            .await
            .refused(403, "does not open from this network");
        visit(&world, &id, "destroy", from, right())
            .await
            .refused(403, "does not open from this network");
    }
    for from in ["198.51.100.7, 192.0.2.99", "2001:db8:7::1"] {
        visit(&world, &id, "access", from, right()).await.ok();
    }
    visit(&world, &id, "access", "192.0.2.99", right())
        .await
        .refused(404, "view limit");
    for wrong in [
        json!(["example.org"]),
        json!(["192.0.2.0/33"]),
        json!(vec!["192.0.2.1"; 21]),
    ] {
        let body = json!({ "secretValue": "x", "expiresIn": "1h", "networks": wrong });
        world
            .post("/api/v1/shared-secrets", &world.admin, body)
            .await
            .refused(422, "networks");
    }
}

#[tokio::test]
async fn receipts_are_for_whoever_made_the_share() {
    let world = behind_a_proxy().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let id = share(&world, json!({ "receipts": true, "password": "p" })).await;
    let right = json!({ "password": "p" });
    visit(&world, &id, "access", "192.0.2.1", json!({ "password": "guess" }))
        .await
        .refused(401, "Invalid credentials");
    visit(&world, &id, "access", "192.0.2.1", right.clone())
        .await
        .ok();
    world.advance(60_000);
    let opened = visit(&world, &id, "access", "2001:db8::17", right.clone())
        .await
        .ok();
    assert!(opened.get("opened").is_none(), "{opened}");
    let look = world.get(&format!("/api/v1/shared-secrets/{id}"), "").await.ok();
    assert_eq!(look["receipts"], true, "who opens it is told");
    let path = format!("/api/v1/shared-secrets/{id}/receipts");
    let told = world.get(&path, &world.admin).await.ok();
    let addresses: Vec<_> = told["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["address"])
        .collect();
    assert_eq!(addresses, ["2001:db8::17", "192.0.2.1"]);
    world.get(&path, &bob).await.refused(404, "not found");
    world.get(&path, "").await.refused(401, "Token missing");
    // Without being asked, nothing is noted.
    let quiet = share(&world, json!({})).await;
    visit(&world, &quiet, "access", "192.0.2.1", json!({})).await.ok();
    let path = format!("/api/v1/shared-secrets/{quiet}/receipts");
    assert_eq!(world.get(&path, &world.admin).await.ok()["receipts"], json!([]));
}

#[tokio::test]
async fn only_the_first_device_opens_a_share_again() {
    let world = World::new().await;
    let id = share(
        &world,
        json!({ "oneDevice": true, "maxViews": 3, "password": "p" }),
    )
    .await;
    let with = |device: &str| json!({ "password": "p", "device": device.repeat(48) });
    let barred = "only on the device that opened it first";
    let path = format!("/api/v1/shared-secrets/{id}/access");
    world
        .post(&path, "", json!({ "password": "p" }))
        .await
        .refused(403, barred);
    // Who does not know the password does not become the first.
    let wrong = json!({ "password": "guess", "device": "b".repeat(48) });
    world
        .post(&path, "", wrong)
        .await
        .refused(401, "Invalid credentials");
    world.post(&path, "", with("a")).await.ok();
    world.post(&path, "", with("b")).await.refused(403, barred);
    world.post(&path, "", with("a")).await.ok();
    let look = world.get(&format!("/api/v1/shared-secrets/{id}"), "").await.ok();
    assert_eq!(
        (&look["expiresAfterViews"], &look["oneDevice"]),
        (&json!(1), &json!(true))
    );
}

#[tokio::test]
async fn whoever_may_open_a_share_may_destroy_it() {
    let limits = Limits {
        open_per_share: 3,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let id = share(&world, json!({ "maxViews": 1, "password": "p" })).await;
    let path = format!("/api/v1/shared-secrets/{id}/destroy");
    for _ in 0..3 {
        world
            .post(&path, "", json!({ "password": "guess" }))
            .await
            .refused(401, "Invalid credentials");
    }
    let right = json!({ "password": "p" });
    world
        .post(&path, "", right.clone())
        .await
        .refused(429, "Rate limit");
    let access = format!("/api/v1/shared-secrets/{id}/access");
    world
        .post(&access, "", right.clone())
        .await
        .refused(429, "Rate limit");
    world.advance(60_000);
    world.post(&path, "", right.clone()).await.ok();
    world
        .post(&access, "", right.clone())
        .await
        .refused(404, "destroyed");
    world.post(&path, "", right).await.refused(404, "destroyed");
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["destroyed"], true);
    assert_eq!(mine["secrets"][0]["opened"], 0);
    assert_eq!(mine["secrets"][0]["expiresAfterViews"], 1);
}

#[tokio::test]
async fn a_share_lives_on_for_a_while_after_its_first_view() {
    let world = World::new().await;
    let body = json!({ "secretValue": "x", "expiresIn": "1h", "expiresInAfterView": "30s" });
    world
        .post("/api/v1/shared-secrets", &world.admin, body)
        .await
        .refused(422, "1 minute");
    let id = share(&world, json!({ "expiresIn": "1h", "expiresInAfterView": "10m" })).await;
    world.advance(1_800_000);
    open(&world, &id).await.ok();
    world.advance(600_000 - 1);
    open(&world, &id).await.ok();
    world.advance(1);
    open(&world, &id).await.refused(404, "expired");
    // A late view does not prolong it.
    let id = share(&world, json!({ "expiresIn": "1h", "expiresInAfterView": "10m" })).await;
    world.advance(3_300_000);
    open(&world, &id).await.ok();
    world.advance(300_000);
    open(&world, &id).await.refused(404, "expired");
}

#[tokio::test]
async fn its_creator_changes_what_is_left_of_a_share() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let id = share(&world, json!({ "expiresIn": "1h", "maxViews": 1 })).await;
    let path = format!("/api/v1/shared-secrets/{id}");
    let body = json!({ "maxViews": 3, "expiresIn": "10m" });
    world
        .patch(&path, &bob, body.clone())
        .await
        .refused(404, "not found");
    world
        .patch(&path, "", body.clone())
        .await
        .refused(401, "Token missing");
    let changed = world.patch(&path, &world.admin, body).await.ok();
    assert_eq!(changed["expiresAfterViews"], 3);
    for _ in 0..2 {
        open(&world, &id).await.ok();
    }
    // Null is without limit, and the end only comes nearer.
    let changed = world
        .patch(
            &path,
            &world.admin,
            json!({ "maxViews": null, "expiresIn": "1d" }),
        )
        .await
        .ok();
    assert_eq!(
        (&changed["expiresAfterViews"], &changed["opened"]),
        (&Value::Null, &json!(2))
    );
    world.advance(600_000);
    open(&world, &id).await.refused(404, "expired");
    world
        .patch(&path, &world.admin, json!({ "maxViews": 5 }))
        .await
        .refused(404, "not found");
    for wrong in [json!({ "maxViews": 0 }), json!({ "expiresIn": "1m" })] {
        assert_eq!(world.patch(&path, &world.admin, wrong).await.status, 422);
    }
}

#[tokio::test]
async fn every_limit_of_a_share_is_changed_afterwards() {
    let world = behind_a_proxy().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let id = share(&world, json!({ "networks": ["192.0.2.0/24"], "password": "p" })).await;
    let path = format!("/api/v1/shared-secrets/{id}");
    let change = async |body: Value| world.patch(&path, &world.admin, body).await;
    let right = || json!({ "password": "p" });
    let (inside, outside) = ("192.0.2.1", "198.51.100.7");
    visit(&world, &id, "access", outside, right())
        .await
        .refused(403, "does not open from this network");
    for strange in [
        json!({ "networks": ["example.org"] }),
        json!({ "networks": "192.0.2.1" }),
        json!({ "receipts": 1 }),
        json!({ "oneDevice": "yes" }),
        json!({ "expiresInAfterView": "1s" }),
    ] {
        assert_eq!(change(strange).await.status, 422);
    }
    let moved = json!({ "networks": ["198.51.100.0/24"], "expiresInAfterView": "10m" });
    world
        .patch(&path, &bob, moved.clone())
        .await
        .refused(404, "not found");
    let told = change(moved).await.ok();
    assert_eq!(
        told["limits"],
        json!({ "expiresInAfterView": "10m", "networks": ["198.51.100.0/24"] })
    );
    visit(&world, &id, "access", inside, right())
        .await
        .refused(403, "does not open from this network");
    // What a body does not name stays.
    let told = change(json!({ "receipts": true, "senderEnds": true, "oneDevice": true }))
        .await
        .ok();
    assert_eq!(
        told["limits"],
        json!({ "expiresInAfterView": "10m", "networks": ["198.51.100.0/24"], "oneDevice": true,
            "receipts": true, "senderEnds": true })
    );
    let look = world.get(&path, "").await.ok();
    assert_eq!(
        (&look["receipts"], &look["senderEnds"], &look["oneDevice"]),
        (&json!(true), &json!(true), &json!(true)),
        "who opens it is told"
    );
    let with = |device: &str| json!({ "password": "p", "device": device.repeat(48) });
    visit(&world, &id, "access", outside, with("a")).await.ok();
    visit(&world, &id, "access", outside, with("b"))
        .await
        .refused(403, "only on the device that opened it first");
    visit(&world, &id, "destroy", outside, with("a"))
        .await
        .refused(403, "ended by whoever made it alone");
    let receipts = format!("{path}/receipts");
    let noted = world.get(&receipts, &world.admin).await.ok();
    assert_eq!(noted["receipts"].as_array().unwrap().len(), 1);

    // After the first view its device and its end stand; the rest still changes, and what was noted stays.
    for late in [
        json!({ "expiresInAfterView": "1h" }),
        json!({ "expiresInAfterView": null, "receipts": false }),
    ] {
        change(late).await.refused(400, "decided by its first view");
    }
    let told = change(json!({ "networks": [], "receipts": false, "senderEnds": false, "oneDevice": false }))
        .await
        .ok();
    assert_eq!(told["limits"], json!({ "expiresInAfterView": "10m" }));
    change(json!({ "oneDevice": true }))
        .await
        .refused(400, "decided by its first view");
    visit(&world, &id, "access", inside, right()).await.ok();
    assert_eq!(world.get(&receipts, &world.admin).await.ok(), noted);
    let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
    assert_eq!(mine["secrets"][0]["limits"], told["limits"]);
    visit(&world, &id, "destroy", inside, right()).await.ok();
}

/// Two devices of one person at once: each field is as somebody wanted it last.
#[tokio::test]
async fn changes_of_one_moment_to_a_share_are_both_kept() {
    let world = World::new().await;
    let id = share(&world, json!({})).await;
    let path = format!("/api/v1/shared-secrets/{id}");
    let change = async |body: Value| world.patch(&path, &world.admin, body).await.ok();
    for round in 1..=5 {
        let views = json!({ "maxViews": round });
        let networks = json!({ "networks": [format!("192.0.2.{round}")], "receipts": round % 2 == 0 });
        tokio::join!(change(views), change(networks));
        let mine = world.get("/api/v1/shared-secrets", &world.admin).await.ok();
        let told = &mine["secrets"][0];
        assert_eq!(told["expiresAfterViews"], round);
        assert_eq!(told["limits"]["networks"][0], format!("192.0.2.{round}"));
        assert_eq!(told["limits"]["receipts"] == true, round % 2 == 0);
    }
}

#[tokio::test]
async fn an_account_that_shares_too_much_is_told_so() {
    let world = World::with(Config {
        share_quota: Quota {
            bytes: 30,
            files: 0,
            live: 2,
        },
        ..Config::for_tests()
    })
    .await;
    let bob = world.person("bob@coffer.test", "member").await;
    let body = |value: &str| json!({ "secretValue": value, "expiresIn": "1h", "accessType": "anyone" });
    let make =
        async |token: &str, value: &str| world.post("/api/v1/shared-secrets", token, body(value)).await;
    make(&world.admin, &"x".repeat(31))
        .await
        .refused(400, "ShareQuotaReached");
    let first = make(&world.admin, "x").await.ok();
    make(&world.admin, "x").await.ok();
    make(&world.admin, "x").await.refused(400, "ShareQuotaReached");
    make(&bob, "x").await.ok();
    let path = format!("/api/v1/shared-secrets/{}", first["id"].as_str().unwrap());
    world.call("DELETE", &path, &world.admin, None).await.ok();
    make(&world.admin, "x").await.ok();
    let ask = json!({ "name": "n", "expiresIn": "1h", "accessType": "anyone" });
    let asking = async || {
        world
            .post("/api/v1/shared-secrets/requests", &world.admin, ask.clone())
            .await
    };
    asking().await.ok();
    asking().await.ok();
    asking().await.refused(400, "ShareQuotaReached");
}

async fn post(router: axum::Router, path: String, body: Value) -> (u16, Value) {
    let request = http::Request::post(path)
        .body(axum::body::Body::from(body.to_string()))
        .unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// On a real file and several threads: a thousand of one view each, and two who want each.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_shares_at_once_none_is_lost_and_none_served_twice() {
    let folder = tempfile::tempdir().unwrap();
    let rng: coffer_server::Rng = Arc::new(|out: &mut [u8]| getrandom::fill(out).unwrap());
    let clock = Arc::new(|| 1_795_337_330_616);
    let app = App::in_file(
        &folder.path().join("coffer.db"),
        Config::for_tests(),
        clock,
        rng,
        [7; 32],
    )
    .await
    .unwrap();
    let router = router(app);
    let people: Vec<_> = (0..50)
        .map(|person| {
            let router = router.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let value = format!("cfh1.{person}.{n}");
                    let body =
                        json!({ "secretValue": value, "expiresIn": "1h", "maxViews": 1, "password": "T" });
                    let made = post(router.clone(), "/api/v1/shared-secrets/public".into(), body).await;
                    let path = format!("/api/v1/shared-secrets/{}/access", made.1["id"].as_str().unwrap());
                    let take = || {
                        let (router, path) = (router.clone(), path.clone());
                        tokio::spawn(post(router, path, json!({ "password": "T" })))
                    };
                    let (one, two) = (take(), take());
                    let (one, two) = (one.await.unwrap(), two.await.unwrap());
                    let (got, late) = if one.0 == 200 { (one, two) } else { (two, one) };
                    assert_eq!((got.0, late.0), (200, 404), "{got:?} {late:?}");
                    assert_eq!(got.1["secretValue"], value.as_str());
                }
            })
        })
        .collect();
    for person in people {
        person.await.unwrap();
    }
}

#[tokio::test]
async fn a_list_has_no_end_before_its_last_share() {
    let world = World::new().await;
    for _ in 0..205 {
        share(&world, json!({ "expiresIn": "1h" })).await;
    }
    let page = async |offset: u32| {
        let path = format!("/api/v1/shared-secrets?offset={offset}&limit=100");
        let page = world.get(&path, &world.admin).await.ok();
        assert_eq!(page["totalCount"], 205);
        page["secrets"].as_array().unwrap().len()
    };
    for (offset, length) in [(100, 100), (200, 5), (205, 0), (2_000, 0)] {
        assert_eq!(page(offset).await, length);
    }
    let wrong = world.get("/api/v1/shared-secrets?offset=-1", &world.admin).await;
    assert_eq!(wrong.status, 422);
    let asked = "/api/v1/shared-secrets/requests?offset=300&limit=100";
    assert_eq!(world.get(asked, &world.admin).await.ok()["totalCount"], 0);
}

/// Whoever has the id of a share and not its key learns no more than of one that never was.
#[tokio::test]
async fn why_a_share_has_ended_is_told_to_who_knows_its_password() {
    let world = behind_a_proxy().await;
    let locked = json!({ "password": "p", "maxViews": 1, "networks": ["192.0.2.0/24"] });
    let right = json!({ "password": "p" });
    let inside = "192.0.2.1";
    let make = || share(&world, locked.clone());
    let (used, revoked, destroyed, expired) = (make().await, make().await, make().await, make().await);
    visit(&world, &used, "access", inside, right.clone()).await.ok();
    let path = format!("/api/v1/shared-secrets/{revoked}");
    world.call("DELETE", &path, &world.admin, None).await.ok();
    visit(&world, &destroyed, "destroy", inside, right.clone())
        .await
        .ok();
    let told = async |id: &str, what: &str, from: &str, body: &Value| {
        let answer = visit(&world, id, what, from, body.clone()).await;
        let mut said = answer.json();
        said.as_object_mut().unwrap().remove("reqId");
        (answer.status, said)
    };
    let unknown = told("no-such-share", "access", inside, &right).await;
    for (id, why) in [
        (used, "view limit"),
        (revoked, "revoked"),
        (destroyed, "destroyed"),
        (expired, "expired"),
    ] {
        if why == "expired" {
            let guess = visit(&world, &id, "access", inside, json!({ "password": "guess" })).await;
            guess.refused(401, "Invalid credentials");
            world.advance(3_600_000);
            world.app.store().sweep(world.now()).await.unwrap();
        }
        for what in ["access", "destroy"] {
            for from in [inside, "198.51.100.7"] {
                for wrong in [
                    json!({}),
                    json!({ "password": "" }),
                    json!({ "password": "guess" }),
                ] {
                    assert_eq!(
                        told(&id, what, from, &wrong).await,
                        unknown,
                        "{why} {what} {from}"
                    );
                }
                visit(&world, &id, what, from, right.clone())
                    .await
                    .refused(404, why);
            }
        }
    }
}
