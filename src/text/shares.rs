//! Words of share links: making one, the list of one's own, and the page of the recipient.

use coffer_client::ShareLimits;

use super::count::{plural, thousands};

pub const TITLE: &str = "Give a secret to someone";
pub const LEAD: &str =
    "It is sealed here. The server keeps bytes it cannot read; the key travels only in the link.";
pub const TAB_SEND: &str = "Send a secret";
pub const TAB_MINE: &str = "My links";
pub const TABS: &str = "Share links";

pub const PICK: &str = "Secrets to send";
pub const PICK_NONE: &str = "Choose at least one.";
pub const SEND_AS: &str = "Sent as";
pub const AS_TABLE: &str = "Table with names";
pub const AS_DOTENV: &str = ".env text";
pub const CUSTOM_DATE: &str = "Ends on";
pub const CUSTOM_DATE_SIDE: &str = "a date, within 30 days";
pub const CUSTOM_DATE_BAD: &str = "A moment between 5 minutes and 30 days from now.";
pub const OWNER: &str = "Your page. Send the link below, not this address";
pub const SECRET_LABEL: &str = "Secret";
pub const SECRET_EMPTY: &str = "Write or paste what to send.";
pub const TITLE_LABEL: &str = "Title";
pub const TITLE_SIDE: &str = "optional, sealed too";
pub const ENDS_LEGEND: &str = "Ends after";
pub const VIEWS_LEGEND: &str = "Can be opened";
pub const VIEWS_ONCE: &str = "Once";
pub const VIEWS_THREE: &str = "3 times";
pub const VIEWS_ANY: &str = "Until it ends";
pub const PASSPHRASE_LABEL: &str = "Passphrase";
pub const PASSPHRASE_SIDE: &str = "optional, becomes part of the key";
pub const PASSPHRASE_NEW: &str = "New";
pub const PASSPHRASE_NEW_LABEL: &str = "New passphrase of six words";
pub const PASSPHRASE_HINT: &str = "Say it on the phone or in another app. A guesser who has the link must also pay for Argon2id on every try.";
pub const MORE: &str = "More limits";
pub const CUSTOM_MINUTES: &str = "Minutes until it ends";
pub const CUSTOM_MINUTES_SIDE: &str = "5 to 43,200";
pub const CUSTOM_VIEWS: &str = "Views";
pub const CUSTOM_VIEWS_SIDE: &str = "1 to 100";
pub const CUSTOM_MINUTES_BAD: &str = "Between 5 minutes and 30 days (43,200 minutes).";
pub const CUSTOM_VIEWS_BAD: &str = "Between 1 and 100 views.";
pub const LIMITS: &str = "Limits that the server keeps";
pub const LIMITS_PROMISE: &str =
    "These are promises of the server, not part of the seal: whoever runs it could break them.";
pub const LIMITS_NONE: &str = "This server keeps only time and views. Devices, networks, receipts and a life after the first view need Coffer’s own server.";
pub const LIMITS_LOADING: &str = "Asking the server what it offers";
pub const LIMIT_ABSENT: &str = "This server does not offer it.";
pub const ONE_DEVICE: &str = "Only the first device that opens it";
pub const ONE_DEVICE_HINT: &str =
    "The browser that opens it first keeps a proof for this link; the server turns away all others.";
pub const ONE_DEVICE_ONCE: &str =
    "With one view there is nothing to open again. Allow more views for this to be of use.";
pub const ONE_DEVICE_BOUND: &str =
    "It is bound to the device that opened it first. Taken away, it cannot be bound again.";
pub const ONE_DEVICE_LATE: &str =
    "It was opened already, and nobody knows which device was the first: it cannot be bound to one any more.";
pub const RECEIPTS: &str = "Note when and from where it is opened";
pub const RECEIPTS_HINT: &str =
    "The server writes down time and address, and tells you. It could leave some out or make some up.";
pub const RECEIPTS_LATER: &str =
    "Counts from now on: what was noted stays, and who looked at the link before is not told.";
pub const NETWORKS: &str = "Only from these networks";
pub const NETWORKS_SIDE: &str = "optional, up to 20";
pub const NETWORKS_HINT: &str =
    "Addresses as the server sees them, which may be those of a provider. Elsewhere it does not open.";
