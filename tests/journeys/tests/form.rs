//! A secret asked of somebody without an account.

use std::fs;

use coffer_journeys::{Browser, Driver, Lie, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

use crate::access::{inspect, settled};

/// A form is made, filled in once by a stranger, read, put into an environment and closed.
#[test]
fn a_form_is_filled_in_once_and_its_answer_goes_into_an_environment() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    for (what, text) in [
        ("the answered key", "sk_live_tern-404"),
        ("an assignment", "heron-relay-515"),
        ("the answered file", "-----BEGIN PELICAN-----"),
        ("the remark", "expires with the curlews"),
        ("the title of a form", "Kestrel release, asks Mara"),
    ] {
        canary.add(what, text.as_bytes());
    }
    mara.create_project("Payments");
    let link = ask(browser);
    assert!(link.starts_with(&place.url("/r#v1.")), "{link}");
    let (page, fragment) = link.split_once('#').expect("a link has a fragment");
    let mut parts: Vec<&str> = fragment.split('.').collect();
    canary.add("the secret of a form's link", parts[2].as_bytes());

    // Somebody who knows nothing but the link.
    let stranger = driver.browser();
    stranger.go(&link);
    stranger.sees("Someone asks you for a secret");
    stranger.sees("As stated in the link, verified by nobody");
    assert!(
        !stranger.address().contains('#'),
        "the key has left the address bar"
    );
    let loaded = stranger.requested();
    assert!(
        !loaded
            .iter()
            .any(|url| url.contains("/api/") || url.contains("/coffer-web-")),
        "nothing is asked, and only the small program is loaded: {loaded:?}"
    );
    stranger.press("Seal and send");
    stranger.sees("Fill in at least one field.");
    stranger.fill("API key", "sk_live_tern-404");
    stranger.fill("Others", "RELAY=heron-relay-515\nnot an assignment");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("cert.pem");
    fs::write(&file, "-----BEGIN PELICAN-----").expect("a file to send");
    stranger.attach("input[type=file]", &file);
    stranger.sees("cert.pem, 23 bytes");
    stranger.fill("Remark", "expires with the curlews");

    // Another language keeps what was typed, and every language fits.
    for (words, name, title) in [
        ("Language", "Deutsch", "Jemand bittet Sie um ein Geheimnis"),
        ("Sprache", "العربية", "يطلب منك أحدهم سرًّا"),
        ("اللغة", "English", "Someone asks you for a secret"),
    ] {
        inspect(&stranger, &format!("form-{}", code(&stranger)));
        stranger.choose(words, name);
        stranger.sees(title);
        assert_eq!(stranger.value("API key"), "sk_live_tern-404");
    }
    assert_eq!(direction(&stranger), "ltr");
    stranger.press("Seal and send");
    stranger.sees("Sealed and sent");
    inspect(&stranger, "form-sent");
    stays_at_home(&stranger, &place);

    // Wrong ways: twice, cut off, damaged, late.
    let late = driver.browser();
    late.go(&link);
    late.fill("API key", "another");
    late.press("Seal and send");
    late.sees("Already answered");
    late.go(&link);
    late.sees("Someone asks you for a secret");
    late.reload();
    late.sees("Open the link again");
    let other = driver.browser();
    other.go(&place.url("/r"));
    other.sees("The link is not complete");
    other.go(&format!("{link}!"));
    other.sees("The link is damaged");
    parts[4] = "1700000000";
    other.go(&format!("{page}#{}", parts.join(".")));
    other.sees("This form has ended");

    // Who asked is told, reads it and takes it over.
    browser.put_away_and_back();
    browser.sees("was answered");
    browser.role("link", "Share links 1 to read");
    browser.follow("Share links");
    browser.sees("Answered");
    inspect(browser, "shares-answered");
    browser.follow("Read answer to Kestrel release");
    browser.sees("expires with the curlews");
    assert!(!browser.text().contains("sk_live_tern-404"), "values are masked");
    browser.press("Show API key");
    browser.sees("sk_live_tern-404");
    browser.sees("1 line could not be read");
    browser.wait("nothing to be read", || {
        browser
            .try_role("link", "Share links 1 to read")
            .is_none()
            .then_some(())
    });
    choose_when_there(browser, "Project", "Payments");
    choose_when_there(browser, "Environment", "Development");
    browser.sees("New here");
    settled(browser);
    inspect(browser, "answer");
    browser.press("Seal into environment");
    browser.sees("3 secrets sealed into Payments, Development");
    browser.follow("Open environment");
    browser.sees("RELAY");
    browser.press("Reveal API_KEY");
    browser.sees("sk_live_tern-404");

    // Closed, there is nothing to read or to answer.
    browser.follow("Share links");
    browser.press("Close form Kestrel release");
    browser.press("Close form");
    browser.sees("Form closed");
    browser.sees("Closed");
    nothing_escaped(&canary, &place);
}

