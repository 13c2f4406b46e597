//! Events: who hears of what, and when they hear nothing any more.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use coffer_server::Config;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/api/v1/events/subscribe/project-events";
const POLICIES: &str = "/api/v1/access-approvals/policies";
const REQUESTS: &str = "/api/v1/access-approvals/requests";

fn to(project: &str, events: &[&str]) -> Value {
    let register: Vec<_> = events.iter().map(|event| json!({ "event": event })).collect();
    json!({ "projectId": project, "register": register })
}

/// The next frame that is no sign of life; none if the answer ended.
async fn next(body: &mut Body) -> Option<String> {
    let told = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(frame) = body.frame().await {
            let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
            if text != ": alive\n\n" {
                return Some(text);
            }
        }
        None
    });
    told.await.expect("the answer neither goes on nor ends")
}

async fn hears(body: &mut Body, event: &str, payload: Value) {
    let text = next(body).await.expect("the answer ended");
    let (name, data) = text
        .strip_prefix("event: ")
        .unwrap()
        .split_once("\ndata: ")
        .unwrap();
    assert_eq!(name, event);
    let data: Value = serde_json::from_str(data.strip_suffix("\n\n").unwrap()).unwrap();
    let told = json!({ "projectType": "secret-manager", "data": { "eventType": event, "payload": payload } });
    assert_eq!(data, told);
}

async fn change(world: &World, token: &str, project: &str, method: &str, name: &str) {
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "hidden" });
    let path = format!("/api/v4/secrets/{name}");
    world.call(method, &path, token, Some(body)).await.ok();
}

/// A project with people in it, who are `email` and role.
async fn desk(config: Config, people: &[(&str, &str)]) -> (World, String, Vec<String>) {
    let world = World::with(config).await;
    let project = world.project("Work").await;
    let mut tokens = Vec::new();
    for (name, role) in people {
        let email = format!("{name}@coffer.test");
        tokens.push(world.person(&email, "member").await);
        world.join(&project, &email, role).await;
    }
    (world, project, tokens)
}

#[tokio::test]
async fn who_asks_for_it_hears_that_secrets_changed_and_not_what() {
    let (world, project, tokens) = desk(Config::for_tests(), &[("viewer", "viewer")]).await;
    let all = ["secret:create", "secret:update", "secret:delete"];
    let mut everything = world.open(PATH, &tokens[0], to(&project, &all)).await;
    let elsewhere = json!({ "projectId": project, "register": [
        { "event": "secret:create", "conditions": { "environmentSlug": "prod" } },
        { "event": "secret:create", "conditions": { "secretPath": "/a/**" } },
        { "event": "secret:delete", "conditions": { "environmentSlug": "dev", "secretPath": "/" } },
    ] });
    let mut little = world.open(PATH, &tokens[0], elsewhere).await;
    for method in ["POST", "PATCH", "DELETE"] {
        change(&world, &world.admin, &project, method, "KEY").await;
    }
    let here = json!([{ "environment": "dev", "secretPath": "/" }]);
    for event in all {
        hears(&mut everything, event, here.clone()).await;
    }
    hears(&mut little, "secret:delete", here).await;
    let batch = json!({ "projectId": project, "environment": "prod", "secrets": [
        { "secretKey": "A", "secretValue": "v" }, { "secretKey": "B", "secretValue": "v" } ] });
    world
        .post("/api/v4/secrets/batch", &world.admin, batch)
        .await
        .ok();
    let there = json!([{ "environment": "prod", "secretPath": "/" }]);
    hears(&mut everything, "secret:create", there.clone()).await;
    hears(&mut little, "secret:create", there.clone()).await;
    change(&world, &world.admin, &project, "POST", "OWN").await;
    hears(
        &mut everything,
        "secret:create",
        json!([{ "environment": "dev", "secretPath": "/" }]),
    )
    .await;
    // What is one person's own is not told, or this would come first.
    let own = json!({ "projectId": project, "environment": "dev", "secretValue": "v", "type": "personal" });
    world.post("/api/v4/secrets/OWN", &world.admin, own).await.ok();
    let last = json!({ "projectId": project, "environment": "prod", "secretValue": "v" });
    world.post("/api/v4/secrets/LAST", &world.admin, last).await.ok();
    hears(&mut everything, "secret:create", there).await;
}

