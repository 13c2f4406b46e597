//! Names of things on a server: one type per kind, so that they cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the server's text as it is: ids are opaque.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text, as the server spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

ids! {
    /// An answer to a request for a secret.
    AnswerId,
    /// A policy that says who may let members into a place for a while.
    AccessPolicyId,
    /// A member's request to be let into a place for a while.
    AccessRequestId,
    /// An approver's answer to such a request.
    AccessReviewId,
    /// The public half of a machine's universal-auth login.
    ClientId,
    /// A client secret of universal auth (its id, not the secret).
    ClientSecretId,
    /// An environment of a project.
    EnvironmentId,
    /// A folder of an environment.
    FolderId,
    /// A machine identity.
    IdentityId,
    /// What an administrator ends a share or request of somebody else by: it opens, answers and reads nothing.
    LinkHandle,
    /// Somebody's membership of a project or an organisation.
    MembershipId,
    /// An organisation.
    OrganizationId,
    /// An additional privilege of a member.
    PrivilegeId,
    /// A project.
    ProjectId,
    /// A validation rule of a project.
    RuleId,
    /// A secret's row. Not stable: moving or re-creating a secret gives a new one.
    SecretId,
    /// One version of a secret.
    SecretVersionId,
    /// A session of a person or a machine on the server.
    SessionId,
    /// A shared secret: base64url of 32 random bytes.
    ShareId,
    /// A tag of a project.
    TagId,
    /// A person's account.
    UserId,
    /// A webhook.
    WebhookId,
}
