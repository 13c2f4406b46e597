//! Start, set up, sign in, unlock, invitation and the emergency kit.

// Frame.
pub(crate) const FOOT: &str = "Opened in this browser. The server never sees a passphrase or a value.";
pub(crate) const FOOT_SAME_ORIGIN: &str = "This page comes from the server it talks to.";
pub(crate) const FOOT_WHAT: &str = "What that means";
pub(crate) const TRUST_TITLE: &str = "What this page can promise";
pub(crate) const TRUST_1: &str =
    "Everything is sealed and opened here. The server stores sealed bytes and cannot read them.";
pub(crate) const TRUST_2: &str = "But the server also delivers this program. Whoever controls it could deliver another one. A page cannot prove itself from inside.";
pub(crate) const TRUST_3: &str =
    "To take that away, host these files elsewhere or compare their hashes with a release from outside.";

// Start.
pub(crate) const START_TITLE: &str = "Welcome";
pub(crate) const START_TEXT: &str = "This browser knows no account yet. What do you have?";
pub(crate) const START_KIT: &str = "An emergency kit";
pub(crate) const START_KIT_NOTE: &str = "You have an account and a new device.";
pub(crate) const START_INVITATION: &str = "An invitation";
pub(crate) const START_INVITATION_NOTE: &str = "Open its link, or paste it here.";
pub(crate) const START_LOGIN: &str = "A login on this server";
pub(crate) const START_LOGIN_NOTE: &str = "An Infisical-compatible account without Coffer's keys.";
pub(crate) const START_GO: &str = "Go on";
pub(crate) const ASKING: &str = "Asking the server";
pub(crate) const FRESH_TITLE: &str = "This server is new";
pub(crate) const FRESH_TEXT: &str = "Nobody has an account yet. The first one can invite the others.";
pub(crate) const FRESH_ACT: &str = "Set up this server";
pub(crate) const OTHER_SERVER: &str = "Choose another server";
pub(crate) const PASTE_INVITATION: &str = "Invitation link";
pub(crate) const PASTE_INVITATION_HINT: &str = "Everything after # is read in this browser only.";

// Server picker.
pub(crate) const SERVER_TITLE: &str = "Where are your secrets?";
pub(crate) const SERVER_NOTE: &str =
    "Values are sealed before they leave this browser, whichever server you choose.";
pub(crate) const SERVER_LEGEND: &str = "Server";
pub(crate) const SERVER_HERE: &str = "The server of this page";
pub(crate) const SERVER_OTHER: &str = "Another server";
pub(crate) const SERVER_OTHER_NOTE: &str = "Any Infisical-compatible address";
pub(crate) const SERVER_ADDRESS: &str = "Address";
pub(crate) const SERVER_BAD: &str = "An address such as https://secrets.example.org, without a path.";
pub(crate) const SERVER_CHECK: &str = "Check";
pub(crate) const SERVER_USE: &str = "Use this server";
pub(crate) const SERVER_IN_USE: &str = "In use";
pub(crate) const SERVER_FOREIGN: &str = "The people who run it see who you are, when you come, and how much you store, never what. It must allow this page's address (CORS), and this page's own server must allow that address.";
pub(crate) const SERVER_ANSWERS: &str = "It answers as an Infisical-compatible server.";
pub(crate) const SERVER_FRESH: &str = "It answers, and nobody has an account there yet.";
pub(crate) const SERVER_SILENT: &str =
    "No answer. It is not there, does not allow this page, or this page may not ask it.";

// Setup.
pub(crate) const SETUP_TITLE: &str = "Set up this server";
pub(crate) const SETUP_TEXT: &str = "You become its first admin. Your keys are made in this browser.";
pub(crate) const EMAIL: &str = "E-mail";
pub(crate) const EMAIL_BAD: &str = "An e-mail address, such as mara@example.org.";
pub(crate) const ORGANIZATION: &str = "Organisation";
pub(crate) const YOUR_NAME: &str = "Your name";
pub(crate) const YOUR_NAME_HINT: &str = "Others see it beside your key. The server sees it, too.";
pub(crate) const ORGANIZATION_BAD: &str = "Give it a name.";
pub(crate) const SETUP_ACT: &str = "Make my keys";
pub(crate) const MAKING: &str = "Making your keys";
pub(crate) const NOT_FRESH_TITLE: &str = "This server is set up already";
pub(crate) const NOT_FRESH_TEXT: &str = "Sign in, or ask an admin for an invitation.";
pub(crate) const SIGN_IN: &str = "Sign in";

