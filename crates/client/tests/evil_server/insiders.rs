//! X, where somebody inside helps the server, or several people look at it from different sides.

use crate::stage::{
    ALPHA, BETA, Env, Stage, class, named, nothing_escaped, pins, reveal, tamper_list, uploaded_wraps,
};
use coffer_client::{
    Class, Client, Error, InboxReport, LateRecords, Method, NewEnvironment, Response, Right, SaveError,
    SealError,
};
use coffer_core::envelope::Kind;
use coffer_core::environment::{EpochKey, Wrap};
use coffer_core::keyring::KeyringState;
use coffer_core::value::{SealedValue, SecretContent};
use coffer_testkit::{Evil, InProcess, Insider, MemoryDevice, Office, TestServer, entry, get, put};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

const HISTORY: &str = "this environment's history";

/// The place of something of Coffer's own, for [`TestServer::write_row`].
fn of<'a>(office: &'a str, environment: &'a str, path: &'a str) -> (&'a str, &'a str, &'a str) {
    (office, environment, path)
}

/// Somebody on their device, whose network leads to another server from now on.
async fn led_to(office: &Office, server: &TestServer) -> Office {
    let (transport, device) = (Evil::new(server.browser()), office.device.clone());
    let client = Client::new(transport.clone(), device.clone(), server.origin());
    let known = client.known_accounts().await.unwrap();
    let vault = client
        .unlock(&known[0], office.passphrase.clone(), None)
        .await
        .unwrap();
    let project = vault.open_project(&office.project.summary().id).await.unwrap();
    Office {
        server: server.clone(),
        transport,
        device,
        vault,
        project,
        kit: office.kit.clone(),
        passphrase: office.passphrase.clone(),
    }
}

pub async fn different_continuations_never_merge() {
    let stage = Stage::set(60).await;
    // Two devices have seen the same …
    let other = stage.office.again(601).await;
    let mine = stage.office.open_environment("development").await;
    let theirs = other.open_environment("development").await;
    assert_eq!(mine.head_words(), theirs.head_words());
    // … until each is told a continuation of its own. What differs is what people can read to each other.
    let fork = stage.office.server.fork();
    let there = led_to(&other, &fork).await;
    let theirs = there.open_environment("development").await;
    let theirs = theirs
        .save(vec![put("/", "THEIRS", "in the other world")])
        .await
        .unwrap();
    let mine = mine.save(vec![put("/", "MINE", "in this world")]).await.unwrap();
    assert_eq!(mine.seq(), theirs.seq());
    assert_ne!(mine.head_words(), theirs.head_words());
    assert_eq!(get(&theirs, "ALPHA"), ALPHA);
    let forked = Some(Error::Forked { what: HISTORY });
    let pinned = (pins(&there), pins(&stage.office));
    // A merge is noticed by whoever is led back, in a session that goes on …
    let merged = led_to(&there, &stage.office.server).await;
    assert_eq!(merged.project.open_environment("development").await.err(), forked);
    // … and by whoever is shown the other world's records.
    let project = stage.office.project.summary().id.to_string();
    let bearer = there.bearer();
    let theirs_rows = fork.rows(&bearer, &project, "development", "/coffer/log").await;
    let rows = Rc::new(theirs_rows);
    stage
        .office
        .transport
        .tamper_json("/api/v4/secrets", move |body| {
            let change = |row: &mut Value| {
                let told = rows.iter().find(|(_, name, _)| row["secretKey"] == *name);
                if let Some((_, _, value)) = told {
                    row["secretValue"] = json!(value);
                }
            };
            body["secrets"]
                .as_array_mut()
                .into_iter()
                .flatten()
                .for_each(change);
            if body["secret"].is_object() {
                change(&mut body["secret"]);
            }
        });
    assert_eq!(mine.reload().await.err(), forked);
    stage.office.transport.honest();
    // The one that is behind is older than what was seen; that too moves nothing.
    let theirs = theirs.save(vec![put("/", "MORE", "only there")]).await.unwrap();
    assert_eq!(theirs.seq(), mine.seq() + 1);
    let ahead = pins(&there);
    let behind = led_to(&there, &stage.office.server).await;
    let refused = behind.project.open_environment("development").await.err();
    assert_eq!(refused, Some(Error::RolledBack { what: HISTORY }));
    assert_eq!(pins(&there), ahead);
    assert_eq!(pins(&stage.office), pinned.1);
    assert_ne!(pinned.0, ahead);
    // In this world work goes on.
    let mine = mine.reload().await.unwrap();
    mine.save(vec![put("/", "ON", "and on")]).await.unwrap();
    stage.check(false);
}

