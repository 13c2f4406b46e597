//! What Coffer's server does with links beyond the compatible API, on a real one, and what happens on others.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    Client, CreatedShare, Error, Passphrase, Response, RevealError, ShareChange, ShareContent, ShareDraft,
    ShareExpiry, ShareFeature, ShareId, ShareLimits, ShareState, ShareStatus, share_from_link,
};
use coffer_testkit::{Canary, Evil, InProcess, MemoryDevice, Office, run};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use zeroize::Zeroizing;

#[path = "../examples/links.rs"]
mod example;

type Stranger = Client<Evil<InProcess>, MemoryDevice>;

/// Somebody with a device of their own and no account.
fn stranger(office: &Office, seed: u64) -> (Stranger, MemoryDevice) {
    let device = MemoryDevice::new(seed);
    let client = Client::new(
        Evil::new(office.server.browser()),
        device.clone(),
        office.server.origin(),
    );
    (client, device)
}

fn draft(views: Option<u32>, passphrase: Option<&str>, limits: ShareLimits) -> ShareDraft {
    ShareDraft {
        content: ShareContent::Text(Zeroizing::new("low tide at six".to_owned())),
        title: "Tides".to_owned(),
        expires_in: ShareExpiry(60),
        views,
        passphrase: passphrase.map(Passphrase::typed),
        limits,
    }
}

async fn status(office: &Office, made: &CreatedShare) -> ShareStatus {
    let mut shares = office.vault.shares().await.unwrap().into_iter();
    shares.find(|share| share.id == made.id).unwrap()
}

#[test]
fn the_example_for_programs_runs() {
    run(async {
        let server = coffer_testkit::TestServer::start();
        let there = (server.browser(), server.browser());
        example::walk(there, MemoryDevice::new(70), &server.origin())
            .await
            .unwrap();
    });
}

#[test]
fn a_recipient_hears_when_a_link_ends_and_which_view_was_the_last() {
    run(async {
        let ada = Office::open(73).await;
        let transport = Evil::new(ada.server.browser());
        let client = Client::new(transport.clone(), MemoryDevice::new(731), ada.server.origin());
        let make = |views| ada.vault.create_share(draft(views, None, ShareLimits::default()));
        let (twice, free) = (make(Some(2)).await.unwrap(), make(None).await.unwrap());
        let link = |made: &CreatedShare| share_from_link(&made.link_fragment).unwrap();
        let ends = client.look_at_share(&link(&twice)).await.unwrap().ends.unwrap();
        assert!(ends.abs_diff(twice.not_after) < 60_000, "{ends}");
        for is_last in [false, true] {
            let opened = client.open_share(&link(&twice), None).await.unwrap();
            assert_eq!(
                (opened.was_last_view, opened.not_after),
                (is_last, twice.not_after)
            );
        }
        assert!(!client.open_share(&link(&free), None).await.unwrap().was_last_view);
        // What cannot be read is not taken for a link without limits.
        for views in [json!("many"), json!(-1), json!(1.5), json!([])] {
            transport.tamper_json("/shared-secrets/", move |body| {
                body["expiresAfterViews"] = views.clone()
            });
            let seen = client.look_at_share(&link(&free)).await;
            assert!(
                matches!(seen, Err(RevealError::Client(Error::Server { status: 200, .. }))),
                "{seen:?}"
            );
            transport.honest();
        }
    });
}

