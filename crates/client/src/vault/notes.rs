//! Notes: what an account's bundle remembers of the links and forms that it made, as JSON under the name `kind/id`.

use super::sharing::ShareId;
use crate::Error;
use serde::Serialize;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// One kind of note.
pub(super) struct NoteKind {
    /// What its names begin with.
    pub(super) prefix: &'static str,
    /// As many are kept.
    pub(super) most: usize,
}

impl NoteKind {
    /// The name of the note of a link or form.
    pub(super) fn name(&self, id: &ShareId) -> String {
        format!("{}{id}", self.prefix)
    }

    /// What a note of this name is of, if it is of this kind.
    pub(super) fn id(&self, name: &str) -> Option<ShareId> {
        name.strip_prefix(self.prefix).map(ShareId::new)
    }

    /// Forgets what ended more than thirty days ago, and of too many what ended first. `end` says when, in milliseconds; what
    /// it cannot read a newer client may have written, and goes last.
    pub(super) fn prune(
        &self,
        notes: &mut BTreeMap<String, Zeroizing<Vec<u8>>>,
        now: u64,
        end: impl Fn(&[u8]) -> Option<u64>,
    ) {
        let mut ends: Vec<(u64, String)> = notes
            .iter()
            .filter(|(name, _)| name.starts_with(self.prefix))
            .map(|(name, note)| (end(note).unwrap_or(u64::MAX), name.clone()))
            .collect();
        ends.sort();
        let too_many = ends.len().saturating_sub(self.most);
        for (index, (end, name)) in ends.into_iter().enumerate() {
            if index < too_many || end.saturating_add(KEEP_MS) < now {
                notes.remove(&name);
            }
        }
    }
}

/// A note as the bundle holds it.
pub(super) fn encode(note: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Error> {
    serde_json::to_vec(note)
        .map(Zeroizing::new)
        .map_err(|error| Error::Storage(error.to_string()))
}

const KEEP_MS: u64 = 30 * 24 * 3600 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_long_ago_is_forgotten_and_of_too_many_what_ended_first() {
        let kind = NoteKind {
            prefix: "share/",
            most: 2,
        };
        let now = 10 * KEEP_MS;
        let check = |ends: &[(&str, Option<u64>)], expected: &[&str]| {
            let mut notes: BTreeMap<_, _> = ends
                .iter()
                .map(|(name, end)| {
                    let note = end.map_or_else(|| "odd".to_owned(), |end| end.to_string());
                    ((*name).to_owned(), Zeroizing::new(note.into_bytes()))
                })
                .collect();
            kind.prune(&mut notes, now, |note| {
                std::str::from_utf8(note).ok()?.parse().ok()
            });
            assert_eq!(notes.keys().collect::<Vec<_>>(), expected);
        };
        check(&[], &[]);
        check(
            &[("share/a", Some(now)), ("share/b", Some(now - KEEP_MS))],
            &["share/a", "share/b"],
        );
        check(
            &[("share/a", Some(now - KEEP_MS - 1)), ("share/b", None)],
            &["share/b"],
        );
        check(
            &[
                ("share/a", None),
                ("share/b", Some(now + 1)),
                ("share/c", Some(now + 2)),
            ],
            &["share/a", "share/c"],
        );
        check(
            &[
                ("share/a", Some(now + 3)),
                ("share/b", Some(now + 1)),
                ("share/c", Some(now + 2)),
            ],
            &["share/a", "share/c"],
        );
        // Another kind is none of its business.
        check(&[("form/a", Some(0)), ("share/a", Some(0))], &["form/a"]);
    }
}
