//! A lying server against the built app: what it says is named for what it is, and nothing of it is shown as true.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use coffer_journeys::{
    Asked, Browser, Driver, JONAS, Lie, Person, Place, about_lists, about_rows, nothing_escaped,
};
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
            withhold("H2"),
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
        browser.click_if_there("button", "Reveal ALPHA");
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

/// Membership that is withheld, emptied, taken from elsewhere or altered, members of the server's own making, projects
/// that it puts one into, and accounts that are set back: named at every page that rests on them, and nothing is shown.
#[test]
fn lies_about_members_and_accounts_are_named_and_nothing_rests_on_them() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let (value, shared) = ("juniper-vault-41", "juniper-vault-42");
    canary.add("a value", value.as_bytes());
    canary.add("a shared text", shared.as_bytes());
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("ALPHA", value);
    mara.save();
    let environment = browser.address();
    let jonas = mara.invite(&driver, "Development", "Read", &mut canary);

    // Jonas makes a project, and the server makes Mara a member of it: nobody she knows has asked her.
    let bait = jonas.browser.address();
    jonas.browser.go(bait.split("/p/").next().unwrap_or_default());
    jonas.unlock();
    jonas.create_project("Bait");
    let added = jonas
        .browser
        .run_async(ADD_TO_PROJECT, &[json!("mara@example.org")]);
    assert_eq!(added, json!(200));
    let bait = jonas.browser.address();

    // What an honest server said is remembered, to be said again elsewhere and later.
    let said: Arc<Mutex<HashMap<String, Vec<u8>>>> = Arc::default();
    let links: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (hears, keeps) = (Arc::clone(&said), Arc::clone(&links));
    place.lie(Box::new(move |asked, answer| {
        if asked.method != "GET" {
            return;
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let rows = body["secrets"].as_array().cloned().unwrap_or_default();
        let link = |row: &Value| {
            row["secretKey"]
                .as_str()
                .is_some_and(|name| name.starts_with('K'))
        };
        keeps
            .lock()
            .expect("nobody panicked")
            .extend(rows.into_iter().filter(link));
        let mut said = hears.lock().expect("nobody panicked");
        said.entry(asked.path.clone()).or_insert(answer.body.clone());
    }));
    browser.go(&bait);
    mara.unlock();
    browser.sees("Not verified");
    browser.sees("Its signatures could not be checked. Nothing of it is shown.");
    browser.follow("Development");
    browser.sees("Nobody you know has signed this");
    let foreign: Vec<Value> = links.lock().expect("nobody panicked").drain(..).collect();
    let foreign = foreign.first().expect("a link of the other project").clone();
    browser.go(&environment);
    mara.unlock();
    browser.sees("1 secret. History checked");
    let newest = newest_of(&links.lock().expect("nobody panicked"));
    place.honest();
    browser.follow("Members and keys");
    browser.sees("Jonas Reuter");

    let named = move |row: &Value| row["secretKey"] == format!("K{newest}");
    let lies: Vec<(&str, Lie, &str)> = vec![
        (
            "x08: an older membership",
            about_keyring(move |rows| rows.retain(|row| !named(row))),
            "The server sent an older state of the project's membership than you have seen",
        ),
        (
            "d02: no membership",
            about_keyring(Vec::clear),
            "The server has lost the project's membership",
        ),
        (
            "x22: a link of another project",
            about_keyring(move |rows| {
                for row in rows.iter_mut().filter(|row| named(row)) {
                    row["secretValue"] = foreign["secretValue"].clone();
                }
            }),
            "The project's membership does not match its seal",
        ),
        (
            "a02: an altered link",
            about_keyring(move |rows| {
                for row in rows.iter_mut().filter(|row| named(row)) {
                    row["secretValue"] = json!(flip(row["secretValue"].as_str().unwrap_or_default()));
                }
            }),
            "The project's membership does not match its seal",
        ),
    ];
    for (lie, tell, expected) in lies {
        place.lie(tell);
        browser.go(&environment);
        mara.unlock();
        browser.sees(expected);
        browser.follow("Members and keys");
        browser.wait(
            &format!("“{expected}” at the members under the lie {lie}"),
            || browser.text().contains(expected).then_some(()),
        );
        let page = browser.everything();
        assert!(
            !page.contains(value) && !page.contains("Key words of Jonas"),
            "{lie}"
        );
        assert!(browser.try_role("button", "Admit").is_none(), "{lie}");
        assert_eq!(browser.console_errors(), Vec::<String>::new(), "{lie}");
        // No pin moved, here or on the device: the truth is believed again.
        place.honest();
        browser.follow("All projects");
        browser.follow("Payments");
        mara.open_environment("Development");
        browser.press("Reveal ALPHA");
        browser.sees(value);
    }

    // Somebody more, and other names, in the server's own list: the page shows whom the keyring names.
    place.lie(Box::new(|asked, answer| {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return;
        };
        if let Some(members) = body["memberships"].as_array_mut()
            && asked.path.contains("/memberships")
        {
            let mut eve = members.first().cloned().unwrap_or_default();
            for (field, text) in [
                ("id", "eve"),
                ("email", "eve@example.org"),
                ("username", "eve@example.org"),
            ] {
                eve["user"][field] = json!(text);
            }
            eve["user"]["firstName"] = json!("Eve");
            members.push(eve);
            answer.body = body.to_string().into_bytes();
        }
    }));
    browser.follow("Members and keys");
    browser.sees("Jonas Reuter");
    browser.follow("Trust");
    browser.sees("What one lost laptop opens");
    assert!(!browser.everything().contains("Eve"), "nobody has signed Eve in");
    place.honest();

    // An account that is set back, and one that is gone.
    mara.share(shared);
    let older = Arc::clone(&said);
    let account: Vec<(&str, Lie, &str)> = vec![
        (
            "b04: an older bundle",
            Box::new(move |asked, answer| {
                let older = older.lock().expect("nobody panicked");
                if let Some(body) = older.get(&asked.path).filter(|_| asked.path.contains("account")) {
                    answer.body.clone_from(body);
                }
            }),
            "The server sent an older state of this account's bundle than you have seen",
        ),
        (
            "d02: an empty account",
            about_lists(|path, rows| {
                if path.contains("account") {
                    rows.clear();
                }
            }),
            "The server has lost this account",
        ),
    ];
    for (lie, tell, expected) in account {
        place.lie(tell);
        browser.go(&environment);
        browser.fill("Passphrase", &mara.passphrase);
        browser.press("Unlock");
        browser.sees(expected);
        let page = browser.everything();
        assert!(!page.contains(value) && !page.contains("ALPHA"), "{lie}");
        place.honest();
        browser.reload();
        mara.unlock();
        browser.press("Reveal ALPHA");
        browser.sees(value);
    }
    nothing_escaped(&canary, &place);
}

