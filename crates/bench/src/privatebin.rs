//! Beside PrivateBin: what somebody who received a link loads, and how long they wait for its plaintext.
//!
//! PrivateBin is not part of Coffer and nothing here fetches it: whoever measures says where a checkout is.

use std::path::Path;

use serde_json::json;

use crate::app::{network, set_up};
use crate::browser::Browser;
use crate::php::Php;
use crate::report::Report;
use crate::running::Server;
use crate::stats::{Summary, ratio, show};
use crate::{Built, Result, front};

/// Runs it, if there is a PrivateBin to run.
pub fn measure(built: &Built, checkout: Option<&Path>, rounds: u32, report: &mut Report) -> Result<()> {
    let Some(checkout) = checkout else {
        println!(
            "• beside PrivateBin: skipped. `--privatebin DIR` says where a checkout of it is; it runs in PHP 8, \
             which the path or the variable PHP names."
        );
        return Ok(());
    };
    println!("• beside PrivateBin: sealing the same texts with both …");
    let (data, their_data) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(&built.server, data.path(), &built.app)?;
    let php = Php::start(checkout, their_data.path())?;
    let browser = Browser::start()?;
    set_up(&browser, &server.origin)?;
    let shares = CASES.map(|case| share(&browser, &case));
    let pastes = CASES.map(|case| paste(&browser, &php.origin(), &case));
    let packed = front::serve(&php.address)?;
    let mut contests = Vec::new();
    for ((case, share), paste) in CASES.into_iter().zip(shares).zip(pastes) {
        contests.push(Contest::new(case, share?, paste?, &php.origin(), &packed));
    }

    browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": format!("{WATCH}({}, {});", json!(PASSPHRASE), json!(LAST_WORDS)) }),
    )?;
    browser.devtools("Network.enable", &json!({}))?;
    let rounds = rounds.min(11);
    for round in 0..=rounds {
        println!("• beside PrivateBin: round {round} of {rounds} …");
        for contest in &mut contests {
            // The first one fills the caches of the servers.
            contest.run(&browser, round, round > 0)?;
        }
    }
    let rows: Vec<_> = contests.iter().flat_map(Contest::rows).collect();
    report.table(
        "privatebin",
        &[
            "what is opened, and how",
            "page",
            "requests",
            "KB over the network",
            "button, ms",
            "plaintext, ms",
            "Coffer ÷ this",
            "from click to plaintext, ms",
            "Coffer ÷ this",
        ],
        &rows,
    );
    drop(browser);
    server.stop()
}

/// A text that is sealed with both, and the ways in which it is opened.
struct Case {
    name: &'static str,
    length: usize,
    passphrase: bool,
    ways: &'static [Way],
}

/// How a page is opened.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    cached: bool,
    slow: bool,
}

/// What one opening came to.
struct Opening {
    requests: f64,
    bytes: f64,
    /// Milliseconds from navigation to the button; nothing where nobody is asked.
    button: Option<f64>,
    /// Milliseconds from navigation to plaintext.
    plaintext: f64,
}

/// A case and everybody who takes part in it; the first is Coffer.
struct Contest {
    case: Case,
    pages: Vec<Page>,
}

struct Page {
    name: &'static str,
    address: String,
    /// By way, the openings of every round.
    openings: Vec<Vec<Opening>>,
}

impl Contest {
    fn new(case: Case, share: String, paste: String, plain: &str, packed: &str) -> Self {
        // Behind `#-` PrivateBin asks before it opens, as it does for what is destroyed by reading. With a password it
        // asks for that, and asking twice would be slower.
        let asking = if case.passphrase {
            paste.clone()
        } else {
            paste.replacen('#', "#-", 1)
        };
        let behind = |address: &str| address.replacen(plain, packed, 1);
        let mut pages = vec![
            ("Coffer", share),
            ("PrivateBin", asking.clone()),
            ("PrivateBin, compressed", behind(&asking)),
        ];
        if !case.passphrase {
            pages.push(("PrivateBin, compressed, without a click", behind(&paste)));
        }
        let pages = pages.into_iter().map(|(name, address)| Page {
            name,
            address,
            openings: case.ways.iter().map(|_| Vec::new()).collect(),
        });
        Self {
            pages: pages.collect(),
            case,
        }
    }

    /// Opens every page in every way, in another order each round.
    fn run(&mut self, browser: &Browser, round: u32, counts: bool) -> Result<()> {
        let count = self.pages.len();
        for turn in 0..count {
            let page = &mut self.pages[(turn + round as usize) % count];
            for (way, openings) in self.case.ways.iter().zip(&mut page.openings) {
                let opening = way.open(browser, &page.address)?;
                if counts {
                    openings.push(opening);
                }
            }
        }
        Ok(())
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for (at, way) in self.case.ways.iter().enumerate() {
            let ours = &self.pages[0].openings[at];
            for page in &self.pages {
                let theirs = &page.openings[at];
                let of = |what: fn(&Opening) -> f64| theirs.iter().map(what).collect::<Vec<_>>();
                let middle = |what, digits: usize| {
                    Summary::of(of(what)).map_or("–".into(), |all| format!("{:.digits$}", all.median))
                };
                let ratio_of =
                    |what: fn(&Opening) -> f64| ratio(&ours.iter().map(what).collect::<Vec<_>>(), &of(what));
                let asks = theirs.iter().all(|opening| opening.button.is_some());
                let if_asked = |text: String| if asks { text } else { "–".into() };
                rows.push(vec![
                    format!("{}, {}", self.case.name, way.name),
                    page.name.to_owned(),
                    middle(|opening| opening.requests, 0),
                    middle(|opening| opening.bytes / 1024.0, 1),
                    if_asked(show(&of(Opening::button))),
                    show(&of(|opening| opening.plaintext)),
                    ratio_of(|opening| opening.plaintext),
                    if_asked(show(&of(Opening::wait))),
                    if_asked(ratio_of(Opening::wait)),
                ]);
            }
        }
        rows
    }
}

