//! The egress canary: nothing secret leaves in any form.

use crate::record::Exchange;
use std::collections::{BTreeSet, HashMap};

/// A list of secrets and the search for them in what was sent.
///
/// One pass over the bytes looks for all of them: a test may watch thousands of keys.
#[derive(Default)]
pub struct Canary {
    watched: Vec<String>,
    /// Every form of every secret, by its first bytes.
    forms: HashMap<u64, Vec<(usize, Vec<u8>)>>,
    /// A bit for each beginning of a form: most windows of innocent bytes are told by it alone.
    sieve: Vec<u64>,
}

/// A secret that was found where it must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escape {
    /// Which secret.
    pub what: String,
    /// In which request or file.
    pub place: String,
}

impl Canary {
    /// Watches nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Watches one secret in raw, hex, base64, base64url, percent and JSON-escaped form.
    ///
    /// Secrets of fewer than six bytes would be found by chance and are refused by a panic.
    #[must_use]
    pub fn watch(mut self, what: &str, secret: impl AsRef<[u8]>) -> Self {
        self.add(what, secret.as_ref());
        self
    }

    /// As [`Canary::watch`], in place.
    pub fn add(&mut self, what: &str, secret: &[u8]) {
        assert!(secret.len() >= WINDOW, "{what} is too short to be watched");
        if self.sieve.is_empty() {
            self.sieve = vec![0; 1 << (SIEVE - 6)];
        }
        let number = self.watched.len();
        self.watched.push(what.to_owned());
        for form in forms(secret) {
            let begins = form[..WINDOW]
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
            let bit = sieved(begins);
            self.sieve[bit >> 6] |= 1 << (bit & 63);
            self.forms.entry(begins).or_default().push((number, form));
        }
    }

    /// Looks through everything that was sent: path, query, token and body.
    pub fn check(&self, exchanges: &[Exchange]) -> Vec<Escape> {
        let mut escapes = Vec::new();
        for exchange in exchanges {
            let place = format!("{} {}", exchange.method.as_str(), exchange.path);
            for part in [
                exchange.path.as_bytes(),
                exchange.bearer.as_deref().unwrap_or("").as_bytes(),
                &exchange.sent,
            ] {
                escapes.extend(self.check_bytes(&place, part));
            }
        }
        escapes
    }

    /// Looks through any bytes: a database file, a log, a device record.
    pub fn check_bytes(&self, place: &str, bytes: &[u8]) -> Vec<Escape> {
        let mut found = BTreeSet::new();
        let mut window = 0_u64;
        for (at, byte) in bytes.iter().enumerate() {
            window = (window << 8 | u64::from(*byte)) & ((1 << (8 * WINDOW)) - 1);
            if at + 1 < WINDOW || self.sieve.is_empty() {
                continue;
            }
            let bit = sieved(window);
            if self.sieve[bit >> 6] >> (bit & 63) & 1 == 0 {
                continue;
            }
            let rest = &bytes[at + 1 - WINDOW..];
            for (number, form) in self.forms.get(&window).into_iter().flatten() {
                if rest.starts_with(form) {
                    found.insert(*number);
                }
            }
        }
        let escape = |number: usize| Escape {
            what: self.watched[number].clone(),
            place: place.to_owned(),
        };
        found.into_iter().map(escape).collect()
    }
}

/// The bit of a window in the sieve.
fn sieved(window: u64) -> usize {
    (window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SIEVE)) as usize
}

/// Every spelling of a secret that a careless line of code could send.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|b| format!("{b:02x}")).collect();
    let percent: String = secret.iter().map(|b| format!("%{b:02X}")).collect();
    let usual_percent: String = secret
        .iter()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(b) {
                char::from(*b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let mut forms = vec![
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        percent.to_lowercase().into_bytes(),
        percent.into_bytes(),
        usual_percent.into_bytes(),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::Value::from(text).to_string();
        forms.push(json.trim_matches('"').as_bytes().to_vec());
    }
    // Inside a longer text the secret may begin at any of three places of a base64 group.
    for lead in 0..3 {
        for table in [STANDARD, URL_SAFE] {
            let mut padded = vec![0; lead];
            padded.extend_from_slice(secret);
            let encoded = base64(&padded, table);
            let from = [0, 2, 3][lead];
            let until = padded.len() / 3 * 4;
            if until > from + 7 {
                forms.push(encoded[from..until].to_vec());
            }
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

fn base64(bytes: &[u8], table: &[u8; 64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = 0_usize;
        for at in 0..3 {
            word = word << 8 | usize::from(group.get(at).copied().unwrap_or(0));
        }
        for at in (0..4).rev() {
            out.push(table[word >> (6 * at) & 63]);
        }
    }
    out
}

/// What every form is at least as long as.
const WINDOW: usize = 6;
/// The sieve has two to the power of this many bits.
const SIEVE: u32 = 21;
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_and_at_every_place() {
        let canary = Canary::new().watch("secret", "hunter2?hunter2");
        let hidden: [&[u8]; 9] = [
            b"..hunter2?hunter2..",
            b"68756e746572323f68756e7465723200",
            b"68756E746572323F68756E74657232",
            b"x=hunter2%3Fhunter2",
            b"%68%75%6e%74%65%72%32%3f%68%75%6e%74%65%72%32",
            b"aHVudGVyMj9odW50ZXIy",
            &base64(b"ahunter2?hunter2bb", URL_SAFE),
            &base64(b"aahunter2?hunter2b", STANDARD),
            &base64(b"aaahunter2?hunter2b", STANDARD),
        ];
        for text in hidden {
            assert_eq!(
                canary.check_bytes("x", text).len(),
                1,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        assert!(canary.check_bytes("x", b"hunter3?hunter2 aHVudGVy").is_empty());
    }
}
