//! Words of the members page.

use super::count::plural;

pub const TITLE: &str = "Members and keys";
pub const LEAD: &str = "The server can hand you a wrong key. Comparing eight words with the person, by voice or in person, is how you find out.";
pub const INVITE: &str = "Invite";
pub const CAPTION: &str = "Members of this project and their keys";
pub const LOADING: &str = "Loading members";
pub const COLUMN_MEMBER: &str = "Member";
pub const COLUMN_KEY: &str = "Key";
pub const COLUMN_WORDS: &str = "Words";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const CHECK_AGAIN: &str = "Check again";
pub const SHOW_WORDS: &str = "Show";
pub const READ_YOURS: &str = "Read these words to whoever asks for them. They are no secret.";
pub const READ_THEIRS: &str =
    "Call them on a number you already have and let them read their words to you. Do not read yours first.";
pub const IF_DIFFERENT: &str = "If a word differs, someone stands between you. Do not give this person access, and tell whoever runs the server.";
pub const GAPS_BODY: &str = "Keys and signatures decide who reads and writes all the same. A server that knows the rights refuses the rest as well.";
pub const ALIGN: &str = "Tell the server";
pub const ALIGNED: &str = "The server knows everybody's rights now";
pub const ALIGNED_NOT: &str = "This server knows no rights of single members: keys alone keep them";
pub const SHOW_CODE: &str = "Side by side, let them photograph this code instead. It says the same words.";
pub const CODE_LABEL: &str = "Your words as a QR code";
pub const COMPARE_PHOTO: &str = "Compare with a photo of their code";
pub const COMPARE_HINT: &str = "Side by side only: a code that was sent may have been exchanged on the way.";
pub const CODE_MATCHES: &str = "The code says these eight words";
pub const CODE_DIFFERS: &str = "The code says other words";
pub const CODE_NOT_FOUND: &str = "No code was found in this photo";
pub const CODE_NOT_READ: &str = "The program that reads codes did not load";
pub const ROLE_ADMIN: &str = "Admin";
pub const ROLE_MEMBER: &str = "Member";

pub const YOU: &str = "You";
pub const VERIFIED: &str = "Verified";
pub const CHANGED: &str = "Key changed";
pub const SEEN: &str = "Seen before";
pub const YOU_HINT: &str = "Your own key";
pub const VERIFIED_HINT: &str = "Answered your own invitation, or is part of the project's identity";
pub const CHANGED_HINT: &str = "Another key than before: compare the words again";
pub const SEEN_HINT: &str = "Same key as before, words not compared";

pub const TO_TRUST: &str = "Who can open what, and what was checked";
pub const ALL_MATCH: &str = "All eight words match";
pub const THEY_DIFFER: &str = "They differ: remove";

pub const WAITING_TITLE: &str = "Waiting to be let in";
pub const WAITING_LEAD: &str =
    "They opened your link and made their keys. Admit them to hand over the keys you chose.";
pub const ADMIT: &str = "Admit";
pub const LINK_OK: &str = "Holds your link";
pub const LINK_BAD: &str = "Does not hold your link";
pub const LINK_BAD_HINT: &str = "This request was not made with the link you sent. It cannot be admitted.";

pub const INVITE_TITLE: &str = "Invite someone";
pub const INVITE_LEAD: &str =
    "You get a link to send. Whoever opens it first can join, so send it to them alone.";
pub const EMAIL_LABEL: &str = "Email";
pub const EMAIL_BAD: &str = "Enter one e-mail address.";
pub const RIGHTS_LEGEND: &str = "What they can open";
pub const ADMIN_LABEL: &str = "Admin of this project";
pub const ADMIN_HINT: &str = "Can invite others and hand over every key.";
pub const CREATE: &str = "Create invitation link";
pub const NOTHING_CHOSEN: &str = "They join without a key. You can give them one later.";

pub const READY_TITLE: &str = "Invitation ready";
pub const LINK_LABEL: &str = "Invitation link";
pub const LINK_SIDE: &str = "holds a key; shown once";
pub const COPY_LINK: &str = "Copy link";
pub const COPIED: &str = "Link copied. It stays on your clipboard until you paste over it.";
pub const QR_LABEL: &str = "QR code of the invitation link";
pub const QR_CAPTION: &str = "Drawn in this browser";
pub const DONE: &str = "Done";

pub const CHANGE_RIGHTS: &str = "Change rights";
pub const RIGHTS_LEAD: &str = "Signed by you. Keys are handed over in this browser.";
pub const REMOVE: &str = "Remove from project";
pub const REMOVE_BODY: &str = "They open nothing that is saved from now on: the next save begins a new key.";

pub const MACHINE: &str = "Machine";
pub const MACHINE_HINT: &str =
    "A program; the admin who added it made its keys. There is nobody to compare words with.";
