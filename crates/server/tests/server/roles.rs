//! Who may do what: every route that needs a role, against every role.

use serde_json::{Value, json};

use crate::world::World;

/// Roles in a project, from the weakest: somebody without a token, a member of the organisation who is none of the
/// project, and the four roles.
const ROLES: [&str; 6] = ["nobody", "stranger", "no-access", "viewer", "member", "admin"];

/// Method, path, body, and the weakest role that is let in. `{r}` is the role, so that everybody makes things of their
/// own; `{x}` things were made by the administrator before.
fn table() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let at = || json!({ "projectId": "{p}", "environment": "dev", "path": "/", "secretPath": "/" });
    let with = |more: Value| {
        let mut body = at();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let batch = |item: Value| with(json!({ "secrets": [item] }));
    vec![
        ("GET", "/api/v1/projects/{p}", Value::Null, "no-access"),
        ("GET", "/api/v1/projects/slug/{slug}", Value::Null, "no-access"),
        ("GET", "/api/v1/workspace/{p}", Value::Null, "no-access"),
        (
            "GET",
            "/api/v2/workspace/{p}/encrypted-key",
            Value::Null,
            "no-access",
        ),
        (
            "PATCH",
            "/api/v1/projects/{p}",
            json!({ "description": "d" }),
            "admin",
        ),
        (
            "PATCH",
            "/api/v1/workspace/{p}",
            json!({ "description": "d" }),
            "admin",
        ),
        (
            "POST",
            "/api/v1/projects/{p}/environments",
            json!({ "name": "E", "slug": "e-{r}" }),
            "admin",
        ),
        (
            "POST",
            "/api/v1/workspace/{p}/environments",
            json!({ "name": "E", "slug": "w-{r}" }),
            "admin",
        ),
        (
            "GET",
            "/api/v1/projects/{p}/environments/{e}",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v1/projects/{p}/environments/slug/dev",
            Value::Null,
            "viewer",
        ),
        (
            "PATCH",
            "/api/v1/projects/{p}/environments/{e}",
            json!({ "name": "Dev" }),
            "admin",
        ),
        (
            "DELETE",
            "/api/v1/projects/{p}/environments/{x}",
            Value::Null,
            "admin",
        ),
        (
            "GET",
            "/api/v2/folders?projectId={p}&environment=dev&path=/",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v1/folders?workspaceId={p}&environment=dev&path=/",
            Value::Null,
            "viewer",
        ),
        (
            "POST",
            "/api/v2/folders",
            with(json!({ "name": "f2-{r}" })),
            "member",
        ),
        (
            "POST",
            "/api/v1/folders",
            with(json!({ "name": "f1-{r}" })),
            "member",
        ),
        ("GET", "/api/v2/folders/{f}", Value::Null, "viewer"),
        (
            "PATCH",
            "/api/v2/folders/{f}",
            with(json!({ "name": "keep" })),
            "member",
        ),
        (
            "PATCH",
            "/api/v2/folders/batch",
            json!({ "projectId": "{p}",
            "folders": [{ "id": "{f}", "environment": "dev", "path": "/", "name": "keep" }] }),
            "member",
        ),
        ("DELETE", "/api/v2/folders/gone", at(), "member"),
        (
            "GET",
            "/api/v4/secrets?projectId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v3/secrets/raw?workspaceId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v3/secrets/raw?workspaceSlug={slug}&environment=dev",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v4/secrets/KEEP?projectId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        (
            "GET",
            "/api/v3/secrets/raw/KEEP?workspaceId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        ("GET", "/api/v4/secrets/id/{s}", Value::Null, "viewer"),
        ("GET", "/api/v3/secrets/raw/id/{s}", Value::Null, "viewer"),
        ("GET", "/api/v1/secret/{s}/secret-versions", Value::Null, "viewer"),
        (
            "DELETE",
            "/api/v2/secret-versions/{v}/redact-value",
            Value::Null,
            "admin",
        ),
        (
            "GET",
            "/api/v3/secrets?workspaceId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        (
            "POST",
            "/api/v4/secrets/N4-{r}",
            with(json!({ "secretValue": "v" })),
            "member",
        ),
        (
            "POST",
            "/api/v3/secrets/raw/N3-{r}",
            with(json!({ "secretValue": "v" })),
            "member",
        ),
        (
            "PATCH",
            "/api/v4/secrets/KEEP",
            with(json!({ "secretValue": "v" })),
            "member",
        ),
        (
            "PATCH",
            "/api/v3/secrets/raw/KEEP",
            with(json!({ "secretValue": "v" })),
            "member",
        ),
        (
            "POST",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "B4-{r}", "secretValue": "v" })),
            "member",
        ),
        (
            "POST",
            "/api/v3/secrets/batch/raw",
            batch(json!({ "secretKey": "B3-{r}", "secretValue": "v" })),
            "member",
        ),
        (
            "PATCH",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "KEEP", "secretValue": "v" })),
            "member",
        ),
        (
            "PATCH",
            "/api/v3/secrets/batch/raw",
            batch(json!({ "secretKey": "KEEP", "secretValue": "v" })),
            "member",
        ),
        ("DELETE", "/api/v4/secrets/GONE4", at(), "member"),
        ("DELETE", "/api/v3/secrets/raw/GONE3", at(), "member"),
        (
            "DELETE",
            "/api/v4/secrets/batch",
            batch(json!({ "secretKey": "GONEB4" })),
            "member",
        ),
        (
            "DELETE",
            "/api/v3/secrets/batch/raw",
            batch(json!({ "secretKey": "GONEB3" })),
            "member",
        ),
        (
            "POST",
            "/api/v4/secrets/move",
            json!({ "projectId": "{p}", "sourceEnvironment": "dev",
            "destinationEnvironment": "prod", "secretIds": ["{moving}"] }),
            "member",
        ),
        (
            "POST",
            "/api/v3/secrets/move",
            json!({ "projectSlug": "{slug}", "sourceEnvironment": "dev",
            "destinationEnvironment": "prod", "secretIds": [] }),
            "member",
        ),
        (
            "GET",
            "/api/v2/secret-imports?projectId={p}&environment=dev",
            Value::Null,
            "viewer",
        ),
        ("GET", "/api/v1/projects/{p}/tags", Value::Null, "viewer"),
        ("GET", "/api/v1/projects/{p}/roles", Value::Null, "viewer"),
        ("GET", "/api/v1/projects/{p}/memberships", Value::Null, "viewer"),
        ("GET", "/api/v1/workspace/{p}/memberships", Value::Null, "viewer"),
        (
            "POST",
            "/api/v1/projects/{p}/memberships/details",
            json!({ "username": "admin@coffer.test" }),
            "viewer",
        ),
        (
            "POST",
            "/api/v1/projects/{p}/memberships",
            json!({ "usernames": ["other@coffer.test"] }),
            "admin",
        ),
        (
            "PATCH",
            "/api/v1/projects/{p}/memberships/{m}",
            json!({ "roles": [{ "role": "member" }] }),
            "admin",
        ),
        (
            "DELETE",
            "/api/v1/projects/{p}/memberships",
            json!({ "usernames": ["other@coffer.test"] }),
            "admin",
        ),
        (
            "GET",
            "/api/v1/projects/{p}/memberships/identities",
            Value::Null,
            "viewer",
        ),
        (
            "POST",
            "/api/v1/projects/{p}/memberships/identities/{i}",
            json!({ "role": "viewer" }),
            "admin",
        ),
        (
            "GET",
            "/api/v1/projects/{p}/memberships/identities/{j}",
            Value::Null,
            "viewer",
        ),
        (
            "PATCH",
            "/api/v1/projects/{p}/memberships/identities/{j}",
            json!({ "roles": [{ "role": "viewer" }] }),
            "admin",
        ),
        (
            "DELETE",
            "/api/v1/projects/{p}/memberships/identities/{j}",
            Value::Null,
            "admin",
        ),
        ("DELETE", "/api/v1/projects/{p}", Value::Null, "admin"),
    ]
}

