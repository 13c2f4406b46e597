//! What was to be told is told, whatever becomes of the process.

use std::time::Duration;

use serde_json::json;

use crate::process::Server;
use crate::receiver::{Answer, Receiver};

const LOOPBACK: [&str; 2] = ["--webhook-network", "127.0.0.1/32"];

#[test]
fn what_was_to_be_told_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new();
    let server = Server::start_with(folder.path(), &LOOPBACK);
    let (organization, _) = server.bootstrap();
    let person = server.log_in(&organization);
    let hook = json!({ "webhookUrl": receiver.url(), "webhookSecretKey": "s" });
    server.ok("POST", "/api/v1/shared-secrets/webhooks", &person, Some(&hook));
    let share = json!({ "secretValue": "v", "expiresIn": "1h", "accessType": "anyone" });
    let made = server.ok("POST", "/api/v1/shared-secrets", &person, Some(&share));
    let open = format!("/api/v1/shared-secrets/{}/access", made["id"].as_str().unwrap());
    // The first try fails. It is tried again by the next process, with the same name.
    receiver.will([Answer::Close]);
    server.ok("POST", &open, "", Some(&json!({})));
    let first = receiver.wait_for(1, Duration::from_secs(20));
    server.kill();
    let server = Server::start_with(folder.path(), &LOOPBACK);
    let second = receiver.wait_for(1, Duration::from_secs(40));
    assert_eq!(first[0].json()["id"], second[0].json()["id"]);
    assert_eq!(second[0].json()["event"], "share.viewed");
    assert!(second[0].is_signed_with("s"));
    server.terminate();
    server.end();
}

#[test]
fn without_the_flag_loopback_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new();
    let server = Server::start(folder.path());
    let (organization, _) = server.bootstrap();
    let person = server.log_in(&organization);
    let hook = json!({ "webhookUrl": receiver.url() });
    let (status, _) = server
        .send("POST", "/api/v1/shared-secrets/webhooks", &person, Some(&hook))
        .unwrap();
    assert_eq!(status, 400);
    server.terminate();
    server.end();
}
