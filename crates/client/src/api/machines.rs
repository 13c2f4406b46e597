//! Machine identities, in the server's words: their login and their place in a project.

use super::{Failure, Ignored, Session, decode, failure, refused, text_or_empty};
use crate::api::members::GivenRole;
use crate::{Content, Device, Error, Method, Request, Token, Transport};
use coffer_wire::Timestamp;
use coffer_wire::id::{ClientId, IdentityId, OrganizationId, ProjectId};
use coffer_wire::identity::{self, MachineToken, NewClientSecret, NewIdentity, UniversalLogin};
use coffer_wire::member;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

/// What a program signs in with. Kept for the session, since nothing else begins a new one.
#[derive(Clone)]
pub(crate) struct MachineLogin {
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: Zeroizing<String>,
}

/// A machine's place in a project.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MachineMembership {
    pub(crate) identity_id: IdentityId,
    #[serde(default)]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) roles: Vec<GivenRole>,
    pub(crate) identity: ListedMachine,
}

/// A machine in a list.
#[derive(Deserialize)]
pub(crate) struct ListedMachine {
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) name: String,
}

impl<T: Transport, D: Device> Session<T, D> {
    /// Signs a machine in: the token counts for its organisation at once.
    pub(crate) async fn machine_login(&self, login: &MachineLogin) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            access_token: String,
        }
        let body = UniversalLogin {
            client_id: login.client_id.clone(),
            client_secret: login.client_secret.to_string(),
        };
        let request = Request {
            method: Method::Post,
            path: identity::universal_login().into(),
            bearer: None,
            body: Some(json!(body).to_string().into_bytes()),
            content: Content::Json,
        };
        let answer = self.client.transport.send(request).await?;
        match answer.status {
            200 => {
                let answer: Answer = decode(&answer)?;
                self.adopt(Token::new(answer.access_token));
                Ok(())
            }
            401 => {
                let Failure { message, .. } = failure(&answer);
                Err(if message.contains("locked") {
                    Error::RateLimited { retry_after: None }
                } else {
                    Error::MachineRefused
                })
            }
            _ => Err(refused(&answer)),
        }
    }

    /// Ends a machine's session; a server that is not reached has nothing to end.
    pub(crate) async fn machine_logout(&self) {
        let Some(token) = self.token() else { return };
        let body = MachineToken {
            access_token: token.as_str().to_owned(),
        };
        let sent: Result<Ignored, Error> = self.post(identity::revoke(), json!(body)).await;
        self.drop_token();
        drop(sent);
    }

    /// Makes an identity that may do nothing in its organisation.
    pub(crate) async fn create_machine(&self, name: &str, organization: &str) -> Result<IdentityId, Error> {
        #[derive(Deserialize)]
        struct Answer {
            identity: Made,
        }
        #[derive(Deserialize)]
        struct Made {
            id: IdentityId,
        }
        let new = NewIdentity {
            name: name.to_owned(),
            organization_id: OrganizationId::new(organization),
            role: Some(NO_ACCESS.to_owned()),
        };
        let answer: Answer = self.post(identity::create(), json!(new)).await?;
        Ok(answer.identity.id)
    }

    /// Lets an identity sign in with a client id and secret; gives the client id.
    pub(crate) async fn attach_login(&self, machine: &IdentityId) -> Result<ClientId, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            identity_universal_auth: Attached,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Attached {
            client_id: ClientId,
        }
        let answer: Answer = self.post(identity::universal_auth(machine), json!({})).await?;
        Ok(answer.identity_universal_auth.client_id)
    }

    /// Makes a client secret, which the server shows this once.
    pub(crate) async fn create_client_secret(
        &self,
        machine: &IdentityId,
    ) -> Result<Zeroizing<String>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            client_secret: String,
        }
        let new = NewClientSecret {
            description: "Coffer".to_owned(),
            ..NewClientSecret::default()
        };
        let answer: Answer = self.post(identity::client_secrets(machine), json!(new)).await?;
        Ok(Zeroizing::new(answer.client_secret))
    }

    /// Deletes an identity with everything that it signs in with; an absent one is fine.
    pub(crate) async fn delete_machine(&self, machine: &IdentityId) -> Result<(), Error> {
        match self.delete::<Ignored>(identity::one(machine), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// The machines of a project; none where the server knows none or does not tell this person of them.
    pub(crate) async fn list_machines(&self, project: &ProjectId) -> Result<Vec<MachineMembership>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            identity_memberships: Vec<MachineMembership>,
        }
        match self.get::<Answer>(member::identities(project)).await {
            Ok(answer) => Ok(answer.identity_memberships),
            Err(Error::NotFound | Error::Forbidden) => Ok(Vec::new()),
            Err(other) => Err(other),
        }
    }

    /// Takes a machine into a project, where its role allows nothing yet.
    pub(crate) async fn add_machine(&self, project: &ProjectId, machine: &IdentityId) -> Result<(), Error> {
        let body = json!({ "roles": [{ "role": NO_ACCESS }] });
        match self
            .post::<Ignored>(member::identity(project, machine), body)
            .await
        {
            Ok(_) | Err(Error::NameTaken) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Replaces a machine's roles by one.
    pub(crate) async fn set_machine_role(
        &self,
        project: &ProjectId,
        machine: &IdentityId,
        role: &str,
    ) -> Result<(), Error> {
        let body = json!({ "roles": [{ "role": role }] });
        let _: Ignored = self.patch(member::identity(project, machine), body).await?;
        Ok(())
    }

    /// Takes a machine out of a project; one that is not in it is fine.
    pub(crate) async fn remove_machine(
        &self,
        project: &ProjectId,
        machine: &IdentityId,
    ) -> Result<(), Error> {
        match self
            .delete::<Ignored>(member::identity(project, machine), None)
            .await
        {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

const NO_ACCESS: &str = "no-access";
