//! A little web server for the measured pages: files of a few folders, isolated from every other origin.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use crate::Result;

/// Serves folders under prefixes on a free port of this machine until the program ends; the origin.
pub fn serve(folders: Vec<(&'static str, PathBuf)>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folders = folders.clone();
            thread::spawn(move || {
                let _ = answer(stream, &folders);
            });
        }
    });
    Ok(origin)
}

fn answer(mut stream: TcpStream, folders: &[(&str, PathBuf)]) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    while reader.read_line(&mut request)? > 0 {
        let path = request
            .split(' ')
            .nth(1)
            .unwrap_or("/")
            .split('?')
            .next()
            .unwrap_or("/")
            .to_owned();
        loop {
            request.clear();
            if reader.read_line(&mut request)? <= 2 {
                break;
            }
        }
        request.clear();
        let found = folders
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix) && !path.contains(".."))
            .find_map(|(prefix, folder)| {
                let file = path[prefix.len()..].trim_start_matches('/');
                let file = folder.join(if file.is_empty() { "index.html" } else { file });
                Some((kind(&file), std::fs::read(&file).ok()?))
            });
        let (status, (kind, body)) = match found {
            Some(found) => ("200 OK", found),
            None => ("404 Not Found", ("text/plain", Vec::new())),
        };
        // The same isolation as the real page: it decides how fine the browser's clock is.
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\ncache-control: max-age=3600\r\n\
             cross-origin-opener-policy: same-origin\r\ncross-origin-embedder-policy: require-corp\r\n\
             cross-origin-resource-policy: same-origin\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body)?;
    }
    Ok(())
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css",
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
