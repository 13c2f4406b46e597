//! X, about access for a while: what a server can do to requests, rules and grants, alone and with one approver.

use crate::stage::{Stage, pins};
use coffer_client::{
    AccessRequest, AccessRules, AccessState, Approved, AskDraft, Error, GrantFault, HeldGrant, Right,
    RuleStep, WantedItem,
};
use coffer_core::envelope::{self, Kind};
use coffer_core::grant::{Grant, Granted, Named, Note, Terms};
use coffer_core::id::Digest;
use coffer_core::log::{GrantKind, GrantPublic};
use coffer_core::request::{Approval, Details, Request, RequestKey, ThreadKey};
use coffer_testkit::{Inside, Insider, Office};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use zeroize::Zeroizing;

const DEV: &str = "development";
const INBOX: &str = "/coffer/inbox";

/// Ada, who founded; Bo, an approver who helps the server; Gus, a guest who asks.
struct Office3 {
    stage: Stage,
    bo: Office,
    gus: Office,
    project: String,
    bearer: String,
}

impl Office3 {
    async fn set(seed: u64) -> Self {
        let stage = Stage::set(seed).await;
        let rights = [(DEV, Right::Write)];
        let bo = stage
            .office
            .invite(seed * 10 + 1, "bo@example.org", &rights)
            .await;
        let gus = stage.office.invite(seed * 10 + 2, "gus@example.org", &[]).await;
        let user = bo.vault.account().user_id;
        stage.office.project.set_approver(&user, DEV, true).await.unwrap();
        gus.project.refresh().await.unwrap();
        let (project, bearer) = (
            stage.office.project.summary().id.to_string(),
            stage.office.bearer(),
        );
        Self {
            stage,
            bo,
            gus,
            project,
            bearer,
        }
    }

    fn ada(&self) -> &Office {
        &self.stage.office
    }

    async fn ask(&self) -> String {
        self.gus.project.ask(&draft()).await.unwrap()
    }

    async fn row(&self, name: &str) -> String {
        let rows = self
            .ada()
            .server
            .rows(&self.bearer, &self.project, "coffer", INBOX)
            .await;
        rows.into_iter().find(|(_, known, _)| known == name).unwrap().2
    }

    async fn rows(&self, letter: char) -> Vec<(String, String)> {
        let rows = self
            .ada()
            .server
            .rows(&self.bearer, &self.project, "coffer", INBOX)
            .await;
        rows.into_iter()
            .filter(|(_, name, _)| name.starts_with(letter))
            .map(|(_, name, text)| (name, text))
            .collect()
    }

    async fn write(&self, name: &str, text: &str) {
        let place = (self.project.as_str(), "coffer", INBOX);
        self.ada().server.write_row(&self.bearer, place, name, text).await;
    }

    async fn state(&self, office: &Office, id: &str) -> Option<AccessRequest> {
        let requests = office.project.requests().await.unwrap();
        requests.into_iter().find(|request| request.id == id)
    }