// New passphrase.
pub(crate) const NEW_PASSPHRASE: &str = "Your passphrase";
pub(crate) const NEW_PASSPHRASE_KIND: &str = "Which passphrase";
pub(crate) const OFFERED: &str = "Six words";
pub(crate) const OWN: &str = "My own";
pub(crate) const OFFERED_HINT: &str = "Drawn by chance from 7,776 words each: about 2⁷⁷ possibilities. Write it down until you know it by heart.";
pub(crate) const OFFERED_LABEL: &str = "Offered passphrase";
pub(crate) const ANOTHER: &str = "Other words";
pub(crate) const COPY_PASSPHRASE: &str = "Copy passphrase";
pub(crate) const PASSPHRASE_NAME: &str = "Passphrase";
pub(crate) const OWN_LABEL: &str = "Own passphrase";
pub(crate) const OWN_HINT: &str = "At least 12 characters. Length counts more than signs.";
pub(crate) const OWN_SHORT: &str = "At least 12 characters.";
pub(crate) const OWN_WEAK: &str = "Too easy to guess. Add an unusual word or two.";
pub(crate) const OWN_UNKNOWN: &str =
    "Not measured: only its length was checked. Send the form again to take it all the same.";
pub(crate) const STRENGTH: &str = "Strength";
pub(crate) const STRENGTH_UNKNOWN: &str =
    "Its strength cannot be measured: that part of the program did not load. Only its length is checked.";
pub(crate) const STRENGTH_WAITING: &str = "Not measured yet.";
pub(crate) const STRENGTHS: [&str; 5] = [
    "Guessed at once",
    "Guessed soon",
    "Guessed with effort",
    "Hard to guess",
    "Very hard to guess",
];
pub(crate) const REPEAT: &str = "The same again";
pub(crate) const REPEAT_BAD: &str = "The two are not the same.";
pub(crate) const TYPE_IT: &str = "Type the passphrase once";
pub(crate) const PASSPHRASE_FORGET: &str =
    "Nobody can reset it: not we, not the server. With it and your kit you can open your keys anywhere.";

// Deriving.
pub(crate) const DERIVING: &str = "Deriving your key";
pub(crate) const DERIVING_NOTE: &str = "Slow on purpose: it makes guessing your passphrase expensive.";
pub(crate) const DERIVING_STEP: &str = "Argon2id, 64 MB, 3 passes, in a worker";
pub(crate) const UNLOCKING: &str = "Unlocking";
pub(crate) const STEP_KEY: &str = "Account Key found on this device";
pub(crate) const STEP_KIT: &str = "Account Key read from the kit";
pub(crate) const STEP_DERIVE: &str = "Deriving the key";
pub(crate) const STEP_OPEN: &str = "Sign in and open your keys";
pub(crate) const STEP_MAKE: &str = "Make and seal your keys";

// Unlock.
pub(crate) const UNLOCK_TITLE: &str = "Unlock your keys";
pub(crate) const UNLOCK_TEXT: &str = "Your passphrase is used in this browser only. It is not sent anywhere.";
pub(crate) const PASSPHRASE: &str = "Passphrase";
pub(crate) const FORGOT: &str = "I forgot it";
pub(crate) const FORGOT_TITLE: &str = "A forgotten passphrase";
pub(crate) const FORGOT_1: &str =
    "Nobody can reset it. Your keys are sealed with it and with the Account Key, and the server has neither.";
