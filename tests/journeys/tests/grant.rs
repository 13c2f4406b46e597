//! Access for a while, by three people in three browsers: an admin who makes the rules, an approver, and somebody who holds
//! no key at all.

use coffer_journeys::{Browser, Driver, JONAS, NOOR, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

use crate::access::{inspect, settled};

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const DOWN: &str = "\u{E015}";
const BACK: &str = "\u{E003}";

/// Asked, asked back, answered, approved, used, proposed, declined, taken over and given back; a second one ends by the clock. What
/// was seen is written down for ever, and nothing of it is told to the server.
#[test]
fn access_is_asked_for_approved_used_and_given_back() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let (key, other, proposed) = ("heron-slate-418", "walnut-ember-902", "tin-orchard-733");
    let doubt = "The provider rolls this key on Friday";
    let (reason, question) = ("Signatures fail since ten past nine", "Which of the orders is it");
    for (what, text) in [
        ("a value", key),
        ("another value", other),
        ("a proposed value", proposed),
        ("why it is declined", doubt),
        ("a reason", reason),
        ("a question", question),
    ] {
        canary.add(what, text.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Production");
    mara.stage("STRIPE_KEY", key);
    mara.stage("DATABASE_URL", other);
    mara.save();
    let noor = mara.invite_in(driver.browser(), &NOOR, "Production", "Read", &mut canary);
    let jonas = mara.invite(&driver, "Production", "No access", &mut canary);

    // The rules: Noor may approve, and a ticket is wanted.
    let browser = &mara.browser;
    let_noor_approve(&mara);
    browser.press("Change the rules of /");
    browser.fill("Ticket", "INC-#");
    browser.fill("Try a ticket", "OPS-1");
    browser.sees("It does not fit.");
    browser.fill("Try a ticket", "INC-7");
    browser.sees("It fits.");
    inspect(browser, "access-rules-editor");
    browser.press("Sign the rules");
    browser.wait("the new rules", || {
        let open = browser.run("return !!document.querySelector('dialog[open]')", &[]);
        (open == json!(false) && browser.text().contains("INC-#")).then_some(())
    });
    inspect(browser, "access-rules");
    browser.press("Form link for /");
    browser.sees("Address of the form");
    browser.click_role("radio", "Some, by name");
    browser.fill("Secrets", "STRIPE_KEY");
    browser.click_role("checkbox", "15 min");
    browser.click_role("checkbox", "1 h");
    browser.fill("Their reason begins with", "Incident:");
    inspect(browser, "access-form-link");
    let link = browser.wait("the address of the form", || {
        let shown = browser.run(
            "return document.querySelector('dialog[open] p.mono').textContent",
            &[],
        );
        let link = shown.as_str().unwrap_or_default().to_owned();
        link.ends_with("&name=STRIPE_KEY&offer=900&offer=3600&why=Incident%3A")
            .then_some(link)
    });
    browser.press("Copy link");
    browser.sees("It opens the form with this filled in.");
    a_link_is_followed_from_a_device_that_knows_nobody(&driver, &jonas, &link);

    // Stopped at a closed environment: the doorway is right there, and the form needs no mouse.
    let asker = &jonas.browser;
    asker.reload();
    jonas.unlock();
    asker.follow("Payments");
    asker.sees("You hold no key for it.");
    asker.follow("Request access to Production");
    asker.sees("Who will be asked");
    asker.sees("Noor Haddad");
    inspect(asker, "access-ask");
    tab_to(asker, "Secret 1");
    asker.keys("STRIPE:");
    asker.sees("Not a name that a secret can have");
    asker.keys(&format!("{BACK}_KEY"));
    asker.no_longer_sees("Not a name that a secret can have");
    tab_to(asker, "Read");
    asker.keys(DOWN);
    tab_to(asker, "Reason");
    asker.keys("no");
    tab_to(asker, "Send request");
    asker.keys(ENTER);
    asker.sees("Write at least 10 characters.");
    // The first field that is wrong has the focus.
    asker.wait("the focus in the reason", || {
        is_called(&focused(asker), "Reason").then_some(())
    });
    asker.keys(&format!(" {reason}"));
    tab_to(asker, "Ticket");
    asker.keys("INC-2291");
    asker.sees("Read and propose /STRIPE_KEY of Production for 1 h, from approval.");
    tab_to(asker, "Send request");
    asker.keys(ENTER);
    asker.sees("Waits for 1 approval");
    inspect(asker, "access-request-waiting");

    // Asked back, answered.
    let approver = &noor.browser;
    approver.reload();
    noor.unlock();
    approver.follow("Payments");
    approver.sees("waiting for you");
    approver.follow("Requests");
    settled(approver);
    inspect(approver, "access-requests");
    approver.follow("Read and propose /STRIPE_KEY");
    approver.sees("INC-2291");
    approver.sees("Nothing was granted to them here");
    approver.sees("What would go now");
    approver.sees("1 secret");
    inspect(approver, "access-decide");
    approver.fill("Comment", question);
    approver.press("Ask back");
    approver.sees("asked back");
    asker.follow("Requests");
    asker.follow("Mine");
    asker.sees("A question for you");
    asker.follow("Read and propose /STRIPE_KEY");
    asker.sees(question);
    asker.fill("Your answer", "The one of this morning");
    asker.press("Send answer");
    asker.sees("answered");

    // Approved for less, used, and another value proposed.
    approver.follow("Requests");
    approver.follow("Read and propose /STRIPE_KEY");
    approver.sees("The one of this morning");
    approver.click_role("radio", "15 min");
    approver.press("Approve for 15 min");
    approver.sees("Sealed to them and handed over.");
    asker.follow("Requests");
    asker.follow("Mine");
    asker.follow("Read and propose /STRIPE_KEY");
    asker.follow("Open the secrets");
    asker.sees("Approved by Noor Haddad");
    assert!(!asker.everything().contains(key), "what was granted is masked");
    asker.press("Reveal STRIPE_KEY");
    asker.sees(key);
    assert!(!asker.text().contains("DATABASE_URL"), "nothing else was granted");
    inspect(asker, "access-use");
    asker.press("Propose a value for STRIPE_KEY");
    asker.fill("Other value", proposed);
    asker.press("Propose");
    asker.sees("Proposed. It is saved when");
    asker.sees("No outcome seen");

    browser.follow("Production");
    browser.sees("Proposed values");
    browser.press("Show both");
    browser.sees(proposed);
    inspect(browser, "access-proposal");
    // Declined with a word about it, which who proposed reads at once; and taken over all the same.
    browser.press("Decline STRIPE_KEY");
    browser.fill("Comment", doubt);
    browser.press("Decline");
    browser.press("1 declined");
    browser.sees(doubt);
    inspect(browser, "access-declined");
    asker.sees("A value that you proposed in Production was declined.");
    asker.sees(doubt);
    inspect(asker, "access-outcome");
    browser.press("Take over anyway: STRIPE_KEY");
    browser.press("Take over");
    browser.sees("Saved as your change");
    browser.no_longer_sees("Proposed values");
    browser.press("Reveal STRIPE_KEY");
    browser.sees(proposed);
    asker.sees("Taken over");

    asker.press("Give back now");
    asker.press("Give back now");
    asker.sees("Access has ended");
    asker.forgets(key);
    inspect(asker, "access-over");

    // Another one, for the whole folder, which ends by the clock.
    asker.follow("Ask again");
    asker.sees("This is a new request");
    asker.click_role("radio", "All in this folder and below");
    asker.press("Send request");
    asker.sees("Waits for 1 approval");
    approver.follow("Requests");
    approver.follow("Read and propose everything");
    approver.sees("/STRIPE_KEY, ");
    approver.click_role("radio", "15 min");
    approver.press("Approve for 15 min");
    approver.sees("Sealed to them and handed over.");
    asker.follow("Requests");
    asker.follow("Mine");
    asker.follow("Read and propose everything");
    asker.follow("Open the secrets");
    // Its time is counted on every page, for who has opened no project yet, too.
    asker.follow("Share links");
    asker.reload();
    jonas.unlock();
    asker.follow("Production in Payments");
    asker.sees("Approved by Noor Haddad");
    advance(asker, 6 * 60_000);
    asker.sees("Your access to Production ends in");
    asker.sees("Your access ends in");
    asker.press("Reveal DATABASE_URL");
    asker.sees(other);
    advance(asker, 10 * 60_000);
    asker.sees("Access has ended");
    asker.forgets(other);

    // It is written down, with what is to be replaced at its source.
    browser.follow("Who has access");
    browser.sees("Jonas Reuter");
    browser.sees("Replace at its source");
    browser.sees("Ended early");
    inspect(browser, "access-see");
    browser.fill("Search the history", "no such thing");
    browser.sees("Nothing matches.");
    browser.fill("Search the history", "Noor");
    browser.sees("Approved by Noor Haddad");
    browser.press("Earlier");
    browser.press("Back to now");
    browser.fill("Search the history", "INC-2291");
    browser.sees("Approved by Noor Haddad");
    browser.wait("what is searched for in the address", || {
        browser.address().contains("q=INC-2291").then_some(())
    });
    browser.press("Save as CSV");
    browser.sees("The file names secrets and holds no value.");
    for person in [&mara, &noor, &jonas] {
        stays_at_home(&person.browser, &place);
        assert_eq!(person.browser.console_errors(), Vec::<String>::new());
    }
    nothing_escaped(&canary, &place);
}

/// Two approvals are wanted; one person opens it alone in an emergency, which everybody sees for ever. The current values come
/// under the same grant, and who gave it ends it.
#[test]
fn an_emergency_is_loud_and_a_grant_is_ended_by_who_may() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let (first, second) = ("copper-thistle-277", "plum-harbor-655");
    let (reason, why) = ("The ledger does not close", "Mara sleeps and the shop is down");
    for (what, text) in [
        ("a value", first),
        ("a newer value", second),
        ("a reason", reason),
        ("an emergency", why),
    ] {
        canary.add(what, text.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Production");
    mara.stage("LEDGER_KEY", first);
    mara.save();
    let noor = mara.invite_in(driver.browser(), &NOOR, "Production", "Read", &mut canary);
    let jonas = mara.invite(&driver, "Production", "No access", &mut canary);

    let browser = &mara.browser;
    let_noor_approve(&mara);
    browser.press("Change the rules of /");
    type_number(browser, "People needed in step 1", "2");
    browser.click_role("checkbox", "Noor Haddad");
    browser.press("Sign the rules");
    browser.sees("2 of those who may approve");

    let asker = &jonas.browser;
    asker.reload();
    jonas.unlock();
    asker.follow("Payments");
    asker.follow("Request access to Production");
    asker.fill("Secret 1", "LEDGER_KEY");
    asker.fill("Reason", reason);
    asker.press("Send request");
    asker.sees("Waits for 2 approvals");

    let approver = &noor.browser;
    approver.reload();
    noor.unlock();
    approver.follow("Payments");
    approver.follow("Requests");
    approver.follow("Read /LEDGER_KEY");
    approver.press("Open alone");
    approver.fill("What the emergency is", "too short");
    approver.press("Open alone");
    approver.sees("At least 10 characters.");
    approver.fill("What the emergency is", why);
    approver.press("Open alone");
    approver.sees("Opened alone. Marked in the history.");
    // Whoever may approve is told at once, by whom and why; who did it is not.
    browser.sees("Emergency: Noor Haddad opened Production without other approvals.");
    browser.sees(why);
    assert!(!approver.text().contains("Emergency: Noor Haddad"));
    browser.press("Dismiss");

    asker.follow("Requests");
    asker.follow("Mine");
    asker.follow("Read /LEDGER_KEY");
    asker.follow("Open the secrets");
    asker.press("Reveal LEDGER_KEY");
    asker.sees(first);

    // Another value is saved, and comes under the same grant when it is asked for.
    mara.open_environment("Production");
    mara.edit("LEDGER_KEY", second);
    mara.save();
    asker.press("Ask for current values");
    approver.reload();
    noor.unlock();
    approver.press("Hand over current values");
    approver.sees("Sealed to them and handed over.");
    // On the page that is open, without a reload.
    asker.sees("The current values are here");
    asker.press("Reveal LEDGER_KEY");
    asker.sees(second);

    approver.press("End the grant");
    approver.press("End the grant");
    approver.sees("Ended");
    asker.reload();
    jonas.unlock();
    asker.sees("has ended");
    asker.forgets(second);

    browser.follow("Who has access");
    browser.sees("Emergency");
    browser.sees(why);
    inspect(browser, "access-see-emergency");
    nothing_escaped(&canary, &place);
}

/// What others do is told by the server and shown at once: a request in the inbox, a save on the open page. The clocks that
/// look now and again stand still here, so that nothing is found by looking.
#[test]
fn what_others_do_is_seen_at_once() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    mara.open_environment("Production");
    mara.stage("STRIPE_KEY", "maple-canyon-118");
    mara.stage("QUEUE_URL", "birch-meadow-350");
    mara.save();
    let noor = mara.invite_in(
        driver.browser(),
        &NOOR,
        "Production",
        "Read and change",
        &mut canary,
    );
    let jonas = mara.invite(&driver, "Production", "No access", &mut canary);
    let browser = &mara.browser;
    for person in [&mara, &noor] {
        person.browser.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            &json!({ "source": "const real = setInterval; \
                window.setInterval = (call, ms, ...rest) => ms >= 20000 ? 0 : real(call, ms, ...rest);" }),
        );
        person.browser.reload();
        person.unlock();
    }

    // A request: the number beside the word in the sidebar.
    browser.follow("Payments");
    browser.follow("Requests");
    browser.sees("Nothing waits for you");
    let asker = &jonas.browser;
    asker.reload();
    jonas.unlock();
    asker.follow("Payments");
    asker.follow("Request access to Production");
    asker.fill("Secret 1", "QUEUE_URL");
    asker.fill("Reason", "The queue does not drain");
    asker.press("Send request");
    asker.sees("Waits for 1 approval");
    browser.sees("Read /QUEUE_URL");

    // A save: said on the page, taken when it is wanted, and what is staged stays.
    let theirs = &noor.browser;
    theirs.follow("Payments");
    noor.open_environment("Production");
    theirs.press("Reveal QUEUE_URL");
    theirs.sees("birch-meadow-350");
    mara.open_environment("Production");
    mara.edit("QUEUE_URL", "cedar-lagoon-771");
    mara.save();
    theirs.sees("Somebody else changed a secret here");
    inspect(theirs, "environment-newer");
    theirs.press("Show the newest");
    theirs.no_longer_sees("Somebody else changed");
    theirs.press("Reveal QUEUE_URL");
    theirs.sees("cedar-lagoon-771");
    noor.edit("STRIPE_KEY", "olive-summit-209");
    mara.edit("STRIPE_KEY", "aspen-hollow-536");
    mara.save();
    theirs.sees("You are changing it, too");
    assert!(theirs.try_role("button", "Show the newest").is_none());

    // One's own saves are no news.
    assert!(!browser.text().contains("Somebody else changed"));
    for person in [&mara, &noor, &jonas] {
        stays_at_home(&person.browser, &place);
    }
    nothing_escaped(&canary, &place);
}

/// The same rules are changed in two browsers: whoever is second is told while the form is open, signs nothing over it by
/// mistake, compares, takes what is set, and puts their own back in.
#[test]
fn of_two_who_change_the_same_rules_the_second_compares_and_chooses() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    let again = mara.on_another_device(&driver, &place);
    again.browser.follow("Payments");
    open_rules(&mara);
    open_rules(&again);
    let (first, second) = (&mara.browser, &again.browser);
    second.press("Change the rules of /");
    second.sees("Requests that wait are judged by the new rules.");
    first.press("Change the rules of /");
    first.fill("Ticket", "INC-#");
    first.press("Sign the rules");
    first.sees("Signed. Every browser checks it from now on.");

    second.sees("You changed these rules");
    second.fill("Ticket", "OPS-#");
    second.press("Sign the rules");
    second.sees("Nothing was signed. Compare, and choose which rules count.");
    second.sees("Set now: INC-#");
    second.sees("In the form: OPS-#");
    inspect(second, "access-rules-overtaken");
    second.press("Take these rules");
    second.sees("Your own change is set aside");
    second.sees("In the form: INC-#");
    inspect(second, "access-rules-aside");
    second.press("Put mine into the form");
    second.wait("what was filled in", || {
        (!second.text().contains("Your own change is set aside")).then_some(())
    });
    second.press("Sign the rules");
    second.wait("the new rules", || {
        let open = second.run("return !!document.querySelector('dialog[open]')", &[]);
        (open == json!(false) && second.text().contains("OPS-#")).then_some(())
    });
    // Whoever signed first sees what counts without looking for it.
    first.sees("OPS-#");
    nothing_escaped(&canary, &place);
}

