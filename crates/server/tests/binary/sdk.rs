//! The official clients, unchanged, against the binary.
//!
//! They come from their registries, so they are not installed by a plain `cargo test`: `cargo xtask test` does it and
//! says where in `COFFER_SDK_NODE` (a folder with `node_modules`) and `COFFER_SDK_PYTHON` (a virtual environment).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::process::Server;

#[test]
fn the_npm_client_works_unchanged() {
    let Some(packages) = given("COFFER_SDK_NODE") else {
        return;
    };
    run(Command::new("node")
        .arg(program("secrets.mjs"))
        .env("COFFER_SDK_NODE", packages));
}

#[test]
fn the_pypi_client_works_unchanged() {
    let Some(environment) = given("COFFER_SDK_PYTHON") else {
        return;
    };
    run(Command::new(environment.join("bin/python")).arg(program("secrets.py")));
}

#[test]
fn the_crates_io_client_works_unchanged() {
    if given("COFFER_SDK_NODE").is_none() {
        return;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk-rust");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(program("rust/Cargo.toml"));
    run(cargo
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER"));
}

/// Runs a client against a fresh server with a machine that is a member of a project.
fn run(client: &mut Command) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let (organization, admin) = server.bootstrap();
    let (project, slug) = server.project(&admin);
    let new = json!({ "name": "sdk", "organizationId": organization });
    let made = server.ok("POST", "/api/v1/identities", &admin, Some(&new));
    let id = made["identity"]["id"].as_str().unwrap();
    let universal = format!("/api/v1/auth/universal-auth/identities/{id}");
    let auth = server.ok("POST", &universal, &admin, Some(&json!({})));
    let secret = server.ok(
        "POST",
        &format!("{universal}/client-secrets"),
        &admin,
        Some(&json!({})),
    );
    let member = format!("/api/v1/projects/{project}/memberships/identities/{id}");
    server.ok("POST", &member, &admin, Some(&json!({ "role": "member" })));
    // What a person locks to sealed values takes nothing else from anybody.
    let rule = json!({
        "name": "sealed only", "environmentSlug": "prod", "secretPath": "/**",
        "rule": { "type": "static-secrets", "inputs": { "constraints": [
            { "type": "regex-pattern", "appliesTo": "value", "value": r"^cf[a-z]1\." },
        ] } },
    });
    let rules = format!("/api/v1/projects/{project}/secret-validation-rules");
    server.ok("POST", &rules, &admin, Some(&rule));
    let done = client
        .env("COFFER_URL", &server.url)
        .env(
            "COFFER_CLIENT_ID",
            auth["identityUniversalAuth"]["clientId"].as_str().unwrap(),
        )
        .env("COFFER_CLIENT_SECRET", secret["clientSecret"].as_str().unwrap())
        .env("COFFER_PROJECT", project)
        .env("COFFER_PROJECT_SLUG", slug)
        .output()
        .unwrap();
    let (out, problems) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(
        done.status.success() && out.ends_with("ok\n"),
        "{out}\n{problems}"
    );
    server.kill();
}

fn given(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os(name)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    if path.is_none() {
        eprintln!(
            "skipped: {name} is not set, so the official client is not there; `cargo xtask test` installs it"
        );
    }
    path
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(name)
}