impl Way {
    fn open(self, browser: &Browser, address: &str) -> Result<Opening> {
        browser.go("about:blank")?;
        if !self.cached {
            browser.devtools("Network.clearBrowserCache", &json!({}))?;
        }
        let (speed, latency) = if self.slow { (10_000_000 / 8, 40) } else { (-1, 0) };
        browser.devtools("Network.emulateNetworkConditions", &network(speed, latency))?;
        browser.go(address)?;
        let seen = browser.wait_for("bench.seen")?;
        let number = |name: &str| seen[name].as_f64();
        Ok(Opening {
            requests: number("requests").unwrap_or(f64::NAN),
            bytes: number("bytes").unwrap_or(f64::NAN),
            button: number("button"),
            plaintext: number("plaintext").unwrap_or(f64::NAN),
        })
    }
}

impl Opening {
    fn button(&self) -> f64 {
        self.button.unwrap_or(f64::NAN)
    }

    /// From click to plaintext.
    fn wait(&self) -> f64 {
        self.plaintext - self.button()
    }
}

/// Seals it with Coffer; the link.
fn share(browser: &Browser, case: &Case) -> Result<String> {
    browser.press("Share links")?;
    browser.press("Send a secret")?;
    browser.fill("Secret", &text(case.length))?;
    browser.press("Until it ends")?;
    if case.passphrase {
        browser.fill("Passphrase", PASSPHRASE)?;
    }
    browser.press("Seal and create link")?;
    let link = browser.wait_for(
        "[...document.querySelectorAll('input[readonly]')].find(i => i.value.includes('/s#'))?.value",
    )?;
    browser.press("New link")?;
    Ok(link.as_str().unwrap_or_default().to_owned())
}

/// Seals it with PrivateBin; the link.
fn paste(browser: &Browser, origin: &str, case: &Case) -> Result<String> {
    browser.go(origin)?;
    browser.fill("Document text", &text(case.length))?;
    if case.passphrase {
        browser.fill("Password", PASSPHRASE)?;
    }
    browser.press("Create")?;
    let link = browser.wait_for("document.querySelector('#pasteurl')?.href")?;
    Ok(link.as_str().unwrap_or_default().to_owned())
}

/// Lines of a `.env` whose values do not compress well, about as long as this.
fn text(length: usize) -> String {
    let mut state = 1_u64;
    let mut text = String::new();
    while text.len() < length {
        // Knuth's linear congruential generator: the same text every time.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text += &format!("SERVICE_{:03}_TOKEN={state:016x}\n", text.len() / 35);
    }
    text + LAST_WORDS
}

const CASES: [Case; 3] = [
    Case {
        name: "1 KB",
        length: 1000,
        passphrase: false,
        ways: &[COLD, WARM, COLD_AND_SLOW, WARM_AND_SLOW],
    },
    Case {
        name: "5 KB",
        length: 5000,
        passphrase: false,
        ways: &[COLD_AND_SLOW],
    },
    Case {
        name: "1 KB and a passphrase",
        length: 1000,
        passphrase: true,
        ways: &[COLD, COLD_AND_SLOW],
    },
];

const COLD: Way = Way {
    name: "empty cache, this machine",
    cached: false,
    slow: false,
};
/// Comes right after [`COLD`].
const WARM: Way = Way {
    name: "files in the cache, this machine",
    cached: true,
    slow: false,
};
const COLD_AND_SLOW: Way = Way {
    name: "empty cache, 10 Mbit/s and 40 ms",
    cached: false,
    slow: true,
};
/// Comes right after [`COLD_AND_SLOW`].
const WARM_AND_SLOW: Way = Way {
    name: "files in the cache, 10 Mbit/s and 40 ms",
    cached: true,
    slow: true,
};

const PASSPHRASE: &str = "six plain words for one measurement";
const LAST_WORDS: &str = "THE_END=here";

/// Runs before everything of the page. Presses the button in the first frame that shows it, with the passphrase where
/// one is asked for, and remembers the first frame that shows the last words of the plaintext.
const WATCH: &str = r"((passphrase, lastWords) => {
  globalThis.bench = {};
  const visible = node => !node.disabled && node.getBoundingClientRect().width > 0;
  const shown = selector => [...document.querySelectorAll(selector)].filter(visible);
  const buttons = '#loadconfirm-open-now, #passwordform [type=submit], form.card__body [type=submit]';
  const texts = '.secret__value, #prettyprint, #plaintext';
  let button;
  (function frame() {
    const now = performance.now();
    if (shown(texts).some(node => node.textContent.includes(lastWords))) {
      const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map(entry => entry.transferSize).filter(size => size > 0);
      bench.seen = { button, plaintext: now, requests: loaded.length, bytes: loaded.reduce((a, b) => a + b, 0) };
      return;
    }
    const [found] = button === undefined ? shown(buttons) : [];
    if (found) {
      const field = found.form?.querySelector('input[type=password]');
      if (field) {
        field.value = passphrase;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }
      button = performance.now();
      found.click();
    }
    requestAnimationFrame(frame);
  })();
})";
