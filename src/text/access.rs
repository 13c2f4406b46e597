//! Words about access for a while: asking, deciding, using, rules, history.

use coffer_client::{EndedBy, GrantFault, Saying, SpokenKind, WantedItem};

use super::count::{plural, thousands};

pub const LOADING: &str = "Loading";
pub const YOU: &str = "You";
pub const COLUMN_WHO: &str = "Who";
pub const COLUMN_WHAT: &str = "What";
pub const COLUMN_WHEN: &str = "When";
pub const COLUMN_WHY: &str = "Why";
pub const COLUMN_STATE: &str = "State";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const ENVIRONMENT: &str = "Environment";
pub const FOLDER: &str = "Folder";
pub const TICKET: &str = "Ticket";
pub const REASON: &str = "Reason";

// In the frame.
pub const REQUEST_ACCESS: &str = "Request access";
pub const GET_ACCESS: &str = "Access for a while";
pub const REQUESTS: &str = "Requests";
pub const WHO_HAS: &str = "Who has access";
pub const RULES: &str = "Rules";

// Asking.
pub const ASK_TITLE: &str = "Request access";
pub const ASK_LEAD: &str = "An approver seals the values to you in their browser. Until then nobody hands them over, the server included.";
pub const FOLLOWS: &str =
    "This is a new request that names the earlier one. What is granted already stays as it is.";
pub const WHAT: &str = "What";
pub const FOLDER_BAD: &str = "Enter a folder such as /database.";
pub const SCOPE: &str = "Which secrets";
pub const SCOPE_NAMED: &str = "Some, by name";
pub const SCOPE_ALL: &str = "All in this folder and below";
pub const SECRET_EXAMPLE: &str = "DATABASE_URL";
pub const NAMES_HINT: &str = "Names in this folder, or whole paths such as /database/PASSWORD.";
pub const NAMES_EMPTY: &str = "Name at least one secret.";
pub const NAME_BAD: &str =
    "Not a name that a secret can have: at most 100 characters, no colon, nothing invisible.";
pub const PATH_BAD: &str = "Not a path that a secret can have, such as /database/PASSWORD.";
pub const NO_ENVIRONMENT_TITLE: &str = "Nothing to ask for";
pub const NO_ENVIRONMENT_TEXT: &str = "This project has no environment yet.";
pub const TO_PROJECT: &str = "To the project";
pub const NOT_IN_TITLE: &str = "Nobody has let you in yet";
pub const NOT_IN_TEXT: &str = "You are not among the members whose keys this project knows, so nobody could hand you anything. Ask an admin of the project to let you in: the same link works then.";
pub const ENVIRONMENT_GONE: &str = "The environment of this link is not here";
pub const ENVIRONMENT_GONE_TEXT: &str =
    "It may have another name now, or was deleted. Choose one of those that there are.";
pub const ADD_SECRET: &str = "Add a secret";
pub const VERBS: &str = "What you will do";
pub const READ: &str = "Read";
pub const READ_PROPOSE: &str = "Read and propose other values";
pub const VERBS_HINT: &str =
    "What you propose is saved by somebody who may write, after they have looked at it.";
pub const CAN_READ: &str = "You can read here already. A request is for what you propose.";
pub const CAN_WRITE: &str = "You can read and change here already.";
pub const HOW_LONG: &str = "How long";
pub const DURATION: &str = "Duration";
pub const NOT_OFFERED: &str = "Choose one of those that this link offers.";
pub const NONE_FITS: &str = "No duration of this link is allowed here";
pub const OTHER_TIME: &str = "Other";
pub const MINUTES: &str = "Minutes";
pub const MINUTES_BAD: &str = "Enter a whole number of minutes.";
pub const WHEN: &str = "When";
pub const NOW: &str = "As soon as it is approved";
pub const LATER: &str = "Later";
pub const START: &str = "Begins";
pub const START_HINT: &str = "In your time zone. The values are sealed to you when it is approved, and this app keeps them closed until then. If it is approved later, it begins then.";
pub const START_BAD: &str = "Choose a time that lies ahead.";
pub const WHY: &str = "Why";
pub const REASON_HINT: &str =
    "Sealed to those who are asked. Later it stands in the history for whoever can read there.";
pub const OUTCOME_UNCLEAR: &str = "Say what you want to see, and for how long.";
pub const SEND: &str = "Send request";
pub const WHO_IS_ASKED: &str = "Who will be asked";
pub const CANNOT_UNSEE: &str =
    "What you have read you still know when the time is over: expiry cannot un-see.";
pub const NOBODY_TITLE: &str = "Nobody can approve this";
pub const NOBODY_ADVICE: &str =
    "By the rules of this folder no other person may. An admin can name somebody on the page of the rules.";
pub const ALONE_ONLY_TITLE: &str = "Nobody may approve this";
pub const ALONE_ONLY_TEXT: &str = "The rules of this folder have no step of approval. Only those who are named for emergencies could open it.";
pub const TOO_FEW_TITLE: &str = "Too few people may approve this";
pub const TOO_FEW_TEXT: &str = "The rules ask for more approvals than people may give. An admin can change that on the page of the rules.";

// Requests.
pub const REQUESTS_TITLE: &str = "Requests";
pub const REQUESTS_LEAD: &str =
    "Approving seals the values to one person, in your browser. Nothing is given for longer than was asked.";
pub const WHICH_REQUESTS: &str = "Which requests";
pub const TO_DECIDE: &str = "To decide";
/// What the number beside [`REQUESTS`] counts, for who hears the page: decisions, and answers to questions.
pub const WAITS_FOR_YOU: &str = "waiting for you";
pub const MINE: &str = "Mine";
pub const ALL: &str = "All";
pub const ASKED_YOU: &str = "A question for you";
pub const YOU_ASKED: &str = "Question not answered";
pub const STATE_WAITS: &str = "Waits";
pub const STATE_APPROVED: &str = "Approved, not handed over";
pub const STATE_REJECTED: &str = "Rejected";
pub const STATE_REPLACED: &str = "Replaced by another";
pub const STATE_TIMED_OUT: &str = "Ended unanswered";
pub const STATE_WITHDRAWN: &str = "Withdrawn";
pub const EMERGENCY: &str = "Emergency";
pub const REQUEST_TITLE: &str = "Request";
pub const SEALED_TO_OTHERS: &str =
    "It is sealed to who asked and to who may approve. What is wanted and why is not for this account.";
