//! What is true: every value that anybody honest ever tried to write, where, and who may read it.

use crate::world::Env;
use coffer_client::{Class, SlotId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A folder and a name in it.
pub type Place = (String, String);

/// What honest people did.
#[derive(Default)]
pub struct Model {
    written: HashMap<String, Written>,
    /// Where secrets were tried to be moved.
    moved: HashMap<(String, SlotId), BTreeSet<Place>>,
    /// What was acknowledged last of a secret, in which of the server's continuations.
    acknowledged: BTreeMap<(bool, String, SlotId), Acknowledged>,
    /// What was tried to be deleted since it was last acknowledged.
    deleting: BTreeSet<(String, SlotId)>,
    /// Who was ever to read an environment.
    readers: BTreeSet<(usize, String)>,
    /// Who was shut out of an environment, and by whom.
    shut_out: Vec<ShutOut>,
    next: usize,
}

/// A value that somebody tried to write; no two are alike.
struct Written {
    environment: String,
    place: Place,
    /// As first seen, if nobody told before.
    slot: Option<SlotId>,
    forked: bool,
    /// The epoch that it was acknowledged under.
    epoch: Option<u32>,
}

/// What a save that was acknowledged left behind.
#[derive(Clone)]
pub enum Acknowledged {
    /// A value at a version.
    Value(u64, String),
    /// Nothing.
    Deleted,
}

struct ShutOut {
    who: usize,
    environment: String,
    by: usize,
    forked: bool,
    /// The first epoch that somebody who knew began.
    from: Option<u32>,
}

impl Model {
    /// A value of its own for a place, watched by the canary through the marker that all of them share.
    pub fn make(&mut self, environment: &str, place: Place, slot: Option<SlotId>, forked: bool) -> String {
        self.next += 1;
        let text = format!("{MARKER} {} {}", self.next, "·".repeat(self.next % 23));
        let written = Written {
            environment: environment.to_owned(),
            place,
            slot,
            forked,
            epoch: None,
        };
        self.written.insert(text.clone(), written);
        text
    }

    /// Somebody is about to move a secret.
    pub fn moving(&mut self, environment: &str, slot: SlotId, to: Place) {
        self.moved
            .entry((environment.to_owned(), slot))
            .or_default()
            .insert(to);
    }

    /// Somebody is about to delete a secret.
    pub fn deleting(&mut self, environment: &str, slot: SlotId) {
        self.deleting.insert((environment.to_owned(), slot));
    }

    /// Whether a secret may be gone, though nobody was told so.
    pub fn was_deleting(&self, environment: &str, slot: SlotId) -> bool {
        self.deleting.contains(&(environment.to_owned(), slot))
    }

    /// Somebody is about to bring something of the past back: what was deleted may be there again, and what was not may
    /// be gone.
    pub fn unsettle(&mut self, environment: &str) {
        self.acknowledged.retain(|(_, known, slot), what| {
            if known == environment {
                self.deleting.insert((known.clone(), *slot));
            }
            known != environment || matches!(what, Acknowledged::Value(..))
        });
    }

    /// Judges one version of the past.
    pub fn judge_version(
        &mut self,
        environment: &str,
        slot: SlotId,
        place: &Place,
        text: &str,
    ) -> Result<(), String> {
        let moved_there = self.was_moved(environment, slot, place);
        let known = self.written.get_mut(text).is_some_and(|written| {
            written.environment == environment
                && *written.slot.get_or_insert(slot) == slot
                && (written.place == *place || moved_there)
        });
        if known {
            Ok(())
        } else {
            Err(format!("the past of {place:?} shows {text:?}"))
        }
    }

    fn was_moved(&self, environment: &str, slot: SlotId, to: &Place) -> bool {
        self.moved
            .get(&(environment.to_owned(), slot))
            .is_some_and(|places| places.contains(to))
    }

    /// A save was acknowledged.
    pub fn acknowledge(&mut self, forked: bool, environment: &str, slot: SlotId, what: Acknowledged) {
        if matches!(what, Acknowledged::Value(..)) {
            self.deleting.remove(&(environment.to_owned(), slot));
        }
        self.acknowledged
            .insert((forked, environment.to_owned(), slot), what);
    }

    /// A value was acknowledged, sealed under this epoch.
    pub fn sealed_under(&mut self, text: &str, epoch: u32) {
        if let Some(written) = self.written.get_mut(text) {
            written.epoch = Some(epoch);
        }
    }

    /// Somebody may be able to read from now on.
    pub fn let_in(&mut self, who: usize, environment: &str) {
        self.readers.insert((who, environment.to_owned()));
        self.shut_out
            .retain(|out| out.who != who || out.environment != environment);
    }

    /// Somebody may not read what is written from now on by whoever knows, which `by` does.
    pub fn shut_out(&mut self, who: usize, environment: &str, by: usize, forked: bool) {
        self.shut_out.push(ShutOut {
            who,
            environment: environment.to_owned(),
            by,
            forked,
            from: None,
        });
    }

    /// Somebody's save was acknowledged under this epoch.
    pub fn saved_by(&mut self, by: usize, environment: &str, epoch: u32, forked: bool) {
        for out in &mut self.shut_out {
            if out.by == by && out.environment == environment && out.forked == forked && out.from.is_none() {
                out.from = Some(epoch);
            }
        }
    }

    /// The first epoch of an environment that somebody must have no key of.
    pub fn shut_out_from(&self, who: usize, environment: &str) -> Option<u32> {
        let outs = self
            .shut_out
            .iter()
            .filter(|out| out.who == who && out.environment == environment && !out.forked);
        outs.filter_map(|out| out.from).min()
    }

    /// Whether a text was ever written into an environment.
    pub fn knows(&self, environment: &str, text: &str) -> bool {
        self.written
            .get(text)
            .is_some_and(|written| written.environment == environment)
    }

    /// What was acknowledged of an environment.
    pub fn acknowledged_in(&self, forked: bool, environment: &str) -> Vec<(SlotId, Acknowledged)> {
        self.acknowledged
            .iter()
            .filter(|((f, e, _), _)| *f == forked && e == environment)
            .map(|((_, _, slot), what)| (*slot, what.clone()))
            .collect()
    }

    /// Judges one snapshot as somebody sees it: everything that is shown as true was written there by somebody honest,
    /// is not older than what this device was shown before, and may be read by whom it is shown to.
    pub fn judge(
        &mut self,
        who: usize,
        environment: &str,
        shown: &Env,
        seen: &mut HashMap<(String, SlotId), (u64, String)>,
    ) -> Result<(), String> {
        let hits = shown.search(MARKER, 0, usize::MAX).hits;
        for (index, entry) in shown.entries().iter().enumerate() {
            let slot = entry.slot;
            let place = (entry.path.clone(), entry.name.clone());
            let moved_here = self.was_moved(environment, slot, &place);
            let revealed = shown.reveal(&slot);
            let by_value = hits.iter().any(|hit| hit.index == index && hit.by_value);
            if by_value != revealed.is_ok() {
                return Err(format!("{place:?} is found by its value, and it is not shown"));
            }
            let good = matches!(entry.class, Class::Ok | Class::Lagging);
            let opened = match revealed {
                Ok(opened) if good => opened,
                Ok(_) => return Err(format!("{place:?} is {:?} and is shown", entry.class)),
                Err(error) if good => return Err(format!("{place:?} is {:?}: {error:?}", entry.class)),
                Err(_) => continue,
            };
            let text = opened.value.as_str();
            let Some(written) = self.written.get_mut(text) else {
                return Err(format!("{place:?} shows what nobody wrote: {text:?}"));
            };
            if written.environment != environment || *written.slot.get_or_insert(slot) != slot {
                return Err(format!("{place:?} shows a value of elsewhere: {text:?}"));
            }
            if written.place != place && !moved_here {
                return Err(format!("{place:?} shows a value of {:?}", written.place));
            }
            if opened.comment.as_str() != comment_of(text) {
                return Err(format!("{place:?} has another's comment"));
            }
            if !self.readers.contains(&(who, environment.to_owned())) {
                return Err(format!(
                    "{who} reads {environment} and was never let in: {text:?}"
                ));
            }
            let late = self.shut_out.iter().find(|out| {
                out.who == who
                    && out.environment == environment
                    && out.forked == written.forked
                    && matches!((out.from, written.epoch), (Some(from), Some(epoch)) if epoch >= from)
            });
            if late.is_some() {
                return Err(format!("{who} was shut out of {environment} and reads {text:?}"));
            }
            let key = (environment.to_owned(), slot);
            let now = (entry.version, text.to_owned());
            match seen.get(&key) {
                Some(before) if before.0 > now.0 => {
                    return Err(format!(
                        "{place:?} goes back from version {} to {}",
                        before.0, now.0
                    ));
                }
                Some(before) if before.0 == now.0 && before.1 != now.1 => {
                    return Err(format!("{place:?} has two values of version {}", now.0));
                }
                _ => seen.insert(key, now),
            };
        }
        Ok(())
    }
}

/// The remark beside a value.
pub fn comment_of(text: &str) -> String {
    format!("a remark on {text}")
}

/// What every plaintext begins with.
pub const MARKER: &str = "plaintext nobody sends";
