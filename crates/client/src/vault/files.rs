//! Files behind links: sealed and sent piece by piece, fetched and opened the same way. Neither side ever holds more of one
//! than a piece, and after a lost connection both go on where they were.

use super::sharing::{CreatedShare, ShareContent, ShareDraft};
use crate::api::Session;
use crate::rng::Draw;
use crate::{Device, Error, RevealError, Token, Transport, Vault};
use coffer_core::file::{FileOpener, FileSealer, PIECE, ShareFiles};
use coffer_core::share::{ShareBody, ShareKeys};
use coffer_wire::id::ShareId;
use coffer_wire::share::FILE_PIECE;
use std::ops::Range;
use std::sync::Arc;
use zeroize::Zeroizing;

// What a server takes as a piece is what the protocol seals as one.
const _: () = assert!(PIECE as u64 + 16 == FILE_PIECE);

/// Files on their way to the server. Whoever holds this can go on after a lost connection; once it is dropped nobody can, and
/// the server forgets what was sent within a day.
///
/// What is sealed is sealed once: what has to be sent again is the same bytes. A file that was changed meanwhile would
/// otherwise be sealed under nonces that were used.
pub struct FileUpload<T, D> {
    vault: Vault<T, D>,
    created: CreatedShare,
    files: Arc<ShareFiles>,
    sealer: FileSealer,
    /// The number of the piece that is sent next.
    number: u32,
    /// How many bytes of the files have been sealed.
    sealed: u64,
    /// A piece that was sealed and that the server has not acknowledged, and how many bytes of the files are in it.
    waiting: Option<(Vec<u8>, u64)>,
    is_noted: bool,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Makes the link of one file or several: `draft.content` is [`ShareContent::Files`]. It opens once everything was sent.
    pub async fn send_files(&self, draft: ShareDraft) -> Result<FileUpload<T, D>, Error> {
        let ShareContent::Files(files) = &draft.content else {
            return Err(Error::Invalid {
                field: "content",
                why: "files",
            });
        };
        let size = files
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.size));
        let most = self.share_file_limit().await?;
        let most = most.ok_or(Error::Unsupported {
            what: "links for files",
        })?;
        if size > most {
            return Err(Error::TooLarge);
        }
        let listed = files.iter().map(|file| (file.name.as_str(), file.size));
        let files = ShareFiles::generate(listed, &mut Draw(self.device()));
        let files = files.map(Arc::new).map_err(|_| Error::Invalid {
            field: "file",
            why: "1 to 100 of them, with names of at most 1,000 bytes, and at most 1 GiB",
        })?;
        let body = ShareBody::Files(Arc::clone(&files));
        let (created, keys) = self.make_share(draft, body).await?;
        Ok(FileUpload {
            vault: self.clone(),
            created,
            sealer: keys.file_sealer(&files),
            files,
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

    /// How many bytes the server has acknowledged, of all files together.
    pub fn sent(&self) -> u64 {
        self.sealed - self.waiting.as_ref().map_or(0, |(_, content)| *content)
    }

    /// Whether everything is there.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_none() && self.sealer.wants().is_none()
    }

    /// Sends the rest. `read` gives the bytes of a range of the file at a place in the list, `told` hears how many bytes are
    /// there, of all files together. After an error, or when the future was dropped, the same call goes on.
    pub async fn send(
        &mut self,
        mut read: impl AsyncFnMut(usize, Range<u64>) -> Result<Zeroizing<Vec<u8>>, Error>,
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
            let changed = Error::Invalid {
                field: "file",
                why: "one that does not change while it is sent",
            };
            let mut content = Zeroizing::new(Vec::with_capacity(wants));
            for (place, range) in self.files.parts(self.sealed, wants as u64) {
                let length = range.end - range.start;
                let part = read(place, range).await?;
                // What one file has too much of is not the beginning of the next.
                if part.len() as u64 != length {
                    return Err(changed);
                }
                content.extend_from_slice(&part);
            }
            let piece = self.sealer.seal(&content).map_err(|_| changed)?;
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

/// Files whose share was opened: what fetches them for the next hour, without a view.
#[derive(Clone)]
pub struct ReceivedFiles(Arc<Received>);

struct Received {
    id: ShareId,
    files: Arc<ShareFiles>,
    keys: ShareKeys,
    token: Token,
}

impl ReceivedFiles {
    pub(super) fn new(id: ShareId, files: Arc<ShareFiles>, keys: ShareKeys, token: String) -> Self {
        Self(Arc::new(Received {
            id,
            files,
            keys,
            token: Token::new(token),
        }))
    }
}

impl std::fmt::Debug for ReceivedFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceivedFiles(…)")
    }
}

/// Files on their way from the server. After a lost connection [`FileDownload::next`] goes on.
pub struct FileDownload<T, D> {
    session: Session<T, D>,
    received: ReceivedFiles,
    opener: FileOpener,
    fetched: u64,
}

impl<T: Transport, D: Device> FileDownload<T, D> {
    pub(crate) fn new(session: Session<T, D>, received: &ReceivedFiles) -> Self {
        Self {
            session,
            opener: received.0.keys.file_opener(&received.0.files),
            received: received.clone(),
            fetched: 0,
        }
    }

    /// How many bytes were fetched and verified, of all files together.
    pub fn fetched(&self) -> u64 {
        self.fetched
    }

    /// Fetches the next piece and opens it; `None` once the end was verified. Nothing may be shown as a file before, not even
    /// one of which every byte is there.
    pub async fn next(&mut self) -> Result<Option<FilePiece>, RevealError> {
        let Some(number) = self.opener.wants() else {
            return Ok(None);
        };
        let Received { id, token, .. } = &*self.received.0;
        let sealed = self.session.fetch_piece(id, token, number).await?;
        let content = self.opener.open(&sealed).map_err(|_| RevealError::Damaged)?;
        let start = self.fetched;
        self.fetched += content.len() as u64;
        Ok(Some(FilePiece {
            content,
            start,
            files: Arc::clone(&self.received.0.files),
        }))
    }
}

impl<T, D> std::fmt::Debug for FileDownload<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileDownload(…)")
    }
}

/// A piece of files that follow one another: the end of one and the beginning of the next may be in it, and whole files.
pub struct FilePiece {
    content: Zeroizing<Vec<u8>>,
    /// Where it begins, of all files together.
    start: u64,
    files: Arc<ShareFiles>,
}

impl FilePiece {
    /// What follows next of which file, by its place in the list. Files without a byte are no part of any piece.
    pub fn parts(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut rest = self.content.as_slice();
        let parts = self.files.parts(self.start, self.content.len() as u64);
        parts.map(move |(place, range)| {
            // No part is longer than the piece.
            let (part, after) = rest.split_at((range.end - range.start) as usize);
            rest = after;
            (place, part)
        })
    }
}

impl std::fmt::Debug for FilePiece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilePiece(…)")
    }
}
