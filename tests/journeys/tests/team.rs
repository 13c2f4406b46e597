//! Several people on one project: invited, let in, in each other's way.

use coffer_journeys::{Driver, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

/// A contractor is invited, makes keys, is let in, and opens what was given and nothing else.
#[test]
fn an_invited_contractor_opens_what_was_given_and_nothing_else() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let (dev, live) = ("heron-slate-418", "walnut-ember-902");
    canary.add("a value of development", dev.as_bytes());
    canary.add("a value of production", live.as_bytes());
    mara.create_project("Payments");
    let project = mara.browser.address();
    for (environment, value) in [("Development", dev), ("Production", live)] {
        mara.browser.go(&project);
        mara.unlock();
        mara.open_environment(environment);
        mara.stage("API_KEY", value);
        mara.save();
    }

    let browser = &mara.browser;
    browser.follow("Members and keys");
    browser.press("Invite");
    browser.fill("Email", "not an address");
    browser.press("Create invitation link");
    browser.sees("Enter one e-mail address.");
    browser.fill("Email", "jonas@example.org");
    browser.choose("Right in Development", "Read");
    browser.sees("becomes a member and gets the keys of 1 environment");
    browser.press("Create invitation link");
    browser.sees("Works once, until");
    let link = browser.value("Invitation link");
    assert!(link.starts_with(&place.url("/i#v1.")), "{link}");
    canary.add(
        "an invitation's secret",
        link.rsplit_once('#').expect("a link has a fragment").1.as_bytes(),
    );
    browser.press("Done");

    let jonas = Person::accept(&driver, &link, &mut canary);
    assert!(!jonas.browser.address().contains('#'));
    // The link has done its work: a second person gets nothing by it.
    let thief = driver.browser();
    thief.go(&link);
    thief.fill("First name", "Eve");
    thief.press("Make my keys and join");
    thief.wait("a refusal", || {
        let text = thief.text();
        (!text.contains("Keep your emergency kit") && text.contains("invit")).then_some(())
    });

    browser.press("Check again");
    browser.sees("Waiting to be let in");
    browser.press("Admit Jonas");
    browser.sees("admitted. The keys were sealed to them in this browser.");

    jonas.browser.reload();
    jonas.unlock();
    jonas.browser.follow("Payments");
    jonas.browser.sees("You hold no key for it.");
    jonas.open_environment("Development");
    jonas.browser.press("Reveal API_KEY");
    jonas.browser.sees(dev);
    jonas.browser.sees("You can read here, not change.");
    assert!(jonas.browser.try_role("button", "Add secret").is_none());
    // What was not given stays closed, by its address too.
    let address = jonas.browser.address().replace("/e/development", "/e/production");
    let address = address
        .split('?')
        .next()
        .expect("an address has a path")
        .to_owned();
    jonas.browser.go(&address);
    jonas.unlock();
    jonas.browser.sees("key");
    assert!(!jonas.browser.everything().contains(live));
    stays_at_home(&jonas.browser, &place);
    assert_eq!(jonas.browser.console_errors(), Vec::<String>::new());
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Words are compared, rights are changed, and somebody who was removed reads nothing that comes afterwards; the trust
/// page says what was checked all along.
#[test]
fn keys_follow_the_people_and_the_trust_page_says_so() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    for value in ["osprey-gravel-1", "osprey-gravel-2", "osprey-gravel-3"] {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "osprey-gravel-1");
    mara.save();
    let jonas = mara.invite(&driver, "Development", "Read and change", &mut canary);
    jonas.browser.reload();
    jonas.unlock();
    jonas.browser.follow("Payments");
    jonas.open_environment("Development");
    jonas.stage("FROM_JONAS", "osprey-gravel-2");
    jonas.save();

    // Jonas compares Mara's words; she is the founder, so he knows her already, and the mark is kept.
    jonas.browser.follow("Members and keys");
    jonas.browser.press("Show the words of Mara Ines Vogt");
    jonas.browser.press("All eight words match");
    jonas.browser.sees("is verified. Your other devices know it too.");
    jonas.browser.sees("Words compared by you on");
    assert!(
        jonas.browser.try_role("button", "Invite").is_none(),
        "only admins invite"
    );

    // What was checked, drawn and written.
    browser.follow("Trust");
    browser.sees("What one lost laptop opens");
    browser.sees("All as signed");
    browser.sees("Jonas Reuter came in on");
    browser.choose("Whose laptop", "Jonas Reuter");
    browser.sees("Jonas Reuter’s laptop opens Development: 2 secrets you can see.");
    assert_eq!(browser.axe(), Vec::<String>::new(), "axe on the trust page");

    // Fewer rights, then none.
    browser.follow("Members and keys");
    browser.press("More for Jonas Reuter");
    browser.click_role("menuitem", "Change rights");
    browser.choose("Right in Development", "Read");
    browser.sees("Jonas Reuter keeps every key they have.");
    browser.press("Change rights");
    browser.sees("The rights of Jonas Reuter are signed");
    jonas.browser.follow("Development");
    jonas.browser.reload();
    jonas.unlock();
    jonas.browser.sees("You can read here, not change.");
    browser.press("More for Jonas Reuter");
    browser.click_role("menuitem", "Remove from project");
    browser.sees("They could open Development.");
    browser.press("Remove from project");
    browser.sees("removed. Change what they could open at its source.");
    browser.follow("Trust");
    browser.sees("The next save begins a new key.");
    mara.open_environment("Development");
    mara.stage("AFTERWARDS", "osprey-gravel-3");
    mara.save();
    jonas.browser.reload();
    jonas.unlock();
    jonas.browser.wait("the end of access", || {
        let text = jonas.browser.text();
        text.contains("You may have been removed").then_some(())
    });
    assert!(!jonas.browser.everything().contains("osprey-gravel-3"));
    nothing_escaped(&canary, &place);
}

