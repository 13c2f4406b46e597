//! Webhooks: who is told what, how often, and where nothing is ever sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coffer_server::{Config, Names, Network, Reach, deliver};
use serde_json::{Value, json};

use crate::receiver::{Answer, Heard, Receiver};
use crate::world::World;

const HOOKS: &str = "/api/v1/webhooks";
const LINK_HOOKS: &str = "/api/v1/shared-secrets/webhooks";
const SECRET: &str = "what-signs";
const SITE: &str = "https://coffer.example";
/// In every value, name, comment, title and reason here, and in nothing that is told.
const CANARY: &str = "CANARY";
const REQUEST: &str = "Q0123456789abcdef0123456789abcdef";

/// Webhooks may reach loopback, where the receivers are.
fn config() -> Config {
    Config {
        webhooks: Reach::new(Names::default(), vec![Network::parse("127.0.0.0/8").unwrap()])
            .with_patience(Duration::from_millis(300)),
        site_url: Some(SITE.to_owned()),
        access_ttl: 30 * 86_400,
        ..Config::for_tests()
    }
}

async fn world() -> (World, String) {
    let world = World::with(config()).await;
    let project = world.project("Work").await;
    (world, project)
}

/// Makes a webhook of the environment `dev`; gives its id.
async fn hook(world: &World, project: &str, url: &str, more: Value) -> String {
    let mut body =
        json!({ "projectId": project, "environment": "dev", "webhookUrl": url, "webhookSecretKey": SECRET });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = world.post(HOOKS, &world.admin, body).await.ok();
    made["webhook"]["id"].as_str().unwrap().to_owned()
}

/// The only webhook of a project, as it is listed.
async fn listed(world: &World, project: &str) -> Value {
    let all = world
        .get(&format!("{HOOKS}?projectId={project}"), &world.admin)
        .await
        .ok();
    assert_eq!(all["webhooks"].as_array().unwrap().len(), 1);
    all["webhooks"][0].clone()
}

/// Makes the environment of Coffer's own rows, with the inbox.
async fn inbox(world: &World, project: &str) {
    let path = format!("/api/v1/projects/{project}/environments");
    let body = json!({ "name": "Coffer", "slug": "coffer" });
    world.post(&path, &world.admin, body).await.ok();
    for (path, name) in [("/", "coffer"), ("/coffer", "inbox")] {
        let body = json!({ "projectId": project, "environment": "coffer", "path": path, "name": name });
        world.post("/api/v2/folders", &world.admin, body).await.ok();
    }
}

async fn leave(world: &World, project: &str, name: &str) {
    let body = json!({ "projectId": project, "environment": "coffer", "secretPath": "/coffer/inbox",
        "secretValue": CANARY, "secretComment": CANARY });
    world
        .post(&format!("/api/v4/secrets/{name}"), &world.admin, body)
        .await
        .ok();
}

/// Lets what is gathered become due, and has it told.
async fn tell(world: &World) {
    world.advance(3_000);
    deliver(&world.app).await;
}

fn only(heard: Vec<Heard>) -> Heard {
    assert_eq!(heard.len(), 1, "{heard:?}");
    heard.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_webhook_is_made_listed_changed_and_deleted() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    let body = json!({ "projectId": project, "environment": "dev", "webhookUrl": receiver.url(), "secretPath": "/a/",
        "webhookSecretKey": SECRET, "eventsFilter": [{ "eventName": "secrets.modified" }] });
    let made = world.post(HOOKS, &world.admin, body).await.ok();
    assert_eq!(made["message"], "Successfully created webhook");
    let webhook = &made["webhook"];
    for (key, value) in [
        ("type", json!("general")),
        ("secretPath", json!("/a")),
        ("isDisabled", json!(false)),
        ("lastStatus", Value::Null),
        ("lastRunErrorMessage", Value::Null),
        ("projectId", json!(project)),
        ("eventsFilter", json!([{ "eventName": "secrets.modified" }])),
        ("isSigned", json!(true)),
    ] {
        assert_eq!(webhook[key], value, "{key}");
    }
    assert_eq!(webhook["environment"]["slug"], "dev");
    assert_eq!(webhook["envId"], webhook["environment"]["id"]);
    assert!(webhook.get("url").is_none() && !made.to_string().contains(SECRET));
    let at = format!("{HOOKS}/{}", webhook["id"].as_str().unwrap());
    for (query, found) in [
        ("", 1),
        ("&environment=dev", 1),
        ("&environment=prod", 0),
        ("&environment=dev&secretPath=/a", 1),
        ("&environment=dev&secretPath=/b", 0),
    ] {
        let path = format!("{HOOKS}?projectId={project}{query}");
        let all = world.get(&path, &world.admin).await.ok();
        assert_eq!(all["webhooks"].as_array().unwrap().len(), found, "{query}");
        assert!(!all.to_string().contains(SECRET));
    }
    assert_eq!(listed(&world, &project).await["url"], receiver.url());

    let changed = world
        .patch(
            &at,
            &world.admin,
            json!({ "isDisabled": true, "eventsFilter": [] }),
        )
        .await
        .ok();
    assert_eq!(changed["webhook"]["isDisabled"], true);
    assert_eq!(changed["webhook"]["eventsFilter"], json!([]));
    world
        .patch(&at, &world.admin, json!({}))
        .await
        .refused(422, "At least one field");
    let deleted = world.delete(&at, &world.admin, json!({})).await.ok();
    assert_eq!(deleted["message"], "Successfully deleted webhook");
    for answer in [
        world.delete(&at, &world.admin, json!({})).await,
        world
            .patch(&at, &world.admin, json!({ "isDisabled": true }))
            .await,
        world.post(&format!("{at}/test"), &world.admin, json!({})).await,
    ] {
        answer.refused(404, "not found");
    }
}

