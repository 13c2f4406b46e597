//! What somebody may do in a project: what the role allows, and over it the rules of additional privileges, of which the
//! last that speaks of something decides.

use coffer_store::model::{Place, Role, Standing};
use coffer_wire::privilege::{Conditions, Matcher, Permission};

use super::glob;
use crate::error::Error;

/// Something done to secrets or folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Make a folder.
    CreateFolder,
    /// Make a secret.
    CreateSecret,
    /// Delete a folder.
    DeleteFolder,
    /// Delete a secret.
    DeleteSecret,
    /// See that a secret is there, and everything of it but its value.
    DescribeSecret,
    /// Rename a folder.
    EditFolder,
    /// Change a secret.
    EditSecret,
    /// See a folder.
    ReadFolder,
    /// See a secret's value.
    ReadValue,
}

impl Act {
    /// On what.
    pub fn subject(self) -> &'static str {
        match self {
            Self::CreateFolder | Self::DeleteFolder | Self::EditFolder | Self::ReadFolder => FOLDERS,
            Self::CreateSecret
            | Self::DeleteSecret
            | Self::DescribeSecret
            | Self::EditSecret
            | Self::ReadValue => SECRETS,
        }
    }

    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::CreateFolder | Self::CreateSecret => "create",
            Self::DeleteFolder | Self::DeleteSecret => "delete",
            Self::DescribeSecret => "describeSecret",
            Self::EditFolder | Self::EditSecret => "edit",
            Self::ReadFolder => "read",
            Self::ReadValue => "readValue",
        }
    }

    /// The weakest role that may do it everywhere.
    fn role(self) -> Role {
        match self {
            Self::DescribeSecret | Self::ReadFolder | Self::ReadValue => Role::Viewer,
            _ => Role::Member,
        }
    }

    /// Whether an action of a rule means this: `read` on secrets means both halves of reading.
    fn is_meant_by(self, action: &str) -> bool {
        action == self.word() || action == "read" && matches!(self, Self::DescribeSecret | Self::ReadValue)
    }
}

/// Where something is done.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The environment's slug.
    pub environment: &'a str,
    /// The folder.
    pub path: &'a str,
    /// The secret's name; absent where it is about any secret there.
    pub name: Option<&'a str>,
}

impl<'a> Spot<'a> {
    /// A place, or a secret in it.
    pub fn of(place: &'a Place, name: Option<&'a str>) -> Self {
        Self {
            environment: &place.environment,
            path: &place.path,
            name,
        }
    }
}

/// What somebody may do in a project.
#[derive(Debug)]
pub struct Rights(pub Standing);

impl Rights {
    /// Whether something is allowed.
    pub fn allows(&self, act: Act, at: Spot<'_>) -> bool {
        let speaks = |rule: &&Permission| {
            rule.subject == act.subject()
                && rule.action.iter().any(|action| act.is_meant_by(action))
                && covers(rule, at)
        };
        match self.0.privileges.iter().rev().find(speaks) {
            Some(rule) => !rule.inverted,
            None => self.0.role >= act.role(),
        }
    }

    /// Asks for it.
    pub fn ask(&self, act: Act, at: Spot<'_>) -> Result<(), Error> {
        if self.allows(act, at) {
            return Ok(());
        }
        Err(Error::PermissionDenied {
            action: if act == Act::DescribeSecret {
                "read"
            } else {
                act.word()
            },
            subject: act.subject(),
        })
    }

    /// Whether nothing but the role decides.
    pub fn is_role_alone(&self) -> bool {
        self.0.privileges.is_empty()
    }

    /// Whether a role at least this strong is held or, where reading is enough, a privilege to read the subject.
    pub fn has_role(&self, needed: Role, subject: &str) -> bool {
        let reads =
            |rule: &&Permission| rule.subject == subject && rule.action.iter().any(|action| action == "read");
        if needed > Role::Viewer {
            return self.0.role >= needed;
        }
        match self.0.privileges.iter().rev().find(reads) {
            Some(rule) if needed == Role::Viewer => !rule.inverted,
            _ => self.0.role >= needed,
        }
    }
}

/// Whether a rule can be kept: only those that this server would weigh as the real one does are taken.
pub fn check(rule: &Permission) -> Result<(), String> {
    let actions: &[&str] = match rule.subject.as_str() {
        SECRETS => &["read", "describeSecret", "readValue", "create", "edit", "delete"],
        FOLDERS => &["read", "create", "edit", "delete"],
        subject if READ_ONLY.contains(&subject) => &["read"],
        subject => return Err(format!("This server gives no privileges on '{subject}'")),
    };
    if rule.action.iter().next().is_none() {
        return Err("At least one action is needed".to_owned());
    }
    if let Some(other) = rule.action.iter().find(|action| !actions.contains(action)) {
        return Err(format!(
            "'{other}' is no action on '{}' that this server gives",
            rule.subject
        ));
    }
    let Some(conditions) = &rule.conditions else {
        return Ok(());
    };
    if READ_ONLY.contains(&rule.subject.as_str()) {
        return Err(format!("'{}' takes no conditions", rule.subject));
    }
    let patterns = [
        &conditions.environment,
        &conditions.secret_path,
        &conditions.secret_name,
    ];
    let globs = patterns
        .into_iter()
        .flatten()
        .filter_map(|matcher| match matcher {
            Matcher::Operators(operators) => operators.glob.as_deref(),
            Matcher::Equals(_) => None,
        });
    match globs.into_iter().find(|pattern| !glob::is_plain(pattern)) {
        Some(pattern) => Err(format!("'{pattern}' has more in it than *, ** and ?")),
        None => Ok(()),
    }
}