/// A form for many answers keeps them apart, and each goes its own way.
#[test]
fn a_form_for_many_takes_two_answers_that_both_go_into_an_environment() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    mara.create_project("Payments");
    browser.follow("Share links");
    browser.follow("Ask for a secret");
    browser.fill("What it is about, and who asks", "Token of each of you");
    browser.fill("Label", "API key");
    browser.sees("Can be answered once, until");
    browser.click_role("radio", "Up to 5 answers");
    browser.sees("Can be answered up to 5 times, until");
    browser.press("Make the form");
    browser.sees("Your form is ready");
    let link = browser.value("Form link");
    for text in ["sk_whimbrel-161", "sk_turnstone-262"] {
        canary.add("an answered key", text.as_bytes());
        let stranger = driver.browser();
        stranger.go(&link);
        stranger.fill("API key", text);
        stranger.press("Seal and send");
        stranger.sees("Sealed and sent");
    }
    browser.follow("Your forms");
    browser.sees("2 of 5 answers");
    browser.sees("2 new");
    browser.role("button", "Copy form link of Token of each of you");
    browser.follow("Read answers to Token of each of you");
    browser.press("Show API key");
    browser.sees("sk_whimbrel-161");
    choose_when_there(browser, "Project", "Payments");
    choose_when_there(browser, "Environment", "Development");
    browser.sees("New here");
    browser.press("Seal into environment");
    browser.sees("1 secret sealed into Payments, Development");
    browser.sees("In an environment");
    // The second one goes to the same place, under a name of its own.
    browser.press("Open answer 2");
    browser.press("Show API key");
    browser.sees("sk_turnstone-262");
    browser.sees("Replaces the value that is there");
    browser.fill("Name of API key", "SECOND_KEY");
    browser.sees("New here");
    settled(browser);
    inspect(browser, "answers");
    browser.press("Seal into environment");
    browser.sees("1 secret sealed into Payments, Development");
    browser.press("Delete answer 1");
    browser.press("Delete it");
    browser.sees("Answer deleted.");
    browser.no_longer_sees("Answer 2");
    browser.follow("All forms");
    browser.sees("1 of 5 answers");
    browser.no_longer_sees("1 new");
    browser.follow("All projects");
    browser.follow("Payments");
    mara.open_environment("Development");
    for (name, value) in [("API_KEY", "sk_whimbrel-161"), ("SECOND_KEY", "sk_turnstone-262")] {
        browser.press(&format!("Reveal {name}"));
        browser.sees(value);
    }
    nothing_escaped(&canary, &place);
}

/// Whoever gets no receipt sends again what was sealed, and the form has it once; whoever is beaten by somebody else keeps
/// what they typed.
#[test]
fn an_answer_is_sent_twice_and_kept_once_and_who_is_beaten_keeps_their_text() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    for text in ["sk_ruff-363", "sk_knot-464", "sk_stint-565"] {
        canary.add("an answered key", text.as_bytes());
    }
    browser.follow("Share links");
    browser.follow("Ask for a secret");
    browser.fill("What it is about, and who asks", "One key of you");
    browser.fill("Label", "API key");
    browser.click_role("radio", "Up to 5 answers");
    browser.press("Make the form");
    browser.sees("Your form is ready");
    let many = browser.value("Form link");
    let stranger = driver.browser();
    stranger.go(&many);
    stranger.fill("API key", "sk_ruff-363");
    let loses: Lie = Box::new(|asked, answer| answer.lost |= asked.path.ends_with("/set-value"));
    place.lie(loses);
    stranger.press("Seal and send");
    stranger.sees("The server does not answer");
    place.honest();
    stranger.press("Seal and send");
    stranger.sees("Sealed and sent");
    browser.follow("Your forms");
    browser.sees("1 of 5 answers");

    // Two at once.
    browser.follow("Ask for a secret");
    browser.fill("What it is about, and who asks", "One of you two");
    browser.fill("Label", "API key");
    browser.press("Make the form");
    browser.sees("Your form is ready");
    let one = browser.value("Form link");
    let late = driver.browser();
    for (who, text) in [(&stranger, "sk_knot-464"), (&late, "sk_stint-565")] {
        who.go(&one);
        who.fill("API key", text);
    }
    stranger.press("Seal and send");
    stranger.sees("Sealed and sent");
    late.press("Seal and send");
    late.sees("Already answered");
    late.sees("What you entered is still on this page");
    inspect(&late, "form-beaten");
    late.press("Copy what you entered");
    late.sees("What you entered copied.");
    nothing_escaped(&canary, &place);
}

