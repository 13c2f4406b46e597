//! What a real server answered, sent again and compared field by field.
//!
//! `recorded.json` holds requests and answers of a real server. Ids and secrets of that server are learnt as the
//! scenario goes: the first time one appears it stands for ours in the same place, and from then on it has to.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn recorded_answers_are_matched_field_by_field() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let world = World::new().await;
    let mut stage = Stage::set(&world).await;
    let mut skipped = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        if NOT_YET.contains(&name) {
            skipped.push(name);
            continue;
        }
        stage.prepare(name).await;
        stage.check(case).await;
    }
    assert_eq!(
        skipped, NOT_YET,
        "the list of routes that are not there yet is not the truth any more"
    );
}

/// Recorded answers of routes that this server does not have yet; docs/COMPATIBILITY.md says so for each.
const NOT_YET: &[&str] = &[
    "PIT rollback",
    "POST batch commit: create+update+delete in one atomic commit",
];

/// Where we answer better than what was recorded, on purpose.
const BETTER: &[(&str, u16)] = &[("v4 create 1.1MB value (over 1 MiB body)", 413)];

struct Stage<'w> {
    world: &'w World,
    without_organization: String,
    cookie: String,
    machine: String,
    bob: String,
    /// What of theirs stands for what of ours.
    ours: HashMap<String, String>,
}

impl<'w> Stage<'w> {
    async fn set(world: &'w World) -> Self {
        let body = json!({ "email": "admin@coffer.test", "password": PASSWORD });
        let answer = world.post("/api/v3/auth/login", "", body).await;
        let cookie = answer.cookie();
        let (id, client_id, secret, machine) = world.machine("ci", "member").await;
        let me = world.get("/api/v2/users/me", &world.admin).await.ok();
        let ours = [
            ("<password-1>", PASSWORD),
            ("b1c46e02-a5a6-4517-b533-7048f7c04cb4", &world.organization),
            ("b96abb5a-ba79-4568-be7a-fb63b523f504", &id),
            ("8889fb04-9143-4fb4-9945-c553cd64430c", &client_id),
            ("<client secret>", &secret),
            (
                "52c28199-3e16-48f0-ba62-20ad872f1da2",
                me["user"]["id"].as_str().unwrap(),
            ),
        ];
        Self {
            world,
            without_organization: answer.ok()["accessToken"].as_str().unwrap().to_owned(),
            cookie,
            machine,
            bob: String::new(),
            ours: ours
                .iter()
                .map(|(theirs, ours)| ((*theirs).to_owned(), (*ours).to_owned()))
                .collect(),
        }
    }

