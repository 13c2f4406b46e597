//! Files in a share: sealed in pieces, each bound to its place and to the end.
//!
//! The share itself holds [`ShareFiles`]: names, exact sizes and a secret of these files alone. Their content, one file after
//! the other, is sealed by STREAM over XChaCha20-Poly1305, piece by piece, so that neither side ever holds more than one.
//! Pieces that were swapped, repeated, left out, cut, appended or taken from elsewhere do not open, and the end cannot be
//! faked (docs/PROTOCOL.md §11).

use core::fmt;
use core::ops::Range;

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

/// There are none or too many, or a name or all of them together are longer than a share may hold.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "a share holds 1 to {MAX_FILES} files, of {MAX_SIZE} bytes together, with names of at most {MAX_NAME} bytes"
)]
pub struct UnfitFiles;

/// What a share says of its files: enough to open the pieces, to know when they are all there, and to part them.
pub struct ShareFiles {
    /// Names and sizes, in the order in which the files follow one another: one at least.
    list: Vec<(Zeroizing<String>, u64)>,
    /// Of all of them.
    size: u64,
    secret: Secret<32>,
}

impl ShareFiles {
    /// Describes files by their names and sizes, with a secret that seals them once and nothing else.
    ///
    /// # Errors
    /// [`UnfitFiles`].
    pub fn generate<'a>(
        files: impl IntoIterator<Item = (&'a str, u64)>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, UnfitFiles> {
        let files = files.into_iter();
        let list = files.map(|(name, size)| (Zeroizing::new(name.to_owned()), size));
        Self::of(list.collect(), Secret::random(rng)).ok_or(UnfitFiles)
    }

    fn of(list: Vec<(Zeroizing<String>, u64)>, secret: Secret<32>) -> Option<Self> {
        let mut sizes = list.iter().map(|(_, size)| *size);
        let size = sizes.try_fold(0, u64::checked_add)?;
        let fits = (1..=MAX_FILES).contains(&list.len())
            && size <= MAX_SIZE
            && list.iter().all(|(name, _)| name.len() <= MAX_NAME);
        fits.then_some(Self { list, size, secret })
    }

    /// The name of each, as the sender gave it: anything that is a text, and the same twice. And how many bytes it has.
    pub fn list(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.list.iter().map(|(name, size)| (name.as_str(), *size))
    }

    /// How many bytes they have together.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Parts so many bytes of the content from `start` on: the place of each file in the list, and which of its bytes. Files
    /// without a byte are no part.
    pub fn parts(&self, start: u64, length: u64) -> impl Iterator<Item = (usize, Range<u64>)> {
        let end = start.saturating_add(length);
        let mut after = 0;
        self.list
            .iter()
            .enumerate()
            .filter_map(move |(place, (_, size))| {
                let before = after;
                after += size;
                let (from, to) = (start.max(before), end.min(after));
                (from < to).then(|| (place, from - before..to - before))
            })
    }

    /// How many bytes its pieces have together: all that a server learns of the size.
    pub fn sealed_size(&self) -> u64 {
        let padded = padded(self.size);
        padded + padded.div_ceil(PIECE as u64) * hazmat::TAG as u64
    }

    /// Whether they are written as a list: one is written as before there were lists.
    pub(crate) fn are_several(&self) -> bool {
        self.list.len() > 1
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let secret = self.secret.bytes().as_slice();
        Zeroizing::new(match self.list.as_slice() {
            [(name, size)] => pae::encode(&[name.as_bytes(), &size.to_be_bytes(), secret]),
            several => {
                let files = several.iter();
                let files: Vec<Zeroizing<Vec<u8>>> = files
                    .map(|(name, size)| Zeroizing::new(pae::encode(&[name.as_bytes(), &size.to_be_bytes()])))
                    .collect();
                let files: Vec<&[u8]> = files.iter().map(|file| file.as_slice()).collect();
                let list = Zeroizing::new(pae::encode(&files));
                pae::encode(&[list.as_slice(), secret])
            }
        })
    }

