//! Measures what an environment's size costs: one save, an import, opening. `cargo run --release -p coffer-testkit
//! --example curve` prints the tables of docs/PERFORMANCE.md.
//!
//! The server is in this process, so that nothing but work is measured: *own* is the client's, without the server's.
#![allow(clippy::print_stdout, reason = "it prints a table")]

use coffer_client::{Change, Client, Environment, Request, Response, Transport, TransportError};
use coffer_testkit::{InProcess, MemoryDevice, Office, TestServer, done, put, run};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Counts what crosses the joint, and the time that the server takes.
#[derive(Clone)]
struct Counted {
    inner: InProcess,
    count: Rc<Cell<Count>>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    requests: usize,
    sent: usize,
    received: usize,
    /// How many are on their way, and since when any is.
    waiting: usize,
    since: Option<Instant>,
    server: Duration,
}

impl Transport for Counted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = request.path.len() + request.body.as_ref().map_or(0, Vec::len);
        let mut count = self.count.get();
        if count.waiting == 0 {
            count.since = Some(Instant::now());
        }
        count.waiting += 1;
        self.count.set(count);
        let answer = self.inner.send(request).await;
        let mut count = self.count.get();
        count.waiting -= 1;
        if count.waiting == 0 {
            count.server += count.since.map(|since| since.elapsed()).unwrap_or_default();
        }
        count.requests += 1;
        count.sent += sent;
        count.received += answer.as_ref().map_or(0, |answer| answer.body.len());
        self.count.set(count);
        // A recorder would keep every body.
        self.inner.recorder().clear();
        answer
    }
}

/// One step, measured.
struct Measured {
    took: Duration,
    count: Count,
}

impl Measured {
    fn row(&self, what: &str) {
        let own = self.took.saturating_sub(self.count.server);
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "| {what} | {:.1} | {:.1} | {} | {:.1} | {:.1} |",
            ms(self.took),
            ms(own),
            self.count.requests,
            self.count.sent as f64 / 1000.0,
            self.count.received as f64 / 1000.0,
        );
    }
}

/// Somebody on a new device, whose every request is counted.
struct Person {
    client: Client<Counted, MemoryDevice>,
    count: Rc<Cell<Count>>,
}

type Env = Environment<Counted, MemoryDevice>;

impl Person {
    async fn new(office: &Office, device: MemoryDevice) -> Self {
        let count = Rc::default();
        let transport = Counted {
            inner: office.server.browser(),
            count: Rc::clone(&count),
        };
        Self {
            client: Client::new(transport, device, office.server.origin()),
            count,
        }
    }

    async fn open(&self, office: &Office) -> (Env, Measured) {
        let known = done(self.client.known_accounts().await);
        let vault = match known.first() {
            Some(known) => self.client.unlock(known, office.passphrase.clone(), None).await,
            None => {
                let kit = &office.kit;
                self.client
                    .sign_in_with_kit(kit, office.passphrase.clone(), None)
                    .await
            }
        };
        let vault = done(vault);
        self.measure(async {
            let project = done(vault.open_project(&office.project.summary().id).await);
            done(project.open_environment("development").await)
        })
        .await
    }

    async fn measure<V>(&self, step: impl Future<Output = V>) -> (V, Measured) {
        self.count.set(Count::default());
        let start = Instant::now();
        let value = step.await;
        let took = start.elapsed();
        let count = self.count.get();
        (value, Measured { took, count })
    }
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

fn head(what: &str) {
    println!("\n| {what} | ms | own, ms | requests | KB sent | KB received |\n|---|---|---|---|---|---|");
}

async fn one_save(n: usize) {
    let server = TestServer::start();
    let office = Office::open_on(&server, 1).await;
    let filled = office.open_environment("development").await;
    done(filled.save(secrets(0, n)).await);
    office.transport.recorder().clear();
    let person = Person::new(&office, MemoryDevice::new(2)).await;
    let (mut environment, _) = person.open(&office).await;
    let mut all = Vec::new();
    for round in 0..9 {
        let change = vec![put("/group1", &format!("ONE_MORE_{round}"), "a new value")];
        let (saved, measured) = person.measure(environment.save(change)).await;
        environment = done(saved);
        all.push(measured);
    }
    all.sort_by_key(|measured| measured.took);
    all[all.len() / 2].row(&format!("one secret among {n}"));
}

async fn import(count: usize, part: usize) {
    let server = TestServer::start();
    let office = Office::open_on(&server, 1).await;
    let person = Person::new(&office, MemoryDevice::new(2)).await;
    let (environment, _) = person.open(&office).await;
    let all = async {
        let mut environment = environment;
        for from in (0..count).step_by(part) {
            environment = done(environment.save(secrets(from, part)).await);
        }
    };
    let ((), measured) = person.measure(all).await;
    measured.row(&format!("{count} secrets, {part} at a time"));
}

async fn open(n: usize) {
    let server = TestServer::start();
    let office = Office::open_on(&server, 1).await;
    let filled = office.open_environment("development").await;
    done(filled.save(secrets(0, n)).await);
    office.transport.recorder().clear();
    let device = MemoryDevice::new(2);
    for what in ["cold", "warm"] {
        // A new page each time: only the device is the same.
        let person = Person::new(&office, device.clone()).await;
        let (_, measured) = person.open(&office).await;
        measured.row(&format!("{what} open of {n}"));
    }
}

fn main() {
    run(async {
        head("save");
        for n in [10, 100, 1_000, 10_000] {
            one_save(n).await;
        }
        head("import");
        import(5_000, 5_000).await;
        import(5_000, 100).await;
        head("open");
        for n in [100, 1_000, 10_000] {
            open(n).await;
        }
    });
}