pub const NETWORKS_MANY: &str = "At most 20 networks.";
pub const AFTER_VIEW: &str = "After the first view it ends";
pub const AFTER_VIEW_HINT: &str =
    "The server deletes its copy that long after the first view, if the end is not earlier.";
pub const AFTER_VIEW_ONCE: &str = "With one view it ends right then.";
pub const AFTER_VIEW_NONE: &str = "With its time";
pub const AFTER_VIEW_LATE: &str =
    "Its first view has decided how long it lives on. Choose an earlier end above instead.";
pub const SENDER_ENDS: &str = "Only I can end it before its time";
pub const SENDER_ENDS_HINT: &str = "Otherwise whoever opens it may have the server delete it, for everybody.";
pub const CREATE: &str = "Seal and create link";
pub const CREATING: &str = "Sealing";
pub const CANNOT_UNSEE: &str =
    "Ending a link cannot un-see a value. If the wrong person may have read it, rotate it.";
pub const RECIPIENT_TITLE: &str = "What the recipient sees first";
pub const RECIPIENT_BODY: &str = "No title, sender or preview is shown before they open it.";

/// What a text is called that goes as a file, since it is too long for a link.
pub const FILE_OF_TEXT: &str = "secret.txt";
/// The same of several secrets.
pub const FILE_OF_SECRETS: &str = "secrets.env";
pub const FILES_INSTEAD: &str = "Files are sent instead of the text that you entered, which stays here.";
pub const FILES_CHOOSE: &str = "Choose files";
pub const FILE_REMOVE: &str = "Remove";
pub const FILE_SENDING: &str = "Sealing and sending";
pub const FILE_STAY: &str = "Stay on this page until it is sent. The link opens once everything is there.";
pub const FILE_STOP: &str = "Stop";
pub const FILE_STOPPED: &str = "Stopped. What was sent is kept while this page is open.";
pub const FILE_BROKEN: &str = "The connection broke. What was sent is kept while this page is open.";
pub const FILE_GO_ON: &str = "Go on";
pub const FILE_CANCEL: &str = "Cancel and take back";
pub const LEAVE_TITLE: &str = "Leave without making the link?";
pub const LEAVE_BODY: &str = "What you wrote is only in this tab. Leaving discards it.";
pub const LEAVE_ACT: &str = "Discard and leave";
pub const LEAVE_STAY: &str = "Stay";
pub const PASSPHRASE_LEAVE_TITLE: &str = "Leave without copying the passphrase?";
pub const PASSPHRASE_LEAVE_BODY: &str =
    "It is kept nowhere. Who does not have it cannot open the link, and you cannot look it up later.";
pub const PASSPHRASE_LEAVE_ACT: &str = "I have it, leave";
pub const FILE_LEAVE_TITLE: &str = "Stop sending?";
pub const FILE_LEAVE_BODY: &str =
    "Not everything is sent yet, and it cannot be gone on with from another page.";
pub const FILE_LEAVE_ACT: &str = "Stop and leave";
pub const FILE_LEAVE_STAY: &str = "Stay";
pub const STATE_UNFINISHED: &str = "File not sent completely";

pub const READY_TITLE: &str = "Your link is ready";
pub const LINK_LABEL: &str = "Recipient link";
pub const LINK_SIDE: &str = "holds the key; kept only in your sealed list";
pub const COPY_LINK: &str = "Copy link";
pub const LINK_COPIED: &str = "Link copied. It stays on your clipboard until you paste over it.";
pub const COPY_PASSPHRASE: &str = "Copy passphrase";
pub const PASSPHRASE_COPIED: &str = "Passphrase copied. Send it another way than the link.";
pub const PREVIEW: &str = "Preview, uses no view";
pub const PREVIEW_UNFETCHED: &str =
    "In a preview nothing is fetched. Here the recipient downloads what you sent, opened in their browser.";
