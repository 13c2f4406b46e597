//! Patterns over paths: `*` and `?` within a part, `**` for any number of parts.

/// Whether a pattern has nothing in it that this server would read otherwise than the real one.
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['[', ']', '{', '}', '(', ')', '!', '|', '\\', '+', '@'])
}

/// Whether a text matches. `/a/**` matches `/a` and everything below it, as it does on the real server.
pub fn matches(pattern: &str, text: &str) -> bool {
    let parts = |text| -> Vec<&str> { str::split(text, '/').filter(|part| !part.is_empty()).collect() };
    all(&parts(pattern), &parts(text))
}

fn all(pattern: &[&str], text: &[&str]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), None) => all(rest, text),
        (Some((&"**", rest)), Some((_, below))) => all(rest, text) || all(pattern, below),
        (Some((first, rest)), Some((part, below))) => {
            one(first.as_bytes(), part.as_bytes()) && all(rest, below)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn one(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => one(rest, text),
        (Some((b'*', rest)), Some((_, after))) => one(rest, text) || one(pattern, after),
        (Some((b'?', rest)), Some((_, after))) => one(rest, after),
        (Some((byte, rest)), Some((other, after))) => byte == other && one(rest, after),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_parts_and_paths() {
        for (pattern, text, found) in [
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/coffer/**", "/coffer", true),
            ("/coffer/**", "/coffer/log/0", true),
            ("/coffer/**", "/coffers", false),
            ("/coffer/**", "/a/coffer/x", false),
            ("/coffer", "/coffer", true),
            ("/coffer", "/coffer/log", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", false),
            ("/a/*", "/a", false),
            ("/a/**/z", "/a/z", true),
            ("/a/**/z", "/a/b/c/z", true),
            ("/a/**/z", "/a/b/c", false),
            ("pro?", "prod", true),
            ("p*d", "prod", true),
            ("p*d", "prods", false),
            ("*", "dev", true),
        ] {
            assert_eq!(matches(pattern, text), found, "{pattern} {text}");
        }
        assert!(is_plain("/coffer/**") && !is_plain("/{a,b}/*") && !is_plain("!(a)"));
    }
}