pub async fn a_reader_with_the_server_writes_nothing() {
    let stage = Stage::set(61).await;
    let reader = stage
        .office
        .invite(611, "reader@example.org", &[("development", Right::Read)])
        .await;
    let (server, project) = (
        &stage.office.server,
        stage.office.project.summary().id.to_string(),
    );
    let bearer = stage.office.bearer();
    let opened = stage.open().await.unwrap();
    let entry = entry(&opened, "ALPHA").clone();
    let before = pins(&stage.liar);
    let insider = Insider::of(&reader).await;
    let inside = insider.look(server, &bearer, &project, "development").await;
    // A value of the reader's, sealed with the right key for the right place: it is not the one that the log names.
    let known = inside.contents.entry(&entry.slot).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(61);
    let key = inside.keys.newest().unwrap();
    let evil = SealedValue::seal(key, &known.context(), &SecretContent::text("evil"), &mut rng).unwrap();
    server
        .write_row(&bearer, of(&project, "development", "/"), "ALPHA", evil.as_str())
        .await;
    let seen = opened.reload().await.unwrap();
    assert_eq!(class(&seen, "ALPHA"), Class::Swapped);
    assert_eq!(reveal(&seen, "ALPHA"), Err(SealError::Broken));
    assert!(seen.search("evil", 0, 100).hits.is_empty());
    // The record that would name it: signed by the reader, whom the keyring gives no right to write.
    let head = inside.log.head().unwrap();
    let last = inside.log.header(head.seq).unwrap();
    let forged = insider.forge(Kind::Header, &last.to_text(), |pieces| {
        pieces[4] = (head.seq + 1).to_be_bytes().to_vec();
        pieces[5] = head.hash.as_ref().to_vec();
        pieces[16] = insider.identity.public().sign_kid().as_ref().to_vec();
    });
    let name = format!("H{}", head.seq + 1);
    server
        .write_row(
            &bearer,
            of(&project, "development", "/coffer/log/0"),
            &name,
            &forged,
        )
        .await;
    let refused = Some(Error::Forged {
        what: "a record's author",
    });
    assert_eq!(seen.reload().await.err(), refused);
    let newcomer = stage.office.again(612).await;
    assert_eq!(
        newcomer.project.open_environment("development").await.err(),
        refused
    );
    assert_eq!(
        reader.project.open_environment("development").await.err(),
        refused
    );
    // Nor does the reader's own client help with anything.
    stage.check(false);
    assert_eq!(pins(&stage.liar), before);
}

