//! A secret given away by an expiring link.

use std::sync::atomic::{AtomicBool, Ordering};

use coffer_journeys::{Driver, JONAS, Lie, Person, Place, built_app, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

use crate::access::{inspect, settled};

/// A link opens once, in a browser without an account, and tells every other end apart.
#[test]
fn a_link_opens_once_and_says_why_it_does_not_open_again() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    canary.add("the shared text", b"quartz-pelican-909");

    let link = mara.share("quartz-pelican-909");
    assert!(link.starts_with(&place.url("/s#v1.")), "{link}");
    let key = link
        .split("#v1.")
        .nth(1)
        .and_then(|rest| rest.split('.').next())
        .expect("a link has a key");
    canary.add("the link's key", key.as_bytes());

    // The recipient: a browser that knows nothing.
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.sees("Someone sent you a secret");
    assert!(
        !recipient.address().contains('#'),
        "the key has left the address bar"
    );
    let loaded = recipient.requested();
    let asked: Vec<&String> = loaded.iter().filter(|url| url.contains("/api/")).collect();
    assert!(
        asked.is_empty(),
        "the page asks the server nothing on load: {asked:?}"
    );
    let program = |name: &str| loaded.iter().any(|url| url.contains(name));
    assert!(
        program("/recipient-") && !program("/coffer-web-"),
        "a receiver loads the small program alone: {loaded:?}"
    );
    recipient.press("Show secret");
    recipient.sees("quartz-pelican-909");
    stays_at_home(&recipient, &place);

    let late = driver.browser();
    late.go(&link);
    late.press("Show secret");
    late.sees("Already opened");
    let cut = driver.browser();
    cut.go(&place.url("/s"));
    cut.sees("The link is not complete");

    // With a passphrase: a wrong one spends no view.
    let guarded = mara.share_with("opal-meadow-313", "seven quiet violet lanterns");
    canary.add("the guarded text", b"opal-meadow-313");
    canary.add("the passphrase of a link", b"seven quiet violet lanterns");
    late.go(&guarded);
    late.fill("Passphrase", "eight loud violet lanterns");
    late.press("Show secret");
    late.sees("That passphrase does not fit");
    late.fill("Passphrase", "seven quiet violet lanterns");
    late.press("Try again");
    late.sees("opal-meadow-313");

    // Revoked by the sender.
    let revoked = mara.share("never-to-be-read-44");
    browser.press("Revoke");
    browser.press("Revoke");
    browser.sees("Link revoked");
    late.go(&revoked);
    late.press("Show secret");
    late.wait("the end of the link", || {
        let text = late.text();
        (text.contains("The sender ended this link") || text.contains("The server knows no such link"))
            .then_some(())
    });
    assert!(!late.text().contains("never-to-be-read-44"));
    nothing_escaped(&canary, &place);
}

/// Several secrets of a folder go into one link, and their maker sees what the recipient will see without a view.
#[test]
fn several_secrets_are_sent_by_name_and_looked_at_without_a_view() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    mara.create_project("Payments");
    mara.open_environment("Development");
    for (name, value) in [
        ("DATABASE_URL", "postgres://dunlin-717"),
        ("API_KEY", "sk_godwit-818"),
        ("UNSENT", "stays-here-919"),
    ] {
        mara.stage(name, value);
        canary.add(name, value.as_bytes());
    }
    mara.save();
    browser.press("More");
    browser.click_role("menuitem", "Share secrets of this folder");
    browser.sees("Secrets to send");
    browser.click_role("checkbox", "UNSENT");
    browser.press("Seal and create link");
    browser.sees("Your link is ready");
    let link = browser.value("Recipient link");
    for _ in 0..2 {
        browser.press("Preview, uses no view");
        browser.press("Show secret");
        browser.sees("sk_godwit-818");
        assert!(!browser.text().contains("stays-here-919"));
        browser.press("Close");
    }
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("postgres://dunlin-717");
    recipient.role("button", "Copy API_KEY");
    assert!(!recipient.text().contains("stays-here-919"));
    nothing_escaped(&canary, &place);
}

