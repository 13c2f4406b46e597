//! Access for a while: asked for, approved by the rules, used, given back, ended; and what a server can do to it.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AccessRequest, AccessRules, AccessState, Approved, AskDraft, Change, Device, Emergency, EndedBy, Error,
    GrantFault, HeldGrant, Invitation, InviteDraft, Method, News, ProposalOutcome, Right, RuleEscalation,
    RuleStep, SaveError, Saying, ScopeItem, SlotId, SpokenKind, TransportError, WantedItem, seen_secrets,
};
use coffer_core::contents::{self, Changes};
use coffer_core::envelope::{self, Kind};
use coffer_core::id::Digest;
use coffer_core::identity::Identity;
use coffer_core::keyring::{Heads, Op, Proof, Rights};
use coffer_core::layout;
use coffer_core::log::RecordKind;
use coffer_core::names::{SecretName, SecretPath};
use coffer_core::request::{Message, Request, Say, ThreadKey};
use coffer_core::value::SecretContent;
use coffer_testkit::{Canary, Insider, Office, beside, both, edit, entry, get, keyring, put, run};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use zeroize::Zeroizing;

const DEV: &str = "development";
const HOUR: u64 = 3_600_000;

fn text(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn user(office: &Office) -> String {
    office.vault.account().user_id
}

fn draft(wanted: &[(&str, &str)]) -> AskDraft {
    AskDraft {
        environment: DEV.to_owned(),
        wanted: wanted
            .iter()
            .map(|(path, name)| match name.is_empty() {
                true => WantedItem::Folder((*path).to_owned()),
                false => WantedItem::Secret((*path).to_owned(), (*name).to_owned()),
            })
            .collect(),
        propose: true,
        seconds: 3_600,
        starts: None,
        reason: text("the payment queue is stuck"),
        ticket: String::new(),
        follows: None,
    }
}

async fn request(office: &Office, id: &str) -> AccessRequest {
    let requests = office.project.requests().await.unwrap();
    requests.into_iter().find(|request| request.id == id).unwrap()
}

fn values(held: &HeldGrant) -> Vec<(&str, &str)> {
    held.secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.value.as_str()))
        .collect()
}

fn refused(held: Result<HeldGrant, Error>) -> GrantFault {
    match held.map(|held| held.secrets.len()) {
        Err(Error::GrantRefused(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

/// Ada with three secrets, an approver who only reads, and a guest who may do nothing.
struct Scene {
    ada: Office,
    bo: Office,
    gus: Office,
}

impl Scene {
    /// Two who have to approve, one of whom may open things alone.
    async fn two_of_two(&self) {
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(&self.ada), user(&self.bo)]),
                needed: 2,
            }],
            emergency: vec![user(&self.bo)],
            ..AccessRules::default()
        };
        let set = self.ada.project.change_access_rules(DEV, "/", Some(rules));
        set.await.unwrap();
    }

    async fn set(seed: u64) -> Self {
        let ada = Office::open(seed).await;
        let open = ada.open_environment(DEV).await;
        open.save(vec![
            put("/", "ALPHA", "alpha one"),
            put("/db", "BETA", "beta one"),
            put("/db/eu", "GAMMA", "gamma one"),
        ])
        .await
        .unwrap();
        let bo = ada
            .invite(seed * 10 + 1, "bo@example.org", &[(DEV, Right::Read)])
            .await;
        let gus = ada.invite(seed * 10 + 2, "gus@example.org", &[]).await;
        ada.project.set_approver(&user(&bo), DEV, true).await.unwrap();
        Self { ada, bo, gus }
    }

    fn at(&self, ms: u64) {
        for office in [&self.ada, &self.bo, &self.gus] {
            office.device.advance(ms);
        }
        self.ada.server.pass(ms);
    }
}

#[test]
fn a_request_and_a_save_are_heard_of_by_who_listens() {
    run(async {
        let Scene { ada, gus, .. } = &Scene::set(80).await;
        let news = RefCell::new(Vec::new());
        let record = News::Record {
            environment: DEV.to_owned(),
        };
        let listened = ada.project.listen(|heard| news.borrow_mut().push(heard));
        let work = async {
            while news.borrow().is_empty() {
                gus.project.refresh().await.unwrap();
            }
            gus.project.ask(&draft(&[("/db", "")])).await.unwrap();
            let open = ada.open_environment(DEV).await;
            open.save(vec![put("/", "DELTA", "delta one")]).await.unwrap();
            // What is told is on its way while others work.
            for _ in 0..1_000 {
                if news.borrow().contains(&record) {
                    break;
                }
                gus.project.refresh().await.unwrap();
            }
        };
        beside(listened, work).await;
        let news = news.borrow();
        assert_eq!(news.first(), Some(&News::Began));
        assert!(news.contains(&News::Inbox) && news.contains(&record), "{news:?}");
    });
}

#[test]
fn what_was_asked_for_is_opened_and_nothing_else() {
    run(async {
        let scene = Scene::set(81).await;
        let Scene { ada, bo, gus } = &scene;
        assert!(
            gus.project.open_environment(DEV).await.is_err(),
            "a guest has no key"
        );
        gus.project.refresh().await.unwrap();
        let asked = gus
            .project
            .who_is_asked(DEV, &[WantedItem::Folder("/".to_owned())])
            .unwrap();
        let mut both = vec![user(ada), user(bo)];
        both.sort();
        assert_eq!(asked, both);
        let id = gus.project.ask(&draft(&[("/db", "")])).await.unwrap();
        let mine = request(gus, &id).await;
        assert_eq!(mine.state, AccessState::Waiting { more: 1 });
        assert!(mine.mine && mine.device_has_key && !mine.may_approve && mine.asked.len() == 2);
        // A thread of words, sealed to who is asked.
        let theirs = request(bo, &id).await;
        assert!(theirs.readable && theirs.may_approve && theirs.may_reject);
        assert_eq!(theirs.reason.as_str(), "the payment queue is stuck");
        bo.project
            .say(&id, Saying::AskBack(text("which one?")))
            .await
            .unwrap();
        scene.at(1);
        gus.project
            .say(&id, Saying::Answer(text("the one in Europe")))
            .await
            .unwrap();
        assert_eq!(
            gus.project.say(&id, Saying::Reject(text("no"))).await,
            Err(Error::Forbidden)
        );
        assert_eq!(refuse(gus, &id).await, Error::NotFound, "nothing was granted yet");
        scene.at(1);
        // An approver who only reads records and hands over; shorter than asked for.
        let done = bo.project.approve(&id, 1_800, text("go ahead")).await;
        assert_eq!(done, Ok(Approved::HandedOver));
        let held = gus.project.held_grant(&id).await.unwrap();
        assert_eq!(values(&held), [("BETA", "beta one"), ("GAMMA", "gamma one")]);
        assert_eq!(held.until - held.from, 1_800_000);
        assert_eq!(held.approved_by, [user(bo)]);
        let mine = request(gus, &id).await;
        assert!(
            matches!(mine.state, AccessState::Granted { .. }),
            "{:?}",
            mine.state
        );
        let kinds: Vec<SpokenKind> = mine.thread.iter().map(|spoken| spoken.kind).collect();
        assert_eq!(
            kinds,
            [SpokenKind::AskedBack, SpokenKind::Answered, SpokenKind::Approved]
        );
        // What is written later was never covered.
        let open = ada.open_environment(DEV).await;
        open.save(vec![put("/db", "LATER", "not for guests")])
            .await
            .unwrap();
        assert_eq!(values(&gus.project.held_grant(&id).await.unwrap()).len(), 2);
        assert!(gus.project.open_environment(DEV).await.is_err());
        // Everybody who reads the environment sees who was given what, from its history.
        let history = ada.project.grant_history(DEV).await.unwrap();
        assert_eq!(history.len(), 1);
        let entry = &history[0];
        assert!(entry.allowed && entry.emergency.is_none() && entry.propose);
        assert_eq!(
            (entry.requester.as_str(), entry.by.as_str()),
            (user(gus).as_str(), user(bo).as_str())
        );
        assert_eq!(entry.reason.as_str(), "the payment queue is stuck");
        let named: Vec<&str> = entry.secrets.iter().map(|secret| secret.name.as_str()).collect();
        assert_eq!(named, ["BETA", "GAMMA"]);
        assert!(entry.secrets.iter().all(|secret| secret.replaced == Some(false)));
        // No word, value or key of it was ever sent readable.
        let mut canary = Canary::new();
        for said in [
            "beta one",
            "gamma one",
            "payment queue",
            "which one?",
            "in Europe",
            "go ahead",
        ] {
            canary.add(said, said.as_bytes());
        }
        for office in [ada, bo, gus] {
            assert_eq!(canary.check(&office.transport.recorded()), []);
        }
    });
}

