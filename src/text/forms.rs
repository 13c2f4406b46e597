//! Words of asking for a secret: the form being made, the list of one's own, and what came back.

use super::count::{plural, thousands};

pub const TITLE: &str = "Ask someone for a secret";
pub const LEAD: &str = "You make a form. Whoever has its link fills it in without an account, and it is sealed in their browser: only your keys open it.";
pub const TAB: &str = "Ask for a secret";
pub const TITLE_LABEL: &str = "What it is about, and who asks";
pub const TITLE_HINT: &str = "The receiver reads this first. It travels in the link, so no server sees or changes it, but nobody vouches for it either.";
pub const TITLE_PLACEHOLDER: &str = "Payment keys for the release, asks Mara";
pub const FIELDS: &str = "Fields";
pub const FIELD_KIND: &str = "Kind";
pub const FIELD_LABEL: &str = "Label";
pub const FIELD_LABEL_PLACEHOLDER: &str = "API key";
pub const FIELD_HINT: &str = "Hint";
pub const FIELD_HINT_SIDE: &str = "optional";
pub const FIELD_EMPTY: &str = "Give every field a label.";
pub const ADD_FIELD: &str = "Add field";
pub const KIND_TEXT: &str = "Text";
pub const KIND_DOTENV: &str = ".env";
pub const KIND_FILE: &str = "File";
pub const KIND_DOTENV_SAYS: &str = "names and values, as in a .env file";
pub const KIND_FILE_SAYS: &str = "a small file";
pub const KIND_TEXT_SAYS: &str = "a line or a text";
pub const DATE_SIDE: &str = "or a date, within 30 days";
pub const LEAVE_TITLE: &str = "Leave without making the form?";
pub const ENDS: &str = "Ends after";
pub const CREATE: &str = "Make the form";
pub const CREATING: &str = "Making the form";
pub const FITS: &str = "About 7,000 bytes fit into an answer, files included.";
pub const ANSWERS: &str = "Takes";
pub const ANSWERS_ONE: &str = "One answer";
pub const ANSWERS_HINT: &str =
    "Whoever has the link can answer, also more than once. That it takes no more is the server’s promise.";
pub const ANSWERS_ABSENT: &str = "This server takes one answer to a form. Make a form for each person.";
pub const SEES_TITLE: &str = "What the receiver sees";
pub const SEES_BODY: &str = "“As stated in the link, verified by nobody”, then these fields. Nothing is sent before they press the button.";

pub const READY_TITLE: &str = "Your form is ready";
pub const READY_KIND: &str = "For whoever is to fill it in";
pub const LINK_LABEL: &str = "Form link";
pub const LINK_SIDE: &str = "whoever has it can answer; kept only in your sealed list";
pub const COPY_LINK: &str = "Copy form link";
pub const LINK_COPIED: &str = "Form link copied. Send it to whoever has the secret.";
pub const SPLIT: &str = "Link and key apart";
pub const SPLIT_HINT: &str =
    "Send the two in different apps. The page asks for the key, and neither half alone can be answered.";
pub const COPY_SPLIT_LINK: &str = "Copy link without the key";
pub const COPY_SPLIT_KEY: &str = "Copy key of the form";
pub const KEY_COPIED: &str = "Key copied. Send it another way than the link.";
pub const QR_LABEL: &str = "QR code of the form link";
pub const QR_TOO_LONG: &str = "The link is too long for a QR code: it carries the whole form.";
pub const PREVIEW: &str = "Look at the form";
pub const ANOTHER: &str = "Another form";
pub const TO_LIST: &str = "Your forms";

