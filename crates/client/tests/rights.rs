//! What the server is told of the keyring's rights, and what it refuses then.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    Client, Content, Device, Enforcement, EnforcementGap, Error, ExistingLogin, GapKind, Invitation,
    InviteDraft, LateRecords, Method, NewEnvironment, Passphrase, Request, Response, Right, SaveError, Token,
    Transport,
};
use coffer_testkit::{Evil, Insider, MemoryDevice, Office, get, put, run};
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;

/// What the server answers to somebody who asks without a client of ours.
async fn status(asker: &Office, method: Method, path: &str, body: Option<serde_json::Value>) -> u16 {
    let request = Request {
        method,
        path: path.to_owned(),
        bearer: Some(Token::new(asker.bearer())),
        body: body.map(|body| body.to_string().into_bytes()),
        content: Content::Json,
    };
    asker.server.browser().send(request).await.unwrap().status
}

/// Whether the server lets somebody list rows, and whether it lets them make one there.
async fn may(asker: &Office, environment: &str, path: &str) -> (bool, bool) {
    let project = asker.project.summary().id;
    let list = format!(
        "/api/v4/secrets?projectId={project}&environment={environment}&secretPath={path}&recursive=true"
    );
    let body =
        json!({ "projectId": project, "environment": environment, "secretPath": path, "secretValue": "x" });
    let reads = status(asker, Method::Get, &list, None).await;
    let name = format!("/api/v4/secrets/N{}", asker.transport.recorded().len());
    let writes = status(asker, Method::Post, &name, Some(body)).await;
    assert!(
        [200, 403].contains(&reads) && [200, 403].contains(&writes),
        "{reads} {writes}"
    );
    (reads == 200, writes == 200)
}

#[test]
fn the_server_refuses_what_the_keyring_does_not_give() {
    run(async {
        let office = Office::open(1001).await;
        for slug in ["development", "production"] {
            let environment = office.open_environment(slug).await;
            environment.save(vec![put("/", "A", slug)]).await.unwrap();
        }
        let friend = office
            .invite(1002, "friend@example.org", &[("development", Right::Read)])
            .await;
        assert_eq!(
            get(&friend.open_environment("development").await, "A"),
            "development"
        );
        for (environment, path, expected) in [
            ("development", "/", (true, false)),
            ("development", "/coffer/wraps", (true, false)),
            ("production", "/", (true, false)),
            ("production", "/coffer/log", (true, false)),
            ("production", "/coffer/wraps", (false, false)),
            ("production", "/coffer/body", (false, false)),
            ("coffer", "/coffer/keyring", (true, false)),
            ("coffer", "/coffer/inbox", (true, true)),
            ("coffer", "/", (true, false)),
        ] {
            assert_eq!(
                may(&friend, environment, path).await,
                expected,
                "{environment} {path}"
            );
        }
        // Of an environment without a right, the headers of its log are all there is to see.
        let project = office.project.summary().id;
        let path =
            format!("/api/v4/secrets?projectId={project}&environment=production&secretPath=/&recursive=true");
        let answer = office
            .server
            .browser()
            .call(Method::Get, &path, Some(&friend.bearer()), None)
            .await;
        let rows = answer["secrets"].as_array().unwrap();
        assert!(!rows.is_empty());
        assert!(
            rows.iter()
                .all(|row| row["secretPath"].as_str().unwrap().starts_with("/coffer/log"))
        );

        let user = friend.vault.account().user_id;
        let rights = [("production".to_owned(), Right::Write)];
        let told = office.project.set_rights(&user, false, &rights).await.unwrap();
        assert_eq!(told, Enforcement::ServerToo);
        assert_eq!(
            may(&friend, "development", "/").await,
            (true, false),
            "headers only"
        );
        assert_eq!(may(&friend, "development", "/coffer/wraps").await, (false, false));
        assert_eq!(may(&friend, "production", "/coffer/wraps").await, (true, true));
        friend.project.refresh().await.unwrap();
        let theirs = friend.open_environment("production").await;
        theirs.save(vec![put("/deep", "B", "written")]).await.unwrap();

        office.project.remove_member(&user).await.unwrap();
        assert_eq!(may(&friend, "production", "/").await, (false, false));
        assert_eq!(may(&friend, "coffer", "/coffer/keyring").await, (false, false));
    });
}