async fn refuse(office: &Office, id: &str) -> Error {
    office
        .project
        .held_grant(id)
        .await
        .map(|held| held.secrets.len())
        .unwrap_err()
}

#[test]
fn a_grant_ends_by_time_by_its_holder_and_by_an_approver() {
    run(async {
        let scene = Scene::set(82).await;
        let Scene { ada, bo, gus } = &scene;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
            bo.project.approve(&id, 3_600, text("")).await.unwrap();
            assert_eq!(
                values(&gus.project.held_grant(&id).await.unwrap()),
                [("ALPHA", "alpha one")]
            );
            ids.push(id);
        }
        gus.project.say(&ids[0], Saying::GiveBack).await.unwrap();
        bo.project.end_grant(&ids[1]).await.unwrap();
        // One that ends takes no other with it.
        assert_eq!(values(&gus.project.held_grant(&ids[2]).await.unwrap()).len(), 1);
        let state = async |office: &Office, id: &str| request(office, id).await.state;
        assert!(matches!(
            state(ada, &ids[0]).await,
            AccessState::Ended {
                by: EndedBy::GivenBack,
                ..
            }
        ));
        assert!(matches!(
            state(ada, &ids[1]).await,
            AccessState::Ended {
                by: EndedBy::Revoked,
                ..
            }
        ));
        // The key of what was given back is gone from the device; what was ended opens no more.
        assert_eq!(
            refused(gus.project.held_grant(&ids[0]).await),
            GrantFault::OtherDevice
        );
        assert_eq!(refused(gus.project.held_grant(&ids[1]).await), GrantFault::Over);
        scene.at(HOUR);
        assert_eq!(kept_keys(gus), 1);
        for _ in 0..2 {
            assert_eq!(refused(gus.project.held_grant(&ids[2]).await), GrantFault::Over);
            assert_eq!(kept_keys(gus), 0, "and its key is wiped");
        }
        assert!(matches!(
            state(gus, &ids[2]).await,
            AccessState::Ended {
                by: EndedBy::Time,
                ..
            }
        ));
        // An admin's client records what was given back, and takes the rows away.
        ada.project.settle_grants().await.unwrap();
        let history = ada.project.grant_history(DEV).await.unwrap();
        assert_eq!(history.iter().filter(|entry| entry.ended.is_some()).count(), 2);
        let (bearer, project) = (ada.bearer(), ada.project.summary().id);
        let rows = ada
            .server
            .rows(&bearer, project.as_str(), "coffer", "/coffer/inbox")
            .await;
        assert!(rows.iter().all(|(_, name, _)| !name.starts_with('G')));
        // What was seen is a list to work off: it is ticked once another value is saved.
        let open = ada.open_environment(DEV).await;
        let change = edit(entry(&open, "ALPHA"), "alpha two");
        open.save(vec![change]).await.unwrap();
        let history = ada.project.grant_history(DEV).await.unwrap();
        assert!(
            history
                .iter()
                .flat_map(|entry| &entry.secrets)
                .all(|secret| secret.replaced == Some(true))
        );
    });
}

#[test]
fn rules_ask_for_people_reasons_tickets_and_limits() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(83).await;
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(&ada), user(&bo)]),
                needed: 2,
            }],
            longest: 7_200,
            ticket: Some("OPS-#".to_owned()),
            reason_min: 20,
            ..AccessRules::default()
        };
        assert_eq!(
            bo.project
                .change_access_rules(DEV, "/db", Some(rules.clone()))
                .await,
            Err(Error::Forbidden)
        );
        ada.project
            .change_access_rules(DEV, "/db", Some(rules))
            .await
            .unwrap();
        gus.project.refresh().await.unwrap();
        let counts = gus.project.access_rules(DEV, "/db/eu").unwrap();
        assert!(counts.set && counts.path == "/db" && counts.longest == 7_200);
        assert!(!gus.project.access_rules(DEV, "/").unwrap().set);
        let field = async |draft: AskDraft| match gus.project.ask(&draft).await {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let good = || AskDraft {
            ticket: "ops-7".to_owned(),
            ..draft(&[("/db", "BETA")])
        };
        assert_eq!(field(draft(&[("/db", "BETA")])).await, "ticket");
        assert_eq!(
            field(AskDraft {
                seconds: 7_201,
                ..good()
            })
            .await,
            "duration"
        );
        assert_eq!(
            field(AskDraft {
                reason: text("too short"),
                ..good()
            })
            .await,
            "reason"
        );
        assert_eq!(
            field(AskDraft {
                wanted: Vec::new(),
                ..good()
            })
            .await,
            "request"
        );
        assert_eq!(field(draft(&[("/coffer/log", "")])).await, "request");
        let id = gus.project.ask(&good()).await.unwrap();
        assert_eq!(request(&bo, &id).await.state, AccessState::Waiting { more: 2 });
        assert_eq!(
            bo.project.approve(&id, 3_600, text("")).await,
            Ok(Approved::Counted)
        );
        assert_eq!(
            bo.project.approve(&id, 3_600, text("")).await,
            Err(Error::Forbidden),
            "one person is one"
        );
        assert_eq!(refuse(&gus, &id).await, Error::NotFound);
        assert_eq!(
            bo.project.hand_over(&id).await,
            Err(Error::GrantRefused(GrantFault::NotApproved))
        );
        // The shorter of two approvals counts.
        assert_eq!(
            ada.project.approve(&id, 600, text("")).await,
            Ok(Approved::HandedOver)
        );
        let held = gus.project.held_grant(&id).await.unwrap();
        assert_eq!(held.until - held.from, 600_000);
        // Nobody named is nobody.
        let nobody = AccessRules {
            steps: Vec::new(),
            ..AccessRules::default()
        };
        ada.project
            .change_access_rules(DEV, "/", Some(nobody))
            .await
            .unwrap();
        assert_eq!(field(draft(&[("/", "ALPHA")])).await, "approvers");
        // Nobody approves for themselves.
        ada.project.change_access_rules(DEV, "/", None).await.unwrap();
        let own = ada.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        assert!(!request(&ada, &own).await.may_approve);
        assert_eq!(
            ada.project.approve(&own, 60, text("")).await,
            Err(Error::Forbidden)
        );
        assert_eq!(
            bo.project.approve(&own, 60, text("")).await,
            Ok(Approved::HandedOver)
        );
    });
}