/// Two steps, each complete before anything is handed over; and a requester with other keys than the approver knew, who has to be
/// compared before approving is possible.
#[test]
fn every_step_counts_and_other_keys_are_compared_first() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let value = "saffron-glacier-634";
    canary.add("a value", value.as_bytes());
    mara.create_project("Payments");
    mara.open_environment("Production");
    mara.stage("LEDGER_KEY", value);
    mara.save();
    let noor = mara.invite_in(driver.browser(), &NOOR, "Production", "Read", &mut canary);
    let jonas = mara.invite(&driver, "Production", "No access", &mut canary);
    let browser = &mara.browser;
    let_noor_approve(&mara);
    // From here on nobody touches a mouse to rule, ask, decide, use and give back.
    let by_keys = |browser: &Browser, name: &str| {
        tab_to(browser, name);
        browser.keys(ENTER);
    };
    by_keys(browser, "Change the rules of /");
    by_keys(browser, "Add a step");
    inspect(browser, "access-rules-steps");
    by_keys(browser, "Sign the rules");
    browser.sees("Step 2");

    // Jonas is taken out and let in anew: to who did not do that, his keys may be anybody's.
    browser.follow("Members and keys");
    browser.press("More for Jonas Reuter");
    browser.click_role("menuitem", "Remove from project");
    browser.press("Remove from project");
    browser.sees("removed. Change what they could open at its source.");
    let link = mara.make_invitation(&JONAS, "Production", "No access");
    let asker = &jonas.browser;
    asker.go(&link);
    jonas.unlock();
    asker.press("Ask to join");
    asker.sees("Asked to join.");
    browser.press("Check again");
    browser.press("Admit Jonas");
    browser.sees("Jonas Reuter admitted.");
    asker.go(&place.url("/projects"));
    jonas.unlock();
    asker.follow("Payments");
    asker.sees("You hold no key for it.");
    by_keys(asker, "Request access to Production");
    asker.sees("Who will be asked");
    tab_to(asker, "Secret 1");
    asker.keys("LEDGER_KEY");
    tab_to(asker, "Reason");
    asker.keys("The ledger does not close");
    by_keys(asker, "Send request");
    asker.sees("Waits for 2 approvals");

    let approver = &noor.browser;
    approver.reload();
    noor.unlock();
    approver.follow("Payments");
    approver.sees("waiting for you");
    approver.keys("gr");
    approver.sees("Read /LEDGER_KEY");
    by_keys(approver, "Read /LEDGER_KEY of Production for 1 h");
    approver.sees("This person has another key than you knew");
    assert!(approver.try_role("button", "Approve for 1 h").is_none());
    inspect(approver, "access-decide-changed");
    by_keys(approver, "Compare words");
    approver.sees("compare the words again");
    by_keys(approver, "Show the words of Jonas Reuter");
    by_keys(approver, "All eight words match");
    approver.sees("is verified.");
    approver.keys("gr");
    approver.sees("Read /LEDGER_KEY");
    by_keys(approver, "Read /LEDGER_KEY of Production for 1 h");
    approver.sees("Give for");
    by_keys(approver, "Approve for 1 h");
    approver.sees("1 of 2 approvals signed");

    // One step is complete, and nothing is handed over before the other.
    asker.sees("1 of 2 approvals signed");
    assert!(asker.try_role("link", "Open the secrets").is_none());
    browser.keys("gr");
    browser.sees("Read /LEDGER_KEY");
    by_keys(browser, "Read /LEDGER_KEY of Production for 1 h");
    browser.sees("Give for");
    by_keys(browser, "Approve for 1 h");
    browser.sees("Sealed to them and handed over.");
    asker.sees("Open the secrets");
    by_keys(asker, "Open the secrets");
    asker.sees("LEDGER_KEY");
    by_keys(asker, "Reveal LEDGER_KEY");
    asker.sees(value);
    by_keys(asker, "Give back now");
    by_keys(asker, "Give back now");
    asker.sees("Access has ended");
    nothing_escaped(&canary, &place);
}