/// A file of 20 MB goes by link though the connection breaks on the way there and on the way back, arrives unchanged under a
/// harmless name, and is in no request and no file of the server.
#[test]
fn a_file_goes_by_link_through_connections_that_break() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let sender = &mara.browser;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let content: Vec<u8> = (0..20_000_000_u32)
        .map(|n| b"godwit-chart-616 "[n as usize % 17] ^ (u8::from(n % 17 == 0) * (n >> 16) as u8))
        .collect();
    canary.add("the file", b"odwit-chart-616");
    canary.add("the file's name", "tide \u{202e}tables 717.bin".as_bytes());
    let path = folder.path().join("tide \u{202e}tables 717.bin");
    std::fs::write(&path, &content).expect("a file to send");

    sender.follow("Share links");
    sender.follow("Send a secret");
    sender.sees("drop them here, up to 104 MB together");
    sender.attach("input[type=file]", &path);
    sender.sees("20 MB");
    place.lie(breaks_at("/pieces/7"));
    sender.press("Seal and create link");
    sender.sees("The connection broke");
    // Whoever leaves now is asked; staying costs nothing.
    sender.follow("My links");
    sender.sees("Stop sending?");
    sender.press("Stay");
    place.honest();
    sender.press("Go on");
    sender.sees("Your link is ready");
    let link = sender.value("Recipient link");

    let saved = tempfile::tempdir().expect("a temporary folder");
    let recipient = driver.browser();
    recipient.saves_into(saved.path());
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("tide tables 717.bin");
    recipient.sees("20 MB");
    place.lie(breaks_at("/pieces/12"));
    recipient.press("Download");
    recipient.sees("The connection broke");
    place.honest();
    recipient.press("Go on");
    recipient.sees("Complete and unchanged");
    stays_at_home(&recipient, &place);
    let arrived = recipient.wait("the saved file", || {
        let path = saved.path().join("tide tables 717.bin");
        std::fs::read(path)
            .ok()
            .filter(|bytes| bytes.len() == content.len())
    });
    assert!(arrived == content, "every byte of it");

    // One view was used, by all of that.
    let late = driver.browser();
    late.go(&link);
    late.press("Show secret");
    late.sees("Already opened");
    nothing_escaped(&canary, &place);
}

/// Loses every answer about this piece and all that come after it.
fn breaks_at(piece: &'static str) -> Lie {
    let broke = AtomicBool::new(false);
    Box::new(move |asked, answer| {
        if asked.path.ends_with(piece) {
            broke.store(true, Ordering::Relaxed);
        }
        answer.lost |= broke.load(Ordering::Relaxed);
    })
}

