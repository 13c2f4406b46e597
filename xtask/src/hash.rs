//! Digests: for integrity attributes, hashed names and "did anything change".

use std::fmt::Write;
use std::path::Path;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256, Sha384};

use crate::step::{Doing, Result};

/// What an `integrity` attribute says about these bytes.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", Base64::encode_string(&Sha384::digest(bytes)))
}

/// Sixteen hex digits that change when the bytes do, as Trunk puts them into names.
pub fn short(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// One digest over the names and contents of files, and over further words.
pub fn of_files<'a>(files: impl IntoIterator<Item = &'a Path>, words: &[&str]) -> Result<String> {
    let mut all = Sha256::new();
    for file in files {
        let bytes = std::fs::read(file).doing(format!("read {}", file.display()))?;
        all.update(file.to_string_lossy().as_bytes());
        all.update([0]);
        all.update(Sha256::digest(&bytes));
    }
    for word in words {
        all.update([1]);
        all.update(Sha256::digest(word.as_bytes()));
    }
    Ok(hex(&all.finalize()[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_is_what_browsers_expect() {
        // The digest of nothing, FIPS 180-4.
        assert_eq!(
            integrity(b""),
            "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
        );
        assert_eq!(short(b""), "e3b0c44298fc1c14");
    }
}