/// A request to join that was altered cannot be admitted, an invitee to whom another membership is shown joins nothing,
/// and a server that answers writes with a change policy is told from one that wrote.
#[test]
fn lies_about_invitations_and_writes_let_nobody_in_and_lose_nothing() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let value = "osier-lantern-7";
    canary.add("a value", value.as_bytes());
    mara.create_project("Payments");

    // The invitee is shown another project's membership under the link's own.
    let link = mara.make_invitation(&JONAS, "Development", "Read");
    place.lie(about_keyring(|rows| {
        for row in rows.iter_mut().filter(|row| row["secretKey"] == "K0") {
            row["secretValue"] = json!(flip(row["secretValue"].as_str().unwrap_or_default()));
        }
    }));
    let theirs = driver.browser();
    theirs.go(&link);
    theirs.fill("First name", "Jonas");
    theirs.fill("Last name", "Reuter");
    let passphrase = Person::offered_words(&theirs);
    canary.add("a passphrase", passphrase.as_bytes());
    theirs.fill("Type the passphrase once", &passphrase);
    theirs.press("Make my keys and join");
    theirs.sees("The project's membership does not match its seal");
    place.honest();
    browser.press("Check again");
    browser.sees("mara@example.org");
    browser.sees("Who can open what, and what was checked");
    assert!(
        !browser.text().contains("Waiting to be let in"),
        "nobody has asked"
    );
    // The truth again: the account that was begun goes on.
    theirs.fill("Type the passphrase once", &passphrase);
    theirs.press("Make my keys and join");
    theirs.sees("Keep your emergency kit");

    browser.press("Check again");
    browser.sees("Waiting to be let in");
    browser.role("button", "Admit");

    // Their request comes altered: there is nothing to press, and nothing is lost.
    place.lie(about_lists(|path, rows| {
        if path.contains("inbox") {
            for row in rows.iter_mut() {
                row["secretValue"] = json!(flip(row["secretValue"].as_str().unwrap_or_default()));
            }
        }
    }));
    browser.press("Check again");
    browser.wait("no request, or none to admit", || {
        browser.try_role("button", "Admit").is_none().then_some(())
    });
    place.honest();
    browser.press("Check again");
    browser.press("Admit Jonas");
    browser.sees("admitted. The keys were sealed to them in this browser.");

    // x27: a policy answers in the place of every write.
    mara.open_environment("Development");
    mara.stage("ALPHA", value);
    place.lie(Box::new(|asked, answer| {
        if asked.writes_a_row() {
            answer.body = json!({ "approval": { "id": "a policy" } })
                .to_string()
                .into_bytes();
        }
    }));
    browser.press("Review and save");
    browser.press("Save ");
    browser.sees("A change policy on the server covers /coffer");
    place.honest();
    browser.press("Save 1 change");
    browser.sees("1 secret. History checked");
    browser.press("Reveal ALPHA");
    browser.sees(value);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Whatever a route answers, a redirect, a page of its own or words of its own: nobody else is asked, nothing of it
