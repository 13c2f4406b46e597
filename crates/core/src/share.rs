//! Share links: one secret for somebody without an account, under a key that only the link's fragment holds.
//!
//! The server gates on a token that proves link *and* passphrase, so whoever found the link alone does not even get the
//! ciphertext (docs/PROTOCOL.md §11).

use core::fmt;
use std::sync::Arc;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    SUITE,
    envelope::{self, Kind},
    error::OpenError,
    file::{FileOpener, FileSealer, ShareFiles},
    hazmat,
    id::ShareUid,
    invite::{is_server_id, is_version},
    kdf::{self, KdfProfile, StretchJob, Stretched},
    label::Label,
    pae,
    passphrase::Passphrase,
    reader::{self, Piece, Reader},
    secret::{Secret, key_type},
    value,
};

/// Why a link was not understood.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ShareLinkError {
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

/// What was to be shared does not fit.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a share holds at most {MAX_CONTENT} bytes")]
pub struct ShareTooLong;

key_type!(
    /// The root of a share (`L`): 256 random bits that exist in the link's fragment only.
    ShareSecret, 32
);

impl ShareSecret {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The job that stretches the share's passphrase.
    pub fn stretch_job(&self, passphrase: &Passphrase) -> StretchJob {
        let salt = kdf::derive::<16>(self.0.bytes(), b"", Label::SHARE_SALT, &[]);
        StretchJob::new(passphrase, *salt.bytes(), KdfProfile::Default)
    }

    /// Derives what opens the share. `passphrase` is given exactly when the share has one.
    pub fn derive(&self, passphrase: Option<&Stretched>) -> ShareKeys {
        let mut ikm = Zeroizing::new([0; 64]);
        ikm[..32].copy_from_slice(self.0.bytes());
        if let Some(stretched) = passphrase {
            ikm[32..].copy_from_slice(stretched.bytes());
        }
        let has_passphrase = passphrase.is_some();
        let flag: &[u8] = &[u8::from(has_passphrase)];
        let id = kdf::derive::<16>(self.0.bytes(), b"", Label::SHARE_ID, &[]);
        let token = kdf::derive::<32>(ikm.as_slice(), b"", Label::SHARE_TOKEN, &[flag]);
        ShareKeys {
            id: ShareUid::from_bytes(*id.bytes()),
            key: kdf::derive(ikm.as_slice(), b"", Label::SHARE_KEY, &[flag]),
            token: envelope::base64(token.bytes()),
            has_passphrase,
        }
    }
}

/// What stands after the `#` of a share's link: `v1.secret.server-id.0|1`, or `v2.…` where several files are behind it.
pub struct ShareLink {
    /// The root of the share.
    pub secret: ShareSecret,
    /// The id that the server gave it.
    pub server_id: String,
    /// Whether a passphrase is needed.
    pub has_passphrase: bool,
    /// Whether several files are behind it. A page that knows of one only says that it is too old, and uses no view.
    pub has_several: bool,
}

impl ShareLink {
    /// Reads a fragment, with or without its `#`.
    ///
    /// # Errors
    /// [`ShareLinkError`], before anything is asked of a server.
    pub fn parse(fragment: &str) -> Result<Self, ShareLinkError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.is_empty() {
            return Err(ShareLinkError::NoKey);
        }
        if fragment.len() > 512 {
            return Err(ShareLinkError::Malformed);
        }
        let mut fields = fragment.split('.');
        let has_several = match fields.next() {
            Some("v1") => false,
            Some("v2") => true,
            Some(version) if is_version(version) => return Err(ShareLinkError::Unsupported),
            _ => return Err(ShareLinkError::Malformed),
        };
        let [Some(secret), Some(server_id), Some(flag), None] = core::array::from_fn(|_| fields.next())
        else {
            return Err(ShareLinkError::Malformed);
        };
        let has_passphrase = match flag {
            "0" => false,
            "1" => true,
            _ => return Err(ShareLinkError::Malformed),
        };
        let secret = envelope::from_base64(secret)
            .map(ShareSecret)
            .ok_or(ShareLinkError::Malformed)?;
        if !is_server_id(server_id) {
            return Err(ShareLinkError::Malformed);
        }
        Ok(Self {
            secret,
            server_id: server_id.to_owned(),
            has_passphrase,
            has_several,
        })
    }

    /// The fragment, without `#`.
    pub fn to_fragment(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64 + self.server_id.len()));
        text.push_str(if self.has_several { "v2." } else { "v1." });
        text.push_str(&envelope::base64(self.secret.0.bytes()));
        text.push('.');
        text.push_str(&self.server_id);
        text.push_str(if self.has_passphrase { ".1" } else { ".0" });
        text
    }
}

