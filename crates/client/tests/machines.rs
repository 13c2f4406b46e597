//! Machines: added, read by token, kept to their rights, let in for a while, removed; and attempts that break off.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AccessRules, AccessState, Approved, AskDraft, Class, Content, EndedBy, Environment, Error, GrantFault,
    HeldGrant, MachineDraft, MachineToken, Method, ReadSecret, Request, Right, RuleStep, Saying, SpokenKind,
    StrictError, Token, Transport, Verification, WantedItem,
};
use coffer_testkit::{Canary, Cut, Evil, InProcess, MemoryDevice, Office, Robot, both, get, put, run};
use zeroize::Zeroizing;

#[path = "../examples/lease.rs"]
mod example;

const DEV: &str = "development";
const PROD: &str = "production";
const MINUTE: u64 = 60_000;

type Env = Environment<Evil<InProcess>, MemoryDevice>;

fn text(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn user(office: &Office) -> String {
    office.vault.account().user_id
}

fn values(read: &[ReadSecret]) -> Vec<(&str, &str, &str)> {
    read.iter()
        .map(|read| (read.path.as_str(), read.name.as_str(), read.value.as_str()))
        .collect()
}

fn held(grant: &HeldGrant) -> Vec<(&str, &str)> {
    grant
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.value.as_str()))
        .collect()
}

fn refused<V>(result: Result<V, Error>) -> Error {
    result.err().unwrap()
}

async fn office(seed: u64) -> Office {
    let ada = Office::open(seed).await;
    for (slug, value) in [(DEV, "alpha of development"), (PROD, "alpha of production")] {
        let open = ada.open_environment(slug).await;
        open.save(vec![put("/", "ALPHA", value), put("/db", "BETA", "beta one")])
            .await
            .unwrap();
    }
    ada
}

/// Lets time pass for everybody.
fn at(ada: &Office, others: &[&MemoryDevice], ms: u64) {
    ada.device.advance(ms);
    others.iter().for_each(|device| device.advance(ms));
    ada.server.pass(ms);
}

#[test]
fn a_machine_reads_what_it_may_and_nothing_else() {
    run(async {
        let ada = office(301).await;
        let robot = Robot::add(&ada, 3011, "deploy", &[(DEV, Right::Read)]).await;
        let machine = robot.start().await.unwrap();
        let project = machine.project();
        let open = project.open_environment(DEV).await.unwrap();
        assert_eq!(
            values(&open.read_strictly(&[]).unwrap()),
            [
                ("/", "ALPHA", "alpha of development"),
                ("/db", "BETA", "beta one")
            ]
        );
        // Neither the other environment, nor writing, nor anything that people decide.
        assert_eq!(refused(project.open_environment(PROD).await), Error::NoKey);
        assert!(open.save(vec![put("/", "NEW", "no")]).await.is_err());
        assert!(!project.is_admin());
        assert_eq!(
            refused(project.remove_member(&user(&ada)).await),
            Error::Forbidden
        );
        let draft = MachineDraft {
            name: "another".to_owned(),
            rights: Vec::new(),
        };
        assert_eq!(refused(project.add_machine(&draft).await), Error::Forbidden);
        // Nor does the server serve it more.
        let all = robot.transport.recorded();
        let bearer = all.iter().rev().find_map(|sent| sent.bearer.clone()).unwrap();
        let request = Request {
            method: Method::Get,
            path: format!(
                "/api/v4/secrets?projectId={}&environment={PROD}&secretPath=%2F",
                robot.project
            ),
            bearer: Some(Token::new(bearer)),
            body: None,
            content: Content::Json,
        };
        let answer = ada.server.browser().send(request).await.unwrap();
        assert!(!String::from_utf8_lossy(&answer.body).contains("ALPHA"));
        // What is written later is read at the next look, and the machine is among the members.
        ada.open_environment(DEV)
            .await
            .save(vec![put("/", "GAMMA", "gamma one")])
            .await
            .unwrap();
        assert_eq!(get(&open.reload().await.unwrap(), "GAMMA"), "gamma one");
        let members = ada.project.members().await.unwrap();
        let listed = members.iter().find(|member| member.machine).unwrap();
        assert_eq!(listed.user_id, machine.user_id());
        assert_eq!((listed.name.as_str(), listed.admin), ("deploy", false));
        assert_eq!(listed.verified, Verification::Verified);
        assert!(listed.rights.contains(&(DEV.to_owned(), Right::Read)));
        assert_eq!(ada.project.enforcement_gaps().await.unwrap(), []);
        // No half of what it holds was ever sent by anybody.
        let mut canary = Canary::new();
        canary.add("the token", robot.added.token.as_bytes());
        canary.add(
            "its seed",
            robot.added.token.split('.').nth(1).unwrap().as_bytes(),
        );
        for said in ["alpha of development", "beta one", "gamma one"] {
            canary.add(said, said.as_bytes());
        }
        for (what, key) in ada.secrets() {
            canary.add(&what, &key);
        }
        for transport in [&ada.transport, &robot.transport] {
            assert_eq!(canary.check(&transport.recorded()), []);
        }
    });
}