    pub(crate) fn one_from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [name, size, secret] = reader::fields(bytes)?;
        Self::read(vec![read_file([name, size])?], secret)
    }

    pub(crate) fn several_from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let [list, secret] = reader::fields(bytes)?;
        let list = reader::list(list, MAX_FILES, |file| read_file(reader::fields(file)?))?;
        let files = Self::read(list, secret)?;
        match files.are_several() {
            true => Ok(files),
            // One file has one encoding.
            false => Err(OpenError::Forged),
        }
    }

    fn read(list: Vec<(Zeroizing<String>, u64)>, secret: &[u8]) -> Result<Self, OpenError> {
        let secret = Secret::from_slice(secret).ok_or(OpenError::Forged)?;
        Self::of(list, secret).ok_or(OpenError::Forged)
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

impl fmt::Debug for ShareFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareFiles(…)")
    }
}

fn read_file([name, size]: [&[u8]; 2]) -> Result<(Zeroizing<String>, u64), OpenError> {
    Ok((Zeroizing::new(String::read(name)?), Piece::read(size)?))
}

/// Seals the content of a share's files, once and in order: no key ever seals two contents at one place, whatever happens to
/// the connection. What was sealed may be sent again.
pub struct FileSealer {
    stream: Option<StreamSealer>,
    aad: Vec<u8>,
    plan: Plan,
}

