//! WebDriver (W3C) in the few verbs that journeys need, over one blocking HTTP client.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

/// A running ChromeDriver. Its browsers end with it.
pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// Starts ChromeDriver on a free port.
    ///
    /// # Panics
    /// When the program is missing or does not say its port within ten seconds.
    pub fn start() -> Self {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} did not start: {error}"));
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ")
                    .nth(1)
                    .and_then(|rest| rest.trim_end_matches('.').parse::<u16>().ok())
            })
            .expect("chromedriver says its port");
        // Keeps the pipe open and empty for as long as the driver lives.
        std::thread::spawn(move || for _ in lines {});
        Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Opens a browser with a profile of its own that nothing else has used.
    pub fn browser(&self) -> Browser {
        self.browser_with(&json!({}))
    }

    /// As [`Self::browser`], with further Chromium options, such as emulated media.
    pub fn browser_with(&self, extra: &Value) -> Browser {
        let profile = tempfile::tempdir().expect("a temporary folder");
        self.browser_in(profile, extra)
    }

    /// Opens a browser in the profile that an earlier one has left.
    pub fn browser_in(&self, profile: tempfile::TempDir, extra: &Value) -> Browser {
        let mut options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=1280,900", "--lang=en", "--force-device-scale-factor=1",
            format!("--user-data-dir={}", profile.path().display()),
        ]});
        if let (Some(options), Some(extra)) = (options.as_object_mut(), extra.as_object()) {
            options.extend(extra.clone());
        }
        if let Ok(binary) = std::env::var("CHROMIUM") {
            options["binary"] = json!(binary);
        }
        let answer = call(
            "POST",
            &format!("{}/session", self.address),
            Some(&json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
                "unhandledPromptBehavior": "accept",
            }}})),
        )
        .unwrap_or_else(|error| panic!("no browser session: {error}"));
        let id = answer["sessionId"]
            .as_str()
            .expect("a session has an id")
            .to_owned();
        let browser = Browser {
            session: format!("{}/session/{id}", self.address),
            profile: Some(profile),
        };
        if let Some(factor) = slowness() {
            browser.slow_down(factor);
        }
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One browser window with its own profile.
pub struct Browser {
    session: String,
    profile: Option<tempfile::TempDir>,
}

