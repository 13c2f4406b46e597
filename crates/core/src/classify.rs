//! What a server's rows are worth: each is compared with the log before anything is decrypted.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    contents::{Contents, Entry},
    envelope::{self, Kind},
    id::SlotId,
    value::SealedValue,
};

/// A row as a server gave it. Rows below [`crate::layout::ROOT`] are not given here.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its folder.
    pub path: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// What a secret or a row is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// The row is the one that the log names.
    Ok,
    /// The row is absent, the one before, or what a secret that left this place has left there, and the record is held:
    /// the value comes from the record. Counts as Ok.
    Lagging,
    /// The row is absent.
    Missing,
    /// The row is an earlier version of this secret.
    RolledBack,
    /// The row is something else that is sealed: another secret's value, or a changed or broken one.
    Swapped,
    /// A sealed row that the log does not list there.
    Unlisted,
    /// A row of a secret that was deleted.
    Resurrected,
    /// A row that is not sealed.
    Unsealed,
}

/// A comparison of rows and log.
#[derive(Clone, Debug, Default)]
pub struct Classified {
    /// The class of every secret that the log lists.
    pub entries: BTreeMap<SlotId, Class>,
    /// Rows that belong to no listed secret, by their index. [`Class::Lagging`] stands for the remains of a move or a
    /// deletion whose record is held: a writer removes them.
    pub strangers: Vec<(usize, Class)>,
}

/// Compares `rows` with what the log lists.
pub fn classify(contents: &Contents, rows: &[Row<'_>]) -> Classified {
    let mut by_place: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        by_place.entry((row.path, row.name)).or_insert(index);
    }
    let mut result = Classified::default();
    for entry in contents.active() {
        let row = by_place.get(&(entry.path.as_str(), entry.name.as_str()));
        taken.extend(row);
        let value = row.map(|index| rows[*index].value);
        result
            .entries
            .insert(entry.slot, class_of(contents, entry, value));
    }
    let strangers = rows
        .iter()
        .enumerate()
        .filter(|(index, _)| !taken.contains(index));
    result.strangers = strangers
        .map(|(index, row)| (index, class_of_stranger(contents, row)))
        .collect();
    result
}

/// What a listed secret is whose place holds a row with `value`, or none.
pub fn class_of(contents: &Contents, entry: &Entry, value: Option<&str>) -> Class {
    let held = entry.value.is_some();
    let Some(value) = value else {
        return if held { Class::Lagging } else { Class::Missing };
    };
    let hash = envelope::ct_hash(value);
    if hash == entry.ct_hash {
        return Class::Ok;
    }
    let (path, name) = (entry.path.as_str(), entry.name.as_str());
    let left_behind = || class_of_stranger(contents, &Row { path, name, value }) == Class::Lagging;
    if held && (entry.previous == Some(hash) || left_behind()) {
        return Class::Lagging;
    }
    match SealedValue::parse(value) {
        // A broken seal is not plaintext: nobody may think of taking it for a value.
        Err(_) if value.starts_with(Kind::Value.prefix()) => Class::Swapped,
        Err(_) => Class::Unsealed,
        Ok(sealed) if sealed.slot() == entry.slot && sealed.version() < entry.version => Class::RolledBack,
        Ok(_) => Class::Swapped,
    }
}

