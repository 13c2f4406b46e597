//! What the log may say.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{PASSWORD, World};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_no_body_token_query_or_path() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(captured.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let world = World::new().await;
    let project = world.project("Canary-Project").await;
    let (_, client_id, secret, token) = world.machine("canary-machine", "member").await;
    world.write(&project, "CANARY_NAME", "canary-value").await;
    let list = format!("/api/v4/secrets?projectId={project}&environment=dev&secretPath=/&canaryquery=1");
    world.get(&list, &world.admin).await.ok();
    world
        .get("/api/v4/secrets/CANARY_NAME?environment=canary-env", &world.admin)
        .await
        .refused(400, "Missing");
    let share =
        json!({ "secretValue": "canary-share", "password": "canary-password", "accessType": "anyone" });
    let share = world
        .post("/api/v1/shared-secrets", &world.admin, share)
        .await
        .ok();
    let id = share["id"].as_str().unwrap();
    world
        .post(
            &format!("/api/v1/shared-secrets/{id}/access"),
            "",
            json!({ "password": "canary-password" }),
        )
        .await
        .ok();
    world.get("/canary-page?canaryquery=2", "").await;
    world
        .post("/api/canary-route", "canary-token", json!({ "canary-body": 1 }))
        .await;

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("/api/v4/secrets/{name}") && log.contains("status=200"),
        "the log says something: {log}"
    );
    for never in [
        PASSWORD,
        "canary",
        "CANARY",
        "Canary",
        &project,
        &client_id,
        &secret,
        &token,
        &world.admin,
        id,
        "eyJ",
        "Bearer",
    ] {
        assert!(!log.contains(never), "the log contains {never}: {log}");
    }
}
