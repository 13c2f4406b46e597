//! Chromium over WebDriver, in the few verbs that measuring needs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;

/// ChromeDriver and one browser with a fresh profile; both end with this value.
pub struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts both.
    pub fn start() -> Result<Self> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut driver = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program} did not start: {error}"))?;
        let mut lines = BufReader::new(driver.stdout.take().ok_or("no output")?).lines();
        let port = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            // The first line says which port was asked for: 0.
            .find_map(|line| {
                line.split("on port ")
                    .nth(1)?
                    .trim_end_matches('.')
                    .parse()
                    .ok()
                    .filter(|port: &u16| *port > 0)
            })
            .ok_or("chromedriver did not say its port")?;
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir()?;
        let mut options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=1280,900", "--lang=en",
            format!("--user-data-dir={}", profile.path().display()),
        ]});
        if let Ok(binary) = std::env::var("CHROME") {
            options["binary"] = json!(binary);
        }
        let answer = call(
            &format!("http://127.0.0.1:{port}/session"),
            Some(&json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "timeouts": { "script": 900_000 },
            }}})),
        )?;
        let id = answer["sessionId"].as_str().ok_or("a session without an id")?;
        Ok(Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session/{id}"),
            _profile: profile,
        })
    }

    /// Opens an address and waits until the document has loaded.
    pub fn go(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// The value of an expression in the page; promises are awaited.
    pub fn evaluate(&self, expression: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => ({expression}))().then(v => done({{ v }}), e => done({{ e: String(e && e.stack || e) }}))"
        );
        let mut answer = self.post("/execute/async", &json!({ "script": script, "args": [] }))?;
        match answer["e"].as_str() {
            Some(error) => Err(format!("{expression}: {error}").into()),
            None => Ok(answer["v"].take()),
        }
    }

    /// Calls a method of the DevTools protocol.
    pub fn devtools(&self, method: &str, parameters: &Value) -> Result<Value> {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": method, "params": parameters }),
        )
    }

    /// Types into the field with this label, after emptying it.
    pub fn fill(&self, label: &str, text: &str) -> Result<()> {
        let element = self.wait(label, || {
            let found = self
                .post("/execute/sync", &json!({ "script": LABELLED, "args": [label] }))
                .ok()?;
            found[ELEMENT].as_str().map(str::to_owned)
        })?;
        self.post(&format!("/element/{element}/clear"), &json!({}))?;
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }))
            .map(drop)
    }

    /// Clicks the visible button or link that says this.
    pub fn press(&self, label: &str) -> Result<()> {
        self.wait(label, || {
            let found = self
                .post("/execute/sync", &json!({ "script": NAMED, "args": [label] }))
                .ok()?;
            let element = found[ELEMENT].as_str()?;
            self.post(&format!("/element/{element}/click"), &json!({})).ok()
        })
        .map(drop)
    }

    /// Waits until an expression gives something, and gives that.
    pub fn wait_for(&self, expression: &str) -> Result<Value> {
        self.wait(expression, || {
            let value = self.evaluate(expression).ok()?;
            (!value.is_null() && value != json!(false) && value != json!("")).then_some(value)
        })
    }

    /// What a person can read on the page.
    pub fn text(&self) -> String {
        self.evaluate("document.body.innerText")
            .ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// What the processes take that run its pages.
    pub fn memory(&self) -> Result<Memory> {
        let mut all = Memory::default();
        for process in self.renderers()? {
            let status = std::fs::read_to_string(process.join("status"))?;
            let kibibytes = |name: &str| -> u64 {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                let number = line.and_then(|rest| rest.split_whitespace().next());
                number.and_then(|number| number.parse().ok()).unwrap_or_default()
            };
            all.now += kibibytes("VmRSS:");
            all.peak += kibibytes("VmHWM:");
        }
        Ok(all)
    }

    /// From here on [`Memory::peak`] counts anew (proc(5), `clear_refs`).
    pub fn forget_peaks(&self) -> Result<()> {
        for process in self.renderers()? {
            std::fs::write(process.join("clear_refs"), "5")?;
        }
        Ok(())
    }

    /// The folders below `/proc` of its processes that run pages.
    fn renderers(&self) -> Result<Vec<PathBuf>> {
        let parent = |process: &Path| -> Option<u32> {
            let stat = std::fs::read_to_string(process.join("stat")).ok()?;
            // After the name in parentheses: the state, then the parent (proc(5)).
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
        };
        let is_ours = |process: &Path| {
            let mut at = process.to_owned();
            while let Some(above) = parent(&at).filter(|above| *above > 1) {
                if above == self.driver.id() {
                    return true;
                }
                at = PathBuf::from(format!("/proc/{above}"));
            }
            false
        };
        let is_renderer = |process: &Path| {
            // Chromium writes it with spaces where others have zeros.
            std::fs::read(process.join("cmdline")).is_ok_and(|line| {
                let mut words = line.split(|byte| matches!(byte, 0 | b' '));
                words.any(|word| word == b"--type=renderer")
            })
        };
        let all = std::fs::read_dir("/proc")?.flatten().map(|entry| entry.path());
        Ok(all.filter(|it| is_renderer(it) && is_ours(it)).collect())
    }

    fn wait<T>(&self, what: &str, mut condition: impl FnMut() -> Option<T>) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = condition() {
                return Ok(found);
            }
            if start.elapsed() > Duration::from_secs(30) {
                return Err(format!("waited in vain for {what}; the page says:\n{}", self.text()).into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        call(&format!("{}{path}", self.session), Some(body))
    }
}

/// Memory of processes in KiB, as the kernel counts it.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// Resident now.
    pub now: u64,
    /// The most that was resident, of each process.
    pub peak: u64,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = call(&self.session, None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Posts a body, or deletes where there is none.
fn call(url: &str, body: Option<&Value>) -> Result<Value> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(1000)))
        .build()
        .into();
    let mut answer = match body {
        Some(body) => agent.post(url).send_json(body)?,
        None => agent.delete(url).call()?,
    };
    let mut value: Value = answer.body_mut().read_json()?;
    let value = value["value"].take();
    match value.get("error") {
        Some(error) if answer.status() != 200 => Err(format!("{error}: {}", value["message"]).into()),
        _ => Ok(value),
    }
}

/// WebDriver's own key for an element reference (W3C WebDriver, section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

const LABELLED: &str = r"
const clean = text => (text || '').replace(/\s+/g, ' ').trim();
const all = [...document.querySelectorAll('input,textarea')].filter(node => node.getBoundingClientRect().width > 1);
const name = node => clean([...(node.labels || [])].map(label => label.textContent).join(' ') || node.getAttribute('aria-label'));
return all.find(n => name(n) === arguments[0]) || all.find(n => name(n).startsWith(arguments[0])) || null;
";

const NAMED: &str = r"
const clean = text => (text || '').replace(/\s+/g, ' ').trim();
const open = [...document.querySelectorAll('dialog[open]')].pop();
const all = [...(open || document).querySelectorAll('button,a[href],summary,label,input[type=submit]')]
  .filter(node => node.getBoundingClientRect().width > 0 && !node.disabled);
const name = node => clean(node.getAttribute('aria-label') || node.innerText || node.value);
return all.find(n => name(n) === arguments[0]) || all.find(n => name(n).startsWith(arguments[0])) || null;
";