#[test]
fn a_recipient_destroys_what_they_may_open_and_the_sender_is_told() {
    run(async {
        let ada = Office::open(71).await;
        let (client, _) = stranger(&ada, 711);
        let made = ada
            .vault
            .create_share(draft(Some(2), Some("low tide"), ShareLimits::default()))
            .await
            .unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        let typed = |text| Some(Passphrase::typed(text));
        assert_eq!(
            client.destroy_share(&link, typed("high tide")).await,
            Err(RevealError::WrongPassphrase)
        );
        let glance = client.look_at_share(&link).await.unwrap();
        assert_eq!((glance.views_left, glance.last_opened), (Some(2), None));
        client.open_share(&link, typed("low tide")).await.unwrap();
        let glance = client.look_at_share(&link).await.unwrap();
        assert_eq!((glance.views_left, glance.last_opened.is_some()), (Some(1), true));
        // Once it was opened here, the passphrase is not asked for again.
        client.destroy_share(&link, None).await.unwrap();
        assert_eq!(
            client.open_share(&link, typed("low tide")).await.err(),
            Some(RevealError::Destroyed)
        );
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.state, told.opened, told.link_fragment),
            (ShareState::Destroyed, Some(1), None)
        );
    });
}

#[test]
fn only_the_first_device_opens_a_link_for_one_device() {
    run(async {
        let ada = Office::open(72).await;
        let ((first, device), (second, other)) = (stranger(&ada, 721), stranger(&ada, 722));
        let limits = ShareLimits {
            one_device: true,
            ..ShareLimits::default()
        };
        let made = ada
            .vault
            .create_share(draft(Some(3), None, limits))
            .await
            .unwrap();
        let link = || share_from_link(&made.link_fragment).unwrap();
        assert!(first.look_at_share(&link()).await.unwrap().one_device);
        first.open_share(&link(), None).await.unwrap();
        assert_eq!(
            second.open_share(&link(), None).await.err(),
            Some(RevealError::OtherDevice)
        );
        assert_eq!(
            second.destroy_share(&link(), None).await,
            Err(RevealError::OtherDevice)
        );
        first.open_share(&link(), None).await.unwrap();
        assert_eq!(
            status(&ada, &made).await.views_left,
            Some(1),
            "no view for the other"
        );
        use coffer_client::Device as _;
        assert_eq!(device.keys().await.unwrap().len(), 1);
        assert_eq!(
            other.keys().await.unwrap(),
            Vec::<String>::new(),
            "what does not open leaves nothing"
        );
        first.destroy_share(&link(), None).await.unwrap();
        assert_eq!(device.keys().await.unwrap(), Vec::<String>::new());
        // An ordinary link leaves nothing on the device.
        let plain = ada.share("plain", None, None).await;
        first
            .open_share(&share_from_link(&plain.link_fragment).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(device.keys().await.unwrap(), Vec::<String>::new());
    });
}

#[test]
fn a_sender_changes_a_link_and_sees_when_it_was_opened() {
    run(async {
        let ada = Office::open(73).await;
        let (client, _) = stranger(&ada, 731);
        let limits = ShareLimits {
            networks: vec!["0.0.0.0".to_owned()],
            receipts: true,
            ..ShareLimits::default()
        };
        let made = ada
            .vault
            .create_share(draft(Some(1), None, limits.clone()))
            .await
            .unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        assert!(client.look_at_share(&link).await.unwrap().receipts);
        let change = |expires_in: Option<u32>, views| ShareChange {
            expires_in: expires_in.map(ShareExpiry),
            views,
            ..ShareChange::default()
        };
        ada.vault
            .change_share(&made.id, change(None, Some(Some(3))))
            .await
            .unwrap();
        client.open_share(&link, None).await.unwrap();
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.views, told.views_left, told.opened),
            (Some(3), Some(2), Some(1))
        );
        assert_eq!(told.limits, limits);
        let receipts = ada.vault.share_receipts(&made.id).await.unwrap();
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].address, Some(IpAddr::from([0, 0, 0, 0])));
        assert!(receipts[0].at.is_some());
        ada.transport.tamper_json("/receipts", |body| {
            body["receipts"][0]["address"] = "call 555-0100".into();
        });
        let told = ada.vault.share_receipts(&made.id).await.unwrap();
        assert_eq!(told[0].address, None, "a server's words are no address");
        ada.transport.honest();
        // What is sealed inside cannot be prolonged.
        for minutes in [61, 4] {
            assert!(matches!(
                ada.vault
                    .change_share(&made.id, change(Some(minutes), None))
                    .await,
                Err(Error::Invalid {
                    field: "expires_in",
                    ..
                })
            ));
        }
        ada.vault
            .change_share(&made.id, change(Some(10), None))
            .await
            .unwrap();
        assert_eq!(status(&ada, &made).await.not_after, made.not_after - 50 * 60_000);
        ada.server.pass(11 * 60_000);
        ada.device.advance(11 * 60_000);
        assert_eq!(
            client.open_share(&link, None).await.err(),
            Some(RevealError::Expired)
        );
        assert!(matches!(
            status(&ada, &made).await.state,
            ShareState::Expired {
                was_opened: Some(true),
                last: Some(_)
            }
        ));

        let elsewhere = ShareLimits {
            networks: vec!["192.0.2.0/24".to_owned()],
            after_view: Some(1),
            ..ShareLimits::default()
        };
        let made = ada
            .vault
            .create_share(draft(None, None, elsewhere))
            .await
            .unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        assert_eq!(
            client.open_share(&link, None).await.err(),
            Some(RevealError::OtherNetwork)
        );
        assert_eq!(status(&ada, &made).await.opened, Some(0));
    });
}

