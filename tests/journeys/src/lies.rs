//! A server that lies to a real browser: answers of the honest one, changed on their way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// What a browser asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    head: Vec<String>,
    body: Vec<u8>,
}

/// What it gets to hear.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, without those about length and connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// It never arrives: the connection ends instead.
    pub lost: bool,
}

/// Changes an answer of the API.
pub type Lie = Box<dyn Fn(&Asked, &mut Answer) + Send + Sync>;

/// A lie about the rows of secrets in an answer, Coffer's own rows left alone.
pub fn about_rows(change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Lie {
    about_lists(move |path, rows| {
        if !path.contains("coffer") {
            change(rows);
        }
    })
}

/// A lie about the rows of any list: told the request's path, with the folder in it.
pub fn about_lists(change: impl Fn(&str, &mut Vec<Value>) + Send + Sync + 'static) -> Lie {
    Box::new(move |asked, answer| {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return;
        };
        if let Some(rows) = body["secrets"].as_array_mut() {
            change(&asked.path, rows);
            answer.body = body.to_string().into_bytes();
        }
    })
}

/// A moment in which a browser's work stands still: the server has done a write, and nobody hears of it until this is
/// dropped.
pub struct Halt {
    reached: Receiver<()>,
    _held: Sender<()>,
}

impl Halt {
    /// The lie that makes work stand still at the `nth` request that writes a row.
    pub fn at(nth: usize) -> (Lie, Self) {
        let (reach, reached) = channel();
        let (held, release) = channel::<()>();
        let ends = Mutex::new((reach, release));
        let writes = AtomicUsize::new(0);
        let lie: Lie = Box::new(move |asked, _| {
            if asked.writes_a_row() && writes.fetch_add(1, Ordering::Relaxed) + 1 == nth {
                let (reach, release) = &*ends.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = reach.send(());
                // Nothing is ever sent: this ends when the other side is dropped.
                let _ = release.recv();
            }
        });
        let halt = Self { reached, _held: held };
        (lie, halt)
    }

    /// Whether it has come to it.
    pub fn reached(&self) -> bool {
        self.reached.try_recv().is_ok()
    }
}

/// Answers one browser's connection, one request after the other, by asking the honest server and lying about it.
pub(crate) fn converse(
    mut browser: TcpStream,
    honest: SocketAddr,
    lie: &Lie,
    mut keep: impl FnMut(&[u8]),
) -> std::io::Result<()> {
    let mut lines = BufReader::new(browser.try_clone()?);
    while let Some(asked) = Asked::read(&mut lines)? {
        keep(&asked.bytes(false));
        let mut server = TcpStream::connect(honest)?;
        server.write_all(&asked.bytes(true))?;
        let mut answer = Answer::read(server)?;
        if asked.path.starts_with("/api/") {
            lie(&asked, &mut answer);
        }
        if answer.lost {
            browser.shutdown(Shutdown::Both)?;
            break;
        }
        browser.write_all(&answer.bytes(&asked.method))?;
    }
    Ok(())
}

impl Asked {
    /// Whether it creates, replaces or deletes rows of secrets.
    pub fn writes_a_row(&self) -> bool {
        self.method != "GET" && self.path.contains("/secrets")
    }

    fn read(from: &mut impl BufRead) -> std::io::Result<Option<Self>> {
        let head = head(from)?;
        let Some((first, head)) = head.split_first() else {
            return Ok(None);
        };
        let mut words = first.split_whitespace();
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (method, path) = (word(), word());
        let mut body = vec![0; length(head)];
        from.read_exact(&mut body)?;
        Ok(Some(Self {
            method,
            path,
            head: head.to_vec(),
            body,
        }))
    }

    /// As a request; for the server as the last one of a connection, and without compression.
    fn bytes(&self, last: bool) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for line in &self.head {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if !(last && matches!(&*name, "connection" | "accept-encoding")) {
                text.push_str(line);
                text.push_str("\r\n");
            }
        }
        if last {
            text.push_str("connection: close\r\n");
        }
        text.push_str("\r\n");
        [text.as_bytes(), &self.body].concat()
    }
}

impl Answer {
    fn read(server: TcpStream) -> std::io::Result<Self> {
        let mut from = BufReader::new(server);
        let head = head(&mut from)?;
        let mut body = Vec::new();
        from.read_to_end(&mut body)?;
        let (first, rest) = head.split_first().ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let status = first.split_whitespace().nth(1).and_then(|code| code.parse().ok());
        let headers = rest.iter().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let own = ["connection", "content-length", "transfer-encoding"];
            (!own.contains(&&*name.to_ascii_lowercase())).then(|| (name.to_owned(), value.trim().to_owned()))
        });
        Ok(Self {
            status: status.unwrap_or(500),
            headers: headers.collect(),
            body,
            lost: false,
        })
    }

    fn bytes(&self, method: &str) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Answer\r\n", self.status);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 304 {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let body: &[u8] = if method == "HEAD" || self.status == 304 {
            &[]
        } else {
            &self.body
        };
        [text.as_bytes(), body].concat()
    }
}

/// The first line and the headers; nothing when the connection ended.
fn head(from: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(Vec::new());
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(line.to_owned());
    }
}

fn length(head: &[String]) -> usize {
    head.iter()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