#[tokio::test]
async fn what_is_no_webhook_is_refused() {
    let (world, project) = world().await;
    let good = json!({ "projectId": project, "environment": "dev", "webhookUrl": "http://127.0.0.1:9/x" });
    for (key, value, status) in [
        ("environment", json!("nowhere"), 404),
        ("environment", json!(5), 422),
        ("webhookUrl", json!("not an address"), 422),
        ("webhookUrl", json!("/path"), 422),
        (
            "webhookUrl",
            json!(format!("http://127.0.0.1/{}", "x".repeat(2_000))),
            422,
        ),
        ("type", json!("carrier-pigeon"), 422),
        ("secretPath", json!("/{a,b}"), 422),
        ("eventsFilter", json!([{ "eventName": "share.viewed" }]), 422),
        ("eventsFilter", json!([{}]), 422),
    ] {
        let mut body = good.clone();
        body[key] = value.clone();
        let made = world.post(HOOKS, &world.admin, body).await;
        assert_eq!(made.status, status, "{key} {value} {}", made.json());
    }
    for at in 0..20 {
        let body = json!({ "webhookUrl": format!("http://127.0.0.1:9/{at}") });
        hook(&world, &project, "", body.clone()).await;
        world.post(LINK_HOOKS, &world.admin, body).await.ok();
    }
    world
        .post(HOOKS, &world.admin, good.clone())
        .await
        .refused(400, "which is the most");
    world
        .post(LINK_HOOKS, &world.admin, good)
        .await
        .refused(400, "which is the most");
}

#[tokio::test]
async fn only_administrators_see_and_change_a_projects_webhooks() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    let id = hook(&world, &project, &receiver.url(), json!({})).await;
    let mut tokens = vec![(String::new(), 401)];
    for role in ["no-access", "viewer", "member"] {
        let email = format!("{role}@coffer.test");
        let token = world.person(&email, "member").await;
        world.join(&project, &email, role).await;
        tokens.push((token, 403));
    }
    tokens.push((world.person("stranger@coffer.test", "member").await, 403));
    let (machine, _, _, token) = world.machine("ci", "member").await;
    world.join_machine(&project, &machine, "admin").await;
    tokens.push((token, 403));
    let new = json!({ "projectId": project, "environment": "dev", "webhookUrl": receiver.url() });
    for (method, path, body) in [
        ("POST", HOOKS.to_owned(), new),
        ("GET", format!("{HOOKS}?projectId={project}"), Value::Null),
        ("PATCH", format!("{HOOKS}/{id}"), json!({ "isDisabled": false })),
        ("POST", format!("{HOOKS}/{id}/test"), json!({})),
        ("DELETE", format!("{HOOKS}/{id}"), json!({})),
    ] {
        let body = (!body.is_null()).then_some(body);
        for (token, status) in &tokens {
            let answer = world.call(method, &path, token, body.clone()).await;
            assert_eq!(answer.status, *status, "{method} {path} {}", answer.json());
        }
        // Nor is it one of anybody's own links.
        let path = path.replace(HOOKS, LINK_HOOKS);
        if path.contains(&id) {
            world
                .call(method, &path, &world.admin, body.clone())
                .await
                .refused(404, "not found");
        }
        world
            .call(method, &path.replace(LINK_HOOKS, HOOKS), &world.admin, body)
            .await
            .ok();
    }
    assert_eq!(receiver.heard().len(), 1, "the administrator's try");
}