    /// What the recording did between two recorded requests.
    async fn prepare(&mut self, name: &str) {
        let world = self.world;
        match name {
            "UA login" => {
                // The machine's first secret goes on counting; the one just made is not needed.
            }
            "Create folder v2" => {
                let (project, machine) = (self.ours[PROJECT].clone(), self.ours[MACHINE].clone());
                world.join_machine(&project, &machine, "admin").await;
                let body = json!({ "name": "QA", "slug": "qa" });
                world
                    .post(
                        &format!("/api/v1/projects/{project}/environments"),
                        &world.admin,
                        body,
                    )
                    .await
                    .ok();
            }
            "get REF default expand" => {
                self.write("n1_q-Zx09", "x").await;
                self.write("REF", "pre-${n1_q-Zx09}-post").await;
                self.write("REF2", r#"{"a":"${NOPE}","b":"${ x }","c":"$(x)"}"#)
                    .await;
            }
            "rename" => {
                let body = json!({
                    "projectId": self.ours[PROJECT], "environment": "dev", "secretPath": "/coffer",
                    "secretComment": "between",
                });
                world
                    .patch("/api/v4/secrets/DB_URL", &self.machine, body)
                    .await
                    .ok();
            }
            "Create access approval policy (no licence)" => {
                self.bob = world.person("bob@coffer.test", "member").await;
                let project = self.ours[PROJECT].clone();
                world.join(&project, "bob@coffer.test", "no-access").await;
            }
            "User temporary additional privilege" => {
                let project = self.ours[PROJECT].clone();
                let path = format!("/api/v1/projects/{project}/memberships/details");
                let body = json!({ "username": "bob@coffer.test" });
                let bob = world.post(&path, &world.admin, body).await.ok();
                let id = bob["membership"]["id"].as_str().unwrap().to_owned();
                self.ours
                    .insert("631d3e03-c9d0-4c61-9bbb-d9715c272505".to_owned(), id);
            }
            "Open 3 (limit 2)" => {
                let id = &self.ours["DdWC8ljTQkkPtiCdo3PBfJ901Xn3axDkwXOTCiLELgI"];
                let body = json!({ "password": "hunter2hunter2" });
                world
                    .post(&format!("/api/v1/shared-secrets/{id}/access"), "", body)
                    .await
                    .ok();
            }
            "Secret request get" => {
                let body = json!({ "name": "send me the key", "expiresIn": "1d", "accessType": "anyone" });
                let made = world
                    .post("/api/v1/shared-secrets/requests", &world.admin, body)
                    .await
                    .ok();
                let id = made["id"].as_str().unwrap().to_owned();
                self.ours
                    .insert("6ede5c56-2ae5-4650-b3e1-1947dabaf9dc".to_owned(), id);
            }
            "get VER2 version=1 (renamed since)" => {
                let id = self.write("VER", "coffer:v1:one").await;
                let body = json!({
                    "projectId": self.ours[PROJECT], "environment": "dev", "secretPath": "/coffer",
                    "newSecretName": "VER2",
                });
                world.patch("/api/v4/secrets/VER", &self.machine, body).await.ok();
                let versions = world
                    .get(&format!("/api/v1/secret/{id}/secret-versions"), &world.admin)
                    .await
                    .ok();
                let first = versions["secretVersions"][1]["id"].as_str().unwrap().to_owned();
                self.ours
                    .insert("f2aa7fec-1476-41cf-a32e-535505665361".to_owned(), first);
            }
            _ => {}
        }
    }

    async fn write(&self, name: &str, value: &str) -> String {
        let body = json!({
            "projectId": self.ours[PROJECT], "environment": "dev", "secretPath": "/coffer", "secretValue": value,
        });
        let made = self
            .world
            .post(&format!("/api/v4/secrets/{name}"), &self.machine, body)
            .await
            .ok();
        made["secret"]["id"].as_str().unwrap().to_owned()
    }

    async fn check(&mut self, case: &Value) {
        let name = case["name"].as_str().unwrap();
        let token = match case["auth"].as_str().unwrap() {
            "no auth" => "",
            "user JWT" | "admin JWT" => &self.world.admin,
            "user JWT before org selection" => &self.without_organization,
            "machine identity token" => &self.machine,
            "Bob JWT" => &self.bob,
            "-" => "garbage",
            other => panic!("{other}"),
        };
        let sent = case.get("body").map(|body| self.translate(body));
        let path = self.replace(case["path"].as_str().unwrap());
        let cookie = [("cookie", self.cookie.as_str())];
        let headers = if path == "/api/v1/auth/token" {
            &cookie[..]
        } else {
            &[]
        };
        let answer = self
            .world
            .call_with(
                case["method"].as_str().unwrap(),
                &path,
                token,
                sent.clone(),
                headers,
            )
            .await;
        let body = answer.json();
        if let Some((_, status)) = BETTER.iter().find(|(known, _)| *known == name) {
            assert_eq!(answer.status, *status, "{name}: {body}");
            return;
        }
        assert_eq!(
            u64::from(answer.status),
            case["status"].as_u64().unwrap(),
            "{name}: {body}"
        );
        let cut = case.get("cut").is_some();
        self.compare(&case["answer"], &body, &format!("{name}: $"), cut);
    }

    /// Compares, and learns what of theirs stands for what of ours.
    fn compare(&mut self, theirs: &Value, ours: &Value, at: &str, cut: bool) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (key, value) in theirs {
                    let found = ours.get(key).unwrap_or_else(|| panic!("{at}.{key} is missing"));
                    self.compare(value, found, &format!("{at}.{key}"), cut);
                }
                for key in ours.keys().filter(|_| !cut) {
                    assert!(
                        theirs.contains_key(key),
                        "{at}.{key} is not in the recorded answer"
                    );
                }
            }
            (Value::Array(theirs), Value::Array(ours)) => {
                assert_eq!(theirs.len(), ours.len(), "{at}");
                for (index, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                    self.compare(theirs, ours, &format!("{at}[{index}]"), cut);
                }
            }
            (Value::String(theirs), Value::String(ours)) => self.compare_text(theirs, ours, at),
            _ => assert_eq!(theirs, ours, "{at}"),
        }
    }

    fn compare_text(&mut self, theirs: &str, ours: &str, at: &str) {
        if is_time(theirs) {
            assert!(is_time(ours), "{at}: {ours} is no time");
        } else if theirs.starts_with("req-") && at.ends_with(".reqId") {
            assert!(ours.starts_with("req-"), "{at}: {ours}");
        } else if theirs.starts_with("http://") {
            assert_eq!(
                theirs.rsplit_once('/').map(|(_, id)| self.replace(id)).as_deref(),
                ours.rsplit('/').next(),
                "{at}"
            );
        } else if let Some((start, _)) = theirs.split_once('…') {
            let start = self.replace(start);
            let start = if start.starts_with("eyJ") {
                "eyJ"
            } else {
                start.as_str()
            };
            // A truncated id inside a sentence is not known as a whole.
            let start = start.split(" ffc9ead0").next().unwrap();
            assert!(
                ours.starts_with(start),
                "{at}: {ours} does not start with {start}"
            );
        } else if (is_uuid(theirs) || is_share_id(theirs)) && !self.ours.contains_key(theirs) {
            assert_eq!(theirs.len(), ours.len(), "{at}: {ours} is no id");
            self.ours.insert(theirs.to_owned(), ours.to_owned());
        } else if theirs == "<client secret>" || at.ends_with("clientSecretPrefix") {
            assert!(ours.bytes().all(|byte| byte.is_ascii_hexdigit()), "{at}: {ours}");
        } else {
            assert_eq!(self.replace(theirs), ours, "{at}");
        }
    }

    /// A body with our ids and passwords, and with cut values made up to their length.
    fn translate(&self, body: &Value) -> Value {
        match body {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), self.translate(value)))
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.translate(item)).collect(),
            Value::String(text) => match text.split_once("…[") {
                Some((start, rest)) => {
                    let length: usize = rest.trim_end_matches(" chars]").parse().unwrap();
                    let fill = start.chars().last().unwrap().to_string();
                    json!(format!("{start}{}", fill.repeat(length - start.chars().count())))
                }
                None => json!(self.replace(text)),
            },
            other => other.clone(),
        }
    }

    fn replace(&self, text: &str) -> String {
        self.ours.iter().fold(text.to_owned(), |text, (theirs, ours)| {
            text.replace(theirs.as_str(), ours)
        })
    }
}

fn is_time(text: &str) -> bool {
    text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T'
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn is_share_id(text: &str) -> bool {
    text.len() == 43 && !text.contains(' ')
}

const PROJECT: &str = "ffc9ead0-a9d9-456c-aafb-fa213f11bfc6";
const MACHINE: &str = "b96abb5a-ba79-4568-be7a-fb63b523f504";
