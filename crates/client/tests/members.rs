//! What is known of members: how far their keys are trusted, who let them in, and what each can open.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AccessMatrix, AdmittedBy, Client, Error, ExistingLogin, HeldKey, Invitation, InviteDraft, MemberInfo,
    Method, Passphrase, Response, Right, Vault, Verification,
};
use coffer_testkit::{Evil, InProcess, MemoryDevice, Office, crowd, get, put, run};

async fn member(office: &Office, user: &str) -> MemberInfo {
    let members = office.project.members().await.unwrap();
    members.into_iter().find(|member| member.user_id == user).unwrap()
}

/// Makes keys for somebody who has a password on the server, whether or not there were some before, and joins.
async fn join_with_new_keys(
    office: &Office,
    email: &str,
    password: &Passphrase,
    seed: u64,
) -> Vault<Evil<InProcess>, MemoryDevice> {
    let draft = InviteDraft {
        email: email.into(),
        admin: false,
        rights: vec![("development".into(), Right::Read)],
    };
    let link = office.project.invite(draft).await.unwrap();
    let transport = Evil::new(office.server.browser());
    let client = Client::new(transport.clone(), MemoryDevice::new(seed), office.server.origin());
    let login = || ExistingLogin {
        email: email.into(),
        password: password.clone(),
        passphrase: Passphrase::typed("a passphrase only Coffer knows"),
    };
    let vault = match client.create_keys(login()).await {
        Ok((vault, _)) => vault,
        Err(_) => {
            // Whoever lost kit and passphrase begins anew: what held the old keys is deleted first.
            let bearer = transport.recorded().iter().rev().find_map(|e| e.bearer.clone());
            let browser = office.server.browser();
            let listed = browser
                .call(Method::Get, "/api/v1/projects", bearer.as_deref(), None)
                .await;
            for project in listed["projects"].as_array().unwrap() {
                if project["description"]
                    .as_str()
                    .is_some_and(|d| d.starts_with("coffer-account/"))
                {
                    let path = format!("/api/v1/projects/{}", project["id"].as_str().unwrap());
                    browser.call(Method::Delete, &path, bearer.as_deref(), None).await;
                }
            }
            client.create_keys(login()).await.unwrap().0
        }
    };
    vault
        .join(&Invitation::parse(&link.link_fragment).unwrap())
        .await
        .unwrap();
    let joins = office.project.joins().await.unwrap();
    office.project.admit(&joins[0]).await.unwrap();
    vault
}

fn user(office: &Office) -> String {
    office.vault.account().user_id
}

fn cell(matrix: &AccessMatrix, user: &str, slug: &str) -> (Right, HeldKey) {
    let column = matrix.environments.iter().position(|e| e.slug == slug).unwrap();
    let row = matrix.people.iter().find(|row| row.user_id == user).unwrap();
    (row.cells[column].right, row.cells[column].key)
}

#[test]
fn a_comparison_is_remembered_by_every_device_and_ends_with_the_key() {
    run(async {
        let office = Office::open(1101).await;
        let rights = [("development", Right::Read)];
        let password = office.server.plain_account(&office, "friend@example.org").await;
        let friend = join_with_new_keys(&office, "friend@example.org", &password, 1102).await;
        let other = office.invite(1103, "other@example.org", &rights).await;
        let (ada, user) = (user(&office), friend.account().user_id);

        // Whoever sent the invitation knows whose key it is; the others only that an admin signed it.
        let seen = member(&office, &user).await;
        assert_eq!((seen.verified, seen.compared), (Verification::Verified, None));
        assert_eq!(seen.admission.by, AdmittedBy::Invitation);
        assert_eq!(seen.admission.author, ada);
        assert!(seen.admission.link > 0 && seen.admission.created > 0);
        assert_eq!(member(&other, &user).await.verified, Verification::SeenBefore);
        let founder = member(&other, &ada).await;
        assert_eq!(
            founder.verified,
            Verification::Verified,
            "the invitation pinned it"
        );
        assert_eq!(
            (founder.admission.by, founder.admission.link),
            (AdmittedBy::Founding, 0)
        );
        assert_eq!(member(&office, &ada).await.verified, Verification::You);

        other.project.mark_verified(&user).await.unwrap();
        let seen = member(&other, &user).await;
        assert_eq!(seen.verified, Verification::Verified);
        assert!(seen.compared.is_some());
        let again = other.again(1104).await;
        let on_another_device = member(&again, &user).await;
        assert_eq!(
            on_another_device.compared, seen.compared,
            "the sealed bundle has it"
        );

        // Removed, and added again with other keys: an account of the same person that was made anew.
        office.project.remove_member(&user).await.unwrap();
        other.project.refresh().await.unwrap();
        assert_eq!(
            other.project.mark_verified(&user).await.err(),
            Some(Error::NotFound)
        );
        join_with_new_keys(&office, "friend@example.org", &password, 1105).await;
        other.project.refresh().await.unwrap();
        let changed = member(&other, &user).await;
        assert_eq!(
            (changed.verified, changed.compared),
            (Verification::Changed, None)
        );
        assert_ne!(changed.fingerprint, seen.fingerprint);
        assert!(changed.admission.link > seen.admission.link);
        assert_eq!(
            member(&office, &user).await.verified,
            Verification::Verified,
            "it invited them"
        );
        other.project.mark_verified(&user).await.unwrap();
        assert_eq!(member(&other, &user).await.verified, Verification::Verified);
    });
}

