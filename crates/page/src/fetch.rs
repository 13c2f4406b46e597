//! [`Transport`] by the browser's fetch. The only file that calls it.

use coffer_client::{
    Listen, Request, Response, ServerOrigin, Transport, TransportError,
    transport::{BODY_CAP, SILENCE_MS, TIMEOUT_MS},
};
use gloo_timers::callback::Timeout;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, RequestMode, RequestRedirect,
};

use crate::window;

/// One server, reached by fetch.
#[derive(Clone, Debug)]
pub struct Fetch {
    origin: String,
    foreign: bool,
}

impl Fetch {
    /// To a server; the one this page came from or another.
    pub fn new(server: &ServerOrigin) -> Self {
        let here = window().location().origin().unwrap_or_default();
        Self {
            origin: server.as_str().to_owned(),
            foreign: !here.eq_ignore_ascii_case(server.as_str()),
        }
    }

    fn prepare(&self, request: &Request, controller: &AbortController) -> Result<web_sys::Request, JsValue> {
        let init = RequestInit::new();
        init.set_method(request.method.as_str());
        init.set_cache(RequestCache::NoStore);
        init.set_referrer_policy(ReferrerPolicy::NoReferrer);
        init.set_redirect(RequestRedirect::Error);
        // the refresh cookie belongs to the server's own origin; another server's would not be ours to send
        let (mode, credentials) = if self.foreign {
            (RequestMode::Cors, RequestCredentials::Omit)
        } else {
            (RequestMode::SameOrigin, RequestCredentials::SameOrigin)
        };
        init.set_mode(mode);
        init.set_credentials(credentials);
        init.set_signal(Some(&controller.signal()));
        let headers = Headers::new()?;
        headers.set("Accept", "application/json")?;
        if let Some(token) = &request.bearer {
            headers.set("Authorization", &format!("Bearer {}", token.as_str()))?;
        }
        if let Some(body) = &request.body {
            headers.set("Content-Type", request.content.as_str())?;
            init.set_body(&Uint8Array::from(body.as_slice()));
        }
        init.set_headers(&headers);
        web_sys::Request::new_with_str_and_init(&format!("{}{}", self.origin, request.path), &init)
    }
}

impl Transport for Fetch {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let controller = AbortController::new().map_err(|error| other(&error))?;
        let ready = self
            .prepare(&request, &controller)
            .map_err(|error| other(&error))?;
        let timer = Timer::start(&controller, TIMEOUT_MS);
        let answer = async {
            let response = fetch(&ready).await?;
            let body = read(&response).await?;
            Ok(Response {
                status: response.status(),
                body,
            })
        }
        .await;
        match answer {
            Ok(response) => Ok(response),
            Err(Cut::TooLarge) => {
                controller.abort();
                Err(TransportError::TooLarge)
            }
            // fetch tells a refused redirect, a blocked request and a dead network apart for nobody
            Err(Cut::Off) if timer.fired() => Err(TransportError::TimedOut),
            Err(Cut::Off) => Err(TransportError::Offline),
        }
    }
}

impl Listen for Fetch {
    async fn listen(
        &self,
        request: Request,
        heard: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<Response>, TransportError> {
        let controller = AbortController::new().map_err(|error| other(&error))?;
        let ready = self
            .prepare(&request, &controller)
            .map_err(|error| other(&error))?;
        let _ends = AbortOnDrop(controller.clone());
        let mut timer = Timer::start(&controller, TIMEOUT_MS);
        let answer = async {
            let response = fetch(&ready).await?;
            let status = response.status();
            if status != 200 {
                let body = read(&response).await?;
                return Ok(Some(Response { status, body }));
            }
            let Some(mut pieces) = Pieces::of(&response)? else {
                return Ok(None);
            };
            loop {
                timer = Timer::start(&controller, SILENCE_MS);
                let Some(piece) = pieces.next().await? else {
                    return Ok(None);
                };
                heard(&piece.to_vec());
            }
        }
        .await;
        match answer {
            Ok(refused) => Ok(refused),
            Err(Cut::TooLarge) => Err(TransportError::TooLarge),
            Err(Cut::Off) if timer.fired() => Err(TransportError::TimedOut),
            Err(Cut::Off) => Err(TransportError::Offline),
        }
    }
}

/// Why no answer came.
enum Cut {
    Off,
    TooLarge,
}

async fn fetch(request: &web_sys::Request) -> Result<web_sys::Response, Cut> {
    let response = JsFuture::from(window().fetch_with_request(request)).await;
    let response = response.and_then(JsCast::dyn_into::<web_sys::Response>);
    response.map_err(|_| Cut::Off)
}

/// A body, piece by piece.
struct Pieces(ReadableStreamDefaultReader);

impl Pieces {
    fn of(response: &web_sys::Response) -> Result<Option<Self>, Cut> {
        let Some(stream) = response.body() else {
            return Ok(None);
        };
        let reader = stream.get_reader().dyn_into().map_err(|_| Cut::Off)?;
        Ok(Some(Self(reader)))
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Result<Option<Uint8Array>, Cut> {
        let piece = JsFuture::from(self.0.read()).await.map_err(|_| Cut::Off)?;
        let field = |name: &str| Reflect::get(&piece, &name.into()).map_err(|_| Cut::Off);
        if field("done")?.is_truthy() {
            return Ok(None);
        }
        Ok(Some(Uint8Array::new(&field("value")?)))
    }
}

/// Reads the body piece by piece, so that an endless one is cut at the cap and not after it.
async fn read(response: &web_sys::Response) -> Result<Vec<u8>, Cut> {
    let mut body = Vec::new();
    let Some(mut pieces) = Pieces::of(response)? else {
        return Ok(body);
    };
    while let Some(bytes) = pieces.next().await? {
        let length = bytes.length() as usize;
        if body.len() + length > BODY_CAP {
            return Err(Cut::TooLarge);
        }
        let from = body.len();
        body.resize(from + length, 0);
        if let Some(room) = body.get_mut(from..) {
            bytes.copy_to(room);
        }
    }
    Ok(body)
}

/// Ends the request when what waits for it is given up.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends a request that takes too long; forgets about it when dropped.
struct Timer {
    _timeout: Timeout,
    controller: AbortController,
}

impl Timer {
    fn start(controller: &AbortController, after_ms: u32) -> Self {
        let abort = controller.clone();
        Self {
            _timeout: Timeout::new(after_ms, move || abort.abort()),
            controller: controller.clone(),
        }
    }

    fn fired(&self) -> bool {
        self.controller.signal().aborted()
    }
}

fn other(error: &JsValue) -> TransportError {
    let words = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()));
    TransportError::Other(words.unwrap_or_default())
}
