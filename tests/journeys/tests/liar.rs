//! A lying server against the built app: what it says is named for what it is, and nothing of it is shown as true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use coffer_journeys::{Answer, Asked, Driver, Lie, Person, Place, about_lists, about_rows, nothing_escaped};
use coffer_testkit::Canary;
use serde_json::{Value, json};

/// Rows that were changed, dropped, exchanged, moved or replayed; histories that were cut, emptied or set back.
#[test]
fn lies_about_an_environment_are_named_and_nothing_of_them_is_shown() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let (old, alpha, beta) = ("poplar-anvil-100", "poplar-anvil-101", "poplar-anvil-202");
    for value in [old, alpha, beta] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("ALPHA", old);
    mara.stage("BETA", beta);
    mara.save();

    // What an honest server said of the first state is remembered, to be said again.
    let said: Arc<Mutex<HashMap<String, Vec<u8>>>> = Arc::default();
    let hears = Arc::clone(&said);
    place.lie(Box::new(move |asked, answer| {
        if asked.method == "GET" {
            let mut said = hears.lock().expect("nobody panicked");
            said.entry(asked.path.clone()).or_insert(answer.body.clone());
        }
    }));
    browser.reload();
    mara.unlock();
    browser.sees("2 secrets. History checked");
    place.honest();
    browser.reload();
    mara.unlock();
    mara.edit("ALPHA", alpha);
    mara.save();

    let replay = |which: fn(&str) -> bool| -> Lie {
        let said = Arc::clone(&said);
        Box::new(move |asked, answer| {
            let said = said.lock().expect("nobody panicked");
            if let Some(body) = said.get(&asked.path).filter(|_| which(&asked.path)) {
                answer.body.clone_from(body);
            }
        })
    };
    let value = |name: &'static str, change: fn(&str) -> String| -> Lie {
        about_rows(move |rows| {
            for row in rows.iter_mut().filter(|row| row["secretKey"] == name) {
                row["secretValue"] = json!(change(row["secretValue"].as_str().unwrap_or_default()));
            }
        })
    };
    let lies: Vec<(&str, Lie, &str)> = vec![
        (
            "b02: exchanged",
            about_rows(|rows| exchange(rows)),
            "Altered or moved",
        ),
        ("b05: a flipped bit", value("ALPHA", flip), "Altered or moved"),
        (
            "b06: moved",
            about_rows(|rows| move_away(rows)),
            "Not on the signed list",
        ),
        (
            "b07: dropped",
            about_rows(|rows| rows.retain(|row| row["secretKey"] != "ALPHA")),
            "Server is behind",
        ),
        (
            "b07: an older value",
            replay(|path| path.contains("secrets") && !path.contains("coffer")),
            "Server is behind",
        ),
        (
            "x01: in the clear",
            value("ALPHA", |_| "ld-preload-me".to_owned()),
            "Not sealed",
        ),
        (
            "d03: another envelope",
            value("ALPHA", |text| text.replacen("cfr1.", "cfr9.", 1)),
            "Not sealed",
        ),
        (
            "x06: the newest entry withheld",
            Box::new(withhold_the_newest),
            "lost the newest entries of this history",
        ),
        (
            "d02: no history",
            about_lists(|path, rows| {
                if path.contains("coffer%2Flog") || path.contains("coffer/log") {
                    rows.clear()
                }
            }),
            "The server has lost",
        ),
        ("x20: twice the same row", about_rows(twice), "secret"),
    ];
    for (lie, tell, expected) in lies {
        place.lie(tell);
        browser.reload();
        mara.unlock();
        browser.wait(&format!("“{expected}” under the lie {lie}"), || {
            let text = browser.text();
            text.to_lowercase()
                .contains(&expected.to_lowercase())
                .then_some(())
        });
        // What is wrong is not shown, whatever is pressed.
        if let Some(button) = browser.try_role("button", "Reveal ALPHA") {
            browser.click(&button);
        }
        let page = browser.everything();
        assert!(!page.contains(old), "{lie}: the old value is shown");
        assert!(
            !page.contains("ld-preload-me"),
            "{lie}: a value in the clear is shown"
        );
        // Where the signed record holds the value, a row that is old or not there takes nothing away.
        let held = ["b06", "b07", "x20"].iter().any(|row| lie.starts_with(row));
        assert!(
            held || !page.contains(alpha),
            "{lie}: a value is shown that is not there"
        );
        assert_eq!(browser.console_errors(), Vec::<String>::new(), "{lie}");
        // No pin moved: the truth is believed again.
        place.honest();
        browser.reload();
        mara.unlock();
        browser.press("Reveal ALPHA");
        browser.sees(alpha);
        browser.press("Reveal BETA");
        browser.sees(beta);
    }
    nothing_escaped(&canary, &place);
}

