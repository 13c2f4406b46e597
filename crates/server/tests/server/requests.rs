//! Requests for a secret: answered once, read by who asked.

use serde_json::{Value, json};

use crate::world::World;

async fn ask(world: &World, fields: Value) -> String {
    let mut body = json!({ "expiresIn": "1h", "accessType": "anyone" });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let made = world
        .post("/api/v1/shared-secrets/requests", &world.admin, body)
        .await;
    made.ok()["id"].as_str().unwrap().to_owned()
}

fn path(id: &str, more: &str) -> String {
    format!("/api/v1/shared-secrets/requests/{id}{more}")
}

#[tokio::test]
async fn an_answer_is_given_once_and_read_by_who_asked_only() {
    let world = World::new().await;
    let id = ask(&world, json!({ "name": "send me the key" })).await;
    let look = world.get(&path(&id, ""), "").await.ok();
    assert_eq!(look["isSecretValueSet"], false);
    assert_eq!(look["request"]["name"], "send me the key");
    assert!(look["request"].get("secretValue").is_none());
    // Nothing to read yet.
    let none = world
        .post(&path(&id, "/reveal-value"), &world.admin, json!({}))
        .await;
    assert_eq!(none.status, 404);
    let answer = |value: &str| json!({ "secretValue": value });
    world
        .post(&path(&id, "/set-value"), "", answer("cfa1.AAAA"))
        .await
        .ok();
    let again = world
        .post(&path(&id, "/set-value"), "", answer("cfa1.BBBB"))
        .await;
    assert_eq!(again.status, 400);
    assert_eq!(world.get(&path(&id, ""), "").await.ok()["isSecretValueSet"], true);
    // Whoever has the id may not read it, nor may another person.
    assert_eq!(
        world
            .post(&path(&id, "/reveal-value"), "", json!({}))
            .await
            .status,
        401
    );
    let bob = world.person("bob@coffer.test", "member").await;
    assert_eq!(
        world
            .post(&path(&id, "/reveal-value"), &bob, json!({}))
            .await
            .status,
        404
    );
    assert_eq!(world.delete(&path(&id, ""), &bob, json!({})).await.status, 404);
    let read = world
        .post(&path(&id, "/reveal-value"), &world.admin, json!({}))
        .await
        .ok();
    assert_eq!(read["secretRequest"]["secretValue"], "cfa1.AAAA");
    let listed = world
        .get("/api/v1/shared-secrets/requests", &world.admin)
        .await
        .ok();
    assert_eq!(listed["totalCount"], 1);
    assert!(listed["secrets"][0].get("secretValue").is_none());
    world.delete(&path(&id, ""), &world.admin, json!({})).await.ok();
    assert_eq!(world.get(&path(&id, ""), "").await.status, 404);
}

#[tokio::test]
async fn of_many_answers_at_once_one_is_kept() {
    let world = World::new().await;
    let id = ask(&world, json!({})).await;
    let place = path(&id, "/set-value");
    let mut attempts = tokio::task::JoinSet::new();
    let world = std::sync::Arc::new(world);
    for number in 0..20 {
        let (world, place) = (std::sync::Arc::clone(&world), place.clone());
        attempts.spawn(async move {
            let body = json!({ "secretValue": format!("cfa1.{number}") });
            world.post(&place, "", body).await.status
        });
    }
    let answers = attempts.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_what_is_over_is_over() {
    let world = World::new().await;
    for (body, status) in [
        (json!({ "expiresIn": "1m" }), 422),
        (json!({ "expiresIn": "31d" }), 422),
        (json!({ "expiresIn": "never" }), 422),
        (json!({ "name": "x".repeat(51), "expiresIn": "1h" }), 422),
    ] {
        let made = world
            .post("/api/v1/shared-secrets/requests", &world.admin, body.clone())
            .await;
        assert_eq!(made.status, status, "{body}");
    }
    let id = ask(&world, json!({})).await;
    for value in ["", &"x".repeat(10_001)] {
        let body = json!({ "secretValue": value });
        assert_eq!(world.post(&path(&id, "/set-value"), "", body).await.status, 422);
    }
    let internal = ask(&world, json!({ "accessType": "organization" })).await;
    assert_eq!(world.get(&path(&internal, ""), "").await.status, 401);
    assert_eq!(world.get(&path("nope", ""), "").await.status, 404);
    let (_, _, _, machine) = world.machine("ci", "member").await;
    let asked = world
        .post(
            "/api/v1/shared-secrets/requests",
            &machine,
            json!({ "expiresIn": "1h" }),
        )
        .await;
    assert_eq!(asked.status, 403);
    world.advance(3_600_000);
    let late = world
        .post(&path(&id, "/set-value"), "", json!({ "secretValue": "cfa1.AA" }))
        .await;
    assert_eq!(late.status, 400);
}
