//! Shared secrets: the server keeps an opaque text and counts.

use super::object::Object;
use super::{Ignored, Session, failure, refused, unreadable};
use crate::{Content, Device, Error, Method, Request, Response, RevealError, Token, Transport};
use coffer_wire::id::{AnswerId, LinkHandle, ShareId};
use coffer_wire::share::{
    self, AnswersAnswer, Barred, ChangeShare, Gone, OPENED_ALREADY, OverseenAnswer, QUOTA, Receipt,
    ReceiptsAnswer, ShareLimits, Unanswered,
};
use coffer_wire::{Endpoint, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One of the sender's shares, in the server's words.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    pub(crate) id: ShareId,
    #[serde(default)]
    pub(crate) expires_after_views: Option<u32>,
    #[serde(default)]
    pub(crate) last_viewed_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) expires_at: Option<Timestamp>,
    /// How often it was opened; Coffer's server says.
    #[serde(default)]
    pub(crate) opened: Option<u32>,
    #[serde(default)]
    pub(crate) destroyed: bool,
    #[serde(default)]
    pub(crate) ended_by_admin: bool,
    /// The limits that count now; likewise.
    #[serde(default)]
    pub(crate) limits: Option<ShareLimits>,
    /// How many pieces of its file have not come yet.
    #[serde(default)]
    pub(crate) missing_pieces: u32,
}

impl Shared {
    /// How long it lives in the server's words, whatever its clock says.
    pub(crate) fn lasts(&self) -> Option<u64> {
        let (from, until) = (self.created_at.as_ref()?, self.expires_at.as_ref()?);
        until.to_millis()?.checked_sub(from.to_millis()?)
    }
}

/// The sender's shares, as far as the server lists them.
pub(crate) struct SharedList {
    /// The newest first.
    pub(crate) shares: Vec<Shared>,
    /// There are no more.
    pub(crate) is_whole: bool,
}

/// One of the sender's requests, in the server's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requested {
    pub(crate) id: ShareId,
    /// How many answers it has; Coffer's server says.
    #[serde(default)]
    pub(crate) answers: Option<u32>,
    #[serde(default)]
    pub(crate) ended_by_admin: bool,
    /// Whether it takes no more; Coffer's server says.
    #[serde(default)]
    pub(crate) is_secret_value_set: Option<bool>,
}

/// What opening a share gives.
pub(crate) struct Opened {
    pub(crate) secret_value: String,
    /// How many views were left before this one.
    pub(crate) expires_after_views: Option<u32>,
    /// What the pieces of its file are fetched with.
    pub(crate) file_token: Option<String>,
}

impl Opened {
    fn read(answer: Object<'_>) -> Option<Self> {
        Some(Self {
            secret_value: answer.text("secretValue")?,
            expires_after_views: answer.plain("expiresAfterViews")?,
            file_token: answer.text("fileToken"),
        })
    }
}

/// What a share's address tells everybody.
pub(crate) struct Look {
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) expires_after_views: Option<u32>,
    pub(crate) last_viewed_at: Option<Timestamp>,
    pub(crate) one_device: bool,
    pub(crate) receipts: bool,
    pub(crate) sender_ends: bool,
}

impl Look {
    fn read(answer: Object<'_>) -> Option<Self> {
        Some(Self {
            expires_at: answer.text("expiresAt").map(Timestamp::from),
            expires_after_views: answer.plain("expiresAfterViews")?,
            last_viewed_at: answer.text("lastViewedAt").map(Timestamp::from),
            one_device: answer.plain("oneDevice")?.unwrap_or(false),
            receipts: answer.plain("receipts")?.unwrap_or(false),
            sender_ends: answer.plain("senderEnds")?.unwrap_or(false),
        })
    }
}

impl<T: Transport, D: Device> Session<T, D> {
    pub(crate) async fn create_shared(
        &self,
        sealed: &str,
        token: &str,
        minutes: u32,
        views: Option<u32>,
        file_bytes: Option<u64>,
        limits: &ShareLimits,
    ) -> Result<Shared, Error> {
        let mut body = json!({
            "secretValue": sealed, "password": token, "passwordIsKey": true, "expiresIn": format!("{minutes}m"), "accessType": "anyone",
            "name": "Coffer link",
        });
        if let Some(views) = views {
            body["maxViews"] = json!(views);
        }
        if let Some(bytes) = file_bytes {
            body["fileBytes"] = json!(bytes);
        }
        if let (Some(body), Ok(Value::Object(limits))) = (body.as_object_mut(), serde_json::to_value(limits))
        {
            body.extend(limits);
        }
        self.post(share::create(), body).await
    }

    /// Sends a piece of a share's file. Coffer's server only.
    pub(crate) async fn add_piece(&self, id: &ShareId, number: u32, sealed: &[u8]) -> Result<(), Error> {
        self.post_bytes(share::piece(id, number), sealed).await
    }