pub const FACT_WHAT: &str = "Wants to";
pub const FACT_HOW_LONG: &str = "For";
pub const FACT_WHY: &str = "Why";
pub const FACT_BEFORE: &str = "Before";
pub const NEVER_BEFORE: &str = "Nothing was granted to them here";
pub const BEFORE_UNREADABLE: &str = "Only who can read this environment sees what was granted before";
pub const BEFORE_FAILED: &str = "What was granted before could not be read";
pub const NOBODY_NOW: &str = "Nobody may approve now";
pub const TOO_FEW_NOW: &str = "Too few people may approve now";
pub const NOBODY_NOW_TEXT: &str =
    "The rules of this place have no step of approval. An admin can change them on the page of the rules.";
pub const NEVER_ENOUGH: &str = "It can never be approved as it is";
pub const NEVER_ENOUGH_OWN: &str =
    "Too few of those to whom it is sealed may still approve. Ask anew: that is sealed to those who may now.";
pub const NEVER_ENOUGH_TEXT: &str =
    "Too few of those to whom it is sealed may still approve. Who asks can ask anew.";
pub const ASK_ANEW: &str = "Ask anew";
pub const MAYBE_OLD: &str = "This list may be old";
pub const FROM_APPROVAL: &str = "from approval";
pub const FOLLOWS_LINK: &str = "The request that this one follows";
pub const OPEN_NOW: &str = "Access is open.";
pub const OPENS_LATER: &str = "Granted. This app opens it at its time.";
pub const OPENS_LATER_NOTE: &str = "It is sealed to this device already. That it stays closed until its time is kept by this app, not by a key.";
pub const OPEN_NOTE: &str =
    "The values are sealed to this device. You see those that were granted and no others.";
pub const USE_IT: &str = "Open the secrets";
pub const ELSEWHERE: &str = "The key of this request is on the device that asked, or was given back. What was granted opens there and nowhere else.";
pub const ASKED_PEOPLE: &str = "Asked";
pub const WAY_TITLE: &str = "Where it stands";
pub const WAY_SIGNED: &str = "Request signed";
pub const WAY_SIGNED_NOTE: &str = "Scope, time and reason cannot be changed on the way.";
pub const WAY_APPROVED_NOTE: &str = "Checked by the receiver’s browser. It is a rule that everybody verifies, not a lock: whoever can read could show a value to anybody.";
pub const WAY_ALONE: &str = "Opened by one person alone";
pub const WAY_ALONE_NOTE: &str = "In an emergency, as the rules allow. Marked for ever.";
pub const WAY_HAND_OVER: &str = "An approver seals the values to who asked";
pub const WAY_HAND_OVER_NOTE: &str = "It stands in the signed history first, then the time begins.";
pub const WAY_GIVEN: &str = "Values handed over";
pub const WAY_ENDS: &str = "Access ends";
pub const WAY_ENDS_NOTE: &str = "The browser that holds them wipes the values, the server is asked to stop serving them. What was read stays known: replace it at its source.";
pub const WAY_CLOSED_NOTE: &str = "Nothing was handed over.";
pub const TALK_TITLE: &str = "Said";

// Deciding.
pub const DECIDE_TITLE: &str = "Decide";
pub const KEY_CHANGED_TITLE: &str = "This person has another key than you knew";
pub const KEY_CHANGED_TEXT: &str = "It may be a new laptop. It may be somebody else. Approving is off until you have compared words with them.";
pub const COMPARE_WORDS: &str = "Compare words";
pub const MEMBERS_UNKNOWN: &str = "Who asks could not be read";
pub const MEMBERS_UNKNOWN_TEXT: &str = "Approving is off until the members of this project are known: without them neither the name of who asks nor what is known of their key stands here.";
pub const LEFT_TITLE: &str = "Who asked is no member any more";
pub const LEFT_TEXT: &str = "Nothing can be handed over to them. Reject it, or let it end unanswered.";
pub const SCOPE_TITLE: &str = "What would go now";
pub const SCOPE_READING: &str = "Looking at what is there";
pub const SCOPE_NOTHING: &str = "Nothing of what is asked for is there";
pub const SCOPE_NOTHING_TEXT: &str = "There is nothing to hand over. Ask back, or reject it.";
pub const SCOPE_MISSING: &str = "Asked for and not there";
pub const SCOPE_FAILED: &str = "Which secrets would go could not be read";
pub const GIVE_FOR: &str = "Give for";
pub const GIVE_FOR_HINT: &str = "As asked, or shorter. The shortest approval counts.";
pub const COMMENT: &str = "Comment";
pub const QUESTION_EMPTY: &str = "Write your question.";
pub const APPROVE_NOTE: &str =
    "You need not reveal anything. Expiry cannot un-see: they keep what they have read.";
pub const ASK_BACK: &str = "Ask back";
pub const REJECT: &str = "Reject";
pub const REJECT_BODY: &str = "They are told, with your comment. They can ask anew.";
pub const HAND_OVER: &str = "Hand over";
pub const HAND_OVER_AGAIN: &str = "Hand over again";
pub const HAND_OVER_CURRENT: &str = "Hand over current values";
pub const UNDELIVERED: &str = "It stands in the history as handed over, and what was sealed did not arrive. Hand it over again, with the values of now: the end stays as it is.";
pub const UNDELIVERED_OWN: &str = "It was granted, and what was sealed to you did not all arrive. Whoever may approve can hand it over again.";
pub const WANTS_REFRESH: &str =
    "They ask for the current values of what was granted. The end stays as it is.";
pub const END_GRANT: &str = "End the grant";
pub const END_BODY: &str = "Their browser wipes the values when it hears of it, and the server is asked to stop serving them. What they have read they keep: replace it at its source.";
pub const OPEN_ALONE: &str = "Open alone";
pub const ALONE_TITLE: &str = "Open it without other approvals?";
pub const ALONE_LOUD: &str = "Everybody who is asked will see this";
pub const ALONE_LOUD_TEXT: &str =
    "For emergencies. It is marked in the signed history for ever, with your name and your reason.";
