//! `.env` files: reading what people paste, writing what they download.
//!
//! The common ground of the readers in use: `NAME=value`, an optional `export `, `#` comments, single quotes
//! taken literally, double quotes with `\n \r \t \" \\ \$`, either of them over several lines.

use zeroize::Zeroizing;

/// What a `.env` text holds.
#[derive(Default)]
pub struct DotenvParse {
    /// Assignments, in order; a name given twice appears twice, and the last one counts.
    pub entries: Vec<DotenvEntry>,
    /// Lines that are none.
    pub problems: Vec<DotenvProblem>,
}

/// One assignment.
#[derive(Clone)]
pub struct DotenvEntry {
    /// Left of `=`.
    pub name: String,
    /// Right of it, unquoted.
    pub value: Zeroizing<String>,
    /// Where it began, from 1.
    pub line: usize,
}

/// One line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotenvProblem {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong, in plain words, without the value.
    pub why: String,
}

/// Reads a `.env` text.
pub fn parse_dotenv(text: &str) -> DotenvParse {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parse = DotenvParse::default();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let start = line;
        match statement(rest) {
            Ok((assignment, consumed)) => {
                line += rest[..consumed].matches('\n').count();
                rest = &rest[consumed..];
                if let Some((name, value)) = assignment {
                    parse.entries.push(DotenvEntry {
                        name: name.to_owned(),
                        value,
                        line: start,
                    });
                }
            }
            Err(why) => {
                parse.problems.push(DotenvProblem {
                    line: start,
                    why: why.to_owned(),
                });
                rest = rest.split_once('\n').map_or("", |(_, after)| after);
                line += 1;
            }
        }
    }
    parse
}

/// Writes names and values as a `.env` text that every common reader takes.
pub fn write_dotenv(entries: &[(&str, &str)]) -> Zeroizing<String> {
    let room = entries.iter().map(|(n, v)| n.len() + 2 * v.len() + 4).sum();
    let mut out = Zeroizing::new(String::with_capacity(room));
    for (name, value) in entries {
        out.push_str(name);
        out.push('=');
        if is_plain(value) {
            out.push_str(value);
        } else if !value.contains(['\'', '\n', '\r']) {
            out.push('\'');
            out.push_str(value);
            out.push('\'');
        } else {
            out.push('"');
            for c in value.chars() {
                match c {
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '"' | '\\' | '$' => {
                        out.push('\\');
                        out.push(c);
                    }
                    other => out.push(other),
                }
            }
            out.push('"');
        }
        out.push('\n');
    }
    out
}

type Assignment<'a> = (&'a str, Zeroizing<String>);

/// Reads one assignment, comment or empty line; gives how many bytes it took.
fn statement(text: &str) -> Result<(Option<Assignment<'_>>, usize), &'static str> {
    let end = text.find('\n').map_or(text.len(), |at| at + 1);
    let line = text[..end].trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok((None, end));
    }
    let Some(equals) = text[..end].find('=') else {
        return Err("no = in this line");
    };
    let left = text[..equals].trim();
    let name = left.strip_prefix("export ").map_or(left, str::trim);
    if name.is_empty() {
        return Err("no name before =");
    }
    if !name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    {
        return Err("the name has characters other than letters, digits, _ . -");
    }
    let after = &text[equals + 1..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let value = &after[blanks..];
    let begin = equals + 1 + blanks;
    match value.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => {
            let (inner, taken) = quoted(&value[1..], quote).ok_or("a quote is opened and not closed")?;
            let behind = begin + 1 + taken;
            let stop = text[behind..].find('\n').map_or(text.len(), |at| behind + at + 1);
            let tail = text[behind..stop].trim();
            if !tail.is_empty() && !tail.starts_with('#') {
                return Err("text after the closing quote");
            }
            Ok((Some((name, inner)), stop))
        }
        _ => {
            let bare = text[begin..end].trim_end();
            // A comment needs white space before it: passwords hold # too.
            let cut = bare
                .match_indices('#')
                .find(|(at, _)| *at == 0 || bare[..*at].ends_with([' ', '\t']));
            let bare = cut.map_or(bare, |(at, _)| bare[..at].trim_end());
            Ok((Some((name, Zeroizing::new(bare.to_owned()))), end))
        }
    }
}

/// Reads up to the closing quote; gives the text and how many bytes it took, the quote included.
fn quoted(text: &str, quote: char) -> Option<(Zeroizing<String>, usize)> {
    let mut out = Zeroizing::new(String::with_capacity(text.find(quote)? + 1));
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((out, at + 1)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                known @ ('"' | '\\' | '$') => out.push(known),
                other => {
                    out.push('\\');
                    out.push(other);
                }
            },
            '\r' if text[at..].starts_with("\r\n") => {}
            other => out.push(other),
        }
    }
    None
}

fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '+' | ',' | '=' | '%')
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn common_files_are_read() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("A=1\nB=two words\n", &[("A", "1"), ("B", "two words")]),
            ("export A = 'x # y' # why\n", &[("A", "x # y")]),
            ("# no\n\nA=pa#ss # comment", &[("A", "pa#ss")]),
            (
                "A=\"line 1\nline 2\\n3 \\\" \\$X \\d\"\nB=",
                &[("A", "line 1\nline 2\n3 \" $X \\d"), ("B", "")],
            ),
            (
                "A='-----BEGIN\r\nabc\r\n-----END'\r\nB=2\r\n",
                &[("A", "-----BEGIN\nabc\n-----END"), ("B", "2")],
            ),
            ("\u{feff}A=ü=ö", &[("A", "ü=ö")]),
            ("A=#no", &[("A", "")]),
        ];
        for (text, expected) in cases {
            let parse = parse_dotenv(text);
            assert!(parse.problems.is_empty(), "{text}");
            let got: Vec<_> = parse
                .entries
                .iter()
                .map(|e| (e.name.as_str(), e.value.as_str()))
                .collect();
            assert_eq!(&got, expected, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_named_and_the_next_is_read() {
        let parse = parse_dotenv("A=1\nnonsense\nB B=2\nC='open\nD=4\n=5\nE='x' y");
        let lines: Vec<_> = parse.problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7]);
        let names: Vec<_> = parse.entries.iter().map(|e| (e.name.as_str(), e.line)).collect();
        assert_eq!(names, [("A", 1), ("D", 5)]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let values = [
            "",
            "plain",
            "two words",
            "it's",
            "a\nb\r\nc",
            "\"q\"",
            "$X",
            "'\"\\$\n",
            "  pad  ",
            "#x",
            "=%",
        ];
        let entries: Vec<_> = values.iter().map(|v| ("NAME", *v)).collect();
        let parse = parse_dotenv(&write_dotenv(&entries));
        assert!(parse.problems.is_empty());
        let got: Vec<_> = parse.entries.iter().map(|e| e.value.as_str()).collect();
        assert_eq!(got, values);
    }
}
