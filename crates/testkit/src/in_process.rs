//! The real server over real SQLite in this process, and browsers that talk to it without a socket.

use crate::loopback::keep_cookie;
use crate::office::{Office, done};
use crate::record::Recorder;
use coffer_client::transport::BODY_CAP;
use coffer_client::{
    Content, Listen, Method, Passphrase, Request, Response, ServerOrigin, Token, Transport, TransportError,
};
use coffer_server::{App, Config, router};
use coffer_wire::Endpoint;
use futures_util::stream::{Stream, StreamExt};
use http_body_util::Full;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server with an empty database. Clones are the same server; the files go with the last one.
#[derive(Clone)]
pub struct TestServer {
    inner: Rc<Inner>,
}

struct Inner {
    folder: RefCell<TempDir>,
    /// How often the database was opened: a restored server draws other ids.
    starts: Cell<u64>,
    routes: RefCell<Option<Routes>>,
    clock: Arc<AtomicU64>,
    seed: u64,
}

/// The server's routes, put together once: a request costs what it costs a server.
type Routes = Rc<dyn Fn(http::Request<Vec<u8>>) -> Answer>;
type Answer = Pin<Box<dyn Future<Output = http::Response<Pieces>>>>;
type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>, TransportError>>>>;

impl TestServer {
    /// Starts one; the first request opens the database.
    pub fn start() -> Self {
        let clock = Arc::new(AtomicU64::new(1_795_341_600_000));
        Self::over(folder(), clock, 0x5e2_4e2)
    }

    /// A second server that goes on from the state of this one: whoever is led there sees another continuation.
    pub fn fork(&self) -> Self {
        let folder = folder();
        // What the readers share is made anew.
        for (name, bytes) in self
            .files()
            .into_iter()
            .filter(|(name, _)| !name.ends_with("-shm"))
        {
            done(std::fs::write(folder.path().join(name), bytes));
        }
        Self::over(folder, Arc::clone(&self.inner.clock), self.inner.seed + 1)
    }

    fn over(folder: TempDir, clock: Arc<AtomicU64>, seed: u64) -> Self {
        Self {
            inner: Rc::new(Inner {
                folder: RefCell::new(folder),
                starts: Cell::new(0),
                routes: RefCell::default(),
                clock,
                seed,
            }),
        }
    }

    /// A browser with an empty cookie jar.
    pub fn browser(&self) -> InProcess {
        InProcess {
            server: self.clone(),
            cookie: Rc::default(),
            recorder: Recorder::default(),
        }
    }

    /// Where the client believes the server to be.
    pub fn origin(&self) -> ServerOrigin {
        done(ServerOrigin::parse("https://coffer.test"))
    }

    /// Sets the server's clock.
    pub fn set_now(&self, ms: u64) {
        self.inner.clock.store(ms, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
        self.inner.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// The database's files as they lie on the disk now.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in done(std::fs::read_dir(self.inner.folder.borrow().path())) {
            let path = done(entry).path();
            if path.is_file() {
                files.push((
                    path.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                    done(std::fs::read(&path)),
                ));
            }
        }
        files
    }

    /// The rows of a folder and everything below it, as the server answers somebody: path, name and value.
    pub async fn rows(
        &self,
        bearer: &str,
        project: &str,
        environment: &str,
        path: &str,
    ) -> Vec<(String, String, String)> {
        let url = Endpoint::new("/api/v4/secrets")
            .query("projectId", project)
            .query("environment", environment)
            .query("secretPath", path)
            .query("recursive", "true");
        let answer = self
            .browser()
            .call(Method::Get, &String::from(url), Some(bearer), None)
            .await;
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let rows = answer["secrets"].as_array().into_iter().flatten();
        rows.map(|row| {
            (
                text(row, "secretPath"),
                text(row, "secretKey"),
                text(row, "secretValue"),
            )
        })
        .collect()
    }

    /// Writes a row as the server's owner can, over whatever is there.
    pub async fn write_row(
        &self,
        bearer: &str,
        (project, environment, path): (&str, &str, &str),
        name: &str,
        value: &str,
    ) {
        let body = json!({
            "projectId": project, "environment": environment, "secretPath": path, "mode": "upsert",
            "secrets": [{ "secretKey": name, "secretValue": value }],
        });
        self.browser()
            .call(Method::Patch, "/api/v4/secrets/batch", Some(bearer), Some(body))
            .await;
    }

