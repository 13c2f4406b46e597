//! Webhooks through a real server, and what happens on others.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{Error, LastTry, WebhookDraft, WebhookKind};
use coffer_testkit::{Office, run};

fn draft(url: &str, signed: bool) -> WebhookDraft {
    WebhookDraft {
        kind: WebhookKind::General,
        url: url.to_owned(),
        signed,
    }
}

#[test]
fn a_webhook_is_made_listed_rested_and_deleted() {
    run(async {
        let ada = Office::open(91).await;
        for webhooks in [ada.project.webhooks(), ada.vault.link_webhooks()] {
            assert_eq!(webhooks.list().await.unwrap(), Some(vec![]));
            let made = webhooks.add(draft(" https://8.8.8.8/hook ", true)).await.unwrap();
            assert_eq!(made.secret.unwrap().len(), 64);
            let listed = webhooks.list().await.unwrap().unwrap().remove(0);
            assert_eq!(listed.id, made.id);
            assert_eq!(listed.url.as_deref(), Some("https://8.8.8.8/hook"));
            assert_eq!((listed.kind, listed.rests), (Some(WebhookKind::General), false));
            assert_eq!((listed.last, listed.waiting), (LastTry::None, 0));
            webhooks.rest(&made.id, true).await.unwrap();
            assert!(webhooks.list().await.unwrap().unwrap()[0].rests);
            webhooks.delete(&made.id).await.unwrap();
            // Another device was faster.
            webhooks.delete(&made.id).await.unwrap();
            assert_eq!(webhooks.list().await.unwrap(), Some(vec![]));

            let inner = webhooks.add(draft("https://127.0.0.1/hook", false)).await;
            let Err(Error::Server { status: 400, message }) = inner else {
                panic!("{inner:?}");
            };
            assert!(message.contains("may reach"), "{message}");
        }
    });
}
