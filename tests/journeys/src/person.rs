//! Somebody at a browser, and the secrets that must not escape from it.

use coffer_testkit::Canary;
use serde_json::json;

use crate::{Browser, Driver, Place};

/// Somebody at a browser with an account.
pub struct Person {
    /// Their browser.
    pub browser: Browser,
    /// What they unlock with.
    pub passphrase: String,
    /// Their emergency kit's one line.
    pub kit: String,
    /// The Account Key as it is printed.
    pub account_key: String,
}

/// Somebody who is invited.
pub struct Guest {
    /// Their address.
    pub email: &'static str,
    /// Their first name.
    pub first_name: &'static str,
    /// Their last name.
    pub last_name: &'static str,
}

/// Who is invited first.
pub const JONAS: Guest = Guest {
    email: "jonas@example.org",
    first_name: "Jonas",
    last_name: "Reuter",
};

/// Who is invited next.
pub const NOOR: Guest = Guest {
    email: "noor@example.org",
    first_name: "Noor",
    last_name: "Haddad",
};

impl Person {
    /// A new server, and the first person ever to open it: with their browser's driver, the server, and what must not escape.
    pub fn on_a_new_server() -> (Driver, Place, Canary, Self) {
        let (driver, place, mut canary) = (Driver::start(), Place::start(), Canary::new());
        let person = Self::set_up(&driver, &place, &mut canary);
        (driver, place, canary, person)
    }

    /// Sets up a new server and keeps the kit, as the first person ever to open it.
    pub fn set_up(driver: &Driver, place: &Place, canary: &mut Canary) -> Self {
        let browser = driver.browser();
        browser.go(&place.url("/"));
        Self::set_up_in(browser, canary)
    }

    /// As [`Self::set_up`], in a browser that stands before the choice.
    pub fn set_up_in(browser: Browser, canary: &mut Canary) -> Self {
        browser.follow("Set up this server");
        browser.fill("E-mail", "mara@example.org");
        browser.fill("Your name", "Mara Ines Vogt");
        browser.fill("Organisation", "Lighthouse");
        Self::make_keys(browser, "Make my keys", canary)
    }

    /// Adds keys to an account that another client of the server made.
    pub fn with_login(
        driver: &Driver,
        place: &Place,
        email: &str,
        password: &str,
        canary: &mut Canary,
    ) -> Self {
        let browser = driver.browser();
        browser.go(&place.url("/"));
        browser.follow("A login on this server");
        browser.fill("E-mail", email);
        browser.fill("Password of the server", password);
        Self::make_keys(browser, "Sign in and make my keys", canary)
    }

    /// Accepts an invitation in a new browser.
    pub fn accept(driver: &Driver, link: &str, canary: &mut Canary) -> Self {
        Self::accept_in(driver.browser(), link, &JONAS, canary)
    }

    /// As [`Self::accept`], as somebody else and in a browser that is open already.
    pub fn accept_in(browser: Browser, link: &str, guest: &Guest, canary: &mut Canary) -> Self {
        browser.go(link);
        browser.fill("First name", guest.first_name);
        browser.fill("Last name", guest.last_name);
        Self::make_keys(browser, "Make my keys and join", canary)
    }

    /// Invites Jonas into the open project with one right, and lets him in: his browser, unlocked.
    pub fn invite(&self, driver: &Driver, environment: &str, right: &str, canary: &mut Canary) -> Self {
        self.invite_in(driver.browser(), &JONAS, environment, right, canary)
    }

    /// As [`Self::invite`], somebody else and in a browser that is open already.
    pub fn invite_in(
        &self,
        theirs: Browser,
        guest: &Guest,
        environment: &str,
        right: &str,
        canary: &mut Canary,
    ) -> Self {
        let link = self.make_invitation(guest, environment, right);
        let invited = Self::accept_in(theirs, &link, guest, canary);
        self.browser.press("Check again");
        self.browser.press(&format!("Admit {}", guest.first_name));
        self.browser.sees(&format!(
            "{} {} admitted. The keys were sealed to them in this browser.",
            guest.first_name, guest.last_name
        ));
        invited
    }

    /// Makes an invitation into the open project with one right: its link.
    pub fn make_invitation(&self, guest: &Guest, environment: &str, right: &str) -> String {
        let browser = &self.browser;
        browser.follow("Members and keys");
        browser.press("Invite");
        browser.fill("Email", guest.email);
        browser.choose(&format!("Right in {environment}"), right);
        browser.press("Create invitation link");
        browser.sees("Works once, until");
        let link = browser.value("Invitation link");
        browser.press("Done");
        link
    }

    /// Takes the offered six words, waits for the keys, copies the kit by hand and passes the check.
    fn make_keys(browser: Browser, act: &str, canary: &mut Canary) -> Self {
        let passphrase = Self::offered_words(&browser);
        assert_eq!(passphrase.split_whitespace().count(), 6, "six words are offered");
        canary.add("a passphrase", passphrase.as_bytes());
        browser.fill("Type the passphrase once", &passphrase);
        browser.press(act);
        browser.sees("Keep your emergency kit");
        let read = |selector: &str| {
            browser
                .run_when_ready(
                    "return document.querySelector(arguments[0]).textContent",
                    &[json!(selector)],
                )
                .as_str()
                .expect("the kit is text")
                .trim()
                .to_owned()
        };
        let account_key = read(".kit-sheet__key");
        let kit = read(".kit-sheet__code p");
        canary.add("an Account Key", account_key.as_bytes());
        canary.add("the code of a kit", kit.as_bytes());
        browser.press("Hide the key to check your copy");
        browser.fill("Last group of the Account Key", "WRONG");
        browser.press("I kept it. Go on");
        browser.sees("That is not the last group");
        let last = account_key
            .rsplit('-')
            .next()
            .expect("a key has groups")
            .to_owned();
        browser.fill("Last group of the Account Key", &last);
        browser.press("I kept it. Go on");
        browser.sees("Projects");
        Self {
            browser,
            passphrase,
            kit,
            account_key,
        }
    }

