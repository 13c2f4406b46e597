//! What docs/PROTOCOL.md and this crate both list, compared: a format that changes in one place only is noticed.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]
#![cfg(not(target_arch = "wasm32"))]

use std::{collections::BTreeSet, fs, path::Path};

use coffer_core::{envelope::Kind, label::Label};

#[test]
fn the_document_lists_exactly_our_labels() {
    let document = document();
    let section = document.split("## 19 Labels").nth(1).unwrap();
    let written: BTreeSet<String> = section
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| *text != "coffer/v1/")
        .map(|text| format!("coffer/v1/{text}"))
        .collect();
    let ours: BTreeSet<String> = Label::ALL.iter().map(|label| label.as_str().to_owned()).collect();
    assert_eq!(written, ours);
}

#[test]
fn the_document_lists_exactly_our_prefixes() {
    let document = document();
    let written: BTreeSet<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `cf"))
        .map(|rest| rest.split('`').next().unwrap())
        .collect();
    let ours: BTreeSet<&str> = Kind::ALL
        .iter()
        .map(|kind| kind.prefix().strip_prefix("cf").unwrap())
        .collect();
    assert_eq!(written, ours);
}

#[test]
fn the_document_names_every_file_of_vectors() {
    let document = document();
    for entry in fs::read_dir(root().join("vectors")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".json") {
            assert!(document.contains(&format!("vectors/{name}")), "{name}");
        }
    }
}

#[test]
fn every_decision_that_the_document_names_is_a_page() {
    let document = document();
    let pages = fs::read_dir(root().join("docs/decisions")).unwrap();
    let numbers: BTreeSet<String> = pages
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .chars()
                .take(4)
                .collect()
        })
        .collect();
    let mentioned = document
        .split('(')
        .filter_map(|rest| rest.get(..4))
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    for number in mentioned {
        assert!(numbers.contains(number), "decision {number} has no page");
    }
}

fn document() -> String {
    fs::read_to_string(root().join("docs/PROTOCOL.md")).unwrap()
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