#[test]
fn a_machine_that_may_write_writes_and_a_person_reads_it() {
    run(async {
        let ada = office(302).await;
        let robot = Robot::add(&ada, 3021, "rotate", &[(DEV, Right::Write)]).await;
        let machine = robot.start().await.unwrap();
        let open = machine.project().open_environment(DEV).await.unwrap();
        open.save(vec![put("/", "MADE", "by a machine")]).await.unwrap();
        assert_eq!(get(&ada.open_environment(DEV).await, "MADE"), "by a machine");
        // It is never more than that.
        let id = machine.user_id();
        for refused_by in [
            ada.project.set_rights(&id, true, &[]).await,
            ada.project.set_approver(&id, DEV, true).await,
        ] {
            assert!(matches!(
                refused(refused_by),
                Error::Invalid { field: "machine", .. }
            ));
        }
    });
}

#[test]
fn a_machine_whose_right_was_taken_reads_nothing_that_is_written_later() {
    run(async {
        let ada = office(303).await;
        let robot = Robot::add(&ada, 3031, "deploy", &[(DEV, Right::Read), (PROD, Right::Read)]).await;
        let machine = robot.start().await.unwrap();
        let open = machine.project().open_environment(DEV).await.unwrap();
        let before = open.epoch();
        let rights = [(PROD.to_owned(), Right::Read)];
        ada.project
            .set_rights(&machine.user_id(), false, &rights)
            .await
            .unwrap();
        let later = ada.open_environment(DEV).await;
        let later = later.save(vec![put("/", "LATER", "not for it")]).await.unwrap();
        assert!(later.epoch() > before, "the next writer makes a new key");
        assert_eq!(refused(open.reload().await), Error::NoKey);
        assert!(machine.project().open_environment(PROD).await.is_ok());
        // The server keeps the values from it, too.
        let denied = robot.start().await.unwrap();
        assert_eq!(
            refused(denied.project().open_environment(DEV).await),
            Error::NoKey
        );
        // Given back, it reads on.
        let rights = [(DEV.to_owned(), Right::Read)];
        ada.project
            .set_rights(&machine.user_id(), false, &rights)
            .await
            .unwrap();
        machine.project().refresh().await.unwrap();
        let open = machine.project().open_environment(DEV).await.unwrap();
        assert_eq!(get(&open, "LATER"), "not for it");
        assert_eq!(
            refused(machine.project().open_environment(PROD).await),
            Error::NoKey
        );
    });
}

#[test]
fn a_removed_machine_is_out_at_once_and_for_good() {
    run(async {
        let ada = office(304).await;
        let robot = Robot::add(&ada, 3041, "deploy", &[(DEV, Right::Read)]).await;
        let machine = robot.start().await.unwrap();
        let open = machine.project().open_environment(DEV).await.unwrap();
        let before = open.epoch();
        ada.project.remove_member(&machine.user_id()).await.unwrap();
        assert_eq!(refused(open.reload().await), Error::SessionExpired);
        assert_eq!(refused(robot.start().await), Error::MachineRefused);
        assert!(
            ada.project
                .members()
                .await
                .unwrap()
                .iter()
                .all(|member| !member.machine)
        );
        let later = ada.open_environment(DEV).await;
        assert!(later.save(vec![put("/", "LATER", "x")]).await.unwrap().epoch() > before);
        // A second removal of nobody changes nothing, and another machine may have its name.
        assert!(ada.project.remove_member(&machine.user_id()).await.is_err());
        let next = Robot::add(&ada, 3042, "deploy", &[(DEV, Right::Read)]).await;
        let open = next
            .start()
            .await
            .unwrap()
            .project()
            .open_environment(DEV)
            .await
            .unwrap();
        assert_eq!(get(&open, "LATER"), "x");
    });
}

