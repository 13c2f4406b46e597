//! A passphrase of one's own, instead of the six words that are offered.

use coffer_client::Passphrase;
use coffer_journeys::{Browser, Driver, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

/// What measures it is loaded when its field is entered and not before; a weak one is not taken.
#[test]
fn a_passphrase_of_ones_own_is_measured_before_it_is_taken() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    canary.add("a passphrase", b"violet kettle ninety orbit");
    let browser = driver.browser();
    begin(&browser, &place);
    assert!(!meter_asked_for(&browser), "most people never need what measures");

    browser.fill("Own passphrase", "passwordpassword");
    browser.sees("Guessed at once");
    assert!(meter_asked_for(&browser));
    browser.fill("The same again", "passwordpassword");
    browser.press("Make my keys");
    browser.sees("Too easy to guess");

    // Sent at once, before the pause after which it would be measured: the answer is waited for.
    browser.fill("The same again", "violet kettle ninety orbit");
    browser.fill("Own passphrase", "violet kettle ninety orbit");
    browser.press("Make my keys");
    browser.sees("Keep your emergency kit");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    stays_at_home(&browser, &place);
    nothing_escaped(&canary, &place);
}

/// Without what measures, the page says so before it takes anything, and the length still counts.
#[test]
fn what_cannot_be_measured_is_said_and_its_length_counts() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    canary.add("a passphrase", b"violet kettle ninety orbit");
    let browser = driver.browser();
    browser.devtools("Network.enable", &json!({}));
    browser.devtools("Network.setBlockedURLs", &json!({ "urls": ["*/meter-*"] }));
    begin(&browser, &place);

    browser.fill("The same again", "eleven char");
    browser.fill("Own passphrase", "eleven char");
    browser.sees("Its strength cannot be measured");
    browser.press("Make my keys");
    browser.wait("the field's refusal", || {
        let field = browser.try_role("textbox", "Own passphrase")?;
        let invalid = browser.run("return arguments[0].ariaInvalid", &[field.handle()]);
        (invalid == "true").then_some(())
    });

    browser.fill("The same again", "violet kettle ninety orbit");
    browser.fill("Own passphrase", "violet kettle ninety orbit");
    browser.press("Make my keys");
    browser.sees("Keep your emergency kit");
    nothing_escaped(&canary, &place);
}

/// The app lets the browser normalise what is typed, everything else the core: no key depends on which of them it was.
#[test]
fn the_browser_normalises_as_the_core_does() {
    let driver = Driver::start();
    let browser = driver.browser();
    // Everything with a compatibility form that has been in Unicode for long, between letters that it may compose with.
    for (from, to) in [
        (0, 0x3400),
        (0xAC00, 0xD7A4),
        (0xF900, 0x1_0000),
        (0x1_D400, 0x1_D800),
        (0x2_F800, 0x2_FA20),
    ] {
        let there = browser.run(
            "const [from, to] = arguments; return Array.from({ length: to - from }, (_, at) => { \
               const letter = String.fromCodePoint(from + at); \
               return /\\p{Cn}/u.test(letter) ? null : ('A' + letter + '\u{301}b').normalize('NFKC'); })",
            &[json!(from), json!(to)],
        );
        let there = there.as_array().expect("a list of texts");
        assert_eq!(there.len(), to - from);
        for (code, theirs) in (from..to).zip(there) {
            let Some(letter) = u32::try_from(code).ok().and_then(char::from_u32) else {
                continue;
            };
            // A letter that the browser does not know yet has no form there. Once it has one, it keeps it (UAX 15, 3).
            let Some(theirs) = theirs.as_str() else { continue };
            let ours = Passphrase::typed(&format!("A{letter}\u{301}b"));
            assert_eq!(ours.expose(), theirs, "U+{code:04X}");
        }
    }
}

/// Fills in the form of a new server as far as the passphrase, and chooses one's own.
fn begin(browser: &Browser, place: &Place) {
    browser.go(&place.url("/"));
    browser.follow("Set up this server");
    browser.fill("E-mail", "mara@example.org");
    browser.fill("Organisation", "Lighthouse");
    browser.click_role("radio", "My own");
    browser.role("textbox", "Own passphrase");
}

fn meter_asked_for(browser: &Browser) -> bool {
    browser.requested().iter().any(|url| url.contains("/meter-"))
}
