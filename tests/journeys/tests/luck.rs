//! Bad luck: browsers that forget or are full, networks that break, tabs that are closed, clocks that are wrong.

use std::thread;

use coffer_journeys::{Browser, Driver, Halt, JONAS, NOOR, Person, Place, nothing_escaped};
use coffer_testkit::Canary;
use serde_json::json;

use crate::liar::withhold;

/// A browser without room opens and saves, and believes no older state; one that forgot everything asks for the kit,
/// has lost nothing, and takes from the account what this person has seen.
#[test]
fn a_browser_that_is_full_or_forgot_everything_loses_nothing_and_is_shown_nothing_older() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mut mara = Person::set_up(&driver, &place, &mut canary);
    for value in [
        "tundra-kettle-1",
        "tundra-kettle-2",
        "tundra-kettle-3",
        "tundra-kettle-4",
    ] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    let environment = mara.browser.address();
    mara.stage("API_KEY", "tundra-kettle-1");
    mara.save();

    // Full, and started anew, since browsers remember for a while how much room there was: everything goes on.
    let profile = mara.browser.close();
    mara.browser = driver.browser_in(profile, &json!({}));
    let browser = &mara.browser;
    room(browser, &place, Some(1));
    browser.go(&environment);
    mara.unlock();
    mara.edit("API_KEY", "tundra-kettle-2");
    mara.save();
    browser.reload();
    mara.unlock();
    browser.press("Reveal API_KEY");
    browser.sees("tundra-kettle-2");
    // What it could not keep itself, the account has kept for it: an older state is told as one.
    place.lie(withhold("H2"));
    browser.reload();
    mara.unlock();
    browser.sees("The server has lost the newest entries of this history");
    assert!(!browser.everything().contains("tundra-kettle"));
    place.honest();
    // A device that is new to it must keep the Account Key, and says that it cannot.
    let other = driver.browser();
    other.go(&place.url("/signin"));
    room(&other, &place, Some(1));
    other.fill("Emergency kit", &mara.kit);
    other.fill("Passphrase", &mara.passphrase);
    other.press("Set up and unlock");
    other.sees("This browser did not keep the record");
    drop(other);
    room(browser, &place, None);
    browser.reload();
    mara.unlock();
    browser.press("Reveal API_KEY");
    browser.sees("tundra-kettle-2");

    // Emptied under an open page: what is staged is saved all the same.
    mara.stage("LATER", "tundra-kettle-3");
    forget_everything(browser, &place);
    mara.save();
    // A link's note is written into the account, and with it what this device has seen.
    mara.share("tundra-kettle-4");
    forget_everything(browser, &place);
    browser.go(&environment);
    browser.sees("This browser knows no account yet.");
    place.lie(withhold("H3"));
    browser.go(&place.url("/signin"));
    browser.fill("Emergency kit", &mara.kit);
    browser.fill("Passphrase", &mara.passphrase);
    browser.press("Set up and unlock");
    browser.follow("Payments");
    browser.follow("Development");
    browser.sees("The server has lost the newest entries of this history");
    assert!(!browser.everything().contains("tundra-kettle"));
    place.honest();
    browser.reload();
    mara.unlock();
    browser.sees("2 secrets. History checked");
    for (name, value) in [("API_KEY", "tundra-kettle-2"), ("LATER", "tundra-kettle-3")] {
        browser.press(&format!("Reveal {name}"));
        browser.sees(value);
    }

    // The records are there and their key is not: trying again does not help, forgetting them does.
    lose_the_key(browser);
    browser.go(&environment);
    browser.sees("This browser cannot open what it has kept");
    browser.press("Try again");
    browser.sees("This browser cannot open what it has kept");
    browser.press("Forget these records");
    browser.sees("Your account and every secret are on the server");
    browser.press("Forget these records");
    browser.sees("This browser knows no account yet.");
    browser.go(&place.url("/signin"));
    browser.fill("Emergency kit", &mara.kit);
    browser.fill("Passphrase", &mara.passphrase);
    browser.press("Set up and unlock");
    browser.follow("Payments");
    browser.follow("Development");
    browser.sees("2 secrets. History checked");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// The server is gone in the middle of an import: what was saved is saved, the rest stays staged, and saving again
