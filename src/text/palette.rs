//! Ctrl K: one field that finds secrets, places and acts.

use crate::state::finder::Group;

pub(crate) const OPEN: &str = "Search or run";
pub(crate) const OPEN_KEYS: &str = "Ctrl K";
pub(crate) const LABEL: &str = "Search and commands";
pub(crate) const FIELD: &str = "Search names, places and actions";
pub(crate) const RESULTS: &str = "Results";
pub(crate) const CLOSE_KEY: &str = "Esc";
pub(crate) const NOTHING: &str = "Nothing is called so in what this browser can open.";
pub(crate) const NO_VALUE: &str = "No value contains this in what this browser can open.";
pub(crate) const MOVE: &str = "move";
pub(crate) const CHOOSE: &str = "open";
pub(crate) const COPY_KEYS: &str = "Ctrl ↵";
pub(crate) const COPY: &str = "copy value";
pub(crate) const VALUES_BEFORE: &str = "Values are searched only with";
pub(crate) const VALUES_KEY: &str = "=";
pub(crate) const VALUES_AFTER: &str = "first";

// What can be done.
pub(crate) const COPY_VALUE: &str = "Copy value without showing it";
pub(crate) const SHARE: &str = "Share by link";
pub(crate) const ASK_FOR: &str = "Request access to it";
pub(crate) const SEND: &str = "Send a secret";
pub(crate) const THEME: &str = "Switch between light and dark";
pub(crate) const PROJECT: &str = "Project";
pub(crate) const ENVIRONMENT: &str = "Environment";
pub(crate) const CLOSED: &str = "closed to you";

/// Further words by which a place or an act is found, never shown.
pub(crate) mod also {
    pub(crate) const ASK: &str = "just in time grant permission form approval";
    pub(crate) const REQUESTS: &str = "approve inbox pending decide";
    pub(crate) const WHO_HAS: &str = "audit log history grants timeline";
    pub(crate) const RULES: &str = "policy approvers break glass emergency";
    pub(crate) const MEMBERS: &str = "people invite machine words verify";
    pub(crate) const TRUST: &str = "verify keyring checked heads";
    pub(crate) const SHARES: &str = "links sent";
    pub(crate) const SEND: &str = "new share link file text";
    pub(crate) const ASK_SECRET: &str = "form receive collect";
    pub(crate) const SETTINGS: &str = "passphrase emergency kit account webhooks";
    pub(crate) const LOCK: &str = "close sign out";
    pub(crate) const THEME: &str = "theme appearance";
    pub(crate) const KEYS: &str = "shortcuts help keyboard";
}

/// What stands above the choices of a group.
pub(crate) fn group(group: &Group) -> String {
    match group {
        Group::Secrets => "Secrets, found in this browser".into(),
        Group::OnSecret(name) => format!("Actions on {name}"),
        Group::Go => "Go to".into(),
        Group::Access => "Access for a while".into(),
        Group::Do => "Do".into(),
    }
}

pub(crate) fn ask_for(environment: &str) -> String {
    format!("Request access to {environment}")
}

pub(crate) fn reading(left: usize) -> String {
    format!(
        "Reading {}…",
        super::count::plural(left, "environment", "environments")
    )
}

pub(crate) fn not_read(environments: &str) -> String {
    format!("Not searched, since it could not be opened: {environments}.")
}

pub(crate) fn counted(shown: usize, all: usize) -> String {
    if shown < all {
        format!("{shown} of {all} shown; type more of the name")
    } else {
        super::count::plural(all, "result", "results")
    }
}

pub(crate) fn to_decide(count: usize) -> String {
    format!("{count} waiting")
}
