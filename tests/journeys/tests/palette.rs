//! Ctrl K: found and done without a mouse, and nothing of it leaves the browser.

use coffer_journeys::{Browser, Person, nothing_escaped, stays_at_home};

use crate::access::inspect;

const CONTROL: char = '\u{E009}';
const ENTER: char = '\u{E007}';
const DOWN: &str = "\u{E015}";
const UP: &str = "\u{E013}";
const ESCAPE: &str = "\u{E00C}";

/// A secret is found by name in two environments and by its value, gone to, copied and shared; pages and acts are found by
/// other words for them.
#[test]
fn secrets_places_and_acts_are_found_by_one_field() {
    let (_driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    for (environment, secrets) in [
        (
            "Development",
            &[("API_KEY", "tern-key-711"), ("STRIPE_KEY", "tern-dev-722")][..],
        ),
        ("Staging", &[("STRIPE_KEY", "tern-stage-733")][..]),
    ] {
        mara.open_environment(environment);
        for (name, value) in secrets {
            mara.stage(name, value);
            canary.add("a value", value.as_bytes());
        }
        mara.save();
    }

    // By name: the best first, its acts below, and Enter goes where the marked one lies.
    browser.follow("Overview");
    browser.sees("3 environments. Each has its own key.");
    find(browser, "stripe");
    chosen(browser, "STRIPE_KEY Development /");
    browser.role("option", "STRIPE_KEY Staging /");
    browser.role("option", "Copy value without showing it");
    assert!(browser.try_role("option", "API_KEY").is_none());
    inspect(browser, "palette");
    browser.keys(DOWN);
    chosen(browser, "STRIPE_KEY Staging /");
    browser.keys(UP);
    browser.keys(UP);
    chosen(browser, "Request access to it");
    browser.keys(DOWN);
    browser.keys(DOWN);
    browser.keys(&ENTER.to_string());
    browser.sees("1 secret matches.");
    browser.role("heading", "Staging");

    // By value, only when that is asked for; the value is copied and stands nowhere.
    find(browser, "tern-key");
    browser.sees("Nothing is called so");
    browser.keys(ESCAPE);
    browser.no_longer_sees("Nothing is called so");
    find(browser, "=TERN-KEY");
    chosen(browser, "API_KEY Development /");
    assert!(
        !browser.everything().contains("tern-key-711"),
        "a found value is not shown"
    );
    browser.chord(&[CONTROL], ENTER);
    browser.sees("API_KEY copied.");
    assert!(
        !browser.address().contains("tern"),
        "what was looked for is in no address"
    );

    // By other words, and out of a field that is being typed into.
    browser.press("Search or run");
    browser.role("option", "Lock now");
    browser.keys("audit");
    chosen(browser, "Who has access");
    browser.keys(&ENTER.to_string());
    browser.role("heading", "Who has access");
    find(browser, "permission");
    chosen(browser, "Request access Payments");
    browser.keys(&ENTER.to_string());
    browser.role("heading", "Request access");
    find(browser, "api");
    browser.click_role("option", "Share by link");
    browser.sees("Give a secret to someone");
    assert_eq!(browser.value("Title"), "API_KEY");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    find(browser, "lock");
    chosen(browser, "Lock now");
    browser.keys(&ENTER.to_string());
    mara.unlock();
    stays_at_home(browser, &place);
    nothing_escaped(&canary, &place);
}

/// What is staged is not lost to it: it asks first, and what it would have carried along does not wait.
#[test]
fn it_asks_before_it_leaves_what_is_unsaved() {
    let (_driver, place, canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "wren-saved-1");
    mara.save();
    mara.stage("STAGED", "wren-staged-2");
    find(browser, "api_key");
    browser.click_role("option", "Share by link");
    browser.press("Stay");
    browser.sees("STAGED");
    browser.sees("1 change");
    find(browser, "settings");
    browser.keys(&ENTER.to_string());
    browser.press("Discard and leave");
    browser.role("heading", "Settings");
    browser.follow("Share links");
    browser.follow("Send a secret");
    assert_eq!(browser.value("Secret"), "", "nothing waited for this page");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Opens it by its keys and types, once the empty field has the focus.
fn find(browser: &Browser, text: &str) {
    browser.chord(&[CONTROL], 'k');
    let is_ready = "const at = document.activeElement; return at.role === 'combobox' && at.value === ''";
    browser.wait("the empty field of the palette", || {
        (browser.run(is_ready, &[]) == true).then_some(())
    });
    browser.keys(text);
}

/// Waits until the choice that Enter takes is called so.
fn chosen(browser: &Browser, name: &str) {
    let chosen = "const at = document.activeElement.getAttribute('aria-activedescendant'); \
                  const option = at && document.getElementById(at); \
                  return option && option.ariaSelected === 'true' ? option.innerText.replace(/\\s+/g, ' ') : null";
    browser.wait(&format!("the choice “{name}”"), || {
        let now = browser.run(chosen, &[]);
        now.as_str().filter(|now| now.starts_with(name)).map(drop)
    });
}