/// becomes part of the page but words that are quoted as the server's, and nothing is lost.
#[test]
fn whatever_a_route_answers_nothing_is_followed_or_drawn() {
    let driver = Driver::start();
    let (place, thief) = (Place::start(), Place::start());
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let (value, shared) = ("hazel-beacon-5", "hazel-beacon-6");
    canary.add("a value", value.as_bytes());
    canary.add("a shared text", shared.as_bytes());
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("ALPHA", value);
    mara.save();
    let link = mara.share(shared);

    let tour = |look: &dyn Fn()| {
        for page in [
            "All projects",
            "Payments",
            "Development",
            "Members and keys",
            "Trust",
            "Share links",
            "Settings",
        ] {
            browser.click_if_there("link", page);
            browser.wait("a page that loads nothing more", || {
                let busy = "return !!document.querySelector('[aria-busy=true], .skeleton')";
                (browser.run(busy, &[]) == json!(false)).then_some(())
            });
            look();
        }
    };
    let drawn = |page: &Browser, route: &str| {
        let all = page.everything();
        assert!(
            !all.contains("crimson-siren"),
            "{route}: a page of the server's is drawn"
        );
        let quotes = ["It says: “amber-siren”", "The server says: “amber-siren”"];
        let quoted: usize = quotes.iter().map(|quote| all.matches(quote).count()).sum();
        assert_eq!(
            all.matches("amber-siren").count(),
            quoted,
            "{route}: words that are not quoted as the server's"
        );
    };

    // What a tour asks for, in this order, once everything has been read once.
    tour(&|| {});
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = Arc::clone(&heard);
    place.lie(Box::new(move |asked, _| {
        let mut heard = hears.lock().expect("nobody panicked");
        if asked.method == "GET" && !heard.contains(&route_of(asked)) {
            heard.push(route_of(asked));
        }
    }));
    tour(&|| {});
    let mut left = heard.lock().expect("nobody panicked").clone();
    assert!(left.len() > 8, "a tour asks for more than that: {left:?}");
    // A few at a time, the latest first: what is asked for first decides what else is.
    while !left.is_empty() {
        let some = left.split_off(left.len().saturating_sub(3));
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let (tells, about) = (Arc::clone(&told), some.clone());
        let lie = lies_in_turn(thief.url("/api/v1/secrets"));
        place.lie(Box::new(move |asked, answer| {
            let route = route_of(asked);
            if asked.method == "GET" && about.contains(&route) {
                tells.lock().expect("nobody panicked").push(route);
                lie(asked, answer);
            }
        }));
        tour(&|| drawn(browser, &some.join(", ")));
        let told = told.lock().expect("nobody panicked");
        let missed: Vec<String> = some
            .iter()
            .filter(|route| !told.contains(route))
            .cloned()
            .collect();
        assert!(missed.len() < some.len(), "nobody asks for {missed:?}");
        left.extend(missed);
    }

    // Every route that writes, by doing what writes; the login; and the receiver of a link.
    place.honest();
    browser.follow("All projects");
    browser.follow("Payments");
    mara.open_environment("Development");
    mara.stage("BETA", value);
    let lie = lies_in_turn(thief.url("/api/v1/secrets"));
    place.lie(Box::new(move |asked, answer| {
        if asked.method != "GET" {
            lie(asked, answer);
        }
    }));
    browser.press("Review and save");
    for _ in 0..3 {
        browser.press("Save ");
        browser.sees("The server");
        drawn(browser, "a save");
    }
    browser.reload();
    for _ in 0..3 {
        browser.fill("Passphrase", &mara.passphrase);
        browser.press("Unlock");
        browser.sees("The server");
        drawn(browser, "the login");
    }
    let recipient = driver.browser();
    recipient.go(&link);
    for _ in 0..3 {
        recipient.press("Show secret");
        recipient.wait("a failure", || {
            (!recipient.text().contains("Opening")).then_some(())
        });
        drawn(&recipient, "a link");
        recipient.go("about:blank");
        recipient.go(&link);
    }
    assert!(thief.sent().is_empty(), "nobody else is asked");
    place.honest();
    browser.reload();
    mara.unlock();
    browser.press("Reveal ALPHA");
    browser.sees(value);
    nothing_escaped(&canary, &place);
}

