//! Other servers than Coffer's own page comes from, and accounts that other clients made.

use coffer_journeys::{Driver, Person, Place, nothing_escaped};
use coffer_testkit::Canary;
use serde_json::json;

/// The page of one server works with another one that it may ask, and asks no third.
#[test]
fn a_page_works_with_another_server_that_was_allowed() {
    let driver = Driver::start();
    let mut canary = Canary::new();
    let (mut page, mut secrets, third) = (Place::prepare(), Place::prepare(), Place::start());
    page.launch_with(&["--api-origin", &secrets.url("")]);
    secrets.launch_with(&["--allow-origin", &page.url("")]);

    let browser = driver.browser();
    browser.go(&page.url("/"));
    browser.press("Choose another server");
    browser.click_role("radio", "Another server");
    browser.fill("Address", "no address");
    browser.press("Check");
    browser.sees("An address such as https://");
    browser.fill("Address", &third.url(""));
    browser.press("Check");
    browser.sees("No answer. It is not there, does not allow this page");
    assert!(
        third.sent().is_empty(),
        "a server that was not allowed is not asked"
    );
    browser.fill("Address", &secrets.url(""));
    browser.press("Check");
    browser.sees("It answers, and nobody has an account there yet.");
    browser.press("Use this server");
    drop(browser.console_errors());

    let mara = Person::set_up_in(browser, &mut canary);
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "delta-furnace-88");
    canary.add("a value", b"delta-furnace-88");
    mara.save();
    mara.browser.reload();
    mara.unlock();
    mara.browser.press("Reveal API_KEY");
    mara.browser.sees("delta-furnace-88");
    assert_eq!(mara.browser.console_errors(), Vec::<String>::new());
    let to_page = String::from_utf8_lossy(&page.sent()).into_owned();
    assert!(
        !to_page.contains("POST /api/"),
        "the page's own server learns nothing"
    );
    for place in [&page, &secrets] {
        nothing_escaped(&canary, place);
    }
}

/// An account with a password of the server's own gets keys; the password opens none of them.
#[test]
fn an_account_of_another_client_gets_keys_of_its_own() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let (email, password) = ("ops@example.org", "the servers own password 1");
    ureq::post(place.url("/api/v1/admin/bootstrap"))
        .send_json(json!({ "email": email, "password": password, "organization": "Lighthouse" }))
        .expect("a new server takes its first account");
    // The server's password is refused as a passphrase before any key is made.
    let same = driver.browser();
    same.go(&place.url("/"));
    same.follow("A login on this server");
    same.fill("E-mail", email);
    same.fill("Password of the server", password);
    same.click_role("radio", "My own");
    same.fill("Own passphrase", password);
    same.fill("The same again", password);
    same.press("Sign in and make my keys");
    same.sees("Passphrase and password are the same");
    let ops = Person::with_login(&driver, &place, email, password, &mut canary);
    let browser = &ops.browser;
    ops.create_project("Payments");
    browser.reload();
    browser.sees("Unlock your keys");
    // The server's password is no passphrase, and the passphrase alone is no login.
    browser.fill("Passphrase", password);
    browser.fill("Password of the server", password);
    browser.press("Unlock");
    browser.wait("a refusal", || {
        let text = browser.text();
        (text.contains("does not fit") || text.contains("same")).then_some(())
    });
    browser.fill("Passphrase", &ops.passphrase);
    browser.fill("Password of the server", password);
    browser.press("Unlock");
    browser.sees("3 environments. Each has its own key.");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// A server restored from an older backup: nothing old is taken for new, and the device that kept more puts it back.
#[test]
fn a_restored_backup_is_noticed_and_put_back_by_a_device_that_kept_more() {
    let driver = Driver::start();
    let mut place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    for value in ["kelp-sundial-1", "kelp-sundial-2"] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "kelp-sundial-1");
    mara.save();
    let yesterday = place.backup();
    mara.edit("API_KEY", "kelp-sundial-2");
    mara.save();

    place.restore(&yesterday);
    browser.reload();
    mara.unlock();
    browser.wait("what the server has lost", || {
        let text = browser.text();
        (text.contains("older") || text.contains("has lost the newest entries")).then_some(())
    });
    if browser.try_role("button", "Unlock and put it back").is_some() {
        browser.fill("Passphrase", &mara.passphrase);
        browser.press("Unlock and put it back");
    }
    browser.sees("The server has lost the newest entries of this history");
    assert!(
        !browser.everything().contains("kelp-sundial-1"),
        "the old value is not shown"
    );
    browser.press("Put it back");
    browser.sees("The history goes on.");
    browser.press("Reveal API_KEY");
    browser.sees("kelp-sundial-2");
    nothing_escaped(&canary, &place);
}