#[test]
fn a_token_opens_its_own_project_alone() {
    run(async {
        let ada = office(305).await;
        let robot = Robot::add(&ada, 3051, "deploy", &[(DEV, Right::Read)]).await;
        let other = ada.vault.create_project("Other", &[]).await.unwrap();
        let other = ada.vault.open_project(&other.id).await.unwrap();
        let draft = MachineDraft {
            name: "other".to_owned(),
            rights: Vec::new(),
        };
        let theirs = other.add_machine(&draft).await.unwrap();
        let theirs = Robot::with(&ada, 3052, theirs);
        // The token of one in the other, with a login that the server takes.
        let id = other.summary().id;
        assert_eq!(
            refused(theirs.start_in(&robot.added.token, &id).await),
            Error::OtherProject
        );
        assert!(theirs.start_in(&theirs.added.token, &id).await.is_ok());
        // A token of this project that nobody has signed in.
        let genesis = coffer_core::id::Digest::from_bytes([7; 32]);
        let stray = MachineToken::generate(&genesis, &mut rng(1)).to_text();
        assert_eq!(
            refused(robot.start_in(&stray, &robot.project).await),
            Error::OtherProject
        );
        // A wrong secret, again and again.
        let mut wrong = Robot::with(&ada, 3053, other.add_machine(&draft).await.unwrap());
        wrong.added.client_secret = text("wrong");
        for _ in 0..3 {
            assert_eq!(refused(wrong.start().await), Error::MachineRefused);
        }
        assert_eq!(
            refused(wrong.start().await),
            Error::RateLimited { retry_after: None }
        );
    });
}

fn rng(seed: u64) -> rand_chacha::ChaCha20Rng {
    use rand_chacha::rand_core::SeedableRng;
    rand_chacha::ChaCha20Rng::seed_from_u64(seed)
}

#[test]
fn a_machine_signs_in_again_when_its_session_has_ended() {
    run(async {
        let ada = office(306).await;
        let robot = Robot::add(&ada, 3061, "deploy", &[(DEV, Right::Read)]).await;
        let machine = robot.start().await.unwrap();
        let open = machine.project().open_environment(DEV).await.unwrap();
        at(&ada, &[&robot.device], 40 * 24 * 60 * MINUTE);
        assert_eq!(
            get(&open.reload().await.unwrap(), "ALPHA"),
            "alpha of development"
        );
        machine.sign_out().await;
        assert_eq!(refused(open.reload().await), Error::Locked);
    });
}

#[test]
fn a_program_gets_everything_as_it_was_written_or_nothing() {
    run(async {
        let ada = office(307).await;
        let robot = Robot::add(&ada, 3071, "deploy", &[(DEV, Right::Read)]).await;
        let machine = robot.start().await.unwrap();
        let read = async |unlisted: &[&str]| {
            let open: Env = machine.project().open_environment(DEV).await.unwrap();
            open.reload().await.unwrap().read_strictly(unlisted)
        };
        let (bearer, project) = (ada.bearer(), robot.project.to_string());
        let write = async |name: &str, value: &str| {
            let place = (project.as_str(), DEV, "/");
            ada.server.write_row(&bearer, place, name, value).await;
        };
        let sealed = ada.server.rows(&bearer, &project, DEV, "/").await;
        let alpha = sealed
            .iter()
            .find(|(_, name, _)| name == "ALPHA")
            .unwrap()
            .2
            .clone();
        let damaged = |name: &str, class: Class| {
            Err(StrictError::Damaged {
                path: "/".to_owned(),
                name: name.to_owned(),
                class,
            })
        };
        assert_eq!(read(&[]).await.unwrap().len(), 2);
        write("EXTRA", &alpha).await;
        assert_eq!(read(&[]).await, damaged("EXTRA", Class::Unlisted));
        assert_eq!(read(&["EXTRA"]).await.unwrap().len(), 2, "never its value");
        write("EXTRA", "LD_PRELOAD=/tmp/x").await;
        assert_eq!(read(&["EXTRA"]).await, damaged("EXTRA", Class::Unsealed));
        let url = "/api/v4/secrets/EXTRA";
        let body = serde_json::json!({ "projectId": project, "environment": DEV, "secretPath": "/", "type": "shared" });
        let browser = ada.server.browser();
        browser.call(Method::Delete, url, Some(&bearer), Some(body)).await;
        write("ALPHA", "plaintext").await;
        assert_eq!(read(&[]).await, damaged("ALPHA", Class::Unsealed));
        assert_eq!(read(&["ALPHA"]).await, damaged("ALPHA", Class::Unsealed));
        write("ALPHA", &alpha).await;
        assert_eq!(read(&[]).await.unwrap().len(), 2);
    });
}

