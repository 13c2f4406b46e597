//! Real HTTP to a server on loopback, with a browser's manners: a cookie jar, no redirects, a cap and a time-out.

use crate::record::Recorder;
use coffer_client::transport::{BODY_CAP, TIMEOUT_MS};
use coffer_client::{Request, Response, Transport, TransportError};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Real HTTP. Clones share the cookie, as tabs of one browser do.
#[derive(Clone)]
pub struct Loopback {
    agent: ureq::Agent,
    base: String,
    cookie: Rc<RefCell<Option<String>>>,
    recorder: Recorder,
}

impl Loopback {
    /// To the server at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_millis(u64::from(TIMEOUT_MS))))
            .allow_non_standard_methods(true)
            .build()
            .into();
        Self {
            agent,
            base: base.trim_end_matches('/').to_owned(),
            cookie: Rc::default(),
            recorder: Recorder::default(),
        }
    }

    /// What crossed the joint.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let mut building = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.base, request.path))
            .header("user-agent", "coffer-testkit");
        if let Some(token) = &request.bearer {
            building = building.header("authorization", format!("Bearer {}", token.as_str()));
        }
        if let Some(cookie) = &*self.cookie.borrow() {
            building = building.header("cookie", format!("jid={cookie}"));
        }
        let answer = match &request.body {
            Some(body) => {
                let request = building
                    .header("content-type", request.content.as_str())
                    .body(body.clone());
                self.agent.run(request.map_err(other)?)
            }
            None => self.agent.run(building.body(()).map_err(other)?),
        };
        let mut answer = answer.map_err(|error| match error {
            ureq::Error::Timeout(_) => TransportError::TimedOut,
            ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => {
                TransportError::Offline
            }
            ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => TransportError::Redirected,
            other => TransportError::Other(other.to_string()),
        })?;
        let status = answer.status().as_u16();
        if (300..400).contains(&status) && status != 304 {
            return Err(TransportError::Redirected);
        }
        for header in answer.headers().get_all("set-cookie") {
            keep_cookie(&self.cookie, header.to_str().unwrap_or_default());
        }
        let body = answer
            .body_mut()
            .with_config()
            .limit(BODY_CAP as u64)
            .read_to_vec();
        let body = body.map_err(|_| TransportError::TooLarge)?;
        Ok(Response { status, body })
    }
}

impl Transport for Loopback {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.exchange(&request);
        self.recorder.add(&request, answer.as_ref().ok());
        answer
    }
}

/// Keeps or drops the refresh cookie as a `Set-Cookie` header says.
pub(crate) fn keep_cookie(jar: &RefCell<Option<String>>, header: &str) {
    let Some(value) = header.strip_prefix("jid=") else {
        return;
    };
    let value = value.split(';').next().unwrap_or_default();
    let gone = value.is_empty() || header.to_ascii_lowercase().contains("max-age=0");
    *jar.borrow_mut() = if gone { None } else { Some(value.to_owned()) };
}

fn other(error: impl std::fmt::Display) -> TransportError {
    TransportError::Other(error.to_string())
}