#[tokio::test]
async fn nobody_hears_of_what_they_may_not_see() {
    let (world, project, tokens) = desk(Config::for_tests(), &[("bob", "no-access")]).await;
    let mut bob = world
        .open(PATH, &tokens[0], to(&project, &["secret:create"]))
        .await;
    change(&world, &world.admin, &project, "POST", "BEFORE").await;
    world.join(&project, "bob@coffer.test", "no-access").await;
    let members = format!("/api/v1/projects/{project}/memberships");
    let members = world.get(&members, &world.admin).await.ok();
    let members = members["memberships"].as_array().unwrap();
    let member = members
        .iter()
        .find(|one| one["user"]["username"] == "bob@coffer.test")
        .unwrap();
    let rule = json!({ "subject": "secrets", "action": "read", "conditions": { "environment": "prod" } });
    let privilege = json!({ "projectMembershipId": member["id"], "permissions": [rule], "type": { "isTemporary": false } });
    let privileges = "/api/v1/user-project-additional-privilege";
    world.post(privileges, &world.admin, privilege).await.ok();
    change(&world, &world.admin, &project, "POST", "STILL").await;
    let body = json!({ "projectId": project, "environment": "prod", "secretValue": "v" });
    world.post("/api/v4/secrets/SEEN", &world.admin, body).await.ok();
    hears(
        &mut bob,
        "secret:create",
        json!([{ "environment": "prod", "secretPath": "/" }]),
    )
    .await;
}

#[tokio::test]
async fn requests_for_access_are_heard_by_who_may_see_them() {
    let people = [("bob", "no-access"), ("ann", "no-access"), ("eve", "member")];
    let (world, project, tokens) = desk(Config::for_tests(), &people).await;
    let read = world
        .get(&format!("/api/v1/projects/{project}"), &world.admin)
        .await
        .ok();
    let slug = read["project"]["slug"].as_str().unwrap();
    let mut all = Vec::new();
    for token in tokens.iter().chain([&world.admin]) {
        let wanted = to(&project, &["access-request:change", "secret:create"]);
        all.push(world.open(PATH, token, wanted).await);
    }
    let policy = json!({ "projectSlug": slug, "environments": ["dev"], "secretPath": "/", "allowedSelfApprovals": false,
        "approvers": [{ "type": "user", "username": "ann@coffer.test" }] });
    world.post(POLICIES, &world.admin, policy).await.ok();
    for body in &mut all {
        hears(body, "access-request:change", json!([])).await;
    }
    let ask = json!({ "permissions": [["read", "secrets", { "environment": "dev", "secretPath": { "$glob": "/" } }]],
        "isTemporary": true, "temporaryRange": "1h" });
    let made = world
        .post(&format!("{REQUESTS}?projectSlug={slug}"), &tokens[0], ask)
        .await
        .ok();
    let one = format!("{REQUESTS}/{}", made["approval"]["id"].as_str().unwrap());
    let shorter = json!({ "temporaryRange": "5m", "editNote": "" });
    world.patch(&one, &tokens[1], shorter).await.ok();
    let yes = json!({ "status": "approved" });
    world.post(&format!("{one}/review"), &tokens[1], yes).await.ok();
    world
        .post(&format!("{one}/revoke"), &tokens[0], json!({}))
        .await
        .ok();
    change(&world, &world.admin, &project, "POST", "KEY").await;
    let here = json!([{ "environment": "dev", "secretPath": "/" }]);
    for (who, body) in all.iter_mut().enumerate() {
        let is_eve = who == 2;
        if !is_eve {
            for _ in ["asked", "shortened", "approved", "revoked"] {
                hears(body, "access-request:change", json!([])).await;
            }
        }
        if who >= 2 {
            hears(body, "secret:create", here.clone()).await;
        }
    }
}

