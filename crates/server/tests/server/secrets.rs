//! Secrets and folders beyond what was recorded.

use serde_json::{Value, json};

use crate::world::World;

fn place(project: &str) -> String {
    format!("projectId={project}&environment=dev&expandSecretReferences=false")
}

fn names(list: &Value) -> Vec<String> {
    let secrets = list["secrets"].as_array().unwrap();
    secrets
        .iter()
        .map(|row| {
            format!(
                "{}:{}",
                row["secretPath"].as_str().unwrap(),
                row["secretKey"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn a_list_is_a_folder_or_everything_below_it() {
    let world = World::new().await;
    let project = world.project("Work").await;
    for path in ["/", "/a", "/a/b", "/a0"] {
        if path != "/" {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let body = json!({ "projectId": project, "environment": "dev", "path": parent, "name": name });
            world.post("/api/v2/folders", &world.admin, body).await.ok();
        }
        let body =
            json!({ "projectId": project, "environment": "dev", "secretPath": path, "secretValue": "v" });
        world.post("/api/v4/secrets/K", &world.admin, body).await.ok();
    }
    let list = async |path: &str, recursive: bool| {
        let url = format!(
            "/api/v4/secrets?{}&secretPath={path}&recursive={recursive}",
            place(&project)
        );
        names(&world.get(&url, &world.admin).await.ok())
    };
    assert_eq!(list("/", false).await, ["/:K"]);
    assert_eq!(list("/", true).await, ["/:K", "/a:K", "/a/b:K", "/a0:K"]);
    assert_eq!(list("/a", true).await, ["/a:K", "/a/b:K"]);
    assert_eq!(list("/a/", false).await, ["/a:K"]);
    let v3 = format!(
        "/api/v3/secrets/raw?workspaceId={project}&environment=dev&secretPath=/a&include_imports=true"
    );
    let v3 = world.get(&v3, &world.admin).await.ok();
    assert_eq!(
        (names(&v3), &v3["imports"]),
        (vec!["/a:K".to_owned()], &json!([]))
    );
}

#[tokio::test]
async fn a_list_that_did_not_change_is_not_sent_again() {
    let world = World::new().await;
    let project = world.project("Work").await;
    world.write(&project, "A", "1").await;
    let url = format!("/api/v4/secrets?{}", place(&project));
    let tag = world.get(&url, &world.admin).await.header("etag").to_owned();
    let again = async || {
        world
            .call_with("GET", &url, &world.admin, None, &[("if-none-match", &tag)])
            .await
    };
    let unchanged = again().await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "2" });
    world.patch("/api/v4/secrets/A", &world.admin, body).await.ok();
    assert_eq!(again().await.status, 200);
}

#[tokio::test]
async fn a_stale_write_is_refused() {
    let world = World::new().await;
    let project = world.project("Work").await;
    world.write(&project, "A", "1").await;
    let body =
        |value: &str| Some(json!({ "projectId": project, "environment": "dev", "secretValue": value }));
    let write = async |method: &str, expected: &str, value: &str| {
        world
            .call_with(
                method,
                "/api/v4/secrets/A",
                &world.admin,
                body(value),
                &[("if-match", expected)],
            )
            .await
    };
    assert_eq!(write("PATCH", "\"1\"", "2").await.ok()["secret"]["version"], 2);
    write("PATCH", "\"1\"", "3")
        .await
        .refused(412, "its version is 2");
    write("DELETE", "1", "").await.refused(412, "its version is 2");
    write("PATCH", "soon", "3").await.refused(400, "If-Match");
    let read = world
        .get(&format!("/api/v4/secrets/A?{}", place(&project)), &world.admin)
        .await
        .ok();
    assert_eq!(
        (&read["secret"]["secretValue"], &read["secret"]["version"]),
        (&json!("2"), &json!(2))
    );
    write("PATCH", "*", "3").await.ok();
    write("DELETE", "W/\"3\"", "").await.ok();
}

#[tokio::test]
async fn a_batch_is_all_or_nothing() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let batch = |secrets: Value| json!({ "projectId": project, "environment": "dev", "secrets": secrets });
    let list = async || {
        names(
            &world
                .get(&format!("/api/v4/secrets?{}", place(&project)), &world.admin)
                .await
                .ok(),
        )
    };
    let two = json!([{ "secretKey": "A", "secretValue": "1" }, { "secretKey": "B", "secretValue": "2" }]);
    world
        .post("/api/v4/secrets/batch", &world.admin, batch(two))
        .await
        .ok();
    let clash = json!([{ "secretKey": "C", "secretValue": "1" }, { "secretKey": "A", "secretValue": "2" }]);
    world
        .post("/api/v4/secrets/batch", &world.admin, batch(clash))
        .await
        .refused(400, "Secret already exists");
    assert_eq!(list().await, ["/:A", "/:B"]);
    let half =
        json!([{ "secretKey": "A", "secretValue": "new" }, { "secretKey": "Z", "secretValue": "new" }]);
    world
        .patch("/api/v4/secrets/batch", &world.admin, batch(half.clone()))
        .await
        .refused(404, "Z in path /");
    let a = world
        .get(&format!("/api/v4/secrets/A?{}", place(&project)), &world.admin)
        .await
        .ok();
    assert_eq!(a["secret"]["version"], 1);
    let mut upsert = batch(half);
    upsert["mode"] = json!("upsert");
    assert_eq!(
        world
            .patch("/api/v4/secrets/batch", &world.admin, upsert)
            .await
            .ok()["secrets"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(list().await, ["/:A", "/:B", "/:Z"]);
    let gone = json!([{ "secretKey": "A" }, { "secretKey": "Z" }]);
    world
        .delete("/api/v4/secrets/batch", &world.admin, batch(gone))
        .await
        .ok();
    assert_eq!(list().await, ["/:B"]);
    world
        .post("/api/v4/secrets/batch", &world.admin, batch(json!([])))
        .await
        .refused(422, "at least 1");
    let long = json!([{ "secretKey": "n".repeat(500), "secretValue": "" }, { "secretKey": "n".repeat(501), "secretValue": "" }]);
    world
        .post("/api/v4/secrets/batch", &world.admin, batch(long))
        .await
        .refused(422, "at most 500");
}

#[tokio::test]
async fn versions_are_kept_up_to_the_projects_limit() {
    let world = World::new().await;
    let project = world.project("Work").await;
    world
        .patch(
            &format!("/api/v1/projects/{project}"),
            &world.admin,
            json!({ "pitVersionLimit": 3 }),
        )
        .await
        .ok();
    let id = world.write(&project, "A", "1").await["secret"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for value in ["2", "3", "4", "5"] {
        let body = json!({ "projectId": project, "environment": "dev", "secretValue": value });
        world.patch("/api/v4/secrets/A", &world.admin, body).await.ok();
    }
    let path = format!("/api/v1/secret/{id}/secret-versions?offset=0&limit=20");
    let versions = world.get(&path, &world.admin).await.ok();
    let values: Vec<_> = versions["secretVersions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["secretValue"].clone())
        .collect();
    assert_eq!(values, ["5", "4", "3"]);
    let at = async |version: u64| {
        let url = format!("/api/v4/secrets/A?{}&version={version}", place(&project));
        world.get(&url, &world.admin).await
    };
    assert_eq!(at(4).await.ok()["secret"]["secretValue"], "4");
    at(1).await.refused(404, "not found");
}

#[tokio::test]
async fn a_hidden_value_is_not_a_value() {
    let world = World::new().await;
    let project = world.project("Work").await;
    world.write(&project, "A", "value").await;
    let url = format!("/api/v4/secrets/A?{}&viewSecretValue=false", place(&project));
    let read = world.get(&url, &world.admin).await.ok();
    assert_eq!(read["secret"]["secretValue"], "<hidden-by-infisical>");
    assert_eq!(read["secret"]["secretValueHidden"], true);
}

#[tokio::test]
async fn metadata_is_replaced_when_given_and_kept_when_not() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let mut body = json!({ "projectId": project, "environment": "dev", "secretValue": "v",
        "secretMetadata": [{ "key": "k", "value": " v " }] });
    world
        .post("/api/v4/secrets/A", &world.admin, body.clone())
        .await
        .ok();
    let read = async || {
        let read = world
            .get(&format!("/api/v4/secrets/A?{}", place(&project)), &world.admin)
            .await
            .ok();
        read["secret"]["secretMetadata"].clone()
    };
    assert_eq!(
        read().await,
        json!([{ "key": "k", "value": "v", "isEncrypted": false }])
    );
    body.as_object_mut().unwrap().remove("secretMetadata");
    world
        .patch("/api/v4/secrets/A", &world.admin, body.clone())
        .await
        .ok();
    assert_eq!(read().await.as_array().unwrap().len(), 1);
    body["secretMetadata"] = json!([]);
    world.patch("/api/v4/secrets/A", &world.admin, body).await.ok();
    assert_eq!(read().await, json!([]));
}

#[tokio::test]
async fn a_personal_secret_is_its_owners_alone() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let bob = world.person("bob@coffer.test", "member").await;
    world.join(&project, "bob@coffer.test", "member").await;
    let body = |value: &str| json!({ "projectId": project, "environment": "dev", "secretValue": value, "type": "personal" });
    world
        .post("/api/v4/secrets/A", &bob, body("mine"))
        .await
        .refused(404, "not found");
    world.write(&project, "A", "ours").await;
    let id = world.post("/api/v4/secrets/A", &bob, body("mine")).await.ok()["secret"]["id"].clone();
    let id = format!("/api/v4/secrets/id/{}", id.as_str().unwrap());
    assert_eq!(world.get(&id, &bob).await.ok()["secret"]["secretValue"], "mine");
    world.get(&id, &world.admin).await.refused(404, "not found");
    let list = async |token: &str, personal: bool| {
        let url = format!(
            "/api/v4/secrets?{}&includePersonalOverrides={personal}",
            place(&project)
        );
        world.get(&url, token).await.ok()["secrets"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            list(&bob, true).await,
            list(&bob, false).await,
            list(&world.admin, true).await
        ),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn folders_are_renamed_with_everything_below() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let body = |name: &str, path: &str| json!({ "projectId": project, "environment": "dev", "name": name, "path": path });
    world
        .post("/api/v2/folders", &world.admin, body("c", "/a/b"))
        .await
        .ok();
    world
        .post("/api/v2/folders", &world.admin, body("x", "/"))
        .await
        .ok();
    let secret =
        json!({ "projectId": project, "environment": "dev", "secretPath": "/a/b/c", "secretValue": "v" });
    world.post("/api/v4/secrets/K", &world.admin, secret).await.ok();
    let renamed = world
        .patch("/api/v2/folders/a", &world.admin, body("z", "/"))
        .await
        .ok();
    assert_eq!(renamed["folder"]["path"], "/z");
    assert_eq!(renamed["folder"]["version"], 2);
    let url = format!("/api/v4/secrets?{}&secretPath=/z/b/c", place(&project));
    assert_eq!(names(&world.get(&url, &world.admin).await.ok()), ["/z/b/c:K"]);
    world
        .patch("/api/v2/folders/z", &world.admin, body("x", "/"))
        .await
        .refused(400, "already exists");
    world
        .patch("/api/v2/folders/z", &world.admin, body("no/slash", "/"))
        .await
        .refused(422, "alphanumeric");

    let list = async |query: &str| {
        let url = format!("/api/v2/folders?projectId={project}&environment=dev&{query}");
        let folders = world.get(&url, &world.admin).await.ok();
        let folders = folders["folders"].as_array().unwrap().clone();
        folders
            .iter()
            .map(|f| {
                f.get("relativePath")
                    .unwrap_or(&f["name"])
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(list("path=/").await, ["x", "z"]);
    assert_eq!(
        list("path=/&recursive=true").await,
        ["/x", "/z", "/z/b", "/z/b/c"]
    );
    assert_eq!(list("path=/z&recursive=true").await, ["/b", "/b/c"]);
    let v1 = format!("/api/v1/folders?workspaceId={project}&environment=dev&directory=/z");
    assert_eq!(world.get(&v1, &world.admin).await.ok()["folders"][0]["name"], "b");
}

#[tokio::test]
async fn a_folder_goes_with_its_content_only_if_told() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let body = |force: bool| json!({ "projectId": project, "environment": "dev", "path": "/", "forceDelete": force });
    let new = json!({ "projectId": project, "environment": "dev", "name": "b", "path": "/a" });
    world.post("/api/v2/folders", &world.admin, new).await.ok();
    world
        .delete("/api/v2/folders/a", &world.admin, body(false))
        .await
        .refused(400, "not empty");
    world
        .delete("/api/v2/folders/a", &world.admin, body(true))
        .await
        .ok();
    world
        .delete("/api/v2/folders/a", &world.admin, body(true))
        .await
        .refused(404, "not found");
}

#[tokio::test]
async fn environments_are_made_moved_renamed_and_deleted() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let path = format!("/api/v1/projects/{project}/environments");
    let made = world
        .post(
            &path,
            &world.admin,
            json!({ "name": "QA", "slug": "qa", "position": 2 }),
        )
        .await
        .ok();
    let id = made["environment"]["id"].as_str().unwrap().to_owned();
    let order = async || {
        let read = world
            .get(&format!("/api/v1/projects/{project}"), &world.admin)
            .await
            .ok();
        let environments = read["project"]["environments"].as_array().unwrap().clone();
        environments
            .iter()
            .map(|environment| environment["slug"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(order().await, ["dev", "qa", "staging", "prod"]);
    world
        .patch(
            &format!("{path}/{id}"),
            &world.admin,
            json!({ "position": 4, "slug": "test" }),
        )
        .await
        .ok();
    assert_eq!(order().await, ["dev", "staging", "prod", "test"]);
    world
        .patch(&format!("{path}/{id}"), &world.admin, json!({ "position": 1 }))
        .await
        .ok();
    assert_eq!(order().await, ["test", "dev", "staging", "prod"]);
    world
        .post(&path, &world.admin, json!({ "name": "x", "slug": "dev" }))
        .await
        .refused(400, "already exist");
    assert_eq!(
        world.get(&format!("{path}/slug/test"), &world.admin).await.ok()["environment"]["id"],
        id.as_str()
    );
    world
        .call("DELETE", &format!("{path}/{id}"), &world.admin, None)
        .await
        .ok();
    assert_eq!(order().await, ["dev", "staging", "prod"]);
    let url = format!("/api/v4/secrets?projectId={project}&environment=test");
    world
        .get(&url, &world.admin)
        .await
        .refused(404, "SecretPathNotFound");
}

#[tokio::test]
async fn projects_are_known_to_their_members_only() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let bob = world.person("bob@coffer.test", "member").await;
    let list = async |token: &str| {
        let list = world
            .get("/api/v1/projects?type=secret-manager", token)
            .await
            .ok();
        list["projects"].as_array().unwrap().len()
    };
    assert_eq!((list(&world.admin).await, list(&bob).await), (1, 0));
    world
        .get(&format!("/api/v1/projects/{project}"), &bob)
        .await
        .refused(403, "ProjectMembershipNotFound");
    world.join(&project, "bob@coffer.test", "no-access").await;
    assert_eq!(list(&bob).await, 1);
    let old = world.get("/api/v1/workspace", &bob).await.ok();
    assert_eq!(old["workspaces"][0]["id"], project.as_str());
    let slug = old["workspaces"][0]["slug"].as_str().unwrap();
    assert_eq!(
        world
            .get(&format!("/api/v1/projects/slug/{slug}"), &bob)
            .await
            .ok()["id"],
        project.as_str()
    );
    let again = json!({ "projectName": "Other", "slug": slug });
    world
        .post("/api/v1/projects", &bob, again)
        .await
        .refused(400, "exists already");
    world
        .patch(
            &format!("/api/v1/projects/{project}"),
            &world.admin,
            json!({ "hasDeleteProtection": true }),
        )
        .await
        .ok();
    world
        .call(
            "DELETE",
            &format!("/api/v1/projects/{project}"),
            &world.admin,
            None,
        )
        .await
        .refused(400, "protected");
    world
        .patch(
            &format!("/api/v1/projects/{project}"),
            &world.admin,
            json!({ "hasDeleteProtection": false }),
        )
        .await
        .ok();
    world
        .call(
            "DELETE",
            &format!("/api/v1/projects/{project}"),
            &world.admin,
            None,
        )
        .await
        .ok();
    world
        .get(&format!("/api/v1/projects/{project}"), &world.admin)
        .await
        .refused(404, "not found");
}

#[tokio::test]
async fn a_project_keeps_an_administrator() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let path = format!("/api/v1/projects/{project}/memberships");
    let members = world.get(&path, &world.admin).await.ok();
    let id = members["memberships"][0]["id"].as_str().unwrap();
    let viewer = json!({ "roles": [{ "role": "viewer" }] });
    world
        .patch(&format!("{path}/{id}"), &world.admin, viewer)
        .await
        .refused(400, "last administrator");
    let everybody = json!({ "usernames": ["admin@coffer.test"] });
    world
        .delete(&path, &world.admin, everybody)
        .await
        .refused(400, "last administrator");
}

#[tokio::test]
async fn a_temporary_role_ends_by_itself() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let bob = world.person("bob@coffer.test", "member").await;
    world.join(&project, "bob@coffer.test", "no-access").await;
    let path = format!("/api/v1/projects/{project}/memberships");
    let members = world.get(&path, &world.admin).await.ok();
    let id = members["memberships"][1]["id"].as_str().unwrap();
    let start = coffer_wire::Timestamp::from_millis(world.now());
    let roles = json!({ "roles": [{ "role": "viewer", "isTemporary": true, "temporaryMode": "relative",
        "temporaryRange": "10m", "temporaryAccessStartTime": start }] });
    world
        .patch(&format!("{path}/{id}"), &world.admin, roles)
        .await
        .ok();
    let url = format!("/api/v4/secrets?{}", place(&project));
    world.get(&url, &bob).await.ok();
    world.advance(600_000 - 1);
    world.get(&url, &bob).await.ok();
    world.advance(1);
    world
        .get(&url, &bob)
        .await
        .refused(403, "not allowed to read on secrets");
}
