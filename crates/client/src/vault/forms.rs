//! Forms: a secret asked of somebody without an account, who seals it in a browser of their own.

use super::notes::{NoteKind, encode};
use crate::api::Session;
use crate::rng::Draw;
use crate::{Device, Error, LinkError, ShareExpiry, ShareFeature, ShareId, Transport, Vault};
use coffer_core::id::RequestId;
use coffer_core::reverse::{self, Answer, Field, FieldKind, Form, FormKeys, FormLink, FormLinkError};
use coffer_wire::Timestamp;
use coffer_wire::id::AnswerId;
use coffer_wire::share::MAX_ANSWERS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// Its time is over and nobody answered.
    Expired,
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
    /// How many answers were seen before, were not deleted, and are not given out any more.
    pub withheld: u32,
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
        self.unlocked()?;
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
        let (name, note) = (NOTES.name(&id), encode(&record)?);
        let kept = self
            .flush(|bundle| {
                NOTES.prune(&mut bundle.notes, created, FormRecord::end);
                bundle.notes.insert(name.clone(), note.clone());
            })
            .await;
        if let Err(error) = kept {
            // An answer to it could never be opened.
            drop(session.delete_request(&id).await);
            return Err(error);
        }
        Ok(CreatedForm {
            link_fragment: fragment.as_str().to_owned(),
            id,
            not_after,
            answers: draft.answers,
        })
    }

    /// This person's forms, the newest first.
    pub async fn forms(&self) -> Result<Vec<FormStatus>, Error> {
        let now = self.device().now();
        let mut forms = Vec::new();
        for (id, record) in self.form_records()? {
            let Ok(form) = form_from_link(&record.fragment) else {
                continue;
            };
            let open = !record.closed && form.not_after > now;
            let (answers, unread) = match record.most {
                _ if record.closed => (0, 0),
                1 => match self.inner.session.is_answered(&id).await {
                    Ok(answered) => (u32::from(answered), u32::from(answered && !record.is_read())),
                    Err(Error::NotFound) => (0, 0),
                    Err(other) => return Err(other),
                },
                _ => match self.inner.session.read_answers(&id).await {
                    Ok(given) => {
                        record.count(given.answers.iter().map(|answer| answer.secret_value.as_str()))
                    }
                    Err(Error::NotFound) => (0, 0),
                    Err(other) => return Err(other),
                },
            };
            let state = match () {
                () if record.closed => FormState::Closed,
                () if answers > 0 => FormState::Answered,
                () if open => FormState::Waiting,
                () => FormState::Expired,
            };
            let takes_more = open && answers < record.most;
            forms.push(FormStatus {
                id,
                title: form.title,
                fields: form.fields,
                created: record.created,
                not_after: form.not_after,
                state,
                most: record.most,
                answers,
                unread,
                link_fragment: takes_more.then_some(record.fragment.clone()),
            });
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.created));
        Ok(forms)
    }

    /// Opens what somebody has filled in; of several answers the first.
    pub async fn read_form(&self, id: &ShareId) -> Result<FilledForm, Error> {
        let record = self.form_record(id)?;
        let sealed = self.inner.session.read_answer(id).await?;
        record.open(&sealed)
    }

    /// Opens all answers to a form, and notes that they were seen: one that a server withholds later is missed then.
    pub async fn form_answers(&self, id: &ShareId) -> Result<FormAnswers, Error> {
        let mut record = self.form_record(id)?;
        if record.closed {
            return Err(Error::NotFound);
        }
        let form = form_from_link(&record.fragment).map_err(|_| Error::Forged { what: "an answer" })?;
        let given = self.given(id, &record).await?;
        let mut opened = FormAnswers {
            title: form.title,
            most: record.most,
            answers: Vec::new(),
            forged: Vec::new(),
            withheld: 0,
        };
        let mut missed = record.seen.clone();
        let mut is_new = false;
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
            let fate = record.seen.entry(answer.clone()).or_insert_with(|| {
                is_new = true;
                Fate::Kept(AnswerMark::New)
            });
            let Fate::Kept(mark) = *fate else { continue };
            opened.answers.push(FormAnswer {
                id: answer,
                at,
                mark,
                filled,
            });
        }
        let missed = missed.values().filter(|fate| matches!(fate, Fate::Kept(_)));
        opened.withheld = u32::try_from(missed.count()).unwrap_or(u32::MAX);
        if is_new {
            self.keep_form(id, &record).await?;
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
        let mut record = self.form_record(id)?;
        match record.seen.get_mut(answer) {
            Some(Fate::Kept(kept)) if *kept < mark => *kept = mark,
            Some(_) => return Ok(()),
            None => return Err(Error::NotFound),
        }
        self.keep_form(id, &record).await
    }

    /// Asks the server to delete an answer, or a text that is none; it is not shown again whatever the server does, and
    /// there is room for another. Only a form for many answers can: one for a single answer is closed.
    pub async fn delete_answer(&self, id: &ShareId, answer: &FormAnswerId) -> Result<(), Error> {
        let mut record = self.form_record(id)?;
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
        match record.seen.get_mut(answer) {
            Some(fate) => *fate = Fate::Deleted,
            None => return Ok(()),
        }
        self.keep_form(id, &record).await
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

    async fn keep_form(&self, id: &ShareId, record: &FormRecord) -> Result<(), Error> {
        let (name, note) = (NOTES.name(id), encode(record)?);
        self.flush(|bundle| {
            bundle.notes.insert(name.clone(), note.clone());
        })
        .await
    }

    /// Closes a form: the server is asked to delete it with its answer, and its keys are gone from the bundle.
    pub async fn close_form(&self, id: &ShareId) -> Result<(), Error> {
        let mut record = self.form_record(id)?;
        self.inner.session.delete_request(id).await?;
        record.closed = true;
        zeroize::Zeroize::zeroize(&mut record.keys);
        self.keep_form(id, &record).await
    }

    fn form_record(&self, id: &ShareId) -> Result<FormRecord, Error> {
        let records = self.form_records()?;
        let found = records.into_iter().find(|(known, _)| known == id);
        found.map(|(_, record)| record).ok_or(Error::NotFound)
    }

    fn form_records(&self) -> Result<Vec<(ShareId, FormRecord)>, Error> {
        self.bundle(|bundle| {
            let notes = bundle.notes.iter();
            notes
                .filter_map(|(name, note)| {
                    let id = NOTES.id(name)?;
                    Some((id, serde_json::from_slice(note).ok()?))
                })
                .collect()
        })
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
struct FormRecord {
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

/// What became of an answer that was seen.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Fate {
    Deleted,
    Kept(AnswerMark),
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

    fn is_read(&self) -> bool {
        self.seen
            .values()
            .any(|fate| *fate != Fate::Kept(AnswerMark::New))
    }

    /// When it ends, in milliseconds.
    fn end(note: &[u8]) -> Option<u64> {
        let record = serde_json::from_slice::<Self>(note).ok()?;
        let link = FormLink::parse(&record.fragment).ok()?;
        Some(link.not_after * 1_000)
    }
}

impl Drop for FormRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.keys);
    }
}

const NOTES: NoteKind = NoteKind {
    prefix: "form/",
    most: 100,
};
/// A bundle does not grow with a flood.
const MOST_SEEN: usize = 500;
