//! A file in a share: sealed in pieces, each bound to its place and to the end.
//!
//! The share itself holds [`ShareFile`]: the name, the exact size and a secret of this file alone. Its content is sealed by
//! STREAM over XChaCha20-Poly1305, piece by piece, so that neither side ever holds more than one. Pieces that were
//! swapped, repeated, left out, cut, appended or taken from another file do not open, and the end cannot be faked
//! (docs/PROTOCOL.md §11).

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    error::OpenError,
    hazmat::{self, StreamOpener, StreamSealer},
    id::ShareUid,
    kdf,
    label::Label,
    padme, pae,
    reader::{self, Piece, Reader},
    secret::Secret,
};

/// What was given is not the next piece: its length differs.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("this is not the length of the next piece")]
pub struct WrongLength;

/// The name or the size is beyond what a share may hold.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a file has a name of at most {MAX_NAME} bytes and at most {MAX_SIZE} bytes")]
pub struct FileTooLarge;

/// What a share says of its file: enough to open the pieces and to know when they are all there.
pub struct ShareFile {
    name: Zeroizing<String>,
    size: u64,
    secret: Secret<32>,
}

impl ShareFile {
    /// Describes a file of `size` bytes, with a secret that seals it once and nothing else.
    ///
    /// # Errors
    /// [`FileTooLarge`].
    pub fn generate(name: &str, size: u64, rng: &mut impl CryptoRng) -> Result<Self, FileTooLarge> {
        if name.len() > MAX_NAME || size > MAX_SIZE {
            return Err(FileTooLarge);
        }
        Ok(Self {
            name: Zeroizing::new(name.to_owned()),
            size,
            secret: Secret::random(rng),
        })
    }

    /// The name, as its sender gave it: anything that is a text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes its pieces have together: all that a server learns of the size.
    pub fn sealed_size(&self) -> u64 {
        let padded = padded(self.size);
        padded + padded.div_ceil(PIECE as u64) * hazmat::TAG as u64
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(pae::encode(&[
            self.name.as_bytes(),
            &self.size.to_be_bytes(),
            self.secret.bytes(),
        ]))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [name, size, secret] = reader::fields(bytes)?;
        let file = Self {
            name: Zeroizing::new(String::read(name)?),
            size: Piece::read(size)?,
            secret: Secret::from_slice(secret).ok_or(OpenError::Forged)?,
        };
        match file.name.len() <= MAX_NAME && file.size <= MAX_SIZE {
            true => Ok(file),
            false => Err(OpenError::Forged),
        }
    }

    /// Key and prefix of the stream, and what is authenticated with every piece.
    fn derive(&self, share: &ShareUid) -> (Secret<32>, [u8; hazmat::STREAM_PREFIX], Vec<u8>) {
        let derived = kdf::derive::<{ 32 + hazmat::STREAM_PREFIX }>(
            self.secret.bytes(),
            b"",
            Label::SHARE_FILE,
            &[share.as_ref()],
        );
        let mut reader = Reader(derived.bytes());
        let (mut key, mut prefix) = (Zeroizing::new([0; 32]), [0; hazmat::STREAM_PREFIX]);
        if let (Ok(first), Ok(second)) = (reader.array(), reader.array()) {
            (*key, prefix) = (first, second);
        }
        let aad = pae::labelled(
            Label::SHARE_FILE,
            &[&[SUITE], share.as_ref(), &self.size.to_be_bytes()],
        );
        (Secret::copied(&key), prefix, aad)
    }
}

impl fmt::Debug for ShareFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareFile(…)")
    }
}

/// Seals the content of one file, once and in order: no key ever seals two contents at one place, whatever happens to the
/// connection. What was sealed may be sent again.
pub struct FileSealer {
    stream: Option<StreamSealer>,
    aad: Vec<u8>,
    plan: Plan,
}

impl FileSealer {
    pub(crate) fn new(file: &ShareFile, share: &ShareUid) -> Self {
        let (key, prefix, aad) = file.derive(share);
        Self {
            stream: Some(StreamSealer::new(key.bytes(), &prefix)),
            aad,
            plan: Plan::new(file.size),
        }
    }

    /// How many bytes of content the next piece takes; `None` after the last one.
    pub fn wants(&self) -> Option<usize> {
        self.plan.next().map(|next| next.content)
    }

