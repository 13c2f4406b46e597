//! A key as people compare it: a small picture and eight words.

use leptos::prelude::*;

/// A picture made of a key's words: the same words always give the same picture.
#[component]
pub fn KeyPicture(
    /// The eight words of the key.
    words: [String; 8],
    /// The large one.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let picture = Picture::of(&words);
    view! {
        <svg
            class="fp__icon"
            class=("fp__icon--lg", large)
            data-hue=picture.hue.to_string()
            viewBox="0 0 5 5"
            aria-hidden="true"
        >
            {picture
                .cells
                .into_iter()
                .map(|(x, y)| view! { <rect x=x y=y width="1" height="1"></rect> })
                .collect_view()}
        </svg>
    }
}

/// The eight words in one run, as in a table.
#[component]
pub fn KeyWords(
    /// The eight words of the key.
    words: [String; 8],
    /// Whose key it is, read aloud before the words.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <span class="sr-only">{label} ": "</span>
        <span class="fp__words">{words.join(" ")}</span>
    }
}

/// The eight words numbered, for reading them to each other.
#[component]
pub fn KeyGrid(
    /// The eight words of the key.
    words: [String; 8],
    /// Whose key it is, read aloud.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <ol class="fp__grid" aria-label=label>
            {words.into_iter().map(|word| view! { <li>{word}</li> }).collect_view()}
        </ol>
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Picture {
    hue: u64,
    cells: Vec<(u8, u8)>,
}

impl Picture {
    /// FNV-1a over the words: only a shape to recognise, the words are what is compared.
    fn of(words: &[String; 8]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in words.join(" ").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash ^= hash >> 29;
        let mut cells = Vec::new();
        for y in 0..5_u8 {
            for x in 0..3_u8 {
                if hash >> (y * 3 + x) & 1 == 1 {
                    cells.push((x, y));
                    if x < 2 {
                        cells.push((4 - x, y));
                    }
                }
            }
        }
        Self {
            hue: (hash >> 20) % 6 + 1,
            cells,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(last: &str) -> [String; 8] {
        let mut words: [String; 8] = std::array::from_fn(|index| format!("word{index}"));
        words[7] = last.to_owned();
        words
    }

    #[test]
    fn the_same_words_give_the_same_picture_and_others_another() {
        assert_eq!(Picture::of(&words("a")), Picture::of(&words("a")));
        assert_ne!(Picture::of(&words("a")), Picture::of(&words("b")));
    }

    #[test]
    fn a_picture_is_symmetric_and_has_a_hue_of_the_stylesheet() {
        for last in ["a", "b", "c", "d", "e", "f", "g"] {
            let picture = Picture::of(&words(last));
            assert!((1..=6).contains(&picture.hue));
            assert!(
                picture
                    .cells
                    .iter()
                    .all(|(x, y)| picture.cells.contains(&(4 - x, *y)))
            );
        }
    }
}