#[tokio::test]
async fn every_route_of_a_project_asks_for_its_role() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let mut tokens = vec![String::new()];
    for role in &ROLES[1..] {
        let email = format!("{role}@coffer.test");
        let token = if *role == "admin" {
            world.admin.clone()
        } else {
            world.person(&email, "member").await
        };
        if !["stranger", "admin"].contains(role) {
            world.join(&project, &email, role).await;
        }
        tokens.push(token);
    }
    let known = fill(&world, &project).await;
    for (method, path, body, weakest) in table() {
        let weakest = ROLES.iter().position(|role| *role == weakest).unwrap();
        for (rank, role) in ROLES.iter().enumerate() {
            let replace = |text: &str| {
                known
                    .iter()
                    .fold(text.replace("{r}", role), |text, (mark, value)| {
                        text.replace(mark.as_str(), value)
                    })
            };
            let sent = (!body.is_null()).then(|| serde_json::from_str(&replace(&body.to_string())).unwrap());
            let answer = world.call(method, &replace(path), &tokens[rank], sent).await;
            let what = format!("{role}: {method} {path}: {} {}", answer.status, answer.json());
            let right = match rank {
                0 => answer.status == 401,
                _ if rank < weakest => answer.status == 403,
                _ if rank == weakest => answer.status == 200,
                _ => ![401, 403].contains(&answer.status) && answer.status < 500,
            };
            assert!(right, "{what}");
        }
    }
}

