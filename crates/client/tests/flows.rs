//! What people do, end to end: the real client against the real server over real SQLite, in one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may"
)]

use coffer_client::{
    Accept, Change, Class, Client, Device, Environment, EnvironmentState, Error, ExistingLogin, Invitation,
    InviteDraft, NewEnvironment, Passphrase, Right, SaveError, SealError,
};
use coffer_client::{
    LinkError, Method, Request, Response, RevealError, SetUp, ShareContent, ShareDraft, ShareExpiry,
    ShareLimits, ShareState, SharedSecret, Transport, TransportError, share_from_link,
};
use coffer_testkit::{
    Canary, Cut, Evil, InProcess, MemoryDevice, Office, TestServer, both, edit, entry, get, put, run,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;
use zeroize::Zeroizing;

type Env = Environment<Evil<InProcess>, MemoryDevice>;

fn listing(environment: &Env) -> Vec<(String, String, u64, Class)> {
    environment
        .entries()
        .iter()
        .map(|e| (e.path.clone(), e.name.clone(), e.version, e.class))
        .collect()
}

fn slot(environment: &Env, name: &str) -> coffer_client::SlotId {
    entry(environment, name).slot
}

#[test]
fn a_secret_is_saved_edited_renamed_and_deleted() {
    run(async {
        let office = Office::open(1).await;
        let environment = office.open_environment("development").await;
        assert_eq!(environment.entries().len(), 0);

        let environment = environment
            .save(vec![put("/", "A", "one"), put("/db", "B", "line 1\nline 2")])
            .await
            .unwrap();
        assert_eq!(
            listing(&environment),
            [
                ("/".into(), "A".into(), 1, Class::Ok),
                ("/db".into(), "B".into(), 1, Class::Ok)
            ]
        );
        let opened = environment.reveal(&slot(&environment, "B")).unwrap();
        assert_eq!((opened.value.as_str(), opened.lines), ("line 1\nline 2", 2));

        let edit = Change::Put {
            slot: Some(slot(&environment, "A")),
            path: "/".into(),
            name: "A".into(),
            value: Zeroizing::new("two".into()),
            comment: Zeroizing::new("why".into()),
            owner: None,
        };
        let environment = environment.save(vec![edit]).await.unwrap();
        let opened = environment.reveal(&slot(&environment, "A")).unwrap();
        assert_eq!((opened.value.as_str(), opened.comment.as_str()), ("two", "why"));

        let a = slot(&environment, "A");
        let moved = Change::Move {
            slot: a,
            path: "/db/deep".into(),
            name: "A2".into(),
        };
        let environment = environment.save(vec![moved]).await.unwrap();
        assert_eq!(slot(&environment, "A2"), a);
        let opened = environment.reveal(&a).unwrap();
        assert_eq!((opened.value.as_str(), opened.comment.as_str()), ("two", "why"));

        let environment = environment.save(vec![Change::Delete { slot: a }]).await.unwrap();
        assert_eq!(environment.reveal(&a).unwrap_err(), SealError::Unknown);
        let fresh = office.again(11).await.open_environment("development").await;
        assert_eq!(listing(&fresh), [("/db".into(), "B".into(), 1, Class::Ok)]);
        assert!(fresh.strangers().is_empty());
        assert_eq!(get(&fresh, "B"), "line 1\nline 2");
    });
}

#[test]
fn folders_are_made_renamed_and_deleted_with_what_is_in_them() {
    run(async {
        let office = Office::open(2).await;
        let environment = office.open_environment("development").await;
        let environment = environment.create_folder("/empty/inner").await.unwrap();
        assert_eq!(environment.folders(), ["/empty", "/empty/inner"]);
        let environment = environment
            .save(vec![
                put("/app", "A", "1"),
                put("/app/db", "B", "2"),
                put("/apple", "C", "3"),
            ])
            .await
            .unwrap();
        let environment = environment.rename_folder("/app", "/service/core").await.unwrap();
        let places: Vec<_> = listing(&environment)
            .into_iter()
            .map(|(path, name, ..)| (path, name))
            .collect();
        assert_eq!(
            places,
            [
                ("/apple".to_owned(), "C".to_owned()),
                ("/service/core".to_owned(), "A".to_owned()),
                ("/service/core/db".to_owned(), "B".to_owned())
            ]
        );
        assert!(!environment.folders().contains(&"/app".to_owned()));
        let environment = environment.delete_folder("/service").await.unwrap();
        assert_eq!(listing(&environment).len(), 1);
        let fresh = office.again(12).await.open_environment("development").await;
        assert_eq!(listing(&fresh), listing(&environment));
        assert_eq!(fresh.folders(), environment.folders());
        assert!(fresh.strangers().is_empty());
    });
}

#[test]
fn names_that_a_server_could_alias_are_refused_before_anything_is_sent() {
    run(async {
        let office = Office::open(3).await;
        let environment = office.open_environment("development").await;
        let before = office.transport.recorder().count();
        for name in [
            "",
            " A",
            "A ",
            "A\u{a0}",
            "A\u{202e}B",
            "cafe\u{301}",
            "a/b",
            "a:b",
            "x\ny",
        ] {
            let refused = environment.save(vec![put("/", name, "v")]).await.err().unwrap();
            assert!(
                matches!(refused, SaveError::Failed(Error::Invalid { .. })),
                "{name:?}: {refused:?}"
            );
        }
        for path in ["", "x", "/x/", "//", "/a b", "/../x", "/coffer", "/coffer/log"] {
            let refused = environment.save(vec![put(path, "A", "v")]).await.err().unwrap();
            assert!(
                matches!(refused, SaveError::Failed(Error::Invalid { .. })),
                "{path:?}: {refused:?}"
            );
        }
        assert_eq!(office.transport.recorder().count(), before);
        let twice = environment
            .save(vec![put("/", "A", "1"), put("/", "A", "2")])
            .await
            .err()
            .unwrap();
        assert_eq!(twice, SaveError::Failed(Error::NameTaken));
    });
}

#[test]
fn a_second_device_opens_the_account_by_its_kit() {
    run(async {
        let office = Office::open(4).await;
        office
            .open_environment("development")
            .await
            .save(vec![put("/", "A", "one")])
            .await
            .unwrap();
        for text in [office.kit.to_text(), office.kit.to_code()] {
            let kit = coffer_client::EmergencyKit::parse(&text).unwrap();
            let client = Client::new(
                office.server.browser(),
                MemoryDevice::new(41),
                office.server.origin(),
            );
            let wrong = client
                .sign_in_with_kit(&kit, Passphrase::typed("not the passphrase"), None)
                .await;
            assert_eq!(wrong.err(), Some(Error::WrongPassphrase));
            assert!(client.known_accounts().await.unwrap().is_empty());
            let vault = client
                .sign_in_with_kit(&kit, office.passphrase.clone(), None)
                .await
                .unwrap();
            let project = vault.open_project(&office.project.summary().id).await.unwrap();
            let environment = project.open_environment("development").await.unwrap();
            let opened = environment.reveal(&environment.entries()[0].slot).unwrap();
            assert_eq!(opened.value.as_str(), "one");
            let known = client.known_accounts().await.unwrap();
            assert_eq!(known.len(), 1);
            vault.lock();
            assert_eq!(
                environment.reveal(&environment.entries()[0].slot).err(),
                Some(SealError::Locked)
            );
            assert_eq!(vault.projects().await.err(), Some(Error::Locked));
            client
                .unlock(&known[0], office.passphrase.clone(), None)
                .await
                .unwrap();
            client.forget(&known[0]).await.unwrap();
            assert!(client.device().keys().await.unwrap().is_empty());
        }
    });
}

#[test]
fn a_device_that_lost_the_key_of_its_records_forgets_them_and_is_a_new_one() {
    run(async {
        let office = Office::open(44).await;
        let environment = office.open_environment("development").await;
        environment.save(vec![put("/", "A", "one")]).await.unwrap();
        let guest = office
            .invite(45, "guest@example.org", &[("development", Right::Read)])
            .await;
        // Two accounts of one device.
        let device = &office.device;
        let client = Client::new(office.server.browser(), device.clone(), office.server.origin());
        client
            .sign_in_with_kit(&guest.kit, guest.passphrase.clone(), None)
            .await
            .unwrap();
        let known = client.known_accounts().await.unwrap();
        assert_eq!(known.len(), 2);
        let known = known.iter().find(|known| known.email == "guest@example.org");
        // What it has seen is lost, the account is not.
        device.lose(|name| name.starts_with("pins/"));
        client
            .unlock(known.unwrap(), guest.passphrase.clone(), None)
            .await
            .unwrap();
        // One of the accounts is lost: nothing is shown of either, until it is forgotten.
        let lost = office.kit.account_uid.clone();
        device.lose(|name| name.contains(&lost));
        assert_eq!(client.known_accounts().await.err(), Some(Error::RecordsLost));
        client.forget_lost().await.unwrap();
        assert!(device.records().keys().all(|name| !name.contains(&lost)));
        let left = client.known_accounts().await.unwrap();
        assert_eq!(
            left.iter().map(|known| &known.email).collect::<Vec<_>>(),
            ["guest@example.org"]
        );
        client
            .unlock(&left[0], guest.passphrase.clone(), None)
            .await
            .unwrap();
        // All of it is, as without the key: the kit brings back in.
        device.lose(|_| true);
        assert_eq!(client.known_accounts().await.err(), Some(Error::RecordsLost));
        client.forget_lost().await.unwrap();
        assert!(device.records().is_empty());
        let vault = client
            .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
            .await
            .unwrap();
        let project = vault.open_project(&office.project.summary().id).await.unwrap();
        let environment = project.open_environment("development").await.unwrap();
        assert_eq!(get(&environment, "A"), "one");
    });
}

#[test]
fn a_device_knows_whether_anybody_is_left_on_it_of_whatever_server() {
    run(async {
        let office = Office::open(46).await;
        let at = |origin: &str| {
            let origin = coffer_client::ServerOrigin::parse(origin).unwrap();
            Client::new(office.server.browser(), office.device.clone(), origin)
        };
        let (here, elsewhere) = (at(office.server.origin().as_str()), at("https://other.test"));
        assert!(elsewhere.known_accounts().await.unwrap().is_empty());
        assert!(elsewhere.knows_anybody().await.unwrap());
        let known = here.known_accounts().await.unwrap();
        here.forget(&known[0]).await.unwrap();
        assert!(!elsewhere.knows_anybody().await.unwrap());
    });
}

#[test]
fn unlocking_writes_nothing() {
    run(async {
        let office = Office::open(5).await;
        let before = office.transport.recorder().count();
        let again = office.again(51).await;
        let writes: Vec<_> = again.transport.recorded()[..]
            .iter()
            .filter(|e| e.method != Method::Get && !e.path.contains("/auth/"))
            .map(|e| e.path.clone())
            .collect();
        assert_eq!(writes, Vec::<String>::new());
        assert_eq!(office.transport.recorder().count(), before);
    });
}

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    run(async {
        let office = Office::open(6).await;
        let new = Passphrase::typed("another six words for the same door");
        let wrong = office
            .vault
            .change_passphrase(Passphrase::typed("not the old one"), new.clone())
            .await;
        assert_eq!(wrong.err(), Some(Error::WrongPassphrase));
        office
            .vault
            .change_passphrase(office.passphrase.clone(), new.clone())
            .await
            .unwrap();
        // The session goes on.
        office.vault.projects().await.unwrap();
        let client = Client::new(
            office.server.browser(),
            MemoryDevice::new(61),
            office.server.origin(),
        );
        let old = client
            .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
            .await;
        assert_eq!(old.err(), Some(Error::WrongPassphrase));
        let vault = client.sign_in_with_kit(&office.kit, new, None).await.unwrap();
        vault
            .open_project(&office.project.summary().id)
            .await
            .unwrap()
            .open_environment("development")
            .await
            .unwrap();
    });
}