/// Follows a form link in a new browser: first to signing in, by way of a reload, and then to the form as it was published.
/// A link into a project that is not theirs says so.
fn a_link_is_followed_from_a_device_that_knows_nobody(driver: &Driver, person: &Person, link: &str) {
    let there = Person {
        browser: driver.browser(),
        passphrase: person.passphrase.clone(),
        kit: person.kit.clone(),
        account_key: person.account_key.clone(),
    };
    let browser = &there.browser;
    browser.go(link);
    browser.sees("Then you go on to the page that you opened.");
    browser.follow("A login on this server");
    browser.follow("Another way to sign in");
    browser.follow("An emergency kit");
    browser.wait("the page that signs in", || {
        browser.address().contains("/signin?to=").then_some(())
    });
    browser.reload();
    browser.fill("Emergency kit", &there.kit);
    browser.fill("Passphrase", &there.passphrase);
    browser.press("Set up and unlock");
    browser.sees("Those of the link that you opened.");
    assert_eq!(browser.value("Secret 1"), "STRIPE_KEY");
    browser.wait("how the reason begins", || {
        (browser.value("Reason") == "Incident:").then_some(())
    });
    browser.role("radio", "15 min");
    browser.role("radio", "1 h");
    for other in ["4 h", "1 day", "Other"] {
        assert!(
            browser.try_role("radio", other).is_none(),
            "{other} is not offered"
        );
    }

    let project = link.split("/p/").nth(1).and_then(|rest| rest.split('/').next());
    let project = project.expect("a link names its project");
    browser.go(&link.replace(project, "00000000-0000-4000-8000-000000000000"));
    there.unlock();
    browser.sees("This project is not open to you");
    browser.press("Use another account");
    browser.sees("Unlock your keys");
    browser.follow("Use another account");
    browser.sees("Then you go on to the page that you opened.");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
}