pub const ALONE_WHY: &str = "What the emergency is";
pub const ALONE_WHY_HINT: &str = "At least 10 characters.";
pub const DONE_ALONE: &str = "Opened alone. Marked in the history.";
pub const DONE_COUNTED: &str = "Your approval counts. Others are still needed.";
pub const DONE_BY_ANOTHER: &str = "Your approval counts. Somebody else was quicker to hand the values over.";
pub const DONE_HANDED_OVER: &str = "Sealed to them and handed over. It stands in the history.";
pub const DONE_ENDED: &str = "Grant ended. Replace what they have read at its source.";

// One's own.
pub const ANSWER_TITLE: &str = "An approver asks you something";
pub const ANSWER: &str = "Your answer";
pub const ANSWER_EMPTY: &str = "Write your answer.";
pub const SEND_ANSWER: &str = "Send answer";
pub const COPY_FOR_APPROVER: &str = "Copy link for the approver";
pub const LINK_COPIED: &str = "Link copied. It opens for people of this project only.";
pub const EDIT: &str = "Edit";
pub const ASK_MORE: &str = "Ask for more";
pub const ASK_AGAIN: &str = "Ask again";
pub const WITHDRAW: &str = "Withdraw";
pub const WITHDRAW_TITLE: &str = "Withdraw this request?";
pub const WITHDRAW_BODY: &str = "Nobody can grant it any more. It stays in the list.";
pub const GIVE_BACK: &str = "Give back now";
pub const GIVE_BACK_TITLE: &str = "Give access back?";
pub const GIVE_BACK_BODY: &str = "The key is wiped from this device. For more you ask anew.";
pub const CAN_CLOSE: &str = "You can close this page. The request waits.";

// Using.
pub const USE_TITLE: &str = "Granted secrets";
pub const USE_CAPTION: &str = "Secrets that were granted to you";
pub const OPENING: &str = "Checking what was granted";
pub const ENDS_SOON_TEXT: &str = "Then the values go from this page. A new request leaves this one as it is.";
pub const REFRESH: &str = "Ask for current values";
pub const REFRESH_ASKED: &str =
    "The current values were asked for. They come by themselves when somebody hands them over.";
pub const REFRESH_CAME: &str = "The current values are here";
pub const REFRESH_SAME: &str = "Handed over anew: the values are the same as before";
pub const EARLY_TITLE: &str = "Not yet";
pub const EARLY_NOTE: &str = "This page opens by itself then.";
pub const USE_NOTE: &str = "These are the values as they were when they were handed over. What is written later is not covered. Copies you make are yours to look after.";
pub const PROPOSE: &str = "Propose";
pub const PROPOSE_NOTE: &str =
    "Sealed to those who can read this environment. Somebody who may write decides.";
pub const NEW_VALUE: &str = "Other value";
pub const VALUE_EMPTY: &str = "Enter a value.";
pub const PROPOSE_WHY: &str = "Why";
pub const PROPOSED: &str = "Proposed. It is saved when somebody who may write takes it over.";
pub const OWN_PROPOSALS_TITLE: &str = "What you proposed";
pub const OWN_PROPOSALS_NOTE: &str =
    "Outcomes are signed by who decided. One that a server holds back cannot be seen from here.";
pub const OUTCOME_NONE: &str = "No outcome seen";
pub const OUTCOME_DECLINED: &str = "Declined";
pub const OUTCOME_SUPERSEDED: &str = "Secret changed since";
pub const OUTCOME_TAKEN_BACK: &str = "Taken back";
pub const OUTCOME_TAKEN_OVER: &str = "Taken over";
pub const TAKE_BACK: &str = "Take back";
pub const OVER_TITLE: &str = "Access has ended";
pub const OVER_GONE: &str = "The values are gone from this page, and their key from this device.";
pub const OVER_KEY_STAYS: &str = "The values are gone from this page. Their key is still on this device: it goes as soon as the server can be asked.";
pub const OVER_MEANS: [&str; 3] = [
    "What you have read or copied you still have. Expiry cannot un-see.",
    "The server stops serving it once an admin’s browser asks it to. That is its promise.",
    "Nothing that is written from now on was ever covered. That is cryptography.",
];
pub const TO_REQUEST: &str = "To the request";

// Proposals.
pub const PROPOSALS_TITLE: &str = "Proposed values";
pub const PROPOSALS_NOTE: &str =
    "From people with access for a while. Nothing is saved before you take it over.";
pub const NOW_HERE: &str = "Now";
pub const PROPOSED_VALUE: &str = "Proposed";
pub const SHOW_BOTH: &str = "Show both";
pub const HIDE_BOTH: &str = "Hide both";
pub const TAKE_OVER: &str = "Take over";
pub const TAKE_OVER_BODY: &str =
    "It is saved as your change, signed by you. The value of now stays in the history.";
pub const TAKEN_OVER: &str = "Saved as your change";
pub const DECLINE: &str = "Decline";
pub const DECLINE_BODY: &str = "Who proposed it is told by you, sealed. While the secret stays as it is, anybody who may write can still take it over.";
pub const DECLINE_DONE: &str = "Declined. They are told.";
pub const TAKE_OVER_ANYWAY: &str = "Take over anyway";

// Rules.
pub const RULES_TITLE: &str = "Rules for requests";
pub const RULES_LEAD: &str =
    "Signed by an admin and checked by every browser: a server cannot weaken them or bring old ones back.";
pub const RULES_HONEST: &str = "Rules bind everybody’s client. They do not lock a value away from who can read it: such a person could always tell it to somebody.";
pub const RULES_FOR_FOLDER: &str = "Rules for another folder";
pub const RULES_FOLDER_HINT: &str =
    "They count for this folder and everything below it, until the next folder with rules.";
