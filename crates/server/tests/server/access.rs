//! Just-in-time access: policies, requests, reviews, and what an approved request opens.

use coffer_server::Config;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const POLICIES: &str = "/api/v1/access-approvals/policies";
const REQUESTS: &str = "/api/v1/access-approvals/requests";
const HOUR: u64 = 3_600_000;

/// A project with a secret in `/a` and people in it: `bob` has no access, the others are viewers.
struct Desk {
    world: World,
    project: String,
    slug: String,
    tokens: Vec<(&'static str, String)>,
}

impl Desk {
    async fn new(approvers: &[&'static str]) -> Self {
        // Tokens that outlive every clock turned here.
        let config = Config {
            access_ttl: 30 * 86_400,
            ..Config::for_tests()
        };
        let world = World::with(config).await;
        let project = world.project("Work").await;
        let mut desk = Self {
            slug: String::new(),
            tokens: vec![("admin", world.admin.clone())],
            world,
            project,
        };
        let path = format!("/api/v1/projects/{}", desk.project);
        let read = desk.world.get(&path, &desk.world.admin).await.ok();
        desk.slug = text(&read["project"]["slug"]);
        desk.person("bob", "no-access").await;
        for approver in approvers {
            desk.person(approver, "viewer").await;
        }
        let folder = json!({ "projectId": desk.project, "environment": "dev", "name": "a" });
        desk.world
            .post("/api/v2/folders", &desk.world.admin, folder)
            .await
            .ok();
        let secret = json!({ "projectId": desk.project, "environment": "dev", "secretPath": "/a", "secretValue": "v" });
        desk.world
            .post("/api/v4/secrets/KEY", &desk.world.admin, secret)
            .await
            .ok();
        desk
    }

    async fn person(&mut self, name: &'static str, role: &str) {
        let email = format!("{name}@coffer.test");
        let token = self.world.person(&email, "member").await;
        self.world.join(&self.project, &email, role).await;
        self.tokens.push((name, token));
    }

    fn token(&self, name: &str) -> &str {
        let found = self.tokens.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, token)| token.as_str())
    }

    /// A policy over `/a` of `dev` with what differs from the plainest one.
    fn policy(&self, approvers: &[&str], more: Value) -> Value {
        let named = |name: &&str| json!({ "type": "user", "username": format!("{name}@coffer.test") });
        let mut policy = json!({
            "projectSlug": self.slug, "environments": ["dev"], "secretPath": "/a", "allowedSelfApprovals": false,
            "approvers": approvers.iter().map(named).collect::<Vec<_>>(),
        });
        policy
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        policy
    }

    async fn set(&self, approvers: &[&str], more: Value) -> String {
        let policy = self.policy(approvers, more);
        let made = self.world.post(POLICIES, self.token("admin"), policy).await.ok();
        text(&made["approval"]["id"])
    }

    async fn ask_with(&self, who: &str, body: Value) -> Answer {
        let path = format!("{REQUESTS}?projectSlug={}", self.slug);
        self.world.post(&path, self.token(who), body).await
    }

    async fn ask(&self, who: &str, range: &str) -> String {
        let made = self.ask_with(who, request("read", "/a", range)).await.ok();
        assert_eq!(made["approval"]["status"], "pending");
        text(&made["approval"]["id"])
    }

    async fn review(&self, who: &str, request: &str, body: Value) -> Answer {
        let path = format!("{REQUESTS}/{request}/review");
        self.world.post(&path, self.token(who), body).await
    }

    async fn approve(&self, who: &str, request: &str) -> Answer {
        self.review(who, request, json!({ "status": "approved" })).await
    }

    async fn revoke(&self, who: &str, request: &str) -> Answer {
        self.world
            .post(
                &format!("{REQUESTS}/{request}/revoke"),
                self.token(who),
                json!({}),
            )
            .await
    }

    async fn shorten(&self, who: &str, request: &str, range: &str) -> Answer {
        let body = json!({ "temporaryRange": range, "editNote": "less is enough" });
        self.world
            .patch(&format!("{REQUESTS}/{request}"), self.token(who), body)
            .await
    }

    async fn seen(&self, who: &str, more: &str) -> Vec<Value> {
        let path = format!("{REQUESTS}?projectSlug={}{more}", self.slug);
        let answer = self.world.get(&path, self.token(who)).await.ok();
        answer["requests"].as_array().unwrap().clone()
    }

    async fn reads(&self, who: &str) -> u16 {
        let path = format!(
            "/api/v4/secrets/KEY?projectId={}&environment=dev&secretPath=/a",
            self.project
        );
        self.world.get(&path, self.token(who)).await.status
    }