/// The page of a share speaks the language of the browser that opens it.
#[test]
fn a_receiver_reads_their_own_language() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let link = mara.share("teal-plover-626");
    let agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0";
    for (language, title, way) in [
        ("de-AT", "Jemand hat Ihnen ein Geheimnis geschickt", "ltr"),
        ("ar", "أرسل إليك أحدهم سرًّا", "rtl"),
        ("xx", "Someone sent you a secret", "ltr"),
    ] {
        let receiver = driver.browser();
        receiver.devtools(
            "Network.setUserAgentOverride",
            &json!({ "userAgent": agent, "acceptLanguage": language }),
        );
        receiver.go(&link);
        receiver.sees(title);
        assert_eq!(direction(&receiver), way, "{language}");
        inspect(&receiver, &format!("share-{}", code(&receiver)));
    }
    let receiver = driver.browser();
    receiver.go(&link);
    receiver.choose("Language", "العربية");
    receiver.press("إظهار السر");
    receiver.sees("teal-plover-626");
    inspect(&receiver, "share-open-ar");
    // Another language shows nothing that was hidden, and takes nothing that was typed.
    receiver.press("إخفاء");
    receiver.choose("اللغة", "Deutsch");
    receiver.sees("Verborgen.");
    assert!(!receiver.everything().contains("teal-plover-626"));
    let link = mara.share_with("teal-plover-627", "osier lantern");
    receiver.go(&link);
    receiver.fill("Passphrase", "osier lantern");
    receiver.choose("Sprache", "Español");
    receiver.press("Mostrar el secreto");
    receiver.sees("teal-plover-627");
    canary.add("the shared text", b"teal-plover-626");
    canary.add("another shared text", b"teal-plover-627");
    canary.add("its passphrase", b"osier lantern");
    nothing_escaped(&canary, &place);
}

/// Makes a form with a text, a `.env` and a file: its link.
fn ask(browser: &Browser) -> String {
    browser.follow("Share links");
    browser.follow("Ask for a secret");
    browser.fill("What it is about, and who asks", "Kestrel release, asks Mara");
    browser.press("Make the form");
    browser.sees("Give every field a label.");
    browser.fill("Label", "Certificate");
    choose_kind(browser, 0, "file");
    for (id, label, kind) in [(1, "API key", "text"), (2, "Others", "dotenv")] {
        browser.press("Add field");
        browser.wait("the new field has the focus", || {
            let there = "return !!document.activeElement.closest('#form-field-' + arguments[0])";
            browser.run(there, &[json!(id)]).as_bool().filter(|there| *there)
        });
        browser.keys(label);
        choose_kind(browser, id, kind);
    }
    browser.press("Move field 2 up");
    inspect(browser, "ask");
    browser.press("Make the form");
    browser.sees("Your form is ready");
    inspect(browser, "ask-ready");
    browser.value("Form link")
}

fn choose_kind(browser: &Browser, field: u32, kind: &str) {
    browser.run_when_ready(
        "const list = document.querySelector('#form-field-' + arguments[0] + ' select'); list.value = arguments[1]; \
         list.dispatchEvent(new Event('change', { bubbles: true }));",
        &[json!(field), json!(kind)],
    );
}

/// Chooses an option once the list has it.
fn choose_when_there(browser: &Browser, label: &str, words: &str) {
    browser.wait("the option", || {
        let there =
            "return [...document.querySelectorAll('option')].some(o => o.text.trim() === arguments[0])";
        browser
            .run(there, &[json!(words)])
            .as_bool()
            .filter(|there| *there)
    });
    browser.choose(label, words);
}

fn code(browser: &Browser) -> String {
    let code = browser.run("return document.documentElement.lang", &[]);
    code.as_str().unwrap_or_default().to_owned()
}

fn direction(browser: &Browser) -> String {
    let way = browser.run("return document.documentElement.dir", &[]);
    way.as_str().unwrap_or_default().to_owned()
}
