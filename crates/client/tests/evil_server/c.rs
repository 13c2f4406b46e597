//! C: sharing with people.

use crate::stage::{Stage, nothing_escaped, pins, stayed_at_home, tamper_list, uploaded_wraps};
use coffer_client::{
    Accept, Client, EnvironmentState, Error, Invitation, InviteDraft, Method, NewEnvironment, Passphrase,
    Request, Response, Right, Transport, TransportError,
};
use coffer_core::envelope::Kind;
use coffer_core::identity::PublicIdentity;
use coffer_testkit::{Evil, InProcess, Insider, MemoryDevice, Office, TestServer};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub async fn an_environment_replaced_after_creation_is_refused() {
    // Two offices with environments of one name: the second one's rows are served to the first.
    let server = TestServer::start();
    let office = Office::open_on(&server, 8).await;
    let other = office
        .vault
        .create_project(
            "Other",
            &[NewEnvironment {
                name: "Development".into(),
                slug: "development".into(),
            }],
        )
        .await
        .unwrap();
    let (mine, theirs) = (office.project.summary().id.to_string(), other.id.to_string());
    for part in ["%2Fcoffer%2Flog", "%2Fcoffer%2Fbody", "%2Fcoffer%2Fwraps"] {
        let stage = Stage::with(office.again(80).await, 81).await;
        let (mine, theirs) = (mine.clone(), theirs.clone());
        let browser = server.browser();
        let answers: Rc<RefCell<BTreeMap<String, Vec<u8>>>> = Rc::default();
        // The lie has to be known before the question: fetch what the other environment would answer.
        for path in ["%2Fcoffer%2Flog", "%2Fcoffer%2Fbody%2F0", "%2Fcoffer%2Fwraps%2F1"] {
            let url = format!(
                "/api/v4/secrets?projectId={theirs}&environment=development&secretPath={path}&recursive=true"
            );
            let answer = browser
                .call(Method::Get, &url, Some(&office.bearer()), None)
                .await;
            answers
                .borrow_mut()
                .insert(path.to_owned(), answer.to_string().into_bytes());
        }
        stage.liar.transport.tamper(move |request, response| {
            if !request.path.contains(&mine) || !request.path.contains(part) {
                return;
            }
            let all = answers.borrow();
            let Some((_, list)) = all.iter().find(|(path, _)| path.contains(part)) else {
                return;
            };
            if request.path.starts_with("/api/v4/secrets?") {
                response.body.clone_from(list);
            } else if let Ok(list) = serde_json::from_slice::<Value>(list) {
                response.status = 200;
                response.body = json!({ "secret": list["secrets"][0] }).to_string().into_bytes();
            }
        });
        let refused = stage.open().await.err();
        assert!(
            matches!(
                refused,
                Some(Error::Forged { .. } | Error::Forked { .. } | Error::StateVanished { .. })
            ),
            "{part}: {refused:?}"
        );
        stage.check(true);
        // What was opened before is not written to either.
        drop(refused);
    }
}

pub async fn slots_and_bundles_of_another_making_are_refused() {
    let office = Office::open(9).await;
    let stranger = Office::open(91).await;
    let theirs = |prefix: &'static str| {
        stranger.transport.recorded().iter().rev().find_map(|exchange| {
            let body: Value = serde_json::from_slice(&exchange.sent).ok()?;
            let text = body["secretValue"].as_str()?;
            text.starts_with(prefix).then(|| text.to_owned())
        })
    };
    for (letter, prefix, expected) in [
        (
            'S',
            "cfs1.",
            Error::Forged {
                what: "this account's slot",
            },
        ),
        (
            'B',
            "cfb1.",
            Error::Forged {
                what: "this account's bundle",
            },
        ),
    ] {
        let evil = theirs(prefix).unwrap();
        let transport = Evil::new(office.server.browser());
        tamper_list(&transport, move |rows| {
            for row in rows {
                if row["secretKey"].as_str().unwrap_or_default().starts_with(letter) {
                    row["secretValue"] = json!(evil);
                }
            }
        });
        let device = MemoryDevice::new(92);
        let client = Client::new(transport.clone(), device.clone(), office.server.origin());
        let refused = client
            .sign_in_with_kit(&office.kit, office.passphrase.clone(), None)
            .await;
        assert_eq!(refused.err(), Some(expected), "{prefix}");
        assert!(device.records().is_empty());
        assert!(
            transport
                .recorded()
                .iter()
                .all(|e| e.method == Method::Get || e.path.contains("/auth/"))
        );
    }
}