pub const PREVIEW_TITLE: &str = "What the recipient sees";
pub const SPLIT: &str = "Split link and key";
pub const SPLIT_HINT: &str = "Send the two in different apps. The page asks for the key.";
pub const COPY_SPLIT_LINK: &str = "Copy link without the key";
pub const COPY_SPLIT_KEY: &str = "Copy key";
pub const KEY_COPIED: &str = "Key copied. Send it another way than the link.";
pub const QR_LABEL: &str = "QR code of the link";
pub const QR_TOO_LONG: &str = "The link is too long for a QR code.";
pub const SEND_PASSPHRASE_BEFORE: &str = "Send the passphrase";
pub const SEND_PASSPHRASE_AFTER: &str = "another way.";
pub const OUTCOME_UNCLEAR: &str = "Correct the limits first.";
pub const QR_CAPTION: &str = "Drawn in this browser";
pub const SHOW_QR: &str = "Show QR";
pub const REVOKE: &str = "Revoke";
pub const NEW_LINK: &str = "New link";

pub const MINE_TITLE: &str = "My links";
pub const MINE_LEAD: &str = "Titles are sealed; only you see them. What was opened is what the server says.";
pub const MINE_CAPTION: &str = "Share links you made";
pub const LOADING: &str = "Loading your links";
pub const COLUMN_TITLE: &str = "Title, sealed";
pub const COLUMN_STATE: &str = "State";
pub const COLUMN_LEFT: &str = "Time left";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const EMPTY_TITLE: &str = "You have shared nothing";
pub const EMPTY_BODY: &str = "A link opens once and ends by itself. The recipient needs no account.";
pub const GIVE: &str = "Give a secret";
pub const STATE_UNOPENED: &str = "Not opened";
pub const STATE_EXPIRED: &str = "Expired";
pub const STATE_EXPIRED_UNREAD: &str = "Expired unread";
pub const STATE_USED: &str = "Used up";
pub const STATE_REVOKED: &str = "Revoked";
pub const STATE_UNKNOWN: &str = "Not listed by the server";
pub const STATE_DESTROYED: &str = "Destroyed by its recipient";
pub const ENDED: &str = "Ended";
pub const OPENED: &str = "Opened";
pub const WITH_PASSPHRASE: &str = "with passphrase";
pub const NO_TITLE: &str = "No title";
pub const VIEWS_UNLIMITED: &str = "Any number of views until it ends";
pub const REVOKE_TITLE: &str = "Revoke this link?";
pub const REVOKE_BODY: &str = "Nobody can open it after that. Ending a link cannot un-see a value.";
pub const REVOKED: &str = "Link revoked. The server says its sealed copy is deleted.";
pub const DETAILS: &str = "Details";
pub const DETAILS_NOTE: &str = "What became of it is what the server says.";
pub const FACT_STATE: &str = "State";
pub const FACT_MADE: &str = "Made";
pub const FACT_ENDS: &str = "Ends";
pub const FACT_VIEWS: &str = "Views";
pub const FACT_LIMITS: &str = "Limits";
pub const PASSPHRASE_KEPT: &str = "Needs the passphrase, which is kept nowhere.";
pub const RECEIPTS_TITLE: &str = "Openings";
pub const RECEIPTS_WORD: &str =
    "In the server’s words, by its clock. It may leave some out and make others up.";
pub const RECEIPTS_NONE: &str = "The server notes no opening so far.";
pub const RECEIPTS_NOT_ASKED: &str = "The server was not asked to note when it is opened.";
pub const RECEIPTS_LOADING: &str = "Loading the openings";
pub const RECEIPT_TIME: &str = "Time";
pub const RECEIPT_ADDRESS: &str = "Address";
pub const RECEIPT_NO_ADDRESS: &str = "no address";
pub const RECEIPT_NO_TIME: &str = "no time";
pub const CHANGE_TITLE: &str = "Change its limits";
pub const CHANGE_LEAD: &str = "It can end earlier, never later: until when it is good is sealed inside. Views are counted anew from now.";
pub const CHANGE_ENDS: &str = "Ends in";
pub const CHANGE_KEEP: &str = "As it was";
pub const CHANGE_VIEWS: &str = "Can still be opened";
pub const CHANGE_TYPED_SIDE: &str = "or a number";
pub const SEND_AGAIN: &str = "QR code, or link and key apart";
pub const CHANGE_ACT: &str = "Change limits";
pub const CHANGE_BUSY: &str = "Changing";
pub const CHANGED: &str = "Limits changed.";
pub const CHANGE_LIMITS_ABSENT: &str =
    "This server changes time and views alone. For other limits, revoke it and make another link.";
