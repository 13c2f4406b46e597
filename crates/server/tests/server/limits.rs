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
    let world = World::with(Config {
        limits,
        ..Config::for_tests()
    })
    .await;
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
