//! Words of an environment: its table of secrets, the editor, import, search, and the conflict dialog.

use super::count::{plural, thousands};

/// What stands for every hidden value: twelve dots, whatever its length.
pub const MASK: &str = "••••••••••••";

pub const LOADING: &str = "Checking the history of this environment";
pub const LOADING_LABEL: &str = "Loading secrets";
pub const CAPTION_NAME: &str = "Secrets";
pub const COLUMN_NAME: &str = "Name";
pub const COLUMN_VALUE: &str = "Value";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const ENVIRONMENT: &str = "Environment";
pub const FOLDERS: &str = "Folders";
pub const FOLDER_PATH: &str = "Folder path";
pub const ADD: &str = "Add secret";
pub const REVEAL_ALL: &str = "Reveal all";
pub const HIDE_ALL: &str = "Hide all";
pub const MORE: &str = "More";
pub const SEARCH_LABEL: &str = "Search names and values";
pub const SEARCH_NOTHING: &str = "Nothing matches";
pub const SEARCH_NOTHING_BODY: &str = "Neither a name nor a value in this environment contains that.";
pub const SEARCH_LOCAL: &str = "Searched in this browser.";
pub const READ_ONLY: &str = "You can read here, not change.";

pub const NEW: &str = "New";
pub const CHANGED: &str = "Changed";
pub const DELETED: &str = "Deleted";
pub const DELETED_ROW: &str = "Goes when you save";

pub const EDIT: &str = "Edit";
pub const COPY_NAME_VALUE: &str = "Copy as KEY=value";
pub const COPY_NAME: &str = "Copy name";
pub const SHARE: &str = "Share by link";
pub const SHARE_SEVERAL: &str = "Share secrets of this folder";
pub const COPIED_NAME: &str = "Name copied.";

pub const SELECTION: &str = "Selected secrets";
pub const SELECT_ALL: &str = "Select all shown";
pub const SELECTION_CLEARED: &str = "Selection cleared";
pub const CLEAR_SELECTION: &str = "Clear";
pub const SHARE_SELECTED: &str = "Share";
pub const COPY_DOTENV: &str = "Copy as .env";
pub const MOVE: &str = "Move to folder";
pub const SAVE_BEFORE_SHARING: &str = "Save or discard the changes before sharing.";
pub const SAME_NAME: &str = "Two of them have the same name; a .env holds each name once.";

pub const EDIT_TITLE: &str = "Edit secret";
pub const ADD_TITLE: &str = "Add secret";
pub const EDIT_LEAD: &str = "Staged here first. Nothing leaves this browser until you save.";
pub const NAME_LABEL: &str = "Name";
pub const NAME_SIDE: &str = "KEY=value is split when pasted";
pub const VALUE_LABEL: &str = "Value";
pub const COMMENT_LABEL: &str = "Comment";
pub const OWNER_LABEL: &str = "Looked after by";
pub const OWNER_PLACEHOLDER: &str = "Who replaces it at its source";
pub const COMMENT_SIDE: &str = "optional, sealed too";
pub const FOLDER_LABEL: &str = "Folder";
pub const STAGE: &str = "Stage";
pub const STAGE_KEYS: &str = "Ctrl ↵";
pub const NAME_EMPTY: &str = "Give it a name.";
pub const NAME_BAD: &str = "A name has no spaces, slashes or equals signs.";
pub const NAME_TAKEN: &str = "There is a secret of that name in this folder.";
pub const FOLDER_BAD: &str = "A folder path starts with / and has no empty parts.";

pub const UNSAVED: &str = "Unsaved changes";
pub const DISCARD: &str = "Discard";
pub const REVIEW: &str = "Review and save";
pub const REVIEW_LEAD: &str =
    "Sealed here, then signed as one entry. Values stay hidden unless you show them.";
pub const KEEP_EDITING: &str = "Keep editing";
pub const SHOW_VALUES: &str = "Show values";
pub const HIDE_VALUES: &str = "Hide values";
pub const COLUMN_CHANGE: &str = "Change";
pub const COLUMN_BEFORE: &str = "Before";
pub const COLUMN_AFTER: &str = "After";
pub const NONE: &str = "none";
pub const MOVED: &str = "moved, same value";
pub const TOOK_THEIRS: &str = "Nothing of yours is left to save.";
pub const NEWER_TEXT: &str = "This page still shows what was there when it was opened.";
pub const NEWER_SHOW: &str = "Show the newest";
pub const GONE: &str = "gone";
pub const SAVING: &str = "Sealing and saving";
pub const DISCARD_TITLE: &str = "Discard these changes?";
pub const DISCARD_BODY: &str = "What is saved on the server stays as it is.";
pub const DISCARDED: &str = "Changes discarded.";
pub const LEAVE_TITLE: &str = "Leave with unsaved changes?";
pub const LEAVE_BODY: &str = "They are only in this tab. Leaving discards them.";
pub const LEAVE_ACT: &str = "Discard and leave";
pub const STAY: &str = "Stay";