pub async fn members_hold_the_same_key() {
    let stage = Stage::set(62).await;
    let rights = [("development", Right::Write), ("production", Right::Write)];
    let friend = stage.office.invite(621, "friend@example.org", &rights).await;
    let mallory = stage.office.invite(622, "mallory@example.org", &rights).await;
    let (server, project) = (
        &stage.office.server,
        stage.office.project.summary().id.to_string(),
    );
    let bearer = stage.office.bearer();
    let (insider, victim) = (Insider::of(&mallory).await, Insider::of(&friend).await);
    let inside = insider.look(server, &bearer, &project, "development").await;
    let kid = victim.identity.public().kem_kid();
    let mut rng = ChaCha20Rng::seed_from_u64(62);
    let mut seal = |key: &EpochKey, to| {
        Wrap::seal(key, to, &insider.identity, &inside.ring, &mut rng)
            .unwrap()
            .to_text()
    };
    let newest = inside.keys.newest().unwrap();
    let other = EpochKey::generate(*newest.context(), &mut ChaCha20Rng::seed_from_u64(63));
    let production = server
        .rows(&bearer, &project, "production", "/coffer/wraps")
        .await;
    let development = server
        .rows(&bearer, &project, "development", "/coffer/wraps")
        .await;
    let recipient = |(_, _, text): &&(String, String, String)| Wrap::parse(text).unwrap().recipient() == kid;
    let lies = [
        // A writer wraps another key to one member, so that this member reads and writes something else.
        ("another key", seal(&other, &victim.identity.public())),
        // The right key, by an entitled member, in a wrap that no record names.
        (
            "a wrap that nobody announced",
            seal(newest, &victim.identity.public()),
        ),
        ("to somebody else", seal(newest, &insider.identity.public())),
        (
            "another environment's",
            production.iter().find(recipient).unwrap().2.clone(),
        ),
        (
            "another member's",
            development.iter().find(|row| !recipient(row)).unwrap().2.clone(),
        ),
    ];
    for (what, wrap) in lies {
        let told = wrap.clone();
        let victim = friend.again(623).await;
        let before = pins(&victim);
        victim.transport.tamper_json("%2Fcoffer%2Fwraps", move |body| {
            body["secret"]["secretValue"] = json!(told);
        });
        assert_eq!(
            victim.project.open_environment("development").await.err(),
            Some(Error::Forged {
                what: "this environment's key"
            }),
            "{what}"
        );
        assert_eq!(pins(&victim), before, "{what}");
    }
    // Without lies both read what the other wrote.
    let theirs = friend.open_environment("development").await;
    theirs
        .save(vec![put("/", "THEIRS", "by the friend")])
        .await
        .unwrap();
    assert_eq!(
        get(&mallory.open_environment("development").await, "THEIRS"),
        "by the friend"
    );
    stage.check(false);
}

pub async fn a_backdated_record_is_refused() {
    let stage = Stage::set(63).await;
    let writer = stage
        .office
        .invite(631, "writer@example.org", &[("development", Right::Write)])
        .await;
    let theirs = writer.open_environment("development").await;
    theirs
        .save(vec![put("/", "EARLIER", "while a member")])
        .await
        .unwrap();
    let (server, project) = (
        &stage.office.server,
        stage.office.project.summary().id.to_string(),
    );
    let insider = Insider::of(&writer).await;
    // Prepared while still a member, for afterwards.
    let inside = insider
        .look(server, &stage.office.bearer(), &project, "development")
        .await;
    let (backdated, body) = insider.record(&inside, &inside.ring, "BACKDATED", "slipped in");
    stage
        .office
        .project
        .remove_member(&writer.vault.account().user_id)
        .await
        .unwrap();
    let bearer = stage.office.bearer();
    let place = of(&project, "development", "/coffer/log/0");
    for (name, text) in body.rows() {
        let place = of(&project, "development", "/coffer/body/0");
        server.write_row(&bearer, place, name, text).await;
    }
    let name = format!("H{}", backdated.seq());
    server
        .write_row(&bearer, place, &name, &backdated.to_text())
        .await;
    let refused = Some(Error::LateRecords(Box::new(LateRecords {
        environment: "development".to_owned(),
        by: vec![writer.vault.account().user_id.clone()],
        records: 1,
    })));
    // Of whoever knows the removal, pinned or new.
    let before = pins(&stage.office);
    assert_eq!(
        stage.office.project.open_environment("development").await.err(),
        refused
    );
    assert_eq!(pins(&stage.office), before);
    let newcomer = stage.office.again(632).await;
    assert_eq!(
        newcomer.project.open_environment("development").await.err(),
        refused
    );
    // In the place of one that the removal's head covers it is another history.
    let all = server.rows(&bearer, &project, "development", "/coffer/log").await;
    let last = all
        .iter()
        .find(|(_, name, _)| *name == format!("H{}", backdated.seq() - 1))
        .unwrap();
    let state = KeyringState::fold(&inside.links, None, None).unwrap();
    assert_eq!(state.head(), inside.ring.head());
    let replaced = insider.forge(Kind::Header, &last.2, |pieces| {
        // Another time, signed anew: as genuine as the one that it replaces.
        pieces[17] = 7_u64.to_be_bytes().to_vec();
        pieces[16] = insider.identity.public().sign_kid().as_ref().to_vec();
    });
    let delete = json!({
        "projectId": project, "environment": "development", "secretPath": "/coffer/log/0",
        "secrets": [{ "secretKey": name, "type": "shared" }],
    });
    let browser = server.browser();
    browser
        .call(
            Method::Delete,
            "/api/v4/secrets/batch",
            Some(&bearer),
            Some(delete),
        )
        .await;
    server.write_row(&bearer, place, &last.1, &replaced).await;
    let forked = Some(Error::Forked { what: HISTORY });
    assert_eq!(
        newcomer.project.open_environment("development").await.err(),
        forked
    );
    assert_eq!(
        stage.office.project.open_environment("development").await.err(),
        forked
    );
    assert_eq!(pins(&stage.office), before);
    // What honest people wrote is still there once the server shows it.
    server.write_row(&bearer, place, &last.1, &last.2).await;
    let mine = stage.office.open_environment("development").await;
    assert_eq!(get(&mine, "EARLIER"), "while a member");
    assert!(mine.entries().iter().all(|entry| entry.name != "BACKDATED"));
    stage.check(false);
}