#[tokio::test]
async fn a_webhook_of_links_is_its_owners_alone() {
    let (world, _) = world().await;
    let receiver = Receiver::new();
    let bob = world.person("bob@coffer.test", "member").await;
    let (_, _, _, machine) = world.machine("ci", "member").await;
    let new = json!({ "webhookUrl": receiver.url() });
    assert_eq!(world.post(LINK_HOOKS, "", new.clone()).await.status, 401);
    assert_eq!(world.post(LINK_HOOKS, &machine, new.clone()).await.status, 403);
    let made = world.post(LINK_HOOKS, &bob, new).await.ok();
    assert!(made["webhook"].get("projectId").is_none());
    let at = format!("{LINK_HOOKS}/{}", made["webhook"]["id"].as_str().unwrap());
    let mine = world.get(LINK_HOOKS, &bob).await.ok();
    assert_eq!(mine["webhooks"][0]["url"], receiver.url());
    let others = world.get(LINK_HOOKS, &world.admin).await.ok();
    assert_eq!(others["webhooks"], json!([]));
    for (method, path, body) in [
        ("PATCH", at.clone(), json!({ "isDisabled": true })),
        ("POST", format!("{at}/test"), json!({})),
        ("DELETE", at, json!({})),
    ] {
        let answer = world.call(method, &path, &world.admin, Some(body.clone())).await;
        answer.refused(404, "not found");
        // Nor is it one of a project's.
        let of_project = path.replace(LINK_HOOKS, HOOKS);
        let answer = world.call(method, &of_project, &bob, Some(body.clone())).await;
        answer.refused(404, "not found");
        world.call(method, &path, &bob, Some(body)).await.ok();
    }
    assert_eq!(receiver.heard().len(), 1, "the owner's try");
}

#[tokio::test]
async fn what_is_told_of_secrets_is_signed_and_says_where_and_not_what() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    hook(&world, &project, &receiver.url(), json!({})).await;
    world.write(&project, CANARY, CANARY).await;
    tell(&world).await;
    let heard = only(receiver.heard());
    assert!(heard.is_signed_with(SECRET) && !heard.is_signed_with("another"));
    let told = heard.json();
    assert_eq!(told["event"], "secrets.modified");
    assert_eq!(told["timestamp"], world.now());
    assert_eq!(told["id"].as_str(), heard.header("x-coffer-delivery"));
    assert_eq!(
        told["project"],
        json!({ "workspaceId": project, "projectId": project, "projectName": "Work", "environment": "dev",
            "environmentName": "Development", "secretPath": "/", "changedBy": "admin@coffer.test",
            "changedByActorType": "user" })
    );
    assert!(!format!("{heard:?}").contains(CANARY));
    let state = listed(&world, &project).await;
    assert_eq!(state["lastStatus"], "success");
    assert_eq!(state["waiting"], 0);
}

#[tokio::test]
async fn of_a_swarm_of_changes_one_is_told() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    hook(&world, &project, &receiver.url(), json!({})).await;
    for at in 0..30 {
        world.write(&project, &format!("KEY{at}"), "v").await;
    }
    tell(&world).await;
    assert_eq!(receiver.heard().len(), 1);
    // And what comes afterwards is told again.
    world.write(&project, "LATER", "v").await;
    tell(&world).await;
    assert_eq!(receiver.heard().len(), 1);
}

