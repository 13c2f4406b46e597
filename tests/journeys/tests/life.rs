//! One person: from an empty server to secrets found again in another browser.

use coffer_journeys::{Driver, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;

/// The main path: set up, store, edit, find, restart both sides, and unlock elsewhere by the kit.
#[test]
fn secrets_survive_restarts_and_open_on_another_device() {
    let driver = Driver::start();
    let mut place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let (value, edited, multi) = (
        "postgres://violet-harbour-51",
        "postgres://amber-lantern-77",
        "-----BEGIN-----\nwalnut-basin\n-----END-----",
    );
    for (what, secret) in [
        ("a value", value),
        ("an edited value", edited),
        ("part of a value", "walnut-basin"),
    ] {
        canary.add(what, secret.as_bytes());
    }

    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("DATABASE_URL", value);
    mara.stage("TLS_KEY", multi);
    mara.save();

    let browser = &mara.browser;
    assert!(!browser.everything().contains(value), "a saved value is masked");
    browser.press("Reveal DATABASE_URL");
    browser.sees(value);
    browser.press("Hide DATABASE_URL");
    browser.no_longer_sees(value);

    browser.press("More for DATABASE_URL");
    browser.click_role("menuitem", "Edit");
    browser.fill("Value", edited);
    browser.press("Stage");
    mara.save();

    // Found by value: only a browser can do that.
    browser.fill("Search names and values", "walnut");
    browser.sees("1 secret matches.");
    browser.sees("TLS_KEY");
    browser.no_longer_sees("DATABASE_URL");
    let address = browser.address();

    // Locked: nothing of it is left in the page.
    place.restart();
    browser.reload();
    browser.sees("Unlock your keys");
    let page = browser.everything();
    for secret in [value, edited, "walnut-basin", mara.account_key.as_str()] {
        assert!(!page.contains(secret), "a locked page holds {secret}");
    }
    browser.fill("Passphrase", "not the passphrase at all");
    browser.press("Unlock");
    browser.sees("That passphrase does not fit.");
    browser.fill("Passphrase", &mara.passphrase);
    browser.press("Unlock");
    browser.sees("TLS_KEY");
    assert_eq!(
        browser.address(),
        address,
        "unlocking leads back to where one was"
    );
    stays_at_home(browser, &place);

    // A second browser that has never been here: kit and passphrase.
    let other = driver.browser();
    other.go(&place.url("/signin"));
    other.fill("Emergency kit", &mara.kit);
    other.fill("Passphrase", &mara.passphrase);
    other.press("Set up and unlock");
    other.follow("Payments");
    other.follow("Development");
    other.press("Reveal DATABASE_URL");
    other.sees(edited);
    stays_at_home(&other, &place);

    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}