#[test]
fn an_invitation_that_broke_off_anywhere_is_gone_on_with() {
    run(async {
        for (requests, whole) in (0..40).flat_map(|n| [(n, Cut::Before(n)), (n, Cut::AnswerLost(n))]) {
            let office = Office::open(7).await;
            let draft = InviteDraft {
                email: "noor@example.org".into(),
                admin: false,
                rights: vec![("development".into(), Right::Write)],
            };
            let link = office.project.invite(draft).await.unwrap();
            let invitation = Invitation::parse(&link.link_fragment).unwrap();
            let transport = Evil::new(office.server.browser());
            let client = Client::new(transport.clone(), MemoryDevice::new(71), office.server.origin());
            let accept = || Accept {
                email: None,
                first_name: "Noor".into(),
                last_name: "Haddad".into(),
                passphrase: Passphrase::typed("seven gentle walrus paint quiet doors"),
            };
            transport.cut(whole);
            let first = client.accept_invitation(invitation.clone(), accept()).await;
            if first.is_ok() && !transport.was_cut() {
                assert!(requests > 8, "{requests}");
                return;
            }
            transport.honest();
            let again = client.accept_invitation(invitation, accept()).await;
            assert_eq!(again.err(), None, "{requests}");
            let joins = office.project.joins().await.unwrap();
            assert!(joins.len() == 1 && joins[0].mac_ok, "{requests}");
        }
        panic!("an invitation is fewer requests");
    });
}