pub const DEFAULT_RULES: &str = "Not set";
pub const DEFAULT_NOTE: &str = "Nobody has set rules here. These count without any.";
pub const WHO_MAY_APPROVE: &str = "Who may approve";
pub const WHO_MAY_APPROVE_NOTE: &str = "Whoever may approve holds the key to read, to hand values over.";
pub const ADMIN_APPROVES: &str = "Admin";
pub const APPROVES: &str = "May approve";
pub const APPROVES_NOT: &str = "May not";
pub const FORM_LINK: &str = "Form link";
pub const FORM_LINK_NOTE: &str = "For people of this project: it opens the form for a request with this filled in. They can change it, within the rules.";
pub const FORM_SCOPE: &str = "What is filled in";
pub const FORM_SCOPE_NONE: &str = "Nothing: they choose";
pub const FORM_NAMES: &str = "Secrets";
pub const FORM_NAMES_HINT: &str = "One name a line.";
pub const FORM_OFFERED: &str = "Durations that are offered";
pub const FORM_OFFERED_HINT: &str = "None chosen: whatever the rules allow. This limits the form of this link and nothing else: without the link, anybody here can ask for whatever the rules allow. The rules are what is enforced.";
pub const FORM_REASON: &str = "Their reason begins with";
pub const FORM_REASON_HINT: &str =
    "Left empty: as the rules say. It stands in the link, which the server sees: nothing secret.";
pub const FORM_ADDRESS: &str = "Address of the form";
pub const COPY_LINK: &str = "Copy link";
pub const FORM_LINK_COPIED: &str = "Link copied. It opens the form with this filled in.";
pub const STEPS_SHORT: &str = "More approvals are needed than people may give";
pub const STEPS_SHORT_TEXT: &str = "One person counts in one step, and never for their own request unless the rules say so. As it is, no request is let through here.";
pub const GONE_LEFT_OUT: &str = "They are left out of what you sign here.";
pub const GIVES_RIGHTS: &str = "Signing this gives more than rules";
pub const CHANGE: &str = "Change";
pub const FACT_APPROVED_BY: &str = "Approved by";
pub const FACT_OWN: &str = "One’s own request";
pub const FACT_LONGEST: &str = "At most for";
pub const FACT_ANSWER: &str = "Answered within";
pub const FACT_ESCALATION: &str = "Asked later";
pub const FACT_EMERGENCY: &str = "Alone in an emergency";
pub const NOBODY_MAY: &str = "Nobody may approve";
pub const NO_STEP_TEXT: &str = "Without a step no request can be granted here.";
pub const OWN_COUNTS: &str = "One’s own approval counts";
pub const OWN_NEVER: &str = "One’s own approval never counts";
pub const EMERGENCY_NOBODY: &str = "Nobody";
pub const REMOVE_RULES: &str = "Remove the rules";
pub const REMOVE_RULES_ANYWAY: &str = "Remove them all the same";
pub const NOT_REMOVED: &str = "Nothing was removed. These are the rules that would be taken away now.";
pub const REMOVE_RULES_BODY: &str = "Then those of the folder above count, or those that count without any.";
pub const RULES_SIGNED: &str = "Signed. Every browser checks it from now on.";
pub const KEYS_ALONE: &str = "Signed. This server does not enforce rights of single people; their keys do.";
pub const EDITOR_NOTE: &str = "Requests that wait are judged by the new rules.";
pub const STEPS: &str = "Approvals";
pub const STEPS_HINT: &str = "Every step has to be complete. A person counts in one step.";
pub const ADD_STEP: &str = "Add a step";
pub const OF_WHOM: &str = "Of whom";
pub const OF_EVERYBODY: &str = "Everybody who may approve";
pub const OF_NAMED: &str = "Named people";
pub const NAMED_PEOPLE: &str = "People of this step";
pub const SELF_LABEL: &str = "One’s own approval counts for one’s own request";
pub const SELF_HINT: &str = "Off is usual.";
pub const REASON_MIN: &str = "Fewest characters of a reason";
pub const REASON_MIN_HINT: &str = "0 where none is needed.";
pub const TEMPLATE: &str = "What a reason begins with";
pub const TEMPLATE_HINT: &str = "It stands in the form and can be written over.";
pub const TICKET_PATTERN: &str = "Ticket";
pub const TICKET_PATTERN_HINT: &str =
    "# is digits, * is anything without spaces, as in INC-#. Empty where none is needed.";
pub const TRY_OUT: &str = "Try a ticket";
pub const TICKET_FITS: &str = "It fits.";
pub const TICKET_FITS_NOT: &str = "It does not fit.";
pub const ESCALATE: &str = "Ask others when nobody answers";
pub const ESCALATE_HINT: &str = "Their approvals count once that time has passed.";
pub const AFTER: &str = "After";
pub const ESCALATE_PEOPLE: &str = "Who is asked then";
pub const EMERGENCY_HINT: &str = "Nobody named means nobody.";
pub const SIGN_RULES: &str = "Sign the rules";
pub const TIME_BAD: &str = "Choose times between a minute and 30 days.";
pub const NEEDED_BAD: &str = "Each step needs between 1 and 20 people.";
pub const STEP_SHORT: &str = "A step names fewer people than it needs.";
pub const ESCALATION_EMPTY: &str = "Name somebody who is asked later, or turn that off.";
pub const REASON_MIN_BAD: &str = "The fewest characters of a reason lie between 0 and 500.";
pub const ESCALATION_LATE: &str =
    "Others are asked before the time to answer is over: choose a shorter time.";
pub const TICKET_BAD: &str =
    "A ticket has at most four signs # and *. One # stands for any number of digits.";
pub const TEMPLATE_LONG: &str = "What a reason begins with has at most 1,000 characters.";

// Two who change the same rules.
pub const OVERTAKEN_TEXT: &str = "Nothing was signed. Compare, and choose which rules count.";
pub const TAKE_THEIRS: &str = "Take these rules";
pub const SIGN_MINE: &str = "Sign mine over them";
pub const LEAVE_REMOVED: &str = "Leave them removed";
pub const SIGN_AGAIN: &str = "Sign mine again";
pub const DIFFERENCES: &str = "What differs";
pub const NO_DIFFERENCE: &str = "Nothing differs.";
pub const SET_NOW: &str = "Set now";
pub const BEFORE: &str = "Before";
pub const FILLED_IN: &str = "In the form";
pub const SET_ASIDE: &str = "Your change";
pub const NOTHING: &str = "Nothing";
pub const ASIDE_TITLE: &str = "Your own change is set aside";
pub const ASIDE_TEXT: &str =
    "The form holds the rules that are set now. Nothing of yours is signed until you put it in.";