/// A server that sends the page elsewhere reaches nobody: the browser refuses, and says that the server is not there.
#[test]
fn redirects_lead_nowhere() {
    let driver = Driver::start();
    let (place, thief) = (Place::start(), Place::start());
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    let to = thief.url("/api/v3/auth/login");
    place.lie(Box::new(move |_, answer| {
        answer.status = 307;
        answer.headers.push(("location".to_owned(), to.clone()));
    }));
    mara.browser.reload();
    mara.browser.fill("Passphrase", &mara.passphrase);
    mara.browser.press("Unlock");
    mara.browser.sees("The server cannot be reached");
    assert!(thief.sent().is_empty(), "nobody else is asked");
    place.honest();
    mara.unlock();
    mara.browser.sees("3 environments. Each has its own key.");
    nothing_escaped(&canary, &place);
}

/// Another share's bytes under this link: named, and nothing of them shown.
#[test]
fn an_exchanged_share_is_not_opened() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let mut links = Vec::new();
    for text in ["copper-finch-11", "copper-finch-22"] {
        canary.add("a shared text", text.as_bytes());
        links.push(mara.share(text));
    }
    let first: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    place.lie(Box::new(move |asked, answer| {
        if asked.path.ends_with("/access") && answer.status == 200 {
            let mut first = first.lock().expect("nobody panicked");
            answer.body = first.get_or_insert_with(|| answer.body.clone()).clone();
        }
    }));
    let recipient = driver.browser();
    recipient.go(&links[0]);
    recipient.press("Show secret");
    recipient.sees("copper-finch-11");
    recipient.go("about:blank");
    recipient.go(&links[1]);
    recipient.press("Show secret");
    recipient.sees("This secret does not match its seal");
    let page = recipient.everything();
    assert!(!page.contains("copper-finch"), "nothing of either text is shown");
    nothing_escaped(&canary, &place);
}

/// The environment's newest record, wherever it is asked for.
fn withhold_the_newest(asked: &Asked, answer: &mut Answer) {
    if asked.path.contains("/H2?") {
        answer.status = 404;
        answer.body = json!({ "statusCode": 404, "error": "NotFound", "message": "not here" })
            .to_string()
            .into_bytes();
    } else if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(rows) = body["secrets"].as_array_mut()
    {
        rows.retain(|row| row["secretKey"] != "H2");
        answer.body = body.to_string().into_bytes();
    }
}

fn exchange(rows: &mut [Value]) {
    let value = |name: &str| {
        rows.iter()
            .find(|row| row["secretKey"] == name)
            .map(|row| row["secretValue"].clone())
    };
    let (alpha, beta) = (value("ALPHA"), value("BETA"));
    for row in rows.iter_mut() {
        let other = if row["secretKey"] == "ALPHA" {
            &beta
        } else {
            &alpha
        };
        row["secretValue"] = other.clone().unwrap_or_default();
    }
}

fn move_away(rows: &mut [Value]) {
    for row in rows.iter_mut().filter(|row| row["secretKey"] == "ALPHA") {
        row["secretKey"] = json!("ELSEWHERE");
    }
}

fn twice(rows: &mut Vec<Value>) {
    rows.extend(rows.clone());
}

fn flip(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if let Some(letter) = letters.get_mut(120) {
        *letter = if *letter == 'A' { 'B' } else { 'A' };
    }
    letters.into_iter().collect()
}
