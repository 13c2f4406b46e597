//! Files behind links: sealed and sent piece by piece, fetched and opened the same way. Neither side ever holds more of one
//! than a piece, and after a lost connection both go on where they were.

use super::sharing::{CreatedShare, ShareContent, ShareDraft, SharedFile};
use crate::api::Session;
use crate::rng::Draw;
use crate::{Device, Error, RevealError, Token, Transport, Vault};
use coffer_core::file::{FileOpener, FileSealer, PIECE, ShareFile};
use coffer_core::share::{ShareBody, ShareKeys};
use coffer_wire::id::ShareId;
use coffer_wire::share::FILE_PIECE;
use std::ops::Range;
use std::sync::Arc;
use zeroize::Zeroizing;

// What a server takes as a piece is what the protocol seals as one.
const _: () = assert!(PIECE as u64 + 16 == FILE_PIECE);

/// A file on its way to the server. Whoever holds this can go on after a lost connection; once it is dropped nobody can, and
/// the server forgets what was sent within a day.
///
/// What is sealed is sealed once: what has to be sent again is the same bytes. A file that was changed meanwhile would
/// otherwise be sealed under nonces that were used.
pub struct FileUpload<T, D> {
    vault: Vault<T, D>,
    created: CreatedShare,
    file: SharedFile,
    sealer: FileSealer,
    /// The number of the piece that is sent next.
    number: u32,
    /// What of the file has been sealed.
    sealed: u64,
    /// A piece that was sealed and that the server has not acknowledged, and its share of the file.
    waiting: Option<(Vec<u8>, u64)>,
    is_noted: bool,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Makes the link of a file: `draft.content` is a [`ShareContent::File`]. It opens once everything was sent.
    pub async fn send_file(&self, draft: ShareDraft) -> Result<FileUpload<T, D>, Error> {
        let ShareContent::File(file) = &draft.content else {
            return Err(Error::Invalid {
                field: "content",
                why: "a file",
            });
        };
        let file = file.clone();
        let most = self.share_file_limit().await?;
        let most = most.ok_or(Error::Unsupported {
            what: "links for files",
        })?;
        if file.size > most {
            return Err(Error::TooLarge);
        }
        let sealed = ShareFile::generate(&file.name, file.size, &mut Draw(self.device()));
        let sealed = sealed.map_err(|_| Error::Invalid {
            field: "file",
            why: "a name of at most 1,000 bytes, and at most 1 GiB",
        })?;
        let sealed = Arc::new(sealed);
        let body = ShareBody::File(Arc::clone(&sealed));
        let (created, keys) = self.make_share(draft, body).await?;
        Ok(FileUpload {
            vault: self.clone(),
            created,
            sealer: keys.file_sealer(&sealed),
            file,
            number: 0,
            sealed: 0,
            waiting: None,
            is_noted: false,
        })
    }
}

impl<T: Transport, D: Device> FileUpload<T, D> {
    /// The link that was made.
    pub fn created(&self) -> &CreatedShare {
        &self.created
    }

    /// What is sent.
    pub fn file(&self) -> &SharedFile {
        &self.file
    }

    /// How many bytes of the file the server has acknowledged.
    pub fn sent(&self) -> u64 {
        self.sealed - self.waiting.as_ref().map_or(0, |(_, content)| *content)
    }

    /// Whether everything is there.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_none() && self.sealer.wants().is_none()
    }

    /// Sends the rest of the file. `read` gives the bytes of a range of it, `told` hears how many bytes are there. After an
    /// error, or when the future was dropped, the same call goes on.
    pub async fn send(
        &mut self,
        mut read: impl AsyncFnMut(Range<u64>) -> Result<Zeroizing<Vec<u8>>, Error>,
        mut told: impl FnMut(u64),
    ) -> Result<CreatedShare, Error> {
        loop {
            if let Some((piece, _)) = &self.waiting {
                let session = &self.vault.inner.session;
                session.add_piece(&self.created.id, self.number, piece).await?;
                self.waiting = None;
                self.number += 1;
                told(self.sealed);
            }
            let Some(wants) = self.sealer.wants() else { break };
            let content = read(self.sealed..self.sealed + wants as u64).await?;
            let piece = self.sealer.seal(&content).map_err(|_| Error::Invalid {
                field: "file",
                why: "one that does not change while it is sent",
            })?;
            self.sealed += wants as u64;
            self.waiting = Some((piece, wants as u64));
        }
        if !self.is_noted {
            // Only what the list says after the server has forgotten the link depends on it.
            drop(self.vault.file_is_sent(&self.created.id).await);
            self.is_noted = true;
        }
        Ok(self.created.clone())
    }

    /// Takes the link back, with everything that was sent.
    pub async fn cancel(&self) -> Result<(), Error> {
        self.vault.revoke_share(&self.created.id).await
    }
}

impl<T, D> std::fmt::Debug for FileUpload<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileUpload(…)")
    }
}

/// A file whose share was opened: what fetches it for the next hour, without a view.
#[derive(Clone)]
pub struct ReceivedFile(Arc<Received>);

struct Received {
    id: ShareId,
    file: Arc<ShareFile>,
    keys: ShareKeys,
    token: Token,
}

impl ReceivedFile {
    pub(super) fn new(id: ShareId, file: Arc<ShareFile>, keys: ShareKeys, token: String) -> Self {
        Self(Arc::new(Received {
            id,
            file,
            keys,
            token: Token::new(token),
        }))
    }
}

impl std::fmt::Debug for ReceivedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceivedFile(…)")
    }
}

/// A file on its way from the server. After a lost connection [`FileDownload::next`] goes on.
pub struct FileDownload<T, D> {
    session: Session<T, D>,
    received: ReceivedFile,
    opener: FileOpener,
    fetched: u64,
}

impl<T: Transport, D: Device> FileDownload<T, D> {
    pub(crate) fn new(session: Session<T, D>, received: &ReceivedFile) -> Self {
        Self {
            session,
            opener: received.0.keys.file_opener(&received.0.file),
            received: received.clone(),
            fetched: 0,
        }
    }

    /// How many bytes of the file were fetched and verified.
    pub fn fetched(&self) -> u64 {
        self.fetched
    }

    /// Fetches the next piece and opens it; `None` once the end was verified. Nothing may be shown as the file before.
    pub async fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, RevealError> {
        let Some(number) = self.opener.wants() else {
            return Ok(None);
        };
        let Received { id, token, .. } = &*self.received.0;
        let sealed = self.session.fetch_piece(id, token, number).await?;
        let piece = self.opener.open(&sealed).map_err(|_| RevealError::Damaged)?;
        self.fetched += piece.len() as u64;
        Ok(Some(piece))
    }
}

impl<T, D> std::fmt::Debug for FileDownload<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileDownload(…)")
    }
}
