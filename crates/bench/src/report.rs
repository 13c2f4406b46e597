//! What came out, printed as it comes and written into a document at the end.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Result;

/// Tables in the order in which they were measured.
#[derive(Default)]
pub struct Report {
    sections: Vec<(&'static str, String)>,
}

impl Report {
    /// Adds a table under a name, which the document uses to find its place.
    pub fn table(&mut self, name: &'static str, heads: &[&str], rows: &[Vec<String>]) {
        let mut text = format!("| {} |\n", heads.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(heads.len()));
        for row in rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        println!("\n{name}\n{text}");
        self.sections.push((name, text));
    }

    /// Puts every table between its marks in `document`.
    pub fn finish(self, document: Option<&Path>) -> Result<()> {
        let Some(path) = document else { return Ok(()) };
        let mut text = fs::read_to_string(path)?;
        for (name, table) in &self.sections {
            text = replaced(&text, name, table)
                .ok_or_else(|| format!("{} has no place for “{name}”", path.display()))?;
        }
        fs::write(path, text)?;
        println!(
            "The tables of {} are new. Its words are yours to check.",
            path.display()
        );
        Ok(())
    }
}

/// `text` with what stands between the marks of `name` replaced.
fn replaced(text: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- measured: {name} -->\n"), "<!-- end -->");
    let from = text.find(&begin)? + begin.len();
    let to = from + text[from..].find(end)?;
    Some(format!("{}{table}{}", &text[..from], &text[to..]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn only_the_named_table_changes() {
        let text =
            "a\n<!-- measured: x -->\nold\n<!-- end -->\nb\n<!-- measured: y -->\nkept\n<!-- end -->\n";
        let new = replaced(text, "x", "new\n").unwrap();
        assert_eq!(new, text.replace("old", "new"));
        assert_eq!(replaced(text, "z", "new\n"), None);
    }
}