#[tokio::test]
async fn a_webhook_hears_of_its_own_places_only() {
    let (world, project) = world().await;
    let other = world.project("Other").await;
    let receiver = Receiver::new();
    let id = hook(&world, &project, &receiver.url(), json!({ "secretPath": "/**" })).await;
    for (path, name) in [("/", "a"), ("/", "coffer"), ("/coffer", "log")] {
        let body = json!({ "projectId": project, "environment": "dev", "path": path, "name": name });
        world.post("/api/v2/folders", &world.admin, body).await.ok();
    }
    let write = async |project: &str, environment: &str, path: &str, more: Value| {
        let mut body = json!({ "projectId": project, "environment": environment, "secretPath": path, "secretValue": "v" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let name = format!("KEY{}", world.app.now());
        world
            .post(&format!("/api/v4/secrets/{name}"), &world.admin, body)
            .await
            .ok();
        tell(&world).await;
        receiver.heard().len()
    };
    assert_eq!(write(&project, "dev", "/a", json!({})).await, 1);
    assert_eq!(write(&project, "prod", "/", json!({})).await, 0);
    assert_eq!(write(&other, "dev", "/", json!({})).await, 0);
    assert_eq!(
        write(&project, "dev", "/coffer/log", json!({})).await,
        0,
        "what Coffer keeps for itself"
    );
    let at = format!("{HOOKS}/{id}");
    world
        .patch(
            &at,
            &world.admin,
            json!({ "eventsFilter": [{ "eventName": "access.requested" }] }),
        )
        .await
        .ok();
    assert_eq!(write(&project, "dev", "/a", json!({})).await, 0, "not asked for");
    world
        .patch(
            &at,
            &world.admin,
            json!({ "eventsFilter": [], "isDisabled": true }),
        )
        .await
        .ok();
    assert_eq!(write(&project, "dev", "/a", json!({})).await, 0, "it rests");
}

#[tokio::test]
async fn a_request_in_the_inbox_is_told_once_with_a_link_to_the_page_and_nothing_of_it() {
    let (world, project) = world().await;
    inbox(&world, &project).await;
    let receiver = Receiver::new();
    let only_requests =
        json!({ "environment": "coffer", "eventsFilter": [{ "eventName": "access.requested" }] });
    hook(&world, &project, &receiver.url(), only_requests).await;
    for at in 0..9 {
        leave(&world, &project, &format!("{}{at}", &REQUEST[..32])).await;
    }
    leave(&world, &project, &format!("M{}_00000000", &REQUEST[1..])).await;
    tell(&world).await;
    let heard = only(receiver.heard());
    assert!(heard.is_signed_with(SECRET));
    let told = heard.json();
    assert_eq!(told["event"], "access.requested");
    assert_eq!(told["link"], format!("{SITE}/p/{project}/requests"));
    assert_eq!(told["project"]["projectName"], "Work");
    let text = format!("{heard:?}");
    assert!(!text.contains(CANARY) && !text.contains(&REQUEST[..32]) && !text.contains("approve"));
    // What is only said about a request starts none.
    leave(&world, &project, &format!("M{}_00000001", &REQUEST[1..])).await;
    tell(&world).await;
    assert_eq!(receiver.heard().len(), 0);
}

#[tokio::test]
async fn a_request_for_server_side_access_is_told_without_its_reason() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    hook(&world, &project, &receiver.url(), json!({})).await;
    let bob = world.person("bob@coffer.test", "member").await;
    world.join(&project, "bob@coffer.test", "no-access").await;
    let read = world
        .get(&format!("/api/v1/projects/{project}"), &world.admin)
        .await
        .ok();
    let slug = read["project"]["slug"].as_str().unwrap();
    let policy = json!({ "projectSlug": slug, "environments": ["dev"], "secretPath": "/", "allowedSelfApprovals": false,
        "approvers": [{ "type": "user", "username": "admin@coffer.test" }], "name": CANARY });
    world
        .post("/api/v1/access-approvals/policies", &world.admin, policy)
        .await
        .ok();
    let rule = json!(["read", "secrets", { "environment": "dev", "secretPath": { "$glob": "/" } }]);
    let ask = json!({ "permissions": [rule], "isTemporary": true, "temporaryRange": "1h", "note": CANARY });
    world
        .post(
            &format!("/api/v1/access-approvals/requests?projectSlug={slug}"),
            &bob,
            ask,
        )
        .await
        .ok();
    tell(&world).await;
    let heard = only(receiver.heard());
    let told = heard.json();
    assert_eq!(told["event"], "access.requested");
    assert_eq!(told["project"]["environment"], "dev");
    assert_eq!(told["link"], format!("{SITE}/p/{project}/requests"));
    assert!(!format!("{heard:?}").contains(CANARY));
}

#[tokio::test]
async fn a_chat_is_told_in_its_own_words_and_gets_no_markup_of_names() {
    let (world, _) = world().await;
    let project = world.project("<!channel> [x](https://evil.example)").await;
    let receiver = Receiver::new();
    for kind in ["slack", "microsoft-teams"] {
        let id = hook(&world, &project, &receiver.url(), json!({ "type": kind })).await;
        world
            .write(&project, &format!("{CANARY}{}", world.now()), CANARY)
            .await;
        tell(&world).await;
        let heard = only(receiver.heard());
        assert!(heard.is_signed_with(SECRET), "{kind}");
        assert!(!heard.body.contains(CANARY), "{kind}");
        let told = heard.json();
        if kind == "slack" {
            assert_eq!(told["text"], "Secrets were changed.");
            assert!(!heard.body.contains("<!channel>") && heard.body.contains("&lt;!channel&gt;"));
        } else {
            let card = &told["attachments"][0]["content"];
            assert_eq!(card["body"][0]["text"], "Secrets were changed.");
            assert_eq!(
                card["body"][1]["facts"][0]["value"],
                r"\<\!channel\> \[x\]\(https\://evil.example\)"
            );
        }
        world
            .delete(&format!("{HOOKS}/{id}"), &world.admin, json!({}))
            .await
            .ok();
    }
}

#[tokio::test]
async fn what_a_request_says_its_host_is_makes_no_link() {
    let config = Config {
        site_url: None,
        ..config()
    };
    let world = World::with(config).await;
    let project = world.project("Work").await;
    inbox(&world, &project).await;
    let receiver = Receiver::new();
    hook(
        &world,
        &project,
        &receiver.url(),
        json!({ "environment": "coffer" }),
    )
    .await;
    let body = json!({ "projectId": project, "environment": "coffer", "secretPath": "/coffer/inbox", "secretValue": "v" });
    world
        .call_with(
            "POST",
            &format!("/api/v4/secrets/{REQUEST}"),
            &world.admin,
            Some(body),
            &[("host", "evil.example")],
        )
        .await
        .ok();
    tell(&world).await;
    let heard = only(receiver.heard());
    assert!(heard.json().get("link").is_none() && !heard.body.contains("evil.example"));
}

#[tokio::test]
async fn who_made_a_link_is_told_what_becomes_of_it() {
    let (world, _) = world().await;
    let receiver = Receiver::new();
    let hook = json!({ "webhookUrl": receiver.url(), "webhookSecretKey": SECRET });
    world.post(LINK_HOOKS, &world.admin, hook).await.ok();
    let share = async |more: Value| {
        let mut body =
            json!({ "secretValue": CANARY, "expiresIn": "1h", "accessType": "anyone", "name": CANARY });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = world
            .post("/api/v1/shared-secrets", &world.admin, body)
            .await
            .ok();
        made["id"].as_str().unwrap().to_owned()
    };
    let told = async |event: &str, id: &str| {
        deliver(&world.app).await;
        let heard = only(receiver.heard());
        assert!(heard.is_signed_with(SECRET));
        let text = format!("{heard:?}");
        assert!(!text.contains(CANARY) && !text.contains("127.0.0.1\"") && !text.contains("recipient@"));
        let told = heard.json();
        assert_eq!(told["event"], event);
        if event.starts_with("share.") {
            assert!(!text.contains(id), "with its id anybody could open it");
            assert_eq!(told["share"]["idHash"], sha256(id));
            assert_eq!(told["link"], format!("{SITE}/shares"));
        }
        told
    };
    let (twice, unread, doomed, read) = (
        share(json!({ "maxViews": 2 })).await,
        share(json!({})).await,
        share(json!({})).await,
        share(json!({})).await,
    );
    let at = |id: &str, verb: &str| format!("/api/v1/shared-secrets/{id}/{verb}");
    world.post(&at(&twice, "access"), "", json!({})).await.ok();
    let seen = told("share.viewed", &twice).await;
    assert_eq!(seen["share"]["viewsLeft"], 1);
    assert_eq!(seen["share"]["at"], world.now());
    world.post(&at(&read, "access"), "", json!({})).await.ok();
    assert_eq!(
        told("share.viewed", &read).await["share"]["viewsLeft"],
        Value::Null
    );
    world.post(&at(&doomed, "destroy"), "", json!({})).await.ok();
    told("share.destroyed", &doomed).await;

    let ask = json!({ "expiresIn": "1h", "accessType": "anyone", "name": CANARY });
    let asked = world
        .post("/api/v1/shared-secrets/requests", &world.admin, ask)
        .await
        .ok();
    let form = asked["id"].as_str().unwrap();
    let answer = json!({ "secretValue": CANARY });
    let set = format!("/api/v1/shared-secrets/requests/{form}/set-value");
    for _ in 0..2 {
        world.post(&set, "", answer.clone()).await.ok();
    }
    let other = json!({ "secretValue": "v" });
    assert_eq!(world.post(&set, "", other).await.status, 400);
    let come = told("request.answered", form).await;
    assert_eq!(come["link"], format!("{SITE}/shares/asked/{form}"));

    let ask = json!({ "expiresIn": "1h", "accessType": "anyone", "maxAnswers": 2 });
    let asked = world
        .post("/api/v1/shared-secrets/requests", &world.admin, ask)
        .await
        .ok();
    let empty = asked["id"].as_str().unwrap();
    // The end is told of all that had not ended otherwise, with how often they were opened or answered.
    world.advance(3_600_000);
    world.app.store().sweep(world.now()).await.unwrap();
    deliver(&world.app).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 5);
    for (id, opened) in [(&twice, 1), (&unread, 0), (&read, 1)] {
        let told = heard
            .iter()
            .find(|heard| heard.body.contains(&sha256(id)))
            .unwrap();
        assert!(told.is_signed_with(SECRET) && !told.body.contains(id));
        let told = told.json();
        assert_eq!(told["event"], "share.expired");
        assert_eq!(told["share"]["opened"], opened);
        assert_eq!(told["share"]["at"], world.now());
    }
    for (id, answers) in [(form, 1), (empty, 0)] {
        let told = heard.iter().find(|heard| heard.body.contains(id)).unwrap();
        assert!(told.is_signed_with(SECRET) && !told.body.contains(CANARY));
        let told = told.json();
        assert_eq!(told["event"], "request.expired");
        assert_eq!(
            told["request"],
            json!({ "id": id, "answers": answers, "at": world.now() })
        );
        assert_eq!(told["link"], format!("{SITE}/shares/asked/{id}"));
    }
    world.app.store().sweep(world.now()).await.unwrap();
    deliver(&world.app).await;
    assert_eq!(receiver.heard().len(), 0, "once");
}

