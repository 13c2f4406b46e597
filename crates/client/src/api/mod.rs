//! Typed calls of the compatible API: only routes that a real server answers too.
//!
//! Answers are *wire*: decoded strictly by type, tolerant of unknown keys, believed by nobody.

pub(crate) mod folders;
pub(crate) mod login;
pub(crate) mod machines;
pub(crate) mod members;
mod object;
pub(crate) mod privileges;
pub(crate) mod projects;
pub(crate) mod rules;
pub(crate) mod secrets;
pub(crate) mod shares;
pub(crate) mod webhooks;

use crate::gate::Gate;
use crate::{
    Content, Device, Error, Listen, Method, Request, Response, Token, Transport, TransportError,
    client::ClientInner,
};
use coffer_wire::Endpoint;
use machines::MachineLogin;
use object::Object;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// One person's or machine's session at the server; tokens stay in memory.
pub(crate) struct Session<T, D> {
    pub(crate) client: Rc<ClientInner<T, D>>,
    token: RefCell<Option<Token>>,
    generation: Cell<u64>,
    refreshing: Gate,
    /// How a machine begins a new session; a person has a cookie for that.
    machine: Option<MachineLogin>,
    /// Until when, by this device's clock, a refusal may be of rights that do not count yet.
    unsettled: Cell<u64>,
}

impl<T: Transport, D: Device> Session<T, D> {
    /// Nobody signed in.
    pub(crate) fn anonymous(client: &Rc<ClientInner<T, D>>) -> Self {
        Self {
            client: Rc::clone(client),
            token: RefCell::new(None),
            generation: Cell::new(0),
            refreshing: Gate::default(),
            machine: None,
            unsettled: Cell::new(0),
        }
    }

    /// A machine that signs in with these.
    pub(crate) fn of_machine(client: &Rc<ClientInner<T, D>>, login: MachineLogin) -> Self {
        Self {
            machine: Some(login),
            ..Self::anonymous(client)
        }
    }

    /// This person was given rights a moment ago, which a server may let count some seconds later: until then what it
    /// refuses is asked for again.
    pub(crate) fn expect_lag(&self) {
        self.unsettled.set(self.client.device.now() + RIGHTS_LAG_MS);
    }

    /// Continues with another token.
    pub(crate) fn adopt(&self, token: Token) {
        self.generation.set(self.generation.get() + 1);
        *self.token.borrow_mut() = Some(token);
    }

    /// The token in use.
    pub(crate) fn token(&self) -> Option<Token> {
        self.token.borrow().clone()
    }

    /// Forgets the token.
    pub(crate) fn drop_token(&self) {
        *self.token.borrow_mut() = None;
    }

    pub(crate) async fn get<R: DeserializeOwned>(&self, path: Endpoint) -> Result<R, Error> {
        decode(&self.exchange(Method::Get, path, None).await?)
    }

    pub(crate) async fn post<R: DeserializeOwned>(&self, path: Endpoint, body: Value) -> Result<R, Error> {
        decode(&self.exchange(Method::Post, path, Some(body)).await?)
    }

    pub(crate) async fn patch<R: DeserializeOwned>(&self, path: Endpoint, body: Value) -> Result<R, Error> {
        decode(&self.exchange(Method::Patch, path, Some(body)).await?)
    }

    pub(crate) async fn delete<R: DeserializeOwned>(
        &self,
        path: Endpoint,
        body: Option<Value>,
    ) -> Result<R, Error> {
        decode(&self.exchange(Method::Delete, path, body).await?)
    }

    /// Sends sealed bytes.
    pub(crate) async fn post_bytes(&self, path: Endpoint, bytes: &[u8]) -> Result<(), Error> {
        let body = Some((Content::Bytes, bytes.to_vec()));
        self.exchange_any(Method::Post, path, body).await.map(|_| ())
    }

    async fn exchange(&self, method: Method, path: Endpoint, body: Option<Value>) -> Result<Response, Error> {
        let body = body.map(|body| (Content::Json, body.to_string().into_bytes()));
        self.exchange_any(method, path, body).await
    }