pub const PUT_MINE_BACK: &str = "Put mine into the form";
pub const DISCARD_MINE: &str = "Discard mine";
pub const COMPARE: &str = "Compare";

// Seeing.
pub const SEE_TITLE: &str = "Who has access";
pub const SEE_LEAD: &str = "From the signed history: who had, has and will have access for a while, and to what. For ever. Refused and withdrawn requests are no part of it: those are rows that a server could drop.";
pub const READING_HISTORY: &str = "Reading the history";
pub const ONLY_READABLE: &str =
    "Of the environments that you can read. Of the others only their readers see this.";
pub const NEVER_TITLE: &str = "Nothing was granted yet";
pub const NEVER_TEXT: &str = "What is granted stands here from then on, and cannot be taken out.";
pub const PERSON: &str = "Person";
pub const EVERYBODY: &str = "Everybody";
pub const EVERY_ENVIRONMENT: &str = "All";
pub const ZOOM: &str = "Shown";
pub const PICTURE_TITLE: &str = "Along time";
pub const NOTHING_IN_WINDOW: &str = "Nothing in this time.";
pub const NOW_LINE: &str = "now";
pub const LEGEND: &str = "What the bars say";
pub const LEGEND_USED: &str = "passed";
pub const LEGEND_LEFT: &str = "left";
pub const LEGEND_PLANNED: &str = "planned";
pub const LEGEND_BROKEN: &str = "emergency, or against the rules";
pub const REPLACE_NOTE: &str = "Whoever has read a value knows it. A line is done when another value was saved since; the old one is void only at its source.";
pub const REPLACED: &str = "Replaced since";
pub const TO_REPLACE: &str = "Replace at its source";
pub const REPLACED_UNKNOWN: &str = "Not known";
pub const REPLACED_UNKNOWN_HINT: &str = "What was seen or what is in use now cannot be opened here, so nobody can compare them. To be sure, replace it at its source.";
pub const HISTORY_TITLE: &str = "History";
pub const SEARCH: &str = "Search the history";
pub const SEARCH_EXAMPLE: &str = "Name, place, reason";
pub const EARLIER: &str = "Earlier";
pub const LATER_ON: &str = "Later";
pub const BACK_TO_NOW: &str = "Back to now";
pub const SHOW_MORE: &str = "Show more";
pub const SAVE_CSV: &str = "Save as CSV";
pub const CSV_SAVED: &str = "Saved. The file names secrets and holds no value.";
pub const NO_MATCH: &str = "Nothing matches.";
pub const ENDED_EARLY: &str = "Ended early";
pub const ENDED: &str = "Ended";
pub const PLANNED: &str = "Planned";
pub const OPEN: &str = "Open";
pub const AGAINST_RULES: &str = "Against the rules";
pub const CSV_YES: &str = "yes";
pub const CSV_NO: &str = "no";
pub const CSV_HEAD: [&str; 13] = [
    "who",
    "environment",
    "secrets",
    "may",
    "from",
    "until",
    "ended early",
    "reason",
    "ticket",
    "approved by",
    "handed over by",
    "emergency",
    "as the rules allow",
];

/// `15 min`, `4 h`, `1 day`.
pub fn duration(seconds: u32) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    if days > 0 && seconds.is_multiple_of(86_400) {
        plural(days as usize, "day", "days")
    } else if hours > 0 && seconds.is_multiple_of(3_600) {
        format!("{hours} h")
    } else if minutes > 0 && seconds.is_multiple_of(60) {
        format!("{minutes} min")
    } else {
        format!("{seconds} s")
    }
}

pub fn days(count: u32) -> String {
    plural(count as usize, "day", "days")
}

/// Who is no member any more is told by the server's id.
pub fn former(user: &str) -> String {
    format!("Former member {}", user.get(..8).unwrap_or(user))
}

pub fn place(path: &str, name: &str) -> String {
    format!("{}/{name}", path.trim_end_matches('/'))
}

pub fn all_below(path: &str) -> String {
    format!("{}/…", path.trim_end_matches('/'))
}

/// `2 secrets in /api`, `all of /api and below`.
pub fn counted(items: &[WantedItem]) -> String {
    let mut folders: Vec<&str> = items
        .iter()
        .map(|item| match item {
            WantedItem::Folder(path) | WantedItem::Secret(path, _) => path.as_str(),
        })
        .collect();
    folders.dedup();
    match (items, folders.as_slice()) {
        ([], _) => "nothing that can be read".to_owned(),
        ([WantedItem::Folder(path)], _) if path == "/" => "everything".to_owned(),
        ([WantedItem::Folder(path)], _) => format!("all of {path}"),
        ([WantedItem::Secret(path, name)], _) => place(path, name),
        (items, [folder]) if items.iter().all(|item| matches!(item, WantedItem::Secret(..))) => {
            format!("{} in {folder}", plural(items.len(), "secret", "secrets"))
        }
        (items, _) => plural(items.len(), "secret or folder", "secrets and folders"),
    }
}

pub fn verb(propose: bool) -> &'static str {
    if propose { "Read and propose" } else { "Read" }
}

/// `Read 2 secrets in /api of Production for 1 h`.
pub fn wants(propose: bool, what: &str, environment: &str, seconds: u32) -> String {
    format!(
        "{} {what} of {environment} for {}",
        verb(propose),
        duration(seconds)
    )
}

pub fn sealed_summary(environment: &str) -> String {
    format!("Access to {environment}, sealed to others")
}

/// Behind [`REQUEST_ACCESS`], read aloud: to which environment.
pub fn to_environment(name: &str) -> String {
    format!("to {name}")
}

/// What the form will do.
pub fn ask_outcome(
    propose: bool,
    what: &str,
    environment: &str,
    seconds: u32,
    starts: Option<&str>,
) -> String {
    let from = starts.map_or_else(|| "from approval".to_owned(), |at| format!("from {at}"));
    format!("{}, {from}.", wants(propose, what, environment, seconds))
}

