//! Two admins at once: every link rebases behind whoever was quicker, and nobody's work is lost or done twice.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AccessRules, Error, Invitation, InviteDraft, MemberInfo, Method, Right, RuleStep, RulesError, RulesNow,
    Vault,
};
use coffer_testkit::{Evil, InProcess, MemoryDevice, Office, both, get, put, run};

type Guest = Vault<Evil<InProcess>, MemoryDevice>;

fn user(office: &Office) -> String {
    office.vault.account().user_id
}

/// Ada, and another admin with an account of her own.
async fn two_admins(seed: u64) -> (Office, Office) {
    let ada = Office::open(seed).await;
    let eve = ada.invite(seed + 1, "eve@example.org", &[]).await;
    ada.project.set_rights(&user(&eve), true, &[]).await.unwrap();
    eve.project.refresh().await.unwrap();
    (ada, eve)
}

async fn members(office: &Office) -> Vec<MemberInfo> {
    office.project.refresh().await.unwrap();
    office.project.members().await.unwrap()
}

/// Both see the same keyring, and both can go on.
async fn agree(one: &Office, other: &Office) {
    one.project.refresh().await.unwrap();
    other.project.refresh().await.unwrap();
    assert_eq!(one.project.head_words(), other.project.head_words());
}

/// Invites somebody who has an account, lets them join and admits them.
async fn bring(inviter: &Office, guest: &Guest, email: &str) {
    let draft = InviteDraft {
        email: email.into(),
        admin: false,
        rights: vec![("development".into(), Right::Write)],
    };
    let link = inviter.project.invite(draft).await.unwrap();
    let invitation = Invitation::parse(&link.link_fragment).unwrap();
    guest.join(&invitation).await.unwrap();
    let user = guest.account().user_id;
    let joins = inviter.project.joins().await.unwrap();
    let join = joins.iter().find(|join| join.user_id == user).unwrap();
    inviter.project.admit(join).await.unwrap();
}

#[test]
fn two_admins_invite_and_admit_at_once() {
    run(async {
        let (ada, eve) = two_admins(1301).await;
        let (a, b) = ("a@example.org", "b@example.org");
        let first = Office::open_elsewhere(&ada, 1303, a).await;
        let second = Office::open_elsewhere(&ada, 1304, b).await;
        both(bring(&ada, &first, a), bring(&eve, &second, b)).await;
        agree(&ada, &eve).await;
        assert_eq!(members(&ada).await.len(), 4);
        for (name, guest) in [("A", &first), ("B", &second)] {
            let project = guest.open_project(&ada.project.summary().id).await.unwrap();
            let open = project.open_environment("development").await.unwrap();
            open.save(vec![put("/", name, "theirs")]).await.unwrap();
        }
        assert_eq!(get(&ada.open_environment("development").await, "B"), "theirs");
        // Who is an admin of the project alone invites nobody to the organisation.
        let draft = InviteDraft {
            email: "nobody@example.org".into(),
            admin: false,
            rights: vec![],
        };
        assert_eq!(eve.project.invite(draft).await.err(), Some(Error::Forbidden));
    });
}

#[test]
fn two_devices_of_one_admin_admit_the_same_person_once() {
    run(async {
        let ada = Office::open(1311).await;
        let again = ada.again(1312).await;
        let guest = Office::open_elsewhere(&ada, 1313, "guest@example.org").await;
        let draft = InviteDraft {
            email: "guest@example.org".into(),
            admin: false,
            rights: vec![("development".into(), Right::Read)],
        };
        let link = again.project.invite(draft).await.unwrap();
        guest
            .join(&Invitation::parse(&link.link_fragment).unwrap())
            .await
            .unwrap();
        let fresh = ada.again(1314).await;
        let (one, two) = (
            again.project.joins().await.unwrap(),
            fresh.project.joins().await.unwrap(),
        );
        let (one, two) = both(again.project.admit(&one[0]), fresh.project.admit(&two[0])).await;
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        assert_eq!(members(&ada).await.len(), 2);
        let project = guest.open_project(&ada.project.summary().id).await.unwrap();
        project.open_environment("development").await.unwrap();
    });
}