/// Something on the page, as WebDriver names it.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Browser {
    /// Opens an address and waits until the document has loaded.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The address bar.
    pub fn address(&self) -> String {
        self.fetch("/url").as_str().unwrap_or_default().to_owned()
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// Presses the browser's back button.
    pub fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// Presses the browser's forward button.
    pub fn forward(&self) {
        self.post("/forward", &json!({}));
    }

    /// Runs a script in the page and gives what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// As [`Self::run`], again and again while the script fails: what it looks for may not stand on the page yet.
    ///
    /// # Panics
    /// After a minute, with the text of the page.
    pub fn run_when_ready(&self, script: &str, arguments: &[Value]) -> Value {
        self.wait(script, || self.try_run(script, arguments))
    }

    fn try_run(&self, script: &str, arguments: &[Value]) -> Option<Value> {
        let body = json!({ "script": script, "args": arguments });
        call("POST", &format!("{}/execute/sync", self.session), Some(&body)).ok()
    }

    /// Runs a script that only looks. Between two documents there is nothing to look at for a moment.
    fn look(&self, script: &str, arguments: &[Value]) -> Value {
        let soon = Instant::now() + Duration::from_secs(10);
        loop {
            match self.try_run(script, arguments) {
                Some(seen) => return seen,
                None if Instant::now() < soon => std::thread::sleep(Duration::from_millis(50)),
                None => return self.run(script, arguments),
            }
        }
    }

    /// Runs a script whose last argument is a callback, and gives what that is called with.
    pub fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Calls a method of the DevTools protocol.
    pub fn devtools(&self, method: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": method, "params": parameters }),
        )
    }

    /// Makes the processor so many times slower for pages, and every answer of a server that much later.
    fn slow_down(&self, factor: u32) {
        self.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": factor }));
        self.post(
            "/chromium/network_conditions",
            &json!({ "network_conditions": { "offline": false, "latency": factor * 40, "throughput": 4 << 20 } }),
        );
    }

    /// Sets the size of the viewport in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 640 }),
        );
    }

    /// Lets pages believe that the system is dark or light.
    pub fn scheme(&self, scheme: &str) {
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// The first visible element with this role and accessible name, as soon as there is one.
    ///
    /// # Panics
    /// After a minute, with the text of the page.
    pub fn role(&self, role: &str, name: &str) -> Element {
        self.wait(&format!("a {role} named “{name}”"), || {
            self.try_role(role, name)
        })
    }

    /// As [`Self::role`], without waiting.
    pub fn try_role(&self, role: &str, name: &str) -> Option<Element> {
        let found = self.look(FIND, &[json!(role), json!(name)]);
        element(&found)
    }

    /// Presses the button with this name.
    pub fn press(&self, name: &str) {
        self.click_when_ready(
            || self.try_role("button", name),
            &format!("a button named “{name}”"),
        );
    }

    /// Follows the link with this name.
    pub fn follow(&self, name: &str) {
        self.click_when_ready(|| self.try_role("link", name), &format!("a link named “{name}”"));
    }

    /// Clicks an element of any role with this name.
    pub fn click_role(&self, role: &str, name: &str) {
        self.click_when_ready(|| self.try_role(role, name), &format!("a {role} named “{name}”"));
    }

    /// As [`Self::click_role`], if there is such an element now; whether there was. It may go or be covered meanwhile.
    pub fn click_if_there(&self, role: &str, name: &str) -> bool {
        let found = self.try_role(role, name);
        found.is_some_and(|element| self.try_click(&element).is_some())
    }

    /// Replaces what stands in the field with this label.
    pub fn fill(&self, label: &str, text: &str) {
        // A form that is drawn anew meanwhile makes the field stale: begin again with the one that is there.
        self.wait(&format!("the field “{label}”"), || {
            let field = self.try_role("textbox", label)?;
            self.try_run(
                "arguments[0].focus(); arguments[0].select && arguments[0].select();",
                &[field.handle()],
            )?;
            let act = |act: &str, body: &Value| {
                let url = format!("{}/element/{}/{act}", self.session, field.0);
                call("POST", &url, Some(body)).ok()
            };
            act("clear", &json!({}))?;
            act("value", &json!({ "text": text }))
        });
    }

    /// Chooses an option, by its words, of the list with this label.
    pub fn choose(&self, label: &str, words: &str) {
        self.wait(&format!("“{words}” in the list “{label}”"), || {
            let list = self.try_role("combobox", label)?;
            self.try_run(
                "const [list, words] = arguments; \
                 list.value = [...list.options].find(option => option.text.trim() === words).value; \
                 for (const kind of ['input', 'change']) list.dispatchEvent(new Event(kind, { bubbles: true }));",
                &[list.handle(), json!(words)],
            )
        });
    }

    /// Types into an element.
    pub fn type_into(&self, element: &Element, text: &str) {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// Gives a file to the file field with this label.
    pub fn attach(&self, selector: &str, file: &Path) {
        let field = self.wait(selector, || {
            element(&self.run("return document.querySelector(arguments[0])", &[json!(selector)]))
        });
        self.type_into(&field, &file.display().to_string());
    }

    /// Presses keys wherever the focus is. Special keys are WebDriver's code points, such as `\u{E007}` for Enter.
    pub fn keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [
                    json!({ "type": "keyDown", "value": key }),
                    json!({ "type": "keyUp", "value": key }),
                ]
            })
            .collect();
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Presses one key while others are held, such as Control.
    pub fn chord(&self, held: &[char], key: char) {
        let mut actions: Vec<Value> = held
            .iter()
            .map(|held| json!({ "type": "keyDown", "value": held }))
            .collect();
        actions.push(json!({ "type": "keyDown", "value": key }));
        actions.push(json!({ "type": "keyUp", "value": key }));
        actions.extend(
            held.iter()
                .rev()
                .map(|held| json!({ "type": "keyUp", "value": held })),
        );
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// What a person can read on the page now.
    pub fn text(&self) -> String {
        self.look("return document.body ? document.body.innerText : ''", &[])
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The whole document as it stands, hidden parts and field contents included.
    pub fn everything(&self) -> String {
        self.look(
            "return document.documentElement.outerHTML + '\\n' + \
             [...document.querySelectorAll('input,textarea')].map(f => f.value).join('\\n')",
            &[],
        )
        .as_str()
        .unwrap_or_default()
        .to_owned()
    }

    /// Waits until the page says this.
    pub fn sees(&self, text: &str) {
        self.wait(&format!("the text “{text}”"), || {
            self.text().contains(text).then_some(())
        });
    }

    /// Waits until this is nowhere in the document, hidden parts and field contents included.
    pub fn forgets(&self, text: &str) {
        self.wait(&format!("“{text}” to be gone from the document"), || {
            (!self.everything().contains(text)).then_some(())
        });
    }

    /// Waits until the page no longer says this.
    pub fn no_longer_sees(&self, text: &str) {
        self.wait(&format!("the text “{text}” to go"), || {
            (!self.text().contains(text)).then_some(())
        });
    }

    /// The value of the field with this label.
    pub fn value(&self, label: &str) -> String {
        let value = self.wait(&format!("the field “{label}”"), || {
            let field = self.try_role("textbox", label)?;
            self.try_run("return arguments[0].value", &[field.handle()])
        });
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits for a condition, a minute at the most.
    ///
    /// # Panics
    /// When it does not come true; the message holds the page's text, and a screenshot is left in the temporary folder.
    pub fn wait<T>(&self, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE * slowness().unwrap_or(1);
        loop {
            if let Some(found) = condition() {
                return found;
            }
            if Instant::now() > end {
                let shot = std::env::temp_dir().join("coffer-journey-failed.png");
                self.screenshot(&shot);
                panic!(
                    "waited in vain for {what}\nat {}\nscreenshot {}\nconsole {:?}\n--- the page says ---\n{}",
                    self.address(),
                    shot.display(),
                    self.console_errors(),
                    self.text()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Writes what the window shows into a PNG file.
    pub fn screenshot(&self, file: &Path) {
        let picture = self.fetch("/screenshot");
        if let Some(parent) = file.parent() {
            let _ = std::fs::create_dir_all(parent);
        }
        let bytes = Base64::decode_vec(picture.as_str().unwrap_or_default()).expect("a picture is base64");
        std::fs::write(file, bytes).expect("a screenshot can be written");
    }

    /// Errors that the console has shown since the last call; answers with a failing status, which Chromium lists
    /// there as well, are the app's to deal with and not among them.
    pub fn console_errors(&self) -> Vec<String> {
        self.log("browser")
            .into_iter()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .filter(|message| !message.contains("Failed to load resource"))
            .collect()
    }

    /// The addresses that the page has asked for since the last call, whatever came of it.
    pub fn requested(&self) -> Vec<String> {
        self.log("performance")
            .into_iter()
            .filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok())
            .filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|entry| Some(entry["message"]["params"]["request"]["url"].as_str()?.to_owned()))
            .collect()
    }

    /// What axe-core finds on the page: rule and the elements concerned.
    ///
    /// The script comes from the npm packages in the folder that `COFFER_NODE` names.
    pub fn axe(&self) -> Vec<String> {
        let file = PathBuf::from(std::env::var("COFFER_NODE").expect("COFFER_NODE is set by xtask"))
            .join("node_modules/axe-core/axe.min.js");
        let script =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        // DevTools evaluates outside the page's own policy, as an extension would.
        self.devtools("Runtime.evaluate", &json!({ "expression": script }));
        let found = self.run_async(
            "const done = arguments[arguments.length - 1]; \
             axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations.map(v => \
               v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | '))), \
               e => done(['axe failed: ' + e]))",
            &[],
        );
        found
            .as_array()
            .expect("axe gives a list")
            .iter()
            .map(|entry| entry.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Saves what pages offer into a folder, without asking.
    pub fn saves_into(&self, folder: &Path) {
        self.devtools(
            "Browser.setDownloadBehavior",
            &json!({ "behavior": "allow", "downloadPath": folder }),
        );
    }

    /// Tells the page that its tab was put away and is seen again.
    pub fn put_away_and_back(&self) {
        self.run(
            "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); \
             document.dispatchEvent(new Event('visibilitychange')); \
             delete document.hidden; \
             document.dispatchEvent(new Event('visibilitychange'));",
            &[],
        );
    }

    /// Closes the browser and gives its profile back, so that a later one can start in it.
    pub fn close(mut self) -> tempfile::TempDir {
        self.end();
        self.profile
            .take()
            .expect("the profile is there until the browser is closed")
    }

    fn click_when_ready(&self, mut find: impl FnMut() -> Option<Element>, what: &str) {
        // A list that is drawn anew between finding and clicking makes the element stale: look again. So it is while the
        // page still grows above it: nobody presses what moves.
        let mut before = None;
        self.wait(what, || {
            let element = find()?;
            let place = self.try_run(
                "const box = arguments[0].getBoundingClientRect(); return [scrollY + box.y, box.x, box.width].map(Math.round)",
                &[element.handle()],
            )?;
            if before.replace(place.clone()) != Some(place) {
                return None;
            }
            self.try_click(&element)
        });
    }

    /// Clicks, as a person would: not what is covered.
    fn try_click(&self, element: &Element) -> Option<()> {
        let url = format!("{}/element/{}/click", self.session, element.0);
        call("POST", &url, Some(&json!({}))).ok().map(drop)
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.post("/se/log", &json!({ "type": kind }))
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        call("POST", &format!("{}{path}", self.session), Some(body))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn fetch(&self, path: &str) -> Value {
        call("GET", &format!("{}{path}", self.session), None)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn end(&self) {
        let _ = call("DELETE", &self.session, None);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if self.profile.is_some() {
            self.end();
        }
    }
}

impl Element {
    /// The element as an argument for [`Browser::run`].
    pub fn handle(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

fn element(value: &Value) -> Option<Element> {
    value.get(ELEMENT)?.as_str().map(|id| Element(id.to_owned()))
}

fn call(method: &str, url: &str, body: Option<&Value>) -> Result<Value, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(120)))
        .build()
        .into();
    let answer = match (method, body) {
        ("POST", Some(body)) => agent.post(url).send_json(body),
        ("DELETE", _) => agent.delete(url).call(),
        _ => agent.get(url).call(),
    };
    let mut answer = answer.map_err(|error| error.to_string())?;
    let mut value: Value = answer.body_mut().read_json().map_err(|error| error.to_string())?;
    let value = value["value"].take();
    match value.get("error") {
        Some(error) if answer.status() != 200 => Err(format!("{error}: {}", value["message"])),
        _ => Ok(value),
    }
}

/// How long a person would wait for anything on a slow machine; key derivation included.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many times slower pages shall be than this machine, by `COFFER_SLOW`: what a journey merely happens to find in
/// time on a fast one is missed then.
fn slowness() -> Option<u32> {
    let factor = std::env::var("COFFER_SLOW").ok()?;
    Some(factor.parse().expect("COFFER_SLOW is a whole number"))
}

/// WebDriver's own key for an element reference (W3C WebDriver, section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Finds the first visible element of a role by its accessible name: exact text first, then a beginning.
const FIND: &str = r#"
const [role, name] = arguments;
const selectors = {
  button: 'button,[role=button],summary,input[type=submit]',
  link: 'a[href],[role=link]',
  textbox: 'input:not([type=checkbox]):not([type=radio]):not([type=file]):not([type=submit]),textarea,[role=textbox]',
  checkbox: 'input[type=checkbox],[role=checkbox],[role=switch]',
  radio: 'input[type=radio],[role=radio]',
  combobox: 'select,[role=combobox]',
  heading: 'h1,h2,h3,h4,[role=heading]',
  dialog: 'dialog[open],[role=dialog]',
  row: 'tr,[role=row]',
  tab: '[role=tab]', menuitem: '[role=menuitem]', option: 'option,[role=option]',
  alert: '[role=alert]', status: '[role=status]', img: 'img,[role=img]',
};
const clean = text => (text || '').replace(/\s+/g, ' ').trim();
const named = node => {
  const by = node.getAttribute('aria-labelledby');
  if (by) return clean(by.split(/\s+/).map(id => (document.getElementById(id) || {}).textContent || '').join(' '));
  if (node.getAttribute('aria-label')) return clean(node.getAttribute('aria-label'));
  if (node.labels && node.labels.length) return clean([...node.labels].map(l => l.textContent).join(' '));
  return clean(node.innerText || node.textContent || node.value || node.title || node.placeholder);
};
const open = [...document.querySelectorAll('dialog[open]')].pop();
const visible = node => {
  if (open && !open.contains(node) && node !== open) return false;
  if (role === 'radio' || role === 'checkbox') return true;
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(node).visibility !== 'hidden';
};
const all = [...document.querySelectorAll(selectors[role] || `[role=${role}]`)].filter(visible);
return all.find(n => named(n) === name) || all.find(n => named(n).startsWith(name)) || null;
"#;
