//! A secret asked of somebody without an account, on a real server.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    Client, Error, FormDraft, FormField, FormFieldKind, FormState, LinkError, ShareExpiry, form_from_link,
};
use coffer_testkit::{Canary, Evil, MemoryDevice, Office, run};
use zeroize::Zeroizing;

fn draft() -> FormDraft {
    let field = |kind, label: &str| FormField {
        kind,
        label: label.to_owned(),
        hint: "as it stands".to_owned(),
    };
    FormDraft {
        title: "For the release, asks Mara".to_owned(),
        fields: vec![
            field(FormFieldKind::Text, "API key"),
            field(FormFieldKind::File, "Certificate"),
        ],
        expires_in: ShareExpiry(60),
    }
}

fn filled(text: &str) -> Vec<(Zeroizing<Vec<u8>>, String)> {
    vec![
        (Zeroizing::new(text.as_bytes().to_vec()), String::new()),
        (Zeroizing::new(vec![0, 159, 146, 150]), "cert.der".to_owned()),
    ]
}

#[test]
fn an_answer_comes_once_sealed_and_is_read_by_who_asked() {
    run(async {
        let ada = Office::open(91).await;
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let waiting = ada.vault.forms().await.unwrap();
        assert_eq!(waiting[0].state, FormState::Waiting);
        assert_eq!(
            waiting[0].link_fragment.as_deref(),
            Some(made.link_fragment.as_str())
        );
        assert_eq!(ada.vault.read_form(&made.id).await.err(), Some(Error::NotFound));
        // Somebody with the link and nothing else.
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(911), ada.server.origin());
        let form = form_from_link(&format!("#{}", made.link_fragment)).unwrap();
        assert_eq!(
            (form.title.as_str(), form.fields.len()),
            ("For the release, asks Mara", 2)
        );
        assert!(!stranger.is_form_answered(&form).await.unwrap());
        let note = Zeroizing::new("ends in May".to_owned());
        stranger
            .fill_form(&form, filled("sk_live_canary"), note)
            .await
            .unwrap();
        let again = stranger
            .fill_form(&form, filled("another"), Zeroizing::default())
            .await;
        assert_eq!(again, Err(Error::NameTaken));
        let answered = ada.vault.forms().await.unwrap();
        assert_eq!(
            (answered[0].state, answered[0].link_fragment.clone()),
            (FormState::Answered, None)
        );
        // On another device of who asked.
        let elsewhere = ada.again(912).await;
        let read = elsewhere.vault.read_form(&made.id).await.unwrap();
        assert_eq!(read.fields[0].content.as_slice(), b"sk_live_canary");
        assert_eq!(read.fields[1].file_name, "cert.der");
        assert_eq!(read.note.as_str(), "ends in May");
        let mut canary = Canary::new();
        for text in [
            "sk_live_canary",
            "ends in May",
            "cert.der",
            "asks Mara",
            "Certificate",
        ] {
            canary.add(text, text.as_bytes());
        }
        assert_eq!(canary.check(&transport.recorded()), []);
        assert_eq!(canary.check(&ada.transport.recorded()), []);
        ada.vault.close_form(&made.id).await.unwrap();
        assert_eq!(ada.vault.forms().await.unwrap()[0].state, FormState::Closed);
        assert!(ada.vault.read_form(&made.id).await.is_err());
    });
}

#[test]
fn a_form_ends_and_a_server_can_neither_answer_nor_exchange_anything() {
    run(async {
        let ada = Office::open(92).await;
        let (one, two) = (
            ada.vault.create_form(&draft()).await.unwrap(),
            ada.vault.create_form(&draft()).await.unwrap(),
        );
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(921), ada.server.origin());
        let form = form_from_link(&one.link_fragment).unwrap();
        stranger
            .fill_form(&form, filled("one"), Zeroizing::default())
            .await
            .unwrap();
        // An answer that the server made, or another form's.
        let first = ada.transport.clone();
        for told in ["cfa1.AQ", "cfh1.AAAA", "anything"] {
            first.tamper_json("reveal-value", move |body| {
                body["secretRequest"]["secretValue"] = told.into()
            });
            assert_eq!(
                ada.vault.read_form(&one.id).await.err(),
                Some(Error::Forged { what: "an answer" })
            );
            first.honest();
        }
        assert!(ada.vault.read_form(&one.id).await.is_ok());
        let other = form_from_link(&two.link_fragment).unwrap();
        stranger
            .fill_form(&other, filled("two"), Zeroizing::default())
            .await
            .unwrap();
        let path = format!("/api/v1/shared-secrets/requests/{}/reveal-value", two.id);
        let answer = ada
            .server
            .browser()
            .call(
                coffer_client::Method::Post,
                &path,
                Some(&ada.bearer()),
                Some(serde_json::json!({})),
            )
            .await;
        let sealed = answer["secretRequest"]["secretValue"].clone();
        first.tamper_json("reveal-value", move |body| {
            body["secretRequest"]["secretValue"] = sealed.clone()
        });
        assert_eq!(
            ada.vault.read_form(&one.id).await.err(),
            Some(Error::Forged { what: "an answer" })
        );
        first.honest();
        // Its time is over, by the sealer's clock and by the server's.
        let three = ada.vault.create_form(&draft()).await.unwrap();
        let late = form_from_link(&three.link_fragment).unwrap();
        ada.server.pass(61 * 60_000);
        assert!(
            stranger
                .fill_form(&late, filled("late"), Zeroizing::default())
                .await
                .is_err()
        );
        ada.device.advance(61 * 60_000);
        let states = ada.vault.forms().await.unwrap();
        assert!(states.iter().any(|form| form.state == FormState::Expired));
        assert_eq!(form_from_link("").err(), Some(LinkError::NoKey));
        assert_eq!(form_from_link("v1.short").err(), Some(LinkError::Malformed));
    });
}