#[test]
fn two_admins_remove_the_same_member_and_different_ones_at_once() {
    run(async {
        let (ada, eve) = two_admins(1321).await;
        let rights = [("development", Right::Write)];
        let mut guests = Vec::new();
        for (seed, email) in [
            (1323, "a@example.org"),
            (1324, "b@example.org"),
            (1325, "c@example.org"),
        ] {
            guests.push(ada.invite(seed, email, &rights).await);
        }
        eve.project.refresh().await.unwrap();
        let [a, b, c] = [user(&guests[0]), user(&guests[1]), user(&guests[2])];
        let (one, two) = both(ada.project.remove_member(&a), eve.project.remove_member(&a)).await;
        assert_eq!((one, two), (Ok(()), Ok(())));
        let (one, two) = both(ada.project.remove_member(&b), eve.project.remove_member(&c)).await;
        assert_eq!((one, two), (Ok(()), Ok(())));
        agree(&ada, &eve).await;
        assert_eq!(members(&ada).await.len(), 2);
        let mine = ada.open_environment("development").await;
        let mine = mine.save(vec![put("/", "A", "without them")]).await.unwrap();
        assert_eq!(mine.epoch(), 2, "one new key for three that left");
        for guest in &guests {
            assert!(guest.project.refresh().await.is_err());
        }
    });
}

#[test]
fn two_admins_who_remove_each_other_leave_one() {
    run(async {
        let (ada, eve) = two_admins(1331).await;
        let (first, second) = (user(&ada), user(&eve));
        let (one, two) = both(
            ada.project.remove_member(&second),
            eve.project.remove_member(&first),
        )
        .await;
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let refused = one.err().or(two.err()).unwrap();
        assert!(
            matches!(
                refused,
                Error::Forbidden | Error::SessionExpired | Error::StateVanished { .. }
            ),
            "{refused:?}"
        );
    });
}

#[test]
fn a_right_is_not_given_to_who_is_removed_at_once() {
    run(async {
        let (ada, eve) = two_admins(1341).await;
        let guest = ada
            .invite(1343, "guest@example.org", &[("development", Right::Read)])
            .await;
        eve.project.refresh().await.unwrap();
        let user = user(&guest);
        let rights = [("production".to_owned(), Right::Write)];
        let (removed, changed) = both(
            ada.project.remove_member(&user),
            eve.project.set_rights(&user, false, &rights),
        )
        .await;
        assert_eq!(removed, Ok(()));
        assert!(
            matches!(changed, Ok(_) | Err(Error::Conflict | Error::NotFound)),
            "{changed:?}"
        );
        agree(&ada, &eve).await;
        assert!(members(&ada).await.iter().all(|member| member.user_id != user));
    });
}

#[test]
fn two_admins_make_environments_at_once_also_of_one_slug() {
    run(async {
        let (ada, eve) = two_admins(1351).await;
        let (one, two) = both(
            ada.project.create_environment("One", "one"),
            eve.project.create_environment("Two", "two"),
        )
        .await;
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        let (one, two) = both(
            ada.project.create_environment("Same", "same"),
            eve.project.create_environment("Same", "same"),
        )
        .await;
        let outcomes = [one.map(drop), two.map(drop)];
        assert!(outcomes.contains(&Ok(())), "{outcomes:?}");
        assert!(outcomes.contains(&Err(Error::NameTaken)), "{outcomes:?}");
        agree(&ada, &eve).await;
        for (slug, writer, reader) in [("one", &ada, &eve), ("two", &eve, &ada), ("same", &ada, &eve)] {
            let open = writer.open_environment(slug).await;
            open.save(vec![put("/", "A", slug)]).await.unwrap();
            assert_eq!(get(&reader.open_environment(slug).await, "A"), slug);
        }
    });
}

#[test]
fn who_is_removed_while_an_environment_is_made_does_not_keep_its_key() {
    run(async {
        let (ada, eve) = two_admins(1361).await;
        let user = user(&eve);
        let ada_again = ada.again(1363).await;
        // The environment is made by a device that does not know yet of the removal.
        let (made, removed) = both(
            ada.project.create_environment("New", "new"),
            ada_again.project.remove_member(&user),
        )
        .await;
        made.unwrap();
        removed.unwrap();
        ada.project.refresh().await.unwrap();
        let mine = ada.open_environment("new").await;
        mine.save(vec![put("/", "A", "a")]).await.unwrap();
        let matrix = ada.project.access_matrix().await.unwrap();
        let row = matrix.people.iter().find(|row| row.user_id == user);
        let column = matrix.environments.iter().position(|e| e.slug == "new").unwrap();
        assert!(row.is_none_or(|row| row.cells[column].key == coffer_client::HeldKey::NotHeld));
    });
}