pub const EMPTY_BODY: &str = "Drop a .env file here. Values are sealed before they leave this browser.";
pub const EMPTY_FOLDER: &str = "No secrets in this folder yet";
pub const CHOOSE_ENV: &str = "Choose .env";
pub const CHOOSE_FILE: &str = "Choose file";
pub const PASTE_TEXT: &str = "Paste text";
pub const DROP_HINT: &str = "Drop a .env file anywhere, or";
pub const FILE_TOO_BIG: &str = "That file is larger than 8 MB. Nothing was read.";
pub const FILE_UNREADABLE: &str = "That file is not text. Nothing was read.";

pub const IMPORT_TITLE: &str = "Import .env";
pub const IMPORT_TEXT_LABEL: &str = "Text of the file";
pub const IMPORT_TEXT_HINT: &str = "One KEY=value per line. It is read in this browser.";
pub const PASTED: &str = "Pasted text";
pub const CHECK_AGAIN: &str = "Check again";
pub const IMPORT_TWICE: &str = "the name comes again below; the last one counts.";
pub const IMPORT_PREVIEW: &str = "Preview";
pub const IMPORT_NOTHING: &str = "There is no KEY=value in that text.";
pub const IMPORT_CHOICE: &str = "Choice";
pub const IMPORT_CAPTION: &str = "What the file would change";
pub const IMPORT_NEW: &str = "New";
pub const IMPORT_SAME: &str = "Same";
pub const IMPORT_CONFLICT: &str = "Differs";
pub const IMPORT_TAKE: &str = "Take the file's";
pub const IMPORT_KEEP: &str = "Keep what is here";
pub const IMPORT_ADD: &str = "Add";
pub const IMPORT_SKIP: &str = "Leave out";
pub const IMPORT_UNCHANGED: &str = "Nothing to do";
pub const IMPORT_ALL_FILE: &str = "Take all from the file";
pub const IMPORT_ALL_HERE: &str = "Keep all that is here";
pub const IMPORT_PROBLEMS: &str = "Lines that were not read";

pub const DOWNLOAD: &str = "Download .env";
pub const DOWNLOAD_TITLE: &str = "Download as .env";
pub const DOWNLOAD_BODY: &str =
    "The file holds the values in clear. Whoever gets the file, or a backup of this disk, can read them.";
pub const DOWNLOAD_ACT: &str = "Download";
pub const DOWNLOADED: &str = "Downloaded. The file is not sealed.";

pub const NEW_FOLDER: &str = "New folder";
pub const NEW_FOLDER_TITLE: &str = "New folder";
pub const FOLDER_NAME: &str = "Folder name";
pub const FOLDER_NAME_HINT: &str = "Letters, digits, hyphens and underscores. The server sees it.";
pub const FOLDER_NAME_BAD: &str = "Use letters, digits, hyphens and underscores.";
pub const FOLDER_TAKEN: &str = "There is a folder of that name here.";
pub const CREATE_FOLDER: &str = "Create folder";
pub const RENAME_FOLDER: &str = "Rename folder";
pub const DELETE_FOLDER: &str = "Delete folder";
pub const RENAME_FOLDER_NOTE: &str = "Every secret in it is sealed again for its new place.";
pub const FOLDER_FIRST_SAVE: &str = "Save or discard the changes first.";

pub const CONFLICT_TITLE: &str = "Someone saved while you were editing";
pub const CONFLICT_LEAD: &str = "Your changes are kept. Choose for each secret that both of you changed.";
pub const CONFLICT_BASE: &str = "Before";
pub const CONFLICT_MINE: &str = "Mine";
pub const CONFLICT_THEIRS: &str = "Theirs";
pub const CONFLICT_SAVE: &str = "Save with these choices";
pub const CONFLICT_NONE: &str = "They changed other secrets than you. Nothing of yours collides.";
pub const CONFLICT_SAVE_MINE: &str = "Save my changes on top";

