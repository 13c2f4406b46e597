//! Which server, and what it says of itself.

use crate::Error;
use coffer_wire::share::ShareFeature;
use coffer_wire::webhook::WebhookEvent;
use std::collections::BTreeSet;

/// The canonical origin of the upstream API: `https://host[:port]`, lower case, no path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerOrigin(String);

impl ServerOrigin {
    /// Takes what a person typed or the page was served from; a path, query or credentials are refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(host)
                if !host.is_empty()
                    && host.bytes().all(|b| {
                        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']')
                    }) =>
            {
                let trimmed = match text.split_once("://") {
                    Some(("https", host)) => format!("https://{}", host.strip_suffix(":443").unwrap_or(host)),
                    Some((_, host)) => format!("http://{}", host.strip_suffix(":80").unwrap_or(host)),
                    None => text,
                };
                Ok(Self(trimmed))
            }
            _ => Err(Error::Invalid {
                field: "server",
                why: "an address such as https://coffer.example.org",
            }),
        }
    }

    /// For display and comparison.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ServerOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the server says of itself before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerStatus {
    /// The first account exists.
    pub initialized: bool,
    /// Strangers may make an account.
    pub allow_sign_up: bool,
    /// Share links are offered.
    pub sharing: bool,
    /// What it does with share links beyond the compatible API; nothing on other servers than Coffer's.
    pub share_features: BTreeSet<ShareFeature>,
    /// What it tells webhooks beyond the compatible API; nothing on other servers than Coffer's.
    pub webhook_events: BTreeSet<WebhookEvent>,
    /// How many bytes a shared file may have; `None` where it takes no files.
    pub share_file: Option<u64>,
}
