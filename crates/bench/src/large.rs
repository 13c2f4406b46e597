//! 10,000 secrets in the real app: how long a person waits, and how long the page is deaf.

use serde_json::json;

use crate::app;
use crate::browser::Browser;
use crate::report::Report;
use crate::running::Server;
use crate::stats::Summary;
use crate::{Built, Result};

/// Secrets in the environment that is measured.
const COUNT: usize = 10_000;

/// Runs it.
pub fn measure(built: &Built, rounds: u32, report: &mut Report) -> Result<()> {
    println!("• {COUNT} secrets: importing them …");
    let data = tempfile::tempdir()?;
    let server = Server::start(&built.server, data.path(), &built.app)?;
    let browser = Browser::start()?;
    browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": app::WATCH }),
    )?;
    let passphrase = app::set_up(&browser, &server.origin)?;
    browser.press("New project")?;
    browser.fill("Name", "Large")?;
    browser.press("Create project")?;
    browser.wait_for("document.body.innerText.includes('3 environments')")?;
    let project = browser
        .evaluate("location.href")?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    browser.press("Development")?;
    browser.wait_for("document.body.innerText.includes('No secrets in Development yet')")?;

    let mut rows = Vec::new();
    let mut once = |what: &str, act: &str, done: &str| -> Result<()> {
        let timed = Timed::run(&browser, act, done)?;
        rows.push(vec![
            what.to_owned(),
            format!("{:.0}", timed.took),
            format!("{:.0}", timed.longest),
        ]);
        Ok(())
    };
    once(
        "read and compare the file",
        &drop_file(),
        "text().includes('10000 new,')",
    )?;
    once(
        "stage it",
        "press('Stage 10,000 changes')",
        "!open() && text().includes('10,000 changes')",
    )?;
    once(
        "show the review",
        "press('Review and save')",
        "open() && text().includes('Save 10,000 changes')",
    )?;
    once(
        "save it",
        "press('Save 10,000 changes')",
        "!open() && text().includes('Saved 10,000 changes')",
    )?;

    println!("• {COUNT} secrets: working with them …");
    browser.go(&project)?;
    browser.fill("Passphrase", &passphrase)?;
    browser.press("Unlock")?;
    browser.wait_for("document.body.innerText.includes('3 environments')")?;
    let open = |browser: &Browser| {
        Timed::run(
            browser,
            "press('Development')",
            "rows() > 5 && text().includes('10,000 secrets. History checked')",
        )
    };
    let first = open(&browser)?;
    rows.push(vec![
        "open the environment, first time after unlocking".into(),
        format!("{:.0}", first.took),
        format!("{:.0}", first.longest),
    ]);
    let rounds = rounds.clamp(3, 7);
    let mut repeated: Vec<(&str, Vec<Timed>)> = Vec::new();
    let mut note =
        |what: &'static str, timed: Timed| match repeated.iter_mut().find(|(known, _)| *known == what) {
            Some((_, all)) => all.push(timed),
            None => repeated.push((what, vec![timed])),
        };
    for round in 0..rounds {
        let wanted = format!("SERVICE_{:05}", 1000 + round * 37);
        note(
            "search by name: first rows",
            Timed::run(
                &browser,
                &format!("type('{wanted}')"),
                &format!("rows() === 1 && text().includes('{wanted}')"),
            )?,
        );
        note("end the search", Timed::run(&browser, "type('')", "rows() > 5")?);
        let value = format!("tok-{:05}-", 2000 + round * 41);
        note(
            "search by value: all found",
            Timed::run(
                &browser,
                &format!("type('{value}')"),
                "text().includes('1 secret matches.') && rows() === 1",
            )?,
        );
        note(
            "reveal",
            Timed::run(
                &browser,
                "document.querySelector('[data-row] .secret button').click()",
                &format!("text().includes('{value}')"),
            )?,
        );
        Timed::run(&browser, "type('')", "rows() > 5")?;
        note(
            "scroll to another part",
            Timed::run(
                &browser,
                &format!("scrollTo(0, {})", 100_000 + round * 20_000),
                &format!(
                    "[...document.querySelectorAll('[data-row]')].some(r => +r.dataset.row > {})",
                    1500 + round * 300
                ),
            )?,
        );
        browser.evaluate("scrollTo(0, 0)")?;
        browser.press("Add secret")?;
        browser.fill("Name", &format!("NEW_{round}"))?;
        browser.fill("Value", "one more value")?;
        note(
            "stage one secret",
            Timed::run(
                &browser,
                "press('Stage')",
                "!open() && text().includes('1 change')",
            )?,
        );
        browser.press("Review and save")?;
        browser.wait_for("!!document.querySelector('dialog[open]')")?;
        note(
            "save one secret",
            Timed::run(
                &browser,
                "press('Save 1 change')",
                "!open() && text().includes('Saved 1 change')",
            )?,
        );
        browser.wait_for("!document.body.innerText.includes('Saved 1 change')")?;
    }
    for round in 0..rounds {
        let _ = round;
        browser.press("Overview")?;
        browser.wait_for("document.body.innerText.includes('3 environments')")?;
        note(
            "open it again",
            Timed::run(
                &browser,
                "press('Development')",
                "rows() > 5 && text().includes('secrets. History checked')",
            )?,
        );
    }
    for (what, all) in repeated {
        let show =
            |of: fn(&Timed) -> f64| Summary::of(all.iter().map(of)).map_or("–".into(), |s| s.to_string());
        rows.push(vec![what.to_owned(), show(|t| t.took), show(|t| t.longest)]);
    }
    report.table(
        "large",
        &[
            "10,000 secrets, in Chromium",
            "until it is on the page, ms",
            "longest task, ms (0: under 50)",
        ],
        &rows,
    );
    drop(browser);
    server.stop()
}

