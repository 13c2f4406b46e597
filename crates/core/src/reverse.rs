//! Reverse shares: a form by which somebody without an account sends a secret to who made it.
//!
//! The link's fragment holds a public key and a pre-shared secret that no server ever sees, so a server can neither
//! exchange the key nor make an answer: HPKE in `mode_psk` (RFC 9180 §5.1.2) opens only what was sealed with both
//! (docs/PROTOCOL.md §12).

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    error::OpenError,
    hazmat,
    id::{Digest, RequestId},
    invite::{is_server_id, is_version},
    label::Label,
    pae,
    reader::{self, Piece, Reader},
    secret::Secret,
    share::BUCKET,
    value,
};

/// Why a link was not understood.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum FormLinkError {
    /// It is cut off or was changed on its way.
    #[error("this link is incomplete: ask for it again")]
    Malformed,
    /// There is nothing after the `#`.
    #[error("this link has no key in it: ask for the whole link")]
    NoKey,
    /// It was made by a newer version.
    #[error("this link was made by a newer version of Coffer")]
    Unsupported,
}

/// An answer does not fit.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an answer holds at most {BUCKET} bytes")]
pub struct AnswerTooLong;

/// What a field is filled with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldKind {
    /// A line or a text.
    Text,
    /// Names and values, as in a `.env` file.
    Dotenv,
    /// A file.
    File,
}

impl FieldKind {
    const fn number(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Dotenv => 2,
            Self::File => 3,
        }
    }

    fn from_number(number: u8) -> Result<Self, OpenError> {
        match number {
            1 => Ok(Self::Text),
            2 => Ok(Self::Dotenv),
            3 => Ok(Self::File),
            _ => Err(OpenError::UnknownKind),
        }
    }
}

/// A field of a form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// What it is filled with.
    pub kind: FieldKind,
    /// What it is called.
    pub label: String,
    /// What helps to fill it in; may be empty.
    pub hint: String,
}

/// A form, in the words of who asks. It travels in the link, so that no server can put words into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Form {
    /// What it is about, and who asks; may be empty.
    pub title: String,
    /// What is asked for.
    pub fields: Vec<Field>,
}

impl Form {
    /// Whether it has a field, and its texts are of a sane length.
    pub fn is_sound(&self) -> bool {
        let short = |text: &String, most: usize| text.chars().count() <= most;
        (1..=MAX_FIELDS).contains(&self.fields.len())
            && short(&self.title, 200)
            && self.fields.iter().all(|field| {
                !field.label.trim().is_empty() && short(&field.label, 80) && short(&field.hint, 200)
            })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let fields: Vec<Vec<u8>> = self
            .fields
            .iter()
            .map(|field| {
                pae::encode(&[
                    [field.kind.number()].as_slice(),
                    field.label.as_bytes(),
                    field.hint.as_bytes(),
                ])
            })
            .collect();
        pae::encode(&[self.title.as_bytes(), &pae::encode(&fields)])
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [title, fields] = reader::fields(bytes)?;
        let form = Self {
            title: String::read(title)?,
            fields: reader::list(fields, MAX_FIELDS, |field| {
                let [kind, label, hint] = reader::fields(field)?;
                Ok(Field {
                    kind: FieldKind::from_number(Piece::read(kind)?)?,
                    label: String::read(label)?,
                    hint: String::read(hint)?,
                })
            })?,
        };
        if form.is_sound() {
            Ok(form)
        } else {
            Err(OpenError::Forged)
        }
    }
}

/// What opens the answers to one form. It stays in the maker's sealed bundle.
pub struct FormKeys {
    seed: Secret<32>,
    private: Secret<32>,
    public: [u8; 32],
    psk: Secret<32>,
}