pub async fn an_organisation_that_the_server_adds_is_believed_in_nothing() {
    let office = Office::open(84).await;
    let friend = office
        .invite(841, "friend@example.org", &[("development", Right::Read)])
        .await;
    // Somebody else's project, in an organisation that the friend never heard of.
    let environments = [NewEnvironment {
        name: "Trap".into(),
        slug: "trap".into(),
    }];
    let trap = office.vault.create_project("Trap", &environments).await.unwrap();
    let url = format!("/api/v1/projects/{}/memberships", trap.id);
    let body = json!({ "emails": ["friend@example.org"], "usernames": [], "roleSlugs": ["admin"] });
    let browser = office.server.browser();
    browser
        .call(Method::Post, &url, Some(&office.bearer()), Some(body))
        .await;
    let true_id = office.organization_id().await;
    for known in [true, false] {
        let device = if known {
            friend.device.clone()
        } else {
            MemoryDevice::new(842)
        };
        let transport = Evil::new(office.server.browser());
        transport.tamper_json("/api/v1/organization", |body| {
            if let Some(all) = body["organizations"].as_array_mut() {
                let evil = json!({ "id": "evil-organisation", "name": "Evil Corp", "slug": "evil" });
                all.insert(0, evil);
            }
        });
        // It can be chosen, and what it shows is the true one's, with more in it.
        let honest = office.server.browser();
        let chosen = Selecting {
            honest: honest.clone(),
            evil: transport.clone(),
            true_id: true_id.clone(),
        };
        let client = Client::new(chosen, device.clone(), office.server.origin());
        let before = pins(&friend);
        let passphrase = friend.passphrase.clone();
        let vault = if known {
            let accounts = client.known_accounts().await.unwrap();
            client.unlock(&accounts[0], passphrase, None).await.unwrap()
        } else {
            client
                .sign_in_with_kit(&friend.kit, passphrase, None)
                .await
                .unwrap()
        };
        assert!(
            vault
                .projects()
                .await
                .unwrap()
                .iter()
                .any(|project| project.id == trap.id)
        );
        transport.recorder().clear();
        let project = vault.open_project(&trap.id).await.unwrap();
        let shown = project.environments();
        assert_eq!(shown.len(), 1);
        assert_eq!(
            (shown[0].state, shown[0].right),
            (EnvironmentState::Unverified, Right::None)
        );
        assert_eq!(
            project.open_environment("trap").await.err(),
            Some(Error::Unverified)
        );
        assert_eq!(
            project.create_environment("More", "more").await.err(),
            Some(Error::Unverified)
        );
        assert_eq!(project.members().await.err(), Some(Error::Unverified));
        assert_eq!(transport.recorder().writes(), 0, "nothing is accepted by looking");
        assert_eq!(uploaded_wraps(&transport).len(), 0);
        if known {
            assert_eq!(pins(&friend), before);
        }
    }
    nothing_escaped(&[&office, &friend], &[]);
}

/// Selects the true organisation for one that the server made up.
struct Selecting {
    honest: InProcess,
    evil: Evil<InProcess>,
    true_id: String,
}

impl Transport for Selecting {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        if body.contains("evil-organisation") {
            request.body = Some(body.replace("evil-organisation", &self.true_id).into_bytes());
            return self.honest.send(request).await;
        }
        self.evil.send(request).await
    }
}

type Change = fn(&mut Vec<Vec<u8>>, &PublicIdentity);

pub async fn keys_of_the_servers_making_are_given_nothing() {
    let office = Office::open(85).await;
    let stranger = Office::open(851).await;
    let server_itself = Insider::of(&stranger).await;
    let draft = InviteDraft {
        email: "friend@example.org".into(),
        admin: false,
        rights: vec![("development".into(), Right::Write)],
    };
    let link = office.project.invite(draft).await.unwrap();
    let invitation = Invitation::parse(&link.link_fragment).unwrap();
    let client = Client::new(
        Evil::new(office.server.browser()),
        MemoryDevice::new(852),
        office.server.origin(),
    );
    let accept = Accept {
        email: None,
        first_name: "Friend".into(),
        last_name: "Guest".into(),
        passphrase: Passphrase::typed("seven gentle walrus paint quiet doors"),
    };
    client.accept_invitation(invitation, accept).await.unwrap();
    let theirs = server_itself.identity.public();
    // The server's own key in the place of the friend's, for signing, for receiving, or both; and another user's name.
    let changes: [Change; 3] = [
        |pieces, keys| (pieces[5], pieces[6]) = (keys.sign.to_vec(), keys.kem.to_vec()),
        |pieces, keys| {
            pieces[5] = keys.sign.to_vec();
            pieces[7] = u64::MAX.to_be_bytes().to_vec();
        },
        |pieces, keys| {
            pieces[4] = b"somebody-else".to_vec();
            pieces[5] = keys.sign.to_vec();
        },
    ];
    let before = pins(&office);
    office.transport.recorder().clear();
    for change in changes {
        let inside = Insider::of(&stranger).await;
        office.transport.tamper_json("%2Fcoffer%2Finbox", move |body| {
            for row in body["secrets"].as_array_mut().into_iter().flatten() {
                let text = row["secretValue"].as_str().unwrap().to_owned();
                row["secretValue"] = json!(inside.forge(Kind::Join, &text, |pieces| change(pieces, &theirs)));
            }
        });
        let joins = office.project.joins().await.unwrap();
        assert_eq!(joins.len(), 1);
        assert!(!joins[0].mac_ok);
        assert_eq!((joins[0].admin, joins[0].rights.len()), (false, 0));
        assert_eq!(
            office.project.admit(&joins[0]).await.err(),
            Some(Error::Unverified)
        );
        office.transport.honest();
    }
    assert_eq!(pins(&office), before);
    assert_eq!(office.transport.recorder().writes(), 0);
    // The genuine one is let in, and keys go to it.
    let joins = office.project.joins().await.unwrap();
    assert!(joins[0].mac_ok);
    office.project.admit(&joins[0]).await.unwrap();
    assert!(
        uploaded_wraps(&office.transport)
            .iter()
            .all(|wrap| wrap.recipient() != theirs.kem_kid())
    );
    assert_eq!(uploaded_wraps(&office.transport).len(), 1);
    nothing_escaped(&[&office], &[]);
    stayed_at_home(&office.transport);
}