pub const SEAL_BAD: &str = "Does not match its seal";
pub const SEAL_MISSING: &str = "Not returned by the server";
pub const SEAL_NOT_TEXT: &str = "Not text";
pub const SEAL_DETAIL: &str = "Nothing of it is shown.";
pub const QUARANTINE_TITLE: &str = "Not part of this environment";
pub const QUARANTINE_LEAD: &str =
    "The server returned these beside the signed list. Coffer names them and shows nothing of them.";
pub const QUARANTINE_CAPTION: &str = "Entries the signed list does not know";
pub const COLUMN_FINDING: &str = "What it is";
pub const COLUMN_ADVICE: &str = "What to do";

pub const CLASS_OK: &str = "Matches its seal";
pub const CLASS_LAGGING: &str = "Server is behind";
pub const CLASS_MISSING: &str = "Missing on the server";
pub const CLASS_ROLLED_BACK: &str = "Older than the signed list";
pub const CLASS_SWAPPED: &str = "Altered or moved";
pub const CLASS_UNLISTED: &str = "Not on the signed list";
pub const CLASS_RESURRECTED: &str = "Deleted, but back";
pub const CLASS_UNSEALED: &str = "Not sealed";
pub const ADVICE_LAGGING: &str =
    "The signed list is newer than the server's copy. Its value is used; check again later.";
pub const ADVICE_MISSING: &str = "The signed list has it, the server does not return it. Check again; if it stays away, write the value again and tell whoever runs the server.";
pub const ADVICE_ROLLED_BACK: &str = "The server returns an older value than the one that was signed. Check again; if it stays, write the value again and tell whoever runs the server.";
pub const ADVICE_SWAPPED: &str = "The server's copy was altered, or moved from another place. Write the value again, and tell whoever runs the server.";
pub const ADVICE_UNLISTED: &str =
    "Someone wrote it without a signature. Ask your team; if it is wanted, add it here.";
pub const ADVICE_RESURRECTED: &str =
    "It was deleted by a signed change. Ask whoever runs the server why it is back.";
pub const ADVICE_UNSEALED: &str =
    "An old client stored it and the server can read it. Rotate the value, then add it here.";
pub const HISTORY: &str = "History";
pub const HISTORY_LEAD: &str =
    "Each version was signed by its author and is bound to the next. The time is what its author says.";
pub const HISTORY_LOADING: &str = "Reading the signed history";
pub const HISTORY_INCOMPLETE: &str = "Older versions are no longer held by the server.";
pub const HISTORY_NOBODY: &str = "Somebody who is no longer a member";
pub const SIGNATURE_CHECKED: &str = "Signature checked";
pub const VERSION_NOW: &str = "Now";
pub const SHOW_VERSION: &str = "Show";
pub const HIDE_VERSION: &str = "Hide";
pub const COMPARE: &str = "Compare";
pub const RESTORE: &str = "Restore";
pub const NO_DIFFERENCE: &str = "The same value as now.";
pub const ONLY_THEN: &str = "Only then";
pub const ONLY_NOW: &str = "Only now";
pub const DIFF_LEGEND: &str = "− only in that version, + only now";

pub const REWIND: &str = "Go back in time";
pub const REWIND_LEAD: &str =
    "Every entry of the history is signed. Going back is a new entry; nothing of the history is lost.";
pub const REWIND_MOMENT: &str = "As it was after";
pub const REWIND_NOTHING: &str = "There is no earlier state yet.";
pub const REWIND_SAME: &str = "It is as it was then. Nothing would change.";
pub const REWIND_CAPTION: &str = "What would change";
pub const REWIND_ACT: &str = "Bring it back";
pub const REWIND_BACK: &str = "Comes back";
pub const REWIND_MOVED: &str = "Moves";

pub const RECOVERY_TITLE: &str = "What can be done";
pub const RECOVERY_SEEN: &str = "Newest entry this device has seen";
pub const RECOVERY_LEFT: &str = "Newest entry the server still has";
pub const RECOVERY_CAN: &str =
    "This device kept the missing entries as they were signed. It can put them back; nothing is lost then.";
pub const RECOVERY_CANNOT: &str = "This device did not keep all of it. Another member's device may have: let them open this environment first.";
pub const PUT_BACK: &str = "Put it back";
pub const GIVE_UP: &str = "Give it up";
pub const GIVE_UP_TITLE: &str = "Give up the missing entries?";
pub const GIVE_UP_BODY: &str = "You sign that history goes on where the server's ends. Everybody who had seen more is told, and asked. A new key begins.";
pub const RECOVERED: &str = "The history goes on.";
pub const CONSENT_TITLE: &str = "An admin gave up a part of this history";
pub const CONSENT_ADVICE: &str = "Ask them whether it is so before you accept. A restored backup is a reason; somebody who wants an old value back is another.";
pub const CONSENT_ACT: &str = "Accept it";