impl FormKeys {
    /// Makes new ones.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::from_parts(Secret::random(rng), Secret::random(rng))
    }

    fn from_parts(seed: Secret<32>, psk: Secret<32>) -> Self {
        let (private, public) = hazmat::hpke_derive(seed.bytes());
        Self {
            seed,
            private,
            public,
            psk,
        }
    }

    /// Takes what a bundle has kept.
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let (seed, psk) = bytes.split_at_checked(32)?;
        Some(Self::from_parts(
            Secret::from_slice(seed)?,
            Secret::from_slice(psk)?,
        ))
    }

    /// What a bundle keeps.
    pub fn to_keep(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.seed.bytes().as_slice(), self.psk.bytes()].concat())
    }

    /// The link of a form, for who is to fill it in.
    pub fn link(&self, id: RequestId, form: Form, not_after: u64, server_id: &str) -> FormLink {
        FormLink {
            public: self.public,
            psk: Secret::copied(self.psk.bytes()),
            id,
            not_after: not_after / 1_000,
            server_id: server_id.to_owned(),
            form,
        }
    }

    /// Opens an answer to the form of a link of these keys.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong: it was sealed by somebody who has the whole link, for just this form.
    pub fn open(&self, link: &FormLink, text: &str) -> Result<Answer, OpenError> {
        let bytes = envelope::decode(Kind::Answer, text)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        let enc = reader.array()?;
        let padded = hazmat::hpke_open(
            self.private.bytes(),
            Some((self.psk.bytes(), &link.psk_id())),
            &enc,
            &link.info(&self.public),
            b"",
            reader.0,
        )?;
        let (content, []) = value::read_layout(&padded)? else {
            return Err(OpenError::Forged);
        };
        Answer::from_bytes(content, &link.form)
    }
}

impl fmt::Debug for FormKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormKeys(…)")
    }
}

/// What stands after the `#` of a form's link: `v1.public.psk.id.seconds.server-id.form`.
pub struct FormLink {
    public: [u8; 32],
    psk: Secret<32>,
    /// The form's own id.
    pub id: RequestId,
    /// Until when it may be answered, in seconds since 1970.
    pub not_after: u64,
    /// The id that the server gave it.
    pub server_id: String,
    /// The form.
    pub form: Form,
}

impl FormLink {
    /// Reads a fragment, with or without its `#`.
    ///
    /// # Errors
    /// [`FormLinkError`], before anything is asked of a server.
    pub fn parse(fragment: &str) -> Result<Self, FormLinkError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.is_empty() {
            return Err(FormLinkError::NoKey);
        }
        if fragment.len() > MAX_LINK {
            return Err(FormLinkError::Malformed);
        }
        let mut fields = fragment.split('.');
        match fields.next() {
            Some("v1") => {}
            Some(version) if is_version(version) => return Err(FormLinkError::Unsupported),
            _ => return Err(FormLinkError::Malformed),
        }
        let [
            Some(public),
            Some(psk),
            Some(id),
            Some(until),
            Some(server_id),
            Some(form),
            None,
        ] = core::array::from_fn(|_| fields.next())
        else {
            return Err(FormLinkError::Malformed);
        };
        let bad = FormLinkError::Malformed;
        let public: Secret<32> = envelope::from_base64(public).ok_or(bad)?;
        let id: Secret<16> = envelope::from_base64(id).ok_or(bad)?;
        let not_after: u64 = until
            .parse()
            .ok()
            .filter(|s: &u64| s.to_string() == until)
            .ok_or(bad)?;
        let form = envelope::decode_base64(form).ok_or(bad)?;
        if !is_server_id(server_id) || not_after > u64::MAX / 1_000 {
            return Err(bad);
        }
        Ok(Self {
            public: *public.bytes(),
            psk: envelope::from_base64(psk).ok_or(bad)?,
            id: RequestId::from_bytes(*id.bytes()),
            not_after,
            server_id: server_id.to_owned(),
            form: Form::from_bytes(&form).map_err(|error| match error {
                OpenError::UnknownKind => FormLinkError::Unsupported,
                _ => bad,
            })?,
        })
    }

    /// The fragment, without `#`.
    pub fn to_fragment(&self) -> Zeroizing<String> {
        let (public, psk) = (envelope::base64(&self.public), envelope::base64(self.psk.bytes()));
        let (id, form) = (
            envelope::base64(self.id.as_ref()),
            envelope::base64(&self.form.to_bytes()),
        );
        Zeroizing::new(format!(
            "v1.{}.{}.{}.{}.{}.{}",
            *public, *psk, *id, self.not_after, self.server_id, *form
        ))
    }

    /// Seals an answer for who made the form: `cfa1.…`, at most 10,000 characters.
    ///
    /// # Errors
    /// [`AnswerTooLong`], also for a link whose key is none.
    pub fn seal(&self, answer: &Answer, rng: &mut impl CryptoRng) -> Result<String, AnswerTooLong> {
        let content = answer.to_bytes();
        if 9 + content.len() > BUCKET || answer.fields.len() != self.form.fields.len() {
            return Err(AnswerTooLong);
        }
        let padded = Zeroizing::new(value::lay_out(&content, b""));
        let psk_id = self.psk_id();
        let sealed = hazmat::hpke_seal(
            &self.public,
            Some((self.psk.bytes(), &psk_id)),
            &self.info(&self.public),
            b"",
            &padded,
            rng,
        );
        let (enc, ct) = sealed.map_err(|_| AnswerTooLong)?;
        let mut bytes = vec![SUITE];
        bytes.extend_from_slice(&enc);
        bytes.extend_from_slice(&ct);
        Ok(envelope::encode(Kind::Answer, &bytes))
    }

    fn psk_id(&self) -> Vec<u8> {
        pae::labelled(Label::REVERSE, &[self.id.as_ref()])
    }

    fn info(&self, public: &[u8; 32]) -> Vec<u8> {
        let form = Digest::from_bytes(hazmat::sha256(&self.form.to_bytes()));
        pae::labelled(
            Label::REVERSE_INFO,
            &[
                &[SUITE],
                self.id.as_ref(),
                public,
                &self.not_after.to_be_bytes(),
                form.as_ref(),
            ],
        )
    }
}

