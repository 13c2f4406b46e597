//! The stage on which lies are told, and what several of them need.

use coffer_client::{Class, Environment, Error, Method, SealError};
use coffer_core::environment::Wrap;
use coffer_testkit::{Canary, Evil, InProcess, MemoryDevice, Office, entry, put};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub type Env = Environment<Evil<InProcess>, MemoryDevice>;

/// Ada with two secrets, and a second device of hers whose network lies.
pub struct Stage {
    pub office: Office,
    pub liar: Office,
    pub pins: BTreeMap<String, Vec<u8>>,
}

impl Stage {
    pub async fn set(seed: u64) -> Self {
        let office = Office::open(seed).await;
        let saved = office
            .open_environment("development")
            .await
            .save(vec![put("/", "ALPHA", ALPHA), put("/db", "BETA", BETA)])
            .await;
        saved.unwrap();
        Self::with(office, seed).await
    }

    /// A new device, which has opened nothing yet, so that it has to fetch everything.
    pub async fn with(office: Office, seed: u64) -> Self {
        let liar = office.again(seed + 5000).await;
        let pins = pins(&liar);
        Self { office, liar, pins }
    }

    pub async fn open(&self) -> Result<Env, Error> {
        self.liar.project.open_environment("development").await
    }

    /// Nothing secret left, and a failure has moved no pin.
    pub fn check(&self, pins_unmoved: bool) {
        nothing_escaped(&[&self.office, &self.liar], &[ALPHA, BETA]);
        if pins_unmoved {
            assert_eq!(pins(&self.liar), self.pins, "a pin moved");
        }
    }
}

pub const ALPHA: &str = "alpha value, ninety-one";

pub const BETA: &str = "beta value, eighty-two";

/// The pins of a device. Sealing them anew changes the record, so the same record means the same pins.
pub fn pins(office: &Office) -> BTreeMap<String, Vec<u8>> {
    let mut records = office.device.records();
    records.retain(|name, _| name.starts_with("pins/"));
    records
}

pub fn class(environment: &Env, name: &str) -> Class {
    entry(environment, name).class
}

pub fn reveal(environment: &Env, name: &str) -> Result<String, SealError> {
    environment
        .reveal(&entry(environment, name).slot)
        .map(|opened| opened.value.as_str().to_owned())
}

/// No key, passphrase or Account Key of anybody, and none of these texts, is in what anybody's client sent.
pub fn nothing_escaped(offices: &[&Office], texts: &[&str]) {
    let mut canary = Canary::new();
    for text in texts {
        canary.add(text, text.as_bytes());
    }
    for (what, secret) in offices.iter().flat_map(|office| office.secrets()) {
        canary.add(&what, &secret);
    }
    for office in offices {
        assert_eq!(canary.check(&office.transport.recorded()), []);
    }
}

/// Every wrap that was uploaded: to whom keys were given.
pub fn uploaded_wraps(transport: &Evil<InProcess>) -> Vec<Wrap> {
    let mut wraps = Vec::new();
    for exchange in transport.recorded() {
        let Ok(body) = serde_json::from_slice::<Value>(&exchange.sent) else {
            continue;
        };
        let rows = body["secrets"].as_array().into_iter().flatten().chain([&body]);
        let texts = rows.filter_map(|row| row["secretValue"].as_str());
        wraps.extend(texts.filter_map(|text| Wrap::parse(text).ok()));
    }
    wraps
}

/// Adds fields to every answer that is a JSON object: what a server could use to ask for more than it should get.
pub fn inject(transport: &Evil<InProcess>, fields: &'static [&'static str]) {
    transport.tamper(move |_, response| {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(&response.body) else {
            return;
        };
        for key in fields {
            let asked =
                json!({ "key": "AAAA", "publicKey": "AAAA", "enrol": true, "url": "https://evil.example" });
            body.insert((*key).to_owned(), asked.clone());
            for inner in ["project", "user", "organization", "secret"] {
                if let Some(object) = body.get_mut(inner).and_then(Value::as_object_mut) {
                    object.insert((*key).to_owned(), asked.clone());
                }
            }
        }
        response.body = Value::Object(body).to_string().into_bytes();
    });
}

/// Nothing went anywhere but to the API, and no word of the injected ones was sent.
pub fn stayed_at_home(transport: &Evil<InProcess>) {
    for exchange in transport.recorded() {
        assert!(exchange.path.starts_with("/api/"), "{}", exchange.path);
        let path = exchange.path.to_lowercase();
        for word in ["evil", "recover", "escrow", "connector"] {
            assert!(!path.contains(word), "{path}");
        }
        let sent = String::from_utf8_lossy(&exchange.sent);
        assert!(
            !sent.contains("evil") && !sent.contains("AAAA\""),
            "{path}: {sent}"
        );
    }
}

/// Changes every secret row that is listed or read.
pub fn tamper_rows(transport: &Evil<InProcess>, mut change: impl FnMut(&mut Value) + 'static) {
    transport.tamper_json("/api/v4/secrets", move |body| {
        if let Some(rows) = body["secrets"].as_array_mut() {
            rows.iter_mut().for_each(&mut change);
        }
        if body["secret"].is_object() {
            change(&mut body["secret"]);
        }
    });
}

/// Changes the whole list of secret rows.
pub fn tamper_list(transport: &Evil<InProcess>, mut change: impl FnMut(&mut Vec<Value>) + 'static) {
    transport.tamper_json("/api/v4/secrets?", move |body| {
        if let Some(rows) = body["secrets"].as_array_mut() {
            change(rows);
        }
    });
}

pub fn named(row: &Value, name: &str) -> bool {
    row["secretKey"] == name
}

/// An environment of many secrets, so that one answer carries many mutations at once.
pub async fn crowd(seed: u64) -> Stage {
    let office = Office::open(seed).await;
    let changes = (0..CROWD)
        .map(|n| put("/many", &format!("M{n}"), ALPHA))
        .chain([put("/", "BETA", BETA)])
        .collect();
    office
        .open_environment("development")
        .await
        .save(changes)
        .await
        .unwrap();
    Stage::with(office, seed).await
}

pub const CROWD: usize = 200;

/// Changes the text of every secret of a crowd by its number.
pub fn tamper_crowd(stage: &Stage, change: impl Fn(usize, &str) -> String + 'static) {
    tamper_rows(&stage.liar.transport, move |row| {
        let number = row["secretKey"]
            .as_str()
            .and_then(|name| name.strip_prefix('M')?.parse().ok());
        if let Some(number) = number {
            row["secretValue"] = json!(change(number, row["secretValue"].as_str().unwrap()));
        }
    });
}

/// The text of a row as the server has it now.
pub async fn rows_of(office: &Office, path: &str, name: &str) -> Value {
    let project = office.project.summary().id;
    let url = format!(
        "/api/v4/secrets/{name}?projectId={project}&environment=development&secretPath={}",
        path.replace('/', "%2F")
    );
    let answer = office
        .server
        .browser()
        .call(Method::Get, &url, Some(&office.bearer()), None)
        .await;
    answer["secret"]["secretValue"].clone()
}

pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, at| {
            word << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        for at in 0..=group.len() {
            out.push(char::from(TABLE[word >> (18 - 6 * at) & 63]));
        }
    }
    out
}

pub fn unbase64(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for symbol in text.bytes() {
        bits = bits << 6 | TABLE.iter().position(|t| *t == symbol).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

pub const TABLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
