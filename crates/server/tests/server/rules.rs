//! Secret validation rules: asked by every way to write.

use serde_json::{Value, json};

use crate::world::World;

fn rules(project: &str) -> String {
    format!("/api/v1/projects/{project}/secret-validation-rules")
}

fn sealed_only(path: &str) -> Value {
    asking(
        path,
        json!([{ "type": "regex-pattern", "appliesTo": "value", "value": r"^cf[a-z]1\." }]),
    )
}

fn asking(path: &str, constraints: Value) -> Value {
    json!({ "name": "sealed only", "environmentSlug": "dev", "secretPath": path,
        "rule": { "type": "static-secrets", "inputs": { "constraints": constraints } } })
}

async fn folder(world: &World, project: &str, path: &str, name: &str) {
    let body = json!({ "projectId": project, "environment": "dev", "path": path, "name": name });
    world.post("/api/v2/folders", &world.admin, body).await.ok();
}

#[tokio::test]
async fn a_rule_is_asked_by_every_way_to_write() {
    let world = World::new().await;
    let project = world.project("Work").await;
    for (path, name) in [
        ("/", "locked"),
        ("/locked", "below"),
        ("/", "open"),
        ("/open", "sub"),
    ] {
        folder(&world, &project, path, name).await;
    }
    world
        .post(&rules(&project), &world.admin, sealed_only("/locked/**"))
        .await
        .ok();
    let at = |path: &str, more: Value| {
        let mut body = json!({ "projectId": project, "environment": "dev", "secretPath": path });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let write = async |method: &str, path: &str, body: Value| {
        world.call(method, path, &world.admin, Some(body)).await
    };
    for (path, name) in [("/locked", "A"), ("/locked/below", "A"), ("/open/sub", "S")] {
        write(
            "POST",
            &format!("/api/v4/secrets/{name}"),
            at(path, json!({ "secretValue": "cfr1.x" })),
        )
        .await
        .ok();
    }
    let made = write(
        "POST",
        "/api/v4/secrets/PLAIN",
        at("/open", json!({ "secretValue": "plain" })),
    )
    .await
    .ok();
    let plain = made["secret"]["id"].clone();
    let plain_in_sub = at("/open/sub", json!({ "secretValue": "plain" }));
    write("POST", "/api/v4/secrets/SUB", plain_in_sub).await.ok();

    let value = |value: &str| json!({ "secretValue": value });
    let batch = |item: Value| json!({ "secrets": [item] });
    let refused = [
        ("POST", "/api/v4/secrets/B", at("/locked", value("plain"))),
        (
            "POST",
            "/api/v3/secrets/raw/B",
            at("/locked/below", value("plain")),
        ),
        ("POST", "/api/v4/secrets/B", at("/locked", value("xcfr1.x"))),
        ("PATCH", "/api/v4/secrets/A", at("/locked", value("plain"))),
        ("PATCH", "/api/v3/secrets/raw/A", at("/locked", value(""))),
        (
            "POST",
            "/api/v4/secrets/batch",
            at(
                "/locked",
                batch(json!({ "secretKey": "B", "secretValue": "plain" })),
            ),
        ),
        (
            "PATCH",
            "/api/v4/secrets/batch",
            at(
                "/locked",
                batch(json!({ "secretKey": "A", "secretValue": "plain" })),
            ),
        ),
        (
            "PATCH",
            "/api/v4/secrets/batch",
            at(
                "/open",
                json!({ "mode": "upsert",
                "secrets": [{ "secretKey": "B", "secretValue": "plain", "secretPath": "/locked" }] }),
            ),
        ),
        (
            "PATCH",
            "/api/v4/secrets/batch",
            at(
                "/locked",
                json!({ "mode": "upsert", "secrets": [{ "secretKey": "NEW" }] }),
            ),
        ),
        (
            "POST",
            "/api/v4/secrets/move",
            json!({ "projectId": project, "sourceEnvironment": "dev", "sourceSecretPath": "/open",
                "destinationEnvironment": "dev", "destinationSecretPath": "/locked", "secretIds": [plain] }),
        ),
    ];
    for (method, path, body) in refused {
        let answer = write(method, path, body.clone()).await;
        let what = format!("{method} {path} {body}: {}", answer.json());
        assert_eq!(answer.status, 400, "{what}");
        assert!(
            answer.json()["message"]
                .as_str()
                .unwrap()
                .starts_with("Secret validation failed:\nSecret"),
            "{what}"
        );
    }
    // Moving in by renaming the folder above, from a place that no rule covers.
    folder(&world, &project, "/", "away").await;
    let patch = json!({ "projectId": project, "environment": "dev", "path": "/", "name": "gone" });
    write("PATCH", "/api/v2/folders/locked", patch).await.ok();
    let patch = json!({ "projectId": project, "environment": "dev", "path": "/", "name": "locked" });
    write("PATCH", "/api/v2/folders/open", patch)
        .await
        .refused(400, "Secret validation failed");
    let patch = json!({ "projectId": project, "environment": "dev", "path": "/", "name": "locked" });
    write("PATCH", "/api/v2/folders/gone", patch).await.ok();

    let taken = [
        ("PATCH", "/api/v4/secrets/A", at("/locked", value("cfr1.y"))),
        (
            "PATCH",
            "/api/v4/secrets/A",
            at("/locked", json!({ "newSecretName": "C" })),
        ),
        (
            "PATCH",
            "/api/v4/secrets/C",
            at("/locked", json!({ "secretComment": "plain text is no value" })),
        ),
        ("POST", "/api/v4/secrets/B", at("/open", value("plain"))),
        ("DELETE", "/api/v4/secrets/C", at("/locked", json!({}))),
    ];
    for (method, path, body) in taken {
        write(method, path, body).await.ok();
    }
    let elsewhere =
        json!({ "projectId": project, "environment": "prod", "secretPath": "/", "secretValue": "plain" });
    write("POST", "/api/v4/secrets/B", elsewhere).await.ok();
}

#[tokio::test]
async fn each_constraint_says_what_it_asks() {
    let world = World::new().await;
    let project = world.project("Work").await;
    for (kind, applies_to, value, good, bad, sentence) in [
        (
            "min-length",
            "value",
            "3",
            "abc",
            "ab",
            "value must be at least 3 characters long",
        ),
        (
            "max-length",
            "value",
            "3",
            "abc",
            "abcd",
            "value must be at most 3 characters long",
        ),
        (
            "required-prefix",
            "value",
            "x-",
            "x-1",
            "1",
            "value must start with \\\"x-\\\"",
        ),
        (
            "required-suffix",
            "value",
            "-x",
            "1-x",
            "1",
            "value must end with \\\"-x\\\"",
        ),
        (
            "regex-pattern",
            "value",
            "^[0-9]+$",
            "12",
            "1a",
            "value must match",
        ),
    ] {
        let rule = asking(
            "/",
            json!([{ "type": kind, "appliesTo": applies_to, "value": value }]),
        );
        let made = world.post(&rules(&project), &world.admin, rule).await.ok();
        let write = async |text: &str| {
            let body = json!({ "projectId": project, "environment": "dev", "secretValue": text });
            world
                .post(
                    &format!("/api/v4/secrets/{kind}-{}", text.len()),
                    &world.admin,
                    body,
                )
                .await
        };
        write(good).await.ok();
        write(bad).await.refused(400, sentence);
        let one = format!("{}/{}", rules(&project), made["rule"]["id"].as_str().unwrap());
        world.delete(&one, &world.admin, json!({})).await.ok();
        let body = json!({ "projectId": project, "environment": "dev", "secretValue": bad });
        world
            .post(&format!("/api/v4/secrets/{kind}-free"), &world.admin, body)
            .await
            .ok();
    }
    let names = asking(
        "/",
        json!([{ "type": "regex-pattern", "appliesTo": "key", "value": "^[A-Z_]+$" }]),
    );
    world.post(&rules(&project), &world.admin, names).await.ok();
    let body = json!({ "projectId": project, "environment": "dev", "secretValue": "v" });
    world
        .post("/api/v4/secrets/lower", &world.admin, body.clone())
        .await
        .refused(400, "key must match");
    world
        .post("/api/v4/secrets/UPPER", &world.admin, body.clone())
        .await
        .ok();
    let rename = json!({ "projectId": project, "environment": "dev", "newSecretName": "lower" });
    world
        .patch("/api/v4/secrets/UPPER", &world.admin, rename)
        .await
        .refused(400, "key must match");
    let value = json!({ "projectId": project, "environment": "dev", "secretValue": "w" });
    world
        .patch("/api/v4/secrets/min-length-3", &world.admin, value)
        .await
        .ok();
}

#[tokio::test]
async fn rules_are_changed_and_deleted_by_administrators() {
    let world = World::new().await;
    let project = world.project("Work").await;
    let member = world.person("bob@coffer.test", "member").await;
    world.join(&project, "bob@coffer.test", "member").await;
    let stranger = world.person("out@coffer.test", "member").await;
    let made = world
        .post(&rules(&project), &world.admin, sealed_only("/**"))
        .await
        .ok();
    let one = format!("{}/{}", rules(&project), made["rule"]["id"].as_str().unwrap());
    for (token, sees) in [(&member, 200), (&stranger, 403), (&String::new(), 401)] {
        let no = if token.is_empty() { 401 } else { 403 };
        assert_eq!(world.get(&rules(&project), token).await.status, sees);
        assert_eq!(
            world.post(&rules(&project), token, sealed_only("/")).await.status,
            no
        );
        assert_eq!(
            world
                .patch(&one, token, json!({ "isActive": false }))
                .await
                .status,
            no
        );
        assert_eq!(world.delete(&one, token, json!({})).await.status, no);
    }
    let plain = json!({ "projectId": project, "environment": "dev", "secretValue": "plain" });
    world
        .post("/api/v4/secrets/A", &world.admin, plain.clone())
        .await
        .refused(400, "sealed only");
    let patched = world
        .patch(
            &one,
            &world.admin,
            json!({ "isActive": false, "description": "off" }),
        )
        .await
        .ok();
    assert_eq!(patched["rule"]["isActive"], false);
    assert_eq!(patched["rule"]["description"], "off");
    world
        .post("/api/v4/secrets/A", &world.admin, plain.clone())
        .await
        .ok();
    let everywhere = json!({ "isActive": true, "environmentSlug": null });
    assert!(world.patch(&one, &world.admin, everywhere).await.ok()["rule"]["envId"].is_null());
    let prod = json!({ "projectId": project, "environment": "prod", "secretValue": "plain" });
    world
        .post("/api/v4/secrets/A", &world.admin, prod)
        .await
        .refused(400, "sealed only");
    for wrong in [
        asking("/", json!([])),
        asking(
            "/",
            json!([{ "type": "prevent-value-reuse", "appliesTo": "value", "value": "" }]),
        ),
        asking(
            "/",
            json!([{ "type": "regex-pattern", "appliesTo": "value", "value": "(" }]),
        ),
        asking(
            "/{a,b}",
            json!([{ "type": "min-length", "appliesTo": "value", "value": "1" }]),
        ),
        json!({ "name": "x", "secretPath": "/", "rule": { "type": "dynamic-secrets", "inputs": {} } }),
    ] {
        assert_eq!(
            world.post(&rules(&project), &world.admin, wrong).await.status,
            422
        );
    }
    let mut nowhere = sealed_only("/");
    nowhere["environmentSlug"] = json!("nowhere");
    world
        .post(&rules(&project), &world.admin, nowhere)
        .await
        .refused(404, "nowhere");
    world.delete(&one, &world.admin, json!({})).await.ok();
    world
        .delete(&one, &world.admin, json!({}))
        .await
        .refused(404, "not found");
    assert_eq!(
        world.get(&rules(&project), &world.admin).await.ok(),
        json!({ "rules": [] })
    );
}