    /// Sends, refreshes the session once if it has ended, and gives a successful answer.
    async fn exchange_any(
        &self,
        method: Method,
        path: Endpoint,
        body: Option<(Content, Vec<u8>)>,
    ) -> Result<Response, Error> {
        let path = String::from(path);
        let before = self.generation.get();
        let answer = self.send_patiently(method, &path, &body).await?;
        if !session_ended(&answer) || self.token.borrow().is_none() {
            return checked(answer);
        }
        self.refresh(before).await?;
        let answer = self.send_patiently(method, &path, &body).await?;
        if session_ended(&answer) {
            return Err(Error::SessionExpired);
        }
        checked(answer)
    }

    /// Sends and hears what the answer goes on to say until the server ends it, with the session refreshed once.
    pub(crate) async fn listen(
        &self,
        path: Endpoint,
        body: Value,
        heard: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error>
    where
        T: Listen,
    {
        let (path, body) = (String::from(path), body.to_string().into_bytes());
        let mut is_fresh = false;
        loop {
            let before = self.generation.get();
            let request = Request {
                method: Method::Post,
                path: path.clone(),
                bearer: self.token.borrow().clone(),
                body: Some(body.clone()),
                content: Content::Json,
            };
            match self.client.transport.listen(request, heard).await? {
                None => return Ok(()),
                Some(answer) if session_ended(&answer) && !is_fresh && self.token.borrow().is_some() => {
                    self.refresh(before).await?;
                    is_fresh = true;
                }
                Some(answer) => return Err(refused(&answer)),
            }
        }
    }

    /// Sends, and as long as rights may not count yet, again after a refusal: what was refused has done nothing.
    async fn send_patiently(
        &self,
        method: Method,
        path: &str,
        body: &Option<(Content, Vec<u8>)>,
    ) -> Result<Response, Error> {
        let device = &self.client.device;
        for attempt in 0..REFUSALS {
            let answer = self.send_once(method, path.to_owned(), body.clone()).await?;
            let left = self.unsettled.get().saturating_sub(device.now());
            if answer.status != 403 || session_ended(&answer) || left == 0 {
                return Ok(answer);
            }
            let pause = (500 << attempt).min(4_000);
            device
                .pause(u32::try_from(left).map_or(pause, |left| pause.min(left)))
                .await;
        }
        self.send_once(method, path.to_owned(), body.clone()).await
    }

    async fn send_once(
        &self,
        method: Method,
        path: String,
        body: Option<(Content, Vec<u8>)>,
    ) -> Result<Response, Error> {
        let (content, body) = match body {
            Some((content, body)) => (content, Some(body)),
            None => (Content::Json, None),
        };
        let bearer = self.token.borrow().clone();
        Ok(self
            .client
            .transport
            .send(Request {
                method,
                path,
                bearer,
                body,
                content,
            })
            .await?)
    }

    /// One refresh for everybody who noticed the end: a second one with the rotated cookie would look like theft.
    async fn refresh(&self, before: u64) -> Result<(), Error> {
        let _turn = self.refreshing.enter().await;
        if self.generation.get() != before {
            return Ok(());
        }
        if let Some(login) = &self.machine {
            return match self.machine_login(login).await {
                Err(Error::MachineRefused) => {
                    self.drop_token();
                    Err(Error::SessionExpired)
                }
                other => other,
            };
        }
        let request = Request {
            method: Method::Post,
            path: coffer_wire::login::refresh().into(),
            bearer: None,
            body: Some(b"{}".to_vec()),
            content: Content::Json,
        };
        let answer = self.client.transport.send(request).await?;
        if answer.status != 200 {
            self.drop_token();
            return Err(match answer.status {
                500.. => refused(&answer),
                _ => Error::SessionExpired,
            });
        }
        #[derive(Deserialize)]
        struct Fresh {
            token: String,
        }
        let fresh: Fresh = decode(&answer)?;
        self.adopt(Token::new(fresh.token));
        Ok(())
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Offline | TransportError::TimedOut => Self::Offline,
            TransportError::TooLarge => Self::TooLarge,
            other => Self::Transport(other),
        }
    }
}

