//! Official crate `infisical` 0.0.4, unchanged, against a server: log in, create, list, read, update, delete.
//!
//!     COFFER_URL=… COFFER_CLIENT_ID=… COFFER_CLIENT_SECRET=… COFFER_PROJECT=… \
//!     cargo run --locked --manifest-path crates/server/tests/sdk/rust/Cargo.toml
//!
//! Ends with status 0 and the line "ok" if everything was as it should be.

use std::env;

use infisical::secrets::{
    CreateSecretRequest, DeleteSecretRequest, GetSecretRequest, ListSecretsRequest, UpdateSecretRequest,
};
use infisical::{AuthMethod, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let need = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (project, sealed, name) = (
        need("COFFER_PROJECT"),
        format!("cfv1.{}", "A".repeat(400)),
        "CRATE_SDK_KEY",
    );

    let mut client = Client::builder()
        .base_url(need("COFFER_URL"))
        .build()
        .await
        .expect("a client");
    let wrong = AuthMethod::new_universal_auth(need("COFFER_CLIENT_ID"), "wrong");
    client.login(wrong).await.expect_err("a wrong secret is refused");
    let right = AuthMethod::new_universal_auth(need("COFFER_CLIENT_ID"), need("COFFER_CLIENT_SECRET"));
    client.login(right).await.expect("logging in");

    let new = || {
        CreateSecretRequest::builder(name, &sealed, &project, "dev")
            .path("/")
            .secret_comment("c")
            .build()
    };
    let made = client.secrets().create(new()).await.expect("creating");
    assert_eq!(
        (made.secret_value.as_str(), made.secret_comment.as_str()),
        (sealed.as_str(), "c")
    );
    client
        .secrets()
        .create(new())
        .await
        .expect_err("a second one is refused");

    let list = ListSecretsRequest::builder(&project, "dev")
        .path("/")
        .recursive(true)
        .build();
    let listed = client.secrets().list(list).await.expect("listing");
    assert!(
        listed
            .iter()
            .any(|secret| secret.secret_key == name && secret.secret_value == sealed)
    );

    let read = || GetSecretRequest::builder(name, &project, "dev").path("/").build();
    assert_eq!(
        client.secrets().get(read()).await.expect("reading").secret_value,
        sealed
    );

    let changed = format!("{sealed}B");
    let update = UpdateSecretRequest::builder(name, &project, "dev")
        .path("/")
        .secret_value(&changed)
        .build();
    client.secrets().update(update).await.expect("updating");
    assert_eq!(
        client
            .secrets()
            .get(read())
            .await
            .expect("reading again")
            .secret_value,
        changed
    );

    let delete = DeleteSecretRequest::builder(name, &project, "dev")
        .path("/")
        .build();
    client.secrets().delete(delete).await.expect("deleting");
    client
        .secrets()
        .get(read())
        .await
        .expect_err("what was deleted is gone");
    println!("ok");
}