pub const ADD_MACHINE: &str = "Add a machine";
pub const MACHINE_LEAD: &str = "A machine is a program with keys of its own, such as a build or a server. It opens what you choose, so nobody's own key has to lie there.";
pub const MACHINE_NAME: &str = "Name";
pub const MACHINE_NAME_HINT: &str = "What it does or where it runs. The server sees it.";
pub const MACHINE_NAME_BAD: &str = "Give it a name.";
pub const MACHINE_LEGEND: &str = "What it can open";
pub const MACHINE_ONCE: &str = "Give these to the program. They are not kept here.";
pub const MACHINE_WARNING: &str = "Shown only once";
pub const MACHINE_WARNING_BODY: &str = "Nobody can show them again, you neither. If one is lost or seen by others, remove the machine and add another.";
pub const MACHINE_TOKEN: &str = "Machine token";
pub const MACHINE_TOKEN_NOTE: &str = "Coffer's half: its keys. No server sees it.";
pub const MACHINE_CLIENT: &str = "Client ID";
pub const MACHINE_CLIENT_NOTE: &str = "no secret";
pub const MACHINE_SECRET: &str = "Client secret";
pub const MACHINE_SECRET_NOTE: &str = "The server's half: lets it sign in.";
pub const MACHINE_PROJECT: &str = "Project ID";
pub const MACHINE_KEYS_ALONE: &str =
    "This server does not enforce the rights of single machines. Keys and signatures do.";
pub const MACHINE_COPY_LINES: &str = "Copy all as .env lines";
pub const MACHINE_LINES: &str = "The machine's settings";
pub const MACHINE_STORED: &str = "I have stored them";
pub const MACHINE_FORBIDDEN: &str = "The server does not let you make machines";
pub const MACHINE_FORBIDDEN_BODY: &str =
    "Machines are made by admins of the organisation. Ask one of them to add it here.";
pub const COPY: &str = "Copy";
pub const HIDE: &str = "Hide";
pub const REMOVE_MACHINE_BODY: &str =
    "It is out at once: the server ends its sessions, and the next save begins a new key.";

/// The sentence that says what adding a machine does.
pub fn machine_outcome(name: &str, environments: usize) -> String {
    let who = if name.is_empty() { "The machine" } else { name };
    match environments {
        0 => format!("{who} gets no key. It can ask people for access for a while."),
        n => format!(
            "{who} gets the keys of {} now.",
            plural(n, "environment", "environments")
        ),
    }
}

pub fn machine_ready(name: &str) -> String {
    format!("{name} is added")
}

/// The name of a machine where it stands among people's.
pub fn machine_named(name: &str) -> String {
    format!("{name} (machine)")
}

pub fn hidden(label: &str) -> String {
    format!("{label}, hidden")
}

pub fn copy_of(label: &str) -> String {
    format!("Copy {label}")
}

pub fn copied(label: &str) -> String {
    format!("{label} copied")
}

/// The sentence that says what an invitation does.
pub fn outcome(email: &str, environments: usize, admin: bool) -> String {
    let who = if email.is_empty() {
        "The invited person"
    } else {
        email
    };
    let role = if admin { "an admin" } else { "a member" };
    match environments {
        0 => format!("{who} becomes {role} and gets no key yet."),
        n => format!(
            "{who} becomes {role} and gets the keys of {}, once you admit them.",
            plural(n, "environment", "environments")
        ),
    }
}

pub fn works_until(when: &str) -> String {
    format!("Works once, until {when}.")
}

pub fn admitted(name: &str) -> String {
    format!("{name} admitted. The keys were sealed to them in this browser.")
}

pub fn right_in(environment: &str) -> String {
    format!("Right in {environment}")
}

pub fn fingerprint_of(name: &str) -> String {
    format!("Key words of {name}")
}

pub fn show_words_of(name: &str) -> String {
    format!("Show the words of {name}")
}

pub fn admit_named(name: &str) -> String {
    format!("Admit {name}")
}

pub fn more_for(name: &str) -> String {
    format!("More for {name}")
}

pub fn rights_of(name: &str) -> String {
    format!("Rights of {name}")
}

/// The server has no rights of single members: what protects is the key.
pub fn keys_alone(name: &str) -> String {
    format!("The rights of {name} are signed. This server does not enforce them; their keys do.")
}

pub fn rights_changed(name: &str) -> String {
    format!("The rights of {name} are signed")
}

/// What a change of rights takes away; a right that ends cannot un-see.
pub fn rights_outcome(name: &str, machine: bool, loses: &[String]) -> String {
    let have = if machine { "it has" } else { "they have" };
    if loses.is_empty() {
        format!("{name} keeps every key {have}.")
    } else {
        format!(
            "{name} opens nothing that is saved in {} from now on. What is there now {have} seen: change it at its source.",
            loses.join(", ")
        )
    }
}

pub fn remove_title(name: &str) -> String {
    format!("Remove {name}?")
}

pub fn removed(name: &str) -> String {
    format!("{name} removed. Change what they could open at its source.")
}

/// What a removed person, or whoever ran a machine, knows for ever.
pub fn remove_known(machine: bool, opens: &[String]) -> String {
    let opened = opens.join(", ");
    match (machine, opens.is_empty()) {
        (false, true) => "They hold no key.".to_owned(),
        (true, true) => "It holds no key.".to_owned(),
        (false, false) => {
            format!("They could open {opened}. Those values stay known to them: change them at their source.")
        }
        (true, false) => format!(
            "It could open {opened}. Whoever ran it may know those values: change them at their source."
        ),
    }
}

pub fn now_verified(name: &str) -> String {
    format!("{name} is verified. Your other devices know it too.")
}

pub fn compared_on(day: &str) -> String {
    format!("Words compared by you on {day}")
}

pub fn gaps(count: usize) -> String {
    format!(
        "The server has not been told the rights of {}",
        plural(count, "member", "members")
    )
}