fn draft(wanted: WantedItem) -> AskDraft {
    AskDraft {
        environment: PROD.to_owned(),
        wanted: vec![wanted],
        propose: false,
        seconds: 3_600,
        starts: None,
        reason: text("the nightly release of build 4711"),
        ticket: String::new(),
        follows: None,
    }
}

#[test]
fn a_machine_is_let_in_for_a_while_as_a_person_is() {
    run(async {
        let ada = office(308).await;
        let bo = ada.invite(3081, "bo@example.org", &[(PROD, Right::Read)]).await;
        ada.project.set_approver(&user(&bo), PROD, true).await.unwrap();
        let robot = Robot::add(&ada, 3082, "release", &[]).await;
        let machine = robot.start().await.unwrap();
        let project = machine.project();
        assert_eq!(refused(project.open_environment(PROD).await), Error::NoKey);
        let secret = || WantedItem::Secret("/".to_owned(), "ALPHA".to_owned());
        let others = [&bo.device, &robot.device];

        // Approved by a person, used, given back.
        let id = project.ask(&draft(secret())).await.unwrap();
        assert_eq!(refused(project.held_grant(&id).await), Error::NotFound);
        let shown = bo.project.requests().await.unwrap().remove(0);
        assert_eq!(shown.requester, machine.user_id());
        let members = bo.project.members().await.unwrap();
        let asks = members
            .iter()
            .find(|member| member.user_id == shown.requester)
            .unwrap();
        assert_eq!(
            (asks.shown_name(), asks.machine),
            ("release", true),
            "who approves sees its name"
        );
        assert!(shown.may_approve && shown.readable);
        assert_eq!(shown.reason.as_str(), "the nightly release of build 4711");
        assert!(!project.requests().await.unwrap()[0].may_approve, "never its own");
        assert_eq!(
            refused(project.approve(&id, 60, text("")).await),
            Error::Forbidden
        );
        at(&ada, &others, 1);
        let done = bo.project.approve(&id, 1_800, text("")).await;
        assert_eq!(done, Ok(Approved::HandedOver));
        let grant = project.held_grant(&id).await.unwrap();
        assert_eq!(held(&grant), [("ALPHA", "alpha of production")]);
        assert_eq!(grant.until - grant.from, 1_800_000);
        project.say(&id, Saying::GiveBack).await.unwrap();
        assert_eq!(
            refused(project.held_grant(&id).await),
            Error::GrantRefused(GrantFault::OtherDevice)
        );
        let given_back = ada.project.requests().await.unwrap().remove(0);
        assert!(matches!(
            given_back.state,
            AccessState::Ended {
                by: EndedBy::GivenBack,
                ..
            }
        ));
        assert!(
            given_back
                .thread
                .iter()
                .any(|said| said.kind == SpokenKind::GaveBack)
        );

        // Through its end, and through a restart of the machine in between.
        let id = project.ask(&draft(secret())).await.unwrap();
        bo.project.approve(&id, 600, text("")).await.unwrap();
        at(&ada, &others, 9 * MINUTE);
        let again = robot.start().await.unwrap();
        assert_eq!(again.project().held_grant(&id).await.unwrap().secrets.len(), 1);
        at(&ada, &others, 2 * MINUTE);
        assert_eq!(
            refused(again.project().held_grant(&id).await),
            Error::GrantRefused(GrantFault::Over)
        );

        // Revoked.
        let id = project.ask(&draft(secret())).await.unwrap();
        bo.project.approve(&id, 600, text("")).await.unwrap();
        assert!(project.held_grant(&id).await.is_ok());
        ada.project.end_grant(&id).await.unwrap();
        assert_eq!(
            refused(project.held_grant(&id).await),
            Error::GrantRefused(GrantFault::Over)
        );

        // Every one stands in the history that readers have, with the machine's name.
        let history = ada.project.grant_history(PROD).await.unwrap();
        assert_eq!(history.len(), 3);
        assert!(
            history
                .iter()
                .all(|entry| entry.allowed && entry.requester == machine.user_id())
        );
        let mut canary = Canary::new();
        canary.add("the value", b"alpha of production");
        canary.add("the reason", b"nightly release");
        for transport in [&ada.transport, &bo.transport, &robot.transport] {
            assert_eq!(canary.check(&transport.recorded()), []);
        }
    });
}