impl fmt::Debug for ShareLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareLink(…)")
    }
}

/// What is shared, with a title that only the recipient sees.
pub struct ShareContent {
    /// The title; may be empty.
    pub title: Zeroizing<String>,
    /// The thing itself.
    pub body: ShareBody,
}

impl fmt::Debug for ShareContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareContent(…)")
    }
}

/// What is shared.
pub enum ShareBody {
    /// A text.
    Text(Zeroizing<String>),
    /// Secrets: names and values.
    Secrets(Vec<(String, Zeroizing<String>)>),
    /// One file or several: their pieces lie beside the share.
    Files(Arc<ShareFiles>),
}

impl ShareBody {
    fn number(&self) -> u8 {
        match self {
            Self::Text(_) => 1,
            Self::Secrets(_) => 2,
            Self::Files(files) => 3 + u8::from(files.are_several()),
        }
    }

    /// Whether it takes a link of several files.
    pub fn are_several_files(&self) -> bool {
        matches!(self, Self::Files(files) if files.are_several())
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Files(files) => return files.to_bytes(),
            Self::Secrets(secrets) => {
                let items: Vec<Zeroizing<Vec<u8>>> = secrets
                    .iter()
                    .map(|(name, value)| Zeroizing::new(pae::encode(&[name.as_bytes(), value.as_bytes()])))
                    .collect();
                let items: Vec<&[u8]> = items.iter().map(|item| item.as_slice()).collect();
                pae::encode(&items)
            }
        })
    }

    fn from_bytes(kind: u8, bytes: &[u8]) -> Result<Self, OpenError> {
        let text = |piece: &[u8]| String::read(piece).map(Zeroizing::new);
        match kind {
            1 => text(bytes).map(Self::Text),
            2 => reader::list(bytes, MAX_SECRETS, |item| {
                let [name, value] = reader::fields(item)?;
                Ok((String::read(name)?, text(value)?))
            })
            .map(Self::Secrets),
            3 => ShareFiles::one_from_bytes(bytes).map(Arc::new).map(Self::Files),
            4 => ShareFiles::several_from_bytes(bytes)
                .map(Arc::new)
                .map(Self::Files),
            _ => Err(OpenError::Forged),
        }
    }
}

/// Wipes names and values where they lie.
impl Drop for ShareBody {
    fn drop(&mut self) {
        if let Self::Secrets(secrets) = self {
            for (name, _) in secrets {
                name.zeroize();
            }
        }
    }
}

impl fmt::Debug for ShareBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareBody(…)")
    }
}

/// What opens one share: its key, and the token that its server asks for.
pub struct ShareKeys {
    id: ShareUid,
    key: Secret<32>,
    token: Zeroizing<String>,
    has_passphrase: bool,
}

impl ShareKeys {
    /// The token, 43 characters: what the server takes as the share's password.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Seals `content` until `not_after`: `cfh1.…`, at most 10,000 characters.
    ///
    /// # Errors
    /// [`ShareTooLong`].
    pub fn seal(
        &self,
        content: &ShareContent,
        not_after: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<String, ShareTooLong> {
        let body = content.body.to_bytes();
        let meta = Zeroizing::new(pae::encode(&[content.title.as_bytes(), &[content.body.number()]]));
        let secrets = matches!(&content.body, ShareBody::Secrets(secrets) if secrets.len() > MAX_SECRETS);
        if secrets || 9 + body.len() + meta.len() > BUCKET {
            return Err(ShareTooLong);
        }
        let mut nonce = [0; hazmat::NONCE];
        rng.fill_bytes(&mut nonce);
        let aad = self.aad(not_after);
        let mut bytes = vec![SUITE, u8::from(self.has_passphrase)];
        bytes.extend_from_slice(&not_after.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&hazmat::seal(
            self.key.bytes(),
            &nonce,
            &aad,
            value::lay_out(&body, &meta),
        ));
        Ok(envelope::encode(Kind::Share, &bytes))
    }

    /// Opens a share: its content, and until when it was meant to be open.
    ///
    /// # Errors
    /// [`OpenError::Forged`]: the wrong passphrase and a forged share are one answer.
    pub fn open(&self, text: &str) -> Result<(ShareContent, u64), OpenError> {
        let bytes = envelope::decode(Kind::Share, text)?;
        let mut reader = Reader(&bytes);
        reader.suite()?;
        if reader.u8()? != u8::from(self.has_passphrase) {
            return Err(OpenError::Forged);
        }
        let not_after = reader.u64()?;
        let nonce = reader.array()?;
        let plaintext = hazmat::open(self.key.bytes(), &nonce, &self.aad(not_after), reader.0)?;
        let (body, meta) = value::read_layout(&plaintext)?;
        let [title, kind] = reader::fields(meta)?;
        let content = ShareContent {
            title: Zeroizing::new(String::read(title)?),
            body: ShareBody::from_bytes(Piece::read(kind)?, body)?,
        };
        Ok((content, not_after))
    }

    /// What seals the content of the files that this share holds: once for each [`ShareFiles`].
    pub fn file_sealer(&self, files: &ShareFiles) -> FileSealer {
        FileSealer::new(files, &self.id)
    }

    /// What opens the pieces of the files that this share holds.
    pub fn file_opener(&self, files: &ShareFiles) -> FileOpener {
        FileOpener::new(files, &self.id)
    }

    fn aad(&self, not_after: u64) -> Vec<u8> {
        pae::labelled(
            Label::SHARE,
            &[
                &[SUITE],
                self.id.as_ref(),
                &[u8::from(self.has_passphrase)],
                &not_after.to_be_bytes(),
            ],
        )
    }
}

impl fmt::Debug for ShareKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareKeys(…)")
    }
}

