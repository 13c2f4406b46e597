//! Puts `x.br` and `x.gz` beside every file `x` of a folder, where they are smaller than the file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, GzBuilder};

fn main() -> io::Result<()> {
    for folder in env::args_os().skip(1).map(PathBuf::from) {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() && !path.extension().is_some_and(|kind| kind == "br" || kind == "gz") {
                squeeze(&path)?;
            }
        }
    }
    Ok(())
}

fn squeeze(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let mut brotli = Vec::new();
    let options = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &options)?;
    // No time and no name in the header: the same input gives the same file.
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    for (ending, packed) in [("br", brotli), ("gz", gzip.finish()?)] {
        if packed.len() < bytes.len() {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(ending);
            fs::write(PathBuf::from(name), packed)?;
        }
    }
    Ok(())
}
