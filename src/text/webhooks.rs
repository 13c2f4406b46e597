//! Words about telling a chat or a program elsewhere.

use coffer_client::WebhookKind;

pub const LOADING: &str = "Loading";
pub const REQUESTS_TITLE: &str = "Tell a chat about requests";
pub const REQUESTS_NOTE: &str = "When somebody asks for access, the server says so there, with a link to this project's requests. Nobody approves in a chat, and nothing of the request is told.";
pub const LINKS_TITLE: &str = "Tell a chat about my links";
pub const LINKS_NOTE: &str = "When a link is opened, destroyed or ends, or a form is answered or ends, the server says so there. What is in them is sealed, and not told.";
pub const NONE: &str = "Nobody is told yet.";
pub const NOT_HERE: &str = "This server tells nobody else.";
pub const ADD: &str = "Add an address";
/// On the button that does it.
pub const ADD_VERB: &str = "Tell it";
pub const ADD_TITLE: &str = "Who is told?";
pub const KIND: &str = "Who reads it";
pub const ADDRESS: &str = "Address";
pub const ADDRESS_HINT: &str =
    "The incoming webhook of a channel. Whoever knows it can write there, and the server keeps it.";
pub const ADDRESS_BAD: &str = "Enter an address that begins with https://.";
pub const SIGNED: &str = "Sign what is told";
pub const SIGNED_HINT: &str = "The program can then check that it comes from this server.";
pub const ADDED: &str = "Address added. Try it out.";
pub const SECRET_TITLE: &str = "The signing secret";
pub const SECRET_NOTE: &str = "Give it to the program that is told. It is shown this once.";
pub const SECRET: &str = "Signing secret";
pub const SECRET_HIDDEN: &str = "Signing secret, hidden";
pub const SHOW: &str = "Show";
pub const HIDE: &str = "Hide";
pub const COPY: &str = "Copy";
pub const DONE: &str = "Done";
pub const TRY: &str = "Try it out";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const REMOVE: &str = "Remove";
pub const PAUSED: &str = "Paused. What waited is dropped.";
pub const RESUMED: &str = "Told again from now on.";
pub const REMOVED: &str = "Address removed.";
pub const REMOVE_TITLE: &str = "Remove this address?";
pub const REMOVE_BODY: &str =
    "It is told nothing more, and what waits for it is dropped. The channel itself stays.";
pub const REACHED: &str = "It was reached.";
pub const STATE_NEW: &str = "Not tried";
pub const STATE_REACHED: &str = "Reached";
pub const STATE_FAILED: &str = "Not reached";
pub const STATE_PAUSED: &str = "Paused";

pub fn kind(kind: Option<WebhookKind>) -> &'static str {
    match kind {
        Some(WebhookKind::General) => "A program",
        Some(WebhookKind::MicrosoftTeams) => "Microsoft Teams",
        Some(WebhookKind::Slack) => "Slack or Mattermost",
        None => "Something newer",
    }
}

/// What a server said of an address, in a sentence.
pub fn said(why: &str) -> String {
    format!("The server says: {why}.")
}

pub fn last_tried(when: &str) -> String {
    format!("Last tried {when}.")
}

pub fn waiting(count: u32) -> String {
    format!(
        "{} to be told.",
        super::count::plural(count as usize, "thing waits", "things wait")
    )
}

pub fn try_named(host: &str) -> String {
    format!("{TRY}: {host}")
}

pub fn pause_named(host: &str) -> String {
    format!("Pause {host}")
}

pub fn resume_named(host: &str) -> String {
    format!("Resume {host}")
}

pub fn remove_named(host: &str) -> String {
    format!("Remove {host}")
}
