//! The server under load: listing 100 sealed secrets beside a static file of the same size, in the same process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::report::Report;
use crate::running::Server;
use crate::stats::Summary;
use crate::{Built, Result};

/// Runs it.
pub fn measure(built: &Built, report: &mut Report) -> Result<()> {
    println!("• server: 100 sealed secrets, {CONNECTIONS} connections …");
    let data = tempfile::tempdir()?;
    let web = tempfile::tempdir()?;
    for entry in std::fs::read_dir(&built.app)?.flatten() {
        std::fs::copy(entry.path(), web.path().join(entry.file_name()))?;
    }
    let server = Server::start(&built.server, data.path(), web.path())?;
    let (token, path) = fill(&server.origin)?;
    let listing = Connection::open(&server.origin)?.get(&path, Some(&token))?;
    server.stop()?;

    // As many bytes, as hard to predict: the listing itself.
    std::fs::write(web.path().join("same-size.txt"), &listing)?;
    let server = Server::start(&built.server, data.path(), web.path())?;
    let at_start = server.resident()?;
    let still = Connection::open(&server.origin)?.get("/same-size.txt", None)?;
    if still.len() != listing.len() {
        return Err(format!(
            "the static file has {} bytes, the listing {}",
            still.len(),
            listing.len()
        )
        .into());
    }
    let (mut listings, mut files) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        listings.push(burst(&server, &path, Some(&token), listing.len())?);
        files.push(burst(&server, "/same-size.txt", None, still.len())?);
    }
    let after = server.resident()?;
    let show = |bursts: &[Burst], what: fn(&Burst) -> f64| {
        Summary::of(bursts.iter().map(what)).map_or("–".into(), |summary| summary.to_string())
    };
    let ratio = |what: fn(&Burst, &Burst) -> f64| {
        Summary::of(
            listings
                .iter()
                .zip(&files)
                .map(|(listing, file)| what(listing, file)),
        )
        .map_or("–".into(), |ratio| format!("{:.2}", ratio.median))
    };
    let size = listing.len();
    report.table(
        "server",
        &["what", "measured"],
        &[
            vec![
                format!("listing 100 sealed secrets ({size} bytes), requests per second"),
                show(&listings, |burst| burst.per_second),
            ],
            vec![
                "static file of the same size, requests per second".into(),
                show(&files, |burst| burst.per_second),
            ],
            vec![
                "**listing ÷ static**".into(),
                format!(
                    "**{}**",
                    ratio(|listing, file| listing.per_second / file.per_second)
                ),
            ],
            vec![
                "processor time per listing, µs".into(),
                show(&listings, |burst| burst.processor),
            ],
            vec![
                "processor time per static file, µs".into(),
                show(&files, |burst| burst.processor),
            ],
            vec![
                "static ÷ listing by processor time".into(),
                ratio(|listing, file| file.processor / listing.processor),
            ],
            vec![
                "from start of the process to listening, ms".into(),
                server.started_in.as_millis().to_string(),
            ],
            vec![
                "resident memory after the start, MB".into(),
                format!("{:.1}", at_start as f64 / 1024.0),
            ],
            vec![
                "resident memory after the load, MB".into(),
                format!("{:.1}", after as f64 / 1024.0),
            ],
        ],
    );
    server.stop()
}