#[test]
fn a_sender_changes_every_limit_of_a_link_until_its_first_view_decides_some() {
    run(async {
        let ada = Office::open(78).await;
        let (first, second) = (stranger(&ada, 781).0, stranger(&ada, 782).0);
        let made = ada
            .vault
            .create_share(draft(None, None, ShareLimits::default()))
            .await
            .unwrap();
        let link = share_from_link(&made.link_fragment).unwrap();
        let change = |change| ada.vault.change_share(&made.id, change);
        let limits = ShareLimits {
            after_view: Some(10),
            networks: vec!["192.0.2.0/24".to_owned()],
            one_device: true,
            receipts: true,
            sender_ends: true,
        };
        change(ShareChange {
            after_view: Some(Some(10)),
            networks: Some(limits.networks.clone()),
            one_device: Some(true),
            receipts: Some(true),
            sender_ends: Some(true),
            ..ShareChange::default()
        })
        .await
        .unwrap();
        assert_eq!(status(&ada, &made).await.limits, limits);
        assert_eq!(
            ada.again(783).await.vault.shares().await.unwrap()[0].limits,
            limits
        );
        let glance = first.look_at_share(&link).await.unwrap();
        assert!(glance.one_device && glance.receipts && glance.sender_ends);
        assert_eq!(
            first.open_share(&link, None).await.err(),
            Some(RevealError::OtherNetwork)
        );
        change(ShareChange {
            networks: Some(vec!["0.0.0.0".to_owned()]),
            ..ShareChange::default()
        })
        .await
        .unwrap();
        first.open_share(&link, None).await.unwrap();
        assert_eq!(
            second.open_share(&link, None).await.err(),
            Some(RevealError::OtherDevice)
        );
        assert_eq!(
            first.destroy_share(&link, None).await,
            Err(RevealError::SenderEnds)
        );
        assert_eq!(ada.vault.share_receipts(&made.id).await.unwrap().len(), 1);
        // Its first view has decided when it ends. On which device it opens can be given up, and not be bound anew.
        let ends = status(&ada, &made).await.not_after;
        assert!(ends.abs_diff(made.not_after - 50 * 60_000) < 1_000, "{ends}");
        let late = Err(Error::Invalid {
            field: "link",
            why: "one that nobody has opened",
        });
        let after_view = |minutes| ShareChange {
            after_view: Some(minutes),
            ..ShareChange::default()
        };
        assert_eq!(change(after_view(Some(5))).await, late);
        assert!(matches!(
            change(after_view(Some(0))).await,
            Err(Error::Invalid {
                field: "after_view",
                ..
            })
        ));
        let device = |one_device| ShareChange {
            one_device: Some(one_device),
            sender_ends: Some(false),
            ..ShareChange::default()
        };
        change(device(false)).await.unwrap();
        second.open_share(&link, None).await.unwrap();
        assert_eq!(change(device(true)).await, late);
        first.destroy_share(&link, None).await.unwrap();
        // What the server tells counts, or else what was asked for.
        for told in [json!({ "networks": ["0.0.0.0"] }), json!(null)] {
            ada.transport.tamper_json("shared-secrets?", move |body| {
                body["secrets"][0]["limits"] = told.clone();
            });
            let told = status(&ada, &made).await.limits;
            assert_eq!(
                (told.networks, told.sender_ends),
                (vec!["0.0.0.0".to_owned()], false)
            );
            ada.transport.honest();
        }
    });
}