impl fmt::Debug for FormLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormLink(…)")
    }
}

/// Tells sealed answers apart: sealing draws a key each time, and a text has one encoding. Who shows one twice shows the
/// same.
pub fn answer_hash(text: &str) -> Digest {
    envelope::ct_hash(text)
}

/// What somebody has filled in.
#[derive(Eq, PartialEq)]
pub struct Answer {
    /// In the order of the form: the content, and of a file its name.
    pub fields: Vec<(Zeroizing<Vec<u8>>, String)>,
    /// A remark by who filled it in; may be empty.
    pub note: Zeroizing<String>,
}

impl Answer {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let fields: Vec<Zeroizing<Vec<u8>>> = self
            .fields
            .iter()
            .map(|(content, name)| Zeroizing::new(pae::encode(&[content.as_slice(), name.as_bytes()])))
            .collect();
        let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_slice()).collect();
        let fields = Zeroizing::new(pae::encode(&fields));
        Zeroizing::new(pae::encode(&[fields.as_slice(), self.note.as_bytes()]))
    }

    fn from_bytes(bytes: &[u8], form: &Form) -> Result<Self, OpenError> {
        let [fields, note] = reader::fields(bytes)?;
        let fields = reader::list(fields, MAX_FIELDS, |field| {
            let [content, name] = reader::fields(field)?;
            Ok((Zeroizing::new(content.to_vec()), String::read(name)?))
        })?;
        let fits = form
            .fields
            .iter()
            .zip(&fields)
            .all(|(field, (content, name))| match field.kind {
                FieldKind::File => true,
                _ => name.is_empty() && core::str::from_utf8(content).is_ok(),
            });
        if fields.len() != form.fields.len() || !fits {
            return Err(OpenError::Forged);
        }
        Ok(Self {
            fields,
            note: Zeroizing::new(String::read(note)?),
        })
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(…)")
    }
}