/// The server keeps to what its sender chose, tells who opened it, and lets the sender change it.
#[test]
fn a_sender_limits_a_link_sees_who_opened_it_and_changes_it() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let browser = &mara.browser;
    for (what, text) in [
        ("the shared text", "teal-curlew-141"),
        ("the title", "Curlew key"),
        ("the note", "for the curlew desk"),
        ("the text that is destroyed", "ochre-dipper-252"),
    ] {
        canary.add(what, text.as_bytes());
    }
    browser.follow("Share links");
    browser.follow("Send a secret");
    browser.fill("Secret", "teal-curlew-141");
    browser.fill("Title", "Curlew key");
    browser.run_when_ready("document.querySelector('main details').open = true", &[]);
    browser.sees("With one view there is nothing to open again.");
    browser.click_role("radio", "3 times");
    browser.click_role("checkbox", "Only the first device that opens it");
    browser.click_role("checkbox", "Note when and from where it is opened");
    browser.fill("Only from these networks", "127.0.0.0/33");
    browser.sees("127.0.0.0/33 is no network.");
    browser.press("Seal and create link");
    browser.fill("Only from these networks", "127.0.0.0/8, ::1");
    browser.no_longer_sees("is no network.");
    browser.click_role("radio", "10 min");
    browser.sees(
        "Only the device that opens it first opens it again. Opens only from 2 networks. \
         Ends 10 min after its first view at the latest. The server notes when and from where it is opened.",
    );
    inspect(browser, "share-limits");
    browser.press("Seal and create link");
    browser.sees("Your link is ready");
    inspect(browser, "share-ready");
    let link = browser.value("Recipient link");

    // The first device opens it again, another one does not. What the server says is asked for first, and uses no view.
    let first = driver.browser();
    first.go(&link);
    first.press("How many views are left?");
    for said in [
        "Views left, the server says: 3",
        "Nobody has opened it yet, the server says",
        "Only the device that opens it first can open it again",
        "The sender is told when and from where it is opened",
    ] {
        first.sees(said);
    }
    inspect(&first, "recipient-asked");
    for _ in 0..2 {
        first.go(&link);
        first.press("Show secret");
        first.sees("teal-curlew-141");
    }
    let second = driver.browser();
    second.go(&link);
    second.press("Show secret");
    second.sees("This link opens on another device");
    assert!(!second.text().contains("teal-curlew-141"));

    // The sender sees both openings, in the server's words, and lets it be opened once more.
    browser.follow("Share links");
    browser.sees("Opened 2 of 3");
    browser.press("Details of Curlew key");
    browser.sees("In the server’s words");
    browser.wait("two openings and their addresses", || {
        let text = browser.text();
        let addresses = text.split_whitespace().filter(|word| *word == "127.0.0.1");
        (addresses.count() == 2).then_some(())
    });
    settled(browser);
    inspect(browser, "share-details");
    browser.fill("Note", "for the curlew desk");
    browser.press("Save note");
    browser.sees("Note saved.");
    browser.sees("It is bound to the device that opened it first.");
    browser.fill("Only from these networks", "127.0.0.0/8, ::1, 192.0.2.300");
    browser.sees("192.0.2.300 is no network.");
    browser.fill("Only from these networks", "127.0.0.0/8, ::1, 192.0.2.0/24");
    browser.no_longer_sees("is no network.");
    browser.click_role("checkbox", "Only I can end it before its time");
    browser.click_role("radio", "Once");
    browser.press("Change limits");
    browser.sees("Limits changed.");
    browser.sees("for the curlew desk");
    first.go(&link);
    first.press("Show secret");
    first.sees("teal-curlew-141");
    first.go(&link);
    first.press("Show secret");
    first.sees("Already opened");
    browser.follow("Send a secret");

    // Destroyed by who received it, and the sender is told.
    browser.fill("Secret", "ochre-dipper-252");
    browser.click_role("radio", "Until it ends");
    browser.press("Seal and create link");
    browser.sees("Your link is ready");
    let link = browser.value("Recipient link");
    second.go(&link);
    second.press("Show secret");
    second.sees("ochre-dipper-252");
    inspect(&second, "share-open");
    second.press("Destroy the link now");
    second.sees("Destroyed. The server says");
    assert!(second.text().contains("ochre-dipper-252"), "it is still read");
    first.go(&link);
    first.press("Show secret");
    first.sees("This link was destroyed");
    browser.follow("Share links");
    browser.sees("Used up");
    browser.sees("Destroyed by its recipient");
    settled(browser);
    inspect(browser, "shares");
    browser.press("Details of Curlew key");
    browser.sees("Opens only from 3 networks.");
    browser.sees("Who opens it cannot destroy it.");
    nothing_escaped(&canary, &place);
}