/// An ignored answer body.
#[derive(Deserialize)]
pub(crate) struct Ignored {}

/// An absent or `null` text is an empty one.
pub(crate) fn text_or_empty<'de, De: Deserializer<'de>>(from: De) -> Result<String, De::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

fn session_ended(answer: &Response) -> bool {
    match answer.status {
        401 => true,
        403 => failure(answer).error == "TokenError",
        _ => false,
    }
}

fn checked(answer: Response) -> Result<Response, Error> {
    if (200..300).contains(&answer.status) {
        Ok(answer)
    } else {
        Err(refused(&answer))
    }
}

fn decode<R: DeserializeOwned>(answer: &Response) -> Result<R, Error> {
    let body: &[u8] = if answer.body.is_empty() {
        b"{}"
    } else {
        &answer.body
    };
    serde_json::from_slice(body).map_err(|_| unreadable(answer))
}

fn unreadable(answer: &Response) -> Error {
    Error::Server {
        status: answer.status,
        message: "an answer that cannot be read".to_owned(),
    }
}

/// What the server says went wrong.
#[derive(Default)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) message: String,
}

pub(crate) fn failure(answer: &Response) -> Failure {
    Object::of(&answer.body).map_or_else(Failure::default, |said| Failure {
        error: said.said("error"),
        message: said.said("message"),
    })
}

/// Turns a refusal into ours; nothing in it decides anything about keys.
pub(crate) fn refused(answer: &Response) -> Error {
    let said = failure(answer);
    match answer.status {
        401 => Error::SessionExpired,
        403 if said.error == "TokenError" => Error::SessionExpired,
        403 => Error::Forbidden,
        404 => Error::NotFound,
        409 => Error::NameTaken,
        400 if said.message.contains("already exist") => Error::NameTaken,
        400 if said.error == coffer_wire::share::QUOTA => Error::QuotaReached,
        413 => Error::TooLarge,
        429 => Error::RateLimited {
            retry_after: seconds_in(&said.message),
        },
        status => Error::Server {
            status,
            message: shorten(&said.message),
        },
    }
}

fn seconds_in(message: &str) -> Option<u32> {
    message
        .split(|c: char| !c.is_ascii_digit())
        .find_map(|digits| digits.parse().ok())
}

/// A server's text is shown as a server's text; it may not fill the page.
fn shorten(message: &str) -> String {
    message.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// For so long after a change of rights a real server may still answer by the ones before: ten seconds, and some more.
pub(crate) const RIGHTS_LAG_MS: u64 = 15_000;
/// How often at most a refusal is taken for such an answer, whatever the clock says: the pauses add up to more than that.
const REFUSALS: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> (String, String) {
        let said = failure(&Response {
            status: 400,
            body: body.as_bytes().to_vec(),
        });
        (said.error, said.message)
    }

    #[test]
    fn an_error_is_read_whatever_its_shape() {
        let both = |error: &str, message: &str| (error.to_owned(), message.to_owned());
        assert_eq!(
            told(r#"{"reqId":"x","statusCode":400,"message":"no","error":"BadRequest"}"#),
            both("BadRequest", "no")
        );
        let issues =
            r#"{"error":"ValidationFailure","message":[{"path":["a",1],"message":"one"},{"message":"two"}]}"#;
        assert_eq!(told(issues), both("ValidationFailure", "one"));
        assert_eq!(told(r#"{"error":"E","message":["text"]}"#), both("E", "text"));
        for nothing in ["[]", "[{}]", "null", "true", "-7", "1.5", "7", "{\"code\":[1]}"] {
            let body = format!(r#"{{"message":{nothing},"error":"E"}}"#);
            assert_eq!(told(&body), both("E", ""), "{body}");
        }
        for unread in ["", "<html>", "[]", "\"text\"", "{\"error\":"] {
            assert_eq!(told(unread), both("", ""), "{unread}");
        }
    }
}