    /// Seals the next piece.
    ///
    /// # Errors
    /// [`WrongLength`] if `content` is not as long as [`FileSealer::wants`]; nothing was sealed then.
    pub fn seal(&mut self, content: &[u8]) -> Result<Vec<u8>, WrongLength> {
        let next = self.plan.next().filter(|next| next.content == content.len());
        let next = next.ok_or(WrongLength)?;
        let mut piece = Vec::with_capacity(next.padded + hazmat::TAG);
        piece.extend_from_slice(content);
        piece.resize(next.padded, 0);
        let sealed = match &mut self.stream {
            Some(stream) if !next.is_last => stream.seal_next(&self.aad, piece),
            stream => match stream.take() {
                Some(stream) => stream.seal_last(&self.aad, piece),
                None => return Err(WrongLength),
            },
        };
        self.plan.advance();
        Ok(sealed)
    }
}

impl fmt::Debug for FileSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSealer(…)")
    }
}

/// Opens the pieces of one file in order. The file is whole only once [`FileOpener::is_complete`].
pub struct FileOpener {
    stream: StreamOpener,
    aad: Vec<u8>,
    plan: Plan,
}

impl FileOpener {
    pub(crate) fn new(file: &ShareFile, share: &ShareUid) -> Self {
        let (key, prefix, aad) = file.derive(share);
        Self {
            stream: StreamOpener::new(key.bytes(), &prefix),
            aad,
            plan: Plan::new(file.size),
        }
    }

    /// The number of the next piece, from 0; `None` after the last one.
    pub fn wants(&self) -> Option<u32> {
        self.plan.next().map(|_| self.plan.index)
    }

    /// Whether every piece was opened, the last one as the last.
    pub fn is_complete(&self) -> bool {
        self.plan.next().is_none()
    }

    /// Opens the next piece: its content, without the padding. After a refusal the same piece may be tried again.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let next = self.plan.next().ok_or(OpenError::Forged)?;
        if sealed.len() != next.padded + hazmat::TAG {
            return Err(OpenError::Forged);
        }
        let mut piece = self
            .stream
            .open(self.plan.index, next.is_last, &self.aad, sealed)?;
        if piece.iter().skip(next.content).any(|byte| *byte != 0) {
            return Err(OpenError::Forged);
        }
        piece.truncate(next.content);
        self.plan.advance();
        Ok(piece)
    }
}

impl fmt::Debug for FileOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileOpener(…)")
    }
}

/// Which lengths the pieces of a file have: they follow from its size alone.
struct Plan {
    index: u32,
    /// Bytes of content that are left.
    content: u64,
    /// Bytes of content and padding that are left.
    padded: u64,
}

struct Next {
    content: usize,
    padded: usize,
    is_last: bool,
}

impl Plan {
    fn new(size: u64) -> Self {
        Self {
            index: 0,
            content: size,
            padded: padded(size),
        }
    }

    fn next(&self) -> Option<Next> {
        let piece = PIECE as u64;
        // Both are at most `PIECE`, which is a `usize`.
        (self.padded > 0).then(|| Next {
            content: self.content.min(piece) as usize,
            padded: self.padded.min(piece) as usize,
            is_last: self.padded <= piece,
        })
    }

    fn advance(&mut self) {
        self.index += 1;
        self.content = self.content.saturating_sub(PIECE as u64);
        self.padded = self.padded.saturating_sub(PIECE as u64);
    }
}

/// The largest file whose pieces have at most `sealed` bytes together, or `None` if not even an empty one fits.
pub fn most_content(sealed: u64) -> Option<u64> {
    let pieces = sealed.div_ceil(PIECE as u64 + hazmat::TAG as u64);
    let padded = sealed.checked_sub(pieces * hazmat::TAG as u64)?.min(MAX_SIZE);
    // The largest length at most this that padding leaves as it is.
    let exponent = padded.checked_ilog2().filter(|_| padded >= FLOOR)?;
    let significant = exponent.ilog2() + 1;
    Some(padded >> (exponent - significant) << (exponent - significant))
}

/// The length of a file's content with its padding.
fn padded(size: u64) -> u64 {
    // At most `MAX_SIZE`, which a `usize` of 32 bits holds.
    padme::padme(size.max(FLOOR) as usize) as u64
}

