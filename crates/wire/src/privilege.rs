//! Additional privileges: what a member of a project may do beyond the role, by environment and folder.

use serde::{Deserialize, Serialize};

use crate::id::{IdentityId, MembershipId, PrivilegeId, ProjectId, UserId};
use crate::{Endpoint, Timestamp};

/// `GET ?projectMembershipId` → [`PrivilegesAnswer`] or `POST` ([`NewPrivilege`]) → [`PrivilegeAnswer`]
/// `/api/v1/user-project-additional-privilege`
#[must_use]
pub fn of_person() -> Endpoint {
    Endpoint::new("/api/v1/user-project-additional-privilege")
}

/// `GET`, `PATCH` ([`PrivilegePatch`]) or `DELETE` → [`PrivilegeAnswer`]
/// `/api/v1/user-project-additional-privilege/:privilege`
#[must_use]
pub fn one_of_person(privilege: &PrivilegeId) -> Endpoint {
    of_person().part(privilege)
}

/// `GET ?identityId&projectId` → [`PrivilegesAnswer`] or `POST` → [`PrivilegeAnswer`]
/// `/api/v2/identity-project-additional-privilege`
#[must_use]
pub fn of_machine() -> Endpoint {
    Endpoint::new("/api/v2/identity-project-additional-privilege")
}

/// `GET`, `PATCH` ([`PrivilegePatch`]) or `DELETE` → [`PrivilegeAnswer`]
/// `/api/v2/identity-project-additional-privilege/:privilege`
#[must_use]
pub fn one_of_machine(privilege: &PrivilegeId) -> Endpoint {
    of_machine().part(privilege)
}

/// A rule of the API's permissions, as the library CASL writes it: of several that speak of something the last decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What it is about, such as `secrets`.
    pub subject: String,
    /// What may be done.
    pub action: Actions,
    /// Where it counts; everywhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// Whether it forbids instead.
    #[serde(default)]
    pub inverted: bool,
}

/// One action or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Actions {
    /// Several.
    Many(Vec<String>),
    /// One.
    One(String),
}

impl Actions {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Many(many) => many.as_slice(),
            Self::One(one) => std::slice::from_ref(one),
        }
        .iter()
        .map(String::as_str)
    }
}

/// Where a rule counts: all that are given have to match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    /// The environment's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Matcher>,
    /// The folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<Matcher>,
    /// The secret's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<Matcher>,
}

/// What a text has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Matcher {
    /// Exactly this.
    Equals(String),
    /// What all operators that are given ask for.
    Operators(Operators),
}

/// Operators on a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operators {
    /// Exactly this.
    #[serde(default, rename = "$eq", skip_serializing_if = "Option::is_none")]
    pub eq: Option<String>,
    /// Anything else.
    #[serde(default, rename = "$ne", skip_serializing_if = "Option::is_none")]
    pub ne: Option<String>,
    /// One of these.
    #[serde(default, rename = "$in", skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<String>>,
    /// A pattern: `*` within a part of a path, `**` over parts.
    #[serde(default, rename = "$glob", skip_serializing_if = "Option::is_none")]
    pub glob: Option<String>,
}

impl Matcher {
    /// Matches a pattern.
    #[must_use]
    pub fn glob(pattern: impl Into<String>) -> Self {
        Self::Operators(Operators {
            glob: Some(pattern.into()),
            ..Operators::default()
        })
    }

    /// Matches one text.
    #[must_use]
    pub fn eq(text: impl Into<String>) -> Self {
        Self::Operators(Operators {
            eq: Some(text.into()),
            ..Operators::default()
        })
    }
}

/// Body of `POST` on [`of_person`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPrivilege {
    /// Whose.
    pub project_membership_id: MembershipId,
    /// Its name among the member's; made up if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// For how long.
    #[serde(rename = "type")]
    pub kind: Lasting,
}

/// Body of `PATCH` on [`one_of_person`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrivilegePatch {
    /// What it allows from now on.
    pub permissions: Vec<Permission>,
}

/// For how long a privilege counts: here, without end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lasting {
    /// Whether it ends by itself.
    pub is_temporary: bool,
}

/// Answer of `GET` on [`of_person`] and [`of_machine`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrivilegesAnswer {
    /// Without what they allow.
    pub privileges: Vec<Privilege>,
}

/// Answer of all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrivilegeAnswer {
    /// The privilege.
    pub privilege: Privilege,
}

/// A privilege.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Privilege {
    /// The privilege.
    pub id: PrivilegeId,
    /// Its name among the member's.
    pub slug: String,
    /// Whether it ends by itself.
    #[serde(default)]
    pub is_temporary: bool,
    /// `relative` if it ends by itself.
    #[serde(default)]
    pub temporary_mode: Option<String>,
    /// For how long, such as `2h`.
    #[serde(default)]
    pub temporary_range: Option<String>,
    /// From when.
    #[serde(default)]
    pub temporary_access_start_time: Option<Timestamp>,
    /// Until when.
    #[serde(default)]
    pub temporary_access_end_time: Option<Timestamp>,
    /// What it allows; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<Permission>>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// Whose, if a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Whose, if a machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// In which project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_rule_is_written_as_it_was_read() {
        for text in [
            r#"{"subject":"secrets","action":["describeSecret","readValue"],"conditions":{"environment":{"$eq":"dev"},"secretPath":{"$glob":"/coffer"}},"inverted":false}"#,
            r#"{"subject":"secrets","action":"read","conditions":{"environment":"dev"},"inverted":true}"#,
            r#"{"subject":"member","action":"read","inverted":false}"#,
        ] {
            let rule: Permission = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        }
    }

    #[test]
    fn a_condition_that_is_not_known_is_not_left_out() {
        for text in [
            r#"{"subject":"secrets","action":"read","conditions":{"secretTags":{"$in":["a"]}}}"#,
            r#"{"subject":"secrets","action":"read","conditions":{"environment":{"$regex":"a"}}}"#,
        ] {
            assert!(serde_json::from_str::<Permission>(text).is_err(), "{text}");
        }
    }
}
