//! Padmé: lengths that tell little. At most 12 % more, and only O(log log L) bits of the length remain.

/// The shortest padded plaintext. It hides the length of nearly all passwords and tokens.
pub const FLOOR: usize = 64;

/// Rounds `length` up so that few lengths occur. Not defined above `usize::MAX / 2`, which no input reaches.
pub const fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let significant = exponent.ilog2() + 1;
    if exponent <= significant {
        return length;
    }
    let mask = (1_usize << (exponent - significant)) - 1;
    (length + mask) & !mask
}

/// The padded length of a plaintext of `length` bytes: `padme(max(64, length))`.
pub const fn padded(length: usize) -> usize {
    padme(if length < FLOOR { FLOOR } else { length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_lengths_round_as_the_paper_says() {
        for (length, expected) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (7, 7),
            (8, 8),
            (9, 10),
            (64, 64),
            (65, 72),
            (1000, 1024),
            (7424, 7424),
            (7425, 7680),
        ] {
            assert_eq!(padme(length), expected, "padme({length})");
        }
        assert_eq!(padded(0), 64);
        assert_eq!(padded(65), 72);
    }

    proptest! {
        #[test]
        fn padding_grows_by_an_eighth_at_most_and_settles(length in 2_usize..40_000_000) {
            let once = padme(length);
            prop_assert!(once >= length && once <= length + length / 8);
            prop_assert_eq!(padme(once), once);
        }
    }
}
