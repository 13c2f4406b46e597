//! Additional privileges: every route over secrets and folders, with and without each rule that it needs.

use serde_json::{Value, json};

use crate::world::World;

/// What a route needs: action and subject in an environment and a folder.
type Need = (&'static str, &'static str, &'static str, &'static str);

const DESCRIBE: Need = ("describeSecret", "secrets", "dev", "/a");
const READ: Need = ("readValue", "secrets", "dev", "/a");
const CREATE: Need = ("create", "secrets", "dev", "/a");
const EDIT: Need = ("edit", "secrets", "dev", "/a");
const DELETE: Need = ("delete", "secrets", "dev", "/a");
const FOLDERS: &str = "secret-folders";

/// Method, path, body and needs. A refusal changes nothing, so each route works once, at the end.
fn table() -> Vec<(&'static str, &'static str, Value, Vec<Need>)> {
    let at = || json!({ "projectId": "{p}", "environment": "dev", "path": "/a", "secretPath": "/a" });
    let with = |more: Value| {
        let mut body = at();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let batch = |item: Value| with(json!({ "secrets": [item] }));
    let folder = |action, path| (action, FOLDERS, "dev", path);
    vec![
        (
            "GET",
            "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/a",
            Value::Null,
            vec![DESCRIBE],
        ),
        (
            "GET",
            "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/&recursive=true",
            Value::Null,
            vec![DESCRIBE],
        ),
        (
            "GET",
            "/api/v3/secrets/raw?workspaceId={p}&environment=dev&secretPath=/a",
            Value::Null,
            vec![DESCRIBE],
        ),
        (
            "GET",
            "/api/v4/secrets/KEEP?projectId={p}&environment=dev&secretPath=/a",
            Value::Null,
            vec![DESCRIBE],
        ),
        (
            "GET",
            "/api/v3/secrets/raw/KEEP?workspaceId={p}&environment=dev&secretPath=/a",
            Value::Null,
            vec![DESCRIBE],
        ),
        ("GET", "/api/v4/secrets/id/{s}", Value::Null, vec![DESCRIBE]),
        (
            "GET",
            "/api/v1/secret/{s}/secret-versions",
            Value::Null,
            vec![READ],
        ),
        (
            "POST",
            "/api/v4/secrets/N4",
            with(json!({ "secretValue": "v" })),
            vec![CREATE],
        ),
        (
            "POST",
            "/api/v3/secrets/raw/N3",
            with(json!({ "secretValue": "v" })),
            vec![CREATE],
        ),
        (
            "PATCH",
            "/api/v4/secrets/KEEP",
            with(json!({ "secretValue": "v" })),
            vec![EDIT],
        ),
        (
            "POST",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "B4", "secretValue": "v" })),
            vec![CREATE],
        ),
        (
            "PATCH",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "KEEP", "secretValue": "v" })),
            vec![EDIT],
        ),
        (
            "PATCH",
            "/api/v3/secrets/batch/raw",
            json!({ "projectId": "{p}", "environment": "dev", "secretPath": "/", "mode": "upsert",
                "secrets": [{ "secretKey": "UP", "secretValue": "v", "secretPath": "/a" }] }),
            vec![EDIT, CREATE],
        ),
        (
            "DELETE",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "B4" })),
            vec![DELETE],
        ),
        ("DELETE", "/api/v4/secrets/N4", at(), vec![DELETE]),
        (
            "POST",
            "/api/v4/secrets/move",
            json!({ "projectId": "{p}", "sourceEnvironment": "dev", "sourceSecretPath": "/a",
                "destinationEnvironment": "prod", "secretIds": ["{moving}"] }),
            vec![READ, DELETE, ("create", "secrets", "prod", "/")],
        ),
        (
            "GET",
            "/api/v2/folders?projectId={p}&environment=dev&path=/a",
            Value::Null,
            vec![folder("read", "/a")],
        ),
        (
            "GET",
            "/api/v2/folders/{f}",
            Value::Null,
            vec![folder("read", "/a")],
        ),
        (
            "POST",
            "/api/v2/folders",
            with(json!({ "name": "sub" })),
            vec![folder("create", "/a")],
        ),
        (
            "PATCH",
            "/api/v2/folders/sub",
            with(json!({ "name": "new" })),
            vec![
                folder("edit", "/a"),
                ("delete", "secrets", "dev", "/a/sub"),
                ("create", "secrets", "dev", "/a/new"),
            ],
        ),
        (
            "DELETE",
            "/api/v2/folders/new",
            at(),
            vec![folder("delete", "/a"), ("delete", "secrets", "dev", "/a/new")],
        ),
    ]
}

