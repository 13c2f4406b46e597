//! Additional privileges of members of projects, people and machines: what the server itself lets somebody do.

use super::{Ignored, Session};
use crate::{Device, Error, Transport};
use coffer_wire::Endpoint;
use coffer_wire::id::{IdentityId, MembershipId, PrivilegeId, ProjectId};
use coffer_wire::privilege::{self, Lasting, NewPrivilege, Permission, PrivilegePatch};
use serde::Deserialize;
use serde_json::json;

/// A privilege in a list, in the server's words.
#[derive(Deserialize)]
struct Listed {
    id: PrivilegeId,
    slug: String,
}

impl<T: Transport, D: Device> Session<T, D> {
    /// Replaces what a member's privilege of this slug allows, and makes it where there is none.
    pub(crate) async fn set_privilege(
        &self,
        member: &MembershipId,
        slug: &str,
        permissions: Vec<Permission>,
    ) -> Result<(), Error> {
        let list = privilege::of_person().query("projectMembershipId", member);
        if let Some(known) = self.privilege_in(list, slug).await? {
            return self
                .replace_privilege(privilege::one_of_person(&known), permissions)
                .await;
        }
        let new = NewPrivilege {
            project_membership_id: member.clone(),
            slug: Some(slug.to_owned()),
            permissions,
            kind: Lasting::default(),
        };
        let _: Ignored = self.post(privilege::of_person(), json!(new)).await?;
        Ok(())
    }

    /// The same of a machine.
    pub(crate) async fn set_machine_privilege(
        &self,
        project: &ProjectId,
        machine: &IdentityId,
        slug: &str,
        permissions: Vec<Permission>,
    ) -> Result<(), Error> {
        if let Some(known) = self.machine_privilege(project, machine, slug).await? {
            return self
                .replace_privilege(privilege::one_of_machine(&known), permissions)
                .await;
        }
        let new = json!({
            "projectId": project, "identityId": machine, "slug": slug, "permissions": permissions,
            "type": { "isTemporary": false },
        });
        let _: Ignored = self.post(privilege::of_machine(), new).await?;
        Ok(())
    }

    /// A machine's privilege of this slug.
    pub(crate) async fn machine_privilege(
        &self,
        project: &ProjectId,
        machine: &IdentityId,
        slug: &str,
    ) -> Result<Option<PrivilegeId>, Error> {
        let list = privilege::of_machine()
            .query("projectId", project)
            .query("identityId", machine);
        self.privilege_in(list, slug).await
    }

    async fn privilege_in(&self, list: Endpoint, slug: &str) -> Result<Option<PrivilegeId>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            privileges: Vec<Listed>,
        }
        let known: Answer = self.get(list).await?;
        let known = known.privileges.into_iter().find(|known| known.slug == slug);
        Ok(known.map(|known| known.id))
    }

    async fn replace_privilege(&self, one: Endpoint, permissions: Vec<Permission>) -> Result<(), Error> {
        let _: Ignored = self.patch(one, json!(PrivilegePatch { permissions })).await?;
        Ok(())
    }
}
