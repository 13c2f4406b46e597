//! Members of projects, in the server's words.

use super::login::User;
use super::{Ignored, Session, text_or_empty};
use crate::{Device, Error, Transport};
use coffer_wire::id::{MembershipId, ProjectId};
use coffer_wire::member;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
pub(crate) struct Membership {
    pub(crate) id: MembershipId,
    pub(crate) user: User,
    #[serde(default)]
    roles: Vec<GivenRole>,
}

#[derive(Deserialize)]
pub(crate) struct GivenRole {
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) role: String,
}

impl Membership {
    /// Whether this is the only role.
    pub(crate) fn has_only(&self, role: &str) -> bool {
        matches!(self.roles.as_slice(), [only] if only.role == role)
    }
}

impl<T: Transport, D: Device> Session<T, D> {
    pub(crate) async fn list_members(&self, project: &ProjectId) -> Result<Vec<Membership>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            memberships: Vec<Membership>,
        }
        let answer: Answer = self.get(member::list(project)).await?;
        Ok(answer.memberships)
    }

    /// Makes somebody a member; one who is already a member stays as he is.
    pub(crate) async fn add_member(&self, project: &ProjectId, email: &str, role: &str) -> Result<(), Error> {
        let url = member::list(project);
        let body = json!({ "emails": [email], "usernames": [], "roleSlugs": [role] });
        match self.post::<Ignored>(url, body).await {
            Ok(_) | Err(Error::NameTaken) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Replaces a member's roles by one.
    pub(crate) async fn set_role(
        &self,
        project: &ProjectId,
        membership: &MembershipId,
        role: &str,
    ) -> Result<(), Error> {
        let body = json!({ "roles": [{ "role": role }] });
        let _: Ignored = self.patch(member::one(project, membership), body).await?;
        Ok(())
    }

    /// Takes somebody out of a project; one who is no member is fine.
    pub(crate) async fn remove_member(&self, project: &ProjectId, username: &str) -> Result<(), Error> {
        let body = json!({ "emails": [], "usernames": [username.to_lowercase()] });
        match self.delete::<Ignored>(member::list(project), Some(body)).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