fn rule((action, subject, environment, path): Need) -> Value {
    json!({ "subject": subject, "action": [action],
        "conditions": { "environment": { "$eq": environment }, "secretPath": { "$glob": path } } })
}

/// A project with a folder, and a member without a role that sees anything.
struct Desk {
    world: World,
    project: String,
    token: String,
    member: String,
    known: Vec<(&'static str, String)>,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new().await;
        let project = world.project("Work").await;
        let token = world.person("bob@coffer.test", "member").await;
        world.join(&project, "bob@coffer.test", "no-access").await;
        let body = json!({ "projectId": project, "environment": "dev", "name": "a" });
        let folder = world.post("/api/v2/folders", &world.admin, body).await.ok();
        let mut ids = Vec::new();
        for name in ["KEEP", "MOVING"] {
            let body =
                json!({ "projectId": project, "environment": "dev", "secretPath": "/a", "secretValue": "v" });
            let made = world
                .post(&format!("/api/v4/secrets/{name}"), &world.admin, body)
                .await
                .ok();
            ids.push(made["secret"]["id"].as_str().unwrap().to_owned());
        }
        let members = world
            .get(&format!("/api/v1/projects/{project}/memberships"), &world.admin)
            .await
            .ok();
        let members = members["memberships"].as_array().unwrap().clone();
        let member = members
            .iter()
            .find(|member| member["user"]["username"] == "bob@coffer.test")
            .unwrap();
        Self {
            member: member["id"].as_str().unwrap().to_owned(),
            known: vec![
                ("{p}", project.clone()),
                ("{f}", folder["folder"]["id"].as_str().unwrap().to_owned()),
                ("{s}", ids[0].clone()),
                ("{moving}", ids[1].clone()),
            ],
            world,
            project,
            token,
        }
    }

