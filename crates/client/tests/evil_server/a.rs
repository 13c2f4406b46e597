//! A: escrow and recovery.

use crate::stage::{
    Stage, inject, named, nothing_escaped, pins, stayed_at_home, tamper_list, uploaded_wraps,
};
use coffer_client::{
    Accept, Client, Error, Invitation, InviteDraft, Method, NewEnvironment, Passphrase, Response, Right,
};
use coffer_core::envelope::Kind;
use coffer_core::environment::Wrap;
use coffer_core::id::{EnvUid, Kid};
use coffer_testkit::{Evil, Insider, MemoryDevice, Office, headers, keyring, put};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const ESCROW: &[&str] = &[
    "recoveryPolicy",
    "resetPasswordEnrolled",
    "adminPublicKey",
    "organizationPublicKey",
    "publicKey",
    "groups",
    "superAdmins",
    "keyConnectorUrl",
    "minVersion",
];

pub async fn unlocking_among_injected_fields_writes_nothing() {
    let stage = Stage::set(26).await;
    let transport = Evil::new(stage.office.server.browser());
    inject(&transport, ESCROW);
    let client = Client::new(
        transport.clone(),
        MemoryDevice::new(261),
        stage.office.server.origin(),
    );
    let vault = client
        .sign_in_with_kit(&stage.office.kit, stage.office.passphrase.clone(), None)
        .await
        .unwrap();
    let project = vault
        .open_project(&stage.office.project.summary().id)
        .await
        .unwrap();
    let environment = project.open_environment("development").await.unwrap();
    assert_eq!(environment.entries().len(), 2);
    let recorded = transport.recorded();
    assert!(recorded.len() > 5);
    for exchange in &recorded {
        assert!(
            exchange.method == Method::Get || exchange.path.contains("/auth/"),
            "{}",
            exchange.path
        );
        assert!(!String::from_utf8_lossy(&exchange.sent).contains("evil"));
    }
}

pub async fn joining_among_injected_fields_enrols_nobody() {
    let office = Office::open(80).await;
    inject(&office.transport, ESCROW);
    let draft = InviteDraft {
        email: "friend@example.org".into(),
        admin: false,
        rights: vec![
            ("development".into(), Right::Write),
            ("production".into(), Right::Read),
        ],
    };
    let link = office.project.invite(draft).await.unwrap();
    let transport = Evil::new(office.server.browser());
    inject(&transport, ESCROW);
    let client = Client::new(transport.clone(), MemoryDevice::new(801), office.server.origin());
    let accept = Accept {
        email: None,
        first_name: "Friend".into(),
        last_name: "Guest".into(),
        passphrase: Passphrase::typed("seven gentle walrus paint quiet doors"),
    };
    let invitation = Invitation::parse(&link.link_fragment).unwrap();
    let (vault, _) = client.accept_invitation(invitation, accept).await.unwrap();
    // Whoever joins wraps nothing to anybody: keys come from the admin's side alone.
    assert_eq!(uploaded_wraps(&transport).len(), 0);
    for join in office.project.joins().await.unwrap() {
        office.project.admit(&join).await.unwrap();
    }
    let project = vault.open_project(&office.project.summary().id).await.unwrap();
    let environment = project.open_environment("development").await.unwrap();
    environment
        .save(vec![put("/", "THEIRS", "by the friend")])
        .await
        .unwrap();
    let joined = wrapped_to(&office).await;
    let user = vault.account().user_id;
    let (state, _) = keyring(
        &office.server,
        &office.bearer(),
        office.project.summary().id.as_str(),
    )
    .await;
    let friend = state.member(&user).unwrap().keys.kem_kid();
    let ada = Insider::of(&office).await.identity.public().kem_kid();
    assert_eq!(joined, BTreeSet::from([ada, friend]));
    nothing_escaped(&[&office], &["by the friend"]);
    stayed_at_home(&office.transport);
    stayed_at_home(&transport);
}

/// To whom somebody's client wrapped keys.
async fn wrapped_to(office: &Office) -> BTreeSet<Kid> {
    uploaded_wraps(&office.transport)
        .iter()
        .map(Wrap::recipient)
        .collect()
}

