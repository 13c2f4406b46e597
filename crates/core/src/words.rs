//! The 7,776 words of the EFF long list, and the two things they are for: passphrases and comparing digests.

use std::sync::LazyLock;

use rand_core::CryptoRng;

use crate::id::Digest;

/// How many words there are: 6⁵.
pub const COUNT: u16 = 7776;

/// The word at `index`, counted from zero.
///
/// The list is one text of 62 KB that is walked line by line from the nearest of a few marks: no table of pointers in
/// the browser, and a thousand members have eight words each.
pub fn word(index: u16) -> &'static str {
    let index = usize::from(index % COUNT);
    let start = MARKS.get(index / STRIDE).copied().unwrap_or_default();
    TEXT[start..].lines().nth(index % STRIDE).unwrap_or_default()
}

/// Eight words of a digest: it is divided by 7,776 again and again, the least significant word comes first.
pub fn of_digest(digest: &Digest) -> [&'static str; 8] {
    let mut number = *digest.as_bytes();
    core::array::from_fn(|_| {
        let mut remainder: u32 = 0;
        for byte in &mut number {
            let value = remainder << 8 | u32::from(*byte);
            *byte = (value / u32::from(COUNT)) as u8;
            remainder = value % u32::from(COUNT);
        }
        word(remainder as u16)
    })
}

/// Draws `count` words, each equally likely.
pub fn draw(count: usize, rng: &mut impl CryptoRng) -> zeroize::Zeroizing<String> {
    let mut text = zeroize::Zeroizing::new(String::with_capacity(count * 12));
    for index in 0..count {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(word(draw_index(rng)));
    }
    text
}

fn draw_index(rng: &mut impl CryptoRng) -> u16 {
    const LIMIT: u16 = u16::MAX - u16::MAX % COUNT;
    loop {
        let mut bytes = [0; 2];
        rng.fill_bytes(&mut bytes);
        let number = u16::from_be_bytes(bytes);
        if number < LIMIT {
            return number % COUNT;
        }
    }
}

/// The list as published by the Electronic Frontier Foundation (CC BY 3.0), one word a line, sorted.
static TEXT: &str = include_str!("../data/eff-long.txt");

/// Where every so many words begin.
static MARKS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let lines = TEXT.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(start)
    });
    lines.step_by(STRIDE).collect()
});
const STRIDE: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_published_one() {
        let words: Vec<_> = TEXT.lines().collect();
        assert_eq!(words.len(), usize::from(COUNT));
        assert_eq!((words[0], words[7775]), ("abacus", "zoom"));
        assert!(words.is_sorted());
        assert!(words.iter().all(|word| (3..=9).contains(&word.len())));
        assert!((0..COUNT).map(word).eq(words));
    }

    #[test]
    fn the_words_of_a_digest_start_with_the_least_significant() {
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(of_digest(&Digest::from_bytes(one))[0], "abdomen");
        assert_eq!(of_digest(&Digest::from_bytes(one))[1], "abacus");
        let mut next = [0; 32];
        next[30..].copy_from_slice(&7776_u16.to_be_bytes());
        assert_eq!(of_digest(&Digest::from_bytes(next))[..2], ["abacus", "abdomen"]);
    }
}