#[test]
fn what_became_of_a_link_is_told_after_its_end_too() {
    run(async {
        let ada = Office::open(76).await;
        let (client, _) = stranger(&ada, 761);
        let make = |views| ada.vault.create_share(draft(views, None, ShareLimits::default()));
        let mut made = Vec::new();
        for (views, openings) in [(Some(1), 1), (Some(3), 2), (None, 1), (Some(3), 0), (None, 0)] {
            let share = make(views).await.unwrap();
            let link = share_from_link(&share.link_fragment).unwrap();
            for _ in 0..openings {
                client.open_share(&link, None).await.unwrap();
            }
            made.push(share);
        }
        let revoked = make(None).await.unwrap();
        ada.vault.revoke_share(&revoked.id).await.unwrap();
        ada.server.pass(61 * 60_000);
        ada.device.advance(61 * 60_000);
        assert_eq!(status(&ada, &made[0]).await.state, ShareState::UsedUp);
        for (share, openings) in [(&made[1], 2), (&made[2], 1), (&made[3], 0), (&made[4], 0)] {
            let told = status(&ada, share).await;
            assert_eq!((told.opened, told.link_fragment.as_ref()), (Some(openings), None));
            let ShareState::Expired { was_opened, last } = told.state else {
                panic!("{:?}", told.state)
            };
            assert_eq!((was_opened, last.is_some()), (Some(openings > 0), openings > 0));
        }
        assert_eq!(status(&ada, &revoked).await.state, ShareState::Revoked);
        // Of what the server has forgotten nobody knows whether it was opened.
        ada.transport
            .tamper_json("shared-secrets?", |body| body["secrets"] = serde_json::json!([]));
        let forgotten = ShareState::Expired {
            was_opened: None,
            last: None,
        };
        assert_eq!(status(&ada, &made[1]).await.state, forgotten);
    });
}

#[test]
fn a_link_beyond_the_pages_that_a_server_lists_is_not_judged() {
    run(async {
        let ada = Office::open(77).await;
        let made = ada.share("beyond", None, None).await;
        // As a compatible server, which lists two hundred and refuses the next question.
        ada.transport.intercept(|request| {
            let offset = request
                .path
                .split("offset=")
                .nth(1)
                .filter(|_| request.path.contains("shared-secrets?"))?;
            let page: Vec<_> = (0..100)
                .map(|n| serde_json::json!({ "id": format!("{offset}-{n}") }))
                .collect();
            let (status, body) = match offset.starts_with("200&") {
                true => (
                    422,
                    serde_json::json!({ "error": "ValidationFailure", "message": [] }),
                ),
                false => (200, serde_json::json!({ "secrets": page, "totalCount": 300 })),
            };
            Some(Ok(Response {
                status,
                body: body.to_string().into_bytes(),
            }))
        });
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.state, told.link_fragment.as_ref()),
            (ShareState::Unknown, Some(&made.link_fragment))
        );
        // It is taken back all the same.
        ada.vault.revoke_share(&made.id).await.unwrap();
        assert_eq!(status(&ada, &made).await.state, ShareState::Revoked);
    });
}

