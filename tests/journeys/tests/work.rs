//! A day's work on one environment: files in and out, folders, undo, names of projects.

use coffer_journeys::{Person, nothing_escaped};
use serde_json::json;

/// A `.env` file comes in by choice of each line, and goes out again as the same pairs.
#[test]
fn a_file_comes_in_line_by_line_and_goes_out_again() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    let folder = tempfile::tempdir().expect("a temporary folder");
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "gravel-anthem-1");
    mara.save();
    for value in [
        "gravel-anthem-1",
        "gravel-anthem-2",
        "postgres://gravel@db/app",
        "line-of-gravel",
    ] {
        canary.add("a value", value.as_bytes());
    }

    let file = folder.path().join("app.env");
    std::fs::write(
        &file,
        "# remarks are no secrets\nAPI_KEY=gravel-anthem-2\nDATABASE_URL=\"postgres://gravel@db/app\"\n\
         TLS_KEY=\"line-of-gravel\\nsecond\"\nthis is no pair\n",
    )
    .expect("a file can be written");
    browser.attach("input[type=file]", &file);
    browser.sees("2 new, 0 the same, 1 different.");
    browser.press("Lines that were not read");
    browser.sees("Line 5");
    assert_eq!(browser.axe(), Vec::<String>::new(), "axe on the import");
    browser.choose("Choice for API_KEY", "Keep what is here");
    browser.press("Stage 2 changes");
    mara.save();
    browser.press("Reveal API_KEY");
    browser.sees("gravel-anthem-1");

    // The same file again: only the one that differs is offered.
    browser.attach("input[type=file]", &file);
    browser.sees("0 new, 2 the same, 1 different.");
    browser.press("Take all from the file");
    browser.press("Stage 1 change");
    mara.save();
    browser.press("Reveal API_KEY");
    browser.sees("gravel-anthem-2");

    // Dropped on the page.
    browser.run(
        "const data = new DataTransfer(); \
         data.items.add(new File(['DROPPED=gravel-dropped\\n'], 'other.env', { type: 'text/plain' })); \
         document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));",
        &[],
    );
    browser.sees("1 new, 0 the same, 0 different.");
    browser.press("Stage 1 change");
    mara.save();
    canary.add("a value", b"gravel-dropped");

    let downloads = tempfile::tempdir().expect("a temporary folder");
    browser.saves_into(downloads.path());
    browser.press("More");
    browser.click_role("menuitem", "Download .env");
    browser.sees("The file holds the values in clear.");
    browser.press("Download");
    let text = browser.wait("the downloaded file", || {
        std::fs::read_to_string(downloads.path().join("development.env")).ok()
    });
    for pair in [
        "API_KEY=gravel-anthem-2",
        "DROPPED=gravel-dropped",
        "postgres://gravel@db/app",
    ] {
        assert!(text.contains(pair), "{pair} is missing");
    }
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Deleting can be undone until it is saved; folders are made, renamed with what is in them, and deleted by name.
#[test]
fn folders_and_deletions_do_what_they_say() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("KEEP", "moss-lantern-1");
    mara.save();
    canary.add("a value", b"moss-lantern-1");

    browser.press("More for KEEP");
    browser.click_role("menuitem", "Delete");
    browser.sees("Goes when you save");
    browser.press("Undo");
    browser.no_longer_sees("Goes when you save");
    browser.press("Reveal KEEP");
    browser.sees("moss-lantern-1");

    browser.press("More");
    browser.click_role("menuitem", "New folder");
    browser.fill("Folder name", "no spaces here");
    browser.press("Create folder");
    browser.sees("Use letters, digits, hyphens and underscores.");
    browser.fill("Folder name", "database");
    browser.press("Create folder");
    browser.sees("No secrets in this folder yet");
    mara.stage("PASSWORD", "moss-lantern-2");
    canary.add("a value", b"moss-lantern-2");
    mara.save();
    browser.back();
    browser.sees("KEEP");
    browser.forward();
    browser.sees("PASSWORD");
    browser.follow("Development");

    browser.press("More for folder /database");
    browser.click_role("menuitem", "Rename folder");
    browser.fill("Folder name", "storage");
    browser.press("Save");
    browser.sees("Folder renamed to storage");
    browser.follow("storage");
    browser.press("Reveal PASSWORD");
    browser.sees("moss-lantern-2");
    browser.follow("Development");

    browser.press("More for folder /storage");
    browser.click_role("menuitem", "Delete folder");
    browser.sees("1 secret in it go too.");
    browser.fill("Type storage to confirm", "storage");
    browser.press("Delete folder");
    browser.sees("/storage: the server says its copy is deleted");
    browser.sees("KEEP");

    // Leaving with something staged asks first.
    mara.stage("HALF_DONE", "moss-lantern-3");
    browser.follow("Share links");
    browser.sees("Leave with unsaved changes?");
    browser.press("Stay");
    browser.sees("HALF_DONE");
    // So do keys and menus, which are no links.
    for way in ["keys", "menu"] {
        match way {
            "keys" => browser.keys("gs"),
            _ => {
                browser.press("Switch project");
                browser.click_role("menuitem", "All projects");
            }
        }
        browser.sees("Leave with unsaved changes?");
        browser.press("Stay");
        browser.sees("HALF_DONE");
    }
    browser.press("Discard");
    browser.press("Discard");
    browser.sees("Changes discarded.");

    // The project itself.
    browser.follow("All projects");
    browser.press("More for Payments");
    browser.click_role("menuitem", "Rename");
    browser.fill("Name", "Billing");
    browser.press("Save");
    browser.sees("Renamed to Billing");
    browser.press("More for Billing");
    browser.click_role("menuitem", "Delete");
    browser.fill("Type Billing to confirm", "Billing");
    browser.press("Delete project");
    browser.sees("No projects yet");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Every version of a secret is told with its author, compared, and brought back; so is a whole environment.
