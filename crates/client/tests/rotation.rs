//! New keys for oneself: through the inbox, without an admin's pen, and what becomes of rows that are none of ours.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{Error, InboxReport, InviteDraft, Method, Right, Verification};
use coffer_testkit::{Office, get, put, run};
use serde_json::json;

fn user(office: &Office) -> String {
    office.vault.account().user_id
}

async fn words(asker: &Office, user: &str) -> ([String; 8], Verification) {
    let members = asker.project.members().await.unwrap();
    let member = members.into_iter().find(|member| member.user_id == user).unwrap();
    (member.fingerprint, member.verified)
}

/// Puts a row into the inbox without a client of ours.
async fn leave(asker: &Office, name: &str, value: &str) {
    let body = json!({ "projectId": asker.project.summary().id, "environment": "coffer",
        "secretPath": "/coffer/inbox", "secretValue": value });
    let path = format!("/api/v4/secrets/{name}");
    let browser = asker.server.browser();
    browser
        .call(Method::Post, &path, Some(&asker.bearer()), Some(body))
        .await;
}

async fn inbox(asker: &Office) -> Vec<(String, String)> {
    let path = format!(
        "/api/v4/secrets?projectId={}&environment=coffer&secretPath=/coffer/inbox",
        asker.project.summary().id
    );
    let list = asker
        .server
        .browser()
        .call(Method::Get, &path, Some(&asker.bearer()), None)
        .await;
    let rows = list["secrets"].as_array().unwrap();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "secretKey"), text(row, "secretValue")))
        .collect()
}

#[test]
fn new_keys_wait_for_an_admin_and_open_what_the_old_ones_did() {
    run(async {
        let office = Office::open(1201).await;
        let rights = [("development", Right::Write)];
        let friend = office.invite(1202, "friend@example.org", &rights).await;
        let other = office.invite(1203, "other@example.org", &rights).await;
        let user = user(&friend);
        let development = office.open_environment("development").await;
        development.save(vec![put("/", "A", "before")]).await.unwrap();
        other.project.mark_verified(&user).await.unwrap();
        let (before, _) = words(&office, &user).await;

        let told = friend.vault.rotate_user_keys().await.unwrap();
        assert_eq!(told.waiting, [friend.project.summary().id]);
        assert!(told.done.is_empty() && told.unreached.is_empty());
        // Meanwhile the old keys count, here and on another device.
        let theirs = friend.open_environment("development").await;
        theirs.save(vec![put("/", "B", "waiting")]).await.unwrap();
        let second = friend.again(1204).await;
        assert_eq!(get(&second.open_environment("development").await, "B"), "waiting");
        assert_eq!(inbox(&office).await.len(), 1, "a wish is said once");

        assert_eq!(friend.project.process_inbox().await.err(), Some(Error::Forbidden));
        let pending = office.project.pending().await.unwrap();
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].user_id, user);
        let done = office.project.process_inbox().await.unwrap();
        assert_eq!(
            done,
            InboxReport {
                relayed: 1,
                removed: 0
            }
        );
        assert!(inbox(&office).await.is_empty());
        assert_eq!(
            office.project.process_inbox().await.unwrap(),
            InboxReport::default()
        );
        let (after, _) = words(&office, &user).await;
        assert_eq!(after, pending[0].fingerprint);
        assert_ne!(after, before);
        // The keys that were compared signed the new ones in.
        other.project.refresh().await.unwrap();
        assert_eq!(words(&other, &user).await, (after, Verification::Verified));

        // New keys from now on, on both devices; also the one that knew only the old ones while it was open.
        for theirs in [&friend, &second] {
            theirs.project.refresh().await.unwrap();
            let open = theirs.open_environment("development").await;
            assert_eq!(get(&open, "A"), "before");
            open.save(vec![put(
                "/",
                &format!("N{}", theirs.transport.recorded().len()),
                "n",
            )])
            .await
            .unwrap();
        }
        office.project.remove_member(&self::user(&other)).await.unwrap();
        let mine = office.open_environment("development").await;
        let mine = mine.save(vec![put("/", "C", "next key")]).await.unwrap();
        assert_eq!(mine.epoch(), 2, "wrapped to the new keys alone");
        friend.project.refresh().await.unwrap();
        assert_eq!(
            get(&friend.open_environment("development").await, "C"),
            "next key"
        );
        let third = friend.again(1205).await;
        assert_eq!(get(&third.open_environment("development").await, "C"), "next key");
    });
}

#[test]
fn a_device_that_was_open_meanwhile_follows_the_new_keys() {
    run(async {
        let office = Office::open(1211).await;
        let friend = office
            .invite(1212, "friend@example.org", &[("development", Right::Write)])
            .await;
        let asleep = friend.again(1213).await;
        asleep.open_environment("development").await;
        friend.vault.rotate_user_keys().await.unwrap();
        office.project.process_inbox().await.unwrap();
        asleep.project.refresh().await.unwrap();
        let open = asleep.open_environment("development").await;
        assert_eq!(open.right(), Right::Write);
        open.save(vec![put("/", "A", "from the other device")])
            .await
            .unwrap();
        // And loses them neither by an own write of the bundle.
        asleep.project.mark_verified(&user(&office)).await.unwrap();
        let fresh = friend.again(1214).await;
        assert_eq!(
            get(&fresh.open_environment("development").await, "A"),
            "from the other device"
        );
    });
}

