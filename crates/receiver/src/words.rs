//! Words of the pages that the receiver of a link sees, in their language.
//!
//! English is compiled in. The other languages stand in `assets/words/`, a line for each of these names in this
//! order; `boot.js` fetches the one that the browser asks for beside the program, checked like it.

use std::cell::Cell;

thread_local! {
    /// The words of another language than English.
    static NOW: Cell<Option<&'static [&'static str]>> = const { Cell::new(None) };
}

/// The languages, with their own names.
pub const LANGUAGES: [(&str, &str); 7] = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ja", "日本語"),
    ("ar", "العربية"),
];

/// Speaks another language from now on. `None` is English. False, and nothing changes, when the words are not those of
/// this program.
pub fn speak(words: Option<&str>) -> bool {
    let Some(text) = words else {
        NOW.set(None);
        return true;
    };
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once(": ").map(|(_, words)| words))
        .collect();
    if lines.len() != COUNT {
        return false;
    }
    // A person chooses a language once or twice: the words stay as long as the page.
    let kept: Vec<&'static str> = lines.into_iter().map(|line| &*line.to_owned().leak()).collect();
    NOW.set(Some(kept.leak()));
    true
}

/// A file's size, as people say it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => size_bytes(&bytes.to_string()),
        1_000..1_000_000 => size_kb(&bytes.div_ceil(1_000).to_string()),
        _ => size_mb(&bytes.div_ceil(1_000_000).to_string()),
    }
}