#[test]
fn an_unanswered_request_is_passed_on_and_ends() {
    run(async {
        let scene = Scene::set(84).await;
        let Scene { ada, bo, gus } = &scene;
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(ada)]),
                needed: 1,
            }],
            answer_within: 7_200,
            escalation: Some(RuleEscalation {
                after: 3_600,
                people: vec![user(bo)],
            }),
            ..AccessRules::default()
        };
        ada.project
            .change_access_rules(DEV, "/", Some(rules))
            .await
            .unwrap();
        let (one, two) = (
            gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap(),
            gus.project.ask(&draft(&[("/db", "BETA")])).await.unwrap(),
        );
        assert!(!request(bo, &one).await.may_approve, "not yet");
        scene.at(HOUR);
        assert!(request(bo, &one).await.may_approve);
        assert_eq!(
            bo.project.approve(&one, 60, text("")).await,
            Ok(Approved::HandedOver)
        );
        scene.at(HOUR);
        assert_eq!(request(ada, &two).await.state, AccessState::TimedOut);
        assert!(!request(ada, &two).await.may_approve);
        let again = AskDraft {
            follows: Some(two.clone()),
            ..draft(&[("/", "ALPHA")])
        };
        let three = gus.project.ask(&again).await.unwrap();
        assert_eq!(request(ada, &three).await.follows, Some(two));
        gus.project.say(&three, Saying::Withdraw).await.unwrap();
        assert_eq!(request(ada, &three).await.state, AccessState::Withdrawn);
        let four = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        ada.project
            .say(&four, Saying::Reject(text("not today")))
            .await
            .unwrap();
        assert_eq!(request(gus, &four).await.state, AccessState::Rejected);
        let five = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        let shorter = AskDraft {
            follows: Some(five.clone()),
            seconds: 60,
            ..draft(&[("/", "ALPHA")])
        };
        gus.project.ask(&shorter).await.unwrap();
        assert_eq!(request(ada, &five).await.state, AccessState::Replaced);
    });
}

#[test]
fn an_older_date_on_a_request_brings_nobody_in_earlier() {
    run(async {
        let scene = Scene::set(103).await;
        let Scene { ada, bo, gus } = &scene;
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(ada)]),
                needed: 1,
            }],
            escalation: Some(RuleEscalation {
                after: 3_600,
                people: vec![user(bo)],
            }),
            ..AccessRules::default()
        };
        let set = ada.project.change_access_rules(DEV, "/", Some(rules));
        set.await.unwrap();
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        // Gus signs that it was made two hours ago.
        let (project, bearer, name) = (ada.project.summary().id, ada.bearer(), format!("Q{id}"));
        let rows = ada
            .server
            .rows(&bearer, project.as_str(), "coffer", "/coffer/inbox")
            .await;
        let (_, _, honest) = rows.iter().find(|(_, known, _)| *known == name).unwrap();
        let created = gus.device.now() - 2 * HOUR;
        let dated = Insider::of(gus).await.forge(Kind::Request, honest, |pieces| {
            pieces[10] = created.to_be_bytes().to_vec()
        });
        let place = (project.as_str(), "coffer", "/coffer/inbox");
        ada.server.write_row(&bearer, place, &name, &dated).await;
        let seen = request(bo, &id).await;
        assert_eq!((seen.created, seen.may_approve), (created, false));
        assert_eq!(bo.project.approve(&id, 60, text("")).await, Err(Error::Forbidden));
        // A server that says so, too, is believed no more than its maker; one that says another time only makes it later.
        bo.transport.tamper_json("/api/v4/secrets", move |answer| {
            for row in answer["secrets"].as_array_mut().into_iter().flatten() {
                row["createdAt"] = "2036-01-01T00:00:00.000Z".into();
            }
        });
        assert!(!request(bo, &id).await.may_approve);
        bo.transport.honest();
        scene.at(HOUR);
        assert_eq!(
            bo.project.approve(&id, 60, text("")).await,
            Ok(Approved::HandedOver)
        );
    });
}

#[test]
fn an_emergency_opens_alone_and_is_marked_for_ever() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(85).await;
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(vec![user(&ada), user(&bo)]),
                needed: 2,
            }],
            emergency: vec![user(&bo)],
            ..AccessRules::default()
        };
        ada.project
            .change_access_rules(DEV, "/", Some(rules.clone()))
            .await
            .unwrap();
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        assert_eq!(
            bo.project.approve(&id, 600, text("")).await,
            Ok(Approved::Counted)
        );
        assert!(request(&bo, &id).await.may_open_alone && !request(&ada, &id).await.may_open_alone);
        let why = "ada sleeps and the shop is down";
        assert!(ada.project.open_alone(&id, 600, text(why)).await.is_err());
        assert!(bo.project.open_alone(&id, 600, text("short")).await.is_err());
        bo.project.open_alone(&id, 600, text(why)).await.unwrap();
        let held = gus.project.held_grant(&id).await.unwrap();
        assert_eq!(held.emergency.as_deref().map(String::as_str), Some(why));
        // Every approver is told who did and why, and so is who asked.
        let told = Some(Emergency {
            by: user(&bo),
            why: text(why),
        });
        for office in [&ada, &bo, &gus] {
            assert_eq!(request(office, &id).await.emergency, told);
        }
        // Rules by which one approval would have been enough make it no less of one.
        let easier = ada.project.change_access_rules(DEV, "/", None);
        easier.await.unwrap();
        assert_eq!(request(&bo.again(859).await, &id).await.emergency, told);
        let strict = ada.project.change_access_rules(DEV, "/", Some(rules));
        strict.await.unwrap();
        // The current values come by the same emergency, from whom it names.
        let open = ada.open_environment(DEV).await;
        let change = edit(entry(&open, "ALPHA"), "alpha two");
        open.save(vec![change]).await.unwrap();
        gus.project.say(&id, Saying::Refresh).await.unwrap();
        assert!(request(&bo, &id).await.wants_refresh);
        assert_eq!(
            ada.project.hand_over(&id).await,
            Err(Error::GrantRefused(GrantFault::NotApproved))
        );
        bo.project.hand_over(&id).await.unwrap();
        assert_eq!(
            values(&gus.project.held_grant(&id).await.unwrap()),
            [("ALPHA", "alpha two")]
        );
        assert!(!request(&bo, &id).await.wants_refresh);
        let history = ada.project.grant_history(DEV).await.unwrap();
        assert_eq!(history[0].emergency.as_deref().map(String::as_str), Some(why));
        assert!(history[0].allowed && history[0].approvals.is_empty());
    });
}

#[test]
fn a_proposal_is_taken_over_by_somebody_who_may_write_once() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(86).await;
        let id = gus
            .project
            .ask(&draft(&[("/", "ALPHA"), ("/db", "BETA")]))
            .await
            .unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        let held = gus.project.held_grant(&id).await.unwrap();
        let slot = |name: &str| {
            held.secrets
                .iter()
                .find(|secret| secret.name == name)
                .unwrap()
                .slot
        };
        gus.project
            .propose(&id, &slot("ALPHA"), text("alpha new"), text("rolled"))
            .await
            .unwrap();
        gus.project
            .propose(&id, &slot("BETA"), text("beta new"), text(""))
            .await
            .unwrap();
        let waiting = ada.project.proposals(DEV).await.unwrap();
        assert_eq!(waiting.len(), 2);
        let alpha = waiting.iter().find(|proposal| proposal.name == "ALPHA").unwrap();
        assert_eq!(
            (alpha.value.as_str(), alpha.by.as_str()),
            ("alpha new", user(&gus).as_str())
        );
        // Who only reads takes nothing over.
        assert_eq!(
            bo.project.take_over(alpha).await,
            Err(SaveError::Failed(Error::Forbidden))
        );
        ada.project.take_over(alpha).await.unwrap();
        // Who proposed the value stands in the signed history, beside who took it over.
        let open = ada.open_environment(DEV).await;
        let history = open.history(&alpha.slot).await.unwrap();
        assert_eq!(history.versions[0].proposed_by, Some(user(&gus)));
        assert_eq!(history.versions[0].author, user(&ada));
        assert_eq!(history.versions[1].proposed_by, None);
        assert_eq!(get(&ada.open_environment(DEV).await, "ALPHA"), "alpha new");
        assert_eq!(
            ada.project.take_over(alpha).await,
            Err(SaveError::Failed(Error::Conflict)),
            "each once"
        );
        let outdated = |proposals: Vec<coffer_client::ProposalInfo>| {
            proposals.into_iter().filter(|proposal| proposal.outdated).count()
        };
        assert_eq!(outdated(ada.project.proposals(DEV).await.unwrap()), 1);
        // The current values come under the same grant when they are asked for.
        assert_eq!(
            values(&gus.project.held_grant(&id).await.unwrap())[0].1,
            "alpha one"
        );
        gus.project.say(&id, Saying::Refresh).await.unwrap();
        bo.project.hand_over(&id).await.unwrap();
        let fresh = gus.project.held_grant(&id).await.unwrap();
        assert_eq!(values(&fresh)[0].1, "alpha new");
        assert_eq!((fresh.from, fresh.until), (held.from, held.until));
    });
}

