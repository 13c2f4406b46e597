//! Pre-authentication encoding of PASETO: an injective encoding of a list of byte strings.
//!
//! Every AAD, HKDF `info`, signed message and hash input is one of these, with a [`Label`] as its first piece.
//! `PAE(p_1..p_n) = LE64(n) ‖ LE64(len p_1) ‖ p_1 ‖ … ‖ LE64(len p_n) ‖ p_n` (docs/PROTOCOL.md §2).

use crate::label::Label;

/// Encodes `pieces`.
pub fn encode<P: AsRef<[u8]>>(pieces: &[P]) -> Vec<u8> {
    let total = pieces.iter().fold(8, |sum, piece| sum + 8 + piece.as_ref().len());
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&(pieces.len() as u64).to_le_bytes());
    for piece in pieces {
        let piece = piece.as_ref();
        out.extend_from_slice(&(piece.len() as u64).to_le_bytes());
        out.extend_from_slice(piece);
    }
    out
}

/// Encodes `label` followed by `pieces`: the form of everything that is authenticated.
pub fn labelled(label: Label, pieces: &[&[u8]]) -> Vec<u8> {
    let mut all: Vec<&[u8]> = Vec::with_capacity(pieces.len() + 1);
    all.push(label.as_bytes());
    all.extend_from_slice(pieces);
    encode(&all)
}

/// Takes an encoding apart, or `None` where `bytes` is not exactly one with at most `most` pieces.
///
/// Nothing is allocated before the claimed number of pieces is known to be at most `most` and to fit `bytes`.
pub fn decode(bytes: &[u8], most: usize) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = take_length(bytes)?;
    if count > most || count > rest.len() / 8 {
        return None;
    }
    let mut pieces = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, after) = take_length(rest)?;
        if length > after.len() {
            return None;
        }
        let (piece, after) = after.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    rest.is_empty().then_some(pieces)
}

fn take_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    Some((usize::try_from(u64::from_le_bytes(*length)).ok()?, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_examples_hold() {
        assert_eq!(encode::<&[u8]>(&[]), [0; 8]);
        assert_eq!(encode(&[b""]), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(encode(&[b"test"]), b"\x01\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0test");
    }

    #[test]
    fn a_count_that_cannot_fit_is_refused_before_allocation() {
        assert_eq!(decode(&[0xff; 16], usize::MAX), None);
        assert_eq!(decode(&encode(&[b"a", b"b"]), 1), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..10)) {
            let encoded = encode(&pieces);
            let decoded = decode(&encoded, 10).unwrap();
            prop_assert_eq!(decoded, pieces.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(decode(&encoded[..encoded.len() - 1], 10), None);
        }

        #[test]
        fn decoding_never_panics_and_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(pieces) = decode(&bytes, 8) {
                prop_assert_eq!(encode(&pieces), bytes);
            }
        }
    }
}