/// A try that failed is told for what it was, what may go away keeps the key, and an end that this page may have brought about
/// itself accuses nobody.
#[test]
fn a_link_keeps_its_key_when_a_try_fails_and_claims_nothing_it_does_not_know() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let link = mara.share("umber-wagtail-363");
    canary.add("the shared text", b"umber-wagtail-363");
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.sees("This page has asked the server nothing yet");

    // Asking how many views are left fails, and uses none.
    place.lie(loses("/shared-secrets/"));
    recipient.press("How many views are left?");
    recipient.sees("The server does not answer");
    recipient.sees("Asking uses no view.");
    recipient.sees("This page has used no view");
    place.lie(refuses(
        "/shared-secrets/",
        429,
        "Too many requests. Try again in 900 seconds",
    ));
    recipient.press("How many views are left?");
    recipient.sees("Too many tries");
    place.honest();
    recipient.press("How many views are left?");
    recipient.sees("Views left, the server says: 1");
    recipient.sees("End, the server says: ");

    // So does opening it: turned away, from another network, and then with its answer lost.
    for (status, message, said) in [
        (429, "Too many requests. Try again in 8 seconds", "Try again ("),
        (
            403,
            "The shared secret does not open from this network",
            "This link does not open from here",
        ),
        (
            403,
            "The shared secret's file has not been sent completely yet",
            "The file is not there yet",
        ),
    ] {
        place.lie(refuses("/access", status, message));
        let press = if said == "Try again (" {
            "Show secret"
        } else {
            "Try again"
        };
        recipient.press(press);
        recipient.sees(said);
        recipient.sees("This page has used no view");
        recipient.no_longer_sees("Try again (");
        recipient.role("button", "Try again");
        let asks = recipient.try_role("button", "Ask the sender for a new link");
        assert_eq!(asks.is_some(), said == "This link does not open from here");
    }
    place.lie(loses("/access"));
    recipient.press("Try again");
    recipient.sees("A try failed: it may have used a view");
    recipient.no_longer_sees("This page has used no view");
    inspect(&recipient, "share-failed");
    place.honest();
    recipient.press("Try again");
    recipient.sees("the last one perhaps by your own try that failed");
    recipient.role("button", "Ask the sender for a new link");
    assert!(
        recipient
            .try_role("button", "Copy a message for the sender")
            .is_none()
    );
    nothing_escaped(&canary, &place);
}

/// A file whose view is spent is not lost by a pause that the server wants, nor by a press, and its link can be destroyed.
#[test]
fn a_file_waits_when_it_is_told_to_asks_before_it_is_cleared_and_its_link_is_destroyed() {
    let (driver, place, canary, mara) = Person::on_a_new_server();
    let sender = &mara.browser;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("dunes.bin");
    std::fs::write(&path, vec![7; 3_000_000]).expect("a file to send");
    sender.follow("Share links");
    sender.follow("Send a secret");
    sender.attach("input[type=file]", &path);
    sender.sees("3 MB");
    sender.click_role("radio", "Until it ends");
    sender.press("Seal and create link");
    sender.sees("Your link is ready");
    let link = sender.value("Recipient link");

    let recipient = driver.browser();
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("The link ends ");
    recipient.press("Clear this page now");
    recipient.sees("Not everything is saved yet.");
    place.lie(refuses_once(
        "/pieces/1",
        429,
        "Too many requests. Try again in 8 seconds",
    ));
    recipient.press("Download");
    recipient.sees("The server asks for a pause.");
    recipient.sees("Complete and unchanged");
    place.honest();
    inspect(&recipient, "share-file");
    recipient.press("Destroy the link now");
    recipient.sees("Destroyed. The server says");
    recipient.press("Clear this page now");
    recipient.sees("Already opened here");
    let late = driver.browser();
    late.go(&link);
    late.press("Show secret");
    late.sees("This link was destroyed");
    nothing_escaped(&canary, &place);
}

/// Two files of one name go behind one link, after a third that was taken out again, and are saved one by one or together.
#[test]
fn several_files_go_behind_one_link_and_are_saved_one_by_one_or_together() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let sender = &mara.browser;
    let contents: [Vec<u8>; 2] =
        ["garganey-515 ", "pochard-626 "].map(|mark| mark.repeat(90_000).into_bytes());
    canary.add("a file", b"garganey-515 garganey-515");
    canary.add("the other file", b"pochard-626 pochard-626");
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    sender.follow("Share links");
    sender.follow("Send a secret");
    for (folder, content) in folders.iter().zip(&contents) {
        let path = folder.path().join("tides.txt");
        std::fs::write(&path, content).expect("a file to send");
        sender.attach("input[type=file]", &path);
    }
    sender.sees("2 files, 3 MB of 104 MB");
    let path = folders[0].path().join("not this one.txt");
    std::fs::write(&path, "stays at home").expect("a file to take out");
    sender.attach("input[type=file]", &path);
    sender.sees("3 files");
    sender.press("Remove not this one.txt");
    sender.sees("2 files, 3 MB of 104 MB");
    inspect(sender, "share-new-files");
    sender.fill("Title", "Tides");
    sender.press("Seal and create link");
    sender.sees("Your link is ready");
    let link = sender.value("Recipient link");
    assert!(link.contains("#v2."), "pages of before say that it is newer");

    let saved = tempfile::tempdir().expect("a temporary folder");
    let recipient = driver.browser();
    recipient.saves_into(saved.path());
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("Files: 2");
    recipient.sees("tides (2).txt");
    assert!(!recipient.text().contains("not this one"));
    recipient.press("Download");
    recipient.sees("Complete and unchanged");
    inspect(&recipient, "share-files");
    let arrives = |name: &'static str| {
        let path = saved.path().join(name);
        recipient.wait(name, || {
            std::fs::read(&path).ok().filter(|bytes| bytes.len() > 1_000_000)
        })
    };
    recipient.press("Save tides (2).txt");
    assert!(arrives("tides (2).txt") == contents[1], "every byte of it");
    recipient.press("Clear this page now");
    recipient.sees("Not everything is saved yet.");
    recipient.press("Save all as one .zip");
    let archive = arrives("Tides.zip");
    for content in &contents {
        assert!(archive.windows(content.len()).any(|part| part == content));
    }
    recipient.press("Clear this page now");
    recipient.sees("Already opened here");
    nothing_escaped(&canary, &place);
}

