//! What the app weighs when it is loaded: every part, as it travels in brotli.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::report::Report;

/// Adds up the parts of a built app.
pub fn measure(app: &Path, report: &mut Report) -> Result<()> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(app)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let size = |suffix: &str| {
            fs::metadata(app.join(format!("{name}{suffix}")))
                .map(|file| file.len())
                .ok()
        };
        let raw = size("").unwrap_or_default();
        let travels = size(".br").unwrap_or(raw);
        parts.push((name, raw, travels));
    }
    parts.sort_by_key(|(_, _, travels)| std::cmp::Reverse(*travels));
    let mut rows: Vec<_> = parts
        .iter()
        .map(|(name, raw, travels)| vec![without_hash(name), kilobytes(*raw), kilobytes(*travels)])
        .collect();
    for (what, wanted) in LOADS {
        let travels: u64 = parts
            .iter()
            .filter(|(name, ..)| {
                let program = PROGRAMS.iter().find(|program| name.starts_with(**program));
                wanted.contains(program.unwrap_or(&PAGE))
            })
            .map(|(_, _, travels)| travels)
            .sum();
        rows.push(vec![
            format!("**{what}**"),
            String::new(),
            format!("**{}**", kilobytes(travels)),
        ]);
    }
    report.table("size", &["part", "KB", "KB in brotli"], &rows);
    Ok(())
}

/// What the files of each program begin with, the stylesheet of the app, and the words of other languages, of which nobody loads more than one.
/// Everything else comes with every page.
const PROGRAMS: [&str; 8] = [
    "app-",
    "coffer-web-",
    "form-",
    "kdf-",
    "meter-",
    "recipient-",
    "scan-",
    "words-",
];
/// Document, stylesheet, icons and boot.js.
const PAGE: &str = "page";
/// What somebody waits for, and what of it is loaded.
const LOADS: [(&str, &[&str]); 6] = [
    (
        "the app, before anything is stretched",
        &[PAGE, "app-", "coffer-web-"],
    ),
    ("the page that opens a share link", &[PAGE, "recipient-"]),
    ("the page of a form", &[PAGE, "form-"]),
    ("once more, to stretch a passphrase", &["kdf-"]),
    ("once more, to measure a passphrase of one's own", &["meter-"]),
    ("once more, to read a QR code in a photo", &["scan-"]),
];

fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1024.0)
}

/// A name as it is in every build: `kdf-0123456789abcdef.js` is `kdf.js`.
fn without_hash(name: &str) -> String {
    let Some((stem, rest)) = name.rsplit_once('-') else {
        return name.to_owned();
    };
    match rest.split_at_checked(16) {
        Some((hash, rest)) if hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => format!("{stem}{rest}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_leave_names() {
        assert_eq!(without_hash("kdf-0123456789abcdef.js"), "kdf.js");
        assert_eq!(
            without_hash("coffer-web-0123456789abcdef_bg.wasm"),
            "coffer-web_bg.wasm"
        );
        assert_eq!(without_hash("icons.svg"), "icons.svg");
    }
}
