//! Says something to an address elsewhere, once.

use std::io::ErrorKind;

use http::Uri;
use http::header::CONTENT_TYPE;
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::message::Letter;
use super::reach::{Reach, Unreachable};

/// Speaks HTTP to other servers: follows nothing, keeps nothing, uses no proxy, and reads no more than the status.
#[derive(Clone)]
pub struct Poster {
    agent: Agent,
    reach: Reach,
}

impl Poster {
    pub fn new(reach: Reach) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment's proxy would look the name up again, and reach what it likes.
            .proxy(None)
            .max_idle_connections(0)
            .timeout_global(Some(reach.patience()))
            .user_agent(concat!("coffer-server/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), Checked(reach.clone())),
            reach,
        }
    }

    /// Whether an address may be reached, as far as can be said now: it is asked again each time it is spoken to.
    pub fn check(&self, url: &str) -> Result<(), Unreachable> {
        let url: Uri = url.parse().map_err(|_| Unreachable::Malformed)?;
        self.reach.addresses(&url).map(|_| ())
    }

    /// Posts a letter; the error is a sentence for whoever made the webhook, and has nothing of the receiver's in it but
    /// the status.
    pub fn post(&self, url: &str, letter: &Letter) -> Result<(), String> {
        let mut request = self
            .agent
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("x-coffer-delivery", &letter.id);
        if let Some(signature) = &letter.signature {
            request = request.header("x-infisical-signature", signature);
        }
        match request.send(&letter.body[..]) {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) if answer.status().is_redirection() => Err(format!(
                "it answered {} and points elsewhere, which is not followed",
                answer.status().as_u16()
            )),
            Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
            Err(error) => Err(sentence(&error)),
        }
    }
}

/// Gives the agent the very addresses that were checked, each time it connects.
#[derive(Debug)]
struct Checked(Reach);

impl Resolver for Checked {
    fn resolve(&self, url: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self
            .0
            .addresses(url)
            .map_err(|why| ureq::Error::Other(Box::new(why)))?;
        let mut resolved = self.empty();
        for address in found.into_iter().take(MOST_ADDRESSES) {
            resolved.push(address);
        }
        Ok(resolved)
    }
}

fn sentence(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Other(other) => match other.downcast_ref::<Unreachable>() {
            Some(why) => why.to_string(),
            None => FAILED.to_owned(),
        },
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => UNTRUSTED.to_owned(),
        // What a handshake says of a certificate comes as this.
        ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => UNTRUSTED.to_owned(),
        _ => FAILED.to_owned(),
    }
}

const UNTRUSTED: &str = "its certificate is not one to be trusted";
const FAILED: &str = "no connection to it could be made";
/// As many as the agent has room for.
const MOST_ADDRESSES: usize = 16;
