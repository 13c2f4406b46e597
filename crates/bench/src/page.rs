//! Ciphers and key stretching beside the peers, in one page of one browser.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::report::Report;
use crate::stats::{ratio, show};
use crate::{Built, Result, files};

/// Runs every comparison.
pub fn measure(built: &Built, rounds: u32, report: &mut Report) -> Result<()> {
    let origin = files::serve(vec![
        ("/peers", built.node.join("node_modules")),
        ("/probe", built.probe.clone()),
        ("/app", built.app.clone()),
        ("/", built.pages.clone()),
    ])?;
    let browser = Browser::start()?;
    browser.go(&origin)?;
    browser.wait_for("typeof measure === 'function'")?;
    if browser.evaluate("measure('isolated')")? != json!(true) {
        return Err("the page is not isolated: its clock would be coarse".into());
    }
    let ask = |name: &str, options: Value| -> Result<Value> {
        println!("• {name} {options} …");
        browser.evaluate(&format!("measure({}, {options})", json!(name)))
    };

    let kdf = json!({
        "js": format!("/app/{}", find(&built.app, "kdf-", ".js")?),
        "wasm": format!("/app/{}", find(&built.app, "kdf-", ".wasm")?),
    });
    let times = ask("unlock", json!({ "rounds": rounds.min(11), "kdf": kdf }))?;
    let rows: Vec<_> = ["coffer", "libsodium p=1", "hash-wasm p=4", "hash-wasm p=1"]
        .into_iter()
        .map(|name| {
            let (whole, compute) = (field(&times, name, "whole"), field(&times, name, "compute"));
            vec![
                name.to_owned(),
                show(&whole),
                ratio(&field(&times, "coffer", "whole"), &whole),
                show(&compute),
                ratio(&field(&times, "coffer", "compute"), &compute),
            ]
        })
        .collect();
    report.table(
        "unlock",
        &[
            "Argon2id 64 MiB, t=3",
            "with a new Worker, ms",
            "Coffer ÷ this",
            "computation alone, ms",
            "Coffer ÷ this",
        ],
        &rows,
    );

    let mut rows = Vec::new();
    let times = ask(
        "small",
        json!({ "rounds": rounds, "count": 10_000, "length": 100 }),
    )?;
    rows.push(compared(
        "10,000 × 100 bytes, cipher alone, seal",
        &times,
        "coffer seal",
        "libsodium seal",
    ));
    rows.push(compared(
        "10,000 × 100 bytes, cipher alone, open",
        &times,
        "coffer open",
        "libsodium open",
    ));
    rows.push(compared(
        "10,000 × 100 bytes, cipher alone, seal, called from JavaScript one by one",
        &times,
        "coffer seal from JavaScript",
        "libsodium seal",
    ));
    let alone = times;
    let times = ask(
        "values",
        json!({ "rounds": rounds, "count": 10_000, "length": 100 }),
    )?;
    rows.push(compared(
        "10,000 × 100 bytes, complete sealed value, seal",
        &times,
        "coffer seal",
        "libsodium seal",
    ));
    rows.push(compared(
        "10,000 × 100 bytes, complete sealed value, open",
        &times,
        "coffer open",
        "libsodium open",
    ));
    for (what, name) in [("seal", "seal"), ("open", "open")] {
        let (ours, theirs) = (
            list(&times, &format!("coffer {name}")),
            list(&alone, &format!("libsodium {name}")),
        );
        rows.push(row(
            &format!("10,000 × 100 bytes, our complete value beside their cipher alone, {what}"),
            &ours,
            &theirs,
        ));
    }
    let times = ask(
        "bulk",
        json!({ "rounds": rounds, "length": 1 << 20, "repeat": 1 }),
    )?;
    rows.push(compared(
        "1 × 1 MiB, seal",
        &times,
        "coffer seal",
        "libsodium seal",
    ));
    rows.push(compared(
        "1 × 1 MiB, open",
        &times,
        "coffer open",
        "libsodium open",
    ));
    let times = ask(
        "bulk",
        json!({ "rounds": rounds, "length": 1 << 20, "repeat": 16 }),
    )?;
    rows.push(compared(
        "16 × 1 MiB, seal",
        &times,
        "coffer seal",
        "libsodium seal",
    ));
    rows.push(compared(
        "16 × 1 MiB, open",
        &times,
        "coffer open",
        "libsodium open",
    ));
    report.table(
        "seals",
        &[
            "XChaCha20-Poly1305",
            "Coffer, ms",
            "libsodium, ms",
            "Coffer is faster by",
        ],
        &rows,
    );
    Ok(())
}

/// The one file of a folder whose name begins and ends so.
pub fn find(folder: &Path, begins: &str, ends: &str) -> Result<String> {
    std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| name.starts_with(begins) && name.ends_with(ends))
        .ok_or_else(|| format!("{} has no {begins}…{ends}", folder.display()).into())
}

fn compared(what: &str, times: &Value, ours: &str, theirs: &str) -> Vec<String> {
    row(what, &list(times, ours), &list(times, theirs))
}

fn row(what: &str, ours: &[f64], theirs: &[f64]) -> Vec<String> {
    vec![
        what.to_owned(),
        show(ours),
        show(theirs),
        format!("{} ×", ratio(theirs, ours)),
    ]
}

fn list(times: &Value, name: &str) -> Vec<f64> {
    times[name]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect()
}

fn field(times: &Value, name: &str, field: &str) -> Vec<f64> {
    times[name]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|time| time[field].as_f64())
        .collect()
}