pub const MINE_TITLE: &str = "What you asked for";
pub const MINE_CAPTION: &str = "Forms you made";
pub const LOADING: &str = "Loading your forms";
pub const COLUMN_TITLE: &str = "Form, sealed";
pub const COLUMN_STATE: &str = "State";
pub const COLUMN_LEFT: &str = "Time left";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const EMPTY_TITLE: &str = "You have asked for nothing";
pub const EMPTY_BODY: &str = "A form collects keys from somebody without an account, sealed for you alone.";
pub const STATE_WAITING: &str = "Waiting";
pub const STATE_ANSWERED: &str = "Answered";
pub const STATE_EXPIRED: &str = "Ended, no answer seen";
pub const STATE_CLOSED: &str = "Closed";
pub const STATE_ERASED: &str = "Answered, erased since";
pub const STATE_MISSING: &str = "Missing on the server";
pub const STATE_UNKNOWN: &str = "The server did not say";
pub const NO_TITLE: &str = "No title";
pub const READ: &str = "Read answer";
pub const READ_ALL: &str = "Read answers";
pub const CLOSE: &str = "Close form";
pub const CLOSE_TITLE: &str = "Close this form?";
pub const CLOSE_BODY: &str = "Its link ends. The server is asked to delete what was answered, and the key that opens it is gone for good.";
pub const CLOSE_VERB: &str = "Close form";
pub const CLOSED: &str = "Form closed. The key to its answers is gone.";

pub const ANSWER_TITLE: &str = "An answer";
pub const ANSWER_LEAD: &str =
    "Sealed by a holder of the link for just this form. Who that was, only you can know.";
pub const ANSWER_LOADING: &str = "Opening the answer";
pub const ANSWERS_TITLE: &str = "Answers";
pub const ANSWERS_WORD: &str = "Times are the server’s word.";
pub const ANSWERS_CAPTION: &str = "Answers to this form, the oldest first";
pub const COLUMN_ANSWER: &str = "Answer";
pub const COLUMN_CAME: &str = "Came";
pub const NO_TIME: &str = "no time";
pub const MARK_NEW: &str = "New";
pub const MARK_READ: &str = "Read";
pub const MARK_USED: &str = "In an environment";
pub const OPEN_ANSWER: &str = "Open";
pub const DELETE_ANSWER: &str = "Delete";
pub const DELETE_ANSWER_TITLE: &str = "Delete this answer?";
pub const DELETE_ANSWER_BODY: &str = "The server is asked to delete it, and it is not shown here again. There is room for another one then. The other answers stay.";
pub const DELETE_ANSWER_VERB: &str = "Delete it";
pub const ANSWER_DELETED: &str = "Answer deleted.";
pub const FORGED_BODY: &str = "Nobody who has the whole link made them. Somebody sent the server rubbish, or the server made it up. Nothing of them is shown.";
pub const FORGED_DELETE: &str = "Delete them";
pub const ERASED_BODY: &str =
    "The time for which the server keeps answers after a form has ended is over. Nothing is wrong with that.";
pub const WITHHELD_BODY: &str =
    "You have seen them here and did not delete them. The server lost them or holds them back.";
pub const ANSWER_NONE: &str = "No answer yet";
pub const ANSWER_NONE_BODY: &str = "Nobody has filled this form in, or it was closed.";
pub const NOTE: &str = "Remark";
pub const NOT_FILLED: &str = "Left empty";
pub const SHOW: &str = "Show";
pub const HIDE: &str = "Hide";
pub const COPY: &str = "Copy";
pub const SAVE_FILE: &str = "Save file";
pub const SAVED_FILE: &str = "Saved. The file is not sealed.";
pub const FILE_NAME: &str = "answer.bin";
pub const BACK: &str = "All forms";

pub const PUT_TITLE: &str = "Put into an environment";
pub const PUT_LEAD: &str = "Sealed again here, for the readers of that environment.";
pub const PROJECT: &str = "Project";
pub const ENVIRONMENT: &str = "Environment";
pub const FOLDER: &str = "Folder";
pub const NO_ENVIRONMENTS: &str = "You may change no sealed environment of this project.";
pub const CHOOSE: &str = "Choose…";
pub const PUT_NAME: &str = "Name";
pub const PUT_REPLACES: &str = "Replaces the value that is there; the old one stays in the history.";
pub const PUT_NEW: &str = "New here";
pub const PUT_BAD_NAME: &str = "Letters, digits and signs without space, =, /, : or #.";
pub const PUT_TWICE: &str = "This name is chosen twice.";
pub const PUT_BINARY: &str = "This file is no text. Save it as a file.";
pub const PUT_NOTHING: &str = "Choose at least one.";
pub const PUT_ACT: &str = "Seal into environment";
pub const PUT_BUSY: &str = "Sealing";
pub const PUT_GO: &str = "Open environment";

