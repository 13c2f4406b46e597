//! What an account remembers of its links and forms, with two devices of one person and a network that breaks.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AnswerMark, Client, CreatedForm, CreatedShare, Error, FormDraft, FormField, FormFieldKind, FormState,
    FormStatus, Method, ShareChange, ShareExpiry, ShareState, ShareStatus, TransportError, form_from_link,
};
use coffer_testkit::{Cut, MemoryDevice, Office, run};
use zeroize::Zeroizing;

fn draft(answers: u32) -> FormDraft {
    FormDraft {
        title: "Which tide?".to_owned(),
        fields: vec![FormField {
            kind: FormFieldKind::Text,
            label: "Tide".to_owned(),
            hint: String::new(),
        }],
        expires_in: ShareExpiry(60),
        answers,
    }
}

/// Fills a form in as somebody who has the link.
async fn answer(office: &Office, made: &CreatedForm, seed: u64, text: &str) {
    let (transport, device) = (office.server.browser(), MemoryDevice::new(seed));
    let stranger = Client::new(transport, device, office.server.origin());
    let form = form_from_link(&made.link_fragment).unwrap();
    let filled = vec![(Zeroizing::new(text.as_bytes().to_vec()), String::new())];
    stranger
        .fill_form(&form, filled, Zeroizing::default())
        .await
        .unwrap();
}

async fn link(office: &Office, made: &CreatedShare) -> ShareStatus {
    let mut shares = office.vault.shares().await.unwrap().into_iter();
    shares.find(|share| share.id == made.id).unwrap()
}

async fn form(office: &Office, made: &CreatedForm) -> FormStatus {
    let mut forms = office.vault.forms().await.unwrap().into_iter();
    forms.find(|form| form.id == made.id).unwrap()
}

#[test]
fn what_one_device_did_to_a_link_another_does_not_undo() {
    run(async {
        let phone = Office::open(201).await;
        let (taken_back, kept) = (
            phone.share("one", Some(3), None).await,
            phone.share("two", Some(3), None).await,
        );
        let laptop = phone.again(2011).await;
        phone.vault.revoke_share(&taken_back.id).await.unwrap();
        phone.vault.annotate_share(&kept.id, "for Ines").await.unwrap();
        // The laptop has not heard of any of it, and writes.
        let change = ShareChange {
            views: Some(Some(5)),
            ..ShareChange::default()
        };
        laptop.vault.change_share(&kept.id, change).await.unwrap();
        let fresh = phone.again(2012).await;
        for office in [&fresh, &phone, &laptop] {
            assert_eq!(link(office, &taken_back).await.state, ShareState::Revoked);
            let told = link(office, &kept).await;
            assert_eq!((told.note.as_str(), told.views), ("for Ines", Some(5)));
        }
    });
}

#[test]
fn limits_that_two_devices_change_at_once_are_as_each_was_wanted_last() {
    run(async {
        let phone = Office::open(205).await;
        let made = phone.share("one", None, None).await;
        let laptop = phone.again(2051).await;
        let networks = |last: u8| ShareChange {
            networks: Some(vec![format!("192.0.2.{last}")]),
            ..ShareChange::default()
        };
        let receipts = ShareChange {
            receipts: Some(true),
            ..networks(7)
        };
        // None has heard of the other.
        phone.vault.change_share(&made.id, networks(1)).await.unwrap();
        laptop.vault.change_share(&made.id, receipts).await.unwrap();
        phone.vault.change_share(&made.id, networks(9)).await.unwrap();
        for office in [&phone, &laptop, &phone.again(2052).await] {
            let limits = link(office, &made).await.limits;
            assert_eq!(
                (limits.networks, limits.receipts),
                (vec!["192.0.2.9".to_owned()], true)
            );
        }
    });
}

