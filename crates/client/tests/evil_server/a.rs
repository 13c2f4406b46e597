//! A: escrow and recovery.

use crate::stage::Stage;
use coffer_client::{Client, Method};
use coffer_testkit::{Evil, MemoryDevice};
use serde_json::{Value, json};

pub async fn unlocking_among_injected_fields_writes_nothing() {
    let stage = Stage::set(26).await;
    let transport = Evil::new(stage.office.server.browser());
    transport.tamper(|_, response| {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(&response.body) else {
            return;
        };
        for key in [
            "recoveryPolicy",
            "adminPublicKey",
            "publicKey",
            "superAdmins",
            "keyConnectorUrl",
            "minVersion",
        ] {
            body.insert(
                key.to_owned(),
                json!({ "key": "AAAA", "enrol": true, "url": "https://evil.example" }),
            );
        }
        response.body = Value::Object(body).to_string().into_bytes();
    });
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