impl FileSealer {
    pub(crate) fn new(files: &ShareFiles, share: &ShareUid) -> Self {
        let (key, prefix, aad) = files.derive(share);
        Self {
            stream: Some(StreamSealer::new(key.bytes(), &prefix)),
            aad,
            plan: Plan::new(files.size),
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

/// Opens the pieces of a share's files in order. They are whole only once [`FileOpener::is_complete`].
pub struct FileOpener {
    stream: StreamOpener,
    aad: Vec<u8>,
    plan: Plan,
}

impl FileOpener {
    pub(crate) fn new(files: &ShareFiles, share: &ShareUid) -> Self {
        let (key, prefix, aad) = files.derive(share);
        Self {
            stream: StreamOpener::new(key.bytes(), &prefix),
            aad,
            plan: Plan::new(files.size),
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

/// Which lengths the pieces have: they follow from the size of all files alone.
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

/// The most bytes of files whose pieces have at most `sealed` bytes together, or `None` if not even an empty one fits.
pub fn most_content(sealed: u64) -> Option<u64> {
    let pieces = sealed.div_ceil(PIECE as u64 + hazmat::TAG as u64);
    let padded = sealed.checked_sub(pieces * hazmat::TAG as u64)?.min(MAX_SIZE);
    // The largest length at most this that padding leaves as it is.
    let exponent = padded.checked_ilog2().filter(|_| padded >= FLOOR)?;
    let significant = exponent.ilog2() + 1;
    Some(padded >> (exponent - significant) << (exponent - significant))
}

/// The length of a content with its padding.
fn padded(size: u64) -> u64 {
    // At most `MAX_SIZE`, which a `usize` of 32 bits holds.
    padme::padme(size.max(FLOOR) as usize) as u64
}

/// The bytes of content and padding in each piece but the last: with its tag a piece has 1 MiB.
pub const PIECE: usize = (1 << 20) - hazmat::TAG;
/// The most files of one share. Their names have to fit it, too.
pub const MAX_FILES: usize = 100;
/// The most bytes of files together.
pub const MAX_SIZE: u64 = 1 << 30;
/// The most bytes of a file's name.
pub const MAX_NAME: usize = 1_000;
/// Less does not tell its size at all.
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

    fn sealed(keys: &ShareKeys, files: &ShareFiles, content: &[u8]) -> Vec<Vec<u8>> {
        let mut sealer = keys.file_sealer(files);
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
        files: &ShareFiles,
        pieces: impl IntoIterator<Item = &'a Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let mut opener = keys.file_opener(files);
        let mut whole = Vec::new();
        for piece in pieces {
            whole.extend_from_slice(&opener.open(piece).ok()?);
        }
        opener.is_complete().then_some(whole)
    }

    fn setting(seed: u64, size: usize) -> (ShareKeys, ShareFiles, Vec<u8>, Vec<Vec<u8>>) {
        let mut rng = testing::rng(seed);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let file = ShareFiles::generate([("chart.pdf", size as u64)], &mut rng).unwrap();
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
        let other = ShareFiles::generate([("chart.pdf", file.size())], &mut rng).unwrap();
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
        let file = ShareFiles::generate([("a", 2 * PIECE as u64 + 9)], &mut rng).unwrap();
        let resized = |size: u64| {
            let mut bytes = pae::decode(&file.to_bytes(), 3)
                .unwrap()
                .into_iter()
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>();
            bytes[1] = size.to_be_bytes().to_vec();
            ShareFiles::one_from_bytes(&pae::encode(&bytes)).unwrap()
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
        let file = ShareFiles::generate([("a", 10)], &mut rng).unwrap();
        let mut sealer = keys.file_sealer(&file);
        for length in [0, 9, 11, 4_096] {
            assert_eq!(sealer.seal(&vec![0; length]), Err(WrongLength));
        }
        assert!(sealer.seal(&[7; 10]).is_ok() && sealer.wants().is_none());
        let long = "n".repeat(MAX_NAME + 1);
        for (name, size) in [("a", MAX_SIZE + 1), ("a", u64::MAX), (long.as_str(), 1)] {
            assert_eq!(
                ShareFiles::generate([(name, size)], &mut rng).unwrap_err(),
                UnfitFiles
            );
        }
    }

    /// Files of these sizes, their content one after the other, and its pieces.
    fn several(seed: u64, sizes: &[usize]) -> (ShareKeys, ShareFiles, Vec<u8>, Vec<Vec<u8>>) {
        let mut rng = testing::rng(seed);
        let keys = ShareSecret::generate(&mut rng).derive(None);
        let named: Vec<(String, u64)> = (1..)
            .zip(sizes)
            .map(|(n, size)| (format!("{n}.txt"), *size as u64))
            .collect();
        let named = named.iter().map(|(name, size)| (name.as_str(), *size));
        let files = ShareFiles::generate(named, &mut rng).unwrap();
        let content = content(sizes.iter().sum());
        let pieces = sealed(&keys, &files, &content);
        (keys, files, content, pieces)
    }

    /// Each file, as whoever opens one piece after the other parts them.
    fn parted(keys: &ShareKeys, files: &ShareFiles, pieces: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut opener = keys.file_opener(files);
        let mut parted = vec![Vec::new(); files.list().len()];
        let mut start = 0;
        for piece in pieces {
            let piece = opener.open(piece).unwrap();
            let mut rest = piece.as_slice();
            for (place, bytes) in files.parts(start, piece.len() as u64) {
                assert_eq!(parted[place].len() as u64, bytes.start, "no gap");
                let (part, after) = rest.split_at((bytes.end - bytes.start) as usize);
                parted[place].extend_from_slice(part);
                rest = after;
            }
            assert!(rest.is_empty(), "every byte is of a file");
            start += piece.len() as u64;
        }
        assert!(opener.is_complete());
        parted
    }

    #[test]
    fn several_files_come_back_each_by_itself() {
        let most = vec![77; MAX_FILES];
        for sizes in [
            &[5, 7][..],
            &[0, 0],
            &[0, 4_096, 0, 1, 0],
            &[PIECE, PIECE],
            &[PIECE - 1, 2, PIECE + 3, 0, 9],
            &most,
        ] {
            let (keys, files, content, pieces) = several(9, sizes);
            let mut rest = content.as_slice();
            for (file, size) in parted(&keys, &files, &pieces).iter().zip(sizes) {
                let (expected, after) = rest.split_at(*size);
                assert!(file == expected, "{sizes:?}");
                rest = after;
            }
            // To the server they are one file as large as all of them.
            let (_, one, _, alike) = setting(9, content.len());
            assert_eq!(one.sealed_size(), files.sealed_size());
            assert_eq!(alike.len(), pieces.len());
        }
    }

    #[test]
    fn several_files_are_read_as_they_were_written_and_one_as_ever() {
        let names = [
            "a.txt",
            "a.txt",
            "",
            "../../etc/passwd",
            "photo\u{202e}gpj.exe",
            "nul\0\n",
        ];
        let (_, files, ..) = several(10, &[1]);
        assert_eq!(
            pae::decode(&files.to_bytes(), 3).unwrap()[0],
            b"1.txt",
            "as before"
        );
        let named = names.iter().zip(3..).map(|(name, size)| (*name, size));
        let files = ShareFiles::generate(named.clone(), &mut testing::rng(11)).unwrap();
        let bytes = files.to_bytes();
        let again = ShareFiles::several_from_bytes(&bytes).unwrap();
        assert!(again.list().eq(named), "names are what the sender gave");
        assert_eq!((again.size(), again.to_bytes()), (files.size(), bytes.clone()));
        assert_eq!(ShareFiles::one_from_bytes(&bytes).unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn a_list_that_no_sender_makes_is_refused() {
        let secret = [7; 32];
        let file = |name: &str, size: u64| pae::encode(&[name.as_bytes(), &size.to_be_bytes()]);
        let read = |files: &[Vec<u8>]| {
            let bytes = pae::encode(&[pae::encode(files).as_slice(), &secret]);
            ShareFiles::several_from_bytes(&bytes).map(|files| files.size())
        };
        assert_eq!(read(&[file("a", 1), file("b", 2)]), Ok(3));
        assert_eq!(read(&vec![file("a", 1); MAX_FILES]), Ok(MAX_FILES as u64));
        let long = "n".repeat(MAX_NAME + 1);
        for (what, files) in [
            ("none", vec![]),
            ("one, which has another form", vec![file("a", 1)]),
            ("too many", vec![file("a", 1); MAX_FILES + 1]),
            ("a thousand", vec![file("a", 0); 1_000]),
            ("too large together", vec![file("a", MAX_SIZE), file("b", 1)]),
            (
                "larger than there are numbers",
                vec![file("a", u64::MAX), file("b", 2)],
            ),
            ("a name that is too long", vec![file(&long, 1), file("b", 1)]),
            (
                "a size of seven bytes",
                vec![pae::encode(&[b"a".as_slice(), &[0; 7]]), file("b", 1)],
            ),
            (
                "a name that is no text",
                vec![pae::encode(&[[0xff].as_slice(), &[0; 8]]), file("b", 1)],
            ),
        ] {
            assert_eq!(read(&files), Err(OpenError::Forged), "{what}");
        }
        let mut rng = testing::rng(12);
        for files in [
            vec![],
            vec![("a", 0); 1_000],
            vec![("a", MAX_SIZE), ("b", 1)],
            vec![("a", u64::MAX); 2],
        ] {
            assert_eq!(ShareFiles::generate(files, &mut rng).unwrap_err(), UnfitFiles);
        }
    }

    /// Pieces of one list are not opened as those of another, even under one secret.
    #[test]
    fn a_size_that_lies_opens_nothing() {
        let (keys, files, content, pieces) = several(13, &[PIECE, 9]);
        assert_eq!(opened(&keys, &files, &pieces), Some(content));
        let lying = |list: [u64; 2]| {
            let list = list.map(|size| pae::encode(&[b"a".as_slice(), &size.to_be_bytes()]));
            let bytes = pae::encode(&[pae::encode(&list).as_slice(), files.secret.bytes()]);
            ShareFiles::several_from_bytes(&bytes).unwrap()
        };
        for list in [[PIECE as u64, 8], [PIECE as u64, 10], [0, 9], [PIECE as u64, 0]] {
            assert_eq!(opened(&keys, &lying(list), &pieces), None, "{list:?}");
        }
        let [a, b] = [&pieces[0], &pieces[1]];
        for order in [vec![b, a], vec![a], vec![b], vec![a, a], vec![a, b, b]] {
            assert_eq!(opened(&keys, &files, order), None);
        }
    }

    #[test]
    fn files_say_nothing() {
        let (keys, file, ..) = setting(7, 1);
        assert_eq!(format!("{file:?}"), "ShareFiles(…)");
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
