//! What size costs, natively: environments of up to 10,000 secrets and a keyring of 1,000 members, with the real client
//! and the real server in this process, so that nothing but work is measured.

use std::time::Instant;

use coffer_client::{Change, Client, Environment, Project, Vault};
use coffer_core::environment::{EnvContext, EpochKey, Wrap};
use coffer_core::id::EnvUid;
use coffer_core::identity::Identity;
use coffer_core::keyring::{KeyringState, Link};
use coffer_testkit::{Insider, MemoryDevice, Office, TestServer, crowd, done, keyring, put, run};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::Result;
use crate::counted::{Cost, Counted, ms};
use crate::report::Report;
use crate::stats::Summary;

/// Runs it.
pub fn measure(rounds: u32, report: &mut Report) -> Result<()> {
    let rounds = rounds.clamp(3, 9);
    run(async {
        println!("• scale: an environment as it grows …");
        environments(rounds, report).await;
        println!("• scale: {MEMBERS} members …");
        members(rounds, report).await;
    });
    Ok(())
}

/// The curve of one save, imports, and opening.
async fn environments(rounds: u32, report: &mut Report) {
    let mut saves = Vec::new();
    for size in [10, 100, 1_000, 10_000] {
        saves.push(one_save(size, rounds).await);
    }
    report.table("scale-save", &heads("save one secret among"), &saves);
    let imports = [import(5_000, 5_000).await, import(5_000, 100).await];
    report.table("scale-import", &heads("import of 5,000 secrets"), &imports);
    let mut opened = Vec::new();
    for size in [100, 1_000, 10_000] {
        opened.extend(open(size, rounds).await);
    }
    report.table("scale-open", &heads("open"), &opened);
}

async fn one_save(size: usize, rounds: u32) -> Vec<String> {
    let office = filled(size).await;
    let person = Person::sign_in(&office, MemoryDevice::new(2)).await;
    let mut environment = done(person.project(&office).await.open_environment(SLUG).await);
    let mut costs = Vec::new();
    for round in 0..rounds {
        let change = vec![put("/group1", &format!("ONE_MORE_{round}"), "a new value")];
        let (saved, cost) = person.network.measure(environment.save(change)).await;
        environment = done(saved);
        costs.push(cost);
    }
    Cost::row(thousands(size), &costs)
}

async fn import(count: usize, part: usize) -> Vec<String> {
    let mut costs = Vec::new();
    for _ in 0..3 {
        let office = filled(0).await;
        let person = Person::sign_in(&office, MemoryDevice::new(2)).await;
        let mut environment = done(person.project(&office).await.open_environment(SLUG).await);
        let all = async {
            for from in (0..count).step_by(part) {
                environment = done(environment.save(secrets(from, part)).await);
            }
        };
        costs.push(person.network.measure(all).await.1);
    }
    let what = match count / part {
        1 => "in one save".to_owned(),
        saves => format!("in {saves} saves of {part}"),
    };
    Cost::row(what, &costs)
}

/// On a new device, and on one that kept the log.
async fn open(size: usize, rounds: u32) -> [Vec<String>; 2] {
    let office = filled(size).await;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let device = MemoryDevice::new(2 + u64::from(round));
        for costs in [&mut cold, &mut warm] {
            // A new page each time: only the device is the same.
            let person = Person::sign_in(&office, device.clone()).await;
            let opening = async { done(person.project(&office).await.open_environment(SLUG).await) };
            let (environment, cost): (Env, _) = person.network.measure(opening).await;
            assert_eq!(environment.entries().len(), size);
            costs.push(cost);
        }
    }
    let size = thousands(size);
    [
        Cost::row(format!("{size} secrets, a new device"), &cold),
        Cost::row(format!("{size} secrets, one that kept the log"), &warm),
    ]
}