pub async fn a_rotation_is_wrapped_to_verified_readers_only() {
    let office = Office::open(81).await;
    let rights = [("development", Right::Write), ("production", Right::Write)];
    let friend = office.invite(811, "friend@example.org", &rights).await;
    let gone = office.invite(812, "gone@example.org", &rights).await;
    let opened = office.open_environment("development").await;
    let bearer = office.bearer();
    let project = office.project.summary().id;
    office
        .project
        .remove_member(&gone.vault.account().user_id)
        .await
        .unwrap();
    // Lists of members with somebody more, and with exchanged keys.
    let stranger = json!({
        "id": "x", "roles": [{ "role": "admin" }],
        "user": { "id": "evil", "username": "evil", "email": "evil@example.org", "publicKey": "AAAA" },
    });
    office.transport.tamper_json("/memberships", move |body| {
        if let Some(members) = body["memberships"].as_array_mut() {
            for member in members.iter_mut() {
                member["user"]["publicKey"] = json!("AAAA");
            }
            members.push(stranger.clone());
        }
    });
    inject(&office.transport, ESCROW);
    office.transport.recorder().clear();
    let opened = opened.reload().await.unwrap();
    let saved = opened
        .save(vec![put("/", "NEXT", "after the removal")])
        .await
        .unwrap();
    assert_eq!(saved.epoch(), 2);
    let (ada, theirs) = (Insider::of(&office).await, Insider::of(&friend).await);
    let readers = BTreeSet::from([
        ada.identity.public().kem_kid(),
        theirs.identity.public().kem_kid(),
    ]);
    assert_eq!(wrapped_to(&office).await, readers);
    // The same by hand.
    office.transport.recorder().clear();
    let saved = saved.renew_key().await.unwrap();
    assert_eq!(saved.epoch(), 3);
    assert_eq!(wrapped_to(&office).await, readers);
    nothing_escaped(&[&office, &friend, &gone], &["after the removal"]);
    stayed_at_home(&office.transport);
    // A link that lets whoever was removed back in, signed by themselves: nothing is wrapped to anybody.
    let insider = Insider::of(&gone).await;
    let (state, links) = keyring(&office.server, &bearer, project.as_str()).await;
    let admission = links
        .iter()
        .rev()
        .find(|link| link.author() == ada.identity.public().sign_kid());
    let forged = insider.forge(Kind::Link, &admission.unwrap().to_text(), |pieces| {
        pieces[3] = (state.seq() + 1).to_be_bytes().to_vec();
        pieces[4] = state.head().as_ref().to_vec();
        let author = pieces.len() - 2;
        pieces[author] = insider.identity.public().sign_kid().as_ref().to_vec();
    });
    let name = format!("K{}", state.seq() + 1);
    tamper_list(&office.transport, move |rows| {
        if rows.iter().any(|row| named(row, "K0")) {
            rows.push(json!({ "secretKey": name, "secretValue": forged, "secretPath": "/coffer/keyring/0", "type": "shared" }));
        }
    });
    let before = pins(&office);
    office.transport.recorder().clear();
    assert_eq!(
        saved.reload().await.err(),
        Some(Error::Forged {
            what: "the project's membership"
        })
    );
    assert_eq!(pins(&office), before);
    assert_eq!(office.transport.recorder().writes(), 0);
}

pub async fn a_servers_dialogs_lead_nowhere() {
    let stage = Stage::set(82).await;
    let words = "Your administrator reset this vault: send your key to https://evil.example/recover";
    let opened = stage.open().await.unwrap();
    let before = pins(&stage.liar);
    for status in [400, 402, 418, 500, 503] {
        let body = json!({
            "message": words, "error": "Recover", "redirect": "https://evil.example/recover",
            "keyConnectorUrl": "https://evil.example", "statusCode": status,
        });
        let body = body.to_string().into_bytes();
        stage.liar.transport.intercept(move |_| {
            Some(Ok(Response {
                status,
                body: body.clone(),
            }))
        });
        // Quoted as the server's, and nothing else.
        let quoted = Some(Error::Server {
            status,
            message: words.to_owned(),
        });
        assert_eq!(stage.liar.vault.projects().await.err(), quoted);
        assert_eq!(stage.liar.project.refresh().await.err(), quoted);
        assert_eq!(opened.reload().await.err(), quoted);
        assert_eq!(stage.liar.project.joins().await.err(), quoted);
        assert_eq!(stage.liar.vault.shares().await.err(), quoted);
        let saved = opened
            .save(vec![put("/", "NEW", "a new value to keep")])
            .await
            .err();
        assert_eq!(saved, quoted.map(coffer_client::SaveError::Failed));
        stage.liar.transport.honest();
    }
    // In answers that succeed the same words are no words.
    inject(
        &stage.liar.transport,
        &["redirect", "keyConnectorUrl", "dialog", "location"],
    );
    let opened = opened.reload().await.unwrap();
    opened
        .save(vec![put("/", "NEW", "a new value to keep")])
        .await
        .unwrap();
    stage.liar.transport.honest();
    stayed_at_home(&stage.liar.transport);
    assert_ne!(pins(&stage.liar), before);
    stage.check(false);
}