/// Who opens or answers at the same moment is told of each by itself.
#[tokio::test]
async fn views_and_answers_of_one_moment_are_told_each() {
    let (world, _) = world().await;
    let receiver = Receiver::new();
    world
        .post(LINK_HOOKS, &world.admin, json!({ "webhookUrl": receiver.url() }))
        .await
        .ok();
    let share = json!({ "secretValue": "v", "expiresIn": "1h", "accessType": "anyone" });
    let made = world
        .post("/api/v1/shared-secrets", &world.admin, share)
        .await
        .ok();
    let access = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
    let ask = json!({ "expiresIn": "1h", "accessType": "anyone", "maxAnswers": 3 });
    let asked = world
        .post("/api/v1/shared-secrets/requests", &world.admin, ask)
        .await
        .ok();
    let set = format!(
        "/api/v1/shared-secrets/requests/{}/set-value",
        asked["id"].as_str().unwrap()
    );
    for n in 0..3 {
        world.post(&access, "", json!({})).await.ok();
        let answer = json!({ "secretValue": format!("cfa1.{n}") });
        world.post(&set, "", answer).await.ok();
    }
    deliver(&world.app).await;
    let heard: Vec<_> = receiver.heard().iter().map(|heard| heard.json()).collect();
    assert_eq!(heard.len(), 6);
    for n in 1..=3 {
        assert!(heard.iter().any(|told| told["share"]["opened"] == n));
        assert!(heard.iter().any(|told| told["request"]["answers"] == n));
    }
}

