//! Forms: a secret asked of somebody without an account, who seals it in a browser of their own.

use crate::api::Session;
use crate::rng::Draw;
use crate::{Device, Error, LinkError, ShareExpiry, ShareId, Transport, Vault};
use coffer_core::id::RequestId;
use coffer_core::reverse::{Answer, Field, FieldKind, Form, FormKeys, FormLink, FormLinkError};
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
}

/// How a form stands; the server says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormState {
    /// Somebody has filled it in.
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
    /// What stands after `/r#`, while it waits.
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

impl ReceivedForm {
    /// Seals what was filled in, in the order of the fields, and sends it. [`Error::NameTaken`] where somebody has
    /// answered before.
    pub(crate) async fn send<T: Transport, D: Device>(
        &self,
        session: &Session<T, D>,
        filled: Vec<(Zeroizing<Vec<u8>>, String)>,
        note: Zeroizing<String>,
    ) -> Result<(), Error> {
        let device = &session.client.device;
        if self.not_after <= device.now() {
            return Err(Error::Invalid {
                field: "form",
                why: "one whose time is not over",
            });
        }
        let answer = Answer { fields: filled, note };
        let sealed = self.link.seal(&answer, &mut Draw(device));
        let sealed = sealed.map_err(|_| Error::Invalid {
            field: "content",
            why: "at most about 7,000 bytes in all",
        })?;
        if session.is_answered(&self.id).await? {
            return Err(Error::NameTaken);
        }
        session.answer_request(&self.id, &sealed).await
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
        let device = self.device();
        let (keys, uid) = (
            FormKeys::generate(&mut Draw(device)),
            RequestId::generate(&mut Draw(device)),
        );
        let created = device.now();
        let not_after = created + u64::from(minutes) * 60_000;
        let session = &self.inner.session;
        let id = session.create_request(minutes).await?;
        let link = keys.link(uid, form, not_after, id.as_str());
        let fragment = link.to_fragment();
        let record = FormRecord {
            created,
            closed: false,
            answered: false,
            keys: keys.to_keep().to_vec(),
            fragment: fragment.as_str().to_owned(),
        };
        let (name, note) = (note_name(&id), record.encode()?);
        let kept = self
            .flush(|bundle| {
                prune(&mut bundle.notes, created);
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
            let answered = record.answered
                || !record.closed
                    && match self.inner.session.is_answered(&id).await {
                        Ok(answered) => answered,
                        Err(Error::NotFound) => false,
                        Err(other) => return Err(other),
                    };
            let state = match () {
                () if record.closed => FormState::Closed,
                () if answered => FormState::Answered,
                () if open => FormState::Waiting,
                () => FormState::Expired,
            };
            forms.push(FormStatus {
                id,
                title: form.title,
                fields: form.fields,
                created: record.created,
                not_after: form.not_after,
                state,
                link_fragment: (state == FormState::Waiting).then_some(record.fragment.clone()),
            });
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.created));
        Ok(forms)
    }

    /// Opens what somebody has filled in.
    pub async fn read_form(&self, id: &ShareId) -> Result<FilledForm, Error> {
        let record = self.form_record(id)?;
        let what = "an answer";
        let keys = FormKeys::restore(&record.keys).ok_or(Error::Forged { what })?;
        let link = FormLink::parse(&record.fragment).map_err(|_| Error::Forged { what })?;
        let sealed = self.inner.session.read_answer(id).await?;
        let answer = keys.open(&link, &sealed).map_err(|_| Error::Forged { what })?;
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

    /// Closes a form: the server is asked to delete it with its answer, and its keys are gone from the bundle.
    pub async fn close_form(&self, id: &ShareId) -> Result<(), Error> {
        let mut record = self.form_record(id)?;
        self.inner.session.delete_request(id).await?;
        record.closed = true;
        record.keys = Vec::new();
        let (name, note) = (note_name(id), record.encode()?);
        self.flush(|bundle| {
            bundle.notes.insert(name.clone(), note.clone());
        })
        .await
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
                    let id = ShareId::new(name.strip_prefix(NOTE)?);
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
    answered: bool,
    keys: Vec<u8>,
    fragment: String,
}

impl FormRecord {
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        serde_json::to_vec(self)
            .map(Zeroizing::new)
            .map_err(|error| Error::Storage(error.to_string()))
    }
}

impl Drop for FormRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.keys);
    }
}

/// Forms are remembered for thirty days after their end, and never more than a hundred.
fn prune(notes: &mut BTreeMap<String, Zeroizing<Vec<u8>>>, now: u64) {
    let mut ends: Vec<(u64, String)> = notes
        .iter()
        .filter(|(name, _)| name.starts_with(NOTE))
        .map(|(name, note)| {
            let record = serde_json::from_slice::<FormRecord>(note).ok();
            let link = record.and_then(|record| FormLink::parse(&record.fragment).ok());
            (link.map_or(0, |link| link.not_after * 1_000), name.clone())
        })
        .collect();
    ends.sort();
    let most = ends.len().saturating_sub(KEEP_MOST);
    for (index, (end, name)) in ends.into_iter().enumerate() {
        if index < most || end + KEEP_MS < now {
            notes.remove(&name);
        }
    }
}

fn note_name(id: &ShareId) -> String {
    format!("{NOTE}{id}")
}

const NOTE: &str = "form/";
const KEEP_MS: u64 = 30 * 24 * 3600 * 1000;
const KEEP_MOST: usize = 100;
