//! Files for programs: sends two behind one link and fetches them, with no more than a piece of them in memory.
//!
//! `cargo run --release -p coffer-client --example files` does it with 100 MiB on a server in this process, `… --example files
//! MIB URL` on an empty one that listens somewhere, whose first account it makes. It tells how long both ways took and, on
//! Linux, how much memory this process ever had.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

use std::error::Error;
use std::ops::Range;
use std::time::{Duration, Instant};

use coffer_client::{
    Client, Device, ServerOrigin, SetUp, ShareContent, ShareDraft, ShareExpiry, ShareLimits, SharedFile,
    Transport, share_from_link, suggest_passphrase,
};
use coffer_testkit::{Loopback, MemoryDevice, TestServer, run};
use zeroize::Zeroizing;

#[allow(dead_code, reason = "a test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = MemoryDevice::of_this_machine()?;
    let mut args = std::env::args().skip(1);
    let size = args.next().map_or(Ok(100), |mib| mib.parse::<u64>())? << 20;
    let told = run(async {
        match args.next() {
            Some(url) => {
                let there = (Loopback::new(&url), Loopback::new(&url));
                let recorders = [there.0.recorder().clone(), there.1.recorder().clone()];
                let forget = || recorders.iter().for_each(|recorder| recorder.clear());
                walk(there, device, &ServerOrigin::parse(&url)?, size, forget).await
            }
            None => {
                let server = TestServer::start();
                server.set_now(device.now());
                let there = (server.browser(), server.browser());
                let recorders = [there.0.recorder().clone(), there.1.recorder().clone()];
                let forget = || recorders.iter().for_each(|recorder| recorder.clear());
                walk(there, device, &server.origin(), size, forget).await
            }
        }
    })?;
    println!(
        "{} bytes: sent in {:?}, fetched in {:?}",
        told.bytes, told.sent, told.fetched
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(most) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{most}");
    }
    Ok(())
}

/// How long it took.
pub struct Told {
    /// Fetched and verified.
    pub bytes: u64,
    /// To seal and send it.
    pub sent: Duration,
    /// To fetch and open it.
    pub fetched: Duration,
}

/// What both ends of a link of files do. One has all bytes but a few, the other the rest. `forget` is called after every piece: what this example's transports remember is no
/// part of what it shows.
pub async fn walk<T: Transport, D: Device + Clone>(
    (sender, recipient): (T, T),
    device: D,
    server: &ServerOrigin,
    size: u64,
    forget: impl Fn(),
) -> Result<Told, Box<dyn Error>> {
    let set_up = SetUp {
        email: "ada@example.org".to_owned(),
        organization: "Harbour & Sons".to_owned(),
        name: String::new(),
        passphrase: suggest_passphrase(&device),
    };
    let (vault, _kit) = Client::new(sender, device.clone(), server.clone())
        .set_up(set_up)
        .await?;
    let stranger = Client::new(recipient, device, server.clone());

    let started = Instant::now();
    let mut upload = vault
        .send_files(ShareDraft {
            content: ShareContent::Files(vec![
                SharedFile {
                    name: "charts.bin".to_owned(),
                    size: size - size.min(NOTES),
                },
                SharedFile {
                    name: "notes.txt".to_owned(),
                    size: size.min(NOTES),
                },
            ]),
            title: "Charts".to_owned(),
            expires_in: ShareExpiry(60),
            views: Some(1),
            passphrase: None,
            limits: ShareLimits::default(),
        })
        .await?;
    // A program reads the file at this place of its list; after an error the same call goes on where it was.
    let read = async |file: usize, range: Range<u64>| {
        Ok(Zeroizing::new(range.map(|place| byte(file, place)).collect()))
    };
    let made = upload.send(read, |_| forget()).await?;
    let sent = started.elapsed();
    println!("{server}/s#{}", made.link_fragment);

    let opened = stranger
        .open_share(&share_from_link(&made.link_fragment)?, None)
        .await?;
    let started = Instant::now();
    let mut there = [0; 2];
    if let Some(files) = &opened.files {
        let mut download = stranger.fetch_files(files);
        while let Some(piece) = download.next().await? {
            for (file, part) in piece.parts() {
                // A program writes to files that have other names until the end was verified.
                let expected = (there[file]..).map(|place| byte(file, place));
                if !part.iter().copied().eq(expected.take(part.len())) {
                    return Err("another file came back".into());
                }
                there[file] += part.len() as u64;
            }
            forget();
        }
    }
    Ok(Told {
        bytes: there.iter().sum(),
        sent,
        fetched: started.elapsed(),
    })
}

/// What the files of this example hold.
fn byte(file: usize, place: u64) -> u8 {
    (file as u64 ^ place ^ (place >> 8) ^ (place >> 16)) as u8
}

/// How large the second file is.
const NOTES: u64 = 1_000;