#[tokio::test]
async fn nobody_else_is_told_of_a_link() {
    let (world, _) = world().await;
    let receiver = Receiver::new();
    let bob = world.person("bob@coffer.test", "member").await;
    world
        .post(LINK_HOOKS, &bob, json!({ "webhookUrl": receiver.url() }))
        .await
        .ok();
    let share = json!({ "secretValue": "v", "expiresIn": "1h", "accessType": "anyone" });
    for (path, token) in [
        ("/api/v1/shared-secrets", world.admin.as_str()),
        ("/api/v1/shared-secrets/public", ""),
    ] {
        let made = world.post(path, token, share.clone()).await.ok();
        let path = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
        world.post(&path, "", json!({})).await.ok();
    }
    // A view that was refused is none.
    let locked = json!({ "secretValue": "v", "expiresIn": "1h", "accessType": "anyone", "password": "p" });
    let made = world.post("/api/v1/shared-secrets", &bob, locked).await.ok();
    let path = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
    assert_eq!(world.post(&path, "", json!({})).await.status, 401);
    deliver(&world.app).await;
    assert_eq!(receiver.heard().len(), 0);
    world.post(&path, "", json!({ "password": "p" })).await.ok();
    deliver(&world.app).await;
    assert_eq!(receiver.heard().len(), 1);
}

#[tokio::test]
async fn what_was_not_heard_is_told_again_after_growing_pauses_with_the_same_name() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    hook(&world, &project, &receiver.url(), json!({})).await;
    receiver.will([
        Answer::Status(500),
        Answer::Close,
        Answer::Silence(Duration::from_millis(600)),
        Answer::Redirect(307, receiver.url()),
        Answer::Status(204),
    ]);
    world.write(&project, "KEY", "v").await;
    tell(&world).await;
    let first = only(receiver.heard());
    for (pause, why) in [
        (15_000, "it answered 500"),
        (60_000, "no connection"),
        (300_000, "in time"),
        (1_800_000, "307"),
    ] {
        let state = listed(&world, &project).await;
        assert_eq!(state["lastStatus"], "failed");
        assert_eq!(state["waiting"], 1);
        let said = state["lastRunErrorMessage"].as_str().unwrap();
        assert!(said.contains(why), "{said} does not say {why}");
        world.advance(pause - 1);
        deliver(&world.app).await;
        assert_eq!(receiver.heard().len(), 0, "too early");
        world.advance(1);
        deliver(&world.app).await;
        let again = only(receiver.heard());
        assert!(again.is_signed_with(SECRET));
        assert_eq!(again.json()["id"], first.json()["id"]);
        assert_eq!(
            again.json()["timestamp"],
            world.now(),
            "so that old ones can be refused"
        );
    }
    let state = listed(&world, &project).await;
    assert_eq!(state["lastStatus"], "success");
    assert_eq!(state["lastRunErrorMessage"], Value::Null);
    world.advance(86_400_000);
    deliver(&world.app).await;
    assert_eq!(receiver.heard().len(), 0);
}