pub const CHANGE_ABSENT: &str = "This server cannot change a link. Revoke it and make another one instead.";
pub const NOTE: &str = "Note";
pub const NOTE_SIDE: &str = "sealed, for you alone";
pub const NOTE_SAVE: &str = "Save note";
pub const NOTE_SAVED: &str = "Note saved.";

pub fn bytes_left(left: usize, all: usize) -> String {
    format!(
        "{} of {} bytes left on this server",
        thousands(left),
        thousands(all)
    )
}

/// What a server takes.
pub fn files_most(most: &str) -> String {
    format!("Files instead: drop them here, up to {most} together")
}

pub fn files_count(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{} files", thousands(count)),
    }
}

pub fn files_chosen(count: usize, size: &str, most: &str) -> String {
    format!("{}, {size} of {most}", files_count(count))
}

pub fn files_too_large(size: &str, most: &str) -> String {
    format!("That is {size}; the server takes up to {most} for one link.")
}

pub fn files_too_many(most: usize) -> String {
    format!("One link holds up to {most} files. Leave some out, or pack several into one.")
}

pub fn file_names_over(over: usize) -> String {
    format!(
        "The names of the files are {over} bytes too long for one link. Leave some out, or pack several into one."
    )
}

pub fn file_remove(name: &str) -> String {
    format!("Remove {name}")
}

pub fn file_progress(done: &str, all: &str) -> String {
    format!("{done} of {all}")
}

/// What becomes of more than fits a link.
pub fn sent_as_file(name: &str) -> String {
    format!("Longer than a link holds: sent as the file {name}")
}

pub fn same_name(name: &str) -> String {
    format!("{name} is there twice; a .env holds each name once. Leave one out, or send a table.")
}

pub fn bytes_over(over: usize) -> String {
    format!("{} bytes too many", thousands(over))
}

/// One sentence: how often and until when a link opens.
pub fn outcome(views: Option<u32>, until: &str) -> String {
    match views {
        Some(1) => format!("Opens once, until {until}."),
        Some(n) => format!("Opens {n} times, until {until}."),
        None => format!("Opens any number of times until {until}."),
    }
}

/// What the limits of Coffer's own server add to the outcome; empty without any.
pub fn outcome_limits(limits: &ShareLimits) -> String {
    let mut says = Vec::new();
    if limits.one_device {
        says.push("Only the device that opens it first opens it again.".to_owned());
    }
    match limits.networks.as_slice() {
        [] => {}
        [only] => says.push(format!("Opens only from {only}.")),
        more => says.push(format!("Opens only from {} networks.", more.len())),
    }
    if let Some(minutes) = limits.after_view {
        says.push(format!(
            "Ends {} after its first view at the latest.",
            preset(minutes)
        ));
    }
    if limits.receipts {
        says.push("The server notes when and from where it is opened.".to_owned());
    }
    if limits.sender_ends {
        says.push("Who opens it cannot destroy it.".to_owned());
    }
    says.join(" ")
}

pub fn network_bad(text: &str) -> String {
    format!("{text} is no network. Write 192.0.2.0/24, 2001:db8::/32 or one address.")
}

pub fn outcome_needs(passphrase: bool) -> &'static str {
    if passphrase {
        "Needs the link and the passphrase. Opening the page alone does not count as a view."
    } else {
        "Whoever has the link can open it. Opening the page alone does not count as a view."
    }
}

/// What the recipient reads first, quoted to the sender.
pub fn recipient_first(passphrase: bool) -> String {
    format!(
        "“{}. {}{}”",
        super::recipient::title(),
        super::recipient::sealed(),
        if passphrase { " It needs a passphrase." } else { "" }
    )
}

pub fn pick(name: &str, bytes: usize) -> String {
    format!(
        "{name}, {} {}",
        thousands(bytes),
        if bytes == 1 { "byte" } else { "bytes" }
    )
}

pub fn from_place(place: &str) -> String {
    format!("From {place}. Edits here do not change the stored secret.")
}

pub fn opened(when: &str) -> String {
    format!("Opened {when}")
}

/// `Opened once`, `Opened 3 times`
pub fn opened_times(times: u32) -> String {
    match times {
        1 => "Opened once".to_owned(),
        n => format!("Opened {n} times"),
    }
}