    /// Puts the database back to what [`TestServer::files`] gave: a backup of another day.
    pub fn restore(&self, files: &[(String, Vec<u8>)]) {
        self.inner.routes.borrow_mut().take();
        // In another folder: connections to the old one may still be closing.
        let folder = done(TempDir::new());
        for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with("-shm")) {
            done(std::fs::write(folder.path().join(name), bytes));
        }
        self.inner.folder.replace(folder);
    }

    /// An account that was made without Coffer: the server knows its password, and it has no keys.
    pub async fn plain_account(&self, office: &Office, email: &str) -> Passphrase {
        let password = "an ordinary password 7";
        let browser = self.browser();
        let admin = office.bearer();
        let body = json!({
            "inviteeEmails": [email], "organizationId": office.organization_id().await, "organizationRoleSlug": "member",
        });
        let answer = browser
            .call(
                Method::Post,
                "/api/v1/invite-org/signup",
                Some(&admin),
                Some(body),
            )
            .await;
        let link = answer["completeInviteLinks"][0]["link"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let code = link
            .split("token=")
            .nth(1)
            .and_then(|rest| rest.split('&').next())
            .unwrap_or_default()
            .to_owned();
        let body = json!({ "email": email, "organizationId": office.organization_id().await, "code": code });
        let answer = browser
            .call(Method::Post, "/api/v1/invite-org/verify", None, Some(body))
            .await;
        let token = answer["token"].as_str().unwrap_or_default().to_owned();
        let body = json!({
            "type": "email", "email": email, "firstName": "Plain", "lastName": "Person", "password": password,
        });
        browser
            .call(
                Method::Post,
                "/api/v3/signup/complete-account",
                Some(&token),
                Some(body),
            )
            .await;
        Passphrase::typed(password)
    }

    async fn routes(&self) -> Routes {
        if let Some(routes) = &*self.inner.routes.borrow() {
            return Rc::clone(routes);
        }
        let clock = Arc::clone(&self.inner.clock);
        let starts = self.inner.starts.get();
        self.inner.starts.set(starts + 1);
        let rng = Mutex::new(ChaCha20Rng::seed_from_u64(self.inner.seed + (starts << 32)));
        let path = self.inner.folder.borrow().path().join("coffer.sqlite");
        let app = App::in_file(
            &path,
            Config::for_tests(),
            Arc::new(move || clock.load(Ordering::Relaxed)),
            Arc::new(move |out: &mut [u8]| done(rng.lock()).fill_bytes(out)),
            [7; 32],
        );
        let router = router(done(app.await));
        let routes: Routes = Rc::new(move |request| {
            let router = router.clone();
            Box::pin(async move {
                let answer = router.oneshot(request.map(Full::from)).await;
                let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
                let pieces = body.into_data_stream().map(|piece| match piece {
                    Ok(bytes) => Ok(bytes.to_vec()),
                    Err(_) => Err(TransportError::Offline),
                });
                http::Response::from_parts(parts, pieces.boxed_local())
            })
        });
        *self.inner.routes.borrow_mut() = Some(Rc::clone(&routes));
        routes
    }
}

/// Where a test's database lies: in memory where the system has such a place, because every acknowledged write waits for
/// the disk. That it survives a power cut is not what these tests are about.
fn folder() -> TempDir {
    done(TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()))
}

/// A browser that reaches the server without a socket. Clones share the cookie, as tabs do.
#[derive(Clone)]
pub struct InProcess {
    server: TestServer,
    cookie: Rc<RefCell<Option<String>>>,
    recorder: Recorder,
}

impl InProcess {
    /// What crossed the joint.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The same browser, led to another server without noticing.
    #[must_use]
    pub fn led_to(&self, server: &TestServer) -> Self {
        Self {
            server: server.clone(),
            ..self.clone()
        }
    }

    /// One request outside of the client, which has to succeed.
    pub async fn call(&self, method: Method, path: &str, bearer: Option<&str>, body: Option<Value>) -> Value {
        let request = Request {
            method,
            path: path.to_owned(),
            bearer: bearer.map(|token| Token::new(token.to_owned())),
            body: body.map(|body| body.to_string().into_bytes()),
            content: Content::Json,
        };
        let answer = done(self.send(request).await);
        assert_eq!(
            answer.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// Sends a request; the body of the answer is still to be read.
    async fn begin(&self, request: &Request) -> Result<(u16, Pieces), TransportError> {
        let mut building = http::Request::builder()
            .method(request.method.as_str())
            .uri(&request.path)
            .header("host", "coffer.test")
            .header("user-agent", "coffer-testkit");
        if let Some(token) = &request.bearer {
            building = building.header("authorization", format!("Bearer {}", token.as_str()));
        }
        if let Some(cookie) = &*self.cookie.borrow() {
            building = building.header("cookie", format!("jid={cookie}"));
        }
        if let Some(body) = &request.body {
            building = building
                .header("content-type", request.content.as_str())
                .header("content-length", body.len());
        }
        let request = building
            .body(request.body.clone().unwrap_or_default())
            .map_err(|error| TransportError::Other(error.to_string()))?;
        let routes = self.server.routes().await;
        let (answer, body) = routes(request).await.into_parts();
        let status = answer.status.as_u16();
        if (300..400).contains(&status) && status != 304 {
            return Err(TransportError::Redirected);
        }
        for header in answer.headers.get_all("set-cookie") {
            keep_cookie(&self.cookie, header.to_str().unwrap_or_default());
        }
        Ok((status, body))
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let (status, pieces) = self.begin(request).await?;
        whole(status, pieces).await
    }
}

impl Transport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.exchange(&request).await;
        self.recorder.add(&request, answer.as_ref().ok());
        answer
    }
}

impl Listen for InProcess {
    async fn listen(
        &self,
        request: Request,
        heard: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<Response>, TransportError> {
        let (status, mut pieces) = self.begin(&request).await?;
        if status != 200 {
            return whole(status, pieces).await.map(Some);
        }
        while let Some(piece) = pieces.next().await {
            heard(&piece?);
        }
        Ok(None)
    }
}

async fn whole(status: u16, mut pieces: Pieces) -> Result<Response, TransportError> {
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await {
        body.extend(piece?);
        if body.len() > BODY_CAP {
            return Err(TransportError::TooLarge);
        }
    }
    Ok(Response { status, body })
}