/// Another share's bytes under this link, altered ones, or a text of the server's: named, and nothing of them shown.
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
    canary.add("a shared text", b"copper-finch-33");
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

    // Altered, and replaced by a text of the server's own.
    for change in [flip as fn(&str) -> String, |_| "copper-finch-99".to_owned()] {
        let link = mara.share("copper-finch-33");
        place.lie(Box::new(move |asked, answer| {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body)
                && asked.path.ends_with("/access")
            {
                body["secretValue"] = json!(change(body["secretValue"].as_str().unwrap_or_default()));
                answer.body = body.to_string().into_bytes();
            }
        }));
        recipient.go("about:blank");
        recipient.go(&link);
        recipient.press("Show secret");
        recipient.sees("This secret does not match its seal");
        assert!(!recipient.everything().contains("copper-finch"));
        place.honest();
    }
    nothing_escaped(&canary, &place);
}

/// One of Coffer's own rows is not there, wherever it is asked for.
pub(crate) fn withhold(name: &'static str) -> Lie {
    Box::new(move |asked, answer| {
        if asked.path.contains(&format!("/{name}?")) {
            answer.status = 404;
            answer.body = json!({ "statusCode": 404, "error": "NotFound", "message": "not here" })
                .to_string()
                .into_bytes();
        } else if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body)
            && let Some(rows) = body["secrets"].as_array_mut()
        {
            rows.retain(|row| row["secretKey"] != name);
            answer.body = body.to_string().into_bytes();
        }
    })
}

/// A redirect, a page and a refusal with words, one after the other.
fn lies_in_turn(elsewhere: String) -> Lie {
    let turn = AtomicUsize::new(0);
    Box::new(move |_, answer| match turn.fetch_add(1, Ordering::Relaxed) % 3 {
        0 => {
            answer.status = 307;
            answer.headers.push(("location".to_owned(), elsewhere.clone()));
        }
        1 => {
            answer.status = 500;
            answer
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            answer
                .headers
                .push(("content-type".to_owned(), "text/html".to_owned()));
            answer.body = format!(
                "<h1>crimson-siren</h1><img src='{elsewhere}'><form action='{elsewhere}'><input name=passphrase></form>"
            )
            .into_bytes();
        }
        _ => {
            answer.status = 400;
            answer.body = json!({ "statusCode": 400, "error": "BadRequest", "message": "amber-siren" })
                .to_string()
                .into_bytes();
        }
    })
}

/// The number of the newest link among rows, which are listed again and again.
fn newest_of(links: &[Value]) -> u64 {
    let number = |row: &Value| row["secretKey"].as_str()?.strip_prefix('K')?.parse().ok();
    let newest = links.iter().filter_map(number).max();
    newest.expect("a link was listed")
}

/// A route as it is written down: what names one project or row is left out, lists of Coffer's own folders are told apart.
fn route_of(asked: &Asked) -> String {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let parts = path.split('/').map(|part| {
        let is_word = part.len() < 20 && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let is_version = part.starts_with('v') && part.len() == 2;
        if is_word || is_version { part } else { "*" }
    });
    let folder = query
        .split('&')
        .find(|pair| path.ends_with("/secrets") && pair.contains("ath=%2Fcoffer"))
        .unwrap_or_default();
    format!(
        "{}?{}",
        parts.collect::<Vec<_>>().join("/"),
        folder.trim_end_matches(|c: char| c.is_ascii_digit())
    )
}

/// A lie about the links of a project's keyring.
fn about_keyring(change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Lie {
    about_lists(move |path, rows| {
        if path.contains("keyring") {
            change(rows);
        }
    })
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

/// Makes an address a member of the project that is open, as another client of the server would.
const ADD_TO_PROJECT: &str = "const [email, done] = arguments; \
     const project = location.pathname.split('/')[2]; \
     fetch('/api/v1/auth/token', { method: 'POST' }) \
       .then(answer => answer.json()) \
       .then(({ token }) => fetch(`/api/v1/projects/${project}/memberships`, { \
         method: 'POST', \
         headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, \
         body: JSON.stringify({ emails: [email], usernames: [], roleSlugs: ['member'] }) })) \
       .then(answer => done(answer.status), error => done(String(error)))";