#[test]
fn an_admin_is_one_on_the_server_while_the_keyring_says_so() {
    run(async {
        let office = Office::open(1011).await;
        let friend = office.invite(1012, "friend@example.org", &[]).await;
        let user = friend.vault.account().user_id;
        office.project.set_rights(&user, true, &[]).await.unwrap();
        friend.project.refresh().await.unwrap();
        friend.project.create_environment("More", "more").await.unwrap();
        office.project.refresh().await.unwrap();
        office.project.set_rights(&user, false, &[]).await.unwrap();
        assert_eq!(may(&friend, "more", "/coffer/wraps").await, (false, false));
        friend.project.refresh().await.unwrap();
        assert_eq!(
            friend.project.create_environment("Again", "again").await.err(),
            Some(Error::Forbidden)
        );
    });
}

#[test]
fn another_environment_of_the_same_slug_is_not_open_to_who_had_the_first() {
    run(async {
        let office = Office::open(1021).await;
        let friend = office
            .invite(1022, "friend@example.org", &[("development", Right::Write)])
            .await;
        office.project.delete_environment("development").await.unwrap();
        office
            .project
            .create_environment("Development", "development")
            .await
            .unwrap();
        assert_eq!(may(&friend, "development", "/coffer/wraps").await, (false, false));
    });
}

#[test]
fn a_server_without_privileges_leaves_it_to_keys_and_that_is_said() {
    // As a plan without them, a server that does not know the route, and one that has another rule for it.
    for (seed, answer) in [(1031, 400), (1032, 404), (1033, 403)] {
        run(async {
            let office = Office::open(seed).await;
            let body = json!({ "statusCode": answer, "error": "BadRequest", "message": "plan restriction" });
            office.transport.intercept(move |request| {
                let asked = request.path.contains("additional-privilege");
                asked.then(|| {
                    Ok(Response {
                        status: answer,
                        body: body.to_string().into_bytes(),
                    })
                })
            });
            let draft = InviteDraft {
                email: "other@example.org".into(),
                admin: false,
                rights: vec![],
            };
            let link = office.project.invite(draft).await.unwrap();
            assert_eq!(link.enforcement, Enforcement::KeysAlone);
            let rights = [("development", Right::Read)];
            let friend = office.invite(seed + 100, "friend@example.org", &rights).await;
            let user = friend.vault.account().user_id;
            let told = office
                .project
                .set_rights(&user, false, &[("development".to_owned(), Right::Read)])
                .await
                .unwrap();
            assert_eq!(told, Enforcement::KeysAlone);
            let theirs = friend.open_environment("development").await;
            assert_eq!(
                theirs.save(vec![put("/", "X", "x")]).await.err(),
                Some(SaveError::Failed(Error::Forbidden)),
                "the client keeps to the keyring"
            );
            assert_eq!(
                friend.project.open_environment("production").await.err(),
                Some(Error::NoKey)
            );
            // The same person again, once the server can: nothing is left of the old role.
            office.transport.honest();
            let rights = [("development".to_owned(), Right::Read)];
            let told = office.project.set_rights(&user, false, &rights).await.unwrap();
            assert_eq!(told, Enforcement::ServerToo);
            assert_eq!(may(&friend, "production", "/coffer/wraps").await, (false, false));
            assert_eq!(may(&friend, "development", "/coffer/wraps").await, (true, false));
        });
    }
}

#[test]
fn a_new_environment_shows_its_headers_to_every_member() {
    run(async {
        let office = Office::open(1041).await;
        let friend = office.invite(1042, "friend@example.org", &[]).await;
        let new = NewEnvironment {
            name: "Later".into(),
            slug: "later".into(),
        };
        office
            .project
            .create_environment(&new.name, &new.slug)
            .await
            .unwrap();
        assert_eq!(may(&friend, "later", "/coffer/log").await, (true, false));
        assert_eq!(may(&friend, "later", "/coffer/body").await, (false, false));
    });
}

