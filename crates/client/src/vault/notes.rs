//! Notes: what an account's bundle remembers of the links and forms that it made, as JSON under the name `kind/id`.
//!
//! A note changes only on top of the newest bundle, and of two devices' notes nothing is lost that happens once. One that
//! this version cannot read a newer one has written: it stays as it is.

use super::forms::FormRecord;
use super::sharing::{ShareId, ShareRecord};
use crate::{Device, Error, Transport, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What is remembered of one link or form.
pub(super) trait Note: Serialize + DeserializeOwned {
    /// What the names of its kind begin with.
    const PREFIX: &'static str;
    /// As many are remembered.
    const MOST: usize;
    /// What they are called.
    const PLURAL: &'static str;

    /// Takes over what another device has noted before, or without knowing of this.
    fn merge(&mut self, other: &Self);

    /// When it ends, in milliseconds.
    fn ends(&self) -> u64;

    /// Whether nothing can come of it any more.
    fn is_over(&self, now: u64) -> bool;
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// All links or forms that are remembered.
    pub(super) fn notes<N: Note>(&self) -> Result<Vec<(ShareId, N)>, Error> {
        self.bundle(|bundle| {
            let of_kind = bundle.notes.iter().filter_map(|(name, note)| {
                let id = name.strip_prefix(N::PREFIX).map(ShareId::new)?;
                Some((id, decode(note)?))
            });
            of_kind.collect()
        })
    }

    /// One of them; another device may have made it.
    pub(super) async fn note<N: Note>(&self, id: &ShareId) -> Result<N, Error> {
        let name = name::<N>(id);
        let known = || self.bundle(|bundle| bundle.notes.get(&name).and_then(|note| decode(note)));
        if let Some(note) = known()? {
            return Ok(note);
        }
        self.catch_up().await?;
        known()?.ok_or(Error::NotFound)
    }

    /// Whether another one could be remembered; asked before it is made.
    pub(super) async fn check_room<N: Note>(&self) -> Result<(), Error> {
        let now = self.device().now();
        let is_full = || {
            self.bundle(|bundle| {
                let mut notes = of_kind::<N>(&bundle.notes);
                notes.retain(|(_, note)| note.as_ref().is_none_or(|note| !note.is_over(now)));
                notes.len() >= N::MOST
            })
        };
        if is_full()? {
            // Another device may have ended some.
            self.catch_up().await?;
            if is_full()? {
                let (what, most) = (N::PLURAL, N::MOST);
                return Err(Error::NoRoom { what, most });
            }
        }
        Ok(())
    }

    /// Remembers a new one, and forgets some that are over.
    pub(super) async fn add_note<N: Note>(&self, id: &ShareId, note: &N) -> Result<(), Error> {
        let (name, note, now) = (name::<N>(id), encode(note)?, self.device().now());
        self.flush(|bundle| {
            prune::<N>(&mut bundle.notes, now);
            bundle.notes.insert(name.clone(), note.clone());
        })
        .await
    }

    /// Changes what is remembered of one, as the newest bundle has it.
    pub(super) async fn change_note<N: Note>(
        &self,
        id: &ShareId,
        change: impl Fn(&mut N),
    ) -> Result<(), Error> {
        let name = name::<N>(id);
        self.flush(|bundle| {
            if let Some(note) = bundle.notes.get_mut(&name)
                && let Some(mut changed) = decode::<N>(note)
            {
                change(&mut changed);
                // What was read is written.
                if let Ok(changed) = encode(&changed) {
                    *note = changed;
                }
            }
        })
        .await
    }

    /// After one could not be remembered and was taken back at the server: where the bundle has arrived all the same,
    /// it says so.
    pub(super) async fn disown_note<N: Note>(&self, id: &ShareId, end: impl Fn(&mut N)) {
        let name = name::<N>(id);
        let is_there = self.catch_up().await.is_ok()
            && self
                .bundle(|bundle| bundle.notes.contains_key(&name))
                .unwrap_or_default();
        if is_there {
            drop(self.change_note(id, end).await);
        }
    }
}

/// A note that two bundles have, of which `theirs` is the later; `None` for one of another kind.
pub(super) fn merge(name: &str, ours: &[u8], theirs: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    match name {
        _ if name.starts_with(ShareRecord::PREFIX) => Some(merged::<ShareRecord>(ours, theirs)),
        _ if name.starts_with(FormRecord::PREFIX) => Some(merged::<FormRecord>(ours, theirs)),
        _ => None,
    }
}

fn merged<N: Note>(ours: &[u8], theirs: &[u8]) -> Zeroizing<Vec<u8>> {
    let kept = |note: &[u8]| Zeroizing::new(note.to_vec());
    match (decode::<N>(ours), decode::<N>(theirs)) {
        (Some(ours), Some(mut note)) => {
            let before = encode(&note);
            note.merge(&ours);
            match encode(&note) {
                // As it was written, with what this version does not know.
                same if same == before => kept(theirs),
                changed => changed.unwrap_or_else(|_| kept(theirs)),
            }
        }
        // An older version that did not know of it has written over a newer one's.
        (None, Some(_)) => kept(ours),
        (_, None) => kept(theirs),
    }
}

/// Forgets what ended more than thirty days ago, and to make room what is over and ended first.
fn prune<N: Note>(notes: &mut BTreeMap<String, Zeroizing<Vec<u8>>>, now: u64) {
    let all = of_kind::<N>(notes);
    let mut too_many = (all.len() + 1).saturating_sub(N::MOST);
    let mut over: Vec<(u64, String)> = all
        .into_iter()
        .filter_map(|(name, note)| {
            note.filter(|note| note.is_over(now))
                .map(|note| (note.ends(), name))
        })
        .collect();
    over.sort();
    for (ends, name) in over {
        if too_many > 0 || ends.saturating_add(KEEP_MS) < now {
            notes.remove(&name);
            too_many = too_many.saturating_sub(1);
        }
    }
}

/// The notes of a kind, as far as they can be read.
fn of_kind<N: Note>(notes: &BTreeMap<String, Zeroizing<Vec<u8>>>) -> Vec<(String, Option<N>)> {
    let of_kind = notes.iter().filter(|(name, _)| name.starts_with(N::PREFIX));
    of_kind.map(|(name, note)| (name.clone(), decode(note))).collect()
}

fn name<N: Note>(id: &ShareId) -> String {
    format!("{}{id}", N::PREFIX)
}

fn decode<N: Note>(note: &[u8]) -> Option<N> {
    serde_json::from_slice(note).ok()
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
    use serde::Deserialize;

    #[derive(Serialize, Deserialize)]
    struct Kite {
        ends: u64,
        #[serde(default)]
        cut: bool,
    }

    impl Note for Kite {
        const PREFIX: &'static str = "kite/";
        const MOST: usize = 3;
        const PLURAL: &'static str = "kites";

        fn merge(&mut self, other: &Self) {
            self.cut |= other.cut;
        }

        fn ends(&self) -> u64 {
            self.ends
        }

        fn is_over(&self, now: u64) -> bool {
            self.cut || self.ends <= now
        }
    }

    fn kite(ends: u64, cut: bool) -> Vec<u8> {
        format!(r#"{{"ends":{ends},"cut":{cut}}}"#).into_bytes()
    }

    #[test]
    fn what_is_over_makes_room_and_what_is_not_stays() {
        let now = 10 * KEEP_MS;
        let check = |all: &[(&str, Vec<u8>)], expected: &[&str]| {
            let notes = all
                .iter()
                .map(|(name, note)| ((*name).to_owned(), Zeroizing::new(note.clone())));
            let mut notes = notes.collect();
            prune::<Kite>(&mut notes, now);
            assert_eq!(notes.keys().collect::<Vec<_>>(), expected);
        };
        check(&[], &[]);
        check(
            &[
                ("kite/a", kite(now, false)),
                ("kite/b", kite(now - KEEP_MS, false)),
            ],
            &["kite/a", "kite/b"],
        );
        check(
            &[
                ("kite/a", kite(now - KEEP_MS - 1, false)),
                ("kite/b", kite(now, false)),
            ],
            &["kite/b"],
        );
        // Of three there is no room for another: what is over and ended first goes, however late it would have ended.
        check(
            &[
                ("kite/a", kite(now - 1, false)),
                ("kite/b", kite(now - 2, false)),
                ("kite/c", kite(now + 1, false)),
            ],
            &["kite/a", "kite/c"],
        );
        check(
            &[
                ("kite/a", kite(now + 9, true)),
                ("kite/b", kite(now + 1, false)),
                ("kite/c", kite(now + 2, false)),
            ],
            &["kite/b", "kite/c"],
        );
        // Nothing is over, or cannot be read.
        check(
            &[
                ("kite/a", kite(now + 1, false)),
                ("kite/b", kite(now + 2, false)),
                ("kite/c", b"a newer one".to_vec()),
                ("kite/d", kite(now + 3, false)),
            ],
            &["kite/a", "kite/b", "kite/c", "kite/d"],
        );
        // Another kind is none of its business.
        check(
            &[("form/a", b"{}".to_vec()), ("kite/a", kite(0, false))],
            &["form/a"],
        );
    }

    #[test]
    fn of_two_notes_nothing_is_lost_and_what_cannot_be_read_stays() {
        let check = |ours: &[u8], theirs: &[u8], expected: &[u8]| {
            assert_eq!(merged::<Kite>(ours, theirs).as_slice(), expected);
        };
        check(&kite(5, true), &kite(4, false), &kite(4, true));
        check(&kite(5, false), &kite(4, true), &kite(4, true));
        // Nothing is new: every byte of theirs stays, also of what this version does not know.
        let newer = br#"{"tail":"red","ends":4}"#;
        check(&kite(5, false), newer, newer);
        check(&kite(5, true), b"a newer one", b"a newer one");
        check(b"a newer one", &kite(5, true), b"a newer one");
        check(b"a newer one", b"a newest one", b"a newest one");
        assert_eq!(merge("kite/a", b"1", b"2"), None);
    }
}
