//! Several secrets at once: ticked by mouse and keys, and what is done with those that are.

use coffer_journeys::{Browser, Person, nothing_escaped};
use serde_json::{Value, json};

use crate::access::inspect;

const SHIFT: char = '\u{E008}';
const DOWN: char = '\u{E015}';
const UP: char = '\u{E013}';
const ESCAPE: &str = "\u{E00C}";

/// Ticked by mouse and keys, two of three go and come back, are found among others by a search, and leave by one link.
#[test]
fn several_secrets_are_ticked_brought_back_and_shared() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    for (name, value) in [
        ("API_KEY", "sk-plover-311"),
        ("DATABASE_URL", "postgres://plover-422"),
        ("UNSENT", "stays-here-533"),
    ] {
        mara.stage(name, value);
        canary.add(name, value.as_bytes());
    }
    mara.save();
    assert!(
        browser.try_role("button", "Copy as .env").is_none(),
        "nothing is ticked, nothing is offered"
    );

    // One by the mouse, the next by keys; they go when it is saved, and come back before.
    browser.click_role("checkbox", "Select API_KEY");
    browser.sees("1 selected");
    browser.chord(&[SHIFT], DOWN);
    browser.sees("2 selected");
    stands_on(browser, 1);
    ticked(browser, &["API_KEY", "DATABASE_URL"]);
    mixed(browser, true);
    browser.press("Delete");
    browser.sees("2 secrets go when you save");
    browser.no_longer_sees("2 selected");
    browser.sees("2 changes");
    browser.press("Undo");
    browser.no_longer_sees("Goes when you save");
    browser.no_longer_sees("2 changes");
    ticked(browser, &[]);

    // What a search shows is ticked as a whole; what it does not show stays ticked, and is counted.
    browser.fill("Search names and values", "_");
    browser.sees("2 secrets match.");
    browser.click_role("checkbox", "Select all shown");
    browser.sees("2 selected");
    mixed(browser, false);
    browser.fill("Search names and values", "unsent");
    browser.sees("1 secret matches.");
    browser.sees("2 selected, 2 not shown");
    mixed(browser, false);
    browser.click_role("checkbox", "Select UNSENT");
    browser.sees("3 selected, 2 not shown");
    browser.fill("Search names and values", "nowhere-at-all");
    browser.sees("Nothing matches");
    browser.sees("3 selected, 3 not shown");

    // Esc ends the search, then leaves its box, then takes the ticks away.
    browser.keys(ESCAPE);
    browser.no_longer_sees("not shown");
    browser.sees("3 selected");
    browser.keys(ESCAPE);
    browser.sees("3 selected");
    browser.keys(ESCAPE);
    browser.no_longer_sees("3 selected");
    assert!(browser.try_role("button", "Copy as .env").is_none());

    // A range by the mouse, and one by keys that becomes shorter again.
    browser.click_role("checkbox", "Select API_KEY");
    let last = browser.role("checkbox", "Select UNSENT");
    browser.run(
        "arguments[0].dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true, cancelable: true }))",
        &[last.handle()],
    );
    browser.sees("3 selected");
    browser.press("Clear");
    browser.no_longer_sees("3 selected");
    browser.click_role("checkbox", "Select API_KEY");
    browser.keys("j");
    stands_on(browser, 1);
    browser.keys("j");
    stands_on(browser, 2);
    browser.chord(&[SHIFT], ' ');
    browser.sees("3 selected");
    browser.keys(" ");
    browser.sees("2 selected");
    browser.chord(&[SHIFT], UP);
    stands_on(browser, 1);
    ticked(browser, &["API_KEY", "DATABASE_URL", "UNSENT"]);
    browser.keys(ESCAPE);
    browser.no_longer_sees("3 selected");

    // Two of the three leave by one link.
    browser.click_role("checkbox", "Select API_KEY");
    browser.keys("j");
    stands_on(browser, 1);
    browser.keys(" ");
    browser.sees("2 selected");
    browser.press("Share");
    browser.sees("Secrets to send");
    browser.press("Seal and create link");
    browser.sees("Your link is ready");
    let link = browser.value("Recipient link");
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("sk-plover-311");
    recipient.role("button", "Copy DATABASE_URL");
    assert!(!recipient.everything().contains("stays-here-533"));
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// What is ticked stays so over a save, moves to a folder, and never hides the row that has the focus, on a phone either.
#[test]
fn what_is_ticked_outlives_a_save_and_moves_to_a_folder() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    for name in ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"] {
        let value = format!("dunnock-{name}-644");
        mara.stage(name, &value);
        canary.add(name, value.as_bytes());
    }
    browser.click_role("checkbox", "Select CHARLIE");
    browser.sees("1 selected");
    browser.sees("Save or discard the changes before sharing.");
    inspect(browser, "environment-selected-staged");

    // On a phone the bars take much of the screen, and none of the row in use.
    browser.resize(360, 740);
    browser.click_role("checkbox", "Select ALPHA");
    for at in 1..5 {
        browser.chord(&[SHIFT], DOWN);
        stands_on(browser, at);
        browser.wait("a row that nothing covers", || {
            let free = "const row = document.activeElement.closest('tr').getBoundingClientRect(); \
                        const bars = document.querySelector('.bars').getBoundingClientRect(); \
                        return row.top >= 0 && row.bottom <= bars.top + 1";
            (browser.run(free, &[]) == json!(true)).then_some(())
        });
    }
    browser.sees("5 selected");
    browser.resize(1280, 900);
    browser.click_role("checkbox", "Select all shown");
    browser.no_longer_sees("5 selected");

    // The new ones get another identity by the save; their ticks go with them.
    browser.click_role("checkbox", "Select BRAVO");
    browser.click_role("checkbox", "Select DELTA");
    mara.save();
    browser.no_longer_sees("Save or discard the changes before sharing.");
    browser.sees("2 selected");
    ticked(browser, &["BRAVO", "DELTA"]);

    browser.press("Move to folder");
    browser.fill("Folder", "no folder");
    browser.press("Stage");
    browser.sees("A folder path starts with / and has no empty parts.");
    browser.fill("Folder", "/vault");
    browser.press("Stage");
    browser.sees("2 secrets move to /vault when you save");
    browser.no_longer_sees("2 selected");
    browser.no_longer_sees("BRAVO");
    browser.press("Undo");
    browser.sees("BRAVO");
    browser.click_role("checkbox", "Select BRAVO");
    browser.press("Move to folder");
    browser.fill("Folder", "/vault");
    browser.press("Stage");
    browser.sees("BRAVO moves to /vault when you save");
    mara.save();
    browser.follow("vault");
    browser.press("Reveal BRAVO");
    browser.sees("dunnock-BRAVO-644");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Who may only read asks for several at once, and is offered nothing that changes them.