pub(crate) const FORGOT_2: &str = "Is another device still unlocked? Change the passphrase there in Settings: it needs the old one too, so first look where you wrote it down.";
pub(crate) const FORGOT_3: &str = "Otherwise an admin can invite you again. You then get new keys and the rights you are given; what only you could open stays closed.";
pub(crate) const PUT_BACK_ACCOUNT: &str = "A restored backup can cause this. This device kept your newer keys and notes, sealed: unlocking can put them back on the server.";
pub(crate) const UNLOCK_PUT_BACK: &str = "Unlock and put it back";
pub(crate) const RECORDS_LOST: &str = "If trying again and starting the browser anew do not help, let it forget these records. You then come in with your emergency kit and your passphrase, as on a new device.";
pub(crate) const FORGET_RECORDS: &str = "Forget these records";
pub(crate) const FORGET_RECORDS_TITLE: &str = "Forget what this browser cannot open?";
pub(crate) const FORGET_RECORDS_SAFE: &str = "Your account and every secret are on the server and stay as they are. Other accounts that this browser can still open stay here.";
pub(crate) const FORGET_RECORDS_GONE: &str = "Gone is what only this browser knew: the Account Key, which is also in your emergency kit, what it had seen of your projects, and its keys to links and to access for a while that were meant for it alone. Have the kit at hand: nothing else brings you back in here.";
pub(crate) const UNLOCK: &str = "Unlock";
pub(crate) const DEVICE_HINT: &str = "This device holds your Account Key.";
pub(crate) const SERVER_PASSWORD: &str = "Password of the server";
pub(crate) const SERVER_PASSWORD_HINT: &str =
    "The login of your server, which it sees. It is never your passphrase.";
pub(crate) const OTHER_ACCOUNT: &str = "Use another account";
pub(crate) const CONNECT_OTHER: &str = "Connect to another server";
pub(crate) const WRONG_HERE: &str = "That passphrase does not fit. Capitals and spaces count.";
pub(crate) const ACCOUNTS_HERE: &str = "Accounts on this device";
pub(crate) const EMPTY_PASSPHRASE: &str = "Type your passphrase.";

pub(crate) fn last_used(day: &str) -> String {
    format!("This device holds your Account Key. Last unlocked here {day}.")
}

// Sign in with the kit.
pub(crate) const THEN_ON: &str = "Then you go on to the page that you opened.";
pub(crate) const OTHER_WAY: &str = "Another way to sign in";
pub(crate) const SIGNIN_TITLE: &str = "Set up this device";
pub(crate) const SIGNIN_TEXT: &str =
    "A new device needs two things: what you know and what you kept. The server has neither.";
pub(crate) const KIT_FIELD: &str = "Emergency kit";
pub(crate) const KIT_ASIDE: &str = "all of its text, or its code line";
pub(crate) const KIT_BAD: &str =
    "That is not a whole kit. Paste all of it: a checksum at its end says whether a letter is wrong.";
pub(crate) const KIT_DROP: &str = "Drop your kit file or a photo of its QR code";
pub(crate) const KIT_NO_CODE: &str =
    "No QR code was found in that picture. A sharp photo from above works best.";
pub(crate) const KIT_NOT_LOADED: &str = "The photo was not looked at: that part of the program did not load. Try again, or type the kit's code line.";
pub(crate) const KIT_NO_TEXT: &str = "That file holds no kit.";
pub(crate) const KIT_READ: &str = "Kit read";
pub(crate) const SIGNIN_ACT: &str = "Set up and unlock";
pub(crate) const SIGNIN_NONE: &str =
    "No kit and no other device? Nobody, including us, can open your keys. An admin can invite you again.";
pub(crate) const KIT_OTHER_SERVER: &str =
    "The kit names another server than this page's. It will be asked instead.";
pub(crate) const LOGIN_TITLE: &str = "Make keys for your login";
pub(crate) const LOGIN_TEXT: &str = "You have an account on this server, made elsewhere. Coffer adds its own keys to it; the server's password opens none of them.";
pub(crate) const LOGIN_ACT: &str = "Sign in and make my keys";
pub(crate) const PASSWORD_EMPTY: &str = "Type the server's password.";

pub(crate) fn kit_of(email: &str, server: &str) -> String {
    format!("{email} on {server}")
}