#[test]
fn two_new_keys_at_once_are_two_new_keys() {
    run(async {
        let (ada, eve) = two_admins(1371).await;
        let (mine, theirs) = (
            ada.open_environment("development").await,
            eve.open_environment("development").await,
        );
        mine.save(vec![put("/", "A", "before")]).await.unwrap();
        let (one, two) = both(mine.renew_key(), theirs.renew_key()).await;
        let mut epochs = [one.unwrap().epoch(), two.unwrap().epoch()];
        epochs.sort_unstable();
        assert_eq!(epochs, [2, 3]);
        for office in [&ada, &eve, &ada.again(1373).await] {
            assert_eq!(get(&office.open_environment("development").await, "A"), "before");
        }
    });
}

/// Rules by which a grant lasts so many seconds at most.
fn at_most(seconds: u32) -> AccessRules {
    AccessRules {
        path: "/".to_owned(),
        set: true,
        longest: seconds,
        ..AccessRules::default()
    }
}

fn set(office: &Office) -> Option<AccessRules> {
    office.project.rules_now("development", "/").unwrap().rules
}

async fn change(
    office: &Office,
    base: Option<&AccessRules>,
    rules: Option<AccessRules>,
) -> Result<(), RulesError> {
    let project = &office.project;
    project.change_rules_of("development", "/", base, rules).await
}

/// What somebody has set over what the change was made on, and who.
fn changed(outcome: Result<(), RulesError>) -> (Option<AccessRules>, String) {
    match outcome {
        Err(RulesError::Changed(now)) => (now.rules, now.by.unwrap().user),
        other => panic!("{other:?}"),
    }
}

/// How many links this client made whose number somebody else had taken.
fn overtaken(office: &Office) -> usize {
    let all = office.transport.recorded();
    let links = all.iter().filter(|exchange| {
        let is_link = exchange.method == Method::Post && exchange.path.contains("/secrets/K");
        is_link && exchange.status >= 400
    });
    links.count()
}

#[test]
fn rules_that_another_admin_has_changed_are_not_written_over() {
    run(async {
        let (ada, eve) = two_admins(1391).await;
        let (hour, day, week) = (at_most(3_600), at_most(86_400), at_most(604_800));
        // Where none were set, as well.
        change(&ada, None, Some(hour.clone())).await.unwrap();
        let now = changed(change(&eve, None, Some(day.clone())).await);
        assert_eq!(now, (Some(hour.clone()), user(&ada)));
        // Nothing was signed, and what is there is known now: to be written over knowingly.
        agree(&ada, &eve).await;
        assert_eq!(set(&eve), Some(hour.clone()));
        change(&eve, Some(&hour), Some(day.clone())).await.unwrap();
        let now = changed(change(&ada, Some(&hour), Some(week.clone())).await);
        assert_eq!(now, (Some(day.clone()), user(&eve)));
        // What was opened counts, and not what this client happens to have heard of since.
        assert_eq!(set(&ada), Some(day.clone()));
        assert!(changed(change(&ada, Some(&hour), None).await).0.is_some());
        // Other folders and environments are of nobody's concern.
        let folder = ada
            .project
            .change_rules_of("development", "/db", None, Some(week.clone()));
        folder.await.unwrap();
        let elsewhere = eve
            .project
            .change_rules_of("production", "/", None, Some(week.clone()));
        elsewhere.await.unwrap();
        change(&eve, Some(&day), Some(week)).await.unwrap();
    });
}

#[test]
fn rules_that_another_admin_took_away_are_not_brought_back_and_those_that_were_changed_not_taken_away() {
    run(async {
        let (ada, eve) = two_admins(1394).await;
        let (hour, day) = (at_most(3_600), at_most(86_400));
        change(&ada, None, Some(hour.clone())).await.unwrap();
        change(&eve, Some(&hour), None).await.unwrap();
        let now = changed(change(&ada, Some(&hour), Some(day.clone())).await);
        assert_eq!(now, (None, user(&eve)));
        change(&ada, None, Some(day.clone())).await.unwrap();
        let now = changed(change(&eve, Some(&hour), None).await);
        assert_eq!(now, (Some(day.clone()), user(&ada)));
        change(&eve, Some(&day), None).await.unwrap();
        // Two who take away the same want the same.
        change(&ada, Some(&day), None).await.unwrap();
        ada.project.refresh().await.unwrap();
        assert_eq!(set(&ada), None);
    });
}

