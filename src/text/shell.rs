//! The frame around pages: sidebar, top bar, banners, settings.

use coffer_page::theme::Theme;

pub(crate) const SKIP: &str = "Skip to content";
pub(crate) const MAIN_NAV: &str = "Main";
pub(crate) const PHONE_NAV: &str = "Main, phone";
pub(crate) const BREADCRUMB: &str = "Breadcrumb";
pub(crate) const PROJECTS: &str = "Projects";
pub(crate) const SECRETS: &str = "Secrets";
pub(crate) const OVERVIEW: &str = "Overview";
pub(crate) const MEMBERS: &str = "Members and keys";
pub(crate) const MEMBERS_SHORT: &str = "Members";
pub(crate) const TRUST: &str = "Trust";
pub(crate) const GIVE: &str = "Give access";
pub(crate) const SHARES: &str = "Share links";
pub(crate) const TO_READ: &str = "to read";
pub(crate) const SHARES_SHORT: &str = "Shares";
pub(crate) const NEW_SHARE: &str = "New share link";
pub(crate) const ASK_SECRET: &str = "Ask for a secret";
pub(crate) const ANSWER: &str = "Answer";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const ALL_PROJECTS: &str = "All projects";
pub(crate) const SWITCH_PROJECT: &str = "Switch project";
pub(crate) const ACCOUNT_MENU: &str = "Your account";
pub(crate) const LOCK_NOW: &str = "Lock now";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const HELP: &str = "Keys";
pub(crate) const SEALED_TITLE: &str = "Sealed here";
pub(crate) const SEALED_TEXT: &str = "The server cannot read it.";
pub(crate) const LOCKS_AFTER_PREFIX: &str = "Locks after";

pub(crate) fn locks_after(minutes: u64) -> String {
    format!("{LOCKS_AFTER_PREFIX} {minutes} min idle")
}

pub(crate) fn locks_in(seconds: u64) -> String {
    format!("Locks in {seconds} s because nothing happened")
}

pub(crate) const LOCKS_IN_TEXT: &str =
    "Press any key or the button to go on. Changes that are not saved are lost.";
pub(crate) const STAY: &str = "Stay unlocked";
pub(crate) const EXPIRED_ACT: &str = "Lock and unlock";
pub(crate) const LOST_TITLE: &str = "There is no such page";
pub(crate) const LOST_TEXT: &str = "The address may be old or mistyped. Nothing is lost.";
pub(crate) const LOST_ACT: &str = "Go to the start";

pub(crate) const THEME: &str = "Theme";
pub(crate) const THEME_SYSTEM: &str = "System";
pub(crate) const THEME_LIGHT: &str = "Light";
pub(crate) const THEME_DARK: &str = "Dark";

/// The word for a choice of appearance.
pub(crate) fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => THEME_SYSTEM,
        Theme::Light => THEME_LIGHT,
        Theme::Dark => THEME_DARK,
    }
}

pub(crate) fn theme_now(name: &str) -> String {
    format!("Theme: {name}")
}

pub(crate) fn offline_since(time: &str) -> String {
    format!("Offline since {time}")
}

// Settings.
pub(crate) const SETTINGS_NOTE: &str = "Choices of this browser, and your account's keys.";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const EMAIL: &str = "E-mail";
pub(crate) const ORGANIZATION: &str = "Organisation";
pub(crate) const SERVER: &str = "Server";
pub(crate) const ACCOUNT_ID: &str = "Account id";
pub(crate) const APPEARANCE: &str = "Appearance and keys";
pub(crate) const LETTER_KEYS: &str = "Single-letter keys";
pub(crate) const LETTER_KEYS_HINT: &str =
    "Such as / for search and c for copy. Keys with ⌘ or Ctrl always work.";
pub(crate) const AUTO_LOCK: &str = "Lock after";
pub(crate) const AUTO_LOCK_HINT: &str =
    "Without a touch or key, also while the tab is hidden. A tab that is frozen or put away locks at once.";
pub(crate) const PASSPHRASE: &str = "Passphrase";
pub(crate) const PASSPHRASE_NOTE: &str =
    "A new passphrase seals your keys again. Your emergency kit stays valid.";
pub(crate) const CHANGE_PASSPHRASE: &str = "Change passphrase";
pub(crate) const OLD_PASSPHRASE: &str = "Passphrase now";
pub(crate) const CHANGED: &str = "Passphrase changed. Other devices ask for the new one.";
pub(crate) const CHANGING: &str = "Deriving both keys";
pub(crate) const KIT: &str = "Emergency kit";
pub(crate) const KIT_NOTE: &str =
    "With your passphrase it opens your keys on a new device. Print it again if the page is lost.";
pub(crate) const SHOW_KIT: &str = "Show the kit";
pub(crate) const NEW_KEYS: &str = "Your keys";
pub(crate) const NEW_KEYS_NOTE: &str =
    "New keys for the same account, signed by the old ones. Your passphrase and kit stay as they are.";
pub(crate) const NEW_KEYS_ACT: &str = "Make new keys";
pub(crate) const NEW_KEYS_QUESTION: &str = "Make new keys?";
pub(crate) const NEW_KEYS_BODY: &str = "Your words change, so others compare them again. After a loss or theft this is not enough: let an admin remove you and invite you again.";
pub(crate) const LEAVE: &str = "Sign out of this browser";
pub(crate) const LEAVE_NOTE: &str = "Forgets the Account Key here and ends the session on the server. You then need the kit and your passphrase to come back.";
pub(crate) const LEAVE_QUESTION: &str = "Sign out and forget this device?";
pub(crate) const LEAVE_SAFE: &str = "This browser forgets the Account Key of this account. Secrets on the server stay. Without the kit or another device nobody can open them again.";
pub(crate) const LEAVE_TYPED: &str = "Type your e-mail to go on";
pub(crate) const SHORTCUTS: &str = "Keys";

/// Keys and what they do.
pub(crate) const SHORTCUT_LIST: &[(&str, &str)] = &[
    ("Ctrl K", "Search or run"),
    ("/", "Search this page"),
    ("g p", "Projects"),
    ("g o", "Overview of the project"),
    ("g l", "Share links"),
    ("g m", "Members"),
    ("g t", "Trust"),
    ("g r", "Requests"),
    ("g a", "Request access"),
    ("g w", "Who has access"),
    ("g s", "Settings"),
    ("⇧L", "Lock now"),
    ("j", "Next secret"),
    ("k", "Previous secret"),
    ("r", "Reveal or hide a value"),
    ("c", "Copy a value"),
    ("e", "Edit a secret"),
    ("s", "Share a secret by link"),
    ("h", "History of a secret"),
    ("Space", "Select a secret"),
    ("⇧ Space", "Select from the one before"),
    ("⇧ ↑ ↓", "Select the next along"),
    ("Ctrl S", "Review and save"),
    ("?", "These keys"),
    ("Esc", "Close, or clear the selection"),
];

pub(crate) const LOCK_SHORT: &str = "Lock";

pub(crate) fn new_keys_made(done: usize, waiting: usize) -> String {
    let in_use = format!(
        "New keys are in use in {}",
        super::count::plural(done, "project", "projects")
    );
    match waiting {
        0 => format!("{in_use}."),
        n => format!(
            "{in_use}; {} until an admin opens it.",
            super::count::plural(n, "waits", "wait")
        ),
    }
}