pub const TO_PROJECT: &str = "To the project";

pub fn hidden_value(lines: usize) -> String {
    format!("Hidden value, {}", plural(lines, "line", "lines"))
}

pub fn lines(lines: usize) -> String {
    plural(lines, "line", "lines")
}

pub fn size(lines: usize, bytes: usize) -> String {
    format!(
        "{} · {}",
        plural(lines, "line", "lines"),
        plural(bytes, "byte", "bytes")
    )
}

pub fn seconds(left: u64) -> String {
    format!("{left} s")
}

pub fn empty_title(environment: &str) -> String {
    format!("No secrets in {environment} yet")
}

pub fn counted(count: usize) -> String {
    plural(count, "secret", "secrets")
}

pub fn found(count: usize) -> String {
    match count {
        1 => "1 secret matches.".to_owned(),
        n => format!("{n} secrets match."),
    }
}

pub fn searching(done: usize, all: usize) -> String {
    format!("Searched {done} of {all}")
}

pub fn reveal(name: &str) -> String {
    format!("Reveal {name}")
}

pub fn hide(name: &str) -> String {
    format!("Hide {name}")
}

pub fn value_of(name: &str) -> String {
    format!("Value of {name}")
}

pub fn copy(name: &str) -> String {
    format!("Copy {name}")
}

pub fn more_for(name: &str) -> String {
    format!("More for {name}")
}

pub fn undo_of(name: &str) -> String {
    format!("Undo the change of {name}")
}

/// A name goes, several secrets go.
pub fn deleted_toast(what: &str, count: usize) -> String {
    let goes = if count == 1 { "goes" } else { "go" };
    format!("{what} {goes} when you save")
}

pub fn moved_toast(what: &str, count: usize, folder: &str) -> String {
    let moves = if count == 1 { "moves" } else { "move" };
    format!("{what} {moves} to {folder} when you save")
}

pub fn select(name: &str) -> String {
    format!("Select {name}")
}

pub fn selected(count: usize, hidden: usize) -> String {
    let selected = format!("{} selected", thousands(count));
    match hidden {
        0 => selected,
        hidden => format!("{selected}, {} not shown", thousands(hidden)),
    }
}

pub fn selected_closed(count: usize) -> String {
    match count {
        1 => "The value of one does not open: it cannot be shared, copied or moved.".to_owned(),
        n => format!(
            "The values of {} do not open: they cannot be shared, copied or moved.",
            thousands(n)
        ),
    }
}

pub fn selected_going(count: usize) -> String {
    match count {
        1 => "One of them goes when you save.".to_owned(),
        n => format!("{} of them go when you save.", thousands(n)),
    }
}

pub fn most_shared(most: usize) -> String {
    format!("A link holds at most {most} secrets.")
}

pub fn most_asked(most: usize) -> String {
    format!("A request names at most {most} secrets.")
}

/// What was to be done with several was not done.
pub fn does_not_open(name: &str) -> String {
    format!("{name} does not open. Nothing was done.")
}

pub fn move_title(count: usize) -> String {
    format!("Move {}", counted(count))
}

pub fn move_taken(name: &str) -> String {
    format!("{name} would be in that folder twice.")
}

pub fn changes(count: usize) -> String {
    plural(count, "change", "changes")
}

/// Read aloud when something was staged.
pub fn staged(count: usize) -> String {
    format!("{} staged, not saved yet", changes(count))
}

pub fn review_title(count: usize, place: &str) -> String {
    format!("Save {} to {place}", changes(count))
}

pub fn save_count(count: usize) -> String {
    format!("Save {}", changes(count))
}

pub fn saved(count: usize, seq: u64) -> String {
    format!("Saved {}, head {seq}", changes(count))
}

pub fn saved_of(done: usize, all: usize) -> String {
    format!("{} of {}", thousands(done), thousands(all))
}

pub fn proposed_by(who: &str) -> String {
    format!("Proposed by {who}")
}

pub fn newer(count: usize) -> String {
    match count {
        1 => "Somebody else changed a secret here".to_owned(),
        n => format!("Somebody else changed {} secrets here", thousands(n)),
    }
}

pub fn newer_both(count: usize) -> String {
    match count {
        1 => "You are changing it, too: saving asks which value to keep.".to_owned(),
        n => format!("You are changing {n} of the same: saving asks which values to keep."),
    }
}

