//! Writes the known answers of our own formats into a folder: `make_vectors DIR`. `cargo xtask vectors` calls it.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool that may stop")]

#[path = "../tests/known_answers/mod.rs"]
mod known_answers;

fn main() {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "vectors".to_owned()));
    std::fs::create_dir_all(&folder).unwrap();
    for file in known_answers::files() {
        let path = folder.join(format!("{}.json", file.name));
        std::fs::write(&path, file.to_json()).unwrap();
        println!("{}", path.display());
    }
}