/// Whether a rule speaks of a spot. Where no name is given, a rule that allows some names there does, and one that
/// forbids some does not.
fn covers(rule: &Permission, at: Spot<'_>) -> bool {
    let Some(Conditions {
        environment,
        secret_path,
        secret_name,
    }) = &rule.conditions
    else {
        return true;
    };
    let fits =
        |matcher: &Option<Matcher>, text: &str| matcher.as_ref().is_none_or(|matcher| fits(matcher, text));
    let named = match (secret_name, at.name) {
        (Some(_), None) => !rule.inverted,
        (matcher, name) => fits(matcher, name.unwrap_or_default()),
    };
    fits(environment, at.environment) && fits(secret_path, at.path) && named
}

fn fits(matcher: &Matcher, text: &str) -> bool {
    match matcher {
        Matcher::Equals(wanted) => wanted == text,
        Matcher::Operators(operators) => {
            operators.eq.as_ref().is_none_or(|wanted| wanted == text)
                && operators.ne.as_ref().is_none_or(|other| other != text)
                && operators
                    .any
                    .as_ref()
                    .is_none_or(|any| any.iter().any(|one| one == text))
                && operators
                    .glob
                    .as_ref()
                    .is_none_or(|pattern| glob::matches(pattern, text))
        }
    }
}

const SECRETS: &str = "secrets";
const FOLDERS: &str = "secret-folders";
/// What a privilege may let somebody see as a viewer does, and no more.
const READ_ONLY: [&str; 7] = [
    "environments",
    "identity",
    "member",
    "role",
    "secret-imports",
    "settings",
    "tags",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use serde_json::{Value, json};

    fn rights(role: Role, rules: Value) -> Rights {
        Rights(Standing {
            role,
            privileges: serde_json::from_value(rules).unwrap(),
        })
    }

    fn at<'a>(environment: &'a str, path: &'a str, name: Option<&'a str>) -> Spot<'a> {
        Spot {
            environment,
            path,
            name,
        }
    }

    #[test]
    fn the_last_rule_that_speaks_of_something_decides() {
        let rules = json!([
            { "subject": "secrets", "action": "read", "conditions": { "environment": "dev" } },
            { "subject": "secrets", "action": ["readValue"], "inverted": true,
              "conditions": { "secretPath": { "$glob": "/private/**" } } },
            { "subject": "secrets", "action": "readValue",
              "conditions": { "secretPath": { "$eq": "/private" }, "secretName": { "$in": ["OPEN"] } } },
        ]);
        let rights = rights(Role::NoAccess, rules);
        for (act, spot, allowed) in [
            (Act::ReadValue, at("dev", "/", None), true),
            (Act::ReadValue, at("prod", "/", None), false),
            (Act::DescribeSecret, at("dev", "/private", None), true),
            (Act::ReadValue, at("dev", "/private", Some("SHUT")), false),
            (Act::ReadValue, at("dev", "/private", Some("OPEN")), true),
            (Act::ReadValue, at("dev", "/private/x", Some("OPEN")), false),
            (Act::EditSecret, at("dev", "/", None), false),
            (Act::ReadFolder, at("dev", "/", None), false),
        ] {
            assert_eq!(rights.allows(act, spot), allowed, "{act:?} {spot:?}");
        }
    }

    #[test]
    fn a_rule_can_take_from_a_role() {
        let rules = json!([{ "subject": "secrets", "action": ["create", "edit"], "inverted": true,
            "conditions": { "environment": { "$ne": "dev" } } }]);
        let rights = rights(Role::Admin, rules);
        assert!(rights.allows(Act::CreateSecret, at("dev", "/", None)));
        assert!(!rights.allows(Act::CreateSecret, at("prod", "/", None)));
        assert!(rights.allows(Act::DeleteSecret, at("prod", "/", None)));
    }

    #[test]
    fn no_rule_makes_an_administrator() {
        let rules = json!([{ "subject": "member", "action": "read" }]);
        let rights = rights(Role::NoAccess, rules);
        assert!(rights.has_role(Role::Viewer, "member"));
        assert!(!rights.has_role(Role::Viewer, "identity"));
        assert!(!rights.has_role(Role::Admin, "member"));
        for refused in [
            json!({ "subject": "member", "action": "edit" }),
            json!({ "subject": "project", "action": "delete" }),
            json!({ "subject": "secrets", "action": [] }),
            json!({ "subject": "secrets", "action": "read", "conditions": { "secretPath": { "$glob": "/{a,b}" } } }),
        ] {
            assert!(
                check(&serde_json::from_value(refused.clone()).unwrap()).is_err(),
                "{refused}"
            );
        }
    }
}
