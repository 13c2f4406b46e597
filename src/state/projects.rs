//! Projects and their environments: the names that new ones get.

use coffer_client::NewEnvironment;
use std::collections::HashSet;

use super::current::ProjectCrumb;
use crate::backend::Project;

/// Why a name or a list of names is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameProblem {
    /// Nothing was typed.
    Empty,
    /// More than [`LONGEST_NAME`] characters.
    TooLong,
    /// Two would get the same short name.
    Twice,
}

/// A name as the compatible server takes it: trimmed, not empty, at most 64 characters.
pub(crate) fn checked_name(text: &str) -> Result<String, NameProblem> {
    let name = text.trim();
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(NameProblem::TooLong);
    }
    Ok(name.to_owned())
}

/// Environments from a list of names, one per line.
pub(crate) fn environments_of(lines: &str) -> Result<Vec<NewEnvironment>, NameProblem> {
    let mut slugs = HashSet::new();
    let mut environments = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let name = checked_name(line)?;
        let slug = slug_of(&name);
        if slug.is_empty() || !slugs.insert(slug.clone()) {
            return Err(NameProblem::Twice);
        }
        environments.push(NewEnvironment { name, slug });
    }
    if environments.is_empty() {
        return Err(NameProblem::Empty);
    }
    Ok(environments)
}

/// What the frame shows of an opened project.
pub(crate) fn crumb_of(project: &Project) -> ProjectCrumb {
    let summary = project.summary();
    ProjectCrumb {
        id: summary.id.as_str().to_owned(),
        name: summary.name,
        environments: project
            .environments()
            .into_iter()
            .map(|environment| (environment.slug, environment.name))
            .collect(),
    }
}

/// A short name for addresses: lower-case letters, digits, hyphens. Empty if the name has none of them.
pub(crate) fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(LONGEST_NAME);
    slug.trim_end_matches('-').to_owned()
}

/// Whether a short name was typed as the server takes it.
pub(crate) fn slug_is_fine(slug: &str) -> bool {
    !slug.is_empty() && slug_of(slug) == slug
}

/// The most characters of a project's or environment's name.
pub(crate) const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_hold_letters_digits_and_single_hyphens() {
        let check = |name: &str, expected: &str| assert_eq!(slug_of(name), expected);
        check("Production", "production");
        check("  EU  (west) 2 ", "eu-west-2");
        check("Ünï", "n");
        check("生产", "");
        assert!(slug_is_fine("eu-west-2"));
        assert!(!slug_is_fine("EU") && !slug_is_fine("a--b") && !slug_is_fine("a-") && !slug_is_fine(""));
    }

    #[test]
    fn environments_are_named_line_by_line() {
        let slugs = |lines: &str| -> Result<Vec<String>, NameProblem> {
            Ok(environments_of(lines)?
                .into_iter()
                .map(|environment| environment.slug)
                .collect())
        };
        assert_eq!(
            slugs("Development\n\n Production \n"),
            Ok(vec!["development".into(), "production".into()])
        );
        assert_eq!(slugs(" \n"), Err(NameProblem::Empty));
        assert_eq!(slugs("Dev\ndev"), Err(NameProblem::Twice));
        assert_eq!(slugs(&"x".repeat(65)), Err(NameProblem::TooLong));
    }
}
