//! X, about machines: what a server can show a program that has its token and nobody to ask.

use crate::stage::{ALPHA, Stage};
use coffer_client::{Error, Right};
use coffer_core::keyring::Op;
use coffer_testkit::{Canary, Insider, Robot, keyring};
use serde_json::Value;

const DEV: &str = "development";

/// x31: another project, other keys, no link, an old keyring, an old environment.
pub async fn a_machine_believes_what_its_token_leads_to() {
    let stage = Stage::set(131).await;
    let office = &stage.office;
    let early = Robot::add(office, 1310, "early", &[(DEV, Right::Read)]).await;
    let robot = Robot::add(office, 1311, "deploy", &[(DEV, Right::Read)]).await;
    let (bearer, project) = (office.bearer(), robot.project.to_string());
    let (state, links) = keyring(&office.server, &bearer, &project).await;

    // Another project in the place of this one: everything of it is genuine.
    let other = office.vault.create_project("Other", &[]).await.unwrap();
    let other = other.id.to_string();
    let (_, theirs) = keyring(&office.server, &bearer, &other).await;
    let theirs: Vec<String> = theirs.iter().map(|link| link.to_text()).collect();
    serve_links(&robot, move |seq| theirs.get(seq).cloned());
    assert_eq!(robot.start().await.err(), Some(Error::OtherProject));
    robot.transport.honest();

    // The link is hidden, with everything after it.
    let before: Vec<String> = links.iter().map(|link| link.to_text()).collect();
    let cut = links.len() - 1;
    let shown = before[..cut].to_vec();
    serve_links(&robot, move |seq| shown.get(seq).cloned());
    assert_eq!(robot.start().await.err(), Some(Error::NotAMember));
    robot.transport.honest();

    // The keys in the link are the server's: it cannot sign as an admin.
    let evil = coffer_core::identity::Identity::generate(&mut rng());
    let insider = Insider::of(office).await;
    let forged = {
        let (state, _) = state_before(&links);
        let Op::AddMachine {
            user, rights, heads, ..
        } = links[cut].op().clone()
        else {
            panic!("the last link adds the machine")
        };
        let op = |keys| Op::AddMachine {
            user: user.clone(),
            keys,
            rights: rights.clone(),
            heads: heads.clone(),
        };
        // Another signature under the same claim: a bit of an admin's, and the server's own under the admin's name.
        let honest = state.sign_next(&insider.identity, op(evil.public()), 7).unwrap();
        let text = honest.to_text();
        let flipped = flip_last(&text);
        let mut shown = before[..cut].to_vec();
        shown.push(flipped);
        shown
    };
    serve_links(&robot, move |seq| forged.get(seq).cloned());
    let refused = robot.start().await.err().unwrap();
    assert!(matches!(refused, Error::Forged { .. }), "{refused:?}");
    robot.transport.honest();

    // Honest again: it starts, and remembers. From then on nothing older is taken.
    let machine = robot.start().await.unwrap();
    let open = machine.project().open_environment(DEV).await.unwrap();
    assert_eq!(open.read_strictly(&[]).unwrap().len(), 2);
    let shown = before[..cut].to_vec();
    serve_links(&robot, move |seq| shown.get(seq).cloned());
    let refused = robot.start().await.err().unwrap();
    assert!(matches!(refused, Error::RolledBack { .. }), "{refused:?}");
    robot.transport.honest();

    // An environment that lost what the machine has seen; one that had started earlier and kept nothing takes what its
    // own link names, and nothing older than that.
    let kept = office.server.files();
    let saved = office.open_environment(DEV).await;
    saved
        .save(vec![coffer_testkit::put("/", "LATER", "x")])
        .await
        .unwrap();
    let late = Robot::add(office, 1312, "late", &[(DEV, Right::Read)]).await;
    let machine = robot.start().await.unwrap();
    machine.project().open_environment(DEV).await.unwrap();
    hide_headers(&robot, open.seq());
    let machine = robot.start().await.unwrap();
    let refused = machine.project().open_environment(DEV).await.err().unwrap();
    assert!(
        matches!(
            refused,
            Error::HistoryLost(_) | Error::RolledBack { .. } | Error::StateVanished { .. }
        ),
        "{refused:?}"
    );
    hide_headers(&late, open.seq());
    let machine = late.start().await.unwrap();
    let refused = machine.project().open_environment(DEV).await.err().unwrap();
    assert!(
        matches!(
            refused,
            Error::HistoryLost(_) | Error::RolledBack { .. } | Error::StateVanished { .. }
        ),
        "{refused:?}"
    );

    // The whole server is put back to a day before a machine was added: who starts without memory is no member there.
    office.server.restore(&kept);
    late.transport.honest();
    assert_eq!(late.start().await.err(), Some(Error::MachineRefused));
    // What stays possible, as docs/THREATS.md says: a machine that keeps nothing is shown its project of an earlier day.
    assert!(early.start().await.is_ok());

    let mut canary = Canary::new();
    for robot in [&early, &robot, &late] {
        canary.add("a seed", robot.added.token.split('.').nth(1).unwrap().as_bytes());
    }
    canary.add("a value", ALPHA.as_bytes());
    for transport in [
        &office.transport,
        &early.transport,
        &robot.transport,
        &late.transport,
    ] {
        assert_eq!(canary.check(&transport.recorded()), []);
    }
    drop(state);
}

fn rng() -> rand_chacha::ChaCha20Rng {
    use rand_chacha::rand_core::SeedableRng;
    rand_chacha::ChaCha20Rng::seed_from_u64(9)
}

/// The keyring before its last link.
fn state_before(links: &[coffer_core::keyring::Link]) -> (coffer_core::keyring::KeyringState, usize) {
    let before = &links[..links.len() - 1];
    let state = coffer_core::keyring::KeyringState::fold(before, None, None).unwrap();
    (state, before.len())
}

fn flip_last(text: &str) -> String {
    use coffer_core::envelope::{Kind, decode, encode};
    let mut bytes = decode(Kind::Link, text).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    encode(Kind::Link, &bytes)
}

/// Serves other links in the keyring's place: by their number, `None` for none.
fn serve_links(robot: &Robot, link: impl Fn(usize) -> Option<String> + 'static) {
    robot.transport.tamper_json("/api/v4/secrets", move |body| {
        let Some(rows) = body["secrets"].as_array_mut() else {
            return;
        };
        let in_keyring = |row: &Value| {
            row["secretPath"]
                .as_str()
                .is_some_and(|path| path.starts_with("/coffer/keyring"))
        };
        let Some(model) = rows.iter().find(|row| in_keyring(row)).cloned() else {
            return;
        };
        rows.retain(|row| !in_keyring(row));
        for seq in 0.. {
            let Some(text) = link(seq) else { break };
            let mut row = model.clone();
            row["secretKey"] = format!("K{seq}").into();
            row["secretValue"] = text.into();
            rows.push(row);
        }
    });
}

/// Leaves out the headers after `seq`.
fn hide_headers(robot: &Robot, seq: u64) {
    robot.transport.tamper_json("/api/v4/secrets", move |body| {
        let Some(rows) = body["secrets"].as_array_mut() else {
            return;
        };
        rows.retain(|row| {
            let name = row["secretKey"].as_str().unwrap_or_default();
            let number = name
                .strip_prefix('H')
                .and_then(|number| number.parse::<u64>().ok());
            number.is_none_or(|number| number <= seq)
        });
    });
}
