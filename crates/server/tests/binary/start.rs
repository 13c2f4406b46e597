//! Starting and stopping.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::Server;

#[test]
fn a_stop_signal_lets_requests_finish() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let (_, token) = server.bootstrap();
    let (project, _) = server.project(&token);
    let body =
        json!({ "projectId": project, "environment": "dev", "secretValue": "canary-value" }).to_string();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /api/v4/secrets/SLOW HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    stream.flush().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    server.terminate();
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (out, log) = server.end();
    assert_eq!(out, "", "one line on standard output, no more");
    for never in ["canary", token.as_str(), "SLOW", project.as_str()] {
        assert!(!log.contains(never), "{log}");
    }
    assert!(log.contains("stopped"), "{log}");

    let server = Server::start(folder.path());
    let read = format!("/api/v4/secrets/SLOW?projectId={project}&environment=dev");
    assert_eq!(
        server.ok("GET", &read, &token, None)["secret"]["secretValue"],
        "canary-value"
    );
    server.terminate();
    server.end();
}

#[test]
fn who_listens_hears_at_once_and_does_not_hold_up_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let (organization, _) = server.bootstrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let login = json!({ "email": "admin@coffer.test", "password": "canary-password" });
    let first = server.ok("POST", "/api/v3/auth/login", "", Some(&login));
    let chosen = json!({ "organizationId": organization });
    let select = "/api/v3/auth/select-organization";
    let second = server.ok("POST", select, &text(&first["accessToken"]), Some(&chosen));
    let token = text(&second["token"]);
    let (project, _) = server.project(&token);
    let body = json!({ "projectId": project, "register": [{ "event": "secret:create" }] }).to_string();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    // Less than the time between two signs of life, and than what a stop waits for those who do not end.
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    let head = format!(
        "POST /api/v1/events/subscribe/project-events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut heard = String::new();
    let mut wait_for = |what: &str| {
        while !heard.contains(what) {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).unwrap();
            assert_ne!(length, 0, "it ended: {heard}");
            heard.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
    };
    wait_for(": alive");
    let secret = json!({ "projectId": project, "environment": "dev", "secretValue": "canary-value" });
    server.ok("POST", "/api/v4/secrets/HEARD", &token, Some(&secret));
    wait_for("event: secret:create\ndata: {");
    server.terminate();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    let (_, log) = server.end();
    assert!(!log.contains("did not end in time"), "{log}");
    for never in ["canary", "HEARD"] {
        assert!(!heard.contains(never), "{heard}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    let server = Server::start(&data);
    server.bootstrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
        files += 1;
    }
    assert!(files >= 3, "the key, the database and its log");
    server.kill();
}

#[test]
fn the_environment_configures_too() {
    let folder = tempfile::tempdir().unwrap();
    let web = folder.path().join("web");
    std::fs::create_dir(&web).unwrap();
    std::fs::write(web.join("index.html"), "<!doctype html><title>Coffer</title>").unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--web", web.to_str().unwrap()]);
    assert_eq!(server.send("GET", "/projects", "", None).unwrap().0, 200);
    server.kill();
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_coffer-server"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for name in ["COFFER_LISTEN", "COFFER_DATA", "COFFER_WEB"] {
        assert!(help.contains(name), "{help}");
    }
}