#[test]
fn a_machines_request_needs_as_many_people_as_the_rules_say() {
    run(async {
        let ada = office(309).await;
        let bo = ada.invite(3091, "bo@example.org", &[(PROD, Right::Read)]).await;
        ada.project.set_approver(&user(&bo), PROD, true).await.unwrap();
        let robot = Robot::add(&ada, 3092, "release", &[]).await;
        let id = robot.start().await.unwrap().user_id();
        let rules = |named: Vec<String>, emergency: Vec<String>| AccessRules {
            steps: vec![RuleStep {
                people: Some(named),
                needed: 2,
            }],
            emergency,
            ..AccessRules::default()
        };
        let set = async |rules| ada.project.change_access_rules(PROD, "/", Some(rules)).await;
        // A machine is named neither among the approvers nor for emergencies.
        let both = || vec![user(&ada), user(&bo)];
        for rules in [
            rules([both(), vec![id.clone()]].concat(), Vec::new()),
            rules(both(), vec![id.clone()]),
        ] {
            assert!(matches!(
                refused(set(rules).await),
                Error::Invalid { field: "machine", .. }
            ));
        }
        set(rules(both(), Vec::new())).await.unwrap();
        let machine = robot.start().await.unwrap();
        let project = machine.project();
        let request = project
            .ask(&draft(WantedItem::Folder("/db".to_owned())))
            .await
            .unwrap();
        let mine = project.requests().await.unwrap().remove(0);
        assert_eq!(mine.state, AccessState::Waiting { more: 2 });
        assert!(!mine.may_approve && !mine.may_open_alone && !mine.asked.contains(&id));
        assert!(
            project
                .open_alone(&request, 60, text("nobody is awake"))
                .await
                .is_err()
        );
        assert_eq!(
            bo.project.approve(&request, 900, text("")).await,
            Ok(Approved::Counted)
        );
        assert!(project.held_grant(&request).await.is_err());
        assert_eq!(
            ada.project.approve(&request, 1_200, text("")).await,
            Ok(Approved::HandedOver)
        );
        let grant = project.held_grant(&request).await.unwrap();
        assert_eq!(held(&grant), [("BETA", "beta one")]);
        assert_eq!(grant.until - grant.from, 900_000, "the shorter one counts");
    });
}