pub async fn another_projects_wraps_are_refused() {
    let stage = Stage::set(64).await;
    let friend = stage
        .office
        .invite(641, "friend@example.org", &[("development", Right::Write)])
        .await;
    // The same two people in a second project, with an environment of the same name.
    let environments = [NewEnvironment {
        name: "Development".into(),
        slug: "development".into(),
    }];
    let second = stage
        .office
        .vault
        .create_project("Second", &environments)
        .await
        .unwrap();
    let theirs = stage.office.vault.open_project(&second.id).await.unwrap();
    let draft = coffer_client::InviteDraft {
        email: "friend@example.org".into(),
        admin: false,
        rights: vec![("development".into(), Right::Write)],
    };
    let link = theirs.invite(draft).await.unwrap();
    let invitation = coffer_client::Invitation::parse(&link.link_fragment).unwrap();
    friend.vault.join(&invitation).await.unwrap();
    for join in theirs.joins().await.unwrap() {
        theirs.admit(&join).await.unwrap();
    }
    let bearer = stage.office.bearer();
    let second = second.id.to_string();
    let rows = stage
        .office
        .server
        .rows(&bearer, &second, "development", "/coffer/wraps")
        .await;
    let kid = Insider::of(&friend).await.identity.public().kem_kid();
    let replayed = rows
        .iter()
        .find(|(_, _, text)| Wrap::parse(text).unwrap().recipient() == kid);
    let replayed = replayed.unwrap().2.clone();
    // As it stands, and as an admin of that project can sign it anew for this one.
    let inside = Insider::of(&stage.office).await;
    let project = stage.office.project.summary().id.to_string();
    let here = inside
        .look(&stage.office.server, &bearer, &project, "development")
        .await;
    let resigned = inside.forge(Kind::Wrap, &replayed, |pieces| {
        pieces[2] = here.ring.ring().as_ref().to_vec();
        pieces[3] = here.log.env().as_ref().to_vec();
        pieces[5] = here.keys.newest().unwrap().commitment().as_ref().to_vec();
        pieces[11] = here.ring.seq().to_be_bytes().to_vec();
        pieces[12] = here.ring.head().as_ref().to_vec();
    });
    for wrap in [replayed, resigned] {
        let victim = friend.again(642).await;
        let before = pins(&victim);
        victim.transport.tamper_json("%2Fcoffer%2Fwraps", move |body| {
            body["secret"]["secretValue"] = json!(wrap);
        });
        assert_eq!(
            victim.project.open_environment("development").await.err(),
            Some(Error::Forged {
                what: "this environment's key"
            })
        );
        assert_eq!(pins(&victim), before);
    }
    stage.check(false);
}

