//! Every page for everybody: by keyboard, on a phone, in light and dark, and when things go wrong.

use std::path::PathBuf;

use coffer_journeys::{Browser, Driver, Person, Place, nothing_escaped};
use coffer_testkit::Canary;

/// axe-core finds nothing on any page in both themes, and nothing is wider than a phone.
#[test]
fn every_page_is_accessible_in_light_and_dark_and_fits_a_phone() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();

    let visitor = driver.browser();
    for (name, path) in [
        ("start", "/"),
        ("setup", "/setup"),
        ("signin", "/signin"),
        ("recipient", "/s"),
        ("form", "/r"),
        ("lost", "/nowhere"),
    ] {
        visitor.go(&place.url(path));
        settled(&visitor);
        inspect(&visitor, name);
    }

    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    inspect(browser, "projects-empty");
    mara.create_project("Payments");
    inspect(browser, "project");
    mara.open_environment("Development");
    inspect(browser, "environment-empty");
    mara.stage("DATABASE_URL", "postgres://127.0.0.1/app");
    inspect(browser, "environment-staged");
    mara.save();
    inspect(browser, "environment");
    browser.click_role("checkbox", "Select DATABASE_URL");
    browser.sees("1 selected");
    inspect(browser, "environment-selected");
    browser.press("Clear");
    browser.no_longer_sees("1 selected");
    for (link, name) in [
        ("Members and keys", "members"),
        ("Trust", "trust"),
        ("Share links", "shares"),
        ("Send a secret", "share-new"),
        ("Ask for a secret", "ask"),
        ("All projects", "projects"),
    ] {
        browser.follow(link);
        settled(browser);
        inspect(browser, name);
    }
    // On a phone, settings are one of the tabs.
    browser.resize(360, 740);
    browser.follow("Settings");
    settled(browser);
    inspect(browser, "settings");
    browser.reload();
    browser.sees("Unlock your keys");
    inspect(browser, "unlock");
    nothing_escaped(&canary, &place);
}

/// The server is gone: the page says so, loses nothing, and goes on when it is back.
#[test]
fn a_dead_server_is_named_and_loses_nothing() {
    let driver = Driver::start();
    let mut place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "kept-through-the-storm");
    place.stop();
    mara.browser.press("Review and save");
    mara.browser.press("Save ");
    mara.browser.sees("Offline since");
    place.launch();
    mara.browser.press("Save ");
    mara.browser.sees("Saved ");
    mara.browser.press("Reveal API_KEY");
    mara.browser.sees("kept-through-the-storm");
    canary.add("the value", b"kept-through-the-storm");
    nothing_escaped(&canary, &place);
}

/// Looks at one page in both themes and two widths.
pub(crate) fn inspect(browser: &Browser, name: &str) {
    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for width in [1280, 360] {
            browser.resize(width, if width == 360 { 740 } else { 900 });
            still(browser);
            let wider = browser.run(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
                &[],
            );
            assert!(
                wider.as_i64().unwrap_or(1) <= 0,
                "{name} scrolls sideways at {width} px: {wider}"
            );
            if let Some(folder) = std::env::var_os("COFFER_SCREENSHOTS") {
                browser.screenshot(&PathBuf::from(folder).join(format!("{name}-{scheme}-{width}.png")));
            }
            assert_eq!(
                browser.axe(),
                Vec::<String>::new(),
                "axe on {name}, {scheme}, {width} px"
            );
        }
    }
    browser.scheme("light");
    browser.resize(1280, 900);
}

/// Waits until no colour and nothing else on the page is on its way to another; what turns for as long as one waits does
/// not count.
fn still(browser: &Browser) {
    browser.wait("a page on which nothing moves", || {
        let moves = "return document.getAnimations().some(it => it.playState === 'running' \
                     && it.effect.getComputedTiming().endTime !== Infinity)";
        (browser.run(moves, &[]) == false).then_some(())
    });
}

/// Waits until a page has said something and loads nothing more. The headings of the page before the program runs are
/// hidden and do not count.
pub(crate) fn settled(browser: &Browser) {
    browser.wait("a heading", || {
        browser
            .run(
                "return [...document.querySelectorAll('h1')].some(h => h.getClientRects().length) \
                     && !document.querySelector('[aria-busy=true]')",
                &[],
            )
            .as_bool()
            .filter(|there| *there)
    });
}