pub fn and_more(count: usize) -> String {
    format!("And {} more.", thousands(count))
}

pub fn counts(new: usize, changed: usize, deleted: usize) -> [String; 3] {
    [
        format!("{new} new"),
        format!("{changed} changed"),
        format!("{deleted} deleted"),
    ]
}

pub fn import_summary(new: usize, same: usize, differs: usize) -> String {
    format!("{new} new, {same} the same, {differs} different.")
}

pub fn import_stage(count: usize) -> String {
    format!("Stage {}", changes(count))
}

pub fn import_choice(name: &str) -> String {
    format!("Choice for {name}")
}

pub fn checked(seq: u64) -> String {
    format!("History checked, head {seq}")
}

pub fn import_line(line: usize, why: &str) -> String {
    format!("Line {line}: {why}")
}

pub fn import_from(file: &str, folder: &str) -> String {
    format!("{file} into {folder}")
}

pub fn reading(done: usize, all: usize) -> String {
    format!("Compared {done} of {all}")
}

pub fn download_count(count: usize, folder: &str) -> String {
    format!("{} of {folder}.", counted(count))
}

pub fn findings(count: usize) -> String {
    match count {
        1 => "1 secret on the server differs from the signed list".to_owned(),
        n => format!("{n} secrets on the server differ from the signed list"),
    }
}

pub fn head(seq: u64, epoch: u64) -> String {
    format!("History checked: head {seq}, key {epoch}")
}

pub fn folder_created(name: &str) -> String {
    format!("Folder {name} created")
}

pub fn folder_renamed(name: &str) -> String {
    format!("Folder renamed to {name}")
}

pub fn folder_deleted(path: &str) -> String {
    format!("{path}: the server says its copy is deleted")
}

pub fn delete_folder_title(path: &str) -> String {
    format!("Delete {path}?")
}

pub fn delete_folder_body(count: usize) -> String {
    match count {
        0 => "It holds no secrets.".to_owned(),
        n => format!("{} in it go too.", counted(n)),
    }
}

pub fn more_for_folder(path: &str) -> String {
    format!("More for folder {path}")
}

pub fn history_of(name: &str) -> String {
    format!("History of {name}")
}

pub fn version(number: u64) -> String {
    format!("Version {number}")
}

/// The author's claim: nothing proves a clock.
pub fn history_time(time: &str) -> String {
    format!("says {time}")
}

/// Said after the words of a button, for who hears it away from its heading.
pub fn this_version(number: u64) -> String {
    format!("version {number}")
}

pub fn shown_version(number: u64) -> String {
    format!("Value of version {number}")
}

pub fn restored(number: u64) -> String {
    format!("Version {number} is back as a new version")
}

pub fn rewind_title(environment: &str, folder: &str) -> String {
    format!("Bring {environment} {folder} back")
}

pub fn rewind_record(seq: u64, time: &str, author: &str) -> String {
    format!("Entry {seq}, {time}, {author}")
}

pub fn rewind_changes(count: usize, records: usize) -> String {
    let what = changes(count);
    if records > 1 {
        format!(
            "{what}, in {} because they are large.",
            plural(records, "entry", "entries")
        )
    } else {
        format!("{what}, as one entry.")
    }
}

pub fn rewind_lost(names: &[String]) -> String {
    format!(
        "The values of then are no longer held for: {}. They stay as they are.",
        names.join(", ")
    )
}

pub const LATE_TITLE: &str = "Saved while the right to was taken";
pub const LATE_ADVICE: &str = "A save may have been on its way. It may also have been made afterwards, by somebody who works with the server: nobody can tell the two apart. Letting it count is signed with your key, and everybody sees it. The history then shows what was changed, and you can bring back what was there before.";
pub const LATE_WAIT: &str =
    "An admin of this project decides whether it counts. Until then this environment does not open.";
pub const LATE_ACT: &str = "Let it count";

pub fn late(records: u64, people: usize) -> String {
    let records = usize::try_from(records).unwrap_or(usize::MAX);
    format!(
        "{} by {} came after the point up to which they count.",
        plural(records, "entry", "entries"),
        plural(
            people,
            "member who had lost the right",
            "members who had lost the right"
        ),
    )
}

pub fn consent(lost: u64, to: u64, when: &str) -> String {
    format!(
        "This device has seen entry {lost}. An admin signed, by their clock on {when}, that history goes on after entry {to}."
    )
}