/// Two browsers save at once: different secrets both arrive, of the same one a person chooses.
#[test]
fn two_who_save_at_once_lose_nothing_and_choose_between_their_values() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let values = [
        "ferry-cobalt-1",
        "ferry-cobalt-2",
        "ferry-cobalt-3",
        "tin-orchard-7",
    ];
    for value in values {
        canary.add("a value", value.as_bytes());
    }
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", values[0]);
    mara.save();

    let other = mara.on_another_device(&driver, &place);
    other.browser.follow("Payments");
    other.open_environment("Development");

    // Different secrets: nobody is asked.
    other.stage("OTHER", values[3]);
    mara.edit("API_KEY", values[1]);
    mara.save();
    other.save();
    for name in ["API_KEY", "OTHER"] {
        other.browser.sees(name);
    }
    other.browser.press("Reveal API_KEY");
    other.browser.sees(values[1]);

    // The same secret: mine, theirs and what both built on.
    other.edit("API_KEY", values[2]);
    mara.edit("API_KEY", "ferry-cobalt-4");
    canary.add("a value", b"ferry-cobalt-4");
    mara.save();
    other.browser.press("Review and save");
    other.browser.press("Save ");
    other.browser.sees("Someone saved while you were editing");
    other.browser.press("Show values");
    for value in [values[1], values[2], "ferry-cobalt-4"] {
        other.browser.sees(value);
    }
    assert_eq!(other.browser.axe(), Vec::<String>::new(), "axe on the conflict");
    let theirs = other.browser.role("radio", "Theirs");
    other.browser.run("arguments[0].click()", &[theirs.handle()]);
    other.browser.press("Save with these choices");
    other.browser.sees("Nothing of yours is left to save.");
    other.browser.press("Reveal API_KEY");
    other.browser.sees("ferry-cobalt-4");

    // Mine wins.
    other.edit("API_KEY", values[2]);
    mara.edit("API_KEY", values[0]);
    mara.save();
    other.browser.press("Review and save");
    other.browser.press("Save ");
    other.browser.sees("Someone saved while you were editing");
    other.browser.press("Save with these choices");
    other.browser.sees("Saved ");
    mara.browser.press("More");
    mara.browser.click_role("menuitem", "Check again");
    mara.browser.sees("History checked, head");
    mara.browser.press("Reveal API_KEY");
    mara.browser.sees(values[2]);
    assert_eq!(mara.browser.console_errors(), Vec::<String>::new());
    assert_eq!(other.browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// What another tool wrote into a sealed environment is named, and nothing of it is shown or opened.
#[test]
fn what_the_server_adds_is_named_and_not_shown() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", "larch-signal-61");
    canary.add("a value", b"larch-signal-61");
    mara.save();
    // The page's own session writes a row in the clear, as another client of the server would.
    let write = |name: &str| {
        mara.browser.run_async(
            "const [name, done] = arguments; \
             const project = location.pathname.split('/')[2]; \
             fetch('/api/v1/auth/token', { method: 'POST' }) \
               .then(answer => answer.json()) \
               .then(({ token }) => fetch(`/api/v3/secrets/raw/${name}`, { \
                 method: 'POST', \
                 headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, \
                 body: JSON.stringify({ workspaceId: project, environment: 'development', secretPath: '/', \
                   secretValue: 'evil-in-the-clear.so', type: 'shared' }) })) \
               .then(answer => done(answer.status), error => done(String(error)))",
            &[json!(name)],
        )
    };
    let written = write("LD_PRELOAD");
    assert_eq!(written, json!(200));
    mara.browser.press("More");
    mara.browser.click_role("menuitem", "Check again");
    mara.browser.sees("Not part of this environment");
    mara.browser.sees("LD_PRELOAD");
    mara.browser.sees("Not sealed");
    assert!(!mara.browser.everything().contains("evil-in-the-clear"));
    assert_eq!(mara.browser.axe(), Vec::<String>::new(), "axe on the findings");

    // Locked: the server itself refuses it, from every client, and sealed values go on.
    mara.browser.follow("Trust");
    mara.browser.sees("1 finding to look at");
    mara.browser.press("Lock Development");
    mara.browser.role("button", "Unlock Development");
    assert_eq!(write("LD_AUDIT"), json!(400));
    mara.browser.press("New key for Development");
    mara.browser.sees("A new key is in use");
    mara.browser.follow("Development");
    mara.stage("STILL_SEALED", "larch-signal-62");
    canary.add("a value", b"larch-signal-62");
    mara.save();
    mara.browser.press("Reveal STILL_SEALED");
    mara.browser.sees("larch-signal-62");
    nothing_escaped(&canary, &place);
}