#[test]
fn a_senders_note_on_a_link_is_kept_for_the_sender_alone() {
    run(async {
        let ada = Office::open(75).await;
        let made = ada.share("plain", None, None).await;
        let words = "for the curlew desk, ask Ines";
        ada.vault.annotate_share(&made.id, words).await.unwrap();
        let elsewhere = ada.again(751).await;
        let told = elsewhere.vault.shares().await.unwrap();
        assert_eq!(told[0].note, words);
        let mut canary = Canary::new();
        canary.add("the note", words.as_bytes());
        assert_eq!(canary.check(&ada.transport.recorded()), []);
        assert!(matches!(
            ada.vault.annotate_share(&made.id, &"x".repeat(501)).await,
            Err(Error::Invalid { field: "note", .. })
        ));
        let unknown = ShareId::new("none");
        assert_eq!(
            ada.vault.annotate_share(&unknown, words).await,
            Err(Error::NotFound)
        );
    });
}

#[test]
fn a_server_that_does_not_offer_a_limit_is_never_asked_to_keep_it() {
    run(async {
        let ada = Office::open(74).await;
        assert_eq!(
            ada.vault.share_features().await.unwrap(),
            ShareFeature::ALL.into()
        );
        let plain = ada.share("plain", None, None).await;
        // As another server answers, and as a newer one of ours may.
        for features in [
            serde_json::Value::Null,
            serde_json::json!({ "shares": ["teleport", 7] }),
        ] {
            ada.transport.honest();
            ada.transport.tamper_json("admin/config", move |body| {
                let config = body["config"].as_object_mut().unwrap();
                config.remove("coffer");
                if !features.is_null() {
                    config.insert("coffer".to_owned(), features.clone());
                }
            });
            assert_eq!(ada.vault.share_features().await.unwrap(), BTreeSet::new());
            let before = ada.vault.shares().await.unwrap().len();
            for limits in [
                ShareLimits {
                    after_view: Some(5),
                    ..ShareLimits::default()
                },
                ShareLimits {
                    networks: vec!["192.0.2.1".to_owned()],
                    ..ShareLimits::default()
                },
                ShareLimits {
                    one_device: true,
                    ..ShareLimits::default()
                },
                ShareLimits {
                    receipts: true,
                    ..ShareLimits::default()
                },
                ShareLimits {
                    sender_ends: true,
                    ..ShareLimits::default()
                },
            ] {
                let made = ada.vault.create_share(draft(None, None, limits)).await;
                assert!(matches!(made, Err(Error::Unsupported { .. })), "{made:?}");
            }
            let change = ada.vault.change_share(&plain.id, ShareChange::default()).await;
            assert!(matches!(change, Err(Error::Unsupported { .. })));
            let receipts = ada.vault.share_receipts(&plain.id).await;
            assert!(matches!(receipts, Err(Error::Unsupported { .. })));
            assert_eq!(ada.vault.shares().await.unwrap().len(), before);
            ada.vault
                .create_share(draft(None, None, ShareLimits::default()))
                .await
                .unwrap();
        }
        // An older server of ours changes the end and the views alone.
        ada.transport.honest();
        ada.transport.tamper_json("admin/config", |body| {
            body["config"]["coffer"] = json!({ "shares": ["change", "networks"] });
        });
        let elsewhere = ShareChange {
            views: Some(Some(2)),
            networks: Some(vec!["192.0.2.1".to_owned()]),
            ..ShareChange::default()
        };
        let change = ada.vault.change_share(&plain.id, elsewhere).await;
        assert!(matches!(change, Err(Error::Unsupported { .. })));
        let views = ShareChange {
            views: Some(Some(2)),
            ..ShareChange::default()
        };
        ada.vault.change_share(&plain.id, views).await.unwrap();
        let told = status(&ada, &plain).await;
        assert_eq!((told.views_left, told.limits), (Some(2), ShareLimits::default()));
    });
}