#[test]
fn an_invited_person_joins_and_sees_only_what_was_granted() {
    run(async {
        let office = Office::open(7).await;
        office
            .open_environment("development")
            .await
            .save(vec![put("/", "A", "dev")])
            .await
            .unwrap();
        office
            .open_environment("production")
            .await
            .save(vec![put("/", "P", "prod")])
            .await
            .unwrap();
        let draft = InviteDraft {
            email: "noor@example.org".into(),
            admin: false,
            rights: vec![("development".into(), Right::Write)],
        };
        let link = office.project.invite(draft).await.unwrap();
        let invitation = Invitation::parse(&link.link_fragment).unwrap();
        assert_eq!(invitation.email, "noor@example.org");
        let device = MemoryDevice::new(71);
        let client = Client::new(Evil::new(office.server.browser()), device, office.server.origin());
        let accept = Accept {
            email: None,
            first_name: "Noor".into(),
            last_name: "Haddad".into(),
            passphrase: Passphrase::typed("seven gentle walrus paint quiet doors"),
        };
        let (vault, _kit) = client.accept_invitation(invitation, accept).await.unwrap();

        // Not yet admitted: no key, and no claim that there is one.
        let project = vault.open_project(&office.project.summary().id).await.unwrap();
        assert!(project.environments().iter().all(|e| e.right == Right::None));
        assert_eq!(
            project.open_environment("development").await.err(),
            Some(Error::NoKey)
        );

        let joins = office.project.joins().await.unwrap();
        assert_eq!(joins.len(), 1);
        assert!(joins[0].mac_ok);
        assert_eq!(joins[0].rights, [("development".to_owned(), Right::Write)]);
        office.project.admit(&joins[0]).await.unwrap();
        assert!(office.project.joins().await.unwrap().is_empty());

        project.refresh().await.unwrap();
        let environment = project.open_environment("development").await.unwrap();
        assert_eq!(get(&environment, "A"), "dev");
        let environment = environment.save(vec![put("/", "N", "from noor")]).await.unwrap();
        assert_eq!(environment.right(), Right::Write);
        assert_eq!(
            project.open_environment("production").await.err(),
            Some(Error::NoKey)
        );
        let production = project
            .environments()
            .into_iter()
            .find(|e| e.slug == "production")
            .unwrap();
        assert_eq!(
            (production.right, production.state),
            (Right::None, EnvironmentState::NoKey)
        );
        assert!(production.is_closed());

        let mine = office.open_environment("development").await;
        assert_eq!(get(&mine, "N"), "from noor");
        let members = office.project.members().await.unwrap();
        let noor = members.iter().find(|m| m.email == "noor@example.org").unwrap();
        let seen_by_noor = project.members().await.unwrap();
        let herself = seen_by_noor
            .iter()
            .find(|m| m.email == "noor@example.org")
            .unwrap();
        assert_eq!(noor.fingerprint, herself.fingerprint);
        assert_eq!(office.project.head_words(), project.head_words());
        assert_eq!(
            mine.head_words(),
            project
                .open_environment("development")
                .await
                .unwrap()
                .head_words()
        );
    });
}

#[test]
fn somebody_with_an_account_joins_a_second_project() {
    run(async {
        let office = Office::open(70).await;
        let friend = office
            .invite(701, "friend@example.org", &[("development", Right::Read)])
            .await;
        let environments = [NewEnvironment {
            name: "Only".into(),
            slug: "only".into(),
        }];
        let made = office
            .vault
            .create_project("Second", &environments)
            .await
            .unwrap();
        let second = office.vault.open_project(&made.id).await.unwrap();
        second
            .open_environment("only")
            .await
            .unwrap()
            .save(vec![put("/", "A", "second")])
            .await
            .unwrap();
        let draft = InviteDraft {
            email: "friend@example.org".into(),
            admin: true,
            rights: Vec::new(),
        };
        let link = second.invite(draft).await.unwrap();
        let invitation = Invitation::parse(&link.link_fragment).unwrap();
        assert!(!invitation.needs_account);
        friend.vault.join(&invitation).await.unwrap();
        // Twice is once.
        friend.vault.join(&invitation).await.unwrap();
        let joins = second.joins().await.unwrap();
        assert!(joins[0].mac_ok && joins[0].admin);
        second.admit(&joins[0]).await.unwrap();
        let theirs = friend.vault.open_project(&made.id).await.unwrap();
        assert!(theirs.is_admin());
        assert_eq!(
            get(&theirs.open_environment("only").await.unwrap(), "A"),
            "second"
        );
        // An admin by invitation makes environments that the founder opens.
        theirs.create_environment("More", "more").await.unwrap();
        theirs
            .open_environment("more")
            .await
            .unwrap()
            .save(vec![put("/", "B", "more")])
            .await
            .unwrap();
        second.refresh().await.unwrap();
        assert_eq!(get(&second.open_environment("more").await.unwrap(), "B"), "more");
    });
}

#[test]
fn who_is_removed_reads_nothing_that_is_written_afterwards() {
    run(async {
        let office = Office::open(71).await;
        let rights = [("development", Right::Write), ("production", Right::Write)];
        let friend = office.invite(711, "friend@example.org", &rights).await;
        let theirs = friend.open_environment("development").await;
        theirs
            .save(vec![put("/", "THEIRS", "written as a member")])
            .await
            .unwrap();
        let stale = friend.open_environment("production").await;
        let user = friend.vault.account().user_id;
        // Less first: reading only.
        office
            .project
            .set_rights(&user, false, &[("development".into(), Right::Read)])
            .await
            .unwrap();
        let mine = office.open_environment("development").await;
        let mine = mine
            .save(vec![put("/", "NEXT", "under a new key")])
            .await
            .unwrap();
        assert_eq!(mine.epoch(), 2);
        friend.project.refresh().await.unwrap();
        let read = friend.open_environment("development").await;
        assert_eq!(get(&read, "NEXT"), "under a new key");
        assert_eq!(
            read.save(vec![put("/", "X", "x")]).await.err(),
            Some(SaveError::Failed(Error::Forbidden))
        );
        assert_eq!(
            friend.project.open_environment("production").await.err(),
            Some(Error::NoKey)
        );
        assert!(stale.save(vec![put("/", "X", "x")]).await.is_err());
        // Then nothing.
        office.project.remove_member(&user).await.unwrap();
        let mine = mine.reload().await.unwrap();
        let mine = mine
            .save(vec![put("/", "LAST", "after the removal")])
            .await
            .unwrap();
        assert_eq!(mine.epoch(), 3);
        assert_eq!(get(&mine, "THEIRS"), "written as a member");
        assert_eq!(get(&mine, "LAST"), "after the removal");
        assert!(read.reload().await.is_err());
        assert!(
            office
                .project
                .members()
                .await
                .unwrap()
                .iter()
                .all(|m| m.user_id != user)
        );
        let fresh = office.again(712).await.open_environment("development").await;
        assert_eq!(fresh.entries().len(), 3);
        assert_eq!(get(&fresh, "THEIRS"), "written as a member");
    });
}

