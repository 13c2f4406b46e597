//! Requests for a secret: answered once or as often as they say, read by who asked.

use coffer_server::{Config, Limits, Quota};
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
    set("cfa1.CCCC").await.refused(400, "already has a value set");
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
    set("cfa1.EEEE").await.refused(400, "already has a value set");
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
    late.refused(403, "expired");
}

/// Whoever sent an answer and heard nothing sends the same again.
#[tokio::test]
async fn the_same_answer_again_is_one_answer() {
    for most in [1, 3] {
        let world = std::sync::Arc::new(World::new().await);
        let id = ask(&world, json!({ "maxAnswers": most })).await;
        let set = async |value: &str| {
            let body = json!({ "secretValue": value });
            world.post(&path(&id, "/set-value"), "", body).await
        };
        let mut attempts = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (world, place) = (std::sync::Arc::clone(&world), path(&id, "/set-value"));
            attempts.spawn(async move {
                let body = json!({ "secretValue": "cfa1.AAAA" });
                world.post(&place, "", body).await.status
            });
        }
        let statuses = attempts.join_all().await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        let held = async || {
            let admin = world.log_in("admin@coffer.test").await;
            let given = world.get(&path(&id, "/answers"), &admin).await.ok();
            given["answers"].as_array().unwrap().clone()
        };
        let first = held().await;
        assert_eq!(first.len(), 1);
        for n in 1..most {
            set(&format!("cfa1.{n}")).await.ok();
        }
        set("cfa1.BBBB").await.refused(400, "already has a value set");
        let again = set("cfa1.AAAA").await.ok();
        assert_eq!(again["secretRequest"]["id"], id);
        assert_eq!(held().await.len(), most);
        // What was read and deleted does not come back, nor does its coming late take the room of another.
        let one = path(&id, &format!("/answers/{}", first[0]["id"].as_str().unwrap()));
        world.delete(&one, &world.admin, json!({})).await.ok();
        set("cfa1.AAAA").await.ok();
        assert_eq!(held().await.len(), most - 1);
        set("cfa1.CCCC").await.ok();
        // What came in time came in time.
        world.advance(3_600_000);
        for kept in ["cfa1.AAAA", "cfa1.CCCC"] {
            set(kept).await.ok();
        }
        set("cfa1.DDDD").await.refused(403, "has expired");
        assert_eq!(held().await.len(), most);
    }
}

/// An answer is kept for a week after the end of what asked for it.
#[tokio::test]
async fn answers_take_room_for_as_long_as_they_are_kept() {
    let quota = Quota {
        bytes: 25,
        live: 6,
        files: 0,
    };
    let world = World::with(Config {
        share_quota: quota,
        ..Config::for_tests()
    })
    .await;
    let place = "/api/v1/shared-secrets/requests";
    let more = |most: u32| json!({ "expiresIn": "5m", "maxAnswers": most });
    let round = async |value: &str, answers: usize| {
        let id = ask(&world, json!({ "expiresIn": "5m", "maxAnswers": 3 })).await;
        for n in 0..answers {
            let body = json!({ "secretValue": format!("{value}{n}") });
            world.post(&path(&id, "/set-value"), "", body).await.ok();
        }
        world.advance(300_000);
        world.app.store().sweep(world.now()).await.unwrap();
        id
    };
    let first = round("a", 2).await;
    round("b", 2).await;
    world
        .post(place, &world.admin, more(3))
        .await
        .refused(400, "ShareQuotaReached");
    // By bytes as well, of whoever asked.
    let id = ask(&world, json!({ "maxAnswers": 2 })).await;
    let set = async |value: &str| {
        let body = json!({ "secretValue": value });
        world.post(&path(&id, "/set-value"), "", body).await
    };
    set(&"c".repeat(18)).await.refused(400, "ShareQuotaReached");
    set(&"c".repeat(17)).await.ok();
    world.delete(&path(&id, ""), &world.admin, json!({})).await.ok();
    // What is deleted takes none, and what is over is forgotten in time.
    world
        .delete(&path(&first, ""), &world.admin, json!({}))
        .await
        .ok();
    world.post(place, &world.admin, more(3)).await.ok();
    world.advance(8 * 86_400_000);
    world.app.store().sweep(world.now()).await.unwrap();
    let admin = world.log_in("admin@coffer.test").await;
    world.post(place, &admin, more(6)).await.ok();
}

#[tokio::test]
async fn who_asked_looks_as_often_as_they_like_and_is_told_in_the_list() {
    let limits = Limits {
        public_per_address: 3,
        ..Limits::NONE
    };
    let world = World::limited(limits).await;
    let (one, many) = (
        ask(&world, json!({})).await,
        ask(&world, json!({ "maxAnswers": 3 })).await,
    );
    let bob = world.person("bob@coffer.test", "member").await;
    for id in [&one, &many] {
        let body = json!({ "secretValue": "cfa1.AAAA" });
        world.post(&path(id, "/set-value"), "", body).await.ok();
    }
    for _ in 0..20 {
        let look = world.get(&path(&one, ""), &world.admin).await.ok();
        assert_eq!(look["isSecretValueSet"], true);
    }
    world.get(&path(&one, ""), &bob).await.ok();
    for token in ["", bob.as_str()] {
        world
            .get(&path(&one, ""), token)
            .await
            .refused(429, "Rate limit exceeded");
    }
    let list = world
        .get("/api/v1/shared-secrets/requests", &world.admin)
        .await
        .ok();
    for (id, full, most) in [(&one, true, 1), (&many, false, 3)] {
        let secrets = list["secrets"].as_array().unwrap();
        let found = secrets
            .iter()
            .find(|request| request["id"] == id.as_str())
            .unwrap();
        assert_eq!(found["isSecretValueSet"], full);
        assert_eq!(
            (&found["answers"], &found["maxAnswers"]),
            (&json!(1), &json!(most))
        );
    }
}