#[test]
fn a_grant_that_begins_later_waits() {
    run(async {
        let scene = Scene::set(87).await;
        let Scene { bo, gus, .. } = &scene;
        let starts = gus.device.now() + HOUR;
        let id = gus
            .project
            .ask(&AskDraft {
                starts: Some(starts),
                ..draft(&[("/", "ALPHA")])
            })
            .await
            .unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        assert!(matches!(request(gus, &id).await.state, AccessState::Granted { from, .. } if from == starts));
        assert!(matches!(
            refuse(gus, &id).await,
            Error::Invalid { field: "grant", .. }
        ));
        scene.at(HOUR);
        assert_eq!(values(&gus.project.held_grant(&id).await.unwrap()).len(), 1);
    });
}

/// Fifty approvers and two hundred requests under one rule: each is decided once, and everybody sees the same.
#[test]
fn two_hundred_requests_and_fifty_approvers() {
    run(async {
        let scene = Scene::set(88).await;
        let Scene { ada, bo, gus } = &scene;
        let mut approvers = crowd(ada, 48).await;
        approvers.extend([user(ada), user(bo)]);
        let rules = AccessRules {
            steps: vec![RuleStep {
                people: Some(approvers.clone()),
                needed: 2,
            }],
            ..AccessRules::default()
        };
        ada.project
            .change_access_rules(DEV, "/", Some(rules))
            .await
            .unwrap();
        let mut ids = Vec::new();
        for _ in 0..200 {
            ids.push(gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap());
        }
        let waiting = bo.project.requests().await.unwrap();
        assert_eq!(waiting.len(), 200);
        assert!(
            waiting
                .iter()
                .all(|request| request.asked.len() == 50 && request.may_approve)
        );
        for id in &ids[..5] {
            assert_eq!(bo.project.approve(id, 600, text("")).await, Ok(Approved::Counted));
        }
        // The second approval, by two at once where one is enough: nobody is granted more than was asked for.
        for id in &ids[..4] {
            assert_eq!(
                ada.project.approve(id, 600, text("")).await,
                Ok(Approved::HandedOver)
            );
        }
        let again = ada.again(889).await;
        let (one, other) = both(
            ada.project.approve(&ids[4], 600, text("")),
            again.project.approve(&ids[4], 600, text("")),
        )
        .await;
        assert!(
            one == Ok(Approved::HandedOver) || other == Ok(Approved::HandedOver),
            "{one:?} {other:?}"
        );
        for id in &ids[..5] {
            assert_eq!(
                values(&gus.project.held_grant(id).await.unwrap()),
                [("ALPHA", "alpha one")]
            );
        }
        let states = gus.project.requests().await.unwrap();
        let granted = |request: &&AccessRequest| matches!(request.state, AccessState::Granted { .. });
        assert_eq!(states.iter().filter(granted).count(), 5);
        assert!(
            ada.project
                .grant_history(DEV)
                .await
                .unwrap()
                .iter()
                .all(|entry| entry.allowed)
        );
    });
}

/// More than a row holds is given in several grants, and is one for who receives it.
#[test]
fn a_whole_environment_is_given_in_parts() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(89).await;
        let long = "x".repeat(60_000);
        let open = ada.open_environment(DEV).await;
        let many = (0..9).map(|number| put("/big", &format!("BIG_{number}"), &long));
        open.save(many.collect()).await.unwrap();
        let id = gus.project.ask(&draft(&[("/", "")])).await.unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        let held = gus.project.held_grant(&id).await.unwrap();
        assert_eq!(held.secrets.len(), 12);
        assert!(held.secrets.iter().all(|secret| !secret.value.is_empty()));
        let history = ada.project.grant_history(DEV).await.unwrap();
        assert!(history.len() > 1 && history.iter().all(|entry| entry.allowed && entry.request == id));
        let slot = held.secrets[0].slot;
        gus.project
            .propose(&id, &slot, text("smaller"), text(""))
            .await
            .unwrap();
        assert_eq!(ada.project.proposals(DEV).await.unwrap().len(), 1);
        gus.project.say(&id, Saying::GiveBack).await.unwrap();
        assert_eq!(
            refused(gus.project.held_grant(&id).await),
            GrantFault::OtherDevice
        );
    });
}

#[test]
fn what_was_approved_by_the_rules_is_no_emergency() {
    run(async {
        let scene = Scene::set(92).await;
        let Scene { ada, bo, gus } = &scene;
        let cy = ada.invite(923, "cy@example.org", &[(DEV, Right::Write)]).await;
        cy.open_environment(DEV).await;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        // Rules that are stricter by now, and an approver who is none any more, make nothing of it.
        scene.two_of_two().await;
        ada.project.set_approver(&user(bo), DEV, false).await.unwrap();
        for office in [ada, bo, gus, &cy] {
            let seen = request(office, &id).await;
            assert!(matches!(seen.state, AccessState::Granted { .. }));
            assert_eq!(seen.emergency, None);
        }
        assert!(!request(&cy, &id).await.readable, "cy was never asked");
    });
}

#[test]
fn who_writes_and_approves_nothing_finds_proposals() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(93).await;
        let cy = ada.invite(933, "cy@example.org", &[(DEV, Right::Write)]).await;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        assert!(!request(&cy, &id).await.has_proposals);
        let held = gus.project.held_grant(&id).await.unwrap();
        let slot = held.secrets[0].slot;
        gus.project
            .propose(&id, &slot, text("alpha new"), text(""))
            .await
            .unwrap();
        let seen = request(&cy, &id).await;
        assert!(seen.has_proposals && !seen.readable && !seen.propose);
        let waiting = cy.project.proposals(DEV).await.unwrap();
        cy.project.take_over(&waiting[0]).await.unwrap();
        assert_eq!(get(&cy.open_environment(DEV).await, "ALPHA"), "alpha new");
    });
}

#[test]
fn what_was_seen_is_replaced_by_another_value_and_by_nothing_less() {
    run(async {
        let scene = Scene::set(94).await;
        let Scene { ada, bo, gus } = &scene;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        bo.project.approve(&id, 600, text("")).await.unwrap();
        let replaced = async || {
            let history = ada.project.grant_history(DEV).await.unwrap();
            history[0].secrets[0].replaced
        };
        let save = async |change: Change| {
            let open = ada.open_environment(DEV).await;
            open.save(vec![change]).await.unwrap();
        };
        let slot = entry(&ada.open_environment(DEV).await, "ALPHA").slot;
        let place = |name: &str| (Some(slot), "/moved".to_owned(), name.to_owned());
        save(Change::Move {
            slot,
            path: "/moved".to_owned(),
            name: "OMEGA".to_owned(),
        })
        .await;
        assert_eq!(replaced().await, Some(false), "another name");
        let put = |value: &str, comment: &str| {
            let (slot, path, name) = place("OMEGA");
            Change::Put {
                slot,
                path,
                name,
                value: text(value),
                comment: text(comment),
                owner: None,
            }
        };
        save(put("alpha one", "a remark")).await;
        assert_eq!(replaced().await, Some(false), "another comment");
        save(put("alpha two", "")).await;
        assert_eq!(replaced().await, Some(true));
        let open = ada.open_environment(DEV).await;
        open.restore_version(&slot, 1).await.unwrap();
        assert_eq!(replaced().await, Some(false), "the value that was seen is back");
        // What begins later was not seen by anybody yet; what was seen is one line, whatever it was called.
        let starts = gus.device.now() + HOUR;
        let later = AskDraft {
            starts: Some(starts),
            ..draft(&[("/moved", "OMEGA"), ("/db", "BETA")])
        };
        let later = gus.project.ask(&later).await.unwrap();
        bo.project.approve(&later, 600, text("")).await.unwrap();
        let history = ada.project.grant_history(DEV).await.unwrap();
        let names = |now| {
            let seen = seen_secrets(&history, now).into_iter();
            seen.map(|secret| (secret.path, secret.name, secret.by))
                .collect::<Vec<_>>()
        };
        let line = |path: &str, name: &str| (path.to_owned(), name.to_owned(), vec![user(gus)]);
        assert_eq!(names(starts - 1), [line("/moved", "OMEGA")]);
        let mut both = names(starts);
        both.sort();
        assert_eq!(both, [line("/db", "BETA"), line("/moved", "OMEGA")]);
        // What was deleted is in use no more.
        save(Change::Delete { slot }).await;
        let history = ada.project.grant_history(DEV).await.unwrap();
        let mut given = history.iter().flat_map(|grant| &grant.secrets);
        assert!(given.all(|secret| (secret.slot == slot) == (secret.replaced == Some(true))));
    });
}

