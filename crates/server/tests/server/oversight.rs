//! What others share, in the hands of administrators.

use coffer_server::Config;
use serde_json::{Value, json};

use crate::world::World;

const ALL: &str = "/api/v1/shared-secrets/organization";

async fn share(world: &World, token: &str, fields: Value) -> String {
    let mut body = json!({ "secretValue": "cfh1.AAAA", "expiresIn": "1h", "accessType": "anyone" });
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let made = world.post("/api/v1/shared-secrets", token, body).await.ok();
    made["id"].as_str().unwrap().to_owned()
}

async fn ask(world: &World, token: &str) -> String {
    let body = json!({ "expiresIn": "1h", "accessType": "anyone", "maxAnswers": 2 });
    let made = world
        .post("/api/v1/shared-secrets/requests", token, body)
        .await
        .ok();
    made["id"].as_str().unwrap().to_owned()
}

async fn open(world: &World, id: &str) -> crate::world::Answer {
    let path = format!("/api/v1/shared-secrets/{id}/access");
    world.post(&path, "", json!({})).await
}

fn handle(link: &Value) -> String {
    format!("{ALL}/{}", link["handle"].as_str().unwrap())
}

#[tokio::test]
async fn links_of_who_left_are_ended_by_an_administrator_who_reads_nothing() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let (_, _, _, machine) = world.machine("ci", "member").await;
    let used = share(&world, &bob, json!({ "maxViews": 1 })).await;
    open(&world, &used).await.ok();
    let id = share(&world, &bob, json!({ "maxViews": 3, "name": "of tides" })).await;
    open(&world, &id).await.ok();
    world.advance(1_000);
    let of_machine = share(&world, &machine, json!({})).await;
    world.advance(1_000);
    let asked = ask(&world, &bob).await;
    let answer = format!("/api/v1/shared-secrets/requests/{asked}/set-value");
    world
        .post(&answer, "", json!({ "secretValue": "cfa1.BBBB" }))
        .await
        .ok();
    share(&world, &world.admin, json!({})).await;

    let members = format!("/api/v2/organizations/{}/memberships", world.organization);
    let listed = world.get(&members, &world.admin).await.ok();
    let users = listed["users"].as_array().unwrap();
    let member = users
        .iter()
        .find(|member| member["user"]["email"] == "bob@coffer.test")
        .unwrap();
    let leaves = format!("{members}/{}", member["id"].as_str().unwrap());
    world.call("DELETE", &leaves, &world.admin, None).await.ok();
    // Who left ends nothing any more, and what they shared still opens.
    assert_eq!(
        world
            .call("DELETE", &format!("/api/v1/shared-secrets/{id}"), &bob, None)
            .await
            .status,
        401
    );
    open(&world, &id).await.ok();

    let answer_of_list = world.get(ALL, &world.admin).await;
    let text = String::from_utf8(answer_of_list.bytes.clone()).unwrap();
    for hidden in [&id, &used, &of_machine, &asked, "cfh1.", "cfa1.", "of tides"] {
        assert!(!text.contains(hidden), "{hidden} opens or tells something");
    }
    let told = answer_of_list.ok();
    assert_eq!(told["totalCount"], 3);
    let [request, machines, bobs] = told["links"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    assert_eq!(
        (&request["kind"], &request["answers"], &request["maxAnswers"]),
        (&json!("request"), &json!(1), &json!(2))
    );
    assert_eq!(
        machines["owner"],
        json!({ "kind": "identity", "name": "ci", "isMember": true })
    );
    assert_eq!(
        bobs["owner"],
        json!({ "kind": "user", "name": "Some One", "isMember": false })
    );
    assert_eq!(
        (&bobs["kind"], &bobs["expiresAfterViews"], &bobs["opened"]),
        (&json!("share"), &json!(1), &json!(2))
    );
    let page = world
        .get(&format!("{ALL}?offset=2&limit=1"), &world.admin)
        .await
        .ok();
    assert_eq!(page["links"], json!([bobs]));

    // A handle opens nothing.
    open(&world, bobs["handle"].as_str().unwrap())
        .await
        .refused(404, "not found");
    for link in [request, bobs] {
        world.call("DELETE", &handle(link), &world.admin, None).await.ok();
        world
            .call("DELETE", &handle(link), &world.admin, None)
            .await
            .refused(404, "not found");
    }
    open(&world, &id).await.refused(404, "revoked");
    world
        .post(&answer, "", json!({ "secretValue": "cfa1.CCCC" }))
        .await
        .refused(403, "expired");
    assert_eq!(world.get(ALL, &world.admin).await.ok()["totalCount"], 1);
    open(&world, &of_machine).await.ok();
}

#[tokio::test]
async fn whose_link_an_administrator_ended_is_told() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    share(&world, &bob, json!({})).await;
    let asked = ask(&world, &bob).await;
    let answer = format!("/api/v1/shared-secrets/requests/{asked}/set-value");
    world
        .post(&answer, "", json!({ "secretValue": "cfa1.BBBB" }))
        .await
        .ok();
    let told = world.get(ALL, &world.admin).await.ok();
    for link in told["links"].as_array().unwrap() {
        world.call("DELETE", &handle(link), &world.admin, None).await.ok();
    }
    let mine = world.get("/api/v1/shared-secrets", &bob).await.ok();
    assert_eq!(mine["secrets"][0]["endedByAdmin"], true);
    let mine = world.get("/api/v1/shared-secrets/requests", &bob).await.ok();
    assert_eq!(mine["secrets"][0]["endedByAdmin"], true);
    let answers = format!("/api/v1/shared-secrets/requests/{asked}/answers");
    assert_eq!(world.get(&answers, &bob).await.ok()["answers"], json!([]));
}

#[tokio::test]
async fn only_administrators_see_and_end_what_others_share() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let guest = world.person("guest@coffer.test", "no-access").await;
    let (_, _, _, machine) = world.machine("ci", "admin").await;
    let id = share(&world, &bob, json!({})).await;
    let told = world.get(ALL, &world.admin).await.ok();
    let one = handle(&told["links"][0]);
    for (token, status) in [("", 401), (&*bob, 403), (&*guest, 403), (&*machine, 403)] {
        assert_eq!(world.get(ALL, token).await.status, status);
        assert_eq!(world.call("DELETE", &one, token, None).await.status, status);
    }
    // By its id it is not ended either, whoever asks.
    let by_id = format!("{ALL}/{id}");
    world
        .call("DELETE", &by_id, &world.admin, None)
        .await
        .refused(404, "not found");
    open(&world, &id).await.ok();
    let quiet = World::with(Config::for_tests()).await;
    assert_eq!(
        quiet.get(ALL, &quiet.admin).await.ok(),
        json!({ "links": [], "totalCount": 0 })
    );
}

#[tokio::test]
async fn what_a_machine_shares_ends_with_it() {
    let world = World::new().await;
    let (id, _, _, machine) = world.machine("ci", "member").await;
    let link = share(&world, &machine, json!({})).await;
    let kept = share(&world, &world.admin, json!({})).await;
    let path = format!("/api/v1/identities/{id}");
    world.call("DELETE", &path, &world.admin, None).await.ok();
    open(&world, &link).await.refused(404, "revoked");
    open(&world, &kept).await.ok();
}