    /// Fetches a piece of the file of a share that was opened; counts no view. Coffer's server only.
    pub(crate) async fn fetch_piece(
        &self,
        id: &ShareId,
        token: &Token,
        number: u32,
    ) -> Result<Vec<u8>, RevealError> {
        let answer = self
            .visit_any(Request {
                method: Method::Get,
                path: share::piece(id, number).into(),
                bearer: Some(token.clone()),
                body: None,
                content: Content::Bytes,
            })
            .await?;
        match answer.status {
            200 => Ok(answer.body),
            401 => Err(RevealError::FetchedTooLate),
            403 if failure(&answer).error == "TokenError" => Err(RevealError::FetchedTooLate),
            _ => Err(refused_visit(&answer)),
        }
    }

    pub(crate) async fn list_shared(&self) -> Result<SharedList, Error> {
        let (shares, is_whole) = self.list_pages(share::list).await?;
        Ok(SharedList { shares, is_whole })
    }

    /// The requests that this person made, as far as the server lists them.
    pub(crate) async fn list_requests(&self) -> Result<Vec<Requested>, Error> {
        Ok(self.list_pages(share::asked).await?.0)
    }

    /// A list, the newest first, and whether it has no more.
    async fn list_pages<R: DeserializeOwned>(
        &self,
        page: fn(u32, u32) -> Endpoint,
    ) -> Result<(Vec<R>, bool), Error> {
        #[derive(Deserialize)]
        struct Answer<R> {
            secrets: Vec<R>,
        }
        let mut all = Vec::new();
        for number in 0..MOST_PAGES {
            let answer: Answer<R> = match self.get(page(number * PAGE, PAGE)).await {
                // A server that goes no further refuses the question, each in its own way.
                Err(
                    Error::Forbidden | Error::NotFound | Error::RateLimited { .. } | Error::Server { .. },
                ) if number > 0 => break,
                answer => answer?,
            };
            let is_whole = answer.secrets.len() < PAGE as usize;
            all.extend(answer.secrets);
            if is_whole {
                return Ok((all, is_whole));
            }
        }
        Ok((all, false))
    }

    /// Changes a share. Coffer's server only.
    pub(crate) async fn change_shared(&self, id: &ShareId, change: &ChangeShare) -> Result<Shared, Error> {
        match self.patch(share::one(id), json!(change)).await {
            Err(Error::Server { status: 400, message }) if message == OPENED_ALREADY => Err(Error::Invalid {
                field: "link",
                why: "one that nobody has opened",
            }),
            other => other,
        }
    }

    /// Who opened a share. Coffer's server only.
    pub(crate) async fn share_receipts(&self, id: &ShareId) -> Result<Vec<Receipt>, Error> {
        let answer: ReceiptsAnswer = self.get(share::receipts(id)).await?;
        Ok(answer.receipts)
    }

    /// Makes a request that anybody with its id may answer, so many times. More than once on Coffer's server only.
    pub(crate) async fn create_request(&self, minutes: u32, answers: u32) -> Result<ShareId, Error> {
        #[derive(Deserialize)]
        struct Answer {
            id: ShareId,
        }
        let mut body =
            json!({ "name": "Coffer form", "expiresIn": format!("{minutes}m"), "accessType": "anyone" });
        if answers > 1 {
            body["maxAnswers"] = json!(answers);
        }
        let answer: Answer = self.post(share::ask(), body).await?;
        Ok(answer.id)
    }