/// A keyring of many, and a new key for them.
async fn members(rounds: u32, report: &mut Report) {
    let office = filled(100).await;
    let early = MemoryDevice::new(1);
    Person::sign_in(&office, early.clone())
        .await
        .project(&office)
        .await;
    crowd(&office, MEMBERS).await;
    let count = thousands(MEMBERS);

    let (mut cold, mut behind, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let device = MemoryDevice::new(100 + u64::from(round));
        // One that knew the project before all these people came.
        let late = MemoryDevice::new(200 + u64::from(round));
        late.restore(early.records());
        for (device, costs) in [(&device, &mut cold), (&late, &mut behind), (&device, &mut warm)] {
            let person = Person::sign_in(&office, device.clone()).await;
            let (project, cost) = person.network.measure(person.project(&office)).await;
            assert!(project.is_admin());
            costs.push(cost);
        }
    }

    let person = Person::sign_in(&office, MemoryDevice::new(300)).await;
    let project = person.project(&office).await;
    let (mut listed, mut again) = (Vec::new(), Vec::new());
    let (mut environment, first) = person.network.measure(project.open_environment(SLUG)).await;
    for _ in 0..rounds {
        let (members, cost) = person.network.measure(project.members()).await;
        assert_eq!(done(members).len(), MEMBERS);
        listed.push(cost);
        let (refreshed, cost) = person.network.measure(project.refresh()).await;
        done(refreshed);
        again.push(cost);
    }
    let mut rotated = Vec::new();
    for _ in 0..rounds {
        let (renewed, cost) = person.network.measure(done(environment).renew_key()).await;
        environment = renewed;
        rotated.push(cost);
    }
    done(environment);
    report.table(
        "scale-members",
        &heads(&format!("{count} members")),
        &[
            Cost::row("open the project, a new device", &cold),
            Cost::row("open it, a device that knew its first members", &behind),
            Cost::row("open it, a device that kept the keyring", &warm),
            Cost::row("fetch it again, nothing new", &again),
            Cost::row("open an environment of 100 secrets", &[first]),
            Cost::row("list the members", &listed),
            Cost::row(format!("new key for an environment, {count} wraps"), &rotated),
        ],
    );
    peers(&office, rounds, report).await;
}

