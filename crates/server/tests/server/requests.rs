//! Requests for a secret: answered once or as often as they say, read by who asked.

use coffer_server::{Config, Quota};
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
async fn a_request_takes_as_many_answers_as_it_says() {
    let world = World::new().await;
    let id = ask(&world, json!({ "maxAnswers": 2 })).await;
    let answer = |value: &str| json!({ "secretValue": value });
    let set = |value: &'static str| {
        let (world, place) = (&world, path(&id, "/set-value"));
        async move { world.post(&place, "", answer(value)).await }
    };
    set("cfa1.AAAA").await.ok();
    assert_eq!(
        world.get(&path(&id, ""), "").await.ok()["isSecretValueSet"],
        false
    );
    world.advance(60_000);
    set("cfa1.BBBB").await.ok();
    assert_eq!(world.get(&path(&id, ""), "").await.ok()["isSecretValueSet"], true);
    set("cfa1.CCCC").await.refused(400, "already been set");
    let place = path(&id, "/answers");
    let given = world.get(&place, &world.admin).await.ok();
    let answers = given["answers"].as_array().unwrap();
    let values: Vec<&Value> = answers.iter().map(|answer| &answer["secretValue"]).collect();
    assert_eq!(values, ["cfa1.AAAA", "cfa1.BBBB"], "the oldest first");
    assert_ne!(answers[0]["at"], answers[1]["at"]);
    assert_eq!(given["maxAnswers"], 2);
    // A client of the compatible API reads the first.
    let first = world
        .post(&path(&id, "/reveal-value"), &world.admin, json!({}))
        .await
        .ok();
    assert_eq!(first["secretRequest"]["secretValue"], "cfa1.AAAA");
    // Nobody else reads or deletes them, nor through a request of their own.
    let bob = world.person("bob@coffer.test", "member").await;
    let one = |id: &str| path(id, &format!("/answers/{}", answers[0]["id"].as_str().unwrap()));
    assert_eq!(world.get(&place, "").await.status, 401);
    assert_eq!(world.get(&place, &bob).await.status, 404);
    assert_eq!(world.delete(&one(&id), "", json!({})).await.status, 401);
    assert_eq!(world.delete(&one(&id), &bob, json!({})).await.status, 404);
    let other = ask(&world, json!({ "maxAnswers": 2 })).await;
    assert_eq!(
        world.delete(&one(&other), &world.admin, json!({})).await.status,
        404
    );
    // Deleting one makes room for one.
    world.delete(&one(&id), &world.admin, json!({})).await.ok();
    assert_eq!(world.delete(&one(&id), &world.admin, json!({})).await.status, 404);
    set("cfa1.DDDD").await.ok();
    set("cfa1.EEEE").await.refused(400, "already been set");
    for most in [json!(0), json!(51), json!("many")] {
        let body = json!({ "expiresIn": "1h", "maxAnswers": most });
        let made = world
            .post("/api/v1/shared-secrets/requests", &world.admin, body)
            .await;
        assert_eq!(made.status, 422);
    }
    let config = world.get("/api/v1/admin/config", "").await.ok();
    let offered = config["config"]["coffer"]["shares"].as_array().unwrap();
    assert!(offered.contains(&json!("manyAnswers")));
}

#[tokio::test]
async fn a_flood_of_answers_stops_at_what_a_request_takes() {
    let world = std::sync::Arc::new(World::new().await);
    let id = ask(&world, json!({ "maxAnswers": 5 })).await;
    let mut attempts = tokio::task::JoinSet::new();
    for number in 0..30 {
        let (world, place) = (std::sync::Arc::clone(&world), path(&id, "/set-value"));
        attempts.spawn(async move {
            let body = json!({ "secretValue": format!("cfa1.{number}") });
            world.post(&place, "", body).await.status
        });
    }
    let answers = attempts.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 5);
    let given = world.get(&path(&id, "/answers"), &world.admin).await.ok();
    assert_eq!(given["answers"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_request_counts_against_the_quota_for_as_many_answers_as_it_takes() {
    let world = World::with(Config {
        share_quota: Quota {
            bytes: 1_000,
            live: 6,
            files: 0,
        },
        ..Config::for_tests()
    })
    .await;
    ask(&world, json!({ "maxAnswers": 5 })).await;
    let more = |most: u32| json!({ "expiresIn": "1h", "maxAnswers": most });
    let place = "/api/v1/shared-secrets/requests";
    let refused = world.post(place, &world.admin, more(2)).await;
    refused.refused(400, "ShareQuotaReached");
    world.post(place, &world.admin, more(1)).await.ok();
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