/// The keys of requests on a device.
fn kept_keys(office: &Office) -> usize {
    let records = office.device.records();
    records.keys().filter(|name| name.starts_with("asked/")).count()
}

#[test]
fn the_key_of_what_is_over_is_wiped() {
    run(async {
        let scene = Scene::set(95).await;
        let Scene { ada, bo, gus } = &scene;
        let ask = async || gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        let id = ask().await;
        assert_eq!(kept_keys(gus), 1);
        gus.project.say(&id, Saying::Withdraw).await.unwrap();
        assert_eq!(kept_keys(gus), 0, "withdrawn");
        let id = ask().await;
        ada.project.say(&id, Saying::Reject(text("no"))).await.unwrap();
        assert!(!request(gus, &id).await.device_has_key);
        assert_eq!(kept_keys(gus), 0, "rejected");
        let id = ask().await;
        let next = AskDraft {
            follows: Some(id.clone()),
            ..draft(&[("/", "ALPHA")])
        };
        let next = gus.project.ask(&next).await.unwrap();
        assert!(request(gus, &next).await.device_has_key);
        assert_eq!(kept_keys(gus), 1, "replaced");
        scene.at(25 * HOUR);
        gus.project.requests().await.unwrap();
        assert_eq!(kept_keys(gus), 0, "timed out");
        let id = ask().await;
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        ada.project.end_grant(&id).await.unwrap();
        gus.project.requests().await.unwrap();
        assert_eq!(kept_keys(gus), 0, "ended by somebody");
        // Without a server, by the device's own clock.
        let id = ask().await;
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        gus.project.held_grant(&id).await.unwrap();
        gus.transport.intercept(|_| Some(Err(TransportError::Offline)));
        assert_eq!(gus.project.requests().await.err(), Some(Error::Offline));
        assert_eq!(kept_keys(gus), 1);
        scene.at(HOUR);
        assert_eq!(gus.project.requests().await.err(), Some(Error::Offline));
        assert_eq!(kept_keys(gus), 0, "expired");
    });
}

#[test]
fn a_device_knows_without_a_server_where_it_has_asked_for_something() {
    run(async {
        let Scene { ada: _ada, bo, gus } = Scene::set(940).await;
        let payments = gus.project.summary().id;
        let asked = async |office: &Office| Vec::from_iter(office.vault.asked_projects().await.unwrap());
        assert_eq!(asked(&gus).await, []);
        for seconds in [600, 3_600] {
            let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
            bo.project.approve(&id, seconds, text("")).await.unwrap();
            assert!(request(&gus, &id).await.device_has_key);
        }
        let elsewhere = gus.again(941).await;
        assert_eq!(asked(&elsewhere).await, [], "another device has the keys");
        let gus = gus.restart().await;
        gus.transport.intercept(|_| Some(Err(TransportError::Offline)));
        assert_eq!(asked(&gus).await, std::slice::from_ref(&payments));
        // What is over is wiped, whichever project somebody looks at.
        gus.device.advance(HOUR / 2);
        assert_eq!(asked(&gus).await, [payments]);
        assert_eq!(kept_keys(&gus), 1);
        gus.device.advance(HOUR / 2);
        assert_eq!(asked(&gus).await, []);
        assert_eq!(kept_keys(&gus), 0);
    });
}

#[test]
fn what_waits_no_more_is_neither_approved_nor_opened() {
    run(async {
        let scene = Scene::set(96).await;
        let Scene { ada, bo, gus } = &scene;
        scene.two_of_two().await;
        gus.project.refresh().await.unwrap();
        let ask = async || gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        let (withdrawn, rejected, replaced, late) = (ask().await, ask().await, ask().await, ask().await);
        gus.project.say(&withdrawn, Saying::Withdraw).await.unwrap();
        ada.project
            .say(&rejected, Saying::Reject(text("no")))
            .await
            .unwrap();
        let next = AskDraft {
            follows: Some(replaced.clone()),
            ..draft(&[("/", "ALPHA")])
        };
        gus.project.ask(&next).await.unwrap();
        // The first of two approvals came in time, and is no reason to go on.
        bo.project.approve(&late, 600, text("")).await.unwrap();
        let check = async |id: &str, state: AccessState| {
            let decided = || Error::RequestDecided(state);
            assert_eq!(request(bo, id).await.state, state);
            assert_eq!(ada.project.approve(id, 600, text("")).await, Err(decided()));
            assert_eq!(bo.project.hand_over(id).await, Err(decided()));
            let alone = bo.project.open_alone(id, 600, text("everything burns")).await;
            assert_eq!(alone, Err(decided()));
        };
        check(&withdrawn, AccessState::Withdrawn).await;
        check(&rejected, AccessState::Rejected).await;
        check(&replaced, AccessState::Replaced).await;
        scene.at(24 * HOUR);
        check(&late, AccessState::TimedOut).await;
        assert!(ada.project.grant_history(DEV).await.unwrap().is_empty());
    });
}

#[test]
fn of_two_who_approve_at_once_one_hands_over() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(97).await;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        let (one, other) = both(
            ada.project.approve(&id, 3_600, text("")),
            bo.project.approve(&id, 1_800, text("")),
        )
        .await;
        let quicker = |outcome: &Result<Approved, Error>| *outcome == Ok(Approved::HandedOver);
        assert!(quicker(&one) != quicker(&other), "{one:?} {other:?}");
        let slower = if quicker(&one) { other } else { one };
        assert!(
            matches!(
                slower,
                Ok(Approved::ByAnother) | Err(Error::RequestDecided(AccessState::Granted { .. }))
            ),
            "{slower:?}"
        );
        assert_eq!(ada.project.grant_history(DEV).await.unwrap().len(), 1);
        let cy = bo.project.approve(&id, 60, text("")).await;
        assert!(
            matches!(cy, Err(Error::RequestDecided(AccessState::Granted { .. }))),
            "{cy:?}"
        );
    });
}