/// finishes it.
#[test]
fn an_import_that_broke_off_is_finished_by_saving_again() {
    let driver = Driver::start();
    let mut place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    mara.create_project("Warehouse");
    mara.open_environment("Development");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("many.env");
    let value = |n: usize| format!("lagoon-{n:04}-{}", n * 7919 % 10_007);
    let lines: String = (0..700)
        .map(|n| format!("SERVICE_{n:04}={}\n", value(n)))
        .collect();
    std::fs::write(&file, lines).expect("a file can be written");
    for n in [1, 699] {
        canary.add("a value", value(n).as_bytes());
    }
    browser.attach("input[type=file]", &file);
    browser.press("Stage 700 changes");

    let (lie, halt) = Halt::at(5);
    place.lie(lie);
    browser.press("Review and save");
    browser.press("Save 700 changes");
    browser.wait("a part that is saved and one that is under way", || {
        halt.reached().then_some(())
    });
    place.stop();
    drop(halt);
    browser.sees("The server cannot be reached");
    browser.sees("Save 200 changes to Development");
    place.honest();
    place.launch();
    browser.press("Save 200 changes");
    browser.sees("700 secrets. History checked");
    browser.reload();
    mara.unlock();
    browser.sees("700 secrets. History checked");
    for n in [1, 699] {
        browser.fill("Search names and values", &value(n));
        browser.sees("1 secret matches.");
    }
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// A tab that is closed between any two requests of a save leaves every secret old or new, all of them the same, and
/// nothing damaged; the next save works.
#[test]
fn a_tab_closed_anywhere_in_a_save_leaves_everything_old_or_everything_new() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    let environment = browser.address();
    let value = |name: &str, round: usize| format!("marble-{name}-{round}");
    for name in ["ALPHA", "BETA"] {
        mara.stage(name, &value(name, 0));
        canary.add("a value", value(name, 0).as_bytes());
    }
    mara.save();
    let mut now = 0;
    for round in 1.. {
        let (lie, halt) = Halt::at(round);
        for name in ["ALPHA", "BETA"] {
            mara.edit(name, &value(name, round));
            canary.add("a value", value(name, round).as_bytes());
        }
        browser.press("Review and save");
        place.lie(lie);
        browser.press("Save ");
        let closed = browser.wait("the moment to close the tab, or the end", || {
            if halt.reached() {
                return Some(true);
            }
            let open = "return !!document.querySelector('dialog[open], .savebar')";
            (browser.run(open, &[]) == json!(false)).then_some(false)
        });
        if !closed {
            assert!(round > 4, "a save is several requests: {round}");
            break;
        }
        browser.go("about:blank");
        drop(halt);
        place.honest();
        browser.go(&environment);
        mara.unlock();
        browser.sees("2 secrets. History checked");
        for name in ["ALPHA", "BETA"] {
            browser.press(&format!("Reveal {name}"));
        }
        let page = browser.wait("both values", || {
            let page = browser.text();
            (page.matches("marble-").count() == 2).then_some(page)
        });
        let whole = |round: usize| {
            ["ALPHA", "BETA"]
                .iter()
                .all(|name| page.contains(&value(name, round)))
        };
        now = [round, now]
            .into_iter()
            .find(|round| whole(*round))
            .unwrap_or_else(|| panic!("neither old nor new after {round}: {page}"));
    }
    nothing_escaped(&canary, &place);
}