/// `needed` is nothing where all of them could not let it through.
pub fn people_asked(people: usize, needed: Option<usize>) -> String {
    let asked = plural(people, "person is asked", "people are asked");
    match needed {
        None => format!("{asked}."),
        Some(0 | 1) => format!("{asked}. One of them has to approve."),
        Some(needed) => format!("{asked}. {needed} of them have to approve."),
    }
}

pub fn ends_unanswered(seconds: u32) -> String {
    format!("Ends by itself if nobody answers within {}.", duration(seconds))
}

pub fn at_most(seconds: u32) -> String {
    format!("At most {} here.", duration(seconds))
}

pub fn link_offers(longest: u32) -> String {
    format!("Those of the link that you opened. {}", clock_starts(longest))
}

pub fn none_fits(offered: &[u32], longest: u32) -> String {
    let offered: Vec<String> = offered.iter().map(|seconds| duration(*seconds)).collect();
    format!(
        "It offers {}. The rules allow at most {}: choose within that.",
        offered.join(", "),
        duration(longest)
    )
}

pub fn clock_starts(longest: u32) -> String {
    format!(
        "The time starts when it is approved. At most {} here.",
        duration(longest)
    )
}

pub fn secret_number(key: u32) -> String {
    format!("Secret {}", key + 1)
}

pub fn remove_secret(key: u32) -> String {
    format!("Remove secret {}", key + 1)
}

pub fn reason_count(written: usize, least: usize) -> String {
    if written < least {
        format!("{written} of at least {least}")
    } else {
        plural(written, "character", "characters")
    }
}

pub fn reason_long(most: usize) -> String {
    format!(
        "Too long: at most {} letters, and fewer of other alphabets.",
        thousands(most)
    )
}

pub fn too_many(most: usize) -> String {
    format!(
        "At most {} in one request. Ask for the folder, or in several requests.",
        plural(most, "secret", "secrets")
    )
}

pub fn reason_short(least: usize) -> String {
    format!("Write at least {}.", plural(least, "character", "characters"))
}

pub fn ticket_hint(pattern: &str) -> String {
    format!("Such as {}.", pattern.replace('#', "123").replace('*', "abc"))
}

pub fn ticket_bad(pattern: &str) -> String {
    format!("It looks as {pattern}: # is digits, * is anything without spaces.")
}

/// What an empty list says: title and what to do.
pub fn no_requests(to_decide: bool, mine: bool) -> (&'static str, &'static str) {
    if to_decide {
        (
            "Nothing waits for you",
            "Requests that you can approve stand here.",
        )
    } else if mine {
        (
            "You have asked for nothing",
            "Ask where you were stopped, or here.",
        )
    } else {
        (
            "No requests yet",
            "Who holds no key can ask for access for a while.",
        )
    }
}

pub fn requests_caption(to_decide: bool, mine: bool) -> &'static str {
    if to_decide {
        "Requests that wait for you"
    } else if mine {
        "Your requests"
    } else {
        "All requests"
    }
}

pub fn asked_at(when: &str) -> String {
    format!("Asked {when}")
}

pub fn sent_ends(sent: &str, ends: &str) -> String {
    format!("Asked {sent}. Ends unanswered {ends}.")
}

pub fn waits_for(more: u8) -> String {
    format!("Waits for {}", plural(more.into(), "approval", "approvals"))
}

/// What keeps a request for ever from being approved: no rule lets anybody, or too few people are there.
pub fn dead_end(without_steps: bool) -> &'static str {
    if without_steps { NOBODY_NOW } else { TOO_FEW_NOW }
}

pub fn starts(when: &str) -> String {
    format!("Starts {when}")
}

pub fn left(time: &str) -> String {
    format!("{time} left")
}

pub fn until(when: &str) -> String {
    format!("until {when}")
}

pub fn from(when: &str) -> String {
    format!("from {when}")
}

pub fn from_until(from: &str, until: &str) -> String {
    format!("{from} to {until}")
}

pub fn ended(by: EndedBy, when: &str) -> String {
    match by {
        EndedBy::GivenBack => format!("Given back {when}"),
        EndedBy::Revoked => format!("Ended by an approver {when}"),
        EndedBy::Time => format!("Ended {when}"),
    }
}

pub fn before(when: &str, what: &str, lasted: &str, early: bool) -> String {
    let end = if early { ", ended early" } else { "" };
    format!("{when}: {what}, {lasted}{end}")
}

/// How many approvals of those that are needed; only how many there are where nothing more is needed or known.
pub fn way_approved(approved: usize, needed: Option<usize>) -> String {
    match (approved, needed) {
        (0, None) => "Approvals, as the rules ask".to_owned(),
        (approved, None) => format!("{} signed", plural(approved, "approval", "approvals")),
        (approved, Some(needed)) => format!(
            "{approved} of {} signed",
            plural(needed.max(approved), "approval", "approvals")
        ),
    }
}

pub fn spoken(kind: SpokenKind) -> &'static str {
    match kind {
        SpokenKind::Answered => "answered",
        SpokenKind::Approved => "approved",
        SpokenKind::AskedBack => "asked back",
        SpokenKind::Declined => "declined a proposed value",
        SpokenKind::GaveBack => "gave access back",
        SpokenKind::Rejected => "rejected",
        SpokenKind::TookBack => "took back a proposed value",
        SpokenKind::TookOver => "took over a proposed value",
        SpokenKind::WantsRefresh => "asked for current values",
        SpokenKind::Withdrew => "withdrew the request",
    }
}

/// The notice after something was said.
pub fn said(saying: &Saying) -> &'static str {
    match saying {
        Saying::Answer(_) => "Answer sent, sealed",
        Saying::AskBack(_) => "Question sent, sealed",
        Saying::GiveBack => "Given back. The key is gone from this device.",
        Saying::Refresh => "Asked for the current values",
        Saying::Reject(_) => "Rejected. They are told.",
        Saying::TakeBack(_) => "Taken back. Who may write is not asked any more.",
        Saying::Withdraw => "Request withdrawn",
    }
}

pub fn scope_count(count: usize) -> String {
    plural(count, "secret", "secrets")
}

pub fn and_more(count: usize) -> String {
    format!("and {} more", thousands(count))
}

pub fn not_yet(when: &str) -> String {
    format!("This app opens it {when}.")
}