#[test]
fn what_cannot_be_handed_over_is_not_approved() {
    run(async {
        let scene = Scene::set(98).await;
        let Scene { ada, bo, gus } = &scene;
        let none = gus.project.ask(&draft(&[("/", "NOWHERE")])).await.unwrap();
        let long = gus
            .project
            .ask(&draft(&[("/", "ALPHA"), ("/", "NOWHERE"), ("/db", "")]))
            .await
            .unwrap();
        let refused = bo.project.approve(&none, 600, text("")).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "request", .. })));
        // Shorter than was asked for, since then.
        let rules = AccessRules {
            longest: 600,
            ..AccessRules::default()
        };
        let set = ada.project.change_access_rules(DEV, "/", Some(rules));
        set.await.unwrap();
        let refused = bo.project.approve(&long, 3_600, text("")).await;
        assert!(matches!(
            refused,
            Err(Error::Invalid {
                field: "duration",
                ..
            })
        ));
        for id in [&none, &long] {
            let seen = request(bo, id).await;
            assert!(seen.approvals.is_empty() && seen.may_approve, "nothing was said");
        }
        // What would be given, by name, before it is.
        let item = |path: &str, name: &str, secrets: &[(&str, &str)]| ScopeItem {
            item: match name {
                "" => WantedItem::Folder(path.to_owned()),
                name => WantedItem::Secret(path.to_owned(), name.to_owned()),
            },
            secrets: secrets
                .iter()
                .map(|(path, name)| ((*path).to_owned(), (*name).to_owned()))
                .collect(),
        };
        let mut scope = bo.project.scope(&long).await.unwrap();
        scope.sort_by(|one, other| one.item.cmp(&other.item));
        assert_eq!(
            scope,
            [
                item("/db", "", &[("/db", "BETA"), ("/db/eu", "GAMMA")]),
                item("/", "ALPHA", &[("/", "ALPHA")]),
                item("/", "NOWHERE", &[]),
            ]
        );
        assert_eq!(
            bo.project.approve(&long, 600, text("")).await,
            Ok(Approved::HandedOver)
        );
        assert_eq!(gus.project.held_grant(&long).await.unwrap().secrets.len(), 3);
    });
}

#[test]
fn what_was_recorded_and_did_not_arrive_is_handed_over_again() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(99).await;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        bo.transport.intercept(|request| {
            let row = request.method == Method::Post && request.path.starts_with("/api/v4/secrets/G");
            row.then_some(Err(TransportError::Offline))
        });
        assert_eq!(bo.project.approve(&id, 600, text("")).await, Err(Error::Offline));
        bo.transport.honest();
        assert_eq!(refuse(&gus, &id).await, Error::NotFound);
        for office in [&ada, &bo, &gus] {
            let seen = request(office, &id).await;
            assert!(matches!(seen.state, AccessState::Granted { .. }) && seen.undelivered);
        }
        ada.project.hand_over(&id).await.unwrap();
        assert_eq!(
            values(&gus.project.held_grant(&id).await.unwrap()),
            [("ALPHA", "alpha one")]
        );
        for office in [&ada, &bo, &gus] {
            let seen = request(office, &id).await;
            assert!(matches!(seen.state, AccessState::Granted { .. }) && !seen.undelivered);
        }
        let history = ada.project.grant_history(DEV).await.unwrap();
        let ends: Vec<bool> = history.iter().map(|entry| entry.ended.is_some()).collect();
        assert_eq!(ends, [false, true], "in the place of the one that was lost");
        assert_eq!(history[0].until, history[1].until);
    });
}

#[test]
fn nothing_is_given_to_keys_that_nobody_has_compared() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(100).await;
        let before = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        ada.project.remove_member(&user(&gus)).await.unwrap();
        let link = ada.project.invite(InviteDraft {
            email: "gus@example.org".to_owned(),
            admin: false,
            rights: Vec::new(),
        });
        let invitation = Invitation::parse(&link.await.unwrap().link_fragment).unwrap();
        gus.vault.join(&invitation).await.unwrap();
        for join in ada.project.joins().await.unwrap() {
            ada.project.admit(&join).await.unwrap();
        }
        let project = gus.vault.open_project(&ada.project.summary().id).await.unwrap();
        let after = project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        for id in [&before, &after] {
            assert!(request(&bo, id).await.key_changed);
            let why = text("everything burns");
            assert_eq!(
                bo.project.approve(id, 600, text("")).await,
                Err(Error::KeyChanged)
            );
            assert_eq!(bo.project.hand_over(id).await, Err(Error::KeyChanged));
            assert_eq!(bo.project.open_alone(id, 600, why).await, Err(Error::KeyChanged));
        }
        bo.project.mark_verified(&user(&gus)).await.unwrap();
        assert!(!request(&bo, &after).await.key_changed);
        assert_eq!(
            bo.project.approve(&after, 600, text("")).await,
            Ok(Approved::HandedOver)
        );
        // What was signed by the keys that are gone stays so.
        assert_eq!(
            bo.project.approve(&before, 600, text("")).await,
            Err(Error::KeyChanged)
        );
    });
}

#[test]
fn the_rules_of_several_folders_count_together() {
    run(async {
        let scene = Scene::set(101).await;
        let Scene { ada, bo, gus } = &scene;
        let step = |people: &[&Office], needed| RuleStep {
            people: Some(people.iter().map(|office| user(office)).collect()),
            needed,
        };
        let set = async |path: &str, steps: Vec<RuleStep>, longest| {
            let rules = AccessRules {
                steps,
                longest,
                ..AccessRules::default()
            };
            let set = ada.project.change_access_rules(DEV, path, Some(rules));
            set.await.unwrap();
        };
        set("/db", vec![step(&[ada], 1)], 7_200).await;
        set("/db/eu", vec![step(&[bo], 1)], 3_600).await;
        gus.project.refresh().await.unwrap();
        let folder = |path: &str| WantedItem::Folder(path.to_owned());
        let needed = |wanted: &[WantedItem]| gus.project.approvals_needed(DEV, wanted).unwrap();
        assert_eq!(needed(&[folder("/other")]), Some(1));
        assert_eq!(needed(&[folder("/db/eu")]), Some(1));
        // A folder as a whole is under the rules of those below it, too.
        for wanted in [
            &[folder("/db")][..],
            &[folder("/")],
            &[folder("/other"), folder("/db")],
        ] {
            assert_eq!(needed(wanted), Some(2));
            let both = gus.project.rules_together(DEV, wanted).unwrap();
            assert_eq!(both.longest, 3_600);
            assert!(both.steps.contains(&step(&[ada], 1)) && both.steps.contains(&step(&[bo], 1)));
        }
        let id = gus.project.ask(&draft(&[("/", "")])).await.unwrap();
        let seen = request(bo, &id).await;
        assert_eq!(
            (seen.needed, seen.state),
            (Some(2), AccessState::Waiting { more: 2 })
        );
        assert_eq!(
            bo.project.approve(&id, 600, text("")).await,
            Ok(Approved::Counted)
        );
        assert_eq!(
            ada.project.approve(&id, 600, text("")).await,
            Ok(Approved::HandedOver)
        );
        assert_eq!(gus.project.held_grant(&id).await.unwrap().secrets.len(), 3);
    });
}

#[test]
fn rules_that_nobody_can_keep_are_told() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(102).await;
        let rules = |people: Option<Vec<String>>, needed| AccessRules {
            steps: vec![RuleStep { people, needed }],
            ..AccessRules::default()
        };
        let reach = |rules: &AccessRules| ada.project.rule_reach(DEV, rules).unwrap();
        let usual = reach(&AccessRules::default());
        assert!(usual.others && usual.stuck.is_empty() && usual.gone.is_empty());
        assert!(!reach(&rules(None, 3)).others, "three of two");
        let both = reach(&rules(None, 2));
        assert!(both.others && both.stuck.len() == 2, "neither for themselves");
        let only = reach(&rules(Some(vec![user(&bo)]), 1));
        assert_eq!((only.others, only.stuck), (true, vec![user(&bo)]));
        // Whom rules name gets the right when they are set.
        assert!(reach(&rules(Some(vec![user(&gus)]), 1)).others);
        let own = rules(Some(vec![user(&bo)]), 1);
        let set = ada.project.change_access_rules(DEV, "/", Some(own.clone()));
        set.await.unwrap();
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        assert!(!request(&ada, &id).await.is_dead_end() && !request(&gus, &id).await.is_dead_end());
        ada.project.remove_member(&user(&bo)).await.unwrap();
        let seen = request(&gus, &id).await;
        assert!(seen.is_dead_end() && seen.needed.is_none());
        let reach = ada.project.rule_reach(DEV, &own).unwrap();
        assert_eq!((reach.others, reach.gone), (false, vec![user(&bo)]));
        // By other rules Ada may approve; what is sealed to Bo she cannot open.
        let set = ada.project.change_access_rules(DEV, "/", None);
        set.await.unwrap();
        assert!(request(&gus, &id).await.is_dead_end());
        let anew = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        assert_eq!(request(&gus, &anew).await.needed, Some(1));
    });
}