/// Loses every answer under this path.
fn loses(path: &'static str) -> Lie {
    Box::new(move |asked, answer| answer.lost |= asked.path.contains(path))
}

/// Refuses what is asked under this path, in a server's words.
fn refuses(path: &'static str, status: u16, message: &'static str) -> Lie {
    Box::new(move |asked, answer| {
        if asked.path.contains(path) {
            answer.status = status;
            answer.body = json!({ "message": message }).to_string().into_bytes();
        }
    })
}

/// The same, the first time only.
fn refuses_once(path: &'static str, status: u16, message: &'static str) -> Lie {
    let refused = AtomicBool::new(false);
    let refuses = refuses(path, status, message);
    Box::new(move |asked, answer| {
        if asked.path.contains(path) && !refused.swap(true, Ordering::Relaxed) {
            refuses(asked, answer);
        }
    })
}

/// Preview bots fetch every link they see: none of them counts as a view.
#[test]
fn preview_bots_spend_no_view() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let link = mara.share("basalt-heron-212");
    let page = link.split('#').next().expect("a link has a page");
    for agent in [
        "Slackbot-LinkExpanding 1.0",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23",
        "facebookexternalhit/1.1",
        "Discordbot/2.0",
        "LinkedInBot/1.0",
        "SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; bingbot/2.0)",
    ] {
        for method in ["GET", "HEAD"] {
            let request = ureq::http::Request::builder()
                .method(method)
                .uri(page)
                .header("user-agent", agent);
            let answer = ureq::run(request.body(()).expect("a request")).expect("the page is there");
            assert_eq!(answer.status(), 200, "{agent}");
        }
    }
    // One that runs the page's own program, but clicks nothing.
    let bot = driver.browser();
    bot.go(&link);
    bot.sees("Someone sent you a secret");
    let recipient = driver.browser();
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("basalt-heron-212");
    canary.add("the shared text", b"basalt-heron-212");
    nothing_escaped(&canary, &place);
}

/// A part of the program that is not what was published with the page does not run, and the page says so.
#[test]
fn a_program_that_was_changed_does_not_run() {
    let driver = Driver::start();
    let browser = driver.browser();
    for ending in ["js", "wasm"] {
        let web = tempfile::tempdir().expect("a temporary folder");
        for file in std::fs::read_dir(built_app()).expect("the built app").flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let mut bytes = std::fs::read(file.path()).expect("a file of the app");
            let is_changed = name.starts_with("recipient-");
            if is_changed && name.ends_with(ending) {
                // A comment, and a byte after the last section.
                bytes.extend_from_slice(if ending == "js" { b"//" } else { b"\0" });
            }
            // Compressed siblings of what was changed would still be what was published.
            if !(is_changed && (name.ends_with(".br") || name.ends_with(".gz"))) {
                std::fs::write(web.path().join(name), bytes).expect("a copy");
            }
        }
        let place = Place::serving(web.path().to_owned());
        browser.go(&place.url("/s"));
        browser.sees("Coffer could not start");
        // The app is another program, and nobody has touched it.
        browser.go(&place.url("/"));
        browser.sees("This server is new");
    }
}

