//! Which rows of a table are ticked: one by one, a range of them, or all that are shown.

use std::collections::HashSet;

use super::environment::{Row, RowKey};

/// The ticked rows, by what they stand for; whether they are shown does not matter. It holds no name and no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    keys: HashSet<RowKey>,
    /// Where a range begins: the row that was ticked or unticked last.
    anchor: Option<RowKey>,
}

impl Selection {
    /// Nothing is ticked.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Which ones.
    pub(crate) fn keys(&self) -> &HashSet<RowKey> {
        &self.keys
    }

    /// Whether this one is.
    pub(crate) fn contains(&self, key: RowKey) -> bool {
        self.keys.contains(&key)
    }

    /// How many of the shown rows are.
    pub(crate) fn among(&self, shown: &[Row]) -> usize {
        if self.is_empty() {
            return 0;
        }
        shown.iter().filter(|row| self.contains(row.key)).count()
    }

    /// Ticks a row or takes its tick away. A range begins here.
    pub(crate) fn toggle(&mut self, key: RowKey) {
        self.put(key, !self.contains(key));
        self.anchor = Some(key);
    }

    /// Toggles the row at `to`, and everything between it and the row before becomes as it.
    pub(crate) fn reach(&mut self, shown: &[Row], to: usize) {
        let Some(last) = shown.get(to) else { return };
        let ticked = !self.contains(last.key);
        let from = self.anchor_in(shown).unwrap_or(to);
        for row in &shown[from.min(to)..=from.max(to)] {
            self.put(row.key, ticked);
        }
        self.anchor = Some(last.key);
    }

    /// Goes from one row to the next and takes it along: away from where the range begins it grows, towards there it
    /// shrinks. On a row that is not ticked another range begins.
    pub(crate) fn step(&mut self, shown: &[Row], from: usize, to: usize) {
        let (Some(here), Some(there)) = (shown.get(from), shown.get(to)) else {
            return;
        };
        let begin = self.anchor_in(shown).filter(|begin| {
            let begin = shown[*begin].key;
            self.contains(begin) && self.contains(here.key)
        });
        match begin {
            Some(begin) if to.abs_diff(begin) < from.abs_diff(begin) => self.put(here.key, false),
            Some(_) => self.put(there.key, true),
            None => {
                self.put(here.key, true);
                self.put(there.key, true);
                self.anchor = Some(here.key);
            }
        }
    }

    /// Ticks everything that is shown or takes its ticks away; what is not shown stays as it is.
    pub(crate) fn put_all(&mut self, shown: &[Row], ticked: bool) {
        if ticked {
            self.keys.extend(shown.iter().map(|row| row.key));
        } else {
            for row in shown {
                self.keys.remove(&row.key);
            }
        }
        self.anchor = None;
    }

    /// Ticks a row or takes its tick away, without a range beginning there.
    pub(crate) fn put(&mut self, key: RowKey, ticked: bool) {
        if ticked {
            self.keys.insert(key);
        } else {
            self.keys.remove(&key);
        }
    }

    /// Forgets the rows that are not there any more.
    pub(crate) fn keep(&mut self, is_there: impl Fn(RowKey) -> bool) {
        self.keys.retain(|key| is_there(*key));
        self.anchor = self.anchor.filter(|key| is_there(*key));
    }

