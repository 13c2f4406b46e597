//! Words of the trust page.

use super::count::plural;

pub const TITLE: &str = "Trust";
pub const LEAD: &str =
    "What this browser checked itself, who holds which key, and what nobody can check from here.";
pub const LOADING: &str = "Checking every signature of this project";
pub const CHECK_AGAIN: &str = "Check again";

pub const CHECKED_TITLE: &str = "What was checked";
pub const CHECKED_CAPTION: &str = "Environments, their heads and what was found";
pub const COLUMN_ENVIRONMENT: &str = "Environment";
pub const COLUMN_HEAD: &str = "Head";
pub const COLUMN_WORDS: &str = "Words of the head";
pub const COLUMN_FOUND: &str = "Found";
pub const MEMBERSHIP: &str = "Membership";
pub const SIGNED: &str = "Signed";
pub const ALL_MATCH: &str = "All as signed";
pub const NOT_OPENED: &str = "Not opened";
pub const COMPARE_HEADS: &str = "Two members who see the same words see the same history. Read them to each other when it matters: a server could show each of you another one.";

pub const MAP_TITLE: &str = "Who can open what";
pub const MAP_LEAD: &str = "A line is a key that was handed over, by the signed history.";
pub const MAP_CAPTION: &str = "Keys of each member in each environment";
pub const COLUMN_HOLDER: &str = "Holder";
pub const FORMER: &str = "No longer a member";
pub const MACHINE: &str = "Machine";
pub const KEY_DUE: &str = "Key not handed over yet";
pub const KEY_STILL: &str = "Still holds the key in use";
pub const KEY_NONE: &str = "No key";
pub const KEY_UNKNOWN: &str = "Not readable from here";
pub const NEW_KEY_DUE: &str = "The next save begins a new key.";

pub const LOST_TITLE: &str = "What one lost laptop opens";
pub const LOST_PERSON: &str = "Whose laptop";
pub const LOST_ADVICE: &str = "With its passphrase. Remove the person, invite them again, and change these values at their source: a copy cannot be called back.";

pub const LOCKS_TITLE: &str = "Locks";
pub const LOCKS_LEAD: &str = "A lock makes the server refuse values that are not sealed, from every client. A new key counts for what is written from now on.";
pub const GUARD_ON: &str = "Takes sealed values only";
pub const GUARD_OFF: &str = "Takes anything";
pub const GUARD_NONE: &str = "No lock known";
pub const TURN_ON: &str = "Lock";
pub const TURN_OFF: &str = "Unlock";
pub const NEW_KEY: &str = "New key";
pub const NEW_KEY_MADE: &str = "A new key is in use";

pub const ADMISSIONS_TITLE: &str = "How they came in";
pub const ADMISSIONS_LEAD: &str = "Each line is signed. Times are what the signer's clock said.";

pub const SEES_TITLE: &str = "What the server can see";
pub const SEES: [&str; 4] = [
    "Names of projects, environments, folders and secrets, how many there are and roughly how large.",
    "Who belongs to a project, who reads or writes when, and from which address.",
    "Never a value, a comment, a passphrase or a key.",
    "It can refuse, delay or lose things. It cannot change, mix or invent them without being noticed here.",
];
pub const CANNOT_TITLE: &str = "What cannot be checked from here";
pub const CANNOT: [&str; 3] = [
    "That this page is the program it should be: whoever serves it could serve another one.",
    "That a device which has seen nothing yet is not shown an old, once genuine state. Its kit and other members help.",
    "What somebody does with a value after reading it.",
];

pub fn checked_at(time: &str) -> String {
    format!("Checked here at {time}")
}

pub fn head(seq: u64, epoch: u32) -> String {
    format!("{seq}, key {epoch}")
}

pub fn words_of(name: &str) -> String {
    format!("Words of the head of {name}")
}

pub fn found(count: usize) -> String {
    format!("{} to look at", plural(count, "finding", "findings"))
}

pub fn opens(name: &str, environments: &[String], secrets: usize) -> String {
    if environments.is_empty() {
        format!("{name} holds no key: a lost laptop opens nothing.")
    } else {
        format!(
            "{name}’s laptop opens {}: {} you can see.",
            environments.join(", "),
            plural(secrets, "secret", "secrets")
        )
    }
}

pub fn map_label(people: usize, environments: usize) -> String {
    format!(
        "Lines from {} to the {} whose keys they hold; the table below says the same.",
        plural(people, "holder", "holders"),
        plural(environments, "environment", "environments")
    )
}

pub fn admitted(name: &str, day: &str) -> String {
    format!("{name} came in on {day}")
}

pub fn founded(name: &str, day: &str) -> String {
    format!("{name} made the project on {day}")
}

pub fn by_invitation(author: &str) -> String {
    format!("Signed by {author}, after answering their invitation")
}

pub fn by_words(author: &str) -> String {
    format!("Signed by {author}, after comparing words")
}

pub fn as_machine(author: &str) -> String {
    format!("Signed by {author}, who made its keys")
}

pub fn member_number(link: u64) -> String {
    format!("entry {link}")
}

pub fn turn_on(name: &str) -> String {
    format!("Lock {name}")
}

pub fn turn_off(name: &str) -> String {
    format!("Unlock {name}")
}

pub fn new_key_for(name: &str) -> String {
    format!("New key for {name}")
}