/// What a notice says of a request that waits for this person.
pub fn told_needs_me(who: &str, environment: &str) -> String {
    format!("{who} asks for access to {environment}. It waits for you.")
}

pub fn told_wants_refresh(who: &str, environment: &str) -> String {
    format!("{who} wants the current values of {environment} from you.")
}

pub fn told_undelivered(who: &str, environment: &str) -> String {
    format!("What {who} was granted in {environment} did not arrive. You can hand it over again.")
}

pub fn told_answered(who: &str, environment: &str) -> String {
    format!("{who} answered your question about {environment}.")
}

pub fn told_question(environment: &str) -> String {
    format!("An approver wants to know more about your request for {environment}.")
}

pub fn told_rejected(environment: &str) -> String {
    format!("Your request for {environment} was refused.")
}

pub fn told_granted(later: bool, environment: &str) -> String {
    if later {
        format!("Your request for {environment} was approved. It begins at its time.")
    } else {
        format!("Your request for {environment} was approved. You can use it now.")
    }
}

pub fn told_began(environment: &str) -> String {
    format!("What was planned begins: you can use {environment} now.")
}

pub fn told_ends_soon(environment: &str, minutes: u64) -> String {
    format!("Your access to {environment} ends in {minutes} min.")
}

pub fn told_ended(by: EndedBy, environment: &str) -> String {
    match by {
        EndedBy::Revoked => format!("An approver took back your access to {environment}."),
        EndedBy::GivenBack => format!("Your access to {environment} was given back."),
        EndedBy::Time => format!("The time of your access to {environment} is up."),
    }
}

pub fn told_declined(environment: &str) -> String {
    format!("A value that you proposed in {environment} was declined.")
}

pub fn told_took_over(environment: &str) -> String {
    format!("A value that you proposed in {environment} was taken over.")
}

/// Somebody opened something alone: by whom and why, where that can be read.
pub fn told_alone(by: Option<&str>, environment: &str, why: Option<&str>) -> String {
    let who = by.unwrap_or("Somebody");
    match why {
        Some(why) => {
            format!("Emergency: {who} opened {environment} without other approvals. They say: “{why}”")
        }
        None => format!("Emergency: {who} opened {environment} without other approvals."),
    }
}

/// The tab's title while something happened that nobody has seen.
pub fn counted_title(unseen: usize, title: &str) -> String {
    match unseen {
        0 => title.to_owned(),
        unseen => format!("({unseen}) {title}"),
    }
}

pub fn sees_this(name: &str) -> String {
    format!("{name} sees this")
}

pub fn approve_for(seconds: u32) -> String {
    format!("Approve for {}", duration(seconds))
}

pub fn reject_title(name: &str) -> String {
    format!("Reject the request of {name}?")
}

pub fn end_title(name: &str) -> String {
    format!("End the grant of {name}?")
}

pub fn use_title(environment: &str) -> String {
    format!("Granted in {environment}")
}

pub fn use_note(approved: &[String]) -> String {
    if approved.is_empty() {
        "Opened by one person alone. Only what was granted is here.".to_owned()
    } else {
        format!("Approved by {}. Only what was granted is here.", list(approved))
    }
}

pub fn ends_soon(minutes: u64) -> String {
    format!("Your access ends in {minutes} min")
}

/// Behind the place in the chip on every page while something is granted: how long, and how many more are open.
pub fn chip_left(left: &str, more: usize) -> String {
    match more {
        0 => format!("· {left} left"),
        more => format!("· {left} left · {more} more open"),
    }
}

/// An environment where people do not look at its project.
pub fn within_project(environment: &str, project: &str) -> String {
    format!("{environment} in {project}")
}

pub fn propose_for(name: &str) -> String {
    format!("Propose a value for {name}")
}

pub fn proposed_by(name: &str, when: &str) -> String {
    format!("{name}, {when}")
}

pub fn take_over_named(name: &str) -> String {
    format!("Take over {name}")
}

pub fn take_over_anyway_named(name: &str) -> String {
    format!("Take over anyway: {name}")
}

pub fn decline_named(name: &str) -> String {
    format!("Decline {name}")
}

pub fn decline_title(name: &str) -> String {
    format!("Decline the proposed value of {name}?")
}

pub fn declined_count(count: usize) -> String {
    format!("{} declined", thousands(count))
}

pub fn declined_by(name: &str, when: &str) -> String {
    format!("Declined by {name}, {when}")
}

pub fn take_back_named(name: &str) -> String {
    format!("Take back what you proposed for {name}")
}

pub fn take_over_title(name: &str) -> String {
    format!("Save the proposed value of {name}?")
}

pub fn may_approve(name: &str) -> String {
    format!("{name} may approve")
}

/// `Priya, Tomás or Mara`.
fn any_of(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => list(names),
    }
}

/// `Priya, Tomás and Mara`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

pub fn step(needed: u8, people: Option<Vec<String>>) -> String {
    match people {
        None if needed == 1 => "Anybody who may approve".to_owned(),
        None => format!("{needed} of those who may approve"),
        Some(people) if people.len() == usize::from(needed) => list(&people),
        Some(people) => format!("{needed} of {}", list(&people)),
    }
}

pub fn escalates(after: u32, people: &[String]) -> String {
    format!("{} after {}", list(people), duration(after))
}

pub fn reason_rule(least: u16) -> String {
    match least {
        0 => "Not needed".to_owned(),
        least => format!(
            "At least {}",
            plural(usize::from(least), "character", "characters")
        ),
    }
}

pub fn rules_of(path: &str) -> String {
    format!("Rules of {path}")
}

pub fn edit_rules(path: &str) -> String {
    format!("Change the rules of {path}")
}

pub fn form_link_for(path: &str) -> String {
    format!("Form link for {path}")
}

pub fn remove_rules_of(path: &str) -> String {
    format!("Remove the rules of {path}")
}

pub fn remove_rules(path: &str) -> String {
    format!("Remove the rules of {path}?")
}

/// Who has changed rules, or taken them away, and when.
pub fn rules_changed(who: &str, when: &str, removed: bool) -> String {
    match removed {
        true => format!("{who} removed these rules, {when}"),
        false => format!("{who} changed these rules, {when}"),
    }
}

/// One of two values of a field.
pub fn on_side(side: &str, value: &str) -> String {
    format!("{side}: {value}")
}