pub async fn fifty_writers_and_a_server_that_cannot_count() {
    // Fifty devices save at once: each record gets a number of its own.
    let office = Office::open(65).await;
    let mut writers = Vec::new();
    for n in 0..WRITERS {
        let writer = office.again(65_000 + n as u64).await;
        writers.push((writer.open_environment("development").await, n));
    }
    let mut rounds = 0;
    while !writers.is_empty() {
        rounds += 1;
        assert!(rounds < 60, "fifty writers never end");
        let saves = writers
            .iter()
            .map(|(open, n)| open.save(vec![put("/", &format!("W{n}"), &format!("by {n}"))]));
        let saved = together(saves.collect()).await;
        let mut left = Vec::new();
        for ((open, n), saved) in writers.into_iter().zip(saved) {
            match saved {
                Ok(_) => {}
                // Too many were quicker, as somebody is told who then tries again.
                Err(SaveError::Failed(Error::Conflict)) => left.push((open, n)),
                Err(other) => panic!("{n}: {other:?}"),
            }
        }
        writers = left;
    }
    let all = office.open_environment("development").await;
    assert_eq!(all.entries().len(), WRITERS);
    assert_eq!(all.seq(), WRITERS as u64);
    for n in 0..WRITERS {
        assert_eq!(get(&all, &format!("W{n}")), format!("by {n}"));
    }
    assert!(all.entries().iter().all(|entry| entry.class == Class::Ok) && all.strangers().is_empty());

    // A server that checks and then inserts takes two records of one number. Each writer reads back its own.
    let stage = Stage::set(66).await;
    let first = stage.office.open_environment("development").await;
    let other = stage.office.again(661).await;
    let second = other.open_environment("development").await;
    let number = format!("H{}", first.seq() + 1);
    let doubled: Rc<RefCell<Option<String>>> = Rc::default();
    let (keep, wanted) = (Rc::clone(&doubled), number.clone());
    let create = format!("/api/v4/secrets/{number}");
    other.transport.intercept(move |request| {
        if !request.path.starts_with(&create) {
            return None;
        }
        let mut row = json!({ "secretKey": wanted, "secretPath": "/coffer/log/0", "type": "shared" });
        if request.method == Method::Post {
            let body: Value = serde_json::from_slice(request.body.as_deref()?).ok()?;
            *keep.borrow_mut() = body["secretValue"].as_str().map(str::to_owned);
        }
        row["secretValue"] = json!(keep.borrow().clone()?);
        let body = json!({ "secret": row }).to_string().into_bytes();
        Some(Ok(Response { status: 200, body }))
    });
    let first = first.save(vec![put("/", "FIRST", "the first")]).await.unwrap();
    let second = second.save(vec![put("/", "SECOND", "the second")]).await.unwrap();
    assert_eq!(first.seq(), second.seq());
    assert_ne!(first.head_words(), second.head_words());
    // Whoever comes now sees both rows. The lower hash counts, in whatever order they come, and one writer is told.
    let told = doubled.borrow().clone().unwrap();
    let mut winners = BTreeSet::new();
    for front in [true, false] {
        let newcomer = stage.office.again(662).await;
        let (told, number) = (told.clone(), number.clone());
        tamper_list(&newcomer.transport, move |rows| {
            if rows.iter().any(|row| named(row, &number)) {
                let row = json!({ "secretKey": number, "secretValue": told, "secretPath": "/coffer/log/0", "type": "shared" });
                rows.insert(if front { 0 } else { rows.len() }, row);
            }
        });
        let seen = newcomer.project.open_environment("development").await.unwrap();
        assert_eq!(seen.seq(), first.seq());
        assert!(
            seen.entries()
                .iter()
                .all(|e| matches!(e.class, Class::Ok | Class::Lagging))
        );
        winners.insert(seen.head_words());
    }
    assert_eq!(winners.len(), 1);
    let (loser, transport): (&Env, &Evil<InProcess>) = if winners.contains(&first.head_words()) {
        (&second, &other.transport)
    } else {
        (&first, &stage.office.transport)
    };
    assert!(winners.contains(&first.head_words()) || winners.contains(&second.head_words()));
    let winning = if std::ptr::eq(loser, &second) {
        rows_value(&stage.office, &number).await
    } else {
        told
    };
    transport.honest();
    let name = number.clone();
    let serve = move |row: &mut Value| {
        if named(row, &name) {
            row["secretValue"] = json!(winning);
        }
    };
    crate::stage::tamper_rows(transport, serve);
    assert_eq!(loser.reload().await.err(), Some(Error::Forked { what: HISTORY }));
    stage.check(false);
}

