//! The joint: everything that can go wrong on a network goes through [`Transport::send`].
//!
//! The browser's fetch, native HTTP, an in-process server and a lying server are four implementations of it.

use zeroize::Zeroizing;

/// One server, reached by somebody: sends a request and gives the whole answer.
///
/// An implementation caps bodies at [`BODY_CAP`], refuses redirects, gives up after [`TIMEOUT_MS`], and carries the
/// server's refresh cookie as a browser does.
#[allow(async_fn_in_trait, reason = "futures of a browser cannot be Send")]
pub trait Transport {
    /// Sends one request; any status is an answer, not an error.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// A [`Transport`] that can also hear an answer that goes on for as long as the connection does: server-sent events.
#[allow(async_fn_in_trait, reason = "futures of a browser cannot be Send")]
pub trait Listen: Transport {
    /// Sends one request and hands on each piece of the answer's body as it comes, of any length, until the server ends it.
    /// An answer with another status than 200 is given whole instead. Gives up after [`SILENCE_MS`] without a piece, and
    /// at once when the future is dropped.
    async fn listen(
        &self,
        request: Request,
        heard: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<Response>, TransportError>;
}

/// No answer may be longer than this.
pub const BODY_CAP: usize = 32 * 1024 * 1024;
/// No answer may take longer than this.
pub const TIMEOUT_MS: u32 = 30_000;
/// No answer that goes on may be silent for longer: servers send a sign of life every 25 seconds or so.
pub const SILENCE_MS: u32 = 90_000;

/// The verbs that the compatible API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// PATCH
    Patch,
    /// POST
    Post,
}

impl Method {
    /// As written in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
        }
    }
}

/// A bearer token of the server, kept in memory only.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Takes what the server answered.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// For the `Authorization` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// `/api/…?query`, already percent-encoded.
    pub path: String,
    /// For `Authorization: Bearer`.
    pub bearer: Option<Token>,
    /// A request without one carries no content type.
    pub body: Option<Vec<u8>>,
    /// What the body is.
    pub content: Content,
}

/// What a request's body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Sealed bytes.
    Bytes,
    /// JSON.
    #[default]
    Json,
}

impl Content {
    /// For the `Content-Type` header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "application/octet-stream",
            Self::Json => "application/json",
        }
    }
}

/// One answer, believed by nobody.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Offline,
    /// Anything else, in the platform's words.
    #[error("{0}")]
    Other(String),
    /// The server wanted to send us elsewhere.
    #[error("the server answered with a redirect, which is refused")]
    Redirected,
    /// The answer took too long.
    #[error("the server took too long")]
    TimedOut,
    /// The answer was longer than [`BODY_CAP`].
    #[error("the server's answer is too large")]
    TooLarge,
}