    /// The six words that a page offers as a passphrase.
    pub fn offered_words(browser: &Browser) -> String {
        let words = browser.run_when_ready(
            "return document.querySelector('.offered__words').textContent",
            &[],
        );
        words.as_str().expect("the offered words are text").to_owned()
    }

    /// Makes a project with the environments that are offered, and opens its page.
    pub fn create_project(&self, name: &str) {
        self.browser.press("New project");
        self.browser.fill("Name", name);
        self.browser.press("Create project");
        self.browser.sees("3 environments. Each has its own key.");
    }

    /// Opens an environment from the project's page.
    pub fn open_environment(&self, name: &str) {
        self.browser.follow(name);
        // Another one may be on the page until then.
        self.browser.role("heading", name);
        self.browser.wait("the environment", || {
            let text = self.browser.text();
            (text.contains("History checked") || text.contains(&format!("No secrets in {name} yet")))
                .then_some(())
        });
    }

    /// Unlocks again, wherever the page is; as often as the server asks to wait, which counts logins.
    pub fn unlock(&self) {
        self.browser.sees("Unlock your keys");
        loop {
            self.browser.fill("Passphrase", &self.passphrase);
            self.browser.press("Unlock");
            let wait = self.browser.wait("the end of unlocking", || {
                let text = self.browser.text();
                let under_way = text.contains("Deriving your key") || text.contains("Unlock your keys");
                let told = text.contains("The server sent an older");
                let asked_to_wait = text.contains("Too many attempts");
                (asked_to_wait || told || !under_way).then_some(asked_to_wait)
            });
            if !wait {
                return;
            }
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
    }

    /// The same person in another browser, by the kit.
    pub fn on_another_device(&self, driver: &Driver, place: &Place) -> Self {
        let browser = driver.browser();
        browser.go(&place.url("/signin"));
        browser.fill("Emergency kit", &self.kit);
        browser.fill("Passphrase", &self.passphrase);
        browser.press("Set up and unlock");
        browser.sees("Projects");
        Self {
            browser,
            passphrase: self.passphrase.clone(),
            kit: self.kit.clone(),
            account_key: self.account_key.clone(),
        }
    }

    /// Chooses a passphrase of one's own where a new one is asked for.
    pub fn own_passphrase(&self, passphrase: &str) {
        self.browser.click_role("radio", "My own");
        self.browser.fill("Own passphrase", passphrase);
        self.browser.fill("The same again", passphrase);
    }

    /// Stages another value for a secret.
    pub fn edit(&self, name: &str, value: &str) {
        self.browser.press(&format!("More for {name}"));
        self.browser.click_role("menuitem", "Edit");
        self.browser.fill("Value", value);
        self.browser.press("Stage");
        self.browser.no_longer_sees("Staged here first");
    }

    /// Stages one new secret.
    pub fn stage(&self, name: &str, value: &str) {
        self.browser.press("Add secret");
        self.browser.fill("Name", name);
        self.browser.fill("Value", value);
        self.browser.press("Stage");
        self.browser.no_longer_sees("Staged here first");
        self.browser.sees(name);
    }

    /// Seals a text into a link that opens once, from the menu; the link as it is shown.
    pub fn share(&self, text: &str) -> String {
        self.share_with(text, "")
    }

    /// As [`Self::share`], with a passphrase.
    pub fn share_with(&self, text: &str, passphrase: &str) -> String {
        let browser = &self.browser;
        browser.follow("Share links");
        browser.follow("Send a secret");
        browser.fill("Secret", text);
        if !passphrase.is_empty() {
            browser.fill("Passphrase", passphrase);
        }
        browser.press("Seal and create link");
        browser.sees("Your link is ready");
        if !passphrase.is_empty() {
            // Else leaving asks: it is kept nowhere.
            browser.press("Copy passphrase");
        }
        browser.value("Recipient link")
    }

    /// Saves what is staged.
    pub fn save(&self) {
        self.browser.press("Review and save");
        self.browser.press("Save ");
        // Not the notice: that of an earlier save may still be there.
        self.browser.wait("the end of the save", || {
            let open = "return !!document.querySelector('dialog[open], .savebar')";
            (self.browser.run(open, &[]) == json!(false)).then_some(())
        });
    }
}

/// Nothing watched has left in any form, nor been written down anywhere.
///
/// # Panics
/// When something has.
pub fn nothing_escaped(canary: &Canary, place: &Place) {
    for (name, bytes) in [
        ("what browsers sent", place.sent()),
        ("the server's log", place.log()),
        ("the data folder", place.stored()),
    ] {
        let escapes = canary.check_bytes(name, &bytes);
        assert!(escapes.is_empty(), "{escapes:?}");
    }
    let sent = String::from_utf8_lossy(&place.sent()).to_lowercase();
    assert!(!sent.contains("\nreferer:"), "no page tells where it was");
}

/// Every request of a page went to its own origin, and its console is clean.
///
/// # Panics
/// When not.
pub fn stays_at_home(browser: &Browser, place: &Place) {
    let home = place.url("");
    let strangers: Vec<String> = browser
        .requested()
        .into_iter()
        .filter(|url| !url.starts_with(&home) && !url.starts_with("blob:") && !url.starts_with("data:"))
        // What Chromium itself draws in an empty window is no request of ours.
        .filter(|url| url != "about:blank" && !url.starts_with("chrome"))
        .collect();
    assert!(strangers.is_empty(), "the page asked others: {strangers:?}");
}
