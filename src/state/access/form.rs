//! The form in which somebody asks: what its lines mean, and what its reason lacks.

use coffer_client::{AccessRules, WantedItem, own_words};

/// What a line of the form means: a name in the folder, a whole path, or with a slash at its end all below it.
pub(crate) fn item_of(folder: &str, line: &str) -> WantedItem {
    let line = line.trim();
    let base = if line.starts_with('/') { "/" } else { folder };
    match line.rsplit_once('/') {
        None => WantedItem::Secret(folder.to_owned(), line.to_owned()),
        Some((path, "")) => WantedItem::Folder(within(base, path)),
        Some((path, name)) => WantedItem::Secret(within(base, path), name.to_owned()),
    }
}

/// A folder as it was typed: with a slash before and none behind.
pub(crate) fn folder_of(text: &str) -> String {
    within("/", text.trim())
}

/// A path below a folder, without empty parts.
fn within(folder: &str, path: &str) -> String {
    let parts = folder
        .split('/')
        .chain(path.split('/'))
        .filter(|part| !part.is_empty());
    let whole = parts.fold(String::new(), |whole, part| whole + "/" + part);
    if whole.is_empty() { "/".to_owned() } else { whole }
}

/// The folder and the lines of the form for what was wanted once.
pub(crate) fn lines_of(wanted: &[WantedItem]) -> (String, Vec<String>) {
    if let [WantedItem::Folder(folder)] = wanted {
        return (folder.clone(), Vec::new());
    }
    let folder = wanted.iter().find_map(|item| match item {
        WantedItem::Secret(folder, _) => Some(folder.clone()),
        WantedItem::Folder(_) => None,
    });
    let folder = folder.unwrap_or_else(|| "/".to_owned());
    let lines = wanted.iter().map(|item| match item {
        WantedItem::Folder(path) => format!("{}/", path.trim_end_matches('/')),
        WantedItem::Secret(path, name) if *path == folder => name.clone(),
        WantedItem::Secret(path, name) => format!("{}/{name}", path.trim_end_matches('/')),
    });
    (folder.clone(), lines.collect())
}

/// What a reason still lacks, by the rules of which it lacks most: how much is written, and how much is needed.
pub(crate) fn reason_so_far(all: &[AccessRules], reason: &str) -> (usize, usize) {
    let own = |template: &str| own_words(template, reason).chars().count();
    let counted = all
        .iter()
        .map(|rules| (own(&rules.template), usize::from(rules.reason_min)));
    let most = counted.max_by_key(|(written, least)| (least.saturating_sub(*written), *least));
    most.unwrap_or_else(|| (own(""), 0))
}

/// The longest reason, in bytes, as `coffer-core` reads it.
pub(crate) const LONGEST_REASON: usize = 4_000;
/// The most secrets and folders of one request, as `coffer-core` reads it.
pub(crate) const MOST_WANTED: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_form_is_a_name_a_path_or_a_folder() {
        let secret = |path: &str, name: &str| WantedItem::Secret(path.into(), name.into());
        let check = |line, expected| assert_eq!(item_of("/api", line), expected, "{line}");
        check(" KEY ", secret("/api", "KEY"));
        check("/KEY", secret("/", "KEY"));
        check("/db//live/KEY", secret("/db/live", "KEY"));
        check("v1/KEY", secret("/api/v1", "KEY"));
        check("/db/", WantedItem::Folder("/db".into()));
        check("/", WantedItem::Folder("/".into()));
        for (typed, folder) in [("", "/"), ("api", "/api"), ("/api/", "/api"), (" / ", "/")] {
            assert_eq!(folder_of(typed), folder);
        }
    }

    #[test]
    fn what_was_wanted_once_fills_the_form_again() {
        for wanted in [
            vec![WantedItem::Folder("/api".into())],
            vec![
                WantedItem::Secret("/api".into(), "A".into()),
                WantedItem::Secret("/api".into(), "B".into()),
            ],
            vec![
                WantedItem::Secret("/".into(), "A".into()),
                WantedItem::Secret("/db".into(), "B".into()),
                WantedItem::Folder("/x/y".into()),
            ],
        ] {
            let (folder, lines) = lines_of(&wanted);
            let again: Vec<WantedItem> = if lines.is_empty() {
                vec![WantedItem::Folder(folder)]
            } else {
                lines.iter().map(|line| item_of(&folder, line)).collect()
            };
            assert_eq!(again, wanted);
        }
    }

    #[test]
    fn of_all_rules_those_count_of_which_a_reason_lacks_most() {
        let rules = |template: &str, reason_min| AccessRules {
            template: template.into(),
            reason_min,
            ..AccessRules::default()
        };
        let both = [rules("", 4), rules("Ticket:", 10)];
        assert_eq!(reason_so_far(&both, "Ticket: now"), (3, 10));
        assert_eq!(reason_so_far(&[], "abc"), (3, 0));
    }
}