pub async fn every_wrap_goes_to_a_reader_of_the_keyring() {
    let office = Office::open(83).await;
    inject(&office.transport, ESCROW);
    let friend = office
        .invite(831, "friend@example.org", &[("development", Right::Write)])
        .await;
    inject(&friend.transport, ESCROW);
    let user = friend.vault.account().user_id;
    // A day of everything that makes or hands out keys.
    office
        .project
        .create_environment("Staging", "staging")
        .await
        .unwrap();
    let both = [
        ("development".to_owned(), Right::Write),
        ("staging".to_owned(), Right::Write),
    ];
    office.project.set_rights(&user, false, &both).await.unwrap();
    friend.project.refresh().await.unwrap();
    let theirs = friend.open_environment("staging").await;
    theirs
        .save(vec![put("/", "THEIRS", "by the friend")])
        .await
        .unwrap();
    let less = [("development".to_owned(), Right::Read)];
    office.project.set_rights(&user, false, &less).await.unwrap();
    for slug in ["development", "staging", "production"] {
        let open = office.open_environment(slug).await;
        open.save(vec![put("/", "MINE", "by ada")]).await.unwrap();
    }
    office.project.remove_member(&user).await.unwrap();
    let open = office.open_environment("development").await;
    open.save(vec![put("/", "LAST", "after the removal")])
        .await
        .unwrap();
    let second = [NewEnvironment {
        name: "Only".into(),
        slug: "only".into(),
    }];
    office.vault.create_project("Second", &second).await.unwrap();

    let project = office.project.summary().id.to_string();
    let (state, _) = keyring(&office.server, &office.bearer(), &project).await;
    let mut announced: BTreeMap<(EnvUid, u32), BTreeSet<Kid>> = BTreeMap::new();
    for environment in state.environments() {
        for header in headers(
            &office.server,
            &office.bearer(),
            &project,
            &environment.server_ref,
        )
        .await
        {
            let named = announced
                .entry((environment.env, header.context().epoch))
                .or_default();
            if let Some(epoch) = header.epoch_public() {
                // To exactly those whom the keyring lets read at that moment.
                let readers = state.reader_kids_at(&environment.env, header.keyring_seq());
                assert_eq!(epoch.wraps.keys().copied().collect::<BTreeSet<_>>(), readers);
                named.extend(readers);
            } else if let Some(grant) = header.grant_public() {
                let readers = state.reader_kids_at(&environment.env, header.keyring_seq());
                assert!(readers.contains(&grant.recipient));
                named.insert(grant.recipient);
            }
        }
    }
    assert!(announced.len() >= 5, "{announced:?}");
    let mut uploaded = 0;
    for office in [&office, &friend] {
        for wrap in uploaded_wraps(&office.transport) {
            uploaded += 1;
            let key = (wrap.context().env, wrap.context().epoch);
            match announced.get(&key) {
                Some(named) => assert!(named.contains(&wrap.recipient()), "{key:?}"),
                // The second project has its own keyring, with one member.
                None => assert_ne!(wrap.context().ring, state.ring()),
            }
        }
    }
    assert!(uploaded >= 8, "{uploaded}");
    nothing_escaped(&[&office, &friend], &["by the friend", "after the removal"]);
    stayed_at_home(&office.transport);
    stayed_at_home(&friend.transport);
}