/// The text of a header as the server has it.
async fn rows_value(office: &Office, name: &str) -> String {
    let project = office.project.summary().id.to_string();
    let rows = office
        .server
        .rows(&office.bearer(), &project, "development", "/coffer/log")
        .await;
    rows.into_iter().find(|(_, known, _)| known == name).unwrap().2
}

/// Runs all at once.
async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in running.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        if running.iter().any(|(_, done)| done.is_none()) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(running.drain(..).filter_map(|(_, done)| done).collect())
    })
    .await
}

const WRITERS: usize = 50;

pub async fn keys_exchanged_between_invitation_and_wrap_get_nothing() {
    let office = Office::open(67).await;
    let draft = |email: &str| coffer_client::InviteDraft {
        email: email.to_owned(),
        admin: false,
        rights: vec![("development".into(), Right::Write)],
    };
    let mut guests = Vec::new();
    for (n, email) in ["noor@example.org", "omar@example.org"].into_iter().enumerate() {
        let link = office.project.invite(draft(email)).await.unwrap();
        let invitation = coffer_client::Invitation::parse(&link.link_fragment).unwrap();
        let device = MemoryDevice::new(671 + n as u64);
        let transport = Evil::new(office.server.browser());
        let client = Client::new(transport, device.clone(), office.server.origin());
        let accept = coffer_client::Accept {
            email: None,
            first_name: "Guest".into(),
            last_name: n.to_string(),
            passphrase: coffer_client::Passphrase::typed("seven gentle walrus paint quiet doors"),
        };
        let (vault, _) = client.accept_invitation(invitation, accept).await.unwrap();
        guests.push((vault, device));
    }
    let before = pins(&office);
    // The two requests trade places: each is genuine, and stands under the other's name.
    let swap = |rows: &mut Vec<Value>| {
        let all: Vec<Value> = rows.iter().map(|row| row["secretValue"].clone()).collect();
        for (row, value) in rows.iter_mut().zip(all.into_iter().rev()) {
            row["secretValue"] = value;
        }
    };
    office.transport.tamper_json("%2Fcoffer%2Finbox", move |body| {
        if let Some(rows) = body["secrets"].as_array_mut() {
            swap(rows);
        }
    });
    assert_eq!(office.project.joins().await.unwrap().len(), 0);
    // Neither is let in, and neither is lost: a row that the list alone shows so is not removed.
    let report = office.project.process_inbox().await.unwrap();
    assert_eq!(report, InboxReport::default());
    office.transport.honest();
    assert_eq!(office.project.joins().await.unwrap().len(), 2);
    // Somebody is added to the keyring by whoever the server is: no admin signed it.
    let bearer = office.bearer();
    let project = office.project.summary().id.to_string();
    let stranger = Office::open(673).await;
    let insider = Insider::of(&stranger).await;
    let (state, links) = coffer_testkit::keyring(&office.server, &bearer, &project).await;
    let theirs = stranger.project.summary().id.to_string();
    let (_, their_links) = coffer_testkit::keyring(&stranger.server, &stranger.bearer(), &theirs).await;
    let genesis = insider.forge(Kind::Link, &their_links[0].to_text(), |pieces| {
        pieces[2] = state.ring().as_ref().to_vec();
        pieces[3] = (state.seq() + 1).to_be_bytes().to_vec();
        pieces[4] = state.head().as_ref().to_vec();
    });
    let declared = insider.forge(Kind::Link, &links.last().unwrap().to_text(), |pieces| {
        pieces[3] = (state.seq() + 1).to_be_bytes().to_vec();
        pieces[4] = state.head().as_ref().to_vec();
        let author = pieces.len() - 2;
        pieces[author] = insider.identity.public().sign_kid().as_ref().to_vec();
    });
    for link in [genesis, declared] {
        let name = format!("K{}", state.seq() + 1);
        tamper_list(&office.transport, move |rows| {
            if rows.iter().any(|row| named(row, "K0")) {
                rows.push(json!({ "secretKey": name, "secretValue": link, "secretPath": "/coffer/keyring/0", "type": "shared" }));
            }
        });
        let refused = office.project.joins().await.err();
        assert_eq!(
            refused,
            Some(Error::Forged {
                what: "the project's membership"
            })
        );
        office.transport.honest();
    }
    assert_eq!(pins(&office), before);
    // Names and addresses in the server's words change nothing about who gets the keys.
    office.transport.tamper_json("/memberships", |body| {
        let Some(members) = body["memberships"].as_array_mut() else {
            return;
        };
        let users: Vec<Value> = members.iter().map(|member| member["user"].clone()).collect();
        for (member, user) in members.iter_mut().zip(users.into_iter().rev()) {
            for field in ["email", "username", "firstName", "lastName", "publicKey"] {
                member["user"][field] = user[field].clone();
            }
            member["user"]["publicKey"] = json!("AAAA");
        }
    });
    let joins = office.project.joins().await.unwrap();
    assert_eq!(joins.len(), 2);
    for join in &joins {
        assert!(join.mac_ok);
        office.project.admit(join).await.unwrap();
    }
    office.transport.honest();
    let (state, _) = coffer_testkit::keyring(&office.server, &bearer, &project).await;
    let mut expected = BTreeSet::new();
    for (vault, _) in &guests {
        let member = state.member(&vault.account().user_id).unwrap();
        expected.insert(member.keys.kem_kid());
        let opened = vault.open_project(&office.project.summary().id).await.unwrap();
        opened.open_environment("development").await.unwrap();
    }
    let ada = Insider::of(&office).await.identity.public().kem_kid();
    let sealed_to: BTreeSet<_> = uploaded_wraps(&office.transport)
        .iter()
        .map(Wrap::recipient)
        .collect();
    expected.insert(ada);
    assert_eq!(sealed_to, expected);
    nothing_escaped(&[&office, &stranger], &[]);
}

