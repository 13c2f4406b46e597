//! What Ctrl K offers for what was typed: which names fit, in which order, and which of their letters are marked.

use coffer_client::SlotId;

use crate::{routes::Path, ui::Glyph};

/// What was typed, ready to be compared. Letter case does not matter; several words have to occur, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needle {
    words: Vec<String>,
}

/// How well a name fits, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It begins so.
    Begins,
    /// A word in it begins so.
    Word,
    /// It occurs in it.
    Within,
    /// What was typed stands only around the name: its folder, its environment, another word for it.
    Around,
}

impl Needle {
    /// Reads what was typed.
    pub(crate) fn of(typed: &str) -> Self {
        Self {
            words: typed.split_whitespace().map(str::to_lowercase).collect(),
        }
    }

    /// Nothing was typed: everything fits.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well a name fits together with what stands around it; `None` when a word is in neither.
    pub(crate) fn fit(&self, name: &str, around: &str) -> Option<Fit> {
        let (name, around) = (name.to_lowercase(), around.to_lowercase());
        let mut best = Fit::Around;
        for word in &self.words {
            let fit = match name.find(word.as_str()) {
                Some(0) => Fit::Begins,
                Some(at) if name[..at].ends_with(|letter: char| !letter.is_alphanumeric()) => Fit::Word,
                Some(_) => Fit::Within,
                None if around.contains(word.as_str()) => Fit::Around,
                None => return None,
            };
            best = best.min(fit);
        }
        Some(best)
    }

    /// A text in parts, and whether each was looked for. Together they are the text.
    pub(crate) fn marked<'t>(&self, text: &'t str) -> Vec<(bool, &'t str)> {
        // Lower case of ASCII alone keeps every byte where it was.
        let lower = text.to_ascii_lowercase();
        let mut marked = vec![false; text.len()];
        for word in &self.words {
            if let Some(at) = lower.find(word.as_str()) {
                marked[at..at + word.len()].fill(true);
            }
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, _) in text.char_indices().skip(1) {
            if marked[at] != marked[from] {
                parts.push((marked[from], &text[from..at]));
                from = at;
            }
        }
        if !text.is_empty() {
            parts.push((marked[from], &text[from..]));
        }
        parts
    }
}

/// Under which words a choice stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Secrets that fit.
    Secrets,
    /// What can be done with the first of them; its name.
    OnSecret(String),
    /// Pages, environments and projects.
    Go,
    /// Asking for what is closed.
    Access,
    /// Everything else that can be done.
    Do,
}

/// A secret of an environment that was read for the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Which of the environments.
    pub(crate) shelf: usize,
    /// The secret.
    pub(crate) slot: SlotId,
}

/// What happens when something is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Goes there.
    Visit(Path),
    /// Shows a secret where it lies.
    Show(Spot),
    /// Copies its value without showing it.
    Copy(Spot),
    /// Carries it to the page that makes a link.
    Share(Spot),
    /// Asks for access to it.
    Ask(Spot),
    /// Locks.
    Lock,
    /// The other appearance.
    Theme,
    /// Lists the keys.
    Keys,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Under which words it stands.
    pub(crate) group: Group,
    /// Its icon.
    pub(crate) glyph: Glyph,
    /// What it is called.
    pub(crate) name: String,
    /// Quiet words behind the name.
    pub(crate) aside: String,
    /// The keys that do the same elsewhere, with spaces between them.
    pub(crate) keys: &'static str,
    /// What happens.
    pub(crate) act: Act,
}