    async fn writes(&self, who: &str) -> u16 {
        let body = json!({ "projectId": self.project, "environment": "dev", "secretPath": "/a", "secretValue": "w" });
        self.world
            .patch("/api/v4/secrets/KEY", self.token(who), body)
            .await
            .status
    }
}

fn request(actions: &str, path: &str, range: &str) -> Value {
    json!({
        "permissions": [[actions, "secrets", { "environment": "dev", "secretPath": { "$glob": path } }]],
        "isTemporary": true, "temporaryRange": range, "note": "incident 7",
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_approved_request_opens_what_it_asked_for_until_its_end() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({})).await;
    let id = desk.ask("bob", "1h").await;
    assert_eq!(desk.reads("bob").await, 403, "asking opens nothing");
    desk.world.advance(10 * HOUR);
    let started = desk.world.now();
    desk.approve("ann", &id).await.ok();
    assert_eq!((desk.reads("bob").await, desk.writes("bob").await), (200, 403));
    let seen = desk.seen("bob", "").await;
    let privilege = &seen[0]["privilege"];
    let starts = coffer_wire::Timestamp::from_millis(started);
    assert_eq!(
        privilege["temporaryAccessStartTime"],
        starts.as_str(),
        "its time starts with the approval"
    );
    assert_eq!(
        (&privilege["temporaryMode"], &privilege["temporaryRange"]),
        (&json!("relative"), &json!("1h"))
    );
    assert_eq!(seen[0]["approvedByUser"]["username"], "ann@coffer.test");
    assert_eq!(
        (&seen[0]["isApproved"], &seen[0]["environmentName"]),
        (&json!(true), &json!("dev"))
    );
    assert_eq!(seen[0]["reviewers"][0]["status"], "approved");
    desk.world.advance(HOUR - 1);
    assert_eq!(desk.reads("bob").await, 200);
    desk.world.advance(1);
    assert_eq!(
        desk.reads("bob").await,
        403,
        "its time is over, and nothing had to run for that"
    );
}

#[tokio::test]
async fn access_is_taken_back_by_who_asked_who_may_approve_and_administrators() {
    let desk = Desk::new(&["ann", "eve"]).await;
    desk.set(&["ann"], json!({})).await;
    for by in ["bob", "ann", "admin"] {
        let id = desk.ask("bob", "1h").await;
        desk.revoke(by, &id).await.refused(400, "Only approved requests");
        desk.approve("ann", &id).await.ok();
        assert_eq!(desk.reads("bob").await, 200);
        desk.revoke("eve", &id).await.refused(403, "not authorized");
        let revoked = desk.revoke(by, &id).await.ok();
        assert_eq!(revoked["request"]["status"], "revoked");
        assert_eq!(desk.reads("bob").await, 403, "{by}");
        desk.revoke(by, &id).await.refused(400, "Only approved requests");
        assert_eq!(desk.seen("bob", "").await[0]["privilege"], Value::Null);
    }
}

#[tokio::test]
async fn what_a_request_opened_is_not_changed_behind_its_back() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({})).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("ann", &id).await.ok();
    let privilege = text(&desk.seen("admin", "").await[0]["privilegeId"]);
    let one = format!("/api/v1/user-project-additional-privilege/{privilege}");
    let more = json!({ "permissions": [{ "subject": "secrets", "action": "delete" }] });
    for answer in [
        desk.world.patch(&one, desk.token("admin"), more).await,
        desk.world.delete(&one, desk.token("admin"), json!({})).await,
    ] {
        answer.refused(400, "given by an access request");
    }
    assert_eq!(desk.reads("bob").await, 200);
    let out = json!({ "usernames": ["bob@coffer.test"] });
    let members = format!("/api/v1/projects/{}/memberships", desk.project);
    desk.world.delete(&members, desk.token("admin"), out).await.ok();
    desk.world
        .join(&desk.project, "bob@coffer.test", "no-access")
        .await;
    assert_eq!(desk.reads("bob").await, 403, "it went with the membership");
}

#[tokio::test]
async fn two_of_three_have_to_approve_and_nobody_counts_twice() {
    let desk = Desk::new(&["ann", "ben", "cat"]).await;
    let need = json!({ "approvalsRequired": [{ "stepNumber": 1, "numberOfApprovals": 2 }] });
    desk.set(&["ann", "ben", "cat"], need).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("ann", &id).await.ok();
    desk.approve("ann", &id)
        .await
        .refused(400, "answered this request already");
    assert_eq!(desk.reads("bob").await, 403);
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
    desk.approve("cat", &id).await.refused(400, "closed");
}