/// Two devices of one admin make keys, remove people and save at the same moment: all of it happens, once, and both
/// devices agree; nobody who was removed reads what comes after.
#[test]
fn two_devices_that_act_at_once_agree_and_lose_nothing() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    for value in [
        "cedar-ripple-1",
        "cedar-ripple-2",
        "cedar-ripple-3",
        "cedar-ripple-4",
        "cedar-ripple-5",
    ] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "cedar-ripple-1");
    mara.save();
    let guests = [JONAS, NOOR].map(|guest| {
        mara.invite_in(
            driver.browser(),
            &guest,
            "Development",
            "Read and change",
            &mut canary,
        )
    });
    let other = mara.on_another_device(&driver, &place);
    other.browser.follow("Payments");
    let both = [&mara, &other];

    for person in both {
        person.browser.follow("Trust");
        person.browser.role("button", "New key for Development");
    }
    at_once(both, |person| {
        person.browser.press("New key for Development");
        person.browser.sees("A new key is in use");
    });

    for (person, guest) in both.into_iter().zip([JONAS, NOOR]) {
        person.browser.follow("Members and keys");
        person
            .browser
            .press(&format!("More for {} {}", guest.first_name, guest.last_name));
        person.browser.click_role("menuitem", "Remove from project");
        person.browser.sees("They could open Development.");
    }
    at_once(both, |person| {
        person.browser.press("Remove from project");
        person
            .browser
            .sees("removed. Change what they could open at its source.");
    });
    for person in both {
        person.browser.press("Check again");
        person.browser.wait("an admin alone", || {
            let text = person.browser.text();
            let gone = !text.contains("Jonas") && !text.contains("Noor");
            (gone && text.contains("mara@example.org")).then_some(())
        });
    }

    // The next save begins a new key, and both save.
    for (person, name) in both.into_iter().zip(["ONE", "TWO"]) {
        person.open_environment("Development");
        person.stage(
            name,
            if name == "ONE" {
                "cedar-ripple-2"
            } else {
                "cedar-ripple-3"
            },
        );
    }
    at_once(both, |person| person.save());
    for person in both {
        check_again(person);
        person.browser.sees("3 secrets. History checked");
        for (name, value) in [
            ("API_KEY", "cedar-ripple-1"),
            ("ONE", "cedar-ripple-2"),
            ("TWO", "cedar-ripple-3"),
        ] {
            person.browser.press(&format!("Reveal {name}"));
            person.browser.sees(value);
        }
    }
    let head = |person: &Person| {
        let text = person.browser.text();
        let told = text
            .lines()
            .find(|line| line.contains("History checked: head"))
            .map(str::to_owned);
        told.expect("a head")
    };
    assert_eq!(head(&mara), head(&other));

    // The same secret: exactly one of them is asked.
    for (person, value) in both.into_iter().zip(["cedar-ripple-4", "cedar-ripple-5"]) {
        person.edit("API_KEY", value);
        person.browser.press("Review and save");
    }
    let asked = at_once(both, |person| {
        person.browser.press("Save ");
        person.browser.wait("the end of the save", || {
            if person
                .browser
                .text()
                .contains("Someone saved while you were editing")
            {
                return Some(true);
            }
            let open = "return !!document.querySelector('dialog[open], .savebar')";
            (person.browser.run(open, &[]) == json!(false)).then_some(false)
        })
    });
    let (second, value) = match asked {
        [true, false] => (&mara, "cedar-ripple-4"),
        [false, true] => (&other, "cedar-ripple-5"),
        _ => panic!("one of two is asked: {asked:?}"),
    };
    second.browser.press("Save with these choices");
    second
        .browser
        .no_longer_sees("Someone saved while you were editing");
    for person in both {
        check_again(person);
        person.browser.press("Reveal API_KEY");
        person.browser.sees(value);
        assert_eq!(person.browser.console_errors(), Vec::<String>::new());
    }
    for guest in guests {
        guest.browser.reload();
        guest.unlock();
        guest.browser.sees("No projects yet");
        assert!(!guest.browser.everything().contains("cedar-ripple"));
    }
    nothing_escaped(&canary, &place);
}