#[test]
fn nobody_is_said_to_have_proposed_what_they_did_not() {
    run(async {
        let Scene { ada, bo, gus } = Scene::set(91).await;
        let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        bo.project.approve(&id, 3_600, text("")).await.unwrap();
        let held = gus.project.held_grant(&id).await.unwrap();
        let slot = held.secrets[0].slot;
        gus.project
            .propose(&id, &slot, text("alpha new"), text(""))
            .await
            .unwrap();
        let proposal = ada.project.proposals(DEV).await.unwrap().remove(0);
        // A writer saves something else, and signs that it was proposed.
        let (project, bearer) = (ada.project.summary().id, ada.bearer());
        let insider = Insider::of(&ada).await;
        let inside = insider.look(&ada.server, &bearer, project.as_str(), DEV).await;
        let key = inside.keys.newest().unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let mut changes = Changes::new(&inside.contents, key);
        let name = SecretName::parse("ALPHA").unwrap();
        let content = SecretContent::text("alpha framed");
        changes
            .put(slot, &SecretPath::root(), &name, &content, &mut rng)
            .unwrap();
        changes.credit(&slot, proposal.id.parse().unwrap());
        let changes = changes.into_batches().concat();
        let body = contents::seal_changes(key, inside.log.next_seq(), changes, &mut rng).unwrap();
        let header = inside
            .log
            .sign_next(&insider.identity, &inside.ring, RecordKind::Change, &body, 1)
            .unwrap();
        for (name, text) in body.rows() {
            let place = (project.as_str(), DEV, "/coffer/body/0");
            ada.server.write_row(&bearer, place, name, text).await;
        }
        let place = (project.as_str(), DEV, "/coffer/log/0");
        let name = layout::header_name(header.seq());
        ada.server
            .write_row(&bearer, place, &name, &header.to_text())
            .await;
        let open = bo.open_environment(DEV).await;
        assert_eq!(get(&open, "ALPHA"), "alpha framed");
        let history = open.history(&slot).await.unwrap();
        assert_eq!(history.versions[0].version, 2);
        assert_eq!(history.versions[0].proposed_by, None);
    });
}

/// Gus is granted a secret, and proposes another value for it. Says the request and the secret.
async fn proposed(scene: &Scene, value: &str) -> (String, SlotId) {
    let Scene { bo, gus, .. } = scene;
    let id = gus.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
    bo.project.approve(&id, 3_600, text("")).await.unwrap();
    let slot = gus.project.held_grant(&id).await.unwrap().secrets[0].slot;
    gus.project
        .propose(&id, &slot, text(value), text(""))
        .await
        .unwrap();
    (id, slot)
}

/// What became of what somebody proposed under a request, newest first.
async fn outcomes(office: &Office, id: &str) -> Vec<ProposalOutcome> {
    let own = office.project.own_proposals(id).await.unwrap();
    own.into_iter().map(|proposal| proposal.outcome).collect()
}

#[test]
fn a_declined_proposal_is_told_of_and_can_still_be_taken_over() {
    run(async {
        let scene = Scene::set(97).await;
        let Scene { ada, bo, gus } = &scene;
        // Who writes and was never asked.
        let cy = ada.invite(973, "cy@example.org", &[(DEV, Right::Write)]).await;
        let (id, slot) = proposed(&scene, "alpha new").await;
        assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::NoneSeen]);
        let waiting = cy.project.proposals(DEV).await.unwrap().remove(0);
        assert_eq!(waiting.declined, None);
        // Who only reads, or reads nothing, declines nothing.
        let no = || text("no");
        assert_eq!(bo.project.decline(&waiting, no()).await, Err(Error::Forbidden));
        assert_eq!(gus.project.decline(&waiting, no()).await, Err(Error::NoKey));
        let why = "not before the weekend";
        cy.project.decline(&waiting, text(why)).await.unwrap();
        let seen = ada.project.proposals(DEV).await.unwrap().remove(0);
        let declined = seen.declined.clone().unwrap();
        assert_eq!(
            (declined.by.as_str(), declined.comment.as_str()),
            (user(&cy).as_str(), why)
        );
        assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::Declined(declined)]);
        // It stands in what was said, and changes nothing about the request.
        for office in [ada, bo, gus] {
            let request = request(office, &id).await;
            let mut said = request.thread.iter();
            let declined = said.find(|said| said.kind == SpokenKind::Declined).unwrap();
            assert_eq!(
                (declined.user_id.as_str(), declined.text.as_str()),
                (user(&cy).as_str(), why)
            );
            assert!(matches!(request.state, AccessState::Granted { .. }));
        }
        ada.project.take_over(&seen).await.unwrap();
        assert_eq!(get(&ada.open_environment(DEV).await, "ALPHA"), "alpha new");
        assert!(matches!(
            &outcomes(gus, &id).await[..],
            [ProposalOutcome::TakenOver { by, .. }] if *by == user(ada)
        ));
        assert_eq!(cy.project.decline(&seen, no()).await, Err(Error::Conflict));
        // The next one is another.
        gus.project.say(&id, Saying::Refresh).await.unwrap();
        bo.project.hand_over(&id).await.unwrap();
        scene.at(1_000);
        gus.project
            .propose(&id, &slot, text("alpha newer"), text(""))
            .await
            .unwrap();
        let open = cy.project.proposals(DEV).await.unwrap();
        let open: Vec<_> = open.iter().filter(|proposal| !proposal.outdated).collect();
        assert!(matches!(&open[..], [one] if one.declined.is_none()));
        assert_eq!(outcomes(gus, &id).await[0], ProposalOutcome::NoneSeen);
    });
}

#[test]
fn a_proposal_that_was_taken_back_is_offered_to_nobody() {
    run(async {
        let scene = Scene::set(98).await;
        let Scene { ada, gus, .. } = &scene;
        let (id, _) = proposed(&scene, "alpha new").await;
        let waiting = ada.project.proposals(DEV).await.unwrap().remove(0);
        let take_back = || Saying::TakeBack(waiting.id.clone());
        assert_eq!(
            ada.project.say(&id, take_back()).await,
            Err(Error::Forbidden),
            "it is who proposed it"
        );
        let another = Saying::TakeBack("0".repeat(64));
        assert_eq!(gus.project.say(&id, another).await, Err(Error::NotFound));
        gus.project.say(&id, take_back()).await.unwrap();
        assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::TakenBack]);
        assert!(ada.project.proposals(DEV).await.unwrap().is_empty());
        assert_eq!(
            ada.project.take_over(&waiting).await,
            Err(SaveError::Failed(Error::NotFound))
        );
        assert_eq!(
            ada.project.decline(&waiting, text("")).await,
            Err(Error::NotFound)
        );
    });
}

