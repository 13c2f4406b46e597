//! Forms: a secret asked of somebody without an account, who seals it in a browser of their own.

use super::notes::Note;
use crate::api::Session;
use crate::api::shares::Requested;
use crate::gate::all;
use crate::rng::Draw;
use crate::{Device, Error, LinkError, ShareExpiry, ShareFeature, ShareId, Transport, Vault};
use coffer_core::id::RequestId;
use coffer_core::reverse::{self, Answer, Field, FieldKind, Form, FormKeys, FormLink, FormLinkError};
use coffer_wire::Timestamp;
use coffer_wire::id::AnswerId;
use coffer_wire::share::{ANSWERS_KEPT, MAX_ANSWERS};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a field is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormFieldKind {
    /// Names and values, as in a `.env` file.
    Dotenv,
    /// A file.
    File,
    /// A line or a text.
    Text,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// What it is filled with.
    pub kind: FormFieldKind,
    /// What it is called.
    pub label: String,
    /// What helps to fill it in; may be empty.
    pub hint: String,
}

/// A form to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormDraft {
    /// What it is about and who asks, in the sender's words; the receiver sees it, no server does.
    pub title: String,
    /// What is asked for.
    pub fields: Vec<FormField>,
    /// How long it may be answered.
    pub expires_in: ShareExpiry,
    /// How many answers it takes: 1, or up to 50 on Coffer's own server. The server's promise.
    pub answers: u32,
}

/// A form that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedForm {
    /// What stands after `/r#`.
    pub link_fragment: String,
    /// The server's id.
    pub id: ShareId,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// As asked for.
    pub answers: u32,
}

/// How a form stands; the server says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormState {
    /// Somebody has filled it in; one for many may still take more.
    Answered,
    /// Its maker has closed it.
    Closed,
    /// An administrator of the organisation ended it, and its answers are erased.
    EndedByAdmin,
    /// Its time is over, and of the answers that were seen none is kept any more.
    Erased,
    /// Its time is over, and no answer was seen.
    Expired,
    /// The server shows less than it has to: not the form, though its time is not over, or no answer though one was seen.
    Missing,
    /// The server did not say.
    Unknown,
    /// It waits.
    Waiting,
}

/// One of the forms of this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormStatus {
    /// The server's id.
    pub id: ShareId,
    /// As given.
    pub title: String,
    /// What was asked for.
    pub fields: Vec<FormField>,
    /// Milliseconds since 1970.
    pub created: u64,
    /// Milliseconds since 1970.
    pub not_after: u64,
    /// How it stands.
    pub state: FormState,
    /// How many answers it takes.
    pub most: u32,
    /// How many answers are there: the same twice is one, and those that were deleted are none.
    pub answers: u32,
    /// How many of them were not marked as read.
    pub unread: u32,
    /// Until when answers are kept, in milliseconds since 1970; `None` where nothing is kept or the server does not say.
    pub kept_until: Option<u64>,
    /// What stands after `/r#`, while it takes answers.
    pub link_fragment: Option<String>,
}

/// A field as it was filled in.
pub struct FilledField {
    /// The field.
    pub field: FormField,
    /// Its content.
    pub content: Zeroizing<Vec<u8>>,
    /// A file's name, in the words of who filled it in.
    pub file_name: String,
}

/// A form that somebody filled in.
pub struct FilledForm {
    /// The fields.
    pub fields: Vec<FilledField>,
    /// A remark; may be empty.
    pub note: Zeroizing<String>,
}

impl std::fmt::Debug for FilledForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilledForm(…)")
    }
}

/// One of the answers to a form, opened.
#[derive(Debug)]
pub struct FormAnswer {
    /// Which.
    pub id: FormAnswerId,
    /// When it came, in milliseconds since 1970 by the server's clock, if the server tells.
    pub at: Option<u64>,
    /// What became of it.
    pub mark: AnswerMark,
    /// What was filled in.
    pub filled: FilledForm,
}