/// Verifying and wrapping beside the arithmetic on curves that neither can do without, in turns.
async fn peers(office: &Office, rounds: u32, report: &mut Report) {
    let project = office.project.summary().id;
    let (ring, links) = keyring(&office.server, &office.bearer(), project.as_str()).await;
    let texts: Vec<String> = links.iter().map(Link::to_text).collect();
    let author = Insider::of(office).await.identity;
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut noise = || {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    let signing = SigningKey::from_bytes(&noise());
    let public = signing.verifying_key().to_bytes();
    let message = vec![7; texts.iter().map(String::len).sum::<usize>() / texts.len() * 3 / 4];
    let signature = signing.sign(&message);
    let secrets: Vec<StaticSecret> = (0..MEMBERS).map(|_| StaticSecret::from(noise())).collect();
    let publics: Vec<PublicKey> = secrets.iter().map(PublicKey::from).collect();
    let env = ring
        .environments()
        .next()
        .map_or(EnvUid::from_bytes([0; 16]), |declared| declared.env);
    let context = EnvContext {
        ring: ring.ring(),
        env,
        epoch: 1,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let key = EpochKey::generate(context, &mut rng);
    let readers: Vec<_> = (0..MEMBERS)
        .map(|_| Identity::generate(&mut rng).public())
        .collect();

    let (mut verified, mut raw_verified, mut wrapped, mut raw_wrapped) = (vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let ours = timed(|| {
            let links: Vec<Link> = texts.iter().map(|text| done(Link::parse(text))).collect();
            done(KeyringState::fold(&links, None, None)).seq()
        });
        let theirs = timed(|| {
            let verify = |_: &String| {
                let key = VerifyingKey::from_bytes(std::hint::black_box(&public));
                key.is_ok_and(|key| {
                    key.verify_strict(std::hint::black_box(&message), &signature)
                        .is_ok()
                })
            };
            texts.iter().filter(|text| verify(text)).count()
        });
        let wraps = timed(|| {
            let wrap = |reader| {
                done(Wrap::seal(&key, reader, &author, &ring, &mut rng))
                    .to_text()
                    .len()
            };
            readers.iter().map(wrap).sum::<usize>()
        });
        let curve = timed(|| {
            let sealed = secrets.iter().zip(publics.iter().rev()).map(|(secret, reader)| {
                let ephemeral = PublicKey::from(secret);
                let shared = secret.diffie_hellman(reader);
                let signature = signing.sign(std::hint::black_box(&message));
                ephemeral.as_bytes()[0] ^ shared.as_bytes()[0] ^ signature.to_bytes()[0]
            });
            sealed.fold(0, |all, byte| all ^ byte)
        });
        // The first round warms up.
        if round > 0 {
            verified.push(ours);
            raw_verified.push(theirs);
            wrapped.push(wraps);
            raw_wrapped.push(curve);
        }
    }
    let row = |what: String, ours: &[f64], than: &str, theirs: &[f64]| {
        let show = |times: &[f64]| {
            Summary::of(times.iter().copied()).map_or("–".into(), |summary| summary.to_string())
        };
        let ratio = Summary::of(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs));
        let ratio = ratio.map_or("–".into(), |ratio| format!("{:.2}", ratio.median));
        vec![what, show(ours), than.to_owned(), show(theirs), ratio]
    };
    let count = thousands(MEMBERS);
    report.table(
        "scale-curves",
        &["what", "ms", "beside", "ms", "ratio"],
        &[
            row(
                format!("read and verify the {} links", thousands(texts.len())),
                &verified,
                "as many Ed25519 verifications of messages as long",
                &raw_verified,
            ),
            row(
                format!("seal and sign {count} wraps"),
                &wrapped,
                "as often two X25519 and one Ed25519 signature",
                &raw_wrapped,
            ),
        ],
    );
}

/// Somebody on a device, whose every request is counted.
struct Person {
    network: Counted,
    vault: Vault<Counted, MemoryDevice>,
}

type Env = Environment<Counted, MemoryDevice>;

impl Person {
    /// The office's admin, by the kit where the device does not know the account.
    async fn sign_in(office: &Office, device: MemoryDevice) -> Self {
        let network = Counted::new(office.server.browser());
        let client = Client::new(network.clone(), device, office.server.origin());
        let passphrase = office.passphrase.clone();
        let known = done(client.known_accounts().await);
        let vault = match known.first() {
            Some(known) => client.unlock(known, passphrase, None).await,
            None => client.sign_in_with_kit(&office.kit, passphrase, None).await,
        };
        Self {
            network,
            vault: done(vault),
        }
    }

    async fn project(&self, office: &Office) -> Project<Counted, MemoryDevice> {
        done(self.vault.open_project(&office.project.summary().id).await)
    }
}

/// A new server with one environment of so many secrets.
async fn filled(size: usize) -> Office {
    let office = Office::open_on(&TestServer::start(), 1).await;
    if size > 0 {
        let environment = office.open_environment(SLUG).await;
        done(environment.save(secrets(0, size)).await);
    }
    office
}

/// `count` secrets in twenty folders.
fn secrets(from: usize, count: usize) -> Vec<Change> {
    (from..from + count)
        .map(|n| {
            put(
                &format!("/group{}", n % 20),
                &format!("KEY_{n:05}"),
                &format!("value number {n}"),
            )
        })
        .collect()
}

fn timed<V>(work: impl FnOnce() -> V) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    ms(start.elapsed())
}

fn heads(first: &str) -> Vec<&str> {
    std::iter::once(first).chain(Cost::HEADS).collect()
}

/// With a comma before the last three digits.
fn thousands(number: usize) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        many => format!("{many},{:03}", number % 1_000),
    }
}

const SLUG: &str = "development";
const MEMBERS: usize = 1_000;
