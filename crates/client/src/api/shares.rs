//! Shared secrets: the server keeps an opaque text and counts.

use super::{Ignored, Session, failure, refused};
use crate::{Device, Error, Method, Request, RevealError, Transport};
use coffer_wire::Timestamp;
use coffer_wire::id::ShareId;
use coffer_wire::share::{self, Gone};
use serde::Deserialize;
use serde_json::json;

/// One of the sender's shares, in the server's words.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    pub(crate) id: ShareId,
    #[serde(default)]
    pub(crate) expires_after_views: Option<u32>,
    #[serde(default)]
    pub(crate) last_viewed_at: Option<Timestamp>,
}

impl<T: Transport, D: Device> Session<T, D> {
    pub(crate) async fn create_shared(
        &self,
        sealed: &str,
        token: &str,
        minutes: u32,
        views: Option<u32>,
    ) -> Result<Shared, Error> {
        let mut body = json!({
            "secretValue": sealed, "password": token, "expiresIn": format!("{minutes}m"), "accessType": "anyone",
            "name": "Coffer link",
        });
        if let Some(views) = views {
            body["maxViews"] = json!(views);
        }
        self.post(share::create(), body).await
    }

    pub(crate) async fn list_shared(&self) -> Result<Vec<Shared>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            secrets: Vec<Shared>,
        }
        let mut all = Vec::new();
        for page in 0..20 {
            let answer: Answer = self.get(share::list(page * 100, 100)).await?;
            let count = answer.secrets.len();
            all.extend(answer.secrets);
            if count < 100 {
                break;
            }
        }
        Ok(all)
    }

    /// Makes a request that anybody with its id may answer once.
    pub(crate) async fn create_request(&self, minutes: u32) -> Result<ShareId, Error> {
        #[derive(Deserialize)]
        struct Answer {
            id: ShareId,
        }
        let body =
            json!({ "name": "Coffer form", "expiresIn": format!("{minutes}m"), "accessType": "anyone" });
        let answer: Answer = self.post(share::ask(), body).await?;
        Ok(answer.id)
    }

    /// Whether a request was answered; nobody has to be signed in.
    pub(crate) async fn is_answered(&self, id: &ShareId) -> Result<bool, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            is_secret_value_set: bool,
        }
        let answer: Answer = self.get(share::asked_one(id)).await?;
        Ok(answer.is_secret_value_set)
    }

    /// Leaves an answer, once.
    pub(crate) async fn answer_request(&self, id: &ShareId, sealed: &str) -> Result<(), Error> {
        let body = json!({ "secretValue": sealed });
        self.post::<Ignored>(share::answer(id), body).await.map(|_| ())
    }

    /// The sealed answer to one's own request.
    pub(crate) async fn read_answer(&self, id: &ShareId) -> Result<String, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Revealed {
            secret_value: String,
        }
        // Some versions wrap it.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Answer {
            Plain(Revealed),
            #[serde(rename_all = "camelCase")]
            Wrapped {
                secret_request: Revealed,
            },
        }
        let answer: Answer = self.post(share::read_answer(id), json!({})).await?;
        Ok(match answer {
            Answer::Plain(revealed)
            | Answer::Wrapped {
                secret_request: revealed,
            } => revealed.secret_value,
        })
    }

    pub(crate) async fn delete_request(&self, id: &ShareId) -> Result<(), Error> {
        match self.delete::<Ignored>(share::asked_one(id), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }

    pub(crate) async fn delete_shared(&self, id: &ShareId) -> Result<(), Error> {
        match self.delete::<Ignored>(share::one(id), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Asks for a share's sealed text; counts as a view only if the token fits.
    pub(crate) async fn access_shared(&self, id: &ShareId, token: &str) -> Result<String, RevealError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            secret_value: String,
        }
        let request = Request {
            method: Method::Post,
            path: share::access(id).into(),
            bearer: None,
            body: Some(json!({ "password": token }).to_string().into_bytes()),
        };
        let answer = self
            .client
            .transport
            .send(request)
            .await
            .map_err(|e| RevealError::Client(e.into()))?;
        match answer.status {
            200 => {
                let answer: Answer = super::decode(&answer).map_err(RevealError::Client)?;
                Ok(answer.secret_value)
            }
            401 => Err(RevealError::WrongPassphrase),
            404 | 410 => Err(match Gone::of(&failure(&answer).message) {
                Gone::Expired => RevealError::Expired,
                Gone::Missing => RevealError::Missing,
                Gone::Revoked => RevealError::Revoked,
                Gone::Used => RevealError::Used,
            }),
            _ => Err(match refused(&answer) {
                Error::RateLimited { retry_after } => RevealError::RateLimited { retry_after },
                other => RevealError::Client(other),
            }),
        }
    }
}
