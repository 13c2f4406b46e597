//! Links and forms of others, in the hands of an administrator of the organisation.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    Client, Error, FormDraft, FormField, FormFieldKind, FormState, OverseenWhat, RevealError, ShareExpiry,
    ShareState, form_from_link, share_from_link,
};
use coffer_testkit::{Canary, MemoryDevice, Office, run};
use zeroize::Zeroizing;

fn form() -> FormDraft {
    FormDraft {
        title: "Which tide?".to_owned(),
        fields: vec![FormField {
            kind: FormFieldKind::Text,
            label: "Tide".to_owned(),
            hint: String::new(),
        }],
        expires_in: ShareExpiry(60),
        answers: 2,
    }
}

#[test]
fn an_administrator_ends_what_others_made_and_they_are_told() {
    run(async {
        let ada = Office::open(301).await;
        let ben = ada.invite(3011, "ben@example.org", &[]).await;
        assert_eq!(ada.vault.overseen_links().await.unwrap().links, []);
        let link = ben.share("low tide at six", Some(3), None).await;
        ada.share("my own", None, None).await;
        let form = ben.vault.create_form(&form()).await.unwrap();
        let stranger = Client::new(ada.server.browser(), MemoryDevice::new(3012), ada.server.origin());
        let asked = form_from_link(&form.link_fragment).unwrap();
        let filled = || vec![(Zeroizing::new(b"high".to_vec()), String::new())];
        stranger
            .fill_form(&asked, filled(), Zeroizing::default())
            .await
            .unwrap();
        assert_eq!(ben.vault.form_answers(&form.id).await.unwrap().answers.len(), 1);

        let told = ada.vault.overseen_links().await.unwrap();
        assert_eq!(told.all, 2);
        let what: Vec<_> = told.links.iter().map(|link| link.what).collect();
        assert!(what.contains(&OverseenWhat::Form { answers: 1, most: 2 }));
        assert!(what.contains(&OverseenWhat::Link {
            views_left: Some(3),
            opened: 0,
            file: None
        }));
        for overseen in &told.links {
            let owner = overseen.owner.as_ref().unwrap();
            assert!(owner.is_member && !owner.machine && !owner.name.is_empty());
            assert!(overseen.created < overseen.ends);
        }
        // An administrator is given nothing that opens or answers it.
        let mut canary = Canary::new();
        canary.add("the link", link.id.as_str().as_bytes());
        canary.add("the form", form.id.as_str().as_bytes());
        assert_eq!(canary.check(&ada.transport.recorded()), []);

        for overseen in &told.links {
            ada.vault.end_overseen_link(&overseen.handle).await.unwrap();
            // Once more is as well: somebody else was quicker.
            ada.vault.end_overseen_link(&overseen.handle).await.unwrap();
        }
        assert_eq!(ada.vault.overseen_links().await.unwrap().all, 0);
        let received = share_from_link(&link.link_fragment).unwrap();
        assert_eq!(
            stranger.open_share(&received, None).await.err(),
            Some(RevealError::Revoked)
        );
        let late = stranger.fill_form(&asked, filled(), Zeroizing::default()).await;
        assert!(
            matches!(late, Err(Error::Invalid { field: "form", .. })),
            "{late:?}"
        );
        // Whoever made them is told, and accuses the server of nothing.
        let shares = ben.vault.shares().await.unwrap();
        assert_eq!(
            (shares[0].state, shares[0].link_fragment.as_ref()),
            (ShareState::EndedByAdmin, None)
        );
        let forms = ben.vault.forms().await.unwrap();
        assert_eq!(
            (forms[0].state, forms[0].link_fragment.as_ref()),
            (FormState::EndedByAdmin, None)
        );
        let answers = ben.vault.form_answers(&form.id).await.unwrap();
        assert_eq!((answers.withheld, answers.erased), (0, 1));
        ben.vault.close_form(&form.id).await.unwrap();
    });
}

#[test]
fn who_administers_nothing_asks_for_nothing_and_other_servers_have_no_such_list() {
    run(async {
        let ada = Office::open(302).await;
        let ben = ada.invite(3021, "ben@example.org", &[]).await;
        let before = ben.transport.recorded().len();
        assert_eq!(ben.vault.overseen_links().await.err(), Some(Error::Forbidden));
        let handle = "made-up".into();
        assert_eq!(
            ben.vault.end_overseen_link(&handle).await.err(),
            Some(Error::Forbidden)
        );
        let sent = &ben.transport.recorded()[before..];
        assert!(
            sent.iter()
                .all(|exchange| !exchange.path.contains("shared-secrets")),
            "the server is asked for nothing that it refuses"
        );
        ada.transport.tamper_json("admin/config", |body| {
            body["config"].as_object_mut().unwrap().remove("coffer");
        });
        assert!(matches!(
            ada.vault.overseen_links().await,
            Err(Error::Unsupported { .. })
        ));
    });
}
