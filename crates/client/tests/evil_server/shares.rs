//! Share links.

use crate::stage::unbase64;
use coffer_client::{Client, Passphrase, RevealError, ShareContent, ShareState, share_from_link};
use coffer_testkit::{Canary, Evil, MemoryDevice, Office, TestServer};
use serde_json::{Value, json};

pub async fn exchanged_shares_are_damaged() {
    let server = TestServer::start();
    let office = Office::open_on(&server, 18).await;
    let one = office.share("the first text to share", None, None).await;
    let two = office.share("the second text to share", None, None).await;
    let locked = office
        .share("the third text to share", Some(1), Some("tide"))
        .await;
    let transport = Evil::new(server.browser());
    let client = Client::new(transport.clone(), MemoryDevice::new(181), server.origin());
    let link = |created: &coffer_client::CreatedShare| share_from_link(&created.link_fragment).unwrap();
    let text = |content: ShareContent| match content {
        ShareContent::Text(text) => text.as_str().to_owned(),
        _ => panic!("not a text"),
    };
    // Honest first, and the look before the click asks nobody.
    assert_eq!(transport.recorder().count(), 0);
    assert_eq!(
        text(client.reveal_share(&link(&one), None).await.unwrap()),
        "the first text to share"
    );
    // The ciphertext of the other share.
    let sealed = transport.recorded().iter().rev().find_map(|exchange| {
        serde_json::from_slice::<Value>(&exchange.answered).ok()?["secretValue"]
            .as_str()
            .map(str::to_owned)
    });
    let sealed = sealed.unwrap();
    transport.tamper_json("/access", move |body| body["secretValue"] = json!(sealed));
    assert_eq!(
        client.reveal_share(&link(&two), None).await.err(),
        Some(RevealError::Damaged)
    );
    transport.honest();
    // Flipped, cut off, plain.
    for change in ["cfh1.AAAA", "the second text to share", ""] {
        transport.tamper_json("/access", move |body| body["secretValue"] = json!(change));
        assert_eq!(
            client.reveal_share(&link(&two), None).await.err(),
            Some(RevealError::Damaged)
        );
        transport.honest();
    }
    // A wrong passphrase costs no view; the right one is the only one.
    let wrong = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("ebb")))
        .await;
    assert_eq!(wrong.err(), Some(RevealError::WrongPassphrase));
    let right = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("tide")))
        .await
        .unwrap();
    assert_eq!(text(right), "the third text to share");
    let again = client
        .reveal_share(&link(&locked), Some(Passphrase::typed("tide")))
        .await;
    assert_eq!(again.err(), Some(RevealError::Used));
    // The link's key never reached the server, nor did any text; T_share is not the key.
    let mut canary = Canary::new();
    for (n, created) in [&one, &two, &locked].into_iter().enumerate() {
        let key = created.link_fragment.split('.').nth(1).unwrap();
        canary.add(&format!("link key {n}"), key.as_bytes());
        canary.add(&format!("raw link key {n}"), &unbase64(key));
    }
    let canary = canary.watch("text", "text to share");
    assert_eq!(canary.check(&transport.recorded()), []);
    assert_eq!(canary.check(&office.transport.recorded()), []);
    for (name, bytes) in server.files() {
        assert_eq!(canary.check_bytes(&name, &bytes), [], "{name}");
    }
    let states: Vec<_> = office
        .vault
        .shares()
        .await
        .unwrap()
        .into_iter()
        .map(|s| s.state)
        .collect();
    assert!(states.contains(&ShareState::UsedUp), "{states:?}");
}