/// One act, timed inside the page.
struct Timed {
    took: f64,
    longest: f64,
}

impl Timed {
    /// Acts, and looks in every frame whether it is done.
    fn run(browser: &Browser, act: &str, done: &str) -> Result<Self> {
        let measured = browser.evaluate(&format!(
            "(async () => {{ {TOOLS} \
               const start = performance.now(); \
               await ({act}); \
               while (!({done})) {{ \
                 if (performance.now() - start > 120000) throw new Error('in vain: ' + text().slice(0, 2000)); \
                 await new Promise(requestAnimationFrame); \
               }} \
               const took = performance.now() - start; \
               await new Promise(done => setTimeout(done, 200)); \
               return [took, Math.max(0, ...bench.tasks.filter(t => t.start >= start - 1).map(t => t.took))]; \
             }})()"
        ))?;
        Ok(Self {
            took: measured[0].as_f64().unwrap_or(f64::NAN),
            longest: measured[1].as_f64().unwrap_or(f64::NAN),
        })
    }
}

fn drop_file() -> String {
    format!(
        "(() => {{ \
           const lines = Array.from({{ length: {COUNT} }}, (_, n) => {{ \
             const id = String(n).padStart(5, '0'); \
             return `SERVICE_${{id}}_TOKEN=tok-${{id}}-${{n * 7919 % 10007}}-0123456789abcdef`; \
           }}); \
           const data = new DataTransfer(); \
           data.items.add(new File([lines.join('\\n')], 'large.env', {{ type: 'text/plain' }})); \
           document.body.dispatchEvent(new DragEvent('drop', {{ bubbles: true, cancelable: true, dataTransfer: data }})); \
         }})()"
    )
}

/// What acts and conditions are made of.
const TOOLS: &str = "\
    const text = () => document.body.innerText; \
    const open = () => !!document.querySelector('dialog[open]'); \
    const rows = () => document.querySelectorAll('[data-row]').length; \
    const press = name => { \
      const all = [...(document.querySelector('dialog[open]') || document).querySelectorAll('button,a[href]')]; \
      const found = all.filter(n => n.getBoundingClientRect().width > 0) \
        .find(n => (n.getAttribute('aria-label') || n.innerText).trim().startsWith(name)); \
      if (!found) throw new Error('no ' + name); \
      found.click(); \
    }; \
    const type = words => { \
      const box = document.querySelector('input[type=search]'); \
      box.value = words; \
      box.dispatchEvent(new Event('input', { bubbles: true })); \
    };";