/// A save that was on its way while an admin's right was taken: on its own it keeps everybody out, an admin lets it
/// count, and everybody goes on with it.
#[test]
fn what_was_saved_while_a_right_was_taken_counts_once_an_admin_says_so() {
    run(async {
        let ada = Office::open(71).await;
        let bob = ada
            .invite(711, "bob@example.org", &[("development", Right::Write)])
            .await;
        let cy = ada
            .invite(712, "cy@example.org", &[("development", Right::Write)])
            .await;
        let theirs = bob.open_environment("development").await;
        theirs.save(vec![put("/", "A", "before")]).await.unwrap();
        let (project, bearer) = (ada.project.summary().id.to_string(), ada.bearer());
        let insider = Insider::of(&bob).await;
        let inside = insider.look(&ada.server, &bearer, &project, "development").await;
        let (late, body) = insider.record(&inside, &inside.ring, "LATE", "on its way");
        let user = bob.vault.account().user_id.clone();
        ada.project.remove_member(&user).await.unwrap();
        for (name, text) in body.rows() {
            let place = (project.as_str(), "development", "/coffer/body/0");
            ada.server.write_row(&bearer, place, name, text).await;
        }
        let place = (project.as_str(), "development", "/coffer/log/0");
        let name = format!("H{}", late.seq());
        ada.server.write_row(&bearer, place, &name, &late.to_text()).await;

        // Who has not heard of the removal takes it for a colleague's.
        cy.project.refresh().await.unwrap();
        let told = Error::LateRecords(Box::new(LateRecords {
            environment: "development".to_owned(),
            by: vec![user],
            records: 1,
        }));
        assert_eq!(
            ada.project.open_environment("development").await.err(),
            Some(told.clone())
        );
        assert_eq!(cy.project.open_environment("development").await.err(), Some(told));
        // Only an admin says what counts.
        assert!(cy.project.uphold("development").await.is_err());
        let open = ada.project.uphold("development").await.unwrap();
        assert_eq!(get(&open, "LATE"), "on its way");
        let open = cy.project.open_environment("development").await.unwrap();
        assert_eq!(get(&open, "LATE"), "on its way");
        let open = open.save(vec![put("/", "B", "goes on")]).await.unwrap();
        assert!(open.epoch() > 1, "under a key that who was removed does not have");
        assert_eq!(
            get(&ada.again(713).await.open_environment("development").await, "B"),
            "goes on"
        );
    });
}

/// What a real server answers for some seconds after a change of rights, whoever asks for what.
fn lagging(asker: &Office, until: u64, about: &'static str) -> Rc<Cell<usize>> {
    let refusals = Rc::new(Cell::new(0));
    let (count, device) = (Rc::clone(&refusals), asker.device.clone());
    asker.transport.intercept(move |request| {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        let asked = request.path.contains(about) || body.contains(about);
        (asked && device.now() < until).then(|| {
            count.set(count.get() + 1);
            Ok(refusal())
        })
    });
    refusals
}

fn refusal() -> Response {
    let body = json!({ "statusCode": 403, "error": "PermissionDenied", "message": "You are not allowed" });
    Response {
        status: 403,
        body: body.to_string().into_bytes(),
    }
}

#[test]
fn rights_that_count_some_seconds_later_are_waited_for() {
    run(async {
        let office = Office::open(1051).await;
        let rights = [("development", Right::Read)];
        let friend = office.invite(1052, "friend@example.org", &rights).await;
        // A day later: nothing is left of having been let in.
        office.device.advance(DAY);
        friend.device.advance(DAY);
        let user = friend.vault.account().user_id;
        let rights = [("production".to_owned(), Right::Write)];
        office.project.set_rights(&user, false, &rights).await.unwrap();

        let start = friend.device.now();
        let refusals = lagging(&friend, start + 10_000, "production");
        friend.project.refresh().await.unwrap();
        let theirs = friend.open_environment("production").await;
        theirs.save(vec![put("/", "A", "written")]).await.unwrap();
        let waited = friend.device.now() - start;
        assert!((10_000..15_000).contains(&waited), "{waited}");
        assert!((2..40).contains(&refusals.get()), "{}", refusals.get());
        assert_eq!(get(&office.open_environment("production").await, "A"), "written");
    });
}

#[test]
fn who_follows_an_invitation_at_once_is_let_in_a_little_later() {
    run(async {
        let office = Office::open(1061).await;
        let email = "friend@example.org".to_owned();
        let (transport, device) = (Evil::new(office.server.browser()), MemoryDevice::new(1062));
        let client = Client::new(transport.clone(), device.clone(), office.server.origin());
        let login = ExistingLogin {
            email: email.clone(),
            password: office.server.plain_account(&office, &email).await,
            passphrase: Passphrase::typed("guest 1062 paints seven quiet doors"),
        };
        let (vault, _) = client.create_keys(login).await.unwrap();
        let draft = InviteDraft {
            email,
            admin: false,
            rights: vec![],
        };
        let link = office.project.invite(draft).await.unwrap();
        let invitation = Invitation::parse(&link.link_fragment).unwrap();
        let (until, project) = (device.now() + 12_000, invitation.project.clone());
        let clock = device.clone();
        transport.intercept(move |request| {
            let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
            let asked = request.path.contains(&project) || body.contains(&project);
            (asked && clock.now() < until).then(|| Ok(refusal()))
        });
        vault.join(&invitation).await.unwrap();
        assert_eq!(office.project.joins().await.unwrap().len(), 1);
        assert!(device.now() >= until, "it was waited for");
    });
}

