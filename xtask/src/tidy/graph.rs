//! Checks over the graph of crates, as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value;

use crate::build::APP_INPUTS;
use crate::command;

/// Which of our crates a crate may name in `[dependencies]`.
const DOWNWARDS: [(&str, &[&str]); 16] = [
    ("coffer-wire", &[]),
    ("coffer-core", &["coffer-wire"]),
    ("coffer-kdf-worker", &["coffer-core"]),
    ("coffer-client", &["coffer-core", "coffer-wire"]),
    ("coffer-store", &["coffer-wire"]),
    ("coffer-server", &["coffer-store", "coffer-wire"]),
    ("coffer-page", &["coffer-client"]),
    ("coffer-receiver", &["coffer-client", "coffer-page"]),
    (
        "coffer-web",
        &["coffer-client", "coffer-page", "coffer-receiver", "coffer-wire"],
    ),
    (
        "coffer-testkit",
        &[
            "coffer-client",
            "coffer-core",
            "coffer-server",
            "coffer-store",
            "coffer-wire",
        ],
    ),
    (
        "coffer-journeys",
        &[
            "coffer-client",
            "coffer-server",
            "coffer-store",
            "coffer-testkit",
            "coffer-wire",
        ],
    ),
    ("coffer-meter", &[]),
    ("coffer-scan", &[]),
    (
        "coffer-bench",
        &["coffer-client", "coffer-core", "coffer-testkit"],
    ),
    ("coffer-bench-probe", &["coffer-core"]),
    ("xtask", &[]),
];

/// Everything from outside that the core may name: arithmetic on bytes and text.
const PURE: [&str; 17] = [
    "aead-stream",
    "argon2",
    "base64ct",
    "blake2",
    "chacha20poly1305",
    "coffer-wire",
    "ed25519-dalek",
    "hkdf",
    "hmac",
    "hpke",
    "rand_core",
    "sha2",
    "subtle",
    "thiserror",
    "unicode-normalization",
    "x25519-dalek",
    "zeroize",
];

/// Who alone may name a crate that has effects.
const HOMES: [(&str, &[&str]); 9] = [
    ("axum", &["coffer-server"]),
    ("fantoccini", &["coffer-journeys"]),
    ("gloo-net", &["coffer-web"]),
    ("hyper", &[]),
    ("reqwest", &["coffer-cli"]),
    ("rusqlite", &[]),
    ("sqlx", &["coffer-store"]),
    (
        "ureq",
        &[
            "coffer-bench",
            "coffer-journeys",
            "coffer-server",
            "coffer-testkit",
            "xtask",
        ],
    ),
    ("web-sys", &["coffer-page", "coffer-receiver", "coffer-web"]),
];

/// The generation of 2026, and of nothing else, in everything that runs in the browser.
const GENERATION: [(&str, &str); 18] = [
    ("aead", "0.6"),
    ("aead-stream", "0.6"),
    ("argon2", "0.6"),
    ("blake2", "0.11"),
    ("chacha20", "0.10"),
    ("chacha20poly1305", "0.11"),
    ("cipher", "0.5"),
    ("curve25519-dalek", "5"),
    ("digest", "0.11"),
    ("ed25519-dalek", "3"),
    ("hkdf", "0.13"),
    ("hmac", "0.13"),
    ("hpke", "0.15"),
    ("poly1305", "0.9"),
    ("rand_core", "0.10"),
    ("sha2", "0.11"),
    ("x25519-dalek", "3"),
    ("zeroize", "1"),
];

pub fn directions() -> Vec<String> {
    let graph = Graph::get();
    let ours: BTreeSet<_> = graph.members.keys().map(String::as_str).collect();
    let mut problems = Vec::new();
    for (name, dependencies) in &graph.members {
        let allowed = DOWNWARDS
            .iter()
            .find(|(of, _)| of == name)
            .map_or(&[][..], |(_, allowed)| allowed);
        for dependency in dependencies
            .iter()
            .filter(|dependency| ours.contains(dependency.as_str()))
        {
            if !allowed.contains(&dependency.as_str()) {
                problems.push(format!(
                    "{name} must not depend on {dependency} (xtask/src/tidy/graph.rs, DOWNWARDS)"
                ));
            }
        }
    }
    problems
}

pub fn server_has_no_keys() -> Vec<String> {
    let graph = Graph::get();
    let keys = [
        "coffer-core",
        "coffer-client",
        "chacha20poly1305",
        "hpke",
        "ed25519-dalek",
        "x25519-dalek",
    ];
    ["coffer-server", "coffer-store"]
        .iter()
        .flat_map(|name| {
            let reach = graph.reach(name);
            keys.iter()
                .filter(move |key| reach.iter().any(|(found, _)| found == *key))
                .map(move |key| format!("{name} reaches {key}"))
        })
        .collect()
}

pub fn core_is_pure() -> Vec<String> {
    let graph = Graph::get();
    let named = graph.members.get("coffer-core").into_iter().flatten();
    let mut problems: Vec<_> = named
        .filter(|name| !PURE.contains(&name.as_str()))
        .map(|name| format!("coffer-core names {name} (xtask/src/tidy/graph.rs, PURE)"))
        .collect();
    for effect in [
        "tokio", "reqwest", "sqlx", "axum", "web-sys", "js-sys", "time", "chrono", "ureq",
    ] {
        if graph
            .reach("coffer-core")
            .iter()
            .any(|(found, _)| found == effect)
        {
            problems.push(format!("coffer-core reaches {effect}"));
        }
    }
    problems
}

