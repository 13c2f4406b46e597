//! Additional privileges of members of projects: what the server itself lets somebody do.

use super::{Ignored, Session};
use crate::{Device, Error, Transport};
use coffer_wire::id::{MembershipId, PrivilegeId};
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
        #[derive(Deserialize)]
        struct Answer {
            privileges: Vec<Listed>,
        }
        let url = privilege::of_person().query("projectMembershipId", member);
        let known: Answer = self.get(url).await?;
        let known = known.privileges.into_iter().find(|known| known.slug == slug);
        let _: Ignored = match known {
            Some(known) => {
                let url = privilege::one_of_person(&known.id);
                self.patch(url, json!(PrivilegePatch { permissions })).await?
            }
            None => {
                let new = NewPrivilege {
                    project_membership_id: member.clone(),
                    slug: Some(slug.to_owned()),
                    permissions,
                    kind: Lasting::default(),
                };
                self.post(privilege::of_person(), json!(new)).await?
            }
        };
        Ok(())
    }
}
