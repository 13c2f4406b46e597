//! How much and how often.

use coffer_server::{Config, Limits};
use serde_json::json;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn logins_to_one_account_are_limited() {
    let limits = Limits {
        login_per_account: 4,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let try_in = |email: &'static str, password: &'static str| {
        world.post(
            "/api/v3/auth/login",
            "",
            json!({ "email": email, "password": password }),
        )
    };
    for _ in 0..3 {
        try_in("admin@coffer.test", "wrong")
            .await
            .refused(400, "Invalid credentials");
    }
    let refused = try_in("Admin@coffer.test", PASSWORD).await;
    assert_eq!(refused.header("retry-after"), "15");
    refused.refused(429, "Rate limit exceeded. Please try again in 15 seconds");
    try_in("bob@coffer.test", "wrong")
        .await
        .refused(400, "Invalid credentials");
    world.advance(15_000);
    try_in("admin@coffer.test", PASSWORD).await.ok();
}

#[tokio::test]
async fn public_routes_are_limited_by_address() {
    let limits = Limits {
        public_per_address: 3,
        login_per_address: 1000,
        ..Limits::NONE
    };
    let world = World::with(Config {
        limits,
        behind_proxy: true,
        ..Config::for_tests()
    })
    .await;
    let look = async |address: &str| {
        let headers = [("x-forwarded-for", address)];
        world
            .call_with("GET", "/api/v1/shared-secrets/nope", "", None, &headers)
            .await
    };
    for _ in 0..3 {
        look("192.0.2.1").await.refused(404, "not found");
    }
    look("192.0.2.1").await.refused(429, "Rate limit exceeded");
    look("forged, 192.0.2.1")
        .await
        .refused(429, "Rate limit exceeded");
    look("192.0.2.2").await.refused(404, "not found");
    look("2001:db8::1").await.refused(404, "not found");
    for _ in 0..2 {
        look("2001:db8::2").await.refused(404, "not found");
    }
    look("2001:db8::ffff").await.refused(429, "Rate limit exceeded");
}

#[tokio::test]
async fn guesses_at_one_share_are_limited_from_everywhere() {
    let limits = Limits {
        open_per_share: 5,
        ..Limits::NONE
    };
    let world = World::with(Config {
        limits,
        behind_proxy: true,
        ..Config::for_tests()
    })
    .await;
    let body = json!({ "secretValue": "x", "expiresIn": "1h", "password": "p", "accessType": "anyone", "maxViews": 1 });
    let made = world
        .post("/api/v1/shared-secrets", &world.admin, body)
        .await
        .ok();
    let path = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
    for address in 0..5 {
        let address = format!("192.0.2.{address}");
        let guess = Some(json!({ "password": "guess" }));
        world
            .call_with("POST", &path, "", guess, &[("x-forwarded-for", &address)])
            .await
            .refused(401, "credentials");
    }
    let guess = Some(json!({ "password": "p" }));
    world
        .call_with(
            "POST",
            &path,
            "",
            guess.clone(),
            &[("x-forwarded-for", "192.0.2.99")],
        )
        .await
        .refused(429, "Rate limit");
    world.advance(60_000);
    world
        .call_with("POST", &path, "", guess, &[("x-forwarded-for", "192.0.2.99")])
        .await
        .ok();
}

#[tokio::test]
async fn a_link_for_many_opens_for_all_of_them_at_once() {
    let limits = Limits {
        open_per_share: 5,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let world = std::sync::Arc::new(world);
    let mut body = json!({ "secretValue": "x", "expiresIn": "1h", "accessType": "anyone", "maxViews": 100 });
    for password in [None, Some("p")] {
        body["password"] = json!(password);
        let made = world
            .post("/api/v1/shared-secrets", &world.admin, body.clone())
            .await
            .ok();
        let path = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
        let mut openings = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let (world, path) = (std::sync::Arc::clone(&world), path.clone());
            openings.spawn(async move {
                world
                    .post(&path, "", json!({ "password": password }))
                    .await
                    .status
            });
        }
        let statuses = openings.join_all().await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        // Who forgot it has guessed nothing yet.
        if password.is_some() {
            for _ in 0..10 {
                world.post(&path, "", json!({})).await.refused(401, "credentials");
            }
            world.post(&path, "", json!({ "password": password })).await.ok();
        }
    }
}

#[tokio::test]
async fn of_guesses_at_once_no_more_are_answered_than_one_by_one() {
    let limits = Limits {
        open_per_share: 5,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let world = std::sync::Arc::new(world);
    let body = json!({ "secretValue": "x", "expiresIn": "1h", "password": "p", "accessType": "anyone" });
    let made = world
        .post("/api/v1/shared-secrets", &world.admin, body)
        .await
        .ok();
    let path = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..60 {
        let (world, path) = (std::sync::Arc::clone(&world), path.clone());
        // The right one comes late among them.
        let password = if guess == 50 {
            "p".to_owned()
        } else {
            format!("guess {guess}")
        };
        guesses.spawn(async move {
            world
                .post(&path, "", json!({ "password": password }))
                .await
                .status
        });
    }
    let statuses = guesses.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 55);
}

/// Or else whoever has the id of a share, and not its key, would learn by counting that there was one.
#[tokio::test]
async fn guesses_at_what_has_ended_are_counted_as_those_at_what_never_was() {
    let limits = Limits {
        open_per_share: 3,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let body = json!({ "secretValue": "x", "expiresIn": "5m", "password": "p", "accessType": "anyone" });
    let made = world
        .post("/api/v1/shared-secrets", &world.admin, body)
        .await
        .ok();
    world.advance(300_000);
    for id in [made["id"].as_str().unwrap(), "never-there"] {
        let path = format!("/api/v1/shared-secrets/{id}/access");
        for (body, status) in [
            (json!({}), 404),
            (json!({ "password": "1" }), 404),
            (json!({ "password": "2" }), 404),
            (json!({ "password": "3" }), 404),
            (json!({ "password": "4" }), 429),
            (json!({}), 429),
        ] {
            assert_eq!(world.post(&path, "", body).await.status, status, "{id}");
        }
    }
}

/// A quota counts what is there: what is made and taken back again and again would fill the disk beside it.
#[tokio::test]
async fn who_makes_links_and_takes_them_back_is_slowed_down() {
    let limits = Limits {
        shares: 4,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let bob = world.person("bob@coffer.test", "member").await;
    let link = json!({ "secretValue": "x", "expiresIn": "1h", "accessType": "anyone" });
    let form = json!({ "expiresIn": "1h", "accessType": "anyone" });
    for (path, body) in [
        ("/api/v1/shared-secrets", &link),
        ("/api/v1/shared-secrets/requests", &form),
    ] {
        for _ in 0..2 {
            let made = world.post(path, &world.admin, body.clone()).await.ok();
            let path = format!("{path}/{}", made["id"].as_str().unwrap());
            world.delete(&path, &world.admin, json!({})).await.ok();
        }
    }
    for (path, body) in [
        ("/api/v1/shared-secrets", &link),
        ("/api/v1/shared-secrets/requests", &form),
    ] {
        let refused = world.post(path, &world.admin, body.clone()).await;
        assert_eq!(refused.header("retry-after"), "15");
        refused.refused(429, "Rate limit exceeded");
        world.post(path, &bob, body.clone()).await.ok();
    }
    world.advance(15_000);
    world
        .post("/api/v1/shared-secrets", &world.admin, link)
        .await
        .ok();
}

#[tokio::test]
async fn a_body_has_at_most_one_mebibyte() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let body = |length: usize| json!({ "projectId": project, "environment": "dev", "secretValue": "v".repeat(length) });
    world
        .post("/api/v4/secrets/BIG", &world.admin, body(700_000))
        .await
        .ok();
    world
        .post("/api/v4/secrets/BIGGER", &world.admin, body(1_048_576))
        .await
        .refused(413, "too large");
    // One that says so beforehand is not even read.
    let request = http::Request::post("/api/v4/secrets/BIGGER")
        .header("authorization", format!("Bearer {}", world.admin))
        .header("content-length", "1048577")
        .body("{}".to_owned().into())
        .unwrap();
    world.send(request).await.refused(413, "too large");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_bad_request() {
    let world = World::new().await;
    for body in ["{", "\"", "{\"email\":}"] {
        let request = http::Request::post("/api/v3/auth/login")
            .body(body.to_owned().into())
            .unwrap();
        world.send(request).await.refused(400, "not valid JSON");
    }
    let request = http::Request::post("/api/v3/auth/login")
        .body("[]".to_owned().into())
        .unwrap();
    world.send(request).await.refused(422, "Expected object");
    let issues = world.post("/api/v3/auth/login", "", json!({ "email": 7 })).await;
    assert_eq!(issues.status, 422);
    let issues = issues.json();
    assert_eq!(issues["error"], "ValidationFailure");
    assert_eq!(
        issues["message"][0]["message"],
        "Expected string, received number"
    );
    assert_eq!(
        issues["message"][1],
        json!({
            "code": "invalid_type", "expected": "string", "received": "undefined", "path": ["password"], "message": "Required",
        })
    );
}

#[tokio::test]
async fn unknown_routes_and_long_names_are_told_as_the_real_server_tells_them() {
    let world = World::new().await;
    let unknown = world.get("/api/v9/nothing?x=1", &world.admin).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(
        unknown.json(),
        json!({
            "message": "Route GET:/api/v9/nothing?x=1 not found", "error": "Not Found", "statusCode": 404,
        })
    );
    assert_eq!(
        world
            .call("PUT", "/api/v1/projects", &world.admin, None)
            .await
            .status,
        404
    );
    let project = world.project("Work").await;
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "x" });
    world
        .post(
            &format!("/api/v4/secrets/{}", "n".repeat(100)),
            &world.admin,
            body.clone(),
        )
        .await
        .ok();
    let long = world
        .post(
            &format!("/api/v4/secrets/{}", "n".repeat(101)),
            &world.admin,
            body,
        )
        .await;
    assert_eq!(
        (long.status, long.json()["error"].as_str()),
        (404, Some("Not Found"))
    );
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let world = World::new().await;
    let (_, client_id, secret, _) = world.machine("ci", "no-access").await;
    let body = json!({ "clientId": client_id, "clientSecret": secret });
    world
        .post("/api/v1/auth/universal-auth/login/", "", body)
        .await
        .ok();
    world
        .get("/api/v1/projects/?type=secret-manager", &world.admin)
        .await
        .ok();
}