#[test]
fn a_right_that_two_admins_give_at_once_comes_with_its_key() {
    run(async {
        let office = Office::open(72).await;
        let friend = office
            .invite(721, "friend@example.org", &[("development", Right::Write)])
            .await;
        let user = friend.vault.account().user_id;
        let other = office.again(722).await;
        let rights = [
            ("development".to_owned(), Right::Write),
            ("production".to_owned(), Right::Read),
        ];
        let (one, two) = both(
            office.project.set_rights(&user, false, &rights),
            other.project.set_rights(&user, false, &rights),
        )
        .await;
        one.unwrap();
        two.unwrap();
        friend.project.refresh().await.unwrap();
        friend.open_environment("production").await;
        // A wrap that the server lost is made anew when the right is given again.
        let project = office.project.summary().id.to_string();
        let wraps = office
            .server
            .rows(&office.bearer(), &project, "production", "/coffer/wraps")
            .await;
        for (path, name, _) in &wraps {
            let place = (project.as_str(), "production", path.as_str());
            office
                .server
                .write_row(&office.bearer(), place, name, "lost")
                .await;
        }
        office.project.set_rights(&user, false, &rights).await.unwrap();
        let again = friend.again(723).await;
        again.open_environment("production").await;
    });
}

/// Lets a request of somebody else arrive just before the keyring's next link is written.
struct Crossing {
    honest: InProcess,
    held: Rc<RefCell<Vec<Request>>>,
}

impl Transport for Crossing {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.method == Method::Post && request.path.starts_with("/api/v4/secrets/K") {
            for late in self.held.take() {
                self.honest.send(late).await?;
            }
        }
        self.honest.send(request).await
    }
}

#[test]
fn a_save_that_crosses_the_loss_of_its_right_closes_nothing() {
    run(async {
        for removed in [true, false] {
            let office = Office::open(73).await;
            let friend = office
                .invite(731, "friend@example.org", &[("development", Right::Write)])
                .await;
            let user = friend.vault.account().user_id;
            let theirs = friend.open_environment("development").await;
            let held: Rc<RefCell<Vec<Request>>> = Rc::default();
            let hold = Rc::clone(&held);
            friend.transport.intercept(move |request| {
                let header = request.method == Method::Post && request.path.starts_with("/api/v4/secrets/H");
                header.then(|| {
                    hold.borrow_mut().push(request.clone());
                    Err(TransportError::TimedOut)
                })
            });
            let saved = theirs.save(vec![put("/", "CROSSING", "on its way")]).await;
            assert_eq!(saved.err(), Some(SaveError::Failed(Error::Offline)));
            assert_eq!(held.borrow().len(), 1);
            let crossing = Crossing {
                honest: office.server.browser(),
                held: Rc::clone(&held),
            };
            let client = Client::new(crossing, MemoryDevice::new(732), office.server.origin());
            let vault = client
                .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
                .await
                .unwrap();
            let project = vault.open_project(&office.project.summary().id).await.unwrap();
            if removed {
                project.remove_member(&user).await.unwrap();
            } else {
                let less = [("development".to_owned(), Right::Read)];
                project.set_rights(&user, false, &less).await.unwrap();
            }
            assert!(held.borrow().is_empty());
            let mine = office.again(733).await.open_environment("development").await;
            assert_eq!(mine.entries().len(), 0);
            mine.save(vec![put("/", "ON", "and on")]).await.unwrap();
        }
    });
}

#[test]
fn a_reader_cannot_save() {
    run(async {
        let office = Office::open(8).await;
        office
            .open_environment("development")
            .await
            .save(vec![put("/", "A", "dev")])
            .await
            .unwrap();
        let reader = office
            .invite(81, "reader@example.org", &[("development", Right::Read)])
            .await;
        let environment = reader.open_environment("development").await;
        assert_eq!(environment.right(), Right::Read);
        assert_eq!(get(&environment, "A"), "dev");
        let refused = environment.save(vec![put("/", "B", "x")]).await.err();
        assert_eq!(refused, Some(SaveError::Failed(Error::Forbidden)));
    });
}

#[test]
fn two_people_who_save_at_once_both_succeed() {
    run(async {
        let office = Office::open(9).await;
        let other = office.again(91).await;
        let mine = office.open_environment("development").await;
        let theirs = other.open_environment("development").await;
        // Both began with the same state.
        theirs.save(vec![put("/", "THEIRS", "t")]).await.unwrap();
        let mine = mine.save(vec![put("/", "MINE", "m")]).await.unwrap();
        assert_eq!(
            (get(&mine, "MINE").as_str(), get(&mine, "THEIRS").as_str()),
            ("m", "t")
        );
        assert_eq!(mine.seq(), 2);
    });
}

#[test]
fn a_damaged_row_is_mended_by_saving_the_secret_again() {
    run(async {
        let office = Office::open(11).await;
        let mut environment = office.open_environment("development").await;
        let project = office.project.summary().id.to_string();
        let place = (project.as_str(), "development", "/");
        let mut rows = Vec::new();
        for value in ["one", "two", "three"] {
            let change = match environment.entries().first() {
                Some(entry) => edit(entry, value),
                None => put("/", "A", value),
            };
            environment = environment.save(vec![change]).await.unwrap();
            let there = office
                .server
                .rows(&office.bearer(), &project, "development", "/")
                .await;
            rows.extend(
                there
                    .into_iter()
                    .find(|(path, name, _)| path == "/" && name == "A"),
            );
        }
        // An older row, as of a backup: whoever writes next puts the right one back, as long as its record is held.
        office
            .server
            .write_row(&office.bearer(), place, "A", &rows[0].2)
            .await;
        environment = environment.reload().await.unwrap();
        assert_eq!(environment.entries()[0].class, Class::RolledBack);
        environment = environment.save(vec![put("/", "B", "another")]).await.unwrap();
        assert!(environment.entries().iter().all(|entry| entry.class == Class::Ok));
        assert_eq!(get(&environment, "A"), "three");
        // Somebody edits the row outside of Coffer: that is theirs until the secret is saved again.
        for (damage, expected) in [
            ("edited elsewhere", Class::Unsealed),
            ("cfr1.AAAA", Class::Swapped),
        ] {
            office
                .server
                .write_row(&office.bearer(), place, "A", damage)
                .await;
            environment = environment.reload().await.unwrap();
            let entry = environment.entries()[0].clone();
            assert_eq!(entry.class, expected);
            assert_eq!(environment.reveal(&entry.slot).err(), Some(SealError::Broken));
            environment = environment.save(vec![edit(&entry, "again")]).await.unwrap();
            assert_eq!(environment.entries()[0].class, Class::Ok);
            assert_eq!(get(&environment, "A"), "again");
            let fresh = office.again(111).await.open_environment("development").await;
            assert_eq!(get(&fresh, "A"), "again");
        }
    });
}