/// All answers to a form.
#[derive(Debug)]
pub struct FormAnswers {
    /// The form's title, as given.
    pub title: String,
    /// How many answers it takes.
    pub most: u32,
    /// The oldest first, each once.
    pub answers: Vec<FormAnswer>,
    /// Texts that the server gave out and that do not open: nobody who has the whole link made them.
    pub forged: Vec<FormAnswerId>,
    /// How many answers were seen before, were not deleted, and are not given out though they have to be kept still.
    pub withheld: u32,
    /// How many answers were seen before, and are kept no longer.
    pub erased: u32,
    /// Until when answers are kept, in milliseconds since 1970; `None` where the server does not say.
    pub kept_until: Option<u64>,
}

/// Tells the answers to a form apart: the hash of what was sealed, so that no server names two alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormAnswerId(String);

impl FormAnswerId {
    fn of(sealed: &str) -> Self {
        let hash = reverse::answer_hash(sealed);
        Self(
            hash.as_ref()
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// As text, for an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of an answer, as its reader has noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AnswerMark {
    /// Nobody has read it.
    #[default]
    New,
    /// It was read.
    Read,
    /// It was put into an environment.
    Used,
}

/// A form as somebody received it.
#[derive(Clone)]
pub struct ReceivedForm {
    /// The server's id.
    pub id: ShareId,
    /// As stated in the link, and verified by nobody.
    pub title: String,
    /// What is asked for.
    pub fields: Vec<FormField>,
    /// Milliseconds since 1970.
    pub not_after: u64,
    link: Arc<FormLink>,
}

/// Parses what stands after `/r#`; asks no server.
pub fn form_from_link(fragment: &str) -> Result<ReceivedForm, LinkError> {
    let link = FormLink::parse(fragment.trim()).map_err(|error| match error {
        FormLinkError::NoKey => LinkError::NoKey,
        FormLinkError::Unsupported => LinkError::Unsupported,
        _ => LinkError::Malformed,
    })?;
    Ok(ReceivedForm {
        id: ShareId::new(link.server_id.clone()),
        title: link.form.title.clone(),
        fields: link.form.fields.iter().map(FormField::of).collect(),
        not_after: link.not_after * 1_000,
        link: Arc::new(link),
    })
}

/// What was filled into a form, sealed. The very same is sent again when a receipt got lost, so that nothing is kept twice.
#[derive(Clone)]
pub struct SealedAnswer(String);

impl ReceivedForm {
    /// Seals what was filled in, in the order of the fields.
    pub(crate) fn seal<D: Device>(
        &self,
        device: &D,
        filled: Vec<(Zeroizing<Vec<u8>>, String)>,
        note: Zeroizing<String>,
    ) -> Result<SealedAnswer, Error> {
        if self.not_after <= device.now() {
            return Err(Error::Invalid {
                field: "form",
                why: "one whose time is not over",
            });
        }
        let answer = Answer { fields: filled, note };
        let sealed = self.link.seal(&answer, &mut Draw(device));
        sealed.map(SealedAnswer).map_err(|_| Error::Invalid {
            field: "content",
            why: "at most about 7,000 bytes in all",
        })
    }

    /// Sends it.
    pub(crate) async fn send<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
        answer: &SealedAnswer,
    ) -> Result<(), Error> {
        session.answer_request(&self.id, &answer.0).await
    }
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Makes a form for somebody without an account.
    pub async fn create_form(&self, draft: &FormDraft) -> Result<CreatedForm, Error> {
        self.check_room::<FormRecord>().await?;
        let minutes = draft.expires_in.0;
        if !(5..=43_200).contains(&minutes) {
            return Err(Error::Invalid {
                field: "expires_in",
                why: "5 minutes to 30 days",
            });
        }
        if !(1..=MAX_ANSWERS).contains(&draft.answers) {
            return Err(Error::Invalid {
                field: "answers",
                why: "1 to 50",
            });
        }
        let form = Form {
            title: draft.title.trim().to_owned(),
            fields: draft.fields.iter().map(FormField::field).collect(),
        };
        if !form.is_sound() {
            return Err(Error::Invalid {
                field: "fields",
                why: "one to twenty, each with a name of at most 80 characters and a hint of at most 200",
            });
        }
        // Another server ignores the number without a word.
        if draft.answers > 1 && !self.share_features().await?.contains(&ShareFeature::ManyAnswers) {
            return Err(Error::Unsupported {
                what: "forms for many answers",
            });
        }
        let device = self.device();
        let (keys, uid) = (
            FormKeys::generate(&mut Draw(device)),
            RequestId::generate(&mut Draw(device)),
        );
        let created = device.now();
        let not_after = created + u64::from(minutes) * 60_000;
        let session = &self.inner.session;
        let id = session.create_request(minutes, draft.answers).await?;
        let link = keys.link(uid, form, not_after, id.as_str());
        let fragment = link.to_fragment();
        let record = FormRecord {
            created,
            closed: false,
            keys: keys.to_keep().to_vec(),
            fragment: fragment.as_str().to_owned(),
            most: draft.answers,
            seen: BTreeMap::new(),
        };
        if let Err(error) = self.add_note(&id, &record).await {
            // An answer to it could never be opened.
            if session.delete_request(&id).await.is_ok() {
                self.disown_note(&id, FormRecord::close).await;
            }
            return Err(error);
        }
        Ok(CreatedForm {
            link_fragment: fragment.as_str().to_owned(),
            id,
            not_after,
            answers: draft.answers,
        })
    }

    /// This person's forms, the newest first. One that the server says nothing of is [`FormState::Unknown`].
    pub async fn forms(&self) -> Result<Vec<FormStatus>, Error> {
        self.catch_up().await?;
        self.told_forms().await
    }

    /// The forms of this bundle, and what the server says of them.
    pub(super) async fn told_forms(&self) -> Result<Vec<FormStatus>, Error> {
        let mut records = self.notes::<FormRecord>()?;
        records.sort_by_key(|(_, record)| std::cmp::Reverse(record.created));
        let mut open = records.iter().filter(|(_, record)| !record.closed).peekable();
        let listed = match open.peek() {
            Some(_) => self.listed_forms().await?,
            None => HashMap::new(),
        };
        let keeps = open.any(|(_, record)| record.most == 1) && self.keeps_answers().await;
        let mut told = Vec::new();
        for some in records.chunks(AT_ONCE) {
            let asked = some.iter().map(|(id, record)| async {
                match record.told_by(listed.get(id)) {
                    Some(told) => Ok(told),
                    None => self.ask_about(id, record).await,
                }
            });
            for answer in all(asked.collect()).await {
                told.push(answer?);
            }
        }
        let now = self.device().now();
        let forms = records.into_iter().zip(told);
        Ok(forms
            .filter_map(|((id, record), told)| record.status(id, told, keeps, now))
            .collect())
    }

    /// What the server's list says of forms: nothing where it has none, or one that cannot be read.
    async fn listed_forms(&self) -> Result<HashMap<ShareId, Requested>, Error> {
        match self.inner.session.list_requests().await {
            Ok(listed) => Ok(listed.into_iter().map(|form| (form.id.clone(), form)).collect()),
            Err(error @ (Error::Locked | Error::SessionExpired)) => Err(error),
            Err(_) => Ok(HashMap::new()),
        }
    }

    /// Asks about one form.
    async fn ask_about(&self, id: &ShareId, record: &FormRecord) -> Result<Told, Error> {
        let session = &self.inner.session;
        let counted = match record.most {
            1 => session
                .is_answered(id)
                .await
                .map(|answered| (u32::from(answered), u32::from(answered && !record.is_read()))),
            _ => session
                .read_answers(id)
                .await
                .map(|given| record.count(given.answers.iter().map(|answer| answer.secret_value.as_str()))),
        };
        match counted {
            Ok((answers, unread)) => Ok(Told::Answers { answers, unread }),
            Err(Error::NotFound) => Ok(Told::Gone),
            Err(error @ (Error::Locked | Error::SessionExpired)) => Err(error),
            Err(_) => Ok(Told::Nothing),
        }
    }

    /// Whether the server keeps answers for a week after the end of their form, as Coffer's does.
    async fn keeps_answers(&self) -> bool {
        let features = self.share_features().await.unwrap_or_default();
        features.contains(&ShareFeature::ManyAnswers)
    }

    /// Opens what somebody has filled in; of several answers the first.
    pub async fn read_form(&self, id: &ShareId) -> Result<FilledForm, Error> {
        let record: FormRecord = self.note(id).await?;
        let sealed = self.inner.session.read_answer(id).await?;
        record.open(&sealed)
    }

    /// Opens all answers to a form, and notes that they were seen: one that a server withholds later is missed then.
    pub async fn form_answers(&self, id: &ShareId) -> Result<FormAnswers, Error> {
        self.catch_up().await?;
        let record: FormRecord = self.note(id).await?;
        if record.closed {
            return Err(Error::NotFound);
        }
        let form = form_from_link(&record.fragment).map_err(|_| Error::Forged { what: "an answer" })?;
        // For many answers it was made on such a server only.
        let keeps = record.most > 1 || self.keeps_answers().await;
        let given = match self.given(id, &record).await {
            Err(Error::NotFound) => Vec::new(),
            given => given?,
        };
        let mut opened = FormAnswers {
            title: form.title,
            most: record.most,
            answers: Vec::new(),
            forged: Vec::new(),
            withheld: 0,
            erased: 0,
            kept_until: keeps.then(|| form.not_after.saturating_add(ANSWERS_KEPT)),
        };
        let mut missed = record.seen.clone();
        let mut new = BTreeSet::new();
        for (at, sealed) in given.iter().map(|given| (given.at, given.sealed.as_str())) {
            let answer = FormAnswerId::of(sealed);
            missed.remove(&answer);
            if opened.answers.iter().any(|other| other.id == answer) || opened.forged.contains(&answer) {
                continue;
            }
            let filled = match record.open(sealed) {
                Ok(filled) => filled,
                Err(Error::Forged { .. }) => {
                    opened.forged.push(answer);
                    continue;
                }
                Err(other) => return Err(other),
            };
            let mark = match record.seen.get(&answer) {
                Some(Fate::Deleted) => continue,
                Some(Fate::Kept(mark)) => *mark,
                None => {
                    new.insert(answer.clone());
                    AnswerMark::New
                }
            };
            opened.answers.push(FormAnswer {
                id: answer,
                at,
                mark,
                filled,
            });
        }
        let missed = missed.values().filter(|fate| matches!(fate, Fate::Kept(_)));
        let missed = u32::try_from(missed.count()).unwrap_or(u32::MAX);
        let is_ended = missed > 0
            && given.is_empty()
            && self
                .listed_forms()
                .await?
                .get(id)
                .is_some_and(|form| form.ended_by_admin);
        match record.are_due(keeps, self.device().now()) && !is_ended {
            true => opened.withheld = missed,
            false => opened.erased = missed,
        }
        if !new.is_empty() {
            self.change_note(id, |record: &mut FormRecord| {
                for answer in &new {
                    record
                        .seen
                        .entry(answer.clone())
                        .or_insert(Fate::Kept(AnswerMark::New));
                }
            })
            .await?;
        }
        Ok(opened)
    }

    /// Notes what became of an answer; what is noted already is not taken back.
    pub async fn mark_answer(
        &self,
        id: &ShareId,
        answer: &FormAnswerId,
        mark: AnswerMark,
    ) -> Result<(), Error> {
        let record: FormRecord = self.note(id).await?;
        match record.seen.get(answer) {
            Some(fate) if *fate < Fate::Kept(mark) => {}
            Some(_) => return Ok(()),
            None => return Err(Error::NotFound),
        }
        self.change_note(id, |record: &mut FormRecord| {
            record.note_fate(answer, Fate::Kept(mark))
        })
        .await
    }

    /// Asks the server to delete an answer, or a text that is none; it is not shown again whatever the server does, and
    /// there is room for another. Only a form for many answers can: one for a single answer is closed.
    pub async fn delete_answer(&self, id: &ShareId, answer: &FormAnswerId) -> Result<(), Error> {
        let record: FormRecord = self.note(id).await?;
        if record.most == 1 {
            return Err(Error::Unsupported {
                what: "deleting the only answer of a form",
            });
        }
        if record.seen.len() >= MOST_SEEN {
            return Err(Error::Invalid {
                field: "answer",
                why: "of a form that is closed after so many",
            });
        }
        for given in self.given(id, &record).await? {
            if let Some(there) = given.id.filter(|_| FormAnswerId::of(&given.sealed) == *answer) {
                self.inner.session.delete_answer(id, &there).await?;
            }
        }
        // What never opened is not shown in any case.
        if !record.seen.contains_key(answer) {
            return Ok(());
        }
        self.change_note(id, |record: &mut FormRecord| {
            record.note_fate(answer, Fate::Deleted)
        })
        .await
    }

    /// What the server gives out of a form's answers.
    async fn given(&self, id: &ShareId, record: &FormRecord) -> Result<Vec<Given>, Error> {
        let session = &self.inner.session;
        if record.most == 1 {
            return Ok(match session.read_answer(id).await {
                Ok(sealed) => vec![Given {
                    id: None,
                    at: None,
                    sealed,
                }],
                Err(Error::NotFound) => Vec::new(),
                Err(other) => return Err(other),
            });
        }
        let given = session.read_answers(id).await?.answers.into_iter();
        Ok(given
            .map(|answer| Given {
                at: Timestamp::to_millis(&answer.at),
                id: Some(answer.id),
                sealed: answer.secret_value,
            })
            .collect())
    }

    /// Closes a form: the server is asked to delete it with its answer, and its keys are gone from the bundle.
    pub async fn close_form(&self, id: &ShareId) -> Result<(), Error> {
        self.note::<FormRecord>(id).await?;
        self.inner.session.delete_request(id).await?;
        self.change_note(id, FormRecord::close).await
    }
}

impl FormField {
    fn of(field: &Field) -> Self {
        Self {
            kind: match field.kind {
                FieldKind::Text => FormFieldKind::Text,
                FieldKind::Dotenv => FormFieldKind::Dotenv,
                FieldKind::File => FormFieldKind::File,
            },
            label: field.label.clone(),
            hint: field.hint.clone(),
        }
    }