    /// Whether a request takes no more answers; nobody has to be signed in.
    pub(crate) async fn is_answered(&self, id: &ShareId) -> Result<bool, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            is_secret_value_set: bool,
        }
        let answer: Answer = self.get(share::asked_one(id)).await?;
        Ok(answer.is_secret_value_set)
    }

    /// Leaves an answer. [`Error::NameTaken`] where no more are taken, also when somebody else was quicker;
    /// [`Error::Invalid`] where its time is over; [`Error::QuotaReached`] where whoever asked has no room for it.
    pub(crate) async fn answer_request(&self, id: &ShareId, sealed: &str) -> Result<(), Error> {
        let answer = Request {
            method: Method::Post,
            path: share::answer(id).into(),
            bearer: None,
            body: Some(Answer { secret_value: sealed }.to_body()),
            content: Content::Json,
        };
        let answer = self.client.transport.send(answer).await?;
        let why = match answer.status {
            200..300 => return Ok(()),
            400 | 403 => failure(&answer),
            _ => return Err(refused(&answer)),
        };
        let why = Unanswered::of(&why.message).filter(|_| why.error != QUOTA);
        Err(match why {
            Some(Unanswered::Full) => Error::NameTaken,
            Some(Unanswered::Late) => Error::Invalid {
                field: "form",
                why: "one whose time is not over",
            },
            None => refused(&answer),
        })
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

    /// The sealed answers to one's own request. Coffer's server only.
    pub(crate) async fn read_answers(&self, id: &ShareId) -> Result<AnswersAnswer, Error> {
        self.get(share::answers(id)).await
    }

    /// Deletes an answer to one's own request. Coffer's server only.
    pub(crate) async fn delete_answer(&self, id: &ShareId, answer: &AnswerId) -> Result<(), Error> {
        match self.delete::<Ignored>(share::one_answer(id, answer), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
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

    /// What others share and ask for, the newest hundred. Coffer's server only.
    pub(crate) async fn list_overseen(&self) -> Result<OverseenAnswer, Error> {
        self.get(share::overseen(0, PAGE)).await
    }

    /// Ends something that somebody else shares or asks for. Coffer's server only.
    pub(crate) async fn delete_overseen(&self, handle: &LinkHandle) -> Result<(), Error> {
        match self.delete::<Ignored>(share::one_overseen(handle), None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// What a share's address tells everybody; counts no view.
    pub(crate) async fn look_at_shared(&self, id: &ShareId) -> Result<Look, RevealError> {
        self.visit(Method::Get, share::one(id), None, Look::read).await
    }

    /// Asks for a share's sealed text; counts as a view only if the token fits.
    pub(crate) async fn access_shared(
        &self,
        id: &ShareId,
        token: &str,
        device: Option<&str>,
    ) -> Result<Opened, RevealError> {
        self.visit(
            Method::Post,
            share::access(id),
            Some(Proof {
                password: token,
                device,
            }),
            Opened::read,
        )
        .await
    }

    /// Asks the server to delete a share's sealed text; counts no view. Coffer's server only.
    pub(crate) async fn destroy_shared(
        &self,
        id: &ShareId,
        token: &str,
        device: Option<&str>,
    ) -> Result<(), RevealError> {
        self.visit(
            Method::Post,
            share::destroy(id),
            Some(Proof {
                password: token,
                device,
            }),
            |_| Some(()),
        )
        .await
    }

    async fn visit<R>(
        &self,
        method: Method,
        path: Endpoint,
        body: Option<Proof<'_>>,
        read: fn(Object<'_>) -> Option<R>,
    ) -> Result<R, RevealError> {
        let answer = self
            .visit_any(Request {
                method,
                path: path.into(),
                bearer: None,
                body: body.map(|body| body.to_body()),
                content: Content::Json,
            })
            .await?;
        match answer.status {
            200 => {
                let read = Object::of(&answer.body).and_then(read);
                read.ok_or_else(|| RevealError::Client(unreadable(&answer)))
            }
            401 => Err(RevealError::WrongPassphrase),
            _ => Err(refused_visit(&answer)),
        }
    }

    async fn visit_any(&self, request: Request) -> Result<Response, RevealError> {
        let answer = self.client.transport.send(request).await;
        answer.map_err(|error| RevealError::Client(error.into()))
    }
}

fn refused_visit(answer: &Response) -> RevealError {
    let said = failure(answer).message;
    match answer.status {
        404 | 410 => match Gone::of(&said) {
            Gone::Destroyed => RevealError::Destroyed,
            Gone::Expired => RevealError::Expired,
            Gone::Missing => RevealError::Missing,
            Gone::Revoked => RevealError::Revoked,
            Gone::Used => RevealError::Used,
        },
        403 => match Barred::of(&said) {
            Some(Barred::Device) => RevealError::OtherDevice,
            Some(Barred::Network) => RevealError::OtherNetwork,
            Some(Barred::Sender) => RevealError::SenderEnds,
            Some(Barred::Unfinished) => RevealError::Unfinished,
            None => RevealError::Client(refused(answer)),
        },
        _ => match refused(answer) {
            Error::RateLimited { retry_after } => RevealError::RateLimited { retry_after },
            other => RevealError::Client(other),
        },
    }
}

/// What shows that a link's key is known, and which device asks. Written without a tree in between: what builds one would be
/// a large part of the program that opens a link.
#[derive(Serialize)]
struct Proof<'a> {
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
}

impl Proof<'_> {
    fn to_body(&self) -> Vec<u8> {
        // two texts under fixed names are always JSON
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What answers a form, written likewise.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    secret_value: &'a str,
}

impl Answer<'_> {
    fn to_body(&self) -> Vec<u8> {
        // a text under a fixed name is always JSON
        serde_json::to_vec(self).unwrap_or_default()
    }
}
/// As many shares or requests are listed at once as a compatible server lists.
const PAGE: u32 = 100;
const MOST_PAGES: u32 = 20;