/// What a row is that stands where the log lists no secret, or behind another row of that place.
pub fn class_of_stranger(contents: &Contents, row: &Row<'_>) -> Class {
    let Ok(sealed) = SealedValue::parse(row.value) else {
        return Class::Unsealed;
    };
    let Some(entry) = contents.entry(&sealed.slot()) else {
        return Class::Unlisted;
    };
    let before = match &entry.moved_from {
        Some((path, name)) => (path.as_str(), name.as_str()) == (row.path, row.name),
        None => entry.deleted && (entry.path.as_str(), entry.name.as_str()) == (row.path, row.name),
    };
    let remains = before && entry.previous == Some(envelope::ct_hash(row.value));
    match (remains, entry.deleted) {
        (true, _) => Class::Lagging,
        (false, true) => Class::Resurrected,
        (false, false) => Class::Unlisted,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        names::{SecretName, SecretPath},
        testing::{self, Opened, Project},
        value::SecretContent,
    };
    use rand_chacha::ChaCha20Rng;

    type Named = (String, Class);

    struct World {
        rng: ChaCha20Rng,
        project: Project,
        opened: Opened,
    }

    impl World {
        /// Secrets A and B, each written twice; a deleted C; D, which moved from E.
        fn new() -> (Self, [String; 7]) {
            let mut rng = testing::rng(1);
            let project = Project::new(&mut rng);
            let opened = Opened::begin(&project, &mut rng);
            let mut world = Self { rng, project, opened };
            for name in ["A", "B", "C", "E"] {
                world.put(name, name);
            }
            let old = ["A", "B", "C", "E"].map(|name| world.row(name));
            world.put("A", "A");
            world.put("B", "B");
            let c = world.opened.slot("C");
            let World { rng, project, opened } = &mut world;
            opened
                .write(project, &project.writer, rng, |changes, _| {
                    changes.delete(c).unwrap()
                })
                .unwrap();
            world.put("E", "D");
            let [old_a, old_b, c, e] = old;
            let rows = [old_a, old_b, c, e, world.row("A"), world.row("B"), world.row("D")];
            (world, rows)
        }

        fn put(&mut self, from: &str, to: &str) {
            let (path, from) = (SecretPath::root(), SecretName::parse(from).unwrap());
            let to = SecretName::parse(to).unwrap();
            let slot = self.opened.contents.at(&path, &from).map(|entry| entry.slot);
            let World { rng, project, opened } = self;
            let write = |changes: &mut crate::contents::Changes<'_>, rng: &mut ChaCha20Rng| {
                let content = SecretContent::text("x");
                match slot {
                    Some(slot) => changes.put(slot, &path, &to, &content, rng).unwrap(),
                    None => drop(changes.create(&path, &to, &content, rng).unwrap()),
                }
            };
            opened.write(project, &project.writer, rng, write).unwrap();
        }

        fn row(&self, name: &str) -> String {
            let entry = self.opened.contents.entry(&self.opened.slot(name)).unwrap();
            entry.value.as_ref().unwrap().as_str().to_owned()
        }

        /// The same contents, read from a checkpoint: no record is held.
        fn settled(mut self) -> Self {
            let World { rng, project, opened } = &mut self;
            opened.checkpoint(project, &project.admin, rng).unwrap();
            opened.contents = opened.fold_from(opened.log.last_checkpoint().unwrap()).unwrap();
            self
        }

        fn classes(&self, rows: &[(&str, &str)]) -> (Vec<Named>, Vec<(usize, Class)>) {
            let rows: Vec<Row<'_>> = rows
                .iter()
                .map(|(name, value)| Row {
                    path: "/",
                    name,
                    value,
                })
                .collect();
            let classified = classify(&self.opened.contents, &rows);
            let entries = self
                .opened
                .contents
                .active()
                .map(|entry| (entry.name.to_string(), classified.entries[&entry.slot]));
            (entries.collect(), classified.strangers)
        }

        fn class_of(&self, name: &str, rows: &[(&str, &str)]) -> Class {
            self.classes(rows)
                .0
                .into_iter()
                .find(|(entry, _)| entry == name)
                .unwrap()
                .1
        }
    }

    #[test]
    fn rows_that_the_log_names_are_ok() {
        let (world, rows) = World::new();
        let [_, _, _, _, a, b, d] = rows.each_ref().map(String::as_str);
        let (entries, strangers) = world.classes(&[("A", a), ("B", b), ("D", d)]);
        assert!(
            entries.iter().all(|(_, class)| *class == Class::Ok),
            "{entries:?}"
        );
        assert!(strangers.is_empty());
    }

    #[test]
    fn a_row_that_is_behind_its_held_record_lags() {
        let (world, rows) = World::new();
        let [old_a, _, c, e, _, b, _] = rows.each_ref().map(String::as_str);
        let shown = [("A", old_a), ("B", b), ("C", c), ("E", e)];
        let (entries, strangers) = world.classes(&shown);
        let expected = [("A", Class::Lagging), ("B", Class::Ok), ("D", Class::Lagging)];
        assert_eq!(entries, expected.map(|(name, class)| (name.to_owned(), class)));
        assert_eq!(
            strangers,
            [(2, Class::Lagging), (3, Class::Lagging)],
            "remains of a deletion and a move"
        );
    }

    #[test]
    fn a_row_lags_that_another_secret_has_left_at_its_new_place() {
        let (mut world, rows) = World::new();
        let [a, b] = [world.opened.slot("A"), world.opened.slot("B")];
        let root = SecretPath::root();
        let World { rng, project, opened } = &mut world;
        let name = |text| SecretName::parse(text).unwrap();
        let trade = |changes: &mut crate::contents::Changes<'_>, rng: &mut ChaCha20Rng| {
            let content = SecretContent::text("x");
            changes.put(a, &root, &name("B"), &content, rng).unwrap();
            changes.put(b, &root, &name("A"), &content, rng).unwrap();
        };
        opened.write(project, &project.writer, rng, trade).unwrap();
        let [_, _, _, _, row_a, row_b, _] = rows.each_ref().map(String::as_str);
        let before = [("A", row_a), ("B", row_b)];
        for name in ["A", "B"] {
            assert_eq!(world.class_of(name, &before), Class::Lagging);
            let crossed = [("A", row_b), ("B", row_a)];
            assert_eq!(world.class_of(name, &crossed), Class::Lagging, "the ones before");
        }
        // Once the record is not held, nothing explains it.
        let world = world.settled();
        for name in ["A", "B"] {
            assert_eq!(world.class_of(name, &before), Class::Swapped);
        }
    }

    #[test]
    fn what_a_lying_server_serves_is_named_for_what_it_is() {
        let (world, rows) = World::new();
        let world = world.settled();
        let [old_a, _, c, e, a, b, d] = rows.each_ref().map(String::as_str);
        for (why, value, expected) in [
            ("an earlier version", Some(old_a), Class::RolledBack),
            ("another secret", Some(b), Class::Swapped),
            ("nothing", None, Class::Missing),
            ("plaintext", Some("hunter2"), Class::Unsealed),
            ("an empty text", Some(""), Class::Unsealed),
            ("an old format", Some("cfr0.AAAA"), Class::Unsealed),
            ("a broken seal", Some("cfr1.AAAA"), Class::Swapped),
            ("half a seal", Some(&a[..a.len() / 2]), Class::Swapped),
            ("the right one", Some(a), Class::Ok),
        ] {
            let rows: Vec<(&str, &str)> = value.map(|value| ("A", value)).into_iter().collect();
            assert_eq!(world.class_of("A", &rows), expected, "{why}");
        }
        let changed = format!(
            "{}{}",
            &a[..a.len() - 4],
            if a.ends_with("AAAA") { "BBBB" } else { "AAAA" }
        );
        assert_eq!(world.class_of("A", &[("A", &changed)]), Class::Swapped);
        let (_, strangers) = world.classes(&[
            ("A", a),
            ("B", b),
            ("D", d),
            ("C", c),
            ("E", e),
            ("X", a),
            ("Y", "LD_PRELOAD"),
            ("A", a),
            ("Z", "cfr1.AAAA"),
        ]);
        assert_eq!(
            strangers,
            [
                (3, Class::Resurrected),
                (4, Class::Unlisted),
                (5, Class::Unlisted),
                (6, Class::Unsealed),
                (7, Class::Unlisted),
                (8, Class::Unsealed),
            ]
        );
    }

    #[test]
    fn a_copy_of_a_value_elsewhere_is_never_listed() {
        let (world, rows) = World::new();
        let [old_a, _, _, e, a, b, d] = rows.each_ref().map(String::as_str);
        let (_, strangers) = world.classes(&[("A", a), ("B", b), ("D", d), ("X", a), ("Y", old_a), ("Z", e)]);
        assert_eq!(
            strangers,
            [(3, Class::Unlisted), (4, Class::Unlisted), (5, Class::Unlisted)]
        );
    }
}
