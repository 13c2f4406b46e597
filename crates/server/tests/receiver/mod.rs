//! Somebody elsewhere who is told things: a real listener on loopback that answers as a test says.
#![allow(dead_code, reason = "the process is told less than the router")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

pub struct Receiver {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

/// How a request is answered; with 200 where nothing else is said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The connection is closed.
    Close,
    /// With this status, and a location.
    Redirect(u16, String),
    /// Nothing comes for so long.
    Silence(Duration),
    /// With this status.
    Status(u16),
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub head: String,
    pub body: String,
}

impl Receiver {
    pub fn new() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap())
    }

    pub fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (ears, script) = (Arc::clone(&heard), Arc::clone(&answers));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (ears, script) = (Arc::clone(&ears), Arc::clone(&script));
                std::thread::spawn(move || serve(stream.unwrap(), &ears, &script));
            }
        });
        Self {
            address,
            heard,
            answers,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// The next requests are answered so, one after the other.
    pub fn will(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What was heard since the last time.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    /// What was heard, as soon as it is so much.
    pub fn wait_for(&self, count: usize, most: Duration) -> Vec<Heard> {
        let started = Instant::now();
        while self.heard.lock().unwrap().len() < count {
            assert!(started.elapsed() < most, "nothing was heard in {most:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.heard()
    }
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// What a careful receiver does: the signature is that of the body, and the time in it is that of the body.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let Some((time, signature)) = self
            .header("x-infisical-signature")
            .and_then(|text| text.strip_prefix("t=")?.split_once(';'))
        else {
            return false;
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(self.body.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let is_that_time = |time: u64| self.json()["timestamp"] == time;
        hex == signature && time.parse().is_ok_and(is_that_time)
    }
}

fn serve(stream: TcpStream, heard: &Mutex<Vec<Heard>>, answers: &Mutex<VecDeque<Answer>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    heard.lock().unwrap().push(Heard {
        head,
        body: String::from_utf8(body).unwrap(),
    });
    let answer = answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
    let (status, more) = match answer {
        Answer::Close => return,
        Answer::Redirect(status, to) => (status, format!("location: {to}\r\n")),
        Answer::Silence(long) => {
            std::thread::sleep(long);
            return;
        }
        Answer::Status(status) => (status, String::new()),
    };
    let mut stream = stream;
    // Who asked may be gone by now.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Said\r\n{more}content-length: 3\r\nconnection: close\r\n\r\nno!"
    );
}