    fn field(&self) -> Field {
        Field {
            kind: match self.kind {
                FormFieldKind::Text => FieldKind::Text,
                FormFieldKind::Dotenv => FieldKind::Dotenv,
                FormFieldKind::File => FieldKind::File,
            },
            label: self.label.trim().to_owned(),
            hint: self.hint.trim().to_owned(),
        }
    }
}

/// What the maker's bundle remembers of a form.
#[derive(Serialize, Deserialize)]
pub(super) struct FormRecord {
    created: u64,
    closed: bool,
    keys: Vec<u8>,
    fragment: String,
    #[serde(default = "one")]
    most: u32,
    /// The answers that were seen.
    #[serde(default)]
    seen: BTreeMap<FormAnswerId, Fate>,
}

/// An answer as the server gives it out.
struct Given {
    id: Option<AnswerId>,
    at: Option<u64>,
    sealed: String,
}

/// What a server says of a form.
enum Told {
    Answers {
        answers: u32,
        unread: u32,
    },
    /// An administrator ended it.
    Ended,
    /// It knows no such form.
    Gone,
    Nothing,
}

/// What became of an answer that was seen: the later the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Fate {
    Kept(AnswerMark),
    Deleted,
}

fn one() -> u32 {
    1
}

impl FormRecord {
    fn open(&self, sealed: &str) -> Result<FilledForm, Error> {
        let what = "an answer";
        let keys = FormKeys::restore(&self.keys).ok_or(Error::Forged { what })?;
        let link = FormLink::parse(&self.fragment).map_err(|_| Error::Forged { what })?;
        let answer = keys.open(&link, sealed).map_err(|_| Error::Forged { what })?;
        let fields = link.form.fields.iter().zip(answer.fields);
        Ok(FilledForm {
            fields: fields
                .map(|(field, (content, file_name))| FilledField {
                    field: FormField::of(field),
                    content,
                    file_name,
                })
                .collect(),
            note: answer.note,
        })
    }

