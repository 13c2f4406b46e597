//! Words of the page that the receiver of a share link sees.

use super::count::plural;

pub const TITLE: &str = "Someone sent you a secret";
pub const SEALED: &str = "It is still sealed. Nothing has been opened or counted yet.";
pub const KEY_OK: &str = "The key in this link is complete";
pub const NO_CALL: &str = "This page has asked the server nothing yet";
pub const PASSPHRASE_NEEDED: &str = "It needs a passphrase";
pub const PASSPHRASE_LABEL: &str = "Passphrase";
pub const NO_VIEW_USED: &str = "No view was used";
pub const PASSPHRASE_SIDE: &str = "the sender gave it to you another way";
pub const PASSPHRASE_EMPTY: &str = "Enter the passphrase.";
pub const SHOW: &str = "Show secret";
pub const SHOWING: &str = "Opening";
pub const USES_VIEW: &str = "This uses a view.";
pub const USES_VIEW_PASS: &str = "This uses a view. A wrong passphrase does not.";
pub const STRETCHING: &str = "Working out the key from the passphrase. This takes a few seconds.";
pub const DEFAULT_TITLE: &str = "Your secret";
pub const VALUE_LABEL: &str = "The secret";
pub const HIDE: &str = "Hide";
pub const REVEAL: &str = "Show again";
pub const KEEP: &str = "Keep";
pub const KEPT: &str = "Stays until you close this tab";
pub const HIDDEN: &str = "Hidden. It is still open in this tab.";
pub const COPY: &str = "Copy";
pub const SAVE_FILE: &str = "Save as file";
pub const SAVED_FILE: &str = "Saved. The file is not sealed.";
pub const FILE_NAME: &str = "secret.txt";
pub const AFTER: &str = "That view is used. The server says when the link ends.";
pub const AFTER_SUB: &str = "Save the value where it belongs before you close this tab.";
pub const CLEAR: &str = "Clear this page now";
pub const CLEARED_TITLE: &str = "Already opened here";
pub const CLEARED_BODY: &str = "The secret was shown in this tab. Nothing of it is kept here. If the link has views left, open it from the message again.";
pub const EXPECT: &str = "Did you expect this? If not, tell the sender: someone may have your address.";
pub const GONE_TITLE: &str = "Open the link again";
pub const GONE_BODY: &str = "This page was loaded again, and the key of a link is not kept. No view was used. Open the link from the message once more.";
pub const INCOMPLETE_TITLE: &str = "The link is not complete";
pub const INCOMPLETE_BODY: &str =
    "The part after # is missing or cut short, so this page has no key. No view was used.";
pub const DAMAGED_LINK_TITLE: &str = "The link is damaged";
pub const DAMAGED_LINK_BODY: &str =
    "The part after # has been changed on the way, so its key is not whole. No view was used.";
pub const INCOMPLETE_TIP_1: &str = "Copy the whole link again from the message.";
pub const INCOMPLETE_TIP_2: &str = "Some apps cut links at a line break.";
pub const PASTE_KEY: &str = "Or paste the key";
pub const PASTE_SIDE: &str = "or the whole link";
pub const TRY: &str = "Try";
pub const PASTE_BAD: &str = "That is not a whole key either.";
pub const NEWER_TITLE: &str = "This link is from a newer Coffer";
pub const NEWER_BODY: &str = "This page does not know its format. No view was used.";
pub const WRONG_TITLE: &str = "That passphrase does not fit";
pub const WRONG_BODY: &str =
    "The secret is still sealed and no view was used. Check for spaces and capital letters.";
pub const WRONG_FIELD: &str = "That passphrase does not fit. No view was used.";
pub const TRY_AGAIN: &str = "Try again";
pub const ENDED_TITLE: &str = "This link has ended";
pub const ENDED_BODY: &str = "Its time is over. The server says the sealed copy is deleted.";
pub const ENDED_HERE_TITLE: &str = "This link is over by this device’s clock";
pub const ASK_NEW: &str = "Ask the sender for a new link";
pub const USED_TITLE: &str = "Already opened";
pub const USED_BODY: &str = "Every view of this link is used. If that was not you, tell the sender at once so the secret can be changed.";
pub const MESSAGE: &str = "Copy a message for the sender";
pub const MESSAGE_COPIED: &str = "Message copied.";
pub const MESSAGE_USED: &str = "The link you sent me says that it was already opened. It was not me. Change the secret and send a new link.";
pub const MESSAGE_NEW: &str = "The link you sent me does not open any more. Send a new one.";
pub const HOLDER_ONLY: &str = "Shown only because your link holds the right key.";
pub const REVOKED_TITLE: &str = "The sender ended this link";
pub const REVOKED_BODY: &str = "Nothing was opened. The server says the sealed copy is deleted.";
pub const MISSING_TITLE: &str = "The server knows no such link";
pub const MISSING_BODY: &str = "It may have ended long ago, or belong to another server. No view was used.";
pub const DAMAGED_TITLE: &str = "This secret does not match its seal";
pub const DAMAGED_BODY: &str =
    "It was altered after it was sealed. Nothing of it is shown. Tell the sender and ask for a new link.";
pub const OFFLINE_TITLE: &str = "The server does not answer";
pub const OFFLINE_BODY: &str =
    "The secret is still sealed. If the answer got lost on the way, the view may count as used.";
pub const RATE_TITLE: &str = "Too many tries";
pub const HOW: &str = "How this works";
pub const HOW_1: &str =
    "The key is in the part of the link after #. Browsers do not send that part to a server.";
pub const HOW_2: &str = "Your browser fetches sealed bytes and opens them here.";
pub const HOW_3: &str = "The server counts the view when you press Show secret, not before.";
pub fn ended_here(ended: &str, now: &str) -> String {
    format!(
        "It ended on {ended} by the sender’s clock; this device says it is {now}. The server gave it out all the same, so a view is used; nothing of it is shown. If one of the two clocks is wrong, set it right and ask for a new link."
    )
}
pub fn opened_here(time: &str) -> String {
    format!("Opened here, {time}")
}
pub fn hides_in(left: &str) -> String {
    format!("Hides in {left}")
}
pub fn rate_body(seconds: Option<u32>) -> String {
    let when = seconds.map_or_else(
        || "in a few minutes".to_owned(),
        |seconds| format!("in {}", plural(seconds as usize, "second", "seconds")),
    );
    format!("The secret is still sealed and no view was used. Try again {when}.")
}
