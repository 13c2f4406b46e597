//! D: downgrade.

use crate::stage::{
    ALPHA, BETA, CROWD, Stage, base64, class, crowd, named, pins, reveal, rows_of, tamper_crowd, tamper_rows,
    unbase64,
};
use coffer_client::{
    Class, Client, Device, Error, Method, Passphrase, Request, Response, SealError, SetUp, StretchError,
    StretchJob, Stretched,
};
use coffer_testkit::{Evil, MemoryDevice, Office, TestServer, put};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

pub async fn empty_answers_never_start_anew() {
    let vanished = |error: Option<Error>| {
        matches!(
            error,
            Some(
                Error::StateVanished { .. }
                    | Error::RolledBack { .. }
                    | Error::Forbidden
                    | Error::Server { .. }
            )
        )
    };
    let replies: Vec<(&str, u16, &str)> = vec![
        ("404", 404, r#"{"error":"NotFound","message":"no"}"#),
        (
            "an empty list",
            200,
            r#"{"secrets":[],"secret":null,"folders":[]}"#,
        ),
        ("nothing", 200, ""),
        ("null", 200, "null"),
        ("{}", 200, "{}"),
    ];
    for place in ["%2Fcoffer%2Faccount", "%2Fcoffer%2Fkeyring", "%2Fcoffer%2Flog"] {
        for (what, status, body) in &replies {
            let office = Office::open(10).await;
            let opened = office
                .open_environment("development")
                .await
                .save(vec![put("/", "ALPHA", ALPHA)])
                .await
                .unwrap();
            let before = pins(&office);
            let (status, body) = (*status, body.as_bytes().to_vec());
            let lie = move |request: &Request| {
                (request.path.starts_with("/api/v4/secrets")
                    && request.path.contains(place)
                    && request.method == Method::Get)
                    .then(|| {
                        Ok(Response {
                            status,
                            body: body.clone(),
                        })
                    })
            };
            let transport = Evil::new(office.server.browser());
            transport.intercept(lie);
            let client = Client::new(transport.clone(), office.device.clone(), office.server.origin());
            let known = client.known_accounts().await.unwrap();
            let outcome = match client.unlock(&known[0], office.passphrase.clone(), None).await {
                Err(error) => Some(error),
                Ok(vault) => match vault.open_project(&office.project.summary().id).await {
                    Err(error) => Some(error),
                    Ok(project) => project.open_environment("development").await.err(),
                },
            };
            assert!(vanished(outcome.clone()), "{place} {what}: {outcome:?}");
            let writes = transport
                .recorded()
                .iter()
                .filter(|e| e.method != Method::Get && !e.path.contains("/auth/"))
                .count();
            assert_eq!(writes, 0, "{place} {what}: something was begun anew");
            assert_eq!(pins(&office), before, "{place} {what}: a pin moved");
            drop(opened);
        }
    }
}

pub async fn other_envelopes_are_unknown() {
    let stage = Stage::set(11).await;
    let honest = rows_of(&stage.office, "/", "ALPHA")
        .await
        .as_str()
        .unwrap()
        .to_owned();
    let inner = honest.strip_prefix("cfr1.").unwrap().to_owned();
    let lies = vec![
        format!("cfr0.{inner}"),
        format!("cfr2.{inner}"),
        format!("2.{inner}"),
        inner.clone(),
        format!("CFR1.{inner}"),
        format!("cfs1.{inner}"),
        format!("cfr1.{inner}="),
        format!("cfr1.{}", &inner[..inner.len() - 4]),
        format!("cfr1.{inner}AAAA"),
        format!("cfr1.{}", &inner[..20]),
        "cfr1.".to_owned(),
        format!(" {honest}"),
        format!("{honest}\n"),
    ];
    let now: Rc<RefCell<String>> = Rc::default();
    let served = Rc::clone(&now);
    let mut environment = stage.open().await.unwrap();
    tamper_rows(&stage.liar.transport, move |row| {
        if named(row, "ALPHA") {
            row["secretValue"] = json!(*served.borrow());
        }
    });
    for lie in lies {
        *now.borrow_mut() = lie.clone();
        environment = environment.reload().await.unwrap();
        assert!(
            matches!(class(&environment, "ALPHA"), Class::Unsealed | Class::Swapped),
            "{lie}: {:?}",
            class(&environment, "ALPHA")
        );
        assert_eq!(reveal(&environment, "ALPHA"), Err(SealError::Broken), "{lie}");
    }
    stage.check(false);
}

pub async fn all_mutations_look_the_same_from_outside() {
    let stage = crowd(12).await;
    let mut environment = stage.open().await.unwrap();
    let round: Rc<RefCell<usize>> = Rc::default();
    let at = Rc::clone(&round);
    tamper_crowd(&stage, move |number, text| {
        let mut bytes = unbase64(text.strip_prefix("cfr1.").unwrap());
        let mut x = ((*at.borrow() * CROWD + number) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..3 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let place = (x as usize) % bytes.len();
            bytes[place] = bytes[place].wrapping_add((x >> 32) as u8 | 1);
        }
        format!("cfr1.{}", base64(&bytes))
    });
    let mut counts = std::collections::BTreeSet::new();
    for n in 0..50 {
        *round.borrow_mut() = n;
        let before = stage.liar.transport.recorder().count();
        environment = environment.reload().await.unwrap();
        for entry in environment
            .entries()
            .iter()
            .filter(|entry| entry.name.starts_with('M'))
        {
            assert_eq!(
                environment.reveal(&entry.slot).err(),
                Some(SealError::Broken),
                "{}",
                entry.name
            );
        }
        counts.insert(stage.liar.transport.recorder().count() - before);
        stage.liar.transport.recorder().clear();
    }
    assert_eq!(
        counts.len(),
        1,
        "the number of requests tells mutations apart: {counts:?}"
    );
}

/// A device that remembers which passphrases took the Argon2 path, without running it.
#[derive(Clone)]
struct Noting {
    inner: MemoryDevice,
    jobs: Rc<RefCell<Vec<usize>>>,
}

impl Device for Noting {
    fn fill(&self, out: &mut [u8]) {
        self.inner.fill(out);
    }
    fn now(&self) -> u64 {
        self.inner.now()
    }
    async fn stretch(&self, job: StretchJob) -> Result<Stretched, StretchError> {
        self.jobs.borrow_mut().push(job.to_bytes().len());
        self.inner.stretch(job).await
    }
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, coffer_client::StorageError> {
        self.inner.load(key).await
    }
    async fn save(&self, key: &str, value: &[u8]) -> Result<(), coffer_client::StorageError> {
        self.inner.save(key, value).await
    }
    async fn erase(&self, key: &str) -> Result<(), coffer_client::StorageError> {
        self.inner.erase(key).await
    }
    async fn keys(&self) -> Result<Vec<String>, coffer_client::StorageError> {
        self.inner.keys().await
    }
}

pub async fn passphrases_that_look_like_keys_are_stretched() {
    for text in ["k".repeat(32), "A".repeat(43), "0f".repeat(32), "f".repeat(64)] {
        let server = TestServer::start();
        let device = Noting {
            inner: MemoryDevice::new(13),
            jobs: Rc::default(),
        };
        let client = Client::new(server.browser(), device.clone(), server.origin());
        let set_up = SetUp {
            email: "ada@example.org".into(),
            organization: "x".into(),
            name: String::new(),
            passphrase: Passphrase::typed(&text),
        };
        client.set_up(set_up).await.unwrap();
        // Profile, salt and the whole text went into Argon2.
        assert_eq!(*device.jobs.borrow(), [17 + text.len()]);
    }
}

pub async fn versions_and_flags_change_no_byte() {
    // The same day twice: told the truth, and told at every turn that everything is old.
    let mut days = Vec::new();
    for lies in [false, true] {
        let office = Office::open(86).await;
        if lies {
            office.transport.tamper(|_, response| {
                let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else {
                    return;
                };
                downgrade(&mut body);
                response.body = body.to_string().into_bytes();
            });
        }
        office.transport.recorder().clear();
        office.project.refresh().await.unwrap();
        office
            .project
            .create_environment("Staging", "staging")
            .await
            .unwrap();
        let open = office.open_environment("staging").await;
        let open = open
            .save(vec![put("/", "ALPHA", ALPHA), put("/db", "BETA", BETA)])
            .await
            .unwrap();
        open.rename_folder("/db", "/data").await.unwrap();
        office.share("a text for somebody", None, None).await;
        office.vault.projects().await.unwrap();
        let sent = office.transport.recorded().into_iter().map(|exchange| {
            let body = String::from_utf8_lossy(&exchange.sent).into_owned();
            (exchange.method.as_str(), exchange.path, body)
        });
        days.push(sent.collect::<Vec<_>>());
    }
    let sealed: usize = days[0]
        .iter()
        .map(|(_, _, body)| body.matches("\"cf").count())
        .sum();
    assert!(sealed >= 8, "{sealed}");
    assert_eq!(days[0].len(), days[1].len());
    for (honest, told) in days[0].iter().zip(&days[1]) {
        assert_eq!(honest, told);
    }
}

/// Puts versions and flags of the past wherever there is an object.
fn downgrade(body: &mut Value) {
    match body {
        Value::Array(list) => list.iter_mut().for_each(downgrade),
        Value::Object(object) => {
            object.values_mut().for_each(downgrade);
            for (flag, value) in [
                ("version", json!(1)),
                ("projectVersion", json!(1)),
                ("encryptionVersion", json!(0)),
                ("minimumVersion", json!("0.1.0")),
                ("algorithm", json!("aes-256-cbc")),
                ("suite", json!(0)),
                ("e2ee", json!(false)),
                ("isE2EE", json!(false)),
                ("legacy", json!(true)),
                ("kdf", json!("pbkdf2")),
                ("kdfIterations", json!(1)),
                ("secretBlindIndex", json!("AAAA")),
                ("isBlindIndexed", json!(true)),
                ("upgradeStatus", json!("IN_PROGRESS")),
            ] {
                object.insert(flag.to_owned(), value);
            }
        }
        _ => {}
    }
}
