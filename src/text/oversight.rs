//! Words of links and forms of others, for administrators.

use super::count::{plural, thousands};

pub const TITLE: &str = "Links and forms of others";
pub const LEAD: &str = "What others of this organisation made and is of use still, in the server’s words. You can end it, also after its maker has left, and read nothing of it.";
pub const CAPTION: &str = "Links and forms of others";
pub const COLUMN_OWNER: &str = "Made by";
pub const EMPTY: &str = "Nobody else has a link or form that is of use still.";
pub const LINK: &str = "Link";
pub const LINK_WITH_FILE: &str = "Link with a file";
pub const FORM: &str = "Form";
pub const MACHINE: &str = "machine";
pub const LEFT: &str = "has left";
pub const OWNER_GONE: &str = "A machine or account that was deleted";
pub const OWNER_UNNAMED: &str = "Somebody without a name";
pub const END: &str = "End";
pub const END_TITLE: &str = "End what somebody else made?";
pub const END_BODY: &str = "Nobody can open or answer it after that, and the server is asked to erase what it holds, answers that nobody has read too. Whoever made it is told in their list.";
pub const CANNOT_UNSEE: &str = "It cannot un-see what somebody has read already.";
pub const ENDED: &str = "Ended. The server says that what it held is erased.";
/// In the list of whoever made it.
pub const STATE_ENDED: &str = "Ended by an administrator";

pub fn end_named(what: &str, owner: &str) -> String {
    format!("{END}: {what} of {owner}")
}

/// Of a form, in the server's words.
pub fn answers(answers: u32, most: u32) -> String {
    format!("{answers} of {}", plural(most as usize, "answer", "answers"))
}

pub fn made(what: &str, when: &str) -> String {
    format!("{what} · {when}")
}

/// Below a list that goes on.
pub fn newest(shown: usize, all: u32) -> String {
    format!(
        "The newest {} of {} are shown.",
        thousands(shown),
        thousands(all as usize)
    )
}