#[test]
fn two_machines_at_once_disturb_neither() {
    run(async {
        let ada = office(310).await;
        let one = Robot::add(&ada, 3101, "one", &[(DEV, Right::Write)]).await;
        let two = Robot::add(&ada, 3102, "two", &[(DEV, Right::Write)]).await;
        let (first, second) = both(one.start(), two.start()).await;
        let (first, second) = (first.unwrap(), second.unwrap());
        let save = async |machine: &coffer_client::Machine<_, _>, name: &str| {
            let open: Env = machine.project().open_environment(DEV).await.unwrap();
            open.save(vec![put("/", name, name)]).await
        };
        let (a, b) = both(save(&first, "ONE"), save(&second, "TWO")).await;
        assert!(a.is_ok() && b.is_ok());
        let open = ada.open_environment(DEV).await;
        assert_eq!(
            (get(&open, "ONE"), get(&open, "TWO")),
            ("ONE".to_owned(), "TWO".to_owned())
        );
        // Two requests of two machines: an approval of one opens nothing for the other.
        let wanted = || WantedItem::Secret("/".to_owned(), "ALPHA".to_owned());
        let (mine, theirs) = (draft(wanted()), draft(wanted()));
        let (a, b) = both(first.project().ask(&mine), second.project().ask(&theirs)).await;
        let (a, b) = (a.unwrap(), b.unwrap());
        ada.project.approve(&a, 600, text("")).await.unwrap();
        assert!(first.project().held_grant(&a).await.is_ok());
        assert!(second.project().held_grant(&b).await.is_err());
        assert!(second.project().held_grant(&a).await.is_err());
        // One copy of a machine that starts twice is two programs with the same keys, which is fine, too.
        assert!(one.start().await.is_ok());
        // Two admins' clients that add at once: both are in.
        let again = ada.again(3103).await;
        let names = ["three", "four"].map(|name| MachineDraft {
            name: name.to_owned(),
            rights: vec![(DEV.to_owned(), Right::Read)],
        });
        let (a, b) = both(
            ada.project.add_machine(&names[0]),
            again.project.add_machine(&names[1]),
        )
        .await;
        for (seed, added) in [(3104, a), (3105, b)] {
            let robot = Robot::with(&ada, seed, added.unwrap());
            let machine = robot.start().await.unwrap();
            assert!(machine.project().open_environment(DEV).await.is_ok());
        }
    });
}

#[test]
fn adding_a_machine_that_breaks_off_anywhere_leaves_nothing_that_is_trusted() {
    run(async {
        let ada = office(311).await;
        let wanted = MachineDraft {
            name: "deploy".to_owned(),
            rights: vec![(DEV.to_owned(), Right::Read)],
        };
        let mut broke = 0;
        for n in 0.. {
            let (mut was_cut, mut added) = (false, 0);
            for cut in [Cut::Before(n), Cut::AnswerLost(n)] {
                ada.transport.cut(cut);
                let attempt = ada.project.add_machine(&wanted).await;
                let cut_now = ada.transport.was_cut();
                was_cut |= cut_now;
                ada.transport.honest();
                if attempt.is_ok() {
                    added += 1;
                }
                assert!(cut_now || attempt.is_ok(), "{:?}", attempt.err());
                // Whatever is a member is listed as one, and an admin can remove it.
                ada.project.refresh().await.unwrap();
                let members = ada.project.members().await.unwrap();
                for member in members.iter().filter(|member| member.machine) {
                    ada.project.remove_member(&member.user_id).await.unwrap();
                }
                broke += usize::from(attempt.is_err());
            }
            if !was_cut {
                assert_eq!(added, 2);
                break;
            }
        }
        assert!(broke > 20, "{broke}");
        // Ten minutes later the next one that is added takes away what is left on the server.
        at(&ada, &[], 11 * MINUTE);
        let robot = Robot::add(&ada, 3111, "deploy", &[(DEV, Right::Read)]).await;
        assert!(robot.start().await.is_ok());
        let url = format!("/api/v1/projects/{}/memberships/identities", robot.project);
        let browser = ada.server.browser();
        let listed = browser.call(Method::Get, &url, Some(&ada.bearer()), None).await;
        for machine in listed["identityMemberships"].as_array().unwrap() {
            let id = machine["identityId"].as_str().unwrap();
            let url = format!(
                "/api/v2/identity-project-additional-privilege?projectId={}&identityId={id}",
                robot.project
            );
            let may = browser.call(Method::Get, &url, Some(&ada.bearer()), None).await;
            let nothing = may["privileges"].as_array().unwrap().is_empty();
            assert!(id == robot.added.user_id || nothing, "{machine}");
        }
    });
}

#[test]
fn the_example_of_a_lease_runs() {
    run(async {
        let server = coffer_testkit::TestServer::start();
        example::rehearse(&server, MemoryDevice::new(320)).await.unwrap();
    });
}
