//! What people read when something fails: title, then what is safe and what to do.

pub(crate) type Words = (&'static str, &'static str);

pub(crate) const CONFLICT: Words = (
    "Somebody else saved at the same time",
    "Nothing of yours was lost or saved. Try again in a moment.",
);
pub(crate) const FORBIDDEN: Words = (
    "You may not do that here",
    "Your role on the server or your right in this project does not allow it. An admin can change both.",
);
pub(crate) const HISTORY_LOST: Words = (
    "The server has lost the newest entries of this history",
    "This device has seen them. Nothing older is shown in their place, and nothing is written over them.",
);
pub(crate) const LATE_RECORDS: Words = (
    "Somebody saved here while losing the right to",
    "Nothing is shown before an admin has decided that it counts.",
);
pub(crate) const NEEDS_CONSENT: Words = (
    "A part of this history was given up",
    "This device had seen it. Nothing is shown before you decide.",
);
pub(crate) const LOCKED: Words = (
    "The app was locked meanwhile",
    "Nothing was saved. Unlock and try again.",
);
pub(crate) const KEY_CHANGED: Words = (
    "This person has another key than you knew",
    "Nothing was approved or handed over. Compare words with them first; what was asked for with an earlier key has to be asked for anew.",
);
pub(crate) const NAME_TAKEN: Words = ("That name is in use", "Choose another one.");
pub(crate) const NEW_KEY_FIRST: Words = (
    "A new key has to be made first",
    "Somebody has lost a right here since the last save. Whoever may write makes a new key by saving; then this goes on.",
);
pub(crate) const NO_KEY: Words = (
    "You hold no key for this environment",
    "An admin of the project can give you one, or you ask for access for a while.",
);
pub(crate) const REQUEST_DECIDED: Words = (
    "This request waits no more",
    "Somebody decided it first, or it was taken back or left too long. Nothing of yours was sent; the page shows how it stands.",
);
pub(crate) const REQUEST_GRANTED: Words = (
    "Somebody was quicker",
    "The values were handed over by somebody else already. Nothing more was given.",
);
pub(crate) const NOT_SEALED: Words = (
    "This environment is not sealed",
    "It was made without Coffer and nobody has sealed it. The server can read what is in it, so nothing is written there.",
);
pub(crate) const NOT_ENOUGH_MEMORY: Words = (
    "This device has not enough memory",
    "Deriving your key takes 64 MB for a few seconds. Close other tabs and try again.",
);
pub(crate) const NOT_FOUND: Words = (
    "The server knows no such thing",
    "It may have been deleted, or you are not a member. The server does not say which.",
);
pub(crate) const OFFLINE: Words = (
    "The server cannot be reached",
    "Nothing was lost. Check the connection, then try again.",
);
pub(crate) const OFFLINE_HERE: Words = (
    "You are offline",
    "You can read what is already open. Saving waits for the connection.",
);
pub(crate) const PASSPHRASE_REUSED: Words = (
    "Passphrase and password are the same",
    "The server knows its password. The passphrase must be another one, or the server could open your keys.",
);
pub(crate) const POLICY: Words = (
    "A change policy on the server covers /coffer",
    "Coffer keeps its sealed rows there and they wait for approval. Ask an admin of the server to exempt that folder.",
);
pub(crate) const SESSION_EXPIRED: Words = (
    "The server ended your session",
    "What is open stays readable here. Lock and unlock to go on.",
);
pub(crate) const STRETCH_FAILED: Words = (
    "This browser could not derive your key",
    "Its worker did not start or was ended. Load the page again; a blocker or a company policy can cause this.",
);
pub(crate) const UNVERIFIED: Words = (
    "Nobody you know has signed this",
    "It may be forged or from somebody you have not verified. Nothing of it is shown.",
);
pub(crate) const TOO_LARGE: Words = (
    "Too large",
    "The answer or the content is larger than this app accepts.",
);
pub(crate) const UNKNOWN_ENVELOPE: Words = (
    "This was sealed by a newer version",
    "Nothing of it is shown. Load the page again to get the current version.",
);
pub(crate) const UNKNOWN_KDF: Words = (
    "This account uses a newer passphrase profile",
    "This version does not know it. Load the page again to get the current one.",
);
pub(crate) const WRONG_PASSPHRASE: Words = (
    "That passphrase does not fit",
    "Nothing was sent that would help to guess it. Capitals and spaces count.",
);
pub(crate) const REDIRECTED: &str = "The server answered with a redirect, which is refused.";
pub(crate) const TIMED_OUT: Words = (
    "The server did not answer within 30 s",
    "Whether it did what was asked is unknown. Load again before you repeat it.",
);
pub(crate) const OTHER: &str = "Something failed that this version has no words for";
pub(crate) const OTHER_ADVICE: &str = "Nothing secret was shown or sent. Try again.";

pub(crate) fn forged(what: &str) -> (String, String) {
    (
        format!("{} does not match its seal", capital(what)),
        "It was altered or moved on the server. Nothing of it is shown, and nothing was saved.".into(),
    )
}

pub(crate) fn forked(what: &str) -> (String, String) {
    (
        format!("{} was replaced on the server", capital(what)),
        "It is not a later state of what this device has seen. Nothing of it is shown. Ask who runs the server.".into(),
    )
}

pub(crate) fn no_room(what: &str, most: usize) -> (String, String) {
    let counts = match what {
        "forms" => "A form counts until a week after its end, as answers may be kept so long. Close",
        _ => "End",
    };
    (
        format!("Your list is full: {most} {what} are still of use"),
        format!(
            "No more are kept at once, so that none is lost from it. {counts} one that is not needed any more, then try again."
        ),
    )
}

pub(crate) fn other_server(server: &str) -> (String, String) {
    (
        "This kit belongs to another server".into(),
        format!("It names {server}."),
    )
}

pub(crate) fn rolled_back(what: &str) -> (String, String) {
    (
        format!("The server sent an older state of {what} than you have seen"),
        "Saving is off so that nothing is lost. A restored backup can cause this; ask who runs the server."
            .into(),
    )
}

pub(crate) fn vanished(what: &str) -> (String, String) {
    (
        format!("The server has lost {what}"),
        "This device has seen it before. You may have been removed, or the server lost or hides it. Nothing is written over it. Ask an admin of the project."
            .into(),
    )
}

pub(crate) fn invalid(field: &str, why: &str) -> (String, String) {
    (
        format!("The {field} is not accepted"),
        format!("It needs to be {why}."),
    )
}

pub(crate) fn rate_limited(seconds: Option<u32>) -> (String, String) {
    let wait = match seconds {
        Some(seconds) => format!("The server asks to wait {seconds} s."),
        None => "The server asks to wait a little.".into(),
    };
    ("Too many attempts".into(), wait)
}

pub(crate) fn server(status: u16, message: &str) -> (String, String) {
    let title = if status >= 500 {
        "The server failed"
    } else {
        "The server refused"
    };
    let advice = if message.is_empty() {
        format!("It answered with status {status}.")
    } else {
        format!("It says: “{message}” ({status})")
    };
    (title.into(), advice)
}

pub(crate) const RECORDS_LOST: Words = (
    "This browser cannot open what it has kept",
    "The key that sealed its records is gone, or they are damaged. Nothing on the server is touched by it.",
);

pub(crate) fn storage(words: &str) -> (String, String) {
    (
        "This browser did not keep the record".into(),
        format!(
            "It says: “{words}”. Private windows and full disks can cause this; Coffer needs a place for your sealed Account Key."
        ),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
