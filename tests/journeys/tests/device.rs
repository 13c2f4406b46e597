//! One person's devices: kits, passphrases, locking, leaving.

use coffer_journeys::{Driver, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::Canary;
use serde_json::json;

/// A photo of the kit's QR code is enough on a new device; a damaged kit is refused before anything is sent.
#[test]
fn a_photo_of_the_kit_opens_the_account_on_a_new_device() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    mara.browser.go(&place.url("/settings"));
    mara.unlock();
    mara.browser.press("Show the kit");
    mara.browser.sees("Coffer emergency kit");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let photo = folder.path().join("kit.png");
    mara.browser.screenshot(&photo);

    let other = driver.browser();
    other.go(&place.url("/signin"));
    other.fill("Emergency kit", &mara.kit.replacen(&mara.kit[8..9], "?", 1));
    other.fill("Passphrase", &mara.passphrase);
    other.press("Set up and unlock");
    other.sees("That is not a whole kit.");
    let reader_asked_for = || other.requested().iter().any(|url| url.contains("/scan-"));
    assert!(
        !reader_asked_for(),
        "what reads photos is loaded when there is one"
    );
    other.attach("input[type=file]", &photo);
    other.sees("Kit read");
    assert!(reader_asked_for());
    other.fill("Passphrase", "five wrong words of mine");
    other.press("Set up and unlock");
    other.sees("That passphrase does not fit.");
    other.fill("Passphrase", &mara.passphrase);
    other.press("Set up and unlock");
    other.sees("No projects yet");
    stays_at_home(&other, &place);
    assert_eq!(other.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// A new passphrase works at once and the old one no more; signing out leaves nothing on the device.
#[test]
fn a_changed_passphrase_replaces_the_old_one_and_leaving_forgets_the_device() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mut mara = Person::set_up(&driver, &place, &mut canary);
    let new = "umbrella tin whistle harbour 52";
    canary.add("the new passphrase", new.as_bytes());
    mara.browser.go(&place.url("/settings"));
    mara.unlock();
    mara.browser.press("Make new keys");
    mara.browser.press("Make new keys");
    mara.browser.sees("New keys are in use in 0 projects.");
    mara.browser.press("Change passphrase");
    mara.browser.fill("Passphrase now", "not what it was at all");
    mara.own_passphrase(new);
    mara.browser.press("Change passphrase");
    mara.browser.sees("That passphrase does not fit.");
    mara.browser.fill("Passphrase now", &mara.passphrase);
    mara.own_passphrase(new);
    mara.browser.press("Change passphrase");
    mara.browser.sees("Passphrase changed.");

    mara.browser.reload();
    mara.browser.fill("Passphrase", &mara.passphrase);
    mara.browser.press("Unlock");
    mara.browser.sees("That passphrase does not fit.");
    mara.passphrase = new.to_owned();
    mara.unlock();
    // The kit stays valid.
    let other = mara.on_another_device(&driver, &place);
    other.browser.sees("No projects yet");

    // What the device keeps is sealed; leaving takes it away.
    let kept = stored(&mara);
    assert!(
        kept.contains("coffer"),
        "a device keeps its sealed records: {kept}"
    );
    let keys = mara.browser.run_async(KEYS, &[]);
    let keys = keys.as_array().expect("a list of keys");
    assert!(
        !keys.is_empty(),
        "records are sealed under a key of the browser's"
    );
    assert!(
        keys.iter().all(|extractable| extractable == &json!(false)),
        "no page can read that key"
    );
    mara.browser.go(&place.url("/settings"));
    mara.unlock();
    mara.browser.press("Sign out");
    mara.browser.fill("Type your e-mail to go on", "mara@example.org");
    mara.browser.press("Sign out");
    mara.browser.sees("This browser knows no account yet.");
    let left = stored(&mara);
    assert!(!left.contains("filled"), "nothing is left: {left}");
    assert_eq!(mara.browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// Locking by key, by silence and by putting the page away leaves no plaintext behind; the way back leads to the page.
#[test]
fn a_locked_page_holds_no_plaintext_however_it_was_locked() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let value = "orbit-thistle-300";
    canary.add("a value", value.as_bytes());
    mara.create_project("Payments");
    mara.open_environment("Development");
    mara.stage("API_KEY", value);
    mara.save();
    let locked = |how: &str| {
        browser.sees("Unlock your keys");
        let page = browser.everything();
        assert!(!page.contains(value), "{how} leaves the value on the page");
        assert!(
            !page.contains(&mara.account_key),
            "{how} leaves the Account Key on the page"
        );
    };

    browser.press("Reveal API_KEY");
    browser.sees(value);
    browser.chord(&['\u{E008}'], 'l');
    browser.chord(&['\u{E008}'], 'L');
    locked("the key");
    mara.unlock();

    // Copied, then locked: the clipboard is emptied.
    browser.devtools(
        "Browser.grantPermissions",
        &json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": place.url("") }),
    );
    browser.press("Copy API_KEY");
    browser.sees("API_KEY");
    let clipboard = || {
        browser.run_async(
            "const done = arguments[arguments.length - 1]; \
             navigator.clipboard.readText().then(done, error => done('refused: ' + error))",
            &[],
        )
    };
    browser.wait("the copy", || (clipboard() == json!(value)).then_some(()));
    browser.press("Lock now");
    locked("the button");
    browser.wait("an empty clipboard", || (clipboard() == json!("")).then_some(()));
    mara.unlock();

    // Silence: the page's own clock is set forward, as after an hour of sleep.
    browser.press("Reveal API_KEY");
    browser.sees(value);
    browser.run("const now = Date.now; Date.now = () => now() + 3600000", &[]);
    locked("silence");
    browser.reload();
    mara.unlock();
    browser.sees("API_KEY");

    // Away and back by the browser's buttons.
    browser.press("Reveal API_KEY");
    browser.sees(value);
    browser.go("about:blank");
    browser.back();
    locked("going away and back");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// The names of everything that a page has stored on its device.
fn stored(person: &Person) -> String {
    let kept = person.browser.run_async(
        "const done = arguments[arguments.length - 1]; \
         (async () => { \
           const out = [Object.keys(localStorage), Object.keys(sessionStorage)]; \
           for (const { name } of await indexedDB.databases()) { \
             const base = await new Promise((ok, no) => { const r = indexedDB.open(name); \
               r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); }); \
             for (const store of base.objectStoreNames) { \
               const keys = await new Promise((ok, no) => { const r = base.transaction(store).objectStore(store).getAllKeys(); \
                 r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); }); \
               out.push([name, store, keys.length ? 'filled' : 'empty', keys.map(String)]); \
             } \
             base.close(); \
           } \
           return JSON.stringify(out); \
         })().then(done, error => done('failed ' + error))",
        &[],
    );
    kept.as_str().unwrap_or_default().to_owned()
}

/// Whether each key that the page has stored could be read out again.
const KEYS: &str = "const done = arguments[arguments.length - 1]; \
     (async () => { \
       const base = await new Promise((ok, no) => { const r = indexedDB.open('coffer'); \
         r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); }); \
       const values = await new Promise((ok, no) => { const r = base.transaction('keys').objectStore('keys').getAll(); \
         r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); }); \
       base.close(); \
       return values.filter(value => value instanceof CryptoKey).map(key => key.extractable); \
     })().then(done, error => done('failed ' + error))";