#[test]
fn who_was_removed_comes_back_with_keys_that_were_never_there() {
    run(async {
        let office = Office::open(1121).await;
        let bo = office
            .invite(1122, "bo@example.org", &[("development", Right::Write)])
            .await;
        let id = user(&bo);
        let before = member(&office, &id).await;
        office.project.remove_member(&id).await.unwrap();
        let draft = InviteDraft {
            email: "bo@example.org".into(),
            admin: false,
            rights: vec![("development".into(), Right::Write)],
        };
        let link = office.project.invite(draft).await.unwrap();
        let invitation = Invitation::parse(&link.link_fragment).unwrap();
        bo.vault.join(&invitation).await.unwrap();
        bo.vault.join(&invitation).await.unwrap();
        let waiting = office.project.joins().await.unwrap();
        assert_eq!(waiting.len(), 1);
        office.project.admit(&waiting[0]).await.unwrap();
        let after = member(&office, &id).await;
        assert_ne!(after.fingerprint, before.fingerprint);
        assert!(after.admission.link > before.admission.link);
        bo.project.refresh().await.unwrap();
        let open = bo.open_environment("development").await;
        let open = open.save(vec![put("/", "BACK", "again at work")]).await.unwrap();
        assert_eq!(get(&open, "BACK"), "again at work");
        assert_eq!(
            get(&office.open_environment("development").await, "BACK"),
            "again at work"
        );
    });
}

#[test]
fn nobody_compares_words_with_themselves_or_a_stranger() {
    run(async {
        let office = Office::open(1111).await;
        let me = user(&office);
        assert!(matches!(
            office.project.mark_verified(&me).await,
            Err(Error::Invalid { field: "member", .. })
        ));
        assert_eq!(
            office.project.mark_verified("nobody").await.err(),
            Some(Error::NotFound)
        );
    });
}

#[test]
fn the_matrix_tells_rights_from_keys() {
    run(async {
        let office = Office::open(1121).await;
        let friend = office
            .invite(1122, "friend@example.org", &[("development", Right::Write)])
            .await;
        let (ada, user) = (user(&office), user(&friend));
        for asker in [&office, &friend] {
            let matrix = asker.project.access_matrix().await.unwrap();
            assert_eq!(cell(&matrix, &ada, "development"), (Right::Admin, HeldKey::Held));
            assert_eq!(cell(&matrix, &ada, "production"), (Right::Admin, HeldKey::Held));
            assert_eq!(cell(&matrix, &user, "development"), (Right::Write, HeldKey::Held));
            assert_eq!(
                cell(&matrix, &user, "production"),
                (Right::None, HeldKey::NotHeld)
            );
            assert!(
                matrix
                    .environments
                    .iter()
                    .all(|e| e.epoch == Some(1) && !e.new_key_due)
            );
        }
        // A right that was taken away leaves the key until the next one is made; so does leaving.
        office.project.remove_member(&user).await.unwrap();
        let matrix = office.project.access_matrix().await.unwrap();
        assert_eq!(cell(&matrix, &user, "development"), (Right::None, HeldKey::Held));
        let due: Vec<_> = matrix.environments.iter().map(|e| e.new_key_due).collect();
        assert!(due.contains(&true));
        assert!(matrix.people.iter().any(|row| row.former));
        let environment = office.open_environment("development").await;
        environment.save(vec![put("/", "A", "new key")]).await.unwrap();
        let matrix = office.project.access_matrix().await.unwrap();
        let development = matrix
            .environments
            .iter()
            .find(|e| e.slug == "development")
            .unwrap();
        assert_eq!((development.epoch, development.new_key_due), (Some(2), false));
        assert!(
            matrix.people.iter().all(|row| row.user_id != user),
            "who opens nothing is not listed"
        );
        // What cannot be read is not guessed.
        let second = office.again(1123).await;
        second.transport.intercept(|request| {
            let hidden = request.path.contains("production") && request.path.contains("log");
            hidden.then_some(Ok(Response {
                status: 403,
                body: b"{}".to_vec(),
            }))
        });
        let matrix = second.project.access_matrix().await.unwrap();
        assert_eq!(
            cell(&matrix, &ada, "production"),
            (Right::Admin, HeldKey::Unknown)
        );
        assert_eq!(cell(&matrix, &ada, "development"), (Right::Admin, HeldKey::Held));
    });
}

#[test]
fn a_new_key_for_many_takes_few_requests() {
    run(async {
        let office = Office::open(961).await;
        let friend = office
            .invite(962, "friend@example.org", &[("development", Right::Read)])
            .await;
        crowd(&office, 200).await;
        office.project.refresh().await.unwrap();
        let environment = office.open_environment("development").await;
        let before = office.transport.recorder().count();
        let renewed = environment.renew_key().await.unwrap();
        let requests = office.transport.recorder().count() - before;
        assert_eq!(renewed.epoch(), 2);
        assert!(requests < 12, "{requests}");
        renewed
            .save(vec![put("/", "A", "under the new key")])
            .await
            .unwrap();
        friend.project.refresh().await.unwrap();
        assert_eq!(
            get(&friend.open_environment("development").await, "A"),
            "under the new key"
        );
        assert_eq!(office.project.members().await.unwrap().len(), 200);
    });
}