/// `Opened 2 times, 1 view left`
pub fn tally(opened: u32, left: Option<u32>) -> String {
    let opened = match opened {
        0 => STATE_UNOPENED.to_owned(),
        n => opened_times(n),
    };
    match left {
        Some(left) => format!("{opened}, {}", views_left(left)),
        None => format!("{opened}, any number left"),
    }
}

/// Said when a look at one's links finds it.
pub fn opened_now(title: &str) -> String {
    let title = if title.is_empty() { NO_TITLE } else { title };
    format!("“{title}” was opened, the server says")
}

pub fn details_of(title: &str) -> String {
    format!("Details of {title}")
}

pub fn views_left(left: u32) -> String {
    format!("{} left", plural(left as usize, "view", "views"))
}

pub fn ended_on(when: &str) -> String {
    format!("Ended {when}")
}

pub fn copy_link_of(title: &str) -> String {
    format!("Copy link of {title}")
}

pub fn revoke_named(title: &str) -> String {
    format!("Revoke {title}")
}

/// Of a new end that was typed.
pub fn change_life_bad(longest: u32) -> String {
    format!(
        "Between 5 and {} minutes: it can only end earlier.",
        thousands(longest as usize)
    )
}

/// `Opened 1 of 3`
pub fn opened_of(times: u32, all: u32) -> String {
    format!("Opened {times} of {all}")
}

/// `Opened 2 times, expired`
pub fn expired(opened: &str) -> String {
    format!("{opened}, expired")
}

pub fn views(views: u32) -> String {
    plural(views as usize, "view", "views")
}

/// `23 h 58 min left`, `2 d 4 h left`, `9 s left`: two units at most.
pub fn time_left(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s left"),
        (0, 0, m) => format!("{m} min left"),
        (0, h, 0) => format!("{h} h left"),
        (0, h, m) => format!("{h} h {m} min left"),
        (d, 0, _) => format!("{d} d left"),
        (d, h, _) => format!("{d} d {h} h left"),
    }
}

/// `7 days`, `1 h`, `5 min`: the name of a preset.
pub fn preset(minutes: u32) -> String {
    match minutes {
        m if m % 1440 == 0 => plural((m / 1440) as usize, "day", "days"),
        m if m % 60 == 0 => format!("{} h", m / 60),
        m => format!("{m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_has_two_units_at_most() {
        let check = |ms: u64, expected: &str| assert_eq!(time_left(ms), expected);
        check(8_001, "9 s left");
        check(240_000, "4 min left");
        check(3_600_000, "1 h left");
        check(86_280_000, "23 h 58 min left");
        check(2 * 86_400_000 + 4 * 3_600_000 + 60_000, "2 d 4 h left");
        check(7 * 86_400_000, "7 d left");
    }

    #[test]
    fn presets_are_named_by_their_largest_unit() {
        assert_eq!(preset(5), "5 min");
        assert_eq!(preset(60), "1 h");
        assert_eq!(preset(1440), "1 day");
        assert_eq!(preset(43_200), "30 days");
    }

    #[test]
    fn an_outcome_names_every_limit_of_the_server() {
        assert_eq!(outcome_limits(&ShareLimits::default()), "");
        let limits = ShareLimits {
            after_view: Some(10),
            networks: vec!["192.0.2.0/24".to_owned()],
            one_device: true,
            receipts: true,
            sender_ends: true,
        };
        assert_eq!(
            outcome_limits(&limits),
            "Only the device that opens it first opens it again. Opens only from 192.0.2.0/24. \
             Ends 10 min after its first view at the latest. The server notes when and from where it is opened. \
             Who opens it cannot destroy it."
        );
        assert_eq!(tally(2, Some(1)), "Opened 2 times, 1 view left");
        assert_eq!(tally(0, None), "Not opened, any number left");
    }

    #[test]
    fn an_outcome_says_how_often_and_until_when() {
        assert_eq!(
            outcome(Some(1), "Mon 23 Nov, 10:24"),
            "Opens once, until Mon 23 Nov, 10:24."
        );
        assert_eq!(outcome(Some(3), "x"), "Opens 3 times, until x.");
        assert_eq!(outcome(None, "x"), "Opens any number of times until x.");
        assert_eq!(bytes_left(6871, 7424), "6,871 of 7,424 bytes left on this server");
    }
}
