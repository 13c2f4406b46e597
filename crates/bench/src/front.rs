//! What a careful operator puts before a web server that compresses nothing: brotli, connections that stay open, and
//! files that browsers may keep.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Result;

/// Answers on a free port of this machine with what the server at `behind` (host and port) answers, until the program
/// ends; the origin.
pub fn serve(behind: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    let front = Arc::new(Front {
        behind: behind.to_owned(),
        files: Mutex::default(),
    });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let front = front.clone();
            thread::spawn(move || {
                let _ = front.talk(stream);
            });
        }
    });
    Ok(origin)
}

struct Front {
    behind: String,
    /// Answers that are the same for everybody, as they are sent: compressing them takes long and happens once.
    files: Mutex<HashMap<String, Arc<[u8]>>>,
}

impl Front {
    fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = Request::read(&mut reader)? {
            stream.write_all(&self.answer(&request)?)?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> io::Result<Arc<[u8]>> {
        if !request.is_of_a_file() {
            return Ok(self.fetch(request, FAST)?.into());
        }
        let kept = self.files().get(&request.target).cloned();
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let answer: Arc<[u8]> = self.fetch(request, SMALL)?.into();
        self.files().insert(request.target.clone(), answer.clone());
        Ok(answer)
    }

    /// Asks the server behind, and packs what it answers.
    fn fetch(&self, request: &Request, quality: i32) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.behind)?;
        stream.write_all(&request.forwarded())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let body = &answer[end + 4..];
        let head = String::from_utf8_lossy(&answer[..end]);
        let mut new = String::new();
        for line in head.lines().filter(|line| !named(line, &OWN)) {
            new += line;
            new += "\r\n";
        }
        if request.is_of_a_file() {
            new += "cache-control: max-age=31536000\r\n";
        }
        let packed = packed(body, quality)?;
        let body = if request.takes_brotli && packed.len() < body.len() {
            new += "content-encoding: br\r\n";
            &packed
        } else {
            body
        };
        new += &format!("content-length: {}\r\n\r\n", body.len());
        Ok([new.as_bytes(), body].concat())
    }

    fn files(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<[u8]>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request as far as a front has to understand it.
struct Request {
    target: String,
    /// The lines of its head that are for the server behind.
    head: Vec<String>,
    body: Vec<u8>,
    takes_brotli: bool,
}

impl Request {
    /// The next one of a connection; none when it has ended.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let length = reader.read_line(&mut line)?;
            match line.trim_end() {
                "" if length == 0 || !lines.is_empty() => break,
                line => lines.push(line.to_owned()),
            }
        }
        let Some(first) = lines.first() else {
            return Ok(None);
        };
        let target = first.split(' ').nth(1).unwrap_or("/").to_owned();
        let field = |name: &str| lines.iter().find(|line| named(line, &[name]));
        let length = field("content-length").and_then(|line| line.rsplit(' ').next()?.parse().ok());
        let takes_brotli = field("accept-encoding").is_some_and(|line| line.contains("br"));
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        lines.retain(|line| !named(line, &["accept-encoding", "connection"]));
        Ok(Some(Self {
            target,
            head: lines,
            body,
            takes_brotli,
        }))
    }

    fn forwarded(&self) -> Vec<u8> {
        let head = format!("{}\r\nConnection: close\r\n\r\n", self.head.join("\r\n"));
        [head.as_bytes(), &self.body].concat()
    }

    /// Whether a file is asked for and not a program.
    fn is_of_a_file(&self) -> bool {
        let path = self.target.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        name.contains('.') && !name.ends_with(".php")
    }
}

fn packed(body: &[u8], quality: i32) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let options = brotli::enc::BrotliEncoderParams {
        quality,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*body, &mut packed, &options)?;
    Ok(packed)
}

/// Whether a line of a head is a field of one of these names.
fn named(line: &str, names: &[&str]) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Fields of an answer that the front says itself.
const OWN: [&str; 3] = ["connection", "content-length", "transfer-encoding"];
/// The quality of brotli for files, which are compressed once.
const SMALL: i32 = 11;
/// The quality of brotli for what is made anew every time.
const FAST: i32 = 5;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn a_connection_carries_one_request_after_the_other() {
        let bytes = b"POST /?a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /js/a.js?1 HTTP/1.1\r\n\
            Connection: keep-alive\r\nAccept-Encoding: gzip, br\r\n\r\n";
        let mut reader = &bytes[..];
        let first = Request::read(&mut reader).unwrap().unwrap();
        assert_eq!(
            (first.target.as_str(), first.body.as_slice()),
            ("/?a", &b"hi"[..])
        );
        assert!(!first.takes_brotli && !first.is_of_a_file());
        let second = Request::read(&mut reader).unwrap().unwrap();
        assert!(second.takes_brotli && second.is_of_a_file());
        assert_eq!(
            second.forwarded(),
            b"GET /js/a.js?1 HTTP/1.1\r\nConnection: close\r\n\r\n"
        );
        assert!(Request::read(&mut reader).unwrap().is_none());
    }
}
