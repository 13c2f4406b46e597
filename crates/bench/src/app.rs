//! The real app in a real browser, served by the real server: how long until a page can be used, and whether it stays
//! alive while a passphrase is stretched.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::report::Report;
use crate::running::Server;
use crate::stats::show;
use crate::{Built, Result};

/// Runs it.
pub fn measure(built: &Built, rounds: u32, report: &mut Report) -> Result<()> {
    println!("• the app: setting up an account …");
    let data = tempfile::tempdir()?;
    let server = Server::start(&built.server, data.path(), &built.app)?;
    let origin = &server.origin;
    let browser = Browser::start()?;
    browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": WATCH }),
    )?;

    let passphrase = set_up(&browser, origin)?;

    browser.press("Share links")?;
    browser.press("Send a secret")?;
    browser.fill("Secret", "what is measured")?;
    browser.press("Until it ends")?;
    browser.press("Seal and create link")?;
    let link = browser
        .wait_for(
            "[...document.querySelectorAll('input[readonly]')].find(i => i.value.includes('/s#'))?.value",
        )?
        .as_str()
        .unwrap_or_default()
        .to_owned();

    let unlock = format!("{origin}/unlock");
    let rounds = rounds.min(11);
    let mut rows = Vec::new();
    for (page, address, ready) in [
        ("unlock page", &unlock, UNLOCK_READY),
        ("recipient page", &link, RECIPIENT_READY),
    ] {
        println!("• the app: {page} …");
        let mut opened = |how: &str, cached: bool| -> Result<()> {
            let (mut times, mut painted, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..rounds {
                browser.go("about:blank")?;
                if !cached {
                    browser.devtools("Network.clearBrowserCache", &json!({}))?;
                }
                browser.go(address)?;
                let seen = browser.wait_for(ready)?;
                times.push(seen.as_f64().unwrap_or_default());
                painted.push(browser.evaluate(FIRST_PAINT)?.as_f64().unwrap_or_default());
                bytes.push(browser.evaluate(TRANSFERRED)?.as_f64().unwrap_or_default() / 1024.0);
            }
            rows.push(vec![
                format!("{page}, {how}"),
                show(&painted),
                show(&times),
                show(&bytes),
            ]);
            Ok(())
        };
        opened("empty cache, this machine", false)?;
        opened("files in the cache", true)?;
        browser.devtools("Network.enable", &json!({}))?;
        browser.devtools("Network.emulateNetworkConditions", &network(10_000_000 / 8, 40))?;
        opened("empty cache, 10 Mbit/s and 40 ms", false)?;
        browser.devtools("Network.emulateNetworkConditions", &network(-1, 0))?;
    }
    report.table(
        "pages",
        &["page", "first paint, ms", "usable, ms", "KB over the network"],
        &rows,
    );

    println!("• the app: unlocking …");
    let (mut whole, mut longest, mut gap) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        browser.go(&unlock)?;
        browser.wait_for(UNLOCK_READY)?;
        browser.fill("Passphrase", &passphrase)?;
        browser.press("Unlock")?;
        let end = browser.wait_for("document.body.innerText.includes('New project') && performance.now()")?;
        let from = browser.evaluate("bench.clicked")?.as_f64().unwrap_or_default();
        whole.push(end.as_f64().unwrap_or_default() - from);
        // Long tasks are reported a little later than they end.
        std::thread::sleep(std::time::Duration::from_millis(200));
        longest.push(
            browser
                .evaluate(
                    "Math.max(0, ...bench.tasks.filter(t => t.start >= bench.clicked).map(t => t.took))",
                )?
                .as_f64()
                .unwrap_or_default(),
        );
        gap.push(
            browser
                .evaluate("bench.gap(bench.clicked)")?
                .as_f64()
                .unwrap_or_default(),
        );
    }
    report.table(
        "unlocking",
        &["unlocking in the app", "measured"],
        &[
            vec!["from the click to the projects, ms".into(), show(&whole)],
            vec![
                "longest task of the main thread, ms (0: none reached the 50 ms that browsers report)".into(),
                show(&longest),
            ],
            vec!["longest time between two frames, ms".into(), show(&gap)],
        ],
    );
    drop(browser);
    server.stop()
}

/// Sets up a new server in the browser, keeps the kit, and gives the passphrase.
pub fn set_up(browser: &Browser, origin: &str) -> Result<String> {
    browser.go(origin)?;
    browser.press("Set up this server")?;
    browser.fill("E-mail", "bench@example.org")?;
    browser.fill("Organisation", "Bench")?;
    let passphrase = browser
        .wait_for("document.querySelector('.offered__words')?.textContent")?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    browser.fill("Type the passphrase once", &passphrase)?;
    browser.press("Make my keys")?;
    let key = browser.wait_for("document.querySelector('.kit-sheet__key')?.textContent")?;
    let last = key
        .as_str()
        .and_then(|key| key.trim().rsplit('-').next())
        .unwrap_or_default()
        .to_owned();
    browser.press("Hide the key to check your copy")?;
    browser.fill("Last group of the Account Key", &last)?;
    browser.press("I kept it. Go on")?;
    browser.wait_for("document.body.innerText.includes('New project')")?;
    Ok(passphrase)
}

/// A line of this speed, in bytes per second, and of this delay in milliseconds.
pub fn network(bytes_per_second: i64, latency: u32) -> Value {
    json!({
        "offline": false, "latency": latency,
        "downloadThroughput": bytes_per_second, "uploadThroughput": bytes_per_second,
    })
}

/// Runs before everything of the page: remembers long tasks, frames, and when what is waited for was there first.
pub const WATCH: &str = r"
globalThis.bench = { tasks: [], frames: [], seen: {}, clicked: 0 };
new PerformanceObserver(list => list.getEntries().forEach(e => bench.tasks.push({ start: e.startTime, took: e.duration })))
  .observe({ type: 'longtask', buffered: true });
addEventListener('click', () => bench.clicked = performance.now(), true);
bench.gap = from => bench.frames.filter(t => t >= from).reduce((max, t, i, all) => Math.max(max, i ? t - all[i - 1] : t - from), 0);
const visible = node => !!node && !node.disabled && node.getBoundingClientRect().width > 0;
(function frame() {
  const now = performance.now();
  bench.frames.push(now);
  if (!bench.seen.unlock && visible(document.querySelector('form input[type=password]'))) bench.seen.unlock = now;
  if (!bench.seen.recipient && [...document.querySelectorAll('button')].some(b => b.textContent.includes('Show secret') && visible(b)))
    bench.seen.recipient = now;
  requestAnimationFrame(frame);
})();
";

const UNLOCK_READY: &str = "bench.seen.unlock";
const RECIPIENT_READY: &str = "bench.seen.recipient";
const FIRST_PAINT: &str = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
const TRANSFERRED: &str = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
    .reduce((sum, entry) => sum + entry.transferSize, 0)";
