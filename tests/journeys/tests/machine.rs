//! A program that an admin adds in a browser: it reads, it asks for more, and it is removed.

use coffer_client::{
    AskDraft, Client, Error, HeldGrant, Machine, MachineToken, ProjectId, Saying, ServerOrigin, WantedItem,
};
use coffer_journeys::{Browser, Driver, Person, Place, nothing_escaped, stays_at_home};
use coffer_testkit::{Canary, Loopback, MemoryDevice, run};
use serde_json::json;

use crate::access::inspect;

/// The texts of the page, shown once, are all that a program needs; a person lets it in for a while, and it is removed.
#[test]
fn a_machine_added_in_a_browser_reads_asks_and_is_removed() {
    let driver = Driver::start();
    let place = Place::start();
    let mut canary = Canary::new();
    let mara = Person::set_up(&driver, &place, &mut canary);
    let browser = &mara.browser;
    let (dev, live) = ("plover-basalt-71", "plover-basalt-72");
    canary.add("a value of development", dev.as_bytes());
    canary.add("a value of production", live.as_bytes());
    mara.create_project("Payments");
    let project = browser.address();
    for (environment, value) in [("Development", dev), ("Production", live)] {
        browser.go(&project);
        mara.unlock();
        mara.open_environment(environment);
        mara.stage("API_KEY", value);
        mara.save();
    }

    browser.follow("Members and keys");
    browser.press("Add a machine");
    submit(browser);
    browser.sees("Give it a name.");
    browser.fill("Name", "nightly build");
    browser.choose("Right in Development", "Read");
    browser.sees("nightly build gets the keys of 1 environment now.");
    inspect(browser, "machine-new");
    submit(browser);
    browser.sees("nightly build is added");
    browser.sees("Shown only once");
    let token = shown(browser, "Machine token");
    let secret = shown(browser, "Client secret");
    let (client, id) = (browser.value("Client ID"), browser.value("Project ID"));
    assert!(token.starts_with("coffer-machine-v1."), "{token}");
    canary.add(
        "the machine's seed",
        token.split('.').nth(1).expect("a seed").as_bytes(),
    );
    inspect(browser, "machine-added");
    browser.press("I have stored them");
    browser.no_longer_sees("Shown only once");
    assert!(
        !browser.everything().contains(&token),
        "the page keeps nothing of it"
    );
    browser.sees("There is nobody to compare words with.");
    inspect(browser, "members-machine");

    let robot = Robot::new(&place, &client, &secret, &token, &id);
    run(async {
        let machine = robot.start().await.expect("it starts");
        let open = machine.project().open_environment("development").await;
        let read = open.expect("it may read").read_strictly(&[]).expect("as written");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].value.as_str(), dev);
        let closed = machine.project().open_environment("production").await.err();
        assert_eq!(closed, Some(Error::NoKey));
    });

    // It asks for what it may not read; the card says that it is a machine, and a person lets it in.
    let asked = run(async {
        let machine = robot.start().await.expect("it starts");
        machine.project().ask(&draft()).await.expect("it may ask")
    });
    browser.go(&format!("{project}/requests/{asked}"));
    mara.unlock();
    browser.sees("nightly build (machine)");
    browser.sees("the release of build 4711");
    inspect(browser, "request-machine");
    browser.press("Approve");
    let held: HeldGrant = browser.wait("the grant", || {
        run(async {
            let machine = robot.start().await.expect("it starts");
            machine.project().held_grant(&asked).await.ok()
        })
    });
    assert_eq!(held.secrets.len(), 1);
    assert_eq!(held.secrets[0].value.as_str(), live);
    run(async {
        let machine = robot.start().await.expect("it starts");
        machine
            .project()
            .say(&asked, Saying::GiveBack)
            .await
            .expect("it gives back");
        assert!(machine.project().held_grant(&asked).await.is_err());
    });

    browser.follow("Members and keys");
    browser.press("More for nightly build");
    browser.click_role("menuitem", "Remove from project");
    browser.sees("It could open Development.");
    browser.press("Remove from project");
    browser.sees("nightly build removed.");
    run(async {
        assert_eq!(robot.start().await.err(), Some(Error::MachineRefused));
    });
    stays_at_home(browser, &place);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    nothing_escaped(&canary, &place);
}

/// A program with what the page showed.
struct Robot {
    client: Client<Loopback, MemoryDevice>,
    login: (String, String),
    token: MachineToken,
    project: ProjectId,
}

impl Robot {
    fn new(place: &Place, client: &str, secret: &str, token: &str, project: &str) -> Self {
        let device = MemoryDevice::of_this_machine().expect("a clock");
        let origin = ServerOrigin::parse(&place.url("")).expect("an origin");
        Self {
            client: Client::new(Loopback::new(&place.url("")), device, origin),
            login: (client.to_owned(), secret.to_owned()),
            token: MachineToken::parse(token).expect("a token"),
            project: ProjectId::new(project),
        }
    }

    async fn start(&self) -> Result<Machine<Loopback, MemoryDevice>, Error> {
        let secret = self.login.1.clone().into();
        let session = self.client.sign_in_machine(&self.login.0, secret).await?;
        session.open_as_machine(&self.token, &self.project).await
    }
}

fn draft() -> AskDraft {
    AskDraft {
        environment: "production".to_owned(),
        wanted: vec![WantedItem::Secret("/".to_owned(), "API_KEY".to_owned())],
        propose: false,
        seconds: 900,
        starts: None,
        reason: "the release of build 4711".to_owned().into(),
        ticket: String::new(),
        follows: None,
    }
}

/// The button of the form, which is called as the one that opened it.
fn submit(browser: &Browser) {
    browser.run_when_ready(
        "document.querySelector('dialog[open] button[type=submit]').click()",
        &[],
    );
}

/// A masked text of the dialog, shown.
fn shown(browser: &Browser, label: &str) -> String {
    browser.press(&format!("Show {label}"));
    browser.wait(label, || {
        let text = browser.run(
            "const shown = document.querySelector(`.secret__value[aria-label='${arguments[0]}']`); return shown && shown.textContent",
            &[json!(label)],
        );
        text.as_str().map(str::to_owned)
    })
}