#[tokio::test]
async fn listening_ends_with_the_token_the_session_and_the_membership() {
    let config = || Config {
        heartbeat: 10,
        ..Config::for_tests()
    };
    // Without anything happening in the project.
    let (world, project, tokens) = desk(config(), &[("viewer", "viewer")]).await;
    let mut body = world
        .open(PATH, &tokens[0], to(&project, &["secret:create"]))
        .await;
    world
        .post("/api/v1/auth/logout", &tokens[0], json!({}))
        .await
        .ok();
    assert_eq!(next(&mut body).await, None, "the session");

    let (world, project, tokens) = desk(config(), &[("viewer", "viewer")]).await;
    let mut body = world
        .open(PATH, &tokens[0], to(&project, &["secret:create"]))
        .await;
    world.advance(3_600_000);
    assert_eq!(next(&mut body).await, None, "the token");

    let (world, project, tokens) = desk(config(), &[("viewer", "viewer")]).await;
    let mut body = world
        .open(PATH, &tokens[0], to(&project, &["secret:create"]))
        .await;
    let out = json!({ "usernames": ["viewer@coffer.test"] });
    let members = format!("/api/v1/projects/{project}/memberships");
    world.delete(&members, &world.admin, out).await.ok();
    assert_eq!(next(&mut body).await, None, "the membership");

    // With something happening before the next sign of life.
    let (world, project, tokens) = desk(Config::for_tests(), &[("viewer", "viewer")]).await;
    let mut body = world
        .open(PATH, &tokens[0], to(&project, &["secret:create"]))
        .await;
    world.advance(3_600_000);
    let admin = world.log_in("admin@coffer.test").await;
    change(&world, &admin, &project, "POST", "KEY").await;
    assert_eq!(
        next(&mut body).await,
        None,
        "the token, asked before anything is said"
    );

    let mut body = world.open(PATH, &admin, to(&project, &["secret:create"])).await;
    world.app.stop();
    assert_eq!(next(&mut body).await, None, "the server");
}

#[tokio::test]
async fn a_person_listens_five_times_to_a_project_and_a_closed_answer_makes_room() {
    let (world, project, tokens) = desk(
        Config {
            heartbeat: 10,
            ..Config::for_tests()
        },
        &[("viewer", "viewer")],
    )
    .await;
    let wanted = to(&project, &["secret:create"]);
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(world.open(PATH, &tokens[0], wanted.clone()).await);
    }
    world
        .post(PATH, &tokens[0], wanted.clone())
        .await
        .refused(429, "Rate limit");
    let _other = world.open(PATH, &world.admin, wanted.clone()).await;
    open.pop();
    // The task of the closed answer gives its place back as soon as it runs.
    let deadline = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            tokio::task::yield_now().await;
            let request = Request::post(PATH)
                .header("authorization", format!("Bearer {}", tokens[0]))
                .body(Body::from(wanted.to_string()))
                .unwrap();
            if world.starts(request).await == 200 {
                return;
            }
        }
    });
    deadline.await.expect("no room was made");
}

#[tokio::test]
async fn who_may_not_listen_is_told_so() {
    let (world, project, tokens) = desk(Config::for_tests(), &[("viewer", "viewer")]).await;
    let stranger = world.person("stranger@coffer.test", "member").await;
    let (machine, .., machine_token) = world.machine("ci", "no-access").await;
    world.join_machine(&project, &machine, "member").await;
    let wanted = to(&project, &["secret:create"]);
    for (token, status) in [
        ("", 401),
        ("garbage", 403),
        (&stranger, 403),
        (&machine_token, 403),
    ] {
        assert_eq!(
            world.post(PATH, token, wanted.clone()).await.status,
            status,
            "{token}"
        );
    }
    for body in [
        json!({}),
        json!({ "projectId": project }),
        to(&project, &[]),
        to(&project, &["secret:read"]),
        to(&project, &["secret:create"; 51]),
        json!({ "projectId": project, "register": [{ "event": "secret:create",
            "conditions": { "secretPath": "/{a,b}" } }] }),
        json!({ "projectId": project, "register": [{ "event": "secret:create", "conditions": { "secretPath": 7 } }] }),
    ] {
        let answer = world.post(PATH, &tokens[0], body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.json());
    }
}