/// What the table works on.
async fn fill(world: &World, project: &str) -> Vec<(String, String)> {
    let read = world
        .get(&format!("/api/v1/projects/{project}"), &world.admin)
        .await
        .ok()["project"]
        .clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let environment = text(&read["environments"][0]["id"]);
    let extra = json!({ "name": "X", "slug": "x" });
    let extra = world
        .post(
            &format!("/api/v1/projects/{project}/environments"),
            &world.admin,
            extra,
        )
        .await
        .ok();
    let mut folders = Vec::new();
    for name in ["keep", "gone"] {
        let body = json!({ "projectId": project, "environment": "dev", "name": name });
        folders.push(text(
            &world.post("/api/v2/folders", &world.admin, body).await.ok()["folder"]["id"],
        ));
    }
    let mut secret = String::new();
    for name in ["KEEP", "GONE3", "GONE4", "GONEB3", "GONEB4"] {
        let made = text(&world.write(project, name, "v").await["secret"]["id"]);
        if name == "KEEP" {
            secret = made;
        }
    }
    let moving = text(&world.write(project, "MOVING", "v").await["secret"]["id"]);
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "2" });
    world.patch("/api/v4/secrets/KEEP", &world.admin, body).await.ok();
    let versions = world
        .get(&format!("/api/v1/secret/{secret}/secret-versions"), &world.admin)
        .await
        .ok();
    world.person("other@coffer.test", "member").await;
    world.person("changing@coffer.test", "member").await;
    world.join(project, "changing@coffer.test", "viewer").await;
    let members = world
        .get(&format!("/api/v1/projects/{project}/memberships"), &world.admin)
        .await
        .ok();
    let members = members["memberships"].as_array().unwrap().clone();
    let member = members
        .iter()
        .find(|member| member["user"]["username"] == "changing@coffer.test")
        .unwrap();
    let (stranger, ..) = world.machine("stranger", "no-access").await;
    let (machine, ..) = world.machine("machine", "no-access").await;
    world.join_machine(project, &machine, "viewer").await;
    [
        ("{p}", project.to_owned()),
        ("{slug}", text(&read["slug"])),
        ("{e}", environment),
        ("{x}", text(&extra["environment"]["id"])),
        ("{f}", folders[0].clone()),
        ("{s}", secret),
        ("{moving}", moving),
        ("{v}", text(&versions["secretVersions"][1]["id"])),
        ("{m}", text(&member["id"])),
        ("{i}", stranger),
        ("{j}", machine),
    ]
    .map(|(mark, value)| (mark.to_owned(), value))
    .to_vec()
}