/// Opens the rules of production and lets Noor approve.
fn let_noor_approve(mara: &Person) {
    open_rules(mara);
    let browser = &mara.browser;
    browser.click_role("checkbox", "Noor Haddad may approve");
    browser.sees("Signed. Every browser checks it from now on.");
}

/// Goes from a project's page to the rules of its environment Production.
fn open_rules(person: &Person) {
    let browser = &person.browser;
    browser.follow("Rules");
    let rules = browser.wait("the page of the rules", || {
        let address = browser.address();
        let page = address.split('?').next().unwrap_or_default();
        page.ends_with("/rules").then(|| page.to_owned())
    });
    browser.go(&format!("{rules}?env=production"));
    person.unlock();
    browser.sees("Rules for requests");
}

/// Types a number into the field of that name.
fn type_number(browser: &Browser, label: &str, number: &str) {
    let typed = "const [label, number] = arguments; \
        const field = [...document.querySelectorAll('input')] \
            .find((input) => (input.getAttribute('aria-label') || (input.labels[0] || {}).textContent || '').trim().startsWith(label)); \
        if (!field) return false; \
        field.value = number; field.dispatchEvent(new Event('input', { bubbles: true })); return true;";
    browser.wait(label, || {
        let done = browser.run(typed, &[json!(label), json!(number)]);
        (done == json!(true)).then_some(())
    });
}

/// Walks by the Tab key until what has the focus is called so.
fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..120 {
        browser.keys(TAB);
        if is_called(&focused(browser), name) {
            return;
        }
    }
    panic!("the Tab key never comes to “{name}”: {}", browser.text());
}

/// What has the focus is called so.
fn focused(browser: &Browser) -> String {
    let called = "const node = document.activeElement; \
        const label = node.labels && node.labels.length ? node.labels[0].textContent : ''; \
        return (node.getAttribute('aria-label') || label || node.textContent || '').trim()";
    let found = browser.run(called, &[]);
    found.as_str().unwrap_or_default().to_owned()
}

/// Parts of a name that stand apart on the page have no space between them in its text.
fn is_called(found: &str, name: &str) -> bool {
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    letters(found) == letters(name)
}

/// Moves the page's clock forward.
fn advance(browser: &Browser, ms: u64) {
    browser.run(
        "const [ms] = arguments; const before = Date.now; Date.now = () => before() + ms;",
        &[json!(ms)],
    );
}