// Invitation.
pub(crate) const INVITED_TITLE: &str = "You are invited";
pub(crate) const INVITED_TEXT: &str = "Your keys are made in this browser. The person who invited you then confirms them, and you can open what you were given.";
pub(crate) const FIRST_NAME: &str = "First name";
pub(crate) const LAST_NAME: &str = "Last name";
pub(crate) const NAME_BAD: &str = "Others need a name to know you by.";
pub(crate) const JOIN_ACT: &str = "Make my keys and join";
pub(crate) const INVITE_BROKEN: &str = "This invitation is damaged";
pub(crate) const INVITE_NO_KEY: &str = "This invitation is incomplete";
pub(crate) const INVITE_NO_KEY_TEXT: &str = "Everything after # is missing: some programs cut it off. Ask for the whole link again. Nothing was used up.";
pub(crate) const INVITE_BROKEN_TEXT: &str = "Part of the link was lost or changed. Ask for it again.";
pub(crate) const INVITE_NEWER: &str = "This invitation needs a newer Coffer";
pub(crate) const INVITE_NEWER_TEXT: &str =
    "Load the page again. If it stays, ask who runs the server to update it.";
pub(crate) const INVITE_WAITS: &str = "The project appears once an admin has confirmed your key.";

// Emergency kit.
pub(crate) const KIT_TITLE: &str = "Keep your emergency kit";
pub(crate) const KIT_TEXT: &str = "A new device needs it together with your passphrase. The server does not have it. Keep it on paper, away from your passphrase.";
pub(crate) const KIT_SHEET: &str = "Coffer emergency kit";
pub(crate) const KIT_SERVER: &str = "Server";
pub(crate) const KIT_EMAIL: &str = "E-mail";
pub(crate) const KIT_KEY: &str = "Account Key";
pub(crate) const KIT_MADE: &str = "Made";
pub(crate) const KIT_CODE: &str = "Code";
pub(crate) const KIT_QR: &str = "QR code of the emergency kit";
pub(crate) const KIT_PRINT: &str = "Print";
pub(crate) const KIT_DOWNLOAD: &str = "Download";
pub(crate) const KIT_COPY: &str = "Copy";
pub(crate) const KIT_FILE: &str = "coffer-emergency-kit.txt";
pub(crate) const KIT_CHECK: &str = "Last group of the Account Key";
pub(crate) const KIT_CHECK_HINT: &str = "Type it from your copy. It shows that the copy can be read.";
pub(crate) const KIT_CHECK_BAD: &str = "That is not the last group. Look at your copy, not at this page.";
pub(crate) const KIT_DONE: &str = "I kept it. Go on";
pub(crate) const KIT_FOOT: &str =
    "Whoever holds this sheet and knows your passphrase opens your keys. This sheet alone opens nothing.";
pub(crate) const KIT_HIDE: &str = "Hide the key to check your copy";

pub(crate) fn about_left(seconds: u64) -> String {
    format!("about {seconds} s left")
}

pub(crate) const KIT_AGAIN: &str = "Show the kit again";
pub(crate) const KIT_NAME: &str = "Emergency kit";
pub(crate) const KIT_NOT_SAVED: &str = "The browser did not save the file. Print or copy the kit.";
pub(crate) const CHANGE: &str = "Change";

pub(crate) fn invited_to(server: &str) -> String {
    format!("To a project on {server}")
}

pub(crate) fn join_as(email: &str, server: &str) -> String {
    format!("{email} joins a project on {server}")
}

pub(crate) const INVITED_ACCOUNT_TEXT: &str = "Your account asks to join. The person who invited you confirms your key, and you can open what you were given.";
pub(crate) const JOIN_WITH_ACCOUNT: &str = "Ask to join";
pub(crate) const JOINED: &str = "Asked to join. The project appears once an admin has confirmed your key.";
pub(crate) const INVITE_OTHER_SERVER: &str = "This invitation is for another server than your account's. Choose that server first, then open the link again.";
pub(crate) const INVITE_OVER: &str = "This invitation has expired";
pub(crate) const INVITE_OVER_TEXT: &str = "Ask the person who sent it for a new one. Nothing was used up.";