#[test]
fn one_secret_changed_by_two_people_is_shown_to_the_second() {
    run(async {
        let office = Office::open(10).await;
        let mine = office
            .open_environment("development")
            .await
            .save(vec![put("/", "A", "base")])
            .await
            .unwrap();
        let other = office.again(101).await;
        let theirs = other.open_environment("development").await;
        let was = entry(&mine, "A").clone();
        let change = |value: &str| vec![edit(&was, value)];
        theirs.save(change("theirs")).await.unwrap();
        match mine.save(change("mine")).await {
            Err(SaveError::Conflict(sides)) => {
                let text = |side: &Option<Zeroizing<String>>| side.as_ref().map(|s| s.as_str().to_owned());
                assert_eq!(text(&sides.mine).as_deref(), Some("mine"));
                assert_eq!(text(&sides.theirs).as_deref(), Some("theirs"));
                assert_eq!(text(&sides.base).as_deref(), Some("base"));
            }
            other => panic!("{:?}", other.err()),
        }
        // Nothing was lost, and after a look at the new state the same change goes through.
        let mine = mine.reload().await.unwrap();
        assert_eq!(get(&mine, "A"), "theirs");
        let mine = mine.save(change("mine")).await.unwrap();
        assert_eq!(get(&mine, "A"), "mine");
        // The same new name by two people is a taken name, not a second secret.
        let theirs = theirs.reload().await.unwrap();
        theirs.save(vec![put("/", "NEW", "t")]).await.unwrap();
        assert_eq!(
            mine.save(vec![put("/", "NEW", "m")]).await.err(),
            Some(SaveError::Failed(Error::NameTaken))
        );
    });
}

#[test]
fn a_network_that_breaks_anywhere_loses_nothing() {
    run(async {
        let office = Office::open(20).await;
        let environment = office
            .open_environment("development")
            .await
            .save(vec![put("/", "OLD", "old"), put("/d", "GONE", "x")])
            .await
            .unwrap();
        let (old, gone) = (slot(&environment, "OLD"), slot(&environment, "GONE"));
        let changes = |round: usize| {
            vec![
                Change::Put {
                    slot: Some(old),
                    path: "/".into(),
                    name: "OLD".into(),
                    value: Zeroizing::new(format!("new {round}")),
                    comment: Zeroizing::default(),
                    owner: None,
                },
                put("/deep/er", &format!("ADDED_{round}"), "added"),
            ]
        };
        let mut round = 0;
        let mut cuts_seen = 0;
        for lost in [false, true] {
            for after in 0.. {
                assert!(after < 60, "a save never ends");
                round += 1;
                let mut writer = office.again(200 + round as u64).await;
                let environment = writer.open_environment("development").await;
                let before = get(&environment, "OLD");
                writer.transport.cut(if lost {
                    Cut::AnswerLost(after)
                } else {
                    Cut::Before(after)
                });
                let saved = environment.save(changes(round)).await;
                let was_cut = writer.transport.was_cut();
                writer.transport.honest();
                // The machine restarts with what its storage kept.
                writer = writer.restart().await;
                let reader = office.again(900 + round as u64).await;
                for opened in [
                    writer.open_environment("development").await,
                    reader.open_environment("development").await,
                ] {
                    assert!(opened.strangers().is_empty(), "cut {after}");
                    assert!(
                        opened
                            .entries()
                            .iter()
                            .all(|e| matches!(e.class, Class::Ok | Class::Lagging)),
                        "cut {after}"
                    );
                    let now = get(&opened, "OLD");
                    let added = opened
                        .entries()
                        .iter()
                        .any(|e| e.name == format!("ADDED_{round}"));
                    let happened = now == format!("new {round}");
                    assert!(happened || now == before, "cut {after}: {now}");
                    assert_eq!(added, happened, "cut {after}: half a save");
                    if saved.is_ok() {
                        assert!(happened, "cut {after}: a save that was reported is lost");
                    }
                }
                if !was_cut {
                    break;
                }
                cuts_seen += 1;
            }
        }
        assert!(cuts_seen > 6, "only {cuts_seen} cuts were tried");
        let _ = gone;
    });
}

#[test]
fn projects_and_environments_are_made_renamed_and_deleted() {
    run(async {
        let office = Office::open(30).await;
        let made = office
            .vault
            .create_project(
                "Second",
                &[NewEnvironment {
                    name: "Only".into(),
                    slug: "only".into(),
                }],
            )
            .await
            .unwrap();
        let names: Vec<_> = office
            .vault
            .projects()
            .await
            .unwrap()
            .into_iter()
            .map(|p| (p.name, p.coffer))
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&("Second".to_owned(), true)));
        office.vault.rename_project(&made.id, "Renamed").await.unwrap();
        let project = office.vault.open_project(&made.id).await.unwrap();
        assert_eq!(project.summary().name, "Renamed");
        project.create_environment("Extra", "extra").await.unwrap();
        project.rename_environment("extra", "More").await.unwrap();
        let environment = project.open_environment("extra").await.unwrap();
        environment.save(vec![put("/", "A", "1")]).await.unwrap();
        assert_eq!(
            project.create_environment("Extra", "extra").await.err(),
            Some(Error::NameTaken)
        );
        let slugs: Vec<_> = project
            .environments()
            .into_iter()
            .map(|e| (e.slug, e.name, e.right, e.state))
            .collect();
        assert_eq!(
            slugs,
            [
                (
                    "only".to_owned(),
                    "Only".to_owned(),
                    Right::Admin,
                    EnvironmentState::Sealed
                ),
                (
                    "extra".to_owned(),
                    "More".to_owned(),
                    Right::Admin,
                    EnvironmentState::Sealed
                )
            ]
        );
        project.delete_environment("extra").await.unwrap();
        assert_eq!(project.environments().len(), 1);
        assert_eq!(
            project.open_environment("extra").await.err(),
            Some(Error::NotFound)
        );
        // A slug may be used again, for another environment.
        project.create_environment("Extra", "extra").await.unwrap();
        assert_eq!(
            project.open_environment("extra").await.unwrap().entries().len(),
            0
        );
        office.vault.delete_project(&made.id).await.unwrap();
        assert_eq!(office.vault.projects().await.unwrap().len(), 1);
    });
}