#[tokio::test]
async fn after_a_day_of_tries_it_is_given_up_and_says_so() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    hook(&world, &project, &receiver.url(), json!({})).await;
    receiver.will((0..20).map(|_| Answer::Status(503)));
    world.write(&project, "KEY", "v").await;
    let start = world.now();
    let mut tries = 0;
    while world.now() < start + 2 * 86_400_000 {
        world.advance(60_000);
        deliver(&world.app).await;
        tries += receiver.heard().len();
    }
    assert_eq!(tries, 8);
    let state = listed(&world, &project).await;
    assert_eq!(
        state["lastRunErrorMessage"],
        "it answered 503; given up after 8 tries"
    );
    assert_eq!(state["waiting"], 0);
    assert!(state["lastRunAt"].is_string());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (world, project) = world().await;
    let (receiver, other) = (Receiver::new(), Receiver::new());
    let id = hook(&world, &project, &receiver.url(), json!({})).await;
    for status in [301, 302, 303, 307, 308] {
        receiver.will([Answer::Redirect(status, other.url())]);
        let tried = world
            .post(&format!("{HOOKS}/{id}/test"), &world.admin, json!({}))
            .await
            .ok();
        assert_eq!(tried["message"], "Successfully tested webhook");
        assert_eq!(tried["webhook"]["lastStatus"], "failed");
        let said = tried["webhook"]["lastRunErrorMessage"].as_str().unwrap();
        assert!(
            said.contains(&status.to_string()) && said.contains("not followed"),
            "{said}"
        );
        assert!(!said.contains("no!"), "nothing of the receiver's words");
    }
    assert_eq!(receiver.heard().len(), 5);
    assert_eq!(other.heard().len(), 0);
}

#[tokio::test]
async fn a_try_says_how_it_went() {
    let (world, project) = world().await;
    let receiver = Receiver::new();
    let id = hook(&world, &project, &receiver.url(), json!({})).await;
    let path = format!("{HOOKS}/{id}/test");
    let tried = world.post(&path, &world.admin, json!({})).await.ok();
    assert_eq!(tried["webhook"]["lastStatus"], "success");
    let heard = only(receiver.heard());
    assert!(heard.is_signed_with(SECRET));
    assert_eq!(heard.json()["event"], "test");
    assert_eq!(heard.json()["project"]["secretPath"], "/");
    receiver.will([Answer::Status(404)]);
    let tried = world.post(&path, &world.admin, json!({})).await.ok();
    assert_eq!(tried["webhook"]["lastStatus"], "failed");
    assert_eq!(tried["webhook"]["lastRunErrorMessage"], "it answered 404");
}

#[tokio::test]
async fn who_is_slow_holds_up_nobody_else() {
    let (world, project) = world().await;
    let other = world.project("Other").await;
    let (slow, quick) = (Receiver::new(), Receiver::new());
    hook(&world, &project, &slow.url(), json!({})).await;
    hook(&world, &other, &quick.url(), json!({})).await;
    slow.will([Answer::Silence(Duration::from_secs(2))]);
    world.write(&project, "KEY", "v").await;
    world.write(&other, "KEY", "v").await;
    world.advance(3_000);
    let app = world.app.clone();
    let delivering = tokio::spawn(async move { deliver(&app).await });
    let heard = tokio::task::spawn_blocking(move || quick.wait_for(1, Duration::from_secs(5)))
        .await
        .unwrap();
    assert_eq!(heard.len(), 1);
    assert!(!delivering.is_finished(), "the slow one still waits");
    delivering.await.unwrap();
}

#[tokio::test]
async fn inner_addresses_are_refused_in_whatever_dress() {
    let world = World::new().await;
    let project = world.project("Work").await;
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0/",
        "https://localhost/",
        "https://localhost./",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.0.1:8200/",
        "https://224.0.0.1/",
        "https://8.8.8.8@127.0.0.1/",
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
    ] {
        for (path, body) in [
            (
                HOOKS,
                json!({ "projectId": project, "environment": "dev", "webhookUrl": url }),
            ),
            (LINK_HOOKS, json!({ "webhookUrl": url })),
        ] {
            let made = world.post(path, &world.admin, body).await;
            assert_eq!(made.status, 400, "{url} {}", made.json());
            // And for no other reason where there is no other.
            let is_plain_address = url["https://".len()..].starts_with(['[', '0', '1', '2']);
            let said = made.json()["message"].to_string();
            assert!(!is_plain_address || said.contains("may reach"), "{url} {said}");
        }
    }
    let public = json!({ "projectId": project, "environment": "dev", "webhookUrl": "https://8.8.8.8/hook" });
    world.post(HOOKS, &world.admin, public).await.ok();
}