    async fn give(&self, permissions: Value, kind: Value) -> String {
        let body = json!({ "projectMembershipId": self.member, "permissions": permissions, "type": kind });
        let made = self.world.post(PRIVILEGES, &self.world.admin, body).await.ok();
        made["privilege"]["id"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let replace = |text: &str| {
            self.known
                .iter()
                .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
        };
        let sent = (!body.is_null()).then(|| serde_json::from_str(&replace(&body.to_string())).unwrap());
        let answer = self.world.call(method, &replace(path), &self.token, sent).await;
        (answer.status, answer.json())
    }
}

const PRIVILEGES: &str = "/api/v1/user-project-additional-privilege";

#[tokio::test]
async fn every_route_over_secrets_and_folders_asks_for_its_privilege() {
    let desk = Desk::new().await;
    let nothing = json!({ "subject": "tags", "action": "read" });
    let id = desk
        .give(json!([nothing.clone()]), json!({ "isTemporary": false }))
        .await;
    let set = async |rules: Vec<Value>| {
        let mut all = vec![nothing.clone()];
        all.extend(rules);
        let path = format!("{PRIVILEGES}/{id}");
        let body = json!({ "permissions": all });
        desk.world.patch(&path, &desk.world.admin, body).await.ok();
    };
    for (method, path, body, needs) in table() {
        for missing in 0..needs.len() {
            let (action, subject, environment, folder) = needs[missing];
            let others = || {
                let others = needs.iter().enumerate().filter(|(at, _)| *at != missing);
                others.map(|(_, need)| rule(*need)).collect::<Vec<_>>()
            };
            // Not given; given for another environment, another folder or another subject; given and forbidden after.
            let forbidden = {
                let mut rule = rule(needs[missing]);
                rule["inverted"] = json!(true);
                vec![self::rule(needs[missing]), rule]
            };
            let other = if subject == "secrets" { FOLDERS } else { "secrets" };
            let instead = [
                vec![],
                vec![rule((action, subject, "staging", folder))],
                vec![rule((action, subject, environment, "/elsewhere/**"))],
                vec![rule((
                    if action == "edit" { "delete" } else { "edit" },
                    subject,
                    environment,
                    "/elsewhere",
                ))],
                if ["create", "edit", "delete"].contains(&action) {
                    vec![rule((action, other, environment, folder))]
                } else {
                    vec![]
                },
                forbidden,
            ];
            for wrong in instead {
                let mut rules = others();
                rules.extend(wrong.clone());
                // A rule that another need gives already is no gap.
                set(rules).await;
                let (status, answer) = desk.call(method, path, &body).await;
                assert_eq!(
                    status, 403,
                    "{method} {path} without {action} on {subject} in {environment} {folder}, with {wrong:?}: {answer}"
                );
            }
        }
        set(needs.iter().map(|need| rule(*need)).collect()).await;
        let (status, answer) = desk.call(method, path, &body).await;
        assert_eq!(status, 200, "{method} {path} with all it needs: {answer}");
    }
}

#[tokio::test]
async fn who_may_only_describe_a_secret_does_not_see_its_value() {
    let desk = Desk::new().await;
    let everywhere = json!([{ "subject": "secrets", "action": "describeSecret" },
        { "subject": "secrets", "action": "readValue", "conditions": { "secretName": "MOVING" } }]);
    desk.give(everywhere, json!({ "isTemporary": false })).await;
    let body = json!({ "projectId": desk.project, "environment": "dev", "secretPath": "/a",
        "secretValue": "<${KEEP}|${MOVING}>" });
    let world = &desk.world;
    world.post("/api/v4/secrets/MIX", &world.admin, body).await.ok();
    let path = "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/a";
    let (_, list) = desk.call("GET", path, &Value::Null).await;
    let shown: Vec<_> = list["secrets"].as_array().unwrap().iter().collect();
    for row in &shown {
        let visible = row["secretKey"] == "MOVING";
        assert_eq!(row["secretValueHidden"], !visible, "{row}");
        assert_eq!(row["secretValue"] == "v", visible, "{row}");
    }
    assert_eq!(shown.len(), 3);
    let (_, one) = desk.call("GET", "/api/v4/secrets/id/{s}", &Value::Null).await;
    assert_eq!(one["secret"]["secretValue"], "<hidden-by-infisical>");
    desk.give(
        json!([{ "subject": "secrets", "action": "readValue", "conditions": { "secretName": "MIX" } }]),
        json!({ "isTemporary": false }),
    )
    .await;
    let path = "/api/v4/secrets/MIX?projectId={p}&environment=dev&secretPath=/a";
    let (_, mixed) = desk.call("GET", path, &Value::Null).await;
    assert_eq!(
        mixed["secret"]["secretValue"], "<|v>",
        "a reference reads nothing that its reader may not"
    );
}

#[tokio::test]
async fn a_list_shows_what_its_reader_may_see_and_nothing_else() {
    let desk = Desk::new().await;
    let world = &desk.world;
    world.write(&desk.project, "TOP", "v").await;
    let rules = json!([{ "subject": "secrets", "action": "read", "conditions": { "secretPath": { "$glob": "/a/**" } } }]);
    desk.give(rules, json!({ "isTemporary": false })).await;
    let recursive = "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/&recursive=true";
    let (status, list) = desk.call("GET", recursive, &Value::Null).await;
    let paths: Vec<_> = list["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["secretPath"])
        .collect();
    assert_eq!((status, paths), (200, vec![&json!("/a"), &json!("/a")]));
    let plain = "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/";
    assert_eq!(desk.call("GET", plain, &Value::Null).await.0, 403);
    let elsewhere = "/api/v4/secrets?projectId={p}&environment=prod&secretPath=/&recursive=true";
    assert_eq!(desk.call("GET", elsewhere, &Value::Null).await.0, 403);
}

#[tokio::test]
async fn a_temporary_privilege_ends_by_itself() {
    let desk = Desk::new().await;
    let starts = coffer_wire::Timestamp::from_millis(desk.world.now());
    let kind = json!({ "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1m",
        "temporaryAccessStartTime": starts });
    desk.give(json!([{ "subject": "secrets", "action": "read" }]), kind)
        .await;
    let path = "/api/v4/secrets?projectId={p}&environment=dev&secretPath=/a";
    assert_eq!(desk.call("GET", path, &Value::Null).await.0, 200);
    desk.world.advance(60_000);
    assert_eq!(desk.call("GET", path, &Value::Null).await.0, 403);
}

#[tokio::test]
async fn only_administrators_give_and_take_privileges() {
    let desk = Desk::new().await;
    let world = &desk.world;
    let rules = json!([{ "subject": "secrets", "action": "read" }]);
    let id = desk.give(rules.clone(), json!({ "isTemporary": false })).await;
    let one = format!("{PRIVILEGES}/{id}");
    let list = format!("{PRIVILEGES}?projectMembershipId={}", desk.member);
    let new =
        json!({ "projectMembershipId": desk.member, "permissions": rules, "type": { "isTemporary": false } });
    let member = world.person("eve@coffer.test", "member").await;
    world.join(&desk.project, "eve@coffer.test", "member").await;
    let stranger = world.person("out@coffer.test", "member").await;
    for (token, sees) in [(&desk.token, false), (&member, true), (&stranger, false)] {
        let seen = if sees { 200 } else { 403 };
        assert_eq!(world.get(&list, token).await.status, seen);
        assert_eq!(world.get(&one, token).await.status, seen);
        assert_eq!(world.post(PRIVILEGES, token, new.clone()).await.status, 403);
        assert_eq!(
            world
                .patch(
                    &one,
                    token,
                    json!({ "permissions": [{ "subject": "secrets", "action": "delete" }] })
                )
                .await
                .status,
            403
        );
        assert_eq!(world.delete(&one, token, json!({})).await.status, 403);
    }
    assert_eq!(world.get(&list, "").await.status, 401);
    for refused in [
        json!([{ "subject": "member", "action": "edit" }]),
        json!([{ "subject": "secrets", "action": "read", "conditions": { "secretTags": { "$in": ["a"] } } }]),
        json!([{ "subject": "secrets", "action": "read", "conditions": { "secretPath": { "$glob": "/{a,b}" } } }]),
        json!("secrets"),
    ] {
        let body = json!({ "projectMembershipId": desk.member, "permissions": refused, "type": { "isTemporary": false } });
        assert_eq!(world.post(PRIVILEGES, &world.admin, body).await.status, 422);
    }
    let listed = world.get(&list, &world.admin).await.ok();
    assert_eq!(listed["privileges"][0]["id"], id.as_str());
    assert!(listed["privileges"][0].get("permissions").is_none());
    world.delete(&one, &world.admin, json!({})).await.ok();
    world.get(&one, &world.admin).await.refused(404, "was not found");
}

#[tokio::test]
async fn machines_get_privileges_too() {
    let desk = Desk::new().await;
    let world = &desk.world;
    let (machine, .., token) = world.machine("ci", "no-access").await;
    world.join_machine(&desk.project, &machine, "no-access").await;
    let path = format!(
        "/api/v4/secrets/KEEP?projectId={}&environment=dev&secretPath=/a",
        desk.project
    );
    assert_eq!(world.get(&path, &token).await.status, 403);
    let base = "/api/v2/identity-project-additional-privilege";
    let body = json!({ "identityId": machine, "projectId": desk.project, "slug": "reads",
        "permissions": [{ "subject": "secrets", "action": "read" }], "type": { "isTemporary": false } });
    assert_eq!(world.post(base, &token, body.clone()).await.status, 403);
    let made = world.post(base, &world.admin, body.clone()).await.ok();
    world
        .post(base, &world.admin, body)
        .await
        .refused(400, "slug already exists");
    world.get(&path, &token).await.ok();
    let query = format!("identityId={machine}&projectId={}", desk.project);
    let listed = world.get(&format!("{base}?{query}"), &world.admin).await.ok();
    assert_eq!(listed["privileges"][0]["slug"], "reads");
    let project = world
        .get(&format!("/api/v1/projects/{}", desk.project), &world.admin)
        .await
        .ok();
    let slug = project["project"]["slug"].as_str().unwrap();
    let named = format!("{base}/slug/reads?identityId={machine}&projectSlug={slug}");
    let named = world.get(&named, &world.admin).await.ok();
    assert_eq!(named["privilege"]["permissions"][0]["action"], "read");
    let one = format!("{base}/{}", made["privilege"]["id"].as_str().unwrap());
    let patch = json!({ "slug": "waits", "permissions": [{ "subject": "secrets", "action": "edit" }] });
    world.patch(&one, &world.admin, patch).await.ok();
    assert_eq!(world.get(&path, &token).await.status, 403);
    assert_eq!(
        world.get(&one, &world.admin).await.ok()["privilege"]["slug"],
        "waits"
    );
    let as_person = one.replace(base, PRIVILEGES);
    world
        .get(&as_person, &world.admin)
        .await
        .refused(404, "was not found");
    world.delete(&one, &world.admin, json!({})).await.ok();
}