/// The most fields of a form.
pub const MAX_FIELDS: usize = 20;
/// A form of so many fields with long hints still fits.
const MAX_LINK: usize = 12_000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing;

    fn form() -> Form {
        let field = |kind, label: &str| Field {
            kind,
            label: label.to_owned(),
            hint: String::new(),
        };
        Form {
            title: "For the release, asks Mara".to_owned(),
            fields: vec![
                field(FieldKind::Text, "API key"),
                field(FieldKind::Dotenv, "Settings"),
                field(FieldKind::File, "Certificate"),
            ],
        }
    }

    fn answer() -> Answer {
        let content = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
        Answer {
            fields: vec![
                (content("sk_live_1"), String::new()),
                (content("A=1"), String::new()),
                (Zeroizing::new(vec![0, 159, 146]), "cert.der".to_owned()),
            ],
            note: Zeroizing::new("expires in May".to_owned()),
        }
    }

    fn made() -> (FormKeys, FormLink) {
        let rng = &mut testing::rng(1);
        let keys = FormKeys::generate(rng);
        let link = keys.link(RequestId::generate(rng), form(), 90_000, "server-id_1");
        (keys, link)
    }

    #[test]
    fn an_answer_is_opened_by_who_asked() {
        let (keys, link) = made();
        let filled = FormLink::parse(&format!("#{}", *link.to_fragment())).unwrap();
        assert_eq!(filled.form, form());
        let text = filled.seal(&answer(), &mut testing::rng(2)).unwrap();
        assert!(text.len() <= 10_000);
        let kept = FormKeys::restore(&keys.to_keep()).unwrap();
        assert_eq!(kept.open(&link, &text), Ok(answer()));
        testing::assert_every_change_is_refused(Kind::Answer, &text, 1, |text| keys.open(&link, text));
    }

    #[test]
    fn without_the_whole_link_nothing_is_sealed_that_opens() {
        let (keys, link) = made();
        let other = FormKeys::generate(&mut testing::rng(9));
        let with = |change: fn(&mut FormLink, &FormKeys)| {
            let mut link = FormLink::parse(&link.to_fragment()).unwrap();
            change(&mut link, &other);
            link.seal(&answer(), &mut testing::rng(3)).unwrap()
        };
        for text in [
            with(|link, other| link.psk = Secret::copied(other.psk.bytes())),
            with(|link, other| link.public = other.public),
            with(|link, _| link.id = RequestId::from_bytes([7; 16])),
            with(|link, _| link.not_after += 1),
            with(|link, _| link.form.fields[0].label = "Password".to_owned()),
            with(|link, _| link.form.title.push('!')),
        ] {
            assert_eq!(keys.open(&link, &text), Err(OpenError::Forged));
        }
    }

    #[test]
    fn a_link_has_one_form_and_says_what_is_wrong_with_another() {
        let (_, link) = made();
        let fragment = link.to_fragment();
        for length in 1..fragment.len() {
            assert!(FormLink::parse(&fragment[..length]).is_err(), "{length}");
        }
        assert_eq!(FormLink::parse("#").unwrap_err(), FormLinkError::NoKey);
        assert_eq!(
            FormLink::parse(&fragment.replacen("v1", "v2", 1)).unwrap_err(),
            FormLinkError::Unsupported
        );
        for wrong in [
            fragment.replace(".90.", ".090."),
            format!("{}.", *fragment),
            fragment.replace(".server", ".ser/ver"),
        ] {
            assert_eq!(
                FormLink::parse(&wrong).unwrap_err(),
                FormLinkError::Malformed,
                "{wrong}"
            );
        }
        let empty = Form {
            fields: Vec::new(),
            ..form()
        };
        assert!(!empty.is_sound());
    }

    #[test]
    fn what_does_not_fit_is_said_before_it_is_sent() {
        let (_, link) = made();
        let mut long = answer();
        long.fields[0].0 = Zeroizing::new(vec![b'x'; BUCKET]);
        assert_eq!(link.seal(&long, &mut testing::rng(4)), Err(AnswerTooLong));
        let mut short = answer();
        short.fields.pop();
        assert_eq!(link.seal(&short, &mut testing::rng(4)), Err(AnswerTooLong));
    }
}