    /// Takes all ticks away.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn anchor_in(&self, shown: &[Row]) -> Option<usize> {
        let anchor = self.anchor?;
        shown.iter().position(|row| row.key == anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::environment::Mark;
    use coffer_client::{Class, SlotId};

    fn key(n: u32) -> RowKey {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        RowKey::Slot(SlotId::from_bytes(bytes))
    }

    fn rows(keys: impl IntoIterator<Item = u32>) -> Vec<Row> {
        let row = |n: u32| Row {
            key: key(n),
            path: "/".into(),
            name: format!("S{n}"),
            class: Class::Ok,
            mark: Mark::Saved,
            version: 1,
            edit: 0,
        };
        keys.into_iter().map(row).collect()
    }

    fn ticked(selection: &Selection, shown: &[Row]) -> Vec<usize> {
        let all = shown.iter().enumerate();
        all.filter(|(_, row)| selection.contains(row.key))
            .map(|(index, _)| index)
            .collect()
    }

    #[test]
    fn a_range_becomes_as_its_last_row() {
        let shown = rows(0..10);
        let mut selection = Selection::default();
        selection.toggle(key(2));
        selection.reach(&shown, 5);
        assert_eq!(ticked(&selection, &shown), [2, 3, 4, 5]);
        selection.reach(&shown, 8);
        assert_eq!(ticked(&selection, &shown), [2, 3, 4, 5, 6, 7, 8]);
        selection.reach(&shown, 4);
        assert_eq!(ticked(&selection, &shown), [2, 3]);
        selection.toggle(key(9));
        selection.reach(&shown, 7);
        assert_eq!(ticked(&selection, &shown), [2, 3, 7, 8, 9], "upwards as well");
    }

    #[test]
    fn a_range_needs_a_row_that_is_shown_to_begin_with() {
        let shown = rows(0..4);
        let mut selection = Selection::default();
        selection.reach(&shown, 2);
        assert_eq!(ticked(&selection, &shown), [2]);
        selection.toggle(key(77));
        selection.reach(&shown, 0);
        assert_eq!(ticked(&selection, &shown), [0, 2]);
        selection.reach(&shown, 99);
        assert_eq!(selection.len(), 3, "there is no such row");
    }

    #[test]
    fn steps_make_a_range_longer_and_shorter_again() {
        let shown = rows(0..10);
        let mut selection = Selection::default();
        for (from, to) in [(3, 4), (4, 5), (5, 6)] {
            selection.step(&shown, from, to);
        }
        assert_eq!(ticked(&selection, &shown), [3, 4, 5, 6]);
        for (from, to) in [(6, 5), (5, 4), (4, 3), (3, 2)] {
            selection.step(&shown, from, to);
        }
        assert_eq!(
            ticked(&selection, &shown),
            [2, 3],
            "over its begin, to the other side"
        );
        selection.step(&shown, 8, 9);
        assert_eq!(
            ticked(&selection, &shown),
            [2, 3, 8, 9],
            "elsewhere another one begins"
        );
        selection.toggle(key(9));
        selection.step(&shown, 5, 6);
        assert_eq!(
            ticked(&selection, &shown),
            [2, 3, 5, 6, 8],
            "a tick taken away begins none"
        );
    }

    #[test]
    fn all_that_is_shown_is_ticked_and_the_rest_stays() {
        let shown = rows(0..3);
        let mut selection = Selection::default();
        selection.toggle(key(7));
        selection.put_all(&shown, true);
        assert_eq!((selection.len(), selection.among(&shown)), (4, 3));
        selection.put_all(&shown, false);
        assert_eq!((selection.len(), selection.among(&shown)), (1, 0));
        assert!(selection.contains(key(7)));
    }

    #[test]
    fn what_is_gone_is_not_ticked_any_more() {
        let shown = rows(0..4);
        let mut selection = Selection::default();
        selection.put_all(&shown, true);
        selection.toggle(key(3));
        selection.keep(|there| there != key(1) && there != key(3));
        assert_eq!(ticked(&selection, &shown), [0, 2]);
        selection.reach(&shown, 1);
        assert_eq!(
            ticked(&selection, &shown),
            [0, 1, 2],
            "nor does a range begin there"
        );
        selection.clear();
        assert!(selection.is_empty());
    }

    #[test]
    fn ten_thousand_are_ticked_counted_and_unticked() {
        let shown = rows(0..10_000);
        let mut selection = Selection::default();
        selection.put_all(&shown, true);
        assert_eq!(selection.among(&shown), 10_000);
        selection.toggle(key(0));
        selection.reach(&shown, 9_999);
        assert!(selection.is_empty());
    }
}