pub fn effects_stay_home() -> Vec<String> {
    let graph = Graph::get();
    let mut problems = Vec::new();
    for (name, dependencies) in &graph.members {
        for (effect, homes) in HOMES {
            if dependencies.contains(effect) && !homes.contains(&name.as_str()) {
                problems.push(format!("{name} must not name {effect}; only {homes:?} may"));
            }
        }
    }
    problems
}

pub fn one_generation() -> Vec<String> {
    let graph = Graph::get();
    let mut problems = Vec::new();
    for root in ["coffer-core", "coffer-web", "coffer-kdf-worker"] {
        let reach = graph.reach(root);
        for (name, generation) in GENERATION {
            for (_, version) in reach.iter().filter(|(found, _)| found == name) {
                if version != generation && !version.starts_with(&format!("{generation}.")) {
                    problems.push(format!("{root} reaches {name} {version}, not {generation}"));
                }
            }
        }
    }
    problems
}

/// Every crate of ours that is in a program of the browser is among what its stamp is made of.
pub fn app_is_watched() -> Vec<String> {
    let graph = Graph::get();
    let programs = [
        "coffer-web",
        "coffer-receiver",
        "coffer-kdf-worker",
        "coffer-meter",
        "coffer-scan",
    ];
    let reached: BTreeSet<String> = programs
        .iter()
        .flat_map(|program| graph.reach(program))
        .map(|(name, _)| name)
        .chain(programs.map(str::to_owned))
        .filter(|name| graph.members.contains_key(name))
        .collect();
    let folder = |name: &str| match name.strip_prefix("coffer-") {
        Some("web") | None => "src".to_owned(),
        Some(name) => format!("crates/{name}"),
    };
    reached
        .iter()
        .map(|name| folder(name))
        .filter(|folder| !APP_INPUTS.contains(&folder.as_str()))
        .map(|folder| format!("{folder} is not among APP_INPUTS (xtask/src/build.rs)"))
        .collect()
}

/// Who depends on whom. Development dependencies and macros are left out: they do not ship.
struct Graph {
    /// Our crates, and what each names in `[dependencies]`.
    members: BTreeMap<String, BTreeSet<String>>,
    /// Every crate by its id: name, version, ids of what it depends on.
    nodes: BTreeMap<String, (String, String, Vec<String>)>,
}

impl Graph {
    fn get() -> &'static Self {
        static GRAPH: OnceLock<Graph> = OnceLock::new();
        GRAPH.get_or_init(Self::read)
    }

    fn read() -> Self {
        let mut arguments = vec!["metadata", "--format-version", "1", "--locked"];
        for platform in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
            arguments.extend(["--filter-platform", platform]);
        }
        let output = command::cargo(&arguments)
            .ok()
            .and_then(|mut cargo| cargo.output().ok());
        let json: Value = output
            .and_then(|output| serde_json::from_slice(&output.stdout).ok())
            .unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();

        let mut nodes = BTreeMap::new();
        let mut members = BTreeMap::new();
        let ours: BTreeSet<String> = list(&json["workspace_members"]).iter().map(text).collect();
        for package in list(&json["packages"]) {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            if ours.contains(&id) {
                let named = list(&package["dependencies"]);
                let named = named
                    .iter()
                    .filter(|one| one["kind"].is_null())
                    .map(|one| text(&one["name"]))
                    .collect();
                members.insert(name.clone(), named);
            }
            let macros = list(&package["targets"])
                .iter()
                .flat_map(|target| list(&target["kind"]))
                .any(|kind| kind == "proc-macro");
            if !macros {
                nodes.insert(id, (name, text(&package["version"]), Vec::new()));
            }
        }
        for node in list(&json["resolve"]["nodes"]) {
            let used = list(&node["deps"]).into_iter().filter(|dependency| {
                list(&dependency["dep_kinds"])
                    .iter()
                    .any(|kind| kind["kind"].is_null())
            });
            let used = used.map(|dependency| text(&dependency["pkg"])).collect();
            if let Some(entry) = nodes.get_mut(&text(&node["id"])) {
                entry.2 = used;
            }
        }
        assert!(
            members.len() > 5,
            "cargo metadata told nothing: is Cargo.lock current?"
        );
        Self { members, nodes }
    }

    /// Name and version of everything that one of our crates ships with.
    fn reach(&self, name: &str) -> BTreeSet<(String, String)> {
        let mut open: Vec<&String> = self
            .nodes
            .iter()
            .filter(|(_, (found, ..))| found == name)
            .map(|(id, _)| id)
            .collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if let Some((_, _, next)) = self.nodes.get(id)
                && seen.insert(id)
            {
                open.extend(next);
            }
        }
        seen.iter()
            .filter_map(|id| self.nodes.get(*id))
            .map(|(name, version, _)| (name.clone(), version.clone()))
            .filter(|(found, _)| found != name)
            .collect()
    }
}