/// The offers of some that fit, the best first, in their own order where they fit as well. With each goes what it is
/// also found by.
pub(crate) fn fitting(needle: &Needle, all: impl IntoIterator<Item = (Offer, &'static str)>) -> Vec<Offer> {
    let mut fit: Vec<(Fit, Offer)> = all
        .into_iter()
        .filter_map(|(offer, also)| {
            let fit = needle.fit(&offer.name, &format!("{} {also}", offer.aside))?;
            Some((fit, offer))
        })
        .collect();
    fit.sort_by_key(|(fit, _)| *fit);
    fit.into_iter().map(|(_, offer)| offer).collect()
}

/// The best of many, and how many fitted. It looks at each once: ten thousand are searched with every letter.
pub(crate) struct Best<T> {
    most: usize,
    all: usize,
    kept: Vec<(Fit, T)>,
}

impl<T> Best<T> {
    /// Keeps so many.
    pub(crate) fn of(most: usize) -> Self {
        Self {
            most,
            all: 0,
            kept: Vec::with_capacity(most + 1),
        }
    }

    /// Takes one that fits, unless enough fit as well and came before.
    pub(crate) fn take(&mut self, fit: Fit, make: impl FnOnce() -> T) {
        self.all += 1;
        let at = self.kept.partition_point(|(kept, _)| *kept <= fit);
        if at < self.most {
            self.kept.insert(at, (fit, make()));
            self.kept.truncate(self.most);
        }
    }

    /// How many fitted.
    pub(crate) fn all(&self) -> usize {
        self.all
    }

    /// The best, in order.
    pub(crate) fn into_kept(self) -> impl Iterator<Item = T> {
        self.kept.into_iter().map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(name: &str) -> Offer {
        Offer {
            group: Group::Go,
            glyph: Glyph::Folder,
            name: name.into(),
            aside: String::new(),
            keys: "",
            act: Act::Visit(Path::Projects),
        }
    }

    #[test]
    fn a_name_that_begins_so_fits_best_and_every_word_has_to_occur() {
        let fit = |typed: &str, name: &str, around: &str| Needle::of(typed).fit(name, around);
        assert_eq!(fit("stripe", "STRIPE_KEY", ""), Some(Fit::Begins));
        assert_eq!(fit("key", "STRIPE_KEY", ""), Some(Fit::Word));
        assert_eq!(fit("rip", "STRIPE_KEY", ""), Some(Fit::Within));
        assert_eq!(fit("staging", "STRIPE_KEY", "Staging /api"), Some(Fit::Around));
        assert_eq!(fit("staging key", "STRIPE_KEY", "Staging /api"), Some(Fit::Word));
        assert_eq!(fit("stripe prod", "STRIPE_KEY", "Staging /api"), None);
        assert_eq!(fit("größe", "GRÖSSE GRÖßE", ""), Some(Fit::Word));
        assert_eq!(fit("", "anything", ""), Some(Fit::Around));
    }

    #[test]
    fn marks_show_what_was_typed_and_lose_no_letter() {
        let marked = |typed: &str, text: &'static str| Needle::of(typed).marked(text);
        assert_eq!(marked("strip", "STRIPE"), [(true, "STRIP"), (false, "E")]);
        assert_eq!(
            marked("key api", "API_KEY"),
            [(true, "API"), (false, "_"), (true, "KEY")]
        );
        assert_eq!(marked("pi_k ap", "API_KEY"), [(true, "API_K"), (false, "EY")]);
        assert_eq!(marked("x", ""), []);
        for text in ["GRÖßE", "İstanbul", "日本語 key"] {
            for typed in ["ö", "i", "本", "key", "größe"] {
                let parts = Needle::of(typed).marked(text);
                let whole: String = parts.iter().map(|(_, part)| *part).collect();
                assert_eq!(whole, text);
            }
        }
    }

    #[test]
    fn offers_are_found_by_other_words_and_the_best_come_first() {
        let all = [
            (go("Members and keys"), "people invite"),
            (go("Keys"), "shortcuts"),
        ];
        let names = |typed: &str| -> Vec<String> {
            let found = fitting(&Needle::of(typed), all.clone());
            found.into_iter().map(|offer| offer.name).collect()
        };
        assert_eq!(names("keys"), ["Keys", "Members and keys"]);
        assert_eq!(names("invite"), ["Members and keys"]);
        assert_eq!(names(""), ["Members and keys", "Keys"]);
        assert!(names("invoice").is_empty());
    }

    #[test]
    fn the_best_of_many_are_kept_in_the_order_in_which_they_came() {
        let mut best = Best::of(3);
        for (fit, name) in [
            (Fit::Within, "a"),
            (Fit::Begins, "b"),
            (Fit::Within, "c"),
            (Fit::Begins, "d"),
            (Fit::Within, "e"),
        ] {
            best.take(fit, || name);
        }
        assert_eq!(best.all(), 5);
        assert_eq!(best.into_kept().collect::<Vec<_>>(), ["b", "d", "a"]);
    }
}