/// Makes an account, a project and 100 sealed secrets through the API; a token and the path of the listing.
fn fill(origin: &str) -> Result<(String, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let post = |path: &str, token: &str, body: Value| -> Result<Value> {
        let mut request = agent
            .post(format!("{origin}{path}"))
            .header("user-agent", "coffer-bench");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send_json(&body)?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        if !status.is_success() {
            return Err(format!("{path}: {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    };
    let text = |value: &Value, pointer: &str| -> Result<String> {
        let found = value.pointer(pointer).and_then(Value::as_str);
        Ok(found
            .ok_or_else(|| format!("no {pointer} in {value}"))?
            .to_owned())
    };
    let (email, password) = ("bench@example.com", "correct horse battery staple bench");
    let made = post(
        "/api/v1/admin/bootstrap",
        "",
        json!({ "email": email, "password": password, "organization": "Bench" }),
    )?;
    let organization = text(&made, "/organization/id")?;
    let login = post(
        "/api/v3/auth/login",
        "",
        json!({ "email": email, "password": password }),
    )?;
    let chosen = post(
        "/api/v3/auth/select-organization",
        &text(&login, "/accessToken")?,
        json!({ "organizationId": organization }),
    )?;
    let token = text(&chosen, "/token")?;
    let project = post("/api/v1/projects", &token, json!({ "projectName": "Bench" }))?;
    let project = text(&project, "/project/id")?;
    let secrets: Vec<Value> = (0..100)
        .map(|number| {
            json!({
                "secretKey": format!("SECRET_NUMBER_{number}"),
                "secretValue": format!("cfr1.{}", noise(number, LONG_AS_A_SEALED_VALUE)),
            })
        })
        .collect();
    post(
        "/api/v4/secrets/batch",
        &token,
        json!({ "projectId": project, "environment": "dev", "secretPath": "/", "secrets": secrets }),
    )?;
    Ok((
        token,
        format!(
            "/api/v4/secrets?projectId={project}&environment=dev&secretPath=%2F&expandSecretReferences=false&includeImports=false"
        ),
    ))
}

/// Base64url that looks like a sealed value: what is measured does not read it.
fn noise(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(ALPHABET[(state >> 33) as usize % 64])
        })
        .collect()
}

/// What a burst of requests came to.
struct Burst {
    per_second: f64,
    /// The server's processor time per request in microseconds.
    processor: f64,
}

/// Asks as often as a few connections that stay open can.
fn burst(server: &Server, path: &str, token: Option<&str>, expected: usize) -> Result<Burst> {
    let origin = &server.origin;
    let used = server.processor_seconds()?;
    let (count, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let start = Instant::now();
    let outcomes: Vec<std::result::Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let run = || -> Result<()> {
                        let mut connection = Connection::open(origin)?;
                        while !stop.load(Ordering::Relaxed) {
                            let body = connection.get(path, token)?;
                            if body.len() != expected {
                                return Err(format!("{} bytes instead of {expected}", body.len()).into());
                            }
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(())
                    };
                    run().map_err(|error| error.to_string())
                })
            })
            .collect();
        std::thread::sleep(BURST);
        stop.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err("a connection panicked".into()))
            })
            .collect()
    });
    for outcome in outcomes {
        outcome?;
    }
    let count = count.into_inner() as f64;
    Ok(Burst {
        per_second: count / start.elapsed().as_secs_f64(),
        processor: (server.processor_seconds()? - used) / count * 1e6,
    })
}

/// One HTTP/1.1 connection that stays open, with as little work of its own as possible.
struct Connection {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Connection {
    fn open(origin: &str) -> Result<Self> {
        let writer = TcpStream::connect(origin.trim_start_matches("http://"))?;
        writer.set_nodelay(true)?;
        writer.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self {
            reader: BufReader::with_capacity(64 << 10, writer.try_clone()?),
            writer,
        })
    }

    /// The body of a successful answer.
    fn get(&mut self, path: &str, token: Option<&str>) -> Result<Vec<u8>> {
        let authorization = token
            .map(|token| format!("authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: coffer-bench\r\n{authorization}\r\n"
        );
        self.writer.write_all(request.as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let good = line.contains(" 200 ");
        let first = line.trim().to_owned();
        let (mut length, mut chunked) = (None, false);
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? <= 2 {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = Some(value.trim().parse::<usize>()?);
            }
            chunked |= lower.starts_with("transfer-encoding:") && lower.contains("chunked");
        }
        let mut body = Vec::new();
        match length {
            Some(length) => {
                body.resize(length, 0);
                self.reader.read_exact(&mut body)?;
            }
            None if chunked => loop {
                line.clear();
                self.reader.read_line(&mut line)?;
                let size = usize::from_str_radix(line.trim(), 16)?;
                let from = body.len();
                body.resize(from + size, 0);
                self.reader.read_exact(&mut body[from..])?;
                self.reader.read_exact(&mut [0; 2])?;
                if size == 0 {
                    break;
                }
            },
            None => return Err("an answer without a length".into()),
        }
        if good {
            Ok(body)
        } else {
            Err(format!("{path}: {first}: {}", String::from_utf8_lossy(&body)).into())
        }
    }
}

const CONNECTIONS: usize = 4;
const ROUNDS: usize = 7;
const BURST: Duration = Duration::from_secs(2);
/// 100 characters of secret sealed: header, padding to 112 bytes and more, tag, in base64url.
const LONG_AS_A_SEALED_VALUE: usize = 284;
