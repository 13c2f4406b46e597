//! The shape of the source tree: the invariants of `docs/ARCHITECTURE.md` that a compiler does not see.
//!
//! Each check is a test here, so that `cargo test` runs it, and a line of `cargo xtask tidy`.

mod graph;
mod text;

use crate::step::{Failure, Result};

/// A check: the problems it found, in words that say where.
type Check = fn() -> Vec<String>;

/// `cargo xtask tidy`: every check, all problems at once.
pub fn run() -> Result<()> {
    let mut found = 0;
    for (claim, check) in CHECKS {
        let problems = check();
        println!("{} {claim}", if problems.is_empty() { "✓" } else { "✗" });
        for problem in &problems {
            println!("    {problem}");
        }
        found += problems.len();
    }
    if found == 0 {
        Ok(())
    } else {
        Err(Failure::new(format!("{found} things are out of shape")))
    }
}

/// Every check, with what it claims.
const CHECKS: [(&str, Check); 17] = [
    ("crates depend only downwards", graph::directions),
    ("server and store cannot open a secret", graph::server_has_no_keys),
    ("the core depends on nothing that does I/O", graph::core_is_pure),
    (
        "sqlx, axum and HTTP clients stay in their crates",
        graph::effects_stay_home,
    ),
    ("one generation of cryptography", graph::one_generation),
    (
        "a change of any crate of the app builds it again",
        graph::app_is_watched,
    ),
    (
        "versions stand in the workspace's table only",
        text::versions_in_one_place,
    ),
    ("fetch is called in one file", text::one_fetch),
    ("ui, components and pages import downwards", text::layers),
    (
        "no inner_html, style attribute or style element",
        text::no_inline_markup,
    ),
    ("both databases have the same migrations", text::migrations_match),
    ("a stylesheet belongs to a module", text::styles_match_modules),
    (
        "colours stand in tokens.css, nothing is !important",
        text::colours_are_tokens,
    ),
    (
        "no path of somebody's machine, no registry's host",
        text::no_places,
    ),
    ("no test is ignored", text::nothing_ignored),
    (
        "THREATS.md lists exactly the lies that are tested",
        text::lies_are_listed,
    ),
    ("no key, token or private file is committed", text::no_secrets),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(check: Check) {
        let problems = check();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn crates_depend_only_downwards() {
        holds(graph::directions);
    }

    #[test]
    fn server_and_store_cannot_open_a_secret() {
        holds(graph::server_has_no_keys);
    }

    #[test]
    fn the_core_depends_on_nothing_that_does_io() {
        holds(graph::core_is_pure);
    }

    #[test]
    fn effects_stay_in_their_crates() {
        holds(graph::effects_stay_home);
    }

    #[test]
    fn there_is_one_generation_of_cryptography() {
        holds(graph::one_generation);
    }

    #[test]
    fn a_change_of_any_crate_of_the_app_builds_it_again() {
        holds(graph::app_is_watched);
    }

    #[test]
    fn versions_stand_in_the_workspace_table_only() {
        holds(text::versions_in_one_place);
    }

    #[test]
    fn fetch_is_called_in_one_file() {
        holds(text::one_fetch);
    }

    #[test]
    fn ui_components_and_pages_import_downwards() {
        holds(text::layers);
    }

    #[test]
    fn there_is_no_inline_markup() {
        holds(text::no_inline_markup);
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        holds(text::migrations_match);
    }

    #[test]
    fn a_stylesheet_belongs_to_a_module() {
        holds(text::styles_match_modules);
    }

    #[test]
    fn colours_stand_in_tokens() {
        holds(text::colours_are_tokens);
    }

    #[test]
    fn no_place_of_a_machine_is_named() {
        holds(text::no_places);
    }

    #[test]
    fn no_test_is_ignored() {
        holds(text::nothing_ignored);
    }

    #[test]
    fn threats_list_exactly_the_lies() {
        holds(text::lies_are_listed);
    }

    #[test]
    fn no_secret_is_committed() {
        holds(text::no_secrets);
    }
}