/// A text that no link holds goes as a file; what is wrong is shown where it is, and nothing half-made is left by mistake. What
/// comes back is told on whatever page its maker is.
#[test]
fn a_text_too_long_for_a_link_goes_as_a_file_and_its_maker_hears_of_it() {
    let (driver, place, mut canary, mara) = Person::on_a_new_server();
    let sender = &mara.browser;
    // What the page does once a minute it does every second.
    sender.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": "const real = setInterval; \
            window.setInterval = (call, ms, ...rest) => real(call, ms === 60000 ? 1000 : ms, ...rest);" }),
    );
    sender.reload();
    mara.unlock();
    let text: String = (0..700).map(|n| format!("dunlin-{n:04}=ebb\n")).collect();
    canary.add("a line of the text", b"dunlin-0612=ebb");

    sender.follow("Share links");
    sender.follow("Send a secret");
    sender.fill("Title", "Tide table");
    let field = sender.role("textbox", "Secret");
    sender.run(
        "const [field, text] = arguments; field.value = text; field.dispatchEvent(new Event('input', { bubbles: true }));",
        &[field.handle(), json!(text)],
    );
    sender.sees("sent as the file secret.txt");
    sender.follow("My links");
    sender.sees("Leave without making the link?");
    sender.press("Stay");

    // Wrong where nobody looks: it is opened, and has the focus.
    sender.press("More limits");
    sender.fill("Views", "0");
    sender.press("More limits");
    sender.press("Seal and create link");
    sender.wait("the field that is wrong", || {
        let label = sender.run(
            "const at = document.activeElement; return at.labels && at.labels[0] && at.labels[0].innerText",
            &[],
        );
        label
            .as_str()
            .filter(|label| label.starts_with("Views"))
            .map(drop)
    });
    sender.fill("Views", "2");
    sender.press("Seal and create link");
    sender.sees("Your link is ready");
    let link = sender.value("Recipient link");
    sender.follow("All projects");

    let saved = tempfile::tempdir().expect("a temporary folder");
    let recipient = driver.browser();
    recipient.saves_into(saved.path());
    recipient.go(&link);
    recipient.press("Show secret");
    recipient.sees("secret.txt");
    recipient.press("Download");
    recipient.sees("Complete and unchanged");
    recipient.wait("the saved file", || {
        let arrived = std::fs::read_to_string(saved.path().join("secret.txt")).ok()?;
        (arrived == text).then_some(())
    });

    // Looked at by the clock, on whatever page.
    sender.role("heading", "Projects");
    sender.sees("“Tide table” was opened, the server says");
    assert_eq!(sender.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// What somebody made is ended by an administrator, who is shown nothing of it, and its maker's list says so.
#[test]
fn an_administrator_ends_a_link_of_somebody_else_and_reads_nothing_of_it() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    canary.add("the shared text", b"umber-siskin-363");
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.create_project("Payments");
    mara.open_environment("Production");
    let jonas = mara.invite(&driver, "Production", "Read", &mut canary);
    let link = jonas.share("umber-siskin-363");

    let browser = &mara.browser;
    browser.follow("Share links");
    browser.sees("Links and forms of others");
    browser.sees("Not opened, 1 view left");
    settled(browser);
    inspect(browser, "oversight");
    browser.press(&format!("End: Link of {} {}", JONAS.first_name, JONAS.last_name));
    browser.sees("End what somebody else made?");
    settled(browser);
    browser.press("End");
    browser.sees("Ended. The server says that what it held is erased.");
    browser.sees("Nobody else has a link or form that is of use still.");

    jonas.browser.follow("Share links");
    jonas.browser.sees("Ended by an administrator");
    assert!(
        !jonas.browser.text().contains("Links and forms of others"),
        "who administers nothing sees nothing of others"
    );
    let late = driver.browser();
    late.go(&link);
    late.press("Show secret");
    late.sees("The sender ended this link");
    nothing_escaped(&canary, &place);
}