#[test]
fn a_secret_that_was_changed_since_is_seen_by_who_can_know() {
    run(async {
        let scene = Scene::set(99).await;
        let Scene { ada, bo, gus } = &scene;
        let save = async |value: &str| {
            let open = ada.open_environment(DEV).await;
            let change = edit(entry(&open, "ALPHA"), value);
            open.save(vec![change]).await.unwrap();
        };
        let (id, _) = proposed(&scene, "alpha new").await;
        // Bo reads here, and proposes as well.
        let theirs = bo.project.ask(&draft(&[("/", "ALPHA")])).await.unwrap();
        ada.project.approve(&theirs, 3_600, text("")).await.unwrap();
        let slot = bo.project.held_grant(&theirs).await.unwrap().secrets[0].slot;
        let propose = async |value: &str| {
            scene.at(1_000);
            let proposing = bo.project.propose(&theirs, &slot, text(value), text(""));
            proposing.await.unwrap();
        };
        propose("alpha of bo").await;
        save("alpha two").await;
        assert_eq!(outcomes(bo, &theirs).await, [ProposalOutcome::Superseded]);
        let inbox = Inbox::of(ada, ada, &theirs).await;
        let first = bo.project.own_proposals(&theirs).await.unwrap().remove(0);
        inbox.put(1, &Say::TookOver(first.id.parse().unwrap())).await;
        assert_eq!(outcomes(bo, &theirs).await, [ProposalOutcome::Superseded]);
        // A guest knows what is handed over.
        assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::NoneSeen]);
        gus.project.say(&id, Saying::Refresh).await.unwrap();
        bo.project.hand_over(&id).await.unwrap();
        assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::Superseded]);
        // What the log says of a proposal needs nobody's word, and no word outweighs it.
        bo.project.say(&theirs, Saying::Refresh).await.unwrap();
        ada.project.hand_over(&theirs).await.unwrap();
        propose("alpha three").await;
        let newest = ada.project.proposals(DEV).await.unwrap().remove(0);
        let inbox = Inbox::of(ada, ada, &theirs).await;
        inbox.put(1, &Say::TookOver(newest.id.parse().unwrap())).await;
        assert_eq!(outcomes(bo, &theirs).await[0], ProposalOutcome::NoneSeen);
        ada.project.take_over(&newest).await.unwrap();
        inbox.withhold('M').await;
        assert!(matches!(
            &outcomes(bo, &theirs).await[0],
            ProposalOutcome::TakenOver { by, .. } if *by == user(ada)
        ));
    });
}

/// The inbox as a server has it who helps `author` to say something about a request.
struct Inbox<'a> {
    ada: &'a Office,
    author: Identity,
    request: Request,
    thread: ThreadKey,
    id: String,
    project: String,
    bearer: String,
}

const INBOX: &str = "/coffer/inbox";

impl<'a> Inbox<'a> {
    async fn of(ada: &'a Office, author: &Office, id: &str) -> Self {
        let (project, bearer) = (ada.project.summary().id.to_string(), ada.bearer());
        let rows = ada.server.rows(&bearer, &project, "coffer", INBOX).await;
        let named = |(_, name, _): &&(String, String, String)| *name == format!("Q{id}");
        let (_, _, text) = rows.iter().find(named).unwrap();
        let request = Request::parse(text).unwrap();
        let thread = request.open_key(&Insider::of(ada).await.identity).unwrap();
        Self {
            ada,
            author: Insider::of(author).await.identity,
            request,
            thread,
            id: id.to_owned(),
            project,
            bearer,
        }
    }

    fn say(&self, say: &Say) -> String {
        let rng = &mut ChaCha20Rng::seed_from_u64(8);
        Message::make(&self.request, &self.thread, &self.author, say, 5, rng).to_text()
    }

    async fn put(&self, number: u32, say: &Say) {
        self.write(&format!("M{}_{number:08x}", self.id), &self.say(say))
            .await;
    }

    async fn write(&self, name: &str, text: &str) {
        let place = (self.project.as_str(), "coffer", INBOX);
        self.ada.server.write_row(&self.bearer, place, name, text).await;
    }

    /// Serves none of a kind of row.
    async fn withhold(&self, kind: char) {
        let server = &self.ada.server;
        let rows = server.rows(&self.bearer, &self.project, "coffer", INBOX).await;
        for (_, name, _) in rows.iter().filter(|(_, name, _)| name.starts_with(kind)) {
            self.write(name, "withheld").await;
        }
    }
}

#[test]
fn nobody_makes_a_proposal_disappear_who_may_not_write() {
    run(async {
        let scene = Scene::set(100).await;
        let Scene { ada, bo, gus } = &scene;
        let (id, slot) = proposed(&scene, "alpha new").await;
        let (other, _) = proposed(&scene, "alpha other").await;
        let find = async |id: &str| {
            let known = ada.project.proposals(DEV).await.unwrap();
            known.into_iter().find(|proposal| proposal.request == id)
        };
        let proposal = find(&id).await.unwrap();
        let hash: Digest = proposal.id.parse().unwrap();
        let untouched = async || {
            assert_eq!(find(&id).await.unwrap().declined, None);
            assert_eq!(outcomes(gus, &id).await, [ProposalOutcome::NoneSeen]);
        };
        // By who reads and approves, and by who asked; taken over or taken back by who may not.
        for author in [bo, gus] {
            let inbox = Inbox::of(ada, author, &id).await;
            inbox.put(1, &Say::Decline(hash, text("no"))).await;
            inbox.put(2, &Say::TookOver(hash)).await;
            if std::ptr::eq(author, bo) {
                inbox.put(3, &Say::TakeBack(hash)).await;
            }
            untouched().await;
        }
        // A writer's of another proposal, and of this one under another request.
        let inbox = Inbox::of(ada, ada, &id).await;
        let another: Digest = find(&other).await.unwrap().id.parse().unwrap();
        inbox.put(1, &Say::Decline(another, text("no"))).await;
        let elsewhere = Inbox::of(ada, ada, &other).await;
        elsewhere.put(1, &Say::Decline(hash, text("no"))).await;
        untouched().await;
        assert_eq!(find(&other).await.unwrap().declined, None);
        let declined = inbox.say(&Say::Decline(hash, text("no")));
        elsewhere.write(&format!("M{other}_00000002"), &declined).await;
        untouched().await;
        // A writer's with one bit changed, wherever it is.
        let bytes = envelope::decode(Kind::Message, &declined).unwrap();
        let name = format!("M{id}_00000001");
        for at in (0..bytes.len()).step_by(bytes.len() / 16) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            inbox
                .write(&name, &envelope::encode(Kind::Message, &changed))
                .await;
            assert_eq!(find(&id).await.unwrap().declined, None, "byte {at}");
        }
        // As it was signed it counts, and only for this one; withheld it is as if nothing had been said.
        inbox.write(&name, &declined).await;
        assert!(find(&id).await.unwrap().declined.is_some());
        assert_eq!(find(&other).await.unwrap().declined, None);
        inbox.withhold('M').await;
        untouched().await;
        // Of who may write no more nothing counts any more.
        let cy = ada.invite(1003, "cy@example.org", &[(DEV, Right::Write)]).await;
        cy.project.decline(&proposal, text("no")).await.unwrap();
        assert!(find(&id).await.unwrap().declined.is_some());
        let reads = [(DEV.to_owned(), Right::Read)];
        ada.project.set_rights(&user(&cy), false, &reads).await.unwrap();
        untouched().await;
        assert_eq!(proposal.slot, slot);
    });
}

/// Signs people into the keyring who may approve and have no account: only their keys matter here.
async fn crowd(ada: &Office, size: usize) -> Vec<String> {
    let founder = Insider::of(ada).await;
    let (project, bearer) = (ada.project.summary().id, ada.bearer());
    let (mut state, _) = keyring(&ada.server, &bearer, project.as_str()).await;
    let env = state
        .environments()
        .find(|env| env.server_ref == DEV)
        .unwrap()
        .env;
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut users = Vec::new();
    for number in 0..size {
        let mut rights = Rights::default();
        rights.environments.entry(env).or_default().approve = true;
        let user = format!("crowd-{number}");
        let op = Op::AddUser {
            user: user.clone(),
            keys: Identity::generate(&mut rng).public(),
            rights,
            proof: Proof::Words,
            heads: Heads::new(),
        };
        let link = state.sign_next(&founder.identity, op, 1).unwrap();
        state.apply(&link).unwrap();
        let folder = layout::keyring_folder(link.seq());
        let place = (project.as_str(), "coffer", folder.as_str());
        ada.server
            .write_row(&bearer, place, &layout::link_name(link.seq()), &link.to_text())
            .await;
        users.push(user);
    }
    ada.project.refresh().await.unwrap();
    users
}
