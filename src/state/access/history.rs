//! The history: what is looked for in it, and how it leaves as a file.

use coffer_client::{GrantEntry, WantedItem};

use crate::text::access as words;

/// When a grant ends or ended.
pub(crate) fn end_of(entry: &GrantEntry) -> u64 {
    entry.ended.map_or(entry.until, |ended| ended.min(entry.until))
}

/// Whether an entry of the history says what somebody looks for, with the names that the page shows for people and the
/// environment.
pub(crate) fn says(
    entry: &GrantEntry,
    needle: &str,
    environment: &str,
    name: impl Fn(&str) -> String,
) -> bool {
    let needle = needle.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&needle);
    let approvers = entry.approvals.iter().map(|approval| approval.user_id.as_str());
    let mut people = approvers.chain([entry.requester.as_str(), entry.by.as_str()]);
    let mut wanted = entry.wanted.iter();
    let mut secrets = entry.secrets.iter();
    needle.is_empty()
        || has(environment)
        || people.any(|user| has(&name(user)))
        || has(&entry.reason)
        || has(&entry.ticket)
        || entry.emergency.as_ref().is_some_and(|why| has(why))
        || wanted.any(|item| match item {
            WantedItem::Folder(path) => has(path),
            WantedItem::Secret(path, name) => has(&words::place(path, name)),
        })
        || secrets.any(|secret| has(&words::place(&secret.path, &secret.name)))
}

/// One line of a CSV file: every field quoted, and none that a spreadsheet takes for a formula.
pub(crate) fn csv_line<T: AsRef<str>>(fields: &[T]) -> String {
    let mut line = String::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        let field = field.as_ref();
        line.push('"');
        if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            line.push('\'');
        }
        line.push_str(&field.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_is_searched_in_all_that_it_shows() {
        let entry = GrantEntry {
            request: "r1".into(),
            environment: "production".into(),
            requester: "u1".into(),
            by: "u3".into(),
            secrets: Vec::new(),
            wanted: vec![WantedItem::Folder("/database".into())],
            propose: false,
            from: 10,
            until: 20,
            ended: None,
            reason: String::from("Signatures fail").into(),
            ticket: "INC-7".into(),
            approvals: vec![coffer_client::ApprovalInfo {
                user_id: "u2".into(),
                at: 5,
                seconds: 900,
            }],
            emergency: None,
            recorded: 9,
            allowed: true,
        };
        let name = |user: &str| {
            match user {
                "u1" => "Jonas Reuter",
                "u2" => "Noor Haddad",
                _ => "Mara Lind",
            }
            .to_owned()
        };
        for (needle, found) in [
            ("", true),
            ("noor", true),
            ("mara", true),
            ("prod", true),
            ("/data", true),
            ("inc-7", true),
            ("staging", false),
        ] {
            assert_eq!(says(&entry, needle, "Production", name), found, "{needle}");
        }
    }

    #[test]
    fn a_csv_line_is_quoted_and_holds_no_formula() {
        assert_eq!(
            csv_line(&["a", "b,\"c\"", "=1+1"]),
            "\"a\",\"b,\"\"c\"\"\",\"'=1+1\"\r\n"
        );
    }
}