#[test]
fn of_two_admins_who_change_the_same_rules_at_the_same_moment_one_is_told() {
    run(async {
        let (ada, eve) = two_admins(1397).await;
        let mut base = None;
        let mut raced = 0;
        for (turn, taken_away) in [(1, false), (2, false), (3, true), (4, true)] {
            let (mine, theirs) = (at_most(3_600 + turn), at_most(7_200 + turn));
            let theirs = (!taken_away || base.is_none()).then_some(theirs);
            let before = overtaken(&ada) + overtaken(&eve);
            // Whose request comes first decides, so both take turns in it.
            let (one, two) = if turn % 2 == 0 {
                let mine = change(&ada, base.as_ref(), Some(mine.clone()));
                both(mine, change(&eve, base.as_ref(), theirs.clone())).await
            } else {
                let other = change(&eve, base.as_ref(), theirs.clone());
                let (two, one) = both(other, change(&ada, base.as_ref(), Some(mine.clone()))).await;
                (one, two)
            };
            raced += overtaken(&ada) + overtaken(&eve) - before;
            let (signed, by, told) = match (one, two) {
                (Ok(()), two) => (Some(mine), user(&ada), two),
                (one, Ok(())) => (theirs, user(&eve), one),
                neither => panic!("{neither:?}"),
            };
            assert_eq!(changed(told), (signed.clone(), by));
            agree(&ada, &eve).await;
            assert_eq!((set(&ada), set(&eve)), (signed.clone(), signed.clone()));
            base = signed;
        }
        assert!(raced > 0, "a link came between a look and the next link");
    });
}

#[test]
fn two_admins_who_want_the_same_rules_do_not_stand_in_each_others_way() {
    run(async {
        let (ada, eve) = two_admins(1400).await;
        let hour = at_most(3_600);
        let at_once = both(
            change(&ada, None, Some(hour.clone())),
            change(&eve, None, Some(hour.clone())),
        );
        assert_eq!(at_once.await, (Ok(()), Ok(())));
        agree(&ada, &eve).await;
        let links = ada.project.head_words();
        change(&eve, None, Some(hour.clone())).await.unwrap();
        agree(&ada, &eve).await;
        assert_eq!(ada.project.head_words(), links, "nothing was signed twice");
        // Links of another kind between are no change of rules.
        let day = at_most(86_400);
        let bo = ada.invite(1402, "bo@example.org", &[]);
        let (_, done) = both(bo, change(&eve, Some(&hour), Some(day.clone()))).await;
        assert_eq!(done, Ok(()));
        // And what was changed back is what it was.
        change(&ada, Some(&day), Some(hour.clone())).await.unwrap();
        change(&ada, Some(&hour), Some(day.clone())).await.unwrap();
        change(&eve, Some(&day), None).await.unwrap();
    });
}

#[test]
fn who_is_named_in_rules_that_were_not_signed_gets_no_right() {
    run(async {
        let (ada, eve) = two_admins(1405).await;
        let bo = ada.invite(1407, "bo@example.org", &[]).await;
        let names_bo = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(&bo)]),
                needed: 1,
            }],
            ..at_most(3_600)
        };
        eve.project.refresh().await.unwrap();
        change(&ada, None, Some(at_most(86_400))).await.unwrap();
        assert!(
            changed(change(&eve, None, Some(names_bo.clone())).await)
                .0
                .is_some()
        );
        let approvers = |office: &Office| office.project.approvers("development").unwrap();
        agree(&ada, &eve).await;
        assert!(!approvers(&ada).contains(&user(&bo)));
        let base = set(&eve);
        change(&eve, base.as_ref(), Some(names_bo.clone())).await.unwrap();
        agree(&ada, &eve).await;
        assert!(approvers(&ada).contains(&user(&bo)));
        // Somebody else took the right again: the same rules give it once more, and are not signed again.
        ada.project
            .set_approver(&user(&bo), "development", false)
            .await
            .unwrap();
        eve.project.refresh().await.unwrap();
        change(&eve, Some(&names_bo), Some(names_bo.clone()))
            .await
            .unwrap();
        assert!(approvers(&eve).contains(&user(&bo)));
        let now: RulesNow = eve.project.rules_now("development", "/").unwrap();
        assert_eq!(now.by.unwrap().user, user(&eve));
    });
}