#[test]
fn the_past_is_told_compared_and_brought_back() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    let (first, second) = ("host=tarn\nuser=fern-delta", "host=tarn\nuser=moss-delta");
    for value in ["fern-delta", "moss-delta", "brook-delta"] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("CONFIG", first);
    mara.save();
    mara.edit("CONFIG", second);
    mara.stage("LATER", "brook-delta");
    mara.save();

    browser.press("More for CONFIG");
    browser.click_role("menuitem", "History");
    browser.sees("Version 2");
    browser.sees("Version 1");
    browser.sees("Signature checked");
    assert!(!browser.everything().contains("fern-delta"), "the past is masked");
    browser.press("Compare version 1");
    browser.sees("user=fern-delta");
    browser.sees("user=moss-delta");
    assert_eq!(browser.axe(), Vec::<String>::new(), "axe on the history");
    browser.press("Restore version 1");
    browser.sees("Version 1 is back as a new version");
    browser.sees("Version 3");
    browser.press("Close");
    browser.press("Reveal CONFIG");
    browser.sees("user=fern-delta");

    browser.press("More");
    browser.click_role("menuitem", "Go back in time");
    browser.sees("nothing of the history is lost");
    let entry = browser.run_when_ready(
        "return [...document.querySelector('dialog[open] select').options] \
             .find(option => option.text.startsWith('Entry 1,')).text",
        &[],
    );
    let entry = entry.as_str().expect("the first entry is offered").to_owned();
    browser.choose("As it was after", &entry);
    browser.sees("as one entry.");
    browser.sees("LATER");
    assert_eq!(browser.axe(), Vec::<String>::new(), "axe on going back");
    browser.press("Bring it back");
    browser.wait("the end of it", || {
        (browser.run("return !!document.querySelector('dialog[open]')", &[]) == json!(false)).then_some(())
    });
    browser.sees("1 secret. History checked");
    browser.press("Reveal CONFIG");
    browser.sees("user=fern-delta");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Thousands of secrets: the file is read, saved in parts, and found in at once.
#[test]
fn thousands_of_secrets_are_imported_and_found() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Warehouse");
    mara.open_environment("Development");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("large.env");
    let lines: String = (0..2_000)
        .map(|n| format!("SERVICE_{n:04}_TOKEN=tok-{n:04}-{}\n", n * 7919 % 10_007))
        .collect();
    std::fs::write(&file, lines).expect("a file can be written");
    canary.add("a value", b"tok-1234-5022");
    browser.attach("input[type=file]", &file);
    browser.sees("2000 new, 0 the same, 0 different.");
    browser.press("Stage 2,000 changes");
    mara.save();
    browser.sees("2,000 secrets.");
    let rows = browser.run("return document.querySelectorAll('tr[data-row]').length", &[]);
    assert!(
        rows.as_u64().is_some_and(|rows| rows < 100),
        "only what is near the screen is drawn: {rows}"
    );
    browser.fill("Search names and values", "tok-1234-");
    browser.sees("1 secret matches.");
    browser.sees("SERVICE_1234_TOKEN");
    assert!(
        !browser.address().contains("tok-"),
        "a searched value is not in the address"
    );
    browser.fill("Search names and values", "service_19");
    browser.sees("100 secrets match.");
    browser.reload();
    mara.unlock();
    browser.sees("100 secrets match.");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}