#[tokio::test]
async fn one_approval_less_than_needed_opens_nothing_ever() {
    let desk = Desk::new(&["ann", "ben"]).await;
    let policy = desk.set(&["ann", "ben"], json!({ "approvals": 2 })).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("ann", &id).await.ok();
    // Whoever leaves the project neither counts nor makes fewer needed.
    let out = json!({ "usernames": ["ben@coffer.test"] });
    let members = format!("/api/v1/projects/{}/memberships", desk.project);
    desk.world.delete(&members, desk.token("admin"), out).await.ok();
    assert_eq!(desk.approve("ben", &id).await.status, 403);
    assert_eq!(desk.reads("bob").await, 403);
    // An approver who is none any more does not count: of the two that are needed one is left.
    desk.world.join(&desk.project, "ben@coffer.test", "viewer").await;
    let patch = desk.policy(&["ben", "admin"], json!({}));
    let one = format!("{POLICIES}/{policy}");
    desk.world.patch(&one, desk.token("admin"), patch).await.ok();
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 403);
    desk.approve("admin", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn an_approval_of_somebody_who_left_since_does_not_count() {
    let desk = Desk::new(&["ann", "ben", "cat"]).await;
    desk.set(&["ann", "ben", "cat"], json!({ "approvals": 2 })).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("ann", &id).await.ok();
    let out = json!({ "usernames": ["ann@coffer.test"] });
    let members = format!("/api/v1/projects/{}/memberships", desk.project);
    desk.world.delete(&members, desk.token("admin"), out).await.ok();
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 403);
    desk.approve("cat", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn steps_come_one_after_the_other() {
    let desk = Desk::new(&["ann", "ben", "cat"]).await;
    let step = |name: &str, step| json!({ "type": "user", "username": format!("{name}@coffer.test"), "sequence": step });
    let steps = json!({
        "approvers": [step("cat", 2), step("ann", 1), step("ben", 2)],
        "approvalsRequired": [{ "stepNumber": 1, "numberOfApprovals": 1 }, { "stepNumber": 2, "numberOfApprovals": 2 }],
    });
    let policy = desk.set(&[], steps).await;
    let one = desk
        .world
        .get(&format!("{POLICIES}/{policy}"), desk.token("bob"))
        .await
        .ok();
    let shown = one["approval"]["approvers"].as_array().unwrap();
    let shown: Vec<_> = shown
        .iter()
        .map(|one| (&one["sequence"], &one["approvalsRequired"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!(2), &json!(2)),
            (&json!(1), &json!(1)),
            (&json!(2), &json!(2))
        ]
    );
    let id = desk.ask("bob", "1h").await;
    desk.approve("ben", &id).await.refused(400, "step");
    desk.approve("ann", &id).await.ok();
    desk.approve("cat", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 403);
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn nobody_approves_their_own_request_unless_the_policy_says_so() {
    let desk = Desk::new(&["ann"]).await;
    let policy = desk.set(&["bob", "ann"], json!({})).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("bob", &id)
        .await
        .refused(403, "You are not authorized to review this request");
    desk.shorten("bob", &id, "5m")
        .await
        .refused(403, "not authorized");
    let one = format!("{POLICIES}/{policy}");
    let allow = json!({ "allowedSelfApprovals": true });
    desk.world.patch(&one, desk.token("admin"), allow).await.ok();
    desk.approve("bob", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn an_approval_of_ones_own_does_not_count_once_that_is_forbidden() {
    let desk = Desk::new(&["ann", "ben"]).await;
    let policy = desk
        .set(
            &["bob", "ann", "ben"],
            json!({ "approvals": 2, "allowedSelfApprovals": true }),
        )
        .await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("bob", &id).await.ok();
    let one = format!("{POLICIES}/{policy}");
    let forbid = json!({ "allowedSelfApprovals": false });
    desk.world.patch(&one, desk.token("admin"), forbid).await.ok();
    desk.approve("ann", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 403);
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn a_request_is_withdrawn_by_who_made_it_and_turned_down_by_approvers_alone() {
    let desk = Desk::new(&["ann", "eve"]).await;
    desk.set(&["ann"], json!({})).await;
    for by in ["bob", "ann"] {
        let id = desk.ask("bob", "1h").await;
        let no = json!({ "status": "rejected" });
        desk.review("eve", &id, no.clone())
            .await
            .refused(403, "not authorized");
        desk.review("admin", &id, no.clone())
            .await
            .refused(403, "not authorized");
        let review = desk.review(by, &id, no).await.ok();
        assert_eq!(review["review"]["status"], "rejected");
        assert_eq!(desk.seen("bob", "").await[0]["status"], "rejected");
        desk.approve("ann", &id).await.refused(400, "closed");
    }
    assert_eq!(desk.reads("bob").await, 403);
}

#[tokio::test]
async fn shortening_takes_approvals_back_and_never_lengthens() {
    let desk = Desk::new(&["ann", "ben", "eve"]).await;
    desk.set(&["ann", "ben"], json!({ "approvals": 2 })).await;
    let id = desk.ask("bob", "1h").await;
    desk.approve("ann", &id).await.ok();
    desk.shorten("ben", &id, "2h")
        .await
        .refused(400, "only be shortened");
    desk.shorten("ben", &id, "60m")
        .await
        .refused(400, "only be shortened");
    desk.shorten("eve", &id, "5m")
        .await
        .refused(403, "not authorized");
    desk.shorten("ben", &id, "-5m").await.refused(422, "duration");
    desk.shorten("ben", &id, "0s").await.refused(422, "duration");
    let shorter = desk.shorten("ben", &id, "5m").await.ok();
    assert_eq!(shorter["approval"]["temporaryRange"], "5m");
    assert!(
        desk.seen("bob", "").await[0]["reviewers"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    desk.approve("ben", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 403, "the first approval was for an hour");
    desk.approve("ann", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
    desk.world.advance(5 * 60_000);
    assert_eq!(desk.reads("bob").await, 403);
    desk.shorten("ben", &id, "1m").await.refused(400, "closed");
}

#[tokio::test]
async fn only_who_is_named_takes_access_at_once_and_says_why() {
    let desk = Desk::new(&["ann", "eve"]).await;
    let named = json!([{ "type": "user", "username": "bob@coffer.test" }]);
    let policy = desk.set(&["ann"], json!({ "bypassers": named })).await;
    let id = desk.ask("bob", "1h").await;
    let at_once = |reason: &str| json!({ "status": "approved", "bypassReason": reason });
    let why = "production is down";
    desk.review("bob", &id, at_once(why))
        .await
        .refused(403, "not authorized");
    let one = format!("{POLICIES}/{policy}");
    let soft = json!({ "enforcementLevel": "soft" });
    desk.world.patch(&one, desk.token("admin"), soft).await.ok();
    for by in ["eve", "admin", "ann"] {
        desk.review(by, &id, at_once(why))
            .await
            .refused(403, "not authorized");
    }
    desk.review("bob", &id, at_once("ninechars"))
        .await
        .refused(422, "at least 10");
    desk.review("bob", &id, at_once(&"x".repeat(1001)))
        .await
        .refused(422, "at most 1000");
    desk.approve("bob", &id).await.refused(403, "not authorized");
    desk.review("bob", &id, at_once(why)).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
    let seen = desk.seen("ann", "").await;
    assert_eq!(seen[0]["bypassReason"], why);
    assert_eq!(seen[0]["approvedByUser"]["username"], "bob@coffer.test");
    // Nobody selected means nobody, which is stricter than the real server.
    desk.world
        .patch(&one, desk.token("admin"), json!({ "bypassers": [] }))
        .await
        .ok();
    let id = desk.ask("bob", "2h").await;
    desk.review("bob", &id, at_once(why))
        .await
        .refused(403, "not authorized");
}

#[tokio::test]
async fn a_request_waits_as_long_as_the_policy_says() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({ "requestExpirationTime": "1h" })).await;
    let count = format!("{REQUESTS}/count?projectSlug={}", desk.slug);
    let id = desk.ask("bob", "1h").await;
    let counted = desk.world.get(&count, desk.token("ann")).await.ok();
    assert_eq!(counted, json!({ "pendingCount": 1, "finalizedCount": 0 }));
    desk.world.advance(HOUR);
    desk.approve("ann", &id).await.refused(400, "expired");
    desk.shorten("ann", &id, "1m").await.refused(400, "expired");
    let counted = desk.world.get(&count, desk.token("ann")).await.ok();
    assert_eq!(counted, json!({ "pendingCount": 0, "finalizedCount": 1 }));
    desk.ask("bob", "1h").await;
}

#[tokio::test]
async fn a_policy_gives_no_more_than_its_longest_time_and_no_other_place() {
    let desk = Desk::new(&["ann"]).await;
    let policy = desk.set(&["ann"], json!({ "maxTimePeriod": "2h" })).await;
    let limited = "Requested access time range is limited to 2h by policy";
    desk.ask_with("bob", request("read", "/a", "3h"))
        .await
        .refused(400, limited);
    let mut without_end = request("read", "/a", "1h");
    without_end["isTemporary"] = json!(false);
    without_end["temporaryRange"] = Value::Null;
    desk.ask_with("bob", without_end).await.refused(400, limited);
    for path in ["/", "/a/b", "/A", "/a/", "/a/**", "/*"] {
        desk.ask_with("bob", request("read", path, "1h"))
            .await
            .refused(404, "policy");
    }
    let mut prod = request("read", "/a", "1h");
    prod["permissions"][0][2]["environment"] = json!("prod");
    desk.ask_with("bob", prod).await.refused(404, "policy");
    let id = desk.ask("bob", "2h").await;
    // What was asked for is weighed again by the policy as it is when it is approved.
    let one = format!("{POLICIES}/{policy}");
    let set = async |patch| desk.world.patch(&one, desk.token("admin"), patch).await.ok();
    set(json!({ "maxTimePeriod": "1h" })).await;
    desk.approve("ann", &id).await.refused(400, "limited to 1h");
    set(json!({ "maxTimePeriod": null, "secretPath": "/b" })).await;
    desk.approve("ann", &id).await.refused(400, "asked for anew");
    set(json!({ "secretPath": "/a", "environments": ["prod"] })).await;
    desk.approve("ann", &id).await.refused(400, "asked for anew");
    set(json!({ "environments": ["dev", "prod"] })).await;
    desk.approve("ann", &id).await.ok();
    assert_eq!(desk.reads("bob").await, 200);
}

#[tokio::test]
async fn a_request_for_an_environment_that_was_renamed_opens_no_other_one() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({})).await;
    let id = desk.ask("bob", "1h").await;
    let environments = format!("/api/v1/projects/{}/environments", desk.project);
    let found = desk
        .world
        .get(&format!("{environments}/slug/dev"), desk.token("admin"))
        .await
        .ok();
    let one = format!("{environments}/{}", found["environment"]["id"].as_str().unwrap());
    let rename = json!({ "slug": "old" });
    desk.world.patch(&one, desk.token("admin"), rename).await.ok();
    let other = json!({ "name": "Other", "slug": "dev" });
    desk.world
        .post(&environments, desk.token("admin"), other)
        .await
        .ok();
    desk.approve("ann", &id).await.refused(400, "asked for anew");
    desk.world
        .call("DELETE", &one, desk.token("admin"), None)
        .await
        .ok();
    assert!(desk.seen("admin", "").await.is_empty());
    desk.approve("ann", &id).await.refused(404, "not found");
}

#[tokio::test]
async fn a_deleted_policy_turns_down_what_waits_and_keeps_what_was_given() {
    let desk = Desk::new(&["ann"]).await;
    let policy = desk.set(&["ann"], json!({})).await;
    let given = desk.ask("bob", "1h").await;
    desk.approve("ann", &given).await.ok();
    let waiting = desk.ask("bob", "2h").await;
    let one = format!("{POLICIES}/{policy}");
    let gone = desk
        .world
        .call("DELETE", &one, desk.token("admin"), None)
        .await
        .ok();
    assert!(gone["approval"]["deletedAt"].is_string());
    desk.world
        .get(&one, desk.token("admin"))
        .await
        .refused(404, "policy");
    desk.approve("ann", &waiting).await.refused(400, "closed");
    desk.ask_with("bob", request("read", "/a", "1h"))
        .await
        .refused(404, "policy");
    assert_eq!(desk.reads("bob").await, 200);
    desk.revoke("ann", &given).await.ok();
    assert_eq!(desk.reads("bob").await, 403);
    assert_eq!(desk.seen("bob", "").await.len(), 2, "it is history");
    desk.set(&["ann"], json!({})).await;
}

#[tokio::test]
async fn of_fifty_answers_at_once_exactly_as_many_as_needed_open_it_once() {
    let names: Vec<&'static str> = (0..50)
        .map(|at| &*Box::leak(format!("p{at}").into_boxed_str()))
        .collect();
    let desk = Desk::new(&names).await;
    desk.set(&names, json!({ "approvals": 7 })).await;
    let id = desk.ask("bob", "1h").await;
    let (desk, id) = (std::sync::Arc::new(desk), std::sync::Arc::new(id));
    let mut all = tokio::task::JoinSet::new();
    for name in names {
        let (desk, id) = (desk.clone(), id.clone());
        all.spawn(async move { desk.approve(name, &id).await.status });
    }
    let mut taken = 0;
    while let Some(status) = all.join_next().await {
        match status.unwrap() {
            200 => taken += 1,
            other => assert_eq!(other, 400),
        }
    }
    assert_eq!(taken, 7);
    let members = format!("/api/v1/projects/{}/memberships", desk.project);
    let members = desk.world.get(&members, desk.token("admin")).await.ok();
    let bob = members["memberships"].as_array().unwrap().iter();
    let bob = bob
        .clone()
        .find(|one| one["user"]["username"] == "bob@coffer.test")
        .unwrap();
    let list = format!(
        "/api/v1/user-project-additional-privilege?projectMembershipId={}",
        bob["id"].as_str().unwrap()
    );
    let privileges = desk.world.get(&list, desk.token("admin")).await.ok();
    assert_eq!(privileges["privileges"].as_array().unwrap().len(), 1);
    assert_eq!(desk.reads("bob").await, 200);
    // And of many who give back at once exactly one does.
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (desk, id) = (desk.clone(), id.clone());
        all.spawn(async move { desk.revoke("bob", &id).await.status });
    }
    let statuses = all.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(desk.reads("bob").await, 403);
}

#[tokio::test]
async fn two_hundred_requests_wait_for_fifty_approvers() {
    let names: Vec<&'static str> = (0..50)
        .map(|at| &*Box::leak(format!("q{at}").into_boxed_str()))
        .collect();
    let desk = Desk::new(&names).await;
    desk.set(&names, json!({ "allowedSelfApprovals": true })).await;
    for (at, name) in names.iter().enumerate() {
        for actions in ["readValue", "edit", "create", "delete"] {
            let range = format!("{}m", at + 1);
            desk.ask_with(name, request(actions, "/a", &range)).await.ok();
        }
    }
    assert_eq!(desk.seen("q7", "").await.len(), 200);
    assert_eq!(desk.seen("bob", "").await.len(), 0);
    let own = desk.world.get("/api/v1/user", desk.token("q7")).await.ok();
    let own = own["user"]["id"].as_str().unwrap();
    assert_eq!(desk.seen("q7", &format!("&authorUserId={own}")).await.len(), 4);
    assert_eq!(desk.seen("q7", "&envSlug=prod").await.len(), 0);
    assert_eq!(desk.seen("q7", "&envSlug=dev").await.len(), 200);
}

#[tokio::test]
async fn one_person_cannot_fill_the_inbox() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({ "requestExpirationTime": "1h" })).await;
    let named = |name: usize| {
        let mut body = request("read", "/a", "1h");
        body["permissions"][0][2]["secretName"] = json!(format!("N{name}"));
        body
    };
    for name in 0..50 {
        desk.ask_with("bob", named(name)).await.ok();
    }
    desk.ask_with("bob", named(0)).await.refused(400, "same request");
    desk.ask_with("bob", named(50)).await.refused(400, "At most 50");
    desk.world.advance(HOUR);
    desk.ask_with("bob", named(0)).await.ok();
}

#[tokio::test]
async fn a_request_for_one_secret_opens_that_one_alone() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({})).await;
    let mut body = request("describeSecret,readValue", "/a", "1h");
    body["permissions"][0][2]["secretName"] = json!("OTHER");
    let made = desk.ask_with("bob", body).await.ok();
    desk.approve("ann", made["approval"]["id"].as_str().unwrap())
        .await
        .ok();
    assert_eq!(desk.reads("bob").await, 403);
    let secret =
        json!({ "projectId": desk.project, "environment": "dev", "secretPath": "/a", "secretValue": "o" });
    desk.world
        .post("/api/v4/secrets/OTHER", desk.token("admin"), secret)
        .await
        .ok();
    let other = format!(
        "/api/v4/secrets/OTHER?projectId={}&environment=dev&secretPath=/a",
        desk.project
    );
    assert_eq!(
        desk.world.get(&other, desk.token("bob")).await.ok()["secret"]["secretValue"],
        "o"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_no_request() {
    let desk = Desk::new(&["ann"]).await;
    desk.set(&["ann"], json!({})).await;
    let rule = |rule: Value| json!({ "permissions": [rule], "isTemporary": true, "temporaryRange": "1h" });
    let place = json!({ "environment": "dev", "secretPath": { "$glob": "/a" } });
    let with = |key: &str, value: Value| {
        let mut body = request("read", "/a", "1h");
        body[key] = value;
        body
    };
    for body in [
        json!({}),
        json!([]),
        with("permissions", json!([])),
        with("permissions", json!(vec![["read", "secrets"]; 1])),
        rule(json!(["read", "secrets"])),
        rule(json!(["read", "secrets", place, 1])),
        rule(json!(["read", "member", place])),
        rule(json!(["edit", "project", place])),
        rule(json!(["grant-privileges", "secrets", place])),
        rule(json!(["", "secrets", place])),
        rule(json!(["read", "secrets", { "environment": { "$ne": "x" }, "secretPath": { "$glob": "/a" } }])),
        rule(json!(["read", "secrets", { "environment": "dev", "secretPath": "/a" }])),
        rule(json!(["read", "secrets", { "environment": "dev" }])),
        rule(json!(["read", "secrets", { "secretPath": { "$glob": "/a" } }])),
        rule(json!(["read", "secrets", { "environment": "dev", "secretPath": { "$glob": "/{a,b}" } }])),
        rule(
            json!(["read", "secrets", { "environment": "dev", "secretPath": { "$glob": "/a" },
            "secretName": "x".repeat(20_000) }]),
        ),
        json!({ "permissions": [["read", "secrets", place],
            ["read", "secrets", { "environment": "prod", "secretPath": { "$glob": "/a" } }]],
            "isTemporary": true, "temporaryRange": "1h" }),
        with("permissions", json!(vec![json!(["read", "secrets", place]); 101])),
        with("temporaryRange", Value::Null),
        with("temporaryRange", json!("soon")),
        with("temporaryRange", json!("0m")),
        with("temporaryRange", json!("99999999999999999999h")),
        with("temporaryRange", json!("9999999999h")),
        with("isTemporary", json!("perhaps")),
        with("note", json!("n".repeat(256))),
        with("note", json!(7)),
    ] {
        desk.ask_with("bob", body.clone())
            .await
            .refused(422, "ValidationFailure");
    }
    desk.ask_with("bob", with("note", json!("ü".repeat(255))))
        .await
        .ok();
    assert_eq!(desk.seen("admin", "").await.len(), 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_no_policy() {
    let desk = Desk::new(&["ann"]).await;
    let user = |name: &str| json!({ "type": "user", "username": format!("{name}@coffer.test") });
    for (status, what, more) in [
        (422, "environment", json!({ "environments": [] })),
        (404, "nowhere", json!({ "environments": ["dev", "nowhere"] })),
        (422, "secretPath", json!({ "secretPath": "" })),
        (422, "pattern", json!({ "secretPath": "/{a,b}" })),
        (422, "approvers", json!({ "approvers": [] })),
        (422, "approvers", json!({ "approvers": vec![user("ann"); 101] })),
        (
            422,
            "type",
            json!({ "approvers": [{ "type": "group", "id": "g" }] }),
        ),
        (422, "id", json!({ "approvers": [{ "type": "user" }] })),
        (400, "not a member", json!({ "approvers": [user("nobody")] })),
        (400, "not a member", json!({ "bypassers": [user("nobody")] })),
        (
            400,
            "more than once",
            json!({ "approvers": [user("ann"), user("ann")] }),
        ),
        (400, "more approvals than", json!({ "approvals": 2 })),
        (
            400,
            "more approvals than",
            json!({ "approvalsRequired": [{ "stepNumber": 1, "numberOfApprovals": 2 }] }),
        ),
        (422, "approvals", json!({ "approvals": 0 })),
        (422, "duration", json!({ "maxTimePeriod": "never" })),
        (422, "duration", json!({ "requestExpirationTime": "59s" })),
        (422, "duration", json!({ "requestExpirationTime": "366d" })),
        (422, "enforcementLevel", json!({ "enforcementLevel": "weak" })),
    ] {
        let policy = desk.policy(&["ann"], more);
        desk.world
            .post(POLICIES, desk.token("admin"), policy)
            .await
            .refused(status, what);
    }
    let list = format!("{POLICIES}?projectSlug={}", desk.slug);
    let empty = desk.world.get(&list, desk.token("admin")).await.ok();
    assert_eq!(
        empty["approvals"],
        json!([]),
        "a refused policy leaves nothing behind"
    );
    desk.set(&["ann"], json!({})).await;
    let again = desk.policy(&["ann"], json!({ "environments": ["prod", "dev"] }));
    desk.world
        .post(POLICIES, desk.token("admin"), again)
        .await
        .refused(400, "already exists in environment 'dev'");
}

#[tokio::test]
async fn a_policy_is_changed_in_what_is_told_and_in_nothing_else() {
    let desk = Desk::new(&["ann", "ben"]).await;
    let all = json!({ "name": "first", "maxTimePeriod": "2h", "requestExpirationTime": "1d", "enforcementLevel": "soft",
        "bypassers": [{ "type": "user", "username": "ben@coffer.test" }] });
    let policy = desk.set(&["ann"], all).await;
    let one = format!("{POLICIES}/{policy}");
    let before = desk.world.get(&one, desk.token("bob")).await.ok()["approval"].clone();
    desk.world.advance(1000);
    desk.world
        .patch(&one, desk.token("admin"), json!({ "name": "second" }))
        .await
        .ok();
    let after = desk.world.get(&one, desk.token("bob")).await.ok()["approval"].clone();
    for (key, value) in before.as_object().unwrap() {
        let changed = ["name", "updatedAt"].contains(&key.as_str());
        assert_eq!(after[key] != *value, changed, "{key}: {value} {}", after[key]);
    }
    let count =
        |environment: &str| format!("{POLICIES}/count?projectSlug={}&envSlug={environment}", desk.slug);
    for (environment, number) in [("dev", 1), ("prod", 0)] {
        let counted = desk.world.get(&count(environment), desk.token("bob")).await.ok();
        assert_eq!(counted["count"], number);
    }
}

/// Who is let in where. `own` asked, `ann` may approve, the rest are members by role, of nothing, or nobody.
#[tokio::test]
async fn every_route_of_access_asks_who_is_there() {
    let mut desk = Desk::new(&["ann"]).await;
    desk.person("viewer", "viewer").await;
    desk.person("member", "member").await;
    let stranger = desk.world.person("stranger@coffer.test", "member").await;
    desk.tokens.push(("stranger", stranger));
    let (id, .., machine) = desk.world.machine("ci", "no-access").await;
    desk.world.join_machine(&desk.project, &id, "member").await;
    desk.tokens.push(("machine", machine));
    let (id, .., machine) = desk.world.machine("root", "no-access").await;
    desk.world.join_machine(&desk.project, &id, "admin").await;
    desk.tokens.push(("machine admin", machine));
    let policy = desk.set(&["ann"], json!({})).await;
    let request_id = desk.ask("bob", "1h").await;
    let own = json!({ "permissions": [["edit", "secrets", { "environment": "dev", "secretPath": { "$glob": "/a" } }]],
        "isTemporary": true, "temporaryRange": "1h" });
    // Administrators last: the others find what they would delete.
    let everybody = [
        "ann",
        "bob",
        "member",
        "viewer",
        "machine",
        "machine admin",
        "admin",
    ];
    let people = &["ann", "bob", "member", "viewer", "admin"];
    let (admins, slug) = (["admin", "machine admin"], &desk.slug);
    let rejected = json!({ "status": "rejected", "bypassReason": "x" });
    let table: Vec<(&str, String, Value, &[&str])> = vec![
        (
            "GET",
            format!("{POLICIES}?projectSlug={slug}"),
            Value::Null,
            &everybody,
        ),
        (
            "GET",
            format!("{POLICIES}/count?projectSlug={slug}&envSlug=dev"),
            Value::Null,
            &everybody,
        ),
        ("GET", format!("{POLICIES}/{policy}"), Value::Null, &everybody),
        (
            "POST",
            POLICIES.to_owned(),
            desk.policy(&["ann"], json!({ "secretPath": "/new" })),
            &admins,
        ),
        (
            "PATCH",
            format!("{POLICIES}/{policy}"),
            json!({ "name": "n" }),
            &admins,
        ),
        (
            "GET",
            format!("{REQUESTS}?projectSlug={slug}"),
            Value::Null,
            people,
        ),
        (
            "GET",
            format!("{REQUESTS}/count?projectSlug={slug}"),
            Value::Null,
            people,
        ),
        ("POST", format!("{REQUESTS}?projectSlug={slug}"), own, people),
        // Bodies that are wrong in themselves: who is let in is told by the complaint, and nothing changes.
        ("PATCH", format!("{REQUESTS}/{request_id}"), json!({}), people),
        (
            "POST",
            format!("{REQUESTS}/{request_id}/review"),
            rejected,
            people,
        ),
        // Who is a member but neither asked nor approves is refused by the store; see the tests above.
        (
            "POST",
            format!("{REQUESTS}/{request_id}/revoke"),
            json!({}),
            &["admin", "ann", "bob"],
        ),
        ("DELETE", format!("{POLICIES}/{policy}"), Value::Null, &admins),
    ];
    let callers = ["", "stranger"].iter().chain(&everybody);
    for (method, path, body, allowed) in table {
        for who in callers.clone() {
            let sent = (!body.is_null()).then(|| body.clone());
            let answer = desk.world.call(method, &path, desk.token(who), sent).await;
            let what = format!("{who}: {method} {path}: {} {}", answer.status, answer.json());
            let right = match *who {
                "" => answer.status == 401,
                who if allowed.contains(&who) => ![401, 403].contains(&answer.status) && answer.status < 500,
                _ => answer.status == 403,
            };
            assert!(right, "{what}");
        }
    }
}

#[tokio::test]
async fn a_request_is_seen_by_who_made_it_who_may_answer_it_and_administrators() {
    let desk = Desk::new(&["ann", "eve"]).await;
    desk.set(&["ann"], json!({})).await;
    desk.ask("bob", "1h").await;
    for (who, sees) in [("admin", 1), ("ann", 1), ("bob", 1), ("eve", 0)] {
        assert_eq!(desk.seen(who, "").await.len(), sees, "{who}");
        let count = format!("{REQUESTS}/count?projectSlug={}", desk.slug);
        let counted = desk.world.get(&count, desk.token(who)).await.ok();
        assert_eq!(counted["pendingCount"], sees, "{who}");
    }
    let other = format!("{REQUESTS}?projectSlug=elsewhere");
    desk.world
        .get(&other, desk.token("admin"))
        .await
        .refused(404, "elsewhere");
}
