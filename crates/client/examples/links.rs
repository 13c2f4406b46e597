//! Links for programs: shares a text, opens it, asks for a secret and reads the answer.
//!
//! `cargo run -p coffer-client --example links` does it on a server in this process, `… --example links URL` on an empty
//! one that listens somewhere, whose first account it makes.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

use std::error::Error;

use coffer_client::{
    Client, Device, FormDraft, FormField, FormFieldKind, Passphrase, ServerOrigin, SetUp, ShareContent,
    ShareDraft, ShareExpiry, ShareFeature, ShareLimits, Transport, form_from_link, share_from_link,
    suggest_passphrase,
};
use coffer_testkit::{Loopback, MemoryDevice, TestServer, run};
use zeroize::Zeroizing;

#[allow(dead_code, reason = "a test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = MemoryDevice::of_this_machine()?;
    run(async {
        match std::env::args().nth(1) {
            Some(url) => {
                let there = (Loopback::new(&url), Loopback::new(&url));
                walk(there, device, &ServerOrigin::parse(&url)?).await
            }
            None => {
                let server = TestServer::start();
                server.set_now(device.now());
                walk((server.browser(), server.browser()), device, &server.origin()).await
            }
        }
    })
}

/// What both ends of a link do. `sender` and `recipient` are ways to one server; a program brings its own [`Transport`]
/// and its own [`Device`].
pub async fn walk<T: Transport, D: Device + Clone>(
    (sender, recipient): (T, T),
    device: D,
    server: &ServerOrigin,
) -> Result<(), Box<dyn Error>> {
    let set_up = SetUp {
        email: "ada@example.org".to_owned(),
        organization: "Harbour & Sons".to_owned(),
        name: String::new(),
        passphrase: suggest_passphrase(&device),
    };
    let (vault, _kit) = Client::new(sender, device.clone(), server.clone())
        .set_up(set_up)
        .await?;
    // Whoever has the link needs no account.
    let stranger = Client::new(recipient, device, server.clone());

    let offered = vault.share_features().await?;
    let made = vault
        .create_share(ShareDraft {
            content: ShareContent::Text(Zeroizing::new("low tide at six".to_owned())),
            title: "Tides".to_owned(),
            expires_in: ShareExpiry(60),
            views: Some(1),
            passphrase: Some(Passphrase::typed("brass lantern")),
            limits: ShareLimits {
                receipts: offered.contains(&ShareFeature::Receipts),
                ..ShareLimits::default()
            },
        })
        .await?;
    println!("{server}/s#{}", made.link_fragment);
    let link = share_from_link(&made.link_fragment)?;
    let glance = stranger.look_at_share(&link).await?;
    println!("views left: {:?}", glance.views_left);
    let opened = stranger
        .open_share(&link, Some(Passphrase::typed("brass lantern")))
        .await?;
    if let ShareContent::Text(text) = &opened.content {
        println!("{}: {}", opened.title.as_str(), text.as_str());
    }
    if offered.contains(&ShareFeature::Receipts) {
        for receipt in vault.share_receipts(&made.id).await? {
            if let Some(address) = receipt.address {
                println!("opened from {address}, says the server");
            }
        }
    }

    let form = vault
        .create_form(&FormDraft {
            title: "For the release".to_owned(),
            fields: vec![FormField {
                kind: FormFieldKind::Text,
                label: "API key".to_owned(),
                hint: "begins with sk_".to_owned(),
            }],
            expires_in: ShareExpiry(60),
            answers: 1,
        })
        .await?;
    let received = form_from_link(&form.link_fragment)?;
    let filled = vec![(Zeroizing::new(b"sk_live_7".to_vec()), String::new())];
    stranger
        .fill_form(&received, filled, Zeroizing::new("good until May".to_owned()))
        .await?;
    let answer = vault.read_form(&form.id).await?;
    for (field, filled) in received.fields.iter().zip(&answer.fields) {
        println!("{}: {}", field.label, String::from_utf8_lossy(&filled.content));
    }
    vault.close_form(&form.id).await?;
    Ok(())
}