pub async fn what_one_member_writes_changes_no_size_of_anothers() {
    // Two worlds that differ in one thing: whether what the attacker injects is what the victim keeps.
    let secret = "correct horse battery staple, 4711";
    let mut sizes = Vec::new();
    for injected in [secret, "wrong mule charger clip, twelve 99"] {
        assert_eq!(injected.len(), secret.len());
        let office = Office::open(68).await;
        let attacker = office
            .invite(681, "mallory@example.org", &[("development", Right::Write)])
            .await;
        let theirs = attacker.open_environment("development").await;
        let injections = (0..20)
            .map(|n| put("/", &format!("GUESS_{n:02}"), injected))
            .collect();
        theirs.save(injections).await.unwrap();
        let mine = office.open_environment("development").await;
        office.transport.recorder().clear();
        mine.save(vec![put("/", "SECRET", secret), put("/", "AGAIN", secret)])
            .await
            .unwrap();
        let sent: Vec<_> = office
            .transport
            .recorded()
            .into_iter()
            .map(|exchange| (exchange.method, exchange.path.len(), exchange.sent.len()))
            .collect();
        assert!(
            sent.iter()
                .any(|(method, _, size)| *method != Method::Get && *size > 300)
        );
        sizes.push(sent);
    }
    assert_eq!(sizes[0], sizes[1]);
    // Nor does the length of a short value show, beyond its class.
    let mut classes = BTreeSet::new();
    for length in [0, 1, 17, 40, 55] {
        let office = Office::open(69).await;
        let mine = office.open_environment("development").await;
        office.transport.recorder().clear();
        mine.save(vec![put("/", "SECRET", &"x".repeat(length))])
            .await
            .unwrap();
        let sent: Vec<_> = office.transport.recorded().iter().map(|e| e.sent.len()).collect();
        classes.insert(sent);
    }
    assert_eq!(classes.len(), 1);
}