#[test]
fn a_refusal_for_another_reason_is_an_answer() {
    run(async {
        let office = Office::open(1071).await;
        let rights = [("development", Right::Read)];
        let friend = office.invite(1072, "friend@example.org", &rights).await;
        // A moment after having been let in, it is asked for again, and there is an end to that.
        let start = friend.device.now();
        let refusals = lagging(&friend, u64::MAX, "development");
        let opened = friend.project.open_environment("development").await;
        assert_eq!(opened.err(), Some(Error::Forbidden));
        let waited = friend.device.now() - start;
        assert!((1..=20_000).contains(&waited), "{waited}");
        // A minute later, it is an answer.
        friend.device.advance(60_000);
        let (start, before) = (friend.device.now(), refusals.get());
        let opened = friend.project.open_environment("development").await;
        assert_eq!(opened.err(), Some(Error::Forbidden));
        assert_eq!(friend.device.now(), start, "nothing was waited for");
        assert!(refusals.get() - before < 4, "{}", refusals.get() - before);
    });
}

/// Gives somebody a role at the server, past any client.
async fn set_role(admin: &Office, user: &str, role: &str) {
    let path = format!("/api/v1/projects/{}/memberships", admin.project.summary().id);
    let (browser, bearer) = (admin.server.browser(), admin.bearer());
    let listed = browser.call(Method::Get, &path, Some(&bearer), None).await;
    let mut members = listed["memberships"].as_array().unwrap().iter();
    let member = members.find(|member| member["user"]["id"] == user).unwrap();
    let path = format!("{path}/{}", member["id"].as_str().unwrap());
    let body = json!({ "roles": [{ "role": role }] });
    browser
        .call(Method::Patch, &path, Some(&bearer), Some(body))
        .await;
}

#[test]
fn one_act_brings_the_server_in_line_with_the_keyring() {
    run(async {
        let office = Office::open(1081).await;
        let reader = office
            .invite(1082, "reader@example.org", &[("development", Right::Read)])
            .await;
        let admin = office.invite(1083, "admin@example.org", &[]).await;
        let former = office.invite(1084, "former@example.org", &[]).await;
        let [reads, admins, left] = [&reader, &admin, &former].map(|person| person.vault.account().user_id);
        office.project.set_rights(&admins, true, &[]).await.unwrap();
        assert_eq!(office.project.enforcement_gaps().await.unwrap(), []);

        // As an earlier version left it, and as somebody at the server may.
        set_role(&office, &reads, "member").await;
        set_role(&office, &admins, "member").await;
        assert_eq!(may(&reader, "production", "/coffer/wraps").await, (true, true));
        let mut gaps = office.project.enforcement_gaps().await.unwrap();
        gaps.sort_by_key(|gap| gap.kind == GapKind::Less);
        let gap = |user: &str, kind| EnforcementGap {
            user_id: user.to_owned(),
            kind,
        };
        assert_eq!(gaps, [gap(&reads, GapKind::More), gap(&admins, GapKind::Less)]);
        assert_eq!(
            reader.project.align_enforcement().await.err(),
            Some(Error::Forbidden)
        );

        // Somebody whom the server keeps as a member after the keyring has removed them.
        office.transport.intercept(move |request| {
            let gone = request.method == Method::Delete && request.path.ends_with("/memberships");
            gone.then(|| {
                Ok(Response {
                    status: 200,
                    body: b"{}".to_vec(),
                })
            })
        });
        office.project.remove_member(&left).await.unwrap();
        office.transport.honest();
        set_role(&office, &left, "member").await;

        let told = office.project.align_enforcement().await.unwrap();
        assert_eq!(told, Enforcement::ServerToo);
        assert_eq!(office.project.enforcement_gaps().await.unwrap(), []);
        assert_eq!(may(&reader, "production", "/coffer/wraps").await, (false, false));
        assert_eq!(may(&reader, "development", "/coffer/wraps").await, (true, false));
        assert_eq!(may(&former, "development", "/coffer/wraps").await, (false, false));
        admin.project.refresh().await.unwrap();
        admin.project.create_environment("More", "more").await.unwrap();
    });
}

#[test]
fn a_server_without_privileges_says_so_of_everybody() {
    run(async {
        let office = Office::open(1091).await;
        let friend = office.invite(1092, "friend@example.org", &[]).await;
        office.transport.intercept(|request| {
            let asked = request.path.contains("additional-privilege");
            asked.then(|| Ok(refusal()))
        });
        let told = office.project.align_enforcement().await.unwrap();
        assert_eq!(told, Enforcement::KeysAlone);
        let gaps = office.project.enforcement_gaps().await.unwrap();
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].user_id, friend.vault.account().user_id);
    });
}

const DAY: u64 = 24 * 3_600_000;