pub fn count_left(left: usize) -> String {
    format!("{} of 20 left", left)
}

pub fn outcome(answers: u32, until: &str) -> String {
    match answers {
        1 => format!("Can be answered once, until {until}."),
        n => format!("Can be answered up to {n} times, until {until}."),
    }
}

pub fn answers_up_to(most: u32) -> String {
    format!("Up to {most} answers")
}

/// `3 of 20 answers`
pub fn answered_of(answers: u32, most: u32) -> String {
    format!("{answers} of {}", plural(most as usize, "answer", "answers"))
}

/// Until when the server keeps what nobody has read.
pub fn kept_unread(until: &str) -> String {
    format!("Unread, kept until {until}")
}

/// Until when the server keeps answers.
pub fn kept_until(until: &str) -> String {
    format!("Kept until {until}. The server deletes answers then.")
}

pub fn new_answers(unread: u32) -> String {
    format!("{unread} new")
}

pub fn answer_number(number: usize) -> String {
    format!("Answer {number}")
}

pub fn open_answer(number: usize) -> String {
    format!("Open answer {number}")
}

pub fn delete_answer(number: usize) -> String {
    format!("Delete answer {number}")
}

pub fn forged(count: usize) -> String {
    format!("{} not open", plural(count, "text does", "texts do"))
}

pub fn withheld(count: u32) -> String {
    format!(
        "{} not here any more",
        plural(
            count as usize,
            "answer that was here is",
            "answers that were here are"
        )
    )
}

pub fn erased(count: u32) -> String {
    format!(
        "{} erased",
        plural(
            count as usize,
            "answer that was here has been",
            "answers that were here have been"
        )
    )
}

pub fn asks_for(fields: usize) -> String {
    format!(
        "Asks for {}. Only your keys open what comes back.",
        plural(fields, "field", "fields")
    )
}

pub fn field_number(number: usize) -> String {
    format!("Field {number}")
}

pub fn move_up(number: usize) -> String {
    format!("Move field {number} up")
}

pub fn move_down(number: usize) -> String {
    format!("Move field {number} down")
}

pub fn remove(number: usize) -> String {
    format!("Remove field {number}")
}

pub fn read_named(title: &str, most: u32) -> String {
    let verb = if most == 1 { READ } else { READ_ALL };
    format!("{verb} to {title}")
}

pub fn copy_named(title: &str) -> String {
    format!("Copy form link of {title}")
}

pub fn close_named(title: &str) -> String {
    format!("Close form {title}")
}

pub fn copy_field(label: &str) -> String {
    format!("Copy {label}")
}

pub fn save_field(label: &str) -> String {
    format!("Save file {label}")
}

pub fn hidden(label: &str, bytes: usize) -> String {
    format!("{label}: hidden, {}", size(bytes))
}

pub fn size(bytes: usize) -> String {
    format!(
        "{} {}",
        thousands(bytes),
        if bytes == 1 { "byte" } else { "bytes" }
    )
}

pub fn put_take(label: &str) -> String {
    format!("Take {label}")
}

pub fn put_name_of(label: &str) -> String {
    format!("Name of {label}")
}

pub fn put_done(count: usize, project: &str, environment: &str) -> String {
    format!(
        "{} sealed into {project}, {environment}",
        plural(count, "secret", "secrets")
    )
}

pub fn unread_lines(lines: usize) -> String {
    format!(
        "{} could not be read as NAME=value.",
        plural(lines, "line", "lines")
    )
}

pub fn answered_now(title: &str) -> String {
    let title = if title.is_empty() { NO_TITLE } else { title };
    format!("“{title}” was answered")
}