pub async fn an_account_lives_where_its_device_and_kit_say() {
    let stage = Stage::set(70).await;
    let kit = &stage.office.kit;
    let bearer = stage.office.bearer();
    let server = &stage.office.server;
    // Another project with this account's marker, and everything that this account ever kept.
    let browser = server.browser();
    let body = json!({
        "projectName": "Coffer account", "projectDescription": format!("coffer-account/v1/{}", kit.account_uid),
        "type": "secret-manager", "shouldCreateDefaultEnvs": false,
    });
    let made = browser
        .call(Method::Post, "/api/v1/projects", Some(&bearer), Some(body))
        .await;
    let decoy = made["project"]["id"].as_str().unwrap().to_owned();
    let url = format!("/api/v1/projects/{decoy}/environments");
    let body = json!({ "name": "Coffer", "slug": "coffer" });
    browser.call(Method::Post, &url, Some(&bearer), Some(body)).await;
    for (path, name) in [("/", "coffer"), ("/coffer", "account")] {
        let body = json!({ "projectId": decoy, "environment": "coffer", "name": name, "path": path });
        browser
            .call(Method::Post, "/api/v2/folders", Some(&bearer), Some(body))
            .await;
    }
    let mut blobs = Vec::new();
    for exchange in stage.office.transport.recorded() {
        let Ok(body) = serde_json::from_slice::<Value>(&exchange.sent) else {
            continue;
        };
        let text = body["secretValue"].as_str().unwrap_or_default();
        if text.starts_with("cfb1.") || text.starts_with("cfs1.") {
            let name = exchange.path.rsplit('/').next().unwrap_or_default().to_owned();
            blobs.push((name, text.to_owned()));
        }
    }
    assert!(blobs.len() >= 2, "{}", blobs.len());
    for (name, text) in &blobs {
        server
            .write_row(&bearer, of(&decoy, "coffer", "/coffer/account"), name, text)
            .await;
    }
    // First in every list that the server gives.
    let (first, found) = (decoy.clone(), Rc::new(RefCell::new(0)));
    let counted = Rc::clone(&found);
    let lie = move |body: &mut Value| {
        if let Some(projects) = body["projects"].as_array_mut()
            && let Some(at) = projects.iter().position(|project| project["id"] == *first)
        {
            *counted.borrow_mut() += 1;
            let project = projects.remove(at);
            projects.insert(0, project);
        }
    };
    // On the device that knows the account, and on a new one by the kit.
    for known in [true, false] {
        let device = if known {
            stage.office.device.clone()
        } else {
            MemoryDevice::new(701)
        };
        let transport = Evil::new(server.browser());
        transport.tamper_json("/api/v1/projects", lie.clone());
        let client = Client::new(transport.clone(), device.clone(), server.origin());
        let before = pins(&stage.office);
        let passphrase = stage.office.passphrase.clone();
        let vault = if known {
            let accounts = client.known_accounts().await.unwrap();
            client.unlock(&accounts[0], passphrase, None).await.unwrap()
        } else {
            client.sign_in_with_kit(kit, passphrase, None).await.unwrap()
        };
        assert!(
            vault
                .projects()
                .await
                .unwrap()
                .iter()
                .all(|project| project.id.as_str() != decoy)
        );
        let project = vault
            .open_project(&stage.office.project.summary().id)
            .await
            .unwrap();
        assert_eq!(
            get(&project.open_environment("development").await.unwrap(), "BETA"),
            BETA
        );
        for exchange in transport.recorded() {
            assert!(!exchange.path.contains(&decoy), "{}", exchange.path);
            assert!(!String::from_utf8_lossy(&exchange.sent).contains(&decoy));
        }
        if known {
            assert_eq!(pins(&stage.office), before);
        }
    }
    assert!(*found.borrow() > 0);
    stage.check(true);
}