#[test]
fn an_admin_changes_keys_alone_again_and_again() {
    run(async {
        let office = Office::open(1221).await;
        let environment = office.open_environment("development").await;
        environment.save(vec![put("/", "A", "one")]).await.unwrap();
        let first = words(&office, &user(&office)).await.0;
        for round in 0..2 {
            let told = office.vault.rotate_user_keys().await.unwrap();
            assert_eq!(told.done, [office.project.summary().id], "{round}");
        }
        let (now, verified) = words(&office, &user(&office)).await;
        assert_eq!(verified, Verification::You);
        assert_ne!(now, first);
        let again = office.again(1222).await;
        let open = again.open_environment("development").await;
        assert_eq!(get(&open, "A"), "one");
        open.save(vec![put("/", "B", "two")]).await.unwrap();
        let friend = again
            .invite(1223, "friend@example.org", &[("development", Right::Read)])
            .await;
        assert_eq!(get(&friend.open_environment("development").await, "B"), "two");
    });
}

#[test]
fn a_removal_beats_a_change_of_keys() {
    run(async {
        let office = Office::open(1231).await;
        let friend = office
            .invite(1232, "friend@example.org", &[("development", Right::Write)])
            .await;
        let second = office.again(1233).await;
        friend.vault.rotate_user_keys().await.unwrap();
        // The second device does not know of the removal when it begins.
        office.project.remove_member(&user(&friend)).await.unwrap();
        assert!(office.project.pending().await.unwrap().is_empty());
        let done = second.project.process_inbox().await.unwrap();
        assert_eq!(
            done,
            InboxReport {
                relayed: 0,
                removed: 1
            }
        );
        let members = second.project.members().await.unwrap();
        assert!(members.iter().all(|member| member.user_id != user(&friend)));
    });
}

#[test]
fn a_removal_removes_whoever_changed_keys_meanwhile() {
    run(async {
        let office = Office::open(1241).await;
        let friend = office
            .invite(1242, "friend@example.org", &[("development", Right::Write)])
            .await;
        let second = office.again(1243).await;
        friend.vault.rotate_user_keys().await.unwrap();
        second.project.process_inbox().await.unwrap();
        // The first device still knows the old keys.
        office.project.remove_member(&user(&friend)).await.unwrap();
        let members = office.project.members().await.unwrap();
        assert!(members.iter().all(|member| member.user_id != user(&friend)));
        let mine = office.open_environment("development").await;
        let mine = mine.save(vec![put("/", "A", "without them")]).await.unwrap();
        assert_eq!(mine.epoch(), 2);
    });
}

#[test]
fn what_is_no_wish_of_its_person_is_removed_from_the_inbox() {
    run(async {
        let office = Office::open(1251).await;
        let friend = office.invite(1252, "friend@example.org", &[]).await;
        let other = office.invite(1253, "other@example.org", &[]).await;
        // A genuine one, under its name and under another's.
        friend.vault.rotate_user_keys().await.unwrap();
        let (name, genuine) = inbox(&office).await.remove(0);
        leave(&other, "R00000000000000000000000000000000", &genuine).await;
        leave(&other, "anything", "else").await;
        leave(&other, "Jdeadbeef", &genuine).await;
        let mut broken = genuine.clone();
        broken.replace_range(40..41, if &genuine[40..41] == "A" { "B" } else { "A" });
        leave(&other, "R11111111111111111111111111111111", &broken).await;
        // Somebody who waits to be let in stays.
        let draft = InviteDraft {
            email: "third@example.org".into(),
            admin: false,
            rights: vec![],
        };
        let link = office.project.invite(draft).await.unwrap();
        let invitation = coffer_client::Invitation::parse(&link.link_fragment).unwrap();
        other.vault.join(&invitation).await.unwrap();

        assert_eq!(office.project.pending().await.unwrap().len(), 1);
        let done = office.project.process_inbox().await.unwrap();
        assert_eq!(
            done,
            InboxReport {
                relayed: 1,
                removed: 4
            }
        );
        let left = inbox(&office).await;
        assert_eq!(left.len(), 1);
        assert!(left[0].0.starts_with('J') && left[0].0 != name);
        assert_eq!(office.project.joins().await.unwrap().len(), 1);
        // The same wish once more, as after a break before the row was removed: it is in the keyring already.
        leave(&other, &name, &genuine).await;
        assert!(office.project.pending().await.unwrap().is_empty());
        let again = office.project.process_inbox().await.unwrap();
        assert_eq!(
            again,
            InboxReport {
                relayed: 1,
                removed: 0
            },
            "it is in the keyring"
        );
        assert!(inbox(&office).await.iter().all(|(left, _)| *left != name));
    });
}