#[test]
fn a_reader_asks_for_what_is_ticked() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    mara.create_project("Payments");
    mara.open_environment("Development");
    for (name, value) in [("API_KEY", "sk-dotterel-755"), ("DATABASE_URL", "dotterel-866")] {
        mara.stage(name, value);
        canary.add(name, value.as_bytes());
    }
    mara.save();
    let jonas = mara.invite(&driver, "Development", "Read", &mut canary);
    let browser = &jonas.browser;
    browser.go(&place.url("/projects"));
    jonas.unlock();
    browser.follow("Payments");
    jonas.open_environment("Development");
    browser.click_role("checkbox", "Select all shown");
    browser.sees("2 selected");
    for act in ["Delete", "Move to folder"] {
        assert!(browser.try_role("button", act).is_none(), "{act}");
    }
    inspect(browser, "environment-selected-reader");
    browser.press("Request access");
    assert_eq!(browser.value("Secret 1"), "API_KEY");
    assert_eq!(browser.value("Secret 2"), "DATABASE_URL");
    let propose = browser.role("radio", "Read and propose other values");
    assert_eq!(
        browser.run("return arguments[0].checked", &[propose.handle()]),
        json!(true)
    );
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// The names whose boxes are ticked, from the top.
fn ticks(browser: &Browser) -> Value {
    browser.run(
        "return [...document.querySelectorAll('.secret-row__tick > input:checked')] \
             .map(box => box.getAttribute('aria-label').replace('Select ', ''))",
        &[],
    )
}

/// Waits until these are ticked and no others.
fn ticked(browser: &Browser, names: &[&str]) {
    browser.wait(&format!("ticks at {names:?}"), || {
        (ticks(browser) == json!(names)).then_some(())
    });
}

/// Waits until the box above all says that some are ticked and others not, or that it is not so.
fn mixed(browser: &Browser, expected: bool) {
    let mixed = "return document.querySelector('.secret-table thead input').indeterminate";
    browser.wait(&format!("the box above all to be mixed: {expected}"), || {
        (browser.run(mixed, &[]) == json!(expected)).then_some(())
    });
}

/// Waits until the focus is in this row.
fn stands_on(browser: &Browser, index: usize) {
    let here = "const row = document.activeElement && document.activeElement.closest('[data-row]'); \
                return row ? row.dataset.row : null";
    browser.wait(&format!("the focus in row {index}"), || {
        (browser.run(here, &[]) == json!(index.to_string())).then_some(())
    });
}
