//! The known answers of our own formats, natively and in a browser.
//!
//! `cargo test -p coffer-core --test vectors`, and the same with `--target wasm32-unknown-unknown`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

mod known_answers;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

macro_rules! vectors {
    ($($name:ident),*) => {
        $(
            #[wasm_bindgen_test(unsupported = test)]
            fn $name() {
                check(stringify!($name), include_str!(concat!("../../../vectors/", stringify!($name), ".json")));
            }
        )*

        /// A file without a test, or a case that is not committed, would go unnoticed.
        #[wasm_bindgen_test(unsupported = test)]
        fn every_case_is_committed() {
            let files = known_answers::files();
            let names: Vec<&str> = files.iter().map(|file| file.name).collect();
            let mut tested = [$(stringify!($name)),*];
            tested.sort_unstable();
            let mut written = names.clone();
            written.sort_unstable();
            assert_eq!(tested.as_slice(), written);
            for file in files {
                let committed = match file.name {
                    $(stringify!($name) => include_str!(concat!("../../../vectors/", stringify!($name), ".json")),)*
                    other => panic!("{other} has no test"),
                };
                let committed: Value = serde_json::from_str(committed).unwrap();
                let committed: Vec<&str> = committed["vectors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|case| case["name"].as_str().unwrap())
                    .collect();
                let here: Vec<&str> = file.cases.iter().map(|case| case.name).collect();
                assert_eq!(committed, here, "{}: run `cargo xtask vectors`", file.name);
            }
        }
    };
}

vectors!(
    account,
    bundle,
    encodings,
    environment,
    identity,
    invite,
    jit,
    keyring,
    log,
    machine,
    names,
    reverse,
    share,
    value
);

fn check(name: &str, text: &str) {
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = file["vectors"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let answer = known_answers::answer(case["op"].as_str().unwrap(), &case["input"]);
        assert_eq!(answer, case["expect"], "{name}: {}", case["name"]);
    }
}
