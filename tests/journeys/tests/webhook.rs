//! Telling a chat: an admin says which one, somebody asks for access, and the chat is told that, and no more.

use std::time::Duration;

use coffer_journeys::{Driver, Person, Place, nothing_escaped};
use coffer_testkit::Canary;

use crate::access::inspect;
use crate::receiver::{Answer, Receiver};

#[test]
fn a_chat_is_told_that_somebody_asks_and_nothing_of_it() {
    let driver = Driver::start();
    let mut place = Place::prepare();
    let site = place.url("");
    place.launch_with(&["--webhook-network", "127.0.0.1/32", "--site-url", &site]);
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let (key, reason) = ("heron-slate-419", "Signatures fail since half past nine");
    canary.add("a value", key.as_bytes());
    canary.add("a reason", reason.as_bytes());
    mara.create_project("Payments");
    mara.open_environment("Production");
    mara.stage("STRIPE_KEY", key);
    mara.save();
    let jonas = mara.invite(&driver, "Production", "No access", &mut canary);

    let receiver = Receiver::new();
    let browser = &mara.browser;
    browser.follow("Rules");
    browser.sees("Nobody is told yet.");
    browser.press("Add an address");
    for (address, said) in [
        ("chat.example", "Enter an address that begins with https://."),
        ("https://10.0.0.1/hook", "may reach"),
    ] {
        browser.fill("Address", address);
        browser.press("Tell it");
        browser.sees(said);
    }
    browser.fill("Address", &receiver.url());
    inspect(browser, "webhook-add");
    browser.press("Tell it");
    browser.sees("Not tried");
    let host = receiver.address.to_string();
    receiver.will([Answer::Status(404)]);
    browser.press(&format!("Try it out: {host}"));
    browser.sees("The server says: it answered 404.");
    browser.sees("Not reached");
    browser.press(&format!("Try it out: {host}"));
    browser.sees("It was reached.");
    inspect(browser, "webhooks");
    receiver.wait_for(2, Duration::from_secs(10));

    let asker = &jonas.browser;
    asker.reload();
    jonas.unlock();
    asker.follow("Payments");
    asker.follow("Request access to Production");
    asker.fill("Secret 1", "STRIPE_KEY");
    asker.fill("Reason", reason);
    asker.press("Send request");
    asker.sees("Waits for 1 approval");
    let told = receiver.wait_for(1, Duration::from_secs(30)).remove(0);
    assert_eq!(
        told.json()["text"].as_str().map(|text| text.contains(&site)),
        Some(true)
    );
    for secret in [key, reason, "STRIPE_KEY", "Production", "Jonas", "approve"] {
        assert!(!told.body.contains(secret), "{} tells {secret}", told.body);
    }

    browser.press(&format!("Pause {host}"));
    browser.sees("Paused");
    browser.press(&format!("Remove {host}"));
    browser.sees("Remove this address?");
    browser.press("Remove");
    browser.sees("Nobody is told yet.");
    nothing_escaped(&canary, &place);
}