#[test]
fn what_one_device_did_to_a_form_another_does_not_undo() {
    run(async {
        let phone = Office::open(202).await;
        let (closed, kept) = (
            phone.vault.create_form(&draft(5)).await.unwrap(),
            phone.vault.create_form(&draft(5)).await.unwrap(),
        );
        for (seed, text) in [(2021, "high"), (2022, "low")] {
            answer(&phone, &kept, seed, text).await;
        }
        let seen = phone.vault.form_answers(&kept.id).await.unwrap();
        let [high, low] = [0, 1].map(|at: usize| seen.answers[at].id.clone());
        answer(&phone, &closed, 2023, "spring").await;
        let laptop = phone.again(2024).await;
        phone.vault.close_form(&closed.id).await.unwrap();
        phone
            .vault
            .mark_answer(&kept.id, &high, AnswerMark::Used)
            .await
            .unwrap();
        // The laptop has not heard of any of it, and writes.
        laptop
            .vault
            .mark_answer(&kept.id, &low, AnswerMark::Read)
            .await
            .unwrap();
        let fresh = phone.again(2025).await;
        for office in [&fresh, &phone, &laptop] {
            assert_eq!(form(office, &closed).await.state, FormState::Closed);
            let answers = office.vault.form_answers(&closed.id).await;
            assert_eq!(answers.err(), Some(Error::NotFound));
            let told = office.vault.form_answers(&kept.id).await.unwrap();
            let marks: Vec<_> = told.answers.iter().map(|answer| answer.mark).collect();
            assert_eq!(marks, [AnswerMark::Used, AnswerMark::Read]);
            assert_eq!(form(office, &kept).await.unread, 0);
        }
        // Nor is an answer back that one device deleted.
        phone.vault.delete_answer(&kept.id, &high).await.unwrap();
        laptop
            .vault
            .mark_answer(&kept.id, &low, AnswerMark::Used)
            .await
            .unwrap();
        let told = phone.vault.form_answers(&kept.id).await.unwrap();
        assert_eq!((told.answers.len(), told.withheld), (1, 0));
    });
}

#[test]
fn links_and_forms_that_another_device_made_are_listed_and_answered() {
    run(async {
        let phone = Office::open(203).await;
        let laptop = phone.again(2031).await;
        let share = laptop.share("made on the laptop", None, None).await;
        assert_eq!(link(&phone, &share).await.state, ShareState::Unopened);
        let made = laptop.vault.create_form(&draft(1)).await.unwrap();
        answer(&phone, &made, 2032, "neap").await;
        assert_eq!(form(&phone, &made).await.state, FormState::Answered);
        let made = laptop.vault.create_form(&draft(2)).await.unwrap();
        answer(&phone, &made, 2033, "neap").await;
        let answers = phone.vault.form_answers(&made.id).await.unwrap();
        assert_eq!(answers.answers.len(), 1);
        // Without having listed it first.
        let share = laptop.share("another one", None, None).await;
        phone.vault.revoke_share(&share.id).await.unwrap();
        assert_eq!(link(&laptop, &share).await.state, ShareState::Revoked);
    });
}

#[test]
fn what_could_not_be_noted_leaves_no_ghost() {
    run(async {
        let ada = Office::open(204).await;
        // The server has made it, and then the network is gone: neither noted nor taken back.
        ada.transport.cut(Cut::Before(1));
        assert_eq!(ada.vault.create_form(&draft(1)).await.err(), Some(Error::Offline));
        assert!(ada.transport.was_cut());
        ada.transport.honest();
        assert_eq!(ada.vault.forms().await.unwrap(), []);
        ada.transport.cut(Cut::Before(1));
        let draft = |text: &str| coffer_client::ShareDraft {
            content: coffer_client::ShareContent::Text(Zeroizing::new(text.to_owned())),
            title: text.to_owned(),
            expires_in: ShareExpiry(60),
            views: None,
            passphrase: None,
            limits: coffer_client::ShareLimits::default(),
        };
        let made = ada.vault.create_share(draft("offline")).await;
        assert_eq!(made.err(), Some(Error::Offline));
        ada.transport.honest();
        assert_eq!(ada.vault.shares().await.unwrap(), []);
        // It was noted, and the answer to that got lost with the network: it opens, and is listed as what it is.
        ada.transport.cut(Cut::AnswerLost(1));
        let made = ada.vault.create_share(draft("lost answer")).await;
        assert_eq!(made.err(), Some(Error::Offline));
        ada.transport.honest();
        let told = ada.vault.shares().await.unwrap();
        assert_eq!(
            told.iter().map(|share| share.state).collect::<Vec<_>>(),
            [ShareState::Unopened]
        );
        ada.vault.revoke_share(&told[0].id).await.unwrap();
        // It was noted, the answer got lost, and it could be taken back: everybody is told so.
        let mut left = 1;
        ada.transport.intercept(move |request| {
            let lost = request.method == Method::Get && request.path.contains("/B0");
            (lost && std::mem::take(&mut left) == 1).then_some(Err(TransportError::Offline))
        });
        let made = ada.vault.create_share(draft("taken back")).await;
        assert_eq!(made.err(), Some(Error::Offline));
        ada.transport.honest();
        for office in [&ada, &ada.again(2041).await] {
            let told = office.vault.shares().await.unwrap();
            let states: Vec<_> = told.iter().map(|share| share.state).collect();
            assert_eq!(states, [ShareState::Revoked, ShareState::Revoked]);
        }
    });
}
