//! Every word shown to people, in one place and ready for translation: constants for fixed words, functions where
//! something is filled in. The rest of the app holds no prose.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod count;
pub(crate) mod environment;
pub(crate) mod failure;
pub(crate) mod forms;
pub(crate) mod members;
pub(crate) mod oversight;
pub(crate) mod palette;
pub(crate) mod projects;
pub(crate) mod shares;
pub(crate) mod shell;
pub(crate) mod trust;
pub(crate) mod webhooks;

pub(crate) use coffer_receiver::words as recipient;

pub(crate) const BRAND: &str = "Coffer";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const CHOOSE_FILE: &str = "Choose file";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const DELETE: &str = "Delete";
pub(crate) const DISMISS: &str = "Dismiss";
pub(crate) const LOADING: &str = "Loading";
pub(crate) const QR_TOO_LONG: &str = "Too long for a QR code.";
pub(crate) const RENAME: &str = "Rename";
pub(crate) const RETRY: &str = "Try again";
pub(crate) const SAVE: &str = "Save";
pub(crate) const SHOW_PASSPHRASE: &str = "Show passphrase";
pub(crate) const UNDO: &str = "Undo";

pub(crate) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
pub(crate) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub(crate) fn days(count: u64) -> String {
    format!("{count} d")
}

pub(crate) fn hours(count: u64) -> String {
    format!("{count} h")
}

pub(crate) fn minutes(count: u64) -> String {
    format!("{count} min")
}

pub(crate) fn seconds(count: u64) -> String {
    format!("{count} s")
}

/// Said after a secret was copied, while it counts down.
pub(crate) fn copied(name: &str, seconds: u64) -> String {
    format!("{name} copied. Cleared in {seconds} s if this tab stays open; clipboard history may keep it.")
}

pub(crate) const COPY_KEEP: &str = "Keep";
pub(crate) const COPY_REFUSED: &str = "The browser refused to copy. Show the text and copy it by hand.";
pub(crate) const COPY_CLEARED: &str =
    "Clipboard cleared. Its history, where a system keeps one, may still hold it.";
pub(crate) const COPY_LATER: &str =
    "Not cleared yet: this tab is not in front. It is cleared when you come back.";