/// The bytes of content and padding in each piece but the last: with its tag a piece has 1 MiB.
pub const PIECE: usize = (1 << 20) - hazmat::TAG;
/// The most bytes of a file.
pub const MAX_SIZE: u64 = 1 << 30;
/// The most bytes of a file's name.
pub const MAX_NAME: usize = 1_000;
/// Smaller files do not tell their size at all.
const FLOOR: u64 = 4_096;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        share::{ShareKeys, ShareSecret},
        testing,
    };
    use proptest::prelude::*;

    fn content(size: usize) -> Vec<u8> {
        (0..size).map(|n| (n * 31 % 251) as u8).collect()
    }

    fn sealed(keys: &ShareKeys, file: &ShareFile, content: &[u8]) -> Vec<Vec<u8>> {
        let mut sealer = keys.file_sealer(file);
        let (mut rest, mut pieces) = (content, Vec::new());
        while let Some(wants) = sealer.wants() {
            let (piece, after) = rest.split_at(wants);
            pieces.push(sealer.seal(piece).unwrap());
            rest = after;
        }
        assert!(rest.is_empty());
        assert_eq!(
            sealer.seal(b""),
            Err(WrongLength),
            "nothing follows the last piece"
        );
        pieces
    }

    /// What comes of `pieces`, if all of them open and the end is reached.
    fn opened<'a>(
        keys: &ShareKeys,
        file: &ShareFile,
        pieces: impl IntoIterator<Item = &'a Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let mut opener = keys.file_opener(file);
        let mut whole = Vec::new();
        for piece in pieces {
            whole.extend_from_slice(&opener.open(piece).ok()?);
        }
        opener.is_complete().then_some(whole)
    }

    fn setting(seed: u64, size: usize) -> (ShareKeys, ShareFile, Vec<u8>, Vec<Vec<u8>>) {
        let mut rng = testing::rng(seed);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let file = ShareFile::generate("chart.pdf", size as u64, &mut rng).unwrap();
        let content = content(size);
        let pieces = sealed(&keys, &file, &content);
        (keys, file, content, pieces)
    }

    #[test]
    fn files_of_every_size_come_back_and_tell_only_a_rounded_one() {
        for (size, pieces, total) in [
            (0, 1, 4_112),
            (1, 1, 4_112),
            (4_096, 1, 4_112),
            (4_097, 1, 4_096 + 256 + 16),
            (1_032_192, 1, 1_032_208),
            (1_032_193, 2, (1 << 20) + 32),
            (PIECE, 2, (1 << 20) + 32),
            (PIECE + 1, 2, (1 << 20) + 32),
            (3 * PIECE, 4, 3 * (1 << 20) + 64),
        ] {
            let (keys, file, content, made) = setting(1, size);
            assert_eq!(made.len(), pieces, "{size}");
            let sum: usize = made.iter().map(Vec::len).sum();
            assert_eq!((sum, file.sealed_size()), (total, total as u64), "{size}");
            assert!(made.iter().rev().skip(1).all(|piece| piece.len() == 1 << 20));
            assert_eq!(opened(&keys, &file, &made), Some(content), "{size}");
        }
    }

    #[test]
    fn a_hundred_mebibytes_fit_a_hundred_and_one() {
        let most = most_content(101 << 20).unwrap();
        assert_eq!(most, 100 << 20);
        let (fits, too_large) = (padded(most), padded(most + 1));
        assert!(fits + 101 * 16 <= 101 << 20 && too_large + 102 * 16 > 101 << 20);
        assert_eq!(most_content(4_112), Some(4_096));
        for nothing in [0, 15, 16, 4_111] {
            assert_eq!(most_content(nothing), None);
        }
    }

    #[test]
    fn pieces_that_are_not_all_there_in_order_are_refused() {
        let (keys, file, content, pieces) = setting(2, 2 * PIECE + 5);
        let [a, b, c] = [&pieces[0], &pieces[1], &pieces[2]];
        assert_eq!(opened(&keys, &file, [a, b, c]), Some(content.clone()));
        for (what, order) in [
            ("swapped", vec![b, a, c]),
            ("swapped at the end", vec![a, c, b]),
            ("repeated", vec![a, a, b, c]),
            ("repeated instead of another", vec![a, a, c]),
            ("left out at the start", vec![b, c]),
            ("left out", vec![a, c]),
            ("without the end", vec![a, b]),
            ("nothing", vec![]),
            ("repeated after the end", vec![a, b, c, c]),
        ] {
            assert_eq!(opened(&keys, &file, order), None, "{what}");
        }
        // Another file of the same share and size, and the same file in another share.
        let mut rng = testing::rng(3);
        let other = ShareFile::generate("chart.pdf", file.size(), &mut rng).unwrap();
        let strange = sealed(&keys, &other, &content);
        assert_eq!(opened(&keys, &file, [a, &strange[1], c]), None);
        assert_eq!(opened(&keys, &file, &strange), None);
        let elsewhere = ShareSecret::generate(&mut rng).derive(None);
        assert_eq!(opened(&elsewhere, &file, [a, b, c]), None);
    }

    /// Whoever has all keys but the sender's patience: pieces sealed for a shorter or longer file under the same secret.
    #[test]
    fn the_end_cannot_be_moved() {
        let mut rng = testing::rng(4);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let file = ShareFile::generate("a", 2 * PIECE as u64 + 9, &mut rng).unwrap();
        let resized = |size: u64| {
            let mut bytes = pae::decode(&file.to_bytes(), 3)
                .unwrap()
                .into_iter()
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>();
            bytes[1] = size.to_be_bytes().to_vec();
            ShareFile::from_bytes(&pae::encode(&bytes)).unwrap()
        };
        let pieces = sealed(&keys, &file, &content(2 * PIECE + 9));
        let shorter = resized(PIECE as u64 + 9);
        let short = sealed(&keys, &shorter, &content(PIECE + 9));
        assert_eq!(opened(&keys, &shorter, &pieces[..2]), None);
        assert_eq!(opened(&keys, &file, [&pieces[0], &short[1]]), None);
        let same_pieces = resized(2 * PIECE as u64 + 8);
        assert_eq!(padded(file.size()), padded(same_pieces.size()));
        assert_eq!(opened(&keys, &same_pieces, &pieces), None, "the size is bound");
    }

    #[test]
    fn a_piece_that_does_not_open_may_be_tried_again() {
        let (keys, file, content, pieces) = setting(5, PIECE + 1);
        let mut opener = keys.file_opener(&file);
        let mut whole = Vec::new();
        for piece in &pieces {
            let mut broken = piece.clone();
            broken[7] ^= 1;
            for bad in [&broken[..], &piece[1..], b"", &[0; 1 << 20]] {
                assert_eq!(opener.open(bad).unwrap_err(), OpenError::Forged);
                assert!(!opener.is_complete());
            }
            whole.extend_from_slice(&opener.open(piece).unwrap());
        }
        assert!(opener.is_complete() && whole == content);
        assert_eq!(opener.open(&pieces[1]).unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn what_is_not_the_next_piece_is_not_sealed() {
        let mut rng = testing::rng(6);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let file = ShareFile::generate("a", 10, &mut rng).unwrap();
        let mut sealer = keys.file_sealer(&file);
        for length in [0, 9, 11, 4_096] {
            assert_eq!(sealer.seal(&vec![0; length]), Err(WrongLength));
        }
        assert!(sealer.seal(&[7; 10]).is_ok() && sealer.wants().is_none());
        let long = "n".repeat(MAX_NAME + 1);
        for (name, size) in [("a", MAX_SIZE + 1), ("a", u64::MAX), (long.as_str(), 1)] {
            assert_eq!(
                ShareFile::generate(name, size, &mut rng).unwrap_err(),
                FileTooLarge
            );
        }
    }

    #[test]
    fn files_say_nothing() {
        let (keys, file, ..) = setting(7, 1);
        assert_eq!(format!("{file:?}"), "ShareFile(…)");
        assert_eq!(format!("{:?}", keys.file_sealer(&file)), "FileSealer(…)");
        assert_eq!(format!("{:?}", keys.file_opener(&file)), "FileOpener(…)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_changed_sequence_of_pieces_never_opens(
            size in 0_usize..(2 * PIECE + 9_000),
            order in proptest::collection::vec(0_usize..4, 0..6),
            flip in any::<proptest::sample::Index>(),
            cut in 1_usize..40,
        ) {
            let (keys, file, content, pieces) = setting(8, size);
            let order: Vec<usize> = order.into_iter().filter(|n| *n < pieces.len()).collect();
            let unchanged = order.iter().copied().eq(0..pieces.len());
            let expected = unchanged.then(|| content.clone());
            prop_assert_eq!(opened(&keys, &file, order.iter().map(|n| &pieces[*n])), expected);
            let at = flip.index(pieces.len());
            for change in 0..3 {
                let mut changed = pieces.clone();
                match change {
                    0 => {
                        let byte = flip.index(changed[at].len());
                        changed[at][byte] ^= 1 << (cut % 8);
                    }
                    1 => {
                        // The last piece may be shorter than the cut.
                        let left = changed[at].len().saturating_sub(cut);
                        changed[at].truncate(left);
                    }
                    _ => changed[at].resize(pieces[at].len() + cut, 0),
                }
                prop_assert_eq!(opened(&keys, &file, &changed), None, "{}", change);
            }
        }

        #[test]
        fn the_most_that_fits_does_fit(sealed in 4_112_u64..(1 << 30)) {
            let most = most_content(sealed).unwrap();
            let size = |content| {
                let padded = padded(content);
                padded + padded.div_ceil(PIECE as u64) * 16
            };
            prop_assert!(size(most) <= sealed, "{} in {}", most, sealed);
            prop_assert!(size(most + 1) > sealed, "{} and one in {}", most, sealed);
        }
    }
}
