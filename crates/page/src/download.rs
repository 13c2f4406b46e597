//! Files made in the browser.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::document;

/// Offers a file to keep. False when the browser refused.
pub fn text(name: &str, kind: &str, content: &str) -> bool {
    offer(name, kind, &content.into()).is_some()
}

/// The same of bytes. The browser is told nothing of their kind, so it shows them nowhere.
pub fn bytes(name: &str, content: &[u8]) -> bool {
    let content = js_sys::Uint8Array::from(content);
    offer(name, "application/octet-stream", &content).is_some()
}

/// The pieces of a file that is being put together. The browser holds them, on the disk if they are large.
#[derive(Default)]
pub struct Parts(js_sys::Array);

impl Parts {
    /// Hands a piece over. False when the browser refused.
    pub fn push(&self, piece: &[u8]) -> bool {
        let bytes = js_sys::Uint8Array::from(piece);
        let blob = Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&bytes));
        bytes.fill(0, 0, bytes.length());
        blob.map(|blob| self.0.push(&blob)).is_ok()
    }

    /// Adds what was put together before.
    pub fn add(&self, whole: &Blob) {
        self.0.push(whole);
    }

    /// All of them as one. The browser is told nothing of its kind.
    pub fn whole(&self) -> Option<Blob> {
        let options = BlobPropertyBag::new();
        options.set_type("application/octet-stream");
        Blob::new_with_blob_sequence_and_options(&self.0, &options).ok()
    }
}

/// Offers what was put together. False when the browser refused.
pub fn blob(name: &str, blob: &Blob) -> bool {
    offer_blob(name, blob).is_some()
}

/// A name that somebody else gave a file, as one that can be shown and saved: no path, nothing unseen and nothing that turns the
/// direction of what follows, no name that a system keeps for itself. Empty if nothing is left.
pub fn safe_name(name: &str) -> String {
    let seen = |c: &char| {
        !c.is_control()
            && !matches!(
                c,
                '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}'
            )
    };
    let plain = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    let name: String = name.chars().filter(seen).map(plain).collect();
    let name = name.trim_matches(|c| c == '.' || c == ' ');
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let stem: String = stem.chars().take(100).collect();
    let first = stem.split('.').next().unwrap_or_default().trim_end();
    let is_device = ["con", "prn", "aux", "nul"]
        .iter()
        .any(|device| first.eq_ignore_ascii_case(device))
        || (first.len() == 4
            && first.is_char_boundary(3)
            && ["com", "lpt"]
                .iter()
                .any(|port| first[..3].eq_ignore_ascii_case(port)));
    let mark = if is_device { "_" } else { "" };
    format!("{mark}{stem}{ending}")
}

/// The same of several, no two alike: names that differ in the case of Latin letters only are one to many systems.
pub fn safe_names<'a>(names: impl IntoIterator<Item = &'a str>, nameless: &str) -> Vec<String> {
    let mut safe = Vec::<String>::new();
    for name in names {
        let mut name = safe_name(name);
        if name.is_empty() {
            nameless.clone_into(&mut name);
        }
        let (stem, ending) = name.split_at(name.rfind('.').unwrap_or(name.len()));
        let mut own = name.clone();
        let mut count = 1;
        while safe.iter().any(|other| other.eq_ignore_ascii_case(&own)) {
            count += 1;
            own = format!("{stem} ({count}){ending}");
        }
        safe.push(own);
    }
    safe
}

fn offer(name: &str, kind: &str, content: &wasm_bindgen::JsValue) -> Option<()> {
    let parts = js_sys::Array::of1(content);
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    offer_blob(name, &blob)
}

fn offer_blob(name: &str, blob: &Blob) -> Option<()> {
    let address = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser holds the content until this. Some ask first, and begin when they were answered.
    Timeout::new(120_000, move || drop(Url::revoke_object_url(&address))).forget();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{safe_name, safe_names};

    #[test]
    fn a_strangers_file_name_is_no_path_and_hides_nothing() {
        for (given, safe) in [
            ("tide tables.pdf", "tide tables.pdf"),
            ("潮見表 ②.xlsx", "潮見表 ②.xlsx"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Windows\\x.dll", "C__Windows_x.dll"),
            (".bashrc", "bashrc"),
            ("...", ""),
            ("", ""),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}\u{200e}\u{feff}.txt", "ab.txt"),
            ("line\nbreak\t\0.txt", "linebreak.txt"),
            ("report.pdf .", "report.pdf"),
            ("nul", "_nul"),
            ("CON.txt", "_CON.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("company.txt", "company.txt"),
        ] {
            assert_eq!(safe_name(given), safe, "{given:?}");
        }
        let alike = [
            "a.txt",
            "A.TXT",
            "",
            "b/a",
            "a (2).txt",
            "a.txt",
            "b:a",
            "..",
            "a",
        ];
        let unlike = [
            "a.txt",
            "A (2).TXT",
            "file",
            "b_a",
            "a (2) (2).txt",
            "a (3).txt",
            "b_a (2)",
            "file (2)",
            "a",
        ];
        assert_eq!(safe_names(alike, "file"), unlike);
        let long = safe_name(&format!("{}.pdf", "ß".repeat(900)));
        assert_eq!((long.chars().count(), long.ends_with("ß.pdf")), (104, true));
    }
}