    /// How many answers there are, and how many of them are new. What does not open counts as none.
    fn count<'a>(&self, given: impl Iterator<Item = &'a str>) -> (u32, u32) {
        let fates: BTreeMap<FormAnswerId, Fate> = given
            .filter_map(|sealed| {
                let id = FormAnswerId::of(sealed);
                match self.seen.get(&id) {
                    Some(fate) => Some((id, *fate)),
                    None => self
                        .open(sealed)
                        .is_ok()
                        .then_some((id, Fate::Kept(AnswerMark::New))),
                }
            })
            .collect();
        let kept = |fate: &&Fate| **fate != Fate::Deleted;
        let new = |fate: &&Fate| **fate == Fate::Kept(AnswerMark::New);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (
            count(fates.values().filter(kept).count()),
            count(fates.values().filter(new).count()),
        )
    }

    /// What is known without asking about this form alone: it is closed, or the server's list says all of it. Of many
    /// answers it does where as many are there as were seen; others are opened to be counted.
    fn told_by(&self, listed: Option<&Requested>) -> Option<Told> {
        if self.closed {
            return Some(Told::Nothing);
        }
        let listed = listed?;
        if listed.ended_by_admin {
            return Some(Told::Ended);
        }
        if self.most == 1 {
            let answered = listed.is_secret_value_set?;
            return Some(Told::Answers {
                answers: u32::from(answered),
                unread: u32::from(answered && !self.is_read()),
            });
        }
        let kept = |mark: fn(AnswerMark) -> bool| {
            let fates = self.seen.values();
            let kept = fates.filter(|fate| matches!(fate, Fate::Kept(kept) if mark(*kept)));
            u32::try_from(kept.count()).unwrap_or(u32::MAX)
        };
        let answers = listed.answers?;
        (answers == kept(|_| true)).then(|| Told::Answers {
            answers,
            unread: kept(|mark| mark == AnswerMark::New),
        })
    }

    fn is_read(&self) -> bool {
        self.seen
            .values()
            .any(|fate| *fate != Fate::Kept(AnswerMark::New))
    }

    /// How it stands; `None` where its link is none.
    fn status(self, id: ShareId, told: Told, keeps: bool, now: u64) -> Option<FormStatus> {
        let form = form_from_link(&self.fragment).ok()?;
        let (answers, unread) = match told {
            Told::Answers { answers, unread } => (answers, unread),
            Told::Ended | Told::Gone | Told::Nothing => (0, 0),
        };
        let keeps = keeps || self.most > 1;
        let open = form.not_after > now;
        let is_missed = self.seen.values().any(|fate| matches!(fate, Fate::Kept(_)));
        let state = match told {
            _ if self.closed => FormState::Closed,
            Told::Ended => FormState::EndedByAdmin,
            Told::Nothing => FormState::Unknown,
            _ if answers > 0 => FormState::Answered,
            _ if is_missed && self.are_due(keeps, now) => FormState::Missing,
            Told::Gone if open => FormState::Missing,
            _ if open => FormState::Waiting,
            _ if !self.seen.is_empty() => FormState::Erased,
            _ => FormState::Expired,
        };
        let takes_more = match state {
            FormState::Answered | FormState::Unknown | FormState::Waiting => open && answers < self.most,
            _ => false,
        };
        let is_kept = keeps && !self.closed;
        Some(FormStatus {
            id,
            title: form.title,
            fields: form.fields,
            created: self.created,
            not_after: form.not_after,
            state,
            most: self.most,
            answers,
            unread,
            kept_until: is_kept.then(|| form.not_after.saturating_add(ANSWERS_KEPT)),
            link_fragment: takes_more.then(|| self.fragment.clone()),
        })
    }

    /// Whether the server still has to have its answers.
    fn are_due(&self, keeps: bool, now: u64) -> bool {
        now < self.ends().saturating_add(if keeps { ANSWERS_KEPT } else { 0 })
    }

    /// What happens to an answer is not taken back.
    fn note_fate(&mut self, answer: &FormAnswerId, fate: Fate) {
        let known = self.seen.entry(answer.clone()).or_insert(fate);
        *known = fate.max(*known);
    }

    /// Nothing sealed for it opens any more.
    fn close(&mut self) {
        self.closed = true;
        zeroize::Zeroize::zeroize(&mut self.keys);
    }
}