/// A name that points to a public address while it is looked at and to the receiver when it is spoken to, or the other
/// way round.
fn names(answers: &[SocketAddr]) -> (Names, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let (answers, count) = (Mutex::new(answers.to_vec()), Arc::clone(&asked));
    let names = Names::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        let mut answers = answers.lock().unwrap();
        let next = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0]
        };
        Ok(vec![next])
    });
    (names, asked)
}

#[tokio::test]
async fn a_name_that_points_inside_later_is_not_followed_there() {
    let receiver = Receiver::new();
    let (names, _) = names(&["8.8.8.8:443".parse().unwrap(), receiver.address]);
    let config = Config {
        webhooks: Reach::new(names, Vec::new()).with_patience(Duration::from_secs(2)),
        ..config()
    };
    let world = World::with(config).await;
    let project = world.project("Work").await;
    let url = format!("https://rebind.example:{}/hook", receiver.address.port());
    let id = hook(&world, &project, &url, json!({})).await;
    let tried = world
        .post(&format!("{HOOKS}/{id}/test"), &world.admin, json!({}))
        .await
        .ok();
    assert_eq!(
        tried["webhook"]["lastRunErrorMessage"],
        "its address is not one that this server may reach"
    );
    world.write(&project, "KEY", "v").await;
    tell(&world).await;
    let state = listed(&world, &project).await;
    assert_eq!(state["waiting"], 1);
    assert_eq!(state["lastStatus"], "failed");
    assert_eq!(receiver.heard().len(), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_spoken_to() {
    let (receiver, other) = (Receiver::new(), Receiver::new());
    // Whoever looked a second time would be sent elsewhere.
    let (names, asked) = names(&[receiver.address, receiver.address, other.address]);
    let config = Config {
        webhooks: Reach::new(names, vec![Network::parse("127.0.0.1").unwrap()]),
        ..config()
    };
    let world = World::with(config).await;
    let project = world.project("Work").await;
    hook(&world, &project, "http://chat.corp.example:1/hook", json!({})).await;
    world.write(&project, "KEY", "v").await;
    tell(&world).await;
    let heard = only(receiver.heard());
    assert_eq!(heard.header("host"), Some("chat.corp.example:1"));
    assert_eq!(
        asked.load(Ordering::Relaxed),
        2,
        "once to make it, once to tell it"
    );
    assert_eq!(other.heard().len(), 0);
}

/// Right in everything but that nobody vouches for it: for `chat.corp.example`, good for a hundred years.
const CERTIFICATE: &[u8] = include_bytes!("../receiver/self-signed.crt.der");
const CERTIFICATE_KEY: &[u8] = include_bytes!("../receiver/self-signed.key.der");

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivatePkcs8KeyDer::from(CERTIFICATE_KEY).into(),
        )
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        use std::io::Read;
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(tls)).unwrap();
        let mut heard = Vec::new();
        let ended = rustls::StreamOwned::new(connection, stream).read_to_end(&mut heard);
        (heard, ended.is_err())
    });
    let (names, _) = names(&[address]);
    let config = Config {
        webhooks: Reach::new(names, vec![Network::parse("127.0.0.1").unwrap()]),
        ..config()
    };
    let world = World::with(config).await;
    let project = world.project("Work").await;
    let id = hook(&world, &project, "https://chat.corp.example/hook", json!({})).await;
    let tried = world
        .post(&format!("{HOOKS}/{id}/test"), &world.admin, json!({}))
        .await
        .ok();
    assert_eq!(
        tried["webhook"]["lastRunErrorMessage"],
        "its certificate is not one to be trusted"
    );
    let (heard, broke_off) = heard.join().unwrap();
    assert!(heard.is_empty() && broke_off);
}

#[tokio::test]
async fn making_and_trying_is_limited_by_person() {
    let mut config = config();
    config.limits.webhooks = 3;
    let world = World::with(config).await;
    let receiver = Receiver::new();
    let body = json!({ "webhookUrl": receiver.url() });
    let made = world.post(LINK_HOOKS, &world.admin, body.clone()).await.ok();
    let test = format!("{LINK_HOOKS}/{}/test", made["webhook"]["id"].as_str().unwrap());
    for _ in 0..2 {
        world.post(&test, &world.admin, json!({})).await.ok();
    }
    world
        .post(&test, &world.admin, json!({}))
        .await
        .refused(429, "Rate limit");
    world
        .post(LINK_HOOKS, &world.admin, body)
        .await
        .refused(429, "Rate limit");
    assert_eq!(receiver.heard().len(), 2);
}

#[tokio::test]
async fn the_server_says_what_it_tells_beyond_the_real_one() {
    let world = World::new().await;
    let config = world.get("/api/v1/admin/config", "").await.ok();
    assert_eq!(
        config["config"]["coffer"]["webhooks"],
        json!([
            "access.requested",
            "request.answered",
            "request.expired",
            "share.destroyed",
            "share.expired",
            "share.viewed"
        ])
    );
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
