//! Patterns over paths: `*` and `?` within a part, `**` for any number of parts.

/// Whether a pattern has nothing in it that this server would read otherwise than the real one.
#[must_use]
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['[', ']', '{', '}', '(', ')', '!', '|', '\\', '+', '@'])
}

/// Whether a text matches. `/a/**` matches `/a` and everything below it, as it does on the real server.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let parts = |text| -> Vec<&str> { str::split(text, '/').filter(|part| !part.is_empty()).collect() };
    all(&parts(pattern), &parts(text))
}

fn all(pattern: &[&str], text: &[&str]) -> bool {
    walk(
        pattern,
        text,
        |part| *part == "**",
        |part, other| {
            walk(
                part.as_bytes(),
                other.as_bytes(),
                |byte| *byte == b'*',
                |byte, other| *byte == b'?' || byte == other,
            )
        },
    )
}

/// Whether a pattern of single things and of stars, which stand for any number, matches. Only the last star is ever
/// tried again, so it takes no more than the product of both lengths, whatever somebody wrote.
fn walk<T>(pattern: &[T], text: &[T], is_star: fn(&T) -> bool, one: fn(&T, &T) -> bool) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while let Some(next) = text.get(read) {
        match pattern.get(at) {
            Some(found) if is_star(found) => {
                at += 1;
                star = Some((at, read));
            }
            Some(found) if one(found, next) => {
                at += 1;
                read += 1;
            }
            _ => match &mut star {
                Some((after, taken)) => {
                    *taken += 1;
                    (at, read) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(is_star)
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
        let (hostile, long) = ("*a".repeat(200) + "b", "a".repeat(400));
        assert!(!matches(&hostile, &long), "and that took no age");
        let (hostile, long) = ("/**/a".repeat(200) + "/b", "/a".repeat(400));
        assert!(!matches(&hostile, &long));
        assert!(is_plain("/coffer/**") && !is_plain("/{a,b}/*") && !is_plain("!(a)"));
    }
}