impl Note for FormRecord {
    const PREFIX: &'static str = "form/";
    const MOST: usize = 100;
    const PLURAL: &'static str = "forms";

    fn merge(&mut self, other: &Self) {
        for (answer, fate) in &other.seen {
            self.note_fate(answer, *fate);
        }
        if self.closed || other.closed {
            self.close();
        }
    }

    fn ends(&self) -> u64 {
        FormLink::parse(&self.fragment).map_or(u64::MAX, |link| link.not_after.saturating_mul(1_000))
    }

    /// Its answers are read for a while after its end.
    fn is_over(&self, now: u64) -> bool {
        self.closed || !self.are_due(true, now)
    }
}

impl Drop for FormRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.keys);
    }
}

/// As many forms are asked about at once.
const AT_ONCE: usize = 6;
/// A bundle does not grow with a flood.
const MOST_SEEN: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(closed: bool, seen: &[(&str, Fate)]) -> FormRecord {
        let seen = seen
            .iter()
            .map(|(answer, fate)| (FormAnswerId((*answer).to_owned()), *fate));
        FormRecord {
            created: 1,
            closed,
            keys: if closed { Vec::new() } else { vec![7; 64] },
            fragment: String::new(),
            most: 9,
            seen: seen.collect(),
        }
    }

    #[test]
    fn of_two_devices_notes_on_a_form_nothing_is_taken_back() {
        use AnswerMark::{New, Read, Used};
        let phone = [
            ("a", Fate::Kept(Used)),
            ("b", Fate::Deleted),
            ("c", Fate::Kept(New)),
        ];
        let laptop = [
            ("a", Fate::Kept(Read)),
            ("b", Fate::Kept(Used)),
            ("d", Fate::Kept(Read)),
        ];
        let all = record(
            false,
            &[
                ("a", Fate::Kept(Used)),
                ("b", Fate::Deleted),
                ("c", Fate::Kept(New)),
                ("d", Fate::Kept(Read)),
            ],
        );
        for (ours, theirs) in [(phone, laptop), (laptop, phone)] {
            for (closed, other_closed) in [(false, false), (true, false), (false, true)] {
                let mut merged = record(closed, &theirs);
                merged.merge(&record(other_closed, &ours));
                assert!(merged.seen == all.seen);
                assert_eq!(merged.closed, closed || other_closed);
                assert_eq!(merged.keys.is_empty(), merged.closed, "what was erased stays so");
            }
        }
    }
}