impl zeroize::ZeroizeOnDrop for ShareKeys {}

/// The largest padded plaintext whose envelope fits the 10,000 characters that a server takes.
pub(crate) const BUCKET: usize = 7_424;
/// The most bytes of a shared text without a title.
pub const MAX_CONTENT: usize = BUCKET - 9 - 25;
/// The most secrets in one share: as many as fit with a name of one byte and without a value or title.
pub const MAX_SECRETS: usize = (BUCKET - 9 - 25 - 8) / 33;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::file::MAX_FILES;
    use crate::testing::{self, assert_every_change_is_refused};
    use proptest::prelude::*;

    fn text(title: &str, text: &str) -> ShareContent {
        ShareContent {
            title: Zeroizing::new(title.to_owned()),
            body: ShareBody::Text(Zeroizing::new(text.to_owned())),
        }
    }

    #[test]
    fn a_share_opens_with_its_link_and_passphrase_only() {
        let mut rng = testing::rng(1);
        let (secret, other) = (ShareSecret::generate(&mut rng), ShareSecret::generate(&mut rng));
        let stretched = |byte| Stretched::from_bytes(&[[1].as_slice(), &[byte; 32]].concat()).unwrap();
        let keys = secret.derive(Some(&stretched(1)));
        let blob = keys
            .seal(&text("Wi-Fi", "hunter2"), 1_700_000_000_000, &mut rng)
            .unwrap();
        let (content, not_after) = keys.open(&blob).unwrap();
        assert_eq!((content.title.as_str(), not_after), ("Wi-Fi", 1_700_000_000_000));
        assert!(matches!(&content.body, ShareBody::Text(text) if text.as_str() == "hunter2"));
        for wrong in [
            secret.derive(None),
            secret.derive(Some(&stretched(2))),
            other.derive(Some(&stretched(1))),
        ] {
            assert_eq!(wrong.open(&blob).unwrap_err(), OpenError::Forged);
            assert_ne!(wrong.token(), keys.token());
        }
        assert_eq!(keys.token().len(), 43);
    }

    #[test]
    fn every_changed_bit_of_a_share_is_refused() {
        let mut rng = testing::rng(2);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let blob = keys.seal(&text("", "x"), 5, &mut rng).unwrap();
        assert_every_change_is_refused(Kind::Share, &blob, 1, |text| keys.open(text));
    }

    #[test]
    fn the_largest_share_fits_what_a_server_takes() {
        let mut rng = testing::rng(3);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let blob = keys
            .seal(&text("", &"a".repeat(MAX_CONTENT)), 5, &mut rng)
            .unwrap();
        assert!(blob.len() <= 10_000, "{}", blob.len());
        assert_eq!(
            keys.seal(&text("", &"a".repeat(MAX_CONTENT + 1)), 5, &mut rng)
                .unwrap_err(),
            ShareTooLong
        );
        assert!(keys.open(&blob).is_ok());
    }

    #[test]
    fn a_share_holds_as_many_secrets_as_fit() {
        let mut rng = testing::rng(6);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let secrets = |count: usize, name: &str| ShareContent {
            title: Zeroizing::default(),
            body: ShareBody::Secrets(vec![(name.to_owned(), Zeroizing::default()); count]),
        };
        let blob = keys.seal(&secrets(MAX_SECRETS, "N"), 5, &mut rng).unwrap();
        let (opened, _) = keys.open(&blob).unwrap();
        assert!(matches!(&opened.body, ShareBody::Secrets(all) if all.len() == MAX_SECRETS));
        for too_many in [
            secrets(MAX_SECRETS + 1, "N"),
            secrets(MAX_SECRETS + 1, ""),
            secrets(MAX_SECRETS, "NN"),
        ] {
            assert_eq!(keys.seal(&too_many, 5, &mut rng).unwrap_err(), ShareTooLong);
        }
        assert_eq!(MAX_SECRETS, 223);
    }

    #[test]
    fn a_share_holds_as_many_files_as_their_names_leave_room_for() {
        let mut rng = testing::rng(7);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let mut seal = |count: usize, name: &str| {
            let files = ShareFiles::generate(vec![(name, 1); count], &mut rng).unwrap();
            let content = ShareContent {
                title: Zeroizing::default(),
                body: ShareBody::Files(files.into()),
            };
            keys.seal(&content, 5, &mut rng)
        };
        let blob = seal(MAX_FILES, &"n".repeat(33)).unwrap();
        assert_eq!(seal(MAX_FILES, &"n".repeat(34)).unwrap_err(), ShareTooLong);
        assert_eq!(seal(8, &"n".repeat(1_000)).unwrap_err(), ShareTooLong);
        let (opened, _) = keys.open(&blob).unwrap();
        assert!(opened.body.are_several_files());
        assert!(matches!(&opened.body, ShareBody::Files(files) if files.list().len() == MAX_FILES));
    }

    #[test]
    fn a_link_is_read_as_it_was_written_and_says_what_is_wrong_with_it() {
        let link = ShareLink {
            secret: ShareSecret::generate(&mut testing::rng(4)),
            server_id: "Ab-_9".to_owned(),
            has_passphrase: true,
            has_several: false,
        };
        let fragment = link.to_fragment();
        let read = ShareLink::parse(&format!("#{}", *fragment)).unwrap();
        assert_eq!(read.to_fragment(), fragment);
        let several = fragment.replacen("v1.", "v2.", 1);
        let read = ShareLink::parse(&several).unwrap();
        assert!(read.has_several && *read.to_fragment() == several);
        for (fragment, expected) in [
            ("", ShareLinkError::NoKey),
            ("#", ShareLinkError::NoKey),
            ("v3.x", ShareLinkError::Unsupported),
            ("v2.x", ShareLinkError::Malformed),
            ("v1.x.y.0", ShareLinkError::Malformed),
            ("hello", ShareLinkError::Malformed),
            (&fragment[..fragment.len() - 1], ShareLinkError::Malformed),
            (&fragment[..40], ShareLinkError::Malformed),
            (&fragment.replace(".1", ".2"), ShareLinkError::Malformed),
            (&fragment.replace("Ab-_9", "a/b"), ShareLinkError::Malformed),
        ] {
            assert_eq!(ShareLink::parse(fragment).unwrap_err(), expected, "{fragment}");
        }
    }

    #[test]
    fn shares_say_nothing() {
        let secret = ShareSecret::generate(&mut testing::rng(5));
        assert_eq!(format!("{:?}", secret.derive(None)), "ShareKeys(…)");
        assert_eq!(format!("{secret:?}"), "ShareSecret(…)");
        assert_eq!(format!("{:?}", text("a", "b")), "ShareContent(…)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_shared_is_opened(
            title in "\\PC{0,40}",
            secrets in proptest::collection::vec(("\\PC{1,20}", "\\PC{0,60}"), 0..8),
            not_after in any::<u64>(),
        ) {
            let mut rng = testing::rng(not_after);
            let keys = ShareSecret::generate(&mut rng).derive(None);
            let body = secrets.iter().map(|(name, value)| (name.clone(), Zeroizing::new(value.clone()))).collect();
            let content = ShareContent { title: Zeroizing::new(title.clone()), body: ShareBody::Secrets(body) };
            let blob = keys.seal(&content, not_after, &mut rng).unwrap();
            let (opened, until) = keys.open(&blob).unwrap();
            prop_assert_eq!((opened.title.as_str(), until), (title.as_str(), not_after));
            let ShareBody::Secrets(got) = &opened.body else { panic!("another kind") };
            let got: Vec<_> = got.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
            prop_assert_eq!(got, secrets);
        }

        #[test]
        fn reading_a_link_never_panics(text in "\\PC{0,80}") {
            let _ = ShareLink::parse(&text);
        }
    }
}
