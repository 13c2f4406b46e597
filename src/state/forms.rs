//! Forms: the fields of one being made, and what of an answer can go into an environment.

use coffer_client::{FilledField, FormField, FormFieldKind, parse_dotenv};
use leptos::prelude::*;
use zeroize::Zeroizing;

use super::environment::name_is_fine;

/// The most fields of a form (§12).
pub(crate) const MOST_FIELDS: usize = 20;
/// How many answers a form may take besides one, where the server offers it.
pub(crate) const MANY: [u32; 3] = [5, 20, 50];
/// The longest title, in characters.
pub(crate) const LONGEST_TITLE: u32 = 200;
/// The longest label.
pub(crate) const LONGEST_LABEL: u32 = 80;
/// The longest hint.
pub(crate) const LONGEST_HINT: u32 = 200;

/// One field of a form that is being made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FieldDraft {
    /// Its key in the list.
    pub(crate) id: u32,
    /// What it is filled with, as the key of a choice.
    pub(crate) kind: RwSignal<String>,
    /// Its label.
    pub(crate) label: RwSignal<String>,
    /// Its hint.
    pub(crate) hint: RwSignal<String>,
}

impl FieldDraft {
    /// An empty field.
    pub(crate) fn new(id: u32) -> Self {
        Self {
            id,
            kind: RwSignal::new(key_of(FormFieldKind::Text).to_owned()),
            label: RwSignal::new(String::new()),
            hint: RwSignal::new(String::new()),
        }
    }

    /// As it will stand in the form, tracked.
    pub(crate) fn field(self) -> FormField {
        FormField {
            kind: kind_of(&self.kind.read()),
            label: self.label.read().trim().to_owned(),
            hint: self.hint.read().trim().to_owned(),
        }
    }
}

/// The key of a kind in a list of choices.
pub(crate) fn key_of(kind: FormFieldKind) -> &'static str {
    match kind {
        FormFieldKind::Text => "text",
        FormFieldKind::Dotenv => "dotenv",
        FormFieldKind::File => "file",
    }
}

fn kind_of(key: &str) -> FormFieldKind {
    match key {
        "dotenv" => FormFieldKind::Dotenv,
        "file" => FormFieldKind::File,
        _ => FormFieldKind::Text,
    }
}

/// Swaps an entry with the one before or after it; nothing happens at the ends.
pub(crate) fn shift<T>(list: &mut [T], at: usize, down: bool) {
    let other = if down { Some(at + 1) } else { at.checked_sub(1) };
    if let Some(other) = other.filter(|other| *other < list.len() && at < list.len()) {
        list.swap(at, other);
    }
}

/// A value of an answer that can become a secret.
pub(crate) struct Offer {
    /// The field it came from, for people.
    pub(crate) source: String,
    /// The name that is offered.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Zeroizing<String>,
}

/// What of an answer can become a secret: each assignment of a `.env`, each text, each file that is text.
pub(crate) fn offers(fields: &[FilledField]) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for filled in fields {
        let Ok(text) = std::str::from_utf8(&filled.content) else {
            continue;
        };
        if text.is_empty() {
            continue;
        }
        if filled.field.kind == FormFieldKind::Dotenv {
            for entry in parse_dotenv(text).entries {
                // Of a name that was given twice the last one counts.
                offers.retain(|offer| offer.source != entry.name || offer.name != entry.name);
                offers.push(Offer {
                    source: entry.name.clone(),
                    name: entry.name,
                    value: entry.value,
                });
            }
        } else {
            offers.push(Offer {
                source: filled.field.label.clone(),
                name: env_name(&filled.field.label),
                value: Zeroizing::new(text.to_owned()),
            });
        }
    }
    offers
}

/// How many lines of an answer's `.env` fields are no assignments.
pub(crate) fn unread_lines(fields: &[FilledField]) -> usize {
    let dotenv = fields
        .iter()
        .filter(|filled| filled.field.kind == FormFieldKind::Dotenv);
    dotenv
        .filter_map(|filled| std::str::from_utf8(&filled.content).ok())
        .map(|text| parse_dotenv(text).problems.len())
        .sum()
}

/// `API key (live)` as the name of a secret: `API_KEY_LIVE`.
pub(crate) fn env_name(label: &str) -> String {
    let mut name = String::new();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_uppercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// What is wrong with a chosen name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameTrouble {
    /// It cannot stand left of `=`.
    Bad,
    /// Another one has it too.
    Twice,
}

/// Judges the names that were chosen; `None` stands for one that is left out.
pub(crate) fn trouble(names: &[Option<String>], at: usize) -> Option<NameTrouble> {
    let own = names.get(at)?.as_ref()?;
    if !name_is_fine(own) {
        return Some(NameTrouble::Bad);
    }
    let as_often = names.iter().flatten().filter(|name| *name == own).count();
    (as_often > 1).then_some(NameTrouble::Twice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kind: FormFieldKind, label: &str, content: &[u8]) -> FilledField {
        FilledField {
            field: FormField {
                kind,
                label: label.to_owned(),
                hint: String::new(),
            },
            content: Zeroizing::new(content.to_vec()),
            file_name: String::new(),
        }
    }

    #[test]
    fn an_answer_offers_assignments_texts_and_files_of_text() {
        let fields = [
            filled(FormFieldKind::Text, "API key (live)", b"sk_1"),
            filled(FormFieldKind::Dotenv, "Others", b"A=1\nB=2\nA=3\nnonsense"),
            filled(FormFieldKind::File, "Certificate", &[0, 159, 146, 150]),
            filled(FormFieldKind::Text, "Nothing", b""),
        ];
        let offered: Vec<(String, String)> = offers(&fields)
            .into_iter()
            .map(|offer| (offer.name, offer.value.to_string()))
            .collect();
        let expected = [("API_KEY_LIVE", "sk_1"), ("B", "2"), ("A", "3")];
        assert_eq!(
            offered,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(unread_lines(&fields), 1);
    }

    #[test]
    fn names_are_made_of_labels_and_judged() {
        assert_eq!(env_name("  Stripe key, live "), "STRIPE_KEY_LIVE");
        assert_eq!(env_name("鍵"), "");
        let names = [
            Some("A".to_owned()),
            Some("A".to_owned()),
            Some("a b".to_owned()),
            None,
        ];
        assert_eq!(trouble(&names, 0), Some(NameTrouble::Twice));
        assert_eq!(trouble(&names, 2), Some(NameTrouble::Bad));
        assert_eq!(trouble(&names, 3), None);
    }

    #[test]
    fn a_field_moves_by_one_and_stops_at_the_ends() {
        let mut list = [1, 2, 3];
        shift(&mut list, 0, false);
        shift(&mut list, 2, true);
        assert_eq!(list, [1, 2, 3]);
        shift(&mut list, 0, true);
        assert_eq!(list, [2, 1, 3]);
    }
}