/// Whose own requests the rules never let through, though they do those of others.
pub fn stuck(names: &[String]) -> String {
    format!(
        "What is asked for by {} nobody else could let through here.",
        any_of(names)
    )
}

/// Whom rules name although they have left.
pub fn named_gone(names: &[String]) -> String {
    format!("These rules name who is no member any more: {}.", list(names))
}

/// What signing rules does beside: so many are named who may not approve yet. Their names follow.
pub fn gives_rights(count: usize, environment: &str) -> String {
    let who = plural(count, "more person", "more people");
    format!("{who} may then approve in {environment}, and the key to read it is sealed to them:")
}

pub fn step_number(number: usize) -> String {
    format!("Step {number}")
}

pub fn remove_step(number: usize) -> String {
    format!("Remove step {number}")
}

pub fn needed_in(number: usize) -> String {
    format!("People needed in step {number}")
}

/// What one line of the picture says.
pub fn line_label(who: &str, environment: &str, grants: &[String]) -> String {
    format!("{who}, {environment}: {}", grants.join("; "))
}

/// So many are to be replaced, and of so many it is not known.
pub fn replace_title(open: usize, unknown: usize) -> String {
    match (open, unknown) {
        (0, 0) => "Everything that was seen was replaced since".to_owned(),
        (0, unknown) => format!(
            "{}, and whether replaced since is not known",
            plural(unknown, "secret was seen", "secrets were seen")
        ),
        (open, _) => format!(
            "{} seen and not replaced",
            plural(open, "secret was", "secrets were")
        ),
    }
}

pub fn seen_by(names: &[String]) -> String {
    format!("seen by {}", list(names))
}

pub fn owner(owner: &str) -> String {
    format!(", looked after by {owner}")
}

/// What somebody has said, as they said it.
pub fn they_say(why: &str) -> String {
    format!("They say: “{why}”")
}

pub fn opened_alone_by(name: &str) -> String {
    format!("Opened alone by {name}")
}

pub fn approved_by(names: &[String]) -> String {
    if names.is_empty() {
        "Approved by nobody".to_owned()
    } else {
        format!("Approved by {}", list(names))
    }
}

pub fn history_caption(shown: usize, count: usize) -> String {
    let all = plural(count, "grant", "grants");
    if shown < count {
        format!("{} of {all}, newest first", thousands(shown))
    } else {
        format!("{all}, newest first")
    }
}

pub fn history_failed(environment: &str) -> String {
    format!("The history of {environment} could not be read")
}

/// Why something granted is not opened: title, and what to do.
pub fn fault(fault: GrantFault) -> (String, String) {
    let (title, advice) = match fault {
        GrantFault::Forged => (
            "What was handed over is not what it claims to be",
            "Nothing of it is shown. Tell the approver, and ask anew.",
        ),
        GrantFault::Hidden => (
            "It is not in the environment’s history",
            "Those who would have to see it do not, so nothing of it is shown. If it was handed over a moment ago, try again.",
        ),
        GrantFault::NotApproved => (
            "It is not what was approved",
            "Fewer people have approved than the rules ask for, or other things were given. Nothing of it is shown.",
        ),
        GrantFault::OtherDevice => (
            "Another device has its key",
            "It opens on the device that asked. If that one is lost or it was given back, ask anew.",
        ),
        GrantFault::Over => (
            "Access has ended",
            "The key is wiped from this device. Ask anew if you need more.",
        ),
    };
    (title.to_owned(), advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_their_largest_unit() {
        for (seconds, said) in [
            (45, "45 s"),
            (900, "15 min"),
            (5_400, "90 min"),
            (14_400, "4 h"),
            (86_400, "1 day"),
            (172_800, "2 days"),
        ] {
            assert_eq!(duration(seconds), said);
        }
    }

    #[test]
    fn nobody_is_no_number_of_approvals() {
        assert_eq!(waits_for(1), "Waits for 1 approval");
        assert_eq!(people_asked(2, None), "2 people are asked.");
        assert_eq!(
            people_asked(2, Some(1)),
            "2 people are asked. One of them has to approve."
        );
        assert_eq!(way_approved(1, Some(2)), "1 of 2 approvals signed");
        assert_eq!(way_approved(2, None), "2 approvals signed");
        assert_eq!(way_approved(0, None), "Approvals, as the rules ask");
    }

    #[test]
    fn an_emergency_is_told_with_who_and_why_where_that_is_known() {
        assert_eq!(
            told_alone(Some("Noor"), "Production", Some("The shop is down")),
            "Emergency: Noor opened Production without other approvals. They say: “The shop is down”"
        );
        assert!(told_alone(None, "Production", None).starts_with("Emergency: Somebody"));
    }

    #[test]
    fn what_is_not_known_to_be_replaced_is_not_called_so() {
        assert_eq!(replace_title(0, 0), "Everything that was seen was replaced since");
        assert!(replace_title(0, 2).starts_with("2 secrets were seen"));
        assert_eq!(replace_title(1, 2), "1 secret was seen and not replaced");
    }

    #[test]
    fn what_is_wanted_is_said_by_name_or_counted() {
        let secret = |path: &str, name: &str| WantedItem::Secret(path.into(), name.into());
        let folder = |path: &str| WantedItem::Folder(path.into());
        for (items, said) in [
            (vec![folder("/")], "everything"),
            (vec![folder("/api")], "all of /api"),
            (vec![secret("/", "A")], "/A"),
            (
                vec![secret("/api", "A"), secret("/api", "B")],
                "2 secrets in /api",
            ),
            (vec![secret("/api", "A"), folder("/db")], "2 secrets and folders"),
        ] {
            assert_eq!(counted(&items), said);
        }
    }

    #[test]
    fn names_are_listed_as_people_say_them() {
        let names: Vec<String> = ["Ada", "Bo", "Cy"].map(str::to_owned).to_vec();
        assert_eq!(list(&names), "Ada, Bo and Cy");
        assert_eq!(list(&names[..1]), "Ada");
        assert_eq!(step(2, Some(names.clone())), "2 of Ada, Bo and Cy");
        assert_eq!(step(3, Some(names)), "Ada, Bo and Cy");
    }
}