    async fn fault(&self, id: &str) -> GrantFault {
        match self
            .gus
            .project
            .held_grant(id)
            .await
            .map(|held: HeldGrant| held.secrets.len())
        {
            Err(Error::GrantRefused(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }
}

fn draft() -> AskDraft {
    AskDraft {
        environment: DEV.to_owned(),
        wanted: vec![WantedItem::Secret("/".to_owned(), "ALPHA".to_owned())],
        propose: false,
        seconds: 3_600,
        starts: None,
        reason: Zeroizing::new("the payment queue is stuck".to_owned()),
        ticket: String::new(),
        follows: None,
    }
}

fn none() -> Zeroizing<String> {
    Zeroizing::default()
}

/// What an approver knows of a request who signs without asking a client.
struct Known {
    request: Request,
    thread: ThreadKey,
    details: Details,
    inside: Inside,
    insider: Insider,
}

impl Known {
    async fn of(office: &Office3, id: &str) -> Self {
        let insider = Insider::of(&office.bo).await;
        let inside = insider
            .look(&office.ada().server, &office.bearer, &office.project, DEV)
            .await;
        let request = Request::parse(&office.row(&format!("Q{id}")).await).unwrap();
        let thread = request.open_key(&insider.identity).unwrap();
        let details = request.open(&thread).unwrap();
        Self {
            request,
            thread,
            details,
            inside,
            insider,
        }
    }

    fn terms(&self, now: u64, approvals: Vec<Approval>) -> Terms {
        Terms {
            not_before: now,
            not_after: now + 3_600_000,
            approvals,
            emergency: none(),
        }
    }

    fn grant(&self, terms: &Terms) -> Grant {
        let entry = self
            .inside
            .contents
            .active()
            .find(|entry| entry.name.as_str() == "ALPHA")
            .unwrap();
        let granted = Granted {
            path: entry.path.clone(),
            name: entry.name.clone(),
            slot: entry.slot,
            version: entry.version,
            ct_hash: entry.ct_hash,
            value: Zeroizing::new(b"whatever an approver likes".to_vec()),
            comment: none(),
        };
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let values = std::slice::from_ref(&granted);
        let ring = &self.inside.ring;
        let author = &self.insider.identity;
        Grant::seal(
            &self.request,
            &self.details,
            author,
            ring,
            terms,
            (values, None),
            rng,
        )
        .unwrap()
    }

    /// Writes the record that names a grant, whatever the rules say.
    async fn record(&self, office: &Office3, grant: &Grant, terms: &Terms) {
        let entry = self
            .inside
            .contents
            .active()
            .find(|entry| entry.name.as_str() == "ALPHA")
            .unwrap();
        let note = Note {
            request: self.request.clone(),
            thread: self.thread.duplicate(),
            terms: terms.clone(),
            named: vec![Named {
                path: entry.path.clone(),
                name: entry.name.clone(),
                slot: entry.slot,
                version: entry.version,
            }],
            proposals: None,
        };
        let (log, key) = (&self.inside.log, self.inside.keys.newest().unwrap());
        let body = note
            .seal(key, log.next_seq(), &mut ChaCha20Rng::seed_from_u64(2))
            .unwrap();
        let public = GrantPublic {
            kind: GrantKind::Values,
            hash: grant.hash(),
            recipient: grant.recipient(),
            not_after: grant.not_after(),
        };
        let ring = &self.inside.ring;
        let header = log
            .sign_grant(&self.insider.identity, ring, public, Some(&body), 1)
            .unwrap();
        let server = &office.ada().server;
        for (name, text) in body.rows() {
            let place = (office.project.as_str(), DEV, "/coffer/body/0");
            server.write_row(&office.bearer, place, name, text).await;
        }
        let place = (office.project.as_str(), DEV, "/coffer/log/0");
        let name = format!("H{}", header.seq());
        server
            .write_row(&office.bearer, place, &name, &header.to_text())
            .await;
    }
}

/// An ended grant is served again; one is made behind the writers' backs; one is served for another request.
pub async fn grants_are_neither_replayed_nor_hidden() {
    let office = Office3::set(65).await;
    let (one, two) = (office.ask().await, office.ask().await);
    let approved = office.bo.project.approve(&one, 3_600, none()).await;
    assert_eq!(approved, Ok(Approved::HandedOver));
    assert_eq!(
        office.gus.project.held_grant(&one).await.unwrap().secrets.len(),
        1
    );
    let (name, text) = office.rows('G').await.remove(0);
    // As the answer to another request.
    office.write(&format!("G{two}_00000000"), &text).await;
    let other = office
        .gus
        .project
        .held_grant(&two)
        .await
        .map(|held| held.secrets.len());
    assert_eq!(other, Err(Error::NotFound));
    // After it was ended, and its row taken away.
    office.ada().project.end_grant(&one).await.unwrap();
    office.write(&name, &text).await;
    assert_eq!(office.fault(&one).await, GrantFault::Over);
    // With a later end, or another value.
    let length = envelope::decode(Kind::Grant, &text).unwrap().len();
    for byte in [length - 1, length - 80, 300] {
        let mut bytes = envelope::decode(Kind::Grant, &text).unwrap();
        bytes[byte] ^= 1;
        office.write(&name, &envelope::encode(Kind::Grant, &bytes)).await;
        assert!(office.gus.project.held_grant(&one).await.is_err());
    }
    // An approver's grant that no record names.
    let now = coffer_client::Device::now(&office.gus.device);
    let known = Known::of(&office, &two).await;
    let approvals = vec![Approval::sign(
        &known.request,
        &known.insider.identity,
        3_600,
        now,
    )];
    let terms = known.terms(now, approvals);
    let grant = known.grant(&terms);
    office.write(&format!("G{two}_00000000"), &grant.to_text()).await;
    assert_eq!(office.fault(&two).await, GrantFault::Hidden);
    assert!(office.ada().project.grant_history(DEV).await.unwrap().len() == 1);
    // Once it is recorded everybody sees it.
    known.record(&office, &grant, &terms).await;
    assert_eq!(
        office.gus.project.held_grant(&two).await.unwrap().secrets.len(),
        1
    );
    assert_eq!(office.ada().project.grant_history(DEV).await.unwrap().len(), 2);
    // An approval of a day after, when the request had ended unanswered.
    let three = office.ask().await;
    let known = Known::of(&office, &three).await;
    let late = known.request.created() + 86_400_000;
    let approval = Approval::sign(&known.request, &known.insider.identity, 3_600, late);
    let terms = known.terms(now, vec![approval]);
    let grant = known.grant(&terms);
    known.record(&office, &grant, &terms).await;
    office
        .write(&format!("G{three}_00000000"), &grant.to_text())
        .await;
    assert_eq!(office.fault(&three).await, GrantFault::NotApproved);
    let history = office.ada().project.grant_history(DEV).await.unwrap();
    assert!(!history[0].allowed, "and marked for every reader");
    office.stage.check(false);
}

/// The key of a request is the server's, or another member's; whoever is asked is taken from the keyring.
pub async fn a_requests_key_is_its_makers() {
    let office = Office3::set(66).await;
    let id = office.ask().await;
    let name = format!("Q{id}");
    let text = office.row(&name).await;
    let request = Request::parse(&text).unwrap();
    let shown = office.state(office.ada(), &id).await.unwrap();
    assert_eq!(shown.asked.len(), 2);
    // Every changed byte of it is no request any more.
    let bytes = envelope::decode(Kind::Request, &text).unwrap();
    let own = RequestKey::generate(&mut ChaCha20Rng::seed_from_u64(3)).public();
    let at = bytes
        .windows(32)
        .position(|window| window == request.recipient())
        .unwrap();
    let mut exchanged = bytes.clone();
    exchanged[at..at + 32].copy_from_slice(&own);
    office
        .write(&name, &envelope::encode(Kind::Request, &exchanged))
        .await;
    assert!(office.state(office.ada(), &id).await.is_none());
    assert!(office.bo.project.approve(&id, 60, none()).await.is_err());
    // Another member signs it with the exchanged key: then it is that member who asks.
    let bo = Insider::of(&office.bo).await;
    let kid = bo.identity.public().sign_kid();
    let stolen = bo.forge(Kind::Request, &text, |pieces| {
        pieces[5] = kid.as_ref().to_vec();
        pieces[6] = own.to_vec();
    });
    office.write(&name, &stolen).await;
    let shown = office.state(office.ada(), &id).await.unwrap();
    assert_eq!(shown.requester, office.bo.vault.account().user_id);
    // What was wanted is bound to who wanted it.
    assert!(!shown.readable && !shown.may_approve);
    assert!(office.ada().project.approve(&id, 60, none()).await.is_err());
    // The requester's name on another's signature.
    let forged = bo.forge(Kind::Request, &text, |pieces| pieces[6] = own.to_vec());
    office.write(&name, &forged).await;
    assert!(office.state(office.ada(), &id).await.is_none());
    office.write(&name, &text).await;
    assert_eq!(
        office.bo.project.approve(&id, 60, none()).await,
        Ok(Approved::HandedOver)
    );
    office.stage.check(false);
}

/// One approver and the server are not two; what they give all the same is refused and marked.
pub async fn one_approver_and_the_server_are_not_two() {
    let office = Office3::set(67).await;
    let users = [office.ada(), &office.bo].map(|office| office.vault.account().user_id);
    let rules = AccessRules {
        steps: vec![RuleStep {
            people: Some(users.to_vec()),
            needed: 2,
        }],
        ..AccessRules::default()
    };
    office
        .ada()
        .project
        .change_access_rules(DEV, "/", Some(rules))
        .await
        .unwrap();
    let id = office.ask().await;
    let now = coffer_client::Device::now(&office.gus.device);
    let known = Known::of(&office, &id).await;
    let own = Approval::sign(&known.request, &known.insider.identity, 3_600, now);
    let terms = known.terms(now, vec![own, own]);
    let grant = known.grant(&terms);
    known.record(&office, &grant, &terms).await;
    office.write(&format!("G{id}_00000000"), &grant.to_text()).await;
    assert_eq!(office.fault(&id).await, GrantFault::NotApproved);
    let history = office.ada().project.grant_history(DEV).await.unwrap();
    assert!(!history[0].allowed, "marked for every reader");
    assert_eq!(history[0].by, users[1]);
    office.stage.check(false);
}

/// Rules are weakened, brought back from the past, or set by somebody who is no admin.
pub async fn rules_are_the_admins() {
    let office = Office3::set(68).await;
    let strict = AccessRules {
        steps: Vec::new(),
        ..AccessRules::default()
    };
    let server = &office.ada().server;
    let before = server.files();
    office
        .ada()
        .project
        .change_access_rules(DEV, "/", Some(strict))
        .await
        .unwrap();
    office.gus.project.refresh().await.unwrap();
    assert!(matches!(
        office.gus.project.ask(&draft()).await,
        Err(Error::Invalid {
            field: "approvers",
            ..
        })
    ));
    let after = server.files();
    let pinned = pins(&office.gus);
    server.restore(&before);
    assert!(matches!(
        office.gus.project.ask(&draft()).await,
        Err(Error::RolledBack { .. })
    ));
    assert!(matches!(
        office.bo.project.requests().await,
        Err(Error::RolledBack { .. }) | Ok(_)
    ));
    assert_eq!(pins(&office.gus), pinned);
    server.restore(&after);
    // A link of somebody who is no admin, signed as it should be.
    let bo = Insider::of(&office.bo).await;
    let links = server
        .rows(&office.bearer, &office.project, "coffer", "/coffer/keyring")
        .await;
    let newest = links
        .iter()
        .max_by_key(|(_, name, _)| name[1..].parse::<u64>().unwrap())
        .unwrap();
    let seq: u64 = newest.1[1..].parse().unwrap();
    let hash = coffer_core::keyring::Link::parse(&newest.2).unwrap().hash();
    let kid = bo.identity.public().sign_kid();
    let weakened = bo.forge(Kind::Link, &newest.2, |pieces| {
        pieces[3] = (seq + 1).to_be_bytes().to_vec();
        pieces[4] = hash.as_ref().to_vec();
        let author = pieces.len() - 2;
        pieces[author] = kid.as_ref().to_vec();
    });
    let place = (office.project.as_str(), "coffer", newest.0.as_str());
    server
        .write_row(&office.bearer, place, &format!("K{}", seq + 1), &weakened)
        .await;
    let refused = office.gus.project.refresh().await;
    assert!(matches!(refused, Err(Error::Forged { .. })), "{refused:?}");
    assert_eq!(pins(&office.gus), pinned);
    office.stage.check(false);
}

/// The text of a request is changed after somebody has approved it.
pub async fn an_approval_is_of_the_text_that_was_read() {
    let office = Office3::set(69).await;
    let users = [office.ada(), &office.bo].map(|office| office.vault.account().user_id);
    let rules = AccessRules {
        steps: vec![RuleStep {
            people: Some(users.to_vec()),
            needed: 2,
        }],
        ..AccessRules::default()
    };
    office
        .ada()
        .project
        .change_access_rules(DEV, "/", Some(rules))
        .await
        .unwrap();
    let id = office.ask().await;
    assert_eq!(
        office.bo.project.approve(&id, 3_600, none()).await,
        Ok(Approved::Counted)
    );
    let waiting = office.state(office.ada(), &id).await.unwrap();
    assert_eq!(waiting.state, AccessState::Waiting { more: 1 });
    // Gus signs another text under the same id, and the server puts it in the place of the first.
    let name = format!("Q{id}");
    let text = office.row(&name).await;
    let gus = Insider::of(&office.gus).await;
    let changed = gus.forge(Kind::Request, &text, |pieces| {
        pieces[10] = 5_u64.to_be_bytes().to_vec()
    });
    office.write(&name, &changed).await;
    let shown = office.state(office.ada(), &id).await.unwrap();
    assert!(shown.approvals.is_empty() && shown.thread.is_empty());
    assert_eq!(shown.created, 5);
    // An approval that stands alone, of the first text.
    let first = Request::parse(&text).unwrap();
    let second = Request::parse(&changed).unwrap();
    let bo = Insider::of(&office.bo).await;
    let ring = coffer_testkit::keyring(&office.ada().server, &office.bearer, &office.project)
        .await
        .0;
    let approval = Approval::sign(&first, &bo.identity, 60, 1);
    assert!(approval.vote(&first, 60, &ring, ring.seq()).is_some());
    assert!(approval.vote(&second, 60, &ring, ring.seq()).is_none());
    assert_ne!(first.hash(), Digest::ZERO);
    office.stage.check(false);
}
