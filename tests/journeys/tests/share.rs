//! A secret given away by an expiring link.

use coffer_journeys::{Driver, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;

/// A link opens once, in a browser without an account, and tells every other end apart.
#[test]
fn a_link_opens_once_and_says_why_it_does_not_open_again() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
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
    let asked: Vec<String> = recipient
        .requested()
        .into_iter()
        .filter(|url| url.contains("/api/"))
        .collect();
    assert!(
        asked.is_empty(),
        "the page asks the server nothing on load: {asked:?}"
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

/// Preview bots fetch every link they see: none of them counts as a view.
#[test]
fn preview_bots_spend_no_view() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
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