/// A clock that is a day off, either way and on either side, refuses no unlock, save, invitation or reading; what goes
/// by a clock says by which.
#[test]
fn a_clock_that_is_a_day_off_refuses_nothing_and_what_goes_by_it_says_so() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    for value in [
        "saffron-gate-1",
        "saffron-gate-2",
        "saffron-gate-3",
        "saffron-gate-4",
        "saffron-gate-5",
    ] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    let environment = browser.address();
    mara.stage("API_KEY", "saffron-gate-1");
    mara.save();

    // A day late invites, a day early accepts.
    let late = set_clock(browser, -25);
    browser.reload();
    mara.unlock();
    mara.edit("API_KEY", "saffron-gate-2");
    mara.save();
    let early = driver.browser();
    set_clock(&early, 25);
    let jonas = mara.invite_in(early, &JONAS, "Development", "Read and change", &mut canary);
    jonas.browser.reload();
    jonas.unlock();
    jonas.browser.follow("Payments");
    jonas.open_environment("Development");
    jonas.browser.press("Reveal API_KEY");
    jonas.browser.sees("saffron-gate-2");
    jonas.edit("API_KEY", "saffron-gate-3");
    jonas.save();
    let link = mara.share("saffron-gate-4");
    set_right(browser, &late);
    browser.go(&environment);
    mara.unlock();
    browser.press("Reveal API_KEY");
    browser.sees("saffron-gate-3");
    mara.edit("API_KEY", "saffron-gate-5");
    mara.save();
    browser.press("More for API_KEY");
    browser.click_role("menuitem", "History");
    browser.sees("Version 4");
    browser.sees("The time is what its author says.");
    browser.press("Close");

    // Made for a day by a clock that is more than a day late: over already, by every right clock.
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("This link is over by this device’s clock");
    recipient.sees("a view is used");
    assert!(!recipient.everything().contains("saffron-gate"));
    let right = mara.share("saffron-gate-4");
    let fast = driver.browser();
    set_clock(&fast, 25);
    fast.go(&right);
    fast.press("Show secret");
    fast.sees("This link is over by this device’s clock");
    assert!(!fast.everything().contains("saffron-gate"));
    let right = mara.share("saffron-gate-4");
    let slow = driver.browser();
    set_clock(&slow, -25);
    slow.go(&right);
    slow.press("Show secret");
    slow.sees("saffron-gate-4");
    for browser in [browser, &jonas.browser, &fast] {
        assert_eq!(browser.console_errors(), Vec::<String>::new());
    }
    nothing_escaped(&canary, &place);
}

/// Sets how much this page may keep on its device, in bytes.
fn room(browser: &Browser, place: &Place, bytes: Option<u64>) {
    let mut parameters = json!({ "origin": place.url("") });
    if let Some(bytes) = bytes {
        parameters["quotaSize"] = json!(bytes);
    }
    browser.devtools("Storage.overrideQuotaForOrigin", &parameters);
}

/// What a browser does that clears a site's data, or runs out of disk.
fn forget_everything(browser: &Browser, place: &Place) {
    browser.devtools(
        "Storage.clearDataForOrigin",
        &json!({ "origin": place.url(""), "storageTypes": "all" }),
    );
}

/// Takes the key from a browser's records, and leaves them.
fn lose_the_key(browser: &Browser) {
    let gone = browser.run_async(
        "const done = arguments[arguments.length - 1]; \
         const open = indexedDB.open('coffer'); \
         open.onerror = () => done(false); \
         open.onsuccess = () => { \
           const clearing = open.result.transaction('keys', 'readwrite'); \
           clearing.objectStore('keys').clear(); \
           clearing.onabort = () => done(false); \
           clearing.oncomplete = () => { open.result.close(); done(true); }; \
         };",
        &[],
    );
    assert_eq!(gone, json!(true), "the key could not be taken");
}

/// Lets both do something at the same moment.
fn at_once<R: Send>(both: [&Person; 2], act: impl Fn(&Person) -> R + Sync) -> [R; 2] {
    let act = &act;
    thread::scope(|scope| {
        let [one, two] = [0, 1].map(|index| scope.spawn(move || act(both[index])));
        [one, two].map(|work| work.join().expect("nobody panicked"))
    })
}

fn check_again(person: &Person) {
    // What an earlier check said has gone first.
    person.browser.no_longer_sees("History checked, head");
    person.browser.press("More");
    person.browser.click_role("menuitem", "Check again");
    person.browser.sees("History checked, head");
}

/// From the next page on, this browser's clock is so many hours off; what takes it back.
fn set_clock(browser: &Browser, hours: i64) -> String {
    let script = format!(
        "(() => {{ \
           const Right = Date, now = () => Right.now() + {hours} * 3600000; \
           globalThis.Date = class extends Right {{ \
             constructor(...given) {{ if (given.length) super(...given); else super(now()); }} \
             static now() {{ return now(); }} \
           }}; \
         }})()"
    );
    let kept = browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": script }),
    );
    kept["identifier"]
        .as_str()
        .expect("a script has a name")
        .to_owned()
}

fn set_right(browser: &Browser, clock: &str) {
    browser.devtools(
        "Page.removeScriptToEvaluateOnNewDocument",
        &json!({ "identifier": clock }),
    );
}