#[tokio::test]
async fn every_route_of_an_organization_asks_for_its_role() {
    let world = World::new().await;
    let roles = ["no-access", "member", "admin"];
    let mut tokens = Vec::new();
    for role in roles {
        tokens.push(world.person(&format!("org-{role}@coffer.test"), role).await);
    }
    let (machine, ..) = world.machine("m", "no-access").await;
    let (bare, ..) = world.machine("bare", "no-access").await;
    world
        .call(
            "DELETE",
            &format!("/api/v1/auth/universal-auth/identities/{bare}"),
            &world.admin,
            None,
        )
        .await
        .ok();
    let (gone, ..) = world.machine("gone", "no-access").await;
    world.invite("leaving@coffer.test", "member").await;
    let members = format!("/api/v2/organizations/{}/memberships", world.organization);
    let list = world.get(&members, &world.admin).await.ok();
    let users = list["users"].as_array().unwrap().clone();
    let leaving = users
        .iter()
        .find(|user| user["user"]["username"] == "leaving@coffer.test")
        .unwrap();
    let leaving = leaving["id"].as_str().unwrap();
    let (org, universal) = (&world.organization, "/api/v1/auth/universal-auth/identities");
    let new = json!({ "name": "n", "organizationId": org });
    let invitation = json!({ "inviteeEmails": ["new@coffer.test"], "organizationId": org });
    for (method, path, body, weakest) in [
        ("GET", "/api/v1/organization".to_owned(), Value::Null, 0),
        ("GET", format!("/api/v1/organization/{org}"), Value::Null, 0),
        ("GET", format!("/api/v1/organizations/{org}/plan"), Value::Null, 0),
        (
            "GET",
            format!("/api/v2/organizations/{org}/workspaces"),
            Value::Null,
            0,
        ),
        ("GET", "/api/v1/projects".to_owned(), Value::Null, 0),
        ("GET", members.clone(), Value::Null, 1),
        (
            "POST",
            "/api/v1/projects".to_owned(),
            json!({ "projectName": "Own" }),
            1,
        ),
        (
            "POST",
            "/api/v2/workspace".to_owned(),
            json!({ "projectName": "Own" }),
            1,
        ),
        ("GET", format!("/api/v1/identities?orgId={org}"), Value::Null, 1),
        ("GET", format!("/api/v1/identities/{machine}"), Value::Null, 1),
        ("GET", format!("{universal}/{machine}"), Value::Null, 1),
        (
            "GET",
            format!("{universal}/{machine}/client-secrets"),
            Value::Null,
            1,
        ),
        ("POST", "/api/v1/identities".to_owned(), new, 2),
        (
            "PATCH",
            format!("/api/v1/identities/{machine}"),
            json!({ "name": "m2" }),
            2,
        ),
        ("POST", format!("{universal}/{bare}"), json!({}), 2),
        (
            "PATCH",
            format!("{universal}/{machine}"),
            json!({ "accessTokenTTL": 60 }),
            2,
        ),
        (
            "POST",
            format!("{universal}/{machine}/client-secrets"),
            json!({}),
            2,
        ),
        ("DELETE", format!("{universal}/{bare}"), Value::Null, 2),
        ("DELETE", format!("/api/v1/identities/{gone}"), Value::Null, 2),
        ("POST", "/api/v1/invite-org/signup".to_owned(), invitation, 2),
        (
            "PATCH",
            format!("{members}/{leaving}"),
            json!({ "role": "no-access" }),
            2,
        ),
        ("DELETE", format!("{members}/{leaving}"), Value::Null, 2),
    ] {
        let sent = (!body.is_null()).then_some(body);
        world
            .call(method, &path, "", sent.clone())
            .await
            .refused(401, "Token missing");
        for (rank, role) in roles.iter().enumerate() {
            let answer = world.call(method, &path, &tokens[rank], sent.clone()).await;
            let expected = if rank < weakest { 403 } else { 200 };
            assert_eq!(
                answer.status,
                expected,
                "{role}: {method} {path}: {}",
                answer.json()
            );
        }
    }
}

#[tokio::test]
async fn machines_are_kept_to_their_roles_too() {
    let world = World::new().await;
    let project = world.project("Work").await;
    world.write(&project, "A", "v").await;
    let (id, _, _, token) = world.machine("ci", "no-access").await;
    let read = format!("/api/v4/secrets?projectId={project}&environment=dev");
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "v" });
    world
        .get(&read, &token)
        .await
        .refused(403, "ProjectMembershipNotFound");
    world.join_machine(&project, &id, "viewer").await;
    world.get(&read, &token).await.ok();
    world
        .patch("/api/v4/secrets/A", &token, body.clone())
        .await
        .refused(403, "PermissionDenied");
    let roles = json!({ "roles": [{ "role": "member" }] });
    world
        .patch(
            &format!("/api/v1/projects/{project}/memberships/identities/{id}"),
            &world.admin,
            roles,
        )
        .await
        .ok();
    world.patch("/api/v4/secrets/A", &token, body).await.ok();
    world
        .post("/api/v1/projects", &token, json!({ "projectName": "X" }))
        .await
        .refused(403, "PermissionDenied");
    world
        .get("/api/v1/user", &token)
        .await
        .refused(403, "Forbidden access to /api/v1/user");
    world
        .post(
            "/api/v1/projects",
            &world.instance_token,
            json!({ "projectName": "X" }),
        )
        .await
        .ok();
}

#[tokio::test]
async fn other_organizations_do_not_exist() {
    let world = World::new().await;
    let other = "11111111-1111-4111-8111-111111111111";
    for path in [
        format!("/api/v2/organizations/{other}/memberships"),
        format!("/api/v1/organization/{other}"),
        format!("/api/v1/identities?orgId={other}"),
    ] {
        world
            .get(&path, &world.admin)
            .await
            .refused(403, "not a member of this organization");
    }
    world
        .get(&format!("/api/v1/projects/{other}"), &world.admin)
        .await
        .refused(404, "not found");
    world
        .get(&format!("/api/v1/identities/{other}"), &world.admin)
        .await
        .refused(404, "not found");
    let body = json!({ "organizationId": other });
    world
        .post("/api/v3/auth/select-organization", &world.admin, body)
        .await
        .refused(403, "not a member");
}