#[test]
fn an_environment_that_another_admin_made_meanwhile_is_not_made_again() {
    run(async {
        let office = Office::open(37).await;
        // Another device of the same admin, whose keyring is from before.
        let other = office.again(371).await;
        office
            .project
            .create_environment("Staging", "staging")
            .await
            .unwrap();
        let mine = office.open_environment("staging").await;
        mine.save(vec![put("/", "A", "already there")]).await.unwrap();
        assert_eq!(
            other.project.create_environment("Staging", "staging").await.err(),
            Some(Error::NameTaken)
        );
        let fresh = office.again(372).await.open_environment("staging").await;
        assert_eq!(get(&fresh, "A"), "already there");
    });
}

#[test]
fn an_account_of_another_making_gets_keys_and_keeps_its_own_password() {
    run(async {
        let server = TestServer::start();
        let office = Office::open_on(&server, 31).await;
        let passphrase = Passphrase::typed("a passphrase only Coffer knows");
        let password = server.plain_account(&office, "plain@example.org").await;
        let client = Client::new(server.browser(), MemoryDevice::new(311), server.origin());
        let login = |passphrase: &Passphrase| ExistingLogin {
            email: "plain@example.org".into(),
            password: password.clone(),
            passphrase: passphrase.clone(),
        };
        // x18: what the server sees may not open the vault.
        assert_eq!(
            client.create_keys(login(&password)).await.err(),
            Some(Error::PassphraseReused)
        );
        let (vault, kit) = client.create_keys(login(&passphrase)).await.unwrap();
        assert!(kit.own_login);
        vault
            .create_project(
                "Plain",
                &[NewEnvironment {
                    name: "Dev".into(),
                    slug: "dev".into(),
                }],
            )
            .await
            .unwrap();
        vault.lock();
        let known = client.known_accounts().await.unwrap();
        assert!(known[0].own_login);
        let wrong = client
            .unlock(
                &known[0],
                passphrase.clone(),
                Some(Passphrase::typed("wrong password")),
            )
            .await;
        assert_eq!(wrong.err(), Some(Error::WrongPassphrase));
        let reused = client
            .unlock(&known[0], password.clone(), Some(password.clone()))
            .await;
        assert_eq!(reused.err(), Some(Error::PassphraseReused));
        client
            .unlock(&known[0], passphrase.clone(), Some(password.clone()))
            .await
            .unwrap();
        let elsewhere = Client::new(server.browser(), MemoryDevice::new(312), server.origin());
        elsewhere
            .sign_in_with_kit(&kit, passphrase, Some(password.clone()))
            .await
            .unwrap();
        // Keys are made once.
        let again = elsewhere
            .create_keys(login(&Passphrase::typed("yet another passphrase")))
            .await;
        assert!(again.is_err());
    });
}

#[test]
fn an_expired_session_is_refreshed_once_and_then_said() {
    run(async {
        let office = Office::open(32).await;
        // One answer "token malformed": the client refreshes and goes on.
        let mut refuse = 1;
        office.transport.intercept(move |request| {
            (request.path.starts_with("/api/v1/projects") && refuse > 0).then(|| {
                refuse -= 1;
                Ok(Response {
                    status: 403,
                    body: br#"{"error":"TokenError","message":"x"}"#.to_vec(),
                })
            })
        });
        office.vault.projects().await.unwrap();
        office.transport.honest();
        office.transport.intercept(|request| {
            (request.path.starts_with("/api/v1/projects") || request.path.ends_with("/auth/token")).then(
                || {
                    Ok(Response {
                        status: 403,
                        body: br#"{"error":"TokenError","message":"x"}"#.to_vec(),
                    })
                },
            )
        });
        assert_eq!(office.vault.projects().await.err(), Some(Error::SessionExpired));
    });
}

#[test]
fn search_finds_names_and_values_in_slices() {
    run(async {
        let office = Office::open(33).await;
        let changes = (0..50)
            .map(|n| put("/", &format!("KEY_{n:02}"), &format!("value {} end", n * 7)))
            .collect();
        let environment = office
            .open_environment("development")
            .await
            .save(changes)
            .await
            .unwrap();
        let all = |needle: &str| {
            let (mut hits, mut from) = (Vec::new(), Some(0));
            while let Some(at) = from {
                let step = environment.search(needle, at, 8);
                hits.extend(step.hits);
                from = step.next;
            }
            hits
        };
        assert_eq!(all("key_4").len(), 10);
        let by_value = all("VALUE 343");
        assert_eq!(by_value.len(), 1);
        assert!(by_value[0].by_value && !by_value[0].by_name);
        assert_eq!(all("nothing of the kind").len(), 0);
    });
}

