//! Many members at once, for what depends on how many there are.

use crate::office::done;
use crate::{Insider, Office, keyring};
use coffer_client::Method;
use coffer_core::identity::Identity;
use coffer_core::keyring::{Access, Heads, Op, Proof, Rights};
use coffer_core::layout;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

/// Signs people into an admin's project until it has `count` members. They read every environment, and the server knows
/// none of them: an invitation each, with its account, would take longer than anything that is looked at here.
pub async fn crowd(admin: &Office, count: usize) {
    let (server, bearer) = (&admin.server, admin.bearer());
    let project = admin.project.summary().id;
    let project = project.as_str();
    let (mut ring, _) = keyring(server, &bearer, project).await;
    let rights = ring.environments().fold(Rights::default(), |rights, declared| {
        rights.with(declared.env, Access::Read)
    });
    let author = Insider::of(admin).await.identity;
    let mut rng = ChaCha20Rng::seed_from_u64(0x000c_403d);
    let mut segments: Vec<(String, Vec<serde_json::Value>)> = Vec::new();
    for n in ring.members().count()..count {
        let op = Op::AddUser {
            user: format!("00000000-0000-4000-8000-{n:012}"),
            keys: Identity::generate(&mut rng).public(),
            rights: rights.clone(),
            proof: Proof::Words,
            heads: Heads::new(),
        };
        let link = done(ring.sign_next(&author, op, 1_795_341_600_000));
        done(ring.apply(&link));
        let folder = layout::keyring_folder(link.seq());
        if segments.last().is_none_or(|(last, _)| *last != folder) {
            segments.push((folder, Vec::new()));
        }
        if let Some((_, rows)) = segments.last_mut() {
            rows.push(json!({ "secretKey": layout::link_name(link.seq()), "secretValue": link.to_text() }));
        }
    }
    let browser = server.browser();
    let there: Vec<String> = server
        .rows(&bearer, project, layout::HOME_ENVIRONMENT, layout::KEYRING)
        .await
        .into_iter()
        .map(|(path, ..)| path)
        .collect();
    for (folder, rows) in segments {
        if !there.contains(&folder)
            && let Some((path, name)) = folder.rsplit_once('/')
        {
            let body = json!({
                "projectId": project, "environment": layout::HOME_ENVIRONMENT, "path": path, "name": name,
            });
            browser
                .call(Method::Post, "/api/v2/folders", Some(&bearer), Some(body))
                .await;
        }
        let body = json!({
            "projectId": project, "environment": layout::HOME_ENVIRONMENT, "secretPath": folder, "secrets": rows,
        });
        browser
            .call(Method::Post, "/api/v4/secrets/batch", Some(&bearer), Some(body))
            .await;
    }
}
