//! A file of 100 MiB behind a link, sealed and opened in the real pages: how long it takes, and what it costs in memory.

use serde_json::json;

use crate::app;
use crate::browser::Browser;
use crate::report::Report;
use crate::running::Server;
use crate::stats::show;
use crate::{Built, Result};

/// Bytes of the file.
const SIZE: u64 = 100 << 20;

/// Runs it.
pub fn measure(built: &Built, rounds: u32, report: &mut Report) -> Result<()> {
    println!("• a file of 100 MiB: sending and fetching it …");
    let data = tempfile::tempdir()?;
    let saved = tempfile::tempdir()?;
    let server = Server::start(&built.server, data.path(), &built.app)?;
    let sender = Browser::start()?;
    watch(&sender)?;
    app::set_up(&sender, &server.origin)?;
    let (mut sent, mut fetched) = (Side::default(), Side::default());
    for round in 0..rounds.min(3) {
        sender.press("Share links")?;
        sender.press("Send a secret")?;
        // What was said of the file before is gone, too.
        sender.wait_for(
            "!!document.querySelector('input[type=file]') && !document.body.innerText.includes('link is ready')",
        )?;
        sender.evaluate(CHOOSE)?;
        sender.wait_for("document.body.innerText.includes('large.bin')")?;
        sent.measure(
            &sender,
            "Seal and create link",
            "document.body.innerText.includes('Your link is ready')",
        )?;
        let link = sender.wait_for(
            "[...document.querySelectorAll('input[readonly]')].find(i => i.value.includes('/s#'))?.value",
        )?;

        // A browser of its own, as a recipient has: nothing of the sender's is in its memory.
        let recipient = Browser::start()?;
        watch(&recipient)?;
        recipient.devtools(
            "Browser.setDownloadBehavior",
            &json!({ "behavior": "allow", "downloadPath": saved.path().join(round.to_string()) }),
        )?;
        recipient.go(link.as_str().unwrap_or_default())?;
        recipient.press("Show secret")?;
        recipient.wait_for("document.body.innerText.includes('large.bin')")?;
        fetched.measure(
            &recipient,
            "Download",
            "document.body.innerText.includes('Complete and unchanged')",
        )?;
    }
    report.table(
        "file",
        &[
            "a file of 100 MiB, in Chromium",
            "seconds",
            "MB/s",
            "memory of the page's process before, MB",
            "the most while it runs, MB",
            "longest task of the main thread, ms (0: under 50)",
        ],
        &[sent.row("seal and send it"), fetched.row("fetch and open it")],
    );
    drop(sender);
    server.stop()
}

/// One side of the way, measured again and again.
#[derive(Default)]
struct Side {
    seconds: Vec<f64>,
    before: Vec<f64>,
    most: Vec<f64>,
    longest: Vec<f64>,
}

impl Side {
    /// Presses a button and looks in every frame whether it is done.
    fn measure(&mut self, browser: &Browser, button: &str, done: &str) -> Result<()> {
        self.before.push(megabytes(browser.memory()?.now));
        browser.forget_peaks()?;
        let measured = browser.evaluate(&format!(
            "(async () => {{ \
               const all = [...document.querySelectorAll('button')]; \
               const start = performance.now(); \
               all.find(n => n.innerText.trim().startsWith('{button}')).click(); \
               while (!({done})) {{ \
                 if (performance.now() - start > 600000) throw new Error('in vain: ' + document.body.innerText); \
                 await new Promise(requestAnimationFrame); \
               }} \
               const took = performance.now() - start; \
               await new Promise(done => setTimeout(done, 200)); \
               return [took, Math.max(0, ...bench.tasks.filter(t => t.start >= start - 1).map(t => t.took))]; \
             }})()"
        ))?;
        self.most.push(megabytes(browser.memory()?.peak));
        self.seconds
            .push(measured[0].as_f64().unwrap_or(f64::NAN) / 1000.0);
        self.longest.push(measured[1].as_f64().unwrap_or(f64::NAN));
        Ok(())
    }

    fn row(&self, what: &str) -> Vec<String> {
        let speed: Vec<f64> = self
            .seconds
            .iter()
            .map(|seconds| SIZE as f64 / 1e6 / seconds)
            .collect();
        let mut row = vec![what.to_owned()];
        row.extend([&self.seconds, &speed, &self.before, &self.most, &self.longest].map(|all| show(all)));
        row
    }
}

fn watch(browser: &Browser) -> Result<()> {
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            &json!({ "source": app::WATCH }),
        )
        .map(drop)
}

fn megabytes(kibibytes: u64) -> f64 {
    kibibytes as f64 * 1024.0 / 1e6
}

/// Chooses a file that the browser keeps outside of the page's process, as it keeps one of a disk.
const CHOOSE: &str = "(() => { \
    const piece = new Uint8Array(1 << 20); \
    for (let at = 0; at < piece.length; at += 65536) crypto.getRandomValues(piece.subarray(at, at + 65536)); \
    const data = new DataTransfer(); \
    data.items.add(new File(Array(100).fill(new Blob([piece])), 'large.bin')); \
    const field = document.querySelector('input[type=file]'); \
    field.files = data.files; \
    field.dispatchEvent(new Event('change', { bubbles: true })); \
  })()";