#[test]
fn a_share_is_opened_and_every_failure_is_told_apart() {
    run(async {
        let server = TestServer::start();
        let office = Office::open_on(&server, 40).await;
        let device = MemoryDevice::new(401);
        let transport = Evil::new(server.browser());
        let client = Client::new(transport.clone(), device.clone(), server.origin());
        let secrets = vec![
            SharedSecret {
                name: "USER".into(),
                value: Zeroizing::new("ada".into()),
            },
            SharedSecret {
                name: "KEY".into(),
                value: Zeroizing::new("line 1\nline 2".into()),
            },
        ];
        let draft = ShareDraft {
            content: ShareContent::Secrets(secrets),
            title: "Two of them".into(),
            expires_in: ShareExpiry(60),
            views: Some(2),
            passphrase: Some(Passphrase::typed("low tide")),
            limits: ShareLimits::default(),
        };
        let made = office.vault.create_share(draft.clone()).await.unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        assert!(link.needs_passphrase);
        assert_eq!(transport.recorder().count(), 0, "parsing a link asks nobody");

        // What is wrong with the link itself.
        let cut = &made.link_fragment[..made.link_fragment.len() - 2];
        assert_eq!(share_from_link("").err(), Some(LinkError::NoKey));
        assert_eq!(share_from_link("#").err(), Some(LinkError::NoKey));
        assert_eq!(share_from_link(cut).err(), Some(LinkError::Malformed));
        assert_eq!(
            share_from_link(&made.link_fragment.replacen("v1", "v3", 1)).err(),
            Some(LinkError::Unsupported)
        );

        // A wrong passphrase costs no view.
        for _ in 0..3 {
            let wrong = client
                .reveal_share(&link, Some(Passphrase::typed("high tide")))
                .await;
            assert_eq!(wrong.err(), Some(RevealError::WrongPassphrase));
        }
        let tide = || Some(Passphrase::typed("low tide"));
        let opened = client.open_share(&link, tide()).await.unwrap();
        assert_eq!(opened.title.as_str(), "Two of them");
        assert_eq!(opened.not_after, made.not_after);
        match opened.content {
            ShareContent::Secrets(all) => assert_eq!(all[1].value.as_str(), "line 1\nline 2"),
            _ => panic!("secrets were shared"),
        }
        let state = |shares: Vec<coffer_client::ShareStatus>, id: &coffer_client::ShareId| {
            let share = shares.into_iter().find(|share| share.id == *id).unwrap();
            (share.state, share.views_left, share.link_fragment.is_some())
        };
        let (opened_once, left, useful) = state(office.vault.shares().await.unwrap(), &made.id);
        assert!(
            matches!(opened_once, ShareState::Opened { .. }),
            "{opened_once:?}"
        );
        assert_eq!((left, useful), (Some(1), true));
        client.reveal_share(&link, tide()).await.unwrap();
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::Used)
        );
        assert_eq!(
            state(office.vault.shares().await.unwrap(), &made.id).0,
            ShareState::UsedUp
        );

        // Revoked.
        let made = office.vault.create_share(draft.clone()).await.unwrap();
        assert_eq!(
            state(office.vault.shares().await.unwrap(), &made.id).0,
            ShareState::Unopened
        );
        office.vault.revoke_share(&made.id).await.unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::Revoked)
        );
        assert_eq!(
            state(office.vault.shares().await.unwrap(), &made.id),
            (ShareState::Revoked, None, false)
        );

        // Never there.
        let stranger = made.link_fragment.replace(made.id.as_str(), &"A".repeat(43));
        let link = share_from_link(&stranger).unwrap();
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::Missing)
        );

        // Expired: by this device's clock alone, and by the server's word.
        let made = office.vault.create_share(draft).await.unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        device.advance(2 * 3600 * 1000);
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::ExpiredHere {
                not_after: made.not_after
            })
        );
        server.set_now(made.not_after + 1000);
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::Expired)
        );
        office.device.set_now(made.not_after + 1000);
        let expired = state(office.vault.shares().await.unwrap(), &made.id).0;
        assert!(
            matches!(
                expired,
                ShareState::Expired {
                    was_opened: Some(true),
                    ..
                }
            ),
            "a view was used: {expired:?}"
        );
        transport.intercept(|_| Some(Err(TransportError::Offline)));
        assert_eq!(
            client.reveal_share(&link, tide()).await.err(),
            Some(RevealError::Client(Error::Offline))
        );
    });
}

#[test]
fn setting_up_goes_on_where_the_network_broke() {
    run(async {
        for lost in [false, true] {
            for after in 0.. {
                assert!(after < 60, "setting up never ends");
                let server = TestServer::start();
                let (transport, device) = (Evil::new(server.browser()), MemoryDevice::new(50));
                let client = Client::new(transport.clone(), device, server.origin());
                let set_up = || SetUp {
                    email: "ada@example.org".into(),
                    organization: "Harbour".into(),
                    name: String::new(),
                    passphrase: Passphrase::typed("fifty brass lanterns at low tide"),
                };
                transport.cut(if lost {
                    Cut::AnswerLost(after)
                } else {
                    Cut::Before(after)
                });
                let first = client.set_up(set_up()).await;
                let was_cut = transport.was_cut();
                transport.honest();
                assert_eq!(first.is_ok(), !was_cut, "cut {after}: {:?}", first.err());
                if !was_cut {
                    break;
                }
                let (vault, kit) = match client.set_up(set_up()).await {
                    Ok(made) => made,
                    Err(error) => panic!("cut {after} ({lost}): {error:?}"),
                };
                // One account, one project of its own, and the kit opens it elsewhere.
                assert!(vault.projects().await.unwrap().is_empty());
                let elsewhere = Client::new(server.browser(), MemoryDevice::new(51), server.origin());
                let passphrase = set_up().passphrase;
                elsewhere.sign_in_with_kit(&kit, passphrase, None).await.unwrap();
            }
        }
    });
}

#[test]
fn joining_and_admitting_go_on_where_the_network_broke() {
    run(async {
        let server = TestServer::start();
        let office = Office::open_on(&server, 52).await;
        let mut round = 0;
        for (whose, lost) in [(0, false), (0, true), (1, false), (1, true)] {
            // Every other place: a guest's first passphrase costs a second.
            for after in (usize::from(lost)..).step_by(2) {
                assert!(after < 120, "it never ends");
                round += 1;
                let email = format!("guest{round}@example.org");
                let draft = InviteDraft {
                    email,
                    admin: false,
                    rights: vec![("development".into(), Right::Write)],
                };
                let link = office.project.invite(draft).await.unwrap();
                let transport = Evil::new(server.browser());
                let client = Client::new(
                    transport.clone(),
                    MemoryDevice::new(5200 + round),
                    server.origin(),
                );
                let accept = || Accept {
                    email: None,
                    first_name: "G".into(),
                    last_name: "G".into(),
                    passphrase: Passphrase::typed("fifty brass lanterns at low tide"),
                };
                let invitation = || Invitation::parse(&link.link_fragment).unwrap();
                let cut = if lost {
                    Cut::AnswerLost(after)
                } else {
                    Cut::Before(after)
                };
                let mut was_cut = false;
                if whose == 0 {
                    transport.cut(cut);
                }
                let mut accepted = client.accept_invitation(invitation(), accept()).await;
                if whose == 0 {
                    was_cut = transport.was_cut();
                    transport.honest();
                    if was_cut && accepted.is_err() {
                        // The account may be complete by now: then it is unlocked and joins.
                        accepted = match client.known_accounts().await.unwrap().first() {
                            Some(known) => {
                                let vault = client.unlock(known, accept().passphrase, None).await.unwrap();
                                vault.join(&invitation()).await.unwrap();
                                let kit = vault.emergency_kit().unwrap();
                                Ok((vault, kit))
                            }
                            None => client.accept_invitation(invitation(), accept()).await,
                        };
                    }
                }
                let (vault, _) = match accepted {
                    Ok(made) => made,
                    Err(error) => panic!("cut {after} ({lost}) of joining: {error:?}"),
                };
                if whose == 1 {
                    let joins = office.project.joins().await.unwrap();
                    office.transport.cut(cut);
                    let admitted = office.project.admit(&joins[0]).await;
                    was_cut = office.transport.was_cut();
                    office.transport.honest();
                    assert!(admitted.is_ok() || was_cut);
                }
                for join in office.project.joins().await.unwrap() {
                    assert!(join.mac_ok, "cut {after} ({lost})");
                    if let Err(error) = office.project.admit(&join).await {
                        panic!("cut {after} ({lost}) of admitting: {error:?}");
                    }
                }
                let project = vault.open_project(&office.project.summary().id).await.unwrap();
                let environment = project.open_environment("development").await.unwrap();
                assert_eq!(environment.right(), Right::Write, "cut {after} ({lost})");
                if !was_cut {
                    break;
                }
            }
        }
        assert!(round > 25, "only {round} rounds");
    });
}