/// A text in the language of now. English stands where it is used, so that a program has only what it says.
fn said(place: Place, english: &'static str) -> &'static str {
    match NOW.get() {
        Some(words) => words.get(place as usize).copied().unwrap_or(english),
        None => english,
    }
}

/// Puts what is known in the place of its name.
fn filled(words: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(words.len() + 16);
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or(("", after));
        let found = pairs.iter().find(|(own, _)| *own == name);
        out.push_str(found.map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

macro_rules! words {
    ($($name:ident $(($($arg:ident),+))? = $english:literal;)*) => {
        /// Each text's place in a list of words.
        #[allow(non_camel_case_types, reason = "they are the names of the functions below")]
        #[derive(Clone, Copy)]
        enum Place { $($name,)* }

        const COUNT: usize = [$($english),*].len();

        #[cfg(test)]
        const ENGLISH: [&str; COUNT] = [$($english),*];

        #[cfg(test)]
        const NAMES: [&str; COUNT] = [$(stringify!($name)),*];

        $(words!(@one $name $(($($arg),+))? = $english);)*
    };
    (@one $name:ident = $english:literal) => {
        #[allow(missing_docs, reason = "its name and its English say it")]
        pub fn $name() -> &'static str {
            said(Place::$name, $english)
        }
    };
    (@one $name:ident ($($arg:ident),+) = $english:literal) => {
        #[allow(missing_docs, reason = "its name and its English say it")]
        pub fn $name($($arg: &str),+) -> String {
            filled(said(Place::$name, $english), &[$((stringify!($arg), $arg)),+])
        }
    };
}

words! {
    title = "Someone sent you a secret";
    sealed = "It is still sealed: this page has not opened it.";
    key_ok = "The key in this link is complete";
    no_call = "This page has asked the server nothing yet";
    passphrase_needed = "It needs a passphrase";
    passphrase_label = "Passphrase";
    no_view_used = "This page has used no view";
    view_unknown = "A try failed: it may have used a view";
    passphrase_side = "the sender gave it to you another way";
    passphrase_empty = "Enter the passphrase.";
    show = "Show secret";
    showing = "Opening";
    uses_view = "This uses a view.";
    uses_view_pass = "This uses a view. A wrong passphrase does not.";
    stretching = "Working out the key from the passphrase. This takes a few seconds.";
    ask_first = "How many views are left?";
    asking_first = "Asking the server";
    ask_failed = "The secret is still sealed. Asking uses no view.";
    views_left(count) = "Views left, the server says: {count}";
    views_free = "Views are not limited, the server says";
    never_opened = "Nobody has opened it yet, the server says";
    last_opened(when) = "Last opened {when}, the server says";
    ends_said(when) = "End, the server says: {when}";
    first_device = "Only the device that opens it first can open it again";
    noted = "The sender is told when and from where it is opened";
    default_title = "Your secret";
    value_label = "The secret";
    hide = "Hide";
    reveal = "Show again";
    keep = "Keep";
    kept = "Stays until you close this tab";
    hidden = "Hidden. It is still open in this tab.";
    copy = "Copy";
    save_file = "Save as file";
    saved_file = "Saved. The file is not sealed.";
    file_name = "secret.txt";
    after = "That view is used.";
    link_ends(when) = "The link ends {when} at the latest, as its sender has sealed in.";
    after_sub = "Save the value where it belongs before you close this tab.";
    clear = "Clear this page now";
    destroy = "Destroy the link now";
    destroying = "Destroying";
    destroy_hint = "Then nobody opens it any more, you neither. The value stays on this page until you close it.";
    destroyed_here = "Destroyed. The server says that the link opens nowhere any more.";
    destroyed_before = "The link had ended already. It opens nowhere any more.";
    destroy_cannot = "The server does not know this link any more, or cannot destroy links. Ask the sender to end it.";
    destroy_sender = "Only its sender can end this link. Nothing was destroyed.";
    destroy_failed = "That did not work. The link may still open; try again.";
    cleared_title = "Already opened here";
    cleared_body = "The secret was shown in this tab. Nothing of it is kept here. If the link has views left, open it from the message again.";
    expect = "Did you expect this? If not, tell the sender: someone may have your address.";
    gone_title = "Open the link again";
    gone_body = "This page was loaded again, and the key of a link is not kept. Loading uses no view. Open the link from the message once more.";
    incomplete_title = "The link is not complete";
    incomplete_body = "The part after # is missing or cut short, so this page has no key. No view was used.";
    damaged_link_title = "The link is damaged";
    damaged_link_body = "The part after # has been changed on the way, so its key is not whole. No view was used.";
    incomplete_tip_1 = "Copy the whole link again from the message.";
    incomplete_tip_2 = "Some apps cut links at a line break.";
    paste_key = "Or paste the key";
    paste_side = "or the whole link";
    try_key = "Try";
    paste_bad = "That is not a whole key either.";
    newer_title = "This link is from a newer Coffer";
    newer_body = "This page does not know its format. No view was used.";
    wrong_title = "That passphrase does not fit";
    wrong_body = "The secret is still sealed. A wrong passphrase uses no view. Check for spaces and capital letters.";
    try_again = "Try again";
    ended_title = "This link has ended";
    ended_body = "Its time is over. The server says the sealed copy is deleted.";
    ended_here_title = "This link is over by this device’s clock";
    ask_new = "Ask the sender for a new link";
    used_title = "Already opened";
    used_body = "Every view of this link is used. If that was not you, tell the sender at once so the secret can be changed.";
    used_lost = "Every view of this link is used, the last one perhaps by your own try that failed. Ask the sender for a new link, and to change the secret if somebody else may have opened it.";
    message = "Copy a message for the sender";
    message_copied = "Message copied.";
    message_used = "The link you sent me says that it was already opened. It was not me. Change the secret and send a new link.";
    message_new = "The link you sent me does not open any more. Send a new one.";
    holder_only = "Shown only because your link holds the right key.";
    revoked_title = "The sender ended this link";
    revoked_body = "The server says the sealed copy is deleted.";
    destroyed_title = "This link was destroyed";
    destroyed_body = "Somebody who held it had it destroyed. The server says the sealed copy is deleted.";
    device_title = "This link opens on another device";
    device_body = "It opens only on the device that opened it first. This try used no view. If that was not you, tell the sender at once.";
    network_title = "This link does not open from here";
    network_body = "The sender let it open from some networks only. This try used no view.";
    missing_title = "The server knows no such link";
    missing_body = "It may have ended long ago, or belong to another server. This try used no view.";
    damaged_title = "This secret does not match its seal";
    damaged_body = "It was altered after it was sealed. Nothing of it is shown. Tell the sender and ask for a new link.";
    offline_title = "The server does not answer";
    offline_body = "The secret is still sealed. If the answer got lost on the way, the view may count as used.";
    rate_title = "Too many tries";
    how = "How this works";
    how_1 = "The key is in the part of the link after #. Browsers do not send that part to a server.";
    how_2 = "Your browser fetches sealed bytes and opens them here.";
    how_3 = "The server counts the view when you press Show secret, not before.";
    ended_here(ended, now) = "It ended on {ended} by the sender’s clock; this device says it is {now}. The server gave it out all the same, so a view is used; nothing of it is shown. If one of the two clocks is wrong, set it right and ask for a new link.";
    opened_here(time) = "Opened here, {time}";
    hides_in(left) = "Hides in {left}";
    rate_soon = "The secret is still sealed, and the try that was turned away used no view. Wait a little, then try again.";
    other_title = "That did not work";
    other_body(cause) = "The secret is still sealed. The program says: {cause}";
    server_says(cause) = "The server says: {cause}";
    minutes_left(count) = "{count} min";
    seconds_left(count) = "{count} s";
    language = "Language";
    theme_system = "Theme: as the system";
    theme_light = "Theme: light";
    theme_dark = "Theme: dark";
    close = "Close";
    dismiss = "Dismiss";
    show_passphrase = "Show passphrase";
    copied(name, seconds) = "{name} copied. Cleared in {seconds} s if this tab stays open; clipboard history may keep it.";
    copy_keep = "Keep";
    copy_refused = "The browser refused to copy. Show the text and copy it by hand.";
    copy_cleared = "Clipboard cleared. Its history, where a system keeps one, may still hold it.";
    copy_later = "Not cleared yet: this tab is not in front. It is cleared when you come back.";
    foot = "Opened in this browser. The server never sees a passphrase or a value.";
    foot_what = "What that means";
    trust_title = "What this page can promise";
    trust_1 = "Everything is sealed and opened here. The server stores sealed bytes and cannot read them.";
    trust_same = "This page comes from the server it talks to.";
    trust_2 = "But the server also delivers this program. Whoever controls it could deliver another one. A page cannot prove itself from inside.";
    trust_3 = "To take that away, host these files elsewhere or compare their hashes with a release from outside.";
    file_default = "file";
    file_ready = "It is fetched in sealed pieces and opened in this browser. For an hour this uses no further view.";
    files_ready = "They are fetched together in sealed pieces and opened in this browser; then you save what you need. For an hour this uses no further view.";
    files_count(count) = "Files: {count}";
    file_fetch = "Download";
    file_fetching = "Downloading and opening";
    file_progress(done, all) = "{done} of {all}";
    file_stop = "Stop";
    file_go_on = "Go on";
    file_waits(left) = "The server asks for a pause. It goes on in {left}.";
    file_broken = "The connection broke. What was fetched is kept; going on uses no view.";
    file_stopped = "Stopped. What was fetched is kept; going on uses no view.";
    file_done = "Complete and unchanged. What you save is not sealed.";
    file_again = "Save again";
    files_save = "Save";
    files_save_all = "Save all as one .zip";
    file_not_saved = "The browser refused to save the file.";
    file_clear_sure = "Not everything is saved yet. Press again to clear this page all the same.";
    file_destroy_hint = "Then nobody opens or fetches it any more, you neither. Download first what you need.";
    late_title = "The time to download is over";
    late_body = "A file can be downloaded for an hour after it was opened. If the link has views left, open it from the message again; if not, ask for a new one.";
    unfinished_title = "The file is not there yet";
    unfinished_body = "The sender has not sent all of it. This try used no view. Try again in a few minutes, or ask the sender.";
    size_bytes(count) = "{count} bytes";
    size_kb(count) = "{count} KB";
    size_mb(count) = "{count} MB";
    form_title = "Someone asks you for a secret";
    form_stated = "As stated in the link, verified by nobody:";
    form_no_title = "No title";
    form_sealed = "What you enter is sealed in this browser. Only whoever made the form can open it, and nothing is sent before you press the button.";
    form_ends(when) = "Can be answered until {when}";
    form_dotenv = "One NAME=value on a line, as in a .env file";
    form_file_choose = "Choose file";
    form_file_drop = "Drop a small file here";
    form_file_remove(name) = "Remove {name}";
    form_file_has(name, bytes) = "{name}, {bytes} bytes";
    form_file_large = "This file is too large: about 7,000 bytes fit in all.";
    form_file_unreadable = "The browser could not read this file.";
    form_note = "Remark";
    form_optional = "optional, sealed too";
    form_room(left, all) = "{left} of {all} bytes left";
    form_over(over) = "{over} bytes too many";
    form_empty = "Fill in at least one field.";
    form_send = "Seal and send";
    form_sending = "Sealing and sending";
    form_expect = "Did you expect this? If not, ask whoever seems to have sent it, another way, before you answer.";
    form_done_title = "Sealed and sent";
    form_done_body = "It is on its way to whoever asked. You can close this page; nothing of what you entered is kept here.";
    form_answered_title = "Already answered";
    form_answered_body = "This form takes no further answer, and yours was not taken. If nobody else was to answer, tell whoever asked: the link may have reached somebody else.";
    form_answered_lost = "This form takes no further answer. It may have taken yours, whose receipt got lost: ask whoever made the form.";
    form_kept = "What you entered";
    form_kept_body = "What you entered is still on this page, until you close it.";
    form_copy_kept = "Copy what you entered";
    form_ended_title = "This form has ended";
    form_ended_body(when) = "It could be answered until {when}. Nothing was sent. Ask for a new link.";
    form_missing_title = "The server knows no such form";
    form_missing_body = "It may have been closed, or belong to another server. Nothing was sent.";
    form_incomplete_body = "The part after # is missing or cut short, so there is no form. Nothing was sent.";
    form_damaged_body = "The part after # has been changed on the way, so the form is not whole. Nothing was sent.";
    form_newer_body = "This page does not know its format. Nothing was sent.";
    form_gone_body = "This page was loaded again, and the key of a link is not kept. Loading sends nothing. Open the link from the message once more.";
    form_offline_body = "Nothing of what you entered is lost. Send it again: the very same sealed bytes go, so an answer that got through is not kept twice.";
    form_other_body(cause) = "What you entered is still here. The program says: {cause}";
    form_how_1 = "The form and the key to seal for it are in the part of the link after #. Browsers do not send that part to a server.";
    form_how_2 = "Your browser seals what you enter. The server keeps bytes that it cannot open, and cannot make an answer itself.";
    form_how_3 = "Who made the form is not verified: only you can know whom you got the link from.";
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSLATED: [(&str, &str); 6] = [
        ("de", include_str!("../../../assets/words/de.txt")),
        ("fr", include_str!("../../../assets/words/fr.txt")),
        ("es", include_str!("../../../assets/words/es.txt")),
        ("pt", include_str!("../../../assets/words/pt.txt")),
        ("ja", include_str!("../../../assets/words/ja.txt")),
        ("ar", include_str!("../../../assets/words/ar.txt")),
    ];

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        for (language, text) in TRANSLATED {
            let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
            assert_eq!(
                lines.len(),
                text.lines().count(),
                "{language}: a line without a name"
            );
            let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, NAMES, "{language}");
            for ((name, words), english) in lines.iter().zip(ENGLISH) {
                assert!(!words.trim().is_empty(), "{language}: {name}");
                assert_eq!(placeholders(words), placeholders(english), "{language}: {name}");
            }
        }
    }

    #[test]
    fn words_of_another_program_are_refused_and_english_comes_back() {
        assert!(!speak(Some("title: nur eines")));
        assert_eq!(title(), "Someone sent you a secret");
        assert!(speak(Some(TRANSLATED[0].1)));
        assert_ne!(title(), "Someone sent you a secret");
        assert!(opened_here("10:24").contains("10:24"));
        assert!(speak(None));
        assert_eq!(opened_here("10:24"), "Opened here, 10:24");
    }
}
