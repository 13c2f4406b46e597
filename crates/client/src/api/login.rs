//! Signing up, signing in, the organisation.

use super::{Ignored, Session, failure, refused, text_or_empty};
use crate::{Content, Device, Error, Method, Request, ServerStatus, Token, Transport};
use coffer_core::file::most_content;
use coffer_wire::share::ShareFeature;
use coffer_wire::{login, organization, status};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The signed-in user, in the server's words.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) email: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) username: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) first_name: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) last_name: String,
}

/// An organisation, in the server's words.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text_or_empty")]
    pub(crate) name: String,
    /// This person's role there.
    #[serde(default)]
    pub(crate) user_role: Option<String>,
}

impl<T: Transport, D: Device> Session<T, D> {
    pub(crate) async fn status(&self) -> Result<ServerStatus, Error> {
        #[derive(Deserialize)]
        struct Answer {
            config: Config,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Config {
            initialized: bool,
            #[serde(default)]
            allow_sign_up: bool,
            #[serde(default)]
            is_public_secret_sharing_disabled: Option<bool>,
            #[serde(default)]
            coffer: Extras,
        }
        /// Words that this version does not know are left out, so that a newer server is understood.
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Extras {
            #[serde(default)]
            shares: Vec<Value>,
            #[serde(default)]
            webhooks: Vec<Value>,
            #[serde(default)]
            file_bytes: u64,
        }
        fn known<W: DeserializeOwned + Ord>(words: Vec<Value>) -> BTreeSet<W> {
            let known = words.into_iter().map(serde_json::from_value);
            known.filter_map(Result::ok).collect()
        }
        let answer: Answer = self.get(status::admin_config()).await?;
        let Extras {
            shares,
            webhooks,
            file_bytes,
        } = answer.config.coffer;
        let share_features: BTreeSet<_> = known(shares);
        Ok(ServerStatus {
            share_file: most_content(file_bytes).filter(|_| share_features.contains(&ShareFeature::Files)),
            share_features,
            initialized: answer.config.initialized,
            allow_sign_up: answer.config.allow_sign_up,
            sharing: !answer.config.is_public_secret_sharing_disabled.unwrap_or(false),
            webhook_events: known(webhooks),
        })
    }

    /// Makes the first account; the instance-admin identity that the server answers is not kept.
    pub(crate) async fn bootstrap(
        &self,
        email: &str,
        password: &str,
        organization: &str,
    ) -> Result<(), Error> {
        let body = json!({ "email": email, "password": password, "organization": organization });
        let _: Ignored = self.post(login::bootstrap(), body).await?;
        Ok(())
    }

    /// Signs in; the token has no organisation yet.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            access_token: String,
        }
        let request = Request {
            method: Method::Post,
            path: login::login().into(),
            bearer: None,
            body: Some(
                json!({ "email": email, "password": password })
                    .to_string()
                    .into_bytes(),
            ),
            content: Content::Json,
        };
        let answer = self.client.transport.send(request).await?;
        if matches!(answer.status, 400 | 401 | 403)
            && failure(&answer).message.contains("Invalid credentials")
        {
            return Err(Error::WrongPassphrase);
        }
        if answer.status != 200 {
            return Err(refused(&answer));
        }
        let answer: Answer = super::decode(&answer)?;
        self.adopt(Token::new(answer.access_token));
        Ok(())
    }

    pub(crate) async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            organizations: Vec<Organization>,
        }
        let answer: Answer = self.get(organization::list()).await?;
        Ok(answer.organizations)
    }

    pub(crate) async fn select_organization(&self, id: &str) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            token: String,
            #[serde(default)]
            is_mfa_enabled: bool,
        }
        let body = json!({ "organizationId": id });
        let answer: Answer = self.post(login::select_organization(), body).await?;
        if answer.is_mfa_enabled {
            return Err(Error::Server {
                status: 200,
                message: "this account asks for a second factor, which Coffer does not offer yet".to_owned(),
            });
        }
        self.adopt(Token::new(answer.token));
        Ok(())
    }

    pub(crate) async fn me(&self) -> Result<User, Error> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        let answer: Answer = self.get(login::me()).await?;
        Ok(answer.user)
    }

    /// Tells the server what people call this person.
    pub(crate) async fn rename(&self, first: &str, last: &str) -> Result<(), Error> {
        let body = json!({ "firstName": first, "lastName": last });
        let _: Ignored = self.patch(login::my_name(), body).await?;
        Ok(())
    }

    /// Ends the session; a server that is not reached has nothing to end.
    pub(crate) async fn logout(&self) {
        let sent: Result<Ignored, Error> = self.post(login::logout(), json!({})).await;
        self.drop_token();
        drop(sent);
    }

    /// Changes the server's password; ends all sessions.
    pub(crate) async fn change_password(&self, old: &str, new: &str) -> Result<(), Error> {
        let body = json!({ "oldPassword": old, "newPassword": new });
        match self.post::<Ignored>(login::change_password(), body).await {
            Err(Error::Server { .. }) => Err(Error::WrongPassphrase),
            other => other.map(drop),
        }
    }

    /// Invites to the organisation; gives the code of the completion link, if the server answers one.
    pub(crate) async fn invite_to_organization(
        &self,
        email: &str,
        organization: &str,
    ) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default)]
            complete_invite_links: Option<Vec<login::CompleteInviteLink>>,
        }
        let body = json!({
            "inviteeEmails": [email], "organizationId": organization, "organizationRoleSlug": "member",
        });
        let answer: Answer = self.post(login::invite(), body).await?;
        let link = answer
            .complete_invite_links
            .unwrap_or_default()
            .into_iter()
            .next();
        Ok(link.and_then(|l| l.code().map(str::to_owned)))
    }

    /// Turns the code of an invitation into an account.
    pub(crate) async fn complete_invitation(
        &self,
        email: &str,
        organization: &str,
        code: &str,
        names: (&str, &str),
        password: &str,
    ) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Answer {
            token: String,
        }
        let body = json!({ "email": email, "organizationId": organization, "code": code });
        let answer: Answer = self.post(login::verify_invite(), body).await?;
        self.adopt(Token::new(answer.token));
        let body = json!({
            "type": "email", "email": email, "firstName": names.0, "lastName": names.1, "password": password,
        });
        let done: Result<Ignored, Error> = self.post(login::complete_account(), body).await;
        self.drop_token();
        done.map(drop)
    }
}