#[test]
fn ten_thousand_secrets_are_imported_and_opened() {
    run(async {
        let office = Office::open(34).await;
        let environment = office.open_environment("development").await;
        let changes = (0..10_000)
            .map(|n| {
                put(
                    &format!("/group{}", n % 20),
                    &format!("KEY_{n:05}"),
                    &format!("value number {n}"),
                )
            })
            .collect();
        let start = Instant::now();
        environment.save(changes).await.unwrap();
        println!("import of 10,000 secrets: {:?}", start.elapsed());
        let reader = office.again(341).await;
        let start = Instant::now();
        let environment = reader.open_environment("development").await;
        println!("cold open of 10,000 secrets: {:?}", start.elapsed());
        assert_eq!(environment.entries().len(), 10_000);
        assert!(environment.entries().iter().all(|e| e.class == Class::Ok));
        assert!(environment.strangers().is_empty());
        let start = Instant::now();
        let environment = environment.reload().await.unwrap();
        println!("warm reload: {:?}", start.elapsed());
        let start = Instant::now();
        let entry = &environment.entries()[4321];
        let opened = environment.reveal(&entry.slot).unwrap();
        println!("reveal: {:?}", start.elapsed());
        let number: usize = entry.name.trim_start_matches("KEY_").parse().unwrap();
        assert_eq!(opened.value.as_str(), format!("value number {number}"));
        let start = Instant::now();
        let changed = environment.save(vec![put("/", "ONE_MORE", "x")]).await.unwrap();
        println!("one save among 10,000: {:?}", start.elapsed());
        assert_eq!(changed.entries().len(), 10_001);
    });
}

#[test]
fn a_checkpoint_is_written_and_read() {
    run(async {
        let office = Office::open(35).await;
        let mut environment = office.open_environment("development").await;
        for n in 0..260 {
            environment = environment
                .save(vec![put("/", &format!("K{n}"), &format!("v{n}"))])
                .await
                .unwrap();
        }
        let fresh = office.again(351).await.open_environment("development").await;
        assert_eq!(fresh.entries().len(), 260);
        assert!(fresh.entries().iter().all(|e| e.class == Class::Ok));
        assert_eq!(get(&fresh, "K7"), "v7");
        assert_eq!(fresh.head_words(), environment.head_words());
        assert!(fresh.seq() > 260, "no checkpoint among {} records", fresh.seq());
    });
}

#[test]
fn who_looks_after_a_secret_stays_until_somebody_says_otherwise() {
    run(async {
        let office = Office::open(37).await;
        let environment = office.open_environment("development").await;
        let put = |slot, value: &str, name: Option<&str>| Change::Put {
            slot,
            path: "/".into(),
            name: "A".into(),
            value: Zeroizing::new(value.into()),
            comment: Zeroizing::default(),
            owner: name.map(|name| Zeroizing::new(name.into())),
        };
        let environment = environment
            .save(vec![put(None, "1", Some("Noor"))])
            .await
            .unwrap();
        let slot = environment.entries()[0].slot;
        let owner = |environment: &Env| environment.reveal(&slot).unwrap().owner.to_string();
        assert_eq!(owner(&environment), "Noor");
        let environment = environment.save(vec![put(Some(slot), "2", None)]).await.unwrap();
        assert_eq!(owner(&environment), "Noor", "a new value says nothing of it");
        let environment = environment
            .save(vec![put(Some(slot), "2", Some("Mara"))])
            .await
            .unwrap();
        assert_eq!(
            owner(&environment),
            "Mara",
            "the value is the same, and this is a change"
        );
        let environment = environment
            .save(vec![put(Some(slot), "2", Some(""))])
            .await
            .unwrap();
        assert_eq!(owner(&environment), "");
    });
}

#[test]
fn nothing_of_a_whole_day_leaves_in_the_clear() {
    run(async {
        let server = TestServer::start();
        let office = Office::open_on(&server, 36).await;
        let watch = |canary: Canary| {
            canary
                .watch("the passphrase", office.passphrase.expose())
                .watch("a value", "canary value one two three")
                .watch("a comment", "canary comment four five six")
                .watch("an owner", "canary owner seven six five")
                .watch("a shared text", "canary shared seven eight nine")
        };
        let environment = office.open_environment("development").await;
        let mut change = put("/", "A", "canary value one two three");
        if let Change::Put { comment, owner, .. } = &mut change {
            *comment = Zeroizing::new("canary comment four five six".into());
            *owner = Some(Zeroizing::new("canary owner seven six five".into()));
        }
        let environment = environment.save(vec![change]).await.unwrap();
        environment.rename_folder("/", "/").await.err().unwrap();
        office.share("canary shared seven eight nine", None, None).await;
        let friend = office
            .invite(361, "friend@example.org", &[("development", Right::Write)])
            .await;
        let environment = friend.open_environment("development").await;
        assert_eq!(get(&environment, "A"), "canary value one two three");
        office
            .vault
            .change_passphrase(
                office.passphrase.clone(),
                Passphrase::typed("a wholly new passphrase here"),
            )
            .await
            .unwrap();
        let mut all = office.transport.recorded();
        all.extend(friend.transport.recorded());
        assert!(all.len() > 40);
        // Every key was drawn from a device or stretched by it: none of them may be in anything that was sent.
        let mut canary = watch(Canary::new());
        for (what, secret) in office.secrets().into_iter().chain(friend.secrets()) {
            canary.add(&what, &secret);
        }
        assert_eq!(canary.check(&all), []);
        for (name, bytes) in server.files() {
            assert_eq!(canary.check_bytes(&name, &bytes), [], "{name}");
        }
        // The device keeps nothing but the Account Key in a form that opens anything.
        let canary = watch(Canary::new());
        for (name, bytes) in office.device.records() {
            assert_eq!(canary.check_bytes(&name, &bytes), []);
        }
    });
}
