//! Fills `corpus/` with the objects of `vectors/` and the insides that `parsers` makes.

use std::{error::Error, fs, path::Path};

use coffer_core::envelope::{self, Kind};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = coffer_fuzz::parsers::inner_seeds();
    for file in fs::read_dir(root.join("../vectors"))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            // Every text between quotation marks that looks like one of our objects or links.
            for text in fs::read_to_string(path)?
                .split('"')
                .filter(|text| text.len() < 4000)
            {
                let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()));
                seeds.extend(kind.and_then(|kind| envelope::decode(kind, text).ok()));
                if kind.is_some() || text.starts_with("v1.") || text.starts_with("CFA1-") || text.starts_with("coffer-machine-") {
                    seeds.push(text.as_bytes().to_vec());
                }
            }
        }
    }
    seeds.sort();
    seeds.dedup();
    for (name, _) in coffer_fuzz::parsers::PARSERS {
        let folder = root.join("corpus").join(name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed)?;
        }
    }
    Ok(())
}
